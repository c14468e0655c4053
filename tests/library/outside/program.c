/* A program outside of the tree: prints the library's version and the sum of a dataset's row 1.
       program FILE:/path */
#include <shoal/shoal.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    shoal_error err = {SHOAL_OK, 0, ""};
    shoal_plan *plan = NULL;
    shoal_input input = {.name = "t", .source = argc > 1 ? argv[1] : ""};
    shoal_calc_params params = {.expressions = "sum(t[1])", .inputs = &input, .n_inputs = 1};
    shoal_result result;
    char text[64];
    shoal_status status = shoal_plan_make(&params, NULL, &plan, &err);
    if (!status) status = shoal_plan_run(plan, &err);
    if (!status) status = shoal_plan_result(plan, 0, &result, &err);
    if (status) {
        fprintf(stderr, "program: %s\n", err.message);
    } else {
        shoal_format_element(result.type, result.data, text, sizeof text);
        printf("%s %s\n", shoal_version(), text);
    }
    shoal_plan_free(plan);
    return (int)status;
}
