/* See scripts.h. */
#include "scripts.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_LIMIT = 1 << 16 };

static void script_free(struct node_script *script)
{
    if (!script)
        return;
    if (script->file != script->name)
        free(script->file);
    free(script->name);
    free(script);
}

/* A handle and a napi_value are the same thing. NULL when it is no text or empty. */
static char *text_of(napi_env env, void *value)
{
    size_t bytes = 0;
    char *text = NULL;

    if (!value || napi_get_value_string_utf8(env, value, NULL, 0, &bytes) != NAPI_OK ||
        bytes == 0 || bytes > NAME_LIMIT)
        return NULL;
    text = malloc(bytes + 1);
    if (text && napi_get_value_string_utf8(env, value, text, bytes + 1, &bytes) == NAPI_OK)
        return text;
    free(text);
    return NULL;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* ECMAScript modules are named by URLs; debuggers and profilers open paths. */
static char *path_of(char *name)
{
    static const char scheme[] = "file://";
    char *path = NULL;
    size_t used = 0;

    if (!name || strncmp(name, scheme, sizeof(scheme) - 1) != 0)
        return name;
    path = malloc(strlen(name));
    if (!path)
        return name;
    for (const char *at = name + sizeof(scheme) - 1; *at; at++) {
        int high = at[0] == '%' ? digit_of(at[1]) : -1;
        int low = high >= 0 ? digit_of(at[2]) : -1;

        if (low >= 0 && high + low > 0) {
            path[used++] = (char)(high * 16 + low);
            at += 2;
        } else {
            path[used++] = *at;
        }
    }
    path[used] = '\0';
    return path;
}

struct node_script *node_scripts_find(struct node_scripts *scripts, void *handle)
{
    int id = scripts->v8->script_id(handle);
    struct node_script **slot = &scripts->slots[(unsigned)id % NODE_SCRIPT_SLOTS];
    struct node_script *script = *slot;

    if (script && script->id == id)
        return script;
    script = calloc(1, sizeof(*script));
    if (!script)
        return NULL;
    script->id = id;
    script->name = text_of(scripts->env, scripts->v8->script_name(handle));
    if (!script->name)
        script->name = text_of(scripts->env, scripts->v8->script_source_url(handle));
    script->file = path_of(script->name);
    script_free(*slot);
    *slot = script;
    return script;
}

/* The first position of the line that `position` is in. Node 18 does not tell columns, so we look
 * for where the number of the line changes. */
static uint32_t line_start(const struct v8_functions *v8, void *script, uint32_t position, int line)
{
    uint32_t low = 0; /* The start is in [low, high]. */
    uint32_t high = position;
    uint32_t step = 32;

    if (v8->column_number) {
        int column = v8->column_number(script, (int)position);

        return column >= 0 && (uint32_t)column <= position ? position - (uint32_t)column : position;
    }
    while (high > low) {
        uint32_t middle = high - low > step ? high - step : low + (high - low) / 2;

        if (v8->line_number(script, (int)middle) == line) {
            high = middle;
            step *= 2;
        } else {
            low = middle + 1;
            step = high - low;
        }
    }
    return high;
}

void node_script_place(const struct v8_functions *v8, struct node_script *known, void *script,
                       size_t position, uint32_t *line, uint32_t *column)
{
    int found = position < INT_MAX ? v8->line_number(script, (int)position) : -1;
    size_t slot = 0;

    *line = *column = 0;
    if (found < 0)
        return;
    *line = (uint32_t)found + 1;
    slot = *line % NODE_LINE_SLOTS;
    if (known->lines[slot].line != *line) {
        known->lines[slot].line = *line;
        known->lines[slot].start = line_start(v8, script, (uint32_t)position, found);
    }
    if (position >= known->lines[slot].start)
        *column = (uint32_t)position - known->lines[slot].start + 1;
}

void node_scripts_release(struct node_scripts *scripts)
{
    for (size_t i = 0; i < NODE_SCRIPT_SLOTS; i++) {
        script_free(scripts->slots[i]);
        scripts->slots[i] = NULL;
    }
}
