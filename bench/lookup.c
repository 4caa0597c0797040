/* The live code map: what a lookup, a load and an unload cost, and the memory of
 * a piece of code. Usage: lookup [PIECES [ROWS]] */
#include "jitney/codemap.h"
#include "jitney/status.h"
#include "runtime/codemap.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 200, ROUND_LOOKUPS = 10000, LOOKUPS = ROUNDS * ROUND_LOOKUPS };
enum { FILE_PIECES = 20, CODE_BYTES = 512, SLOT_BYTES = 1024, ROWS_MAX = 256, THREADS_MAX = 2 };

#define CODE_BEGIN UINT64_C(0x7f0000000000)

struct counted {
    size_t bytes;
};

struct searcher {
    size_t pieces;
    uint64_t offset; /* in its slot, where an address is chosen from CODE_BYTES */
    size_t found;
    uint64_t round_ns[ROUNDS];
};

static void *resize_counted(void *context, void *old, size_t old_bytes, size_t new_bytes)
{
    struct counted *counted = context;

    counted->bytes += new_bytes - old_bytes;
    if (new_bytes > 0)
        return realloc(old, new_bytes);
    free(old);
    return NULL;
}

/* Processor time of this thread: on a machine with other work the wall clock tells of that. */
static uint64_t thread_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* The order in which slots are filled: ascending, or any. */
static size_t *make_order(size_t count, int is_shuffled)
{
    size_t *order = calloc(count, sizeof(*order));
    uint64_t seed = 88172645463325252;

    if (!order)
        exit(1);
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count - 1; is_shuffled && i > 0; i--) {
        size_t j = next_random(&seed) % (i + 1);
        size_t swap = order[i];

        order[i] = order[j];
        order[j] = swap;
    }
    return order;
}

/* Returns the bytes of its strings. */
static size_t add(struct jt_codemap *map, size_t slot, uint32_t rows)
{
    struct jitney_line lines[ROWS_MAX] = {{0}};
    struct jt_code what = {.number = slot};
    const struct jt_code *code = NULL;
    char name[64];
    char file[64];
    int length = snprintf(name, sizeof(name), "OrderedMap.method_%zu", slot);
    int file_length =
        snprintf(file, sizeof(file), "lib/toy/collections/map_%zu.toy", slot / FILE_PIECES);

    for (uint32_t i = 0; i < rows; i++)
        lines[i] = (struct jitney_line){.offset = i * (CODE_BYTES / rows), .line = 10 + i};
    what.load = (struct jitney_code_load){.size = sizeof(what.load),
                                          .address = CODE_BEGIN + slot * SLOT_BYTES,
                                          .bytes = CODE_BYTES,
                                          .name = name,
                                          .file = file,
                                          .tier = JITNEY_TIER_OPTIMIZED,
                                          .lines = lines,
                                          .line_count = rows};
    if (jt_codemap_add(map, &what, NULL, &code) != JITNEY_OK)
        exit(1);
    return (size_t)length + 1 + (size_t)file_length + 1;
}

static uint64_t next_pc(const struct searcher *searcher, uint64_t *seed)
{
    uint64_t random = next_random(seed);
    uint64_t slot = ((random >> 32) * searcher->pieces) >> 32;

    return CODE_BEGIN + slot * SLOT_BYTES + searcher->offset + random % CODE_BYTES;
}

static void *search(void *argument)
{
    struct searcher *searcher = argument;
    struct jitney_found found = {.size = sizeof(found)};
    uint64_t seed = 1234567891 + (uintptr_t)searcher;

    for (int round = 0; round < ROUNDS; round++) {
        uint64_t start = thread_ns();

        for (int i = 0; i < ROUND_LOOKUPS; i++)
            searcher->found += jitney_find(next_pc(searcher, &seed), &found) == JITNEY_OK;
        searcher->round_ns[round] = thread_ns() - start;
    }
    return NULL;
}

