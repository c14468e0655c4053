/* All reductions of bool or one integer type: CODE, STATE, LEAST, MOST, BIAS and SIGNED are the
   caller's, and are undefined at the end. Included by kernels_reduce.c. */
#define PARTS 1
#define WHOLE 1
#define SKIP  0

#define K(x) SHOAL_PASTE(SHOAL_PASTE(plain_, x), SHOAL_PASTE(_, CODE))
#include "compute/kernels_count.h"

#include "compute/kernels_widened.h"
#undef K

#define K(x)   SHOAL_PASTE(SHOAL_PASTE(plain_min_, x), SHOAL_PASTE(_, CODE))
#define BEFORE <
#define WORST  MOST
#include "compute/kernels_extreme.h"
#undef K
#undef BEFORE
#undef WORST

#define K(x)   SHOAL_PASTE(SHOAL_PASTE(plain_max_, x), SHOAL_PASTE(_, CODE))
#define BEFORE >
#define WORST  LEAST
#include "compute/kernels_extreme.h"
#undef K
#undef BEFORE
#undef WORST

#undef PARTS
#undef WHOLE
#undef SKIP
#undef CODE
#undef STATE
#undef LEAST
#undef MOST
#undef BIAS
#undef SIGNED
