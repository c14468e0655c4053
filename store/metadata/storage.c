#include "store/metadata/storage.h"

#include "chunk/error.h"
#include "store/cursor.h"
#include <inttypes.h>

enum {
    STORED_COMPACT = 0,
    STORED_CONTIGUOUS = 1,
    STORED_CHUNKED = 2,
    STORED_VIRTUAL = 3,
    EDGES_NOT_FILTERED = 1, /* flags of version 4 */
    SINGLE_FILTERED = 2,
};

static shoal_status layout_fail(const shoal_message *message, shoal_error *err, const char *what)
{
    return shoal_fail(err, SHOAL_DATA, "the data layout message at byte %" PRIu64 " is damaged: %s",
                      message->at, what);
}

static shoal_status read_address(const shoal_metadata *meta, const shoal_message *message,
                                 shoal_cursor *cursor, shoal_storage *out, shoal_error *err)
{
    uint64_t stored = shoal_cursor_address(cursor, meta->offset_bytes);
    out->allocated = stored != UINT64_MAX;
    if (!cursor->ok) return layout_fail(message, err, "it is cut off");
    if (out->allocated && !shoal_metadata_offset(meta, stored, &out->address))
        return layout_fail(message, err, "the data's address overflows");
    return SHOAL_OK;
}

/* The number of dimensions counts the element's bytes as the last one. */
static shoal_status read_rank(const shoal_message *message, uint64_t n, shoal_storage *out,
                              shoal_error *err)
{
    if (n < 2 || n > SHOAL_MAX_RANK + 1)
        return layout_fail(message, err, "its chunks have no rank that can be");
    out->chunk_rank = (int)n - 1;
    return SHOAL_OK;
}

static shoal_status read_chunk(const shoal_message *message, shoal_cursor *cursor, int n_bytes,
                               shoal_storage *out, shoal_error *err)
{
    for (int k = 0; k < out->chunk_rank; k++) {
        out->chunk[k] = shoal_cursor_uint(cursor, n_bytes);
        if (cursor->ok && out->chunk[k] == 0)
            return layout_fail(message, err, "its chunks are empty");
    }
    out->element_bytes = shoal_cursor_uint(cursor, n_bytes);
    if (!cursor->ok) return layout_fail(message, err, "it is cut off");
    return SHOAL_OK;
}

static shoal_status read_compact(const shoal_message *message, shoal_cursor *cursor, int n_bytes,
                                 shoal_storage *out, shoal_error *err)
{
    out->n_bytes = shoal_cursor_uint(cursor, n_bytes);
    out->address = message->at + (message->n - cursor->left);
    out->allocated = out->n_bytes > 0;
    if (!cursor->ok || out->n_bytes > cursor->left || message->at == UINT64_MAX)
        return layout_fail(message, err, "its compact data are cut off");
    return SHOAL_OK;
}

/* Versions 1 and 2: dimensions, class, 5 reserved, address, the dimensions, compact data. */
static shoal_status read_old(const shoal_metadata *meta, const shoal_message *message,
                             shoal_cursor *cursor, shoal_storage *out, shoal_error *err)
{
    uint64_t n = shoal_cursor_uint(cursor, 1), class_ = shoal_cursor_uint(cursor, 1);
    shoal_status status = SHOAL_OK;
    shoal_cursor_skip(cursor, 5);
    out->n_bytes = UINT64_MAX;
    if (class_ > STORED_CHUNKED) return layout_fail(message, err, "its class is not known");
    if (class_ == STORED_COMPACT) {
        shoal_cursor_skip(cursor, 4 * (size_t)n);
        out->class_ = SHOAL_STORED_COMPACT;
        return read_compact(message, cursor, 4, out, err);
    }
    status = read_address(meta, message, cursor, out, err);
    if (status != SHOAL_OK || class_ == STORED_CONTIGUOUS) return status;
    out->class_ = SHOAL_STORED_CHUNKED;
    status = read_rank(message, n, out, err);
    if (status != SHOAL_OK) return status;
    return read_chunk(message, cursor, 4, out, err);
}

/* Version 3: dimensions, the index's address, the dimensions. */
static shoal_status read_chunked(const shoal_metadata *meta, const shoal_message *message,
                                 shoal_cursor *cursor, shoal_storage *out, shoal_error *err)
{
    shoal_status status = read_rank(message, shoal_cursor_uint(cursor, 1), out, err);
    if (status == SHOAL_OK) status = read_address(meta, message, cursor, out, err);
    if (status == SHOAL_OK) status = read_chunk(message, cursor, 4, out, err);
    return status;
}

static void read_array(shoal_cursor *cursor, shoal_storage *out)
{
    out->max_bits = (int)shoal_cursor_uint(cursor, 1);
    out->index_elements = (int)shoal_cursor_uint(cursor, 1);
    out->min_pointers = (int)shoal_cursor_uint(cursor, 1);
    out->min_elements = (int)shoal_cursor_uint(cursor, 1);
    out->page_bits = (int)shoal_cursor_uint(cursor, 1);
}

