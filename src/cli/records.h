/* Records for `dump`, one a line: text (`type name=value ...`, aligned, strings
 * in quotation marks) or JSON. */
#ifndef CLI_RECORDS_H
#define CLI_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct cli_records {
    FILE *stream;
    bool is_json;
    bool follows; /* another value of the same object or list */
};

void cli_record_begin(struct cli_records *records, const char *type);
void cli_record_end(struct cli_records *records);
/* In text, values shorter than `width` are padded. */
void cli_record_number(struct cli_records *records, const char *name, uint64_t value, int width);
/* `0x1f`; in JSON a string, for numbers are exact up to 2^53 there. */
void cli_record_address(struct cli_records *records, const char *name, uint64_t value, int width);
/* Nanoseconds in JSON, seconds in text. */
void cli_record_time(struct cli_records *records, const char *name, uint64_t time_ns);
/* In text the bare name, and nothing when it is not so. */
void cli_record_flag(struct cli_records *records, const char *name, bool value);
/* Control characters and, in text, bytes that are not ASCII's or UTF-8's are
 * escaped; in JSON those become U+FFFD. */
void cli_record_text(struct cli_records *records, const char *name, const char *text, size_t bytes);
/* Lists: ["a","b"] in JSON, a;b in text. */
void cli_record_list_begin(struct cli_records *records, const char *name);
void cli_record_list_address(struct cli_records *records, uint64_t value);
void cli_record_list_text(struct cli_records *records, const char *text, size_t bytes);
void cli_record_list_end(struct cli_records *records);
/* An object in a list; JSON alone. */
void cli_record_object_begin(struct cli_records *records);
void cli_record_object_end(struct cli_records *records);

#endif
