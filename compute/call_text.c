/* Text in calls: compared, searched, measured and changed. What is asked of a column of categories
   is computed once for each category, and looked up by the codes. */
#include "compute/call.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "compute/lex.h"

#include <string.h>

#define MOST_TABLE_BYTES ((uint64_t)64 << 20)

const shoal_source *shoal_call_source(const shoal_graph *graph, const shoal_node *x)
{
    if (x->kind != SHOAL_NODE_LEAF) return NULL;
    if (x->source >= 0) return &graph->inputs->sources[x->source];
    if (!x->joined || !x->joined->is_stored || x->joined->n_sources != 1) return NULL;
    return &graph->inputs->sources[x->joined->source[0]];
}

const shoal_column *shoal_call_categories(const shoal_graph *graph, const shoal_node *x)
{
    const shoal_source *source = shoal_call_source(graph, x);
    const shoal_column *column = source ? source->column : NULL;
    return column && column->kind == SHOAL_COLUMN_CATEGORY ? column : NULL;
}

bool shoal_call_is_text(const shoal_graph *graph, const shoal_node *node)
{
    return node->type.code == SHOAL_TEXT || shoal_call_categories(graph, node);
}

shoal_status shoal_graph_apply(shoal_graph *graph, const shoal_apply *step, shoal_type type,
                               shoal_node **args, int n_args, int column, shoal_node **out,
                               shoal_error *err)
{
    shoal_apply *kept = shoal_arena_alloc(graph->arena, sizeof *kept);
    if (!kept) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    *kept = *step;
    shoal_node n = {
        .kind = SHOAL_NODE_APPLY, .type = type, .n_args = n_args, .source = -1, .apply = kept};
    shoal_status status = shoal_graph_common_shape(args, n_args, column, &n, err);
    for (int k = 0; k < n_args && !status; k++)
        status = shoal_graph_operand(graph, args[k], &n.arg[k], err);
    return status ? status : shoal_graph_add(graph, &n, out, err);
}

static shoal_type result_type(const shoal_apply *step)
{
    if (step->op < SHOAL_APPLY_LENGTH) return shoal_type_of(SHOAL_BOOL);
    if (step->op == SHOAL_APPLY_LENGTH) return shoal_type_of(SHOAL_INT64);
    return (shoal_type){SHOAL_TEXT, (uint32_t)step->out_bytes};
}

/* ---- Categories ---- */

static size_t widest(const shoal_column *column)
{
    size_t n = 1;
    for (size_t k = 0; k < column->n_categories; k++) {
        size_t length = strlen(column->categories[k]);
        if (length > n) n = length;
    }
    return n;
}

/* The step's result for each category; that of what is missing is all zeros, but of !=. `step`
   NULL: the texts themselves. */
static shoal_status look_up(shoal_graph *graph, shoal_node *x, const shoal_column *column,
                            const shoal_apply *step, int at, shoal_node **out, shoal_error *err)
{
    shoal_type type = {SHOAL_TEXT, (uint32_t)widest(column)};
    shoal_apply one = step ? *step : (shoal_apply){0};
    if (step) one.out_bytes = type.n_bytes;
    if (step) type = result_type(&one);
    uint64_t n_bytes;
    if (!shoal_mul_u64((uint64_t)column->n_categories + 1, type.n_bytes, &n_bytes) ||
        n_bytes > MOST_TABLE_BYTES)
        return shoal_fail_at(err, at, "column '%s' has too many long categories for this",
                             column->name);
    uint8_t *table = shoal_arena_alloc(graph->arena, (size_t)n_bytes);
    if (!table) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    for (size_t k = 0; k < column->n_categories; k++) {
        const void *in[1] = {column->categories[k]};
        one.n_bytes[0] = strlen(column->categories[k]);
        if (step)
            shoal_apply_run(&one, 1, in, table + k * type.n_bytes);
        else
            memcpy(table + k * type.n_bytes, in[0], one.n_bytes[0]);
    }
    if (step && step->op == SHOAL_APPLY_NOT_EQUAL) table[column->n_categories] = 1;
    const shoal_apply lookup = {.op = SHOAL_APPLY_LOOKUP,
                                .n_bytes = {8},
                                .out_bytes = type.n_bytes,
                                .table = table,
                                .n_table = column->n_categories};
    shoal_node *codes;
    shoal_status status = shoal_graph_cast(graph, x, SHOAL_INT64, &codes, err);
    return status ? status : shoal_graph_apply(graph, &lookup, type, &codes, 1, at, out, err);
}

