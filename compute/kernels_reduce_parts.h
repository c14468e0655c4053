/* All reductions of one complex type: CODE is the caller's, and is undefined at the end. Included
   by kernels_reduce.c. */
#define PARTS  2
#define WHOLE  0
#define RESULT SHOAL_PASTE(V_, CODE)

#define K(x) SHOAL_PASTE(SHOAL_PASTE(plain_, x), SHOAL_PASTE(_, CODE))
#define SKIP 0
#include "compute/kernels_sum.h"

#include "compute/kernels_reduce_complex.h"

#include "compute/kernels_count.h"
#undef K
#undef SKIP

#define K(x) SHOAL_PASTE(SHOAL_PASTE(nan_, x), SHOAL_PASTE(_, CODE))
#define SKIP 1
#include "compute/kernels_sum.h"

#include "compute/kernels_reduce_complex.h"
#undef K
#undef SKIP

#undef PARTS
#undef WHOLE
#undef RESULT
#undef CODE
