#include "analysis/load/rds.h"

#include "analysis/load/rds_private.h"
#include "base/alloc.h"
#include "jitney/status.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORD_MOST = 128,
    MAGIC_BYTES = 5,
    START_BYTES = 64,
    VERSION_LEAST = 2,
    VERSION_MOST = 3,
};

/* ---- what a file begins with ---- */

static bool is_encoding(int letter)
{
    return letter == 'A' || letter == 'X' || letter == 'B';
}

/* Behind the magic of save() the same follows as in a file of saveRDS(): a letter
 * for the encoding, a newline and the version. */
static bool is_start(const uint8_t *bytes, size_t count)
{
    static const uint8_t zeros[3] = {0};

    if (count >= MAGIC_BYTES && memcmp(bytes, "RD", 2) == 0 && is_encoding(bytes[2]) &&
        (bytes[3] == '2' || bytes[3] == '3') && bytes[4] == '\n') {
        bytes += MAGIC_BYTES;
        count -= MAGIC_BYTES;
    }
    if (count < 6 || bytes[1] != '\n')
        return false;
    bytes += 2;
    if (bytes[-2] == 'A')
        return (bytes[0] == '2' || bytes[0] == '3') && (bytes[1] == '\n' || bytes[1] == '\r');
    if (bytes[-2] == 'X')
        return memcmp(bytes, zeros, 3) == 0 && (bytes[3] == 2 || bytes[3] == 3);
    return bytes[-2] == 'B' && (bytes[0] == 2 || bytes[0] == 3) && memcmp(bytes + 1, zeros, 3) == 0;
}

bool jt_rds_probe(const void *bytes, size_t count)
{
    uint8_t start[START_BYTES];
    size_t unpacked = jt_unpacked_start(bytes, count, start, sizeof(start));

    return unpacked > 0 ? is_start(start, unpacked) : is_start(bytes, count);
}

const char *jt_rds_unread_compression(const void *bytes, size_t count)
{
    if (count >= 4 && memcmp(bytes, "BZh", 3) == 0)
        return "bzip2";
    if (count >= 6 && memcmp(bytes,
                             "\xfd"
                             "7zXZ\0",
                             6) == 0)
        return "xz";
    return NULL;
}

/* ---- bytes and numbers ---- */

bool jt_rds_failed(const struct jt_rds *rds)
{
    return rds->status != JITNEY_OK;
}

void jt_rds_fail(struct jt_rds *rds, int status, const char *what)
{
    if (rds->status)
        return;
    rds->status = status;
    if (!rds->has_said)
        jt_diag_error(rds->diag, rds->name, (int64_t)jt_unpacked_offset(rds->in), "%s", what);
    rds->has_said = true;
}

static void fail_at_end(struct jt_rds *rds)
{
    const char *fault = jt_unpacked_fault(rds->in);

    jt_rds_fail(rds, JITNEY_ERR_FORMAT, fault ? fault : "ends in the middle of an object");
}

static int take_byte(struct jt_rds *rds)
{
    int byte = rds->status ? -1 : jt_unpacked_byte(rds->in);

    if (byte < 0)
        fail_at_end(rds);
    return byte;
}

static void take_bytes(struct jt_rds *rds, void *to, size_t bytes)
{
    size_t got = rds->status ? 0 : jt_unpacked_read(rds->in, to, bytes);

    if (got == bytes)
        return;
    memset((char *)to + got, 0, bytes - got);
    fail_at_end(rds);
}

static void skip_bytes(struct jt_rds *rds, uint64_t bytes)
{
    char skipped[4096];
    size_t part = 0;

    for (; bytes > 0 && !rds->status; bytes -= part) {
        part = bytes < sizeof(skipped) ? (size_t)bytes : sizeof(skipped);
        take_bytes(rds, skipped, part);
    }
}

/* The next word of text; "" after a failure. */
static void take_word(struct jt_rds *rds, char word[WORD_MOST])
{
    int byte = take_byte(rds);
    size_t length = 0;

    while (byte >= 0 && isspace(byte))
        byte = take_byte(rds);
    while (byte >= 0 && !isspace(byte)) {
        if (length == WORD_MOST - 1) {
            jt_rds_fail(rds, JITNEY_ERR_FORMAT, "has text where a number should be");
            break;
        }
        word[length++] = (char)byte;
        /* The file may end with its last number. */
        byte = jt_unpacked_byte(rds->in);
    }
    word[jt_rds_failed(rds) ? 0 : length] = '\0';
}

static uint32_t swapped_u32(const struct jt_rds *rds, uint32_t value)
{
    /* The binary form is that of the machine that wrote it: only little-endian ones pass
     * the probe. */
    return rds->encoding == JT_RDS_XDR ? __builtin_bswap32(value) : value;
}

