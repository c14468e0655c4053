/* Calls of users' kernels: under the guard, in the context of this thread. */
#include "compute/pass_user.h"

#include "chunk/copy.h"
#include "chunk/error.h"
#include "compute/pass.h"
#include "compute/user_guard.h"
#include "compute/user_pack.h"

#include <stdio.h>
#include <string.h>

#define TURN_CELLS ((size_t)16) /* whose columns are gathered together */
#define TURN_BYTES ((size_t)64 << 10)

static _Thread_local shoal_user_worker *current __attribute__((tls_model("initial-exec")));

void shoal_user_begin(shoal_user_worker *worker)
{
    if (!worker) return;
    worker->status = SHOAL_OK;
    worker->call.rank = 0;
    shoal_guard_stack_take(worker->stack, &worker->has_stack);
    current = worker;
}

shoal_status shoal_user_end(shoal_user_worker *worker, shoal_status status, shoal_error *err)
{
    if (!worker) return status;
    current = NULL;
    shoal_guard_stack_return(worker->has_stack);
    if (!worker->status) return status;
    if (err) *err = worker->error;
    return worker->status;
}

void shoal_user_box(shoal_user_worker *worker, const shoal_pass *pass, const uint64_t *start,
                    const uint64_t *count)
{
    if (!worker) return;
    memcpy(worker->start, start, sizeof worker->start);
    memcpy(worker->count, count, sizeof worker->count);
    worker->call.rank = (uint32_t)pass->rank;
    worker->call.shape = pass->shape;
    worker->call.start = worker->start;
    worker->call.count = worker->count;
}

/* " in the box (0:64, 128:256)", or nothing. */
static const char *box_text(const shoal_user_worker *w, char *text, size_t capacity)
{
    size_t n = 0;
    text[0] = 0;
    for (uint32_t k = 0; k < w->call.rank && n < capacity; k++)
        n += (size_t)snprintf(text + n, capacity - n, "%s%llu:%llu", k ? ", " : " in the box (",
                              (unsigned long long)w->start[k],
                              (unsigned long long)(w->start[k] + w->count[k]));
    if (w->call.rank && n < capacity) snprintf(text + n, capacity - n, ")");
    return text;
}

/* A call's arguments, and what came of it. */
typedef struct call {
    shoal_user_worker *worker;
    const shoal_user_use *use;
    const shoal_kernel_spec *spec;
    size_t n;
    const void *const *in;
    void *const *out;
    const void *x;
    void *y;
    uint64_t length;
    uint8_t *state; /* reductions: the first of the cells */
    const uint8_t *behind;
    size_t state_bytes, n_cells, x_step, y_step;
    const int64_t *strides;                /* stencils */
    const uint64_t *lengths, *out_lengths; /* planes */
    int result;
} call;

static call new_call(const shoal_user_use *use)
{
    return (call){.worker = current, .use = use, .spec = &use->kernel->spec};
}

/* What failed in words, once. */
static void failed(const call *c, int number)
{
    char box[600];
    shoal_user_worker *w = c->worker;
    w->message[SHOAL_USER_MESSAGE - 1] = 0;
    box_text(w, box, sizeof box);
    w->error = (shoal_error){0};
    w->status = SHOAL_DATA;
    if (number)
        shoal_fail(&w->error, SHOAL_DATA, "kernel %s %s%s: %s", c->spec->name,
                   number == SHOAL_GUARD_EXIT ? "failed" : "crashed", box,
                   shoal_guard_meaning(number));
    else if (w->message[0])
        shoal_fail(&w->error, SHOAL_DATA, "kernel %s failed%s: %s", c->spec->name, box, w->message);
    else
        shoal_fail(&w->error, SHOAL_DATA, "kernel %s failed%s: it returned %d", c->spec->name, box,
                   c->result);
}

/* False: it failed now or before. */
static bool run(call *c, uint64_t index, void (*function)(void *))
{
    shoal_user_worker *w = c->worker;
    if (!w || w->status) return false;
    w->call.user = c->spec->user;
    w->call.parameters = c->use->parameter;
    w->call.index = index;
    w->call.strides = c->strides;
    w->call.lengths = c->lengths;
    w->call.out_lengths = c->out_lengths;
    w->message[0] = 0;
    int number = shoal_guard_call(function, c);
    if (number == 0 && c->result == 0) return true;
    failed(c, number);
    return false;
}

