/* Operators between Python literals, folded with Python's arithmetic: 1/3 stays a weak float. */
#include "compute/graph.h"

#include "compute/lex.h"

#include <math.h>
#include <string.h>

/* Python's: True and False count as 1 and 0 among its operators. */
static bool is_weak_number(const shoal_node *n)
{
    return n->kind == SHOAL_NODE_LITERAL && (n->weak || n->type.code == SHOAL_BOOL);
}

static int64_t int_value(const shoal_node *n)
{
    int64_t v;
    memcpy(&v, n->value, sizeof v);
    return n->type.code == SHOAL_BOOL ? n->value[0] : v;
}

static double float_value(const shoal_node *n)
{
    double v;
    if (n->type.code <= SHOAL_INT64) return (double)int_value(n);
    memcpy(&v, n->value, sizeof v);
    return v;
}

static void set(shoal_node *out, shoal_type_code type, const void *value)
{
    *out = (shoal_node){
        .kind = SHOAL_NODE_LITERAL, .type = shoal_type_of(type), .weak = true, .source = -1};
    memcpy(out->value, value, out->type.n_bytes);
}

static bool power_int(int64_t base, int64_t exponent, int64_t *out)
{
    *out = 1;
    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1 && __builtin_mul_overflow(*out, base, out)) return false;
        if (exponent > 1 && __builtin_mul_overflow(base, base, &base)) return false;
    }
    return true;
}

/* False: Python would give an error or an integer beyond int64. */
static bool fold_int(shoal_op op, int64_t a, int64_t b, int64_t *out)
{
    switch (op) {
    case SHOAL_OP_ADD: return !__builtin_add_overflow(a, b, out);
    case SHOAL_OP_SUBTRACT: return !__builtin_sub_overflow(a, b, out);
    case SHOAL_OP_MULTIPLY: return !__builtin_mul_overflow(a, b, out);
    case SHOAL_OP_FLOOR_DIVIDE:
    case SHOAL_OP_REMAINDER: {
        if (b == 0 || (a == INT64_MIN && b == -1)) return false;
        int64_t q = a / b, r = a % b;
        if (r != 0 && (r < 0) != (b < 0)) {
            q--;
            r += b;
        }
        *out = op == SHOAL_OP_FLOOR_DIVIDE ? q : r;
        return true;
    }
    case SHOAL_OP_POWER: return b >= 0 && power_int(a, b, out);
    case SHOAL_OP_NEGATIVE: return !__builtin_sub_overflow((int64_t)0, a, out);
    case SHOAL_OP_POSITIVE: *out = a; return true;
    case SHOAL_OP_INVERT: *out = ~a; return true;
    case SHOAL_OP_BITWISE_AND: *out = a & b; return true;
    case SHOAL_OP_BITWISE_OR: *out = a | b; return true;
    case SHOAL_OP_BITWISE_XOR: *out = a ^ b; return true;
    default: return false;
    }
}

/* Python's a // b and a % b of floats: the remainder has b's sign, the quotient is whole. */
static void divmod_float(double a, double b, double *quotient, double *remainder)
{
    *remainder = fmod(a, b);
    double div = (a - *remainder) / b;
    if (*remainder != 0 && (b < 0) != (*remainder < 0)) {
        *remainder += b;
        div -= 1;
    } else if (*remainder == 0) {
        *remainder = copysign(0, b);
    }
    *quotient = div != 0 ? floor(div) : copysign(0, a / b);
    if (div - *quotient > 0.5) *quotient += 1;
}

static bool fold_float(shoal_op op, double a, double b, double *out)
{
    double other;
    switch (op) {
    case SHOAL_OP_ADD: *out = a + b; return true;
    case SHOAL_OP_SUBTRACT: *out = a - b; return true;
    case SHOAL_OP_MULTIPLY: *out = a * b; return true;
    case SHOAL_OP_DIVIDE: *out = a / b; return true;
    case SHOAL_OP_FLOOR_DIVIDE: divmod_float(a, b, out, &other); return true;
    case SHOAL_OP_REMAINDER: divmod_float(a, b, &other, out); return true;
    case SHOAL_OP_POWER: *out = pow(a, b); return true;
    case SHOAL_OP_NEGATIVE: *out = -a; return true;
    case SHOAL_OP_POSITIVE: *out = a; return true;
    default: return false;
    }
}

