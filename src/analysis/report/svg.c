#include "analysis/report/svg.h"

#include "analysis/profile/label.h"
#include "analysis/report/out.h"
#include "analysis/report/palette.h"
#include "analysis/report/tree.h"
#include "jitney/status.h"

#include <inttypes.h>
#include <string.h>

enum {
    WIDTH = 1200,
    MARGIN = 12,
    ROW = 17, /* a frame and the gap below it */
    TITLE_BASELINE = 28,
    NOTE_BASELINE = 47,
    LEGEND_TOP = 60,
    LEGEND_ROW = 20,
    FOOT = 26,
    INVISIBLE = 1, /* tenths of a pixel */
    MOST_LABEL_BYTES = 1 << 20
};

/* Advance of a character in the monospaced fonts asked for, at 11 px: they all
 * have 0.6 em or a little more. */
static const double character_width = 6.65;
static const double legend_character_width = 6.3;
static const double title_character_width = 11; /* of the wider letters */

struct picture {
    struct jt_out out;
    const struct jt_svg_options *options;
    const struct jt_profile *profile; /* whose tree is shown */
    const struct jt_profile *after;
    const struct jt_diff *diff; /* NULL: none */
    struct jt_tree tree;
    struct jt_buf label;
    uint32_t *order;  /* of the nodes: parents first, siblings from left to right */
    uint32_t *depths; /* by node */
    double *lefts;    /* by node, in pixels */
    uint32_t deepest;
    unsigned legend_rows;
    double width; /* of the root */
    double top;   /* of the frames */
    double height;
};

static const char *frame_text(const struct picture *picture, uint32_t string)
{
    return jt_strings_text(&picture->profile->strings, string);
}

/* Siblings: the wide ones first, equally wide ones by name, merged ones last. */
static int compare(const void *left, const void *right, void *context)
{
    const struct picture *picture = context;
    const struct jt_tree_node *a = &picture->tree.nodes.at[*(const uint32_t *)left];
    const struct jt_tree_node *b = &picture->tree.nodes.at[*(const uint32_t *)right];
    const struct jt_frame *frames = picture->profile->frames.at;
    int by_name = 0;

    if (a->parent != b->parent)
        return a->parent < b->parent ? -1 : 1;
    if ((a->frame == JT_TREE_NARROW) != (b->frame == JT_TREE_NARROW))
        return a->frame == JT_TREE_NARROW ? 1 : -1;
    if (jt_tree_width(a) != jt_tree_width(b))
        return jt_tree_width(a) > jt_tree_width(b) ? -1 : 1;
    if (a->frame == b->frame)
        return 0;
    by_name = strcmp(frame_text(picture, frames[a->frame].name),
                     frame_text(picture, frames[b->frame].name));
    if (by_name)
        return by_name;
    return a->frame < b->frame ? -1 : 1;
}

static double pixels(const struct picture *picture, const struct jt_tree_node *node)
{
    uint64_t all = jt_tree_width(&picture->tree.nodes.at[0]);

    return all ? (double)jt_tree_width(node) / (double)all * picture->width : 0;
}

static void lay_out(struct picture *picture)
{
    size_t count = picture->tree.nodes.count;
    const struct jt_tree_node *nodes = picture->tree.nodes.at;
    double *ends = jt_alloc(count, sizeof(*ends)); /* of the children so far */

    picture->order = jt_alloc(count, sizeof(*picture->order));
    picture->depths = jt_alloc(count, sizeof(*picture->depths));
    picture->lefts = jt_alloc(count, sizeof(*picture->lefts));
    for (size_t i = 0; i < count; i++) {
        picture->order[i] = (uint32_t)i;
        if (i > 0)
            picture->depths[i] = picture->depths[nodes[i].parent] + 1;
        if (picture->depths[i] > picture->deepest)
            picture->deepest = picture->depths[i];
    }
    /* The root stays first: its parent is the greatest number, so it is left out. */
    if (count > 1)
        qsort_r(picture->order + 1, count - 1, sizeof(*picture->order), compare, picture);
    picture->lefts[0] = ends[0] = MARGIN;
    for (size_t i = 1; i < count; i++) {
        uint32_t node = picture->order[i];

        picture->lefts[node] = ends[nodes[node].parent];
        ends[nodes[node].parent] += pixels(picture, &nodes[node]);
        ends[node] = picture->lefts[node];
    }
    free(ends);
}