int32_t jt_rds_take_integer(struct jt_rds *rds)
{
    char word[WORD_MOST];
    char *end = NULL;
    uint32_t value = 0;
    long long number = 0;

    if (rds->encoding != JT_RDS_ASCII) {
        take_bytes(rds, &value, sizeof(value));
        return (int32_t)swapped_u32(rds, value);
    }
    take_word(rds, word);
    if (jt_rds_failed(rds))
        return 0;
    if (strcmp(word, "NA") == 0)
        return INT32_MIN;
    number = strtoll(word, &end, 10);
    if (*end || number < INT32_MIN || number > INT32_MAX) {
        jt_rds_fail(rds, JITNEY_ERR_FORMAT, "has text where a number should be");
        return 0;
    }
    return (int32_t)number;
}

double jt_rds_take_real(struct jt_rds *rds)
{
    char word[WORD_MOST];
    char *end = NULL;
    uint64_t bits = 0;
    double value = 0;

    if (rds->encoding != JT_RDS_ASCII) {
        take_bytes(rds, &bits, sizeof(bits));
        if (rds->encoding == JT_RDS_XDR)
            bits = __builtin_bswap64(bits);
        memcpy(&value, &bits, sizeof(value));
        return value;
    }
    take_word(rds, word);
    if (jt_rds_failed(rds))
        return 0;
    if (strcmp(word, "NA") == 0)
        return NAN;
    value = strtod(word, &end);
    if (*end)
        jt_rds_fail(rds, JITNEY_ERR_FORMAT, "has text where a number should be");
    return value;
}

/* -1 says that the length follows in two halves. */
uint64_t jt_rds_take_length(struct jt_rds *rds)
{
    int32_t length = jt_rds_take_integer(rds);
    uint32_t high = 0;
    uint32_t low = 0;

    if (length >= 0)
        return (uint64_t)length;
    if (length == -1) {
        high = (uint32_t)jt_rds_take_integer(rds);
        low = (uint32_t)jt_rds_take_integer(rds);
        if (high <= UINT16_MAX) /* R's own limit is 2^48 - 1 */
            return (uint64_t)high << 32 | low;
    }
    jt_rds_fail(rds, JITNEY_ERR_FORMAT, "has a vector of an impossible length");
    return 0;
}

void jt_rds_take_raw(struct jt_rds *rds, uint8_t *to, uint64_t kept, uint64_t bytes)
{
    char word[WORD_MOST];
    char *end = NULL;
    unsigned long byte = 0;

    if (rds->encoding != JT_RDS_ASCII) {
        if (kept > 0)
            take_bytes(rds, to, (size_t)kept);
        skip_bytes(rds, bytes - kept);
        return;
    }
    for (uint64_t i = 0; i < bytes && !rds->status; i++) {
        take_word(rds, word);
        byte = strtoul(word, &end, 16);
        if (!jt_rds_failed(rds) && (*end || byte > UINT8_MAX))
            jt_rds_fail(rds, JITNEY_ERR_FORMAT, "has text where a byte should be");
        if (i < kept)
            to[i] = (uint8_t)byte;
    }
}

/* ---- strings ---- */

/* Up to three octal digits, of which the first is `digit`. */
static int take_octal(struct jt_rds *rds, int digit)
{
    int value = digit - '0';

    for (int i = 0; i < 2; i++) {
        digit = jt_unpacked_peek(rds->in);
        if (digit < '0' || digit > '7')
            break;
        value = value * 8 + take_byte(rds) - '0';
    }
    return value & 0xff;
}

/* serialize.c, InString(): what follows a backslash. */
static int take_escaped(struct jt_rds *rds)
{
    static const char letters[] = "ntvbrfa";
    static const char meant[] = "\n\t\v\b\r\f\a";
    int byte = take_byte(rds);
    const char *letter = byte > 0 ? strchr(letters, byte) : NULL;

    if (letter)
        return (unsigned char)meant[letter - letters];
    if (byte >= '0' && byte <= '7')
        return take_octal(rds, byte);
    return byte;
}

static int take_text_byte(struct jt_rds *rds)
{
    int byte = take_byte(rds);

    return byte == '\\' && rds->encoding == JT_RDS_ASCII ? take_escaped(rds) : byte;
}

void jt_rds_take_text(struct jt_rds *rds, char *to, uint64_t kept, struct jt_rds_text *text)
{
    int byte = 0;

    if (rds->encoding == JT_RDS_ASCII && text->bytes > 0 && !rds->status)
        while (isspace(jt_unpacked_peek(rds->in)))
            take_byte(rds);
    for (uint64_t i = 0; i < text->bytes; i++) {
        byte = take_text_byte(rds);
        if (byte < 0)
            return;
        if (i < kept)
            to[i] = (char)byte;
        text->characters += ((unsigned)byte & 0xc0) != 0x80;
    }
}

/* ---- the file ---- */

