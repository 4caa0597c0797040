/* exp, expm1, the hyperbolic functions, and the cube root. */
#include "lib/elementary.h"

#include <math.h>
#include <stdbool.h>

static const double ln2_high = 6.93147180369123816490e-01;
static const double ln2_low = 1.90821492927058770002e-10;
static const double by_ln2 = 1.44269504088896338700e+00;
static const double overflow = 7.09782712893383973096e+02; /* exp of more is infinite */

enum { HALF_LN2 = 0x3fd62e42, THREE_HALVES_LN2 = 0x3ff0a2b2 }; /* high words */

/* x = k ln 2 + high - low */
struct scaled {
    int k;
    double high;
    double low;
};

static struct scaled scale(double x)
{
    struct scaled scaled;
    double sign = x < 0 ? -1 : 1;

    if (rj_magnitude(x) < THREE_HALVES_LN2) {
        scaled.k = x < 0 ? -1 : 1;
        scaled.high = x - sign * ln2_high;
        scaled.low = sign * ln2_low;
    } else {
        scaled.k = (int)(by_ln2 * x + sign * 0.5);
        scaled.high = x - scaled.k * ln2_high;
        scaled.low = scaled.k * ln2_low;
    }
    return scaled;
}

static double power_of_two(int k) /* -1022 to 1023 */
{
    return rj_bits_double((uint64_t)(1023 + k) << 52);
}

double rj_exp_e(double x)
{
    static const double c[] = {1.66666666666666019037e-01, -2.77777777770155933842e-03,
                               6.61375632143793436117e-05, -1.65339022054652515390e-06,
                               4.13813679705723846039e-08};
    struct scaled scaled = {0};
    double t;
    double r;
    double y;

    if (isnan(x))
        return x;
    if (x > overflow)
        return INFINITY;
    if (x < -7.45133219101941108420e+02)
        return 0;
    if (x == 1) /* where the method errs in the last bit */
        return 2.718281828459045;
    if (rj_magnitude(x) > HALF_LN2) {
        scaled = scale(x);
        x = scaled.high - scaled.low;
    } else if (rj_magnitude(x) < 0x3e300000) {
        return 1 + x;
    }
    t = x * x;
    r = x - t * rj_polynomial(t, c, 4);
    if (!scaled.k)
        return 1 - ((x * r) / (r - 2) - x);
    y = 1 - ((scaled.low - (x * r) / (2 - r)) - scaled.high);
    if (scaled.k == 1024)
        return y * 2.0 * 0x1p1023;
    if (scaled.k >= -1021)
        return y * power_of_two(scaled.k);
    return y * power_of_two(scaled.k + 1000) * 0x1p-1000;
}

/* 2^k (x - error + 1) - 1 */
static double unscale_less_one(int k, double x, double error)
{
    if (k == -1)
        return 0.5 * (x - error) - 0.5;
    if (k == 1)
        return x < -0.25 ? -2.0 * (error - (x + 0.5)) : 1 + 2.0 * (x - error);
    if (k == 1024)
        return (1 - (error - x)) * 2.0 * 0x1p1023 - 1;
    if (k <= -2 || k > 56)
        return (1 - (error - x)) * power_of_two(k) - 1;
    if (k < 20)
        return ((1 - power_of_two(-k)) - (error - x)) * power_of_two(k);
    return ((x - (error + power_of_two(-k))) + 1) * power_of_two(k);
}

double rj_expm1(double x)
{
    static const double c[] = {1,
                               -3.33333333333331316428e-02,
                               1.58730158725481460165e-03,
                               -7.93650757867487942473e-05,
                               4.00821782732936239552e-06,
                               -2.01099218183624371326e-07};
    struct scaled scaled = {0};
    double rest = 0;
    double half;
    double square;
    double r;
    double t;
    double error;

    if (isnan(x) || rj_magnitude(x) < 0x3c900000)
        return x;
    if (x > overflow)
        return INFINITY;
    if (x < 0 && rj_magnitude(x) >= 0x4043687a) /* -56 ln 2 */
        return -1;
    if (rj_magnitude(x) > HALF_LN2) {
        scaled = scale(x);
        x = scaled.high - scaled.low;
        rest = (scaled.high - x) - scaled.low;
    }
    half = 0.5 * x;
    square = x * half;
    r = rj_polynomial(square, c, 5);
    t = 3.0 - r * half;
    error = square * ((r - t) / (6.0 - x * t));
    if (!scaled.k)
        return x - (x * error - square);
    error = x * (error - rest) - rest;
    error -= square;
    return unscale_less_one(scaled.k, x, error);
}

double rj_sinh(double x)
{
    double half = x < 0 ? -0.5 : 0.5;
    double magnitude = fabs(x);
    double t;

    if (magnitude < 22) {
        if (magnitude < 0x1p-28)
            return x;
        t = rj_expm1(magnitude);
        return magnitude < 1 ? half * (2 * t - t * t / (t + 1)) : half * (t + t / (t + 1));
    }
    if (magnitude < 709.7822265625)
        return half * rj_exp_e(magnitude);
    if (magnitude <= 710.4758600739439) {
        t = rj_exp_e(0.5 * magnitude);
        return half * t * t;
    }
    return x * 1.0e307;
}

double rj_cosh(double x)
{
    int32_t word = rj_magnitude(x);
    double magnitude = fabs(x);
    double t;

    if (word < 0x3fd62e43) {
        t = rj_expm1(magnitude);
        return word < 0x3c800000 ? 1 : 1 + (t * t) / ((1 + t) + (1 + t));
    }
    if (word < 0x40360000) {
        t = rj_exp_e(magnitude);
        return 0.5 * t + 0.5 / t;
    }
    if (word < 0x40862e42)
        return 0.5 * rj_exp_e(magnitude);
    if (magnitude <= 710.4758600739439) {
        t = rj_exp_e(0.5 * magnitude);
        return (0.5 * t) * t;
    }
    return isnan(x) ? x : INFINITY;
}

double rj_tanh(double x)
{
    double magnitude = fabs(x);
    double t;
    double result = 1;

    if (isnan(x) || magnitude < 0x1p-28)
        return x;
    if (magnitude < 1) {
        t = rj_expm1(-2 * magnitude);
        result = -t / (t + 2);
    } else if (magnitude < 22) {
        t = rj_expm1(2 * magnitude);
        result = 1 - 2 / (t + 2);
    }
    return x < 0 ? -result : result;
}

/* A third of the exponent is the start, a polynomial makes it 23 bits, a Newton step all. */
double rj_cbrt(double x)
{
    const double c[] = {1.87595182427177009643, -1.88497979543377169875, 1.621429720105354466140,
                        -0.758397934778766047437, 0.145996192886612446982};
    uint32_t word = (uint32_t)rj_magnitude(x);
    double t;
    double r;

    if (!isfinite(x) || x == 0)
        return x;
    if (word < 0x00100000) /* subnormal: 2^54 times as great */
        word = (uint32_t)rj_magnitude(x * 0x1p54) / 3 + 696219795;
    else
        word = word / 3 + 715094163;
    t = copysign(rj_bits_double((uint64_t)word << 32), x);
    r = (t * t) * (t / x);
    t = t * ((c[0] + r * (c[1] + r * c[2])) + ((r * r) * r) * (c[3] + r * c[4]));
    t = rj_bits_double((rj_double_bits(t) + 0x80000000) & UINT64_C(0xffffffffc0000000));
    r = x / (t * t);
    r = (r - t) / ((t + t) + r);
    return t + t * r;
}
