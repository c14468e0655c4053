#include "chunk/error.h"
#include "store/cursor.h"
#include "store/metadata/heap.h"
#include "store/metadata/link_list.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A version-1 B-tree of names: node head, then key, child, key, child, ..., key. A key is a name's
   offset in the local heap; child k has the names above key k up to key k + 1. The lowest nodes'
   children are symbol nodes, which hold the links themselves. */

enum { MAX_LEVELS = 32, SYMBOL_HEAD = 8, SYMBOL_TAIL = 24, CACHED_SOFT = 2 };

typedef struct table_walk {
    const shoal_metadata *meta;
    shoal_local_heap heap;
    uint64_t root;
    size_t head_bytes, entry_bytes, symbol_bytes;
    uint64_t bytes_left; /* nodes of a sound tree do not overlap: the file's size bounds them */
    shoal_link_list *list;
} table_walk;

/* A node read into memory: free `bytes`. */
typedef struct table_node {
    uint64_t at;
    int level; /* -1: a symbol node */
    size_t n;
    uint8_t *bytes;
} table_node;

static shoal_status node_fail(uint64_t at, shoal_error *err, const char *what)
{
    return shoal_fail(err, SHOAL_DATA, "the symbol table's node at byte %" PRIu64 " is damaged: %s",
                      at, what);
}

static shoal_status open_table(const shoal_metadata *meta, const shoal_message *message, bool hold,
                               table_walk *walk, shoal_error *err)
{
    shoal_cursor cursor = shoal_cursor_over(message->bytes, message->n);
    uint64_t tree = shoal_cursor_address(&cursor, meta->offset_bytes), heap;
    uint64_t stored = shoal_cursor_address(&cursor, meta->offset_bytes);
    size_t offset_bytes = (size_t)meta->offset_bytes, length_bytes = (size_t)meta->length_bytes;
    *walk = (table_walk){.meta = meta, .bytes_left = shoal_map_size(meta->map)};
    if (!cursor.ok || !shoal_metadata_offset(meta, tree, &walk->root) ||
        !shoal_metadata_offset(meta, stored, &heap))
        return shoal_fail(err, SHOAL_DATA, "a symbol table message is damaged");
    walk->head_bytes = 8 + 2 * offset_bytes;
    walk->entry_bytes = length_bytes + offset_bytes;
    walk->symbol_bytes = length_bytes + offset_bytes + SYMBOL_TAIL;
    return shoal_local_heap_open(meta, heap, hold, &walk->heap, err);
}

/* Reads a node whole: of the tree, or of symbols where level is -1. `level` -2: of the tree. */
static shoal_status read_node(table_walk *walk, uint64_t at, int level, table_node *out,
                              shoal_error *err)
{
    uint8_t head[8];
    shoal_status status = shoal_map_pread(walk->meta->map, at, head, sizeof head, err);
    if (status != SHOAL_OK) return status;
    bool symbols = level == -1;
    if (memcmp(head, symbols ? "SNOD" : "TREE", 4) != 0 || head[4] != (symbols ? 1 : 0))
        return node_fail(at, err, "it has no signature, or is of another kind");
    *out = (table_node){.at = at, .level = symbols ? -1 : head[5]};
    out->n = (size_t)head[6] | (size_t)head[7] << 8;
    if (level != -2 && out->level != level) return node_fail(at, err, "it is on the wrong level");
    if (out->level >= MAX_LEVELS) return node_fail(at, err, "it is too deep");
    size_t n_bytes =
        symbols ? SYMBOL_HEAD + out->n * walk->symbol_bytes
                : walk->head_bytes + out->n * walk->entry_bytes + (size_t)walk->meta->length_bytes;
    if (n_bytes > walk->bytes_left) return node_fail(at, err, "the table is larger than the file");
    walk->bytes_left -= n_bytes;
    out->bytes = malloc(n_bytes);
    if (!out->bytes) return shoal_fail(err, SHOAL_MEMORY, "no memory for a symbol table's node");
    status = shoal_map_pread(walk->meta->map, at, out->bytes, n_bytes, err);
    if (status != SHOAL_OK) free(out->bytes);
    return status;
}

/* The name's offset of key k, or of symbol k. */
static uint64_t name_of(const table_walk *walk, const table_node *node, size_t k)
{
    size_t at = node->level < 0 ? SYMBOL_HEAD + k * walk->symbol_bytes
                                : walk->head_bytes + k * walk->entry_bytes;
    shoal_cursor cursor = shoal_cursor_over(node->bytes + at, (size_t)walk->meta->length_bytes);
    return shoal_cursor_uint(&cursor, walk->meta->length_bytes);
}

static bool child_of(const table_walk *walk, const table_node *node, size_t k, uint64_t *out)
{
    size_t at = walk->head_bytes + k * walk->entry_bytes + (size_t)walk->meta->length_bytes;
    shoal_cursor cursor = shoal_cursor_over(node->bytes + at, (size_t)walk->meta->offset_bytes);
    return shoal_metadata_offset(walk->meta,
                                 shoal_cursor_address(&cursor, walk->meta->offset_bytes), out);
}

