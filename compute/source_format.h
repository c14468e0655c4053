/* What a source is, found out by its name's ending, then by its first bytes. */
#ifndef SHOAL_COMPUTE_SOURCE_FORMAT_H
#define SHOAL_COMPUTE_SOURCE_FORMAT_H

#include <shoal/shoal.h>

/* Replaces SHOAL_FORMAT_AUTO in *format by what the source is. `raw` says that a type was given,
   so that what cannot be told is raw bytes. SHOAL_USAGE when it cannot be told else, SHOAL_DATA
   for formats that are known and not read. */
shoal_status shoal_source_format(const char *source, bool raw, shoal_format *format,
                                 shoal_error *err);

#endif
