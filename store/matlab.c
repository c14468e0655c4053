#include "store/matlab.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "chunk/grid.h"
#include "chunk/type.h"
#include "store/cf_input.h"

#include <stdio.h>
#include <string.h>

shoal_status shoal_matlab_is(const shoal_dataset *dataset, bool *out, char class_name[64],
                             shoal_error *err)
{
    shoal_cf_value value;
    *out = false;
    if (!dataset->file || dataset->extra_rank > 0) return SHOAL_OK;
    shoal_status status =
        shoal_cf_value_read(dataset->file, dataset->path, "MATLAB_class", &value, err);
    if (status) return status;
    *out = value.found && value.is_text && value.n == 1 && value.texts[0][0];
    if (*out && class_name) snprintf(class_name, 64, "%s", value.texts[0]);
    shoal_cf_value_free(&value);
    return SHOAL_OK;
}

/* MATLAB_empty: a number that is not 0. */
static shoal_status read_empty(const shoal_dataset *dataset, bool *out, shoal_error *err)
{
    shoal_cf_value value;
    shoal_status status =
        shoal_cf_value_read(dataset->file, dataset->path, "MATLAB_empty", &value, err);
    if (status) return status;
    const uint8_t *bytes = value.numbers;
    size_t n = value.found && !value.is_text && value.n == 1 ? value.type.n_bytes : 0;
    *out = false;
    for (size_t k = 0; k < n; k++) *out |= bytes[k] != 0;
    shoal_cf_value_free(&value);
    return SHOAL_OK;
}

/* The type of MATLAB's numbers; n_bytes 0 for other classes. */
static shoal_type type_of_class(const char *name)
{
    static const struct {
        const char *name;
        shoal_type_code type;
    } known[] = {{"double", SHOAL_FLOAT64}, {"single", SHOAL_FLOAT32}, {"logical", SHOAL_BOOL},
                 {"int8", SHOAL_INT8},      {"int16", SHOAL_INT16},    {"int32", SHOAL_INT32},
                 {"int64", SHOAL_INT64},    {"uint8", SHOAL_UINT8},    {"uint16", SHOAL_UINT16},
                 {"uint32", SHOAL_UINT32},  {"uint64", SHOAL_UINT64}};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (strcmp(name, known[k].name) == 0) return shoal_type_of(known[k].type);
    return (shoal_type){0};
}

/* Some extent is 0, and the others make no number that cannot be counted with. */
static bool is_no_size(int rank, const uint64_t *shape)
{
    uint64_t n = 16;
    bool zero = false;
    for (int k = 0; k < rank; k++) {
        zero |= shape[k] == 0;
        if (shape[k] && (!shoal_mul_u64(n, shape[k], &n) || n > INT64_MAX)) return false;
    }
    return zero;
}

/* An empty array's dataset holds its extents, in MATLAB's order. */
static shoal_status read_extents(shoal_dataset *dataset, shoal_matlab *out, shoal_error *err)
{
    const shoal_grid *grid = &dataset->grid;
    shoal_region all;
    shoal_status status = SHOAL_OK;
    bool fine = dataset->readable && dataset->type.code == SHOAL_UINT64 && grid->rank == 1 &&
                grid->shape[0] >= 1 && grid->shape[0] <= SHOAL_MAX_RANK;
    if (fine) {
        out->rank = (int)grid->shape[0];
        shoal_region_all(1, grid->shape, &all);
        status = shoal_dataset_read(dataset, &all, out->shape,
                                    (size_t)out->rank * sizeof *out->shape, err);
    }
    if (status) return status;
    if (fine && is_no_size(out->rank, out->shape)) return SHOAL_OK;
    return shoal_fail(err, SHOAL_DATA,
                      "%s: MATLAB_empty says that it holds the extents of an empty array, and it "
                      "does not",
                      dataset->name);
}

shoal_status shoal_matlab_read(shoal_dataset *dataset, shoal_matlab *out, shoal_error *err)
{
    shoal_matlab info = {0};
    bool is_matlab;
    *out = info;
    shoal_status status = shoal_matlab_is(dataset, &is_matlab, info.class_name, err);
    if (status || !is_matlab) return status;
    info.type = type_of_class(info.class_name);
    status = read_empty(dataset, &info.is_empty, err);
    if (!status && info.is_empty) status = read_extents(dataset, &info, err);
    if (status) return status;
    if (!info.is_empty) {
        info.rank = dataset->grid.rank;
        for (int k = 0; k < info.rank; k++) info.shape[k] = dataset->grid.shape[info.rank - 1 - k];
        bool is_logical =
            info.type.code == SHOAL_BOOL && info.type.n_bytes && dataset->type.code == SHOAL_UINT8;
        if (strcmp(info.class_name, "char") == 0 || !dataset->readable)
            info.type = (shoal_type){0};
        else if (!is_logical)
            info.type = dataset->type;
    }
    *out = info;
    return SHOAL_OK;
}
