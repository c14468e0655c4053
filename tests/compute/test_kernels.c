/* The operations table as a whole: everything that it promises is there. The values are compared
   with NumPy's by test_kernels.py. */
#include "compute/kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static shoal_argument of_type(int type)
{
    return (shoal_argument){(shoal_type_code)type, false, 0, 0};
}

static shoal_argument integer(int64_t value)
{
    return (shoal_argument){SHOAL_INT64, true, (double)value, value};
}

static shoal_argument real(double value)
{
    return (shoal_argument){SHOAL_FLOAT64, true, value, 0};
}

static void test_names(void **state)
{
    (void)state;
    const char *const *names = shoal_operation_names();
    int n = 0;
    for (; names[n]; n++) assert_true(shoal_operation_find(names[n]) >= 0);
    assert_true(n > SHOAL_N_OPS);
    for (int op = 0; op < SHOAL_N_OPS; op++) {
        const shoal_operation *o = shoal_operation_of((shoal_op)op);
        assert_int_equal(shoal_operation_find(o->name), op);
        assert_in_range(o->arity, 1, 3);
        assert_true(strlen(o->doc) > 3);
        if (o->reduces) assert_int_equal(o->arity, 1);
    }
    assert_int_equal(shoal_operation_find("abs"), SHOAL_OP_ABSOLUTE);
    assert_int_equal(shoal_operation_find("atan2"), SHOAL_OP_ARCTAN2);
    assert_int_equal(shoal_operation_find("sinn"), -1);
    assert_int_equal(shoal_operation_find(""), -1);
}

/* A kernel for every signature that is resolved, and every cast that it needs. */
static void check_signature(shoal_op op, const shoal_argument *arguments)
{
    shoal_signature s;
    shoal_error err = {0};
    if (shoal_operation_resolve(op, arguments, &s, &err)) {
        assert_int_equal(err.status, SHOAL_USAGE);
        assert_true(strlen(err.message) > 5);
        return;
    }
    if (shoal_operation_of(op)->reduces) {
        const shoal_reduction *r = shoal_kernel_reduction(op, s.loop);
        assert_non_null(r);
        assert_in_range(r->n_fields, 1, 6);
    } else {
        assert_non_null(shoal_kernel_element(op, s.loop));
    }
    for (int k = 0; k < shoal_operation_of(op)->arity; k++) {
        shoal_type_code from = arguments[k].weak ? s.literal : arguments[k].type;
        assert_true(from == s.cast[k] || shoal_kernel_cast(from, s.cast[k]));
    }
    assert_true(s.result == s.kernel_result || shoal_kernel_cast(s.kernel_result, s.result));
}

static void test_every_signature_has_a_kernel(void **state)
{
    (void)state;
    for (int op = 0; op < SHOAL_N_OPS; op++) {
        for (int a = 0; a <= SHOAL_TEXT; a++) {
            for (int b = 0; b <= SHOAL_TEXT; b++) {
                shoal_argument plain[3] = {of_type(a), of_type(b), of_type(b)};
                shoal_argument left[3] = {of_type(a), integer(3), of_type(b)};
                shoal_argument right[3] = {of_type(a), of_type(b), real(0.5)};
                shoal_argument literals[3] = {of_type(a), real(0.5), integer(-70000)};
                check_signature((shoal_op)op, plain);
                check_signature((shoal_op)op, left);
                check_signature((shoal_op)op, right);
                check_signature((shoal_op)op, literals);
            }
        }
    }
}

static void refused(shoal_op op, shoal_argument a, shoal_argument b, const char *message)
{
    shoal_argument both[3] = {a, b, b};
    shoal_signature s;
    shoal_error err = {0};
    assert_int_equal(shoal_operation_resolve(op, both, &s, &err), SHOAL_USAGE);
    assert_string_equal(err.message, message);
}

static void test_refusals(void **state)
{
    (void)state;
    shoal_argument flag = of_type(SHOAL_BOOL), byte = of_type(SHOAL_UINT8);
    shoal_argument single = of_type(SHOAL_FLOAT32), text = of_type(SHOAL_TEXT);
    refused(SHOAL_OP_SUBTRACT, flag, flag, "subtract does not take bool; use ^ or logical_xor");
    refused(SHOAL_OP_NEGATIVE, flag, flag, "negative does not take bool; use ~ or logical_not");
    refused(SHOAL_OP_ADD, byte, integer(300), "300 does not fit uint8");
    refused(SHOAL_OP_ADD, byte, integer(-1), "-1 does not fit uint8");
    refused(SHOAL_OP_POWER, of_type(SHOAL_INT32), integer(-2),
            "integers to negative integer powers are not allowed; make one a float");
    refused(SHOAL_OP_BITWISE_AND, single, single,
            "bitwise_and does not take float32; use logical_and");
    refused(SHOAL_OP_ADD, text, single, "add does not take text");
    shoal_type_code t;
    shoal_error err = {0};
    assert_int_equal(shoal_promote(text, single, &t, &err), SHOAL_USAGE);
    assert_string_equal(err.message, "text and float32 have no common type");
}

/* A weak literal next to half floats is rounded to half first: 0.1 is not float32's 0.1. */
static void test_half_literals(void **state)
{
    (void)state;
    shoal_argument both[2] = {of_type(SHOAL_FLOAT16), real(0.1)};
    shoal_signature s;
    assert_int_equal(shoal_operation_resolve(SHOAL_OP_ADD, both, &s, NULL), SHOAL_OK);
    assert_int_equal(s.literal, SHOAL_FLOAT16);
    assert_int_equal(s.loop, SHOAL_FLOAT32);
    assert_int_equal(s.cast[1], SHOAL_FLOAT32);
    assert_int_equal(s.result, SHOAL_FLOAT16);
}

static void test_casts(void **state)
{
    (void)state;
    for (int a = 0; a < SHOAL_N_NUMERIC_TYPES; a++) {
        for (int b = 0; b < SHOAL_N_NUMERIC_TYPES; b++) {
            shoal_kernel cast = shoal_kernel_cast((shoal_type_code)a, (shoal_type_code)b);
            assert_int_equal(cast == NULL, a == b);
        }
    }
    assert_null(shoal_kernel_cast(SHOAL_TEXT, SHOAL_INT8));
    assert_null(shoal_kernel_cast(SHOAL_INT8, SHOAL_TEXT));
}

static void test_text_equal(void **state)
{
    (void)state;
    const char words[] = "ab\0abcb\0\0ab"; /* four of three bytes: ab, abc, b, ab */
    uint8_t out[4] = {9, 9, 9, 9};
    shoal_kernel_text_equal(4, words, 3, "ab", out);
    assert_memory_equal(out, "\1\0\0\1", 4);
    shoal_kernel_text_equal(0, words, 3, "ab", out);
    assert_memory_equal(out, "\1\0\0\1", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),    cmocka_unit_test(test_every_signature_has_a_kernel),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_half_literals),
        cmocka_unit_test(test_casts),    cmocka_unit_test(test_text_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
