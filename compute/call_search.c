/* Elements looked up among others: searchsorted, digitize, isin, unique_inverse. */
#include "compute/call.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "compute/lex.h"
#include "compute/operation_rule.h"

#include <stdlib.h>
#include <string.h>

/* Values of isin that are compared one by one, which lets chunks be skipped. */
#define FEW             64
#define MOST_TEXT_BYTES ((uint64_t)64 << 20)

static bool is_real(const shoal_node *n)
{
    return n->type.code <= SHOAL_FLOAT64;
}

/* ---- Positions ---- */

static shoal_status look_up(shoal_graph *graph, shoal_apply_op op, const uint64_t *key, uint64_t n,
                            shoal_type_code code, bool right, shoal_node *x, int at,
                            shoal_node **out, shoal_error *err)
{
    const shoal_apply step = {.op = op,
                              .n_bytes = {8},
                              .out_bytes = op == SHOAL_APPLY_MEMBER ? 1 : 8,
                              .table = (const void *)key,
                              .n_table = n,
                              .code = code,
                              .right = right};
    shoal_type type = shoal_type_of(op == SHOAL_APPLY_MEMBER ? SHOAL_BOOL : SHOAL_INT64);
    shoal_status status = shoal_graph_cast(graph, x, code, &x, err);
    return status ? status : shoal_graph_apply(graph, &step, type, &x, 1, at, out, err);
}

/* The array in which is looked, in its common type with x. */
static shoal_status array_of(shoal_graph *graph, const shoal_syntax *call, const shoal_syntax *s,
                             const shoal_node *x, const shoal_sorted **out, shoal_error *err)
{
    shoal_node *node;
    shoal_status status = shoal_graph_expression(graph, s, &node, err);
    if (status) return status;
    if (!is_real(node) || node->rank != 1)
        return shoal_fail_at(err, s->column, "%s() looks in real numbers along one axis",
                             call->text);
    const shoal_argument both[2] = {{.type = node->type.code}, {.type = x->type.code}};
    return shoal_graph_sorted(graph, node, shoal_sorted_code(shoal_promote_all(2, both)), false,
                              s->column, out, err);
}

static shoal_status call_searchsorted(shoal_graph *graph, const shoal_syntax *call,
                                      shoal_node **out, shoal_error *err)
{
    static const char *const parameters[] = {"a", "v", "side", NULL};
    shoal_bound b;
    shoal_node *x = NULL;
    const shoal_sorted *a;
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = shoal_call_array(graph, call, b.slot[1], SHOAL_KIND_FLOAT, &x, err);
    if (status) return status;
    const shoal_syntax *side = b.slot[2];
    bool is_text = side && side->kind == SHOAL_SYNTAX_STRING;
    bool right = is_text && strcmp(side->text, "right") == 0;
    if (side && !right && !(is_text && strcmp(side->text, "left") == 0))
        return shoal_fail_at(err, side->column, "side is \"left\" or \"right\"");
    if ((status = array_of(graph, call, b.slot[0], x, &a, err))) return status;
    if (!a->rises)
        return shoal_fail_at(err, b.slot[0]->column, "searchsorted() looks in numbers that rise");
    return look_up(graph, SHOAL_APPLY_SEARCH, a->key, a->n, a->code, right, x, call->column, out,
                   err);
}

/* In bins that fall: how many are above x (right: or are it). */
static shoal_status from_above(shoal_graph *graph, const shoal_sorted *bins, bool right,
                               shoal_node *x, int at, shoal_node **out, shoal_error *err)
{
    shoal_node *args[2];
    uint64_t *key = shoal_arena_alloc(graph->arena, ((size_t)bins->n + 1) * sizeof *key);
    if (!key) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the bins");
    for (uint64_t k = 0; k < bins->n; k++) key[k] = bins->key[bins->n - 1 - k];
    shoal_status status = shoal_graph_literal_int(graph, (int64_t)bins->n, &args[0], err);
    if (!status)
        status = look_up(graph, SHOAL_APPLY_SEARCH, key, bins->n, bins->code, right, x, at,
                         &args[1], err);
    return status ? status : shoal_graph_element(graph, SHOAL_OP_SUBTRACT, args, at, out, err);
}

