#include "compute/coordinates.h"

#include "chunk/error.h"
#include "store/cf_axis.h"

#include <string.h>

static shoal_status out_of_memory(shoal_error *err)
{
    return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
}

/* A list that grows up to `most`. */
typedef struct growing {
    shoal_arena *arena;
    const shoal_coordinate **coordinate;
    int n;
    bool failed;
} growing;

static growing grow(shoal_arena *arena, int most)
{
    growing g = {.arena = arena};
    g.coordinate = shoal_arena_alloc(arena, sizeof *g.coordinate * ((size_t)most + 1));
    g.failed = !g.coordinate;
    return g;
}

/* A new coordinate at the list's end; NULL without memory. */
static shoal_coordinate *push(growing *g, const char *name, const char *path, int rank)
{
    shoal_coordinate *c = shoal_arena_alloc(g->arena, sizeof *c);
    if (g->failed || !c) {
        g->failed = true;
        return NULL;
    }
    c->name = shoal_arena_text(g->arena, name, strlen(name));
    c->path = shoal_arena_text(g->arena, path, strlen(path));
    c->axis = shoal_arena_alloc(g->arena, sizeof *c->axis * ((size_t)rank + 1));
    c->rank = rank;
    g->failed |= !c->name || !c->path || !c->axis;
    if (g->failed) return NULL;
    g->coordinate[g->n++] = c;
    return c;
}

static shoal_status finish(const growing *g, shoal_coordinate_list *out, shoal_error *err)
{
    if (g->failed) return out_of_memory(err);
    *out = (shoal_coordinate_list){g->n, g->coordinate};
    return SHOAL_OK;
}

/* ---- Of a dataset ---- */

static bool is_left(const shoal_cf_coordinate *c, const shoal_coordinate_axis *axis)
{
    for (int k = 0; k < c->rank - c->n_own; k++)
        if (axis[c->axis[k]].at == SHOAL_COORDINATE_GONE) return false;
    return true;
}

static void push_named(growing *g, const shoal_dataset *dataset, const shoal_cf_coordinate *from,
                       const shoal_coordinate_axis *axis)
{
    if (!is_left(from, axis)) return;
    shoal_coordinate *c = push(g, from->name, from->path, from->rank);
    if (!c) return;
    c->of = dataset;
    c->n_own = from->n_own;
    for (int k = 0; k < from->rank - from->n_own; k++) c->axis[k] = axis[from->axis[k]];
}

/* The coordinate of an axis of which one index is left. */
static shoal_status push_single(growing *g, const shoal_dataset *dataset, int k, int64_t index,
                                shoal_error *err)
{
    shoal_cf_axis about;
    shoal_status status = shoal_cf_axis_read(dataset, k, &about, err);
    if (status) return status;
    if (about.coordinate || about.characters) {
        shoal_coordinate *c = about.coordinate ? push(g, about.name, about.coordinate, 1)
                                               : push(g, about.name, about.characters, 2);
        if (c) {
            c->of = dataset;
            c->n_own = about.coordinate ? 0 : 1;
            c->axis[0] = (shoal_coordinate_axis){.at = -1, .start = index};
        }
    }
    shoal_cf_axis_free(&about);
    return SHOAL_OK;
}

shoal_status shoal_coordinates_add_single(const shoal_dataset *dataset, int axis, int64_t index,
                                          shoal_arena *arena, shoal_coordinate_list *list,
                                          shoal_error *err)
{
    growing g = grow(arena, list->n + 1);
    for (int k = 0; k < list->n && !g.failed; k++) g.coordinate[g.n++] = list->coordinate[k];
    shoal_status status = push_single(&g, dataset, axis, index, err);
    return status ? status : finish(&g, list, err);
}

shoal_status shoal_coordinates_of(const shoal_dataset *dataset, const shoal_cf_coordinates *named,
                                  const shoal_coordinate_axis *axis, shoal_arena *arena,
                                  shoal_coordinate_list *out, shoal_error *err)
{
    growing g = grow(arena, (int)named->n + dataset->grid.rank);
    shoal_status status = SHOAL_OK;
    for (size_t k = 0; k < named->n; k++) push_named(&g, dataset, &named->coordinate[k], axis);
    for (int k = 0; k < dataset->grid.rank && !status; k++)
        if (axis[k].at == -1) status = push_single(&g, dataset, k, axis[k].start, err);
    return status ? status : finish(&g, out, err);
}

/* ---- Of what is made from it ---- */

/* What an axis along `from` becomes whose array's axes become those of `axis`. */
static shoal_coordinate_axis moved(const shoal_coordinate_axis *from,
                                   const shoal_coordinate_axis *axis)
{
    if (from->at < 0) return *from;
    shoal_coordinate_axis to = axis[from->at];
    to.start = from->start + from->step * axis[from->at].start;
    to.step = from->step * axis[from->at].step;
    return to;
}

shoal_status shoal_coordinates_along(const shoal_coordinate_list *from,
                                     const shoal_coordinate_axis *axis, shoal_arena *arena,
                                     shoal_coordinate_list *out, shoal_error *err)
{
    *out = (shoal_coordinate_list){0};
    if (from->n == 0) return SHOAL_OK;
    growing g = grow(arena, from->n);
    for (int k = 0; k < from->n && !g.failed; k++) {
        const shoal_coordinate *c = from->coordinate[k];
        bool stays = true;
        for (int a = 0; a < c->rank - c->n_own; a++)
            stays &= c->axis[a].at < 0 || axis[c->axis[a].at].at != SHOAL_COORDINATE_GONE;
        shoal_coordinate *to = stays ? push(&g, c->name, c->path, c->rank) : NULL;
        if (!to) continue;
        to->of = c->of;
        to->n_own = c->n_own;
        for (int a = 0; a < c->rank - c->n_own; a++) to->axis[a] = moved(&c->axis[a], axis);
    }
    return finish(&g, out, err);
}

/* ---- Of two arrays ---- */

static const shoal_coordinate *find(const shoal_coordinate_list *list, const char *name)
{
    for (int k = 0; k < list->n; k++)
        if (strcmp(list->coordinate[k]->name, name) == 0) return list->coordinate[k];
    return NULL;
}

shoal_status shoal_coordinates_join(const shoal_coordinate_list *a, const shoal_coordinate_list *b,
                                    const uint64_t *shape, shoal_arena *arena,
                                    shoal_coordinate_list *out, shoal_error *err)
{
    growing g = grow(arena, a->n + b->n);
    for (int k = 0; k < a->n && !g.failed; k++) {
        const shoal_coordinate *other = find(b, a->coordinate[k]->name);
        if (!other || shoal_coordinates_equal(a->coordinate[k], other, shape))
            g.coordinate[g.n++] = a->coordinate[k];
    }
    for (int k = 0; k < b->n && !g.failed; k++)
        if (!find(a, b->coordinate[k]->name)) g.coordinate[g.n++] = b->coordinate[k];
    return finish(&g, out, err);
}
