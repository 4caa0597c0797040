/* See compare.h: for a terminal, or a mail. */
#include "analysis/report/compare.h"

#include "analysis/report/out.h"
#include "base/thousands.h"
#include "jitney/status.h"

#include <inttypes.h>
#include <string.h>

enum {
    NUMBER_ROOM = 32,
    NAME_COLUMN = 41, /* of the lists */
    LEAST_NAME_COLUMNS = 24,
    PATH_MOST = 4096,
};

struct writing {
    FILE *stream;
    const struct jt_comparison *comparison;
    const struct jt_compare_style *style;
};

/* Control characters and broken UTF-8 become '?'; what needs more columns is cut. Returns how many
 * columns it took. */
static unsigned put_plain(FILE *stream, const char *text, size_t bytes, unsigned columns)
{
    unsigned used = 0;
    uint32_t point = 0;

    for (size_t i = 0; i < bytes && used < columns;) {
        size_t step = jt_utf8_next(text + i, bytes - i, &point);

        if (point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0xfffd)
            fputc('?', stream);
        else
            fwrite(text + i, 1, step, stream);
        used++;
        i += step;
    }
    return used;
}

static unsigned put_string(const struct writing *writing, uint32_t text, unsigned columns)
{
    const struct jt_strings *strings = &writing->comparison->strings;

    return put_plain(writing->stream, jt_strings_text(strings, text),
                     jt_strings_bytes(strings, text), columns);
}

/* ---- the head ---- */

static void put_side(const struct writing *writing, size_t side)
{
    const struct jt_codeview *view = writing->comparison->sides[side].view;
    FILE *stream = writing->stream;

    fprintf(stream, "%c  ", "AB"[side]);
    put_plain(stream, view->path, strlen(view->path), PATH_MOST);
    fprintf(stream, ": %s", jt_codeview_words(view->kind));
    if (view->engine[0]) {
        fputs(" of ", stream);
        put_plain(stream, view->engine, strlen(view->engine), sizeof(view->engine));
    }
    if (view->pid)
        fprintf(stream, ", process %" PRIu32, view->pid);
    fputc('\n', stream);
}

/* A span of time in the unit that suits it. */
static void put_span(FILE *stream, uint64_t ns)
{
    if (ns < 1000)
        fprintf(stream, "%" PRIu64 " ns", ns);
    else if (ns < 100000)
        fprintf(stream, "%.1f us", (double)ns / 1e3);
    else if (ns < UINT64_C(10000000))
        fprintf(stream, "%.2f ms", (double)ns / 1e6);
    else if (ns < UINT64_C(10000000000))
        fprintf(stream, "%.1f ms", (double)ns / 1e6);
    else
        fprintf(stream, "%.3f s", (double)ns / 1e9);
}

static const char *zero_words(const struct jt_codeview *view)
{
    static const char *const words[] = {
        [JT_CODEVIEW_NO_CLOCK] = "has no times",
        [JT_CODEVIEW_MONOTONIC] = "counts from its first event",
        [JT_CODEVIEW_LOGGER] = "counts from the start of V8's logger",
        [JT_CODEVIEW_VM] = "counts from the start of the VM",
        [JT_CODEVIEW_COUNTER] = "counts the processor's ticks",
    };

    if (view->kind == JT_CODEVIEW_RECORDING && view->clock == JT_CODEVIEW_MONOTONIC)
        return "counts from the start of its recording";
    return words[view->clock];
}

static void put_offset(const struct writing *writing)
{
    const struct jt_compare_clock *clock = &writing->comparison->clock;
    uint64_t offset =
        clock->offset_ns < 0 ? -(uint64_t)clock->offset_ns : (uint64_t)clock->offset_ns;
    char number[JT_THOUSANDS_BYTES];
    FILE *stream = writing->stream;

    if (offset <= clock->spread_ns) {
        fputs("clocks: A and B agree", stream);
    } else {
        fputs("clocks: B is ", stream);
        put_span(stream, offset);
        fputs(clock->offset_ns < 0 ? " behind A" : " ahead of A", stream);
    }
    fputs(", \302\261", stream);
    put_span(stream, clock->spread_ns);
    fprintf(stream, " over %s common event%s\n", jt_thousands(clock->common, number),
            clock->common == 1 ? "" : "s");
    if (clock->outliers > 0)
        fprintf(stream, "        (%s more are further apart: told late by one of them)\n",
                jt_thousands(clock->outliers, number));
}

