#include "store/superblock.h"

#include "chunk/error.h"
#include "store/cursor.h"
#include <inttypes.h>
#include <string.h>

static const uint8_t signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

bool shoal_superblock_find(const shoal_map *map, uint64_t *at)
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

static bool width_known(int n_bytes)
{
    return n_bytes == 2 || n_bytes == 4 || n_bytes == 8;
}

shoal_status shoal_superblock_read(const shoal_map *map, uint64_t at, shoal_superblock *out,
                                   shoal_error *err)
{
    uint8_t bytes[64] = {0};
    uint64_t size = shoal_map_size(map);
    if (at >= size || size - at < 12)
        return shoal_fail(err, SHOAL_DATA, "the superblock is cut off");
    size_t n = size - at < sizeof bytes ? (size_t)(size - at) : sizeof bytes;
    shoal_status status = shoal_map_pread(map, at, bytes, n, err);
    if (status != SHOAL_OK) return status;
    if (memcmp(bytes, signature, sizeof signature) != 0)
        return shoal_fail(err, SHOAL_DATA, "no HDF5 signature at %" PRIu64, at);
    shoal_cursor cursor = shoal_cursor_over(bytes + 8, n - 8);
    out->at = at;
    out->version = (int)shoal_cursor_uint(&cursor, 1);
    if (out->version > 3)
        return shoal_fail(err, SHOAL_DATA, "superblock version %d is not known", out->version);
    if (out->version < 2) shoal_cursor_skip(&cursor, 4);
    out->offset_bytes = (int)shoal_cursor_uint(&cursor, 1);
    out->length_bytes = (int)shoal_cursor_uint(&cursor, 1);
    if (!width_known(out->offset_bytes) || !width_known(out->length_bytes))
        return shoal_fail(err, SHOAL_DATA, "addresses of %d bytes and lengths of %d are not known",
                          out->offset_bytes, out->length_bytes);
    /* Behind: a byte, tree ranks, flags (versions 0 and 1: and two more fields), then addresses. */
    static const size_t skip[4] = {9, 13, 1, 1};
    shoal_cursor_skip(&cursor, skip[out->version]);
    uint64_t base = shoal_cursor_address(&cursor, out->offset_bytes);
    (void)shoal_cursor_address(&cursor, out->offset_bytes);
    uint64_t end = shoal_cursor_address(&cursor, out->offset_bytes);
    if (!cursor.ok) return shoal_fail(err, SHOAL_DATA, "the superblock is cut off");
    /* A userblock that was put in front later leaves the stored base behind. */
    out->end = base <= at && end <= UINT64_MAX - (at - base) ? end + (at - base) : end;
    return SHOAL_OK;
}
