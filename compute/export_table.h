/* Exporting a table as text. */
#ifndef SHOAL_COMPUTE_EXPORT_TABLE_H
#define SHOAL_COMPUTE_EXPORT_TABLE_H

#include "compute/export_output.h"
#include "store/table.h"

/* Writes a line of names and one for each row of the table at `path`; `slice` (may be NULL) chooses
   rows. Missing values are empty fields. */
shoal_status shoal_export_table(shoal_file *file, const char *path, const char *slice,
                                char delimiter, shoal_export_output *output,
                                const shoal_run_options *options, shoal_error *err);

#endif
