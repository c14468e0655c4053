#include "compute/chunk_output.h"

#include "chunk/checked.h"
#include "chunk/copy.h"
#include "chunk/error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TASK_BYTES = 1 << 20, MAX_BATCH = 256, SPARE_SLOTS = 2 };

static bool bytes_of_chunk(const shoal_grid *grid, shoal_type type, size_t *out)
{
    return shoal_mul_size(grid->chunk_elements, type.n_bytes, out);
}

shoal_status shoal_chunk_output_begin(shoal_chunk_output *output, shoal_writer *writer,
                                      const char *path, shoal_error *err)
{
    memset(output, 0, sizeof *output);
    output->writer = writer;
    output->path = path;
    shoal_status status = shoal_writer_sink(writer, path, &output->sink, err);
    if (status) return status;
    output->type = shoal_sink_type(output->sink);
    output->grid = *shoal_sink_grid(output->sink);
    output->encodes = shoal_sink_is_chunked(output->sink);
    output->n_written = output->grid.rank > 0 ? output->grid.shape[0] : 0;
    if (!bytes_of_chunk(&output->grid, output->type, &output->chunk_bytes))
        return shoal_fail(err, SHOAL_USAGE, "%s:%s: its chunks are larger than memory",
                          shoal_writer_path(writer), path);
    output->bound = output->chunk_bytes;
    if (output->encodes)
        output->bound = shoal_encode_bound(shoal_sink_pipeline(output->sink), output->chunk_bytes);
    size_t batch = output->chunk_bytes ? TASK_BYTES / output->chunk_bytes : 1;
    if (batch < 1 || !output->encodes) batch = 1;
    output->batch = batch > MAX_BATCH ? MAX_BATCH : (uint32_t)batch;
    return SHOAL_OK;
}

void shoal_chunk_output_summarise(shoal_chunk_output *output, uint64_t memory_limit)
{
    uint64_t allowed = shoal_summaries_allowed(memory_limit) / 2; /* it may be copied to grow */
    shoal_sink_summarise(output->sink, allowed);
    if (shoal_sink_summarises(output->sink)) output->summary_bytes = allowed;
}

static uint64_t worker_bytes(const shoal_chunk_output *o)
{
    if (!o->encodes) return 0;
    return o->chunk_bytes + shoal_coder_bytes(shoal_sink_pipeline(o->sink), o->chunk_bytes, true);
}

static uint64_t slot_bytes(const shoal_chunk_output *o)
{
    return (uint64_t)o->batch *
           (o->bound + sizeof(size_t) + sizeof(uint32_t) + sizeof(shoal_chunk_summary));
}

uint64_t shoal_chunk_output_bytes(const shoal_chunk_output *output,
                                  const shoal_chunk_budget *budget, int n_workers)
{
    uint64_t n = (uint64_t)n_workers;
    return budget->fixed + 2 * output->summary_bytes +
           n * (worker_bytes(output) + budget->per_worker) + (n + SPARE_SLOTS) * slot_bytes(output);
}

/* What the system gives for a large buffer, aligned for the vector units. */
static void *buffer(size_t n)
{
    size_t rounded = (n + 63) / 64 * 64;
    return aligned_alloc(64, rounded ? rounded : 64);
}

static bool allocate_slot(shoal_chunk_output *o, shoal_chunk_slot *slot)
{
    size_t n;
    if (!shoal_mul_size(o->batch, o->bound, &n)) return false;
    slot->bytes = buffer(n);
    slot->sizes = calloc(o->batch, sizeof *slot->sizes);
    slot->masks = calloc(o->batch, sizeof *slot->masks);
    slot->summaries = calloc(o->batch, sizeof *slot->summaries);
    return slot->bytes && slot->sizes && slot->masks && slot->summaries;
}

