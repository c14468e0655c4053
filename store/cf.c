#include "store/cf.h"

#include "chunk/error.h"
#include "chunk/type.h"
#include "store/cf_input.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_integer(shoal_type_code type)
{
    shoal_kind kind = shoal_code_kind(type);
    return kind == SHOAL_KIND_INT || kind == SHOAL_KIND_UINT;
}

static bool is_float(shoal_type_code type)
{
    return shoal_code_kind(type) == SHOAL_KIND_FLOAT;
}

static shoal_cf_number number_at(const shoal_cf_value *value, size_t k)
{
    shoal_cf_number n = {.type = value->type.code};
    uint32_t size = value->type.n_bytes;
    memcpy(n.value, (const uint8_t *)value->numbers + k * size, size);
    return n;
}

static bool is_nan(const shoal_cf_number *n)
{
    double d;
    float f[2];
    uint16_t h;
    switch (n->type) {
    case SHOAL_FLOAT16: memcpy(&h, n->value, sizeof h); return isnan(shoal_half_to_float(h));
    case SHOAL_FLOAT32: memcpy(f, n->value, sizeof *f); return isnan(f[0]);
    case SHOAL_FLOAT64: memcpy(&d, n->value, sizeof d); return isnan(d);
    case SHOAL_COMPLEX64: memcpy(f, n->value, sizeof f); return isnan(f[0]) || isnan(f[1]);
    default: return false;
    }
}

/* ---- Missing values ---- */

/* Adds the values of one attribute. NaN alone masks nothing: integers have none, floats keep it. */
static void add_fills(shoal_cf *cf, const char *name, shoal_type_code stored,
                      const shoal_cf_value *value)
{
    int before = cf->n_fills;
    bool texts = value->is_text && value->n > 0; /* equals no number, but counts */
    for (size_t k = 0; !value->is_text && k < value->n; k++) {
        shoal_cf_number n = number_at(value, k);
        if (is_nan(&n)) continue;
        if (cf->n_fills == SHOAL_CF_MAX_FILLS) {
            snprintf(cf->why_not, sizeof cf->why_not, "%s has more than %d values", name,
                     SHOAL_CF_MAX_FILLS);
            return;
        }
        cf->fill[cf->n_fills++] = n;
    }
    bool any = texts || cf->n_fills > before;
    if (!any && is_integer(stored)) return;
    cf->has_missing = true;
    cf->masks |= any;
}

/* The value's bits in another integer type, as C and NumPy convert. */
static int64_t as_integer(const shoal_cf_number *n)
{
    uint64_t bits = 0;
    double d;
    float f;
    uint32_t size = shoal_code_size(n->type);
    switch (n->type) {
    case SHOAL_FLOAT32: memcpy(&f, n->value, sizeof f); return (int64_t)f;
    case SHOAL_FLOAT64: memcpy(&d, n->value, sizeof d); return fabs(d) < 0x1p63 ? (int64_t)d : 0;
    default: break;
    }
    memcpy(&bits, n->value, size > 8 ? 8 : size);
    if (shoal_code_kind(n->type) == SHOAL_KIND_INT && size < 8) {
        unsigned shift = 64 - 8 * size;
        return (int64_t)(bits << shift) >> shift;
    }
    return (int64_t)bits;
}

static bool same_number(const shoal_cf_number *a, const shoal_cf_number *b)
{
    return a->type == b->type && memcmp(a->value, b->value, sizeof a->value) == 0;
}

/* _FillValue is stored in the sign that the data are stored in; it follows them. missing_value
   does not, as in xarray. */
static void flip_fill(shoal_cf *cf, shoal_type_code stored, const shoal_cf_number *fill)
{
    int n = 0;
    for (int k = 0; k < cf->n_fills; k++)
        if (!same_number(&cf->fill[k], fill)) cf->fill[n++] = cf->fill[k];
    uint32_t size = shoal_code_size(stored);
    unsigned shift = 64 - 8 * size;
    uint64_t bits = (uint64_t)as_integer(fill) << shift;
    bool is_unsigned = shoal_code_kind(shoal_cf_signed_type(cf, stored)) == SHOAL_KIND_UINT;
    int64_t value = (int64_t)bits >> shift;
    double number = (double)(bits >> shift);
    /* xarray's is Python's integer, or one that has the data's type and is not cast to floats' */
    shoal_cf_number flipped = {.type = is_unsigned ? SHOAL_FLOAT64 : SHOAL_INT64,
                               .weak = is_unsigned};
    if (is_unsigned)
        memcpy(flipped.value, &number, sizeof number);
    else
        memcpy(flipped.value, &value, sizeof value);
    cf->fill[n++] = flipped;
    cf->n_fills = n;
}

/* ---- Types ---- */

shoal_type_code shoal_cf_signed_type(const shoal_cf *cf, shoal_type_code stored)
{
    static const shoal_type_code flipped[SHOAL_TEXT + 1] = {
        [SHOAL_INT8] = SHOAL_UINT8,   [SHOAL_INT16] = SHOAL_UINT16, [SHOAL_INT32] = SHOAL_UINT32,
        [SHOAL_INT64] = SHOAL_UINT64, [SHOAL_UINT8] = SHOAL_INT8,   [SHOAL_UINT16] = SHOAL_INT16,
        [SHOAL_UINT32] = SHOAL_INT32, [SHOAL_UINT64] = SHOAL_INT64};
    return cf->flips && is_integer(stored) ? flipped[stored] : stored;
}

/* The float for scaled values, by the types of scale and offset: two of the same float type give
   it, except next to 32-bit integers, whose digits float32 would lose; a lone offset may be large
   and gives float64; a lone scale its own type. */
