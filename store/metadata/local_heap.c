#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/cursor.h"
#include "store/metadata/heap.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HELD_BYTES = 64 << 20, PIECE_BYTES = 256 };

static shoal_status heap_fail(uint64_t at, shoal_error *err, const char *what)
{
    return shoal_fail(err, SHOAL_DATA, "the local heap at byte %" PRIu64 " is damaged: %s", at,
                      what);
}

shoal_status shoal_local_heap_open(const shoal_metadata *meta, uint64_t address, bool hold,
                                   shoal_local_heap *out, shoal_error *err)
{
    uint8_t bytes[32];
    size_t n = 8 + 2 * (size_t)meta->length_bytes + (size_t)meta->offset_bytes;
    shoal_status status = shoal_map_pread(meta->map, address, bytes, n, err);
    if (status != SHOAL_OK) return status;
    if (memcmp(bytes, "HEAP", 4) != 0 || bytes[4] != 0)
        return heap_fail(address, err, "it has no signature, or its version is not known");
    shoal_cursor cursor = shoal_cursor_over(bytes + 8, n - 8);
    shoal_local_heap heap = {.meta = meta, .n = shoal_cursor_uint(&cursor, meta->length_bytes)};
    shoal_cursor_skip(&cursor, (size_t)meta->length_bytes);
    uint64_t stored = shoal_cursor_address(&cursor, meta->offset_bytes);
    if (!shoal_metadata_offset(meta, stored, &heap.at) ||
        !shoal_range_fits(heap.at, heap.n, shoal_map_size(meta->map)))
        return heap_fail(address, err, "its texts lie outside of the file");
    if (hold && heap.n > 0 && heap.n <= HELD_BYTES) {
        heap.bytes = malloc((size_t)heap.n);
        if (!heap.bytes) return shoal_fail(err, SHOAL_MEMORY, "no memory for a local heap");
        status = shoal_map_pread(meta->map, heap.at, heap.bytes, (size_t)heap.n, err);
    }
    if (status == SHOAL_OK)
        *out = heap;
    else
        shoal_local_heap_close(&heap);
    return status;
}

void shoal_local_heap_close(shoal_local_heap *heap)
{
    free(heap->bytes);
    heap->bytes = NULL;
}

/* At most `limit` bytes of the text at `offset`, as many as the segment has; read into `buffer`
   where the heap is not held. */
static shoal_status piece(const shoal_local_heap *heap, uint64_t offset, uint8_t *buffer,
                          size_t limit, const uint8_t **bytes, size_t *n, shoal_error *err)
{
    if (offset >= heap->n) return heap_fail(heap->at, err, "a text lies outside of it");
    uint64_t left = heap->n - offset;
    *n = left < limit ? (size_t)left : limit;
    *bytes = heap->bytes ? heap->bytes + offset : buffer;
    if (heap->bytes) return SHOAL_OK;
    return shoal_map_pread(heap->meta->map, heap->at + offset, buffer, *n, err);
}

static shoal_status text_bytes(const shoal_local_heap *heap, uint64_t offset, size_t *out,
                               shoal_error *err)
{
    uint8_t buffer[PIECE_BYTES];
    const uint8_t *bytes = NULL;
    size_t n = 0;
    for (uint64_t at = offset;; at += n) {
        shoal_status status = piece(heap, at, buffer, sizeof buffer, &bytes, &n, err);
        if (status != SHOAL_OK) return status;
        const uint8_t *end = memchr(bytes, 0, n);
        if (!end) continue;
        *out = (size_t)(at - offset) + (size_t)(end - bytes);
        return SHOAL_OK;
    }
}

shoal_status shoal_local_heap_text(const shoal_local_heap *heap, uint64_t offset, uint64_t *budget,
                                   char **out, shoal_error *err)
{
    size_t length = 0, n = 0;
    const uint8_t *bytes = NULL;
    shoal_status status = text_bytes(heap, offset, &length, err);
    if (status != SHOAL_OK) return status;
    if (length + 1 > *budget) return heap_fail(heap->at, err, "its texts overlap");
    char *text = malloc(length + 1);
    if (!text) return shoal_fail(err, SHOAL_MEMORY, "no memory for a name");
    status = piece(heap, offset, (uint8_t *)text, length + 1, &bytes, &n, err);
    if (status != SHOAL_OK) {
        free(text);
        return status;
    }
    if (heap->bytes) memcpy(text, bytes, length);
    text[length] = '\0';
    *budget -= length + 1;
    *out = text;
    return SHOAL_OK;
}

shoal_status shoal_local_heap_compare(const shoal_local_heap *heap, uint64_t offset,
                                      const char *name, int *order, shoal_error *err)
{
    uint8_t buffer[PIECE_BYTES];
    size_t left = strlen(name) + 1; /* with its NUL, which ends the comparison */
    for (;;) {
        const uint8_t *bytes = NULL;
        size_t n = 0;
        size_t wanted = left < sizeof buffer ? left : sizeof buffer;
        shoal_status status = piece(heap, offset, buffer, wanted, &bytes, &n, err);
        if (status != SHOAL_OK) return status;
        *order = strncmp(name, (const char *)bytes, n);
        if (*order != 0 || n == left || memchr(bytes, 0, n)) return SHOAL_OK;
        name += n;
        left -= n;
        offset += n;
    }
}
