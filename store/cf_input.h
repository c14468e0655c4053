/* What the CF layer asks of a file: attributes as values, and which dimension scales an axis has.
   Nothing else of it knows how a file's metadata are read. */
#ifndef SHOAL_STORE_CF_INPUT_H
#define SHOAL_STORE_CF_INPUT_H

#include "store/file.h"

/* An attribute's elements in C order: texts, or numbers in native order. */
typedef struct shoal_cf_value {
    bool exists;
    bool found; /* it exists, and is numbers or texts: the fields below are set */
    bool is_text;
    shoal_type type; /* of numbers */
    size_t n;
    void *numbers;
    char **texts;
} shoal_cf_value;

/* The attribute `name` of the object at an absolute path; free with shoal_cf_value_free. More than
   SHOAL_CF_MAX_VALUES elements are SHOAL_DATA. */
#define SHOAL_CF_MAX_VALUES ((size_t)1 << 20)
shoal_status shoal_cf_value_read(shoal_file *file, const char *path, const char *name,
                                 shoal_cf_value *out, shoal_error *err);
void shoal_cf_value_free(shoal_cf_value *value);
/* Both are there, or neither; and of the same type, with the same bits. */
bool shoal_cf_value_equal(const shoal_cf_value *a, const shoal_cf_value *b);

/* The absolute path of the dimension scale of an axis of the dataset at `path` (of several the
   last, as netCDF has it), malloc'd; NULL when it has none. */
shoal_status shoal_cf_scale_path(shoal_file *file, const char *path, int axis, char **out,
                                 shoal_error *err);

#endif
