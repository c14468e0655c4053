/* Small arrays whose values a call must know: weights, and the points of interp. */
#include "compute/call.h"

#include "chunk/checked.h"
#include "chunk/error.h"
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
