/* Our names beside perf's, frame by frame, on recordings of real runtimes: the
 * text that `perf script` printed on the machine of the recording is the other
 * side. Every kind of difference has a counter, and a reason beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/load/perfdata.h"
#include "analysis/load/perfscript.h"
#include "analysis/symbol/name.h"
#include "analysis/symbol/resolver.h"
#include "base/alloc.h"
#include "base/vec.h"
#include "jitney/status.h"
#include "support/files.h"

struct row {
    const char *data;   /* perf.data */
    const char *script; /* what perf printed of it (of the injected one, if it says jit) */
    const char *dump;   /* NULL: none */
    const char *map;
    size_t least; /* frames with a name on any machine: the JIT compiler's own */
};

static const struct row rows[] = {
    {"node/basic-prof.perf.data", "node/basic-prof.script.txt", NULL, "node/perf-25951.map", 500},
    {"node/perf-prof.perf.data", "node/perf-prof.injected.script.txt", "node/jit-25968.dump", NULL,
     1000},
    {"erlang/true.data", "erlang/true.jit.script.txt", "erlang/jit-10541.dump", NULL, 2000},
    {"erlang/true.jit.data", "erlang/true.jit.script.txt", "erlang/jit-10541.dump", NULL, 2000},
    {"java/jdk17-perfmap.perf.data", "java/jdk17-perfmap.script.txt", NULL, "java/perf-jdk17.map",
     1000},
    {"luajit/perf.data", "luajit/perf.script.txt", NULL, "luajit/perf-22876.map", 80},
    {"llvm/mcjit.perf.data", "llvm/mcjit.script.txt", NULL, NULL, 0},
    {"llvm/mcjit.perf.data", "llvm/mcjit.jit.script.txt", "llvm/jit-17704.dump", NULL, 300},
    {"llvm/mcjit.injected.perf.data", "llvm/mcjit.jit.script.txt", "llvm/jit-17704.dump", NULL,
     300},
    {"php/tracing.data", "php/tracing.jit.script.txt", "php/jit-8133.dump", NULL, 150},
    {"php/tracing.jit.data", "php/tracing.jit.script.txt", "php/jit-8133.dump", NULL, 150},
};

/* A frame as perf printed it. */
struct perf_frame {
    uint64_t address;
    uint32_t name;
    uint32_t module;
};

struct perf_sample {
    uint64_t time_ns; /* as printed, to the microsecond */
    uint32_t tid;
    size_t first;
    size_t count;
    bool was_used;
};

struct agreement {
    const struct row *row;
    struct jt_strings strings;
    struct jt_vec(struct perf_frame) frames;
    struct jt_vec(struct perf_sample) samples;
    struct jt_resolver *resolver;
    struct jt_vec(struct jt_frame) ours;
    size_t next; /* perf sample to look at first */
    size_t matched;
    size_t named; /* frames that perf names */
    size_t agreed;
    /* The file or its debug symbols are not on this machine, or are of another
     * build: nothing to compare. */
    size_t not_here;
    /* A return address at the first byte of a function: perf names that function,
     * we the one before it, which made the call. Most are no return addresses at
     * all, but function pointers that a frame pointer chain ran into; where no
     * code lies before them we say so, perf names the function. */
    size_t return_address;
    /* perf finds no name for the entries of a procedure linkage table that are
     * resolved by a function (IRELATIVE) and prints "@plt". */
    size_t unnamed_plt;
    /* V8's builtins lie in node's own file. Where that is not on this machine the
     * map names them, in its own way: Builtin:X for Builtins_X. */
    size_t builtins_of_map;
    size_t other; /* none may be left */
};

static int take_text(void *context, const struct jt_named_sample *sample)
{
    struct agreement *agreement = context;
    struct perf_sample kept = {.time_ns = sample->time_ns,
                               .tid = sample->tid,
                               .first = agreement->frames.count,
                               .count = sample->frame_count};

    for (size_t i = 0; i < sample->frame_count; i++) {
        const struct jt_named_frame *frame = &sample->frames[i];

        jt_vec_push(&agreement->frames,
                    (struct perf_frame){
                        frame->address,
                        jt_strings_put(&agreement->strings, frame->name, frame->name_bytes),
                        jt_strings_put(&agreement->strings, frame->module ? frame->module : "",
                                       frame->module ? frame->module_bytes : 0)});
    }
    jt_vec_push(&agreement->samples, kept);
    return JITNEY_OK;
}

static uint32_t put_frame(void *context, const struct jt_frame *frame)
{
    struct agreement *agreement = context;

    jt_vec_push(&agreement->ours, *frame);
    return (uint32_t)agreement->ours.count - 1;
}

static struct perf_sample *find_text(struct agreement *agreement, const struct jt_sample *sample)
{
    struct perf_sample *candidate = NULL;

