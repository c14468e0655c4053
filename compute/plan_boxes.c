/* How a pass's space is cut: boxes along the chunks of its largest input, so that each chunk is
   decoded once, and tasks of one or more boxes. */
#include "compute/known_reduction.h"
#include "compute/plan.h"

#include "chunk/checked.h"
#include "chunk/error.h"

#include <string.h>

#define SMALL_BOX    ((uint64_t)65536) /* elements; smaller ones cost more to hand out than to do */
#define SUMMARY_BOX  ((uint64_t)8192)  /* the same, where boxes that are known are not read */
#define LARGE_BOX    ((uint64_t)1 << 20) /* elements, where no chunk says otherwise */
#define FEWEST_TASKS ((uint64_t)32)

static uint64_t box_elements(const shoal_pass *pass)
{
    uint64_t n = 1;
    for (int k = 0; k < pass->rank; k++)
        if (!shoal_mul_u64(n, pass->box[k], &n)) return UINT64_MAX;
    return n;
}

static int64_t size_of_step(int64_t step)
{
    return step < 0 ? -step : step;
}

/* The load with the most bytes to read from a file leads. */
static const shoal_load *leader(const shoal_pass *pass)
{
    const shoal_load *best = NULL;
    for (int k = 0; k < pass->n_loads; k++) {
        const shoal_load *l = &pass->load[k];
        if ((l->dataset || l->n_below) &&
            (!best || shoal_node_bytes(l->leaf) > shoal_node_bytes(best->leaf)))
            best = l;
    }
    return best;
}

/* A joined array's pieces begin anywhere: the boxes are as large as the chunks below. */
static void follow_joined(shoal_pass *pass, const shoal_load *lead, int k)
{
    uint64_t prefer[SHOAL_MAX_RANK];
    int axis = k - (pass->rank - lead->leaf->rank);
    pass->shift[k] = 0;
    if (axis < 0 || lead->base_axis[k] < 0) return;
    shoal_joined_prefer(lead->leaf, lead->inputs, prefer);
    if (prefer[axis] && prefer[axis] < pass->box[k]) pass->box[k] = prefer[axis];
}

/* One axis of the boxes so that their ends are where the leader's chunks end. */
static void follow_chunks(shoal_pass *pass, const shoal_load *lead, int k)
{
    if (!lead->dataset) {
        follow_joined(pass, lead, k);
        return;
    }
    int b = lead->base_axis[k];
    uint64_t n = pass->shape[k] ? pass->shape[k] : 1;
    pass->box[k] = n;
    pass->shift[k] = 0;
    if (b < 0) return;
    uint64_t chunk = lead->dataset->grid.chunk[b], step = (uint64_t)size_of_step(lead->step[k]);
    uint64_t first = (uint64_t)lead->leaf->view.start[b] % chunk;
    if (step == 0 || chunk % step) step = step > chunk || step == 0 ? chunk : 1;
    uint64_t box = chunk / step;
    uint64_t shift = lead->step[k] > 0 ? first / step : (chunk - 1 - first) / step;
    if (box >= n + shift) return; /* all in one chunk */
    pass->box[k] = box < n ? box : n;
    pass->shift[k] = box < n ? shift : 0;
}

/* Boxes far larger than a cache (repeated axes, no chunks): cut from the slowest axis on. */
static void cut_large(shoal_pass *pass, const shoal_load *lead)
{
    for (int k = 0; k < pass->rank; k++) {
        uint64_t n = box_elements(pass);
        if (n <= LARGE_BOX) return;
        if (lead && lead->dataset && lead->base_axis[k] >= 0) continue;
        uint64_t others = n / pass->box[k], keep = LARGE_BOX / (others ? others : 1);
        pass->box[k] = keep ? keep : 1;
        pass->shift[k] = 0;
    }
}

/* Are boxes worth keeping small, as those that are known are not read? Not where the bits of a
   result depend on the boxes: they are the same with and without summaries. */
