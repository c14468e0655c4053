/* What store and compute know of a writer beyond the public API: sinks, which take encoded chunks
   in order. A new file is made in an unnamed temporary (O_TMPFILE) in the target's directory and
   linked into place at commit, so that a kill leaves nothing; where the file system has no
   O_TMPFILE, in a hidden named one that is unlinked on failure. */
#ifndef SHOAL_STORE_WRITER_H
#define SHOAL_STORE_WRITER_H

#include "chunk/filter.h"
#include "chunk/grid.h"
#include "store/summary.h"

/* The target's path, as given. */
const char *shoal_writer_path(const shoal_writer *writer);
bool shoal_writer_exists(shoal_writer *writer, const char *path);
/* Takes an object (a group with all that is in it) out of the file; fine when there is none. */
shoal_status shoal_writer_remove(shoal_writer *writer, const char *path, shoal_error *err);

/* A dataset of the writer that takes encoded chunks. Owned by the writer: valid until commit or
   discard. Belongs to the writer's thread, or to one that holds its turn (the executor's merge). */
typedef struct shoal_sink shoal_sink;

shoal_status shoal_writer_sink(shoal_writer *writer, const char *path, shoal_sink **out,
                               shoal_error *err);
const shoal_grid *shoal_sink_grid(const shoal_sink *sink);
const shoal_pipeline *shoal_sink_pipeline(const shoal_sink *sink);
shoal_type shoal_sink_type(const shoal_sink *sink);
/* One element: what edge chunks are padded with, so that an array which grows later reads as the
   fill value there. */
const uint8_t *shoal_sink_fill(const shoal_sink *sink);
/* False: write regions instead (contiguous, or chunks of a filter or byte order not ours). */
bool shoal_sink_is_chunked(const shoal_sink *sink);

/* Appends one encoded chunk (H5Dwrite_chunk). */
shoal_status shoal_sink_write_chunk(shoal_sink *sink, uint64_t chunk_id, const void *bytes,
                                    size_t n_bytes, uint32_t mask, shoal_error *err);

/* Has a summary of the sink's chunks written at the commit (store/summary.h), as far as they are
   told with shoal_sink_keep and take at most so many bytes; what the file already has of the
   others is taken over. Nothing happens for types that have none. */
void shoal_sink_summarise(shoal_sink *sink, uint64_t most_bytes);
bool shoal_sink_summarises(const shoal_sink *sink);
/* After a chunk was written: what it holds. Its stored bytes and mask are filled in from here. */
void shoal_sink_keep(shoal_sink *sink, uint64_t chunk_id, const shoal_chunk_summary *summary,
                     size_t n_stored, uint32_t mask);

/* Reads a region (steps 1) of a dataset of the writer, through libhdf5: for appending. */
shoal_status shoal_writer_read(shoal_writer *writer, const char *path, const shoal_region *region,
                               void *buffer, size_t n_bytes, shoal_error *err);

/* Is the object a dimension scale? */
bool shoal_writer_is_scale(shoal_writer *writer, const char *path);
/* The path of the scale of an axis, malloc'd; NULL when it has none. */
shoal_status shoal_writer_scale_of(shoal_writer *writer, const char *path, int axis, char **out,
                                   shoal_error *err);

/* Texts in C order, `width` bytes each, padded with NUL. */
typedef struct shoal_texts {
    int rank;
    uint64_t shape[SHOAL_MAX_RANK];
    size_t width;
    const char *bytes;
} shoal_texts;

/* Makes a dataset of text of variable length (UTF-8), which netCDF and h5py read as strings. No
   sink: it is written whole. */
shoal_status shoal_writer_texts(shoal_writer *writer, const char *path, const shoal_texts *texts,
                                shoal_error *err);
/* Is there such a dataset, with these texts? */
bool shoal_writer_texts_equal(shoal_writer *writer, const char *path, const shoal_texts *texts);

/* Bytes that were written to the file so far by chunk writes. */
uint64_t shoal_writer_stored_bytes(const shoal_writer *writer);

/* An attribute that is an array of texts (variable-length UTF-8), or one bool. */
shoal_status shoal_writer_attribute_texts(shoal_writer *writer, const char *path, const char *name,
                                          const char *const *texts, size_t n, shoal_error *err);
shoal_status shoal_writer_attribute_bool(shoal_writer *writer, const char *path, const char *name,
                                         bool value, shoal_error *err);

#endif
