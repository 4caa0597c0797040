/* The events of a recording, whatever wrote it: a recording of ours
 * (events-PID.jtr), a folder with several of them, merged by time, or a recording
 * of Ř. */
#ifndef JT_LOAD_EVENTS_H
#define JT_LOAD_EVENTS_H

#include "base/buf.h"
#include "base/diag.h"
#include "jitney/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jt_event_log;
struct jt_event_log_source; /* one file of it */

enum jt_event_log_kind { JT_EVENT_LOG_RECORDING, JT_EVENT_LOG_RIR };

/* What a source says about itself. */
struct jt_event_log_facts {
    enum jt_event_log_kind kind;
    const char *path;
    const char *engine; /* "" when it is not known */
    uint32_t version;   /* of the format */
    uint32_t pid;       /* 0: not known */
    uint32_t machine;   /* ELF e_machine; 0: not known */
    uint64_t start_ns;  /* CLOCK_MONOTONIC when it was made; 0: it has no times */
    uint64_t wall_ns;
    uint64_t events;
    uint64_t functions;
    uint64_t threads;
    bool has_times;
    bool is_rir;    /* contexts and functions print as Ř prints them */
    bool is_closed; /* its writer ended it properly */
};

struct jt_event_log_sink {
    void *context;
    /* 0 to go on; anything else stops, and is returned. What it points to is valid during the
     * call. */
    int (*event)(void *context, const struct jt_event_log_source *source,
                 const struct jitney_event *event);
};

/* Whether these first bytes are those of a recording, and whose. */
bool jt_event_log_probe(const void *bytes, size_t count, enum jt_event_log_kind *kind);
/* Whether a folder has recordings in it. */
bool jt_event_log_folder_probe(const char *path);

/* A file or a folder. A failure is said, and there is nothing to close. */
int jt_event_log_open(const char *path, struct jt_diag *diag, struct jt_event_log **events);
void jt_event_log_close(struct jt_event_log *events);

/* Give all events to the sink, by time if they have one. Called again, it goes on with what was
 * written since; a folder is looked through for new files then. JITNEY_OK, what the sink returned,
 * or why it could not be read, which was said. */
int jt_event_log_read(struct jt_event_log *events, const struct jt_event_log_sink *sink);

/* What was opened. */
const char *jt_event_log_path(const struct jt_event_log *events);
size_t jt_event_log_source_count(const struct jt_event_log *events);
const struct jt_event_log_source *jt_event_log_source_at(const struct jt_event_log *events,
                                                         size_t i);
struct jt_event_log_facts jt_event_log_facts(const struct jt_event_log_source *source);
/* When the first of the sources was started. */
uint64_t jt_event_log_start_ns(const struct jt_event_log *events);
/* Whether a source can still grow: its writer has not closed it, and lives. */
bool jt_event_log_is_growing(const struct jt_event_log *events);

/* The function of this number, or NULL. */
const struct jitney_function *jt_event_log_function(const struct jt_event_log_source *source,
                                                    uint32_t number);
/* The name of the code of this number, once it was loaded; or NULL. */
const char *jt_event_log_code_name(const struct jt_event_log_source *source, uint64_t code);

/* One line for each kind of loss and damage. */
void jt_event_log_say_losses(const struct jt_event_log *events, struct jt_diag *diag);
/* How many events are known to be lost, and records not understood. */
void jt_event_log_count_losses(const struct jt_event_log *events, uint64_t *lost, uint64_t *bad);

#endif
