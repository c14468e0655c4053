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
};
enum { N_CODECS = sizeof codecs / sizeof *codecs };

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
    if (shoal_decode(e->coder, e->mask, e->bytes, e->n, e->back, &err) != SHOAL_OK)
        fail_msg("%s", err.message);
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
        assert_true(e.n <= chunk_bytes);
        check_decode(&e);
        check_ranges(&e);
        release(&e);
    }
}

static shoal_filter random_filter(void)
{
    shoal_filter f = {.optional = random_below(2)};
    switch (random_below(4)) {
    case 0:
        f.id = SHOAL_FILTER_SHUFFLE;
        f.n_values = 1;
        f.values[0] = 1 + (uint32_t)random_below(random_below(2) ? 17 : 1000);
        break;
    case 1:
        f.id = SHOAL_FILTER_DEFLATE;
        f.n_values = (uint32_t)random_below(2);
        f.values[0] = (uint32_t)random_below(10);
        break;
    case 2: f.id = SHOAL_FILTER_FLETCHER32; break;
    default:
        f.id = SHOAL_FILTER_BLOSC;
        f.n_values = 7;
        f.values[2] = (uint32_t)random_below(20);
        f.values[4] = (uint32_t)random_below(7);
        f.values[5] = (uint32_t)random_below(3);
        f.values[6] = (uint32_t[]){0, 1, 2, 4, 5}[random_below(5)];
        break;
    }
    return f;
}

/* Any filters in any order, with any of them left out, as other programs may write. */
static void odd_pipelines_round_trip(void **state)
{
    (void)state;
    for (int round = 0; round < 1500; round++) {
        shoal_pipeline whole = {.n = (int)random_below(6)}, some = {.n = 0};
        uint32_t left_out = 0;
        int position[8];
        for (int k = 0; k < whole.n; k++) {
            whole.filter[k] = random_filter();
            if (random_below(4) == 0)
                left_out |= 1u << k;
            else
                position[some.n] = k, some.filter[some.n++] = whole.filter[k];
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
        release(&e);
    }
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
        shoal_pipeline pipeline = {.n = 1 + (int)random_below(3)};
        for (int k = 0; k < pipeline.n; k++) pipeline.filter[k] = random_filter();
        encoded e;
        encode_random(&e, &pipeline, random_size() / 4);
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
        shoal_pipeline pipeline = {
            .n = 1, .filter[0] = {.id = SHOAL_FILTER_SHUFFLE, .n_values = 1, .values = {size}}};
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
    memset(back, 0xA5, n);
    assert_int_equal(SHOAL_OK,
                     shoal_decode_range(coder, mask, bytes, n_out, block + 5, 1, back, NULL));
    assert_memory_equal(back + block, raw + block, block);
    for (size_t k = 0; k < block; k++) assert_int_equal(back[k], 0xA5);
    for (size_t k = 2 * block; k < n; k++) assert_int_equal(back[k], 0xA5);
    shoal_coder_free(coder);
    free(raw);
    free(back);
    free(bytes);
}

static void unknown_filters_are_named(void **state)
{
    (void)state;
    shoal_pipeline pipeline = {.n = 2, .filter = {{.id = 32013}, {.id = SHOAL_FILTER_DEFLATE}}};
    shoal_coder *coder;
    shoal_error err = {0};
    uint16_t unknown = 0;
    assert_false(shoal_pipeline_decodes(&pipeline, &unknown));
    assert_int_equal(unknown, 32013);
    assert_int_equal(SHOAL_DATA, shoal_coder_new(&pipeline, 100, false, &coder, &err));
    assert_non_null(strstr(err.message, "32013 (zfp)"));
    assert_string_equal(shoal_filter_name(32000), "lzf");
    assert_null(shoal_filter_name(40000));
    pipeline = (shoal_pipeline){.n = 1, .filter[0] = {.id = SHOAL_FILTER_SHUFFLE}};
    assert_int_equal(SHOAL_DATA, shoal_coder_new(&pipeline, 100, false, &coder, &err));
    pipeline.n = 33;
    assert_int_equal(SHOAL_DATA, shoal_coder_new(&pipeline, 100, false, &coder, &err));
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
        {"lz4", "'blosc:lz4'"},
        {"zstd:3", "'blosc:zstd:3'"},
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
    shoal_pipeline pipeline;
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
        assert_memory_equal(pipeline.filter[0].values, values, sizeof values);
        assert_true(pipeline.filter[0].optional);
        assert_int_equal(SHOAL_OK, shoal_pipeline_parse("gzip", type, 77, &pipeline, NULL));
        assert_int_equal(pipeline.n, cases[k].shuffle == 0 ? 1 : 2);
        if (pipeline.n == 2) assert_int_equal(pipeline.filter[0].values[0], cases[k].shuffle);
    }
}

int main(void)
{
    random_start("test_filter");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codecs_round_trip),
        cmocka_unit_test(odd_pipelines_round_trip),
        cmocka_unit_test(damage_gives_errors),
        cmocka_unit_test(checksums_see_changes),
        cmocka_unit_test(checksums_follow_the_definition),
        cmocka_unit_test(shuffle_is_a_transposition),
        cmocka_unit_test(noise_is_left_out),
        cmocka_unit_test(blosc_decodes_by_blocks),
        cmocka_unit_test(unknown_filters_are_named),
        cmocka_unit_test(codecs_are_described),
        cmocka_unit_test(wrong_codecs_get_hints),
        cmocka_unit_test(type_sizes_reach_the_filters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
