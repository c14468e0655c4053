/* Coordinates beside the datasets that they are of. */
#include "compute/coordinates.h"

#include "chunk/error.h"
#include "compute/scales.h"
#include "store/copy_attributes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAST_NAME = 99, CONTIGUOUS_BYTES = 1 << 16 };
#define MOST_TEXT_BYTES ((uint64_t)64 << 20) /* of variable length, which is written whole */

/* A coordinate that is written. */
typedef struct writing {
    shoal_writer *writer;
    const char *path;  /* of the dataset that it is of */
    const char *named; /* its own */
    const shoal_coordinate *coordinate;
    shoal_coordinate_part part;
    char *scale[SHOAL_MAX_RANK]; /* of the part's axes; NULL: its own axis */
    shoal_texts texts;           /* bytes NULL: no text of variable length */
    char *text_bytes;            /* theirs */
    uint8_t *there;              /* a box, to compare with */
    bool same;
} writing;

/* ---- Its values ---- */

static shoal_status write_box(void *user, const shoal_region *box, const void *values,
                              size_t n_bytes, bool *go, shoal_error *err)
{
    const writing *w = user;
    (void)go;
    return shoal_writer_write(w->writer, w->named, box, values, n_bytes, err);
}

static shoal_status compare_box(void *user, const shoal_region *box, const void *values,
                                size_t n_bytes, bool *go, shoal_error *err)
{
    writing *w = user;
    uint8_t *there = realloc(w->there, n_bytes + 1);
    if (!there) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    w->there = there;
    shoal_status status = shoal_writer_read(w->writer, w->named, box, there, n_bytes, err);
    w->same = *go = !status && memcmp(there, values, n_bytes) == 0;
    return status;
}

static shoal_status take_box(void *user, const shoal_region *box, const void *values,
                             size_t n_bytes, bool *go, shoal_error *err)
{
    char **to = user;
    (void)box;
    (void)go;
    (void)err;
    memcpy(*to, values, n_bytes); /* boxes come in C order, so they follow each other */
    *to += n_bytes;
    return SHOAL_OK;
}

/* Reads texts of variable length whole. */
static shoal_status take_texts(writing *w, shoal_error *err)
{
    const shoal_coordinate_part *part = &w->part;
    shoal_type type = part->values->type;
    uint64_t n = 0;
    shoal_region_elements(&part->region, &n);
    if (!part->values->has_sequences || type.code != SHOAL_TEXT || type.n_bytes == 0 ||
        n > MOST_TEXT_BYTES / type.n_bytes)
        return SHOAL_OK;
    char *bytes = malloc((size_t)n * type.n_bytes + 1), *to = bytes;
    if (!bytes) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    w->text_bytes = bytes;
    w->texts = (shoal_texts){.rank = part->rank, .width = type.n_bytes, .bytes = bytes};
    memcpy(w->texts.shape, part->shape, sizeof part->shape);
    return shoal_coordinate_visit(part, take_box, &to, err);
}

/* ---- What is there ---- */

/* Has a dataset of the writer's these scales? */
static shoal_status same_scales(const writing *w, bool *same, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < w->part.rank && *same && !status; k++) {
        char *scale = NULL;
        if (!w->scale[k]) continue;
        status = shoal_writer_scale_of(w->writer, w->named, k, &scale, err);
        *same = scale && strcmp(scale, w->scale[k]) == 0;
        free(scale);
    }
    return status;
}

static shoal_status suits(writing *w, bool *out, shoal_error *err)
{
    shoal_sink *sink;
    *out = false;
    if (shoal_writer_is_scale(w->writer, w->named)) return SHOAL_OK;
    if (w->texts.bytes) {
        *out = shoal_writer_texts_equal(w->writer, w->named, &w->texts);
        return same_scales(w, out, err);
    }
    if (shoal_writer_sink(w->writer, w->named, &sink, NULL) != SHOAL_OK) return SHOAL_OK;
    const shoal_grid *grid = shoal_sink_grid(sink);
    shoal_type type = shoal_sink_type(sink), mine = w->part.values->type;
    if (type.code != mine.code || type.n_bytes != mine.n_bytes || grid->rank != w->part.rank)
        return SHOAL_OK;
    for (int k = 0; k < grid->rank; k++)
        if (grid->shape[k] != w->part.shape[k]) return SHOAL_OK;
    w->same = true;
    shoal_status status = shoal_coordinate_visit(&w->part, compare_box, w, err);
    *out = w->same;
    return status ? status : same_scales(w, out, err);
}

/* ---- Making it ---- */

static bool is_wanted(void *user, const char *name)
{
    (void)user;
    return strcmp(name, "coordinates") != 0;
}

