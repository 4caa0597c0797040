#include "analysis/symbol/resolver.h"

#include "analysis/symbol/finder.h"
#include "analysis/symbol/kernel.h"
#include "analysis/symbol/modules.h"
#include "analysis/symbol/name.h"
#include "analysis/symbol/native.h"
#include "base/hash.h"
#include "jitney/status.h"

#include <string.h>

enum { MOST_INLINED = 32 };

struct code_answers { /* resolution + 1; 0: not yet */
    uint32_t certain;
    uint32_t ambiguous;
};

struct jt_resolver {
    struct jt_resolver_options options;
    struct jt_frame_sink sink;
    struct jt_diag *diag;
    struct jt_modules modules;
    struct jt_process_table processes;
    struct jt_sources sources;
    struct jt_finder finder;
    struct jt_kernel *kernel;
    bool kernel_was_opened;
    struct jt_vec(struct jt_resolution) resolutions;
    struct jt_vec(uint32_t) frames;
    struct jt_vec(struct code_answers) codes; /* one per code of `sources` */
    struct jt_map statics;                    /* module and offset -> resolution */
    struct jt_map symbols;                    /* module and symbol's start -> resolution */
    struct jt_map unknowns;                   /* module and reason -> resolution */
};

struct jt_resolver *jt_resolver_new(const struct jt_resolver_options *options, struct jt_diag *diag,
                                    const struct jt_frame_sink *sink)
{
    struct jt_resolver *resolver = jt_alloc(1, sizeof(*resolver));
    const struct jt_modules_options places = {.symfs = options->symfs,
                                              .dirs = &resolver->options.folder,
                                              .dir_count = options->folder ? 1 : 0};

    resolver->options = *options;
    resolver->sink = *sink;
    resolver->diag = diag;
    jt_modules_init(&resolver->modules, sink->strings, diag, &places);
    jt_process_table_init(&resolver->processes, sink->strings);
    jt_sources_init(&resolver->sources, sink->strings, diag, &options->sources);
    jt_finder_init(&resolver->finder, &resolver->options, &resolver->sources);
    return resolver;
}

void jt_resolver_free(struct jt_resolver *resolver)
{
    if (!resolver)
        return;
    jt_modules_release(&resolver->modules);
    jt_process_table_release(&resolver->processes);
    jt_finder_release(&resolver->finder);
    jt_sources_release(&resolver->sources);
    jt_kernel_close(resolver->kernel);
    jt_vec_release(&resolver->resolutions);
    jt_vec_release(&resolver->frames);
    jt_vec_release(&resolver->codes);
    jt_map_release(&resolver->statics);
    jt_map_release(&resolver->symbols);
    jt_map_release(&resolver->unknowns);
    free(resolver);
}

void jt_resolver_set_clock(struct jt_resolver *resolver, bool is_monotonic,
                           const struct jt_time_conversion *conversion)
{
    resolver->sources.has_monotonic_clock = is_monotonic;
    resolver->sources.conversion = *conversion;
}

void jt_resolver_expect_build_id(struct jt_resolver *resolver, const char *path,
                                 const uint8_t *build_id, size_t bytes)
{
    jt_modules_expect(&resolver->modules, path, build_id, bytes);
}

struct jt_process_table *jt_resolver_processes(struct jt_resolver *resolver)
{
    return &resolver->processes;
}

const uint32_t *jt_resolver_frames(const struct jt_resolver *resolver)
{
    return resolver->frames.at;
}

