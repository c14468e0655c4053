/* The public face of computing: a plan is made, described, run and asked for its results. */
#include "compute/plan.h"

#include "chunk/error.h"
#include "chunk/type.h"
#include "compute/output_target.h"
#include "compute/result_meaning.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static char *keep_text(shoal_plan *plan, const char *text)
{
    return text ? shoal_arena_text(plan->arena, text, strlen(text)) : NULL;
}

/* What the caller's structs point at is copied: a plan outlives them. */
static shoal_status copy_params(shoal_plan *plan, const shoal_calc_params *params,
                                const shoal_run_options *options, shoal_error *err)
{
    if (!params->expressions) return shoal_fail(err, SHOAL_USAGE, "there is no expression");
    if (options) plan->options = *options;
    plan->options.tmpdir = keep_text(plan, plan->options.tmpdir);
    plan->memory_limit = shoal_option_memory(options);
    plan->n_threads = shoal_option_threads(options);
    plan->overwrite = params->overwrite;
    plan->no_summaries = params->no_summaries;
    plan->exact = params->exact;
    plan->keeps_high = params->exact && !params->output;
    plan->storage = params->storage;
    plan->storage.codec = keep_text(plan, params->storage.codec);
    plan->output = keep_text(plan, params->output);
    plan->statement =
        shoal_arena_alloc(plan->arena, sizeof *plan->statement * (SHOAL_MAX_STATEMENTS + 1));
    plan->value = shoal_arena_alloc(plan->arena, sizeof *plan->value * SHOAL_MAX_STATEMENTS);
    plan->graph = shoal_arena_alloc(plan->arena, sizeof *plan->graph);
    if (!plan->statement || !plan->value || !plan->graph || (params->output && !plan->output))
        return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the plan");
    return SHOAL_OK;
}

static shoal_status locate_output(shoal_plan *plan, shoal_error *err)
{
    if (!plan->output) return SHOAL_OK;
    char *file = NULL, *path = NULL, *slice = NULL;
    shoal_status status = shoal_locator_split(plan->output, &file, &path, &slice, err);
    if (!status && slice)
        status = shoal_fail(err, SHOAL_USAGE, "%s: a result cannot go into a slice", plan->output);
    if (!status) plan->output_file = keep_text(plan, file);
    if (!status && path) plan->output_path = keep_text(plan, path);
    if (!status && (!plan->output_file || (path && !plan->output_path)))
        status = shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    free(file);
    free(path);
    free(slice);
    return status;
}

static shoal_status build(shoal_plan *plan, const shoal_calc_params *params, shoal_error *err)
{
    shoal_status status =
        shoal_parse(plan->arena, params->expressions, plan->statement, &plan->n_statements, err);
    if (!status) status = locate_output(plan, err);
    if (!status) status = shoal_user_kernels_open(plan->arena, params, &plan->kernels, err);
    if (!status)
        status = shoal_inputs_open(params->inputs, params->n_inputs, params->raw,
                                   plan->memory_limit, plan->arena, &plan->inputs, err);
    if (status) return status;
    plan->graph->arena = plan->arena;
    plan->graph->inputs = &plan->inputs;
    plan->graph->kernels = plan->kernels;
    plan->graph->evaluate = shoal_plan_evaluate;
    plan->graph->evaluate_context = plan;
    for (int k = 0; k < plan->n_statements && !status; k++)
        status = shoal_graph_statement(plan->graph, &plan->statement[k], &plan->value[k], err);
    if (!status) status = shoal_plan_targets(plan, err);
    if (!status) status = shoal_plan_passes(plan, err);
    if (!status) status = shoal_plan_fit(plan, err);
    return status;
}

