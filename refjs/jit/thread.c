/* The compiler's thread: takes jobs, compiles them, puts them down as finished. */
#include "jit/internal.h"

#include <signal.h>

enum { STACK_BYTES = 32 << 20 /* LLVM recurses */ };

static struct rj_job *wait_for_job(struct rj_jit *jit)
{
    struct rj_job *job;

    pthread_mutex_lock(&jit->lock);
    while (!jit->waiting && !jit->stops)
        pthread_cond_wait(&jit->wake, &jit->lock);
    job = jit->stops ? NULL : jit->waiting;
    if (job)
        jit->waiting = NULL;
    pthread_mutex_unlock(&jit->lock);
    return job;
}

static void finish_job(struct rj_jit *jit, struct rj_job *job)
{
    pthread_mutex_lock(&jit->lock);
    jit->is_busy = false;
    *jit->finished_end = job;
    jit->finished_end = &job->next;
    if (!jit->stops) /* else there may be no engine any more */
        __atomic_fetch_or(&jit->vm->interrupt, RJ_INTERRUPT_INSTALL, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&jit->lock);
}

static void *run(void *argument)
{
    struct rj_jit *jit = argument;
    struct rj_job *job;

    for (;;) {
        job = wait_for_job(jit);
        if (!job)
            return NULL;
        rj_backend_compile(jit->backend, &job->snapshot, job->symbol, job->measures, &job->product);
        finish_job(jit, job);
    }
}

bool rj_thread_start(struct rj_jit *jit)
{
    pthread_attr_t attributes;
    sigset_t all, before;

    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the program's thread */
    jit->has_thread = pthread_create(&jit->thread, &attributes, run, jit) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return jit->has_thread;
}

bool rj_thread_stop(struct rj_jit *jit)
{
    bool is_busy;

    if (!jit->has_thread)
        return true;
    pthread_mutex_lock(&jit->lock);
    jit->stops = true;
    is_busy = jit->is_busy && !jit->waiting;
    pthread_cond_signal(&jit->wake);
    pthread_mutex_unlock(&jit->lock);
    if (is_busy) {
        pthread_detach(jit->thread);
        return false;
    }
    pthread_join(jit->thread, NULL);
    jit->has_thread = false;
    return true;
}

bool rj_thread_is_busy(struct rj_jit *jit)
{
    bool is_busy;

    pthread_mutex_lock(&jit->lock);
    is_busy = jit->is_busy;
    pthread_mutex_unlock(&jit->lock);
    return is_busy;
}

void rj_thread_add(struct rj_jit *jit, struct rj_job *job)
{
    pthread_mutex_lock(&jit->lock);
    jit->waiting = job;
    jit->is_busy = true;
    pthread_cond_signal(&jit->wake);
    pthread_mutex_unlock(&jit->lock);
}

struct rj_job *rj_thread_take(struct rj_jit *jit)
{
    struct rj_job *jobs;

    pthread_mutex_lock(&jit->lock);
    jobs = jit->finished;
    jit->finished = NULL;
    jit->finished_end = &jit->finished;
    pthread_mutex_unlock(&jit->lock);
    return jobs;
}
