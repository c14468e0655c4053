/* zfp, as the registered filter stores it: the parameters are the library's header, in 32-bit words
   behind one of versions, and a chunk is the stream of all blocks. */
#include "chunk/checked.h"
#include "chunk/filter_stage.h"

#include <stdlib.h>
#include <string.h>
#include <zfp.h>

enum { VALUE_HEADER = 1, MAX_HEADER_WORDS = 32, BLOCK_SIDE = 4 };

/* Allocated when a coder is made; a chunk only fills `room` and rewinds. */
typedef struct tools {
    bool swaps; /* written where the byte order is the other one, as its numbers in the file are */
    zfp_field *field;
    zfp_stream *stream;
    bitstream *bits;
    size_t n_raw, n_room;
    uint64_t *room; /* the stream, with all that a damaged one can read behind it */
    uint64_t header[MAX_HEADER_WORDS];
} tools;

static void free_tools(tools *t)
{
    if (t == NULL) return;
    if (t->field != NULL) zfp_field_free(t->field);
    if (t->stream != NULL) zfp_stream_close(t->stream);
    if (t->bits != NULL) stream_close(t->bits);
    free(t->room);
    free(t);
}

static void close_stage(shoal_stage *stage)
{
    free_tools(stage->decoder);
    stage->decoder = NULL;
}

/* Reads the parameters' header into field and stream. On machines of the other byte order its words
   are stored swapped. */
static bool read_header(tools *t, shoal_parameters p)
{
    uint32_t words[2 * MAX_HEADER_WORDS] = {0};
    size_t n = p.n > VALUE_HEADER ? p.n - VALUE_HEADER : 0;
    if (n == 0 || n > MAX_HEADER_WORDS) return false;
    for (int swapped = 0; swapped < 2; swapped++) {
        for (size_t k = 0; k < n; k++)
            words[k] =
                swapped ? __builtin_bswap32(p.value[VALUE_HEADER + k]) : p.value[VALUE_HEADER + k];
        memcpy(t->header, words, sizeof t->header);
        bitstream *bits = stream_open(t->header, sizeof t->header);
        if (bits == NULL) return false;
        zfp_stream_set_bit_stream(t->stream, bits);
        zfp_stream_rewind(t->stream);
        bool fine = zfp_read_header(t->stream, t->field, ZFP_HEADER_FULL) != 0;
        stream_close(bits);
        zfp_stream_set_bit_stream(t->stream, NULL);
        t->swaps = swapped;
        if (fine) return true;
    }
    return false;
}

/* The most bytes that decoding looks at, whatever they are: for each bit of each number in a block
   two bits of the stream at most, and a little. 0 when a block is made to take more than that. */
static size_t most_read(const tools *t)
{
    size_t extent[4], n_values = 1, n_blocks = 1;
    unsigned rank = zfp_field_dimensionality(t->field);
    unsigned precision = zfp_field_precision(t->field);
    (void)zfp_field_size(t->field, extent);
    for (unsigned k = 0; k < rank; k++) {
        n_values *= BLOCK_SIDE;
        n_blocks *= (extent[k] + BLOCK_SIDE - 1) / BLOCK_SIDE; /* at most the field's numbers */
    }
    size_t n_bits = 128 + (size_t)precision * (2 * n_values + 1), n;
    if (t->stream->minbits > n_bits) return 0;
    if (!shoal_mul_size(n_blocks, n_bits, &n)) return 0;
    return n / 8 + 64;
}

static const char *make_tools(tools *t, shoal_parameters p, size_t n_raw)
{
    t->field = zfp_field_alloc();
    t->stream = zfp_stream_open(NULL);
    if (t->field == NULL || t->stream == NULL) return "no memory for its tables";
    if (!read_header(t, p)) return "its parameters have no header of this version";
    t->n_raw = zfp_field_size_bytes(t->field);
    if (t->n_raw == 0 || t->n_raw > n_raw) return "its parameters are for other chunks";
    size_t n_read = most_read(t), n_written = zfp_stream_maximum_size(t->stream, t->field);
    if (n_read == 0) return "its mode makes no sense";
    t->n_room = n_read > n_written ? n_read : n_written;
    t->room = calloc(t->n_room / sizeof *t->room + 2, sizeof *t->room);
    t->bits = t->room == NULL ? NULL : stream_open(t->room, t->n_room);
    if (t->bits == NULL) return "no memory for a chunk's stream";
    zfp_stream_set_bit_stream(t->stream, t->bits);
    return NULL;
}

