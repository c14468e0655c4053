#include "store/hdf5_blosc.h"
#include "chunk/filter.h"
#include <hdf5.h>
#include <string.h>

/* Blosc's own limits: 32-bit sizes with room for its header of 16 bytes. */
enum { BLOSC_HEADER = 16, BLOSC_SIZE_AT = 4, BLOSC_MAX_TYPE = 255 };
#define BLOSC_MAX_BYTES ((size_t)INT32_MAX - BLOSC_HEADER)

/* The meaning of the filter's values, as every HDF5 plugin for Blosc stores them. */
enum { VALUE_FILTER_VERSION, VALUE_FORMAT, VALUE_TYPE_BYTES, VALUE_CHUNK_BYTES, N_FIXED_VALUES };

/* How many bytes the buffer decodes to, as its header says; 0 when it cannot be a Blosc buffer. */
static size_t decoded_bytes(const unsigned char *buffer, size_t n)
{
    if (n < BLOSC_HEADER) return 0;
    const unsigned char *p = buffer + BLOSC_SIZE_AT;
    size_t size = (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
    return size > BLOSC_MAX_BYTES ? 0 : size;
}

static size_t recode(shoal_coder *coder, const shoal_pipeline *pipeline, bool decodes, size_t raw,
                     size_t n_bytes, size_t *buf_size, void **buf)
{
    size_t room = decodes ? raw : shoal_encode_bound(pipeline, raw), n_out = raw;
    uint32_t mask = 0;
    void *out = H5allocate_memory(room, false);
    if (out == NULL) return 0;
    shoal_status status = decodes ? shoal_decode(coder, 0, *buf, n_bytes, out, NULL)
                                  : shoal_encode(coder, *buf, out, &n_out, &mask, NULL);
    if (status != SHOAL_OK || mask != 0) {
        H5free_memory(out);
        return 0;
    }
    H5free_memory(*buf);
    *buf = out;
    *buf_size = room;
    return n_out;
}

static size_t filter_run(unsigned flags, size_t n_values, const unsigned values[], size_t n_bytes,
                         size_t *buf_size, void **buf)
{
    bool decodes = (flags & H5Z_FLAG_REVERSE) != 0;
    size_t raw = decodes ? decoded_bytes(*buf, n_bytes) : n_bytes;
    if (raw == 0 || raw > BLOSC_MAX_BYTES || n_values > SHOAL_MAX_FILTER_VALUES) return 0;
    /* A damaged header must not make us allocate; filters before this one may add a little. */
    if (decodes && n_values > VALUE_CHUNK_BYTES && values[VALUE_CHUNK_BYTES] != 0 &&
        raw / 2 > values[VALUE_CHUNK_BYTES])
        return 0;
    shoal_pipeline pipeline = {.n = 1};
    shoal_filter *filter = &pipeline.filter[0];
    filter->id = SHOAL_FILTER_BLOSC;
    filter->optional = (flags & H5Z_FLAG_OPTIONAL) != 0;
    filter->n_values = (uint32_t)n_values;
    for (size_t k = 0; k < n_values; k++) filter->values[k] = values[k];
    if (n_values > VALUE_CHUNK_BYTES) filter->values[VALUE_CHUNK_BYTES] = (uint32_t)raw;
    shoal_coder *coder = NULL;
    if (shoal_coder_new(&pipeline, raw, !decodes, &coder, NULL) != SHOAL_OK) return 0;
    size_t n = recode(coder, &pipeline, decodes, raw, n_bytes, buf_size, buf);
    shoal_coder_free(coder);
    return n;
}

/* A dataset that is made with fewer or empty values (by other users of this libhdf5) gets those
   that depend on it; values that are there stay as they are. */
static herr_t filter_set_local(hid_t plist, hid_t type, hid_t space)
{
    (void)space;
    unsigned flags = 0, values[SHOAL_MAX_FILTER_VALUES] = {0};
    size_t n = SHOAL_MAX_FILTER_VALUES, type_bytes = H5Tget_size(type);
    hsize_t chunk[H5S_MAX_RANK], bytes = type_bytes;
    int rank = H5Pget_chunk(plist, H5S_MAX_RANK, chunk);
    if (H5Pget_filter_by_id2(plist, SHOAL_FILTER_BLOSC, &flags, &n, values, 0, NULL, NULL) < 0 ||
        n > SHOAL_MAX_FILTER_VALUES || rank < 0 || type_bytes == 0)
        return -1;
    for (int k = 0; k < rank; k++) bytes *= chunk[k];
    const unsigned wanted[N_FIXED_VALUES] = {
        2, 2, type_bytes > BLOSC_MAX_TYPE ? 1 : (unsigned)type_bytes, (unsigned)bytes};
    for (size_t k = 0; k < N_FIXED_VALUES; k++)
        if (values[k] == 0) values[k] = wanted[k];
    if (n < N_FIXED_VALUES) n = N_FIXED_VALUES;
    return H5Pmodify_filter(plist, SHOAL_FILTER_BLOSC, flags, n, values);
}

static const H5Z_class2_t blosc_class = {
    .version = H5Z_CLASS_T_VERS,
    .id = (H5Z_filter_t)SHOAL_FILTER_BLOSC,
    .encoder_present = 1,
    .decoder_present = 1,
    .name = "blosc",
    .set_local = filter_set_local,
    .filter = filter_run,
};

void shoal_hdf5_blosc_register(void)
{
    H5Zregister(&blosc_class);
}
