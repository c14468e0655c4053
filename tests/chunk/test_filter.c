/* Filters: round trips of every codec, ranges, damaged input, and known checksums. */
#include "tests/chunk/cmocka_all.h"

#include "chunk/filter.h"
#include "chunk/type.h"
#include "tests/chunk/random.h"

#include <string.h>

static const char *const codecs[] = {
    "none",
    "gzip",
    "gzip:0",
    "gzip:9",
    "blosc",
    "blosc:lz4",
    "blosc:lz4:9",
    "blosc:lz4:0",
    "blosc:lz4:5:bitshuffle",
    "blosc:zstd",
    "blosc:zstd:3",
    "blosc:zstd:5:noshuffle",
    "blosc:lz4hc:5",
    "blosc:blosclz",
    "blosc:blosclz:5:bitshuffle",
    "blosc:zlib:2",
    "blosc:lz4:shuffle",
    "gzip:3:noshuffle",
    "gzip+fletcher32",
    "lzf",
    "lzf:noshuffle+fletcher32",
    "lz4",
    "lz4:noshuffle",
    "zstd",
    "zstd:9:noshuffle",
    "zstd:1+fletcher32",
    "bzip2:1",
    "bitshuffle",
    "bitshuffle:lz4+fletcher32",
    "bitshuffle:zstd:2",
    "bitshuffle:none",
};
enum { N_CODECS = sizeof codecs / sizeof *codecs };

static int n_in_pieces; /* chunks that were decoded so */

static shoal_type random_type(void)
{
    uint64_t code = random_below(SHOAL_N_NUMERIC_TYPES + 3);
    if (code < SHOAL_N_NUMERIC_TYPES) return shoal_type_of((shoal_type_code)code);
    return (shoal_type){SHOAL_TEXT, (uint32_t)(1 + random_below(random_below(2) ? 20 : 600))};
}

/* Noise, a constant, or something that compresses. */
static void fill_data(uint8_t *data, size_t n)
{
    uint64_t kind = random_below(3), step = random_below(5);
    for (size_t k = 0; k < n; k++)
        data[k] = kind == 0   ? (uint8_t)random_bits()
                  : kind == 1 ? 7
                              : (uint8_t)(k * step / 64 + random_below(3));
}

static size_t random_size(void)
{
    switch (random_below(5)) {
    case 0: return random_below(5);
    case 1: return random_below(300);
    case 2: return random_below(1 << 17);
    default: return random_below(20000);
    }
}

static void *block_of(size_t n)
{
    void *block = malloc(n > 0 ? n : 1); /* exact, so that sanitizers see every overrun */
    assert_non_null(block);
    return block;
}

typedef struct encoded {
    size_t chunk_bytes, n;
    uint32_t mask;
    shoal_pipeline pipeline;
    shoal_coder *coder;
    uint8_t *raw, *bytes, *back;
} encoded;

static void encode_random(encoded *e, const shoal_pipeline *pipeline, size_t chunk_bytes)
{
    shoal_error err = {0};
    *e = (encoded){.chunk_bytes = chunk_bytes, .pipeline = *pipeline};
    e->raw = block_of(chunk_bytes);
    e->back = block_of(chunk_bytes);
    fill_data(e->raw, chunk_bytes);
    size_t bound = shoal_encode_bound(pipeline, chunk_bytes);
    uint8_t *room = block_of(bound);
    if (shoal_coder_new(pipeline, chunk_bytes, true, &e->coder, &err) != SHOAL_OK)
        fail_msg("%s", err.message);
    if (shoal_encode(e->coder, e->raw, room, &e->n, &e->mask, &err) != SHOAL_OK)
        fail_msg("%s", err.message);
    assert_true(e->n <= bound);
    e->bytes = block_of(e->n);
    memcpy(e->bytes, room, e->n);
    free(room);
}

/* Mostly: a coder that does not encode may decode in another way. */
static void decode_only(encoded *e)
{
    shoal_error err = {0};
    if (random_below(4) == 0) return;
    shoal_coder_free(e->coder);
    if (shoal_coder_new(&e->pipeline, e->chunk_bytes, false, &e->coder, &err) != SHOAL_OK)
        fail_msg("%s", err.message);
}

static void release(encoded *e)
{
    shoal_coder_free(e->coder);
    free(e->raw);
    free(e->bytes);
    free(e->back);
}

static void check_decode(encoded *e)
{
    shoal_error err = {0};
    memset(e->back, 0xA5, e->chunk_bytes);
    if (shoal_decode(e->coder, e->mask, e->bytes, e->n, e->back, &err) != SHOAL_OK) {
        char text[200];
        shoal_pipeline_describe(&e->pipeline, text, sizeof text);
        fail_msg("%s: %zu bytes, mask %x: %s", text, e->chunk_bytes, e->mask, err.message);
    }
    assert_memory_equal(e->back, e->raw, e->chunk_bytes);
}

