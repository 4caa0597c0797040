#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/sample/perfdata_writer.h"
#include "base/alloc.h"
#include "support/files.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

enum { ATTR_BYTES = 112, ID_COUNT = 2 };

static const uint64_t ids[ID_COUNT] = {7, 8};

struct fixture {
    char *folder;
    char *path;
    struct jt_perfdata_writer writer;
};

static void open_writer(struct fixture *fixture)
{
    const struct jt_perf_attr attr = {
        .size = ATTR_BYTES, .type = JT_PERF_TYPE_SOFTWARE, .sample_period = 999};

    fixture->folder = test_folder_make();
    fixture->path = jt_format("%s/perf.data", fixture->folder);
    assert_int_equal(jt_perfdata_writer_open(&fixture->writer, fixture->path), 0);
    assert_int_equal(jt_perfdata_writer_begin(&fixture->writer, &attr, "cpu-clock", ids, ID_COUNT),
                     0);
}

static void close_writer(struct fixture *fixture)
{
    jt_perfdata_writer_close(&fixture->writer);
    test_folder_remove(fixture->folder);
    free(fixture->path);
}

static struct jt_perf_file_header read_header(const struct fixture *fixture, size_t *file_bytes)
{
    struct jt_perf_file_header header;
    uint8_t *bytes = test_read_file(fixture->path, file_bytes);

    assert_true(*file_bytes >= sizeof(header));
    memcpy(&header, bytes, sizeof(header));
    free(bytes);
    return header;
}

/* The payload of a feature; NULL when the file does not have it. Free it. */
static uint8_t *read_feature(const struct fixture *fixture, int feature, size_t *feature_bytes)
{
    size_t file_bytes = 0;
    uint8_t *bytes = test_read_file(fixture->path, &file_bytes);
    struct jt_perf_file_header header;
    struct jt_perf_section section;
    uint8_t *payload = NULL;
    size_t index = 0;

    memcpy(&header, bytes, sizeof(header));
    for (int i = 0; i < feature; i++)
        index += header.features[0] >> i & 1;
    if (header.features[0] >> feature & 1) {
        memcpy(&section, bytes + header.data.offset + header.data.size + index * sizeof(section),
               sizeof(section));
        assert_true(section.offset + section.size <= file_bytes);
        payload = jt_alloc(section.size, 1);
        memcpy(payload, bytes + section.offset, section.size);
        *feature_bytes = section.size;
    }
    free(bytes);
    return payload;
}

/* A record of `bytes` bytes; records of a run differ in their first word. */
static void append_record(struct jt_perfdata_writer *writer, size_t bytes)
{
    uint8_t record[1024] = {0};
    struct jt_perf_event_header header = {JT_PERF_RECORD_COMM, 0, (uint16_t)bytes};
    struct iovec piece = {record, bytes};

    memcpy(record, &header, sizeof(header));
    jt_perfdata_writer_append(writer, &piece, 1);
}

static void test_a_file_that_grows_says_size_zero_and_a_finished_one_its_size(void **state)
{
    struct fixture fixture;
    const struct jt_perfdata_about about = {.hostname = "here"};
    size_t file_bytes = 0;

    open_writer(&fixture);
    append_record(&fixture.writer, 64);
    assert_int_equal(read_header(&fixture, &file_bytes).data.size, 0);
    jt_perfdata_writer_append_mark(&fixture.writer, JT_PERF_RECORD_FINISHED_ROUND);
    assert_int_equal(jt_perfdata_writer_finish(&fixture.writer, &about), 0);
    assert_int_equal(read_header(&fixture, &file_bytes).data.size, 64 + 8);
    close_writer(&fixture);
}

static void test_the_header_leads_to_the_attribute_and_its_ids(void **state)
{
    struct fixture fixture;
    size_t file_bytes = 0;
    struct jt_perf_file_header header;
    struct jt_perf_attr attr = {0};
    struct jt_perf_section id_section;
    uint8_t *bytes = NULL;

    open_writer(&fixture);
    header = read_header(&fixture, &file_bytes);
    bytes = test_read_file(fixture.path, &file_bytes);
    assert_true(header.magic == JT_PERF_MAGIC2);
    assert_int_equal(header.size, JT_PERF_FILE_HEADER_BYTES);
    assert_int_equal(header.attr_size, ATTR_BYTES + sizeof(id_section));
    assert_int_equal(header.attrs.size, header.attr_size);
    memcpy(&attr, bytes + header.attrs.offset, ATTR_BYTES);
    memcpy(&id_section, bytes + header.attrs.offset + ATTR_BYTES, sizeof(id_section));
    assert_int_equal(attr.sample_period, 999);
    assert_int_equal(id_section.size, sizeof(ids));
    assert_memory_equal(bytes + id_section.offset, ids, sizeof(ids));
    free(bytes);
    close_writer(&fixture);
}

