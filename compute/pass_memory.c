/* What a pass's workers and slots hold, each from one allocation whose size the plan knows. */
#include "compute/pass_known.h"

#include "chunk/error.h"

#include <stdlib.h>
#include <string.h>

/* Hands out parts of one allocation; with memory NULL it only counts. */
typedef struct carver {
    uint8_t *memory;
    size_t used;
} carver;

static void *carve(carver *c, size_t n_bytes)
{
    void *p = c->memory ? c->memory + c->used : NULL;
    c->used += (n_bytes + 127) & ~(size_t)63; /* a gap keeps buffers off each other's cache sets */
    return p;
}

static size_t box_bytes(const shoal_pass *pass, const shoal_node *node)
{
    size_t n = node->type.n_bytes;
    for (int k = 0; k < pass->rank; k++) n *= (size_t)pass->most[k];
    return n;
}

static size_t line_result_bytes(const shoal_pass *pass, const shoal_node *node)
{
    size_t n = node->type.n_bytes * (size_t)shoal_pass_line_result(pass, node);
    for (int k = 0; k < pass->rank; k++)
        if (!(node->axes >> k & 1)) n *= (size_t)pass->box[k];
    return n;
}

/* Readers of the datasets below a load that is made, and scratch buffers. */
static void carve_joiner(const shoal_load *load, shoal_pass_worker *w, int k, carver *c)
{
    if (load->fetch != SHOAL_FETCH_MADE) return;
    size_t scratch_bytes = (load->buffer_bytes + 63) & ~(size_t)63;
    shoal_reader **readers = carve(c, (size_t)load->n_below * sizeof *readers + 1);
    void *scratch = carve(c, (size_t)load->n_scratch * scratch_bytes);
    size_t n_order = load->buffer_bytes / load->leaf->type.n_bytes;
    if (n_order > SHOAL_JOINED_ORDER) n_order = SHOAL_JOINED_ORDER;
    uint64_t *order = carve(c, (size_t)load->n_scratch * n_order * 2 * sizeof *order);
    if (!c->memory) return;
    memset(readers, 0, (size_t)load->n_below * sizeof *readers);
    w->joiner[k] = (shoal_joiner){.inputs = load->inputs,
                                  .n = load->n_below,
                                  .dataset = load->below,
                                  .reader = readers,
                                  .scratch = scratch,
                                  .scratch_bytes = scratch_bytes,
                                  .order = order,
                                  .n_order = n_order,
                                  .cold = load->cold,
                                  .cache = w->cache};
}

static void carve_worker(const shoal_pass *pass, shoal_pass_worker *w, carver *c)
{
    size_t n_loads = (size_t)pass->n_loads, n_outputs = (size_t)pass->n_outputs, padded = 0;
    w->reader = carve(c, n_loads * sizeof *w->reader);
    w->joiner = carve(c, n_loads * sizeof *w->joiner);
    w->buffer = carve(c, n_loads * sizeof *w->buffer);
    w->held = carve(c, n_loads * sizeof *w->held);
    w->waits = carve(c, n_loads * sizeof *w->waits);
    w->in_pieces = carve(c, n_loads * sizeof *w->in_pieces);
    w->base = carve(c, n_loads * sizeof *w->base);
    w->stride = carve(c, n_loads * sizeof *w->stride);
    w->span = carve(c, n_loads * sizeof *w->span);
    w->coder = carve(c, n_outputs * sizeof *w->coder);
    w->result = carve(c, n_outputs * sizeof *w->result);
    for (int k = 0; k < pass->n_loads; k++) {
        void *buffer = carve(c, pass->load[k].buffer_bytes);
        if (c->memory) w->buffer[k] = buffer;
        carve_joiner(&pass->load[k], w, k, c);
    }
    w->lines = carve(c, n_outputs * sizeof *w->lines);
    w->line_result = carve(c, n_outputs * sizeof *w->line_result);
    for (int k = 0; k < pass->n_outputs; k++) {
        const shoal_pass_output *o = &pass->output[k];
        bool lines = o->node->kind == SHOAL_NODE_LINES;
        const shoal_node *value = lines ? o->node->arg[0] : o->node;
        void *result = carve(c, lines && o->load >= 0 ? 0 : box_bytes(pass, value));
        void *group = carve(c, lines ? shoal_pass_lines_bytes(pass, o->node) : 0);
        void *line_result = carve(c, lines ? line_result_bytes(pass, o->node) : 0);
        if (c->memory) w->result[k] = result;
        if (c->memory) w->lines[k] = group;
        if (c->memory) w->line_result[k] = line_result;
        if (o->chunk_bytes > padded) padded = o->chunk_bytes;
    }
    w->padded = carve(c, padded);
    w->tally = carve(c, (size_t)pass->n_tallies * sizeof *w->tally);
    for (int k = 0; k < pass->n_tallies; k++) {
        const shoal_node *node = pass->tally[k].node;
        void *state = carve(c, node->tally->state_bytes(node->params));
        if (c->memory) w->tally[k] = state;
    }
    size_t user_bytes = shoal_pass_user_bytes(pass);
    void *user = user_bytes ? carve(c, user_bytes) : NULL;
    if (user) w->user = shoal_pass_user_place(pass, user);
    if (!pass->has_summaries) return;
    w->known = carve(c, sizeof *w->known);
    void *known = carve(c, shoal_known_bytes(pass));
    if (c->memory) shoal_known_place(pass, w->known, known);
}

