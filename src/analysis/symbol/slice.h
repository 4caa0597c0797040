/* Looking at a piece of text that has no NUL at its end. */
#ifndef JT_SYMBOL_SLICE_H
#define JT_SYMBOL_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define JT_SLICE_NONE SIZE_MAX

struct jt_slice {
    const char *at;
    size_t bytes;
};

static inline struct jt_slice jt_slice_of(const char *text)
{
    return (struct jt_slice){.at = text, .bytes = strlen(text)};
}

/* From `start` up to `end`, which must lie inside. */
static inline struct jt_slice jt_slice_part(struct jt_slice slice, size_t start, size_t end)
{
    return (struct jt_slice){.at = slice.at + start, .bytes = end - start};
}

static inline struct jt_slice jt_slice_from(struct jt_slice slice, size_t start)
{
    return jt_slice_part(slice, start, slice.bytes);
}

static inline bool jt_slice_is(struct jt_slice slice, const char *text)
{
    return slice.bytes == strlen(text) && memcmp(slice.at, text, slice.bytes) == 0;
}

static inline bool jt_slice_starts(struct jt_slice slice, const char *prefix)
{
    size_t bytes = strlen(prefix);

    return slice.bytes >= bytes && memcmp(slice.at, prefix, bytes) == 0;
}

static inline bool jt_slice_ends(struct jt_slice slice, const char *suffix)
{
    size_t bytes = strlen(suffix);

    return slice.bytes >= bytes && memcmp(slice.at + slice.bytes - bytes, suffix, bytes) == 0;
}

/* Take the prefix off, if it is there. */
static inline bool jt_slice_skip(struct jt_slice *slice, const char *prefix)
{
    if (!jt_slice_starts(*slice, prefix))
        return false;
    *slice = jt_slice_from(*slice, strlen(prefix));
    return true;
}

/* Take the suffix off, if it is there. */
static inline bool jt_slice_cut(struct jt_slice *slice, const char *suffix)
{
    if (!jt_slice_ends(*slice, suffix))
        return false;
    slice->bytes -= strlen(suffix);
    return true;
}

/* Where `text` is first, or JT_SLICE_NONE. */
static inline size_t jt_slice_find(struct jt_slice slice, const char *text)
{
    const char *found = slice.bytes ? memmem(slice.at, slice.bytes, text, strlen(text)) : NULL;

    return found ? (size_t)(found - slice.at) : JT_SLICE_NONE;
}

static inline size_t jt_slice_find_last(struct jt_slice slice, char c)
{
    const char *found = slice.bytes ? memrchr(slice.at, c, slice.bytes) : NULL;

    return found ? (size_t)(found - slice.at) : JT_SLICE_NONE;
}

static inline bool jt_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool jt_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* How many digits it starts with, ends with. */
static inline size_t jt_slice_digits(struct jt_slice slice)
{
    size_t digits = 0;

    while (digits < slice.bytes && jt_is_digit(slice.at[digits]))
        digits++;
    return digits;
}

static inline size_t jt_slice_end_digits(struct jt_slice slice)
{
    size_t digits = 0;

    while (digits < slice.bytes && jt_is_digit(slice.at[slice.bytes - digits - 1]))
        digits++;
    return digits;
}

/* Take `mark` and a number that fits 32 bits off the end, if they are there. */
static inline bool jt_slice_cut_number(struct jt_slice *slice, char mark, uint32_t *number)
{
    size_t digits = jt_slice_end_digits(*slice);
    uint64_t value = 0;

    if (digits == 0 || digits > 10 || digits == slice->bytes ||
        slice->at[slice->bytes - digits - 1] != mark)
        return false;
    for (size_t i = slice->bytes - digits; i < slice->bytes; i++)
        value = value * 10 + (uint64_t)(slice->at[i] - '0');
    if (value > UINT32_MAX)
        return false;
    *number = (uint32_t)value;
    slice->bytes -= digits + 1;
    return true;
}

#endif
