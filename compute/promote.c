/* NumPy 2's promotion, and the choice of a loop for an operation's arguments. */
#include "compute/operation_rule.h"

#include "chunk/error.h"

#include <inttypes.h>

/* What a loop gives, beside its own type. */
typedef enum result_kind {
    RESULT_SAME,
    RESULT_REAL,    /* of complex, the real type */
    RESULT_BOOL,    /* comparisons and tests */
    RESULT_INT64,   /* counts and indices */
    RESULT_INT32,   /* exponents */
    RESULT_UINT8,   /* counts of bits */
    RESULT_COMPLEX, /* the complex type of such parts */
    RESULT_SUM,     /* bool and integers in 64 bits */
    RESULT_MEAN,    /* bool and integers as float64 */
    RESULT_MEAN_RE, /* and of complex, the real type */
} result_kind;

#define BIT(code)  (1u << SHOAL_##code)
#define SIGNED     (BIT(INT8) | BIT(INT16) | BIT(INT32) | BIT(INT64))
#define INTEGERS   (SIGNED | BIT(UINT8) | BIT(UINT16) | BIT(UINT32) | BIT(UINT64))
#define FLOATS     (BIT(FLOAT16) | BIT(FLOAT32) | BIT(FLOAT64))
#define COMPLEX    (BIT(COMPLEX64) | BIT(COMPLEX128))
#define NUMBERS    (INTEGERS | FLOATS | COMPLEX)
#define EVERYTHING (BIT(BOOL) | NUMBERS)

typedef struct rule_row {
    uint16_t loops;       /* bit t: there is a loop for type t */
    uint8_t bool_as;      /* the type that bool arguments count as; SHOAL_TEXT: refused */
    uint8_t result;       /* result_kind */
    bool integers_double; /* integers count as float64 */
} rule_row;

static const rule_row rule_rows[] = {
    [SHOAL_RULE_ARITHMETIC] = {EVERYTHING, SHOAL_BOOL, RESULT_SAME, false},
    [SHOAL_RULE_SUBTRACT] = {NUMBERS, SHOAL_TEXT, RESULT_SAME, false},
    [SHOAL_RULE_DIVIDE] = {FLOATS | COMPLEX, SHOAL_FLOAT64, RESULT_SAME, true},
    [SHOAL_RULE_INTEGER_DIVIDE] = {INTEGERS | FLOATS, SHOAL_INT8, RESULT_SAME, false},
    [SHOAL_RULE_POWER] = {NUMBERS, SHOAL_INT8, RESULT_SAME, false},
    [SHOAL_RULE_NEGATIVE] = {NUMBERS, SHOAL_TEXT, RESULT_SAME, false},
    [SHOAL_RULE_POSITIVE] = {NUMBERS, SHOAL_TEXT, RESULT_SAME, false},
    [SHOAL_RULE_ABSOLUTE] = {EVERYTHING, SHOAL_BOOL, RESULT_REAL, false},
    [SHOAL_RULE_FLOAT] = {FLOATS, SHOAL_FLOAT16, RESULT_SAME, false},
    [SHOAL_RULE_FLOAT_COMPLEX] = {FLOATS | COMPLEX, SHOAL_FLOAT16, RESULT_SAME, false},
    [SHOAL_RULE_FLOOR] = {EVERYTHING & ~COMPLEX, SHOAL_BOOL, RESULT_SAME, false},
    [SHOAL_RULE_ROUND] = {NUMBERS, SHOAL_FLOAT16, RESULT_SAME, false},
    [SHOAL_RULE_FLOAT_TEST] = {FLOATS, SHOAL_FLOAT16, RESULT_BOOL, false},
    [SHOAL_RULE_CHOICE] = {EVERYTHING, SHOAL_BOOL, RESULT_SAME, false},
    [SHOAL_RULE_WHERE] = {EVERYTHING, SHOAL_BOOL, RESULT_SAME, false},
    [SHOAL_RULE_CLIP] = {EVERYTHING, SHOAL_BOOL, RESULT_SAME, false},
    [SHOAL_RULE_COMPARE] = {EVERYTHING, SHOAL_BOOL, RESULT_BOOL, false},
    [SHOAL_RULE_LOGICAL] = {EVERYTHING, SHOAL_BOOL, RESULT_BOOL, false},
    [SHOAL_RULE_BITWISE] = {BIT(BOOL) | INTEGERS, SHOAL_BOOL, RESULT_SAME, false},
    [SHOAL_RULE_SHIFT] = {INTEGERS, SHOAL_INT8, RESULT_SAME, false},
    [SHOAL_RULE_TEST] = {EVERYTHING, SHOAL_BOOL, RESULT_BOOL, false},
    [SHOAL_RULE_ANGLE] = {FLOATS | COMPLEX, SHOAL_FLOAT64, RESULT_REAL, false},
    [SHOAL_RULE_FLOAT_POWER] = {BIT(FLOAT64) | BIT(COMPLEX128), SHOAL_FLOAT64, RESULT_SAME, true},
    [SHOAL_RULE_DIVISOR] = {INTEGERS, SHOAL_TEXT, RESULT_SAME, false},
    [SHOAL_RULE_BIT_COUNT] = {INTEGERS, SHOAL_INT8, RESULT_UINT8, false},
    [SHOAL_RULE_LDEXP] = {FLOATS, SHOAL_FLOAT16, RESULT_SAME, false},
    [SHOAL_RULE_EXPONENT] = {FLOATS, SHOAL_FLOAT16, RESULT_INT32, false},
    [SHOAL_RULE_COMPLEX_OF] = {FLOATS, SHOAL_FLOAT64, RESULT_COMPLEX, true},
    [SHOAL_RULE_REDUCE_SUM] = {EVERYTHING, SHOAL_BOOL, RESULT_SUM, false},
    [SHOAL_RULE_REDUCE_SAME] = {EVERYTHING, SHOAL_BOOL, RESULT_SAME, false},
    [SHOAL_RULE_REDUCE_MEAN] = {EVERYTHING, SHOAL_BOOL, RESULT_MEAN, false},
    [SHOAL_RULE_REDUCE_VAR] = {EVERYTHING, SHOAL_BOOL, RESULT_MEAN_RE, false},
    [SHOAL_RULE_REDUCE_BOOL] = {EVERYTHING, SHOAL_BOOL, RESULT_BOOL, false},
    [SHOAL_RULE_REDUCE_COUNT] = {EVERYTHING, SHOAL_BOOL, RESULT_INT64, false},
};

