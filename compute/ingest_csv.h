/* Reading CSV and TSV files into a table, in two passes over the text: the first finds out what
   the columns hold, the second stores it. */
#ifndef SHOAL_COMPUTE_INGEST_CSV_H
#define SHOAL_COMPUTE_INGEST_CSV_H

#include <shoal/shoal.h>

/* shoal_ingest for params->format CSV or TSV (AUTO: by the ending of the first source). Stores a
   table (store/table.h) at params->output, "/table" where that gives no path. With append, rows
   are added to the table that is there: names and kinds of columns must be its own; text gets
   longer and categories more as needed. result->raw_bytes are those of the columns. */
shoal_status shoal_ingest_csv(const shoal_ingest_params *params, const shoal_run_options *options,
                              shoal_ingest_result *result, shoal_error *err);

#endif
