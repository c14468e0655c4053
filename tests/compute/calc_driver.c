/* Runs one expression a line of standard input, for tests that compare thousands of results:
       EXPRESSION \t KEY=VALUE \t NAME=LOCATOR ...
   with keys @threads, @memory, @output, @raw, @no_summaries and @chunk. Answers, for each result,
       ok TYPE RANK EXTENT... N_BYTES \n <bytes>      or      error STATUS MESSAGE \n
   and a line "done". */
#include <shoal/shoal.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void answer(const shoal_result *r)
{
    char name[24];
    uint64_t n = r->type.n_bytes;
    printf("ok %s %d", shoal_type_name(r->type, name), r->rank);
    for (int k = 0; k < r->rank; k++) {
        printf(" %" PRIu64, r->shape[k]);
        n *= r->shape[k];
    }
    if (!r->data) n = 0;
    printf(" %" PRIu64 "\n", n);
    if (n) fwrite(r->data, 1, (size_t)n, stdout);
}

static void read_chunk(const char *text, uint64_t *chunk)
{
    for (char *end; *text; text = *end ? end + 1 : end) *chunk++ = strtoull(text, &end, 10);
}

static void run(char *line)
{
    shoal_input inputs[64];
    shoal_calc_params params = {.inputs = inputs};
    shoal_run_options options = {0};
    shoal_error err = {0};
    char *save = NULL;
    params.expressions = strtok_r(line, "\t", &save);
    for (char *p; (p = strtok_r(NULL, "\t", &save)) && params.n_inputs < 64;) {
        char *value = strchr(p, '=');
        if (!value) continue;
        *value++ = 0;
        if (strcmp(p, "@threads") == 0)
            options.n_threads = atoi(value);
        else if (strcmp(p, "@memory") == 0)
            options.memory_limit = strtoull(value, NULL, 10);
        else if (strcmp(p, "@output") == 0)
            params.output = value;
        else if (strcmp(p, "@raw") == 0)
            params.raw = atoi(value) != 0;
        else if (strcmp(p, "@no_summaries") == 0)
            params.no_summaries = atoi(value) != 0;
        else if (strcmp(p, "@chunk") == 0)
            read_chunk(value, params.storage.chunk);
        else
            inputs[params.n_inputs++] = (shoal_input){.name = *p ? p : NULL, .source = value};
    }
    params.overwrite = true;
    shoal_plan *plan = NULL;
    shoal_status status = shoal_plan_make(&params, &options, &plan, &err);
    if (!status) status = shoal_plan_run(plan, &err);
    for (size_t k = 0; !status && k < shoal_plan_n_results(plan); k++) {
        shoal_result r;
        if (!(status = shoal_plan_result(plan, k, &r, &err))) answer(&r);
    }
    if (status) printf("error %d %s\n", (int)status, err.message);
    puts("done");
    fflush(stdout);
    shoal_plan_free(plan);
}

int main(void)
{
    static char line[1 << 18];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        run(line);
    }
    return 0;
}
