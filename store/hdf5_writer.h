/* What the files of the writer share. Included by store/hdf5_*.c alone. */
#ifndef SHOAL_STORE_HDF5_WRITER_H
#define SHOAL_STORE_HDF5_WRITER_H

#include "store/commit.h"
#include "store/hdf5_driver.h"
#include "store/hdf5_library.h"
#include "store/summary.h"
#include "store/writer.h"

struct shoal_sink {
    shoal_writer *writer;
    char *path; /* clean */
    hid_t dataset, memory_type;
    shoal_type type;
    shoal_grid grid; /* not chunked: pieces of about 1 MiB of whole runs */
    shoal_pipeline pipeline;
    bool is_chunked;      /* chunks that are encoded here can be written */
    uint8_t *fill;        /* one element */
    uint64_t first_fresh; /* no chunk from this id on was written yet; UINT64_MAX: not known */
    bool is_stale;        /* libhdf5 remembers a chunk that was written past it */
    size_t cache_bytes;   /* libhdf5's chunk cache for it */
    bool is_touched;      /* was written to, or grew: what was kept before may no longer hold */
    struct {
        uint64_t n, most; /* records, and how many there may be; 0: none are kept */
        shoal_chunk_summary *chunk;
    } kept;
    shoal_sink *next;
};

/* Buffers for encoding inside shoal_writer_write; one set, of the sink that was written last. */
typedef struct shoal_writer_scratch {
    const shoal_sink *owner;
    shoal_coder *encoder, *decoder; /* the decoder only once a chunk had to be changed */
    uint8_t *chunk, *encoded;
    size_t n_encoded; /* room for encoded bytes */
} shoal_writer_scratch;

struct shoal_writer {
    shoal_commit commit;
    shoal_hdf5_target *target;
    hid_t file;
    shoal_sink *sinks; /* the one used last comes first */
    shoal_writer_scratch scratch;
    uint64_t stored_bytes;
    bool recycles;      /* the file may have free space that holds old content */
    uint64_t old_stamp; /* of the file that is updated; 0: it has none */
    bool is_stamped;    /* and that holds */
};

/* The functions below are called with the HDF5 lock held. */

/* The sink of a clean path, opened when it is not yet. SHOAL_USAGE when there is no dataset. */
shoal_status shoal_writer_find_sink(shoal_writer *writer, const char *path, shoal_sink **out,
                                    shoal_error *err);
/* Adds the sink of a dataset that was just opened, or made (is_new); takes the handle in any case.
 */
shoal_status shoal_writer_add_sink(shoal_writer *writer, const char *path, hid_t dataset,
                                   bool is_new, shoal_sink **out, shoal_error *err);
/* Reads the shape of a sink's dataset again. */
shoal_status shoal_sink_refresh(shoal_sink *sink, shoal_error *err);
/* To be called before libhdf5 itself reads or writes elements of the dataset. */
shoal_status shoal_sink_settle(shoal_sink *sink, shoal_error *err);
/* The stored size of the chunk at an offset, 0 when it was never written. */
bool shoal_sink_stored(const shoal_sink *sink, const hsize_t *offset, hsize_t *n_bytes);
/* Forgets the sinks at and below a clean path; "/" means all. */
void shoal_writer_drop_sinks(shoal_writer *writer, const char *path);
void shoal_writer_free_scratch(shoal_writer *writer);

/* "cannot do: FILE:/path" with libhdf5's reason. */
shoal_status shoal_sink_fail(const shoal_sink *sink, const char *what, shoal_error *err);

#endif
