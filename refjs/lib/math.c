/* Math. */
#include "lib/builtin.h"
#include "lib/elementary.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* The number of an argument; false after throwing. */
static inline bool number_argument(struct rj_vm *vm, uint32_t argc, const rj_value *args,
                                   uint32_t index, double *number)
{
    rj_value value = RJ_ARG(index);

    if (!rj_is_number(value))
        value = rj_to_number(vm, value);
    if (value == RJ_THROWN)
        return false;
    *number = rj_as_number(value);
    return true;
}

/* Towards positive infinity at halves; -0.5 and above becomes -0. */
static double round_half_up(double x)
{
    double below = floor(x);

    return copysign(x - below >= 0.5 ? below + 1 : below, x);
}

static double sign(double x)
{
    return x > 0 ? 1 : x < 0 ? -1 : x;
}

static double to_float(double x)
{
    return (double)(float)x;
}

/* A builtin of one number for each of these functions. */
#define UNARY_LIST(ROW)                                                                            \
    ROW(ceil, ceil, CEIL)                                                                          \
    ROW(floor, floor, FLOOR)                                                                       \
    ROW(round, round_half_up, ROUND)                                                               \
    ROW(trunc, trunc, TRUNC)                                                                       \
    ROW(sqrt, sqrt, SQRT)                                                                          \
    ROW(sign, sign, NONE)                                                                          \
    ROW(fround, to_float, NONE)                                                                    \
    ROW(sin, rj_sin, SIN)                                                                          \
    ROW(cos, rj_cos, COS)                                                                          \
    ROW(tan, rj_tan, NONE)                                                                         \
    ROW(asin, rj_asin, NONE)                                                                       \
    ROW(acos, rj_acos, NONE)                                                                       \
    ROW(atan, rj_atan, NONE)                                                                       \
    ROW(sinh, rj_sinh, NONE)                                                                       \
    ROW(cosh, rj_cosh, NONE)                                                                       \
    ROW(tanh, rj_tanh, NONE)                                                                       \
    ROW(asinh, rj_asinh, NONE)                                                                     \
    ROW(acosh, rj_acosh, NONE)                                                                     \
    ROW(atanh, rj_atanh, NONE)                                                                     \
    ROW(exp, rj_exp_e, NONE)                                                                       \
    ROW(expm1, rj_expm1, NONE)                                                                     \
    ROW(log, rj_log, NONE)                                                                         \
    ROW(log1p, rj_log1p, NONE)                                                                     \
    ROW(log2, rj_log2, NONE)                                                                       \
    ROW(log10, rj_log10, NONE)                                                                     \
    ROW(cbrt, rj_cbrt, NONE)

