#include "compute/export_array.h"
#include "compute/export_table.h"

#include "chunk/error.h"

#include <stdlib.h>
#include <string.h>

/* What is exported: a table of an open file, or else an array. */
typedef struct export_source {
    const char *locator;
    char *file_name, *path, *slice;
    shoal_file *file;
    bool is_table;
    bool is_frame; /* a table that has no form but text: its columns are datasets of their own */
} export_source;

static void close_source(export_source *source)
{
    shoal_file_close(source->file);
    free(source->file_name);
    free(source->path);
    free(source->slice);
}

/* A file that has nothing but the table of an ingest needs no path. */
static shoal_status default_table(export_source *source, shoal_error *err)
{
    shoal_object_kind kind;
    if (shoal_file_kind(source->file, "/table", &kind, NULL) != SHOAL_OK || kind != SHOAL_TABLE)
        return SHOAL_OK;
    source->is_table = source->is_frame = true;
    source->path = strdup("/table");
    return source->path ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "out of memory");
}

static shoal_status open_source(const char *locator, export_source *out, shoal_error *err)
{
    shoal_object_kind kind;
    memset(out, 0, sizeof *out);
    out->locator = locator;
    shoal_status status =
        shoal_locator_split(locator, &out->file_name, &out->path, &out->slice, err);
    if (!status) status = shoal_file_open(out->file_name, &out->file, err);
    if (status || out->file->is_npy) return status;
    if (!out->path) return default_table(out, err);
    status = shoal_table_is(out->file, out->path, &out->is_table, err);
    if (!status) status = shoal_file_kind(out->file, out->path, &kind, err);
    out->is_frame = !status && kind == SHOAL_TABLE;
    return status;
}

/* ---- Formats ---- */

static bool ends_with(const char *name, const char *ending)
{
    size_t n = strlen(name), length = strlen(ending);
    return n > length && strcasecmp(name + n - length, ending) == 0;
}

static bool has_ending(const char *name)
{
    const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
    return strchr(last + (*last == '.'), '.') != NULL;
}

static shoal_status fail_ending(const char *name, bool is_table, shoal_error *err)
{
    return is_table ? shoal_fail(err, SHOAL_USAGE,
                                 "the format of the output '%s' is not told by its ending; say "
                                 "--format csv or tsv",
                                 name)
                    : shoal_fail(err, SHOAL_USAGE,
                                 "the format of the output '%s' is not told by its ending; say "
                                 "--format npy, csv, tsv or raw",
                                 name);
}

static shoal_status find_format(const shoal_export_params *params, export_source *source,
                                shoal_format *format, shoal_error *err)
{
    *format = params->format;
    if (*format == SHOAL_FORMAT_AUTO) {
        const char *name = params->output;
        if (ends_with(name, ".npy"))
            *format = SHOAL_FORMAT_NPY;
        else if (ends_with(name, ".csv"))
            *format = SHOAL_FORMAT_CSV;
        else if (ends_with(name, ".tsv") || ends_with(name, ".tab"))
            *format = SHOAL_FORMAT_TSV;
        else if (ends_with(name, ".raw") || ends_with(name, ".bin"))
            *format = SHOAL_FORMAT_RAW;
        else if (source->is_table && (!has_ending(name) || ends_with(name, ".txt")))
            *format = SHOAL_FORMAT_CSV;
        else
            return fail_ending(name, source->is_table, err);
    }
    if (*format == SHOAL_FORMAT_NPZ || *format == SHOAL_FORMAT_HDF5)
        return shoal_fail(err, SHOAL_USAGE, "export writes npy, csv, tsv or raw");
    bool text = *format == SHOAL_FORMAT_CSV || *format == SHOAL_FORMAT_TSV;
    if (source->is_frame && !text)
        return shoal_fail(err, SHOAL_USAGE,
                          "%s is a table: export it as csv or tsv, or one of its columns by name",
                          params->source);
    source->is_table = source->is_table && text;
    return SHOAL_OK;
}

static char delimiter_of(shoal_format format)
{
    return format == SHOAL_FORMAT_TSV ? '\t' : ',';
}

/* ---- Both kinds ---- */

static shoal_status export_table(const shoal_export_params *params, const export_source *source,
                                 shoal_format format, const shoal_run_options *options,
                                 shoal_error *err)
{
    shoal_export_output output;
    shoal_status status = shoal_export_output_open(params->output, params->overwrite, &output, err);
    if (status) return status;
    status = shoal_export_table(source->file, source->path, source->slice, delimiter_of(format),
                                &output, options, err);
    return shoal_export_output_close(&output, status, err);
}

/* NULL where the values are taken as stored. */
static shoal_status make_decoder(const shoal_export_params *params, shoal_format format,
                                 const shoal_part *part, shoal_decoder **out, shoal_error *err)
{
    shoal_cf cf;
    *out = NULL;
    if (params->raw || format == SHOAL_FORMAT_RAW) return SHOAL_OK;
    shoal_status status = shoal_cf_read(part->dataset, &cf, err);
    return status || !cf.decodes ? status : shoal_decoder_new(part->dataset, &cf, out, err);
}

static shoal_status export_array(const shoal_export_params *params, shoal_format format,
                                 const shoal_run_options *options, shoal_error *err)
{
    shoal_part part;
    shoal_export_output output;
    shoal_decoder *decoder = NULL;
    shoal_status status = shoal_part_open_hdf5(params->source, &part, err);
    if (!status) status = make_decoder(params, format, &part, &decoder, err);
    if (!status) status = shoal_export_output_open(params->output, params->overwrite, &output, err);
    if (!status) {
        const shoal_export_array array = {
            .part = &part,
            .decoder = decoder,
            .type = decoder ? shoal_decoder_type(decoder) : part.type,
        };
        if (format == SHOAL_FORMAT_CSV || format == SHOAL_FORMAT_TSV)
            status = shoal_export_array_text(&array, delimiter_of(format), &output, options, err);
        else
            status =
                shoal_export_array_bytes(&array, format == SHOAL_FORMAT_NPY, &output, options, err);
        status = shoal_export_output_close(&output, status, err);
    }
    shoal_decoder_free(decoder);
    shoal_part_close(&part);
    return status;
}

shoal_status shoal_export(const shoal_export_params *params, const shoal_run_options *options,
                          shoal_error *err)
{
    export_source source;
    shoal_format format;
    if (!params->source || !params->output)
        return shoal_fail(err, SHOAL_USAGE, "an export needs a source and an output");
    shoal_status status = open_source(params->source, &source, err);
    if (!status) status = find_format(params, &source, &format, err);
    if (!status && source.is_table)
        status = export_table(params, &source, format, options, err);
    else if (!status)
        status = export_array(params, format, options, err);
    close_source(&source);
    return status;
}
