#include "store/metadata/object_header.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/cursor.h"
#include "store/lookup3.h"
#include "store/metadata/shared_message.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    FLAG_SHARED = 0x02,      /* of a message: its content is elsewhere */
    FLAG_MUST_KNOW = 0x80,   /* of a message: who does not know it must not use the object */
    HEADER_HAS_TIMES = 0x20, /* of a version-2 header */
    HEADER_HAS_PHASES = 0x10,
    HEADER_HAS_ORDER = 0x04,
    LAST_KNOWN_TYPE = 0x18,
    MAX_BLOCKS = 1 << 15,
    MAX_MESSAGES = 1 << 20,
    SUM_BYTES = 4,
};

typedef struct header_walk {
    const shoal_metadata *meta;
    unsigned flags;
    uint64_t *budget; /* bytes that may still be read */
    size_t n_blocks, block_capacity;
    uint64_t *block_at; /* file offsets; separate, as each new one is compared with all */
    uint64_t *block_n;
    size_t first_lead; /* where the first block's messages begin */
    size_t message_capacity, memory_capacity;
    shoal_object_header *out;
} header_walk;

static shoal_status header_fail(const header_walk *walk, shoal_error *err, const char *what)
{
    return shoal_fail(err, SHOAL_DATA, "the object header at byte %" PRIu64 " is damaged: %s",
                      walk->out->address, what);
}

/* Makes room for one more item of `size` bytes. */
static bool make_room(void **items, size_t *capacity, size_t n, size_t size)
{
    if (n < *capacity) return true;
    size_t wanted = *capacity < 8 ? 8 : *capacity * 2;
    void *grown = realloc(*items, wanted * size);
    if (!grown) return false;
    *items = grown;
    *capacity = wanted;
    return true;
}

static shoal_status no_memory(shoal_error *err)
{
    return shoal_fail(err, SHOAL_MEMORY, "no memory for an object header");
}

static shoal_status push_block(header_walk *walk, uint64_t at, uint64_t n_bytes, shoal_error *err)
{
    for (size_t k = 0; k < walk->n_blocks; k++)
        if (walk->block_at[k] == at) return header_fail(walk, err, "it continues in itself");
    if (walk->n_blocks == MAX_BLOCKS) return header_fail(walk, err, "it has too many parts");
    if (!shoal_range_fits(at, n_bytes, shoal_map_size(walk->meta->map)))
        return header_fail(walk, err, "a part of it lies outside of the file");
    if (n_bytes > *walk->budget) return header_fail(walk, err, "it is too large");
    *walk->budget -= n_bytes;
    size_t capacity = walk->block_capacity;
    if (!make_room((void **)&walk->block_at, &capacity, walk->n_blocks, sizeof(uint64_t)) ||
        !make_room((void **)&walk->block_n, &walk->block_capacity, walk->n_blocks,
                   sizeof(uint64_t)))
        return no_memory(err);
    walk->block_at[walk->n_blocks] = at;
    walk->block_n[walk->n_blocks++] = n_bytes;
    return SHOAL_OK;
}

/* A version-2 header begins with: "OHDR", version, flags, what the flags say, the messages' size.
 */
static shoal_status begin_new(header_walk *walk, const uint8_t *bytes, size_t n, shoal_error *err)
{
    shoal_cursor cursor = shoal_cursor_over(bytes + 4, n - 4);
    if (shoal_cursor_uint(&cursor, 1) != 2) return header_fail(walk, err, "its version is unknown");
    walk->out->version = 2;
    walk->out->n_links = 1;
    walk->flags = (unsigned)shoal_cursor_uint(&cursor, 1);
    if (walk->flags & HEADER_HAS_TIMES) shoal_cursor_skip(&cursor, 16);
    if (walk->flags & HEADER_HAS_PHASES) shoal_cursor_skip(&cursor, 4);
    uint64_t n_bytes = shoal_cursor_uint(&cursor, 1 << (walk->flags & 3));
    walk->first_lead = n - cursor.left;
    if (!cursor.ok || n_bytes > SHOAL_HEADER_LIMIT) return header_fail(walk, err, "it is cut off");
    return push_block(walk, walk->out->address, walk->first_lead + n_bytes + SUM_BYTES, err);
}

/* A version-1 header: version, count of messages, count of links, the first block's size. */
static shoal_status begin_old(header_walk *walk, const uint8_t *bytes, size_t n, shoal_error *err)
{
    shoal_cursor cursor = shoal_cursor_over(bytes, n);
    if (shoal_cursor_uint(&cursor, 1) != 1)
        return header_fail(walk, err, "there is none, or its version is unknown");
    walk->out->version = 1;
    shoal_cursor_skip(&cursor, 3);
    walk->out->n_links = shoal_cursor_uint(&cursor, 4);
    walk->first_lead = 0;
    return push_block(walk, walk->out->address + 16, shoal_cursor_uint(&cursor, 4), err);
}

