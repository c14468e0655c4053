#include "compute/graph.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "compute/call.h"
#include "compute/decode.h"
#include "compute/kernel.h"
#include "compute/lex.h"
#include "compute/other_words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *shoal_shape_text(int rank, const uint64_t *shape, char *text, size_t capacity)
{
    size_t n = (size_t)snprintf(text, capacity, "(");
    for (int k = 0; k < rank && n < capacity; k++)
        n += (size_t)snprintf(text + n, capacity - n, k ? ", %llu" : "%llu",
                              (unsigned long long)shape[k]);
    if (n < capacity) snprintf(text + n, capacity - n, rank == 1 ? ",)" : ")");
    return text;
}

static bool same_view(const shoal_node *a, const shoal_node *b)
{
    if (a->source != b->source || a->of != b->of) return false;
    if (!shoal_generator_equal(a->generator, b->generator)) return false;
    if (!shoal_joined_equal(a->joined, b->joined)) return false;
    if (a->view.base_rank != b->view.base_rank) return false;
    for (int k = 0; k < a->view.base_rank; k++)
        if (a->view.start[k] != b->view.start[k]) return false;
    for (int k = 0; k < a->rank; k++)
        if (a->view.axis[k] != b->view.axis[k] || a->view.step[k] != b->view.step[k]) return false;
    return true;
}

/* Equal bytes: texts and numbers alike. */
static bool same_data(const shoal_node *a, const shoal_node *b)
{
    size_t n = a->type.n_bytes;
    for (int k = 0; k < a->rank; k++) n *= (size_t)a->shape[k];
    return memcmp(a->data, b->data, n) == 0;
}

static bool same_node(const shoal_node *a, const shoal_node *b)
{
    if (a->kind != b->kind || a->type.code != b->type.code || a->type.n_bytes != b->type.n_bytes ||
        a->rank != b->rank || a->weak != b->weak || a->n_args != b->n_args)
        return false;
    for (int k = 0; k < a->rank; k++)
        if (a->shape[k] != b->shape[k]) return false;
    for (int k = 0; k < a->n_args; k++)
        if (a->arg[k] != b->arg[k]) return false;
    switch (a->kind) {
    case SHOAL_NODE_LITERAL: return memcmp(a->value, b->value, sizeof a->value) == 0;
    case SHOAL_NODE_LEAF: return same_view(a, b);
    case SHOAL_NODE_ELEMENT: return a->op == b->op && a->loop == b->loop;
    case SHOAL_NODE_CAST: return true;
    case SHOAL_NODE_CONSTANT: return same_data(a, b);
    case SHOAL_NODE_APPLY: return shoal_apply_same(a->apply, b->apply);
    case SHOAL_NODE_REDUCE:
        return a->op == b->op && a->loop == b->loop && a->axes == b->axes && a->ddof == b->ddof &&
               a->groups == b->groups && a->use == b->use;
    case SHOAL_NODE_LINES:
        if (a->lines != b->lines || a->axes != b->axes || a->params_bytes != b->params_bytes)
            return false;
        for (int k = 0; k < a->rank; k++)
            if (a->from[k] != b->from[k]) return false;
        return memcmp(a->params, b->params, a->params_bytes) == 0;
    case SHOAL_NODE_TALLY:
        return a->tally == b->tally && a->params_bytes == b->params_bytes &&
               memcmp(a->params, b->params, a->params_bytes) == 0;
    }
    return false;
}

shoal_status shoal_graph_add(shoal_graph *graph, const shoal_node *node, shoal_node **out,
                             shoal_error *err)
{
    for (int k = 0; k < graph->n_nodes; k++) {
        if (!same_node(graph->node[k], node)) continue;
        *out = graph->node[k];
        return SHOAL_OK;
    }
    if (graph->n_nodes == SHOAL_MAX_NODES)
        return shoal_fail(err, SHOAL_USAGE, "the expressions have more than %d operations",
                          SHOAL_MAX_NODES);
    shoal_node *copy = shoal_arena_alloc(graph->arena, sizeof *copy);
    if (!copy) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the expressions");
    *copy = *node;
    copy->id = graph->n_nodes;
    copy->level = 0;
    for (int k = 0; k < node->n_args; k++)
        if (node->arg[k]->level > copy->level) copy->level = node->arg[k]->level;
    if (node->of && node->of->kind != SHOAL_NODE_CONSTANT) copy->level = node->of->level + 1;
    for (int k = 0; node->joined && k < node->joined->n_leaves; k++)
        if (node->joined->leaf[k]->level > copy->level) copy->level = node->joined->leaf[k]->level;
    shoal_graph_trace(copy);
    copy->time = shoal_graph_time(graph, copy);
    graph->node[graph->n_nodes++] = copy;
    *out = copy;
    return SHOAL_OK;
}

