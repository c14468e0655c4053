#include "store/metadata/datatype.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/cursor.h"
#include <stdlib.h>
#include <string.h>

enum {
    MAX_DEPTH = 32,
    MAX_MEMORY = 32 << 20,
    MALLOC_BYTES = 16, /* what an allocation costs beside its bytes */
    OLD_MAX_RANK = 4,  /* of a member that is an array, in version 1 */
};

typedef struct parser {
    shoal_cursor in;
    const uint8_t *start;
    int offset_bytes; /* of a file address, in descriptors of sequences */
    size_t memory;    /* how much may still be allocated */
    shoal_error *err;
} parser;

/* The head of a type's message, with what its class says in bits. */
typedef struct type_head {
    int version, depth;
    uint32_t bits;
} type_head;

static shoal_status parse_type(parser *p, int depth, shoal_datatype **out);

static shoal_status damaged(const parser *p, const char *what)
{
    return shoal_fail(p->err, SHOAL_DATA, "the datatype is damaged at its byte %zu: %s",
                      (size_t)(p->in.at - p->start), what);
}

static shoal_status cut_off(const parser *p)
{
    return damaged(p, "it is cut off");
}

/* Zeroed memory within the type's budget. */
static shoal_status take(parser *p, uint64_t count, size_t size, void *out)
{
    size_t n;
    void *memory = NULL;
    if (!shoal_mul_size(count, size, &n) || n > MAX_MEMORY || n + MALLOC_BYTES > p->memory)
        return damaged(p, "it is too large");
    p->memory -= n + MALLOC_BYTES;
    memory = calloc(1, n ? n : 1);
    if (!memory) return shoal_fail(p->err, SHOAL_MEMORY, "out of memory");
    memcpy(out, &memory, sizeof memory);
    return SHOAL_OK;
}

/* ---- Numbers ---- */

static shoal_byte_order order_of(uint32_t bits)
{
    return bits & 1 ? SHOAL_ORDER_BIG : SHOAL_ORDER_LITTLE;
}

static shoal_status parse_bits(parser *p, shoal_datatype *type)
{
    type->bit_offset = (uint32_t)shoal_cursor_uint(&p->in, 2);
    type->precision = (uint32_t)shoal_cursor_uint(&p->in, 2);
    if (!p->in.ok) return cut_off(p);
    if (type->precision == 0 ||
        (uint64_t)type->bit_offset + type->precision > 8 * (uint64_t)type->n_bytes)
        return damaged(p, "its bits lie outside of the element");
    return SHOAL_OK;
}

static shoal_status parse_integer(parser *p, const type_head *head, shoal_datatype *type)
{
    type->order = order_of(head->bits);
    type->is_signed = head->bits & 8;
    return parse_bits(p, type);
}

static bool inside(const shoal_datatype *type, uint32_t at, uint32_t n)
{
    return n > 0 && (uint64_t)at + n <= 8 * (uint64_t)type->n_bytes;
}

static shoal_status parse_float(parser *p, const type_head *head, shoal_datatype *type)
{
    bool vax = head->version >= 3 && (head->bits & 0x40);
    if (vax && (!(head->bits & 1) || type->n_bytes % 2 != 0))
        return damaged(p, "its byte order is not known");
    type->order = vax ? SHOAL_ORDER_VAX : order_of(head->bits);
    type->is_signed = true;
    type->normalization = (int)(head->bits >> 4 & 3);
    type->sign_at = head->bits >> 8 & 0xFF;
    shoal_status status = parse_bits(p, type);
    if (status != SHOAL_OK) return status;
    type->exponent_at = (uint32_t)shoal_cursor_uint(&p->in, 1);
    type->exponent_bits = (uint32_t)shoal_cursor_uint(&p->in, 1);
    type->mantissa_at = (uint32_t)shoal_cursor_uint(&p->in, 1);
    type->mantissa_bits = (uint32_t)shoal_cursor_uint(&p->in, 1);
    type->exponent_bias = (uint32_t)shoal_cursor_uint(&p->in, 4);
    if (!p->in.ok) return cut_off(p);
    if (type->normalization == 3) return damaged(p, "its normalization is not known");
    if (!inside(type, type->sign_at, 1) || !inside(type, type->exponent_at, type->exponent_bits) ||
        !inside(type, type->mantissa_at, type->mantissa_bits))
        return damaged(p, "its bits lie outside of the element");
    return SHOAL_OK;
}

