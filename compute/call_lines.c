/* What the calls of line functions share: their array, their axis, their node. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"

#include <string.h>

shoal_status shoal_call_line_array(shoal_graph *graph, const shoal_syntax *call,
                                   const shoal_syntax *argument, shoal_kind most, shoal_node **out,
                                   shoal_error *err)
{
    shoal_status status = shoal_call_array(graph, call, argument, most, out, err);
    if (!status && (*out)->rank == 0)
        return shoal_fail_at(err, call->column,
                             "%s() works along an axis, and a single number has none", call->text);
    return status;
}

shoal_status shoal_call_line_axis(shoal_graph *graph, const shoal_syntax *call,
                                  const shoal_syntax *s, const shoal_node *x, int *axis,
                                  shoal_error *err)
{
    (void)call;
    *axis = x->rank - 1;
    if (s && !shoal_call_is_none(s)) return shoal_call_axis_of(graph, s, x, axis, err);
    if (s) *axis = x->rank == 1 ? 0 : -1;
    return SHOAL_OK;
}

uint64_t shoal_call_line_length(const shoal_node *x, int axis)
{
    uint64_t n = 1;
    if (axis >= 0) return x->shape[axis];
    for (int k = 0; k < x->rank; k++) n *= x->shape[k];
    return n;
}

shoal_status shoal_call_add_lines(shoal_graph *graph, shoal_node *x, int axis,
                                  const shoal_line_kind *kind, shoal_type_code type,
                                  uint64_t length, const void *params, size_t params_bytes,
                                  shoal_node **out, shoal_error *err)
{
    void *copy = shoal_arena_alloc(graph->arena, params_bytes);
    if (!copy) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    memcpy(copy, params, params_bytes);
    shoal_node n = {.kind = SHOAL_NODE_LINES,
                    .type = shoal_type_of(type),
                    .rank = axis < 0 ? 1 : x->rank,
                    .n_args = 1,
                    .arg = {x},
                    .source = -1,
                    .lines = kind,
                    .line_length = length,
                    .params = copy,
                    .params_bytes = params_bytes};
    n.axes = axis < 0 ? (x->rank == 32 ? UINT32_MAX : ((uint32_t)1 << x->rank) - 1)
                      : (uint32_t)1 << axis;
    for (int d = 0; d < n.rank; d++) {
        bool line = axis < 0 || d == axis;
        n.from[d] = line ? SHOAL_FROM_LINE : d;
        n.shape[d] = line ? length : x->shape[d];
    }
    return shoal_graph_add(graph, &n, out, err);
}

shoal_status shoal_call_add_planes(shoal_graph *graph, shoal_node *x, uint32_t axes,
                                   const shoal_line_kind *kind, shoal_type_code type,
                                   const uint64_t *lengths, const void *params, size_t params_bytes,
                                   shoal_node **out, shoal_error *err)
{
    void *kept = shoal_arena_alloc(graph->arena, params_bytes);
    if (!kept) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    memcpy(kept, params, params_bytes);
    shoal_node n = {.kind = SHOAL_NODE_LINES,
                    .type = shoal_type_of(type),
                    .rank = x->rank,
                    .n_args = 1,
                    .arg = {x},
                    .source = -1,
                    .axes = axes,
                    .lines = kind,
                    .line_length = 1,
                    .params = kept,
                    .params_bytes = params_bytes};
    for (int d = 0; d < n.rank; d++) {
        bool lined = axes >> d & 1;
        n.from[d] = !lined ? d : d == __builtin_ctz(axes) ? SHOAL_FROM_LINE : SHOAL_FROM_ROW;
        n.shape[d] = lined ? lengths[d - __builtin_ctz(axes)] : x->shape[d];
        if (lined) n.line_length *= n.shape[d];
    }
    return shoal_graph_add(graph, &n, out, err);
}
