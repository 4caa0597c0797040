#include "front/ast.h"

#include <stdarg.h>
#include <stdio.h>

enum { CHUNK_BYTES = 32 * 1024 };

_Noreturn void rj_leave(struct rj_front *front, uint32_t line, uint32_t column)
{
    front->vm->thrown_at = (struct rj_position){0, line, column};
    front->vm->thrown_file = front->file;
    longjmp(front->failure, 1);
}

_Noreturn void rj_fail(struct rj_front *front, uint32_t line, uint32_t column, const char *format,
                       ...)
{
    char text[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    rj_throw_error(front->vm, RJ_ERROR_SYNTAX, "%s", text);
    rj_leave(front, line, column);
}

void rj_check_stack(struct rj_front *front)
{
    if (!rj_stack_is_low(front->vm))
        return;
    rj_throw_stack(front->vm);
    /* While parsing the place is known, afterwards it is the program's end. */
    rj_leave(front, front->tokens[front->at].line, front->tokens[front->at].column);
}

void *rj_check(struct rj_front *front, void *allocated)
{
    if (!allocated)
        rj_leave(front, 0, 0);
    return allocated;
}

void *rj_arena(struct rj_front *front, size_t bytes)
{
    void *memory;

    bytes = (bytes + 15) & ~(size_t)15;
    if (bytes > front->left) {
        size_t chunk = bytes + 16 > CHUNK_BYTES ? bytes + 16 : CHUNK_BYTES;
        void **made = rj_check(front, rj_allocate(front->vm, chunk));

        *made = front->chunks;
        front->chunks = made;
        front->free = (char *)made + 16;
        front->left = chunk - 16;
    }
    memory = front->free;
    front->free += bytes;
    front->left -= bytes;
    return memory;
}

void *rj_grow(struct rj_front *front, void *array, uint32_t count, uint32_t *capacity, size_t size)
{
    uint32_t wanted = *capacity < 8 ? 16 : *capacity * 2;
    void *grown;

    if (*capacity >= UINT32_MAX / 4)
        rj_fail(front, 0, 0, "Program too large");
    grown = rj_check(front, rj_allocate(front->vm, wanted * size));
    if (count)
        memcpy(grown, array, count * size);
    *capacity = wanted;
    return grown;
}

const char *rj_atom_utf8(struct rj_front *front, struct rj_string *atom)
{
    return rj_check(front, (void *)rj_string_text(front->vm, atom, NULL));
}
