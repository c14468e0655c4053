/* One box: blocks of it through the program, and the results into reductions and outputs. */
#include "compute/pass_known.h"

#include "chunk/copy.h"

#include <string.h>

#define LONG_RUN     16 /* elements of one label that are worth a call */
#define TURN_ROWS    64 /* taken together where they are fewer */
#define TURN_WIDTH   8
#define SHARED_BLOCK ((size_t)16384) /* elements that several reductions read from the cache */

/* A box's axes as one reduction sees them, innermost first: neighbours that are all kept, or all
   reduced, are one group. */
typedef struct group {
    uint64_t size;
    bool reduced;
    size_t cell_step;    /* cells from one index to the next, when kept */
    uint64_t index_step; /* likewise of an arg form's index, when reduced */
    bool labelled;       /* reduced by groups */
} group;

typedef struct layout {
    int n;
    group group[SHOAL_MAX_RANK + 1];
    uint64_t index; /* of the box's first element, for arg forms */
    size_t element_bytes;
    const uint32_t *of, *place; /* along the labelled axis: the group; and by group its place */
    size_t cells;               /* of a group */
    bool turns;                 /* the labelled axis is innermost, and its labels change often */
} layout;

static bool joins(const group *inner, const group *next, bool indexed)
{
    if (inner->reduced != next->reduced || inner->labelled || next->labelled) return false;
    if (inner->reduced) return !indexed || next->index_step == inner->size * inner->index_step;
    return true;
}

/* Is it better to take several rows' elements of a label together? */
static bool turns(const layout *l)
{
    uint64_t runs = 1;
    if (!l->group[0].labelled || l->n < 2) return false;
    for (uint64_t k = 1; k < l->group[0].size; k++) runs += l->of[k] != l->of[k - 1];
    return l->group[0].size < LONG_RUN * runs;
}

/* Arg forms over one axis count along it; over all axes they count in C order. */
static layout lay_out(const shoal_pass *pass, const shoal_pass_reduction *r, const uint64_t *start,
                      const uint64_t *count)
{
    layout l = {.element_bytes = r->node->arg[0]->type.n_bytes};
    size_t cells = 1;
    uint64_t flat = 1;
    bool all = __builtin_popcount(r->axes) == pass->rank;
    for (int k = pass->rank - 1; k >= 0; k--) {
        group g = {.size = count[k], .reduced = r->axes >> k & 1};
        if (g.reduced) {
            g.index_step = all ? flat : 1;
            l.index += start[k] * g.index_step;
            g.labelled = r->groups != NULL;
            if (r->groups) l.of = r->groups->of + start[k];
        } else {
            g.cell_step = cells;
            cells *= count[k];
        }
        flat *= pass->shape[k];
        if (l.n && joins(&l.group[l.n - 1], &g, r->indexed))
            l.group[l.n - 1].size *= g.size;
        else
            l.group[l.n++] = g;
    }
    l.cells = cells;
    l.turns = turns(&l);
    if (l.n == 0) l.group[l.n++] = (group){.size = 1, .reduced = true};
    return l;
}

/* The elements of one label from index `at` of the labelled axis on, `most` at most; false when
   they are of no group, else the cell that they begin at. */
static bool find_group(const layout *l, uint64_t at, uint64_t most, uint64_t *n, size_t *cell)
{
    uint32_t label = l->of[at];
    for (*n = 1; *n < most && l->of[at + *n] == label;) ++*n;
    if (label == SHOAL_NO_GROUP) return false;
    *cell += l->place[label] * l->cells;
    return true;
}

/* The cell and the arg form's index of a position in the box (its innermost part left out); false:
   it is of no group. */
static bool locate(const layout *l, uint64_t rows, size_t *cell, uint64_t *index)
{
    bool taken = true;
    uint64_t n;
    *cell = 0;
    *index = l->index;
    for (int k = 1; k < l->n && (rows || l->of); k++) {
        uint64_t at = rows % l->group[k].size;
        rows /= l->group[k].size;
        if (l->group[k].labelled)
            taken = find_group(l, at, 1, &n, cell);
        else if (l->group[k].reduced)
            *index += at * l->group[k].index_step;
        else
            *cell += (size_t)at * l->group[k].cell_step;
    }
    return taken;
}

