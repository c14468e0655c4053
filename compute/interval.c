#include "compute/interval.h"

#include <math.h>
#include <string.h>

static bool is_float_type(shoal_type_code type)
{
    return type >= SHOAL_FLOAT16 && type <= SHOAL_FLOAT64;
}

/* The range of bool and the integers. */
static void whole_range(shoal_type_code type, shoal_wide_int *least, shoal_wide_int *greatest)
{
    int bits = type == SHOAL_BOOL ? 1 : 8 * (int)shoal_code_size(type);
    bool is_signed = type >= SHOAL_INT8 && type <= SHOAL_INT64;
    *least = is_signed ? -((shoal_wide_int)1 << (bits - 1)) : 0;
    *greatest = ((shoal_wide_int)1 << (is_signed ? bits - 1 : bits)) - 1;
}

shoal_interval shoal_interval_all(shoal_type_code type)
{
    shoal_interval x = {.is_float = type >= SHOAL_FLOAT16};
    if (x.is_float) {
        x.nan = true;
        x.low = -INFINITY;
        x.high = INFINITY;
    } else {
        whole_range(type, &x.least, &x.greatest);
    }
    return x;
}

static shoal_interval whole(shoal_wide_int least, shoal_wide_int greatest)
{
    return (shoal_interval){.least = least, .greatest = greatest};
}

static shoal_interval floats(double low, double high, bool nan)
{
    return (shoal_interval){.is_float = true, .low = low, .high = high, .nan = nan};
}

#define CASE(CODE, T, make)            \
    case SHOAL_##CODE: {               \
        T x;                           \
        memcpy(&x, element, sizeof x); \
        return make;                   \
    }

shoal_interval shoal_interval_of(shoal_type_code type, const void *element)
{
    switch (type) {
        CASE(BOOL, uint8_t, whole(x != 0, x != 0))
        CASE(INT8, int8_t, whole(x, x))
        CASE(INT16, int16_t, whole(x, x))
        CASE(INT32, int32_t, whole(x, x))
        CASE(INT64, int64_t, whole(x, x))
        CASE(UINT8, uint8_t, whole(x, x))
        CASE(UINT16, uint16_t, whole(x, x))
        CASE(UINT32, uint32_t, whole(x, x))
        CASE(UINT64, uint64_t, whole(x, x))
    case SHOAL_FLOAT32:
    case SHOAL_FLOAT64: {
        double x;
        float narrow;
        if (type == SHOAL_FLOAT32) {
            memcpy(&narrow, element, sizeof narrow);
            x = (double)narrow;
        } else {
            memcpy(&x, element, sizeof x);
        }
        shoal_interval one = floats(x, x, isnan(x));
        one.none = one.nan;
        return one;
    }
    default: return shoal_interval_all(type);
    }
}

shoal_interval shoal_interval_join(shoal_interval a, shoal_interval b)
{
    shoal_interval x = a.none ? b : a;
    x.nan = a.nan || b.nan;
    if (a.none || b.none) return x;
    x.low = b.low < x.low ? b.low : x.low;
    x.high = b.high > x.high ? b.high : x.high;
    x.least = b.least < x.least ? b.least : x.least;
    x.greatest = b.greatest > x.greatest ? b.greatest : x.greatest;
    return x;
}

/* ---- Comparisons and logic ---- */

static shoal_interval answer(bool may_be_false, bool may_be_true)
{
    return whole(may_be_false ? 0 : 1, may_be_true ? 1 : 0);
}

/* How two intervals of one kind lie: a value of a below, equal to, above one of b. */
typedef struct order {
    bool below, equal, above, nan;
} order;

static order compare(const shoal_interval *a, const shoal_interval *b)
{
    order o = {.nan = a->nan || b->nan};
    if (a->none || b->none) return o;
    if (a->is_float) {
        o.below = a->low < b->high;
        o.above = a->high > b->low;
        o.equal = a->low <= b->high && a->high >= b->low;
    } else {
        o.below = a->least < b->greatest;
        o.above = a->greatest > b->least;
        o.equal = a->least <= b->greatest && a->greatest >= b->least;
    }
    return o;
}

