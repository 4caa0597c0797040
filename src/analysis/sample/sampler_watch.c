#include "analysis/sample/sampler_watch.h"

#include "analysis/sample/collect.h"
#include "base/alloc.h"
#include "base/hash.h"

#include <elf.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where fields lie in the records of our one event: format/perfdata.h. */
enum {
    PID_OFFSET = 8,
    TID_OFFSET = 12,
    LOST_OFFSET = 16,        /* LOST: id, lost */
    SAMPLE_TIME_OFFSET = 32, /* identifier, ip, pid and tid, time */
    MMAP2_FACTS_OFFSET = 40,
    MMAP2_PATH_OFFSET = 72,
    RECORD_BYTES_MOST = 1 << 16
};

/* A record in one piece, or the two pieces that it wraps over. */
struct record {
    struct jt_perf_event_header header;
    const uint8_t *bytes;
    size_t offset; /* from the start of the pieces */
};

static uint32_t u32_at(const struct record *record, size_t offset)
{
    uint32_t value = 0;

    if (offset + sizeof(value) <= record->header.size)
        memcpy(&value, record->bytes + offset, sizeof(value));
    return value;
}

static uint64_t u64_at(const struct record *record, size_t offset)
{
    uint64_t value = 0;

    if (offset + sizeof(value) <= record->header.size)
        memcpy(&value, record->bytes + offset, sizeof(value));
    return value;
}

static void watch_sample(struct jt_watch *watch, const struct record *record)
{
    uint64_t time_ns = u64_at(record, SAMPLE_TIME_OFFSET);

    watch->samples++;
    if ((record->header.misc & JT_PERF_MISC_CPUMODE_MASK) == JT_PERF_MISC_KERNEL)
        watch->kernel_samples++;
    if (!watch->first_sample_ns || time_ns < watch->first_sample_ns)
        watch->first_sample_ns = time_ns;
    if (time_ns > watch->last_sample_ns)
        watch->last_sample_ns = time_ns;
}

/* Remember the file, once, for its build-id. */
static void watch_file(struct jt_watch *watch, const struct record *record, const char *path)
{
    struct jt_perf_mmap2 facts;
    uint64_t device = 0;
    uint32_t *slot = NULL;

    memcpy(&facts, record->bytes + MMAP2_FACTS_OFFSET, sizeof(facts));
    if (facts.file.inode == 0)
        return;
    device = (uint64_t)facts.file.major << 32 | facts.file.minor;
    slot = jt_map_put(&watch->files, jt_hash_pair(device, facts.file.inode));
    if (*slot != JT_MAP_NONE)
        return;
    *slot = 0;
    jt_vec_push(&watch->fresh, (struct jt_watch_file){jt_strdup(path), u32_at(record, PID_OFFSET),
                                                      facts.file.inode});
}

/* perf's rule: "jit-", digits, ".dump" (linux: tools/perf/util/jitdump.c). */
static bool is_dump_name(const char *name)
{
    size_t digits = 0;

    if (strncmp(name, "jit-", 4) != 0)
        return false;
    digits = strspn(name + 4, "0123456789");
    return digits > 0 && strcmp(name + 4 + digits, ".dump") == 0;
}

char *jt_watch_dump_path(const struct jt_watch *watch, uint32_t pid, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t folder_bytes = slash ? (size_t)(slash - path) : 0;

    if (!watch->trace || !slash || !is_dump_name(slash + 1))
        return NULL;
    if (strlen(watch->trace) == folder_bytes && strncmp(path, watch->trace, folder_bytes) == 0)
        return NULL;
    return jt_format("%s/jit-%" PRIu32 ".dump", watch->trace, pid);
}

