/* What the adapter asks of V8: a handful of functions, found by name in the running
 * program. One binary so serves every version that has them, and where one is missing,
 * that is said, and the program runs on.
 *
 * Handles (`Local<T>`) are pointers to slots, passed and returned in a register. */
#ifndef NODE_ADAPTER_V8_H
#define NODE_ADAPTER_V8_H

#include <stddef.h>
#include <stdint.h>

/* v8: include/v8-callbacks.h, struct JitCodeEvent; the same from V8 10 to 13. */
enum v8_code_event_type {
    V8_CODE_ADDED,
    V8_CODE_MOVED,
    V8_CODE_REMOVED,
    V8_LINE_ADD,
    V8_LINES_START,
    V8_LINES_END
};
enum v8_code_type { V8_BYTE_CODE, V8_JIT_CODE, V8_WASM_CODE };

struct v8_line {
    size_t offset;   /* in the code */
    size_t position; /* in the source, counted in UTF-16 units */
    int position_type;
};

struct v8_wasm_source {
    const char *file;
    size_t file_bytes;
    const struct v8_line *lines; /* their `position` is a line */
    size_t line_count;
};

struct v8_code_event {
    int type; /* enum v8_code_event_type */
    int code_type;
    void *code_start;
    size_t code_bytes;
    void *script; /* of V8_CODE_ADDED; may be NULL */
    void *user_data;
    const struct v8_wasm_source *wasm;
    union {
        struct {
            const char *text;
            size_t bytes;
        } name;
        struct v8_line line;
        void *new_code_start;
    };
    void *isolate;
};

struct v8_handle_scope {
    void *words[8]; /* V8 uses three */
};

struct v8_functions {
    void *(*current_isolate)(void);
    void (*set_code_handler)(void *isolate, int options,
                             void (*handler)(const struct v8_code_event *event));
    void (*scope_enter)(struct v8_handle_scope *scope, void *isolate);
    void (*scope_leave)(struct v8_handle_scope *scope);
    int (*script_id)(const void *script);
    void *(*script_name)(void *script);             /* Local<Value> */
    void *(*script_source_url)(void *script);       /* Local<Value> */
    int (*line_number)(void *script, int position); /* from 0; -1: not known */
    /* These may be NULL. */
    int (*column_number)(void *script, int position);
    void (*set_flags)(const char *text, size_t bytes);
};

enum { V8_ENUMERATE_EXISTING = 1 };

/* Find them. Returns NULL, or the name of one that this program lacks. */
const char *v8_functions_find(struct v8_functions *v8);

#endif
