/* Logarithms, and the inverse hyperbolic functions that are made of them. */
#include "lib/elementary.h"

#include <math.h>
#include <stdbool.h>

static const double ln2 = 6.93147180559945286227e-01;
static const double ln2_high = 6.93147180369123816490e-01;
static const double ln2_low = 1.90821492927058770002e-10;

static const double series[] = {6.666666666666735130e-01, 3.999999999940941908e-01,
                                2.857142874366239149e-01, 2.222219843214978396e-01,
                                1.818357216161805012e-01, 1.531383769920937332e-01,
                                1.479819860511658591e-01};

/* x = 2^k (1 + f), 1 + f between sqrt(1/2) and sqrt(2); for x > 0 and finite. */
struct scaled {
    double k;
    double f;
    int32_t word; /* the first 20 bits of the fraction of x */
};

static struct scaled scale(double x)
{
    struct scaled scaled = {0};
    int32_t up;

    if (rj_magnitude(x) < 0x00100000) { /* subnormal */
        x *= 0x1p54;
        scaled.k = -54;
    }
    scaled.k += (rj_magnitude(x) >> 20) - 1023;
    scaled.word = rj_magnitude(x) & 0xfffff;
    up = (scaled.word + 0x95f64) & 0x100000;
    scaled.k += up >> 20;
    scaled.f = rj_with_high_word(x, scaled.word | (up ^ 0x3ff00000)) - 1;
    return scaled;
}

/* What all logarithms are where there is nothing to compute; false where there is. */
static bool is_special(double x, double *result)
{
    if (x > 0 && isfinite(x) && x != 1)
        return false;
    *result = x == 0 ? -INFINITY : x == 1 ? 0 : x < 0 ? NAN : x;
    return true;
}

/* The series in s = f / (2 + f). */
static double series_of(double s)
{
    double z = s * s;
    double w = z * z;
    double odd = w * rj_half_polynomial(w, series, 1, 5);
    double even = z * rj_half_polynomial(w, series, 0, 6);

    return even + odd;
}

double rj_log(double x)
{
    struct scaled scaled;
    double f;
    double k;
    double r;
    double s;
    double half_square;

    if (is_special(x, &r))
        return r;
    scaled = scale(x);
    f = scaled.f;
    k = scaled.k;
    if ((0xfffff & (2 + scaled.word)) < 3) { /* within 2^-20 of a power of two */
        r = f * f * (0.5 - 0.33333333333333333 * f);
        if (f == 0)
            return k * ln2_high + k * ln2_low;
        return k == 0 ? f - r : k * ln2_high - ((r - k * ln2_low) - f);
    }
    s = f / (2.0 + f);
    r = series_of(s);
    if (((scaled.word - 0x6147a) | (0x6b851 - scaled.word)) > 0) { /* f is large */
        half_square = 0.5 * f * f;
        if (k == 0)
            return f - (half_square - s * (half_square + r));
        return k * ln2_high - ((half_square - (s * (half_square + r) + k * ln2_low)) - f);
    }
    return k == 0 ? f - s * (f - r) : k * ln2_high - ((s * (f - r) - k * ln2_low) - f);
}

/* In more precision than a double's: the parts of the product with 1 / ln 2 are added up. */
double rj_log2(double x)
{
    const double by_ln2_high = 1.44269504072144627571e+00;
    const double by_ln2_low = 1.67517131648865118353e-10;
    struct scaled scaled;
    double half_square;
    double s;
    double r;
    double high;
    double low;
    double sum;
    double sum_low;
    double whole;

    if (is_special(x, &r))
        return r;
    scaled = scale(x);
    half_square = 0.5 * scaled.f * scaled.f;
    s = scaled.f / (2.0 + scaled.f);
    r = s * (half_square + series_of(s));
    high = rj_upper_half(scaled.f - half_square);
    low = (scaled.f - high) - half_square + r;
    sum = high * by_ln2_high;
    sum_low = (low + high) * by_ln2_low + low * by_ln2_high;
    whole = scaled.k + sum;
    sum_low += (scaled.k - whole) + sum;
    return sum_low + whole;
}

