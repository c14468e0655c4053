#include "compute/ingest_array.h"

#include "chunk/error.h"
#include "compute/executor.h"
#include "compute/output_target.h"
#include "compute/same_meaning.h"
#include "compute/source_format.h"
#include "compute/stream_source.h"
#include "store/copy_attributes.h"
#include "store/npy.h"
#include "store/npz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Raw bytes need a type and a shape. */
static shoal_status check_raw(const shoal_ingest_params *params, const char *source,
                              shoal_error *err)
{
    const shoal_dataset_spec *s = &params->storage;
    if (s->type.n_bytes > 0 && s->rank > 0) return SHOAL_OK;
    return shoal_fail(err, SHOAL_USAGE,
                      "%s: raw bytes need a type and a shape, as --dtype f4 --shape 1000,20",
                      source);
}

static bool raw_grows(const shoal_ingest_params *params)
{
    return params->storage.shape[0] == 0 && (params->storage.unlimited & 1);
}

/* ---- Streams ---- */

/* A stream whose header was read: what comes next is its elements. */
typedef struct stream_start {
    shoal_array_form form;
    shoal_npy_header header; /* .npy only */
    uint8_t *bytes;          /* of the header, or NULL */
    size_t n_bytes;
    bool is_npy;
} stream_start;

static shoal_status read_npy_header(shoal_byte_stream *stream, stream_start *start,
                                    shoal_error *err)
{
    uint8_t first[12];
    size_t got, size;
    shoal_status status = shoal_byte_stream_fill(stream, first, sizeof first, &got, err);
    if (status) return status;
    size = shoal_npy_header_size(first, got);
    if (size < sizeof first || size > SHOAL_NPY_READ_MAX)
        return shoal_fail(err, SHOAL_DATA, "%s: not an .npy file", stream->name);
    start->bytes = malloc(size);
    if (!start->bytes) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    memcpy(start->bytes, first, sizeof first);
    status =
        shoal_byte_stream_fill(stream, start->bytes + sizeof first, size - sizeof first, &got, err);
    start->n_bytes = sizeof first + got;
    if (!status) status = shoal_npy_header_read(start->bytes, start->n_bytes, &start->header, err);
    if (status) return shoal_fail_within(err, status, "%s", stream->name);
    start->form.type = start->header.type;
    start->form.rank = start->header.rank;
    memcpy(start->form.shape, start->header.shape, sizeof start->form.shape);
    return SHOAL_OK;
}

static shoal_status start_stream(const shoal_ingest_params *params, shoal_byte_stream *stream,
                                 bool is_npy, stream_start *start, shoal_error *err)
{
    memset(start, 0, sizeof *start);
    start->form.name = stream->name;
    start->is_npy = is_npy;
    if (is_npy) return read_npy_header(stream, start, err);
    shoal_status status = check_raw(params, stream->name, err);
    start->form.type = params->storage.type;
    start->form.rank = params->storage.rank;
    memcpy(start->form.shape, params->storage.shape, sizeof start->form.shape);
    start->form.grows = raw_grows(params);
    return status;
}

static shoal_status rename_part(shoal_part *part, const char *name, shoal_error *err)
{
    char *copy = strdup(name);
    if (!copy) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    free(part->name);
    part->name = copy;
    return SHOAL_OK;
}

/* Puts the rest of a stream into a spool and opens that as a part; the spool may be closed then,
   as the part has a map of its own. */
static shoal_status spool_part(const shoal_ingest_params *params, const char *tmpdir,
                               shoal_byte_stream *stream, const stream_start *start,
                               shoal_part *out, shoal_error *err)
{
    shoal_spool spool;
    shoal_status status =
        shoal_spool_stream(stream, start->bytes, start->n_bytes, tmpdir, &spool, err);
    if (status) return status;
    const shoal_dataset_spec *s = &params->storage;
    status = start->is_npy ? shoal_part_open_npy(spool.path, out, err)
                           : shoal_part_open_raw(spool.path, s->type, s->rank, s->shape,
                                                 start->form.grows, out, err);
    shoal_spool_close(&spool);
    if (status) return shoal_fail_within(err, status, "%s", stream->name);
    return rename_part(out, stream->name, err);
}

/* Ingests a started stream as it comes where that is possible, else from a spool. */
static shoal_status ingest_started(shoal_array_ingest *ingest, shoal_byte_stream *stream,
                                   stream_start *start, shoal_error *err)
{
    uint64_t chunk[SHOAL_MAX_RANK];
    bool in_order = !start->header.fortran && start->header.n_characters == 0;
    if (in_order && shoal_ingest_streams(ingest, &start->form, chunk))
        return shoal_ingest_stream(ingest, stream, &start->form, start->header.big_endian,
                                   !start->is_npy, err);
    shoal_part part = {0};
    shoal_parts parts = {.n = 1, .part = &part};
    const char *tmpdir = ingest->options ? ingest->options->tmpdir : NULL;
    shoal_status status = spool_part(ingest->params, tmpdir, stream, start, &part, err);
    if (!status) status = shoal_parts_join(&parts, err);
    if (!status) status = shoal_ingest_parts(ingest, &parts, err);
    shoal_part_close(&part);
    return status;
}

