#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/cursor.h"
#include "store/file.h"
#include "store/lookup3.h"
#include "store/superblock.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    MESSAGE_LAYOUT = 0x0008,
    MESSAGE_CONTINUATION = 0x0010,
    MESSAGE_SHARED = 0x02,   /* flag of a message: its content is elsewhere */
    HEADER_HAS_TIMES = 0x20, /* flags of a version-2 header */
    HEADER_HAS_PHASES = 0x10,
    HEADER_HAS_ORDER = 0x04,
    MAX_BLOCKS = 1024,
    MAX_BLOCK_BYTES = 1 << 28,
};

/* A run of messages in the file; without signature, with the checksum in version 2. */
typedef struct message_block {
    uint64_t at, n_bytes;
    uint64_t sum_from; /* where the checksum starts to count */
} message_block;

typedef struct header_walk {
    const shoal_map *map;
    shoal_superblock superblock;
    uint64_t address;
    int version;
    unsigned flags;
    int n_blocks;
    message_block block[MAX_BLOCKS];
    bool found;
    shoal_layout_message *out;
} header_walk;

static shoal_status header_fail(const header_walk *walk, shoal_error *err, const char *what)
{
    return shoal_fail(err, SHOAL_DATA, "the object header at byte %" PRIu64 " is damaged: %s",
                      walk->address, what);
}

static shoal_status push_block(header_walk *walk, uint64_t at, uint64_t n_bytes, uint64_t sum_from,
                               shoal_error *err)
{
    if (walk->n_blocks == MAX_BLOCKS) return header_fail(walk, err, "it has too many parts");
    if (n_bytes > MAX_BLOCK_BYTES || !shoal_range_fits(at, n_bytes, shoal_map_size(walk->map)))
        return header_fail(walk, err, "a part of it lies outside of the file");
    walk->block[walk->n_blocks++] = (message_block){at, n_bytes, sum_from};
    return SHOAL_OK;
}

/* A stored address as a file offset; false for the undefined one and for overflow. */
static bool file_offset(const header_walk *walk, uint64_t stored, uint64_t *out)
{
    return stored != UINT64_MAX && shoal_add_u64(stored, walk->superblock.at, out);
}

static shoal_status set_address(header_walk *walk, uint64_t stored, shoal_error *err)
{
    walk->out->allocated = stored != UINT64_MAX;
    if (walk->out->allocated && !file_offset(walk, stored, &walk->out->address))
        return header_fail(walk, err, "the address of the data overflows");
    return SHOAL_OK;
}

/* Versions 1 and 2: dimensionality, class, 5 reserved, address, dimensions, compact data. */
static shoal_status read_layout_old(header_walk *walk, shoal_cursor *cursor, uint64_t at,
                                    shoal_error *err)
{
    const uint8_t *begin = cursor->at - 1;
    shoal_layout_message *out = walk->out;
    int n_dimensions = (int)shoal_cursor_uint(cursor, 1);
    uint64_t class_ = shoal_cursor_uint(cursor, 1);
    shoal_cursor_skip(cursor, 5);
    if (class_ > 2) return header_fail(walk, err, "its data layout is of no known class");
    if (class_ != 0) {
        out->class_ = class_ == 1 ? SHOAL_CLASS_CONTIGUOUS : SHOAL_CLASS_BTREE1;
        out->n_bytes = UINT64_MAX;
        uint64_t stored = shoal_cursor_address(cursor, walk->superblock.offset_bytes);
        if (!cursor->ok) return header_fail(walk, err, "its data layout is cut off");
        return set_address(walk, stored, err);
    }
    shoal_cursor_skip(cursor, 4 * (size_t)n_dimensions);
    out->class_ = SHOAL_CLASS_COMPACT;
    out->n_bytes = shoal_cursor_uint(cursor, 4);
    out->address = at + (uint64_t)(cursor->at - begin);
    out->allocated = out->n_bytes > 0;
    if (!cursor->ok || out->n_bytes > cursor->left)
        return header_fail(walk, err, "its compact data are cut off");
    return SHOAL_OK;
}

static shoal_status read_compact(header_walk *walk, shoal_cursor *cursor, uint64_t at,
                                 const uint8_t *begin, shoal_error *err)
{
    shoal_layout_message *out = walk->out;
    out->class_ = SHOAL_CLASS_COMPACT;
    out->n_bytes = shoal_cursor_uint(cursor, 2);
    out->address = at + (uint64_t)(cursor->at - begin);
    out->allocated = out->n_bytes > 0;
    if (!cursor->ok || out->n_bytes > cursor->left)
        return header_fail(walk, err, "its compact data are cut off");
    return SHOAL_OK;
}

