/* Recordings whose truth is known: perf.data, dump and map made here, and the
 * folded stacks that must come out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "analysis/profile/fold.h"
#include "analysis/profile/label.h"
#include "analysis/profile/open.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "format/jitdump.h"
#include "jitney/status.h"
#include "support/files.h"
#include "support/perfdata_builder.h"

enum { PID = 4711, CHILD = 4712, LIMIT = 1 << 20 };

/* ---- files ---- */

struct run {
    char *folder;
    char *elsewhere; /* a folder in it, where nobody looks */
    struct test_perfdata perfdata;
    struct jt_buf dump;
    struct jt_profile profile;
    char *folded;
    struct jt_profile_request request;
    char *data_path;
    char *dump_path;
    char *map_path;
    const char *dumps[1];
    const char *maps[1];
    struct jt_diag diag;
};

static void run_begin(struct run *run, const struct test_perfdata_options *options)
{
    const struct test_perfdata_options usual = {0};

    *run = (struct run){.dump = JT_BUF_INIT(LIMIT), .folder = test_folder_make()};
    run->data_path = jt_format("%s/perf.data", run->folder);
    run->elsewhere = jt_format("%s/elsewhere", run->folder);
    assert_int_equal(mkdir(run->elsewhere, 0700), 0);
    run->dump_path = jt_format("%s/jit-%d.dump", run->elsewhere, PID);
    run->map_path = jt_format("%s/perf-%d.map", run->elsewhere, PID);
    run->request.path = run->data_path;
    test_perfdata_begin(&run->perfdata, options ? options : &usual);
}

static void dump_header(struct run *run, uint32_t pid)
{
    jt_buf_append_u32(&run->dump, JT_JITDUMP_MAGIC);
    jt_buf_append_u32(&run->dump, 1);
    jt_buf_append_u32(&run->dump, JT_JITDUMP_HEADER_BYTES);
    jt_buf_append_u32(&run->dump, 62);
    jt_buf_append_u32(&run->dump, 0);
    jt_buf_append_u32(&run->dump, pid);
    jt_buf_append_u64(&run->dump, 1);
    jt_buf_append_u64(&run->dump, 0);
}

static void dump_prefix(struct run *run, uint32_t id, size_t bytes, uint64_t time)
{
    if (run->dump.length == 0)
        dump_header(run, PID);
    jt_buf_append_u32(&run->dump, id);
    jt_buf_append_u32(&run->dump, (uint32_t)bytes);
    jt_buf_append_u64(&run->dump, time);
}

static void dump_load(struct run *run, uint64_t time, uint64_t address, uint64_t bytes,
                      const char *name)
{
    static uint64_t index;

    dump_prefix(run, JT_JITDUMP_LOAD, JT_JITDUMP_LOAD_BYTES + strlen(name) + 1 + bytes, time);
    jt_buf_append_u32(&run->dump, PID);
    jt_buf_append_u32(&run->dump, PID);
    jt_buf_append_u64(&run->dump, address);
    jt_buf_append_u64(&run->dump, address);
    jt_buf_append_u64(&run->dump, bytes);
    jt_buf_append_u64(&run->dump, ++index);
    jt_buf_append(&run->dump, name, strlen(name) + 1);
    jt_buf_append_zeros(&run->dump, bytes);
}

static void dump_move(struct run *run, uint64_t time, uint64_t from, uint64_t to, uint64_t bytes)
{
    dump_prefix(run, JT_JITDUMP_MOVE, JT_JITDUMP_MOVE_BYTES, time);
    jt_buf_append_u32(&run->dump, PID);
    jt_buf_append_u32(&run->dump, PID);
    jt_buf_append_u64(&run->dump, to);
    jt_buf_append_u64(&run->dump, from);
    jt_buf_append_u64(&run->dump, to);
    jt_buf_append_u64(&run->dump, bytes);
    jt_buf_append_u64(&run->dump, UINT64_C(999999));
}