/* Whole rows from row `row` on that go to the same cells. */
static uint64_t rows_alike(const layout *l, uint64_t row, uint64_t most)
{
    uint64_t at = row % l->group[1].size, left = l->group[1].size - at, n;
    size_t cell = 0;
    if (left > most) left = most;
    if (!l->group[1].labelled) return left;
    find_group(l, at, left, &n, &cell);
    return n;
}

/* Rows of labelled elements, which go to cells beside each other: turned, part by part, so that
   the elements of a label are. */
static void feed_turned(const shoal_reduction *kernel, void **fields, const layout *l, size_t cell,
                        const uint8_t *x, size_t n_rows)
{
    _Alignas(64) uint8_t turned[TURN_WIDTH * TURN_ROWS * 16];
    size_t size = l->element_bytes, width = (size_t)l->group[0].size;
    size_t most = size > 16 ? TURN_ROWS * 16 / size : TURN_ROWS;
    for (size_t r = 0; r < n_rows; r += most) {
        uint64_t rows = n_rows - r < most ? n_rows - r : most, n;
        for (size_t at = 0; at < width; at += (size_t)n) {
            uint64_t part = width - at < TURN_WIDTH ? width - at : TURN_WIDTH;
            size_t to = cell + r;
            if (!find_group(l, at, part, &n, &to)) continue;
            const uint64_t count[2] = {n, rows};
            const int64_t from[2] = {(int64_t)size, (int64_t)(width * size)};
            const int64_t strides[2] = {(int64_t)(rows * size), (int64_t)size};
            shoal_copy_box(2, count, x + (r * width + at) * size, from, turned, strides, size);
            kernel->columns(fields, to, turned, (size_t)rows, (size_t)n, (size_t)rows * size, 0);
        }
    }
}

/* Feeds n elements at position p of the box (C order) to a reduction. */
static void feed(const shoal_reduction *kernel, void **fields, const layout *l, const uint8_t *x,
                 uint64_t p, uint64_t n)
{
    const group *inner = &l->group[0];
    while (n) {
        uint64_t at = p % inner->size, row = p / inner->size, length = inner->size - at;
        if (length > n) length = n;
        size_t cell;
        uint64_t index;
        bool taken = locate(l, row, &cell, &index);
        if (l->turns && at == 0 && n >= inner->size) {
            uint64_t left = l->group[1].size - row % l->group[1].size, rows = n / inner->size;
            if (rows > left) rows = left;
            feed_turned(kernel, fields, l, cell, x, (size_t)rows);
            x += rows * inner->size * l->element_bytes;
            p += rows * inner->size;
            n -= rows * inner->size;
            continue;
        }
        if (inner->labelled) taken = find_group(l, at, length, &length, &cell);
        if (inner->reduced) {
            if (taken) kernel->run(fields, cell, x, (size_t)length, index + at);
        } else {
            uint64_t n_rows = 1;
            if (at == 0 && length == inner->size && l->n > 1)
                n_rows = rows_alike(l, row, n / inner->size);
            if (taken)
                kernel->columns(fields, cell + (size_t)at, x, (size_t)length, (size_t)n_rows,
                                (size_t)length * l->element_bytes, index);
            length *= n_rows;
        }
        x += length * l->element_bytes;
        p += length;
        n -= length;
    }
}

static bool is_contiguous(int rank, const uint64_t *count, const int64_t *stride,
                          size_t element_bytes)
{
    int64_t expected = (int64_t)element_bytes;
    for (int k = rank - 1; k >= 0; k--) {
        if (count[k] > 1 && stride[k] != expected) return false;
        expected *= (int64_t)count[k];
    }
    return true;
}

typedef struct box_run {
    shoal_pass_worker *worker;
    shoal_pass_slot *slot;
    const uint64_t *count;
    layout *layouts; /* by reduction */
    bool known;      /* values are in the registers */
    bool contiguous[SHOAL_PASS_MAX];
    uint64_t first; /* element of the piece that is at hand */
} box_run;