static void check_ranges(encoded *e)
{
    shoal_error err = {0};
    for (int round = 0; round < 4; round++) {
        size_t first = random_below(e->chunk_bytes + 1);
        size_t n = random_below(e->chunk_bytes - first + 1);
        if (random_below(2) && n > 100) n = random_below(100);
        memset(e->back, 0xA5, e->chunk_bytes);
        if (shoal_decode_range(e->coder, e->mask, e->bytes, e->n, first, n, e->back, &err) !=
            SHOAL_OK)
            fail_msg("range: %s", err.message);
        assert_memory_equal(e->back + first, e->raw + first, n);
    }
    assert_int_equal(SHOAL_USAGE, shoal_decode_range(e->coder, e->mask, e->bytes, e->n, 1,
                                                     e->chunk_bytes, e->back, &err));
}

/* In pieces of random numbers of steps, each into a block of its own. */
static void check_pieces(encoded *e)
{
    shoal_error err = {0};
    size_t step = shoal_decode_step(e->coder, e->mask, e->bytes, e->n), n;
    if (step == 0) return;
    if (shoal_decode_begin(e->coder, e->mask, e->bytes, e->n, &err) != SHOAL_OK)
        fail_msg("begin: %s", err.message);
    for (size_t first = 0; first < e->chunk_bytes; first += n) {
        n = (1 + random_below(random_below(2) ? 3 : 3000)) * step;
        if (n > e->chunk_bytes - first) n = e->chunk_bytes - first;
        uint8_t *piece = block_of(n);
        if (shoal_decode_piece(e->coder, first, n, piece, &err) != SHOAL_OK)
            fail_msg("piece: %s", err.message);
        assert_memory_equal(piece, e->raw + first, n);
        free(piece);
    }
    assert_int_equal(SHOAL_USAGE,
                     shoal_decode_piece(e->coder, e->chunk_bytes, step, e->back, &err));
    n_in_pieces++;
}

static void codecs_round_trip(void **state)
{
    (void)state;
    for (int round = 0; round < 1500; round++) {
        shoal_type type = random_type();
        size_t chunk_bytes = random_size();
        if (random_below(3)) chunk_bytes = chunk_bytes / type.n_bytes * type.n_bytes;
        shoal_pipeline pipeline;
        encoded e;
        assert_int_equal(SHOAL_OK, shoal_pipeline_parse(codecs[random_below(N_CODECS)], type,
                                                        chunk_bytes, &pipeline, NULL));
        encode_random(&e, &pipeline, chunk_bytes);
        decode_only(&e);
        assert_true(e.n <= chunk_bytes + 4); /* a checksum's */
        check_decode(&e);
        check_ranges(&e);
        check_pieces(&e);
        release(&e);
    }
    assert_true(n_in_pieces > 100);
}

static void add(shoal_pipeline *pipeline, uint16_t id, bool optional, const uint32_t *values,
                size_t n_values)
{
    assert_int_equal(SHOAL_OK, shoal_pipeline_add(pipeline, id, optional, values, n_values, NULL));
}

static uint32_t below(uint64_t n)
{
    return (uint32_t)random_below(n);
}

/* A compressor of bytes, or a checksum, which takes any number of bytes. */
static void add_random_filter(shoal_pipeline *out)
{
    bool optional = random_below(2);
    switch (random_below(9)) {
    case 0:
        add(out, SHOAL_FILTER_SHUFFLE, optional,
            (uint32_t[]){1 + below(random_below(2) ? 17 : 1000)}, 1);
        break;
    case 1: add(out, SHOAL_FILTER_DEFLATE, optional, (uint32_t[]){below(10)}, below(2)); break;
    case 2: add(out, SHOAL_FILTER_FLETCHER32, optional, NULL, 0); break;
    case 3: add(out, SHOAL_FILTER_LZF, optional, NULL, 0); break;
    case 4: add(out, SHOAL_FILTER_LZ4, optional, (uint32_t[]){below(5000)}, below(2)); break;
    case 5: add(out, SHOAL_FILTER_ZSTD, optional, (uint32_t[]){below(5)}, below(2)); break;
    case 6:
        add(out, SHOAL_FILTER_BITSHUFFLE, true,
            (uint32_t[]){0, 5, 1 + below(20), 8 * below(40), 1 + below(3), 1}, 3 + below(4));
        break;
    case 7:
        if (random_below(5) == 0) {
            add(out, SHOAL_FILTER_BZIP2, optional, (uint32_t[]){1 + below(3)}, 1);
        } else {
            uint32_t pixels = 2 + 2 * below(16);
            add(out, SHOAL_FILTER_SZIP, true,
                (uint32_t[]){below(256), pixels, (uint32_t[]){8, 16, 32, 64}[below(4)],
                             pixels + below(200)},
                4);
        }
        break;
    default:
        add(out, SHOAL_FILTER_BLOSC, optional,
            (uint32_t[]){0, 0, below(20), 0, below(7), below(3),
                         (uint32_t[]){0, 1, 2, 4, 5}[below(5)]},
            7);
        break;
    }
}

