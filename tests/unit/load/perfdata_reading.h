/* For the tests of perf.data: build, read, compare. */
#ifndef TESTS_UNIT_LOAD_PERFDATA_READING_H
#define TESTS_UNIT_LOAD_PERFDATA_READING_H

#include "analysis/load/perfdata.h"
#include "base/alloc.h"
#include "format/perfdata.h"
#include "jitney/status.h"
#include "support/files.h"
#include "support/perfdata_builder.h"
#include "support/transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* One reading of one file. */
struct reading {
    struct jt_diag diag;
    char *said; /* messages */
    size_t said_bytes;
    struct jt_perfdata *perfdata;
    struct jt_sample_sink sink;
    struct test_transcript seen;
};

static inline void reading_begin(struct reading *reading)
{
    *reading = (struct reading){0};
    reading->diag.stream = open_memstream(&reading->said, &reading->said_bytes);
    reading->sink = test_transcript_begin(&reading->seen);
}

static inline const struct jt_perfdata_facts *reading_facts(const struct reading *reading)
{
    return jt_perfdata_facts(reading->perfdata);
}

static inline const char *reading_text(struct reading *reading)
{
    return test_transcript_text(&reading->seen);
}

static inline void reading_end(struct reading *reading)
{
    jt_perfdata_close(reading->perfdata);
    test_transcript_release(&reading->seen);
    fclose(reading->diag.stream);
    free(reading->said);
}

static inline int reading_open_bytes(struct reading *reading, const uint8_t *bytes, size_t count)
{
    int status = 0;

    reading_begin(reading);
    status = jt_perfdata_open_memory(bytes, count, "built", &reading->diag, &reading->perfdata);
    fflush(reading->diag.stream);
    return status;
}

/* Finish the file, read it all from memory and release the file. */
static inline void reading_of(struct reading *reading, struct test_perfdata *file)
{
    size_t bytes = 0;
    const uint8_t *content = test_perfdata_finish(file, &bytes);

    assert_int_equal(reading_open_bytes(reading, content, bytes), JITNEY_OK);
    assert_int_equal(jt_perfdata_read(reading->perfdata, &reading->sink), JITNEY_OK);
    fflush(reading->diag.stream);
    test_perfdata_release(file);
}

/* A sample of a usual event. */
static inline struct jt_sample usual_sample(uint64_t time_ns, uint32_t tid)
{
    static const uint64_t chain[] = {JT_CONTEXT_USER, 0x401000, 0x402000};

    return (struct jt_sample){
        .time_ns = time_ns,
        .period = 5,
        .pid = 100,
        .tid = tid,
        .cpu = 3,
        .mode = JT_MODE_USER,
        .ip = 0x401000,
        .chain = chain,
        .chain_count = COUNT(chain),
    };
}

static inline void put_sample(struct test_perfdata *file, uint64_t time_ns, uint32_t tid)
{
    struct jt_sample sample = usual_sample(time_ns, tid);

    test_perfdata_sample(file, &sample);
}

#define USUAL_SAMPLE_TEXT(time, tid)                                                               \
    "sample 100/" tid " " time " cpu 3 event 0 period 5 user 401000 : fffffffffffffe00 401000 "    \
    "402000\n"

/* One record of each kind that a sink takes. */
static inline void put_one_of_each(struct test_perfdata *file)
{
    const struct jt_mapping kernel = {.pid = UINT32_MAX,
                                      .start = 0xffffffff81000000,
                                      .bytes = 0x1000000,
                                      .file_offset = 0xffffffff81000000,
                                      .path = "[kernel.kallsyms]_text",
                                      .is_kernel = true,
                                      .is_executable = true};
    const struct jt_mapping program = {.time_ns = 20,
                                       .pid = 100,
                                       .tid = 100,
                                       .start = 0x400000,
                                       .bytes = 0x8000,
                                       .file_offset = 0x1000,
                                       .path = "/usr/bin/program",
                                       .is_executable = true,
                                       .inode = 77,
                                       .device_major = 8,
                                       .device_minor = 1};
    struct jt_mapping library = program;
    const struct jt_task child = {
        .time_ns = 40, .pid = 200, .tid = 200, .parent_pid = 100, .parent_tid = 100};
    struct jt_task gone = child;

    library.time_ns = 30;
    library.start = 0x7f0000000000;
    library.path = "/usr/lib/library.so";
    library.is_executable = false;
    library.build_id_bytes = 20;
    memcpy(library.build_id,
           "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14", 20);
    gone.time_ns = 90;
    test_perfdata_mmap(file, &kernel);
    test_perfdata_comm(file, &(struct jt_comm){10, 100, 100, "program", true});
    test_perfdata_mmap(file, &program);
    test_perfdata_mmap(file, &library);
    test_perfdata_fork(file, &child);
    put_sample(file, 50, 100);
    put_sample(file, 70, 200);
    test_perfdata_finished_round(file);
    put_sample(file, 60, 101);
    test_perfdata_lost(file, &(struct jt_loss){80, 12});
    test_perfdata_exit(file, &gone);
    test_perfdata_finished_round(file);
}

#define ONE_OF_EACH_TEXT                                                                           \
    "map -1/0 0 ffffffff81000000+1000000@ffffffff81000000 [kernel.kallsyms]_text kernel exec"      \
    " inode 0:0:0\n"                                                                               \
    "comm 100/100 10 program exec\n"                                                               \
    "map 100/100 20 400000+8000@1000 /usr/bin/program exec inode 8:1:77\n"                         \
    "map 100/100 30 7f0000000000+8000@1000 /usr/lib/library.so build"                              \
    " 0102030405060708090a0b0c0d0e0f1011121314\n"                                                  \
    "fork 200/200 40 of 100/100\n" USUAL_SAMPLE_TEXT("50", "100") USUAL_SAMPLE_TEXT("60", "101")   \
        USUAL_SAMPLE_TEXT("70", "200") "lost 80 12\n"                                              \
                                       "exit 200/200 90 of 100/100\n"

#endif
