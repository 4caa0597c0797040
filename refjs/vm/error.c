/* Errors: objects with a message and the stack they were made on, and throwing. */
#include "vm/lookup.h"
#include "vm/string.h"

#include <stdarg.h>
#include <stdio.h>

enum { STACK_LINES = 10, MESSAGE_BYTES = 512, PLACE_BYTES = 1024 };

rj_value rj_throw(struct rj_vm *vm, rj_value value)
{
    const struct rj_frame *frame = vm->frame;

    vm->exception = value;
    vm->thrown_at = (struct rj_position){0};
    vm->thrown_file = NULL;
    if (frame && frame->code) {
        vm->thrown_at = rj_code_position(frame->code, frame->at);
        vm->thrown_file = frame->code->file;
    }
    return RJ_THROWN;
}

/* "Name: message" of Error.prototype.toString; NULL after throwing. */
static struct rj_string *headline(struct rj_vm *vm, struct rj_object *prototype,
                                  struct rj_string *message)
{
    struct rj_found found;
    struct rj_string *name = NULL;
    struct rj_string *colon;

    if (prototype && rj_find(vm, prototype, rj_cell_value(vm->atoms.name), &found) &&
        rj_is_string(found.value))
        name = rj_as_string(found.value);
    if (!name)
        name = rj_atom_text(vm, "Error");
    if (!message || !message->length || !name)
        return name;
    if (!name->length)
        return message;
    colon = rj_atom_text(vm, ": ");
    name = colon ? rj_string_concat(vm, name, colon) : NULL;
    return name ? rj_string_concat(vm, name, message) : NULL;
}

static struct rj_string *stack_line(struct rj_vm *vm, const struct rj_frame *frame)
{
    const struct rj_code *code = frame->code;
    struct rj_position at = rj_code_position(code, frame->at);
    const char *name = code->name && code->name[0] ? code->name : NULL;
    const char *file = code->file ? code->file : "";

    if (!name && code->flags & RJ_CODE_SCRIPT)
        name = "<script>";
    if (!name)
        return rj_string_format(vm, "\n    at %s:%u:%u", file, at.line, at.column);
    return rj_string_format(vm, "\n    at %s (%s:%u:%u)", name, file, at.line, at.column);
}

static struct rj_string *stack_text(struct rj_vm *vm, struct rj_string *text)
{
    int lines = 0;

    for (const struct rj_frame *frame = vm->frame; frame && text && lines < STACK_LINES;
         frame = frame->caller) {
        struct rj_string *line = frame->code ? stack_line(vm, frame) : NULL;

        if (!frame->code)
            continue;
        text = line ? rj_string_concat(vm, text, line) : NULL;
        lines++;
    }
    return text;
}

struct rj_object *rj_error_make(struct rj_vm *vm, struct rj_object *prototype,
                                struct rj_string *message)
{
    struct rj_shape *shape = rj_shape_shared(vm, RJ_ERROR, prototype);
    struct rj_object *error = shape ? rj_object_new(vm, shape, sizeof(struct rj_object), 2) : NULL;
    struct rj_string *text = error ? headline(vm, prototype, message) : NULL;

    text = text ? stack_text(vm, text) : NULL;
    if (!text ||
        !rj_object_add(vm, error, vm->atoms.stack, RJ_HIDDEN, rj_cell_value(text), RJ_UNDEFINED))
        return NULL;
    if (message && !rj_object_add(vm, error, vm->atoms.message, RJ_HIDDEN, rj_cell_value(message),
                                  RJ_UNDEFINED))
        return NULL;
    return error;
}

struct rj_object *rj_error_new(struct rj_vm *vm, enum rj_error_class class,
                               struct rj_string *message)
{
    return rj_error_make(vm, vm->realm.error_prototypes[class], message);
}

rj_value rj_throw_error(struct rj_vm *vm, enum rj_error_class class, const char *format, ...)
{
    char text[MESSAGE_BYTES];
    char *long_text = text;
    struct rj_string *message;
    struct rj_object *error;
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (length >= MESSAGE_BYTES) {
        long_text = rj_allocate_atomic(vm, (size_t)length + 1);
        if (!long_text)
            return RJ_THROWN;
        va_start(args, format);
        vsnprintf(long_text, (size_t)length + 1, format, args);
        va_end(args);
    }
    message = rj_string_utf8(vm, long_text, length > 0 ? (size_t)length : 0);
    error = message ? rj_error_new(vm, class, message) : NULL;
    if (!error)
        return RJ_THROWN; /* of what stood in the way */
    return rj_throw(vm, rj_cell_value(error));
}

rj_value rj_throw_stack(struct rj_vm *vm)
{
    return rj_throw_error(vm, RJ_ERROR_RANGE, "Maximum call stack size exceeded");
}
