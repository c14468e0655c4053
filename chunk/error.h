/* The one error style: a function that can fail returns a shoal_status and fills the caller's
   struct through shoal_fail. Never prints, never keeps state. */
#ifndef SHOAL_CHUNK_ERROR_H
#define SHOAL_CHUNK_ERROR_H

#include <shoal/shoal.h>

/* Fills `err` (may be NULL) and returns `status`. Control characters and bytes that are not UTF-8
   in the formatted text become '?', so that the message stays one clean line. */
shoal_status shoal_fail(shoal_error *err, shoal_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "text: " before the message that `err` already has; returns err's status. */
shoal_status shoal_fail_within(shoal_error *err, shoal_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* For "did you mean": the candidate nearest to `word` by edits, or NULL when none is near. */
const char *shoal_nearest_word(const char *word, const char *const *candidates, size_t n);

#endif
