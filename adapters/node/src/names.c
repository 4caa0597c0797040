/* See names.h. The forms are those of v8: src/logging/log.cc and the marks those of
 * src/objects/code-kind.cc, versions 10 to 13. */
#include "names.h"

#include "jitney/event.h"

#include <stdbool.h>
#include <string.h>

enum content { FUNCTION, WHOLE };

struct tag {
    const char *text;
    enum content content;
    uint32_t tier;
    const char *nameless;
};

static const struct tag tags[] = {
    {"JS:", FUNCTION, JITNEY_TIER_UNKNOWN, "(anonymous)"},
    {"LazyCompile:", FUNCTION, JITNEY_TIER_UNKNOWN, "(anonymous)"},
    {"Function:", FUNCTION, JITNEY_TIER_UNKNOWN, "(anonymous)"},
    {"InterpretedFunction:", FUNCTION, JITNEY_TIER_INTERPRETED, "(anonymous)"},
    {"Script:", FUNCTION, JITNEY_TIER_UNKNOWN, "(script)"},
    {"Eval:", FUNCTION, JITNEY_TIER_UNKNOWN, "(eval)"},
    {"BytecodeHandler:", WHOLE, JITNEY_TIER_INTERPRETED, NULL},
    {"Builtin:Interpreter", WHOLE, JITNEY_TIER_INTERPRETED, NULL},
};

struct mark {
    const char *text;
    uint32_t tier;
    uint32_t flags;
    const char *name;
};

static const struct mark marks[] = {
    {"~", JITNEY_TIER_INTERPRETED, 0, "Ignition"},
    {"^", JITNEY_TIER_BASELINE, 0, "Sparkplug"},
    {"+", JITNEY_TIER_MID, 0, "Maglev"},
    {"*", JITNEY_TIER_OPTIMIZED, 0, "TurboFan"},
    {"o+", JITNEY_TIER_MID, JITNEY_CODE_OSR, "Maglev"},
    {"o*", JITNEY_TIER_OPTIMIZED, JITNEY_CODE_OSR, "TurboFan"},
};

static const struct mark wasm_tiers[] = {
    {"-liftoff", JITNEY_TIER_BASELINE, 0, "Liftoff"},
    {"-turbofan", JITNEY_TIER_OPTIMIZED, 0, "TurboFan"},
};

static bool starts(const char *text, size_t bytes, const char *with)
{
    size_t length = strlen(with);

    return bytes >= length && memcmp(text, with, length) == 0;
}

static bool ends(const char *text, size_t bytes, const char *with)
{
    size_t length = strlen(with);

    return bytes >= length && memcmp(text + bytes - length, with, length) == 0;
}

/* Cut `:NUMBER` off the end; 0: there is none. */
static uint32_t cut_number(const char *text, size_t *bytes)
{
    uint64_t value = 0;
    uint64_t unit = 1;
    size_t at = *bytes;

    while (at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9' && *bytes - at < 9) {
        value += unit * (uint64_t)(text[at - 1] - '0');
        unit *= 10;
        at--;
    }
    if (at == *bytes || at == 0 || text[at - 1] != ':')
        return 0;
    *bytes = at - 1;
    return (uint32_t)value;
}

static bool begins_path(const char *text, size_t bytes)
{
    return starts(text, bytes, "/") || starts(text, bytes, "node:") ||
           starts(text, bytes, "file:") || starts(text, bytes, "wasm:") ||
           starts(text, bytes, "evalmachine.");
}

/* Where the space between name and file is; `bytes` when there is none. */
static size_t find_gap(const char *text, size_t bytes, const char *file)
{
    size_t length = file ? strlen(file) : 0;

    if (file && bytes > length && text[bytes - length - 1] == ' ' && ends(text, bytes, file))
        return bytes - length - 1;
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == ' ' && (i == 0 || begins_path(text + i + 1, bytes - i - 1)))
            return i;
    }
    for (size_t i = bytes; i > 0; i--) {
        if (text[i - 1] == ' ')
            return i - 1;
    }
    return bytes;
}

/* `NAME FILE:LINE:COLUMN`, or without the column (node 18), or a name alone. */
static void parse_place(struct node_name *name, const char *text, size_t bytes, const char *file)
{
    size_t left = bytes;
    uint32_t last = cut_number(text, &left);
    uint32_t first = last ? cut_number(text, &left) : 0;
    size_t gap = last ? find_gap(text, left, file) : bytes;

    name->name = text;
    name->name_bytes = last && gap < left ? gap : bytes;
    if (!last && bytes > 1 && text[0] == ' ') { /* a script: it has no place in itself */
        name->name_bytes = 0;
        name->file = text + 1;
        name->file_bytes = bytes - 1;
    }
    if (!last || gap == left)
        return;
    name->line = first ? first : last;
    name->column = first ? last : 0;
    if (gap + 1 < left) {
        name->file = text + gap + 1;
        name->file_bytes = left - gap - 1;
    }
}

static const struct mark *find_mark(const char *text, size_t bytes)
{
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (starts(text, bytes, marks[i].text))
            return &marks[i];
    }
    return NULL;
}

static void set_mark(struct node_name *name, const struct mark *mark)
{
    name->tier = mark->tier;
    name->flags = mark->flags;
    name->tier_name = mark->name;
}

/* `NAME-INDEX-TIER`. */
static bool parse_wasm(struct node_name *name, const char *text, size_t bytes)
{
    for (size_t i = 0; i < sizeof(wasm_tiers) / sizeof(wasm_tiers[0]); i++) {
        size_t left = bytes - strlen(wasm_tiers[i].text);

        if (!ends(text, bytes, wasm_tiers[i].text))
            continue;
        while (left > 0 && text[left - 1] >= '0' && text[left - 1] <= '9')
            left--;
        if (left < 2 || text[left - 1] != '-')
            continue;
        set_mark(name, &wasm_tiers[i]);
        name->kind = JITNEY_CODE_WASM;
        name->name = text;
        name->name_bytes = left - 1;
        return true;
    }
    return false;
}

static void parse_function(struct node_name *name, const struct tag *tag, const char *text,
                           size_t bytes, const char *file)
{
    const struct mark *mark = find_mark(text, bytes);
    size_t skip = mark ? strlen(mark->text) : 0;

    if (mark)
        set_mark(name, mark);
    else if (parse_wasm(name, text, bytes))
        return;
    if (mark && skip < bytes && text[skip] == '\'') /* made for one context */
        skip++;
    parse_place(name, text + skip, bytes - skip, file);
    if (name->name_bytes == 0) {
        name->name = tag->nameless;
        name->name_bytes = strlen(tag->nameless);
    }
}

void node_name_parse(struct node_name *name, const char *text, size_t bytes, const char *file)
{
    *name = (struct node_name){.name = text, .name_bytes = bytes, .kind = JITNEY_CODE_STUB};
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        size_t skip = strlen(tags[i].text);

        if (!starts(text, bytes, tags[i].text))
            continue;
        name->tier = tags[i].tier;
        if (tags[i].content == WHOLE)
            return;
        name->kind = JITNEY_CODE_JIT;
        parse_function(name, &tags[i], text + skip, bytes - skip, file);
        return;
    }
}
