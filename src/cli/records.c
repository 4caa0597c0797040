#include "cli/records.h"

#include <inttypes.h>
#include <string.h>

enum { TYPE_WIDTH = 8 };

static void put(struct cli_records *records, const char *text)
{
    fputs_unlocked(text, records->stream);
}

/* Length of the UTF-8 sequence at `text`, 0 when it is none (RFC 3629). */
static size_t utf8_length(const unsigned char *text, size_t left)
{
    size_t length = 0;
    uint32_t value = 0;

    if (text[0] >= 0xc2 && text[0] <= 0xdf)
        length = 2;
    else if (text[0] >= 0xe0 && text[0] <= 0xef)
        length = 3;
    else if (text[0] >= 0xf0 && text[0] <= 0xf4)
        length = 4;
    if (length == 0 || length > left)
        return 0;
    value = text[0] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (text[i] & 0x3f);
    }
    if ((length == 3 && (value < 0x800 || (value >= 0xd800 && value <= 0xdfff))) ||
        (length == 4 && (value < 0x10000 || value > 0x10ffff)))
        return 0;
    return length;
}

/* One character that cannot stand for itself; returns its bytes. */
static size_t put_special(struct cli_records *records, const unsigned char *text, size_t left)
{
    size_t length = text[0] >= 0x80 ? utf8_length(text, left) : 1;

    if (text[0] == '"' || text[0] == '\\')
        fprintf(records->stream, "\\%c", text[0]);
    else if (text[0] == '\n')
        put(records, "\\n");
    else if (text[0] == '\t')
        put(records, "\\t");
    else if (length > 1)
        fwrite_unlocked(text, 1, length, records->stream);
    else if (!records->is_json)
        fprintf(records->stream, "\\x%02x", text[0]);
    else if (length == 1)
        fprintf(records->stream, "\\u%04x", text[0]);
    else
        put(records, "\xef\xbf\xbd");
    return length > 0 ? length : 1;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void put_escaped(struct cli_records *records, const char *text, size_t bytes)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t run = 0;

    while (bytes > 0) {
        for (run = 0; run < bytes && is_plain(at[run]);)
            run++;
        if (run > 0)
            fwrite_unlocked(at, 1, run, records->stream);
        else
            run = put_special(records, at, bytes);
        at += run;
        bytes -= run;
    }
}

static void put_name(struct cli_records *records, const char *name)
{
    if (records->is_json)
        fprintf(records->stream, "%s\"%s\":", records->follows ? "," : "", name);
    else
        fprintf(records->stream, " %s=", name);
    records->follows = true;
}

void cli_record_begin(struct cli_records *records, const char *type)
{
    if (records->is_json)
        fprintf(records->stream, "{\"type\":\"%s\"", type);
    else
        fprintf(records->stream, "%-*s", TYPE_WIDTH, type);
    records->follows = true;
}

void cli_record_end(struct cli_records *records)
{
    put(records, records->is_json ? "}\n" : "\n");
}

void cli_record_number(struct cli_records *records, const char *name, uint64_t value, int width)
{
    put_name(records, name);
    fprintf(records->stream, "%-*" PRIu64, records->is_json ? 0 : width, value);
}

void cli_record_address(struct cli_records *records, const char *name, uint64_t value, int width)
{
    char text[24];

    put_name(records, name);
    snprintf(text, sizeof(text), "0x%" PRIx64, value);
    if (records->is_json)
        fprintf(records->stream, "\"%s\"", text);
    else
        fprintf(records->stream, "%-*s", width, text);
}

void cli_record_time(struct cli_records *records, const char *name, uint64_t time_ns)
{
    put_name(records, name);
    if (records->is_json)
        fprintf(records->stream, "%" PRIu64, time_ns);
    else
        fprintf(records->stream, "%" PRIu64 ".%09" PRIu64, time_ns / 1000000000,
                time_ns % 1000000000);
}

void cli_record_flag(struct cli_records *records, const char *name, bool value)
{
    if (records->is_json) {
        put_name(records, name);
        put(records, value ? "true" : "false");
    } else if (value) {
        fprintf(records->stream, " %s", name);
    }
}

void cli_record_text(struct cli_records *records, const char *name, const char *text, size_t bytes)
{
    put_name(records, name);
    put(records, "\"");
    put_escaped(records, text, bytes);
    put(records, "\"");
}

void cli_record_list_begin(struct cli_records *records, const char *name)
{
    put_name(records, name);
    if (records->is_json)
        put(records, "[");
    records->follows = false;
}

void cli_record_list_address(struct cli_records *records, uint64_t value)
{
    if (records->is_json)
        fprintf(records->stream, "%s\"0x%" PRIx64 "\"", records->follows ? "," : "", value);
    else
        fprintf(records->stream, "%s0x%" PRIx64, records->follows ? ";" : "", value);
    records->follows = true;
}

void cli_record_list_text(struct cli_records *records, const char *text, size_t bytes)
{
    if (records->follows)
        put(records, records->is_json ? "," : ";");
    if (records->is_json)
        put(records, "\"");
    put_escaped(records, text, bytes);
    if (records->is_json)
        put(records, "\"");
    records->follows = true;
}

void cli_record_list_end(struct cli_records *records)
{
    if (records->is_json)
        put(records, "]");
    records->follows = true;
}

void cli_record_object_begin(struct cli_records *records)
{
    put(records, records->follows ? ",{" : "{");
    records->follows = false;
}

void cli_record_object_end(struct cli_records *records)
{
    put(records, "}");
    records->follows = true;
}
