/* Syntax -> a graph of typed nodes with shapes: names resolved, literals folded as Python folds
   them, casts explicit, slices pushed down to the leaves, equal nodes made one. */
#ifndef SHOAL_COMPUTE_GRAPH_H
#define SHOAL_COMPUTE_GRAPH_H

#include "compute/apply.h"
#include "compute/generator.h"
#include "compute/groups.h"
#include "compute/inputs.h"
#include "compute/joined.h"
#include "compute/lines.h"
#include "compute/operation.h"
#include "compute/parse.h"
#include "compute/tally.h"

#define SHOAL_MAX_NODES     4096
#define SHOAL_MAX_NODE_ARGS SHOAL_KERNEL_MAX_ARGUMENTS
#define SHOAL_MAX_NAMES     (SHOAL_MAX_STATEMENTS + 64) /* the rest: arguments of functions */

typedef enum shoal_node_kind {
    SHOAL_NODE_LITERAL, /* one element; weak when it is Python's */
    SHOAL_NODE_LEAF, /* a view of a source, a stored node's result, a generator or a joined array */
    SHOAL_NODE_ELEMENT, /* op over arguments of the loop's own types */
    SHOAL_NODE_CAST,
    SHOAL_NODE_APPLY,    /* what needs parameters, over texts and instants */
    SHOAL_NODE_CONSTANT, /* a list literal's array, in `data`; read through leaves */
    SHOAL_NODE_REDUCE,   /* from here on: computed by a pass before others use its result */
    SHOAL_NODE_TALLY,    /* of all elements, in several rounds */
    SHOAL_NODE_LINES,    /* each line of the argument makes a line of the result */
} shoal_node_kind;

/* How an array is seen: base index on axis b = start[b] + the sum over view axes v with
   axis[v] == b of step[v] * index[v]. axis[v] is -1 where the view repeats or adds an axis. */
typedef struct shoal_view {
    int base_rank;
    int64_t start[SHOAL_MAX_RANK];
    int axis[SHOAL_MAX_RANK];
    int64_t step[SHOAL_MAX_RANK];
} shoal_view;

/* Which axis (or -1: a new one, all of whose indices are the same) each axis of a result is. */
typedef struct shoal_subscript {
    int rank;                                            /* of what is indexed */
    int64_t start[SHOAL_MAX_RANK], step[SHOAL_MAX_RANK]; /* by axis of what is indexed */
    int n_out;
    int axis[SHOAL_MAX_RANK]; /* by result axis */
    uint64_t count[SHOAL_MAX_RANK];
} shoal_subscript;

#define SHOAL_FROM_LINE -1 /* along the results' lines */
#define SHOAL_FROM_NONE -2 /* of one element, kept for the rank's sake */
#define SHOAL_FROM_ROW  -3 /* lines along several axes that stay: within an index of the first */

/* What a node's numbers mean when they are times. */
typedef struct shoal_time {
    shoal_cf_time cf;
    const char *units;
    bool has_nat; /* INT64_MIN is a time that is missing */
} shoal_time;

struct shoal_node {
    shoal_node_kind kind;
    int id;    /* position in the graph; arguments come before their users */
    int level; /* the pass that computes it: 1 + the level of the reductions it needs */
    shoal_type type;
    int rank;
    uint64_t shape[SHOAL_MAX_RANK];
    bool weak;
    uint8_t value[16]; /* LITERAL */
    shoal_op op;       /* ELEMENT, REDUCE */
    shoal_type_code loop;
    int n_args;
    shoal_node *arg[SHOAL_MAX_NODE_ARGS];
    const shoal_apply *apply;            /* APPLY */
    int source;                          /* LEAF: number in the inputs, or -1 */
    shoal_node *of;                      /* LEAF: the stored node, or NULL */
    const shoal_generator *generator;    /* LEAF: what its elements are computed by, or NULL */
    const shoal_joined *joined;          /* LEAF: what it is put together from, or NULL */
    shoal_view view;                     /* LEAF */
    shoal_origin origin[SHOAL_MAX_RANK]; /* of each axis; set by shoal_graph_add */
    const shoal_time *time;              /* NULL: no times; set by shoal_graph_add */
    uint32_t axes; /* REDUCE: bit k set: axis k of the argument goes; LINES: is in a line */
    double ddof;   /* REDUCE */
    const struct shoal_user_use *use; /* REDUCE: by a user's kernel instead of op; or NULL */
    const shoal_groups *groups; /* REDUCE, LINES: of its one axis, an index of the result each; or
                                   NULL */
    const shoal_tally_kind *tally; /* TALLY */
    bool grows;                    /* TALLY: only computing tells the length of axis 0 */
    const shoal_line_kind *lines;  /* LINES: along `axes` */
    uint64_t line_length;          /* LINES: of the result's */
    int from[SHOAL_MAX_RANK];      /* LINES: the argument's axis of each of the result's */
    const void *params;            /* TALLY, LINES: equal nodes have equal bytes */
    size_t params_bytes;
    void *data; /* of a stored node: its result in memory, once a pass has computed it; CONSTANT */
    shoal_dataset *spilled; /* of a stored node: where its result is instead; or NULL */
};

/* Is the node computed by a pass of its own, so that others read its result as an array? */
static inline bool shoal_node_is_stored(const shoal_node *node)
{
    return node->kind >= SHOAL_NODE_REDUCE;
}

