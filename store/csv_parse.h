/* From fields to values: one column's rows of a scanned batch into a typed buffer. */
#ifndef SHOAL_STORE_CSV_PARSE_H
#define SHOAL_STORE_CSV_PARSE_H

#include "store/csv_scan.h"
#include "store/csv_value.h"
#include "store/csv_words.h"
#include "store/table.h"

typedef struct shoal_csv_column shoal_csv_column;
typedef bool shoal_csv_parse_one(const shoal_csv_column *column, const char *p, size_t n,
                                 void *value);

/* How a column is read. Only read from once made, so that threads may share it. */
struct shoal_csv_column {
    uint32_t number; /* in the file, and in the words */
    shoal_column_kind kind;
    shoal_type type;
    shoal_csv_unit unit;
    const shoal_csv_missing *missing;
    const shoal_words *words; /* of a category */
    shoal_csv_parse_one *parse;
    bool has_missing;   /* there is a way to store a missing value */
    uint8_t absent[16]; /* how one is stored, unless it is text */
};

void shoal_csv_column_init(shoal_csv_column *column, uint32_t number, const shoal_column *stored,
                           const shoal_csv_missing *missing, const shoal_words *words);

/* Parses rows [first, first + n) of the batch. `mask` (one byte a row) is for nullable columns.
   Gives n, or the number of the first row (from `first`) whose value does not fit. */
size_t shoal_csv_parse_rows(const shoal_csv_column *column, const shoal_csv_scan *rows,
                            size_t first, size_t n, void *values, uint8_t *mask);

/* "'abc' is not an int8": why a field does not fit, for people. */
void shoal_csv_explain(const shoal_csv_column *column, const char *p, size_t n, char *text,
                       size_t capacity);

#endif
