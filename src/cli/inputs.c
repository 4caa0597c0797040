#include "cli/inputs.h"

#include <unistd.h>

static void show_progress(void *context, uint64_t samples)
{
    fprintf(stderr, "\rjitney: %llu samples read", (unsigned long long)samples);
    *(bool *)context = true;
}

int cli_open_profile(struct cli *cli, const struct cli_inputs *inputs, const char *path,
                     struct jt_profile *profile)
{
    bool has_progress = false;
    const struct jt_profile_request request = {
        .path = path,
        .maps = inputs->maps.at,
        .map_count = inputs->maps.count,
        .dumps = inputs->dumps.at,
        .dump_count = inputs->dumps.count,
        .symfs = inputs->symfs,
        .event = inputs->event,
        .trusts_maps = inputs->trusts_maps,
        .raw_names = inputs->raw_names,
        .splits_tiers = inputs->splits_tiers,
        .progress = isatty(STDERR_FILENO) ? show_progress : NULL,
        .progress_context = &has_progress,
    };
    int status = 0;

    cli->diag.verbose = inputs->verbose;
    if (inputs->verbose)
        cli->diag.most = 0;
    status = jt_profile_open(&request, &cli->diag, profile);
    if (has_progress)
        fputs("\r\033[K", stderr);
    return status ? CLI_FAILED : CLI_DONE;
}