static shoal_status add_literal(shoal_graph *graph, shoal_type_code type, const void *value,
                                bool weak, shoal_node **out, shoal_error *err)
{
    shoal_node n = {.kind = SHOAL_NODE_LITERAL, .type = shoal_type_of(type), .weak = weak};
    n.source = -1;
    memcpy(n.value, value, n.type.n_bytes);
    return shoal_graph_add(graph, &n, out, err);
}

shoal_status shoal_graph_literal_int(shoal_graph *graph, int64_t value, shoal_node **out,
                                     shoal_error *err)
{
    return add_literal(graph, SHOAL_INT64, &value, true, out, err);
}

shoal_status shoal_graph_literal_float(shoal_graph *graph, double value, shoal_node **out,
                                       shoal_error *err)
{
    return add_literal(graph, SHOAL_FLOAT64, &value, true, out, err);
}

shoal_status shoal_graph_cast(shoal_graph *graph, shoal_node *node, shoal_type_code type,
                              shoal_node **out, shoal_error *err)
{
    if (node->type.code == type) {
        if (!node->weak) {
            *out = node;
            return SHOAL_OK;
        }
        return add_literal(graph, type, node->value, false, out, err);
    }
    if (node->type.code >= SHOAL_TEXT)
        return shoal_fail(err, SHOAL_USAGE, "%s cannot be cast to numbers here",
                          node->type.code == SHOAL_TEXT ? "text" : "records");
    shoal_status status = shoal_graph_operand(graph, node, &node, err);
    if (status) return status;
    if (node->kind == SHOAL_NODE_LITERAL) {
        uint8_t value[16] = {0};
        const void *in[1] = {node->value};
        shoal_kernel_cast(node->type.code, type)(1, in, value);
        return add_literal(graph, type, value, false, out, err);
    }
    shoal_node n = {.kind = SHOAL_NODE_CAST,
                    .type = shoal_type_of(type),
                    .rank = node->rank,
                    .n_args = 1,
                    .arg = {node},
                    .source = -1};
    memcpy(n.shape, node->shape, sizeof n.shape);
    return shoal_graph_add(graph, &n, out, err);
}

shoal_status shoal_graph_common_shape(shoal_node *const *args, int n_args, int column,
                                      shoal_node *out, shoal_error *err)
{
    for (int a = 0; a < n_args; a++)
        if (args[a]->rank > out->rank) out->rank = args[a]->rank;
    for (int k = 0; k < out->rank; k++) out->shape[k] = 1;
    for (int a = 0; a < n_args; a++) {
        for (int k = 0; k < args[a]->rank; k++) {
            uint64_t *n = &out->shape[out->rank - args[a]->rank + k], m = args[a]->shape[k];
            if (*n == 1) *n = m;
            if (m == 1 || m == *n) continue;
            char s[3][700];
            for (int j = 0; j < n_args && j < 3; j++)
                shoal_shape_text(args[j]->rank, args[j]->shape, s[j], 200);
            return shoal_fail_at(err, column, "shapes %s%s%s%s%s do not broadcast", s[0],
                                 n_args > 1 ? " and " : "", n_args > 1 ? s[1] : "",
                                 n_args > 3   ? ", ... and "
                                 : n_args > 2 ? " and "
                                              : "",
                                 n_args > 2 ? s[2] : "");
        }
    }
    return SHOAL_OK;
}

static shoal_argument as_argument(const shoal_node *node)
{
    shoal_argument a = {.type = node->type.code, .weak = node->weak};
    if (node->kind == SHOAL_NODE_LITERAL && node->weak) {
        if (node->type.code == SHOAL_INT64) {
            memcpy(&a.literal_int, node->value, 8);
            a.literal = (double)a.literal_int;
        } else {
            memcpy(&a.literal, node->value, 8);
        }
    }
    return a;
}

/* Adds "column N: " to an error that has no column yet. */
static shoal_status at_column(shoal_status status, int column, shoal_error *err)
{
    if (status == SHOAL_USAGE && err && !err->column) {
        err->column = column;
        shoal_fail_within(err, status, "column %d", column);
        err->column = column;
    }
    return status;
}

