/* The page's data is JSON in columns, one array a property: small, and quick to
 * write here and to read there. src/analysis/report/page/tree.js reads it. */
#include "analysis/report/html.h"

#include "analysis/profile/belt.h"
#include "analysis/report/out.h"
#include "analysis/report/page.h"
#include "analysis/report/palette.h"
#include "analysis/report/tree.h"
#include "jitney/status.h"

#include <pthread.h>
#include <string.h>

enum { MOST_NODES = 200000, MANY_NODES = 100000 };

/* A function: frames that differ in tier, in being inlined and, in native code,
 * in the line of the call alone. */
struct function {
    uint32_t frame; /* one of its frames */
    uint32_t open;  /* how often it is on the path of the walk */
    uint64_t self, total, before_self, before_total;
};

struct page {
    struct jt_out out;
    const struct jt_html_options *options;
    const struct jt_profile *profile; /* whose tree is shown: the merged one of a differential */
    const struct jt_profile *after;
    const struct jt_diff *diff; /* NULL: none */
    struct jt_tree tree;
    struct jt_vec(struct function) functions;
    uint32_t *function_of; /* by frame */
    uint32_t *string_of;   /* by string id of the profile: its place on the page, plus 1 */
    struct jt_vec(uint32_t) strings;
};

static void group_functions(struct page *page)
{
    const struct jt_profile *profile = page->profile;
    struct jt_strings keys;

    jt_strings_init(&keys);
    page->function_of = jt_alloc(profile->frames.count, sizeof(*page->function_of));
    for (uint32_t i = 0; i < profile->frames.count; i++) {
        struct jt_frame key = profile->frames.at[i];
        uint32_t id = 0;

        key.tier = JT_TIER_NONE;
        key.is_inlined = false;
        if (key.kind == JT_FRAME_NATIVE || key.kind == JT_FRAME_KERNEL)
            key.line = 0;
        id = jt_strings_put(&keys, (const char *)&key, sizeof(key)) - 1;
        if (id == page->functions.count)
            jt_vec_push(&page->functions, (struct function){.frame = i});
        page->function_of[i] = id;
    }
    jt_strings_release(&keys);
}

static void enter(void *context, uint32_t node, uint32_t frame, uint64_t self, uint64_t total)
{
    struct page *page = context;
    struct function *function = &page->functions.at[page->function_of[frame]];
    struct jt_diff_weight weight = {.after_self = self, .after_total = total};

    if (page->diff)
        weight = page->diff->weights.at[node];
    function->self += weight.after_self;
    function->before_self += weight.before_self;
    if (function->open++ == 0) {
        function->total += weight.after_total;
        function->before_total += weight.before_total;
    }
}

static void leave(void *context, uint32_t frame)
{
    struct page *page = context;

    page->functions.at[page->function_of[frame]].open--;
}

/* Walk the whole tree, so that what a table says is exact whatever is merged
 * in the picture. A function counts once a path: recursion adds nothing. */
static void *weigh_functions(void *page)
{
    jt_nodes_walk(&((struct page *)page)->profile->nodes, page, enter, leave);
    return NULL;
}

static void make_tree(struct page *page)
{
    const struct jt_diff_weight *weights = page->diff ? page->diff->weights.at : NULL;
    uint64_t least = jt_tree_least(page->profile, page->options->min_share, MOST_NODES);

    jt_tree_make(&page->tree, page->profile, weights, least);
}

/* What is weighed and the picture's tree have nothing to do with each other: of a
 * large profile they are made at the same time. */
static void weigh_and_make_tree(struct page *page)
{
    pthread_t weighing;
    bool is_apart = page->profile->nodes.count > MANY_NODES && jt_belt_has_processors() &&
                    pthread_create(&weighing, NULL, weigh_functions, page) == 0;

    if (!is_apart)
        weigh_functions(page);
    make_tree(page);
    if (is_apart)
        pthread_join(weighing, NULL);
}

static void key(struct page *page, const char *name)
{
    jt_out_format(&page->out, ",\n\"%s\":", name);
}

