#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/cursor.h"
#include "store/metadata/heap.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A collection: "GCOL", version, 3 reserved, its size; then objects, each with a head of index,
   count of references, 4 reserved, size. Heads and objects take multiples of 8 bytes. Index 0 is
   what is free at the end. */

enum {
    WINDOW_BYTES = 4096,
    N_SMALL = 32,
    SMALL_OBJECTS = 1024,
    N_LARGE = 2,
    LARGE_OBJECTS = 1 << 16,
    N_SLOTS = N_SMALL + N_LARGE,
};

typedef struct heap_object {
    uint64_t at, n; /* file offset and length */
    uint32_t index;
} heap_object;

/* Reads a collection's heads one after the other, in pieces. */
typedef struct collection_walk {
    const shoal_metadata *meta;
    uint64_t collection, end; /* file offsets */
    uint64_t next;            /* of the next head */
    uint64_t window_at;
    size_t window_n;
    uint8_t window[WINDOW_BYTES];
} collection_walk;

typedef struct heap_slot {
    uint64_t collection; /* UINT64_MAX: unused */
    size_t n, capacity;
    heap_object *object; /* sorted by index */
} heap_slot;

struct shoal_global_heap {
    const shoal_metadata *meta;
    int last, next_small, next_large; /* slots: used last, to be replaced next */
    heap_slot slot[N_SLOTS];          /* the large ones at the end */
    collection_walk walk;
    heap_object object[N_SMALL * SMALL_OBJECTS + N_LARGE * LARGE_OBJECTS];
};

static shoal_status heap_fail(uint64_t collection, shoal_error *err, const char *what)
{
    return shoal_fail(err, SHOAL_DATA, "the global heap at byte %" PRIu64 " is damaged: %s",
                      collection, what);
}

static uint64_t rounded(uint64_t n)
{
    return (n + 7) / 8 * 8;
}

static uint64_t head_bytes(const shoal_metadata *meta)
{
    return rounded(8 + (uint64_t)meta->length_bytes);
}

static shoal_status begin_walk(const shoal_metadata *meta, uint64_t collection,
                               collection_walk *walk, shoal_error *err)
{
    uint64_t size = shoal_map_size(meta->map), head = head_bytes(meta);
    walk->meta = meta;
    walk->collection = collection;
    if (!shoal_range_fits(collection, head, size))
        return heap_fail(collection, err, "it lies outside of the file");
    walk->window_at = collection;
    walk->window_n = size - collection < WINDOW_BYTES ? (size_t)(size - collection) : WINDOW_BYTES;
    shoal_status status = shoal_map_pread(meta->map, collection, walk->window, walk->window_n, err);
    if (status != SHOAL_OK) return status;
    if (memcmp(walk->window, "GCOL", 4) != 0 || walk->window[4] != 1)
        return heap_fail(collection, err, "it has no signature, or its version is not known");
    shoal_cursor cursor = shoal_cursor_over(walk->window + 8, walk->window_n - 8);
    uint64_t n = shoal_cursor_uint(&cursor, meta->length_bytes);
    if (n < head || !shoal_range_fits(collection, n, size))
        return heap_fail(collection, err, "its size");
    walk->end = collection + n;
    walk->next = collection + head;
    return SHOAL_OK;
}

/* The bytes of the next head, from the window or a new one. */
static shoal_status next_head(collection_walk *walk, uint64_t head, const uint8_t **out,
                              shoal_error *err)
{
    uint64_t inside = walk->next - walk->window_at;
    if (inside + head > walk->window_n) {
        uint64_t left = walk->end - walk->next;
        walk->window_at = walk->next;
        walk->window_n = left < WINDOW_BYTES ? (size_t)left : WINDOW_BYTES;
        inside = 0;
        shoal_status status =
            shoal_map_pread(walk->meta->map, walk->next, walk->window, walk->window_n, err);
        if (status != SHOAL_OK) return status;
    }
    *out = walk->window + inside;
    return SHOAL_OK;
}

/* The next object; *more is false behind the last. */
static shoal_status next_object(collection_walk *walk, bool *more, heap_object *out,
                                shoal_error *err)
{
    uint64_t head = head_bytes(walk->meta), after;
    const uint8_t *bytes;
    *more = walk->end - walk->next >= head;
    if (!*more) return SHOAL_OK;
    shoal_status status = next_head(walk, head, &bytes, err);
    if (status != SHOAL_OK) return status;
    shoal_cursor cursor = shoal_cursor_over(bytes, (size_t)head);
    out->index = (uint32_t)shoal_cursor_uint(&cursor, 2);
    shoal_cursor_skip(&cursor, 6);
    out->n = shoal_cursor_uint(&cursor, walk->meta->length_bytes);
    out->at = walk->next + head;
    *more = out->index != 0;
    if (!*more) return SHOAL_OK;
    if (!shoal_range_fits(out->at, out->n, walk->end))
        return heap_fail(walk->collection, err, "an object reaches over its end");
    after = out->at + rounded(out->n);
    walk->next = after < walk->end ? after : walk->end;
    return SHOAL_OK;
}

