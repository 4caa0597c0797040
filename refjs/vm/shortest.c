/* The shortest decimal that reads as a double, after Raffaello Giulietti, "The Schubfach way to
 * render doubles" (2020).
 *
 * The reals that are read as one double lie between its neighbours' midpoints. Between them at most
 * one multiple of 10^(k+1) and at least one of 10^k is found for the right k; both bounds and the
 * double itself are scaled by 10^-k, in quarters, exactly enough to compare them: what is cut off
 * is remembered in the lowest bit. */
#include "vm/number.h"
#include "vm/power_data.h"

enum { FRACTION_BITS = 52, EXPONENT_BIAS = 1075 };

__extension__ typedef unsigned __int128 wide;

/* floor(e * log10(2)), floor(log10(3/4 * 2^e)), floor(e * log2(10)): exact for |e| < 1500. */
static int log10_of_power(int e)
{
    return (e * 1262611) >> 22;
}

static int log10_of_three_quarters(int e)
{
    return (e * 1262611 - 524031) >> 22;
}

static int log2_of_ten(int e)
{
    return (e * 1741647) >> 19;
}

/* The upper 64 bits of the product with a power of ten; the lowest is set if any was cut off. */
static uint64_t scale(const uint64_t power[2], uint64_t by)
{
    wide low = (wide)power[1] * by;
    wide high = (wide)power[0] * by + (uint64_t)(low >> 64);

    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

struct decimal { /* digits * 10^exponent */
    uint64_t digits;
    int exponent;
};

/* Of significand * 2^exponent. `narrow`: the double below is nearer than that above. */
static struct decimal shortest(uint64_t significand, int exponent, bool narrow)
{
    int k = narrow ? log10_of_three_quarters(exponent) : log10_of_power(exponent);
    int shift = exponent + log2_of_ten(-k) + 1;
    const uint64_t *power = rj_powers[-k - RJ_POWER_FIRST];
    uint64_t odd = significand & 1; /* the bounds themselves are read as another double then */
    uint64_t lower = scale(power, (4 * significand - 2 + narrow) << shift) + odd;
    uint64_t value = scale(power, (4 * significand) << shift);
    uint64_t upper = scale(power, (4 * significand + 2) << shift) - odd;
    uint64_t whole = value / 4;
    uint64_t tens = whole / 10;
    uint64_t middle = 4 * whole + 2;
    bool below, above;

    if (tens) {
        below = lower <= 40 * tens;
        above = 40 * tens + 40 <= upper;
        if (below != above)
            return (struct decimal){tens + above, k + 1};
    }
    below = lower <= 4 * whole;
    above = 4 * whole + 4 <= upper;
    if (below == above)
        above = value > middle || (value == middle && (whole & 1));
    return (struct decimal){whole + above, k};
}

static struct decimal decimal_of(double number)
{
    uint64_t bits, fraction;
    int exponent;

    if (number < 9007199254740992.0 && (double)(uint64_t)number == number)
        return (struct decimal){(uint64_t)number, 0};
    memcpy(&bits, &number, sizeof(bits));
    fraction = bits & ((UINT64_C(1) << FRACTION_BITS) - 1);
    exponent = (int)(bits >> FRACTION_BITS);
    if (!exponent)
        return shortest(fraction, 1 - EXPONENT_BIAS, false);
    return shortest(fraction | UINT64_C(1) << FRACTION_BITS, exponent - EXPONENT_BIAS,
                    !fraction && exponent > 1);
}

int rj_shortest_digits(double number, char digits[RJ_DIGITS + 1], int *point)
{
    struct decimal decimal = decimal_of(number);
    char text[24];
    int count = 0;

    while (decimal.digits % 10 == 0) {
        decimal.digits /= 10;
        decimal.exponent++;
    }
    for (; decimal.digits; decimal.digits /= 10)
        text[count++] = (char)('0' + decimal.digits % 10);
    for (int i = 0; i < count; i++)
        digits[i] = text[count - 1 - i];
    digits[count] = '\0';
    *point = count + decimal.exponent;
    return count;
}
