#include "store/selection_blocks.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include <stdlib.h>
#include <string.h>

/* Blocks as stored: for each, its first index along each axis, then its last one. */
typedef struct block_list {
    uint64_t n;
    int rank;
    uint64_t *at;
} block_list;

static uint64_t first_of(const block_list *blocks, uint64_t block, int axis)
{
    return blocks->at[block * 2 * (uint64_t)blocks->rank + (uint64_t)axis];
}

static uint64_t last_of(const block_list *blocks, uint64_t block, int axis)
{
    return first_of(blocks, block, axis + blocks->rank);
}

/* Memory for n things of the budget. */
static shoal_status reserve(uint64_t n, size_t size, uint64_t *budget, void **out, shoal_error *err)
{
    if (n > *budget)
        return shoal_fail(err, SHOAL_DATA, "selections of elements are of too many parts");
    *budget -= n;
    *out = malloc((size_t)(n ? n : 1) * size);
    return *out ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "no memory for a selection");
}

/* ---- Any blocks: as rows ---- */

static int by_place(const void *a, const void *b)
{
    uint64_t left = ((const shoal_select_run *)a)->at, right = ((const shoal_select_run *)b)->at;
    return (left > right) - (left < right);
}

/* One more than the highest place in the box of all bounds, which must fit. */
static shoal_status check_bounds(const shoal_selection *selection, shoal_error *err)
{
    uint64_t n;
    if (!shoal_product(selection->rank, selection->bounds, &n) || n > INT64_MAX)
        return shoal_selection_damaged(err, "its indices are too large");
    return SHOAL_OK;
}

static shoal_status count_rows(const block_list *blocks, uint64_t *out, shoal_error *err)
{
    *out = 0;
    for (uint64_t b = 0; b < blocks->n; b++) {
        uint64_t rows = 1;
        bool fits = true;
        for (int k = 0; k + 1 < blocks->rank; k++)
            fits = fits &&
                   shoal_mul_u64(rows, last_of(blocks, b, k) - first_of(blocks, b, k) + 1, &rows);
        if (!fits || !shoal_add_u64(*out, rows, out))
            return shoal_fail(err, SHOAL_DATA, "selections of elements are of too many parts");
    }
    return SHOAL_OK;
}

static shoal_select_run *put_rows(const block_list *blocks, uint64_t block, const uint64_t *bounds,
                                  shoal_select_run *run)
{
    int last = blocks->rank - 1;
    uint64_t at[SHOAL_MAX_RANK];
    for (int k = 0; k < blocks->rank; k++) at[k] = first_of(blocks, block, k);
    uint64_t n = last_of(blocks, block, last) - at[last] + 1;
    for (;;) {
        uint64_t place = 0;
        for (int k = 0; k <= last; k++) place = place * bounds[k] + at[k];
        *run++ = (shoal_select_run){.at = place, .n = n};
        int k = last - 1;
        for (; k >= 0 && at[k] == last_of(blocks, block, k); k--)
            at[k] = first_of(blocks, block, k);
        if (k < 0) return run;
        at[k]++;
    }
}

/* Elements are in C order, whatever the order of the blocks. */
static shoal_status order_rows(shoal_select_run *run, uint64_t n, uint64_t *n_elements,
                               shoal_error *err)
{
    qsort(run, (size_t)n, sizeof *run, by_place);
    *n_elements = 0;
    for (uint64_t k = 0; k < n; k++) {
        if (k > 0 && run[k].at - run[k - 1].at < run[k - 1].n)
            return shoal_selection_damaged(err, "its blocks overlap");
        run[k].before = *n_elements;
        *n_elements += run[k].n;
    }
    return SHOAL_OK;
}

static shoal_status make_rows(const block_list *blocks, uint64_t *budget, shoal_selection *out,
                              shoal_error *err)
{
    shoal_status status = check_bounds(out, err);
    if (status == SHOAL_OK) status = count_rows(blocks, &out->n_runs, err);
    if (status == SHOAL_OK)
        status = reserve(out->n_runs, sizeof *out->run, budget, &out->memory, err);
    if (status != SHOAL_OK) return status;
    shoal_select_run *run = out->memory;
    out->form = SHOAL_SELECT_RUNS;
    out->run = run;
    for (uint64_t b = 0; b < blocks->n; b++) run = put_rows(blocks, b, out->bounds, run);
    return order_rows(out->memory, out->n_runs, &out->n_elements, err);
}