void jt_resolver_mapping(struct jt_resolver *resolver, const struct jt_mapping *mapping)
{
    struct jt_process *process = NULL;
    struct jt_region region = {.start = mapping->start,
                               .end = mapping->start + mapping->bytes,
                               .file_offset = mapping->file_offset,
                               .time_ns = mapping->time_ns == JT_TIME_NONE ? 0 : mapping->time_ns};
    const struct jt_module *module = NULL;

    if (mapping->is_kernel || !mapping->is_executable)
        return;
    if (region.end < region.start)
        region.end = UINT64_MAX;
    process = jt_process_table_find(&resolver->processes, mapping->pid);
    region.module = jt_modules_put(&resolver->modules, mapping);
    module = jt_modules_at(&resolver->modules, region.module);
    if (module->runtime != JT_RUNTIME_NONE)
        process->runtime = module->runtime;
    process->saw_anonymous |= module->is_anonymous;
    jt_finder_mapping(&resolver->finder, process, mapping->path);
    jt_process_table_map(&resolver->processes, process, &region);
}

static uint32_t keep_resolution(struct jt_resolver *resolver, struct jt_resolution *resolution)
{
    resolution->frame = resolver->frames.at[resolution->first];
    jt_vec_push(&resolver->resolutions, *resolution);
    return (uint32_t)resolver->resolutions.count - 1;
}

static uint32_t one_frame(struct jt_resolver *resolver, const struct jt_frame *frame, uint8_t flags)
{
    struct jt_resolution resolution = {.first = (uint32_t)resolver->frames.count,
                                       .count = 1,
                                       .flags = flags,
                                       .tier = frame->tier,
                                       .kind = frame->kind,
                                       .role = frame->role};

    jt_vec_push(&resolver->frames, resolver->sink.put(resolver->sink.context, frame));
    return keep_resolution(resolver, &resolution);
}

/* `module` 0: none. */
static uint32_t unknown(struct jt_resolver *resolver, uint32_t module_name, enum jt_reason reason)
{
    uint32_t *kept = jt_map_put(&resolver->unknowns, (uint64_t)module_name << 8 | reason);
    struct jt_frame frame = {.kind = JT_FRAME_UNKNOWN,
                             .name = jt_strings_put_text(resolver->sink.strings, "[unknown]"),
                             .module = module_name,
                             .reason = (uint8_t)reason};

    if (*kept == JT_MAP_NONE)
        *kept = one_frame(resolver, &frame, JT_RESOLVED_UNKNOWN);
    return *kept;
}

static uint32_t put_slice(struct jt_resolver *resolver, const char *text, size_t bytes)
{
    return text ? jt_strings_put(resolver->sink.strings, text, bytes) : 0;
}

/* File and first line from the dump's own table, for names that have none. */
static void add_lines(struct jt_resolver *resolver, const struct jt_source_code *code,
                      struct jt_frame *frame)
{
    struct jt_source *source = resolver->sources.list.at[code->source];
    const struct jt_line *lines = NULL;
    size_t count = 0;

    if (!source->dump || code->lines_offset < 0)
        return;
    count = jt_jitdump_lines(source->dump, code->lines_offset, code->address, code->bytes, &lines);
    for (size_t i = 0; i < count; i++) {
        if (lines[i].line == 0 || lines[i].file[0] == '\0')
            continue;
        frame->file = jt_strings_put_text(resolver->sink.strings, lines[i].file);
        frame->line = lines[i].line;
        return;
    }
}

/* A piece of JIT code by the raw name that its runtime gave it. */
static struct jt_frame raw_frame(struct jt_resolver *resolver, const struct jt_process *process,
                                 const char *raw, size_t bytes)
{
    struct jt_frame frame = {.kind = JT_FRAME_JIT};
    struct jt_name name = {0};

    jt_name_parse(raw, bytes, process->runtime, &name);
    frame.tier = (uint8_t)name.tier;
    frame.runtime = (uint8_t)name.runtime;
    frame.module = jt_strings_put_text(resolver->sink.strings, "[jit]");
    if (resolver->options.raw_names) {
        frame.name = jt_strings_put(resolver->sink.strings, raw, bytes);
        return frame;
    }
    frame.line = name.line;
    frame.name = put_slice(resolver, name.function, name.function_bytes);
    frame.file = put_slice(resolver, name.file, name.file_bytes);
    return frame;
}

