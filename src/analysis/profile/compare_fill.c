/* From the events of a view to pieces: who lived where, from when to when. The
 * timeline knows what ends what. */
#include "analysis/profile/compare_parts.h"

#include "analysis/symbol/name.h"
#include "analysis/symbol/timeline.h"
#include "base/hash.h"
#include "base/map.h"
#include "jitney/event.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MOST = 4096 };

#define TIME_MOST (INT64_C(1) << 56) /* two years: so that some of them can be added up */

struct filling {
    struct jt_comparison *comparison;
    struct jt_compare_side *side;
    const struct jt_codeview *view;
    uint64_t zero_ns;
    enum jt_runtime hint;
    struct jt_timeline *timeline; /* of the process at hand */
    struct jt_vec(size_t) order;  /* of the events: by process */
    struct jt_map stubs;          /* the last stub at an address */
};

static int64_t since(const struct filling *filling, uint64_t time_ns)
{
    bool is_before = time_ns < filling->zero_ns;
    uint64_t distance = is_before ? filling->zero_ns - time_ns : time_ns - filling->zero_ns;
    int64_t ns = distance > (uint64_t)TIME_MOST ? TIME_MOST : (int64_t)distance;

    return is_before ? -ns : ns;
}

/* ---- names ---- */

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static uint32_t put(struct jt_comparison *comparison, const char *text, size_t bytes)
{
    return bytes > 0
               ? jt_strings_put(&comparison->strings, text, bytes < NAME_MOST ? bytes : NAME_MOST)
               : 0;
}

static uint32_t copy(const struct filling *filling, uint32_t text)
{
    return put(filling->comparison, jt_strings_text(&filling->view->strings, text),
               jt_strings_bytes(&filling->view->strings, text));
}

/* Append one type of a Java method's arguments without its package, nested classes with dots. */
static size_t append_type(char *out, size_t used, const char *type, size_t bytes)
{
    size_t start = 0;

    while (bytes > 0 && *type == ' ') {
        type++;
        bytes--;
    }
    for (size_t i = 0; i < bytes && type[i] != '$'; i++)
        if (type[i] == '.' && !(type[start] >= 'A' && type[start] <= 'Z'))
            start = i + 1;
    for (size_t i = start; i < bytes; i++)
        out[used++] = type[i] == '$' ? '.' : type[i];
    return used;
}

/* The Java name that all writers' forms come to: a.B.m(int,String). */
static size_t java_key(const char *name, size_t bytes, char key[NAME_MOST + 1])
{
    const char *open = memchr(name, '(', bytes);
    size_t head = open ? (size_t)(open - name) : bytes;
    size_t used = 0;

    for (size_t i = 0; i < head; i++) {
        /* Hidden classes have a number that differs from run to run. */
        if (i + 2 < head && name[i] && strchr("/.+", name[i]) &&
            memcmp(name + i + 1, "0x", 2) == 0) {
            i += 3;
            while (i < head && isxdigit((unsigned char)name[i]))
                i++;
        }
        if (i < head)
            key[used++] = name[i] == '/' || name[i] == ';' ? '.' : name[i];
    }
    if (!open || name[bytes - 1] != ')') /* a descriptor, or nothing */
        return used;
    key[used++] = '(';
    for (size_t i = head + 1; i < bytes;) {
        const char *end = memchr(name + i, ',', bytes - i);
        size_t stop = end ? (size_t)(end - name) : bytes - 1;

        used = append_type(key, used, name + i, stop - i);
        if (end)
            key[used++] = ',';
        i = stop + 1;
    }
    key[used++] = ')';
    return used;
}

/* "(anonymous)", "(script)" and a name that is the file's mean the same: no name. */
static bool is_nameless(const struct jt_comparison *comparison, const char *name, size_t bytes,
                        uint32_t file)
{
    return (bytes > 2 && name[0] == '(' && name[bytes - 1] == ')') ||
           (file && bytes == jt_strings_bytes(&comparison->strings, file) &&
            memcmp(name, jt_strings_text(&comparison->strings, file), bytes) == 0);
}

