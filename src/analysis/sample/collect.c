#include "analysis/sample/collect.h"

#include "analysis/sample/collect_files.h"
#include "analysis/sample/collect_java.h"
#include "analysis/sample/runtimes.h"
#include "base/hash.h"
#include "jitney/status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    REFRESH_POLLS = 8, /* a settled process is looked at every so many polls */
    HELD_SHARE = 4,    /* of the descriptors that we may have */
    MOST_HELD = 4096,
    WAIT_STEP_NS = 5000000, /* for processes that are about to end */
    WAIT_STEPS = 60,
};

struct jt_collect {
    struct jt_diag *diag;
    struct jt_trace_folder trace;
    bool keeps_originals;
    struct jt_spaces spaces;
    struct jt_seen_processes processes;
    struct jt_vec(struct jt_found) found;
    struct jt_map seen;             /* (process, file) -> index in `found` */
    struct jt_vec(uint32_t) logged; /* folders where V8 may have left a log */
    struct jt_vec(struct jt_collected) files;
    size_t held; /* open files in `found` */
    size_t most_held;
    unsigned polls;
};

struct jt_collect *jt_collect_new(const char *trace, struct jt_diag *diag)
{
    struct jt_collect *collect = jt_alloc(1, sizeof(*collect));
    struct rlimit limit = {0};
    struct stat info = {0};

    collect->diag = diag;
    collect->trace.path = jt_strdup(trace);
    collect->trace.fd = open(trace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)!fstat(collect->trace.fd, &info);
    collect->trace.device = info.st_dev;
    collect->trace.inode = info.st_ino;
    (void)!getrlimit(RLIMIT_NOFILE, &limit);
    collect->most_held = limit.rlim_cur / HELD_SHARE;
    if (collect->most_held > MOST_HELD)
        collect->most_held = MOST_HELD;
    jt_spaces_init(&collect->spaces);
    jt_seen_processes_init(&collect->processes);
    return collect;
}

void jt_collect_free(struct jt_collect *collect)
{
    if (!collect)
        return;
    for (size_t i = 0; i < collect->found.count; i++) {
        free(collect->found.at[i].origin);
        if (collect->found.at[i].fd >= 0)
            close(collect->found.at[i].fd);
    }
    for (size_t i = 0; i < collect->files.count; i++) {
        free(collect->files.at[i].name);
        free(collect->files.at[i].origin);
    }
    jt_vec_release(&collect->found);
    jt_vec_release(&collect->logged);
    jt_vec_release(&collect->files);
    jt_map_release(&collect->seen);
    jt_seen_processes_release(&collect->processes);
    jt_spaces_release(&collect->spaces);
    if (collect->trace.fd >= 0)
        close(collect->trace.fd);
    free((char *)collect->trace.path);
    free(collect);
}

void jt_collect_keep_originals(struct jt_collect *collect)
{
    collect->keeps_originals = true;
}

static struct jt_seen_process *process_of(struct jt_collect *collect, uint32_t index)
{
    return &collect->processes.at.at[index];
}

void jt_collect_process(struct jt_collect *collect, uint32_t pid)
{
    jt_seen_processes_meet(&collect->processes, &collect->spaces, pid);
}

/* What a process writes is newer than the process. */
static bool is_stale(struct jt_collect *collect, struct jt_seen_process *process,
                     const struct stat *info, const char *origin)
{
    int64_t written_ns = info->st_mtim.tv_sec * INT64_C(1000000000) + info->st_mtim.tv_nsec;

    if (written_ns >= process->start_ns - JT_CLOCK_SLACK_NS)
        return false;
    if (!process->was_told_stale)
        jt_diag_note(collect->diag, "%s is older than process %u and not of it", origin,
                     process->pid);
    process->was_told_stale = true;
    return true;
}

/* Take an open file into the list. It is closed when it is there already, or
 * when too many are open. */
