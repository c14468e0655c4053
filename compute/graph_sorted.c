/* Numbers in which others are looked up. They are computed while the plan is made, as indices are,
   and are kept as ordered keys. */
#include "compute/call.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "compute/kernel.h"
#include "compute/lex.h"

#include <stdlib.h>
#include <string.h>

#define TOP (UINT64_C(1) << 63)

shoal_type_code shoal_sorted_code(shoal_type_code type)
{
    if (type == SHOAL_UINT64) return type;
    return type >= SHOAL_FLOAT16 ? SHOAL_FLOAT64 : SHOAL_INT64;
}

static int by_key(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void find_order(shoal_sorted *s)
{
    s->rises = s->falls = true;
    for (uint64_t k = 1; k < s->n; k++) {
        s->rises &= s->key[k - 1] <= s->key[k];
        s->falls &= s->key[k - 1] >= s->key[k];
    }
}

/* Each once, rising, without NaN. Keys of int64 become those of uint64 and the other way round, so
   that these compare exactly; without what the other type has not. */
static void make_set(shoal_sorted *s, shoal_type_code from)
{
    uint64_t n = 0;
    for (uint64_t k = 0; k < s->n; k++) {
        uint64_t key = s->key[k];
        if (from == SHOAL_FLOAT64 && key == UINT64_MAX) continue;
        if (from != s->code) {
            if ((key & TOP) != (from == SHOAL_INT64 ? TOP : 0)) continue;
            key ^= TOP;
        }
        s->key[n++] = key;
    }
    s->n = n;
    find_order(s);
    if (!s->rises) qsort(s->key, (size_t)n, sizeof *s->key, by_key);
    for (uint64_t k = n = 0; k < s->n; k++)
        if (k == 0 || s->key[k] != s->key[n - 1]) s->key[n++] = s->key[k];
    s->n = n;
    s->rises = true;
}

/* malloc'ed, of type `code`: the values of a node, and how many they are. */
static shoal_status values_of(shoal_graph *graph, shoal_node *node, shoal_type_code code,
                              int column, void **out, uint64_t *n, shoal_error *err)
{
    shoal_type_code type = node->type.code;
    bool grows = node->grows;
    shoal_status status = SHOAL_OK;
    if (!graph->evaluate)
        return shoal_fail_at(err, column, "an array to look in does not work here");
    if (!grows) status = shoal_graph_cast(graph, node, code, &node, err);
    if (!status && !grows) status = shoal_graph_operand(graph, node, &node, err);
    if (!status) status = graph->evaluate(graph->evaluate_context, node, false, out, err);
    if (status) return status;
    if (!shoal_product(node->rank, node->shape, n)) *n = 0; /* cannot be: it was computed */
    if (!grows) return SHOAL_OK;
    node->shape[0] = 0; /* as long as only computing tells */
    if (type == code) return SHOAL_OK;
    const void *in[1] = {*out};
    void *wide = malloc((size_t)*n * 8 + 64);
    if (wide) shoal_kernel_cast(type, code)((size_t)*n, in, wide);
    free(*out);
    *out = wide;
    return wide ? SHOAL_OK : shoal_fail(err, SHOAL_SYSTEM, "out of memory for what is looked in");
}

shoal_status shoal_graph_sorted(shoal_graph *graph, shoal_node *node, shoal_type_code code,
                                bool is_set, int column, const shoal_sorted **out, shoal_error *err)
{
    for (const shoal_sorted *s = graph->sorted; s; s = s->next) {
        if (s->node != node || s->code != code || s->is_set != is_set) continue;
        *out = s;
        return SHOAL_OK;
    }
    void *values = NULL;
    uint64_t n = 0;
    shoal_type_code from = shoal_sorted_code(node->type.code);
    if (!is_set || code == SHOAL_FLOAT64) from = code;
    shoal_status status = values_of(graph, node, from, column, &values, &n, err);
    if (status) return status;
    shoal_sorted *s = shoal_arena_alloc(graph->arena, sizeof *s);
    uint64_t *key = shoal_arena_alloc(graph->arena, ((size_t)n + 1) * sizeof *key);
    if (s && key) shoal_apply_keys(from, (size_t)n, values, key);
    free(values);
    if (!s || !key) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for what is looked in");
    *s = (shoal_sorted){
        .next = graph->sorted, .node = node, .code = code, .is_set = is_set, .n = n, .key = key};
    if (is_set)
        make_set(s, from);
    else
        find_order(s);
    graph->sorted = s;
    *out = s;
    return SHOAL_OK;
}
