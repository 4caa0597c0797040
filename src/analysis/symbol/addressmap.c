#include "analysis/symbol/addressmap.h"

#include "base/alloc.h"
#include "base/map.h"
#include "base/strings.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

enum {
    NAME_NONE = 0,
    CLUSTER_GAP = 16 << 20, /* more than this between two pieces parts two clusters */
    BUCKETS_PER_PIECE = 4,
    FIND_AT_ONCE = 32,
};

struct event {
    uint64_t time_ns;
    uint64_t address;
    uint64_t old_address;
    uint64_t bytes;
    uint64_t index;
    uint32_t pid;
    uint32_t name; /* id of the string */
    uint32_t order;
    enum jt_code_event_kind kind;
};

/* A stay of code at an address. Without a name it only ends what was there. */
struct piece {
    uint64_t start;
    uint64_t end;
    uint32_t name;
    bool is_dead;
};

struct pieces jt_vec(struct piece);

/* Pieces that lie near to each other, in buckets of one size: a bucket tells the
 * first piece that ends behind its start, and the next bucket the last one that
 * can begin in it. */
struct cluster {
    uint64_t start;
    uint64_t end;
    size_t first_bucket;
    unsigned shift; /* a bucket has 1 << shift bytes */
};

struct jt_addressmap {
    struct jt_strings strings;
    struct jt_vec(struct event) events;
    struct pieces alive;
    struct jt_address_name *names; /* sorted by address, disjoint */
    size_t count;
    char *text; /* of the names */
    struct jt_vec(struct cluster) clusters;
    struct jt_vec(uint32_t) buckets;
    struct jt_addressmap_counts counts;
};

struct jt_addressmap *jt_addressmap_new(void)
{
    struct jt_addressmap *map = jt_alloc(1, sizeof(*map));

    jt_strings_init(&map->strings);
    return map;
}