static void watch_mapping(struct jt_watch *watch, const struct record *record)
{
    const char *path = (const char *)record->bytes + MMAP2_PATH_OFFSET;
    char *dump = NULL;

    /* "//anon", "[heap]" and the like are no files. */
    if (record->header.size <= MMAP2_PATH_OFFSET + 1 || path[0] != '/' || path[1] == '/')
        return;
    if (!memchr(path, 0, record->header.size - MMAP2_PATH_OFFSET))
        return;
    if (watch->collect)
        jt_collect_mapping(watch->collect, u32_at(record, PID_OFFSET), path);
    watch_file(watch, record, path);
    dump = jt_watch_dump_path(watch, u32_at(record, PID_OFFSET), path);
    if (dump)
        jt_vec_push(&watch->markers,
                    (struct jt_watch_marker){record->offset, record->header.size, dump});
}

static void clear_markers(struct jt_watch *watch)
{
    for (size_t i = 0; i < watch->markers.count; i++)
        free(watch->markers.at[i].path);
    jt_vec_clear(&watch->markers);
}

static void watch_process(struct jt_watch *watch, const struct record *record, bool is_new)
{
    if (is_new && watch->collect)
        jt_collect_process(watch->collect, u32_at(record, PID_OFFSET));
}

static void watch_record(struct jt_watch *watch, const struct record *record)
{
    switch (record->header.type) {
    case JT_PERF_RECORD_SAMPLE:
        watch_sample(watch, record);
        break;
    case JT_PERF_RECORD_MMAP2:
        watch_mapping(watch, record);
        break;
    case JT_PERF_RECORD_COMM: /* of a process, not of a thread */
        watch_process(watch, record, u32_at(record, PID_OFFSET) == u32_at(record, TID_OFFSET));
        break;
    case JT_PERF_RECORD_FORK: /* pid, ppid */
        watch_process(watch, record, u32_at(record, PID_OFFSET) != u32_at(record, TID_OFFSET));
        break;
    case JT_PERF_RECORD_LOST:
        watch->lost += u64_at(record, LOST_OFFSET);
        break;
    case JT_PERF_RECORD_THROTTLE:
        watch->throttled++;
        break;
    default:
        break;
    }
}

static size_t watch_piece(struct jt_watch *watch, const uint8_t *bytes, size_t count, size_t offset)
{
    struct record record = {.bytes = bytes};
    size_t done = 0;

    while (done + sizeof(record.header) <= count) {
        record.bytes = bytes + done;
        record.offset = offset + done;
        memcpy(&record.header, record.bytes, sizeof(record.header));
        if (record.header.size < sizeof(record.header) || record.header.size > count - done)
            break;
        watch_record(watch, &record);
        done += record.header.size;
    }
    return done;
}

/* The record that begins at the end of the first piece and ends in the second;
 * how much of it is in the second. */
static size_t watch_wrapped(struct jt_watch *watch, const struct iovec *first, size_t offset,
                            const struct iovec *second)
{
    const uint8_t *start = (const uint8_t *)first->iov_base + offset;
    size_t start_bytes = first->iov_len - offset;
    uint8_t bytes[RECORD_BYTES_MOST];
    size_t rest = 0;
    struct record record = {.bytes = bytes, .offset = offset};

    if (start_bytes < sizeof(record.header))
        return 0;
    memcpy(&record.header, start, sizeof(record.header));
    if (record.header.size < start_bytes || record.header.size - start_bytes > second->iov_len)
        return second->iov_len;
    rest = record.header.size - start_bytes;
    memcpy(bytes, start, start_bytes);
    memcpy(bytes + start_bytes, second->iov_base, rest);
    watch_record(watch, &record);
    return rest;
}

void jt_watch_records(struct jt_watch *watch, const struct iovec *pieces, int count)
{
    size_t done = 0;
    size_t skipped = 0;

    clear_markers(watch);
    if (count == 0)
        return;
    done = watch_piece(watch, pieces[0].iov_base, pieces[0].iov_len, 0);
    if (count == 1)
        return;
    if (done < pieces[0].iov_len)
        skipped = watch_wrapped(watch, &pieces[0], done, &pieces[1]);
    watch_piece(watch, (const uint8_t *)pieces[1].iov_base + skipped, pieces[1].iov_len - skipped,
                pieces[0].iov_len + skipped);
}

