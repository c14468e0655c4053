/* HDF5's scale-offset: numbers as their distance from the smallest, packed in as many bits as the
   largest distance takes. Floats are first scaled by a power of ten and rounded, which loses what
   is beyond that many decimal digits. Where the dataset has a fill value, the largest integer of
   the width stands for it.

   A chunk is: the width in bits (4 bytes), the bytes of the minimum (1; 8), the minimum (8), zeros
   (8), the packed integers; or, at full width, the numbers as they are. All is little-endian. */
#include "chunk/bits.h"
#include "chunk/byte_order.h"
#include "chunk/checked.h"
#include "chunk/filter_stage.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The filter's parameters, always so many. */
enum {
    VALUE_SCALE_TYPE,
    VALUE_SCALE_FACTOR,
    VALUE_ELEMENTS,
    VALUE_CLASS,
    VALUE_SIZE,
    VALUE_SIGN,
    VALUE_ORDER,
    VALUE_HAS_FILL,
    VALUE_FILL, /* 4 bytes a value, the lowest first */
    N_VALUES = 20,
};
enum { FLOAT_DECIMAL = 0, FLOAT_BINARY = 1 };
enum { HEADER_BYTES = 21, MINIMUM_AT = 5, MAX_MINIMUM_BYTES = 8 };

/* Numbers at any address. */
typedef uint16_t u16 __attribute__((aligned(1), may_alias));
typedef uint32_t u32 __attribute__((aligned(1), may_alias));
typedef uint64_t u64 __attribute__((aligned(1), may_alias));
typedef int32_t i32 __attribute__((aligned(1), may_alias));
typedef int64_t i64 __attribute__((aligned(1), may_alias));
typedef float f32 __attribute__((aligned(1), may_alias));
typedef double f64 __attribute__((aligned(1), may_alias));

typedef struct form {
    size_t n, n_bytes;
    unsigned size; /* of a number: 1, 2, 4 or 8 */
    bool is_float, is_signed, swaps, has_fill;
    bool plain;     /* integers at a given width that is the full one: never changed */
    unsigned width; /* of integers when it is given; 0: as needed */
    int decimals;   /* of floats */
    uint64_t fill;  /* its bits */
} form;

/* What the parameters ask for. NULL, or what is wrong with them. */
static const char *read_form(shoal_parameters p, form *out)
{
    *out = (form){0};
    if (p.n != N_VALUES) return "there must be 20 parameters";
    uint32_t size = p.value[VALUE_SIZE], type = p.value[VALUE_SCALE_TYPE];
    int factor = (int)p.value[VALUE_SCALE_FACTOR];
    *out = (form){.n = p.value[VALUE_ELEMENTS],
                  .size = size,
                  .is_float = p.value[VALUE_CLASS] == 1,
                  .is_signed = p.value[VALUE_SIGN] == 1,
                  .swaps = p.value[VALUE_ORDER] == 1,
                  .has_fill = p.value[VALUE_HAS_FILL] == 1};
    out->fill = p.value[VALUE_FILL] | (uint64_t)p.value[VALUE_FILL + 1] << 32;
    if (p.value[VALUE_CLASS] > 1) return "its type is neither integer nor float";
    if (size != 1 && size != 2 && size != 4 && size != 8) return "its type's size is not possible";
    if (out->is_float && size < 4) return "its type's size is not possible";
    if (!shoal_mul_size(out->n, size, &out->n_bytes)) return "too many elements";
    if (out->is_float) {
        if (type == FLOAT_BINARY) return "scaling by powers of 2 was never defined";
        if (type != FLOAT_DECIMAL) return "its scaling is not for floats";
        out->decimals = factor;
        return NULL;
    }
    if (type == FLOAT_DECIMAL || type == FLOAT_BINARY) return "its scaling is for floats";
    if (factor > (int)(size * 8)) return "its width is beyond the type's";
    out->width = factor > 0 ? (unsigned)factor : 0;
    out->plain = out->width == size * 8;
    return NULL;
}

static void swap_all(uint8_t *data, size_t n, unsigned size)
{
    switch (size) {
    case 2:
        for (size_t k = 0; k < n; k++) ((u16 *)data)[k] = __builtin_bswap16(((u16 *)data)[k]);
        break;
    case 4:
        for (size_t k = 0; k < n; k++) ((u32 *)data)[k] = __builtin_bswap32(((u32 *)data)[k]);
        break;
    case 8:
        for (size_t k = 0; k < n; k++) ((u64 *)data)[k] = __builtin_bswap64(((u64 *)data)[k]);
        break;
    default: break;
    }
}

