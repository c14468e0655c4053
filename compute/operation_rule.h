/* The type rules of the operations: which loops there are, and what they give. NumPy's method: the
   arguments' common type picks the first loop that it casts to safely. */
#ifndef SHOAL_COMPUTE_OPERATION_RULE_H
#define SHOAL_COMPUTE_OPERATION_RULE_H

#include "compute/operation.h"

typedef enum shoal_rule {
    SHOAL_RULE_ARITHMETIC,     /* every type, result the same */
    SHOAL_RULE_SUBTRACT,       /* every type but bool */
    SHOAL_RULE_DIVIDE,         /* floats and complex; bool and integers as float64 */
    SHOAL_RULE_INTEGER_DIVIDE, /* integers and floats; bool as int8 */
    SHOAL_RULE_POWER,          /* every type; bool as int8 */
    SHOAL_RULE_NEGATIVE,       /* every type but bool */
    SHOAL_RULE_POSITIVE,       /* every type but bool */
    SHOAL_RULE_ABSOLUTE,       /* every type; complex gives its real type */
    SHOAL_RULE_FLOAT,          /* floats; integers as the smallest float that holds them */
    SHOAL_RULE_FLOAT_COMPLEX,  /* FLOAT, and complex */
    SHOAL_RULE_FLOOR,          /* every real type */
    SHOAL_RULE_ROUND,          /* every type; bool as float16 */
    SHOAL_RULE_FLOAT_TEST,     /* FLOAT, giving bool */
    SHOAL_RULE_CHOICE,         /* every type */
    SHOAL_RULE_WHERE,          /* bool and two of every type */
    SHOAL_RULE_CLIP,           /* every type */
    SHOAL_RULE_COMPARE,        /* every type, giving bool; int64 with uint64 exactly */
    SHOAL_RULE_LOGICAL,        /* every argument as bool */
    SHOAL_RULE_BITWISE,        /* bool and integers */
    SHOAL_RULE_SHIFT,          /* integers; bool as int8 */
    SHOAL_RULE_TEST,           /* floats and complex give bool; integers are never NaN */
    SHOAL_RULE_ANGLE,          /* FLOAT_COMPLEX giving reals; bool as float64 */
    SHOAL_RULE_FLOAT_POWER,    /* float64 and complex128 */
    SHOAL_RULE_DIVISOR,        /* integers; not bool alone */
    SHOAL_RULE_BIT_COUNT,      /* integers, giving uint8; bool as int8 */
    SHOAL_RULE_LDEXP,          /* FLOAT of the first, the second as int64 */
    SHOAL_RULE_EXPONENT,       /* FLOAT, giving int32 */
    SHOAL_RULE_COMPLEX_OF,     /* two reals giving complex; integers as float64 */
    SHOAL_RULE_REDUCE_SUM,     /* bool and integers give int64 or uint64 */
    SHOAL_RULE_REDUCE_SAME,
    SHOAL_RULE_REDUCE_MEAN, /* bool and integers give float64 */
    SHOAL_RULE_REDUCE_VAR,  /* REDUCE_MEAN; complex gives its real type */
    SHOAL_RULE_REDUCE_BOOL,
    SHOAL_RULE_REDUCE_COUNT, /* int64 */
} shoal_rule;

shoal_rule shoal_operation_rule(shoal_op op);

/* The result type of `n` (up to 3) arguments, weak ones last, as numpy.result_type; integers'
   ranges are not checked. SHOAL_TEXT when there is none. */
shoal_type_code shoal_promote_all(int n, const shoal_argument *arguments);

/* True when every value of `from` is kept in `to`, in NumPy's sense (int64 to float64 counts). */
bool shoal_cast_is_safe(shoal_type_code from, shoal_type_code to);

/* True when an integer lies in the range of an integer type. */
bool shoal_integer_fits(int64_t value, shoal_type_code type);

#endif
