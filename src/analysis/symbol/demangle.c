/* libiberty knows the grammars. What a short hostile name expands to can grow
 * without bound (each substitution may double it), so the text is taken piece
 * by piece and given up once it is longer than any reader wants. */
#include "analysis/symbol/demangle.h"

#include "base/alloc.h"

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_LIMIT = 64 * 1024,
    READABLE_LIMIT = 64 * 1024,
    /* D's demangler has no callback, and every back reference ('Q') may double
     * the text, so that these two bound it. */
    D_NAME_LIMIT = 4096,
    D_BACKREF_LIMIT = 10
};

struct text {
    jmp_buf too_long;
    char *bytes;
    size_t length;
    size_t room;
};

/* Leaves the demangler when the text is too long; it owns no memory, all its
 * state is on the stack (libiberty: include/demangle.h, the _callback forms). */
static void append(const char *piece, size_t length, void *context)
{
    struct text *text = context;

    if (length == 0) /* then `piece` may be NULL */
        return;
    if (length > READABLE_LIMIT - text->length)
        longjmp(text->too_long, 1);
    if (text->length + length + 1 > text->room) {
        text->room = (text->length + length + 1) * 2;
        text->bytes = jt_realloc(text->bytes, text->room, 1);
    }
    memcpy(text->bytes + text->length, piece, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

typedef int demangler(const char *name, int options, demangle_callbackref sink, void *context);

/* `text` lives in the caller, so that a long jump leaves it intact. */
static bool collect(struct text *text, demangler *demangle, const char *name)
{
    text->length = 0;
    if (setjmp(text->too_long))
        return false;
    return demangle(name, DMGL_NO_OPTS, append, text) && text->length > 0;
}

static bool is_harmless_d(const char *name, size_t bytes)
{
    size_t backrefs = 0;

    for (size_t i = 0; i < bytes; i++)
        backrefs += name[i] == 'Q';
    return bytes <= D_NAME_LIMIT && backrefs <= D_BACKREF_LIMIT;
}

char *jt_demangle(const char *name)
{
    size_t bytes = strnlen(name, NAME_LIMIT + 1);
    struct text text = {.bytes = NULL};
    bool known = false;

    if (bytes > NAME_LIMIT || bytes < 3 || name[0] != '_')
        return NULL;
    if (name[1] == 'D' && is_harmless_d(name, bytes))
        return dlang_demangle(name, DMGL_NO_OPTS);
    /* A legacy Rust name is a C++ name too, with a hash at its end. */
    if (name[1] == 'R' || name[1] == 'Z')
        known = collect(&text, rust_demangle_callback, name);
    if (!known && (name[1] == 'Z' || name[1] == 'G'))
        known = collect(&text, cplus_demangle_v3_callback, name);
    if (known)
        return text.bytes;
    free(text.bytes);
    return NULL;
}