static void comm(struct run *run, uint64_t time, uint32_t pid, const char *name, bool is_exec)
{
    const struct jt_comm event = {
        .time_ns = time, .pid = pid, .tid = pid, .command = name, .is_exec = is_exec};

    test_perfdata_comm(&run->perfdata, &event);
}

static void map_memory(struct run *run, uint64_t time, uint32_t pid, uint64_t start, uint64_t bytes,
                       const char *path)
{
    const struct jt_mapping mapping = {.time_ns = time,
                                       .pid = pid,
                                       .tid = pid,
                                       .start = start,
                                       .bytes = bytes,
                                       .path = path,
                                       .is_executable = true};

    test_perfdata_mmap(&run->perfdata, &mapping);
}

/* A sample at `chain`, leaf first, ended by a zero. */
static void sample(struct run *run, uint64_t time, uint32_t pid, const uint64_t *chain)
{
    uint64_t all[64] = {JT_CONTEXT_USER};
    struct jt_sample event = {.time_ns = time,
                              .pid = pid,
                              .tid = pid,
                              .period = 1001001,
                              .mode = JT_MODE_USER,
                              .ip = chain[0],
                              .chain = all,
                              .chain_count = 1};

    for (size_t i = 0; chain[i]; i++)
        all[event.chain_count++] = chain[i];
    test_perfdata_sample(&run->perfdata, &event);
}

static void deep_sample(struct run *run, uint64_t time, const uint64_t *chain, size_t count)
{
    const struct jt_sample event = {.time_ns = time,
                                    .pid = PID,
                                    .tid = PID,
                                    .period = 1,
                                    .mode = JT_MODE_USER,
                                    .ip = chain[0],
                                    .chain = chain,
                                    .chain_count = count};

    test_perfdata_sample(&run->perfdata, &event);
}

static void sample_at(struct run *run, uint64_t time, uint32_t pid, uint64_t address)
{
    const uint64_t chain[] = {address, 0};

    sample(run, time, pid, chain);
}

static void write_map(struct run *run, const char *text)
{
    test_write_file(run->map_path, text, strlen(text));
    run->maps[0] = run->map_path;
    run->request.maps = run->maps;
    run->request.map_count = 1;
}

static char *folded_text(const struct jt_profile *profile)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);

    assert_int_equal(jt_fold_write(stream, profile, JT_LABEL_PLACE), JITNEY_OK);
    fclose(stream);
    return text;
}

/* How many threads there are changes nothing. */
static void expect_of_one_thread(const struct run *run, const char *expected)
{
    struct jt_profile_request request = run->request;
    struct jt_diag diag = {0};
    struct jt_profile profile;
    char *text = NULL;

    request.is_single = true;
    assert_int_equal(jt_profile_open(&request, &diag, &profile), JITNEY_OK);
    text = folded_text(&profile);
    assert_string_equal(text, expected);
    free(text);
    jt_profile_release(&profile);
}

/* What comes out, in folded form; expected text is in the order of first sight. */
static void run_expect(struct run *run, const char *expected)
{
    test_perfdata_finish_to(&run->perfdata, run->data_path);
    if (run->dump.length > 0) {
        test_write_file(run->dump_path, run->dump.bytes, run->dump.length);
        run->dumps[0] = run->dump_path;
        run->request.dumps = run->dumps;
        run->request.dump_count = 1;
    }
    expect_of_one_thread(run, expected);
    assert_int_equal(jt_profile_open(&run->request, &run->diag, &run->profile), JITNEY_OK);
    run->folded = folded_text(&run->profile);
    assert_string_equal(run->folded, expected);
}

static void run_end(struct run *run)
{
    jt_profile_release(&run->profile);
    jt_buf_release(&run->dump);
    test_folder_remove(run->folder);
    free(run->folded);
    free(run->elsewhere);
    free(run->data_path);
    free(run->dump_path);
    free(run->map_path);
}

