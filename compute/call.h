/* Functions of the expression language. One is called with its syntax, checks its arguments, and
   adds the nodes that compute it. */
#ifndef SHOAL_COMPUTE_CALL_H
#define SHOAL_COMPUTE_CALL_H

#include "chunk/type.h"
#include "compute/graph.h"

#define SHOAL_MAX_ARGUMENTS 24

typedef shoal_status (*shoal_call)(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                   shoal_error *err);

/* A function that is no row of the operations table. A list of them ends with a NULL name. */
typedef struct shoal_named_call {
    const char *name;
    shoal_call call;
} shoal_named_call;

extern const shoal_named_call shoal_functions_choose[];    /* call_choose.c */
extern const shoal_named_call shoal_functions_convolve[];  /* call_convolve.c */
extern const shoal_named_call shoal_functions_correlate[]; /* call_correlate.c */
extern const shoal_named_call shoal_functions_curve[];     /* call_curve.c */
extern const shoal_named_call shoal_functions_filter[];    /* call_filter.c */
extern const shoal_named_call shoal_functions_histogram[]; /* call_histogram.c */
extern const shoal_named_call shoal_functions_order[];     /* call_order.c */
extern const shoal_named_call shoal_functions_product[];   /* call_product.c */
extern const shoal_named_call shoal_functions_rolling[];   /* call_rolling.c */
extern const shoal_named_call shoal_functions_scan[];      /* call_scan.c */
extern const shoal_named_call shoal_functions_shift[];     /* call_shift.c */
extern const shoal_named_call shoal_functions_sort[];      /* call_sort.c */
extern const shoal_named_call shoal_functions_search[];    /* call_search.c */
extern const shoal_named_call shoal_functions_view[];      /* call_view.c */
extern const shoal_named_call shoal_functions_make[];      /* call_make.c */
extern const shoal_named_call shoal_functions_join[];      /* call_join.c */
extern const shoal_named_call shoal_functions_pad[];       /* call_pad.c */
extern const shoal_named_call shoal_functions_take[];      /* call_take.c */
extern const shoal_named_call shoal_functions_random[];    /* call_random.c */

/* A call's arguments with keywords put to their places: slot[k] is parameter k, or NULL. */
typedef struct shoal_bound {
    const shoal_syntax *slot[SHOAL_MAX_ARGUMENTS];
} shoal_bound;

/* parameters ends with NULL; the first n_required must be given. */
shoal_status shoal_call_bind(const shoal_syntax *call, const char *const *parameters,
                             int n_required, shoal_bound *out, shoal_error *err);

/* An argument as what it must be; `what` is its name for people. */
shoal_status shoal_call_number(shoal_graph *graph, const shoal_syntax *s, const char *what,
                               shoal_node **out, shoal_error *err);
/* An array whose elements are of kinds up to `most`; a literal has its own type. */
shoal_status shoal_call_array(shoal_graph *graph, const shoal_syntax *call,
                              const shoal_syntax *argument, shoal_kind most, shoal_node **out,
                              shoal_error *err);
/* An axis of `rank`, counted from the front. */
shoal_status shoal_call_axis(shoal_graph *graph, const shoal_syntax *s, int rank, int *axis,
                             shoal_error *err);
/* axis=: one, several or None for all; bit k set: axis k. scalar_axis: a scalar has an axis 0. */
shoal_status shoal_call_axis_set(shoal_graph *graph, const shoal_syntax *s, const shoal_node *x,
                                 bool scalar_axis, uint32_t *axes, shoal_error *err);
/* A whole number; one, or a tuple or list of them. `what` is its name for people. */
shoal_status shoal_call_integer(shoal_graph *graph, const shoal_syntax *s, const char *what,
                                int64_t *out, shoal_error *err);
shoal_status shoal_call_integers(shoal_graph *graph, const shoal_syntax *s, const char *what,
                                 int64_t *out, int *n, shoal_error *err);
