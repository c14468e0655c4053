/* Copying attributes from a file that is read, by our own reader, to one that is written. */
#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/attribute_value.h"
#include "store/copy_attributes.h"
#include "store/hdf5_lock.h"
#include "store/hdf5_writer.h"
#include "store/object.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_ATTRIBUTE_BYTES = 64000, MAX_NESTING = 4 }; /* an attribute is a message of 64 KiB */

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

/* ---- Types: libhdf5's form of what our reader has checked ---- */

static bool set_common(hid_t type, const shoal_datatype *from)
{
    return H5Tset_order(type, from->order == SHOAL_ORDER_BIG ? H5T_ORDER_BE : H5T_ORDER_LE) >= 0;
}

static bool set_integer(hid_t type, const shoal_datatype *from)
{
    return H5Tset_size(type, from->n_bytes) >= 0 && set_common(type, from) &&
           H5Tset_precision(type, from->precision) >= 0 &&
           H5Tset_offset(type, from->bit_offset) >= 0 &&
           H5Tset_sign(type, from->is_signed ? H5T_SGN_2 : H5T_SGN_NONE) >= 0;
}

static bool is_ieee(const shoal_datatype *from)
{
    return from->bit_offset == 0 && from->precision == 8 * from->n_bytes &&
           from->normalization == 2 && from->order != SHOAL_ORDER_VAX &&
           ((from->n_bytes == 4 && from->exponent_bits == 8 && from->exponent_bias == 127) ||
            (from->n_bytes == 8 && from->exponent_bits == 11 && from->exponent_bias == 1023));
}

static bool set_text(hid_t type, const shoal_datatype *from)
{
    H5T_str_t padding = from->padding == SHOAL_PAD_TERM  ? H5T_STR_NULLTERM
                        : from->padding == SHOAL_PAD_NUL ? H5T_STR_NULLPAD
                                                         : H5T_STR_SPACEPAD;
    size_t n = from->class_ == SHOAL_CLASS_TEXT ? from->n_bytes : H5T_VARIABLE;
    return H5Tset_size(type, n) >= 0 && H5Tset_strpad(type, padding) >= 0 &&
           H5Tset_cset(type, from->is_utf8 ? H5T_CSET_UTF8 : H5T_CSET_ASCII) >= 0;
}

static hid_t make_type(const shoal_datatype *from, int depth);

static hid_t make_enum(const shoal_datatype *from, int depth)
{
    hid_t base = make_type(from->base, depth + 1), type = H5I_INVALID_HID;
    if (base < 0) return base;
    type = H5Tenum_create(base);
    for (uint32_t k = 0; type >= 0 && k < from->n_members; k++)
        if (H5Tenum_insert(type, from->name[k], from->value + (size_t)k * from->base->n_bytes) <
            0) {
            H5Tclose(type);
            type = H5I_INVALID_HID;
        }
    H5Tclose(base);
    return type;
}

static hid_t make_array(const shoal_datatype *from, int depth)
{
    hsize_t shape[SHOAL_MAX_RANK];
    hid_t base = make_type(from->base, depth + 1), type = H5I_INVALID_HID;
    for (int k = 0; k < from->rank; k++) shape[k] = from->shape[k];
    if (base >= 0) type = H5Tarray_create2(base, (unsigned)from->rank, shape);
    if (base >= 0) H5Tclose(base);
    return type;
}

/* A new type, or an invalid one for what is left out. */
static hid_t make_type(const shoal_datatype *from, int depth)
{
    hid_t type = H5I_INVALID_HID;
    bool fine = false;
    if (depth > MAX_NESTING) return type;
    switch (from->class_) {
    case SHOAL_CLASS_INTEGER:
        type = H5Tcopy(H5T_STD_I8LE);
        fine = type >= 0 && set_integer(type, from);
        break;
    case SHOAL_CLASS_FLOAT:
        if (!is_ieee(from)) break;
        type = H5Tcopy(from->n_bytes == 4 ? H5T_IEEE_F32LE : H5T_IEEE_F64LE);
        fine = type >= 0 && set_common(type, from);
        break;
    case SHOAL_CLASS_TEXT:
        type = H5Tcopy(H5T_C_S1);
        fine = type >= 0 && set_text(type, from);
        break;
    case SHOAL_CLASS_SEQUENCE:
        if (!from->is_text) break;
        type = H5Tcopy(H5T_C_S1);
        fine = type >= 0 && set_text(type, from);
        break;
    case SHOAL_CLASS_ENUM: return make_enum(from, depth);
    case SHOAL_CLASS_ARRAY: return make_array(from, depth);
    default: break;
    }
    if (!fine && type >= 0) H5Tclose(type);
    return fine ? type : H5I_INVALID_HID;
}

