/* HDF5's n-bit: of each number in an element only the significant bits, packed without gaps, the
   most significant first. The parameters describe the element's type, in preorder:

       [how many parameters, 1 when nothing is packed, elements in the chunk, class, item]
       item of a number:    size, byte order, precision, offset
       item of an array:    size, class of its base, item of its base
       item of a compound:  size, members, for each: offset in bytes, class, item
       item of other types: size; kept whole */
#include "chunk/bits.h"
#include "chunk/checked.h"
#include "chunk/filter_stage.h"

#include <string.h>

enum { VALUE_COUNT, VALUE_PLAIN, VALUE_ELEMENTS, VALUE_CLASS, VALUE_ITEM };
enum { CLASS_NUMBER = 1, CLASS_ARRAY = 2, CLASS_COMPOUND = 3, CLASS_OTHER = 4 };
enum { MAX_DEPTH = 32 };

typedef struct number {
    uint32_t size, order, precision, offset;
} number;

/* Where the description is read. */
typedef struct reader {
    shoal_parameters p;
    uint32_t at;
} reader;

static bool take(reader *r, uint32_t *value)
{
    if (r->at >= r->p.n) return false;
    *value = r->p.value[r->at++];
    return true;
}

/* ---- Checking a description, once before it is followed ---- */

static bool take_number(reader *r, number *out)
{
    if (!take(r, &out->size) || !take(r, &out->order) || !take(r, &out->precision) ||
        !take(r, &out->offset))
        return false;
    uint64_t n_bits = (uint64_t)out->size * 8;
    return out->order <= 1 && out->precision > 0 && out->precision <= n_bits &&
           out->offset <= n_bits - out->precision;
}

static bool measure(reader *r, uint32_t class_, int depth, uint32_t *size, uint64_t *bits);

static bool measure_array(reader *r, int depth, uint32_t *size, uint64_t *bits)
{
    uint32_t base_class, base;
    uint64_t base_bits;
    if (!take(r, size) || !take(r, &base_class) ||
        !measure(r, base_class, depth + 1, &base, &base_bits) || *size % base != 0)
        return false;
    *bits = base_bits * (*size / base);
    return true;
}

static bool measure_compound(reader *r, int depth, uint32_t *size, uint64_t *bits)
{
    uint32_t n_members, offset, class_, member;
    uint64_t member_bits, used = 0;
    if (!take(r, size) || !take(r, &n_members)) return false;
    *bits = 0;
    for (uint32_t k = 0; k < n_members; k++) {
        if (!take(r, &offset) || !take(r, &class_) ||
            !measure(r, class_, depth + 1, &member, &member_bits))
            return false;
        used += member;
        if (used > *size || !shoal_range_fits(offset, member, *size)) return false;
        *bits += member_bits;
    }
    return true;
}

/* An item's size, which is not 0, and its bits when packed, at most 8 * size; what decoding costs
   is so bounded by the bytes that it gives. False when the description makes no sense. */
static bool measure(reader *r, uint32_t class_, int depth, uint32_t *size, uint64_t *bits)
{
    number n;
    bool fine = false;
    if (depth > MAX_DEPTH) return false;
    switch (class_) {
    case CLASS_NUMBER:
        fine = take_number(r, &n);
        *size = n.size;
        *bits = n.precision;
        break;
    case CLASS_ARRAY: fine = measure_array(r, depth, size, bits); break;
    case CLASS_COMPOUND: fine = measure_compound(r, depth, size, bits); break;
    case CLASS_OTHER:
        fine = take(r, size);
        *bits = (uint64_t)*size * 8;
        break;
    default: break;
    }
    return fine && *size > 0;
}

typedef struct work {
    bool plain; /* the type has no bits to leave out */
    uint32_t size;
    size_t n, n_packed; /* elements, and bytes when packed */
    size_t n_stored;    /* as HDF5 counts: one more when no bits are left over */
} work;

static bool look_up_work(shoal_parameters p, work *out)
{
    uint64_t bits, n_bits;
    *out = (work){.plain = p.n > VALUE_PLAIN && p.value[VALUE_PLAIN] != 0};
    if (out->plain) return true;
    if (p.n <= VALUE_ITEM || p.value[VALUE_COUNT] != p.n) return false;
    reader r = {p, VALUE_ITEM};
    if (!measure(&r, p.value[VALUE_CLASS], 0, &out->size, &bits)) return false;
    out->n = p.value[VALUE_ELEMENTS];
    if (!shoal_mul_u64(out->n, bits, &n_bits)) return false;
    out->n_packed = (size_t)(n_bits / 8 + (n_bits % 8 != 0));
    out->n_stored = (size_t)(n_bits / 8 + 1);
    return true;
}

/* ---- Following it ---- */

/* Moves bits between the packed stream and elements, either way. */
typedef struct mover {
    const uint8_t *from; /* the stream when decoding */
    uint8_t *to;         /* the stream when encoding, zeros from `at` on */
    uint64_t at;         /* in bits */
} mover;

/* The next n <= 8 bits of the stream, from or to the low ones of *byte. */
static void move_bits(mover *m, uint8_t *byte, unsigned n, unsigned shift)
{
    size_t k = (size_t)(m->at / 8);
    unsigned used = m->at % 8, mask = (1u << n) - 1;
    bool crosses = used + n > 8;
    if (m->from != NULL) {
        unsigned pair = (unsigned)m->from[k] << 8 | (crosses ? m->from[k + 1] : 0u);
        *byte = (uint8_t)(*byte | ((pair >> (16 - used - n)) & mask) << shift);
    } else {
        unsigned pair = ((unsigned)*byte >> shift & mask) << (16 - used - n);
        m->to[k] = (uint8_t)(m->to[k] | pair >> 8);
        if (crosses) m->to[k + 1] = (uint8_t)pair;
    }
    m->at += n;
}

