#include "store/virtual_copy.h"

#include "chunk/checked.h"
#include "chunk/copy.h"
#include "chunk/error.h"
#include "chunk/grid.h"
#include "store/element_cast.h"
#include <stdlib.h>

/* n elements that rise by even steps on both sides. */
typedef struct segment {
    uint64_t from, from_step; /* indices of the source */
    uint64_t to, to_step;     /* indices in the region */
    uint64_t n;
} segment;

typedef struct copy {
    shoal_dataset *source;
    const shoal_selection *from, *to;
    const shoal_region *region;
    shoal_type type; /* of dst */
    uint8_t *dst;
    int64_t strides[SHOAL_MAX_RANK]; /* of dst */
    uint8_t *buffer;                 /* elements as the source gives them, then as dst wants them */
    size_t capacity;
} copy;

/* Reads a region of the source into the buffer and gives its elements in the target's type. */
static shoal_status fetch(copy *c, const shoal_region *from, const uint8_t **out, shoal_error *err)
{
    uint64_t n;
    size_t stored = c->source->type.n_bytes, wanted = c->type.n_bytes, n_bytes;
    bool cast = !shoal_cast_is_needless(c->source->type, c->type);
    if (!shoal_region_elements(from, &n) ||
        !shoal_mul_size(n, stored + (cast ? wanted : 0), &n_bytes))
        return shoal_fail(err, SHOAL_MEMORY, "no memory for a part of a source");
    if (n_bytes > c->capacity) {
        free(c->buffer);
        c->capacity = 0;
        c->buffer = malloc(n_bytes);
        if (!c->buffer) return shoal_fail(err, SHOAL_MEMORY, "no memory for a part of a source");
        c->capacity = n_bytes;
    }
    *out = c->buffer + (cast ? n * stored : 0);
    shoal_status status = shoal_dataset_read(c->source, from, c->buffer, (size_t)n * stored, err);
    if (status == SHOAL_OK && cast)
        shoal_cast(c->source->type, c->buffer, c->type, c->buffer + n * stored, (size_t)n);
    return status;
}

/* ---- Where the axes of both sides go together ---- */

/* The axes of more than one index, which the others do not move: pairs them. False when both sides
   differ in them, so that only the order of the elements tells what goes where. */
static bool pair_axes(const shoal_selection *from, const shoal_selection *to, int *pair)
{
    int k = 0;
    for (int a = 0; a < to->rank; a++) {
        pair[a] = -1;
        if (to->axis[a].size == 1) continue;
        while (k < from->rank && from->axis[k].size == 1) k++;
        if (k == from->rank) return false;
        pair[a] = k++;
    }
    while (k < from->rank && from->axis[k].size == 1) k++;
    return k == from->rank;
}

/* As many as both sides have, along the axis that is unlimited; else they must be alike. */
static bool sizes_agree(const shoal_selection *from, const shoal_selection *to, const int *pair)
{
    for (int a = 0; a < to->rank; a++) {
        if (pair[a] < 0) continue;
        bool grows = a == to->unlimited && pair[a] == from->unlimited;
        if (!grows && to->axis[a].size != from->axis[pair[a]].size) return false;
    }
    return true;
}

static bool is_product(const shoal_selection *selection)
{
    return selection->form == SHOAL_SELECT_PRODUCT;
}

/* Cuts positions [first, end) of a pair of axes into segments; `out` NULL counts them. */
static uint64_t cut(const shoal_select_axis *from, const shoal_select_axis *to, uint64_t start,
                    uint64_t first, uint64_t end, segment *out)
{
    uint64_t n_segments = 0;
    while (first < end) {
        segment s;
        uint64_t n_from, n_to;
        s.from = shoal_select_index(from, first, &s.from_step, &n_from);
        s.to = shoal_select_index(to, first, &s.to_step, &n_to) - start;
        s.n = n_from < n_to ? n_from : n_to;
        if (s.n > end - first) s.n = end - first;
        if (out) out[n_segments] = s;
        n_segments++;
        first += s.n;
    }
    return n_segments;
}

typedef struct paired {
    uint64_t n[SHOAL_MAX_RANK], at[SHOAL_MAX_RANK]; /* segments by axis of the target */
    segment *segment[SHOAL_MAX_RANK];
    uint64_t fixed[SHOAL_MAX_RANK]; /* indices of the source's other axes */
    segment *memory;
} paired;

/* The positions of a target's axis that are in the region and that the source has. */
static void find_range(const copy *c, int axis, int partner, uint64_t *first, uint64_t *end)
{
    const shoal_select_axis *to = &c->to->axis[axis];
    uint64_t start = (uint64_t)c->region->axis[axis].start;
    *first = shoal_select_position(to, start);
    *end = shoal_select_position(to, start + c->region->axis[axis].count);
    if (*end > to->size) *end = to->size;
    if (partner < 0) return;
    const shoal_select_axis *from = &c->from->axis[partner];
    uint64_t there = shoal_select_position(from, c->source->grid.shape[partner]);
    if (*end > from->size) *end = from->size;
    if (*end > there) *end = there;
}

