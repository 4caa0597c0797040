/* refjs FILE.js: run a program. */
#include "front/front.h"
#include "lib/lib.h"
#include "lib/output.h"
#include "options.h"
#include "tell/tell.h"
#include "vm/interpret.h"
#include "vm/operations.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { SOURCE_LIMIT = 1 << 28, READ_BYTES = 1 << 16 };

/* The whole file, malloc()ed; NULL with errno. */
static char *read_file(const char *path, size_t *bytes)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    char *text = NULL;
    size_t room = 0;

    *bytes = 0;
    while (file && !feof(file) && !ferror(file) && *bytes < SOURCE_LIMIT) {
        if (room - *bytes < READ_BYTES) {
            char *more = realloc(text, room * 2 + READ_BYTES);

            if (!more)
                break;
            text = more;
            room = room * 2 + READ_BYTES;
        }
        *bytes += fread(text + *bytes, 1, room - *bytes, file);
    }
    if (file && (ferror(file) || !feof(file))) {
        errno = errno ? errno : EFBIG;
        free(text);
        text = NULL;
    }
    if (file && file != stdin)
        fclose(file);
    return text;
}

/* What nobody caught: place, then the error's own words. */
static void report(struct rj_vm *vm)
{
    rj_value exception = vm->exception;
    struct rj_position at = vm->thrown_at;
    const char *file = vm->thrown_file ? vm->thrown_file : vm->options.file;
    struct rj_string *text = NULL;
    rj_value stack = RJ_UNDEFINED;

    vm->exception = RJ_UNDEFINED;
    if (exception == RJ_HOLE) {
        fprintf(stderr, "refjs: %s: the time limit of %llu ms is over\n", vm->options.file,
                (unsigned long long)vm->options.time_limit_ms);
        return;
    }
    if (rj_is_kind(exception, RJ_ERROR)) {
        text = rj_to_string(vm, exception);
        stack = rj_get(vm, exception, rj_cell_value(vm->atoms.stack));
    } else {
        text = rj_inspect(vm, exception);
    }
    fprintf(stderr, "%s:%u:%u: Uncaught %s\n", file, at.line, at.column,
            text ? rj_string_text(vm, text, NULL) : "exception");
    if (rj_is_string(stack)) { /* its first line was just said */
        const char *lines = rj_string_text(vm, rj_as_string(stack), NULL);
        const char *frames = lines ? strstr(lines, "\n    at ") : NULL;

        if (frames)
            fprintf(stderr, "%s\n", frames + 1);
    }
}

static int run(struct rj_vm *vm, const char *source, size_t bytes)
{
    struct rj_code *code = rj_compile_script(vm, source, bytes, vm->options.file);
    struct rj_function *script = code ? rj_function_new(vm, code, NULL) : NULL;

    if (code)
        rj_tell_script(vm, code);
    if (code && vm->options.print_bytecode)
        rj_print_bytecode(vm, code, true, stdout);
    if (script && rj_call(vm, rj_cell_value(script), RJ_UNDEFINED, 0, NULL) != RJ_THROWN)
        return rj_output_finish() ? 0 : 1;
    rj_output_finish();
    report(vm);
    return 1;
}

int main(int argc, char **argv)
{
    struct rj_options options;
    struct rj_vm *vm;
    char *source;
    size_t bytes;
    int status;

    switch (rj_options_read(&options, argc, argv)) {
    case RJ_OPTIONS_DONE:
        return 0;
    case RJ_OPTIONS_WRONG:
        return 2;
    case RJ_OPTIONS_RUN:
        break;
    }
    errno = 0;
    source = read_file(options.file, &bytes);
    if (!source) {
        fprintf(stderr, "refjs: %s: %s\n", options.file, strerror(errno));
        return 1;
    }
    vm = rj_vm_new(&options);
    if (!vm) {
        fprintf(stderr, "refjs: not enough memory\n");
        return 1;
    }
    status = run(vm, source, bytes);
    rj_vm_free(vm);
    free(source);
    return status;
}
