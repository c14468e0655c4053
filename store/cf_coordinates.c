#include "store/cf_coordinates.h"

#include "chunk/error.h"
#include "store/cf.h"
#include "store/cf_axis.h"
#include "store/cf_input.h"
#include "store/metadata/links.h"
#include "store/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NEIGHBOURS = 1000, MOST_TRIED = 4096 }; /* names that are looked up, in all */

/* Whose coordinates are looked for. */
typedef struct looking {
    const shoal_dataset *dataset;
    char *group;
    char *axis[SHOAL_MAX_RANK]; /* names, NULL: it has none */
    shoal_cf_coordinates *out;
    size_t n_tried;
    bool no_memory;
} looking;

void shoal_cf_coordinates_free(shoal_cf_coordinates *coordinates)
{
    for (size_t k = 0; k < coordinates->n; k++) {
        free(coordinates->coordinate[k].name);
        free(coordinates->coordinate[k].path);
    }
    coordinates->n = 0;
}

/* ---- One coordinate ---- */

static int axis_of(const looking *look, const char *name, uint64_t n)
{
    for (int k = 0; k < look->dataset->grid.rank; k++)
        if (look->axis[k] && strcmp(look->axis[k], name) == 0 && look->dataset->grid.shape[k] == n)
            return k;
    return -1;
}

/* Are all axes of what is at `path` the dataset's? */
static bool find_axes(const looking *look, const shoal_dataset *values, shoal_cf_coordinate *c)
{
    c->rank = values->grid.rank;
    c->n_own = c->rank > 0 && shoal_cf_is_characters(values);
    bool fine = values->readable && values->extra_rank == 0;
    for (int k = 0; k < c->rank - c->n_own && fine; k++) {
        shoal_cf_axis axis;
        if (shoal_cf_axis_read(values, k, &axis, NULL) != SHOAL_OK) return false;
        c->axis[k] = axis.name ? axis_of(look, axis.name, values->grid.shape[k]) : -1;
        fine = c->axis[k] >= 0;
        for (int j = 0; j < k && fine; j++) fine = c->axis[j] != c->axis[k];
        shoal_cf_axis_free(&axis);
    }
    return fine;
}

static bool is_known(const looking *look, const char *name)
{
    for (int k = 0; k < look->dataset->grid.rank; k++)
        if (look->axis[k] && strcmp(look->axis[k], name) == 0) return true;
    for (size_t k = 0; k < look->out->n; k++)
        if (strcmp(look->out->coordinate[k].name, name) == 0) return true;
    return strcmp(shoal_cf_last_part(look->dataset->path), name) == 0;
}

/* The dataset of a name in the group; netCDF gives a variable another name where a dimension of
   which it has no values is called so. malloc'd, or NULL. */
static char *path_of(const looking *look, const char *name)
{
    static const char *const prefix[] = {"", "_nc4_non_coord_"};
    for (size_t k = 0; k < sizeof prefix / sizeof *prefix; k++) {
        shoal_object_kind kind;
        char full[300];
        if (snprintf(full, sizeof full, "%s%s", prefix[k], name) >= (int)sizeof full) return NULL;
        char *path = shoal_path_join(look->group, full);
        if (path && shoal_file_kind(look->dataset->file, path, &kind, NULL) == SHOAL_OK &&
            kind == SHOAL_DATASET)
            return path;
        free(path);
    }
    return NULL;
}

static void add(looking *look, const char *name)
{
    shoal_cf_coordinates *out = look->out;
    if (out->n == SHOAL_CF_MAX_COORDINATES || strchr(name, '/') || is_known(look, name)) return;
    if (look->n_tried++ >= MOST_TRIED) return;
    shoal_cf_coordinate c = {.path = path_of(look, name)};
    shoal_dataset *values = NULL;
    if (c.path && shoal_dataset_open(look->dataset->file, c.path, &values, NULL) == SHOAL_OK &&
        find_axes(look, values, &c)) {
        c.name = strdup(name);
        look->no_memory |= !c.name;
    }
    shoal_dataset_close(values);
    if (c.name)
        out->coordinate[out->n++] = c;
    else
        free(c.path);
}

/* ---- Where they are named ---- */

/* Adds those that the attribute of an object names: "lat lon height". */
static void add_named(looking *look, const char *path)
{
    shoal_cf_value value;
    if (shoal_cf_value_read(look->dataset->file, path, "coordinates", &value, NULL) != SHOAL_OK)
        return;
    char *rest = NULL;
    if (value.is_text && value.n == 1)
        for (char *name = strtok_r(value.texts[0], " \t\n", &rest); name;
             name = strtok_r(NULL, " \t\n", &rest))
            add(look, name);
    shoal_cf_value_free(&value);
}

static void add_of_neighbours(looking *look)
{
    shoal_found found;
    shoal_links links = {0};
    if (shoal_object_find(look->dataset->file, look->group, &found, NULL) != SHOAL_OK) return;
    if (shoal_links_read(found.meta, &found.header, MOST_NEIGHBOURS, &links, NULL) == SHOAL_OK)
        for (size_t k = 0; k < links.n; k++) {
            if (links.link[k].kind != SHOAL_LINK_HARD) continue;
            char *path = shoal_path_join(look->group, links.link[k].name);
            if (path) add_named(look, path);
            look->no_memory |= !path;
            free(path);
        }
    shoal_links_free(&links);
    shoal_found_release(&found);
}

static shoal_status read_names(looking *look, shoal_error *err)
{
    for (int k = 0; k < look->dataset->grid.rank; k++) {
        shoal_cf_axis axis;
        shoal_status status = shoal_cf_axis_read(look->dataset, k, &axis, err);
        if (status) return status;
        look->axis[k] = axis.name;
        axis.name = NULL;
        shoal_cf_axis_free(&axis);
    }
    return SHOAL_OK;
}

shoal_status shoal_cf_coordinates_read(const shoal_dataset *dataset, shoal_cf_coordinates *out,
                                       shoal_error *err)
{
    bool is_variable = false;
    out->n = 0;
    if (!dataset->file || dataset->file->is_npy || !dataset->path) return SHOAL_OK;
    looking look = {.dataset = dataset, .out = out};
    look.group = shoal_path_parent(dataset->path);
    if (!look.group) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = read_names(&look, err);
    if (!status) status = shoal_cf_is_variable(dataset, &is_variable, err);
    if (!status) {
        add_named(&look, dataset->path);
        if (is_variable) add_named(&look, look.group);
        if (is_variable) add_of_neighbours(&look);
        if (look.no_memory) status = shoal_fail(err, SHOAL_MEMORY, "out of memory");
    }
    for (int k = 0; k < dataset->grid.rank; k++) free(look.axis[k]);
    free(look.group);
    if (status) shoal_cf_coordinates_free(out);
    return status;
}
