/* See rds_private.h. Facts: gnur, src/main/serialize.c, ReadBC() and ReadBCLang();
 * src/main/altclasses.c. */
#include "analysis/load/rds_private.h"

#include "jitney/status.h"

#include <stdio.h>
#include <string.h>

enum { NUMBER_ROOM = 32 };

/* ---- compiled functions ---- */

static bool is_call(uint32_t code)
{
    return code == JT_R_CALL || code == JT_R_PAIRS || code == JT_R_CALL_WITH_ATTRIBUTES ||
           code == JT_R_PAIRS_WITH_ATTRIBUTES;
}

/* A call in the constants of a function: cells whose values and rest begin with a bare type, so
 * that they can refer to each other. */
static void skip_call(struct jt_rds *rds, uint32_t code, unsigned depth)
{
    if (depth > JT_RDS_DEPTH_MOST)
        jt_rds_fail(rds, JITNEY_ERR_LIMIT, "is nested too deep");
    while (!jt_rds_failed(rds)) {
        if (code == JT_R_CODE_DEFINITION) {
            jt_rds_take_integer(rds); /* its number */
            code = (uint32_t)jt_rds_take_integer(rds);
        }
        if (!is_call(code))
            break;
        if (code == JT_R_CALL_WITH_ATTRIBUTES || code == JT_R_PAIRS_WITH_ATTRIBUTES)
            jt_rds_take_item(rds, depth + 1);
        jt_rds_take_item(rds, depth + 1); /* tag */
        skip_call(rds, (uint32_t)jt_rds_take_integer(rds), depth + 1);
        code = (uint32_t)jt_rds_take_integer(rds);
    }
    if (code == JT_R_CODE_REFERENCE)
        jt_rds_take_integer(rds);
    else
        jt_rds_take_item(rds, depth + 1);
}

static void skip_body(struct jt_rds *rds, unsigned depth)
{
    uint64_t constants = 0;
    uint32_t code = 0;

    if (depth > JT_RDS_DEPTH_MOST)
        jt_rds_fail(rds, JITNEY_ERR_LIMIT, "is nested too deep");
    jt_rds_take_item(rds, depth + 1); /* instructions */
    constants = jt_rds_take_length(rds);
    for (uint64_t i = 0; i < constants && !jt_rds_failed(rds); i++) {
        code = (uint32_t)jt_rds_take_integer(rds);
        if (code == JT_R_BYTECODE)
            skip_body(rds, depth + 1);
        else if (is_call(code) || code == JT_R_CODE_DEFINITION || code == JT_R_CODE_REFERENCE)
            skip_call(rds, code, depth + 1);
        else
            jt_rds_take_item(rds, depth + 1);
    }
}

void jt_rds_skip_code(struct jt_rds *rds, unsigned depth)
{
    jt_rds_take_integer(rds); /* how many calls are referred to */
    skip_body(rds, depth);
}

/* ---- compact forms ---- */

/* A number as as.character() writes it: 15 significant digits. */
static struct jt_rds_text text_of(struct jt_rds *rds, const struct jt_rds_item *numbers, uint32_t i)
{
    char *text = jt_rds_allocate(rds, NUMBER_ROOM);
    struct jt_rds_text result = {.text = "", .is_na = true};

    if (!text || (numbers->type == JT_RDS_INTEGER && numbers->integers[i] == INT32_MIN))
        return result;
    result.kept = (uint32_t)(numbers->type == JT_RDS_INTEGER
                                 ? snprintf(text, NUMBER_ROOM, "%d", (int)numbers->integers[i])
                                 : snprintf(text, NUMBER_ROOM, "%.15g", numbers->reals[i]));
    result.text = text;
    result.is_na = false;
    result.bytes = result.kept;
    result.characters = result.kept;
    return result;
}

static struct jt_rds_item *expand_strings(struct jt_rds *rds, const struct jt_rds_item *numbers)
{
    struct jt_rds_item *item = NULL;
    struct jt_rds_text *texts = NULL;

    if (numbers->type != JT_RDS_INTEGER && numbers->type != JT_RDS_REAL)
        return NULL;
    item = jt_rds_make_item(rds, JT_RDS_STRING, numbers->length);
    texts = jt_rds_allocate(rds, numbers->kept * sizeof(*texts));
    if (!item || !texts)
        return NULL;
    for (uint32_t i = 0; i < numbers->kept; i++)
        texts[i] = text_of(rds, numbers, i);
    item->texts = texts;
    item->kept = numbers->kept;
    return item;
}

/* Its length, first number and step. */
static struct jt_rds_item *expand_sequence(struct jt_rds *rds, const struct jt_rds_item *state)
{
    struct jt_rds_item *item = NULL;
    double *reals = NULL;

    if (state->type != JT_RDS_REAL || state->kept < 3 || !(state->reals[0] >= 0) ||
        state->reals[0] > 1e15)
        return NULL;
    item = jt_rds_make_item(rds, JT_RDS_REAL, (uint64_t)state->reals[0]);
    if (!item)
        return NULL;
    item->kept =
        item->length < JT_RDS_ELEMENTS_KEPT ? (uint32_t)item->length : JT_RDS_ELEMENTS_KEPT;
    reals = jt_rds_allocate(rds, item->kept * sizeof(*reals));
    if (!reals)
        return NULL;
    for (uint32_t i = 0; i < item->kept; i++)
        reals[i] = state->reals[1] + i * state->reals[2];
    item->reals = reals;
    return item;
}

struct jt_rds_item *jt_rds_expand(struct jt_rds *rds, const struct jt_rds_item *about,
                                  const struct jt_rds_item *state)
{
    const struct jt_rds_item *name = about && about->type == JT_RDS_LIST ? about->first : NULL;
    const struct jt_rds_item *inner = state && state->type == JT_RDS_LIST ? state->first : NULL;
    const char *text = name && name->type == JT_RDS_SYMBOL ? name->texts[0].text : "";
    struct jt_rds_item *item = NULL;

    if (inner && strncmp(text, "wrap_", 5) == 0) {
        item = jt_rds_make_item(rds, inner->type, inner->length);
        if (item) {
            *item = *inner;
            item->next = NULL;
        }
    } else if (inner && strcmp(text, "deferred_string") == 0) {
        item = expand_strings(rds, inner);
    } else if (state &&
               (strcmp(text, "compact_intseq") == 0 || strcmp(text, "compact_realseq") == 0)) {
        item = expand_sequence(rds, state);
    }
    return item ? item : jt_rds_make_item(rds, JT_RDS_OTHER, 0);
}
