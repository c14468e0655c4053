/* From what was seen in the columns to what they are stored as; and the names of columns. */
#ifndef SHOAL_STORE_CSV_SCHEMA_H
#define SHOAL_STORE_CSV_SCHEMA_H

#include "store/csv_profile.h"
#include "store/table.h"

#define SHOAL_CSV_MAX_TEXT ((size_t)1 << 20) /* bytes of the longest text of a column */

/* What a column is to be, whatever was seen. */
typedef enum shoal_csv_order {
    SHOAL_ORDER_NONE, /* as seen */
    SHOAL_ORDER_TYPE, /* of `type`; nullable when values are missing that it has no mark for */
    SHOAL_ORDER_TEXT, /* text as long as needed */
    SHOAL_ORDER_CATEGORY,
    SHOAL_ORDER_TIME, /* in `unit` */
    SHOAL_ORDER_SAME, /* the column of a table that is appended to: kind, type and unit as given;
                         only text and codes may grow */
} shoal_csv_order;

typedef struct shoal_csv_want {
    shoal_csv_order order;
    shoal_column_kind kind;
    shoal_type type;
    shoal_csv_unit unit;
} shoal_csv_want;

/* Reads "f4", "text", "category", "time[ms]", ...; false if it is none of them. */
bool shoal_csv_want_parse(const char *text, shoal_csv_want *out);

/* True when a column of these values is one of text (of a category or not). */
bool shoal_csv_is_text(const shoal_csv_stats *stats, uint64_t n_rows);

/* Decides column `k`: fills kind, type, units and (sorted; after those that are there) categories
   of `column`, and for a category the codes of the profile's words. SHOAL_DATA when a text is
   longer than SHOAL_CSV_MAX_TEXT. The name in messages is column->name. */
shoal_status shoal_csv_decide(const shoal_csv_profile *profile, size_t k,
                              const shoal_csv_want *want, shoal_column *column, shoal_error *err);

/* The type of the codes of n categories, as pandas chooses it. */
shoal_type shoal_category_code_type(size_t n_categories);

/* Makes names as pandas does: an empty one of column k becomes "Unnamed: k", one that is there
   already gets ".1", ".2", ... And names that HDF5 cannot hold are changed before that: '/' to '_',
   "." to "_", ".." to "__", "_index" to "_index_". Names are malloc'd and replaced. */
shoal_status shoal_csv_name_columns(char **names, size_t n, shoal_error *err);

#endif