#define SHOAL_MAX_INTEGERS 64 /* what shoal_call_integers may give */
/* A whole number within [low, high]; `value` stays where s is NULL. */
shoal_status shoal_call_whole(shoal_graph *graph, const shoal_syntax *s, const char *what,
                              int64_t low, int64_t high, int64_t *value, shoal_error *err);
/* A number; `value` stays where s is NULL. *whole (may be NULL): was it written as a whole one? */
shoal_status shoal_call_float(shoal_graph *graph, const shoal_syntax *s, const char *what,
                              double *value, bool *whole, shoal_error *err);
/* One axis or several, different ones, counted from the front of `rank`. */
shoal_status shoal_call_axes(shoal_graph *graph, const shoal_syntax *s, int rank, int *axes, int *n,
                             shoal_error *err);
/* An extent or several. */
shoal_status shoal_call_shape(shoal_graph *graph, const shoal_syntax *s, int *rank, uint64_t *shape,
                              shoal_error *err);
/* x.name(1, 2) for x.name((1, 2)): a copy of the call whose arguments from `first` on are one. */
shoal_status shoal_call_gather(shoal_graph *graph, const shoal_syntax *call, int first,
                               const shoal_syntax **out, shoal_error *err);
/* An axis of a node: a number as above, or its name in quotes where the node has it from a dataset
   with named dimensions. */
shoal_status shoal_call_axis_of(shoal_graph *graph, const shoal_syntax *s, const shoal_node *node,
                                int *axis, shoal_error *err);
shoal_status shoal_call_type(const shoal_syntax *s, shoal_type_code *out, shoal_error *err);
/* False where s is NULL. */
shoal_status shoal_call_flag(shoal_graph *graph, const shoal_syntax *s, bool *out,
                             shoal_error *err);
/* NULL, or None. */
bool shoal_call_is_none(const shoal_syntax *s);
/* call_values.c: the elements of a node as a type, `most` at most, computed at once; in the graph's
   arena. `what` is their name for people. */
shoal_status shoal_call_values(shoal_graph *graph, shoal_node *node, shoal_type_code code,
                               const char *what, uint64_t most, int column, void **out, uint64_t *n,
                               shoal_error *err);
/* Where *s is an expression of one axis, whole numbers or float64, it becomes the list of its
   elements, computed at once: `most` at most. What is written as a number, a list, a text or None
   stays. */
shoal_status shoal_call_list(shoal_graph *graph, const shoal_syntax **s, const char *what,
                             uint64_t most, shoal_error *err);

/* call_view.c: new axes of one element where `added` has bits, `rank` in all; an array broadcast;
   new axes up to a rank, at NumPy's places. */
shoal_status shoal_graph_expand(shoal_graph *graph, shoal_node *x, uint32_t added, int rank,
                                shoal_node **out, shoal_error *err);
shoal_status shoal_graph_broadcast(shoal_graph *graph, shoal_node *x, int rank,
                                   const uint64_t *shape, int column, shoal_node **out,
                                   shoal_error *err);
shoal_status shoal_graph_at_least(shoal_graph *graph, shoal_node *x, int rank, shoal_node **out,
                                  shoal_error *err);
/* call_make.c: the positions along an axis, in a shape. */
shoal_status shoal_graph_positions(shoal_graph *graph, int rank, const uint64_t *shape, int axis,
                                   shoal_node **out, shoal_error *err);

/* graph_join.c. An axis made of segments of itself: each `leaf` is 0, or -1 for elements that are
   0, or `fill` (of the node's type, may be NULL) in a leaf, and anything in what is computed. */
shoal_status shoal_graph_pick(shoal_graph *graph, shoal_node *node, int axis, uint64_t extent,
                              const shoal_segment *segment, uint64_t n_segments, const void *fill,
                              shoal_node **out, shoal_error *err);
