/* A pass: one stream over an iteration space, which computes all the reductions, tallies and
   element-wise results of one level and shape; tallies may ask for more rounds of it. The space is
   cut into boxes that follow the chunks of the main input, and boxes are joined to tasks. For each
   box a worker fetches every load (decoding each chunk once), runs the program block by block, and
   feeds reductions and outputs; merge joins the reductions' states in task order and appends the
   encoded chunks. */
#ifndef SHOAL_COMPUTE_PASS_H
#define SHOAL_COMPUTE_PASS_H

#include "chunk/filter.h"
#include "chunk/grid.h"
#include "compute/chunk_cache.h"
#include "compute/executor.h"
#include "compute/pass_user.h"
#include "compute/program.h"
#include "compute/target.h"

#define SHOAL_PASS_MAX 64 /* loads, reductions and outputs of one pass, each */

typedef enum shoal_fetch {
    SHOAL_FETCH_IN_PLACE, /* memory, or a contiguous dataset of native order in the map */
    SHOAL_FETCH_READ,     /* decoded into the worker's buffer; no chunk is needed by two boxes */
    SHOAL_FETCH_CACHED,   /* chunks are shared between boxes through the chunk cache */
    SHOAL_FETCH_MADE,     /* generated, or put together of others' chunks, in a buffer */
} shoal_fetch;

typedef struct shoal_load {
    const shoal_node *leaf;
    int value; /* in the program */
    shoal_fetch fetch;
    shoal_dataset *dataset;        /* NULL: a reduction's result in memory, leaf->of */
    int source;                    /* reader number */
    int base_axis[SHOAL_MAX_RANK]; /* by axis of the iteration space; -1: repeated */
    int64_t step[SHOAL_MAX_RANK];  /* likewise, in elements of the base */
    size_t buffer_bytes;           /* what fetching one box needs at most */
    const shoal_inputs *inputs;
    int n_below; /* MADE: the datasets that it is put together of */
    shoal_dataset **below;
    int n_scratch;                /* MADE: buffers of buffer_bytes for that */
    const shoal_summary *summary; /* of the dataset's chunks, or NULL */
    bool cold; /* the page cache should not hold what is read: it did not, and has no room for it */
} shoal_load;

typedef struct shoal_pass_reduction {
    shoal_node *node;
    const shoal_reduction *kernel;
    int value; /* of its argument */
    uint32_t axes;
    bool indexed; /* an arg form */
    int state;    /* the reduction of the pass whose state this one reads: itself, or an earlier */
    shoal_target *target;
    uint64_t n_reduced;
    size_t cells;               /* of one task, at most */
    size_t tile_cells;          /* of an accumulator, at most: the same but for groups */
    uint64_t most_groups;       /* of one task, at most */
    const shoal_groups *groups; /* of its axis, or NULL */
    uint64_t n_tiles, n_open;   /* accumulators: one a tile, or one for the tile under way */
    uint64_t tasks_per_tile;
    void **fields; /* n_open * kernel->n_fields arrays of tile_cells, where the state is its own */
    uint64_t *merged;  /* tasks merged so far, by open tile */
    uint8_t *finished; /* one tile's results */
    bool wraps;        /* a result has wrapped around */
} shoal_pass_reduction;

/* An array that a pass writes: of one chunk a task, or of all chunks in the region that a task's
   lines make. */
typedef struct shoal_pass_output {
    shoal_node *node;
    int value; /* of lines: of their argument */
    int load;  /* of lines: the load that the argument is, or -1 */
    shoal_target *target;
    shoal_pipeline pipeline; /* when it goes to chunks of a file */
    shoal_grid grid;         /* of lines */
    size_t chunk_bytes, bound;
    uint64_t n_chunks; /* of a task, at most */
    bool summarises;   /* its chunks */
} shoal_pass_output;

typedef struct shoal_pass_tally {
    shoal_node *node;
    int value[SHOAL_TALLY_ARGUMENTS];
    shoal_target *target;
    void *context;
    bool done;    /* has its result: takes no part in further rounds */
    bool samples; /* takes part in a round of samples */
    bool wraps;   /* the result has wrapped around */
} shoal_pass_tally;

