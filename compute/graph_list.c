/* List literals: [1, 2, 3] and [[1.5, nan], [2, 3]] are arrays. */
#include "compute/graph.h"

#include "chunk/error.h"
#include "compute/kernel.h"
#include "compute/lex.h"
#include "compute/operation_rule.h"

#include <string.h>

enum { MOST_RANK = 4, MOST_ELEMENTS = 1 << 16 };

typedef struct number {
    shoal_type_code type;
    uint8_t value[16];
} number;

typedef struct reading {
    shoal_graph *graph;
    int rank;
    uint64_t shape[MOST_RANK];
    number *element; /* in C order */
    size_t n;
    shoal_type_code type; /* of those so far */
    shoal_error *err;
} reading;

/* The shape is that of the first items. */
static shoal_status read_shape(reading *r, const shoal_syntax *list)
{
    uint64_t n = 1;
    for (const shoal_syntax *s = list; s->kind == SHOAL_SYNTAX_TUPLE; s = s->child[0]) {
        if (r->rank == MOST_RANK)
            return shoal_fail_at(r->err, s->column, "lists are nested %d deep at most", MOST_RANK);
        r->shape[r->rank++] = (uint64_t)s->n_children;
        n *= (uint64_t)s->n_children;
        if (n > MOST_ELEMENTS)
            return shoal_fail_at(r->err, list->column, "a list of more than %d numbers",
                                 MOST_ELEMENTS);
        if (s->n_children == 0) break;
    }
    r->element = shoal_arena_alloc(r->graph->arena, sizeof *r->element * (size_t)(n + 1));
    return r->element ? SHOAL_OK : shoal_fail(r->err, SHOAL_SYSTEM, "out of memory");
}

static void add_number(reading *r, shoal_type_code type, const void *value, size_t n_bytes)
{
    const shoal_argument both[2] = {{.type = type}, {.type = r->type}};
    r->type = shoal_promote_all(r->n ? 2 : 1, both);
    number *n = &r->element[r->n++];
    *n = (number){.type = type};
    memcpy(n->value, value, n_bytes);
}

/* A number as it is written, with a minus or without: long lists are made of them, and need no node
   for each. */
static bool add_plain(reading *r, const shoal_syntax *s)
{
    bool minus = s->kind == SHOAL_SYNTAX_CALL && s->is_operator && s->n_children == 1 &&
                 strcmp(s->text, "negative") == 0;
    if (minus) s = s->child[0];
    double real = minus ? -s->number : s->number;
    if (s->kind == SHOAL_SYNTAX_FLOAT) {
        add_number(r, SHOAL_FLOAT64, &real, sizeof real);
    } else if (s->kind == SHOAL_SYNTAX_INT && s->integer >= 0) {
        int64_t whole = minus ? -s->integer : s->integer;
        add_number(r, SHOAL_INT64, &whole, sizeof whole);
    } else {
        return false;
    }
    return true;
}

static shoal_status read_number(reading *r, const shoal_syntax *s)
{
    shoal_node *n;
    if (add_plain(r, s)) return SHOAL_OK;
    if (s->kind == SHOAL_SYNTAX_STRING)
        return shoal_fail_at(r->err, s->column, "a list is of numbers, not of texts");
    shoal_status status = shoal_graph_expression(r->graph, s, &n, r->err);
    if (status) return status;
    if (n->kind != SHOAL_NODE_LITERAL)
        return shoal_fail_at(r->err, s->column, "a list is of numbers; arrays are not among them");
    add_number(r, n->type.code, n->value, n->type.n_bytes);
    return SHOAL_OK;
}

static shoal_status read_items(reading *r, const shoal_syntax *s, int depth)
{
    if (s->kind != SHOAL_SYNTAX_TUPLE && depth == r->rank) return read_number(r, s);
    if (s->kind != SHOAL_SYNTAX_TUPLE || depth == r->rank ||
        (uint64_t)s->n_children != r->shape[depth])
        return shoal_fail_at(r->err, s->column, "the lists are not of the same length");
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < s->n_children && !status; k++)
        status = read_items(r, s->child[k], depth + 1);
    return status;
}

shoal_status shoal_graph_constant(shoal_graph *graph, shoal_type_code type, int rank,
                                  const uint64_t *shape, void *data, shoal_node **out,
                                  shoal_error *err)
{
    shoal_node n = {.kind = SHOAL_NODE_CONSTANT,
                    .type = shoal_type_of(type),
                    .rank = rank,
                    .source = -1,
                    .data = data};
    memcpy(n.shape, shape, (size_t)rank * sizeof *shape);
    shoal_status status = shoal_graph_add(graph, &n, out, err);
    return status ? status : shoal_graph_operand(graph, *out, out, err);
}

/* Python's numbers count as bool, int64, float64 or complex128, as for numpy.asarray. */
static shoal_status add_constant(const reading *r, shoal_node **out)
{
    shoal_type_code type = r->n ? r->type : SHOAL_FLOAT64;
    size_t size = shoal_code_size(type);
    uint8_t *data = shoal_arena_alloc(r->graph->arena, (r->n + 1) * size);
    if (!data) return shoal_fail(r->err, SHOAL_SYSTEM, "out of memory");
    for (size_t k = 0; k < r->n; k++) {
        const void *in[1] = {r->element[k].value};
        shoal_kernel cast = shoal_kernel_cast(r->element[k].type, type);
        if (cast)
            cast(1, in, data + k * size);
        else
            memcpy(data + k * size, in[0], size);
    }
    return shoal_graph_constant(r->graph, type, r->rank, r->shape, data, out, r->err);
}

shoal_status shoal_graph_list(shoal_graph *graph, const shoal_syntax *list, shoal_node **out,
                              shoal_error *err)
{
    reading r = {.graph = graph, .err = err};
    shoal_status status = read_shape(&r, list);
    if (!status) status = read_items(&r, list, 0);
    return status ? status : add_constant(&r, out);
}