/* The characters of text have an axis of their own. */
static shoal_status name_own(const writing *w, int k, shoal_error *err)
{
    const shoal_dataset *values = w->part.values;
    int axis = w->part.from[k];
    uint64_t n = values->grid.shape[axis];
    const shoal_scale_piece piece = {values, axis, 0, 1, n};
    bool named = false;
    shoal_status status = shoal_scale_attach(w->writer, w->named, k, &piece, 1, false, &named, err);
    if (status || named) return status;
    return shoal_scale_attach_bare(w->writer, w->named, k, n, false, err);
}

static shoal_status make_values(writing *w, shoal_error *err)
{
    const shoal_coordinate_part *part = &w->part;
    if (w->texts.bytes) return shoal_writer_texts(w->writer, w->named, &w->texts, err);
    shoal_dataset_spec spec = {.type = part->values->type, .rank = part->rank};
    uint64_t n = 0;
    shoal_region_elements(&part->region, &n);
    memcpy(spec.shape, part->shape, sizeof spec.shape);
    spec.contiguous = n <= CONTIGUOUS_BYTES / spec.type.n_bytes;
    shoal_status status = shoal_writer_dataset(w->writer, w->named, &spec, err);
    return status ? status : shoal_coordinate_visit(part, write_box, w, err);
}

static shoal_status make(writing *w, shoal_error *err)
{
    shoal_status status = make_values(w, err);
    for (int k = 0; k < w->part.rank && !status; k++)
        status = w->scale[k]
                     ? shoal_writer_dimension(w->writer, w->named, k, w->scale[k], NULL, err)
                     : name_own(w, k, err);
    if (status) return status;
    return shoal_copy_attributes(w->part.values, is_wanted, NULL, w->writer, w->named, err);
}

/* ---- Its place ---- */

/* The scales of the axes that it is along; *has is cleared where one has none. */
static shoal_status find_scales(writing *w, bool *has, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < w->part.rank && !status && *has; k++) {
        int axis = w->part.axis[k];
        if (axis < 0) continue;
        status = shoal_writer_scale_of(w->writer, w->path, axis, &w->scale[k], err);
        if (!status && !w->scale[k] && shoal_writer_is_scale(w->writer, w->path))
            w->scale[k] = strdup(w->path); /* its own */
        *has = w->scale[k] != NULL;
    }
    return status;
}

/* "/group/NAME", or "/group/NAME_2", ... beside the dataset: one that suits, or that is made. *out
   is NULL where there is none. */
static shoal_status place(writing *w, char **out, shoal_error *err)
{
    const char *slash = strrchr(w->path, '/');
    int n_group = slash ? (int)(slash - w->path) : 0;
    shoal_status status = SHOAL_OK;
    for (int number = 1; number <= LAST_NAME && !status; number++) {
        char *named = NULL, suffix[16] = "";
        bool fine = true;
        if (number > 1) snprintf(suffix, sizeof suffix, "_%d", number);
        if (asprintf(&named, "%.*s/%s%s", n_group, w->path, w->coordinate->name, suffix) < 0)
            return shoal_fail(err, SHOAL_MEMORY, "out of memory");
        w->named = named;
        status = shoal_writer_exists(w->writer, named) ? suits(w, &fine, err) : make(w, err);
        if (!status && fine) {
            *out = named;
            return SHOAL_OK;
        }
        free(named);
    }
    return status;
}

static shoal_status write_one(writing *w, const uint64_t *shape, char **out, shoal_error *err)
{
    bool has = true;
    *out = NULL;
    if (shoal_coordinate_open(w->coordinate, shape, &w->part, NULL) != SHOAL_OK) return SHOAL_OK;
    shoal_status status = find_scales(w, &has, err);
    if (!status && has) status = take_texts(w, err);
    if (!status && has) status = place(w, out, err);
    for (int k = 0; k < w->part.rank; k++) free(w->scale[k]);
    free(w->text_bytes);
    free(w->there);
    shoal_coordinate_close(&w->part);
    return status;
}

shoal_status shoal_coordinates_write(shoal_writer *writer, const char *path,
                                     const shoal_coordinate_list *list, const uint64_t *shape,
                                     bool *any, shoal_error *err)
{
    char *names = NULL;
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < list->n && !status; k++) {
        writing w = {.writer = writer, .path = path, .coordinate = list->coordinate[k]};
        char *named = NULL, *longer = NULL;
        status = write_one(&w, shape, &named, err);
        if (!named) continue;
        if (asprintf(&longer, "%s%s%s", names ? names : "", names ? " " : "",
                     strrchr(named, '/') + 1) < 0) {
            longer = NULL;
            status = shoal_fail(err, SHOAL_MEMORY, "out of memory");
        }
        free(named);
        free(names);
        names = longer;
    }
    if (!status && names)
        status = shoal_writer_attribute_text(writer, path, "coordinates", names, err);
    *any |= names != NULL;
    free(names);
    return status;
}