/* Any filters in any order, with any of them left out, as other programs may write. */
static void odd_pipelines_round_trip(void **state)
{
    (void)state;
    for (int round = 0; round < 1500; round++) {
        shoal_pipeline whole = {.n = 0}, some = {.n = 0};
        uint32_t left_out = 0;
        int position[8];
        for (int k = 0, n = (int)random_below(6); k < n; k++) {
            add_random_filter(&whole);
            shoal_parameters p = shoal_pipeline_parameters(&whole, k);
            if (random_below(4) == 0) {
                left_out |= 1u << k;
                continue;
            }
            position[some.n] = k;
            add(&some, whole.filter[k].id, whole.filter[k].optional, p.value, p.n);
        }
        encoded e;
        encode_random(&e, &some, random_size() / 4);
        check_decode(&e);
        check_ranges(&e);
        for (int k = 0; k < some.n; k++)
            if (e.mask >> k & 1) left_out |= 1u << position[k];
        shoal_coder_free(e.coder);
        assert_int_equal(SHOAL_OK, shoal_coder_new(&whole, e.chunk_bytes, false, &e.coder, NULL));
        e.mask = left_out;
        check_decode(&e);
        check_ranges(&e);
        check_pieces(&e);
        release(&e);
    }
}

/* The same input gives the same bytes, whatever a coder encoded before. */
static void encoding_does_not_remember(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        size_t n = random_size() + 1, n_fresh, n_used;
        uint32_t mask_fresh, mask_used;
        shoal_pipeline pipeline;
        shoal_coder *fresh, *used;
        assert_int_equal(SHOAL_OK,
                         shoal_pipeline_parse(codecs[random_below(N_CODECS)],
                                              shoal_type_of(SHOAL_UINT8), n, &pipeline, NULL));
        size_t bound = shoal_encode_bound(&pipeline, n);
        uint8_t *raw = block_of(n), *other = block_of(n);
        uint8_t *by_fresh = block_of(bound), *by_used = block_of(bound);
        assert_int_equal(SHOAL_OK, shoal_coder_new(&pipeline, n, true, &fresh, NULL));
        assert_int_equal(SHOAL_OK, shoal_coder_new(&pipeline, n, true, &used, NULL));
        fill_data(raw, n);
        for (int k = 0; k < 3; k++) {
            fill_data(other, n);
            if (k == 2) memcpy(other, raw, n / 2);
            assert_int_equal(SHOAL_OK,
                             shoal_encode(used, other, by_used, &n_used, &mask_used, NULL));
        }
        assert_int_equal(SHOAL_OK, shoal_encode(fresh, raw, by_fresh, &n_fresh, &mask_fresh, NULL));
        assert_int_equal(SHOAL_OK, shoal_encode(used, raw, by_used, &n_used, &mask_used, NULL));
        assert_int_equal(n_fresh, n_used);
        assert_int_equal(mask_fresh, mask_used);
        assert_memory_equal(by_fresh, by_used, n_used);
        shoal_coder_free(fresh);
        shoal_coder_free(used);
        free(raw), free(other), free(by_fresh), free(by_used);
    }
}

/* Numbers in chunks of whole elements, through the filters that look at them as such. */
static void typed_codecs_round_trip(void **state)
{
    (void)state;
    static const shoal_type_code codes[] = {SHOAL_INT8,   SHOAL_INT16,  SHOAL_INT32,
                                            SHOAL_INT64,  SHOAL_UINT8,  SHOAL_UINT16,
                                            SHOAL_UINT32, SHOAL_UINT64, SHOAL_FLOAT64};
    for (int round = 0; round < 1000; round++) {
        shoal_type type = shoal_type_of(codes[random_below(9)]);
        bool is_float = type.code == SHOAL_FLOAT64;
        size_t chunk_bytes = random_size() / 4 / type.n_bytes * type.n_bytes + 32 * type.n_bytes;
        const char *codec = is_float || random_below(2) ? "szip:nn:16" : "scaleoffset+fletcher32";
        shoal_pipeline pipeline;
        encoded e;
        assert_int_equal(SHOAL_OK, shoal_pipeline_parse(codec, type, chunk_bytes, &pipeline, NULL));
        encode_random(&e, &pipeline, chunk_bytes);
        decode_only(&e);
        check_decode(&e);
        check_ranges(&e);
        check_pieces(&e);
        release(&e);
    }
}

