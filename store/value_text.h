/* An attribute's value as text for people and as JSON. */
#ifndef SHOAL_STORE_VALUE_TEXT_H
#define SHOAL_STORE_VALUE_TEXT_H

#include <shoal/shoal.h>

typedef struct shoal_value_writer shoal_value_writer;

/* Puts element k of a value that is neither numbers nor texts. */
typedef void shoal_value_put(void *user, shoal_value_writer *writer, size_t k);

/* What is formatted: count elements of a numeric type, or (values NULL) count texts, or (both NULL)
   count elements that a function puts. */
typedef struct shoal_value {
    int rank; /* 0: a scalar, without brackets */
    uint64_t shape[SHOAL_MAX_RANK];
    size_t count; /* the product of the shape */
    shoal_type type;
    const void *values;
    char *const *texts;
    shoal_value_put *put;
    void *user;
} shoal_value;

/* malloc'd; cut with "..." behind 1000 elements, and where a function puts them, behind 64 KiB.
   NULL without memory, or when the function stopped it. */
char *shoal_value_text(const shoal_value *value);

/* malloc'd; "null" when longer than 64 KiB. Numbers that JSON has not (nan, inf) are null, complex
   ones are [re,im]. NULL without memory, or when the function stopped it. */
char *shoal_value_json(const shoal_value *value);

/* For functions that put elements. */
bool shoal_value_is_json(const shoal_value_writer *writer);
bool shoal_value_is_full(const shoal_value_writer *writer); /* what follows will not be shown */
void shoal_value_stop(shoal_value_writer *writer);          /* nothing will be shown */
void shoal_value_put_text(shoal_value_writer *writer, const char *text);
/* n bytes up to a NUL, in quotes in JSON and when `quoted`. */
void shoal_value_put_string(shoal_value_writer *writer, const char *text, size_t n, bool quoted);
void shoal_value_put_number(shoal_value_writer *writer, shoal_type type, const void *element);

#endif
