#include "compute/pass.h"

#include "chunk/copy.h"
#include "chunk/error.h"
#include "compute/pass_known.h"
#include "compute/summarise.h"

#include <stdlib.h>
#include <string.h>

typedef struct pass_run {
    shoal_pass *pass;
    uint64_t next_task, step;
    int part_axis; /* tasks are cut along it to one of n_parts; -1: whole */
    uint64_t n_parts;
} pass_run;

/* A sample is worth taking of so many tasks. It is a part of each where the chunks can be read in
   parts, as neighbours are alike; else some whole tasks. Of many, so many in all. */
#define SAMPLE_LEAST 64
#define SAMPLE_PARTS 16
#define SAMPLE_BLOCK ((uint64_t)512 << 10) /* about the most that codecs decode at a time */
#define SAMPLE_STEP  8
#define SAMPLE_MOST  256

/* The first axis along which boxes have more than one element, where parts along it are parts of
   the chunks' bytes, for all that is read; else -1. */
static int part_axis(const shoal_pass *pass)
{
    int axis = 0;
    while (axis < pass->rank && pass->box[axis] == 1) axis++;
    if (axis == pass->rank || pass->cut.cuts) return -1;
    for (int k = 0; k < pass->n_loads; k++) {
        const shoal_load *load = &pass->load[k];
        int base = load->base_axis[axis];
        if (load->n_below) return -1; /* their chunks come whole */
        if (!load->dataset || base < 0) continue;
        if (load->fetch != SHOAL_FETCH_READ && load->fetch != SHOAL_FETCH_IN_PLACE) return -1;
        if (!shoal_pipeline_has_blocks(&load->dataset->pipeline)) return -1;
        for (int b = 0; b < base; b++)
            if (load->dataset->grid.chunk[b] > 1) return -1;
    }
    return axis;
}

/* Where a codec decodes whole blocks, parts are no smaller than these. */
static uint64_t n_parts(const shoal_pass *pass)
{
    uint64_t n = SAMPLE_PARTS;
    for (int k = 0; k < pass->n_loads; k++) {
        const shoal_dataset *dataset = pass->load[k].dataset;
        if (!dataset || dataset->pipeline.n == 0) continue;
        uint64_t blocks = dataset->grid.chunk_elements * dataset->type.n_bytes / SAMPLE_BLOCK;
        if (blocks < n) n = blocks > 0 ? blocks : 1;
    }
    return n;
}

/* From task to task of a round. The odd number keeps off the rhythm of the grid. */
static uint64_t task_step(const shoal_pass *pass, uint64_t parts)
{
    uint64_t step = pass->n_tasks / SAMPLE_MOST;
    if (pass->round >= 0) return 1;
    if (step < SAMPLE_STEP) step = SAMPLE_STEP;
    return step > parts ? (step / parts - 1) | 1 : 1;
}

