/* Codecs by name: from "blosc:lz4:5:shuffle" or "zstd:3+fletcher32" to a pipeline of filters. */
#include "chunk/error.h"
#include "chunk/filter.h"
#include "chunk/type.h"

#include <blosc.h>
#include <string.h>

#define DEFAULT_CODEC "blosc:lz4:5:shuffle"
#define CODEC_FORMS                                                                            \
    "write blosc:lz4|zstd|blosclz|lz4hc|zlib[:0-9][:shuffle|bitshuffle|noshuffle], "           \
    "gzip[:0-9], zstd[:1-22], bzip2[:1-9], lzf or lz4, each with [:noshuffle], "               \
    "bitshuffle[:lz4|zstd|none], szip[:nn|ec][:PIXELS], scaleoffset[:DIGITS] or none; behind " \
    "it +fletcher32"

enum { MAX_PARTS = 4, MAX_CODEC_BYTES = 64 };

typedef struct word {
    const char *name;
    uint32_t value, level; /* level: the default of a compressor */
} word;

static const word blosc_compressors[] = {
    {"lz4", BLOSC_LZ4, 5},     {"zstd", BLOSC_ZSTD, 1}, {"blosclz", BLOSC_BLOSCLZ, 5},
    {"lz4hc", BLOSC_LZ4HC, 5}, {"zlib", BLOSC_ZLIB, 5},
};
static const word shuffles[] = {
    {"shuffle", BLOSC_SHUFFLE, 0},
    {"bitshuffle", BLOSC_BITSHUFFLE, 0},
    {"noshuffle", BLOSC_NOSHUFFLE, 0},
};
static const word bitshuffle_compressors[] = {{"lz4", 2, 0}, {"zstd", 3, 3}, {"none", 0, 0}};
static const word szip_options[] = {{"nn", 32, 0}, {"ec", 4, 0}};
#define COUNT(list) (sizeof(list) / sizeof *(list))

/* What a codec's name asks of which elements. */
typedef struct request {
    const char *codec; /* whole, for messages */
    shoal_type type;
    size_t chunk_bytes;
    char text[MAX_CODEC_BYTES]; /* cut at the colons */
    const char *part[MAX_PARTS];
    int n, at; /* parts, and those that are understood */
    bool checksum;
} request;

const char *shoal_codec_default(void)
{
    return DEFAULT_CODEC;
}

static const word *find_word(const word *words, size_t n, const char *name)
{
    for (size_t k = 0; k < n; k++)
        if (strcmp(words[k].name, name) == 0) return &words[k];
    return NULL;
}

/* ---- Messages ---- */

static shoal_status fail_with_forms(const request *r, shoal_error *err)
{
    return shoal_fail(err, SHOAL_USAGE, "codec '%s': " CODEC_FORMS, r->codec);
}

static shoal_status fail_with_hint(const request *r, const char *what, const char *given,
                                   const word *words, size_t n, shoal_error *err)
{
    const char *names[16];
    for (size_t k = 0; k < n; k++) names[k] = words[k].name;
    const char *nearest = shoal_nearest_word(given, names, n);
    if (nearest != NULL)
        return shoal_fail(err, SHOAL_USAGE, "codec '%s': unknown %s '%s'; did you mean '%s'?",
                          r->codec, what, given, nearest);
    return shoal_fail(err, SHOAL_USAGE, "codec '%s': unknown %s '%s'; " CODEC_FORMS, r->codec, what,
                      given);
}

/* ---- Parts ---- */

/* False when the name has too many parts, or is too long to be one. */
static bool split(const char *codec, request *out)
{
    size_t n = strlen(codec);
    if (n >= MAX_CODEC_BYTES) return false;
    memcpy(out->text, codec, n + 1);
    char *plus = strchr(out->text, '+');
    if (plus != NULL) {
        if (strcmp(plus, "+fletcher32") != 0) return false;
        out->checksum = true;
        *plus = '\0';
    }
    out->part[0] = out->text;
    out->n = out->at = 1;
    for (char *at = out->text; (at = strchr(at, ':')) != NULL;) {
        *at++ = '\0';
        if (out->n == MAX_PARTS) return false;
        out->part[out->n++] = at;
    }
    return true;
}

