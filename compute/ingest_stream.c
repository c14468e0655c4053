/* The run that ingests a stream: rows are read ahead into a ring of blocks by the one who hands out
   tasks, and the chunks of a block are gathered and encoded in parallel. */
#include "compute/block_ring.h"
#include "compute/executor.h"
#include "compute/ingest_array.h"

#include "chunk/checked.h"
#include "chunk/copy.h"
#include "chunk/error.h"

#include <string.h>

#define BLOCK_BYTES  (UINT64_C(4) << 20)   /* a block is no smaller, where memory allows */
#define RING_BYTES   (UINT64_C(256) << 20) /* the ring is no larger, where two blocks allow */
#define AHEAD_BYTES  (UINT64_C(256) << 10) /* least to be read at a turn */
#define CHOOSE_BYTES (UINT64_C(4) << 20)   /* rows of an unknown number are taken for this much */

typedef struct stream_run {
    shoal_chunk_output *output;
    shoal_block_ring ring;
    uint64_t base_row;   /* of the output, where the first block begins */
    uint64_t block;      /* being handed out */
    size_t block_n_rows; /* of it; 0: not yet asked for */
    uint64_t at;         /* chunk of the block that is next */
    size_t ahead_bytes;  /* to read at each turn */
    bool big_endian;
    const shoal_run_options *options;
    pthread_mutex_t progress_lock; /* one call of the user's function at a time */
    shoal_progress last;
} stream_run;

/* ---- Progress, also while the stream keeps us waiting ---- */

static int progress(void *user, const shoal_progress *now)
{
    stream_run *run = user;
    pthread_mutex_lock(&run->progress_lock);
    run->last = *now;
    int cancel = run->options->progress(run->options->user, now);
    pthread_mutex_unlock(&run->progress_lock);
    return cancel;
}

static int idle(void *user)
{
    stream_run *run = user;
    pthread_mutex_lock(&run->progress_lock);
    int cancel = run->options->progress(run->options->user, &run->last);
    pthread_mutex_unlock(&run->progress_lock);
    return cancel;
}

/* ---- Tasks ---- */

static uint64_t chunks_of_block(const stream_run *run, size_t n_rows)
{
    return shoal_ceil_div(n_rows, run->output->grid.chunk[0]) * shoal_chunk_output_row(run->output);
}

static shoal_next next_task(void *context, void *slot_, shoal_error *err)
{
    stream_run *run = context;
    shoal_chunk_slot *slot = slot_;
    const shoal_chunk_output *o = run->output;
    if (run->at == 0 &&
        shoal_block_ring_need(&run->ring, run->block, &run->block_n_rows, err) != SHOAL_OK)
        return SHOAL_NEXT_ERROR;
    if (run->block_n_rows == 0) return SHOAL_NEXT_END;
    uint64_t n_chunks = chunks_of_block(run, run->block_n_rows), left = n_chunks - run->at;
    uint64_t first_row = run->base_row + run->block * run->ring.block_rows;
    slot->first = first_row / o->grid.chunk[0] * shoal_chunk_output_row(o) + run->at;
    slot->n = left < o->batch ? (uint32_t)left : o->batch;
    slot->n_rows = first_row + run->block_n_rows;
    slot->number = run->block;
    shoal_block_ring_hold(&run->ring, run->block);
    run->at += slot->n;
    if (run->at == n_chunks) {
        run->at = 0;
        run->block++;
    }
    if (shoal_block_ring_ahead(&run->ring, run->block, run->ahead_bytes, err) == SHOAL_OK)
        return SHOAL_NEXT_TASK;
    shoal_block_ring_release(&run->ring, slot->number);
    return SHOAL_NEXT_ERROR;
}

static shoal_status gather(void *context, shoal_chunk_worker *worker, shoal_chunk_slot *slot,
                           const uint64_t *start, const uint64_t *count, void *dst,
                           const int64_t *dst_strides, const void **in_place, shoal_error *err)
{
    stream_run *run = context;
    const shoal_grid *grid = &run->output->grid;
    uint64_t from[SHOAL_MAX_RANK], shape[SHOAL_MAX_RANK];
    shoal_strided rows = {.type = run->output->type, .big_endian = run->big_endian};
    (void)worker;
    (void)err;
    memcpy(from, start, (size_t)grid->rank * sizeof *from);
    memcpy(shape, grid->shape, sizeof shape);
    shape[0] = run->ring.block_rows;
    from[0] -= run->base_row + slot->number * run->ring.block_rows;
    rows.base = run->ring.block[slot->number % (uint64_t)run->ring.n_blocks];
    shoal_contiguous_strides(grid->rank, shape, rows.type.n_bytes, rows.strides);
    if (in_place) *in_place = shoal_strided_in_place(&rows, grid->rank, from, count);
    if (!in_place || !*in_place)
        shoal_strided_gather(&rows, grid->rank, from, count, dst, dst_strides);
    return SHOAL_OK;
}