/* ---- the claims ---- */

static void test_a_reused_address_has_the_name_of_its_time(void **state)
{
    struct run run;

    run_begin(&run, NULL);
    comm(&run, 1, PID, "engine", true);
    map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
    dump_load(&run, 100, 0x10000, 0x100, "first");
    dump_load(&run, 200, 0x10080, 0x100, "second"); /* lies over half of it */
    sample_at(&run, 99, PID, 0x10010);
    sample_at(&run, 100, PID, 0x10010);
    sample_at(&run, 199, PID, 0x10090);
    sample_at(&run, 200, PID, 0x10090);
    sample_at(&run, 201, PID, 0x10010); /* the first is gone, all of it */
    sample_at(&run, 202, PID, 0x10180); /* one byte behind the second */
    run_expect(&run, "engine;[jit] 3\nengine;first 2\nengine;second 1\n");
    assert_int_equal(run.profile.unknown[JT_REASON_NOT_IN_MAP].samples, 3);
    assert_int_equal(run.profile.ambiguous_samples, 0);
    run_end(&run);
}

static void test_moved_code_keeps_its_name_and_leaves_its_place(void **state)
{
    struct run run;

    run_begin(&run, NULL);
    comm(&run, 1, PID, "engine", true);
    map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
    dump_load(&run, 100, 0x10000, 0x100, "mover");
    dump_move(&run, 200, 0x10000, 0x15000, 0x100);
    sample_at(&run, 150, PID, 0x10010);
    sample_at(&run, 250, PID, 0x15010);
    sample_at(&run, 260, PID, 0x10010);
    run_expect(&run, "engine;mover 2\nengine;[jit] 1\n");
    run_end(&run);
}

static void test_the_same_stack_is_looked_up_again_when_code_changes(void **state)
{
    const uint64_t chain[] = {0x10010, 0x11010, 0x12010, 0};
    struct run run;

    run_begin(&run, NULL);
    comm(&run, 1, PID, "engine", true);
    map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
    dump_load(&run, 100, 0x10000, 0x100, "leaf");
    dump_load(&run, 100, 0x11000, 0x100, "middle");
    dump_load(&run, 100, 0x12000, 0x100, "root");
    dump_load(&run, 200, 0x11000, 0x100, "middle again");
    sample(&run, 150, PID, chain);
    sample(&run, 199, PID, chain);
    sample(&run, 200, PID, chain);
    run_expect(&run, "engine;root;middle;leaf 2\nengine;root;middle again;leaf 1\n");
    run_end(&run);
}

static void test_return_addresses_belong_to_the_call_before_them(void **state)
{
    const uint64_t chain[] = {0x10100, 0x10100, 0};
    struct run run;

    run_begin(&run, NULL);
    comm(&run, 1, PID, "engine", true);
    map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
    dump_load(&run, 10, 0x10000, 0x100, "caller"); /* its last instruction is the call */
    dump_load(&run, 10, 0x10100, 0x100, "callee");
    sample(&run, 100, PID, chain);
    run_expect(&run, "engine;caller;callee 1\n");
    run_end(&run);
}

static void test_a_garbage_frame_pointer_costs_the_rest_of_the_chain_only(void **state)
{
    const uint64_t torn[] = {0x10010, 0x11010, UINT64_C(0xffff0000deadbeef), 0x10020, 0};
    const uint64_t ends[] = {0x10010, 0x11010, 1, 0};
    struct run run;

    run_begin(&run, NULL);
    comm(&run, 1, PID, "engine", true);
    map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
    dump_load(&run, 10, 0x10000, 0x100, "leaf");
    dump_load(&run, 10, 0x11000, 0x100, "caller");
    sample(&run, 100, PID, torn);
    sample(&run, 110, PID, ends); /* how chains end in code without frame pointers */
    run_expect(&run, "engine;[unknown];caller;leaf 1\nengine;caller;leaf 1\n");
    assert_int_equal(run.profile.broken_chains, 1);
    assert_int_equal(run.profile.unknown[JT_REASON_BAD_FRAME_POINTER].frames, 1);
    run_end(&run);
}

