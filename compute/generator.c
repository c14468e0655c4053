#include "compute/generator.h"

#include <string.h>

bool shoal_generator_equal(const shoal_generator *a, const shoal_generator *b)
{
    if (a == b || !a || !b) return a == b;
    if (a->kind != b->kind || a->type.code != b->type.code || a->rank != b->rank) return false;
    for (int k = 0; k < a->rank; k++)
        if (a->shape[k] != b->shape[k]) return false;
    switch (a->kind) {
    case SHOAL_GENERATE_SAME: return memcmp(a->value, b->value, sizeof a->value) == 0;
    case SHOAL_GENERATE_INTEGER:
        return a->integer == b->integer && a->integer_step == b->integer_step;
    case SHOAL_GENERATE_FLOAT:
        return memcmp(&a->number, &b->number, sizeof a->number) == 0 &&
               memcmp(&a->number_step, &b->number_step, sizeof a->number_step) == 0 &&
               a->has_last == b->has_last && memcmp(&a->last, &b->last, sizeof a->last) == 0;
    case SHOAL_GENERATE_INSIDE: return a->low == b->low && a->high == b->high;
    case SHOAL_GENERATE_UNIFORM64:
    case SHOAL_GENERATE_UNIFORM32:
    case SHOAL_GENERATE_BOUNDED:
    case SHOAL_GENERATE_PERMUTATION:
        return a->key[0] == b->key[0] && a->key[1] == b->key[1] && a->first_draw == b->first_draw &&
               a->draw_step == b->draw_step && a->range == b->range && a->integer == b->integer;
    }
    return false;
}

/* As NumPy's arange and linspace: a product and a sum, each rounded. */
static double number_at(const shoal_generator *g, uint64_t i)
{
    if (g->has_last && i + 1 == g->shape[0]) return g->last;
    double product = (double)i * g->number_step;
    return g->number + product;
}

static void generate_one(const shoal_generator *g, uint64_t i, uint8_t *dst)
{
    double number;
    uint64_t integer;
    switch (g->kind) {
    case SHOAL_GENERATE_SAME: memcpy(dst, g->value, g->type.n_bytes); break;
    case SHOAL_GENERATE_INTEGER:
        integer = (uint64_t)g->integer + i * (uint64_t)g->integer_step;
        memcpy(dst, &integer, sizeof integer);
        break;
    case SHOAL_GENERATE_FLOAT:
        number = number_at(g, i);
        memcpy(dst, &number, sizeof number);
        break;
    case SHOAL_GENERATE_INSIDE: *dst = i >= g->low && i < g->high; break;
    default: break; /* random ones are made elsewhere */
    }
}

void shoal_generate(const shoal_generator *generator, const shoal_region *region, void *dst,
                    const int64_t *strides)
{
    uint8_t *to = dst;
    if (generator->kind >= SHOAL_GENERATE_UNIFORM64) {
        shoal_generate_random(generator, region, dst, strides);
        return;
    }
    if (region->rank == 0) {
        generate_one(generator, 0, to);
        return;
    }
    const shoal_range *r = &region->axis[0];
    for (uint64_t k = 0; k < r->count; k++)
        generate_one(generator, (uint64_t)(r->start + r->step * (int64_t)k),
                     to + (int64_t)k * strides[0]);
}
