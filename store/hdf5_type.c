#include "store/hdf5_type.h"
#include "chunk/error.h"
#include "store/hdf5_lock.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- Making ---- */

static hid_t make_half(void)
{
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    if (type < 0) return type;
    if (H5Tset_fields(type, 15, 10, 5, 0, 10) < 0 || H5Tset_size(type, 2) < 0 ||
        H5Tset_ebias(type, 15) < 0) {
        H5Tclose(type);
        return H5I_INVALID_HID;
    }
    return type;
}

static hid_t make_bool(void)
{
    const int8_t no = 0, yes = 1;
    hid_t type = H5Tenum_create(H5T_STD_I8LE);
    if (type < 0) return type;
    if (H5Tenum_insert(type, "FALSE", &no) < 0 || H5Tenum_insert(type, "TRUE", &yes) < 0) {
        H5Tclose(type);
        return H5I_INVALID_HID;
    }
    return type;
}

static hid_t make_complex(hid_t half)
{
    size_t n = H5Tget_size(half);
    hid_t type = H5Tcreate(H5T_COMPOUND, 2 * n);
    if (type < 0) return type;
    if (H5Tinsert(type, "r", 0, half) < 0 || H5Tinsert(type, "i", n, half) < 0) {
        H5Tclose(type);
        return H5I_INVALID_HID;
    }
    return type;
}

static hid_t make_text(size_t n_bytes)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0) return type;
    if (H5Tset_size(type, n_bytes) < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0 ||
        H5Tset_cset(type, H5T_CSET_UTF8) < 0) {
        H5Tclose(type);
        return H5I_INVALID_HID;
    }
    return type;
}

hid_t shoal_hdf5_type_make(shoal_type type)
{
    switch (type.code) {
    case SHOAL_BOOL: return make_bool();
    case SHOAL_INT8: return H5Tcopy(H5T_STD_I8LE);
    case SHOAL_INT16: return H5Tcopy(H5T_STD_I16LE);
    case SHOAL_INT32: return H5Tcopy(H5T_STD_I32LE);
    case SHOAL_INT64: return H5Tcopy(H5T_STD_I64LE);
    case SHOAL_UINT8: return H5Tcopy(H5T_STD_U8LE);
    case SHOAL_UINT16: return H5Tcopy(H5T_STD_U16LE);
    case SHOAL_UINT32: return H5Tcopy(H5T_STD_U32LE);
    case SHOAL_UINT64: return H5Tcopy(H5T_STD_U64LE);
    case SHOAL_FLOAT16: return make_half();
    case SHOAL_FLOAT32: return H5Tcopy(H5T_IEEE_F32LE);
    case SHOAL_FLOAT64: return H5Tcopy(H5T_IEEE_F64LE);
    case SHOAL_COMPLEX64: return make_complex(H5T_IEEE_F32LE);
    case SHOAL_COMPLEX128: return make_complex(H5T_IEEE_F64LE);
    case SHOAL_TEXT: return make_text(type.n_bytes);
    case SHOAL_RECORD: return H5Tcreate(H5T_OPAQUE, type.n_bytes);
    }
    return H5I_INVALID_HID;
}

/* ---- Reading ---- */

static bool read_integer(hid_t type, shoal_type *out)
{
    static const shoal_type_code codes[2][4] = {
        {SHOAL_UINT8, SHOAL_UINT16, SHOAL_UINT32, SHOAL_UINT64},
        {SHOAL_INT8, SHOAL_INT16, SHOAL_INT32, SHOAL_INT64},
    };
    size_t n = H5Tget_size(type);
    int log = n == 1 ? 0 : n == 2 ? 1 : n == 4 ? 2 : n == 8 ? 3 : -1;
    H5T_order_t order = H5Tget_order(type);
    if (log < 0 || H5Tget_precision(type) != 8 * n || H5Tget_offset(type) != 0) return false;
    if (order != H5T_ORDER_LE && order != H5T_ORDER_BE) return false;
    *out = shoal_type_of(codes[H5Tget_sign(type) != H5T_SGN_NONE][log]);
    return true;
}

static bool read_float(hid_t type, shoal_type *out)
{
    static const shoal_type_code codes[] = {SHOAL_FLOAT16, SHOAL_FLOAT32, SHOAL_FLOAT64};
    bool found = false;
    hid_t probe = H5Tcopy(type);
    /* IEEE is told by comparing in one byte order; the order itself is asked for apart. */
    if (probe < 0 || H5Tset_order(probe, H5T_ORDER_LE) < 0 ||
        (H5Tget_order(type) != H5T_ORDER_LE && H5Tget_order(type) != H5T_ORDER_BE)) {
        if (probe >= 0) H5Tclose(probe);
        return false;
    }
    for (size_t k = 0; k < sizeof codes / sizeof *codes && !found; k++) {
        hid_t known = shoal_hdf5_type_make(shoal_type_of(codes[k]));
        if (known >= 0 && H5Tequal(probe, known) > 0) {
            *out = shoal_type_of(codes[k]);
            found = true;
        }
        if (known >= 0) H5Tclose(known);
    }
    H5Tclose(probe);
    return found;
}