static shoal_status parse_time(parser *p, const type_head *head, shoal_datatype *type)
{
    type->order = order_of(head->bits);
    type->precision = (uint32_t)shoal_cursor_uint(&p->in, 2);
    return p->in.ok ? SHOAL_OK : cut_off(p);
}

/* ---- Bytes ---- */

static shoal_status set_text(parser *p, uint32_t padding, uint32_t encoding, shoal_datatype *type)
{
    if (padding > SHOAL_PAD_SPACE) return damaged(p, "its padding is not known");
    if (encoding > 1) return damaged(p, "its character set is not known");
    type->padding = (shoal_padding)padding;
    type->is_utf8 = encoding == 1;
    return SHOAL_OK;
}

static shoal_status parse_text(parser *p, const type_head *head, shoal_datatype *type)
{
    return set_text(p, head->bits & 15, head->bits >> 4 & 15, type);
}

/* The tag's length counts its padding to a multiple of 8. */
static shoal_status parse_opaque(parser *p, const type_head *head, shoal_datatype *type)
{
    size_t n = head->bits & 0xFF;
    if (n > p->in.left) return cut_off(p);
    shoal_status status = take(p, n + 1, 1, &type->tag);
    if (status != SHOAL_OK) return status;
    memcpy(type->tag, p->in.at, n);
    shoal_cursor_skip(&p->in, n);
    return SHOAL_OK;
}

static shoal_status parse_reference(parser *p, const type_head *head, shoal_datatype *type)
{
    (void)p;
    type->reference_kind = (int)(head->bits & 15);
    return SHOAL_OK;
}

/* ---- Types made of others ---- */

/* A name of the message, NUL-terminated, and up to version 2 padded to a multiple of 8. */
static shoal_status parse_name(parser *p, const type_head *head, char **out)
{
    const uint8_t *end = p->in.left > 0 ? memchr(p->in.at, '\0', p->in.left) : NULL;
    if (!end) return cut_off(p);
    size_t n = (size_t)(end - p->in.at);
    shoal_status status = take(p, n + 1, 1, out);
    if (status != SHOAL_OK) return status;
    memcpy(*out, p->in.at, n);
    shoal_cursor_skip(&p->in, head->version < 3 ? (n + 8) / 8 * 8 : n + 1);
    return p->in.ok ? SHOAL_OK : cut_off(p);
}

/* Makes `type` the array of `rank` axes over type->base, of which it takes its size. */
static shoal_status set_array(parser *p, int rank, const uint64_t *shape, shoal_datatype *type)
{
    uint64_t n = 0;
    if (!shoal_product(rank, shape, &n) || !shoal_mul_u64(n, type->base->n_bytes, &n) ||
        n > UINT32_MAX || n == 0)
        return damaged(p, "its shape is impossible");
    if (type->n_bytes == 0) type->n_bytes = (uint32_t)n;
    if (type->n_bytes != n) return damaged(p, "its shape does not fit its size");
    shoal_status status = take(p, (uint64_t)rank, sizeof *type->shape, &type->shape);
    if (status != SHOAL_OK) return status;
    memcpy(type->shape, shape, (size_t)rank * sizeof *shape);
    type->class_ = SHOAL_CLASS_ARRAY;
    type->rank = rank;
    return SHOAL_OK;
}

static shoal_status parse_array(parser *p, const type_head *head, shoal_datatype *type)
{
    uint64_t shape[SHOAL_MAX_RANK];
    int rank = (int)shoal_cursor_uint(&p->in, 1);
    if (!p->in.ok) return cut_off(p);
    if (rank < 1 || rank > SHOAL_MAX_RANK) return damaged(p, "its rank is not one from 1 to 32");
    if (head->version < 3) shoal_cursor_skip(&p->in, 3);
    for (int k = 0; k < rank; k++) shape[k] = shoal_cursor_uint(&p->in, 4);
    if (head->version < 3) shoal_cursor_skip(&p->in, 4 * (size_t)rank); /* permutation */
    if (!p->in.ok) return cut_off(p);
    shoal_status status = parse_type(p, head->depth + 1, &type->base);
    return status == SHOAL_OK ? set_array(p, rank, shape, type) : status;
}

