/* Selections of elements as HDF5 stores them (of virtual datasets): which elements of a dataset,
   and in which order. */
#ifndef SHOAL_STORE_SELECTION_H
#define SHOAL_STORE_SELECTION_H

#include "store/cursor.h"
#include <shoal/shoal.h>

/* The indices along one axis, rising: blocks of `block` indices, `count` of them, each `stride`
   behind the one before; or, where `list` is not NULL, `count` intervals of any length. */
typedef struct shoal_interval {
    uint64_t first, n;
    uint64_t before; /* indices in the intervals before */
} shoal_interval;

typedef struct shoal_select_axis {
    uint64_t start, stride;
    uint64_t count, block; /* UINT64_MAX: unlimited, one of the two */
    const shoal_interval *list;
    uint64_t size; /* indices in all; when unlimited, only after shoal_selection_bind */
} shoal_select_axis;

/* n elements behind one another, within a row of the last axis. */
typedef struct shoal_select_run {
    uint64_t at; /* of the first, counted in C order in a box of `bounds` */
    uint64_t n;
    uint64_t before; /* elements in the runs before: its place in the selection's order */
} shoal_select_run;

typedef enum shoal_select_form {
    SHOAL_SELECT_NONE,
    SHOAL_SELECT_ALL,     /* every element of whatever shape */
    SHOAL_SELECT_PRODUCT, /* each combination of the axes' indices, in C order */
    SHOAL_SELECT_RUNS,    /* any elements in any order */
} shoal_select_form;

typedef struct shoal_selection {
    shoal_select_form form;
    int rank;                    /* 0 for SHOAL_SELECT_NONE and SHOAL_SELECT_ALL */
    int unlimited;               /* the axis that is, or -1 */
    shoal_select_axis *axis;     /* SHOAL_SELECT_PRODUCT */
    uint64_t *bounds;            /* one more than the highest index; 0 for an unlimited axis */
    uint64_t n_runs, n_elements; /* SHOAL_SELECT_RUNS */
    const shoal_select_run *run;
    void *memory; /* of the runs, or of the lists */
} shoal_selection;

/* A selection over a known shape. Not to be copied: the selection points into it. */
typedef struct shoal_bound_selection {
    shoal_selection selection;
    shoal_select_axis axis[SHOAL_MAX_RANK];
    uint64_t bounds[SHOAL_MAX_RANK];
} shoal_bound_selection;

/* Reads one selection; the cursor then stands behind it. *budget is how many intervals and runs may
   still be kept in memory; it is reduced. */
shoal_status shoal_selection_parse(shoal_cursor *cursor, uint64_t *budget, shoal_selection *out,
                                   shoal_error *err);
void shoal_selection_free(shoal_selection *selection);

/* The selection as one over a shape of `rank` axes: SHOAL_SELECT_ALL becomes a product, what is
   unlimited ends with the shape. The last `inside` axes are inside of elements: all of each is
   selected. *out borrows from the selection. SHOAL_DATA when it is of another rank. */
shoal_status shoal_selection_bind(const shoal_selection *selection, int rank, int inside,
                                  const uint64_t *shape, shoal_bound_selection *out,
                                  shoal_error *err);

/* The number of elements of a bound selection; UINT64_MAX when it cannot be counted. */
uint64_t shoal_selection_elements(const shoal_selection *selection);

/* How many indices of an axis are below `index`, of those that an unlimited axis would have. */
uint64_t shoal_select_position(const shoal_select_axis *axis, uint64_t index);
/* The index at a position, and how many positions on from there rise by the same *step. */
uint64_t shoal_select_index(const shoal_select_axis *axis, uint64_t position, uint64_t *step,
                            uint64_t *n);

#endif