static bool is_integer(shoal_type_code t)
{
    return (INTEGERS >> t) & 1u;
}

/* The smallest float that holds an integer type by NumPy's reckoning; floats and complex: their
   (real) type. */
static shoal_type_code float_of(shoal_type_code t)
{
    switch (t) {
    case SHOAL_BOOL:
    case SHOAL_INT8:
    case SHOAL_UINT8:
    case SHOAL_FLOAT16: return SHOAL_FLOAT16;
    case SHOAL_INT16:
    case SHOAL_UINT16:
    case SHOAL_FLOAT32:
    case SHOAL_COMPLEX64: return SHOAL_FLOAT32;
    default: return SHOAL_FLOAT64;
    }
}

static shoal_type_code promote_integers(shoal_type_code a, shoal_type_code b)
{
    static const shoal_type_code signed_of_size[] = {
        [1] = SHOAL_INT8, [2] = SHOAL_INT16, [4] = SHOAL_INT32, [8] = SHOAL_INT64};
    shoal_type_code s = (SIGNED >> a) & 1u ? a : b, u = s == a ? b : a;
    uint32_t s_size = shoal_code_size(s), u_size = shoal_code_size(u);
    if (((SIGNED >> a) & 1u) == ((SIGNED >> b) & 1u)) return s_size >= u_size ? s : u;
    if (u_size < s_size) return s;
    return u_size == 8 ? SHOAL_FLOAT64 : signed_of_size[2 * u_size];
}

static shoal_type_code promote_strong(shoal_type_code a, shoal_type_code b)
{
    if (a >= SHOAL_TEXT || b >= SHOAL_TEXT) return SHOAL_TEXT;
    if (a == b) return a;
    if (a == SHOAL_BOOL) return b;
    if (b == SHOAL_BOOL) return a;
    if (is_integer(a) && is_integer(b)) return promote_integers(a, b);
    shoal_type_code fa = float_of(a), fb = float_of(b), f = fa > fb ? fa : fb;
    if (!((COMPLEX >> a) & 1u) && !((COMPLEX >> b) & 1u)) return f;
    return f == SHOAL_FLOAT64 ? SHOAL_COMPLEX128 : SHOAL_COMPLEX64;
}

