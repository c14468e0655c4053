/* Checking files: every header, attribute and chunk is read, by the same readers as ever. A run of
   the executor for each dataset; what is found is told in the order of the file. */
#include "chunk/error.h"
#include "compute/executor.h"
#include "store/file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SPARE_SLOTS = 2 };

typedef struct verification {
    const shoal_verify_params *params;
    const shoal_run_options *options;
    shoal_verify_result result;
    shoal_file *file;
    char **path; /* of the datasets, in the order in which they were met */
    size_t n_paths, capacity;
    uint64_t file_bytes, done_bytes; /* stored ones, for progress */
    const char *object;              /* whose attributes are being read */
    bool cancelled;
} verification;

/* ---- What is found ---- */

static int tell(verification *v, const char *path, bool damaged, uint64_t chunk,
                const char *message)
{
    const shoal_finding finding = {path, damaged, chunk, message};
    if (damaged)
        v->result.n_damaged++;
    else
        v->result.n_not_checked++;
    int stop = v->params->found ? v->params->found(v->params->user, &finding) : 0;
    v->cancelled |= stop != 0;
    return stop;
}

static shoal_status fail_cancelled(shoal_error *err)
{
    return shoal_fail(err, SHOAL_CANCELLED, "cancelled");
}

/* Damage goes on to the caller's list; what else failed ends the run. */
static shoal_status take_error(verification *v, const char *path, const shoal_error *error,
                               shoal_error *err)
{
    if (error->status != SHOAL_DATA) {
        if (err) *err = *error;
        return error->status;
    }
    return tell(v, path, true, UINT64_MAX, error->message) ? fail_cancelled(err) : SHOAL_OK;
}

/* ---- The chunks of a dataset ---- */

typedef struct chunk_slot {
    uint64_t k; /* of the stored chunks */
    shoal_status status;
    shoal_error error;
} chunk_slot;

typedef struct chunk_worker {
    shoal_reader *reader;
    uint8_t *elements;
} chunk_worker;

typedef struct chunk_run {
    verification *v;
    shoal_dataset *dataset;
    const char *path;
    uint64_t n, next;
    int n_workers, n_slots;
    chunk_worker *workers;
    chunk_slot *slots;
    void **worker_pointers, **slot_pointers;
} chunk_run;

static uint64_t count_chunks(const shoal_dataset *dataset)
{
    if (dataset->layout == SHOAL_LAYOUT_CHUNKED) return dataset->index.n;
    return dataset->layout == SHOAL_LAYOUT_EMPTY ? 0 : dataset->grid.n_chunks;
}

static uint64_t chunk_id(const chunk_run *run, uint64_t k)
{
    return run->dataset->layout == SHOAL_LAYOUT_CHUNKED ? run->dataset->index.entries[k].chunk_id
                                                        : k;
}

static shoal_next next_chunk(void *context, void *slot_, shoal_error *err)
{
    chunk_run *run = context;
    chunk_slot *slot = slot_;
    (void)err;
    if (run->next == run->n) return SHOAL_NEXT_END;
    slot->k = run->next++;
    return SHOAL_NEXT_TASK;
}

/* Bytes in the map have nothing to decode, but may be missing. */
static shoal_status read_run(const chunk_run *run, chunk_worker *worker, uint64_t id,
                             shoal_error *err)
{
    const shoal_grid *grid = &run->dataset->grid;
    uint64_t at[SHOAL_MAX_RANK], start[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK];
    shoal_region region = {.rank = grid->rank};
    shoal_grid_coordinates(grid, id, at);
    shoal_grid_extent(grid, at, start, count);
    for (int k = 0; k < grid->rank; k++)
        region.axis[k] = (shoal_range){.start = (int64_t)start[k], .step = 1, .count = count[k]};
    return shoal_reader_region(worker->reader, &region, worker->elements, err);
}

static shoal_status read_chunk(void *context, void *worker_, void *slot_, shoal_error *err)
{
    const chunk_run *run = context;
    chunk_worker *worker = worker_;
    chunk_slot *slot = slot_;
    uint64_t id = chunk_id(run, slot->k);
    memset(&slot->error, 0, sizeof slot->error);
    if (run->dataset->layout == SHOAL_LAYOUT_CONTIGUOUS)
        slot->status = read_run(run, worker, id, &slot->error);
    else
        slot->status = shoal_reader_chunk(worker->reader, id, worker->elements, &slot->error);
    if (slot->status == SHOAL_OK || slot->status == SHOAL_DATA) return SHOAL_OK;
    if (err) *err = slot->error;
    return slot->status;
}