/* n-bit parameters of a compound: a number of 11 bits, three whole bytes, two numbers of 5 bits. */
static const uint32_t compound_nbit[] = {27, 0, 0, 3, 9,     /* count, plain, elements, size */
                                         4,                  /* members */
                                         0,  1, 2, 0, 11, 3, /* a little-endian number */
                                         2,  4, 3,           /* whole */
                                         5,  2, 2, 1, 1,  0, 5, 2, /* an array of two numbers */
                                         7,  1, 2, 1, 16, 0};      /* a big-endian number */

static void nbit_keeps_the_bits_that_count(void **state)
{
    (void)state;
    uint32_t values[sizeof compound_nbit / sizeof *compound_nbit];
    size_t n_values = sizeof values / sizeof *values;
    for (int round = 0; round < 300; round++) {
        size_t n = random_below(200);
        memcpy(values, compound_nbit, sizeof values);
        values[0] = (uint32_t)n_values;
        values[2] = (uint32_t)n;
        shoal_pipeline pipeline = {.n = 0};
        add(&pipeline, SHOAL_FILTER_NBIT, true, values, n_values);
        encoded e;
        encode_random(&e, &pipeline, n * 9);
        decode_only(&e);
        assert_int_equal(e.mask, n == 0);
        if (n > 0) assert_int_equal(e.n, n * (11 + 24 + 10 + 16) / 8 + 1);
        static const uint8_t counts[9] = {0xF8, 0x3F, 0xFF, 0xFF, 0xFF, 0x7C, 0x7C, 0xFF, 0xFF};
        for (size_t k = 0; k < n * 9; k++) e.raw[k] &= counts[k % 9];
        check_decode(&e);
        release(&e);
    }
}

/* Parameters of any kind give a coder or an error, never more. */
static void odd_parameters_are_safe(void **state)
{
    (void)state;
    static const uint16_t ids[] = {
        SHOAL_FILTER_SZIP, SHOAL_FILTER_NBIT, SHOAL_FILTER_SCALEOFFSET, SHOAL_FILTER_BITSHUFFLE,
        SHOAL_FILTER_LZ4,  SHOAL_FILTER_ZSTD, SHOAL_FILTER_BZIP2};
    int n_opened = 0;
    for (int round = 0; round < 20000; round++) {
        uint32_t values[30];
        size_t n_values = random_below(2) ? random_below(30) : 20;
        for (size_t k = 0; k < n_values; k++)
            values[k] = random_below(20) == 0 ? (uint32_t)random_bits() : below(10);
        if (random_below(2)) values[0] = (uint32_t)n_values;
        shoal_pipeline pipeline = {.n = 0};
        add(&pipeline, ids[random_below(7)], true, values, n_values);
        uint8_t stored[100], raw[64];
        for (size_t k = 0; k < sizeof stored; k++)
            stored[k] = (uint8_t)(random_below(2) ? below(3) : random_bits());
        shoal_coder *coder;
        shoal_error err = {0};
        if (shoal_coder_new(&pipeline, sizeof raw, true, &coder, &err) != SHOAL_OK) {
            assert_true(err.message[0] != '\0');
            continue;
        }
        n_opened++;
        (void)shoal_decode(coder, 0, stored, sizeof stored, raw, NULL);
        uint32_t mask;
        size_t n;
        uint8_t *room = block_of(shoal_encode_bound(&pipeline, sizeof raw));
        assert_int_equal(SHOAL_OK, shoal_encode(coder, stored, room, &n, &mask, NULL));
        free(room);
        shoal_coder_free(coder);
    }
    assert_true(n_opened > 1000);
}

/* zfp's library checks neither headers nor where a stream ends. */
static void odd_zfp_streams_are_safe(void **state)
{
    (void)state;
    enum { N_STORED = 100, N_RAW = 256 };
    int n_opened = 0;
    for (int round = 0; round < 3000; round++) {
        uint32_t header[6] = {269504785, 91252346, 1879048310, 133169152}; /* 8 x 8 float32 */
        for (int k = 0; k < 3; k++)
            if (random_below(2)) header[2 + random_below(4)] ^= 1u << random_below(32);
        if (random_below(2)) header[3] |= 0xFFF00000u; /* the long form of the mode */
        if (random_below(4) == 0) header[4] = (uint32_t)random_bits();
        shoal_pipeline pipeline = {.n = 0};
        add(&pipeline, SHOAL_FILTER_ZFP, true, header, 4 + 2 * random_below(2));
        shoal_coder *coder;
        if (shoal_coder_new(&pipeline, N_RAW, true, &coder, NULL) != SHOAL_OK) continue;
        n_opened++;
        uint8_t *stored = block_of(N_STORED), *raw = block_of(N_RAW);
        uint8_t *room = block_of(shoal_encode_bound(&pipeline, N_RAW));
        size_t n = random_below(N_STORED + 1);
        uint32_t mask;
        for (size_t k = 0; k < N_STORED; k++) stored[k] = (uint8_t)random_bits();
        memset(raw, 0x3F, N_RAW);
        (void)shoal_decode(coder, 0, stored, n, raw, NULL);
        assert_int_equal(SHOAL_OK, shoal_encode(coder, raw, room, &n, &mask, NULL));
        shoal_coder_free(coder);
        free(stored), free(raw), free(room);
    }
    assert_true(n_opened > 100);
}

