/* Running a pipeline: each stage reads where the one before it wrote. The first reads the
   caller's source and the last writes the caller's target; between them are at most two scratch
   buffers by turns. */
#include "chunk/checked.h"
#include "chunk/filter.h"
#include "chunk/filter_stage.h"

#include <stdlib.h>
#include <string.h>

/* How much memory the stages need between them. */
typedef struct layout {
    size_t n_bytes[SHOAL_MAX_FILTERS + 1]; /* [k]: at most, before stage k encodes */
    int n_scratch;
    size_t scratch_bytes; /* of one */
} layout;

struct shoal_coder {
    shoal_pipeline pipeline;
    layout layout;
    bool encodes;
    shoal_stage stage[SHOAL_MAX_FILTERS];
    uint8_t *scratch[2];
    /* The chunk that is decoded in pieces: what its last filter reads, and where that is. */
    const shoal_stage *last;
    shoal_span pieces;
    size_t at;
};

static bool is_left_out(uint32_t mask, int k)
{
    return mask >> k & 1;
}

/* How many buffers decoding needs: one less than stages that move bytes, but all when a checksum
   comes after them, since it does not fit the target. */
static int count_decode_buffers(const shoal_pipeline *pipeline)
{
    int n_moving = 0;
    bool strips_last = false;
    for (int k = pipeline->n - 1; k >= 0; k--) {
        strips_last = shoal_filter_row_of(&pipeline->filter[k])->strip != NULL;
        if (!strips_last) n_moving++;
    }
    return n_moving == 0 ? 0 : n_moving - !strips_last;
}

/* False when a size cannot be counted. All filters are known. */
static bool lay_out(const shoal_pipeline *pipeline, size_t chunk_bytes, bool encodes, layout *out)
{
    size_t largest = 0;
    out->n_bytes[0] = chunk_bytes;
    for (int k = 0; k < pipeline->n; k++) {
        const shoal_filter_row *row = shoal_filter_row_of(&pipeline->filter[k]);
        size_t n = row->bound(shoal_pipeline_parameters(pipeline, k), out->n_bytes[k]);
        if (n == SIZE_MAX) return false;
        if (k > 0 && out->n_bytes[k] > largest) largest = out->n_bytes[k];
        out->n_bytes[k + 1] = n;
    }
    int n_buffers = count_decode_buffers(pipeline);
    if (encodes && pipeline->n - 1 > n_buffers) n_buffers = pipeline->n - 1;
    out->n_scratch = n_buffers < 2 ? n_buffers : 2;
    out->scratch_bytes = largest;
    return true;
}

static shoal_status check_filters(const shoal_pipeline *pipeline, shoal_error *err)
{
    uint16_t unknown;
    if (pipeline->n < 0 || pipeline->n > SHOAL_MAX_FILTERS)
        return shoal_fail(err, SHOAL_DATA, "a pipeline of %d filters; at most %d are possible",
                          pipeline->n, SHOAL_MAX_FILTERS);
    if (shoal_pipeline_decodes(pipeline, &unknown)) return SHOAL_OK;
    return shoal_filter_fail_unknown(unknown, err);
}

static shoal_status open_stages(shoal_coder *coder, shoal_error *err)
{
    for (int k = 0; k < coder->pipeline.n; k++) {
        shoal_stage *stage = &coder->stage[k];
        const shoal_filter *filter = &coder->pipeline.filter[k];
        const shoal_filter_row *row = shoal_filter_row_of(filter);
        stage->parameters = shoal_pipeline_parameters(&coder->pipeline, k);
        stage->plugin = filter->plugin;
        stage->optional = filter->optional;
        stage->n_raw = coder->layout.n_bytes[k];
        if (row->open != NULL) {
            shoal_status status = row->open(stage, coder->encodes, err);
            if (status != SHOAL_OK) return status;
        }
        stage->row = row;
    }
    return SHOAL_OK;
}

