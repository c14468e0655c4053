/* The loops of conversions: one kind of step over items that are strides apart. */
#ifndef SHOAL_CHUNK_CONVERSION_KERNEL_H
#define SHOAL_CHUNK_CONVERSION_KERNEL_H

#include "chunk/conversion.h"

typedef struct shoal_stride {
    size_t from, to;
} shoal_stride;

/* Converts n items; returns how many before the first that cannot be: n when all went well. */
typedef size_t shoal_step_kernel(const shoal_step *step, const uint8_t *from, uint8_t *to,
                                 shoal_stride stride, size_t n);

/* The loop for a step, for texts NULL, for lists that of their items; false when there is none. */
bool shoal_step_compile(const shoal_step *step, shoal_step_kernel **out);

/* The loop for a step of one of the first four kinds; NULL when there is none. */
shoal_step_kernel *shoal_step_kernel_find(const shoal_step *step);

/* The same for floats of other formats than IEEE's. */
shoal_step_kernel *shoal_float_kernel_find(const shoal_step *step);

/* n texts or lists. `items` is what shoal_step_compile gave. */
typedef struct shoal_variable {
    shoal_step_kernel *items;
    shoal_fetch_sequence *fetch;
    void *user;
    shoal_error *err;
} shoal_variable;

shoal_status shoal_variable_convert(const shoal_variable *variable, const shoal_step *step,
                                    const uint8_t *from, uint8_t *to, shoal_stride stride,
                                    size_t n);
void shoal_variable_measure(const shoal_step *step, const uint8_t *from, shoal_stride stride,
                            size_t n, uint32_t *longest);

/* Says that the float at `from` is not exact. */
shoal_status shoal_float_fail(const shoal_step *step, const uint8_t *from, shoal_error *err);

/* The exact value of a float that is none of float64, for people: "0x8000000000000001 x 2^-63". */
void shoal_float_print(const shoal_float_format *format, const uint8_t *from, char text[80]);

#endif
