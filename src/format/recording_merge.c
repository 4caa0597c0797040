/* The events of a recording in the order of time. Each chunk is in order, or nearly
 * so, and few of them are of the same time: a heap over the chunks, of which
 * those whose time has come are in memory. */
#include "format/recording_parts.h"

#include "base/hash.h"

enum { TIME_BLUR_NS = 2000 /* how much two clocks read in turn may disagree */ };

/* ---- what is true between records ---- */

/* Where the reader of a chunk is. */
struct position {
    uint64_t counter;
    uint32_t tid;
    bool has_time; /* the record is an event, of the time: */
    bool is_count; /* of `counter`, not of: */
    uint64_t time_ns;
};

/* Follow a record. False when it is broken, or nothing that this version knows. */
static bool follow(const struct jt_recording *recording, const struct jt_record *record,
                   struct position *at)
{
    uint64_t fields[2];

    at->has_time = false;
    if (!jt_record_first_fields(record, fields))
        return false;
    if (record->type == JT_RECORD_THREAD && fields[1] <= UINT32_MAX) {
        at->counter = fields[0];
        at->tid = (uint32_t)fields[1];
        return true;
    }
    if (!record->is_full)
        at->counter += fields[0];
    if (record->type == JT_RECORD_ANCHOR)
        return true;
    at->has_time = record->type >= JT_RECORD_EVENT &&
                   record->type < JT_RECORD_EVENT + JITNEY_FUNCTION; /* those are definitions */
    at->is_count = !record->is_full && recording->clock_kind != JT_RECORDING_NANOSECONDS;
    at->time_ns = record->is_full ? fields[0] : at->counter;
    return at->has_time;
}

/* ---- looking through ---- */

static uint8_t *load(struct jt_recording *recording, const struct jt_recording_chunk *chunk,
                     size_t *length)
{
    size_t bytes = (size_t)(chunk->end - chunk->read);
    uint8_t *loaded = jt_heap_resize(recording->heap, NULL, 0, bytes);

    if (loaded)
        *length = jt_recording_read_at(recording, chunk->offset + chunk->read, loaded, bytes);
    return loaded;
}

static int take_anchor(struct jt_recording *recording, const struct jt_record *record,
                       uint64_t counter)
{
    uint64_t fields[2];

    if (recording->clock_kind == JT_RECORDING_NANOSECONDS ||
        !jt_record_first_fields(record, fields))
        return JITNEY_OK;
    return jt_recording_clock_add(&recording->clock, counter, fields[1]);
}

static void note_least(struct jt_recording_chunk *chunk, const struct position *at)
{
    if (at->is_count && at->counter < chunk->least_counter)
        chunk->least_counter = at->counter;
    if (!at->is_count && at->time_ns < chunk->least_ns)
        chunk->least_ns = at->time_ns;
}

int jt_recording_scan(struct jt_recording *recording, struct jt_recording_chunk *chunk)
{
    struct position at = {.counter = chunk->counter, .tid = chunk->tid};
    size_t bytes = (size_t)(chunk->end - chunk->read), length = 0, whole = 0;
    uint8_t *loaded = NULL;
    struct jt_bytes in;
    struct jt_record record;
    int status = JITNEY_OK;

    chunk->least_counter = chunk->least_ns = UINT64_MAX;
    if (chunk->read >= chunk->end)
        return JITNEY_OK;
    loaded = load(recording, chunk, &length);
    if (!loaded)
        return JITNEY_ERR_MEMORY;
    in = jt_bytes_of(loaded, length);
    while (!status && in.left > 0 && jt_record_next(&in, &record)) {
        whole = (size_t)(in.at - loaded);
        if (!follow(recording, &record, &at))
            continue;
        if (record.type == JT_RECORD_ANCHOR)
            status = take_anchor(recording, &record, at.counter);
        if (at.has_time)
            note_least(chunk, &at);
    }
    if (!status)
        jt_recording_end_chunk(recording, chunk, chunk->read + whole);
    jt_heap_free(recording->heap, loaded, bytes);
    return status;
}

/* ---- runs ---- */

static bool is_before(const struct jt_recording_run *a, const struct jt_recording_run *b)
{
    return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->chunk < b->chunk;
}

static void sink_run(struct jt_recording_merge *merge, size_t from)
{
    struct jt_recording_run moved = merge->runs[from];

    for (size_t child = from * 2 + 1; child < merge->count; child = from * 2 + 1) {
        if (child + 1 < merge->count && is_before(&merge->runs[child + 1], &merge->runs[child]))
            child++;
        if (!is_before(&merge->runs[child], &moved))
            break;
        merge->runs[from] = merge->runs[child];
        from = child;
    }
    merge->runs[from] = moved;
}

