/* C sources of kernels, compiled when they are first used and kept by what they say. */
#ifndef SHOAL_COMPUTE_USER_COMPILE_H
#define SHOAL_COMPUTE_USER_COMPILE_H

#include "compute/user_cache.h"

/* The text of shoal/kernel.h, which sources include. */
extern const char shoal_kernel_header[];

/* A digest of bytes, to be begun with SHOAL_DIGEST: enough to tell one's own files apart. */
typedef struct shoal_digest {
    uint64_t part[2];
} shoal_digest;
#define SHOAL_DIGEST ((shoal_digest){{UINT64_C(0xcbf29ce484222325), UINT64_C(0x6c62272e07bb0142)}})
void shoal_digest_add(shoal_digest *digest, const void *bytes, size_t n);

#endif