static shoal_status work(void *context, void *worker, void *slot_, shoal_error *err)
{
    stream_run *run = context;
    shoal_chunk_slot *slot = slot_;
    shoal_status status = shoal_chunk_output_make(run->output, worker, slot, gather, run, err);
    shoal_block_ring_release(&run->ring, slot->number);
    return status;
}

static shoal_status merge(void *context, void *slot, uint64_t *done_bytes, shoal_error *err)
{
    stream_run *run = context;
    return shoal_chunk_output_write(run->output, slot, done_bytes, err);
}

/* ---- What fits ---- */

static bool row_bytes(const shoal_array_form *form, uint64_t *out)
{
    return shoal_product(form->rank - 1, form->shape + 1, out) &&
           shoal_mul_u64(*out, form->type.n_bytes, out) && *out > 0;
}

/* Two blocks of these chunks take no more than half of the memory. */
static bool slab_fits(uint64_t n_rows, uint64_t row, uint64_t limit)
{
    uint64_t slab;
    return shoal_mul_u64(n_rows, row, &slab) && slab <= limit / 4;
}

static uint64_t guess_rows(const shoal_array_form *form, uint64_t row)
{
    uint64_t n = CHOOSE_BYTES / row;
    for (int k = 1; k < form->rank && CHOOSE_BYTES / row < 2; k++)
        if (form->shape[k] > n) n = form->shape[k];
    return n > 0 ? n : 1;
}

static void choose_chunk(const shoal_array_form *form, uint64_t row, uint64_t limit,
                         uint64_t *chunk)
{
    uint64_t shape[SHOAL_MAX_RANK];
    memcpy(shape, form->shape, sizeof shape);
    if (form->grows) shape[0] = guess_rows(form, row);
    shoal_chunk_choose(form->type, form->rank, shape, chunk);
    if (slab_fits(chunk[0], row, limit)) return;
    shape[0] = limit / 4 / row > 0 ? limit / 4 / row : 1;
    shoal_chunk_choose(form->type, form->rank, shape, chunk);
}

bool shoal_ingest_streams(shoal_array_ingest *ingest, shoal_array_form *form,
                          uint64_t chunk[SHOAL_MAX_RANK])
{
    const shoal_ingest_params *params = ingest->params;
    uint64_t row, limit = shoal_option_memory(ingest->options);
    shoal_sink *sink = NULL;
    if (form->rank == 0 || !row_bytes(form, &row)) return false;
    if (params->append && shoal_writer_exists(ingest->writer, ingest->path)) {
        if (shoal_writer_sink(ingest->writer, ingest->path, &sink, NULL)) return true;
        const shoal_grid *grid = shoal_sink_grid(sink);
        return grid->rank != form->rank || slab_fits(grid->chunk[0], row, limit);
    }
    if (params->storage.contiguous) return !form->grows && slab_fits(1, row, limit);
    if (shoal_ingest_chunk_given(params)) {
        uint64_t rows = params->storage.chunk[0];
        bool grows = form->grows || (params->storage.unlimited & 1) || params->append;
        if (!grows && rows > form->shape[0]) rows = form->shape[0];
        return slab_fits(rows, row, limit);
    }
    choose_chunk(form, row, limit, chunk);
    form->chunk = chunk;
    form->keep_chunk = true;
    return slab_fits(chunk[0], row, limit);
}

/* ---- The run ---- */

static void size_ring(stream_run *run, uint64_t row, uint64_t n_rows, int n_threads, uint64_t limit)
{
    uint64_t chunk_rows = run->output->grid.chunk[0], slab = chunk_rows * row, m = 1;
    if (slab < BLOCK_BYTES) m = BLOCK_BYTES / slab;
    while (m > 1 && m * slab > limit / 4) m /= 2;
    if (n_rows != UINT64_MAX && m > shoal_ceil_div(n_rows, chunk_rows))
        m = shoal_ceil_div(n_rows, chunk_rows);
    if (m < 1) m = 1;
    uint64_t most = limit / 2 < RING_BYTES ? limit / 2 : RING_BYTES;
    uint64_t n = most / (m * slab);
    if (n > (uint64_t)n_threads + 1) n = (uint64_t)n_threads + 1;
    if (n > SHOAL_MAX_RING) n = SHOAL_MAX_RING;
    run->ring.row_bytes = (size_t)row;
    run->ring.block_rows = (size_t)(m * chunk_rows);
    run->ring.n_blocks = n < 2 ? 2 : (int)n;
    uint64_t n_tasks = shoal_ceil_div(m * shoal_chunk_output_row(run->output), run->output->batch);
    run->ahead_bytes = (size_t)shoal_ceil_div(m * slab, n_tasks);
    if (run->ahead_bytes < AHEAD_BYTES) run->ahead_bytes = AHEAD_BYTES;
}

