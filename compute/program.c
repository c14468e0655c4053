#include "compute/program.h"

#include "chunk/copy.h"
#include "chunk/error.h"
#include "compute/pass_user.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_ELEMENTS ((size_t)2048)
#define REGISTER_PAD   ((size_t)192) /* keeps registers off each other's cache sets */

static bool is_uniform(const shoal_node *node)
{
    for (int k = 0; k < node->rank; k++)
        if (node->shape[k] != 1) return false;
    return true;
}

/* Marks the nodes that the roots need, without going below loads. */
static void mark(const shoal_node *node, uint8_t *needed)
{
    if (needed[node->id]) return;
    needed[node->id] = 1;
    for (int k = 0; k < node->n_args; k++) mark(node->arg[k], needed);
}

static void add_value(shoal_program *p, const shoal_node *node)
{
    shoal_value *v = &p->value[p->n_values];
    *v = (shoal_value){.node = node, .last_use = -1};
    bool uniform = is_uniform(node);
    if (uniform) {
        v->kind = SHOAL_VALUE_UNIFORM;
        v->slot = p->n_uniforms++;
    } else if (node->kind == SHOAL_NODE_LEAF) {
        v->kind = SHOAL_VALUE_LOAD;
        v->slot = p->n_loads;
        p->load_value[p->n_loads++] = p->n_values;
    } else {
        v->kind = SHOAL_VALUE_COMPUTED;
    }
    p->of_node[node->id] = p->n_values++;
}

static bool is_literal(const shoal_node *node, int64_t value)
{
    uint8_t same[sizeof node->value] = {0};
    const void *in[1] = {&value};
    shoal_kernel cast = shoal_kernel_cast(SHOAL_INT64, node->type.code);
    if (node->kind != SHOAL_NODE_LITERAL) return false;
    if (cast)
        cast(1, in, same);
    else
        memcpy(same, &value, sizeof value);
    return memcmp(same, node->value, node->type.n_bytes) == 0;
}

/* Powers whose exponent is 2, 1 or -1 have the same bits as what is simpler, and far sooner. */
static shoal_kernel element_kernel(const shoal_node *node)
{
    bool real = node->loop <= SHOAL_FLOAT64, floats = real && node->loop >= SHOAL_FLOAT16;
    shoal_op op = node->op;
    if (real && (op == SHOAL_OP_POWER || op == SHOAL_OP_FLOAT_POWER)) {
        if (is_literal(node->arg[1], 2)) op = SHOAL_OP_SQUARE;
        if (is_literal(node->arg[1], 1)) op = SHOAL_OP_POSITIVE;
        if (is_literal(node->arg[1], -1) && floats) op = SHOAL_OP_RECIPROCAL;
    }
    return shoal_kernel_element(op, node->loop);
}

/* The results of one kernel of the same arguments are computed together. */
static void add_user_result(shoal_program *p, shoal_instruction *i)
{
    for (shoal_instruction *first = p->instruction; first < i; first++) {
        bool same = first->leads && first->apply->use == i->apply->use;
        for (int k = 0; k < i->n_in && same; k++) same = first->in[k] == i->in[k];
        if (!same) continue;
        first->result[i->apply->result] = i->out;
        return;
    }
    i->leads = true;
    for (int k = 0; k < SHOAL_KERNEL_MAX_RESULTS; k++) i->result[k] = -1;
    i->result[i->apply->result] = i->out;
}

static void add_instruction(shoal_program *p, const shoal_node *node)
{
    shoal_instruction *i = &p->instruction[p->n_instructions];
    *i = (shoal_instruction){.n_in = node->n_args, .out = p->of_node[node->id]};
    i->once = p->value[i->out].kind == SHOAL_VALUE_UNIFORM;
    for (int k = 0; k < node->n_args; k++) {
        i->in[k] = p->of_node[node->arg[k]->id];
        p->value[i->in[k]].last_use = p->n_instructions;
    }
    if (node->kind == SHOAL_NODE_ELEMENT)
        i->kernel = element_kernel(node);
    else if (node->kind == SHOAL_NODE_CAST)
        i->kernel = shoal_kernel_cast(node->arg[0]->type.code, node->type.code);
    i->apply = node->apply;
    if (i->apply && i->apply->use) add_user_result(p, i);
    p->n_instructions++;
}

