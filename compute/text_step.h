/* What is done with texts of fixed length: compared, searched, measured, changed, looked up. Texts
   are UTF-8, padded with NUL; they are ordered by bytes, which is the order of code points. */
#ifndef SHOAL_COMPUTE_TEXT_STEP_H
#define SHOAL_COMPUTE_TEXT_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum shoal_text_op {
    SHOAL_TEXT_EQUAL, /* these six give bool; of one argument and the literal, or of two */
    SHOAL_TEXT_NOT_EQUAL,
    SHOAL_TEXT_LESS,
    SHOAL_TEXT_LESS_EQUAL,
    SHOAL_TEXT_GREATER,
    SHOAL_TEXT_GREATER_EQUAL,
    SHOAL_TEXT_STARTS, /* these three give bool: the literal at the start, the end, anywhere */
    SHOAL_TEXT_ENDS,
    SHOAL_TEXT_CONTAINS,
    SHOAL_TEXT_LENGTH, /* int64: code points */
    SHOAL_TEXT_UPPER,  /* these three give text of out_bytes */
    SHOAL_TEXT_LOWER,
    SHOAL_TEXT_STRIP,  /* white space at both ends */
    SHOAL_TEXT_LOOKUP, /* the element of the table at an int64; the last one where there is none */
} shoal_text_op;

typedef struct shoal_text_step {
    shoal_text_op op;
    size_t n_bytes[2]; /* of each argument's elements */
    size_t out_bytes;  /* of the results */
    const char *literal;
    size_t n_literal;
    const uint8_t *table; /* LOOKUP: n_table elements of out_bytes, and one more */
    uint64_t n_table;
} shoal_text_step;

bool shoal_text_step_same(const shoal_text_step *a, const shoal_text_step *b);

/* n elements of each in[k] to out; nothing overlaps. */
void shoal_text_step_run(const shoal_text_step *step, size_t n, const void *const *in, void *out);

/* Upper or lower case of n bytes, in place. Letters of ASCII, Latin-1, Latin Extended-A, Greek,
   Cyrillic and Armenian whose other case is as long; others stay. */
void shoal_text_case(char *text, size_t n, bool upper);

#endif
