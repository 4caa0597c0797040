/* Records whose bytes are known: every layout of a sample, both byte orders,
 * file and pipe form, what the flags of a mapping mean, names of events. */
#include "unit/load/perfdata_reading.h"

#include "base/vec.h"

static void test_each_kind_of_record_reaches_the_sink(void **state)
{
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){.hostname = "box"});
    put_one_of_each(&file);
    reading_of(&reading, &file);
    assert_string_equal(reading_text(&reading), ONE_OF_EACH_TEXT);
    assert_int_equal(reading_facts(&reading)->samples, 3);
    assert_int_equal(reading_facts(&reading)->lost_records, 12);
    assert_string_equal(reading_facts(&reading)->hostname, "box");
    reading_end(&reading);
}

static void test_both_byte_orders_and_both_forms_read_the_same(void **state)
{
    for (unsigned i = 0; i < 4; i++) {
        bool swapped = i & 1;
        struct test_perfdata file;
        struct reading reading;
        const struct jt_perfdata_facts *facts = NULL;

        test_perfdata_begin(&file, &(struct test_perfdata_options){
                                       .swapped = swapped, .is_pipe = i & 2, .hostname = "box"});
        put_one_of_each(&file);
        reading_of(&reading, &file);
        facts = reading_facts(&reading);
        assert_string_equal(reading_text(&reading), ONE_OF_EACH_TEXT);
        assert_int_equal(facts->swapped, swapped);
        assert_int_equal(facts->events[0].frequency, 999);
        assert_string_equal(facts->events[0].name, "cpu-clock");
        assert_string_equal(facts->hostname, "box");
        assert_true(facts->has_monotonic_clock);
        assert_int_equal(facts->torn_bytes + facts->bad_records, 0);
        reading_end(&reading);
    }
}

/* Some writers' bitmap of features is one of 32-bit words. */
static void test_a_swapped_bitmap_of_32_bit_words_is_understood(void **state)
{
    struct test_perfdata file;
    struct reading reading;
    uint8_t *bitmap = NULL;
    uint32_t word = 0;
    size_t bytes = 0;

    test_perfdata_begin(&file, &(struct test_perfdata_options){.swapped = true, .hostname = "box"});
    put_one_of_each(&file);
    test_perfdata_finish(&file, &bytes);
    bitmap = file.bytes.bytes + offsetof(struct jt_perf_file_header, features);
    memcpy(&word, bitmap, 4);
    memmove(bitmap, bitmap + 4, 4);
    memcpy(bitmap + 4, &word, 4);
    assert_int_equal(reading_open_bytes(&reading, file.bytes.bytes, bytes), JITNEY_OK);
    assert_string_equal(reading_facts(&reading)->hostname, "box");
    reading_end(&reading);
    test_perfdata_release(&file);
}

/* The first version of the format has no byte order in its magic. */
static void test_the_old_magic_is_read_in_both_byte_orders(void **state)
{
    for (unsigned swapped = 0; swapped < 2; swapped++) {
        struct test_perfdata file;
        struct reading reading;
        size_t bytes = 0;

        test_perfdata_begin(&file, &(struct test_perfdata_options){.swapped = swapped});
        put_one_of_each(&file);
        test_perfdata_finish(&file, &bytes);
        memcpy(file.bytes.bytes, "PERFFILE", 8);
        assert_int_equal(reading_open_bytes(&reading, file.bytes.bytes, bytes), JITNEY_OK);
        assert_int_equal(jt_perfdata_read(reading.perfdata, &reading.sink), JITNEY_OK);
        assert_string_equal(reading_text(&reading), ONE_OF_EACH_TEXT);
        reading_end(&reading);
        test_perfdata_release(&file);
    }
}

#define BASE                                                                                       \
    (JT_PERF_SAMPLE_IP | JT_PERF_SAMPLE_TID | JT_PERF_SAMPLE_TIME | JT_PERF_SAMPLE_CPU |           \
     JT_PERF_SAMPLE_PERIOD | JT_PERF_SAMPLE_CALLCHAIN)

static void check_layout(uint64_t sample_type, uint64_t read_format, bool swapped)
{
    const struct test_perfdata_event event = {.sample_type = sample_type,
                                              .read_format = read_format};
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){
                                   .events = &event, .event_count = 1, .swapped = swapped});
    put_sample(&file, 50, 100);
    reading_of(&reading, &file);
    assert_string_equal(reading_text(&reading), USUAL_SAMPLE_TEXT("50", "100"));
    reading_end(&reading);
}

