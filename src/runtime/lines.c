/* See lines.h. Files are known by their places while rows are added, because their
 * memory moves when it grows; they become pointers at the end. */
#include "runtime/lines.h"

#include "runtime/session.h"

#include <errno.h>
#include <string.h>

enum { FIRST_ROWS = 32, FIRST_FILE_BYTES = 256 };

int jitney_lines_begin(struct jitney_session *session, struct jitney_lines **lines)
{
    int saved = errno;
    int status = JITNEY_OK;

    if (!lines)
        return JITNEY_ERR_ARGUMENT;
    *lines = NULL;
    if (!jitney_wants(session, JITNEY_CODE_LOAD))
        return JITNEY_OK;
    *lines = jt_heap_take(&session->heap, sizeof(**lines));
    if (*lines)
        (*lines)->session = session;
    else
        status = JITNEY_ERR_MEMORY;
    errno = saved;
    return status;
}

static void free_rows(struct jitney_lines *lines)
{
    struct jt_heap *heap = &lines->session->heap;

    jt_heap_free(heap, lines->rows, lines->room * sizeof(*lines->rows));
    jt_heap_free(heap, lines->places, lines->room * sizeof(*lines->places));
}

static int reserve_row(struct jitney_lines *lines)
{
    uint32_t room = lines->room ? lines->room * 2 : FIRST_ROWS;
    struct jt_heap *heap = &lines->session->heap;
    struct jitney_line *rows = NULL;
    size_t *places = NULL;

    if (lines->count < lines->room)
        return JITNEY_OK;
    if (lines->count >= JT_LINES_LIMIT)
        return JITNEY_ERR_LIMIT;
    rows = jt_heap_resize(heap, NULL, 0, room * sizeof(*rows));
    places = jt_heap_resize(heap, NULL, 0, room * sizeof(*places));
    if (!rows || !places) {
        jt_heap_free(heap, rows, room * sizeof(*rows));
        jt_heap_free(heap, places, room * sizeof(*places));
        return JITNEY_ERR_MEMORY;
    }
    if (lines->count > 0) {
        memcpy(rows, lines->rows, lines->count * sizeof(*rows));
        memcpy(places, lines->places, lines->count * sizeof(*places));
    }
    free_rows(lines);
    lines->rows = rows;
    lines->places = places;
    lines->room = room;
    return JITNEY_OK;
}

/* Keep the name of a file and give its place, plus one; rows in a sequence mostly share theirs. */
static int put_file(struct jitney_lines *lines, const char *file, size_t *place)
{
    size_t bytes = strlen(file) + 1;
    size_t room = lines->file_room ? lines->file_room * 2 : FIRST_FILE_BYTES;
    char *grown = NULL;

    if (lines->count > 0 && lines->places[lines->count - 1] > 0) {
        *place = lines->places[lines->count - 1];
        if (strcmp(lines->files + *place - 1, file) == 0)
            return JITNEY_OK;
    }
    if (lines->file_bytes + bytes > lines->file_room) {
        while (room < lines->file_bytes + bytes)
            room *= 2;
        grown = jt_heap_resize(&lines->session->heap, lines->files, lines->file_room, room);
        if (!grown)
            return JITNEY_ERR_MEMORY;
        lines->files = grown;
        lines->file_room = room;
    }
    *place = lines->file_bytes + 1;
    memcpy(lines->files + lines->file_bytes, file, bytes);
    lines->file_bytes += bytes;
    return JITNEY_OK;
}

int jitney_lines_add(struct jitney_lines *lines, const struct jitney_line *line)
{
    int saved = errno;
    int status = JITNEY_OK;
    size_t place = 0;

    if (!lines)
        return JITNEY_OK;
    if (!line)
        return JITNEY_ERR_ARGUMENT;
    status = reserve_row(lines);
    if (!status && line->file)
        status = put_file(lines, line->file, &place);
    if (!status) {
        lines->rows[lines->count] = *line;
        lines->rows[lines->count].file = NULL;
        lines->places[lines->count] = place;
        lines->count++;
    }
    errno = saved;
    return status;
}

void jitney_lines_drop(struct jitney_lines *lines)
{
    int saved = errno;
    struct jt_heap *heap = NULL;

    if (!lines)
        return;
    heap = &lines->session->heap;
    free_rows(lines);
    jt_heap_free(heap, lines->files, lines->file_room);
    jt_heap_free(heap, lines, sizeof(*lines));
    errno = saved;
}

/* The oldest table is the last; code that it waits for will not come any more. */
static struct jitney_lines *take_oldest(struct jt_pending_lines *pending)
{
    struct jitney_lines **at = &pending->first;
    struct jitney_lines *oldest = NULL;

    while (*at && (*at)->next)
        at = &(*at)->next;
    oldest = *at;
    *at = NULL;
    if (oldest)
        pending->count--;
    return oldest;
}

int jitney_lines_end(struct jitney_lines *lines, uint64_t address)
{
    int saved = errno;
    struct jitney_lines *oldest = NULL;
    struct jitney_session *session = NULL;

    if (!lines)
        return JITNEY_OK;
    session = lines->session;
    for (uint32_t i = 0; i < lines->count; i++)
        if (lines->places[i] > 0)
            lines->rows[i].file = lines->files + lines->places[i] - 1;
    lines->address = address;
    jt_session_lock(session);
    lines->next = session->pending.first;
    session->pending.first = lines;
    if (++session->pending.count > JT_LINES_WAITING)
        oldest = take_oldest(&session->pending);
    jt_session_unlock(session);
    jitney_lines_drop(oldest);
    errno = saved;
    return JITNEY_OK;
}

struct jitney_lines *jt_pending_lines_take(struct jt_pending_lines *pending, uint64_t address)
{
    struct jitney_lines *taken = NULL;
    struct jitney_lines **at = &pending->first;

    while (*at) {
        struct jitney_lines *lines = *at;

        if (lines->address != address) {
            at = &lines->next;
            continue;
        }
        *at = lines->next;
        pending->count--;
        if (taken)
            jitney_lines_drop(lines);
        else
            taken = lines;
    }
    return taken;
}

void jt_pending_lines_release(struct jt_pending_lines *pending)
{
    while (pending->first) {
        struct jitney_lines *lines = pending->first;

        pending->first = lines->next;
        jitney_lines_drop(lines);
    }
    pending->count = 0;
}
