#include "compute/export_array.h"

#include "chunk/checked.h"
#include "chunk/copy.h"
#include "chunk/error.h"
#include "compute/executor.h"
#include "store/npy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SLAB_BYTES (UINT64_C(4) << 20) /* aimed at: stays in the caches */
enum { SPARE_SLOTS = 2 };

/* How the array is cut: blocks of `rows` indices along `axis`, for each index of the axes before
   it, all of the axes behind it. */
typedef struct slab_plan {
    int axis;
    uint64_t row_elements; /* below one index of the axis */
    uint64_t rows;
    uint64_t phase; /* the first block is so many rows shorter, to end where a chunk does */
    uint64_t n_blocks, n_tasks;
    uint64_t slab_elements;
} slab_plan;

typedef struct slab_slot {
    uint64_t task;
    uint8_t *elements;
    char *text;
    size_t n_text;
    uint64_t n_elements;
} slab_slot;

/* A worker reads stored elements to `stored` where they are decoded, else to the slot itself. */
typedef struct slab_worker {
    shoal_parts_cursor cursor;
    shoal_machine machine;
    uint8_t *stored;
} slab_worker;

typedef struct slab_run {
    const shoal_export_array *array;
    const shoal_part *part; /* the array's */
    shoal_parts parts;      /* of just it */
    slab_plan plan;
    shoal_slab_text text;
    shoal_export_output *output;
    uint64_t next;
    int n_workers, n_slots;
    slab_worker *workers;
    slab_slot *slots;
    void **worker_pointers, **slot_pointers;
} slab_run;

/* ---- The plan ---- */

/* The extent of the stored chunks along an axis of the part, and where in a chunk it begins. */
static uint64_t chunk_along(const shoal_part *part, int axis, uint64_t *phase)
{
    *phase = 0;
    if (part->in_memory || !part->dataset) return 1;
    for (int k = 0, at = 0; k < part->region.rank; k++) {
        if (part->dropped >> k & 1) continue;
        if (at++ != axis) continue;
        const shoal_range *r = &part->region.axis[k];
        uint64_t chunk = part->dataset->grid.chunk[k];
        if (r->step == 1) *phase = (uint64_t)r->start % chunk;
        return chunk;
    }
    return 1;
}

static uint64_t element_cost(const slab_run *run)
{
    uint64_t n = run->array->type.n_bytes + (run->text.format ? run->text.text_bytes : 0);
    return run->array->decoder ? n + run->part->type.n_bytes : n;
}

/* As many rows as whole chunks make about SLAB_BYTES, and no more than `most` bytes; few slabs
   are cut for all workers to have some. */
static void choose_rows(slab_run *run, uint64_t most, int n_workers)
{
    slab_plan *p = &run->plan;
    uint64_t extent = run->part->rank > 0 ? run->part->shape[p->axis] : 1;
    uint64_t row = p->row_elements * element_cost(run), chunk, n;
    chunk = run->part->rank > 0 ? chunk_along(run->part, p->axis, &p->phase) : 1;
    if (row == 0) row = 1;
    n = SLAB_BYTES / row / chunk;
    p->rows = chunk * (n > 0 ? n : 1);
    uint64_t fit = most / row;
    if (p->rows > fit) p->rows = fit > chunk ? fit / chunk * chunk : fit;
    if (p->rows > extent) p->rows = extent;
    if (p->axis == 0 && p->rows == extent && row * extent > SLAB_BYTES / 4 && n_workers > 1)
        p->rows = shoal_ceil_div(extent, (uint64_t)n_workers);
    if (p->rows == 0) p->rows = 1;
    if (p->rows < chunk || p->rows % chunk != 0) p->phase = 0;
    p->n_blocks = shoal_ceil_div(extent + p->phase, p->rows);
}

