/* Adding and removing listeners. One that comes late may ask to be told what
 * there is already; it is told from copies, for no lock is held while it is
 * called. */
#include "runtime/session.h"

#include "base/clock.h"
#include "runtime/code.h"
#include "runtime/take.h"

#include <errno.h>

enum { ADDRESSES_LIMIT = 1 << 30 };

static void tell(const struct jitney_listener *listener, struct jitney_event *event)
{
    event->size = sizeof(*event);
    event->flags = JITNEY_EVENT_REPLAYED;
    if (listener->events & JITNEY_EVENT_BIT(event->type))
        listener->on_event(listener->context, event);
}

/* Texts of functions stay where they are for as long as the session. */
static void replay_functions(struct jitney_session *session, const struct jitney_listener *listener,
                             uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct jt_function function;
        struct jitney_event event = {.type = JITNEY_FUNCTION, .number = i + 1};

        jt_session_lock(session);
        function = session->functions.at[i];
        jt_session_unlock(session);
        event.time_ns = function.time_ns;
        event.tid = function.tid;
        event.function = &function.facts;
        tell(listener, &event);
    }
}

static int add_address(void *context, const struct jt_code *code)
{
    struct jt_buf *addresses = context;

    jt_buf_append_u64(addresses, code->load.address);
    return jt_buf_status(addresses);
}

static int replay_code(struct jitney_session *session, const struct jitney_listener *listener,
                       const struct jt_buf *addresses)
{
    for (size_t i = 0; i < addresses->length / sizeof(uint64_t); i++) {
        uint64_t address = ((const uint64_t *)(const void *)addresses->bytes)[i];
        struct jitney_event event = {.type = JITNEY_CODE_LOAD, .time_ns = jt_clock_ns()};
        const struct jt_code *code = NULL;
        struct jt_code_block *copy = NULL;
        int status = JITNEY_OK;

        jt_session_lock(session);
        code = session->codes ? jt_codemap_at(session->codes, address) : NULL;
        if (code)
            status = jt_code_copy(&session->heap, code, address, &copy);
        jt_session_unlock(session);
        if (status)
            return status;
        if (!copy)
            continue;
        event.code = copy->code.number;
        event.tid = copy->code.tid;
        event.code_load = &copy->code.load;
        tell(listener, &event);
        jt_code_free(&session->heap, copy);
    }
    return JITNEY_OK;
}

/* The slot is taken and what there is noted in one go: nothing is missed in between. Code
 * that is loaded while the listener is told the rest may be told twice. */
static int take_slot(struct jitney_session *session, const struct jitney_listener *listener,
                     struct jt_buf *addresses, uint32_t *number)
{
    int slot = 0;

    while (slot < JT_LISTENERS && session->listeners[slot].on_event)
        slot++;
    if (slot == JT_LISTENERS)
        return JITNEY_ERR_LIMIT;
    if (listener->events & JITNEY_EVENTS_CODE) {
        int status = session->codes ? JITNEY_OK : jt_codemap_open(&session->heap, &session->codes);

        if (status)
            return status;
        session->host.codes = session->codes;
    }
    if ((listener->flags & JITNEY_LISTENER_REPLAY) && session->codes &&
        jt_codemap_each(session->codes, add_address, addresses) != JITNEY_OK)
        return JITNEY_ERR_MEMORY;
    session->listeners[slot] = *listener;
    *number = (uint32_t)slot + 1;
    jt_session_update(session);
    return JITNEY_OK;
}

int jitney_session_add_listener(struct jitney_session *session,
                                const struct jitney_listener *listener, uint32_t *number)
{
    struct jitney_listener ours;
    struct jt_buf addresses = {0};
    uint32_t functions = 0;
    int saved = errno;
    int status = JITNEY_OK;

    if (!session || !number)
        return JITNEY_ERR_ARGUMENT;
    *number = 0;
    status = jt_take_struct(&ours, sizeof(ours), sizeof(ours), listener);
    if (!status && (!ours.on_event || (ours.events & ~JITNEY_EVENTS_ALL)))
        status = JITNEY_ERR_ARGUMENT;
    if (status)
        return status;
    addresses = (struct jt_buf)JT_BUF_INIT_IN(&session->heap, ADDRESSES_LIMIT);
    jt_session_lock(session);
    status = take_slot(session, &ours, &addresses, number);
    functions = session->functions.count;
    jt_session_unlock(session);
    if (!status && (ours.flags & JITNEY_LISTENER_REPLAY)) {
        replay_functions(session, &ours, functions);
        status = replay_code(session, &ours, &addresses);
    }
    jt_buf_release(&addresses);
    errno = saved;
    return status;
}

int jitney_session_remove_listener(struct jitney_session *session, uint32_t number)
{
    int saved = errno;
    int status = JITNEY_ERR_NOT_FOUND;

    if (!session || number == 0 || number > JT_LISTENERS)
        return status;
    jt_session_lock(session);
    if (session->listeners[number - 1].on_event) {
        session->listeners[number - 1] = (struct jitney_listener){0};
        jt_session_update(session);
        status = JITNEY_OK;
    }
    jt_session_unlock(session);
    errno = saved;
    return status;
}
