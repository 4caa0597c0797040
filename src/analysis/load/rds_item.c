/* See rds_private.h. Facts: gnur, src/main/serialize.c, ReadItem(). */
#include "analysis/load/rds_private.h"

#include "jitney/status.h"

#include <string.h>

/* ---- lists that are being made ---- */

struct list_end {
    struct jt_rds_item *list;
    struct jt_rds_item *last;
};

static void append(struct list_end *end, struct jt_rds_item *item, uint64_t index)
{
    if (!item)
        return;
    item->index = (uint32_t)(index < UINT32_MAX ? index : UINT32_MAX);
    if (end->last)
        end->last->next = item;
    else
        end->list->first = item;
    end->last = item;
}

struct jt_rds_item *jt_rds_make_item(struct jt_rds *rds, enum jt_rds_type type, uint64_t length)
{
    struct jt_rds_item *item = jt_rds_allocate(rds, sizeof(*item));

    if (!item)
        return NULL;
    memset(item, 0, sizeof(*item));
    item->type = type;
    item->name = "";
    item->length = length;
    return item;
}

/* ---- strings ---- */

/* Latin-1 as UTF-8: each byte above 0x7f becomes two. */
static void take_latin1(struct jt_rds *rds, struct jt_rds_text *text, char *bytes, uint32_t kept)
{
    char *wide = jt_rds_allocate(rds, 2 * (size_t)kept + 1);
    uint32_t at = 0;

    if (!wide)
        return;
    for (uint32_t i = 0; i < kept; i++) {
        unsigned char c = (unsigned char)bytes[i];

        if (c >= 0x80)
            wide[at++] = (char)(0xc0 | c >> 6);
        wide[at++] = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
    }
    wide[at] = '\0';
    text->text = wide;
    text->kept = at;
    text->characters = text->bytes;
}

/* A string without its flags. */
static struct jt_rds_text take_text(struct jt_rds *rds, uint32_t flags)
{
    struct jt_rds_text text = {.text = ""};
    int32_t length = jt_rds_take_integer(rds);
    uint32_t kept = 0;
    char *bytes = NULL;

    text.is_na = length == -1;
    if (length < -1)
        jt_rds_fail(rds, JITNEY_ERR_FORMAT, "has a string of a negative length");
    if (length <= 0 || jt_rds_failed(rds))
        return text;
    text.bytes = (uint64_t)length;
    kept = length < JT_RDS_TEXT_KEPT ? (uint32_t)length : JT_RDS_TEXT_KEPT;
    bytes = jt_rds_allocate(rds, (size_t)kept + 1);
    if (!bytes)
        return text;
    memset(bytes, 0, (size_t)kept + 1);
    jt_rds_take_text(rds, bytes, kept, &text);
    text.text = bytes;
    text.kept = kept;
    if (flags & JT_R_IS_LATIN1)
        take_latin1(rds, &text, bytes, kept);
    return text;
}

/* A string with its flags, as the elements of a vector and the name of a symbol are. */
static struct jt_rds_text take_flagged_text(struct jt_rds *rds)
{
    uint32_t flags = (uint32_t)jt_rds_take_integer(rds);

    if (!jt_rds_failed(rds) && (flags & 0xff) != JT_R_TEXT)
        jt_rds_fail(rds, JITNEY_ERR_FORMAT, "has something else where a string should be");
    return take_text(rds, flags);
}

static struct jt_rds_item *take_strings(struct jt_rds *rds)
{
    uint64_t length = jt_rds_take_length(rds);
    struct jt_rds_item *item = jt_rds_make_item(rds, JT_RDS_STRING, length);
    uint32_t kept = length < JT_RDS_ELEMENTS_KEPT ? (uint32_t)length : JT_RDS_ELEMENTS_KEPT;
    struct jt_rds_text *texts = jt_rds_allocate(rds, kept * sizeof(*texts));
    struct jt_rds_mark mark;

