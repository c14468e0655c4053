/* Bytes that come one after the other and only once: a pipe, a member of an archive. */
#ifndef SHOAL_STORE_BYTE_STREAM_H
#define SHOAL_STORE_BYTE_STREAM_H

#include <shoal/shoal.h>

typedef struct shoal_byte_stream {
    void *context;
    const char *name; /* for messages */
    /* Reads 1 to n bytes into `to`; *got 0 means the end. */
    shoal_status (*read)(void *context, void *to, size_t n, size_t *got, shoal_error *err);
    /* While there is nothing to read, called about ten times a second; not 0 cancels. May be
       NULL; set by whoever reads. */
    int (*idle)(void *user);
    void *idle_user;
} shoal_byte_stream;

/* Reads until n bytes are there or the stream ends. */
static inline shoal_status shoal_byte_stream_fill(shoal_byte_stream *stream, void *to, size_t n,
                                                  size_t *got, shoal_error *err)
{
    *got = 0;
    while (*got < n) {
        size_t more = 0;
        shoal_status status =
            stream->read(stream->context, (uint8_t *)to + *got, n - *got, &more, err);
        if (status) return status;
        if (more == 0) break;
        *got += more;
    }
    return SHOAL_OK;
}

#endif
