/* See host.h. */
#include "manners/host.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PLACES = 8192, PLACE_BYTES = 256, HOST_CODE_BYTES = 32, CHILD_SECONDS = 60 };

void host_check(bool is_so, const char *what, const char *file, int line)
{
    if (is_so)
        return;
    fprintf(stderr, "%s:%d: not so: %s (process %d, errno %d)\n", file, line, what, (int)getpid(),
            errno);
    abort();
}

int host_kept(int status)
{
    int after = errno;

    HOST_CHECK(after == HOST_ERRNO);
    return status;
}

struct jitney_session *host_open(const char *folder, uint32_t sinks)
{
    struct jitney_session_options options = {.size = sizeof(options),
                                             .sinks = sinks,
                                             .directory = folder,
                                             .engine = "host",
                                             .record_filter = JITNEY_EVENTS_ALL};
    struct jitney_session *session = NULL;

    HOST_CHECK(KEPT(jitney_session_open(&options, &session)) == JITNEY_OK);
    HOST_CHECK(session != NULL);
    return session;
}

void host_close(struct jitney_session *session)
{
    errno = HOST_ERRNO;
    jitney_session_close(session);
    host_kept(0);
}

static void *places; /* for all tests of the program */

static void take_places(void)
{
    places = mmap(NULL, (size_t)PLACES * PLACE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    HOST_CHECK(places != MAP_FAILED);
}

uint64_t host_place(unsigned number)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, take_places);
    return (uint64_t)(uintptr_t)places + (uint64_t)(number % PLACES) * PLACE_BYTES;
}

int host_load(struct jitney_session *session, const char *name, unsigned number)
{
    struct jitney_line lines[] = {{.offset = 0, .line = 3}, {.offset = 8, .line = 4}};
    struct jitney_code_load load = {
        .size = sizeof(load),
        .address = host_place(number),
        .bytes = HOST_CODE_BYTES,
        .name = name,
        .tier = JITNEY_TIER_OPTIMIZED,
        .file = "host.toy",
        .line = 3,
        .lines = lines,
        .line_count = 2,
        .unwind_kind = JITNEY_UNWIND_FRAME_POINTER,
    };

    return KEPT(jitney_code_load(session, &load));
}

static unsigned use_code(struct jitney_session *session, unsigned number)
{
    struct jitney_lines *lines = NULL;
    struct jitney_line line = {.offset = 0, .line = 9};
    struct jitney_code_move move = {
        .size = sizeof(move), .from = host_place(number), .to = host_place(number + 1)};
    struct jitney_code_unload gone = {.size = sizeof(gone), .address = host_place(number + 1)};
    struct jitney_found found = {.size = sizeof(found)};
    unsigned failures = 0;
    char name[32];

    snprintf(name, sizeof(name), "everything%u", number);
    failures += KEPT(jitney_lines_begin(session, &lines)) != JITNEY_OK;
    failures += KEPT(jitney_lines_add(lines, &line)) != JITNEY_OK;
    failures += KEPT(jitney_lines_end(lines, host_place(number))) != JITNEY_OK;
    failures += host_load(session, name, number) != JITNEY_OK;
    KEPT(jitney_find(host_place(number), &found));
    failures += KEPT(jitney_code_move(session, &move)) != JITNEY_OK;
    failures += KEPT(jitney_code_unload(session, &gone)) != JITNEY_OK;
    failures += KEPT(jitney_lines_begin(session, &lines)) != JITNEY_OK;
    errno = HOST_ERRNO;
    jitney_lines_drop(lines);
    host_kept(0);
    return failures;
}

