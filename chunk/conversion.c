#include "chunk/conversion.h"

#include "chunk/conversion_kernel.h"
#include "chunk/error.h"
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_BYTES = 16 << 10, /* all steps go over so much of the elements before the next */
    MAX_LEVELS = SHOAL_STEP_LOOPS + 1,
};

typedef struct compiled_step {
    shoal_step step;
    shoal_step_kernel *kernel;
} compiled_step;

struct shoal_conversion {
    size_t stored_bytes, memory_bytes, n_steps, capacity;
    compiled_step *step;
};

size_t shoal_conversion_stored_bytes(const shoal_conversion *conversion)
{
    return conversion->stored_bytes;
}

size_t shoal_conversion_memory_bytes(const shoal_conversion *conversion)
{
    return conversion->memory_bytes;
}

void shoal_conversion_free(shoal_conversion *conversion)
{
    if (!conversion) return;
    free(conversion->step);
    free(conversion);
}

/* ---- Building ---- */

shoal_status shoal_conversion_new(size_t stored_bytes, size_t memory_bytes, shoal_conversion **out,
                                  shoal_error *err)
{
    shoal_conversion *conversion = calloc(1, sizeof *conversion);
    if (!conversion) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    conversion->stored_bytes = stored_bytes;
    conversion->memory_bytes = memory_bytes;
    *out = conversion;
    return SHOAL_OK;
}

/* Copies of items that lie close together, here and there, are one copy. */
static void fold_loops(shoal_step *step)
{
    while (step->kind == SHOAL_STEP_COPY && step->n_loops > 0) {
        size_t count = step->loop[step->n_loops - 1].count, n_bytes = step->from_bytes;
        if (step->loop[step->n_loops - 1].from_stride != n_bytes ||
            step->loop[step->n_loops - 1].to_stride != n_bytes || count > UINT32_MAX / n_bytes)
            return;
        step->from_bytes = step->to_bytes = (uint32_t)(count * n_bytes);
        step->n_loops--;
    }
}

/* Lengthens the last step, if it is a copy that ends where this one begins. */
static bool join(shoal_conversion *conversion, const shoal_step *step)
{
    if (conversion->n_steps == 0) return false;
    compiled_step *last = &conversion->step[conversion->n_steps - 1];
    if (step->kind != SHOAL_STEP_COPY || last->step.kind != SHOAL_STEP_COPY || step->n_loops != 0 ||
        last->step.n_loops != 0 || step->from != last->step.from + last->step.from_bytes ||
        step->to != last->step.to + last->step.to_bytes ||
        step->from_bytes > UINT32_MAX - last->step.from_bytes)
        return false;
    last->step.from_bytes += step->from_bytes;
    last->step.to_bytes += step->to_bytes;
    last->kernel = shoal_step_kernel_find(&last->step);
    return true;
}

shoal_status shoal_conversion_add(shoal_conversion *conversion, const shoal_step *step,
                                  shoal_error *err)
{
    compiled_step added = {.step = *step};
    fold_loops(&added.step);
    if (join(conversion, &added.step)) return SHOAL_OK;
    if (!shoal_step_compile(&added.step, &added.kernel))
        return shoal_fail(err, SHOAL_DATA, "its elements are of a form that cannot be converted");
    if (conversion->n_steps == conversion->capacity) {
        size_t wanted = conversion->capacity == 0 ? 4 : 2 * conversion->capacity;
        compiled_step *grown = realloc(conversion->step, wanted * sizeof *grown);
        if (!grown) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
        conversion->step = grown;
        conversion->capacity = wanted;
    }
    conversion->step[conversion->n_steps++] = added;
    return SHOAL_OK;
}

bool shoal_conversion_is_copy(const shoal_conversion *conversion)
{
    if (conversion->n_steps != 1) return false;
    const shoal_step *step = &conversion->step->step;
    return conversion->stored_bytes == conversion->memory_bytes && step->kind == SHOAL_STEP_COPY &&
           step->n_loops == 0 && step->from == 0 && step->to == 0 &&
           step->from_bytes == conversion->stored_bytes;
}

/* ---- Running ---- */

typedef struct run {
    const shoal_conversion *conversion;
    shoal_fetch_sequence *fetch;
    void *user;
    uint32_t *longest; /* measuring instead of converting, when not NULL */
    shoal_error *err;
} run;

typedef struct level {
    size_t count, from_stride, to_stride;
} level;