/* V8 tells of its interpreter twice, by the byte codes' names and by those of the builtins:
 * Ldar.Wide and LdarWideHandler. */
static size_t handler_key(const char *name, size_t bytes, char key[NAME_MOST + 1])
{
    size_t used = 0;

    if (memcmp(name + bytes - 7, "Handler", 7) == 0)
        bytes -= 7;
    for (size_t i = 0; i < bytes; i++)
        if (name[i] != '.')
            key[used++] = name[i];
    return used;
}

static uint32_t key_of(const struct filling *filling, const char *name, size_t bytes, uint32_t file)
{
    char key[NAME_MOST + 1];

    if (bytes > NAME_MOST - 2)
        bytes = NAME_MOST - 2;
    while (bytes > 0 && *name == ' ') {
        name++;
        bytes--;
    }
    if (bytes == 0 || is_nameless(filling->comparison, name, bytes, file))
        return 0;
    if (bytes > 16 && memcmp(name, "BytecodeHandler:", 16) == 0)
        return put(filling->comparison, key, handler_key(name, bytes, key));
    if (filling->hint == JT_RUNTIME_HOTSPOT)
        return put(filling->comparison, key, java_key(name, bytes, key));
    return put(filling->comparison, name, bytes);
}

static enum jt_tier tier_of(const struct jt_codeview_event *event)
{
    static const enum jt_tier tiers[] = {
        [JITNEY_TIER_UNKNOWN] = JT_TIER_UNKNOWN,
        [JITNEY_TIER_INTERPRETED] = JT_TIER_INTERPRETED,
        [JITNEY_TIER_BASELINE] = JT_TIER_BASELINE,
        [JITNEY_TIER_MID] = JT_TIER_MID,
        [JITNEY_TIER_OPTIMIZED] = JT_TIER_OPTIMIZED,
    };

    if (event->kind == JITNEY_CODE_STUB)
        return JT_TIER_STUB;
    return event->tier <= JITNEY_TIER_OPTIMIZED ? tiers[event->tier] : JT_TIER_UNKNOWN;
}

static enum jt_compare_row row_of(uint32_t kind)
{
    switch (kind) {
    case JITNEY_CODE_BYTECODE:
        return JT_COMPARE_BYTECODE;
    case JITNEY_CODE_WASM:
        return JT_COMPARE_WASM;
    case JITNEY_CODE_STUB:
        return JT_COMPARE_STUB;
    default:
        return JT_COMPARE_JIT;
    }
}

static void name_raw(const struct filling *filling, const struct jt_codeview_event *event,
                     struct jt_compare_piece *piece)
{
    const char *raw = jt_strings_text(&filling->view->strings, event->name);
    struct jt_name name;

    jt_name_parse(raw, jt_strings_bytes(&filling->view->strings, event->name), filling->hint,
                  &name);
    piece->tier = name.tier;
    if (name.tier == JT_TIER_STUB || starts(raw, "BytecodeHandler:") || starts(raw, "Builtin:"))
        piece->row = JT_COMPARE_STUB;
    piece->file = put(filling->comparison, name.file, name.file_bytes);
    piece->line = name.line;
    piece->function = put(filling->comparison, name.function, name.function_bytes);
}

static struct jt_compare_piece piece_of(const struct filling *filling,
                                        const struct jt_codeview_event *event)
{
    struct jt_compare_piece piece = {
        .row = row_of(event->kind), .pid = event->pid, .partner = JT_COMPARE_ALONE};
    const struct jt_strings *strings = &filling->comparison->strings;

    if (event->is_raw) {
        name_raw(filling, event, &piece);
    } else {
        piece.function = copy(filling, event->name);
        piece.file = copy(filling, event->file);
        piece.line = event->line;
        piece.tier = tier_of(event);
    }
    piece.key = key_of(filling, jt_strings_text(strings, piece.function),
                       jt_strings_bytes(strings, piece.function), piece.file);
    return piece;
}

/* ---- lives ---- */