    for (size_t i = agreement->next; i < agreement->samples.count; i++) {
        candidate = &agreement->samples.at[i];
        if (!candidate->was_used && candidate->tid == sample->tid &&
            candidate->time_ns / 1000 == sample->time_ns / 1000) {
            candidate->was_used = true;
            while (agreement->next < agreement->samples.count &&
                   agreement->samples.at[agreement->next].was_used)
                agreement->next++;
            return candidate;
        }
    }
    return NULL;
}

/* The name of the innermost frame that is not inlined, as the symbol table has it. */
static const struct jt_frame *our_frame(struct agreement *agreement, struct jt_process *process,
                                        uint64_t address, uint64_t time_ns)
{
    uint64_t until = 0;
    const struct jt_resolution *resolution =
        jt_resolver_find(agreement->resolver, process, false, address, time_ns, &until);

    return &agreement->ours.at[jt_resolver_frames(agreement->resolver)[resolution->first]];
}

static const char *text_of(const struct agreement *agreement, uint32_t id)
{
    return jt_strings_text(&agreement->strings, id);
}

/* The same raw name, or raw names of the same function: BeamAsm gives the header
 * of a function a symbol of its own. */
static bool says_the_same(const struct agreement *agreement, const struct jt_frame *ours,
                          const char *theirs)
{
    const char *raw = text_of(agreement, ours->name);
    struct jt_name a = {0};
    struct jt_name b = {0};

    if (strcmp(raw, theirs) == 0)
        return true;
    /* Debug symbols name the version of a symbol, the dynamic ones do not. */
    if (strncmp(raw, theirs, strlen(raw)) == 0 && strncmp(theirs + strlen(raw), "@@", 2) == 0)
        return true;
    if (ours->kind != JT_FRAME_JIT)
        return false;
    jt_name_parse(raw, strlen(raw), JT_RUNTIME_NONE, &a);
    jt_name_parse(theirs, strlen(theirs), JT_RUNTIME_NONE, &b);
    return a.function_bytes == b.function_bytes && a.line == b.line &&
           memcmp(a.function, b.function, a.function_bytes) == 0;
}

static bool is_builtin_of_map(const struct agreement *agreement, const struct jt_frame *ours,
                              const char *theirs)
{
    const char *raw = text_of(agreement, ours->name);
    const char *colon = strchr(raw, ':');

    return ours->kind == JT_FRAME_JIT && colon && strncmp(theirs, "Builtins_", 9) == 0 &&
           (strncmp(raw, "Builtin:", 8) == 0 || strncmp(raw, "BytecodeHandler:", 16) == 0) &&
           strncmp(theirs + 9, colon + 1, strlen(colon + 1)) == 0;
}

static void compare_frame(struct agreement *agreement, struct jt_process *process, uint64_t ip,
                          bool is_return, uint64_t time_ns, const struct perf_frame *theirs)
{
    const char *name = jt_strings_text(&agreement->strings, theirs->name);
    const struct jt_frame *ours = our_frame(agreement, process, ip - is_return, time_ns);
    bool is_unnamed = strcmp(name, "[unknown]") == 0;

    if (is_unnamed)
        return;
    if (ours->reason == JT_REASON_NO_FILE || ours->reason == JT_REASON_STRIPPED) {
        agreement->not_here++;
        return;
    }
    agreement->named++;
    if (says_the_same(agreement, ours, name)) {
        agreement->agreed++;
        return;
    }
    if (is_builtin_of_map(agreement, ours, name)) {
        agreement->builtins_of_map++;
        return;
    }
    if (strcmp(name, "@plt") == 0 && strstr(text_of(agreement, ours->name), "@plt")) {
        agreement->unnamed_plt++;
        return;
    }
    if (is_return && strcmp(jt_strings_text(&agreement->strings,
                                            our_frame(agreement, process, ip, time_ns)->name),
                            name) == 0) {
        agreement->return_address++;
        return;
    }
    agreement->other++;
    if (agreement->other <= 20)
        print_message("%s: %llx (%s): perf '%s', we '%s'\n", agreement->row->data,
                      (unsigned long long)ip, jt_strings_text(&agreement->strings, theirs->module),
                      name, jt_strings_text(&agreement->strings, ours->name));
}

static int take_sample(void *context, const struct jt_sample *sample)
{
    struct agreement *agreement = context;
    struct perf_sample *theirs = find_text(agreement, sample);
    struct jt_process *process =
        jt_process_table_find(jt_resolver_processes(agreement->resolver), sample->pid);
    size_t at = 0;

    if (!theirs)
        return JITNEY_OK;
    agreement->matched++;
    if (sample->chain_count == 0 && theirs->count == 1)
        compare_frame(agreement, process, sample->ip, false, sample->time_ns,
                      &agreement->frames.at[theirs->first]);
    for (size_t i = 0; i < sample->chain_count && at < theirs->count; i++) {
        if (sample->chain[i] >= JT_CONTEXT_MAX)
            continue;
        compare_frame(agreement, process, sample->chain[i], at > 0, sample->time_ns,
                      &agreement->frames.at[theirs->first + at]);
        at++;
    }
    return JITNEY_OK;
}