static void free_run(struct jt_recording *recording, struct jt_recording_run *run)
{
    jt_heap_free(recording->heap, run->bytes, run->length);
    jt_heap_free(recording->heap, run->entries, run->room * sizeof(*run->entries));
}

void jt_recording_merge_release(struct jt_recording *recording)
{
    struct jt_recording_merge *merge = &recording->merge;

    for (size_t i = 0; i < merge->count; i++)
        free_run(recording, &merge->runs[i]);
    jt_heap_free(recording->heap, merge->runs, merge->room * sizeof(*merge->runs));
    *merge = (struct jt_recording_merge){0};
}

int jt_recording_merge_begin(struct jt_recording *recording)
{
    struct jt_recording_merge *merge = &recording->merge;
    int status = JITNEY_OK;

    for (size_t i = 0; i < recording->chunk_count; i++) {
        const struct jt_recording_chunk *chunk = &recording->chunks[i];
        struct jt_recording_run run = {.chunk = i, .time_ns = chunk->least_ns};

        if (chunk->kind != JT_RECORDING_EVENTS || chunk->read >= chunk->end)
            continue;
        if (chunk->least_counter < UINT64_MAX) {
            uint64_t time_ns = jt_recording_clock_ns(&recording->clock, chunk->least_counter);

            run.time_ns = time_ns < run.time_ns ? time_ns : run.time_ns;
        }
        status = jt_recording_grow(recording->heap, &merge->runs, &merge->room, merge->count,
                                   sizeof(run));
        if (status) {
            jt_recording_merge_release(recording);
            return status;
        }
        merge->runs[merge->count++] = run;
    }
    for (size_t i = merge->count / 2; i-- > 0;)
        sink_run(merge, i);
    return JITNEY_OK;
}

/* ---- the events of a run by time ---- */

static bool is_entry_before(const struct jt_recording_entry *a, const struct jt_recording_entry *b)
{
    return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->offset < b->offset;
}

static void sink_entry(struct jt_recording_entry *entries, size_t from, size_t count)
{
    struct jt_recording_entry moved = entries[from];

    for (size_t child = from * 2 + 1; child < count; child = from * 2 + 1) {
        if (child + 1 < count && is_entry_before(&entries[child], &entries[child + 1]))
            child++;
        if (!is_entry_before(&moved, &entries[child]))
            break;
        entries[from] = entries[child];
        from = child;
    }
    entries[from] = moved;
}

/* Only events whose time the engine gave are out of order. */
static void sort_entries(struct jt_recording_entry *entries, size_t count)
{
    bool is_sorted = true;

    for (size_t i = 1; i < count && is_sorted; i++)
        is_sorted = entries[i - 1].time_ns <= entries[i].time_ns;
    if (is_sorted)
        return;
    for (size_t i = count / 2; i-- > 0;)
        sink_entry(entries, i, count);
    for (size_t last = count - 1; last > 0; last--) {
        struct jt_recording_entry latest = entries[0];

        entries[0] = entries[last];
        entries[last] = latest;
        sink_entry(entries, 0, last);
    }
}

static uint64_t time_of(struct jt_recording *recording, const struct position *at)
{
    return at->is_count ? jt_recording_clock_ns(&recording->clock, at->counter) : at->time_ns;
}

/* Note where the events of a loaded run are. */
static int index_run(struct jt_recording *recording, struct jt_recording_run *run,
                     struct position *at)
{
    struct jt_bytes in = jt_bytes_of(run->bytes, run->length);
    struct jt_record record;
    uint64_t last_ns = 0;
    int status = JITNEY_OK;

    for (const uint8_t *start = in.at; in.left > 0 && jt_record_next(&in, &record); start = in.at) {
        struct jt_recording_entry entry = {.offset = (uint32_t)(start - run->bytes)};

        if (!follow(recording, &record, at)) {
            recording->facts.bad_records++;
            jt_recording_note_bad(recording, recording->chunks[run->chunk].offset +
                                                 recording->chunks[run->chunk].read + entry.offset);
        }
        if (record.type == JT_RECORD_THREAD)
            last_ns = 0;
        if (!at->has_time)
            continue;
        entry.tid = at->tid;
        entry.time_ns = time_of(recording, at);
        if (entry.time_ns < last_ns && last_ns - entry.time_ns < TIME_BLUR_NS)
            entry.time_ns = last_ns;
        last_ns = entry.time_ns;
        status = jt_recording_grow(recording->heap, &run->entries, &run->room, run->count,
                                   sizeof(entry));
        if (status)
            return status;
        run->entries[run->count++] = entry;
    }
    sort_entries(run->entries, run->count);
    return JITNEY_OK;
}

