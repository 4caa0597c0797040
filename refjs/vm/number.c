/* Numbers from and to text, exactly as JavaScript has them. */
#include "vm/number.h"

#include "vm/string.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOCAL_TEXT = 64 };

/* ---- to text ---- */

static int exponent_text(const char *digits, int count, int point, char *text)
{
    int length = 0;

    text[length++] = digits[0];
    if (count > 1) {
        text[length++] = '.';
        memcpy(text + length, digits + 1, (size_t)count - 1);
        length += count - 1;
    }
    return length + snprintf(text + length, 8, "e%+d", point - 1);
}

/* Number::toString of the specification for finite numbers above zero. */
static int positive_text(double number, char *text)
{
    char digits[RJ_DIGITS + 1];
    int point;
    int count = rj_shortest_digits(number, digits, &point);

    if (point > 21 || point < -5)
        return exponent_text(digits, count, point, text);
    if (point <= 0) {
        memcpy(text, "0.000000", (size_t)(2 - point));
        memcpy(text + 2 - point, digits, (size_t)count);
        return 2 - point + count;
    }
    if (point >= count) {
        memcpy(text, digits, (size_t)count);
        memset(text + count, '0', (size_t)(point - count));
        return point;
    }
    memcpy(text, digits, (size_t)point);
    text[point] = '.';
    memcpy(text + point + 1, digits + point, (size_t)(count - point));
    return count + 1;
}

int rj_number_text(double number, char text[RJ_NUMBER_TEXT])
{
    int length = 0;

    if (number != number) {
        memcpy(text, "NaN", 4);
        return 3;
    }
    if (number == 0) {
        memcpy(text, "0", 2);
        return 1;
    }
    if (number < 0)
        text[length++] = '-';
    if (isinf(number)) {
        memcpy(text + length, "Infinity", 8);
        length += 8;
    } else {
        length += positive_text(fabs(number), text + length);
    }
    text[length] = '\0';
    return length;
}

/* ---- other radixes: as many digits behind the point as tell the number from its neighbours ----
 */

enum { RADIX_HALF = 1100 }; /* 1024 binary digits before the point, 1074 behind it */

static int digit_value(char digit)
{
    return digit > '9' ? digit - 'a' + 10 : digit - '0';
}

/* Write the digits behind the point at text[RADIX_HALF + 1] on; returns the end. A carry may reach
 * *whole. */
