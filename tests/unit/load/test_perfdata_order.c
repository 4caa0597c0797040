/* In which order records come out: rounds, no rounds, compressed ones, several
 * files, call chains that are completed later. */
#include "unit/load/perfdata_reading.h"

#include "base/buf.h"

#include <inttypes.h>
#include <sys/stat.h>

/* The times of the samples of a reading, in their order. */
static char *times_of(struct reading *reading)
{
    struct jt_buf times = JT_BUF_INIT(1 << 20);
    const char *at = reading_text(reading);

    for (at = strstr(at, "sample "); at; at = strstr(at + 1, "sample ")) {
        unsigned long long time = 0;

        assert_int_equal(sscanf(at, "sample %*s %llu", &time), 1);
        jt_buf_printf(&times, "%llu ", time);
    }
    jt_buf_append(&times, "", 1);
    return (char *)times.bytes;
}

static void check_times(struct reading *reading, const char *expected)
{
    char *times = times_of(reading);

    assert_string_equal(times, expected);
    free(times);
}

/* Two rings, written one after the other in each round; the second has records
 * that are older than the last of the first. */
static void put_two_rings(struct test_perfdata *file, bool has_rounds)
{
    static const uint64_t rounds[3][6] = {
        {10, 30, 50, 20, 25, 60}, {55, 70, 90, 80, 85, 95}, {100, 120, 130, 92, 110, 140}};

    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 6; j++)
            put_sample(file, rounds[i][j], j < 3 ? 1 : 2);
        if (has_rounds)
            test_perfdata_finished_round(file);
    }
}

#define TWO_RINGS "10 20 25 30 50 55 60 70 80 85 90 92 95 100 110 120 130 140 "

static void test_two_rings_come_in_order_with_rounds_and_without(void **state)
{
    for (unsigned i = 0; i < 8; i++) {
        struct test_perfdata file;
        struct reading reading;

        test_perfdata_begin(&file, &(struct test_perfdata_options){
                                       .is_pipe = i & 2,
                                       .compression = i & 4 ? JT_PERF_RECORD_COMPRESSED : 0,
                                       .slice_bytes = 100});
        put_two_rings(&file, i & 1);
        reading_of(&reading, &file);
        check_times(&reading, TWO_RINGS);
        assert_int_equal(reading_facts(&reading)->out_of_order, 0);
        reading_end(&reading);
    }
}

/* Times that only fall are as many runs as records. */
static void test_a_file_that_runs_backward_comes_out_forward(void **state)
{
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){0});
    for (uint64_t time = 5000; time > 0; time--)
        put_sample(&file, time, 1);
    reading_of(&reading, &file);
    assert_int_equal(reading.seen.samples, 5000);
    assert_int_equal(reading.seen.backward, 0);
    assert_int_equal(reading_facts(&reading)->out_of_order, 0);
    reading_end(&reading);
}

static void test_equal_times_stay_in_the_order_of_the_file(void **state)
{
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){0});
    put_sample(&file, 10, 1);
    put_sample(&file, 10, 2);
    put_sample(&file, 5, 3);
    put_sample(&file, 10, 4);
    put_sample(&file, 5, 5);
    reading_of(&reading, &file);
    assert_string_equal(reading_text(&reading),
                        USUAL_SAMPLE_TEXT("5", "3") USUAL_SAMPLE_TEXT("5", "5")
                            USUAL_SAMPLE_TEXT("10", "1") USUAL_SAMPLE_TEXT("10", "2")
                                USUAL_SAMPLE_TEXT("10", "4"));
    reading_end(&reading);
}

/* Older than what two rounds ago had already: it comes late, and is counted. */
static void test_a_record_that_breaks_its_round_is_given_and_counted(void **state)
{
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){0});
    put_sample(&file, 10, 1);
    put_sample(&file, 20, 1);
    test_perfdata_finished_round(&file);
    put_sample(&file, 30, 1);
    test_perfdata_finished_round(&file);
    put_sample(&file, 15, 1);
    put_sample(&file, 40, 1);
    reading_of(&reading, &file);
    check_times(&reading, "10 20 15 30 40 ");
    assert_int_equal(reading_facts(&reading)->out_of_order, 1);
    reading_end(&reading);
}

