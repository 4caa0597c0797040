/* asin, acos, atan and atan2. */
#include "lib/elementary.h"

#include <math.h>
#include <stdbool.h>

static const double pi = 3.14159265358979311600e+00;
static const double pi_low = 1.2246467991473531772e-16;
static const double half_pi = 1.57079632679489655800e+00;
static const double half_pi_low = 6.12323399573676603587e-17;
static const double quarter_pi = 7.85398163397448278999e-01;

/* (asin(x) - x) / x, of x squared. */
static double arc_ratio(double z)
{
    static const double p[] = {1.66666666666666657415e-01, -3.25565818622400915405e-01,
                               2.01212532134862925881e-01, -4.00555345006794114027e-02,
                               7.91534994289814532176e-04, 3.47933107596021167570e-05};
    static const double q[] = {1, -2.40339491173441421878e+00, 2.02094576023350569471e+00,
                               -6.88283971605453293030e-01, 7.70381505559019352791e-02};

    return z * rj_polynomial(z, p, 5) / rj_polynomial(z, q, 4);
}

double rj_asin(double x)
{
    double magnitude = fabs(x);
    double t;
    double s;
    double w;
    double r;

    if (!(magnitude < 1))
        return magnitude == 1 ? x * half_pi + x * half_pi_low : NAN;
    if (rj_magnitude(x) < 0x3e400000)
        return x;
    if (magnitude < 0.5)
        return x + x * arc_ratio(x * x);
    t = (1 - magnitude) * 0.5;
    s = sqrt(t);
    r = arc_ratio(t);
    if (rj_magnitude(x) >= 0x3fef3333) {
        t = half_pi - (2.0 * (s + s * r) - half_pi_low);
    } else {
        w = rj_upper_half(s);
        t = quarter_pi - ((2.0 * s * r - (half_pi_low - 2.0 * ((t - w * w) / (s + w)))) -
                          (quarter_pi - 2.0 * w));
    }
    return x > 0 ? t : -t;
}

double rj_acos(double x)
{
    double z;
    double s;
    double high;

    if (!(fabs(x) < 1))
        return x == 1 ? 0 : x == -1 ? pi + 2.0 * half_pi_low : NAN;
    if (fabs(x) < 0.5) {
        if (rj_magnitude(x) <= 0x3c600000)
            return half_pi + half_pi_low;
        return half_pi - (x - (half_pi_low - x * arc_ratio(x * x)));
    }
    z = (1 - fabs(x)) * 0.5;
    s = sqrt(z);
    if (x < 0)
        return pi - 2.0 * (s + (arc_ratio(z) * s - half_pi_low));
    high = rj_upper_half(s);
    return 2.0 * (high + (arc_ratio(z) * s + (z - high * high) / (s + high)));
}

/* From the angle whose tangent is nearest of 0, 1/2, 1, 3/2 and infinity. */
double rj_atan(double x)
{
    static const double c[] = {
        3.33333333333329318027e-01,  -1.99999999998764832476e-01, 1.42857142725034663711e-01,
        -1.11111104054623557880e-01, 9.09088713343650656196e-02,  -7.69187620504482999495e-02,
        6.66107313738753120669e-02,  -5.83357013379057348645e-02, 4.97687799461593236017e-02,
        -3.65315727442169155270e-02, 1.62858201153657823623e-02};
    static const double high[] = {0, 4.63647609000806093515e-01, 7.85398163397448278999e-01,
                                  9.82793723247329054082e-01, 1.57079632679489655800e+00};
    static const double low[] = {0, 2.26987774529616870924e-17, 3.06161699786838301793e-17,
                                 1.39033110312309984516e-17, 6.12323399573676603587e-17};
    int32_t word = rj_magnitude(x);
    double t = fabs(x);
    int nearest = 0;
    double z;
    double sum;

    if (isnan(x) || word < 0x3e400000)
        return x;
    if (word >= 0x44100000)
        return x > 0 ? half_pi : -half_pi;
    if (word >= 0x40038000) {
        nearest = 4;
        t = -1.0 / t;
    } else if (word >= 0x3ff30000) {
        nearest = 3;
        t = (t - 1.5) / (1 + 1.5 * t);
    } else if (word >= 0x3fe60000) {
        nearest = 2;
        t = (t - 1) / (t + 1);
    } else if (word >= 0x3fdc0000) {
        nearest = 1;
        t = (2.0 * t - 1) / (2.0 + t);
    }
    z = t * t;
    sum = z * rj_half_polynomial(z * z, c, 0, 10) + z * z * rj_half_polynomial(z * z, c, 1, 9);
    if (nearest)
        t = high[nearest] - ((t * sum - low[nearest]) - t);
    else
        t = t - t * sum;
    return x < 0 ? -t : t;
}

double rj_atan2(double y, double x)
{
    int32_t difference = (rj_magnitude(y) - rj_magnitude(x)) >> 20;
    bool left = signbit(x);
    double z;

    if (isnan(x) || isnan(y))
        return NAN;
    if (x == 1)
        return rj_atan(y);
    if (y == 0)
        return left ? copysign(pi, y) : y;
    if (x == 0)
        return copysign(half_pi, y);
    if (isinf(x) && isinf(y))
        return copysign(left ? 3.0 * quarter_pi : quarter_pi, y);
    if (isinf(x))
        return copysign(left ? pi : 0, y);
    if (isinf(y))
        return copysign(half_pi, y);
    if (difference > 60) {
        z = half_pi + 0.5 * pi_low;
        left = false;
    } else if (left && difference < -60) {
        z = 0;
    } else {
        z = rj_atan(fabs(y / x));
    }
    if (left)
        z = pi - (z - pi_low);
    return signbit(y) ? -z : z;
}
