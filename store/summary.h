/* What is kept of each chunk of a dataset - its count, extremes and sum - in a companion dataset of
   the same file, so that questions about whole arrays need not read them. FORMAT.md has its bytes.

   A summary holds as long as nobody else has written to the file. The file's stamp says so: a
   number that is kept in the file, and whose low bits are the low bits of the file's modification
   time, which the commit sets. A later write by anybody gives the file another time, and one that
   equals its time of change. */
#ifndef SHOAL_STORE_SUMMARY_H
#define SHOAL_STORE_SUMMARY_H

#include "store/dataset.h"
#include <sys/stat.h>

/* More chunks than these are not summarised: 16 MiB. */
#define SHOAL_SUMMARY_MOST ((uint64_t)1 << 18)

enum {
    SHOAL_SUMMARY_KEPT = 1,           /* without it, the rest says nothing */
    SHOAL_SUMMARY_SUM = 2,            /* the sum is there */
    SHOAL_SUMMARY_LEAST_SIGNS = 4,    /* the least is 0, and there are zeros of both signs */
    SHOAL_SUMMARY_GREATEST_SIGNS = 8, /* likewise the greatest */
};

/* By the class of the type: signed integers i; bool and unsigned integers u; floats f. */
typedef union shoal_summary_value {
    int64_t i;
    uint64_t u;
    double f;
} shoal_summary_value;

/* As it lies in the file. */
typedef struct shoal_chunk_summary {
    uint32_t n_stored, mask; /* of the chunk's bytes in the file, as its index has them */
    uint32_t n_elements;     /* inside the shape */
    uint32_t flags;
    uint64_t n_nan;
    /* Of the elements that are not NaN; least > greatest when there are none. */
    shoal_summary_value least, greatest;
    union {
        double part[3];    /* floats: adds up exactly to the sum; 0 where an element is infinite */
        uint64_t whole[3]; /* integers: a signed one of 192 bits, low word first */
    } sum;
} shoal_chunk_summary;

_Static_assert(sizeof(shoal_chunk_summary) == 64, "it is written as it lies in memory");

typedef struct shoal_summary {
    uint64_t n; /* of the grid's chunks */
    shoal_chunk_summary *chunk;
} shoal_summary;

/* Can elements of the type be summarised? Real numbers and bools can. */
bool shoal_summary_takes(shoal_type type);

/* The dataset's summary, malloc'd; NULL when there is none, or none that holds, or no memory. */
shoal_summary *shoal_summary_read(const shoal_dataset *dataset);
void shoal_summary_free(shoal_summary *summary);
/* What is kept of a chunk; NULL when nothing is, or the index tells of other bytes. */
const shoal_chunk_summary *shoal_summary_chunk(const shoal_summary *summary,
                                               const shoal_dataset *dataset, uint64_t chunk_id);

/* ---- Stamps ---- */

bool shoal_stamp_holds(uint64_t stamp, const struct stat *file);
/* The latest time up to `now` that the stamp may be set as; less than 5 ms before it. */
struct timespec shoal_stamp_time(uint64_t stamp, struct timespec now);

/* ---- The bytes, between the files that read and write them ---- */

/* What stands in the companion beside the records. */
typedef struct shoal_summary_head {
    uint64_t stamp, address; /* of the dataset's object header, as the file counts */
    shoal_type type;
    const shoal_grid *grid;
} shoal_summary_head;

size_t shoal_summary_head_bytes(int rank);
/* The bytes before the records, and the checksum over both, which lie behind one another. */
void shoal_summary_write(const shoal_summary_head *head, uint8_t *bytes, size_t n);
/* True when the bytes are those of such a head, with the grid's chunks, and undamaged; sets the
   checksum in them to 0. */
bool shoal_summary_check(const shoal_summary_head *head, uint8_t *bytes, size_t n);

/* The comments of objects that lead here: a word and 16 hexadecimal digits. */
#define SHOAL_STAMP_COMMENT   "shoal-stamp-1 "
#define SHOAL_SUMMARY_COMMENT "shoal-summary-1 "
enum { SHOAL_SUMMARY_COMMENT_BYTES = 40 };
void shoal_summary_comment(const char *word, uint64_t number, char text[40]);
bool shoal_summary_comment_read(const char *word, const uint8_t *text, size_t n, uint64_t *number);

#endif
