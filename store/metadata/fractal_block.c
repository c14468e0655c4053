#include "store/metadata/fractal_heap.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/cursor.h"
#include "store/lookup3.h"
#include <stdlib.h>
#include <string.h>

/* Rows of an indirect block: the blocks of rows 0 and 1 are of the starting size, those of each
   further row twice as large. Blocks above the largest direct size are indirect blocks again. */

enum { SUM_BYTES = 4, PREFIX_BYTES = 5 };

/* A child of an indirect block. */
typedef struct child {
    uint64_t stored, base, n_bytes; /* address, offset in the heap, size in the heap */
    uint64_t stored_bytes;          /* filtered direct blocks */
    uint32_t mask;
    int row;
} child;

static int log2_of(uint64_t n)
{
    return 63 - __builtin_clzll(n);
}

static shoal_status resize(shoal_fractal_block *block, uint64_t n, shoal_error *err)
{
    block->loaded = false;
    uint8_t *bytes = realloc(block->bytes, n ? (size_t)n : 1);
    if (!bytes) return shoal_fail(err, SHOAL_MEMORY, "no memory for a block of a heap");
    block->bytes = bytes;
    block->n = (size_t)n;
    return SHOAL_OK;
}

static shoal_status decode(const shoal_fractal_heap *heap, uint32_t mask, const uint8_t *stored,
                           size_t n, shoal_fractal_block *block, shoal_error *err)
{
    shoal_coder *coder;
    uint16_t unknown;
    if (!shoal_pipeline_decodes(&heap->pipeline, &unknown))
        return shoal_fail(err, SHOAL_DATA, "a fractal heap is filtered by %d, which is not known",
                          unknown);
    shoal_status status = shoal_coder_new(&heap->pipeline, block->n, false, &coder, err);
    if (status != SHOAL_OK) return status;
    status = shoal_decode(coder, mask, stored, n, block->bytes, err);
    shoal_coder_free(coder);
    return status;
}

shoal_status shoal_fractal_read(const shoal_fractal_heap *heap, uint64_t at, uint64_t n,
                                uint64_t decoded_bytes, uint32_t mask, shoal_fractal_block *block,
                                shoal_error *err)
{
    const shoal_map *map = heap->meta->map;
    if (n > SHOAL_FRACTAL_BLOCK_LIMIT || decoded_bytes > SHOAL_FRACTAL_BLOCK_LIMIT)
        return shoal_fractal_fail(heap, err, "a block or an object is too large");
    if (!shoal_range_fits(at, n, shoal_map_size(map)))
        return shoal_fractal_fail(heap, err, "a block or an object lies outside of the file");
    shoal_status status = resize(block, heap->filtered ? decoded_bytes : n, err);
    if (status != SHOAL_OK) return status;
    block->at = at;
    if (!heap->filtered) return shoal_map_pread(map, at, block->bytes, block->n, err);
    if (n == 0 || block->n == 0) return shoal_fractal_fail(heap, err, "a filtered block is empty");
    uint8_t *stored = malloc((size_t)n);
    if (!stored) return shoal_fail(err, SHOAL_MEMORY, "no memory for a block of a heap");
    status = shoal_map_pread(map, at, stored, (size_t)n, err);
    if (status == SHOAL_OK) status = decode(heap, mask, stored, (size_t)n, block, err);
    free(stored);
    return status;
}

/* A block begins with signature, version, the heap's address and the block's offset in the heap. */
static bool is_block(const shoal_fractal_heap *heap, const shoal_fractal_block *block,
                     const char *signature)
{
    uint64_t owner;
    if (block->n < PREFIX_BYTES || memcmp(block->bytes, signature, 4) != 0) return false;
    shoal_cursor cursor = shoal_cursor_over(block->bytes + 4, block->n - 4);
    uint64_t version = shoal_cursor_uint(&cursor, 1);
    uint64_t stored = shoal_cursor_address(&cursor, heap->meta->offset_bytes);
    uint64_t base = shoal_cursor_uint(&cursor, heap->offset_bytes);
    return cursor.ok && version == 0 && base == block->base &&
           shoal_metadata_offset(heap->meta, stored, &owner) && owner == heap->address;
}

static size_t block_head(const shoal_fractal_heap *heap)
{
    return PREFIX_BYTES + (size_t)heap->meta->offset_bytes + (size_t)heap->offset_bytes;
}

/* The checksum of a direct block is over all of it, with zeros where the checksum is. */
static bool sum_matches(const shoal_fractal_heap *heap, shoal_fractal_block *block)
{
    uint8_t *at = block->bytes + block_head(heap);
    shoal_cursor cursor = shoal_cursor_over(at, SUM_BYTES);
    uint64_t sum = shoal_cursor_uint(&cursor, SUM_BYTES);
    memset(at, 0, SUM_BYTES);
    return shoal_lookup3(block->bytes, block->n) == sum;
}

static shoal_status load_direct(shoal_fractal_heap *heap, const child *from, shoal_error *err)
{
    uint64_t at;
    if (!shoal_metadata_offset(heap->meta, from->stored, &at))
        return shoal_fractal_fail(heap, err, "an object lies in a block that is not there");
    uint64_t n = heap->filtered ? from->stored_bytes : from->n_bytes;
    shoal_fractal_block *block = &heap->direct;
    shoal_status status = shoal_fractal_read(heap, at, n, from->n_bytes, from->mask, block, err);
    if (status != SHOAL_OK) return status;
    block->base = from->base;
    if (block->n < block_head(heap) + SUM_BYTES || !is_block(heap, block, "FHDB"))
        return shoal_fractal_fail(heap, err, "a direct block has no signature");
    if (heap->sums_blocks && !sum_matches(heap, block))
        return shoal_fractal_fail(heap, err, "a direct block's checksum does not match");
    block->loaded = true;
    return SHOAL_OK;
}

