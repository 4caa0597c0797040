/* The words of the text log: docs/formats/log.md. */
#ifndef JT_RUNTIME_LOGTEXT_H
#define JT_RUNTIME_LOGTEXT_H

#include "base/buf.h"
#include "jitney/event.h"

#include <stdint.h>

enum { JT_LOG_TEXT_LIMIT = 1024 }; /* bytes of one name, file or note */

/* Whoever knows what functions are called; NULL: nobody does. */
struct jt_log_names {
    const char *(*name_of)(const void *context, uint32_t function);
    const void *context;
};

/* Append a name that is no quoted text; "(anonymous)" when it is empty. */
void jt_log_append_name(struct jt_buf *line, const char *name, size_t bytes);
/* ` [FILE:LINE:COLUMN]`, without the file when there is none. */
void jt_log_append_place(struct jt_buf *line, const char *file, uint32_t at, uint32_t column);
/* ` [0xADDRESS:BYTES]` */
void jt_log_append_range(struct jt_buf *line, uint64_t address, uint64_t bytes);
/* ` KEY="text"`, without quotes when it is a plain word; nothing when `text` is NULL. */
void jt_log_append_text(struct jt_buf *line, const char *key, const char *text);
/* The event and its parts, for all classes but those of code. */
void jt_log_append_event(struct jt_buf *line, const struct jitney_event *event,
                         const struct jt_log_names *names);
const char *jt_log_kind_text(uint32_t kind);

#endif
