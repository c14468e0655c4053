/* Messages whose content is elsewhere: in the header of a committed datatype, or in the file's heap
   of shared messages. */
#ifndef SHOAL_STORE_METADATA_SHARED_MESSAGE_H
#define SHOAL_STORE_METADATA_SHARED_MESSAGE_H

#include "store/metadata/object_header.h"

/* A message of its own memory: free `bytes`. */
typedef struct shoal_shared_message {
    uint8_t *bytes;
    size_t n;
    uint64_t at; /* file offset of bytes[0], or UINT64_MAX when not known */
} shoal_shared_message;

/* Reads what the `n` bytes of a shared message of this type refer to. *budget is how many bytes may
   still be read for it, so that many messages cannot refer to one large object; it is reduced. */
shoal_status shoal_shared_message_read(const shoal_metadata *meta, int type, const uint8_t *bytes,
                                       size_t n, uint64_t *budget, shoal_shared_message *out,
                                       shoal_error *err);

/* How many of the `n` bytes the reference itself takes, 0 when it is damaged: for what embeds one.
 */
size_t shoal_shared_message_bytes(const shoal_metadata *meta, const uint8_t *bytes, size_t n);

/* File offset of the fractal heap that keeps the shared messages of a type. SHOAL_DATA when the
   file keeps none. */
shoal_status shoal_shared_heap(const shoal_metadata *meta, int type, uint64_t *address,
                               shoal_error *err);

#endif