/* The bytes of the entries of the first `rows` rows. */
static uint64_t entries_bytes(const shoal_fractal_heap *heap, int rows)
{
    uint64_t address = (uint64_t)heap->meta->offset_bytes, direct = address;
    if (heap->filtered) direct += (uint64_t)heap->meta->length_bytes + 4;
    int direct_rows = rows < heap->direct_rows ? rows : heap->direct_rows;
    return heap->width *
           ((uint64_t)direct_rows * direct + (uint64_t)(rows - direct_rows) * address);
}

static shoal_status load_indirect(shoal_fractal_heap *heap, shoal_fractal_block *block,
                                  const child *from, int rows, shoal_error *err)
{
    uint64_t at;
    if (!shoal_metadata_offset(heap->meta, from->stored, &at))
        return shoal_fractal_fail(heap, err, "an object lies in a block that is not there");
    if (block->loaded && block->at == at && block->base == from->base) return SHOAL_OK;
    uint64_t n = block_head(heap) + entries_bytes(heap, rows) + SUM_BYTES;
    if (n > SHOAL_FRACTAL_BLOCK_LIMIT || !shoal_range_fits(at, n, shoal_map_size(heap->meta->map)))
        return shoal_fractal_fail(heap, err, "an indirect block lies outside of the file");
    shoal_status status = resize(block, n, err);
    if (status == SHOAL_OK)
        status = shoal_map_pread(heap->meta->map, at, block->bytes, block->n, err);
    if (status != SHOAL_OK) return status;
    block->at = at;
    block->base = from->base;
    if (!is_block(heap, block, "FHIB"))
        return shoal_fractal_fail(heap, err, "an indirect block has no signature");
    shoal_cursor sum = shoal_cursor_over(block->bytes + block->n - SUM_BYTES, SUM_BYTES);
    if (shoal_cursor_uint(&sum, SUM_BYTES) != shoal_lookup3(block->bytes, block->n - SUM_BYTES))
        return shoal_fractal_fail(heap, err, "an indirect block's checksum does not match");
    block->loaded = true;
    return SHOAL_OK;
}

/* The child of an indirect block that holds the heap's byte `offset`. */
static shoal_status find_child(const shoal_fractal_heap *heap, const shoal_fractal_block *block,
                               int rows, uint64_t offset, child *out, shoal_error *err)
{
    uint64_t first_row = heap->start_bytes * heap->width, inside = offset - block->base;
    uint64_t row_at = 0;
    out->row = 0;
    out->n_bytes = heap->start_bytes;
    if (inside >= first_row) {
        out->row = log2_of(inside / first_row) + 1;
        out->n_bytes = heap->start_bytes << (out->row - 1);
        row_at = first_row << (out->row - 1);
    }
    if (out->row >= rows) return shoal_fractal_fail(heap, err, "an object lies behind its end");
    uint64_t column = (inside - row_at) / out->n_bytes;
    out->base = block->base + row_at + column * out->n_bytes;
    bool is_direct = out->row < heap->direct_rows;
    uint64_t entry = entries_bytes(heap, out->row + 1) - entries_bytes(heap, out->row);
    uint64_t at = block_head(heap) + entries_bytes(heap, out->row) + entry / heap->width * column;
    shoal_cursor cursor = shoal_cursor_over(block->bytes + at, block->n - (size_t)at);
    out->stored = shoal_cursor_address(&cursor, heap->meta->offset_bytes);
    if (is_direct && heap->filtered) {
        out->stored_bytes = shoal_cursor_uint(&cursor, heap->meta->length_bytes);
        out->mask = (uint32_t)shoal_cursor_uint(&cursor, 4);
    }
    return SHOAL_OK;
}

shoal_status shoal_fractal_direct(shoal_fractal_heap *heap, uint64_t offset, shoal_error *err)
{
    const shoal_fractal_block *direct = &heap->direct;
    if (direct->loaded && offset >= direct->base && offset - direct->base < direct->n)
        return SHOAL_OK;
    if (heap->root == UINT64_MAX) return shoal_fractal_fail(heap, err, "it has no blocks");
    child at = {.stored = heap->root - heap->meta->base, .n_bytes = heap->start_bytes};
    at.stored_bytes = heap->root_stored_bytes;
    at.mask = heap->root_mask;
    int rows = heap->root_rows, first_row = log2_of(heap->start_bytes * heap->width);
    bool is_direct = rows == 0;
    /* A child has fewer rows than its parent, which ends this. */
    for (int level = 0; !is_direct && level < SHOAL_FRACTAL_LEVELS; level++) {
        shoal_fractal_block *block = &heap->indirect[level];
        shoal_status status = load_indirect(heap, block, &at, rows, err);
        if (status == SHOAL_OK) status = find_child(heap, block, rows, offset, &at, err);
        if (status != SHOAL_OK) return status;
        is_direct = at.row < heap->direct_rows;
        if (!is_direct) rows = log2_of(at.n_bytes) - first_row + 1;
        if (rows < 1) return shoal_fractal_fail(heap, err, "an indirect block has no rows");
    }
    if (!is_direct) return shoal_fractal_fail(heap, err, "it is too deep");
    return load_direct(heap, &at, err);
}
