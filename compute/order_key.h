/* Ordered keys: an element's bits made an unsigned integer that compares as the element does in a
   sort, NaN last as in NumPy's (every NaN has the same key, all bits set). A key has 8, 16, 32 or
   64 bits, as many as the element. Not for complex types, text and records. */
#ifndef SHOAL_COMPUTE_ORDER_KEY_H
#define SHOAL_COMPUTE_ORDER_KEY_H

#include <shoal/shoal.h>

int shoal_key_bits(shoal_type_code type);
/* Has the type NaNs? Then a key of all bits set is one. */
bool shoal_key_has_nan(shoal_type_code type);
/* The least and the greatest key that is no NaN's. */
void shoal_key_ends(shoal_type_code type, uint64_t *least, uint64_t *most);
/* The key of 0.0; that of -0.0 is one less. Of floats. */
uint64_t shoal_key_zero(shoal_type_code type);

/* The element of a key. */
void shoal_key_element(shoal_type_code type, uint64_t key, void *out);

/* Moves keys so that each of those that belong at `ranks` (rising, each < n) in sorted order is
   there. By quickselect with sampled pivots; when these keep failing, by halving the keys' range,
   so never slower than n times the number of bits for each rank. */
void shoal_select32(uint32_t *keys, size_t n, const uint64_t *ranks, size_t n_ranks);
void shoal_select64(uint64_t *keys, size_t n, const uint64_t *ranks, size_t n_ranks);

#endif