static void add_found(struct jt_collect *collect, struct jt_found *found)
{
    uint64_t key = jt_hash_pair(jt_hash_pair(found->device, found->inode), found->process);
    uint32_t *seen = jt_map_put(&collect->seen, key);

    if (*seen != JT_MAP_NONE) {
        close(found->fd);
        free(found->origin);
        return;
    }
    *seen = (uint32_t)collect->found.count;
    if (collect->held < collect->most_held) {
        collect->held++;
    } else {
        close(found->fd);
        found->fd = -1;
    }
    found->base = strrchr(found->origin, '/') + 1;
    if (found->is_map)
        process_of(collect, found->process)->has_map = true;
    jt_vec_push(&collect->found, *found);
}

/* Look for /tmp/perf-PID.map of a process; the newest one of a name counts. */
static void look_for_map(struct jt_collect *collect, uint32_t index, uint32_t folder)
{
    struct jt_seen_process *process = process_of(collect, index);
    char *origin = jt_format("/tmp/perf-%u.map", process->inner_pid);
    struct jt_found found = {.process = index, .origin = origin, .folder = folder, .is_map = true};
    struct stat info;

    found.fd =
        jt_folder_open(collect->spaces.folders.at[folder].fd, strrchr(origin, '/') + 1, &info);
    if (found.fd < 0) {
        free(origin);
        return;
    }
    found.device = info.st_dev;
    found.inode = info.st_ino;
    if (is_stale(collect, process, &info, origin)) {
        close(found.fd);
        free(origin);
        return;
    }
    add_found(collect, &found);
}

static void look_for_maps(struct jt_collect *collect, uint32_t index)
{
    uint32_t space = process_of(collect, index)->space;

    for (size_t i = 0; i < collect->spaces.spaces.at[space].temporary.count; i++)
        look_for_map(collect, index, collect->spaces.spaces.at[space].temporary.at[i]);
}

static void add_logged(struct jt_collect *collect, int64_t folder)
{
    if (folder < 0)
        return;
    for (size_t i = 0; i < collect->logged.count; i++) {
        if (collect->logged.at[i] == (uint32_t)folder)
            return;
    }
    jt_vec_push(&collect->logged, (uint32_t)folder);
}

/* V8's Workers log to the working directory of the moment. */
static void look_at_cwd(struct jt_collect *collect, const struct jt_seen_process *process)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%u/cwd", process->pid);
    add_logged(collect,
               jt_spaces_folder_of(&collect->spaces, open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)));
}

static bool is_trace(const struct jt_collect *collect, int64_t folder)
{
    const struct jt_folder *at = folder < 0 ? NULL : &collect->spaces.folders.at[folder];

    return at && at->device == collect->trace.device && at->inode == collect->trace.inode;
}

/* A marker mapping: the dump is the process's own if its name says so. */
static void meet_dump(struct jt_collect *collect, uint32_t index, const char *path)
{
    struct jt_seen_process *process = process_of(collect, index);
    struct jt_found found = {.process = index, .fd = -1};
    const char *base = strrchr(path, '/') + 1;
    struct jt_file_name parts;
    struct stat info;
    char *folder = NULL;

    if (!jt_file_name_parse(base, &parts) || parts.is_map || parts.pid != process->inner_pid)
        return;
    folder = jt_strndup(path, (size_t)(base - path));
    found.origin = jt_strdup(path);
    found.base = found.origin + (base - path);
    found.folder = jt_spaces_folder(&collect->spaces, process->space, folder);
    free(folder);
    found.fd = jt_found_open(&found, &collect->spaces, process->space, &info);
    if (found.fd < 0) {
        free(found.origin);
        return;
    }
    found.device = info.st_dev;
    found.inode = info.st_ino;
    if (!is_trace(collect, found.folder)) {
        process->logs_to_cwd = true;
        add_logged(collect, found.folder);
    }
    add_found(collect, &found);
}

