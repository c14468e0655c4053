#include "store/metadata/datatype.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- Plain types ---- */

static bool is_plain_integer(const shoal_datatype *type, shoal_type *out)
{
    static const shoal_type_code codes[2][4] = {
        {SHOAL_UINT8, SHOAL_UINT16, SHOAL_UINT32, SHOAL_UINT64},
        {SHOAL_INT8, SHOAL_INT16, SHOAL_INT32, SHOAL_INT64},
    };
    uint32_t n = type->n_bytes;
    int log = n == 1 ? 0 : n == 2 ? 1 : n == 4 ? 2 : n == 8 ? 3 : -1;
    if (log < 0 || type->precision != 8 * n || type->bit_offset != 0) return false;
    *out = shoal_type_of(codes[type->is_signed][log]);
    return true;
}

/* IEEE's formats, told by where their fields are. */
static bool is_plain_float(const shoal_datatype *type, shoal_type *out)
{
    static const struct format {
        uint32_t n_bytes, exponent_bits, mantissa_bits, bias;
        shoal_type_code code;
    } formats[] = {{2, 5, 10, 15, SHOAL_FLOAT16},
                   {4, 8, 23, 127, SHOAL_FLOAT32},
                   {8, 11, 52, 1023, SHOAL_FLOAT64}};
    if (type->order == SHOAL_ORDER_VAX || type->bit_offset != 0 || type->normalization != 2)
        return false;
    for (size_t k = 0; k < sizeof formats / sizeof *formats; k++) {
        const struct format *f = &formats[k];
        if (type->n_bytes != f->n_bytes || type->precision != 8 * f->n_bytes ||
            type->mantissa_at != 0 || type->mantissa_bits != f->mantissa_bits ||
            type->exponent_at != f->mantissa_bits || type->exponent_bits != f->exponent_bits ||
            type->exponent_bias != f->bias || type->sign_at != 8 * f->n_bytes - 1)
            continue;
        *out = shoal_type_of(f->code);
        return true;
    }
    return false;
}

/* h5py's form of bool: FALSE = 0 and TRUE = 1 in one byte. */
static bool is_bool(const shoal_datatype *type)
{
    static const char *const names[2] = {"FALSE", "TRUE"};
    if (type->n_bytes != 1 || type->n_members != 2) return false;
    for (int k = 0; k < 2; k++)
        if (type->value[k] > 1 || strcasecmp(type->name[k], names[type->value[k]]) != 0)
            return false;
    return type->value[0] != type->value[1];
}

static bool make_complex(shoal_type half, shoal_type *out)
{
    if (half.code != SHOAL_FLOAT32 && half.code != SHOAL_FLOAT64) return false;
    *out = shoal_type_of(half.code == SHOAL_FLOAT32 ? SHOAL_COMPLEX64 : SHOAL_COMPLEX128);
    return true;
}

static bool is_named(const shoal_member *member, const char *a, const char *b)
{
    return strcasecmp(member->name, a) == 0 || strcasecmp(member->name, b) == 0;
}

bool shoal_datatype_is_complex(const shoal_datatype *type)
{
    return type->class_ == SHOAL_CLASS_COMPOUND && type->n_members == 2 &&
           is_named(&type->member[0], "r", "real") && is_named(&type->member[1], "i", "imag") &&
           type->member[0].type->class_ == SHOAL_CLASS_FLOAT &&
           type->member[1].type->class_ == SHOAL_CLASS_FLOAT;
}

static bool is_plain_compound(const shoal_datatype *type, shoal_type *out, bool *swaps)
{
    shoal_type real, imaginary;
    bool big;
    if (!shoal_datatype_is_complex(type)) return false;
    const shoal_member *re = &type->member[0], *im = &type->member[1];
    return shoal_datatype_is_plain(re->type, &real, swaps) &&
           shoal_datatype_is_plain(im->type, &imaginary, &big) && real.code == imaginary.code &&
           *swaps == big && re->offset == 0 && im->offset == real.n_bytes &&
           type->n_bytes == 2 * real.n_bytes && make_complex(real, out);
}

