#include "compute/scales.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "chunk/grid.h"
#include "store/cf_axis.h"
#include "store/cf_input.h"
#include "store/copy_attributes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_ELEMENTS = 1 << 16,
    LAST_NAME = 99,
    CONTIGUOUS_BYTES = 1 << 16,
    LONGEST_ELEMENT = 1 << 12
};
#define MOST_TEXT_BYTES ((uint64_t)64 << 20)

/* An axis's coordinate: the datasets of the pieces' values, all of one type, or of none; or values
   that are in memory. */
typedef struct coordinate {
    char *name; /* of the axis, or NULL */
    const shoal_scale_piece *piece;
    size_t n_pieces;
    shoal_dataset **values;           /* by piece; NULL: the dimension is bare */
    const shoal_scale_values *memory; /* instead of pieces; or NULL */
    shoal_type type;
    uint64_t count; /* of all pieces */
    bool grows;
    shoal_texts texts; /* bytes NULL: no text of variable length */
    char *text_bytes;  /* theirs */
} coordinate;

static bool has_values(const coordinate *c)
{
    return c->values || c->memory;
}

static void close_coordinate(coordinate *c)
{
    for (size_t k = 0; c->values && k < c->n_pieces; k++) shoal_dataset_close(c->values[k]);
    free(c->values);
    free(c->text_bytes);
    free(c->name);
    *c = (coordinate){0};
}

/* ---- What is to be written ---- */

/* That of the values; of rows of characters the texts'. */
static shoal_type type_of(const shoal_dataset *values)
{
    if (values->grid.rank == 1) return values->type;
    uint64_t width = values->grid.shape[1];
    return (shoal_type){SHOAL_TEXT,
                        width > LONGEST_ELEMENT ? LONGEST_ELEMENT + 1 : (uint32_t)width};
}

static bool fits(const coordinate *c, const shoal_dataset *values)
{
    shoal_type type = type_of(values);
    if (!values->readable || type.n_bytes == 0 || type.n_bytes > LONGEST_ELEMENT) return false;
    return !c->type.n_bytes || (type.code == c->type.code && type.n_bytes == c->type.n_bytes);
}

/* Opens a piece's values; *has is cleared where it has none that suit. */
static shoal_status open_piece(coordinate *c, size_t k, bool *has, shoal_error *err)
{
    const shoal_scale_piece *p = &c->piece[k];
    shoal_cf_axis axis;
    shoal_status status = shoal_cf_axis_read(p->dataset, p->axis, &axis, err);
    if (status) return status;
    if (k == 0 && axis.name) c->name = strdup(axis.name);
    if (!axis.name || !c->name || strcmp(axis.name, c->name) != 0) {
        free(c->name);
        c->name = NULL;
    }
    const char *path = axis.coordinate ? axis.coordinate : axis.characters;
    if (!path) *has = false;
    if (c->name && *has) {
        status = shoal_dataset_open(p->dataset->file, path, &c->values[k], err);
        if (!status && !fits(c, c->values[k])) *has = false;
        if (!status) c->type = type_of(c->values[k]);
    }
    shoal_cf_axis_free(&axis);
    return status;
}

static shoal_status open_coordinate(const shoal_scale_piece *piece, size_t n_pieces, bool grows,
                                    coordinate *c, shoal_error *err)
{
    *c = (coordinate){.piece = piece, .n_pieces = n_pieces, .grows = grows};
    c->values = calloc(n_pieces + 1, sizeof(shoal_dataset *));
    if (!c->values) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    bool has = true;
    shoal_status status = SHOAL_OK;
    for (size_t k = 0; k < n_pieces && !status && (k == 0 || c->name); k++) {
        status = open_piece(c, k, &has, err);
        c->count += piece[k].count;
    }
    if (has && c->name) return status;
    for (size_t k = 0; k < n_pieces; k++) shoal_dataset_close(c->values[k]);
    free(c->values);
    c->values = NULL;
    return status;
}

/* ---- Values ---- */

/* Calls for blocks of all pieces' values, in order; `at` counts from 0. Stops where *go is
   cleared. */
typedef shoal_status (*block_visitor)(void *user, uint64_t at, uint64_t n, const void *values,
                                      bool *go, shoal_error *err);