    if (!item || !texts)
        return NULL;
    for (uint32_t i = 0; i < kept; i++)
        texts[i] = take_flagged_text(rds);
    for (uint64_t i = kept; i < length && !jt_rds_failed(rds); i++) {
        mark = jt_rds_mark(rds);
        take_flagged_text(rds);
        jt_rds_forget(rds, mark);
    }
    item->texts = texts;
    item->kept = kept;
    return item;
}

/* ---- numbers ---- */

static struct jt_rds_item *take_integers(struct jt_rds *rds, enum jt_rds_type type)
{
    uint64_t length = jt_rds_take_length(rds);
    struct jt_rds_item *item = jt_rds_make_item(rds, type, length);
    uint32_t kept = length < JT_RDS_ELEMENTS_KEPT ? (uint32_t)length : JT_RDS_ELEMENTS_KEPT;
    int32_t *integers = jt_rds_allocate(rds, kept * sizeof(*integers));
    int32_t value = 0;

    if (!item || !integers)
        return NULL;
    for (uint64_t i = 0; i < length && !jt_rds_failed(rds); i++) {
        value = jt_rds_take_integer(rds);
        if (i < kept)
            integers[i] = value;
    }
    item->integers = integers;
    item->kept = kept;
    return item;
}

static struct jt_rds_item *take_reals(struct jt_rds *rds)
{
    uint64_t length = jt_rds_take_length(rds);
    struct jt_rds_item *item = jt_rds_make_item(rds, JT_RDS_REAL, length);
    uint32_t kept = length < JT_RDS_ELEMENTS_KEPT ? (uint32_t)length : JT_RDS_ELEMENTS_KEPT;
    double *reals = jt_rds_allocate(rds, kept * sizeof(*reals));
    double value = 0;

    if (!item || !reals)
        return NULL;
    for (uint64_t i = 0; i < length && !jt_rds_failed(rds); i++) {
        value = jt_rds_take_real(rds);
        if (i < kept)
            reals[i] = value;
    }
    item->reals = reals;
    item->kept = kept;
    return item;
}

static struct jt_rds_item *skip_complex(struct jt_rds *rds)
{
    uint64_t length = jt_rds_take_length(rds);

    for (uint64_t i = 0; i < length && !jt_rds_failed(rds); i++) {
        jt_rds_take_real(rds);
        jt_rds_take_real(rds);
    }
    return jt_rds_make_item(rds, JT_RDS_OTHER, length);
}

static struct jt_rds_item *take_raw(struct jt_rds *rds)
{
    uint64_t length = jt_rds_take_length(rds);
    struct jt_rds_item *item = jt_rds_make_item(rds, JT_RDS_RAW, length);
    uint32_t kept = length < JT_RDS_RAW_KEPT ? (uint32_t)length : JT_RDS_RAW_KEPT;
    uint8_t *raw = jt_rds_allocate(rds, kept);

    if (!item || !raw)
        return NULL;
    jt_rds_take_raw(rds, raw, kept, length);
    item->raw = raw;
    item->kept = kept;
    return item;
}

/* ---- symbols and references ---- */

static void add_reference(struct jt_rds *rds, uint32_t symbol)
{
    if (rds->references.count == JT_RDS_REFERENCES_MOST)
        jt_rds_fail(rds, JITNEY_ERR_LIMIT, "has too many symbols and environments");
    else
        jt_vec_push(&rds->references, symbol);
}

static struct jt_rds_item *make_symbol(struct jt_rds *rds, uint32_t symbol)
{
    struct jt_rds_item *item = jt_rds_make_item(rds, JT_RDS_SYMBOL, 1);
    struct jt_rds_text *text = jt_rds_allocate(rds, sizeof(*text));

    if (!item || !text)
        return NULL;
    *text = (struct jt_rds_text){.text = jt_strings_text(&rds->symbols, symbol),
                                 .kept = (uint32_t)jt_strings_bytes(&rds->symbols, symbol)};
    item->texts = text;
    item->kept = 1;
    return item;
}

static struct jt_rds_item *take_symbol(struct jt_rds *rds)
{
    struct jt_rds_mark mark = jt_rds_mark(rds);
    struct jt_rds_text text = take_flagged_text(rds);
    uint32_t symbol = 0;

