/* Conversion of stored elements to elements in memory, for types that are not used as they lie:
   byte order, odd precisions, foreign floats, members of compounds, text of variable length.
   Pure: bytes in, bytes out; values of variable length come through a callback. */
#ifndef SHOAL_CHUNK_CONVERSION_H
#define SHOAL_CHUNK_CONVERSION_H

#include <shoal/shoal.h>

typedef struct shoal_conversion shoal_conversion;

size_t shoal_conversion_stored_bytes(const shoal_conversion *conversion);
size_t shoal_conversion_memory_bytes(const shoal_conversion *conversion);
void shoal_conversion_free(shoal_conversion *conversion); /* NULL is fine */

/* Where variable-length values come from: `descriptor` is the stored form (length, address and
   index); gives bytes that stay valid until the next call. Not called for empty values. */
typedef shoal_status shoal_fetch_sequence(void *user, const uint8_t *descriptor,
                                          const uint8_t **bytes, size_t *n, shoal_error *err);

/* Converts n elements. src and dst do not overlap. Allocates nothing. `fetch` may be NULL when
   nothing is of variable length. SHOAL_DATA when a value cannot be: a float that is not exact in
   float64, a text that its heap has not or that is longer than was measured. */
shoal_status shoal_convert(const shoal_conversion *conversion, const void *src, void *dst,
                           size_t n_elements, shoal_fetch_sequence *fetch, void *user,
                           shoal_error *err);

/* The most bytes that a text of variable length takes in n stored elements, as their descriptors
   state it; raises *longest, never lowers it. */
void shoal_conversion_measure(const shoal_conversion *conversion, const void *src,
                              size_t n_elements, uint32_t *longest);

/* ---- Building ---- */

typedef enum shoal_byte_order {
    SHOAL_ORDER_LITTLE,
    SHOAL_ORDER_BIG,
    SHOAL_ORDER_VAX, /* 16-bit words from the most significant on, each little-endian */
} shoal_byte_order;

typedef enum shoal_step_kind {
    SHOAL_STEP_COPY,    /* from_bytes as they lie */
    SHOAL_STEP_SWAP,    /* 2, 4 or 8 bytes in reverse */
    SHOAL_STEP_INTEGER, /* `precision` bits from `bit_offset` on, extended; 1 to 8 bytes */
    SHOAL_STEP_FLOAT,   /* of any format that shoal_float_known says yes to */
    SHOAL_STEP_TEXT,    /* a descriptor to text of to_bytes, padded with NUL */
    SHOAL_STEP_LIST,    /* a descriptor to numbers, as text: "[1, 2]" */
} shoal_step_kind;

/* Where a float's fields are, in bits of the element. */
typedef struct shoal_float_format {
    uint32_t n_bytes;
    shoal_byte_order order;
    uint32_t sign_at, exponent_at, exponent_bits, mantissa_at, mantissa_bits, exponent_bias;
    bool implied; /* normal numbers' top bit is set and not stored */
} shoal_float_format;

/* True when shoal can take such floats apart: up to 16 bytes, with fields inside. */
bool shoal_float_known(const shoal_float_format *format);
/* SHOAL_FLOAT32 or SHOAL_FLOAT64: the smaller one in which each value is exact; SHOAL_FLOAT64
   also where only some are. */
shoal_type_code shoal_float_target(const shoal_float_format *format);

enum { SHOAL_STEP_LOOPS = 6 };

/* What becomes of one item of each element, or of `count` items that are strides apart, in loops
   from the outermost to the innermost. Items lie inside the element: that is the caller's care. */
typedef struct shoal_step {
    shoal_step_kind kind;
    size_t from, to; /* the first item: bytes from the element's start, stored and in memory */
    uint32_t from_bytes, to_bytes; /* of an item; integers go to 1, 2, 4 or 8 bytes, as
                                      shoal_integer_bytes says, floats to 4 or 8 */
    /* SHOAL_STEP_LIST: what becomes of a number of item_bytes before it is text */
    shoal_step_kind item_kind; /* one of the first four */
    uint32_t item_bytes;
    shoal_type item_type;
    shoal_byte_order order; /* SHOAL_STEP_INTEGER */
    uint32_t bit_offset, precision;
    bool is_signed;
    shoal_float_format format; /* SHOAL_STEP_FLOAT */
    int n_loops;
    struct {
        size_t count, from_stride, to_stride;
    } loop[SHOAL_STEP_LOOPS];
} shoal_step;

/* The bytes in memory of integers stored in n_bytes, 1 to 8: the next of 1, 2, 4, 8. */
uint32_t shoal_integer_bytes(uint32_t n_bytes);

/* A conversion without steps. */
shoal_status shoal_conversion_new(size_t stored_bytes, size_t memory_bytes, shoal_conversion **out,
                                  shoal_error *err);
/* Adds a step; copies that go on where the last one ended become one. */
shoal_status shoal_conversion_add(shoal_conversion *conversion, const shoal_step *step,
                                  shoal_error *err);
/* True when it does nothing: elements are in memory as they lie. */
bool shoal_conversion_is_copy(const shoal_conversion *conversion);

#endif