static bool prunes(const shoal_pass *pass)
{
    if (!pass->has_summaries || pass->n_outputs) return false;
    for (int k = 0; k < pass->n_reductions; k++) {
        const shoal_pass_reduction *r = &pass->reduction[k];
        bool whole = __builtin_popcount(r->axes) == pass->rank;
        if (!shoal_known_any_order(r->node->op, r->node->loop, whole)) return false;
    }
    return true;
}

/* Tiny chunks are taken many at a time: whole multiples, the fastest axis first. */
static void join_small(shoal_pass *pass)
{
    uint64_t small = prunes(pass) ? SUMMARY_BOX : SMALL_BOX;
    for (int k = pass->rank - 1; k >= 0; k--) {
        uint64_t n = box_elements(pass);
        if (n >= small) return;
        uint64_t factor = small / n;
        uint64_t most = shoal_ceil_div(pass->shape[k] + pass->shift[k], pass->box[k]);
        if (factor > most) factor = most;
        if (factor > 1) pass->box[k] *= factor;
    }
    for (int k = 0; k < pass->rank; k++)
        if (pass->shift[k] == 0 && pass->box[k] > pass->shape[k] && pass->shape[k])
            pass->box[k] = pass->shape[k];
}

static bool to_file(const shoal_pass *pass)
{
    for (int k = 0; k < pass->n_outputs; k++)
        if (pass->output[k].target->path) return true;
    return false;
}

/* What is written must be cut at the array's origin; a chunk that the user gave is a box. */
static void fit_output(shoal_plan *plan, shoal_pass *pass)
{
    if (!to_file(pass) || shoal_pass_lines_node(pass)) return;
    for (int k = 0; k < pass->rank; k++) {
        pass->shift[k] = 0;
        if (plan->storage.chunk[0]) pass->box[k] = plan->storage.chunk[k];
        if (pass->box[k] > pass->shape[k] && pass->shape[k]) pass->box[k] = pass->shape[k];
        if (pass->box[k] == 0) pass->box[k] = 1;
    }
}

static void choose_box(shoal_plan *plan, shoal_pass *pass)
{
    const shoal_load *lead = leader(pass);
    for (int k = 0; k < pass->rank; k++) {
        pass->order[k] = k;
        pass->repeat[k] = 1;
        pass->box[k] = pass->shape[k] ? pass->shape[k] : 1;
        if (lead) follow_chunks(pass, lead, k);
    }
    if (!lead && pass->rank) {
        shoal_type type = {SHOAL_FLOAT64, 8};
        shoal_chunk_choose(type, pass->rank, pass->shape, pass->box);
    }
    cut_large(pass, lead);
    join_small(pass);
    fit_output(plan, pass);
}

static void count_tasks(shoal_pass *pass)
{
    pass->n_tasks = 1;
    for (int k = 0; k < pass->rank; k++) {
        uint64_t extent = pass->box[k] * pass->repeat[k];
        pass->n_tasks_along[k] =
            pass->shape[k] ? shoal_ceil_div(pass->shape[k] + pass->shift[k], extent) : 0;
        pass->n_tasks *= pass->n_tasks_along[k];
    }
}

static uint64_t kept_cells(const shoal_pass *pass, uint32_t axes)
{
    uint64_t n = 1;
    for (int k = 0; k < pass->rank; k++)
        if (!(axes >> k & 1)) n *= pass->box[k];
    return n;
}

/* A task whose reduction states are large beside its data takes more boxes along the reduced
   axes, so that merging stays cheap; but not so many that there are few tasks. */
static void join_boxes(shoal_pass *pass)
{
    if (pass->n_outputs) return;
    uint32_t reduced = UINT32_MAX;
    uint64_t states = 0;
    for (int k = 0; k < pass->n_reductions; k++) {
        reduced &= pass->reduction[k].axes;
        if (pass->reduction[k].state != k) continue;
        states += kept_cells(pass, pass->reduction[k].axes) *
                  (uint64_t)pass->reduction[k].kernel->n_fields;
    }
    for (int k = pass->rank - 1; k >= 0; k--) {
        if (!(reduced >> k & 1)) continue;
        for (;;) {
            uint64_t n = box_elements(pass);
            for (int j = 0; j < pass->rank; j++) n *= pass->repeat[j];
            if (states * 16 <= n) return;
            if (pass->n_tasks_along[k] < 2 || pass->n_tasks < 2 * FEWEST_TASKS) break;
            pass->repeat[k] *= 2;
            count_tasks(pass);
        }
    }
}

