/* Random arrays. Each is the same for the same seed, however it is cut: random(), uniform(),
   integers() of ranges that are powers of two, and permutation() of up to 2^20 are NumPy's
   Generator(Philox(seed))'s, bit by bit. */
#include "compute/call.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "compute/lex.h"
#include "compute/philox.h"

#include <string.h>

#define MOST_SHUFFLED ((uint64_t)1 << 20) /* beyond, a permutation is not held in memory */

static shoal_status seed_of(shoal_graph *graph, const shoal_syntax *s, shoal_generator *g,
                            shoal_error *err)
{
    int64_t seed = 0;
    if (!shoal_call_is_none(s)) {
        shoal_status status = shoal_call_integer(graph, s, "a seed", &seed, err);
        if (status) return status;
        if (seed < 0) return shoal_fail_at(err, s->column, "a seed cannot be negative");
    }
    shoal_philox_key((uint64_t)seed, g->key);
    return SHOAL_OK;
}

static shoal_status size_of(shoal_graph *graph, const shoal_syntax *s, shoal_generator *g,
                            shoal_error *err)
{
    uint64_t n = 0;
    g->rank = 0;
    if (shoal_call_is_none(s)) return SHOAL_OK;
    shoal_status status = shoal_call_shape(graph, s, &g->rank, g->shape, err);
    if (!status && (!shoal_product(g->rank, g->shape, &n) || n > INT64_MAX / 2))
        return shoal_fail_at(err, s->column, "the array would have more than 2^62 elements");
    return status;
}

/* A generator's kind and type, with the size and seed that a call gives. */
static shoal_status begin(shoal_graph *graph, shoal_generator_kind kind, shoal_type_code type,
                          const shoal_syntax *size, const shoal_syntax *seed, shoal_generator *out,
                          shoal_error *err)
{
    *out = (shoal_generator){.kind = kind, .type = shoal_type_of(type), .draw_step = 1};
    shoal_status status = size_of(graph, size, out, err);
    return status ? status : seed_of(graph, seed, out, err);
}

static shoal_status call_random(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                shoal_error *err)
{
    static const char *const parameters[] = {"size", "dtype", "seed", NULL};
    shoal_bound b;
    shoal_type_code type = SHOAL_FLOAT64;
    shoal_generator g;
    shoal_status status = shoal_call_bind(call, parameters, 0, &b, err);
    if (!status && !shoal_call_is_none(b.slot[1])) status = shoal_call_type(b.slot[1], &type, err);
    if (status) return status;
    if (type != SHOAL_FLOAT64 && type != SHOAL_FLOAT32)
        return shoal_fail_at(err, b.slot[1]->column, "random() gives float64 or float32");
    shoal_generator_kind kind =
        type == SHOAL_FLOAT64 ? SHOAL_GENERATE_UNIFORM64 : SHOAL_GENERATE_UNIFORM32;
    status = begin(graph, kind, type, b.slot[0], b.slot[2], &g, err);
    return status ? status : shoal_graph_generator(graph, &g, out, err);
}

/* op(a, b) of nodes that are there. */
static shoal_status combine(shoal_graph *graph, shoal_op op, shoal_node *a, shoal_node *b,
                            shoal_node **out, shoal_error *err)
{
    shoal_node *args[2] = {a, b};
    return shoal_graph_element(graph, op, args, 0, out, err);
}

static shoal_status number_or(shoal_graph *graph, const shoal_syntax *s, double other,
                              const char *what, double *out, shoal_error *err)
{
    shoal_node *n;
    *out = other;
    if (!s) return SHOAL_OK;
    shoal_status status = shoal_call_number(graph, s, what, &n, err);
    if (!status) status = shoal_graph_cast(graph, n, SHOAL_FLOAT64, &n, err);
    if (!status) memcpy(out, n->value, sizeof *out);
    return status;
}

/* offset + scale * x, each rounded, as NumPy computes it. */
static shoal_status scaled(shoal_graph *graph, double offset, double scale, shoal_node *x,
                           shoal_node **out, shoal_error *err)
{
    shoal_node *number;
    shoal_status status = shoal_graph_literal_float(graph, scale, &number, err);
    if (!status) status = combine(graph, SHOAL_OP_MULTIPLY, number, x, &x, err);
    if (!status) status = shoal_graph_literal_float(graph, offset, &number, err);
    return status ? status : combine(graph, SHOAL_OP_ADD, number, x, out, err);
}

static shoal_status call_uniform(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                 shoal_error *err)
{
    static const char *const parameters[] = {"low", "high", "size", "seed", NULL};
    shoal_bound b;
    double low, high;
    shoal_generator g;
    shoal_status status = shoal_call_bind(call, parameters, 0, &b, err);
    if (!status) status = number_or(graph, b.slot[0], 0, "low", &low, err);
    if (!status) status = number_or(graph, b.slot[1], 1, "high", &high, err);
    if (!status)
        status =
            begin(graph, SHOAL_GENERATE_UNIFORM64, SHOAL_FLOAT64, b.slot[2], b.slot[3], &g, err);
    if (!status) status = shoal_graph_generator(graph, &g, out, err);
    return status ? status : scaled(graph, low, high - low, *out, out, err);
}

