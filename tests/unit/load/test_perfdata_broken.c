/* Files that are cut, damaged, changed while they are read, or no perf.data at
 * all. */
#include "unit/load/perfdata_reading.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

struct refusal {
    const char *name; /* of the case */
    size_t at;        /* where `bytes` overwrite a good file, */
    uint64_t value;   /* and with what */
    size_t cut;       /* bytes that are left; 0: all */
    const char *message;
};

static const struct refusal refusals[] = {
    {"magic", 0, 0x4c45464953, 0, "offset 0: not a perf.data file"},
    {"half a magic", 16, 160, 4, "offset 0: not a perf.data file"},
    {"header size", 8, 50, 0, "offset 8: a header of an impossible size"},
    {"cut header", 8, 104, 60, "offset 60: the file ends within its header"},
    {"no attribute size", 16, 0, 0, "offset 16: attributes of an impossible size"},
    {"small attribute", 16, 79, 0, "offset 16: attributes of an impossible size"},
    {"huge attribute", 16, UINT64_MAX, 0, "offset 16: attributes of an impossible size"},
    {"attributes far away", 24, UINT64_MAX - 8, 0, "the attributes lie outside of the file"},
    {"too many attributes", 32, UINT64_MAX, 0, "the attributes lie outside of the file"},
    {"records far away", 40, 1 << 30, 0, "offset 40: the records lie outside of the file"},
    {"records in the header", 40, 8, 0, "offset 40: the records lie outside of the file"},
};

static void check_refusal(const struct refusal *row)
{
    struct test_perfdata file;
    struct reading reading;
    size_t bytes = 0;

    print_message("%s\n", row->name);
    test_perfdata_begin(&file, &(struct test_perfdata_options){0});
    put_one_of_each(&file);
    test_perfdata_finish(&file, &bytes);
    memcpy(file.bytes.bytes + row->at, &row->value, 8);
    assert_int_equal(reading_open_bytes(&reading, file.bytes.bytes, row->cut ? row->cut : bytes),
                     JITNEY_ERR_FORMAT);
    assert_null(reading.perfdata);
    assert_non_null(strstr(reading.said, "built: offset"));
    assert_non_null(strstr(reading.said, row->message));
    assert_int_equal(reading.diag.errors, 1);
    reading_end(&reading);
    test_perfdata_release(&file);
}

static void test_a_header_that_makes_no_sense_is_refused_with_its_offset(void **state)
{
    for (size_t i = 0; i < COUNT(refusals); i++)
        check_refusal(&refusals[i]);
}

static void check_path(const char *path, int status, const char *message)
{
    struct reading reading;

    reading_begin(&reading);
    assert_int_equal(jt_perfdata_open(path, &reading.diag, &reading.perfdata), status);
    assert_null(reading.perfdata);
    fflush(reading.diag.stream);
    assert_non_null(strstr(reading.said, path));
    assert_non_null(strstr(reading.said, message));
    assert_int_equal(reading.diag.errors, 1);
    reading_end(&reading);
}

static void test_what_is_no_file_of_ours_is_refused_in_one_line(void **state)
{
    char *folder = test_folder_make();
    char *missing = jt_format("%s/missing", folder);
    char *empty = jt_format("%s/empty", folder);

    test_write_file(empty, "", 0);
    check_path(missing, JITNEY_ERR_IO, "No such file or directory");
    check_path(empty, JITNEY_ERR_FORMAT, "is empty");
    check_path("/dev/null", JITNEY_ERR_FORMAT, "is empty");
    check_path(folder, JITNEY_ERR_IO, "is a directory without perf's file \"data\"");
    mkdir(missing, 0700);
    free(missing);
    missing = jt_format("%s/missing/data", folder);
    mkdir(missing, 0700);
    missing[strlen(missing) - strlen("/data")] = '\0';
    check_path(missing, JITNEY_ERR_IO, "is not a file");
    free(missing);
    free(empty);
    test_folder_remove(folder);
}

/* Whatever is missing at the end costs no more than itself. */
static void check_every_cut(const struct test_perfdata_options *options)
{
    struct test_perfdata file;
    uint64_t samples = 0;
    size_t bytes = 0;
    const uint8_t *content = NULL;

    test_perfdata_begin(&file, options);
    put_one_of_each(&file);
    content = test_perfdata_finish(&file, &bytes);
    for (size_t cut = 1; cut <= bytes; cut++) {
        uint8_t *part = jt_alloc(cut, 1); /* so that a read past it is found */
        struct reading reading;

        memcpy(part, content, cut);
        if (reading_open_bytes(&reading, part, cut) == JITNEY_OK) {
            assert_int_equal(jt_perfdata_read(reading.perfdata, &reading.sink), JITNEY_OK);
            assert_true(reading.seen.samples >= samples);
            samples = reading.seen.samples;
        } else {
            assert_int_equal(samples, 0);
        }
        reading_end(&reading);
        free(part);
    }
    assert_int_equal(samples, 3);
    test_perfdata_release(&file);
}

