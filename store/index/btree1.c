#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/index/build.h"
#include <stdlib.h>
#include <string.h>

/* A node: "TREE", type, level, entries used, two siblings; then key, child, key, child, ..., key.
   A key: the chunk's bytes, its filter mask, its offset along each axis and inside the element. */

typedef struct address_list {
    uint64_t *at;
    size_t n, capacity;
} address_list;

typedef struct tree_walk {
    shoal_index_build *build;
    const shoal_map *map;
    const shoal_grid *grid;
    int offset_bytes;
    size_t head_bytes, key_bytes, entry_bytes;
    uint64_t entries_left; /* a sound tree's entries do not overlap, so the file bounds them */
    uint8_t *node;
    size_t capacity; /* of node; also how much is read at first */
} tree_walk;

static shoal_status node_fail(uint64_t address, shoal_error *err, const char *what)
{
    return shoal_build_fail("node", address, what, err);
}

static shoal_status ensure_capacity(tree_walk *walk, size_t n, shoal_error *err)
{
    if (n <= walk->capacity) return SHOAL_OK;
    uint8_t *grown = realloc(walk->node, n);
    if (!grown) return shoal_fail(err, SHOAL_MEMORY, "no memory for an index node");
    walk->node = grown;
    walk->capacity = n;
    return SHOAL_OK;
}

/* Reads a node whole into walk->node; its entries start behind the head. */
static shoal_status read_node(tree_walk *walk, uint64_t address, int *level, size_t *n_entries,
                              shoal_error *err)
{
    uint64_t size = shoal_map_size(walk->map);
    if (!shoal_range_fits(address, walk->head_bytes, size))
        return node_fail(address, err, "lies outside of the file");
    uint64_t in_file = size - address;
    size_t n = in_file < walk->capacity ? (size_t)in_file : walk->capacity;
    shoal_status status = shoal_map_pread(walk->map, address, walk->node, n, err);
    if (status != SHOAL_OK) return status;
    if (memcmp(walk->node, "TREE", 4) != 0) return node_fail(address, err, "has no signature");
    if (walk->node[4] != 1) return node_fail(address, err, "is not one of chunks");
    *level = walk->node[5];
    *n_entries = (size_t)walk->node[6] | (size_t)walk->node[7] << 8;
    size_t needed = walk->head_bytes + *n_entries * walk->entry_bytes + walk->key_bytes;
    if (needed > in_file) return node_fail(address, err, "is cut off by the file's end");
    if (*n_entries > walk->entries_left)
        return node_fail(address, err, "has more entries than the file has room for");
    walk->entries_left -= *n_entries;
    if (needed <= n) return SHOAL_OK;
    status = ensure_capacity(walk, needed, err);
    if (status != SHOAL_OK) return status;
    return shoal_map_pread(walk->map, address + n, walk->node + n, needed - n, err);
}

static shoal_status push_address(address_list *list, uint64_t address, shoal_error *err)
{
    if (list->n == list->capacity) {
        size_t wanted = list->capacity < 64 ? 64 : list->capacity + list->capacity / 2;
        uint64_t *grown = realloc(list->at, wanted * sizeof *grown);
        if (!grown) return shoal_fail(err, SHOAL_MEMORY, "no memory for %zu index nodes", wanted);
        list->at = grown;
        list->capacity = wanted;
    }
    list->at[list->n++] = address;
    return SHOAL_OK;
}

/* The child's file offset; false when the stored address cannot be one. */
static bool child_offset(const tree_walk *walk, shoal_cursor *cursor, uint64_t *out)
{
    uint64_t stored = shoal_cursor_address(cursor, walk->offset_bytes);
    return cursor->ok && shoal_build_offset(walk->build, stored, out);
}

static shoal_status add_children(const tree_walk *walk, uint64_t address, size_t n_entries,
                                 address_list *children, shoal_error *err)
{
    const uint8_t *entries = walk->node + walk->head_bytes;
    shoal_cursor cursor = shoal_cursor_over(entries, n_entries * walk->entry_bytes);
    for (size_t k = 0; k < n_entries; k++) {
        uint64_t child;
        shoal_cursor_skip(&cursor, walk->key_bytes);
        if (!child_offset(walk, &cursor, &child))
            return node_fail(address, err, "has an undefined child");
        shoal_status status = push_address(children, child, err);
        if (status != SHOAL_OK) return status;
    }
    return SHOAL_OK;
}

