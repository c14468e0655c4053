/* Calls of users' kernels: arguments, types and shapes are checked as for the built-in functions.
 */
#include "compute/call_user.h"

#include "chunk/error.h"
#include "compute/lex.h"
#include "compute/operation_rule.h"
#include "compute/pass_user.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const shoal_syntax *shoal_user_call_keyword(const shoal_user_call *c, int k)
{
    return c->bound.slot[c->n_in + c->n_parameters + k];
}

/* ---- Parameters ---- */

static shoal_status read_parameter(shoal_graph *graph, const shoal_kernel_parameter *p,
                                   const shoal_syntax *s, double *out, shoal_error *err)
{
    *out = p->value;
    if (!s) return SHOAL_OK;
    shoal_status status = shoal_call_float(graph, s, p->name, out, NULL, err);
    if (!status && p->is_whole && (*out != floor(*out) || isinf(*out)))
        return shoal_fail_at(err, s->column, "%s must be a whole number", p->name);
    return status;
}

shoal_status shoal_user_call_bind(shoal_graph *graph, const char *const *keywords,
                                  shoal_user_call *c, shoal_error *err)
{
    const shoal_kernel_spec *spec = &c->kernel->spec;
    const char *names[SHOAL_MAX_ARGUMENTS + 1];
    int n = 0;
    c->n_in = c->kernel->n_in;
    c->n_parameters = (int)spec->n_parameters;
    for (int k = 0; k < c->n_in; k++) names[n++] = c->kernel->argument[k];
    for (int k = 0; k < c->n_parameters; k++) names[n++] = spec->parameters[k].name;
    for (int k = 0; keywords[k]; k++) names[n++] = keywords[k];
    names[n] = NULL;
    shoal_status status = shoal_call_bind(c->call, names, c->n_in, &c->bound, err);
    for (int k = 0; k < c->n_parameters && !status; k++) {
        const shoal_syntax *s = c->bound.slot[c->n_in + k];
        if (!s && spec->parameters[k].is_needed)
            return shoal_fail_at(err, c->call->column, "%s() lacks its argument '%s'", spec->name,
                                 spec->parameters[k].name);
        status = read_parameter(graph, &spec->parameters[k], s, &c->parameter[k], err);
    }
    return status;
}

/* ---- Types ---- */

/* Would NumPy cast it, with nothing lost? Python's numbers take the type that is asked for. */
static bool takes(shoal_type_code type, const shoal_node *x)
{
    shoal_kind kind = shoal_code_kind(type);
    int64_t value;
    if (!x->weak) return shoal_cast_is_safe(x->type.code, type);
    if (x->type.code == SHOAL_COMPLEX128) return kind == SHOAL_KIND_COMPLEX;
    if (x->type.code == SHOAL_FLOAT64) return kind >= SHOAL_KIND_FLOAT;
    memcpy(&value, x->value, sizeof value);
    return kind >= SHOAL_KIND_FLOAT || (kind != SHOAL_KIND_BOOL && shoal_integer_fits(value, type));
}

static bool fits(const shoal_user_kernel *k, shoal_node *const *args)
{
    for (int a = 0; a < k->n_in; a++)
        if (!takes(k->in[a], args[a])) return false;
    return true;
}

static shoal_status no_kernel(const shoal_user_call *c, shoal_node *const *args, shoal_error *err)
{
    char have[300], types[400], name[24];
    size_t n = 0;
    for (int a = 0; a < c->n_in && n < sizeof have; a++)
        n += (size_t)snprintf(have + n, sizeof have - n, "%s%s", a ? ", " : "",
                              shoal_type_name(args[a]->type, name));
    return shoal_fail_at(
        err, c->call->column, "kernel %s is for %s%s, not for %s; cast as in %s(float64(x))",
        c->kernel->spec.name, shoal_user_types_text(c->kernel, types, sizeof types),
        c->kernel->more ? " and others" : "", have, c->kernel->spec.name);
}