void jt_collect_mapping(struct jt_collect *collect, uint32_t pid, const char *path)
{
    const char *base = strrchr(path, '/');
    uint32_t index = JT_MAP_NONE;

    if (!base || path[0] != '/')
        return;
    base++;
    if (strncmp(base, "jit-", 4) != 0 && strcmp(base, "libjvm.so") != 0)
        return;
    index = jt_seen_processes_meet(&collect->processes, &collect->spaces, pid);
    if (base[0] == 'l')
        process_of(collect, index)->is_jvm = true;
    else
        meet_dump(collect, index, path);
}

void jt_collect_poll(struct jt_collect *collect)
{
    collect->polls++;
    for (size_t i = 0; i < collect->spaces.spaces.count; i++)
        jt_spaces_refresh(&collect->spaces, (uint32_t)i);
    for (uint32_t i = 0; i < collect->processes.at.count; i++) {
        struct jt_seen_process *process = process_of(collect, i);

        if (process->is_gone)
            continue;
        if (process->unsettled > 0 || (collect->polls + i) % REFRESH_POLLS == 0)
            jt_seen_process_refresh(process, &collect->spaces);
        if (!process->has_map)
            look_for_maps(collect, i);
        if (process->logs_to_cwd)
            look_at_cwd(collect, process);
    }
}

static void add_file(struct jt_collect *collect, uint32_t index, char *name, const char *origin,
                     const struct stat *info)
{
    const struct jt_seen_process *process = process_of(collect, index);

    jt_vec_push(&collect->files, (struct jt_collected){.name = name,
                                                       .origin = jt_strdup(origin),
                                                       .pid = process->pid,
                                                       .inner_pid = process->inner_pid,
                                                       .owner = info->st_uid,
                                                       .process_uid = process->uid,
                                                       .bytes = (uint64_t)info->st_size});
}

/* Which process made a file that a runtime wrote into the trace itself? */
static uint32_t writer_of(struct jt_collect *collect, uint32_t pid)
{
    uint32_t index = jt_seen_processes_find(&collect->processes, pid);
    uint32_t inner = jt_seen_processes_find_inner(&collect->processes, pid);

    if (index != JT_MAP_NONE && process_of(collect, index)->inner_pid == pid)
        return index;
    return inner;
}

static void adopt_file(struct jt_collect *collect, const char *name)
{
    struct jt_file_name parts;
    struct stat info;
    uint32_t index = JT_MAP_NONE;
    char *origin = NULL;
    char *final = NULL;

    if (!jt_file_name_parse(name, &parts) ||
        fstatat(collect->trace.fd, name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode))
        return;
    index = writer_of(collect, parts.pid);
    if (index == JT_MAP_NONE)
        return;
    origin = jt_format("%s/%s", collect->trace.path, name);
    final = jt_file_name_with(name, process_of(collect, index)->pid);
    /* Never over another file: link() refuses, rename() would replace it. */
    if (strcmp(final, name) != 0) {
        if (linkat(collect->trace.fd, name, collect->trace.fd, final, 0) == 0) {
            unlinkat(collect->trace.fd, name, 0);
        } else {
            free(final);
            final = jt_strdup(name);
        }
    }
    add_file(collect, index, final, origin, &info);
    free(origin);
}

/* Runtimes in a pid namespace wrote their inner pid into the names. */
static void adopt_files(struct jt_collect *collect)
{
    struct jt_vec(char *) names = {0};
    struct dirent *entry = NULL;
    DIR *folder = opendir(collect->trace.path);

    if (!folder)
        return;
    for (entry = readdir(folder); entry; entry = readdir(folder))
        jt_vec_push(&names, jt_strdup(entry->d_name));
    closedir(folder);
    for (size_t i = 0; i < names.count; i++) {
        adopt_file(collect, names.at[i]);
        free(names.at[i]);
    }
    jt_vec_release(&names);
}

