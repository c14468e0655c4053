/* The values of coordinates, box by box. */
#include "compute/coordinates.h"

#include "chunk/error.h"
#include "store/cf_input.h"

#include <stdlib.h>
#include <string.h>

/* Longer texts are no coordinates. */
enum { BLOCK_BYTES = 1 << 19, LONGEST_ELEMENT = 1 << 12 };

void shoal_coordinate_close(shoal_coordinate_part *part)
{
    shoal_dataset_close(part->values);
    part->values = NULL;
}

shoal_status shoal_coordinate_open(const shoal_coordinate *c, const uint64_t *shape,
                                   shoal_coordinate_part *out, shoal_error *err)
{
    *out = (shoal_coordinate_part){0};
    shoal_status status = shoal_dataset_open(c->of->file, c->path, &out->values, err);
    if (status) return status;
    const shoal_grid *grid = &out->values->grid;
    if (grid->rank != c->rank || !out->values->readable || out->values->type.n_bytes == 0 ||
        out->values->type.n_bytes > LONGEST_ELEMENT) {
        shoal_coordinate_close(out);
        return shoal_fail(err, SHOAL_DATA, "%s:%s is no coordinate", c->of->file->path, c->path);
    }
    out->region.rank = c->rank;
    for (int k = 0; k < c->rank; k++) {
        const shoal_coordinate_axis *axis = &c->axis[k];
        bool own = k >= c->rank - c->n_own, single = !own && axis->at < 0;
        shoal_range *range = &out->region.axis[k];
        *range = (shoal_range){0, 1, grid->shape[k]};
        if (!own)
            *range = (shoal_range){axis->start, axis->step && !single ? axis->step : 1,
                                   single ? 1 : shape[axis->at]};
        if (single) continue;
        out->axis[out->rank] = own ? -1 : axis->at;
        out->from[out->rank] = k;
        out->shape[out->rank++] = range->count;
    }
    if (shoal_region_inside(&out->region, grid->shape)) return SHOAL_OK;
    shoal_coordinate_close(out);
    return shoal_fail(err, SHOAL_DATA, "%s:%s is shorter than its axes", c->of->file->path,
                      c->path);
}

/* ---- Boxes ---- */

/* The box of the values that belongs to one of the part. */
static shoal_region source_of(const shoal_coordinate_part *part, const shoal_region *box)
{
    shoal_region from = part->region;
    for (int k = 0; k < part->rank; k++) {
        shoal_range *range = &from.axis[part->from[k]];
        range->start += box->axis[k].start * range->step;
        range->count = box->axis[k].count;
    }
    return from;
}

/* The next box in C order; false after the last. */
static bool next_box(const shoal_coordinate_part *part, const uint64_t *most, shoal_region *box)
{
    for (int k = part->rank - 1; k >= 0; k--) {
        shoal_range *range = &box->axis[k];
        uint64_t next = (uint64_t)range->start + most[k];
        bool fits = next < part->shape[k];
        range->start = fits ? (int64_t)next : 0;
        uint64_t left = part->shape[k] - (uint64_t)range->start;
        range->count = left < most[k] ? left : most[k];
        if (fits) return true;
    }
    return false;
}

shoal_status shoal_coordinate_visit(const shoal_coordinate_part *part,
                                    shoal_coordinate_visitor visitor, void *user, shoal_error *err)
{
    const uint32_t size = part->values->type.n_bytes;
    uint64_t most[SHOAL_MAX_RANK], room = BLOCK_BYTES / size;
    shoal_region box = {.rank = part->rank};
    for (int k = part->rank - 1; k >= 0; k--) {
        if (part->shape[k] == 0) return SHOAL_OK;
        most[k] = part->shape[k] < room ? part->shape[k] : room;
        room /= most[k];
        box.axis[k] = (shoal_range){0, 1, most[k]};
    }
    uint8_t *values = malloc(BLOCK_BYTES);
    if (!values) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = SHOAL_OK;
    bool go = true;
    do {
        const shoal_region from = source_of(part, &box);
        uint64_t n = 0;
        shoal_region_elements(&from, &n);
        size_t n_bytes = (size_t)n * size;
        status = shoal_dataset_read(part->values, &from, values, n_bytes, err);
        if (!status) status = visitor(user, &box, values, n_bytes, &go, err);
    } while (!status && go && next_box(part, most, &box));
    free(values);
    return status;
}