static shoal_status ingest_one_stream(shoal_array_ingest *ingest, shoal_byte_stream *stream,
                                      bool is_npy, shoal_error *err)
{
    stream_start start;
    shoal_status status = start_stream(ingest->params, stream, is_npy, &start, err);
    if (!status) status = ingest_started(ingest, stream, &start, err);
    free(start.bytes);
    return status;
}

/* ---- Sources that are joined ---- */

static shoal_status open_stream_part(const shoal_ingest_params *params, const char *tmpdir,
                                     const char *source, bool is_npy, shoal_part *out,
                                     shoal_error *err)
{
    shoal_pipe pipe;
    stream_start start = {0};
    shoal_status status = shoal_pipe_open(source, &pipe, err);
    if (status) return status;
    status = start_stream(params, &pipe.stream, is_npy, &start, err);
    if (!status) status = spool_part(params, tmpdir, &pipe.stream, &start, out, err);
    free(start.bytes);
    shoal_pipe_close(&pipe);
    return status;
}

static shoal_status open_part(const shoal_ingest_params *params, const char *tmpdir,
                              const char *source, shoal_part *out, shoal_error *err)
{
    const shoal_dataset_spec *s = &params->storage;
    shoal_format format = params->format;
    shoal_status status = shoal_source_format(source, s->type.n_bytes > 0, &format, err);
    if (status) return status;
    if (format == SHOAL_FORMAT_NPZ)
        return shoal_fail(err, SHOAL_USAGE, "%s: an .npz archive is ingested alone", source);
    if (format == SHOAL_FORMAT_HDF5 && shoal_is_stream(source))
        return shoal_fail(err, SHOAL_USAGE, "%s: HDF5 is not read from a pipe; save it as a file",
                          source);
    if (format == SHOAL_FORMAT_HDF5) return shoal_part_open_hdf5(source, out, err);
    if (shoal_is_stream(source))
        return open_stream_part(params, tmpdir, source, format == SHOAL_FORMAT_NPY, out, err);
    if (format == SHOAL_FORMAT_NPY) return shoal_part_open_npy(source, out, err);
    status = check_raw(params, source, err);
    if (status) return status;
    return shoal_part_open_raw(source, s->type, s->rank, s->shape, raw_grows(params), out, err);
}

static shoal_status open_parts(const shoal_ingest_params *params, const char *tmpdir,
                               shoal_parts *out, shoal_error *err)
{
    memset(out, 0, sizeof *out);
    out->part = calloc(params->n_sources, sizeof *out->part);
    if (!out->part) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    for (size_t k = 0; k < params->n_sources; k++) {
        out->n = k + 1;
        shoal_status status = open_part(params, tmpdir, params->sources[k], &out->part[k], err);
        if (status) return status;
    }
    shoal_status status = shoal_parts_join(out, err);
    for (size_t k = 1; k < out->n && !status; k++)
        status = shoal_same_meaning(&out->part[0], &out->part[k], err);
    return status;
}

/* What is appended means what is there; a dataset that is not there yet is made. */
static shoal_status check_append(const shoal_ingest_params *params, const shoal_parts *parts,
                                 shoal_error *err)
{
    shoal_part there = {0};
    shoal_error ignored;
    shoal_status status = SHOAL_OK;
    if (!params->append || !parts->part[0].file) return SHOAL_OK;
    if (shoal_part_open_hdf5(params->output, &there, &ignored) == SHOAL_OK)
        status = shoal_same_meaning(&there, &parts->part[0], err);
    shoal_part_close(&there);
    return status;
}

/* ---- From source to commit ---- */

static void add_result(const shoal_array_ingest *ingest, shoal_ingest_result *result)
{
    result->n_rows += ingest->n_rows;
    result->raw_bytes += ingest->raw_bytes;
}

/* Ends the writer: commits what a run without an error has made. */
static shoal_status finish(shoal_writer *writer, shoal_status status, shoal_ingest_result *result,
                           shoal_error *err)
{
    if (status) {
        shoal_writer_discard(writer);
        return status;
    }
    result->stored_bytes = shoal_writer_stored_bytes(writer);
    return shoal_writer_commit(writer, err);
}

static shoal_status ingest_files(const shoal_ingest_params *params,
                                 const shoal_run_options *options, shoal_ingest_result *result,
                                 shoal_error *err)
{
    shoal_parts parts = {0};
    char *path = NULL;
    shoal_array_ingest ingest = {.params = params, .options = options};
    shoal_status status = open_parts(params, options ? options->tmpdir : NULL, &parts, err);
    if (!status) status = check_append(params, &parts, err);
    if (!status)
        status = shoal_output_open(params->output, "/data", params->overwrite, params->append,
                                   &ingest.writer, &path, &ingest.replace, err);
    if (!status) {
        bool is_new = !params->append || !shoal_writer_exists(ingest.writer, path);
        ingest.path = path;
        status = shoal_ingest_parts(&ingest, &parts, err);
        shoal_chunk_output_free(&ingest.output);
        if (!status) status = shoal_ingest_meaning(&ingest, &parts, is_new, err);
        add_result(&ingest, result);
        status = finish(ingest.writer, status, result, err);
    }
    shoal_parts_close(&parts);
    free(path);
    return status;
}

