/* The power function. JavaScript leaves its last bit open and the C library's is closer to the
 * truth; V8's is that of fdlibm, so that is done here: log2(x) as a sum of two doubles, times y,
 * then 2 to that power. The order of the operations matters to the last bit. */
#include "vm/operations.h"

#include <math.h>

struct pair { /* a number of about 80 bits: high has zeros in its lower half */
    double high;
    double low;
};

static uint32_t high_word(double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof(bits));
    return (uint32_t)(bits >> 32);
}

static double from_words(uint32_t high, uint32_t low)
{
    uint64_t bits = (uint64_t)high << 32 | low;
    double number;

    memcpy(&number, &bits, sizeof(number));
    return number;
}

static double with_high_word(double number, uint32_t high)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof(bits));
    return from_words(high, (uint32_t)bits);
}

static double upper_half(double number)
{
    return from_words(high_word(number), 0);
}

/* log2 of a number within 2^-20 of 1. */
static struct pair log2_near_one(double number)
{
    const double by_ln2 = 1.44269504088896338700, by_ln2_high = 1.44269502162933349609,
                 by_ln2_low = 1.92596299112661746887e-08;
    double t = number - 1;
    double w = (t * t) * (0.5 - t * (0.3333333333333333333333 - t * 0.25));
    double u = by_ln2_high * t;
    double v = t * by_ln2_low - w * by_ln2;
    struct pair log = {.high = upper_half(u + v)};

    log.low = v - (log.high - u);
    return log;
}

/* s = (x - b) / (x + b) with b 1 or 1.5, then a series in s: log of x / b, times 2 / (3 ln 2).
 * `word` is the high word of `number`, which is between 0.86 and 1.74. */
static struct pair log2_of_fraction(double number, uint32_t word, bool above, struct pair *base)
{
    const double c1 = 5.99999999999994648725e-01, c2 = 4.28571428578550184252e-01,
                 c3 = 3.33333329818377432918e-01, c4 = 2.72728123808534006489e-01,
                 c5 = 2.30660745775561754067e-01, c6 = 2.06975017800338417784e-01;
    const double scale = 9.61796693925975554329e-01, scale_high = 9.61796700954437255859e-01,
                 scale_low = -7.02846165095275826516e-09;
    double b = above ? 1.5 : 1;
    double u = number - b;
    double v = 1 / (number + b);
    double s = u * v;
    double s_high = upper_half(s);
    double t_high =
        from_words(((word >> 1) | 0x20000000) + 0x00080000 + ((uint32_t)above << 18), 0);
    double t_low = number - (t_high - b);
    double s_low = v * ((u - s_high * t_high) - s_high * t_low);
    double square = s * s;
    double r = square * square *
               (c1 + square * (c2 + square * (c3 + square * (c4 + square * (c5 + square * c6)))));
    double p_high, p_low;

    r += s_low * (s_high + s);
    square = s_high * s_high;
    t_high = upper_half(3.0 + square + r);
    t_low = r - ((t_high - 3.0) - square);
    u = s_high * t_high;
    v = s_low * t_high + t_low * s;
    p_high = upper_half(u + v);
    p_low = v - (p_high - u);
    base->high = above ? 5.84962487220764160156e-01 : 0; /* log2(1.5) */
    base->low = above ? 1.35003920212974897128e-08 : 0;
    return (struct pair){scale_high * p_high, scale_low * p_high + p_low * scale + base->low};
}

/* log2 of any finite number above zero. */
static struct pair log2_of(double number)
{
    int exponent = 0;
    uint32_t word = high_word(number);
    uint32_t fraction;
    bool above = false;
    struct pair base;
    struct pair z;
    struct pair log;
    double whole;

    if (word < 0x00100000) { /* subnormal */
        number *= 9007199254740992.0;
        exponent -= 53;
        word = high_word(number);
    }
    exponent += (int)(word >> 20) - 0x3ff;
    fraction = word & 0x000fffff;
    word = fraction | 0x3ff00000;
    if (fraction > 0x3988e) { /* sqrt(3/2) */
        above = fraction < 0xbb67a;
        if (!above) { /* sqrt(3) */
            exponent++;
            word -= 0x00100000;
        }
    }
    z = log2_of_fraction(with_high_word(number, word), word, above, &base);
    whole = exponent;
    log.high = upper_half(((z.high + z.low) + base.high) + whole);
    log.low = z.low - (((log.high - whole) - base.high) - z.high);
    return log;
}

