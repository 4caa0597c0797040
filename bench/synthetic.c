/* Makes a large recording whose names are known: synthetic FOLDER [SAMPLES
 * [FUNCTIONS]] writes FOLDER/perf.data and FOLDER/perf-PID.map and
 * FOLDER/jit-PID.dump of one process. Stacks are 30 to 60 deep and change as a
 * program's do: frames are pushed and popped at the leaf. Same arguments, same
 * files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "format/jitdump.h"
#include "support/files.h"
#include "support/perfdata_builder.h"

enum { PID = 4242, BASE = 0x10000000, BYTES = 192, LEAST_DEPTH = 30, MOST_DEPTH = 60, CALLEES = 6 };

static uint64_t random_state = 88172645463325252ull;

static uint64_t random_next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static uint64_t address_of(uint64_t function)
{
    return BASE + function * 256;
}

/* A function calls few others, and always the same. */
static uint64_t callee_of(uint64_t function, uint64_t functions)
{
    uint64_t which = random_next() % CALLEES;

    return (function * 2654435761u + which * which * 40503u + 1) % functions;
}

static void put_load(struct jt_buf *dump, uint64_t function, uint64_t time_ns)
{
    char name[64];
    int bytes = snprintf(name, sizeof(name), "JS:*function%llu /srv/app/file%llu.js:%llu:9",
                         (unsigned long long)function, (unsigned long long)function % 300,
                         (unsigned long long)function % 2000 + 1);

    jt_buf_append_u32(dump, JT_JITDUMP_LOAD);
    jt_buf_append_u32(dump, (uint32_t)(JT_JITDUMP_LOAD_BYTES + bytes + 1 + BYTES));
    jt_buf_append_u64(dump, time_ns);
    jt_buf_append_u32(dump, PID);
    jt_buf_append_u32(dump, PID);
    jt_buf_append_u64(dump, address_of(function));
    jt_buf_append_u64(dump, address_of(function));
    jt_buf_append_u64(dump, BYTES);
    jt_buf_append_u64(dump, function);
    jt_buf_append(dump, name, (size_t)bytes + 1);
    jt_buf_append_zeros(dump, BYTES);
}

static void put_map_line(struct jt_buf *map, uint64_t function)
{
    jt_buf_printf(map, "%llx %x JS:*function%llu /srv/app/file%llu.js:%llu:9\n",
                  (unsigned long long)address_of(function), BYTES, (unsigned long long)function,
                  (unsigned long long)function % 300, (unsigned long long)function % 2000 + 1);
}

static void put_header(struct jt_buf *dump)
{
    const uint32_t words[] = {JT_JITDUMP_MAGIC, 1, JT_JITDUMP_HEADER_BYTES, 62, 0, PID};

    jt_buf_append(dump, words, sizeof(words));
    jt_buf_append_u64(dump, 1);
    jt_buf_append_u64(dump, 0);
}

static void write_code(const char *folder, uint64_t functions)
{
    struct jt_buf dump = JT_BUF_INIT(1 << 30);
    struct jt_buf map = JT_BUF_INIT(1 << 30);
    char *path = jt_format("%s/jit-%d.dump", folder, PID);

    put_header(&dump);
    for (uint64_t i = 0; i < functions; i++) {
        put_load(&dump, i, 1000 + i);
        put_map_line(&map, i);
    }
    test_write_file(path, dump.bytes, dump.length);
    free(path);
    path = jt_format("%s/perf-%d.map", folder, PID);
    test_write_file(path, map.bytes, map.length);
    free(path);
    jt_buf_release(&dump);
    jt_buf_release(&map);
}

static void change_stack(uint64_t *stack, size_t *depth, uint64_t functions)
{
    size_t pops = 1 + random_next() % 4;
    size_t wanted = LEAST_DEPTH + random_next() % (MOST_DEPTH - LEAST_DEPTH);

    if (random_next() % 64 == 0)
        pops = *depth / 2;
    *depth = *depth > pops + 1 ? *depth - pops : 1;
    while (*depth < wanted && (*depth < LEAST_DEPTH || random_next() % 4)) {
        stack[*depth] = callee_of(stack[*depth - 1], functions);
        (*depth)++;
    }
}

static void write_samples(const char *folder, uint64_t samples, uint64_t functions)
{
    struct test_perfdata file;
    const struct test_perfdata_options options = {0};
    const struct jt_comm comm = {.time_ns = 1, .pid = PID, .tid = PID, .command = "synthetic"};
    struct jt_mapping mapping = {.time_ns = 2,
                                 .pid = PID,
                                 .tid = PID,
                                 .start = BASE,
                                 .bytes = functions * 256,
                                 .path = "//anon",
                                 .is_executable = true};
    uint64_t chain[MOST_DEPTH + 2] = {JT_CONTEXT_USER};
    uint64_t stack[MOST_DEPTH + 1] = {0};
    struct jt_sample sample = {
        .pid = PID, .tid = PID, .period = 1, .mode = JT_MODE_USER, .chain = chain};
    size_t depth = 1;
    char *path = jt_format("%s/perf.data", folder);

    test_perfdata_begin(&file, &options);
    test_perfdata_comm(&file, &comm);
    test_perfdata_mmap(&file, &mapping);
    for (uint64_t i = 0; i < samples; i++) {
        change_stack(stack, &depth, functions);
        for (size_t at = 0; at < depth; at++)
            chain[1 + at] = address_of(stack[depth - 1 - at]) + 16 + (at ? 0 : random_next() % 128);
        sample.ip = chain[1];
        sample.chain_count = depth + 1;
        sample.time_ns = 10000000 + i * 200000;
        test_perfdata_sample(&file, &sample);
        if (i % 1000 == 999)
            test_perfdata_finished_round(&file);
    }
    test_perfdata_finish_to(&file, path);
    free(path);
}

int main(int argc, char **argv)
{
    uint64_t samples = argc > 2 ? strtoull(argv[2], NULL, 10) : 200000;
    uint64_t functions = argc > 3 ? strtoull(argv[3], NULL, 10) : 20000;

    if (argc < 2 || samples == 0 || functions == 0) {
        fputs("usage: synthetic FOLDER [SAMPLES [FUNCTIONS]]\n", stderr);
        return 2;
    }
    write_code(argv[1], functions);
    write_samples(argv[1], samples, functions);
    return 0;
}