static shoal_status visit_memory(const shoal_scale_values *v, block_visitor visitor, void *user,
                                 shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    bool go = true;
    for (uint64_t at = 0; at < v->n && !status && go; at += BLOCK_ELEMENTS) {
        uint64_t n = v->n - at < BLOCK_ELEMENTS ? v->n - at : BLOCK_ELEMENTS;
        const uint8_t *value = (const uint8_t *)v->value + (size_t)at * v->type.n_bytes;
        status = visitor(user, at, n, value, &go, err);
    }
    return status;
}

static shoal_status visit_values(const coordinate *c, block_visitor visitor, void *user,
                                 shoal_error *err)
{
    if (c->memory) return visit_memory(c->memory, visitor, user, err);
    void *block = malloc((size_t)BLOCK_ELEMENTS * c->type.n_bytes);
    if (!block) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = SHOAL_OK;
    uint64_t at = 0;
    bool go = true;
    for (size_t k = 0; k < c->n_pieces && !status && go; k++) {
        const shoal_scale_piece *p = &c->piece[k];
        for (uint64_t done = 0; done < p->count && !status && go; done += BLOCK_ELEMENTS) {
            uint64_t n = p->count - done < BLOCK_ELEMENTS ? p->count - done : BLOCK_ELEMENTS;
            shoal_region region = {.rank = c->values[k]->grid.rank};
            region.axis[1] = (shoal_range){0, 1, c->type.n_bytes}; /* of characters */
            region.axis[0] =
                (shoal_range){p->start + (int64_t)done * p->step, p->step ? p->step : 1, n};
            status =
                shoal_dataset_read(c->values[k], &region, block, (size_t)n * c->type.n_bytes, err);
            if (!status) status = visitor(user, at, n, block, &go, err);
            at += n;
        }
    }
    free(block);
    return status;
}

typedef struct target {
    shoal_writer *writer;
    const char *path;
    shoal_type type;
    uint64_t first; /* index of the first value */
    bool same;
    void *there; /* a block, to compare with */
} target;

static shoal_region block_region(uint64_t first, uint64_t n)
{
    shoal_region region = {.rank = 1};
    region.axis[0] = (shoal_range){(int64_t)first, 1, n};
    return region;
}

static shoal_status write_block(void *user, uint64_t at, uint64_t n, const void *values, bool *go,
                                shoal_error *err)
{
    const target *t = user;
    const shoal_region region = block_region(t->first + at, n);
    (void)go;
    return shoal_writer_write(t->writer, t->path, &region, values, (size_t)n * t->type.n_bytes,
                              err);
}

static shoal_status compare_block(void *user, uint64_t at, uint64_t n, const void *values, bool *go,
                                  shoal_error *err)
{
    target *t = user;
    const shoal_region region = block_region(at, n);
    size_t n_bytes = (size_t)n * t->type.n_bytes;
    shoal_status status = shoal_writer_read(t->writer, t->path, &region, t->there, n_bytes, err);
    if (!status) t->same = *go = memcmp(values, t->there, n_bytes) == 0;
    return status;
}

static shoal_status take_block(void *user, uint64_t at, uint64_t n, const void *values, bool *go,
                               shoal_error *err)
{
    coordinate *c = user;
    (void)go;
    (void)err;
    memcpy(c->text_bytes + at * c->type.n_bytes, values, (size_t)n * c->type.n_bytes);
    return SHOAL_OK;
}

/* Are the values texts of variable length, or characters that are read as such? */
static shoal_status varies(const shoal_dataset *values, bool *out, shoal_error *err)
{
    shoal_cf_value encoding;
    *out = values->has_sequences;
    if (values->grid.rank == 1) return SHOAL_OK;
    shoal_status status =
        shoal_cf_value_read(values->file, values->path, "_Encoding", &encoding, err);
    if (!status) *out = encoding.exists;
    shoal_cf_value_free(&encoding);
    return status;
}

/* Text of variable length stays it, unless it grows: it is written whole. */
static shoal_status take_texts(coordinate *c, shoal_error *err)
{
    bool does = false;
    if (!c->values || c->grows || c->type.code != SHOAL_TEXT || c->type.n_bytes == 0 ||
        c->count > MOST_TEXT_BYTES / c->type.n_bytes)
        return SHOAL_OK;
    shoal_status status = varies(c->values[0], &does, err);
    if (status || !does) return status;
    c->text_bytes = malloc((size_t)c->count * c->type.n_bytes + 1);
    if (!c->text_bytes) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    c->texts = (shoal_texts){
        .rank = 1, .shape = {c->count}, .width = c->type.n_bytes, .bytes = c->text_bytes};
    return visit_values(c, take_block, c, err);
}