/* Find the build-id among the notes in `data`. */
static bool find_build_id(Elf_Data *data, struct jt_perfdata_build *build)
{
    GElf_Nhdr note;
    size_t name = 0;
    size_t description = 0;
    size_t offset = 0;

    for (offset = gelf_getnote(data, offset, &note, &name, &description); offset > 0;
         offset = gelf_getnote(data, offset, &note, &name, &description)) {
        if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != sizeof("GNU") ||
            memcmp((char *)data->d_buf + name, "GNU", sizeof("GNU")) != 0)
            continue;
        if (note.n_descsz == 0 || note.n_descsz > sizeof(build->id))
            continue;
        memcpy(build->id, (char *)data->d_buf + description, note.n_descsz);
        build->id_bytes = (uint8_t)note.n_descsz;
        return true;
    }
    return false;
}

static bool find_elf_build_id(Elf *elf, struct jt_perfdata_build *build)
{
    size_t count = 0;
    GElf_Phdr segment;
    Elf_Data *data = NULL;

    if (!elf || elf_kind(elf) != ELF_K_ELF || elf_getphdrnum(elf, &count) != 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!gelf_getphdr(elf, (int)i, &segment) || segment.p_type != PT_NOTE)
            continue;
        data = elf_getdata_rawchunk(elf, (int64_t)segment.p_offset, segment.p_filesz,
                                    segment.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
        if (data && find_build_id(data, build))
            return true;
    }
    return false;
}

/* The file as its process sees it, or else as we do; -1 unless it is the one
 * that was mapped. */
static int open_mapped(const struct jt_watch_file *file)
{
    char *inside = jt_format("/proc/%" PRIu32 "/root%s", file->pid, file->path);
    const char *const paths[] = {inside, file->path};
    struct stat facts;
    int fd = -1;

    for (size_t i = 0; i < 2 && fd < 0; i++) {
        fd = open(paths[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd >= 0 &&
            (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_ino != file->inode)) {
            close(fd);
            fd = -1;
        }
    }
    free(inside);
    return fd;
}

static void read_build(struct jt_watch *watch, struct jt_watch_file *file)
{
    struct jt_perfdata_build build = {0};
    int fd = open_mapped(file);
    Elf *elf = NULL;

    if (fd >= 0)
        elf = elf_begin(fd, ELF_C_READ, NULL);
    if (find_elf_build_id(elf, &build)) {
        build.path = file->path;
        file->path = NULL;
        jt_vec_push(&watch->builds, build);
    }
    elf_end(elf);
    if (fd >= 0)
        close(fd);
}

void jt_watch_read_builds(struct jt_watch *watch)
{
    elf_version(EV_CURRENT);
    for (size_t i = 0; i < watch->fresh.count; i++) {
        read_build(watch, &watch->fresh.at[i]);
        free(watch->fresh.at[i].path);
    }
    jt_vec_clear(&watch->fresh);
}

void jt_watch_read_kernel_build(struct jt_watch *watch)
{
    struct jt_perfdata_build build = {.is_kernel = true};
    FILE *file = fopen("/sys/kernel/notes", "re");
    char notes[4096];
    Elf_Data data = {.d_buf = notes, .d_type = ELF_T_NHDR, .d_version = EV_CURRENT};

    if (!file)
        return;
    data.d_size = fread(notes, 1, sizeof(notes), file);
    fclose(file);
    if (!find_build_id(&data, &build))
        return;
    build.path = jt_strdup("[kernel.kallsyms]");
    jt_vec_push(&watch->builds, build);
}

void jt_watch_release(struct jt_watch *watch)
{
    for (size_t i = 0; i < watch->fresh.count; i++)
        free(watch->fresh.at[i].path);
    for (size_t i = 0; i < watch->builds.count; i++)
        free(watch->builds.at[i].path);
    clear_markers(watch);
    jt_vec_release(&watch->markers);
    jt_vec_release(&watch->fresh);
    jt_vec_release(&watch->builds);
    jt_map_release(&watch->files);
}