/* Would two boxes need the same chunk of this load along axis k of the space? */
static bool shares_along(const shoal_pass *pass, const shoal_load *l, int k)
{
    uint64_t n = pass->shape[k];
    if (pass->box[k] >= n + pass->shift[k]) return false;
    int b = l->base_axis[k];
    if (b < 0) return true; /* repeated: each box along this axis needs the same part */
    uint64_t chunk = l->dataset->grid.chunk[b], step = (uint64_t)size_of_step(l->step[k]);
    if (step >= chunk) return false;
    if (chunk == 1) return false;
    uint64_t start = (uint64_t)l->leaf->view.start[b];
    if ((pass->box[k] * step) % chunk) return true;
    /* where a box begins, in base indices, taken modulo the chunk */
    uint64_t back = pass->shift[k] * step % chunk;
    if (l->step[k] > 0) return (start % chunk + chunk - back) % chunk >= step;
    return (start + 1 + back) % chunk != 0 && (start % chunk + back) % chunk + step < chunk;
}

static bool shares_chunks(const shoal_pass *pass, int which)
{
    const shoal_load *l = &pass->load[which];
    if (l->dataset->grid.n_chunks < 1) return false;
    for (int k = 0; k < pass->n_loads; k++)
        if (k != which && shoal_load_reads(&pass->load[k], l->dataset)) return true;
    for (int k = 0; k < pass->rank; k++)
        if (shares_along(pass, l, k)) return true;
    return false;
}

/* In place: mapped, native, and aligned as the kernels' types need it. */
static bool in_place(const shoal_dataset *dataset)
{
    uint64_t start[SHOAL_MAX_RANK] = {0};
    int64_t stride[SHOAL_MAX_RANK];
    if (dataset->layout != SHOAL_LAYOUT_CONTIGUOUS) return false;
    const uint8_t *at = shoal_dataset_in_place(dataset, start, stride);
    uint32_t size = dataset->type.code >= SHOAL_TEXT ? 1 : dataset->type.n_bytes;
    if (size > 8) size = 8;
    return at && (uintptr_t)at % size == 0;
}

/* The chunks that are in use at a time when tasks go in C order: a layer of the slowest axis. */
static uint64_t cache_chunks(const shoal_pass *pass, const shoal_load *l)
{
    const shoal_grid *grid = &l->dataset->grid;
    uint64_t n = 1;
    for (int b = 0; b < grid->rank; b++) {
        int axis = -1;
        for (int k = 0; k < pass->rank; k++)
            if (l->base_axis[k] == b) axis = k;
        if (axis < 0) continue;
        uint64_t step = (uint64_t)size_of_step(l->step[axis]);
        uint64_t along = grid->n_along[b];
        if (axis == 0) {
            uint64_t layers = shoal_ceil_div(pass->box[0] * step, grid->chunk[b]) + 2;
            if (layers < along) along = layers;
        }
        if (!shoal_mul_u64(n, along, &n)) return UINT32_MAX;
    }
    return n < grid->n_chunks ? n : grid->n_chunks;
}

static void want_entries(shoal_pass *pass, uint64_t n, uint64_t chunk_bytes)
{
    if (chunk_bytes > pass->cache_entry_bytes) pass->cache_entry_bytes = (size_t)chunk_bytes;
    n += (uint64_t)pass->cache_entries_wanted;
    pass->cache_entries_wanted = n > 65536 ? 65536 : (int)n;
}

