/* Results of calc on standard output. */
#ifndef SHOAL_CLI_RESULT_H
#define SHOAL_CLI_RESULT_H

#include "cli/json.h"

enum { SHOAL_CLI_MOST_ELEMENTS = 1000 };

/* The number of elements; UINT64_MAX when it does not fit. */
uint64_t shoal_cli_result_count(const shoal_result *result);

/* "3.5", or an array as NumPy shows it, rows in brackets and columns aligned; behind "label = "
   when `label` is not NULL. The result has data. */
void shoal_cli_result_print(const shoal_result *result, const char *label);

/* {"name", "type", "shape", "value"}; the value is null where the data went to a file. */
void shoal_cli_result_json(shoal_cli_json *json, const shoal_result *result);

#endif
