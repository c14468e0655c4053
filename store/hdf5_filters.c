#include "store/hdf5_filters.h"

#include "chunk/filter.h"
#include "store/hdf5_library.h"

#include <string.h>

enum { BLOSC_HEADER = 16, BLOSC_SIZE_AT = 4, BLOSC_MAX_TYPE = 255 };
enum { VALUE_TYPE_BYTES = 2, VALUE_CHUNK_BYTES = 3, N_FIXED_VALUES = 4, MAX_VALUES = 20 };

/* A filter's function is not told how many bytes it shall decode to: so many at first, then twice
   as many, while that is not far from what was stored. */
enum { FIRST_RATIO = 8, MOST_RATIO = 4096, SMALLEST_ROOM = 64 << 10 };

static size_t load_le32(const unsigned char *p)
{
    return (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
}

/* What the chunk or its parameters say about the decoded size; 0: nothing. A damaged header must
   not make us allocate; filters before this one may add a little. */
static size_t stated_bytes(uint16_t id, shoal_parameters p, const unsigned char *data, size_t n)
{
    if (id == SHOAL_FILTER_LZF) return p.n > 2 ? p.value[2] : 0;
    if (id != SHOAL_FILTER_BLOSC || n < BLOSC_HEADER) return 0;
    size_t size = load_le32(data + BLOSC_SIZE_AT);
    size_t chunk = p.n > VALUE_CHUNK_BYTES ? p.value[VALUE_CHUNK_BYTES] : 0;
    return chunk != 0 && size / 2 > chunk ? 0 : size;
}

/* Decodes to at most `room` bytes in *out. 0 when it cannot be done. */
static size_t decode_to(const shoal_pipeline *pipeline, const void *src, size_t n_src, size_t room,
                        void **out)
{
    shoal_coder *coder = NULL;
    size_t n = 0;
    if (shoal_coder_new(pipeline, room, false, &coder, NULL) != SHOAL_OK) return 0;
    *out = H5allocate_memory(room, false);
    if (*out != NULL && shoal_decode_at_most(coder, 0, src, n_src, *out, &n, NULL) != SHOAL_OK)
        n = 0;
    shoal_coder_free(coder);
    if (n == 0) H5free_memory(*out);
    return n;
}

static size_t decode(const shoal_pipeline *pipeline, size_t n_src, size_t *room, void **buffer)
{
    shoal_parameters p = shoal_pipeline_parameters(pipeline, 0);
    size_t first = stated_bytes(pipeline->filter[0].id, p, *buffer, n_src), n = 0;
    size_t least = n_src * FIRST_RATIO, most = n_src * MOST_RATIO;
    void *out = NULL;
    if (n_src > SIZE_MAX / MOST_RATIO) return 0;
    if (least < SMALLEST_ROOM) least = SMALLEST_ROOM;
    if (first > 0) n = decode_to(pipeline, *buffer, n_src, first, &out);
    for (*room = first; n == 0 && least <= most; least *= 2)
        n = decode_to(pipeline, *buffer, n_src, *room = least, &out);
    if (n == 0) return 0;
    H5free_memory(*buffer);
    *buffer = out;
    return n;
}

static size_t encode(const shoal_pipeline *pipeline, size_t n_src, size_t *room, void **buffer)
{
    shoal_coder *coder = NULL;
    uint32_t mask = 0;
    size_t n = 0;
    *room = shoal_encode_bound(pipeline, n_src);
    if (shoal_coder_new(pipeline, n_src, true, &coder, NULL) != SHOAL_OK) return 0;
    void *out = H5allocate_memory(*room, false);
    if (out != NULL &&
        (shoal_encode(coder, *buffer, out, &n, &mask, NULL) != SHOAL_OK || mask != 0))
        n = 0;
    shoal_coder_free(coder);
    if (n == 0) {
        H5free_memory(out);
        return 0;
    }
    H5free_memory(*buffer);
    *buffer = out;
    return n;
}

static size_t run(uint16_t id, unsigned flags, size_t n_values, const unsigned values[],
                  size_t n_src, size_t *room, void **buffer)
{
    shoal_pipeline pipeline = {.n = 0};
    bool optional = (flags & H5Z_FLAG_OPTIONAL) != 0, decodes = (flags & H5Z_FLAG_REVERSE) != 0;
    size_t n_room = 0;
    if (n_src == 0 ||
        shoal_pipeline_add(&pipeline, id, optional, values, n_values, NULL) != SHOAL_OK)
        return 0;
    if (id == SHOAL_FILTER_BLOSC && n_values > VALUE_CHUNK_BYTES && !decodes)
        pipeline.value[VALUE_CHUNK_BYTES] = (uint32_t)n_src;
    size_t n = decodes ? decode(&pipeline, n_src, &n_room, buffer)
                       : encode(&pipeline, n_src, &n_room, buffer);
    if (n > 0) *room = n_room;
    return n;
}

/* ---- Parameters that depend on the dataset, for other users of this libhdf5 in the process; those
   that are there stay as they are ---- */

typedef struct local {
    unsigned flags, values[MAX_VALUES];
    size_t n, type_bytes;
    unsigned chunk_bytes;
} local;

static bool look_up(hid_t plist, hid_t type, uint16_t id, local *out)
{
    hsize_t chunk[H5S_MAX_RANK], bytes;
    int rank = H5Pget_chunk(plist, H5S_MAX_RANK, chunk);
    *out = (local){.n = MAX_VALUES, .type_bytes = H5Tget_size(type)};
    if (rank < 0 || out->type_bytes == 0 ||
        H5Pget_filter_by_id2(plist, id, &out->flags, &out->n, out->values, 0, NULL, NULL) < 0 ||
        out->n > MAX_VALUES)
        return false;
    bytes = out->type_bytes;
    for (int k = 0; k < rank; k++) bytes *= chunk[k];
    out->chunk_bytes = (unsigned)bytes;
    return true;
}

static herr_t complete(hid_t plist, uint16_t id, local *l, const unsigned *wanted, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (l->values[k] == 0) l->values[k] = wanted[k];
    return H5Pmodify_filter(plist, id, l->flags, l->n < n ? n : l->n, l->values);
}

static herr_t set_blosc(hid_t plist, hid_t type, hid_t space)
{
    local l;
    (void)space;
    if (!look_up(plist, type, SHOAL_FILTER_BLOSC, &l)) return -1;
    const unsigned wanted[N_FIXED_VALUES] = {
        2, 2, l.type_bytes > BLOSC_MAX_TYPE ? 1 : (unsigned)l.type_bytes, l.chunk_bytes};
    return complete(plist, SHOAL_FILTER_BLOSC, &l, wanted, N_FIXED_VALUES);
}

static herr_t set_lzf(hid_t plist, hid_t type, hid_t space)
{
    local l;
    (void)space;
    if (!look_up(plist, type, SHOAL_FILTER_LZF, &l)) return -1;
    const unsigned wanted[3] = {4, 0x0105, l.chunk_bytes};
    return complete(plist, SHOAL_FILTER_LZF, &l, wanted, 3);
}

/* A user gives block, compressor and level alone: three more values come in front. */
static herr_t set_bitshuffle(hid_t plist, hid_t type, hid_t space)
{
    enum { N_USER_VALUES = 3 };
    local l;
    (void)space;
    if (!look_up(plist, type, SHOAL_FILTER_BITSHUFFLE, &l)) return -1;
    if (l.n > N_USER_VALUES) return 0;
    unsigned values[2 * N_USER_VALUES] = {0, 5, (unsigned)l.type_bytes};
    memcpy(values + N_USER_VALUES, l.values, l.n * sizeof *values);
    return H5Pmodify_filter(plist, SHOAL_FILTER_BITSHUFFLE, l.flags, l.n + N_USER_VALUES, values);
}

/* ---- The classes: libhdf5 does not tell a filter's function which filter it is ---- */

#define FILTER(word, number, set)                                                                \
    static size_t run_##word(unsigned flags, size_t n_values, const unsigned values[], size_t n, \
                             size_t *room, void **buffer)                                        \
    {                                                                                            \
        return run(number, flags, n_values, values, n, room, buffer);                            \
    }                                                                                            \
    static const H5Z_class2_t class_##word = {H5Z_CLASS_T_VERS, number, 1, 1, #word, NULL, set,  \
                                              run_##word};

FILTER(blosc, SHOAL_FILTER_BLOSC, set_blosc)
FILTER(bitshuffle, SHOAL_FILTER_BITSHUFFLE, set_bitshuffle)
FILTER(lzf, SHOAL_FILTER_LZF, set_lzf)
FILTER(lz4, SHOAL_FILTER_LZ4, NULL)
FILTER(zstd, SHOAL_FILTER_ZSTD, NULL)
FILTER(bzip2, SHOAL_FILTER_BZIP2, NULL)

void shoal_hdf5_filters_register(void)
{
    const H5Z_class2_t *const classes[] = {&class_blosc, &class_bitshuffle, &class_lzf,
                                           &class_lz4,   &class_zstd,       &class_bzip2};
    for (size_t k = 0; k < sizeof classes / sizeof *classes; k++) (void)H5Zregister(classes[k]);
}
