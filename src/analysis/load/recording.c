#include "analysis/load/recording.h"

#include "analysis/load/regular.h"
#include "base/buf.h"
#include "base/heap.h"
#include "format/perfmap.h"
#include "format/recording_reader.h"
#include "jitney/status.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_LIMIT = 64 << 10 };

bool jt_recording_codes_probe(const void *bytes, size_t count)
{
    return jt_recording_probe(bytes, count);
}

static int give_load(const struct jitney_code_load *load, struct jt_code_event *code,
                     const struct jt_code_sink *sink)
{
    struct jt_buf name = JT_BUF_INIT(NAME_LIMIT);
    int status = JITNEY_OK;

    if (load->kind == JITNEY_CODE_BYTECODE)
        return JITNEY_OK;
    jt_perfmap_encode_name(&name, load);
    if (jt_buf_status(&name)) {
        jt_buf_clear(&name);
        jt_buf_append_text(&name, "(a name too long)");
    }
    code->kind = JT_CODE_LOAD;
    code->address = load->address;
    code->bytes = load->bytes;
    code->name = name.length > 0 ? (const char *)name.bytes : "";
    code->name_bytes = name.length;
    status = sink->code(sink->context, code);
    jt_buf_release(&name);
    return status;
}

int jt_recording_code_give(const struct jitney_event *event, uint32_t pid,
                           const struct jt_code_sink *sink)
{
    struct jt_code_event code = {.time_ns = event->time_ns,
                                 .pid = pid,
                                 .tid = event->tid,
                                 .index = event->code,
                                 .lines_offset = -1,
                                 .code_offset = -1};

    if (event->type == JITNEY_CODE_LOAD)
        return give_load(event->code_load, &code, sink);
    if (event->type == JITNEY_CODE_MOVE) {
        code.kind = JT_CODE_MOVE;
        code.address = event->code_move->to;
        code.old_address = event->code_move->from;
        code.bytes = event->code_move->bytes;
        return sink->code(sink->context, &code);
    }
    /* That code ends where other code is loaded the timeline knows by itself. */
    if (event->type == JITNEY_CODE_UNLOAD && !(event->flags & JITNEY_EVENT_IMPLIED)) {
        code.kind = JT_CODE_UNLOAD;
        code.address = event->code_unload->address;
        code.bytes = event->code_unload->bytes;
        return sink->code(sink->context, &code);
    }
    return JITNEY_OK;
}

struct giving {
    uint32_t pid;
    const struct jt_code_sink *sink;
};

static int give(void *context, const struct jitney_event *event)
{
    const struct giving *giving = context;

    return jt_recording_code_give(event, giving->pid, giving->sink);
}

static int fail(struct jt_diag *diag, const char *path, int status)
{
    const char *what = status == JITNEY_ERR_IO        ? strerror(errno)
                       : status == JITNEY_ERR_VERSION ? "is a recording of a newer format"
                       : status == JITNEY_ERR_MEMORY  ? "out of memory"
                                                      : "is no recording";

    if (diag)
        jt_diag_error(diag, path, JT_DIAG_NO_OFFSET, "%s", what);
    return status;
}

int jt_recording_codes_read(const char *path, struct jt_diag *diag, const struct jt_code_sink *sink,
                            struct jt_load_damage *damage)
{
    struct giving giving = {.sink = sink};
    const struct jitney_recording_visitor visitor = {
        .size = sizeof(visitor), .event = give, .context = &giving};
    const struct jt_recording_facts *facts = NULL;
    struct jt_recording *recording = NULL;
    struct jt_heap heap;
    uint64_t bytes = 0;
    int fd = -1;
    int status = jt_regular_open(path, diag, &fd, &bytes);

    if (status)
        return status;
    jt_heap_init(&heap, NULL);
    status = jt_recording_open_fd(fd, &heap, &recording);
    if (status) {
        close(fd);
        return fail(diag, path, status);
    }
    facts = jt_recording_facts(recording);
    giving.pid = facts->pid;
    status = jt_recording_read(recording, &visitor);
    damage->skipped += facts->bad_records + facts->bad_chunks;
    damage->torn_bytes += facts->torn_bytes;
    jt_recording_close(recording);
    close(fd);
    return status;
}

uint32_t jt_recording_pid_of_name(const char *path)
{
    const char *name = strrchr(path, '/');
    char *end = NULL;
    unsigned long pid = 0;

    name = name ? name + 1 : path;
    if (strncmp(name, "events-", 7) != 0 || !isdigit((unsigned char)name[7]))
        return 0;
    pid = strtoul(name + 7, &end, 10);
    if (end[0] == '.' && isdigit((unsigned char)end[1])) /* a second session of the process */
        end += 1 + strspn(end + 1, "0123456789");
    return strcmp(end, ".jtr") == 0 && pid <= UINT32_MAX ? (uint32_t)pid : 0;
}