static shoal_status put_tail(stream_run *run, shoal_array_ingest *ingest, uint64_t limit,
                             shoal_error *err)
{
    shoal_part tail = {0};
    if (shoal_ingest_tail_rows(ingest) == 0) return SHOAL_OK;
    shoal_status status = shoal_ingest_tail(ingest, limit / 4, &tail, err);
    if (!status) shoal_block_ring_put(&run->ring, tail.owned, (size_t)tail.shape[0]);
    shoal_part_close(&tail);
    return status;
}

static shoal_status execute(stream_run *run, shoal_array_ingest *ingest, uint64_t total_bytes,
                            shoal_error *err)
{
    shoal_chunk_output *o = run->output;
    shoal_run_options options = {0};
    if (ingest->options) options = *ingest->options;
    run->options = ingest->options;
    if (options.progress) {
        options.progress = progress;
        options.user = run;
        run->ring.stream->idle = idle;
        run->ring.stream->idle_user = run;
    }
    shoal_job job = {
        .context = run,
        .phase = "reading",
        .total_bytes = total_bytes,
        .next = next_task,
        .work = work,
        .merge = merge,
        .n_workers = o->n_workers,
        .workers = o->worker_pointers,
        .n_slots = o->n_slots,
        .slots = o->slot_pointers,
    };
    run->last = (shoal_progress){0, total_bytes, job.phase};
    pthread_mutex_init(&run->progress_lock, NULL);
    shoal_status status = shoal_execute(&job, &options, err);
    pthread_mutex_destroy(&run->progress_lock);
    run->ring.stream->idle = NULL;
    return status;
}

static shoal_status check_end(shoal_byte_stream *stream, shoal_error *err)
{
    uint8_t byte;
    size_t got = 0;
    shoal_status status = stream->read(stream->context, &byte, 1, &got, err);
    if (status || got == 0) return status;
    return shoal_fail(err, SHOAL_DATA, "%s: has more bytes than the type and shape ask for",
                      stream->name);
}

static shoal_status prepare(stream_run *run, shoal_array_ingest *ingest, uint64_t row,
                            const shoal_array_form *form, shoal_error *err)
{
    uint64_t limit = shoal_option_memory(ingest->options);
    int n_threads = shoal_option_threads(ingest->options);
    run->base_row = ingest->n_before - shoal_ingest_tail_rows(ingest);
    run->ring.n_left = form->grows ? UINT64_MAX : form->shape[0];
    uint64_t n_rows = form->grows ? UINT64_MAX : form->shape[0] + shoal_ingest_tail_rows(ingest);
    size_ring(run, row, n_rows, n_threads, limit);
    shoal_chunk_budget budget = {
        .limit = limit, .fixed = shoal_block_ring_bytes(&run->ring), .n_threads = n_threads};
    return shoal_chunk_output_allocate(run->output, &budget, err);
}

shoal_status shoal_ingest_stream(shoal_array_ingest *ingest, shoal_byte_stream *stream,
                                 const shoal_array_form *form, bool big_endian, bool exact,
                                 shoal_error *err)
{
    uint64_t row = 0;
    stream_run run = {.output = &ingest->output, .big_endian = big_endian};
    run.ring.stream = stream;
    shoal_status status = shoal_ingest_begin(ingest, form, err);
    if (status) return status;
    row_bytes(form, &row);
    uint64_t tail_rows = shoal_ingest_tail_rows(ingest);
    status = prepare(&run, ingest, row, form, err);
    if (!status) {
        status = shoal_block_ring_init(&run.ring, err);
        if (status) return status;
        uint64_t total = form->grows ? 0 : form->shape[0] * row;
        status = put_tail(&run, ingest, shoal_option_memory(ingest->options), err);
        if (!status) status = execute(&run, ingest, total, err);
        ingest->n_rows = run.ring.n_rows - tail_rows;
        ingest->raw_bytes = ingest->n_rows * row;
        shoal_block_ring_free(&run.ring);
    }
    if (!status && exact && !form->grows) status = check_end(stream, err);
    return status;
}
