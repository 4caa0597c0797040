/* How one event of a recording is written: as a row of a table, as CSV with Ř's
 * columns, as a JSON object, or as named values. Each writer appends one line to a
 * buffer and keeps nothing. */
#ifndef JT_REPORT_EVENTS_H
#define JT_REPORT_EVENTS_H

#include "base/buf.h"
#include "jitney/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JT_EVENT_LINE_LIMIT = 64 << 20 };

/* Where the numbers in events get their names from. */
struct jt_event_names {
    const void *context;
    /* NULL when there is no such function. */
    const struct jitney_function *(*function)(const void *context, uint32_t number);
    /* How the engine prints a context; NULL: as a hexadecimal number, and 0 not at all. */
    void (*append_context)(struct jt_buf *text, uint64_t context);
    /* How the engine prints a function that was called; NULL: its name, or <?>. */
    void (*append_callee)(struct jt_buf *text, const struct jitney_function *function);
};

/* An event, and what is known about it from elsewhere. */
struct jt_event_view {
    const struct jitney_event *event;
    uint64_t index;    /* in what is printed, from 1 */
    uint64_t since_ns; /* since the recording started */
    bool has_time;
    bool shows_pid; /* events of several processes are printed */
    uint32_t pid;
    const char *code_name; /* of the code that moves or goes; NULL: not known */
    const struct jt_event_names *names;
};

/* The name of a class of events, and of the group that filters know it by. */
const char *jt_event_class(uint32_t type);
const char *jt_event_group(uint32_t type);
/* A set of classes from "Compile,Deopt,…": groups and classes in any case, and All. Returns
 * false, and the first word that is neither in `*word` and `*bytes`. */
bool jt_event_filter_parse(const char *text, uint32_t *classes, const char **word, size_t *bytes);

/* The function that an event is about; 0: none. */
uint32_t jt_event_function(const struct jitney_event *event);
/* Its name: of the function or else of the code; "" when there is none. */
const char *jt_event_name(const struct jt_event_view *view, size_t *bytes);

/* Pieces that several writers use. */
void jt_event_append_context(struct jt_buf *text, const struct jt_event_view *view,
                             uint64_t context);
void jt_event_append_feedback(struct jt_buf *text, const struct jt_event_view *view,
                              const struct jitney_feedback *feedback);
bool jt_event_feedback_is_same(const struct jitney_feedback *before,
                               const struct jitney_feedback *after);
void jt_event_append_slot(struct jt_buf *text, uint32_t kind, uint32_t slot);
const char *jt_event_function_name(const struct jt_event_view *view, uint32_t number);
const char *jt_event_tier(uint32_t tier, const char *tier_name);
const char *jt_event_source(uint32_t source);
/* What it says, in a few words. */
void jt_event_append_words(struct jt_buf *text, const struct jt_event_view *view);

/* The writers. */
struct jt_event_table_style {
    unsigned columns; /* lines are cut there; 0: nowhere */
    bool shows_time;
    bool shows_pid;
};
void jt_event_table_head(struct jt_buf *line, const struct jt_event_table_style *style);
void jt_event_table_row(struct jt_buf *line, const struct jt_event_table_style *style,
                        const struct jt_event_view *view);

void jt_event_csv_head(struct jt_buf *line);
void jt_event_csv_row(struct jt_buf *line, const struct jt_event_view *view);

/* A JSON string with its quotes. */
void jt_event_append_json(struct jt_buf *line, const char *text, size_t bytes);
void jt_event_json_line(struct jt_buf *line, const struct jt_event_view *view);
/* `type name=value ...` as `jitney dump` prints other files. */
void jt_event_dump_line(struct jt_buf *line, const struct jt_event_view *view);

#endif