/* ---- Scales ---- */

static shoal_status make_bare(shoal_writer *writer, const char *path, const coordinate *c,
                              shoal_error *err)
{
    shoal_dataset_spec spec = {
        .type = {SHOAL_FLOAT32, 4}, .rank = 1, .shape = {c->count}, .contiguous = !c->grows};
    spec.unlimited = c->grows;
    return shoal_writer_dataset(writer, path, &spec, err);
}

/* What values in memory mean. */
static shoal_status describe(shoal_writer *writer, const char *path, const shoal_scale_values *v,
                             shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    if (v->units) status = shoal_writer_attribute_text(writer, path, "units", v->units, err);
    if (!status && v->units && v->calendar)
        status = shoal_writer_attribute_text(writer, path, "calendar", v->calendar, err);
    return status;
}

/* Characters become texts, which need no encoding. */
static bool is_wanted(void *user, const char *name)
{
    (void)user;
    return strcmp(name, "_Encoding") != 0;
}

static shoal_status make_scale(shoal_writer *writer, const char *path, const coordinate *c,
                               shoal_error *err)
{
    if (!has_values(c)) return make_bare(writer, path, c, err);
    uint64_t n_bytes = c->count * c->type.n_bytes;
    shoal_dataset_spec spec = {.type = c->type,
                               .rank = 1,
                               .shape = {c->count},
                               .contiguous = !c->grows && n_bytes <= CONTIGUOUS_BYTES,
                               .unlimited = c->grows};
    shoal_status status = c->texts.bytes ? shoal_writer_texts(writer, path, &c->texts, err)
                                         : shoal_writer_dataset(writer, path, &spec, err);
    target t = {.writer = writer, .path = path, .type = c->type};
    if (!status && !c->texts.bytes) status = visit_values(c, write_block, &t, err);
    if (status) return status;
    if (c->memory) return describe(writer, path, c->memory, err);
    return shoal_copy_attributes(c->values[0], is_wanted, NULL, writer, path, err);
}

/* May the object that is there be the scale? It must be one, with the same values; a dimension
   without values shares any of its length. */
static shoal_status suits(shoal_writer *writer, const char *path, const coordinate *c, bool *out,
                          shoal_error *err)
{
    shoal_sink *sink;
    *out = false;
    if (!shoal_writer_is_scale(writer, path)) return SHOAL_OK;
    if (c->texts.bytes) {
        *out = shoal_writer_texts_equal(writer, path, &c->texts);
        return SHOAL_OK;
    }
    if (shoal_writer_sink(writer, path, &sink, NULL) != SHOAL_OK) return SHOAL_OK;
    const shoal_grid *grid = shoal_sink_grid(sink);
    shoal_type type = shoal_sink_type(sink);
    if (grid->rank != 1 || grid->shape[0] != c->count) return SHOAL_OK;
    *out = !has_values(c);
    if (!has_values(c) || type.code != c->type.code || type.n_bytes != c->type.n_bytes)
        return SHOAL_OK;
    target t = {.writer = writer, .path = path, .type = type, .same = true};
    t.there = malloc((size_t)BLOCK_ELEMENTS * type.n_bytes);
    if (!t.there) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = visit_values(c, compare_block, &t, err);
    free(t.there);
    *out = t.same;
    return status;
}

/* "/group/NAME" or "/group/NAME_2", ... beside the dataset, malloc'd. */
static char *scale_path(const char *dataset, const char *name, int number)
{
    char *path = NULL;
    const char *slash = strrchr(dataset, '/');
    int n_group = slash ? (int)(slash - dataset) : 0;
    int n = number > 1 ? asprintf(&path, "%.*s/%s_%d", n_group, dataset, name, number)
                       : asprintf(&path, "%.*s/%s", n_group, dataset, name);
    return n < 0 ? NULL : path;
}

/* The path of a scale that suits, made where there is none yet. */
static shoal_status find_scale(shoal_writer *writer, const char *path, const coordinate *c,
                               char **out, shoal_error *err)
{
    for (int number = 1; number <= LAST_NAME; number++) {
        char *scale = scale_path(path, c->name, number);
        if (!scale) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
        bool fine = true;
        shoal_status status = shoal_writer_exists(writer, scale)
                                  ? suits(writer, scale, c, &fine, err)
                                  : make_scale(writer, scale, c, err);
        if (!status && fine) {
            *out = scale;
            return SHOAL_OK;
        }
        free(scale);
        if (status) return status;
    }
    *out = NULL;
    return SHOAL_OK;
}

