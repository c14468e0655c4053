/* resample(t, "1D") as the labels of groups: the bins are computed while the plan is made. */
#include "compute/resample.h"

#include "chunk/error.h"
#include "compute/lex.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEW_BINS (UINT64_C(1) << 20) /* beside some for each time */

/* Times on their way to bins. */
typedef struct resampling {
    shoal_graph *graph;
    const shoal_node *time;
    shoal_frequency frequency;
    uint64_t extent;
    int column;
    int64_t *instant;    /* by index; INT64_MIN: missing */
    int64_t first, last; /* instants */
    int64_t low, high;   /* bins */
    bool any;
} resampling;

static shoal_status no_memory(shoal_error *err)
{
    return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the bins");
}

/* ---- Instants ---- */

/* In place: the values, int64 or float64. Whole units never count as a later time than they are. */
static void to_instants(resampling *r, bool whole)
{
    const shoal_time *time = r->time->time;
    for (uint64_t k = 0; k < r->extent; k++) {
        double real;
        int64_t value = r->instant[k];
        memcpy(&real, &value, sizeof real);
        bool missing = whole ? time->has_nat && value == INT64_MIN : isnan(real);
        int64_t instant = missing ? INT64_MIN
                          : whole ? shoal_cf_time_whole_instant(&time->cf, value)
                                  : shoal_cf_time_instant(&time->cf, real);
        r->instant[k] = instant;
        if (missing) continue;
        if (!r->any || instant < r->first) r->first = instant;
        if (!r->any || instant > r->last) r->last = instant;
        r->any = true;
    }
}

static shoal_status read_times(resampling *r, shoal_error *err)
{
    shoal_graph *graph = r->graph;
    bool whole = r->time->type.code < SHOAL_FLOAT16;
    shoal_node *node;
    void *value = NULL;
    shoal_status status = shoal_graph_cast(graph, (shoal_node *)(uintptr_t)r->time,
                                           whole ? SHOAL_INT64 : SHOAL_FLOAT64, &node, err);
    if (!status) status = shoal_graph_operand(graph, node, &node, err);
    if (!status) status = graph->evaluate(graph->evaluate_context, node, false, &value, err);
    r->instant = value;
    if (status) return status;
    to_instants(r, whole);
    const int64_t most = INT64_MAX / 4; /* some 73 000 years; bins may begin before */
    if (r->any && (r->first < -most || r->last > most))
        return shoal_fail_at(err, r->column, "the times are too far from 1970 to resample");
    return SHOAL_OK;
}

/* ---- Bins ---- */

static int64_t bin_of(const resampling *r, int64_t instant)
{
    return shoal_frequency_bin(&r->frequency, r->time->time->cf.calendar, r->first, instant);
}

static shoal_status number(resampling *r, shoal_groups *out, shoal_error *err)
{
    shoal_arena *arena = r->graph->arena;
    r->low = r->any ? bin_of(r, r->first) : 0;
    r->high = r->any ? bin_of(r, r->last) : -1;
    out->n = (uint64_t)(r->high - r->low + 1);
    if (out->n > FEW_BINS + 4 * r->extent)
        return shoal_fail_at(err, r->column,
                             "%llu bins for %llu times are too many: give a longer frequency",
                             (unsigned long long)out->n, (unsigned long long)r->extent);
    out->of = shoal_arena_alloc(arena, ((size_t)r->extent + 1) * sizeof *out->of);
    out->size = shoal_arena_alloc(arena, ((size_t)out->n + 1) * sizeof *out->size);
    out->last = shoal_arena_alloc(arena, ((size_t)out->n + 1) * sizeof *out->last);
    if (!out->of || !out->size || !out->last) return no_memory(err);
    memset(out->size, 0, (size_t)out->n * sizeof *out->size);
    for (uint64_t k = 0; k < r->extent; k++) {
        bool missing = r->instant[k] == INT64_MIN;
        out->of[k] = missing ? SHOAL_NO_GROUP : (uint32_t)(bin_of(r, r->instant[k]) - r->low);
        if (!missing) out->size[out->of[k]]++;
    }
    for (uint64_t g = 0; g < out->n; g++) out->has_empty |= out->size[g] == 0;
    return SHOAL_OK;
}

/* ---- Labels ---- */

static int64_t label_of(const resampling *r, uint64_t g)
{
    return shoal_frequency_label(&r->frequency, r->time->time->cf.calendar, r->first,
                                 r->low + (int64_t)g);
}

/* Are all labels whole in such units? */
static bool all_whole(const resampling *r, uint64_t n, int64_t unit_ns)
{
    for (uint64_t g = 0; g < n; g++)
        if (((__int128)label_of(r, g) - r->time->time->cf.epoch) * 1000 % unit_ns != 0)
            return false;
    return true;
}

