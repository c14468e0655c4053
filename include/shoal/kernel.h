/*
 * Kernels of your own for shoal: compiled functions that become functions of its expressions and
 * are run chunk by chunk, on every core, within the memory limit. This header stands alone: C99,
 * or C++17, without shoal.h.
 *
 *     #include <shoal/kernel.h>
 *
 *     static int cube(const shoal_kernel_call *call, size_t n, const void *const *in,
 *                     void *const *out)
 *     {
 *         const double *x = in[0];
 *         double *y = out[0];
 *         for (size_t i = 0; i < n; i++) y[i] = x[i] * x[i] * x[i];
 *         return 0;
 *     }
 *
 *     static const shoal_kernel_spec kernels[] = {
 *         {.name = "cube", .doc = "x * x * x", .kind = SHOAL_KERNEL_ELEMENTS,
 *          .types = "float64 -> float64", .elements = cube},
 *     };
 *     SHOAL_KERNELS(kernels);
 *
 *     $ shoal calc --kernel cube.c 'mean(cube(t))' t=era5.nc:/t2m
 *
 * A program hands the same structs over itself: kernels and n_kernels of shoal_calc_params.
 *
 * What a kernel is given
 *   Elements lie one after another, aligned as C's types are, in the machine's byte order: bools
 *   are bytes (write 0 or 1), complex numbers two floats, float16 its 16 bits. The types are
 *   those that `types` names: arguments of other types are cast as for the built-in functions, and
 *   only where nothing is lost in NumPy's sense (int32 to float64, not float64 to float32: write
 *   k(float32(x)) for that). Several specs with one name are one function for several types: the
 *   first whose types fit is taken.
 *
 * What it may do
 *   Its functions are called from several threads at once, each call with a scratch of its own.
 *   They may read what they are given, write to their outputs, states and scratch, and call
 *   functions that are safe with threads. What they write may depend on nothing but the elements,
 *   the parameters and `user`: shoal calls a kernel once for equal uses, in any order, for elements
 *   that are not asked for too, and for one chunk again where a second pass needs it. They must
 *   not keep the pointers, throw, jump out, start or end threads that outlive the call, or call
 *   shoal.
 *
 * What it returns
 *   0, or anything else where it fails: then the run ends, with the text that it wrote to
 *   call->message (or "returned N"), the kernel's name and the box of the array, as
 *   SHOAL_DATA (exit status 4); no output is left behind. A crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL)
 *   is caught and reported in the same way, by a jump out of the kernel: what it had locked stays
 *   locked and what it had overwritten is lost, so a program should then say so and end. So is a
 *   call of exit(), where the C library can be jumped out of there (glibc up to 2.40). The same
 *   goes for what a shared object does when it is loaded. _exit(), abort(), and exit() with a newer
 *   glibc end the program.
 */
#ifndef SHOAL_KERNEL_H
#define SHOAL_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of this header. A library knows its own version and those before it. */
#define SHOAL_KERNEL_ABI 1

/* The limits of a spec. */
#define SHOAL_KERNEL_MAX_ARGUMENTS  8 /* arrays that an element-wise kernel or a reduction takes */
#define SHOAL_KERNEL_MAX_RESULTS    8 /* and an element-wise one gives */
#define SHOAL_KERNEL_MAX_PARAMETERS 8
#define SHOAL_KERNEL_MAX_STATE      ((size_t)1 << 26) /* bytes of a reduction's state */
#define SHOAL_KERNEL_MAX_HALO       ((uint64_t)1 << 32)
#define SHOAL_KERNEL_MAX_KERNELS    256 /* specs of one table */

enum {
    SHOAL_KERNEL_ELEMENTS = 1,   /* y = k(x, ...): element by element, with broadcasting; with
                                    several results k(x)[0], k(x)[1], ... are these */
    SHOAL_KERNEL_REDUCTION = 2,  /* k(x, ..., axis=None, keepdims=False, by=None); ... more arrays,
                                    broadcast with x, and parameters */
    SHOAL_KERNEL_LINES = 3,      /* k(x, ..., axis=-1): each line along an axis gives a line */
    SHOAL_KERNEL_STENCIL = 4,    /* k(x, ..., axis=-1, mode="reflect", cval=0): each from its
                                    neighbours along an axis */
    SHOAL_KERNEL_STENCIL_2D = 5, /* k(x, ..., axis=(-2, -1), mode="reflect", cval=0): along two
                                    axes beside each other */
    SHOAL_KERNEL_STENCIL_3D = 6, /* along three */
    SHOAL_KERNEL_LINES_2D = 7,   /* k(x, ..., axis=(-2, -1)): each plane along two axes beside each
                                    other gives a plane */
    SHOAL_KERNEL_LINES_3D = 8    /* along three */
};