static int take_mapping(void *context, const struct jt_mapping *mapping)
{
    struct agreement *agreement = context;

    jt_resolver_mapping(agreement->resolver, mapping);
    return JITNEY_OK;
}

static int take_fork(void *context, const struct jt_task *task)
{
    struct agreement *agreement = context;

    jt_process_table_fork(jt_resolver_processes(agreement->resolver), task);
    return JITNEY_OK;
}

static int take_comm(void *context, const struct jt_comm *comm)
{
    struct agreement *agreement = context;

    jt_process_table_comm(jt_resolver_processes(agreement->resolver), comm);
    return JITNEY_OK;
}

static void read_script(struct agreement *agreement, const char *folder, struct jt_diag *diag)
{
    char *path = test_unpacked_fixture(folder, agreement->row->script);
    FILE *stream = fopen(path, "re");
    const struct jt_sample_sink sink = {.context = agreement, .named = take_text};
    struct jt_text_facts facts = {0};

    assert_non_null(stream);
    assert_int_equal(jt_perfscript_read(stream, path, diag, &sink, &facts), JITNEY_OK);
    assert_int_equal(facts.skipped_lines, 0);
    fclose(stream);
    free(path);
}

static void read_data(struct agreement *agreement, const char *folder, struct jt_diag *diag)
{
    char *path = test_unpacked_fixture(folder, agreement->row->data);
    const struct jt_sample_sink sink = {.context = agreement,
                                        .sample = take_sample,
                                        .mapping = take_mapping,
                                        .fork = take_fork,
                                        .comm = take_comm};
    const struct jt_time_conversion conversion = {0};
    const struct jt_perfdata_facts *facts = NULL;
    struct jt_perfdata *perfdata = NULL;

    assert_int_equal(jt_perfdata_open(path, diag, &perfdata), JITNEY_OK);
    facts = jt_perfdata_facts(perfdata);
    jt_resolver_set_clock(agreement->resolver, facts->has_monotonic_clock, &conversion);
    for (size_t i = 0; i < facts->build_id_count; i++)
        jt_resolver_expect_build_id(agreement->resolver, facts->build_ids[i].path,
                                    facts->build_ids[i].build_id, facts->build_ids[i].bytes);
    assert_int_equal(jt_perfdata_read(perfdata, &sink), JITNEY_OK);
    jt_perfdata_close(perfdata);
    free(path);
}

static void check_row(const struct row *row, const char *folder)
{
    struct agreement agreement = {.row = row};
    struct jt_diag diag = {.stream = stderr};
    struct jt_frame_sink frames = {&agreement, &agreement.strings, put_frame};
    char *dump = row->dump ? test_unpacked_fixture(folder, row->dump) : NULL;
    char *map = row->map ? test_unpacked_fixture(folder, row->map) : NULL;
    const char *dumps[] = {dump};
    const char *maps[] = {map};
    const struct jt_resolver_options options = {.dumps = dumps,
                                                .dump_count = dump != NULL,
                                                .maps = maps,
                                                .map_count = map != NULL,
                                                .folder = folder,
                                                .raw_names = true};

    jt_strings_init(&agreement.strings);
    read_script(&agreement, folder, &diag);
    agreement.resolver = jt_resolver_new(&options, &diag, &frames);
    read_data(&agreement, folder, &diag);
    print_message("%-29s %4zu samples, %5zu frames with a name here: %5zu agree, "
                  "%zu return addresses, %zu plt, %zu other; %zu in files not here\n",
                  row->data, agreement.matched, agreement.named, agreement.agreed,
                  agreement.return_address, agreement.unnamed_plt, agreement.other,
                  agreement.not_here);
    assert_int_equal(agreement.matched, agreement.samples.count);
    assert_int_equal(agreement.other, 0);
    assert_true((agreement.agreed + agreement.builtins_of_map) * 1000 >= agreement.named * 995);
    assert_true(agreement.named >= row->least);
    jt_resolver_free(agreement.resolver);
    jt_vec_release(&agreement.frames);
    jt_vec_release(&agreement.samples);
    jt_vec_release(&agreement.ours);
    jt_strings_release(&agreement.strings);
    free(dump);
    free(map);
}

static void test_names_agree_with_perf(void **state)
{
    char *folder = test_folder_make();

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(&rows[i], folder);
    test_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_agree_with_perf),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
