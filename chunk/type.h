/* The one table of element types: sizes, names, kinds, and how each is printed and swapped. */
#ifndef SHOAL_CHUNK_TYPE_H
#define SHOAL_CHUNK_TYPE_H

#include <shoal/shoal.h>

#define SHOAL_N_NUMERIC_TYPES 14 /* all codes before SHOAL_TEXT */

typedef enum shoal_kind {
    SHOAL_KIND_BOOL,
    SHOAL_KIND_INT,
    SHOAL_KIND_UINT,
    SHOAL_KIND_FLOAT,
    SHOAL_KIND_COMPLEX,
    SHOAL_KIND_TEXT,
    SHOAL_KIND_RECORD,
} shoal_kind;

/* The size in bytes of a numeric type; 0 for text and records, whose size is the type's own. */
uint32_t shoal_code_size(shoal_type_code code);
shoal_kind shoal_code_kind(shoal_type_code code);
shoal_type shoal_type_of(shoal_type_code code); /* of a numeric code */

/* "<f4", "|b1", "|S12", "|V12": the .npy descriptor of the type in little-endian order. */
const char *shoal_type_npy(shoal_type type, char descr[24]);

/* Reads an .npy or NumPy descriptor; *big_endian tells the stored order. */
bool shoal_type_parse_npy(const char *text, shoal_type *out, bool *big_endian);

/* Reverses the bytes of each element (of each half of a complex one) in place. */
void shoal_swap_bytes(shoal_type type, void *data, size_t n_elements);

/* IEEE half <-> float, exact and rounded to nearest even. */
float shoal_half_to_float(uint16_t half);
uint16_t shoal_float_to_half(float value);
uint16_t shoal_double_to_half(double value);

/* Reads one element from text ("3", "1e-5", "nan", "true", "1+2j"; records as "0x" and all their
   digits); false if it does not fit. */
bool shoal_element_parse(shoal_type type, const char *text, void *element);

#endif
