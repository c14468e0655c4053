/* Users' kernels (shoal/kernel.h): taken in from the caller and from files, checked, and found by
   name. */
#ifndef SHOAL_COMPUTE_USER_KERNEL_H
#define SHOAL_COMPUTE_USER_KERNEL_H

#include "compute/arena.h"
#include "compute/kernel.h"

/* One spec: a function of the language for one choice of types. */
typedef struct shoal_user_kernel {
    shoal_kernel_spec spec; /* texts and parameters are copies */
    int n_in, n_out;
    shoal_type_code in[SHOAL_KERNEL_MAX_ARGUMENTS], out[SHOAL_KERNEL_MAX_RESULTS];
    const char *argument[SHOAL_KERNEL_MAX_ARGUMENTS]; /* names */
    uint32_t place[SHOAL_KERNEL_MAX_ARGUMENTS];       /* REDUCTION: in a record of all arguments */
    uint32_t record_bytes;
    shoal_reduction reduction;      /* REDUCTION: as a pass runs it (compute/pass_user.c) */
    struct shoal_user_kernel *more; /* of the same name, for other types; NULL after the last */
} shoal_user_kernel;

/* A kernel with the parameters of a call. Equal ones are one. */
typedef struct shoal_user_use {
    const shoal_user_kernel *kernel;
    double parameter[SHOAL_KERNEL_MAX_PARAMETERS];
    struct shoal_user_use *next;
} shoal_user_use;

typedef struct shoal_user_kernels {
    shoal_arena *arena;
    size_t n; /* names */
    shoal_user_kernel **kernel;
    size_t n_files;
    void **file; /* of dlopen */
    shoal_user_use *uses;
} shoal_user_kernels;

/* Takes in what the caller gives and what the files export; *out is in the arena. SHOAL_USAGE for
   kernels that are wrong, SHOAL_SYSTEM for files that cannot be loaded, SHOAL_DATA where what they
   do then crashes. */
shoal_status shoal_user_kernels_open(shoal_arena *arena, const shoal_calc_params *params,
                                     shoal_user_kernels **out, shoal_error *err);
/* Closes the files, after the last run; NULL is fine. */
void shoal_user_kernels_close(shoal_user_kernels *kernels);

/* The kernels of a name, in their order; NULL where there is none, or `kernels` is NULL. */
const shoal_user_kernel *shoal_user_kernel_find(const shoal_user_kernels *kernels,
                                                const char *name);
/* The one use of a kernel with these parameters; NULL when memory is out. */
const shoal_user_use *shoal_user_use_of(shoal_user_kernels *kernels,
                                        const shoal_user_kernel *kernel, const double *parameters);
/* The axes of a kind of stencils or lines; 0 for other kinds. */
static inline int shoal_user_axes(uint32_t kind)
{
    switch (kind) {
    case SHOAL_KERNEL_LINES:
    case SHOAL_KERNEL_STENCIL: return 1;
    case SHOAL_KERNEL_LINES_2D:
    case SHOAL_KERNEL_STENCIL_2D: return 2;
    case SHOAL_KERNEL_LINES_3D:
    case SHOAL_KERNEL_STENCIL_3D: return 3;
    default: return 0;
    }
}
/* "float64, float64 -> float64" */
const char *shoal_user_types_text(const shoal_user_kernel *kernel, char *text, size_t capacity);

/* ---- Between the files user_*.c ---- */

/* Checks specs and adds them; `origin` is where they are from, for messages. */
shoal_status shoal_user_kernels_add(shoal_user_kernels *kernels, const char *origin,
                                    const shoal_kernel_spec *specs, size_t n, shoal_error *err);
/* The shared object of a C source, compiled where it is not kept already; *out is malloc'ed. */
shoal_status shoal_user_compile(const char *source, char **out, shoal_error *err);

#endif