bool shoal_datatype_is_plain(const shoal_datatype *type, shoal_type *out, bool *swaps)
{
    shoal_type half;
    *swaps = type->order == SHOAL_ORDER_BIG && type->n_bytes > 1;
    switch (type->class_) {
    case SHOAL_CLASS_INTEGER: return is_plain_integer(type, out);
    case SHOAL_CLASS_FLOAT: return is_plain_float(type, out);
    case SHOAL_CLASS_ENUM:
        if (!is_plain_integer(type->base, out)) return false;
        if (is_bool(type)) *out = shoal_type_of(SHOAL_BOOL);
        return true;
    case SHOAL_CLASS_COMPOUND: return is_plain_compound(type, out, swaps);
    case SHOAL_CLASS_COMPLEX:
        return shoal_datatype_is_plain(type->base, &half, swaps) && make_complex(half, out);
    default: return false;
    }
}

/* ---- For people ---- */

static const char *order_text(const shoal_datatype *type)
{
    if (type->n_bytes == 1 || type->order == SHOAL_ORDER_LITTLE) return "";
    return type->order == SHOAL_ORDER_BIG ? " big-endian" : " in VAX order";
}

static void describe_array(const shoal_datatype *type, char *text, size_t capacity)
{
    char base[64], shape[128] = "";
    size_t n = 0;
    for (int k = 0; k < type->rank && n < sizeof shape - 24; k++)
        n += (size_t)snprintf(shape + n, sizeof shape - n, "%s%llu", k ? ", " : "",
                              (unsigned long long)type->shape[k]);
    shoal_datatype_describe(type->base, base, sizeof base);
    snprintf(text, capacity, "array (%s) of %s", shape, base);
}

static void describe_other(const shoal_datatype *type, char *text, size_t capacity)
{
    unsigned n = type->n_bytes;
    char base[64];
    switch (type->class_) {
    case SHOAL_CLASS_INTEGER:
    case SHOAL_CLASS_FLOAT:
        snprintf(text, capacity, "%s of %u bits in %u bytes%s",
                 type->class_ == SHOAL_CLASS_FLOAT ? "float"
                 : type->is_signed                 ? "integer"
                                                   : "unsigned integer",
                 (unsigned)type->precision, n, order_text(type));
        break;
    case SHOAL_CLASS_TIME: snprintf(text, capacity, "time of %u bytes", n); break;
    case SHOAL_CLASS_TEXT:
        snprintf(text, capacity, "text(%u)%s", n,
                 type->padding == SHOAL_PAD_SPACE ? " padded with spaces" : "");
        break;
    case SHOAL_CLASS_BITFIELD:
        snprintf(text, capacity, "bitfield of %u bytes%s", n, order_text(type));
        break;
    case SHOAL_CLASS_OPAQUE: snprintf(text, capacity, "opaque, %u bytes", n); break;
    case SHOAL_CLASS_COMPOUND:
        snprintf(text, capacity, "compound of %u members, %u bytes", (unsigned)type->n_members, n);
        break;
    case SHOAL_CLASS_REFERENCE:
        snprintf(text, capacity, type->reference_kind == 1 ? "region reference" : "reference");
        break;
    case SHOAL_CLASS_ENUM:
        shoal_datatype_describe(type->base, base, sizeof base);
        snprintf(text, capacity, "enumeration over %s", base);
        break;
    case SHOAL_CLASS_SEQUENCE:
        shoal_datatype_describe(type->base, base, sizeof base);
        if (type->is_text)
            snprintf(text, capacity, "text of variable length");
        else
            snprintf(text, capacity, "sequence of variable length of %s", base);
        break;
    case SHOAL_CLASS_ARRAY: describe_array(type, text, capacity); break;
    case SHOAL_CLASS_COMPLEX:
        shoal_datatype_describe(type->base, base, sizeof base);
        snprintf(text, capacity, "complex of %s", base);
        break;
    }
}

void shoal_datatype_describe(const shoal_datatype *type, char *text, size_t capacity)
{
    shoal_type plain;
    bool swaps;
    char name[24];
    if (!shoal_datatype_is_plain(type, &plain, &swaps)) {
        describe_other(type, text, capacity);
        return;
    }
    bool is_enum = type->class_ == SHOAL_CLASS_ENUM && plain.code != SHOAL_BOOL;
    snprintf(text, capacity, "%s%s%s", is_enum ? "enumeration over " : "",
             shoal_type_name(plain, name), swaps ? " big-endian" : "");
}
