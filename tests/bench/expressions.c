/* An expression over arrays that stay in the cache, in one thread: its compiled program over block
   after block, as a pass runs it, without files and decoding.

       expressions EXPRESSION A.npy B.npy OUTPUT

   reads numbers of turns, one a line, from standard input, and prints the seconds of as many turns
   over the whole arrays for each. At the end the result's bytes are written to OUTPUT. */
#include "compute/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct bench {
    shoal_plan *plan;
    shoal_machine machine;
    uint8_t *input[2], *output; /* in the order of the loads */
    size_t n, n_bytes, result_bytes;
    int result;
} bench;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint8_t *allocate(size_t n_bytes)
{
    return aligned_alloc(64, (n_bytes + 63) & ~(size_t)63);
}

/* The elements of the loads, in buffers of our own as a worker has them. */
static bool prepare(bench *b, shoal_error *err)
{
    const shoal_pass *pass = &b->plan->pass[0];
    const shoal_program *p = &pass->program;
    const void *none[2] = {NULL, NULL};
    if (b->plan->n_passes != 1 || pass->n_outputs != 1 || p->n_loads > 2) return false;
    for (int k = 0; k < p->n_values; k++)
        if (p->value[k].kind == SHOAL_VALUE_UNIFORM && p->value[k].node->kind == SHOAL_NODE_LEAF)
            return false;
    if (shoal_machine_init(&b->machine, p, none, err)) return false;
    b->result = pass->output[0].value;
    b->result_bytes = p->value[b->result].node->type.n_bytes;
    b->n = (size_t)pass->shape[0];
    b->output = allocate(b->n * b->result_bytes);
    for (int k = 0; k < p->n_loads; k++) {
        const shoal_node *leaf = p->value[p->load_value[k]].node;
        shoal_dataset *dataset = b->plan->inputs.sources[leaf->source].dataset;
        shoal_region all;
        shoal_region_all(1, leaf->shape, &all);
        b->n_bytes = leaf->type.n_bytes;
        b->input[k] = allocate(b->n * b->n_bytes);
        if (shoal_dataset_read(dataset, &all, b->input[k], b->n * b->n_bytes, err)) return false;
    }
    return true;
}

static void turn(bench *b)
{
    const shoal_program *p = &b->plan->pass[0].program;
    shoal_machine *m = &b->machine;
    for (size_t at = 0; at < b->n; at += p->block) {
        size_t n = b->n - at < p->block ? b->n - at : p->block;
        for (int k = 0; k < p->n_loads; k++)
            m->pointer[p->load_value[k]] = b->input[k] + at * b->n_bytes;
        m->pointer[b->result] = b->output + at * b->result_bytes;
        shoal_machine_run(m, n);
    }
}

static int serve(bench *b, const char *path)
{
    char line[64];
    while (fgets(line, sizeof line, stdin)) {
        long n_turns = strtol(line, NULL, 10);
        double start = now();
        for (long k = 0; k < n_turns; k++) turn(b);
        printf("%.9f\n", now() - start);
        fflush(stdout);
    }
    FILE *file = fopen(path, "wb");
    if (file == NULL) return 3;
    size_t n = fwrite(b->output, b->result_bytes, b->n, file);
    return fclose(file) == 0 && n == b->n ? 0 : 3;
}

int main(int argc, char **argv)
{
    bench b = {0};
    shoal_error err = {0};
    if (argc != 5) {
        fputs("usage: expressions EXPRESSION A.npy B.npy OUTPUT\n", stderr);
        return 2;
    }
    const shoal_input inputs[] = {{.name = "a", .source = argv[2]},
                                  {.name = "b", .source = argv[3]}};
    shoal_calc_params params = {.expressions = argv[1], .inputs = inputs, .n_inputs = 2};
    shoal_run_options options = {.n_threads = 1};
    if (shoal_plan_make(&params, &options, &b.plan, &err) || !prepare(&b, &err)) {
        fprintf(stderr, "expressions: %s\n", err.message[0] ? err.message : "not of one pass");
        return 3;
    }
    int status = serve(&b, argv[4]);
    shoal_machine_free(&b.machine);
    shoal_plan_free(b.plan);
    for (int k = 0; k < 2; k++) free(b.input[k]);
    free(b.output);
    return status;
}