static shoal_status begin(header_walk *walk, shoal_error *err)
{
    uint8_t bytes[64] = {0};
    uint64_t size = shoal_map_size(walk->meta->map), address = walk->out->address;
    if (!shoal_range_fits(address, 16, size))
        return header_fail(walk, err, "it lies outside of the file");
    size_t n = size - address < sizeof bytes ? (size_t)(size - address) : sizeof bytes;
    shoal_status status = shoal_map_pread(walk->meta->map, address, bytes, n, err);
    if (status != SHOAL_OK) return status;
    if (memcmp(bytes, "OHDR", 4) == 0) return begin_new(walk, bytes, n, err);
    return begin_old(walk, bytes, n, err);
}

static shoal_status follow(header_walk *walk, shoal_cursor cursor, shoal_error *err)
{
    uint64_t stored = shoal_cursor_address(&cursor, walk->meta->offset_bytes);
    uint64_t n_bytes = shoal_cursor_uint(&cursor, walk->meta->length_bytes);
    uint64_t at;
    if (!cursor.ok || !shoal_metadata_offset(walk->meta, stored, &at))
        return header_fail(walk, err, "a continuation leads nowhere");
    if (walk->out->version == 2 && n_bytes < 4 + SUM_BYTES)
        return header_fail(walk, err, "a continuation is too short");
    return push_block(walk, at, n_bytes, err);
}

static shoal_status add_message(header_walk *walk, shoal_message message, shoal_error *err)
{
    shoal_object_header *out = walk->out;
    if (message.type > LAST_KNOWN_TYPE && (message.flags & FLAG_MUST_KNOW))
        return shoal_fail(err, SHOAL_DATA,
                          "the object header at byte %" PRIu64
                          " has a message of type %d, which is not known here and must be",
                          out->address, message.type);
    if (out->n == MAX_MESSAGES) return header_fail(walk, err, "it has too many messages");
    if (!make_room((void **)&out->message, &walk->message_capacity, out->n, sizeof message))
        return no_memory(err);
    out->message[out->n++] = message;
    return SHOAL_OK;
}

/* The messages of a block, n bytes that lie at `at`. */
static shoal_status read_messages(header_walk *walk, const uint8_t *bytes, size_t n, uint64_t at,
                                  shoal_error *err)
{
    bool old = walk->out->version == 1;
    size_t head = old ? 8 : walk->flags & HEADER_HAS_ORDER ? 6 : 4;
    shoal_cursor cursor = shoal_cursor_over(bytes, n);
    while (cursor.left >= head) {
        shoal_message message = {.type = (int)shoal_cursor_uint(&cursor, old ? 2 : 1)};
        message.n = (size_t)shoal_cursor_uint(&cursor, 2);
        message.flags = (int)shoal_cursor_uint(&cursor, 1);
        shoal_cursor_skip(&cursor, head - (old ? 5 : 4));
        if (message.n > cursor.left) return header_fail(walk, err, "a message is cut off");
        message.bytes = cursor.at;
        message.at = at + (n - cursor.left);
        shoal_status status = SHOAL_OK;
        if (message.type == SHOAL_MESSAGE_CONTINUATION)
            status = follow(walk, shoal_cursor_over(message.bytes, message.n), err);
        else if (message.type != 0)
            status = add_message(walk, message, err);
        if (status != SHOAL_OK) return status;
        shoal_cursor_skip(&cursor, message.n);
    }
    return SHOAL_OK;
}

/* The header owns the bytes from now on, also when this fails. */
static shoal_status own(header_walk *walk, void *bytes, shoal_error *err)
{
    shoal_object_header *out = walk->out;
    if (make_room((void **)&out->memory, &walk->memory_capacity, out->n_memory, sizeof bytes)) {
        out->memory[out->n_memory++] = bytes;
        return SHOAL_OK;
    }
    free(bytes);
    return no_memory(err);
}

