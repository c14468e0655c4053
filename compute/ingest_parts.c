/* The run that ingests parts which can be read in any order: files and datasets. */
#include "compute/executor.h"
#include "compute/ingest_array.h"

#include "chunk/checked.h"
#include "chunk/error.h"

#include <stdlib.h>
#include <string.h>

typedef struct parts_run {
    shoal_chunk_output *output;
    const shoal_parts *parts;
    uint64_t base_row;  /* of the output's axis 0, where the parts begin */
    uint64_t n_rows;    /* the output's extent at the end */
    uint64_t next, end; /* chunks: those to be given out */
} parts_run;

static shoal_next next_task(void *context, void *slot_, shoal_error *err)
{
    parts_run *run = context;
    shoal_chunk_slot *slot = slot_;
    (void)err;
    if (run->next == run->end) return SHOAL_NEXT_END;
    uint64_t left = run->end - run->next;
    slot->first = run->next;
    slot->n = left < run->output->batch ? (uint32_t)left : run->output->batch;
    slot->n_rows = run->n_rows;
    run->next += slot->n;
    return SHOAL_NEXT_TASK;
}

static shoal_status gather(void *context, shoal_chunk_worker *worker, shoal_chunk_slot *slot,
                           const uint64_t *start, const uint64_t *count, void *dst,
                           const int64_t *dst_strides, const void **in_place, shoal_error *err)
{
    parts_run *run = context;
    uint64_t from[SHOAL_MAX_RANK];
    (void)slot;
    memcpy(from, start, (size_t)run->output->grid.rank * sizeof *from);
    if (run->output->grid.rank > 0) from[0] -= run->base_row;
    return shoal_parts_gather(run->parts, worker->scratch, from, count, dst, dst_strides, in_place,
                              err);
}

/* The rows of the parts that a task touches, as far as their maps must be checked. */
static shoal_status check_rows(const parts_run *run, const shoal_chunk_slot *slot, shoal_error *err)
{
    uint64_t start[SHOAL_MAX_RANK] = {0}, count[SHOAL_MAX_RANK] = {1};
    shoal_chunk_output_extent(run->output, slot->first, slot->n_rows, start, count);
    uint64_t first = start[0];
    shoal_chunk_output_extent(run->output, slot->first + slot->n - 1, slot->n_rows, start, count);
    if (run->output->grid.rank == 0) return shoal_parts_check(run->parts, 0, 1, err);
    return shoal_parts_check(run->parts, first - run->base_row, start[0] + count[0] - first, err);
}

static shoal_status work(void *context, void *worker, void *slot, shoal_error *err)
{
    parts_run *run = context;
    shoal_status status = shoal_chunk_output_make(run->output, worker, slot, gather, run, err);
    return status ? status : check_rows(run, slot, err);
}

/* Once a chunk is written, so are all before it: what it finishes is the box of its own places
   along the first axes and everything along those behind, where it is the last. */
static void drop_behind(const parts_run *run, uint64_t chunk_id)
{
    const shoal_grid *grid = &run->output->grid;
    uint64_t start[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK];
    if (grid->rank == 0) return;
    shoal_chunk_output_extent(run->output, chunk_id, run->n_rows, start, count);
    for (int k = grid->rank - 1; k > 0; k--) {
        if (start[k] + count[k] != grid->shape[k]) break;
        start[k] = 0;
        count[k] = grid->shape[k];
    }
    start[0] -= run->base_row;
    shoal_parts_drop(run->parts, start, count);
}

static shoal_status merge(void *context, void *slot_, uint64_t *done_bytes, shoal_error *err)
{
    parts_run *run = context;
    const shoal_chunk_slot *slot = slot_;
    shoal_status status = shoal_chunk_output_write(run->output, slot, done_bytes, err);
    for (uint32_t k = 0; !status && k < slot->n; k++) drop_behind(run, slot->first + k);
    return status;
}

