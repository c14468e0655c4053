/* Joined arrays: put together from other leaves, piece by piece, when a box of them is fetched.
   Concatenating, rolling, padding, repeating, picking by index and reshaping are all joins: of
   views of sources, so that a joined array is itself a leaf with views, and nothing is held but the
   box. */
#ifndef SHOAL_COMPUTE_JOINED_H
#define SHOAL_COMPUTE_JOINED_H

#include "compute/arena.h"
#include "compute/chunk_cache.h"
#include "compute/mask.h"

#define SHOAL_JOINED_DEPTH 32                /* joins of joins of ... */
#define SHOAL_JOINED_FEW   8                 /* segments; with more, neighbours are read together */
#define SHOAL_JOINED_ORDER ((size_t)1 << 18) /* indices that are sorted together, at most */

typedef struct shoal_node shoal_node;

/* Where an axis comes from: index i of it is index start + i * step of the source's axis. */
typedef struct shoal_origin {
    int source; /* -1: of no source */
    int axis;
    int64_t start, step;
    const struct shoal_axis_labels *labels; /* of no source: index i has this label of these */
} shoal_origin;

static inline bool shoal_origin_known(const shoal_origin *o)
{
    return o->source >= 0 || o->labels;
}

typedef enum shoal_join {
    SHOAL_JOIN_SEGMENTS, /* one axis is made of segments of the leaves', the others are theirs */
    SHOAL_JOIN_SELECTED, /* one axis is made of the leaf's indices that a mask selects */
    SHOAL_JOIN_RESHAPE,  /* one leaf's elements, in C order, in another shape */
} shoal_join;

/* Indices from `at` on, up to the next segment's, are start, start + step, ... of the leaf's. */
typedef struct shoal_segment {
    uint64_t at;
    int64_t start, step;
    int leaf; /* -1: of none, `fill` */
} shoal_segment;

typedef struct shoal_joined {
    shoal_join kind;
    int depth; /* 1: its leaves are not joined */
    int rank;
    uint64_t shape[SHOAL_MAX_RANK];
    int n_leaves;
    shoal_node **leaf; /* all of the joined array's type */
    int axis;          /* SEGMENTS, SELECTED */
    uint64_t n_segments;
    const shoal_segment *segment; /* by rising `at`, from 0 */
    uint8_t fill[16];             /* zeros for types of more bytes */
    const shoal_mask *mask;       /* SELECTED */
    shoal_origin origin[SHOAL_MAX_RANK];
    /* What lies below, however deep; set by shoal_graph_join_leaves. */
    int n_sources; /* different ones */
    int *source;
    bool is_stored; /* all elements are of sources */
    int n_scratch;  /* buffers of a box's size that reading takes, beside the one read into */
} shoal_joined;

/* Either may be NULL. */
bool shoal_joined_equal(const shoal_joined *a, const shoal_joined *b);

typedef struct shoal_inputs shoal_inputs;

/* Fills in what lies below, of the leaves'; false when memory is out. */
bool shoal_joined_survey(shoal_joined *joined, const shoal_inputs *inputs, shoal_arena *arena);

/* The extents, by axis of the leaf, of boxes that touch few chunks of what lies below; 0: any. */
void shoal_joined_prefer(const shoal_node *leaf, const shoal_inputs *inputs, uint64_t *extent);

/* What a worker reads joined arrays with. */
typedef struct shoal_joiner {
    const shoal_inputs *inputs;
    shoal_chunk_cache *cache;
    int n;
    shoal_dataset *const *dataset;
    shoal_reader **reader; /* by dataset; NULL: for single elements, without readers and cache */
    uint8_t *scratch;      /* of n_scratch buffers */
    size_t scratch_bytes;  /* each */
    uint64_t *order;       /* for each of those, 2 * n_order words, to sort indices in */
    size_t n_order;
    bool cold;
} shoal_joiner;

/* Brings a region of a leaf's base to dst; strides in bytes by the base's axes. Any leaf will do.
   The region's elements fit one of the scratch buffers. */
shoal_status shoal_joined_read(const shoal_joiner *joiner, const shoal_node *leaf,
                               const shoal_region *region, void *dst, const int64_t *strides,
                               shoal_error *err);

/* ---- Between the files joined*.c ---- */

/* Does it read many pieces at a time into a scratch buffer, to pick from? */
bool shoal_joined_gathers(const shoal_joined *joined);
/* RESHAPE: how many axes at the front, and at the back of what is left, stay as they are. */
int shoal_joined_front(const shoal_joined *joined);
int shoal_joined_back(const shoal_joined *joined, int front);

#endif