static unsigned use_compiler(struct jitney_session *session, uint32_t function)
{
    struct jitney_compile_start start = {.size = sizeof(start), .function = function};
    struct jitney_compile compile = {.size = sizeof(compile), .function = function};
    struct jitney_compile_end end = {.size = sizeof(end), .function = function};
    struct jitney_compile_abort abort_ = {
        .size = sizeof(abort_), .function = function, .reason = "too large"};
    struct jitney_deopt deopt = {.size = sizeof(deopt), .function = function, .reason = "not so"};
    struct jitney_osr_entry osr = {.size = sizeof(osr), .function = function};
    struct jitney_cache_event cache = {.size = sizeof(cache), .function = function, .key = "ab"};
    unsigned failures = 0;

    failures += KEPT(jitney_compile_start(session, &start)) != JITNEY_OK;
    failures += KEPT(jitney_compile(session, &compile)) != JITNEY_OK;
    failures += KEPT(jitney_compile_end(session, &end)) != JITNEY_OK;
    failures += KEPT(jitney_compile_abort(session, &abort_)) != JITNEY_OK;
    failures += KEPT(jitney_deopt(session, &deopt)) != JITNEY_OK;
    failures += KEPT(jitney_osr_entry(session, &osr)) != JITNEY_OK;
    failures += KEPT(jitney_cache_event(session, &cache)) != JITNEY_OK;
    return failures;
}

static void ignore_event(void *context, const struct jitney_event *event)
{
    (*(unsigned *)context)++;
}

static unsigned use_running(struct jitney_session *session, uint32_t function)
{
    struct jitney_invocation call = {.size = sizeof(call), .function = function};
    struct jitney_invocation_undo undo = {.size = sizeof(undo), .function = function};
    struct jitney_type_feedback type = {.size = sizeof(type), .function = function};
    struct jitney_contextual_feedback contextual = {.size = sizeof(contextual),
                                                    .function = function};
    struct jitney_note note = {.size = sizeof(note), .text = "a note"};
    unsigned heard = 0, failures = 0;
    struct jitney_listener listener = {.size = sizeof(listener),
                                       .events = JITNEY_EVENTS_ALL,
                                       .flags = JITNEY_LISTENER_REPLAY,
                                       .on_event = ignore_event,
                                       .context = &heard};
    uint32_t number = 0;
    int status = KEPT(jitney_session_add_listener(session, &listener, &number));

    failures += status != JITNEY_OK;
    failures += KEPT(jitney_invocation(session, &call)) != JITNEY_OK;
    failures += KEPT(jitney_invocation_undo(session, &undo)) != JITNEY_OK;
    failures += KEPT(jitney_type_feedback(session, &type)) != JITNEY_OK;
    failures += KEPT(jitney_contextual_feedback(session, &contextual)) != JITNEY_OK;
    failures += KEPT(jitney_note(session, &note)) != JITNEY_OK;
    if (!status)
        KEPT(jitney_session_remove_listener(session, number));
    return failures;
}

unsigned host_use_everything(struct jitney_session *session, unsigned number)
{
    struct jitney_function function = {
        .size = sizeof(function), .name = "everything", .primitive_index = -1};
    struct jitney_frame frames[8];
    uint32_t defined = 0;
    unsigned failures = 0;

    failures += KEPT(jitney_function_define(session, &function, &defined)) != JITNEY_OK;
    failures += use_code(session, number);
    failures += use_compiler(session, defined);
    failures += use_running(session, defined);
    KEPT(jitney_backtrace(NULL, frames, 8));
    KEPT(jitney_recording_enabled(session));
    return failures;
}

struct jitney_counters host_counters(const struct jitney_session *session)
{
    struct jitney_counters counters = {.size = sizeof(counters)};

    HOST_CHECK(KEPT(jitney_session_counters(session, &counters)) == JITNEY_OK);
    return counters;
}

void host_file(char path[HOST_PATH_BYTES], const char *folder, enum jitney_sink sink, pid_t pid)
{
    const char *prefix = "jitney-", *suffix = ".log";

    if (sink == JITNEY_SINK_PERFMAP) {
        prefix = "perf-";
        suffix = ".map";
    } else if (sink == JITNEY_SINK_JITDUMP) {
        prefix = "jit-";
        suffix = ".dump";
    } else if (sink == JITNEY_SINK_RECORD) {
        prefix = "events-";
        suffix = ".jtr";
    }
    snprintf(path, HOST_PATH_BYTES, "%s/%s%d%s", folder, prefix, (int)pid, suffix);
}

