/* A region of an axis that is made of pieces: segments of leaves, or what a mask selects. A few
   pieces are read one by one; of many, neighbours are read together and picked from. */
#include "compute/joined_read.h"

#include "chunk/copy.h"

#include <string.h>

#define SPARSE 16 /* a read of neighbours may be this much larger than what is picked */

/* `n` indices of the region's axis: start, start + step, ... of a leaf. */
typedef struct piece {
    int leaf;
    int64_t start, step;
    uint64_t n;
} piece;

typedef struct walk {
    const shoal_joiner *joiner;
    const shoal_joined *joined;
    int level;
    const shoal_region *region;
    const int64_t *strides;
    shoal_mask_cursor cursor;
} walk;

/* The piece that index number i of the region's axis starts. */
static piece piece_at(walk *w, uint64_t i)
{
    const shoal_joined *j = w->joined;
    const shoal_range *r = &w->region->axis[j->axis];
    uint64_t at = (uint64_t)(r->start + r->step * (int64_t)i), left = r->count - i, n = 1;
    if (j->kind == SHOAL_JOIN_SELECTED) {
        uint64_t bit = shoal_mask_run(j->mask, &w->cursor, at, r->step == 1 ? left : 1, &n);
        return (piece){0, (int64_t)bit, 1, n};
    }
    const shoal_segment *s = shoal_joined_segment(j, at);
    uint64_t end = s + 1 < j->segment + j->n_segments ? s[1].at : j->shape[j->axis];
    if (r->step > 0)
        n = (end - 1 - at) / (uint64_t)r->step + 1;
    else
        n = (at - s->at) / (uint64_t)-r->step + 1;
    if (n > left) n = left;
    return (piece){s->leaf, s->start + s->step * (int64_t)(at - s->at), s->step * r->step, n};
}

static shoal_status fill_piece(const walk *w, uint64_t n, uint8_t *dst)
{
    static const uint8_t nothing[1 << 12];
    const shoal_joined *j = w->joined;
    size_t size = j->leaf[0]->type.n_bytes;
    uint64_t count[SHOAL_MAX_RANK + 1];
    int64_t from[SHOAL_MAX_RANK + 1] = {0}, to[SHOAL_MAX_RANK + 1];
    for (int k = 0; k < j->rank; k++) {
        count[k] = k == j->axis ? n : w->region->axis[k].count;
        to[k] = w->strides[k];
    }
    if (size <= sizeof j->fill) {
        shoal_copy_box(j->rank, count, j->fill, from, dst, to, size);
        return SHOAL_OK;
    }
    for (size_t done = 0; done < size; done += sizeof nothing) { /* long texts and records */
        size_t part = size - done < sizeof nothing ? size - done : sizeof nothing;
        shoal_copy_box(j->rank, count, nothing, from, dst + done, to, part);
    }
    return SHOAL_OK;
}

static shoal_status read_piece(const walk *w, const piece *p, uint8_t *dst, shoal_error *err)
{
    const shoal_joined *j = w->joined;
    shoal_range ranges[SHOAL_MAX_RANK];
    if (p->leaf < 0) return fill_piece(w, p->n, dst);
    memcpy(ranges, w->region->axis, sizeof *ranges * (size_t)j->rank);
    ranges[j->axis] = (shoal_range){p->start, p->step, p->n};
    return shoal_joined_view(w->joiner, j->leaf[p->leaf], w->level, ranges, dst, w->strides, err);
}

/* ---- Neighbours together ---- */

typedef struct span {
    int leaf;
    int64_t low, high; /* indices of the leaf's axis, both included */
    uint64_t n_pieces, n;
} span;

static void ends_of(const piece *p, int64_t *low, int64_t *high)
{
    int64_t last = p->start + p->step * (int64_t)(p->n - 1);
    *low = p->start < last ? p->start : last;
    *high = p->start < last ? last : p->start;
}