/* Lines cut into parts along the slowest of their axes. `shape` and tasks then count the result's
   elements along it, and what is fetched are the rows that they need. Scans know what comes before
   a part in one of two ways. Chained, the parts of all lines go one after another, and each line
   has a state: there are so many tasks between two parts of a line that the first is merged before
   the second is handed out. Else a round before finds the carries of all blocks. */
typedef struct shoal_pass_cut {
    bool cuts, chained;
    int axis;
    uint64_t n, row; /* elements of a line, and for one index of the axis */
    uint64_t n_lines, n_blocks;
    uint8_t *carries; /* by line: two of its state, or those before each block */
    bool gathers;     /* this round finds the carries */
} shoal_pass_cut;

typedef struct shoal_pass {
    int rank, level;
    uint64_t shape[SHOAL_MAX_RANK];
    uint64_t box[SHOAL_MAX_RANK];    /* extents of a box */
    uint64_t shift[SHOAL_MAX_RANK];  /* the first box along an axis is this much shorter */
    uint64_t repeat[SHOAL_MAX_RANK]; /* boxes of a task along each axis */
    uint64_t n_tasks_along[SHOAL_MAX_RANK];
    uint64_t n_tasks;
    int order[SHOAL_MAX_RANK];     /* axes of the tasks, slowest first */
    uint64_t most[SHOAL_MAX_RANK]; /* what is fetched for a box, at most */
    shoal_pass_cut cut;
    shoal_program program;
    int round; /* 0: the first one over all tasks; else tallies alone take part, and in round -1
                  those that sample, over a part of the tasks */
    int n_loads, n_reductions, n_outputs, n_tallies;
    int n_compensated; /* sums, means and variances whose states are not exact */
    shoal_load *load;
    shoal_pass_reduction *reduction;
    shoal_pass_output *output;
    shoal_pass_tally *tally;
    uint64_t raw_bytes_per_element; /* of the loads from files, for progress */
    uint64_t read_bytes;            /* raw bytes read in all */
    size_t cache_entry_bytes;       /* of the largest cached load's chunk; 0: no cache */
    int cache_entries_wanted, cache_entries;
    size_t worker_bytes, slot_bytes, fixed_bytes;
    int n_workers, n_slots;
    bool has_summaries;        /* one of the loads has */
    uint64_t n_boxes, n_known; /* of the run so far: boxes, and those that were not read */
    shoal_user_worker *merger; /* where users' states are merged; NULL where there are none */
} shoal_pass;

/* The extent of a task, and of the boxes inside it. */
void shoal_pass_task(const shoal_pass *pass, uint64_t task, uint64_t *start, uint64_t *count);

/* Runs the pass: allocates what was planned, streams, fills in the targets. */
shoal_status shoal_pass_run(shoal_pass *pass, shoal_inputs *inputs,
                            const shoal_run_options *options, const char *phase, shoal_error *err);

/* ---- Between the files pass_*.c ---- */

/* The groups that a task meets. */
typedef struct shoal_pass_met {
    uint32_t n, *group; /* in the order in which it meets them */
    uint32_t *place;    /* by group: which of these it is, or SHOAL_NO_GROUP */
} shoal_pass_met;

typedef struct shoal_pass_slot {
    uint64_t task;
    uint64_t start[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK];
    void ***fields;      /* by reduction: its state for this task */
    shoal_pass_met *met; /* by reduction with groups and a state of its own */
    uint8_t **bytes;     /* by output: the encoded chunks, each in its `bound` bytes */
    size_t **n_bytes;    /* by output and chunk */
    uint32_t **mask;
    uint64_t n_boxes, n_known;     /* of this task */
    shoal_chunk_summary **summary; /* by output and chunk */
    void *memory;
} shoal_pass_slot;