    rds->symbol_bytes += text.kept;
    if (rds->symbol_bytes > JT_RDS_SYMBOLS_MOST)
        jt_rds_fail(rds, JITNEY_ERR_LIMIT, "has too many symbols");
    if (jt_rds_failed(rds))
        return NULL;
    symbol = jt_strings_put(&rds->symbols, text.text, text.kept);
    jt_rds_forget(rds, mark);
    add_reference(rds, symbol);
    return make_symbol(rds, symbol);
}

static struct jt_rds_item *take_reference(struct jt_rds *rds, uint32_t flags)
{
    uint32_t index = flags >> 8 ? flags >> 8 : (uint32_t)jt_rds_take_integer(rds);
    uint32_t symbol = 0;

    if (!jt_rds_failed(rds) && (index == 0 || index > rds->references.count))
        jt_rds_fail(rds, JITNEY_ERR_FORMAT, "refers to something that is not there");
    if (jt_rds_failed(rds))
        return NULL;
    symbol = rds->references.at[index - 1];
    return symbol ? make_symbol(rds, symbol) : jt_rds_make_item(rds, JT_RDS_OTHER, 0);
}

/* ---- attributes ---- */

static const struct jt_rds_text *attribute(const struct jt_rds_item *attributes, const char *name,
                                           uint32_t *count)
{
    const struct jt_rds_item *found = jt_rds_find(attributes, name);

    *count = found && found->type == JT_RDS_STRING ? found->kept : 0;
    return *count > 0 ? found->texts : NULL;
}

static void name_elements(struct jt_rds_item *list, const struct jt_rds_text *names, uint32_t count)
{
    list->has_names = true;
    for (const struct jt_rds_item *item = list->first; item; item = item->next)
        if (item->index < count)
            ((struct jt_rds_item *)item)->name = names[item->index].text;
}

static void set_attributes(struct jt_rds_item *item, const struct jt_rds_item *attributes)
{
    uint32_t count = 0;
    const struct jt_rds_text *texts = attribute(attributes, "class", &count);

    if (!item)
        return;
    if (texts)
        item->class_name = texts[0].text;
    texts = attribute(attributes, "names", &count);
    if (texts && item->type == JT_RDS_LIST)
        name_elements(item, texts, count);
}

/* ---- lists ---- */

/* Show a complete list; NULL when the visitor has taken it, and its memory is free again. */
static struct jt_rds_item *show(struct jt_rds *rds, struct jt_rds_item *list,
                                struct jt_rds_mark mark)
{
    bool is_taken = false;

    if (!list || jt_rds_failed(rds) || (!list->has_names && !list->class_name))
        return list;
    rds->status = rds->visitor->list(rds->visitor->context, list, &is_taken);
    if (!is_taken)
        return list;
    jt_rds_forget(rds, mark);
    return NULL;
}

static struct jt_rds_item *take_list(struct jt_rds *rds, uint32_t flags, unsigned depth)
{
    struct jt_rds_mark mark = jt_rds_mark(rds);
    uint64_t length = jt_rds_take_length(rds);
    struct list_end end = {.list = jt_rds_make_item(rds, JT_RDS_LIST, length)};

    if (!end.list)
        return NULL;
    for (uint64_t i = 0; i < length && !jt_rds_failed(rds); i++)
        append(&end, jt_rds_take_item(rds, depth + 1), i);
    if (flags & JT_R_HAS_ATTRIBUTES)
        set_attributes(end.list, jt_rds_take_item(rds, depth + 1));
    return show(rds, end.list, mark);
}

static bool is_pairs(uint32_t code)
{
    return code == JT_R_PAIRS || code == JT_R_CALL || code == JT_R_CLOSURE ||
           code == JT_R_PROMISE || code == JT_R_DOTS;
}

/* Cells, each with attributes and a tag if its flags say so, a value, and the cell after
 * it. Their values become the elements of one list. */
static struct jt_rds_item *take_pairs(struct jt_rds *rds, uint32_t flags, unsigned depth)
{
    struct list_end end = {.list = jt_rds_make_item(rds, JT_RDS_LIST, 0)};
    struct jt_rds_item *tag = NULL;
    struct jt_rds_item *value = NULL;

