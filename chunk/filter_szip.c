/* szip: adaptive Rice coding by libaec, laid out as szip's own library did. Samples of 4 and 8
   bytes are coded as planes of bytes; lines whose pixels are no multiple of a block's are padded.
   In front are the decoded bytes, 4 of them, little-endian. */
#include "chunk/byte_order.h"
#include "chunk/checked.h"
#include "chunk/filter_stage.h"
#include "chunk/shuffle.h"

#include <libaec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_OPTIONS, VALUE_BLOCK_PIXELS, VALUE_SAMPLE_BITS, VALUE_LINE_PIXELS, N_VALUES };
enum { OPTION_MSB = 16, OPTION_NN = 32 };
enum { MAX_BLOCK_PIXELS = 32, MAX_LINE_PIXELS = 128 * MAX_BLOCK_PIXELS, HEADER_BYTES = 4 };

/* What libaec allocates while it runs: tables, and a few words for each pixel of a line. */
enum { LIBRARY_BYTES = (64 << 10) + 16 * (MAX_LINE_PIXELS + MAX_BLOCK_PIXELS) };

typedef struct form {
    unsigned n_planes;         /* bytes of a sample when it is coded as planes, else 1 */
    unsigned bits, n_bytes;    /* of a sample as it is coded */
    size_t block, line;        /* pixels */
    size_t line_bytes, padded; /* bytes of a line, plain and filled up with whole blocks */
    bool is_big_endian, predicts;
} form;

/* NULL, or what is wrong with the parameters. */
static const char *read_form(shoal_parameters p, form *out)
{
    *out = (form){0};
    if (p.n != N_VALUES) return "there must be 4 parameters";
    uint32_t bits = p.value[VALUE_SAMPLE_BITS];
    *out = (form){.n_planes = bits == 32 || bits == 64 ? bits / 8 : 1,
                  .block = p.value[VALUE_BLOCK_PIXELS],
                  .line = p.value[VALUE_LINE_PIXELS],
                  .is_big_endian = (p.value[VALUE_OPTIONS] & OPTION_MSB) != 0,
                  .predicts = (p.value[VALUE_OPTIONS] & OPTION_NN) != 0};
    out->bits = out->n_planes > 1 ? 8 : bits;
    if (out->bits == 0 || out->bits > 32) return "its samples' bits are not possible";
    if (out->block < 2 || out->block > MAX_BLOCK_PIXELS || out->block % 2 != 0)
        return "its blocks' pixels are not possible";
    if (out->line < out->block || out->line > MAX_LINE_PIXELS)
        return "its lines' pixels are not possible";
    out->n_bytes = out->bits > 16 ? 4 : out->bits > 8 ? 2 : 1;
    out->line_bytes = out->line * out->n_bytes;
    out->padded = (out->line + out->block - 1) / out->block * out->block * out->n_bytes;
    return NULL;
}

static bool is_padded(const form *f)
{
    return f->padded != f->line_bytes;
}

/* n bytes in padded lines; less than twice as many and a line. */
static size_t padded_bytes(const form *f, size_t n)
{
    size_t n_lines = n / f->line_bytes + (n % f->line_bytes != 0);
    return is_padded(f) ? n_lines * f->padded : n;
}

/* libaec stops at the output's end, so what it decodes to must have room for whole lines. */
static size_t scratch_bytes(const form *f, size_t n_raw, bool encodes)
{
    if (n_raw > SIZE_MAX / 4) return SIZE_MAX;
    size_t n = encodes || is_padded(f) ? padded_bytes(f, n_raw) : n_raw;
    if (encodes) n += n_raw; /* planes, and then lines */
    return n + f->padded;
}

static struct aec_stream stream_of(const form *f)
{
    unsigned flags =
        (f->is_big_endian ? AEC_DATA_MSB : 0U) | (f->predicts ? AEC_DATA_PREPROCESS : 0U);
    return (struct aec_stream){.bits_per_sample = f->bits,
                               .block_size = (unsigned)f->block,
                               .rsi = (unsigned)((f->line + f->block - 1) / f->block),
                               .flags = flags};
}

/* ---- Decoding ---- */

static void remove_padding(const form *f, uint8_t *data, size_t n)
{
    size_t from = f->padded;
    for (size_t to = f->line_bytes; to < n; to += f->line_bytes, from += f->padded)
        memmove(data + to, data + from, n - to < f->line_bytes ? n - to : f->line_bytes);
}

