/* What a filter gives to the table in filter.c. Private to this room. */
#ifndef SHOAL_CHUNK_FILTER_STAGE_H
#define SHOAL_CHUNK_FILTER_STAGE_H

#include "chunk/error.h"
#include "chunk/filter.h"

/* One filter of a coder's pipeline with what it needs to run. */
typedef struct shoal_stage {
    const struct shoal_filter_row *row;
    shoal_parameters parameters;
    const shoal_filter_plugin *plugin; /* NULL for the filters of this room */
    bool optional;
    size_t n_raw;  /* the most bytes on its decoded side */
    void *decoder; /* the library's contexts, where it has any */
    void *encoder; /* NULL in a coder that only decodes */
} shoal_stage;

typedef struct shoal_span {
    const uint8_t *data;
    size_t n;
} shoal_span;

typedef struct shoal_filter_row {
    uint16_t id;
    const char *name;
    bool compresses; /* encoding is left out, when optional, where it gives no fewer bytes */

    /* Checks the parameters and makes the contexts. NULL: nothing to do. A failed open leaves
       nothing behind. */
    shoal_status (*open)(shoal_stage *stage, bool encodes, shoal_error *err);
    void (*close)(shoal_stage *stage);
    /* What open allocates at most, and what the library does besides, only while it runs. NULL:
       nothing. */
    size_t (*context_bytes)(shoal_parameters parameters, size_t n_raw, bool encodes);
    size_t (*passing_bytes)(shoal_parameters parameters, size_t n_raw, bool encodes);

    /* The most bytes that encoding n_raw gives; SIZE_MAX when that is too many to count. */
    size_t (*bound)(shoal_parameters parameters, size_t n_raw);
    /* Writes at most `capacity` bytes to dst. Encoding reports *n_dst = SIZE_MAX when the
       outcome does not fit there. */
    shoal_status (*encode)(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err);
    shoal_status (*decode)(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err);
    /* Instead of decode, for filters that only append: checks *span and cuts it. */
    shoal_status (*strip)(const shoal_stage *stage, shoal_span *span, shoal_error *err);

    /* Decodes the bytes [first, first + n) of exactly n_raw bytes, and perhaps more. NULL: the
       filter only decodes whole. */
    shoal_status (*decode_range)(const shoal_stage *stage, shoal_span src, size_t n_raw,
                                 size_t first, size_t n, uint8_t *dst, shoal_error *err);
    /* The codec's block in these encoded bytes, or 0 when they only decode whole. */
    size_t (*block)(const shoal_stage *stage, shoal_span src, size_t n_raw);

    /* Decoding in pieces, from the first one on: each begins and ends at a multiple of the step, or
       at the end. The step of these encoded bytes, 0 when they only decode whole; src is {NULL, 0}
       where other filters are undone before. */
    size_t (*step)(const shoal_stage *stage, shoal_span src, size_t n_raw);
    /* The bytes [first, first + n) of exactly n_raw to dst; *at is the filter's own note of where
       it is in src, 0 at first. */
    shoal_status (*decode_piece)(const shoal_stage *stage, shoal_span src, size_t n_raw,
                                 size_t first, size_t n, uint8_t *dst, size_t *at,
                                 shoal_error *err);
    /* For people: "gzip(4)". NULL: the name alone. */
    void (*describe)(shoal_parameters parameters, char *text, size_t capacity);
} shoal_filter_row;

extern const shoal_filter_row shoal_filter_bitshuffle;
extern const shoal_filter_row shoal_filter_blosc;
extern const shoal_filter_row shoal_filter_bzip2;
extern const shoal_filter_row shoal_filter_deflate;
extern const shoal_filter_row shoal_filter_fletcher32;
extern const shoal_filter_row shoal_filter_lz4;
extern const shoal_filter_row shoal_filter_lzf;
extern const shoal_filter_row shoal_filter_nbit;
extern const shoal_filter_row shoal_filter_scaleoffset;
extern const shoal_filter_row shoal_filter_shuffle;
extern const shoal_filter_row shoal_filter_szip;
extern const shoal_filter_row shoal_filter_zfp;
extern const shoal_filter_row shoal_filter_zstd;
extern const shoal_filter_row shoal_filter_plugged; /* stands for every filter with a plugin */

/* NULL when the filter cannot be run here. */
const shoal_filter_row *shoal_filter_row_of(const shoal_filter *filter);

/* Parameter k, or `otherwise` where the filter has fewer. */
static inline uint32_t shoal_parameter(shoal_parameters parameters, uint32_t k, uint32_t otherwise)
{
    return parameters.n > k ? parameters.value[k] : otherwise;
}

/* n_raw + extra; SIZE_MAX when that is too many to count. */
static inline size_t shoal_bound_with(size_t n_raw, size_t extra)
{
    return extra > SIZE_MAX - n_raw ? SIZE_MAX : n_raw + extra;
}

#endif