shoal_status shoal_graph_element(shoal_graph *graph, shoal_op op, shoal_node **args, int column,
                                 shoal_node **out, shoal_error *err)
{
    int n_args = shoal_operation_of(op)->arity;
    shoal_node n = {.kind = SHOAL_NODE_ELEMENT, .op = op, .n_args = n_args, .source = -1};
    shoal_argument arguments[3];
    for (int k = 0; k < n_args; k++) {
        if (args[k]->type.code >= SHOAL_TEXT)
            return shoal_fail_at(err, column, "'%s' does not work on %s",
                                 shoal_operation_of(op)->name,
                                 args[k]->type.code == SHOAL_TEXT ? "text" : "records");
        shoal_status status = shoal_graph_operand(graph, args[k], &args[k], err);
        if (status) return status;
        arguments[k] = as_argument(args[k]);
    }
    shoal_signature s;
    shoal_status status = shoal_graph_common_shape(args, n_args, column, &n, err);
    if (!status) status = at_column(shoal_operation_resolve(op, arguments, &s, err), column, err);
    for (int k = 0; k < n_args && !status; k++) {
        bool alone = (op == SHOAL_OP_WHERE && k == 0) || (op == SHOAL_OP_LDEXP && k == 1);
        if (args[k]->weak && !alone)
            status = shoal_graph_cast(graph, args[k], s.literal, &args[k], err);
        if (!status) status = shoal_graph_cast(graph, args[k], s.cast[k], &n.arg[k], err);
    }
    if (status) return status;
    n.loop = s.loop;
    n.type = shoal_type_of(s.kernel_result);
    shoal_node *value;
    if ((status = shoal_graph_add(graph, &n, &value, err))) return status;
    return shoal_graph_cast(graph, value, s.result, out, err);
}

/* A stored node is computed in a pass of its own; to use its result is to read an array. A constant
   is one. */
shoal_status shoal_graph_operand(shoal_graph *graph, shoal_node *node, shoal_node **out,
                                 shoal_error *err)
{
    *out = node;
    if (!shoal_node_is_stored(node) && node->kind != SHOAL_NODE_CONSTANT) return SHOAL_OK;
    if (node->grows)
        return shoal_fail(err, SHOAL_USAGE,
                          "how many results these are is known only once they are computed: "
                          "write them to a file (-o) and go on from there");
    shoal_node n = {
        .kind = SHOAL_NODE_LEAF, .type = node->type, .rank = node->rank, .source = -1, .of = node};
    memcpy(n.shape, node->shape, sizeof n.shape);
    n.view.base_rank = node->rank;
    for (int k = 0; k < node->rank; k++) {
        n.view.axis[k] = k;
        n.view.step[k] = 1;
    }
    return shoal_graph_add(graph, &n, out, err);
}

shoal_status shoal_graph_source(shoal_graph *graph, int source, shoal_node **out, shoal_error *err)
{
    const shoal_source *s = &graph->inputs->sources[source];
    shoal_node n = {.kind = SHOAL_NODE_LEAF, .type = s->dataset->type, .source = source};
    int rank = n.view.base_rank = s->region.rank;
    for (int j = 0; j < rank; j++) {
        int k = s->reversed ? rank - 1 - j : j;
        n.view.start[k] = s->region.axis[k].start;
        if (s->dropped >> k & 1) continue;
        n.view.axis[n.rank] = k;
        n.view.step[n.rank] = s->region.axis[k].step;
        n.shape[n.rank++] = s->region.axis[k].count;
    }
    return shoal_graph_add(graph, &n, out, err);
}

/* A leaf's view of a whole base. */
static void view_all(int rank, const uint64_t *shape, shoal_node *leaf)
{
    leaf->rank = leaf->view.base_rank = rank;
    for (int k = 0; k < rank; k++) {
        leaf->shape[k] = shape[k];
        leaf->view.axis[k] = k;
        leaf->view.step[k] = 1;
    }
}

shoal_status shoal_graph_generator(shoal_graph *graph, const shoal_generator *generator,
                                   shoal_node **out, shoal_error *err)
{
    shoal_generator *copy = shoal_arena_alloc(graph->arena, sizeof *copy);
    if (!copy) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the expressions");
    *copy = *generator;
    shoal_node n = {
        .kind = SHOAL_NODE_LEAF, .type = generator->type, .source = -1, .generator = copy};
    view_all(generator->rank, generator->shape, &n);
    return shoal_graph_add(graph, &n, out, err);
}

shoal_status shoal_graph_joined(shoal_graph *graph, const shoal_joined *joined, shoal_node **out,
                                shoal_error *err)
{
    shoal_joined *copy = shoal_arena_alloc(graph->arena, sizeof *copy);
    if (!copy) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the expressions");
    *copy = *joined;
    shoal_node n = {
        .kind = SHOAL_NODE_LEAF, .type = joined->leaf[0]->type, .source = -1, .joined = copy};
    view_all(joined->rank, joined->shape, &n);
    return shoal_graph_add(graph, &n, out, err);
}

/* What a source's name means. */
static shoal_status named_source(shoal_graph *graph, int source, shoal_node **out, shoal_error *err)
{
    const shoal_source *s = &graph->inputs->sources[source];
    if (s->empty) {
        shoal_generator none = {.kind = SHOAL_GENERATE_SAME, .type = s->empty->type};
        none.rank = s->empty->rank;
        memcpy(none.shape, s->empty->shape, sizeof none.shape);
        return shoal_graph_generator(graph, &none, out, err);
    }
    shoal_status status = shoal_graph_source(graph, source, out, err);
    if (status || !s->cf) return status;
    return shoal_graph_decode(graph, s->cf, s->dataset->name, *out, out, err);
}

