#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/index/pages.h"
#include <stdlib.h>
#include <string.h>

/* A header leads to the index block, which has the first elements, the addresses of the first data
   blocks, and those of secondary blocks, which have the addresses of more data blocks. Data blocks
   come in levels: level u has 2^(u/2) of them (rounded down), of 2^((u+1)/2) times the least number
   of elements each. The first levels' data blocks are the index block's own; each level behind
   them has a secondary block. Large data blocks are cut into pages, and the secondary block says
   which pages were written. */

static const char head_name[] = "an extensible array",
                  index_name[] = "an extensible array's index block",
                  secondary_name[] = "an extensible array's secondary block",
                  block_name[] = "an extensible array's data block";

typedef struct extensible_array {
    shoal_index_build *build;
    shoal_linear linear;
    uint64_t head, index; /* file offsets */
    size_t element_bytes;
    uint64_t offset_bytes;       /* of the number of its first element in a block */
    uint64_t in_index;           /* elements of the index block */
    uint64_t least;              /* elements of the smallest data blocks */
    uint64_t in_page;            /* elements of a page */
    unsigned n_levels, n_direct; /* levels in all, and of the index block's own data blocks */
    uint64_t n_needed;           /* elements */
} extensible_array;

static bool is_power_of_two(uint64_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

static unsigned log2_of(uint64_t power)
{
    return (unsigned)__builtin_ctzll(power);
}

/* "EAHD", version, class, an element's bytes, bits of an element's number, elements in the index
   block, of the smallest data blocks, data blocks of the smallest secondary block, bits of a
   page's elements, six statistics of which the fifth is one more than the highest element set,
   address of the index block, checksum. */
static shoal_status read_head(extensible_array *array, bool *is_empty, shoal_error *err)
{
    const shoal_chunked *chunked = array->build->chunked;
    const shoal_metadata *meta = chunked->meta;
    uint64_t n_bytes = 4 + 8 + 6 * (uint64_t)meta->length_bytes + (uint64_t)meta->offset_bytes + 4;
    shoal_cursor cursor;
    shoal_status status =
        shoal_build_block(array->build, head_name, "EAHD", array->head, n_bytes, &cursor, err);
    if (status != SHOAL_OK) return status;
    array->element_bytes = (size_t)shoal_cursor_uint(&cursor, 1);
    unsigned bits = (unsigned)shoal_cursor_uint(&cursor, 1);
    array->in_index = shoal_cursor_uint(&cursor, 1);
    array->least = shoal_cursor_uint(&cursor, 1);
    uint64_t least_blocks = shoal_cursor_uint(&cursor, 1);
    unsigned page_bits = (unsigned)shoal_cursor_uint(&cursor, 1);
    shoal_cursor_skip(&cursor, 4 * (size_t)meta->length_bytes);
    uint64_t n_set = shoal_cursor_uint(&cursor, meta->length_bytes);
    shoal_cursor_skip(&cursor, (size_t)meta->length_bytes);
    uint64_t stored = shoal_cursor_address(&cursor, meta->offset_bytes);
    if (!shoal_linear_element_fits(chunked, array->element_bytes) || bits > 63 || page_bits > 63 ||
        !is_power_of_two(array->least) || !is_power_of_two(least_blocks) ||
        log2_of(array->least) > bits)
        return shoal_build_fail(head_name, array->head, "is of no known form", err);
    array->offset_bytes = (bits + 7) / 8;
    array->in_page = (uint64_t)1 << page_bits;
    array->n_levels = 1 + bits - log2_of(array->least);
    array->n_direct = 2 * log2_of(least_blocks);
    if (array->n_direct > array->n_levels)
        return shoal_build_fail(head_name, array->head, "is of no known form", err);
    array->n_needed = shoal_linear_needed(&array->linear);
    if (n_set < array->n_needed) array->n_needed = n_set;
    *is_empty = stored == UINT64_MAX;
    if (!*is_empty && !shoal_build_offset(array->build, stored, &array->index))
        return shoal_build_fail(head_name, array->head, "has an address that overflows", err);
    return SHOAL_OK;
}

static uint64_t blocks_of(unsigned level)
{
    return (uint64_t)1 << level / 2;
}

static uint64_t elements_of(const extensible_array *array, unsigned level)
{
    return array->least << (level + 1) / 2; /* below 2^63, as the levels end with `bits` */
}

/* Reads a block that begins with the header's address; *cursor stands behind that. */
static shoal_status read_block(extensible_array *array, const char *name, const char *signature,
                               uint64_t address, uint64_t n_bytes, shoal_cursor *cursor,
                               shoal_error *err)
{
    int offset_bytes = array->build->chunked->meta->offset_bytes;
    uint64_t head;
    shoal_status status =
        shoal_build_block(array->build, name, signature, address, n_bytes, cursor, err);
    if (status != SHOAL_OK) return status;
    uint64_t stored = shoal_cursor_address(cursor, offset_bytes);
    if (!shoal_build_offset(array->build, stored, &head) || head != array->head)
        return shoal_build_fail(name, address, "belongs to another array", err);
    return SHOAL_OK;
}

/* The bytes of a block around its content, with the number of its first element or without. */
static uint64_t frame_bytes(const extensible_array *array, bool numbered)
{
    uint64_t n_bytes = 4 + 2 + (uint64_t)array->build->chunked->meta->offset_bytes + 4;
    return numbered ? n_bytes + array->offset_bytes : n_bytes;
}

/* ---- Data blocks ---- */

/* `first`: the number of its first element. `written` has a bit for each page, when in pages. */
static shoal_status read_data_block(extensible_array *array, uint64_t address, uint64_t first,
                                    uint64_t n, const uint8_t *written, uint64_t first_bit,
                                    shoal_error *err)
{
    uint64_t n_bytes = frame_bytes(array, true), content;
    shoal_cursor cursor;
    bool is_paged = n > array->in_page;
    if (!is_paged && (!shoal_mul_u64(n, array->element_bytes, &content) ||
                      !shoal_add_u64(n_bytes, content, &n_bytes)))
        return shoal_build_fail(block_name, address, "lies outside of the file", err);
    shoal_status status = read_block(array, block_name, "EADB", address, n_bytes, &cursor, err);
    if (status != SHOAL_OK) return status;
    if (is_paged) {
        shoal_index_pages pages = {.address = address + n_bytes,
                                   .first = first,
                                   .n = n,
                                   .in_page = array->in_page,
                                   .element_bytes = array->element_bytes,
                                   .written = written,
                                   .first_bit = first_bit};
        return shoal_pages_add(&pages, &array->linear, array->build, err);
    }
    shoal_cursor_skip(&cursor, (size_t)array->offset_bytes);
    shoal_linear_seek(&array->linear, first);
    return shoal_linear_add(&array->linear, array->build, cursor.at, (size_t)n,
                            array->element_bytes, err);
}

/* The data blocks of one level, whose addresses *cursor has; they start with element *first. */
static shoal_status read_level(extensible_array *array, unsigned level, shoal_cursor *cursor,
                               const uint8_t *written, uint64_t *first, shoal_error *err)
{
    int offset_bytes = array->build->chunked->meta->offset_bytes;
    uint64_t n = elements_of(array, level), n_pages = n / array->in_page, address;
    shoal_status status = SHOAL_OK;
    for (uint64_t k = 0; status == SHOAL_OK && k < blocks_of(level); k++, *first += n) {
        uint64_t stored = shoal_cursor_address(cursor, offset_bytes);
        if (stored == UINT64_MAX || *first >= array->n_needed) continue;
        if (!shoal_build_offset(array->build, stored, &address))
            return shoal_build_fail(head_name, array->head, "has an address that overflows", err);
        status = read_data_block(array, address, *first, n, written, k * n_pages, err);
    }
    return status;
}

/* ---- Secondary blocks ---- */

static shoal_status read_secondary(extensible_array *array, unsigned level, uint64_t address,
                                   uint64_t first, shoal_error *err)
{
    uint64_t n = elements_of(array, level), n_map = 0;
    uint64_t n_addresses = blocks_of(level) * (uint64_t)array->build->chunked->meta->offset_bytes;
    if (n > array->in_page) n_map = blocks_of(level) * shoal_ceil_div(n / array->in_page, 8);
    shoal_cursor cursor;
    shoal_status status = read_block(array, secondary_name, "EASB", address,
                                     frame_bytes(array, true) + n_map + n_addresses, &cursor, err);
    if (status != SHOAL_OK) return status;
    shoal_cursor_skip(&cursor, (size_t)array->offset_bytes);
    uint8_t *copy = malloc((size_t)(n_map + n_addresses)); /* build->block has the data blocks */
    if (!copy) return shoal_fail(err, SHOAL_MEMORY, "no memory for a block of an index");
    memcpy(copy, cursor.at, (size_t)(n_map + n_addresses));
    cursor = shoal_cursor_over(copy + n_map, (size_t)n_addresses);
    status = read_level(array, level, &cursor, copy, &first, err);
    free(copy);
    return status;
}

/* ---- The index block ---- */

/* What is behind the index block's own elements: `bytes` are its addresses. */
static shoal_status read_addresses(extensible_array *array, const uint8_t *bytes, size_t n,
                                   shoal_error *err)
{
    shoal_cursor cursor = shoal_cursor_over(bytes, n);
    uint64_t first = array->in_index, address;
    shoal_status status = SHOAL_OK;
    for (unsigned level = 0; status == SHOAL_OK && level < array->n_direct; level++) {
        if (elements_of(array, level) > array->in_page)
            return shoal_build_fail(index_name, array->index, "is of no known form", err);
        status = read_level(array, level, &cursor, NULL, &first, err);
    }
    for (unsigned level = array->n_direct; status == SHOAL_OK && level < array->n_levels; level++) {
        if (first >= array->n_needed) break;
        uint64_t stored = shoal_cursor_address(&cursor, array->build->chunked->meta->offset_bytes);
        if (stored != UINT64_MAX && !shoal_build_offset(array->build, stored, &address))
            return shoal_build_fail(index_name, array->index, "has an address that overflows", err);
        if (stored != UINT64_MAX) status = read_secondary(array, level, address, first, err);
        first += blocks_of(level) * elements_of(array, level);
    }
    return status;
}

static shoal_status read_index_block(extensible_array *array, shoal_error *err)
{
    uint64_t n_own = 0, n_elements = array->in_index * array->element_bytes;
    for (unsigned level = 0; level < array->n_direct; level++) n_own += blocks_of(level);
    uint64_t n_addresses = (n_own + array->n_levels - array->n_direct) *
                           (uint64_t)array->build->chunked->meta->offset_bytes;
    shoal_cursor cursor;
    shoal_status status =
        read_block(array, index_name, "EAIB", array->index,
                   frame_bytes(array, false) + n_elements + n_addresses, &cursor, err);
    if (status != SHOAL_OK) return status;
    shoal_linear_seek(&array->linear, 0);
    status = shoal_linear_add(&array->linear, array->build, cursor.at, (size_t)array->in_index,
                              array->element_bytes, err);
    if (status != SHOAL_OK) return status;
    shoal_cursor_skip(&cursor, (size_t)n_elements);
    uint8_t *copy = malloc((size_t)n_addresses + 1); /* build->block has the blocks read next */
    if (!copy) return shoal_fail(err, SHOAL_MEMORY, "no memory for a block of an index");
    memcpy(copy, cursor.at, (size_t)n_addresses);
    status = read_addresses(array, copy, (size_t)n_addresses, err);
    free(copy);
    return status;
}

shoal_status shoal_build_extensible_array(shoal_index_build *build, shoal_error *err)
{
    extensible_array array = {.build = build, .head = build->chunked->storage->address};
    bool is_empty = false;
    shoal_status status = shoal_linear_begin(&array.linear, build->chunked, true, err);
    if (status == SHOAL_OK) status = read_head(&array, &is_empty, err);
    if (status != SHOAL_OK || is_empty) return status;
    return read_index_block(&array, err);
}
