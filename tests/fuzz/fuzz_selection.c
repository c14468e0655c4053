/* libFuzzer target: any bytes as a stored selection of elements, which is then used.
   Input: rank, then an extent for each axis (a byte each), then the selection. */
#include "store/selection.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_RANK = 6, MAX_STEPS = 100 };

static void use_axis(const shoal_select_axis *axis)
{
    uint64_t position = 0, before = 0;
    for (int k = 0; k < MAX_STEPS && position < axis->size; k++) {
        uint64_t step, n, index = shoal_select_index(axis, position, &step, &n);
        if (n == 0 || step == 0 || (position > 0 && index <= before)) abort();
        if (shoal_select_position(axis, index) != position) abort();
        if (shoal_select_position(axis, index + 1) != position + 1) abort();
        before = index + (n - 1) * step;
        if (n > axis->size - position) break;
        position += n;
    }
}

static void use_runs(const shoal_selection *selection)
{
    uint64_t place = 0, all = 1;
    for (int k = 0; k < selection->rank; k++) all *= selection->bounds[k];
    for (uint64_t k = 0; k < selection->n_runs; k++) {
        const shoal_select_run *run = &selection->run[k];
        if (run->before != place || run->n == 0) abort();
        if (run->at >= all || run->n > all - run->at) abort();
        place += run->n;
    }
    if (place != selection->n_elements) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t shape[SHOAL_MAX_RANK] = {0}, budget = 1 << 16;
    shoal_cursor cursor = shoal_cursor_over(data, size);
    shoal_selection selection;
    shoal_bound_selection bound;
    int rank = (int)(shoal_cursor_uint(&cursor, 1) % (MAX_RANK + 1));
    for (int k = 0; k < rank; k++) shape[k] = shoal_cursor_uint(&cursor, 1);
    if (shoal_selection_parse(&cursor, &budget, &selection, NULL) != SHOAL_OK) return 0;
    int own = selection.rank > 0 && selection.rank < rank ? selection.rank : rank;
    if (shoal_selection_bind(&selection, rank, rank - own, shape, &bound, NULL) == SHOAL_OK) {
        if (bound.selection.form == SHOAL_SELECT_PRODUCT)
            for (int k = 0; k < rank; k++) use_axis(&bound.selection.axis[k]);
        if (bound.selection.form == SHOAL_SELECT_RUNS) use_runs(&bound.selection);
        (void)shoal_selection_elements(&bound.selection);
    }
    shoal_selection_free(&selection);
    return 0;
}