static void push(struct filling *filling, const struct jt_compare_piece *piece)
{
    filling->side->counts[piece->row]++;
    filling->side->has_tiers |= piece->row == JT_COMPARE_JIT && piece->tier != JT_TIER_NONE &&
                                piece->tier != JT_TIER_UNKNOWN && piece->tier != JT_TIER_STUB;
    jt_vec_push(&filling->side->pieces, *piece);
}

/* Builtins are told again by every listener and for every isolate that shares them. */
static bool is_told_again(struct filling *filling, const struct jt_codeview_event *event,
                          const struct jt_compare_piece *piece, size_t place)
{
    uint32_t *last = NULL;
    const struct jt_codeview_event *before = NULL;

    if (piece->row != JT_COMPARE_STUB || place >= JT_MAP_NONE)
        return false;
    last = jt_map_put(&filling->stubs, jt_hash_pair(event->pid, event->address));
    before = *last == JT_MAP_NONE ? NULL : &filling->view->events.at[*last];
    *last = (uint32_t)place;
    return before && before->bytes == event->bytes && before->address == event->address;
}

/* Times start at 1: 0 is what the timeline takes for none. */
static uint64_t timeline_ns(const struct jt_codeview_event *event)
{
    return event->time_ns < UINT64_MAX - 1 ? event->time_ns + 1 : UINT64_MAX - 1;
}

static void live(struct filling *filling, size_t place)
{
    const struct jt_codeview_event *event = &filling->view->events.at[place];
    uint64_t now = timeline_ns(event);

    if (event->step == JT_CODEVIEW_MOVE)
        jt_timeline_move(filling->timeline, now, event->from, event->address, event->bytes,
                         event->number);
    else if (event->step == JT_CODEVIEW_UNLOAD)
        jt_timeline_end(filling->timeline, now, event->address, event->bytes ? event->bytes : 1);
    else
        jt_timeline_load(filling->timeline, now, event->address, event->bytes, event->number,
                         (uint32_t)place);
}

/* What an event put at an address. What was pushed away at the same moment lived for none. */
static void add_stay(struct filling *filling, size_t place)
{
    const struct jt_codeview_event *event = &filling->view->events.at[place];
    const struct jt_codeview_event *load = event;
    const struct jt_code *code = NULL;
    struct jt_compare_piece piece;

    if (event->step == JT_CODEVIEW_UNLOAD)
        return;
    code = jt_timeline_find(filling->timeline, timeline_ns(event), event->address, NULL);
    if (code && (code->load_ns != timeline_ns(event) || code->start != event->address))
        code = NULL;
    if (event->step == JT_CODEVIEW_MOVE) {
        if (!code) /* of code that was not there */
            return;
        load = &filling->view->events.at[code->id];
    } else if (code && code->id != place) {
        code = NULL;
    }
    piece = piece_of(filling, load);
    if (event->step == JT_CODEVIEW_MOVE)
        piece.row = JT_COMPARE_MOVED;
    piece.address = event->address;
    piece.bytes = code ? code->bytes : event->bytes;
    piece.time_ns = since(filling, event->time_ns);
    piece.end_ns = piece.time_ns;
    if (code)
        piece.end_ns =
            code->end_ns == JT_TIME_END ? JT_COMPARE_FOREVER : since(filling, code->end_ns - 1);
    push(filling, &piece);
}

static bool is_usable(struct filling *filling, size_t place)
{
    const struct jt_codeview_event *event = &filling->view->events.at[place];
    struct jt_compare_piece piece;

    if (event->step != JT_CODEVIEW_LOAD)
        return true;
    if (event->bytes == 0 || event->address == 0)
        return false;
    piece = piece_of(filling, event);
    return !is_told_again(filling, event, &piece, place);
}

static int compare_places(const void *a, const void *b, void *context)
{
    const struct jt_codeview *view = context;
    size_t one = *(const size_t *)a, other = *(const size_t *)b;
    uint32_t one_pid = view->events.at[one].pid, other_pid = view->events.at[other].pid;

    if (one_pid != other_pid)
        return one_pid < other_pid ? -1 : 1;
    return one < other ? -1 : one > other;
}

