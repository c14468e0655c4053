/* Names that are no input's, and lie beside one in its file: a dataset's coordinates, what else
   its group has, and what a group has that is an input itself. */
#include "compute/inputs.h"

#include "chunk/error.h"
#include "compute/coordinates.h"
#include "store/cf_axis.h"
#include "store/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A dataset that a name may mean, and the part of it that goes with an input's part. */
typedef struct neighbour {
    char *path;
    int input;
    shoal_dataset *dataset; /* NULL: there is none */
    shoal_region region;
    uint32_t dropped;
} neighbour;

static void forget(neighbour *n)
{
    free(n->path);
    shoal_dataset_close(n->dataset);
    *n = (neighbour){0};
}

/* Of a group's path, which is malloc'd and let go of. */
static char *within(char *group, const char *name)
{
    char *path = group ? shoal_path_join(group, name) : NULL;
    free(group);
    return path;
}

/* The path of a name beside a source: its axis's coordinate, else in its group. */
static shoal_status path_beside(const shoal_source *s, const char *name, char **out,
                                shoal_error *err)
{
    *out = NULL;
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < s->dataset->grid.rank && !*out && !status; k++) {
        shoal_cf_axis axis = {0};
        status = shoal_cf_axis_read(s->dataset, k, &axis, err);
        if (!status && axis.name && axis.coordinate && strcmp(axis.name, name) == 0) {
            *out = axis.coordinate;
            axis.coordinate = NULL;
        }
        shoal_cf_axis_free(&axis);
    }
    if (!status && !*out) *out = within(shoal_path_parent(s->dataset->path), name);
    return status || *out ? status : shoal_fail(err, SHOAL_SYSTEM, "out of memory for a path");
}

/* Opens n->path; leaves n->dataset NULL where nothing of that name is a dataset. */
static shoal_status open_neighbour(shoal_file *file, neighbour *n, shoal_error *err)
{
    shoal_object_kind kind;
    shoal_error ignored = {0};
    if (shoal_file_kind(file, n->path, &kind, &ignored) || kind != SHOAL_DATASET) return SHOAL_OK;
    shoal_status status = shoal_dataset_open(file, n->path, &n->dataset, err);
    if (!status) shoal_region_all(n->dataset->grid.rank, n->dataset->grid.shape, &n->region);
    return status;
}

/* Axes that have the name of one of the source's go as far as that goes. */
static shoal_status cut_axis(const shoal_source *s, const char *name, int axis, neighbour *n,
                             shoal_error *err)
{
    const shoal_grid *grid = &s->dataset->grid;
    for (int k = 0; k < grid->rank; k++) {
        shoal_cf_axis own = {0};
        shoal_status status = shoal_cf_axis_read(s->dataset, k, &own, err);
        bool same = !status && own.name && strcmp(own.name, name) == 0 &&
                    grid->shape[k] == n->dataset->grid.shape[axis];
        shoal_cf_axis_free(&own);
        if (status) return status;
        if (!same) continue;
        n->region.axis[axis] = s->region.axis[k];
        if (s->dropped >> k & 1) n->dropped |= UINT32_C(1) << axis;
        return SHOAL_OK;
    }
    return SHOAL_OK;
}

static shoal_status cut(const shoal_source *s, neighbour *n, shoal_error *err)
{
    if (!n->dataset || shoal_source_is_whole(s)) return SHOAL_OK;
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < n->dataset->grid.rank && !status; k++) {
        shoal_cf_axis axis = {0};
        status = shoal_cf_axis_read(n->dataset, k, &axis, err);
        if (!status && axis.name) status = cut_axis(s, axis.name, k, n, err);
        shoal_cf_axis_free(&axis);
    }
    return status;
}

/* What is wanted of a neighbour, as a coordinate of an array of its own shape. */
static shoal_coordinate as_coordinate(const char *name, const neighbour *n,
                                      shoal_coordinate_axis *axis)
{
    for (int k = 0; k < n->region.rank; k++)
        axis[k] = (shoal_coordinate_axis){k, n->region.axis[k].start, n->region.axis[k].step};
    return (shoal_coordinate){.name = name,
                              .path = n->dataset->path,
                              .of = n->dataset,
                              .rank = n->region.rank,
                              .axis = axis};
}

