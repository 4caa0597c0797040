#include "analysis/sample/versions.h"

#include "base/alloc.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `steps` folders up from a path; NULL when there are not so many. Free it. */
static char *folder_above(const char *path, unsigned steps)
{
    char *folder = jt_strdup(path);

    for (; steps > 0; steps--) {
        char *slash = strrchr(folder, '/');

        if (!slash) {
            free(folder);
            return NULL;
        }
        *slash = '\0';
    }
    return folder;
}

/* The release is the second word of ROOT/releases/start_erl.data ("13.1.5 25");
 * programs are in ROOT/bin. */
bool jt_erlang_knows_perf(const char *program)
{
    enum { FIRST_WITH_JIT = 24 };
    char *root = program ? folder_above(program, 2) : NULL;
    char *path = root ? jt_format("%s/releases/start_erl.data", root) : NULL;
    FILE *file = path ? fopen(path, "re") : NULL;
    char line[64] = "";
    const char *space = NULL;

    if (file && !fgets(line, sizeof(line), file))
        line[0] = '\0';
    if (file)
        fclose(file);
    free(path);
    free(root);
    space = strchr(line, ' ');
    return !space || strtol(space + 1, NULL, 10) >= FIRST_WITH_JIT;
}

/* "3.1" of "ruby3.1", "3.3.0" of a folder. */
static bool is_ruby_with_perf(const char *version)
{
    char *rest = NULL;
    long major = strtol(version, &rest, 10);
    long minor = *rest == '.' ? strtol(rest + 1, NULL, 10) : 0;

    return major > 3 || (major == 3 && minor >= 3);
}

/* PREFIX/lib/ruby/3.3.0 stands beside PREFIX/bin/ruby. */
static bool has_library_with_perf(const char *root)
{
    char *path = jt_format("%s/lib/ruby", root);
    DIR *folder = opendir(path);
    bool is_found = false;
    struct dirent *entry = NULL;

    free(path);
    if (!folder)
        return false;
    for (entry = readdir(folder); entry && !is_found; entry = readdir(folder))
        is_found = is_ruby_with_perf(entry->d_name);
    closedir(folder);
    return is_found;
}

bool jt_ruby_knows_perf(const char *program)
{
    const char *name = program ? strrchr(program, '/') : NULL;
    const char *digits = name ? strpbrk(name, "0123456789") : NULL;
    char *root = NULL;
    bool is_able = false;

    if (!name)
        return false;
    if (digits)
        return is_ruby_with_perf(digits);
    root = folder_above(program, 2);
    is_able = root && has_library_with_perf(root);
    free(root);
    return is_able;
}