static void text_value(struct page *page, const char *text)
{
    if (text)
        jt_out_json(&page->out, text, strlen(text));
    else
        jt_out_text(&page->out, "null");
}

static void pair(struct page *page, const char *name, uint64_t value)
{
    jt_out_format(&page->out, "\"%s\":", name);
    jt_out_number(&page->out, value);
    jt_out_text(&page->out, ",");
}

/* One array; `VALUE` sees the row's index `i`. */
#define COLUMN(name, count, VALUE)                                                                 \
    do {                                                                                           \
        jt_out_text(&page->out, "\"" name "\":[");                                                 \
        for (size_t i = 0; i < (count); i++) {                                                     \
            if (i > 0)                                                                             \
                jt_out_byte(&page->out, ',');                                                      \
            VALUE;                                                                                 \
        }                                                                                          \
        jt_out_text(&page->out, "]");                                                              \
    } while (0)
#define NUMBERS(name, count, value) COLUMN(name, count, jt_out_number(&page->out, (value)))
#define NEXT jt_out_text(&page->out, ",\n")

static void write_unknown(struct page *page, const struct jt_profile *profile)
{
    const char *comma = "";

    jt_out_text(&page->out, "\"unknown\":[");
    for (unsigned i = 0; i < JT_REASON_COUNT; i++) {
        if (profile->unknown[i].frames == 0)
            continue;
        jt_out_format(&page->out, "%s[%u,", comma, i);
        jt_out_number(&page->out, profile->unknown[i].frames);
        jt_out_text(&page->out, ",");
        jt_out_number(&page->out, profile->unknown[i].samples);
        jt_out_text(&page->out, "]");
        comma = ",";
    }
    jt_out_text(&page->out, "]");
}

static void write_summary(struct page *page, const struct jt_profile *profile)
{
    jt_out_text(&page->out, "{\"command\":");
    text_value(page, profile->command);
    jt_out_text(&page->out, ",\"event\":");
    text_value(page, profile->event);
    jt_out_text(&page->out, ",");
    pair(page, "frequency", profile->frequency);
    pair(page, "samples", profile->samples);
    pair(page, "weight", profile->weight);
    pair(page, "duration_ns",
         profile->end_ns > profile->start_ns ? profile->end_ns - profile->start_ns : 0);
    pair(page, "user_samples", profile->user_samples);
    pair(page, "user_samples_named", profile->user_samples_named);
    pair(page, "jit_samples", profile->jit_samples);
    pair(page, "frames_total", profile->frames_total);
    pair(page, "ambiguous_samples", profile->ambiguous_samples);
    pair(page, "cut_stacks", profile->cut_stacks);
    pair(page, "broken_chains", profile->broken_chains);
    pair(page, "lost_samples", profile->lost_samples);
    pair(page, "bad_records", profile->bad_records);
    pair(page, "torn_bytes", profile->torn_bytes);
    NUMBERS("shares", JT_SHARE_COUNT, profile->shares[i]);
    NEXT;
    write_unknown(page, profile);
    jt_out_text(&page->out, "}");
}

/* The lists of kinds.h, so that the page keeps none of its own. */
/* NOLINTNEXTLINE(readability-function-size): the loops of the macros count as nesting */
static void write_lists(struct page *page)
{
    NEXT;
    COLUMN("share_names", JT_SHARE_COUNT, text_value(page, jt_share_name(i)));
    NEXT;
    COLUMN("tiers", JT_TIER_COUNT, text_value(page, jt_tier_name(i)));
    NEXT;
    COLUMN("runtimes", JT_RUNTIME_COUNT, text_value(page, jt_runtime_name(i)));
    NEXT;
    COLUMN("reasons", JT_REASON_COUNT, text_value(page, jt_reason_text(i)));
    NEXT;
    COLUMN("remedies", JT_REASON_COUNT, text_value(page, jt_reason_remedy(i)));
    NEXT;
    COLUMN("categories", JT_CATEGORY_COUNT, {
        const struct jt_category_row *row = jt_category_row(i);

        jt_out_format(&page->out, "[\"%s\",\"%s\",\"#%06x\",\"#%06x\"]", row->name, row->label,
                      row->light, row->dark);
    });
}