static void run_elements(void *context)
{
    call *c = context;
    c->result = c->spec->elements(&c->worker->call, c->n, c->in, c->out);
}

void shoal_user_elements(const shoal_user_use *use, size_t n, uint64_t index, const void *const *in,
                         void *const *out)
{
    call c = new_call(use);
    void *all[SHOAL_KERNEL_MAX_RESULTS];
    c.n = n;
    c.in = in;
    c.out = all;
    uint8_t *spare = c.worker ? c.worker->spare : NULL;
    for (int k = 0; k < use->kernel->n_out; k++) {
        all[k] = out[k] ? out[k] : spare;
        if (!out[k]) spare += (n * shoal_code_size(use->kernel->out[k]) + 15) & ~(size_t)15;
    }
    run(&c, index, run_elements);
}

static void run_line(void *context)
{
    call *c = context;
    c->result = c->spec->line(&c->worker->call, c->n, c->x, c->length, c->y);
}

void shoal_user_line(const shoal_user_use *use, uint64_t n, const void *x, uint64_t n_out,
                     void *out)
{
    call c = new_call(use);
    c.n = n;
    c.x = x;
    c.length = n_out;
    c.y = out;
    run(&c, 0, run_line);
}

void shoal_user_plane(const shoal_user_use *use, uint64_t n, const void *x, uint64_t n_out,
                      void *out, const uint64_t *lengths, const uint64_t *out_lengths)
{
    call c = new_call(use);
    c.n = n;
    c.x = x;
    c.length = n_out;
    c.y = out;
    c.lengths = lengths;
    c.out_lengths = out_lengths;
    run(&c, 0, run_line);
}

static void run_stencil(void *context)
{
    call *c = context;
    c->result = c->spec->stencil(&c->worker->call, c->n, c->x, c->y);
}

void shoal_user_stencil(const shoal_user_use *use, uint64_t n, uint64_t index, const void *x,
                        void *out)
{
    static const int64_t beside[1] = {1};
    call c = new_call(use);
    c.n = n;
    c.x = x;
    c.y = out;
    c.strides = beside;
    run(&c, index, run_stencil);
}

static void run_stencil_rows(void *context)
{
    call *c = context;
    uint64_t index = c->worker->call.index;
    for (size_t k = 0; k < c->n_cells && !c->result; k++) {
        c->worker->call.index = index + k * c->n;
        c->result = c->spec->stencil(&c->worker->call, c->n, (const uint8_t *)c->x + k * c->x_step,
                                     (uint8_t *)c->y + k * c->y_step);
    }
}

void shoal_user_stencil_rows(const shoal_user_use *use, const shoal_user_rows *rows)
{
    call c = new_call(use);
    c.n = rows->n;
    c.n_cells = rows->n_rows;
    c.x = rows->x;
    c.y = rows->out;
    c.x_step = rows->x_step;
    c.y_step = rows->y_step;
    c.strides = rows->strides;
    run(&c, rows->index, run_stencil_rows);
}

/* ---- Reductions ---- */

static call new_states(void *const *fields, size_t cell, size_t n_cells)
{
    call c = new_call(fields[1]);
    c.state_bytes = (size_t)c.use->kernel->reduction.n_fields * 8;
    c.state = (uint8_t *)fields[0] + cell * c.state_bytes;
    c.n_cells = n_cells;
    return c;
}

static void init_cells(void *context)
{
    call *c = context;
    for (size_t k = 0; k < c->n_cells && !c->result; k++)
        c->result = c->spec->init(&c->worker->call, c->state + k * c->state_bytes);
}

static void init(void *const *fields, size_t n_cells)
{
    call c = new_states(fields, 0, n_cells);
    run(&c, 0, init_cells);
}

