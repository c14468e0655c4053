/* The dataset that an array is ingested into: a new one, or one that is appended to. */
#include "compute/ingest_array.h"

#include "chunk/checked.h"
#include "chunk/copy.h"
#include "chunk/error.h"
#include "compute/executor.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Chunks of a source are kept when they are of a size that serves reading. */
#define MIN_KEPT_BYTES (UINT64_C(1) << 17)
#define MAX_KEPT_BYTES (UINT64_C(1) << 25)

bool shoal_ingest_chunk_given(const shoal_ingest_params *params)
{
    for (int k = 0; k < SHOAL_MAX_RANK; k++)
        if (params->storage.chunk[k] != 0) return true;
    return false;
}

static shoal_status check_chunk(const shoal_ingest_params *params, const shoal_array_form *form,
                                shoal_error *err)
{
    int n = 0;
    for (int k = 0; k < SHOAL_MAX_RANK; k++)
        if (params->storage.chunk[k] != 0) n = k + 1;
    if (n == form->rank) return SHOAL_OK;
    return shoal_fail(err, SHOAL_USAGE, "%s has %d axes, the chunk shape %d", form->name,
                      form->rank, n);
}

static bool worth_keeping(const shoal_array_form *form)
{
    uint64_t n;
    if (!form->chunk) return false;
    if (form->keep_chunk) return true;
    if (!shoal_product(form->rank, form->chunk, &n)) return false;
    if (!shoal_mul_u64(n, form->type.n_bytes, &n)) return false;
    return n >= MIN_KEPT_BYTES && n <= MAX_KEPT_BYTES;
}

static bool all_zero(const uint8_t *bytes, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (bytes[k]) return false;
    return true;
}

static shoal_status create(shoal_array_ingest *ingest, const shoal_array_form *form,
                           shoal_error *err)
{
    shoal_dataset_spec spec = ingest->params->storage;
    size_t n_shape = (size_t)form->rank * sizeof *spec.shape;
    spec.type = form->type;
    spec.rank = form->rank;
    spec.replace = ingest->replace;
    memcpy(spec.shape, form->shape, n_shape);
    if (form->grows || (ingest->params->append && form->rank > 0)) spec.unlimited |= 1;
    if (shoal_ingest_chunk_given(ingest->params) && !spec.contiguous) {
        shoal_status status = check_chunk(ingest->params, form, err);
        if (status) return status;
    } else if (worth_keeping(form)) {
        memcpy(spec.chunk, form->chunk, n_shape);
    }
    if (!spec.fill && form->fill && !all_zero(form->fill, form->type.n_bytes))
        spec.fill = form->fill;
    return shoal_writer_dataset(ingest->writer, ingest->path, &spec, err);
}

static shoal_status check_suits(const shoal_array_ingest *ingest, const shoal_array_form *form,
                                shoal_error *err)
{
    const shoal_chunk_output *o = &ingest->output;
    const char *file = shoal_writer_path(ingest->writer);
    char there[24], here[24];
    if (o->type.code != form->type.code || o->type.n_bytes != form->type.n_bytes)
        return shoal_fail(err, SHOAL_USAGE, "%s is %s but %s:%s is %s: it cannot be appended",
                          form->name, shoal_type_name(form->type, here), file, ingest->path,
                          shoal_type_name(o->type, there));
    if (o->grid.rank != form->rank || form->rank == 0)
        return shoal_fail(err, SHOAL_USAGE, "%s has %d axes but %s:%s %d: it cannot be appended",
                          form->name, form->rank, file, ingest->path, o->grid.rank);
    for (int k = 1; k < form->rank; k++)
        if (o->grid.shape[k] != form->shape[k])
            return shoal_fail(err, SHOAL_USAGE,
                              "%s has %" PRIu64 " along axis %d but %s:%s %" PRIu64
                              ": it cannot be appended",
                              form->name, form->shape[k], k, file, ingest->path, o->grid.shape[k]);
    return SHOAL_OK;
}

/* Grown at once, so that an axis that cannot grow is refused before anything is read. */
static shoal_status grow(shoal_array_ingest *ingest, const shoal_array_form *form, shoal_error *err)
{
    uint64_t shape[SHOAL_MAX_RANK];
    memcpy(shape, ingest->output.grid.shape, sizeof shape);
    if (!shoal_add_u64(shape[0], form->shape[0], &shape[0]))
        return shoal_fail(err, SHOAL_USAGE, "%s: too many rows", form->name);
    ingest->output.n_written = shape[0];
    return shoal_writer_extend(ingest->writer, ingest->path, shape, err);
}

shoal_status shoal_ingest_begin(shoal_array_ingest *ingest, const shoal_array_form *form,
                                shoal_error *err)
{
    bool there = ingest->params->append && shoal_writer_exists(ingest->writer, ingest->path);
    shoal_status status = there ? SHOAL_OK : create(ingest, form, err);
    if (!status)
        status = shoal_chunk_output_begin(&ingest->output, ingest->writer, ingest->path, err);
    if (!status && !ingest->params->no_summaries)
        shoal_chunk_output_summarise(&ingest->output, shoal_option_memory(ingest->options));
    ingest->n_before = 0;
    if (status || !there) return status;
    status = check_suits(ingest, form, err);
    ingest->n_before = ingest->output.grid.shape[0];
    if (!status && !form->grows) status = grow(ingest, form, err);
    return status;
}

/* ---- The unfinished chunks ---- */

uint64_t shoal_ingest_tail_rows(const shoal_array_ingest *ingest)
{
    if (ingest->output.grid.rank == 0) return 0;
    return ingest->n_before % ingest->output.grid.chunk[0];
}

shoal_status shoal_ingest_tail(shoal_array_ingest *ingest, uint64_t limit, shoal_part *out,
                               shoal_error *err)
{
    const shoal_grid *grid = &ingest->output.grid;
    shoal_type type = ingest->output.type;
    uint64_t n_bytes, rows = shoal_ingest_tail_rows(ingest);
    memset(out, 0, sizeof *out);
    out->rank = grid->rank;
    memcpy(out->shape, grid->shape, sizeof out->shape);
    out->shape[0] = rows;
    if (!shoal_product(out->rank, out->shape, &n_bytes) ||
        !shoal_mul_u64(n_bytes, type.n_bytes, &n_bytes) || n_bytes > limit)
        return shoal_fail(err, SHOAL_MEMORY,
                          "%s:%s: the last chunks that are there, to be written again, do not fit "
                          "into %" PRIu64 " MiB; allow more with -m",
                          shoal_writer_path(ingest->writer), ingest->path, limit >> 20);
    shoal_region region;
    shoal_region_all(out->rank, out->shape, &region);
    region.axis[0].start = (int64_t)(ingest->n_before - rows);
    out->owned = malloc(n_bytes ? (size_t)n_bytes : 1);
    out->name = strdup(shoal_writer_path(ingest->writer));
    if (!out->owned || !out->name) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    out->type = type;
    out->in_memory = true;
    out->elements.base = out->owned;
    out->elements.type = type;
    shoal_contiguous_strides(out->rank, out->shape, type.n_bytes, out->elements.strides);
    if (n_bytes == 0) return SHOAL_OK;
    return shoal_writer_read(ingest->writer, ingest->path, &region, out->owned, (size_t)n_bytes,
                             err);
}