static int radix_fraction(char *text, double fraction, double delta, int radix, double *whole)
{
    static const char names[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    int end = RADIX_HALF + 1;
    bool up = false;

    do {
        int digit;

        fraction *= radix;
        delta *= radix;
        digit = (int)fraction;
        text[end++] = names[digit];
        fraction -= digit;
        up = (fraction > 0.5 || (fraction == 0.5 && (digit & 1))) && fraction + delta > 1;
    } while (!up && fraction >= delta);
    while (up) {
        if (--end == RADIX_HALF) {
            *whole += 1;
            return end;
        }
        up = digit_value(text[end]) + 1 >= radix;
        if (!up) {
            text[end] = names[digit_value(text[end]) + 1];
            end++;
        }
    }
    return end;
}

static int radix_whole(char *text, double whole, int radix)
{
    static const char names[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    int from = RADIX_HALF;

    /* What 53 bits do not hold is written as zeros. */
    while (whole / radix >= 9007199254740992.0) {
        whole /= radix;
        text[--from] = '0';
    }
    do {
        double rest = fmod(whole, radix);

        text[--from] = names[(int)rest];
        whole = (whole - rest) / radix;
    } while (whole > 0);
    return from;
}

static struct rj_string *radix_string(struct rj_vm *vm, double number, int radix)
{
    char text[2 * RADIX_HALF + 2];
    double size = fabs(number);
    double whole = floor(size);
    double delta = fmax(0.5 * (nextafter(size, INFINITY) - size), 4.9406564584124654e-324);
    int end = RADIX_HALF;
    int from;

    text[RADIX_HALF] = '.';
    if (size - whole >= delta)
        end = radix_fraction(text, size - whole, delta, radix, &whole);
    from = radix_whole(text, whole, radix);
    if (number < 0)
        text[--from] = '-';
    return rj_string_latin1(vm, (const uint8_t *)text + from, (uint32_t)(end - from));
}

struct rj_string *rj_number_to_string(struct rj_vm *vm, double number, int radix)
{
    char text[RJ_NUMBER_TEXT];
    int length;

    if (radix != 10 && isfinite(number) && number != 0)
        return radix_string(vm, number, radix);
    if (number >= -2147483648.0 && number <= 2147483647.0 && (int32_t)number == number)
        return rj_int_string(vm, (int32_t)number);
    length = rj_number_text(number, text);
    return rj_string_latin1(vm, (const uint8_t *)text, (uint32_t)length);
}

/* ---- from text ---- */

bool rj_is_space(uint16_t unit)
{
    if (unit < 128)
        return unit == ' ' || (unit >= 9 && unit <= 13);
    return unit == 0xa0 || unit == 0x1680 || (unit >= 0x2000 && unit <= 0x200a) || unit == 0x2028 ||
           unit == 0x2029 || unit == 0x202f || unit == 0x205f || unit == 0x3000 || unit == 0xfeff;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int skip_digits(const char *text, int at)
{
    while (is_digit(text[at]))
        at++;
    return at;
}

/* How long the decimal number at the beginning of `text` is (no hexadecimal, no nan); 0: none. */
static int decimal_length(const char *text)
{
    int at = text[0] == '+' || text[0] == '-';
    int whole;
    int end;

    if (!strncmp(text + at, "Infinity", 8))
        return at + 8;
    whole = skip_digits(text, at);
    end = whole;
    if (text[end] == '.') {
        end = skip_digits(text, end + 1);
        if (end == whole + 1 && whole == at)
            return 0;
    } else if (whole == at) {
        return 0;
    }
    if (text[end] == 'e' || text[end] == 'E') {
        int sign = text[end + 1] == '+' || text[end + 1] == '-';

        if (is_digit(text[end + 1 + sign]))
            end = skip_digits(text, end + 1 + sign);
    }
    return end;
}

/* The decimal number that `text` is. One of at most 15 digits and a small power of ten are both
 * exact as doubles, so their quotient is rounded once. */
static double read_decimal(const char *text)
{
    static const double powers[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    int from = text[0] == '-' || text[0] == '+';
    int point = -1;
    int at = from;
    int64_t digits = 0;
    double number;

    for (; at - from <= 15 && (is_digit(text[at]) || (text[at] == '.' && point < 0)); at++) {
        if (text[at] == '.')
            point = at;
        else
            digits = digits * 10 + (text[at] - '0');
    }
    if (text[at])
        return strtod(text, NULL);
    number = (double)digits / powers[point < 0 ? 0 : at - point - 1];
    return text[0] == '-' ? -number : number;
}

/* Copy what can be part of a number; anything else becomes a NUL, which ends it. */
static char *copy_ascii(struct rj_vm *vm, const struct rj_string *string, uint32_t from,
                        uint32_t to, char local[LOCAL_TEXT])
{
    char *text = local;

    if (to - from >= LOCAL_TEXT)
        text = rj_allocate_atomic(vm, (size_t)(to - from) + 1);
    if (!text)
        return NULL;
    for (uint32_t i = from; i < to; i++) {
        uint16_t unit = rj_string_at(string, i);

        text[i - from] = unit < 128 ? (char)unit : '\0';
    }
    text[to - from] = '\0';
    return text;
}

/* 0x, 0o, 0b: each digit adds its bits; what does not fit is rounded to even at the end. */
static double read_radix(const char *text, uint32_t length, int bits)
{
    uint64_t kept = 0;
    int dropped = 0;
    bool sticky = false;

    if (length < 3)
        return NAN;
    for (uint32_t i = 2; i < length; i++) {
        int digit = text[i] >= 'A' && text[i] <= 'F' ? text[i] - 'A' + 10 : digit_value(text[i]);

        if (text[i] < '0' || (text[i] > '9' && text[i] < 'A') || digit >= 1 << bits || digit < 0)
            return NAN;
        if (kept >> 58) {
            sticky |= digit != 0;
            dropped += bits;
        } else {
            kept = kept << bits | (uint64_t)digit;
        }
    }
    if (sticky)
        kept |= 1; /* below what a double keeps, above what rounds alike */
    return ldexp((double)kept, dropped);
}

static double read_number(const char *text, uint32_t length)
{
    int64_t whole = 0;
    uint32_t i = 0;

    while (i < length && i < 15 && is_digit(text[i]))
        whole = whole * 10 + (text[i++] - '0');
    if (i == length)
        return (double)whole;
    if (text[0] == '0' && length > 1) {
        switch (text[1] | 0x20) {
        case 'x':
            return read_radix(text, length, 4);
        case 'o':
            return read_radix(text, length, 3);
        case 'b':
            return read_radix(text, length, 1);
        default:
            break;
        }
    }
    if ((uint32_t)decimal_length(text) != length)
        return NAN;
    return read_decimal(text);
}

double rj_string_to_number(struct rj_vm *vm, struct rj_string *string)
{
    char local[LOCAL_TEXT];
    uint32_t from = 0;
    uint32_t to = string->length;
    char *text;

    if (!rj_flatten(vm, string))
        return NAN;
    while (from < to && rj_is_space(rj_string_at(string, from)))
        from++;
    while (from < to && rj_is_space(rj_string_at(string, to - 1)))
        to--;
    if (from == to)
        return 0;
    text = copy_ascii(vm, string, from, to, local);
    return text ? read_number(text, to - from) : NAN;
}

double rj_parse_float(struct rj_vm *vm, struct rj_string *string)
{
    char local[LOCAL_TEXT];
    uint32_t from = 0;
    char *text;
    int length;

    if (!rj_flatten(vm, string))
        return NAN;
    while (from < string->length && rj_is_space(rj_string_at(string, from)))
        from++;
    text = copy_ascii(vm, string, from, string->length, local);
    length = text ? decimal_length(text) : 0;
    if (!length)
        return NAN;
    text[length] = '\0';
    return read_decimal(text);
}