/* ---- Values ---- */

static hid_t make_space(const shoal_dataspace *from)
{
    hsize_t shape[SHOAL_MAX_RANK];
    if (from->is_null) return H5Screate(H5S_NULL);
    if (from->rank == 0) return H5Screate(H5S_SCALAR);
    for (int k = 0; k < from->rank; k++) shape[k] = from->shape[k];
    return H5Screate_simple(from->rank, shape, NULL);
}

/* With values in the file's own type on both sides, nothing is converted. */
static bool write_value(hid_t to, hid_t type, const shoal_metadata *meta,
                        const shoal_stored_attribute *from)
{
    char **texts = NULL;
    size_t n = 0;
    if (from->n_bytes == 0) return true;
    if (from->type->class_ != SHOAL_CLASS_SEQUENCE) return H5Awrite(to, type, from->bytes) >= 0;
    if (shoal_attribute_as_texts(meta, from, &texts, &n, NULL) != SHOAL_OK) return false;
    bool fine = H5Awrite(to, type, texts) >= 0;
    shoal_texts_free(texts, n);
    return fine;
}

static bool copy_one(const shoal_metadata *meta, const shoal_stored_attribute *from, hid_t object,
                     hid_t type)
{
    hid_t space = make_space(&from->space), plist = H5Pcreate(H5P_ATTRIBUTE_CREATE);
    H5Pset_char_encoding(plist, H5T_CSET_UTF8);
    if (H5Aexists(object, from->name) > 0) H5Adelete(object, from->name);
    hid_t to = H5Acreate2(object, from->name, type, space, plist, H5P_DEFAULT);
    bool fine = to >= 0 && write_value(to, type, meta, from);
    if (to >= 0) H5Aclose(to);
    H5Pclose(plist);
    H5Sclose(space);
    return fine;
}

static shoal_status copy_all(const shoal_dataset *from, const shoal_attributes *all,
                             bool (*wanted)(void *user, const char *name), void *user, hid_t object,
                             shoal_error *err)
{
    for (size_t k = 0; k < all->n; k++) {
        const shoal_stored_attribute *attribute = &all->attribute[k];
        if (belongs_to_file(attribute->name) || attribute->n_bytes > MAX_ATTRIBUTE_BYTES ||
            (wanted && !wanted(user, attribute->name)))
            continue;
        hid_t type = make_type(attribute->type, 0);
        if (type < 0) continue;
        bool fine = copy_one(from->meta, attribute, object, type);
        H5Tclose(type);
        if (!fine)
            return shoal_hdf5_fail(err, SHOAL_DATA, "%s: attribute %s cannot be copied", from->name,
                                   attribute->name);
    }
    return SHOAL_OK;
}

shoal_status shoal_copy_attributes(const shoal_dataset *from,
                                   bool (*wanted)(void *user, const char *name), void *user,
                                   shoal_writer *writer, const char *path, shoal_error *err)
{
    shoal_found found;
    shoal_attributes all = {0};
    if (!from->meta) return SHOAL_OK;
    shoal_status status = shoal_object_find(from->file, from->path, &found, err);
    if (status != SHOAL_OK) return status;
    status = shoal_attributes_read(found.meta, &found.header, &all, err);
    shoal_found_release(&found);
    if (status != SHOAL_OK) return shoal_fail_within(err, status, "%s", from->name);
    shoal_hdf5_lock();
    hid_t object = H5Oopen(writer->file, path, H5P_DEFAULT);
    if (object < 0)
        status =
            shoal_hdf5_fail(err, SHOAL_SYSTEM, "%s: its attributes cannot be copied", from->name);
    else
        status = copy_all(from, &all, wanted, user, object, err);
    if (object >= 0) H5Oclose(object);
    shoal_hdf5_unlock();
    shoal_attributes_free(&all);
    return status;
}