static void test_a_file_cut_anywhere_gives_what_is_whole(void **state)
{
    check_every_cut(&(struct test_perfdata_options){.hostname = "box"});
    check_every_cut(&(struct test_perfdata_options){.is_pipe = true, .hostname = "box"});
    check_every_cut(&(struct test_perfdata_options){.swapped = true});
    check_every_cut(&(struct test_perfdata_options){.compression = JT_PERF_RECORD_COMPRESSED,
                                                    .slice_bytes = 100});
}

static void test_an_unfinished_file_is_read_to_its_last_whole_record(void **state)
{
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){.unfinished = true});
    put_one_of_each(&file);
    test_perfdata_begin_record(&file, JT_PERF_RECORD_SAMPLE, 0);
    test_perfdata_u64(&file, 1);
    file.bytes.bytes[file.record_start + 6] = 100; /* the size it was to have */
    reading_of(&reading, &file);
    assert_string_equal(reading_text(&reading), ONE_OF_EACH_TEXT);
    assert_true(reading_facts(&reading)->unfinished);
    assert_int_equal(reading_facts(&reading)->torn_bytes, 16);
    assert_non_null(strstr(reading.said, "did not come to the end"));
    assert_non_null(strstr(reading.said, "16 bytes after the last whole record"));
    reading_end(&reading);
}

/* A crash of the machine leaves zeros where bytes were not written yet. */
static void test_a_tail_of_zeros_ends_the_records(void **state)
{
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){.unfinished = true});
    put_one_of_each(&file);
    for (int i = 0; i < 100; i++)
        test_perfdata_u64(&file, 0);
    reading_of(&reading, &file);
    assert_string_equal(reading_text(&reading), ONE_OF_EACH_TEXT);
    assert_int_equal(reading_facts(&reading)->torn_bytes, 800);
    reading_end(&reading);
}

struct bad_record {
    uint32_t type;
    size_t words;  /* of the body before the sample_id */
    uint64_t word; /* what all of them are */
};

static const struct bad_record bad_records[] = {
    {JT_PERF_RECORD_SAMPLE, 0, 0},
    {JT_PERF_RECORD_SAMPLE, 12, UINT64_MAX},
    {JT_PERF_RECORD_SAMPLE, 12, 1000},
    {JT_PERF_RECORD_MMAP, 1, 0},
    {JT_PERF_RECORD_MMAP, 5, UINT64_MAX},
    {JT_PERF_RECORD_MMAP2, 4, 0},
    {JT_PERF_RECORD_MMAP2, 20, UINT64_MAX},
    {JT_PERF_RECORD_COMM, 0, 0},
    {JT_PERF_RECORD_COMM, 9, UINT64_MAX},
    {JT_PERF_RECORD_FORK, 2, 0},
    {JT_PERF_RECORD_EXIT, 2, 0},
    {JT_PERF_RECORD_LOST, 1, 0},
    {JT_PERF_RECORD_LOST_SAMPLES, 0, 0},
    {JT_PERF_RECORD_CALLCHAIN_DEFERRED, 2, UINT64_MAX},
    {JT_PERF_RECORD_HEADER_ATTR, 1, 1},
    {JT_PERF_RECORD_HEADER_BUILD_ID, 1, 1},
    {JT_PERF_RECORD_COMPRESSED, 4, 77},
    {JT_PERF_RECORD_COMPRESSED2, 4, UINT64_MAX},
};

