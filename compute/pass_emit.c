/* What becomes of the arrays that a task computed: kept in memory, or encoded to the chunks of a
   file. */
#include "compute/pass.h"

#include "chunk/copy.h"
#include "compute/summarise.h"

#include <string.h>

/* A part of a chunk is spread out over the whole; what lies beyond the array is fill. */
static const uint8_t *pad_chunk(const shoal_pass_output *o, int rank, const uint64_t *chunk,
                                const uint8_t *from, const int64_t *strides, const uint64_t *count,
                                uint8_t *padded)
{
    size_t size = o->node->type.n_bytes;
    int64_t to[SHOAL_MAX_RANK];
    bool whole = true, contiguous = true;
    shoal_contiguous_strides(rank, chunk, size, to);
    for (int k = 0; k < rank; k++) {
        whole &= count[k] == chunk[k];
        contiguous &= strides[k] == to[k] || count[k] == 1;
    }
    if (whole && contiguous) return from;
    if (whole)
        ;
    else if (o->target->spec.fill)
        shoal_fill_elements(padded, o->target->spec.fill, o->chunk_bytes / size, size);
    else
        memset(padded, 0, o->chunk_bytes);
    shoal_copy_box(rank, count, from, strides, padded, to, size);
    return padded;
}

static void keep_region(const shoal_pass_output *o, const uint8_t *from, const shoal_region *region)
{
    const shoal_node *node = o->node;
    size_t size = node->type.n_bytes;
    uint64_t count[SHOAL_MAX_RANK];
    int64_t src[SHOAL_MAX_RANK], dst[SHOAL_MAX_RANK];
    uint8_t *to = o->target->data;
    shoal_contiguous_strides(node->rank, node->shape, size, dst);
    for (int k = 0; k < node->rank; k++) {
        count[k] = region->axis[k].count;
        to += region->axis[k].start * dst[k];
    }
    shoal_contiguous_strides(node->rank, count, size, src);
    shoal_copy_box(node->rank, count, from, src, to, dst, size);
}

/* Bits at the ends of a row may share a word with another worker's. */
static void pack_row(uint64_t *words, uint64_t at, const uint8_t *bools, uint64_t n)
{
    while (n) {
        uint64_t word = 0, part = 64 - at % 64 < n ? 64 - at % 64 : n;
        for (uint64_t k = 0; k < part; k++) word |= (uint64_t)(bools[k] != 0) << (at % 64 + k);
        if (word) __atomic_fetch_or(&words[at / 64], word, __ATOMIC_RELAXED);
        at += part;
        bools += part;
        n -= part;
    }
}

static void pack_result(const shoal_pass *pass, const shoal_pass_output *o, const uint8_t *result,
                        const uint64_t *start, const uint64_t *count)
{
    int64_t flat_of[SHOAL_MAX_RANK];
    uint64_t at[SHOAL_MAX_RANK] = {0}, flat = 0;
    int last = pass->rank - 1;
    shoal_contiguous_strides(pass->rank, pass->shape, 1, flat_of);
    for (int k = 0; k < pass->rank; k++) flat += start[k] * (uint64_t)flat_of[k];
    for (;;) {
        uint64_t n = last < 0 ? 1 : count[last];
        pack_row(o->target->data, flat, result, n);
        result += n;
        int k = last - 1;
        for (; k >= 0 && at[k] + 1 == count[k]; k--) {
            flat -= at[k] * (uint64_t)flat_of[k];
            at[k] = 0;
        }
        if (k < 0) return;
        at[k]++;
        flat += (uint64_t)flat_of[k];
    }
}