static void fill_process(struct filling *filling, size_t from, size_t to)
{
    filling->timeline = jt_timeline_new();
    for (size_t i = from; i < to; i++)
        live(filling, filling->order.at[i]);
    jt_timeline_finish(filling->timeline);
    for (size_t i = from; i < to; i++)
        add_stay(filling, filling->order.at[i]);
    jt_timeline_free(filling->timeline);
    filling->timeline = NULL;
}

static void fill_timed(struct filling *filling)
{
    const struct jt_codeview *view = filling->view;
    size_t from = 0;

    if (filling->order.count == 0)
        return;
    qsort_r(filling->order.at, filling->order.count, sizeof(size_t), compare_places, (void *)view);
    for (size_t i = 1; i <= filling->order.count; i++) {
        if (i < filling->order.count && view->events.at[filling->order.at[i]].pid ==
                                            view->events.at[filling->order.at[from]].pid)
            continue;
        fill_process(filling, from, i);
        from = i;
    }
}

static void fill_timeless(struct filling *filling)
{
    for (size_t i = 0; i < filling->order.count; i++) {
        const struct jt_codeview_event *event = &filling->view->events.at[filling->order.at[i]];
        struct jt_compare_piece piece = piece_of(filling, event);

        piece.address = event->address;
        piece.bytes = event->bytes;
        piece.end_ns = JT_COMPARE_FOREVER;
        push(filling, &piece);
    }
}

static void add_deopt(struct filling *filling, const struct jt_codeview_deopt *deopt)
{
    struct jt_compare_piece piece = {.partner = JT_COMPARE_ALONE};
    const struct jt_strings *strings = &filling->comparison->strings;

    if (deopt->load != JT_CODEVIEW_NO_CODE)
        piece = piece_of(filling, &filling->view->events.at[deopt->load]);
    if (deopt->name) {
        piece.function = copy(filling, deopt->name);
        piece.key = key_of(filling, jt_strings_text(strings, piece.function),
                           jt_strings_bytes(strings, piece.function), 0);
    }
    piece.row = JT_COMPARE_DEOPT;
    piece.pid = deopt->pid;
    piece.address = deopt->address;
    piece.time_ns = since(filling, deopt->time_ns);
    piece.end_ns = piece.time_ns;
    piece.kind = copy(filling, deopt->kind);
    piece.reason = copy(filling, deopt->reason);
    piece.line = deopt->line;
    push(filling, &piece);
}

static int compare_times(const void *a, const void *b)
{
    const struct jt_compare_piece *one = a, *other = b;

    if (one->time_ns != other->time_ns)
        return one->time_ns < other->time_ns ? -1 : 1;
    if (one->address != other->address)
        return one->address < other->address ? -1 : 1;
    if (one->row != other->row)
        return one->row < other->row ? -1 : 1;
    return one->bytes < other->bytes ? -1 : one->bytes > other->bytes;
}

void jt_compare_fill(struct jt_comparison *comparison, size_t side, uint64_t zero_ns,
                     enum jt_runtime hint)
{
    struct filling filling = {
        .comparison = comparison,
        .side = &comparison->sides[side],
        .view = comparison->sides[side].view,
        .zero_ns = zero_ns,
        .hint = hint,
    };
    struct jt_compare_side *to = filling.side;

    to->has_times = filling.view->clock != JT_CODEVIEW_NO_CLOCK;
    for (size_t i = 0; i < filling.view->events.count && i < UINT32_MAX; i++)
        if (is_usable(&filling, i))
            jt_vec_push(&filling.order, i);
    if (to->has_times)
        fill_timed(&filling);
    else
        fill_timeless(&filling);
    for (size_t i = 0; i < filling.view->deopts.count; i++)
        add_deopt(&filling, &filling.view->deopts.at[i]);
    if (to->has_times && to->pieces.count > 0)
        qsort(to->pieces.at, to->pieces.count, sizeof(*to->pieces.at), compare_times);
    jt_vec_release(&filling.order);
    jt_map_release(&filling.stubs);
}
