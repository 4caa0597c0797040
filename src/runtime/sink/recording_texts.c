/* Texts that events name by number. Looking one up takes no lock: a thread keeps the
 * pointers it saw with the texts they pointed to, and behind that is a table that
 * only grows while events go on. A text becomes a definition in the file before
 * its number can be found. */
#include "runtime/sink/recording_parts.h"

#include "base/hash.h"

#include <elf.h>
#include <link.h>

enum {
    FIRST_ROOM = 256,
    TEXT_LIMIT = 1 << 16, /* further ones stand in their records, as long ones do */
    BYTES_LIMIT = 4 << 20,
};

static size_t table_bytes(size_t room)
{
    return sizeof(struct recorder_text_table) + room * sizeof(struct recorder_text *);
}

static size_t text_bytes(size_t length)
{
    return sizeof(struct recorder_text) + length + 1;
}

static const struct recorder_text *look_up(const struct recorder_text_table *table, uint64_t hash,
                                           const char *text, size_t length)
{
    for (size_t i = hash; table; i++) {
        const struct recorder_text *there =
            atomic_load_explicit(&table->slots[i & (table->room - 1)], memory_order_acquire);

        if (!there)
            return NULL;
        if (there->hash == hash && there->length == length &&
            memcmp(there->bytes, text, length) == 0)
            return there;
    }
    return NULL;
}

/* The first object is the program. */
static int take_constants(struct dl_phdr_info *object, size_t size, void *context)
{
    struct recorder_constants *constants = context;

    for (int i = 0, found = 0; i < object->dlpi_phnum && found < RECORDER_CONSTANTS; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];

        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W))
            continue;
        constants[found].begin = object->dlpi_addr + segment->p_vaddr;
        constants[found].end = constants[found].begin + segment->p_filesz;
        found++;
    }
    return 1;
}

void recorder_find_constants(struct recorder *recorder)
{
    dl_iterate_phdr(take_constants, recorder->constants);
}

static bool is_constant(const struct recorder *recorder, const char *text)
{
    for (int i = 0; i < RECORDER_CONSTANTS; i++)
        if ((uintptr_t)text >= recorder->constants[i].begin &&
            (uintptr_t)text < recorder->constants[i].end)
            return true;
    return false;
}

uint64_t recorder_find_text_slowly(struct recorder_writer *writer, const char *text)
{
    struct recorder_texts *texts = &writer->recorder->texts;
    size_t length = strnlen(text, JT_RECORDING_SHARED_TEXT + 1);
    const struct recorder_text *found = NULL;

    if (length > JT_RECORDING_SHARED_TEXT)
        return 0;
    found = look_up(atomic_load_explicit(&texts->table, memory_order_acquire),
                    jt_hash_bytes(text, length), text, length);
    if (!found) {
        writer->has_missed = !atomic_load_explicit(&texts->is_full, memory_order_relaxed);
        return 0;
    }
    *recorder_cached_of(writer, text) = (struct recorder_cached){
        .pointer = text, .text = found, .is_constant = is_constant(writer->recorder, text)};
    return found->number;
}

static void put(struct recorder_text_table *table, struct recorder_text *text)
{
    size_t i = text->hash;

    while (atomic_load_explicit(&table->slots[i & (table->room - 1)], memory_order_relaxed))
        i++;
    atomic_store_explicit(&table->slots[i & (table->room - 1)], text, memory_order_release);
}

/* A table with room for one more; the one before stays for those who look at it. */
static struct recorder_text_table *table_with_room(struct recorder *recorder)
{
    struct recorder_texts *texts = &recorder->texts;
    struct recorder_text_table *table = atomic_load(&texts->table);
    struct recorder_text_table *grown = NULL;
    size_t room = table ? table->room * 2 : FIRST_ROOM;

    if (table && (texts->count + 1) * 2 <= table->room)
        return table;
    grown = jt_heap_take(recorder->host->heap, table_bytes(room));
    if (!grown)
        return NULL;
    grown->room = room;
    grown->retired = table;
    for (size_t i = 0; table && i < table->room; i++) {
        struct recorder_text *text = atomic_load(&table->slots[i]);

        if (text)
            put(grown, text);
    }
    atomic_store_explicit(&texts->table, grown, memory_order_release);
    return grown;
}

static bool define(struct recorder *recorder, const struct recorder_text *text)
{
    int status = JITNEY_OK;
    uint8_t *at =
        recorder_reserve_definition(recorder, text->length + JT_RECORDING_PLAIN_BYTES, &status);

    if (at)
        recorder_commit_definition(
            recorder, jt_recording_encode_text(at, text->number, text->bytes, text->length));
    return at;
}

/* Under the lock. */
static uint64_t add(struct recorder *recorder, uint64_t hash, const char *bytes, size_t length)
{
    struct recorder_texts *texts = &recorder->texts;
    const struct recorder_text *there = look_up(atomic_load(&texts->table), hash, bytes, length);
    struct recorder_text_table *table = NULL;
    struct recorder_text *text = NULL;

    if (there || atomic_load(&texts->is_full))
        return there ? there->number : 0;
    if (texts->count >= TEXT_LIMIT || texts->bytes + length > BYTES_LIMIT) {
        atomic_store(&texts->is_full, true);
        return 0;
    }
    table = table_with_room(recorder);
    if (table)
        text = jt_heap_take(recorder->host->heap, text_bytes(length));
    if (!text)
        return 0;
    text->hash = hash;
    text->number = texts->count + 1;
    text->length = length;
    memcpy(text->bytes, bytes, length);
    if (!define(recorder, text)) {
        jt_heap_free(recorder->host->heap, text, text_bytes(length));
        return 0;
    }
    texts->count++;
    texts->bytes += length;
    put(table, text);
    return text->number;
}

uint64_t recorder_add_text(void *context, const char *text)
{
    struct recorder *recorder = context;
    size_t length = strnlen(text, JT_RECORDING_SHARED_TEXT + 1);
    uint64_t number = 0;

    if (length > JT_RECORDING_SHARED_TEXT)
        return 0;
    pthread_mutex_lock(&recorder->lock);
    if (atomic_load(recorder->live) == recorder->id)
        number = add(recorder, jt_hash_bytes(text, length), text, length);
    pthread_mutex_unlock(&recorder->lock);
    return number;
}

void recorder_clear_texts(struct recorder *recorder)
{
    struct recorder_texts *texts = &recorder->texts;
    struct recorder_text_table *table = atomic_load(&texts->table);

    for (size_t i = 0; table && i < table->room; i++) {
        struct recorder_text *text = atomic_load(&table->slots[i]);

        if (text)
            jt_heap_free(recorder->host->heap, text, text_bytes(text->length));
    }
    while (table) {
        struct recorder_text_table *retired = table->retired;

        jt_heap_free(recorder->host->heap, table, table_bytes(table->room));
        table = retired;
    }
    atomic_store(&texts->table, NULL);
    texts->count = texts->bytes = 0;
    atomic_store(&texts->is_full, false);
}
