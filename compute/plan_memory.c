/* Fits a plan to its memory limit: accumulators open at a time, threads, slots, cached chunks. */
#include "compute/plan.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "compute/pass_known.h"
#include "compute/summarise.h"

#include <string.h>

#define PLAN_BYTES   ((uint64_t)48 << 10) /* open files, threads, and the like */
#define WRITER_BYTES ((uint64_t)1 << 20)  /* libhdf5's for one file */
#define WORKER_PAGES \
    ((uint64_t)24 << 10) /* large allocations end at a page, some for each worker */
#define SLOT_PAGES   ((uint64_t)4 << 10)
#define MOST_INDEX   ((uint64_t)48 << 20) /* of its cache of a chunk index being written */
#define MOST_THREADS 256
#define MOST_STATES  ((size_t)1 << 52)   /* bytes; users' states may be large */
#define GROUPS_CHUNK ((uint64_t)1 << 21) /* bytes of a chunk with many groups */
#define SMALL_ARENA  ((uint64_t)1 << 20) /* what plans take by themselves, about */

/* Cells beyond any memory are as many as no plan has room for. */
static size_t times(size_t cells, uint64_t groups)
{
    const uint64_t most = UINT64_C(1) << 48;
    uint64_t n;
    if (!shoal_mul_u64(cells, groups ? groups : 1, &n) || n > most) n = most;
    return (size_t)n;
}

static void size_groups(const shoal_pass *pass, shoal_pass_reduction *r)
{
    int k = shoal_pass_group_axis(r);
    r->most_groups = shoal_groups_most(r->groups, pass->box[k] * pass->repeat[k], pass->shift[k]);
    r->tile_cells = times(r->cells, r->groups->n);
    r->cells = times(r->cells, r->most_groups);
}

static void size_tiles(const shoal_pass *pass, shoal_pass_reduction *r)
{
    uint64_t cells = 1;
    r->n_tiles = r->tasks_per_tile = 1;
    for (int k = 0; k < pass->rank; k++) {
        uint64_t extent = pass->box[k] * pass->repeat[k];
        if (r->axes >> k & 1) {
            r->tasks_per_tile *= pass->n_tasks_along[k];
        } else {
            r->n_tiles *= pass->n_tasks_along[k];
            cells *= extent < pass->shape[k] ? extent : pass->shape[k];
        }
    }
    r->cells = r->tile_cells = (size_t)(cells ? cells : 1);
    if (r->groups) size_groups(pass, r);
    size_t most = MOST_STATES / ((size_t)r->kernel->n_fields * 8); /* which no plan has room for */
    if (r->cells > most) r->cells = most;
    if (r->tile_cells > most) r->tile_cells = most;
}

static uint64_t state_bytes(const shoal_pass *pass, int k)
{
    const shoal_pass_reduction *r = &pass->reduction[k];
    if (r->state != k) return 0;
    return (uint64_t)r->tile_cells * (uint64_t)r->kernel->n_fields * 8;
}

/* A result that goes to the file tile by tile has the tiles as its chunks, unless told otherwise.
 */
static void chunk_by_tile(const shoal_pass *pass, const shoal_pass_reduction *r)
{
    shoal_dataset_spec *spec = &r->target->spec;
    if (r->target->in_memory || !r->target->path || spec->chunk[0]) return;
    int n = 0;
    bool keepdims = r->node->rank == pass->rank;
    for (int k = 0; k < pass->rank; k++) {
        bool reduced = r->axes >> k & 1;
        uint64_t extent = pass->box[k] * pass->repeat[k];
        if (!reduced)
            spec->chunk[n++] = extent < pass->shape[k] ? extent : pass->shape[k];
        else if (keepdims)
            spec->chunk[n++] = 1;
    }
    if (!r->groups) return;
    uint64_t bytes = r->node->type.n_bytes;
    for (int k = 0; k < n; k++) bytes *= spec->chunk[k];
    uint64_t most = bytes && bytes < GROUPS_CHUNK ? GROUPS_CHUNK / bytes : 1;
    spec->chunk[shoal_pass_group_axis(r)] = most < r->groups->n ? most : r->groups->n;
}

