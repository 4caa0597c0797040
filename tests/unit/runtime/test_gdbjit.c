/* The sink for debuggers, through a session. The test takes a debugger's place: it has the function
 * that debuggers stop at, and reads the list with libelf. */
#include "jitney/jitney.h"
#include "runtime/debugger.h"
#include "support/failing_heap.h"

#include <elf.h>
#include <gelf.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct descriptor {
    uint32_t version;
    uint32_t action;
    struct jt_debugger_entry *relevant;
    struct jt_debugger_entry *first;
};
extern struct descriptor __jit_debug_descriptor;
void __jit_debug_register_code(void);

static uint32_t registered;
static uint32_t unregistered;
static useconds_t slowness_us;

/* Replaces the library's weak one. */
__attribute__((noinline, visibility("default"))) void __jit_debug_register_code(void)
{
    bool is_new = __jit_debug_descriptor.action == 1;

    assert_non_null(__jit_debug_descriptor.relevant);
    assert_true(is_new || __jit_debug_descriptor.action == 2);
    registered += is_new;
    unregistered += !is_new;
    if (slowness_us)
        usleep(slowness_us);
}

enum { PLACE_BYTES = 64, PLACES = 4096 };

static uint8_t *memory; /* places for code that is never run */

static struct jitney_session *open_session(uint32_t flags, struct failing_heap *heap)
{
    struct jitney_session_options options = {.size = sizeof(options),
                                             .sinks = JITNEY_SINK_GDB,
                                             .flags = flags,
                                             .allocator = heap ? &heap->allocator : NULL};
    struct jitney_session *session = NULL;

    jitney_session_open(&options, &session);
    return session;
}

static uint64_t place(int i)
{
    return (uintptr_t)memory + (uint64_t)i * PLACE_BYTES;
}

static int load_at(struct jitney_session *session, uint64_t address, uint64_t bytes,
                   const char *name)
{
    static const struct jitney_line lines[] = {{.offset = 0, .line = 3}, {.offset = 2, .line = 4}};
    const struct jitney_code_load load = {.size = sizeof(load),
                                          .address = address,
                                          .bytes = bytes,
                                          .name = name,
                                          .file = "/toys/a.toy",
                                          .line = 3,
                                          .lines = lines,
                                          .line_count = 2,
                                          .unwind_kind = JITNEY_UNWIND_FRAME_POINTER};

    return jitney_code_load(session, &load);
}

static int load(struct jitney_session *session, int i, const char *name)
{
    return load_at(session, place(i), PLACE_BYTES, name);
}

static int unload(struct jitney_session *session, int i)
{
    const struct jitney_code_unload gone = {.size = sizeof(gone), .address = place(i)};

    return jitney_code_unload(session, &gone);
}

/* ---- what a debugger reads ---- */

struct known {
    uint64_t address;
    uint64_t bytes;
    char name[24];
};

/* All that is in the list: functions and sections. */
struct reading {
    struct known *functions;
    struct known *sections;
    size_t function_count;
    size_t section_count;
    size_t objects;
};

static void read_symbols(struct reading *reading, Elf *elf, Elf_Scn *section,
                         const GElf_Shdr *header)
{
    for (size_t i = 1; i < header->sh_size / header->sh_entsize; i++) {
        struct known *known = &reading->functions[reading->function_count];
        GElf_Shdr text;
        GElf_Sym symbol;

        assert_non_null(gelf_getsym(elf_getdata(section, NULL), (int)i, &symbol));
        if (symbol.st_shndx == SHN_UNDEF)
            continue;
        assert_non_null(gelf_getshdr(elf_getscn(elf, symbol.st_shndx), &text));
        assert_true(text.sh_flags & SHF_EXECINSTR);
        assert_true(symbol.st_value >= text.sh_addr);
        assert_true(symbol.st_value + symbol.st_size <= text.sh_addr + text.sh_size);
        known->address = symbol.st_value;
        known->bytes = symbol.st_size;
        snprintf(known->name, sizeof(known->name), "%s",
                 elf_strptr(elf, header->sh_link, symbol.st_name));
        assert_true(++reading->function_count < PLACES * 2);
    }
}

