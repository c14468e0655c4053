/* Copying attributes from a file that is read to one that is written. */
#include "chunk/error.h"
#include "store/copy_attributes.h"
#include "store/hdf5_lock.h"
#include "store/hdf5_writer.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_VALUE_BYTES = 65536 };

typedef struct copying {
    hid_t to;
    const char *from; /* "FILE:/path", for messages */
    shoal_status status;
    shoal_error *err;
} copying;

/* What libraries keep about the object's place in its own file: it means nothing elsewhere. */
static bool belongs_to_file(const char *name)
{
    static const char *const names[] = {
        "DIMENSION_LIST",      "REFERENCE_LIST",   "CLASS",         "NAME",       "_Netcdf4Dimid",
        "_Netcdf4Coordinates", "DIMENSION_LABELS", "_NCProperties", "_nc3_strict"};
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
        if (strcmp(name, names[k]) == 0) return true;
    return false;
}

/* Numbers, texts and what is made of numbers; no references, no lists of variable length. */
static bool can_copy(hid_t type)
{
    H5T_class_t class_ = H5Tget_class(type);
    if (class_ == H5T_ARRAY) {
        hid_t base = H5Tget_super(type);
        bool can = base >= 0 && can_copy(base) && H5Tis_variable_str(base) <= 0;
        if (base >= 0) H5Tclose(base);
        return can;
    }
    return class_ == H5T_INTEGER || class_ == H5T_FLOAT || class_ == H5T_STRING ||
           class_ == H5T_ENUM || class_ == H5T_BITFIELD;
}

/* With values in the file's own type on both sides, nothing is converted. */
static bool copy_value(hid_t from, hid_t to, hid_t type, hid_t space)
{
    hssize_t n = H5Sget_simple_extent_npoints(space);
    size_t size = H5Tget_size(type);
    if (n <= 0) return n == 0;
    if (size == 0 || (size_t)n > MAX_VALUE_BYTES) return false;
    void *values = calloc((size_t)n, size);
    bool fine = values && H5Aread(from, type, values) >= 0 && H5Awrite(to, type, values) >= 0;
    if (fine && H5Tis_variable_str(type) > 0) H5Dvlen_reclaim(type, space, H5P_DEFAULT, values);
    free(values);
    return fine;
}

static bool copy_one(hid_t from, const char *name, hid_t type, hid_t space, hid_t to_object)
{
    hid_t plain = H5Tcopy(type); /* of a named type, which stays behind */
    hid_t plist = H5Pcreate(H5P_ATTRIBUTE_CREATE);
    H5Pset_char_encoding(plist, H5T_CSET_UTF8);
    if (H5Aexists(to_object, name) > 0) H5Adelete(to_object, name);
    hid_t to = H5Acreate2(to_object, name, plain, space, plist, H5P_DEFAULT);
    bool fine = to >= 0 && copy_value(from, to, plain, space);
    if (to >= 0) H5Aclose(to);
    H5Pclose(plist);
    H5Tclose(plain);
    return fine;
}

static herr_t visit(hid_t object, const char *name, const H5A_info_t *info, void *user)
{
    copying *copy = user;
    (void)info;
    if (belongs_to_file(name)) return 0;
    hid_t from = H5Aopen(object, name, H5P_DEFAULT);
    hid_t type = from < 0 ? -1 : H5Aget_type(from), space = from < 0 ? -1 : H5Aget_space(from);
    bool fine = type >= 0 && space >= 0;
    if (fine && can_copy(type)) fine = copy_one(from, name, type, space, copy->to);
    if (!fine)
        copy->status = shoal_hdf5_fail(copy->err, SHOAL_DATA, "%s: attribute %s cannot be copied",
                                       copy->from, name);
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    if (from >= 0) H5Aclose(from);
    return fine ? 0 : -1;
}

shoal_status shoal_copy_attributes(const shoal_dataset *from, shoal_writer *writer,
                                   const char *path, shoal_error *err)
{
    if (!from->file || from->file->hdf5_id < 0) return SHOAL_OK;
    copying copy = {.from = from->name, .err = err};
    shoal_hdf5_lock();
    hid_t object = H5Oopen(from->file->hdf5_id, from->path, H5P_DEFAULT);
    copy.to = H5Oopen(writer->file, path, H5P_DEFAULT);
    hsize_t at = 0;
    if (object < 0 || copy.to < 0)
        copy.status =
            shoal_hdf5_fail(err, SHOAL_SYSTEM, "%s: its attributes cannot be copied", from->name);
    else if (H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, &at, visit, &copy) < 0 &&
             !copy.status)
        copy.status =
            shoal_hdf5_fail(err, SHOAL_DATA, "%s: its attributes cannot be read", from->name);
    if (copy.to >= 0) H5Oclose(copy.to);
    if (object >= 0) H5Oclose(object);
    shoal_hdf5_unlock();
    return copy.status;
}