enum { MOST_COMPARED = 16 << 20 }; /* bytes: coordinates have no more */

/* The same part of one dataset, or of two that hold the same, as the coordinates of two files. */
static bool is_same(const char *name, const neighbour *a, const neighbour *b)
{
    shoal_coordinate_axis axis[2][SHOAL_MAX_RANK];
    uint64_t shape[SHOAL_MAX_RANK], n = 0;
    if (a->dropped != b->dropped || a->region.rank != b->region.rank) return false;
    if (strcmp(a->dataset->name, b->dataset->name) == 0)
        return shoal_region_equal(&a->region, &b->region);
    for (int k = 0; k < a->region.rank; k++) {
        shape[k] = a->region.axis[k].count;
        if (shape[k] != b->region.axis[k].count) return false;
    }
    uint32_t size = a->dataset->type.n_bytes;
    bool are_numbers = a->dataset->type.code <= SHOAL_FLOAT64 && !a->dataset->enumeration &&
                       !b->dataset->enumeration; /* the names of others may differ */
    if (!are_numbers || size == 0 || !shoal_region_elements(&a->region, &n) ||
        n > MOST_COMPARED / size)
        return false;
    const shoal_coordinate x = as_coordinate(name, a, axis[0]), y = as_coordinate(name, b, axis[1]);
    return shoal_coordinates_equal(&x, &y, shape);
}

/* Keeps the first that is found; another one that is not the same is refused. */
static shoal_status keep(const char *name, neighbour *found, neighbour *n, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    if (n->dataset && found->dataset && !is_same(name, found, n))
        status = shoal_fail(err, SHOAL_USAGE,
                            "'%s' is beside several inputs, and not the same; give one of them as "
                            "an input: %s=%s",
                            name, name, found->dataset->name);
    if (!n->dataset || found->dataset || status) {
        forget(n);
        return status;
    }
    *found = *n;
    *n = (neighbour){0};
    return SHOAL_OK;
}

static shoal_status look_beside_source(const shoal_inputs *in, const shoal_source *s,
                                       const char *name, neighbour *found, shoal_error *err)
{
    neighbour n = {.input = s->input};
    if (s->column || s->beside || !s->dataset || !s->dataset->file) return SHOAL_OK;
    shoal_status status = path_beside(s, name, &n.path, err);
    if (!status) status = open_neighbour(in->files[s->input], &n, err);
    if (!status) status = cut(s, &n, err);
    if (!status) return keep(name, found, &n, err);
    forget(&n);
    return status;
}

static shoal_status look_in_group(const shoal_inputs *in, int input, const char *name,
                                  neighbour *found, shoal_error *err)
{
    const char *group = in->groups[input];
    if (!group) return SHOAL_OK;
    neighbour n = {.input = input, .path = within(shoal_path_absolute(group), name)};
    if (!n.path) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for a path");
    shoal_status status = open_neighbour(in->files[input], &n, err);
    if (!status) return keep(name, found, &n, err);
    forget(&n);
    return status;
}

int shoal_inputs_find_beside(shoal_inputs *inputs, const char *name, shoal_error *err)
{
    neighbour found = {0};
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < inputs->n_files && !status; k++)
        status = look_in_group(inputs, k, name, &found, err);
    for (int k = 0; k < inputs->n_sources && !status; k++)
        status = look_beside_source(inputs, &inputs->sources[k], name, &found, err);
    if (!status && found.dataset) {
        shoal_source source = {.dataset = found.dataset,
                               .region = found.region,
                               .dropped = found.dropped,
                               .input = found.input,
                               .beside = true};
        status = shoal_inputs_add(inputs, name, &source, err);
        if (!status) found.dataset = NULL;
    }
    bool is_new = !status && !found.dataset && found.path;
    forget(&found);
    if (status) return -2;
    return is_new ? shoal_inputs_find(inputs, name, err) : -1;
}