static void write_diff(struct page *page)
{
    const struct jt_html_options *options = page->options;

    key(page, "diff");
    if (!page->diff) {
        jt_out_text(&page->out, "null");
        return;
    }
    jt_out_text(&page->out, "{\"before\":");
    text_value(page, options->before_name ? options->before_name : "before");
    jt_out_text(&page->out, ",\"after\":");
    text_value(page, options->after_name ? options->after_name : "after");
    NEXT;
    COLUMN("light", JT_DIFF_SHADES,
           jt_out_format(&page->out, "\"#%06x\"", jt_diff_colour((unsigned)i, false)));
    NEXT;
    COLUMN("dark", JT_DIFF_SHADES,
           jt_out_format(&page->out, "\"#%06x\"", jt_diff_colour((unsigned)i, true)));
    jt_out_text(&page->out, "}");
}

static void write_head(struct page *page, const char *title)
{
    static const char *const views[] = {[JT_HTML_GRAPH] = "graph",
                                        [JT_HTML_SUMMARY] = "summary",
                                        [JT_HTML_FUNCTIONS] = "functions"};
    const struct jt_html_options *options = page->options;

    jt_out_text(&page->out, "{\"version\":1,\"title\":");
    text_value(page, title);
    key(page, "view");
    text_value(page, views[options->view]);
    key(page, "icicle");
    jt_out_text(&page->out, options->is_icicle ? "true" : "false");
    key(page, "reversed");
    jt_out_text(&page->out, options->is_reversed ? "true" : "false");
    key(page, "tiers_are_split");
    jt_out_text(&page->out, page->after->tiers_are_split ? "true" : "false");
    key(page, "unit");
    text_value(page, page->after->unit ? page->after->unit : "samples");
    key(page, "summary");
    write_summary(page, page->after);
    key(page, "summary_before");
    if (options->before)
        write_summary(page, options->before);
    else
        jt_out_text(&page->out, "null");
    key(page, "merged");
    jt_out_text(&page->out, "{");
    pair(page, "frames", page->tree.merged_frames);
    pair(page, "weight", page->tree.merged_weight);
    jt_out_text(&page->out, "\"least\":");
    jt_out_number(&page->out, page->tree.least);
    jt_out_text(&page->out, "}");
    write_lists(page);
    write_diff(page);
}

static uint32_t string_place(struct page *page, uint32_t id)
{
    if (page->string_of[id] == 0) {
        jt_vec_push(&page->strings, id);
        page->string_of[id] = (uint32_t)page->strings.count;
    }
    return page->string_of[id] - 1;
}

/* NOLINTNEXTLINE(readability-function-size): the loops of the macros count as nesting */
static void write_functions(struct page *page)
{
    const struct function *functions = page->functions.at;
    const struct jt_frame *frames = page->profile->frames.at;
    size_t count = page->functions.count;

    key(page, "functions");
    jt_out_text(&page->out, "{");
    NUMBERS("name", count, string_place(page, frames[functions[i].frame].name));
    NEXT;
    NUMBERS("file", count, string_place(page, frames[functions[i].frame].file));
    NEXT;
    NUMBERS("module", count, string_place(page, frames[functions[i].frame].module));
    NEXT;
    NUMBERS("line", count, frames[functions[i].frame].line);
    NEXT;
    NUMBERS("kind", count, frames[functions[i].frame].kind);
    NEXT;
    NUMBERS("runtime", count, frames[functions[i].frame].runtime);
    NEXT;
    NUMBERS("reason", count, frames[functions[i].frame].reason);
    NEXT;
    NUMBERS("self", count, functions[i].self);
    NEXT;
    NUMBERS("total", count, functions[i].total);
    if (page->diff) {
        NEXT;
        NUMBERS("before_self", count, functions[i].before_self);
        NEXT;
        NUMBERS("before_total", count, functions[i].before_total);
    }
    jt_out_text(&page->out, "}");
}