shoal_status shoal_plan_make(const shoal_calc_params *params, const shoal_run_options *options,
                             shoal_plan **out, shoal_error *err)
{
    shoal_error local = {0};
    if (!err) err = &local;
    *err = (shoal_error){0};
    shoal_plan *plan = calloc(1, sizeof *plan);
    if (plan) plan->arena = shoal_arena_new();
    if (!plan || !plan->arena) {
        free(plan);
        return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the plan");
    }
    shoal_status status = copy_params(plan, params, options, err);
    if (!status) status = build(plan, params, err);
    if (status)
        shoal_plan_free(plan);
    else
        *out = plan;
    return status;
}

void shoal_plan_free(shoal_plan *plan)
{
    if (!plan) return;
    for (int k = 0; k < plan->n_targets; k++) {
        free(plan->target[k].data);
        free(plan->target[k].high);
    }
    shoal_plan_free_spills(plan);
    shoal_inputs_close(&plan->inputs);
    shoal_user_kernels_close(plan->kernels);
    free(plan->description);
    free(plan->description_json);
    shoal_arena_free(plan->arena);
    free(plan);
}

uint64_t shoal_plan_memory(const shoal_plan *plan)
{
    return plan->memory;
}

/* Makes the datasets of the output file, before any pass. */
static shoal_status open_outputs(shoal_plan *plan, shoal_writer **writer, shoal_error *err)
{
    char *path = NULL;
    bool replace = false;
    if (!plan->output) return SHOAL_OK;
    /* results with names share a group, which may be there already */
    bool add = shoal_plan_fills_group(plan) && plan->output_path;
    shoal_status status = shoal_output_open(plan->output, "/data", plan->overwrite, add, writer,
                                            &path, &replace, err);
    free(path);
    for (int k = 0; k < plan->n_results && !status; k++) {
        shoal_target *t = &plan->target[k];
        t->writer = *writer;
        if (t->node->grows) continue; /* made when it is written */
        t->spec.replace = replace || (plan->overwrite && shoal_writer_exists(*writer, t->path));
        status = shoal_writer_dataset(*writer, t->path, &t->spec, err);
        bool streams = !shoal_node_is_stored(t->node) || t->node->kind == SHOAL_NODE_LINES;
        if (!status && streams && t->node->rank > 0)
            status = shoal_writer_sink(*writer, t->path, &t->sink, err);
        if (!status && t->sink && t->summary_bytes) shoal_sink_summarise(t->sink, t->summary_bytes);
    }
    return status;
}

/* Zeros. Large ones are first touched by the workers, which takes a fifth of the time in huge
   pages; the system may do without them. */
static void *hold_result(size_t n_bytes)
{
    enum { PAGE = 4096, LARGE = 4 << 20 };
    uint8_t *data = calloc(1, n_bytes);
    if (!data || n_bytes < LARGE) return data;
    size_t skipped = PAGE - (uintptr_t)data % PAGE;
    int saved_errno = errno;
    madvise(data + skipped, (n_bytes - skipped) / PAGE * PAGE, MADV_HUGEPAGE);
    errno = saved_errno;
    return data;
}

static shoal_status hold_targets(shoal_plan *plan, shoal_error *err)
{
    for (int k = 0; k < plan->n_targets; k++) {
        shoal_target *t = &plan->target[k];
        bool scalar = t->path && t->node->rank == 0; /* written whole, after the passes */
        if (!t->in_memory && !scalar) continue;
        if (scalar && !t->n_bytes) t->n_bytes = t->node->type.n_bytes;
        t->in_memory = true;
        if (!t->data) t->data = hold_result(t->n_bytes + 64);
        if (!t->data) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the results");
        t->node->data = t->data;
        if (t->keeps_high && !t->high) t->high = hold_result(t->n_bytes + 64);
        if (t->keeps_high && !t->high)
            return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the results");
    }
    return SHOAL_OK;
}

/* The dataset of a result whose shape the data told. */
static shoal_status make_grown(const shoal_plan *plan, shoal_writer *writer, shoal_target *t,
                               shoal_error *err)
{
    memcpy(t->spec.shape, t->node->shape, sizeof t->spec.shape);
    t->spec.replace = plan->overwrite && shoal_writer_exists(writer, t->path);
    return shoal_writer_dataset(writer, t->path, &t->spec, err);
}

