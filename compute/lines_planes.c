/* Users' functions of whole planes and volumes: lines in C order over several neighbouring axes,
   whose results have as many axes, of other lengths. */
#include "compute/lines.h"
#include "compute/pass_user.h"

static size_t no_scratch(const void *params, uint64_t n)
{
    (void)params;
    (void)n;
    return 0; /* the worker has the kernel's */
}

static void run_plane(const void *params, void *scratch, const void *x, uint64_t n, void *out)
{
    const shoal_box_lines *p = params;
    uint64_t n_out = 1;
    (void)scratch;
    for (uint32_t k = 0; k < p->n_axes; k++) n_out *= p->result[k];
    shoal_user_plane(p->use, n, x, n_out, out, p->shape, p->result);
}

const shoal_line_kind shoal_lines_user_planes = {.scratch_bytes = no_scratch, .run = run_plane};