static const char *next_part(const request *r)
{
    return r->at < r->n ? r->part[r->at] : NULL;
}

/* Takes the next part when it is a number of one or two digits. */
static bool take_number(request *r, uint32_t *out)
{
    const char *text = next_part(r);
    size_t n = text == NULL ? 0 : strlen(text);
    if (n == 0 || n > 2 || strspn(text, "0123456789") != n) return false;
    *out = 0;
    for (size_t k = 0; k < n; k++) *out = *out * 10 + (uint32_t)(text[k] - '0');
    r->at++;
    return true;
}

static bool take_word(request *r, const word *words, size_t n, const word **out)
{
    const word *found = next_part(r) == NULL ? NULL : find_word(words, n, next_part(r));
    if (found == NULL) return false;
    *out = found;
    r->at++;
    return true;
}

static void add(shoal_pipeline *out, uint16_t id, const uint32_t *values, size_t n_values)
{
    (void)shoal_pipeline_add(out, id, true, values, n_values, NULL); /* far from the limits */
}

/* ---- Families ---- */

static shoal_status parse_blosc(request *r, shoal_pipeline *out, shoal_error *err)
{
    const word *compressor = &blosc_compressors[0], *shuffle = &shuffles[0];
    if (r->n > 1 && !take_word(r, blosc_compressors, COUNT(blosc_compressors), &compressor))
        return fail_with_hint(r, "compressor", r->part[1], blosc_compressors,
                              COUNT(blosc_compressors), err);
    uint32_t level = compressor->level;
    bool has_level = take_number(r, &level);
    if (has_level && level > 9) return fail_with_forms(r, err);
    if (next_part(r) != NULL && !take_word(r, shuffles, COUNT(shuffles), &shuffle))
        return fail_with_hint(r, has_level ? "shuffle" : "level or shuffle", next_part(r), shuffles,
                              COUNT(shuffles), err);
    uint32_t size = r->type.n_bytes;
    if (size == 0 || size > BLOSC_MAX_TYPESIZE) size = 1;
    const uint32_t values[7] = {2,
                                BLOSC_VERSION_FORMAT,
                                size,
                                (uint32_t)r->chunk_bytes,
                                level,
                                shuffle->value,
                                compressor->value};
    add(out, SHOAL_FILTER_BLOSC, values, 7);
    return SHOAL_OK;
}

/* A compressor of bytes: the elements' bytes are shuffled before it, unless asked not to. */
typedef struct compressor {
    const char *name;
    uint16_t id;
    uint32_t least, level, most; /* levels; most == 0: it has none */
} compressor;

static const compressor compressors[] = {
    {"gzip", SHOAL_FILTER_DEFLATE, 0, 4, 9}, {"zstd", SHOAL_FILTER_ZSTD, 1, 3, 22},
    {"bzip2", SHOAL_FILTER_BZIP2, 1, 9, 9},  {"lzf", SHOAL_FILTER_LZF, 0, 0, 0},
    {"lz4", SHOAL_FILTER_LZ4, 0, 0, 0},
};

static shoal_status parse_compressor(request *r, const compressor *c, shoal_pipeline *out,
                                     shoal_error *err)
{
    static const word choices[] = {{"shuffle", 1, 0}, {"noshuffle", 0, 0}};
    const word *shuffle = &choices[0];
    uint32_t level = c->level;
    bool has_level = c->most > 0 && take_number(r, &level);
    if (level < c->least || level > c->most)
        return shoal_fail(err, SHOAL_USAGE, "codec '%s': %s's level is a number, %u to %u",
                          r->codec, c->name, c->least, c->most);
    if (next_part(r) != NULL && !take_word(r, choices, COUNT(choices), &shuffle)) {
        const char *given = next_part(r);
        if (!has_level && c->most > 0 && strstr(given, "shuf") == NULL)
            return shoal_fail(err, SHOAL_USAGE,
                              "codec '%s': %s's level is a number, %u to %u, not '%s'", r->codec,
                              c->name, c->least, c->most, given);
        return fail_with_hint(r, "shuffle", given, choices, COUNT(choices), err);
    }
    if (shuffle->value == 1 && r->type.n_bytes > 1)
        add(out, SHOAL_FILTER_SHUFFLE, &r->type.n_bytes, 1);
    const uint32_t lzf[3] = {4, 0x0105, (uint32_t)r->chunk_bytes}; /* versions as h5py has them */
    if (c->id == SHOAL_FILTER_LZF)
        add(out, c->id, lzf, 3);
    else if (c->most > 0)
        add(out, c->id, &level, 1);
    else
        add(out, c->id, NULL, 0);
    return SHOAL_OK;
}