/* One of the parts: neighbouring tasks take others, evenly (the multiples of the golden ratio). */
static void cut_to_part(const pass_run *run, shoal_pass_slot *slot)
{
    uint64_t n = slot->count[run->part_axis], each = (n + run->n_parts - 1) / run->n_parts;
    uint64_t fraction = (slot->task + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 32; /* of 2^32 */
    uint64_t from = (fraction * ((n + each - 1) / each) >> 32) * each;
    slot->start[run->part_axis] += from;
    slot->count[run->part_axis] = n - from < each ? n - from : each;
}

/* Task number -> coordinates with the axes in the pass's order -> extent. */
void shoal_pass_task(const shoal_pass *pass, uint64_t task, uint64_t *start, uint64_t *count)
{
    for (int j = pass->rank - 1; j >= 0; j--) {
        int k = pass->order[j];
        uint64_t at = task % pass->n_tasks_along[k], extent = pass->box[k] * pass->repeat[k];
        task /= pass->n_tasks_along[k];
        uint64_t low = at * extent, high = low + extent;
        low = low < pass->shift[k] ? 0 : low - pass->shift[k];
        high -= pass->shift[k];
        if (high > pass->shape[k]) high = pass->shape[k];
        start[k] = low;
        count[k] = high - low;
    }
}

static shoal_next next_task(void *context, void *slot, shoal_error *err)
{
    (void)err;
    pass_run *run = context;
    shoal_pass_slot *s = slot;
    if (run->next_task >= run->pass->n_tasks) return SHOAL_NEXT_END;
    s->task = run->next_task;
    run->next_task += run->step;
    shoal_pass_task(run->pass, s->task, s->start, s->count);
    if (run->part_axis >= 0) cut_to_part(run, s);
    return SHOAL_NEXT_TASK;
}

void shoal_pass_first_box(const shoal_pass *pass, const shoal_pass_slot *slot, uint64_t *start,
                          uint64_t *count)
{
    for (int k = 0; k < pass->rank; k++) {
        uint64_t first = pass->box[k] - (slot->start[k] + pass->shift[k]) % pass->box[k];
        start[k] = slot->start[k];
        count[k] = first < slot->count[k] ? first : slot->count[k];
    }
}

bool shoal_pass_next_box(const shoal_pass *pass, const shoal_pass_slot *slot, uint64_t *start,
                         uint64_t *count)
{
    for (int k = pass->rank - 1; k >= 0; k--) {
        uint64_t end = slot->start[k] + slot->count[k];
        start[k] += count[k];
        bool carry = start[k] == end;
        if (carry) start[k] = slot->start[k];
        uint64_t to = (start[k] + pass->shift[k]) / pass->box[k] * pass->box[k] + pass->box[k] -
                      pass->shift[k];
        count[k] = (to < end ? to : end) - start[k];
        if (!carry) return true;
    }
    return false;
}

static shoal_status do_task(const shoal_pass *pass, shoal_pass_worker *w, shoal_pass_slot *s,
                            shoal_error *err)
{
    uint64_t start[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK];
    s->n_boxes = s->n_known = 0;
    shoal_user_box(w->user, pass, s->start, s->count);
    if (pass->n_outputs && pass->output[0].node->kind == SHOAL_NODE_LINES)
        return shoal_pass_lines_work(w, s, err);
    for (int k = 0; k < pass->n_reductions && pass->round == 0; k++)
        if (pass->reduction[k].state == k)
            pass->reduction[k].kernel->init(s->fields[k], pass->reduction[k].cells);
    shoal_pass_groups_begin(pass, s);
    shoal_pass_first_box(pass, s, start, count);
    do {
        s->n_boxes++;
        if (shoal_pass_take_known(w, s, start, count)) {
            s->n_known++;
            continue;
        }
        shoal_status status = shoal_pass_fetch(w, start, count, err);
        if (!status) status = shoal_pass_box(w, s, start, count, false, err);
        if (!status) status = shoal_pass_release(w, err);
        if (status) return status;
        if (shoal_user_failed(w->user)) return SHOAL_DATA;
    } while (shoal_pass_next_box(pass, s, start, count));
    return pass->round == 0 ? shoal_pass_emit(w, s, err) : SHOAL_OK;
}

static shoal_status work(void *context, void *worker, void *slot, shoal_error *err)
{
    pass_run *run = context;
    shoal_pass_worker *w = worker;
    shoal_user_begin(w->user);
    return shoal_user_end(w->user, do_task(run->pass, w, slot, err), err);
}

static shoal_status merge(void *context, void *slot, uint64_t *done_bytes, shoal_error *err)
{
    pass_run *run = context;
    shoal_pass_slot *s = slot;
    shoal_pass *pass = run->pass;
    uint64_t n = 1;
    for (int k = 0; k < pass->rank; k++) n *= s->count[k];
    *done_bytes = n * pass->raw_bytes_per_element;
    if (pass->round != 0 || pass->cut.gathers) return SHOAL_OK;
    pass->n_boxes += s->n_boxes;
    pass->n_known += s->n_known;
    shoal_user_begin(pass->merger);
    shoal_user_box(pass->merger, pass, s->start, s->count);
    shoal_status status = shoal_pass_merge_reductions(pass, s, err);
    status = shoal_user_end(pass->merger, status, err);
    if (!status) status = shoal_pass_append(pass, s, err);
    return status;
}

/* Accumulators of the open tiles, from one allocation. */
static shoal_status open_tiles(shoal_pass_reduction *r, bool has_state, shoal_error *err)
{
    size_t n_fields = has_state ? (size_t)r->kernel->n_fields : 0, n = (size_t)r->n_open * n_fields;
    size_t pointers = (n * sizeof(void *) + 63) & ~(size_t)63;
    size_t counts = ((size_t)r->n_open * sizeof *r->merged + 63) & ~(size_t)63;
    size_t copies = r->groups ? 2 : 1; /* in the order of the groups, and of the result */
    size_t results = (copies * r->tile_cells * r->node->type.n_bytes + 63) & ~(size_t)63;
    uint8_t *memory = calloc(1, pointers + counts + results + n * r->tile_cells * 8);
    if (!memory) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the accumulators");
    r->fields = (void **)memory;
    r->merged = (uint64_t *)(memory + pointers);
    r->finished = memory + pointers + counts;
    for (size_t k = 0; k < n; k++)
        r->fields[k] = memory + pointers + counts + results + k * r->tile_cells * 8;
    for (size_t k = 0; r->node->use && k < n; k += n_fields)
        shoal_user_mark_fields(r->node->use, r->fields + k);
    return SHOAL_OK;
}

static shoal_status open_merger(shoal_pass *pass, shoal_error *err)
{
    size_t n_bytes = shoal_pass_user_bytes(pass);
    if (!n_bytes || !pass->n_reductions) return SHOAL_OK;
    void *memory = aligned_alloc(64, (n_bytes + 63) & ~(size_t)63);
    if (!memory) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for a pass");
    pass->merger = shoal_pass_user_place(pass, memory);
    return SHOAL_OK;
}

static shoal_status read_uniform(const shoal_node *leaf, const shoal_inputs *inputs, void *out,
                                 shoal_error *err)
{
    int64_t strides[SHOAL_MAX_RANK] = {0};
    shoal_region region = {.rank = leaf->view.base_rank};
    for (int b = 0; b < region.rank; b++) region.axis[b] = (shoal_range){leaf->view.start[b], 1, 1};
    shoal_dataset *dataset = leaf->source >= 0 ? inputs->sources[leaf->source].dataset
                             : leaf->of        ? leaf->of->spilled
                                               : NULL;
    if (dataset) return shoal_dataset_read(dataset, &region, out, leaf->type.n_bytes, err);
    size_t each = (leaf->type.n_bytes + 63) & ~63u;
    shoal_joiner joiner = {.inputs = inputs, .scratch_bytes = each};
    joiner.scratch = malloc(each * (SHOAL_JOINED_DEPTH + 2));
    if (!joiner.scratch) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for a pass");
    shoal_status status = shoal_joined_read(&joiner, leaf, &region, out, strides, err);
    free(joiner.scratch);
    return status;
}

/* The single elements that are repeated over every block, read before the stream starts. */
static shoal_status read_uniforms(const shoal_pass *pass, shoal_inputs *inputs, uint8_t *memory,
                                  const void **uniforms, shoal_error *err)
{
    for (int k = 0; k < pass->program.n_values; k++) {
        const shoal_node *leaf = pass->program.value[k].node;
        if (pass->program.value[k].kind != SHOAL_VALUE_UNIFORM || leaf->kind != SHOAL_NODE_LEAF)
            continue;
        uint8_t *at = memory;
        memory += (leaf->type.n_bytes + 15) & ~15u;
        uniforms[k] = at;
        if (leaf->of && !leaf->of->spilled) {
            int64_t stride[SHOAL_MAX_RANK];
            const uint8_t *from = leaf->of->data;
            shoal_contiguous_strides(leaf->of->rank, leaf->of->shape, leaf->type.n_bytes, stride);
            for (int b = 0; b < leaf->view.base_rank; b++) from += leaf->view.start[b] * stride[b];
            memcpy(at, from, leaf->type.n_bytes);
            continue;
        }
        shoal_status status = read_uniform(leaf, inputs, at, err);
        if (status) return status;
    }
    return SHOAL_OK;
}

/* One round over all tasks. */
static shoal_status stream(shoal_pass *pass, shoal_pass_worker **workers, shoal_pass_slot **slots,
                           const shoal_run_options *options, const char *phase, shoal_error *err)
{
    int axis = pass->round < 0 ? part_axis(pass) : -1;
    uint64_t parts = axis >= 0 ? n_parts(pass) : 1;
    pass_run run = {
        .pass = pass, .step = task_step(pass, parts), .part_axis = axis, .n_parts = parts};
    shoal_job job = {
        .context = &run,
        .phase = phase,
        .next = next_task,
        .work = work,
        .merge = merge,
        .total_bytes = pass->read_bytes / (shoal_pass_gathers(pass) ? 2 : run.step) / parts,
        .n_workers = pass->n_workers,
        .workers = (void **)workers,
        .n_slots = pass->n_slots,
        .slots = (void **)slots,
    };
    for (int k = 0; k < pass->n_workers; k++) shoal_pass_tally_begin(pass, workers[k]);
    return shoal_execute(&job, options, err);
}

static shoal_status run_rounds(shoal_pass *pass, shoal_chunk_cache *cache,
                               const void *const *uniforms, const shoal_run_options *options,
                               const char *phase, shoal_error *err)
{
    shoal_pass_worker *workers[256] = {0};
    shoal_pass_slot *slots[512] = {0};
    shoal_status status = SHOAL_OK;
    bool again = true;
    for (int k = 0; k < pass->n_workers && !status; k++)
        status = shoal_pass_worker_new(pass, cache, uniforms, &workers[k], err);
    for (int k = 0; k < pass->n_slots && !status; k++)
        status = shoal_pass_slot_new(pass, &slots[k], err);
    if (!status) status = shoal_pass_carries_open(pass, err);
    if (!status && pass->cut.gathers) {
        status = stream(pass, workers, slots, options, phase, err);
        shoal_pass_carries_join(pass);
    }
    bool samples = pass->n_tasks >= SAMPLE_LEAST && shoal_pass_tally_sample(pass);
    for (pass->round = samples ? -1 : 0; again && !status; pass->round++) {
        status = stream(pass, workers, slots, options, phase, err);
        if (!status) status = shoal_pass_tally_next(pass, workers, &again, err);
    }
    shoal_pass_carries_close(pass);
    for (int k = 0; k < pass->n_workers; k++) shoal_pass_worker_free(workers[k]);
    for (int k = 0; k < pass->n_slots; k++) shoal_pass_slot_free(slots[k]);
    return status;
}

shoal_status shoal_pass_run(shoal_pass *pass, shoal_inputs *inputs,
                            const shoal_run_options *options, const char *phase, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    shoal_chunk_cache *cache = NULL;
    size_t n_values = (size_t)pass->program.n_values, n_uniform = 64;
    for (size_t k = 0; k < n_values; k++)
        n_uniform += (pass->program.value[k].node->type.n_bytes + 15) & ~15u;
    uint8_t *memory = calloc(1, n_uniform);
    const void **uniforms = calloc(n_values + 1, sizeof *uniforms);
    if (!memory || !uniforms) status = shoal_fail(err, SHOAL_SYSTEM, "out of memory for a pass");
    if (!status) status = open_merger(pass, err);
    for (int k = 0; k < pass->n_reductions && !status; k++)
        status = open_tiles(&pass->reduction[k], pass->reduction[k].state == k, err);
    if (!status && pass->cache_entries)
        status = shoal_chunk_cache_new(pass->cache_entries, pass->cache_entry_bytes, &cache, err);
    if (!status) status = read_uniforms(pass, inputs, memory, uniforms, err);
    if (!status) status = shoal_pass_tally_open(pass, err);
    bool streams = !status && pass->n_tasks && shoal_pass_is_needed(pass);
    if (streams) status = run_rounds(pass, cache, uniforms, options, phase, err);
    if (!status && !pass->n_tasks) status = shoal_pass_finish_empty(pass, err);
    free(pass->merger);
    pass->merger = NULL;
    shoal_pass_tally_close(pass);
    for (int k = 0; k < pass->n_reductions; k++) {
        free(pass->reduction[k].fields);
        pass->reduction[k].fields = NULL;
    }
    shoal_chunk_cache_free(cache);
    free(memory);
    free(uniforms);
    return status;
}
