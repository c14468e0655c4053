/* by=: the groups of an axis, and what their axis is called. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"
#include "compute/resample.h"

#include <string.h>

const char *shoal_call_source_name(const shoal_graph *graph, const shoal_node *node)
{
    if (node->kind != SHOAL_NODE_LEAF || node->source < 0) return NULL;
    const shoal_source *s = &graph->inputs->sources[node->source];
    if (s->column) return s->column->name;
    if (!s->dataset || !s->dataset->file) return s->name; /* an array of the program's */
    const char *slash = strrchr(s->dataset->path, '/');
    return slash ? slash + 1 : s->dataset->path;
}

static bool is_statement(const shoal_graph *graph, const char *name)
{
    for (int k = 0; k < graph->n_names; k++)
        if (strcmp(graph->names[k].name, name) == 0) return true;
    return false;
}

/* As xarray's groupby calls it: after the part of the time, or after the labels. */
static const char *name_of(shoal_graph *graph, const shoal_syntax *by, const shoal_node *labels)
{
    const char *name = shoal_call_source_name(graph, labels);
    if (by->kind == SHOAL_SYNTAX_NAME && is_statement(graph, by->text)) name = by->text;
    if (by->kind == SHOAL_SYNTAX_CALL && !by->is_operator && shoal_call_is_time_part(by->text))
        name = by->text;
    if (!name || !*name || strchr(name, '/')) name = "group";
    return shoal_arena_text(graph->arena, name, strlen(name));
}

shoal_status shoal_call_groups(shoal_graph *graph, const shoal_syntax *call, const shoal_syntax *by,
                               const shoal_node *x, uint32_t axes, const shoal_groups **out,
                               shoal_error *err)
{
    shoal_node *labels;
    if (shoal_call_is_none(by)) return SHOAL_OK;
    if (__builtin_popcount(axes) != 1)
        return shoal_fail_at(err, by->column,
                             "by= groups along one axis: name it, as in %s(x, by=..., axis=0)",
                             call->text);
    uint64_t extent = x->shape[__builtin_ctz(axes)];
    if (by->kind == SHOAL_SYNTAX_CALL && strcmp(by->text, "resample") == 0)
        return shoal_call_resample(graph, by, extent, out, err);
    shoal_status status = shoal_graph_expression(graph, by, &labels, err);
    if (status) return status;
    const char *name = name_of(graph, by, labels);
    if (!name) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    return shoal_graph_groups(graph, labels, name, extent, by->column, out, err);
}
