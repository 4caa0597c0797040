/* Reading the records of a recording: see recording.h. Every byte is checked. */
#include "format/recording.h"

#include "format/recording_pen.h"
#include "jitney/status.h"

enum { LEAST_ROW_FIELDS = 3 /* of a list: what a row takes bounds how many there can be */ };

bool jt_record_next(struct jt_bytes *in, struct jt_record *record)
{
    uint8_t type = jt_bytes_take_u8(in);
    uint32_t bytes = jt_bytes_take_u8(in);
    const void *body = NULL;

    if (bytes == JT_LONG)
        bytes = le32toh(jt_bytes_take_u32(in));
    body = jt_bytes_take(in, bytes);
    if (!body || (type & ~JT_RECORD_FULL) == 0)
        return false;
    record->type = type & (uint8_t)~JT_RECORD_FULL;
    record->is_full = type & JT_RECORD_FULL;
    record->body = jt_bytes_of(body, bytes);
    return true;
}

/* Fields whose lengths are given; false when they do not fit. */
static bool take_fields(struct jt_bytes *body, unsigned there, uint64_t *fields, unsigned count)
{
    const uint8_t *lengths = jt_bytes_take(body, (there + 1) / 2);

    memset(fields, 0, count * sizeof(*fields));
    for (unsigned i = 0; lengths && i < there; i++) {
        unsigned bytes = lengths[i / 2] >> (i % 2 * 4) & 15;
        const void *at = jt_bytes_take(body, bytes);
        uint64_t value = 0;

        if (!at || bytes > sizeof(value))
            return false;
        if (i >= count)
            continue;
        if (body->left >= sizeof(value)) { /* a copy of known length is a load */
            memcpy(&value, at, sizeof(value));
            value = htole64(value) & ~(bytes < 8 ? ~UINT64_C(0) << bytes * 8 : 0);
        } else {
            memcpy(&value, at, bytes);
            value = le64toh(value);
        }
        fields[i] = value;
    }
    return lengths;
}

bool jt_record_fields(struct jt_bytes *body, uint64_t *fields, unsigned count)
{
    unsigned there = jt_bytes_take_u8(body);

    return !jt_bytes_failed(body) && take_fields(body, there, fields, count);
}

bool jt_record_first_fields(const struct jt_record *record, uint64_t fields[2])
{
    struct jt_bytes body = record->body;
    unsigned there = jt_bytes_take_u8(&body);
    const uint8_t *lengths = jt_bytes_take(&body, (there + 1) / 2);

    fields[0] = fields[1] = 0;
    for (unsigned i = 0; lengths && i < there && i < 2; i++) {
        unsigned bytes = lengths[0] >> (i * 4) & 15;
        const void *at = jt_bytes_take(&body, bytes);

        if (!at || bytes > sizeof(*fields))
            return false;
        memcpy(&fields[i], at, bytes);
        fields[i] = le64toh(fields[i]);
    }
    return lengths;
}

static int32_t unfolded(uint32_t value)
{
    return (int32_t)(value >> 1 ^ (0U - (value & 1)));
}

/* A record on its way into structs. */
struct reading {
    struct jt_bytes tail;
    const uint64_t *field;
    const struct jt_recording_texts *texts;
    uint64_t lost_texts;
    size_t text_bytes; /* of the last text that stood in the record */
    bool is_bad;
};

static uint32_t get_u32(struct reading *in)
{
    uint64_t value = *in->field++;

    in->is_bad |= value > UINT32_MAX;
    return (uint32_t)value;
}

static uint64_t get_u64(struct reading *in)
{
    return *in->field++;
}

static int32_t get_s32(struct reading *in)
{
    return unfolded(get_u32(in));
}

static const char *get_text(struct reading *in)
{
    uint64_t value = *in->field++;
    const char *text = NULL;

    if (value == 0)
        return NULL;
    if (value & 1) {
        in->text_bytes = value >> 1;
        text = jt_bytes_take(&in->tail, (value >> 1) + 1);
        if (!text || text[value >> 1]) {
            in->is_bad = true;
            return NULL;
        }
        return text;
    }
    text = in->texts->text(in->texts->context, value >> 1);
    in->text_bytes = text ? strlen(text) : 0;
    in->lost_texts += !text;
    return text;
}

