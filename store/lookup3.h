/* The checksum of HDF5's newer metadata: Bob Jenkins' public-domain lookup3 hash, start value 0. */
#ifndef SHOAL_STORE_LOOKUP3_H
#define SHOAL_STORE_LOOKUP3_H

#include <stddef.h>
#include <stdint.h>

uint32_t shoal_lookup3(const uint8_t *bytes, size_t n);

#endif
