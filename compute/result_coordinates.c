#include "compute/result_coordinates.h"

#include "chunk/error.h"
#include "store/cf_axis.h"

#include <string.h>

#define GONE ((shoal_coordinate_axis){.at = SHOAL_COORDINATE_GONE})

typedef struct following {
    shoal_graph *graph;
    shoal_coordinate_list *all; /* by node */
    const char ***name;         /* by source and axis; NULL: not yet looked up */
    shoal_cf_coordinates **of;  /* by source, likewise */
} following;

static shoal_status out_of_memory(shoal_error *err)
{
    return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
}

/* ---- Which axis is which ---- */

/* By axis of what a leaf views. */
static void axes_of_view(const shoal_node *leaf, shoal_coordinate_axis *axis)
{
    const shoal_view *view = &leaf->view;
    for (int b = 0; b < view->base_rank; b++)
        axis[b] = (shoal_coordinate_axis){.at = -1, .start = view->start[b]};
    for (int v = 0; v < leaf->rank; v++) {
        int b = view->axis[v];
        if (b < 0) continue;
        /* one that is seen twice, as of a diagonal, is along neither */
        axis[b] =
            axis[b].at == -1 ? (shoal_coordinate_axis){v, view->start[b], view->step[v]} : GONE;
    }
}

/* By axis of an argument of something element-wise. */
static void axes_of_argument(const shoal_node *node, const shoal_node *arg,
                             shoal_coordinate_axis *axis)
{
    for (int k = 0; k < arg->rank; k++) {
        int at = k + node->rank - arg->rank;
        axis[k] = arg->shape[k] == node->shape[at] ? (shoal_coordinate_axis){at, 0, 1} : GONE;
    }
}

static void axes_of_reduction(const shoal_node *node, shoal_coordinate_axis *axis)
{
    const shoal_node *x = node->arg[0];
    bool keepdims = node->rank == x->rank;
    for (int k = 0, n = 0; k < x->rank; k++) {
        bool goes = node->axes >> k & 1;
        axis[k] = goes ? GONE : (shoal_coordinate_axis){n, 0, 1};
        n += !goes || keepdims;
    }
}

static void axes_of_lines(const shoal_node *node, shoal_coordinate_axis *axis)
{
    const shoal_node *x = node->arg[0];
    bool one = __builtin_popcount(node->axes) == 1;
    int line = node->axes ? __builtin_ctz(node->axes) : 0;
    for (int k = 0; k < x->rank; k++) axis[k] = GONE;
    for (int d = 0; d < node->rank; d++) {
        int k = node->from[d];
        if (k == SHOAL_FROM_LINE && one && node->lines->keeps_index &&
            node->shape[d] == x->shape[line])
            k = line;
        if ((k == SHOAL_FROM_LINE || k == SHOAL_FROM_ROW) && node->lines->keeps_shape) k = d;
        if (k >= 0) axis[k] = (shoal_coordinate_axis){d, 0, 1};
    }
}

/* ---- One node ---- */

static shoal_status of_source(following *f, const shoal_node *leaf, shoal_coordinate_list *out,
                              shoal_error *err)
{
    const shoal_source *s = &f->graph->inputs->sources[leaf->source];
    shoal_coordinate_axis axis[SHOAL_MAX_RANK];
    if (s->column || !s->dataset || !s->dataset->file) return SHOAL_OK;
    axes_of_view(leaf, axis);
    shoal_cf_coordinates **of = &f->of[leaf->source];
    if (!*of) {
        *of = shoal_arena_alloc(f->graph->arena, sizeof **of);
        if (!*of) return out_of_memory(err);
        shoal_status status = shoal_cf_coordinates_read(s->dataset, *of, err);
        if (status) return status;
    }
    return shoal_coordinates_of(s->dataset, *of, axis, f->graph->arena, out, err);
}

