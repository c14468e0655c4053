/* The table of filters. */
#include "chunk/filter.h"

#include "chunk/filter_stage.h"

#include <stdio.h>
#include <string.h>

static const shoal_filter_row *const rows[] = {
    &shoal_filter_blosc,       &shoal_filter_deflate, &shoal_filter_shuffle,
    &shoal_filter_fletcher32,  &shoal_filter_szip,    &shoal_filter_nbit,
    &shoal_filter_scaleoffset, &shoal_filter_lzf,     &shoal_filter_lz4,
    &shoal_filter_bitshuffle,  &shoal_filter_zstd,    &shoal_filter_bzip2,
    &shoal_filter_zfp,
};

const shoal_filter_row *shoal_filter_row_of(const shoal_filter *filter)
{
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        if (rows[k]->id == filter->id) return rows[k];
    return filter->plugin != NULL ? &shoal_filter_plugged : NULL;
}

bool shoal_pipeline_decodes(const shoal_pipeline *pipeline, uint16_t *unknown)
{
    for (int k = 0; k < pipeline->n; k++) {
        if (shoal_filter_row_of(&pipeline->filter[k]) == NULL) {
            *unknown = pipeline->filter[k].id;
            return false;
        }
    }
    return true;
}

bool shoal_pipeline_has_blocks(const shoal_pipeline *pipeline)
{
    if (pipeline->n == 0) return true;
    const shoal_filter_row *row = shoal_filter_row_of(&pipeline->filter[0]);
    return pipeline->n == 1 && row && row->block;
}

shoal_status shoal_pipeline_add(shoal_pipeline *pipeline, uint16_t id, bool optional,
                                const uint32_t *values, size_t n_values, shoal_error *err)
{
    if (pipeline->n >= SHOAL_MAX_FILTERS)
        return shoal_fail(err, SHOAL_DATA, "there are more than %d filters", SHOAL_MAX_FILTERS);
    if (n_values > SHOAL_MAX_FILTER_VALUES - pipeline->n_values)
        return shoal_fail(err, SHOAL_DATA, "filter %u has %zu values; at most %d are possible", id,
                          n_values, SHOAL_MAX_FILTER_VALUES);
    pipeline->filter[pipeline->n++] = (shoal_filter){.id = id,
                                                     .optional = optional,
                                                     .n_values = (uint32_t)n_values,
                                                     .first_value = pipeline->n_values};
    if (n_values > 0)
        memcpy(pipeline->value + pipeline->n_values, values, n_values * sizeof *values);
    pipeline->n_values += (uint32_t)n_values;
    return SHOAL_OK;
}

shoal_parameters shoal_pipeline_parameters(const shoal_pipeline *pipeline, int k)
{
    const shoal_filter *filter = &pipeline->filter[k];
    return (shoal_parameters){pipeline->value + filter->first_value, filter->n_values};
}

bool shoal_pipeline_equal(const shoal_pipeline *a, const shoal_pipeline *b)
{
    if (a->n != b->n || a->n_values != b->n_values) return false;
    for (int k = 0; k < a->n; k++) {
        const shoal_filter *f = &a->filter[k], *g = &b->filter[k];
        if (f->id != g->id || f->optional != g->optional || f->n_values != g->n_values ||
            f->plugin != g->plugin)
            return false;
    }
    return memcmp(a->value, b->value, a->n_values * sizeof *a->value) == 0;
}

/* ---- For people ---- */

/* Writes what fits of `more` at *at and moves on; the text always ends with NUL. */
static void append(char *text, size_t capacity, size_t *at, const char *more)
{
    int n = snprintf(text + *at, capacity - *at, "%s", more);
    if (n > 0) *at += (size_t)n;
    if (*at >= capacity) *at = capacity - 1;
}

void shoal_pipeline_describe(const shoal_pipeline *pipeline, char *text, size_t capacity)
{
    size_t at = 0;
    if (capacity == 0) return;
    text[0] = '\0';
    for (int k = 0; k < pipeline->n && k < SHOAL_MAX_FILTERS; k++) {
        const shoal_filter *filter = &pipeline->filter[k];
        const shoal_filter_row *row = shoal_filter_row_of(filter);
        const char *name = shoal_filter_name(filter->id);
        char one[64];
        if (row != NULL && row->describe != NULL)
            row->describe(shoal_pipeline_parameters(pipeline, k), one, sizeof one);
        else if (name != NULL)
            (void)snprintf(one, sizeof one, "%s", name);
        else
            (void)snprintf(one, sizeof one, "filter %u", filter->id);
        if (k > 0) append(text, capacity, &at, ", ");
        append(text, capacity, &at, one);
    }
}