shoal_status shoal_coder_new(const shoal_pipeline *pipeline, size_t chunk_bytes, bool encodes,
                             shoal_coder **out, shoal_error *err)
{
    shoal_status status = check_filters(pipeline, err);
    if (status != SHOAL_OK) return status;
    shoal_coder *coder = calloc(1, sizeof *coder);
    if (coder == NULL) return shoal_fail(err, SHOAL_MEMORY, "no memory for a decoder");
    coder->pipeline = *pipeline;
    coder->encodes = encodes;
    if (!lay_out(pipeline, chunk_bytes, encodes, &coder->layout)) {
        free(coder);
        return shoal_fail(err, SHOAL_MEMORY, "chunks of %zu bytes are too large", chunk_bytes);
    }
    status = open_stages(coder, err);
    for (int k = 0; k < coder->layout.n_scratch && status == SHOAL_OK; k++) {
        coder->scratch[k] = malloc(coder->layout.scratch_bytes + 1);
        if (coder->scratch[k] == NULL)
            status = shoal_fail(err, SHOAL_MEMORY, "no memory for a buffer of %zu bytes",
                                coder->layout.scratch_bytes);
    }
    if (status != SHOAL_OK) {
        shoal_coder_free(coder);
        return status;
    }
    *out = coder;
    return SHOAL_OK;
}

void shoal_coder_free(shoal_coder *coder)
{
    if (coder == NULL) return;
    for (int k = 0; k < coder->pipeline.n; k++) {
        shoal_stage *stage = &coder->stage[k];
        if (stage->row != NULL && stage->row->close != NULL) stage->row->close(stage);
    }
    free(coder->scratch[0]);
    free(coder->scratch[1]);
    free(coder);
}

size_t shoal_coder_bytes(const shoal_pipeline *pipeline, size_t chunk_bytes, bool encodes)
{
    layout plan;
    size_t n = sizeof(shoal_coder);
    if (check_filters(pipeline, NULL) != SHOAL_OK) return n;
    if (!lay_out(pipeline, chunk_bytes, encodes, &plan)) return SIZE_MAX;
    for (int k = 0; k < plan.n_scratch; k++)
        if (__builtin_add_overflow(n, plan.scratch_bytes + 1, &n)) return SIZE_MAX;
    for (int k = 0; k < pipeline->n; k++) {
        const shoal_filter_row *row = shoal_filter_row_of(&pipeline->filter[k]);
        shoal_parameters p = shoal_pipeline_parameters(pipeline, k);
        size_t held = row->context_bytes ? row->context_bytes(p, plan.n_bytes[k], encodes) : 0;
        size_t more = row->passing_bytes ? row->passing_bytes(p, plan.n_bytes[k], encodes) : 0;
        if (__builtin_add_overflow(n, held, &n) || __builtin_add_overflow(n, more, &n))
            return SIZE_MAX;
    }
    return n;
}

size_t shoal_coder_passing_bytes(const shoal_pipeline *pipeline, size_t chunk_bytes, bool encodes)
{
    layout plan;
    size_t n = 0;
    if (check_filters(pipeline, NULL) != SHOAL_OK ||
        !lay_out(pipeline, chunk_bytes, encodes, &plan))
        return 0;
    for (int k = 0; k < pipeline->n; k++) {
        const shoal_filter_row *row = shoal_filter_row_of(&pipeline->filter[k]);
        if (row->passing_bytes != NULL)
            n += row->passing_bytes(shoal_pipeline_parameters(pipeline, k), plan.n_bytes[k],
                                    encodes);
    }
    return n;
}

size_t shoal_encode_bound(const shoal_pipeline *pipeline, size_t chunk_bytes)
{
    layout plan;
    if (check_filters(pipeline, NULL) != SHOAL_OK) return SIZE_MAX;
    return lay_out(pipeline, chunk_bytes, true, &plan) ? plan.n_bytes[pipeline->n] : SIZE_MAX;
}

