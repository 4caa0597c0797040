/* jitney dump: any file we know, record by record. */
#include "cli/cli.h"

#include "analysis/load/folded.h"
#include "analysis/load/hotspotlog.h"
#include "analysis/load/jitdump.h"
#include "analysis/load/perfdata.h"
#include "analysis/load/perfmap.h"
#include "analysis/load/perfscript.h"
#include "analysis/load/trace.h"
#include "analysis/load/v8log.h"
#include "base/alloc.h"
#include "cli/recordings.h"
#include "cli/records.h"
#include "jitney/status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    START_BYTES = 64 << 10, /* looked at to tell the kind of file */
    STREAM_BYTES = 256 << 10,
    ADDRESS_WIDTH = 18,
    BYTES_WIDTH = 6,
    ID_WIDTH = 7,
};

struct dump_options {
    bool is_json;
    const char *output;
};

#define FIELD(name) offsetof(struct dump_options, name)

static const struct cli_option dump_options[] = {
    {'\0', "json", CLI_FLAG, FIELD(is_json), NULL, "one JSON object a line"},
    {'o', "output", CLI_STRING, FIELD(output), "FILE", "write here, not to standard output"},
    {0},
};

struct dump {
    struct cli *cli;
    const char *path;
    struct cli_records records;
    const struct jt_perfdata *perfdata; /* whose samples come now */
    int write_error;                    /* errno of the first failure; 0: none */
};

static int check_written(struct dump *dump)
{
    if (!ferror_unlocked(dump->records.stream))
        return JITNEY_OK;
    if (!dump->write_error)
        dump->write_error = errno;
    return JITNEY_ERR_STOPPED;
}

static int end_record(struct dump *dump)
{
    cli_record_end(&dump->records);
    return check_written(dump);
}

static void put_time(struct dump *dump, uint64_t time_ns)
{
    if (time_ns != JT_TIME_NONE)
        cli_record_time(&dump->records, "time", time_ns);
}

static void put_task(struct dump *dump, uint32_t pid, uint32_t tid)
{
    cli_record_number(&dump->records, "pid", pid, ID_WIDTH);
    cli_record_number(&dump->records, "tid", tid, ID_WIDTH);
}

/* Code: jitdump and perf map. */

static int dump_code(void *context, const struct jt_code_event *event)
{
    static const char *const types[] = {
        [JT_CODE_LOAD] = "load", [JT_CODE_MOVE] = "move", [JT_CODE_UNLOAD] = "unload"};
    struct dump *dump = context;
    struct cli_records *records = &dump->records;

    cli_record_begin(records, types[event->kind]);
    if (event->time_ns) {
        put_time(dump, event->time_ns);
        put_task(dump, event->pid, event->tid);
    }
    cli_record_address(records, "address", event->address, ADDRESS_WIDTH);
    cli_record_number(records, "bytes", event->bytes, BYTES_WIDTH);
    if (event->time_ns)
        cli_record_number(records, "index", event->index, BYTES_WIDTH);
    if (event->kind == JT_CODE_MOVE)
        cli_record_address(records, "from", event->old_address, 0);
    if (event->lines_offset >= 0)
        cli_record_number(records, "lines_at", (uint64_t)event->lines_offset, BYTES_WIDTH);
    if (event->code_offset >= 0)
        cli_record_number(records, "code_at", (uint64_t)event->code_offset, BYTES_WIDTH);
    if (event->kind == JT_CODE_LOAD)
        cli_record_text(records, "name", event->name, event->name_bytes);
    return end_record(dump);
}

static void say_damage(struct dump *dump, const struct jt_load_damage *damage)
{
    if (damage->skipped + damage->repaired + damage->torn_bytes + damage->out_of_order == 0)
        return;
    jt_diag_warn(&dump->cli->diag, dump->path, JT_DIAG_NO_OFFSET,
                 "%" PRIu64 " records skipped, %" PRIu64 " repaired, %" PRIu64
                 " out of order, %" PRIu64 " bytes after the last whole one",
                 damage->skipped, damage->repaired, damage->out_of_order, damage->torn_bytes);
}