/* Dumps whose marker nobody reported, as when a process was gone too soon. */
static void look_for_dump(struct jt_collect *collect, uint32_t index)
{
    struct jt_seen_process *process = process_of(collect, index);
    char *path = jt_format("/tmp/jit-%u.dump", process->inner_pid);
    int folder = jt_spaces_open(&collect->spaces, process->space, "/tmp");
    struct stat info;
    int fd = folder >= 0 ? jt_folder_open(folder, strrchr(path, '/') + 1, &info) : -1;

    if (fd >= 0 && !is_stale(collect, process, &info, path))
        meet_dump(collect, index, path);
    if (fd >= 0)
        close(fd);
    if (folder >= 0)
        close(folder);
    free(path);
}

/* Remove the original of a file that is in the trace now, if it is still the
 * same file and ours to remove; and the folders that LLVM made for it. */
static void remove_original(struct jt_collect *collect, const struct jt_found *found)
{
    const struct jt_seen_process *process = process_of(collect, found->process);
    size_t trace_bytes = strlen(collect->trace.path);
    int folder = jt_found_open_folder(found, &collect->spaces, process->space);
    struct stat info;
    char *path = NULL;
    char *slash = NULL;

    if (folder < 0)
        return;
    if (fstatat(folder, found->base, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
        info.st_dev == found->device && info.st_ino == found->inode &&
        jt_file_is_leftover(process, collect->processes.start_ns, folder, found->base))
        unlinkat(folder, found->base, 0);
    close(folder);
    if (strncmp(found->origin, collect->trace.path, trace_bytes) != 0)
        return;
    path = jt_strdup(found->origin);
    for (slash = strrchr(path, '/'); slash && slash > path + trace_bytes;
         slash = strrchr(path, '/')) {
        *slash = '\0';
        if (rmdir(path) != 0 && errno != ENOENT)
            break;
    }
    free(path);
}

/* The name in the trace; a second dump of one process gets a number, in the
 * form that Bun's have ("jit-2-17.dump"). */
static int copy_as(struct jt_collect *collect, const struct jt_found *found, int fd, char **name)
{
    enum { MOST_DUMPS = 9 };
    uint32_t pid = process_of(collect, found->process)->pid;
    uint64_t bytes = 0;
    int status = JITNEY_OK;

    *name = jt_file_name_with(found->base, pid);
    status = jt_trace_copy(&collect->trace, fd, *name, collect->diag, &bytes);
    for (unsigned i = 2; status == JITNEY_ERR_ARGUMENT && !found->is_map && i <= MOST_DUMPS; i++) {
        free(*name);
        *name = jt_format("jit-%u-%u.dump", i, pid);
        status = jt_trace_copy(&collect->trace, fd, *name, collect->diag, &bytes);
    }
    return status;
}

static int take_file(struct jt_collect *collect, const struct jt_found *found)
{
    const struct jt_seen_process *process = process_of(collect, found->process);
    char *name = NULL;
    int status = JITNEY_OK;
    struct stat info;
    int fd = -1;

    if (is_trace(collect, found->folder))
        return JITNEY_OK;
    fd = found->fd;
    if (fd < 0 || fstat(fd, &info) != 0)
        fd = jt_found_open(found, &collect->spaces, process->space, &info);
    if (fd < 0 || info.st_size == 0) {
        if (fd >= 0 && fd != found->fd)
            close(fd);
        jt_diag_note(collect->diag, "%s of process %u is %s", found->origin, process->pid,
                     fd < 0 ? "gone" : "empty");
        return JITNEY_OK;
    }
    status = copy_as(collect, found, fd, &name);
    if (fd != found->fd)
        close(fd);
    if (status == JITNEY_ERR_ARGUMENT)
        jt_diag_warn(collect->diag, found->origin, JT_DIAG_NO_OFFSET,
                     "not collected: the trace has another %s", name);
    if (status) {
        free(name);
        return status == JITNEY_ERR_ARGUMENT ? JITNEY_OK : status;
    }
    add_file(collect, found->process, name, found->origin, &info);
    if (!collect->keeps_originals)
        remove_original(collect, found);
    return JITNEY_OK;
}

/* V8 leaves isolate-0xADDRESS-PID-v8.log where it profiles (with "isolate-"
 * once for every Worker). */
static bool is_v8_log(const char *name, uint32_t *pid)
{
    const char *at = name;

    if (strncmp(at, "isolate-0x", 10) != 0)
        return false;
    at += 10;
    at += strspn(at, "0123456789abcdef");
    if (*at != '-')
        return false;
    *pid = (uint32_t)strtoul(at + 1, NULL, 10);
    at += 1 + strspn(at + 1, "0123456789");
    return strcmp(at, "-v8.log") == 0;
}

static void remove_logs(struct jt_collect *collect, int folder_fd)
{
    int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry = NULL;

    if (!folder) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (entry = readdir(folder); entry; entry = readdir(folder)) {
        uint32_t pid = 0;
        uint32_t index = is_v8_log(entry->d_name, &pid) ? writer_of(collect, pid) : JT_MAP_NONE;

        if (index != JT_MAP_NONE && process_of(collect, index)->logs_to_cwd &&
            jt_file_is_leftover(process_of(collect, index), collect->processes.start_ns, fd,
                                entry->d_name))
            unlinkat(fd, entry->d_name, 0);
    }
    closedir(folder);
}

/* A JVM that lives on has no map yet: it is asked for one. */
static void ask_jvms(struct jt_collect *collect)
{
    for (uint32_t i = 0; i < collect->processes.at.count; i++) {
        const struct jt_seen_process *process = process_of(collect, i);

        if (process->is_jvm && !jt_seen_process_has_ended(process) &&
            !jt_java_write_map(process->pid, process->inner_pid, process->uid))
            jt_diag_note(collect->diag, "the JVM %u did not write a map when asked", process->pid);
    }
}

/* Is anyone still alive whose files are to be taken? */
static bool is_waited_for(struct jt_collect *collect, uint32_t index)
{
    const struct jt_seen_process *process = process_of(collect, index);
    bool has_files = process->has_map || process->logs_to_cwd || process->is_jvm;

    return has_files && !process->is_older && !jt_seen_process_has_ended(process);
}

/* A program may be gone before its children that were killed with it. */
static void wait_for_ends(struct jt_collect *collect)
{
    struct timespec step = {.tv_nsec = WAIT_STEP_NS};
    uint32_t index = 0;

    for (unsigned i = 0; i < WAIT_STEPS && index < collect->processes.at.count;) {
        if (is_waited_for(collect, index)) {
            nanosleep(&step, NULL);
            i++;
        } else {
            index++;
        }
    }
}

static void look_everywhere(struct jt_collect *collect)
{
    ask_jvms(collect);
    for (size_t i = 0; i < collect->spaces.spaces.count; i++)
        jt_spaces_refresh(&collect->spaces, (uint32_t)i);
    for (uint32_t i = 0; i < collect->processes.at.count; i++) {
        look_for_maps(collect, i);
        look_for_dump(collect, i);
    }
}

int jt_collect_finish(struct jt_collect *collect, const struct jt_collected **files, size_t *count)
{
    int status = collect->trace.fd < 0 ? JITNEY_ERR_IO : JITNEY_OK;

    wait_for_ends(collect);
    jt_collect_poll(collect);
    look_everywhere(collect);
    jt_launch_tidy(collect->trace.path);
    adopt_files(collect);
    /* Backwards: of two files for one name the later one is the one in use. */
    for (size_t i = collect->found.count; i > 0 && collect->trace.fd >= 0; i--) {
        int one = take_file(collect, &collect->found.at[i - 1]);

        status = status ? status : one;
    }
    for (size_t i = 0; i < collect->logged.count && !collect->keeps_originals; i++)
        remove_logs(collect, collect->spaces.folders.at[collect->logged.at[i]].fd);
    *files = collect->files.at;
    *count = collect->files.count;
    return status;
}
