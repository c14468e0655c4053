/* A region of a reshaped array: its runs in C order are runs of the leaf, each of a few boxes. */
#include "compute/joined_read.h"

#include <string.h>

typedef struct reshaping {
    const shoal_joiner *joiner;
    const shoal_joined *joined;
    int level, front, back;
    shoal_range ranges[SHOAL_MAX_RANK]; /* of the leaf; the front and back ones stay as they are */
    int64_t strides[SHOAL_MAX_RANK];
} reshaping;

/* Elements flat, flat + step, ... of the leaf's middle axes. */
typedef struct run {
    int64_t flat, step;
    uint64_t n;
    uint8_t *dst;
    int64_t stride;
} run;

/* The largest box of the leaf that the run starts with: whole indices of one axis, or part of the
   last. Sets the middle ranges and strides; returns how many elements it has. */
static uint64_t first_box(reshaping *r, const run *u)
{
    const shoal_node *leaf = r->joined->leaf[0];
    int first = r->front, end = leaf->rank - r->back, at = end - 1;
    uint64_t flat = (uint64_t)u->flat, below = 1, inner = 1;
    if (first == end) return 1;
    for (int k = end - 1; k > first && u->step == 1; k--) {
        inner *= leaf->shape[k];
        if (flat % inner != 0 || u->n < inner) break;
        at = k - 1;
        below = inner;
    }
    uint64_t left = flat, stride = 1;
    for (int k = end - 1; k >= first; k--) {
        uint64_t index = left % leaf->shape[k];
        left /= leaf->shape[k];
        r->ranges[k] = (shoal_range){(int64_t)index, 1, k > at ? leaf->shape[k] : 1};
        r->strides[k] = u->stride * (int64_t)stride;
        if (k > at) stride *= leaf->shape[k];
    }
    shoal_range *along = &r->ranges[at];
    uint64_t room = leaf->shape[at] - (uint64_t)along->start, n = u->n / below;
    along->step = u->step;
    along->count = (room - 1) / (uint64_t)u->step + 1;
    if (along->count > n) along->count = n;
    return along->count * below;
}

static shoal_status read_run(reshaping *r, run u, shoal_error *err)
{
    if (u.step < 0) { /* from its other end */
        u.flat += u.step * (int64_t)(u.n - 1);
        u.dst += u.stride * (int64_t)(u.n - 1);
        u.step = -u.step;
        u.stride = -u.stride;
    }
    while (u.n) {
        uint64_t n = first_box(r, &u);
        shoal_status status = shoal_joined_view(r->joiner, r->joined->leaf[0], r->level, r->ranges,
                                                u.dst, r->strides, err);
        if (status) return status;
        u.n -= n;
        u.flat += u.step * (int64_t)n;
        u.dst += u.stride * (int64_t)n;
    }
    return SHOAL_OK;
}

/* The run along the innermost axis of more than one index, and along those before it that go on
   where it ends. Returns the first of the axes that it covers. */
static int longest_run(const shoal_region *region, int front, int end, const int64_t *strides,
                       const int64_t *flat_of, run *u)
{
    int k = end - 1;
    while (k > front && region->axis[k].count == 1) k--;
    const shoal_range *r = &region->axis[k];
    *u = (run){.step = r->count > 1 ? r->step * flat_of[k] : 1, .n = r->count};
    u->stride = strides[k];
    while (k > front && u->step == 1 && u->n == (uint64_t)flat_of[k - 1] &&
           region->axis[k - 1].step == 1 && strides[k - 1] == u->stride * flat_of[k - 1])
        u->n *= region->axis[--k].count;
    return k;
}

shoal_status shoal_joined_reshape(const shoal_joiner *joiner, const shoal_joined *joined, int level,
                                  const shoal_region *region, uint8_t *dst, const int64_t *strides,
                                  shoal_error *err)
{
    const shoal_node *leaf = joined->leaf[0];
    reshaping r = {.joiner = joiner, .joined = joined, .level = level};
    r.front = shoal_joined_front(joined);
    r.back = shoal_joined_back(joined, r.front);
    int front = r.front, end = joined->rank - r.back;
    for (int k = 0; k < front; k++) {
        r.ranges[k] = region->axis[k];
        r.strides[k] = strides[k];
    }
    for (int k = 1; k <= r.back; k++) {
        r.ranges[leaf->rank - k] = region->axis[joined->rank - k];
        r.strides[leaf->rank - k] = strides[joined->rank - k];
    }
    run u = {.step = 1, .n = 1};
    int64_t flat_of[SHOAL_MAX_RANK] = {0}, flat = 0, inner = 1;
    for (int k = end - 1; k >= front; k--) {
        flat_of[k] = inner;
        inner *= (int64_t)joined->shape[k];
        flat += region->axis[k].start * flat_of[k];
    }
    int outer = front;
    if (end > front) outer = longest_run(region, front, end, strides, flat_of, &u);
    uint64_t at[SHOAL_MAX_RANK] = {0};
    for (;;) {
        u.flat = flat;
        u.dst = dst;
        shoal_status status = read_run(&r, u, err);
        if (status) return status;
        int k = outer - 1;
        for (; k >= front && at[k] + 1 == region->axis[k].count; k--) {
            flat -= (int64_t)at[k] * region->axis[k].step * flat_of[k];
            dst -= (int64_t)at[k] * strides[k];
            at[k] = 0;
        }
        if (k < front) return SHOAL_OK;
        at[k]++;
        flat += region->axis[k].step * flat_of[k];
        dst += strides[k];
    }
}
