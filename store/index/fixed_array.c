#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/index/pages.h"
#include <stdlib.h>
#include <string.h>

/* A header: "FAHD", version, class, an element's bytes, log2 of a page's elements, number of
   elements, address of the data block, checksum. The data block: "FADB", version, class, the
   header's address, then either all elements and a checksum, or a bitmap of the pages that were
   written and a checksum, with the pages behind. */

static const char head_name[] = "a fixed array", block_name[] = "a fixed array's data block";

typedef struct fixed_array {
    shoal_index_build *build;
    shoal_linear linear;
    uint64_t head, block; /* file offsets */
    size_t element_bytes;
    uint64_t in_page; /* elements of a page */
    uint64_t n;       /* elements */
} fixed_array;

static shoal_status read_head(fixed_array *array, bool *is_empty, shoal_error *err)
{
    const shoal_chunked *chunked = array->build->chunked;
    const shoal_metadata *meta = chunked->meta;
    uint64_t n_bytes = 4 + 4 + (uint64_t)meta->length_bytes + (uint64_t)meta->offset_bytes + 4;
    shoal_cursor cursor;
    shoal_status status =
        shoal_build_block(array->build, head_name, "FAHD", array->head, n_bytes, &cursor, err);
    if (status != SHOAL_OK) return status;
    array->element_bytes = (size_t)shoal_cursor_uint(&cursor, 1);
    uint64_t page_bits = shoal_cursor_uint(&cursor, 1);
    array->n = shoal_cursor_uint(&cursor, meta->length_bytes);
    uint64_t stored = shoal_cursor_address(&cursor, meta->offset_bytes);
    if (!shoal_linear_element_fits(chunked, array->element_bytes) || page_bits > 63)
        return shoal_build_fail(head_name, array->head, "is of no known form", err);
    if (array->n < array->linear.n)
        return shoal_build_fail(head_name, array->head, "has fewer chunks than the grid", err);
    array->n = array->linear.n;
    array->in_page = (uint64_t)1 << page_bits;
    *is_empty = stored == UINT64_MAX;
    if (!*is_empty && !shoal_build_offset(array->build, stored, &array->block))
        return shoal_build_fail(head_name, array->head, "has an address that overflows", err);
    return SHOAL_OK;
}

static shoal_status check_owner(const fixed_array *array, shoal_cursor *cursor, shoal_error *err)
{
    uint64_t stored = shoal_cursor_address(cursor, array->build->chunked->meta->offset_bytes);
    uint64_t head;
    if (!shoal_build_offset(array->build, stored, &head) || head != array->head)
        return shoal_build_fail(block_name, array->block, "belongs to another array", err);
    return SHOAL_OK;
}

static shoal_status read_paged(fixed_array *array, uint64_t head_bytes, shoal_error *err)
{
    uint64_t n_map = shoal_ceil_div(shoal_ceil_div(array->n, array->in_page), 8);
    uint64_t n_bytes;
    shoal_cursor cursor;
    if (!shoal_add_u64(head_bytes, n_map, &n_bytes))
        return shoal_build_fail(block_name, array->block, "lies outside of the file", err);
    shoal_status status =
        shoal_build_block(array->build, block_name, "FADB", array->block, n_bytes, &cursor, err);
    if (status == SHOAL_OK) status = check_owner(array, &cursor, err);
    if (status != SHOAL_OK) return status;
    uint8_t *written = malloc((size_t)n_map);
    if (!written) return shoal_fail(err, SHOAL_MEMORY, "no memory for a block of an index");
    memcpy(written, cursor.at, (size_t)n_map);
    shoal_index_pages pages = {.address = array->block + n_bytes,
                               .n = array->n,
                               .in_page = array->in_page,
                               .element_bytes = array->element_bytes,
                               .written = written};
    status = shoal_pages_add(&pages, &array->linear, array->build, err);
    free(written);
    return status;
}

static shoal_status read_whole(fixed_array *array, uint64_t head_bytes, shoal_error *err)
{
    uint64_t n_bytes;
    shoal_cursor cursor;
    if (!shoal_mul_u64(array->n, array->element_bytes, &n_bytes) ||
        !shoal_add_u64(n_bytes, head_bytes, &n_bytes))
        return shoal_build_fail(block_name, array->block, "lies outside of the file", err);
    shoal_status status =
        shoal_build_block(array->build, block_name, "FADB", array->block, n_bytes, &cursor, err);
    if (status == SHOAL_OK) status = check_owner(array, &cursor, err);
    if (status != SHOAL_OK) return status;
    shoal_linear_seek(&array->linear, 0);
    return shoal_linear_add(&array->linear, array->build, cursor.at, (size_t)array->n,
                            array->element_bytes, err);
}

shoal_status shoal_build_fixed_array(shoal_index_build *build, shoal_error *err)
{
    const shoal_chunked *chunked = build->chunked;
    fixed_array array = {.build = build, .head = chunked->storage->address};
    bool is_empty = false;
    shoal_status status = shoal_linear_begin(&array.linear, chunked, false, err);
    if (status == SHOAL_OK) status = read_head(&array, &is_empty, err);
    if (status != SHOAL_OK || is_empty) return status;
    uint64_t head_bytes = 4 + 2 + (uint64_t)chunked->meta->offset_bytes + 4;
    return array.n > array.in_page ? read_paged(&array, head_bytes, err)
                                   : read_whole(&array, head_bytes, err);
}