/* What an index needs to be told. */
static shoal_status read_parameters(const shoal_metadata *meta, const shoal_message *message,
                                    uint64_t flags, shoal_cursor *cursor, shoal_storage *out,
                                    shoal_error *err)
{
    uint64_t kind = shoal_cursor_uint(cursor, 1);
    if (kind < SHOAL_INDEX_SINGLE || kind > SHOAL_INDEX_BTREE2)
        return layout_fail(message, err, "its chunk index is of no known kind");
    out->index = (shoal_index_kind)kind;
    switch (out->index) {
    case SHOAL_INDEX_SINGLE:
        if (!(flags & SINGLE_FILTERED)) break;
        out->single_n_bytes = shoal_cursor_uint(cursor, meta->length_bytes);
        out->single_mask = (uint32_t)shoal_cursor_uint(cursor, 4);
        break;
    case SHOAL_INDEX_FIXED_ARRAY: out->page_bits = (int)shoal_cursor_uint(cursor, 1); break;
    case SHOAL_INDEX_EXTENSIBLE_ARRAY: read_array(cursor, out); break;
    case SHOAL_INDEX_BTREE2: shoal_cursor_skip(cursor, 6); break; /* its header has them too */
    default: break;
    }
    if (!cursor->ok) return layout_fail(message, err, "it is cut off");
    return SHOAL_OK;
}

/* Versions 4 and 5: flags, dimensions, how wide they are stored, the dimensions, the index's kind,
   what it needs to be told, its address. */
static shoal_status read_indexed(const shoal_metadata *meta, const shoal_message *message,
                                 shoal_cursor *cursor, shoal_storage *out, shoal_error *err)
{
    uint64_t flags = shoal_cursor_uint(cursor, 1);
    out->edges_not_filtered = flags & EDGES_NOT_FILTERED;
    if (flags > (EDGES_NOT_FILTERED | SINGLE_FILTERED))
        return layout_fail(message, err, "its flags are not known");
    shoal_status status = read_rank(message, shoal_cursor_uint(cursor, 1), out, err);
    if (status != SHOAL_OK) return status;
    uint64_t n_bytes = shoal_cursor_uint(cursor, 1);
    if (n_bytes < 1 || n_bytes > 8)
        return layout_fail(message, err, "its dimensions are of no known width");
    status = read_chunk(message, cursor, (int)n_bytes, out, err);
    if (status == SHOAL_OK) status = read_parameters(meta, message, flags, cursor, out, err);
    if (status == SHOAL_OK) status = read_address(meta, message, cursor, out, err);
    return status;
}

/* Versions 3 and later: the class, then what the class has. */
static shoal_status read_new(const shoal_metadata *meta, const shoal_message *message,
                             shoal_cursor *cursor, shoal_storage *out, shoal_error *err)
{
    uint64_t class_ = shoal_cursor_uint(cursor, 1);
    shoal_status status = SHOAL_OK;
    out->class_ = (shoal_storage_class)class_;
    switch (class_) {
    case STORED_COMPACT: return read_compact(message, cursor, 2, out, err);
    case STORED_CONTIGUOUS:
        status = read_address(meta, message, cursor, out, err);
        out->n_bytes = shoal_cursor_uint(cursor, meta->length_bytes);
        break;
    case STORED_CHUNKED:
        if (out->version == 3) return read_chunked(meta, message, cursor, out, err);
        return read_indexed(meta, message, cursor, out, err);
    case STORED_VIRTUAL:
        if (out->version == 3) return layout_fail(message, err, "its class is not known");
        status = read_address(meta, message, cursor, out, err);
        out->heap_index = (uint32_t)shoal_cursor_uint(cursor, 4);
        break;
    default: return layout_fail(message, err, "its class is not known");
    }
    if (status == SHOAL_OK && !cursor->ok) return layout_fail(message, err, "it is cut off");
    return status;
}

shoal_status shoal_storage_parse(const shoal_metadata *meta, const shoal_message *message,
                                 shoal_storage *out, shoal_error *err)
{
    shoal_cursor cursor = shoal_cursor_over(message->bytes, message->n);
    shoal_storage storage = {.version = (int)shoal_cursor_uint(&cursor, 1)};
    storage.class_ = SHOAL_STORED_CONTIGUOUS;
    if (storage.version < 1 || storage.version > 5)
        return layout_fail(message, err, "its version is not known");
    shoal_status status = storage.version < 3 ? read_old(meta, message, &cursor, &storage, err)
                                              : read_new(meta, message, &cursor, &storage, err);
    if (status == SHOAL_OK) *out = storage;
    return status;
}
