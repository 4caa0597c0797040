#include "cli/recordings_rds.h"

#include "analysis/report/events_rds.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/vec.h"
#include "cli/recordings.h"
#include "jitney/status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

struct defined { /* a function of the recording */
    const struct jt_event_log_source *source;
    uint32_t number;
};

/* R's format tells lengths before what they are of, so the recording is read twice: to count, and
 * to write. */
struct exporting {
    struct jt_event_log *events; /* that are read now */
    bool (*is_wanted)(void *context, struct jt_event_view *view);
    void *context;
    FILE *stream;                             /* NULL: only counts */
    struct jt_map places;                     /* of functions in the file */
    struct jt_vec(struct defined) functions;  /* by their places */
    const struct jt_event_log_source *source; /* of the event now */
    bool needs_unknown;                       /* some event is of no function that is known */
    uint64_t count;
    uint64_t left; /* to be written: a recording that grows has more the second time */
    uint64_t without_class;
    struct jt_event_rds rds;
    struct jt_buf line;
};

/* Sources are other ones in the second reading; their paths are the same. */
static uint64_t key_of(const struct jt_event_log_source *source, uint32_t number)
{
    const char *path = jt_event_log_facts(source).path;

    return jt_hash_pair(jt_hash_bytes(path, strlen(path)), number);
}

/* Ř has no event without a function: those that name none get the last place, that of a function
 * of which nothing is known. */
static uint64_t find_place(void *context, uint32_t number)
{
    struct exporting *exporting = context;
    uint32_t place =
        number ? jt_map_find(&exporting->places, key_of(exporting->source, number)) : JT_MAP_NONE;

    if (place != JT_MAP_NONE)
        return place;
    exporting->needs_unknown = true;
    return exporting->functions.count;
}

static void note_function(struct exporting *exporting, uint32_t number)
{
    uint32_t *place = jt_map_put(&exporting->places, key_of(exporting->source, number));

    if (*place != JT_MAP_NONE)
        return;
    *place = (uint32_t)exporting->functions.count;
    jt_vec_push(&exporting->functions,
                (struct defined){.source = exporting->source, .number = number});
}

static int write_line(struct exporting *exporting)
{
    struct jt_buf *line = &exporting->line;
    int status = jt_buf_status(line);

    if (exporting->stream && !status)
        fwrite_unlocked(line->bytes, 1, line->length, exporting->stream);
    jt_buf_clear(line);
    if (exporting->stream && ferror_unlocked(exporting->stream))
        return JITNEY_ERR_IO;
    return status;
}

static int take_event(void *context, const struct jt_event_log_source *source,
                      const struct jitney_event *event)
{
    struct exporting *exporting = context;
    struct jt_event_names names;
    struct jt_event_view view = cli_event_view(exporting->events, source, event, &names);
    bool is_writing = exporting->stream != NULL;

    exporting->source = source;
    if (event->type == JITNEY_FUNCTION && !is_writing)
        note_function(exporting, event->number);
    if (event->type == JITNEY_FUNCTION || !exporting->is_wanted(exporting->context, &view))
        return JITNEY_OK;
    if (!jt_event_rds_has(event)) {
        exporting->without_class += !is_writing;
        return JITNEY_OK;
    }
    if (is_writing && exporting->left == 0)
        return JITNEY_OK;
    exporting->count += !is_writing;
    exporting->left -= is_writing;
    jt_event_rds_event(&exporting->rds, &view);
    return write_line(exporting);
}

static int write_functions(struct exporting *exporting)
{
    int status = JITNEY_OK;

    for (size_t i = 0; i < exporting->functions.count && !status; i++) {
        const struct defined *one = &exporting->functions.at[i];

        jt_event_rds_function(&exporting->rds, jt_event_log_function(one->source, one->number));
        status = write_line(exporting);
    }
    if (exporting->needs_unknown)
        jt_event_rds_function(&exporting->rds, NULL);
    return status;
}

/* `counted` has the functions; the events are read again. */
static int write_all(struct exporting *exporting, struct jt_diag *diag)
{
    const struct jt_event_log_sink sink = {.context = exporting, .event = take_event};
    const char *path = jt_event_log_path(exporting->events);
    struct jt_diag quiet = {0}; /* what is wrong was said the first time */
    struct jt_event_log *again = NULL;
    int status = JITNEY_OK;

    exporting->rds.symbols = 0;
    exporting->rds.names_at = 0;
    exporting->rds.class_at = 0;
    exporting->rds.filler_bytes = 0;
    jt_event_rds_begin(&exporting->rds,
                       exporting->functions.count + (exporting->needs_unknown ? 1 : 0));
    status = write_functions(exporting);
    if (!status)
        status = jt_event_log_open(path, &quiet, &again);
    if (status) {
        jt_diag_error(diag, path, JT_DIAG_NO_OFFSET, "cannot be read a second time");
        return status;
    }
    jt_event_rds_begin_events(&exporting->rds, exporting->count);
    exporting->left = exporting->count;
    exporting->events = again;
    status = jt_event_log_read(again, &sink);
    jt_event_rds_end(&exporting->rds);
    if (!status)
        status = write_line(exporting);
    if (!status && exporting->left > 0) {
        jt_diag_error(diag, path, JT_DIAG_NO_OFFSET, "has changed while it was read");
        status = JITNEY_ERR_IO;
    }
    jt_event_log_close(again);
    return status;
}

static int export_counted(struct cli *cli, struct exporting *exporting, const char *out)
{
    struct cli_output output;
    int result = cli_output_open(cli, out, &output);
    int status = JITNEY_OK;
    int error = 0;

    if (result)
        return result;
    exporting->stream = output.stream;
    errno = 0;
    status = write_all(exporting, &cli->diag);
    error = errno;
    if (!status && fflush(output.stream) != 0)
        error = errno;
    if (error == EPIPE) {
        __fpurge(output.stream);
        clearerr(output.stream);
        status = JITNEY_OK;
    }
    errno = error;
    return cli_output_close(cli, &output, status ? CLI_FAILED : CLI_DONE);
}

int cli_export_rds(struct cli *cli, struct jt_event_log *events, const char *out,
                   bool (*is_wanted)(void *context, struct jt_event_view *view), void *context)
{
    struct exporting exporting = {
        .events = events,
        .is_wanted = is_wanted,
        .context = context,
        .line = JT_BUF_INIT(JT_EVENT_LINE_LIMIT),
    };
    const struct jt_event_log_sink sink = {.context = &exporting, .event = take_event};
    int result = CLI_FAILED;

    exporting.rds =
        (struct jt_event_rds){.out = &exporting.line, .place = find_place, .context = &exporting};
    if (jt_event_log_read(events, &sink) == JITNEY_OK)
        result = export_counted(cli, &exporting, out);
    if (result == CLI_DONE) {
        jt_event_log_say_losses(events, &cli->diag);
        if (exporting.without_class > 0)
            jt_diag_warn(&cli->diag, jt_event_log_path(events), JT_DIAG_NO_OFFSET,
                         "%" PRIu64 " events are of classes that R's recordings do not have, and "
                         "were left out",
                         exporting.without_class);
    }
    jt_map_release(&exporting.places);
    jt_vec_release(&exporting.functions);
    jt_buf_release(&exporting.line);
    return result;
}