void jt_addressmap_free(struct jt_addressmap *map)
{
    if (!map)
        return;
    jt_strings_release(&map->strings);
    jt_vec_release(&map->events);
    jt_vec_release(&map->alive);
    jt_vec_release(&map->clusters);
    jt_vec_release(&map->buckets);
    free(map->names);
    free(map->text);
    free(map);
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

/* A name with a line break would break the line it is put into. */
static uint32_t put_name(struct jt_addressmap *map, const char *name, size_t bytes)
{
    char *plain = NULL;
    uint32_t id = NAME_NONE;
    size_t at = 0;

    while (at < bytes && !is_control(name[at]))
        at++;
    if (at == bytes)
        return jt_strings_put(&map->strings, name, bytes);
    plain = jt_strndup(name, bytes);
    for (; at < bytes; at++)
        if (is_control(plain[at]))
            plain[at] = '?';
    id = jt_strings_put(&map->strings, plain, bytes);
    free(plain);
    return id;
}

void jt_addressmap_add(struct jt_addressmap *map, uint32_t pid, const struct jt_code_event *given)
{
    struct event event = {
        .time_ns = given->time_ns,
        .address = given->address,
        .old_address = given->old_address,
        .bytes = given->bytes,
        .index = given->index,
        .pid = pid,
        .order = (uint32_t)map->events.count,
        .kind = given->kind,
    };

    if (given->bytes == 0 && given->kind != JT_CODE_MOVE)
        return;
    if (given->kind == JT_CODE_LOAD)
        event.name = put_name(map, given->name, given->name_bytes);
    jt_vec_push(&map->events, event);
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_events(const void *left, const void *right)
{
    const struct event *a = left;
    const struct event *b = right;

    if (a->pid != b->pid)
        return compare(a->pid, b->pid);
    if (a->time_ns != b->time_ns)
        return compare(a->time_ns, b->time_ns);
    return compare(a->order, b->order);
}

static uint64_t end_of(uint64_t start, uint64_t bytes)
{
    return bytes > UINT64_MAX - start ? UINT64_MAX : start + bytes;
}

struct life {             /* of one process */
    struct pieces pieces; /* in the order of time */
    bool has_moves;       /* only they need to find pieces again */
    struct jt_map by_start;
    struct jt_map by_index;
};

static void add_piece(struct life *life, uint64_t start, uint64_t bytes, uint64_t index,
                      uint32_t name)
{
    uint32_t number = (uint32_t)life->pieces.count;

    jt_vec_push(&life->pieces, (struct piece){start, end_of(start, bytes), name, false});
    if (!life->has_moves)
        return;
    *jt_map_put(&life->by_start, start) = number;
    if (name)
        *jt_map_put(&life->by_index, index) = number;
}

static void move_piece(struct life *life, const struct event *event)
{
    uint32_t number = jt_map_find(&life->by_start, event->old_address);
    struct piece *old = NULL;
    uint64_t bytes = event->bytes;
    uint32_t name = NAME_NONE;

    if (number >= life->pieces.count || life->pieces.at[number].name == NAME_NONE)
        number = jt_map_find(&life->by_index, event->index);
    if (number >= life->pieces.count)
        return;
    old = &life->pieces.at[number];
    name = old->name;
    if (bytes == 0)
        bytes = old->end - old->start;
    old->name = NAME_NONE;
    add_piece(life, event->address, bytes, event->index, name);
}

static int compare_numbers(const void *left, const void *right)
{
    const uint64_t *a = left;
    const uint64_t *b = right;

    return compare(*a, *b);
}

/* The space between two neighbouring bounds is a slot. */
struct slots {
    uint64_t *bounds;
    uint32_t *next; /* towards the first slot from here on that is free */
    size_t count;
};

static void slots_init(struct slots *slots, const struct pieces *pieces)
{
    size_t kept = 0;

    slots->bounds = jt_alloc(2 * pieces->count, sizeof(*slots->bounds));
    for (size_t i = 0; i < pieces->count; i++) {
        slots->bounds[2 * i] = pieces->at[i].start;
        slots->bounds[2 * i + 1] = pieces->at[i].end;
    }
    qsort(slots->bounds, 2 * pieces->count, sizeof(*slots->bounds), compare_numbers);
    for (size_t i = 0; i < 2 * pieces->count; i++)
        if (kept == 0 || slots->bounds[kept - 1] != slots->bounds[i])
            slots->bounds[kept++] = slots->bounds[i];
    slots->count = kept;
    slots->next = jt_alloc(kept + 1, sizeof(*slots->next));
    for (size_t i = 0; i <= kept; i++)
        slots->next[i] = (uint32_t)i;
}

static void slots_release(struct slots *slots)
{
    free(slots->bounds);
    free(slots->next);
}

static uint32_t slot_of(const struct slots *slots, uint64_t bound)
{
    size_t low = 0;
    size_t high = slots->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (slots->bounds[middle] < bound)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)low;
}

static uint32_t first_free(struct slots *slots, uint32_t slot)
{
    while (slots->next[slot] != slot) {
        slots->next[slot] = slots->next[slots->next[slot]];
        slot = slots->next[slot];
    }
    return slot;
}

/* Take all slots of the piece; false when some later piece has one of them. */
static bool take_slots(struct slots *slots, const struct piece *piece)
{
    uint32_t slot = slot_of(slots, piece->start);
    uint32_t end = slot_of(slots, piece->end);
    uint32_t first = 0;
    bool is_free = true;

    for (; slot < end; slot = first + 1) {
        first = first_free(slots, slot);
        if (first != slot)
            is_free = false;
        if (first >= end)
            break;
        slots->next[first] = first + 1;
    }
    return is_free;
}

/* From the last piece back: one is alive when nothing later lies over it. */
static void keep_alive(struct jt_addressmap *map, struct life *life)
{
    struct slots slots;
    struct piece *piece = NULL;

    if (life->pieces.count == 0)
        return;
    slots_init(&slots, &life->pieces);
    for (size_t i = life->pieces.count; i > 0; i--) {
        piece = &life->pieces.at[i - 1];
        if (take_slots(&slots, piece) && piece->name != NAME_NONE)
            jt_vec_push(&map->alive, *piece);
        else
            map->counts.dead++;
    }
    slots_release(&slots);
}

static void live_process(struct jt_addressmap *map, const struct event *events, size_t count)
{
    struct life life = {0};

    for (size_t i = 0; i < count; i++)
        life.has_moves |= events[i].kind == JT_CODE_MOVE;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind == JT_CODE_MOVE)
            move_piece(&life, &events[i]);
        else
            add_piece(&life, events[i].address, events[i].bytes, events[i].index, events[i].name);
    }
    keep_alive(map, &life);
    jt_vec_release(&life.pieces);
    jt_map_release(&life.by_start);
    jt_map_release(&life.by_index);
    map->counts.processes++;
}