/* Elements [p, p + n) of the box through the program, the reductions and the outputs. */
static void run_block(const box_run *b, uint64_t p, size_t n)
{
    shoal_pass_worker *w = b->worker;
    const shoal_pass *pass = w->pass;
    shoal_machine *m = &w->machine;
    m->first = p;
    for (int k = 0; k < pass->n_loads && !b->known; k++) {
        const shoal_load *load = &pass->load[k];
        size_t size = load->leaf->type.n_bytes;
        if (b->contiguous[k]) {
            uint64_t at = w->in_pieces[k] ? p - b->first : p;
            m->pointer[load->value] = w->base[k] + at * size;
        } else {
            shoal_gather_run(pass->rank, b->count, w->base[k], w->stride[k], p, n,
                             m->own[load->value], size);
            m->pointer[load->value] = m->own[load->value];
        }
    }
    for (int k = 0; k < pass->n_outputs && !b->known; k++) {
        const shoal_value *v = &pass->program.value[pass->output[k].value];
        if (pass->output[k].load < 0 && v->kind == SHOAL_VALUE_COMPUTED)
            m->pointer[pass->output[k].value] = w->result[k] + p * v->node->type.n_bytes;
    }
    if (!b->known) shoal_machine_run(m, n);
    for (int k = 0; k < pass->n_outputs; k++) {
        const shoal_value *v = &pass->program.value[pass->output[k].value];
        size_t size = v->node->type.n_bytes;
        if (pass->output[k].load >= 0) continue;
        const void *value = m->pointer[pass->output[k].value];
        if (value != w->result[k] + p * size) memcpy(w->result[k] + p * size, value, n * size);
    }
    shoal_pass_tally_feed(w, n);
    if (pass->round != 0) return;
    for (int k = 0; k < pass->n_reductions; k++) {
        if (pass->reduction[k].state != k || (b->known && w->known->taken[k])) continue;
        feed(pass->reduction[k].kernel, b->slot->fields[k], &b->layouts[k],
             m->pointer[pass->reduction[k].value], p, n);
    }
}

static int n_states(const shoal_pass *pass)
{
    int n = 0;
    for (int k = 0; k < pass->n_reductions; k++) n += pass->reduction[k].state == k;
    return n;
}

/* Whole boxes at a time when nothing is computed or gathered: the kernels block for themselves. */
static bool runs_whole(const box_run *b)
{
    const shoal_pass *pass = b->worker->pass;
    if (pass->program.n_instructions || pass->n_outputs || pass->program.n_uniforms || b->known)
        return false;
    for (int k = 0; k < pass->n_loads; k++)
        if (!b->contiguous[k]) return false;
    return true;
}

/* The reduction whose rows are worth walking column block by column block, so that its cells stay
   in cache: the innermost axes are kept, and wide. NULL when there is none or they disagree. */
static const layout *tiled(const box_run *b)
{
    const layout *found = NULL;
    for (int k = 0; k < b->worker->pass->n_reductions; k++) {
        const layout *l = &b->layouts[k];
        if (l->n == 1 && l->group[0].reduced) continue;
        if (l->group[0].reduced || l->n < 2 || l->group[0].size < 512) return NULL;
        if (found &&
            (found->group[0].size != l->group[0].size || found->group[1].size != l->group[1].size))
            return NULL;
        found = l;
    }
    return found;
}

static void run_tiled(const box_run *b, const layout *l, uint64_t n_elements, size_t block)
{
    uint64_t width = l->group[0].size, rows = l->group[1].size;
    for (uint64_t outer = 0; outer < n_elements; outer += width * rows)
        for (uint64_t c = 0; c < width; c += block)
            for (uint64_t r = 0; r < rows; r++)
                run_block(b, outer + r * width + c,
                          (size_t)(width - c < block ? width - c : block));
}

static shoal_status run_pieces(box_run *b, uint64_t n_elements, size_t block, size_t piece,
                               shoal_error *err)
{
    for (uint64_t first = 0; first < n_elements; first += piece) {
        uint64_t end = n_elements - first < piece ? n_elements : first + piece;
        shoal_status status =
            shoal_pass_next_piece(b->worker, (size_t)first, piece, end == n_elements, err);
        if (status) return status;
        b->first = first;
        for (uint64_t p = first; p < end; p += block)
            run_block(b, p, (size_t)(end - p < block ? end - p : block));
    }
    return SHOAL_OK;
}

