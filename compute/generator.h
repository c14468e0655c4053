/* Arrays whose elements are computed from their positions alone: no source, no memory, the same
   whatever the boxes that they are asked for in. */
#ifndef SHOAL_COMPUTE_GENERATOR_H
#define SHOAL_COMPUTE_GENERATOR_H

#include <shoal/shoal.h>

typedef enum shoal_generator_kind {
    SHOAL_GENERATE_SAME,    /* `value`; no axes */
    SHOAL_GENERATE_INTEGER, /* int64: integer + i * integer_step along the one axis */
    SHOAL_GENERATE_FLOAT,   /* float64: number + i * number_step, the last one `last` if has_last */
    SHOAL_GENERATE_INSIDE,  /* bool: low <= i < high along the one axis */
    /* Random: element i, counted in C order, has draws of its own (compute/philox.h). */
    SHOAL_GENERATE_UNIFORM64,   /* float64 in [0, 1), of draw first_draw + i * draw_step */
    SHOAL_GENERATE_UNIFORM32,   /* float32 in [0, 1), of half draw i */
    SHOAL_GENERATE_BOUNDED,     /* int64: integer + 0 .. range, of half draw or draw i */
    SHOAL_GENERATE_PERMUTATION, /* int64: where i goes in a permutation of 0 .. range */
} shoal_generator_kind;

typedef struct shoal_generator {
    shoal_generator_kind kind;
    shoal_type type;
    int rank;
    uint64_t shape[SHOAL_MAX_RANK];
    uint8_t value[16];
    int64_t integer, integer_step;
    double number, number_step, last;
    bool has_last;
    uint64_t low, high;
    uint64_t key[2], first_draw, draw_step, range;
} shoal_generator;

/* Either may be NULL. */
bool shoal_generator_equal(const shoal_generator *a, const shoal_generator *b);

/* Makes the elements of a region inside the shape; strides of dst in bytes, by axis. */
void shoal_generate(const shoal_generator *generator, const shoal_region *region, void *dst,
                    const int64_t *strides);

/* generator_random.c: the same for the random kinds. */
void shoal_generate_random(const shoal_generator *generator, const shoal_region *region, void *dst,
                           const int64_t *strides);

#endif
