/* The names of an enumeration's values, in quotes, in comparisons: each stands for its value. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"
#include "store/dataset.h"
#include "store/enumeration.h"

#include <string.h>

const shoal_enumeration *shoal_call_enumeration(const shoal_graph *graph, const shoal_node *x)
{
    const shoal_source *source = shoal_call_source(graph, x);
    if (!source || !source->dataset || x->type.code > SHOAL_UINT64) return NULL;
    return source->dataset->enumeration;
}

shoal_status shoal_call_named_values(shoal_graph *graph, const shoal_syntax *call, shoal_op op,
                                     shoal_node **args, const char **text, shoal_error *err)
{
    for (int k = 0; k < 2; k++) {
        const shoal_enumeration *e =
            text[k] && args[1 - k] ? shoal_call_enumeration(graph, args[1 - k]) : NULL;
        int64_t value;
        if (!e) continue;
        if (op != SHOAL_OP_EQUAL && op != SHOAL_OP_NOT_EQUAL)
            return shoal_fail_at(err, call->column,
                                 "names of an enumeration's values are compared by == and !=");
        if (shoal_enumeration_find(e, text[k], &value, err))
            return shoal_fail_within(err, SHOAL_USAGE, "column %d", call->column);
        shoal_status status = shoal_graph_literal_int(graph, value, &args[k], err);
        if (!status)
            status = shoal_graph_cast(graph, args[k], args[1 - k]->type.code, &args[k], err);
        if (status) return status;
        text[k] = NULL;
    }
    return SHOAL_OK;
}

shoal_status shoal_call_named_list(shoal_graph *graph, const shoal_node *x,
                                   const shoal_syntax *list, shoal_node **out, shoal_error *err)
{
    const shoal_enumeration *e = shoal_call_enumeration(graph, x);
    uint64_t n = (uint64_t)list->n_children;
    uint8_t *data = shoal_arena_alloc(graph->arena, (size_t)(n + 1) * x->type.n_bytes);
    if (!data) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    for (int k = 0; k < list->n_children; k++) {
        int64_t value;
        if (shoal_enumeration_find(e, list->child[k]->text, &value, err))
            return shoal_fail_within(err, SHOAL_USAGE, "column %d", list->child[k]->column);
        memcpy(data + (size_t)k * x->type.n_bytes, &value, x->type.n_bytes); /* little-endian */
    }
    return shoal_graph_constant(graph, x->type.code, 1, &n, data, out, err);
}
