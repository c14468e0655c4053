/* Compound datasets as tables: PyTables' and other programs' records, a column a member. */
#ifndef SHOAL_STORE_TABLE_COMPOUND_H
#define SHOAL_STORE_TABLE_COMPOUND_H

#include "store/table.h"

/* The columns and rows of the compound dataset at an absolute path into an empty table; *is false,
   and success, when the object is none of one axis. A column's values_path goes on behind the
   dataset with its member: "/records/position/x". With table NULL it only tells. */
shoal_status shoal_table_of_compound(shoal_file *file, const char *path, shoal_table *table,
                                     bool *is, shoal_error *err);

#endif
