#include "analysis/load/codeview_sources.h"

#include "analysis/load/events.h"
#include "analysis/load/hotspotlog.h"
#include "analysis/load/jitdump.h"
#include "analysis/load/perfmap.h"
#include "analysis/load/regular.h"
#include "analysis/load/v8log.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/map.h"
#include "jitney/event.h"
#include "jitney/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    NAME_MOST = 1 << 20,
    FIRST_OPTIMIZED_LEVEL = 4, /* openjdk: compilerDefinitions.hpp, CompLevel */
    LAST_STUB_KIND = 3,        /* BUILTIN of every V8; byte code's kinds come later */
};

struct adding {
    struct jt_codeview *view;
    struct jt_map loads; /* the last load: of an address, or of a compilation */
    struct jt_buf text;
    uint32_t pid;
};

static void begin(struct adding *adding, struct jt_codeview *view)
{
    *adding = (struct adding){.view = view, .text = JT_BUF_INIT(NAME_MOST)};
}

static void end(struct adding *adding)
{
    jt_map_release(&adding->loads);
    jt_buf_release(&adding->text);
}

static uint32_t put(struct jt_codeview *view, const char *text)
{
    return text && *text ? jt_strings_put_text(&view->strings, text) : 0;
}

/* What is in the buffer, which is cleared. */
static uint32_t put_text(struct adding *adding)
{
    struct jt_buf *text = &adding->text;
    uint32_t id = 0;

    if (!jt_buf_status(text) && text->length > 0)
        id = jt_strings_put(&adding->view->strings, (const char *)text->bytes, text->length);
    jt_buf_clear(text);
    return id;
}

/* Remember the code by `key`; a view holds fewer than 2^32 - 1 events that deopts can name. */
static void add_load(struct adding *adding, const struct jt_codeview_event *event, uint64_t key)
{
    struct jt_codeview *view = adding->view;

    if (view->events.count < JT_MAP_NONE)
        *jt_map_put(&adding->loads, key) = (uint32_t)view->events.count;
    jt_vec_push(&view->events, *event);
}

static size_t find_load(const struct adding *adding, uint64_t key)
{
    uint32_t place = jt_map_find(&adding->loads, key);

    return place == JT_MAP_NONE ? JT_CODEVIEW_NO_CODE : place;
}

static uint64_t place_key(uint32_t pid, uint64_t address)
{
    return jt_hash_pair(pid, address);
}

/* ---- recordings ---- */

static void add_recorded_load(struct adding *adding, const struct jitney_event *event)
{
    const struct jitney_code_load *load = event->code_load;
    struct jt_codeview *view = adding->view;
    struct jt_codeview_event code = {
        .step = JT_CODEVIEW_LOAD,
        .pid = adding->pid,
        .time_ns = event->time_ns,
        .address = load->address,
        .bytes = load->bytes,
        .number = event->code,
        .kind = load->kind,
        .tier = load->tier,
        .file = put(view, load->file),
        .line = load->line,
    };

    if (load->name && load->name_bytes > 0)
        code.name = jt_strings_put(&view->strings, load->name, load->name_bytes);
    else
        code.name = put(view, load->name);
    add_load(adding, &code, place_key(adding->pid, load->address));
}

static void add_recorded_change(struct adding *adding, const struct jitney_event *event)
{
    struct jt_codeview_event code = {
        .pid = adding->pid, .time_ns = event->time_ns, .number = event->code};

    if (event->type == JITNEY_CODE_MOVE) {
        code.step = JT_CODEVIEW_MOVE;
        code.from = event->code_move->from;
        code.address = event->code_move->to;
        code.bytes = event->code_move->bytes;
    } else {
        code.step = JT_CODEVIEW_UNLOAD;
        code.address = event->code_unload->address;
        code.bytes = event->code_unload->bytes;
    }
    jt_vec_push(&adding->view->events, code);
}

static void add_recorded_deopt(struct adding *adding, const struct jt_event_log_source *source,
                               const struct jitney_event *event)
{
    const struct jitney_deopt *deopt = event->deopt;
    const struct jitney_function *function = jt_event_log_function(source, deopt->function);
    struct jt_codeview *view = adding->view;
    struct jt_codeview_deopt left = {
        .time_ns = event->time_ns,
        .pid = adding->pid,
        .address = deopt->address,
        .load = JT_CODEVIEW_NO_CODE,
        .name = function ? put(view, function->name) : 0,
        .kind = put(view, deopt->kind),
        .reason = put(view, deopt->reason),
        .line = deopt->line,
    };

    if (deopt->address)
        left.load = find_load(adding, place_key(adding->pid, deopt->address));
    jt_vec_push(&view->deopts, left);
}

