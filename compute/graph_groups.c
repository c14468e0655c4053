/* Labels of an axis -> its groups. The labels are computed while the plan is made, as the shape of
   the result depends on them. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/kernel.h"
#include "compute/lex.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The type in which labels are compared, or SHOAL_USAGE. */
static shoal_status key_type(const shoal_node *labels, int column, shoal_type_code *out,
                             shoal_error *err)
{
    *out = labels->type.code;
    if (*out == SHOAL_TEXT || *out == SHOAL_UINT64) return SHOAL_OK;
    if (*out > SHOAL_FLOAT64)
        return shoal_fail_at(err, column, "labels are numbers, bools or texts");
    *out = *out >= SHOAL_FLOAT16 ? SHOAL_FLOAT64 : SHOAL_INT64;
    return SHOAL_OK;
}

/* A number's bits so that they order as unsigned integers. */
static uint64_t ordered(shoal_type_code type, uint64_t bits)
{
    const uint64_t sign = UINT64_C(1) << 63;
    if (type == SHOAL_UINT64) return bits;
    if (type == SHOAL_FLOAT64 && bits == sign) bits = 0; /* -0.0 */
    if (type == SHOAL_FLOAT64 && bits & sign) return ~bits;
    return bits ^ sign;
}

/* In place: numbers to keys, highest byte first; marks those that are missing. */
static void make_keys(const shoal_node *labels, shoal_type_code type, bool categories,
                      uint8_t *value, bool *missing)
{
    uint64_t n = labels->shape[0];
    bool has_nat = labels->time && labels->time->has_nat && type == SHOAL_INT64;
    for (uint64_t k = 0; k < n; k++, value += 8) {
        uint64_t bits;
        double real;
        memcpy(&bits, value, 8);
        memcpy(&real, value, 8);
        missing[k] = type == SHOAL_FLOAT64 ? isnan(real) : has_nat && bits == UINT64_C(1) << 63;
        if (categories && bits >> 63) missing[k] = true; /* code -1 */
        bits = __builtin_bswap64(ordered(type, bits));
        memcpy(value, &bits, 8);
    }
}

static shoal_status no_memory(shoal_error *err)
{
    return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the labels");
}

/* ---- What the groups are called ---- */

enum { MOST_LABEL_BYTES = 1 << 26 };

/* A key's number as it was. */
static uint64_t unordered(shoal_type_code type, const uint8_t *key)
{
    const uint64_t sign = UINT64_C(1) << 63;
    uint64_t bits;
    memcpy(&bits, key, 8);
    bits = __builtin_bswap64(bits);
    if (type == SHOAL_UINT64) return bits;
    return type == SHOAL_INT64 || bits & sign ? bits ^ sign : ~bits;
}

/* Numbers in the type that the labels had. */
static shoal_status name_numbers(shoal_graph *graph, shoal_type_code key, const uint8_t *value,
                                 const uint64_t *first, shoal_groups *out, shoal_error *err)
{
    shoal_axis_labels *axis = &out->axis;
    uint8_t *to = shoal_arena_alloc(graph->arena, ((size_t)out->n + 1) * axis->type.n_bytes);
    shoal_kernel cast = shoal_kernel_cast(key, axis->type.code);
    if (!to) return no_memory(err);
    for (uint64_t g = 0; g < out->n; g++) {
        uint64_t bits = unordered(key, value + first[g] * 8);
        const void *in[1] = {&bits};
        if (cast)
            cast(1, in, to + g * axis->type.n_bytes);
        else
            memcpy(to + g * 8, &bits, 8);
    }
    axis->value = to;
    return SHOAL_OK;
}

/* Texts, or those of the codes' categories; very long ones are left out. */
static shoal_status name_texts(shoal_graph *graph, const shoal_column *categories,
                               const uint8_t *value, const uint64_t *first, shoal_groups *out,
                               shoal_error *err)
{
    shoal_axis_labels *axis = &out->axis;
    size_t width = axis->type.n_bytes, longest = 1;
    for (uint64_t g = 0; g < out->n && categories; g++) {
        uint64_t code = unordered(SHOAL_INT64, value + first[g] * 8);
        size_t n = code < categories->n_categories ? strlen(categories->categories[code]) : 0;
        if (n > longest) longest = n;
    }
    if (categories) width = longest;
    if (width == 0 || out->n > MOST_LABEL_BYTES / width) {
        axis->name = NULL;
        return SHOAL_OK;
    }
    char *to = shoal_arena_alloc(graph->arena, ((size_t)out->n + 1) * width);
    if (!to) return no_memory(err);
    memset(to, 0, (size_t)out->n * width);
    for (uint64_t g = 0; g < out->n; g++) {
        if (!categories) memcpy(to + g * width, value + first[g] * width, width);
        uint64_t code = categories ? unordered(SHOAL_INT64, value + first[g] * 8) : UINT64_MAX;
        if (categories && code < categories->n_categories)
            memcpy(to + g * width, categories->categories[code],
                   strlen(categories->categories[code]));
    }
    axis->value = to;
    axis->type = (shoal_type){SHOAL_TEXT, (uint32_t)width};
    axis->varies |= categories != NULL;
    return SHOAL_OK;
}

