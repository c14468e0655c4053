/* Indexing by arrays: whole numbers pick along one axis, a mask selects along one or several. The
   numbers are computed while the plan is made, as the shapes depend on them. */
#include "compute/call.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "compute/lex.h"

#include <stdlib.h>
#include <string.h>

/* ---- Values that are needed at once ---- */

typedef struct shoal_known_mask {
    struct shoal_known_mask *next;
    const shoal_node *node;
    shoal_mask mask;
} shoal_known_mask;

static shoal_status evaluate(shoal_graph *graph, shoal_node *node, bool packed, int column,
                             void **out, shoal_error *err)
{
    if (!graph->evaluate)
        return shoal_fail_at(err, column, "an index by an array does not work here");
    return graph->evaluate(graph->evaluate_context, node, packed, out, err);
}

static shoal_status mask_of(shoal_graph *graph, shoal_node *node, int column,
                            const shoal_mask **out, shoal_error *err)
{
    for (shoal_known_mask *known = graph->masks; known; known = known->next) {
        if (known->node != node) continue;
        *out = &known->mask;
        return SHOAL_OK;
    }
    uint64_t n;
    void *bits;
    if (!shoal_product(node->rank, node->shape, &n))
        return shoal_fail_at(err, column, "the mask has more than 2^64 elements");
    shoal_node *value;
    shoal_status status = shoal_graph_operand(graph, node, &value, err);
    if (!status) status = evaluate(graph, value, true, column, &bits, err);
    if (status) return status;
    shoal_known_mask *known = shoal_arena_alloc(graph->arena, sizeof *known);
    uint64_t *words = shoal_arena_alloc(graph->arena, (size_t)shoal_mask_bytes(n) + 8);
    if (!known || !words) {
        free(bits);
        return shoal_fail(err, SHOAL_SYSTEM, "out of memory for a mask");
    }
    *known = (shoal_known_mask){.next = graph->masks, .node = node, .mask = {.n_bits = n}};
    known->mask.word = words;
    known->mask.before = words + shoal_ceil_div(n, 64);
    memcpy(words, bits, (size_t)shoal_ceil_div(n, 64) * sizeof *words);
    shoal_mask_count(&known->mask);
    free(bits);
    graph->masks = known;
    *out = &known->mask;
    return SHOAL_OK;
}

/* Indices counted from the front. */
static shoal_status normalize(int64_t *index, uint64_t n, uint64_t extent, shoal_take_mode mode,
                              int axis, int column, shoal_error *err)
{
    int64_t e = (int64_t)extent;
    for (uint64_t k = 0; k < n; k++) {
        int64_t v = index[k];
        if (mode == SHOAL_TAKE_WRAP && e)
            v = (v % e + e) % e;
        else if (mode == SHOAL_TAKE_CLIP && e)
            v = v < 0 ? 0 : v >= e ? e - 1 : v;
        else if (v < -e || v >= e)
            return shoal_fail_at(err, column,
                                 "index %lld is out of bounds for axis %d of size %llu",
                                 (long long)v, axis, (unsigned long long)extent);
        index[k] = v < 0 ? v + e : v;
    }
    return SHOAL_OK;
}

/* Runs of indices with the same step. */
static uint64_t find_segments(const int64_t *index, uint64_t n, shoal_segment *out)
{
    uint64_t n_segments = 0;
    for (uint64_t k = 0, end; k < n; k = end) {
        int64_t step = k + 1 < n ? index[k + 1] - index[k] : 1;
        for (end = k + 1; end < n && index[end] - index[end - 1] == step;) end++;
        if (out) out[n_segments] = (shoal_segment){k, index[k], step, 0};
        n_segments++;
    }
    return n_segments;
}

static shoal_status pick(shoal_graph *graph, shoal_node *node, int axis, const int64_t *index,
                         uint64_t n, shoal_node **out, shoal_error *err)
{
    uint64_t n_segments = find_segments(index, n, NULL);
    shoal_segment *s = malloc(sizeof *s * ((size_t)n_segments + 1));
    if (!s) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the indices");
    find_segments(index, n, s);
    shoal_status status = shoal_graph_pick(graph, node, axis, n, s, n_segments, NULL, out, err);
    free(s);
    return status;
}

/* One axis in the place of n of them, or the other way round: the shape for it. */
static shoal_status regroup(shoal_graph *graph, shoal_node *node, int axis, int n_old, int n_new,
                            const uint64_t *new_shape, int column, shoal_node **out,
                            shoal_error *err)
{
    uint64_t shape[SHOAL_MAX_RANK];
    int rank = node->rank - n_old + n_new;
    if (rank > SHOAL_MAX_RANK)
        return shoal_fail_at(err, column, "more than %d axes", SHOAL_MAX_RANK);
    for (int k = 0; k < axis; k++) shape[k] = node->shape[k];
    for (int k = 0; k < n_new; k++) shape[axis + k] = new_shape[k];
    for (int k = axis + n_old; k < node->rank; k++) shape[k - n_old + n_new] = node->shape[k];
    return shoal_graph_reshape(graph, node, rank, shape, out, err);
}