static int add_recorded(void *context, const struct jt_event_log_source *source,
                        const struct jitney_event *event)
{
    struct adding *adding = context;

    adding->pid = jt_event_log_facts(source).pid;
    if (event->type == JITNEY_CODE_LOAD)
        add_recorded_load(adding, event);
    else if (event->type == JITNEY_CODE_MOVE ||
             (event->type == JITNEY_CODE_UNLOAD && !(event->flags & JITNEY_EVENT_IMPLIED)))
        add_recorded_change(adding, event);
    else if (event->type == JITNEY_DEOPT)
        add_recorded_deopt(adding, source, event);
    return JITNEY_OK;
}

int jt_codeview_add_recording(const char *path, struct jt_diag *diag, struct jt_codeview *view)
{
    struct adding adding;
    const struct jt_event_log_sink sink = {.context = &adding, .event = add_recorded};
    struct jt_event_log *events = NULL;
    struct jt_event_log_facts facts;
    int status = jt_event_log_open(path, diag, &events);

    if (status)
        return status;
    begin(&adding, view);
    status = jt_event_log_read(events, &sink);
    facts = jt_event_log_facts(jt_event_log_source_at(events, 0));
    view->clock = facts.has_times ? JT_CODEVIEW_MONOTONIC : JT_CODEVIEW_NO_CLOCK;
    view->zero_ns = jt_event_log_start_ns(events);
    view->has_deopts = view->has_bytecode = true;
    if (jt_event_log_source_count(events) == 1)
        view->pid = facts.pid;
    snprintf(view->engine, sizeof(view->engine), "%s", facts.engine);
    jt_event_log_count_losses(events, &view->lost, &view->skipped);
    end(&adding);
    jt_event_log_close(events);
    return status;
}

/* ---- dumps and maps ---- */

static int add_code(void *context, const struct jt_code_event *event)
{
    struct adding *adding = context;
    struct jt_codeview_event code = {
        .pid = adding->pid ? adding->pid : event->pid,
        .time_ns = event->time_ns,
        .address = event->address,
        .from = event->old_address,
        .bytes = event->bytes,
        .number = event->index,
        .is_raw = true,
    };

    code.step = event->kind == JT_CODE_LOAD   ? JT_CODEVIEW_LOAD
                : event->kind == JT_CODE_MOVE ? JT_CODEVIEW_MOVE
                                              : JT_CODEVIEW_UNLOAD;
    if (event->kind == JT_CODE_LOAD)
        code.name = jt_strings_put(&adding->view->strings, event->name, event->name_bytes);
    jt_vec_push(&adding->view->events, code);
    return JITNEY_OK;
}

int jt_codeview_add_jitdump(const char *path, struct jt_diag *diag, struct jt_codeview *view)
{
    struct adding adding;
    const struct jt_code_sink sink = {&adding, add_code};
    const struct jt_jitdump_facts *facts = NULL;
    struct jt_jitdump *dump = NULL;
    int status = jt_jitdump_open(path, diag, &dump);

    if (status)
        return status;
    begin(&adding, view);
    facts = jt_jitdump_facts(dump);
    adding.pid = facts->pid ? facts->pid : jt_jitdump_pid_of_name(path);
    status = jt_jitdump_read(dump, &sink);
    view->clock = facts->arch_timestamp ? JT_CODEVIEW_COUNTER : JT_CODEVIEW_MONOTONIC;
    if (view->zero_ns == 0 || facts->first_ns < view->zero_ns)
        view->zero_ns = facts->first_ns;
    view->skipped += facts->damage.skipped;
    end(&adding);
    jt_jitdump_close(dump);
    return status;
}

int jt_codeview_add_perfmap(const char *path, struct jt_diag *diag, struct jt_codeview *view)
{
    struct adding adding;
    const struct jt_code_sink sink = {&adding, add_code};
    struct jt_load_damage damage = {0};
    int status = JITNEY_OK;

    begin(&adding, view);
    adding.pid = jt_perfmap_pid_of_name(path);
    status = jt_perfmap_read(path, diag, &sink, &damage);
    view->clock = JT_CODEVIEW_NO_CLOCK;
    view->skipped += damage.skipped;
    end(&adding);
    return status;
}