static shoal_type_code packed_type(const shoal_cf *cf, shoal_type_code type)
{
    shoal_type_code scale = cf->scale.type, offset = cf->offset.type;
    if (cf->has_scale && cf->has_offset && scale == offset &&
        (scale == SHOAL_FLOAT32 || scale == SHOAL_FLOAT64))
        return is_integer(type) && shoal_code_size(type) == 4 ? SHOAL_FLOAT64 : scale;
    if (cf->has_offset) return SHOAL_FLOAT64;
    return cf->masks && !is_float(scale) ? SHOAL_FLOAT64 : scale; /* integers hold no NaN */
}

shoal_type_code shoal_cf_masked_type(const shoal_cf *cf, shoal_type_code stored)
{
    shoal_type_code type = shoal_cf_signed_type(cf, stored);
    if (!cf->masks) return type;
    if (cf->has_scale || cf->has_offset) return packed_type(cf, type);
    if (!is_integer(type)) return type;
    return shoal_code_size(type) <= 2 ? SHOAL_FLOAT32 : SHOAL_FLOAT64;
}

shoal_type_code shoal_cf_scaled_type(const shoal_cf *cf, shoal_type_code stored)
{
    shoal_type_code type = shoal_cf_masked_type(cf, stored);
    if (!cf->has_scale && !cf->has_offset) return type;
    return cf->has_missing ? type : packed_type(cf, type);
}

/* ---- Reading ---- */

static shoal_status read_missing(const shoal_dataset *dataset, shoal_cf *cf, shoal_error *err)
{
    static const char *const names[] = {"missing_value", "_FillValue"};
    shoal_cf_value value = {0};
    shoal_cf_number fill = {0};
    size_t n_fill = 0;
    for (int k = 0; k < 2; k++) {
        shoal_status status =
            shoal_cf_value_read(dataset->file, dataset->path, names[k], &value, err);
        if (status) return status;
        if (value.found) add_fills(cf, names[k], dataset->type.code, &value);
        n_fill = value.found && !value.is_text ? value.n : 0;
        if (n_fill == 1) fill = number_at(&value, 0);
        shoal_cf_value_free(&value);
    }
    if (cf->flips && n_fill == 1 && !is_nan(&fill)) flip_fill(cf, dataset->type.code, &fill);
    return SHOAL_OK;
}

static shoal_status read_number(const shoal_dataset *dataset, const char *name, shoal_cf *cf,
                                bool *found, shoal_cf_number *out, shoal_error *err)
{
    shoal_cf_value value;
    shoal_status status = shoal_cf_value_read(dataset->file, dataset->path, name, &value, err);
    if (status) return status;
    *found = value.found;
    if (value.found && (value.is_text || value.n != 1 || value.type.code > SHOAL_FLOAT64))
        snprintf(cf->why_not, sizeof cf->why_not, "its attribute %s is not one number", name);
    else if (value.found)
        *out = number_at(&value, 0);
    shoal_cf_value_free(&value);
    return SHOAL_OK;
}

static shoal_status text_is(const shoal_dataset *dataset, const char *name, const char *text,
                            bool *out, shoal_error *err)
{
    shoal_cf_value value;
    shoal_status status = shoal_cf_value_read(dataset->file, dataset->path, name, &value, err);
    if (status) return status;
    *out = value.found && value.is_text && value.n == 1 && strcmp(value.texts[0], text) == 0;
    shoal_cf_value_free(&value);
    return SHOAL_OK;
}

static shoal_status read_sign(const shoal_dataset *dataset, shoal_cf *cf, shoal_error *err)
{
    shoal_kind kind = shoal_code_kind(dataset->type.code);
    if (kind != SHOAL_KIND_INT && kind != SHOAL_KIND_UINT) return SHOAL_OK;
    const char *text = kind == SHOAL_KIND_INT ? "true" : "false";
    return text_is(dataset, "_Unsigned", text, &cf->flips, err);
}

shoal_status shoal_cf_read(const shoal_dataset *dataset, shoal_cf *out, shoal_error *err)
{
    *out = (shoal_cf){0};
    shoal_type_code stored = dataset->type.code;
    bool complex = shoal_code_kind(stored) == SHOAL_KIND_COMPLEX;
    if (!dataset->readable || stored >= SHOAL_TEXT || stored == SHOAL_BOOL || complex)
        return SHOAL_OK;
    shoal_status status = read_sign(dataset, out, err);
    if (!status) status = read_missing(dataset, out, err);
    if (!status)
        status = read_number(dataset, "scale_factor", out, &out->has_scale, &out->scale, err);
    if (!status)
        status = read_number(dataset, "add_offset", out, &out->has_offset, &out->offset, err);
    if (!status) status = text_is(dataset, "dtype", "bool", &out->is_bool, err);
    if (status) return status;
    bool scales = out->has_scale || out->has_offset;
    out->decodes = out->flips || out->masks || scales || out->is_bool || out->why_not[0] != 0;
    return SHOAL_OK;
}

bool shoal_cf_is_encoding(const char *attribute)
{
    static const char *const names[] = {"_FillValue", "missing_value", "scale_factor",
                                        "add_offset", "_Unsigned",     "coordinates"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (strcmp(attribute, names[k]) == 0) return true;
    return false;
}

const char *shoal_cf_last_part(const char *path)
{
    static const char prefix[] = "_nc4_non_coord_";
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    return strncmp(name, prefix, sizeof prefix - 1) == 0 ? name + sizeof prefix - 1 : name;
}