static shoal_status allocate_all(shoal_chunk_output *o, shoal_error *err)
{
    size_t n_workers = (size_t)o->n_workers, n_slots = (size_t)o->n_slots;
    o->workers = calloc(n_workers, sizeof *o->workers);
    o->slots = calloc(n_slots, sizeof *o->slots);
    o->worker_pointers = calloc(n_workers, sizeof *o->worker_pointers);
    o->slot_pointers = calloc(n_slots, sizeof *o->slot_pointers);
    bool fine = o->workers && o->slots && o->worker_pointers && o->slot_pointers;
    for (size_t k = 0; fine && k < n_slots; k++) {
        fine = allocate_slot(o, &o->slots[k]);
        o->slot_pointers[k] = &o->slots[k];
    }
    for (size_t k = 0; fine && k < n_workers; k++) {
        o->worker_pointers[k] = &o->workers[k];
        if (!o->encodes) continue;
        fine = (o->workers[k].chunk = buffer(o->chunk_bytes)) != NULL;
        shoal_status status = fine ? shoal_coder_new(shoal_sink_pipeline(o->sink), o->chunk_bytes,
                                                     true, &o->workers[k].coder, err)
                                   : SHOAL_OK;
        if (status) return status;
    }
    return fine ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "out of memory for the buffers");
}

shoal_status shoal_chunk_output_allocate(shoal_chunk_output *output,
                                         const shoal_chunk_budget *budget, shoal_error *err)
{
    int n = budget->n_threads > 0 ? budget->n_threads : 1;
    if (budget->n_tasks > 0 && (uint64_t)n > budget->n_tasks) n = (int)budget->n_tasks;
    while (n > 1 && shoal_chunk_output_bytes(output, budget, n) > budget->limit) n--;
    uint64_t needed = shoal_chunk_output_bytes(output, budget, n);
    if (needed > budget->limit)
        return shoal_fail(err, SHOAL_MEMORY,
                          "%s:%s: needs %" PRIu64 " KiB, -m allows %" PRIu64
                          " KiB; allow more, or choose smaller chunks",
                          shoal_writer_path(output->writer), output->path, (needed + 1023) / 1024,
                          budget->limit / 1024);
    output->n_workers = n;
    output->n_slots = n + SPARE_SLOTS;
    return allocate_all(output, err);
}

void shoal_chunk_output_free(shoal_chunk_output *output)
{
    for (int k = 0; output->workers && k < output->n_workers; k++) {
        shoal_coder_free(output->workers[k].coder);
        free(output->workers[k].chunk);
    }
    for (int k = 0; output->slots && k < output->n_slots; k++) {
        free(output->slots[k].bytes);
        free(output->slots[k].sizes);
        free(output->slots[k].masks);
        free(output->slots[k].summaries);
    }
    free(output->workers);
    free(output->slots);
    free(output->worker_pointers);
    free(output->slot_pointers);
    memset(output, 0, sizeof *output);
}

uint64_t shoal_chunk_output_row(const shoal_chunk_output *output)
{
    uint64_t n = 1;
    for (int k = 1; k < output->grid.rank; k++) n *= output->grid.n_along[k];
    return n;
}

void shoal_chunk_output_extent(const shoal_chunk_output *output, uint64_t chunk_id, uint64_t n_rows,
                               uint64_t *start, uint64_t *count)
{
    const shoal_grid *g = &output->grid;
    for (int k = g->rank - 1; k >= 0; k--) {
        uint64_t at = chunk_id, end = n_rows;
        if (k > 0) {
            at = chunk_id % g->n_along[k];
            chunk_id /= g->n_along[k];
            end = g->shape[k];
        }
        start[k] = at * g->chunk[k];
        count[k] = end - start[k] < g->chunk[k] ? end - start[k] : g->chunk[k];
    }
}

/* ---- Work ---- */

static bool is_whole(const shoal_grid *grid, const uint64_t *count)
{
    for (int k = 0; k < grid->rank; k++)
        if (count[k] != grid->chunk[k]) return false;
    return true;
}