static void assign_register(shoal_program *p, int value, int *free_list, int *n_free)
{
    shoal_value *v = &p->value[value];
    v->slot = *n_free ? free_list[--*n_free] : p->n_registers++;
    if (p->register_bytes[v->slot] < v->node->type.n_bytes)
        p->register_bytes[v->slot] = v->node->type.n_bytes;
}

/* Registers are given out in the order of the instructions and taken back after the last use. */
static void assign_registers(shoal_program *p, int *free_list)
{
    int n_free = 0;
    for (int k = 0; k < p->n_instructions; k++) {
        shoal_instruction *i = &p->instruction[k];
        if (i->once) continue;
        if (!i->apply || !i->apply->use) assign_register(p, i->out, free_list, &n_free);
        for (int r = 0; i->leads && r < SHOAL_KERNEL_MAX_RESULTS; r++)
            if (i->result[r] >= 0) assign_register(p, i->result[r], free_list, &n_free);
        for (int a = 0; a < i->n_in; a++) {
            const shoal_value *in = &p->value[i->in[a]];
            bool again = false;
            for (int b = 0; b < a; b++) again |= i->in[a] == i->in[b];
            if (in->kind == SHOAL_VALUE_COMPUTED && in->last_use == k && !again)
                free_list[n_free++] = in->slot;
        }
    }
}

shoal_status shoal_program_compile(shoal_arena *arena, shoal_node *const *roots, int n_roots,
                                   int n_nodes, shoal_program *out, shoal_error *err)
{
    size_t n = (size_t)n_nodes + 1;
    *out = (shoal_program){.block = BLOCK_ELEMENTS};
    uint8_t *needed = shoal_arena_alloc(arena, n);
    const shoal_node **node = shoal_arena_alloc(arena, sizeof *node * n);
    int *free_list = shoal_arena_alloc(arena, sizeof *free_list * n);
    out->value = shoal_arena_alloc(arena, sizeof *out->value * n);
    out->instruction = shoal_arena_alloc(arena, sizeof *out->instruction * n);
    out->load_value = shoal_arena_alloc(arena, sizeof *out->load_value * n);
    out->register_bytes = shoal_arena_alloc(arena, sizeof *out->register_bytes * n);
    out->of_node = shoal_arena_alloc(arena, sizeof *out->of_node * n);
    if (!needed || !node || !free_list || !out->value || !out->instruction || !out->load_value ||
        !out->register_bytes || !out->of_node)
        return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the program");
    memset(out->of_node, 0xff, sizeof *out->of_node * n);
    for (int k = 0; k < n_roots; k++) mark(roots[k], needed);
    /* ids rise from arguments to users, so a walk over ids is a topological order */
    for (int k = 0; k < n_roots; k++) node[roots[k]->id] = roots[k];
    for (int id = n_nodes - 1; id >= 0; id--)
        if (needed[id])
            for (int a = 0; a < node[id]->n_args; a++)
                node[node[id]->arg[a]->id] = node[id]->arg[a];
    for (int id = 0; id < n_nodes; id++) {
        if (!needed[id]) continue;
        add_value(out, node[id]);
        if (node[id]->n_args) add_instruction(out, node[id]);
    }
    for (int k = 0; k < n_roots; k++)
        out->value[out->of_node[roots[k]->id]].last_use = out->n_instructions;
    assign_registers(out, free_list);
    return SHOAL_OK;
}

static size_t buffer_bytes(const shoal_program *p, size_t element_bytes)
{
    return ((p->block * element_bytes + REGISTER_PAD) + 63) & ~(size_t)63;
}

