#include "store/metadata/fractal_heap.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/cursor.h"
#include "store/lookup3.h"
#include "store/metadata/btree2.h"
#include "store/metadata/storage.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_FILTER_BYTES = 4096,
    FLAG_SUMS_BLOCKS = 2,
    ID_MANAGED = 0,
    ID_HUGE = 1,
    ID_TINY = 2,
    TINY_SHORT = 18, /* ids up to here hold a tiny object's length in four bits */
};

shoal_status shoal_fractal_fail(const shoal_fractal_heap *heap, shoal_error *err, const char *what)
{
    return shoal_fail(err, SHOAL_DATA, "the fractal heap at byte %" PRIu64 " is damaged: %s",
                      heap->address, what);
}

static bool is_power(uint64_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

static int log2_of(uint64_t n)
{
    return 63 - __builtin_clzll(n);
}

/* Whether the doubling table makes sense; derives the widths of ids' fields. */
static bool measure(shoal_fractal_heap *heap)
{
    if (!is_power(heap->width) || !is_power(heap->start_bytes) || !is_power(heap->max_direct_bytes))
        return false;
    if (heap->heap_bits < 1 || heap->heap_bits > 64) return false;
    if (heap->start_bytes > heap->max_direct_bytes ||
        heap->max_direct_bytes > SHOAL_FRACTAL_BLOCK_LIMIT)
        return false;
    int first_row = log2_of(heap->start_bytes) + log2_of(heap->width);
    int direct_bits = log2_of(heap->max_direct_bytes);
    if (first_row > heap->heap_bits || direct_bits > heap->heap_bits) return false;
    if (heap->root_rows > heap->heap_bits - first_row + 1) return false;
    heap->direct_rows = direct_bits - log2_of(heap->start_bytes) + 2;
    heap->offset_bytes = (heap->heap_bits + 7) / 8;
    int by_block = (direct_bits + 7) / 8;
    int by_object = heap->max_managed_bytes ? log2_of(heap->max_managed_bytes) / 8 + 1 : 1;
    heap->n_bytes = by_block < by_object ? by_block : by_object;
    return heap->id_bytes >= 1 && heap->n_bytes >= 1;
}

static void read_table(shoal_fractal_heap *heap, shoal_cursor *cursor)
{
    const shoal_metadata *meta = heap->meta;
    heap->width = shoal_cursor_uint(cursor, 2);
    heap->start_bytes = shoal_cursor_uint(cursor, meta->length_bytes);
    heap->max_direct_bytes = shoal_cursor_uint(cursor, meta->length_bytes);
    heap->heap_bits = (int)shoal_cursor_uint(cursor, 2);
    shoal_cursor_skip(cursor, 2); /* with how many rows the root began */
    uint64_t root = shoal_cursor_address(cursor, meta->offset_bytes);
    heap->root_rows = (int)shoal_cursor_uint(cursor, 2);
    if (!shoal_metadata_offset(meta, root, &heap->root)) heap->root = UINT64_MAX;
}

/* bytes: the header whole, without its checksum. */
static shoal_status parse_header(shoal_fractal_heap *heap, const uint8_t *bytes, size_t n,
                                 size_t filter_bytes, shoal_error *err)
{
    const shoal_metadata *meta = heap->meta;
    shoal_cursor cursor = shoal_cursor_over(bytes + 9, n - 9);
    heap->sums_blocks = shoal_cursor_uint(&cursor, 1) & FLAG_SUMS_BLOCKS;
    heap->max_managed_bytes = shoal_cursor_uint(&cursor, 4);
    shoal_cursor_skip(&cursor, (size_t)meta->length_bytes); /* the next huge object's id */
    uint64_t huge = shoal_cursor_address(&cursor, meta->offset_bytes);
    if (!shoal_metadata_offset(meta, huge, &heap->huge_tree)) heap->huge_tree = UINT64_MAX;
    /* Free space, and how many objects of each kind there are. */
    shoal_cursor_skip(&cursor, 9 * (size_t)meta->length_bytes + (size_t)meta->offset_bytes);
    read_table(heap, &cursor);
    if (!cursor.ok || !measure(heap)) return shoal_fractal_fail(heap, err, "its sizes");
    heap->filtered = filter_bytes > 0;
    if (!heap->filtered) return SHOAL_OK;
    heap->root_stored_bytes = shoal_cursor_uint(&cursor, meta->length_bytes);
    heap->root_mask = (uint32_t)shoal_cursor_uint(&cursor, 4);
    if (!cursor.ok || cursor.left < filter_bytes)
        return shoal_fractal_fail(heap, err, "its filters are cut off");
    shoal_message message = {.bytes = cursor.at, .n = filter_bytes};
    return shoal_pipeline_message(&message, &heap->pipeline, err);
}

static shoal_status read_header(shoal_fractal_heap *heap, shoal_error *err)
{
    const shoal_metadata *meta = heap->meta;
    uint8_t bytes[256 + MAX_FILTER_BYTES];
    shoal_status status = shoal_map_pread(meta->map, heap->address, bytes, 9, err);
    if (status != SHOAL_OK) return status;
    if (memcmp(bytes, "FRHP", 4) != 0 || bytes[4] != 0)
        return shoal_fractal_fail(heap, err, "it has no signature, or its version is not known");
    shoal_cursor cursor = shoal_cursor_over(bytes + 5, 4);
    heap->id_bytes = (size_t)shoal_cursor_uint(&cursor, 2);
    size_t filter_bytes = (size_t)shoal_cursor_uint(&cursor, 2);
    if (filter_bytes > MAX_FILTER_BYTES)
        return shoal_fractal_fail(heap, err, "its filters are too many");
    size_t n = 22 + 12 * (size_t)meta->length_bytes + 3 * (size_t)meta->offset_bytes;
    if (filter_bytes > 0) n += (size_t)meta->length_bytes + 4 + filter_bytes;
    status = shoal_map_pread(meta->map, heap->address, bytes, n + 4, err);
    if (status != SHOAL_OK) return status;
    cursor = shoal_cursor_over(bytes + n, 4);
    if (shoal_cursor_uint(&cursor, 4) != shoal_lookup3(bytes, n))
        return shoal_fractal_fail(heap, err, "its checksum does not match");
    return parse_header(heap, bytes, n, filter_bytes, err);
}

shoal_status shoal_fractal_heap_open(const shoal_metadata *meta, uint64_t address,
                                     shoal_fractal_heap **out, shoal_error *err)
{
    shoal_fractal_heap *heap = calloc(1, sizeof *heap);
    if (!heap) return shoal_fail(err, SHOAL_MEMORY, "no memory for a heap");
    heap->meta = meta;
    heap->address = address;
    shoal_status status = read_header(heap, err);
    if (status == SHOAL_OK)
        *out = heap;
    else
        shoal_fractal_heap_close(heap);
    return status;
}

void shoal_fractal_heap_close(shoal_fractal_heap *heap)
{
    if (!heap) return;
    for (int k = 0; k < SHOAL_FRACTAL_LEVELS; k++) free(heap->indirect[k].bytes);
    free(heap->direct.bytes);
    free(heap->object.bytes);
    free(heap);
}

static shoal_status get_managed(shoal_fractal_heap *heap, shoal_cursor id, const uint8_t **bytes,
                                size_t *n, uint64_t *at, shoal_error *err)
{
    uint64_t offset = shoal_cursor_uint(&id, heap->offset_bytes);
    uint64_t length = shoal_cursor_uint(&id, heap->n_bytes);
    if (!id.ok) return shoal_fractal_fail(heap, err, "an id is too short");
    shoal_status status = shoal_fractal_direct(heap, offset, err);
    if (status != SHOAL_OK) return status;
    const shoal_fractal_block *block = &heap->direct;
    size_t inside = (size_t)(offset - block->base);
    if (!shoal_range_fits(inside, length, block->n))
        return shoal_fractal_fail(heap, err, "an object is larger than its block");
    *bytes = block->bytes + inside;
    *n = (size_t)length;
    *at = heap->filtered ? UINT64_MAX : block->at + inside;
    return SHOAL_OK;
}

/* Where a huge object lies: from its id, or from the record of the B-tree that has its key. */
typedef struct huge_place {
    const shoal_fractal_heap *heap;
    uint64_t key;
    bool found;
    uint64_t stored, n, decoded_bytes;
    uint32_t mask;
} huge_place;

static void parse_huge(huge_place *place, shoal_cursor *cursor)
{
    const shoal_metadata *meta = place->heap->meta;
    place->stored = shoal_cursor_address(cursor, meta->offset_bytes);
    place->n = shoal_cursor_uint(cursor, meta->length_bytes);
    if (!place->heap->filtered) return;
    place->mask = (uint32_t)shoal_cursor_uint(cursor, 4);
    place->decoded_bytes = shoal_cursor_uint(cursor, meta->length_bytes);
}

static int order_huge(void *user, const uint8_t *record, size_t n)
{
    const huge_place *place = user;
    huge_place other = {.heap = place->heap};
    shoal_cursor cursor = shoal_cursor_over(record, n);
    parse_huge(&other, &cursor);
    uint64_t key = shoal_cursor_uint(&cursor, place->heap->meta->length_bytes);
    return key < place->key ? -1 : key > place->key;
}

static shoal_status visit_huge(void *user, const uint8_t *record, size_t n, shoal_error *err)
{
    (void)err;
    huge_place *place = user;
    shoal_cursor cursor = shoal_cursor_over(record, n);
    parse_huge(place, &cursor);
    place->found = true;
    return SHOAL_OK;
}

/* The bytes that say where a huge object is, in an id that has room for that, or in a record. */
static size_t huge_bytes(const shoal_fractal_heap *heap)
{
    size_t length = (size_t)heap->meta->length_bytes;
    return (size_t)heap->meta->offset_bytes + length + (heap->filtered ? 4 + length : 0);
}

static shoal_status find_huge(const shoal_fractal_heap *heap, shoal_cursor id, huge_place *place,
                              shoal_error *err)
{
    size_t length = (size_t)heap->meta->length_bytes, room = heap->id_bytes - 1;
    if (heap->huge_tree == UINT64_MAX)
        return shoal_fractal_fail(heap, err, "it has no index of huge objects");
    place->key = shoal_cursor_uint(&id, (int)(room < length ? room : length));
    int type = heap->filtered ? SHOAL_BTREE2_HUGE_FILTERED : SHOAL_BTREE2_HUGE;
    shoal_status status =
        shoal_btree2_find(heap->meta, heap->huge_tree, type, huge_bytes(heap) + length, order_huge,
                          visit_huge, place, err);
    if (status == SHOAL_OK && !place->found)
        return shoal_fractal_fail(heap, err, "a huge object is not in its index");
    return status;
}

static shoal_status get_huge(shoal_fractal_heap *heap, shoal_cursor id, const uint8_t **bytes,
                             size_t *n, uint64_t *at, shoal_error *err)
{
    huge_place place = {.heap = heap};
    shoal_status status = SHOAL_OK;
    if (heap->id_bytes - 1 >= huge_bytes(heap))
        parse_huge(&place, &id);
    else
        status = find_huge(heap, id, &place, err);
    if (status != SHOAL_OK) return status;
    if (!shoal_metadata_offset(heap->meta, place.stored, at))
        return shoal_fractal_fail(heap, err, "a huge object has no address");
    status =
        shoal_fractal_read(heap, *at, place.n, place.decoded_bytes, place.mask, &heap->object, err);
    if (status != SHOAL_OK) return status;
    *bytes = heap->object.bytes;
    *n = heap->object.n;
    if (heap->filtered) *at = UINT64_MAX;
    return SHOAL_OK;
}

/* The object is in the id itself. */
static shoal_status get_tiny(const shoal_fractal_heap *heap, unsigned flags, shoal_cursor id,
                             const uint8_t **bytes, size_t *n, shoal_error *err)
{
    size_t length = flags & 0x0F;
    if (heap->id_bytes > TINY_SHORT) length = length << 8 | (size_t)shoal_cursor_uint(&id, 1);
    length++;
    if (!id.ok || length > id.left) return shoal_fractal_fail(heap, err, "a tiny object");
    *bytes = id.at;
    *n = length;
    return SHOAL_OK;
}

shoal_status shoal_fractal_heap_get(shoal_fractal_heap *heap, const uint8_t *id, size_t id_bytes,
                                    const uint8_t **bytes, size_t *n, uint64_t *at,
                                    shoal_error *err)
{
    *at = UINT64_MAX;
    if (id_bytes < heap->id_bytes) return shoal_fractal_fail(heap, err, "its ids are too long");
    shoal_cursor cursor = shoal_cursor_over(id, heap->id_bytes);
    unsigned flags = (unsigned)shoal_cursor_uint(&cursor, 1);
    if (flags >> 6 != 0) return shoal_fractal_fail(heap, err, "an id's version is not known");
    switch (flags >> 4 & 3) {
    case ID_MANAGED: return get_managed(heap, cursor, bytes, n, at, err);
    case ID_HUGE: return get_huge(heap, cursor, bytes, n, at, err);
    case ID_TINY: return get_tiny(heap, flags, cursor, bytes, n, err);
    default: return shoal_fractal_fail(heap, err, "an id is of no known kind");
    }
}

uint64_t shoal_fractal_heap_place(const shoal_fractal_heap *heap, const uint8_t *id,
                                  size_t id_bytes)
{
    shoal_cursor cursor = shoal_cursor_over(id, id_bytes);
    if (shoal_cursor_uint(&cursor, 1) >> 4 != ID_MANAGED) return 0;
    return shoal_cursor_uint(&cursor, heap->offset_bytes);
}
