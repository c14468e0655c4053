/* A program: the element-wise nodes of one pass, compiled to instructions over blocks. A block is
   a run of at most `block` elements; every value of the program has one pointer a block. */
#ifndef SHOAL_COMPUTE_PROGRAM_H
#define SHOAL_COMPUTE_PROGRAM_H

#include "compute/graph.h"
#include "compute/kernel.h"

typedef enum shoal_value_kind {
    SHOAL_VALUE_LOAD,     /* given anew for each block */
    SHOAL_VALUE_UNIFORM,  /* one element, repeated over a buffer that is filled once */
    SHOAL_VALUE_COMPUTED, /* an instruction's result, in a register */
} shoal_value_kind;

typedef struct shoal_value {
    const shoal_node *node;
    shoal_value_kind kind;
    int slot;     /* load number, uniform number or register number */
    int last_use; /* the last instruction that reads it; registers are given out by it */
} shoal_value;

typedef struct shoal_instruction {
    shoal_kernel kernel;                    /* NULL: `apply` */
    int n_in, in[SHOAL_MAX_NODE_ARGS], out; /* values */
    const shoal_apply *apply;
    bool leads; /* a user's kernel is run by the first instruction of those with its results */
    int result[SHOAL_KERNEL_MAX_RESULTS]; /* of that: the values, -1 where one is not wanted */
    bool once; /* all of its inputs are uniform: run once, before the first block */
} shoal_instruction;

typedef struct shoal_program {
    size_t block;
    int n_values, n_instructions, n_loads, n_uniforms, n_registers;
    shoal_value *value;
    shoal_instruction *instruction;
    int *load_value;        /* value of each load */
    size_t *register_bytes; /* of an element */
    int *of_node;           /* value by node id, or -1 */
} shoal_program;

/* Compiles what the roots need; a node's value is then program->of_node[id]. */
shoal_status shoal_program_compile(shoal_arena *arena, shoal_node *const *roots, int n_roots,
                                   int n_nodes, shoal_program *out, shoal_error *err);

/* One worker's memory for a program: registers and the filled uniforms. */
typedef struct shoal_machine {
    const shoal_program *program;
    const void **pointer; /* of each value in this block */
    void **own;           /* buffer of each value (loads too: gathers go there) */
    void *memory;
    uint64_t first; /* position of the block in its box, for users' kernels */
} shoal_machine;

size_t shoal_machine_bytes(const shoal_program *program);
/* uniforms: one element for each uniform LEAF value, by value number (others ignored). */
shoal_status shoal_machine_init(shoal_machine *machine, const shoal_program *program,
                                const void *const *uniforms, shoal_error *err);
void shoal_machine_free(shoal_machine *machine);

/* Computes n (<= block) elements; the loads' pointers must be set in machine->pointer. */
void shoal_machine_run(shoal_machine *machine, size_t n);
/* One instruction, with the pointers as they are. */
void shoal_machine_run_one(shoal_machine *machine, int instruction, size_t n);

#endif