/* A leaf of leaves: sets the depth, and keeps a copy. */
shoal_status shoal_graph_join_leaves(shoal_graph *graph, shoal_joined *joined, shoal_node **out,
                                     shoal_error *err);
#define SHOAL_MAX_JOINED 64 /* arrays of one call */
/* graph_concatenate.c. Arrays after one another along an axis, in their common type. */
shoal_status shoal_graph_concatenate(shoal_graph *graph, shoal_node **nodes, int n, int axis,
                                     int column, shoal_node **out, shoal_error *err);
/* x where the index of an axis is in [low, high), else `other`. */
shoal_status shoal_graph_choose(shoal_graph *graph, int axis, uint64_t low, uint64_t high,
                                shoal_node *x, shoal_node *other, int column, shoal_node **out,
                                shoal_error *err);
/* One axis, of all elements in C order. */
shoal_status shoal_graph_ravel(shoal_graph *graph, shoal_node *node, shoal_node **out,
                               shoal_error *err);
/* The same elements in C order; the shape has as many. */
shoal_status shoal_graph_reshape(shoal_graph *graph, shoal_node *node, int rank,
                                 const uint64_t *shape, shoal_node **out, shoal_error *err);
/* graph_take.c. The indices of an axis that a value says, which is computed for that: whole numbers
   (the axis becomes its axes), or bools of the extents of one axis or several from there on. */
typedef enum shoal_take_mode { SHOAL_TAKE_RAISE, SHOAL_TAKE_WRAP, SHOAL_TAKE_CLIP } shoal_take_mode;
shoal_status shoal_graph_take(shoal_graph *graph, shoal_node *node, int axis, shoal_node *indices,
                              shoal_take_mode mode, int column, shoal_node **out, shoal_error *err);
shoal_status shoal_graph_compress(shoal_graph *graph, shoal_node *node, int axis, shoal_node *mask,
                                  int column, shoal_node **out, shoal_error *err);
/* The indices of an axis that a mask of its extent selects. */
shoal_status shoal_graph_masked(shoal_graph *graph, shoal_node *node, int axis,
                                const shoal_mask *mask, shoal_node **out, shoal_error *err);

/* graph_groups.c. The groups of an axis of so many indices, from a label for each, which are
   computed for that: numbers (NaN: of no group), bools, texts or categories. Equal nodes give the
   same ones; `name` is kept, not copied. */
shoal_status shoal_graph_groups(shoal_graph *graph, shoal_node *labels, const char *name,
                                uint64_t extent, int column, const shoal_groups **out,
                                shoal_error *err);
/* Is there one label for each index, and can they be computed? */
shoal_status shoal_graph_check_labels(const shoal_graph *graph, const shoal_node *labels,
                                      uint64_t extent, int column, shoal_error *err);
/* call_groups.c. A column's name, or the last part of the path of a dataset that a leaf is of; NULL
   of other nodes. */
const char *shoal_call_source_name(const shoal_graph *graph, const shoal_node *node);
/* What by= of `call` makes of the one axis of x that `axes` has; *out stays where it
   is NULL or None. */
shoal_status shoal_call_groups(shoal_graph *graph, const shoal_syntax *call, const shoal_syntax *by,
                               const shoal_node *x, uint32_t axes, const shoal_groups **out,
                               shoal_error *err);

/* graph_sorted.c. The numbers of an array to look in, as keys (compute/order_key.h) of int64,
   uint64 or float64; they are computed for that, those of unique() too. */
typedef struct shoal_sorted {
    struct shoal_sorted *next;
    const shoal_node *node;
    shoal_type_code code;
    bool is_set;       /* each once, rising, without NaN and what the code's type has not */
    bool rises, falls; /* as they are */
    uint64_t n;
    uint64_t *key;
} shoal_sorted;
shoal_status shoal_graph_sorted(shoal_graph *graph, shoal_node *node, shoal_type_code code,
                                bool is_set, int column, const shoal_sorted **out,
                                shoal_error *err);
