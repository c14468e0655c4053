/* What shoal_chunk_choose promises, over random shapes. */
#include "tests/chunk/cmocka_all.h"

#include "chunk/type.h"
#include "tests/chunk/random.h"

#include <math.h>
#include <string.h>

static double bytes_of(int rank, const uint64_t *shape, uint32_t n_bytes)
{
    double n = n_bytes;
    for (int k = 0; k < rank; k++) n *= shape[k] > 0 ? (double)shape[k] : 1;
    return n;
}

static void check(shoal_type type, int rank, const uint64_t *shape, const uint64_t *chunk)
{
    double mib = 1 << 20, whole = bytes_of(rank, shape, type.n_bytes);
    double bytes = bytes_of(rank, chunk, type.n_bytes), stored = type.n_bytes;
    for (int k = 0; k < rank; k++) {
        uint64_t extent = shape[k] > 0 ? shape[k] : 1;
        assert_true(chunk[k] >= 1 && chunk[k] <= extent);
        stored *= ceil((double)extent / (double)chunk[k]) * (double)chunk[k];
    }
    if (whole <= mib) {
        assert_true(bytes == whole);
        return;
    }
    assert_true(bytes <= 4 * mib || bytes == type.n_bytes);
    if (rank == 1) assert_true(bytes <= 2 * mib || bytes == type.n_bytes);
    if (type.n_bytes <= 64) assert_true(bytes >= mib / 2);
    if (rank > 0 && type.n_bytes <= 64) {
        double run = (double)chunk[rank - 1] * type.n_bytes;
        assert_true(run >= 512 || chunk[rank - 1] >= shape[rank - 1]);
    }
    assert_true(stored <= 2 * whole);
}

static void random_shapes(void **state)
{
    (void)state;
    for (int round = 0; round < 100000; round++) {
        int rank = (int)random_below(random_below(10) ? 5 : SHOAL_MAX_RANK + 1);
        uint64_t shape[SHOAL_MAX_RANK], chunk[SHOAL_MAX_RANK];
        shoal_type type = shoal_type_of((shoal_type_code)random_below(SHOAL_N_NUMERIC_TYPES));
        if (random_below(10) == 0)
            type = (shoal_type){SHOAL_TEXT, 1 + (uint32_t)random_below(9000000)};
        for (int k = 0; k < rank; k++) {
            double largest = rank <= 2 ? 30 : rank <= 4 ? 16 : 5;
            shape[k] = (uint64_t)exp2(largest * (double)random_below(1000) / 1000);
            if (random_below(50) == 0) shape[k] = 0;
        }
        shoal_chunk_choose(type, rank, shape, chunk);
        check(type, rank, shape, chunk);
    }
}

static void known_shapes(void **state)
{
    (void)state;
    uint64_t chunk[3];
    shoal_type type = shoal_type_of(SHOAL_FLOAT32);
    shoal_chunk_choose(type, 3, (uint64_t[]){4096, 512, 512}, chunk);
    for (int k = 0; k < 3; k++) /* cut along every axis, without a rest */
        assert_true(chunk[k] > 1 && 512 % chunk[k] == 0);
    shoal_chunk_choose(type, 1, (uint64_t[]){UINT64_C(1) << 40}, chunk);
    assert_int_equal(chunk[0], 512 << 10);
    shoal_chunk_choose(type, 2, (uint64_t[]){100000000, 3}, chunk);
    assert_int_equal(chunk[1], 3);
    shoal_chunk_choose(type, 0, NULL, chunk);
    shoal_chunk_choose(type, 2, (uint64_t[]){0, 7}, chunk);
    assert_int_equal(chunk[0], 1);
    assert_int_equal(chunk[1], 7);
    shoal_chunk_choose(type, 3, (uint64_t[]){INT64_MAX, INT64_MAX, INT64_MAX}, chunk);
    assert_true(chunk[0] * chunk[1] * chunk[2] <= 1 << 20);
}

int main(void)
{
    random_start("test_chunk_shape");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_shapes),
        cmocka_unit_test(random_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