static shoal_status attach(shoal_writer *writer, const char *path, int k, const coordinate *c,
                           bool *named, shoal_error *err)
{
    char *scale = scale_path(path, c->name, 1), bare[80];
    shoal_sink *sink;
    if (!scale) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    bool itself = strcmp(scale, path) == 0;
    shoal_status status = shoal_writer_sink(writer, path, &sink, err);
    if (!status && itself && shoal_sink_grid(sink)->rank != 1) {
        free(scale); /* a dataset cannot be the scale of one of its several axes */
        return SHOAL_OK;
    }
    if (!itself) {
        free(scale);
        scale = NULL;
        if (!status) status = find_scale(writer, path, c, &scale, err);
    }
    shoal_cf_bare_name(c->count, bare);
    if (!status && scale) {
        const char *name = has_values(c) || itself ? strrchr(scale, '/') + 1 : bare;
        status = shoal_writer_dimension(writer, path, k, scale, name, err);
        *named = !status;
    }
    free(scale);
    return status;
}

shoal_status shoal_scale_attach(shoal_writer *writer, const char *path, int k,
                                const shoal_scale_piece *piece, size_t n_pieces, bool grows,
                                bool *named, shoal_error *err)
{
    coordinate c;
    bool ignored;
    if (!named) named = &ignored;
    *named = false;
    shoal_status status = open_coordinate(piece, n_pieces, grows, &c, err);
    if (!status) status = take_texts(&c, err);
    if (!status && c.name) status = attach(writer, path, k, &c, named, err);
    close_coordinate(&c);
    return status;
}

shoal_status shoal_scale_attach_values(shoal_writer *writer, const char *path, int k,
                                       const shoal_scale_values *values, bool *named,
                                       shoal_error *err)
{
    coordinate c = {.type = values->type, .count = values->n, .memory = values};
    *named = false;
    c.name = strdup(values->name);
    if (!c.name) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    if (values->varies)
        c.texts = (shoal_texts){
            .rank = 1, .shape = {values->n}, .width = values->type.n_bytes, .bytes = values->value};
    shoal_status status = attach(writer, path, k, &c, named, err);
    close_coordinate(&c);
    return status;
}

shoal_status shoal_scale_attach_bare(shoal_writer *writer, const char *path, int k, uint64_t n,
                                     bool grows, shoal_error *err)
{
    char name[24];
    bool named = false;
    snprintf(name, sizeof name, "dim_%d", k);
    const coordinate c = {.name = name, .count = n, .grows = grows};
    return attach(writer, path, k, &c, &named, err);
}

/* Grows a scale that is shorter than the dataset: another that shares it may have grown it. */
static shoal_status grow_scale(shoal_writer *writer, const char *scale, uint64_t length, uint64_t n,
                               const coordinate *c, shoal_error *err)
{
    shoal_sink *sink;
    shoal_status status = shoal_writer_sink(writer, scale, &sink, err);
    if (status || shoal_sink_grid(sink)->shape[0] >= length) return status;
    const shoal_type type = shoal_sink_type(sink);
    bool same = c->values && type.code == c->type.code && type.n_bytes == c->type.n_bytes;
    target t = {.writer = writer, .path = scale, .type = type, .first = length - n};
    status = shoal_writer_extend(writer, scale, &length, err);
    return !status && same && c->count == n ? visit_values(c, write_block, &t, err) : status;
}

shoal_status shoal_scale_append(shoal_writer *writer, const char *path,
                                const shoal_scale_piece *piece, size_t n_pieces, uint64_t n,
                                shoal_error *err)
{
    coordinate c;
    char *scale = NULL;
    shoal_sink *sink;
    shoal_status status = shoal_writer_scale_of(writer, path, 0, &scale, err);
    if (status || !scale) return status;
    status = open_coordinate(piece, n_pieces, true, &c, err);
    if (!status) status = shoal_writer_sink(writer, path, &sink, err);
    if (!status) status = grow_scale(writer, scale, shoal_sink_grid(sink)->shape[0], n, &c, err);
    close_coordinate(&c);
    free(scale);
    return status;
}
