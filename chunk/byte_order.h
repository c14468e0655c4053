/* Big- and little-endian numbers in bytes of any alignment. */
#ifndef SHOAL_CHUNK_BYTE_ORDER_H
#define SHOAL_CHUNK_BYTE_ORDER_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t shoal_load_be32(const uint8_t *at)
{
    uint32_t x;
    memcpy(&x, at, sizeof x);
    return be32toh(x);
}

static inline uint64_t shoal_load_be64(const uint8_t *at)
{
    uint64_t x;
    memcpy(&x, at, sizeof x);
    return be64toh(x);
}

static inline uint32_t shoal_load_le32(const uint8_t *at)
{
    uint32_t x;
    memcpy(&x, at, sizeof x);
    return le32toh(x);
}

static inline void shoal_store_be32(uint8_t *at, uint32_t x)
{
    x = htobe32(x);
    memcpy(at, &x, sizeof x);
}

static inline void shoal_store_be64(uint8_t *at, uint64_t x)
{
    x = htobe64(x);
    memcpy(at, &x, sizeof x);
}

static inline void shoal_store_le32(uint8_t *at, uint32_t x)
{
    x = htole32(x);
    memcpy(at, &x, sizeof x);
}

#endif
