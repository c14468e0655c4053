/* info for people: a tree, one line an object, its attributes below it. */
#include "cli/info.h"

#include "cli/human.h"
#include "cli/info_lines.h"
#include "cli/message.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_LINE = 160 };

/* Attributes by which libraries keep house; the tree shows what they mean instead. */
static bool is_housekeeping(const char *name)
{
    static const char *const known[] = {"CLASS",
                                        "NAME",
                                        "DIMENSION_LIST",
                                        "REFERENCE_LIST",
                                        "DIMENSION_LABELS",
                                        "_Netcdf4Dimid",
                                        "_Netcdf4Coordinates",
                                        "_NCProperties",
                                        "_nc3_strict",
                                        "encoding-type",
                                        "encoding-version",
                                        "column-order",
                                        "_index",
                                        "ordered"};
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
        if (strcmp(name, known[k]) == 0) return true;
    return false;
}

typedef struct attribute_walk {
    shoal_cli_walk *walk;
    int indent;
} attribute_walk;

/* Cuts after `most` characters, not inside of one. */
static void cut(char *text, size_t most)
{
    if (shoal_cli_text_width(text) <= most) return;
    size_t n = 0;
    while (*text != 0 && n < most - 3) {
        int length = shoal_cli_utf8_length(text);
        text += length > 0 ? length : 1;
        n++;
    }
    strcpy(text, "...");
}

/* Line ends inside of a value become "\n", so that one attribute stays one line. */
static char *attribute_line(const shoal_attribute *attribute)
{
    size_t n = strlen(attribute->name) + 2 * strlen(attribute->text) + 8;
    char *line = malloc(n);
    if (line == NULL) return NULL;
    char *end = line + sprintf(line, ":%s = ", attribute->name);
    for (const char *from = attribute->text; *from != 0; from++) {
        if (*from == '\n' || *from == '\t') {
            *end++ = '\\';
            *end++ = *from == '\n' ? 'n' : 't';
        } else if (*from != '\r')
            *end++ = *from;
    }
    *end = 0;
    return line;
}

static int show_attribute(void *user, const shoal_attribute *attribute)
{
    const attribute_walk *to = user;
    if (!to->walk->detail && is_housekeeping(attribute->name)) return 0;
    char *line = attribute_line(attribute);
    if (line == NULL) return 0;
    if (!to->walk->detail) cut(line, LONGEST_LINE);
    shoal_cli_rows_line(&to->walk->rows, to->indent, line);
    free(line);
    return 0;
}

static void show_attributes(shoal_cli_walk *walk, const shoal_object *object)
{
    shoal_error err = {0};
    attribute_walk to = {walk, object->depth + 1};
    if (shoal_attribute_visit(walk->file, object->path, show_attribute, &to, &err) == SHOAL_OK)
        return;
    shoal_cli_rows_line(&walk->rows, to.indent, err.message);
    shoal_cli_walk_failed(walk, &err);
}

static bool plain_fill(const char *fill)
{
    return fill == NULL || fill[0] == 0 || fill[strspn(fill, "0.+-jJ()")] == 0 ||
           strcmp(fill, "False") == 0 || strcmp(fill, "''") == 0 || strcmp(fill, "\"\"") == 0;
}

static void add_ratio(const shoal_dataset_info *info, char *text, size_t capacity)
{
    bool squeezed = info->layout != NULL && strcmp(info->layout, "chunked") == 0;
    if (!squeezed || info->raw_bytes == 0 || info->n_chunks_stored == UINT64_MAX) return;
    if (info->stored_bytes == 0)
        shoal_cli_add_words(text, capacity, "nothing written");
    else
        shoal_cli_add_words(text, capacity, "%.3gx",
                            (double)info->raw_bytes / (double)info->stored_bytes);
}

/* All that a line says of the storage: "chunks 64 x 128, blosc(lz4, 5, shuffle), 2.4x". */
static void storage_words(const shoal_dataset_info *info, char *text, size_t capacity)
{
    char shape[SHOAL_CLI_SHAPE];
    text[0] = 0;
    if (info->layout != NULL && strcmp(info->layout, "chunked") == 0)
        shoal_cli_add_words(text, capacity, "chunks %s",
                            shoal_cli_shape(info->rank, info->chunk, shape));
    else if (info->layout != NULL && info->rank > 0)
        shoal_cli_add_words(text, capacity, "%s", info->layout);
    if (info->filters != NULL && info->filters[0] != 0)
        shoal_cli_add_words(text, capacity, "%s", info->filters);
    add_ratio(info, text, capacity);
    if (!plain_fill(info->fill)) shoal_cli_add_words(text, capacity, "fill %s", info->fill);
    for (int k = 0; k < info->rank; k++)
        if (info->max_shape[k] == UINT64_MAX)
            shoal_cli_add_words(text, capacity, "axis %d grows", k);
    if (!info->readable)
        shoal_cli_add_words(text, capacity, "not readable: %s",
                            info->why_not != NULL ? info->why_not : "unknown");
}