#define GET_U32(field) body->field = get_u32(in);
#define GET_U64(field) body->field = get_u64(in);
#define GET_S32(field) body->field = get_s32(in);
#define GET_TEXT(field) body->field = get_text(in);
#define GET_NAME(field)                                                                            \
    body->field = get_text(in);                                                                    \
    body->field##_bytes = body->field ? in->text_bytes : 0;
#define GET_SMALL(a, b, c, d)                                                                      \
    body->a = get_u32(in);                                                                         \
    body->b = body->a >> 8 & UINT8_MAX;                                                            \
    body->c = body->a >> 16 & UINT8_MAX;                                                           \
    body->d = body->a >> 24;                                                                       \
    body->a &= UINT8_MAX;
#define GETTER(value, name, fields)                                                                \
    static void get_##name(struct reading *in, struct jitney_##name *body)                         \
    {                                                                                              \
        *body = (struct jitney_##name){.size = sizeof(*body)};                                     \
        fields(GET_U32, GET_U64, GET_S32, GET_TEXT, GET_TEXT, GET_NAME, GET_SMALL)                 \
    }
JT_RECORDING_CLASSES(GETTER)

#define ROW_GETTER(name, type, fields)                                                             \
    static void get_##name(struct reading *in, type *body)                                         \
    {                                                                                              \
        fields;                                                                                    \
    }
ROW_GETTER(line, struct jitney_line, JT_RECORDING_LINE(GET_U32, GET_TEXT))
ROW_GETTER(inlined, struct jitney_inlined, JT_RECORDING_INLINED(GET_U32, GET_TEXT))
ROW_GETTER(feedback, struct jitney_feedback, JT_RECORDING_FEEDBACK(, GET_U32, GET_TEXT))

/* Numbers that point to places stay inside. */
static void mend_line(struct jitney_line *line, uint32_t index)
{
}

static void mend_inlined(struct jitney_inlined *inlined, uint32_t index)
{
    if (inlined->caller > index)
        inlined->caller = 0;
}

static void mend_feedback(struct jitney_feedback *feedback, uint32_t index)
{
    if (feedback->callee_count > JITNEY_FEEDBACK_CALLEES)
        feedback->callee_count = JITNEY_FEEDBACK_CALLEES;
}

/* A list of `count` rows into `rows`. A row takes a few bytes at least, so that no number in the
 * file asks for much more memory than the file takes. */
#define LIST_GETTER(name, type)                                                                    \
    static int get_list_of_##name(struct reading *in, uint32_t count, struct jt_buf *rows)         \
    {                                                                                              \
        unsigned there = count > 0 ? jt_bytes_take_u8(&in->tail) : 0;                              \
        type *row = NULL;                                                                          \
        uint64_t fields[jt_fields_of_##name];                                                      \
                                                                                                   \
        jt_buf_clear(rows);                                                                        \
        if (count > in->tail.left / ((there + 1) / 2 + !there) ||                                  \
            (count > 0 && there < LEAST_ROW_FIELDS))                                               \
            return JITNEY_ERR_FORMAT;                                                              \
        row = (type *)jt_buf_reserve(rows, count * sizeof(*row));                                  \
        for (uint32_t i = 0; row && i < count; i++) {                                              \
            if (!take_fields(&in->tail, there, fields, jt_fields_of_##name))                       \
                return JITNEY_ERR_FORMAT;                                                          \
            in->field = fields;                                                                    \
            get_##name(in, &row[i]);                                                               \
            mend_##name(&row[i], i);                                                               \
        }                                                                                          \
        return row ? JITNEY_OK : JITNEY_ERR_MEMORY;                                                \
    }
LIST_GETTER(line, struct jitney_line)
LIST_GETTER(inlined, struct jitney_inlined)
LIST_GETTER(feedback, struct jitney_feedback)

static int get_code_tail(struct reading *in, struct jitney_code_load *load, struct jt_buf *lists)
{
    int status = JITNEY_OK;
    bool has_lists = load->line_count > 0 || load->inlined_count > 0;

    if (!has_lists)
        return JITNEY_OK;
    if (load->line_count == 0)
        jt_bytes_take_u8(&in->tail);
    status = get_list_of_line(in, load->line_count, &lists[0]);
    if (!status)
        status = get_list_of_inlined(in, load->inlined_count, &lists[1]);
    if (status)
        return status;
    load->lines = load->line_count > 0 ? (const struct jitney_line *)lists[0].bytes : NULL;
    load->inlined = load->inlined_count > 0 ? (const struct jitney_inlined *)lists[1].bytes : NULL;
    for (uint32_t i = 0; i < load->line_count; i++) {
        struct jitney_line *line = &((struct jitney_line *)lists[0].bytes)[i];

        if (line->inlined > load->inlined_count)
            line->inlined = 0;
    }
    return JITNEY_OK;
}

static int get_tail(struct reading *in, struct jt_recording_event *out)
{
    struct jitney_function *function = &out->body.function;
    struct jitney_compile *compile = &out->body.compile;
    int status = JITNEY_OK;

    switch (out->event.type) {
    case JITNEY_CODE_LOAD:
        return get_code_tail(in, &out->body.code_load, out->lists);
    case JITNEY_COMPILE:
        if (compile->feedback_count == 0)
            return JITNEY_OK;
        status = get_list_of_feedback(in, compile->feedback_count, &out->lists[0]);
        compile->feedback = (const struct jitney_feedback *)out->lists[0].bytes;
        return status;
    case JITNEY_FUNCTION:
        if (function->body_bytes > 0)
            function->body = jt_bytes_take(&in->tail, function->body_bytes);
        return JITNEY_OK;
    case JITNEY_TYPE_FEEDBACK:
        mend_feedback(&out->body.type_feedback.before, 0);
        mend_feedback(&out->body.type_feedback.after, 0);
        return JITNEY_OK;
    case JITNEY_CONTEXTUAL_FEEDBACK:
        mend_feedback(&out->body.contextual_feedback.before, 0);
        mend_feedback(&out->body.contextual_feedback.after, 0);
        return JITNEY_OK;
    default:
        return JITNEY_OK;
    }
}

static void get_body(struct reading *in, struct jt_recording_event *out)
{
    switch (out->event.type) {
#define CASE(value, name, fields)                                                                  \
    case value:                                                                                    \
        get_##name(in, &out->body.name);                                                           \
        break;
        JT_RECORDING_CLASSES(CASE)
#undef CASE
    default:
        in->is_bad = true;
    }
}

int jt_recording_decode(const struct jt_record *record, const struct jt_recording_texts *texts,
                        struct jt_recording_event *out)
{
    uint64_t fields[jt_most_fields];
    struct reading in = {.tail = record->body, .field = fields, .texts = texts};
    int status = JITNEY_OK;

    if (record->type < JT_RECORD_EVENT ||
        record->type >= JT_RECORD_EVENT + JT_RECORDING_CLASS_COUNT ||
        !jt_record_fields(&in.tail, fields, jt_most_fields))
        return JITNEY_ERR_FORMAT;
    out->event = (struct jitney_event){.size = sizeof(out->event),
                                       .type = (uint32_t)record->type - JT_RECORD_EVENT,
                                       .body = &out->body};
    out->event.time_ns = get_u64(&in);
    if (record->is_full) {
        out->event.tid = get_u32(&in);
        out->event.flags = get_u32(&in);
        out->event.code = get_u64(&in);
        out->event.number = get_u32(&in);
    }
    get_body(&in, out);
    status = get_tail(&in, out);
    if (!status && (in.is_bad || jt_bytes_failed(&in.tail)))
        status = JITNEY_ERR_FORMAT;
    if (!status)
        out->lost_texts += in.lost_texts;
    return status;
}
