/* Any bytes as expressions: parsed, and typed over no inputs. */
#include <shoal/shoal.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text) return 0;
    memcpy(text, data, size);
    text[size] = 0;
    shoal_calc_params params = {.expressions = text};
    shoal_run_options options = {.n_threads = 1, .memory_limit = 16 << 20};
    shoal_plan *plan = NULL;
    shoal_error err = {0};
    if (!shoal_plan_make(&params, &options, &plan, &err)) {
        shoal_plan_run(plan, &err);
        shoal_plan_free(plan);
    }
    free(text);
    return 0;
}