/* The writer's buffers for a result that goes to the file tile by tile. */
static uint64_t writing_bytes(const shoal_plan *plan, const shoal_pass_reduction *r)
{
    const shoal_dataset_spec *spec = &r->target->spec;
    shoal_pipeline pipeline;
    size_t n = r->node->type.n_bytes;
    if (r->target->in_memory || !r->target->path || r->node->rank == 0) return 0;
    for (int k = 0; k < r->node->rank; k++)
        if (!shoal_mul_size(n, spec->chunk[k], &n) || n > UINT32_MAX) return UINT32_MAX;
    if (n == 0 || shoal_pipeline_parse(plan->storage.codec, r->node->type, n, &pipeline, NULL))
        return 0; /* the writer says what is wrong */
    uint64_t bytes = n + shoal_encode_bound(&pipeline, n) + shoal_coder_bytes(&pipeline, n, true);
    return plan->storage.chunk[0] ? bytes + shoal_coder_bytes(&pipeline, n, false) : bytes;
}

/* Kept axes slowest: then all tasks of a tile follow each other, and one tile is open. */
static void order_by_tile(shoal_pass *pass, uint32_t axes)
{
    int n = 0;
    for (int reduced = 0; reduced < 2; reduced++)
        for (int k = 0; k < pass->rank; k++)
            if ((int)(axes >> k & 1) == reduced) pass->order[n++] = k;
}

/* Tasks go in file order while all accumulators fit in a quarter of the limit. */
static uint64_t open_tiles(const shoal_plan *plan, shoal_pass *pass)
{
    uint64_t all = 0, open = 0;
    for (int k = 0; k < pass->n_reductions; k++) {
        size_tiles(pass, &pass->reduction[k]);
        chunk_by_tile(pass, &pass->reduction[k]);
        uint64_t n;
        if (!shoal_mul_u64(pass->reduction[k].n_tiles, state_bytes(pass, k), &n) ||
            !shoal_add_u64(all, n, &all))
            all = UINT64_MAX;
    }
    bool file_order = all <= plan->memory_limit / 4;
    uint32_t axes = pass->n_reductions ? pass->reduction[0].axes : 0;
    for (int k = 0; k < pass->n_reductions; k++)
        if (pass->reduction[k].n_tiles > 1) axes = pass->reduction[k].axes;
    if (!file_order) order_by_tile(pass, axes);
    for (int k = 0; k < pass->n_reductions; k++) {
        shoal_pass_reduction *r = &pass->reduction[k];
        r->n_open = file_order || r->axes != axes ? r->n_tiles : 1;
        if (r->n_open == 0) r->n_open = 1;
        open += writing_bytes(plan, r);
        open += r->n_open * (state_bytes(pass, k) + 16 + 8 * (uint64_t)r->kernel->n_fields) +
                r->tile_cells * r->node->type.n_bytes * (r->groups ? 2 : 1);
    }
    return open;
}

/* The records of an output's chunks, kept until the commit, where they take little. */
static void size_summary(shoal_plan *plan, const shoal_pass *pass, shoal_pass_output *o)
{
    uint64_t n = sizeof(shoal_chunk_summary);
    if (plan->no_summaries || !shoal_summary_takes(o->node->type)) return;
    for (int k = 0; k < pass->rank; k++)
        if (!shoal_mul_u64(n, pass->n_tasks_along[k], &n)) return;
    if (n > shoal_summaries_allowed(plan->memory_limit) / (uint64_t)plan->n_results) return;
    o->summarises = n > 0;
    o->target->summary_bytes = n;
}

static uint64_t summary_bytes(const shoal_plan *plan)
{
    uint64_t n = 0;
    for (int k = 0; k < plan->n_targets; k++) n += plan->target[k].summary_bytes;
    return n;
}