static void move_number(mover *m, const number *n, uint8_t *element)
{
    uint64_t end = (uint64_t)n->offset + n->precision; /* bits from the least significant on */
    for (uint64_t k = (end - 1) / 8 + 1; k-- > n->offset / 8;) {
        uint64_t low = k * 8 > n->offset ? k * 8 : n->offset;
        uint64_t high = k * 8 + 8 < end ? k * 8 + 8 : end;
        uint64_t place = n->order == 0 ? k : n->size - 1 - k;
        move_bits(m, element + place, (unsigned)(high - low), (unsigned)(low % 8));
    }
}

static void move_whole(mover *m, uint32_t size, uint8_t *element)
{
    for (uint32_t k = 0; k < size; k++) move_bits(m, element + k, 8, 0);
}

static void move_item(mover *m, reader *r, uint32_t class_, uint8_t *element);

static void move_array(mover *m, reader *r, uint8_t *element)
{
    uint32_t size = r->p.value[r->at++], base_class = r->p.value[r->at++];
    uint32_t base_at = r->at, base = r->p.value[base_at];
    for (uint32_t k = 0; k < size / base; k++) {
        r->at = base_at;
        move_item(m, r, base_class, element + (size_t)k * base);
    }
}

static void move_compound(mover *m, reader *r, uint8_t *element)
{
    uint32_t n_members = r->p.value[r->at + 1];
    r->at += 2;
    for (uint32_t k = 0; k < n_members; k++) {
        uint32_t offset = r->p.value[r->at], class_ = r->p.value[r->at + 1];
        r->at += 2;
        move_item(m, r, class_, element + offset);
    }
}

static void move_item(mover *m, reader *r, uint32_t class_, uint8_t *element)
{
    number n;
    switch (class_) {
    case CLASS_NUMBER:
        (void)take_number(r, &n);
        move_number(m, &n, element);
        break;
    case CLASS_ARRAY: move_array(m, r, element); break;
    case CLASS_COMPOUND: move_compound(m, r, element); break;
    default: move_whole(m, r->p.value[r->at++], element); break;
    }
}

static void move_all(mover *m, shoal_parameters p, const work *w, uint8_t *elements)
{
    for (size_t k = 0; k < w->n; k++) {
        reader r = {p, VALUE_ITEM};
        move_item(m, &r, p.value[VALUE_CLASS], elements + k * w->size);
    }
}

/* ---- Plain little-endian numbers of this machine's sizes, faster ---- */

static bool is_simple(shoal_parameters p, number *out)
{
    reader r = {p, VALUE_ITEM};
    if (p.value[VALUE_CLASS] != CLASS_NUMBER || !take_number(&r, out)) return false;
    return out->order == 0 && out->offset == 0 &&
           (out->size == 1 || out->size == 2 || out->size == 4 || out->size == 8);
}

/* ---- The filter ---- */

static shoal_status open_stage(shoal_stage *stage, bool encodes, shoal_error *err)
{
    work w;
    (void)encodes;
    if (look_up_work(stage->parameters, &w)) return SHOAL_OK;
    return shoal_fail(err, SHOAL_DATA, "nbit: its parameters describe no type");
}

static size_t bound(shoal_parameters p, size_t n_raw)
{
    (void)p;
    return shoal_bound_with(n_raw, 1);
}

static shoal_status encode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    work w;
    number n;
    size_t n_raw = 0;
    (void)err;
    *n_dst = SIZE_MAX;
    (void)look_up_work(stage->parameters, &w);
    if (w.plain) {
        if (src.n > capacity) return SHOAL_OK;
        if (src.n > 0) memcpy(dst, src.data, src.n);
        *n_dst = src.n;
        return SHOAL_OK;
    }
    if (!shoal_mul_size(w.n, w.size, &n_raw) || n_raw != src.n || w.n_stored > capacity)
        return SHOAL_OK;
    memset(dst, 0, w.n_stored);
    if (is_simple(stage->parameters, &n)) {
        shoal_bits_pack(src.data, n.size, w.n, n.precision, dst);
    } else {
        mover m = {.to = dst};
        uint8_t *elements = (uint8_t *)(uintptr_t)src.data; /* which is only read this way round */
        move_all(&m, stage->parameters, &w, elements);
    }
    *n_dst = w.n_stored;
    return SHOAL_OK;
}

static shoal_status decode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    work w;
    number n;
    (void)look_up_work(stage->parameters, &w);
    size_t n_raw = src.n;
    bool fits = w.plain || shoal_mul_size(w.n, w.size, &n_raw);
    if (!fits || n_raw > capacity)
        return shoal_fail(err, SHOAL_DATA, "nbit: the data decode to more than %zu bytes",
                          capacity);
    *n_dst = n_raw;
    if (w.plain) {
        if (src.n > 0) memcpy(dst, src.data, src.n);
        return SHOAL_OK;
    }
    if (w.n_packed > src.n)
        return shoal_fail(err, SHOAL_DATA, "nbit: %zu bytes instead of %zu", src.n, w.n_packed);
    if (is_simple(stage->parameters, &n)) {
        shoal_bits_unpack(src.data, src.n, n.precision, w.n, n.size, dst);
        return SHOAL_OK;
    }
    mover m = {.from = src.data};
    memset(dst, 0, n_raw);
    move_all(&m, stage->parameters, &w, dst);
    return SHOAL_OK;
}

const shoal_filter_row shoal_filter_nbit = {
    .id = SHOAL_FILTER_NBIT,
    .name = "nbit",
    .compresses = true,
    .open = open_stage,
    .bound = bound,
    .encode = encode,
    .decode = decode,
};