static int dump_jitdump(struct dump *dump)
{
    const struct jt_code_sink sink = {dump, dump_code};
    const struct jt_jitdump_facts *facts = NULL;
    struct jt_jitdump *jitdump = NULL;
    int status = jt_jitdump_open(dump->path, &dump->cli->diag, &jitdump);

    if (status)
        return status;
    facts = jt_jitdump_facts(jitdump);
    cli_record_begin(&dump->records, "jitdump");
    cli_record_number(&dump->records, "pid", facts->pid, 0);
    cli_record_number(&dump->records, "machine", facts->machine, 0);
    cli_record_number(&dump->records, "created", facts->created, 0);
    cli_record_flag(&dump->records, "arch_timestamp", facts->arch_timestamp);
    cli_record_flag(&dump->records, "swapped", facts->swapped);
    status = end_record(dump);
    if (!status)
        status = jt_jitdump_read(jitdump, &sink);
    say_damage(dump, &facts->damage);
    jt_jitdump_close(jitdump);
    return status;
}

static int dump_perfmap(struct dump *dump)
{
    const struct jt_code_sink sink = {dump, dump_code};
    struct jt_load_damage damage = {0};

    return jt_perfmap_read(dump->path, &dump->cli->diag, &sink, &damage);
}

/* Samples with names: perf script and folded. */

static void put_frame(struct cli_records *records, const struct jt_named_frame *frame)
{
    cli_record_object_begin(records);
    cli_record_text(records, "name", frame->name, frame->name_bytes);
    if (frame->address)
        cli_record_address(records, "address", frame->address, 0);
    if (frame->module)
        cli_record_text(records, "module", frame->module, frame->module_bytes);
    if (frame->file) {
        cli_record_text(records, "file", frame->file, frame->file_bytes);
        cli_record_number(records, "line", frame->line, 0);
    }
    cli_record_object_end(records);
}

static int dump_named(void *context, const struct jt_named_sample *sample)
{
    struct dump *dump = context;
    struct cli_records *records = &dump->records;

    cli_record_begin(records, "sample");
    put_time(dump, sample->time_ns);
    if (sample->time_ns != JT_TIME_NONE || sample->tid)
        put_task(dump, sample->pid, sample->tid);
    cli_record_number(records, "weight", sample->weight, 0);
    if (sample->command)
        cli_record_text(records, "command", sample->command, sample->command_bytes);
    cli_record_list_begin(records, records->is_json ? "frames" : "stack");
    for (size_t i = 0; i < sample->frame_count; i++) {
        const struct jt_named_frame *frame = &sample->frames[i];

        if (records->is_json)
            put_frame(records, frame);
        else /* as folded text: root first */
            cli_record_list_text(records, sample->frames[sample->frame_count - 1 - i].name,
                                 sample->frames[sample->frame_count - 1 - i].name_bytes);
    }
    cli_record_list_end(records);
    return end_record(dump);
}

static int dump_text(struct dump *dump,
                     int (*read)(FILE *stream, const char *name, struct jt_diag *diag,
                                 const struct jt_sample_sink *sink, struct jt_text_facts *facts))
{
    const struct jt_sample_sink sink = {.context = dump, .named = dump_named};
    bool is_input = strcmp(dump->path, "-") == 0;
    FILE *stream = is_input ? stdin : fopen(dump->path, "re");
    struct jt_text_facts facts = {0};
    int status = JITNEY_OK;

    if (!stream) {
        jt_diag_error(&dump->cli->diag, dump->path, JT_DIAG_NO_OFFSET, "%s", strerror(errno));
        return JITNEY_ERR_IO;
    }
    status = read(stream, dump->path, &dump->cli->diag, &sink, &facts);
    if (facts.skipped_lines > 0)
        jt_diag_warn(&dump->cli->diag, dump->path, JT_DIAG_NO_OFFSET,
                     "%" PRIu64 " lines without meaning skipped", facts.skipped_lines);
    if (!is_input)
        fclose(stream);
    return status;
}

static int dump_perfscript(struct dump *dump)
{
    return dump_text(dump, jt_perfscript_read);
}

static int dump_folded(struct dump *dump)
{
    return dump_text(dump, jt_folded_read);
}

/* perf.data */