/* What a view makes of the coordinates of what it views, whose axes are of these origins. */
static shoal_status through_view(following *f, const shoal_node *leaf,
                                 const shoal_coordinate_list *of, const shoal_origin *origin,
                                 shoal_coordinate_list *out, shoal_error *err)
{
    shoal_coordinate_axis axis[SHOAL_MAX_RANK];
    axes_of_view(leaf, axis);
    shoal_status status = shoal_coordinates_along(of, axis, f->graph->arena, out, err);
    for (int b = 0; b < leaf->view.base_rank && !status; b++) {
        const shoal_origin *o = &origin[b];
        if (axis[b].at != -1 || o->source < 0) continue;
        const shoal_source *s = &f->graph->inputs->sources[o->source];
        if (s->column || !s->dataset || !s->dataset->file) continue;
        status = shoal_coordinates_add_single(
            s->dataset, o->axis, o->start + o->step * axis[b].start, f->graph->arena, out, err);
    }
    return status;
}

static shoal_status join_into(following *f, const shoal_node *node, const shoal_coordinate_list *of,
                              const shoal_coordinate_axis *axis, bool first,
                              shoal_coordinate_list *out, shoal_error *err)
{
    shoal_coordinate_list mine;
    shoal_status status = shoal_coordinates_along(of, axis, f->graph->arena, &mine, err);
    if (status) return status;
    if (!first) return shoal_coordinates_join(out, &mine, node->shape, f->graph->arena, out, err);
    *out = mine;
    return SHOAL_OK;
}

/* Of all that is joined, but along the axis where they are; all but the scalars of what gets
   another shape. */
static shoal_status of_joined(following *f, const shoal_node *leaf, shoal_coordinate_list *out,
                              shoal_error *err)
{
    const shoal_joined *joined = leaf->joined;
    shoal_coordinate_axis axis[SHOAL_MAX_RANK];
    shoal_coordinate_list whole = {0};
    shoal_node like = {.rank = joined->rank};
    shoal_status status = SHOAL_OK;
    memcpy(like.shape, joined->shape, sizeof like.shape);
    for (int k = 0; k < SHOAL_MAX_RANK; k++)
        axis[k] = joined->kind == SHOAL_JOIN_RESHAPE || k == joined->axis
                      ? GONE
                      : (shoal_coordinate_axis){k, 0, 1};
    for (int k = 0; k < joined->n_leaves && !status; k++)
        if (k == 0 || joined->leaf[k] != joined->leaf[k - 1])
            status = join_into(f, &like, &f->all[joined->leaf[k]->id], axis, k == 0, &whole, err);
    return status ? status : through_view(f, leaf, &whole, joined->origin, out, err);
}

static shoal_status of_element(following *f, const shoal_node *node, shoal_coordinate_list *out,
                               shoal_error *err)
{
    shoal_coordinate_axis axis[SHOAL_MAX_RANK];
    shoal_status status = SHOAL_OK;
    for (int a = 0; a < node->n_args && !status; a++) {
        axes_of_argument(node, node->arg[a], axis);
        status = join_into(f, node, &f->all[node->arg[a]->id], axis, a == 0, out, err);
    }
    return status;
}

static shoal_status of_node(following *f, const shoal_node *node, shoal_coordinate_list *out,
                            shoal_error *err)
{
    shoal_coordinate_axis axis[SHOAL_MAX_RANK];
    for (int k = 0; k < SHOAL_MAX_RANK; k++) axis[k] = GONE;
    switch (node->kind) {
    case SHOAL_NODE_LITERAL:
    case SHOAL_NODE_CONSTANT: return SHOAL_OK;
    case SHOAL_NODE_ELEMENT:
    case SHOAL_NODE_CAST:
    case SHOAL_NODE_APPLY: return of_element(f, node, out, err);
    case SHOAL_NODE_LEAF:
        if (node->source >= 0) return of_source(f, node, out, err);
        if (node->joined) return of_joined(f, node, out, err);
        if (!node->of) return SHOAL_OK;
        return through_view(f, node, &f->all[node->of->id], node->of->origin, out, err);
    case SHOAL_NODE_REDUCE: axes_of_reduction(node, axis); break;
    case SHOAL_NODE_LINES: axes_of_lines(node, axis); break;
    case SHOAL_NODE_TALLY: break;
    }
    if (node->n_args == 0) return SHOAL_OK;
    return shoal_coordinates_along(&f->all[node->arg[0]->id], axis, f->graph->arena, out, err);
}

