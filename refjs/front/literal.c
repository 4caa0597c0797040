/* Numbers, strings and templates. */
#include "front/lexer_state.h"

#include <stdlib.h>

static int digit_of(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

static bool refuse(struct rj_lexer *lexer, const char *message)
{
    lexer->error = message;
    return false;
}

/* Digits of the base and single _ between them, appended to the units. */
static bool digits(struct rj_lexer *lexer, int base)
{
    bool separator = true;

    for (;; lexer->at++) {
        int c = rj_lexer_peek(lexer, 0);

        if (c == '_') {
            if (separator)
                return refuse(lexer, "Numeric separators are only allowed between digits");
            separator = true;
        } else if (digit_of(c) < base) {
            rj_lexer_unit(lexer, (uint16_t)c);
            separator = false;
        } else {
            break;
        }
    }
    if (separator && lexer->unit_count && lexer->source[lexer->at - 1] == '_')
        return refuse(lexer, "Numeric separators are not allowed at the end of numeric literals");
    return true;
}

/* The units as ASCII for strtod(), `prefix` before them. */
static double to_double(struct rj_lexer *lexer, const char *prefix)
{
    uint32_t before = (uint32_t)strlen(prefix);
    char *text = rj_check(lexer->front,
                          rj_allocate_atomic(lexer->front->vm, before + lexer->unit_count + 1));

    memcpy(text, prefix, before);
    for (uint32_t i = 0; i < lexer->unit_count; i++)
        text[before + i] = (char)lexer->units[i];
    text[before + lexer->unit_count] = 0;
    return strtod(text, NULL);
}

/* Octal and binary digits are written as hexadecimal ones, which strtod() rounds correctly. */
static double regroup(struct rj_lexer *lexer, uint32_t bits)
{
    uint32_t count = lexer->unit_count;
    uint32_t total = count * bits, nibbles = (total + 3) / 4;
    uint16_t *old = lexer->units;

    lexer->units = NULL;
    lexer->unit_count = lexer->unit_capacity = 0;
    for (uint32_t i = 0; i < nibbles; i++) {
        uint32_t nibble = 0;

        for (uint32_t k = 0; k < 4; k++) {
            uint32_t place = (nibbles - 1 - i) * 4 + 3 - k; /* bit, from the right */
            uint32_t digit = place / bits;

            nibble <<= 1;
            if (digit < count)
                nibble |= (old[count - 1 - digit] - '0') >> place % bits & 1;
        }
        rj_lexer_unit(lexer, (uint16_t) "0123456789abcdef"[nibble]);
    }
    return to_double(lexer, "0x");
}

static bool decimal(struct rj_lexer *lexer, double *number)
{
    if (!digits(lexer, 10))
        return false;
    if (rj_lexer_peek(lexer, 0) == '.') {
        lexer->at++;
        rj_lexer_unit(lexer, '.');
        if (digit_of(rj_lexer_peek(lexer, 0)) < 10 && !digits(lexer, 10))
            return false;
    }
    if ((rj_lexer_peek(lexer, 0) | 32) == 'e') {
        lexer->at++;
        rj_lexer_unit(lexer, 'e');
        if (rj_lexer_peek(lexer, 0) == '+' || rj_lexer_peek(lexer, 0) == '-')
            rj_lexer_unit(lexer, (uint16_t)lexer->source[lexer->at++]);
        if (digit_of(rj_lexer_peek(lexer, 0)) >= 10)
            return refuse(lexer, "Invalid or unexpected token");
        if (!digits(lexer, 10))
            return false;
    }
    *number = to_double(lexer, "");
    return true;
}

static bool prefixed(struct rj_lexer *lexer, int base, uint32_t bits, double *number)
{
    lexer->at += 2;
    if (!digits(lexer, base))
        return false;
    if (!lexer->unit_count || lexer->unit_count > 4096)
        return refuse(lexer, "Invalid or unexpected token");
    *number = bits ? regroup(lexer, bits) : to_double(lexer, "0x");
    return true;
}

bool rj_lex_number(struct rj_lexer *lexer, double *number)
{
    int second = rj_lexer_peek(lexer, 1);
    bool done;
    int after;

    lexer->unit_count = 0;
    if (rj_lexer_peek(lexer, 0) != '0')
        done = decimal(lexer, number);
    else if ((second | 32) == 'x')
        done = prefixed(lexer, 16, 0, number);
    else if ((second | 32) == 'o')
        done = prefixed(lexer, 8, 3, number);
    else if ((second | 32) == 'b')
        done = prefixed(lexer, 2, 1, number);
    else if (digit_of(second) < 10 || second == '_')
        return refuse(lexer, "Octal literals are not allowed in strict mode");
    else
        done = decimal(lexer, number);
    if (!done)
        return false;
    after = rj_lexer_peek(lexer, 0);
    if (after == 'n')
        return refuse(lexer, "BigInt is not supported by refjs");
    if ((after | 32) >= 'a' && (after | 32) <= 'z')
        return refuse(lexer, "Identifier starts immediately after numeric literal");
    if (digit_of(after) < 10 || after == '_' || after == '$' || after == '\\')
        return refuse(lexer, "Invalid or unexpected token");
    return true;
}

static bool hex(struct rj_lexer *lexer, uint32_t count, uint32_t *point)
{
    *point = 0;
    for (uint32_t i = 0; i < count; i++) {
        int digit = digit_of(rj_lexer_peek(lexer, 0));

        if (digit >= 16)
            return false;
        *point = *point << 4 | (uint32_t)digit;
        lexer->at++;
    }
    return true;
}

bool rj_lex_unicode_escape(struct rj_lexer *lexer, uint32_t *point)
{
    if (rj_lexer_peek(lexer, 0) != 'u')
        return refuse(lexer, "Invalid Unicode escape sequence");
    lexer->at++;
    if (rj_lexer_peek(lexer, 0) != '{') {
        if (!hex(lexer, 4, point))
            return refuse(lexer, "Invalid Unicode escape sequence");
        return true;
    }
    lexer->at++;
    *point = 0;
    if (rj_lexer_peek(lexer, 0) == '}')
        return refuse(lexer, "Invalid Unicode escape sequence");
    while (rj_lexer_peek(lexer, 0) != '}') {
        int digit = digit_of(rj_lexer_peek(lexer, 0));

        if (digit >= 16)
            return refuse(lexer, "Invalid Unicode escape sequence");
        *point = *point << 4 | (uint32_t)digit;
        if (*point > 0x10ffff)
            return refuse(lexer, "Undefined Unicode code-point");
        lexer->at++;
    }
    lexer->at++;
    return true;
}

/* Behind a backslash. */
static bool escape(struct rj_lexer *lexer)
{
    static const char names[] = "nrtbvf0", values[] = "\n\r\t\b\v\f\0";
    uint32_t line_end = rj_lexer_line_end(lexer);
    int c = rj_lexer_peek(lexer, 0);
    uint32_t length, point;
    const char *name;

    if (line_end) {
        rj_lexer_line(lexer, line_end);
        return true;
    }
    if (c < 0)
        return refuse(lexer, "Invalid or unexpected token");
    if (c == 'u') {
        if (!rj_lex_unicode_escape(lexer, &point))
            return false;
        rj_lexer_append(lexer, point);
        return true;
    }
    if (c == 'x') {
        lexer->at++;
        if (!hex(lexer, 2, &point))
            return refuse(lexer, "Invalid hexadecimal escape sequence");
        rj_lexer_unit(lexer, (uint16_t)point);
        return true;
    }
    if (c >= '0' && c <= '9' && (c != '0' || digit_of(rj_lexer_peek(lexer, 1)) < 10))
        return refuse(lexer, "Octal escape sequences are not allowed in strict mode");
    name = c ? strchr(names, c) : NULL;
    if (name) {
        rj_lexer_unit(lexer, (uint8_t)values[name - names]);
        lexer->at++;
        return true;
    }
    rj_lexer_append(lexer, (uint32_t)rj_lexer_point(lexer, &length));
    lexer->at += length;
    return true;
}

bool rj_lex_string(struct rj_lexer *lexer)
{
    int quote = rj_lexer_peek(lexer, 0);

    lexer->at++;
    lexer->unit_count = 0;
    for (;;) {
        int c = rj_lexer_peek(lexer, 0);
        uint32_t length;

        if (c < 0 || c == '\n' || c == '\r')
            return refuse(lexer, "Invalid or unexpected token");
        if (c == quote) {
            lexer->at++;
            return true;
        }
        if (c == '\\') {
            lexer->at++;
            if (!escape(lexer))
                return false;
            continue;
        }
        rj_lexer_append(lexer, (uint32_t)rj_lexer_point(lexer, &length));
        if (rj_lexer_line_end(lexer)) /* U+2028 and U+2029 may stand in strings */
            rj_lexer_line(lexer, length);
        else
            lexer->at += length;
    }
}

bool rj_lex_template(struct rj_lexer *lexer, bool *open)
{
    lexer->unit_count = 0;
    for (;;) {
        int c = rj_lexer_peek(lexer, 0);
        uint32_t length = 1, line_end;

        if (c < 0)
            return refuse(lexer, "Unterminated template literal");
        *open = c == '$' && rj_lexer_peek(lexer, 1) == '{';
        if (c == '`' || *open) {
            lexer->at += *open ? 2 : 1;
            return true;
        }
        if (c == '\\') {
            lexer->at++;
            if (!escape(lexer))
                return false;
            continue;
        }
        line_end = rj_lexer_line_end(lexer);
        if (c == '\r') /* a line end of a template is always \n */
            rj_lexer_unit(lexer, '\n');
        else
            rj_lexer_append(lexer, (uint32_t)rj_lexer_point(lexer, &length));
        if (line_end)
            rj_lexer_line(lexer, line_end);
        else
            lexer->at += length;
    }
}
