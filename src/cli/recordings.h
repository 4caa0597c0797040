/* What the commands that print recordings share: from an event that was read to
 * what its writers want to know, and the summary. */
#ifndef CLI_RECORDINGS_H
#define CLI_RECORDINGS_H

#include "analysis/load/events.h"
#include "analysis/report/events.h"
#include "cli/cli.h"

/* `names` is filled, and outlives the view. */
struct jt_event_view cli_event_view(const struct jt_event_log *events,
                                    const struct jt_event_log_source *source,
                                    const struct jitney_event *event, struct jt_event_names *names);

/* Whether `path` is a recording, or a folder of them without samples. */
bool cli_is_recording(const char *path);
/* Whether `path` is a folder that has recordings too. */
bool cli_has_recordings(const char *path);

struct cli_summary_style {
    bool is_json;
    size_t most; /* rows of a list; 0: all */
    unsigned columns;
};
/* Print what the recordings of `path` sum up to. CLI_DONE, or CLI_FAILED after it was said. */
int cli_summarize(struct cli *cli, const char *path, FILE *stream,
                  const struct cli_summary_style *style);

#endif