shoal_status shoal_graph_take(shoal_graph *graph, shoal_node *node, int axis, shoal_node *indices,
                              shoal_take_mode mode, int column, shoal_node **out, shoal_error *err)
{
    uint64_t n;
    void *values;
    if (indices->rank == 1 && indices->shape[0] == 0) { /* [] counts as one of whole numbers */
        shoal_status status = shoal_graph_cast(graph, indices, SHOAL_INT64, &indices, err);
        if (status) return status;
    }
    shoal_type_code type = indices->type.code;
    if (type > SHOAL_UINT64 || type == SHOAL_BOOL)
        return shoal_fail_at(err, column, "indices are whole numbers");
    shoal_status status = shoal_graph_cast(graph, indices, SHOAL_INT64, &indices, err);
    if (status) return status;
    if (!shoal_product(indices->rank, indices->shape, &n))
        return shoal_fail_at(err, column, "there are more than 2^64 indices");
    if ((status = evaluate(graph, indices, false, column, &values, err))) return status;
    status = normalize(values, n, node->shape[axis], mode, axis, column, err);
    if (!status) status = pick(graph, node, axis, values, n, out, err);
    free(values);
    if (status || indices->rank == 1) return status;
    return regroup(graph, *out, axis, 1, indices->rank, indices->shape, column, out, err);
}

shoal_status shoal_graph_compress(shoal_graph *graph, shoal_node *node, int axis, shoal_node *mask,
                                  int column, shoal_node **out, shoal_error *err)
{
    char text[2][700];
    const shoal_mask *bits = NULL;
    bool same = mask->rank > 0 && axis + mask->rank <= node->rank;
    for (int k = 0; k < mask->rank && same; k++) same = mask->shape[k] == node->shape[axis + k];
    if (!same)
        return shoal_fail_at(
            err, column, "a mask of shape %s does not fit axes from %d on of an array of shape %s",
            shoal_shape_text(mask->rank, mask->shape, text[0], sizeof text[0]), axis,
            shoal_shape_text(node->rank, node->shape, text[1], sizeof text[1]));
    shoal_status status = mask_of(graph, mask, column, &bits, err);
    if (!status && mask->rank > 1)
        status = regroup(graph, node, axis, mask->rank, 1, &bits->n_bits, column, &node, err);
    return status ? status : shoal_graph_masked(graph, node, axis, bits, out, err);
}

/* ---- Subscripts ---- */

/* The part of a subscript that is an array, and what stands around it. */
typedef struct array_part {
    int at; /* which child; 0: none */
    shoal_node *value;
    int axis;   /* of what is indexed that it begins at */
    bool apart; /* whole numbers stand apart from it: NumPy then puts its axis first */
} array_part;

static bool may_be_array(const shoal_syntax *s)
{
    return s->kind == SHOAL_SYNTAX_TUPLE || s->kind == SHOAL_SYNTAX_CALL ||
           s->kind == SHOAL_SYNTAX_INDEX ||
           (s->kind == SHOAL_SYNTAX_NAME && !shoal_syntax_is_new_axis(s));
}

static shoal_status find_array(shoal_graph *graph, const shoal_syntax *index, array_part *out,
                               shoal_error *err)
{
    *out = (array_part){0};
    for (int k = 1; k < index->n_children; k++) {
        const shoal_syntax *item = index->child[k];
        shoal_node *value;
        if (!may_be_array(item)) continue;
        shoal_status status = shoal_graph_expression(graph, item, &value, err);
        if (status) return status;
        if (value->kind == SHOAL_NODE_LITERAL && value->weak) continue;
        if (out->at)
            return shoal_fail_at(err, item->column,
                                 "one array of indices at a time: index the result once more");
        out->at = k;
        out->value = value;
    }
    return SHOAL_OK;
}

/* How many axes a part takes of what is indexed. */
static int takes(const shoal_syntax *item, const array_part *a, int k)
{
    if (item->kind == SHOAL_SYNTAX_KEYWORD || item->kind == SHOAL_SYNTAX_ELLIPSIS ||
        shoal_syntax_is_new_axis(item))
        return 0;
    return k == a->at && a->value->type.code == SHOAL_BOOL ? a->value->rank : 1;
}