typedef struct shoal_pass_worker {
    const shoal_pass *pass;
    shoal_machine machine;
    shoal_reader **reader;             /* by load */
    shoal_joiner *joiner;              /* by load: of those that are made */
    uint8_t **buffer;                  /* by load */
    shoal_region *held;                /* by load: the region that the buffer holds */
    uint64_t *waits;                   /* by load: the chunk that is fetched, but not decoded yet */
    bool *in_pieces;                   /* by load: that chunk is being decoded in pieces */
    const uint8_t **base;              /* by load: the box's first element */
    int64_t (*stride)[SHOAL_MAX_RANK]; /* by load: in bytes, by iteration axis */
    uint64_t (*span)[2];               /* by load: the mapped bytes in use, for loads in place */
    shoal_coder **coder;               /* by output */
    uint8_t **result;               /* by output: a box's elements; padded to the chunk for edges */
    uint8_t **lines, **line_result; /* by output of lines: a group's memory; the result's box */
    uint8_t *padded;
    uint64_t from_row, n_rows; /* of cut lines: what is fetched along their axis */
    void **tally;              /* by tally: its state */
    shoal_chunk_cache *cache;
    struct shoal_known *known; /* NULL where there are no summaries */
    shoal_user_worker *user;   /* NULL where there are no kernels of users */
    void *memory;
} shoal_pass_worker;

/* Brings every load's part of a box to base[] and stride[]. */
shoal_status shoal_pass_fetch(shoal_pass_worker *worker, const uint64_t *start,
                              const uint64_t *count, shoal_error *err);
enum { SHOAL_PASS_PIECE = 4096 }; /* elements */
#define SHOAL_NOTHING_WAITS UINT64_MAX
/* Whole chunks that a box is made of are decoded as late as possible: whole, or, where the box is
   gone through in order, blocks at a time, in pieces, which are then in the cache when they are
   used. Those of `in_order` that can be are begun, and *piece gets so many elements, some blocks;
   0 when there are none. */
shoal_status shoal_pass_begin_pieces(shoal_pass_worker *worker, const bool *in_order, size_t block,
                                     size_t *piece, shoal_error *err);
/* Their next n elements from `first` on, a piece whole, to the beginning of their buffers. */
shoal_status shoal_pass_next_piece(shoal_pass_worker *worker, size_t first, size_t n, bool is_last,
                                   shoal_error *err);
/* Two loads of a pass, or one and what another is put together of, read the same chunks. */
bool shoal_load_reads(const shoal_load *load, const shoal_dataset *dataset);
/* The part of a load's base that a box needs. */
void shoal_pass_box_region(const shoal_load *load, int rank, const uint64_t *start,
                           const uint64_t *count, shoal_region *out);
/* The first box of a task, and the next one, in C order; false after the last. */
void shoal_pass_first_box(const shoal_pass *pass, const shoal_pass_slot *slot, uint64_t *start,
                          uint64_t *count);
bool shoal_pass_next_box(const shoal_pass *pass, const shoal_pass_slot *slot, uint64_t *start,
                         uint64_t *count);
/* After a box: checks that mapped bytes were there, and drops them. */
shoal_status shoal_pass_release(shoal_pass_worker *worker, shoal_error *err);
/* Runs the program over a fetched box: into the slot's reduction states and result[]; fails only
   where chunks that waited do not decode. With `known`, nothing is run: each value is the same all
   over the box and in its register, and reductions that have taken the box in are left out
   (compute/pass_known.h). */
shoal_status shoal_pass_box(shoal_pass_worker *worker, shoal_pass_slot *slot, const uint64_t *start,
                            const uint64_t *count, bool known, shoal_error *err);
/* pass_lines.c: from a fetched box, whose argument is in result[] or in a load, the lines' box of
   the result (or the carries, where the round gathers these); and where in the result that is. */
void shoal_pass_lines_run(shoal_pass_worker *worker, int output, const uint64_t *start,
                          const uint64_t *count);
void shoal_pass_lines_region(const shoal_pass *pass, const shoal_node *node, const uint64_t *start,
                             const uint64_t *count, shoal_region *out);
/* Elements of a line of the argument, and of what is at hand of it and of its result. */
uint64_t shoal_line_length(const shoal_node *node);
/* Elements of the result's line for each index of its axis: 1, but for lines that keep several. */
uint64_t shoal_line_row(const shoal_node *node);
uint64_t shoal_pass_line_most(const shoal_pass *pass, const shoal_node *node);
uint64_t shoal_pass_line_result(const shoal_pass *pass, const shoal_node *node);
/* pass_cut.c: the elements of a line, and the rows, that a part of its result needs, or whose
   carries it gathers; the work of a task of lines; the carries' memory, and, after the round that
   gathers them, what comes before each block. */
void shoal_pass_cut_part(const shoal_pass *pass, const shoal_node *node, uint64_t start,
                         uint64_t count, uint64_t *from, uint64_t *to);