static void test_a_sample_is_found_in_every_layout(void **state)
{
    const uint64_t all = (JT_PERF_SAMPLE_WEIGHT_STRUCT << 1) - 1;

    for (unsigned swapped = 0; swapped < 2; swapped++) {
        for (uint64_t bit = 1; bit <= JT_PERF_SAMPLE_WEIGHT_STRUCT; bit <<= 1)
            check_layout(BASE | bit, 0, swapped);
        for (uint64_t format = 0; format < 32; format++) {
            check_layout(BASE | JT_PERF_SAMPLE_READ, format, swapped);
            check_layout(all, format, swapped);
        }
    }
}

static void test_fields_that_are_not_there_have_their_stand_ins(void **state)
{
    const struct test_perfdata_event event = {.sample_type = JT_PERF_SAMPLE_IP,
                                              .fixed_period = 4000};
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){.events = &event, .event_count = 1});
    put_sample(&file, 50, 100);
    reading_of(&reading, &file);
    assert_string_equal(reading_text(&reading),
                        "sample -1/-1 -1 cpu -1 event 0 period 4000 user 401000 :\n");
    assert_false(reading_facts(&reading)->has_time);
    assert_int_equal(reading_facts(&reading)->events[0].frequency, 0);
    reading_end(&reading);
}

static void test_a_frequency_makes_no_period(void **state)
{
    const struct test_perfdata_event event = {.sample_type = JT_PERF_SAMPLE_IP};
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){.events = &event, .event_count = 1});
    put_sample(&file, 50, 100);
    reading_of(&reading, &file);
    assert_non_null(strstr(reading_text(&reading), " period 1 "));
    reading_end(&reading);
}

/* Two events with one field in common: the id, at the start or where ID is. */
static void check_two_events(const struct test_perfdata_event *events, bool is_pipe)
{
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){
                                   .events = events, .event_count = 2, .is_pipe = is_pipe});
    for (uint32_t i = 0; i < 4; i++) {
        struct jt_sample sample = usual_sample(10 + i, 100);

        sample.event = i % 2;
        test_perfdata_sample(&file, &sample);
    }
    reading_of(&reading, &file);
    assert_string_equal(reading_text(&reading),
                        "sample 100/100 10 cpu 3 event 0 period 5 user 401000 : "
                        "fffffffffffffe00 401000 402000\n"
                        "sample 100/100 11 cpu -1 event 1 period 300 user 401000 :\n"
                        "sample 100/100 12 cpu 3 event 0 period 5 user 401000 : "
                        "fffffffffffffe00 401000 402000\n"
                        "sample 100/100 13 cpu -1 event 1 period 300 user 401000 :\n");
    reading_end(&reading);
}

static void test_the_id_says_which_layout_a_sample_has(void **state)
{
    const uint64_t least = JT_PERF_SAMPLE_IP | JT_PERF_SAMPLE_TID | JT_PERF_SAMPLE_TIME;
    const struct test_perfdata_event by_identifier[] = {
        {.sample_type = BASE | JT_PERF_SAMPLE_IDENTIFIER},
        {.sample_type = least | JT_PERF_SAMPLE_IDENTIFIER | JT_PERF_SAMPLE_ADDR,
         .fixed_period = 300},
    };
    const struct test_perfdata_event by_id[] = {
        {.sample_type = BASE | JT_PERF_SAMPLE_ID | JT_PERF_SAMPLE_ADDR},
        {.sample_type = least | JT_PERF_SAMPLE_ID | JT_PERF_SAMPLE_ADDR, .fixed_period = 300},
    };

    for (unsigned is_pipe = 0; is_pipe < 2; is_pipe++) {
        check_two_events(by_identifier, is_pipe);
        check_two_events(by_id, is_pipe);
    }
}

struct mapping_case {
    uint32_t type; /* MMAP or MMAP2 */
    uint16_t misc;
    uint32_t pid;
    uint32_t protection; /* MMAP2 alone */
    const char *path;
    const char *marks;
};

