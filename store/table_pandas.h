/* Frames as pandas' HDFStore keeps them, in either format: a compound whose members are blocks of
   columns ("table"), or a dataset a block ("fixed"). Their names are in attributes, pickled, or in
   datasets. */
#ifndef SHOAL_STORE_TABLE_PANDAS_H
#define SHOAL_STORE_TABLE_PANDAS_H

#include "store/table.h"

/* The columns and rows of the frame in the group at an absolute path into an empty table, its index
   first, as "index"; *is false, and success, when there is no such frame. Of *limit, the bytes that
   may be read, categories and names take theirs. With table NULL it only tells. */
shoal_status shoal_table_of_pandas(shoal_file *file, const char *path, uint64_t *limit,
                                   shoal_table *table, bool *is, shoal_error *err);

#endif
