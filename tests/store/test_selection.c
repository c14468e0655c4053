/* Stored selections of elements: every form, what they select, and damaged ones. */
#include "tests/chunk/cmocka_all.h"

#include "store/selection.h"
#include "store/virtual_mapping.h"
#include <stdlib.h>
#include <string.h>

typedef struct stored {
    uint8_t bytes[512];
    size_t n;
} stored;

static void put(stored *s, uint64_t value, int n)
{
    for (int k = 0; k < n; k++) s->bytes[s->n++] = (uint8_t)(value >> (8 * k));
}

static shoal_status parse(const stored *s, shoal_selection *out, shoal_error *err)
{
    uint64_t budget = 1000;
    uint8_t *exact = malloc(s->n ? s->n : 1); /* so that a sanitizer sees each byte behind it */
    memcpy(exact, s->bytes, s->n);
    shoal_cursor cursor = shoal_cursor_over(exact, s->n);
    shoal_status status = shoal_selection_parse(&cursor, &budget, out, err);
    if (status == SHOAL_OK) assert_int_equal(cursor.left, 0);
    free(exact);
    return status;
}

/* Type, version, what the version has, rank. */
static void begin(stored *s, int version, bool regular, int width, int rank)
{
    s->n = 0;
    put(s, 2, 4);
    put(s, (uint64_t)version, 4);
    if (version == 1) put(s, 0, 8);
    if (version > 1) put(s, regular, 1);
    if (version == 2) put(s, 0, 4);
    if (version == 3) put(s, (uint64_t)width, 1);
    put(s, (uint64_t)rank, 4);
}

static void put_regular(stored *s, int version, int width, uint64_t start, uint64_t stride,
                        uint64_t count, uint64_t block)
{
    begin(s, version, true, width, 1);
    put(s, start, width);
    put(s, stride, width);
    put(s, count, width);
    put(s, block, width);
}

/* The indices along an axis are those that a loop over its blocks gives. */
static void expect_axis(const shoal_select_axis *axis, uint64_t start, uint64_t stride,
                        uint64_t count, uint64_t block)
{
    uint64_t position = 0, step, n;
    assert_int_equal(axis->size, count * block);
    for (uint64_t k = 0; k < count; k++) {
        for (uint64_t b = 0; b < block; b++, position++) {
            uint64_t index = start + k * stride + b;
            assert_int_equal(shoal_select_index(axis, position, &step, &n), index);
            assert_int_equal(shoal_select_position(axis, index), position);
            assert_true(n >= 1 && n <= count * block - position);
        }
    }
    assert_int_equal(shoal_select_position(axis, UINT64_MAX), count * block);
}

static void reads_regular_ones(void **state)
{
    static const struct {
        int version, width;
    } forms[] = {{2, 8}, {3, 2}, {3, 4}, {3, 8}};
    (void)state;
    for (size_t k = 0; k < sizeof forms / sizeof *forms; k++) {
        for (uint64_t block = 1; block < 4; block++) {
            for (uint64_t stride = block; stride < 6; stride++) {
                stored s;
                shoal_selection selection;
                put_regular(&s, forms[k].version, forms[k].width, 7, stride, 5, block);
                assert_int_equal(parse(&s, &selection, NULL), SHOAL_OK);
                assert_int_equal(selection.form, SHOAL_SELECT_PRODUCT);
                assert_int_equal(selection.bounds[0], 7 + 4 * stride + block);
                expect_axis(&selection.axis[0], 7, stride, 5, block);
                shoal_selection_free(&selection);
            }
        }
    }
}

static void reads_unlimited_ones(void **state)
{
    (void)state;
    for (int width = 2; width <= 8; width *= 2) {
        for (int what = 0; what < 2; what++) {
            stored s;
            shoal_selection selection;
            shoal_bound_selection bound;
            uint64_t shape = 30;
            put_regular(&s, 3, width, 4, what ? 1 : 5, what ? 1 : UINT64_MAX,
                        what ? UINT64_MAX : 2);
            assert_int_equal(parse(&s, &selection, NULL), SHOAL_OK);
            assert_int_equal(selection.unlimited, 0);
            assert_int_equal(shoal_selection_bind(&selection, 1, 0, &shape, &bound, NULL), 0);
            /* 4 5, 9 10, ..., 29: 11 below 30 */
            assert_int_equal(bound.axis[0].size, what ? 26 : 11);
            shoal_selection_free(&selection);
        }
    }
}

static void put_block(stored *s, uint64_t row, uint64_t column, uint64_t rows, uint64_t columns)
{
    put(s, row, 4);
    put(s, column, 4);
    put(s, row + rows - 1, 4);
    put(s, column + columns - 1, 4);
}

static void reads_lists_of_blocks(void **state)
{
    stored s;
    shoal_selection selection;
    (void)state;
    begin(&s, 1, false, 4, 2);
    put(&s, 6, 4);
    for (uint64_t row = 0; row < 2; row++)
        for (uint64_t column = 0; column < 3; column++)
            put_block(&s, 3 + 7 * row, 2 + 4 * column, 2, 3);
    assert_int_equal(parse(&s, &selection, NULL), SHOAL_OK);
    assert_int_equal(selection.form, SHOAL_SELECT_PRODUCT);
    expect_axis(&selection.axis[0], 3, 7, 2, 2);
    expect_axis(&selection.axis[1], 2, 4, 3, 3);
    assert_null(selection.memory);
    shoal_selection_free(&selection);
    /* An L, the lower part first. */
    begin(&s, 1, false, 4, 2);
    put(&s, 2, 4);
    put_block(&s, 5, 0, 1, 6);
    put_block(&s, 3, 1, 2, 2);
    assert_int_equal(parse(&s, &selection, NULL), SHOAL_OK);
    assert_int_equal(selection.form, SHOAL_SELECT_RUNS);
    assert_int_equal(selection.n_runs, 3);
    assert_int_equal(selection.n_elements, 10);
    static const uint64_t at[] = {3 * 6 + 1, 4 * 6 + 1, 5 * 6}, before[] = {0, 2, 4};
    for (int k = 0; k < 3; k++) {
        assert_int_equal(selection.run[k].at, at[k]);
        assert_int_equal(selection.run[k].before, before[k]);
    }
    shoal_selection_free(&selection);
}

