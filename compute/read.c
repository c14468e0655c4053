/* Reading a region on several threads: pieces of it, in the order of the chunks, each decoded to
   its place in the caller's buffer. */
#include "chunk/checked.h"
#include "chunk/copy.h"
#include "chunk/error.h"
#include "compute/executor.h"
#include "store/dataset_open.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TASK_BYTES   (UINT64_C(256) << 10) /* of small chunks, as many as that in a task */
#define SINGLE_BYTES (UINT64_C(512) << 10) /* below that, starting threads costs more */
enum { TASK_PIECES = 16, SPARE_SLOTS = 2 };

typedef struct read_slot {
    int n;
    uint64_t n_bytes;
    shoal_piece piece[TASK_PIECES];
} read_slot;

typedef struct read_run {
    shoal_dataset *dataset;
    uint8_t *buffer;
    int64_t strides[SHOAL_MAX_RANK]; /* of the buffer */
    shoal_pieces pieces;
    int task_pieces, n_workers, n_slots;
    shoal_reader **readers;
    read_slot *slots;
    void **slot_pointers;
} read_run;

static shoal_next next_pieces(void *context, void *slot_, shoal_error *err)
{
    read_run *run = context;
    read_slot *slot = slot_;
    (void)err;
    slot->n = 0;
    while (slot->n < run->task_pieces && shoal_pieces_next(&run->pieces, &slot->piece[slot->n]))
        slot->n++;
    return slot->n > 0 ? SHOAL_NEXT_TASK : SHOAL_NEXT_END;
}

static uint64_t piece_bytes(const shoal_dataset *dataset, const shoal_piece *piece)
{
    uint64_t n = dataset->type.n_bytes; /* the region's own count has been checked */
    for (int k = 0; k < dataset->grid.rank; k++) n *= piece->in_chunk[k].count;
    return n;
}

static shoal_status read_pieces(void *context, void *reader, void *slot_, shoal_error *err)
{
    read_run *run = context;
    read_slot *slot = slot_;
    slot->n_bytes = 0;
    for (int k = 0; k < slot->n; k++) {
        const shoal_piece *piece = &slot->piece[k];
        shoal_status status = shoal_reader_piece(reader, piece, run->buffer, run->strides, err);
        if (status) return status;
        slot->n_bytes += piece_bytes(run->dataset, piece);
    }
    return SHOAL_OK;
}

static shoal_status count_bytes(void *context, void *slot_, uint64_t *done_bytes, shoal_error *err)
{
    const read_slot *slot = slot_;
    (void)context;
    (void)err;
    *done_bytes = slot->n_bytes;
    return SHOAL_OK;
}

/* As many workers as there is work and memory for. */
static shoal_status fit(read_run *run, uint64_t n_bytes, const shoal_run_options *options,
                        shoal_error *err)
{
    const shoal_dataset *dataset = run->dataset;
    uint64_t chunk_bytes = shoal_dataset_chunk_bytes(dataset), each = shoal_reader_bytes(dataset);
    uint64_t limit = shoal_option_memory(options), n = 1;
    uint64_t group = chunk_bytes ? TASK_BYTES / chunk_bytes : TASK_PIECES;
    run->task_pieces = group < 1 ? 1 : group > TASK_PIECES ? TASK_PIECES : (int)group;
    for (int k = 0; k < dataset->grid.rank; k++)
        if (!shoal_mul_u64(n, run->pieces.high[k] - run->pieces.low[k] + 1, &n)) n = UINT32_MAX;
    n = shoal_ceil_div(n, (uint64_t)run->task_pieces);
    if (n_bytes < SINGLE_BYTES) n = 1;
    each += sizeof(read_slot) * (1 + SPARE_SLOTS);
    run->n_workers = n == 1 ? 1 : shoal_option_threads(options);
    if ((uint64_t)run->n_workers > n) run->n_workers = (int)n;
    if ((uint64_t)run->n_workers > limit / each) run->n_workers = (int)(limit / each);
    run->n_slots = run->n_workers + SPARE_SLOTS;
    if (run->n_workers > 0) return SHOAL_OK;
    return shoal_fail(err, SHOAL_MEMORY,
                      "%s: needs %" PRIu64 " KiB to read its chunks, the limit is %" PRIu64 " KiB",
                      dataset->name, each / 1024 + 1, limit / 1024);
}

static shoal_status allocate(read_run *run, shoal_error *err)
{
    size_t n_workers = (size_t)run->n_workers, n_slots = (size_t)run->n_slots;
    run->readers = calloc(n_workers, sizeof *run->readers);
    run->slots = malloc(n_slots * sizeof *run->slots);
    run->slot_pointers = calloc(n_slots, sizeof *run->slot_pointers);
    if (!run->readers || !run->slots || !run->slot_pointers)
        return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    for (size_t k = 0; k < n_slots; k++) run->slot_pointers[k] = &run->slots[k];
    shoal_status status = SHOAL_OK;
    for (size_t k = 0; k < n_workers && !status; k++)
        status = shoal_dataset_take_reader(run->dataset, &run->readers[k], err);
    return status;
}

static void release(read_run *run)
{
    for (int k = 0; run->readers && k < run->n_workers; k++)
        if (run->readers[k]) shoal_dataset_give_reader(run->dataset, run->readers[k]);
    free(run->readers);
    free(run->slots);
    free(run->slot_pointers);
}

shoal_status shoal_read(shoal_dataset *dataset, const shoal_region *region, void *buffer,
                        size_t n_bytes, const shoal_run_options *options, shoal_error *err)
{
    read_run run = {.dataset = dataset, .buffer = buffer};
    uint64_t counts[SHOAL_MAX_RANK];
    shoal_status status = shoal_dataset_check_read(dataset, region, n_bytes, err);
    if (status || n_bytes == 0) return status;
    for (int k = 0; k < region->rank; k++) counts[k] = region->axis[k].count;
    shoal_contiguous_strides(region->rank, counts, dataset->type.n_bytes, run.strides);
    shoal_pieces_begin(&run.pieces, &dataset->grid, region);
    status = fit(&run, n_bytes, options, err);
    if (!status) status = allocate(&run, err);
    shoal_job job = {
        .context = &run,
        .phase = "reading",
        .total_bytes = n_bytes,
        .next = next_pieces,
        .work = read_pieces,
        .merge = count_bytes,
        .n_workers = run.n_workers,
        .workers = (void **)run.readers,
        .n_slots = run.n_slots,
        .slots = run.slot_pointers,
    };
    if (!status) status = shoal_execute(&job, options, err);
    release(&run);
    return status;
}