static void test_a_map_has_its_last_definition_and_says_so(void **state)
{
    struct run run;

    run_begin(&run, NULL);
    comm(&run, 1, PID, "engine", true);
    map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
    write_map(&run, "10000 100 old\n10000 100 new\n10200 100 same\n10200 100 same\n"
                    "10400 0 nothing\n");
    sample_at(&run, 10, PID, 0x10000);
    sample_at(&run, 11, PID, 0x102ff);
    sample_at(&run, 12, PID, 0x10300);
    sample_at(&run, 13, PID, 0x10400);
    run_expect(&run, "engine;new 1\nengine;same 1\nengine;[jit] 2\n");
    assert_int_equal(run.profile.ambiguous_samples, 1);
    assert_int_equal(run.profile.unknown[JT_REASON_NOT_IN_MAP].samples, 2);
    run_end(&run);
}

static void test_a_child_has_its_parents_code_until_it_executes(void **state)
{
    const struct jt_task task = {
        .time_ns = 200, .pid = CHILD, .tid = CHILD, .parent_pid = PID, .parent_tid = PID};
    struct run run;

    run_begin(&run, NULL);
    comm(&run, 1, PID, "engine", true);
    map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
    dump_load(&run, 100, 0x10000, 0x100, "shared");
    dump_load(&run, 300, 0x10000, 0x100, "parent only");
    sample_at(&run, 150, PID, 0x10010);
    test_perfdata_fork(&run.perfdata, &task);
    sample_at(&run, 250, CHILD, 0x10010);
    sample_at(&run, 350, CHILD, 0x10010); /* the parent's memory is no longer ours */
    sample_at(&run, 351, PID, 0x10010);
    comm(&run, 400, CHILD, "other", true);
    sample_at(&run, 450, CHILD, 0x10010);
    run_expect(&run, "engine;shared 3\nengine;parent only 1\nother;[unknown] 1\n");
    assert_int_equal(run.profile.unknown[JT_REASON_NO_MAPPING].samples, 1);
    run_end(&run);
}

static void test_a_reused_pid_is_another_process(void **state)
{
    const struct jt_task task = {
        .time_ns = 200, .pid = PID, .tid = PID, .parent_pid = 1, .parent_tid = 1};
    struct run run;

    run_begin(&run, NULL);
    comm(&run, 1, PID, "old", true);
    map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
    dump_load(&run, 100, 0x10000, 0x100, "old code");
    dump_load(&run, 300, 0x20000, 0x100, "new code"); /* appended by the next owner */
    sample_at(&run, 150, PID, 0x10010);
    test_perfdata_fork(&run.perfdata, &task);
    comm(&run, 201, PID, "new", true);
    map_memory(&run, 202, PID, 0x10000, 0x20000, "//anon");
    sample_at(&run, 350, PID, 0x10010);
    sample_at(&run, 350, PID, 0x20010);
    run_expect(&run, "old;old code 1\nnew;[jit] 1\nnew;new code 1\n");
    run_end(&run);
}

static void test_a_file_mapped_over_code_ends_it(void **state)
{
    struct run run;

    run_begin(&run, NULL);
    comm(&run, 1, PID, "engine", true);
    map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
    dump_load(&run, 100, 0x10000, 0x100, "code");
    sample_at(&run, 150, PID, 0x10010);
    map_memory(&run, 200, PID, 0x10000, 0x1000, "/no/such/library.so");
    sample_at(&run, 250, PID, 0x10010);
    run_expect(&run, "engine;code 1\nengine;[library.so] 1\n");
    assert_int_equal(run.profile.unknown[JT_REASON_NO_FILE].samples, 1);
    run_end(&run);
}

