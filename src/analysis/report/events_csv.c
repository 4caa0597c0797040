/* CSV with the columns of Ř's recordings.csv() in their order (reactorlabs/rir:
 * replayer.r), written as RFC 4180 says: lines end with CR LF, a field with a
 * comma, a quotation mark or a line's end is quoted, and its quotation marks are
 * doubled. */
#include "analysis/report/events.h"

#include <inttypes.h>
#include <string.h>

enum column {
    IDX,
    TYPE,
    FUN,
    ENV,
    ADDRESS,
    CTX,
    SPECULATIVE_CTX,
    SPECULATIVE,
    CALL_CTX,
    REASON,
    BITCODE_LEN,
    PIR_LEN,
    DEOPT_COUNT,
    CHANGED,
    IS_PROMISE,
    IS_NATIVE,
    MISSING_ASMPT,
    COLUMN_COUNT
};

static const char *const titles[COLUMN_COUNT] = {
    "idx",
    "type",
    "fun",
    "env",
    "address",
    "ctx",
    "speculative_ctx",
    "speculative",
    "call_ctx",
    "reason",
    "bitcode_len",
    "pir_len",
    "deopt_count",
    "changed",
    "is_promise",
    "is_native",
    "missing_asmpt",
};

/* The fields of one row lie one after the other in `text`. */
struct row {
    struct jt_buf text;
    size_t start[COLUMN_COUNT];
    size_t bytes[COLUMN_COUNT];
    const struct jt_event_view *view;
};

static void begin(struct row *row, enum column column)
{
    row->start[column] = row->text.length;
}

static void end(struct row *row, enum column column)
{
    row->bytes[column] = row->text.length - row->start[column];
}

static void set_text(struct row *row, enum column column, const char *text)
{
    begin(row, column);
    jt_buf_append_text(&row->text, text ? text : "");
    end(row, column);
}

static void set_bytes(struct row *row, enum column column, const char *text, size_t bytes)
{
    begin(row, column);
    jt_buf_append(&row->text, text, bytes);
    end(row, column);
}

static void set_number(struct row *row, enum column column, uint64_t number)
{
    begin(row, column);
    jt_buf_printf(&row->text, "%" PRIu64, number);
    end(row, column);
}

static void set_address(struct row *row, uint64_t address)
{
    begin(row, ADDRESS);
    jt_buf_printf(&row->text, "0x%" PRIx64, address);
    end(row, ADDRESS);
}

static void set_flag(struct row *row, enum column column, bool flag)
{
    set_text(row, column, flag ? "TRUE" : "FALSE");
}

static void set_context(struct row *row, enum column column, uint64_t context)
{
    begin(row, column);
    jt_event_append_context(&row->text, row->view, context);
    end(row, column);
}

/* ---- what each class fills in ---- */

static void set_reasons(struct row *row, const struct jitney_compile_start *start)
{
    const struct jitney_reason *reasons[] = {&start->heuristic, &start->condition, &start->osr};
    static const char *const names[] = {"heuristic", "condition", "osr"};
    const char *comma = "";

    begin(row, REASON);
    for (int i = 0; i < 3; i++) {
        if (!reasons[i]->name)
            continue;
        jt_buf_append_text(&row->text, comma);
        jt_buf_append_text(&row->text, names[i]);
        jt_buf_append_text(&row->text, "=");
        jt_buf_append_text(&row->text, reasons[i]->name);
        comma = ",";
    }
    end(row, REASON);
}

static void set_compile(struct row *row, const struct jitney_compile *compile)
{
    set_context(row, CTX, compile->version);
    begin(row, SPECULATIVE);
    for (uint32_t i = 0; i < compile->feedback_count; i++) {
        if (i > 0)
            jt_buf_append_text(&row->text, ",");
        jt_event_append_feedback(&row->text, row->view, &compile->feedback[i]);
    }
    end(row, SPECULATIVE);
    set_number(row, BITCODE_LEN, compile->bitcode_bytes);
    set_number(row, PIR_LEN, compile->ir_bytes);
    set_number(row, DEOPT_COUNT, compile->deopt_count);
}

static void set_deopt(struct row *row, const struct jitney_deopt *deopt)
{
    set_context(row, CTX, deopt->version);
    begin(row, SPECULATIVE);
    jt_event_append_slot(&row->text, deopt->slot_kind, deopt->slot);
    end(row, SPECULATIVE);
    set_text(row, REASON, deopt->reason ? deopt->reason : deopt->kind);
}

static void set_invocation(struct row *row, const struct jitney_invocation *invocation)
{
    static const char *const missing[] = {"NotPresent", "NotPresent", "NotRecovered", "Recovered"};

    set_context(row, CTX, invocation->context);
    set_context(row, CALL_CTX, invocation->call_context);
    set_flag(row, IS_NATIVE, invocation->is_native != 0);
    set_text(row, REASON, jt_event_source(invocation->source));
    set_address(row, invocation->address);
    set_text(row, MISSING_ASMPT, missing[invocation->missing & 3]);
}

struct change {
    const struct jitney_feedback *before; /* NULL: not known */
    const struct jitney_feedback *after;
    bool is_promise;
    bool is_by_deopt;
};

static void set_change(struct row *row, const struct change *change)
{
    begin(row, SPECULATIVE);
    jt_event_append_feedback(&row->text, row->view, change->after);
    jt_buf_printf(&row->text, "#%" PRIu32, change->after->slot);
    end(row, SPECULATIVE);
    set_flag(row, IS_PROMISE, change->is_promise);
    set_flag(row, CHANGED,
             !change->before || !jt_event_feedback_is_same(change->before, change->after));
    if (change->is_by_deopt)
        set_text(row, REASON, "Deopt");
}

