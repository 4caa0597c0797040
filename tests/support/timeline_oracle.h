/* What a timeline must answer, worked out the slow and obvious way: address by
 * address and event by event, in a window of few addresses. */
#ifndef TESTS_SUPPORT_TIMELINE_ORACLE_H
#define TESTS_SUPPORT_TIMELINE_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/symbol/timeline.h"

#define ORACLE_WINDOW 192 /* addresses */
#define ORACLE_EVENTS 256

enum oracle_kind { ORACLE_LOAD, ORACLE_MOVE, ORACLE_END };

struct oracle_event {
    enum oracle_kind kind;
    uint64_t time_ns;
    uint64_t start; /* all addresses are relative to the window */
    uint64_t old_start;
    uint64_t bytes;
    uint64_t index;
    uint32_t id;
};

struct oracle_stay {
    uint64_t start;
    uint64_t last; /* cut at the end of the window */
    uint64_t bytes;
    uint64_t load_ns;
    uint64_t end_ns;
    uint64_t index;
    uint32_t id;
    bool unloaded;
};

struct oracle {
    uint64_t base; /* of the window */
    bool at_top;   /* the window ends where the address space does */
    size_t timeless;
    struct oracle_stay stays[ORACLE_EVENTS];
    size_t stay_count;
    int layer[ORACLE_WINDOW]; /* the timeless stay on top, -1: none */
    bool shared_index[256];
    size_t overlapped;
    size_t lost_moves;
};

static inline uint64_t oracle_last(uint64_t start, uint64_t bytes)
{
    return bytes < ORACLE_WINDOW - start ? start + bytes - 1 : ORACLE_WINDOW - 1;
}

static inline void oracle_end_stay(struct oracle *oracle, struct oracle_stay *stay,
                                   uint64_t time_ns, bool unload)
{
    if (stay->end_ns != JT_TIME_END)
        return;
    stay->end_ns = time_ns;
    stay->unloaded = unload;
    oracle->overlapped += !unload;
}

/* A timeless stay holds what is seen of it, any other all its bytes. */
static inline bool oracle_holds(const struct oracle *oracle, size_t stay, uint64_t address)
{
    if (stay < oracle->timeless)
        return oracle->layer[address] == (int)stay;
    return oracle->stays[stay].start <= address && oracle->stays[stay].last >= address;
}

static inline void oracle_clear(struct oracle *oracle, uint64_t start, uint64_t last,
                                uint64_t time_ns, bool unload)
{
    for (size_t i = 0; i < oracle->stay_count; i++) {
        for (uint64_t at = start; at <= last; at++) {
            if (oracle_holds(oracle, i, at)) {
                oracle_end_stay(oracle, &oracle->stays[i], time_ns, unload);
                break;
            }
        }
    }
}

/* The stay that a move is about, or NULL. */
static inline struct oracle_stay *oracle_moved(struct oracle *oracle,
                                               const struct oracle_event *event)
{
    struct oracle_stay *of_index = NULL;
    struct oracle_stay *living = NULL;

    for (size_t i = 0; i < oracle->stay_count; i++) {
        struct oracle_stay *stay = &oracle->stays[i];

        if (stay->index == event->index)
            of_index = stay;
        if (stay->start == event->old_start && stay->end_ns == JT_TIME_END &&
            oracle_holds(oracle, i, event->old_start))
            living = stay;
    }
    if (of_index && (oracle->shared_index[event->index] || of_index->unloaded))
        of_index = NULL;
    return of_index && of_index->start == event->old_start ? of_index : living ? living : of_index;
}

static inline void oracle_note_index(struct oracle *oracle, const struct oracle_event *event)
{
    const struct oracle_stay *last = NULL;

    for (size_t i = 0; i < oracle->stay_count; i++) {
        if (oracle->stays[i].index == event->index)
            last = &oracle->stays[i];
    }
    if (last && last->end_ns == JT_TIME_END && last->start != event->start)
        oracle->shared_index[event->index] = true;
}