/* Versions 3 and 4: class, then what the class has. */
static shoal_status read_layout_new(header_walk *walk, shoal_cursor *cursor, int version,
                                    uint64_t at, shoal_error *err)
{
    const uint8_t *begin = cursor->at - 1;
    shoal_layout_message *out = walk->out;
    uint64_t class_ = shoal_cursor_uint(cursor, 1);
    if (class_ == 0) return read_compact(walk, cursor, at, begin, err);
    if (class_ > 3) return header_fail(walk, err, "its data layout is of no known class");
    if (class_ == 3 || (class_ == 2 && version == 4)) {
        out->class_ = SHOAL_CLASS_OTHER;
        return SHOAL_OK;
    }
    out->class_ = class_ == 1 ? SHOAL_CLASS_CONTIGUOUS : SHOAL_CLASS_BTREE1;
    if (class_ == 2) shoal_cursor_skip(cursor, 1); /* the chunk's rank: libhdf5 tells it */
    uint64_t stored = shoal_cursor_address(cursor, walk->superblock.offset_bytes);
    if (class_ == 1) out->n_bytes = shoal_cursor_uint(cursor, walk->superblock.length_bytes);
    if (!cursor->ok) return header_fail(walk, err, "its data layout is cut off");
    return set_address(walk, stored, err);
}

static shoal_status read_layout(header_walk *walk, const uint8_t *bytes, size_t n, uint64_t at,
                                shoal_error *err)
{
    shoal_cursor cursor = shoal_cursor_over(bytes, n);
    int version = (int)shoal_cursor_uint(&cursor, 1);
    *walk->out = (shoal_layout_message){.offset_bytes = walk->superblock.offset_bytes};
    walk->found = true;
    if (version == 1 || version == 2) return read_layout_old(walk, &cursor, at, err);
    if (version == 3 || version == 4) return read_layout_new(walk, &cursor, version, at, err);
    if (version == 0 || !cursor.ok) return header_fail(walk, err, "its data layout has no version");
    walk->out->class_ = SHOAL_CLASS_OTHER;
    return SHOAL_OK;
}

static shoal_status follow(header_walk *walk, const uint8_t *bytes, size_t n, shoal_error *err)
{
    shoal_cursor cursor = shoal_cursor_over(bytes, n);
    uint64_t stored = shoal_cursor_address(&cursor, walk->superblock.offset_bytes);
    uint64_t length = shoal_cursor_uint(&cursor, walk->superblock.length_bytes);
    uint64_t at;
    if (!cursor.ok || !file_offset(walk, stored, &at))
        return header_fail(walk, err, "a continuation leads nowhere");
    if (walk->version == 1) return push_block(walk, at, length, at, err);
    uint8_t signature[4];
    if (length < 8) return header_fail(walk, err, "a continuation is too short");
    shoal_status status = shoal_map_pread(walk->map, at, signature, sizeof signature, err);
    if (status != SHOAL_OK) return status;
    if (memcmp(signature, "OCHK", 4) != 0)
        return header_fail(walk, err, "a continuation has no signature");
    return push_block(walk, at + 4, length - 4, at, err);
}

/* Walks over the messages of one block, until the layout was found. */
static shoal_status read_messages(header_walk *walk, const uint8_t *bytes, size_t n, uint64_t at,
                                  shoal_error *err)
{
    bool old = walk->version == 1;
    size_t head = old ? 8 : walk->flags & HEADER_HAS_ORDER ? 6 : 4;
    shoal_cursor cursor = shoal_cursor_over(bytes, n);
    while (!walk->found && cursor.left >= head) {
        uint64_t type = shoal_cursor_uint(&cursor, old ? 2 : 1);
        size_t length = (size_t)shoal_cursor_uint(&cursor, 2);
        uint64_t flags = shoal_cursor_uint(&cursor, 1);
        shoal_cursor_skip(&cursor, head - (old ? 5 : 4));
        if (length > cursor.left) return header_fail(walk, err, "a message is cut off");
        shoal_status status = SHOAL_OK;
        if (type == MESSAGE_LAYOUT && (flags & MESSAGE_SHARED))
            return header_fail(walk, err, "its data layout is shared");
        if (type == MESSAGE_LAYOUT)
            status = read_layout(walk, cursor.at, length, at + (n - cursor.left), err);
        else if (type == MESSAGE_CONTINUATION)
            status = follow(walk, cursor.at, length, err);
        if (status != SHOAL_OK) return status;
        shoal_cursor_skip(&cursor, length);
    }
    return SHOAL_OK;
}