static void damage(encoded *e)
{
    switch (random_below(4)) {
    case 0: e->n = random_below(e->n + 1); break;
    case 1:
        for (size_t k = 0; k < e->n; k++) e->bytes[k] = (uint8_t)random_bits();
        break;
    case 2:
        for (int k = 0; k < 3 && e->n > 0; k++)
            e->bytes[random_below(e->n)] = (uint8_t)random_bits();
        break;
    default: /* the first bytes are headers */
        if (e->n > 0)
            e->bytes[random_below(e->n < 24 ? e->n : 24)] ^= (uint8_t)(1 + random_below(255));
        break;
    }
    uint8_t *exact = block_of(e->n);
    memcpy(exact, e->bytes, e->n);
    free(e->bytes);
    e->bytes = exact;
}

static void damage_gives_errors(void **state)
{
    (void)state;
    int n_refused = 0;
    for (int round = 0; round < 4000; round++) {
        shoal_pipeline pipeline = {.n = 0};
        for (int n = 1 + (int)random_below(3); n > 0; n--) add_random_filter(&pipeline);
        encoded e;
        encode_random(&e, &pipeline, random_size() / 4);
        decode_only(&e);
        damage(&e);
        shoal_error err = {0};
        shoal_status status = shoal_decode(e.coder, e.mask, e.bytes, e.n, e.back, &err);
        assert_true(status == SHOAL_OK || status == SHOAL_DATA);
        if (status == SHOAL_DATA) {
            n_refused++;
            assert_int_equal(err.status, SHOAL_DATA);
            assert_true(err.message[0] != '\0');
        }
        size_t first = random_below(e.chunk_bytes + 1);
        size_t n = random_below(e.chunk_bytes - first + 1);
        status = shoal_decode_range(e.coder, e.mask, e.bytes, e.n, first, n, e.back, &err);
        assert_true(status == SHOAL_OK || status == SHOAL_DATA);
        (void)shoal_decode_block(e.coder, e.mask, e.bytes, e.n);
        release(&e);
    }
    assert_true(n_refused > 1000);
}

/* Every single change of a stored byte is seen under a checksum. */
static void checksums_see_changes(void **state)
{
    (void)state;
    shoal_pipeline pipeline = {.n = 1, .filter[0] = {.id = SHOAL_FILTER_FLETCHER32}};
    encoded e;
    encode_random(&e, &pipeline, 1001);
    check_decode(&e);
    for (size_t k = 0; k < e.n; k++) {
        e.bytes[k] ^= 0x10;
        assert_int_equal(SHOAL_DATA, shoal_decode(e.coder, 0, e.bytes, e.n, e.back, NULL));
        e.bytes[k] ^= 0x10;
    }
    uint8_t swapped[4] = {e.bytes[1002], e.bytes[1001], e.bytes[1004], e.bytes[1003]};
    memcpy(e.bytes + 1001, swapped, 4);
    check_decode(&e);
    release(&e);
}

/* Fletcher's sums by their definition, over words of big-endian bytes modulo 65535. */
static void checksums_follow_the_definition(void **state)
{
    (void)state;
    shoal_pipeline pipeline = {.n = 1, .filter[0] = {.id = SHOAL_FILTER_FLETCHER32}};
    for (int round = 0; round < 300; round++) {
        encoded e;
        encode_random(&e, &pipeline, random_size() / 8);
        if (round % 3 == 0) memset(e.raw, 0xFF, e.chunk_bytes);
        uint8_t *room = block_of(e.chunk_bytes + 4);
        assert_int_equal(SHOAL_OK, shoal_encode(e.coder, e.raw, room, &e.n, &e.mask, NULL));
        uint64_t a = 0, b = 0;
        for (size_t k = 0; k < e.chunk_bytes; k += 2) {
            uint64_t word = (uint64_t)e.raw[k] << 8;
            if (k + 1 < e.chunk_bytes) word |= e.raw[k + 1];
            a = (a + word) % 65535;
            b = (b + a) % 65535;
        }
        const uint8_t *sum = room + e.chunk_bytes;
        assert_int_equal((sum[0] | (unsigned)sum[1] << 8) % 65535, a);
        assert_int_equal((sum[2] | (unsigned)sum[3] << 8) % 65535, b);
        free(room);
        release(&e);
    }
}