/* The code that holds all of a real type exactly. */
shoal_type_code shoal_sorted_code(shoal_type_code type);

/* call_histogram.c: the different elements of x, or how often each is there. */
shoal_status shoal_graph_unique(shoal_graph *graph, shoal_node *x, bool counts, shoal_node **out,
                                shoal_error *err);

shoal_status shoal_call_reduction(shoal_graph *graph, const shoal_syntax *call, shoal_op op,
                                  shoal_node **out, shoal_error *err);
/* A reduction of x over axes. */
shoal_status shoal_call_reduce(shoal_graph *graph, const shoal_syntax *call, shoal_op op,
                               shoal_node *x, uint32_t axes, shoal_node **out, shoal_error *err);
/* Comparisons of text columns and categories with each other and with literals, and of enumerations
   with literals: text[k] is the literal of side k, whose node is NULL, or NULL. */
shoal_status shoal_call_text_compare(shoal_graph *graph, const shoal_syntax *call, shoal_op op,
                                     shoal_node *const *args, const char *const *text,
                                     shoal_node **out, shoal_error *err);
/* call_enumeration.c: the names that x's values have, where it is a leaf of an enumeration; else
   NULL. */
const struct shoal_enumeration *shoal_call_enumeration(const shoal_graph *graph,
                                                       const shoal_node *x);
/* Is the value of such a leaf, or is it not, the one of that name? */
shoal_status shoal_call_named_compare(shoal_graph *graph, const shoal_syntax *call, shoal_op op,
                                      shoal_node *x, const char *name, shoal_node **out,
                                      shoal_error *err);
/* The values of x's enumeration that a list of texts names. */
shoal_status shoal_call_named_list(shoal_graph *graph, const shoal_node *x,
                                   const shoal_syntax *list, shoal_node **out, shoal_error *err);
/* Is a text, or the text of a category, one of n of `size` bytes, which rise? Kept, not copied. */
shoal_status shoal_call_text_among(shoal_graph *graph, shoal_node *x, const char *table, uint64_t n,
                                   size_t size, int at, shoal_node **out, shoal_error *err);
/* The source that all elements of a leaf come from, or NULL. */
const shoal_source *shoal_call_source(const shoal_graph *graph, const shoal_node *x);
/* The column of categories that all elements of a leaf come from, or NULL. */
const shoal_column *shoal_call_categories(const shoal_graph *graph, const shoal_node *x);
/* Fixed text, or a column of categories. */
bool shoal_call_is_text(const shoal_graph *graph, const shoal_node *node);
/* startswith(x, "text"), upper(x), ...; false in *found where there is no such function. */
shoal_status shoal_call_text(shoal_graph *graph, const shoal_syntax *call, bool *found,
                             shoal_node **out, shoal_error *err);

/* A node that applies something to one or two nodes. */
shoal_status shoal_graph_apply(shoal_graph *graph, const shoal_apply *step, shoal_type type,
                               shoal_node **args, int n_args, int column, shoal_node **out,
                               shoal_error *err);

/* ---- call_time.c ---- */

/* Is it the name of a part of times: year, month, ...? */
bool shoal_call_is_time_part(const char *name);
/* year(t), month(t), ...; false in *found where there is no such function. */
shoal_status shoal_call_time(shoal_graph *graph, const shoal_syntax *call, bool *found,
                             shoal_node **out, shoal_error *err);
/* Times that may be missing as float64 with NaN, for reductions that leave NaN out or hand it on;
   other nodes as they are. */
shoal_status shoal_call_time_values(shoal_graph *graph, shoal_op op, int column, shoal_node **x,
                                    shoal_error *err);
/* A date in quotes as an element of times, of 8 bytes: int64, or float64 for times that are no
   integers. False in *found where no element can be it. */
