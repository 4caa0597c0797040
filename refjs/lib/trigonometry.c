/* sin, cos and tan: the argument less a multiple of pi/2, as a sum of two doubles, then a
 * polynomial on [-pi/4, pi/4]. */
#include "lib/elementary.h"

#include <math.h>
#include <stdbool.h>

struct reduced {
    double high;
    double low;
    unsigned quarter; /* how many pi/2 were taken off, modulo 4 */
};

/* pi/2 in pieces of 33 bits, each with what is left behind it. */
static const double pieces[3] = {1.57079632673412561417e+00, 6.07710050630396597660e-11,
                                 2.02226624871116645580e-21};
static const double rests[3] = {6.07710050650619224932e-11, 2.02226624879595063154e-21,
                                8.47842766036889956997e-32};

/* ---- arguments up to 2^19 pi/2 ---- */

/* |x| below 3/4 pi: one pi/2 is taken off or added. */
static struct reduced reduce_once(double x)
{
    double sign = x > 0 ? 1 : -1;
    bool near = rj_magnitude(x) == 0x3ff921fb; /* cancels: another piece is needed */
    double z = x - sign * pieces[0];
    double rest = sign * rests[near];
    struct reduced reduced = {.quarter = x > 0 ? 1 : 3};

    if (near)
        z -= sign * pieces[1];
    reduced.high = z - rest;
    reduced.low = (z - reduced.high) - rest;
    return reduced;
}

static int exponent_drop(double from, double to)
{
    return (rj_magnitude(from) >> 20) - (rj_magnitude(to) >> 20);
}

static struct reduced reduce_medium(double x)
{
    double magnitude = fabs(x);
    int32_t n = (int32_t)(magnitude * 6.36619772367581382433e-01 + 0.5);
    double count = n;
    double r = magnitude - count * pieces[0];
    double w = count * rests[0];
    struct reduced reduced = {.high = r - w, .quarter = (unsigned)n & 3};
    static const int lost[2] = {16, 49}; /* bits that may cancel before more pieces are needed */

    for (int i = 0; i < 2 && exponent_drop(x, reduced.high) > lost[i]; i++) {
        double before = r;

        w = count * pieces[i + 1];
        r = before - w;
        w = count * rests[i + 1] - ((before - r) - w);
        reduced.high = r - w;
    }
    reduced.low = (r - reduced.high) - w;
    if (x < 0) {
        reduced.high = -reduced.high;
        reduced.low = -reduced.low;
        reduced.quarter = (4 - reduced.quarter) & 3;
    }
    return reduced;
}

/* ---- all greater ones: the fraction is multiplied with the bits of 2/pi that matter ---- */

static const uint32_t two_over_pi[] = {
    /* 24 bits each, behind the point */
    0xa2f983, 0x6e4e44, 0x1529fc, 0x2757d1, 0xf534dd, 0xc0db62, 0x95993c, 0x439041,
    0xfe5163, 0xabdebb, 0xc561b7, 0x246e3a, 0x424dd2, 0xe00649, 0x2eea09, 0xd1921c,
    0xfe1deb, 0x1cb129, 0xa73ee8, 0x8235f5, 0x2ebb44, 0x84e99c, 0x7026b4, 0x5f7e41,
    0x3991d6, 0x398353, 0x39f49c, 0x845f8b, 0xbdf928, 0x3b1ff8, 0x97ffde, 0x05980f,
    0xef2f11, 0x8b5a0a, 0x6d1f6d, 0x367ecf, 0x27cb09, 0xb74f46, 0x3f669e, 0x5fea2d,
    0x7527ba, 0xc7ebe5, 0xf17b3d, 0x0739f7, 0x8a5292, 0xea6bfb, 0x5fb11f, 0x8d5d08,
    0x560330, 0x46fc7b, 0x6babf0, 0xcfbc20, 0x9af436, 0x1da9e3, 0x91615e, 0xe61b08,
};

/* 64 bits of 2/pi, the first with the weight 2^-at; at may be 0 or less, where all are 0. */
static uint64_t two_over_pi_bits(int at)
{
    uint64_t bits = 0;

    for (int i = at; i < at + 64; i++) {
        uint64_t bit = i > 0 ? two_over_pi[(i - 1) / 24] >> (23 - (i - 1) % 24) & 1 : 0;

        bits = bits << 1 | bit;
    }
    return bits;
}

static struct reduced reduce_large(double x)
{
    int exponent = (rj_magnitude(x) >> 20) - 1023 - 52;
    uint64_t fraction = (rj_double_bits(x) & UINT64_C(0xfffffffffffff)) | UINT64_C(1) << 52;
    unsigned __int128 product = 0;
    unsigned __int128 rest;
    uint64_t limbs[3];
    struct reduced reduced;
    bool negative;
    double high;
    double low;
    double scaled;
    double error;