/* The chunk's number from the offsets of a key. *inside is false for a chunk that the array
   does not reach any more. False when the offsets are none of a chunk of this grid. */
static bool chunk_of_key(const shoal_grid *grid, shoal_cursor *cursor, uint64_t *chunk_id,
                         bool *inside)
{
    uint64_t id = 0;
    *inside = true;
    for (int k = 0; k < grid->rank; k++) {
        uint64_t offset = shoal_cursor_uint(cursor, 8);
        uint64_t coordinate = offset / grid->chunk[k];
        if (coordinate * grid->chunk[k] != offset) return false;
        if (coordinate >= grid->n_along[k])
            *inside = false;
        else
            id = id * grid->n_along[k] + coordinate; /* below n_chunks, which fits */
    }
    *chunk_id = id;
    return shoal_cursor_uint(cursor, 8) == 0 && cursor->ok;
}

static shoal_status add_chunks(tree_walk *walk, uint64_t address, size_t n_entries,
                               shoal_error *err)
{
    const uint8_t *entries = walk->node + walk->head_bytes;
    shoal_cursor cursor = shoal_cursor_over(entries, n_entries * walk->entry_bytes);
    for (size_t k = 0; k < n_entries; k++) {
        bool inside;
        uint64_t chunk_id, offset, n_bytes = shoal_cursor_uint(&cursor, 4);
        uint32_t mask = (uint32_t)shoal_cursor_uint(&cursor, 4);
        if (!chunk_of_key(walk->grid, &cursor, &chunk_id, &inside))
            return node_fail(address, err, "has a chunk that is not on the grid");
        if (!child_offset(walk, &cursor, &offset))
            return node_fail(address, err, "has a chunk without an address");
        if (!inside) continue;
        shoal_status status = shoal_build_add(walk->build, chunk_id, offset, n_bytes, mask, err);
        if (status != SHOAL_OK) return status;
    }
    return SHOAL_OK;
}

/* One level of the tree, left to right; its children become the next level's list. */
static shoal_status walk_level(tree_walk *walk, int level, const address_list *nodes,
                               address_list *children, shoal_error *err)
{
    for (size_t k = 0; k < nodes->n; k++) {
        int found;
        size_t n_entries;
        shoal_status status = read_node(walk, nodes->at[k], &found, &n_entries, err);
        if (status != SHOAL_OK) return status;
        if (found != level) return node_fail(nodes->at[k], err, "is on the wrong level");
        status = level > 0 ? add_children(walk, nodes->at[k], n_entries, children, err)
                           : add_chunks(walk, nodes->at[k], n_entries, err);
        if (status != SHOAL_OK) return status;
    }
    return SHOAL_OK;
}

static shoal_status walk_tree(tree_walk *walk, uint64_t root, shoal_error *err)
{
    int level;
    size_t n_entries;
    shoal_status status = read_node(walk, root, &level, &n_entries, err);
    if (status != SHOAL_OK) return status;
    walk->entries_left += n_entries; /* the root is read once more with its level */
    address_list nodes = {0};
    status = push_address(&nodes, root, err);
    for (; status == SHOAL_OK && level >= 0; level--) {
        address_list children = {0};
        status = walk_level(walk, level, &nodes, &children, err);
        free(nodes.at);
        nodes = children;
    }
    free(nodes.at);
    return status;
}

shoal_status shoal_build_btree1(shoal_index_build *build, shoal_error *err)
{
    const shoal_chunked *chunked = build->chunked;
    tree_walk walk = {.build = build, .map = chunked->meta->map, .grid = chunked->grid};
    walk.offset_bytes = chunked->meta->offset_bytes;
    walk.head_bytes = 8 + 2 * (size_t)walk.offset_bytes;
    walk.key_bytes = 8 + 8 * ((size_t)walk.grid->rank + 1);
    walk.entry_bytes = walk.key_bytes + (size_t)walk.offset_bytes;
    walk.entries_left = shoal_map_size(walk.map) / walk.entry_bytes;
    shoal_status status = ensure_capacity(&walk, 4096, err);
    if (status == SHOAL_OK) status = walk_tree(&walk, chunked->storage->address, err);
    free(walk.node);
    return status;
}
