/* Codecs by name: from "blosc:lz4:5:shuffle" to a pipeline of filters, and back for people. */
#include "chunk/error.h"
#include "chunk/filter.h"
#include "chunk/filter_stage.h"
#include "chunk/type.h"

#include <blosc.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_CODEC "blosc:lz4:5:shuffle"
#define CODEC_FORMS                                                                  \
    "write blosc:lz4|zstd|blosclz|lz4hc|zlib[:0-9][:shuffle|bitshuffle|noshuffle], " \
    "gzip[:0-9] or none"

enum { MAX_PARTS = 4, MAX_CODEC_BYTES = 64, DEFAULT_GZIP_LEVEL = 4 };

typedef struct word {
    const char *name;
    uint32_t value, level; /* level: the default of a compressor */
} word;

static const word compressors[] = {
    {"lz4", BLOSC_LZ4, 5},     {"zstd", BLOSC_ZSTD, 1}, {"blosclz", BLOSC_BLOSCLZ, 5},
    {"lz4hc", BLOSC_LZ4HC, 5}, {"zlib", BLOSC_ZLIB, 5},
};
static const word shuffles[] = {
    {"shuffle", BLOSC_SHUFFLE, 0},
    {"bitshuffle", BLOSC_BITSHUFFLE, 0},
    {"noshuffle", BLOSC_NOSHUFFLE, 0},
};

enum {
    N_COMPRESSORS = sizeof compressors / sizeof *compressors,
    N_SHUFFLES = sizeof shuffles / sizeof *shuffles,
};

/* A codec's name cut at the colons. */
typedef struct parts {
    const char *codec; /* whole, for messages */
    char text[MAX_CODEC_BYTES];
    const char *part[MAX_PARTS];
    int n;
} parts;

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

static shoal_status fail_with_forms(const parts *p, shoal_error *err)
{
    return shoal_fail(err, SHOAL_USAGE, "codec '%s': " CODEC_FORMS, p->codec);
}

static shoal_status fail_with_hint(const parts *p, const char *what, const char *given,
                                   const word *words, size_t n, shoal_error *err)
{
    const char *names[N_COMPRESSORS + N_SHUFFLES];
    for (size_t k = 0; k < n; k++) names[k] = words[k].name;
    const char *nearest = shoal_nearest_word(given, names, n);
    if (nearest != NULL)
        return shoal_fail(err, SHOAL_USAGE, "codec '%s': unknown %s '%s'; did you mean '%s'?",
                          p->codec, what, given, nearest);
    return shoal_fail(err, SHOAL_USAGE, "codec '%s': unknown %s '%s'; " CODEC_FORMS, p->codec, what,
                      given);
}

static bool split(const char *codec, parts *out)
{
    size_t n = strlen(codec);
    *out = (parts){.codec = codec, .n = 1};
    if (n >= MAX_CODEC_BYTES) return false;
    memcpy(out->text, codec, n + 1);
    out->part[0] = out->text;
    for (char *at = out->text; (at = strchr(at, ':')) != NULL;) {
        *at++ = '\0';
        if (out->n == MAX_PARTS) return false;
        out->part[out->n++] = at;
    }
    return true;
}

static bool read_level(const char *text, uint32_t *level)
{
    if (text[0] < '0' || text[0] > '9' || text[1] != '\0') return false;
    *level = (uint32_t)(text[0] - '0');
    return true;
}

static shoal_status parse_blosc(const parts *p, shoal_type type, size_t chunk_bytes,
                                shoal_pipeline *out, shoal_error *err)
{
    const word *compressor = &compressors[0], *shuffle = &shuffles[0];
    if (p->n > 1) compressor = find_word(compressors, N_COMPRESSORS, p->part[1]);
    if (compressor == NULL)
        return fail_with_hint(p, "compressor", p->part[1], compressors, N_COMPRESSORS, err);
    uint32_t level = compressor->level;
    int k = 2;
    if (k < p->n && read_level(p->part[k], &level)) k++;
    if (k < p->n) {
        shuffle = find_word(shuffles, N_SHUFFLES, p->part[k]);
        if (shuffle == NULL)
            return fail_with_hint(p, k == 2 ? "level or shuffle" : "shuffle", p->part[k], shuffles,
                                  N_SHUFFLES, err);
        k++;
    }
    if (k < p->n) return fail_with_forms(p, err);
    uint32_t type_bytes = type.n_bytes > 0 && type.n_bytes <= BLOSC_MAX_TYPESIZE ? type.n_bytes : 1;
    *out = (shoal_pipeline){
        .n = 1,
        .filter[0] = {.id = SHOAL_FILTER_BLOSC,
                      .optional = true,
                      .n_values = 7,
                      .values = {2, BLOSC_VERSION_FORMAT, type_bytes, (uint32_t)chunk_bytes, level,
                                 shuffle->value, compressor->value}}};
    return SHOAL_OK;
}

