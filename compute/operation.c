#include "compute/operation_rule.h"

#include <string.h>

static const shoal_operation operations[SHOAL_N_OPS] = {
#define SHOAL_OPERATION(id, name, arity, rule, doc) \
    {name, arity, SHOAL_RULE_##rule >= SHOAL_RULE_REDUCE_SUM, doc},
#include "compute/operation_list.h"
#undef SHOAL_OPERATION
};

static const uint8_t rules[SHOAL_N_OPS] = {
#define SHOAL_OPERATION(id, name, arity, rule, doc) SHOAL_RULE_##rule,
#include "compute/operation_list.h"
#undef SHOAL_OPERATION
};

/* NumPy's other names of the same operations. */
#define ALIASES(X)                        \
    X("abs", ABSOLUTE)                    \
    X("acos", ARCCOS)                     \
    X("acosh", ARCCOSH)                   \
    X("amax", MAX)                        \
    X("amin", MIN)                        \
    X("around", ROUND)                    \
    X("asin", ARCSIN)                     \
    X("asinh", ARCSINH)                   \
    X("atan", ARCTAN)                     \
    X("atan2", ARCTAN2)                   \
    X("atanh", ARCTANH)                   \
    X("bitwise_invert", INVERT)           \
    X("bitwise_left_shift", LEFT_SHIFT)   \
    X("bitwise_not", INVERT)              \
    X("bitwise_right_shift", RIGHT_SHIFT) \
    X("conj", CONJUGATE)                  \
    X("fix", TRUNC)                       \
    X("deg2rad", RADIANS)                 \
    X("mod", REMAINDER)                   \
    X("nancount", COUNT)                  \
    X("pow", POWER)                       \
    X("rad2deg", DEGREES)                 \
    X("true_divide", DIVIDE)

static const struct alias {
    const char *name;
    shoal_op op;
} aliases[] = {
#define ALIAS(name, id) {name, SHOAL_OP_##id},
    ALIASES(ALIAS)
#undef ALIAS
};

static const char *const names[] = {
#define SHOAL_OPERATION(id, name, arity, rule, doc) name,
#include "compute/operation_list.h"
#undef SHOAL_OPERATION
#define ALIAS(name, id) name,
    ALIASES(ALIAS)
#undef ALIAS
        NULL,
};

const shoal_operation *shoal_operation_of(shoal_op op)
{
    return &operations[op];
}

shoal_rule shoal_operation_rule(shoal_op op)
{
    return (shoal_rule)rules[op];
}

int shoal_operation_find(const char *name)
{
    for (int k = 0; k < SHOAL_N_OPS; k++) {
        if (strcmp(operations[k].name, name) == 0) return k;
    }
    for (size_t k = 0; k < sizeof aliases / sizeof *aliases; k++) {
        if (strcmp(aliases[k].name, name) == 0) return (int)aliases[k].op;
    }
    return -1;
}

const char *shoal_operation_alias(size_t k, shoal_op *op)
{
    if (k >= sizeof aliases / sizeof *aliases) return NULL;
    *op = aliases[k].op;
    return aliases[k].name;
}

const char *const *shoal_operation_names(void)
{
    return names;
}
