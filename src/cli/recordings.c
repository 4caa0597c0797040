#include "cli/recordings.h"

#include "analysis/load/rir.h"
#include "analysis/report/activity.h"
#include "base/folder.h"
#include "jitney/status.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROBE_BYTES = 4096 };

static const struct jitney_function *find_function(const void *context, uint32_t number)
{
    return jt_event_log_function(context, number);
}

struct jt_event_view cli_event_view(const struct jt_event_log *events,
                                    const struct jt_event_log_source *source,
                                    const struct jitney_event *event, struct jt_event_names *names)
{
    const struct jt_event_log_facts facts = jt_event_log_facts(source);
    uint64_t start_ns = jt_event_log_start_ns(events);
    bool is_of_code = event->type == JITNEY_CODE_MOVE || event->type == JITNEY_CODE_UNLOAD;

    *names = (struct jt_event_names){
        .context = source,
        .function = find_function,
        .append_context = facts.is_rir ? jt_rir_context_append : NULL,
        .append_callee = facts.is_rir ? jt_rir_function_append : NULL,
    };
    return (struct jt_event_view){
        .event = event,
        .since_ns = facts.has_times && event->time_ns > start_ns ? event->time_ns - start_ns : 0,
        .has_time = facts.has_times,
        .shows_pid = jt_event_log_source_count(events) > 1,
        .pid = facts.pid,
        .code_name = is_of_code ? jt_event_log_code_name(source, event->code) : NULL,
        .names = names,
    };
}

bool cli_has_recordings(const char *path)
{
    struct stat facts;

    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode) && jt_event_log_folder_probe(path);
}

bool cli_is_recording(const char *path)
{
    char start[PROBE_BYTES];
    struct stat facts;
    enum jt_event_log_kind kind = JT_EVENT_LOG_RECORDING;
    ssize_t got = 0;
    int fd = -1;

    if (stat(path, &facts) != 0)
        return false;
    if (S_ISDIR(facts.st_mode))
        return jt_event_log_folder_probe(path) && !jt_folder_has(path, "perf.data", F_OK) &&
               !jt_folder_has(path, "data", F_OK) && !jt_folder_has(path, "data.0", F_OK);
    if (!S_ISREG(facts.st_mode))
        return false;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return false;
    got = pread(fd, start, sizeof(start), 0);
    close(fd);
    return got > 0 && jt_event_log_probe(start, (size_t)got, &kind);
}

/* ---- the summary ---- */

struct summing {
    const struct jt_event_log *events;
    struct jt_activity *activity;
};

static int sum_event(void *context, const struct jt_event_log_source *source,
                     const struct jitney_event *event)
{
    struct summing *summing = context;
    struct jt_event_names names;
    const struct jt_event_view view = cli_event_view(summing->events, source, event, &names);

    jt_activity_add(summing->activity, &view);
    return JITNEY_OK;
}

static void print_summary(struct jt_event_log *events, struct jt_activity *activity, FILE *stream,
                          const struct cli_summary_style *style)
{
    const struct jt_event_log_facts facts = jt_event_log_facts(jt_event_log_source_at(events, 0));
    const struct jt_activity_style text = {.most = style->most, .columns = style->columns};
    struct jt_activity_about about = {
        .engine = facts.engine,
        .processes = (uint32_t)jt_event_log_source_count(events),
        .is_growing = jt_event_log_is_growing(events),
    };

    jt_event_log_count_losses(events, &about.lost, &about.bad_records);
    if (style->is_json)
        jt_activity_write_json(stream, activity, &about);
    else
        jt_activity_write_text(stream, activity, &about, &text);
}

int cli_summarize(struct cli *cli, const char *path, FILE *stream,
                  const struct cli_summary_style *style)
{
    struct summing summing = {0};
    const struct jt_event_log_sink sink = {.context = &summing, .event = sum_event};
    struct jt_event_log *events = NULL;
    int status = jt_event_log_open(path, &cli->diag, &events);

    if (status)
        return CLI_FAILED;
    summing.events = events;
    summing.activity = jt_activity_new();
    status = jt_event_log_read(events, &sink);
    if (!status)
        print_summary(events, summing.activity, stream, style);
    jt_activity_free(summing.activity);
    jt_event_log_close(events);
    return status ? CLI_FAILED : CLI_DONE;
}