/* A step over one text or column of categories. */
static shoal_status one_step(shoal_graph *graph, shoal_apply *step, shoal_node *x, int at,
                             shoal_node **out, shoal_error *err)
{
    const shoal_column *column = shoal_call_categories(graph, x);
    if (column) return look_up(graph, x, column, step, at, out, err);
    step->n_bytes[0] = step->out_bytes = x->type.n_bytes;
    return shoal_graph_apply(graph, step, result_type(step), &x, 1, at, out, err);
}

/* ---- Comparisons ---- */

static shoal_apply_op step_of(shoal_op op)
{
    switch (op) {
    case SHOAL_OP_EQUAL: return SHOAL_APPLY_EQUAL;
    case SHOAL_OP_NOT_EQUAL: return SHOAL_APPLY_NOT_EQUAL;
    case SHOAL_OP_LESS: return SHOAL_APPLY_LESS;
    case SHOAL_OP_LESS_EQUAL: return SHOAL_APPLY_LESS_EQUAL;
    case SHOAL_OP_GREATER: return SHOAL_APPLY_GREATER;
    default: return SHOAL_APPLY_GREATER_EQUAL;
    }
}

/* "a" < x is x > "a". */
static shoal_apply_op swapped(shoal_apply_op op)
{
    switch (op) {
    case SHOAL_APPLY_LESS: return SHOAL_APPLY_GREATER;
    case SHOAL_APPLY_LESS_EQUAL: return SHOAL_APPLY_GREATER_EQUAL;
    case SHOAL_APPLY_GREATER: return SHOAL_APPLY_LESS;
    case SHOAL_APPLY_GREATER_EQUAL: return SHOAL_APPLY_LESS_EQUAL;
    default: return op;
    }
}

/* Rows of categories that are missing are equal to nothing. */
static shoal_status leave_missing(shoal_graph *graph, shoal_node *codes, bool not_equal, int at,
                                  shoal_node **out, shoal_error *err)
{
    shoal_node *test[2] = {codes, NULL}, *both[2] = {*out, NULL};
    shoal_status status = shoal_graph_literal_int(graph, 0, &test[1], err);
    if (!status)
        status = shoal_graph_element(graph, not_equal ? SHOAL_OP_LESS : SHOAL_OP_GREATER_EQUAL,
                                     test, at, &both[1], err);
    if (status) return status;
    return shoal_graph_element(graph, not_equal ? SHOAL_OP_LOGICAL_OR : SHOAL_OP_LOGICAL_AND, both,
                               at, out, err);
}

static shoal_status compare_columns(shoal_graph *graph, shoal_node *const *args, shoal_apply_op op,
                                    int at, shoal_node **out, shoal_error *err)
{
    shoal_node *texts[2] = {args[0], args[1]};
    const shoal_column *column[2];
    shoal_apply step = {.op = op};
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < 2 && !status; k++) {
        column[k] = shoal_call_categories(graph, args[k]);
        if (column[k]) status = look_up(graph, args[k], column[k], NULL, at, &texts[k], err);
        if (!status) step.n_bytes[k] = texts[k]->type.n_bytes;
    }
    if (!status)
        status = shoal_graph_apply(graph, &step, shoal_type_of(SHOAL_BOOL), texts, 2, at, out, err);
    for (int k = 0; k < 2 && !status; k++)
        if (column[k])
            status = leave_missing(graph, args[k], op == SHOAL_APPLY_NOT_EQUAL, at, out, err);
    return status;
}

