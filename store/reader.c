#include "chunk/checked.h"
#include "chunk/copy.h"
#include "chunk/error.h"
#include "chunk/type.h"
#include "store/partial.h"
#include "store/reader_state.h"
#include <inttypes.h>
#include <string.h>

enum { PAGE = 4096 };

/* ---- Decoding ---- */

typedef struct partial_decode {
    shoal_reader *reader;
    const shoal_index_entry *entry;
} partial_decode;

static shoal_status decode_bytes(void *user, uint64_t first, uint64_t end, shoal_error *err)
{
    const partial_decode *part = user;
    shoal_reader *reader = part->reader;
    return shoal_decode_range(reader->coder, part->entry->mask,
                              shoal_reader_encoded(reader, part->entry), part->entry->n_bytes,
                              (size_t)first, (size_t)(end - first), reader->buffer, err);
}

/* True when decoding all of a chunk is about as cheap as the blocks that a piece touches: most of
   them, or as many in all as the pieces before it asked for one by one. */
static bool better_whole(shoal_reader *reader, uint64_t chunk_id, uint64_t n_touched, size_t block)
{
    uint64_t n_blocks = shoal_ceil_div(reader->chunk_bytes, block);
    if (reader->partial != chunk_id) reader->n_partial = 0;
    reader->partial = chunk_id;
    reader->n_partial += n_touched;
    return 4 * n_touched >= 3 * n_blocks || reader->n_partial > n_blocks;
}

/* Brings what a piece needs of a chunk into the buffer. */
static shoal_status fetch_piece(shoal_reader *reader, const shoal_index_entry *entry,
                                const shoal_piece *piece, shoal_error *err)
{
    const shoal_dataset *dataset = reader->dataset;
    if (reader->held == piece->chunk_id) return SHOAL_OK;
    reader->held = SHOAL_NO_CHUNK;
    uint64_t n_touched = 0;
    size_t block = shoal_decode_block(reader->coder, entry->mask,
                                      shoal_reader_encoded(reader, entry), entry->n_bytes);
    if (!piece->whole && block > 0)
        shoal_piece_blocks(&dataset->grid, piece, dataset->type.n_bytes, block, NULL, NULL,
                           &n_touched, NULL);
    if (piece->whole || block == 0 || better_whole(reader, piece->chunk_id, n_touched, block)) {
        shoal_status status = shoal_reader_decode(reader, entry, reader->buffer, err);
        if (status == SHOAL_OK) reader->held = piece->chunk_id;
        return status;
    }
    shoal_error cause = {0};
    partial_decode part = {reader, entry};
    shoal_status status = shoal_piece_blocks(&dataset->grid, piece, dataset->type.n_bytes, block,
                                             decode_bytes, &part, &n_touched, &cause);
    uint64_t n_used = entry->n_bytes * n_touched / shoal_ceil_div(reader->chunk_bytes, block);
    if (reader->cold) n_used = entry->n_bytes;
    return shoal_reader_finish(reader, entry, n_used, status, &cause, err);
}

/* ---- Regions ---- */

/* A region being read: where its elements go. */
typedef struct target {
    uint8_t *dst;
    int64_t strides[SHOAL_MAX_RANK];
} target;

/* Copies a piece from `src`, the address of its first element. */
static void copy_piece(const shoal_reader *reader, const target *to, const shoal_piece *piece,
                       const uint8_t *src, const int64_t *src_strides)
{
    int rank = reader->dataset->grid.rank;
    uint64_t counts[SHOAL_MAX_RANK];
    uint8_t *dst = to->dst;
    for (int k = 0; k < rank; k++) {
        counts[k] = piece->in_chunk[k].count;
        dst += piece->in_region[k] * (uint64_t)to->strides[k];
    }
    shoal_copy_box(rank, counts, src, src_strides, dst, to->strides, reader->dataset->type.n_bytes);
}

/* Strides of a piece's elements in storage that has those strides; returns its first offset. */
static int64_t piece_strides(int rank, const shoal_piece *piece, const int64_t *storage,
                             int64_t *out)
{
    int64_t offset = 0;
    for (int k = 0; k < rank; k++) {
        const shoal_range *range = &piece->in_chunk[k];
        out[k] = range->count > 1 ? storage[k] * range->step : 0;
        offset += range->start * storage[k];
    }
    return offset;
}