static shoal_status take_chunk(void *context, void *slot_, uint64_t *done_bytes, shoal_error *err)
{
    chunk_run *run = context;
    const chunk_slot *slot = slot_;
    const shoal_dataset *dataset = run->dataset;
    size_t n_bytes = dataset->type.n_bytes * (size_t)dataset->grid.chunk_elements;
    *done_bytes =
        dataset->layout == SHOAL_LAYOUT_CHUNKED ? dataset->index.entries[slot->k].n_bytes : n_bytes;
    run->v->done_bytes += *done_bytes;
    run->v->result.n_chunks++;
    run->v->result.raw_bytes += n_bytes;
    if (slot->status == SHOAL_OK) return SHOAL_OK;
    bool is_chunk = dataset->layout == SHOAL_LAYOUT_CHUNKED;
    return tell(run->v, run->path, true, is_chunk ? chunk_id(run, slot->k) : UINT64_MAX,
                slot->error.message)
               ? fail_cancelled(err)
               : SHOAL_OK;
}

/* ---- Memory and threads ---- */

static uint64_t worker_bytes(const shoal_dataset *dataset)
{
    return shoal_reader_bytes(dataset) + dataset->type.n_bytes * dataset->grid.chunk_elements;
}

static shoal_status allocate(chunk_run *run, shoal_error *err)
{
    size_t n_workers = (size_t)run->n_workers, n_slots = (size_t)run->n_slots;
    run->workers = calloc(n_workers, sizeof *run->workers);
    run->slots = calloc(n_slots, sizeof *run->slots);
    run->worker_pointers = calloc(n_workers, sizeof *run->worker_pointers);
    run->slot_pointers = calloc(n_slots, sizeof *run->slot_pointers);
    if (!run->workers || !run->slots || !run->worker_pointers || !run->slot_pointers)
        return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    for (size_t k = 0; k < n_slots; k++) run->slot_pointers[k] = &run->slots[k];
    bool cold =
        run->v->file_bytes > shoal_option_page_cache() && !shoal_dataset_is_cached(run->dataset);
    for (size_t k = 0; k < n_workers; k++) {
        chunk_worker *worker = run->worker_pointers[k] = &run->workers[k];
        shoal_status status = shoal_reader_new(run->dataset, &worker->reader, err);
        if (status) return status;
        shoal_reader_set_cold(worker->reader, cold);
        worker->elements =
            malloc(run->dataset->type.n_bytes * (size_t)run->dataset->grid.chunk_elements + 1);
        if (!worker->elements)
            return shoal_fail(err, SHOAL_MEMORY, "%s: no memory for a chunk", run->dataset->name);
    }
    return SHOAL_OK;
}

static void release(chunk_run *run)
{
    for (int k = 0; run->workers && k < run->n_workers; k++) {
        shoal_reader_free(run->workers[k].reader);
        free(run->workers[k].elements);
    }
    free(run->workers);
    free(run->slots);
    free(run->worker_pointers);
    free(run->slot_pointers);
}

/* As many workers as there is work and memory for. */
static shoal_status fit(chunk_run *run, shoal_error *err)
{
    uint64_t limit = shoal_option_memory(run->v->options);
    uint64_t fixed = run->dataset->index.n * sizeof *run->dataset->index.entries;
    uint64_t each = worker_bytes(run->dataset) + 2 * sizeof(chunk_slot);
    int n = shoal_option_threads(run->v->options);
    if ((uint64_t)n > run->n) n = (int)run->n;
    while (n > 1 && fixed + (uint64_t)n * each > limit) n--;
    if (fixed + each > limit)
        return shoal_fail(err, SHOAL_MEMORY,
                          "%s: needs %" PRIu64 " KiB to read its chunks, -m allows %" PRIu64 " KiB",
                          run->dataset->name, (fixed + each) / 1024 + 1, limit / 1024);
    run->n_workers = n;
    run->n_slots = n + SPARE_SLOTS;
    return allocate(run, err);
}

/* Several runs look like one to the caller: stored bytes out of the file's. */
static int pass_progress(void *user, const shoal_progress *now)
{
    const verification *v = user;
    uint64_t done = v->done_bytes < v->file_bytes ? v->done_bytes : v->file_bytes;
    shoal_progress all = {done, v->file_bytes, now->phase};
    return v->options->progress(v->options->user, &all);
}

static shoal_status verify_chunks(verification *v, shoal_dataset *dataset, const char *path,
                                  shoal_error *err)
{
    chunk_run run = {.v = v, .dataset = dataset, .path = path, .n = count_chunks(dataset)};
    if (run.n == 0) return SHOAL_OK;
    shoal_run_options options = {0};
    if (v->options) options = *v->options;
    if (options.progress) options.progress = pass_progress;
    options.user = v;
    shoal_status status = fit(&run, err);
    shoal_job job = {
        .context = &run,
        .phase = "verifying",
        .next = next_chunk,
        .work = read_chunk,
        .merge = take_chunk,
        .n_workers = run.n_workers,
        .workers = run.worker_pointers,
        .n_slots = run.n_slots,
        .slots = run.slot_pointers,
    };
    if (!status) status = shoal_execute(&job, &options, err);
    release(&run);
    return status;
}

