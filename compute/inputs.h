/* The named inputs of a plan: datasets, regions of them, the columns of tables, opened when
   an expression first names them, and arrays of the program's. */
#ifndef SHOAL_COMPUTE_INPUTS_H
#define SHOAL_COMPUTE_INPUTS_H

#include "compute/arena.h"
#include "store/cf.h"
#include "store/file.h"
#include "store/matlab.h"
#include "store/summary.h"
#include "store/table.h"

/* An array that expressions can name. */
typedef struct shoal_source {
    const char *name;
    shoal_dataset *dataset; /* NULL until shoal_inputs_find opens it */
    shoal_region region;
    uint32_t dropped;           /* axes that an integer index removed */
    const shoal_column *column; /* of a table, else NULL */
    int input;                  /* which of the inputs it comes from */
    bool beside;                /* it was found there, and is no input itself */
    shoal_cf *cf;               /* how its stored values are read; NULL: as they are */
    bool reversed;              /* an array of MATLAB's: its axes are seen in reverse order */
    const shoal_matlab *empty;  /* likewise, and it has no elements; else NULL */
    shoal_summary *summary;     /* of its chunks; NULL: none that holds, or not yet looked for */
    bool looked_for_summary;
    bool time_known; /* graph_time.c has looked whether its values are times */
    const struct shoal_time *time;
} shoal_source;

typedef struct shoal_inputs {
    shoal_arena *arena;
    bool raw; /* stored values are taken as they are */
    int n_files;
    shoal_file **files;   /* one an input */
    shoal_table **tables; /* one an input, NULL for datasets */
    char **groups;        /* one an input: the path of a group, whose datasets are named; or NULL */
    int n_sources;
    shoal_source *sources;
} shoal_inputs;

shoal_status shoal_inputs_open(const shoal_input *inputs, size_t n, bool raw, uint64_t memory_limit,
                               shoal_arena *arena, shoal_inputs *out, shoal_error *err);
void shoal_inputs_close(shoal_inputs *inputs);

/* The number of the source of that name, opened; -1 when there is none; -2 on an error. */
int shoal_inputs_find(shoal_inputs *inputs, const char *name, shoal_error *err);

/* As above, of a dataset that is no input: a coordinate of one, or beside one in its group, cut as
   that is along the axes of the same names; or in a group that is an input. SHOAL_USAGE where it
   might be one or another. */
int shoal_inputs_find_beside(shoal_inputs *inputs, const char *name, shoal_error *err);

/* ---- Between the files inputs*.c ---- */

/* Adds a source by a copy of that name; its dataset is the inputs' own from then on. */
shoal_status shoal_inputs_add(shoal_inputs *inputs, const char *name, const shoal_source *source,
                              shoal_error *err);
bool shoal_source_is_whole(const shoal_source *source);

#endif