static shoal_status parse_bitshuffle(request *r, shoal_pipeline *out, shoal_error *err)
{
    const word *with = &bitshuffle_compressors[0];
    if (r->n > 1 && !take_word(r, bitshuffle_compressors, COUNT(bitshuffle_compressors), &with))
        return fail_with_hint(r, "compressor", r->part[1], bitshuffle_compressors,
                              COUNT(bitshuffle_compressors), err);
    uint32_t level = with->level;
    if (level > 0 && take_number(r, &level) && (level < 1 || level > 22))
        return shoal_fail(err, SHOAL_USAGE, "codec '%s': zstd's level is a number, 1 to 22",
                          r->codec);
    const uint32_t values[6] = {0, 5, r->type.n_bytes, 0, with->value, level};
    add(out, SHOAL_FILTER_BITSHUFFLE, values, level > 0 ? 6 : 5);
    return SHOAL_OK;
}

static bool is_number(shoal_type type)
{
    return type.code < SHOAL_N_NUMERIC_TYPES && type.code != SHOAL_BOOL &&
           type.code != SHOAL_COMPLEX64 && type.code != SHOAL_COMPLEX128;
}

static bool is_float(shoal_type type)
{
    return type.code == SHOAL_FLOAT16 || type.code == SHOAL_FLOAT32 || type.code == SHOAL_FLOAT64;
}

static bool is_signed(shoal_type type)
{
    return type.code == SHOAL_INT8 || type.code == SHOAL_INT16 || type.code == SHOAL_INT32 ||
           type.code == SHOAL_INT64;
}

static shoal_status fail_for_type(const request *r, const char *takes, shoal_error *err)
{
    char name[24];
    return shoal_fail(err, SHOAL_USAGE, "codec '%s' is for %s, not %s", r->codec, takes,
                      shoal_type_name(r->type, name));
}

/* Lines as HDF5 chooses them where a chunk's last axis is not known. */
static shoal_status parse_szip(request *r, shoal_pipeline *out, shoal_error *err)
{
    enum { ALLOW_K13 = 1, LITTLE_ENDIAN_DATA = 8, RAW = 128, MOST_PIXELS = 32, LINE_BLOCKS = 128 };
    const word *option = &szip_options[0];
    uint32_t pixels = MOST_PIXELS;
    if (!is_number(r->type)) return fail_for_type(r, "integers and floats", err);
    uint64_t n = r->chunk_bytes / r->type.n_bytes;
    while (pixels > n && pixels > 2) pixels /= 2;
    (void)take_word(r, szip_options, COUNT(szip_options), &option);
    if (take_number(r, &pixels) && (pixels < 2 || pixels > MOST_PIXELS || pixels % 2 != 0))
        return shoal_fail(err, SHOAL_USAGE, "codec '%s': szip's pixels are an even number, 2 to 32",
                          r->codec);
    if (r->at < r->n)
        return fail_with_hint(r, "option", next_part(r), szip_options, COUNT(szip_options), err);
    if (pixels > n)
        return shoal_fail(err, SHOAL_USAGE, "codec '%s': chunks have fewer than %u elements",
                          r->codec, pixels);
    uint64_t line = pixels * LINE_BLOCKS;
    const uint32_t values[4] = {option->value | ALLOW_K13 | LITTLE_ENDIAN_DATA | RAW, pixels,
                                8 * r->type.n_bytes, (uint32_t)(line < n ? line : n)};
    add(out, SHOAL_FILTER_SZIP, values, 4);
    return SHOAL_OK;
}

