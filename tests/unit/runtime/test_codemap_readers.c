/* The live code map under readers in other threads and in signal handlers. */
#include "base/clock.h"
#include "codes.h"
#include "jitney/status.h"
#include "runtime/readers.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Slots: even ones hold code that always lives, though it may move within its slot; odd ones are
 * loaded, overwritten and unloaded all the time. */
enum { SLOTS = 512, SLOT = 256, CODE = 64, READERS = 3, CHANGES = 20000 };

#define BEGIN UINT64_C(0x100000)

static atomic_bool is_over;
static atomic_size_t lookups;
static atomic_size_t errors;
static atomic_size_t signals;

static uint64_t address_of(size_t slot)
{
    return BEGIN + slot * SLOT;
}

/* Whoever is at an odd slot must be whole; those at even ones must be there. */
static void look(uint64_t random)
{
    struct jitney_found found = {.size = sizeof(found)};
    size_t slot = random % SLOTS;
    int status = jitney_find(address_of(slot) + CODE / 2, &found);
    bool is_wrong = status == JITNEY_OK
                        ? found.code % SLOTS != slot || strcmp(found.name, "code") != 0 ||
                              strcmp(found.file, "shapes.toy") != 0
                        : slot % 2 == 0;

    atomic_fetch_add(&lookups, 1);
    if (is_wrong)
        atomic_fetch_add(&errors, 1);
}

static void *read_on(void *seed)
{
    uint64_t state = (uintptr_t)seed;

    while (!atomic_load(&is_over))
        look(test_random(&state));
    return NULL;
}

static void on_signal(int number)
{
    static atomic_uint_fast64_t state;
    uint64_t random = atomic_fetch_add(&state, UINT64_C(0x9e3779b97f4a7c15));

    for (int i = 0; i < 20; i++)
        look((random >> 20) + (uint64_t)i * 37);
    atomic_fetch_add(&signals, 1);
}

static void add_slot(struct jt_codemap *map, size_t slot, uint64_t round)
{
    assert_int_equal(test_add(map, address_of(slot), CODE + CODE / 2, round * SLOTS + slot),
                     JITNEY_OK);
}

static void churn(struct jt_codemap *map, struct test_heap *heap, unsigned changes)
{
    uint64_t seed = 99;
    size_t most_bytes = 0;

    for (unsigned i = 0; i < changes; i++) {
        uint64_t random = test_random(&seed);
        size_t slot = random % SLOTS;
        uint64_t address = address_of(slot);
        const struct jt_code *code = NULL;

        if (slot % 2 == 0) { /* there and back: the byte that is looked for is in both places */
            assert_int_equal(jt_codemap_move(map, address, address + 8, NULL, &code), JITNEY_OK);
            assert_int_equal(jt_codemap_move(map, address + 8, address, NULL, &code), JITNEY_OK);
        } else if (jt_codemap_at(map, address) && random >> 60 < 8) {
            assert_int_equal(jt_codemap_remove(map, address), JITNEY_OK);
        } else {
            add_slot(map, slot, i);
        }
        most_bytes = heap->live_bytes > most_bytes ? heap->live_bytes : most_bytes;
    }
    assert_true(most_bytes < 64 << 20);
}

/* At most some seconds, on a machine that has better things to do. */
static void churn_until(struct jt_codemap *map, struct test_heap *heap, size_t enough_signals)
{
    uint64_t end = jt_clock_ns() + UINT64_C(20000000000);

    while (atomic_load(&signals) < enough_signals && jt_clock_ns() < end)
        churn(map, heap, 1000);
}

static struct jt_codemap *fill(struct test_heap *heap)
{
    struct jt_codemap *map = NULL;

    test_heap_init(heap);
    assert_int_equal(jt_codemap_open(&heap->heap, &map), JITNEY_OK);
    for (size_t slot = 0; slot < SLOTS; slot += 2)
        add_slot(map, slot, 1);
    atomic_store(&is_over, false);
    atomic_store(&errors, 0);
    atomic_store(&lookups, 0);
    atomic_store(&signals, 0);
    return map;
}

static void start_timer(int clock, int number, long microseconds)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct itimerval timer = {{0, microseconds}, {0, microseconds}};

    sigaction(number, &action, NULL);
    setitimer(clock, &timer, NULL);
}

static void test_living_code_is_always_found_by_other_threads(void **state)
{
    struct test_heap heap;
    struct jt_codemap *map = fill(&heap);
    pthread_t threads[READERS];

    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, (void *)(i + 1)), 0);
    churn(map, &heap, CHANGES);
    atomic_store(&is_over, true);
    for (size_t i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(errors, 0);
    assert_true(lookups > 100);
    jt_codemap_close(map);
    assert_int_equal(heap.live_bytes, 0);
}

