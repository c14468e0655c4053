/* Lists of names as Python pickles them, which pandas keeps in attributes. Nothing is executed: of
   pickle's language only lists, texts and whole numbers are known, and anything else ends it. */
#ifndef SHOAL_STORE_PICKLE_H
#define SHOAL_STORE_PICKLE_H

#include "chunk/error.h"

#include <stddef.h>

/* The texts of a pickled list (protocols 0 to 4), whole numbers in digits, malloc'd; free with
   shoal_texts_free. SHOAL_DATA when it is anything else, with one line that says what. */
shoal_status shoal_pickle_names(const void *bytes, size_t n, char ***out, size_t *n_out,
                                shoal_error *err);

#endif
