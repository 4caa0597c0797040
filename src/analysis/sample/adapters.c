/* See adapters.h. */
#include "analysis/sample/adapters.h"

#include "base/alloc.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Set by the build: PREFIX/LIBDIR/jitney. */
static const char installed[] = JT_ADAPTERS_INSTALLED;

static bool is_folder(const char *path)
{
    struct stat facts;

    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

/* PROGRAM/../../`rest`, or NULL when it is no folder. */
static char *beside_program(const char *rest)
{
    char program[PATH_MAX];
    ssize_t bytes = readlink("/proc/self/exe", program, sizeof(program) - 1);
    char *slash = NULL;
    char *path = NULL;
    char *real = NULL;

    if (bytes <= 0)
        return NULL;
    program[bytes] = '\0';
    slash = strrchr(program, '/');
    if (!slash)
        return NULL;
    path = jt_format("%.*s/%s", (int)(slash - program), program, rest);
    real = realpath(path, NULL);
    free(path);
    if (real && is_folder(real))
        return real;
    free(real);
    return NULL;
}

char *jt_adapters_folder(void)
{
    const char *said = getenv("JITNEY_ADAPTERS");
    char *found = NULL;

    if (said)
        return is_folder(said) ? realpath(said, NULL) : NULL;
    /* src/cli/jitney in a build, which has not been installed. */
    found = beside_program("../../adapters");
    if (!found)
        found = beside_program("../lib/jitney");
    if (!found && is_folder(installed))
        found = jt_strdup(installed);
    return found;
}