static void put_clocks(const struct writing *writing)
{
    const struct jt_compare_side *sides = writing->comparison->sides;
    const struct jt_codeview *a = sides[0].view, *b = sides[1].view;
    FILE *stream = writing->stream;

    if (writing->comparison->clock.is_known)
        put_offset(writing);
    else if (!sides[0].has_times || !sides[1].has_times)
        fprintf(stream, "clocks: %s no times; matched in the order of the files\n",
                sides[0].has_times   ? "B has"
                : sides[1].has_times ? "A has"
                                     : "A and B have");
    else
        fputs("clocks: nothing in common that would align them\n", stream);
    if (writing->comparison->clock.is_known && a->clock == b->clock &&
        (a->clock == JT_CODEVIEW_MONOTONIC || a->clock == JT_CODEVIEW_COUNTER))
        fprintf(stream, "        (one clock; A %s)\n", zero_words(a));
    else if (writing->comparison->clock.is_known)
        fprintf(stream, "        (A %s, B %s)\n", zero_words(a), zero_words(b));
    fprintf(stream, "same:   by %s\n",
            writing->comparison->by == JT_COMPARE_BY_NAME
                ? "name; addresses are those of two runs, or were not asked for"
            : writing->comparison->clock.is_known ? "address and size, at the same time"
                                                  : "address and size");
}

/* ---- the table ---- */

static void put_count(FILE *stream, uint64_t count)
{
    char text[JT_THOUSANDS_BYTES];

    fprintf(stream, "  %9s", jt_thousands(count, text));
}

static void put_row(const struct writing *writing, enum jt_compare_row row)
{
    const struct jt_compare_count *count = &writing->comparison->counts[row];
    FILE *stream = writing->stream;

    if (count->both + count->only[0] + count->only[1] == 0 && row != JT_COMPARE_JIT)
        return;
    fprintf(stream, "%-16s", jt_compare_row_words(row));
    put_count(stream, count->both);
    put_count(stream, count->only[0]);
    put_count(stream, count->only[1]);
    put_count(stream, count->differ);
    for (size_t side = 0; side < 2; side++)
        if (count->only[side] > 0 && jt_compare_is_beyond(writing->comparison, side, row))
            fprintf(stream, "  %c tells of none", "BA"[side]);
    fputc('\n', stream);
}

static void put_table(const struct writing *writing)
{
    fprintf(writing->stream, "\n%-16s  %9s  %9s  %9s  %9s\n", "", "both", "only A", "only B",
            "differ");
    for (int row = 0; row < JT_COMPARE_ROWS; row++)
        put_row(writing, (enum jt_compare_row)row);
}

/* ---- the lists ---- */

static void put_label(const struct writing *writing, const struct jt_compare_piece *piece)
{
    const char *path = jt_strings_text(&writing->comparison->strings, piece->file);
    const char *slash = strrchr(path, '/');
    const char *file = slash && slash[1] ? slash + 1 : path;
    unsigned columns = writing->style->columns > NAME_COLUMN + LEAST_NAME_COLUMNS
                           ? writing->style->columns - NAME_COLUMN
                           : LEAST_NAME_COLUMNS;

    columns -= piece->function ? put_string(writing, piece->function, columns)
                               : put_plain(writing->stream, "(no name)", 9, columns);
    if (piece->row == JT_COMPARE_DEOPT) {
        columns -= put_plain(writing->stream, ": ", 2, columns);
        columns -= put_string(writing, piece->kind, columns);
        columns -= put_plain(writing->stream, ", ", piece->reason ? 2 : 0, columns);
        columns -= put_string(writing, piece->reason, columns);
    } else if (*file) {
        columns -= put_plain(writing->stream, " ", 1, columns);
        columns -= put_plain(writing->stream, file, strlen(file), columns);
    }
    if (piece->line && (*file || piece->row == JT_COMPARE_DEOPT)) {
        char line[NUMBER_ROOM];
        int bytes =
            snprintf(line, sizeof(line),
                     piece->row == JT_COMPARE_DEOPT ? ", line %" PRIu32 : ":%" PRIu32, piece->line);

        columns -= put_plain(writing->stream, line, (size_t)bytes, columns);
    }
    if (piece->row != JT_COMPARE_DEOPT && piece->tier > JT_TIER_UNKNOWN &&
        piece->row != JT_COMPARE_STUB && columns > 12)
        fprintf(writing->stream, " %s", jt_tier_name(piece->tier));
    fputc('\n', writing->stream);
}

