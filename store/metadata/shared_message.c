#include "store/metadata/shared_message.h"

#include "chunk/error.h"
#include "store/cursor.h"
#include "store/lookup3.h"
#include "store/metadata/heap.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HEAP_ID_BYTES = 8, IN_HEAP = 1, MAX_INDEXES = 8, SUM_BYTES = 4 };

typedef struct reference {
    bool in_heap;
    const uint8_t *heap_id;
    uint64_t stored; /* address of an object header */
} reference;

/* Versions 1 (with the object's place in a symbol table), 2, and 3 (which knows the heap). */
static size_t parse(const shoal_metadata *meta, const uint8_t *bytes, size_t n, reference *out)
{
    shoal_cursor cursor = shoal_cursor_over(bytes, n);
    uint64_t version = shoal_cursor_uint(&cursor, 1), kind = shoal_cursor_uint(&cursor, 1);
    if (version < 1 || version > 3) return 0;
    *out = (reference){.in_heap = version == 3 && kind == IN_HEAP};
    if (version == 1) shoal_cursor_skip(&cursor, 6 + (size_t)meta->length_bytes);
    if (out->in_heap) {
        out->heap_id = cursor.at;
        shoal_cursor_skip(&cursor, HEAP_ID_BYTES);
    } else {
        out->stored = shoal_cursor_address(&cursor, meta->offset_bytes);
    }
    return cursor.ok ? n - cursor.left : 0;
}

size_t shoal_shared_message_bytes(const shoal_metadata *meta, const uint8_t *bytes, size_t n)
{
    reference to;
    return parse(meta, bytes, n, &to);
}

static shoal_status table_fail(const shoal_metadata *meta, shoal_error *err, const char *what)
{
    return shoal_fail(err, SHOAL_DATA,
                      "the shared message table at byte %" PRIu64 " is damaged: %s",
                      meta->shared_table, what);
}

/* The table: "SMTB", for each index what it holds and where its heap is, checksum. */
shoal_status shoal_shared_heap(const shoal_metadata *meta, int type, uint64_t *address,
                               shoal_error *err)
{
    uint8_t bytes[4 + MAX_INDEXES * 32 + SUM_BYTES];
    if (meta->shared_table == UINT64_MAX)
        return shoal_fail(err, SHOAL_DATA, "a message is shared, but the file shares none");
    if (meta->n_shared_indexes > MAX_INDEXES)
        return table_fail(meta, err, "it has too many indexes");
    size_t entry = 14 + 2 * (size_t)meta->offset_bytes;
    size_t n = 4 + (size_t)meta->n_shared_indexes * entry;
    shoal_status status = shoal_map_pread(meta->map, meta->shared_table, bytes, n + SUM_BYTES, err);
    if (status != SHOAL_OK) return status;
    if (memcmp(bytes, "SMTB", 4) != 0) return table_fail(meta, err, "it has no signature");
    shoal_cursor cursor = shoal_cursor_over(bytes + n, SUM_BYTES);
    if (shoal_cursor_uint(&cursor, SUM_BYTES) != shoal_lookup3(bytes, n))
        return table_fail(meta, err, "its checksum does not match");
    int bit = type == SHOAL_MESSAGE_FILL_OLD ? SHOAL_MESSAGE_FILL : type;
    for (int k = 0; k < meta->n_shared_indexes; k++) {
        cursor = shoal_cursor_over(bytes + 4 + (size_t)k * entry, entry);
        shoal_cursor_skip(&cursor, 2);
        uint64_t types = shoal_cursor_uint(&cursor, 2);
        shoal_cursor_skip(&cursor, 10 + (size_t)meta->offset_bytes);
        uint64_t stored = shoal_cursor_address(&cursor, meta->offset_bytes);
        if (!(types >> bit & 1)) continue;
        if (!shoal_metadata_offset(meta, stored, address))
            return table_fail(meta, err, "an index has no heap");
        return SHOAL_OK;
    }
    return table_fail(meta, err, "it has no index for a message that is shared");
}

static shoal_status read_from_heap(const shoal_metadata *meta, int type, const uint8_t *id,
                                   uint64_t *budget, shoal_shared_message *out, shoal_error *err)
{
    uint64_t address;
    shoal_fractal_heap *heap;
    const uint8_t *bytes;
    shoal_status status = shoal_shared_heap(meta, type, &address, err);
    if (status == SHOAL_OK) status = shoal_fractal_heap_open(meta, address, &heap, err);
    if (status != SHOAL_OK) return status;
    status = shoal_fractal_heap_get(heap, id, HEAP_ID_BYTES, &bytes, &out->n, &out->at, err);
    if (status == SHOAL_OK && out->n > *budget)
        status = shoal_fail(err, SHOAL_DATA, "shared messages are too large");
    if (status == SHOAL_OK) {
        *budget -= out->n;
        out->bytes = malloc(out->n ? out->n : 1);
        if (!out->bytes)
            status = shoal_fail(err, SHOAL_MEMORY, "no memory for a shared message");
        else
            memcpy(out->bytes, bytes, out->n);
    }
    shoal_fractal_heap_close(heap);
    return status;
}

shoal_status shoal_shared_message_read(const shoal_metadata *meta, int type, const uint8_t *bytes,
                                       size_t n, uint64_t *budget, shoal_shared_message *out,
                                       shoal_error *err)
{
    reference to;
    uint64_t address;
    if (parse(meta, bytes, n, &to) == 0)
        return shoal_fail(err, SHOAL_DATA, "a shared message is damaged");
    if (to.in_heap) return read_from_heap(meta, type, to.heap_id, budget, out, err);
    if (!shoal_metadata_offset(meta, to.stored, &address))
        return shoal_fail(err, SHOAL_DATA, "a shared message is nowhere");
    return shoal_object_header_message(meta, address, type, budget, &out->bytes, &out->n, &out->at,
                                       err);
}