/* A weak literal lifts the kind only: an integer next to floats is a float of their size. */
static shoal_type_code promote_weak(shoal_type_code strong, shoal_type_code weak)
{
    if (strong == SHOAL_BOOL) return weak;
    if (weak == SHOAL_INT64) return strong;
    bool real = strong < SHOAL_COMPLEX64;
    if (is_integer(strong)) return weak;
    if (weak == SHOAL_FLOAT64 || !real) return strong;
    return strong == SHOAL_FLOAT64 ? SHOAL_COMPLEX128 : SHOAL_COMPLEX64;
}

shoal_type_code shoal_promote_all(int n, const shoal_argument *arguments)
{
    int strong = -1, weak = -1;
    /* Floats first: NumPy promotes each integer with the float, not with each other. */
    for (int floats = 1; floats >= 0; floats--) {
        for (int k = 0; k < n; k++) {
            int t = (int)arguments[k].type;
            if (t >= (int)SHOAL_TEXT) return SHOAL_TEXT;
            if (arguments[k].weak)
                weak = t > weak ? t : weak;
            else if ((t >= (int)SHOAL_FLOAT16) != (bool)floats)
                continue;
            else if (strong < 0)
                strong = t;
            else
                strong = (int)promote_strong((shoal_type_code)strong, (shoal_type_code)t);
        }
    }
    if (weak < 0) return (shoal_type_code)strong;
    if (strong < 0) return (shoal_type_code)weak;
    return promote_weak((shoal_type_code)strong, (shoal_type_code)weak);
}

bool shoal_cast_is_safe(shoal_type_code from, shoal_type_code to)
{
    return promote_strong(from, to) == to;
}

bool shoal_integer_fits(int64_t value, shoal_type_code type)
{
    int bits = 8 * (int)shoal_code_size(type);
    if (type == SHOAL_UINT64) return value >= 0;
    if (!((SIGNED >> type) & 1u)) return value >= 0 && value < ((int64_t)1 << bits);
    if (bits == 64) return true;
    return value >= -((int64_t)1 << (bits - 1)) && value < ((int64_t)1 << (bits - 1));
}

static const char *name_of(shoal_type_code code, char name[24])
{
    return shoal_type_name((shoal_type){code, shoal_code_size(code)}, name);
}

/* Every weak integer must fit where the loop is of integers. */
static shoal_status check_range(int n, const shoal_argument *arguments, shoal_type_code loop,
                                shoal_error *err)
{
    char name[24];
    if (!is_integer(loop)) return SHOAL_OK;
    for (int k = 0; k < n; k++) {
        const shoal_argument *a = &arguments[k];
        if (!a->weak || shoal_integer_fits(a->literal_int, loop)) continue;
        return shoal_fail(err, SHOAL_USAGE, "%" PRId64 " does not fit %s", a->literal_int,
                          name_of(loop, name));
    }
    return SHOAL_OK;
}

shoal_status shoal_promote(shoal_argument a, shoal_argument b, shoal_type_code *out,
                           shoal_error *err)
{
    shoal_argument both[2] = {a, b};
    shoal_type_code t = shoal_promote_all(2, both);
    char first[24], second[24];
    if (t == SHOAL_TEXT) {
        if (a.type == b.type)
            return shoal_fail(err, SHOAL_USAGE, "text does not go with text here");
        return shoal_fail(err, SHOAL_USAGE, "%s and %s have no common type",
                          a.type == SHOAL_TEXT ? "text" : name_of(a.type, first),
                          b.type == SHOAL_TEXT ? "text" : name_of(b.type, second));
    }
    shoal_status status = check_range(2, both, t, err);
    if (status) return status;
    *out = t;
    return SHOAL_OK;
}

static shoal_status refuse(shoal_op op, shoal_type_code common, shoal_error *err)
{
    static const char *const hints[SHOAL_N_OPS] = {
        [SHOAL_OP_SUBTRACT] = "; use ^ or logical_xor",
        [SHOAL_OP_NEGATIVE] = "; use ~ or logical_not",
        [SHOAL_OP_BITWISE_AND] = "; use logical_and",
        [SHOAL_OP_BITWISE_OR] = "; use logical_or",
        [SHOAL_OP_BITWISE_XOR] = "; use ** for powers, logical_xor for truth",
        [SHOAL_OP_INVERT] = "; use logical_not",
    };
    char name[24];
    const char *what = common == SHOAL_TEXT ? "text" : name_of(common, name);
    return shoal_fail(err, SHOAL_USAGE, "%s does not take %s%s", shoal_operation_of(op)->name, what,
                      hints[op] ? hints[op] : "");
}