static const char *mode_name(enum jt_cpu_mode mode)
{
    static const char *const names[] = {[JT_MODE_UNKNOWN] = "unknown",
                                        [JT_MODE_KERNEL] = "kernel",
                                        [JT_MODE_USER] = "user",
                                        [JT_MODE_OTHER] = "other"};

    return names[mode];
}

static void put_chain(struct cli_records *records, const struct jt_sample *sample)
{
    cli_record_list_begin(records, "chain");
    for (size_t i = 0; i < sample->chain_count; i++) {
        uint64_t address = sample->chain[i];

        if (address < JT_CONTEXT_MAX)
            cli_record_list_address(records, address);
        else if (address == JT_CONTEXT_KERNEL)
            cli_record_list_text(records, "kernel", 6);
        else if (address == JT_CONTEXT_USER)
            cli_record_list_text(records, "user", 4);
        else
            cli_record_list_text(records, "context", 7);
    }
    cli_record_list_end(records);
}

static int dump_sample(void *context, const struct jt_sample *sample)
{
    struct dump *dump = context;
    struct cli_records *records = &dump->records;
    const struct jt_perfdata_facts *facts = jt_perfdata_facts(dump->perfdata);

    cli_record_begin(records, "sample");
    put_time(dump, sample->time_ns);
    put_task(dump, sample->pid, sample->tid);
    if (sample->cpu != UINT32_MAX)
        cli_record_number(records, "cpu", sample->cpu, 3);
    cli_record_number(records, "period", sample->period, 8);
    if (sample->event < facts->event_count)
        cli_record_text(records, "event", facts->events[sample->event].name,
                        strlen(facts->events[sample->event].name));
    cli_record_text(records, "mode", mode_name(sample->mode), strlen(mode_name(sample->mode)));
    cli_record_address(records, "ip", sample->ip, ADDRESS_WIDTH);
    if (sample->chain_count > 0)
        put_chain(records, sample);
    return end_record(dump);
}

static int dump_mapping(void *context, const struct jt_mapping *mapping)
{
    struct dump *dump = context;
    struct cli_records *records = &dump->records;
    char id[2 * sizeof(mapping->build_id) + 1];
    size_t id_bytes = mapping->build_id_bytes;

    cli_record_begin(records, "mmap");
    put_time(dump, mapping->time_ns);
    if (mapping->pid != UINT32_MAX)
        put_task(dump, mapping->pid, mapping->tid);
    cli_record_address(records, "start", mapping->start, ADDRESS_WIDTH);
    cli_record_address(records, "bytes", mapping->bytes, BYTES_WIDTH);
    cli_record_address(records, "offset", mapping->file_offset, BYTES_WIDTH);
    cli_record_flag(records, "kernel", mapping->is_kernel);
    cli_record_flag(records, "executable", mapping->is_executable);
    if (mapping->has_inode) {
        cli_record_number(records, "device_major", mapping->device_major, 0);
        cli_record_number(records, "device_minor", mapping->device_minor, 0);
        cli_record_number(records, "inode", mapping->inode, BYTES_WIDTH);
    }
    if (id_bytes > 0 && id_bytes <= sizeof(mapping->build_id)) {
        for (size_t i = 0; i < id_bytes; i++)
            snprintf(id + 2 * i, 3, "%02x", mapping->build_id[i]);
        cli_record_text(records, "build_id", id, 2 * id_bytes);
    }
    cli_record_text(records, "path", mapping->path, strlen(mapping->path));
    return end_record(dump);
}

static int dump_task(struct dump *dump, const char *type, const struct jt_task *task)
{
    cli_record_begin(&dump->records, type);
    put_time(dump, task->time_ns);
    put_task(dump, task->pid, task->tid);
    cli_record_number(&dump->records, "parent_pid", task->parent_pid, ID_WIDTH);
    cli_record_number(&dump->records, "parent_tid", task->parent_tid, 0);
    return end_record(dump);
}

static int dump_fork(void *context, const struct jt_task *task)
{
    return dump_task(context, "fork", task);
}

static int dump_exit(void *context, const struct jt_task *task)
{
    return dump_task(context, "exit", task);
}

static int dump_comm(void *context, const struct jt_comm *comm)
{
    struct dump *dump = context;

    cli_record_begin(&dump->records, "comm");
    put_time(dump, comm->time_ns);
    put_task(dump, comm->pid, comm->tid);
    cli_record_flag(&dump->records, "exec", comm->is_exec);
    cli_record_text(&dump->records, "command", comm->command, strlen(comm->command));
    return end_record(dump);
}