static shoal_status allocate(parts_run *run, shoal_parts_cursor **cursors, uint64_t fixed,
                             const shoal_run_options *options, shoal_error *err)
{
    shoal_chunk_output *o = run->output;
    shoal_chunk_budget budget = {
        .limit = shoal_option_memory(options),
        .fixed = fixed,
        .per_worker = shoal_parts_cursor_bytes(run->parts, o->chunk_bytes),
        .n_threads = shoal_option_threads(options),
        .n_tasks = shoal_ceil_div(run->end - run->next, o->batch),
    };
    shoal_status status = shoal_chunk_output_allocate(o, &budget, err);
    if (status) return status;
    *cursors = calloc((size_t)o->n_workers, sizeof **cursors);
    if (!*cursors) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    for (int k = 0; !status && k < o->n_workers; k++) {
        o->workers[k].scratch = &(*cursors)[k];
        status = shoal_parts_cursor_init(&(*cursors)[k], run->parts, o->chunk_bytes, err);
    }
    return status;
}

static shoal_status execute(parts_run *run, const shoal_array_ingest *ingest, uint64_t fixed,
                            shoal_error *err)
{
    shoal_parts_cursor *cursors = NULL;
    shoal_chunk_output *o = run->output;
    shoal_status status = allocate(run, &cursors, fixed, ingest->options, err);
    shoal_job job = {
        .context = run,
        .phase = "reading",
        .total_bytes = ingest->raw_bytes,
        .next = next_task,
        .work = work,
        .merge = merge,
        .n_workers = o->n_workers,
        .workers = o->worker_pointers,
        .n_slots = o->n_slots,
        .slots = o->slot_pointers,
    };
    if (!status && run->next < run->end) status = shoal_execute(&job, ingest->options, err);
    for (int k = 0; cursors && k < o->n_workers; k++) shoal_parts_cursor_free(&cursors[k]);
    free(cursors);
    return status;
}

/* The parts with the unfinished rows of the dataset in front; the array is the caller's to free,
   its other parts stay the owner's. */
static shoal_status put_tail(shoal_array_ingest *ingest, const shoal_parts *parts, shoal_parts *out,
                             shoal_error *err)
{
    out->n = parts->n + 1;
    out->part = calloc(out->n, sizeof *out->part);
    if (!out->part) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    memcpy(out->part + 1, parts->part, parts->n * sizeof *parts->part);
    shoal_status status =
        shoal_ingest_tail(ingest, shoal_option_memory(ingest->options) / 2, &out->part[0], err);
    return status ? status : shoal_parts_join(out, err);
}

static void form_of(const shoal_parts *parts, shoal_array_form *form)
{
    const shoal_part *first = &parts->part[0];
    *form = (shoal_array_form){.name = first->name, .type = first->type, .rank = first->rank};
    memcpy(form->shape, first->shape, sizeof form->shape);
    if (form->rank > 0) form->shape[0] = parts->n_rows;
    if (!first->dataset) return;
    form->fill = first->dataset->fill;
    if (first->dataset->layout == SHOAL_LAYOUT_CHUNKED && first->dropped == 0)
        form->chunk = first->dataset->grid.chunk;
}

shoal_status shoal_ingest_parts(shoal_array_ingest *ingest, shoal_parts *parts, shoal_error *err)
{
    shoal_array_form form;
    shoal_parts joined = {0};
    uint64_t n, fixed = 0;
    parts_run run = {.output = &ingest->output, .parts = parts};
    form_of(parts, &form);
    shoal_status status = shoal_ingest_begin(ingest, &form, err);
    if (status) return status;
    shoal_product(form.rank, form.shape, &n);
    ingest->n_rows = form.rank > 0 ? form.shape[0] : 1;
    ingest->raw_bytes = n * form.type.n_bytes;
    run.n_rows = ingest->n_before + ingest->n_rows;
    if (shoal_ingest_tail_rows(ingest) > 0) {
        status = put_tail(ingest, parts, &joined, err);
        run.parts = &joined;
        fixed = ingest->raw_bytes / (ingest->n_rows ? ingest->n_rows : 1) *
                shoal_ingest_tail_rows(ingest);
    }
    if (form.rank > 0) {
        uint64_t first = ingest->n_before / ingest->output.grid.chunk[0];
        uint64_t last = shoal_ceil_div(run.n_rows, ingest->output.grid.chunk[0]);
        run.base_row = first * ingest->output.grid.chunk[0];
        run.next = first * shoal_chunk_output_row(&ingest->output);
        run.end = last * shoal_chunk_output_row(&ingest->output);
    } else {
        run.end = 1;
    }
    if (!status && (n > 0 || form.rank == 0)) status = execute(&run, ingest, fixed, err);
    if (joined.part) shoal_part_close(&joined.part[0]);
    free(joined.part);
    return status;
}