static void shuffle_is_a_transposition(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        uint32_t size = 1 + (uint32_t)random_below(20);
        shoal_pipeline pipeline = {.n = 0};
        add(&pipeline, SHOAL_FILTER_SHUFFLE, false, &size, 1);
        encoded e;
        encode_random(&e, &pipeline, random_size() / 8);
        size_t n = e.chunk_bytes / size;
        for (size_t k = 0; k < e.chunk_bytes; k++) {
            size_t to = k < n * size ? k % size * n + k / size : k;
            assert_int_equal(e.bytes[to], e.raw[k]);
        }
        release(&e);
    }
}

static void noise_is_left_out(void **state)
{
    (void)state;
    shoal_pipeline pipeline;
    uint8_t noise[4096], out[8192];
    for (size_t k = 0; k < sizeof noise; k++) noise[k] = (uint8_t)random_bits();
    static const char *const names[] = {"blosc:lz4", "blosc:zstd", "gzip:9"};
    for (int k = 0; k < 3; k++) {
        shoal_coder *coder;
        size_t n;
        uint32_t mask;
        assert_int_equal(SHOAL_OK, shoal_pipeline_parse(names[k], shoal_type_of(SHOAL_UINT8),
                                                        sizeof noise, &pipeline, NULL));
        assert_int_equal(SHOAL_OK, shoal_coder_new(&pipeline, sizeof noise, true, &coder, NULL));
        assert_int_equal(SHOAL_OK, shoal_encode(coder, noise, out, &n, &mask, NULL));
        assert_int_equal(mask, 1);
        assert_int_equal(n, sizeof noise);
        assert_memory_equal(out, noise, sizeof noise);
        assert_int_equal(shoal_decode_block(coder, mask, out, n), 1);
        shoal_coder_free(coder);
    }
}

static void blosc_decodes_by_blocks(void **state)
{
    (void)state;
    size_t n = 2 << 20, n_out;
    uint32_t mask;
    shoal_pipeline pipeline;
    shoal_coder *coder;
    uint8_t *raw = block_of(n), *back = block_of(n);
    for (size_t k = 0; k < n; k++) raw[k] = (uint8_t)(k / 1000);
    assert_int_equal(SHOAL_OK, shoal_pipeline_parse("blosc:zstd", shoal_type_of(SHOAL_FLOAT32), n,
                                                    &pipeline, NULL));
    uint8_t *bytes = block_of(shoal_encode_bound(&pipeline, n));
    assert_int_equal(SHOAL_OK, shoal_coder_new(&pipeline, n, true, &coder, NULL));
    assert_int_equal(SHOAL_OK, shoal_encode(coder, raw, bytes, &n_out, &mask, NULL));
    size_t block = shoal_decode_block(coder, mask, bytes, n_out);
    assert_int_equal(block, 512 << 10);
    for (int own = 0; own < 2; own++) { /* by c-blosc the whole block, else the element */
        size_t first = own ? block + 4 : block, end = own ? block + 8 : 2 * block;
        memset(back, 0xA5, n);
        assert_int_equal(SHOAL_OK,
                         shoal_decode_range(coder, mask, bytes, n_out, block + 5, 1, back, NULL));
        assert_memory_equal(back + first, raw + first, end - first);
        for (size_t k = 0; k < first; k++) assert_int_equal(back[k], 0xA5);
        for (size_t k = end; k < n; k++) assert_int_equal(back[k], 0xA5);
        shoal_coder_free(coder);
        if (!own) assert_int_equal(SHOAL_OK, shoal_coder_new(&pipeline, n, false, &coder, NULL));
    }
    free(raw);
    free(back);
    free(bytes);
}

static void unknown_filters_are_named(void **state)
{
    (void)state;
    shoal_pipeline pipeline = {.n = 2, .filter = {{.id = 32017}, {.id = SHOAL_FILTER_DEFLATE}}};
    shoal_coder *coder;
    shoal_error err = {0};
    uint16_t unknown = 0;
    assert_false(shoal_pipeline_decodes(&pipeline, &unknown));
    assert_int_equal(unknown, 32017);
    assert_int_equal(SHOAL_DATA, shoal_coder_new(&pipeline, 100, false, &coder, &err));
    assert_non_null(strstr(err.message, "32017 (sz)"));
    assert_string_equal(shoal_filter_name(32000), "lzf");
    assert_null(shoal_filter_name(40000));
    pipeline = (shoal_pipeline){.n = 1, .filter[0] = {.id = SHOAL_FILTER_SHUFFLE}};
    assert_int_equal(SHOAL_DATA, shoal_coder_new(&pipeline, 100, false, &coder, &err));
    pipeline.n = 33;
    assert_int_equal(SHOAL_DATA, shoal_coder_new(&pipeline, 100, false, &coder, &err));
}