static void fill_piece(const shoal_reader *reader, const target *to, const shoal_piece *piece)
{
    static const int64_t still[SHOAL_MAX_RANK];
    const shoal_dataset *dataset = reader->dataset;
    uint8_t element[16];
    if (!reader->swaps) {
        copy_piece(reader, to, piece, dataset->fill, still);
        return;
    }
    memcpy(element, dataset->fill, dataset->type.n_bytes); /* only numbers are swapped */
    shoal_swap_bytes(dataset->type, element, 1);
    copy_piece(reader, to, piece, element, still);
}

/* Where a whole, full chunk lies in the target as it lies in storage: its address there. */
static uint8_t *dense_target(const shoal_reader *reader, const target *to, const shoal_piece *piece)
{
    const shoal_grid *grid = &reader->dataset->grid;
    int64_t strides[SHOAL_MAX_RANK];
    uint8_t *dst = to->dst;
    if (!piece->whole) return NULL;
    shoal_contiguous_strides(grid->rank, grid->chunk, reader->dataset->type.n_bytes, strides);
    for (int k = 0; k < grid->rank; k++) {
        if (piece->in_chunk[k].count != grid->chunk[k]) return NULL;
        if (grid->chunk[k] > 1 && strides[k] != to->strides[k]) return NULL;
        dst += piece->in_region[k] * (uint64_t)to->strides[k];
    }
    return dst;
}

static void copy_from_buffer(const shoal_reader *reader, const target *to, const shoal_piece *piece)
{
    int64_t chunk_strides[SHOAL_MAX_RANK], strides[SHOAL_MAX_RANK];
    const shoal_grid *grid = &reader->dataset->grid;
    shoal_contiguous_strides(grid->rank, grid->chunk, reader->dataset->type.n_bytes, chunk_strides);
    int64_t offset = piece_strides(grid->rank, piece, chunk_strides, strides);
    copy_piece(reader, to, piece, reader->buffer + offset, strides);
}

static shoal_status read_decoded(shoal_reader *reader, const target *to, const shoal_piece *piece,
                                 shoal_error *err)
{
    const shoal_dataset *dataset = reader->dataset;
    const shoal_index_entry *entry = shoal_index_find(&dataset->index, piece->chunk_id);
    if (!entry) {
        fill_piece(reader, to, piece);
        return SHOAL_OK;
    }
    uint8_t *dense = dense_target(reader, to, piece);
    if (dense && reader->held != piece->chunk_id)
        return shoal_reader_decode(reader, entry, dense, err);
    shoal_status status = fetch_piece(reader, entry, piece, err);
    if (status != SHOAL_OK) return status;
    copy_from_buffer(reader, to, piece);
    return SHOAL_OK;
}

static shoal_status read_made(shoal_reader *reader, const target *to, const shoal_piece *piece,
                              shoal_error *err)
{
    if (reader->held != piece->chunk_id) {
        reader->held = SHOAL_NO_CHUNK;
        shoal_status status = shoal_reader_make(reader, piece->chunk_id, reader->buffer, err);
        if (status != SHOAL_OK) return status;
        reader->held = piece->chunk_id;
    }
    copy_from_buffer(reader, to, piece);
    return SHOAL_OK;
}

static shoal_status read_mapped(shoal_reader *reader, const target *to, const shoal_piece *piece,
                                shoal_error *err)
{
    const shoal_dataset *dataset = reader->dataset;
    const shoal_grid *grid = &dataset->grid;
    int64_t storage[SHOAL_MAX_RANK], strides[SHOAL_MAX_RANK];
    shoal_dataset_strides(dataset, storage);
    uint64_t offset = dataset->offset, n_pages = 1;
    for (int k = 0; k < grid->rank; k++) {
        offset += piece->chunk[k] * grid->chunk[k] * (uint64_t)storage[k];
        if (k + 1 < grid->rank) n_pages *= piece->in_chunk[k].count;
    }
    int64_t first = piece_strides(grid->rank, piece, storage, strides);
    copy_piece(reader, to, piece, shoal_map_bytes(dataset->map) + offset + first, strides);
    uint64_t n_used = n_pages < reader->chunk_bytes / PAGE ? n_pages * PAGE : reader->chunk_bytes;
    shoal_reader_drop(reader, offset, reader->cold || piece->whole ? reader->chunk_bytes : n_used);
    return shoal_map_check(dataset->map, err);
}

static shoal_status read_piece(shoal_reader *reader, const target *to, const shoal_piece *piece,
                               shoal_error *err)
{
    switch (reader->dataset->layout) {
    case SHOAL_LAYOUT_CHUNKED:
    case SHOAL_LAYOUT_RUNS:
    case SHOAL_LAYOUT_EXTERNAL:
    case SHOAL_LAYOUT_VIRTUAL:
        if (shoal_reader_makes(reader->dataset)) return read_made(reader, to, piece, err);
        return read_decoded(reader, to, piece, err);
    case SHOAL_LAYOUT_CONTIGUOUS: return read_mapped(reader, to, piece, err);
    case SHOAL_LAYOUT_EMPTY: break;
    }
    fill_piece(reader, to, piece);
    return SHOAL_OK;
}

