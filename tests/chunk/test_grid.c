/* Grids and pieces against plain enumeration of every index. */
#include "tests/chunk/cmocka_all.h"

#include "chunk/grid.h"
#include "tests/chunk/random.h"

#include <string.h>

static void rejects_bad_grids(void **state)
{
    (void)state;
    shoal_grid grid;
    uint64_t shape[2] = {10, 10}, no_chunk[2] = {5, 0}, chunk[2] = {5, 5};
    assert_false(shoal_grid_init(&grid, 2, shape, no_chunk));
    assert_false(shoal_grid_init(&grid, -1, shape, chunk));
    assert_false(shoal_grid_init(&grid, SHOAL_MAX_RANK + 1, shape, chunk));
    uint64_t huge[2] = {UINT64_C(1) << 62, UINT64_C(1) << 62};
    assert_false(shoal_grid_init(&grid, 2, huge, chunk));
    assert_false(shoal_grid_init(&grid, 2, shape, huge));
    assert_true(shoal_grid_init(&grid, 2, shape, chunk));
    uint64_t one_huge[1] = {UINT64_C(1) << 62}, ones[1] = {1};
    assert_true(shoal_grid_init(&grid, 1, one_huge, ones));
    assert_int_equal(grid.n_chunks, UINT64_C(1) << 62);
}

static void scalar_is_one_piece(void **state)
{
    (void)state;
    shoal_grid grid;
    assert_true(shoal_grid_init(&grid, 0, NULL, NULL));
    assert_int_equal(grid.n_chunks, 1);
    assert_int_equal(grid.chunk_elements, 1);
    shoal_region region;
    shoal_region_all(0, NULL, &region);
    uint64_t n, id = 9;
    assert_true(shoal_region_elements(&region, &n));
    assert_int_equal(n, 1);
    assert_true(shoal_region_is_chunk(&grid, &region, &id));
    assert_int_equal(id, 0);
    shoal_pieces it;
    shoal_piece piece;
    shoal_pieces_begin(&it, &grid, &region);
    assert_true(shoal_pieces_next(&it, &piece));
    assert_true(piece.whole);
    assert_int_equal(piece.chunk_id, 0);
    assert_false(shoal_pieces_next(&it, &piece));
    assert_false(shoal_pieces_next(&it, &piece));
}

static shoal_range random_range(uint64_t size)
{
    shoal_range range = {0, 1, 0};
    int64_t steps[] = {1, 1, 1, 1, 2, 3, -1, -1, -2, -3, 7, -5, 40, -33, INT64_MIN, INT64_MAX};
    range.step = steps[random_below(random_below(4) ? 10 : sizeof steps / sizeof *steps)];
    if (size == 0 || random_below(40) == 0) return range;
    range.start = (int64_t)random_below(random_below(2) ? size : size / 4 + 1);
    if (range.step < 0) range.start = (int64_t)size - 1 - range.start;
    uint64_t stride = range.step < 0 ? -(uint64_t)range.step : (uint64_t)range.step;
    uint64_t room = range.step > 0 ? size - 1 - (uint64_t)range.start : (uint64_t)range.start;
    range.count = random_below(2) ? room / stride + 1 : 1 + random_below(room / stride + 1);
    if (random_below(4) == 0 && range.step > 0 && range.step < 100)
        range = (shoal_range){0, range.step, (size - 1) / (uint64_t)range.step + 1};
    return range;
}

static void random_case(shoal_grid *grid, shoal_region *region)
{
    uint64_t shape[4], chunk[4];
    int rank = (int)random_below(5);
    uint64_t largest = rank <= 2 ? 60 : 12;
    for (int k = 0; k < rank; k++) {
        shape[k] = random_below(40) == 0 ? 0 : 1 + random_below(largest);
        chunk[k] = 1 + random_below(random_below(2) ? 5 : 70);
    }
    assert_true(shoal_grid_init(grid, rank, shape, chunk));
    region->rank = rank;
    for (int k = 0; k < rank; k++) region->axis[k] = random_range(shape[k]);
    assert_true(shoal_region_inside(region, shape));
}

/* Marks in `chunk_of` (by the region's elements, C order) which chunk holds each element, and in
   `offset_of` where in the chunk it lies. */
static void enumerate(const shoal_grid *grid, const shoal_region *region, uint64_t n,
                      uint64_t *chunk_of, uint64_t *offset_of)
{
    for (uint64_t e = 0; e < n; e++) {
        uint64_t rest = e, index[4], offset = 0, id = 0;
        for (int k = grid->rank - 1; k >= 0; k--) {
            index[k] = (uint64_t)(region->axis[k].start +
                                  (int64_t)(rest % region->axis[k].count) * region->axis[k].step);
            rest /= region->axis[k].count;
            assert_true(index[k] < grid->shape[k]);
        }
        for (int k = 0; k < grid->rank; k++) {
            id = id * grid->n_along[k] + index[k] / grid->chunk[k];
            offset = offset * grid->chunk[k] + index[k] % grid->chunk[k];
        }
        chunk_of[e] = id;
        offset_of[e] = offset;
    }
}