/* ---- Names ---- */

/* The name of an axis of a source; "" when it has none. */
static shoal_status axis_name(following *f, int source, int axis, const char **out,
                              shoal_error *err)
{
    const shoal_source *s = &f->graph->inputs->sources[source];
    shoal_arena *arena = f->graph->arena;
    *out = "";
    if (s->column || !s->dataset) return SHOAL_OK;
    if (!f->name[source])
        f->name[source] = shoal_arena_alloc(arena, sizeof(char *) * SHOAL_MAX_RANK);
    if (!f->name[source]) return out_of_memory(err);
    if (!f->name[source][axis]) {
        shoal_cf_axis about;
        shoal_status status = shoal_cf_axis_read(s->dataset, axis, &about, err);
        if (status) return status;
        const char *name = about.name ? about.name : "";
        f->name[source][axis] = shoal_arena_text(arena, name, strlen(name));
        shoal_cf_axis_free(&about);
        if (!f->name[source][axis]) return out_of_memory(err);
    }
    *out = f->name[source][axis];
    return SHOAL_OK;
}

/* An axis's own coordinate goes before a scalar of its name. */
static shoal_status drop_named_as_axes(following *f, const shoal_node *node,
                                       shoal_coordinate_list *list, shoal_error *err)
{
    if (list->n == 0) return SHOAL_OK;
    const shoal_coordinate **kept =
        shoal_arena_alloc(f->graph->arena, sizeof *kept * (size_t)list->n);
    if (!kept) return out_of_memory(err);
    int n = 0;
    for (int k = 0; k < list->n; k++) {
        bool is_axis = false;
        for (int a = 0; a < node->rank; a++) {
            const shoal_origin *o = &node->origin[a];
            const char *name = o->labels ? o->labels->name : NULL;
            if (!shoal_origin_known(o)) continue;
            shoal_status status = name ? SHOAL_OK : axis_name(f, o->source, o->axis, &name, err);
            if (status) return status;
            is_axis |= strcmp(name, list->coordinate[k]->name) == 0;
        }
        if (!is_axis) kept[n++] = list->coordinate[k];
    }
    *list = (shoal_coordinate_list){n, kept};
    return SHOAL_OK;
}

shoal_status shoal_result_coordinates(shoal_graph *graph, shoal_coordinate_list **out,
                                      shoal_error *err)
{
    following f = {.graph = graph};
    size_t n_sources = (size_t)graph->inputs->n_sources;
    f.all = shoal_arena_alloc(graph->arena, sizeof *f.all * ((size_t)graph->n_nodes + 1));
    f.name = shoal_arena_alloc(graph->arena, sizeof *f.name * (n_sources + 1));
    f.of = shoal_arena_alloc(graph->arena, sizeof *f.of * (n_sources + 1));
    if (!f.all || !f.name || !f.of) return out_of_memory(err);
    shoal_status status = SHOAL_OK;
    /* arguments come before their users */
    for (int id = 0; id < graph->n_nodes && !status; id++) {
        status = of_node(&f, graph->node[id], &f.all[id], err);
        if (!status) status = drop_named_as_axes(&f, graph->node[id], &f.all[id], err);
    }
    for (size_t k = 0; k < n_sources; k++)
        if (f.of[k]) shoal_cf_coordinates_free(f.of[k]);
    *out = f.all;
    return status;
}
