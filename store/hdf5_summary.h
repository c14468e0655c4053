/* Summaries in a file that is being written (store/summary.h). All with the HDF5 lock held.
   Included by store/hdf5_*.c alone. */
#ifndef SHOAL_STORE_HDF5_SUMMARY_H
#define SHOAL_STORE_HDF5_SUMMARY_H

#include "store/hdf5_writer.h"

/* Takes the stamp of the file that is updated, when it holds. */
void shoal_summaries_begin(shoal_writer *writer);
/* Before the file is closed: writes what was kept, takes out what no longer holds, and says which
   stamp the file has from now on. */
shoal_status shoal_summaries_write(shoal_writer *writer, shoal_error *err);
/* What is kept of the chunks that a region touches no longer holds. */
void shoal_sink_forget_region(shoal_sink *sink, const shoal_region *region);
void shoal_sink_summarise_none(shoal_sink *sink); /* from now on */
void shoal_sink_forget_chunk(shoal_sink *sink, uint64_t chunk_id);

#endif
