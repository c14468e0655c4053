/* Cuts CSV text into records and fields, as pandas' reader does: a field that starts with a quote
   may hold delimiters, newlines and doubled quotes; a quote anywhere else is a character; '\n',
   "\r\n" and a lone '\r' end a record; lines of blanks alone are skipped. Pure: no files. */
#ifndef SHOAL_STORE_CSV_SCAN_H
#define SHOAL_STORE_CSV_SCAN_H

#include <shoal/shoal.h>

#define SHOAL_CSV_PAD 64 /* bytes that must be readable (of any value) behind all scanned text */

typedef struct shoal_csv_field {
    uint32_t start, n; /* bytes of the text, quotes taken off */
} shoal_csv_field;

typedef enum shoal_csv_stop {
    SHOAL_CSV_FULL, /* max_rows were found */
    SHOAL_CSV_END,  /* the text is used up; when not `last`, an open record may be left at `at`, to
                       be read again (parts of it may be shortened already) with what follows */
    SHOAL_CSV_WIDE, /* the record at `at` has n_found fields, more than n_columns */
    SHOAL_CSV_OPEN, /* `last`, and the record at `at` has a quote that is never closed */
} shoal_csv_stop;

typedef struct shoal_csv_scan {
    char *text; /* fields with doubled quotes are shortened in place: scan it once */
    size_t n;   /* below 4 GiB */
    bool last;  /* the text ends where the file does */
    char delimiter;
    size_t n_columns;
    size_t at;               /* where the next record starts; moved by the scan */
    shoal_csv_field *fields; /* row by row, n_columns each; fields that a row lacks have n 0 */
    uint32_t *row_start;     /* of each record: its offset, for messages */
    size_t max_rows, n_rows; /* room, and what was found */
    size_t n_found;
} shoal_csv_scan;

/* Scans up to max_rows records from `at` on. */
shoal_csv_stop shoal_csv_scan_rows(shoal_csv_scan *scan);

/* The number of fields of the first record that is not blank; 0: there is none, or it is open. */
size_t shoal_csv_count_fields(const shoal_csv_scan *scan);

/* Text starts at a record: the offset behind the first or the last record that ends in it, 0 when
   none does. */
size_t shoal_csv_first_end(const char *text, size_t n, char delimiter);
size_t shoal_csv_last_end(const char *text, size_t n, char delimiter);

/* The offset of the first byte that is NUL or breaks UTF-8; n when there is none. */
size_t shoal_csv_bad_byte(const char *text, size_t n);

#endif
