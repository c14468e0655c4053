/* Slices as text: a table by hand, and properties. test_against_python.py compares with Python. */
#include "tests/chunk/cmocka_all.h"

#include "chunk/grid.h"
#include "tests/chunk/random.h"

#include <string.h>

static void reads_numpy_slices(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        shoal_range axis[2];
        uint32_t dropped;
    } cases[] = {
        {"", {{0, 1, 10}, {0, 1, 5}}, 0},
        {"...", {{0, 1, 10}, {0, 1, 5}}, 0},
        {":", {{0, 1, 10}, {0, 1, 5}}, 0},
        {"3", {{3, 1, 1}, {0, 1, 5}}, 1},
        {" -1 , -5 ", {{9, 1, 1}, {0, 1, 1}}, 3},
        {"...,2", {{0, 1, 10}, {2, 1, 1}}, 2},
        {"2,...", {{2, 1, 1}, {0, 1, 5}}, 1},
        {"2,...,1:3", {{2, 1, 1}, {1, 1, 2}}, 1},
        {"1:9:3, ::2", {{1, 3, 3}, {0, 2, 3}}, 0},
        {"::-1", {{9, -1, 10}, {0, 1, 5}}, 0},
        {"8:2:-2,::", {{8, -2, 3}, {0, 1, 5}}, 0},
        {"-3:,:-3", {{7, 1, 3}, {0, 1, 2}}, 0},
        {"100:200,4:1", {{10, 1, 0}, {4, 1, 0}}, 0},
        {"-100:100", {{0, 1, 10}, {0, 1, 5}}, 0},
        {"99999999999999999999999::-99999999999999999999999", {{9, -INT64_MAX, 1}, {0, 1, 5}}, 0},
        {"1:3,", {{1, 1, 2}, {0, 1, 5}}, 0},
        {" 1 : 3 : 1 ", {{1, 1, 2}, {0, 1, 5}}, 0},
    };
    uint64_t shape[2] = {10, 5};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        shoal_region region;
        uint32_t dropped = 99;
        shoal_error err = {0};
        if (shoal_slice_parse(cases[k].text, 2, shape, &region, &dropped, &err) != SHOAL_OK)
            fail_msg("[%s]: %s", cases[k].text, err.message);
        assert_int_equal(region.rank, 2);
        assert_int_equal(dropped, cases[k].dropped);
        for (int axis = 0; axis < 2; axis++) {
            const shoal_range *is = &region.axis[axis], *want = &cases[k].axis[axis];
            if (is->start != want->start || is->step != want->step || is->count != want->count)
                fail_msg("[%s] axis %d: %lld, %lld, %llu", cases[k].text, axis,
                         (long long)is->start, (long long)is->step, (unsigned long long)is->count);
        }
    }
}

static void refuses_the_rest_and_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"10", "index 10 is out of range for axis 0 of size 10"},
        {"0,-6", "index -6 is out of range for axis 1 of size 5"},
        {"99999999999999999999", "axis 0 of size 10"},
        {"1,2,3", "too many indices: the array has 2 axes"},
        {"...,...", "only one '...'"},
        {"::0", "step of axis 0 is 0"},
        {":,::0", "step of axis 1 is 0"},
        {"a", "missing"},
        {"1,,2", "missing"},
        {",", "missing"},
        {"1:2:3:4", "cannot read ':4'"},
        {"1 2", "cannot read '2'"},
        {"1.5", "cannot read '.5'"},
        {"None,1", "new axes"},
        {"-", "missing"},
        {"..", "missing"},
        {"....", "cannot read '.'"},
    };
    uint64_t shape[2] = {10, 5};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        shoal_region region = {.rank = 77};
        uint32_t dropped = 99;
        shoal_error err = {0};
        shoal_status status = shoal_slice_parse(cases[k].text, 2, shape, &region, &dropped, &err);
        assert_int_equal(status, SHOAL_USAGE);
        if (strstr(err.message, cases[k].says) == NULL)
            fail_msg("[%s] says: %s", cases[k].text, err.message);
        assert_int_equal(region.rank, 77);
        assert_int_equal(dropped, 99);
    }
}

static void random_texts_stay_inside(void **state)
{
    (void)state;
    static const char letters[] = "0123456789--::::,,,... eN";
    uint64_t shape[4];
    int n_read = 0;
    for (int round = 0; round < 200000; round++) {
        char text[24];
        size_t n = random_below(sizeof text);
        for (size_t k = 0; k < n; k++) text[k] = letters[random_below(sizeof letters - 1)];
        text[n] = '\0';
        int rank = (int)random_below(5);
        for (int k = 0; k < rank; k++) shape[k] = random_below(2) ? random_below(4) : 1000;
        shoal_region region;
        uint32_t dropped;
        if (shoal_slice_parse(text, rank, shape, &region, &dropped, NULL) != SHOAL_OK) continue;
        n_read++;
        assert_int_equal(region.rank, rank);
        assert_true(shoal_region_inside(&region, shape));
        for (int k = 0; k < rank; k++) {
            assert_true(region.axis[k].step != 0);
            assert_true(region.axis[k].start >= 0);
            if (dropped >> k & 1) assert_int_equal(region.axis[k].count, 1);
        }
    }
    assert_true(n_read > 1000);
}

int main(void)
{
    random_start("test_slice");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_numpy_slices),
        cmocka_unit_test(refuses_the_rest_and_says_why),
        cmocka_unit_test(random_texts_stay_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
