/* Reductions of several arrays: their elements are packed to records, which pass through the
   program and the reductions' boxes as one array's elements do, and are taken apart before a step.
 */
#ifndef SHOAL_COMPUTE_USER_PACK_H
#define SHOAL_COMPUTE_USER_PACK_H

#include "compute/user_kernel.h"

/* Bytes that taking apart needs, at most. */
#define SHOAL_APART_BYTES ((size_t)64 << 10)

/* Says where each argument's element is in a record, aligned, and how long a record is. */
void shoal_user_pack_init(shoal_user_kernel *kernel);
/* n elements of each argument to records. */
void shoal_user_pack(const shoal_user_kernel *kernel, size_t n, const void *const *in, void *out);
/* The most records that fit SHOAL_APART_BYTES when they are apart. */
size_t shoal_user_apart_most(const shoal_user_kernel *kernel);
/* Takes up to so many apart, to memory that is aligned to 64 bytes; out[k] is the k-th argument's.
 */
void shoal_user_take_apart(const shoal_user_kernel *kernel, size_t n, const void *records,
                           void *memory, const void **out);

#endif
