#include "analysis/load/trace.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/folder.h"
#include "jitney/status.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BYTES = 64 * 1024 * 1024, MOST_COMMAND = 64 * 1024 };

bool jt_trace_probe(const char *folder)
{
    struct stat status;

    return stat(folder, &status) == 0 && S_ISDIR(status.st_mode) &&
           (jt_folder_has(folder, "trace.json", F_OK) || jt_folder_has(folder, "perf.data", F_OK));
}

static char *copy_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? jt_strdup(text) : NULL;
}

static uint64_t take_count(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));

    return value > 0 ? (uint64_t)value : 0;
}

static char *join_command(const json_t *words)
{
    struct jt_buf line = JT_BUF_INIT(MOST_COMMAND);
    size_t i = 0;
    const json_t *word = NULL;
    char *text = NULL;

    json_array_foreach((json_t *)words, i, word)
    {
        if (i > 0)
            jt_buf_append(&line, " ", 1);
        if (json_is_string(word))
            jt_buf_append(&line, json_string_value(word), json_string_length(word));
    }
    if (line.length > 0)
        text = jt_strndup((const char *)line.bytes, line.length);
    jt_buf_release(&line);
    return text;
}

static void take_files(const json_t *files, struct jt_trace_facts *trace)
{
    size_t i = 0;
    const json_t *file = NULL;

    trace->files = jt_alloc(json_array_size(files), sizeof(*trace->files));
    json_array_foreach((json_t *)files, i, file)
    {
        struct jt_trace_file *taken = &trace->files[trace->file_count];

        taken->name = copy_text(file, "name");
        if (!taken->name)
            continue;
        taken->pid = (uint32_t)take_count(file, "pid");
        taken->inner_pid = (uint32_t)take_count(file, "inner_pid");
        taken->owner = (uint32_t)take_count(file, "owner");
        taken->process_uid = (uint32_t)take_count(file, "process_uid");
        trace->file_count++;
    }
}

static void take_all(const json_t *root, struct jt_trace_facts *trace)
{
    const json_t *host = json_object_get(root, "host");

    trace->command = join_command(json_object_get(root, "command"));
    trace->folder = copy_text(root, "cwd");
    trace->host = copy_text(host, "name");
    trace->kernel_release = copy_text(host, "kernel");
    trace->boot_id = copy_text(host, "boot_id");
    trace->frequency = take_count(root, "frequency_hz");
    trace->is_complete = json_is_true(json_object_get(root, "complete"));
    take_files(json_object_get(root, "files"), trace);
}

int jt_trace_facts_read(const char *folder, struct jt_diag *diag, struct jt_trace_facts *trace)
{
    char *path = jt_format("%s/trace.json", folder);
    json_t *root = NULL;
    json_error_t error;
    struct stat status;
    int result = JITNEY_OK;

    *trace = (struct jt_trace_facts){0};
    if (stat(path, &status) != 0)
        goto out;
    result = JITNEY_ERR_FORMAT;
    if (!S_ISREG(status.st_mode) || status.st_size > MOST_BYTES) {
        jt_diag_error(diag, path, JT_DIAG_NO_OFFSET, "not a file that could be a trace.json");
        goto out;
    }
    root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!root || !json_is_object(root)) {
        jt_diag_error(diag, path, root ? 0 : error.position, "%s",
                      root ? "not a JSON object" : error.text);
        goto out;
    }
    take_all(root, trace);
    result = JITNEY_OK;
out:
    json_decref(root);
    free(path);
    return result;
}

void jt_trace_facts_release(struct jt_trace_facts *trace)
{
    for (size_t i = 0; i < trace->file_count; i++)
        free(trace->files[i].name);
    free(trace->files);
    free(trace->command);
    free(trace->folder);
    free(trace->host);
    free(trace->kernel_release);
    free(trace->boot_id);
    *trace = (struct jt_trace_facts){0};
}
