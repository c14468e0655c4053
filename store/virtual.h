/* Virtual datasets: elements that come from datasets elsewhere, by mappings. */
#ifndef SHOAL_STORE_VIRTUAL_H
#define SHOAL_STORE_VIRTUAL_H

#include "store/file.h"
#include "store/metadata/dataspace.h"
#include "store/metadata/storage.h"

typedef struct shoal_virtual shoal_virtual;

/* A virtual dataset with unlimited mappings is as long as its sources make it, whatever its shape
   says: corrects *space. Opens sources only where it must. `meta` is the file's in which the
   dataset is, which may be another than `file` that was opened. */
shoal_status shoal_virtual_shape(const shoal_file *file, const shoal_metadata *meta,
                                 const shoal_storage *storage, shoal_dataspace *space,
                                 shoal_error *err);

/* For a dataset whose type, grid and fill value are known, which is borrowed. Reads the list of
   mappings; sources are opened when they are read. */
shoal_status shoal_virtual_open(shoal_file *file, shoal_dataset *dataset,
                                const shoal_storage *storage, shoal_virtual **out,
                                shoal_error *err);
void shoal_virtual_free(shoal_virtual *virtual_);

/* Reads a region of steps 1 into dst: C order, the dataset's type, native order. The fill value
   where no source has anything. Any threads at once. Allocates up to one more region at a time. */
shoal_status shoal_virtual_read(const shoal_virtual *virtual_, const shoal_region *region,
                                void *dst, shoal_error *err);

#endif