static shoal_status call_digitize(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                  shoal_error *err)
{
    static const char *const parameters[] = {"x", "bins", "right", NULL};
    shoal_bound b;
    shoal_node *x = NULL;
    const shoal_sorted *bins;
    bool right;
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = shoal_call_array(graph, call, b.slot[0], SHOAL_KIND_FLOAT, &x, err);
    if (!status) status = shoal_call_flag(graph, b.slot[2], &right, err);
    if (!status) status = array_of(graph, call, b.slot[1], x, &bins, err);
    if (status) return status;
    bool nan = false;
    for (uint64_t k = 0; k < bins->n && bins->code == SHOAL_FLOAT64; k++)
        nan |= bins->key[k] == UINT64_MAX;
    if (nan || (!bins->rises && !bins->falls))
        return shoal_fail_at(err, b.slot[1]->column, "bins must rise, or fall");
    if (!bins->rises) return from_above(graph, bins, !right, x, call->column, out, err);
    return look_up(graph, SHOAL_APPLY_SEARCH, bins->key, bins->n, bins->code, !right, x,
                   call->column, out, err);
}

static shoal_status call_unique_inverse(shoal_graph *graph, const shoal_syntax *call,
                                        shoal_node **out, shoal_error *err)
{
    static const char *const parameters[] = {"x", NULL};
    shoal_bound b;
    shoal_node *x = NULL, *values;
    const shoal_sorted *s;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = shoal_call_array(graph, call, b.slot[0], SHOAL_KIND_FLOAT, &x, err);
    if (!status) status = shoal_graph_unique(graph, x, false, &values, err);
    if (!status)
        status = shoal_graph_sorted(graph, values, shoal_sorted_code(x->type.code), false,
                                    call->column, &s, err);
    if (status) return status;
    return look_up(graph, SHOAL_APPLY_SEARCH, s->key, s->n, s->code, false, x, call->column, out,
                   err);
}

/* ---- isin ---- */

/* One value of isin: equal as an array's element would be, not as Python's number. */
static shoal_status equals(shoal_graph *graph, const shoal_syntax *call, shoal_node *x,
                           const shoal_syntax *value, shoal_node **out, shoal_error *err)
{
    shoal_node *args[2] = {x, NULL};
    const char *text[2] = {NULL, value->kind == SHOAL_SYNTAX_STRING ? value->text : NULL};
    bool found = false;
    shoal_status status = SHOAL_OK;
    if (text[1]) {
        status =
            shoal_call_time_operation(graph, call, SHOAL_OP_EQUAL, args, text, &found, out, err);
        if (status || found) return status;
        return shoal_call_text_compare(graph, call, SHOAL_OP_EQUAL, args, text, out, err);
    }
    status = shoal_graph_expression(graph, value, &args[1], err);
    if (!status && args[1]->kind != SHOAL_NODE_LITERAL)
        return shoal_fail_at(err, value->column, "isin() takes a list of numbers or of texts");
    if (!status) status = shoal_graph_cast(graph, args[1], args[1]->type.code, &args[1], err);
    return status ? status
                  : shoal_graph_element(graph, SHOAL_OP_EQUAL, args, call->column, out, err);
}

static shoal_status equals_one(shoal_graph *graph, const shoal_syntax *call, shoal_node *x,
                               const shoal_syntax *list, shoal_node **out, shoal_error *err)
{
    shoal_node *one[2] = {NULL, NULL};
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < list->n_children && !status; k++) {
        status = equals(graph, call, x, list->child[k], &one[1], err);
        if (!status && k > 0)
            status =
                shoal_graph_element(graph, SHOAL_OP_LOGICAL_OR, one, call->column, &one[1], err);
        one[0] = one[1];
    }
    *out = one[0];
    return status;
}

/* Integers are compared exactly, whatever their signs; else all are float64. */
static shoal_status among_numbers(shoal_graph *graph, const shoal_syntax *call, shoal_node *x,
                                  shoal_node *values, shoal_node **out, shoal_error *err)
{
    const shoal_sorted *s;
    if (!is_real(x) || !is_real(values))
        return shoal_fail_at(err, call->column, "isin() looks for real numbers%s",
                             is_real(x) || x->type.code >= SHOAL_TEXT ? "; texts are a list" : "");
    shoal_type_code code = shoal_sorted_code(x->type.code);
    if (shoal_sorted_code(values->type.code) == SHOAL_FLOAT64) code = SHOAL_FLOAT64;
    shoal_status status = shoal_graph_sorted(graph, values, code, true, call->column, &s, err);
    if (status) return status;
    return look_up(graph, SHOAL_APPLY_MEMBER, s->key, s->n, code, false, x, call->column, out, err);
}

