/* Standard input and pipes as sources. */
#ifndef SHOAL_COMPUTE_STREAM_SOURCE_H
#define SHOAL_COMPUTE_STREAM_SOURCE_H

#include "store/byte_stream.h"

/* "-", or a path that names a pipe, a socket or a terminal: it can be read only once. */
bool shoal_is_stream(const char *source);

typedef struct shoal_pipe {
    int fd;
    bool owns_fd;
    shoal_byte_stream stream;
} shoal_pipe;

/* Opens one; `stream` points into *out, which must stay where it is until the close. */
shoal_status shoal_pipe_open(const char *source, shoal_pipe *out, shoal_error *err);
void shoal_pipe_close(shoal_pipe *pipe);

/* The first bytes of what standard input holds, without taking them; 0 when there are none or it
   is of a kind that cannot be looked into. Waits for the first byte of a pipe. */
size_t shoal_stream_peek(const char *source, uint8_t *bytes, size_t n);

/* A file without a name in a folder for temporary data (NULL: $TMPDIR or /tmp). */
typedef struct shoal_spool {
    int fd;
    char path[40]; /* under which this process can open it */
} shoal_spool;

/* Writes `start` and the rest of the stream to a new spool. */
shoal_status shoal_spool_stream(shoal_byte_stream *stream, const void *start, size_t n_start,
                                const char *tmpdir, shoal_spool *out, shoal_error *err);
void shoal_spool_close(shoal_spool *spool); /* one of fd -1 is fine */

#endif
