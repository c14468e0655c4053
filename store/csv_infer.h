/* Finds out what the columns of a CSV file hold. Each block of the file is looked at on its own
   (by any thread); its findings are then joined in the order of the blocks. */
#ifndef SHOAL_STORE_CSV_INFER_H
#define SHOAL_STORE_CSV_INFER_H

#include "store/csv_scan.h"
#include "store/csv_value.h"
#include "store/csv_words.h"
#include <stdatomic.h>

enum {
    SHOAL_SEEN_MISSING = 1,
    SHOAL_SEEN_INTEGER = 2,
    SHOAL_SEEN_HUGE = 4, /* an integer beyond 64 bits */
    SHOAL_SEEN_FLOAT = 8,
    SHOAL_SEEN_BOOL = 16,
    SHOAL_SEEN_TIME = 32,
    SHOAL_SEEN_ZONED = 64, /* a time with a zone, and one without */
    SHOAL_SEEN_LOCAL = 128,
    SHOAL_SEEN_TEXT = 256, /* anything else, or kinds that do not go together */
};

typedef struct shoal_csv_stats {
    uint16_t seen;
    uint8_t hint;                  /* the kind that came last, which is tried first */
    bool uncollected;              /* some values are not in the words */
    shoal_csv_unit unit;           /* the finest of the times */
    uint32_t max_bytes;            /* of the longest value that is not missing; 0: there is none */
    int64_t min_integer, max_days; /* max_days: the largest distance from 1970 */
    uint64_t max_integer;
} shoal_csv_stats;

/* What is to happen with a column's different values. */
typedef enum shoal_csv_collect {
    SHOAL_COLLECT_TEXT, /* collect from the first text on */
    SHOAL_COLLECT_ALL,  /* collect all, look for no other kind */
    SHOAL_COLLECT_NEVER,
} shoal_csv_collect;

typedef struct shoal_csv_fresh {
    uint32_t column, start, n; /* bytes of the block's text */
} shoal_csv_fresh;

/* One block's inference. `known` is a worker's memory of words that it has found before; only
   others become `fresh`. It may forget, so a word may be fresh twice. */
typedef struct shoal_csv_inference {
    const shoal_csv_missing *missing;
    size_t n_columns;
    const _Atomic uint8_t *collect; /* shoal_csv_collect of each column */
    shoal_words *known;
    shoal_csv_stats *stats; /* of each column; zeroed before a block's first rows */
    shoal_csv_fresh *fresh;
    size_t n_fresh, max_fresh; /* room for as many as the block may have fields */
} shoal_csv_inference;

void shoal_csv_infer_rows(shoal_csv_inference *inference, const shoal_csv_scan *rows);

/* Joins a later block's findings to a column's. */
void shoal_csv_stats_join(shoal_csv_stats *to, const shoal_csv_stats *from);

/* The kinds go together to give a column of another kind than text. */
bool shoal_csv_seen_typed(unsigned seen);

#endif