/* The dataset's fill value is filled in when it is made. */
static shoal_status parse_scaleoffset(request *r, shoal_pipeline *out, shoal_error *err)
{
    enum { DECIMAL = 0, INTEGER = 2 };
    uint32_t digits = 0;
    if (!is_number(r->type) || r->type.code == SHOAL_FLOAT16)
        return fail_for_type(r, "integers, float32 and float64", err);
    bool given = take_number(r, &digits);
    if (is_float(r->type) && !given)
        return shoal_fail(err, SHOAL_USAGE,
                          "codec '%s' rounds floats: write scaleoffset:DIGITS, how many decimal "
                          "digits to keep",
                          r->codec);
    if (!is_float(r->type) && r->n > 1)
        return shoal_fail(err, SHOAL_USAGE,
                          "codec '%s': integers are kept whole; write scaleoffset", r->codec);
    const uint32_t values[20] = {is_float(r->type) ? DECIMAL : INTEGER,
                                 digits,
                                 (uint32_t)(r->chunk_bytes / r->type.n_bytes),
                                 is_float(r->type),
                                 r->type.n_bytes,
                                 is_signed(r->type)};
    add(out, SHOAL_FILTER_SCALEOFFSET, values, 20);
    return SHOAL_OK;
}

static shoal_status parse_none(request *r, shoal_pipeline *out, shoal_error *err)
{
    (void)r, (void)out, (void)err;
    return SHOAL_OK;
}

/* ---- All ---- */

static const struct family {
    const char *name;
    shoal_status (*parse)(request *r, shoal_pipeline *out, shoal_error *err);
} families[] = {
    {"blosc", parse_blosc}, {"bitshuffle", parse_bitshuffle},   {"szip", parse_szip},
    {"none", parse_none},   {"scaleoffset", parse_scaleoffset},
};

static shoal_status fail_unknown(const request *r, shoal_error *err)
{
    word names[COUNT(families) + COUNT(compressors)] = {{0}};
    const char *given = r->part[0];
    size_t n = 0;
    if (find_word(blosc_compressors, COUNT(blosc_compressors), given) != NULL)
        return shoal_fail(err, SHOAL_USAGE, "codec '%s' is not known; did you mean 'blosc:%s'?",
                          r->codec, r->codec);
    if (strcmp(given, "deflate") == 0)
        return shoal_fail(err, SHOAL_USAGE, "codec '%s' is not known; did you mean 'gzip'?",
                          r->codec);
    for (size_t k = 0; k < COUNT(families); k++) names[n++].name = families[k].name;
    for (size_t k = 0; k < COUNT(compressors); k++) names[n++].name = compressors[k].name;
    return fail_with_hint(r, "codec", given, names, n, err);
}

static shoal_status parse(request *r, shoal_pipeline *out, shoal_error *err)
{
    for (size_t k = 0; k < COUNT(compressors); k++)
        if (strcmp(compressors[k].name, r->part[0]) == 0)
            return parse_compressor(r, &compressors[k], out, err);
    for (size_t k = 0; k < COUNT(families); k++)
        if (strcmp(families[k].name, r->part[0]) == 0) return families[k].parse(r, out, err);
    return fail_unknown(r, err);
}

shoal_status shoal_pipeline_parse(const char *codec, shoal_type type, size_t chunk_bytes,
                                  shoal_pipeline *out, shoal_error *err)
{
    if (codec == NULL) codec = DEFAULT_CODEC;
    request r = {.codec = codec, .type = type, .chunk_bytes = chunk_bytes};
    shoal_pipeline made = {.n = 0};
    if (chunk_bytes > UINT32_MAX)
        return shoal_fail(err, SHOAL_USAGE,
                          "chunks of %zu bytes are too large (below 4 GiB): choose a smaller chunk "
                          "shape",
                          chunk_bytes);
    if (!split(codec, &r)) return fail_with_forms(&r, err);
    shoal_status status = parse(&r, &made, err);
    if (status != SHOAL_OK) return status;
    if (r.at < r.n) return fail_with_forms(&r, err);
    if (r.checksum)
        status = shoal_pipeline_add(&made, SHOAL_FILTER_FLETCHER32, false, NULL, 0, err);
    *out = made;
    return status;
}