    if (!end.list)
        return NULL;
    do {
        if (flags & JT_R_HAS_ATTRIBUTES)
            jt_rds_take_item(rds, depth + 1);
        tag = flags & JT_R_HAS_TAG ? jt_rds_take_item(rds, depth + 1) : NULL;
        value = jt_rds_take_item(rds, depth + 1);
        if (value && tag && tag->type == JT_RDS_SYMBOL)
            value->name = tag->texts[0].text;
        append(&end, value, end.list->length++);
        flags = (uint32_t)jt_rds_take_integer(rds);
    } while (!jt_rds_failed(rds) && is_pairs(flags & 0xff));
    if (!jt_rds_failed(rds) && (flags & 0xff) != JT_R_NULL)
        append(&end, jt_rds_take_item_of(rds, flags, depth + 1), end.list->length++);
    return end.list;
}

/* ---- what is read over ---- */

static struct jt_rds_item *skip_environment(struct jt_rds *rds, unsigned depth)
{
    struct jt_rds_mark mark = jt_rds_mark(rds);

    add_reference(rds, 0);
    jt_rds_take_integer(rds); /* locked */
    for (int i = 0; i < 4 && !jt_rds_failed(rds); i++) {
        /* enclosing environment, frame, hash table, attributes */
        jt_rds_take_item(rds, depth + 1);
        jt_rds_forget(rds, mark);
    }
    return jt_rds_make_item(rds, JT_RDS_OTHER, 0);
}

/* InStringVec(): a package, a namespace or a name for what lives elsewhere. */
static struct jt_rds_item *skip_names(struct jt_rds *rds)
{
    struct jt_rds_mark mark = jt_rds_mark(rds);
    uint64_t length = 0;

    if (jt_rds_take_integer(rds) != 0)
        jt_rds_fail(rds, JITNEY_ERR_FORMAT, "has names of names");
    length = jt_rds_take_length(rds);
    for (uint64_t i = 0; i < length && !jt_rds_failed(rds); i++)
        take_flagged_text(rds);
    jt_rds_forget(rds, mark);
    add_reference(rds, 0);
    return jt_rds_make_item(rds, JT_RDS_OTHER, 0);
}

static struct jt_rds_item *skip_builtin(struct jt_rds *rds)
{
    struct jt_rds_text text = {.text = ""};
    int32_t length = jt_rds_take_integer(rds);

    if (length < 0)
        jt_rds_fail(rds, JITNEY_ERR_FORMAT, "has a function without a name");
    text.bytes = length > 0 ? (uint64_t)length : 0;
    if (!jt_rds_failed(rds))
        jt_rds_take_text(rds, NULL, 0, &text);
    return jt_rds_make_item(rds, JT_RDS_OTHER, 0);
}

/* What lies outside of R: `items` more items belong to it. */
static struct jt_rds_item *skip_outside(struct jt_rds *rds, unsigned depth, int items)
{
    add_reference(rds, 0);
    for (int i = 0; i < items && !jt_rds_failed(rds); i++)
        jt_rds_take_item(rds, depth + 1);
    return jt_rds_make_item(rds, JT_RDS_OTHER, 0);
}

static struct jt_rds_item *skip_code(struct jt_rds *rds, unsigned depth)
{
    struct jt_rds_mark mark = jt_rds_mark(rds);

    jt_rds_skip_code(rds, depth);
    jt_rds_forget(rds, mark);
    return jt_rds_make_item(rds, JT_RDS_OTHER, 0);
}

static struct jt_rds_item *take_altrep(struct jt_rds *rds, unsigned depth)
{
    struct jt_rds_item *about = jt_rds_take_item(rds, depth + 1);
    struct jt_rds_item *state = jt_rds_take_item(rds, depth + 1);
    struct jt_rds_item *attributes = jt_rds_take_item(rds, depth + 1);
    struct jt_rds_item *item = jt_rds_expand(rds, about, state);

    set_attributes(item, attributes);
    return item;
}

