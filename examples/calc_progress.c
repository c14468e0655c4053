/* Computes expressions over a dataset of any size, with progress, inside a memory limit.
       calc_progress 'EXPRESSIONS' NAME=FILE:/path
   prints the scalar results; a progress callback that returns not 0 would cancel the run. */
#include <shoal/shoal.h>

#include <stdio.h>
#include <string.h>

static int show(void *user, const shoal_progress *now)
{
    (void)user;
    if (now->total_bytes)
        fprintf(stderr, "\r%s %3.0f %%", now->phase,
                100.0 * (double)now->done_bytes / (double)now->total_bytes);
    return 0;
}

int main(int argc, char **argv)
{
    shoal_error err = {0};
    shoal_plan *plan = NULL;
    if (argc != 3 || !strchr(argv[2], '=')) return SHOAL_USAGE;
    char *locator = strchr(argv[2], '=');
    *locator++ = 0;
    shoal_input input = {.name = argv[2], .source = locator};
    shoal_calc_params params = {.expressions = argv[1], .inputs = &input, .n_inputs = 1};
    shoal_run_options options = {.memory_limit = 64 << 20, .progress = show};
    shoal_status status = shoal_plan_make(&params, &options, &plan, &err);
    if (!status) {
        fputs(shoal_plan_describe(plan, false), stderr);
        status = shoal_plan_run(plan, &err);
    }
    for (size_t k = 0; !status && k < shoal_plan_n_results(plan); k++) {
        shoal_result result;
        char text[64];
        status = shoal_plan_result(plan, k, &result, &err);
        if (!status && result.rank == 0) {
            shoal_format_element(result.type, result.data, text, sizeof text);
            printf("%s%s%s\n", result.name ? result.name : "", result.name ? " = " : "", text);
        }
    }
    if (status) fprintf(stderr, "calc_progress: %s\n", err.message);
    shoal_plan_free(plan);
    return (int)status;
}