/* Joined arrays' chunks come through the cache: the largest layer of them is wanted there. */
static shoal_status choose_made(shoal_pass *pass, shoal_load *l, shoal_error *err)
{
    uint64_t region = l->leaf->type.n_bytes, chunk;
    for (int j = 0; j < pass->rank; j++)
        if (l->base_axis[j] >= 0 && !shoal_mul_u64(region, pass->most[j], &region))
            return shoal_fail(err, SHOAL_MEMORY, "a part of a joined array is beyond any memory");
    l->fetch = SHOAL_FETCH_MADE;
    l->buffer_bytes = (size_t)region;
    l->n_scratch = l->leaf->joined ? l->leaf->joined->n_scratch : 0;
    for (int k = 0; k < l->n_below; k++) {
        const shoal_dataset *d = l->below[k];
        const shoal_grid *grid = &d->grid;
        uint64_t fewest = UINT64_MAX;
        if (d->layout == SHOAL_LAYOUT_CONTIGUOUS) continue;
        if (!shoal_mul_u64(grid->chunk_elements, d->type.n_bytes, &chunk))
            return shoal_fail(err, SHOAL_DATA, "%s: a chunk is beyond any memory", d->name);
        for (int b = 0; b < grid->rank; b++)
            if (grid->n_along[b] && grid->n_along[b] < fewest) fewest = grid->n_along[b];
        uint64_t layer = grid->rank ? 2 * (grid->n_chunks / fewest) + 2 : 1;
        want_entries(pass, layer < grid->n_chunks ? layer : grid->n_chunks, chunk);
    }
    return SHOAL_OK;
}

static shoal_status choose_fetch(shoal_pass *pass, int k, shoal_error *err)
{
    shoal_load *l = &pass->load[k];
    if (l->leaf->joined || l->leaf->generator) return choose_made(pass, l, err);
    if (!l->dataset) return SHOAL_OK; /* memory is in place */
    const shoal_grid *grid = &l->dataset->grid;
    uint64_t region = l->leaf->type.n_bytes, chunk;
    for (int j = 0; j < pass->rank; j++)
        if (l->base_axis[j] >= 0 && !shoal_mul_u64(region, pass->most[j], &region))
            return shoal_fail(err, SHOAL_MEMORY, "%s: a part of it is beyond any memory",
                              l->dataset->name);
    if (!shoal_mul_u64(grid->chunk_elements, l->leaf->type.n_bytes, &chunk))
        return shoal_fail(err, SHOAL_DATA, "%s: a chunk is beyond any memory", l->dataset->name);
    if (in_place(l->dataset)) return SHOAL_OK;
    bool contiguous = l->dataset->layout == SHOAL_LAYOUT_CONTIGUOUS;
    bool cached = !contiguous && !shoal_pass_lines_node(pass) && shares_chunks(pass, k);
    l->fetch = cached ? SHOAL_FETCH_CACHED : SHOAL_FETCH_READ;
    l->buffer_bytes = (size_t)(contiguous || region > chunk ? region : chunk);
    if (l->fetch != SHOAL_FETCH_CACHED) return SHOAL_OK;
    want_entries(pass, cache_chunks(pass, l), chunk);
    return SHOAL_OK;
}

shoal_status shoal_plan_boxes(shoal_plan *plan, shoal_pass *pass, shoal_error *err)
{
    choose_box(plan, pass);
    if (shoal_pass_lines_node(pass)) shoal_plan_lines_box(plan, pass);
    count_tasks(pass);
    shoal_plan_sums(pass);
    memcpy(pass->most, pass->box, sizeof pass->most);
    if (pass->cut.cuts) shoal_plan_cut_most(pass);
    join_boxes(pass);
    if (box_elements(pass) > UINT64_C(1) << 48)
        return shoal_fail(err, SHOAL_MEMORY, "the chunks are beyond any memory");
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < pass->n_loads && !status; k++) {
        status = choose_fetch(pass, k, err);
        const shoal_load *l = &pass->load[k];
        if (l->dataset || l->n_below) pass->raw_bytes_per_element += l->leaf->type.n_bytes;
    }
    uint64_t n = 1;
    for (int k = 0; k < pass->rank; k++) n *= pass->shape[k];
    pass->read_bytes = n * pass->raw_bytes_per_element * (shoal_pass_gathers(pass) ? 2 : 1);
    return status;
}
