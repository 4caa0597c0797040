/* The program that is recorded: forked early, held until its events are open,
 * then executed with the signals and files of its own that it would have had
 * without us. */
#ifndef JT_SAMPLE_SAMPLER_CHILD_H
#define JT_SAMPLE_SAMPLER_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct jt_child {
    pid_t pid; /* 0: there is none */
    int go_fd;
    int error_fd;
};

/* 0 or an errno. `mask` is the program's signal mask. */
int jt_child_fork(struct jt_child *child, char *const *argv, char *const *environment,
                  const sigset_t *mask);
/* Let it execute its program. 0, or the errno of exec, after which it is gone. */
int jt_child_release(struct jt_child *child);
/* It never ran: end it. */
void jt_child_abandon(struct jt_child *child);

#endif