static bool is_variable(const shoal_step *step)
{
    return step->kind == SHOAL_STEP_TEXT || step->kind == SHOAL_STEP_LIST;
}

static shoal_status run_items(const run *r, const compiled_step *c, const uint8_t *from,
                              uint8_t *to, const level *along)
{
    shoal_stride stride = {along->from_stride, along->to_stride};
    if (is_variable(&c->step) && r->longest) {
        shoal_variable_measure(&c->step, from, stride, along->count, r->longest);
        return SHOAL_OK;
    }
    if (is_variable(&c->step)) {
        shoal_variable variable = {c->kernel, r->fetch, r->user, r->err};
        return shoal_variable_convert(&variable, &c->step, from, to, stride, along->count);
    }
    size_t done = c->kernel(&c->step, from, to, stride, along->count);
    if (done == along->count) return SHOAL_OK;
    return shoal_float_fail(&c->step, from + done * along->from_stride, r->err);
}

/* The loops around the items, elements outermost; loops that go on where the next inner one ends
   are one with it. */
static int make_levels(const run *r, const shoal_step *step, size_t n_elements,
                       level levels[MAX_LEVELS])
{
    int n = 0;
    levels[n++] = (level){n_elements, r->conversion->stored_bytes, r->conversion->memory_bytes};
    for (int k = 0; k < step->n_loops; k++) {
        level inner = {step->loop[k].count, step->loop[k].from_stride, step->loop[k].to_stride};
        level *outer = &levels[n - 1];
        bool goes_on = outer->from_stride == inner.count * inner.from_stride &&
                       outer->to_stride == inner.count * inner.to_stride;
        if (goes_on)
            *outer = (level){outer->count * inner.count, inner.from_stride, inner.to_stride};
        else
            levels[n++] = inner;
    }
    return n;
}

/* The longest loop runs inside the kernel, the others around it. */
static shoal_status run_step(const run *r, const compiled_step *c, const uint8_t *src, uint8_t *dst,
                             size_t n_elements)
{
    level levels[MAX_LEVELS];
    size_t at[MAX_LEVELS] = {0};
    int n = make_levels(r, &c->step, n_elements, levels), longest = 0;
    for (int k = 1; k < n; k++)
        if (levels[k].count >= levels[longest].count) longest = k;
    level along = levels[longest];
    levels[longest].count = 1;
    const uint8_t *from = src + c->step.from;
    uint8_t *to = dst ? dst + c->step.to : NULL;
    for (;;) {
        size_t from_at = 0, to_at = 0;
        for (int k = 0; k < n; k++) {
            from_at += at[k] * levels[k].from_stride;
            to_at += at[k] * levels[k].to_stride;
        }
        shoal_status status = run_items(r, c, from + from_at, to ? to + to_at : NULL, &along);
        if (status != SHOAL_OK) return status;
        int k = n - 1;
        while (k >= 0 && ++at[k] == levels[k].count) at[k--] = 0;
        if (k < 0) return SHOAL_OK;
    }
}

shoal_status shoal_convert(const shoal_conversion *conversion, const void *src, void *dst,
                           size_t n_elements, shoal_fetch_sequence *fetch, void *user,
                           shoal_error *err)
{
    run r = {.conversion = conversion, .fetch = fetch, .user = user, .err = err};
    size_t block = n_elements;
    if (conversion->n_steps > 1) block = BLOCK_BYTES / conversion->stored_bytes;
    if (block == 0) block = 1;
    for (size_t done = 0; done < n_elements; done += block) {
        size_t n = n_elements - done < block ? n_elements - done : block;
        const uint8_t *from = (const uint8_t *)src + done * conversion->stored_bytes;
        uint8_t *to = (uint8_t *)dst + done * conversion->memory_bytes;
        for (size_t k = 0; k < conversion->n_steps; k++) {
            shoal_status status = run_step(&r, &conversion->step[k], from, to, n);
            if (status != SHOAL_OK) return status;
        }
    }
    return SHOAL_OK;
}

void shoal_conversion_measure(const shoal_conversion *conversion, const void *src,
                              size_t n_elements, uint32_t *longest)
{
    run r = {.conversion = conversion, .longest = longest};
    for (size_t k = 0; n_elements > 0 && k < conversion->n_steps; k++)
        if (is_variable(&conversion->step[k].step))
            (void)run_step(&r, &conversion->step[k], src, NULL, n_elements);
}