static void reads_points(void **state)
{
    static const uint64_t points[][2] = {{4, 1}, {0, 3}, {4, 1}};
    (void)state;
    for (int version = 1; version <= 2; version++) {
        stored s = {.n = 0};
        shoal_selection selection;
        int width = version == 1 ? 4 : 2;
        put(&s, 1, 4);
        put(&s, (uint64_t)version, 4);
        put(&s, version == 1 ? 0 : 2, version == 1 ? 8 : 1);
        put(&s, 2, 4);
        put(&s, 3, width);
        for (int k = 0; k < 3; k++)
            for (int a = 0; a < 2; a++) put(&s, points[k][a], width);
        assert_int_equal(parse(&s, &selection, NULL), SHOAL_OK);
        assert_int_equal(selection.n_elements, 3);
        for (int k = 0; k < 3; k++)
            assert_int_equal(selection.run[k].at, points[k][0] * 4 + points[k][1]);
        shoal_selection_free(&selection);
    }
}

static void reads_all_and_none(void **state)
{
    const uint64_t shape[] = {3, 4};
    (void)state;
    for (uint64_t type = 0; type <= 3; type += 3) {
        stored s = {.n = 0};
        shoal_selection selection;
        shoal_bound_selection bound;
        put(&s, type, 4);
        put(&s, 1, 4);
        put(&s, 0, 8);
        assert_int_equal(parse(&s, &selection, NULL), SHOAL_OK);
        assert_int_equal(shoal_selection_bind(&selection, 2, 0, shape, &bound, NULL), SHOAL_OK);
        assert_int_equal(shoal_selection_elements(&bound.selection), type ? 12 : 0);
        shoal_selection_free(&selection);
    }
}

static void expect_damage(const stored *s, const char *what)
{
    shoal_selection selection;
    shoal_error err = {0};
    assert_int_equal(parse(s, &selection, &err), SHOAL_DATA);
    if (!strstr(err.message, what)) fail_msg("'%s' lacks '%s'", err.message, what);
}

static void refuses_damaged_ones(void **state)
{
    stored s = {.n = 0};
    (void)state;
    put(&s, 4, 4);
    expect_damage(&s, "no known kind");
    put_regular(&s, 3, 8, 0, 2, 3, 3);
    expect_damage(&s, "overlap");
    put_regular(&s, 3, 8, 0, UINT64_MAX / 2, 5, 1);
    expect_damage(&s, "do not fit");
    put_regular(&s, 3, 8, UINT64_MAX - 2, 1, 1, 5);
    expect_damage(&s, "do not fit");
    put_regular(&s, 3, 8, 0, 1, UINT64_MAX, UINT64_MAX);
    expect_damage(&s, "do not fit");
    put_regular(&s, 3, 3, 0, 1, 1, 1);
    expect_damage(&s, "cut off");
    put_regular(&s, 4, 8, 0, 1, 1, 1);
    expect_damage(&s, "version");
    begin(&s, 3, true, 8, 33);
    expect_damage(&s, "rank");
    begin(&s, 1, false, 4, 2);
    put(&s, UINT32_MAX, 4);
    put_block(&s, 0, 0, 1, 1);
    expect_damage(&s, "cut off");
    begin(&s, 1, false, 4, 2);
    put(&s, 2, 4);
    put_block(&s, 0, 0, 3, 3);
    put_block(&s, 2, 2, 3, 3);
    expect_damage(&s, "overlap");
    begin(&s, 1, false, 4, 2);
    put(&s, 2, 4);
    put_block(&s, 0, 0, UINT32_MAX - 1, 1);
    put_block(&s, 0, 3, 1, 1);
    expect_damage(&s, "too many parts");
    put_regular(&s, 3, 8, 7, 5, 5, 2);
    for (size_t n = s.n; s.n > 0;) {
        s.n--;
        if (s.n < n) expect_damage(&s, "");
    }
}

static void makes_names(void **state)
{
    char *name;
    (void)state;
    assert_int_equal(shoal_mapping_name("a%b%%-%b.h5", 1234567, &name, NULL), SHOAL_OK);
    assert_string_equal(name, "a1234567%-1234567.h5");
    free(name);
    assert_int_equal(shoal_mapping_name("plain", 0, &name, NULL), SHOAL_OK);
    assert_string_equal(name, "plain");
    free(name);
    assert_int_equal(shoal_mapping_name("a%", 0, &name, NULL), SHOAL_DATA);
    assert_int_equal(shoal_mapping_name("a%d", 0, &name, NULL), SHOAL_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_regular_ones),    cmocka_unit_test(reads_unlimited_ones),
        cmocka_unit_test(reads_lists_of_blocks), cmocka_unit_test(reads_points),
        cmocka_unit_test(reads_all_and_none),    cmocka_unit_test(refuses_damaged_ones),
        cmocka_unit_test(makes_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
