/* An attribute's value as text for people and as JSON. */
#ifndef SHOAL_STORE_VALUE_TEXT_H
#define SHOAL_STORE_VALUE_TEXT_H

#include <shoal/shoal.h>

/* What is formatted: count elements of a numeric type, or (values NULL) count texts. */
typedef struct shoal_value {
    int rank; /* 0: a scalar, without brackets */
    uint64_t shape[SHOAL_MAX_RANK];
    size_t count; /* the product of the shape */
    shoal_type type;
    const void *values;
    char *const *texts;
} shoal_value;

/* malloc'd; cut with "..." behind 1000 elements. NULL without memory. */
char *shoal_value_text(const shoal_value *value);

/* malloc'd; "null" when longer than 64 KiB. Numbers that JSON has not (nan, inf) are null, complex
   ones are [re,im]. NULL without memory. */
char *shoal_value_json(const shoal_value *value);

#endif