/* Segments of all axes; *none when nothing is in the region. */
static shoal_status plan_segments(const copy *c, const int *pair, paired *p, bool *none,
                                  shoal_error *err)
{
    static const shoal_select_axis still = {.stride = 1, .count = 1, .block = 1, .size = 1};
    uint64_t first[SHOAL_MAX_RANK], end[SHOAL_MAX_RANK], n = 0, step, run;
    for (int k = 0; k < c->from->rank; k++) {
        p->fixed[k] = 0;
        if (c->from->axis[k].size != 1) continue;
        p->fixed[k] = shoal_select_index(&c->from->axis[k], 0, &step, &run);
        if (p->fixed[k] >= c->source->grid.shape[k]) *none = true;
    }
    for (int pass = 0; pass < 2 && !*none; pass++) {
        for (int a = 0; a < c->to->rank; a++) {
            const shoal_select_axis *from = pair[a] < 0 ? &still : &c->from->axis[pair[a]];
            uint64_t start = (uint64_t)c->region->axis[a].start;
            find_range(c, a, pair[a], &first[a], &end[a]);
            if (first[a] >= end[a]) *none = true;
            if (*none) return SHOAL_OK;
            if (pass == 1) p->segment[a] = p->memory + n;
            p->n[a] = cut(from, &c->to->axis[a], start, first[a], end[a],
                          pass == 1 ? p->segment[a] : NULL);
            n += p->n[a];
        }
        if (pass == 0) p->memory = malloc((size_t)n * sizeof *p->memory);
        if (pass == 0 && !p->memory)
            return shoal_fail(err, SHOAL_MEMORY, "no memory for the parts of a source");
        if (pass == 0) n = 0;
    }
    return SHOAL_OK;
}

/* One combination of segments: a box on both sides. */
static shoal_status copy_box(copy *c, const int *pair, const paired *p, shoal_error *err)
{
    shoal_region from = {.rank = c->from->rank};
    uint64_t counts[SHOAL_MAX_RANK];
    int64_t src_strides[SHOAL_MAX_RANK], dst_strides[SHOAL_MAX_RANK];
    uint8_t *dst = c->dst;
    const uint8_t *src;
    for (int k = 0; k < from.rank; k++) from.axis[k] = (shoal_range){(int64_t)p->fixed[k], 1, 1};
    for (int a = 0; a < c->to->rank; a++) {
        const segment *s = &p->segment[a][p->at[a]];
        counts[a] = s->n;
        dst += (int64_t)s->to * c->strides[a];
        dst_strides[a] = s->n > 1 ? (int64_t)s->to_step * c->strides[a] : 0;
        if (pair[a] >= 0)
            from.axis[pair[a]] = (shoal_range){(int64_t)s->from, (int64_t)s->from_step, s->n};
    }
    shoal_status status = fetch(c, &from, &src, err);
    if (status != SHOAL_OK) return status;
    /* The source's other axes have one index, so its elements are in the target's order. */
    shoal_contiguous_strides(c->to->rank, counts, c->type.n_bytes, src_strides);
    shoal_copy_box(c->to->rank, counts, src, src_strides, dst, dst_strides, c->type.n_bytes);
    return SHOAL_OK;
}

static shoal_status copy_paired(copy *c, const int *pair, shoal_error *err)
{
    paired p = {.memory = NULL};
    bool none = false;
    shoal_status status = plan_segments(c, pair, &p, &none, err);
    while (status == SHOAL_OK && !none) {
        status = copy_box(c, pair, &p, err);
        int a = c->to->rank - 1;
        for (; a >= 0 && ++p.at[a] == p.n[a]; a--) p.at[a] = 0;
        none = a < 0;
    }
    free(p.memory);
    return status;
}

/* ---- Where only the order of the elements tells: row by row ---- */

/* Where element `place` of a selection is, and how many from there on are in a row, in steps. */
static uint64_t locate(const shoal_selection *selection, uint64_t place, uint64_t *at,
                       uint64_t *step)
{
    int last = selection->rank - 1;
    uint64_t n = 1;
    *step = 1;
    if (is_product(selection)) {
        for (int k = last; k >= 0; k--) {
            uint64_t some_step, some_n, size = selection->axis[k].size;
            at[k] = shoal_select_index(&selection->axis[k], place % size, &some_step, &some_n);
            place /= size;
            if (k != last) continue;
            *step = some_step;
            n = some_n;
        }
        return n;
    }
    uint64_t low = 0, high = selection->n_runs;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (selection->run[middle].before <= place)
            low = middle;
        else
            high = middle;
    }
    const shoal_select_run *run = &selection->run[low];
    uint64_t index = run->at + (place - run->before);
    for (int k = last; k >= 0; k--) {
        at[k] = index % selection->bounds[k];
        index /= selection->bounds[k];
    }
    return run->n - (place - run->before);
}

