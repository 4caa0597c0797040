#include "base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void out_of_memory(void)
{
    fputs("jitney: out of memory\n", stderr);
    exit(1);
}

void *jt_alloc(size_t count, size_t element_bytes)
{
    void *memory = calloc(count ? count : 1, element_bytes ? element_bytes : 1);

    if (!memory)
        out_of_memory();
    return memory;
}

void *jt_realloc(void *old, size_t count, size_t element_bytes)
{
    size_t bytes = 0;
    void *memory = NULL;

    if (__builtin_mul_overflow(count, element_bytes, &bytes))
        out_of_memory();
    memory = realloc(old, bytes ? bytes : 1);
    if (!memory)
        out_of_memory();
    return memory;
}

char *jt_strdup(const char *text)
{
    return jt_strndup(text, strlen(text));
}

char *jt_strndup(const char *text, size_t bytes)
{
    char *copy = jt_alloc(bytes + 1, 1);

    if (bytes > 0)
        memcpy(copy, text, bytes);
    return copy;
}

char *jt_format(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    int length = 0;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        out_of_memory();
    return text;
}
