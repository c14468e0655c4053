#include "store/metadata/btree2.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/cursor.h"
#include "store/lookup3.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A node: signature, version, type, records, (not in leaves) pointers to children, checksum. A
   pointer: address, records in the child, (above level 1) records in the child's whole subtree. */

enum {
    MAX_LEVELS = 32,
    PREFIX_BYTES = 6,
    SUM_BYTES = 4,
    MAX_BUFFER_BYTES = 64 << 20,
};

typedef struct tree_level {
    uint64_t max_records; /* in a node of this level */
    size_t pointer_bytes; /* to a node of the level below */
    int total_bytes;      /* how wide the number of records of such a node's subtree is stored */
    uint8_t *node;
} tree_level;

typedef struct tree_walk {
    const shoal_metadata *meta;
    uint64_t address;
    shoal_btree2_info info;
    int count_bytes; /* how wide a node's number of records is stored */
    uint64_t root, root_n;
    tree_level level[MAX_LEVELS]; /* 0: leaves */
    uint64_t nodes_left, n_visited, limit;
    shoal_btree2_order *order; /* NULL: all are wanted */
    shoal_btree2_visitor *visitor;
    void *user;
} tree_walk;

static shoal_status tree_fail(uint64_t at, shoal_error *err, const char *what)
{
    return shoal_fail(err, SHOAL_DATA, "the version-2 B-tree at byte %" PRIu64 " is damaged: %s",
                      at, what);
}

/* How many bytes hold a count up to n. */
static int width_of(uint64_t n)
{
    int n_bytes = 1;
    while (n_bytes < 8 && n >> (8 * n_bytes) != 0) n_bytes++;
    return n_bytes;
}

/* How many records fit the nodes of each level, which is what the pointers' widths follow from. */
static bool measure_levels(tree_walk *walk)
{
    const shoal_btree2_info *info = &walk->info;
    if (info->record_bytes == 0 || info->node_bytes < PREFIX_BYTES + SUM_BYTES) return false;
    size_t room = info->node_bytes - PREFIX_BYTES - SUM_BYTES;
    uint64_t in_subtree = walk->level[0].max_records = room / info->record_bytes;
    walk->count_bytes = width_of(in_subtree);
    for (int k = 1; k <= info->depth; k++) {
        tree_level *level = &walk->level[k];
        level->total_bytes = k > 1 ? width_of(in_subtree) : 0;
        level->pointer_bytes =
            (size_t)(walk->meta->offset_bytes + walk->count_bytes + level->total_bytes);
        if (room < level->pointer_bytes) return false;
        level->max_records =
            (room - level->pointer_bytes) / (info->record_bytes + level->pointer_bytes);
        uint64_t below = in_subtree;
        if (!shoal_mul_u64(level->max_records + 1, below, &in_subtree) ||
            !shoal_add_u64(in_subtree, level->max_records, &in_subtree))
            in_subtree = UINT64_MAX;
    }
    return walk->level[info->depth].max_records > 0;
}

static shoal_status read_header(tree_walk *walk, uint64_t address, int type, shoal_error *err)
{
    const shoal_metadata *meta = walk->meta;
    uint8_t bytes[64];
    size_t n = 16 + (size_t)meta->offset_bytes + 2 + (size_t)meta->length_bytes + SUM_BYTES;
    walk->address = address;
    shoal_status status = shoal_map_pread(meta->map, address, bytes, n, err);
    if (status != SHOAL_OK) return status;
    if (memcmp(bytes, "BTHD", 4) != 0) return tree_fail(address, err, "it has no signature");
    if (bytes[4] != 0) return tree_fail(address, err, "its version is not known");
    shoal_cursor sum = shoal_cursor_over(bytes + n - SUM_BYTES, SUM_BYTES);
    if (shoal_cursor_uint(&sum, 4) != shoal_lookup3(bytes, n - SUM_BYTES))
        return tree_fail(address, err, "its checksum does not match");
    shoal_cursor cursor = shoal_cursor_over(bytes + 5, n - 5);
    shoal_btree2_info *info = &walk->info;
    info->type = (int)shoal_cursor_uint(&cursor, 1);
    info->node_bytes = (size_t)shoal_cursor_uint(&cursor, 4);
    info->record_bytes = (size_t)shoal_cursor_uint(&cursor, 2);
    info->depth = (int)shoal_cursor_uint(&cursor, 2);
    shoal_cursor_skip(&cursor, 2);
    uint64_t root = shoal_cursor_address(&cursor, meta->offset_bytes);
    walk->root_n = shoal_cursor_uint(&cursor, 2);
    info->n_records = shoal_cursor_uint(&cursor, meta->length_bytes);
    if (info->type != type) return tree_fail(address, err, "its records are of another type");
    if (info->depth >= MAX_LEVELS) return tree_fail(address, err, "it is too deep");
    if (info->node_bytes > MAX_BUFFER_BYTES / ((size_t)info->depth + 1))
        return tree_fail(address, err, "its nodes are too large");
    if (!measure_levels(walk)) return tree_fail(address, err, "its nodes are too small");
    if (!shoal_metadata_offset(meta, root, &walk->root) && info->n_records > 0)
        return tree_fail(address, err, "it has no root");
    return SHOAL_OK;
}

