#include "store/cf_input.h"

#include "chunk/error.h"
#include "store/attribute_value.h"
#include "store/dimension.h"
#include "store/object.h"
#include "store/view.h"
#include <stdlib.h>
#include <string.h>

void shoal_cf_value_free(shoal_cf_value *value)
{
    free(value->numbers);
    shoal_texts_free(value->texts, value->n);
    *value = (shoal_cf_value){0};
}

bool shoal_cf_value_equal(const shoal_cf_value *a, const shoal_cf_value *b)
{
    if (a->exists != b->exists || a->found != b->found || a->is_text != b->is_text || a->n != b->n)
        return false;
    if (a->found && !a->is_text)
        return a->type.code == b->type.code &&
               memcmp(a->numbers, b->numbers, a->n * a->type.n_bytes) == 0;
    for (size_t k = 0; a->found && k < a->n; k++)
        if (strcmp(a->texts[k], b->texts[k]) != 0) return false;
    return true;
}

static bool is_text(const shoal_datatype *type)
{
    return type->class_ == SHOAL_CLASS_TEXT ||
           (type->class_ == SHOAL_CLASS_SEQUENCE && type->is_text);
}

/* Numbers as datasets of the same type would be read. Text, records and arrays are none. */
static shoal_status read_numbers(const shoal_stored_attribute *from, shoal_cf_value *out,
                                 shoal_error *err)
{
    shoal_view view;
    shoal_status status = shoal_view_make(from->type, NULL, 0, &view, err);
    size_t n = from->n_bytes / from->type->n_bytes;
    out->type = view.type;
    if (status == SHOAL_OK && view.readable && view.extra_rank == 0 &&
        view.type.code < SHOAL_TEXT) {
        out->n = n;
        out->numbers = calloc(n + 1, view.type.n_bytes);
        if (!out->numbers)
            status = shoal_fail(err, SHOAL_MEMORY, "out of memory");
        else
            status = shoal_view_read(&view, from->bytes, n, out->numbers, err);
        out->found = status == SHOAL_OK;
    }
    shoal_view_clear(&view);
    return status;
}

static shoal_status read_value(const shoal_metadata *meta, const shoal_stored_attribute *from,
                               shoal_cf_value *out, shoal_error *err)
{
    size_t n = from->n_bytes / from->type->n_bytes;
    out->is_text = is_text(from->type);
    if (n > SHOAL_CF_MAX_VALUES) return shoal_fail(err, SHOAL_DATA, "it has %zu elements", n);
    if (!out->is_text) return read_numbers(from, out, err);
    shoal_status status = shoal_attribute_as_texts(meta, from, &out->texts, &out->n, err);
    out->found = status == SHOAL_OK;
    return status;
}

shoal_status shoal_cf_value_read(shoal_file *file, const char *path, const char *name,
                                 shoal_cf_value *out, shoal_error *err)
{
    shoal_found found;
    shoal_stored_attribute attribute;
    bool there = false;
    *out = (shoal_cf_value){0};
    if (!file || file->is_npy) return SHOAL_OK;
    shoal_status status = shoal_object_find(file, path, &found, err);
    if (status != SHOAL_OK) return status;
    if (!found.rest)
        status = shoal_attribute_find(found.meta, &found.header, name, &there, &attribute, err);
    if (status == SHOAL_OK && there) {
        out->exists = true;
        status = read_value(found.meta, &attribute, out, err);
        shoal_attribute_clear(&attribute);
    }
    shoal_found_release(&found);
    if (status == SHOAL_OK) return status;
    shoal_cf_value_free(out);
    return shoal_fail_within(err, status, "%s:%s: attribute %s", file->path, path, name);
}

shoal_status shoal_cf_scale_path(shoal_file *file, const char *path, int axis, char **out,
                                 shoal_error *err)
{
    char *paths[SHOAL_MAX_RANK] = {NULL};
    *out = NULL;
    if (!file || file->is_npy) return SHOAL_OK;
    shoal_status status = shoal_dimension_scales(file, path, axis + 1, paths, err);
    if (status == SHOAL_OK) {
        *out = paths[axis];
        paths[axis] = NULL;
    }
    for (int k = 0; k <= axis; k++) free(paths[k]);
    return status;
}
