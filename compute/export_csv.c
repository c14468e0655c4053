/* Arrays of at most two axes as lines of values. */
#include "compute/csv_text.h"
#include "compute/export_array.h"

#include "chunk/error.h"

typedef struct lines {
    shoal_type type;
    uint64_t n_columns;
    char delimiter;
} lines;

static size_t format_lines(const void *context, uint64_t first, uint64_t n, const uint8_t *elements,
                           char *text)
{
    const lines *l = context;
    uint64_t column = first % l->n_columns;
    char *at = text;
    for (uint64_t k = 0; k < n; k++) {
        at += shoal_csv_field(l->type, elements + k * l->type.n_bytes, l->delimiter, at);
        bool last = ++column == l->n_columns;
        *at++ = last ? '\n' : l->delimiter;
        if (last) column = 0;
    }
    return (size_t)(at - text);
}

shoal_status shoal_export_array_text(const shoal_export_array *array, char delimiter,
                                     shoal_export_output *output, const shoal_run_options *options,
                                     shoal_error *err)
{
    const shoal_part *part = array->part;
    if (part->rank > 2)
        return shoal_fail(err, SHOAL_USAGE,
                          "%s has %d axes; text takes one or two: name a part of it, as in "
                          "FILE:/path[0]",
                          part->name, part->rank);
    lines l = {array->type, part->rank == 2 ? part->shape[1] : 1, delimiter};
    shoal_slab_text text = {format_lines, &l, shoal_csv_field_bytes(array->type)};
    if (l.n_columns == 0) return SHOAL_OK;
    return shoal_export_slabs(array, &text, output, options, err);
}