static struct jt_frame code_frame(struct jt_resolver *resolver, const struct jt_process *process,
                                  const struct jt_source_code *code)
{
    const struct jt_strings *strings = resolver->sink.strings;
    struct jt_frame frame = raw_frame(resolver, process, jt_strings_text(strings, code->name),
                                      jt_strings_bytes(strings, code->name));

    if (!frame.file && !resolver->options.raw_names)
        add_lines(resolver, code, &frame);
    return frame;
}

static uint32_t code_resolution(struct jt_resolver *resolver, const struct jt_process *process,
                                uint32_t id, bool is_ambiguous)
{
    struct jt_frame frame = {0};
    uint32_t *kept = NULL;

    while (resolver->codes.count <= id)
        jt_vec_push(&resolver->codes, (struct code_answers){0, 0});
    kept = is_ambiguous ? &resolver->codes.at[id].ambiguous : &resolver->codes.at[id].certain;
    if (!*kept) {
        frame = code_frame(resolver, process, &resolver->sources.codes.at[id]);
        *kept = one_frame(resolver, &frame,
                          (uint8_t)(JT_RESOLVED_JIT | (is_ambiguous ? JT_RESOLVED_AMBIGUOUS : 0))) +
                1;
    }
    return *kept - 1;
}

static struct jt_frame native_frame(struct jt_resolver *resolver, const struct jt_module *module,
                                    const char *function)
{
    return (struct jt_frame){.kind = JT_FRAME_NATIVE,
                             .runtime = (uint8_t)module->runtime,
                             .role = (uint8_t)jt_native_role(module->runtime, function, NULL),
                             .module = module->base_name,
                             .name = jt_strings_put_text(resolver->sink.strings, function)};
}

/* An ELF that perf inject made of a dump holds one function, by its raw name. */
static bool injected_frame(struct jt_resolver *resolver, const struct jt_process *process,
                           struct jt_elf *elf, uint64_t address, struct jt_frame *frame)
{
    struct jt_elf_symbol symbol = {0};

    if (!jt_elf_find(elf, address, &symbol))
        return false;
    *frame = raw_frame(resolver, process, symbol.raw, strlen(symbol.raw));
    return true;
}

/* A symbol of a file without DWARF: one frame wherever in it the address is. */
static uint32_t symbol_resolution(struct jt_resolver *resolver, uint32_t number,
                                  const struct jt_elf_symbol *symbol)
{
    uint64_t key = jt_hash_pair(number + UINT64_C(1), symbol->start);
    uint32_t answer = jt_map_find(&resolver->symbols, key);
    struct jt_frame frame = {0};

    if (answer != JT_MAP_NONE)
        return answer;
    frame = native_frame(resolver, jt_modules_at(&resolver->modules, number), symbol->name);
    answer = one_frame(resolver, &frame, 0);
    *jt_map_put(&resolver->symbols, key) = answer;
    return answer;
}

/* What is inlined at an address, outermost first; the outermost has the name that
 * the symbol table gives it. JT_MAP_NONE: no name at all. */
static uint32_t inlined_resolution(struct jt_resolver *resolver, uint32_t number,
                                   const struct jt_elf_frame *inlined, size_t count,
                                   const struct jt_elf_symbol *symbol)
{
    const struct jt_module *module = jt_modules_at(&resolver->modules, number);
    struct jt_resolution resolution = {.first = (uint32_t)resolver->frames.count,
                                       .kind = JT_FRAME_NATIVE};
    struct jt_frame frame = {0};
    const char *function = NULL;

    for (size_t i = count; i-- > 0;) {
        function = i == count - 1 && symbol ? symbol->name : inlined[i].function;
        if (!function)
            continue;
        frame = native_frame(resolver, module, function);
        frame.is_inlined = i < count - 1;
        if (inlined[i].file)
            frame.file = jt_strings_put_text(resolver->sink.strings, inlined[i].file);
        jt_vec_push(&resolver->frames, resolver->sink.put(resolver->sink.context, &frame));
        resolution.count++;
        resolution.role = frame.role;
    }
    return resolution.count > 0 ? keep_resolution(resolver, &resolution) : JT_MAP_NONE;
}

