#include "analysis/profile/fold.h"

#include "analysis/profile/label.h"
#include "base/buf.h"
#include "jitney/status.h"

#include <stdlib.h>

enum { LABEL_LIMIT = 64 << 20, LINE_LIMIT = 64 << 20, FLUSH_BYTES = 1 << 16 };

/* The call tree by what frames are called: different frames of one label are one
 * to a reader of the text. */
struct folding {
    struct jt_strings labels;
    struct jt_nodes tree;          /* its frames are labels */
    struct jt_vec(uint32_t) stack; /* labels of the line being written, leaf first */
};

static uint32_t put_label(struct folding *folding, const struct jt_profile *profile, uint32_t frame,
                          unsigned flags, struct jt_buf *text)
{
    jt_buf_clear(text);
    jt_label_append(text, profile, frame, flags);
    for (size_t i = 0; i < text->length; i++)
        if (text->bytes[i] == ';')
            text->bytes[i] = ':';
    return jt_strings_put(&folding->labels, text->length ? (const char *)text->bytes : "",
                          text->length);
}

static void fold_tree(struct folding *folding, const struct jt_profile *profile, unsigned flags)
{
    struct jt_buf text = JT_BUF_INIT(LABEL_LIMIT);
    uint32_t *labels = jt_alloc(profile->frames.count, sizeof(*labels));
    uint32_t *nodes = jt_alloc(profile->nodes.count, sizeof(*nodes));

    for (size_t i = 0; i < profile->frames.count; i++)
        labels[i] = put_label(folding, profile, (uint32_t)i, flags, &text);
    for (uint32_t i = 1; i < profile->nodes.count; i++) {
        nodes[i] = jt_nodes_child(&folding->tree, nodes[jt_nodes_parent(&profile->nodes, i)],
                                  labels[jt_nodes_frame(&profile->nodes, i)]);
        jt_nodes_add_self(&folding->tree, nodes[i], jt_nodes_self(&profile->nodes, i));
    }
    free(labels);
    free(nodes);
    jt_buf_release(&text);
}

static void append_stack(struct folding *folding, struct jt_buf *out, uint32_t leaf)
{
    uint32_t label = 0;

    jt_vec_clear(&folding->stack);
    for (uint32_t node = leaf; node != 0; node = jt_nodes_parent(&folding->tree, node))
        jt_vec_push(&folding->stack, jt_nodes_frame(&folding->tree, node));
    for (size_t i = folding->stack.count; i-- > 0;) {
        label = folding->stack.at[i];
        jt_buf_append(out, jt_strings_text(&folding->labels, label),
                      jt_strings_bytes(&folding->labels, label));
        jt_buf_append(out, i > 0 ? ";" : " ", 1);
    }
    jt_buf_printf(out, "%llu\n", (unsigned long long)jt_nodes_self(&folding->tree, leaf));
}

int jt_fold_write(FILE *stream, const struct jt_profile *profile, unsigned flags)
{
    struct jt_buf out = JT_BUF_INIT(LINE_LIMIT);
    struct folding folding = {0};
    int status = JITNEY_OK;

    jt_strings_init(&folding.labels);
    jt_nodes_init(&folding.tree, 0);
    fold_tree(&folding, profile, flags);
    for (uint32_t i = 1; i < folding.tree.count && !status; i++) {
        if (jt_nodes_self(&folding.tree, i) > 0)
            append_stack(&folding, &out, i);
        if (out.length < FLUSH_BYTES && i + 1 < folding.tree.count)
            continue;
        if (jt_buf_status(&out) || fwrite(out.bytes, 1, out.length, stream) != out.length)
            status = JITNEY_ERR_IO;
        jt_buf_clear(&out);
    }
    jt_strings_release(&folding.labels);
    jt_nodes_release(&folding.tree);
    jt_vec_release(&folding.stack);
    jt_buf_release(&out);
    return status;
}