/* What was kept in memory and belongs in the file too. */
static shoal_status write_kept(shoal_plan *plan, shoal_writer *writer, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < plan->n_results && !status; k++) {
        const shoal_target *t = &plan->target[k];
        if (!t->path || !t->in_memory || t->sink) continue;
        shoal_region all;
        shoal_region_all(t->node->rank, t->node->shape, &all);
        if (t->node->grows) status = make_grown(plan, writer, &plan->target[k], err);
        if (!status) status = shoal_writer_write(writer, t->path, &all, t->data, t->n_bytes, err);
    }
    return status;
}

shoal_status shoal_plan_run(shoal_plan *plan, shoal_error *err)
{
    shoal_writer *writer = NULL;
    shoal_status status = hold_targets(plan, err);
    if (!status) status = open_outputs(plan, &writer, err);
    if (!status) status = shoal_plan_stream(plan, "computing", err);
    if (!status && writer) status = write_kept(plan, writer, err);
    if (!status && writer) status = shoal_result_meaning(plan, writer, err);
    for (int k = 0; k < plan->n_results; k++) plan->target[k].sink = NULL;
    if (status) {
        shoal_writer_discard(writer);
        return status;
    }
    return writer ? shoal_writer_commit(writer, err) : SHOAL_OK;
}

/* Each operation's once. */
static void warn(char *text, size_t capacity, const char *name, shoal_type_code result)
{
    char line[160], type[24];
    size_t n = strlen(text);
    shoal_type_name(shoal_type_of(result), type);
    int length = snprintf(line, sizeof line,
                          "%s: a result is beyond %s and has wrapped around, as NumPy's does; "
                          "%s(float64(...)) rounds instead\n",
                          name, type, name);
    if (!strstr(text, line) && (size_t)length < capacity - n)
        memcpy(text + n, line, (size_t)length + 1);
}

const char *shoal_plan_warnings(shoal_plan *plan)
{
    plan->warnings[0] = '\0';
    for (int p = 0; p < plan->n_passes; p++) {
        const shoal_pass *pass = &plan->pass[p];
        for (int k = 0; k < pass->n_reductions; k++) {
            const shoal_node *node = pass->reduction[k].node;
            if (pass->reduction[k].wraps && !pass->reduction[k].target->high)
                warn(plan->warnings, sizeof plan->warnings, shoal_operation_of(node->op)->name,
                     node->type.code);
        }
        for (int k = 0; k < pass->n_tallies; k++) {
            const shoal_node *node = pass->tally[k].node;
            if (pass->tally[k].wraps)
                warn(plan->warnings, sizeof plan->warnings, node->tally->name, node->type.code);
        }
    }
    return plan->warnings;
}

size_t shoal_plan_n_results(const shoal_plan *plan)
{
    return (size_t)plan->n_results;
}

shoal_status shoal_plan_result(const shoal_plan *plan, size_t k, shoal_result *out,
                               shoal_error *err)
{
    if (k >= (size_t)plan->n_results)
        return shoal_fail(err, SHOAL_USAGE, "there are %d results; there is no number %zu",
                          plan->n_results, k);
    const shoal_target *t = &plan->target[k];
    *out = (shoal_result){.name = plan->statement[plan->result[k]].name,
                          .type = t->node->type,
                          .rank = t->node->rank,
                          .data = t->path ? NULL : t->data};
    memcpy(out->shape, t->node->shape, sizeof out->shape);
    return SHOAL_OK;
}

const int64_t *shoal_plan_result_high(const shoal_plan *plan, size_t k)
{
    if (k >= (size_t)plan->n_results || !plan->target[k].is_beyond) return NULL;
    return plan->target[k].high;
}
