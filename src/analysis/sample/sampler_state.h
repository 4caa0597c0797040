/* One recording under way: shared by its start, its draining and its loop, and
 * by nobody else. */
#ifndef JT_SAMPLE_SAMPLER_STATE_H
#define JT_SAMPLE_SAMPLER_STATE_H

#include "analysis/sample/perfdata_writer.h"
#include "analysis/sample/sampler.h"
#include "analysis/sample/sampler_child.h"
#include "analysis/sample/sampler_events.h"
#include "analysis/sample/sampler_watch.h"
#include "base/diag.h"
#include "base/vec.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define JT_NS_PER_S UINT64_C(1000000000)

/* In place of a pidfd: the process has ended; there is no such descriptor on a
 * kernel before Linux 5.3 or in a sandbox. */
enum { JT_PID_ENDED = -1, JT_PID_NO_DESCRIPTOR = -2 };

struct jt_sampling {
    const struct jt_sampler_request *request;
    struct jt_diag *diag;
    struct jt_sampler_result *result;
    struct jt_events_choice choice;
    struct jt_events events;
    struct jt_perfdata_writer writer;
    struct jt_watch watch;
    struct jt_child child;
    struct jt_vec(int) pid_fds; /* of processes attached to */
    struct jt_vec(struct pollfd) polls;
    uint64_t unwritten; /* samples that the file did not take */
    sigset_t old_mask;
    int signal_fd;
    unsigned signal_count; /* SIGINT and the like that we got */
    int pass_on;           /* signal for the program; 0: none */
    uint64_t pass_on_ns;
    uint64_t deadline_ns; /* of the duration, later of the grace; 0: none */
    uint64_t next_collect_ns;
    uint64_t next_progress_ns;
    bool is_done;
};

static inline uint64_t jt_sampling_clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * JT_NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Say what is wrong and give the status for it. Takes `text`. */
int jt_sampling_fail(struct jt_sampling *sampler, int status, char *text);
/* Choose and open the events, begin the file, start the program or attach. The
 * file is open and signals are blocked. */
int jt_sampling_start(struct jt_sampling *sampler);
int jt_sampling_fail_output(struct jt_sampling *sampler, int error);
/* One pass over all rings. Its end is marked: a reader may then give out what
 * was there before this pass, in the order of time. */
void jt_sampling_drain(struct jt_sampling *sampler);

#endif
