/* Object headers, version 1 and 2, with their continuations: the messages of one object. Messages
   that are shared (kept in another object's header, or in the shared message heap) are replaced by
   what they refer to. Checksums are verified. */
#ifndef SHOAL_STORE_METADATA_OBJECT_HEADER_H
#define SHOAL_STORE_METADATA_OBJECT_HEADER_H

#include "store/metadata/metadata.h"

enum {
    SHOAL_MESSAGE_DATASPACE = 0x0001,
    SHOAL_MESSAGE_LINK_INFO = 0x0002,
    SHOAL_MESSAGE_DATATYPE = 0x0003,
    SHOAL_MESSAGE_FILL_OLD = 0x0004,
    SHOAL_MESSAGE_FILL = 0x0005,
    SHOAL_MESSAGE_LINK = 0x0006,
    SHOAL_MESSAGE_EXTERNAL_FILES = 0x0007,
    SHOAL_MESSAGE_LAYOUT = 0x0008,
    SHOAL_MESSAGE_PIPELINE = 0x000B,
    SHOAL_MESSAGE_ATTRIBUTE = 0x000C,
    SHOAL_MESSAGE_COMMENT = 0x000D,
    SHOAL_MESSAGE_SHARED_TABLE = 0x000F,
    SHOAL_MESSAGE_CONTINUATION = 0x0010,
    SHOAL_MESSAGE_SYMBOL_TABLE = 0x0011,
    SHOAL_MESSAGE_DRIVER = 0x0014,
    SHOAL_MESSAGE_ATTRIBUTE_INFO = 0x0015,
    SHOAL_MESSAGE_REFERENCE_COUNT = 0x0016,
};

typedef struct shoal_message {
    int type;
    int flags;            /* as stored */
    const uint8_t *bytes; /* the header's own copy */
    size_t n;
    uint64_t at; /* file offset of bytes[0]: where compact data lie in the map; UINT64_MAX for
                    what is shared and not in an object header */
} shoal_message;

typedef struct shoal_object_header {
    uint64_t address; /* file offset */
    int version;
    uint64_t n_links; /* hard links to the object, as counted in the file; 1 when not stated */
    size_t n;
    shoal_message *message; /* in file order; NIL messages and continuations are left out */
    void **memory;          /* what the messages point into */
    size_t n_memory;
} shoal_object_header;

/* `address` is a file offset. At most SHOAL_HEADER_LIMIT bytes of messages are read. */
#define SHOAL_HEADER_LIMIT ((uint64_t)64 << 20)
shoal_status shoal_object_header_read(const shoal_metadata *meta, uint64_t address,
                                      shoal_object_header *out, shoal_error *err);
void shoal_object_header_free(shoal_object_header *header);

/* The first message of a type in the header at `address`, which must not be shared: malloc'd bytes.
   Reads at most *budget bytes, and reduces it. */
shoal_status shoal_object_header_message(const shoal_metadata *meta, uint64_t address, int type,
                                         uint64_t *budget, uint8_t **bytes, size_t *n, uint64_t *at,
                                         shoal_error *err);

/* The first message of a type, or NULL. */
const shoal_message *shoal_object_header_find(const shoal_object_header *header, int type);

#endif