static void read_object(struct reading *reading, const struct jt_debugger_entry *entry)
{
    Elf *elf = elf_memory((char *)(uintptr_t)entry->object, entry->object_bytes);

    assert_non_null(elf);
    for (Elf_Scn *section = elf_nextscn(elf, NULL); section; section = elf_nextscn(elf, section)) {
        GElf_Shdr header;

        assert_non_null(gelf_getshdr(section, &header));
        if (header.sh_type == SHT_SYMTAB)
            read_symbols(reading, elf, section, &header);
        if (header.sh_flags & SHF_ALLOC)
            reading->sections[reading->section_count++] =
                (struct known){.address = header.sh_addr, .bytes = header.sh_size};
    }
    reading->objects++;
    elf_end(elf);
}

static int by_address(const void *a, const void *b)
{
    const struct known *one = a;
    const struct known *other = b;

    return one->address < other->address ? -1 : one->address > other->address;
}

/* Sections never overlap: that is what debuggers rely on. */
static struct reading read_list(void)
{
    struct reading reading = {.functions = calloc(PLACES * 2, sizeof(struct known)),
                              .sections = calloc(PLACES * 3, sizeof(struct known))};
    const struct jt_debugger_entry *previous = NULL;

    elf_version(EV_CURRENT);
    jt_debugger_lock();
    for (const struct jt_debugger_entry *entry = __jit_debug_descriptor.first; entry;
         entry = entry->next) {
        assert_ptr_equal(entry->previous, previous);
        previous = entry;
        read_object(&reading, entry);
    }
    jt_debugger_unlock();
    qsort(reading.functions, reading.function_count, sizeof(struct known), by_address);
    qsort(reading.sections, reading.section_count, sizeof(struct known), by_address);
    for (size_t i = 1; i < reading.section_count; i++)
        assert_true(reading.sections[i - 1].address + reading.sections[i - 1].bytes <=
                    reading.sections[i].address);
    return reading;
}

static void end_reading(struct reading *reading)
{
    free(reading->functions);
    free(reading->sections);
}

static size_t count_known(size_t *objects)
{
    struct reading reading = read_list();

    if (objects)
        *objects = reading.objects;
    end_reading(&reading);
    return reading.function_count;
}

/* The name at an address, or "". */
static const char *name_at(uint64_t address)
{
    static char name[24];
    struct reading reading = read_list();

    name[0] = '\0';
    for (size_t i = 0; i < reading.function_count; i++)
        if (address - reading.functions[i].address < reading.functions[i].bytes)
            memcpy(name, reading.functions[i].name, sizeof(name));
    end_reading(&reading);
    return name;
}

/* ---- */

static int set_up(void **state)
{
    registered = unregistered = 0;
    slowness_us = 0;
    assert_null(__jit_debug_descriptor.first);
    return 0;
}

static int tear_down(void **state)
{
    assert_null(__jit_debug_descriptor.first);
    assert_int_equal(registered, unregistered);
    return 0;
}

static void test_without_a_debugger_nothing_is_described(void **state)
{
    struct jitney_session *session = open_session(0, NULL);

    if (jt_debugger_is_tracing())
        skip();
    assert_int_equal(load(session, 0, "f"), JITNEY_OK);
    assert_int_equal(registered, 0);
    jitney_session_close(session);
}

static void test_code_is_known_when_its_load_returns(void **state)
{
    struct jitney_session *session = open_session(JITNEY_SESSION_GDB_ALWAYS, NULL);
    char name[24];

    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "f%d", i);
        assert_int_equal(load(session, i, name), JITNEY_OK);
        assert_string_equal(name_at(place(i) + 5), name);
    }
    assert_int_equal(count_known(NULL), 200);
    jitney_session_close(session);
}

