/* Attributes of a file's objects, by path. */
#include "chunk/error.h"
#include "store/attribute_value.h"
#include "store/object.h"
#include <stdlib.h>

void shoal_texts_free(char **texts, size_t n)
{
    for (size_t k = 0; texts && k < n; k++) free(texts[k]);
    free(texts);
}

/* An object's attribute by name; *there is false when it has none. */
static shoal_status find(shoal_file *file, const char *path, const char *name, bool *there,
                         const shoal_metadata **meta, shoal_stored_attribute *out, shoal_error *err)
{
    shoal_found found;
    *there = false;
    if (file->is_npy) return SHOAL_OK;
    char *absolute = shoal_path_absolute(path);
    if (!absolute) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = shoal_object_find(file, absolute, &found, err);
    if (status == SHOAL_OK) {
        *meta = found.meta;
        if (!found.rest)
            status = shoal_attribute_find(found.meta, &found.header, name, there, out, err);
        if (status != SHOAL_OK)
            shoal_fail_within(err, status, "%s:%s: attribute %s", file->path, absolute, name);
        shoal_found_release(&found);
    }
    free(absolute);
    return status;
}

shoal_status shoal_file_attribute_text(shoal_file *file, const char *path, const char *name,
                                       char **out, shoal_error *err)
{
    shoal_stored_attribute attribute;
    const shoal_metadata *meta = NULL;
    bool there;
    *out = NULL;
    shoal_status status = find(file, path, name, &there, &meta, &attribute, err);
    if (status != SHOAL_OK || !there) return status;
    status = shoal_attribute_as_text(meta, &attribute, out, err);
    shoal_attribute_clear(&attribute);
    if (status == SHOAL_OK) return status;
    return shoal_fail_within(err, status, "%s:%s: attribute %s", file->path, path, name);
}

shoal_status shoal_file_attribute_texts(shoal_file *file, const char *path, const char *name,
                                        char ***out, size_t *n, shoal_error *err)
{
    shoal_stored_attribute attribute;
    const shoal_metadata *meta = NULL;
    bool there;
    *out = NULL;
    *n = 0;
    shoal_status status = find(file, path, name, &there, &meta, &attribute, err);
    if (status != SHOAL_OK || !there) return status;
    status = shoal_attribute_as_texts(meta, &attribute, out, n, err);
    shoal_attribute_clear(&attribute);
    if (status == SHOAL_OK) return status;
    return shoal_fail_within(err, status, "%s:%s: attribute %s", file->path, path, name);
}

/* ---- Visiting ---- */

typedef struct showing {
    const shoal_metadata *meta;
    int (*visitor)(void *user, const shoal_attribute *attribute);
    void *user;
} showing;

static shoal_status show(const showing *s, const shoal_stored_attribute *stored, shoal_error *err)
{
    char *type = NULL, *text = NULL, *json = NULL;
    shoal_status status = shoal_attribute_show(s->meta, stored, &type, &text, &json, err);
    if (status != SHOAL_OK) return shoal_fail_within(err, status, "attribute %s", stored->name);
    shoal_attribute shown = {.name = stored->name, .type = type, .text = text, .json = json};
    if (s->visitor(s->user, &shown) != 0) status = shoal_fail(err, SHOAL_CANCELLED, "cancelled");
    free(type);
    free(text);
    free(json);
    return status;
}

shoal_status shoal_attribute_visit(shoal_file *file, const char *path,
                                   int (*visitor)(void *user, const shoal_attribute *attribute),
                                   void *user, shoal_error *err)
{
    if (file->is_npy) return SHOAL_OK;
    shoal_found found;
    shoal_attributes all = {0};
    char *absolute = shoal_path_absolute(path);
    if (!absolute) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = shoal_object_find(file, absolute, &found, err);
    if (status == SHOAL_OK) {
        showing s = {found.meta, visitor, user};
        if (!found.rest) status = shoal_attributes_read(found.meta, &found.header, &all, err);
        for (size_t k = 0; status == SHOAL_OK && k < all.n; k++)
            status = show(&s, &all.attribute[k], err);
        shoal_attributes_free(&all);
        shoal_found_release(&found);
        if (status != SHOAL_OK) shoal_fail_within(err, status, "%s:%s", file->path, absolute);
    }
    free(absolute);
    return status;
}
