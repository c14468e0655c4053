/* Arrays of the program's own as datasets: one run of memory in a map's place. */
#include "chunk/checked.h"
#include "chunk/error.h"
#include "chunk/type.h"
#include "store/dataset_open.h"

#include <stdlib.h>
#include <string.h>

static bool is_valid(shoal_type type)
{
    if (type.code < SHOAL_TEXT) return type.n_bytes == shoal_code_size(type.code);
    return type.code <= SHOAL_RECORD && type.n_bytes > 0 && type.n_bytes <= INT32_MAX;
}

/* How far the elements reach below and above the first one: *high is behind the last byte. False
   where that is beyond what memory can address. */
static bool find_reach(const shoal_array *array, int64_t *low, int64_t *high)
{
    *low = 0;
    *high = (int64_t)array->type.n_bytes;
    for (int k = 0; k < array->rank; k++) {
        int64_t reach;
        if (array->shape[k] - 1 > INT64_MAX ||
            __builtin_mul_overflow(array->strides[k], (int64_t)(array->shape[k] - 1), &reach) ||
            __builtin_add_overflow(reach < 0 ? *low : *high, reach, reach < 0 ? low : high))
            return false;
    }
    return *low > INT64_MIN;
}

static bool same_strides(const shoal_array *array, const int64_t *strides)
{
    for (int k = 0; k < array->rank; k++)
        if (array->shape[k] > 1 && array->strides[k] != strides[k]) return false;
    return true;
}

/* Its order, when it is C's or Fortran's, else its strides. */
static shoal_status keep_strides(shoal_dataset *dataset, const shoal_array *array, shoal_error *err)
{
    int64_t usual[SHOAL_MAX_RANK];
    shoal_dataset_strides(dataset, usual);
    if (same_strides(array, usual)) return SHOAL_OK;
    dataset->fortran = true;
    shoal_dataset_strides(dataset, usual);
    if (same_strides(array, usual)) return SHOAL_OK;
    dataset->fortran = llabs(array->strides[0]) < llabs(array->strides[array->rank - 1]);
    dataset->strides = malloc(sizeof usual);
    if (!dataset->strides) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    memcpy(dataset->strides, array->strides, (size_t)array->rank * sizeof *usual);
    return SHOAL_OK;
}

static shoal_status borrow(shoal_dataset *dataset, const shoal_array *array, shoal_error *err)
{
    uint64_t n_elements;
    int64_t low = 0, high = 0;
    if (!shoal_product(array->rank, array->shape, &n_elements) ||
        (n_elements > 0 && array->strides && !find_reach(array, &low, &high)) ||
        (!array->strides && n_elements > (uint64_t)INT64_MAX / array->type.n_bytes))
        return shoal_fail(err, SHOAL_USAGE, "%s: its shape is beyond what memory can address",
                          dataset->name);
    if (!array->strides) high = (int64_t)(n_elements * array->type.n_bytes);
    if (n_elements > 0 && !array->data)
        return shoal_fail(err, SHOAL_USAGE, "%s: the array has no data", dataset->name);
    dataset->layout = n_elements ? SHOAL_LAYOUT_CONTIGUOUS : SHOAL_LAYOUT_EMPTY;
    dataset->readable = true;
    if (n_elements > 0 && array->strides) {
        shoal_status status = keep_strides(dataset, array, err);
        if (status) return status;
    }
    const uint8_t *first = array->data;
    dataset->offset = n_elements ? (uint64_t)-low : 0;
    shoal_status status =
        shoal_map_borrow(dataset->name, n_elements ? first + low : NULL,
                         n_elements ? (uint64_t)(high - low) : 0, &dataset->owned_map, err);
    if (status) return status;
    dataset->map = dataset->owned_map;
    return shoal_dataset_finish(dataset, NULL, err);
}

shoal_status shoal_dataset_open_memory(const char *name, const shoal_array *array,
                                       shoal_dataset **out, shoal_error *err)
{
    if (array->rank < 0 || array->rank > SHOAL_MAX_RANK)
        return shoal_fail(err, SHOAL_USAGE, "%s: an array has 0 to %d axes, not %d", name,
                          SHOAL_MAX_RANK, array->rank);
    if (!is_valid(array->type))
        return shoal_fail(err, SHOAL_USAGE, "%s: no type has the code %d and %u bytes", name,
                          (int)array->type.code, (unsigned)array->type.n_bytes);
    shoal_dataset *dataset = shoal_dataset_new(name, NULL);
    if (!dataset) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_description_of(dataset)->info.layout = "memory";
    dataset->type = array->type;
    dataset->grid.rank = array->rank;
    memcpy(dataset->grid.shape, array->shape, (size_t)array->rank * sizeof *array->shape);
    shoal_status status = borrow(dataset, array, err);
    if (status)
        shoal_dataset_close(dataset);
    else
        *out = dataset;
    return status;
}
