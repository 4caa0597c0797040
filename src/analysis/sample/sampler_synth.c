#include "analysis/sample/sampler_synth.h"

#include "base/alloc.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    RECORD_BYTES_LIMIT = UINT16_MAX & ~7,
    COMM_BYTES = 16,
    MMAP2_FIXED_BYTES = 72, /* up to the path: format/perfdata.h */
    SAMPLE_ID_BYTES = 32    /* pid and tid, time, CPU, identifier */
};

#define ANONYMOUS "//anon"
#define KERNEL_TEXT "[kernel.kallsyms]_text"

void jt_synth_init(struct jt_synth *synth, struct jt_perfdata_writer *writer,
                   struct jt_watch *watch, uint64_t id)
{
    *synth = (struct jt_synth){
        .writer = writer, .watch = watch, .id = id, .record = JT_BUF_INIT(RECORD_BYTES_LIMIT)};
}

void jt_synth_release(struct jt_synth *synth)
{
    jt_buf_release(&synth->record);
}

static void start_record(struct jt_synth *synth, uint32_t type, uint16_t misc)
{
    jt_buf_clear(&synth->record);
    jt_buf_append_u32(&synth->record, type);
    jt_buf_append_u16(&synth->record, misc);
    jt_buf_append_u16(&synth->record, 0); /* the size comes last */
}

static void append_name(struct jt_synth *synth, const char *name)
{
    size_t bytes = strlen(name) + 1;

    jt_buf_append(&synth->record, name, bytes);
    jt_buf_append_zeros(&synth->record, -bytes % 8);
}

/* Fill in the size; empty when the record did not fit. */
static struct iovec close_record(struct jt_buf *record)
{
    uint16_t size = (uint16_t)record->length;

    if (jt_buf_status(record))
        return (struct iovec){NULL, 0};
    memcpy(record->bytes + offsetof(struct jt_perf_event_header, size), &size, sizeof(size));
    return (struct iovec){record->bytes, record->length};
}

void jt_synth_with_path(struct jt_synth *synth, const uint8_t *mmap2, size_t bytes,
                        const char *path)
{
    struct iovec piece;

    if (bytes < MMAP2_FIXED_BYTES + SAMPLE_ID_BYTES)
        return;
    jt_buf_clear(&synth->record);
    jt_buf_append(&synth->record, mmap2, MMAP2_FIXED_BYTES);
    append_name(synth, path);
    jt_buf_append(&synth->record, mmap2 + bytes - SAMPLE_ID_BYTES, SAMPLE_ID_BYTES);
    piece = close_record(&synth->record);
    jt_perfdata_writer_append(synth->writer, &piece, 1);
}

/* The record just made is of a dump that will be elsewhere. */
static void write_marker(struct jt_synth *synth)
{
    size_t bytes = synth->record.length;
    uint8_t *copy = jt_alloc(bytes, 1);

    memcpy(copy, synth->record.bytes, bytes);
    jt_synth_with_path(synth, copy, bytes, synth->watch->markers.at[0].path);
    free(copy);
}

/* Append the sample_id, whose time is 0: before everything that was sampled. */
static void end_record(struct jt_synth *synth, uint32_t pid, uint32_t tid)
{
    struct jt_buf *record = &synth->record;
    struct iovec piece;

    jt_buf_append_u32(record, pid);
    jt_buf_append_u32(record, tid);
    jt_buf_append_u64(record, 0); /* time */
    jt_buf_append_u64(record, 0); /* CPU */
    jt_buf_append_u64(record, synth->id);
    piece = close_record(record);
    jt_watch_records(synth->watch, &piece, piece.iov_len ? 1 : 0);
    if (synth->watch->markers.count > 0)
        write_marker(synth);
    else
        jt_perfdata_writer_append(synth->writer, &piece, 1);
}

void jt_synth_lost(struct jt_synth *synth, uint64_t lost)
{
    start_record(synth, JT_PERF_RECORD_LOST_SAMPLES, 0);
    jt_buf_append_u64(&synth->record, lost);
    end_record(synth, 0, 0);
}

static void write_name(struct jt_synth *synth, uint32_t pid, uint32_t tid, const char *name)
{
    char comm[COMM_BYTES] = "";

    snprintf(comm, sizeof(comm), "%s", name);
    start_record(synth, JT_PERF_RECORD_COMM, 0);
    jt_buf_append_u32(&synth->record, pid);
    jt_buf_append_u32(&synth->record, tid);
    append_name(synth, comm);
    end_record(synth, pid, tid);
}