/* Copies n elements of the source's order from `place` on to dst, `stride` bytes apart. */
static shoal_status copy_row(copy *c, uint64_t place, uint64_t n, uint8_t *dst, int64_t stride,
                             shoal_error *err)
{
    uint64_t n_all = shoal_selection_elements(c->from);
    const uint64_t *shape = c->source->grid.shape;
    while (n > 0 && place < n_all) {
        uint64_t at[SHOAL_MAX_RANK] = {0}, step;
        uint64_t now = locate(c->from, place, at, &step), there;
        shoal_region from = {.rank = c->from->rank};
        int last = from.rank - 1;
        bool inside = true;
        if (now > n) now = n;
        for (int k = 0; k < from.rank; k++) {
            from.axis[k] = (shoal_range){(int64_t)at[k], 1, 1};
            inside = inside && at[k] < shape[k];
        }
        there = now;
        if (inside && last >= 0) {
            uint64_t left = (shape[last] - at[last] - 1) / step + 1;
            if (there > left) there = left;
            from.axis[last] = (shoal_range){(int64_t)at[last], (int64_t)step, there};
        }
        if (inside) {
            const uint8_t *src;
            int64_t src_stride = (int64_t)c->type.n_bytes;
            shoal_status status = fetch(c, &from, &src, err);
            if (status != SHOAL_OK) return status;
            shoal_copy_box(1, &there, src, &src_stride, dst, &stride, c->type.n_bytes);
        }
        dst += (int64_t)now * stride;
        place += now;
        n -= now;
    }
    return SHOAL_OK;
}

/* The part of a row of the target that is in the region. */
static shoal_status copy_target_row(copy *c, const uint64_t *at, uint64_t step, uint64_t place,
                                    uint64_t n, shoal_error *err)
{
    int last = c->to->rank - 1;
    uint8_t *dst = c->dst;
    for (int k = 0; k < last; k++) {
        uint64_t start = (uint64_t)c->region->axis[k].start;
        if (at[k] < start || at[k] - start >= c->region->axis[k].count) return SHOAL_OK;
        dst += (int64_t)(at[k] - start) * c->strides[k];
    }
    if (last < 0) return copy_row(c, place, n, dst, 0, err);
    uint64_t start = (uint64_t)c->region->axis[last].start, skip = 0;
    uint64_t end = start + c->region->axis[last].count;
    if (at[last] < start) skip = shoal_ceil_div(start - at[last], step);
    uint64_t first = at[last] + skip * step;
    if (skip >= n || first >= end) return SHOAL_OK;
    n -= skip;
    uint64_t fit = (end - first - 1) / step + 1;
    if (n > fit) n = fit;
    dst += (int64_t)(first - start) * c->strides[last];
    return copy_row(c, place + skip, n, dst, (int64_t)step * c->strides[last], err);
}

static shoal_status copy_in_order(copy *c, shoal_error *err)
{
    uint64_t n = shoal_selection_elements(c->to), from = shoal_selection_elements(c->from);
    shoal_status status = SHOAL_OK;
    if (n > from) n = from;
    for (uint64_t place = 0, now; status == SHOAL_OK && place < n; place += now) {
        uint64_t at[SHOAL_MAX_RANK] = {0}, step;
        now = locate(c->to, place, at, &step);
        if (now > n - place) now = n - place;
        status = copy_target_row(c, at, step, place, now, err);
    }
    return status;
}

shoal_status shoal_virtual_copy(shoal_dataset *source, const shoal_selection *from,
                                const shoal_dataset *target, const shoal_selection *to,
                                const shoal_region *region, void *dst, shoal_error *err)
{
    copy c = {.source = source, .from = from, .to = to, .region = region, .dst = dst};
    int pair[SHOAL_MAX_RANK];
    uint64_t counts[SHOAL_MAX_RANK];
    char name[2][24];
    c.type = target->type;
    if (!shoal_cast_is_possible(source->type, c.type))
        return shoal_fail(err, SHOAL_DATA, "its source %s has elements of %s, not of %s",
                          source->name, shoal_type_name(source->type, name[0]),
                          shoal_type_name(c.type, name[1]));
    if (shoal_selection_elements(from) == 0 || shoal_selection_elements(to) == 0) return SHOAL_OK;
    for (int k = 0; k < region->rank; k++) counts[k] = region->axis[k].count;
    shoal_contiguous_strides(region->rank, counts, c.type.n_bytes, c.strides);
    shoal_status status = is_product(from) && is_product(to) && pair_axes(from, to, pair) &&
                                  sizes_agree(from, to, pair)
                              ? copy_paired(&c, pair, err)
                              : copy_in_order(&c, err);
    free(c.buffer);
    return status;
}