static char *read_whole(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "re");
    struct stat facts;
    char *text = NULL;

    *bytes = 0;
    if (!file)
        return NULL;
    HOST_CHECK(fstat(fileno(file), &facts) == 0);
    text = calloc(1, (size_t)facts.st_size + 1);
    HOST_CHECK(text != NULL);
    *bytes = fread(text, 1, (size_t)facts.st_size, file);
    fclose(file);
    return text;
}

bool host_file_has(const char *path, const char *text)
{
    size_t bytes;
    char *whole = read_whole(path, &bytes);
    bool has = whole && memmem(whole, bytes, text, strlen(text));

    free(whole);
    return has;
}

bool host_file_exists(const char *path)
{
    struct stat facts;

    return lstat(path, &facts) == 0;
}

static int compare_name(void *context, const struct jitney_event *event)
{
    return event->type == JITNEY_CODE_LOAD && strcmp(event->code_load->name, context) == 0;
}

bool host_recording_has(const char *path, const char *name)
{
    char copy[128];
    struct jitney_recording_visitor visitor = {sizeof(visitor), compare_name, copy};

    snprintf(copy, sizeof(copy), "%s", name);
    return KEPT(jitney_recording_load(path, &visitor)) == 1;
}

bool host_jitdump_is_sound(const char *path)
{
    const size_t header = 40, prefix = 16;
    size_t bytes, at = header;
    char *whole = read_whole(path, &bytes);
    bool sound = whole && bytes >= header && memcmp(whole, "DTiJ", 4) == 0;
    uint32_t record[2]; /* id, bytes */

    for (; sound && bytes - at >= prefix; at += record[1]) {
        memcpy(record, whole + at, sizeof(record));
        sound = record[0] <= 4 && record[1] >= prefix;
        if (record[1] > bytes - at)
            break;
    }
    free(whole);
    return sound;
}

bool host_perfmap_is_sound(const char *path)
{
    size_t bytes;
    char *whole = read_whole(path, &bytes);
    bool sound = whole != NULL;

    for (char *line = whole; sound && *line;) {
        char *end = strchr(line, '\n'), *at = line;
        uint64_t code_bytes = 0;

        if (!end)
            break;
        *end = '\0';
        sound = strtoull(at, &at, 16) > 0 && *at == ' ';
        code_bytes = sound ? strtoull(at + 1, &at, 16) : 0;
        sound = sound && code_bytes > 0 && code_bytes < 4096 && *at == ' ' && strlen(at) > 3 &&
                !strchr(at + 1, '\x01');
        if (!sound)
            fprintf(stderr, "%s: not a line: %s\n", path, line);
        line = end + 1;
    }
    free(whole);
    return sound;
}

int host_descriptors(const char *folder, int *fds, int room)
{
    DIR *all = opendir("/proc/self/fd");
    int count = 0;

    HOST_CHECK(all != NULL);
    for (struct dirent *entry = readdir(all); entry; entry = readdir(all)) {
        char path[HOST_PATH_BYTES], target[HOST_PATH_BYTES];
        ssize_t length;

        snprintf(path, sizeof(path), "/proc/self/fd/%s", entry->d_name);
        length = readlink(path, target, sizeof(target) - 1);
        target[length > 0 ? length : 0] = '\0';
        if (strncmp(target, folder, strlen(folder)) == 0 && count < room)
            fds[count++] = (int)strtol(entry->d_name, NULL, 10);
    }
    closedir(all);
    return count;
}

int host_in_child(void (*body)(void *context), void *context)
{
    pid_t pid;
    int status = 0;

    fflush(NULL);
    pid = fork();
    HOST_CHECK(pid >= 0);
    if (pid == 0) {
        alarm(CHILD_SECONDS); /* a hang is a failure, too */
        body(context);
        fflush(NULL);
        _exit(0);
    }
    HOST_CHECK(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}