shoal_status shoal_plan_output_coding(const shoal_plan *plan, const shoal_pass *pass,
                                      shoal_pass_output *o, shoal_error *err)
{
    const shoal_dataset_spec *spec = &o->target->spec;
    shoal_plan_output_chunk(plan, pass, o);
    size_t n = o->node->type.n_bytes;
    for (int j = 0; j < o->node->rank; j++)
        if (!shoal_mul_size(n, spec->chunk[j], &n)) n = SIZE_MAX;
    if (!shoal_grid_init(&o->grid, o->node->rank, o->node->shape, spec->chunk)) n = SIZE_MAX;
    if (n > UINT32_MAX - (1u << 20))
        return shoal_fail(err, SHOAL_USAGE,
                          "the output's chunks would be 4 GiB or more; give "
                          "smaller ones with --chunk");
    shoal_status status = shoal_pipeline_parse(o->target->path ? plan->storage.codec : NULL,
                                               o->node->type, n, &o->pipeline, err);
    if (status) return status;
    o->chunk_bytes = n;
    o->bound = shoal_encode_bound(&o->pipeline, n);
    return SHOAL_OK;
}

/* Outputs to chunks of a file; those that spill are known already. */
static shoal_status size_outputs(shoal_plan *plan, shoal_pass *pass, shoal_error *err)
{
    for (int k = 0; k < pass->n_outputs; k++) {
        shoal_pass_output *o = &pass->output[k];
        if (!o->target->path || pass->rank == 0) continue;
        shoal_status status = shoal_plan_output_coding(plan, pass, o, err);
        if (status) return status;
        size_summary(plan, pass, o);
    }
    return SHOAL_OK;
}

/* What libhdf5 caches of the indexes that are written, as measured: it holds up to some 25,000
   chunks whole, and then less and less of each. */
static uint64_t writer_bytes(const shoal_plan *plan)
{
    uint64_t n = 0;
    if (!plan->output) return 0;
    for (int p = 0; p < plan->n_passes; p++)
        for (int k = 0; k < plan->pass[p].n_outputs; k++)
            if (plan->pass[p].output[k].target->path) n += plan->pass[p].n_tasks;
    uint64_t all = n < MOST_INDEX / 320 ? 320 * n : MOST_INDEX;
    uint64_t part = ((uint64_t)11 << 19) + (n < MOST_INDEX / 100 ? 100 * n : MOST_INDEX);
    uint64_t cached = all < part ? all : part;
    return WRITER_BYTES + (cached < MOST_INDEX ? cached : MOST_INDEX);
}

static uint64_t index_bytes(const shoal_plan *plan)
{
    uint64_t n = 0;
    for (int k = 0; k < plan->inputs.n_sources; k++)
        if (plan->inputs.sources[k].dataset)
            n += plan->inputs.sources[k].dataset->index.n * sizeof(shoal_index_entry);
    for (int k = 0; k < plan->inputs.n_sources; k++)
        if (plan->inputs.sources[k].summary)
            n += plan->inputs.sources[k].summary->n * sizeof(shoal_chunk_summary);
    for (int k = 0; k < plan->n_targets; k++)
        if (plan->target[k].spill) n += shoal_spill_memory(plan->target[k].spill);
    return n;
}

static uint64_t need(const shoal_pass *pass, int n_workers, int n_slots)
{
    uint64_t cached = pass->cache_entry_bytes ? (uint64_t)n_workers + 1 : 0;
    return pass->fixed_bytes + (uint64_t)n_workers * (pass->worker_bytes + WORKER_PAGES) +
           (uint64_t)n_slots * (pass->slot_bytes + SLOT_PAGES) +
           cached * (pass->cache_entry_bytes + 128);
}

static const char *advice(const shoal_pass *pass)
{
    return shoal_pass_lines_node(pass) && !pass->cut.cuts
               ? "each line along the axis is taken whole: raise -m"
               : "raise -m, or rewrite the input with smaller chunks";
}

