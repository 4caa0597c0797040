/* The events of record_event.c as LTTng-UST tracepoints, with the same fields. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER jitney_bench

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./record_event_lttng.h"

#if !defined(RECORD_EVENT_LTTNG_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define RECORD_EVENT_LTTNG_H

#include "jitney/event.h"

#include <lttng/tracepoint.h>

/* clang-format off */
LTTNG_UST_TRACEPOINT_EVENT(jitney_bench, invocation,
    LTTNG_UST_TP_ARGS(const struct jitney_invocation *, event),
    LTTNG_UST_TP_FIELDS(
        lttng_ust_field_integer(uint32_t, function, event->function)
        lttng_ust_field_integer(uint32_t, source, event->source)
        lttng_ust_field_integer_hex(uint64_t, context, event->context)
        lttng_ust_field_integer_hex(uint64_t, call_context, event->call_context)
        lttng_ust_field_integer_hex(uint64_t, address, event->address)
        lttng_ust_field_integer(uint32_t, tier, event->tier)
        lttng_ust_field_integer(uint32_t, is_native, event->is_native)
        lttng_ust_field_integer(uint32_t, missing, event->missing)))

LTTNG_UST_TRACEPOINT_EVENT(jitney_bench, deopt,
    LTTNG_UST_TP_ARGS(const struct jitney_deopt *, event),
    LTTNG_UST_TP_FIELDS(
        lttng_ust_field_integer(uint32_t, function, event->function)
        lttng_ust_field_integer(uint32_t, origin, event->origin)
        lttng_ust_field_integer_hex(uint64_t, version, event->version)
        lttng_ust_field_string(kind, event->kind)
        lttng_ust_field_string(reason, event->reason)
        lttng_ust_field_integer(uint32_t, slot_kind, event->slot_kind)
        lttng_ust_field_integer(uint32_t, slot, event->slot)
        lttng_ust_field_string(expected, event->expected)
        lttng_ust_field_string(seen, event->seen)
        lttng_ust_field_integer(uint32_t, trigger, event->trigger)
        lttng_ust_field_integer(uint32_t, line, event->line)
        lttng_ust_field_integer(uint32_t, column, event->column)
        lttng_ust_field_integer_hex(uint64_t, address, event->address)))
/* clang-format on */

#endif

#include <lttng/tracepoint-event.h>