/* Python's complex division: Smith's algorithm. */
static void divide_complex(const double *x, const double *y, double *out)
{
    bool real_larger = fabs(y[0]) >= fabs(y[1]);
    double large = real_larger ? y[0] : y[1], small = real_larger ? y[1] : y[0];
    double ratio = small / large, denominator = large + small * ratio;
    if (real_larger) {
        out[0] = (x[0] + x[1] * ratio) / denominator;
        out[1] = (x[1] - x[0] * ratio) / denominator;
    } else {
        out[0] = (x[0] * ratio + x[1]) / denominator;
        out[1] = (x[1] * ratio - x[0]) / denominator;
    }
}

static bool fold_complex(shoal_op op, const shoal_node *a, const shoal_node *b, shoal_node *out)
{
    double x[2] = {0, 0}, y[2] = {0, 0};
    if (a->type.code == SHOAL_COMPLEX128)
        memcpy(x, a->value, 16);
    else
        x[0] = float_value(a);
    if (b && b->type.code == SHOAL_COMPLEX128)
        memcpy(y, b->value, 16);
    else if (b)
        y[0] = float_value(b);
    double r[2];
    if (op == SHOAL_OP_ADD)
        r[0] = x[0] + y[0], r[1] = x[1] + y[1];
    else if (op == SHOAL_OP_SUBTRACT)
        r[0] = x[0] - y[0], r[1] = x[1] - y[1];
    else if (op == SHOAL_OP_MULTIPLY)
        r[0] = x[0] * y[0] - x[1] * y[1], r[1] = x[0] * y[1] + x[1] * y[0];
    else if (op == SHOAL_OP_NEGATIVE)
        r[0] = -x[0], r[1] = -x[1];
    else if (op == SHOAL_OP_DIVIDE)
        divide_complex(x, y, r);
    else
        return false;
    set(out, SHOAL_COMPLEX128, r);
    return true;
}

static bool divides(shoal_op op)
{
    return op == SHOAL_OP_DIVIDE || op == SHOAL_OP_FLOOR_DIVIDE || op == SHOAL_OP_REMAINDER;
}

/* Operators that Python's integers answer with integers. */
static bool gives_int(shoal_op op, const shoal_node *const *args)
{
    switch (op) {
    case SHOAL_OP_ADD:
    case SHOAL_OP_SUBTRACT:
    case SHOAL_OP_MULTIPLY:
    case SHOAL_OP_FLOOR_DIVIDE:
    case SHOAL_OP_REMAINDER:
    case SHOAL_OP_NEGATIVE:
    case SHOAL_OP_POSITIVE:
    case SHOAL_OP_INVERT:
    case SHOAL_OP_BITWISE_AND:
    case SHOAL_OP_BITWISE_OR:
    case SHOAL_OP_BITWISE_XOR: return true;
    case SHOAL_OP_POWER: return int_value(args[1]) >= 0;
    default: return false;
    }
}

shoal_status shoal_graph_fold(shoal_op op, shoal_node *const *args, int n_args, int column,
                              shoal_node *out, bool *folded, shoal_error *err)
{
    bool all_int = true, any_complex = false, all_bool = true;
    *folded = false;
    for (int k = 0; k < n_args; k++) {
        if (!is_weak_number(args[k])) return SHOAL_OK;
        all_int &= args[k]->type.code <= SHOAL_INT64;
        all_bool &= args[k]->type.code == SHOAL_BOOL;
        any_complex |= args[k]->type.code == SHOAL_COMPLEX128;
    }
    if (all_bool &&
        (op == SHOAL_OP_BITWISE_AND || op == SHOAL_OP_BITWISE_OR || op == SHOAL_OP_BITWISE_XOR))
        return SHOAL_OK; /* stays a bool, as NumPy's does */
    const shoal_node *const pair[2] = {args[0], n_args > 1 ? args[1] : NULL};
    if (any_complex && op == SHOAL_OP_DIVIDE && args[1]->type.code != SHOAL_COMPLEX128 &&
        float_value(args[1]) == 0)
        return shoal_fail_at(err, column, "division by zero");
    if (any_complex) {
        *folded = fold_complex(op, pair[0], pair[1], out);
        return SHOAL_OK;
    }
    if (divides(op) && float_value(pair[1]) == 0)
        return shoal_fail_at(err, column, "division by zero");
    if (all_int && gives_int(op, pair)) {
        int64_t integer;
        if (!fold_int(op, int_value(pair[0]), pair[1] ? int_value(pair[1]) : 0, &integer))
            return shoal_fail_at(err, column, "the integer is beyond int64; write it as a float");
        set(out, SHOAL_INT64, &integer);
        *folded = true;
        return SHOAL_OK;
    }
    double real;
    *folded = fold_float(op, float_value(pair[0]), pair[1] ? float_value(pair[1]) : 0, &real);
    if (*folded) set(out, SHOAL_FLOAT64, &real);
    return SHOAL_OK;
}
