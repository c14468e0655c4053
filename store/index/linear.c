#include "store/index/linear.h"

#include "chunk/checked.h"
#include "chunk/error.h"

static shoal_status order_axes(shoal_linear *linear, const shoal_chunked *chunked, bool unlimited,
                               shoal_error *err)
{
    int rank = chunked->grid->rank, n_unlimited = 0, first = 0;
    for (int k = 0; k < rank; k++) {
        if (chunked->max_shape[k] != UINT64_MAX) continue;
        n_unlimited++;
        first = k;
    }
    if (n_unlimited != unlimited)
        return shoal_fail(err, SHOAL_DATA,
                          "the chunk index is damaged: %d axes are unlimited, where it is for %d",
                          n_unlimited, unlimited);
    for (int k = 0, next = unlimited; k < rank; k++)
        if (unlimited && k == first)
            linear->axis[0] = k;
        else
            linear->axis[next++] = k;
    return SHOAL_OK;
}

shoal_status shoal_linear_begin(shoal_linear *linear, const shoal_chunked *chunked, bool unlimited,
                                shoal_error *err)
{
    const shoal_grid *grid = chunked->grid;
    uint64_t id_step[SHOAL_MAX_RANK], step = 1, down = 1;
    *linear = (shoal_linear){.grid = grid};
    shoal_status status = order_axes(linear, chunked, unlimited, err);
    if (status != SHOAL_OK) return status;
    for (int k = grid->rank; k-- > 0;) {
        id_step[k] = step;
        step *= grid->n_along[k]; /* in the end n_chunks, which fits */
    }
    for (int k = grid->rank; k-- > 0;) {
        int axis = linear->axis[k];
        uint64_t most = chunked->max_shape[axis];
        linear->down[k] = down;
        linear->id_step[k] = id_step[axis];
        linear->n_along[k] = UINT64_MAX;
        if (unlimited && k == 0) break;
        linear->n_along[k] = shoal_ceil_div(most, grid->chunk[axis]);
        if (most < grid->shape[axis] || !shoal_mul_u64(down, linear->n_along[k], &down))
            return shoal_fail(err, SHOAL_DATA, "its maximal shape is damaged");
    }
    uint64_t high = grid->n_along[linear->axis[0]];
    linear->n = unlimited ? UINT64_MAX : down;
    if (unlimited && !shoal_mul_u64(high, linear->down[0], &high))
        return shoal_fail(err, SHOAL_DATA, "its maximal shape is damaged");
    return SHOAL_OK;
}

uint64_t shoal_linear_needed(const shoal_linear *linear)
{
    const shoal_grid *grid = linear->grid;
    uint64_t last = 0;
    if (grid->n_chunks == 0) return 0;
    for (int k = 0; k < grid->rank; k++)
        last += (grid->n_along[linear->axis[k]] - 1) * linear->down[k];
    return last + 1;
}

static void settle(shoal_linear *linear)
{
    linear->n_outside = 0;
    linear->id = 0;
    for (int k = 0; k < linear->grid->rank; k++) {
        linear->n_outside += linear->at[k] >= linear->grid->n_along[linear->axis[k]];
        linear->id += linear->at[k] * linear->id_step[k]; /* of no use, and wraps, when outside */
    }
}

void shoal_linear_seek(shoal_linear *linear, uint64_t element)
{
    for (int k = 0; k < linear->grid->rank; k++) {
        linear->at[k] = element / linear->down[k];
        element %= linear->down[k];
    }
    settle(linear);
}

void shoal_linear_next(shoal_linear *linear)
{
    int last = linear->grid->rank - 1;
    if (last < 0) return;
    uint64_t in_shape = linear->grid->n_along[linear->axis[last]];
    linear->at[last]++;
    linear->id += linear->id_step[last];
    linear->n_outside += linear->at[last] == in_shape;
    if (linear->at[last] < linear->n_along[last]) return;
    for (int k = last; k > 0 && linear->at[k] >= linear->n_along[k]; k--) {
        linear->at[k] = 0;
        linear->at[k - 1]++;
    }
    settle(linear);
}

bool shoal_linear_element_fits(const shoal_chunked *chunked, size_t element_bytes)
{
    size_t address = (size_t)chunked->meta->offset_bytes;
    if (!chunked->filtered) return element_bytes == address;
    return element_bytes > address + 4 && element_bytes <= address + 4 + 8;
}

shoal_status shoal_linear_add(shoal_linear *linear, shoal_index_build *build, const uint8_t *bytes,
                              size_t n, size_t element_bytes, shoal_error *err)
{
    bool filtered = build->chunked->filtered;
    int address_bytes = build->chunked->meta->offset_bytes;
    int size_bytes = (int)element_bytes - address_bytes - 4;
    for (size_t k = 0; k < n; k++, bytes += element_bytes, shoal_linear_next(linear)) {
        if (linear->n_outside > 0) continue;
        shoal_cursor cursor = shoal_cursor_over(bytes, element_bytes);
        uint64_t stored = shoal_cursor_address(&cursor, address_bytes), offset, n_bytes = 0;
        uint32_t mask = 0;
        if (stored == UINT64_MAX) continue;
        if (filtered) {
            n_bytes = shoal_cursor_uint(&cursor, size_bytes);
            mask = (uint32_t)shoal_cursor_uint(&cursor, 4);
        }
        if (!shoal_build_offset(build, stored, &offset))
            return shoal_fail(err, SHOAL_DATA,
                              "the chunk index is damaged: a chunk's address overflows");
        shoal_status status = shoal_build_add(build, linear->id, offset, n_bytes, mask, err);
        if (status != SHOAL_OK) return status;
    }
    return SHOAL_OK;
}
