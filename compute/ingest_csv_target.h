/* The table that a CSV ingest writes to: its datasets, new or grown. */
#ifndef SHOAL_COMPUTE_INGEST_CSV_TARGET_H
#define SHOAL_COMPUTE_INGEST_CSV_TARGET_H

#include "compute/ingest_csv_parts.h"

/* For appending: storage->chunk[0] gets the rows a chunk of the table. SHOAL_USAGE when its
   columns differ in them, or its index is not made of int64. */
shoal_status shoal_csv_target_chunk(shoal_file *file, const shoal_table *table,
                                    shoal_dataset_spec *storage, shoal_error *err);

/* For appending: makes room for n_new more rows, and widens what `want` (the columns as they were)
   says was narrower than the table's columns now are. */
shoal_status shoal_csv_target_grow(shoal_csv_target *target, shoal_file *file, const char *path,
                                   const shoal_csv_want *want, const shoal_dataset_spec *storage,
                                   uint64_t n_new, shoal_error *err);

/* Fills in outputs and columns of a table whose datasets have their final shape, and reads the
   rows of the last chunk that were there before. */
shoal_status shoal_csv_target_open(shoal_csv_target *target, const shoal_csv_input *input,
                                   const char *path, shoal_error *err);
void shoal_csv_target_clear(shoal_csv_target *target); /* not the writer and the table */

#endif