static bool member_is(hid_t type, unsigned k, const char *a, const char *b)
{
    char *name = H5Tget_member_name(type, k);
    bool is = name != NULL && (strcasecmp(name, a) == 0 || strcasecmp(name, b) == 0);
    if (name != NULL) H5free_memory(name);
    return is;
}

/* h5py's form of bool: FALSE = 0 and TRUE = 1 in one byte. */
static bool is_bool(hid_t type)
{
    int8_t values[2] = {0, 0};
    if (H5Tget_size(type) != 1 || H5Tget_nmembers(type) != 2) return false;
    for (unsigned k = 0; k < 2; k++)
        if (H5Tget_member_value(type, k, &values[k]) < 0) return false;
    for (unsigned k = 0; k < 2; k++) {
        if (values[k] == 0 && !member_is(type, k, "FALSE", "FALSE")) return false;
        if (values[k] == 1 && !member_is(type, k, "TRUE", "TRUE")) return false;
        if (values[k] != 0 && values[k] != 1) return false;
    }
    return values[0] != values[1];
}

/* Other enumerations are read as the integers that they are. */
static bool read_enum(hid_t type, shoal_type *out)
{
    if (is_bool(type)) {
        *out = shoal_type_of(SHOAL_BOOL);
        return true;
    }
    hid_t base = H5Tget_super(type);
    if (base < 0) return false;
    bool found = H5Tget_class(base) == H5T_INTEGER && read_integer(base, out);
    H5Tclose(base);
    return found;
}

static bool read_complex(hid_t type, shoal_type *out, bool *big_endian)
{
    if (H5Tget_nmembers(type) != 2 || !member_is(type, 0, "r", "real") ||
        !member_is(type, 1, "i", "imag"))
        return false;
    hid_t re = H5Tget_member_type(type, 0), im = H5Tget_member_type(type, 1);
    shoal_type half = {SHOAL_BOOL, 0};
    bool fits = re >= 0 && im >= 0 && H5Tequal(re, im) > 0 && H5Tget_class(re) == H5T_FLOAT &&
                read_float(re, &half) && H5Tget_member_offset(type, 0) == 0 &&
                H5Tget_member_offset(type, 1) == half.n_bytes &&
                H5Tget_size(type) == 2 * (size_t)half.n_bytes && half.code != SHOAL_FLOAT16;
    if (fits) {
        *out = shoal_type_of(half.code == SHOAL_FLOAT32 ? SHOAL_COMPLEX64 : SHOAL_COMPLEX128);
        *big_endian = H5Tget_order(re) == H5T_ORDER_BE;
    }
    if (re >= 0) H5Tclose(re);
    if (im >= 0) H5Tclose(im);
    return fits;
}

static bool read_text(hid_t type, shoal_type *out)
{
    size_t n = H5Tget_size(type);
    if (H5Tis_variable_str(type) > 0 || H5Tget_strpad(type) == H5T_STR_SPACEPAD || n > UINT32_MAX)
        return false;
    *out = (shoal_type){SHOAL_TEXT, (uint32_t)n};
    return true;
}

static bool read_opaque(hid_t type, shoal_type *out)
{
    *out = (shoal_type){SHOAL_RECORD, (uint32_t)H5Tget_size(type)};
    return true;
}

static bool read_any(hid_t type, shoal_type *out, bool *big_endian)
{
    *big_endian = false;
    switch (H5Tget_class(type)) {
    case H5T_INTEGER:
        *big_endian = H5Tget_order(type) == H5T_ORDER_BE;
        return read_integer(type, out);
    case H5T_FLOAT: *big_endian = H5Tget_order(type) == H5T_ORDER_BE; return read_float(type, out);
    case H5T_ENUM: *big_endian = H5Tget_order(type) == H5T_ORDER_BE; return read_enum(type, out);
    case H5T_COMPOUND: return read_complex(type, out, big_endian);
    case H5T_STRING: return read_text(type, out);
    case H5T_OPAQUE: return read_opaque(type, out);
    default: return false;
    }
}

/* ---- For people ---- */