static void test_features_are_found_in_the_order_of_their_bits(void **state)
{
    const char *const command[] = {"jitney", "record", "true"};
    struct jt_perfdata_build build = {
        .path = (char *)(uintptr_t) "/bin/true", .id = {0xab}, .id_bytes = 20};
    const struct jt_perfdata_about about = {
        .hostname = "here",
        .version = "jitney 1",
        .command = command,
        .command_count = 3,
        .first_sample_ns = 5,
        .last_sample_ns = 9,
        .builds = &build,
        .build_count = 1,
    };
    struct fixture fixture;
    uint8_t *payload = NULL;
    size_t bytes = 0;
    uint64_t times[2];

    open_writer(&fixture);
    assert_int_equal(jt_perfdata_writer_finish(&fixture.writer, &about), 0);
    payload = read_feature(&fixture, JT_PERF_FEAT_HOSTNAME, &bytes);
    assert_int_equal(bytes, 4 + JT_PERF_STRING_ALIGN);
    assert_string_equal((char *)payload + 4, "here");
    free(payload);
    payload = read_feature(&fixture, JT_PERF_FEAT_CMDLINE, &bytes);
    assert_int_equal(bytes, 4 + 3 * (4 + JT_PERF_STRING_ALIGN));
    assert_string_equal((char *)payload + 4 + 2 * (4 + JT_PERF_STRING_ALIGN) + 4, "true");
    free(payload);
    payload = read_feature(&fixture, JT_PERF_FEAT_SAMPLE_TIME, &bytes);
    memcpy(times, payload, sizeof(times));
    assert_int_equal(times[0], 5);
    assert_int_equal(times[1], 9);
    free(payload);
    payload = read_feature(&fixture, JT_PERF_FEAT_BUILD_ID, &bytes);
    assert_int_equal(bytes, 8 + 4 + 24 + JT_PERF_STRING_ALIGN);
    assert_int_equal(payload[12], 0xab);
    assert_int_equal(payload[32], 20);
    assert_string_equal((char *)payload + 36, "/bin/true");
    free(payload);
    assert_null(read_feature(&fixture, JT_PERF_FEAT_ARCH, &bytes));
    close_writer(&fixture);
}

static void test_a_file_that_exists_is_not_overwritten(void **state)
{
    struct fixture fixture;
    struct jt_perfdata_writer other;

    open_writer(&fixture);
    assert_int_equal(jt_perfdata_writer_open(&other, fixture.path), EEXIST);
    jt_perfdata_writer_close(&other);
    close_writer(&fixture);
}

/* Append 100 records of 64 bytes in one piece, or in two that meet at `cut`. */
static size_t append_many(struct jt_perfdata_writer *writer, size_t cut)
{
    uint8_t records[100 * 64] = {0};
    struct jt_perf_event_header header = {JT_PERF_RECORD_COMM, 0, 64};
    struct iovec pieces[2] = {{records, cut ? cut : sizeof(records)},
                              {records + cut, sizeof(records) - cut}};

    for (size_t i = 0; i < 100; i++)
        memcpy(records + i * 64, &header, sizeof(header));
    return jt_perfdata_writer_append(writer, pieces, cut ? 2 : 1);
}

static void test_a_full_disk_keeps_the_whole_records_that_fit(void **state)
{
    static const size_t cuts[] = {0, 8, 64, 72, 1016, 6392};
    const struct jt_perfdata_about about = {.hostname = "here"};
    struct rlimit before;
    struct rlimit limit;
    struct fixture fixture;
    size_t file_bytes = 0;

    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        open_writer(&fixture);
        limit = before;
        limit.rlim_cur = fixture.writer.data_start + 10 * 64 + 30;
        setrlimit(RLIMIT_FSIZE, &limit);
        assert_int_equal(append_many(&fixture.writer, cuts[i]), 10 * 64);
        assert_int_equal(fixture.writer.error, EFBIG);
        assert_int_equal(append_many(&fixture.writer, cuts[i]), 0);
        assert_int_equal(jt_perfdata_writer_finish(&fixture.writer, &about), EFBIG);
        setrlimit(RLIMIT_FSIZE, &before);
        assert_int_equal(read_header(&fixture, &file_bytes).data.size, 10 * 64);
        assert_int_equal(file_bytes, fixture.writer.data_start + 10 * 64);
        close_writer(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_that_grows_says_size_zero_and_a_finished_one_its_size),
        cmocka_unit_test(test_the_header_leads_to_the_attribute_and_its_ids),
        cmocka_unit_test(test_features_are_found_in_the_order_of_their_bits),
        cmocka_unit_test(test_a_file_that_exists_is_not_overwritten),
        cmocka_unit_test(test_a_full_disk_keeps_the_whole_records_that_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
