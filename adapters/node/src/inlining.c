#include "inlining.h"

#include <stdlib.h>
#include <string.h>

/* `count` things of `bytes` each, at least one. */
static void *room_for(size_t count, size_t bytes)
{
    return calloc(count ? count : 1, bytes);
}

static size_t count_letter(const char *text, char letter)
{
    size_t count = 0;

    for (; *text && *text != ','; text++)
        count += *text == letter;
    return count;
}

/* `X123` at `*text`; false when another letter stands there. */
static bool take(const char **text, char letter, int base, uint64_t *value)
{
    char *end = NULL;

    if (**text != letter || (*text)[1] < '0' || (*text)[1] > '9')
        return false;
    *value = strtoull(*text + 1, &end, base);
    *text = end;
    return true;
}

static bool take_u32(const char **text, char letter, uint32_t *value)
{
    const char *at = *text;
    uint64_t wide = 0;

    if (!take(&at, letter, 10, &wide) || wide >= UINT32_MAX)
        return false;
    *value = (uint32_t)wide;
    *text = at;
    return true;
}

static bool parse_rows(struct node_inlining *inlining, const char *text)
{
    while (*text && *text != ',') {
        struct node_inlining_row row = {0};

        if (!take_u32(&text, 'C', &row.offset) || !take_u32(&text, 'O', &row.position))
            return false;
        if (take_u32(&text, 'I', &row.inlined) && ++row.inlined > inlining->call_count)
            return false;
        inlining->rows[inlining->row_count++] = row;
    }
    return true;
}

/* `functions` are those that the numbers stand for. */
static bool parse_calls(struct node_inlining *inlining, const char *text, const uint64_t *functions,
                        size_t function_count)
{
    while (*text && *text != ',') {
        struct node_inlining_call call = {0};
        uint32_t number = UINT32_MAX;

        /* Of some, such as built-in ones, the function is not told. */
        if (!take_u32(&text, 'F', &number) && *text++ != 'F')
            return false;
        if (number < function_count)
            call.function = functions[number];
        if (!take_u32(&text, 'O', &call.position))
            return false;
        if (take_u32(&text, 'I', &call.caller) && ++call.caller > inlining->call_count)
            return false;
        inlining->calls[inlining->call_count++] = call;
    }
    return true;
}

static bool parse_functions(const char *text, uint64_t *functions)
{
    for (size_t i = 0; *text; i++) {
        if (!take(&text, 'S', 16, &functions[i]))
            return false;
    }
    return true;
}

static bool parse(struct node_inlining *inlining, const char *rows, const char *calls,
                  const char *names)
{
    size_t function_count = count_letter(names, 'S');
    uint64_t *functions = room_for(function_count, sizeof(*functions));
    bool is_good = false;

    inlining->rows = room_for(count_letter(rows, 'C'), sizeof(*inlining->rows));
    inlining->calls = room_for(count_letter(calls, 'F'), sizeof(*inlining->calls));
    is_good = functions && inlining->rows && inlining->calls && parse_functions(names, functions) &&
              parse_calls(inlining, calls, functions, function_count) && parse_rows(inlining, rows);
    free(functions);
    return is_good && inlining->call_count > 0;
}

bool node_inlining_parse(struct node_inlining *inlining, const char *line)
{
    const char *parts[8] = {line};

    *inlining = (struct node_inlining){0};
    for (int i = 1; i < 8; i++) {
        parts[i] = strchr(parts[i - 1], ',');
        if (!parts[i])
            return false;
        parts[i]++;
    }
    if (strncmp(line, "code-source-info,", parts[1] - line) == 0 &&
        parse(inlining, parts[5], parts[6], parts[7]))
        return true;
    node_inlining_release(inlining);
    return false;
}

void node_inlining_release(struct node_inlining *inlining)
{
    free(inlining->rows);
    free(inlining->calls);
    *inlining = (struct node_inlining){0};
}