static const struct mapping_case mapping_cases[] = {
    {JT_PERF_RECORD_MMAP, 2, 100, 0, "/lib/a.so", " exec"},
    {JT_PERF_RECORD_MMAP, 2 | JT_PERF_MISC_MMAP_DATA, 100, 0, "/lib/a.so", ""},
    {JT_PERF_RECORD_MMAP, 1, 100, 0, "[vmlinux]", " kernel exec"},
    {JT_PERF_RECORD_MMAP, 0, UINT32_MAX, 0, "module", " kernel exec"},
    {JT_PERF_RECORD_MMAP, 4, 100, 0, "[guest]", " kernel exec"},
    {JT_PERF_RECORD_MMAP2, 2, 100, 5, "/lib/a.so", " exec"},
    {JT_PERF_RECORD_MMAP2, 2, 100, 3, "/lib/a.so", ""},
    {JT_PERF_RECORD_MMAP2, 2 | JT_PERF_MISC_MMAP_DATA, 100, 5, "/lib/a.so", ""},
    /* perf inject puts a file mode where the protection is: 0100644 */
    {JT_PERF_RECORD_MMAP2, 2, 100, 0100640, "/tmp/jitted-100-7.so", " exec"},
    {JT_PERF_RECORD_MMAP2, 2, 100, 0100640, "jitted-100-7.so", " exec"},
    {JT_PERF_RECORD_MMAP2, 2, 100, 0, "/tmp/jitted-100-7.so.1", ""},
    {JT_PERF_RECORD_MMAP2, 2, 100, 0, "/tmp/jitted-.txt", ""},
    {JT_PERF_RECORD_MMAP2, 2, 100, 0, "/jitted-1/a.so", ""},
};

static void check_mapping(const struct mapping_case *row)
{
    struct test_perfdata file;
    struct reading reading;
    char *expected = NULL;

    test_perfdata_begin(&file, &(struct test_perfdata_options){0});
    test_perfdata_begin_record(&file, row->type, row->misc);
    test_perfdata_u32(&file, row->pid);
    test_perfdata_u32(&file, 100);
    test_perfdata_u64(&file, 0x1000);
    test_perfdata_u64(&file, 0x2000);
    test_perfdata_u64(&file, 0x3000);
    if (row->type == JT_PERF_RECORD_MMAP2) {
        test_perfdata_u32(&file, 8);
        test_perfdata_u32(&file, 1);
        test_perfdata_u64(&file, 55);
        test_perfdata_u64(&file, 0);
        test_perfdata_u32(&file, row->protection);
        test_perfdata_u32(&file, 2);
    }
    test_perfdata_text(&file, row->path);
    test_perfdata_end_kernel_record(&file, 100, 100, 10);
    reading_of(&reading, &file);
    expected = jt_format("map %d/100 10 1000+2000@3000 %s%s%s\n", (int)row->pid, row->path,
                         row->marks, row->type == JT_PERF_RECORD_MMAP2 ? " inode 8:1:55" : "");
    assert_string_equal(reading_text(&reading), expected);
    free(expected);
    reading_end(&reading);
}

static void test_flags_and_path_of_a_mapping_say_what_it_is(void **state)
{
    for (size_t i = 0; i < COUNT(mapping_cases); i++)
        check_mapping(&mapping_cases[i]);
}

struct name_case {
    const char *given;
    uint32_t type;
    uint64_t config;
    const char *shown;
};

static const struct name_case name_cases[] = {
    {"cycles:ppp", 0, 1, "cycles:ppp"},  {NULL, 1, 0, "cpu-clock"},
    {NULL, 1, 1, "task-clock"},          {NULL, 1, 3, "context-switches"},
    {NULL, 1, 99, "type 1 config 0x63"}, {NULL, 0, 1, "instructions"},
    {NULL, 0, 9, "ref-cycles"},          {NULL, 2, 314, "tracepoint 314"},
    {NULL, 3, 0x10002, "cache 0x10002"}, {NULL, 4, 0x1c2, "raw 0x1c2"},
    {NULL, 23, 7, "type 23 config 0x7"},
};

static void test_an_event_without_a_name_gets_one(void **state)
{
    for (size_t i = 0; i < COUNT(name_cases); i++) {
        const struct test_perfdata_event event = {.name = name_cases[i].given,
                                                  .type = name_cases[i].type,
                                                  .config = name_cases[i].config};
        struct test_perfdata file;
        struct reading reading;

        test_perfdata_begin(&file,
                            &(struct test_perfdata_options){.events = &event, .event_count = 1});
        put_sample(&file, 50, 100);
        reading_of(&reading, &file);
        assert_string_equal(reading_facts(&reading)->events[0].name, name_cases[i].shown);
        reading_end(&reading);
    }
}