/* A file that does not tell its process tells about the only one there is. */
static void name_the_only_process(struct jt_addressmap *map)
{
    uint32_t pid = 0;

    for (size_t i = 0; i < map->events.count; i++) {
        if (map->events.at[i].pid == 0 || map->events.at[i].pid == pid)
            continue;
        if (pid != 0)
            return;
        pid = map->events.at[i].pid;
    }
    for (size_t i = 0; i < map->events.count; i++)
        map->events.at[i].pid = pid;
}

static int compare_pieces(const void *left, const void *right)
{
    const struct piece *a = left;
    const struct piece *b = right;

    if (a->start != b->start)
        return compare(a->start, b->start);
    if (a->end != b->end)
        return compare(a->end, b->end);
    return compare(a->name, b->name);
}

/* Processes that were forked have the same code at the same place: one is
 * enough. Other code at the same place makes both doubtful. */
static void drop_doubtful(struct jt_addressmap *map)
{
    struct pieces *alive = &map->alive;
    uint64_t end_before = 0;
    size_t kept = 0;

    qsort(alive->at, alive->count, sizeof(*alive->at), compare_pieces);
    for (size_t i = 0; i < alive->count; i++)
        if (kept == 0 || compare_pieces(&alive->at[kept - 1], &alive->at[i]) != 0)
            alive->at[kept++] = alive->at[i];
    alive->count = kept;
    for (size_t i = 0; i < alive->count; i++) {
        struct piece *piece = &alive->at[i];

        piece->is_dead = piece->start < end_before || (i + 1 < kept && piece[1].start < piece->end);
        if (piece->end > end_before)
            end_before = piece->end;
        map->counts.ambiguous += piece->is_dead;
    }
}

static void build_names(struct jt_addressmap *map)
{
    struct piece *piece = NULL;
    size_t bytes = 0;
    size_t at = 0;

    for (size_t i = 0; i < map->alive.count; i++)
        bytes += jt_strings_bytes(&map->strings, map->alive.at[i].name);
    map->text = jt_alloc(bytes + JT_ADDRESS_NAME_SLACK, 1);
    map->names = jt_alloc(map->alive.count, sizeof(*map->names));
    for (size_t i = 0; i < map->alive.count; i++) {
        piece = &map->alive.at[i];
        if (piece->is_dead)
            continue;
        bytes = jt_strings_bytes(&map->strings, piece->name);
        memcpy(map->text + at, jt_strings_text(&map->strings, piece->name), bytes);
        map->names[map->count++] =
            (struct jt_address_name){piece->start, piece->end, map->text + at, bytes};
        at += bytes;
    }
    map->counts.pieces = map->count;
}

static void build_cluster(struct jt_addressmap *map, size_t first, size_t end)
{
    struct cluster cluster = {
        .start = map->names[first].start,
        .end = map->names[end - 1].end,
        .first_bucket = map->buckets.count,
    };
    uint64_t last = cluster.end - 1 - cluster.start;
    uint64_t most = (uint64_t)(end - first) * BUCKETS_PER_PIECE;
    size_t piece = first;

    while (last >> cluster.shift >= most)
        cluster.shift++;
    for (uint64_t i = 0; i <= last >> cluster.shift; i++) {
        while (map->names[piece].end <= cluster.start + (i << cluster.shift))
            piece++;
        jt_vec_push(&map->buckets, (uint32_t)piece);
    }
    jt_vec_push(&map->buckets, (uint32_t)(end - 1));
    jt_vec_push(&map->clusters, cluster);
}