static void place_array(const shoal_syntax *index, int rank, array_part *a)
{
    int taken = 0;
    bool open = false, after = false; /* after the array: has something else come since? */
    for (int k = 1; k < index->n_children; k++) taken += takes(index->child[k], a, k);
    for (int k = 1; k < a->at; k++) {
        const shoal_syntax *item = index->child[k];
        a->axis += item->kind == SHOAL_SYNTAX_ELLIPSIS ? rank - taken : takes(item, a, k);
    }
    for (int k = a->at - 1; k > 0; k--) {
        const shoal_syntax *item = index->child[k];
        bool number = item->kind != SHOAL_SYNTAX_SLICE && takes(item, a, k);
        a->apart |= number && open;
        open |= !number && item->kind != SHOAL_SYNTAX_KEYWORD;
    }
    for (int k = a->at + 1; k < index->n_children; k++) {
        const shoal_syntax *item = index->child[k];
        bool number = item->kind != SHOAL_SYNTAX_SLICE && takes(item, a, k);
        a->apart |= number && after;
        after |= !number && item->kind != SHOAL_SYNTAX_KEYWORD;
    }
}

/* The subscript with the array's axes taken whole. */
static shoal_status without_array(shoal_graph *graph, const shoal_syntax *index,
                                  const array_part *a, shoal_syntax *out, shoal_error *err)
{
    int n = takes(index->child[a->at], a, a->at);
    shoal_syntax *whole = shoal_arena_alloc(graph->arena, sizeof *whole);
    shoal_syntax **none = shoal_arena_alloc(graph->arena, sizeof *none * 3);
    shoal_syntax **child =
        shoal_arena_alloc(graph->arena, sizeof *child * (size_t)(index->n_children + n));
    if (!whole || !none || !child) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    *whole = (shoal_syntax){.kind = SHOAL_SYNTAX_SLICE,
                            .column = index->child[a->at]->column,
                            .n_children = 3,
                            .child = none};
    *out = *index;
    out->n_children = 0;
    out->child = child;
    for (int k = 0; k < index->n_children; k++) {
        if (k != a->at) child[out->n_children++] = index->child[k];
        for (int j = 0; k == a->at && j < n; j++) child[out->n_children++] = whole;
    }
    return SHOAL_OK;
}

static shoal_status to_front(shoal_graph *graph, shoal_node *x, int axis, int n, shoal_node **out,
                             shoal_error *err)
{
    shoal_subscript s = {.rank = x->rank, .n_out = x->rank};
    for (int k = 0; k < x->rank; k++) {
        int from = k < n ? axis + k : k < axis + n ? k - n : k;
        s.axis[k] = from;
        s.step[from] = 1;
        s.count[k] = x->shape[from];
    }
    return shoal_graph_view(graph, x, &s, out, err);
}

static shoal_status index_array(shoal_graph *graph, const shoal_syntax *index, shoal_node *base,
                                array_part *a, shoal_node **out, shoal_error *err)
{
    int column = index->child[a->at]->column, axis = 0;
    shoal_subscript s;
    shoal_syntax basic;
    shoal_node *x;
    if (a->value->type.code == SHOAL_BOOL && a->value->rank == 0)
        return shoal_fail_at(err, column, "a subscript cannot be a single bool");
    place_array(index, base->rank, a);
    shoal_status status = without_array(graph, index, a, &basic, err);
    if (!status) status = shoal_graph_subscript(graph, &basic, base, &s, err);
    if (!status) status = shoal_graph_view(graph, base, &s, &x, err);
    if (status) return status;
    while (axis < s.n_out && s.axis[axis] != a->axis) axis++;
    if (axis == s.n_out) return shoal_fail_at(err, column, "the axis is taken twice");
    bool mask = a->value->type.code == SHOAL_BOOL;
    status = mask ? shoal_graph_compress(graph, x, axis, a->value, column, out, err)
                  : shoal_graph_take(graph, x, axis, a->value, SHOAL_TAKE_RAISE, column, out, err);
    if (status || !a->apart) return status;
    return to_front(graph, *out, axis, mask ? 1 : a->value->rank, out, err);
}

shoal_status shoal_graph_index(shoal_graph *graph, const shoal_syntax *index, shoal_node **out,
                               shoal_error *err)
{
    shoal_node *base;
    array_part a;
    shoal_subscript s;
    shoal_status status = shoal_graph_expression(graph, index->child[0], &base, err);
    if (!status) status = find_array(graph, index, &a, err);
    if (status) return status;
    if (a.at && base->rank > 0) return index_array(graph, index, base, &a, out, err);
    if ((status = shoal_graph_subscript(graph, index, base, &s, err))) return status;
    if (base->kind == SHOAL_NODE_LITERAL && s.n_out > 0)
        return shoal_fail_at(err, index->column, "a number cannot be sliced");
    return shoal_graph_view(graph, base, &s, out, err);
}
