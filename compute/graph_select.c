#include "compute/graph_select.h"

#include "chunk/error.h"
#include "compute/lex.h"
#include "store/cf_axis.h"
#include "store/cf_select.h"

#include <stdlib.h>
#include <string.h>

/* Adds "column N: " to an error of the user's. */
static shoal_status at_column(shoal_status status, int column, shoal_error *err)
{
    if (status != SHOAL_USAGE || !err || err->column) return status;
    shoal_fail_within(err, status, "column %d", column);
    err->column = column;
    return status;
}

shoal_status shoal_graph_select_axis(shoal_graph *graph, const shoal_syntax *part,
                                     const shoal_node *node, int *axis, shoal_error *err)
{
    char *names[SHOAL_MAX_RANK] = {0};
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < node->rank && !status; k++) {
        const shoal_origin *o = &node->origin[k];
        const shoal_source *s = o->source >= 0 ? &graph->inputs->sources[o->source] : NULL;
        shoal_cf_axis about = {0};
        if (s && !s->column) status = shoal_cf_axis_read(s->dataset, o->axis, &about, err);
        names[k] = o->labels ? strdup(o->labels->name) : about.name;
        if (!o->labels) about.name = NULL;
        shoal_cf_axis_free(&about);
    }
    if (!status) status = shoal_cf_axis_find(part->text, names, node->rank, axis, err);
    for (int k = 0; k < node->rank; k++) free(names[k]);
    return at_column(status, part->column, err);
}

static shoal_status bound_of(shoal_graph *graph, const shoal_syntax *s, shoal_cf_bound *out,
                             shoal_error *err)
{
    shoal_node *n;
    int64_t whole;
    double number;
    *out = (shoal_cf_bound){0};
    if (!s) return SHOAL_OK;
    out->given = true;
    if (s->kind == SHOAL_SYNTAX_STRING) {
        out->text = s->text;
        return SHOAL_OK;
    }
    shoal_status status = shoal_graph_expression(graph, s, &n, err);
    if (status) return status;
    memcpy(&whole, n->value, sizeof whole);
    memcpy(&number, n->value, sizeof number);
    if (n->kind == SHOAL_NODE_LITERAL && n->type.code == SHOAL_INT64)
        out->number = (long double)whole;
    else if (n->kind == SHOAL_NODE_LITERAL && n->type.code == SHOAL_FLOAT64)
        out->number = number;
    else
        return shoal_fail_at(err, s->column, "a value is a number, or a date in quotes");
    return SHOAL_OK;
}

static shoal_status step_of(shoal_graph *graph, const shoal_syntax *s, int64_t *out,
                            shoal_error *err)
{
    shoal_node *n;
    *out = 1;
    if (!s) return SHOAL_OK;
    shoal_status status = shoal_graph_expression(graph, s, &n, err);
    if (status) return status;
    if (n->kind == SHOAL_NODE_LITERAL && n->type.code == SHOAL_INT64)
        memcpy(out, n->value, sizeof *out);
    else
        *out = 0;
    if (*out && *out != INT64_MIN) return SHOAL_OK;
    return shoal_fail_at(err, s->column, "a slice's step is a whole number, and not 0");
}

static shoal_status want_of(shoal_graph *graph, const shoal_syntax *item, shoal_cf_want *out,
                            shoal_error *err)
{
    *out = (shoal_cf_want){.is_range = item->kind == SHOAL_SYNTAX_SLICE};
    if (!out->is_range) return bound_of(graph, item, &out->low, err);
    shoal_status status = bound_of(graph, item->child[0], &out->low, err);
    if (!status) status = bound_of(graph, item->child[1], &out->high, err);
    return status ? status : step_of(graph, item->child[2], &out->step, err);
}

shoal_status shoal_graph_select(shoal_graph *graph, const shoal_syntax *part,
                                const shoal_node *node, int axis, const shoal_range *within,
                                shoal_range *out, bool *drops, shoal_error *err)
{
    const shoal_origin *o = &node->origin[axis];
    shoal_cf_want want;
    if (o->labels)
        return shoal_fail_at(err, part->column,
                             "the axis '%s' is of groups: index it by position, or by a mask",
                             o->labels->name);
    shoal_status status = want_of(graph, part->child[0], &want, err);
    if (status) return status;
    shoal_range base = {o->start + o->step * within->start, o->step * within->step, within->count};
    if (base.step == 0) base.step = 1;
    status = shoal_cf_select(graph->inputs->sources[o->source].dataset, o->axis, &base, &want, out,
                             drops, err);
    return at_column(status, part->column, err);
}