/* Records of several arguments' elements are taken apart, some at a time. */
static void step_apart(call *c, void *state, const uint8_t *x, uint64_t index)
{
    const void *all[SHOAL_KERNEL_MAX_ARGUMENTS];
    const shoal_user_kernel *kernel = c->use->kernel;
    size_t most = shoal_user_apart_most(kernel);
    for (size_t at = 0; at < c->n && !c->result; at += most) {
        size_t n = c->n - at < most ? c->n - at : most;
        shoal_user_take_apart(kernel, n, x + at * kernel->record_bytes, c->worker->apart, all);
        c->worker->call.index = index + at;
        c->result = c->spec->step(&c->worker->call, state, n, all);
    }
}

/* n elements into each cell, those of the next one x_step further. */
static void step_cells(void *context)
{
    call *c = context;
    const uint8_t *x = c->x;
    uint64_t index = c->worker->call.index;
    if (c->use->kernel->n_in > 1) {
        for (size_t k = 0; k < c->n_cells && !c->result; k++)
            step_apart(c, c->state + k * c->state_bytes, x + k * c->x_step, index);
        return;
    }
    for (size_t k = 0; k < c->n_cells && !c->result; k++)
        c->result =
            c->spec->step(&c->worker->call, c->state + k * c->state_bytes, c->n, x + k * c->x_step);
}

static void step(void *const *fields, size_t cell, const void *x, size_t n, uint64_t index)
{
    call c = new_states(fields, cell, 1);
    c.n = n;
    c.x = x;
    run(&c, index, step_cells);
}

/* Some cells' columns are gathered, so that the elements of each lie one after another. */
static void step_columns(void *const *fields, size_t cell, const void *x, size_t n, size_t n_rows,
                         size_t row_bytes, uint64_t index)
{
    call c = new_states(fields, cell, n);
    size_t size = c.use->kernel->record_bytes;
    if (n_rows == 1) {
        c.n = 1;
        c.x = x;
        c.x_step = size;
        run(&c, index, step_cells);
        return;
    }
    size_t most_rows = TURN_BYTES / (TURN_CELLS * size);
    for (size_t at = 0; at < n; at += TURN_CELLS) {
        size_t cells = n - at < TURN_CELLS ? n - at : TURN_CELLS;
        for (size_t row = 0; row < n_rows && c.worker; row += most_rows) {
            size_t rows = n_rows - row < most_rows ? n_rows - row : most_rows;
            const uint64_t counts[2] = {cells, rows};
            const int64_t from[2] = {(int64_t)size, (int64_t)row_bytes};
            const int64_t to[2] = {(int64_t)(rows * size), (int64_t)size};
            shoal_copy_box(2, counts, (const uint8_t *)x + row * row_bytes + at * size, from,
                           c.worker->turned, to, size);
            call part = c;
            part.state += at * c.state_bytes;
            part.n_cells = cells;
            part.n = rows;
            part.x = c.worker->turned;
            part.x_step = rows * size;
            if (!run(&part, index + row, step_cells)) return;
        }
    }
}

static void merge_cells(void *context)
{
    call *c = context;
    for (size_t k = 0; k < c->n_cells && !c->result; k++)
        c->result = c->spec->merge(&c->worker->call, c->state + k * c->state_bytes,
                                   c->behind + k * c->state_bytes);
}

static void merge(void *const *into, size_t t, void *const *from, size_t f, size_t n)
{
    call c = new_states(into, t, n);
    c.behind = (const uint8_t *)from[0] + f * c.state_bytes;
    run(&c, 0, merge_cells);
}

static void finish_cells(void *context)
{
    call *c = context;
    for (size_t k = 0; k < c->n_cells && !c->result; k++)
        c->result = c->spec->finish(&c->worker->call, c->state + k * c->state_bytes, c->length,
                                    (uint8_t *)c->y + k * c->y_step);
}

static bool finish(void *const *fields, size_t cell, size_t n, const shoal_finish *params,
                   void *out)
{
    call c = new_states(fields, cell, n);
    c.length = params->n_reduced;
    c.y = out;
    c.y_step = shoal_code_size(c.use->kernel->out[0]);
    return run(&c, 0, finish_cells);
}