/* ---- an item ---- */

static struct jt_rds_item *fail_unknown(struct jt_rds *rds)
{
    jt_rds_fail(rds, JITNEY_ERR_FORMAT, "has an object of a type that is not known");
    return NULL;
}

/* Types that may have attributes behind them. */
static struct jt_rds_item *take_vector(struct jt_rds *rds, uint32_t flags, unsigned depth)
{
    struct jt_rds_item *item = NULL;

    switch ((enum jt_rds_code)(flags & 0xff)) {
    case JT_R_SPECIAL:
    case JT_R_BUILTIN:
        item = skip_builtin(rds);
        break;
    case JT_R_LOGICAL:
        item = take_integers(rds, JT_RDS_LOGICAL);
        break;
    case JT_R_INTEGER:
        item = take_integers(rds, JT_RDS_INTEGER);
        break;
    case JT_R_REAL:
        item = take_reals(rds);
        break;
    case JT_R_COMPLEX:
        item = skip_complex(rds);
        break;
    case JT_R_STRINGS:
        item = take_strings(rds);
        break;
    case JT_R_RAW:
        item = take_raw(rds);
        break;
    case JT_R_BYTECODE:
        item = skip_code(rds, depth);
        break;
    case JT_R_POINTER: /* what it protects, and its tag */
        item = skip_outside(rds, depth, 2);
        break;
    case JT_R_WEAK:
        item = skip_outside(rds, depth, 0);
        break;
    case JT_R_S4:
        item = jt_rds_make_item(rds, JT_RDS_OTHER, 0);
        break;
    case JT_R_TEXT:
        take_text(rds, flags);
        item = jt_rds_make_item(rds, JT_RDS_OTHER, 0);
        break;
    default:
        return fail_unknown(rds);
    }
    if (flags & JT_R_HAS_ATTRIBUTES && !jt_rds_failed(rds))
        set_attributes(item, jt_rds_take_item(rds, depth + 1));
    return item;
}

struct jt_rds_item *jt_rds_take_item_of(struct jt_rds *rds, uint32_t flags, unsigned depth)
{
    if (depth > JT_RDS_DEPTH_MOST)
        jt_rds_fail(rds, JITNEY_ERR_LIMIT, "is nested too deep");
    if (jt_rds_failed(rds))
        return NULL;
    if (is_pairs(flags & 0xff))
        return take_pairs(rds, flags, depth);
    switch ((enum jt_rds_code)(flags & 0xff)) {
    case JT_R_NIL:
    case JT_R_NULL:
        return NULL;
    case JT_R_SYMBOL:
        return take_symbol(rds);
    case JT_R_REFERENCE:
        return take_reference(rds, flags);
    case JT_R_LIST:
    case JT_R_EXPRESSION:
        return take_list(rds, flags, depth);
    case JT_R_ENVIRONMENT:
        return skip_environment(rds, depth);
    case JT_R_PERSISTENT:
    case JT_R_PACKAGE:
    case JT_R_NAMESPACE:
        return skip_names(rds);
    case JT_R_BASE_ENVIRONMENT:
    case JT_R_EMPTY_ENVIRONMENT:
    case JT_R_BASE_NAMESPACE:
    case JT_R_MISSING:
    case JT_R_UNBOUND:
    case JT_R_GLOBAL_ENVIRONMENT:
        return jt_rds_make_item(rds, JT_RDS_OTHER, 0);
    case JT_R_ALTREP:
        return take_altrep(rds, depth);
    case JT_R_CALL_WITH_ATTRIBUTES:
    case JT_R_PAIRS_WITH_ATTRIBUTES:
        return take_pairs(rds, flags | JT_R_HAS_ATTRIBUTES, depth);
    default:
        return take_vector(rds, flags, depth);
    }
}

struct jt_rds_item *jt_rds_take_item(struct jt_rds *rds, unsigned depth)
{
    uint32_t flags = (uint32_t)jt_rds_take_integer(rds);

    return jt_rds_failed(rds) ? NULL : jt_rds_take_item_of(rds, flags, depth);
}