static void test_a_record_that_makes_no_sense_costs_only_itself(void **state)
{
    for (size_t i = 0; i < COUNT(bad_records); i++) {
        struct test_perfdata file;
        struct reading reading;

        test_perfdata_begin(&file, &(struct test_perfdata_options){0});
        put_sample(&file, 10, 1);
        test_perfdata_begin_record(&file, bad_records[i].type, 0);
        for (size_t word = 0; word < bad_records[i].words; word++)
            test_perfdata_u64(&file, bad_records[i].word);
        if (bad_records[i].type == JT_PERF_RECORD_SAMPLE)
            test_perfdata_end_record(&file);
        else if (bad_records[i].type < JT_PERF_RECORD_USER_TYPE_START)
            test_perfdata_end_kernel_record(&file, 1, 1, 20);
        else
            test_perfdata_end_record(&file);
        put_sample(&file, 30, 1);
        reading_of(&reading, &file);
        assert_string_equal(reading_text(&reading),
                            USUAL_SAMPLE_TEXT("10", "1") USUAL_SAMPLE_TEXT("30", "1"));
        assert_int_equal(reading_facts(&reading)->bad_records, 1);
        assert_int_equal(reading.diag.warnings, 1);
        reading_end(&reading);
    }
}

static void test_damage_in_a_compressed_stream_keeps_what_came_before(void **state)
{
    struct test_perfdata file;
    struct reading reading;
    size_t middle = 0;

    test_perfdata_begin(&file, &(struct test_perfdata_options){
                                   .compression = JT_PERF_RECORD_COMPRESSED, .slice_bytes = 500});
    for (uint64_t i = 0; i < 100; i++)
        put_sample(&file, 10 + i, (uint32_t)(i * 2654435761u));
    middle = file.bytes.length;
    for (uint64_t i = 0; i < 100; i++)
        put_sample(&file, 200 + i, (uint32_t)(i * 2654435761u));
    memset(file.bytes.bytes + middle + 8, 0xff, 16);
    reading_of(&reading, &file);
    assert_in_range(reading.seen.samples, 90, 110);
    assert_true(reading_facts(&reading)->bad_records > 0);
    assert_int_equal(reading.seen.backward, 0);
    reading_end(&reading);
}

/* 20 KB that unpack to gigabytes of records that say nothing. */
static void test_a_bomb_is_given_up(void **state)
{
    static const uint8_t start[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58};
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){0});
    test_perfdata_begin_record(&file, JT_PERF_RECORD_COMPRESSED, 0);
    test_perfdata_bytes(&file, start, sizeof(start));
    for (int i = 0; i < 5000; i++) {
        const uint32_t block = 131072u << 3 | 2; /* one byte, 131072 times */

        test_perfdata_bytes(&file, &block, 3);
        test_perfdata_bytes(&file, "\x40", 1);
    }
    test_perfdata_end_record(&file);
    put_sample(&file, 10, 1);
    reading_of(&reading, &file);
    assert_string_equal(reading_text(&reading), USUAL_SAMPLE_TEXT("10", "1"));
    assert_true(reading_facts(&reading)->bad_records > 0);
    reading_end(&reading);
}

/* Ids and features that lie outside cost names, not samples. */
static void test_sections_outside_of_the_file_are_told_and_left_out(void **state)
{
    static const size_t places[] = {
        JT_PERF_FILE_HEADER_BYTES + 8 + TEST_PERFDATA_ATTR_BYTES, /* of the ids of the event */
        SIZE_MAX,                                                 /* of the first feature */
    };

    for (size_t i = 0; i < COUNT(places); i++) {
        const uint64_t far = UINT64_MAX - 3;
        struct test_perfdata file;
        struct reading reading;
        size_t data_end = 0;
        size_t bytes = 0;

        test_perfdata_begin(&file, &(struct test_perfdata_options){.hostname = "box"});
        put_one_of_each(&file);
        data_end = file.bytes.length;
        test_perfdata_finish(&file, &bytes);
        memcpy(file.bytes.bytes + (places[i] == SIZE_MAX ? data_end : places[i]), &far, 8);
        assert_int_equal(reading_open_bytes(&reading, file.bytes.bytes, bytes), JITNEY_OK);
        assert_int_equal(reading.diag.warnings, 1);
        assert_int_equal(jt_perfdata_read(reading.perfdata, &reading.sink), JITNEY_OK);
        assert_string_equal(reading_text(&reading), ONE_OF_EACH_TEXT);
        reading_end(&reading);
        test_perfdata_release(&file);
    }
}

/* What reads from a pipe, by the name of its descriptor. */
static int read_pipe(struct reading *reading, const uint8_t *bytes, size_t count, bool as_input)
{
    int ends[2];
    int kept = dup(STDIN_FILENO);
    char *path = NULL;
    int status = 0;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], bytes, count), count);
    close(ends[1]);
    if (as_input)
        dup2(ends[0], STDIN_FILENO);
    path = as_input ? jt_strdup("-") : jt_format("/proc/self/fd/%d", ends[0]);
    reading_begin(reading);
    status = jt_perfdata_open(path, &reading->diag, &reading->perfdata);
    if (!status)
        status = jt_perfdata_read(reading->perfdata, &reading->sink);
    fflush(reading->diag.stream);
    free(path);
    close(ends[0]);
    dup2(kept, STDIN_FILENO);
    close(kept);
    return status;
}