static shoal_status read_block(header_walk *walk, const message_block *block, shoal_error *err)
{
    size_t lead = (size_t)(block->at - block->sum_from);
    size_t n = lead + (size_t)block->n_bytes;
    size_t sum_bytes = walk->version == 1 ? 0 : 4;
    uint8_t *bytes = malloc(n ? n : 1);
    if (!bytes) return shoal_fail(err, SHOAL_MEMORY, "no memory for an object header");
    shoal_status status = shoal_map_pread(walk->map, block->sum_from, bytes, n, err);
    if (status == SHOAL_OK && sum_bytes) {
        shoal_cursor cursor = shoal_cursor_over(bytes + n - 4, 4);
        if (shoal_cursor_uint(&cursor, 4) != shoal_lookup3(bytes, n - 4))
            status = header_fail(walk, err, "its checksum does not match");
    }
    if (status == SHOAL_OK)
        status =
            read_messages(walk, bytes + lead, (size_t)block->n_bytes - sum_bytes, block->at, err);
    free(bytes);
    return status;
}

/* Queues the first block of a version-2 header: "OHDR", version, flags, what the flags say, size.
 */
static shoal_status begin_new(header_walk *walk, const uint8_t *bytes, size_t n, shoal_error *err)
{
    shoal_cursor cursor = shoal_cursor_over(bytes + 4, n - 4);
    if (shoal_cursor_uint(&cursor, 1) != 2) return header_fail(walk, err, "its version is unknown");
    walk->version = 2;
    walk->flags = (unsigned)shoal_cursor_uint(&cursor, 1);
    if (walk->flags & HEADER_HAS_TIMES) shoal_cursor_skip(&cursor, 16);
    if (walk->flags & HEADER_HAS_PHASES) shoal_cursor_skip(&cursor, 4);
    uint64_t n_bytes = shoal_cursor_uint(&cursor, 1 << (walk->flags & 3));
    if (!cursor.ok || n_bytes > MAX_BLOCK_BYTES) return header_fail(walk, err, "it is cut off");
    uint64_t at = walk->address + (n - cursor.left);
    return push_block(walk, at, n_bytes + 4, walk->address, err);
}

static shoal_status begin_old(header_walk *walk, const uint8_t *bytes, size_t n, shoal_error *err)
{
    shoal_cursor cursor = shoal_cursor_over(bytes, n);
    if (shoal_cursor_uint(&cursor, 1) != 1)
        return header_fail(walk, err, "there is none, or its version is unknown");
    walk->version = 1;
    shoal_cursor_skip(&cursor, 7);
    uint64_t n_bytes = shoal_cursor_uint(&cursor, 4);
    return push_block(walk, walk->address + 16, n_bytes, walk->address + 16, err);
}

static shoal_status begin(header_walk *walk, shoal_error *err)
{
    uint8_t bytes[64] = {0};
    uint64_t size = shoal_map_size(walk->map);
    if (!shoal_range_fits(walk->address, 16, size))
        return header_fail(walk, err, "it lies outside of the file");
    uint64_t in_file = size - walk->address;
    size_t n = in_file < sizeof bytes ? (size_t)in_file : sizeof bytes;
    shoal_status status = shoal_map_pread(walk->map, walk->address, bytes, n, err);
    if (status != SHOAL_OK) return status;
    if (memcmp(bytes, "OHDR", 4) == 0) return begin_new(walk, bytes, n, err);
    return begin_old(walk, bytes, n, err);
}

shoal_status shoal_layout_read(const shoal_map *map, uint64_t base, uint64_t address,
                               shoal_layout_message *out, shoal_error *err)
{
    shoal_layout_message message;
    header_walk *walk = calloc(1, sizeof *walk);
    if (!walk) return shoal_fail(err, SHOAL_MEMORY, "no memory for an object header");
    walk->map = map;
    walk->address = address;
    walk->out = &message;
    shoal_status status = shoal_superblock_read(map, base, &walk->superblock, err);
    if (status == SHOAL_OK) status = begin(walk, err);
    for (int k = 0; status == SHOAL_OK && k < walk->n_blocks && !walk->found; k++)
        status = read_block(walk, &walk->block[k], err);
    if (status == SHOAL_OK && !walk->found)
        status = header_fail(walk, err, "it has no data layout");
    if (status == SHOAL_OK) *out = message;
    free(walk);
    return status;
}
