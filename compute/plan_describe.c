/* What a plan would do, for people and as JSON. */
#include "compute/pass_known.h"
#include "compute/plan.h"

#include "chunk/checked.h"
#include "store/temporary.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct writing {
    char *bytes;
    size_t n;
} writing;

static void say(writing *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(writing *t, const char *format, ...)
{
    char line[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    size_t n = strlen(line);
    char *more = realloc(t->bytes, t->n + n + 1);
    if (!more) return;
    memcpy(more + t->n, line, n + 1);
    t->bytes = more;
    t->n += n;
}

static const char *size_text(uint64_t n_bytes, char out[32])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double v = (double)n_bytes;
    int u = 0;
    for (; v >= 1024 && u < 6; u++) v /= 1024;
    snprintf(out, 32, u ? "%.1f %s" : "%.0f %s", v, units[u]);
    return out;
}

static void say_target(const shoal_plan *plan, writing *t, int k)
{
    char shape[700], name[24];
    const shoal_target *r = &plan->target[k];
    const shoal_statement *s = &plan->statement[plan->result[k]];
    say(t, "result    %s%s%s: %s %s", s->name ? s->name : "", s->name ? " = " : "", s->text,
        shoal_type_name(r->node->type, name),
        shoal_shape_text(r->node->rank, r->node->shape, shape, sizeof shape));
    if (r->path) say(t, " -> %s:%s", plan->output_file, r->path);
    say(t, "\n");
}

/* How many boxes of lines a chunk lies in, at most. */
static uint64_t times_decoded(const shoal_pass *pass, const shoal_load *l)
{
    const shoal_node *lines = shoal_pass_lines_node(pass);
    uint64_t times = 1;
    for (int k = 0; lines && k < pass->rank; k++) {
        if ((lines->axes >> k & 1) || l->base_axis[k] < 0) continue;
        uint64_t chunk = l->dataset->grid.chunk[l->base_axis[k]];
        if (chunk > pass->shape[k]) chunk = pass->shape[k];
        if (pass->box[k] < chunk) times *= shoal_ceil_div(chunk, pass->box[k]);
    }
    return times;
}

/* Users' kernels, with what they ask for. */
static void say_kernels(writing *t, const shoal_pass *pass)
{
    const shoal_user_use *use;
    uint64_t scratch;
    char types[400], size[32];
    for (int k = 0; (use = shoal_pass_user_use(pass, k, &scratch)); k++) {
        const shoal_kernel_spec *spec = &use->kernel->spec;
        say(t, "  kernel  %s, %s", spec->name,
            shoal_user_types_text(use->kernel, types, sizeof types));
        if (spec->kind == SHOAL_KERNEL_REDUCTION)
            say(t, ", states of %s", size_text(spec->state_bytes, size));
        if (scratch) say(t, ", scratch of %s a thread", size_text(scratch, size));
        say(t, "\n");
    }
}

static void say_pass(const shoal_plan *plan, writing *t, int p)
{
    static const char *const ways[] = {"in place", "each chunk decoded once",
                                       "through the chunk cache"};
    const shoal_pass *pass = &plan->pass[p];
    char shape[700], box[700], size[32];
    say(t, "pass %-3d  over %s in %llu tasks of %s, %d thread%s: %d reduction%s, %d array%s\n",
        p + 1, shoal_shape_text(pass->rank, pass->shape, shape, sizeof shape),
        (unsigned long long)pass->n_tasks, shoal_shape_text(pass->rank, pass->box, box, sizeof box),
        pass->n_workers, pass->n_workers == 1 ? "" : "s", pass->n_reductions,
        pass->n_reductions == 1 ? "" : "s", pass->n_outputs, pass->n_outputs == 1 ? "" : "s");
    for (int k = 0; k < pass->n_loads; k++) {
        const shoal_load *l = &pass->load[k];
        for (int j = 0; j < l->n_below; j++)
            say(t, "  read    %s, to put together %s\n", l->below[j]->name,
                size_text(shoal_node_bytes(l->leaf), size));
        if (!l->dataset) continue;
        uint64_t times = l->fetch == SHOAL_FETCH_READ ? times_decoded(pass, l) : 1;
        say(t, "  read    %s, %s, ", l->dataset->name, size_text(shoal_node_bytes(l->leaf), size));
        if (times > 1)
            say(t, "chunks decoded up to %llu times: more memory (-m) avoids it",
                (unsigned long long)times);
        else
            say(t, "%s", ways[l->fetch]);
        say(t, "%s\n", shoal_pass_gathers(pass) ? ", in each of two rounds" : "");
    }
    for (int k = 0; k < pass->n_outputs; k++)
        if (pass->output[k].target->spills)
            say(t, "  spill   %s of an intermediate result, compressed, to %s\n",
                size_text(shoal_node_bytes(pass->output[k].node), size),
                shoal_temporary_folder(plan->options.tmpdir));
    say_kernels(t, pass);
    if (pass->n_tallies)
        say(t,
            "  counts  %d statistic%s of all elements, in rounds over the data: up to 4, or 5 for "
            "rules for bins\n",
            pass->n_tallies, pass->n_tallies == 1 ? "" : "s");
    if (pass->n_compensated)
        say(t, "  sums    %d compensated, not exact: states for so many results would be large\n",
            pass->n_compensated);
    uint64_t n_boxes, n_known;
    if (shoal_pass_count_known(pass, &n_boxes, &n_known))
        say(t, "  known   %llu of %llu boxes, from the summaries of chunks: these are not read\n",
            (unsigned long long)n_known, (unsigned long long)n_boxes);
    if (pass->cache_entry_bytes)
        say(t, "  cache   %d chunks of %s%s\n", pass->cache_entries,
            size_text(pass->cache_entry_bytes, size),
            pass->cache_entries < pass->cache_entries_wanted
                ? "; some chunks may be decoded again: more memory (-m) avoids it"
                : "");
}

static char *describe(const shoal_plan *plan)
{
    writing t = {0};
    char a[32], b[32];
    uint64_t read = 0, written = 0;
    for (int k = 0; k < plan->n_results; k++) say_target(plan, &t, k);
    for (int p = 0; p < plan->n_passes; p++) {
        say_pass(plan, &t, p);
        read += plan->pass[p].read_bytes;
    }
    for (int k = 0; k < plan->n_results; k++)
        if (plan->target[k].path) written += shoal_node_bytes(plan->target[k].node);
    say(&t, "total     %s read, %s written (before compression)\n", size_text(read, a),
        size_text(written, b));
    say(&t, "memory    %s of %s allowed\n", size_text(plan->memory, a),
        size_text(plan->memory_limit, b));
    return t.bytes;
}

static json_t *shape_json(int rank, const uint64_t *shape)
{
    json_t *a = json_array();
    for (int k = 0; k < rank; k++) json_array_append_new(a, json_integer((json_int_t)shape[k]));
    return a;
}

static json_t *kernels_json(const shoal_pass *pass)
{
    json_t *kernels = json_array();
    const shoal_user_use *use;
    uint64_t scratch;
    for (int k = 0; (use = shoal_pass_user_use(pass, k, &scratch)); k++) {
        const shoal_kernel_spec *spec = &use->kernel->spec;
        bool reduces = spec->kind == SHOAL_KERNEL_REDUCTION;
        json_array_append_new(kernels,
                              json_pack("{s:s, s:I, s:I}", "name", spec->name, "state_bytes",
                                        (json_int_t)(reduces ? spec->state_bytes : 0),
                                        "scratch_bytes", (json_int_t)scratch));
    }
    return kernels;
}

static json_t *pass_json(const shoal_pass *pass)
{
    json_t *reads = json_array();
    for (int k = 0; k < pass->n_loads; k++)
        if (pass->load[k].dataset)
            json_array_append_new(
                reads, json_pack("{s:s, s:I}", "dataset", pass->load[k].dataset->name, "raw_bytes",
                                 (json_int_t)shoal_node_bytes(pass->load[k].leaf)));
    uint64_t n_boxes = 0, n_known = 0, spilled = 0;
    shoal_pass_count_known(pass, &n_boxes, &n_known);
    for (int k = 0; k < pass->n_outputs; k++)
        if (pass->output[k].target->spills) spilled += shoal_node_bytes(pass->output[k].node);
    return json_pack("{s:o, s:o, s:I, s:i, s:i, s:i, s:o, s:i, s:I, s:i, s:I, s:o}", "shape",
                     shape_json(pass->rank, pass->shape), "box", shape_json(pass->rank, pass->box),
                     "tasks", (json_int_t)pass->n_tasks, "threads", pass->n_workers, "reductions",
                     pass->n_reductions, "arrays", pass->n_outputs, "reads", reads, "cached_chunks",
                     pass->cache_entries, "known_boxes", (json_int_t)n_known, "compensated_sums",
                     pass->n_compensated, "spilled_bytes", (json_int_t)spilled, "kernels",
                     kernels_json(pass));
}

static char *describe_json(const shoal_plan *plan)
{
    json_t *results = json_array(), *passes = json_array();
    for (int k = 0; k < plan->n_results; k++) {
        char name[24];
        const shoal_node *node = plan->target[k].node;
        const shoal_statement *s = &plan->statement[plan->result[k]];
        json_array_append_new(
            results, json_pack("{s:s?, s:s, s:s, s:o, s:s?}", "name", s->name, "expression",
                               s->text, "type", shoal_type_name(node->type, name), "shape",
                               shape_json(node->rank, node->shape), "path", plan->target[k].path));
    }
    for (int p = 0; p < plan->n_passes; p++)
        json_array_append_new(passes, pass_json(&plan->pass[p]));
    json_t *all =
        json_pack("{s:o, s:o, s:I, s:I}", "results", results, "passes", passes, "memory_bytes",
                  (json_int_t)plan->memory, "memory_limit", (json_int_t)plan->memory_limit);
    char *text = all ? json_dumps(all, JSON_COMPACT) : NULL;
    json_decref(all);
    return text;
}

const char *shoal_plan_describe(shoal_plan *plan, bool json)
{
    char **where = json ? &plan->description_json : &plan->description;
    if (!*where) *where = json ? describe_json(plan) : describe(plan);
    return *where ? *where : "";
}