/* ---- Comparing ---- */

static bool same_attribute(const shoal_dataset *a, const shoal_dataset *b, const char *name)
{
    shoal_cf_value x, y = {0};
    if (shoal_cf_value_read(a->file, a->path, name, &x, NULL) != SHOAL_OK) return false;
    bool same = shoal_cf_value_read(b->file, b->path, name, &y, NULL) == SHOAL_OK &&
                shoal_cf_value_equal(&x, &y);
    shoal_cf_value_free(&x);
    shoal_cf_value_free(&y);
    return same;
}

static bool same_meaning(const shoal_dataset *a, const shoal_dataset *b)
{
    static const char *const names[] = {"units",      "calendar",  "scale_factor", "add_offset",
                                        "_FillValue", "_Unsigned", "missing_value"};
    bool same = true;
    for (size_t k = 0; k < sizeof names / sizeof *names && same; k++)
        same = same_attribute(a, b, names[k]);
    return same;
}

typedef struct comparing {
    const shoal_coordinate_part *other;
    uint8_t *values;
    bool same;
} comparing;

static shoal_status compare(void *user, const shoal_region *box, const void *values, size_t n_bytes,
                            bool *go, shoal_error *err)
{
    comparing *c = user;
    const shoal_region from = source_of(c->other, box);
    shoal_status status = shoal_dataset_read(c->other->values, &from, c->values, n_bytes, err);
    c->same = *go = !status && memcmp(values, c->values, n_bytes) == 0;
    return status;
}

static bool same_shape(const shoal_coordinate_part *a, const shoal_coordinate_part *b)
{
    shoal_type s = a->values->type, t = b->values->type;
    if (a->rank != b->rank || s.code != t.code || s.n_bytes != t.n_bytes) return false;
    for (int k = 0; k < a->rank; k++)
        if (a->shape[k] != b->shape[k] || a->axis[k] != b->axis[k]) return false;
    return true;
}

static bool same_values(const shoal_coordinate_part *a, const shoal_coordinate_part *b)
{
    comparing c = {.other = b, .same = true};
    c.values = malloc(BLOCK_BYTES);
    bool same = c.values && shoal_coordinate_visit(a, compare, &c, NULL) == SHOAL_OK && c.same;
    free(c.values);
    return same;
}

static bool is_itself(const shoal_coordinate *a, const shoal_coordinate *b)
{
    if (a == b) return true;
    if (a->rank != b->rank || strcmp(a->of->file->path, b->of->file->path) != 0 ||
        strcmp(a->path, b->path) != 0)
        return false;
    for (int k = 0; k < a->rank - a->n_own; k++) {
        const shoal_coordinate_axis *x = &a->axis[k], *y = &b->axis[k];
        if (x->at != y->at || x->start != y->start || (x->at >= 0 && x->step != y->step))
            return false;
    }
    return true;
}

bool shoal_coordinates_equal(const shoal_coordinate *a, const shoal_coordinate *b,
                             const uint64_t *shape)
{
    shoal_coordinate_part x, y;
    if (is_itself(a, b)) return true;
    if (shoal_coordinate_open(a, shape, &x, NULL) != SHOAL_OK) return false;
    bool same = shoal_coordinate_open(b, shape, &y, NULL) == SHOAL_OK;
    if (same) {
        same = same_shape(&x, &y) && same_meaning(x.values, y.values) && same_values(&x, &y);
        shoal_coordinate_close(&y);
    }
    shoal_coordinate_close(&x);
    return same;
}