/* Of a coordinate variable, its ends: "80 .. -80 degrees_north", "2001-01-01 .. 2001-12-31". */
static void coordinate_words(const shoal_object *object, shoal_dataset *dataset,
                             const shoal_dataset_info *info, char *text, size_t capacity)
{
    shoal_axis_info axis;
    if (info->rank != 1 || info->dimensions[0] == NULL ||
        !shoal_cli_describe_axis(dataset, 0, &axis) ||
        !shoal_cli_is_coordinate(object, info, &axis) || axis.first[0] == 0)
        return;
    bool units = axis.units[0] != 0 && !axis.is_time;
    shoal_cli_add_words(text, capacity, "%s .. %s%s%s", axis.first, axis.last, units ? " " : "",
                        units ? axis.units : "");
}

static void dataset_row(shoal_cli_walk *walk, const shoal_object *object, shoal_dataset *dataset,
                        const shoal_dataset_info *info)
{
    char shape[2048], size[SHOAL_CLI_NUMBER], storage[2560] = "", stored[2048];
    shoal_cli_shape_words(info, shape, sizeof shape);
    coordinate_words(object, dataset, info, storage, sizeof storage);
    shoal_cli_matlab matlab;
    if (shoal_cli_matlab_read(walk->file, object->path, info, &matlab))
        shoal_cli_add_words(storage, sizeof storage, "%s",
                            shoal_cli_matlab_words(&matlab, stored, sizeof stored));
    if (info->coding != NULL && info->coding[0] != 0)
        shoal_cli_add_words(storage, sizeof storage, "%s", info->coding);
    storage_words(info, stored, sizeof stored);
    if (stored[0] != 0) shoal_cli_add_words(storage, sizeof storage, "%s", stored);
    shoal_cli_rows_add(&walk->rows, object->depth,
                       (const char *[]){shoal_cli_name_of(object), info->stored_type, shape,
                                        shoal_cli_bytes((double)info->raw_bytes, size), storage});
}

static void show_dataset(shoal_cli_walk *walk, const shoal_object *object)
{
    shoal_error err = {0};
    shoal_dataset *dataset = NULL;
    shoal_dataset_info info = {0};
    shoal_status status = shoal_dataset_open(walk->file, object->path, &dataset, &err);
    if (status == SHOAL_OK) status = shoal_dataset_describe(dataset, &info, &err);
    if (status != SHOAL_OK) {
        const char *cell[SHOAL_CLI_CELLS] = {shoal_cli_name_of(object), "dataset", "", "",
                                             err.message};
        shoal_cli_rows_add(&walk->rows, object->depth, cell);
        shoal_cli_walk_failed(walk, &err);
    } else
        (walk->detail ? shoal_cli_info_detail : dataset_row)(walk, object, dataset, &info);
    if (dataset != NULL) shoal_dataset_close(dataset);
}

static bool is_inside(const shoal_cli_walk *walk, const char *path)
{
    size_t n = walk->inside != NULL ? strlen(walk->inside) : 0;
    return n > 0 && strncmp(path, walk->inside, n) == 0 && path[n] == '/';
}

int shoal_cli_info_text(void *user, const shoal_object *object)
{
    static const char *const word[] = {[SHOAL_GROUP] = "group", [SHOAL_OTHER] = "other"};
    shoal_cli_walk *walk = user;
    if (is_inside(walk, object->path)) return 0;
    switch (object->kind) {
    case SHOAL_DATASET: show_dataset(walk, object); break;
    case SHOAL_TABLE: shoal_cli_info_table(walk, object); break;
    case SHOAL_COLUMN: shoal_cli_info_column(walk, object); break;
    case SHOAL_GROUP:
        if (shoal_cli_info_frame(walk, object)) break;
        /* fall through */
    case SHOAL_OTHER: {
        const char *cell[SHOAL_CLI_CELLS] = {shoal_cli_name_of(object), word[object->kind], "", "",
                                             ""};
        shoal_cli_rows_add(&walk->rows, object->depth, cell);
    }
    }
    if (object->kind != SHOAL_OTHER) show_attributes(walk, object);
    return 0;
}
