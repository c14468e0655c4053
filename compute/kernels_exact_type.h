/* The exact sums of one floating or complex type: CODE, PART and PARTS are the caller's, and
   are undefined at the end. Included by kernels_exact.c. */
#define SKIP    0
#define SQUARES 0
#define K(x)    SHOAL_PASTE(SHOAL_PASTE(plain_sums_, x), SHOAL_PASTE(_, CODE))
#include "compute/kernels_exact.h"
#undef K
#undef SQUARES

#define SQUARES 1
#define K(x)    SHOAL_PASTE(SHOAL_PASTE(plain_squares_, x), SHOAL_PASTE(_, CODE))
#include "compute/kernels_exact.h"
#undef K
#undef SQUARES
#undef SKIP

#define SKIP    1
#define SQUARES 0
#define K(x)    SHOAL_PASTE(SHOAL_PASTE(nan_sums_, x), SHOAL_PASTE(_, CODE))
#include "compute/kernels_exact.h"
#undef K
#undef SQUARES

#define SQUARES 1
#define K(x)    SHOAL_PASTE(SHOAL_PASTE(nan_squares_, x), SHOAL_PASTE(_, CODE))
#include "compute/kernels_exact.h"
#undef K
#undef SQUARES
#undef SKIP

#undef CODE
#undef PART
#undef PARTS