/* The type that the arguments look for a loop with. Functions of floats let every integer find its
   float alone (int8 with uint8 gives float16), the others promote first. */
static shoal_type_code common_type(shoal_rule rule, int n, const shoal_argument *arguments)
{
    shoal_type_code common = shoal_promote_all(n, arguments);
    if (rule != SHOAL_RULE_FLOAT || n < 2 || !is_integer(common)) return common;
    shoal_type_code f = SHOAL_FLOAT16;
    for (int k = 0; k < n; k++) {
        if (!arguments[k].weak && float_of(arguments[k].type) > f) f = float_of(arguments[k].type);
        if (arguments[k].weak && common == SHOAL_INT64) f = SHOAL_FLOAT64;
    }
    return f;
}

/* NumPy's type of the loop, half floats included; SHOAL_TEXT when there is none. */
static shoal_type_code choose_loop(shoal_rule rule, shoal_type_code common)
{
    const rule_row *row = &rule_rows[rule];
    if (common == SHOAL_BOOL) common = (shoal_type_code)row->bool_as;
    if (common >= SHOAL_TEXT) return SHOAL_TEXT;
    if (row->integers_double && is_integer(common)) common = SHOAL_FLOAT64;
    if ((row->loops >> common) & 1u) return common;
    for (int t = 0; t < SHOAL_N_NUMERIC_TYPES; t++) {
        if (!((row->loops >> t) & 1u)) continue;
        if (shoal_cast_is_safe(common, (shoal_type_code)t)) return (shoal_type_code)t;
    }
    return SHOAL_TEXT;
}

static shoal_type_code result_of(result_kind kind, shoal_type_code t)
{
    bool whole = t == SHOAL_BOOL || is_integer(t);
    shoal_type_code real = (COMPLEX >> t) & 1u ? float_of(t) : t;
    switch (kind) {
    case RESULT_SAME: return t;
    case RESULT_REAL: return real;
    case RESULT_BOOL: return SHOAL_BOOL;
    case RESULT_INT64: return SHOAL_INT64;
    case RESULT_INT32: return SHOAL_INT32;
    case RESULT_UINT8: return SHOAL_UINT8;
    case RESULT_COMPLEX: return t == SHOAL_FLOAT64 ? SHOAL_COMPLEX128 : SHOAL_COMPLEX64;
    case RESULT_SUM:
        if (!whole) return t;
        return t == SHOAL_BOOL || ((SIGNED >> t) & 1u) ? SHOAL_INT64 : SHOAL_UINT64;
    case RESULT_MEAN: return whole ? SHOAL_FLOAT64 : t;
    case RESULT_MEAN_RE: return whole ? SHOAL_FLOAT64 : real;
    }
    return t;
}

/* A literal beyond an integer type's range compares as int64; with uint64, exactly by sign. */
static bool compare_signature(const shoal_argument *a, shoal_signature *out)
{
    shoal_type_code t[2] = {a[0].type, a[1].type};
    shoal_type_code common = shoal_promote_all(2, a);
    bool wide[2];
    for (int k = 0; k < 2; k++) {
        /* Promotion gives float64 for uint64 with signed ones, where NumPy compares exactly. */
        bool literal = a[k].weak && is_integer(t[k]);
        wide[k] = literal && is_integer(common) && !shoal_integer_fits(a[k].literal_int, common);
    }
    bool u0 = t[0] == SHOAL_UINT64, u1 = t[1] == SHOAL_UINT64;
    bool s0 = (SIGNED >> t[0]) & 1u, s1 = (SIGNED >> t[1]) & 1u;
    if ((u0 && s1 && (!a[1].weak || wide[1])) || (u1 && s0 && (!a[0].weak || wide[0]))) {
        out->loop = u0 ? SHOAL_LOOP_UINT64_INT64 : SHOAL_LOOP_INT64_UINT64;
        out->cast[0] = u0 ? SHOAL_UINT64 : SHOAL_INT64;
        out->cast[1] = u0 ? SHOAL_INT64 : SHOAL_UINT64;
    } else if (wide[0] || wide[1]) {
        out->loop = out->cast[0] = out->cast[1] = SHOAL_INT64;
    } else {
        return false;
    }
    out->literal = SHOAL_INT64;
    out->kernel_result = out->result = SHOAL_BOOL;
    return true;
}