/* Box and Muller's way: sqrt(-2 log(1 - u)) cos(2 pi v) of the draws 2 k and 2 k + 1. */
static shoal_status standard_normal(shoal_graph *graph, shoal_generator *g, shoal_node **out,
                                    shoal_error *err)
{
    shoal_node *u, *v, *number;
    g->draw_step = 2;
    shoal_status status = shoal_graph_generator(graph, g, &u, err);
    g->first_draw = 1;
    if (!status) status = shoal_graph_generator(graph, g, &v, err);
    if (!status) status = shoal_graph_literal_float(graph, 1, &number, err);
    if (!status) status = combine(graph, SHOAL_OP_SUBTRACT, number, u, &u, err);
    if (!status) status = combine(graph, SHOAL_OP_LOG, u, NULL, &u, err);
    if (!status) status = shoal_graph_literal_float(graph, -2, &number, err);
    if (!status) status = combine(graph, SHOAL_OP_MULTIPLY, number, u, &u, err);
    if (!status) status = combine(graph, SHOAL_OP_SQRT, u, NULL, &u, err);
    if (!status) status = shoal_graph_literal_float(graph, 6.283185307179586, &number, err);
    if (!status) status = combine(graph, SHOAL_OP_MULTIPLY, number, v, &v, err);
    if (!status) status = combine(graph, SHOAL_OP_COS, v, NULL, &v, err);
    return status ? status : combine(graph, SHOAL_OP_MULTIPLY, u, v, out, err);
}

static shoal_status call_normal(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                shoal_error *err)
{
    static const char *const parameters[] = {"loc", "scale", "size", "seed", NULL};
    shoal_bound b;
    double loc, scale;
    shoal_generator g;
    shoal_status status = shoal_call_bind(call, parameters, 0, &b, err);
    if (!status) status = number_or(graph, b.slot[0], 0, "loc", &loc, err);
    if (!status) status = number_or(graph, b.slot[1], 1, "scale", &scale, err);
    if (!status && !(scale >= 0))
        return shoal_fail_at(err, call->column, "the scale cannot be negative");
    if (!status)
        status =
            begin(graph, SHOAL_GENERATE_UNIFORM64, SHOAL_FLOAT64, b.slot[2], b.slot[3], &g, err);
    if (!status) status = standard_normal(graph, &g, out, err);
    return status ? status : scaled(graph, loc, scale, *out, out, err);
}

static shoal_status call_integers(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                  shoal_error *err)
{
    static const char *const parameters[] = {"low", "high", "size", "endpoint", "seed", NULL};
    shoal_bound b;
    int64_t low = 0, high = 0;
    bool endpoint = false;
    shoal_generator g;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status && shoal_call_is_none(b.slot[1])) { /* integers(high) */
        b.slot[1] = b.slot[0];
        b.slot[0] = NULL;
    }
    if (!status && b.slot[0]) status = shoal_call_integer(graph, b.slot[0], "low", &low, err);
    if (!status) status = shoal_call_integer(graph, b.slot[1], "high", &high, err);
    if (!status) status = shoal_call_flag(graph, b.slot[3], &endpoint, err);
    if (!status)
        status = begin(graph, SHOAL_GENERATE_BOUNDED, SHOAL_INT64, b.slot[2], b.slot[4], &g, err);
    if (status) return status;
    if (endpoint ? low > high : low >= high)
        return shoal_fail_at(err, call->column, "there are no integers from low to high");
    g.integer = low;
    g.range = (uint64_t)high - (uint64_t)low - !endpoint;
    return shoal_graph_generator(graph, &g, out, err);
}

/* ---- Order ---- */

/* 0 .. range of words one after another, as NumPy's shuffle draws them: as many bits as the range
   has, until they are in it. */
static uint64_t next_bounded(shoal_philox *stream, uint64_t *at, uint32_t range)
{
    uint32_t mask = UINT32_MAX >> __builtin_clz(range), value;
    do {
        value = shoal_philox_half(stream, (*at)++) & mask;
    } while (value > range);
    return value;
}

/* Fisher and Yates' shuffle, from the end. */
static shoal_status shuffled(shoal_graph *graph, uint64_t n, const shoal_generator *g,
                             shoal_node **out, shoal_error *err)
{
    int64_t *order = shoal_arena_alloc(graph->arena, sizeof *order * (size_t)n + 8);
    shoal_philox stream = {.key = {g->key[0], g->key[1]}};
    uint64_t at = 0;
    if (!order) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for a permutation");
    for (uint64_t k = 0; k < n; k++) order[k] = (int64_t)k;
    for (uint64_t k = n; k-- > 1;) {
        uint64_t j = next_bounded(&stream, &at, (uint32_t)k);
        int64_t moved = order[k];
        order[k] = order[j];
        order[j] = moved;
    }
    return shoal_graph_constant(graph, SHOAL_INT64, 1, &n, order, out, err);
}