static void test_an_update_renames_its_event(void **state)
{
    const struct test_perfdata_event events[2] = {{.name = "one"}, {.name = "two"}};
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){.events = events, .event_count = 2});
    test_perfdata_begin_record(&file, JT_PERF_RECORD_EVENT_UPDATE, 0);
    test_perfdata_u64(&file, JT_PERF_UPDATE_NAME);
    test_perfdata_u64(&file, 101);
    test_perfdata_text(&file, "renamed");
    test_perfdata_end_record(&file);
    test_perfdata_begin_record(&file, JT_PERF_RECORD_EVENT_UPDATE, 0);
    test_perfdata_u64(&file, JT_PERF_UPDATE_UNIT);
    test_perfdata_u64(&file, 100);
    test_perfdata_text(&file, "bananas");
    test_perfdata_end_record(&file);
    reading_of(&reading, &file);
    assert_string_equal(reading_facts(&reading)->events[0].name, "one");
    assert_string_equal(reading_facts(&reading)->events[1].name, "renamed");
    reading_end(&reading);
}

static void test_a_time_conversion_is_a_fact(void **state)
{
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){.swapped = true});
    test_perfdata_begin_record(&file, JT_PERF_RECORD_TIME_CONV, 0);
    test_perfdata_u64(&file, 31);
    test_perfdata_u64(&file, 0x2aaaaaab);
    test_perfdata_u64(&file, 12345);
    test_perfdata_end_record(&file);
    reading_of(&reading, &file);
    assert_int_equal(reading_facts(&reading)->time_shift, 31);
    assert_int_equal(reading_facts(&reading)->time_mult, 0x2aaaaaab);
    assert_int_equal(reading_facts(&reading)->time_zero, 12345);
    reading_end(&reading);
}

/* Its build id may be shorter than 20 bytes when misc says that there is a size. */
static void test_build_ids_among_the_records_are_facts(void **state)
{
    static const struct {
        uint16_t misc;
        uint8_t size;
        uint8_t bytes;
        bool is_kernel;
    } rows[] = {
        {JT_PERF_MISC_USER, 0, 20, false},
        {JT_PERF_MISC_USER | JT_PERF_MISC_BUILD_ID_SIZE, 16, 16, false},
        {JT_PERF_MISC_KERNEL | JT_PERF_MISC_BUILD_ID_SIZE, 200, 20, true},
    };
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){.is_pipe = true});
    for (size_t i = 0; i < COUNT(rows); i++) {
        test_perfdata_begin_record(&file, JT_PERF_RECORD_HEADER_BUILD_ID, rows[i].misc);
        test_perfdata_u32(&file, 100);
        test_perfdata_bytes(&file, "abcdefghijklmnopqrst", 20);
        test_perfdata_bytes(&file, (uint8_t[4]){rows[i].size}, 4);
        test_perfdata_text(&file, "/usr/bin/program");
        test_perfdata_end_record(&file);
    }
    reading_of(&reading, &file);
    assert_int_equal(reading_facts(&reading)->build_id_count, COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct jt_perfdata_build_id *id = &reading_facts(&reading)->build_ids[i];

        assert_int_equal(id->bytes, rows[i].bytes);
        assert_int_equal(id->is_kernel, rows[i].is_kernel);
        assert_int_equal(id->pid, 100);
        assert_memory_equal(id->build_id, "abcdefghijklmnopqrst", rows[i].bytes);
        assert_string_equal(id->path, "/usr/bin/program");
    }
    reading_end(&reading);
}

static void put_lost_samples(struct test_perfdata *file, uint16_t misc, uint64_t count)
{
    test_perfdata_begin_record(file, JT_PERF_RECORD_LOST_SAMPLES, misc);
    test_perfdata_u64(file, count);
    test_perfdata_end_kernel_record(file, 0, 0, 30);
}

static void test_lost_samples_count_unless_a_filter_dropped_them(void **state)
{
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){0});
    put_lost_samples(&file, 0, 7);
    put_lost_samples(&file, JT_PERF_MISC_LOST_SAMPLES_BPF, 100);
    test_perfdata_lost(&file, &(struct jt_loss){40, 5});
    reading_of(&reading, &file);
    assert_string_equal(reading_text(&reading), "lost 30 7\nlost 40 5\n");
    assert_int_equal(reading_facts(&reading)->lost_records, 12);
    reading_end(&reading);
}

