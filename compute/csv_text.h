/* Values as fields of CSV text. */
#ifndef SHOAL_COMPUTE_CSV_TEXT_H
#define SHOAL_COMPUTE_CSV_TEXT_H

#include <shoal/shoal.h>

/* The most bytes that an element of the type takes, with a delimiter behind it. */
size_t shoal_csv_field_bytes(shoal_type type);

/* Writes an element: numbers as NumPy has them, text quoted where it must be. Returns the
   length. */
size_t shoal_csv_field(shoal_type type, const void *element, char delimiter, char *out);

/* Writes a text of n bytes, quoted where it holds the delimiter, a quote, or an end of line;
   2 n + 2 bytes at most. An empty text is "" in quotes when `quote_empty`, so that it does not
   read as a missing one. Returns the length. */
size_t shoal_csv_quote(const char *text, size_t n, char delimiter, bool quote_empty, char *out);

#endif
