/* Ingesting arrays: what its parts share. */
#ifndef SHOAL_COMPUTE_INGEST_ARRAY_H
#define SHOAL_COMPUTE_INGEST_ARRAY_H

#include "compute/array_source.h"
#include "compute/chunk_output.h"
#include "store/byte_stream.h"

/* One array's way into one dataset. */
typedef struct shoal_array_ingest {
    const shoal_ingest_params *params;
    const shoal_run_options *options;
    shoal_writer *writer;
    const char *path;
    bool replace;       /* an object of that name is replaced */
    uint64_t n_before;  /* rows of the dataset that is appended to */
    uint64_t n_rows;    /* ingested */
    uint64_t raw_bytes; /* of them */
    shoal_chunk_output output;
} shoal_array_ingest;

/* What is known of the array before it is read. */
typedef struct shoal_array_form {
    const char *name; /* of the source, for messages */
    shoal_type type;
    int rank;
    uint64_t shape[SHOAL_MAX_RANK];
    bool grows;            /* shape[0] is 0 as the number of rows is not known yet */
    const uint64_t *chunk; /* a chunk shape that suits the source, or NULL */
    bool keep_chunk;       /* it is used whatever its size */
    const uint8_t *fill;   /* the source's fill value, or NULL */
} shoal_array_form;

bool shoal_ingest_chunk_given(const shoal_ingest_params *params);

/* Makes the dataset, or with append takes the one that is there and suits. */
shoal_status shoal_ingest_begin(shoal_array_ingest *ingest, const shoal_array_form *form,
                                shoal_error *err);

/* The rows of an unfinished last chunk of the dataset that is appended to, as a part that comes
   first: those chunks are written again whole. SHOAL_MEMORY when they are more than `limit`. */
shoal_status shoal_ingest_tail(shoal_array_ingest *ingest, uint64_t limit, shoal_part *out,
                               shoal_error *err);
uint64_t shoal_ingest_tail_rows(const shoal_array_ingest *ingest);

/* The two engines: sources whose parts can be read in any order, and streams. */
shoal_status shoal_ingest_parts(shoal_array_ingest *ingest, shoal_parts *parts, shoal_error *err);
/* `form` as the stream's header has it; `big_endian` of its elements; C order only. The stream must
   end where the form does when `exact`. */
shoal_status shoal_ingest_stream(shoal_array_ingest *ingest, shoal_byte_stream *stream,
                                 const shoal_array_form *form, bool big_endian, bool exact,
                                 shoal_error *err);

/* Can a stream of this form go chunk by chunk within the memory allowed? Fills in form->chunk from
   `chunk` where it is free to choose. Else it must be spooled, and be ingested as a part. */
bool shoal_ingest_streams(shoal_array_ingest *ingest, shoal_array_form *form,
                          uint64_t chunk[SHOAL_MAX_RANK]);

/* Brings the attributes and dimension scales of HDF5 parts along: to a new dataset, or (the scale
   of axis 0) to the one that was appended to. */
shoal_status shoal_ingest_meaning(const shoal_array_ingest *ingest, const shoal_parts *parts,
                                  bool is_new, shoal_error *err);

/* shoal_ingest for NPY, NPZ, RAW and HDF5 sources. */
shoal_status shoal_ingest_array(const shoal_ingest_params *params, shoal_format format,
                                const shoal_run_options *options, shoal_ingest_result *result,
                                shoal_error *err);

#endif