/* What stops in the first round has not looked at the rest of the file. */
static void test_rounds_are_given_before_the_file_is_read_to_its_end(void **state)
{
    struct test_perfdata file;
    struct reading reading;
    size_t bytes = 0;
    const uint8_t *content = NULL;

    test_perfdata_begin(&file, &(struct test_perfdata_options){0});
    put_two_rings(&file, true);
    test_perfdata_begin_record(&file, JT_PERF_RECORD_TIME_CONV, 0);
    for (int i = 0; i < 3; i++)
        test_perfdata_u64(&file, 7);
    test_perfdata_end_record(&file);
    content = test_perfdata_finish(&file, &bytes);
    assert_int_equal(reading_open_bytes(&reading, content, bytes), JITNEY_OK);
    reading.seen.stop_after = 1;
    reading.seen.stop_status = 77;
    assert_int_equal(jt_perfdata_read(reading.perfdata, &reading.sink), 77);
    assert_int_equal(reading.seen.samples, 1);
    assert_int_equal(reading_facts(&reading)->time_mult, 0);
    reading_end(&reading);
    test_perfdata_release(&file);
}

/* Without a sample_id mappings have no time and cannot wait for their turn. */
static void test_records_without_time_come_as_soon_as_they_are_read(void **state)
{
    const struct test_perfdata_event event = {.no_sample_id_all = true};
    const struct jt_mapping mapping = {
        .pid = 1, .tid = 1, .start = 1, .bytes = 1, .path = "x", .is_executable = true};
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){.events = &event, .event_count = 1});
    put_sample(&file, 50, 100);
    test_perfdata_fork(&file, &(struct jt_task){40, 7, 7, 1, 1});
    test_perfdata_mmap(&file, &mapping);
    reading_of(&reading, &file);
    assert_string_equal(reading_text(&reading),
                        "fork 7/7 40 of 1/1\n"
                        "map 1/1 -1 1+1@0 x exec inode 0:0:0\n" USUAL_SAMPLE_TEXT("50", "100"));
    reading_end(&reading);
}

static void test_compressed_records_are_the_same_as_plain_ones(void **state)
{
    static const uint32_t kinds[] = {JT_PERF_RECORD_COMPRESSED, JT_PERF_RECORD_COMPRESSED2};
    static const size_t slices[] = {1, 7, 100, 1000, 30000};

    for (size_t i = 0; i < COUNT(kinds) * COUNT(slices) * 4; i++) {
        struct test_perfdata file;
        struct reading reading;

        test_perfdata_begin(&file, &(struct test_perfdata_options){.compression = kinds[i % 2],
                                                                   .slice_bytes = slices[i / 8],
                                                                   .is_pipe = i & 2,
                                                                   .swapped = i & 4});
        put_one_of_each(&file);
        reading_of(&reading, &file);
        assert_string_equal(reading_text(&reading), ONE_OF_EACH_TEXT);
        assert_int_equal(reading_facts(&reading)->torn_bytes, 0);
        reading_end(&reading);
    }
}

/* More than one chunk of unpacked bytes, and chains that straddle them. */
static void test_a_long_compressed_stream_is_read_whole(void **state)
{
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){
                                   .compression = JT_PERF_RECORD_COMPRESSED, .slice_bytes = 50000});
    for (uint64_t i = 0; i < 20000; i++) {
        put_sample(&file, 10 + (i ^ 1), 1);
        if (i % 1000 == 999)
            test_perfdata_finished_round(&file);
    }
    reading_of(&reading, &file);
    assert_int_equal(reading.seen.samples, 20000);
    assert_int_equal(reading.seen.backward, 0);
    reading_end(&reading);
}

/* The size of COMPRESSED2 may pass 65535, where it wraps. The payload here is a zstd frame of one
 * raw block, then a skippable frame. */
