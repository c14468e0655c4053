/* What the CF conventions say of a dataset, for people. */
#include "chunk/error.h"
#include "chunk/type.h"
#include "store/cf_axis.h"
#include "store/cf_input.h"
#include "store/cf_values.h"
#include "store/dataset_open.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Cut where it does not fit. */
static void copy_text(char *to, size_t capacity, const char *text)
{
    snprintf(to, capacity, "%s", text ? text : "");
}

static void add(char *text, size_t capacity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(char *text, size_t capacity, const char *format, ...)
{
    size_t n = strlen(text);
    va_list values;
    va_start(values, format);
    vsnprintf(text + n, capacity - n, format, values);
    va_end(values);
}

static const char *number_text(const shoal_cf_number *number, char text[64])
{
    shoal_format_element(shoal_type_of(number->type), number->value, text, 64);
    return text;
}

/* "x * 0.01 + 280, missing -32768" */
static void say_coding(const shoal_cf *cf, char *text, size_t capacity)
{
    char number[64];
    text[0] = '\0';
    if (cf->flips) add(text, capacity, "sign by _Unsigned");
    if (cf->has_scale || cf->has_offset) add(text, capacity, "%sx", *text ? ", " : "");
    if (cf->has_scale) add(text, capacity, " * %s", number_text(&cf->scale, number));
    if (cf->has_offset) {
        number_text(&cf->offset, number);
        bool below = number[0] == '-';
        add(text, capacity, " %c %s", below ? '-' : '+', number + below);
    }
    for (int k = 0; k < cf->n_fills; k++)
        add(text, capacity, "%s%s",
            k       ? " "
            : *text ? ", missing "
                    : "missing ",
            number_text(&cf->fill[k], number));
    if (cf->is_bool) add(text, capacity, "%sbool", *text ? ", " : "");
}

void shoal_cf_describe(const shoal_dataset *dataset, shoal_cf_words *out)
{
    shoal_cf cf;
    shoal_cf_value units;
    *out = (shoal_cf_words){0};
    if (shoal_cf_value_read(dataset->file, dataset->path, "units", &units, NULL) == SHOAL_OK) {
        if (units.is_text && units.n == 1) copy_text(out->units, sizeof out->units, units.texts[0]);
        shoal_cf_value_free(&units);
    }
    if (shoal_cf_read(dataset, &cf, NULL) != SHOAL_OK || cf.why_not[0]) return;
    say_coding(&cf, out->coding, sizeof out->coding);
    if (!cf.decodes) return;
    shoal_type_code type = shoal_cf_scaled_type(&cf, dataset->type.code);
    out->decoded = shoal_type_of(cf.is_bool ? SHOAL_BOOL : type);
}

static shoal_status read_ends(const shoal_cf_values *values, uint64_t n, shoal_axis_info *out,
                              shoal_error *err)
{
    long double end[2];
    char text[SHOAL_CF_TIME_TEXT];
    for (int k = 0; k < 2 && n > 0; k++) {
        const shoal_range one = {k == 0 ? 0 : (int64_t)(n - 1), 1, 1};
        shoal_status status = shoal_cf_values_read(values, one, &end[k], err);
        if (status) return status;
        shoal_cf_value_text(values, end[k], text);
        copy_text(k == 0 ? out->first : out->last, sizeof out->first, text);
    }
    return SHOAL_OK;
}

shoal_status shoal_dataset_axis(shoal_dataset *dataset, int axis, shoal_axis_info *out,
                                shoal_error *err)
{
    shoal_cf_axis about;
    shoal_cf_values values;
    if (axis < 0 || axis >= dataset->grid.rank)
        return shoal_fail(err, SHOAL_USAGE, "%s has %d axes: there is no axis %d", dataset->name,
                          dataset->grid.rank, axis);
    shoal_axis_info info = {0};
    shoal_status status = shoal_cf_axis_read(dataset, axis, &about, err);
    if (status) return status;
    copy_text(info.name, sizeof info.name, about.name);
    copy_text(info.coordinate, sizeof info.coordinate, about.coordinate);
    if (about.coordinate &&
        shoal_cf_values_open(dataset, about.coordinate, &values, NULL) == SHOAL_OK) {
        info.is_time = values.is_time;
        copy_text(info.units, sizeof info.units, values.units);
        copy_text(info.calendar, sizeof info.calendar, values.calendar);
        status = read_ends(&values, dataset->grid.shape[axis], &info, err);
        shoal_cf_values_close(&values);
    }
    shoal_cf_axis_free(&about);
    if (!status) *out = info;
    return status;
}