static uint32_t native_resolution(struct jt_resolver *resolver, uint32_t number, struct jt_elf *elf,
                                  uint64_t address)
{
    struct jt_elf_frame inlined[MOST_INLINED];
    struct jt_elf_symbol symbol = {0};
    bool has_symbol = jt_elf_find(elf, address, &symbol);
    size_t count = jt_elf_frames(elf, address, inlined, MOST_INLINED);

    if (count > 0)
        return inlined_resolution(resolver, number, inlined, count, has_symbol ? &symbol : NULL);
    return has_symbol ? symbol_resolution(resolver, number, &symbol) : JT_MAP_NONE;
}

static uint32_t static_resolution(struct jt_resolver *resolver, const struct jt_process *process,
                                  const struct jt_region *region, uint64_t address)
{
    uint64_t offset = address - region->start + region->file_offset;
    const struct jt_module *module = jt_modules_at(&resolver->modules, region->module);
    uint64_t key = jt_hash_pair(region->module + UINT64_C(1), offset);
    uint32_t *kept = jt_map_put(&resolver->statics, key);
    struct jt_elf *elf = NULL;
    struct jt_frame frame = {0};
    uint64_t elf_address = 0;
    uint32_t answer = JT_MAP_NONE;
    bool has_address = false;

    if (*kept != JT_MAP_NONE)
        return *kept;
    elf = jt_modules_elf(&resolver->modules, region->module);
    has_address = elf && jt_elf_address_of_offset(elf, offset, &elf_address);
    if (has_address && module->is_injected &&
        injected_frame(resolver, process, elf, elf_address, &frame))
        answer = one_frame(resolver, &frame, JT_RESOLVED_JIT);
    else if (has_address)
        answer = native_resolution(resolver, region->module, elf, elf_address);
    if (answer == JT_MAP_NONE)
        answer = unknown(resolver, module->base_name, elf ? JT_REASON_STRIPPED : JT_REASON_NO_FILE);
    *jt_map_put(&resolver->statics, key) = answer;
    return answer;
}

static bool is_unknown(const struct jt_resolver *resolver, uint32_t resolution)
{
    return resolver->resolutions.at[resolution].flags & JT_RESOLVED_UNKNOWN;
}

static enum jt_reason reason_without_code(struct jt_resolver *resolver, struct jt_process *process,
                                          uint64_t time_ns, uint64_t *valid_until)
{
    uint64_t last_ns = jt_finder_last_ns(&resolver->finder, process);

    if (process->fault == JT_REASON_DUMP_TORN && time_ns <= last_ns) {
        if (*valid_until > last_ns + 1)
            *valid_until = last_ns + 1;
        return JT_REASON_NOT_IN_MAP;
    }
    if (process->fault)
        return process->fault;
    if (process->sources.count > 0)
        return JT_REASON_NOT_IN_MAP;
    if (!process->foreign_was_sought)
        process->has_foreign = jt_finder_has_foreign(&resolver->finder, &resolver->processes);
    process->foreign_was_sought = true;
    return process->has_foreign ? JT_REASON_OTHER_PID : JT_REASON_NO_MAP;
}

static uint32_t unnamed(struct jt_resolver *resolver, struct jt_process *process,
                        const struct jt_region *region, uint64_t address, uint64_t time_ns,
                        uint64_t *valid_until)
{
    uint32_t module = 0;
    bool may_be_code = region || process->saw_anonymous || process->runtime != JT_RUNTIME_NONE;

    if (region)
        module = jt_strings_put_text(resolver->sink.strings, "[jit]");
    if (!region && process->sources.count > 0 &&
        !jt_finder_is_near_code(&resolver->finder, process, address))
        return unknown(resolver, 0, JT_REASON_BAD_FRAME_POINTER);
    if (!may_be_code)
        return unknown(resolver, 0, JT_REASON_NO_MAPPING);
    return unknown(resolver, module, reason_without_code(resolver, process, time_ns, valid_until));
}