shoal_status shoal_user_call_arrays(shoal_graph *graph, shoal_user_call *c, shoal_node **args,
                                    shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    for (int a = 0; a < c->n_in && !status; a++) {
        status = shoal_graph_expression(graph, c->bound.slot[a], &args[a], err);
        if (!status && (args[a]->type.code >= SHOAL_TEXT || shoal_call_is_text(graph, args[a])))
            return shoal_fail_at(err, c->call->column, "%s() does not work on %s", c->call->text,
                                 args[a]->type.code == SHOAL_RECORD ? "records" : "text");
        if (!status) status = shoal_graph_operand(graph, args[a], &args[a], err);
    }
    if (status) return status;
    const shoal_user_kernel *k = c->kernel;
    while (k && !fits(k, args)) k = k->more;
    if (!k) return no_kernel(c, args, err);
    c->kernel = k;
    for (int a = 0; a < c->n_in && !status; a++)
        status = shoal_graph_cast(graph, args[a], k->in[a], &args[a], err);
    return status;
}

shoal_status shoal_user_call_use(shoal_graph *graph, const shoal_user_call *c,
                                 const shoal_user_use **use, shoal_error *err)
{
    *use = shoal_user_use_of(graph->kernels, c->kernel, c->parameter);
    return *use ? shoal_user_check_scratch(*use, err)
                : shoal_fail(err, SHOAL_SYSTEM, "out of memory for kernels");
}

/* ---- Kinds ---- */

static shoal_status call_elements(shoal_graph *graph, shoal_user_call *c, int which,
                                  shoal_node **out, shoal_error *err)
{
    static const char *const keywords[] = {NULL};
    shoal_node *args[SHOAL_MAX_NODE_ARGS];
    shoal_apply step = {.op = SHOAL_APPLY_USER, .result = which};
    shoal_status status = shoal_user_call_bind(graph, keywords, c, err);
    if (!status) status = shoal_user_call_arrays(graph, c, args, err);
    if (!status) status = shoal_user_call_use(graph, c, &step.use, err);
    if (status) return status;
    step.out_bytes = shoal_code_size(c->kernel->out[which]);
    return shoal_graph_apply(graph, &step, shoal_type_of(c->kernel->out[which]), args, c->n_in,
                             c->call->column, out, err);
}

static void reduced_shape(const shoal_node *x, bool keepdims, shoal_node *n)
{
    for (int k = 0; k < x->rank; k++) {
        bool goes = n->axes >> k & 1;
        if (!goes)
            n->shape[n->rank++] = x->shape[k];
        else if (n->groups)
            n->shape[n->rank++] = n->groups->n;
        else if (keepdims)
            n->shape[n->rank++] = 1;
    }
}

static shoal_status group_by(shoal_graph *graph, const shoal_user_call *c, const shoal_node *x,
                             bool keepdims, shoal_node *n, shoal_error *err)
{
    const shoal_syntax *by = shoal_user_call_keyword(c, 2);
    if (shoal_call_is_none(by)) return SHOAL_OK;
    if (keepdims)
        return shoal_fail_at(err, by->column,
                             "by= keeps the axis as it is: there is no keepdims with it");
    return shoal_call_groups(graph, c->call, by, x, n->axes, &n->groups, err);
}

/* Several arrays are reduced as one of records. */
static shoal_status pack(shoal_graph *graph, const shoal_user_call *c, shoal_node **args,
                         shoal_node **out, shoal_error *err)
{
    *out = args[0];
    if (c->n_in == 1) return SHOAL_OK;
    shoal_apply step = {
        .op = SHOAL_APPLY_PACK, .kernel = c->kernel, .out_bytes = c->kernel->record_bytes};
    shoal_type type = {SHOAL_RECORD, c->kernel->record_bytes};
    return shoal_graph_apply(graph, &step, type, args, c->n_in, c->call->column, out, err);
}