static shoal_interval compared(shoal_op op, const shoal_interval *a, const shoal_interval *b)
{
    order o = compare(a, b);
    switch (op) {
    case SHOAL_OP_EQUAL: return answer(o.below || o.above || o.nan, o.equal);
    case SHOAL_OP_NOT_EQUAL: return answer(o.equal, o.below || o.above || o.nan);
    case SHOAL_OP_LESS: return answer(o.equal || o.above || o.nan, o.below);
    case SHOAL_OP_LESS_EQUAL: return answer(o.above || o.nan, o.below || o.equal);
    case SHOAL_OP_GREATER: return answer(o.equal || o.below || o.nan, o.above);
    default: return answer(o.below || o.nan, o.above || o.equal);
    }
}

static shoal_interval joined(shoal_op op, const shoal_interval *a, const shoal_interval *b)
{
    bool a_false = a->least == 0, a_true = a->greatest != 0;
    bool b_false = b->least == 0, b_true = b->greatest != 0;
    switch (op) {
    case SHOAL_OP_LOGICAL_AND:
    case SHOAL_OP_BITWISE_AND: return answer(a_false || b_false, a_true && b_true);
    case SHOAL_OP_LOGICAL_OR:
    case SHOAL_OP_BITWISE_OR: return answer(a_false && b_false, a_true || b_true);
    default:
        return answer((a_false && b_false) || (a_true && b_true),
                      (a_false && b_true) || (a_true && b_false));
    }
}

static shoal_interval tested(shoal_op op, const shoal_interval *a)
{
    bool number = !a->none;
    bool infinite = number && (isinf(a->low) || isinf(a->high));
    bool finite = number && !(isinf(a->low) && a->low == a->high);
    if (op == SHOAL_OP_ISNAN) return answer(number, a->nan);
    if (op == SHOAL_OP_ISINF) return answer(finite || a->nan, infinite);
    return answer(infinite || a->nan, finite);
}

/* ---- Arithmetic ---- */

/* What the kernel of a loop would give: operations round in the loop's own precision, and rounding
   keeps the order. */
static double rounded(shoal_type_code loop, double x)
{
    return loop == SHOAL_FLOAT32 ? (double)(float)x : x;
}

static double combined(shoal_op op, shoal_type_code loop, double a, double b)
{
    /* of two floats, double holds enough that rounding twice is rounding once */
    double x = op == SHOAL_OP_ADD        ? a + b
               : op == SHOAL_OP_SUBTRACT ? a - b
               : op == SHOAL_OP_MULTIPLY ? a * b
                                         : a / b;
    return rounded(loop, x);
}

/* Bounds are among the four combinations of the arguments' bounds. */
static shoal_interval float_arithmetic(shoal_op op, shoal_type_code loop, const shoal_interval *a,
                                       const shoal_interval *b)
{
    bool divides = op == SHOAL_OP_DIVIDE;
    if (a->none || b->none) return (shoal_interval){.is_float = true, .none = true, .nan = true};
    bool wild = isinf(a->low) || isinf(a->high) || isinf(b->low) || isinf(b->high);
    if (wild || (divides && b->low <= 0 && b->high >= 0)) return shoal_interval_all(loop);
    double x[4] = {combined(op, loop, a->low, b->low), combined(op, loop, a->low, b->high),
                   combined(op, loop, a->high, b->low), combined(op, loop, a->high, b->high)};
    shoal_interval out = floats(x[0], x[0], a->nan || b->nan);
    for (int k = 1; k < 4; k++) {
        out.low = x[k] < out.low ? x[k] : out.low;
        out.high = x[k] > out.high ? x[k] : out.high;
    }
    return out;
}

/* Where the result could wrap it can be anything. */
static shoal_interval clipped(shoal_type_code type, shoal_interval x)
{
    shoal_interval all = shoal_interval_all(type);
    return x.least < all.least || x.greatest > all.greatest ? all : x;
}

static shoal_interval whole_arithmetic(shoal_op op, shoal_type_code loop, const shoal_interval *a,
                                       const shoal_interval *b)
{
    if (op == SHOAL_OP_ADD)
        return clipped(loop, whole(a->least + b->least, a->greatest + b->greatest));
    if (op == SHOAL_OP_SUBTRACT)
        return clipped(loop, whole(a->least - b->greatest, a->greatest - b->least));
    shoal_interval small = whole(INT32_MIN, INT32_MAX); /* products stay far from overflow */
    if (a->least < small.least || a->greatest > small.greatest || b->least < small.least ||
        b->greatest > small.greatest)
        return shoal_interval_all(loop);
    shoal_wide_int x[4] = {a->least * b->least, a->least * b->greatest, a->greatest * b->least,
                           a->greatest * b->greatest};
    shoal_interval out = whole(x[0], x[0]);
    for (int k = 1; k < 4; k++) {
        out.least = x[k] < out.least ? x[k] : out.least;
        out.greatest = x[k] > out.greatest ? x[k] : out.greatest;
    }
    return clipped(loop, out);
}