static void test_a_map_of_another_process_is_named_as_the_reason(void **state)
{
    struct run run;

    run_begin(&run, NULL);
    comm(&run, 1, CHILD, "engine", true);
    map_memory(&run, 2, CHILD, 0x10000, 0x10000, "//anon");
    write_map(&run, "10000 100 of another pid\n");
    sample_at(&run, 10, CHILD, 0x10010);
    run_expect(&run, "engine;[jit] 1\n");
    assert_int_equal(run.profile.unknown[JT_REASON_OTHER_PID].samples, 1);
    run_end(&run);
}

static void test_without_any_map_the_reason_is_that(void **state)
{
    struct run run;

    run_begin(&run, NULL);
    comm(&run, 1, PID, "engine", true);
    map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
    sample_at(&run, 10, PID, 0x10010);
    run_expect(&run, "engine;[jit] 1\n");
    assert_int_equal(run.profile.unknown[JT_REASON_NO_MAP].samples, 1);
    run_end(&run);
}

static void test_without_the_monotonic_clock_dump_names_are_guesses(void **state)
{
    const struct test_perfdata_event event = {.no_monotonic_clock = true};
    const struct test_perfdata_options options = {.events = &event, .event_count = 1};
    struct run run;

    run_begin(&run, &options);
    comm(&run, 1, PID, "engine", true);
    map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
    dump_load(&run, 100, 0x10000, 0x100, "first");
    dump_load(&run, 200, 0x10000, 0x100, "second");
    dump_load(&run, 300, 0x11000, 0x100, "only");
    sample_at(&run, 150, PID, 0x10010);
    sample_at(&run, 150, PID, 0x11010);
    sample_at(&run, 150, PID, 0x12010);
    run_expect(&run, "engine;second 1\nengine;only 1\nengine;[jit] 1\n");
    assert_int_equal(run.profile.ambiguous_samples, 1);
    assert_int_equal(run.profile.unknown[JT_REASON_CLOCK].samples, 1);
    run_end(&run);
}

static void test_a_dump_cut_short_is_the_reason_for_what_came_later(void **state)
{
    struct run run;

    run_begin(&run, NULL);
    comm(&run, 1, PID, "engine", true);
    map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
    dump_load(&run, 100, 0x10000, 0x100, "whole");
    dump_load(&run, 200, 0x11000, 0x100, "torn");
    run.dump.length -= 20;
    sample_at(&run, 150, PID, 0x10010);
    sample_at(&run, 90, PID, 0x11010);
    sample_at(&run, 250, PID, 0x11010);
    run_expect(&run, "engine;[jit] 2\nengine;whole 1\n");
    assert_int_equal(run.profile.unknown[JT_REASON_NOT_IN_MAP].samples, 1);
    assert_int_equal(run.profile.unknown[JT_REASON_DUMP_TORN].samples, 1);
    run_end(&run);
}

static void test_a_map_of_another_user_is_refused_unless_trusted(void **state)
{
    const char *map = "10000 100 planted\n";
    struct run run;
    char *path = NULL;

    if (geteuid() != 0) {
        print_message("needs root to make a file of another user\n");
        skip();
    }
    for (int trusts = 0; trusts < 2; trusts++) {
        run_begin(&run, NULL);
        comm(&run, 1, PID, "engine", true);
        map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
        path = jt_format("%s/perf-%d.map", run.folder, PID);
        test_write_file(path, map, strlen(map));
        assert_int_equal(chown(path, 65534, 65534), 0);
        run.request.trusts_maps = trusts == 1;
        sample_at(&run, 10, PID, 0x10010);
        run_expect(&run, trusts ? "engine;planted 1\n" : "engine;[jit] 1\n");
        assert_int_equal(run.profile.unknown[JT_REASON_MAP_OWNER].samples, !trusts);
        assert_int_equal(run.diag.warnings, !trusts);
        free(path);
        run_end(&run);
    }
}

