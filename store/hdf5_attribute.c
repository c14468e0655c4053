#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/hdf5_lock.h"
#include "store/hdf5_path.h"
#include "store/hdf5_text.h"
#include "store/hdf5_type.h"
#include "store/value_text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_VALUE_BYTES = 1 << 28 };

/* One attribute with its texts, all malloc'd. */
typedef struct attribute {
    char *name, *type, *text, *json;
} attribute;

typedef struct attributes {
    attribute *at;
    size_t n, capacity;
    shoal_status status;
    shoal_error *err;
} attributes;

static void free_attributes(attributes *all)
{
    for (size_t k = 0; k < all->n; k++) {
        free(all->at[k].name);
        free(all->at[k].type);
        free(all->at[k].text);
        free(all->at[k].json);
    }
    free(all->at);
}

static shoal_status set_texts(attribute *a, const shoal_value *value, shoal_error *err)
{
    a->text = shoal_value_text(value);
    a->json = shoal_value_json(value);
    return a->text && a->json ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "out of memory");
}

/* A value that has no form of its own, such as a reference: its type in brackets, null in JSON. */
static shoal_status set_opaque(attribute *a, const char *what, shoal_error *err)
{
    if (asprintf(&a->text, "(%s)", what) < 0) a->text = NULL;
    a->json = strdup("null");
    return a->text && a->json ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "out of memory");
}

static shoal_status read_texts(hid_t id, attribute *a, shoal_value *value, shoal_error *err)
{
    char **texts = NULL;
    size_t n = 0;
    shoal_status status = shoal_hdf5_attribute_texts(id, &texts, &n, err);
    if (status != SHOAL_OK) return status;
    value->texts = texts;
    value->count = n;
    status = set_texts(a, value, err);
    shoal_texts_free(texts, n);
    return status;
}

static shoal_status read_numbers(hid_t id, attribute *a, shoal_value *value, shoal_error *err)
{
    size_t n_bytes;
    if (!shoal_mul_size(value->count, value->type.n_bytes, &n_bytes) || n_bytes > MAX_VALUE_BYTES)
        return shoal_fail(err, SHOAL_DATA, "it is too large");
    void *values = malloc(n_bytes ? n_bytes : 1);
    if (!values) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    hid_t memory = shoal_hdf5_type_make(value->type);
    shoal_status status = SHOAL_OK;
    if (memory < 0 || (value->count > 0 && H5Aread(id, memory, values) < 0))
        status = shoal_hdf5_fail(err, SHOAL_DATA, "it cannot be read");
    if (memory >= 0) H5Tclose(memory);
    value->values = values;
    if (status == SHOAL_OK) status = set_texts(a, value, err);
    free(values);
    return status;
}

static shoal_status read_value(hid_t id, hid_t type, hid_t space, attribute *a, shoal_error *err)
{
    shoal_value value = {0};
    char stored[64], why[256];
    bool big_endian;
    hsize_t shape[H5S_MAX_RANK] = {0};
    bool is_text = H5Tget_class(type) == H5T_STRING;
    bool known = shoal_hdf5_type_read(type, &value.type, &big_endian, stored, why);
    a->type = strdup(stored);
    if (!a->type) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    if (H5Sget_simple_extent_type(space) == H5S_NULL) return set_opaque(a, "empty", err);
    if (!known && !is_text) return set_opaque(a, stored, err);
    hssize_t count = H5Sget_simple_extent_npoints(space);
    value.rank = H5Sget_simple_extent_dims(space, shape, NULL);
    if (count < 0 || value.rank < 0)
        return shoal_hdf5_fail(err, SHOAL_DATA, "its shape cannot be read");
    value.count = (size_t)count;
    for (int k = 0; k < value.rank; k++) value.shape[k] = shape[k];
    return is_text ? read_texts(id, a, &value, err) : read_numbers(id, a, &value, err);
}

static shoal_status read_attribute(hid_t object, const char *name, attribute *a, shoal_error *err)
{
    a->name = strdup(name);
    if (!a->name) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    hid_t id = H5Aopen(object, name, H5P_DEFAULT);
    if (id < 0) return shoal_hdf5_fail(err, SHOAL_DATA, "it cannot be opened");
    hid_t type = H5Aget_type(id), space = H5Aget_space(id);
    shoal_status status = type >= 0 && space >= 0
                              ? read_value(id, type, space, a, err)
                              : shoal_hdf5_fail(err, SHOAL_DATA, "it cannot be read");
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    H5Aclose(id);
    return status;
}

static herr_t collect_attribute(hid_t object, const char *name, const H5A_info_t *info, void *user)
{
    (void)info;
    attributes *all = user;
    if (all->n == all->capacity) {
        size_t wanted = all->capacity < 16 ? 16 : all->capacity * 2;
        attribute *grown = realloc(all->at, wanted * sizeof *grown);
        if (!grown) {
            all->status = shoal_fail(all->err, SHOAL_MEMORY, "out of memory");
            return -1;
        }
        all->at = grown;
        all->capacity = wanted;
    }
    all->at[all->n] = (attribute){0};
    all->status = read_attribute(object, name, &all->at[all->n++], all->err);
    if (all->status == SHOAL_OK) return 0;
    shoal_fail_within(all->err, all->status, "attribute %s", name);
    return -1;
}

/* Reads all attributes of the object at an absolute path, with the lock held. */
static shoal_status read_all(const shoal_file *file, const char *path, attributes *all,
                             shoal_error *err)
{
    shoal_status status = shoal_hdf5_path_check(file, path, err);
    if (status != SHOAL_OK) return status;
    hid_t object = H5Oopen(file->hdf5_id, path, H5P_DEFAULT);
    if (object < 0) return shoal_hdf5_fail(err, SHOAL_DATA, "%s:%s: damaged", file->path, path);
    hsize_t at = 0;
    all->err = err;
    if (H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &at, collect_attribute, all) < 0)
        status = all->status != SHOAL_OK
                     ? shoal_fail_within(err, all->status, "%s:%s", file->path, path)
                     : shoal_hdf5_fail(err, SHOAL_DATA, "%s:%s: the attributes cannot be read",
                                       file->path, path);
    if (status == SHOAL_OK) status = all->status;
    H5Oclose(object);
    return status;
}

shoal_status shoal_attribute_visit(shoal_file *file, const char *path,
                                   int (*visitor)(void *user, const shoal_attribute *attribute),
                                   void *user, shoal_error *err)
{
    if (file->is_npy) return SHOAL_OK;
    attributes all = {0};
    char *absolute = shoal_path_absolute(path);
    if (!absolute) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_hdf5_lock();
    shoal_status status = read_all(file, absolute, &all, err);
    shoal_hdf5_unlock();
    free(absolute);
    for (size_t k = 0; status == SHOAL_OK && k < all.n; k++) {
        const attribute *a = &all.at[k];
        shoal_attribute shown = {
            .name = a->name, .type = a->type, .text = a->text, .json = a->json};
        if (visitor(user, &shown) != 0)
            status = shoal_fail(err, SHOAL_CANCELLED, "%s: cancelled", file->path);
    }
    free_attributes(&all);
    return status;
}
