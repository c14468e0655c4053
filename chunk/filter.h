/* Filters: the stages that turn a chunk's elements into its bytes in the file, and back.
   One file a filter (filter_blosc.c, ...), registered in one table in filter.c. */
#ifndef SHOAL_CHUNK_FILTER_H
#define SHOAL_CHUNK_FILTER_H

#include <shoal/shoal.h>

enum {
    SHOAL_MAX_FILTERS = 32,
    SHOAL_MAX_FILTER_VALUES = 1024, /* of all filters of a pipeline together */
};

enum {
    SHOAL_FILTER_DEFLATE = 1,
    SHOAL_FILTER_SHUFFLE = 2,
    SHOAL_FILTER_FLETCHER32 = 3,
    SHOAL_FILTER_SZIP = 4,
    SHOAL_FILTER_NBIT = 5,
    SHOAL_FILTER_SCALEOFFSET = 6,
    SHOAL_FILTER_BZIP2 = 307,
    SHOAL_FILTER_LZF = 32000,
    SHOAL_FILTER_BLOSC = 32001,
    SHOAL_FILTER_LZ4 = 32004,
    SHOAL_FILTER_BITSHUFFLE = 32008,
    SHOAL_FILTER_ZFP = 32013,
    SHOAL_FILTER_ZSTD = 32015,
};

/* A filter's parameters: HDF5's cd_values. */
typedef struct shoal_parameters {
    const uint32_t *value;
    uint32_t n;
} shoal_parameters;

/* A decoder from outside this room for a filter that has no row in its table. Outlives every
   pipeline and coder that refers to it; may be called from several threads at once. */
typedef struct shoal_filter_plugin shoal_filter_plugin;
struct shoal_filter_plugin {
    uint16_t id;
    /* As shoal_decode, but to at most `capacity` bytes; *n_dst tells how many. */
    shoal_status (*decode)(const shoal_filter_plugin *plugin, shoal_parameters parameters,
                           const void *src, size_t n_src, void *dst, size_t capacity, size_t *n_dst,
                           shoal_error *err);
};

typedef struct shoal_filter {
    uint16_t id;
    bool optional;
    uint32_t n_values, first_value;    /* where its parameters are among the pipeline's values */
    const shoal_filter_plugin *plugin; /* NULL: only this room's own filters decode it */
} shoal_filter;

/* In the order in which they encode. All zeros: no filters. */
typedef struct shoal_pipeline {
    int n;
    uint32_t n_values;
    shoal_filter filter[SHOAL_MAX_FILTERS];
    uint32_t value[SHOAL_MAX_FILTER_VALUES];
} shoal_pipeline;

/* Appends a filter. SHOAL_DATA when there are too many filters or values. */
shoal_status shoal_pipeline_add(shoal_pipeline *pipeline, uint16_t id, bool optional,
                                const uint32_t *values, size_t n_values, shoal_error *err);

/* The parameters of filter k, inside the pipeline. */
shoal_parameters shoal_pipeline_parameters(const shoal_pipeline *pipeline, int k);

bool shoal_pipeline_equal(const shoal_pipeline *a, const shoal_pipeline *b);

/* The pipeline that a codec's name asks for ("blosc:lz4:5:shuffle", "gzip:4+fletcher32", "none",
   NULL for the default) over elements of the type in chunks of chunk_bytes. SHOAL_USAGE with a
   hint otherwise. */
shoal_status shoal_pipeline_parse(const char *codec, shoal_type type, size_t chunk_bytes,
                                  shoal_pipeline *out, shoal_error *err);

/* The pipeline for people: "shuffle, gzip(4)"; names unknown filters by number. */
void shoal_pipeline_describe(const shoal_pipeline *pipeline, char *text, size_t capacity);

/* The registered name of a filter by number ("zfp"), or NULL. */
const char *shoal_filter_name(uint16_t id);

/* SHOAL_DATA: "filter 32013 (zfp) is not built in", and the package that has a plugin for it. */
shoal_status shoal_filter_fail_unknown(uint16_t id, shoal_error *err);

/* False when a filter of the pipeline cannot be decoded here; *unknown tells its number. */
bool shoal_pipeline_decodes(const shoal_pipeline *pipeline, uint16_t *unknown);

/* Is a part of a chunk decoded at about the price of that part? */
bool shoal_pipeline_has_blocks(const shoal_pipeline *pipeline);

/* A coder is one worker's: its scratch memory and its libraries' contexts for one pipeline and
   chunk size. Not to be shared between threads. Encoding and decoding allocate nothing more. */
typedef struct shoal_coder shoal_coder;

shoal_status shoal_coder_new(const shoal_pipeline *pipeline, size_t chunk_bytes, bool encodes,
                             shoal_coder **out, shoal_error *err);
void shoal_coder_free(shoal_coder *coder);
/* What shoal_coder_new allocates at most, for a plan's account; and how much of that is held only
   while it encodes or decodes. */
size_t shoal_coder_bytes(const shoal_pipeline *pipeline, size_t chunk_bytes, bool encodes);
size_t shoal_coder_passing_bytes(const shoal_pipeline *pipeline, size_t chunk_bytes, bool encodes);

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

/* The same for data whose decoded size is not known: to at most chunk_bytes; *n_dst tells how many.
 */
shoal_status shoal_decode_at_most(shoal_coder *coder, uint32_t mask, const void *src, size_t n_src,
                                  void *dst, size_t *n_dst, shoal_error *err);

/* Decodes at least the bytes [first, first + n) of the chunk to the same offsets of dst (which is
   chunk_bytes large; other bytes are unspecified), touching only the codec's blocks that hold them
   where the codec has blocks; else decodes all. */
shoal_status shoal_decode_range(shoal_coder *coder, uint32_t mask, const void *src, size_t n_src,
                                size_t first, size_t n, void *dst, shoal_error *err);

/* Decoding in pieces, for whoever uses each while it is in the cache. The step of this encoded
   chunk in bytes: pieces begin and end at multiples of it, or at the chunk's end. 0: it only
   decodes whole. */
size_t shoal_decode_step(const shoal_coder *coder, uint32_t mask, const void *src, size_t n_src);
/* Undoes all filters but the last one; for a chunk with a step. */
shoal_status shoal_decode_begin(shoal_coder *coder, uint32_t mask, const void *src, size_t n_src,
                                shoal_error *err);
/* Then the next n bytes of the chunk, from `first` on, to dst, until it ends. */
shoal_status shoal_decode_piece(shoal_coder *coder, size_t first, size_t n, void *dst,
                                shoal_error *err);

/* The codec's block size inside this encoded chunk, 1 when its bytes are stored as they are, or 0
   when it only decodes whole. */
size_t shoal_decode_block(const shoal_coder *coder, uint32_t mask, const void *src, size_t n_src);

#endif