/* ---- Blocks that are a product of intervals ---- */

static int by_first(const void *a, const void *b)
{
    const shoal_interval *left = a, *right = b;
    return (left->first > right->first) - (left->first < right->first);
}

/* The different intervals along an axis; false when they overlap, so that blocks are no product. */
static bool gather_axis(const block_list *blocks, int k, shoal_interval *list, uint64_t *n)
{
    for (uint64_t b = 0; b < blocks->n; b++) {
        uint64_t first = first_of(blocks, b, k);
        list[b] = (shoal_interval){first, last_of(blocks, b, k) - first + 1, 0};
    }
    qsort(list, (size_t)blocks->n, sizeof *list, by_first);
    *n = 1;
    for (uint64_t b = 1; b < blocks->n; b++) {
        shoal_interval *before = &list[*n - 1];
        if (list[b].first == before->first && list[b].n == before->n) continue;
        if (list[b].first - before->first < before->n) return false;
        list[*n] = list[b];
        list[*n].before = before->before + before->n;
        ++*n;
    }
    return true;
}

/* True when the blocks are, in order, the product of the axes' intervals. */
static bool is_product(const block_list *blocks, const shoal_selection *selection)
{
    uint64_t n = 1;
    for (int k = 0; k < blocks->rank; k++)
        if (!shoal_mul_u64(n, selection->axis[k].count, &n) || n > blocks->n) return false;
    if (n != blocks->n) return false;
    for (uint64_t b = 0; b < n; b++) {
        uint64_t rest = b;
        for (int k = blocks->rank; k-- > 0;) {
            const shoal_select_axis *axis = &selection->axis[k];
            const shoal_interval *wanted = &axis->list[rest % axis->count];
            rest /= axis->count;
            if (first_of(blocks, b, k) != wanted->first ||
                last_of(blocks, b, k) - wanted->first + 1 != wanted->n)
                return false;
        }
    }
    return true;
}

/* An axis whose intervals are alike and evenly spaced needs no list. */
static void make_regular(shoal_select_axis *axis)
{
    const shoal_interval *list = axis->list;
    uint64_t n = axis->count, stride = n > 1 ? list[1].first - list[0].first : list[0].n;
    for (uint64_t k = 0; k < n; k++)
        if (list[k].n != list[0].n || list[k].first - list[0].first != k * stride) return;
    axis->start = list[0].first;
    axis->stride = stride;
    axis->block = list[0].n;
    axis->list = NULL;
}

/* *fits false: the blocks are no product, and nothing was done. */
static shoal_status make_product(const block_list *blocks, uint64_t *budget, shoal_selection *out,
                                 bool *fits, shoal_error *err)
{
    shoal_status status = reserve(blocks->n * (uint64_t)blocks->rank, sizeof(shoal_interval),
                                  budget, &out->memory, err);
    if (status != SHOAL_OK) return status;
    shoal_interval *list = out->memory;
    *fits = true;
    for (int k = 0; k < blocks->rank && *fits; k++, list += blocks->n) {
        shoal_select_axis *axis = &out->axis[k];
        *fits = gather_axis(blocks, k, list, &axis->count);
        const shoal_interval *last = &list[*fits ? axis->count - 1 : 0];
        axis->list = list;
        axis->size = last->before + last->n;
    }
    *fits = *fits && is_product(blocks, out);
    bool has_list = false;
    for (int k = 0; k < blocks->rank && *fits; k++) {
        make_regular(&out->axis[k]);
        has_list = has_list || out->axis[k].list;
    }
    out->form = SHOAL_SELECT_PRODUCT;
    if (has_list) return SHOAL_OK;
    free(out->memory);
    out->memory = NULL;
    *budget += blocks->n * (uint64_t)blocks->rank;
    return SHOAL_OK;
}