/* Version 1: the member's own axes; puts its array around the type that follows. */
static shoal_status parse_old_member_type(parser *p, int depth, shoal_datatype **out)
{
    uint64_t shape[OLD_MAX_RANK];
    int rank = (int)shoal_cursor_uint(&p->in, 1);
    shoal_cursor_skip(&p->in, 3 + 4 + 4); /* permutation, and what is reserved */
    for (int k = 0; k < OLD_MAX_RANK; k++) shape[k] = shoal_cursor_uint(&p->in, 4);
    if (!p->in.ok) return cut_off(p);
    if (rank > OLD_MAX_RANK) return damaged(p, "a member's rank is above 4");
    if (rank == 0) return parse_type(p, depth, out);
    shoal_status status = take(p, 1, sizeof **out, out);
    if (status == SHOAL_OK) status = parse_type(p, depth + 1, &(*out)->base);
    return status == SHOAL_OK ? set_array(p, rank, shape, *out) : status;
}

/* Version 3 on: an offset takes as many bytes as the compound's size needs. */
static int offset_width(const type_head *head, uint32_t n_bytes)
{
    if (head->version < 3) return 4;
    return n_bytes < 1 << 8 ? 1 : n_bytes < 1 << 16 ? 2 : n_bytes < 1 << 24 ? 3 : 4;
}

static shoal_status parse_member(parser *p, const type_head *head, const shoal_datatype *compound,
                                 shoal_member *member)
{
    shoal_status status = parse_name(p, head, &member->name);
    if (status != SHOAL_OK) return status;
    member->offset = (uint32_t)shoal_cursor_uint(&p->in, offset_width(head, compound->n_bytes));
    if (!p->in.ok) return cut_off(p);
    status = head->version == 1 ? parse_old_member_type(p, head->depth + 1, &member->type)
                                : parse_type(p, head->depth + 1, &member->type);
    if (status != SHOAL_OK) return status;
    if (!shoal_range_fits(member->offset, member->type->n_bytes, compound->n_bytes))
        return damaged(p, "a member lies outside of its compound");
    return SHOAL_OK;
}

static shoal_status parse_compound(parser *p, const type_head *head, shoal_datatype *type)
{
    type->n_members = head->bits & 0xFFFF;
    if (type->n_members == 0) return damaged(p, "it is a compound without members");
    shoal_status status = SHOAL_OK;
    if (type->n_members > p->in.left) status = cut_off(p);
    if (status == SHOAL_OK) status = take(p, type->n_members, sizeof *type->member, &type->member);
    for (uint32_t k = 0; status == SHOAL_OK && k < type->n_members; k++)
        status = parse_member(p, head, type, &type->member[k]);
    return status;
}

static void copy_base_bits(shoal_datatype *type)
{
    const shoal_datatype *base = type->base;
    type->order = base->order;
    type->bit_offset = base->bit_offset;
    type->precision = base->precision;
    type->is_signed = base->is_signed;
}

static shoal_status parse_enum(parser *p, const type_head *head, shoal_datatype *type)
{
    size_t n_values;
    type->n_members = head->bits & 0xFFFF;
    shoal_status status = parse_type(p, head->depth + 1, &type->base);
    if (status != SHOAL_OK) return status;
    if (type->base->class_ != SHOAL_CLASS_INTEGER || type->base->n_bytes != type->n_bytes)
        return damaged(p, "it is an enumeration over something else than integers of its size");
    copy_base_bits(type);
    if (!shoal_mul_size(type->n_members, type->n_bytes, &n_values) || n_values > p->in.left)
        return cut_off(p);
    status = take(p, type->n_members, sizeof *type->name, &type->name);
    for (uint32_t k = 0; status == SHOAL_OK && k < type->n_members; k++)
        status = parse_name(p, head, &type->name[k]);
    if (status != SHOAL_OK) return status;
    if (n_values > p->in.left) return cut_off(p);
    status = take(p, n_values, 1, &type->value);
    if (status != SHOAL_OK) return status;
    memcpy(type->value, p->in.at, n_values);
    shoal_cursor_skip(&p->in, n_values);
    return SHOAL_OK;
}

/* An element is a length, an address of a heap, and an index in it. */
static shoal_status parse_sequence(parser *p, const type_head *head, shoal_datatype *type)
{
    uint32_t kind = head->bits & 15;
    if (kind > 1) return damaged(p, "its kind of variable length is not known");
    if (type->n_bytes != 4 + (uint32_t)p->offset_bytes + 4)
        return damaged(p, "it is of variable length with an impossible size");
    type->is_text = kind == 1;
    shoal_status status = SHOAL_OK;
    if (type->is_text) status = set_text(p, head->bits >> 4 & 15, head->bits >> 8 & 15, type);
    return status == SHOAL_OK ? parse_type(p, head->depth + 1, &type->base) : status;
}

