/* Datatype messages: a type as a tree, checked so that whoever walks it needs no more checks. */
#ifndef SHOAL_STORE_METADATA_DATATYPE_H
#define SHOAL_STORE_METADATA_DATATYPE_H

#include "chunk/conversion.h"
#include "chunk/type.h"
#include "store/metadata/metadata.h"

typedef enum shoal_class {
    SHOAL_CLASS_INTEGER = 0, /* the format's numbers */
    SHOAL_CLASS_FLOAT = 1,
    SHOAL_CLASS_TIME = 2,
    SHOAL_CLASS_TEXT = 3, /* fixed length */
    SHOAL_CLASS_BITFIELD = 4,
    SHOAL_CLASS_OPAQUE = 5,
    SHOAL_CLASS_COMPOUND = 6,
    SHOAL_CLASS_REFERENCE = 7,
    SHOAL_CLASS_ENUM = 8,
    SHOAL_CLASS_SEQUENCE = 9, /* variable length: of base elements, or text */
    SHOAL_CLASS_ARRAY = 10,
    SHOAL_CLASS_COMPLEX = 11, /* two elements of a float base: real, imaginary */
} shoal_class;

typedef enum shoal_padding { SHOAL_PAD_TERM, SHOAL_PAD_NUL, SHOAL_PAD_SPACE } shoal_padding;

typedef struct shoal_datatype shoal_datatype;

typedef struct shoal_member { /* of a compound */
    char *name;
    uint32_t offset; /* in bytes; offset + type->n_bytes lies inside the compound */
    shoal_datatype *type;
} shoal_member;

struct shoal_datatype {
    shoal_class class_;
    uint32_t n_bytes; /* of an element as stored; above 0 */
    /* integers, floats, bitfields, and the base of an enumeration */
    shoal_byte_order order;
    uint32_t bit_offset, precision; /* the value's bits inside the element */
    bool is_signed;
    /* floats: positions are bits inside the element */
    uint32_t sign_at, exponent_at, exponent_bits, mantissa_at, mantissa_bits, exponent_bias;
    int normalization; /* 0 none, 1 the top bit is always set, 2 it is set and not stored */
    /* text, fixed and of variable length */
    shoal_padding padding;
    bool is_utf8;
    bool is_text; /* SHOAL_CLASS_SEQUENCE: text */
    /* references: 0 object, 1 region; others as stored */
    int reference_kind;
    char *tag; /* opaque; may be empty */
    /* compounds: members; enumerations: members' names, with values in base's stored form */
    uint32_t n_members;
    shoal_member *member;
    char **name;
    uint8_t *value;
    /* arrays, sequences, enumerations, complex numbers */
    shoal_datatype *base;
    int rank;        /* arrays; above 0 */
    uint64_t *shape; /* each above 0; times base's bytes it is n_bytes */
};

/* Versions 1 to 5 of the message. At most 32 levels deep, and a type takes at most 32 MiB of
   memory. */
shoal_status shoal_datatype_parse(const shoal_metadata *meta, const uint8_t *bytes, size_t n,
                                  shoal_datatype **out, shoal_error *err);
/* How many bytes of `bytes` the type took is needed where it is embedded; NULL when not. */
shoal_status shoal_datatype_parse_part(const shoal_metadata *meta, const uint8_t *bytes, size_t n,
                                       size_t *used, shoal_datatype **out, shoal_error *err);
void shoal_datatype_free(shoal_datatype *type); /* NULL is fine */

/* True when elements need no conversion but perhaps a swap of their bytes: the numbers of the type
   table, h5py's bool, other enumerations (as their integers), and complex numbers, HDF5's own and
   compounds as h5py and netCDF make them. *swaps: their bytes are in big-endian order. */
bool shoal_datatype_is_plain(const shoal_datatype *type, shoal_type *out, bool *swaps);

/* A compound of two floats named r and i, or real and imag: a complex number, however it lies. */
bool shoal_datatype_is_complex(const shoal_datatype *type);

/* For people: "float32", "int16 big-endian", "text(12)", "enumeration over int8",
   "compound of 3 members, 20 bytes", "array (3, 4) of int32", ... */
void shoal_datatype_describe(const shoal_datatype *type, char *text, size_t capacity);

#endif
