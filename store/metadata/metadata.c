#include "store/metadata/metadata.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/cursor.h"
#include "store/lookup3.h"
#include "store/metadata/object_header.h"
#include <inttypes.h>
#include <string.h>

enum { SUPERBLOCK_BYTES = 128, DRIVER_BYTES = 16, FLAG_OPEN_FOR_WRITING = 1 };

static const uint8_t signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

/* What only the opening needs: file offsets, UINT64_MAX where there is none. */
typedef struct further_parts {
    uint64_t extension, driver;
} further_parts;

bool shoal_metadata_find(const shoal_map *map, uint64_t *at)
{
    uint64_t size = shoal_map_size(map);
    uint8_t bytes[8];
    for (uint64_t offset = 0; size >= 8 && offset <= size - 8;
         offset = offset == 0 ? 512 : offset * 2) {
        if (shoal_map_pread(map, offset, bytes, sizeof bytes, NULL) != SHOAL_OK) return false;
        if (memcmp(bytes, signature, sizeof bytes) == 0) {
            *at = offset;
            return true;
        }
        if (offset > UINT64_MAX / 4) break;
    }
    return false;
}

bool shoal_metadata_offset(const shoal_metadata *meta, uint64_t stored, uint64_t *out)
{
    return stored != UINT64_MAX && shoal_add_u64(stored, meta->base, out);
}

static uint64_t read_offset(const shoal_metadata *meta, shoal_cursor *cursor)
{
    uint64_t stored = shoal_cursor_address(cursor, meta->offset_bytes), at;
    return shoal_metadata_offset(meta, stored, &at) ? at : UINT64_MAX;
}

/* A userblock that was put in front later, or taken away, leaves the stored base behind. */
static void read_end(shoal_metadata *meta, uint64_t stored_base, uint64_t stored_end)
{
    meta->end = stored_end;
    if (stored_end == UINT64_MAX || stored_base == meta->base) return;
    if (stored_base > meta->base) {
        uint64_t less = stored_base - meta->base;
        meta->end = stored_end > less ? stored_end - less : 0;
    } else if (!shoal_add_u64(stored_end, meta->base - stored_base, &meta->end)) {
        meta->end = UINT64_MAX;
    }
}

static bool width_known(int n_bytes)
{
    return n_bytes == 2 || n_bytes == 4 || n_bytes == 8;
}

static shoal_status read_widths(shoal_metadata *meta, shoal_cursor *cursor, shoal_error *err)
{
    meta->offset_bytes = (int)shoal_cursor_uint(cursor, 1);
    meta->length_bytes = (int)shoal_cursor_uint(cursor, 1);
    if (width_known(meta->offset_bytes) && width_known(meta->length_bytes)) return SHOAL_OK;
    return shoal_fail(err, SHOAL_DATA, "addresses of %d bytes and lengths of %d are not known",
                      meta->offset_bytes, meta->length_bytes);
}

/* Versions 0 and 1: versions of parts, widths, ranks of trees, flags; then the addresses and the
   root group's symbol table entry. */
static shoal_status read_old(shoal_metadata *meta, shoal_cursor *cursor, further_parts *parts,
                             shoal_error *err)
{
    shoal_cursor_skip(cursor, 4);
    shoal_status status = read_widths(meta, cursor, err);
    if (status != SHOAL_OK) return status;
    shoal_cursor_skip(cursor, 5);
    meta->left_open = shoal_cursor_uint(cursor, 4) & FLAG_OPEN_FOR_WRITING;
    if (meta->version == 1) shoal_cursor_skip(cursor, 4);
    uint64_t base = shoal_cursor_address(cursor, meta->offset_bytes);
    shoal_cursor_skip(cursor, (size_t)meta->offset_bytes); /* free space: never stored */
    read_end(meta, base, shoal_cursor_address(cursor, meta->offset_bytes));
    parts->driver = read_offset(meta, cursor);
    shoal_cursor_skip(cursor, (size_t)meta->length_bytes); /* the root has no name */
    meta->root = read_offset(meta, cursor);
    if (!cursor->ok) return shoal_fail(err, SHOAL_DATA, "the superblock is cut off");
    return SHOAL_OK;
}

static shoal_status read_new(shoal_metadata *meta, shoal_cursor *cursor, const uint8_t *begin,
                             further_parts *parts, shoal_error *err)
{
    shoal_status status = read_widths(meta, cursor, err);
    if (status != SHOAL_OK) return status;
    meta->left_open = shoal_cursor_uint(cursor, 1) & FLAG_OPEN_FOR_WRITING;
    uint64_t base = shoal_cursor_address(cursor, meta->offset_bytes);
    parts->extension = read_offset(meta, cursor);
    read_end(meta, base, shoal_cursor_address(cursor, meta->offset_bytes));
    meta->root = read_offset(meta, cursor);
    size_t summed = (size_t)(cursor->at - begin);
    uint64_t sum = shoal_cursor_uint(cursor, 4);
    if (!cursor->ok) return shoal_fail(err, SHOAL_DATA, "the superblock is cut off");
    if (sum != shoal_lookup3(begin, summed))
        return shoal_fail(err, SHOAL_DATA,
                          "the superblock is damaged: its checksum does not match");
    return SHOAL_OK;
}