size_t shoal_machine_bytes(const shoal_program *program)
{
    size_t n = (size_t)program->n_values * 2 * sizeof(void *) + 64;
    for (int k = 0; k < program->n_registers; k++)
        n += buffer_bytes(program, program->register_bytes[k]);
    for (int k = 0; k < program->n_values; k++)
        if (program->value[k].kind != SHOAL_VALUE_COMPUTED)
            n += buffer_bytes(program, program->value[k].node->type.n_bytes);
    return n;
}

/* Lays out the buffers: registers first, then one for each load and uniform. */
static void place_buffers(shoal_machine *m, unsigned char *at)
{
    const shoal_program *p = m->program;
    unsigned char *registers = at;
    for (int k = 0; k < p->n_registers; k++) at += buffer_bytes(p, p->register_bytes[k]);
    for (int k = 0; k < p->n_values; k++) {
        const shoal_value *v = &p->value[k];
        if (v->kind == SHOAL_VALUE_COMPUTED) {
            unsigned char *r = registers;
            for (int j = 0; j < v->slot; j++) r += buffer_bytes(p, p->register_bytes[j]);
            m->own[k] = r;
        } else {
            m->own[k] = at;
            at += buffer_bytes(p, v->node->type.n_bytes);
        }
        m->pointer[k] = m->own[k];
    }
}

static void run_user(shoal_machine *m, const shoal_instruction *i, size_t n, const void *const *in)
{
    void *out[SHOAL_KERNEL_MAX_RESULTS];
    for (int k = 0; k < SHOAL_KERNEL_MAX_RESULTS; k++)
        out[k] = i->result[k] < 0 ? NULL : (void *)(uintptr_t)m->pointer[i->result[k]];
    shoal_user_elements(i->apply->use, n, m->first, in, out);
}

static void run_instruction(shoal_machine *m, const shoal_instruction *i, size_t n)
{
    const void *in[SHOAL_MAX_NODE_ARGS];
    for (int k = 0; k < i->n_in; k++) in[k] = m->pointer[i->in[k]];
    void *out = (void *)(uintptr_t)m->pointer[i->out];
    if (i->kernel)
        i->kernel(n, in, out);
    else if (i->leads)
        run_user(m, i, n, in);
    else if (!i->apply->use)
        shoal_apply_run(i->apply, n, in, out);
}

shoal_status shoal_machine_init(shoal_machine *machine, const shoal_program *program,
                                const void *const *uniforms, shoal_error *err)
{
    size_t n_bytes = (shoal_machine_bytes(program) + 63) & ~(size_t)63;
    *machine = (shoal_machine){.program = program, .memory = aligned_alloc(64, n_bytes)};
    if (!machine->memory) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the program");
    memset(machine->memory, 0, n_bytes);
    machine->pointer = machine->memory;
    machine->own = (void **)machine->memory + program->n_values;
    size_t tables = ((size_t)program->n_values * 2 * sizeof(void *) + 63) & ~(size_t)63;
    place_buffers(machine, (unsigned char *)machine->memory + tables);
    for (int k = 0; k < program->n_values; k++) {
        const shoal_value *v = &program->value[k];
        if (v->kind != SHOAL_VALUE_UNIFORM || v->node->n_args) continue;
        const void *one = v->node->kind == SHOAL_NODE_LITERAL ? v->node->value : uniforms[k];
        shoal_fill_elements(machine->own[k], one, program->block, v->node->type.n_bytes);
    }
    for (int k = 0; k < program->n_instructions; k++)
        if (program->instruction[k].once)
            run_instruction(machine, &program->instruction[k], program->block);
    return SHOAL_OK;
}

void shoal_machine_free(shoal_machine *machine)
{
    free(machine->memory);
    *machine = (shoal_machine){0};
}

void shoal_machine_run_one(shoal_machine *machine, int instruction, size_t n)
{
    run_instruction(machine, &machine->program->instruction[instruction], n);
}

void shoal_machine_run(shoal_machine *machine, size_t n)
{
    const shoal_program *p = machine->program;
    for (int k = 0; k < p->n_instructions; k++)
        if (!p->instruction[k].once) run_instruction(machine, &p->instruction[k], n);
}
