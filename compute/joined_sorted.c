/* Picking by indices in any order: they are sorted, so that each chunk is decoded once for all that
   is picked from it, and go to their places from there. */
#include "compute/joined_read.h"

#include "chunk/copy.h"

#include <string.h>

#define PLACE_BITS 18 /* SHOAL_JOINED_ORDER places; the index of the leaf's is above them */
#define SPARSE     16 /* a read of neighbours may be this much larger than what is picked */
#define SHORT      16 /* indices a segment; longer ones are worth a read each */

_Static_assert((SHOAL_JOINED_ORDER >> PLACE_BITS) == 1, "a place fits its bits");

const shoal_segment *shoal_joined_segment(const shoal_joined *joined, uint64_t at)
{
    uint64_t low = 0, high = joined->n_segments;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (joined->segment[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    return &joined->segment[low];
}

bool shoal_joined_jumps(const shoal_joined *joined, const shoal_range *range, uint64_t i,
                        uint64_t n)
{
    if (joined->kind != SHOAL_JOIN_SEGMENTS || joined->n_leaves != 1 || n < 2) return false;
    int64_t one = range->start + range->step * (int64_t)i;
    int64_t other = range->start + range->step * (int64_t)(i + n - 1);
    const shoal_segment *s = shoal_joined_segment(joined, (uint64_t)(one < other ? one : other));
    const shoal_segment *last = shoal_joined_segment(joined, (uint64_t)(one < other ? other : one));
    uint64_t n_segments = (uint64_t)(last - s) + 1;
    if (n_segments < SHOAL_JOINED_FEW || n / n_segments >= SHORT) return false;
    bool rises = true;
    for (; s <= last; s++) {
        if (s->leaf < 0 || s->start >> (63 - PLACE_BITS)) return false;
        if (s < last && s[1].start < s->start) rises = false;
    }
    return !rises;
}

/* By the bytes above the places, the lowest first. Returns which of the two arrays has the result.
 */
static uint64_t *sort(uint64_t *from, uint64_t *to, size_t n)
{
    uint64_t any = 0;
    for (size_t k = 0; k < n; k++) any |= from[k];
    for (int shift = PLACE_BITS; shift < 64 && any >> shift; shift += 8) {
        size_t at[256] = {0}, sum = 0;
        for (size_t k = 0; k < n; k++) at[from[k] >> shift & 255]++;
        for (int b = 0; b < 256; b++) {
            size_t count = at[b];
            at[b] = sum;
            sum += count;
        }
        for (size_t k = 0; k < n; k++) to[at[from[k] >> shift & 255]++] = from[k];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

static void find_indices(const shoal_joined *j, const shoal_range *r, uint64_t i, size_t n,
                         uint64_t *out)
{
    const shoal_segment *end = j->segment + j->n_segments;
    const shoal_segment *s = shoal_joined_segment(j, (uint64_t)(r->start + r->step * (int64_t)i));
    for (size_t k = 0; k < n; k++) {
        uint64_t at = (uint64_t)(r->start + r->step * (int64_t)(i + k));
        while (at < s->at) s--;
        while (s + 1 < end && s[1].at <= at) s++;
        uint64_t index = (uint64_t)(s->start + s->step * (int64_t)(at - s->at));
        out[k] = index << PLACE_BITS | k;
    }
}

shoal_status shoal_joined_sorted(const shoal_joiner *joiner, const shoal_joined *joined, int level,
                                 const shoal_region *region, uint64_t i, uint64_t n, uint8_t *dst,
                                 const int64_t *strides, shoal_error *err)
{
    const uint64_t places = SHOAL_JOINED_ORDER - 1;
    int axis = joined->axis;
    size_t size = joined->leaf[0]->type.n_bytes, others = 1;
    uint64_t *order = joiner->order + (size_t)level * joiner->n_order * 2;
    uint8_t *scratch = joiner->scratch + (size_t)level * joiner->scratch_bytes;
    shoal_range ranges[SHOAL_MAX_RANK];
    uint64_t count[SHOAL_MAX_RANK];
    int64_t from[SHOAL_MAX_RANK];
    memcpy(ranges, region->axis, sizeof *ranges * (size_t)joined->rank);
    for (int k = 0; k < joined->rank; k++)
        if (k != axis) others *= ranges[k].count;
    uint64_t most = joiner->scratch_bytes / size / others;
    find_indices(joined, &region->axis[axis], i, n, order);
    order = sort(order, order + joiner->n_order, n);
    for (uint64_t k = 0, end; k < n; k = end) {
        uint64_t low = order[k] >> PLACE_BITS, length = 1;
        for (end = k + 1; end < n; end++) {
            uint64_t reach = (order[end] >> PLACE_BITS) - low + 1;
            if (reach > most || reach / SPARSE > end - k + 1) break;
            length = reach;
        }
        ranges[axis] = (shoal_range){(int64_t)low, 1, length};
        for (int b = 0; b < joined->rank; b++) count[b] = ranges[b].count;
        shoal_contiguous_strides(joined->rank, count, size, from);
        shoal_status status =
            shoal_joined_view(joiner, joined->leaf[0], level + 1, ranges, scratch, from, err);
        if (status) return status;
        count[axis] = 1;
        for (uint64_t p = k; p < end; p++)
            shoal_copy_box(joined->rank, count,
                           scratch + (int64_t)((order[p] >> PLACE_BITS) - low) * from[axis], from,
                           dst + (int64_t)(order[p] & places) * strides[axis], strides, size);
    }
    return SHOAL_OK;
}