/* False when not even one element's slab fits. */
static bool plan_slabs(slab_run *run, uint64_t most, int n_workers)
{
    slab_plan *p = &run->plan;
    const shoal_part *part = run->part;
    uint64_t outer = 1, bytes;
    for (p->axis = 0;; p->axis++) {
        int behind = part->rank - p->axis - 1;
        if (behind <= 0)
            p->row_elements = 1;
        else
            shoal_product(behind, part->shape + p->axis + 1, &p->row_elements);
        if (!shoal_mul_u64(p->row_elements, element_cost(run), &bytes)) bytes = UINT64_MAX;
        if (bytes <= most || behind <= 0) break;
        outer *= part->shape[p->axis];
    }
    choose_rows(run, most, n_workers);
    p->n_tasks = outer * p->n_blocks;
    p->slab_elements = p->rows * p->row_elements;
    return bytes <= most;
}

/* The box of a task, and the number of its first element. */
static uint64_t slab_box(const slab_run *run, uint64_t task, uint64_t *start, uint64_t *count)
{
    const slab_plan *p = &run->plan;
    const shoal_part *part = run->part;
    if (part->rank == 0) return 0;
    uint64_t outer = task / p->n_blocks, low = task % p->n_blocks * p->rows, high = low + p->rows;
    uint64_t extent = part->shape[p->axis];
    low = low > p->phase ? low - p->phase : 0;
    high = high - p->phase < extent ? high - p->phase : extent;
    uint64_t first = (outer * extent + low) * p->row_elements;
    for (int k = part->rank - 1; k >= 0; k--) {
        start[k] = k == p->axis ? low : k > p->axis ? 0 : outer % part->shape[k];
        count[k] = k == p->axis ? high - low : k > p->axis ? part->shape[k] : 1;
        if (k < p->axis) outer /= part->shape[k];
    }
    return first;
}

/* ---- The run ---- */

static shoal_next next_slab(void *context, void *slot_, shoal_error *err)
{
    slab_run *run = context;
    slab_slot *slot = slot_;
    (void)err;
    if (run->next == run->plan.n_tasks) return SHOAL_NEXT_END;
    slot->task = run->next++;
    return SHOAL_NEXT_TASK;
}

static shoal_status read_slab(void *context, void *worker_, void *slot_, shoal_error *err)
{
    slab_run *run = context;
    slab_worker *worker = worker_;
    slab_slot *slot = slot_;
    uint64_t start[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK];
    int64_t strides[SHOAL_MAX_RANK];
    uint64_t first = slab_box(run, slot->task, start, count);
    shoal_product(run->part->rank, count, &slot->n_elements);
    shoal_contiguous_strides(run->part->rank, count, run->part->type.n_bytes, strides);
    const shoal_decoder *decoder = run->array->decoder;
    uint8_t *to = decoder ? worker->stored : slot->elements;
    shoal_status status =
        shoal_parts_gather(&run->parts, &worker->cursor, start, count, to, strides, NULL, err);
    if (status) return status;
    if (decoder)
        shoal_decoder_run(decoder, &worker->machine, to, (size_t)slot->n_elements, slot->elements);
    shoal_parts_drop(&run->parts, start, count);
    if (run->text.format)
        slot->n_text = run->text.format(run->text.context, first, slot->n_elements, slot->elements,
                                        slot->text);
    return SHOAL_OK;
}

static shoal_status write_slab(void *context, void *slot_, uint64_t *done_bytes, shoal_error *err)
{
    slab_run *run = context;
    slab_slot *slot = slot_;
    *done_bytes = slot->n_elements * run->array->type.n_bytes;
    if (run->text.format)
        return shoal_export_output_write(run->output, slot->text, slot->n_text, err);
    return shoal_export_output_write(run->output, slot->elements, (size_t)*done_bytes, err);
}

