/* What is known of all columns of the CSV sources so far: blocks' findings joined in order, and the
   different texts of columns that may become categories. */
#ifndef SHOAL_STORE_CSV_PROFILE_H
#define SHOAL_STORE_CSV_PROFILE_H

#include "store/csv_infer.h"

#define SHOAL_CATEGORY_WORDS 65536             /* more are no category, nor are */
#define SHOAL_CATEGORY_BYTES ((size_t)4 << 20) /* more bytes of text */

typedef struct shoal_csv_column_words {
    size_t n, n_bytes;
    bool closed; /* too many: collected no more */
} shoal_csv_column_words;

typedef struct shoal_csv_profile {
    size_t n_columns;
    uint64_t n_rows;
    shoal_csv_stats *stats;
    shoal_csv_column_words *column_words;
    _Atomic uint8_t *collect; /* shoal_csv_collect; workers read it while blocks are joined */
    bool *forced;             /* a category whatever the number of its texts */
    bool recounting;          /* the second time through: words only */
    shoal_words *words;
} shoal_csv_profile;

/* `words` stays the caller's. */
shoal_status shoal_csv_profile_init(shoal_csv_profile *profile, size_t n_columns,
                                    shoal_words *words, shoal_error *err);
void shoal_csv_profile_clear(shoal_csv_profile *profile);
size_t shoal_csv_profile_memory(size_t n_columns);

/* Before the first block: SHOAL_COLLECT_ALL where the column shall be a category in any case,
   SHOAL_COLLECT_NEVER where it shall be none. */
void shoal_csv_profile_collect(shoal_csv_profile *profile, size_t column, shoal_csv_collect how);

/* Joins a block's findings; `text` is the block's. SHOAL_DATA when a forced category's texts are
   more than there is room for (the message names no file or column: *column says which). */
shoal_status shoal_csv_profile_join(shoal_csv_profile *profile, const shoal_csv_inference *block,
                                    const char *text, uint64_t n_rows, size_t *column,
                                    shoal_error *err);

/* Prepares a second time through for columns of text whose first values looked like another kind,
   so that not all of their texts were collected. False when there is no such column. */
bool shoal_csv_profile_recount(shoal_csv_profile *profile);

#endif