static int compare(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;

    return (*left > *right) - (*left < *right);
}

/* The median and the best of many rounds say what the mean of a busy machine does not. */
static void measure_search(const char *what, size_t pieces, uint64_t offset, int threads)
{
    static struct searcher searchers[THREADS_MAX];
    pthread_t ids[THREADS_MAX];
    uint64_t median = 0;

    for (int i = 0; i < threads; i++) {
        searchers[i] = (struct searcher){.pieces = pieces, .offset = offset};
        if (pthread_create(&ids[i], NULL, search, &searchers[i]) != 0)
            exit(1);
    }
    for (int i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
    qsort(searchers[0].round_ns, ROUNDS, sizeof(uint64_t), compare);
    median = searchers[0].round_ns[ROUNDS / 2];
    printf("%-24s median %6.1f ns, best %6.1f ns on %d thread%s (%zu%%)\n", what,
           (double)median / ROUND_LOOKUPS, (double)searchers[0].round_ns[0] / ROUND_LOOKUPS,
           threads, threads > 1 ? "s" : "", searchers[0].found * 100 / LOOKUPS);
}

static struct jt_codemap *measure_load(struct jt_heap *heap, size_t pieces, uint32_t rows,
                                       int is_shuffled)
{
    struct counted *counted = heap->allocator.context;
    size_t *order = make_order(pieces, is_shuffled);
    struct jt_codemap *map = NULL;
    size_t strings = 0;
    uint64_t start = 0;

    if (jt_codemap_open(heap, &map) != JITNEY_OK)
        exit(1);
    start = thread_ns();
    for (size_t i = 0; i < pieces; i++)
        strings += add(map, order[i], rows);
    printf("%-24s %6.1f ns each; %.0f bytes a piece beyond its strings and %u rows\n",
           is_shuffled ? "load, any order" : "load, ascending",
           (double)(thread_ns() - start) / (double)pieces,
           (double)(counted->bytes - strings) / (double)pieces -
               (double)rows * sizeof(struct jitney_line),
           rows);
    free(order);
    return map;
}

static void measure_changes(struct jt_codemap *map, size_t pieces)
{
    size_t *order = make_order(pieces, 1);
    const struct jt_code *code = NULL;
    uint64_t start = thread_ns();

    for (size_t i = 0; i < pieces; i++)
        jt_codemap_move(map, CODE_BEGIN + order[i] * SLOT_BYTES,
                        CODE_BEGIN + order[i] * SLOT_BYTES + CODE_BYTES, NULL, &code);
    printf("%-24s %6.1f ns each\n", "move", (double)(thread_ns() - start) / (double)pieces);
    start = thread_ns();
    for (size_t i = 0; i < pieces; i++)
        jt_codemap_remove(map, CODE_BEGIN + order[i] * SLOT_BYTES + CODE_BYTES);
    printf("%-24s %6.1f ns each\n", "unload", (double)(thread_ns() - start) / (double)pieces);
    free(order);
}

int main(int argc, char **argv)
{
    struct counted counted = {0};
    struct jitney_allocator allocator = {
        .size = sizeof(allocator), .context = &counted, .resize = resize_counted};
    size_t pieces = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
    uint32_t rows = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 8;
    struct jt_heap heap;
    struct jt_codemap *map = NULL;

    if (pieces == 0 || rows > ROWS_MAX)
        return 1;
    jt_heap_init(&heap, &allocator);
    map = measure_load(&heap, pieces, rows, 1);
    for (int threads = 1; threads <= THREADS_MAX; threads++) {
        measure_search("find, hit", pieces, 0, threads);
        measure_search("find, miss", pieces, CODE_BYTES, threads);
    }
    measure_changes(map, pieces);
    jt_codemap_close(map);
    jt_codemap_close(measure_load(&heap, pieces, rows, 0));
    if (counted.bytes > 0)
        printf("%zu bytes are lost\n", counted.bytes);
    return counted.bytes > 0;
}