#define UNARY_BUILTIN(name, function, intrinsic)                                                   \
    RJ_BUILTIN(math_##name)                                                                        \
    {                                                                                              \
        double x;                                                                                  \
                                                                                                   \
        return number_argument(vm, argc, args, 0, &x) ? rj_number(function(x)) : RJ_THROWN;        \
    }
UNARY_LIST(UNARY_BUILTIN)

RJ_BUILTIN(math_abs)
{
    double x;

    return number_argument(vm, argc, args, 0, &x) ? rj_number(fabs(x)) : RJ_THROWN;
}

RJ_BUILTIN(math_pow)
{
    double x;
    double y;

    if (!number_argument(vm, argc, args, 0, &x) || !number_argument(vm, argc, args, 1, &y))
        return RJ_THROWN;
    return rj_number(rj_pow(x, y));
}

RJ_BUILTIN(math_atan2)
{
    double y;
    double x;

    if (!number_argument(vm, argc, args, 0, &y) || !number_argument(vm, argc, args, 1, &x))
        return RJ_THROWN;
    return rj_number(rj_atan2(y, x));
}

RJ_BUILTIN(math_imul)
{
    int32_t left;
    int32_t right;

    if (!rj_to_int32(vm, RJ_ARG(0), &left) || !rj_to_int32(vm, RJ_ARG(1), &right))
        return RJ_THROWN;
    return rj_int((int32_t)((uint32_t)left * (uint32_t)right));
}

RJ_BUILTIN(math_clz32)
{
    int32_t number;

    if (!rj_to_int32(vm, RJ_ARG(0), &number))
        return RJ_THROWN;
    return rj_int(number ? __builtin_clz((uint32_t)number) : 32);
}

/* Is a the better one? -0 is below 0. */
static bool is_beyond(double a, double b, bool greatest)
{
    if (a == b)
        return signbit(a) != signbit(b) && (bool)signbit(b) == greatest;
    return greatest ? a > b : a < b;
}

static rj_value extreme(struct rj_vm *vm, uint32_t argc, const rj_value *args, bool greatest)
{
    double best = greatest ? -INFINITY : INFINITY;
    double x;

    for (uint32_t i = 0; i < argc; i++) {
        if (!number_argument(vm, argc, args, i, &x))
            return RJ_THROWN;
        if (isnan(x) || is_beyond(x, best, greatest))
            best = isnan(best) ? best : x;
    }
    return rj_number(best);
}

RJ_BUILTIN(math_max)
{
    return extreme(vm, argc, args, true);
}

RJ_BUILTIN(math_min)
{
    return extreme(vm, argc, args, false);
}

/* Scaled by the greatest, the squares summed up with their errors: as V8 does. */
RJ_BUILTIN(math_hypot)
{
    double greatest = 0;
    double sum = 0;
    double error = 0;
    bool infinite = false;
    bool nan = false;
    double x;

    for (uint32_t i = 0; i < argc; i++) {
        if (!number_argument(vm, argc, args, i, &x))
            return RJ_THROWN;
        infinite = infinite || isinf(x);
        nan = nan || isnan(x);
        greatest = fmax(greatest, fabs(x));
    }
    if (infinite || nan || greatest == 0)
        return rj_number(infinite ? INFINITY : nan ? NAN : 0);
    for (uint32_t i = 0; i < argc; i++) {
        double square;
        double next;

        number_argument(vm, argc, args, i, &x);
        x = fabs(x) / greatest;
        square = x * x - error;
        next = sum + square;
        error = (next - sum) - square;
        sum = next;
    }
    return rj_number(sqrt(sum) * greatest);
}

/* xorshift128+; its two words are the elements of a Float64Array in `bound`, as bits. */
RJ_BUILTIN(math_random)
{
    uint64_t *state = rj_as_typed_array(callee->bound)->data;
    uint64_t first = state[0];
    uint64_t second = state[1];

    state[0] = second;
    first ^= first << 23;
    state[1] = first ^ second ^ (first >> 17) ^ (second >> 26);
    return rj_double((double)((state[1] + second) >> 11) * 0x1p-53);
}

/* REFJS_SEED in the environment makes a run repeatable. */
static bool define_random(struct rj_vm *vm, struct rj_object *math)
{
    struct rj_function *function = rj_native_new(vm, "random", math_random, 0, 0);
    struct rj_typed_array *state = (struct rj_typed_array *)rj_object_new(
        vm, vm->realm.typed_array_shapes[0], sizeof(*state), 0);
    const char *seed = getenv("REFJS_SEED");
    struct timespec now;
    uint64_t *words;

    if (!function || !state)
        return false;
    words = rj_allocate_atomic(vm, 2 * sizeof(*words));
    if (!words)
        return false;
    clock_gettime(CLOCK_REALTIME, &now);
    words[0] = seed ? strtoull(seed, NULL, 0) : (uint64_t)now.tv_nsec ^ (uint64_t)getpid() << 32;
    words[1] = (words[0] ^ UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9) | 1;
    words[0] = words[0] * UINT64_C(0x94d049bb133111eb) ^ (uint64_t)(seed ? 0 : now.tv_sec);
    state->data = words;
    function->bound = rj_cell_value(state);
    return rj_define_hidden(vm, math, "random", rj_cell_value(function));
}

static const struct rj_builtin functions[] = {
#define UNARY_ROW(name, function, intrinsic) {#name, math_##name, 1, RJ_INTRINSIC_##intrinsic},
    UNARY_LIST(UNARY_ROW)
#undef UNARY_ROW
        {"abs", math_abs, 1, RJ_INTRINSIC_ABS},
    {"pow", math_pow, 2, RJ_INTRINSIC_POW},
    {"atan2", math_atan2, 2, 0},
    {"imul", math_imul, 2, RJ_INTRINSIC_IMUL},
    {"clz32", math_clz32, 1, 0},
    {"max", math_max, 2, RJ_INTRINSIC_MAX},
    {"min", math_min, 2, RJ_INTRINSIC_MIN},
    {"hypot", math_hypot, 2, 0},
    {0},
};

static const struct rj_numeric_constant constants[] = {
    {"E", M_E},
    {"LN10", M_LN10},
    {"LN2", M_LN2},
    {"LOG10E", M_LOG10E},
    {"LOG2E", M_LOG2E},
    {"PI", M_PI},
    {"SQRT1_2", M_SQRT1_2},
    {"SQRT2", M_SQRT2},
    {0},
};

bool rj_init_math(struct rj_vm *vm)
{
    struct rj_object *math = rj_define_namespace(vm, "Math", functions);

    return math && rj_define_constants(vm, math, constants) && define_random(vm, math);
}
