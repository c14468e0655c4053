/* What calc prints of a plan that has run. */
#ifndef SHOAL_CLI_CALC_PRINT_H
#define SHOAL_CLI_CALC_PRINT_H

#include <shoal/shoal.h>

#include <stddef.h>

/* Can the first n bytes name an operand or a result? */
bool shoal_cli_is_name(const char *text, size_t n);

/* The results that are in memory; several have their names before them, or their expressions. */
shoal_status shoal_cli_calc_results(shoal_plan *plan, const char *expressions, shoal_error *err);
/* All as one JSON object. output: where they were stored, or NULL. */
shoal_status shoal_cli_calc_json(shoal_plan *plan, const char *output, shoal_error *err);

/* On standard error: "out.h5:/x: float32, 1,024 x 1,024, 0.5 s", and a line a warning. */
void shoal_cli_calc_summary(const shoal_plan *plan, const char *output, double seconds);
void shoal_cli_calc_warnings(shoal_plan *plan);

#endif
