/* A process around QuickJS for bench/run: `quickjs FILE [ARGS]` runs a file that may use
 * console.log, process.argv and performance.now. Built by bench/quickjs; no part of refjs. */
#include <quickjs.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define STACK_BYTES (4 << 20)

static JSValue print(JSContext *context, JSValueConst receiver, int argc, JSValueConst *argv)
{
    for (int i = 0; i < argc; i++) {
        const char *text = JS_ToCString(context, argv[i]);

        if (!text)
            return JS_EXCEPTION;
        printf(i > 0 ? " %s" : "%s", text);
        JS_FreeCString(context, text);
    }
    putchar('\n');
    return JS_UNDEFINED;
}

static JSValue now(JSContext *context, JSValueConst receiver, int argc, JSValueConst *argv)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return JS_NewFloat64(context, (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6);
}

static void define_function(JSContext *context, JSValueConst global, const char *object,
                            const char *name, JSCFunction *function)
{
    JSValue made = JS_NewObject(context);

    JS_SetPropertyStr(context, made, name, JS_NewCFunction(context, function, name, 1));
    JS_SetPropertyStr(context, global, object, made);
}

static void define_globals(JSContext *context, int argc, char **argv)
{
    JSValue global = JS_GetGlobalObject(context);
    JSValue process = JS_NewObject(context);
    JSValue arguments = JS_NewArray(context);

    define_function(context, global, "console", "log", print);
    define_function(context, global, "performance", "now", now);
    for (int i = 0; i < argc; i++)
        JS_SetPropertyUint32(context, arguments, (uint32_t)i, JS_NewString(context, argv[i]));
    JS_SetPropertyStr(context, process, "argv", arguments);
    JS_SetPropertyStr(context, global, "process", process);
    JS_FreeValue(context, global);
}

/* NUL-terminated, as JS_Eval wants it; NULL if it cannot be read. */
static char *read_file(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    size_t capacity = 1 << 20;
    char *text = malloc(capacity);

    if (!file || !text)
        return NULL;
    *bytes = fread(text, 1, capacity - 1, file);
    text[*bytes] = '\0';
    fclose(file);
    return text;
}

int main(int argc, char **argv)
{
    JSRuntime *runtime = JS_NewRuntime();
    JSContext *context = runtime ? JS_NewContext(runtime) : NULL;
    size_t bytes = 0;
    char *text = argc > 1 ? read_file(argv[1], &bytes) : NULL;
    JSValue value;
    int status = 0;

    if (!context || !text)
        return 2;
    JS_SetMaxStackSize(runtime, STACK_BYTES);
    define_globals(context, argc, argv);
    value = JS_Eval(context, text, bytes, argv[1], JS_EVAL_TYPE_GLOBAL);
    if (JS_IsException(value)) {
        fprintf(stderr, "%s\n", JS_ToCString(context, JS_GetException(context)));
        status = 1;
    }
    fflush(stdout);
    _Exit(status); /* the heap is not taken apart, as the other engines do not either */
}