static uint8_t *other_scratch(const shoal_coder *coder, const uint8_t *in_use)
{
    return coder->scratch[in_use == coder->scratch[0] ? 1 : 0];
}

shoal_status shoal_encode(shoal_coder *coder, const void *src, void *dst, size_t *n_dst,
                          uint32_t *mask, shoal_error *err)
{
    int n_stages = coder->pipeline.n;
    shoal_span now = {src, coder->layout.n_bytes[0]};
    uint32_t left_out = 0;
    if (!coder->encodes) return shoal_fail(err, SHOAL_USAGE, "this coder only decodes");
    for (int k = 0; k < n_stages; k++) {
        const shoal_stage *stage = &coder->stage[k];
        uint8_t *target = k == n_stages - 1 ? dst : other_scratch(coder, now.data);
        size_t capacity = coder->layout.n_bytes[k + 1], n;
        bool must_shrink = stage->optional && stage->row->compresses;
        if (must_shrink) capacity = now.n == 0 ? 0 : now.n - 1;
        shoal_status status = stage->row->encode(stage, now, target, capacity, &n, err);
        if (status != SHOAL_OK) return status;
        if (n == SIZE_MAX) {
            if (!stage->optional)
                return shoal_fail(err, SHOAL_SYSTEM, "%s: cannot encode %zu bytes",
                                  stage->row->name, now.n);
            left_out |= UINT32_C(1) << k;
            continue;
        }
        now = (shoal_span){target, n};
    }
    if (now.data != dst && now.n != 0) memcpy(dst, now.data, now.n);
    *n_dst = now.n;
    *mask = left_out;
    return SHOAL_OK;
}

/* Undoes stage k, which is not left out. The bytes go to dst when no other stage follows. */
static shoal_status undo_stage(shoal_coder *coder, int k, bool is_last, shoal_span *now, void *dst,
                               shoal_error *err)
{
    const shoal_stage *stage = &coder->stage[k];
    if (stage->row->strip != NULL) return stage->row->strip(stage, now, err);
    uint8_t *target = is_last ? dst : other_scratch(coder, now->data);
    size_t capacity = coder->layout.n_bytes[is_last ? 0 : k], n;
    shoal_status status = stage->row->decode(stage, *now, target, capacity, &n, err);
    if (status == SHOAL_OK) *now = (shoal_span){target, n};
    return status;
}

/* The stage that is undone last, -1 when all are left out. */
static int last_to_undo(const shoal_coder *coder, uint32_t mask)
{
    for (int k = 0; k < coder->pipeline.n; k++)
        if (!is_left_out(mask, k)) return k;
    return -1;
}

static shoal_status check_size(const shoal_coder *coder, size_t n, shoal_error *err)
{
    size_t wanted = coder->layout.n_bytes[0];
    if (n == wanted) return SHOAL_OK;
    return shoal_fail(err, SHOAL_DATA, "the stored bytes decode to %zu bytes instead of %zu", n,
                      wanted);
}

shoal_status shoal_decode_at_most(shoal_coder *coder, uint32_t mask, const void *src, size_t n_src,
                                  void *dst, size_t *n_dst, shoal_error *err)
{
    shoal_span now = {src, n_src};
    int last = last_to_undo(coder, mask);
    for (int k = coder->pipeline.n - 1; k >= 0; k--) {
        if (is_left_out(mask, k)) continue;
        shoal_status status = undo_stage(coder, k, k == last, &now, dst, err);
        if (status != SHOAL_OK) return status;
    }
    *n_dst = now.n;
    if (now.data == dst || now.n == 0) return SHOAL_OK;
    if (now.n > coder->layout.n_bytes[0]) return check_size(coder, now.n, err);
    memcpy(dst, now.data, now.n);
    return SHOAL_OK;
}

shoal_status shoal_decode(shoal_coder *coder, uint32_t mask, const void *src, size_t n_src,
                          void *dst, shoal_error *err)
{
    size_t n;
    shoal_status status = shoal_decode_at_most(coder, mask, src, n_src, dst, &n, err);
    return status == SHOAL_OK ? check_size(coder, n, err) : status;
}

