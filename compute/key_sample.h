/* A random sample of keys in the order in which they came, taken from a stream of unknown length:
   one of each `stride`, any of them, all of which are kept while there is room; then every second
   one, and half as many from there on. Equal stretches of the stream so have equal shares. */
#ifndef SHOAL_COMPUTE_KEY_SAMPLE_H
#define SHOAL_COMPUTE_KEY_SAMPLE_H

#include "compute/bracket.h"
#include "compute/quantile.h"

#define SHOAL_SAMPLE_MOST ((size_t)1 << 17)

typedef struct shoal_key_sample {
    uint64_t stride, skip, random; /* elements left until the next one that is taken */
    uint64_t offset;               /* of that in its stride */
    size_t n;
    uint64_t key[]; /* SHOAL_SAMPLE_MOST */
} shoal_key_sample;

void shoal_sample_begin(shoal_key_sample *sample);
void shoal_sample_take(shoal_key_sample *sample, shoal_type_code type, const void *x, size_t n);
void shoal_sample_merge(shoal_key_sample *into, const shoal_key_sample *from);

/* For each quantile a range of keys in which that of all elements very likely is: how far the
   sample's may be off is estimated from how parts of the sample differ, as neighbours are alike.
   `sorted` has room for SHOAL_SAMPLE_MOST keys. 0: the sample has no numbers. */
size_t shoal_sample_brackets(const shoal_key_sample *sample, const shoal_quantiles *quantiles,
                             uint64_t *sorted, shoal_bracket *out);

#endif
