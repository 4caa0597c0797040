#include "analysis/report/rewrite.h"

#include "analysis/report/hexscan.h"
#include "base/alloc.h"
#include "jitney/status.h"

#include <stdlib.h>
#include <string.h>

enum {
    TEXT_ROOM = 1 << 20,   /* a line longer than this is worked on in parts */
    READ_ROOM = 128 << 10, /* at once: small enough to stay in the cache */
    OUT_ROOM = 64 << 10,
    SLACK = JT_ADDRESS_NAME_SLACK, /* bytes that may be copied behind what is wanted */
    COPY_BLOCK = 32,
    COPIED_IN_BLOCKS = 256, /* longer texts are worth a call */
    TOKENS_AT_ONCE = 32,
    PERF_FRAME_MOST = 4096, /* bytes of a name and its file */
    LOOK_AHEAD = 512,       /* what an address's surroundings may need of a cut line */
    BARE_DIGITS_LEAST = 6,  /* of an address without 0x, if it has letters and digits */
    BARE_DIGITS_SURE = 12,  /* any digits: no number or word of daily life */
    DIGITS_MOST = 16,
    HALF_DIGITS = 8, /* of 00007ff6`12345678, WinDbg's way to write an address */
};

struct jt_rewriter {
    const struct jt_addressmap *map;
    struct jt_rewrite_options options;
    struct jt_rewrite_sink sink;
    char *text;        /* TEXT_ROOM and SLACK */
    size_t text_bytes; /* not given away yet */
    size_t searched;   /* bytes known to have no newline */
    char before;       /* the byte before the text */
    bool in_line;      /* the text goes on in a line whose head is gone */
    char *out;         /* OUT_ROOM and SLACK */
    size_t out_bytes;
    int status;
    uint64_t resolved;
};

struct token {
    size_t start;
    size_t end;
    uint64_t address;
    bool is_bare; /* no 0x */
};

/* The part of the text that is worked on now. */
struct work {
    struct jt_rewriter *rewriter;
    const char *text;
    size_t bytes;
    size_t done;       /* everything before is in the output */
    size_t seen;       /* no address begins before */
    size_t line_start; /* of the line of the token at work, as far as it is here */
    size_t line_end;
    size_t line_text_end;                /* without the newline and blanks before it */
    bool head_is_gone;                   /* of the first line */
    struct token tokens[TOKENS_AT_ONCE]; /* not looked up yet */
    size_t token_count;
};