/* The units of the times, or finer ones in which the labels are whole. */
static const shoal_time *units_for(const resampling *r, uint64_t n)
{
    static const struct {
        const char *name;
        int64_t ns;
    } finer[] = {{"hours", 3600000000000},
                 {"minutes", 60000000000},
                 {"seconds", 1000000000},
                 {"milliseconds", 1000000},
                 {"microseconds", 1000}};
    const shoal_time *time = r->time->time;
    if (all_whole(r, n, time->cf.unit_ns)) return time;
    size_t k = 0;
    while (k < 4 && !(finer[k].ns < time->cf.unit_ns && all_whole(r, n, finer[k].ns))) k++;
    shoal_time *own = shoal_arena_alloc(r->graph->arena, sizeof *own);
    const char *since = strcasestr(time->units, " since ");
    char *units = NULL;
    if (!own || asprintf(&units, "%s%s", finer[k].name, since ? since : "") < 0) return NULL;
    *own = (shoal_time){.cf = time->cf};
    own->cf.unit_ns = finer[k].ns;
    own->units = shoal_arena_text(r->graph->arena, units, strlen(units));
    free(units);
    return own->units ? own : NULL;
}

static shoal_status name_bins(const resampling *r, const char *name, shoal_groups *out,
                              shoal_error *err)
{
    const shoal_time *time = units_for(r, out->n);
    uint8_t *value = shoal_arena_alloc(r->graph->arena, ((size_t)out->n + 1) * 8);
    if (!time || !value) return no_memory(err);
    bool whole = r->time->type.code < SHOAL_FLOAT16 || time != r->time->time;
    for (uint64_t g = 0; g < out->n; g++) {
        __int128 label = ((__int128)label_of(r, g) - time->cf.epoch) * 1000 / time->cf.unit_ns;
        int64_t units = (int64_t)label;
        if (whole && label != units)
            return shoal_fail_at(err, r->column, "the bins are beyond 64 bits in the times' units");
        double real = (double)label;
        memcpy(value + g * 8, whole ? (const void *)&units : &real, 8);
    }
    out->axis = (shoal_axis_labels){.name = name,
                                    .type = shoal_type_of(whole ? SHOAL_INT64 : SHOAL_FLOAT64),
                                    .n = out->n,
                                    .value = value,
                                    .time = time};
    return SHOAL_OK;
}

/* ---- The call ---- */

static shoal_status read_call(resampling *r, const shoal_syntax *call, const char **text,
                              shoal_error *err)
{
    static const char *const parameters[] = {"t", "frequency", NULL};
    shoal_bound b;
    shoal_node *t;
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = shoal_graph_expression(r->graph, b.slot[0], &t, err);
    if (!status) status = shoal_graph_operand(r->graph, t, &t, err);
    if (status) return status;
    if (!t->time)
        return shoal_fail_at(err, b.slot[0]->column,
                             "resample() works on times: a column of times, or a dataset with "
                             "units such as \"hours since 2000-01-01\"");
    r->time = t;
    const shoal_syntax *f = b.slot[1];
    if (f->kind != SHOAL_SYNTAX_STRING || !shoal_frequency_parse(f->text, &r->frequency))
        return shoal_fail_at(err, f->column,
                             "a frequency is pandas' \"s\", \"min\", \"h\", \"D\", \"W\", \"MS\", "
                             "\"ME\", \"QS\", \"QE\", \"YS\" or \"YE\", with a number before it "
                             "(\"6h\") or an anchor behind it (\"QS-DEC\")");
    *text = f->text;
    return shoal_graph_check_labels(r->graph, t, r->extent, call->column, err);
}

static const char *name_of(const resampling *r, const shoal_syntax *call)
{
    const shoal_node *t = r->time;
    const char *name =
        t->source >= 0 && t->kind == SHOAL_NODE_LEAF ? shoal_call_source_name(r->graph, t) : NULL;
    const shoal_syntax *first = call->child[0];
    if (!name && first->kind == SHOAL_SYNTAX_NAME) name = first->text;
    return name ? name : "time";
}

shoal_status shoal_call_resample(shoal_graph *graph, const shoal_syntax *call, uint64_t extent,
                                 const shoal_groups **out, shoal_error *err)
{
    resampling r = {.graph = graph, .extent = extent, .column = call->column};
    const char *text = "";
    shoal_status status = read_call(&r, call, &text, err);
    if (status) return status;
    for (const shoal_groups *known = graph->groups; known; known = known->next) {
        if (known->labels != r.time || !known->resampled || strcmp(known->resampled, text) != 0)
            continue;
        *out = known;
        return SHOAL_OK;
    }
    shoal_groups *groups = shoal_arena_alloc(graph->arena, sizeof *groups);
    if (!groups) return no_memory(err);
    *groups = (shoal_groups){.n_axis = extent, .labels = r.time, .resampled = text};
    groups->next = graph->groups;
    status = read_times(&r, err);
    if (!status) status = number(&r, groups, err);
    if (!status) status = name_bins(&r, name_of(&r, call), groups, err);
    free(r.instant);
    if (status) return status;
    graph->groups = groups;
    *out = groups;
    return SHOAL_OK;
}

shoal_status shoal_call_resample_alone(shoal_graph *graph, const shoal_syntax *call,
                                       shoal_node **out, shoal_error *err)
{
    (void)graph;
    (void)out;
    return shoal_fail_at(err, call->column,
                         "resample() is for by=, as in mean(x, by=resample(t, \"1D\"), axis=0)");
}