static void test_a_compressed_record_larger_than_its_size_field_is_read(void **state)
{
    static const uint16_t content = 65488;
    const uint32_t block = (uint32_t)content << 3 | 1; /* the last one, raw */
    uint8_t frame[12] = {0x28, 0xb5, 0x2f, 0xfd, 0xa0, content & 0xff, content >> 8};
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){0});
    test_perfdata_begin_record(&file, JT_PERF_RECORD_COMPRESSED2, 0);
    test_perfdata_u64(&file, sizeof(frame) + content + 28);
    memcpy(frame + 9, &block, 3);
    test_perfdata_bytes(&file, frame, sizeof(frame));
    for (size_t i = 0; i < content / 16; i++) {
        test_perfdata_u64(&file, 60 | UINT64_C(16) << 48); /* of an unknown type */
        test_perfdata_u64(&file, 0);
    }
    test_perfdata_bytes(&file, "\x50\x2a\x4d\x18\x14\0\0\0....................", 28);
    assert_int_equal(file.bytes.length - file.record_start, 65544);
    test_perfdata_end_record(&file);
    put_sample(&file, 50, 100);
    reading_of(&reading, &file);
    assert_string_equal(reading_text(&reading), USUAL_SAMPLE_TEXT("50", "100"));
    assert_int_equal(reading_facts(&reading)->bad_records, 0);
    assert_int_equal(reading_facts(&reading)->torn_bytes, 0);
    reading_end(&reading);
}

static void put_deferred_sample(struct test_perfdata *file, uint64_t time, uint32_t tid,
                                uint64_t cookie)
{
    uint64_t chain[] = {JT_CONTEXT_KERNEL, 0xffffffff81000100, JT_CONTEXT_USER_DEFERRED, cookie};
    struct jt_sample sample = usual_sample(time, tid);

    sample.mode = JT_MODE_KERNEL;
    sample.ip = chain[1];
    sample.chain = chain;
    sample.chain_count = COUNT(chain);
    test_perfdata_sample(file, &sample);
}

static void put_user_part(struct test_perfdata *file, uint64_t time, uint32_t tid, uint64_t cookie,
                          bool has_marker)
{
    test_perfdata_begin_record(file, JT_PERF_RECORD_CALLCHAIN_DEFERRED, JT_PERF_MISC_USER);
    test_perfdata_u64(file, cookie);
    test_perfdata_u64(file, has_marker ? 3 : 2);
    if (has_marker)
        test_perfdata_u64(file, JT_CONTEXT_USER);
    test_perfdata_u64(file, 0x401000);
    test_perfdata_u64(file, 0x402000);
    test_perfdata_end_kernel_record(file, 100, tid, time);
}

#define DEFERRED_TEXT(time, tid)                                                                   \
    "sample 100/" tid " " time " cpu 3 event 0 period 5 kernel ffffffff81000100 :"                 \
    " ffffffffffffff80 ffffffff81000100"
#define USER_PART_TEXT " fffffffffffffe00 401000 402000\n"

static void test_a_deferred_user_part_completes_its_samples(void **state)
{
    for (unsigned i = 0; i < 4; i++) {
        struct test_perfdata file;
        struct reading reading;

        test_perfdata_begin(&file, &(struct test_perfdata_options){.swapped = i & 1});
        put_deferred_sample(&file, 10, 1, 1000);
        put_deferred_sample(&file, 11, 2, 1000);
        put_deferred_sample(&file, 12, 1, 1000);
        put_deferred_sample(&file, 13, 1, 1001);
        put_user_part(&file, 20, 1, 1000, i & 2);
        put_user_part(&file, 21, 2, 1000, i & 2);
        put_user_part(&file, 22, 2, 1001, i & 2);
        reading_of(&reading, &file);
        assert_string_equal(reading_text(&reading),
                            DEFERRED_TEXT("10", "1") USER_PART_TEXT DEFERRED_TEXT("12", "1")
                                USER_PART_TEXT DEFERRED_TEXT("11", "2")
                                    USER_PART_TEXT DEFERRED_TEXT("13", "1") "\n");
        assert_int_equal(reading_facts(&reading)->unmatched_chains, 1);
        assert_int_equal(reading_facts(&reading)->samples, 4);
        reading_end(&reading);
    }
}

static void test_samples_whose_user_part_never_comes_are_given_and_bounded(void **state)
{
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){0});
    for (uint64_t i = 0; i < 5000; i++)
        put_deferred_sample(&file, 10 + i, 1, i);
    reading_of(&reading, &file);
    assert_int_equal(reading.seen.samples, 5000);
    assert_int_equal(reading.seen.backward, 0);
    assert_int_equal(reading_facts(&reading)->unmatched_chains, 5000);
    assert_null(strstr(reading_text(&reading), "fffffffffffffd80"));
    reading_end(&reading);
}