static inline void oracle_add(struct oracle *oracle, const struct oracle_event *event,
                              struct oracle_stay stay)
{
    stay.start = event->start;
    stay.last = oracle_last(stay.start, stay.bytes);
    if (oracle->at_top)
        stay.bytes = stay.last - stay.start + 1;
    stay.load_ns = event->time_ns;
    stay.end_ns = JT_TIME_END;
    stay.index = event->index;
    stay.unloaded = false;
    oracle->stays[oracle->stay_count++] = stay;
}

static inline void oracle_play(struct oracle *oracle, const struct oracle_event *event)
{
    struct oracle_stay stay = {.id = event->id, .bytes = event->bytes};
    struct oracle_stay *old = NULL;

    if (event->kind == ORACLE_MOVE) {
        old = oracle_moved(oracle, event);
        oracle->lost_moves += !old;
        if (!old)
            return;
        stay.id = old->id;
        if (event->bytes == 0)
            stay.bytes = old->bytes;
        if (old->end_ns == JT_TIME_END)
            old->end_ns = event->time_ns;
    } else if (event->bytes == 0) {
        return;
    }
    oracle_clear(oracle, event->start, oracle_last(event->start, stay.bytes), event->time_ns,
                 event->kind == ORACLE_END);
    if (event->kind == ORACLE_LOAD)
        oracle_note_index(oracle, event);
    if (event->kind != ORACLE_END)
        oracle_add(oracle, event, stay);
}

/* Lay the events without a time on each other; the number of them. */
static inline size_t oracle_lay(struct oracle *oracle, const struct oracle_event *events,
                                size_t count)
{
    size_t i = 0;

    for (size_t at = 0; at < ORACLE_WINDOW; at++)
        oracle->layer[at] = -1;
    for (; i < count && events[i].time_ns == JT_TIMELESS && events[i].kind != ORACLE_MOVE; i++) {
        uint64_t last = oracle_last(events[i].start, events[i].bytes);
        bool is_load = events[i].kind == ORACLE_LOAD;

        if (events[i].bytes == 0)
            continue;
        for (uint64_t at = events[i].start; at <= last; at++)
            oracle->layer[at] = is_load ? (int)oracle->stay_count : -1;
        if (is_load) {
            oracle_note_index(oracle, &events[i]);
            oracle_add(oracle, &events[i],
                       (struct oracle_stay){.id = events[i].id, .bytes = events[i].bytes});
        }
    }
    return i;
}

/* Work out every stay of `events`, which are in the order of time. */
static inline void oracle_run(struct oracle *oracle, const struct oracle_event *events,
                              size_t count)
{
    size_t first = oracle_lay(oracle, events, count);

    oracle->timeless = oracle->stay_count;
    for (size_t i = 0; i < oracle->timeless; i++) {
        bool seen = false;

        for (size_t at = 0; at < ORACLE_WINDOW; at++)
            seen = seen || oracle->layer[at] == (int)i;
        oracle->overlapped += !seen;
    }
    for (size_t i = first; i < count; i++)
        oracle_play(oracle, &events[i]);
}

/* The number of the stay at this address and moment, or -1. */
static inline int oracle_find(const struct oracle *oracle, uint64_t time_ns, uint64_t address)
{
    for (size_t i = 0; i < oracle->stay_count; i++) {
        const struct oracle_stay *stay = &oracle->stays[i];
        if (oracle_holds(oracle, i, address) && stay->load_ns <= time_ns && stay->end_ns > time_ns)
            return (int)i;
    }
    return -1;
}

static inline bool oracle_is_ambiguous(const struct oracle *oracle, uint64_t address)
{
    const struct oracle_stay *first = NULL;

    for (size_t i = 0; i < oracle->stay_count; i++) {
        const struct oracle_stay *stay = &oracle->stays[i];

        if (stay->start > address || stay->last < address)
            continue;
        if (first && first->id != stay->id)
            return true;
        first = stay;
    }
    return false;
}

#endif
