#include "compute/pass_known.h"

#include "compute/known_reduction.h"

#include <stdlib.h>
#include <string.h>

#define MOST_CHUNKS 256        /* of one load that a box is looked up in */
#define MOST_BOXES  (1u << 20) /* that are counted */
#define FEW_TASKS   4096       /* with which counting takes less time than starting threads */

static size_t aligned(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

size_t shoal_known_bytes(const shoal_pass *pass)
{
    size_t n_values = (size_t)pass->program.n_values;
    return aligned(n_values * sizeof(shoal_interval)) + aligned(n_values) +
           aligned(n_values * sizeof(int)) +
           aligned((size_t)pass->n_loads * sizeof(shoal_known_load)) +
           aligned((size_t)pass->n_reductions * sizeof(bool));
}

void shoal_known_place(const shoal_pass *pass, shoal_known *known, void *memory)
{
    size_t n_values = (size_t)pass->program.n_values;
    uint8_t *at = memory;
    known->range = (void *)at;
    at += aligned(n_values * sizeof *known->range);
    known->same = at;
    at += aligned(n_values);
    known->load_of = (void *)at;
    at += aligned(n_values * sizeof *known->load_of);
    known->load = (void *)at;
    at += aligned((size_t)pass->n_loads * sizeof *known->load);
    known->taken = (void *)at;
}

/* ---- What the chunks tell ---- */

static bool is_signed(shoal_type_code type)
{
    return type >= SHOAL_INT8 && type <= SHOAL_INT64;
}

static shoal_interval range_of(shoal_type_code type, const shoal_chunk_summary *s)
{
    shoal_interval x = {.is_float = type >= SHOAL_FLOAT16};
    if (x.is_float) {
        x.none = s->n_nan >= s->n_elements;
        x.nan = s->n_nan > 0;
        x.low = x.none ? 0 : s->least.f;
        x.high = x.none ? 0 : s->greatest.f;
    } else if (is_signed(type)) {
        x.least = s->least.i;
        x.greatest = s->greatest.i;
    } else {
        x.least = (shoal_wide_int)s->least.u;
        x.greatest = (shoal_wide_int)s->greatest.u;
    }
    return x;
}

static void look_at_chunk(const shoal_load *load, const shoal_piece *piece, bool first,
                          shoal_known_load *out)
{
    const shoal_dataset *d = load->dataset;
    const shoal_chunk_summary *s = shoal_summary_chunk(load->summary, d, piece->chunk_id);
    shoal_interval x;
    if (s) {
        x = range_of(d->type.code, s);
        shoal_known_add(d->type.code, s, first, out);
        out->covered &= piece->whole;
    } else {
        bool unwritten =
            d->layout == SHOAL_LAYOUT_CHUNKED && !shoal_index_find(&d->index, piece->chunk_id);
        x = unwritten ? shoal_interval_of(d->type.code, d->fill) : shoal_interval_all(d->type.code);
        out->covered = false;
    }
    out->range = first ? x : shoal_interval_join(out->range, x);
}

static void look_at_load(const shoal_pass *pass, const shoal_load *load, const uint64_t *start,
                         const uint64_t *count, shoal_known_load *out)
{
    shoal_region region;
    shoal_pieces it;
    shoal_piece piece;
    uint64_t n = 1, n_region, n_chunks = 0;
    *out = (shoal_known_load){.range = shoal_interval_all(load->leaf->type.code)};
    if (!load->summary) return;
    shoal_pass_box_region(load, pass->rank, start, count, &region);
    for (int k = 0; k < pass->rank; k++) n *= count[k];
    out->covered = shoal_region_elements(&region, &n_region) && n_region == n;
    for (shoal_pieces_begin(&it, &load->dataset->grid, &region); shoal_pieces_next(&it, &piece);) {
        if (n_chunks == MOST_CHUNKS) {
            *out = (shoal_known_load){.range = shoal_interval_all(load->leaf->type.code)};
            return;
        }
        look_at_chunk(load, &piece, n_chunks++ == 0, out);
    }
}

/* ---- What the program makes of it ---- */

/* The argument that where() gives all over the box, or -1. */
static int choice(const shoal_node *node, const shoal_instruction *i, const shoal_known *known)
{
    bool value;
    if (node->kind != SHOAL_NODE_ELEMENT || node->op != SHOAL_OP_WHERE) return -1;
    if (!shoal_interval_decides(node->arg[0], &known->range[i->in[0]], &value)) return -1;
    return i->in[value ? 1 : 2];
}

static void evaluate(const shoal_program *p, const shoal_instruction *i, shoal_known *known)
{
    const shoal_node *node = p->value[i->out].node;
    shoal_interval arg[SHOAL_MAX_NODE_ARGS] = {{0}};
    bool value, all_same = true;
    for (int k = 0; k < i->n_in; k++) {
        arg[k] = known->range[i->in[k]];
        all_same &= known->same[i->in[k]];
    }
    int chosen = choice(node, i, known);
    known->range[i->out] = shoal_interval_apply(node, arg);
    known->same[i->out] = all_same || (chosen >= 0 && known->same[chosen]) ||
                          shoal_interval_decides(node, &known->range[i->out], &value);
    known->load_of[i->out] = chosen >= 0 ? known->load_of[chosen] : -1;
    if (node->kind == SHOAL_NODE_CAST && node->type.code == SHOAL_FLOAT32 &&
        node->arg[0]->type.code == SHOAL_FLOAT16)
        known->load_of[i->out] = known->load_of[i->in[0]];
}

static void evaluate_all(const shoal_pass *pass, shoal_known *known, const shoal_machine *machine,
                         const uint8_t *vague)
{
    const shoal_program *p = &pass->program;
    const shoal_instruction *i = p->instruction;
    for (int k = 0; k < p->n_values; k++) {
        const shoal_value *v = &p->value[k];
        const shoal_instruction *made_by = v->node->n_args ? i++ : NULL;
        if (v->kind == SHOAL_VALUE_COMPUTED) {
            evaluate(p, made_by, known);
            continue;
        }
        bool is_load = v->kind == SHOAL_VALUE_LOAD;
        known->same[k] = !is_load;
        known->load_of[k] = is_load ? v->slot : -1;
        if (is_load)
            known->range[k] = known->load[v->slot].range;
        else if (vague && vague[k])
            known->range[k] = shoal_interval_all(v->node->type.code);
        else
            known->range[k] = shoal_interval_of(v->node->type.code, machine->own[k]);
    }
}

static bool knows_reduction(const shoal_pass *pass, const shoal_pass_reduction *r,
                            const shoal_known *known, const uint64_t *count)
{
    if (known->same[r->value]) return true;
    int load = known->load_of[r->value];
    if (load < 0 || !known->load[load].covered) return false;
    for (int k = 0; k < pass->rank; k++)
        if (!(r->axes >> k & 1) && count[k] != 1) return false;
    return shoal_known_answers(r->node->op, r->node->loop, r->kernel, &known->load[load]);
}

bool shoal_pass_knows(const shoal_pass *pass, shoal_known *known, const shoal_machine *machine,
                      const uint8_t *vague, const uint64_t *start, const uint64_t *count)
{
    for (int k = 0; k < pass->n_loads; k++)
        look_at_load(pass, &pass->load[k], start, count, &known->load[k]);
    evaluate_all(pass, known, machine, vague);
    for (int k = 0; k < pass->n_outputs; k++)
        if (!known->same[pass->output[k].value]) return false;
    for (int k = 0; k < pass->n_reductions; k++)
        if (!knows_reduction(pass, &pass->reduction[k], known, count)) return false;
    return true;
}

/* ---- Taking it in ---- */

/* The values that are the same all over the box, into their registers. */
static void make_same(shoal_machine *m, const shoal_known *known)
{
    const shoal_program *p = m->program;
    bool value;
    for (int k = 0; k < p->n_values; k++) m->pointer[k] = m->own[k];
    for (int k = 0; k < p->n_instructions; k++) {
        const shoal_instruction *i = &p->instruction[k];
        const shoal_node *node = p->value[i->out].node;
        if (i->once || !known->same[i->out]) continue;
        int chosen = choice(node, i, known);
        if (shoal_interval_decides(node, &known->range[i->out], &value))
            memset(m->own[i->out], value, p->block);
        else if (chosen >= 0)
            memcpy(m->own[i->out], m->own[chosen], p->block * node->type.n_bytes);
        else
            shoal_machine_run_one(m, k, p->block);
    }
}

/* The states of a load's chunks. */
static void take_chunks(const shoal_pass *pass, const shoal_pass_reduction *r,
                        const shoal_load *load, const shoal_known_load *known, void **fields,
                        const uint64_t *start, const uint64_t *count)
{
    shoal_region region;
    shoal_pieces it;
    shoal_piece piece;
    shoal_known_take(r->node->op, r->node->loop, r->kernel, known, fields);
    if (!shoal_known_sums(r->node->op)) return;
    shoal_pass_box_region(load, pass->rank, start, count, &region);
    for (shoal_pieces_begin(&it, &load->dataset->grid, &region); shoal_pieces_next(&it, &piece);)
        shoal_known_take_sum(r->node->op, r->node->loop, r->kernel,
                             shoal_summary_chunk(load->summary, load->dataset, piece.chunk_id),
                             fields);
}

/* Can a state take n equal elements at once, and has it? */
static bool take_same(const shoal_pass_reduction *r, const shoal_machine *m, void **fields,
                      const uint64_t *count, int rank)
{
    uint64_t n = 1;
    for (int k = 0; k < rank; k++) {
        if (!(r->axes >> k & 1) && count[k] != 1) return false;
        n *= count[k];
    }
    return shoal_known_take_same(r->node->op, r->node->loop, r->kernel, m->own[r->value], n,
                                 fields);
}

bool shoal_pass_take_known(shoal_pass_worker *worker, shoal_pass_slot *slot, const uint64_t *start,
                           const uint64_t *count)
{
    const shoal_pass *pass = worker->pass;
    shoal_known *known = worker->known;
    if (!known || !shoal_pass_knows(pass, known, &worker->machine, NULL, start, count))
        return false;
    bool rest = pass->n_outputs > 0;
    make_same(&worker->machine, known);
    for (int k = 0; k < pass->n_reductions; k++) {
        const shoal_pass_reduction *r = &pass->reduction[k];
        if (r->state != k) continue; /* the one whose state it reads takes it in */
        if (known->same[r->value]) {
            known->taken[k] = take_same(r, &worker->machine, slot->fields[k], count, pass->rank);
        } else {
            int load = known->load_of[r->value];
            take_chunks(pass, r, &pass->load[load], &known->load[load], slot->fields[k], start,
                        count);
            known->taken[k] = true;
        }
        rest |= !known->taken[k];
    }
    if (rest) (void)shoal_pass_box(worker, slot, start, count, true, NULL); /* decodes nothing */
    return true;
}

/* ---- Before the run ---- */

/* Uniforms that are read, or computed, when the pass runs. */
static void mark_vague(const shoal_program *p, uint8_t *vague)
{
    const shoal_instruction *i = p->instruction;
    for (int k = 0; k < p->n_values; k++) {
        const shoal_node *node = p->value[k].node;
        vague[k] = node->kind == SHOAL_NODE_LEAF;
        if (!node->n_args) continue;
        for (int a = 0; a < i->n_in; a++) vague[k] |= vague[i->in[a]];
        i++;
    }
}

/* Do the summaries give all that is wanted of a box that is known? */
static bool are_taken(const shoal_pass *pass, const shoal_known *known)
{
    for (int k = 0; k < pass->n_reductions; k++)
        if (known->same[pass->reduction[k].value]) return false;
    return pass->n_outputs == 0;
}

/* Up to MOST_BOXES of them; or to the first that is not taken in from the summaries. */
static void count_boxes(const shoal_pass *pass, shoal_known *known, const shoal_machine *machine,
                        const uint8_t *vague, bool to_work, uint64_t *n_boxes, uint64_t *n_known)
{
    uint64_t start[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK];
    shoal_pass_slot slot;
    for (slot.task = 0; slot.task < pass->n_tasks && *n_boxes < MOST_BOXES; slot.task++) {
        shoal_pass_task(pass, slot.task, slot.start, slot.count);
        shoal_pass_first_box(pass, &slot, start, count);
        do {
            bool knows = shoal_pass_knows(pass, known, machine, vague, start, count) &&
                         (!to_work || are_taken(pass, known));
            ++*n_boxes;
            *n_known += knows;
            if (to_work && !knows) return;
        } while (shoal_pass_next_box(pass, &slot, start, count));
    }
}

static bool count_known(const shoal_pass *pass, bool to_work, uint64_t *n_boxes, uint64_t *n_known)
{
    static const uint8_t nothing[SHOAL_MAX_NODES + 1];
    shoal_machine machine = {0};
    shoal_known known;
    size_t n_values = (size_t)pass->program.n_values;
    bool fits = true;
    const void **uniforms = calloc(n_values + 1, sizeof *uniforms);
    void *memory = malloc(shoal_known_bytes(pass));
    uint8_t *vague = malloc(n_values + 1);
    for (size_t k = 0; uniforms && k < n_values; k++) {
        uniforms[k] = nothing;
        fits &= pass->program.value[k].node->type.n_bytes <= sizeof nothing;
    }
    *n_boxes = *n_known = 0;
    bool counts = fits && pass->has_summaries && pass->n_tasks <= MOST_BOXES && uniforms &&
                  memory && vague && !shoal_machine_init(&machine, &pass->program, uniforms, NULL);
    if (counts) {
        shoal_known_place(pass, &known, memory);
        mark_vague(&pass->program, vague);
        count_boxes(pass, &known, &machine, vague, to_work, n_boxes, n_known);
    }
    shoal_machine_free(&machine);
    free(uniforms);
    free(memory);
    free(vague);
    return counts;
}

bool shoal_pass_count_known(const shoal_pass *pass, uint64_t *n_boxes, uint64_t *n_known)
{
    return count_known(pass, false, n_boxes, n_known);
}

bool shoal_pass_knows_all(const shoal_pass *pass)
{
    uint64_t n_boxes, n_known;
    return pass->n_tasks <= FEW_TASKS && count_known(pass, true, &n_boxes, &n_known) &&
           n_known == n_boxes && n_boxes < MOST_BOXES;
}