static shoal_interval arithmetic(const shoal_node *node, const shoal_interval *arg)
{
    if (is_float_type(node->loop)) return float_arithmetic(node->op, node->loop, &arg[0], &arg[1]);
    if (node->loop == SHOAL_BOOL || node->op == SHOAL_OP_DIVIDE)
        return shoal_interval_all(node->type.code);
    return whole_arithmetic(node->op, node->loop, &arg[0], &arg[1]);
}

static shoal_interval negated(const shoal_node *node, const shoal_interval *a)
{
    shoal_interval x = *a;
    if (a->is_float) {
        x.low = -a->high;
        x.high = -a->low;
        return x;
    }
    x.least = -a->greatest;
    x.greatest = -a->least;
    return clipped(node->type.code, x);
}

static shoal_interval magnitude(const shoal_node *node, const shoal_interval *a)
{
    shoal_interval minus = negated(node, a), x = shoal_interval_join(*a, minus);
    if (a->none) return *a;
    if (a->is_float) {
        x.low = a->low > 0 ? a->low : minus.low > 0 ? minus.low : 0;
        return x;
    }
    x.least = a->least > 0 ? a->least : minus.least > 0 ? minus.least : 0;
    /* the least of a signed type stays negative */
    return minus.least == shoal_interval_all(node->type.code).least ? minus : x;
}

/* minimum and maximum: NaN if one is. */
static shoal_interval extreme(const shoal_interval *a, const shoal_interval *b, bool least)
{
    shoal_interval x = *a;
    x.nan = a->nan || b->nan;
    x.none = a->none || b->none;
    if (least) {
        x.low = b->low < a->low ? b->low : a->low;
        x.high = b->high < a->high ? b->high : a->high;
        x.least = b->least < a->least ? b->least : a->least;
        x.greatest = b->greatest < a->greatest ? b->greatest : a->greatest;
    } else {
        x.low = b->low > a->low ? b->low : a->low;
        x.high = b->high > a->high ? b->high : a->high;
        x.least = b->least > a->least ? b->least : a->least;
        x.greatest = b->greatest > a->greatest ? b->greatest : a->greatest;
    }
    return x;
}

static shoal_interval root(const shoal_node *node, const shoal_interval *a)
{
    if (a->none || !(a->high >= 0) || node->loop == SHOAL_FLOAT16)
        return shoal_interval_all(node->type.code);
    double low = a->low > 0 ? a->low : 0;
    return floats(rounded(node->loop, sqrt(low)), rounded(node->loop, sqrt(a->high)),
                  a->nan || a->low < 0);
}

static shoal_interval cut(const shoal_node *node, const shoal_interval *a)
{
    if (!a->is_float) return *a;
    shoal_interval x = *a;
    double (*f)(double) = node->op == SHOAL_OP_FLOOR   ? floor
                          : node->op == SHOAL_OP_CEIL  ? ceil
                          : node->op == SHOAL_OP_TRUNC ? trunc
                                                       : nearbyint;
    x.low = f(a->low);
    x.high = f(a->high);
    return x;
}

static shoal_interval chosen(const shoal_interval *arg)
{
    if (arg[0].least != 0) return arg[1];
    if (arg[0].greatest == 0) return arg[2];
    return shoal_interval_join(arg[1], arg[2]);
}

/* ---- Casts ---- */