/* Encodes one chunk to `out`; gathers it first where it does not lie in place. */
static shoal_status make_chunk(shoal_chunk_output *o, shoal_chunk_worker *worker,
                               shoal_chunk_slot *slot, uint32_t k, uint8_t *out,
                               shoal_chunk_gather gather, void *context, shoal_error *err)
{
    uint64_t start[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK];
    int64_t strides[SHOAL_MAX_RANK];
    shoal_chunk_output_extent(o, slot->first + k, slot->n_rows, start, count);
    bool whole = is_whole(&o->grid, count);
    const void *bytes = NULL;
    if (!o->encodes) {
        shoal_contiguous_strides(o->grid.rank, count, o->type.n_bytes, strides);
        shoal_status status = gather(context, worker, slot, start, count, out, strides, NULL, err);
        if (!status && o->summary_bytes)
            shoal_summarise(o->type, o->grid.rank, count, strides, out, &slot->summaries[k]);
        return status;
    }
    shoal_contiguous_strides(o->grid.rank, o->grid.chunk, o->type.n_bytes, strides);
    if (!whole)
        shoal_fill_elements(worker->chunk, shoal_sink_fill(o->sink), (size_t)o->grid.chunk_elements,
                            o->type.n_bytes);
    shoal_status status = gather(context, worker, slot, start, count, worker->chunk, strides,
                                 whole ? &bytes : NULL, err);
    if (status) return status;
    if (o->summary_bytes)
        shoal_summarise(o->type, o->grid.rank, count, strides, bytes ? bytes : worker->chunk,
                        &slot->summaries[k]);
    slot->sizes[k] = o->bound;
    return shoal_encode(worker->coder, bytes ? bytes : worker->chunk, out, &slot->sizes[k],
                        &slot->masks[k], err);
}

shoal_status shoal_chunk_output_make(shoal_chunk_output *output, shoal_chunk_worker *worker,
                                     shoal_chunk_slot *slot, shoal_chunk_gather gather,
                                     void *context, shoal_error *err)
{
    uint8_t *out = slot->bytes;
    for (uint32_t k = 0; k < slot->n; k++) {
        shoal_status status = make_chunk(output, worker, slot, k, out, gather, context, err);
        if (status) return status;
        out += slot->sizes[k];
    }
    return SHOAL_OK;
}

/* ---- Merge ---- */

static shoal_status extend(shoal_chunk_output *o, uint64_t n_rows, shoal_error *err)
{
    uint64_t shape[SHOAL_MAX_RANK];
    memcpy(shape, o->grid.shape, sizeof shape);
    shape[0] = n_rows;
    shoal_status status = shoal_writer_extend(o->writer, o->path, shape, err);
    if (!status) o->n_written = n_rows;
    return status;
}

static shoal_status write_region(shoal_chunk_output *o, const uint64_t *start,
                                 const uint64_t *count, uint64_t n_elements, const void *bytes,
                                 shoal_error *err)
{
    shoal_region region = {.rank = o->grid.rank};
    for (int k = 0; k < o->grid.rank; k++)
        region.axis[k] = (shoal_range){(int64_t)start[k], 1, count[k]};
    return shoal_writer_write(o->writer, o->path, &region, bytes,
                              (size_t)n_elements * o->type.n_bytes, err);
}

shoal_status shoal_chunk_output_write(shoal_chunk_output *output, const shoal_chunk_slot *slot,
                                      uint64_t *done_bytes, shoal_error *err)
{
    const uint8_t *bytes = slot->bytes;
    *done_bytes = 0;
    for (uint32_t k = 0; k < slot->n; k++) {
        uint64_t start[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK], n_elements;
        shoal_status status = SHOAL_OK;
        shoal_chunk_output_extent(output, slot->first + k, slot->n_rows, start, count);
        shoal_product(output->grid.rank, count, &n_elements); /* no more than a chunk */
        if (output->grid.rank > 0 && start[0] + count[0] > output->n_written)
            status = extend(output, start[0] + count[0], err);
        if (!status && !output->encodes)
            status = write_region(output, start, count, n_elements, bytes, err);
        else if (!status)
            status = shoal_sink_write_chunk(output->sink, slot->first + k, bytes, slot->sizes[k],
                                            slot->masks[k], err);
        if (status) return status;
        if (output->summary_bytes)
            shoal_sink_keep(output->sink, slot->first + k, &slot->summaries[k], slot->sizes[k],
                            slot->masks[k]);
        bytes += slot->sizes[k];
        *done_bytes += n_elements * output->type.n_bytes;
    }
    return SHOAL_OK;
}
