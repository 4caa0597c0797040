#include "analysis/sample/trace_json.h"

#include "base/alloc.h"
#include "jitney/status.h"
#include "jitney/version.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000

/* Text as JSON, which must be UTF-8; other bytes become '?'. */
static json_t *text_of(const char *text)
{
    json_t *value = json_string(text);
    char *plain = NULL;

    if (value)
        return value;
    plain = jt_strdup(text);
    for (char *at = plain; *at; at++) {
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    }
    value = json_string(plain);
    free(plain);
    return value;
}

static json_t *texts_of(char *const *texts)
{
    json_t *array = json_array();

    for (size_t i = 0; texts && texts[i]; i++)
        json_array_append_new(array, text_of(texts[i]));
    return array;
}

static bool is_among(const char *text, char *const *texts)
{
    for (size_t i = 0; texts && texts[i]; i++) {
        if (strcmp(text, texts[i]) == 0)
            return true;
    }
    return false;
}

static json_t *added_environment(const struct jt_trace_facts *facts)
{
    json_t *array = json_array();

    for (size_t i = 0; facts->launched_environment && facts->launched_environment[i]; i++) {
        if (!is_among(facts->launched_environment[i], facts->environment))
            json_array_append_new(array, text_of(facts->launched_environment[i]));
    }
    return array;
}

static json_t *pids_of(const struct jt_trace_facts *facts)
{
    json_t *array = json_array();

    for (size_t i = 0; i < facts->pid_count; i++)
        json_array_append_new(array, json_integer(facts->pids[i]));
    return array;
}

static json_t *moment(uint64_t realtime_ns, uint64_t monotonic_ns)
{
    time_t seconds = (time_t)(realtime_ns / NS_PER_S);
    struct tm utc;
    char text[48] = "";
    size_t length = 0;

    gmtime_r(&seconds, &utc);
    length = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + length, sizeof(text) - length, ".%03uZ",
             (unsigned)(realtime_ns % NS_PER_S / 1000000));
    return json_pack("{s:s, s:I, s:I}", "wall", text, "realtime_ns", (json_int_t)realtime_ns,
                     "monotonic_ns", (json_int_t)monotonic_ns);
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static json_t *exit_of(const struct jt_sampler_result *result)
{
    if (!result->was_run)
        return json_null();
    if (WIFSIGNALED(result->wait_status))
        return json_pack("{s:i}", "signal", WTERMSIG(result->wait_status));
    return json_pack("{s:i}", "status", WEXITSTATUS(result->wait_status));
}

static json_t *host(void)
{
    struct utsname system;
    char boot[64] = "";
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

    if (file && fgets(boot, sizeof(boot), file))
        boot[strcspn(boot, "\n")] = '\0';
    if (file)
        fclose(file);
    uname(&system);
    return json_pack("{s:o, s:o, s:o, s:i, s:i, s:s}", "name", text_of(system.nodename), "kernel",
                     text_of(system.release), "arch", text_of(system.machine), "cpus",
                     (int)sysconf(_SC_NPROCESSORS_ONLN), "uid", (int)getuid(), "boot_id", boot);
}

static json_t *files_of(const struct jt_trace_facts *facts)
{
    json_t *array = json_array();

    for (size_t i = 0; i < facts->file_count; i++) {
        const struct jt_collected *file = &facts->files[i];

        json_array_append_new(
            array,
            json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:I}", "name", text_of(file->name), "origin",
                      text_of(file->origin), "pid", (json_int_t)file->pid, "inner_pid",
                      (json_int_t)file->inner_pid, "owner", (json_int_t)file->owner, "process_uid",
                      (json_int_t)file->process_uid, "bytes", (json_int_t)file->bytes));
    }
    return array;
}

static void add_start(json_t *root, const struct jt_trace *trace,
                      const struct jt_trace_facts *facts)
{
    char *cwd = getcwd(NULL, 0);

    json_object_set_new(root, "format", json_string("jitney trace"));
    json_object_set_new(root, "version", json_integer(1));
    json_object_set_new(root, "jitney", json_string(JITNEY_VERSION));
    json_object_set_new(root, "complete", json_boolean(facts->result != NULL));
    json_object_set_new(root, "command", texts_of(facts->command));
    json_object_set_new(root, "launched", texts_of(facts->launched));
    json_object_set_new(root, "environment_added", added_environment(facts));
    json_object_set_new(root, "attached", pids_of(facts));
    json_object_set_new(root, "runtime", facts->runtime ? text_of(facts->runtime) : json_null());
    json_object_set_new(root, "cwd", cwd ? text_of(cwd) : json_null());
    json_object_set_new(root, "trace", text_of(trace->path));
    json_object_set_new(root, "host", host());
    free(cwd);
}

static void add_end(json_t *root, const struct jt_trace_facts *facts)
{
    const struct jt_sampler_result *result = facts->result;

    json_object_set_new(root, "start", moment(result->start_wall_ns, result->start_ns));
    json_object_set_new(root, "end", moment(result->end_wall_ns, result->end_ns));
    json_object_set_new(root, "frequency_hz", json_integer((json_int_t)result->frequency));
    json_object_set_new(root, "event", text_of(result->event));
    json_object_set_new(root, "kernel", json_boolean(result->has_kernel));
    json_object_set_new(root, "exit", exit_of(result));
    json_object_set_new(root, "interrupted", json_boolean(result->was_interrupted));
    json_object_set_new(root, "samples", json_integer((json_int_t)result->samples));
    json_object_set_new(root, "lost_samples", json_integer((json_int_t)result->lost_samples));
    json_object_set_new(root, "perf_data_bytes", json_integer((json_int_t)result->bytes));
    json_object_set_new(root, "files", files_of(facts));
}

/* 0 or an errno. */
static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    int error = 0;

    if (!file)
        return errno;
    if (fputs(text, file) < 0 || fputc('\n', file) < 0 || fflush(file) != 0)
        error = errno;
    if (fclose(file) != 0 && !error)
        error = errno;
    return error;
}

int jt_trace_write_json(const struct jt_trace *trace, const struct jt_trace_facts *facts,
                        struct jt_diag *diag)
{
    char *path = jt_trace_file(trace, "trace.json");
    char *fresh = jt_trace_file(trace, "trace.json.new");
    json_t *root = json_object();
    char *text = NULL;
    int error = 0;

    add_start(root, trace, facts);
    if (facts->result) {
        add_end(root, facts);
    } else {
        json_object_set_new(root, "start",
                            moment(clock_ns(CLOCK_REALTIME), clock_ns(CLOCK_MONOTONIC)));
        json_object_set_new(root, "frequency_hz", json_integer((json_int_t)facts->frequency));
    }
    text = json_dumps(root, JSON_INDENT(2));
    error = text ? write_text(fresh, text) : ENOMEM;
    if (!error && rename(fresh, path) != 0)
        error = errno;
    if (error) {
        unlink(fresh);
        jt_diag_error(diag, path, JT_DIAG_NO_OFFSET, "cannot be written: %s", strerror(error));
    }
    json_decref(root);
    free(text);
    free(path);
    free(fresh);
    return error ? JITNEY_ERR_IO : JITNEY_OK;
}
