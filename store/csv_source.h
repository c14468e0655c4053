/* A CSV file opened for several passes: a regular file, or a copy of what came through a pipe. */
#ifndef SHOAL_STORE_CSV_SOURCE_H
#define SHOAL_STORE_CSV_SOURCE_H

#include "store/csv_scan.h"

typedef struct shoal_csv_source {
    const char *name; /* for messages; borrowed */
    int fd;
    uint64_t size;
    uint64_t first; /* where the records start: behind the byte order mark and the header */
} shoal_csv_source;

/* Opens `path` ("-": standard input). What is no regular file is copied to an unlinked file in
   options->tmpdir first; options->progress is called meanwhile. Close it whatever the result. */
shoal_status shoal_csv_source_open(const char *path, const shoal_run_options *options,
                                   shoal_csv_source *out, shoal_error *err);
void shoal_csv_source_close(shoal_csv_source *source);

/* Reads the first record, and sets `first` behind it (in front of it with no_header). The names
   are malloc'd, as they stand in the file ("c0", "c1", ... with no_header). A header of more than
   max_record bytes, and a file without one, are SHOAL_DATA. */
shoal_status shoal_csv_source_header(shoal_csv_source *source, char delimiter, bool no_header,
                                     size_t max_record, char ***names, size_t *n_names,
                                     shoal_error *err);
void shoal_csv_names_free(char **names, size_t n);

/* Reads n bytes; SHOAL_SYSTEM when the file ends before, as it has changed then. */
shoal_status shoal_csv_source_read(const shoal_csv_source *source, uint64_t offset, void *buffer,
                                   size_t n, shoal_error *err);

/* The number of the line, from 1, that the byte at `offset` is on; reads the file up to there. */
uint64_t shoal_csv_source_line(const shoal_csv_source *source, uint64_t offset);

/* For a stop that is an error: the line that names file, line and what is wrong. `start` is the
   file offset of scan->text. */
shoal_status shoal_csv_source_fail_scan(const shoal_csv_source *source, const shoal_csv_scan *scan,
                                        shoal_csv_stop stop, uint64_t start, shoal_error *err);
/* "FILE: line 17: a NUL byte ..." for a byte that is no text. */
shoal_status shoal_csv_source_fail_byte(const shoal_csv_source *source, char byte, uint64_t offset,
                                        shoal_error *err);
/* "FILE: line 17: a record of more than ..." */
shoal_status shoal_csv_source_fail_record(const shoal_csv_source *source, uint64_t offset,
                                          size_t max_record, shoal_error *err);

#endif