static shoal_status parse_gzip(const parts *p, shoal_type type, shoal_pipeline *out,
                               shoal_error *err)
{
    uint32_t level = DEFAULT_GZIP_LEVEL;
    if (p->n > 2) return fail_with_forms(p, err);
    if (p->n == 2 && !read_level(p->part[1], &level))
        return shoal_fail(err, SHOAL_USAGE, "codec '%s': gzip's level is a digit, 0 to 9, not '%s'",
                          p->codec, p->part[1]);
    *out = (shoal_pipeline){.n = 0};
    if (type.n_bytes > 1)
        out->filter[out->n++] = (shoal_filter){
            .id = SHOAL_FILTER_SHUFFLE, .optional = true, .n_values = 1, .values = {type.n_bytes}};
    out->filter[out->n++] = (shoal_filter){
        .id = SHOAL_FILTER_DEFLATE, .optional = true, .n_values = 1, .values = {level}};
    return SHOAL_OK;
}

static shoal_status fail_unknown_codec(const parts *p, shoal_error *err)
{
    static const word families[] = {{"blosc", 0, 0}, {"gzip", 0, 0}, {"none", 0, 0}};
    if (find_word(compressors, N_COMPRESSORS, p->part[0]) != NULL)
        return shoal_fail(err, SHOAL_USAGE, "codec '%s' is not known; did you mean 'blosc:%s'?",
                          p->codec, p->codec);
    if (strcmp(p->part[0], "deflate") == 0)
        return shoal_fail(err, SHOAL_USAGE, "codec '%s' is not known; did you mean 'gzip'?",
                          p->codec);
    return fail_with_hint(p, "codec", p->part[0], families, 3, err);
}

shoal_status shoal_pipeline_parse(const char *codec, shoal_type type, size_t chunk_bytes,
                                  shoal_pipeline *out, shoal_error *err)
{
    parts p;
    if (chunk_bytes > UINT32_MAX)
        return shoal_fail(err, SHOAL_USAGE,
                          "chunks of %zu bytes are too large (below 4 GiB): choose a smaller chunk "
                          "shape",
                          chunk_bytes);
    if (!split(codec != NULL ? codec : DEFAULT_CODEC, &p)) return fail_with_forms(&p, err);
    if (strcmp(p.part[0], "blosc") == 0) return parse_blosc(&p, type, chunk_bytes, out, err);
    if (strcmp(p.part[0], "gzip") == 0) return parse_gzip(&p, type, out, err);
    if (strcmp(p.part[0], "none") != 0) return fail_unknown_codec(&p, err);
    if (p.n > 1) return fail_with_forms(&p, err);
    *out = (shoal_pipeline){.n = 0};
    return SHOAL_OK;
}

/* Writes what fits of `more` at *at and moves on; the text always ends with NUL. */
static void append(char *text, size_t capacity, size_t *at, const char *more)
{
    int n = snprintf(text + *at, capacity - *at, "%s", more);
    if (n > 0) *at += (size_t)n;
    if (*at >= capacity) *at = capacity - 1;
}

void shoal_pipeline_describe(const shoal_pipeline *pipeline, char *text, size_t capacity)
{
    size_t at = 0;
    if (capacity == 0) return;
    text[0] = '\0';
    for (int k = 0; k < pipeline->n && k < SHOAL_MAX_FILTERS; k++) {
        const shoal_filter *filter = &pipeline->filter[k];
        const shoal_filter_row *row = shoal_filter_row_of(filter->id);
        const char *name = shoal_filter_name(filter->id);
        char one[64];
        if (row != NULL && row->describe != NULL)
            row->describe(filter, one, sizeof one);
        else if (name != NULL)
            (void)snprintf(one, sizeof one, "%s", name);
        else
            (void)snprintf(one, sizeof one, "filter %u", filter->id);
        if (k > 0) append(text, capacity, &at, ", ");
        append(text, capacity, &at, one);
    }
}
