#include "analysis/sample/words.h"

#include <string.h>

void jt_words_init(struct jt_words *words, char *const *from)
{
    *words = (struct jt_words){0};
    for (size_t i = 0; from && from[i]; i++)
        jt_vec_push(words, jt_strdup(from[i]));
    jt_vec_push(words, NULL);
}

void jt_words_release(struct jt_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->at[i]);
    jt_vec_release(words);
}

size_t jt_words_count(const struct jt_words *words)
{
    return words->count - 1;
}

void jt_words_insert(struct jt_words *words, size_t at, char *word)
{
    jt_vec_push(words, NULL);
    for (size_t i = words->count - 1; i > at; i--)
        words->at[i] = words->at[i - 1];
    words->at[at] = word;
}

void jt_words_remove(struct jt_words *words, size_t at)
{
    free(words->at[at]);
    for (words->count--; at < words->count; at++)
        words->at[at] = words->at[at + 1];
}

static bool has_name(const char *entry, const char *name, size_t bytes)
{
    return strncmp(entry, name, bytes) == 0 && entry[bytes] == '=';
}

const char *jt_environment_find(char *const *environment, const char *name)
{
    size_t bytes = strlen(name);

    for (size_t i = 0; environment && environment[i]; i++) {
        if (has_name(environment[i], name, bytes))
            return environment[i] + bytes + 1;
    }
    return NULL;
}

void jt_environment_put(struct jt_words *environment, char *entry)
{
    size_t bytes = strcspn(entry, "=");

    for (size_t i = 0; environment->at[i]; i++) {
        if (has_name(environment->at[i], entry, bytes)) {
            free(environment->at[i]);
            environment->at[i] = entry;
            return;
        }
    }
    jt_words_insert(environment, jt_words_count(environment), entry);
}