static void describe_other(hid_t type, char stored[64])
{
    size_t n = H5Tget_size(type);
    const char *order = H5Tget_order(type) == H5T_ORDER_BE ? " big-endian" : "";
    switch (H5Tget_class(type)) {
    case H5T_INTEGER:
        snprintf(stored, 64, "integer of %zu bits in %zu bytes%s", H5Tget_precision(type), n,
                 order);
        break;
    case H5T_FLOAT:
        snprintf(stored, 64, "float of %zu bits in %zu bytes%s", H5Tget_precision(type), n, order);
        break;
    case H5T_STRING:
        if (H5Tis_variable_str(type) > 0)
            snprintf(stored, 64, "text of variable length");
        else
            snprintf(stored, 64, "text(%zu) padded with spaces", n);
        break;
    case H5T_COMPOUND:
        snprintf(stored, 64, "compound of %d members, %zu bytes", H5Tget_nmembers(type), n);
        break;
    case H5T_ENUM: snprintf(stored, 64, "enumeration of %zu bytes", n); break;
    case H5T_ARRAY: snprintf(stored, 64, "array of %zu bytes", n); break;
    case H5T_VLEN: snprintf(stored, 64, "sequence of variable length"); break;
    case H5T_OPAQUE: snprintf(stored, 64, "opaque, %zu bytes", n); break;
    case H5T_BITFIELD: snprintf(stored, 64, "bitfield of %zu bytes", n); break;
    case H5T_REFERENCE: snprintf(stored, 64, "reference"); break;
    default: snprintf(stored, 64, "type of class %d", (int)H5Tget_class(type)); break;
    }
}

bool shoal_hdf5_type_read(hid_t type, shoal_type *out, bool *big_endian, char stored[64],
                          char why[256])
{
    shoal_type found = {SHOAL_BOOL, 0};
    bool big = false;
    char name[24];
    if (!read_any(type, &found, &big)) {
        describe_other(type, stored);
        snprintf(why, 256, "its type is not one that shoal computes on: %s", stored);
        return false;
    }
    *out = found;
    *big_endian = big && found.n_bytes > 1;
    why[0] = '\0';
    if (found.code == SHOAL_TEXT) {
        snprintf(stored, 64, "text(%u)", (unsigned)found.n_bytes);
        return true;
    }
    if (found.code == SHOAL_RECORD) {
        describe_other(type, stored);
        return true;
    }
    bool is_enum = H5Tget_class(type) == H5T_ENUM && found.code != SHOAL_BOOL;
    snprintf(stored, 64, "%s%s%s", is_enum ? "enumeration over " : "", shoal_type_name(found, name),
             *big_endian ? " big-endian" : "");
    return true;
}

/* ---- Pipelines ---- */

shoal_status shoal_hdf5_pipeline_set(hid_t plist, const shoal_pipeline *pipeline, shoal_error *err)
{
    for (int k = 0; k < pipeline->n; k++) {
        const shoal_filter *filter = &pipeline->filter[k];
        shoal_parameters parameters = shoal_pipeline_parameters(pipeline, k);
        unsigned flags = filter->optional ? H5Z_FLAG_OPTIONAL : H5Z_FLAG_MANDATORY;
        if (H5Pset_filter(plist, (H5Z_filter_t)filter->id, flags, parameters.n, parameters.value) <
            0)
            return shoal_hdf5_fail(err, SHOAL_DATA, "filter %u cannot be set",
                                   (unsigned)filter->id);
    }
    return SHOAL_OK;
}

shoal_status shoal_hdf5_pipeline_get(hid_t plist, shoal_pipeline *out, shoal_error *err)
{
    int n = H5Pget_nfilters(plist);
    if (n < 0) return shoal_hdf5_fail(err, SHOAL_DATA, "the filters cannot be read");
    enum { MOST_VALUES = 256 }; /* libhdf5 gives no more */
    shoal_pipeline pipeline = {.n = 0};
    for (int k = 0; k < n; k++) {
        unsigned flags = 0, values[MOST_VALUES];
        size_t n_values = MOST_VALUES;
        /* Asking for the configuration too would load plugins. */
        H5Z_filter_t id =
            H5Pget_filter2(plist, (unsigned)k, &flags, &n_values, values, 0, NULL, NULL);
        if (id < 0) return shoal_hdf5_fail(err, SHOAL_DATA, "filter %d cannot be read", k);
        if (id > UINT16_MAX || n_values > MOST_VALUES)
            return shoal_fail(err, SHOAL_DATA, "filter %d has %zu values", (int)id, n_values);
        shoal_status status = shoal_pipeline_add(
            &pipeline, (uint16_t)id, (flags & H5Z_FLAG_OPTIONAL) != 0, values, n_values, err);
        if (status != SHOAL_OK) return status;
    }
    *out = pipeline;
    return SHOAL_OK;
}
