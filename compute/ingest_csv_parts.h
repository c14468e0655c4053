/* What the files of the CSV ingest share. */
#ifndef SHOAL_COMPUTE_INGEST_CSV_PARTS_H
#define SHOAL_COMPUTE_INGEST_CSV_PARTS_H

#include "store/csv_parse.h"
#include "store/csv_schema.h"
#include "store/csv_source.h"

/* A record's start, from which a worker of the second pass can begin to read. */
typedef struct shoal_csv_mark {
    uint64_t row, offset; /* row: of all sources together; offset: in the source */
    size_t source;
} shoal_csv_mark;

#define SHOAL_CSV_MARKS 32768 /* at most; kept at every second place when they get too many */

/* Sizes of buffers, from the memory limit alone: not from the number of threads, so that these
   do not change what is stored. */
typedef struct shoal_csv_sizes {
    size_t block, max_record;        /* bytes of text */
    size_t pool_words, pool_bytes;   /* for all categories */
    size_t known_words, known_bytes; /* each worker's memory of words */
} shoal_csv_sizes;

/* The sources, and what the first pass found. */
typedef struct shoal_csv_input {
    shoal_csv_source *source;
    size_t n_sources;
    uint64_t n_bytes; /* of all sources */
    char delimiter;
    size_t n_columns;
    char **names;
    shoal_csv_missing missing;
    shoal_csv_sizes sizes;
    shoal_words *words;
    shoal_csv_profile profile;
    shoal_csv_mark *mark;
    size_t n_marks, mark_every; /* mark_every: blocks */
    size_t max_block;           /* bytes of the longest block; no record is longer */
} shoal_csv_input;

shoal_csv_sizes shoal_csv_sizes_for(uint64_t memory_limit);

/* Rows of one batch of fields: about 16,384 fields, so that a batch stays in the cache. */
size_t shoal_csv_batch_rows(size_t n_columns);

/* The first pass: fills profile, marks and max_block. SHOAL_MEMORY before it starts when it does
   not fit in the options' limit. */
shoal_status shoal_csv_look(shoal_csv_input *input, const shoal_run_options *options,
                            shoal_error *err);

/* One dataset of the table that is written. */
typedef struct shoal_csv_output {
    char *path; /* borrowed */
    shoal_type type;
    shoal_sink *sink;
    bool summarises; /* its chunks */
    size_t start;    /* of its rows in a worker's buffer */
    size_t coder;    /* which of a worker's coders encodes it */
} shoal_csv_output;

/* The table that is written: outputs are the index, and then each column's values and mask. */
typedef struct shoal_csv_target {
    shoal_writer *writer;
    shoal_table *table;
    uint64_t old_rows; /* that the table had before */
    uint64_t chunk_rows;
    shoal_csv_output *output;
    size_t n_outputs;
    size_t *values, *mask;    /* of each column: numbers of outputs; mask 0: none */
    shoal_csv_column *column; /* how each is read */
    const bool *wanted;       /* whose type the user gave */
    bool no_summaries;
    size_t chunk_bytes; /* of all outputs: a worker's buffer */
    uint8_t *head;      /* with rows of the table's last chunk, a buffer with them */
    uint64_t raw_bytes; /* of the rows written */
} shoal_csv_target;

/* A worker's buffer has each output's rows at a multiple of this; n_bytes up to the next one. */
#define SHOAL_CSV_ALIGNMENT 64
size_t shoal_csv_aligned(uint64_t n_bytes);

/* Bytes of one row of all outputs of a table. */
uint64_t shoal_csv_row_bytes(const shoal_table *table);

/* How many threads the second pass can have with chunks of chunk_rows; 0: not even one, and
 *needed says what that would take. */
int shoal_csv_load_threads(const shoal_csv_input *input, const shoal_table *table,
                           uint64_t chunk_rows, const char *codec, const shoal_run_options *options,
                           uint64_t *needed);

/* The second pass: reads the rows, and writes them behind old_rows. The outputs have their final
   shape. */
shoal_status shoal_csv_load(const shoal_csv_input *input, shoal_csv_target *target,
                            const char *codec, const shoal_run_options *options, shoal_error *err);

#endif