/* What the frame is called, until the next call. */
static const char *label_of(struct picture *picture, uint32_t frame, unsigned flags, size_t *bytes)
{
    jt_buf_clear(&picture->label);
    jt_label_append(&picture->label, picture->profile, frame, flags);
    *bytes = picture->label.length;
    return picture->label.bytes ? (const char *)picture->label.bytes : "";
}

static void put_string(struct picture *picture, uint32_t string)
{
    jt_out_xml(&picture->out, frame_text(picture, string),
               jt_strings_bytes(&picture->profile->strings, string));
}

/* How many columns a character takes in a monospaced font: the wide ones of East
 * Asia and the pictographs two. */
static unsigned columns_of(uint32_t point)
{
    return (point >= 0x1100 && point <= 0x115f) || (point >= 0x2e80 && point <= 0xd7a3) ||
                   (point >= 0xf900 && point <= 0xfaff) || (point >= 0xfe30 && point <= 0xfe6f) ||
                   (point >= 0xff00 && point <= 0xff60) || point >= 0x1f300
               ? 2
               : 1;
}

/* The name, cut to `columns` with ".." at the end. */
static void put_clipped(struct picture *picture, const char *text, size_t bytes, unsigned columns)
{
    size_t at = 0;
    size_t cut = 0; /* where ".." would go */
    unsigned used = 0;

    while (at < bytes) {
        uint32_t point = 0;
        size_t step = jt_utf8_next(text + at, bytes - at, &point);

        used += columns_of(point);
        if (used > columns)
            break;
        at += step;
        if (used + 2 <= columns)
            cut = at;
    }
    jt_out_xml(&picture->out, text, at < bytes ? cut : bytes);
    if (at < bytes)
        jt_out_text(&picture->out, "..");
}

static void put_share(struct picture *picture, uint64_t part, uint64_t all)
{
    jt_out_number(&picture->out, part);
    jt_out_format(&picture->out, " %s, %.2f%%",
                  picture->after->unit ? picture->after->unit : "samples",
                  all ? 100.0 * (double)part / (double)all : 0.0);
}

static void put_source(struct picture *picture, const struct jt_frame *frame)
{
    const char *file = frame_text(picture, frame->file);
    enum jt_category category = jt_category_of(frame);

    if (*file) {
        jt_out_text(&picture->out, " ");
        put_string(picture, frame->file);
        if (frame->line)
            jt_out_format(&picture->out, ":%u", frame->line);
    }
    if (category == JT_CATEGORY_COMMAND || category == JT_CATEGORY_NAMED)
        return;
    jt_out_format(&picture->out, " [%s]", jt_category_row(category)->label);
    if (frame->kind == JT_FRAME_UNKNOWN)
        jt_out_format(&picture->out, ": %s", jt_reason_text(frame->reason));
}

static void put_tooltip(struct picture *picture, const struct jt_tree_node *node)
{
    const struct jt_tree_node *root = &picture->tree.nodes.at[0];
    const char *label = NULL;
    size_t bytes = 0;

    jt_out_text(&picture->out, "<title>");
    if (node->frame == JT_TREE_NARROW) {
        jt_out_number(&picture->out, node->merged);
        jt_out_text(&picture->out, " narrower frames");
    } else {
        label = label_of(picture, node->frame, 0, &bytes);
        jt_out_xml(&picture->out, label, bytes);
        put_source(picture, &picture->profile->frames.at[node->frame]);
    }
    jt_out_text(&picture->out, " (");
    if (picture->diff) {
        put_share(picture, node->before_total, root->before_total);
        jt_out_text(&picture->out, " &#8594; ");
    }
    put_share(picture, node->total, root->total);
    jt_out_text(&picture->out, ")</title>");
}