static shoal_status call_reduction(shoal_graph *graph, shoal_user_call *c, shoal_node **out,
                                   shoal_error *err)
{
    static const char *const keywords[] = {"axis", "keepdims", "by", NULL};
    shoal_node *args[SHOAL_MAX_NODE_ARGS], *x = NULL;
    bool keepdims;
    /* the op decides nothing but that it has no bounds, sums or exact states */
    shoal_node n = {.kind = SHOAL_NODE_REDUCE, .op = SHOAL_OP_ANY, .n_args = 1, .source = -1};
    shoal_status status = shoal_user_call_bind(graph, keywords, c, err);
    if (!status) status = shoal_user_call_arrays(graph, c, args, err);
    if (!status) status = pack(graph, c, args, &x, err);
    if (!status)
        status = shoal_call_axis_set(graph, shoal_user_call_keyword(c, 0), x, true, &n.axes, err);
    if (!status) status = shoal_call_flag(graph, shoal_user_call_keyword(c, 1), &keepdims, err);
    if (!status) status = group_by(graph, c, x, keepdims, &n, err);
    if (!status) status = shoal_user_call_use(graph, c, &n.use, err);
    if (status) return status;
    n.arg[0] = x;
    n.loop = x->type.code;
    n.type = shoal_type_of(c->kernel->out[0]);
    reduced_shape(x, keepdims, &n);
    return shoal_graph_add(graph, &n, out, err);
}

shoal_status shoal_call_user(shoal_graph *graph, const shoal_syntax *call, bool *found,
                             shoal_node **out, shoal_error *err)
{
    shoal_user_call c = {.call = call,
                         .kernel = shoal_user_kernel_find(graph->kernels, call->text)};
    *found = c.kernel != NULL;
    if (!*found) return SHOAL_OK;
    switch (c.kernel->spec.kind) {
    case SHOAL_KERNEL_REDUCTION: return call_reduction(graph, &c, out, err);
    case SHOAL_KERNEL_LINES: return shoal_call_user_lines(graph, &c, out, err);
    case SHOAL_KERNEL_STENCIL: return shoal_call_user_stencil(graph, &c, out, err);
    case SHOAL_KERNEL_LINES_2D:
    case SHOAL_KERNEL_LINES_3D: return shoal_call_user_planes(graph, &c, out, err);
    case SHOAL_KERNEL_STENCIL_2D:
    case SHOAL_KERNEL_STENCIL_3D: return shoal_call_user_box(graph, &c, out, err);
    default: break;
    }
    if (c.kernel->n_out > 1)
        return shoal_fail_at(err, call->column, "%s() has %d results: take [0] to [%d]", call->text,
                             c.kernel->n_out, c.kernel->n_out - 1);
    return call_elements(graph, &c, 0, out, err);
}

bool shoal_call_user_has_results(const shoal_graph *graph, const shoal_syntax *call)
{
    if (call->kind != SHOAL_SYNTAX_CALL) return false;
    const shoal_user_kernel *k = shoal_user_kernel_find(graph->kernels, call->text);
    return k && k->n_out > 1;
}

shoal_status shoal_call_user_result(shoal_graph *graph, const shoal_syntax *index, shoal_node **out,
                                    shoal_error *err)
{
    shoal_user_call c = {.call = index->child[0]};
    c.kernel = shoal_user_kernel_find(graph->kernels, c.call->text);
    int64_t which = INT64_MAX;
    shoal_node *n = NULL;
    shoal_status status =
        index->n_children == 2 ? shoal_graph_expression(graph, index->child[1], &n, err) : SHOAL_OK;
    if (status) return status;
    if (n && n->kind == SHOAL_NODE_LITERAL && n->type.code == SHOAL_INT64)
        memcpy(&which, n->value, sizeof which);
    if (which < 0) which += c.kernel->n_out;
    if (which < 0 || which >= c.kernel->n_out)
        return shoal_fail_at(err, index->column, "%s() has %d results: take [0] to [%d]",
                             c.call->text, c.kernel->n_out, c.kernel->n_out - 1);
    return call_elements(graph, &c, (int)which, out, err);
}