/* ---- V8's log ---- */

static void append(struct jt_buf *buf, struct jt_v8log_text text)
{
    jt_buf_append(buf, text.at, text.bytes);
}

/* As V8 writes it into maps and dumps: TAG:MARK NAME. */
static uint32_t v8_name(struct adding *adding, const struct jt_v8log_event *event)
{
    append(&adding->text, event->tag);
    jt_buf_append_text(&adding->text, ":");
    append(&adding->text, event->mark);
    append(&adding->text, event->name);
    return put_text(adding);
}

static uint32_t v8_text(struct adding *adding, struct jt_v8log_text text)
{
    append(&adding->text, text);
    return put_text(adding);
}

static bool text_is(struct jt_v8log_text text, const char *word)
{
    return text.bytes == strlen(word) && memcmp(text.at, word, text.bytes) == 0;
}

static void add_v8_code(struct adding *adding, const struct jt_v8log_event *event)
{
    struct jt_codeview_event code = {
        .step = JT_CODEVIEW_LOAD,
        .pid = adding->pid,
        .time_ns = event->time_ns,
        .address = event->address,
        .bytes = event->bytes,
        .is_raw = true,
    };

    if (text_is(event->tag, "Callback")) /* a function of the program, which V8 did not make */
        return;
    if (event->mark.bytes == 1 && event->mark.at[0] == '~' && event->code_kind > LAST_STUB_KIND)
        code.kind = JITNEY_CODE_BYTECODE;
    code.name = v8_name(adding, event);
    add_load(adding, &code, event->address);
}

/* The line of the innermost place: what is between the last two colons before the first '>'. */
static uint32_t v8_line(struct jt_v8log_text place)
{
    const char *close = place.bytes > 0 ? memchr(place.at, '>', place.bytes) : NULL;
    uint32_t number = 0, unit = 1;
    int colons = 0;

    for (const char *at = close; at && at > place.at && colons < 2; at--) {
        if (at[-1] == ':') {
            colons++;
        } else if (colons == 1) {
            if (at[-1] < '0' || at[-1] > '9' || unit > 100000000)
                return 0;
            number += (uint32_t)(at[-1] - '0') * unit;
            unit *= 10;
        }
    }
    return colons == 2 ? number : 0;
}

static void add_v8_deopt(struct adding *adding, const struct jt_v8log_event *event)
{
    struct jt_v8log_text cause = event->cause;
    struct jt_codeview_deopt deopt = {
        .time_ns = event->time_ns,
        .pid = adding->pid,
        .address = event->address,
        .load = find_load(adding, event->address),
        .line = v8_line(event->place),
    };

    if (cause.bytes > 6 && memcmp(cause.at, "deopt-", 6) == 0)
        cause = (struct jt_v8log_text){cause.at + 6, cause.bytes - 6};
    deopt.kind = v8_text(adding, cause);
    deopt.reason = v8_text(adding, event->reason);
    jt_vec_push(&adding->view->deopts, deopt);
}

static int add_v8(void *context, const struct jt_v8log_event *event)
{
    struct adding *adding = context;
    struct jt_codeview_event move = {
        .step = JT_CODEVIEW_MOVE, .pid = adding->pid, .time_ns = event->time_ns};
    size_t load = 0;

    if (event->kind == JT_V8LOG_CODE) {
        add_v8_code(adding, event);
    } else if (event->kind == JT_V8LOG_DEOPT) {
        add_v8_deopt(adding, event);
    } else if (event->kind == JT_V8LOG_MOVE) {
        move.from = event->address;
        move.address = event->to;
        jt_vec_push(&adding->view->events, move);
        load = find_load(adding, event->address);
        if (load != JT_CODEVIEW_NO_CODE)
            *jt_map_put(&adding->loads, event->to) = (uint32_t)load;
    }
    return JITNEY_OK;
}

