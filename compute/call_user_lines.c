/* Calls of users' kernels that work on lines, planes and boxes, and along axes with neighbours. */
#include "compute/call_user.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "compute/lex.h"

#include <string.h>

#define MOST_PARTS (UINT64_C(1) << 58) /* elements of a result */

/* Its shape must be one that sizes can be computed of. */
static shoal_status check_length(const shoal_user_call *c, const shoal_node *x, int axis,
                                 uint64_t length, shoal_error *err)
{
    uint64_t n = length;
    bool fine = true;
    for (int k = 0; k < x->rank && axis >= 0; k++)
        if (k != axis && x->shape[k]) fine &= shoal_mul_u64(n, x->shape[k], &n);
    if (fine && n < MOST_PARTS) return SHOAL_OK;
    return shoal_fail_at(err, c->call->column, "the result of %s() is beyond any memory",
                         c->call->text);
}

/* The array and the axis of a function of lines, whose first keyword is `axis`. */
static shoal_status bind_lines(shoal_graph *graph, const char *const *keywords, shoal_user_call *c,
                               shoal_node **x, int *axis, shoal_error *err)
{
    shoal_status status = shoal_user_call_bind(graph, keywords, c, err);
    if (!status) status = shoal_user_call_arrays(graph, c, x, err);
    if (!status && (*x)->rank == 0)
        return shoal_fail_at(err, c->call->column,
                             "%s() works along an axis, and a single number has none",
                             c->call->text);
    return status
               ? status
               : shoal_call_line_axis(graph, c->call, shoal_user_call_keyword(c, 0), *x, axis, err);
}

shoal_status shoal_call_user_lines(shoal_graph *graph, shoal_user_call *c, shoal_node **out,
                                   shoal_error *err)
{
    static const char *const keywords[] = {"axis", NULL};
    shoal_node *x;
    int axis;
    shoal_user_lines p;
    memset(&p, 0, sizeof p);
    shoal_status status = bind_lines(graph, keywords, c, &x, &axis, err);
    if (!status) status = shoal_user_call_use(graph, c, &p.use, err);
    if (status) return status;
    uint64_t n = shoal_call_line_length(x, axis);
    p.size = x->type.n_bytes;
    status = shoal_user_length(p.use, n, &p.length, err);
    if (!status) status = check_length(c, x, axis, p.length, err);
    if (status) return status;
    return shoal_call_add_lines(graph, x, axis,
                                c->kernel->spec.length ? &shoal_lines_user : &shoal_lines_user_kept,
                                c->kernel->out[0], p.length, &p, sizeof p, out, err);
}

shoal_status shoal_call_user_stencil(shoal_graph *graph, shoal_user_call *c, shoal_node **out,
                                     shoal_error *err)
{
    static const char *const keywords[] = {"axis", "mode", "cval", NULL};
    shoal_node *x;
    int axis;
    double constant = 0;
    shoal_user_lines p;
    memset(&p, 0, sizeof p);
    shoal_status status = bind_lines(graph, keywords, c, &x, &axis, err);
    if (!status) status = shoal_call_edge_mode(shoal_user_call_keyword(c, 1), &p.mode, err);
    if (!status)
        status =
            shoal_call_float(graph, shoal_user_call_keyword(c, 2), "cval", &constant, NULL, err);
    if (!status) status = shoal_user_call_use(graph, c, &p.use, err);
    if (!status) status = shoal_user_halo(p.use, &p.before, &p.after, err);
    if (status) return status;
    p.size = x->type.n_bytes;
    p.length = shoal_call_line_length(x, axis);
    shoal_line_cast(SHOAL_FLOAT64, x->type.code, &constant, 1, p.constant);
    return shoal_call_add_lines(graph, x, axis, &shoal_lines_user_stencil, c->kernel->out[0],
                                p.length, &p, sizeof p, out, err);
}

/* The axes of a stencil over several: the last ones where none are named. */
static shoal_status box_axes(shoal_graph *graph, const shoal_user_call *c, const shoal_node *x,
                             int n, uint32_t *axes, shoal_error *err)
{
    const shoal_syntax *named = shoal_user_call_keyword(c, 0);
    int column = named ? named->column : c->call->column;
    if (x->rank < n)
        return shoal_fail_at(err, c->call->column, "%s() works along %d axes, and the array has %d",
                             c->call->text, n, x->rank);
    *axes = (((uint32_t)1 << n) - 1) << (x->rank - n);
    if (!named) return SHOAL_OK;
    shoal_status status = shoal_call_axis_set(graph, named, x, false, axes, err);
    if (status) return status;
    if (!*axes || *axes >> __builtin_ctz(*axes) != ((uint32_t)1 << n) - 1)
        return shoal_fail_at(err, column,
                             "%s() works along %d axes beside each other, as in axis=%s; transpose "
                             "others",
                             c->call->text, n, n == 2 ? "(0, 1)" : "(0, 1, 2)");
    return SHOAL_OK;
}

