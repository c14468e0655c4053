#include "store/cf_axis.h"

#include "chunk/error.h"
#include "store/cf.h"
#include "store/cf_input.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void shoal_cf_axis_free(shoal_cf_axis *axis)
{
    free(axis->name);
    free(axis->coordinate);
    free(axis->characters);
    *axis = (shoal_cf_axis){0};
}

bool shoal_cf_is_characters(const shoal_dataset *dataset)
{
    return dataset->type.code == SHOAL_TEXT && dataset->type.n_bytes == 1 &&
           !dataset->has_sequences;
}

void shoal_cf_bare_name(uint64_t n, char text[80])
{
    snprintf(text, 80, "%s%10" PRIu64, SHOAL_CF_BARE_DIMENSION, n); /* as netCDF-C writes it */
}

/* What the scale at a path has for each of n indices. */
typedef enum scale_values { NOTHING, NUMBERS, TEXTS, CHARACTERS } scale_values;

static shoal_status values_of(const shoal_dataset *dataset, const char *path, uint64_t n,
                              scale_values *out, shoal_error *err)
{
    shoal_cf_value name;
    shoal_dataset *scale = NULL;
    *out = NOTHING;
    shoal_status status = shoal_cf_value_read(dataset->file, path, "NAME", &name, err);
    if (status) return status;
    const char *text = name.is_text && name.n == 1 ? name.texts[0] : "";
    bool bare = strncmp(text, SHOAL_CF_BARE_DIMENSION, strlen(SHOAL_CF_BARE_DIMENSION)) == 0;
    shoal_cf_value_free(&name);
    if (bare || shoal_dataset_open(dataset->file, path, &scale, NULL) != SHOAL_OK) return SHOAL_OK;
    bool fits = scale->readable && scale->grid.rank > 0 && scale->grid.shape[0] == n;
    if (fits && scale->grid.rank == 1) *out = scale->type.code == SHOAL_TEXT ? TEXTS : NUMBERS;
    if (fits && scale->grid.rank == 2 && shoal_cf_is_characters(scale)) *out = CHARACTERS;
    shoal_dataset_close(scale);
    return SHOAL_OK;
}

static shoal_status take_path(const shoal_dataset *dataset, int axis, const char *path,
                              shoal_cf_axis *out, shoal_error *err)
{
    scale_values has = NOTHING;
    shoal_status status = values_of(dataset, path, dataset->grid.shape[axis], &has, err);
    if (status) return status;
    out->name = strdup(shoal_cf_last_part(path));
    if (has == NUMBERS || has == TEXTS) out->coordinate = strdup(path);
    if (has == CHARACTERS) out->characters = strdup(path);
    out->has_texts = has == TEXTS || has == CHARACTERS;
    return out->name && (out->coordinate || out->characters || has == NOTHING)
               ? SHOAL_OK
               : shoal_fail(err, SHOAL_MEMORY, "out of memory");
}

static shoal_status is_scale(const shoal_dataset *dataset, bool *out, shoal_error *err)
{
    shoal_cf_value class_;
    shoal_status status = shoal_cf_value_read(dataset->file, dataset->path, "CLASS", &class_, err);
    if (status) return status;
    *out = class_.is_text && class_.n == 1 && strcmp(class_.texts[0], "DIMENSION_SCALE") == 0;
    shoal_cf_value_free(&class_);
    return SHOAL_OK;
}

/* The dataset `name` in the dataset's group, or in one above it, malloc'd; NULL: there is none. */
static char *find_above(const shoal_dataset *dataset, const char *name)
{
    shoal_object_kind kind;
    size_t capacity = strlen(dataset->path) + strlen(name) + 2;
    char *path = malloc(capacity);
    if (!path) return NULL;
    strcpy(path, dataset->path);
    for (char *slash; (slash = strrchr(path, '/')); *slash = '\0') {
        strcpy(slash + 1, name);
        if (strcmp(path, dataset->path) != 0 &&
            shoal_file_kind(dataset->file, path, &kind, NULL) == SHOAL_OK && kind == SHOAL_DATASET)
            return path;
    }
    free(path);
    return NULL;
}

/* Of variables with the name of a dimension the nearest one is its coordinate: a group's own goes
   before the scale of a group above. Changes *path, which is malloc'd, to that. */
static shoal_status prefer_nearest(const shoal_dataset *dataset, int axis, char **path,
                                   shoal_error *err)
{
    scale_values has = NOTHING;
    const char *name = shoal_cf_last_part(*path);
    size_t group = (size_t)(name - *path);
    char *near = find_above(dataset, name);
    shoal_status status = SHOAL_OK;
    if (near && strncmp(near, *path, group) == 0 && strlen(near) > strlen(*path))
        status = values_of(dataset, near, dataset->grid.shape[axis], &has, err);
    if (has == NUMBERS || has == TEXTS) {
        free(*path);
        *path = near;
    } else {
        free(near);
    }
    return status;
}

static shoal_status by_label(const shoal_dataset *dataset, int axis, shoal_cf_axis *out,
                             shoal_error *err)
{
    shoal_cf_value labels;
    scale_values has = NOTHING;
    shoal_status status =
        shoal_cf_value_read(dataset->file, dataset->path, "DIMENSION_LABELS", &labels, err);
    if (!status && labels.is_text && (size_t)axis < labels.n && labels.texts[axis][0])
        out->name = strdup(labels.texts[axis]);
    shoal_cf_value_free(&labels);
    char *path =
        !status && out->name && !strchr(out->name, '/') ? find_above(dataset, out->name) : NULL;
    if (path) status = values_of(dataset, path, dataset->grid.shape[axis], &has, err);
    out->has_texts = has == TEXTS;
    if (has == NUMBERS || has == TEXTS)
        out->coordinate = path;
    else
        free(path);
    return status;
}

shoal_status shoal_cf_axis_read(const shoal_dataset *dataset, int axis, shoal_cf_axis *out,
                                shoal_error *err)
{
    char *path = NULL;
    bool scale = false;
    *out = (shoal_cf_axis){0};
    if (!dataset->file || dataset->file->is_npy) return SHOAL_OK;
    shoal_status status = shoal_cf_scale_path(dataset->file, dataset->path, axis, &path, err);
    if (!status && path) status = prefer_nearest(dataset, axis, &path, err);
    if (!status && path) {
        status = take_path(dataset, axis, path, out, err);
    } else if (!status) {
        if (dataset->grid.rank == 1) status = is_scale(dataset, &scale, err);
        if (!status)
            status = scale ? take_path(dataset, axis, dataset->path, out, err)
                           : by_label(dataset, axis, out, err);
    }
    free(path);
    if (status) shoal_cf_axis_free(out);
    return status;
}

shoal_status shoal_cf_is_variable(const shoal_dataset *dataset, bool *out, shoal_error *err)
{
    static const char *const telling[] = {"DIMENSION_LIST", "units",        "_FillValue",
                                          "missing_value",  "scale_factor", "add_offset",
                                          "standard_name",  "_Netcdf4Dimid"};
    *out = false;
    if (!dataset->file || dataset->file->is_npy) return SHOAL_OK;
    shoal_status status = is_scale(dataset, out, err);
    for (size_t k = 0; k < sizeof telling / sizeof *telling && !status && !*out; k++) {
        shoal_cf_value value;
        status = shoal_cf_value_read(dataset->file, dataset->path, telling[k], &value, err);
        if (!status) *out = value.exists;
        shoal_cf_value_free(&value);
    }
    return status;
}