/* Fills in what follows from NumPy's loop type t. */
static void set_signature(shoal_op op, shoal_rule rule, shoal_type_code t, shoal_signature *out)
{
    result_kind kind = (result_kind)rule_rows[rule].result;
    shoal_type_code loop = t;
    if (t == SHOAL_FLOAT16 && op != SHOAL_OP_NEXTAFTER && op != SHOAL_OP_SPACING)
        loop = SHOAL_FLOAT32;
    if (rule == SHOAL_RULE_LOGICAL) loop = SHOAL_BOOL;
    if (rule == SHOAL_RULE_TEST && is_integer(t)) loop = SHOAL_BOOL;
    *out =
        (shoal_signature){{loop, loop, loop}, t, loop, result_of(kind, loop), result_of(kind, t)};
    if (rule == SHOAL_RULE_LOGICAL || rule == SHOAL_RULE_TEST) out->literal = SHOAL_FLOAT64;
    if (rule == SHOAL_RULE_LOGICAL && t >= SHOAL_COMPLEX64) out->literal = SHOAL_COMPLEX128;
    if (rule == SHOAL_RULE_WHERE) out->cast[0] = SHOAL_BOOL;
    if (rule == SHOAL_RULE_LDEXP) out->cast[1] = SHOAL_INT64;
}

/* The exponent is a whole number that an int64 holds, and no part of the promotion. A Python
   integer next to it takes the first loop that there is, as in NumPy. */
static shoal_status ldexp_signature(const shoal_argument *a, shoal_signature *out, shoal_error *err)
{
    if (a[1].type > SHOAL_INT64 && (!is_integer(a[1].type) || a[1].type == SHOAL_UINT64))
        return refuse(SHOAL_OP_LDEXP, a[1].type, err);
    bool of_bool = a[0].type == SHOAL_BOOL;
    if (a[1].weak && !of_bool && !shoal_integer_fits(a[1].literal_int, SHOAL_INT32))
        return shoal_fail(err, SHOAL_USAGE, "%" PRId64 " does not fit int32", a[1].literal_int);
    shoal_type_code common = a[0].type;
    if (a[0].weak && is_integer(common))
        common = a[1].type == SHOAL_BOOL ? SHOAL_FLOAT64 : SHOAL_FLOAT16;
    shoal_type_code t = choose_loop(SHOAL_RULE_LDEXP, common);
    if (t >= SHOAL_TEXT) return refuse(SHOAL_OP_LDEXP, common, err);
    set_signature(SHOAL_OP_LDEXP, SHOAL_RULE_LDEXP, t, out);
    return SHOAL_OK;
}

shoal_status shoal_operation_resolve(shoal_op op, const shoal_argument *arguments,
                                     shoal_signature *out, shoal_error *err)
{
    shoal_rule rule = shoal_operation_rule(op);
    int n = shoal_operation_of(op)->arity;
    int first = rule == SHOAL_RULE_WHERE ? 1 : 0; /* the condition promotes nothing */
    if (first && arguments[0].type >= SHOAL_TEXT) return refuse(op, SHOAL_TEXT, err);
    if (rule == SHOAL_RULE_LDEXP) return ldexp_signature(arguments, out, err);
    shoal_type_code common = common_type(rule, n - first, arguments + first);
    if (rule == SHOAL_RULE_COMPARE && common < SHOAL_TEXT && compare_signature(arguments, out))
        return SHOAL_OK;
    shoal_type_code t = choose_loop(rule, common);
    if (t >= SHOAL_TEXT) return refuse(op, common, err);
    /* NumPy's where casts its literals as astype does */
    if (rule != SHOAL_RULE_LOGICAL && rule != SHOAL_RULE_TEST && rule != SHOAL_RULE_WHERE) {
        shoal_status status = check_range(n - first, arguments + first, t, err);
        if (status) return status;
    }
    const shoal_argument *exponent = &arguments[n - 1];
    if (op == SHOAL_OP_POWER && is_integer(t) && exponent->weak && exponent->literal_int < 0)
        return shoal_fail(err, SHOAL_USAGE,
                          "integers to negative integer powers are not allowed; make one a float");
    set_signature(op, rule, t, out);
    return SHOAL_OK;
}
