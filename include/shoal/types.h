/* What all of the library's functions have in common: errors, types, regions, and the options of
   runs. <shoal/shoal.h> includes it. */
#ifndef SHOAL_TYPES_H
#define SHOAL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

#define SHOAL_MAX_RANK 32 /* of an array: HDF5's limit */

/* ---- Errors ----------------------------------------------------------------------------- */

/* The values are the exit statuses of the command line. */
typedef enum shoal_status {
    SHOAL_OK = 0,
    SHOAL_DIFFERS = 1,     /* compared and found to differ, or damaged */
    SHOAL_USAGE = 2,       /* the request makes no sense: syntax, names, shapes, types */
    SHOAL_SYSTEM = 3,      /* a file or the system refused: missing, full, no permission */
    SHOAL_DATA = 4,        /* the data are corrupt, or of a filter or type that is not supported */
    SHOAL_MEMORY = 5,      /* would need more memory than allowed */
    SHOAL_CANCELLED = 130, /* cancelled by the caller; nothing half-written is left */
} shoal_status;

typedef struct shoal_error {
    shoal_status status;
    int column;         /* of the expression's text, from 1; 0 where the error is not in a text */
    char message[1024]; /* one line of UTF-8 without a newline */
} shoal_error;

/* ---- Types ------------------------------------------------------------------------------ */

typedef enum shoal_type_code {
    SHOAL_BOOL,
    SHOAL_INT8,
    SHOAL_INT16,
    SHOAL_INT32,
    SHOAL_INT64,
    SHOAL_UINT8,
    SHOAL_UINT16,
    SHOAL_UINT32,
    SHOAL_UINT64,
    SHOAL_FLOAT16,
    SHOAL_FLOAT32,
    SHOAL_FLOAT64,
    SHOAL_COMPLEX64,
    SHOAL_COMPLEX128,
    SHOAL_TEXT,   /* fixed length in bytes, UTF-8, padded with NUL */
    SHOAL_RECORD, /* packed bytes: a compound's members one behind another, or opaque; copied, not
                     computed on */
} shoal_type_code;

/* An element's type in memory: native byte order, no padding. */
typedef struct shoal_type {
    shoal_type_code code;
    uint32_t n_bytes; /* of one element; for SHOAL_TEXT and SHOAL_RECORD its length */
} shoal_type;

/* "float32", "bool", ... as NumPy names it, "S12" for text of 12 bytes, "V12" for records; writes
   into `name`. */
const char *shoal_type_name(shoal_type type, char name[24]);

/* Reads "f4", "<f4", "float32", "int", "S12", ...; false if `text` is no type. */
bool shoal_type_parse(const char *text, shoal_type *out);

/* ---- Regions ---------------------------------------------------------------------------- */

/* One axis of a region: elements start, start + step, ... (count of them); step may be negative. */
typedef struct shoal_range {
    int64_t start, step;
    uint64_t count;
} shoal_range;

/* A box of indices, one range an axis. */
typedef struct shoal_region {
    int rank;
    shoal_range axis[SHOAL_MAX_RANK];
} shoal_region;

/* ---- Runs: what all long work has in common --------------------------------------------- */

typedef struct shoal_progress {
    uint64_t done_bytes, total_bytes; /* raw (uncompressed) bytes; total 0 while unknown */
    const char *phase;                /* a word such as "reading"; static */
} shoal_progress;

typedef struct shoal_run_options {
    int n_threads;         /* 0: as many as this process may use */
    uint64_t memory_limit; /* bytes; 0: a quarter of what the machine or the cgroup has free,
                              between 256 MiB and 4 GiB */
    const char *tmpdir;    /* for spilled data; NULL: $TMPDIR or /tmp */
    /* Called from one thread at a time, about ten times a second; not 0 cancels the run. */
    int (*progress)(void *user, const shoal_progress *now);
    void *user;
} shoal_run_options;

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif
#endif