static int dump_loss(void *context, const struct jt_loss *loss)
{
    struct dump *dump = context;

    cli_record_begin(&dump->records, "lost");
    put_time(dump, loss->time_ns);
    cli_record_number(&dump->records, "count", loss->count, 0);
    return end_record(dump);
}

static void put_fact(struct cli_records *records, const char *name, const char *text)
{
    if (text)
        cli_record_text(records, name, text, strlen(text));
}

static int dump_header(struct dump *dump)
{
    const struct jt_perfdata_facts *facts = jt_perfdata_facts(dump->perfdata);
    struct cli_records *records = &dump->records;
    int status = JITNEY_OK;

    cli_record_begin(records, "perfdata");
    put_fact(records, "version", facts->version);
    put_fact(records, "host", facts->hostname);
    put_fact(records, "os_release", facts->os_release);
    put_fact(records, "arch", facts->arch);
    cli_record_flag(records, "swapped", facts->swapped);
    cli_record_flag(records, "monotonic", facts->has_monotonic_clock);
    cli_record_list_begin(records, "command");
    for (size_t i = 0; i < facts->command_count; i++)
        cli_record_list_text(records, facts->command[i], strlen(facts->command[i]));
    cli_record_list_end(records);
    status = end_record(dump);
    for (size_t i = 0; !status && i < facts->event_count; i++) {
        cli_record_begin(records, "event");
        put_fact(records, "name", facts->events[i].name);
        cli_record_number(records, "event_type", facts->events[i].type, 0);
        cli_record_address(records, "config", facts->events[i].config, 0);
        cli_record_number(records, "frequency", facts->events[i].frequency, 0);
        cli_record_address(records, "sample_type", facts->events[i].sample_type, 0);
        status = end_record(dump);
    }
    return status;
}

static void say_losses(struct dump *dump, const struct jt_perfdata_facts *facts)
{
    if (facts->bad_records + facts->torn_bytes + facts->out_of_order + facts->lost_records > 0)
        jt_diag_warn(&dump->cli->diag, dump->path, JT_DIAG_NO_OFFSET,
                     "%" PRIu64 " records lost by the kernel, %" PRIu64 " not understood, %" PRIu64
                     " out of order, %" PRIu64 " bytes after the last whole one",
                     facts->lost_records, facts->bad_records, facts->out_of_order,
                     facts->torn_bytes);
    if (facts->unfinished)
        jt_diag_warn(&dump->cli->diag, dump->path, JT_DIAG_NO_OFFSET,
                     "its writer was not ended properly");
}

static int dump_perfdata(struct dump *dump)
{
    const struct jt_sample_sink sink = {
        .context = dump,
        .sample = dump_sample,
        .mapping = dump_mapping,
        .fork = dump_fork,
        .exit = dump_exit,
        .comm = dump_comm,
        .loss = dump_loss,
    };
    struct jt_perfdata *perfdata = NULL;
    int status = jt_perfdata_open(dump->path, &dump->cli->diag, &perfdata);

    if (status)
        return status;
    dump->perfdata = perfdata;
    status = dump_header(dump);
    if (!status)
        status = jt_perfdata_read(perfdata, &sink);
    say_losses(dump, jt_perfdata_facts(perfdata));
    jt_perfdata_close(perfdata);
    return status;
}

/* Recordings, ours and R's. */

struct dumped_recording {
    struct dump *dump;
    struct jt_event_log *log;
    struct jt_buf line;
    uint64_t index;
};

static int dump_source(struct dump *dump, const struct jt_event_log_source *source)
{
    const struct jt_event_log_facts facts = jt_event_log_facts(source);
    struct cli_records *records = &dump->records;

    cli_record_begin(records, "recording");
    cli_record_text(records, "engine", facts.engine, strlen(facts.engine));
    if (facts.has_times) {
        cli_record_number(records, "version", facts.version, 0);
        cli_record_number(records, "pid", facts.pid, 0);
        cli_record_number(records, "machine", facts.machine, 0);
        cli_record_time(records, "start", facts.start_ns);
        cli_record_time(records, "wall", facts.wall_ns);
        cli_record_flag(records, "closed", facts.is_closed);
    }
    return end_record(dump);
}

