/* The datasets that a virtual one is put together from: opened when needed, a few held open. */
#ifndef SHOAL_STORE_VIRTUAL_SOURCE_H
#define SHOAL_STORE_VIRTUAL_SOURCE_H

#include "store/file.h"

typedef struct shoal_sources shoal_sources;
typedef struct shoal_source shoal_source;

/* `from`: the path of the file whose datasets name sources; `file`: the one through which it was
   opened, which knows how many virtual datasets led to it. */
shoal_status shoal_sources_new(const char *from, const shoal_file *file, shoal_sources **out,
                               shoal_error *err);
void shoal_sources_free(shoal_sources *sources);

/* The dataset of that name in the file of that name ("." is the file itself), held open until it is
   given back; NULL, and success, when there is no such file or no such dataset in it. Any threads
   at once. SHOAL_DATA when it is damaged, or nested too deep in virtual datasets. */
shoal_status shoal_sources_get(shoal_sources *sources, const char *file, const char *dataset,
                               shoal_source **out, shoal_error *err);
void shoal_sources_give_back(shoal_sources *sources, shoal_source *source); /* NULL is fine */

/* Allows for one more read. Virtual datasets that are made of others, which are made of others, may
   use sources only so many times for each read of the first one: else a small file could keep us
   busy for years. */
void shoal_sources_begin(shoal_sources *sources);

shoal_dataset *shoal_source_dataset(const shoal_source *source);

#endif
