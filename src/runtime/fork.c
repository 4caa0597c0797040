/* What fork() does to sessions. Locks are taken before and given back after it,
 * so that the child finds whole data. The child's sinks are looked after when it
 * tells its first event, not before: a child that only calls exec() leaves no
 * files. vfork() and posix_spawn() do not come here and need nothing. */
#include "runtime/codemap.h"
#include "runtime/debugger.h"
#include "runtime/session.h"
#include "runtime/thread.h"

#include <errno.h>

/* Every open session of this copy of the library: fork() has to know them. */
static struct jitney_session *sessions;
static pthread_mutex_t sessions_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t handlers_once = PTHREAD_ONCE_INIT;
static int handlers_error;

static void before_fork(void)
{
    pthread_mutex_lock(&sessions_lock);
    for (struct jitney_session *at = sessions; at; at = at->next)
        pthread_mutex_lock(&at->lock);
}

static void after_fork_in_parent(void)
{
    for (struct jitney_session *at = sessions; at; at = at->next)
        pthread_mutex_unlock(&at->lock);
    pthread_mutex_unlock(&sessions_lock);
}

static void after_fork_in_child(void)
{
    jt_codemap_forked();
    jt_thread_forked();
    for (struct jitney_session *at = sessions; at; at = at->next) {
        uint32_t concurrent = atomic_exchange(&at->concurrent, 0);

        atomic_fetch_or(&at->serial, concurrent); /* the first event takes the lock */
        atomic_store(&at->is_forked, true);
        pthread_mutex_unlock(&at->lock);
    }
    pthread_mutex_unlock(&sessions_lock);
}

static void install_handlers(void)
{
    jt_debugger_hold_across_fork();
    handlers_error = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

int jt_fork_add(struct jitney_session *session)
{
    pthread_once(&handlers_once, install_handlers);
    if (handlers_error) {
        errno = handlers_error;
        return JITNEY_ERR_MEMORY;
    }
    pthread_mutex_lock(&sessions_lock);
    session->next = sessions;
    sessions = session;
    pthread_mutex_unlock(&sessions_lock);
    return JITNEY_OK;
}

void jt_fork_remove(struct jitney_session *session)
{
    pthread_mutex_lock(&sessions_lock);
    for (struct jitney_session **at = &sessions; *at; at = &(*at)->next)
        if (*at == session) {
            *at = session->next;
            break;
        }
    pthread_mutex_unlock(&sessions_lock);
}
