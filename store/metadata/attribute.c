#include "store/metadata/attribute.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/metadata/attribute_list.h"
#include <stdlib.h>
#include <string.h>

enum { VALUES_LIMIT = 64 << 20, SHARED_TYPE = 1, SHARED_SPACE = 2 };

static shoal_status attribute_fail(shoal_error *err, const char *what)
{
    return shoal_fail(err, SHOAL_DATA, "an attribute message is damaged: %s", what);
}

/* The fields in front of the parts; the cursor then stands at the name. */
typedef struct attribute_head {
    bool padded; /* each part to a multiple of 8 bytes */
    uint64_t flags;
    size_t name_bytes, type_bytes, space_bytes;
} attribute_head;

static shoal_status parse_head(shoal_cursor *cursor, attribute_head *out, shoal_error *err)
{
    uint64_t version = shoal_cursor_uint(cursor, 1);
    out->padded = version == 1;
    out->flags = shoal_cursor_uint(cursor, 1);
    if (version == 1) out->flags = 0; /* reserved */
    out->name_bytes = (size_t)shoal_cursor_uint(cursor, 2);
    out->type_bytes = (size_t)shoal_cursor_uint(cursor, 2);
    out->space_bytes = (size_t)shoal_cursor_uint(cursor, 2);
    if (version == 3) shoal_cursor_skip(cursor, 1); /* the name's character set */
    if (!cursor->ok) return attribute_fail(err, "it is cut off");
    if (version < 1 || version > 3) return attribute_fail(err, "its version is not known");
    return SHOAL_OK;
}

/* The next part: n bytes, and in version 1 what pads them, as far as there is any. */
static const uint8_t *take_part(shoal_cursor *cursor, const attribute_head *head, size_t n)
{
    const uint8_t *part = cursor->at;
    size_t padded = head->padded ? (n + 7) / 8 * 8 : n;
    shoal_cursor_skip(cursor, padded > cursor->left && n <= cursor->left ? cursor->left : padded);
    return part;
}

/* Bytes of a part, or what they refer to, which is then *owned. */
static shoal_status follow_part(shoal_attribute_walk *walk, int type, bool shared,
                                const uint8_t **bytes, size_t *n, uint8_t **owned, shoal_error *err)
{
    shoal_shared_message message;
    *owned = NULL;
    if (!shared) return SHOAL_OK;
    shoal_status status =
        shoal_shared_message_read(walk->meta, type, *bytes, *n, &walk->shared_left, &message, err);
    if (status != SHOAL_OK) return status;
    *bytes = *owned = message.bytes;
    *n = message.n;
    return SHOAL_OK;
}

static shoal_status take_type(shoal_attribute_walk *walk, const uint8_t *bytes, size_t n,
                              bool shared, shoal_stored_attribute *out, shoal_error *err)
{
    uint8_t *owned;
    shoal_status status =
        follow_part(walk, SHOAL_MESSAGE_DATATYPE, shared, &bytes, &n, &owned, err);
    if (status == SHOAL_OK) status = shoal_datatype_parse(walk->meta, bytes, n, &out->type, err);
    free(owned);
    return status;
}

static shoal_status take_space(shoal_attribute_walk *walk, const uint8_t *bytes, size_t n,
                               bool shared, shoal_stored_attribute *out, shoal_error *err)
{
    uint8_t *owned;
    shoal_status status =
        follow_part(walk, SHOAL_MESSAGE_DATASPACE, shared, &bytes, &n, &owned, err);
    if (status == SHOAL_OK) status = shoal_dataspace_parse(walk->meta, bytes, n, &out->space, err);
    free(owned);
    return status;
}

/* As many bytes as type and shape say; the message may have padding behind. */
static shoal_status take_value(shoal_attribute_walk *walk, const uint8_t *bytes, size_t left,
                               shoal_stored_attribute *out, shoal_error *err)
{
    uint64_t n_elements, n;
    if (!shoal_product(out->space.rank, out->space.shape, &n_elements) ||
        !shoal_mul_u64(n_elements, out->type->n_bytes, &n) || (n > left && !out->space.is_null))
        return attribute_fail(err, "its value is cut off");
    if (out->space.is_null) n = 0;
    if (n > walk->values_left)
        return shoal_fail(err, SHOAL_DATA, "the attributes of an object are larger than %d bytes",
                          VALUES_LIMIT);
    walk->values_left -= n;
    out->n_bytes = (size_t)n;
    out->bytes = malloc(n ? (size_t)n : 1);
    if (!out->bytes) return shoal_fail(err, SHOAL_MEMORY, "no memory for an attribute");
    memcpy(out->bytes, bytes, (size_t)n);
    return SHOAL_OK;
}

shoal_status shoal_attribute_parse(shoal_attribute_walk *walk, const uint8_t *bytes, size_t n,
                                   shoal_stored_attribute *out, shoal_error *err)
{
    shoal_stored_attribute attribute = {0};
    shoal_cursor cursor = shoal_cursor_over(bytes, n);
    attribute_head head;
    shoal_status status = parse_head(&cursor, &head, err);
    if (status != SHOAL_OK) return status;
    const uint8_t *name = take_part(&cursor, &head, head.name_bytes);
    const uint8_t *type = take_part(&cursor, &head, head.type_bytes);
    const uint8_t *space = take_part(&cursor, &head, head.space_bytes);
    if (!cursor.ok) return attribute_fail(err, "it is cut off");
    attribute.name = strndup((const char *)name, head.name_bytes);
    if (!attribute.name) return shoal_fail(err, SHOAL_MEMORY, "no memory for an attribute");
    status = take_type(walk, type, head.type_bytes, head.flags & SHARED_TYPE, &attribute, err);
    if (status == SHOAL_OK)
        status =
            take_space(walk, space, head.space_bytes, head.flags & SHARED_SPACE, &attribute, err);
    if (status == SHOAL_OK) status = take_value(walk, cursor.at, cursor.left, &attribute, err);
    if (status == SHOAL_OK)
        *out = attribute;
    else
        shoal_attribute_clear(&attribute);
    return status;
}

bool shoal_attribute_is_named(const uint8_t *bytes, size_t n, const char *name)
{
    shoal_cursor cursor = shoal_cursor_over(bytes, n);
    attribute_head head;
    if (parse_head(&cursor, &head, NULL) != SHOAL_OK || head.name_bytes > cursor.left) return false;
    size_t length = strnlen((const char *)cursor.at, head.name_bytes);
    return strlen(name) == length && memcmp(cursor.at, name, length) == 0;
}

shoal_attribute_walk shoal_attribute_walk_of(const shoal_metadata *meta)
{
    return (shoal_attribute_walk){
        .meta = meta, .values_left = VALUES_LIMIT, .shared_left = SHOAL_HEADER_LIMIT};
}

void shoal_attribute_clear(shoal_stored_attribute *attribute)
{
    free(attribute->name);
    free(attribute->bytes);
    shoal_datatype_free(attribute->type);
    *attribute = (shoal_stored_attribute){0};
}

void shoal_attributes_free(shoal_attributes *attributes)
{
    for (size_t k = 0; k < attributes->n; k++) shoal_attribute_clear(&attributes->attribute[k]);
    free(attributes->attribute);
    *attributes = (shoal_attributes){0};
}
