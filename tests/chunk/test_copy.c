/* Strided copies against plain loops over every element. */
#include "tests/chunk/cmocka_all.h"

#include "chunk/copy.h"
#include "tests/chunk/random.h"

#include <string.h>

enum { MOST_RANK = 5, ARENA = 1 << 20 };

typedef struct box {
    int rank;
    uint64_t counts[MOST_RANK];
    int64_t src[MOST_RANK], dst[MOST_RANK];
    size_t n_bytes, src_first, dst_first; /* offsets of the first element in the arenas */
    uint64_t n;
} box;

/* Strides for an array in a random order of axes with random gaps and signs; the offset of its
   first element comes back. Stride 0 repeats an element. */
static size_t random_strides(const box *b, bool may_repeat, int64_t *strides)
{
    int order[MOST_RANK];
    for (int k = 0; k < b->rank; k++) order[k] = k;
    for (int k = b->rank - 1; k > 0 && random_below(2); k--) {
        int j = (int)random_below((uint64_t)k + 1), swap = order[k];
        order[k] = order[j];
        order[j] = swap;
    }
    bool gaps = random_below(2);
    int64_t stride = (int64_t)(b->n_bytes * (gaps && random_below(2) ? 3 : 1));
    size_t first = gaps ? random_below(7) : 0;
    for (int k = b->rank - 1; k >= 0; k--) {
        int axis = order[k];
        if (may_repeat && random_below(10) == 0) {
            strides[axis] = 0;
            continue;
        }
        strides[axis] = stride;
        int64_t reach = stride * (int64_t)(b->counts[axis] > 0 ? b->counts[axis] : 1);
        if (random_below(4) == 0) {
            strides[axis] = -stride;
            if (b->counts[axis] > 0) first += (size_t)(reach - stride);
        }
        stride = reach + (gaps && random_below(3) == 0 ? (int64_t)random_below(20) : 0);
    }
    return first;
}

static box random_box(void)
{
    static const size_t sizes[] = {1, 2, 4, 8, 16, 3, 5, 12, 24, 33};
    box b = {.rank = (int)random_below(MOST_RANK + 1), .n = 1};
    b.n_bytes = sizes[random_below(sizeof sizes / sizeof *sizes)];
    uint64_t largest = b.rank <= 2 ? 70 : b.rank == 3 ? 12 : 5;
    for (int k = 0; k < b.rank; k++) {
        b.counts[k] = random_below(60) == 0 ? 0 : 1 + random_below(largest);
        b.n *= b.counts[k];
    }
    b.src_first = random_strides(&b, true, b.src);
    b.dst_first = random_strides(&b, false, b.dst);
    return b;
}

/* Offsets of the element with number e in C order, from the arenas' starts. */
static void locate(const box *b, uint64_t e, size_t *src, size_t *dst)
{
    int64_t from = (int64_t)b->src_first, to = (int64_t)b->dst_first;
    for (int k = b->rank - 1; k >= 0; k--) {
        from += (int64_t)(e % b->counts[k]) * b->src[k];
        to += (int64_t)(e % b->counts[k]) * b->dst[k];
        e /= b->counts[k];
    }
    assert_true(from >= 0 && from + (int64_t)b->n_bytes <= ARENA);
    assert_true(to >= 0 && to + (int64_t)b->n_bytes <= ARENA);
    *src = (size_t)from;
    *dst = (size_t)to;
}

static uint8_t source[ARENA], wanted[ARENA], got[ARENA];

static void boxes_equal_loops(void **state)
{
    (void)state;
    for (size_t k = 0; k < ARENA; k++) source[k] = (uint8_t)random_bits();
    for (int round = 0; round < 800; round++) {
        box b = random_box();
        size_t end = 0, src, dst;
        memset(wanted, 0xEE, ARENA);
        for (uint64_t e = 0; e < b.n; e++) {
            locate(&b, e, &src, &dst);
            memcpy(wanted + dst, source + src, b.n_bytes);
            if (dst + b.n_bytes > end) end = dst + b.n_bytes;
        }
        memset(got, 0xEE, ARENA);
        shoal_copy_box(b.rank, b.counts, source + b.src_first, b.src, got + b.dst_first, b.dst,
                       b.n_bytes);
        assert_memory_equal(got, wanted, ARENA);
    }
}

static void runs_equal_loops(void **state)
{
    (void)state;
    for (int round = 0; round < 800; round++) {
        box b = random_box();
        if (b.n == 0) continue;
        uint64_t first = random_below(b.n);
        size_t n = random_below(b.n - first + 1), src, dst;
        memset(wanted, 0xEE, ARENA);
        for (size_t e = 0; e < n; e++) {
            locate(&b, first + e, &src, &dst);
            memcpy(wanted + e * b.n_bytes, source + src, b.n_bytes);
        }
        memset(got, 0xEE, ARENA);
        shoal_gather_run(b.rank, b.counts, source + b.src_first, b.src, first, n, got, b.n_bytes);
        assert_memory_equal(got, wanted, ARENA);
    }
}

static void strides_of_contiguous_arrays(void **state)
{
    (void)state;
    uint64_t shape[3] = {2, 3, 5};
    int64_t strides[3];
    shoal_contiguous_strides(3, shape, 4, strides);
    assert_int_equal(strides[0], 60);
    assert_int_equal(strides[1], 20);
    assert_int_equal(strides[2], 4);
}

static void fills_are_repetitions(void **state)
{
    (void)state;
    for (int round = 0; round < 800; round++) {
        size_t n_bytes = 1 + random_below(random_below(2) ? 40 : 6000);
        size_t n = random_below(60000 / n_bytes + 2);
        uint8_t element[6000];
        bool equal = random_below(4) == 0;
        for (size_t k = 0; k < n_bytes; k++)
            element[k] = equal && k > 0 ? element[0] : (uint8_t)random_bits();
        memset(got, 0xEE, ARENA);
        memset(wanted, 0xEE, ARENA);
        for (size_t e = 0; e < n; e++) memcpy(wanted + 3 + e * n_bytes, element, n_bytes);
        shoal_fill_elements(got + 3, element, n, n_bytes);
        assert_memory_equal(got, wanted, ARENA);
    }
}

int main(void)
{
    random_start("test_copy");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_equal_loops),
        cmocka_unit_test(runs_equal_loops),
        cmocka_unit_test(strides_of_contiguous_arrays),
        cmocka_unit_test(fills_are_repetitions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
