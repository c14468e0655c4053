/* Exporting an array: slabs of it, which follow one another in C order, are read in parallel and
   written in order. */
#ifndef SHOAL_COMPUTE_EXPORT_ARRAY_H
#define SHOAL_COMPUTE_EXPORT_ARRAY_H

#include "compute/array_source.h"
#include "compute/decode.h"
#include "compute/export_output.h"

/* Turns n elements, of which the first is number `first` of the array, into text of at most
   n * text_bytes bytes; returns its length. */
typedef size_t (*shoal_slab_format)(const void *context, uint64_t first, uint64_t n,
                                    const uint8_t *elements, char *text);

typedef struct shoal_slab_text {
    shoal_slab_format format; /* NULL: the elements' own bytes */
    const void *context;
    size_t text_bytes; /* of one element at most */
} shoal_slab_text;

/* An array to export: the elements of a part, decoded where there is a decoder. */
typedef struct shoal_export_array {
    shoal_part *part;
    const shoal_decoder *decoder; /* or NULL */
    shoal_type type;              /* of the elements that are written */
} shoal_export_array;

/* Writes all of the array. */
shoal_status shoal_export_slabs(const shoal_export_array *array, const shoal_slab_text *text,
                                shoal_export_output *output, const shoal_run_options *options,
                                shoal_error *err);

/* The bytes of the array, raw or behind an .npy header. */
shoal_status shoal_export_array_bytes(const shoal_export_array *array, bool npy,
                                      shoal_export_output *output, const shoal_run_options *options,
                                      shoal_error *err);

/* Lines of values, for arrays of at most two axes. */
shoal_status shoal_export_array_text(const shoal_export_array *array, char delimiter,
                                     shoal_export_output *output, const shoal_run_options *options,
                                     shoal_error *err);

#endif