static void test_a_map_beside_the_recording_is_found(void **state)
{
    const char *map = "10000 100 found\n";
    struct run run;
    char *path = NULL;

    run_begin(&run, NULL);
    comm(&run, 1, PID, "engine", true);
    map_memory(&run, 2, PID, 0x10000, 0x10000, "/memfd:code (deleted)");
    path = jt_format("%s/perf-%d.map", run.folder, PID);
    test_write_file(path, map, strlen(map));
    sample_at(&run, 10, PID, 0x10010);
    run_expect(&run, "engine;found 1\n");
    free(path);
    run_end(&run);
}

static void test_the_markers_dump_is_found_in_a_copy_of_the_system(void **state)
{
    struct run run;
    char *inside = NULL;

    run_begin(&run, NULL);
    comm(&run, 1, PID, "engine", true);
    map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
    map_memory(&run, 3, PID, 0x90000, 0x1000, "/app/jit-4711.dump");
    dump_load(&run, 100, 0x10000, 0x100, "inside");
    inside = jt_format("%s/app", run.folder);
    assert_int_equal(mkdir(inside, 0700), 0);
    free(inside);
    inside = jt_format("%s/app/jit-%d.dump", run.folder, PID);
    test_write_file(inside, run.dump.bytes, run.dump.length);
    jt_buf_clear(&run.dump);
    run.request.symfs = run.folder;
    sample_at(&run, 110, PID, 0x10010);
    run_expect(&run, "engine;inside 1\n");
    free(inside);
    run_end(&run);
}

static void test_a_dump_of_an_inner_pid_is_known_by_its_marker(void **state)
{
    struct run run;

    run_begin(&run, NULL);
    comm(&run, 1, PID, "engine", true);
    map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
    map_memory(&run, 3, PID, 0x90000, 0x1000, "/app/jit-7.dump");
    dump_header(&run, 7);
    dump_load(&run, 100, 0x10000, 0x100, "inner");
    free(run.dump_path);
    run.dump_path = jt_format("%s/jit-7.dump", run.elsewhere);
    sample_at(&run, 110, PID, 0x10010);
    run_expect(&run, "engine;inner 1\n");
    run_end(&run);
}

static void test_names_are_taken_apart_and_tiers_merged(void **state)
{
    for (int splits = 0; splits < 2; splits++) {
        struct run run;

        run_begin(&run, NULL);
        comm(&run, 1, PID, "node", true);
        map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
        dump_load(&run, 100, 0x10000, 0x100, "JS:~work /srv/app.js:2:14");
        dump_load(&run, 200, 0x11000, 0x100, "JS:*work /srv/app.js:2:14");
        run.request.splits_tiers = splits == 1;
        sample_at(&run, 150, PID, 0x10010);
        sample_at(&run, 250, PID, 0x11010);
        sample_at(&run, 251, PID, 0x11010);
        run_expect(&run, "node;work app.js:2 3\n");
        assert_int_equal(run.profile.nodes.count, splits ? 4 : 3);
        assert_int_equal(run.profile.shares[JT_SHARE_INTERPRETER], 1);
        assert_int_equal(run.profile.shares[JT_SHARE_OPTIMIZED], 2);
        run_end(&run);
    }
}

static void test_raw_names_stay_and_semicolons_do_not_split_frames(void **state)
{
    struct run run;

    run_begin(&run, NULL);
    comm(&run, 1, PID, "node", true);
    map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
    dump_load(&run, 100, 0x10000, 0x100, "RegExp:a;b\nc");
    run.request.raw_names = true;
    sample_at(&run, 150, PID, 0x10010);
    run_expect(&run, "node;RegExp:a:b c 1\n");
    run_end(&run);
}