void shoal_user_reduction_init(shoal_user_kernel *kernel)
{
    int pairs = (int)((kernel->spec.state_bytes + 15) / 16); /* of words: aligned to 16 bytes */
    kernel->reduction = (shoal_reduction){.n_fields = 2 * pairs,
                                          .init = init,
                                          .run = step,
                                          .columns = step_columns,
                                          .merge = merge,
                                          .finish = finish};
}

/* ---- While a plan is made ---- */

typedef struct question {
    const shoal_user_use *use;
    uint64_t n, result, before[SHOAL_BOX_AXES], after[SHOAL_BOX_AXES];
} question;

static void ask_scratch(void *context)
{
    question *q = context;
    const shoal_kernel_spec *spec = &q->use->kernel->spec;
    q->result = spec->scratch(spec->user, q->use->parameter, q->n);
}

uint64_t shoal_user_scratch(const shoal_user_use *use, uint64_t n)
{
    const uint64_t beyond = UINT64_C(1) << 48; /* any memory */
    const shoal_kernel_spec *spec = &use->kernel->spec;
    question q = {.use = use, .n = n};
    if (spec->scratch && shoal_guard_call(ask_scratch, &q)) return beyond;
    if (q.result > beyond || spec->scratch_bytes > beyond) return beyond;
    return q.result + spec->scratch_bytes;
}

static shoal_status crashed(const shoal_kernel_spec *spec, const char *what, int number,
                            shoal_error *err)
{
    return shoal_fail(err, SHOAL_DATA, "kernel %s %s in `%s`: %s", spec->name,
                      number == SHOAL_GUARD_EXIT ? "failed" : "crashed", what,
                      shoal_guard_meaning(number));
}

shoal_status shoal_user_check_scratch(const shoal_user_use *use, shoal_error *err)
{
    const shoal_kernel_spec *spec = &use->kernel->spec;
    question q = {.use = use, .n = 1};
    int number = spec->scratch ? shoal_guard_call(ask_scratch, &q) : 0;
    return number ? crashed(spec, "scratch", number, err) : SHOAL_OK;
}

static void ask_length(void *context)
{
    question *q = context;
    const shoal_kernel_spec *spec = &q->use->kernel->spec;
    q->result = spec->length(spec->user, q->use->parameter, q->n);
}

shoal_status shoal_user_length(const shoal_user_use *use, uint64_t n, uint64_t *out,
                               shoal_error *err)
{
    const shoal_kernel_spec *spec = &use->kernel->spec;
    question q = {.use = use, .n = n, .result = n};
    int number = spec->length ? shoal_guard_call(ask_length, &q) : 0;
    if (number) return crashed(spec, "length", number, err);
    if (q.result > UINT64_C(1) << 40)
        return shoal_fail(err, SHOAL_USAGE,
                          "kernel %s makes a line of %llu elements of one of %llu, which is absurd",
                          spec->name, (unsigned long long)q.result, (unsigned long long)n);
    *out = q.result;
    return SHOAL_OK;
}

static void ask_halo(void *context)
{
    question *q = context;
    const shoal_kernel_spec *spec = &q->use->kernel->spec;
    spec->halo(spec->user, q->use->parameter, q->before, q->after);
}

shoal_status shoal_user_halo(const shoal_user_use *use, uint64_t *before, uint64_t *after,
                             shoal_error *err)
{
    const shoal_kernel_spec *spec = &use->kernel->spec;
    question q = {.use = use};
    int n_axes = shoal_user_axes(spec->kind);
    for (int k = 0; k < n_axes; k++) {
        q.before[k] = spec->before;
        q.after[k] = spec->after;
    }
    int number = spec->halo ? shoal_guard_call(ask_halo, &q) : 0;
    if (number) return crashed(spec, "halo", number, err);
    for (int k = 0; k < n_axes; k++) {
        if (q.before[k] > SHOAL_KERNEL_MAX_HALO || q.after[k] > SHOAL_KERNEL_MAX_HALO)
            return shoal_fail(err, SHOAL_USAGE,
                              "kernel %s wants more than 2^32 elements before or after each",
                              spec->name);
        before[k] = q.before[k];
        after[k] = q.after[k];
    }
    return SHOAL_OK;
}
