/* Runs one plan a line of standard input, as calc_driver does, and answers "ESTIMATE PEAK" in
   bytes, or "error STATUS MESSAGE". The peak is what the preloaded allocations.c counts from before
   the plan is made to after its run. */
#include <shoal/shoal.h>

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef long long (*counter)(void);

static counter find(const char *name)
{
    void *symbol = dlsym(RTLD_DEFAULT, name);
    counter f = NULL;
    memcpy(&f, &symbol, sizeof f);
    return f;
}

static void read_key(const char *key, const char *value, shoal_calc_params *params,
                     shoal_run_options *options)
{
    if (strcmp(key, "@threads") == 0) options->n_threads = atoi(value);
    if (strcmp(key, "@memory") == 0) options->memory_limit = strtoull(value, NULL, 10);
    if (strcmp(key, "@output") == 0) params->output = value;
    if (strcmp(key, "@chunk") == 0)
        sscanf(value, "%" SCNu64 ",%" SCNu64 ",%" SCNu64, &params->storage.chunk[0],
               &params->storage.chunk[1], &params->storage.chunk[2]);
    if (strcmp(key, "@no_summaries") == 0) params->no_summaries = atoi(value) != 0;
}

static void run(char *line, counter begin, counter peak)
{
    shoal_input inputs[16];
    shoal_calc_params params = {.inputs = inputs, .overwrite = true};
    shoal_run_options options = {0};
    shoal_error err = {0};
    shoal_plan *plan = NULL;
    char *save = NULL;
    params.expressions = strtok_r(line, "\t", &save);
    for (char *p; (p = strtok_r(NULL, "\t", &save)) && params.n_inputs < 16;) {
        char *value = strchr(p, '=');
        if (!value) continue;
        *value++ = 0;
        if (*p == '@')
            read_key(p, value, &params, &options);
        else
            inputs[params.n_inputs++] = (shoal_input){.name = p, .source = value};
    }
    long long before = begin();
    shoal_status status = shoal_plan_make(&params, &options, &plan, &err);
    uint64_t estimate = status ? 0 : shoal_plan_memory(plan);
    if (!status) status = shoal_plan_run(plan, &err);
    if (status)
        printf("error %d %s\n", (int)status, err.message);
    else
        printf("%" PRIu64 " %lld\n", estimate, peak() - before);
    shoal_plan_free(plan);
    fflush(stdout);
}

int main(void)
{
    static char line[1 << 16];
    counter begin = find("shoal_allocations_begin"), peak = find("shoal_allocations_peak");
    if (!begin || !peak) return 77;
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        run(line, begin, peak);
    }
    return 0;
}