/* 2 to the power of the sum, which is `sum` in one double; it is between -1075 and 1024. */
static double exp2_of(struct pair power, double sum)
{
    const double p1 = 1.66666666666666019037e-01, p2 = -2.77777777770155933842e-03,
                 p3 = 6.61375632143793436117e-05, p4 = -1.65339022054652515390e-06,
                 p5 = 4.13813679705723846039e-08;
    const double ln2 = 6.93147180559945286227e-01, ln2_high = 6.93147182464599609375e-01,
                 ln2_low = -1.90465429995776804525e-09;
    uint32_t word = high_word(sum);
    uint32_t size = word & 0x7fffffff;
    int whole = 0;
    double t, u, v, w, z, r;

    if (size > 0x3fe00000) { /* above 0.5: take the nearest whole number off */
        uint32_t shift = (size >> 20) - 0x3ff + 1;
        uint32_t rounded = word + (0x00100000u >> shift);
        uint32_t bits = ((rounded & 0x7fffffff) >> 20) - 0x3ff;

        power.high -= from_words(rounded & ~(0x000fffffu >> bits), 0);
        whole = (int)(((rounded & 0x000fffff) | 0x00100000) >> (20 - bits));
        if (word >> 31)
            whole = -whole;
    }
    t = upper_half(power.low + power.high);
    u = t * ln2_high;
    v = (power.low - (t - power.high)) * ln2 + t * ln2_low;
    z = u + v;
    w = v - (z - u);
    t = z * z;
    t = z - t * (p1 + t * (p2 + t * (p3 + t * (p4 + t * p5))));
    /* fdlibm subtracts w + z * w from the quotient; V8 does it from the divisor. */
    r = (z * t) / ((t - 2) - (w + z * w));
    z = 1 - (r - z);
    if ((int)(high_word(z) >> 20) + whole <= 0)
        return ldexp(z, whole);
    return with_high_word(z, high_word(z) + ((uint32_t)whole << 20));
}

/* Of a finite number above zero and a finite exponent. */
static double power_of(double number, double exponent)
{
    const double almost = 8.0085662595372944372e-17; /* of the largest double to 2^1024 */
    double size = fabs(exponent);
    struct pair log;
    struct pair power;
    double upper, sum;

    if (size > 0x1p31) {
        uint32_t word = high_word(number);

        if (word < 0x3fefffff || (size > 0x1p64 && word <= 0x3fefffff))
            return exponent < 0 ? INFINITY : 0;
        if (word > 0x3ff00000 || (size > 0x1p64 && word >= 0x3ff00000))
            return exponent > 0 ? INFINITY : 0;
        log = log2_near_one(number);
    } else {
        log = log2_of(number);
    }
    upper = upper_half(exponent);
    power.low = (exponent - upper) * log.high + exponent * log.low;
    power.high = upper * log.high;
    sum = power.low + power.high;
    if (sum > 1024 || (sum == 1024 && power.low + almost > sum - power.high))
        return INFINITY;
    if (sum < -1075 || (sum == -1075 && power.low <= sum - power.high))
        return 0;
    return exp2_of(power, sum);
}

double rj_pow(double left, double right)
{
    double size = fabs(left);
    bool odd = fabs(fmod(right, 2)) == 1;

    if (right == 0)
        return 1;
    if (left != left || right != right || (size == 1 && isinf(right)))
        return NAN;
    if (isinf(right))
        return (size > 1) == (right > 0) ? INFINITY : 0;
    if (right == 1)
        return left;
    if (right == 2)
        return left * left;
    if (size == 0 || isinf(size) || size == 1) {
        double result = right < 0 ? 1 / size : size;

        if (left < 0 && size == 1 && right != trunc(right))
            return NAN;
        return odd && __builtin_signbit(left) ? -result : result;
    }
    if (left > 0)
        return right == 0.5 ? sqrt(left) : right == -1 ? 1 / left : power_of(left, right);
    if (right != trunc(right))
        return NAN;
    if (right == -1)
        return 1 / left;
    return odd ? -power_of(size, right) : power_of(size, right);
}