static int dump_event(void *context, const struct jt_event_log_source *source,
                      const struct jitney_event *event)
{
    struct dumped_recording *recording = context;
    struct dump *dump = recording->dump;
    struct jt_event_names names;
    struct jt_event_view view = cli_event_view(recording->log, source, event, &names);

    view.index = ++recording->index;
    jt_buf_clear(&recording->line);
    if (dump->records.is_json)
        jt_event_json_line(&recording->line, &view);
    else
        jt_event_dump_line(&recording->line, &view);
    if (!jt_buf_status(&recording->line))
        fwrite_unlocked(recording->line.bytes, 1, recording->line.length, dump->records.stream);
    return check_written(dump);
}

static int dump_recording(struct dump *dump)
{
    struct dumped_recording recording = {.dump = dump, .line = JT_BUF_INIT(JT_EVENT_LINE_LIMIT)};
    const struct jt_event_log_sink sink = {.context = &recording, .event = dump_event};
    int status = jt_event_log_open(dump->path, &dump->cli->diag, &recording.log);

    if (status)
        return status;
    status = dump_source(dump, jt_event_log_source_at(recording.log, 0));
    if (!status)
        status = jt_event_log_read(recording.log, &sink);
    jt_event_log_say_losses(recording.log, &dump->cli->diag);
    jt_event_log_close(recording.log);
    jt_buf_release(&recording.line);
    return status;
}

static bool is_recording(const void *bytes, size_t count)
{
    enum jt_event_log_kind kind = JT_EVENT_LOG_RECORDING;

    return jt_event_log_probe(bytes, count, &kind) && kind == JT_EVENT_LOG_RECORDING;
}

static bool is_r_recording(const void *bytes, size_t count)
{
    enum jt_event_log_kind kind = JT_EVENT_LOG_RECORDING;

    return jt_event_log_probe(bytes, count, &kind) && kind == JT_EVENT_LOG_RIR;
}

/* The logs of V8 and HotSpot: what they tell of code. */

static void put_v8_text(struct cli_records *records, const char *name, struct jt_v8log_text text)
{
    if (text.bytes > 0)
        cli_record_text(records, name, text.at, text.bytes);
}

static int dump_v8_event(void *context, const struct jt_v8log_event *event)
{
    static const char *const types[] = {[JT_V8LOG_CODE] = "code-creation",
                                        [JT_V8LOG_MOVE] = "code-move",
                                        [JT_V8LOG_DEOPT] = "code-deopt",
                                        [JT_V8LOG_DISABLED] = "code-disable-optimization"};
    struct dump *dump = context;
    struct cli_records *records = &dump->records;

    cli_record_begin(records, types[event->kind]);
    if (event->has_time)
        put_time(dump, event->time_ns);
    if (event->kind == JT_V8LOG_MOVE) {
        cli_record_address(records, "from", event->address, ADDRESS_WIDTH);
        cli_record_address(records, "to", event->to, 0);
    } else if (event->kind != JT_V8LOG_DISABLED) {
        cli_record_address(records, "address", event->address, ADDRESS_WIDTH);
        cli_record_number(records, "bytes", event->bytes, BYTES_WIDTH);
    }
    if (event->function)
        cli_record_address(records, "function", event->function, 0);
    put_v8_text(records, "tag", event->tag);
    put_v8_text(records, "mark", event->mark);
    put_v8_text(records, "name", event->name);
    put_v8_text(records, "kind", event->cause);
    put_v8_text(records, "place", event->place);
    put_v8_text(records, "reason", event->reason);
    return end_record(dump);
}

static int read_v8log(FILE *stream, const char *name, struct jt_diag *diag,
                      const struct jt_sample_sink *sink, struct jt_text_facts *facts)
{
    const struct jt_v8log_sink events = {sink->context, dump_v8_event};
    struct jt_v8log_facts log;
    int status = jt_v8log_read(stream, name, diag, &events, &log);

    facts->skipped_lines = log.skipped;
    return status;
}

static int dump_v8log(struct dump *dump)
{
    return dump_text(dump, read_v8log);
}