static int hex_value(char c)
{
    unsigned digit = (unsigned)(unsigned char)c - '0';
    unsigned letter = ((unsigned)(unsigned char)c | 0x20) - 'a';

    if (digit < 10)
        return (int)digit;
    return letter < 6 ? (int)letter + 10 : -1;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_word(char c)
{
    char lower = (char)(c | 0x20);

    return is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '_';
}

static void flush(struct jt_rewriter *rewriter)
{
    if (!rewriter->status && rewriter->out_bytes > 0)
        rewriter->status =
            rewriter->sink.write(rewriter->sink.context, rewriter->out, rewriter->out_bytes);
    rewriter->out_bytes = 0;
}

/* Most texts are short: blocks of a fixed size need no call. They may reach into
 * the slack. */
static void put(struct jt_rewriter *rewriter, const char *text, size_t bytes)
{
    char *out = NULL;

    if (bytes > OUT_ROOM - rewriter->out_bytes) {
        flush(rewriter);
        if (bytes >= OUT_ROOM) {
            if (!rewriter->status)
                rewriter->status = rewriter->sink.write(rewriter->sink.context, text, bytes);
            return;
        }
    }
    out = rewriter->out + rewriter->out_bytes;
    rewriter->out_bytes += bytes;
    if (bytes > COPIED_IN_BLOCKS)
        memcpy(out, text, bytes);
    else
        for (size_t i = 0; i < bytes; i += COPY_BLOCK)
            memcpy(out + i, text + i, COPY_BLOCK);
}

static void put_byte(struct jt_rewriter *rewriter, char c)
{
    if (rewriter->out_bytes == OUT_ROOM)
        flush(rewriter);
    rewriter->out[rewriter->out_bytes++] = c;
}

/* Put out the text up to `end` as it is. */
static void pass(struct work *work, size_t end)
{
    put(work->rewriter, work->text + work->done, end - work->done);
    work->done = end;
}

static char byte_before(const struct work *work, size_t at)
{
    return at > 0 ? work->text[at - 1] : work->rewriter->before;
}

/* '\n' behind the end: it delimits as the end does. */
static char byte_at(const struct work *work, size_t at)
{
    return at < work->bytes ? work->text[at] : '\n';
}

static bool follows(const struct work *work, size_t at, const char *words)
{
    size_t bytes = strlen(words);

    return at + bytes <= work->bytes && memcmp(work->text + at, words, bytes) == 0;
}

static size_t skip_blanks(const struct work *work, size_t at)
{
    while (at < work->bytes && is_blank(work->text[at]))
        at++;
    return at;
}

/* Where the line around `at` begins and ends. */
static void find_line(struct work *work, size_t at)
{
    const char *newline = NULL;

    if (at < work->line_end)
        return;
    newline = at > work->line_end ? memrchr(work->text + work->line_end, '\n', at - work->line_end)
                                  : NULL;
    work->line_start = newline ? (size_t)(newline - work->text) + 1 : work->line_end;
    newline = memchr(work->text + at, '\n', work->bytes - at);
    work->line_end = newline ? (size_t)(newline - work->text) + 1 : work->bytes;
    at = newline ? work->line_end - 1 : work->bytes;
    while (at > work->line_start && (is_blank(work->text[at - 1]) || work->text[at - 1] == '\r'))
        at--;
    work->line_text_end = at;
}

static size_t count_digits(const struct work *work, size_t at, uint64_t *value)
{
    size_t start = at;
    int digit = 0;

    *value = 0;
    for (; at < work->bytes; at++) {
        digit = hex_value(work->text[at]);
        if (digit < 0)
            break;
        *value = *value << 4 | (uint64_t)digit;
    }
    return at - start;
}

/* The second half of 00007ff6`12345678. */
static void take_second_half(const struct work *work, struct token *token, size_t digits)
{
    uint64_t low = 0;

    if (digits != HALF_DIGITS || byte_at(work, token->end) != '`' ||
        count_digits(work, token->end + 1, &low) != HALF_DIGITS ||
        is_word(byte_at(work, token->end + 1 + HALF_DIGITS)))
        return;
    token->address = token->address << 32 | low;
    token->end += 1 + HALF_DIGITS;
}

static bool parse_prefixed(const struct work *work, size_t at, struct token *token)
{
    char before = byte_before(work, at);
    size_t zeros = at + 2;
    size_t digits = 0;

    while (zeros < work->bytes && work->text[zeros] == '0')
        zeros++;
    digits = count_digits(work, zeros, &token->address);
    *token = (struct token){.start = at, .end = zeros + digits, .address = token->address};
    take_second_half(work, token, token->end - at - 2);
    /* +0x1f and rbp-0x10 are distances. */
    return digits <= DIGITS_MOST && !is_word(before) && before != '+' && before != '-' &&
           !is_word(byte_at(work, token->end));
}

/* Numbers, words, hashes, file names and versions are no addresses. */
static bool has_shape_of_address(const char *text, size_t digits)
{
    bool has_letter = false;
    bool has_digit = false;

    if (digits < BARE_DIGITS_LEAST || digits > DIGITS_MOST)
        return false;
    if (digits >= BARE_DIGITS_SURE)
        return true;
    for (size_t i = 0; i < digits; i++) {
        has_digit |= is_digit(text[i]);
        has_letter |= !is_digit(text[i]);
    }
    return has_digit && has_letter;
}

static bool joins_words(char c)
{
    return c != '\0' && strchr("-./\\", c) != NULL;
}

static bool parse_bare(const struct work *work, size_t at, struct token *token)
{
    char before = byte_before(work, at);
    size_t digits = count_digits(work, at, &token->address);
    char after = '\0';

    *token =
        (struct token){.start = at, .end = at + digits, .address = token->address, .is_bare = true};
    take_second_half(work, token, digits);
    after = byte_at(work, token->end);
    if (is_word(before) || (before & 0x80) || joins_words(before) ||
        (before != '\0' && strchr("+#$%&", before)))
        return false;
    if (is_word(after) || (after & 0x80) ||
        (joins_words(after) && (after != '.' || is_word(byte_at(work, token->end + 1)))))
        return false;
    return has_shape_of_address(work->text + at, digits);
}

/* Whether only blanks, or a frame's number, are before the address in its line. */
static bool is_first_in_line(const struct work *work, const struct token *token)
{
    size_t at = token->start;

    if (work->head_is_gone && work->line_start == 0)
        return false;
    while (at > work->line_start && is_blank(work->text[at - 1]))
        at--;
    while (at > work->line_start && is_digit(work->text[at - 1]))
        at--;
    if (at > work->line_start && work->text[at - 1] == '#')
        at--;
    while (at > work->line_start && is_blank(work->text[at - 1]))
        at--;
    return at == work->line_start;
}

/* `#6  ADDRESS`, `frame #6: ADDRESS`, `   6  ADDRESS`, but not frame 0. */
static bool is_caller(const struct work *work, const struct token *token)
{
    size_t at = token->start;
    size_t end = 0;

    while (at > 0 && is_blank(work->text[at - 1]))
        at--;
    if (at == token->start)
        return false;
    if (at > 0 && work->text[at - 1] == ':')
        at--;
    end = at;
    while (at > 0 && is_digit(work->text[at - 1]))
        at--;
    if (at == end || work->text[at] == '0')
        return false;
    return byte_before(work, at) == '#' || (is_first_in_line(work, token) && end - at < 5);
}

/* perf's `NAME (FILE)`, `NAME+0x1f (FILE)` or `NAME+0x1f` from `at` to the end
 * of the line. */
static bool is_perf_frame(const struct work *work, const struct token *token, size_t at)
{
    size_t end = work->line_text_end;
    const char *found = NULL;

    if (end < at + 3 || end - at > PERF_FRAME_MOST)
        return false;
    if (work->text[end - 1] == ')') {
        found = memrchr(work->text + at, '(', end - at);
        if (found && found > work->text + at && is_blank(found[-1]) &&
            (found[1] == '[' || is_first_in_line(work, token)))
            return true;
        return memmem(work->text + at + 1, end - at - 1, " (/", 3) != NULL;
    }
    for (unsigned i = 0; i < DIGITS_MOST && end > at && hex_value(work->text[end - 1]) >= 0; i++)
        end--;
    return end >= at + 4 && memcmp(work->text + end - 3, "+0x", 3) == 0;
}

/* The address is that of a frame whose name stands there already: gdb's `in NAME
 * (`, lldb's `FILE`NAME`, perf's. */
static bool is_named(const struct work *work, const struct token *token)
{
    size_t start = skip_blanks(work, token->end);
    size_t at = start;

    if (start == token->end)
        return false;
    if (token->is_bare)
        return is_perf_frame(work, token, start);
    if (follows(work, start, "in "))
        return is_first_in_line(work, token);
    while (at < work->line_text_end && !is_blank(work->text[at]) && work->text[at] != '`')
        at++;
    return at > start && at < work->line_text_end && work->text[at] == '`';
}

/* What stands for the name that is missing, behind the address: perf's
 * `[unknown]`, gdb's `in ??` (or the address again), valgrind's `: ???`,
 * coredumpctl's `n/a (`. */
struct gap {
    size_t start;
    size_t end;
    bool replaces_address; /* unless it is to be kept */
};

static bool find_gap(const struct work *work, const struct token *token, struct gap *gap)
{
    size_t at = skip_blanks(work, token->end);
    uint64_t address = 0;
    size_t digits = 0;

    if (follows(work, at, ": ???")) {
        *gap = (struct gap){at + 2, at + 5, true};
        return true;
    }
    if (at == token->end)
        return false;
    if (!token->is_bare && follows(work, at, "n/a (")) {
        *gap = (struct gap){at, at + 3, true};
        return true;
    }
    if (follows(work, at, "[unknown]")) {
        *gap = (struct gap){at, at + 9, false};
        return true;
    }
    if (token->is_bare || !follows(work, at, "in "))
        return false;
    at = skip_blanks(work, at + 3);
    if (follows(work, at, "??")) {
        *gap = (struct gap){at, at + 2, true};
        return true;
    }
    if (!follows(work, at, "0x"))
        return false;
    digits = count_digits(work, at + 2, &address);
    *gap = (struct gap){at, at + 2 + digits, true};
    return digits > 0 && !is_word(byte_at(work, gap->end));
}

/* A quotation mark in a name must not end the string that the address filled. */
static void put_name(struct work *work, const struct token *token,
                     const struct jt_address_name *name)
{
    const char *at = name->text;
    const char *end = name->text + name->bytes;
    bool is_quoted = byte_before(work, token->start) == '"' && byte_at(work, token->end) == '"';

    work->rewriter->resolved++;
    if (!is_quoted) {
        put(work->rewriter, name->text, name->bytes);
        return;
    }
    for (; at < end; at++) {
        if (*at == '"' || *at == '\\')
            put_byte(work->rewriter, '\\');
        put_byte(work->rewriter, *at);
    }
}

/* A call can be the last instruction of its function: then the address it returns
 * to is behind it. */
static const struct jt_address_name *step_back(const struct work *work, const struct token *token)
{
    const struct jt_rewriter *rewriter = work->rewriter;
    const struct jt_address_name *name = NULL;

    if (!rewriter->options.steps_back || token->address == 0)
        return NULL;
    name = jt_addressmap_find(rewriter->map, token->address - 1);
    return name && is_caller(work, token) ? name : NULL;
}

static void replace(struct work *work, const struct token *token,
                    const struct jt_address_name *name)
{
    bool keeps = work->rewriter->options.keeps_addresses;
    struct gap gap;

    if (find_gap(work, token, &gap)) {
        pass(work, gap.replaces_address && !keeps ? token->start : gap.start);
        put_name(work, token, name);
        work->done = gap.end;
        return;
    }
    if (is_named(work, token))
        return;
    pass(work, keeps ? token->end : token->start);
    if (keeps)
        put_byte(work->rewriter, ' ');
    put_name(work, token, name);
    work->done = token->end;
}

/* Look the collected tokens up and replace those that are known. */
static void settle(struct work *work)
{
    uint64_t addresses[TOKENS_AT_ONCE];
    const struct jt_address_name *names[TOKENS_AT_ONCE];
    const struct token *token = NULL;

    for (size_t i = 0; i < work->token_count; i++)
        addresses[i] = work->tokens[i].address;
    jt_addressmap_find_many(work->rewriter->map, addresses, names, work->token_count);
    for (size_t i = 0; i < work->token_count; i++) {
        token = &work->tokens[i];
        if (token->start < work->done || (!names[i] && !work->rewriter->options.steps_back))
            continue;
        find_line(work, token->start);
        if (!names[i])
            names[i] = step_back(work, token);
        if (names[i])
            replace(work, token, names[i]);
    }
    work->token_count = 0;
}

/* An address may begin at `at`. */
static void consider(struct work *work, size_t at)
{
    struct token *token = &work->tokens[work->token_count];
    bool is_address = false;

    if (at < work->seen)
        return;
    if (byte_at(work, at + 1) == 'x' || byte_at(work, at + 1) == 'X')
        is_address = parse_prefixed(work, at, token);
    else
        is_address = parse_bare(work, at, token);
    work->seen = token->end;
    work->token_count += is_address;
    if (work->token_count == TOKENS_AT_ONCE)
        settle(work);
}

/* Bits of the bytes at which an address can begin: the first of six digits, or
 * the 0 of an 0x with a digit behind it. */
static uint64_t candidates(const struct jt_hexscan *now, const struct jt_hexscan *next,
                           bool digit_before)
{
    uint64_t runs = now->digits;
    uint64_t first = ~(now->digits << 1 | (uint64_t)digit_before);

    for (unsigned i = 1; i < BARE_DIGITS_LEAST; i++)
        runs &= now->digits >> i | next->digits << (64 - i);
    return (runs & first) |
           (now->zeros & (now->xs >> 1 | next->xs << 63) & (now->digits >> 2 | next->digits << 62));
}

static void scan_block(const char *text, size_t at, size_t bytes, struct jt_hexscan *found)
{
    char tail[JT_HEXSCAN_BYTES] = {0};

    if (at + JT_HEXSCAN_BYTES <= bytes) {
        jt_hexscan(text + at, found);
        return;
    }
    if (at < bytes)
        memcpy(tail, text + at, bytes - at);
    jt_hexscan(tail, found);
}

static void rewrite(struct jt_rewriter *rewriter, const char *text, size_t bytes)
{
    struct work work = {
        .rewriter = rewriter, .text = text, .bytes = bytes, .head_is_gone = rewriter->in_line};
    struct jt_hexscan now;
    struct jt_hexscan next;
    bool digit_before = false;
    uint64_t bits = 0;

    scan_block(text, 0, bytes, &now);
    for (size_t at = 0; at < bytes && !rewriter->status; at += JT_HEXSCAN_BYTES) {
        scan_block(text, at + JT_HEXSCAN_BYTES, bytes, &next);
        for (bits = candidates(&now, &next, digit_before); bits; bits &= bits - 1)
            consider(&work, at + (size_t)__builtin_ctzll(bits));
        digit_before = now.digits >> 63;
        now = next;
    }
    settle(&work);
    pass(&work, bytes);
}

/* Rewrite the first bytes of the text and move the rest to the front. */
static void give(struct jt_rewriter *rewriter, size_t bytes)
{
    rewrite(rewriter, rewriter->text, bytes);
    flush(rewriter);
    rewriter->before = rewriter->text[bytes - 1];
    rewriter->in_line = rewriter->before != '\n';
    rewriter->text_bytes -= bytes;
    memmove(rewriter->text, rewriter->text + bytes, rewriter->text_bytes);
    rewriter->searched = rewriter->text_bytes;
}

/* Where to part a line that fills all room: at a blank, so that no address is
 * torn, with what may belong to it behind. */
static size_t find_cut(const struct jt_rewriter *rewriter)
{
    size_t at = rewriter->text_bytes - LOOK_AHEAD;

    while (at > 0 && !is_blank(rewriter->text[at - 1]))
        at--;
    if (at > 0)
        return at;
    for (at = rewriter->text_bytes - LOOK_AHEAD; at > 0; at--)
        if (!is_word(rewriter->text[at - 1]))
            return at;
    return rewriter->text_bytes - LOOK_AHEAD;
}

struct jt_rewriter *jt_rewriter_new(const struct jt_addressmap *map,
                                    const struct jt_rewrite_options *options,
                                    const struct jt_rewrite_sink *sink)
{
    struct jt_rewriter *rewriter = jt_alloc(1, sizeof(*rewriter));

    rewriter->map = map;
    rewriter->options = *options;
    rewriter->sink = *sink;
    rewriter->text = jt_realloc(NULL, TEXT_ROOM + SLACK, 1);
    rewriter->out = jt_realloc(NULL, OUT_ROOM + SLACK, 1);
    rewriter->before = '\n';
    return rewriter;
}

void jt_rewriter_free(struct jt_rewriter *rewriter)
{
    if (!rewriter)
        return;
    free(rewriter->text);
    free(rewriter->out);
    free(rewriter);
}

char *jt_rewriter_room(struct jt_rewriter *rewriter, size_t *bytes)
{
    *bytes = TEXT_ROOM - rewriter->text_bytes;
    if (*bytes > READ_ROOM)
        *bytes = READ_ROOM;
    return rewriter->text + rewriter->text_bytes;
}

int jt_rewriter_take(struct jt_rewriter *rewriter, size_t bytes)
{
    const char *newline = NULL;

    rewriter->text_bytes += bytes;
    newline = memrchr(rewriter->text + rewriter->searched, '\n',
                      rewriter->text_bytes - rewriter->searched);
    rewriter->searched = rewriter->text_bytes;
    if (newline)
        give(rewriter, (size_t)(newline - rewriter->text) + 1);
    else if (TEXT_ROOM - rewriter->text_bytes < LOOK_AHEAD)
        give(rewriter, find_cut(rewriter));
    return rewriter->status;
}

int jt_rewriter_finish(struct jt_rewriter *rewriter)
{
    if (rewriter->text_bytes > 0)
        give(rewriter, rewriter->text_bytes);
    return rewriter->status;
}

uint64_t jt_rewriter_resolved(const struct jt_rewriter *rewriter)
{
    return rewriter->resolved;
}
