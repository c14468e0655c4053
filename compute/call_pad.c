/* pad(): what lies beyond an array's edges. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"

#include <stdlib.h>
#include <string.h>

#define MOST_SEGMENTS ((int64_t)1 << 20)
#define MOST_PADDING  ((int64_t)1 << 60)

typedef enum mode { CONSTANT, EDGE, REFLECT, SYMMETRIC, WRAP, N_MODES } mode;

static const char *const mode_names[N_MODES] = {"constant", "edge", "reflect", "symmetric", "wrap"};

typedef struct padding {
    int64_t width[SHOAL_MAX_RANK][2];
    const shoal_syntax *value[SHOAL_MAX_RANK][2]; /* CONSTANT; NULL: 0 */
    mode mode;
} padding;

/* One pair for all axes or one for each, as NumPy broadcasts: 3, (3,), (1, 2), ((1, 2),) or
   ((1, 2), (3, 4), ...). */
static shoal_status pairs_of(const shoal_syntax *s, int rank, const shoal_syntax *(*out)[2],
                             shoal_error *err)
{
    bool nested = s->kind == SHOAL_SYNTAX_TUPLE && s->n_children > 0 &&
                  s->child[0]->kind == SHOAL_SYNTAX_TUPLE;
    if (nested && s->n_children != 1 && s->n_children != rank)
        return shoal_fail_at(err, s->column, "%d pairs for %d axes", s->n_children, rank);
    for (int k = 0; k < rank; k++) {
        const shoal_syntax *pair = !nested ? s : s->child[s->n_children == 1 ? 0 : k];
        bool many = pair->kind == SHOAL_SYNTAX_TUPLE;
        if (many && pair->n_children != 1 && pair->n_children != 2)
            return shoal_fail_at(err, pair->column, "a pair (before, after) is expected here");
        out[k][0] = many ? pair->child[0] : pair;
        out[k][1] = many ? pair->child[pair->n_children - 1] : pair;
    }
    return SHOAL_OK;
}

static shoal_status widths_of(shoal_graph *graph, const shoal_syntax *s, int rank, padding *p,
                              shoal_error *err)
{
    const shoal_syntax *pairs[SHOAL_MAX_RANK][2];
    shoal_status status = pairs_of(s, rank, pairs, err);
    for (int k = 0; k < 2 * rank && !status; k++) {
        int64_t *width = &p->width[k / 2][k % 2];
        status = shoal_call_integer(graph, pairs[k / 2][k % 2], "a pad width", width, err);
        if (!status && (*width < 0 || *width > MOST_PADDING))
            return shoal_fail_at(err, s->column, "pad widths cannot be negative or beyond 2^60");
    }
    return status;
}

static shoal_status mode_of(const shoal_syntax *s, mode *out, shoal_error *err)
{
    *out = CONSTANT;
    if (!s) return SHOAL_OK;
    for (int k = 0; k < N_MODES; k++) {
        if (s->kind != SHOAL_SYNTAX_STRING || strcmp(s->text, mode_names[k]) != 0) continue;
        *out = (mode)k;
        return SHOAL_OK;
    }
    return shoal_fail_at(err, s->column,
                         "the mode is 'constant', 'edge', 'reflect', 'symmetric' or 'wrap'");
}

/* The segment that index i of the padded axis, counted from the array's own first one, begins, and
   how long it is; the array has n of them. */
static shoal_segment segment_at(mode m, int64_t i, int64_t n, int64_t *length)
{
    if (m == EDGE || n == 1) {
        bool inside = i >= 0 && i < n;
        *length = i < 0 ? -i : inside ? n - i : INT64_MAX;
        return (shoal_segment){0, i < 0 ? 0 : inside ? i : n - 1, inside, 0};
    }
    int64_t period = m == WRAP ? n : m == SYMMETRIC ? 2 * n : 2 * (n - 1);
    int64_t at = (i % period + period) % period;
    *length = at < n ? n - at : period - at;
    if (at < n) return (shoal_segment){0, at, 1, 0};
    return (shoal_segment){0, m == SYMMETRIC ? period - 1 - at : period - at, -1, 0};
}