shoal_status shoal_decode_range(shoal_coder *coder, uint32_t mask, const void *src, size_t n_src,
                                size_t first, size_t n, void *dst, shoal_error *err)
{
    size_t chunk_bytes = coder->layout.n_bytes[0];
    shoal_span now = {src, n_src};
    int last = last_to_undo(coder, mask), k = coder->pipeline.n - 1;
    if (!shoal_range_fits(first, n, chunk_bytes))
        return shoal_fail(err, SHOAL_USAGE, "bytes beyond the chunk's end were asked for");
    /* Checksums on top are cut off; below them one filter may stay that decodes parts. */
    for (; k >= 0; k--) {
        if (is_left_out(mask, k)) continue;
        const shoal_stage *stage = &coder->stage[k];
        if (stage->row->strip == NULL) break;
        shoal_status status = stage->row->strip(stage, &now, err);
        if (status != SHOAL_OK) return status;
    }
    if (k < 0) {
        shoal_status status = check_size(coder, now.n, err);
        if (status == SHOAL_OK && n != 0) memcpy((uint8_t *)dst + first, now.data + first, n);
        return status;
    }
    const shoal_stage *stage = &coder->stage[k];
    if (k != last || stage->row->decode_range == NULL)
        return shoal_decode(coder, mask, src, n_src, dst, err);
    return stage->row->decode_range(stage, now, chunk_bytes, first, n, dst, err);
}

size_t shoal_decode_block(const shoal_coder *coder, uint32_t mask, const void *src, size_t n_src)
{
    int first = -1, last = last_to_undo(coder, mask);
    for (int k = 0; k < coder->pipeline.n; k++)
        if (!is_left_out(mask, k)) first = k;
    if (last < 0) return 1;
    const shoal_stage *stage = &coder->stage[last];
    if (first != last || stage->row->block == NULL) return 0;
    return stage->row->block(stage, (shoal_span){src, n_src}, coder->layout.n_bytes[0]);
}

/* ---- In pieces ---- */

/* The first filter that is undone. */
static int first_to_undo(const shoal_coder *coder, uint32_t mask)
{
    int k = coder->pipeline.n - 1;
    while (k >= 0 && (is_left_out(mask, k) || coder->stage[k].row->strip != NULL)) k--;
    return k;
}

size_t shoal_decode_step(const shoal_coder *coder, uint32_t mask, const void *src, size_t n_src)
{
    int last = last_to_undo(coder, mask);
    if (last < 0 || coder->stage[last].row->step == NULL) return 0;
    shoal_span known = {src, n_src}, unknown = {NULL, 0};
    const shoal_stage *stage = &coder->stage[last];
    return stage->row->step(stage, first_to_undo(coder, mask) == last ? known : unknown,
                            coder->layout.n_bytes[0]);
}

shoal_status shoal_decode_begin(shoal_coder *coder, uint32_t mask, const void *src, size_t n_src,
                                shoal_error *err)
{
    shoal_span now = {src, n_src};
    int last = last_to_undo(coder, mask);
    for (int k = coder->pipeline.n - 1; k > last; k--) {
        if (is_left_out(mask, k)) continue;
        shoal_status status = undo_stage(coder, k, false, &now, NULL, err);
        if (status != SHOAL_OK) return status;
    }
    coder->last = &coder->stage[last];
    coder->pieces = now;
    coder->at = 0;
    return SHOAL_OK;
}

shoal_status shoal_decode_piece(shoal_coder *coder, size_t first, size_t n, void *dst,
                                shoal_error *err)
{
    if (!shoal_range_fits(first, n, coder->layout.n_bytes[0]))
        return shoal_fail(err, SHOAL_USAGE, "bytes beyond the chunk's end were asked for");
    return coder->last->row->decode_piece(coder->last, coder->pieces, coder->layout.n_bytes[0],
                                          first, n, dst, &coder->at, err);
}