static void test_weights_are_periods_when_they_differ(void **state)
{
    struct jt_sample event = {
        .time_ns = 10, .pid = PID, .tid = PID, .period = 5, .mode = JT_MODE_USER, .ip = 0x10010};
    struct run run;

    run_begin(&run, NULL);
    comm(&run, 1, PID, "engine", true);
    map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
    test_perfdata_sample(&run.perfdata, &event);
    event.period = 7;
    test_perfdata_sample(&run.perfdata, &event);
    run_expect(&run, "engine;[jit] 12\n");
    assert_int_equal(run.profile.samples, 2);
    run_end(&run);
}

static void test_another_event_can_be_chosen(void **state)
{
    const struct test_perfdata_event events[] = {{.name = "cycles"}, {.name = "faults"}};
    const struct test_perfdata_options options = {.events = events, .event_count = 2};
    const char *const chosen[] = {NULL, "faults"};

    for (size_t i = 0; i < 2; i++) {
        struct jt_sample event = {
            .time_ns = 10, .pid = PID, .tid = PID, .period = 1, .mode = JT_MODE_USER, .ip = 0x10};
        struct run run;

        run_begin(&run, &options);
        comm(&run, 1, PID, "engine", true);
        test_perfdata_sample(&run.perfdata, &event);
        event.event = 1;
        test_perfdata_sample(&run.perfdata, &event);
        test_perfdata_sample(&run.perfdata, &event);
        run.request.event = chosen[i];
        run_expect(&run, i ? "engine;[unknown] 2\n" : "engine;[unknown] 1\n");
        assert_int_equal(run.profile.other_samples, i ? 1 : 2);
        assert_string_equal(run.profile.event, i ? "faults" : "cycles");
        run_end(&run);
    }
}

static void test_stacks_as_deep_as_the_kernel_keeps_are_counted(void **state)
{
    uint64_t chain[129] = {0};
    struct run run;

    run_begin(&run, NULL);
    comm(&run, 1, PID, "engine", true);
    for (size_t depth = 126; depth <= 128; depth++) {
        for (size_t i = 0; i < depth; i++)
            chain[i] = 0x10010;
        deep_sample(&run, 10 + depth, chain, depth);
    }
    test_perfdata_finish_to(&run.perfdata, run.data_path);
    assert_int_equal(jt_profile_open(&run.request, &run.diag, &run.profile), JITNEY_OK);
    assert_int_equal(run.profile.samples, 3);
    assert_int_equal(run.profile.cut_stacks, 1);
    run_end(&run);
}

/* A recording that perf inject has been over, with the ELF but without the dump. */
static void test_an_elf_of_perf_inject_is_jit_code(void **state)
{
    char *folder = test_folder_make();
    char *fixture = test_unpacked_fixture(folder, "llvm/mcjit.injected.perf.data");
    char *elf = test_fixture("llvm/jitted-17704-1.so");
    char *data_copy = jt_format("%s/perf.data", folder);
    char *elf_copy = jt_format("%s/jitted-17704-1.so", folder);
    struct jt_profile_request request = {.path = data_copy};
    struct jt_diag diag = {0};
    struct jt_profile profile;
    uint8_t *bytes = NULL;
    size_t count = 0;
    uint64_t in_code = 0;

    bytes = test_read_file(fixture, &count);
    test_write_file(data_copy, bytes, count);
    free(bytes);
    bytes = test_read_file(elf, &count);
    test_write_file(elf_copy, bytes, count);
    free(bytes);
    assert_int_equal(jt_profile_open(&request, &diag, &profile), JITNEY_OK);
    for (size_t i = 0; i < profile.nodes.count; i++)
        if (profile.frames.at[jt_nodes_frame(&profile.nodes, i)].kind == JT_FRAME_JIT)
            in_code += jt_nodes_self(&profile.nodes, i);
    assert_true(in_code > 50);
    assert_int_equal(profile.jit_samples, in_code);
    jt_profile_release(&profile);
    test_folder_remove(folder);
    free(fixture);
    free(elf);
    free(data_copy);
    free(elf_copy);
}