/* The last axis of what a region is read to is contiguous. */
static void swap_rows(const shoal_reader *reader, const target *to, const shoal_piece *piece)
{
    const shoal_dataset *dataset = reader->dataset;
    int last = dataset->grid.rank - 1;
    uint64_t at[SHOAL_MAX_RANK] = {0}, n = last >= 0 ? piece->in_chunk[last].count : 1;
    uint8_t *row = to->dst;
    for (int k = 0; k <= last; k++) row += piece->in_region[k] * (uint64_t)to->strides[k];
    for (;;) {
        shoal_swap_bytes(dataset->type, row, (size_t)n);
        int k = last - 1;
        for (; k >= 0; k--) {
            row += to->strides[k];
            if (++at[k] < piece->in_chunk[k].count) break;
            row -= (int64_t)piece->in_chunk[k].count * to->strides[k];
            at[k] = 0;
        }
        if (k < 0) return;
    }
}

shoal_status shoal_reader_piece(shoal_reader *reader, const shoal_piece *piece, void *dst,
                                const int64_t *strides, shoal_error *err)
{
    target to = {.dst = dst};
    memcpy(to.strides, strides, (size_t)reader->dataset->grid.rank * sizeof *strides);
    shoal_status status = read_piece(reader, &to, piece, err);
    if (!status && reader->swaps) swap_rows(reader, &to, piece);
    return status;
}

shoal_status shoal_reader_region(shoal_reader *reader, const shoal_region *region, void *dst,
                                 shoal_error *err)
{
    const shoal_dataset *dataset = reader->dataset;
    uint64_t counts[SHOAL_MAX_RANK], n_elements;
    if (region->rank != dataset->grid.rank || !shoal_region_inside(region, dataset->grid.shape) ||
        !shoal_region_elements(region, &n_elements))
        return shoal_fail(err, SHOAL_USAGE, "%s: the region does not lie in its shape",
                          dataset->name);
    if (n_elements == 0) return SHOAL_OK;
    for (int k = 0; k < region->rank; k++) counts[k] = region->axis[k].count;
    target to = {.dst = dst};
    shoal_contiguous_strides(region->rank, counts, dataset->type.n_bytes, to.strides);
    shoal_pieces it;
    shoal_piece piece;
    shoal_pieces_begin(&it, &dataset->grid, region);
    while (shoal_pieces_next(&it, &piece)) {
        shoal_status status = read_piece(reader, &to, &piece, err);
        if (status != SHOAL_OK) return status;
    }
    if (reader->swaps) shoal_swap_bytes(dataset->type, dst, (size_t)n_elements);
    return SHOAL_OK;
}

/* ---- Whole chunks ---- */

static shoal_status chunk_into(shoal_reader *reader, uint64_t chunk_id, void *dst, shoal_error *err)
{
    const shoal_dataset *dataset = reader->dataset;
    if (reader->held == chunk_id) {
        memcpy(dst, reader->buffer, reader->chunk_bytes);
    } else if (shoal_reader_makes(dataset)) {
        return shoal_reader_make(reader, chunk_id, dst, err);
    } else {
        const shoal_index_entry *entry = shoal_index_find(&dataset->index, chunk_id);
        if (!entry) {
            shoal_fill_elements(dst, dataset->fill, (size_t)dataset->grid.chunk_elements,
                                dataset->type.n_bytes);
            return SHOAL_OK;
        }
        shoal_status status = shoal_reader_decode(reader, entry, dst, err);
        if (status != SHOAL_OK) return status;
    }
    if (reader->swaps) shoal_swap_bytes(dataset->type, dst, (size_t)dataset->grid.chunk_elements);
    return SHOAL_OK;
}

shoal_status shoal_reader_chunk(shoal_reader *reader, uint64_t chunk_id, void *dst,
                                shoal_error *err)
{
    const shoal_dataset *dataset = reader->dataset;
    if (dataset->layout == SHOAL_LAYOUT_CONTIGUOUS || chunk_id >= dataset->grid.n_chunks)
        return shoal_fail(err, SHOAL_USAGE, "%s: has no chunk %" PRIu64, dataset->name, chunk_id);
    return chunk_into(reader, chunk_id, dst, err);
}