static shoal_status check_texts(const shoal_syntax *list, shoal_error *err)
{
    for (int k = 0; k < list->n_children; k++)
        if (list->child[k]->kind != SHOAL_SYNTAX_STRING)
            return shoal_fail_at(err, list->child[k]->column,
                                 "isin() takes a list of numbers or of texts");
    return SHOAL_OK;
}

static shoal_status among_dates(shoal_graph *graph, const shoal_syntax *call, shoal_node *x,
                                const shoal_syntax *list, shoal_node **out, shoal_error *err)
{
    shoal_node *values;
    uint64_t n = 0;
    uint8_t *data = shoal_arena_alloc(graph->arena, ((size_t)list->n_children + 1) * 8);
    if (!data) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    shoal_type_code type = SHOAL_INT64;
    for (int k = 0; k < list->n_children; k++) {
        bool found = false;
        shoal_status status = shoal_call_date(x, list->child[k]->text, list->child[k]->column,
                                              &found, &type, data + n * 8, err);
        if (status) return status;
        n += found;
    }
    shoal_status status = shoal_graph_constant(graph, type, 1, &n, data, &values, err);
    return status ? status : among_numbers(graph, call, x, values, out, err);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static shoal_status among_texts(shoal_graph *graph, const shoal_syntax *call, shoal_node *x,
                                const shoal_syntax *list, shoal_node **out, shoal_error *err)
{
    size_t n = (size_t)list->n_children, widest = 1;
    uint64_t n_bytes;
    const char **text = shoal_arena_alloc(graph->arena, n * sizeof *text);
    if (!text) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    for (size_t k = 0; k < n; k++) {
        text[k] = list->child[k]->text;
        if (strlen(text[k]) > widest) widest = strlen(text[k]);
    }
    if (!shoal_mul_u64(n, widest, &n_bytes) || n_bytes > MOST_TEXT_BYTES)
        return shoal_fail_at(err, list->column, "these are too many long texts");
    qsort(text, n, sizeof *text, by_text);
    char *table = shoal_arena_alloc(graph->arena, (size_t)n_bytes);
    if (!table) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    for (size_t k = 0; k < n; k++) memcpy(table + k * widest, text[k], strlen(text[k]));
    return shoal_call_text_among(graph, x, table, n, widest, call->column, out, err);
}

static shoal_status among_list(shoal_graph *graph, const shoal_syntax *call, shoal_node *x,
                               const shoal_syntax *list, shoal_node **out, shoal_error *err)
{
    shoal_node *values;
    shoal_status status;
    if (list->child[0]->kind == SHOAL_SYNTAX_STRING) {
        if ((status = check_texts(list, err))) return status;
        if (x->time) return among_dates(graph, call, x, list, out, err);
        if (shoal_call_is_text(graph, x)) return among_texts(graph, call, x, list, out, err);
        if (shoal_call_enumeration(graph, x)) {
            status = shoal_call_named_list(graph, x, list, &values, err);
            return status ? status : among_numbers(graph, call, x, values, out, err);
        }
        return shoal_fail_at(err, call->column, "numbers are compared with a text");
    }
    status = shoal_graph_expression(graph, list, &values, err);
    return status ? status : among_numbers(graph, call, x, values, out, err);
}

static shoal_status call_isin(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                              shoal_error *err)
{
    static const char *const parameters[] = {"x", "values", NULL};
    shoal_bound b;
    shoal_node *x, *values;
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (status) return status;
    const shoal_syntax *list = b.slot[1];
    bool is_list = list->kind == SHOAL_SYNTAX_TUPLE;
    if (list->kind == SHOAL_SYNTAX_STRING || (is_list && list->n_children == 0))
        return shoal_fail_at(err, list->column, "isin() takes its values as a list: [a, b]");
    status = shoal_graph_expression(graph, b.slot[0], &x, err);
    if (!status && is_list)
        return list->n_children <= FEW ? equals_one(graph, call, x, list, out, err)
                                       : among_list(graph, call, x, list, out, err);
    if (!status) status = shoal_graph_expression(graph, list, &values, err);
    if (status) return status;
    if (values->kind == SHOAL_NODE_LITERAL) return equals(graph, call, x, list, out, err);
    if (values->time)
        return shoal_fail_at(err, list->column, "isin() takes times as dates in quotes: [a, b]");
    return among_numbers(graph, call, x, values, out, err);
}

const shoal_named_call shoal_functions_search[] = {
    {"searchsorted", call_searchsorted},
    {"digitize", call_digitize},
    {"unique_inverse", call_unique_inverse},
    {"isin", call_isin},
    {NULL, NULL},
};