static shoal_status read_block(header_walk *walk, size_t k, shoal_error *err)
{
    uint64_t at = walk->block_at[k];
    size_t n = (size_t)walk->block_n[k]; /* the budget has limited it */
    bool is_new = walk->out->version == 2;
    size_t lead = k == 0 ? walk->first_lead : is_new ? 4 : 0;
    uint8_t *bytes = malloc(n ? n : 1);
    if (!bytes) return no_memory(err);
    shoal_status status = own(walk, bytes, err);
    if (status == SHOAL_OK) status = shoal_map_pread(walk->meta->map, at, bytes, n, err);
    if (status != SHOAL_OK) return status;
    if (!is_new) return read_messages(walk, bytes, n, at, err);
    if (k > 0 && memcmp(bytes, "OCHK", 4) != 0)
        return header_fail(walk, err, "a continuation has no signature");
    n -= SUM_BYTES;
    shoal_cursor sum = shoal_cursor_over(bytes + n, SUM_BYTES);
    if (shoal_cursor_uint(&sum, 4) != shoal_lookup3(bytes, n))
        return header_fail(walk, err, "its checksum does not match");
    return read_messages(walk, bytes + lead, n - lead, at + lead, err);
}

/* Reads all messages; shared ones as they are. */
static shoal_status read_stored(const shoal_metadata *meta, uint64_t address, uint64_t *budget,
                                header_walk *walk, shoal_object_header *out, shoal_error *err)
{
    *out = (shoal_object_header){.address = address};
    *walk = (header_walk){.meta = meta, .budget = budget, .out = out};
    shoal_status status = begin(walk, err);
    for (size_t k = 0; status == SHOAL_OK && k < walk->n_blocks; k++)
        status = read_block(walk, k, err);
    free(walk->block_at);
    free(walk->block_n);
    return status;
}

static shoal_status replace_shared(header_walk *walk, shoal_message *message, shoal_error *err)
{
    shoal_shared_message shared;
    shoal_status status = shoal_shared_message_read(walk->meta, message->type, message->bytes,
                                                    message->n, walk->budget, &shared, err);
    if (status == SHOAL_OK) status = own(walk, shared.bytes, err);
    if (status != SHOAL_OK)
        return shoal_fail_within(err, status, "the object header at byte %" PRIu64,
                                 walk->out->address);
    message->bytes = shared.bytes;
    message->n = shared.n;
    message->at = shared.at;
    return SHOAL_OK;
}

/* The hard links to the object, where a version-2 header states them. */
static void read_count(shoal_object_header *header)
{
    const shoal_message *message = shoal_object_header_find(header, SHOAL_MESSAGE_REFERENCE_COUNT);
    if (!message || header->version != 2) return;
    shoal_cursor cursor = shoal_cursor_over(message->bytes, message->n);
    uint64_t version = shoal_cursor_uint(&cursor, 1), n = shoal_cursor_uint(&cursor, 4);
    if (cursor.ok && version == 0) header->n_links = n;
}

shoal_status shoal_object_header_read(const shoal_metadata *meta, uint64_t address,
                                      shoal_object_header *out, shoal_error *err)
{
    shoal_object_header header;
    header_walk walk;
    uint64_t budget = SHOAL_HEADER_LIMIT;
    shoal_status status = read_stored(meta, address, &budget, &walk, &header, err);
    for (size_t k = 0; status == SHOAL_OK && k < header.n; k++)
        if (header.message[k].flags & FLAG_SHARED)
            status = replace_shared(&walk, &header.message[k], err);
    if (status == SHOAL_OK) {
        read_count(&header);
        *out = header;
    } else {
        shoal_object_header_free(&header);
    }
    return status;
}

shoal_status shoal_object_header_message(const shoal_metadata *meta, uint64_t address, int type,
                                         uint64_t *budget, uint8_t **bytes, size_t *n, uint64_t *at,
                                         shoal_error *err)
{
    shoal_object_header header;
    header_walk walk;
    shoal_status status = read_stored(meta, address, budget, &walk, &header, err);
    const shoal_message *message =
        status == SHOAL_OK ? shoal_object_header_find(&header, type) : NULL;
    if (status == SHOAL_OK && !message)
        status = header_fail(&walk, err, "a message that is shared from it is not there");
    else if (status == SHOAL_OK && (message->flags & FLAG_SHARED))
        status = header_fail(&walk, err, "a message that is shared from it is itself shared");
    uint8_t *copy = status == SHOAL_OK ? malloc(message->n ? message->n : 1) : NULL;
    if (status == SHOAL_OK && !copy) status = no_memory(err);
    if (status == SHOAL_OK) {
        memcpy(copy, message->bytes, message->n);
        *bytes = copy;
        *n = message->n;
        *at = message->at;
    }
    shoal_object_header_free(&header);
    return status;
}

void shoal_object_header_free(shoal_object_header *header)
{
    for (size_t k = 0; k < header->n_memory; k++) free(header->memory[k]);
    free(header->memory);
    free(header->message);
    *header = (shoal_object_header){0};
}

const shoal_message *shoal_object_header_find(const shoal_object_header *header, int type)
{
    for (size_t k = 0; k < header->n; k++)
        if (header->message[k].type == type) return &header->message[k];
    return NULL;
}