static void build_index(struct jt_addressmap *map)
{
    size_t first = 0;

    build_names(map);
    for (size_t i = 1; i <= map->count; i++) {
        if (i < map->count && map->names[i].start - map->names[i - 1].end <= CLUSTER_GAP)
            continue;
        build_cluster(map, first, i);
        first = i;
    }
}

/* Maps carry no time, and most dumps are in order: then there is nothing to do. */
static void sort_events(struct jt_addressmap *map)
{
    const struct event *events = map->events.at;
    bool is_sorted = true;

    for (size_t i = 1; i < map->events.count && is_sorted; i++)
        is_sorted = compare_events(&events[i - 1], &events[i]) <= 0;
    if (!is_sorted)
        qsort(map->events.at, map->events.count, sizeof(*events), compare_events);
}

void jt_addressmap_finish(struct jt_addressmap *map)
{
    const struct event *events = NULL;
    size_t start = 0;

    name_the_only_process(map);
    sort_events(map);
    events = map->events.at;
    for (size_t i = 1; i <= map->events.count; i++) {
        if (i < map->events.count && events[i].pid == events[start].pid)
            continue;
        live_process(map, events + start, i - start);
        start = i;
    }
    if (map->alive.count > 0)
        drop_doubtful(map);
    build_index(map);
    jt_vec_release(&map->events);
    jt_vec_release(&map->alive);
    jt_strings_release(&map->strings);
}

void jt_addressmap_count(const struct jt_addressmap *map, struct jt_addressmap_counts *counts)
{
    *counts = map->counts;
}

/* The cluster around the address, or NULL. */
static const struct cluster *find_cluster(const struct jt_addressmap *map, uint64_t address)
{
    const struct cluster *cluster = map->clusters.at;
    size_t left = map->clusters.count;
    size_t half = 0;

    if (left == 0)
        return NULL;
    while (left > 1) {
        half = left / 2;
        if (cluster[half].start <= address)
            cluster += half;
        left -= half;
    }
    return address >= cluster->start && address < cluster->end ? cluster : NULL;
}

static const uint32_t *find_bucket(const struct jt_addressmap *map, uint64_t address)
{
    const struct cluster *cluster = find_cluster(map, address);

    if (!cluster)
        return NULL;
    return &map->buckets.at[cluster->first_bucket + ((address - cluster->start) >> cluster->shift)];
}

static const struct jt_address_name *find_in_bucket(const struct jt_addressmap *map,
                                                    const uint32_t *bucket, uint64_t address)
{
    size_t low = bucket[0];
    size_t high = bucket[1];

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (map->names[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return map->names[low].start <= address && address < map->names[low].end ? &map->names[low]
                                                                             : NULL;
}

const struct jt_address_name *jt_addressmap_find(const struct jt_addressmap *map, uint64_t address)
{
    const uint32_t *bucket = find_bucket(map, address);

    return bucket ? find_in_bucket(map, bucket, address) : NULL;
}

/* Each step asks for the memory that the next one reads. */
static void find_some(const struct jt_addressmap *map, const uint64_t *addresses,
                      const struct jt_address_name **names, size_t count)
{
    const uint32_t *buckets[FIND_AT_ONCE];

    for (size_t i = 0; i < count; i++) {
        buckets[i] = find_bucket(map, addresses[i]);
        __builtin_prefetch(buckets[i]);
    }
    for (size_t i = 0; i < count; i++)
        if (buckets[i])
            __builtin_prefetch(&map->names[*buckets[i]]);
    for (size_t i = 0; i < count; i++) {
        names[i] = buckets[i] ? find_in_bucket(map, buckets[i], addresses[i]) : NULL;
        if (names[i])
            __builtin_prefetch(names[i]->text);
    }
}

void jt_addressmap_find_many(const struct jt_addressmap *map, const uint64_t *addresses,
                             const struct jt_address_name **names, size_t count)
{
    size_t some = 0;

    for (; count > 0; count -= some, addresses += some, names += some) {
        some = count < FIND_AT_ONCE ? count : FIND_AT_ONCE;
        find_some(map, addresses, names, some);
    }
}