/* Pieces from index i on that are close together in one leaf. */
static span span_at(walk *w, uint64_t i, uint64_t most)
{
    const shoal_range *r = &w->region->axis[w->joined->axis];
    span s = {.leaf = -1};
    while (i < r->count) {
        piece p = piece_at(w, i);
        int64_t low, high;
        if (p.leaf < 0 || (s.n_pieces && p.leaf != s.leaf)) break;
        ends_of(&p, &low, &high);
        if (s.n_pieces && s.low < low) low = s.low;
        if (s.n_pieces && s.high > high) high = s.high;
        uint64_t length = (uint64_t)(high - low) + 1;
        if (length > most || length / SPARSE > s.n + p.n) break;
        s = (span){p.leaf, low, high, s.n_pieces + 1, s.n + p.n};
        i += p.n;
    }
    w->cursor.valid = false;
    return s;
}

static uint64_t others_of(const walk *w)
{
    uint64_t n = 1;
    for (int k = 0; k < w->joined->rank; k++)
        if (k != w->joined->axis) n *= w->region->axis[k].count;
    return n;
}

/* Reads a span to the scratch buffer, and copies its pieces from there. */
static shoal_status read_span(walk *w, const span *s, uint64_t i, uint8_t *dst, shoal_error *err)
{
    const shoal_joined *j = w->joined;
    size_t size = j->leaf[0]->type.n_bytes;
    uint8_t *scratch = w->joiner->scratch + (size_t)w->level * w->joiner->scratch_bytes;
    shoal_range ranges[SHOAL_MAX_RANK];
    uint64_t count[SHOAL_MAX_RANK];
    int64_t from[SHOAL_MAX_RANK];
    memcpy(ranges, w->region->axis, sizeof *ranges * (size_t)j->rank);
    ranges[j->axis] = (shoal_range){s->low, 1, (uint64_t)(s->high - s->low) + 1};
    for (int k = 0; k < j->rank; k++) count[k] = ranges[k].count;
    shoal_contiguous_strides(j->rank, count, size, from);
    shoal_status status =
        shoal_joined_view(w->joiner, j->leaf[s->leaf], w->level + 1, ranges, scratch, from, err);
    if (status) return status;
    int64_t along = from[j->axis], to = w->strides[j->axis];
    for (uint64_t k = 0; k < s->n_pieces; k++) {
        piece p = piece_at(w, i);
        count[j->axis] = p.n;
        from[j->axis] = along * p.step;
        shoal_copy_box(j->rank, count, scratch + along * (p.start - s->low), from, dst, w->strides,
                       size);
        dst += to * (int64_t)p.n;
        i += p.n;
    }
    return SHOAL_OK;
}

shoal_status shoal_joined_pieces(const shoal_joiner *joiner, const shoal_joined *joined, int level,
                                 const shoal_region *region, uint8_t *dst, const int64_t *strides,
                                 shoal_error *err)
{
    walk w = {joiner, joined, level, region, strides, {0}};
    int64_t to = strides[joined->axis];
    bool gathers = shoal_joined_gathers(joined) && joiner->reader;
    uint64_t others = others_of(&w);
    uint64_t most = joiner->scratch_bytes / joined->leaf[0]->type.n_bytes / others;
    w.level = level + shoal_joined_gathers(joined);
    for (uint64_t i = 0, n; i < region->axis[joined->axis].count; i += n, dst += to * (int64_t)n) {
        shoal_status status;
        span s = {0};
        uint64_t batch = region->axis[joined->axis].count - i;
        if (batch > joiner->n_order) batch = joiner->n_order;
        bool jumps = gathers && shoal_joined_jumps(joined, &region->axis[joined->axis], i, batch);
        if (gathers && !jumps) s = span_at(&w, i, most);
        if (jumps) {
            n = batch;
            status = shoal_joined_sorted(joiner, joined, level, region, i, n, dst, strides, err);
        } else if (s.n_pieces > 1) {
            w.level = level;
            n = s.n;
            status = read_span(&w, &s, i, dst, err);
        } else {
            w.level = level + shoal_joined_gathers(joined);
            piece p = piece_at(&w, i);
            n = p.n;
            status = read_piece(&w, &p, dst, err);
        }
        if (status) return status;
    }
    return SHOAL_OK;
}
