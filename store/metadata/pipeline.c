#include "chunk/error.h"
#include "store/cursor.h"
#include "store/metadata/storage.h"

/* The messages of filters and of the fill value. */

enum { FIRST_NAMED_ID = 256, FLAG_OPTIONAL = 1, FILL_HAS_VALUE = 0x20 };

static shoal_status pipeline_fail(shoal_error *err, const char *what)
{
    return shoal_fail(err, SHOAL_DATA, "the filter pipeline message is damaged: %s", what);
}

/* A filter: number, length of its name, flags, how many values, the name, the values. Version 2
   leaves a known filter's name and all padding out. */
static shoal_status read_filter(shoal_cursor *cursor, bool old, shoal_pipeline *pipeline,
                                shoal_error *err)
{
    uint32_t values[SHOAL_MAX_FILTER_VALUES];
    uint16_t id = (uint16_t)shoal_cursor_uint(cursor, 2);
    bool named = old || id >= FIRST_NAMED_ID;
    size_t name_bytes = named ? (size_t)shoal_cursor_uint(cursor, 2) : 0;
    bool optional = shoal_cursor_uint(cursor, 2) & FLAG_OPTIONAL;
    size_t n_values = (size_t)shoal_cursor_uint(cursor, 2);
    if (old) name_bytes = (name_bytes + 7) / 8 * 8;
    shoal_cursor_skip(cursor, name_bytes);
    if (!cursor->ok) return pipeline_fail(err, "it is cut off");
    if (n_values > SHOAL_MAX_FILTER_VALUES)
        return shoal_fail(err, SHOAL_DATA, "filter %d has %zu parameters, at most %d are known", id,
                          n_values, SHOAL_MAX_FILTER_VALUES);
    for (size_t k = 0; k < n_values; k++) values[k] = (uint32_t)shoal_cursor_uint(cursor, 4);
    if (!cursor->ok) return pipeline_fail(err, "it is cut off");
    if (old && n_values % 2 == 1) shoal_cursor_skip(cursor, cursor->left < 4 ? 0 : 4);
    return shoal_pipeline_add(pipeline, id, optional, values, n_values, err);
}

shoal_status shoal_pipeline_message(const shoal_message *message, shoal_pipeline *out,
                                    shoal_error *err)
{
    shoal_cursor cursor = shoal_cursor_over(message->bytes, message->n);
    shoal_pipeline pipeline = {0};
    uint64_t version = shoal_cursor_uint(&cursor, 1);
    int n = (int)shoal_cursor_uint(&cursor, 1);
    if (version == 1) shoal_cursor_skip(&cursor, 6);
    if (!cursor.ok) return pipeline_fail(err, "it is cut off");
    if (version != 1 && version != 2) return pipeline_fail(err, "its version is not known");
    for (int k = 0; k < n; k++) {
        shoal_status status = read_filter(&cursor, version == 1, &pipeline, err);
        if (status != SHOAL_OK) return status;
    }
    *out = pipeline;
    return SHOAL_OK;
}

static shoal_status take_value(shoal_cursor *cursor, const uint8_t **bytes, size_t *n,
                               shoal_error *err)
{
    uint64_t length = shoal_cursor_uint(cursor, 4);
    if (cursor->ok && length == UINT32_MAX) return SHOAL_OK; /* -1: undefined */
    if (!cursor->ok || length > cursor->left)
        return shoal_fail(err, SHOAL_DATA, "the fill value message is damaged: it is cut off");
    *bytes = cursor->at;
    *n = (size_t)length;
    return SHOAL_OK;
}

/* Versions 1 and 2: when to allocate, when to fill, whether there is a value. Version 3: all that
   in one byte of flags. */
static shoal_status read_fill(const shoal_message *message, const uint8_t **bytes, size_t *n,
                              shoal_error *err)
{
    shoal_cursor cursor = shoal_cursor_over(message->bytes, message->n);
    uint64_t version = shoal_cursor_uint(&cursor, 1);
    bool has_value = false;
    if (version == 1 || version == 2) {
        shoal_cursor_skip(&cursor, 2);
        has_value = shoal_cursor_uint(&cursor, 1) != 0;
    } else if (version == 3) {
        has_value = shoal_cursor_uint(&cursor, 1) & FILL_HAS_VALUE;
    } else {
        cursor.ok = false;
    }
    if (!cursor.ok)
        return shoal_fail(err, SHOAL_DATA,
                          "the fill value message is damaged, or its version is not known");
    return has_value ? take_value(&cursor, bytes, n, err) : SHOAL_OK;
}

shoal_status shoal_fill_message(const shoal_object_header *header, const uint8_t **bytes, size_t *n,
                                shoal_error *err)
{
    const shoal_message *message = shoal_object_header_find(header, SHOAL_MESSAGE_FILL);
    const shoal_message *old = shoal_object_header_find(header, SHOAL_MESSAGE_FILL_OLD);
    *bytes = NULL;
    *n = 0;
    if (message) return read_fill(message, bytes, n, err);
    if (!old) return SHOAL_OK;
    shoal_cursor cursor = shoal_cursor_over(old->bytes, old->n);
    return take_value(&cursor, bytes, n, err);
}