/* Checks one piece's elements against the enumeration, and takes them off it. */
static uint64_t check_piece(const shoal_grid *grid, const shoal_region *region,
                            const shoal_piece *piece, uint64_t *chunk_of, const uint64_t *offset_of)
{
    uint64_t n = 1;
    for (int k = 0; k < grid->rank; k++) n *= piece->in_chunk[k].count;
    for (uint64_t e = 0; e < n; e++) {
        uint64_t rest = e, where = 0, offset = 0, at[4];
        for (int k = grid->rank - 1; k >= 0; k--) {
            at[k] = rest % piece->in_chunk[k].count;
            rest /= piece->in_chunk[k].count;
        }
        for (int k = 0; k < grid->rank; k++) {
            where = where * region->axis[k].count + piece->in_region[k] + at[k];
            offset = offset * grid->chunk[k] + (uint64_t)(piece->in_chunk[k].start +
                                                          (int64_t)at[k] * piece->in_chunk[k].step);
        }
        assert_int_equal(chunk_of[where], piece->chunk_id);
        assert_int_equal(offset_of[where], offset);
        chunk_of[where] = UINT64_MAX;
    }
    return n;
}

static bool covers_whole(const shoal_grid *grid, const shoal_piece *piece)
{
    uint64_t start[4], count[4], coordinates[4];
    shoal_grid_coordinates(grid, piece->chunk_id, coordinates);
    shoal_grid_extent(grid, coordinates, start, count);
    for (int k = 0; k < grid->rank; k++) {
        assert_int_equal(coordinates[k], piece->chunk[k]);
        const shoal_range *range = &piece->in_chunk[k];
        if (range->start != 0 || range->count != count[k]) return false;
        if (range->step != 1 && range->count != 1) return false;
    }
    return true;
}

static void pieces_cover_regions(void **state)
{
    (void)state;
    static uint64_t chunk_of[60 * 60 * 10], offset_of[60 * 60 * 10];
    for (int round = 0; round < 20000; round++) {
        shoal_grid grid;
        shoal_region region;
        random_case(&grid, &region);
        uint64_t n, n_seen = 0, last_id = 0, n_pieces = 0, id;
        assert_true(shoal_region_elements(&region, &n));
        assert_true(n <= sizeof chunk_of / sizeof *chunk_of);
        enumerate(&grid, &region, n, chunk_of, offset_of);
        shoal_pieces it;
        shoal_piece piece = {0};
        bool whole = false;
        for (shoal_pieces_begin(&it, &grid, &region); shoal_pieces_next(&it, &piece);) {
            if (n_pieces++ > 0) assert_true(piece.chunk_id > last_id);
            last_id = piece.chunk_id;
            n_seen += check_piece(&grid, &region, &piece, chunk_of, offset_of);
            whole = covers_whole(&grid, &piece);
            assert_int_equal(piece.whole, whole);
        }
        assert_int_equal(n_seen, n);
        bool is_chunk = shoal_region_is_chunk(&grid, &region, &id);
        assert_int_equal(is_chunk, n_pieces == 1 && whole);
        if (is_chunk) assert_int_equal(id, last_id);
    }
}

static void ids_and_coordinates_agree(void **state)
{
    (void)state;
    uint64_t shape[3] = {7, 5, 9}, chunk[3] = {2, 5, 4}, at[3];
    shoal_grid grid;
    assert_true(shoal_grid_init(&grid, 3, shape, chunk));
    assert_int_equal(grid.n_chunks, 4 * 1 * 3);
    for (uint64_t id = 0; id < grid.n_chunks; id++) {
        shoal_grid_coordinates(&grid, id, at);
        assert_int_equal(shoal_grid_id(&grid, at), id);
    }
    assert_int_equal(at[0], 3);
    assert_int_equal(at[1], 0);
    assert_int_equal(at[2], 2);
}

static void inside_sees_every_end(void **state)
{
    (void)state;
    uint64_t shape[1] = {10};
    static const struct {
        shoal_range range;
        bool inside;
    } cases[] = {
        {{0, 1, 10}, true},          {{0, 1, 11}, false},        {{9, -1, 10}, true},
        {{9, -1, 11}, false},        {{-1, 1, 1}, false},        {{10, 1, 1}, false},
        {{10, 1, 0}, true},          {{0, 9, 2}, true},          {{0, 10, 2}, false},
        {{0, INT64_MAX, 2}, false},  {{5, INT64_MIN, 3}, false}, {{5, INT64_MIN, 1}, true},
        {{0, 3, UINT64_MAX}, false},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        shoal_region region = {.rank = 1, .axis[0] = cases[k].range};
        assert_int_equal(shoal_region_inside(&region, shape), cases[k].inside);
    }
}

/* Chunks that a step jumps over cost nothing: this would not end otherwise. */
static void huge_steps_skip_chunks(void **state)
{
    (void)state;
    uint64_t shape[2] = {UINT64_C(1) << 31, UINT64_C(1) << 31}, chunk[2] = {1, 1};
    shoal_grid grid;
    assert_true(shoal_grid_init(&grid, 2, shape, chunk));
    shoal_region region = {
        .rank = 2,
        .axis = {{0, INT64_C(1) << 30, 2}, {(INT64_C(1) << 31) - 1, -(INT64_C(1) << 30), 2}}};
    shoal_pieces it;
    shoal_piece piece;
    int n = 0;
    for (shoal_pieces_begin(&it, &grid, &region); shoal_pieces_next(&it, &piece);) n++;
    assert_int_equal(n, 4);
}

int main(void)
{
    random_start("test_grid");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rejects_bad_grids),         cmocka_unit_test(scalar_is_one_piece),
        cmocka_unit_test(ids_and_coordinates_agree), cmocka_unit_test(inside_sees_every_end),
        cmocka_unit_test(huge_steps_skip_chunks),    cmocka_unit_test(pieces_cover_regions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