static void put_piece(const struct writing *writing, size_t side,
                      const struct jt_compare_piece *piece)
{
    int64_t ns = 0;
    FILE *stream = writing->stream;

    if (jt_compare_time(writing->comparison, side, piece, &ns))
        fprintf(stream, "%12.6f", (double)ns / 1e9);
    else
        fprintf(stream, "%12s", "-");
    if (piece->address)
        fprintf(stream, "  %#14" PRIx64, piece->address);
    else
        fprintf(stream, "  %14s", "-");
    if (piece->row == JT_COMPARE_DEOPT)
        fprintf(stream, "  %9s  ", "");
    else
        fprintf(stream, "  %9" PRIu64 "  ", piece->bytes);
    put_label(writing, piece);
}

static void put_differences(const struct writing *writing, const struct jt_compare_piece *other)
{
    FILE *stream = writing->stream;
    unsigned columns = writing->style->columns > NAME_COLUMN + LEAST_NAME_COLUMNS + 12
                           ? writing->style->columns - NAME_COLUMN - 12
                           : LEAST_NAME_COLUMNS;
    const char *before = "";
    int64_t ns = 0;

    fprintf(stream, "%*sin B: ", NAME_COLUMN, "");
    if (other->differs & JT_COMPARE_ADDRESS) {
        fprintf(stream, "address %#" PRIx64, other->address);
        before = ", ";
    }
    if (other->differs & JT_COMPARE_SIZE) {
        fprintf(stream, "%s%" PRIu64 " bytes", before, other->bytes);
        before = ", ";
    }
    if (other->differs & JT_COMPARE_TIER) {
        fprintf(stream, "%s%s", before, jt_tier_name(other->tier));
        before = ", ";
    }
    if (other->differs & JT_COMPARE_LINE) {
        fprintf(stream, "%sline %" PRIu32, before, other->line);
        before = ", ";
    }
    if (other->differs & JT_COMPARE_TIME && jt_compare_time(writing->comparison, 1, other, &ns)) {
        fprintf(stream, "%sat %.6f", before, (double)ns / 1e9);
        before = ", ";
    }
    if (other->differs & (JT_COMPARE_NAME | JT_COMPARE_REASON)) {
        fputs(before, stream);
        put_string(writing, other->differs & JT_COMPARE_NAME ? other->function : other->reason,
                   columns);
    }
    fputc('\n', stream);
}

enum what { ONLY, DIFFERENT };

/* Code is listed by its kind, then by time: what was compiled comes first. */
struct list {
    const char *title;
    size_t side;
    enum what what;
    int first_row;
    int end_row;
};

static bool is_listed(const struct writing *writing, const struct list *list,
                      const struct jt_compare_piece *piece, int row)
{
    if ((int)piece->row != row)
        return false;
    if (list->what == DIFFERENT)
        return piece->partner != JT_COMPARE_ALONE && piece->differs != 0;
    return piece->partner == JT_COMPARE_ALONE && !piece->is_again &&
           !jt_compare_is_beyond(writing->comparison, list->side, piece->row);
}

/* Whether it came before the other side had seen anything at all. */
static bool is_early(const struct writing *writing, size_t side,
                     const struct jt_compare_piece *piece)
{
    const struct jt_compare_side *other = &writing->comparison->sides[1 - side];
    int64_t ns = 0, first_ns = 0;

    return other->pieces.count > 0 && jt_compare_time(writing->comparison, side, piece, &ns) &&
           jt_compare_time(writing->comparison, 1 - side, &other->pieces.at[0], &first_ns) &&
           ns + (int64_t)writing->comparison->clock.spread_ns < first_ns;
}

