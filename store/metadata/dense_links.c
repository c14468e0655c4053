#include "chunk/error.h"
#include "store/cursor.h"
#include "store/lookup3.h"
#include "store/metadata/btree2.h"
#include "store/metadata/heap.h"
#include "store/metadata/link_list.h"
#include <stdlib.h>
#include <string.h>

/* A record of the name index: the hash of the name, the id in the heap. */
enum { HASH_BYTES = 4, ID_BYTES = 7, RECORD_BYTES = HASH_BYTES + ID_BYTES };

typedef struct heap_id {
    uint64_t place; /* in the heap: reading in its order takes each block once */
    uint8_t bytes[ID_BYTES];
} heap_id;

typedef struct id_list {
    shoal_fractal_heap *heap;
    heap_id *id;
    size_t n, capacity;
} id_list;

static shoal_status collect_id(void *user, const uint8_t *record, size_t n, shoal_error *err)
{
    (void)n;
    id_list *list = user;
    if (list->n == list->capacity) {
        size_t wanted = list->capacity < 64 ? 64 : list->capacity + list->capacity / 2;
        heap_id *grown = realloc(list->id, wanted * sizeof *grown);
        if (!grown) return shoal_fail(err, SHOAL_MEMORY, "no memory for %zu links", wanted);
        list->id = grown;
        list->capacity = wanted;
    }
    heap_id *id = &list->id[list->n++];
    memcpy(id->bytes, record + HASH_BYTES, ID_BYTES);
    id->place = shoal_fractal_heap_place(list->heap, id->bytes, ID_BYTES);
    return SHOAL_OK;
}

static int compare_places(const void *a, const void *b)
{
    const heap_id *left = a, *right = b;
    return left->place < right->place ? -1 : left->place > right->place;
}

static shoal_status read_links(const shoal_metadata *meta, id_list *ids, shoal_link_list *list,
                               shoal_error *err)
{
    uint64_t bytes_left = shoal_link_budget(meta);
    qsort(ids->id, ids->n, sizeof *ids->id, compare_places);
    for (size_t k = 0; k < ids->n; k++) {
        const uint8_t *bytes;
        size_t n;
        uint64_t at;
        shoal_link link;
        shoal_status status =
            shoal_fractal_heap_get(ids->heap, ids->id[k].bytes, ID_BYTES, &bytes, &n, &at, err);
        if (status == SHOAL_OK && n > bytes_left)
            status = shoal_fail(err, SHOAL_DATA, "the links of a group overlap");
        if (status == SHOAL_OK) {
            bytes_left -= n;
            status = shoal_link_parse(meta, bytes, n, &list->budget, &link, err);
        }
        if (status == SHOAL_OK) status = shoal_link_list_add(list, link, err);
        if (status != SHOAL_OK) return status;
    }
    return SHOAL_OK;
}

shoal_status shoal_dense_links_read(const shoal_metadata *meta, uint64_t heap, uint64_t tree,
                                    shoal_link_list *list, shoal_error *err)
{
    id_list ids = {0};
    shoal_status status = shoal_fractal_heap_open(meta, heap, &ids.heap, err);
    if (status != SHOAL_OK) return status;
    status = shoal_btree2_walk(meta, tree, SHOAL_BTREE2_LINK_NAME, RECORD_BYTES, collect_id, &ids,
                               UINT64_MAX, err);
    if (status == SHOAL_OK && ids.n > 0) status = read_links(meta, &ids, list, err);
    free(ids.id);
    shoal_fractal_heap_close(ids.heap);
    return status;
}

typedef struct name_search {
    const shoal_metadata *meta;
    shoal_fractal_heap *heap;
    const char *name;
    uint32_t hash;
    bool found;
    shoal_link *out;
} name_search;

static int order_hash(void *user, const uint8_t *record, size_t n)
{
    const name_search *search = user;
    shoal_cursor cursor = shoal_cursor_over(record, n);
    uint64_t hash = shoal_cursor_uint(&cursor, HASH_BYTES);
    return hash < search->hash ? -1 : hash > search->hash;
}

static shoal_status visit_hash(void *user, const uint8_t *record, size_t n, shoal_error *err)
{
    name_search *search = user;
    const uint8_t *bytes;
    uint64_t at, budget = UINT64_MAX;
    if (search->found) return SHOAL_OK;
    shoal_status status = shoal_fractal_heap_get(search->heap, record + HASH_BYTES, n - HASH_BYTES,
                                                 &bytes, &n, &at, err);
    if (status != SHOAL_OK || !shoal_link_is_named(bytes, n, search->name)) return status;
    status = shoal_link_parse(search->meta, bytes, n, &budget, search->out, err);
    search->found = status == SHOAL_OK;
    return status;
}

shoal_status shoal_dense_links_find(const shoal_metadata *meta, uint64_t heap, uint64_t tree,
                                    const char *name, bool *found, shoal_link *out,
                                    shoal_error *err)
{
    name_search search = {.meta = meta, .name = name, .out = out};
    search.hash = shoal_lookup3((const uint8_t *)name, strlen(name));
    shoal_status status = shoal_fractal_heap_open(meta, heap, &search.heap, err);
    if (status != SHOAL_OK) return status;
    status = shoal_btree2_find(meta, tree, SHOAL_BTREE2_LINK_NAME, RECORD_BYTES, order_hash,
                               visit_hash, &search, err);
    *found = search.found && status == SHOAL_OK;
    if (search.found && status != SHOAL_OK) shoal_link_clear(out);
    shoal_fractal_heap_close(search.heap);
    return status;
}