static void test_the_files_of_a_killed_recorder_are_found_where_they_lie(void **state)
{
    for (int is_complete = 0; is_complete < 2; is_complete++) {
        struct run run;
        char *json = NULL;
        char *facts = NULL;

        run_begin(&run, NULL);
        json = jt_format("%s/trace.json", run.folder);
        facts = jt_format("{\"complete\": %s, \"cwd\": \"%s\"}", is_complete ? "true" : "false",
                          run.elsewhere);
        test_write_file(json, facts, strlen(facts));
        comm(&run, 1, PID, "engine", true);
        map_memory(&run, 2, PID, 0x10000, 0x10000, "//anon");
        dump_load(&run, 100, 0x10000, 0x100, "left behind");
        test_write_file(run.dump_path, run.dump.bytes, run.dump.length);
        jt_buf_clear(&run.dump);
        run.request.path = run.folder;
        sample_at(&run, 110, PID, 0x10010);
        run_expect(&run, is_complete ? "engine;[jit] 1\n" : "engine;left behind 1\n");
        free(json);
        free(facts);
        run_end(&run);
    }
}

static void test_losses_are_counted(void **state)
{
    const struct jt_loss loss = {.time_ns = 20, .count = 17};
    struct run run;

    run_begin(&run, NULL);
    comm(&run, 1, PID, "engine", true);
    sample_at(&run, 10, PID, 0x10010);
    test_perfdata_lost(&run.perfdata, &loss);
    run_expect(&run, "engine;[unknown] 1\n");
    assert_int_equal(run.profile.lost_samples, 17);
    run_end(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_reused_address_has_the_name_of_its_time),
        cmocka_unit_test(test_moved_code_keeps_its_name_and_leaves_its_place),
        cmocka_unit_test(test_the_same_stack_is_looked_up_again_when_code_changes),
        cmocka_unit_test(test_return_addresses_belong_to_the_call_before_them),
        cmocka_unit_test(test_a_garbage_frame_pointer_costs_the_rest_of_the_chain_only),
        cmocka_unit_test(test_a_map_has_its_last_definition_and_says_so),
        cmocka_unit_test(test_a_child_has_its_parents_code_until_it_executes),
        cmocka_unit_test(test_a_reused_pid_is_another_process),
        cmocka_unit_test(test_a_file_mapped_over_code_ends_it),
        cmocka_unit_test(test_a_map_of_another_process_is_named_as_the_reason),
        cmocka_unit_test(test_without_any_map_the_reason_is_that),
        cmocka_unit_test(test_without_the_monotonic_clock_dump_names_are_guesses),
        cmocka_unit_test(test_a_dump_cut_short_is_the_reason_for_what_came_later),
        cmocka_unit_test(test_a_map_of_another_user_is_refused_unless_trusted),
        cmocka_unit_test(test_a_map_beside_the_recording_is_found),
        cmocka_unit_test(test_the_markers_dump_is_found_in_a_copy_of_the_system),
        cmocka_unit_test(test_a_dump_of_an_inner_pid_is_known_by_its_marker),
        cmocka_unit_test(test_names_are_taken_apart_and_tiers_merged),
        cmocka_unit_test(test_raw_names_stay_and_semicolons_do_not_split_frames),
        cmocka_unit_test(test_weights_are_periods_when_they_differ),
        cmocka_unit_test(test_another_event_can_be_chosen),
        cmocka_unit_test(test_stacks_as_deep_as_the_kernel_keeps_are_counted),
        cmocka_unit_test(test_an_elf_of_perf_inject_is_jit_code),
        cmocka_unit_test(test_the_files_of_a_killed_recorder_are_found_where_they_lie),
        cmocka_unit_test(test_losses_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
