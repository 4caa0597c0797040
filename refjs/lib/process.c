/* What a program sees of its process: process and performance. */
#include "lib/builtin.h"
#include "lib/lib.h"
#include "lib/output.h"

#include <gc/gc.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double clock_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* Milliseconds since the start, which is in `bound`. */
RJ_BUILTIN(performance_now)
{
    return rj_double(clock_ms() - rj_as_number(callee->bound));
}

RJ_BUILTIN(process_uptime)
{
    return rj_double((clock_ms() - rj_as_number(callee->bound)) / 1e3);
}

static bool define_clock(struct rj_vm *vm, struct rj_object *object, const char *name,
                         rj_entry entry)
{
    struct rj_function *function = rj_native_new(vm, name, entry, 0, RJ_INTRINSIC_NONE);

    if (!function)
        return false;
    function->bound = rj_double(clock_ms());
    return rj_define_hidden(vm, object, name, rj_cell_value(function));
}

RJ_BUILTIN(process_exit)
{
    int32_t status = 0;

    if (RJ_ARG(0) != RJ_UNDEFINED && !rj_to_int32(vm, args[0], &status))
        return RJ_THROWN;
    if (!rj_output_finish())
        status = 1;
    rj_vm_free(vm); /* closes what is being recorded */
    exit(status & 0xff);
}

RJ_BUILTIN(process_cwd)
{
    char *path = getcwd(NULL, 0);
    struct rj_string *string = path ? rj_string_utf8(vm, path, strlen(path)) : vm->atoms.empty;

    free(path);
    return rj_result(string);
}

RJ_BUILTIN(process_memory)
{
    struct rj_object *usage = rj_object_plain(vm);
    const struct {
        const char *name;
        size_t bytes;
    } rows[] = {
        {"rss", GC_get_heap_size()},
        {"heapTotal", GC_get_heap_size()},
        {"heapUsed", GC_get_heap_size() - GC_get_free_bytes()},
    };

    for (size_t i = 0; usage && i < sizeof(rows) / sizeof(*rows); i++) {
        struct rj_string *name = rj_atom_text(vm, rows[i].name);

        if (!name ||
            !rj_define(vm, usage, rj_cell_value(name), rj_number((double)rows[i].bytes), RJ_PLAIN))
            return RJ_THROWN;
    }
    return rj_result(usage);
}

RJ_BUILTIN(stdout_write)
{
    struct rj_string *string = rj_to_string(vm, RJ_ARG(0));

    if (!string)
        return RJ_THROWN;
    return rj_output_write(vm, stdout, string) ? RJ_TRUE : RJ_THROWN;
}

RJ_BUILTIN(stderr_write)
{
    struct rj_string *string = rj_to_string(vm, RJ_ARG(0));

    if (!string)
        return RJ_THROWN;
    return rj_output_write(vm, stderr, string) ? RJ_TRUE : RJ_THROWN;
}

static bool put(struct rj_vm *vm, struct rj_object *object, const char *name, rj_value value)
{
    struct rj_string *key = rj_string_utf8(vm, name, strlen(name));
    rj_value atom = key ? rj_to_key(vm, rj_cell_value(key)) : RJ_THROWN;

    return value != RJ_THROWN && atom != RJ_THROWN && rj_define(vm, object, atom, value, RJ_PLAIN);
}

static rj_value text(struct rj_vm *vm, const char *utf8)
{
    return rj_result(rj_string_utf8(vm, utf8, strlen(utf8)));
}

/* As in node: the engine, the program's file, its arguments. */
static rj_value argument_array(struct rj_vm *vm)
{
    struct rj_array *array = rj_array_new(vm, 0, NULL);
    const char *file = vm->options.file ? vm->options.file : "";
    char *path = realpath(file, NULL);
    char *self = realpath("/proc/self/exe", NULL);
    bool good = array && rj_array_append(vm, array, text(vm, self ? self : "refjs")) &&
                rj_array_append(vm, array, text(vm, path ? path : file));

    free(path);
    free(self);
    for (int i = 0; good && i < vm->options.argc; i++)
        good = rj_array_append(vm, array, text(vm, vm->options.argv[i]));
    return good ? rj_cell_value(array) : RJ_THROWN;
}

static rj_value environment(struct rj_vm *vm)
{
    struct rj_object *object = rj_object_plain(vm);

    for (char **entry = environ; object && entry && *entry; entry++) {
        const char *equals = strchr(*entry, '=');
        struct rj_string *name =
            equals ? rj_string_utf8(vm, *entry, (size_t)(equals - *entry)) : NULL;
        rj_value key;

        if (!equals)
            continue;
        key = name ? rj_to_key(vm, rj_cell_value(name)) : RJ_THROWN;
        if (key == RJ_THROWN || !rj_define(vm, object, key, text(vm, equals + 1), RJ_PLAIN))
            return RJ_THROWN;
    }
    return rj_result(object);
}

static const struct rj_builtin stdout_functions[] = {{"write", stdout_write, 1, 0}, {0}};
static const struct rj_builtin stderr_functions[] = {{"write", stderr_write, 1, 0}, {0}};

static const struct rj_builtin functions[] = {
    {"exit", process_exit, 1, 0},
    {"cwd", process_cwd, 0, 0},
    {"memoryUsage", process_memory, 0, 0},
    {0},
};

static const struct rj_builtin none[] = {{0}};

static bool define_stream(struct rj_vm *vm, struct rj_object *process, const char *name,
                          const struct rj_builtin *table)
{
    struct rj_object *stream = rj_object_plain(vm);

    return stream && rj_define_builtins(vm, stream, table) &&
           put(vm, process, name, rj_cell_value(stream));
}

bool rj_init_process(struct rj_vm *vm)
{
    struct rj_object *process = rj_define_namespace(vm, "process", functions);
    struct rj_object *performance = rj_define_namespace(vm, "performance", none);

    return process && performance && define_clock(vm, performance, "now", performance_now) &&
           define_clock(vm, process, "uptime", process_uptime) &&
           put(vm, process, "argv", argument_array(vm)) &&
           put(vm, process, "env", environment(vm)) &&
           put(vm, process, "platform", text(vm, "linux")) &&
           put(vm, process, "pid", rj_int(getpid())) &&
           define_stream(vm, process, "stdout", stdout_functions) &&
           define_stream(vm, process, "stderr", stderr_functions);
}
