/* The checksums of HDF5's newer metadata in a file: found by trying, put right after a change, so
   that the code behind them is reached. */
#ifndef SHOAL_TESTS_CHECKSUMS_H
#define SHOAL_TESTS_CHECKSUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct checked_run {
    size_t start, n; /* the bytes that the checksum is of */
    size_t at;       /* where it is stored: behind them, or inside and counted as zeros */
} checked_run;

typedef struct checked_runs {
    size_t n;
    checked_run *run;
    size_t n_signatures; /* of all structures, with a checksum or not */
    size_t *signature;   /* where they are */
} checked_runs;

/* The next structure at *at or behind it; false at the end. */
bool checksums_next_signature(const uint8_t *bytes, size_t n, size_t *at);

/* Looks for structures and the runs of bytes whose checksums are right. */
void checksums_find(const uint8_t *bytes, size_t n, checked_runs *out);
void checksums_free(checked_runs *runs);

/* Stores the right checksums into the first n bytes of the file. */
void checksums_renew(const checked_runs *runs, uint8_t *bytes, size_t n);

#endif