/* All chunks of a region, whose corners are chunks' corners or the array's. */
static shoal_status encode_region(shoal_pass_worker *w, shoal_pass_slot *s, int k,
                                  const uint8_t *from, const shoal_region *region, shoal_error *err)
{
    const shoal_pass_output *o = &w->pass->output[k];
    int rank = o->node->rank;
    uint64_t extent[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK], n = 0;
    int64_t strides[SHOAL_MAX_RANK];
    for (int d = 0; d < rank; d++) extent[d] = region->axis[d].count;
    shoal_contiguous_strides(rank, extent, o->node->type.n_bytes, strides);
    shoal_pieces it;
    shoal_piece piece;
    for (shoal_pieces_begin(&it, &o->grid, region); shoal_pieces_next(&it, &piece); n++) {
        const uint8_t *at = from;
        for (int d = 0; d < rank; d++) {
            at += (int64_t)piece.in_region[d] * strides[d];
            count[d] = piece.in_chunk[d].count;
        }
        if (o->summarises)
            shoal_summarise(o->node->type, rank, count, strides, at, &s->summary[k][n]);
        const uint8_t *chunk = pad_chunk(o, rank, o->grid.chunk, at, strides, count, w->padded);
        shoal_status status = shoal_encode(w->coder[k], chunk, s->bytes[k] + n * o->bound,
                                           &s->n_bytes[k][n], &s->mask[k][n], err);
        if (status) return status;
    }
    return SHOAL_OK;
}

static void region_of(const shoal_pass *pass, const shoal_pass_output *o, const uint64_t *start,
                      const uint64_t *count, shoal_region *out)
{
    if (o->node->kind == SHOAL_NODE_LINES) {
        shoal_pass_lines_region(pass, o->node, start, count, out);
        return;
    }
    out->rank = pass->rank;
    for (int k = 0; k < pass->rank; k++)
        out->axis[k] = (shoal_range){(int64_t)start[k], 1, count[k]};
}

shoal_status shoal_pass_emit(shoal_pass_worker *worker, shoal_pass_slot *slot, shoal_error *err)
{
    const shoal_pass *pass = worker->pass;
    for (int k = 0; k < pass->n_outputs; k++) {
        const shoal_pass_output *o = &pass->output[k];
        const uint8_t *from = worker->result[k];
        shoal_region region;
        region_of(pass, o, slot->start, slot->count, &region);
        if (o->node->kind == SHOAL_NODE_LINES) {
            shoal_pass_lines_run(worker, k, slot->start, slot->count);
            from = worker->line_result[k];
        }
        if (o->target->packed)
            pack_result(pass, o, from, slot->start, slot->count);
        else if (o->target->in_memory)
            keep_region(o, from, &region);
        if (!o->chunk_bytes) continue;
        shoal_status status = encode_region(worker, slot, k, from, &region, err);
        if (status) return status;
    }
    return SHOAL_OK;
}

static shoal_status append_output(const shoal_pass *pass, const shoal_pass_slot *slot, int k,
                                  shoal_error *err)
{
    const shoal_pass_output *o = &pass->output[k];
    shoal_region region;
    shoal_pieces it;
    shoal_piece piece;
    uint64_t n = 0;
    region_of(pass, o, slot->start, slot->count, &region);
    for (shoal_pieces_begin(&it, &o->grid, &region); shoal_pieces_next(&it, &piece); n++) {
        const shoal_target *t = o->target;
        const uint8_t *bytes = slot->bytes[k] + n * o->bound;
        shoal_status status =
            t->spill ? shoal_spill_append(t->spill, piece.chunk_id, bytes, slot->n_bytes[k][n],
                                          slot->mask[k][n], err)
                     : shoal_sink_write_chunk(t->sink, piece.chunk_id, bytes, slot->n_bytes[k][n],
                                              slot->mask[k][n], err);
        if (status) return status;
        if (o->summarises)
            shoal_sink_keep(t->sink, piece.chunk_id, &slot->summary[k][n], slot->n_bytes[k][n],
                            slot->mask[k][n]);
    }
    return SHOAL_OK;
}

shoal_status shoal_pass_append(const shoal_pass *pass, const shoal_pass_slot *slot,
                               shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < pass->n_outputs && !status; k++)
        if (pass->output[k].chunk_bytes) status = append_output(pass, slot, k, err);
    return status;
}