static void long_parameters_are_refused(void **state)
{
    (void)state;
    shoal_pipeline pipeline = {.n = 0}, other;
    uint32_t values[SHOAL_MAX_FILTER_VALUES + 1] = {5, 6, 7};
    shoal_error err = {0};
    add(&pipeline, 40000, true, values, 3);
    assert_int_equal(SHOAL_DATA, shoal_pipeline_add(&pipeline, 40001, true, values,
                                                    SHOAL_MAX_FILTER_VALUES - 2, &err));
    assert_non_null(strstr(err.message, "40001"));
    add(&pipeline, 40002, true, values + 1, SHOAL_MAX_FILTER_VALUES - 3);
    shoal_parameters p = shoal_pipeline_parameters(&pipeline, 1);
    assert_int_equal(p.n, SHOAL_MAX_FILTER_VALUES - 3);
    assert_int_equal(p.value[0], 6);
    other = pipeline; /* nothing in it points to itself */
    assert_int_equal(shoal_pipeline_parameters(&other, 0).value[2], 7);
    assert_true(shoal_pipeline_equal(&pipeline, &other));
    other.value[1]++;
    assert_false(shoal_pipeline_equal(&pipeline, &other));
    pipeline = (shoal_pipeline){.n = 0};
    for (int k = 0; k < SHOAL_MAX_FILTERS; k++) add(&pipeline, 2, true, values, 1);
    assert_int_equal(SHOAL_DATA, shoal_pipeline_add(&pipeline, 2, true, values, 1, &err));
}

static void codecs_are_described(void **state)
{
    (void)state;
    static const struct {
        const char *codec, *text;
        shoal_type_code code;
    } cases[] = {
        {NULL, "blosc(lz4, 5, shuffle)", SHOAL_FLOAT32},
        {"none", "", SHOAL_FLOAT32},
        {"gzip", "shuffle, gzip(4)", SHOAL_FLOAT32},
        {"gzip:9", "gzip(9)", SHOAL_BOOL},
        {"blosc:zstd", "blosc(zstd, 1, shuffle)", SHOAL_INT16},
        {"blosc:zlib:3:noshuffle", "blosc(zlib, 3, noshuffle)", SHOAL_INT16},
        {"blosc:blosclz:bitshuffle", "blosc(blosclz, 5, bitshuffle)", SHOAL_INT16},
        {"zstd", "shuffle, zstd(3)", SHOAL_INT16},
        {"zstd:19:noshuffle+fletcher32", "zstd(19), fletcher32", SHOAL_INT16},
        {"bzip2", "shuffle, bzip2(9)", SHOAL_INT16},
        {"lzf", "shuffle, lzf", SHOAL_COMPLEX64},
        {"lz4", "lz4", SHOAL_INT8},
        {"bitshuffle", "bitshuffle(lz4)", SHOAL_INT16},
        {"bitshuffle:zstd:5", "bitshuffle(zstd, 5)", SHOAL_INT16},
        {"bitshuffle:none", "bitshuffle", SHOAL_INT16},
        {"szip", "szip(nn, 32)", SHOAL_INT16},
        {"szip:ec:8", "szip(ec, 8)", SHOAL_FLOAT64},
        {"scaleoffset", "scaleoffset", SHOAL_INT64},
        {"scaleoffset:3", "scaleoffset(3)", SHOAL_FLOAT64},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        shoal_pipeline pipeline;
        char text[100];
        assert_int_equal(SHOAL_OK,
                         shoal_pipeline_parse(cases[k].codec, shoal_type_of(cases[k].code), 1000,
                                              &pipeline, NULL));
        shoal_pipeline_describe(&pipeline, text, sizeof text);
        assert_string_equal(text, cases[k].text);
        char small[6];
        shoal_pipeline_describe(&pipeline, small, sizeof small);
        assert_int_equal(strncmp(small, text, 5), 0);
        assert_true(strlen(small) <= 5);
    }
    shoal_pipeline other = {.n = 2, .filter = {{.id = 32004}, {.id = 40000}}};
    char text[100];
    shoal_pipeline_describe(&other, text, sizeof text);
    assert_string_equal(text, "lz4, filter 40000");
}