static int load_run(struct jt_recording *recording, struct jt_recording_run *run)
{
    struct jt_recording_chunk *chunk = &recording->chunks[run->chunk];
    struct position at = {.counter = chunk->counter, .tid = chunk->tid};
    size_t bytes = (size_t)(chunk->end - chunk->read), length = 0;
    uint8_t *loaded = load(recording, chunk, &length);
    int status = JITNEY_OK;

    if (!loaded)
        return JITNEY_ERR_MEMORY;
    run->bytes = loaded;
    run->length = bytes;
    memset(loaded + length, 0, bytes - length); /* the file became shorter */
    status = index_run(recording, run, &at);
    if (status) {
        free_run(recording, run);
        *run = (struct jt_recording_run){.chunk = run->chunk, .time_ns = run->time_ns};
        return status;
    }
    chunk->read = chunk->end;
    chunk->counter = at.counter;
    chunk->tid = at.tid;
    return JITNEY_OK;
}

/* ---- giving ---- */

static void put_tid(struct jt_recording_tids *tids, uint32_t tid)
{
    size_t i = jt_hash_u64(tid);

    while (tids->slots[i % tids->room] && tids->slots[i % tids->room] != tid)
        i++;
    tids->count += tids->slots[i % tids->room] == 0;
    tids->slots[i % tids->room] = tid;
}

static bool grow_tids(struct jt_recording *recording)
{
    struct jt_recording_tids *tids = &recording->tids;
    struct jt_recording_tids grown = {.room = tids->room > 0 ? tids->room * 2 : 64};

    grown.slots = jt_heap_take(recording->heap, grown.room * sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < tids->room; i++)
        if (tids->slots[i])
            put_tid(&grown, tids->slots[i]);
    jt_heap_free(recording->heap, tids->slots, tids->room * sizeof(*tids->slots));
    *tids = grown;
    return true;
}

/* Without memory a thread is not counted. */
static void note_tid(struct jt_recording *recording, uint32_t tid)
{
    struct jt_recording_tids *tids = &recording->tids;

    if (tid == 0 || tid == tids->last)
        return;
    if (tids->count * 2 >= tids->room && !grow_tids(recording))
        return;
    put_tid(tids, tid);
    tids->last = tid;
    recording->facts.threads = tids->count;
}

static void note_event(struct jt_recording *recording, const struct jitney_event *event)
{
    struct jt_recording_facts *facts = &recording->facts;

    facts->events++;
    if (facts->first_ns == 0 || event->time_ns < facts->first_ns)
        facts->first_ns = event->time_ns;
    if (event->time_ns > facts->last_ns)
        facts->last_ns = event->time_ns;
    note_tid(recording, event->tid);
}

/* The next event of a run. Without memory it stays the next. */
static int give(struct jt_recording *recording, struct jt_recording_run *run,
                const struct jitney_recording_visitor *visitor)
{
    const struct jt_recording_texts texts = {jt_recording_text, recording};
    const struct jt_recording_entry *entry = &run->entries[run->next];
    struct jt_bytes in = jt_bytes_of(run->bytes + entry->offset, run->length - entry->offset);
    struct jitney_event *event = &recording->event.event;
    struct jt_record record;
    int status = JITNEY_ERR_FORMAT;

    if (jt_record_next(&in, &record))
        status = jt_recording_decode(&record, &texts, &recording->event);
    if (status == JITNEY_ERR_MEMORY)
        return status;
    run->next++;
    if (status) {
        recording->facts.bad_records++;
        return JITNEY_OK;
    }
    event->time_ns = entry->time_ns;
    if (event->tid == 0)
        event->tid = entry->tid;
    note_event(recording, event);
    return visitor->event(visitor->context, event);
}

int jt_recording_merge_run(struct jt_recording *recording,
                           const struct jitney_recording_visitor *visitor)
{
    struct jt_recording_merge *merge = &recording->merge;
    int status = JITNEY_OK;

    while (!status && merge->count > 0) {
        struct jt_recording_run *run = &merge->runs[0];

        if (!run->bytes) {
            status = load_run(recording, run);
            if (status)
                break;
        } else {
            status = give(recording, run, visitor);
        }
        if (run->next < run->count) {
            run->time_ns = run->entries[run->next].time_ns;
        } else {
            free_run(recording, run);
            *run = merge->runs[--merge->count];
        }
        if (merge->count > 0)
            sink_run(merge, 0);
    }
    if (merge->count == 0)
        jt_recording_merge_release(recording);
    return status;
}
