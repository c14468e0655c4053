/* Lines in parts: a task makes a part of each line's result, from the part of the line that it
   needs. Scans take two rounds: the first finds what each block of a line comes to. */
#include "compute/pass.h"

#include "chunk/checked.h"
#include "chunk/error.h"

#include <stdlib.h>
#include <string.h>

#define BEYOND (UINT64_C(1) << 60) /* bytes; more than any memory */

static const shoal_node *lines_of(const shoal_pass *pass)
{
    return pass->output[0].node; /* which is then alone */
}

/* The blocks that begin in a part, which is the one that finds their carries. */
static void gathered(const shoal_pass *pass, uint64_t start, uint64_t count, uint64_t *from,
                     uint64_t *to)
{
    uint64_t n = pass->cut.n;
    *from = (start + SHOAL_LINE_BLOCK - 1) / SHOAL_LINE_BLOCK * SHOAL_LINE_BLOCK;
    *to = (start + count + SHOAL_LINE_BLOCK - 1) / SHOAL_LINE_BLOCK * SHOAL_LINE_BLOCK;
    if (*to > n) *to = n;
    if (*from > *to) *from = *to;
}

void shoal_pass_cut_part(const shoal_pass *pass, const shoal_node *node, uint64_t start,
                         uint64_t count, uint64_t *from, uint64_t *to)
{
    if (pass->cut.gathers)
        gathered(pass, start, count, from, to);
    else
        node->lines->reach(node->params, pass->cut.n, start, count, from, to);
    if (node->lines->carry_bytes && !pass->cut.chained)
        *from = *from / SHOAL_LINE_BLOCK * SHOAL_LINE_BLOCK;
}

void shoal_pass_cut_rows(const shoal_pass *pass, const shoal_node *node, uint64_t start,
                         uint64_t count, uint64_t *from, uint64_t *to)
{
    shoal_pass_cut_part(pass, node, start, count, from, to);
    *from /= pass->cut.row;
    *to = (*to + pass->cut.row - 1) / pass->cut.row;
    if (pass->cut.gathers || *from < *to) return;
    if (*from > 0) --*from; /* one must be fetched */
    *to = *from + 1;
}

shoal_status shoal_pass_lines_work(shoal_pass_worker *w, shoal_pass_slot *slot, shoal_error *err)
{
    const shoal_pass *pass = w->pass;
    const shoal_pass_cut *cut = &pass->cut;
    uint64_t start[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK], to;
    memcpy(start, slot->start, sizeof start);
    memcpy(count, slot->count, sizeof count);
    if (cut->cuts) {
        shoal_pass_cut_rows(pass, lines_of(pass), start[cut->axis], count[cut->axis], &w->from_row,
                            &to);
        w->n_rows = to - w->from_row;
        for (int k = 0; k < pass->rank; k++)
            if (lines_of(pass)->axes >> k & 1) count[k] = pass->most[k];
        start[cut->axis] = w->from_row;
        count[cut->axis] = w->n_rows;
        if (w->n_rows == 0) return SHOAL_OK; /* no block begins here */
    }
    shoal_status status = shoal_pass_fetch(w, start, count, err);
    if (!status) status = shoal_pass_box(w, slot, start, count, false, err);
    if (status) return status;
    if (cut->gathers)
        shoal_pass_lines_run(w, 0, slot->start, slot->count);
    else
        status = shoal_pass_emit(w, slot, err);
    return status ? status : shoal_pass_release(w, err);
}

bool shoal_pass_gathers(const shoal_pass *pass)
{
    return pass->cut.cuts && !pass->cut.chained && lines_of(pass)->lines->carry_bytes;
}

uint64_t shoal_pass_carries_bytes(const shoal_pass *pass)
{
    const shoal_pass_cut *cut = &pass->cut;
    if (!cut->cuts || !lines_of(pass)->lines->carry_bytes) return 0;
    uint64_t n;
    uint64_t of_line = (cut->chained ? 2 : cut->n_blocks) * SHOAL_LINE_CARRY;
    bool fits = shoal_mul_u64(cut->n_lines, of_line, &n);
    return fits && n < BEYOND ? n : BEYOND;
}

shoal_status shoal_pass_carries_open(shoal_pass *pass, shoal_error *err)
{
    uint64_t n = shoal_pass_carries_bytes(pass);
    if (n == 0) return SHOAL_OK;
    pass->cut.carries = calloc(1, (size_t)n);
    if (!pass->cut.carries)
        return shoal_fail(err, SHOAL_SYSTEM, "out of memory for running totals");
    const shoal_node *node = lines_of(pass);
    pass->cut.gathers = shoal_pass_gathers(pass);
    for (uint64_t k = 0; pass->cut.chained && k < 2 * pass->cut.n_lines; k++)
        node->lines->carry_start(node->params, pass->cut.carries + k * SHOAL_LINE_CARRY);
    return SHOAL_OK;
}

void shoal_pass_carries_join(shoal_pass *pass)
{
    const shoal_node *node = lines_of(pass);
    const shoal_line_kind *kind = node->lines;
    uint8_t *at = pass->cut.carries;
    for (uint64_t line = 0; line < pass->cut.n_lines; line++) {
        uint8_t before[SHOAL_LINE_CARRY] = {0}, block[SHOAL_LINE_CARRY];
        kind->carry_start(node->params, before);
        for (uint64_t b = 0; b < pass->cut.n_blocks; b++, at += SHOAL_LINE_CARRY) {
            memcpy(block, at, sizeof block);
            memcpy(at, before, sizeof before);
            kind->carry_join(node->params, before, block);
        }
    }
    pass->cut.gathers = false;
}

void shoal_pass_carries_close(shoal_pass *pass)
{
    free(pass->cut.carries);
    pass->cut.carries = NULL;
    pass->cut.gathers = false;
}
