/* See compare.h: one object, everything in it. */
#include "analysis/report/compare.h"

#include "analysis/report/out.h"
#include "jitney/status.h"

#include <inttypes.h>
#include <string.h>

struct writing {
    struct jt_out out;
    const struct jt_comparison *comparison;
};

static void put_text(struct jt_out *out, const char *name, const char *text)
{
    jt_out_format(out, "\"%s\":", name);
    jt_out_json(out, text, strlen(text));
}

static void put_string(struct writing *writing, const char *name, uint32_t text)
{
    const struct jt_strings *strings = &writing->comparison->strings;

    if (!text)
        return;
    jt_out_format(&writing->out, ",\"%s\":", name);
    jt_out_json(&writing->out, jt_strings_text(strings, text), jt_strings_bytes(strings, text));
}

static void put_side(struct writing *writing, size_t side)
{
    static const char *const clocks[] = {
        [JT_CODEVIEW_NO_CLOCK] = "none",   [JT_CODEVIEW_MONOTONIC] = "monotonic",
        [JT_CODEVIEW_LOGGER] = "logger",   [JT_CODEVIEW_VM] = "vm",
        [JT_CODEVIEW_COUNTER] = "counter",
    };
    const struct jt_codeview *view = writing->comparison->sides[side].view;
    struct jt_out *out = &writing->out;

    jt_out_format(out, "\"%c\":{", "ab"[side]);
    put_text(out, "path", view->path);
    jt_out_byte(out, ',');
    put_text(out, "format", jt_codeview_name(view->kind));
    jt_out_byte(out, ',');
    put_text(out, "engine", view->engine);
    jt_out_byte(out, ',');
    put_text(out, "clock", clocks[view->clock]);
    jt_out_format(out, ",\"zero_ns\":%" PRIu64 ",\"pid\":%" PRIu32, view->zero_ns, view->pid);
    jt_out_format(out, ",\"lost\":%" PRIu64 ",\"skipped\":%" PRIu64 "},\n", view->lost,
                  view->skipped);
}

static void put_clock(struct writing *writing)
{
    const struct jt_compare_clock *clock = &writing->comparison->clock;
    struct jt_out *out = &writing->out;

    if (clock->is_known)
        jt_out_format(out,
                      "\"clocks\":{\"offset_ns\":%" PRId64 ",\"spread_ns\":%" PRIu64
                      ",\"common\":%zu,\"outliers\":%zu},\n",
                      clock->offset_ns, clock->spread_ns, clock->common, clock->outliers);
    else
        jt_out_text(out, "\"clocks\":null,\n");
    jt_out_format(out, "\"by\":\"%s\",\n",
                  writing->comparison->by == JT_COMPARE_BY_NAME ? "name" : "address");
}

static void put_counts(struct writing *writing)
{
    struct jt_out *out = &writing->out;

    jt_out_text(out, "\"counts\":{");
    for (int row = 0; row < JT_COMPARE_ROWS; row++) {
        const struct jt_compare_count *count = &writing->comparison->counts[row];

        jt_out_format(out,
                      "%s\n\"%s\":{\"both\":%" PRIu64 ",\"only_a\":%" PRIu64 ",\"only_b\":%" PRIu64
                      ",\"differ\":%" PRIu64 "}",
                      row > 0 ? "," : "", jt_compare_row_name((enum jt_compare_row)row),
                      count->both, count->only[0], count->only[1], count->differ);
    }
    jt_out_text(out, "},\n");
}

/* Addresses are strings, for numbers are exact up to 2^53. */
static void put_piece(struct writing *writing, size_t side, const struct jt_compare_piece *piece)
{
    struct jt_out *out = &writing->out;
    int64_t ns = 0;

    jt_out_format(out, "{\"kind\":\"%s\"", jt_compare_row_name(piece->row));
    if (jt_compare_time(writing->comparison, side, piece, &ns))
        jt_out_format(out, ",\"time_ns\":%" PRId64, ns);
    if (piece->pid)
        jt_out_format(out, ",\"pid\":%" PRIu32, piece->pid);
    if (piece->address)
        jt_out_format(out, ",\"address\":\"%#" PRIx64 "\"", piece->address);
    if (piece->row != JT_COMPARE_DEOPT)
        jt_out_format(out, ",\"bytes\":%" PRIu64, piece->bytes);
    put_string(writing, "name", piece->function);
    if (piece->row != JT_COMPARE_DEOPT) /* whose line may be of another file */
        put_string(writing, "file", piece->file);
    if (piece->line)
        jt_out_format(out, ",\"line\":%" PRIu32, piece->line);
    if (piece->tier > JT_TIER_UNKNOWN)
        jt_out_format(out, ",\"tier\":\"%s\"", jt_tier_name(piece->tier));
    put_string(writing, "deopt_kind", piece->kind);
    put_string(writing, "reason", piece->reason);
    jt_out_byte(out, '}');
}

static void put_only(struct writing *writing, size_t side)
{
    const struct jt_compare_side *from = &writing->comparison->sides[side];
    bool follows = false;

    jt_out_format(&writing->out, "\"only_%c\":[", "ab"[side]);
    for (size_t i = 0; i < from->pieces.count; i++) {
        if (from->pieces.at[i].partner != JT_COMPARE_ALONE || from->pieces.at[i].is_again)
            continue;
        jt_out_text(&writing->out, follows ? ",\n" : "\n");
        put_piece(writing, side, &from->pieces.at[i]);
        follows = true;
    }
    jt_out_text(&writing->out, "],\n");
}

static void put_names_of_differences(struct jt_out *out, unsigned differs)
{
    static const struct {
        unsigned bit;
        const char *name;
    } rows[] = {
#define JT_COMPARE_DIFFERENCE_ID(id, value, name) {value, name},
        JT_COMPARE_DIFFERENCE_LIST(JT_COMPARE_DIFFERENCE_ID)
#undef JT_COMPARE_DIFFERENCE_ID
    };
    bool follows = false;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!(differs & rows[i].bit))
            continue;
        jt_out_format(out, "%s\"%s\"", follows ? "," : "", rows[i].name);
        follows = true;
    }
}

static void put_differences(struct writing *writing)
{
    const struct jt_compare_side *sides = writing->comparison->sides;
    struct jt_out *out = &writing->out;
    bool follows = false;

    jt_out_text(out, "\"differ\":[");
    for (size_t i = 0; i < sides[0].pieces.count; i++) {
        const struct jt_compare_piece *piece = &sides[0].pieces.at[i];

        if (piece->partner == JT_COMPARE_ALONE || piece->differs == 0)
            continue;
        jt_out_text(out, follows ? ",\n{\"in\":[" : "\n{\"in\":[");
        put_names_of_differences(out, piece->differs);
        jt_out_text(out, "],\"a\":");
        put_piece(writing, 0, piece);
        jt_out_text(out, ",\"b\":");
        put_piece(writing, 1, &sides[1].pieces.at[piece->partner]);
        jt_out_byte(out, '}');
        follows = true;
    }
    jt_out_text(out, "]}\n");
}

int jt_compare_write_json(FILE *stream, const struct jt_comparison *comparison)
{
    struct writing writing = {.comparison = comparison};

    jt_out_init(&writing.out, stream);
    jt_out_text(&writing.out, "{");
    put_side(&writing, 0);
    put_side(&writing, 1);
    put_clock(&writing);
    put_counts(&writing);
    put_only(&writing, 0);
    put_only(&writing, 1);
    put_differences(&writing);
    return jt_out_finish(&writing.out);
}
