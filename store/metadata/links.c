#include "store/metadata/links.h"

#include "chunk/error.h"
#include "store/cursor.h"
#include "store/metadata/link_list.h"
#include <stdlib.h>
#include <string.h>

enum { FEW = 1024, SMALL_BYTES = 1 << 20, HAS_LAST_ORDER = 1 };

/* Where a group keeps its links. */
typedef struct link_place {
    const shoal_message *symbol_table; /* NULL: another way */
    uint64_t heap, tree;               /* file offsets; UINT64_MAX: link messages in the header */
} link_place;

uint64_t shoal_link_budget(const shoal_metadata *meta)
{
    uint64_t size = shoal_map_size(meta->map);
    return (size < UINT64_MAX / 8 ? 4 * size : size) + SMALL_BYTES;
}

static int compare_names(const void *a, const void *b)
{
    const shoal_link *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static bool is_sorted(const shoal_links *links)
{
    for (size_t k = 1; k < links->n; k++)
        if (strcmp(links->link[k - 1].name, links->link[k].name) > 0) return false;
    return true;
}

/* Sorts, and drops what is behind the limit. */
static void trim(shoal_link_list *list)
{
    shoal_links *links = &list->links;
    if (links->n > 1 && !is_sorted(links))
        qsort(links->link, links->n, sizeof *links->link, compare_names);
    while (links->n > list->limit) shoal_link_clear(&links->link[--links->n]);
}

shoal_status shoal_link_list_add(shoal_link_list *list, shoal_link link, shoal_error *err)
{
    shoal_links *links = &list->links;
    if (links->n >= FEW && links->n / 2 >= list->limit) trim(list);
    if (links->n == list->capacity) {
        size_t wanted = list->capacity < 16 ? 16 : list->capacity * 2;
        shoal_link *grown = realloc(links->link, wanted * sizeof *grown);
        if (!grown) {
            shoal_link_clear(&link);
            return shoal_fail(err, SHOAL_MEMORY, "no memory for the links of a group");
        }
        links->link = grown;
        list->capacity = wanted;
    }
    links->link[links->n++] = link;
    return SHOAL_OK;
}

/* The link info message: version, flags, perhaps the last number in the order of creation, the
   heap's and the name index's address. */
static shoal_status find_place(const shoal_metadata *meta, const shoal_object_header *header,
                               link_place *out, shoal_error *err)
{
    *out = (link_place){.heap = UINT64_MAX, .tree = UINT64_MAX};
    out->symbol_table = shoal_object_header_find(header, SHOAL_MESSAGE_SYMBOL_TABLE);
    const shoal_message *info = shoal_object_header_find(header, SHOAL_MESSAGE_LINK_INFO);
    if (out->symbol_table || !info) return SHOAL_OK;
    shoal_cursor cursor = shoal_cursor_over(info->bytes, info->n);
    uint64_t version = shoal_cursor_uint(&cursor, 1);
    if (shoal_cursor_uint(&cursor, 1) & HAS_LAST_ORDER) shoal_cursor_skip(&cursor, 8);
    uint64_t heap = shoal_cursor_address(&cursor, meta->offset_bytes);
    uint64_t tree = shoal_cursor_address(&cursor, meta->offset_bytes);
    if (!cursor.ok || version != 0)
        return shoal_fail(err, SHOAL_DATA, "the link info message is damaged");
    if (heap == UINT64_MAX) return SHOAL_OK;
    if (!shoal_metadata_offset(meta, heap, &out->heap) ||
        !shoal_metadata_offset(meta, tree, &out->tree))
        return shoal_fail(err, SHOAL_DATA, "the links of a group have no index");
    return SHOAL_OK;
}

static shoal_status read_compact(const shoal_metadata *meta, const shoal_object_header *header,
                                 shoal_link_list *list, shoal_error *err)
{
    for (size_t k = 0; k < header->n; k++) {
        const shoal_message *message = &header->message[k];
        shoal_link link;
        if (message->type != SHOAL_MESSAGE_LINK) continue;
        shoal_status status =
            shoal_link_parse(meta, message->bytes, message->n, &list->budget, &link, err);
        if (status == SHOAL_OK) status = shoal_link_list_add(list, link, err);
        if (status != SHOAL_OK) return status;
    }
    return SHOAL_OK;
}

shoal_status shoal_links_read(const shoal_metadata *meta, const shoal_object_header *header,
                              size_t limit, shoal_links *out, shoal_error *err)
{
    shoal_link_list list = {.limit = limit, .budget = shoal_link_budget(meta)};
    link_place place;
    shoal_status status = find_place(meta, header, &place, err);
    if (status == SHOAL_OK) {
        if (place.symbol_table)
            status = shoal_symbol_table_read(meta, place.symbol_table, &list, err);
        else if (place.heap != UINT64_MAX)
            status = shoal_dense_links_read(meta, place.heap, place.tree, &list, err);
        else
            status = read_compact(meta, header, &list, err);
    }
    if (status == SHOAL_OK) {
        trim(&list);
        *out = list.links;
    } else {
        shoal_links_free(&list.links);
    }
    return status;
}

void shoal_links_free(shoal_links *links)
{
    for (size_t k = 0; k < links->n; k++) shoal_link_clear(&links->link[k]);
    free(links->link);
    *links = (shoal_links){0};
}

shoal_status shoal_link_find(const shoal_metadata *meta, const shoal_object_header *header,
                             const char *name, bool *found, shoal_link *out, shoal_error *err)
{
    link_place place;
    *found = false;
    shoal_status status = find_place(meta, header, &place, err);
    if (status != SHOAL_OK) return status;
    if (place.symbol_table)
        return shoal_symbol_table_find(meta, place.symbol_table, name, found, out, err);
    if (place.heap != UINT64_MAX)
        return shoal_dense_links_find(meta, place.heap, place.tree, name, found, out, err);
    for (size_t k = 0; k < header->n; k++) {
        const shoal_message *message = &header->message[k];
        if (message->type != SHOAL_MESSAGE_LINK ||
            !shoal_link_is_named(message->bytes, message->n, name))
            continue;
        uint64_t budget = UINT64_MAX;
        status = shoal_link_parse(meta, message->bytes, message->n, &budget, out, err);
        *found = status == SHOAL_OK;
        return status;
    }
    return SHOAL_OK;
}

void shoal_link_clear(shoal_link *link)
{
    free(link->name);
    free(link->target);
    free(link->target_file);
    *link = (shoal_link){0};
}

bool shoal_is_group(const shoal_object_header *header)
{
    return shoal_object_header_find(header, SHOAL_MESSAGE_SYMBOL_TABLE) ||
           shoal_object_header_find(header, SHOAL_MESSAGE_LINK_INFO);
}
