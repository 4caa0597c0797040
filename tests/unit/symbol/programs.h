/* Programs that the ELF tests make with the system's compiler, and what the
 * system's own tools say about them. */
#ifndef TESTS_SYMBOL_PROGRAMS_H
#define TESTS_SYMBOL_PROGRAMS_H

#include "analysis/symbol/elf.h"
#include "base/alloc.h"
#include "jitney/status.h"
#include "support/files.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Run a shell command in `folder`. */
static inline void run(const char *folder, const char *command)
{
    char *line = jt_format("set -e; cd '%s'; { %s\n} >run.log 2>&1", folder, command);

    if (system(line) != 0) /* NOLINT(cert-env33-c): our own text */
        fail_msg("failed: %s", line);
    free(line);
}

static inline FILE *output_of(const char *folder, const char *command)
{
    char *line = jt_format("cd '%s' && { %s\n} 2>/dev/null", folder, command);
    FILE *stream = popen(line, "re"); /* NOLINT(cert-env33-c): our own text */

    assert_non_null(stream);
    free(line);
    return stream;
}

static inline void write_text(const char *folder, const char *name, const char *text)
{
    char *path = jt_format("%s/%s", folder, name);

    test_write_file(path, text, strlen(text));
    free(path);
}

/* Open FOLDER/NAME with nothing else wanted. */
static inline struct jt_elf *open_program(const char *folder, const char *name)
{
    char *path = jt_format("%s/%s", folder, name);
    struct jt_elf_request request = {.path = path};
    struct jt_elf *elf = NULL;

    assert_int_equal(jt_elf_open(&request, NULL, &elf), JITNEY_OK);
    free(path);
    return elf;
}

/* A folder that is also the user's home, so that no cache of theirs is found. */
static inline char *make_home(void)
{
    char *folder = test_folder_make();

    assert_int_equal(setenv("HOME", folder, 1), 0);
    assert_int_equal(unsetenv("PERF_BUILDID_DIR"), 0);
    return folder;
}

#endif