/* Code of dumps wins over files mapped before it was loaded; files win over maps,
 * which say nothing about time, unless the file has no name for the address. */
static uint32_t resolve_user(struct jt_resolver *resolver, struct jt_process *process,
                             uint64_t address, uint64_t time_ns, uint64_t *valid_until)
{
    const struct jt_region *region = jt_regions_find(process->regions, address);
    const struct jt_module *module =
        region ? jt_modules_at(&resolver->modules, region->module) : NULL;
    bool is_file = module && !module->is_anonymous && !module->is_injected;
    const struct jt_code *code = NULL;
    uint32_t answer = 0;

    jt_finder_update(&resolver->finder, process);
    *valid_until = JT_TIME_END;
    if (process->timed)
        code = jt_timeline_find(process->timed, time_ns, address, valid_until);
    if (code && (!is_file || region->time_ns <= code->load_ns))
        return code_resolution(resolver, process, code->id, false);
    if (module && !module->is_anonymous) {
        answer = static_resolution(resolver, process, region, address);
        if (!is_unknown(resolver, answer))
            return answer;
    }
    code = process->timeless ? jt_timeline_find(process->timeless, JT_TIME_END - 1, address, NULL)
                             : NULL;
    if (code)
        return code_resolution(resolver, process, code->id,
                               jt_timeline_is_ambiguous(process->timeless, address));
    if (is_file || (module && module->is_injected && process->sources.count == 0))
        return answer;
    return unnamed(resolver, process, region, address, time_ns, valid_until);
}

static uint32_t resolve_kernel(struct jt_resolver *resolver, uint64_t address)
{
    struct jt_kernel_symbol symbol = {0};
    struct jt_frame frame = {.kind = JT_FRAME_KERNEL};
    uint32_t module = jt_strings_put_text(resolver->sink.strings, "[kernel]");

    if (!resolver->kernel_was_opened && resolver->options.knows_kernel)
        jt_kernel_open(resolver->options.kallsyms, resolver->diag, &resolver->kernel);
    resolver->kernel_was_opened = true;
    if (!resolver->kernel)
        return unknown(resolver, module, JT_REASON_KERNEL_HIDDEN);
    if (!jt_kernel_find(resolver->kernel, address, &symbol))
        return unknown(resolver, module, JT_REASON_STRIPPED);
    frame.name = jt_strings_put_text(resolver->sink.strings, symbol.name);
    frame.module = strcmp(symbol.module, "[kernel.kallsyms]") == 0
                       ? module
                       : jt_strings_put_text(resolver->sink.strings, symbol.module);
    return one_frame(resolver, &frame, 0);
}

const struct jt_resolution *jt_resolver_find(struct jt_resolver *resolver,
                                             struct jt_process *process, bool is_kernel,
                                             uint64_t address, uint64_t time_ns,
                                             uint64_t *valid_until)
{
    struct jt_process *keeper = is_kernel ? &resolver->processes.kernel : process;
    const struct jt_answer *known = jt_process_recall(keeper, address, time_ns);
    struct jt_answer answer = {.valid_until = JT_TIME_END};
    uint32_t number = 0;

    if (!known) {
        number = is_kernel ? resolve_kernel(resolver, address)
                           : resolve_user(resolver, process, address, time_ns, &answer.valid_until);
        answer.resolution = resolver->resolutions.at[number];
        known = jt_process_keep(keeper, address, &answer);
    }
    *valid_until = known->valid_until;
    return &known->resolution;
}

const struct jt_resolution *jt_resolver_bad_address(struct jt_resolver *resolver)
{
    uint32_t answer = unknown(resolver, 0, JT_REASON_BAD_FRAME_POINTER);

    return &resolver->resolutions.at[answer];
}
