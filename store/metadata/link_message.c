#include "chunk/error.h"
#include "store/cursor.h"
#include "store/metadata/link_list.h"
#include <stdlib.h>
#include <string.h>

enum {
    HAS_ORDER = 0x04,
    HAS_KIND = 0x08,
    HAS_CHARACTER_SET = 0x10,
    STORED_HARD = 0,
    STORED_SOFT = 1,
    STORED_EXTERNAL = 64,
};

static shoal_status link_fail(shoal_error *err, const char *what)
{
    return shoal_fail(err, SHOAL_DATA, "a link message is damaged: %s", what);
}

/* Up to the name; the cursor then stands behind it. */
static bool parse_head(shoal_cursor *cursor, uint64_t *kind, const uint8_t **name, size_t *n)
{
    uint64_t version = shoal_cursor_uint(cursor, 1);
    uint64_t flags = shoal_cursor_uint(cursor, 1);
    *kind = flags & HAS_KIND ? shoal_cursor_uint(cursor, 1) : STORED_HARD;
    if (flags & HAS_ORDER) shoal_cursor_skip(cursor, 8);
    if (flags & HAS_CHARACTER_SET) shoal_cursor_skip(cursor, 1);
    uint64_t length = shoal_cursor_uint(cursor, 1 << (flags & 3));
    if (!cursor->ok || version != 1 || length == 0 || length > cursor->left) return false;
    *name = cursor->at;
    *n = (size_t)length;
    shoal_cursor_skip(cursor, *n);
    return true;
}

/* A text of at most n bytes, which ends early at a NUL. */
static shoal_status take_text(const uint8_t *bytes, size_t n, uint64_t *budget, char **out,
                              shoal_error *err)
{
    size_t length = strnlen((const char *)bytes, n);
    if (length >= *budget) return link_fail(err, "its texts are longer than the file");
    *out = strndup((const char *)bytes, length);
    if (!*out) return shoal_fail(err, SHOAL_MEMORY, "no memory for a link");
    *budget -= length + 1;
    return SHOAL_OK;
}

/* A byte of version and flags, a file's name and a path, each with its NUL. */
static shoal_status take_external(const uint8_t *bytes, size_t n, uint64_t *budget, shoal_link *out,
                                  shoal_error *err)
{
    const uint8_t *end = n > 1 ? memchr(bytes + 1, 0, n - 1) : NULL;
    if (!end || bytes[0] >> 4 != 0) return link_fail(err, "an external link's target");
    shoal_status status = take_text(bytes + 1, n - 1, budget, &out->target_file, err);
    if (status != SHOAL_OK) return status;
    size_t left = n - (size_t)(end + 1 - bytes);
    return take_text(end + 1, left, budget, &out->target, err);
}

static shoal_status take_target(const shoal_metadata *meta, shoal_cursor *cursor, uint64_t kind,
                                uint64_t *budget, shoal_link *out, shoal_error *err)
{
    if (kind == STORED_HARD) {
        uint64_t stored = shoal_cursor_address(cursor, meta->offset_bytes);
        if (!shoal_metadata_offset(meta, stored, &out->address))
            return link_fail(err, "it has no address");
        return SHOAL_OK;
    }
    out->kind = kind == STORED_SOFT       ? SHOAL_LINK_SOFT
                : kind == STORED_EXTERNAL ? SHOAL_LINK_EXTERNAL
                                          : SHOAL_LINK_OTHER;
    if (out->kind == SHOAL_LINK_OTHER) return SHOAL_OK;
    uint64_t n = shoal_cursor_uint(cursor, 2);
    if (!cursor->ok || n > cursor->left) return link_fail(err, "its target is cut off");
    if (kind == STORED_SOFT) return take_text(cursor->at, (size_t)n, budget, &out->target, err);
    return take_external(cursor->at, (size_t)n, budget, out, err);
}

shoal_status shoal_link_parse(const shoal_metadata *meta, const uint8_t *bytes, size_t n,
                              uint64_t *budget, shoal_link *out, shoal_error *err)
{
    shoal_cursor cursor = shoal_cursor_over(bytes, n);
    shoal_link link = {.kind = SHOAL_LINK_HARD};
    uint64_t kind;
    const uint8_t *name;
    size_t length;
    if (!parse_head(&cursor, &kind, &name, &length)) return link_fail(err, "its name is cut off");
    shoal_status status = take_text(name, length, budget, &link.name, err);
    if (status == SHOAL_OK) status = take_target(meta, &cursor, kind, budget, &link, err);
    if (status == SHOAL_OK)
        *out = link;
    else
        shoal_link_clear(&link);
    return status;
}

bool shoal_link_is_named(const uint8_t *bytes, size_t n, const char *name)
{
    shoal_cursor cursor = shoal_cursor_over(bytes, n);
    uint64_t kind;
    const uint8_t *text;
    size_t length;
    if (!parse_head(&cursor, &kind, &text, &length)) return false;
    length = strnlen((const char *)text, length);
    return strlen(name) == length && memcmp(text, name, length) == 0;
}
