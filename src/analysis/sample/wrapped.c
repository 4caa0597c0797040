/* Programs that run the rest of their command line, as a table: which of their
 * options take a word of their own, and how many words stand before the command
 * (the manual page of each, Debian 12). */
#include "analysis/sample/program.h"

#include <ctype.h>
#include <string.h>

struct wrapper {
    const char *name;
    const char *letters;      /* short options that take the next word */
    const char *const *words; /* long options that do; NULL: none */
    size_t operands;          /* words before the command */
    bool has_assignments;     /* NAME=value words stand before the command */
    bool resets_environment;
    bool changes_place; /* another user, root folder or namespace: our files may not be there */
};

#define LONG(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct wrapper wrappers[] = {
    {"env", "uCS", LONG("--unset", "--chdir"), 0, true, false},
    {"sudo", "ugphCrtTUDR",
     LONG("--user", "--group", "--prompt", "--host", "--close-from", "--role", "--type",
          "--command-timeout", "--other-user", "--chdir", "--chroot"),
     0, true, true, true},
    {"doas", "uC", NULL, 0, true, true, true},
    {"nice", "n", LONG("--adjustment"), 0, false, false},
    {"ionice", "cnpPu", LONG("--class", "--classdata"), 0, false, false},
    {"taskset", "", NULL, 1, false, false},
    {"chrt", "TPD", LONG("--sched-runtime", "--sched-period", "--sched-deadline"), 1, false, false},
    {"timeout", "ks", LONG("--kill-after", "--signal"), 1, false, false},
    {"time", "fo", LONG("--format", "--output"), 0, false, false},
    {"nohup", "", NULL, 0, false, false},
    {"setsid", "", NULL, 0, false, false},
    {"stdbuf", "ioe", LONG("--input", "--output", "--error"), 0, false, false},
    {"unshare", "wRSG",
     LONG("--wd", "--root", "--setuid", "--setgid", "--propagation", "--setgroups", "--map-user",
          "--map-group", "--map-users", "--map-groups", "--monotonic", "--boottime"),
     0, false, false, true},
    {"nsenter", "tSGN", LONG("--target", "--setuid", "--setgid"), 0, false, false, true},
    {"numactl", "iwNCmpl",
     LONG("--interleave", "--weighted-interleave", "--cpunodebind", "--physcpubind", "--membind",
          "--preferred"),
     0, false, false},
    {"prlimit", "po", LONG("--pid", "--output"), 0, false, false},
    {"setarch", "", NULL, 1, false, false},
    {"chroot", "", NULL, 1, false, false, true},
    {"flock", "wEc", LONG("--timeout", "--conflict-exit-code"), 1, false, false},
    {"setpriv", "", LONG("--reuid", "--regid", "--groups"), 0, false, false, true},
    {"gosu", "", NULL, 1, false, false, true},
    {"xvfb-run", "nefspw", NULL, 0, false, false},
    {"strace", "abeoOpsSuPXEI", NULL, 0, false, false},
    {"ltrace", "aAeDFlnopsuxX", NULL, 0, false, false},
    {"exec", "a", NULL, 0, false, false},
    {"command", "", NULL, 0, false, false},
    {"catchsegv", "", NULL, 0, false, false},
    {"eatmydata", "", NULL, 0, false, false},
    {"dbus-run-session", "", LONG("--config-file", "--dbus-daemon"), 0, false, false},
    {"dumb-init", "r", LONG("--rewrite"), 0, false, false},
    {"tini", "pe", NULL, 0, false, false},
    {"choom", "np", NULL, 0, false, false},
};

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static const struct wrapper *wrapper_of(const char *word)
{
    const char *name = file_name(word);

    for (size_t i = 0; i < sizeof(wrappers) / sizeof(wrappers[0]); i++) {
        if (strcmp(wrappers[i].name, name) == 0)
            return &wrappers[i];
    }
    return NULL;
}

size_t jt_assignment_name_bytes(const char *word)
{
    size_t bytes = 0;

    while (isalnum((unsigned char)word[bytes]) || word[bytes] == '_')
        bytes++;
    return bytes > 0 && word[bytes] == '=' ? bytes : 0;
}

/* How many words an option takes, itself included. */
static size_t option_words(const struct wrapper *wrapper, const char *word)
{
    if (word[1] == '-') {
        for (size_t i = 0; wrapper->words && wrapper->words[i]; i++) {
            if (strcmp(wrapper->words[i], word) == 0)
                return 2;
        }
        return 1;
    }
    for (const char *letter = word + 1; *letter; letter++) {
        if (strchr(wrapper->letters, *letter))
            return letter[1] ? 1 : 2;
    }
    return 1;
}

static bool empties_environment(const struct wrapper *wrapper, const char *word)
{
    if (strcmp(wrapper->name, "env") != 0)
        return false;
    if (word[1] == '-' || word[1] == '\0')
        return word[1] == '\0' || strcmp(word, "--ignore-environment") == 0;
    return word[strcspn(word, "iuCS")] == 'i';
}

/* The index of the command that the wrapper at `at` runs. */
static size_t command_of(const struct wrapper *wrapper, char *const *argv, size_t at, bool *resets)
{
    size_t operands = wrapper->operands;

    for (at++; argv[at];) {
        const char *word = argv[at];

        if (strcmp(word, "--") == 0) {
            at++;
            break;
        }
        if (word[0] == '-') {
            *resets |= empties_environment(wrapper, word);
            for (size_t words = option_words(wrapper, word); words > 0 && argv[at]; words--)
                at++;
        } else if (wrapper->has_assignments && jt_assignment_name_bytes(word) > 0) {
            at++;
        } else {
            break;
        }
    }
    while (operands-- > 0 && argv[at])
        at++;
    /* What follows `--` or the operands may be assignments still (env -- A=b). */
    while (wrapper->has_assignments && argv[at] && jt_assignment_name_bytes(argv[at]) > 0)
        at++;
    return at;
}

struct jt_wrapped jt_wrapped_find(char *const *argv)
{
    struct jt_wrapped wrapped = {0};
    const struct wrapper *wrapper = argv[0] ? wrapper_of(argv[0]) : NULL;

    while (wrapper) {
        wrapped.resets_environment |= wrapper->resets_environment;
        wrapped.changes_place |= wrapper->changes_place;
        wrapped.program = command_of(wrapper, argv, wrapped.program, &wrapped.resets_environment);
        wrapper = argv[wrapped.program] ? wrapper_of(argv[wrapped.program]) : NULL;
    }
    return wrapped;
}