/* ---- Decoding ---- */

/* In modular arithmetic signed and unsigned are the same. */
#define RESTORE_INTEGERS(type)                                                                     \
    {                                                                                              \
        type *at = (type *)data;                                                                   \
        type fill = (type)f->fill, low = (type)minimum, hole = (type)((UINT64_C(1) << width) - 1); \
        if (f->has_fill)                                                                           \
            for (size_t k = 0; k < f->n; k++) at[k] = at[k] == hole ? fill : (type)(at[k] + low);  \
        else                                                                                       \
            for (size_t k = 0; k < f->n; k++) at[k] = (type)(at[k] + low);                         \
    }

static void restore_integers(const form *f, unsigned width, uint64_t minimum, uint8_t *data)
{
    switch (f->size) {
    case 1: RESTORE_INTEGERS(uint8_t) break;
    case 2: RESTORE_INTEGERS(u16) break;
    case 4: RESTORE_INTEGERS(u32) break;
    default: RESTORE_INTEGERS(u64) break;
    }
}

static float as_float(uint64_t bits)
{
    float x;
    memcpy(&x, &(uint32_t){(uint32_t)bits}, sizeof x);
    return x;
}

static double as_double(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The operations in HDF5's order, each rounded to the type, so that all bits agree. */
#define RESTORE_FLOATS(real, integer, stored, fill_bits, low_bits, scale)                       \
    {                                                                                           \
        const real fill = fill_bits, low = low_bits, by = scale;                                \
        const integer hole = (integer)((UINT64_C(1) << width) - 1);                             \
        for (size_t k = 0; k < f->n; k++) {                                                     \
            integer x = ((const integer *)data)[k];                                             \
            ((stored *)data)[k] = f->has_fill && x == hole ? fill : (real)((real)x / by) + low; \
        }                                                                                       \
    }

static void restore_floats(const form *f, unsigned width, uint64_t minimum, uint8_t *data)
{
    if (f->size == 4)
        RESTORE_FLOATS(float, i32, f32, as_float(f->fill), as_float(minimum),
                       powf(10.0F, (float)f->decimals))
    else
        RESTORE_FLOATS(double, i64, f64, as_double(f->fill), as_double(minimum),
                       pow(10.0, (double)f->decimals))
}

static shoal_status decode_packed(const form *f, shoal_span src, uint8_t *dst, shoal_error *err)
{
    uint32_t width = src.n < HEADER_BYTES ? UINT32_MAX : shoal_load_le32(src.data);
    if (width > f->size * 8) return shoal_fail(err, SHOAL_DATA, "scaleoffset: damaged header");
    unsigned n_minimum = src.data[MINIMUM_AT - 1];
    if (n_minimum > MAX_MINIMUM_BYTES) n_minimum = MAX_MINIMUM_BYTES;
    uint64_t minimum = 0, n_bits;
    for (unsigned k = 0; k < n_minimum; k++) minimum |= (uint64_t)src.data[MINIMUM_AT + k] << 8 * k;
    shoal_span packed = {src.data + HEADER_BYTES, src.n - HEADER_BYTES};
    if (!shoal_mul_u64(f->n, width, &n_bits) || shoal_ceil_div(n_bits, 8) > packed.n)
        return shoal_fail(err, SHOAL_DATA, "scaleoffset: too few bytes");
    if (width == f->size * 8) {
        memcpy(dst, packed.data, f->n_bytes);
        return SHOAL_OK;
    }
    if (width == 0)
        memset(dst, 0, f->n_bytes);
    else
        shoal_bits_unpack(packed.data, packed.n, width, f->n, f->size, dst);
    if (f->is_float)
        restore_floats(f, width, minimum, dst);
    else
        restore_integers(f, width, minimum, dst);
    return SHOAL_OK;
}

static shoal_status decode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    form f;
    (void)read_form(stage->parameters, &f);
    size_t n = f.plain ? src.n : f.n_bytes;
    if (n > capacity)
        return shoal_fail(err, SHOAL_DATA, "scaleoffset: the data decode to more than %zu bytes",
                          capacity);
    *n_dst = n;
    if (n == 0) return SHOAL_OK;
    if (f.plain) {
        memcpy(dst, src.data, n);
        return SHOAL_OK;
    }
    shoal_status status = decode_packed(&f, src, dst, err);
    if (status == SHOAL_OK && f.swaps) swap_all(dst, f.n, f.size);
    return status;
}

