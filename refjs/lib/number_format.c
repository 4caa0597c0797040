/* Numbers as text with so many digits. JavaScript rounds halves away from zero where the C library
 * rounds them to even; so digits are taken from the library with plenty to spare and rounded
 * here. */
#include "lib/builtin.h"
#include "vm/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    DIGITS_MOST = 100,
    SPARE = 60, /* no double lies nearer than these digits to a half without being one */
    TEXT_BYTES = 512
};

/* `this` of a method of numbers. */
static bool this_number(struct rj_vm *vm, rj_value this_value, const char *method, double *number)
{
    if (rj_is_kind(this_value, RJ_BOXED))
        this_value = ((struct rj_boxed *)rj_as_cell(this_value))->boxed;
    if (!rj_is_number(this_value)) {
        rj_throw_error(vm, RJ_ERROR_TYPE, "Number.prototype.%s requires that 'this' be a Number",
                       method);
        return false;
    }
    *number = rj_as_number(this_value);
    return true;
}

static bool digits_argument(struct rj_vm *vm, rj_value value, int least, const char *method,
                            int *digits)
{
    double number;

    if (!rj_to_integer(vm, value, &number))
        return false;
    if (number < least || number > DIGITS_MOST) {
        rj_throw_error(vm, RJ_ERROR_RANGE, "%s argument must be between %d and %d", method, least,
                       DIGITS_MOST);
        return false;
    }
    *digits = (int)number;
    return true;
}

/* `count` digits kept of `text`, a half rounded up. True if it became one digit longer ("99" ->
 * "100", of which the first `count` are the result). */
static bool round_digits(char *text, int count)
{
    bool up = text[count] >= '5';

    text[count] = '\0';
    for (int i = count - 1; up && i >= 0; i--) {
        up = text[i] == '9';
        text[i] = up ? '0' : (char)(text[i] + 1);
    }
    if (!up)
        return false;
    memmove(text + 1, text, (size_t)count);
    text[0] = '1';
    text[count] = '\0';
    return true;
}

/* The first `count` digits of a number >= 0, and the power of ten that the first stands for. */
static void significant(double number, int count, char *digits, int *power)
{
    char text[TEXT_BYTES];

    snprintf(text, sizeof(text), "%.*e", count + SPARE, number);
    digits[0] = text[0];
    memcpy(digits + 1, text + 2, (size_t)(count + SPARE));
    digits[count + 1 + SPARE] = '\0';
    *power = atoi(strchr(text, 'e') + 1);
    *power += round_digits(digits, count);
}

RJ_BUILTIN(to_fixed)
{
    char text[TEXT_BYTES];
    char digits[TEXT_BYTES];
    double number;
    int fraction;
    int whole;
    int power;

    if (!this_number(vm, this_value, "toFixed", &number) ||
        !digits_argument(vm, RJ_ARG(0), 0, "toFixed() digits", &fraction))
        return RJ_THROWN;
    if (!(fabs(number) < 1e21))
        return rj_result(rj_number_to_string(vm, number, 10));
    /* A half has no more than one binary place beyond the digits asked for. */
    if (ldexp(number, fraction + 1) != floor(ldexp(number, fraction + 1))) {
        whole = snprintf(text, sizeof(text), "%.*f", fraction, number);
        return rj_result(rj_string_latin1(vm, (const uint8_t *)text, (uint32_t)whole));
    }
    snprintf(text, sizeof(text), "%.*f", fraction + SPARE, fabs(number));
    whole = (int)(strchr(text, '.') - text);
    memcpy(digits, text, (size_t)whole);
    memcpy(digits + whole, text + whole + 1, (size_t)(fraction + SPARE + 1));
    power = round_digits(digits, whole + fraction);
    if (power) /* the digit that was rounded away is there again, and is 0 */
        strcat(digits, "0");
    whole += power;
    return rj_result(rj_string_format(vm, "%s%.*s%s%.*s", number < 0 ? "-" : "", whole, digits,
                                      fraction ? "." : "", fraction, digits + whole));
}

/* d.ddde+n */
static rj_value exponential(struct rj_vm *vm, double number, const char *digits, int power)
{
    return rj_result(rj_string_format(vm, "%s%c%s%se%c%d", number < 0 ? "-" : "", digits[0],
                                      digits[1] ? "." : "", digits + 1, power < 0 ? '-' : '+',
                                      abs(power)));
}

RJ_BUILTIN(to_exponential)
{
    char digits[TEXT_BYTES] = "0";
    double number;
    int count = 0;
    int power = 0;
    bool shortest = RJ_ARG(0) == RJ_UNDEFINED;
    double given = 0;

    if (!this_number(vm, this_value, "toExponential", &number) ||
        (!shortest && !rj_to_integer(vm, args[0], &given)))
        return RJ_THROWN;
    if (!isfinite(number))
        return rj_result(rj_number_to_string(vm, number, 10));
    if (!shortest && !digits_argument(vm, args[0], 0, "toExponential()", &count))
        return RJ_THROWN;
    if (!shortest) {
        significant(fabs(number), count + 1, digits, &power);
    } else if (number != 0) {
        digits[rj_shortest_digits(fabs(number), digits, &power)] = '\0';
        power--;
    }
    return exponential(vm, number, digits, power);
}

