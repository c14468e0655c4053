#include "cli/storage.h"

#include "cli/message.h"
#include "cli/value.h"

#include <stdlib.h>
#include <string.h>

static shoal_status read_chunk(const char *text, const char *verb, shoal_dataset_spec *spec,
                               shoal_error *err)
{
    int rank = 0;
    if (text == NULL || strcmp(text, "auto") == 0) return SHOAL_OK;
    if (!shoal_cli_read_counts(text, 1, &rank, spec->chunk))
        return shoal_cli_fail_usage(err, verb,
                                    "--chunk needs 'auto' or counts such as 64,128,128, "
                                    "not '%s'",
                                    text);
    if (spec->rank != 0 && spec->rank != rank)
        return shoal_cli_fail_usage(err, verb, "--chunk %s has %d axes, the shape %d", text, rank,
                                    spec->rank);
    spec->rank = rank;
    return SHOAL_OK;
}

static shoal_status read_unlimited(const char *text, const char *verb, shoal_dataset_spec *spec,
                                   shoal_error *err)
{
    uint64_t axis[SHOAL_MAX_RANK];
    int n = 0;
    if (text == NULL) return SHOAL_OK;
    if (!shoal_cli_read_counts(text, 0, &n, axis))
        return shoal_cli_fail_usage(err, verb, "--unlimited needs axes such as 0 or 0,1, not '%s'",
                                    text);
    for (int k = 0; k < n; k++) {
        if (axis[k] >= SHOAL_MAX_RANK || (spec->rank != 0 && axis[k] >= (uint64_t)spec->rank))
            return shoal_cli_fail_usage(err, verb, "--unlimited %s: there is no such axis", text);
        spec->unlimited |= UINT64_C(1) << axis[k];
    }
    return SHOAL_OK;
}

shoal_status shoal_cli_storage_read(const shoal_cli_storage *text, const char *verb,
                                    shoal_dataset_spec *spec, shoal_error *err)
{
    spec->codec = text->codec;
    shoal_status status = read_chunk(text->chunk, verb, spec, err);
    return status == SHOAL_OK ? read_unlimited(text->unlimited, verb, spec, err) : status;
}

shoal_status shoal_cli_fill_read(const shoal_cli_storage *text, const char *verb, shoal_type type,
                                 void **out, shoal_error *err)
{
    char name[24];
    void *element = calloc(1, type.n_bytes + 1);
    if (element == NULL) return shoal_cli_fail(err, SHOAL_SYSTEM, "out of memory");
    if (!shoal_cli_read_element(text->fill, type, element)) {
        free(element);
        return shoal_cli_fail_usage(err, verb, "--fill %s is no value of type %s", text->fill,
                                    shoal_type_name(type, name));
    }
    *out = element;
    return SHOAL_OK;
}