/* Only the records of a file, as perf's data.N has them. */
static void write_part(const char *folder, const char *name, uint64_t first_time, uint32_t tid)
{
    struct test_perfdata file;
    char *path = jt_format("%s/%s", folder, name);

    test_perfdata_begin(&file, &(struct test_perfdata_options){.unfinished = true});
    for (uint64_t i = 0; i < 3; i++)
        put_sample(&file, first_time + 10 * i, tid);
    test_write_file(path, file.bytes.bytes + file.data_start, file.bytes.length - file.data_start);
    test_perfdata_release(&file);
    free(path);
}

static void test_the_files_of_a_directory_are_merged_by_time(void **state)
{
    char *folder = test_folder_make();
    char *path = jt_format("%s/data", folder);
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){0});
    put_sample(&file, 15, 9);
    test_perfdata_finished_round(&file);
    test_perfdata_finished_round(&file);
    test_perfdata_finish_to(&file, path);
    write_part(folder, "data.0", 10, 1);
    write_part(folder, "data.10", 12, 2);
    reading_begin(&reading);
    assert_int_equal(jt_perfdata_open(folder, &reading.diag, &reading.perfdata), JITNEY_OK);
    assert_int_equal(jt_perfdata_read(reading.perfdata, &reading.sink), JITNEY_OK);
    check_times(&reading, "10 12 15 20 22 30 32 ");
    reading_end(&reading);
    free(path);
    test_folder_remove(folder);
}

/* Larger than the cache of blocks, so that what waits is read again. */
static void test_a_large_file_without_rounds_is_read_again_in_order(void **state)
{
    char *folder = test_folder_make();
    char *path = jt_format("%s/perf.data", folder);
    struct test_perfdata file;
    struct reading reading;
    uint64_t chain[2000];

    for (size_t i = 0; i < COUNT(chain); i++)
        chain[i] = i ? 0x400000 + i : JT_CONTEXT_USER;
    test_perfdata_begin(&file, &(struct test_perfdata_options){0});
    for (uint64_t i = 0; i < 800; i++) {
        struct jt_sample sample = usual_sample(i < 400 ? 10 + 2 * i : 11 + 2 * (i - 400), 1);

        sample.chain = chain;
        sample.chain_count = 1200 + i;
        test_perfdata_sample(&file, &sample);
    }
    test_perfdata_finish_to(&file, path);
    reading_begin(&reading);
    assert_int_equal(jt_perfdata_open(path, &reading.diag, &reading.perfdata), JITNEY_OK);
    assert_int_equal(jt_perfdata_read(reading.perfdata, &reading.sink), JITNEY_OK);
    assert_int_equal(reading.seen.samples, 800);
    assert_int_equal(reading.seen.backward, 0);
    assert_int_equal(reading.seen.frames, 800 * 1200 + 799 * 400);
    reading_end(&reading);
    free(path);
    test_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_rings_come_in_order_with_rounds_and_without),
        cmocka_unit_test(test_a_file_that_runs_backward_comes_out_forward),
        cmocka_unit_test(test_equal_times_stay_in_the_order_of_the_file),
        cmocka_unit_test(test_a_record_that_breaks_its_round_is_given_and_counted),
        cmocka_unit_test(test_rounds_are_given_before_the_file_is_read_to_its_end),
        cmocka_unit_test(test_records_without_time_come_as_soon_as_they_are_read),
        cmocka_unit_test(test_compressed_records_are_the_same_as_plain_ones),
        cmocka_unit_test(test_a_long_compressed_stream_is_read_whole),
        cmocka_unit_test(test_a_compressed_record_larger_than_its_size_field_is_read),
        cmocka_unit_test(test_a_deferred_user_part_completes_its_samples),
        cmocka_unit_test(test_samples_whose_user_part_never_comes_are_given_and_bounded),
        cmocka_unit_test(test_the_files_of_a_directory_are_merged_by_time),
        cmocka_unit_test(test_a_large_file_without_rounds_is_read_again_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