/* The most threads that fit; what is left over goes to the chunk cache. */
static shoal_status fit_pass(shoal_plan *plan, shoal_pass *pass, shoal_error *err)
{
    int n = plan->n_threads < MOST_THREADS ? plan->n_threads : MOST_THREADS;
    if ((uint64_t)n > pass->n_tasks) n = pass->n_tasks ? (int)pass->n_tasks : 1;
    if (n > 1 && shoal_pass_knows_all(pass)) n = 1;
    int extra = 2;
    while (need(pass, n, n + extra) > plan->memory_limit) {
        if (extra > 1)
            extra--;
        else if (n > 1)
            n--, extra = 2;
        else
            return shoal_fail(err, SHOAL_MEMORY,
                              "needs %.1f MiB of memory with one thread, and %.1f MiB are allowed; "
                              "%s",
                              (double)need(pass, 1, 2) / 1048576 + 0.05,
                              (double)plan->memory_limit / 1048576, advice(pass));
    }
    pass->n_workers = n;
    pass->n_slots = n + extra;
    uint64_t used = need(pass, n, n + extra);
    if (pass->cache_entry_bytes) {
        uint64_t more = (plan->memory_limit - used) / (pass->cache_entry_bytes + 128);
        uint64_t wanted = (uint64_t)pass->cache_entries_wanted;
        more = more < wanted ? more : wanted;
        pass->cache_entries = n + 1 + (int)more;
        used += more * (pass->cache_entry_bytes + 128);
    }
    if (used > plan->memory) plan->memory = used;
    return SHOAL_OK;
}

static uint64_t stored_bytes(const shoal_dataset *d, const shoal_node *leaf)
{
    uint64_t n = 0;
    if (d->layout == SHOAL_LAYOUT_CONTIGUOUS || (leaf->of && d == leaf->of->spilled))
        return shoal_node_bytes(leaf);
    for (uint64_t j = 0; j < d->index.n; j++) n += d->index.entries[j].n_bytes;
    return n;
}

/* What a load reads; with `uncached` of those of its datasets that the page cache does not hold. */
static uint64_t load_bytes(const shoal_load *l, bool uncached)
{
    uint64_t n = 0;
    if (l->dataset && !(uncached && shoal_dataset_is_cached(l->dataset)))
        n += stored_bytes(l->dataset, l->leaf);
    for (int j = 0; j < l->n_below; j++)
        if (!(uncached && shoal_dataset_is_cached(l->below[j])))
            n += stored_bytes(l->below[j], l->leaf);
    return n;
}

/* The page cache is asked only where it would not hold all. */
static void find_cold(shoal_pass *pass)
{
    uint64_t all = 0, added = 0, most = shoal_option_page_cache() / 4 * 3;
    for (int k = 0; k < pass->n_loads; k++) all += load_bytes(&pass->load[k], false);
    for (int k = 0; k < pass->n_loads; k++) {
        uint64_t n = all > most ? load_bytes(&pass->load[k], true) : 0;
        pass->load[k].cold = n > 0;
        added += n;
    }
    for (int k = 0; k < pass->n_loads; k++) pass->load[k].cold &= added > most;
}

uint64_t shoal_plan_base_bytes(const shoal_plan *plan)
{
    return PLAN_BYTES + index_bytes(plan) + plan->results_bytes + writer_bytes(plan);
}

shoal_status shoal_plan_fit(shoal_plan *plan, shoal_error *err)
{
    uint64_t base = shoal_plan_base_bytes(plan);
    /* masks and indices are in the arena, too much to count behind the limit */
    uint64_t arena = shoal_arena_bytes(plan->arena);
    if (arena > SMALL_ARENA) base += arena - SMALL_ARENA;
    shoal_status status = SHOAL_OK;
    for (int p = 0; p < plan->n_passes && !status; p++) {
        shoal_pass *pass = &plan->pass[p];
        if ((status = size_outputs(plan, pass, err))) break;
        pass->fixed_bytes = base + summary_bytes(plan) + open_tiles(plan, pass) +
                            shoal_pass_tally_bytes(pass) + shoal_pass_carries_bytes(pass) +
                            (pass->n_reductions ? shoal_pass_user_bytes(pass) : 0);
        pass->worker_bytes = shoal_pass_worker_bytes(pass);
        pass->slot_bytes = shoal_pass_slot_bytes(pass);
        find_cold(pass);
        status = fit_pass(plan, pass, err);
    }
    plan->memory += arena < SMALL_ARENA ? arena : SMALL_ARENA;
    return status;
}