static int open_unpacked(struct jt_unpacked *in, const char *name, struct jt_diag *diag,
                         struct jt_rds **rds)
{
    *rds = jt_alloc(1, sizeof(**rds));
    (*rds)->in = in;
    (*rds)->name = jt_strdup(name);
    (*rds)->diag = diag;
    jt_strings_init(&(*rds)->symbols);
    return JITNEY_OK;
}

int jt_rds_open(const char *path, struct jt_diag *diag, struct jt_rds **rds)
{
    struct jt_unpacked *in = NULL;
    int status = jt_unpacked_open(path, diag, &in);

    *rds = NULL;
    return status ? status : open_unpacked(in, path, diag, rds);
}

int jt_rds_open_memory(const void *bytes, size_t count, const char *name, struct jt_diag *diag,
                       struct jt_rds **rds)
{
    struct jt_unpacked *in = NULL;

    jt_unpacked_open_memory(bytes, count, &in);
    return open_unpacked(in, name, diag, rds);
}

void jt_rds_close(struct jt_rds *rds)
{
    if (!rds)
        return;
    jt_rds_forget(rds, (struct jt_rds_mark){0});
    jt_strings_release(&rds->symbols);
    jt_vec_release(&rds->references);
    jt_unpacked_close(rds->in);
    free(rds->name);
    free(rds);
}

static void read_header(struct jt_rds *rds)
{
    char start[2] = {0};
    char encoding_name[64];
    struct jt_rds_text encoding = {0};
    int version = 0;

    take_bytes(rds, start, 2);
    if (memcmp(start, "RD", 2) == 0) {
        skip_bytes(rds, MAGIC_BYTES - 2);
        take_bytes(rds, start, 2);
    }
    rds->encoding = start[0] == 'A' ? JT_RDS_ASCII : start[0] == 'X' ? JT_RDS_XDR : JT_RDS_NATIVE;
    if (!is_encoding(start[0]) || start[1] != '\n')
        jt_rds_fail(rds, JITNEY_ERR_FORMAT, "is no R data");
    version = jt_rds_take_integer(rds);
    if (version < VERSION_LEAST || version > VERSION_MOST)
        jt_rds_fail(rds, JITNEY_ERR_VERSION, "is R data of a version that is not known");
    jt_rds_take_integer(rds); /* version of R that wrote it */
    jt_rds_take_integer(rds); /* oldest that can read it */
    if (version < 3)
        return;
    encoding.bytes = jt_rds_take_length(rds);
    if (encoding.bytes >= sizeof(encoding_name))
        jt_rds_fail(rds, JITNEY_ERR_FORMAT, "has a character set of an impossible name");
    if (!jt_rds_failed(rds))
        jt_rds_take_text(rds, encoding_name, encoding.bytes, &encoding);
}

int jt_rds_read(struct jt_rds *rds, const struct jt_rds_visitor *visitor)
{
    jt_unpacked_rewind(rds->in);
    jt_rds_forget(rds, (struct jt_rds_mark){0});
    jt_vec_clear(&rds->references);
    rds->status = JITNEY_OK;
    rds->visitor = visitor;
    read_header(rds);
    if (!jt_rds_failed(rds))
        jt_rds_take_item(rds, 0);
    return rds->status;
}

/* ---- what was read ---- */

const struct jt_rds_item *jt_rds_find(const struct jt_rds_item *list, const char *name)
{
    const struct jt_rds_item *item = list && list->type == JT_RDS_LIST ? list->first : NULL;

    while (item && strcmp(item->name, name) != 0)
        item = item->next;
    return item;
}

const struct jt_rds_text *jt_rds_text(const struct jt_rds_item *item)
{
    if (!item || item->type != JT_RDS_STRING || item->kept == 0 || item->texts[0].is_na)
        return NULL;
    return &item->texts[0];
}

static bool number_of_text(const struct jt_rds_text *text, uint64_t *number)
{
    char *end = NULL;

    errno = 0;
    if (text->text[0] == '-')
        *number = (uint64_t)strtoll(text->text, &end, 10);
    else
        *number = strtoull(text->text, &end, 10);
    return !errno && end != text->text && !*end;
}

bool jt_rds_number(const struct jt_rds_item *item, uint64_t *number)
{
    const struct jt_rds_text *text = jt_rds_text(item);

    *number = 0;
    if (text)
        return number_of_text(text, number);
    if (!item || item->kept == 0)
        return false;
    if (item->type == JT_RDS_INTEGER || item->type == JT_RDS_LOGICAL) {
        *number = (uint64_t)(int64_t)item->integers[0];
        return true;
    }
    if (item->type != JT_RDS_REAL || !(item->reals[0] > -9e15 && item->reals[0] < 9e15))
        return false;
    *number = (uint64_t)(int64_t)item->reals[0];
    return true;
}
