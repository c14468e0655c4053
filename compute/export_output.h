/* Where an export's bytes go: a file that appears when it is whole, or standard output. */
#ifndef SHOAL_COMPUTE_EXPORT_OUTPUT_H
#define SHOAL_COMPUTE_EXPORT_OUTPUT_H

#include "store/commit.h"

typedef struct shoal_export_output {
    const char *name; /* for messages */
    int fd;
    bool is_stream; /* standard output, a pipe or a device: written as it comes */
    bool owns_fd;
    shoal_commit commit; /* of a file */
} shoal_export_output;

/* "-" is standard output. SHOAL_USAGE when the file exists and overwrite is not set. */
shoal_status shoal_export_output_open(const char *path, bool overwrite, shoal_export_output *out,
                                      shoal_error *err);

/* Writes all of it, after what was written before. A reader that went away is SHOAL_SYSTEM, with
   no SIGPIPE left behind. */
shoal_status shoal_export_output_write(shoal_export_output *output, const void *bytes, size_t n,
                                       shoal_error *err);

/* Puts a file into place when `status` is SHOAL_OK, else leaves nothing; gives what came of it. */
shoal_status shoal_export_output_close(shoal_export_output *output, shoal_status status,
                                       shoal_error *err);

#endif
