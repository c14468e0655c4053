#include "store/metadata/attribute_list.h"

#include "chunk/error.h"
#include "store/lookup3.h"
#include "store/metadata/btree2.h"
#include "store/metadata/heap.h"
#include <stdlib.h>
#include <string.h>

/* A record of the name index: id in the heap, the message's flags, order of creation, the name's
   hash. An attribute that is shared lies in the heap of shared messages. */
enum {
    HAS_LAST_ORDER = 1,
    FLAG_SHARED = 2,
    ID_BYTES = 8,
    HASH_AT = ID_BYTES + 5,
    RECORD_BYTES = HASH_AT + 4,
};

typedef struct attribute_search {
    shoal_attribute_walk walk;
    const char *name; /* NULL: all are wanted */
    uint32_t hash;
    shoal_attributes found;
    size_t capacity;
    shoal_fractal_heap *heap, *shared_heap; /* opened when first needed */
    uint64_t heap_address;
} attribute_search;

static shoal_status add(attribute_search *search, shoal_stored_attribute attribute,
                        shoal_error *err)
{
    shoal_attributes *found = &search->found;
    if (found->n == search->capacity) {
        size_t wanted = search->capacity < 8 ? 8 : search->capacity * 2;
        shoal_stored_attribute *grown = realloc(found->attribute, wanted * sizeof *grown);
        if (!grown) {
            shoal_attribute_clear(&attribute);
            return shoal_fail(err, SHOAL_MEMORY, "no memory for attributes");
        }
        found->attribute = grown;
        search->capacity = wanted;
    }
    found->attribute[found->n++] = attribute;
    return SHOAL_OK;
}

static shoal_status take(attribute_search *search, const uint8_t *bytes, size_t n, shoal_error *err)
{
    shoal_stored_attribute attribute;
    if (search->name && (search->found.n > 0 || !shoal_attribute_is_named(bytes, n, search->name)))
        return SHOAL_OK;
    shoal_status status = shoal_attribute_parse(&search->walk, bytes, n, &attribute, err);
    if (status == SHOAL_OK) return add(search, attribute, err);
    char name[64] = "";
    if (n > 8) memcpy(name, bytes + 8, n - 8 < sizeof name - 1 ? n - 8 : sizeof name - 1);
    return shoal_fail_within(err, status, "attribute %s", name);
}

static shoal_status open_heap(attribute_search *search, bool shared, shoal_fractal_heap **out,
                              shoal_error *err)
{
    const shoal_metadata *meta = search->walk.meta;
    shoal_fractal_heap **heap = shared ? &search->shared_heap : &search->heap;
    uint64_t address = search->heap_address;
    shoal_status status = SHOAL_OK;
    if (!*heap && shared) status = shoal_shared_heap(meta, SHOAL_MESSAGE_ATTRIBUTE, &address, err);
    if (!*heap && status == SHOAL_OK) status = shoal_fractal_heap_open(meta, address, heap, err);
    *out = *heap;
    return status;
}

static shoal_status visit_record(void *user, const uint8_t *record, size_t n, shoal_error *err)
{
    attribute_search *search = user;
    shoal_fractal_heap *heap;
    const uint8_t *bytes;
    uint64_t at;
    shoal_status status = open_heap(search, record[ID_BYTES] & FLAG_SHARED, &heap, err);
    if (status == SHOAL_OK)
        status = shoal_fractal_heap_get(heap, record, ID_BYTES, &bytes, &n, &at, err);
    return status == SHOAL_OK ? take(search, bytes, n, err) : status;
}

static int order_hash(void *user, const uint8_t *record, size_t n)
{
    const attribute_search *search = user;
    shoal_cursor cursor = shoal_cursor_over(record + HASH_AT, n - HASH_AT);
    uint64_t hash = shoal_cursor_uint(&cursor, 4);
    return hash < search->hash ? -1 : hash > search->hash;
}

/* The attribute info message: version, flags, perhaps the last number in the order of creation, the
   heap's and the name index's address. */
static shoal_status search_dense(attribute_search *search, const shoal_message *info,
                                 shoal_error *err)
{
    const shoal_metadata *meta = search->walk.meta;
    uint64_t tree;
    shoal_cursor cursor = shoal_cursor_over(info->bytes, info->n);
    uint64_t version = shoal_cursor_uint(&cursor, 1);
    if (shoal_cursor_uint(&cursor, 1) & HAS_LAST_ORDER) shoal_cursor_skip(&cursor, 2);
    uint64_t heap = shoal_cursor_address(&cursor, meta->offset_bytes);
    uint64_t stored = shoal_cursor_address(&cursor, meta->offset_bytes);
    if (!cursor.ok || version != 0)
        return shoal_fail(err, SHOAL_DATA, "the attribute info message is damaged");
    if (heap == UINT64_MAX) return SHOAL_OK;
    if (!shoal_metadata_offset(meta, heap, &search->heap_address) ||
        !shoal_metadata_offset(meta, stored, &tree))
        return shoal_fail(err, SHOAL_DATA, "the attributes of an object have no index");
    if (!search->name)
        return shoal_btree2_walk(meta, tree, SHOAL_BTREE2_ATTRIBUTE_NAME, RECORD_BYTES,
                                 visit_record, search, UINT64_MAX, err);
    return shoal_btree2_find(meta, tree, SHOAL_BTREE2_ATTRIBUTE_NAME, RECORD_BYTES, order_hash,
                             visit_record, search, err);
}

static shoal_status search_header(attribute_search *search, const shoal_object_header *header,
                                  shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    for (size_t k = 0; status == SHOAL_OK && k < header->n; k++)
        if (header->message[k].type == SHOAL_MESSAGE_ATTRIBUTE)
            status = take(search, header->message[k].bytes, header->message[k].n, err);
    const shoal_message *info = shoal_object_header_find(header, SHOAL_MESSAGE_ATTRIBUTE_INFO);
    if (status == SHOAL_OK && info) status = search_dense(search, info, err);
    shoal_fractal_heap_close(search->heap);
    shoal_fractal_heap_close(search->shared_heap);
    if (status != SHOAL_OK) shoal_attributes_free(&search->found);
    return status;
}

static int compare_names(const void *a, const void *b)
{
    const shoal_stored_attribute *left = a, *right = b;
    return strcmp(left->name, right->name);
}

shoal_status shoal_attributes_read(const shoal_metadata *meta, const shoal_object_header *header,
                                   shoal_attributes *out, shoal_error *err)
{
    attribute_search search = {.walk = shoal_attribute_walk_of(meta)};
    shoal_status status = search_header(&search, header, err);
    if (status != SHOAL_OK) return status;
    shoal_attributes *found = &search.found;
    if (found->n > 1) qsort(found->attribute, found->n, sizeof *found->attribute, compare_names);
    *out = *found;
    return SHOAL_OK;
}

shoal_status shoal_attribute_find(const shoal_metadata *meta, const shoal_object_header *header,
                                  const char *name, bool *found, shoal_stored_attribute *out,
                                  shoal_error *err)
{
    attribute_search search = {.walk = shoal_attribute_walk_of(meta), .name = name};
    search.hash = shoal_lookup3((const uint8_t *)name, strlen(name));
    shoal_status status = search_header(&search, header, err);
    *found = status == SHOAL_OK && search.found.n > 0;
    if (*found) *out = search.found.attribute[0];
    free(search.found.attribute);
    return status;
}