static shoal_status ingest_pipe(const shoal_ingest_params *params, bool is_npy,
                                const shoal_run_options *options, shoal_ingest_result *result,
                                shoal_error *err)
{
    shoal_pipe pipe;
    char *path = NULL;
    shoal_array_ingest ingest = {.params = params, .options = options};
    shoal_status status = shoal_pipe_open(params->sources[0], &pipe, err);
    if (status) return status;
    status = shoal_output_open(params->output, "/data", params->overwrite, params->append,
                               &ingest.writer, &path, &ingest.replace, err);
    if (!status) {
        ingest.path = path;
        status = ingest_one_stream(&ingest, &pipe.stream, is_npy, err);
        shoal_chunk_output_free(&ingest.output);
        add_result(&ingest, result);
        status = finish(ingest.writer, status, result, err);
    }
    shoal_pipe_close(&pipe);
    free(path);
    return status;
}

/* ---- .npz ---- */

/* Where a member goes: below `group`, or to the path itself when it was given for just one. */
static char *member_path(const shoal_npz *npz, size_t k, const char *group)
{
    char *path = NULL;
    bool root = strcmp(group, "/") == 0;
    if (shoal_npz_count(npz) == 1 && !root) return strdup(group);
    if (asprintf(&path, "%s/%s", root ? "" : group, shoal_npz_name(npz, k)) < 0) return NULL;
    return path;
}

static shoal_status ingest_members(shoal_npz *npz, shoal_array_ingest *ingest, const char *group,
                                   shoal_ingest_result *result, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    bool replace = ingest->replace;
    for (size_t k = 0; !status && k < shoal_npz_count(npz); k++) {
        shoal_byte_stream *stream = NULL;
        char *path = member_path(npz, k, group);
        if (!path) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
        ingest->path = path;
        ingest->replace = replace && shoal_writer_exists(ingest->writer, path);
        status = shoal_npz_member(npz, k, &stream, err);
        if (!status) status = ingest_one_stream(ingest, stream, true, err);
        shoal_chunk_output_free(&ingest->output);
        if (!status) add_result(ingest, result);
        free(path);
    }
    return status;
}

static shoal_status ingest_npz(const shoal_ingest_params *params, const char *file,
                               const shoal_run_options *options, shoal_ingest_result *result,
                               shoal_error *err)
{
    shoal_npz *npz = NULL;
    char *group = NULL;
    shoal_array_ingest ingest = {.params = params, .options = options};
    shoal_status status = shoal_npz_open(file, &npz, err);
    if (status) return status;
    status = shoal_output_open(params->output, "/", params->overwrite, params->append,
                               &ingest.writer, &group, &ingest.replace, err);
    if (!status) {
        status = ingest_members(npz, &ingest, group, result, err);
        status = finish(ingest.writer, status, result, err);
    }
    shoal_npz_close(npz);
    free(group);
    return status;
}

/* A zip archive has its list at the end, so that one from a pipe must be there whole. */
static shoal_status ingest_npz_source(const shoal_ingest_params *params,
                                      const shoal_run_options *options, shoal_ingest_result *result,
                                      shoal_error *err)
{
    shoal_pipe pipe;
    shoal_spool spool;
    if (params->n_sources > 1)
        return shoal_fail(err, SHOAL_USAGE, "%s: an .npz archive is ingested alone",
                          params->sources[0]);
    if (!shoal_is_stream(params->sources[0]))
        return ingest_npz(params, params->sources[0], options, result, err);
    shoal_status status = shoal_pipe_open(params->sources[0], &pipe, err);
    if (status) return status;
    status =
        shoal_spool_stream(&pipe.stream, NULL, 0, options ? options->tmpdir : NULL, &spool, err);
    shoal_pipe_close(&pipe);
    if (status) return status;
    status = ingest_npz(params, spool.path, options, result, err);
    shoal_spool_close(&spool);
    return status;
}

shoal_status shoal_ingest_array(const shoal_ingest_params *params, shoal_format format,
                                const shoal_run_options *options, shoal_ingest_result *result,
                                shoal_error *err)
{
    double start = now_seconds();
    shoal_status status;
    memset(result, 0, sizeof *result);
    if (format == SHOAL_FORMAT_NPZ) {
        status = ingest_npz_source(params, options, result, err);
    } else if (params->n_sources == 1 && shoal_is_stream(params->sources[0]) &&
               format != SHOAL_FORMAT_HDF5) {
        status = ingest_pipe(params, format == SHOAL_FORMAT_NPY, options, result, err);
    } else {
        status = ingest_files(params, options, result, err);
    }
    result->seconds = now_seconds() - start;
    return status;
}
