#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/sample/permission.h"
#include "analysis/sample/sampler.h"
#include "analysis/sample/sampler_events.h"
#include "analysis/sample/sampler_synth.h"
#include "analysis/sample/sampler_watch.h"
#include "base/alloc.h"
#include "base/thousands.h"
#include "jitney/status.h"
#include "support/files.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A kernel that has some events and permits some things. */
struct fake_kernel {
    int no_cycles;   /* errno for the hardware event; 0: it is there */
    int no_kernel;   /* errno when kernel code is to be sampled */
    int no_lost;     /* errno for the read format with the count of lost records */
    int no_sampling; /* errno for everything */
};

static int fake_open(void *context, const struct jt_perf_attr *attr, int32_t task, int cpu)
{
    const struct fake_kernel *kernel = context;

    if (kernel->no_sampling)
        return -kernel->no_sampling;
    if (kernel->no_lost && attr->read_format & JT_PERF_FORMAT_LOST)
        return -kernel->no_lost;
    if (kernel->no_cycles && attr->type == JT_PERF_TYPE_HARDWARE)
        return -kernel->no_cycles;
    if (kernel->no_kernel && !(attr->flags & JT_PERF_ATTR_EXCLUDE_KERNEL))
        return -kernel->no_kernel;
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void test_the_best_event_that_opens_is_chosen(void **state)
{
    static const struct {
        struct fake_kernel kernel;
        bool user_only;
        int error;
        const char *event;
        bool has_kernel;
        bool counts_lost;
    } rows[] = {
        {{0}, false, 0, "cycles", true, true},
        {{0}, true, 0, "cycles", false, true},
        {{.no_cycles = ENOENT}, false, 0, "cpu-clock", true, true},
        {{.no_cycles = EOPNOTSUPP}, false, 0, "cpu-clock", true, true},
        {{.no_cycles = ENOENT, .no_kernel = EACCES}, false, 0, "cpu-clock", false, true},
        {{.no_kernel = EPERM}, false, 0, "cycles", false, true},
        {{.no_lost = EINVAL}, false, 0, "cycles", true, false},
        {{.no_lost = EINVAL, .no_cycles = ENODEV, .no_kernel = EACCES},
         false,
         0,
         "cpu-clock",
         false,
         false},
        {{.no_sampling = EPERM}, false, EPERM, NULL, false, false},
        {{.no_sampling = ENOSYS}, false, ENOSYS, NULL, false, false},
        {{.no_sampling = ESRCH}, false, ESRCH, NULL, false, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fake_kernel kernel = rows[i].kernel;
        const struct jt_events_opener opener = {fake_open, &kernel};
        const struct jt_events_wish wish = {.frequency = 999, .user_only = rows[i].user_only};
        struct jt_events_choice choice;

        assert_int_equal(jt_events_choose(&opener, &wish, 1, &choice), rows[i].error);
        if (rows[i].error)
            continue;
        assert_string_equal(choice.name, rows[i].event);
        assert_int_equal(choice.has_kernel, rows[i].has_kernel);
        assert_int_equal((choice.attr.read_format & JT_PERF_FORMAT_LOST) != 0, rows[i].counts_lost);
    }
}

static void test_a_refusal_names_the_setting_and_what_to_do(void **state)
{
    static const struct {
        struct jt_permission_facts facts;
        int error;
        uint32_t attached;
        const char *says;
        const char *advises;
    } rows[] = {
        {{.paranoid = 4}, EACCES, 0, "perf_event_paranoid is 4", "sysctl"},
        {{.paranoid = 2, .has_seccomp_filter = true}, EPERM, 0, "seccomp", "--cap-add PERFMON"},
        {{.paranoid = 2, .user = 1000}, EACCES, 12, "process 12", "CAP_PERFMON"},
        {{.paranoid = 1}, EPERM, 0, "security module", "perf_event_open"},
        {{.paranoid = JT_PERMISSION_UNKNOWN}, EPERM, 0, "sandbox", "perf_event_open"},
        {{.paranoid = 2}, ESRCH, 12, "no process 12", ""},
        {{.paranoid = 2}, ENOSYS, 0, "CONFIG_PERF_EVENTS", "gVisor"},
        {{.paranoid = 2}, EMFILE, 0, "too many files", "ulimit -n"},
        {{.paranoid = 2}, ENOENT, 0, "cpu-clock", ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *text = jt_permission_explain_open(&rows[i].facts, rows[i].error, rows[i].attached);

        assert_non_null(strstr(text, rows[i].says));
        assert_non_null(strstr(text, rows[i].advises));
        assert_null(strchr(text, '\n'));
        free(text);
    }
}

static void test_cpu_lists_are_read_as_the_kernel_writes_them(void **state)
{
    static const struct {
        const char *text;
        size_t count;
        int last;
    } rows[] = {
        {"0\n", 1, 0},
        {"0-3\n", 4, 3},
        {"0-1,4,6-7\n", 5, 7},
        {"\n", 0, 0},
        {"0-99999999999\n", 16384, 16383},
        {"3-1\n", 0, 0},
        {"junk", 0, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct jt_events_cpu_list list = {0};

        jt_events_parse_cpus(rows[i].text, &list);
        assert_int_equal(list.at.count, rows[i].count);
        if (rows[i].count)
            assert_int_equal(list.at.at[list.at.count - 1], rows[i].last);
        jt_vec_release(&list.at);
    }
}

static void test_lines_of_proc_maps_become_mappings(void **state)
{
    static const struct {
        const char *line;
        bool is_mapping;
        const char *path;
        uint32_t protection;
        uint32_t flags;
    } rows[] = {
        {"55-66 r-xp 00001000 fe:00 42                         /usr/bin/a b (deleted)\n", true,
         "/usr/bin/a b (deleted)", PROT_READ | PROT_EXEC, MAP_PRIVATE},
        {"55-66 rwxs 00001000 fe:00 42 \n", true, "//anon", PROT_READ | PROT_WRITE | PROT_EXEC,
         MAP_SHARED},
        {"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n",
         true, "[vsyscall]", PROT_EXEC, MAP_PRIVATE},
        {"55-66 r-x\n", false, NULL, 0, 0},
        {"nonsense\n", false, NULL, 0, 0},
        {"", false, NULL, 0, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *line = jt_strdup(rows[i].line);
        struct jt_synth_mapping mapping;

        assert_int_equal(jt_synth_parse_mapping(line, &mapping), rows[i].is_mapping);
        if (rows[i].is_mapping) {
            assert_string_equal(mapping.path, rows[i].path);
            assert_int_equal(mapping.protection, rows[i].protection);
            assert_int_equal(mapping.flags, rows[i].flags);
        }
        free(line);
    }
}

struct stream {
    uint8_t bytes[1024];
    size_t count;
};

static void put_record(struct stream *stream, uint32_t type, uint16_t misc, size_t body_bytes,
                       const void *body)
{
    struct jt_perf_event_header header = {type, misc, (uint16_t)(8 + body_bytes)};

    memcpy(stream->bytes + stream->count, &header, sizeof(header));
    memcpy(stream->bytes + stream->count + 8, body, body_bytes);
    stream->count += 8 + body_bytes;
}

/* Two user samples at 30 and 20, a kernel one at 25, seven lost, a mapping. */
static void make_stream(struct stream *stream)
{
    uint64_t sample[8] = {1, 0xaaaa, 0, 30};
    const uint64_t lost[2] = {1, 7};
    uint64_t mapping[11] = {0};

    *stream = (struct stream){0};
    memcpy((char *)mapping + 64, "/no/such/file", 14);
    mapping[5] = 42; /* inode */
    put_record(stream, JT_PERF_RECORD_SAMPLE, JT_PERF_MISC_USER, sizeof(sample), sample);
    put_record(stream, JT_PERF_RECORD_MMAP2, JT_PERF_MISC_USER, sizeof(mapping), mapping);
    sample[3] = 20;
    put_record(stream, JT_PERF_RECORD_SAMPLE, JT_PERF_MISC_USER, sizeof(sample), sample);
    put_record(stream, JT_PERF_RECORD_LOST, 0, sizeof(lost), lost);
    sample[3] = 25;
    put_record(stream, JT_PERF_RECORD_SAMPLE, JT_PERF_MISC_KERNEL, sizeof(sample), sample);
}

static void test_records_count_the_same_wherever_the_ring_wraps(void **state)
{
    struct stream stream;

    make_stream(&stream);
    for (size_t cut = 8; cut <= stream.count; cut += 8) {
        struct jt_watch watch = {0};
        const struct iovec pieces[2] = {{stream.bytes, cut},
                                        {stream.bytes + cut, stream.count - cut}};

        jt_watch_records(&watch, pieces, cut < stream.count ? 2 : 1);
        assert_int_equal(watch.samples, 3);
        assert_int_equal(watch.kernel_samples, 1);
        assert_int_equal(watch.lost, 7);
        assert_int_equal(watch.first_sample_ns, 20);
        assert_int_equal(watch.last_sample_ns, 30);
        assert_int_equal(watch.fresh.count, 1);
        assert_string_equal(watch.fresh.at[0].path, "/no/such/file");
        jt_watch_read_builds(&watch);
        assert_int_equal(watch.builds.count, 0);
        jt_watch_release(&watch);
    }
}

static void test_records_with_impossible_sizes_end_the_look(void **state)
{
    struct stream stream;
    struct jt_watch watch = {0};
    struct iovec piece = {stream.bytes, 0};
    const uint16_t sizes[] = {0, 7, 60000};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        make_stream(&stream);
        memcpy(stream.bytes + 6, &sizes[i], sizeof(sizes[i]));
        piece.iov_len = stream.count;
        jt_watch_records(&watch, &piece, 1);
        assert_int_equal(watch.samples, 0);
    }
    jt_watch_release(&watch);
}

static void test_a_build_id_is_that_of_the_file_that_was_mapped(void **state)
{
    char *path = realpath("/bin/sh", NULL);
    struct jt_watch watch = {0};
    struct stat facts;

    assert_int_equal(stat(path, &facts), 0);
    for (uint64_t off = 0; off < 2; off++) { /* with 1 another file has come in its place */
        struct jt_watch_file file = {jt_strdup(path), (uint32_t)getpid(), facts.st_ino + off};

        jt_vec_push(&watch.fresh, file);
        jt_watch_read_builds(&watch);
        assert_int_equal(watch.builds.count, 1);
    }
    assert_int_equal(watch.builds.at[0].id_bytes, 20);
    assert_string_equal(watch.builds.at[0].path, path);
    jt_watch_release(&watch);
    free(path);
}

static void test_the_path_of_a_dump_becomes_that_in_the_trace(void **state)
{
    static const struct {
        const char *trace;
        const char *path;
        const char *wanted;
    } rows[] = {
        {"/t/run.jitney", "/home/me/jit-17.dump", "/t/run.jitney/jit-42.dump"},
        {"/t/run.jitney", "/t/run.jitney.old/jit-17.dump", "/t/run.jitney/jit-42.dump"},
        {"/t/run.jitney", "/t/run.jitney/jit-17.dump", NULL},
        {"/t/run.jitney", "/tmp/jit-17.dump.so", NULL},
        {"/t/run.jitney", "/tmp/jit-.dump", NULL},
        {"/t/run.jitney", "/tmp/jit-1-2.dump", NULL},
        {"/t/run.jitney", "jit-17.dump", NULL},
        {NULL, "/tmp/jit-17.dump", NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct jt_watch watch = {.trace = rows[i].trace};
        char *path = jt_watch_dump_path(&watch, 42, rows[i].path);

        if (rows[i].wanted)
            assert_string_equal(path, rows[i].wanted);
        else
            assert_null(path);
        free(path);
    }
}

static void test_numbers_get_commas(void **state)
{
    static const struct {
        uint64_t number;
        const char *text;
    } rows[] = {{0, "0"},
                {999, "999"},
                {1000, "1,000"},
                {1234567, "1,234,567"},
                {UINT64_MAX, "18,446,744,073,709,551,615"}};
    char text[JT_THOUSANDS_BYTES];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(jt_thousands(rows[i].number, text), rows[i].text);
}

/* Record `script` under sh; the status of the sampler. */
static int record_script(const char *folder, const char *script, struct jt_sampler_result *result)
{
    char *argv[] = {(char *)(uintptr_t) "/bin/sh", (char *)(uintptr_t) "-c",
                    (char *)(uintptr_t)script, (char *)(uintptr_t)folder, NULL};
    char *output = jt_format("%s/perf.data", folder);
    struct jt_diag diag = {0};
    const struct jt_sampler_request request = {
        .output = output, .frequency = 999, .argv = argv, .environment = environ};
    int status = jt_sampler_run(&request, &diag, result);

    free(output);
    return status;
}

/* Leaves the test when this machine does not let us sample at all. */
static void need_sampling(void)
{
    const struct jt_events_wish wish = {.frequency = 999};
    struct jt_events_choice choice;
    int error = jt_events_choose(&jt_events_kernel, &wish, getpid(), &choice);

    if (!error)
        return;
    print_message("skipped: perf_event_open: %s\n", strerror(error));
    skip();
}

static void test_a_program_is_sampled_and_its_status_passed_on(void **state)
{
    struct jt_sampler_result result;
    char *folder = NULL;

    need_sampling();
    folder = test_folder_make();
    assert_int_equal(
        record_script(folder, "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; exit 7", &result),
        JITNEY_OK);
    assert_true(result.was_run);
    assert_true(WIFEXITED(result.wait_status));
    assert_int_equal(WEXITSTATUS(result.wait_status), 7);
    assert_true(result.samples > 5);
    assert_int_equal(result.lost_samples, 0);
    assert_true(result.end_ns > result.start_ns);
    test_folder_remove(folder);
}

/* What a file in the folder says, as text. Free it. */
static char *read_text(const char *folder, const char *name)
{
    char *path = jt_format("%s/%s", folder, name);
    size_t bytes = 0;
    char *text = (char *)test_read_file(path, &bytes);

    text = jt_realloc(text, bytes + 1, 1);
    text[bytes] = '\0';
    free(path);
    return text;
}

/* The program has the descriptors and signal settings that it has without us. */
static void test_the_program_starts_as_if_it_were_alone(void **state)
{
    static const char script[] = "cd \"$0\"; ls /proc/self/fd | wc -l > fds;"
                                 "grep -E 'Sig(Blk|Cgt)' /proc/self/status > signals";
    struct jt_sampler_result result;
    char *with = NULL;
    char *without = NULL;
    char *command = NULL;
    static const char *const names[] = {"fds", "signals"};

    need_sampling();
    with = test_folder_make();
    without = test_folder_make();
    command = jt_format("sh -c '%s' %s",
                        "cd \"$0\"; ls /proc/self/fd | wc -l > fds;"
                        "grep -E \"Sig(Blk|Cgt)\" /proc/self/status > signals",
                        without);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own words */
    assert_int_equal(record_script(with, script, &result), JITNEY_OK);
    for (size_t i = 0; i < 2; i++) {
        char *ours = read_text(with, names[i]);
        char *theirs = read_text(without, names[i]);

        assert_string_equal(ours, theirs);
        free(ours);
        free(theirs);
    }
    free(command);
    test_folder_remove(with);
    test_folder_remove(without);
}

static void test_a_program_that_cannot_be_executed_is_an_error(void **state)
{
    char *argv[] = {(char *)(uintptr_t) "/no/such/program", NULL};
    struct jt_diag diag = {0};
    struct jt_sampler_result result;
    struct jt_sampler_request request = {.frequency = 999, .argv = argv, .environment = environ};
    char *folder = NULL;
    char *output = NULL;

    need_sampling();
    folder = test_folder_make();
    output = jt_format("%s/perf.data", folder);
    request.output = output;
    assert_int_equal(jt_sampler_run(&request, &diag, &result), JITNEY_ERR_NOT_FOUND);
    assert_int_equal(result.exec_errno, ENOENT);
    assert_false(result.was_run);
    assert_int_equal(diag.errors, 1);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing is left behind */
    free(output);
    test_folder_remove(folder);
}

static void test_an_output_that_cannot_be_made_starts_nothing(void **state)
{
    char *argv[] = {(char *)(uintptr_t) "/bin/true", NULL};
    struct jt_diag diag = {0};
    struct jt_sampler_result result;
    const struct jt_sampler_request request = {.output = "/no/such/folder/perf.data",
                                               .frequency = 999,
                                               .argv = argv,
                                               .environment = environ};

    assert_int_equal(jt_sampler_run(&request, &diag, &result), JITNEY_ERR_IO);
    assert_false(result.was_run);
    assert_int_equal(diag.errors, 1);
}

static void *spin(void *is_over)
{
    while (!__atomic_load_n((int *)is_over, __ATOMIC_RELAXED))
        continue;
    return NULL;
}

static void test_a_running_process_is_sampled_with_its_threads(void **state)
{
    int is_over = 0;
    pthread_t thread;
    uint32_t pid = (uint32_t)getpid();
    struct jt_diag diag = {0};
    struct jt_sampler_result result;
    struct jt_sampler_request request = {
        .frequency = 999, .pids = &pid, .pid_count = 1, .duration_s = 0.3};
    char *folder = NULL;
    char *output = NULL;

    need_sampling();
    folder = test_folder_make();
    output = jt_format("%s/perf.data", folder);
    request.output = output;
    assert_int_equal(pthread_create(&thread, NULL, spin, &is_over), 0);
    assert_int_equal(jt_sampler_run(&request, &diag, &result), JITNEY_OK);
    __atomic_store_n(&is_over, 1, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    assert_false(result.was_run);
    assert_true(result.samples > 30); /* the thread alone gives 300 on an idle machine */
    free(output);
    test_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_best_event_that_opens_is_chosen),
        cmocka_unit_test(test_a_refusal_names_the_setting_and_what_to_do),
        cmocka_unit_test(test_cpu_lists_are_read_as_the_kernel_writes_them),
        cmocka_unit_test(test_lines_of_proc_maps_become_mappings),
        cmocka_unit_test(test_records_count_the_same_wherever_the_ring_wraps),
        cmocka_unit_test(test_records_with_impossible_sizes_end_the_look),
        cmocka_unit_test(test_a_build_id_is_that_of_the_file_that_was_mapped),
        cmocka_unit_test(test_the_path_of_a_dump_becomes_that_in_the_trace),
        cmocka_unit_test(test_numbers_get_commas),
        cmocka_unit_test(test_a_program_is_sampled_and_its_status_passed_on),
        cmocka_unit_test(test_the_program_starts_as_if_it_were_alone),
        cmocka_unit_test(test_a_program_that_cannot_be_executed_is_an_error),
        cmocka_unit_test(test_an_output_that_cannot_be_made_starts_nothing),
        cmocka_unit_test(test_a_running_process_is_sampled_with_its_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
