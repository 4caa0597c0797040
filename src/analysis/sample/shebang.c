/* The `#!` line of a script: the kernel gives the interpreter one argument, all
 * that follows its path (linux: fs/binfmt_script.c); `env -S` splits it. */
#include "analysis/sample/program.h"

#include "base/vec.h"

#include <string.h>

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

static const char *skip_word(const char *at, const char *end)
{
    while (at < end && *at != ' ' && *at != '\t')
        at++;
    return at;
}

static bool is_env(const char *path)
{
    const char *slash = strrchr(path, '/');

    return strcmp(slash ? slash + 1 : path, "env") == 0;
}

/* Quotes and escapes of `env -S` are rare in scripts and are not undone: a word
 * that has one is no name of a runtime. */
static char **split(const char *at, const char *end, bool is_every_word)
{
    struct jt_vec(char *) words = {0};
    const char *stop = NULL;

    while (at < end) {
        stop = is_every_word || words.count == 0 ? skip_word(at, end) : end;
        jt_vec_push(&words, jt_strndup(at, (size_t)(stop - at)));
        at = skip_blanks(stop, end);
        is_every_word = is_every_word || (words.count == 1 && is_env(words.at[0]));
    }
    jt_vec_push(&words, NULL);
    return words.at;
}

/* "env -S node --flag" and "env -Snode --flag" become env and plain words. */
static void drop_split_option(char **words)
{
    size_t i = 1;

    if (!words[0] || !words[1] || !is_env(words[0]))
        return;
    if (strncmp(words[1], "-S", 2) == 0 && words[1][2] != '\0') {
        memmove(words[1], words[1] + 2, strlen(words[1] + 2) + 1);
        return;
    }
    if (strcmp(words[1], "-S") != 0 && strcmp(words[1], "--split-string") != 0)
        return;
    free(words[1]);
    for (; words[i + 1]; i++)
        words[i] = words[i + 1];
    words[i] = NULL;
}

char **jt_shebang_words(const char *head, size_t bytes)
{
    const char *end = NULL;
    const char *at = NULL;
    char **words = NULL;

    if (bytes < 3 || memcmp(head, "#!", 2) != 0)
        return NULL;
    end = memchr(head, '\n', bytes);
    if (!end || memchr(head, '\0', (size_t)(end - head)))
        return NULL;
    while (end > head && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        end--;
    at = skip_blanks(head + 2, end);
    if (at >= end)
        return NULL;
    words = split(at, end, false);
    drop_split_option(words);
    return words;
}