static shoal_status absent(uint64_t collection, uint32_t index, shoal_error *err)
{
    return shoal_fail(err, SHOAL_DATA, "the global heap at byte %" PRIu64 " has no object %" PRIu32,
                      collection, index);
}

shoal_status shoal_global_heap_find(const shoal_metadata *meta, uint64_t collection, uint32_t index,
                                    uint64_t *at, uint64_t *n, shoal_error *err)
{
    collection_walk walk;
    heap_object object;
    bool more = index != 0;
    shoal_status status = begin_walk(meta, collection, &walk, err);
    while (status == SHOAL_OK && more) {
        status = next_object(&walk, &more, &object, err);
        if (status != SHOAL_OK || !more || object.index != index) continue;
        *at = object.at;
        *n = object.n;
        return SHOAL_OK;
    }
    return status == SHOAL_OK ? absent(collection, index, err) : status;
}

size_t shoal_global_heap_bytes(void)
{
    return sizeof(shoal_global_heap);
}

shoal_status shoal_global_heap_new(const shoal_metadata *meta, shoal_global_heap **out,
                                   shoal_error *err)
{
    shoal_global_heap *heap = calloc(1, sizeof *heap);
    if (!heap) return shoal_fail(err, SHOAL_MEMORY, "no memory for a global heap");
    heap->meta = meta;
    heap->next_large = N_SMALL;
    heap_object *object = heap->object;
    for (int k = 0; k < N_SLOTS; k++) {
        size_t capacity = k < N_SMALL ? SMALL_OBJECTS : LARGE_OBJECTS;
        heap->slot[k] = (heap_slot){UINT64_MAX, 0, capacity, object};
        object += capacity;
    }
    *out = heap;
    return SHOAL_OK;
}

void shoal_global_heap_free(shoal_global_heap *heap)
{
    free(heap);
}

static int compare_indexes(const void *a, const void *b)
{
    const heap_object *left = a, *right = b;
    return left->index < right->index ? -1 : left->index > right->index;
}

/* Reads a collection into a slot; *fits is false when it has more objects than the slot. */
static shoal_status load(shoal_global_heap *heap, heap_slot *slot, uint64_t collection, bool *fits,
                         shoal_error *err)
{
    bool more = true, sorted = true;
    slot->collection = UINT64_MAX;
    slot->n = 0;
    *fits = true;
    shoal_status status = begin_walk(heap->meta, collection, &heap->walk, err);
    while (status == SHOAL_OK && more) {
        heap_object object;
        status = next_object(&heap->walk, &more, &object, err);
        if (status != SHOAL_OK || !more) continue;
        *fits = slot->n < slot->capacity;
        if (!*fits) return SHOAL_OK;
        sorted = sorted && (slot->n == 0 || slot->object[slot->n - 1].index < object.index);
        slot->object[slot->n++] = object;
    }
    if (status != SHOAL_OK) return status;
    if (!sorted) qsort(slot->object, slot->n, sizeof *slot->object, compare_indexes);
    slot->collection = collection;
    return SHOAL_OK;
}

static shoal_status find_slot(shoal_global_heap *heap, uint64_t collection, shoal_error *err)
{
    bool fits;
    if (collection == UINT64_MAX) return heap_fail(collection, err, "it has no address");
    if (heap->slot[heap->last].collection == collection) return SHOAL_OK;
    for (int k = 0; k < N_SLOTS; k++) {
        if (heap->slot[k].collection != collection) continue;
        heap->last = k;
        return SHOAL_OK;
    }
    heap->last = heap->next_small;
    shoal_status status = load(heap, &heap->slot[heap->last], collection, &fits, err);
    if (status != SHOAL_OK) return status;
    if (fits) {
        heap->next_small = (heap->next_small + 1) % N_SMALL;
        return SHOAL_OK;
    }
    heap->last = heap->next_large;
    status = load(heap, &heap->slot[heap->last], collection, &fits, err);
    if (status != SHOAL_OK) return status;
    if (!fits) return heap_fail(collection, err, "it has more objects than there are indexes");
    heap->next_large = heap->next_large + 1 < N_SLOTS ? heap->next_large + 1 : N_SMALL;
    return SHOAL_OK;
}

shoal_status shoal_global_heap_get(shoal_global_heap *heap, uint64_t collection, uint32_t index,
                                   uint64_t *at, uint64_t *n, shoal_error *err)
{
    shoal_status status = find_slot(heap, collection, err);
    if (status != SHOAL_OK) return status;
    const heap_slot *slot = &heap->slot[heap->last];
    const heap_object wanted = {.index = index};
    const heap_object *object = NULL;
    /* Mostly they are numbered from 1 without a gap. */
    if (index > 0 && index <= slot->n && slot->object[index - 1].index == index)
        object = &slot->object[index - 1];
    else if (slot->n > 0)
        object = bsearch(&wanted, slot->object, slot->n, sizeof wanted, compare_indexes);
    if (!object) return absent(collection, index, err);
    *at = object->at;
    *n = object->n;
    return SHOAL_OK;
}