static void carve_met(const shoal_pass_reduction *r, shoal_pass_slot *s, int k, carver *c)
{
    uint32_t *group = carve(c, (size_t)r->most_groups * sizeof *group);
    uint32_t *place = carve(c, (size_t)r->groups->n * sizeof *place);
    if (c->memory) s->met[k] = (shoal_pass_met){0, group, place};
}

static void carve_slot(const shoal_pass *pass, shoal_pass_slot *s, carver *c)
{
    s->fields = carve(c, (size_t)pass->n_reductions * sizeof *s->fields);
    s->met = carve(c, (size_t)pass->n_reductions * sizeof *s->met);
    s->bytes = carve(c, (size_t)pass->n_outputs * sizeof *s->bytes);
    s->n_bytes = carve(c, (size_t)pass->n_outputs * sizeof *s->n_bytes);
    s->mask = carve(c, (size_t)pass->n_outputs * sizeof *s->mask);
    s->summary = carve(c, (size_t)pass->n_outputs * sizeof *s->summary);
    for (int k = 0; k < pass->n_reductions; k++) {
        const shoal_pass_reduction *r = &pass->reduction[k];
        if (r->state != k) {
            if (c->memory) s->fields[k] = s->fields[r->state];
            continue;
        }
        void **fields = carve(c, (size_t)r->kernel->n_fields * sizeof *fields);
        if (c->memory) s->fields[k] = fields;
        uint8_t *state = carve(c, (size_t)r->kernel->n_fields * r->cells * 8);
        for (int f = 0; c->memory && f < r->kernel->n_fields; f++)
            fields[f] = state + (size_t)f * r->cells * 8;
        if (c->memory && r->node->use) shoal_user_mark_fields(r->node->use, fields);
        if (r->groups) carve_met(r, s, k, c);
    }
    for (int k = 0; k < pass->n_outputs; k++) {
        const shoal_pass_output *o = &pass->output[k];
        size_t n = (size_t)o->n_chunks;
        void *bytes = carve(c, n * o->bound);
        void *n_bytes = carve(c, n * sizeof **s->n_bytes), *mask = carve(c, n * sizeof **s->mask);
        if (c->memory) s->bytes[k] = bytes;
        if (c->memory) s->n_bytes[k] = n_bytes;
        void *summary = carve(c, o->summarises ? n * sizeof **s->summary : 0);
        if (c->memory) s->mask[k] = mask;
        if (c->memory) s->summary[k] = summary;
    }
}

/* A worker reads or encodes one thing at a time: of what is held only meanwhile, the most counts.
 */
static size_t reader_bytes(const shoal_dataset *dataset, size_t *passing)
{
    size_t now = shoal_reader_passing_bytes(dataset);
    if (now > *passing) *passing = now;
    return shoal_reader_bytes(dataset) - now;
}

static size_t encoder_bytes(const shoal_pass_output *o, size_t *passing)
{
    size_t now = shoal_coder_passing_bytes(&o->pipeline, o->chunk_bytes, true);
    if (now > *passing) *passing = now;
    return shoal_coder_bytes(&o->pipeline, o->chunk_bytes, true) - now;
}

