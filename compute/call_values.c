/* Small arrays whose values a call must know: weights, quantiles, bins, the points of interp. */
#include "compute/call.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "chunk/type.h"
#include "compute/lex.h"

#include <stdlib.h>
#include <string.h>

shoal_status shoal_call_values(shoal_graph *graph, shoal_node *node, shoal_type_code code,
                               const char *what, uint64_t most, int column, void **out, uint64_t *n,
                               shoal_error *err)
{
    void *values = NULL;
    if (!graph->evaluate || node->grows)
        return shoal_fail_at(err, column, "%s cannot be computed here; write them as a list", what);
    if (!shoal_product(node->rank, node->shape, n) || *n > most)
        return shoal_fail_at(err, column, "%s are %llu numbers at most", what,
                             (unsigned long long)most);
    void *kept = shoal_arena_alloc(graph->arena, (size_t)*n * shoal_code_size(code) + 64);
    if (!kept) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for %s", what);
    *out = kept;
    if (*n == 0) return SHOAL_OK;
    shoal_status status = shoal_graph_cast(graph, node, code, &node, err);
    if (!status) status = shoal_graph_operand(graph, node, &node, err);
    if (!status) status = graph->evaluate(graph->evaluate_context, node, false, &values, err);
    if (!status) memcpy(kept, values, (size_t)*n * shoal_code_size(code));
    free(values);
    return status;
}

static shoal_status list_of(shoal_graph *graph, const double *values, uint64_t n, bool whole,
                            int column, const shoal_syntax **out, shoal_error *err)
{
    shoal_syntax *list = shoal_arena_alloc(graph->arena, sizeof *list);
    shoal_syntax *element = shoal_arena_alloc(graph->arena, (size_t)n * sizeof *element + 1);
    shoal_syntax **child = shoal_arena_alloc(graph->arena, (size_t)n * sizeof *child + 1);
    if (!list || !element || !child) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    for (uint64_t k = 0; k < n; k++) {
        element[k] = (shoal_syntax){.kind = whole ? SHOAL_SYNTAX_INT : SHOAL_SYNTAX_FLOAT,
                                    .column = column,
                                    .number = values[k],
                                    .integer = whole ? (int64_t)values[k] : 0};
        child[k] = &element[k];
    }
    *list = (shoal_syntax){
        .kind = SHOAL_SYNTAX_TUPLE, .column = column, .n_children = (int)n, .child = child};
    *out = list;
    return SHOAL_OK;
}

shoal_status shoal_call_list(shoal_graph *graph, const shoal_syntax **s, const char *what,
                             uint64_t most, shoal_error *err)
{
    shoal_node *node;
    void *values = NULL;
    uint64_t n;
    if (!*s || shoal_call_is_none(*s)) return SHOAL_OK;
    if ((*s)->kind != SHOAL_SYNTAX_CALL && (*s)->kind != SHOAL_SYNTAX_NAME &&
        (*s)->kind != SHOAL_SYNTAX_INDEX)
        return SHOAL_OK;
    int column = (*s)->column;
    shoal_status status = shoal_graph_expression(graph, *s, &node, err);
    if (status || node->rank == 0) return status;
    bool whole = shoal_code_kind(node->type.code) <= SHOAL_KIND_INT;
    if (node->rank != 1 || node->time || (!whole && node->type.code != SHOAL_FLOAT64))
        return shoal_fail_at(err, column,
                             "%s are whole numbers or float64 along one axis; cast them with "
                             "astype(..., float64)",
                             what);
    status = shoal_call_values(graph, node, SHOAL_FLOAT64, what, most, column, &values, &n, err);
    return status ? status : list_of(graph, values, n, whole, column, s, err);
}
