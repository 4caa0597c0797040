/* The elementary functions of Math. JavaScript leaves their last bits open. V8 computes them by the
 * methods of Sun's fdlibm, with its polynomials; so they are done that way here, since the C
 * library's results often differ in the last bit. The order of operations matters: what looks
 * like it could be simplified cannot. */
#ifndef RJ_LIB_ELEMENTARY_H
#define RJ_LIB_ELEMENTARY_H

#include <stdint.h>
#include <string.h>

double rj_sin(double x);
double rj_cos(double x);
double rj_tan(double x);
double rj_asin(double x);
double rj_acos(double x);
double rj_atan(double x);
double rj_atan2(double y, double x);
double rj_sinh(double x);
double rj_cosh(double x);
double rj_tanh(double x);
double rj_asinh(double x);
double rj_acosh(double x);
double rj_atanh(double x);
double rj_exp_e(double x);
double rj_expm1(double x);
double rj_log(double x);
double rj_log1p(double x);
double rj_log2(double x);
double rj_log10(double x);
double rj_cbrt(double x);

/* ---- a double by its parts ---- */

static inline uint64_t rj_double_bits(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

static inline double rj_bits_double(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof(x));
    return x;
}

/* Sign, exponent and the first 20 bits of the fraction. */
static inline int32_t rj_high_word(double x)
{
    return (int32_t)(rj_double_bits(x) >> 32);
}

/* The high word without the sign: it orders magnitudes. */
static inline int32_t rj_magnitude(double x)
{
    return rj_high_word(x) & 0x7fffffff;
}

static inline double rj_with_high_word(double x, int32_t high)
{
    return rj_bits_double((rj_double_bits(x) & 0xffffffff) | (uint64_t)(uint32_t)high << 32);
}

/* Rounded towards 0 to about 21 bits, so that products with it are exact. */
static inline double rj_upper_half(double x)
{
    return rj_bits_double(rj_double_bits(x) & ~UINT64_C(0xffffffff));
}

/* c[0] + x c[1] + x^2 c[2] ... up to c[last], innermost first. */
static inline double rj_polynomial(double x, const double *c, int last)
{
    double sum = c[last];

    while (last--)
        sum = c[last] + x * sum;
    return sum;
}

/* The same of every other coefficient, from c[first] on. */
static inline double rj_half_polynomial(double x, const double *c, int first, int last)
{
    double sum = c[last];

    for (last -= 2; last >= first; last -= 2)
        sum = c[last] + x * sum;
    return sum;
}

#endif
