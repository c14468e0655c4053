/* What is applied to elements and needs parameters beside them. Texts of fixed length are
   compared, searched, measured, changed and looked up; instants are taken apart. Texts are UTF-8,
   padded with NUL; they are ordered by bytes, which is the order of code points. */
#ifndef SHOAL_COMPUTE_APPLY_H
#define SHOAL_COMPUTE_APPLY_H

#include "store/cf_time.h"

#include <shoal/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum shoal_apply_op {
    SHOAL_APPLY_EQUAL, /* these six give bool; of one argument and the literal, or of two */
    SHOAL_APPLY_NOT_EQUAL,
    SHOAL_APPLY_LESS,
    SHOAL_APPLY_LESS_EQUAL,
    SHOAL_APPLY_GREATER,
    SHOAL_APPLY_GREATER_EQUAL,
    SHOAL_APPLY_STARTS, /* these three give bool: the literal at the start, the end, anywhere */
    SHOAL_APPLY_ENDS,
    SHOAL_APPLY_CONTAINS,
    SHOAL_APPLY_AMONG,  /* bool: is the text one of the table's? */
    SHOAL_APPLY_LENGTH, /* int64: code points */
    SHOAL_APPLY_UPPER,  /* these three give text of out_bytes */
    SHOAL_APPLY_LOWER,
    SHOAL_APPLY_STRIP,  /* white space at both ends */
    SHOAL_APPLY_LOOKUP, /* the element of the table at an int64; the last one where there is none */
    SHOAL_APPLY_SEARCH, /* int64: of a number, how many of the table's are below it (right: or are
                           it) */
    SHOAL_APPLY_MEMBER, /* bool: is the number one of the table's? */
    SHOAL_APPLY_INTERPOLATE, /* float64: at a float64, on the lines between the table's points */
    SHOAL_APPLY_BESSEL,      /* float64: I0 of a float64 that is not negative; without its factor
                                exp(x) where x is above SHOAL_BESSEL_FAR */
    SHOAL_APPLY_YEAR, /* these, int64, of an int64 with microseconds from 1970-01-01 of the calendar
                       */
    SHOAL_APPLY_MONTH,
    SHOAL_APPLY_DAY,
    SHOAL_APPLY_HOUR,
    SHOAL_APPLY_MINUTE,
    SHOAL_APPLY_SECOND,
    SHOAL_APPLY_MICROSECOND,
    SHOAL_APPLY_DAY_OF_YEAR,
    SHOAL_APPLY_WEEKDAY, /* Monday is 0 */
    SHOAL_APPLY_USER,    /* one result of a user's kernel, which a program runs by itself */
    SHOAL_APPLY_PACK,    /* a record of what a user's reduction takes */
} shoal_apply_op;

typedef struct shoal_apply {
    shoal_apply_op op;
    size_t n_bytes[2]; /* of each argument's elements */
    size_t out_bytes;  /* of the results */
    const char *literal;
    size_t n_literal;
    /* LOOKUP: n_table elements of out_bytes, and one more. AMONG: texts of n_literal bytes, rising.
       INTERPOLATE: n_table rising float64, as many values, and those before and behind all. SEARCH,
       MEMBER: ordered keys (compute/order_key.h) of 64 bits, rising, none of -0. */
    const uint8_t *table;
    uint64_t n_table;
    shoal_type_code code;    /* SEARCH, MEMBER: int64, uint64 or float64, of elements and table */
    bool right;              /* SEARCH */
    shoal_calendar calendar; /* of instants */
    const struct shoal_user_use *use;       /* USER, else NULL */
    int result;                             /* USER */
    const struct shoal_user_kernel *kernel; /* PACK */
} shoal_apply;

bool shoal_apply_same(const shoal_apply *a, const shoal_apply *b);

/* n elements of each in[k] to out; nothing overlaps. */
void shoal_apply_run(const shoal_apply *step, size_t n, const void *const *in, void *out);

/* Those over instants; the others are in apply_text.c. */
void shoal_apply_time(const shoal_apply *step, size_t n, const void *in, void *out);

/* Among sorted ones; in apply_search.c. */
void shoal_apply_search(const shoal_apply *step, size_t n, const void *in, void *out);
void shoal_apply_among(const shoal_apply *step, size_t n, const void *in, void *out);
/* In apply_curve.c. */
#define SHOAL_BESSEL_FAR 30.0
void shoal_apply_interpolate(const shoal_apply *step, size_t n, const void *in, void *out);
void shoal_apply_bessel(size_t n, const void *in, void *out);
/* The 64-bit keys of n elements of such a type; that of -0 is that of 0. */
void shoal_apply_keys(shoal_type_code code, size_t n, const void *in, uint64_t *keys);

/* Upper or lower case of n bytes, in place. Letters of ASCII, Latin-1, Latin Extended-A, Greek,
   Cyrillic and Armenian whose other case is as long; others stay. */
void shoal_text_case(char *text, size_t n, bool upper);

#endif
