/* Owned arrays of strings, ended by NULL: a command's words and its environment. */
#ifndef JT_SAMPLE_WORDS_H
#define JT_SAMPLE_WORDS_H

#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>

struct jt_words jt_vec(char *);

/* Copies; the array is ended by NULL and stays so. */
void jt_words_init(struct jt_words *words, char *const *from);
void jt_words_release(struct jt_words *words);
/* Take `word` and put it before the one at `at`. */
void jt_words_insert(struct jt_words *words, size_t at, char *word);
void jt_words_remove(struct jt_words *words, size_t at);
size_t jt_words_count(const struct jt_words *words); /* without the NULL */

/* The value of NAME in an environment, or NULL. */
const char *jt_environment_find(char *const *environment, const char *name);
/* Take `entry` (NAME=value), in place of the one of that name if there is one. */
void jt_environment_put(struct jt_words *environment, char *entry);

#endif