static double row_top(const struct picture *picture, uint32_t depth)
{
    uint32_t row = picture->options->is_icicle ? depth : picture->deepest - depth;

    return picture->top + (double)row * ROW;
}

static void put_class(struct picture *picture, const struct jt_tree_node *node)
{
    const struct jt_tree_node *root = &picture->tree.nodes.at[0];

    if (node->frame == JT_TREE_NARROW)
        jt_out_text(&picture->out, "narrow");
    else if (picture->diff)
        jt_out_format(
            &picture->out, "d%u",
            jt_diff_shade(node->before_total, root->before_total, node->total, root->total));
    else
        jt_out_text(
            &picture->out,
            jt_category_row(jt_category_of(&picture->profile->frames.at[node->frame]))->name);
}

static void put_frame(struct picture *picture, uint32_t i)
{
    const struct jt_tree_node *node = &picture->tree.nodes.at[i];
    double width = pixels(picture, node);
    double top = row_top(picture, picture->depths[i]);
    unsigned columns = width > 6 ? (unsigned)((width - 6) / character_width) : 0;

    if (width * 10 < INVISIBLE)
        return;
    jt_out_text(&picture->out, "<g>");
    put_tooltip(picture, node);
    jt_out_text(&picture->out, "<rect class=\"");
    put_class(picture, node);
    jt_out_format(&picture->out, "\" x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"%d\"/>",
                  picture->lefts[i], top, width > 1.5 ? width - 0.5 : width, ROW - 1);
    if (columns >= 3 && node->frame != JT_TREE_NARROW) {
        size_t bytes = 0;
        const char *label = label_of(picture, node->frame, JT_LABEL_PLACE, &bytes);

        jt_out_format(&picture->out, "<text x=\"%.1f\" y=\"%.0f\">", picture->lefts[i] + 3,
                      top + 12);
        put_clipped(picture, label, bytes, columns);
        jt_out_text(&picture->out, "</text>");
    }
    jt_out_text(&picture->out, "</g>\n");
}

static void put_colours(struct picture *picture, bool is_dark)
{
    for (unsigned i = 0; i < JT_CATEGORY_COUNT; i++) {
        const struct jt_category_row *row = jt_category_row(i);

        jt_out_format(&picture->out, ".%s{fill:#%06x}", row->name,
                      is_dark ? row->dark : row->light);
    }
    for (unsigned i = 0; picture->diff && i < JT_DIFF_SHADES; i++)
        jt_out_format(&picture->out, ".d%u{fill:#%06x}", i, jt_diff_colour(i, is_dark));
    jt_out_format(&picture->out, ".narrow{fill:%s}", is_dark ? "#3a3d43" : "#e4e4e2");
    jt_out_format(&picture->out, ".page{fill:%s}text{fill:%s}.note{fill:%s}.unknown{stroke:%s}\n",
                  is_dark ? "#16181c" : "#ffffff", is_dark ? "#eceef1" : "#1c2026",
                  is_dark ? "#a4abb6" : "#5b6470", is_dark ? "#6d7480" : "#a9a49a");
}

static const char *title_of(const struct picture *picture)
{
    const char *command = picture->after->command;

    if (picture->options->title)
        return picture->options->title;
    return command && *command ? command : "Flame graph";
}