/* Blocks are whole rows of a narrow kept axis, so that `columns` gets many rows at a call. */
static size_t linear_block(const box_run *b, size_t block)
{
    for (int k = 0; k < b->worker->pass->n_reductions; k++) {
        const group *inner = &b->layouts[k].group[0];
        if ((!inner->reduced || inner->labelled) && inner->size < block)
            return block / inner->size * inner->size;
    }
    return block;
}

/* Lines that are taken straight from a load need no program. */
static bool needs_program(const shoal_pass *pass)
{
    bool needs = pass->n_reductions > 0 || pass->n_tallies > 0;
    for (int k = 0; k < pass->n_outputs; k++) needs |= pass->output[k].load < 0;
    return needs;
}

/* Where nothing is computed (transposes, joins) boxes are copied whole, which suits strides better
   than blocks. */
static bool copies(const shoal_pass *pass)
{
    if (pass->program.n_instructions || pass->n_reductions || pass->n_tallies) return false;
    for (int k = 0; k < pass->n_outputs; k++)
        if (pass->program.value[pass->output[k].value].kind != SHOAL_VALUE_LOAD) return false;
    return true;
}

static void copy_outputs(shoal_pass_worker *w, const uint64_t *count)
{
    const shoal_pass *pass = w->pass;
    for (int k = 0; k < pass->n_outputs; k++) {
        int64_t to[SHOAL_MAX_RANK];
        size_t size = pass->output[k].node->type.n_bytes;
        int from = 0;
        while (pass->load[from].value != pass->output[k].value) from++;
        shoal_contiguous_strides(pass->rank, count, size, to);
        shoal_copy_box(pass->rank, count, w->base[from], w->stride[from], w->result[k], to, size);
    }
}

/* A box whose layouts are known. */
static shoal_status run_box(box_run *b, uint64_t n, shoal_error *err)
{
    const shoal_pass *pass = b->worker->pass;
    const layout *l = tiled(b);
    bool whole = runs_whole(b);
    size_t block = linear_block(b, whole ? SHARED_BLOCK : pass->program.block), piece = 0;
    if (!b->known) {
        shoal_status status =
            shoal_pass_begin_pieces(b->worker, l ? NULL : b->contiguous, block, &piece, err);
        if (status) return status;
    }
    if (piece) return run_pieces(b, n, block, piece, err);
    if (whole && (l || n_states(pass) < 2))
        run_block(b, 0, (size_t)n);
    else if (l)
        run_tiled(b, l, n, pass->program.block);
    else
        for (uint64_t p = 0; p < n; p += block)
            run_block(b, p, (size_t)(n - p < block ? n - p : block));
    return SHOAL_OK;
}

shoal_status shoal_pass_box(shoal_pass_worker *worker, shoal_pass_slot *slot, const uint64_t *start,
                            const uint64_t *count, bool known, shoal_error *err)
{
    const shoal_pass *pass = worker->pass;
    uint64_t n = 1;
    size_t none;
    shoal_user_box(worker->user, pass, start, count);
    if (!needs_program(pass)) return SHOAL_OK;
    for (int k = 0; k < pass->rank; k++) n *= count[k];
    if (!known && copies(pass)) {
        shoal_status status = shoal_pass_begin_pieces(worker, NULL, 1, &none, err);
        if (!status) copy_outputs(worker, count);
        return status;
    }
    layout layouts[SHOAL_PASS_MAX];
    box_run b = {
        .worker = worker, .slot = slot, .count = count, .layouts = layouts, .known = known};
    for (int k = 0; k < pass->n_reductions; k++)
        layouts[k] = lay_out(pass, &pass->reduction[k], start, count);
    for (int k = 0; k < pass->n_reductions; k++)
        if (pass->reduction[k].groups) layouts[k].place = slot->met[pass->reduction[k].state].place;
    for (int k = 0; k < pass->n_loads && !known; k++)
        b.contiguous[k] =
            is_contiguous(pass->rank, count, worker->stride[k], pass->load[k].leaf->type.n_bytes);
    return run_box(&b, n, err);
}
