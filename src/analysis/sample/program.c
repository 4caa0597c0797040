#include "analysis/sample/program.h"

#include "analysis/sample/runtimes_row.h"
#include "base/alloc.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Scripts whose interpreter is a script (linux allows four), and links that
 * point to links (ELOOP at 40). */
enum { MOST_INTERPRETERS = 4, MOST_LINKS = 40, HEAD_BYTES = 256 };

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static bool is_executable(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, X_OK) == 0;
}

char *jt_program_path(const char *word, const char *search)
{
    char *path = NULL;

    if (strchr(word, '/'))
        return is_executable(word) ? jt_strdup(word) : NULL;
    /* execvp() of glibc without PATH. */
    for (search = search ? search : "/bin:/usr/bin"; *word;) {
        size_t bytes = strcspn(search, ":");

        path = bytes ? jt_format("%.*s/%s", (int)bytes, search, word) : jt_strdup(word);
        if (is_executable(path))
            return path;
        free(path);
        if (search[bytes] == '\0')
            break;
        search += bytes + 1;
    }
    return NULL;
}

/* The path that a link names, seen from the link's own folder; NULL: no link. */
static char *link_target(const char *path)
{
    char target[PATH_MAX];
    ssize_t bytes = readlink(path, target, sizeof(target) - 1);

    if (bytes <= 0)
        return NULL;
    target[bytes] = '\0';
    if (target[0] == '/' || !strchr(path, '/'))
        return jt_strdup(target);
    return jt_format("%.*s%s", (int)(file_name(path) - path), path, target);
}

/* Look at the names along a chain of links: python3 -> python3.11, or
 * java -> /etc/alternatives/java -> .../bin/java. */
static const struct jt_runtime *match_links(const char *path)
{
    const struct jt_runtime *row = jt_runtimes_match(file_name(path));
    char *at = jt_strdup(path);

    for (unsigned i = 0; !row && i < MOST_LINKS; i++) {
        char *target = link_target(at);

        free(at);
        at = target;
        if (!at)
            break;
        row = jt_runtimes_match(file_name(at));
    }
    free(at);
    return row;
}

static char **interpreter_of(const char *path)
{
    char head[HEAD_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t bytes = fd >= 0 ? read(fd, head, sizeof(head)) : -1;

    if (fd >= 0)
        close(fd);
    return bytes > 0 ? jt_shebang_words(head, (size_t)bytes) : NULL;
}

static void free_words(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

/* The runtime at the end of a chain of interpreters, without their words. */
static const struct jt_runtime *match_deep(const char *word, const char *search, unsigned depth,
                                           char ***words, char **script)
{
    char *path = jt_program_path(word, search);
    const struct jt_runtime *row = jt_runtimes_match(file_name(word));
    char **inner = NULL;

    if (!row && path)
        row = match_links(path);
    if (!row && path && depth > 0)
        inner = interpreter_of(path);
    if (inner) {
        size_t program = jt_wrapped_find(inner).program;

        if (inner[program])
            row = match_deep(inner[program], search, depth - 1, NULL, NULL);
    }
    if (row && inner && words) {
        *words = inner;
        *script = path;
        return row;
    }
    free_words(inner);
    free(path);
    return row;
}

void jt_program_find(const char *word, const char *search, struct jt_program *program)
{
    char *path = NULL;

    *program = (struct jt_program){0};
    program->runtime =
        match_deep(word, search, MOST_INTERPRETERS, &program->interpreter, &program->script);
    path = jt_program_path(word, search);
    program->path = path ? realpath(path, NULL) : NULL;
    free(path);
}

void jt_program_release(struct jt_program *program)
{
    free_words(program->interpreter);
    free(program->script);
    free(program->path);
    *program = (struct jt_program){0};
}