/* Symbol k: name, address, what is cached, reserved, and scratch: of a soft link, its target. */
static shoal_status take_symbol(const table_walk *walk, const table_node *node, size_t k,
                                uint64_t *budget, shoal_link *out, shoal_error *err)
{
    const shoal_metadata *meta = walk->meta;
    shoal_link link = {.kind = SHOAL_LINK_HARD};
    const uint8_t *bytes = node->bytes + SYMBOL_HEAD + k * walk->symbol_bytes;
    shoal_cursor cursor = shoal_cursor_over(bytes, walk->symbol_bytes);
    uint64_t name = shoal_cursor_uint(&cursor, meta->length_bytes);
    uint64_t stored = shoal_cursor_address(&cursor, meta->offset_bytes);
    bool soft = shoal_cursor_uint(&cursor, 4) == CACHED_SOFT;
    shoal_cursor_skip(&cursor, 4);
    uint64_t target = shoal_cursor_uint(&cursor, 4);
    if (!soft && !shoal_metadata_offset(meta, stored, &link.address))
        return node_fail(node->at, err, "a link has no address");
    shoal_status status = shoal_local_heap_text(&walk->heap, name, budget, &link.name, err);
    if (status == SHOAL_OK && soft) {
        link.kind = SHOAL_LINK_SOFT;
        status = shoal_local_heap_text(&walk->heap, target, budget, &link.target, err);
    }
    if (status == SHOAL_OK)
        *out = link;
    else
        shoal_link_clear(&link);
    return status;
}

static bool is_full(const table_walk *walk)
{
    return walk->list->links.n >= walk->list->limit;
}

static shoal_status list_symbols(table_walk *walk, uint64_t at, shoal_error *err)
{
    table_node node;
    shoal_link link;
    shoal_status status = read_node(walk, at, -1, &node, err);
    if (status != SHOAL_OK) return status;
    for (size_t k = 0; status == SHOAL_OK && k < node.n && !is_full(walk); k++) {
        status = take_symbol(walk, &node, k, &walk->list->budget, &link, err);
        if (status == SHOAL_OK) status = shoal_link_list_add(walk->list, link, err);
    }
    free(node.bytes);
    return status;
}

/* In the order of names. Recursion is as deep as the tree, at most MAX_LEVELS. */
static shoal_status list_subtree(table_walk *walk, uint64_t at, int level, shoal_error *err)
{
    table_node node;
    uint64_t child;
    if (level == -1) return list_symbols(walk, at, err);
    shoal_status status = read_node(walk, at, level, &node, err);
    if (status != SHOAL_OK) return status;
    for (size_t k = 0; status == SHOAL_OK && k < node.n && !is_full(walk); k++) {
        if (child_of(walk, &node, k, &child))
            status = list_subtree(walk, child, node.level - 1, err);
        else
            status = node_fail(at, err, "it has an undefined child");
    }
    free(node.bytes);
    return status;
}

shoal_status shoal_symbol_table_read(const shoal_metadata *meta, const shoal_message *message,
                                     shoal_link_list *list, shoal_error *err)
{
    table_walk walk;
    shoal_status status = open_table(meta, message, true, &walk, err);
    if (status != SHOAL_OK) return status;
    walk.list = list;
    status = list_subtree(&walk, walk.root, -2, err);
    shoal_local_heap_close(&walk.heap);
    return status;
}

/* The first of the node's n names that is not before `name`; names[first], ... are sorted. In a
   node of the tree these are the upper keys of its children. */
static shoal_status lower_bound(const table_walk *walk, const table_node *node, const char *name,
                                size_t *out, bool *equal, shoal_error *err)
{
    size_t from = 0, to = node->n, upper = node->level < 0 ? 0 : 1;
    *equal = false;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order;
        shoal_status status = shoal_local_heap_compare(
            &walk->heap, name_of(walk, node, middle + upper), name, &order, err);
        if (status != SHOAL_OK) return status;
        if (order > 0) {
            from = middle + 1;
        } else {
            to = middle;
            *equal = order == 0;
        }
    }
    *out = from;
    return SHOAL_OK;
}

shoal_status shoal_symbol_table_find(const shoal_metadata *meta, const shoal_message *message,
                                     const char *name, bool *found, shoal_link *out,
                                     shoal_error *err)
{
    table_walk walk;
    shoal_status status = open_table(meta, message, false, &walk, err);
    uint64_t at = walk.root, budget = UINT64_MAX;
    int level = -2;
    bool more = true;
    while (status == SHOAL_OK && more) {
        table_node node;
        size_t k;
        bool equal;
        status = read_node(&walk, at, level, &node, err);
        if (status != SHOAL_OK) break;
        status = lower_bound(&walk, &node, name, &k, &equal, err);
        more = status == SHOAL_OK && node.level >= 0 && k < node.n;
        level = node.level - 1;
        if (more && !child_of(&walk, &node, k, &at))
            status = node_fail(node.at, err, "it has an undefined child");
        if (status == SHOAL_OK && node.level == -1 && equal) {
            status = take_symbol(&walk, &node, k, &budget, out, err);
            *found = status == SHOAL_OK;
        }
        free(node.bytes);
    }
    shoal_local_heap_close(&walk.heap);
    return status;
}