shoal_status shoal_call_date(const shoal_node *t, const char *text, int at, bool *found,
                             shoal_type_code *type, void *out, shoal_error *err);
/* Comparisons, sums and differences in which times take part, text[k] as above; false in *found
   where numbers are what they are. */
shoal_status shoal_call_time_operation(shoal_graph *graph, const shoal_syntax *call, shoal_op op,
                                       shoal_node **args, const char *const *text, bool *found,
                                       shoal_node **out, shoal_error *err);

/* call_histogram.c. Its functions, and by the name "histogram edges" those of what histogram() is
   given. */
shoal_status shoal_call_histogram(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                  shoal_error *err);

/* Functions with two results, of which one is taken: divmod(x, y)[0], frexp(x)[1], modf(x)[0],
   histogram(x)[1]. */
bool shoal_call_is_pair(const shoal_syntax *call);
shoal_status shoal_call_pair(shoal_graph *graph, const shoal_syntax *index, shoal_node **out,
                             shoal_error *err);

/* ---- call_user.c ---- */

/* Calls of users' kernels; false in *found where there is none of that name. */
shoal_status shoal_call_user(shoal_graph *graph, const shoal_syntax *call, bool *found,
                             shoal_node **out, shoal_error *err);
/* Is it one with several results, of which k(x)[0] takes one? */
bool shoal_call_user_has_results(const shoal_graph *graph, const shoal_syntax *call);
shoal_status shoal_call_user_result(shoal_graph *graph, const shoal_syntax *index, shoal_node **out,
                                    shoal_error *err);
/* mode=: SciPy's names; reflect where s is NULL. */
shoal_status shoal_call_edge_mode(const shoal_syntax *s, shoal_edge_mode *out, shoal_error *err);

/* The k-th name of the functions that are composed in C; NULL after the last. */
const char *shoal_call_name(size_t k);

/* ---- call_defined.c: functions that are written in the language itself ---- */

typedef struct shoal_defined {
    const char *signature; /* "isclose(a, b, rtol=1e-05)" */
    const char *body;      /* an expression of the parameters */
    const char *doc;       /* one line for people */
} shoal_defined;

/* NULL when there is no such function. */
const shoal_defined *shoal_defined_find(const char *name);
/* All of them, in the order of the documents. */
const shoal_defined *shoal_defined_list(size_t *n);
/* Checks the arguments and computes the body with them. */
shoal_status shoal_call_defined(shoal_graph *graph, const shoal_syntax *call,
                                const shoal_defined *function, shoal_node **out, shoal_error *err);

/* x of a line function, which has axes. */
shoal_status shoal_call_line_array(shoal_graph *graph, const shoal_syntax *call,
                                   const shoal_syntax *argument, shoal_kind most, shoal_node **out,
                                   shoal_error *err);
/* axis=: NULL is the last one, None is -1: all, in C order. */
shoal_status shoal_call_line_axis(shoal_graph *graph, const shoal_syntax *call,
                                  const shoal_syntax *s, const shoal_node *x, int *axis,
                                  shoal_error *err);
/* Adds the node of a line function along an axis of x, or over all of x for -1; params are copied.
 */
shoal_status shoal_call_add_lines(shoal_graph *graph, shoal_node *x, int axis,
                                  const shoal_line_kind *kind, shoal_type_code type,
                                  uint64_t length, const void *params, size_t params_bytes,
                                  shoal_node **out, shoal_error *err);
/* The same along several axes beside each other, which have these lengths in the result; the line
   is them in C order. */
shoal_status shoal_call_add_planes(shoal_graph *graph, shoal_node *x, uint32_t axes,
                                   const shoal_line_kind *kind, shoal_type_code type,
                                   const uint64_t *lengths, const void *params, size_t params_bytes,
                                   shoal_node **out, shoal_error *err);
/* The elements along an axis, or of all of x for -1. */
uint64_t shoal_call_line_length(const shoal_node *x, int axis);

#endif