static shoal_status find_name(shoal_graph *graph, const shoal_syntax *syntax, shoal_node **out,
                              shoal_error *err)
{
    for (int k = graph->n_names - 1; k >= 0; k--) {
        if (strcmp(graph->names[k].name, syntax->text) != 0) continue;
        *out = graph->names[k].node;
        return SHOAL_OK;
    }
    int source = shoal_inputs_find(graph->inputs, syntax->text, err);
    if (source >= 0) return named_source(graph, source, out, err);
    if (source == -2) return err ? err->status : SHOAL_DATA;
    static const struct {
        const char *name;
        double value;
    } constants[] = {
        {"nan", NAN}, {"inf", INFINITY}, {"pi", 3.141592653589793}, {"e", 2.718281828459045}};
    for (size_t k = 0; k < sizeof constants / sizeof *constants; k++)
        if (strcmp(syntax->text, constants[k].name) == 0)
            return shoal_graph_literal_float(graph, constants[k].value, out, err);
    uint8_t truth = strcmp(syntax->text, "True") == 0;
    if (truth || strcmp(syntax->text, "False") == 0)
        return add_literal(graph, SHOAL_BOOL, &truth, false, out, err);
    source = shoal_inputs_find_beside(graph->inputs, syntax->text, err);
    if (source >= 0) return named_source(graph, source, out, err);
    if (source == -2) return err ? err->status : SHOAL_DATA;
    const char *candidates[1024];
    size_t n = 0;
    for (int k = 0; k < graph->inputs->n_sources && n < 900; k++)
        candidates[n++] = graph->inputs->sources[k].name;
    for (int k = 0; k < graph->n_names && n < 1024; k++) candidates[n++] = graph->names[k].name;
    const char *near = shoal_nearest_word(syntax->text, candidates, n);
    if (shoal_operation_find(syntax->text) >= 0)
        return shoal_fail_at(err, syntax->column, "'%s' is a function; write %s(...)", syntax->text,
                             syntax->text);
    const char *here = shoal_other_name(syntax->text);
    if (here)
        return shoal_fail_at(err, syntax->column, "unknown name '%s'; write %s", syntax->text,
                             here);
    return near ? shoal_fail_at(err, syntax->column, "unknown name '%s'; did you mean '%s'?",
                                syntax->text, near)
                : shoal_fail_at(err, syntax->column,
                                "unknown name '%s'; give it as an input: %s=FILE:/path",
                                syntax->text, syntax->text);
}

shoal_status shoal_graph_expression(shoal_graph *graph, const shoal_syntax *syntax,
                                    shoal_node **out, shoal_error *err)
{
    double parts[2] = {0, syntax->number};
    switch (syntax->kind) {
    case SHOAL_SYNTAX_INT: return shoal_graph_literal_int(graph, syntax->integer, out, err);
    case SHOAL_SYNTAX_FLOAT: return shoal_graph_literal_float(graph, syntax->number, out, err);
    case SHOAL_SYNTAX_COMPLEX: return add_literal(graph, SHOAL_COMPLEX128, parts, true, out, err);
    case SHOAL_SYNTAX_NAME: return find_name(graph, syntax, out, err);
    case SHOAL_SYNTAX_CALL: return shoal_graph_call(graph, syntax, out, err);
    case SHOAL_SYNTAX_INDEX:
        if (shoal_call_user_has_results(graph, syntax->child[0]))
            return shoal_call_user_result(graph, syntax, out, err);
        return shoal_call_is_pair(syntax->child[0]) ? shoal_call_pair(graph, syntax, out, err)
                                                    : shoal_graph_index(graph, syntax, out, err);
    case SHOAL_SYNTAX_STRING:
        return shoal_fail_at(err, syntax->column, "a text can only be compared: column == \"%s\"",
                             syntax->text);
    case SHOAL_SYNTAX_TUPLE: return shoal_graph_list(graph, syntax, out, err);
    case SHOAL_SYNTAX_KEYWORD:
    case SHOAL_SYNTAX_SLICE:
    case SHOAL_SYNTAX_ELLIPSIS: break;
    }
    return shoal_fail_at(err, syntax->column, "this is not an array");
}

shoal_status shoal_graph_statement(shoal_graph *graph, const shoal_statement *statement,
                                   shoal_node **out, shoal_error *err)
{
    shoal_status status = shoal_graph_expression(graph, statement->value, out, err);
    if (status || !statement->name) return status;
    graph->names[graph->n_names].name = statement->name;
    graph->names[graph->n_names++].node = *out;
    return SHOAL_OK;
}