static void test_a_pipe_and_standard_input_are_read_as_they_come(void **state)
{
    for (unsigned i = 0; i < 8; i++) {
        struct test_perfdata file;
        struct reading reading;
        size_t bytes = 0;
        const uint8_t *content = NULL;

        test_perfdata_begin(&file, &(struct test_perfdata_options){
                                       .is_pipe = true,
                                       .swapped = i & 2,
                                       .compression = i & 4 ? JT_PERF_RECORD_COMPRESSED2 : 0});
        put_one_of_each(&file);
        content = test_perfdata_finish(&file, &bytes);
        assert_int_equal(read_pipe(&reading, content, bytes, i & 1), JITNEY_OK);
        assert_string_equal(reading_text(&reading), ONE_OF_EACH_TEXT);
        assert_int_equal(reading_facts(&reading)->torn_bytes, 0);
        reading_end(&reading);
        test_perfdata_release(&file);
    }
}

static void test_the_file_form_cannot_come_through_a_pipe(void **state)
{
    struct test_perfdata file;
    struct reading reading;
    size_t bytes = 0;
    const uint8_t *content = NULL;

    test_perfdata_begin(&file, &(struct test_perfdata_options){0});
    put_one_of_each(&file);
    content = test_perfdata_finish(&file, &bytes);
    assert_int_equal(read_pipe(&reading, content, bytes, true), JITNEY_ERR_FORMAT);
    assert_non_null(strstr(reading.said, "standard input: offset 8: not of perf's pipe form"));
    reading_end(&reading);
    test_perfdata_release(&file);
}

struct shrinking {
    const char *path;
    uint64_t samples;
};

static int shrink(void *context, const struct jt_sample *sample)
{
    struct shrinking *shrinking = context;

    if (shrinking->samples++ == 0)
        assert_int_equal(truncate(shrinking->path, 5000), 0);
    return 0;
}

static void test_a_file_that_shrinks_while_it_is_read_is_counted_as_torn(void **state)
{
    char *folder = test_folder_make();
    char *path = jt_format("%s/perf.data", folder);
    struct shrinking shrinking = {.path = path};
    const struct jt_sample_sink sink = {.context = &shrinking, .sample = shrink};
    struct test_perfdata file;
    struct reading reading;
    uint64_t chain[2000] = {JT_CONTEXT_USER};

    test_perfdata_begin(&file, &(struct test_perfdata_options){0});
    for (uint64_t i = 0; i < 1000; i++) {
        struct jt_sample sample = usual_sample(10 + i, 1);

        sample.chain = chain;
        sample.chain_count = COUNT(chain);
        test_perfdata_sample(&file, &sample);
    }
    test_perfdata_finish_to(&file, path);
    reading_begin(&reading);
    assert_int_equal(jt_perfdata_open(path, &reading.diag, &reading.perfdata), JITNEY_OK);
    assert_int_equal(jt_perfdata_read(reading.perfdata, &sink), JITNEY_OK);
    assert_in_range(shrinking.samples, 1, 999);
    assert_true(reading_facts(&reading)->torn_bytes > 0);
    reading_end(&reading);
    free(path);
    test_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_header_that_makes_no_sense_is_refused_with_its_offset),
        cmocka_unit_test(test_what_is_no_file_of_ours_is_refused_in_one_line),
        cmocka_unit_test(test_a_file_cut_anywhere_gives_what_is_whole),
        cmocka_unit_test(test_an_unfinished_file_is_read_to_its_last_whole_record),
        cmocka_unit_test(test_a_tail_of_zeros_ends_the_records),
        cmocka_unit_test(test_a_record_that_makes_no_sense_costs_only_itself),
        cmocka_unit_test(test_damage_in_a_compressed_stream_keeps_what_came_before),
        cmocka_unit_test(test_a_bomb_is_given_up),
        cmocka_unit_test(test_sections_outside_of_the_file_are_told_and_left_out),
        cmocka_unit_test(test_a_pipe_and_standard_input_are_read_as_they_come),
        cmocka_unit_test(test_the_file_form_cannot_come_through_a_pipe),
        cmocka_unit_test(test_a_file_that_shrinks_while_it_is_read_is_counted_as_torn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