shoal_status shoal_call_text_compare(shoal_graph *graph, const shoal_syntax *call, shoal_op op,
                                     shoal_node *const *args, const char *const *text,
                                     shoal_node **out, shoal_error *err)
{
    shoal_apply step = {.op = step_of(op)};
    if (text[0] && text[1])
        return shoal_fail_at(err, call->column, "two texts are compared; one must be a column");
    for (int k = 0; k < 2; k++) {
        if (text[k] || shoal_call_is_text(graph, args[k])) continue;
        if (shoal_call_enumeration(graph, args[k]))
            return shoal_call_named_compare(graph, call, op, args[k], text[1 - k], out, err);
        return shoal_fail_at(err, call->column, "%s are compared with a text",
                             args[k]->type.code == SHOAL_RECORD ? "records" : "numbers");
    }
    if (!text[0] && !text[1]) return compare_columns(graph, args, step.op, call->column, out, err);
    int literal = text[0] ? 0 : 1;
    shoal_node *x = args[1 - literal];
    step.literal = text[literal];
    step.n_literal = strlen(text[literal]);
    if (literal == 0) step.op = swapped(step.op);
    /* padded to the elements' size, for the fast way of == */
    if (step.op == SHOAL_APPLY_EQUAL && x->type.code == SHOAL_TEXT &&
        step.n_literal < x->type.n_bytes) {
        char *padded = shoal_arena_alloc(graph->arena, x->type.n_bytes);
        if (!padded) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
        memcpy(padded, step.literal, step.n_literal);
        step.literal = padded;
        step.n_literal = x->type.n_bytes;
    }
    return one_step(graph, &step, x, call->column, out, err);
}

shoal_status shoal_call_text_among(shoal_graph *graph, shoal_node *x, const char *table, uint64_t n,
                                   size_t size, int at, shoal_node **out, shoal_error *err)
{
    shoal_apply step = {
        .op = SHOAL_APPLY_AMONG, .n_literal = size, .table = (const uint8_t *)table, .n_table = n};
    return one_step(graph, &step, x, at, out, err);
}

/* ---- Functions ---- */

static const struct text_function {
    const char *name;
    shoal_apply_op op;
} functions[] = {
    {"startswith", SHOAL_APPLY_STARTS}, {"endswith", SHOAL_APPLY_ENDS},
    {"contains", SHOAL_APPLY_CONTAINS}, {"length", SHOAL_APPLY_LENGTH},
    {"str_len", SHOAL_APPLY_LENGTH},    {"upper", SHOAL_APPLY_UPPER},
    {"lower", SHOAL_APPLY_LOWER},       {"strip", SHOAL_APPLY_STRIP},
};

shoal_status shoal_call_text(shoal_graph *graph, const shoal_syntax *call, bool *found,
                             shoal_node **out, shoal_error *err)
{
    const struct text_function *f = NULL;
    for (size_t k = 0; k < sizeof functions / sizeof *functions; k++)
        if (strcmp(functions[k].name, call->text) == 0) f = &functions[k];
    *found = f != NULL;
    if (!f) return SHOAL_OK;
    bool searches = f->op < SHOAL_APPLY_LENGTH;
    const char *const parameters[] = {"x", searches ? "text" : NULL, NULL};
    shoal_apply step = {.op = f->op};
    shoal_bound b;
    shoal_node *x;
    shoal_status status = shoal_call_bind(call, parameters, searches ? 2 : 1, &b, err);
    if (!status && searches) {
        if (b.slot[1]->kind != SHOAL_SYNTAX_STRING)
            return shoal_fail_at(err, b.slot[1]->column, "%s() looks for a text in quotes",
                                 call->text);
        step.literal = b.slot[1]->text;
        step.n_literal = strlen(step.literal);
    }
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &x, err);
    if (status) return status;
    if (!shoal_call_is_text(graph, x))
        return shoal_fail_at(err, b.slot[0]->column, "%s() works on text, not on %s", call->text,
                             x->type.code == SHOAL_RECORD ? "records" : "numbers");
    return one_step(graph, &step, x, call->column, out, err);
}