/* ---- Encoding: numbers in `data`, which is scratch, become integers there ---- */

typedef struct packing {
    unsigned width;
    uint64_t minimum;
} packing;

/* The bits that integers below n take. */
static unsigned bits_below(uint64_t n)
{
    return n <= 1 ? 0 : 64 - (unsigned)__builtin_clzll(n - 1);
}

/* Unsigned integers compare as signed ones once their top bits are flipped. */
#define REDUCE_INTEGERS(type)                                                                     \
    {                                                                                             \
        type *at = (type *)data;                                                                  \
        const type flip = f->is_signed ? (type)(UINT64_C(1) << (8 * sizeof(type) - 1)) : 0;       \
        const type fill = (type)f->fill, most = (type) ~(type)0;                                  \
        type low = most, high = 0;                                                                \
        bool any = false;                                                                         \
        for (size_t k = 0; k < f->n; k++) {                                                       \
            type x = (type)(at[k] ^ flip);                                                        \
            if (f->has_fill && at[k] == fill) continue;                                           \
            any = true;                                                                           \
            low = x < low ? x : low;                                                              \
            high = x > high ? x : high;                                                           \
        }                                                                                         \
        if (!any) low = high = flip;                                                              \
        type span = (type)(high - low);                                                           \
        if (out->width == 0 && span > (type)(most - 2)) {                                         \
            out->width = 8 * sizeof(type);                                                        \
            return;                                                                               \
        }                                                                                         \
        if (out->width == 0) out->width = bits_below((uint64_t)span + 1 + (f->has_fill ? 1 : 0)); \
        out->minimum = low ^= flip;                                                               \
        if (out->width == 8 * sizeof(type)) return;                                               \
        const type hole = (type)((UINT64_C(1) << out->width) - 1);                                \
        for (size_t k = 0; k < f->n; k++)                                                         \
            at[k] = f->has_fill && at[k] == fill ? hole : (type)(at[k] - low);                    \
    }

static void reduce_integers(const form *f, uint8_t *data, packing *out)
{
    out->width = f->width;
    switch (f->size) {
    case 1: REDUCE_INTEGERS(uint8_t) break;
    case 2: REDUCE_INTEGERS(u16) break;
    case 4: REDUCE_INTEGERS(u32) break;
    default: REDUCE_INTEGERS(u64) break;
    }
    if (f->is_signed && f->size < 8 && out->minimum >> (8 * f->size - 1) != 0)
        out->minimum |= UINT64_MAX << 8 * f->size;
}

/* HDF5 treats what is nearer to the fill value than a digit as the fill value. Numbers that are
   not finite make the chunk be stored as it is. */
#define REDUCE_FLOATS(real, integer, stored, fill_bits, power, absolute, nearest, to_integer)  \
    {                                                                                          \
        stored *at = (stored *)data;                                                           \
        const real fill = fill_bits, by = power((real)10, (real)f->decimals);                  \
        const real near = power((real)10, (real)-f->decimals);                                 \
        real low = 0, high = 0;                                                                \
        bool any = false, finite = true;                                                       \
        for (size_t k = 0; k < f->n; k++) {                                                    \
            real x = at[k];                                                                    \
            if (!isfinite(x)) finite = false;                                                  \
            if (f->has_fill && fabs((double)(x - fill)) < pow(10.0, -(double)f->decimals))     \
                continue;                                                                      \
            low = !any || x < low ? x : low;                                                   \
            high = !any || x > high ? x : high;                                                \
            any = true;                                                                        \
        }                                                                                      \
        real span = nearest(high * by - low * by);                                             \
        out->width = 8 * sizeof(real);                                                         \
        if (!finite || !(span <= power((real)2, (real)(8 * sizeof(real) - 1)))) return;        \
        out->width = bits_below((uint64_t)to_integer(high * by - low * by) + 1 + f->has_fill); \
        memcpy(&out->minimum, &low, sizeof low);                                               \
        if (out->width >= 8 * sizeof(real)) return;                                            \
        const integer hole = (integer)((UINT64_C(1) << out->width) - 1);                       \
        for (size_t k = 0; k < f->n; k++) {                                                    \
            real x = at[k];                                                                    \
            ((integer *)data)[k] = f->has_fill && absolute(x - fill) < near                    \
                                       ? hole                                                  \
                                       : (integer)to_integer(x * by - low * by);               \
        }                                                                                      \
    }