static shoal_interval cast(const shoal_node *node, const shoal_interval *a)
{
    shoal_type_code from = node->arg[0]->type.code, to = node->type.code;
    shoal_interval all = shoal_interval_all(to);
    if (from > SHOAL_FLOAT64 || to > SHOAL_FLOAT64) return all;
    if (to == SHOAL_BOOL && !a->is_float)
        return answer(a->least <= 0 && a->greatest >= 0, a->least != 0 || a->greatest != 0);
    if (to == SHOAL_BOOL)
        return answer(!a->none && a->low <= 0 && a->high >= 0,
                      a->nan || (!a->none && (a->low != 0 || a->high != 0)));
    if (!a->is_float && !all.is_float)
        return a->least < all.least || a->greatest > all.greatest ? all : *a;
    if (a->is_float && !all.is_float) return all;
    if (to == SHOAL_FLOAT16) return all;
    if (a->is_float) {
        shoal_interval x = *a;
        x.low = rounded(to, a->low);
        x.high = rounded(to, a->high);
        return x;
    }
    if (to == SHOAL_FLOAT32)
        return floats((double)(float)a->least, (double)(float)a->greatest, false);
    return floats((double)a->least, (double)a->greatest, false);
}

static bool is_real(const shoal_node *node)
{
    for (int k = 0; k < node->n_args; k++)
        if (node->arg[k]->type.code > SHOAL_FLOAT64) return false;
    return node->type.code <= SHOAL_FLOAT64;
}

static bool same_kind(const shoal_interval *arg)
{
    return arg[0].is_float == arg[1].is_float;
}

shoal_interval shoal_interval_apply(const shoal_node *node, const shoal_interval *arg)
{
    shoal_interval all = shoal_interval_all(node->type.code);
    if (node->kind == SHOAL_NODE_CAST) return cast(node, arg);
    if (node->kind != SHOAL_NODE_ELEMENT || !is_real(node)) return all;
    switch (node->op) {
    case SHOAL_OP_EQUAL:
    case SHOAL_OP_NOT_EQUAL:
    case SHOAL_OP_LESS:
    case SHOAL_OP_LESS_EQUAL:
    case SHOAL_OP_GREATER:
    case SHOAL_OP_GREATER_EQUAL: return same_kind(arg) ? compared(node->op, &arg[0], &arg[1]) : all;
    case SHOAL_OP_BITWISE_AND:
    case SHOAL_OP_BITWISE_OR:
    case SHOAL_OP_BITWISE_XOR:
        if (node->loop != SHOAL_BOOL) return all;
        return joined(node->op, &arg[0], &arg[1]);
    case SHOAL_OP_LOGICAL_AND:
    case SHOAL_OP_LOGICAL_OR:
    case SHOAL_OP_LOGICAL_XOR:
        if (arg[0].is_float || arg[1].is_float || node->loop != SHOAL_BOOL) return all;
        return joined(node->op, &arg[0], &arg[1]);
    case SHOAL_OP_INVERT:
    case SHOAL_OP_LOGICAL_NOT:
        if (node->loop != SHOAL_BOOL || arg[0].is_float) return all;
        return answer(arg[0].greatest != 0, arg[0].least == 0);
    case SHOAL_OP_ISNAN:
    case SHOAL_OP_ISINF:
    case SHOAL_OP_ISFINITE: return arg[0].is_float ? tested(node->op, &arg[0]) : all;
    case SHOAL_OP_ADD:
    case SHOAL_OP_SUBTRACT:
    case SHOAL_OP_MULTIPLY:
    case SHOAL_OP_DIVIDE: return same_kind(arg) ? arithmetic(node, arg) : all;
    case SHOAL_OP_NEGATIVE: return negated(node, &arg[0]);
    case SHOAL_OP_POSITIVE: return arg[0];
    case SHOAL_OP_ABSOLUTE:
    case SHOAL_OP_FABS: return magnitude(node, &arg[0]);
    case SHOAL_OP_MINIMUM: return extreme(&arg[0], &arg[1], true);
    case SHOAL_OP_MAXIMUM: return extreme(&arg[0], &arg[1], false);
    case SHOAL_OP_SQRT: return root(node, &arg[0]);
    case SHOAL_OP_FLOOR:
    case SHOAL_OP_CEIL:
    case SHOAL_OP_TRUNC:
    case SHOAL_OP_RINT: return cut(node, &arg[0]);
    case SHOAL_OP_WHERE: return chosen(arg);
    default: return all;
    }
}

bool shoal_interval_decides(const shoal_node *node, const shoal_interval *x, bool *value)
{
    if (node->type.code != SHOAL_BOOL || x->least != x->greatest) return false;
    *value = x->least != 0;
    return true;
}