static void put_head(struct picture *picture)
{
    const char *title = title_of(picture);
    unsigned width = picture->options->width ? picture->options->width : WIDTH;

    jt_out_format(&picture->out,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%.0f\" "
                  "viewBox=\"0 0 %u %.0f\" role=\"img\" aria-labelledby=\"title\">\n"
                  "<title id=\"title\">",
                  width, picture->height, width, picture->height);
    jt_out_xml(&picture->out, title, strlen(title));
    jt_out_text(&picture->out, "</title>\n<style>\n"
                               "text{font:11px ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans "
                               "Mono',monospace;pointer-events:none}\n"
                               ".title,.note{font-family:system-ui,-apple-system,'Segoe UI',"
                               "'Liberation Sans',Arial,sans-serif}\n"
                               ".title{font-size:18px;font-weight:600}.note{font-size:12px}\n"
                               ".unknown{stroke-width:.7;stroke-dasharray:3 2}\n"
                               "g:hover>rect{fill-opacity:.75}\n");
    put_colours(picture, false);
    jt_out_text(&picture->out, "@media (prefers-color-scheme:dark){\n");
    put_colours(picture, true);
    jt_out_format(&picture->out,
                  "}\n</style>\n<rect class=\"page\" width=\"100%%\" height=\"100%%\"/>\n"
                  "<text class=\"title\" x=\"%d\" y=\"%d\">",
                  MARGIN, TITLE_BASELINE);
    put_clipped(picture, title, strlen(title), (unsigned)(picture->width / title_character_width));
    jt_out_text(&picture->out, "</text>\n");
}

/* One line below the title: what was counted, and from which side it is seen. */
static void put_note(struct picture *picture)
{
    const struct jt_profile *after = picture->after;
    const struct jt_svg_options *options = picture->options;
    const struct jt_tree_node *root = &picture->tree.nodes.at[0];
    const char *names[2] = {options->before_name ? options->before_name : "before",
                            options->after_name ? options->after_name : "after"};

    jt_out_format(&picture->out, "<text class=\"note\" x=\"%d\" y=\"%d\">", MARGIN, NOTE_BASELINE);
    if (picture->diff) {
        jt_out_xml(&picture->out, names[0], strlen(names[0]));
        jt_out_format(&picture->out, " (%" PRIu64 ") &#8594; ", root->before_total);
        jt_out_xml(&picture->out, names[1], strlen(names[1]));
        jt_out_format(&picture->out, " (%" PRIu64 "), ", root->total);
    } else {
        jt_out_number(&picture->out, root->total);
        jt_out_text(&picture->out, " ");
    }
    jt_out_text(&picture->out, after->unit ? after->unit : "samples");
    if (after->event) {
        jt_out_text(&picture->out, " of ");
        jt_out_xml(&picture->out, after->event, strlen(after->event));
    }
    if (after->end_ns > after->start_ns)
        jt_out_format(&picture->out, " in %.1f s", (double)(after->end_ns - after->start_ns) / 1e9);
    if (options->is_reversed)
        jt_out_text(&picture->out, ", reversed: leaves first, then their callers");
    jt_out_text(&picture->out, "</text>\n");
}

static void put_foot(struct picture *picture)
{
    if (picture->tree.merged_frames == 0)
        return;
    jt_out_format(&picture->out, "<text class=\"note\" x=\"%d\" y=\"%.0f\">", MARGIN,
                  picture->height - 9);
    jt_out_format(&picture->out,
                  "%" PRIu64 " frames narrower than %" PRIu64 " %s are merged; %" PRIu64
                  " %s end in them</text>\n",
                  picture->tree.merged_frames, picture->tree.least,
                  picture->after->unit ? picture->after->unit : "samples",
                  picture->tree.merged_weight,
                  picture->after->unit ? picture->after->unit : "samples");
}

struct legend {
    double left;
    unsigned row;
};

/* Where the entry after `legend` begins; a full row begins another. */
static struct legend legend_next(const struct picture *picture, struct legend *legend,
                                 const char *label, unsigned extra_characters)
{
    double width = 26 + (double)(strlen(label) + extra_characters) * legend_character_width;
    struct legend here = {0};

    if (legend->left + width > MARGIN + picture->width) {
        legend->left = MARGIN;
        legend->row++;
    }
    here = *legend;
    legend->left += width + 8;
    return here;
}

static void put_legend_entry(struct picture *picture, struct legend at, const char *class,
                             const char *label)
{
    int top = LEGEND_TOP + (int)at.row * LEGEND_ROW;

    jt_out_format(&picture->out,
                  "<rect class=\"%s\" x=\"%.0f\" y=\"%d\" width=\"12\" height=\"12\" rx=\"2\"/>"
                  "<text class=\"note\" x=\"%.0f\" y=\"%d\">%s</text>\n",
                  class, at.left, top, at.left + 17, top + 10, label);
}