static void test_code_that_is_unloaded_is_forgotten(void **state)
{
    struct jitney_session *session = open_session(JITNEY_SESSION_GDB_ALWAYS, NULL);

    for (int i = 0; i < 100; i++)
        load(session, i, "f");
    assert_int_equal(unload(session, 50), JITNEY_OK);
    assert_string_equal(name_at(place(50)), "");
    assert_string_equal(name_at(place(49)), "f");
    assert_string_equal(name_at(place(51)), "f");
    for (int i = 0; i < 100; i++)
        if (i != 50)
            assert_int_equal(unload(session, i), JITNEY_OK);
    assert_null(__jit_debug_descriptor.first);
    jitney_session_close(session);
}

static void test_new_code_takes_the_place_of_all_it_overlaps(void **state)
{
    struct jitney_session *session = open_session(JITNEY_SESSION_GDB_ALWAYS, NULL);

    for (int i = 0; i < 64; i++)
        load(session, i, "old");
    load_at(session, place(10) + 8, PLACE_BYTES, "new");
    assert_string_equal(name_at(place(10)), "");
    assert_string_equal(name_at(place(10) + 8), "new");
    assert_string_equal(name_at(place(11) + 7), "new");
    assert_string_equal(name_at(place(11) + 8), "");
    assert_string_equal(name_at(place(9)), "old");
    assert_string_equal(name_at(place(12)), "old");
    assert_int_equal(count_known(NULL), 63);
    jitney_session_close(session);
}

static void test_bytecode_is_not_machine_code(void **state)
{
    struct jitney_session *session = open_session(JITNEY_SESSION_GDB_ALWAYS, NULL);
    const struct jitney_code_load bytecode = {.size = sizeof(bytecode),
                                              .address = place(0),
                                              .bytes = 10,
                                              .name = "b",
                                              .kind = JITNEY_CODE_BYTECODE};

    load(session, 0, "f");
    assert_int_equal(jitney_code_load(session, &bytecode), JITNEY_OK);
    assert_string_equal(name_at(place(0)), "");
    jitney_session_close(session);
}

static void test_moved_code_is_known_where_it_is(void **state)
{
    struct jitney_session *session = open_session(JITNEY_SESSION_GDB_ALWAYS, NULL);
    const struct jitney_code_move move = {.size = sizeof(move), .from = place(1), .to = place(9)};

    load(session, 1, "f");
    load(session, 9, "in the way");
    assert_int_equal(jitney_code_move(session, &move), JITNEY_OK);
    assert_string_equal(name_at(place(1)), "");
    assert_string_equal(name_at(place(9)), "f");
    assert_int_equal(count_known(NULL), 1);
    jitney_session_close(session);
}

static void test_objects_stay_few_and_changes_rare(void **state)
{
    struct jitney_session *session = open_session(JITNEY_SESSION_GDB_ALWAYS, NULL);
    size_t objects = 0;

    for (int i = 0; i < PLACES; i++)
        load(session, i, "f");
    assert_int_equal(count_known(&objects), PLACES);
    assert_in_range(objects, 1, 32);
    assert_in_range(registered, 1, PLACES + PLACES / 4);
    jitney_session_close(session);
}

/* Places are taken, given back, overwritten and moved in any order; now and then all is compared.
 */