void jt_synth_name(struct jt_synth *synth, uint32_t pid, const char *name)
{
    write_name(synth, pid, pid, name);
}

static void write_fork(struct jt_synth *synth, uint32_t pid, uint32_t tid, uint32_t parent)
{
    start_record(synth, JT_PERF_RECORD_FORK, 0);
    jt_buf_append_u32(&synth->record, pid);
    jt_buf_append_u32(&synth->record, parent);
    jt_buf_append_u32(&synth->record, tid);
    jt_buf_append_u32(&synth->record, parent);
    jt_buf_append_u64(&synth->record, 0); /* time */
    end_record(synth, pid, tid);
}

/* The first line of a file in /proc without its newline; false: there is none. */
static bool read_line(const char *path, char *line, size_t room)
{
    FILE *file = fopen(path, "re");
    bool is_there = file && fgets(line, (int)room, file);

    if (file)
        fclose(file);
    if (is_there)
        line[strcspn(line, "\n")] = '\0';
    return is_there;
}

static uint32_t read_parent(uint32_t pid)
{
    char path[64];
    char line[1024];
    const char *end = NULL;

    snprintf(path, sizeof(path), "/proc/%" PRIu32 "/stat", pid);
    if (!read_line(path, line, sizeof(line)))
        return 0;
    end = strrchr(line, ')'); /* the name may hold anything */
    if (!end || strlen(end) < 4)
        return 0;
    return (uint32_t)strtoul(end + 4, NULL, 10); /* behind ") S " */
}

size_t jt_synth_list_threads(uint32_t pid, struct jt_synth_tasks *tasks)
{
    char path[64];
    size_t before = tasks->at.count;
    DIR *directory = NULL;
    struct dirent *entry = NULL;
    uint32_t tid = 0;

    snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task", pid);
    directory = opendir(path);
    if (!directory)
        return 0;
    for (entry = readdir(directory); entry; entry = readdir(directory)) {
        tid = (uint32_t)strtoul(entry->d_name, NULL, 10);
        if (tid)
            jt_vec_push(&tasks->at, tid);
    }
    closedir(directory);
    return tasks->at.count - before;
}

static void synth_thread(struct jt_synth *synth, uint32_t pid, uint32_t tid)
{
    char path[96];
    char name[64];

    snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task/%" PRIu32 "/comm", pid, tid);
    if (!read_line(path, name, sizeof(name)))
        return;
    write_fork(synth, pid, tid, tid == pid ? read_parent(pid) : pid);
    write_name(synth, pid, tid, name);
}

/* The number at `*at`, which is left behind the sign that follows it. */
static uint64_t take_number(char **at, int base, char sign, bool *is_bad)
{
    char *end = NULL;
    uint64_t number = strtoull(*at, &end, base);

    *is_bad |= end == *at || *end != sign;
    *at = *end == sign ? end + 1 : end;
    return number;
}

bool jt_synth_parse_mapping(char *line, struct jt_synth_mapping *mapping)
{
    bool is_bad = false;
    char *at = line;
    const char *access = NULL;

    line[strcspn(line, "\n")] = '\0';
    *mapping = (struct jt_synth_mapping){0};
    mapping->start = take_number(&at, 16, '-', &is_bad);
    mapping->end = take_number(&at, 16, ' ', &is_bad);
    access = at;
    if (is_bad || strcspn(at, " ") != 4 || !at[4])
        return false;
    at += 5;
    mapping->offset = take_number(&at, 16, ' ', &is_bad);
    mapping->major = (uint32_t)take_number(&at, 16, ':', &is_bad);
    mapping->minor = (uint32_t)take_number(&at, 16, ' ', &is_bad);
    mapping->inode = take_number(&at, 10, ' ', &is_bad);
    at += strspn(at, " ");
    mapping->protection |= access[0] == 'r' ? PROT_READ : 0;
    mapping->protection |= access[1] == 'w' ? PROT_WRITE : 0;
    mapping->protection |= access[2] == 'x' ? PROT_EXEC : 0;
    mapping->flags = access[3] == 's' ? MAP_SHARED : MAP_PRIVATE;
    mapping->path = *at ? at : ANONYMOUS;
    return !is_bad;
}

