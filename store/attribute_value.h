/* The values of stored attributes: for people and as JSON, as texts, as numbers. */
#ifndef SHOAL_STORE_ATTRIBUTE_VALUE_H
#define SHOAL_STORE_ATTRIBUTE_VALUE_H

#include "store/metadata/attribute.h"

/* Its type, its value for people and its value as JSON, malloc'd, as shoal_attribute_visit gives
   them. Enumerations are their names, compounds "{a: 1, b: 2}", values of variable length lists,
   opaque bytes "0x0a1b"; what has no such form stands in brackets, "(reference)", and is null in
   JSON. SHOAL_DATA when damaged. */
shoal_status shoal_attribute_show(const shoal_metadata *meta,
                                  const shoal_stored_attribute *attribute, char **type, char **text,
                                  char **json, shoal_error *err);

/* All texts of an attribute of fixed or variable length, in C order, each malloc'd, without
   padding; free them with shoal_texts_free. NULL (and success) when it holds no text. At most 64
   MiB in all. */
shoal_status shoal_attribute_as_texts(const shoal_metadata *meta,
                                      const shoal_stored_attribute *attribute, char ***out,
                                      size_t *n, shoal_error *err);

/* Its text, malloc'd; NULL (and success) when it does not hold exactly one. */
shoal_status shoal_attribute_as_text(const shoal_metadata *meta,
                                     const shoal_stored_attribute *attribute, char **out,
                                     shoal_error *err);

typedef struct shoal_attribute_numbers {
    size_t n;         /* in C order; array types are several each */
    shoal_type type;  /* what they are: bool, an integer or a float */
    double *value;    /* rounded where integers are too large */
    int64_t *integer; /* exact, for bool and integers, else NULL; of SHOAL_UINT64 the bits */
} shoal_attribute_numbers;

/* The numbers of an attribute of real numbers; n is 0 and all NULL (and success) when it holds
   something else or nothing. SHOAL_DATA when one is not exact in float64. */
shoal_status shoal_attribute_as_numbers(const shoal_stored_attribute *attribute,
                                        shoal_attribute_numbers *out, shoal_error *err);
void shoal_attribute_numbers_free(shoal_attribute_numbers *numbers);

#endif