/* Types that say nothing to us, and one that nobody has defined. */
static void test_other_records_are_stepped_over(void **state)
{
    static const uint32_t types[] = {
        JT_PERF_RECORD_THROTTLE,
        JT_PERF_RECORD_READ,
        JT_PERF_RECORD_AUX,
        JT_PERF_RECORD_NAMESPACES,
        JT_PERF_RECORD_KSYMBOL,
        JT_PERF_RECORD_CGROUP,
        JT_PERF_RECORD_TEXT_POKE,
        JT_PERF_RECORD_ID_INDEX,
        JT_PERF_RECORD_THREAD_MAP,
        JT_PERF_RECORD_CPU_MAP,
        JT_PERF_RECORD_STAT,
        JT_PERF_RECORD_FINISHED_INIT,
        JT_PERF_RECORD_AUXTRACE_INFO,
        0,
        40,
        63,
        90,
        UINT32_MAX,
    };
    struct test_perfdata file;
    struct reading reading;

    test_perfdata_begin(&file, &(struct test_perfdata_options){0});
    for (size_t i = 0; i < COUNT(types); i++) {
        test_perfdata_begin_record(&file, types[i], 0);
        for (int word = 0; word < 8; word++)
            test_perfdata_u64(&file, 9);
        test_perfdata_end_record(&file);
    }
    put_sample(&file, 50, 100);
    reading_of(&reading, &file);
    assert_string_equal(reading_text(&reading), USUAL_SAMPLE_TEXT("50", "100"));
    assert_int_equal(reading_facts(&reading)->bad_records, 0);
    reading_end(&reading);
}

/* What follows AUXTRACE and TRACING_DATA is not in their size. It looks like a
 * record here. */
static void test_payloads_behind_a_record_are_stepped_over(void **state)
{
    for (unsigned is_pipe = 0; is_pipe < 2; is_pipe++) {
        struct test_perfdata file;
        struct reading reading;

        test_perfdata_begin(&file, &(struct test_perfdata_options){.is_pipe = is_pipe});
        test_perfdata_begin_record(&file, JT_PERF_RECORD_AUXTRACE, 0);
        test_perfdata_u64(&file, 24);
        for (int word = 0; word < 4; word++)
            test_perfdata_u64(&file, 0);
        test_perfdata_end_record(&file);
        test_perfdata_u64(&file, JT_PERF_RECORD_LOST_SAMPLES | UINT64_C(24) << 48);
        test_perfdata_u64(&file, 999);
        test_perfdata_u64(&file, 0);
        test_perfdata_begin_record(&file, JT_PERF_RECORD_HEADER_TRACING_DATA, 0);
        test_perfdata_u32(&file, 16);
        test_perfdata_u32(&file, 0);
        test_perfdata_end_record(&file);
        test_perfdata_u64(&file, JT_PERF_RECORD_LOST | UINT64_C(16) << 48);
        test_perfdata_u64(&file, 0);
        put_sample(&file, 50, 100);
        reading_of(&reading, &file);
        assert_string_equal(reading_text(&reading), USUAL_SAMPLE_TEXT("50", "100"));
        assert_int_equal(reading_facts(&reading)->bad_records, 0);
        reading_end(&reading);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_of_record_reaches_the_sink),
        cmocka_unit_test(test_both_byte_orders_and_both_forms_read_the_same),
        cmocka_unit_test(test_a_swapped_bitmap_of_32_bit_words_is_understood),
        cmocka_unit_test(test_the_old_magic_is_read_in_both_byte_orders),
        cmocka_unit_test(test_a_sample_is_found_in_every_layout),
        cmocka_unit_test(test_fields_that_are_not_there_have_their_stand_ins),
        cmocka_unit_test(test_a_frequency_makes_no_period),
        cmocka_unit_test(test_the_id_says_which_layout_a_sample_has),
        cmocka_unit_test(test_flags_and_path_of_a_mapping_say_what_it_is),
        cmocka_unit_test(test_an_event_without_a_name_gets_one),
        cmocka_unit_test(test_an_update_renames_its_event),
        cmocka_unit_test(test_a_time_conversion_is_a_fact),
        cmocka_unit_test(test_build_ids_among_the_records_are_facts),
        cmocka_unit_test(test_lost_samples_count_unless_a_filter_dropped_them),
        cmocka_unit_test(test_other_records_are_stepped_over),
        cmocka_unit_test(test_payloads_behind_a_record_are_stepped_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
