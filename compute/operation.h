/* The one table of operations: parser, types, kernels, docs and tests all read it. */
#ifndef SHOAL_COMPUTE_OPERATION_H
#define SHOAL_COMPUTE_OPERATION_H

#include "chunk/type.h"

/* SHOAL_OP_ADD, ... generated from the X-macro list in compute/operation_list.h */
typedef enum shoal_op {
#define SHOAL_OPERATION(id, name, arity, rule, doc) SHOAL_OP_##id,
#include "compute/operation_list.h"
#undef SHOAL_OPERATION
    SHOAL_N_OPS
} shoal_op;

typedef struct shoal_operation {
    const char *name; /* NumPy's */
    int arity;        /* array arguments; reductions have 1 */
    bool reduces;
    const char *doc; /* one line for people */
} shoal_operation;

const shoal_operation *shoal_operation_of(shoal_op op);

/* Finds by NumPy's name, aliases included ("abs", "absolute", "pow", "arctan2"/"atan2", ...);
   -1 when there is none. */
int shoal_operation_find(const char *name);

/* All names and aliases, for hints; ends with NULL. */
const char *const *shoal_operation_names(void);

/* The k-th other name of operations, and the operation; NULL after the last. */
const char *shoal_operation_alias(size_t k, shoal_op *op);

/* An argument's type as NumPy 2 promotes: a Python literal is weak (bool literals are not). */
typedef struct shoal_argument {
    shoal_type_code type; /* of a weak one: SHOAL_INT64, SHOAL_FLOAT64 or SHOAL_COMPLEX128 */
    bool weak;
    double literal;      /* a weak real literal's value, for range checks of integers */
    int64_t literal_int; /* a weak integer's exact value */
} shoal_argument;

/* What an operation computes in and gives for these argument types: each argument is cast to its
   own type in `cast`, the kernel is looked up with `loop`, writes `kernel_result`, and that is cast
   to `result`. A weak literal is cast to `literal` first, then to its `cast` (they differ for half
   floats alone). Half floats have no kernels but nextafter's and spacing's: their loop is float32,
   rounded after each operation as NumPy does. A reduction writes `kernel_result` too. SHOAL_USAGE
   with NumPy's reason when there is no such loop ("subtract of bools; use ^"), or when a Python
   integer does not fit ("300 does not fit uint8"). */
typedef struct shoal_signature {
    shoal_type_code cast[3];
    shoal_type_code literal;
    shoal_type_code loop;          /* or one of the two below, for comparisons */
    shoal_type_code kernel_result; /* what the kernel writes */
    shoal_type_code result;        /* after the cast from kernel_result */
} shoal_signature;

/* Loops of comparisons whose arguments no type holds exactly. */
#define SHOAL_LOOP_INT64_UINT64 ((shoal_type_code)(SHOAL_RECORD + 1))
#define SHOAL_LOOP_UINT64_INT64 ((shoal_type_code)(SHOAL_RECORD + 2))
#define SHOAL_N_LOOPS           (SHOAL_RECORD + 3)

shoal_status shoal_operation_resolve(shoal_op op, const shoal_argument *arguments,
                                     shoal_signature *out, shoal_error *err);

/* NumPy 2's result_type of two arguments; SHOAL_USAGE when there is none. */
shoal_status shoal_promote(shoal_argument a, shoal_argument b, shoal_type_code *out,
                           shoal_error *err);

#endif
