/* Users' kernels in a run: each worker has a context with the scratch that they asked for, and what
   went wrong first. The functions that call a kernel find the context of their thread; after a
   failure they do nothing. */
#ifndef SHOAL_COMPUTE_PASS_USER_H
#define SHOAL_COMPUTE_PASS_USER_H

#include "compute/user_kernel.h"

struct shoal_pass;

#define SHOAL_USER_MESSAGE 256

typedef struct shoal_user_worker {
    shoal_kernel_call call;
    shoal_status status; /* of the first failure since the start */
    shoal_error error;
    int has_stack;
    void *stack, *turned, *spare, *apart;
    char message[SHOAL_USER_MESSAGE];
    uint64_t start[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK];
} shoal_user_worker;

/* Does a pass have kernels of users at all? */
bool shoal_pass_has_user(const struct shoal_pass *pass);
/* What a worker's context takes; 0 where there is none. */
size_t shoal_pass_user_bytes(const struct shoal_pass *pass);
/* Makes the context in memory of so many bytes, aligned to 64. */
shoal_user_worker *shoal_pass_user_place(const struct shoal_pass *pass, void *memory);
/* The k-th use of a kernel in a pass, with its scratch; NULL after the last. */
const shoal_user_use *shoal_pass_user_use(const struct shoal_pass *pass, int k, uint64_t *scratch);

/* Between these, this thread's kernels run in a context. `worker` NULL: nothing is done. The end
   gives what went wrong, or else `status`. */
void shoal_user_begin(shoal_user_worker *worker);
shoal_status shoal_user_end(shoal_user_worker *worker, shoal_status status, shoal_error *err);
/* The box that what follows is about. */
void shoal_user_box(shoal_user_worker *worker, const struct shoal_pass *pass, const uint64_t *start,
                    const uint64_t *count);
static inline bool shoal_user_failed(const shoal_user_worker *worker)
{
    return worker && worker->status;
}

/* ---- Calls ---- */

/* index: the first element's in the box. Outputs that are NULL are not wanted. */
void shoal_user_elements(const shoal_user_use *use, size_t n, uint64_t index, const void *const *in,
                         void *const *out);
void shoal_user_line(const shoal_user_use *use, uint64_t n, const void *x, uint64_t n_out,
                     void *out);
/* Of a plane or volume of these lengths. */
void shoal_user_plane(const shoal_user_use *use, uint64_t n, const void *x, uint64_t n_out,
                      void *out, const uint64_t *lengths, const uint64_t *out_lengths);
void shoal_user_stencil(const shoal_user_use *use, uint64_t n, uint64_t index, const void *x,
                        void *out);

/* Rows of a stencil over several axes: n results each, x_step and y_step bytes from row to row. */
typedef struct shoal_user_rows {
    uint64_t n, n_rows, index;
    const uint8_t *x;
    uint8_t *out;
    size_t x_step, y_step;
    const int64_t *strides; /* in elements, by axis */
} shoal_user_rows;
void shoal_user_stencil_rows(const shoal_user_use *use, const shoal_user_rows *rows);

/* Reductions are run through `reduction`: their states are records of n_fields words from fields[0]
   on, and fields[1] tells the use. */
void shoal_user_reduction_init(shoal_user_kernel *kernel);
static inline void shoal_user_mark_fields(const shoal_user_use *use, void **fields)
{
    fields[1] = (void *)(uintptr_t)use;
}

/* ---- While a plan is made ---- */

/* The kernel's own functions, guarded. `scratch`: for runs of n, UINT64_MAX where it crashed;
   `length`: of a result's line; `halo`: of each axis. SHOAL_USAGE where they crash or give too
   much. */
uint64_t shoal_user_scratch(const shoal_user_use *use, uint64_t n);
/* SHOAL_DATA where it crashes. */
shoal_status shoal_user_check_scratch(const shoal_user_use *use, shoal_error *err);
shoal_status shoal_user_length(const shoal_user_use *use, uint64_t n, uint64_t *out,
                               shoal_error *err);
shoal_status shoal_user_halo(const shoal_user_use *use, uint64_t *before, uint64_t *after,
                             shoal_error *err);

#endif
