/* Values that people type: counts, sizes, shapes, elements. */
#ifndef SHOAL_CLI_VALUE_H
#define SHOAL_CLI_VALUE_H

#include <shoal/shoal.h>

/* Digits only, at most `most`. */
bool shoal_cli_read_count(const char *text, uint64_t most, uint64_t *out);

/* "4096", "512M", "1.5G", "2GiB": bytes, units of 1024. */
bool shoal_cli_read_size(const char *text, uint64_t *out);

/* "64,128,128": at most SHOAL_MAX_RANK counts, each at least `least`. */
bool shoal_cli_read_counts(const char *text, uint64_t least, int *rank,
                           uint64_t out[SHOAL_MAX_RANK]);

/* Reads one element of `type` ("-1.5", "nan", "true", "1+2j", text) into `element`, which has
   type.n_bytes; false when the text is no such value or does not fit the type. */
bool shoal_cli_read_element(const char *text, shoal_type type, void *element);

#endif