/* Reads a node of n records into its level's buffer and checks it. */
static shoal_status read_node(tree_walk *walk, int depth, uint64_t at, uint64_t n, shoal_error *err)
{
    tree_level *level = &walk->level[depth];
    if (walk->nodes_left-- == 0)
        return tree_fail(walk->address, err, "it has more nodes than the file has room for");
    if (n > level->max_records) return tree_fail(at, err, "a node has more records than fit it");
    if (!level->node) level->node = malloc(walk->info.node_bytes);
    if (!level->node) return shoal_fail(err, SHOAL_MEMORY, "no memory for a B-tree's node");
    size_t used = PREFIX_BYTES + (size_t)n * walk->info.record_bytes;
    if (depth > 0) used += ((size_t)n + 1) * level->pointer_bytes;
    shoal_status status = shoal_map_pread(walk->meta->map, at, level->node, used + SUM_BYTES, err);
    if (status != SHOAL_OK) return status;
    if (memcmp(level->node, depth > 0 ? "BTIN" : "BTLF", 4) != 0)
        return tree_fail(at, err, "a node has no signature");
    if (level->node[4] != 0 || level->node[5] != walk->info.type)
        return tree_fail(at, err, "a node is not of this tree");
    shoal_cursor sum = shoal_cursor_over(level->node + used, SUM_BYTES);
    if (shoal_cursor_uint(&sum, 4) != shoal_lookup3(level->node, used))
        return tree_fail(at, err, "a node's checksum does not match");
    return SHOAL_OK;
}

static const uint8_t *record_of(const tree_walk *walk, int depth, uint64_t k)
{
    return walk->level[depth].node + PREFIX_BYTES + (size_t)k * walk->info.record_bytes;
}

/* The k-th child of the node of n records that is in its level's buffer. */
static shoal_status child_of(const tree_walk *walk, int depth, uint64_t n, uint64_t k, uint64_t *at,
                             uint64_t *child_n, shoal_error *err)
{
    size_t pointer_bytes = walk->level[depth].pointer_bytes;
    const uint8_t *pointer = record_of(walk, depth, n) + (size_t)k * pointer_bytes;
    shoal_cursor cursor = shoal_cursor_over(pointer, pointer_bytes);
    uint64_t stored = shoal_cursor_address(&cursor, walk->meta->offset_bytes);
    *child_n = shoal_cursor_uint(&cursor, walk->count_bytes);
    if (!shoal_metadata_offset(walk->meta, stored, at))
        return tree_fail(walk->address, err, "a node has an undefined child");
    return SHOAL_OK;
}

static shoal_status visit_record(tree_walk *walk, const uint8_t *record, shoal_error *err)
{
    if (walk->n_visited == walk->info.n_records)
        return tree_fail(walk->address, err, "it has more records than its header says");
    walk->n_visited++;
    return walk->visitor(walk->user, record, walk->info.record_bytes, err);
}

/* The part of a subtree that is wanted, in order. Recursion is as deep as the tree, which
   read_header has limited. */
static shoal_status visit_node(tree_walk *walk, int depth, uint64_t at, uint64_t n,
                               shoal_error *err)
{
    shoal_status status = read_node(walk, depth, at, n, err);
    for (uint64_t k = 0; status == SHOAL_OK && k <= n && walk->n_visited < walk->limit; k++) {
        const uint8_t *record = k < n ? record_of(walk, depth, k) : NULL;
        int order = 0;
        if (record && walk->order) order = walk->order(walk->user, record, walk->info.record_bytes);
        if (order < 0) continue; /* what is left of this record is before it as well */
        if (depth > 0) {
            uint64_t child, child_n;
            status = child_of(walk, depth, n, k, &child, &child_n, err);
            if (status == SHOAL_OK) status = visit_node(walk, depth - 1, child, child_n, err);
        }
        if (order > 0) break;
        if (status == SHOAL_OK && record && walk->n_visited < walk->limit)
            status = visit_record(walk, record, err);
    }
    return status;
}

static shoal_status run_walk(tree_walk *walk, uint64_t address, int type, size_t min_record_bytes,
                             shoal_error *err)
{
    shoal_status status = read_header(walk, address, type, err);
    if (status != SHOAL_OK) return status;
    if (walk->info.record_bytes < min_record_bytes)
        return tree_fail(address, err, "its records are too short");
    walk->nodes_left = shoal_map_size(walk->meta->map) / walk->info.node_bytes + 1;
    if (walk->info.n_records > 0)
        status = visit_node(walk, walk->info.depth, walk->root, walk->root_n, err);
    for (int k = 0; k <= walk->info.depth; k++) free(walk->level[k].node);
    if (status == SHOAL_OK && !walk->order && walk->n_visited < walk->limit &&
        walk->n_visited < walk->info.n_records)
        return tree_fail(address, err, "it has fewer records than its header says");
    return status;
}

shoal_status shoal_btree2_info_read(const shoal_metadata *meta, uint64_t address, int type,
                                    shoal_btree2_info *out, shoal_error *err)
{
    tree_walk walk = {.meta = meta};
    shoal_status status = read_header(&walk, address, type, err);
    if (status == SHOAL_OK) *out = walk.info;
    return status;
}

shoal_status shoal_btree2_walk(const shoal_metadata *meta, uint64_t address, int type,
                               size_t min_record_bytes, shoal_btree2_visitor *visitor, void *user,
                               uint64_t limit, shoal_error *err)
{
    tree_walk walk = {.meta = meta, .limit = limit, .visitor = visitor, .user = user};
    return run_walk(&walk, address, type, min_record_bytes, err);
}

shoal_status shoal_btree2_find(const shoal_metadata *meta, uint64_t address, int type,
                               size_t min_record_bytes, shoal_btree2_order *order,
                               shoal_btree2_visitor *visitor, void *user, shoal_error *err)
{
    tree_walk walk = {.meta = meta, .limit = UINT64_MAX, .order = order, .visitor = visitor};
    walk.user = user;
    return run_walk(&walk, address, type, min_record_bytes, err);
}