double rj_log10(double x)
{
    double result;
    int32_t k = 0;
    int32_t below;
    double count;

    if (is_special(x, &result))
        return result;
    if (rj_magnitude(x) < 0x00100000) {
        x *= 0x1p54;
        k = -54;
    }
    k += (rj_magnitude(x) >> 20) - 1023;
    below = k < 0;
    count = k + below;
    x = rj_with_high_word(x, (rj_magnitude(x) & 0xfffff) | (1023 - below) << 20);
    return (count * 3.69423907715893078616e-13 + 4.34294481903251816668e-01 * rj_log(x)) +
           count * 3.01029995663611771306e-01;
}

/* 1 + x = 2^k (1 + f); *rest is what rounding 1 + x lost. `word`: 0 if f is very small. */
static struct scaled scale_one_plus(double x, double *rest)
{
    double u = rj_high_word(x) < 0x43400000 ? 1.0 + x : x;
    struct scaled scaled = {.k = (rj_magnitude(u) >> 20) - 1023, .word = rj_magnitude(u) & 0xfffff};

    *rest = 0;
    if (rj_high_word(x) < 0x43400000)
        *rest = (scaled.k > 0 ? 1.0 - (u - x) : x - (u - 1.0)) / u;
    if (scaled.word < 0x6a09e) {
        u = rj_with_high_word(u, scaled.word | 0x3ff00000);
    } else {
        scaled.k++;
        u = rj_with_high_word(u, scaled.word | 0x3fe00000);
        scaled.word = (0x00100000 - scaled.word) >> 2;
    }
    scaled.f = u - 1.0;
    return scaled;
}

double rj_log1p(double x)
{
    struct scaled scaled = {.f = x, .word = 1};
    double rest = 0;
    double half_square;
    double k;
    double f;
    double s;
    double r;

    if (x <= -1 || isnan(x) || isinf(x))
        return x == -1 ? -INFINITY : x < -1 ? NAN : x;
    if (rj_magnitude(x) < 0x3e200000)
        return rj_magnitude(x) < 0x3c900000 ? x : x - x * x * 0.5;
    if (rj_high_word(x) >= 0x3fda827a || (x < 0 && rj_magnitude(x) > 0x3fd2bec4))
        scaled = scale_one_plus(x, &rest);
    k = scaled.k;
    f = scaled.f;
    half_square = 0.5 * f * f;
    if (scaled.word == 0) {
        if (f == 0)
            return k == 0 ? 0 : k * ln2_high + (rest + k * ln2_low);
        r = half_square * (1.0 - 0.66666666666666666 * f);
        return k == 0 ? f - r : k * ln2_high - ((r - (k * ln2_low + rest)) - f);
    }
    s = f / (2.0 + f);
    r = s * s * rj_polynomial(s * s, series, 6);
    if (k == 0)
        return f - (half_square - s * (half_square + r));
    return k * ln2_high - ((half_square - (s * (half_square + r) + (k * ln2_low + rest))) - f);
}

double rj_asinh(double x)
{
    double t = fabs(x);
    int32_t word = rj_magnitude(x);
    double result;

    if (!isfinite(x) || word < 0x3e300000)
        return x;
    if (word > 0x41b00000)
        result = rj_log(t) + ln2;
    else if (word > 0x40000000)
        result = rj_log(2.0 * t + 1 / (sqrt(x * x + 1) + t));
    else
        result = rj_log1p(t + x * x / (1 + sqrt(1 + x * x)));
    return x < 0 ? -result : result;
}

double rj_acosh(double x)
{
    if (!(x > 1))
        return x == 1 ? 0 : NAN;
    if (rj_high_word(x) >= 0x41b00000)
        return isinf(x) ? x : rj_log(x) + ln2;
    if (rj_high_word(x) > 0x40000000)
        return rj_log(2.0 * x - 1 / (x + sqrt(x * x - 1)));
    x -= 1;
    return rj_log1p(x + sqrt(2.0 * x + x * x));
}

double rj_atanh(double x)
{
    double magnitude = fabs(x);
    double t;

    if (!(magnitude < 1))
        return magnitude == 1 ? copysign(INFINITY, x) : NAN;
    if (magnitude < 0x1p-28)
        return x;
    t = magnitude + magnitude;
    if (magnitude < 0.5)
        t = 0.5 * rj_log1p(t + t * magnitude / (1 - magnitude));
    else
        t = 0.5 * rj_log1p(t / (1 - magnitude));
    return x < 0 ? -t : t;
}
