/* Attributes of a writer's objects, in the forms that h5py gives back as str, numbers and lists. */
#include "chunk/checked.h"
#include "chunk/error.h"
#include "chunk/type.h"
#include "store/hdf5_lock.h"
#include "store/hdf5_object.h"
#include "store/hdf5_type.h"
#include "store/hdf5_writer.h"
#include <stdlib.h>
#include <string.h>

/* An attribute is a message in its object's header: 64 KiB with its name and description. */
enum { MAX_ATTRIBUTE_BYTES = 65535, DESCRIPTION_BYTES = 256 };

/* What is to be written: one value, or a list of `count`. */
typedef struct attribute {
    const char *file, *path, *name; /* the path is clean */
    hid_t type;
    bool scalar;
    hsize_t count;
    const void *values;
} attribute;

static shoal_status check_size(const attribute *it, shoal_error *err)
{
    uint64_t n = 0;
    if (shoal_mul_u64(it->count, H5Tget_size(it->type), &n) &&
        shoal_add_u64(n, strlen(it->name) + DESCRIPTION_BYTES, &n) && n <= MAX_ATTRIBUTE_BYTES)
        return SHOAL_OK;
    return shoal_fail(err, SHOAL_DATA,
                      "%s:%s: attribute %s is larger than HDF5's 64 KiB; make it a dataset",
                      it->file, it->path, it->name);
}

static shoal_status fail_attribute(const attribute *it, shoal_error *err)
{
    return shoal_hdf5_fail(err, SHOAL_SYSTEM, "%s:%s: attribute %s cannot be written", it->file,
                           it->path, it->name);
}

static hid_t create_attribute(hid_t object, const attribute *it, hid_t space)
{
    hid_t plist = H5Pcreate(H5P_ATTRIBUTE_CREATE);
    H5Pset_char_encoding(plist, H5T_CSET_UTF8);
    hid_t id = H5Acreate2(object, it->name, it->type, space, plist, H5P_DEFAULT);
    if (id >= 0) H5Pclose(plist);
    return id;
}

static shoal_status put_attribute(hid_t object, const attribute *it, shoal_error *err)
{
    htri_t exists = H5Aexists(object, it->name);
    if (exists < 0 || (exists > 0 && H5Adelete(object, it->name) < 0))
        return fail_attribute(it, err);
    hid_t space = it->scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &it->count, NULL);
    hid_t id = create_attribute(object, it, space);
    shoal_status status = SHOAL_OK;
    if (id < 0 || (it->count > 0 && H5Awrite(id, it->type, it->values) < 0))
        status = fail_attribute(it, err);
    if (id >= 0) H5Aclose(id);
    H5Sclose(space);
    return status;
}

static shoal_status put_at(shoal_writer *writer, const attribute *it, shoal_error *err)
{
    if (*it->name == '\0')
        return shoal_fail(err, SHOAL_USAGE, "%s:%s: an attribute's name is empty", it->file,
                          it->path);
    shoal_status status = check_size(it, err);
    if (status != SHOAL_OK) return status;
    if (shoal_hdf5_object_kind(writer->file, it->path) == SHOAL_HDF5_NOTHING)
        return shoal_fail(err, SHOAL_USAGE, "%s:%s: there is no such object", it->file, it->path);
    hid_t object = H5Oopen(writer->file, it->path, H5P_DEFAULT);
    if (object < 0) return fail_attribute(it, err);
    status = put_attribute(object, it, err);
    H5Oclose(object);
    return status;
}

/* With the HDF5 lock held; takes the type. */
static shoal_status put(shoal_writer *writer, const char *path, attribute it, shoal_error *err)
{
    char *clean = NULL;
    it.file = writer->commit.path;
    it.path = path;
    if (it.type < 0) return fail_attribute(&it, err);
    shoal_status status = shoal_hdf5_object_path(it.file, path, &clean, err);
    it.path = clean;
    if (status == SHOAL_OK) status = put_at(writer, &it, err);
    H5Tclose(it.type);
    free(clean);
    return status;
}

/* Text of any length, in UTF-8: what h5py returns as str. */
static hid_t make_text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0) {
        H5Tset_size(type, H5T_VARIABLE);
        H5Tset_cset(type, H5T_CSET_UTF8);
    }
    return type;
}

shoal_status shoal_writer_attribute_text(shoal_writer *writer, const char *path, const char *name,
                                         const char *text, shoal_error *err)
{
    shoal_hdf5_lock();
    const attribute it = {.file = "",
                          .path = path,
                          .name = name,
                          .type = make_text_type(),
                          .scalar = true,
                          .count = 1,
                          .values = &text};
    shoal_status status = put(writer, path, it, err);
    shoal_hdf5_unlock();
    return status;
}

shoal_status shoal_writer_attribute_texts(shoal_writer *writer, const char *path, const char *name,
                                          const char *const *texts, size_t n, shoal_error *err)
{
    shoal_hdf5_lock();
    const attribute it = {.file = "",
                          .path = path,
                          .name = name,
                          .type = make_text_type(),
                          .count = n,
                          .values = texts};
    shoal_status status = put(writer, path, it, err);
    shoal_hdf5_unlock();
    return status;
}

shoal_status shoal_writer_attribute_numbers(shoal_writer *writer, const char *path,
                                            const char *name, shoal_type type, size_t count,
                                            bool scalar, const void *values, shoal_error *err)
{
    if (scalar && count != 1)
        return shoal_fail(err, SHOAL_USAGE, "%s:%s: attribute %s is one value, not %zu",
                          writer->commit.path, path, name, count);
    shoal_hdf5_lock();
    const attribute it = {.file = writer->commit.path,
                          .path = path,
                          .name = name,
                          .type = shoal_hdf5_type_make(type),
                          .scalar = scalar,
                          .count = count,
                          .values = values};
    shoal_status status = put(writer, path, it, err);
    shoal_hdf5_unlock();
    return status;
}

shoal_status shoal_writer_attribute_bool(shoal_writer *writer, const char *path, const char *name,
                                         bool value, shoal_error *err)
{
    const int8_t byte = value;
    return shoal_writer_attribute_numbers(writer, path, name, shoal_type_of(SHOAL_BOOL), 1, true,
                                          &byte, err);
}