static shoal_status read_blocks(shoal_cursor *cursor, int width, block_list *blocks,
                                shoal_selection *out, shoal_error *err)
{
    for (uint64_t b = 0; b < blocks->n; b++) {
        uint64_t *at = blocks->at + b * 2 * (uint64_t)blocks->rank;
        for (int k = 0; k < 2 * blocks->rank; k++) at[k] = shoal_cursor_uint(cursor, width);
        for (int k = 0; k < blocks->rank; k++) {
            uint64_t last = last_of(blocks, b, k);
            if (last < first_of(blocks, b, k) || last >= INT64_MAX)
                return shoal_selection_damaged(err, "a block of it ends before it begins");
            if (last >= out->bounds[k]) out->bounds[k] = last + 1;
        }
    }
    return SHOAL_OK;
}

shoal_status shoal_selection_blocks(shoal_cursor *cursor, int width, uint64_t *budget,
                                    shoal_selection *out, shoal_error *err)
{
    block_list blocks = {.n = shoal_cursor_uint(cursor, width), .rank = out->rank};
    uint64_t one = 2 * (uint64_t)out->rank;
    if (!cursor->ok || blocks.n > cursor->left / (one * (uint64_t)width))
        return shoal_selection_damaged(err, "it is cut off");
    if (blocks.n == 0) {
        shoal_selection_free(out); /* now none */
        return SHOAL_OK;
    }
    blocks.at = malloc((size_t)(blocks.n * one) * sizeof *blocks.at);
    if (!blocks.at) return shoal_fail(err, SHOAL_MEMORY, "no memory for a selection");
    bool fits = false;
    shoal_status status = read_blocks(cursor, width, &blocks, out, err);
    if (status == SHOAL_OK) status = make_product(&blocks, budget, out, &fits, err);
    if (status == SHOAL_OK && !fits) status = make_rows(&blocks, budget, out, err);
    free(blocks.at);
    return status;
}

/* ---- Points ---- */

static shoal_status read_points(shoal_cursor *cursor, int width, shoal_selection *out,
                                shoal_error *err)
{
    shoal_cursor ahead = *cursor;
    for (uint64_t k = 0; k < out->n_runs * (uint64_t)out->rank; k++) {
        uint64_t at = shoal_cursor_uint(&ahead, width),
                 *bound = &out->bounds[k % (uint64_t)out->rank];
        if (at >= INT64_MAX) return shoal_selection_damaged(err, "its indices are too large");
        if (at >= *bound) *bound = at + 1;
    }
    shoal_status status = check_bounds(out, err);
    shoal_select_run *run = out->memory;
    for (uint64_t k = 0; status == SHOAL_OK && k < out->n_runs; k++) {
        uint64_t place = 0;
        for (int a = 0; a < out->rank; a++)
            place = place * out->bounds[a] + shoal_cursor_uint(cursor, width);
        run[k] = (shoal_select_run){place, 1, k};
    }
    return status;
}

shoal_status shoal_selection_points(shoal_cursor *cursor, uint64_t *budget, shoal_selection *out,
                                    shoal_error *err)
{
    uint64_t version = shoal_cursor_uint(cursor, 4);
    int width = 4;
    if (version == 2)
        width = (int)shoal_cursor_uint(cursor, 1);
    else
        shoal_cursor_skip(cursor, 8);
    uint64_t rank = shoal_cursor_uint(cursor, 4);
    if (version < 1 || version > 2 || (width != 2 && width != 4 && width != 8))
        return shoal_selection_damaged(err, "its points are of no known form");
    shoal_status status = shoal_selection_axes(out, rank, err);
    if (status != SHOAL_OK) return status;
    out->n_runs = out->n_elements = shoal_cursor_uint(cursor, width);
    if (!cursor->ok || out->n_runs > cursor->left / (rank * (uint64_t)width))
        return shoal_selection_damaged(err, "it is cut off");
    out->form = SHOAL_SELECT_RUNS;
    status = reserve(out->n_runs, sizeof *out->run, budget, &out->memory, err);
    if (status != SHOAL_OK) return status;
    out->run = out->memory;
    return read_points(cursor, width, out, err);
}
