/* Definitions of a recording: the texts and functions that its events name by
 * number. */
#include "format/recording_parts.h"

void jt_recording_names_release(struct jt_recording *recording)
{
    struct jt_recording_names *names = &recording->names;
    struct jt_heap *heap = recording->heap;

    while (names->blocks) {
        struct jt_recording_block *next = names->blocks->next;

        jt_heap_free(heap, names->blocks, names->blocks->bytes);
        names->blocks = next;
    }
    jt_heap_free(heap, names->texts, names->text_room * sizeof(*names->texts));
    jt_heap_free(heap, names->functions, names->function_room * sizeof(*names->functions));
    *names = (struct jt_recording_names){0};
}

const char *jt_recording_text(void *context, uint64_t number)
{
    const struct jt_recording *recording = context;

    return number > 0 && number <= recording->names.text_count ? recording->names.texts[number - 1]
                                                               : NULL;
}

/* Texts are numbered in the order of the file, so a number asks for no memory of its own. */
static int take_text(struct jt_recording *recording, const struct jt_record *record)
{
    struct jt_recording_names *names = &recording->names;
    struct jt_bytes body = record->body;
    uint64_t fields[2];
    const char *text = NULL;
    int status = JITNEY_OK;

    if (!jt_record_fields(&body, fields, 2) || fields[0] != names->text_count + 1 ||
        !(fields[1] & 1))
        return JITNEY_ERR_FORMAT;
    text = jt_bytes_take(&body, (fields[1] >> 1) + 1);
    if (!text || text[fields[1] >> 1])
        return JITNEY_ERR_FORMAT;
    status = jt_recording_grow(recording->heap, &names->texts, &names->text_room, names->text_count,
                               sizeof(*names->texts));
    if (!status)
        names->texts[names->text_count++] = text;
    return status;
}

static int take_function(struct jt_recording *recording, const struct jt_record *record)
{
    struct jt_recording_names *names = &recording->names;
    const struct jt_recording_texts texts = {jt_recording_text, recording};
    struct jt_recording_event *event = &recording->event;
    int status = JITNEY_OK;

    if (record->type != JT_RECORD_EVENT + JITNEY_FUNCTION || !record->is_full)
        return JITNEY_ERR_FORMAT;
    status = jt_recording_decode(record, &texts, event);
    if (!status && (event->event.number == 0 ||
                    (names->function_count > 0 &&
                     event->event.number <= names->functions[names->function_count - 1].number)))
        status = JITNEY_ERR_FORMAT;
    if (!status)
        status = jt_recording_grow(recording->heap, &names->functions, &names->function_room,
                                   names->function_count, sizeof(*names->functions));
    if (status)
        return status;
    names->functions[names->function_count++] =
        (struct jt_recording_function_entry){.function = event->body.function,
                                             .time_ns = event->event.time_ns,
                                             .tid = event->event.tid,
                                             .flags = event->event.flags,
                                             .number = event->event.number};
    return JITNEY_OK;
}

/* Load what is new; NULL when there is no memory, or nothing could be read. */
static struct jt_recording_block *load_block(struct jt_recording *recording,
                                             const struct jt_recording_chunk *chunk, size_t *length)
{
    size_t bytes = (size_t)(chunk->end - chunk->read);
    struct jt_recording_block *block =
        jt_heap_resize(recording->heap, NULL, 0, sizeof(*block) + bytes);

    if (!block)
        return NULL;
    *block = (struct jt_recording_block){.next = recording->names.blocks,
                                         .bytes = sizeof(*block) + bytes};
    recording->names.blocks = block;
    *length = jt_recording_read_at(recording, chunk->offset + chunk->read, block + 1, bytes);
    return block;
}

int jt_recording_read_definitions(struct jt_recording *recording, struct jt_recording_chunk *chunk)
{
    struct jt_recording_block *block = NULL;
    struct jt_record record;
    struct jt_bytes in;
    uint64_t start = 0;
    size_t length = 0;
    int status = JITNEY_OK;

    if (chunk->is_bad || chunk->read >= chunk->end)
        return JITNEY_OK;
    block = load_block(recording, chunk, &length);
    if (!block)
        return JITNEY_ERR_MEMORY;
    in = jt_bytes_of(block + 1, length);
    start = chunk->read;
    while (in.left > 0 && jt_record_next(&in, &record)) {
        status = record.type == JT_RECORD_TEXT ? take_text(recording, &record)
                                               : take_function(recording, &record);
        if (status == JITNEY_ERR_MEMORY)
            return status;
        if (status) {
            recording->facts.bad_records++;
            jt_recording_note_bad(recording, chunk->offset + chunk->read);
        }
        chunk->read = start + (uint64_t)(in.at - (const uint8_t *)(block + 1));
    }
    jt_recording_end_chunk(recording, chunk, chunk->read);
    return JITNEY_OK;
}

static const struct jt_recording_function_entry *find(const struct jt_recording *recording,
                                                      uint32_t number)
{
    const struct jt_recording_names *names = &recording->names;
    size_t low = 0, high = names->function_count;

    if (number > 0 && number <= high && names->functions[number - 1].number == number)
        return &names->functions[number - 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (names->functions[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < names->function_count && names->functions[low].number == number
               ? &names->functions[low]
               : NULL;
}

const struct jitney_function *jt_recording_function(const struct jt_recording *recording,
                                                    uint32_t number)
{
    const struct jt_recording_function_entry *entry = find(recording, number);

    return entry ? &entry->function : NULL;
}

int jt_recording_tell_functions(struct jt_recording *recording,
                                const struct jitney_recording_visitor *visitor)
{
    struct jt_recording_names *names = &recording->names;

    while (names->told < names->function_count) {
        const struct jt_recording_function_entry *entry = &names->functions[names->told++];
        struct jitney_event event = {.size = sizeof(event),
                                     .type = JITNEY_FUNCTION,
                                     .flags = entry->flags,
                                     .time_ns = entry->time_ns,
                                     .tid = entry->tid,
                                     .number = entry->number,
                                     .function = &entry->function};
        int status = JITNEY_OK;

        recording->facts.functions++;
        status = visitor->event(visitor->context, &event);
        if (status)
            return status;
    }
    return JITNEY_OK;
}