static shoal_status decode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    form f;
    (void)read_form(stage->parameters, &f);
    if (src.n < HEADER_BYTES) return shoal_fail(err, SHOAL_DATA, "szip: too few bytes");
    size_t n = shoal_load_le32(src.data);
    if (n > capacity || n > stage->n_raw)
        return shoal_fail(err, SHOAL_DATA, "szip: the header gives more bytes than the chunk has");
    *n_dst = n;
    if (n == 0) return SHOAL_OK;
    bool direct = f.n_planes == 1 && !is_padded(&f) && n % f.n_bytes == 0;
    uint8_t *out = direct ? dst : stage->decoder;
    struct aec_stream stream = stream_of(&f);
    stream.next_in = src.data + HEADER_BYTES;
    stream.avail_in = src.n - HEADER_BYTES;
    stream.next_out = out;
    stream.avail_out = direct ? n : shoal_ceil_div(padded_bytes(&f, n), f.n_bytes) * f.n_bytes;
    size_t n_wanted = stream.avail_out;
    if (aec_buffer_decode(&stream) != AEC_OK || n_wanted - stream.avail_out < n)
        return shoal_fail(err, SHOAL_DATA, "szip: the data are damaged");
    if (is_padded(&f)) remove_padding(&f, out, n);
    if (f.n_planes > 1)
        shoal_unshuffle(out, dst, n, f.n_planes);
    else if (!direct)
        memcpy(dst, out, n);
    return SHOAL_OK;
}

/* ---- Encoding ---- */

/* Lines are filled up with their last pixel, which costs nothing where it predicts, else zeros. */
static void add_padding(const form *f, const uint8_t *src, size_t n, uint8_t *dst)
{
    while (n > 0) {
        size_t n_line = n < f->line_bytes ? n : f->line_bytes;
        memcpy(dst, src, n_line);
        for (size_t k = n_line; k < f->padded; k++)
            dst[k] = f->predicts && n_line >= f->n_bytes
                         ? src[n_line - f->n_bytes + (k - n_line) % f->n_bytes]
                         : 0;
        src += n_line;
        n -= n_line;
        dst += f->padded;
    }
}

static shoal_status encode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    form f;
    (void)read_form(stage->parameters, &f);
    *n_dst = SIZE_MAX;
    if (src.n > UINT32_MAX || capacity < HEADER_BYTES) return SHOAL_OK;
    uint8_t *planes = stage->encoder, *lines = planes + src.n;
    if (f.n_planes > 1)
        shoal_shuffle(src.data, planes, src.n, f.n_planes);
    else if (src.n > 0)
        memcpy(planes, src.data, src.n);
    add_padding(&f, planes, src.n, lines);
    size_t n_lines = shoal_ceil_div(src.n, f.line_bytes);
    struct aec_stream stream = stream_of(&f);
    stream.flags |= AEC_NOT_ENFORCE; /* blocks of any even size */
    stream.next_in = lines;
    stream.avail_in = n_lines * f.padded;
    stream.next_out = dst + HEADER_BYTES;
    stream.avail_out = capacity - HEADER_BYTES;
    if (src.n > 0) {
        int result = aec_buffer_encode(&stream);
        if (result == AEC_STREAM_ERROR) return SHOAL_OK; /* no room */
        if (result != AEC_OK)
            return shoal_fail(err, SHOAL_SYSTEM, "szip: libaec failed to encode (%d)", result);
    }
    shoal_store_le32(dst, (uint32_t)src.n);
    *n_dst = capacity - stream.avail_out;
    return SHOAL_OK;
}

/* ---- The filter ---- */

static void close_stage(shoal_stage *stage)
{
    if (stage->encoder != stage->decoder) free(stage->encoder);
    free(stage->decoder);
    stage->decoder = stage->encoder = NULL;
}

/* One scratch buffer, as encoding and decoding are never under way at once. */
static shoal_status open_stage(shoal_stage *stage, bool encodes, shoal_error *err)
{
    form f;
    const char *wrong = read_form(stage->parameters, &f);
    if (wrong != NULL) return shoal_fail(err, SHOAL_DATA, "szip: %s", wrong);
    size_t n = scratch_bytes(&f, stage->n_raw, encodes);
    stage->decoder = n == SIZE_MAX ? NULL : malloc(n);
    if (stage->decoder == NULL)
        return shoal_fail(err, SHOAL_MEMORY, "szip: no memory for a buffer of %zu bytes", n);
    if (encodes) stage->encoder = stage->decoder;
    return SHOAL_OK;
}

static size_t context_bytes(shoal_parameters p, size_t n_raw, bool encodes)
{
    form f;
    if (read_form(p, &f) != NULL) return 0;
    return shoal_bound_with(scratch_bytes(&f, n_raw, encodes), LIBRARY_BYTES);
}

static size_t bound(shoal_parameters p, size_t n_raw)
{
    (void)p;
    return n_raw > SIZE_MAX / 4 ? SIZE_MAX : 3 * n_raw + (64 << 10);
}

static void describe(shoal_parameters p, char *text, size_t capacity)
{
    form f;
    if (read_form(p, &f) == NULL)
        (void)snprintf(text, capacity, "szip(%s, %zu)", f.predicts ? "nn" : "ec", f.block);
    else
        (void)snprintf(text, capacity, "szip");
}

const shoal_filter_row shoal_filter_szip = {
    .id = SHOAL_FILTER_SZIP,
    .name = "szip",
    .compresses = true,
    .open = open_stage,
    .close = close_stage,
    .context_bytes = context_bytes,
    .bound = bound,
    .encode = encode,
    .decode = decode,
    .describe = describe,
};