void shoal_pass_cut_rows(const shoal_pass *pass, const shoal_node *node, uint64_t start,
                         uint64_t count, uint64_t *from, uint64_t *to);
shoal_status shoal_pass_lines_work(shoal_pass_worker *worker, shoal_pass_slot *slot,
                                   shoal_error *err);
bool shoal_pass_gathers(const shoal_pass *pass); /* is there such a round? */
uint64_t shoal_pass_carries_bytes(const shoal_pass *pass);
shoal_status shoal_pass_carries_open(shoal_pass *pass, shoal_error *err);
void shoal_pass_carries_join(shoal_pass *pass);
void shoal_pass_carries_close(shoal_pass *pass);
size_t shoal_pass_lines_bytes(const shoal_pass *pass, const shoal_node *node);
/* pass_emit.c: a task's arrays to memory, or encoded into its slot; from there to the file. */
shoal_status shoal_pass_emit(shoal_pass_worker *worker, shoal_pass_slot *slot, shoal_error *err);
shoal_status shoal_pass_append(const shoal_pass *pass, const shoal_pass_slot *slot,
                               shoal_error *err);
/* Joins a finished slot into the accumulators; finishes tiles that are complete. */
shoal_status shoal_pass_merge_reductions(shoal_pass *pass, shoal_pass_slot *slot, shoal_error *err);
/* pass_groups.c: the axis that has groups; what a task meets of them; its state into a tile's, of
   so many cells a group; a tile's results, whose region has an index for the axis, written. */
int shoal_pass_group_axis(const shoal_pass_reduction *r);
void shoal_pass_groups_begin(const shoal_pass *pass, shoal_pass_slot *slot);
void shoal_pass_groups_merge(const shoal_pass_reduction *r, const shoal_pass_met *met,
                             uint64_t cells, void **into, void **from);
shoal_status shoal_pass_groups_finish(shoal_pass_reduction *r, void **fields, uint64_t cells,
                                      const shoal_region *region, shoal_error *err);
/* Copies a tile's elements, `strides` bytes apart, to their place in memory for the whole node. */
void shoal_pass_place(const shoal_node *node, const shoal_region *region, const int64_t *strides,
                      const void *elements, void *all);
/* Notes that a result of `name` has wrapped around; fails where it is to be exact and cannot be. */
shoal_status shoal_pass_check_wraps(shoal_target *target, const char *name, bool wraps,
                                    shoal_error *err);
/* Results of reductions over no elements. */
shoal_status shoal_pass_finish_empty(shoal_pass *pass, shoal_error *err);
shoal_status shoal_pass_worker_new(const shoal_pass *pass, shoal_chunk_cache *cache,
                                   const void *const *uniforms, shoal_pass_worker **out,
                                   shoal_error *err);
void shoal_pass_worker_free(shoal_pass_worker *worker);
shoal_status shoal_pass_slot_new(const shoal_pass *pass, shoal_pass_slot **out, shoal_error *err);
void shoal_pass_slot_free(shoal_pass_slot *slot);
/* pass_tally.c: contexts for all rounds; then for each round the workers' states begun, merged and
   asked for another round. */
shoal_status shoal_pass_tally_open(shoal_pass *pass, shoal_error *err);
void shoal_pass_tally_close(shoal_pass *pass);
void shoal_pass_tally_begin(const shoal_pass *pass, shoal_pass_worker *worker);
void shoal_pass_tally_feed(shoal_pass_worker *worker, size_t n);
shoal_status shoal_pass_tally_next(shoal_pass *pass, shoal_pass_worker *const *workers, bool *again,
                                   shoal_error *err);
shoal_status shoal_pass_tally_finish_empty(shoal_pass *pass, shoal_error *err);
/* Is a round of samples of use? */
bool shoal_pass_tally_sample(shoal_pass *pass);
/* False: all its results are known without the data. */
bool shoal_pass_is_needed(const shoal_pass *pass);
size_t shoal_pass_tally_bytes(const shoal_pass *pass);
/* What workers and slots allocate, for the plan's account. */
size_t shoal_pass_worker_bytes(const shoal_pass *pass);
size_t shoal_pass_slot_bytes(const shoal_pass *pass);

#endif
