/* Recordings as files for R. */
#ifndef CLI_RECORDINGS_RDS_H
#define CLI_RECORDINGS_RDS_H

#include "analysis/load/events.h"
#include "analysis/report/events.h"
#include "cli/cli.h"

/* Write the events that are wanted to a file in the layout of Ř's recordings. `events` was
 * opened and not read. What Ř has no class for is left out, which is said. */
int cli_export_rds(struct cli *cli, struct jt_event_log *events, const char *out,
                   bool (*is_wanted)(void *context, struct jt_event_view *view), void *context);

#endif