static shoal_status allocate(slab_run *run, shoal_error *err)
{
    size_t n_workers = (size_t)run->n_workers, n_slots = (size_t)run->n_slots;
    size_t elements = (size_t)run->plan.slab_elements;
    const shoal_decoder *decoder = run->array->decoder;
    run->workers = calloc(n_workers, sizeof *run->workers);
    run->slots = calloc(n_slots, sizeof *run->slots);
    run->worker_pointers = calloc(n_workers, sizeof *run->worker_pointers);
    run->slot_pointers = calloc(n_slots, sizeof *run->slot_pointers);
    bool fine = run->workers && run->slots && run->worker_pointers && run->slot_pointers;
    for (size_t k = 0; fine && k < n_workers; k++) {
        slab_worker *worker = run->worker_pointers[k] = &run->workers[k];
        if (!decoder) continue;
        worker->stored = malloc(elements * run->part->type.n_bytes + 1);
        fine = worker->stored && !shoal_decoder_machine(decoder, &worker->machine, err);
    }
    for (size_t k = 0; fine && k < n_slots; k++) {
        slab_slot *slot = &run->slots[k];
        run->slot_pointers[k] = slot;
        slot->elements = malloc(elements * run->array->type.n_bytes + 1);
        if (run->text.format) slot->text = malloc(elements * run->text.text_bytes + 1);
        fine = slot->elements && (slot->text || !run->text.format);
    }
    return fine ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "out of memory for the slabs");
}

static void release(slab_run *run)
{
    for (int k = 0; run->workers && k < run->n_workers; k++) {
        shoal_parts_cursor_free(&run->workers[k].cursor);
        shoal_machine_free(&run->workers[k].machine);
        free(run->workers[k].stored);
    }
    for (int k = 0; run->slots && k < run->n_slots; k++) {
        free(run->slots[k].elements);
        free(run->slots[k].text);
    }
    free(run->workers);
    free(run->slots);
    free(run->worker_pointers);
    free(run->slot_pointers);
}

/* As many workers as leave a fair slab for each slot. */
static shoal_status fit(slab_run *run, const shoal_run_options *options, shoal_error *err)
{
    uint64_t limit = shoal_option_memory(options);
    uint64_t reader = shoal_parts_cursor_bytes(&run->parts, 0), fair = limit / 16;
    if (fair > SLAB_BYTES) fair = SLAB_BYTES;
    if (run->array->decoder) reader += shoal_decoder_bytes(run->array->decoder);
    for (int n = shoal_option_threads(options); n > 0; n--) {
        uint64_t readers = (uint64_t)n * reader;
        uint64_t most = readers < limit ? (limit - readers) / (uint64_t)(n + SPARE_SLOTS) : 0;
        if (n > 1 && most < fair) continue;
        if (!plan_slabs(run, most, n)) break;
        run->n_workers = (uint64_t)n < run->plan.n_tasks ? n : (int)run->plan.n_tasks;
        run->n_slots = run->n_workers + SPARE_SLOTS;
        return allocate(run, err);
    }
    return shoal_fail(err, SHOAL_MEMORY,
                      "%s: needs %" PRIu64 " KiB to read its chunks, -m allows %" PRIu64 " KiB",
                      run->part->name, (reader + SPARE_SLOTS * 1024) / 1024 + 1, limit / 1024);
}

shoal_status shoal_export_slabs(const shoal_export_array *array, const shoal_slab_text *text,
                                shoal_export_output *output, const shoal_run_options *options,
                                shoal_error *err)
{
    shoal_part *part = array->part;
    slab_run run = {
        .array = array, .part = part, .parts = {.n = 1, .part = part}, .output = output};
    uint64_t n;
    if (text) run.text = *text;
    shoal_product(part->rank, part->shape, &n);
    if (n == 0) return SHOAL_OK;
    shoal_status status = fit(&run, options, err);
    shoal_job job = {
        .context = &run,
        .phase = "writing",
        .total_bytes = n * array->type.n_bytes,
        .next = next_slab,
        .work = read_slab,
        .merge = write_slab,
        .n_workers = run.n_workers,
        .workers = run.worker_pointers,
        .n_slots = run.n_slots,
        .slots = run.slot_pointers,
    };
    if (!status) status = shoal_execute(&job, options, err);
    release(&run);
    return status;
}

shoal_status shoal_export_array_bytes(const shoal_export_array *array, bool npy,
                                      shoal_export_output *output, const shoal_run_options *options,
                                      shoal_error *err)
{
    uint8_t header[SHOAL_NPY_HEADER_MAX];
    shoal_status status = SHOAL_OK;
    if (npy) {
        size_t n =
            shoal_npy_header_write(array->type, array->part->rank, array->part->shape, header);
        status = shoal_export_output_write(output, header, n, err);
    }
    return status ? status : shoal_export_slabs(array, NULL, output, options, err);
}