static shoal_status permutation(shoal_graph *graph, uint64_t n, const shoal_syntax *seed,
                                shoal_node **out, shoal_error *err)
{
    shoal_generator g;
    shoal_status status =
        begin(graph, SHOAL_GENERATE_PERMUTATION, SHOAL_INT64, NULL, seed, &g, err);
    g.rank = 1;
    g.shape[0] = n;
    g.range = n ? n - 1 : 0;
    if (!status && n <= MOST_SHUFFLED) return shuffled(graph, n, &g, out, err);
    return status ? status : shoal_graph_generator(graph, &g, out, err);
}

/* What is drawn from: an array and its axis, or the numbers below n (*x NULL). */
static shoal_status drawn_from(shoal_graph *graph, const shoal_syntax *a, const shoal_syntax *s,
                               shoal_node **x, int *axis, uint64_t *n, shoal_error *err)
{
    int64_t count;
    *axis = 0;
    shoal_status status = shoal_graph_expression(graph, a, x, err);
    if (status) return status;
    if ((*x)->kind == SHOAL_NODE_LITERAL) {
        *x = NULL;
        status = shoal_call_integer(graph, a, "a number of elements", &count, err);
        if (!status && count < 0)
            return shoal_fail_at(err, a->column, "a number of elements cannot be negative");
        *n = (uint64_t)count;
        return status;
    }
    if ((*x)->rank == 0) return shoal_fail_at(err, a->column, "an array with axes is expected");
    if (s) status = shoal_call_axis(graph, s, (*x)->rank, axis, err);
    *n = (*x)->shape[*axis];
    return status;
}

static shoal_status call_permutation(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                     shoal_error *err)
{
    static const char *const parameters[] = {"x", "axis", "seed", NULL};
    shoal_bound b;
    shoal_node *x, *order;
    int axis;
    uint64_t n = 0;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = drawn_from(graph, b.slot[0], b.slot[1], &x, &axis, &n, err);
    if (!status) status = permutation(graph, n, b.slot[2], &order, err);
    if (status) return status;
    if (x) return shoal_graph_take(graph, x, axis, order, SHOAL_TAKE_RAISE, call->column, out, err);
    *out = order;
    return SHOAL_OK;
}

/* The first of a permutation, in a shape. */
static shoal_status without_replacement(shoal_graph *graph, uint64_t n, const shoal_generator *size,
                                        const shoal_bound *b, int column, shoal_node **out,
                                        shoal_error *err)
{
    uint64_t count;
    shoal_node *order;
    shoal_subscript s;
    if (!shoal_product(size->rank, size->shape, &count) || count > n)
        return shoal_fail_at(err, column, "more are wanted than there are, without replacement");
    shoal_status status = permutation(graph, n, b->slot[4], &order, err);
    if (status) return status;
    shoal_subscript_all(order, &s);
    s.count[0] = count;
    status = shoal_graph_view(graph, order, &s, &order, err);
    return status ? status : shoal_graph_reshape(graph, order, size->rank, size->shape, out, err);
}

static shoal_status call_choice(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                shoal_error *err)
{
    static const char *const parameters[] = {"a", "size", "replace", "axis", "seed", NULL};
    shoal_bound b;
    shoal_node *x, *index;
    int axis;
    uint64_t n = 0;
    bool replace = true;
    shoal_generator g;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = drawn_from(graph, b.slot[0], b.slot[3], &x, &axis, &n, err);
    if (!status && b.slot[2]) status = shoal_call_flag(graph, b.slot[2], &replace, err);
    if (!status)
        status = begin(graph, SHOAL_GENERATE_BOUNDED, SHOAL_INT64, b.slot[1], b.slot[4], &g, err);
    if (status) return status;
    if (n == 0) return shoal_fail_at(err, call->column, "there is nothing to choose from");
    g.range = n - 1;
    status = replace ? shoal_graph_generator(graph, &g, &index, err)
                     : without_replacement(graph, n, &g, &b, call->column, &index, err);
    if (status) return status;
    if (x) return shoal_graph_take(graph, x, axis, index, SHOAL_TAKE_RAISE, call->column, out, err);
    *out = index;
    return SHOAL_OK;
}

const shoal_named_call shoal_functions_random[] = {
    {"random", call_random},
    {"uniform", call_uniform},
    {"normal", call_normal},
    {"integers", call_integers},
    {"choice", call_choice},
    {"permutation", call_permutation},
    {NULL, NULL},
};
