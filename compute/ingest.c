#include "compute/ingest_array.h"
#include "compute/ingest_csv.h"
#include "compute/source_format.h"

#include "chunk/error.h"

static bool is_text(shoal_format format)
{
    return format == SHOAL_FORMAT_CSV || format == SHOAL_FORMAT_TSV;
}

/* The first source tells whether there is a table or an array to be made; the others must go
   with it. */
static shoal_status find_format(const shoal_ingest_params *params, shoal_format *format,
                                shoal_error *err)
{
    bool raw = params->storage.type.n_bytes > 0;
    *format = params->format;
    shoal_status status = shoal_source_format(params->sources[0], raw, format, err);
    for (size_t k = 1; !status && k < params->n_sources; k++) {
        shoal_format other = params->format;
        status = shoal_source_format(params->sources[k], raw, &other, err);
        if (!status && is_text(other) != is_text(*format))
            status = shoal_fail(err, SHOAL_USAGE,
                                "%s and %s do not go together: one is text, the other an array",
                                params->sources[0], params->sources[k]);
    }
    return status;
}

shoal_status shoal_ingest(const shoal_ingest_params *params, const shoal_run_options *options,
                          shoal_ingest_result *result, shoal_error *err)
{
    shoal_format format;
    shoal_ingest_result ignored;
    if (!params->sources || params->n_sources == 0)
        return shoal_fail(err, SHOAL_USAGE, "there is no source to ingest");
    if (!params->output) return shoal_fail(err, SHOAL_USAGE, "no output is given");
    if (params->overwrite && params->append)
        return shoal_fail(err, SHOAL_USAGE, "an output is either overwritten or appended to");
    shoal_status status = find_format(params, &format, err);
    if (status) return status;
    if (!result) result = &ignored;
    if (!is_text(format)) return shoal_ingest_array(params, format, options, result, err);
    shoal_ingest_params text = *params;
    text.format = format;
    return shoal_ingest_csv(&text, options, result, err);
}