static shoal_status parse_complex(parser *p, const type_head *head, shoal_datatype *type)
{
    shoal_status status = parse_type(p, head->depth + 1, &type->base);
    if (status != SHOAL_OK) return status;
    if (type->base->class_ != SHOAL_CLASS_FLOAT || type->n_bytes / 2 != type->base->n_bytes ||
        type->n_bytes % 2 != 0)
        return damaged(p, "its complex numbers are not two floats");
    return SHOAL_OK;
}

/* ---- All ---- */

typedef shoal_status parse_class(parser *p, const type_head *head, shoal_datatype *type);

static parse_class *const classes[] = {
    [SHOAL_CLASS_INTEGER] = parse_integer,   [SHOAL_CLASS_FLOAT] = parse_float,
    [SHOAL_CLASS_TIME] = parse_time,         [SHOAL_CLASS_TEXT] = parse_text,
    [SHOAL_CLASS_BITFIELD] = parse_integer,  [SHOAL_CLASS_OPAQUE] = parse_opaque,
    [SHOAL_CLASS_COMPOUND] = parse_compound, [SHOAL_CLASS_REFERENCE] = parse_reference,
    [SHOAL_CLASS_ENUM] = parse_enum,         [SHOAL_CLASS_SEQUENCE] = parse_sequence,
    [SHOAL_CLASS_ARRAY] = parse_array,       [SHOAL_CLASS_COMPLEX] = parse_complex,
};

/* What was built of *out before a failure is freed with the whole tree, by the outermost caller. */
static shoal_status parse_type(parser *p, int depth, shoal_datatype **out)
{
    if (depth > MAX_DEPTH) return damaged(p, "it is nested too deep");
    uint32_t first = (uint32_t)shoal_cursor_uint(&p->in, 1);
    type_head head = {.version = (int)(first >> 4), .depth = depth};
    head.bits = (uint32_t)shoal_cursor_uint(&p->in, 3);
    uint32_t n_bytes = (uint32_t)shoal_cursor_uint(&p->in, 4);
    if (!p->in.ok) return cut_off(p);
    if (head.version < 1 || head.version > 5) return damaged(p, "its version is not known");
    if ((first & 15) >= sizeof classes / sizeof *classes)
        return damaged(p, "its class is not known");
    if (n_bytes == 0) return damaged(p, "its size is 0");
    shoal_status status = take(p, 1, sizeof **out, out);
    if (status != SHOAL_OK) return status;
    shoal_datatype *type = *out;
    type->class_ = (shoal_class)(first & 15);
    type->n_bytes = n_bytes;
    status = classes[type->class_](p, &head, type);
    /* Bits that say nothing about signs there. */
    if (type->class_ == SHOAL_CLASS_BITFIELD) type->is_signed = false;
    return status;
}

shoal_status shoal_datatype_parse_part(const shoal_metadata *meta, const uint8_t *bytes, size_t n,
                                       size_t *used, shoal_datatype **out, shoal_error *err)
{
    parser p = {.in = shoal_cursor_over(bytes, n),
                .start = bytes,
                .offset_bytes = meta->offset_bytes,
                .memory = MAX_MEMORY,
                .err = err};
    shoal_datatype *type = NULL;
    shoal_status status = parse_type(&p, 1, &type);
    if (status != SHOAL_OK) {
        shoal_datatype_free(type);
        return status;
    }
    if (used) *used = n - p.in.left;
    *out = type;
    return SHOAL_OK;
}

shoal_status shoal_datatype_parse(const shoal_metadata *meta, const uint8_t *bytes, size_t n,
                                  shoal_datatype **out, shoal_error *err)
{
    return shoal_datatype_parse_part(meta, bytes, n, NULL, out, err);
}

/* As deep as the parser went. */
void shoal_datatype_free(shoal_datatype *type)
{
    if (!type) return;
    for (uint32_t k = 0; type->member && k < type->n_members; k++) {
        free(type->member[k].name);
        shoal_datatype_free(type->member[k].type);
    }
    for (uint32_t k = 0; type->name && k < type->n_members; k++) free(type->name[k]);
    shoal_datatype_free(type->base);
    free(type->member);
    free(type->name);
    free(type->value);
    free(type->tag);
    free(type->shape);
    free(type);
}