static void write_frames(struct page *page)
{
    const struct jt_frame *frames = page->profile->frames.at;
    size_t count = page->profile->frames.count;

    key(page, "frames");
    jt_out_text(&page->out, "{");
    NUMBERS("function", count, page->function_of[i]);
    NEXT;
    NUMBERS("tier", count, frames[i].tier);
    NEXT;
    NUMBERS("category", count, jt_category_of(&frames[i]));
    NEXT;
    NUMBERS("inlined", count, frames[i].is_inlined);
    NEXT;
    NUMBERS("line", count, frames[i].line);
    jt_out_text(&page->out, "}");
}

/* What kinds of code a function's own samples ran as: a row for each. */
static void write_kinds(struct page *page)
{
    uint64_t weights[JT_CATEGORY_COUNT];
    const char *comma = "";

    key(page, "kinds");
    jt_out_text(&page->out, "[");
    for (uint32_t i = 0; i < page->profile->frames.count; i++) {
        memset(weights, 0, sizeof(weights));
        jt_category_weigh(page->profile, i, weights);
        for (unsigned category = 0; category < JT_CATEGORY_COUNT; category++) {
            if (weights[category] == 0)
                continue;
            jt_out_text(&page->out, comma);
            jt_out_number(&page->out, page->function_of[i]);
            jt_out_format(&page->out, ",%u,", category);
            jt_out_number(&page->out, weights[category]);
            comma = ",";
        }
    }
    jt_out_text(&page->out, "]");
}

static void write_strings(struct page *page)
{
    const struct jt_strings *strings = &page->profile->strings;

    NEXT;
    COLUMN("strings", page->strings.count,
           jt_out_json(&page->out, jt_strings_text(strings, page->strings.at[i]),
                       jt_strings_bytes(strings, page->strings.at[i])));
}

/* `parent` is how many nodes back the parent is; a negative `frame` is how many
 * frames were merged. */
/* NOLINTNEXTLINE(readability-function-size): the loops of the macros count as nesting */
static void write_nodes(struct page *page)
{
    const struct jt_tree_node *nodes = page->tree.nodes.at;
    size_t count = page->tree.nodes.count;

    key(page, "nodes");
    jt_out_text(&page->out, "{");
    NUMBERS("parent", count, i > 0 ? i - nodes[i].parent : 0);
    NEXT;
    COLUMN("frame", count,
           jt_out_signed(&page->out, nodes[i].frame == JT_TREE_NARROW ? -(int64_t)nodes[i].merged
                                                                      : (int64_t)nodes[i].frame));
    NEXT;
    NUMBERS("self", count, nodes[i].self);
    if (page->diff) {
        NEXT;
        NUMBERS("before_self", count, nodes[i].before_self);
    }
    jt_out_text(&page->out, "}}");
}

static void write_page(struct page *page, const char *title)
{
    jt_out_text(&page->out, jt_page_before_title);
    jt_out_xml(&page->out, title, strlen(title));
    jt_out_text(&page->out, jt_page_before_data);
    write_head(page, title);
    write_functions(page);
    write_frames(page);
    write_kinds(page);
    write_strings(page);
    write_nodes(page);
    jt_out_text(&page->out, jt_page_after_data);
}

static const char *title_of(const struct jt_profile *profile, const struct jt_html_options *options)
{
    if (options->title)
        return options->title;
    return profile->command && *profile->command ? profile->command : "Flame graph";
}

int jt_html_write(FILE *stream, const struct jt_profile *profile,
                  const struct jt_html_options *options)
{
    struct jt_diff diff = {0};
    struct page page = {.options = options, .profile = profile, .after = profile};
    int status = JITNEY_OK;

    if (options->before) {
        jt_diff_make(&diff, options->before, profile);
        page.profile = &diff.merged;
        page.diff = &diff;
    }
    group_functions(&page);
    weigh_and_make_tree(&page);
    page.string_of = jt_alloc(page.profile->strings.entries.count, sizeof(*page.string_of));
    jt_out_init(&page.out, stream);
    write_page(&page, title_of(profile, options));
    status = jt_out_finish(&page.out);
    jt_tree_release(&page.tree);
    jt_vec_release(&page.functions);
    jt_vec_release(&page.strings);
    free(page.function_of);
    free(page.string_of);
    jt_diff_release(&diff);
    return status;
}
