#include "compute/result_attributes.h"

#include "chunk/error.h"
#include "store/cf_axis.h"

#include <string.h>

#define MOST_ATTRIBUTES 1000 /* of one source; others are left out */

typedef struct collecting {
    shoal_arena *arena;
    shoal_kept_attribute *attribute;
    int n, source;
    bool raw, failed;
} collecting;

static const char *keep(collecting *c, const char *text)
{
    const char *copy = shoal_arena_text(c->arena, text, strlen(text));
    if (!copy) c->failed = true;
    return copy;
}

static int collect(void *user, const shoal_attribute *a)
{
    collecting *c = user;
    if (c->n == MOST_ATTRIBUTES || c->failed) return 1;
    /* says how the stored values are bools: decoded ones are, whatever it says */
    bool storage = shoal_cf_is_encoding(a->name) ||
                   (strcmp(a->name, "dtype") == 0 && strcmp(a->json, "\"bool\"") == 0);
    if (!c->raw && storage) return 0;
    if (strncmp(a->name, "MATLAB_", 7) == 0) return 0; /* results have their axes as they are */
    c->attribute[c->n++] = (shoal_kept_attribute){.name = keep(c, a->name),
                                                  .type = keep(c, a->type),
                                                  .json = keep(c, a->json),
                                                  .source = c->source};
    return c->failed;
}

/* Those of a source that is a netCDF variable. */
static shoal_status of_source(shoal_graph *graph, int source, shoal_kept_attributes *out,
                              shoal_error *err)
{
    const shoal_source *s = &graph->inputs->sources[source];
    bool variable = false;
    *out = (shoal_kept_attributes){0};
    if (s->column || !s->dataset) return SHOAL_OK;
    shoal_status status = shoal_cf_is_variable(s->dataset, &variable, err);
    if (status || !variable) return status;
    collecting c = {.arena = graph->arena, .source = source, .raw = graph->inputs->raw};
    c.attribute = shoal_arena_alloc(graph->arena, sizeof *c.attribute * MOST_ATTRIBUTES);
    if (!c.attribute) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    status = shoal_attribute_visit(s->dataset->file, s->dataset->path, collect, &c, err);
    if (status == SHOAL_CANCELLED)
        status = c.failed ? shoal_fail(err, SHOAL_SYSTEM, "out of memory") : SHOAL_OK;
    *out = (shoal_kept_attributes){c.n, c.attribute};
    return status;
}

static const shoal_kept_attribute *find(const shoal_kept_attributes *in, const char *name)
{
    for (int k = 0; k < in->n; k++)
        if (strcmp(in->attribute[k].name, name) == 0) return &in->attribute[k];
    return NULL;
}

/* All of both, but those that differ. */
static shoal_status join(shoal_arena *arena, const shoal_kept_attributes *a,
                         const shoal_kept_attributes *b, shoal_kept_attributes *out,
                         shoal_error *err)
{
    if (b->n == 0 || a->attribute == b->attribute) {
        *out = *a;
        return SHOAL_OK;
    }
    int n = 0;
    shoal_kept_attribute *all =
        shoal_arena_alloc(arena, sizeof *all * ((size_t)a->n + (size_t)b->n + 1));
    if (!all) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    for (int k = 0; k < a->n; k++) {
        const shoal_kept_attribute *mine = &a->attribute[k], *other = find(b, mine->name);
        if (!other || strcmp(mine->json, other->json) == 0) all[n++] = *mine;
    }
    for (int k = 0; k < b->n; k++)
        if (!find(a, b->attribute[k].name)) all[n++] = b->attribute[k];
    *out = (shoal_kept_attributes){n, all};
    return SHOAL_OK;
}

/* xarray's operators join attributes; its functions of two arrays take the first array's. */
static bool is_operator(shoal_op op)
{
    switch (op) {
    case SHOAL_OP_ADD:
    case SHOAL_OP_SUBTRACT:
    case SHOAL_OP_MULTIPLY:
    case SHOAL_OP_DIVIDE:
    case SHOAL_OP_FLOOR_DIVIDE:
    case SHOAL_OP_REMAINDER:
    case SHOAL_OP_POWER:
    case SHOAL_OP_LESS:
    case SHOAL_OP_LESS_EQUAL:
    case SHOAL_OP_GREATER:
    case SHOAL_OP_GREATER_EQUAL:
    case SHOAL_OP_EQUAL:
    case SHOAL_OP_NOT_EQUAL:
    case SHOAL_OP_BITWISE_AND:
    case SHOAL_OP_BITWISE_OR:
    case SHOAL_OP_BITWISE_XOR:
    case SHOAL_OP_LEFT_SHIFT:
    case SHOAL_OP_RIGHT_SHIFT: return true;
    default: return false;
    }
}

static bool is_number(const shoal_node *node)
{
    while (node->kind == SHOAL_NODE_CAST) node = node->arg[0];
    return node->kind == SHOAL_NODE_LITERAL;
}

static shoal_status of_element(shoal_graph *graph, const shoal_node *node,
                               const shoal_kept_attributes *all, shoal_kept_attributes *out,
                               shoal_error *err)
{
    if (node->op == SHOAL_OP_WHERE) {
        *out = all[node->arg[1]->id];
        return SHOAL_OK;
    }
    int first = 0;
    while (first < node->n_args - 1 && is_number(node->arg[first])) first++;
    *out = all[node->arg[first]->id];
    if (!is_operator(node->op) || first > 0) return SHOAL_OK;
    return join(graph->arena, &all[node->arg[0]->id], &all[node->arg[1]->id], out, err);
}

/* A joined array has those of its first part, as numpy's functions of several arrays. */
static shoal_kept_attributes of_leaf(const shoal_node *leaf, const shoal_kept_attributes *all,
                                     const shoal_kept_attributes *sources)
{
    if (leaf->of) return all[leaf->of->id];
    if (leaf->joined) return all[leaf->joined->leaf[0]->id];
    return leaf->source >= 0 ? sources[leaf->source] : (shoal_kept_attributes){0};
}

shoal_status shoal_result_attributes(shoal_graph *graph, shoal_kept_attributes **out,
                                     shoal_error *err)
{
    size_t n_nodes = (size_t)graph->n_nodes, n_sources = (size_t)graph->inputs->n_sources;
    shoal_kept_attributes *all = shoal_arena_alloc(graph->arena, sizeof *all * (n_nodes + 1));
    shoal_kept_attributes *sources = shoal_arena_alloc(graph->arena, sizeof *all * (n_sources + 1));
    if (!all || !sources) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < graph->inputs->n_sources && !status; k++)
        status = of_source(graph, k, &sources[k], err);
    /* arguments come before their users */
    for (int id = 0; id < graph->n_nodes && !status; id++) {
        const shoal_node *node = graph->node[id];
        if (node->kind == SHOAL_NODE_ELEMENT)
            status = of_element(graph, node, all, &all[id], err);
        else if (node->n_args)
            all[id] = all[node->arg[0]->id];
        else if (node->kind == SHOAL_NODE_LEAF)
            all[id] = of_leaf(node, all, sources);
    }
    *out = all;
    return status;
}
