/* All reductions of one real floating type: CODE is the caller's, and is undefined at the end.
   Included by kernels_reduce.c. */
#define PARTS  1
#define WHOLE  0
#define RESULT SHOAL_PASTE(V_, CODE)
#define STATE  double

#define K(x) SHOAL_PASTE(SHOAL_PASTE(plain_, x), SHOAL_PASTE(_, CODE))
#define SKIP 0
#include "compute/kernels_sum.h"

#include "compute/kernels_product.h"

#include "compute/kernels_count.h"
#undef K

#define K(x)   SHOAL_PASTE(SHOAL_PASTE(plain_min_, x), SHOAL_PASTE(_, CODE))
#define BEFORE <
#define WORST  INFINITY
#include "compute/kernels_extreme.h"
#undef K
#undef BEFORE
#undef WORST

#define K(x)   SHOAL_PASTE(SHOAL_PASTE(plain_max_, x), SHOAL_PASTE(_, CODE))
#define BEFORE >
#define WORST  -INFINITY
#include "compute/kernels_extreme.h"
#undef K
#undef BEFORE
#undef WORST
#undef SKIP

#define K(x) SHOAL_PASTE(SHOAL_PASTE(nan_, x), SHOAL_PASTE(_, CODE))
#define SKIP 1
#include "compute/kernels_sum.h"

#include "compute/kernels_product.h"
#undef K

#define WORST  NAN
#define K(x)   SHOAL_PASTE(SHOAL_PASTE(nan_min_, x), SHOAL_PASTE(_, CODE))
#define BEFORE <
#include "compute/kernels_extreme.h"
#undef K
#undef BEFORE

#define K(x)   SHOAL_PASTE(SHOAL_PASTE(nan_max_, x), SHOAL_PASTE(_, CODE))
#define BEFORE >
#include "compute/kernels_extreme.h"
#undef K
#undef BEFORE
#undef WORST
#undef SKIP

#undef PARTS
#undef WHOLE
#undef RESULT
#undef STATE
#undef CODE