static void set_contextual(struct row *row, const struct jitney_contextual_feedback *feedback)
{
    const struct change change = {feedback->has_before ? &feedback->before : NULL, &feedback->after,
                                  feedback->is_promise != 0, feedback->caused_by_deopt != 0};

    set_change(row, &change);
    if (feedback->context_text)
        set_text(row, SPECULATIVE_CTX, feedback->context_text);
    else
        set_context(row, SPECULATIVE_CTX, feedback->context);
}

static void set_feedback(struct row *row, const struct jitney_type_feedback *feedback)
{
    const struct change change = {feedback->has_before ? &feedback->before : NULL, &feedback->after,
                                  feedback->is_promise != 0, feedback->caused_by_deopt != 0};

    set_change(row, &change);
}

static void set_cache(struct row *row, const struct jitney_cache_event *cache)
{
    static const char *const outcomes[] = {"Hit", "Miss", "Store", "Reject"};

    begin(row, REASON);
    jt_buf_append_text(&row->text, outcomes[cache->outcome & 3]);
    if (cache->reason) {
        jt_buf_append_text(&row->text, ": ");
        jt_buf_append_text(&row->text, cache->reason);
    }
    end(row, REASON);
}

static void set_load(struct row *row, const struct jitney_code_load *load)
{
    set_address(row, load->address);
    if (load->version)
        set_context(row, CTX, load->version);
    set_flag(row, IS_NATIVE, load->kind != JITNEY_CODE_BYTECODE);
}

static void set_osr(struct row *row, const struct jitney_osr_entry *entry)
{
    set_context(row, CTX, entry->version);
    if (entry->address)
        set_address(row, entry->address);
}

static void set_own(struct row *row, const struct jitney_event *event)
{
    switch ((enum jitney_event_type)event->type) {
    case JITNEY_CODE_LOAD:
        set_load(row, event->code_load);
        break;
    case JITNEY_CODE_MOVE:
        set_address(row, event->code_move->to);
        break;
    case JITNEY_CODE_UNLOAD:
        set_address(row, event->code_unload->address);
        break;
    case JITNEY_COMPILE_START:
        set_reasons(row, event->compile_start);
        break;
    case JITNEY_COMPILE:
        set_compile(row, event->compile);
        break;
    case JITNEY_COMPILE_ABORT:
        set_text(row, REASON, event->compile_abort->reason);
        break;
    case JITNEY_DEOPT:
        set_deopt(row, event->deopt);
        break;
    case JITNEY_INVOCATION:
        set_invocation(row, event->invocation);
        break;
    case JITNEY_INVOCATION_UNDO:
        set_context(row, CTX, event->invocation_undo->context);
        break;
    case JITNEY_TYPE_FEEDBACK:
        set_feedback(row, event->type_feedback);
        break;
    case JITNEY_CONTEXTUAL_FEEDBACK:
        set_contextual(row, event->contextual_feedback);
        break;
    case JITNEY_OSR_ENTRY:
        set_osr(row, event->osr_entry);
        break;
    case JITNEY_CACHE:
        set_cache(row, event->cache);
        break;
    case JITNEY_NOTE: /* Ř: the message itself is the type */
        set_text(row, TYPE, event->note->text);
        break;
    case JITNEY_COMPILE_END:
    case JITNEY_FUNCTION:
        break;
    }
}

static void set_function(struct row *row)
{
    const struct jt_event_view *view = row->view;
    uint32_t number = jt_event_function(view->event);
    const struct jitney_function *function = NULL;
    size_t bytes = 0;
    const char *name = jt_event_name(view, &bytes);

    set_bytes(row, FUN, name, bytes);
    if (number && view->names && view->names->function)
        function = view->names->function(view->names->context, number);
    if (!function)
        return;
    set_text(row, ENV, function->name_space);
    set_address(row, function->address);
}

/* ---- writing ---- */

static bool needs_quotes(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (text[i] == ',' || text[i] == '"' || text[i] == '\n' || text[i] == '\r')
            return true;
    return false;
}

static void append_field(struct jt_buf *line, const char *text, size_t bytes)
{
    if (!needs_quotes(text, bytes)) {
        jt_buf_append(line, text, bytes);
        return;
    }
    jt_buf_append_text(line, "\"");
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '"')
            jt_buf_append_text(line, "\"");
        jt_buf_append(line, text + i, 1);
    }
    jt_buf_append_text(line, "\"");
}

void jt_event_csv_head(struct jt_buf *line)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        jt_buf_append_text(line, i > 0 ? "," : "");
        jt_buf_append_text(line, titles[i]);
    }
    jt_buf_append_text(line, "\r\n");
}

void jt_event_csv_row(struct jt_buf *line, const struct jt_event_view *view)
{
    struct row row = {.text = JT_BUF_INIT(JT_EVENT_LINE_LIMIT), .view = view};

    set_number(&row, IDX, view->index);
    set_text(&row, TYPE, jt_event_class(view->event->type));
    set_function(&row);
    set_own(&row, view->event);
    for (int i = 0; i < COLUMN_COUNT; i++) {
        jt_buf_append_text(line, i > 0 ? "," : "");
        if (row.bytes[i] > 0 && !jt_buf_status(&row.text))
            append_field(line, (const char *)row.text.bytes + row.start[i], row.bytes[i]);
    }
    jt_buf_append_text(line, "\r\n");
    jt_buf_release(&row.text);
}