/* `value` has the keys, of this type. */
static shoal_status name_groups(shoal_graph *graph, const shoal_node *labels, shoal_type_code key,
                                const uint8_t *value, shoal_groups *out, shoal_error *err)
{
    uint64_t *first = malloc(((size_t)out->n + 1) * sizeof *first);
    const shoal_column *categories = shoal_call_categories(graph, labels);
    if (!first) return no_memory(err);
    for (uint64_t k = out->n_axis; k-- > 0;)
        if (out->of[k] != SHOAL_NO_GROUP) first[out->of[k]] = k;
    out->axis.type = labels->type;
    out->axis.n = out->n;
    out->axis.time = labels->time;
    if (labels->kind == SHOAL_NODE_LEAF && labels->source >= 0 && key == SHOAL_TEXT)
        out->axis.varies = graph->inputs->sources[labels->source].dataset->has_sequences;
    shoal_status status = categories || key == SHOAL_TEXT
                              ? name_texts(graph, categories, value, first, out, err)
                              : name_numbers(graph, key, value, first, out, err);
    free(first);
    return status;
}

/* ---- The groups ---- */

/* `value` has the labels, and becomes their keys. */
static shoal_status number(shoal_graph *graph, const shoal_node *labels, shoal_type_code type,
                           bool categories, uint8_t *value, shoal_groups *out, shoal_error *err)
{
    uint64_t n = labels->shape[0];
    bool *missing = type == SHOAL_TEXT ? NULL : malloc((size_t)n + 1);
    out->of = shoal_arena_alloc(graph->arena, ((size_t)n + 1) * sizeof *out->of);
    bool done = out->of && (missing || type == SHOAL_TEXT);
    if (done && missing) make_keys(labels, type, categories, value, missing);
    shoal_group_keys keys = {n, type == SHOAL_TEXT ? labels->type.n_bytes : 8, value, missing};
    done = done && shoal_groups_number(&keys, out->of, &out->n);
    free(missing);
    if (!done) return no_memory(err);
    out->size = shoal_arena_alloc(graph->arena, ((size_t)out->n + 1) * sizeof *out->size);
    out->last = shoal_arena_alloc(graph->arena, ((size_t)out->n + 1) * sizeof *out->last);
    if (!out->size || !out->last) return no_memory(err);
    memset(out->size, 0, (size_t)out->n * sizeof *out->size);
    for (uint64_t k = 0; k < n; k++)
        if (out->of[k] != SHOAL_NO_GROUP) out->size[out->of[k]]++;
    return SHOAL_OK;
}

shoal_status shoal_graph_check_labels(const shoal_graph *graph, const shoal_node *labels,
                                      uint64_t extent, int column, shoal_error *err)
{
    char shape[700];
    if (labels->rank != 1 || labels->shape[0] != extent)
        return shoal_fail_at(err, column,
                             "by= wants one label for each of the %llu indices of the axis, not an "
                             "array of shape %s",
                             (unsigned long long)extent,
                             shoal_shape_text(labels->rank, labels->shape, shape, sizeof shape));
    if (extent >= SHOAL_NO_GROUP)
        return shoal_fail_at(err, column, "by= takes fewer than 2^32 - 1 labels");
    if (!graph->evaluate) return shoal_fail_at(err, column, "by= does not work here");
    return SHOAL_OK;
}

shoal_status shoal_graph_groups(shoal_graph *graph, shoal_node *labels, const char *name,
                                uint64_t extent, int column, const shoal_groups **out,
                                shoal_error *err)
{
    void *value = NULL;
    shoal_type_code type;
    shoal_node *node = labels;
    shoal_status status = shoal_graph_check_labels(graph, labels, extent, column, err);
    for (const shoal_groups *known = graph->groups; known && !status; known = known->next) {
        if (known->labels != labels || known->resampled) continue;
        *out = known;
        return SHOAL_OK;
    }
    if (!status) status = key_type(labels, column, &type, err);
    if (!status && type != SHOAL_TEXT) status = shoal_graph_cast(graph, labels, type, &node, err);
    if (!status) status = shoal_graph_operand(graph, node, &node, err);
    shoal_groups *groups = status ? NULL : shoal_arena_alloc(graph->arena, sizeof *groups);
    if (!status && !groups) status = no_memory(err);
    if (!status) status = graph->evaluate(graph->evaluate_context, node, false, &value, err);
    if (!status) {
        *groups = (shoal_groups){.n_axis = extent, .next = graph->groups, .labels = labels};
        groups->axis.name = name;
        bool categories = type == SHOAL_INT64 && shoal_call_is_text(graph, labels);
        status = number(graph, node, type, categories, value, groups, err);
        if (!status) status = name_groups(graph, labels, type, value, groups, err);
    }
    free(value);
    if (status) return status;
    graph->groups = groups;
    *out = groups;
    return SHOAL_OK;
}
