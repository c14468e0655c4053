/* The grammar: what each text means, as a fully bracketed form, and where each error points. */
#include "compute/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void show(const shoal_syntax *s, char *out, size_t capacity)
{
    char part[2048];
    if (!s) {
        snprintf(out, capacity, "_");
        return;
    }
    switch (s->kind) {
    case SHOAL_SYNTAX_INT: snprintf(out, capacity, "%lld", (long long)s->integer); return;
    case SHOAL_SYNTAX_FLOAT: snprintf(out, capacity, "%g", s->number); return;
    case SHOAL_SYNTAX_COMPLEX: snprintf(out, capacity, "%gj", s->number); return;
    case SHOAL_SYNTAX_STRING: snprintf(out, capacity, "'%s'", s->text); return;
    case SHOAL_SYNTAX_NAME: snprintf(out, capacity, "%s", s->text); return;
    case SHOAL_SYNTAX_ELLIPSIS: snprintf(out, capacity, "..."); return;
    case SHOAL_SYNTAX_CALL: snprintf(out, capacity, "%s(", s->text); break;
    case SHOAL_SYNTAX_KEYWORD: snprintf(out, capacity, "%s=(", s->text); break;
    case SHOAL_SYNTAX_TUPLE: snprintf(out, capacity, "tuple("); break;
    case SHOAL_SYNTAX_INDEX: snprintf(out, capacity, "index("); break;
    case SHOAL_SYNTAX_SLICE: snprintf(out, capacity, "slice("); break;
    }
    for (int k = 0; k < s->n_children; k++) {
        show(s->child[k], part, sizeof part);
        size_t n = strlen(out);
        snprintf(out + n, capacity - n, "%s%s", k ? " " : "", part);
    }
    size_t n = strlen(out);
    snprintf(out + n, capacity - n, ")");
}

static void means(const char *text, const char *expected)
{
    shoal_arena *arena = shoal_arena_new();
    static shoal_statement statements[SHOAL_MAX_STATEMENTS];
    int n = 0;
    shoal_error err = {0};
    char got[4096] = "", part[2048];
    if (shoal_parse(arena, text, statements, &n, &err))
        snprintf(got, sizeof got, "%s", err.message);
    for (int k = 0; k < n; k++) {
        show(statements[k].value, part, sizeof part);
        size_t at = strlen(got);
        snprintf(got + at, sizeof got - at, "%s%s%s%s", k ? "; " : "",
                 statements[k].name ? statements[k].name : "", statements[k].name ? " = " : "",
                 part);
    }
    assert_string_equal(got, expected);
    shoal_arena_free(arena);
}

static void operators(void **state)
{
    (void)state;
    means("1 + 2 * 3", "add(1 multiply(2 3))");
    means("1 - 2 - 3", "subtract(subtract(1 2) 3)");
    means("2 ** 3 ** 4", "power(2 power(3 4))");
    means("-a ** 2", "negative(power(a 2))");
    means("-9223372036854775808 - 1", "subtract(-9223372036854775808 1)");
    means("a @ b * c", "multiply(matmul(a b) c)");
    means("a ** -b", "power(a negative(b))");
    means("-a * b", "multiply(negative(a) b)");
    means("~a & b | c ^ d", "bitwise_or(bitwise_and(invert(a) b) bitwise_xor(c d))");
    means("a < b + 1", "less(a add(b 1))");
    means("(a < b) & (c >= d)", "bitwise_and(less(a b) greater_equal(c d))");
    means("a << 1 + 2", "left_shift(a add(1 2))");
    means("a // b % c", "remainder(floor_divide(a b) c)");
    means("+a - -b", "subtract(positive(a) negative(b))");
}

static void atoms(void **state)
{
    (void)state;
    means("0 + 00 + 00.5 + 0e1", "add(add(add(0 0) 0.5) 0)");
    means("1_000 + .5 + 1e3 + 2j + 0x1F", "add(add(add(add(1000 0.5) 1000) 2j) 31)");
    means("x == \"it's\"", "equal(x 'it's')");
    means("'a\\'b' != y", "not_equal('a'b' y)");
    means("f(a, (1, 2), axis=0, keepdims=True)", "f(a tuple(1 2) axis=(0) keepdims=(True))");
    means("t.mean(axis=(0, 1)).real", "real(mean(t axis=(tuple(0 1))))");
    means("np.sin(np.pi)", "sin(pi)");
    means("a[0:10, ::2, ..., None, -1]",
          "index(a slice(0 10 _) slice(_ _ 2) ... None negative(1))");
    means("a[1:](2)", "column 6: only a function's name can be called");
}

static void statements(void **state)
{
    (void)state;
    means("m = mean(t); t - m", "m = mean(t); subtract(t m)");
    means("a =\n 1", "column 4: the expression ends too early");
    means(" x = (1 +\n 2) \n\n y = 3 # three", "x = add(1 2); y = 3");
    means("a == b", "equal(a b)");
}

static void errors(void **state)
{
    (void)state;
    means("", "column 1: there is no expression");
    means("1 +", "column 4: the expression ends too early");
    means("f(a", "column 4: ')' is missing after the arguments");
    means("a b", "column 3: 'b' is not expected here");
    means("a < b < c",
          "column 7: chained comparisons do not work on arrays; use (a < b) & (b < c)");
    means("a and b", "column 3: 'and' does not work on arrays; use &");
    means("not a", "column 1: 'not' does not work on arrays; use ~ or logical_not(...)");
    means("'abc", "column 1: the text is not closed: ' is missing");
    means("a $ b", "column 3: '$' means nothing here");
    means("a && b", "column 3: '&&' means nothing here; write &, with brackets: (a > 1) & (a < 3)");
    means("a || b", "column 3: '||' means nothing here; write |, with brackets: (a < 1) | (a > 3)");
    means("!a", "column 1: '!' means nothing here; write ~");
    means("a <> b", "column 3: '<>' means nothing here; write !=");
    means("a ? b : c", "column 3: '?' means nothing here; write where(condition, a, b)");
    means("f(x=1, 2)", "column 8: a positional argument follows a keyword argument");
    means("99999999999999999999",
          "column 1: the integer is beyond int64; write it as a float (1e19)");
    means("t > 2001-06-01",
          "column 10: a number does not begin with 0 ('06'); a date is written in "
          "quotes: \"2001-06-30\"");
    means("12abc", "column 1: '12a' is not a number");
}

static void depth_is_bounded(void **state)
{
    (void)state;
    char text[4000];
    memset(text, '(', sizeof text - 1);
    text[sizeof text - 1] = 0;
    means(text, "column 201: nested more than 200 deep");
    memset(text, '-', sizeof text - 1);
    means(text, "column 201: nested more than 200 deep");
}

/* What is not nested in the text but is in the tree. */
static void chains_are_bounded(void **state)
{
    (void)state;
    static char text[65000];
    for (size_t k = 0; k + 2 < sizeof text; k += 2) memcpy(text + k, "x+", 2);
    text[sizeof text - 2] = 'x';
    means(text, "column 2000: more than 1000 operations on one another; put brackets around "
                "halves");
    for (size_t k = 1; k + 3 < sizeof text; k += 3) memcpy(text + k, "[0]", 3);
    text[1 + 3 * 20000] = 0;
    means(text, "column 2999: more than 1000 operations on one another; put brackets around "
                "halves");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators),        cmocka_unit_test(atoms),
        cmocka_unit_test(statements),       cmocka_unit_test(errors),
        cmocka_unit_test(depth_is_bounded), cmocka_unit_test(chains_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