static void test_any_sequence_of_changes_is_followed(void **state)
{
    enum { STEPS = 6000, USED = 400 };
    struct jitney_session *session = open_session(JITNEY_SESSION_GDB_ALWAYS, NULL);
    static int at[USED]; /* number of the code, 0: none */
    struct jitney_code_move move = {.size = sizeof(move)};
    unsigned seed = 7;
    char name[24];

    memset(at, 0, sizeof(at));
    for (int step = 1; step <= STEPS; step++) {
        int i = (int)((unsigned)rand_r(&seed) % USED);
        int k = (int)((unsigned)rand_r(&seed) % USED);
        int what = (int)((unsigned)rand_r(&seed) % 8);

        if (what < 5) {
            snprintf(name, sizeof(name), "f%d", step);
            assert_int_equal(load(session, i, name), JITNEY_OK);
            at[i] = step;
        } else if (what < 7 && at[i]) {
            assert_int_equal(unload(session, i), JITNEY_OK);
            at[i] = 0;
        } else if (at[i] && i != k) {
            move.from = place(i);
            move.to = place(k);
            assert_int_equal(jitney_code_move(session, &move), JITNEY_OK);
            at[k] = at[i];
            at[i] = 0;
        }
        if (step % 200 == 0) {
            struct reading reading = read_list();
            size_t next = 0;

            for (int p = 0; p < USED; p++) {
                if (!at[p])
                    continue;
                snprintf(name, sizeof(name), "f%d", at[p]);
                assert_true(next < reading.function_count);
                assert_int_equal(reading.functions[next].address, place(p));
                assert_int_equal(reading.functions[next].bytes, PLACE_BYTES);
                assert_string_equal(reading.functions[next].name, name);
                next++;
            }
            assert_int_equal(next, reading.function_count);
            end_reading(&reading);
        }
    }
    jitney_session_close(session);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* A debugger that takes two milliseconds each time would need eight seconds for one at a time. */
static void test_a_burst_is_held_back_and_told_soon(void **state)
{
    struct jitney_session *session = open_session(JITNEY_SESSION_GDB_ALWAYS, NULL);
    double start = seconds();

    slowness_us = 2000;
    for (int i = 0; i < PLACES; i++)
        load(session, i, "f");
    while (count_known(NULL) < PLACES && seconds() < start + 4)
        usleep(5000);
    assert_int_equal(count_known(NULL), PLACES);
    assert_in_range(registered, 1, PLACES / 4);
    slowness_us = 0;
    jitney_session_close(session);
}

static void test_what_is_held_back_can_still_go(void **state)
{
    struct jitney_session *session = open_session(JITNEY_SESSION_GDB_ALWAYS, NULL);
    double start = 0;

    slowness_us = 2000;
    for (int i = 0; i < 1000; i++)
        load(session, i, "f");
    for (int i = 0; i < 1000; i += 2)
        assert_int_equal(unload(session, i), JITNEY_OK);
    start = seconds();
    while (count_known(NULL) != 500 && seconds() < start + 4)
        usleep(5000);
    assert_int_equal(count_known(NULL), 500);
    assert_string_equal(name_at(place(998)), "");
    assert_string_equal(name_at(place(999)), "f");
    slowness_us = 0;
    jitney_session_close(session);
}

static void test_a_session_may_close_while_code_is_held_back(void **state)
{
    struct jitney_session *session = open_session(JITNEY_SESSION_GDB_ALWAYS, NULL);

    slowness_us = 2000;
    for (int i = 0; i < 1000; i++)
        load(session, i, "f");
    slowness_us = 0;
    jitney_session_close(session);
}

static void test_sessions_share_the_list(void **state)
{
    struct jitney_session *one = open_session(JITNEY_SESSION_GDB_ALWAYS, NULL);
    struct jitney_session *other = open_session(JITNEY_SESSION_GDB_ALWAYS, NULL);

    load(one, 0, "one");
    load(other, 1, "other");
    load(one, 2, "one");
    assert_int_equal(count_known(NULL), 3);
    jitney_session_close(one);
    assert_string_equal(name_at(place(1)), "other");
    assert_int_equal(count_known(NULL), 1);
    jitney_session_close(other);
}

static void test_a_sink_switched_on_later_knows_living_code(void **state)
{
    struct jitney_session_options options = {
        .size = sizeof(options), .sinks = JITNEY_SINK_MAP, .flags = JITNEY_SESSION_GDB_ALWAYS};
    struct jitney_session *session = NULL;

    assert_int_equal(jitney_session_open(&options, &session), JITNEY_OK);
    for (int i = 0; i < 2000; i++)
        load(session, i, "f");
    assert_int_equal(count_known(NULL), 0);
    assert_int_equal(jitney_session_set_sinks(session, JITNEY_SINK_MAP | JITNEY_SINK_GDB),
                     JITNEY_OK);
    assert_int_equal(count_known(NULL), 2000);
    jitney_session_close(session);
}

static void *load_many(void *context)
{
    struct jitney_session *session = open_session(JITNEY_SESSION_GDB_ALWAYS, NULL);
    int first = *(int *)context;

    for (int i = 0; i < 500; i++)
        load(session, first + i, "f");
    for (int i = 0; i < 500; i += 3)
        unload(session, first + i);
    jitney_session_close(session);
    return NULL;
}

static void test_threads_take_turns(void **state)
{
    int first[2] = {0, 1000};
    pthread_t threads[2];

    slowness_us = 1000;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, load_many, &first[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    slowness_us = 0;
}

/* ---- other processes ---- */

static int exit_of(pid_t child)
{
    int status = 0;

    assert_int_equal(waitpid(child, &status, __WALL), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void test_a_child_goes_on_with_the_list(void **state)
{
    struct jitney_session *session = open_session(JITNEY_SESSION_GDB_ALWAYS, NULL);
    pid_t child = 0;

    for (int i = 0; i < 100; i++)
        load(session, i, "f");
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool is_good = count_known(NULL) == 100;

        load(session, 100, "g");
        is_good = is_good && count_known(NULL) == 101 && unload(session, 0) == JITNEY_OK &&
                  count_known(NULL) == 100;
        jitney_session_close(session);
        _exit(is_good && !__jit_debug_descriptor.first ? 0 : 1);
    }
    assert_int_equal(exit_of(child), 0);
    assert_int_equal(count_known(NULL), 100);
    jitney_session_close(session);
}

/* ThreadSanitizer lets no child of several threads have one. */
#if defined(__SANITIZE_THREAD__)
enum { CHILDREN_HAVE_THREADS = 0 };
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
enum { CHILDREN_HAVE_THREADS = 0 };
#else
enum { CHILDREN_HAVE_THREADS = 1 };
#endif
#else
enum { CHILDREN_HAVE_THREADS = 1 };
#endif

/* The thread that tells what is held back is not in the child. */
static void test_a_child_born_in_a_burst_goes_on(void **state)
{
    struct jitney_session *session = NULL;
    pid_t child = 0;

    if (!CHILDREN_HAVE_THREADS)
        skip();
    session = open_session(JITNEY_SESSION_GDB_ALWAYS, NULL);
    slowness_us = 2000;
    for (int i = 0; i < 1000; i++)
        load(session, i, "f");
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        double start = seconds();

        load(session, 1000, "g");
        while (count_known(NULL) != 1001 && seconds() < start + 4)
            usleep(5000);
        slowness_us = 0;
        start = count_known(NULL) == 1001;
        jitney_session_close(session);
        _exit(start == 1 ? 0 : 1);
    }
    assert_int_equal(exit_of(child), 0);
    slowness_us = 0;
    jitney_session_close(session);
}

/* Waits for the parent, then for as long as the sink may not look. */
static void wait_for_parent(int fd)
{
    char byte = 0;

    if (read(fd, &byte, 1) != 1)
        _exit(2);
    usleep(120 * 1000);
}

static int be_traced(int ask, int answer)
{
    struct jitney_session *session = open_session(0, NULL);
    size_t before = 0;
    size_t during = 0;
    size_t after = 0;

    for (int i = 0; i < 1500; i++)
        load(session, i, "early");
    before = count_known(NULL);
    if (write(ask, "1", 1) != 1)
        return 3;
    wait_for_parent(answer);
    load(session, 2000, "late");
    during = count_known(NULL);
    if (write(ask, "2", 1) != 1)
        return 3;
    wait_for_parent(answer);
    load(session, 2001, "latest");
    after = count_known(NULL);
    jitney_session_close(session);
    return before == 0 && during == 1501 && after == 0 ? 0 : 4;
}

static void test_a_debugger_that_comes_later_learns_all_and_one_that_goes_ends_it(void **state)
{
    int asks[2];
    int answers[2];
    char byte = 0;
    pid_t child = 0;

    if (jt_debugger_is_tracing())
        skip();
    assert_int_equal(pipe(asks), 0);
    assert_int_equal(pipe(answers), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(be_traced(asks[1], answers[0]));
    assert_int_equal(read(asks[0], &byte, 1), 1);
    if (ptrace(PTRACE_SEIZE, child, NULL, NULL)) {
        kill(child, SIGKILL);
        exit_of(child);
        skip();
    }
    assert_int_equal(write(answers[1], "1", 1), 1);
    assert_int_equal(read(asks[0], &byte, 1), 1);
    assert_int_equal(ptrace(PTRACE_INTERRUPT, child, NULL, NULL), 0);
    assert_int_equal(waitpid(child, NULL, __WALL), child);
    assert_int_equal(ptrace(PTRACE_DETACH, child, NULL, NULL), 0);
    assert_int_equal(write(answers[1], "2", 1), 1);
    assert_int_equal(exit_of(child), 0);
    for (int i = 0; i < 2; i++) {
        close(asks[i]);
        close(answers[i]);
    }
}

/* ---- memory ---- */

/* Whatever fails, the list is whole, later code is known, and nothing is leaked. */
static void test_every_failed_allocation_is_survived(void **state)
{
    struct failing_heap heap;
    bool has_failed = true;

    for (int64_t fails_at = 1; has_failed; fails_at++) {
        struct jitney_session *session = NULL;

        failing_heap_init(&heap, fails_at);
        session = open_session(JITNEY_SESSION_GDB_ALWAYS, &heap);
        for (int i = 0; i < 20; i++)
            load(session, i, "f");
        load_at(session, place(5) + 8, PLACE_BYTES, "new");
        unload(session, 9);
        has_failed = heap.calls >= fails_at;
        if (session && has_failed)
            load(session, 30, "last");
        if (session && has_failed)
            assert_string_equal(name_at(place(30)), "last");
        count_known(NULL);
        jitney_session_close(session);
        assert_int_equal(heap.live_bytes, 0);
        assert_null(__jit_debug_descriptor.first);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_without_a_debugger_nothing_is_described),
        TEST(test_code_is_known_when_its_load_returns),
        TEST(test_code_that_is_unloaded_is_forgotten),
        TEST(test_new_code_takes_the_place_of_all_it_overlaps),
        TEST(test_bytecode_is_not_machine_code),
        TEST(test_moved_code_is_known_where_it_is),
        TEST(test_objects_stay_few_and_changes_rare),
        TEST(test_any_sequence_of_changes_is_followed),
        TEST(test_a_burst_is_held_back_and_told_soon),
        TEST(test_what_is_held_back_can_still_go),
        TEST(test_a_session_may_close_while_code_is_held_back),
        TEST(test_sessions_share_the_list),
        TEST(test_a_sink_switched_on_later_knows_living_code),
        TEST(test_threads_take_turns),
        TEST(test_a_child_goes_on_with_the_list),
        TEST(test_a_child_born_in_a_burst_goes_on),
        TEST(test_a_debugger_that_comes_later_learns_all_and_one_that_goes_ends_it),
        TEST(test_every_failed_allocation_is_survived),
    };

    memory = mmap(NULL, (PLACES + 1) * PLACE_BYTES, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