/* ---- The objects of a file ---- */

static shoal_status verify_dataset(verification *v, const char *path, shoal_error *err)
{
    shoal_error error = {0};
    shoal_dataset *dataset = NULL;
    if (shoal_dataset_open(v->file, path, &dataset, &error))
        return take_error(v, path, &error, err);
    v->result.n_datasets++;
    shoal_status status = SHOAL_OK;
    const char *why_not = NULL;
    if (!dataset->readable)
        why_not = dataset->why_not;
    else if (dataset->layout == SHOAL_LAYOUT_VIRTUAL || dataset->layout == SHOAL_LAYOUT_EXTERNAL)
        why_not = "its values are kept elsewhere; verify those where they are";
    if (why_not) {
        shoal_fail(&error, SHOAL_DATA, "%s: %s", dataset->name, why_not);
        if (tell(v, path, false, UINT64_MAX, error.message)) status = fail_cancelled(err);
    } else {
        status = verify_chunks(v, dataset, path, err);
    }
    shoal_dataset_close(dataset);
    return status;
}

static bool remember(verification *v, const char *path)
{
    if (v->n_paths == v->capacity) {
        size_t capacity = v->capacity ? 2 * v->capacity : 64;
        char **grown = realloc(v->path, capacity * sizeof *grown);
        if (!grown) return false;
        v->path = grown;
        v->capacity = capacity;
    }
    v->path[v->n_paths] = strdup(path);
    return v->path[v->n_paths] && ++v->n_paths;
}

static int on_attribute(void *user, const shoal_attribute *attribute)
{
    verification *v = user;
    (void)attribute; /* its value was read */
    v->result.n_attributes++;
    return 0;
}

static int on_object(void *user, const shoal_object *object)
{
    verification *v = user;
    shoal_error error = {0};
    v->result.n_objects++;
    if (object->kind == SHOAL_OTHER) return 0;
    if (object->kind == SHOAL_DATASET && !remember(v, object->path)) return 1;
    if (v->file->is_npy) return 0;
    if (shoal_attribute_visit(v->file, object->path, on_attribute, v, &error) == SHOAL_DATA)
        return tell(v, object->path, true, UINT64_MAX, error.message);
    return 0;
}

static int on_damage(void *user, const char *path, const shoal_error *error)
{
    return tell(user, path, true, UINT64_MAX, error->message);
}

static shoal_status verify_objects(verification *v, const char *path, shoal_error *err)
{
    shoal_error error = {0};
    shoal_status status = shoal_file_visit_past(v->file, path, on_object, on_damage, v, &error);
    if (status == SHOAL_CANCELLED && !v->cancelled)
        return shoal_fail(err, SHOAL_MEMORY, "%s: out of memory", v->file->path);
    if (status) status = take_error(v, path, &error, err);
    for (size_t k = 0; !status && k < v->n_paths; k++) status = verify_dataset(v, v->path[k], err);
    return status;
}

static shoal_status judge(const verification *v, shoal_error *err)
{
    if (v->result.n_damaged == 0) return SHOAL_OK;
    return shoal_fail(err, SHOAL_DIFFERS, "%s: damaged: %" PRIu64 " %s found", v->file->path,
                      v->result.n_damaged, v->result.n_damaged == 1 ? "fault" : "faults");
}

shoal_status shoal_verify(const shoal_verify_params *params, const shoal_run_options *options,
                          shoal_verify_result *result, shoal_error *err)
{
    verification v = {.params = params, .options = options};
    char *name = NULL, *path = NULL, *slice = NULL;
    if (!params->source) return shoal_fail(err, SHOAL_USAGE, "there is nothing to verify");
    shoal_status status = shoal_locator_split(params->source, &name, &path, &slice, err);
    if (!status && slice)
        status = shoal_fail(err, SHOAL_USAGE, "%s: whole datasets are verified, not slices",
                            params->source);
    if (!status) status = shoal_file_open(name, &v.file, err);
    if (!status) v.file_bytes = shoal_map_size(v.file->map);
    if (!status) status = verify_objects(&v, path ? path : "/", err);
    if (!status) status = judge(&v, err);
    if (result && (status == SHOAL_OK || status == SHOAL_DIFFERS)) *result = v.result;
    for (size_t k = 0; k < v.n_paths; k++) free(v.path[k]);
    free(v.path);
    shoal_file_close(v.file);
    free(name);
    free(path);
    free(slice);
    return status;
}
