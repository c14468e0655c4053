/* Text in calls: compared with a literal. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"

#include <string.h>

/* column == "text": against categories the literal is its code; fixed text has a kernel. */
shoal_status shoal_call_text_compare(shoal_graph *graph, const shoal_syntax *call, shoal_node *x,
                                     const char *text, shoal_node **out, shoal_error *err)
{
    bool equal = strcmp(call->text, "equal") == 0;
    shoal_op op = equal ? SHOAL_OP_EQUAL : SHOAL_OP_NOT_EQUAL;
    const shoal_column *column = x->kind == SHOAL_NODE_LEAF && x->source >= 0
                                     ? graph->inputs->sources[x->source].column
                                     : NULL;
    shoal_status status;
    if (column && column->kind == SHOAL_COLUMN_CATEGORY) {
        int64_t code = -2; /* no row has it: missing is -1 */
        for (size_t k = 0; k < column->n_categories; k++)
            if (strcmp(column->categories[k], text) == 0) code = (int64_t)k;
        shoal_node *args[2] = {x, NULL};
        if ((status = shoal_graph_literal_int(graph, code, &args[1], err))) return status;
        return shoal_graph_element(graph, op, args, call->column, out, err);
    }
    if (x->type.code != SHOAL_TEXT)
        return shoal_fail_at(err, call->column, "%s are compared with a text",
                             x->type.code == SHOAL_RECORD ? "records" : "numbers");
    shoal_node n = {.kind = SHOAL_NODE_TEXT_EQUAL,
                    .type = shoal_type_of(SHOAL_BOOL),
                    .rank = x->rank,
                    .n_args = 1,
                    .arg = {x},
                    .source = -1};
    memcpy(n.shape, x->shape, sizeof n.shape);
    char *padded = shoal_arena_alloc(graph->arena, x->type.n_bytes + 1);
    if (!padded) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    if (strlen(text) > x->type.n_bytes)
        memset(padded, 0xff, x->type.n_bytes); /* equals nothing */
    else
        memcpy(padded, text, strlen(text));
    n.text = padded;
    if ((status = shoal_graph_add(graph, &n, out, err)) || equal) return status;
    return shoal_graph_element(graph, SHOAL_OP_LOGICAL_NOT, out, call->column, out, err);
}
