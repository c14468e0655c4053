/* info for people: a tree, one line an object, its attributes below it. */
#include "cli/info.h"

#include "cli/human.h"
#include "cli/message.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_LINE = 160, DETAIL_LABEL = 12 };

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

/* "time 8,784 x lat 721" */
static void shape_with_names(const shoal_dataset_info *info, char *text, size_t capacity)
{
    size_t n = 0;
    text[0] = 0;
    if (info->rank == 0) snprintf(text, capacity, "scalar");
    for (int k = 0; k < info->rank && n < capacity; k++) {
        char number[SHOAL_CLI_NUMBER];
        const char *name = info->dimensions[k];
        int more = snprintf(text + n, capacity - n, "%s%s%s%s", k > 0 ? " x " : "",
                            name != NULL ? name : "", name != NULL ? " " : "",
                            shoal_cli_count(info->shape[k], number));
        n += more > 0 ? (size_t)more : 0;
    }
}

static bool plain_fill(const char *fill)
{
    return fill == NULL || fill[0] == 0 || fill[strspn(fill, "0.+-jJ()")] == 0 ||
           strcmp(fill, "False") == 0 || strcmp(fill, "''") == 0 || strcmp(fill, "\"\"") == 0;
}

static void add(char *text, size_t capacity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a part to a list that is separated by commas. */
static void add(char *text, size_t capacity, const char *format, ...)
{
    size_t n = strlen(text);
    va_list values;
    if (n > 0 && n + 3 < capacity) n += (size_t)(stpcpy(text + n, ", ") - (text + n));
    va_start(values, format);
    vsnprintf(text + n, capacity - n, format, values);
    va_end(values);
}

static void add_ratio(const shoal_dataset_info *info, char *text, size_t capacity)
{
    bool squeezed = info->layout != NULL && strcmp(info->layout, "chunked") == 0;
    if (!squeezed || info->raw_bytes == 0) return;
    if (info->stored_bytes == 0)
        add(text, capacity, "nothing written");
    else
        add(text, capacity, "%.3gx", (double)info->raw_bytes / (double)info->stored_bytes);
}

/* All that a line says of the storage: "chunks 64 x 128, blosc(lz4, 5, shuffle), 2.4x". */
static void storage_words(const shoal_dataset_info *info, char *text, size_t capacity)
{
    char shape[SHOAL_CLI_SHAPE];
    text[0] = 0;
    if (info->layout != NULL && strcmp(info->layout, "chunked") == 0)
        add(text, capacity, "chunks %s", shoal_cli_shape(info->rank, info->chunk, shape));
    else if (info->layout != NULL && info->rank > 0)
        add(text, capacity, "%s", info->layout);
    if (info->filters != NULL && info->filters[0] != 0) add(text, capacity, "%s", info->filters);
    add_ratio(info, text, capacity);
    if (!plain_fill(info->fill)) add(text, capacity, "fill %s", info->fill);
    for (int k = 0; k < info->rank; k++)
        if (info->max_shape[k] == UINT64_MAX) add(text, capacity, "axis %d grows", k);
    if (!info->readable)
        add(text, capacity, "not readable: %s", info->why_not != NULL ? info->why_not : "unknown");
}

static const char *name_of(const shoal_object *object)
{
    const char *slash = strrchr(object->path, '/');
    return object->depth == 0 || slash == NULL ? object->path : slash + 1;
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
    add(text, capacity, "%s .. %s%s%s", axis.first, axis.last, units ? " " : "",
        units ? axis.units : "");
}

static void dataset_row(shoal_cli_walk *walk, const shoal_object *object, shoal_dataset *dataset,
                        const shoal_dataset_info *info)
{
    char shape[2048], size[SHOAL_CLI_NUMBER], storage[2560] = "", stored[2048];
    shape_with_names(info, shape, sizeof shape);
    coordinate_words(object, dataset, info, storage, sizeof storage);
    shoal_cli_matlab matlab;
    if (shoal_cli_matlab_read(walk->file, object->path, info, &matlab))
        add(storage, sizeof storage, "%s", shoal_cli_matlab_words(&matlab, stored, sizeof stored));
    if (info->coding != NULL && info->coding[0] != 0)
        add(storage, sizeof storage, "%s", info->coding);
    storage_words(info, stored, sizeof stored);
    if (stored[0] != 0) add(storage, sizeof storage, "%s", stored);
    shoal_cli_rows_add(&walk->rows, object->depth,
                       (const char *[]){name_of(object), info->stored_type, shape,
                                        shoal_cli_bytes((double)info->raw_bytes, size), storage});
}

static void detail(shoal_cli_walk *walk, int indent, const char *label, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void detail(shoal_cli_walk *walk, int indent, const char *label, const char *format, ...)
{
    char line[2304];
    va_list values;
    int n = snprintf(line, sizeof line, "%-*s", DETAIL_LABEL, label);
    va_start(values, format);
    vsnprintf(line + n, sizeof line - (size_t)n, format, values);
    va_end(values);
    shoal_cli_rows_line(&walk->rows, indent, line);
}

static void detail_chunks(shoal_cli_walk *walk, int indent, const shoal_dataset_info *info)
{
    char shape[SHOAL_CLI_SHAPE], n[SHOAL_CLI_NUMBER], stored[SHOAL_CLI_NUMBER];
    double n_bytes = info->type.n_bytes;
    for (int k = 0; k < info->rank; k++) n_bytes *= (double)info->chunk[k];
    shoal_cli_shape(info->rank, info->chunk, shape);
    if (info->readable)
        detail(walk, indent, "chunk", "%s, %s", shape, shoal_cli_bytes(n_bytes, n));
    else
        detail(walk, indent, "chunk", "%s", shape);
    shoal_cli_count(info->n_chunks, n);
    if (info->n_chunks_stored == UINT64_MAX)
        detail(walk, indent, "chunks", "%s", n);
    else
        detail(walk, indent, "chunks", "%s, of these %s written", n,
               shoal_cli_count(info->n_chunks_stored, stored));
    if (info->index != NULL) detail(walk, indent, "index", "%s", info->index);
    detail(walk, indent, "filters", "%s",
           info->filters != NULL && info->filters[0] != 0 ? info->filters : "none");
}

static void detail_size(shoal_cli_walk *walk, int indent, const shoal_dataset_info *info)
{
    char raw[SHOAL_CLI_NUMBER], stored[SHOAL_CLI_NUMBER];
    shoal_cli_bytes((double)info->raw_bytes, raw);
    shoal_cli_bytes((double)info->stored_bytes, stored);
    if (info->stored_bytes == 0 || info->raw_bytes == 0)
        detail(walk, indent, "size", "%s, stored %s", raw, stored);
    else
        detail(walk, indent, "size", "%s, stored %s, %.3gx", raw, stored,
               (double)info->raw_bytes / (double)info->stored_bytes);
}

static void detail_axes(shoal_cli_walk *walk, int indent, shoal_dataset *dataset,
                        const shoal_dataset_info *info)
{
    shoal_axis_info axis;
    for (int k = 0; k < info->rank; k++) {
        if (info->dimensions[k] == NULL || !shoal_cli_describe_axis(dataset, k, &axis)) continue;
        const char *units = axis.is_time ? axis.calendar : axis.units;
        if (axis.first[0] != 0)
            detail(walk, indent, "axis", "%s, %s .. %s%s%s, in %s", axis.name, axis.first,
                   axis.last, units[0] != 0 ? " " : "", units, axis.coordinate);
        else if (axis.coordinate[0] != 0)
            detail(walk, indent, "axis", "%s, in %s", axis.name, axis.coordinate);
    }
}

typedef struct coordinate_walk {
    shoal_cli_walk *walk;
    const shoal_dataset_info *info;
    int indent;
} coordinate_walk;

/* "lat(y, x) degrees_north, in /lat", "height = 2 m, in /height" */
static int detail_coordinate(void *user, const shoal_coordinate_info *c)
{
    const coordinate_walk *to = user;
    char axes[1024] = "";
    for (int k = 0; k < c->rank; k++)
        if (c->axis[k] >= 0) add(axes, sizeof axes, "%s", to->info->dimensions[c->axis[k]]);
    bool scalar = c->rank == 0 && c->value[0] != 0, has_units = c->units[0] != 0;
    bool is_date = has_units && strstr(c->units, " since ") != NULL;
    detail(to->walk, to->indent, "coordinate", "%s%s%s%s%s%s%s%s, in %s", c->name,
           axes[0] != 0 ? "(" : "", axes, axes[0] != 0 ? ")" : "", scalar ? " = " : "", c->value,
           has_units && !(scalar && is_date) ? " " : "", scalar && is_date ? "" : c->units,
           c->path);
    return 0;
}

static void detail_coordinates(shoal_cli_walk *walk, int indent, shoal_dataset *dataset,
                               const shoal_dataset_info *info)
{
    coordinate_walk to = {walk, info, indent};
    (void)shoal_dataset_coordinates(dataset, detail_coordinate, &to, NULL);
}

static void detail_coding(shoal_cli_walk *walk, int indent, const shoal_dataset_info *info)
{
    char type[24];
    if (info->coding != NULL && info->coding[0] != 0)
        detail(walk, indent, "values", "%s, as %s", info->coding,
               shoal_type_name(info->decoded, type));
    if (info->units != NULL && info->units[0] != 0)
        detail(walk, indent, "units", "%s", info->units);
}

static void detail_values(shoal_cli_walk *walk, int indent, shoal_dataset *dataset,
                          const shoal_dataset_info *info)
{
    char n[SHOAL_CLI_NUMBER], of[SHOAL_CLI_NUMBER], nan[SHOAL_CLI_NUMBER], least[64], greatest[64];
    shoal_statistics s;
    if (!shoal_cli_describe_values(dataset, &s)) {
        detail(walk, indent, "known", "nothing of the values");
        return;
    }
    detail(walk, indent, "known", "%s of %s chunks: %s values, %s nan",
           shoal_cli_count(s.n_chunks_known, n), shoal_cli_count(s.n_chunks, of),
           shoal_cli_count(s.n_elements, least), shoal_cli_count(s.n_nan, nan));
    if (s.has_extremes) {
        shoal_format_element(info->type, s.least, least, sizeof least);
        shoal_format_element(info->type, s.greatest, greatest, sizeof greatest);
        detail(walk, indent, "range", "%s .. %s", least, greatest);
    }
    if (s.has_sum) detail(walk, indent, "sum", "%s", s.sum);
}

static void dataset_detail(shoal_cli_walk *walk, const shoal_object *object, shoal_dataset *dataset,
                           const shoal_dataset_info *info)
{
    char shape[2048], most[SHOAL_CLI_SHAPE], type[24];
    int indent = object->depth + 1;
    shape_with_names(info, shape, sizeof shape);
    shoal_cli_shape(info->rank, info->max_shape, most);
    shoal_cli_rows_line(&walk->rows, object->depth, name_of(object));
    if (info->readable && strcmp(shoal_type_name(info->type, type), info->stored_type) != 0)
        detail(walk, indent, "type", "%s, read as %s", info->stored_type, type);
    else
        detail(walk, indent, "type", "%s", info->stored_type);
    detail(walk, indent, "shape", "%s", shape);
    if (memcmp(info->shape, info->max_shape, (size_t)info->rank * sizeof info->shape[0]) != 0)
        detail(walk, indent, "max shape", "%s", most);
    shoal_cli_matlab matlab;
    if (shoal_cli_matlab_read(walk->file, object->path, info, &matlab))
        detail(walk, indent, "to calc", "%s", shoal_cli_matlab_words(&matlab, shape, sizeof shape));
    detail_axes(walk, indent, dataset, info);
    detail_coordinates(walk, indent, dataset, info);
    detail_coding(walk, indent, info);
    detail(walk, indent, "layout", "%s", info->layout);
    if (strcmp(info->layout, "chunked") == 0) detail_chunks(walk, indent, info);
    detail_size(walk, indent, info);
    if (walk->stats && info->readable) detail_values(walk, indent, dataset, info);
    if (info->fill != NULL && info->fill[0] != 0) detail(walk, indent, "fill", "%s", info->fill);
    if (!info->readable)
        detail(walk, indent, "unreadable", "%s", info->why_not != NULL ? info->why_not : "");
}

static void show_dataset(shoal_cli_walk *walk, const shoal_object *object)
{
    shoal_error err = {0};
    shoal_dataset *dataset = NULL;
    shoal_dataset_info info = {0};
    shoal_status status = shoal_dataset_open(walk->file, object->path, &dataset, &err);
    if (status == SHOAL_OK) status = shoal_dataset_describe(dataset, &info, &err);
    if (status != SHOAL_OK) {
        const char *cell[SHOAL_CLI_CELLS] = {name_of(object), "dataset", "", "", err.message};
        shoal_cli_rows_add(&walk->rows, object->depth, cell);
        shoal_cli_walk_failed(walk, &err);
    } else
        (walk->detail ? dataset_detail : dataset_row)(walk, object, dataset, &info);
    if (dataset != NULL) shoal_dataset_close(dataset);
}

static void show_table(shoal_cli_walk *walk, const shoal_object *object)
{
    char shape[2 * SHOAL_CLI_NUMBER + 32] = "", rows[SHOAL_CLI_NUMBER], columns[SHOAL_CLI_NUMBER];
    shoal_cli_encoding encoding;
    shoal_dataset_info index;
    shoal_cli_encoding_read(walk->file, object->path, &encoding);
    const char *name = encoding.index != NULL ? encoding.index : "_index";
    if (shoal_cli_describe_part(walk->file, object->path, name, &index) && index.rank == 1)
        add(shape, sizeof shape, "%s row%s", shoal_cli_count(index.shape[0], rows),
            index.shape[0] == 1 ? "" : "s");
    if (encoding.n_columns != UINT64_MAX)
        add(shape, sizeof shape, "%s column%s", shoal_cli_count(encoding.n_columns, columns),
            encoding.n_columns == 1 ? "" : "s");
    const char *cell[SHOAL_CLI_CELLS] = {name_of(object), "table", shape, "", ""};
    shoal_cli_rows_add(&walk->rows, object->depth, cell);
    shoal_cli_encoding_free(&encoding);
}

typedef struct column_walk {
    shoal_cli_walk *walk;
    int depth;
    size_t n;
    uint64_t n_rows;
} column_walk;

static int count_column(void *user, const shoal_column_info *column)
{
    column_walk *to = user;
    to->n++;
    to->n_rows = column->n_rows;
    return 0;
}

static int show_frame_column(void *user, const shoal_column_info *column)
{
    column_walk *to = user;
    char words[256] = "", type[24], count[SHOAL_CLI_NUMBER];
    bool category = strcmp(column->kind, "category") == 0;
    if (category)
        add(words, sizeof words, "%s values", shoal_cli_count(column->n_categories, count));
    if (column->units != NULL) add(words, sizeof words, "%s", column->units);
    if (column->why_not != NULL) add(words, sizeof words, "not readable: %s", column->why_not);
    const char *cell[SHOAL_CLI_CELLS] = {column->name,
                                         category          ? "category"
                                         : column->why_not ? "column"
                                         : column->units != NULL
                                             ? "time"
                                             : shoal_type_name(column->type, type),
                                         "", "", words};
    shoal_cli_rows_add(&to->walk->rows, to->depth, cell);
    return 0;
}

/* A group that is a frame of pandas': its columns come before what they are stored in. */
static bool show_frame(shoal_cli_walk *walk, const shoal_object *object)
{
    char shape[2 * SHOAL_CLI_NUMBER + 32] = "", rows[SHOAL_CLI_NUMBER], columns[SHOAL_CLI_NUMBER];
    column_walk to = {.walk = walk, .depth = object->depth + 1};
    if (walk->n_frames == SHOAL_CLI_FRAMES ||
        shoal_table_visit(walk->file, object->path, count_column, &to, NULL) != SHOAL_OK)
        return false;
    walk->n_frames++;
    add(shape, sizeof shape, "%s row%s", shoal_cli_count(to.n_rows, rows),
        to.n_rows == 1 ? "" : "s");
    add(shape, sizeof shape, "%s column%s", shoal_cli_count(to.n, columns), to.n == 1 ? "" : "s");
    const char *cell[SHOAL_CLI_CELLS] = {name_of(object), "table", shape, "", "pandas"};
    shoal_cli_rows_add(&walk->rows, object->depth, cell);
    (void)shoal_table_visit(walk->file, object->path, show_frame_column, &to, NULL);
    return true;
}

/* A column that is a group (codes and categories, values and mask) is one line of the tree. */
static void show_column(shoal_cli_walk *walk, const shoal_object *object)
{
    char shape[SHOAL_CLI_SHAPE] = "", size[SHOAL_CLI_NUMBER] = "", words[128] = "";
    char count[SHOAL_CLI_NUMBER], type[24] = "column";
    shoal_cli_encoding encoding;
    shoal_dataset_info values, categories;
    shoal_cli_encoding_read(walk->file, object->path, &encoding);
    bool category = encoding.type != NULL && strcmp(encoding.type, "categorical") == 0;
    if (category) strcpy(type, "category");
    if (shoal_cli_describe_part(walk->file, object->path, category ? "codes" : "values", &values)) {
        shoal_cli_shape(values.rank, values.shape, shape);
        shoal_cli_bytes((double)values.raw_bytes, size);
        if (!category && values.readable) shoal_type_name(values.type, type);
        if (!category) add(words, sizeof words, "with a mask of missing values");
    }
    if (category && shoal_cli_describe_part(walk->file, object->path, "categories", &categories) &&
        categories.rank == 1)
        add(words, sizeof words, "%s values", shoal_cli_count(categories.shape[0], count));
    const char *cell[SHOAL_CLI_CELLS] = {name_of(object), type, shape, size, words};
    shoal_cli_rows_add(&walk->rows, object->depth, cell);
    shoal_cli_encoding_free(&encoding);
    free(walk->inside);
    walk->inside = walk->detail ? NULL : strdup(object->path);
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
    case SHOAL_TABLE: show_table(walk, object); break;
    case SHOAL_COLUMN: show_column(walk, object); break;
    case SHOAL_GROUP:
        if (show_frame(walk, object)) break;
        /* fall through */
    case SHOAL_OTHER: {
        const char *cell[SHOAL_CLI_CELLS] = {name_of(object), word[object->kind], "", "", ""};
        shoal_cli_rows_add(&walk->rows, object->depth, cell);
    }
    }
    if (object->kind != SHOAL_OTHER) show_attributes(walk, object);
    return 0;
}