static void wrong_codecs_get_hints(void **state)
{
    (void)state;
    static const struct {
        const char *codec, *says;
    } cases[] = {
        {"blosc:lz5", "'lz4'"},
        {"blocs:lz4", "'blosc'"},
        {"blosclz", "'blosc:blosclz'"},
        {"zlib:3", "'blosc:zlib:3'"},
        {"zstd:0", "1 to 22"},
        {"zstd:23", "1 to 22"},
        {"zstd:high", "1 to 22"},
        {"zstdd", "'zstd'"},
        {"bzip22:3", "'bzip2'"},
        {"bzip2:0", "1 to 9"},
        {"lzf:3", "unknown shuffle"},
        {"lz4:shufle", "'shuffle'"},
        {"bitshufle", "'bitshuffle'"},
        {"bitshuffle:zst", "'zstd'"},
        {"bitshuffle:lz4:3", "write"},
        {"bitshuffle:zstd:99", "1 to 22"},
        {"szip:3", "even"},
        {"szip:34", "even"},
        {"szip:32", "fewer than 32"},
        {"szip:nm", "'nn'"},
        {"scaleoffset:3", "kept whole"},
        {"scaleofset", "'scaleoffset'"},
        {"gzip+crc", "write"},
        {"gzip+fletcher32+fletcher32", "write"},
        {"gzip:10", "0 to 9"},
        {"gzip:x", "0 to 9"},
        {"none:1", "none"},
        {"blosc:lz4:5:shufle", "'shuffle'"},
        {"blosc:lz4:11", "write"},
        {"blosc:lz4:5:shuffle:1", "write"},
        {"", "write"},
        {"deflate", "'gzip'"},
        {"gzp", "'gzip'"},
        {"blosc:lz4:shuffle:5", "write"},
        {"blosc:lz4:5:shuffle-and-a-name-that-does-not-end-before-the-buffer-does", "write"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        shoal_pipeline pipeline;
        shoal_error err = {0};
        assert_int_equal(
            SHOAL_USAGE,
            shoal_pipeline_parse(cases[k].codec, shoal_type_of(SHOAL_INT8), 10, &pipeline, &err));
        if (strstr(err.message, cases[k].says) == NULL)
            fail_msg("'%s' says: %s", cases[k].codec, err.message);
    }
    static const struct {
        const char *codec, *says;
        shoal_type_code code;
    } types[] = {
        {"szip", "integers and floats", SHOAL_COMPLEX64},
        {"scaleoffset", "integers, float32 and float64", SHOAL_FLOAT16},
        {"scaleoffset", "integers, float32 and float64", SHOAL_BOOL},
        {"scaleoffset", "rounds floats", SHOAL_FLOAT32},
    };
    shoal_pipeline pipeline;
    for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
        shoal_error err = {0};
        assert_int_equal(SHOAL_USAGE,
                         shoal_pipeline_parse(types[k].codec, shoal_type_of(types[k].code), 1600,
                                              &pipeline, &err));
        assert_non_null(strstr(err.message, types[k].says));
    }
    assert_int_equal(SHOAL_USAGE, shoal_pipeline_parse(NULL, shoal_type_of(SHOAL_INT8),
                                                       (size_t)1 << 33, &pipeline, NULL));
}

static void type_sizes_reach_the_filters(void **state)
{
    (void)state;
    static const struct {
        uint32_t n_bytes, blosc, shuffle;
    } cases[] = {{1, 1, 0}, {12, 12, 12}, {255, 255, 255}, {256, 1, 256}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        shoal_pipeline pipeline;
        shoal_type type = {SHOAL_TEXT, cases[k].n_bytes};
        assert_int_equal(SHOAL_OK, shoal_pipeline_parse("blosc", type, 77, &pipeline, NULL));
        const uint32_t values[7] = {2, 2, cases[k].blosc, 77, 5, 1, 1};
        assert_int_equal(pipeline.filter[0].n_values, 7);
        assert_memory_equal(pipeline.value, values, sizeof values);
        assert_true(pipeline.filter[0].optional);
        assert_int_equal(SHOAL_OK, shoal_pipeline_parse("gzip", type, 77, &pipeline, NULL));
        assert_int_equal(pipeline.n, cases[k].shuffle == 0 ? 1 : 2);
        if (pipeline.n == 2) assert_int_equal(pipeline.value[0], cases[k].shuffle);
    }
}

int main(void)
{
    random_start("test_filter");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codecs_round_trip),
        cmocka_unit_test(odd_pipelines_round_trip),
        cmocka_unit_test(encoding_does_not_remember),
        cmocka_unit_test(typed_codecs_round_trip),
        cmocka_unit_test(nbit_keeps_the_bits_that_count),
        cmocka_unit_test(odd_parameters_are_safe),
        cmocka_unit_test(odd_zfp_streams_are_safe),
        cmocka_unit_test(damage_gives_errors),
        cmocka_unit_test(checksums_see_changes),
        cmocka_unit_test(checksums_follow_the_definition),
        cmocka_unit_test(shuffle_is_a_transposition),
        cmocka_unit_test(noise_is_left_out),
        cmocka_unit_test(blosc_decodes_by_blocks),
        cmocka_unit_test(unknown_filters_are_named),
        cmocka_unit_test(long_parameters_are_refused),
        cmocka_unit_test(codecs_are_described),
        cmocka_unit_test(wrong_codecs_get_hints),
        cmocka_unit_test(type_sizes_reach_the_filters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