RJ_BUILTIN(to_precision)
{
    char digits[TEXT_BYTES];
    const char *sign;
    double number;
    int count;
    int power;

    if (!this_number(vm, this_value, "toPrecision", &number))
        return RJ_THROWN;
    if (RJ_ARG(0) == RJ_UNDEFINED || !isfinite(number))
        return rj_result(rj_number_to_string(vm, number, 10));
    if (!digits_argument(vm, args[0], 1, "toPrecision()", &count))
        return RJ_THROWN;
    significant(fabs(number), count, digits, &power);
    sign = number < 0 ? "-" : "";
    if (power < -6 || power >= count)
        return exponential(vm, number, digits, power);
    if (power == count - 1)
        return rj_result(rj_string_format(vm, "%s%s", sign, digits));
    if (power >= 0)
        return rj_result(
            rj_string_format(vm, "%s%.*s.%s", sign, power + 1, digits, digits + power + 1));
    return rj_result(rj_string_format(vm, "%s0.%.*s%s", sign, -power - 1, "00000", digits));
}

RJ_BUILTIN(number_to_string)
{
    double number;
    double radix = 10;

    if (!this_number(vm, this_value, "toString", &number) ||
        (RJ_ARG(0) != RJ_UNDEFINED && !rj_to_integer(vm, args[0], &radix)))
        return RJ_THROWN;
    if (radix < 2 || radix > 36)
        return rj_throw_error(vm, RJ_ERROR_RANGE,
                              "toString() radix argument must be between 2 and 36");
    return rj_result(rj_number_to_string(vm, number, (int)radix));
}

RJ_BUILTIN(number_value_of)
{
    double number;

    return this_number(vm, this_value, "valueOf", &number) ? rj_number(number) : RJ_THROWN;
}

/* Digits of a number >= 0 with at most three behind the point, as
 * "WHOLE.FRACTION". */
static void local_digits(double number, char *text)
{
    char digits[TEXT_BYTES];
    int point;
    int count = rj_shortest_digits(number, digits, &point);
    int kept = point + 3;

    memset(digits + count, '0', 330); /* the greatest has 309 */
    if (kept < 0) {
        strcpy(text, "0");
        return;
    }
    digits[kept + 1] = '\0';
    memmove(digits + 1, digits, (size_t)kept + 1); /* room for a carry */
    digits[0] = '0';
    round_digits(digits, kept + 1);
    if (point < 0) /* 0.00ddd: at most two zeros are missing */
        snprintf(text, TEXT_BYTES, "0.%.*s%.40s", -point, "00", digits + 1);
    else
        snprintf(text, TEXT_BYTES, "%.*s.%.3s", point + 1, digits, digits + point + 1);
    if (point < 0 && digits[0] == '1')
        strcpy(text, point == -1 ? "0.10" : point == -2 ? "0.010" : "0.001");
    for (size_t end = strlen(text); text[end - 1] == '0' || text[end - 1] == '.'; end--) {
        bool is_point = text[end - 1] == '.';

        text[end - 1] = '\0';
        if (is_point)
            break;
    }
}

/* As en-US writes it: groups of three, at most three digits behind the point. */
RJ_BUILTIN(to_locale_string)
{
    char text[TEXT_BYTES];
    char grouped[TEXT_BYTES];
    const char *whole = text;
    size_t length;
    size_t to = 0;
    double number;

    if (!this_number(vm, this_value, "toLocaleString", &number))
        return RJ_THROWN;
    if (!isfinite(number))
        return rj_result(isnan(number)
                             ? rj_atom_text(vm, "NaN")
                             : rj_string_utf8(vm, number < 0 ? "-∞" : "∞", number < 0 ? 4 : 3));
    if (number == 0)
        return rj_result(rj_atom_text(vm, signbit(number) ? "-0" : "0"));
    local_digits(fabs(number), text);
    while (whole[0] == '0' && whole[1] >= '0' && whole[1] <= '9')
        whole++;
    length = strcspn(whole, ".");
    for (size_t i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            grouped[to++] = ',';
        grouped[to++] = whole[i];
    }
    strcpy(grouped + to, whole + length);
    return rj_result(rj_string_format(vm, "%s%s", number < 0 ? "-" : "", grouped));
}

const struct rj_builtin rj_number_formats[] = {
    {"toString", number_to_string, 1, 0},
    {"toFixed", to_fixed, 1, 0},
    {"toExponential", to_exponential, 1, 0},
    {"toPrecision", to_precision, 1, 0},
    {"toLocaleString", to_locale_string, 0, 0},
    {"valueOf", number_value_of, 0, 0},
    {0},
};
