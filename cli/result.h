/* Results of calc on standard output. */
#ifndef SHOAL_CLI_RESULT_H
#define SHOAL_CLI_RESULT_H

#include "cli/json.h"

enum { SHOAL_CLI_MOST_ELEMENTS = 1000 };

/* The number of elements; UINT64_MAX when it does not fit. */
uint64_t shoal_cli_result_count(const shoal_result *result);

/* A result with the labels of its axes; name NULL: an axis has none. */
typedef struct shoal_cli_result {
    shoal_result result;
    shoal_labels labels[SHOAL_MAX_RANK];
    shoal_labels times;  /* of its elements, where they are times; else its name is NULL */
    const int64_t *high; /* as shoal_plan_result_high gives it */
} shoal_cli_result;

shoal_status shoal_cli_result_get(shoal_plan *plan, size_t k, shoal_cli_result *out,
                                  shoal_error *err);

/* "3.5", or an array as NumPy shows it, rows in brackets and columns aligned; behind "label = "
   when `label` is not NULL. Of one axis that has labels, each element in a line behind its own; of
   several, a line of labels goes before. Times are written as dates. The result has data. */
void shoal_cli_result_print(const shoal_cli_result *result, const char *label);

/* {"name", "type", "shape", "value"}, of times "units" and "calendar", and "labels" where there
   are, and no more than can be printed; the value is null where the data went to a file. The type
   is "int128" where integers have `high`. */
void shoal_cli_result_json(shoal_cli_json *json, const shoal_cli_result *result);

#endif
