/* Sorting along an axis. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"

#include <string.h>

/* k: so many of the greatest first, or, below 0, of the smallest. */
static shoal_status read_k(shoal_graph *graph, const shoal_syntax *s, uint64_t n, shoal_sorting *p,
                           shoal_error *err)
{
    int64_t k = 0, most = n > INT64_MAX ? INT64_MAX : (int64_t)n;
    shoal_status status = shoal_call_whole(graph, s, "k", -most, most, &k, err);
    if (status) return status;
    if (k == 0) return shoal_fail_at(err, s->column, "k is how many, and not 0");
    p->falls = k > 0;
    p->length = (uint64_t)(k > 0 ? k : -k);
    return SHOAL_OK;
}

static shoal_status call_sort(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                              shoal_error *err)
{
    static const char *const of_sort[] = {"x", "axis", NULL};
    static const char *const of_top[] = {"x", "k", "axis", NULL};
    bool top = strstr(call->text, "topk") != NULL;
    shoal_bound b;
    shoal_node *x;
    int axis;
    shoal_sorting p;
    memset(&p, 0, sizeof p);
    shoal_status status = shoal_call_bind(call, top ? of_top : of_sort, top ? 2 : 1, &b, err);
    if (!status) status = shoal_call_line_array(graph, call, b.slot[0], SHOAL_KIND_FLOAT, &x, err);
    if (!status) status = shoal_call_line_axis(graph, call, b.slot[top ? 2 : 1], x, &axis, err);
    if (status) return status;
    uint64_t n = shoal_call_line_length(x, axis);
    p.type = x->type.code;
    p.length = n;
    p.gives_index = strncmp(call->text, "arg", 3) == 0;
    if (top && (status = read_k(graph, b.slot[1], n, &p, err))) return status;
    return shoal_call_add_lines(graph, x, axis, &shoal_lines_sort,
                                p.gives_index ? SHOAL_INT64 : p.type, p.length, &p, sizeof p, out,
                                err);
}

const shoal_named_call shoal_functions_sort[] = {
    {"sort", call_sort},    {"argsort", call_sort}, {"topk", call_sort},
    {"argtopk", call_sort}, {NULL, NULL},
};