/* What each call is told. It may grow at its end. */
typedef struct shoal_kernel_call {
    void *user;               /* the spec's */
    const double *parameters; /* their values, in the spec's order */
    void *scratch;            /* the worker's own, aligned to 64 bytes; kept between calls or not */
    size_t scratch_bytes;     /* at least what the spec asks for */
    char *message;            /* for an error's text: one line, with a NUL behind it */
    size_t message_bytes;     /* that fit there, the NUL included */
    /* For messages, and for what depends on the place: the array that is computed over and the box
       of it that the worker has. Slices of a kernel's result are computed from slices of its
       arguments, whose places these are. Rank 0 where single numbers are computed. */
    uint32_t rank;
    const uint64_t *shape, *start, *count;
    uint64_t index; /* elements: the first one's in the box, in C order; step: the first one's along
                       the axis, or in the whole array where all axes are reduced; stencils: the
                       first result's along the axis, or in C order of the axes; else 0 */
    const int64_t *strides; /* stencils: elements from one to the next along each of the axes; NULL
                               for other kinds */
    const uint64_t *lengths, *out_lengths; /* LINES_2D and _3D: of each of the axes, before and
                                              behind; NULL for other kinds */
} shoal_kernel_call;

/* A number that a call may give behind the arrays, by place or by name: k(x, rate=0.05). */
typedef struct shoal_kernel_parameter {
    const char *name;
    double value;       /* where it is not given */
    uint32_t is_needed; /* not 0: it must be given */
    uint32_t is_whole;  /* not 0: only whole numbers are taken */
} shoal_kernel_parameter;

/* One kernel for one choice of types. Members that are 0 or NULL mean none; those of other kinds
   are not looked at. Texts and parameters are copied when the kernel is taken in; `user` and the
   functions must live as long as plans that use them. */
typedef struct shoal_kernel_spec {
    const char *name; /* letters, digits and '_'; no built-in function's */
    const char *doc;  /* one line for people */
    uint32_t kind;    /* SHOAL_KERNEL_... */
    uint32_t n_parameters;
    const shoal_kernel_parameter *parameters;
    const char *types; /* NumPy's names: "float64, float64 -> float64", "int16 -> int64, bool" */
    const char *arguments; /* names for people: "spot, strike"; NULL: x, y, z, ... */
    void *user;
    size_t scratch_bytes; /* of each worker */
    /* More of them, for runs of at most n elements (of a line, for lines and stencils). */
    size_t (*scratch)(void *user, const double *parameters, uint64_t n);

    /* SHOAL_KERNEL_ELEMENTS: n elements of each argument and result; nothing overlaps. Arguments
       that are the same all over are repeated n times. */
    int (*elements)(const shoal_kernel_call *call, size_t n, const void *const *in,
                    void *const *out);

    /* SHOAL_KERNEL_REDUCTION. Each result has states of state_bytes, aligned to 16 bytes, in each
       task of a run. `init` sets one up for no elements; `step` takes in n (along slow axes as few
       as 1), and where there are several arguments, x points to an array of pointers, to n elements
       of each: const void *const *all = x; `merge` adds what comes behind those that are in `state`
       already; `finish` writes the result of n elements. Tasks are merged in the order of the
       array: the bits do not depend on the threads, but on the chunks where the order of steps
       counts. */
    size_t state_bytes;
    int (*init)(const shoal_kernel_call *call, void *state);
    int (*step)(const shoal_kernel_call *call, void *state, size_t n, const void *x);
    int (*merge)(const shoal_kernel_call *call, void *state, const void *behind);
    int (*finish)(const shoal_kernel_call *call, const void *state, uint64_t n, void *result);

    /* SHOAL_KERNEL_LINES: a whole line of n elements to one of n_out, which `length` tells from n;
       NULL: n_out is n. A line must fit the memory limit.
       SHOAL_KERNEL_LINES_2D, _3D: the same for whole planes and volumes, in C order: n and n_out
       are the elements of them all, call->lengths and out_lengths tell the axes'; `length` is asked
       for each axis by itself. */
    uint64_t (*length)(void *user, const double *parameters, uint64_t n);
    int (*line)(const shoal_kernel_call *call, uint64_t n, const void *x, uint64_t n_out,
                void *out);

    /* SHOAL_KERNEL_STENCIL: out[i] from x[i - before] to x[i + after], for n results; all of these
       can be read, those beyond the line's ends as the call's mode= has it. `halo` sets both from
       the parameters; NULL: they are these. Lines may be longer than the memory.
       SHOAL_KERNEL_STENCIL_2D, _3D: the same for n results along the last of the axes, where x[0]
       is in the middle, and neighbours along the axis k are call->strides[k] further or back, so
       that x[i - call->strides[0]] is above x[i]. `before` and `after` are for each axis; `halo` is
       given them as arrays, with an element for each axis. */
    uint64_t before, after;
    void (*halo)(void *user, const double *parameters, uint64_t *before, uint64_t *after);
    int (*stencil)(const shoal_kernel_call *call, uint64_t n, const void *x, void *out);
} shoal_kernel_spec;

/* What a shared object exports, as the symbol shoal_kernels. */
typedef struct shoal_kernel_table {
    uint32_t abi; /* SHOAL_KERNEL_ABI */
    uint32_t n_kernels;
    const shoal_kernel_spec *kernels;
} shoal_kernel_table;

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
extern const shoal_kernel_table shoal_kernels;

/* Exports an array of specs. */
#define SHOAL_KERNELS(list)                    \
    const shoal_kernel_table shoal_kernels = { \
        SHOAL_KERNEL_ABI, (uint32_t)(sizeof(list) / sizeof((list)[0])), (list)}

#ifdef __cplusplus
}
#endif
#endif