/* The timer's signals go to whichever thread runs: the writer too. */
static void test_living_code_is_always_found_by_signal_handlers(void **state)
{
    struct test_heap heap;
    struct jt_codemap *map = fill(&heap);
    pthread_t thread;

    start_timer(ITIMER_PROF, SIGPROF, 1000);
    assert_int_equal(pthread_create(&thread, NULL, read_on, (void *)7), 0);
    churn_until(map, &heap, 50);
    atomic_store(&is_over, true);
    pthread_join(thread, NULL);
    start_timer(ITIMER_PROF, SIGPROF, 0);
    assert_int_equal(errors, 0);
    assert_true(signals >= 50);
    jt_codemap_close(map);
    assert_int_equal(heap.live_bytes, 0);
}

/* At any moment of a change: a timer of the wall clock is finer than one of processor time, and
 * the one thread there is gets all its signals. */
static void test_a_handler_that_interrupts_the_writer_sees_a_whole_map(void **state)
{
    struct test_heap heap;
    struct jt_codemap *map = fill(&heap);

    start_timer(ITIMER_REAL, SIGALRM, 40);
    churn_until(map, &heap, 1000);
    start_timer(ITIMER_REAL, SIGALRM, 0);
    assert_int_equal(errors, 0);
    assert_true(signals >= 1000);
    jt_codemap_close(map);
    assert_int_equal(heap.live_bytes, 0);
}

static void *find_anything(void *unused)
{
    struct jitney_found found[4] = {{.size = sizeof(found[0])}};

    while (!atomic_load(&is_over)) {
        int count = jitney_find_frames(BEGIN + 5, found, 4);

        if (count > 0 && strcmp(found[count - 1].name, "code") != 0)
            atomic_fetch_add(&errors, 1);
        atomic_fetch_add(&lookups, 1);
    }
    return NULL;
}

static void test_maps_open_and_close_under_readers(void **state)
{
    pthread_t threads[READERS];

    atomic_store(&is_over, false);
    atomic_store(&errors, 0);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, find_anything, NULL), 0);
    for (int round = 0; round < 100; round++) {
        struct test_heap heaps[3];
        struct jt_codemap *maps[3] = {NULL};

        for (int i = 0; i < 3; i++) {
            test_heap_init(&heaps[i]);
            assert_int_equal(jt_codemap_open(&heaps[i].heap, &maps[i]), JITNEY_OK);
            assert_int_equal(test_add(maps[i], BEGIN, 64, 1), JITNEY_OK);
        }
        for (int i = 0; i < 3; i++) { /* each of them is once the first, in between, the last */
            jt_codemap_close(maps[(round + i) % 3]);
            assert_int_equal(heaps[(round + i) % 3].live_bytes, 0);
        }
    }
    atomic_store(&is_over, true);
    for (size_t i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(errors, 0);
}

static void test_a_grace_ends_when_all_who_were_inside_have_left(void **state)
{
    struct jt_reader outer = jt_readers_enter();
    struct jt_reader inner = jt_readers_enter();
    struct jt_readers_grace grace;
    struct jt_reader late;

    jt_readers_begin_grace(&grace);
    assert_false(jt_readers_grace_is_over(&grace));
    jt_readers_leave(inner);
    assert_false(jt_readers_grace_is_over(&grace));
    late = jt_readers_enter(); /* uses the other side, and is not waited for */
    jt_readers_leave(outer);
    assert_true(jt_readers_grace_is_over(&grace));
    jt_readers_leave(late);
}

static void *stay_inside(void *gate)
{
    struct jt_reader reader = jt_readers_enter();

    pthread_barrier_wait(gate);
    pthread_barrier_wait(gate);
    jt_readers_leave(reader);
    return NULL;
}

/* Whether the child does not wait for readers that it does not have, yet for its own. */
static int check_child(void)
{
    struct jt_readers_grace grace;
    struct jt_reader own;
    int is_wrong = 0;

    jt_codemap_forked();
    own = jt_readers_enter();
    jt_readers_begin_grace(&grace);
    is_wrong |= jt_readers_grace_is_over(&grace);
    jt_readers_leave(own);
    return is_wrong | !jt_readers_grace_is_over(&grace);
}

static void test_a_child_forgets_the_readers_of_other_threads(void **state)
{
    pthread_barrier_t gate;
    pthread_t thread;
    int status = 0;
    pid_t pid = 0;

    pthread_barrier_init(&gate, NULL, 2);
    assert_int_equal(pthread_create(&thread, NULL, stay_inside, &gate), 0);
    pthread_barrier_wait(&gate);
    pid = fork();
    if (pid == 0)
        _exit(check_child());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    pthread_barrier_wait(&gate);
    pthread_join(thread, NULL);
    pthread_barrier_destroy(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_grace_ends_when_all_who_were_inside_have_left),
        cmocka_unit_test(test_a_child_forgets_the_readers_of_other_threads),
        cmocka_unit_test(test_living_code_is_always_found_by_other_threads),
        cmocka_unit_test(test_living_code_is_always_found_by_signal_handlers),
        cmocka_unit_test(test_a_handler_that_interrupts_the_writer_sees_a_whole_map),
        cmocka_unit_test(test_maps_open_and_close_under_readers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