static shoal_status extend(shoal_graph *graph, mode m, int axis, const int64_t *width, int column,
                           shoal_node **x, shoal_error *err)
{
    int64_t n = (int64_t)(*x)->shape[axis], extent = width[0] + n + width[1];
    if (n == 0)
        return shoal_fail_at(err, column, "an empty axis is padded with mode 'constant' only");
    int64_t most = (extent - n) / (n > 1 ? n - 1 : 1) + 8;
    if (m == EDGE || n == 1) most = 3;
    if (most > MOST_SEGMENTS) return shoal_fail_at(err, column, "more repetitions than 2^20");
    shoal_segment *s = malloc(sizeof *s * (size_t)most);
    if (!s) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the expressions");
    uint64_t n_segments = 0;
    for (int64_t i = 0, length; i < extent && n_segments < (uint64_t)most; i += length) {
        s[n_segments] = segment_at(m, i - width[0], n, &length);
        s[n_segments++].at = (uint64_t)i;
        if (length > extent - i) break;
    }
    shoal_status status =
        shoal_graph_pick(graph, *x, axis, (uint64_t)extent, s, n_segments, NULL, x, err);
    free(s);
    return status;
}

/* The value in the array's type, as NumPy assigns it. */
static shoal_status value_of(shoal_graph *graph, const shoal_syntax *s, shoal_type_code type,
                             shoal_node **out, shoal_error *err)
{
    shoal_status status = s ? shoal_graph_expression(graph, s, out, err)
                            : shoal_graph_literal_int(graph, 0, out, err);
    if (status) return status;
    if ((*out)->kind != SHOAL_NODE_LITERAL)
        return shoal_fail_at(err, s ? s->column : 1, "a constant value is a number");
    return shoal_graph_cast(graph, *out, type, out, err);
}

/* In a leaf the value is the fill of the joined array; computed arrays choose. */
static shoal_status add_value(shoal_graph *graph, int axis, uint64_t before, uint64_t after,
                              shoal_node *value, int column, shoal_node **x, shoal_error *err)
{
    shoal_segment s[3];
    uint64_t n = (*x)->shape[axis], n_segments = 0;
    if (before) s[n_segments++] = (shoal_segment){0, 0, 0, -1};
    if (n) s[n_segments++] = (shoal_segment){before, 0, 1, 0};
    if (after) s[n_segments++] = (shoal_segment){before + n, 0, 0, -1};
    shoal_status status = shoal_graph_operand(graph, *x, x, err);
    bool leaf = (*x)->kind == SHOAL_NODE_LEAF;
    if (!status)
        status = shoal_graph_pick(graph, *x, axis, before + n + after, s, n_segments,
                                  value ? value->value : NULL, x, err);
    if (!status && !leaf)
        status = shoal_graph_choose(graph, axis, before, before + n, *x, value, column, x, err);
    return status;
}

static shoal_status add_constant(shoal_graph *graph, const padding *p, int axis, int column,
                                 shoal_node **x, shoal_error *err)
{
    uint64_t before = (uint64_t)p->width[axis][0], after = (uint64_t)p->width[axis][1];
    shoal_node *value[2] = {NULL, NULL};
    bool text = (*x)->type.code >= SHOAL_TEXT;
    if (text && p->value[axis][0])
        return shoal_fail_at(err, column, "texts are padded with empty ones");
    for (int k = 0; k < 2 && !text; k++) {
        shoal_status status = value_of(graph, p->value[axis][k], (*x)->type.code, &value[k], err);
        if (status) return status;
    }
    if (before + after == 0) return SHOAL_OK;
    if (value[0] == value[1])
        return add_value(graph, axis, before, after, value[0], column, x, err);
    shoal_status status = SHOAL_OK;
    if (before) status = add_value(graph, axis, before, 0, value[0], column, x, err);
    if (!status && after) status = add_value(graph, axis, 0, after, value[1], column, x, err);
    return status;
}

static shoal_status call_pad(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                             shoal_error *err)
{
    static const char *const parameters[] = {"array", "pad_width", "mode", "constant_values", NULL};
    shoal_bound b;
    shoal_node *x;
    padding p = {0};
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &x, err);
    if (!status) status = mode_of(b.slot[2], &p.mode, err);
    if (!status) status = widths_of(graph, b.slot[1], x->rank, &p, err);
    if (!status && b.slot[3] && p.mode != CONSTANT)
        return shoal_fail_at(err, b.slot[3]->column, "constant_values go with mode 'constant'");
    if (!status && b.slot[3]) status = pairs_of(b.slot[3], x->rank, p.value, err);
    for (int k = 0; !status && k < x->rank; k++) {
        if (x->shape[k] > MOST_PADDING)
            return shoal_fail_at(err, call->column, "the array is too large to pad");
        if (p.mode == CONSTANT) {
            status = add_constant(graph, &p, k, call->column, &x, err);
        } else if (p.width[k][0] || p.width[k][1]) {
            status = extend(graph, p.mode, k, p.width[k], call->column, &x, err);
        }
    }
    *out = x;
    return status;
}

const shoal_named_call shoal_functions_pad[] = {
    {"pad", call_pad},
    {NULL, NULL},
};