typedef struct shoal_graph {
    shoal_arena *arena;
    shoal_inputs *inputs;
    int n_nodes;
    shoal_node *node[SHOAL_MAX_NODES];
    /* Computes a node's value at once, for indices and masks; *out is malloc'ed, in C order;
       packed: bools as bits of 64-bit words. NULL where nothing can be computed. */
    shoal_status (*evaluate)(void *context, shoal_node *node, bool packed, void **out,
                             shoal_error *err);
    void *evaluate_context;
    struct shoal_known_mask *masks;     /* those that were evaluated: a list */
    shoal_groups *groups;               /* likewise */
    struct shoal_sorted *sorted;        /* likewise */
    struct shoal_user_kernels *kernels; /* of users; may be NULL */
    int n_names; /* of statements so far, and of the arguments of functions under way */
    struct {
        const char *name;
        shoal_node *node;
    } names[SHOAL_MAX_NAMES];
} shoal_graph;

/* Builds the value of a statement and binds its name. */
shoal_status shoal_graph_statement(shoal_graph *graph, const shoal_statement *statement,
                                   shoal_node **out, shoal_error *err);

/* ---- Between the files graph_*.c ---- */

shoal_status shoal_graph_expression(shoal_graph *graph, const shoal_syntax *syntax,
                                    shoal_node **out, shoal_error *err);
/* Adds a node, or finds the equal one that is there. */
shoal_status shoal_graph_add(shoal_graph *graph, const shoal_node *node, shoal_node **out,
                             shoal_error *err);
shoal_status shoal_graph_literal_int(shoal_graph *graph, int64_t value, shoal_node **out,
                                     shoal_error *err);
shoal_status shoal_graph_literal_float(shoal_graph *graph, double value, shoal_node **out,
                                       shoal_error *err);
/* op(args...), with promotion, casts and broadcasting. */
shoal_status shoal_graph_element(shoal_graph *graph, shoal_op op, shoal_node **args, int column,
                                 shoal_node **out, shoal_error *err);
/* The common rank and shape of arguments, into *out. */
shoal_status shoal_graph_common_shape(shoal_node *const *args, int n_args, int column,
                                      shoal_node *out, shoal_error *err);
shoal_status shoal_graph_cast(shoal_graph *graph, shoal_node *node, shoal_type_code type,
                              shoal_node **out, shoal_error *err);
/* The elements of a node that a subscript wants: its leaves' views change, nothing is moved. */
shoal_status shoal_graph_view(shoal_graph *graph, shoal_node *node, const shoal_subscript *s,
                              shoal_node **out, shoal_error *err);
/* The subscript that takes everything, to start from. */
void shoal_subscript_all(const shoal_node *node, shoal_subscript *out);
/* A leaf over all that a generator makes, or over all of a joined array. */
shoal_status shoal_graph_generator(shoal_graph *graph, const shoal_generator *generator,
                                   shoal_node **out, shoal_error *err);
shoal_status shoal_graph_joined(shoal_graph *graph, const shoal_joined *joined, shoal_node **out,
                                shoal_error *err);
shoal_status shoal_graph_call(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                              shoal_error *err);
/* A leaf over elements in the graph's arena, in C order. */
shoal_status shoal_graph_constant(shoal_graph *graph, shoal_type_code type, int rank,
                                  const uint64_t *shape, void *data, shoal_node **out,
                                  shoal_error *err);
/* A list of numbers, or of such lists, as numpy.asarray makes an array of it. */
shoal_status shoal_graph_list(shoal_graph *graph, const shoal_syntax *list, shoal_node **out,
                              shoal_error *err);
shoal_status shoal_graph_index(shoal_graph *graph, const shoal_syntax *index, shoal_node **out,
                               shoal_error *err);
/* graph_view.c: reads basic indexing of a node; array indices are not for it. */
shoal_status shoal_graph_subscript(shoal_graph *graph, const shoal_syntax *index,
                                   const shoal_node *node, shoal_subscript *out, shoal_error *err);
bool shoal_syntax_is_new_axis(const shoal_syntax *s);
/* Elements start, start + step, ... of an axis: `count` of them, all within it. */
shoal_status shoal_graph_slice(shoal_graph *graph, shoal_node *node, int axis,
                               const shoal_range *range, shoal_node **out, shoal_error *err);
/* A leaf over a whole source, or over a reduction's result. */
shoal_status shoal_graph_source(shoal_graph *graph, int source, shoal_node **out, shoal_error *err);
shoal_status shoal_graph_operand(shoal_graph *graph, shoal_node *node, shoal_node **out,
                                 shoal_error *err);
/* Python's result of an operator on weak literals; *folded false when it is not for Python.
   SHOAL_USAGE where Python has an error: division by zero, a result beyond int64. */
shoal_status shoal_graph_fold(shoal_op op, shoal_node *const *args, int n_args, int column,
                              shoal_node *out, bool *folded, shoal_error *err);

/* What a node's values mean whose arguments have their meaning. */
const shoal_time *shoal_graph_time(shoal_graph *graph, const shoal_node *node);

/* Fills in the origins of a node whose arguments have theirs. */
void shoal_graph_trace(shoal_node *node);

/* "(3, 4)" for messages. */
const char *shoal_shape_text(int rank, const uint64_t *shape, char *text, size_t capacity);

#endif