static int dump_hotspot_event(void *context, const struct jt_hotspotlog_event *event)
{
    static const char *const types[] = {[JT_HOTSPOTLOG_CODE] = "nmethod",
                                        [JT_HOTSPOTLOG_NOT_ENTRANT] = "make_not_entrant",
                                        [JT_HOTSPOTLOG_GONE] = "gone",
                                        [JT_HOTSPOTLOG_TRAP] = "uncommon_trap"};
    struct dump *dump = context;
    struct cli_records *records = &dump->records;

    cli_record_begin(records, types[event->kind]);
    put_time(dump, event->time_ns);
    cli_record_number(records, "compile_id", event->compilation, BYTES_WIDTH);
    if (event->kind == JT_HOTSPOTLOG_CODE) {
        cli_record_address(records, "address", event->address, ADDRESS_WIDTH);
        cli_record_number(records, "bytes", event->bytes, BYTES_WIDTH);
    }
    if (event->level >= 0)
        cli_record_number(records, "level", (uint64_t)event->level, 0);
    if (event->bci >= 0)
        cli_record_number(records, "bci", (uint64_t)event->bci, 0);
    if (*event->mode)
        put_fact(records, "kind", event->mode);
    if (*event->reason)
        put_fact(records, "reason", event->reason);
    if (*event->action)
        put_fact(records, "action", event->action);
    if (*event->method)
        put_fact(records, "method", event->method);
    return end_record(dump);
}

static int read_hotspotlog(FILE *stream, const char *name, struct jt_diag *diag,
                           const struct jt_sample_sink *sink, struct jt_text_facts *facts)
{
    const struct jt_hotspotlog_sink events = {sink->context, dump_hotspot_event};
    struct jt_hotspotlog_facts log;
    int status = jt_hotspotlog_read(stream, name, diag, &events, &log);

    facts->skipped_lines = log.skipped;
    return status;
}

static int dump_hotspotlog(struct dump *dump)
{
    return dump_text(dump, read_hotspotlog);
}

/* One row per kind of file, in the order in which they are told from each other. */
static const struct {
    const char *name;
    bool (*probe)(const void *bytes, size_t count);
    int (*dump)(struct dump *dump);
} kinds[] = {
    {"perf.data", jt_perfdata_probe, dump_perfdata},
    {"jitdump", jt_jitdump_probe, dump_jitdump},
    {"recording", is_recording, dump_recording},
    {"R recording", is_r_recording, dump_recording},
    {"HotSpot log", jt_hotspotlog_probe, dump_hotspotlog},
    {"V8 log", jt_v8log_probe, dump_v8log},
    {"perf map", jt_perfmap_probe, dump_perfmap},
    {"perf script text", jt_perfscript_probe, dump_perfscript},
    {"folded stacks", jt_folded_probe, dump_folded},
};

enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

static size_t find_kind(const void *start, size_t bytes)
{
    size_t kind = 0;

    while (kind < KIND_COUNT && !kinds[kind].probe(start, bytes))
        kind++;
    return kind;
}

/* The first bytes without taking them: of a file, or of a pipe (by tee(2)). */
static ssize_t peek(int fd, char *start, size_t room)
{
    int pipes[2] = {-1, -1};
    ssize_t got = pread(fd, start, room, 0);

    if (got >= 0 || errno != ESPIPE || pipe2(pipes, O_CLOEXEC) != 0)
        return got;
    got = tee(fd, pipes[1], room, 0);
    if (got > 0)
        got = read(pipes[0], start, (size_t)got);
    close(pipes[0]);
    close(pipes[1]);
    return got;
}

static int dump_folder(struct dump *dump)
{
    struct dirent **entries = NULL;
    int count = scandir(dump->path, &entries, NULL, alphasort);
    int status = JITNEY_OK;

    for (int i = 0; i < count; i++) {
        char *path = jt_format("%s/%s", dump->path, entries[i]->d_name);
        char start[4096];
        struct stat facts;
        int fd = -1;
        ssize_t got = 0;

        if (!status && stat(path, &facts) == 0 && S_ISREG(facts.st_mode)) {
            fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
            got = fd < 0 ? 0 : pread(fd, start, sizeof(start), 0);
            cli_record_begin(&dump->records, "file");
            cli_record_number(&dump->records, "bytes", (uint64_t)facts.st_size, 12);
            cli_record_text(&dump->records, "name", entries[i]->d_name, strlen(entries[i]->d_name));
            if (got > 0 && find_kind(start, (size_t)got) < KIND_COUNT)
                put_fact(&dump->records, "kind", kinds[find_kind(start, (size_t)got)].name);
            status = end_record(dump);
            if (fd >= 0)
                close(fd);
        }
        free(path);
        free(entries[i]);
    }
    free(entries);
    return status;
}