static void put_title(const struct writing *writing, const struct list *list, uint64_t early)
{
    char number[JT_THOUSANDS_BYTES];

    fprintf(writing->stream, "\n%s", list->title);
    if (list->what == ONLY && early > 0)
        fprintf(writing->stream, " (%s of them before %c's first event)",
                jt_thousands(early, number), "BA"[list->side]);
    fprintf(writing->stream, "\n%12s  %14s  %9s  %s\n", "A's time", "address",
            list->first_row == JT_COMPARE_DEOPT ? "" : "bytes", "name");
}

static void put_row_of_list(const struct writing *writing, const struct list *list,
                            const struct jt_compare_piece *piece)
{
    put_piece(writing, list->side, piece);
    if (list->what == DIFFERENT)
        put_differences(writing, &writing->comparison->sides[1].pieces.at[piece->partner]);
}

static void put_list(const struct writing *writing, const struct list *list)
{
    const struct jt_compare_side *from = &writing->comparison->sides[list->side];
    uint64_t count = 0, early = 0, shown = 0;
    char number[JT_THOUSANDS_BYTES];

    for (size_t i = 0; i < from->pieces.count; i++) {
        const struct jt_compare_piece *piece = &from->pieces.at[i];
        int row = (int)piece->row;

        if (row < list->first_row || row >= list->end_row || !is_listed(writing, list, piece, row))
            continue;
        count++;
        early += is_early(writing, list->side, piece);
    }
    if (count == 0)
        return;
    put_title(writing, list, early);
    for (int row = list->first_row; row < list->end_row; row++) {
        for (size_t i = 0; i < from->pieces.count; i++) {
            if (writing->style->most > 0 && shown >= writing->style->most)
                break;
            if (!is_listed(writing, list, &from->pieces.at[i], row))
                continue;
            put_row_of_list(writing, list, &from->pieces.at[i]);
            shown++;
        }
    }
    if (shown < count)
        fprintf(writing->stream, "%12s  and %s more\n", "", jt_thousands(count - shown, number));
}

static void put_damage(const struct writing *writing)
{
    char number[JT_THOUSANDS_BYTES];

    for (size_t side = 0; side < 2; side++) {
        const struct jt_codeview *view = writing->comparison->sides[side].view;

        if (view->lost > 0)
            fprintf(writing->stream, "note:   %c's writer lost %s events\n", "AB"[side],
                    jt_thousands(view->lost, number));
        if (view->skipped > 0)
            fprintf(writing->stream, "note:   %s records of %c were not understood\n",
                    jt_thousands(view->skipped, number), "AB"[side]);
    }
}

int jt_compare_write_text(FILE *stream, const struct jt_comparison *comparison,
                          const struct jt_compare_style *style)
{
    static const struct list lists[] = {
        {"Code that A alone saw", 0, ONLY, JT_COMPARE_JIT, JT_COMPARE_DEOPT},
        {"Code that B alone saw", 1, ONLY, JT_COMPARE_JIT, JT_COMPARE_DEOPT},
        {"Code that both saw, and tell differently", 0, DIFFERENT, JT_COMPARE_JIT,
         JT_COMPARE_DEOPT},
        {"Deopts that A alone saw", 0, ONLY, JT_COMPARE_DEOPT, JT_COMPARE_ROWS},
        {"Deopts that B alone saw", 1, ONLY, JT_COMPARE_DEOPT, JT_COMPARE_ROWS},
        {"Deopts that both saw, and tell differently", 0, DIFFERENT, JT_COMPARE_DEOPT,
         JT_COMPARE_ROWS},
    };
    const struct writing writing = {.stream = stream, .comparison = comparison, .style = style};

    put_side(&writing, 0);
    put_side(&writing, 1);
    fputc('\n', stream);
    put_clocks(&writing);
    put_damage(&writing);
    put_table(&writing);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        put_list(&writing, &lists[i]);
    return ferror(stream) ? JITNEY_ERR_IO : JITNEY_OK;
}