static void write_mapping(struct jt_synth *synth, uint32_t pid,
                          const struct jt_synth_mapping *mapping)
{
    struct jt_perf_mmap2 facts = {
        .file = {mapping->major, mapping->minor, mapping->inode, 0},
        .protection = mapping->protection,
        .flags = mapping->flags,
    };

    start_record(synth, JT_PERF_RECORD_MMAP2, JT_PERF_MISC_USER);
    jt_buf_append_u32(&synth->record, pid);
    jt_buf_append_u32(&synth->record, pid);
    jt_buf_append_u64(&synth->record, mapping->start);
    jt_buf_append_u64(&synth->record, mapping->end - mapping->start);
    jt_buf_append_u64(&synth->record, mapping->offset);
    jt_buf_append(&synth->record, &facts, sizeof(facts));
    append_name(synth, mapping->path);
    end_record(synth, pid, pid);
}

static void synth_mappings(struct jt_synth *synth, uint32_t pid)
{
    char path[64];
    FILE *file = NULL;
    char *line = NULL;
    size_t room = 0;
    struct jt_synth_mapping mapping;

    snprintf(path, sizeof(path), "/proc/%" PRIu32 "/maps", pid);
    file = fopen(path, "re");
    while (file && getline(&line, &room, file) > 0) {
        if (jt_synth_parse_mapping(line, &mapping) && mapping.protection & PROT_EXEC)
            write_mapping(synth, pid, &mapping);
    }
    free(line);
    if (file)
        fclose(file);
}

void jt_synth_process(struct jt_synth *synth, uint32_t pid)
{
    struct jt_synth_tasks tasks = {0};

    jt_synth_list_threads(pid, &tasks);
    synth_thread(synth, pid, pid);
    for (size_t i = 0; i < tasks.at.count; i++) {
        if (tasks.at.at[i] != pid)
            synth_thread(synth, pid, tasks.at.at[i]);
    }
    synth_mappings(synth, pid);
    jt_vec_release(&tasks.at);
}

/* As perf does: the path is the module's name in brackets, and for the kernel
 * itself that of the symbol whose address is the offset, so that a reader can
 * tell how far the kernel was moved at boot. */
static void write_kernel_mapping(struct jt_synth *synth, uint64_t start, uint64_t bytes,
                                 uint64_t offset, const char *path)
{
    start_record(synth, JT_PERF_RECORD_MMAP, JT_PERF_MISC_KERNEL);
    jt_buf_append_u32(&synth->record, UINT32_MAX);
    jt_buf_append_u32(&synth->record, 0);
    jt_buf_append_u64(&synth->record, start);
    jt_buf_append_u64(&synth->record, bytes);
    jt_buf_append_u64(&synth->record, offset);
    append_name(synth, path);
    end_record(synth, UINT32_MAX, 0);
}

/* "ADDRESS TYPE NAME", and a tab and more for modules, which come last. */
static const char *symbol_name(char *line)
{
    char *space = strrchr(line, ' ');

    line[strcspn(line, "\n")] = '\0';
    return space ? space + 1 : line;
}

static void synth_kernel_text(struct jt_synth *synth)
{
    FILE *file = fopen("/proc/kallsyms", "re");
    char line[1024];
    const char *name = NULL;
    uint64_t start = 0;
    uint64_t end = 0;
    bool is_hidden = false;

    while (file && !end && !is_hidden && fgets(line, sizeof(line), file)) {
        name = symbol_name(line);
        if (strcmp(name, "_text") == 0) {
            start = strtoull(line, NULL, 16);
            is_hidden = start == 0; /* by kptr_restrict */
        } else if (strcmp(name, "_etext") == 0) {
            end = strtoull(line, NULL, 16);
        }
    }
    if (file)
        fclose(file);
    if (start && end > start)
        write_kernel_mapping(synth, start, end - start, start, KERNEL_TEXT);
}

/* "NAME BYTES USERS NEEDED-BY STATE ADDRESS"; an address of zero is a hidden one. */
static void synth_modules(struct jt_synth *synth)
{
    FILE *file = fopen("/proc/modules", "re");
    char line[4096];
    char path[132];
    const char *address = NULL;
    uint64_t start = 0;
    size_t name_bytes = 0;

    while (file && fgets(line, sizeof(line), file)) {
        name_bytes = strcspn(line, " ");
        address = strstr(line, " 0x");
        start = address ? strtoull(address, NULL, 16) : 0;
        if (!start || name_bytes > sizeof(path) - 3)
            continue;
        snprintf(path, sizeof(path), "[%.*s]", (int)name_bytes, line);
        write_kernel_mapping(synth, start, strtoull(line + name_bytes, NULL, 10), 0, path);
    }
    if (file)
        fclose(file);
}

void jt_synth_kernel(struct jt_synth *synth)
{
    synth_kernel_text(synth);
    synth_modules(synth);
}
