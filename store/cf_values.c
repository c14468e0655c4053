#include "store/cf_values.h"

#include "chunk/error.h"
#include "chunk/type.h"
#include "store/cf_input.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static shoal_status read_text(const shoal_dataset *dataset, const char *name, char **out,
                              shoal_error *err)
{
    shoal_cf_value value;
    *out = NULL;
    shoal_status status = shoal_cf_value_read(dataset->file, dataset->path, name, &value, err);
    if (status) return status;
    if (value.is_text && value.n == 1) *out = strdup(value.texts[0]);
    shoal_cf_value_free(&value);
    return SHOAL_OK;
}

static shoal_status read_meaning(shoal_cf_values *v, shoal_error *err)
{
    const shoal_dataset *d = v->dataset;
    shoal_kind kind = shoal_code_kind(d->type.code);
    if (!d->readable) return shoal_fail(err, SHOAL_DATA, "%s: %s", d->name, d->why_not);
    if (d->type.code >= SHOAL_TEXT || kind == SHOAL_KIND_COMPLEX)
        return shoal_fail(err, SHOAL_USAGE, "%s: its values are no numbers", d->name);
    shoal_status status = shoal_cf_read(d, &v->cf, err);
    if (!status && v->cf.why_not[0])
        status = shoal_fail(err, SHOAL_DATA, "%s: %s", d->name, v->cf.why_not);
    if (!status) status = read_text(d, "units", &v->units, err);
    if (!status) status = read_text(d, "calendar", &v->calendar, err);
    v->is_time = !status && shoal_cf_time_parse(v->units, v->calendar, &v->time);
    shoal_type_code type = shoal_cf_scaled_type(&v->cf, d->type.code);
    v->is_narrow = type == SHOAL_FLOAT32 || type == SHOAL_FLOAT16;
    return status;
}

shoal_status shoal_cf_values_open(const shoal_dataset *dataset, const char *path,
                                  shoal_cf_values *out, shoal_error *err)
{
    *out = (shoal_cf_values){0};
    shoal_status status = shoal_dataset_open(dataset->file, path, &out->dataset, err);
    if (!status) status = read_meaning(out, err);
    if (status) shoal_cf_values_close(out);
    return status;
}

void shoal_cf_values_close(shoal_cf_values *values)
{
    shoal_dataset_close(values->dataset);
    free(values->units);
    free(values->calendar);
    *values = (shoal_cf_values){0};
}

/* An element of a type that is no float, complex or text. */
static long double integer_at(shoal_type_code type, const uint8_t *at)
{
    uint64_t bits = 0;
    uint32_t size = shoal_code_size(type);
    memcpy(&bits, at, size);
    if (shoal_code_kind(type) != SHOAL_KIND_INT) return (long double)bits;
    unsigned shift = 64 - 8 * size;
    return (long double)((int64_t)(bits << shift) >> shift);
}

static long double number_at(shoal_type_code type, const uint8_t *at)
{
    float narrow;
    double wide;
    uint16_t half;
    switch (type) {
    case SHOAL_FLOAT16: memcpy(&half, at, sizeof half); return shoal_half_to_float(half);
    case SHOAL_FLOAT32: memcpy(&narrow, at, sizeof narrow); return narrow;
    case SHOAL_FLOAT64: memcpy(&wide, at, sizeof wide); return wide;
    default: return integer_at(type, at);
    }
}

/* As the kernels round: each step to the type that the values are decoded in. */
static long double rounded(const shoal_cf_values *v, long double value)
{
    return v->is_narrow ? (long double)(float)value : (long double)(double)value;
}

static long double decoded(const shoal_cf_values *v, shoal_type_code type, const uint8_t *at)
{
    const shoal_cf *cf = &v->cf;
    long double value = number_at(type, at);
    for (int k = 0; k < cf->n_fills; k++)
        if (value == number_at(cf->fill[k].type, cf->fill[k].value)) return NAN;
    if (cf->has_scale)
        value = rounded(v, (double)value * (double)number_at(cf->scale.type, cf->scale.value));
    if (cf->has_offset)
        value = rounded(v, (double)value + (double)number_at(cf->offset.type, cf->offset.value));
    return value;
}

shoal_status shoal_cf_values_read(const shoal_cf_values *values, shoal_range range,
                                  long double *out, shoal_error *err)
{
    const shoal_dataset *d = values->dataset;
    shoal_type_code type = shoal_cf_signed_type(&values->cf, d->type.code);
    shoal_region region = {.rank = d->grid.rank, .axis = {range}}; /* one axis, or none */
    size_t size = d->type.n_bytes, n = (size_t)range.count;
    uint8_t *stored = malloc(n * size + 1);
    if (!stored) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = shoal_dataset_read(values->dataset, &region, stored, n * size, err);
    for (size_t k = 0; k < n && !status; k++) out[k] = decoded(values, type, stored + k * size);
    free(stored);
    return status;
}

void shoal_cf_value_text(const shoal_cf_values *values, long double value,
                         char text[SHOAL_CF_TIME_TEXT])
{
    if (values->is_time && !isnan(value)) {
        shoal_cf_time_text(values->time.calendar, shoal_cf_time_instant(&values->time, value),
                           text);
        return;
    }
    float narrow = (float)value;
    double wide = (double)value;
    shoal_type_code type = shoal_cf_scaled_type(&values->cf, values->dataset->type.code);
    if (values->is_narrow)
        shoal_format_element((shoal_type){SHOAL_FLOAT32, 4}, &narrow, text, SHOAL_CF_TIME_TEXT);
    else if (shoal_code_kind(type) != SHOAL_KIND_FLOAT)
        snprintf(text, SHOAL_CF_TIME_TEXT, "%.0Lf", value);
    else
        shoal_format_element((shoal_type){SHOAL_FLOAT64, 8}, &wide, text, SHOAL_CF_TIME_TEXT);
}
