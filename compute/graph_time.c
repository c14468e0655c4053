/* Which nodes are times: columns of times, and netCDF's "hours since 2000-01-01". */
#include "compute/graph.h"

#include "chunk/error.h"
#include "store/cf_input.h"

#include <stdlib.h>
#include <string.h>

/* An attribute's text in the arena; NULL when there is none. */
static const char *text_of(shoal_graph *graph, const shoal_dataset *dataset, const char *name)
{
    shoal_cf_value value;
    const char *text = NULL;
    if (shoal_cf_value_read(dataset->file, dataset->path, name, &value, NULL)) return NULL;
    if (value.is_text && value.n == 1)
        text = shoal_arena_text(graph->arena, value.texts[0], strlen(value.texts[0]));
    shoal_cf_value_free(&value);
    return text;
}

static const shoal_time *look(shoal_graph *graph, const shoal_source *s)
{
    shoal_time time = {0};
    const char *calendar = "proleptic_gregorian";
    if (s->column) {
        if (s->column->kind != SHOAL_COLUMN_TIME) return NULL;
        time.units = s->column->units;
        time.has_nat = true;
    } else {
        if (!s->dataset || !s->dataset->file || s->dataset->type.code >= SHOAL_COMPLEX64)
            return NULL;
        time.units = text_of(graph, s->dataset, "units");
        calendar = time.units ? text_of(graph, s->dataset, "calendar") : NULL;
        /* a table's column by its own path */
        time.has_nat = time.units && text_of(graph, s->dataset, "encoding-type") != NULL;
    }
    if (!time.units || !shoal_cf_time_parse(time.units, calendar, &time.cf)) return NULL;
    shoal_time *kept = shoal_arena_alloc(graph->arena, sizeof *kept);
    if (kept) *kept = time;
    return kept;
}

static const shoal_time *of_source(shoal_graph *graph, int source)
{
    if (!graph->inputs || source >= graph->inputs->n_sources) return NULL;
    shoal_source *s = &graph->inputs->sources[source];
    if (!s->time_known) s->time = look(graph, s);
    s->time_known = true;
    return s->time;
}

/* Times plus and minus numbers are times; the difference of two times is none. */
static const shoal_time *of_element(const shoal_node *node)
{
    switch (node->op) {
    case SHOAL_OP_ADD:
    case SHOAL_OP_SUBTRACT:
        if (!node->arg[0]->time == !node->arg[1]->time) return NULL;
        return node->arg[0]->time ? node->arg[0]->time : node->arg[1]->time;
    case SHOAL_OP_WHERE: return node->arg[1]->time ? node->arg[1]->time : node->arg[2]->time;
    case SHOAL_OP_MINIMUM:
    case SHOAL_OP_MAXIMUM:
    case SHOAL_OP_FMIN:
    case SHOAL_OP_FMAX:
    case SHOAL_OP_POSITIVE:
    case SHOAL_OP_CLIP: return node->arg[0]->time;
    default: return NULL;
    }
}

static bool keeps_time(shoal_op op)
{
    return op == SHOAL_OP_MIN || op == SHOAL_OP_MAX || op == SHOAL_OP_NANMIN ||
           op == SHOAL_OP_NANMAX || op == SHOAL_OP_MEAN || op == SHOAL_OP_NANMEAN;
}

const shoal_time *shoal_graph_time(shoal_graph *graph, const shoal_node *node)
{
    switch (node->kind) {
    case SHOAL_NODE_LEAF:
        if (node->of) return node->of->time;
        return node->source >= 0 ? of_source(graph, node->source) : NULL;
    case SHOAL_NODE_CAST:
        return node->type.code == SHOAL_BOOL || node->type.code >= SHOAL_COMPLEX64
                   ? NULL
                   : node->arg[0]->time;
    case SHOAL_NODE_ELEMENT: return of_element(node);
    case SHOAL_NODE_REDUCE: return keeps_time(node->op) ? node->arg[0]->time : NULL;
    default: return NULL;
    }
}
