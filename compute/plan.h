/* A plan: statements -> a graph -> targets -> passes, fitted to the memory limit. */
#ifndef SHOAL_COMPUTE_PLAN_H
#define SHOAL_COMPUTE_PLAN_H

#include "compute/pass.h"

struct shoal_plan {
    shoal_arena *arena;
    shoal_run_options options;
    uint64_t memory_limit;
    int n_threads;
    shoal_inputs inputs;
    shoal_user_kernels *kernels; /* NULL: none */
    shoal_graph *graph;
    int n_statements;
    shoal_statement *statement;
    shoal_node **value; /* of each statement */
    int n_results;
    int *result;   /* statement of each result */
    int n_targets; /* results first, in order; then reductions that others read */
    shoal_target *target;
    int n_passes;
    shoal_pass *pass;
    bool packs; /* results in memory are bools, kept as bits */
    char *output, *output_file;
    char *output_path; /* NULL where the output is a file alone */
    bool overwrite, no_summaries;
    bool exact, keeps_high; /* shoal_calc_params.exact; and sums that are results keep all bits */
    shoal_dataset_spec storage;
    uint64_t memory;        /* the most that any moment of the run holds */
    uint64_t results_bytes; /* of the targets in memory */
    char *description, *description_json;
    char warnings[512];
};

/* plan_evaluate.c: computes one node while the plan is being made (graph->evaluate; the context is
   the plan). */
shoal_status shoal_plan_evaluate(void *context, shoal_node *node, bool packed, void **out,
                                 shoal_error *err);
/* plan_stream.c: runs the passes, with the targets that spill. */
shoal_status shoal_plan_stream(shoal_plan *plan, const char *phase, shoal_error *err);
/* Frees what a plan's targets spilled to. */
void shoal_plan_free_spills(shoal_plan *plan);
/* plan_targets.c: which statements are results, and where each value goes. */
shoal_status shoal_plan_targets(shoal_plan *plan, shoal_error *err);
/* Do results go to a group by their names, not one to the output's path itself? */
bool shoal_plan_fills_group(const shoal_plan *plan);
/* plan_passes.c: groups the targets to passes and compiles their programs. */
shoal_status shoal_plan_passes(shoal_plan *plan, shoal_error *err);
/* plan_boxes.c: boxes, tasks, how each load is fetched. */
shoal_status shoal_plan_boxes(shoal_plan *plan, shoal_pass *pass, shoal_error *err);
/* plan_sums.c: exact states, where they are cheap. */
void shoal_plan_sums(shoal_pass *pass);
/* plan_lines.c: boxes of whole lines, as many as the memory allows, or of parts of them. */
void shoal_plan_lines_box(const shoal_plan *plan, shoal_pass *pass);
/* The most rows that a part needs. */
void shoal_plan_cut_most(shoal_pass *pass);
/* The node of lines that a pass computes, or NULL. */
const shoal_node *shoal_pass_lines_node(const shoal_pass *pass);
/* The chunks of an output in its file. */
void shoal_plan_output_chunk(const shoal_plan *plan, const shoal_pass *pass, shoal_pass_output *o);

/* plan_memory.c: what a run holds whatever the pass. */
uint64_t shoal_plan_base_bytes(const shoal_plan *plan);
/* The chunks of an output, and how they are encoded. */
shoal_status shoal_plan_output_coding(const shoal_plan *plan, const shoal_pass *pass,
                                      shoal_pass_output *o, shoal_error *err);
/* Tiles, workers, slots and cache within the limit. */
shoal_status shoal_plan_fit(shoal_plan *plan, shoal_error *err);

/* Raw bytes of an array; UINT64_MAX when it overflows. */
uint64_t shoal_node_bytes(const shoal_node *node);

#endif