/* The box that is filled must be one that can be: its sizes are computed later without checks. */
static shoal_status check_box(const shoal_user_call *c, const shoal_box_stencil *p,
                              shoal_error *err)
{
    uint64_t n = 4 * p->size; /* as many rows as are taken together, and more */
    bool fine = true;
    for (uint32_t k = 0; k < p->n_axes; k++)
        fine &= shoal_mul_u64(n, p->shape[k] + 2 * (p->before[k] + p->after[k]) + 1, &n);
    if (fine && n < MOST_PARTS) return SHOAL_OK;
    return shoal_fail_at(err, c->call->column, "the neighbours of %s() are beyond any memory",
                         c->call->text);
}

/* What both kinds begin with: the arguments, the array, and its n axes. */
static shoal_status begin_box(shoal_graph *graph, shoal_user_call *c, const char *const *keywords,
                              int n, shoal_node **x, uint32_t *axes, shoal_error *err)
{
    shoal_status status = shoal_user_call_bind(graph, keywords, c, err);
    if (!status) status = shoal_user_call_arrays(graph, c, x, err);
    return status ? status : box_axes(graph, c, *x, n, axes, err);
}

shoal_status shoal_call_user_planes(shoal_graph *graph, shoal_user_call *c, shoal_node **out,
                                    shoal_error *err)
{
    static const char *const keywords[] = {"axis", NULL};
    shoal_node *x = NULL;
    uint32_t axes = 0;
    shoal_box_lines p;
    memset(&p, 0, sizeof p);
    p.n_axes = (uint64_t)shoal_user_axes(c->kernel->spec.kind);
    shoal_status status = begin_box(graph, c, keywords, (int)p.n_axes, &x, &axes, err);
    if (!status) status = shoal_user_call_use(graph, c, &p.use, err);
    uint64_t n = 1;
    bool fine = true;
    for (int d = 0; !status && d < x->rank; d++) {
        int k = d - __builtin_ctz(axes);
        uint64_t length = x->shape[d];
        if (axes >> d & 1) {
            p.shape[k] = x->shape[d];
            status = shoal_user_length(p.use, x->shape[d], &p.result[k], err);
            length = p.result[k];
        }
        fine &= shoal_mul_u64(n, length ? length : 1, &n);
    }
    if (status) return status;
    if (!fine || n >= MOST_PARTS)
        return shoal_fail_at(err, c->call->column, "the result of %s() is beyond any memory",
                             c->call->text);
    return shoal_call_add_planes(graph, x, axes, &shoal_lines_user_planes, c->kernel->out[0],
                                 p.result, &p, sizeof p, out, err);
}

shoal_status shoal_call_user_box(shoal_graph *graph, shoal_user_call *c, shoal_node **out,
                                 shoal_error *err)
{
    static const char *const keywords[] = {"axis", "mode", "cval", NULL};
    shoal_node *x = NULL;
    uint32_t axes = 0;
    double constant = 0;
    shoal_box_stencil p;
    memset(&p, 0, sizeof p);
    p.n_axes = (uint32_t)shoal_user_axes(c->kernel->spec.kind);
    shoal_status status = begin_box(graph, c, keywords, (int)p.n_axes, &x, &axes, err);
    if (!status) status = shoal_call_edge_mode(shoal_user_call_keyword(c, 1), &p.mode, err);
    if (!status)
        status =
            shoal_call_float(graph, shoal_user_call_keyword(c, 2), "cval", &constant, NULL, err);
    if (!status) status = shoal_user_call_use(graph, c, &p.use, err);
    if (!status) status = shoal_user_halo(p.use, p.before, p.after, err);
    if (status) return status;
    p.size = x->type.n_bytes;
    p.result_size = shoal_code_size(c->kernel->out[0]);
    for (uint32_t k = 0; k < p.n_axes; k++) p.shape[k] = x->shape[__builtin_ctz(axes) + (int)k];
    shoal_line_cast(SHOAL_FLOAT64, x->type.code, &constant, 1, p.constant);
    status = check_box(c, &p, err);
    if (status) return status;
    return shoal_call_add_planes(graph, x, axes, &shoal_lines_user_box, c->kernel->out[0], p.shape,
                                 &p, sizeof p, out, err);
}