/* What a driver left: eight letters and, for a family, the size of a member. */
static shoal_status read_driver(shoal_metadata *meta, const uint8_t name[8], shoal_cursor info,
                                shoal_error *err)
{
    if (memcmp(name, "NCSAfami", 8) != 0)
        return shoal_fail(
            err, SHOAL_DATA,
            "the file was written by the driver %.8s, whose parts cannot be read here",
            (const char *)name);
    meta->family_bytes = shoal_cursor_uint(&info, 8);
    if (!info.ok || meta->family_bytes == 0)
        return shoal_fail(err, SHOAL_DATA, "the family's member size is damaged");
    return SHOAL_OK;
}

static shoal_status read_driver_block(shoal_metadata *meta, uint64_t at, shoal_error *err)
{
    uint8_t bytes[DRIVER_BYTES + 8] = {0};
    uint64_t size = shoal_map_size(meta->map);
    if (!shoal_range_fits(at, DRIVER_BYTES, size))
        return shoal_fail(err, SHOAL_DATA, "the driver's block lies outside of the file");
    size_t n = size - at < sizeof bytes ? (size_t)(size - at) : sizeof bytes;
    shoal_status status = shoal_map_pread(meta->map, at, bytes, n, err);
    if (status != SHOAL_OK) return status;
    if (bytes[0] != 0) return shoal_fail(err, SHOAL_DATA, "the driver's block is damaged");
    return read_driver(meta, bytes + 8, shoal_cursor_over(bytes + DRIVER_BYTES, n - DRIVER_BYTES),
                       err);
}

static shoal_status read_table_message(shoal_metadata *meta, const shoal_message *message,
                                       shoal_error *err)
{
    shoal_cursor cursor = shoal_cursor_over(message->bytes, message->n);
    uint64_t version = shoal_cursor_uint(&cursor, 1);
    uint64_t at = read_offset(meta, &cursor);
    int n = (int)shoal_cursor_uint(&cursor, 1);
    if (!cursor.ok || version != 0 || at == UINT64_MAX || n == 0)
        return shoal_fail(err, SHOAL_DATA, "the message of the shared message table is damaged");
    meta->shared_table = at;
    meta->n_shared_indexes = n;
    return SHOAL_OK;
}

static shoal_status read_driver_message(shoal_metadata *meta, const shoal_message *message,
                                        shoal_error *err)
{
    if (message->n < 11 || message->bytes[0] != 0)
        return shoal_fail(err, SHOAL_DATA, "the driver's message is damaged");
    return read_driver(meta, message->bytes + 1,
                       shoal_cursor_over(message->bytes + 11, message->n - 11), err);
}

static shoal_status read_extension(shoal_metadata *meta, uint64_t at, shoal_error *err)
{
    shoal_object_header header;
    shoal_status status = shoal_object_header_read(meta, at, &header, err);
    if (status != SHOAL_OK) return shoal_fail_within(err, status, "the superblock's extension");
    const shoal_message *table = shoal_object_header_find(&header, SHOAL_MESSAGE_SHARED_TABLE);
    const shoal_message *driver = shoal_object_header_find(&header, SHOAL_MESSAGE_DRIVER);
    if (table) status = read_table_message(meta, table, err);
    if (driver && status == SHOAL_OK) status = read_driver_message(meta, driver, err);
    shoal_object_header_free(&header);
    return status;
}

shoal_status shoal_metadata_open(const shoal_map *map, uint64_t at, shoal_metadata *out,
                                 shoal_error *err)
{
    uint8_t bytes[SUPERBLOCK_BYTES] = {0};
    uint64_t size = shoal_map_size(map);
    if (!shoal_range_fits(at, 12, size))
        return shoal_fail(err, SHOAL_DATA, "the superblock is cut off");
    size_t n = size - at < sizeof bytes ? (size_t)(size - at) : sizeof bytes;
    shoal_status status = shoal_map_pread(map, at, bytes, n, err);
    if (status != SHOAL_OK) return status;
    if (memcmp(bytes, signature, sizeof signature) != 0)
        return shoal_fail(err, SHOAL_DATA, "no HDF5 signature at %" PRIu64, at);
    shoal_metadata meta = {.map = map, .base = at, .shared_table = UINT64_MAX};
    further_parts parts = {UINT64_MAX, UINT64_MAX};
    shoal_cursor cursor = shoal_cursor_over(bytes + 8, n - 8);
    meta.version = (int)shoal_cursor_uint(&cursor, 1);
    if (meta.version > 3)
        return shoal_fail(err, SHOAL_DATA, "superblock version %d is not known", meta.version);
    status = meta.version < 2 ? read_old(&meta, &cursor, &parts, err)
                              : read_new(&meta, &cursor, bytes, &parts, err);
    if (status == SHOAL_OK && meta.root == UINT64_MAX)
        status = shoal_fail(err, SHOAL_DATA, "the superblock has no root group");
    if (status == SHOAL_OK && parts.driver != UINT64_MAX)
        status = read_driver_block(&meta, parts.driver, err);
    if (status == SHOAL_OK && parts.extension != UINT64_MAX)
        status = read_extension(&meta, parts.extension, err);
    if (status == SHOAL_OK) *out = meta;
    return status;
}

shoal_status shoal_metadata_join_family(shoal_map **map, shoal_metadata *meta, shoal_error *err)
{
    shoal_map *family;
    if (meta->family_bytes == 0) return SHOAL_OK;
    shoal_status status =
        shoal_map_open_family(shoal_map_path(*map), meta->family_bytes, &family, err);
    if (status != SHOAL_OK) return status;
    shoal_metadata joined;
    status = shoal_metadata_open(family, meta->base, &joined, err);
    if (status != SHOAL_OK) {
        shoal_map_close(family);
        return status;
    }
    shoal_map_close(*map);
    *map = family;
    *meta = joined;
    return SHOAL_OK;
}