static shoal_status open_stage(shoal_stage *stage, bool encodes, shoal_error *err)
{
    (void)encodes;
    tools *t = calloc(1, sizeof *t);
    if (t == NULL) return shoal_fail(err, SHOAL_MEMORY, "zfp: no memory for its tables");
    const char *wrong = make_tools(t, stage->parameters, stage->n_raw);
    stage->decoder = t;
    if (wrong == NULL) return SHOAL_OK;
    bool no_memory = strncmp(wrong, "no memory", 9) == 0;
    close_stage(stage);
    return shoal_fail(err, no_memory ? SHOAL_MEMORY : SHOAL_DATA, "zfp: %s", wrong);
}

/* Chunks whose edges are no multiples of 4 have larger blocks than numbers: 4^4 for one at worst,
   so that only making the tools tells. */
static size_t context_bytes(shoal_parameters p, size_t n_raw, bool encodes)
{
    tools *t = calloc(1, sizeof *t);
    (void)encodes;
    size_t n = sizeof *t;
    if (t != NULL && make_tools(t, p, n_raw) == NULL) n += t->n_room + 1024;
    free_tools(t);
    return n;
}

static size_t bound(shoal_parameters p, size_t n_raw)
{
    size_t n = context_bytes(p, n_raw, true);
    return n > n_raw ? n : n_raw;
}

static shoal_status encode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    tools *t = stage->decoder;
    (void)err;
    *n_dst = SIZE_MAX;
    if (src.n != t->n_raw || t->swaps) return SHOAL_OK;
    zfp_field_set_pointer(t->field, (void *)(uintptr_t)src.data); /* which is only read */
    zfp_stream_rewind(t->stream);
    size_t n = zfp_compress(t->stream, t->field);
    if (n == 0 || n > capacity) return SHOAL_OK;
    memcpy(dst, t->room, n);
    *n_dst = n;
    return SHOAL_OK;
}

/* The stream gives numbers of this machine, but the file has them in its writer's order. */
static void swap_all(uint8_t *data, size_t n, size_t size)
{
    for (size_t k = 0; k + size <= n; k += size) {
        uint64_t number = 0;
        memcpy(&number, data + k, size);
        number = __builtin_bswap64(number) >> (64 - 8 * size);
        memcpy(data + k, &number, size);
    }
}

static shoal_status decode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    tools *t = stage->decoder;
    if (t->n_raw > capacity)
        return shoal_fail(err, SHOAL_DATA, "zfp: the data decode to more than %zu bytes", capacity);
    size_t n = src.n < t->n_room ? src.n : t->n_room;
    if (n > 0) memcpy(t->room, src.data, n);
    memset((uint8_t *)t->room + n, 0, sizeof *t->room);
    zfp_field_set_pointer(t->field, dst);
    zfp_stream_rewind(t->stream);
    size_t n_read = zfp_decompress(t->stream, t->field);
    if (n_read == 0 || n_read > shoal_ceil_div(n, sizeof *t->room) * sizeof *t->room)
        return shoal_fail(err, SHOAL_DATA, "zfp: the data are damaged");
    if (t->swaps) swap_all(dst, t->n_raw, zfp_field_precision(t->field) / 8);
    *n_dst = t->n_raw;
    return SHOAL_OK;
}

const shoal_filter_row shoal_filter_zfp = {
    .id = SHOAL_FILTER_ZFP,
    .name = "zfp",
    .compresses = true,
    .open = open_stage,
    .close = close_stage,
    .context_bytes = context_bytes,
    .bound = bound,
    .encode = encode,
    .decode = decode,
};
