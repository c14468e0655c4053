/* An array that does not fit the memory, on its way between two passes: its encoded chunks go to an
   unnamed file for temporary data, and are read back as those of any other dataset. */
#ifndef SHOAL_STORE_SPILL_H
#define SHOAL_STORE_SPILL_H

#include "store/dataset.h"

typedef struct shoal_spill shoal_spill;

/* `name` is for messages. Nothing is written yet, but the dataset can be planned with. */
shoal_status shoal_spill_new(const char *name, shoal_type type, int rank, const uint64_t *shape,
                             const uint64_t *chunk, const shoal_pipeline *pipeline,
                             shoal_spill **out, shoal_error *err);
void shoal_spill_free(shoal_spill *spill);
/* The spill's; to be read once it is finished. */
shoal_dataset *shoal_spill_dataset(const shoal_spill *spill);
/* What it holds in memory: the index of its chunks. */
uint64_t shoal_spill_memory(const shoal_spill *spill);

/* Makes the file, in place of an earlier one; see shoal_temporary_folder. */
shoal_status shoal_spill_begin(shoal_spill *spill, const char *tmpdir, shoal_error *err);
/* From one thread at a time. */
shoal_status shoal_spill_append(shoal_spill *spill, uint64_t chunk_id, const void *bytes,
                                size_t n_bytes, uint32_t mask, shoal_error *err);
shoal_status shoal_spill_finish(shoal_spill *spill, shoal_error *err);

#endif