size_t shoal_pass_worker_bytes(const shoal_pass *pass)
{
    carver c = {0};
    shoal_pass_worker w = {0};
    carve_worker(pass, &w, &c);
    size_t n = c.used + sizeof w + shoal_machine_bytes(&pass->program);
    size_t passing = 0;
    for (int k = 0; k < pass->n_loads; k++) {
        const shoal_load *load = &pass->load[k];
        if (load->dataset && load->fetch != SHOAL_FETCH_IN_PLACE)
            n += reader_bytes(load->dataset, &passing);
        for (int j = 0; j < load->n_below; j++) n += reader_bytes(load->below[j], &passing);
    }
    for (int k = 0; k < pass->n_outputs; k++)
        if (pass->output[k].chunk_bytes) n += encoder_bytes(&pass->output[k], &passing);
    return n + passing;
}

size_t shoal_pass_slot_bytes(const shoal_pass *pass)
{
    carver c = {0};
    shoal_pass_slot s;
    carve_slot(pass, &s, &c);
    return c.used + sizeof s;
}

void shoal_pass_worker_free(shoal_pass_worker *worker)
{
    if (!worker) return;
    for (int k = 0; worker->memory && k < worker->pass->n_loads; k++) {
        shoal_reader_free(worker->reader[k]);
        for (int j = 0; j < worker->pass->load[k].n_below; j++)
            shoal_reader_free(worker->joiner[k].reader[j]);
    }
    for (int k = 0; worker->memory && k < worker->pass->n_outputs; k++)
        shoal_coder_free(worker->coder[k]);
    shoal_machine_free(&worker->machine);
    free(worker->memory);
    free(worker);
}

static shoal_status open_readers(shoal_pass_worker *w, shoal_error *err)
{
    const shoal_pass *pass = w->pass;
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < pass->n_loads && !status; k++) {
        const shoal_load *load = &pass->load[k];
        w->held[k].rank = -1;
        w->waits[k] = SHOAL_NOTHING_WAITS;
        w->in_pieces[k] = false;
        for (int j = 0; j < load->n_below && !status; j++) {
            status = shoal_reader_new(load->below[j], &w->joiner[k].reader[j], err);
            if (!status) shoal_reader_set_cold(w->joiner[k].reader[j], load->cold);
        }
        if (!load->dataset || load->fetch == SHOAL_FETCH_IN_PLACE) continue;
        status = shoal_reader_new(load->dataset, &w->reader[k], err);
        if (!status) shoal_reader_set_cold(w->reader[k], load->cold);
    }
    for (int k = 0; k < pass->n_outputs && !status; k++)
        if (pass->output[k].chunk_bytes)
            status = shoal_coder_new(&pass->output[k].pipeline, pass->output[k].chunk_bytes, true,
                                     &w->coder[k], err);
    return status;
}

shoal_status shoal_pass_worker_new(const shoal_pass *pass, shoal_chunk_cache *cache,
                                   const void *const *uniforms, shoal_pass_worker **out,
                                   shoal_error *err)
{
    carver c = {0};
    shoal_pass_worker *w = calloc(1, sizeof *w);
    if (!w) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for a worker");
    w->pass = pass;
    w->cache = cache;
    carve_worker(pass, w, &c);
    c = (carver){.memory = aligned_alloc(64, c.used + 64)};
    w->memory = c.memory;
    shoal_status status =
        w->memory ? SHOAL_OK : shoal_fail(err, SHOAL_SYSTEM, "out of memory for a worker");
    if (!status) {
        carve_worker(pass, w, &c);
        memset(w->reader, 0, (size_t)pass->n_loads * sizeof *w->reader);
        memset(w->coder, 0, (size_t)pass->n_outputs * sizeof *w->coder);
        status = open_readers(w, err);
    }
    shoal_user_begin(status ? NULL : w->user);
    if (!status) status = shoal_machine_init(&w->machine, &pass->program, uniforms, err);
    status = shoal_user_end(w->user, status, err);
    if (status)
        shoal_pass_worker_free(w);
    else
        *out = w;
    return status;
}

shoal_status shoal_pass_slot_new(const shoal_pass *pass, shoal_pass_slot **out, shoal_error *err)
{
    carver c = {0};
    shoal_pass_slot *s = calloc(1, sizeof *s);
    if (s) {
        carve_slot(pass, s, &c);
        c = (carver){.memory = aligned_alloc(64, c.used + 64)};
        s->memory = c.memory;
    }
    if (!s || !s->memory) {
        free(s);
        return shoal_fail(err, SHOAL_SYSTEM, "out of memory for a task's results");
    }
    carve_slot(pass, s, &c);
    *out = s;
    return SHOAL_OK;
}

void shoal_pass_slot_free(shoal_pass_slot *slot)
{
    if (!slot) return;
    free(slot->memory);
    free(slot);
}
