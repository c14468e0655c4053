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

static shoal_status value_of(const shoal_enumeration *e, const char *name, int column,
                             int64_t *value, shoal_error *err)
{
    shoal_status status = shoal_enumeration_find(e, name, value, err);
    return status ? shoal_fail_within(err, status, "column %d", column) : SHOAL_OK;
}

shoal_status shoal_call_named_compare(shoal_graph *graph, const shoal_syntax *call, shoal_op op,
                                      shoal_node *x, const char *name, shoal_node **out,
                                      shoal_error *err)
{
    const shoal_enumeration *e = shoal_call_enumeration(graph, x);
    shoal_node *args[2] = {x, NULL};
    int64_t value;
    if (op != SHOAL_OP_EQUAL && op != SHOAL_OP_NOT_EQUAL)
        return shoal_fail_at(err, call->column,
                             "names of an enumeration's values are compared by == and !=");
    shoal_status status = value_of(e, name, call->column, &value, err);
    if (!status) status = shoal_graph_literal_int(graph, value, &args[1], err);
    if (!status) status = shoal_graph_cast(graph, args[1], x->type.code, &args[1], err);
    return status ? status : shoal_graph_element(graph, op, args, call->column, out, err);
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
        const shoal_syntax *name = list->child[k];
        shoal_status status = value_of(e, name->text, name->column, &value, err);
        if (status) return status;
        memcpy(data + (size_t)k * x->type.n_bytes, &value, x->type.n_bytes); /* little-endian */
    }
    return shoal_graph_constant(graph, x->type.code, 1, &n, data, out, err);
}
