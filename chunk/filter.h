/* Filters: the stages that turn a chunk's elements into its bytes in the file, and back.
   One file a filter (filter_blosc.c, ...), registered in one table in filter.c. */
#ifndef SHOAL_CHUNK_FILTER_H
#define SHOAL_CHUNK_FILTER_H

#include <shoal/shoal.h>

#define SHOAL_MAX_FILTERS       32
#define SHOAL_MAX_FILTER_VALUES 20

enum {
    SHOAL_FILTER_DEFLATE = 1,
    SHOAL_FILTER_SHUFFLE = 2,
    SHOAL_FILTER_FLETCHER32 = 3,
    SHOAL_FILTER_BLOSC = 32001,
};

typedef struct shoal_filter {
    uint16_t id;
    bool optional;
    uint32_t n_values;
    uint32_t values[SHOAL_MAX_FILTER_VALUES]; /* HDF5's cd_values */
} shoal_filter;

/* In the order in which they encode. */
typedef struct shoal_pipeline {
    int n;
    shoal_filter filter[SHOAL_MAX_FILTERS];
} shoal_pipeline;

/* The pipeline that a codec's name asks for ("blosc:lz4:5:shuffle", "gzip:4", "none", NULL for the
   default) over elements of the type in chunks of chunk_bytes. SHOAL_USAGE with a hint otherwise.
 */
shoal_status shoal_pipeline_parse(const char *codec, shoal_type type, size_t chunk_bytes,
                                  shoal_pipeline *out, shoal_error *err);

/* The pipeline for people: "shuffle, gzip(4)"; names unknown filters by number. */
void shoal_pipeline_describe(const shoal_pipeline *pipeline, char *text, size_t capacity);

/* The registered name of a filter by number ("zfp"), or NULL. */
const char *shoal_filter_name(uint16_t id);

/* False when a filter of the pipeline cannot be decoded here; *unknown tells its number. */
bool shoal_pipeline_decodes(const shoal_pipeline *pipeline, uint16_t *unknown);

/* A coder is one worker's: its scratch memory and its libraries' contexts for one pipeline and
   chunk size. Not to be shared between threads. Encoding and decoding allocate nothing more. */
typedef struct shoal_coder shoal_coder;

shoal_status shoal_coder_new(const shoal_pipeline *pipeline, size_t chunk_bytes, bool encodes,
                             shoal_coder **out, shoal_error *err);
void shoal_coder_free(shoal_coder *coder);
/* What shoal_coder_new allocates at most, for a plan's account. */
size_t shoal_coder_bytes(const shoal_pipeline *pipeline, size_t chunk_bytes, bool encodes);

/* The most bytes that encoding a chunk can give. */
size_t shoal_encode_bound(const shoal_pipeline *pipeline, size_t chunk_bytes);

/* Encodes chunk_bytes from src to dst (shoal_encode_bound bytes large). *mask gets HDF5's filter
   mask: bit k set when filter k was left out because it did not make the chunk smaller (optional
   filters only). */
shoal_status shoal_encode(shoal_coder *coder, const void *src, void *dst, size_t *n_dst,
                          uint32_t *mask, shoal_error *err);

/* Decodes n_src bytes to exactly chunk_bytes in dst. Any input bytes are safe. Errors are
   SHOAL_DATA and say which filter and what; the caller adds file, dataset and chunk. */
shoal_status shoal_decode(shoal_coder *coder, uint32_t mask, const void *src, size_t n_src,
                          void *dst, shoal_error *err);

/* Decodes at least the bytes [first, first + n) of the chunk to the same offsets of dst (which is
   chunk_bytes large; other bytes are unspecified), touching only the codec's blocks that hold them
   where the codec has blocks; else decodes all. */
shoal_status shoal_decode_range(shoal_coder *coder, uint32_t mask, const void *src, size_t n_src,
                                size_t first, size_t n, void *dst, shoal_error *err);

/* The codec's block size inside this encoded chunk, 1 when its bytes are stored as they are, or 0
   when it only decodes whole. */
size_t shoal_decode_block(const shoal_coder *coder, uint32_t mask, const void *src, size_t n_src);

#endif