/* With `draws` false only count the rows that the legend takes. */
static void legend_of_categories(struct picture *picture, bool draws)
{
    uint64_t weights[JT_CATEGORY_COUNT] = {0};
    uint64_t all = jt_tree_width(&picture->tree.nodes.at[0]);
    struct legend legend = {MARGIN, 0};
    char label[96];

    for (uint32_t i = 0; i < picture->profile->frames.count; i++)
        jt_category_weigh(picture->profile, i, weights);
    for (unsigned i = 0; i < JT_CATEGORY_COUNT; i++) {
        const struct jt_category_row *row = jt_category_row(i);
        struct legend here = {0};

        if (weights[i] == 0 || i == JT_CATEGORY_COMMAND)
            continue;
        snprintf(label, sizeof(label), "%s %.1f%%", row->label,
                 all ? 100.0 * (double)weights[i] / (double)all : 0.0);
        here = legend_next(picture, &legend, label, 0);
        if (draws)
            put_legend_entry(picture, here, row->name, label);
    }
    picture->legend_rows = legend.row + 1;
}

static void legend_of_shades(struct picture *picture, bool draws)
{
    static const char *const labels[] = {"only before", "less", "the same share", "more",
                                         "only after"};
    struct legend legend = {MARGIN, 0};
    char class[8];

    for (unsigned i = 0; i < 5; i++) {
        struct legend here = legend_next(picture, &legend, labels[i], 0);

        snprintf(class, sizeof(class), "d%u", i * (JT_DIFF_SHADES - 1) / 4);
        if (draws)
            put_legend_entry(picture, here, class, labels[i]);
    }
    picture->legend_rows = legend.row + 1;
}

static void legend(struct picture *picture, bool draws)
{
    if (picture->diff)
        legend_of_shades(picture, draws);
    else
        legend_of_categories(picture, draws);
}

static void draw(struct picture *picture)
{
    unsigned width = picture->options->width ? picture->options->width : WIDTH;

    picture->width = (double)(width > 4 * MARGIN ? width - 2 * MARGIN : 2 * MARGIN);
    lay_out(picture);
    legend(picture, false);
    picture->top = LEGEND_TOP + picture->legend_rows * LEGEND_ROW + 4;
    picture->height = picture->top + ((double)picture->deepest + 1) * ROW + FOOT;
    put_head(picture);
    put_note(picture);
    legend(picture, true);
    for (size_t i = 0; i < picture->tree.nodes.count; i++)
        put_frame(picture, picture->order[i]);
    put_foot(picture);
    jt_out_text(&picture->out, "</svg>\n");
}

int jt_svg_write(FILE *stream, const struct jt_profile *profile,
                 const struct jt_svg_options *options)
{
    struct jt_diff diff = {0};
    struct picture picture = {.options = options,
                              .profile = profile,
                              .after = profile,
                              .label = JT_BUF_INIT(MOST_LABEL_BYTES)};
    unsigned width = options->width ? options->width : WIDTH;
    double share = options->min_share < 0 ? 0.1 / width : options->min_share;
    uint64_t least = 0;
    int status = JITNEY_OK;

    if (options->before) {
        jt_diff_make(&diff, options->before, profile);
        picture.profile = &diff.merged;
        picture.diff = &diff;
    }
    least = jt_tree_least(picture.profile, share, 0);
    if (options->is_reversed)
        jt_tree_make_reversed(&picture.tree, picture.profile, diff.weights.at, least);
    else
        jt_tree_make(&picture.tree, picture.profile, diff.weights.at, least);
    jt_out_init(&picture.out, stream);
    draw(&picture);
    status = jt_out_finish(&picture.out);
    jt_tree_release(&picture.tree);
    jt_buf_release(&picture.label);
    free(picture.order);
    free(picture.depths);
    free(picture.lefts);
    jt_diff_release(&diff);
    return status;
}
