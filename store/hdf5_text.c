#include "store/hdf5_text.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/hdf5_lock.h"
#include "store/hdf5_path.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT_BYTES = 1 << 28 }; /* of one attribute: far beyond what HDF5 writes */

void shoal_texts_free(char **texts, size_t n)
{
    for (size_t k = 0; texts && k < n; k++) free(texts[k]);
    free(texts);
}

/* Variable length: libhdf5 allocates each text, and frees it again at the reclaim. */
static shoal_status read_variable(hid_t attribute, hid_t memory, hid_t space, char **texts,
                                  size_t n, shoal_error *err)
{
    char **stored = calloc(n, sizeof *stored);
    if (!stored) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = SHOAL_OK;
    if (H5Aread(attribute, memory, stored) < 0)
        status = shoal_hdf5_fail(err, SHOAL_DATA, "the text cannot be read");
    for (size_t k = 0; status == SHOAL_OK && k < n; k++) {
        texts[k] = strdup(stored[k] ? stored[k] : "");
        if (!texts[k]) status = shoal_fail(err, SHOAL_MEMORY, "out of memory");
    }
    H5Dvlen_reclaim(memory, space, H5P_DEFAULT, stored);
    free(stored);
    return status;
}

static shoal_status read_fixed(hid_t attribute, hid_t type, char **texts, size_t n,
                               shoal_error *err)
{
    size_t size = H5Tget_size(type), n_bytes;
    bool spaces = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
    if (!shoal_mul_size(n, size, &n_bytes) || n_bytes > MAX_TEXT_BYTES)
        return shoal_fail(err, SHOAL_DATA, "the text is too long for an attribute");
    char *bytes = malloc(n_bytes ? n_bytes : 1);
    if (!bytes) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = SHOAL_OK;
    if (H5Aread(attribute, type, bytes) < 0)
        status = shoal_hdf5_fail(err, SHOAL_DATA, "the text cannot be read");
    for (size_t k = 0; status == SHOAL_OK && k < n; k++) {
        size_t length = strnlen(bytes + k * size, size);
        while (spaces && length > 0 && bytes[k * size + length - 1] == ' ') length--;
        texts[k] = strndup(bytes + k * size, length);
        if (!texts[k]) status = shoal_fail(err, SHOAL_MEMORY, "out of memory");
    }
    free(bytes);
    return status;
}

static shoal_status read_texts(hid_t attribute, hid_t type, hid_t space, char ***out, size_t *n,
                               shoal_error *err)
{
    hssize_t count = H5Sget_simple_extent_npoints(space);
    if (H5Tget_class(type) != H5T_STRING) return shoal_fail(err, SHOAL_DATA, "it is not text");
    if (count < 0 || count > MAX_TEXT_BYTES / (hssize_t)sizeof(char *))
        return shoal_fail(err, SHOAL_DATA, "it has too many elements");
    char **texts = calloc(count ? (size_t)count : 1, sizeof *texts);
    if (!texts) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = SHOAL_OK;
    if (count > 0)
        status = H5Tis_variable_str(type) > 0
                     ? read_variable(attribute, type, space, texts, (size_t)count, err)
                     : read_fixed(attribute, type, texts, (size_t)count, err);
    if (status != SHOAL_OK) {
        shoal_texts_free(texts, (size_t)count);
        return status;
    }
    *out = texts;
    *n = (size_t)count;
    return SHOAL_OK;
}

shoal_status shoal_hdf5_attribute_texts(hid_t attribute, char ***out, size_t *n, shoal_error *err)
{
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    shoal_status status = type >= 0 && space >= 0
                              ? read_texts(attribute, type, space, out, n, err)
                              : shoal_hdf5_fail(err, SHOAL_DATA, "it cannot be read");
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    return status;
}

/* Opens an attribute that holds text; H5I_INVALID_HID when there is none. */
static hid_t open_text(hid_t object, const char *name)
{
    if (H5Aexists(object, name) <= 0) return H5I_INVALID_HID;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0) return attribute;
    hid_t type = H5Aget_type(attribute);
    bool is_text = type >= 0 && H5Tget_class(type) == H5T_STRING;
    if (type >= 0) H5Tclose(type);
    if (is_text) return attribute;
    H5Aclose(attribute);
    return H5I_INVALID_HID;
}

shoal_status shoal_hdf5_attribute_text(hid_t object, const char *name, char **out, shoal_error *err)
{
    *out = NULL;
    hid_t attribute = open_text(object, name);
    if (attribute < 0) return SHOAL_OK;
    char **texts = NULL;
    size_t n = 0;
    shoal_status status = shoal_hdf5_attribute_texts(attribute, &texts, &n, err);
    H5Aclose(attribute);
    if (status != SHOAL_OK) return shoal_fail_within(err, status, "attribute %s", name);
    if (n == 1) {
        *out = texts[0];
        texts[0] = NULL;
    }
    shoal_texts_free(texts, n);
    return SHOAL_OK;
}

/* Opens the object at a path, for its attributes, and hands it to the caller with the lock held. */
static shoal_status open_object(const shoal_file *file, const char *path, hid_t *id,
                                shoal_error *err)
{
    char *absolute = shoal_path_absolute(path);
    if (!absolute) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = shoal_hdf5_path_check(file, absolute, err);
    if (status == SHOAL_OK) {
        *id = H5Oopen(file->hdf5_id, absolute, H5P_DEFAULT);
        if (*id < 0)
            status = shoal_hdf5_fail(err, SHOAL_DATA, "%s:%s: damaged", file->path, absolute);
    }
    free(absolute);
    return status;
}

shoal_status shoal_file_attribute_text(shoal_file *file, const char *path, const char *name,
                                       char **out, shoal_error *err)
{
    *out = NULL;
    if (file->is_npy) return SHOAL_OK;
    hid_t id = H5I_INVALID_HID;
    shoal_hdf5_lock();
    shoal_status status = open_object(file, path, &id, err);
    if (status == SHOAL_OK) {
        status = shoal_hdf5_attribute_text(id, name, out, err);
        H5Oclose(id);
        if (status != SHOAL_OK) shoal_fail_within(err, status, "%s:%s", file->path, path);
    }
    shoal_hdf5_unlock();
    return status;
}

shoal_status shoal_file_attribute_texts(shoal_file *file, const char *path, const char *name,
                                        char ***out, size_t *n, shoal_error *err)
{
    *out = NULL;
    *n = 0;
    if (file->is_npy) return SHOAL_OK;
    hid_t id = H5I_INVALID_HID;
    shoal_hdf5_lock();
    shoal_status status = open_object(file, path, &id, err);
    if (status == SHOAL_OK) {
        hid_t attribute = open_text(id, name);
        if (attribute >= 0) {
            status = shoal_hdf5_attribute_texts(attribute, out, n, err);
            if (status != SHOAL_OK)
                shoal_fail_within(err, status, "%s:%s: attribute %s", file->path, path, name);
            H5Aclose(attribute);
        }
        H5Oclose(id);
    }
    shoal_hdf5_unlock();
    return status;
}