    for (int i = 2; i >= 0; i--) { /* modulo 4: the first two bits are whole */
        product =
            (product >> 64) + (unsigned __int128)two_over_pi_bits(exponent - 1 + 64 * i) * fraction;
        limbs[i] = (uint64_t)product;
    }
    reduced.quarter = (unsigned)(limbs[0] >> 62);
    rest = ((unsigned __int128)limbs[0] << 64 | limbs[1]) << 2 | limbs[2] >> 62;
    negative = rest >> 127;
    if (negative) {
        reduced.quarter = (reduced.quarter + 1) & 3;
        rest = -rest;
    }
    high = (double)(uint64_t)(rest >> 75) * 0x1p-53;
    low = (double)(uint64_t)(rest >> 11 & UINT64_MAX) * 0x1p-117;
    scaled = high * 1.57079632679489655800e+00;
    error = fma(high, 1.57079632679489655800e+00, -scaled) + high * 6.12323399573676603587e-17 +
            low * 1.57079632679489655800e+00;
    reduced.high = scaled + error;
    reduced.low = error - (reduced.high - scaled);
    if (negative != (x < 0)) {
        reduced.high = -reduced.high;
        reduced.low = -reduced.low;
    }
    if (x < 0)
        reduced.quarter = (4 - reduced.quarter) & 3;
    return reduced;
}

static struct reduced reduce(double x)
{
    int32_t magnitude = rj_magnitude(x);

    if (magnitude <= 0x3fe921fb)
        return (struct reduced){.high = x};
    if (magnitude < 0x4002d97c)
        return reduce_once(x);
    if (magnitude <= 0x413921fb)
        return reduce_medium(x);
    return reduce_large(x);
}

/* ---- near 0 ---- */

static double sin_near_zero(struct reduced x, bool exact)
{
    static const double c[] = {8.33333333332248946124e-03, -1.98412698298579493134e-04,
                               2.75573137070700676789e-06, -2.50507602534068634195e-08,
                               1.58969099521155010221e-10};
    const double first = -1.66666666666666324348e-01;
    double z = x.high * x.high;
    double v = z * x.high;
    double r = rj_polynomial(z, c, 4);

    if (rj_magnitude(x.high) < 0x3e400000)
        return x.high;
    if (exact)
        return x.high + v * (first + z * r);
    return x.high - ((z * (0.5 * x.low - v * r) - x.low) - v * first);
}

static double cos_near_zero(struct reduced x)
{
    static const double c[] = {4.16666666666666019037e-02, -1.38888888888741095749e-03,
                               2.48015872894767294178e-05, -2.75573143513906633035e-07,
                               2.08757232129817482790e-09, -1.13596475577881948265e-11};
    int32_t magnitude = rj_magnitude(x.high);
    double z = x.high * x.high;
    double r = z * rj_polynomial(z, c, 5);
    double quarter = 0.28125;

    if (magnitude < 0x3e400000)
        return 1;
    if (magnitude < 0x3fd33333)
        return 1 - (0.5 * z - (z * r - x.high * x.low));
    if (magnitude <= 0x3fe90000) /* about |x| / 4 */
        quarter = rj_bits_double((uint64_t)(uint32_t)(magnitude - 0x00200000) << 32);
    return (1 - quarter) - ((0.5 * z - quarter) - (z * r - x.high * x.low));
}

/* -1 / (x + y), where w is about that sum, to the last bit. */
static double negative_inverse(double x, double y, double w)
{
    double z = rj_upper_half(w);
    double v = y - (z - x);
    double a = -1 / w;
    double t = rj_upper_half(a);

    return t + a * ((1 + t * z) + t * v);
}

static double tan_near_zero(struct reduced x, bool inverse)
{
    static const double c[] = {
        3.33333333333334091986e-01, 1.33333333333201242699e-01, 5.39682539762260521377e-02,
        2.18694882948595424599e-02, 8.86323982359930005737e-03, 3.59207910759131235356e-03,
        1.45620945432529025516e-03, 5.88041240820264096874e-04, 2.46463134818469906812e-04,
        7.81794442939557092300e-05, 7.14072491382608190305e-05, -1.85586374855275456654e-05,
        2.59073051863633712884e-05};
    bool negative = x.high < 0;
    bool large = rj_magnitude(x.high) >= 0x3fe59428;
    double z;
    double w;
    double r;
    double s;

    if (rj_magnitude(x.high) < 0x3e300000)
        return inverse ? negative_inverse(x.high, x.low, x.high + x.low) : x.high;
    if (large) { /* from pi/4 down */
        z = 7.85398163397448278999e-01 - fabs(x.high);
        w = 3.06161699786838301793e-17 - (negative ? -x.low : x.low);
        x = (struct reduced){.high = z + w};
    }
    z = x.high * x.high;
    w = z * z;
    s = z * x.high;
    r = rj_half_polynomial(w, c, 1, 11) + z * rj_half_polynomial(w, c, 2, 12);
    r = x.low + z * (s * r + x.low);
    r += c[0] * s;
    w = x.high + r;
    if (large) {
        double v = inverse ? -1 : 1;
        double result = v - 2.0 * (x.high - (w * w / (w + v) - r));

        return negative ? -result : result;
    }
    return inverse ? negative_inverse(x.high, r, w) : w;
}

/* ---- everywhere ---- */

static double sin_or_cos(double x, unsigned turn)
{
    struct reduced reduced;
    bool exact = rj_magnitude(x) <= 0x3fe921fb;
    double result;

    if (!isfinite(x))
        return NAN;
    reduced = reduce(x);
    reduced.quarter += turn;
    result = reduced.quarter & 1 ? cos_near_zero(reduced) : sin_near_zero(reduced, exact);
    return reduced.quarter & 2 ? -result : result;
}

double rj_sin(double x)
{
    return sin_or_cos(x, 0);
}

double rj_cos(double x)
{
    return sin_or_cos(x, 1);
}

double rj_tan(double x)
{
    struct reduced reduced;

    if (!isfinite(x))
        return NAN;
    reduced = reduce(x);
    return tan_near_zero(reduced, reduced.quarter & 1);
}