static int reject(struct dump *dump, const char *what)
{
    jt_diag_error(&dump->cli->diag, dump->path, JT_DIAG_NO_OFFSET, "%s", what);
    return JITNEY_ERR_FORMAT;
}

/* A folder is a trace, or perf.data in perf's directory format. */
static int dump_any_folder(struct dump *dump)
{
    char *data = jt_format("%s/data", dump->path);
    bool is_perfdata = access(data, F_OK) == 0;

    free(data);
    data = jt_format("%s/data.0", dump->path);
    is_perfdata |= access(data, F_OK) == 0;
    free(data);
    if (is_perfdata)
        return dump_perfdata(dump);
    if (jt_trace_probe(dump->path) || cli_has_recordings(dump->path))
        return dump_folder(dump);
    return reject(dump, "is a folder, but no trace");
}

static int dump_any(struct dump *dump)
{
    bool is_input = strcmp(dump->path, "-") == 0;
    int fd =
        is_input ? STDIN_FILENO : open(dump->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    char *start = NULL;
    struct stat facts;
    ssize_t got = 0;
    size_t kind = 0;
    int status = JITNEY_OK;

    if (fd < 0 || fstat(fd, &facts) != 0)
        return reject(dump, strerror(errno));
    start = jt_alloc(START_BYTES, 1);
    if (S_ISDIR(facts.st_mode)) {
        status = dump_any_folder(dump);
    } else {
        got = peek(fd, start, START_BYTES);
        kind = got > 0 ? find_kind(start, (size_t)got) : KIND_COUNT;
        if (got < 0)
            status = reject(dump, strerror(errno));
        else if (got == 0)
            status = reject(dump, "is empty");
        else if (kind == KIND_COUNT)
            status = reject(dump, "is no perf.data, jitdump, recording, perf map, V8 or HotSpot "
                                  "log, perf script text or folded stacks");
        else
            status = kinds[kind].dump(dump);
    }
    free(start);
    if (!is_input)
        close(fd);
    return status;
}

static int run(struct cli *cli, const void *given, int argc, char **argv)
{
    const struct dump_options *options = given;
    struct dump dump = {.cli = cli};
    struct cli_output output;
    int result = CLI_DONE;
    int status = JITNEY_OK;

    if (argc != 1)
        return cli_usage(cli, "name one file or trace");
    result = cli_output_open(cli, options->output, &output);
    if (result)
        return result;
    dump.path = argv[0];
    dump.records = (struct cli_records){.stream = output.stream, .is_json = options->is_json};
    setvbuf(output.stream, NULL, _IOFBF, STREAM_BYTES);
    status = dump_any(&dump);
    if (!dump.write_error && fflush(output.stream) != 0)
        dump.write_error = errno;
    if (dump.write_error == EPIPE) { /* the reader has seen enough */
        __fpurge(output.stream);
        clearerr(output.stream);
    }
    if (status && dump.write_error != EPIPE)
        result = CLI_FAILED;
    errno = dump.write_error;
    return cli_output_close(cli, &output, result);
}

const struct cli_command cmd_dump = {
    .name = "dump",
    .summary = "decode a file, record by record",
    .arguments = "FILE",
    .description =
        "Prints every record of a perf.data, jitdump, recording, perf map, perf script\n"
        "text or folded stacks, and what a log of V8 or HotSpot tells of code, one a line.\n"
        "The kind is told by the content. What could not be\n"
        "read is counted on standard error. Of a trace, lists the files.",
    .example = "  jitney dump jit-4711.dump | grep move\n"
               "  jitney dump --json perf.data | jq 'select(.type == \"sample\")'",
    .options = dump_options,
    .options_bytes = sizeof(struct dump_options),
    .run = run,
};
