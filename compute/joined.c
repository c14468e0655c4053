#include "compute/graph.h"

#include <string.h>

static bool same_segments(const shoal_joined *a, const shoal_joined *b)
{
    if (a->n_segments != b->n_segments || memcmp(a->fill, b->fill, sizeof a->fill) != 0)
        return false;
    for (uint64_t k = 0; k < a->n_segments; k++) {
        const shoal_segment *s = &a->segment[k], *t = &b->segment[k];
        if (s->at != t->at || s->start != t->start || s->step != t->step || s->leaf != t->leaf)
            return false;
    }
    return true;
}

bool shoal_joined_equal(const shoal_joined *a, const shoal_joined *b)
{
    if (a == b || !a || !b) return a == b;
    if (a->kind != b->kind || a->rank != b->rank || a->axis != b->axis ||
        a->n_leaves != b->n_leaves || a->mask != b->mask)
        return false;
    for (int k = 0; k < a->rank; k++)
        if (a->shape[k] != b->shape[k]) return false;
    for (int k = 0; k < a->n_leaves; k++)
        if (a->leaf[k] != b->leaf[k]) return false;
    return same_segments(a, b);
}

static void add_source(shoal_joined *j, int source)
{
    for (int k = 0; k < j->n_sources; k++)
        if (j->source[k] == source) return;
    j->source[j->n_sources++] = source;
}

/* A dataset that is neither used in place nor by chunks is read to a buffer first. */
static int scratch_of(const shoal_dataset *dataset)
{
    uint64_t start[SHOAL_MAX_RANK] = {0};
    int64_t strides[SHOAL_MAX_RANK];
    return dataset->layout == SHOAL_LAYOUT_CONTIGUOUS &&
           !shoal_dataset_in_place(dataset, start, strides);
}

bool shoal_joined_survey(shoal_joined *joined, const shoal_inputs *inputs, shoal_arena *arena)
{
    joined->n_sources = joined->n_scratch = 0;
    joined->is_stored = true;
    joined->source =
        shoal_arena_alloc(arena, sizeof *joined->source * ((size_t)inputs->n_sources + 1));
    if (!joined->source) return false;
    for (int k = 0; k < joined->n_leaves; k++) {
        const shoal_node *leaf = joined->leaf[k];
        const shoal_joined *below = leaf->joined;
        int n_scratch = below ? below->n_scratch : 0;
        for (int s = 0; below && s < below->n_sources; s++) add_source(joined, below->source[s]);
        if (leaf->source >= 0) {
            add_source(joined, leaf->source);
            n_scratch = scratch_of(inputs->sources[leaf->source].dataset);
        }
        if (n_scratch > joined->n_scratch) joined->n_scratch = n_scratch;
        joined->is_stored &= below ? below->is_stored : leaf->source >= 0;
    }
    joined->n_scratch += shoal_joined_gathers(joined);
    return true;
}

bool shoal_joined_gathers(const shoal_joined *joined)
{
    return joined->kind == SHOAL_JOIN_SELECTED ||
           (joined->kind == SHOAL_JOIN_SEGMENTS && joined->n_segments > SHOAL_JOINED_FEW);
}

/* ---- Boxes that suit what lies below ---- */

/* As many elements as `n`, a run in C order, from axis `first` up to `end`. */
static void prefer_run(const uint64_t *shape, int first, int end, uint64_t n, uint64_t *extent)
{
    for (int k = end - 1; k >= first; k--) {
        extent[k] = n < shape[k] ? n : shape[k];
        if (extent[k] == 0) extent[k] = 1;
        n = extent[k] < shape[k] ? 1 : n / extent[k];
        if (n == 0) n = 1;
    }
}

static void prefer_joined(const shoal_joined *j, const shoal_inputs *inputs, uint64_t *extent)
{
    const shoal_node *leaf = j->leaf[0];
    uint64_t below[SHOAL_MAX_RANK], n = 1;
    for (int k = 0; k < j->n_leaves; k++) {
        const shoal_node *other = j->leaf[k];
        if (other->source < 0 && !(other->joined && other->joined->n_sources)) continue;
        leaf = other;
        break;
    }
    shoal_joined_prefer(leaf, inputs, below);
    if (j->kind != SHOAL_JOIN_RESHAPE) {
        memcpy(extent, below, sizeof below);
        return;
    }
    int front = shoal_joined_front(j), back = shoal_joined_back(j, front);
    for (int k = 0; k < front; k++) extent[k] = below[k];
    for (int k = 1; k <= back; k++) extent[j->rank - k] = below[leaf->rank - k];
    for (int k = front; k < leaf->rank - back; k++) {
        uint64_t along = below[k] ? below[k] : leaf->shape[k];
        n = along && n > (UINT64_C(1) << 40) / along ? n : n * along;
    }
    prefer_run(j->shape, front, j->rank - back, n, extent);
}

void shoal_joined_prefer(const shoal_node *leaf, const shoal_inputs *inputs, uint64_t *extent)
{
    uint64_t base[SHOAL_MAX_RANK] = {0};
    memset(extent, 0, sizeof base);
    if (leaf->joined)
        prefer_joined(leaf->joined, inputs, base);
    else if (leaf->source >= 0)
        memcpy(base, inputs->sources[leaf->source].dataset->grid.chunk, sizeof base);
    for (int k = 0; k < leaf->rank; k++) {
        int b = leaf->view.axis[k];
        if (b < 0 || base[b] == 0) continue;
        int64_t step = leaf->view.step[k] < 0 ? -leaf->view.step[k] : leaf->view.step[k];
        extent[k] = step > 1 ? base[b] / (uint64_t)step : base[b];
        if (extent[k] == 0) extent[k] = 1;
        if (extent[k] > leaf->shape[k]) extent[k] = leaf->shape[k];
    }
}

int shoal_joined_front(const shoal_joined *joined)
{
    const shoal_node *leaf = joined->leaf[0];
    int n = 0;
    while (n < joined->rank && n < leaf->rank && joined->shape[n] == leaf->shape[n]) n++;
    return n;
}

int shoal_joined_back(const shoal_joined *joined, int front)
{
    const shoal_node *leaf = joined->leaf[0];
    int n = 0;
    while (n < joined->rank - front && n < leaf->rank - front &&
           joined->shape[joined->rank - 1 - n] == leaf->shape[leaf->rank - 1 - n])
        n++;
    return n;
}