int jt_codeview_add_v8log(const char *path, struct jt_diag *diag, struct jt_codeview *view)
{
    struct adding adding;
    const struct jt_v8log_sink sink = {&adding, add_v8};
    struct jt_v8log_facts facts;
    FILE *stream = NULL;
    int status = jt_regular_open_stream(path, diag, &stream);

    if (status)
        return status;
    begin(&adding, view);
    adding.pid = jt_v8log_pid_of_name(path);
    status = jt_v8log_read(stream, path, diag, &sink, &facts);
    view->clock = JT_CODEVIEW_LOGGER;
    view->has_deopts = view->has_bytecode = true;
    view->skipped += facts.skipped;
    if (facts.major)
        snprintf(view->engine, sizeof(view->engine),
                 "V8 %" PRIu32 ".%" PRIu32 ".%" PRIu32 ".%" PRIu32, facts.major, facts.minor,
                 facts.build, facts.patch);
    end(&adding);
    fclose(stream);
    return status;
}

/* ---- HotSpot's log ---- */

static uint32_t hotspot_tier(int32_t level)
{
    if (level < 1)
        return JITNEY_TIER_UNKNOWN;
    return level >= FIRST_OPTIMIZED_LEVEL ? JITNEY_TIER_OPTIMIZED : JITNEY_TIER_BASELINE;
}

static uint32_t hotspot_name(struct adding *adding, const char *method)
{
    jt_hotspotlog_append_method(&adding->text, method);
    return put_text(adding);
}

static void add_hotspot_code(struct adding *adding, const struct jt_hotspotlog_event *event)
{
    struct jt_codeview_event code = {
        .step = JT_CODEVIEW_LOAD,
        .pid = adding->pid,
        .time_ns = event->time_ns,
        .address = event->address,
        .bytes = event->bytes,
        .number = event->compilation,
        .name = hotspot_name(adding, event->method),
        .tier = hotspot_tier(event->level),
    };

    if (strcmp(event->mode, "c2n") == 0)
        code.kind = JITNEY_CODE_STUB;
    add_load(adding, &code, event->compilation);
}

static void add_hotspot_gone(struct adding *adding, const struct jt_hotspotlog_event *event)
{
    size_t load = find_load(adding, event->compilation);
    struct jt_codeview_event code = {
        .step = JT_CODEVIEW_UNLOAD, .pid = adding->pid, .time_ns = event->time_ns};

    if (load == JT_CODEVIEW_NO_CODE)
        return;
    code.address = adding->view->events.at[load].address;
    code.bytes = adding->view->events.at[load].bytes;
    jt_vec_push(&adding->view->events, code);
}

static void add_hotspot_deopt(struct adding *adding, const struct jt_hotspotlog_event *event)
{
    bool is_trap = event->kind == JT_HOTSPOTLOG_TRAP;
    struct jt_codeview_deopt deopt = {
        .time_ns = event->time_ns,
        .pid = adding->pid,
        .load = find_load(adding, event->compilation),
        .reason = put(adding->view, event->reason),
    };

    if (deopt.load != JT_CODEVIEW_NO_CODE)
        deopt.address = adding->view->events.at[deopt.load].address;
    else if (*event->method)
        deopt.name = hotspot_name(adding, event->method);
    jt_buf_append_text(&adding->text, is_trap ? "uncommon trap" : "made not entrant");
    if (is_trap && *event->action && strcmp(event->action, "none") != 0)
        jt_buf_printf(&adding->text, ", %s", event->action);
    deopt.kind = put_text(adding);
    jt_vec_push(&adding->view->deopts, deopt);
}

static int add_hotspot(void *context, const struct jt_hotspotlog_event *event)
{
    struct adding *adding = context;

    if (event->kind == JT_HOTSPOTLOG_CODE)
        add_hotspot_code(adding, event);
    else if (event->kind == JT_HOTSPOTLOG_GONE)
        add_hotspot_gone(adding, event);
    else
        add_hotspot_deopt(adding, event);
    return JITNEY_OK;
}

int jt_codeview_add_hotspotlog(const char *path, struct jt_diag *diag, struct jt_codeview *view)
{
    struct adding adding;
    const struct jt_hotspotlog_sink sink = {&adding, add_hotspot};
    struct jt_hotspotlog_facts facts;
    FILE *stream = NULL;
    int status = jt_regular_open_stream(path, diag, &stream);

    if (status)
        return status;
    begin(&adding, view);
    status = jt_hotspotlog_read(stream, path, diag, &sink, &facts);
    view->clock = JT_CODEVIEW_VM;
    view->pid = facts.pid;
    view->has_deopts = true;
    view->skipped += facts.skipped;
    end(&adding);
    fclose(stream);
    return status;
}
