/* Where the axes of nodes come from, so that results keep their coordinates. */
#include "compute/graph.h"

#define NOWHERE ((shoal_origin){.source = -1})

static void trace_leaf(shoal_node *node)
{
    const shoal_view *view = &node->view;
    for (int k = 0; k < node->rank; k++) {
        int b = view->axis[k];
        shoal_origin *o = &node->origin[k];
        *o = NOWHERE;
        if (b < 0) continue;
        if (node->source >= 0) {
            *o = (shoal_origin){node->source, b, view->start[b], view->step[k], NULL};
            continue;
        }
        const shoal_origin *base = node->of       ? &node->of->origin[b]
                                   : node->joined ? &node->joined->origin[b]
                                                  : NULL;
        if (base && shoal_origin_known(base)) {
            *o = *base;
            o->start += o->step * view->start[b];
            o->step *= view->step[k];
        }
    }
}

/* The groups' labels. */
static shoal_origin labelled(const shoal_groups *groups)
{
    return groups->axis.name ? (shoal_origin){.source = -1, .step = 1, .labels = &groups->axis}
                             : NOWHERE;
}

static void trace_reduction(shoal_node *node)
{
    const shoal_node *x = node->arg[0];
    bool keepdims = node->rank == x->rank;
    int n = 0;
    for (int k = 0; k < x->rank; k++) {
        bool goes = node->axes >> k & 1;
        if (!goes)
            node->origin[n++] = x->origin[k];
        else if (keepdims)
            node->origin[n++] = node->groups ? labelled(node->groups) : NOWHERE;
    }
}

static void trace_lines(shoal_node *node)
{
    bool one = __builtin_popcount(node->axes) == 1;
    for (int d = 0; d < node->rank; d++) {
        int k = node->from[d], line = node->axes ? __builtin_ctz(node->axes) : 0;
        bool keeps = node->lines->keeps_index && one && node->shape[d] == node->arg[0]->shape[line];
        if (node->groups && k < 0) {
            node->origin[d] = k == SHOAL_FROM_LINE ? labelled(node->groups) : NOWHERE;
            continue;
        }
        if (k == SHOAL_FROM_LINE && keeps) k = line;
        if (k == SHOAL_FROM_ROW || (k == SHOAL_FROM_LINE && node->lines->keeps_shape)) k = d;
        node->origin[d] = k >= 0 ? node->arg[0]->origin[k] : NOWHERE;
    }
}

/* Each axis is that of the first argument which has it in full, and knows where it is from. */
static void trace_element(shoal_node *node)
{
    for (int k = 0; k < node->rank; k++) {
        node->origin[k] = NOWHERE;
        for (int a = 0; a < node->n_args && !shoal_origin_known(&node->origin[k]); a++) {
            const shoal_node *x = node->arg[a];
            int axis = k - (node->rank - x->rank);
            if (axis >= 0 && x->shape[axis] == node->shape[k]) node->origin[k] = x->origin[axis];
        }
    }
}

void shoal_graph_trace(shoal_node *node)
{
    switch (node->kind) {
    case SHOAL_NODE_LITERAL: break;
    case SHOAL_NODE_CONSTANT:
        for (int k = 0; k < node->rank; k++) node->origin[k] = NOWHERE;
        break;
    case SHOAL_NODE_LEAF: trace_leaf(node); break;
    case SHOAL_NODE_REDUCE: trace_reduction(node); break;
    case SHOAL_NODE_LINES: trace_lines(node); break;
    case SHOAL_NODE_TALLY:
        for (int k = 0; k < node->rank; k++) node->origin[k] = NOWHERE;
        break;
    case SHOAL_NODE_ELEMENT:
    case SHOAL_NODE_CAST:
    case SHOAL_NODE_APPLY: trace_element(node); break;
    }
}
