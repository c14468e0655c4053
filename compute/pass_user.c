/* The contexts that a pass's workers have for users' kernels, and what they take. */
#include "compute/pass_user.h"

#include "compute/pass.h"
#include "compute/user_guard.h"
#include "compute/user_pack.h"

#include <string.h>

#define TURN_BYTES ((size_t)64 << 10) /* what a reduction's columns are gathered in */

/* The most elements of a call. */
static uint64_t most_elements(const shoal_pass *pass)
{
    uint64_t n = 1;
    for (int k = 0; k < pass->rank; k++) n *= pass->most[k];
    return n;
}

static const shoal_user_use *use_of_output(const shoal_pass *pass, const shoal_node *node,
                                           uint64_t *n)
{
    const shoal_user_use *use =
        node->kind == SHOAL_NODE_LINES ? shoal_lines_user_use(node->lines, node->params) : NULL;
    if (use) *n = shoal_pass_line_most(pass, node);
    if (use && node->lines == &shoal_lines_user_box) { /* it is called row by row */
        const shoal_box_stencil *box = node->params;
        *n = box->shape[box->n_axes - 1];
    }
    return use;
}

const shoal_user_use *shoal_pass_user_use(const shoal_pass *pass, int k, uint64_t *scratch)
{
    const shoal_user_use *use;
    uint64_t n;
    for (int i = 0; i < pass->program.n_instructions; i++) {
        const shoal_apply *apply = pass->program.instruction[i].apply;
        use = apply && pass->program.instruction[i].leads ? apply->use : NULL;
        n = pass->program.block;
        if (use && k-- == 0) goto found;
    }
    for (int r = 0; r < pass->n_reductions; r++) {
        use = pass->reduction[r].node->use;
        n = most_elements(pass);
        if (use && k-- == 0) goto found;
    }
    for (int o = 0; o < pass->n_outputs; o++) {
        use = use_of_output(pass, pass->output[o].node, &n);
        if (use && k-- == 0) goto found;
    }
    return NULL;
found:
    *scratch = shoal_user_scratch(use, n);
    return use;
}

bool shoal_pass_has_user(const shoal_pass *pass)
{
    uint64_t scratch;
    return shoal_pass_user_use(pass, 0, &scratch) != NULL;
}

static size_t aligned(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

/* Results of an element-wise kernel that nobody asks for go somewhere. */
static size_t spare_bytes(const shoal_pass *pass, const shoal_user_use *use)
{
    size_t n = 0;
    const shoal_user_kernel *kernel = use->kernel;
    if (kernel->spec.kind != SHOAL_KERNEL_ELEMENTS || kernel->n_out < 2) return 0;
    for (int k = 0; k < kernel->n_out; k++)
        n += pass->program.block * shoal_code_size(kernel->out[k]) + 16;
    return n;
}

static void sizes(const shoal_pass *pass, size_t *scratch, size_t *spare)
{
    const shoal_user_use *use;
    uint64_t n;
    *scratch = *spare = 0;
    for (int k = 0; (use = shoal_pass_user_use(pass, k, &n)); k++) {
        if (n > *scratch) *scratch = (size_t)n;
        if (spare_bytes(pass, use) > *spare) *spare = spare_bytes(pass, use);
    }
}

/* Where the arrays of a reduction of several are put apart. */
static size_t apart_bytes(const shoal_pass *pass)
{
    for (int r = 0; r < pass->n_reductions; r++) {
        const shoal_user_use *use = pass->reduction[r].node->use;
        if (use && use->kernel->n_in > 1) return SHOAL_APART_BYTES;
    }
    return 0;
}

size_t shoal_pass_user_bytes(const shoal_pass *pass)
{
    size_t scratch, spare;
    if (!shoal_pass_has_user(pass)) return 0;
    sizes(pass, &scratch, &spare);
    return aligned(sizeof(shoal_user_worker)) + TURN_BYTES + SHOAL_GUARD_STACK + aligned(spare) +
           apart_bytes(pass) + aligned(scratch);
}

shoal_user_worker *shoal_pass_user_place(const shoal_pass *pass, void *memory)
{
    size_t scratch, spare;
    shoal_user_worker *w = memory;
    uint8_t *at = (uint8_t *)memory + aligned(sizeof *w);
    sizes(pass, &scratch, &spare);
    memset(w, 0, sizeof *w);
    w->stack = at;
    w->turned = at + SHOAL_GUARD_STACK;
    w->spare = at + SHOAL_GUARD_STACK + TURN_BYTES;
    w->apart = (uint8_t *)w->spare + aligned(spare);
    w->call.scratch = (uint8_t *)w->apart + apart_bytes(pass);
    w->call.scratch_bytes = scratch;
    w->call.message = w->message;
    w->call.message_bytes = SHOAL_USER_MESSAGE;
    return w;
}
