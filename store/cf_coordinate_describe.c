/* What there is to tell of a dataset's coordinates, for programs and people. */
#include "chunk/error.h"
#include "store/cf_coordinates.h"
#include "store/cf_input.h"
#include "store/cf_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_TEXT = 4096 };

static void copy_text(char *to, size_t capacity, const char *text)
{
    snprintf(to, capacity, "%s", text ? text : "");
}

static void read_units(const shoal_dataset *values, shoal_coordinate_info *out)
{
    shoal_cf_value units;
    if (shoal_cf_value_read(values->file, values->path, "units", &units, NULL) != SHOAL_OK) return;
    if (units.is_text && units.n == 1) copy_text(out->units, sizeof out->units, units.texts[0]);
    shoal_cf_value_free(&units);
}

static void read_text(shoal_dataset *values, shoal_coordinate_info *out)
{
    char text[LONGEST_TEXT + 1] = "";
    const shoal_region all = {.rank = 0};
    size_t n = values->type.n_bytes;
    if (n > LONGEST_TEXT || shoal_dataset_read(values, &all, text, n, NULL) != SHOAL_OK) return;
    copy_text(out->value, sizeof out->value, text);
}

/* The value of a scalar; none where it cannot be read. */
static void read_value(const shoal_dataset *dataset, shoal_dataset *values,
                       shoal_coordinate_info *out)
{
    shoal_cf_values numbers;
    char text[SHOAL_CF_TIME_TEXT];
    long double value;
    if (values->type.code == SHOAL_TEXT) {
        read_text(values, out);
        return;
    }
    if (shoal_cf_values_open(dataset, out->path, &numbers, NULL) != SHOAL_OK) return;
    if (shoal_cf_values_read(&numbers, (shoal_range){0, 1, 1}, &value, NULL) == SHOAL_OK) {
        shoal_cf_value_text(&numbers, value, text);
        copy_text(out->value, sizeof out->value, text);
    }
    shoal_cf_values_close(&numbers);
}

static shoal_status describe(const shoal_dataset *dataset, const shoal_cf_coordinate *c,
                             shoal_coordinate_info *out, shoal_error *err)
{
    shoal_dataset *values = NULL;
    *out = (shoal_coordinate_info){0};
    shoal_status status = shoal_dataset_open(dataset->file, c->path, &values, err);
    if (status) return status;
    copy_text(out->name, sizeof out->name, c->name);
    copy_text(out->path, sizeof out->path, c->path);
    out->type = values->type;
    out->rank = c->rank;
    for (int k = 0; k < c->rank; k++) {
        out->shape[k] = values->grid.shape[k];
        out->axis[k] = k < c->rank - c->n_own ? c->axis[k] : -1;
    }
    read_units(values, out);
    if (c->rank == 0) read_value(dataset, values, out);
    shoal_dataset_close(values);
    return SHOAL_OK;
}

shoal_status shoal_dataset_coordinates(shoal_dataset *dataset,
                                       int (*visitor)(void *user,
                                                      const shoal_coordinate_info *coordinate),
                                       void *user, shoal_error *err)
{
    shoal_cf_coordinates all;
    shoal_status status = shoal_cf_coordinates_read(dataset, &all, err);
    if (status) return status;
    for (size_t k = 0; k < all.n && !status; k++) {
        shoal_coordinate_info info;
        status = describe(dataset, &all.coordinate[k], &info, err);
        if (!status && visitor(user, &info) != 0)
            status = shoal_fail(err, SHOAL_CANCELLED, "%s: stopped", dataset->name);
    }
    shoal_cf_coordinates_free(&all);
    return status;
}