static void reduce_floats(const form *f, uint8_t *data, packing *out)
{
    if (f->size == 4)
        REDUCE_FLOATS(float, i32, f32, as_float(f->fill), powf, fabsf, roundf, llroundf)
    else
        REDUCE_FLOATS(double, i64, f64, as_double(f->fill), pow, fabs, round, llround)
}

static void write_header(uint8_t *dst, const packing *p)
{
    memset(dst, 0, HEADER_BYTES);
    shoal_store_le32(dst, p->width);
    dst[MINIMUM_AT - 1] = MAX_MINIMUM_BYTES;
    for (unsigned k = 0; k < MAX_MINIMUM_BYTES; k++)
        dst[MINIMUM_AT + k] = (uint8_t)(p->minimum >> 8 * k);
}

static shoal_status encode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    form f;
    packing how = {0};
    uint8_t *data = stage->encoder;
    (void)read_form(stage->parameters, &f);
    (void)err;
    *n_dst = SIZE_MAX;
    if (!f.plain && src.n != f.n_bytes) return SHOAL_OK;
    if (src.n > 0) memcpy(data, src.data, src.n);
    if (!f.plain) {
        if (f.swaps) swap_all(data, f.n, f.size);
        if (f.is_float)
            reduce_floats(&f, data, &how);
        else
            reduce_integers(&f, data, &how);
    }
    bool is_packed = !f.plain && how.width < f.size * 8;
    size_t n_head = f.plain ? 0 : HEADER_BYTES;
    size_t n_body = is_packed ? (size_t)((uint64_t)f.n * how.width / 8 + 1) : src.n;
    if (n_head > capacity || n_body > capacity - n_head) return SHOAL_OK;
    if (!f.plain) write_header(dst, &how);
    if (is_packed) {
        dst[n_head + n_body - 1] = 0; /* HDF5 counts it even when no bits are left over */
        if (how.width > 0) shoal_bits_pack(data, f.size, f.n, how.width, dst + n_head);
    } else if (src.n > 0) {
        memcpy(dst + n_head, data, src.n);
    }
    *n_dst = n_head + n_body;
    return SHOAL_OK;
}

/* ---- The filter ---- */

static shoal_status open_stage(shoal_stage *stage, bool encodes, shoal_error *err)
{
    form f;
    const char *wrong = read_form(stage->parameters, &f);
    if (wrong != NULL) return shoal_fail(err, SHOAL_DATA, "scaleoffset: %s", wrong);
    if (!encodes) return SHOAL_OK;
    stage->encoder = malloc(stage->n_raw + 1);
    if (stage->encoder != NULL) return SHOAL_OK;
    return shoal_fail(err, SHOAL_MEMORY, "scaleoffset: no memory for a copy of a chunk");
}

static void close_stage(shoal_stage *stage)
{
    free(stage->encoder);
    stage->encoder = NULL;
}

static size_t context_bytes(shoal_parameters p, size_t n_raw, bool encodes)
{
    (void)p;
    return encodes ? shoal_bound_with(n_raw, 1) : 0;
}

static size_t bound(shoal_parameters p, size_t n_raw)
{
    (void)p;
    return shoal_bound_with(n_raw, HEADER_BYTES + 1);
}

static void describe(shoal_parameters p, char *text, size_t capacity)
{
    form f;
    if (read_form(p, &f) == NULL && f.is_float)
        (void)snprintf(text, capacity, "scaleoffset(%d)", f.decimals);
    else
        (void)snprintf(text, capacity, "scaleoffset");
}

const shoal_filter_row shoal_filter_scaleoffset = {
    .id = SHOAL_FILTER_SCALEOFFSET,
    .name = "scaleoffset",
    .compresses = true,
    .open = open_stage,
    .close = close_stage,
    .context_bytes = context_bytes,
    .bound = bound,
    .encode = encode,
    .decode = decode,
    .describe = describe,
};
