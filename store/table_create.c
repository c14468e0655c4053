/* Makes tables in a writer: groups, attributes, empty datasets, and the categories. */
#include "chunk/error.h"
#include "chunk/type.h"
#include "store/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES ((size_t)1 << 20) /* categories are written in pieces of this size */

/* The group or dataset being made. */
typedef struct making {
    shoal_writer *writer;
    const char *path;
    const shoal_dataset_spec *storage;
    uint64_t n_rows;
} making;

static char *join(const char *group, const char *name)
{
    char *path = NULL;
    size_t n = strlen(group);
    while (n && group[n - 1] == '/') n--;
    return asprintf(&path, "%.*s/%s", (int)n, group, name) < 0 ? NULL : path;
}

static shoal_status no_memory(const making *make, shoal_error *err)
{
    return shoal_fail(err, SHOAL_MEMORY, "%s:%s: no memory for a table",
                      shoal_writer_path(make->writer), make->path);
}

/* anndata's marks of what an object is. */
static shoal_status mark(const making *make, const char *path, const char *type,
                         const char *version, shoal_error *err)
{
    shoal_status status =
        shoal_writer_attribute_text(make->writer, path, "encoding-type", type, err);
    if (status) return status;
    return shoal_writer_attribute_text(make->writer, path, "encoding-version", version, err);
}

static shoal_status make_rows(const making *make, const char *path, shoal_type type,
                              shoal_error *err)
{
    shoal_dataset_spec spec = {.type = type,
                               .rank = 1,
                               .shape = {make->n_rows},
                               .chunk = {make->storage->chunk[0]},
                               .unlimited = 1,
                               .codec = make->storage->codec};
    shoal_status status = shoal_writer_dataset(make->writer, path, &spec, err);
    if (status) return status;
    return mark(make, path, type.code == SHOAL_TEXT ? "string-array" : "array", "0.2.0", err);
}

/* Writes texts [first, first + n) of `width` bytes each. */
static shoal_status write_texts(const making *make, const char *path, char *const *texts,
                                size_t first, size_t n, size_t width, char *buffer,
                                shoal_error *err)
{
    shoal_region region = {.rank = 1, .axis = {{(int64_t)first, 1, n}}};
    for (size_t k = 0; k < n; k++) {
        size_t length = strlen(texts[first + k]);
        memcpy(buffer + k * width, texts[first + k], length);
        memset(buffer + k * width + length, 0, width - length);
    }
    return shoal_writer_write(make->writer, path, &region, buffer, n * width, err);
}

static shoal_status make_texts(const making *make, const char *path, char *const *texts, size_t n,
                               shoal_error *err)
{
    size_t width = 1;
    for (size_t k = 0; k < n; k++) width = strlen(texts[k]) > width ? strlen(texts[k]) : width;
    size_t piece = PIECE_BYTES / width ? PIECE_BYTES / width : 1;
    shoal_dataset_spec spec = {.type = {SHOAL_TEXT, (uint32_t)width},
                               .rank = 1,
                               .shape = {n},
                               .chunk = {piece},
                               .codec = make->storage->codec,
                               .contiguous = n * width <= 4096};
    shoal_status status = shoal_writer_dataset(make->writer, path, &spec, err);
    char *buffer = status ? NULL : malloc(piece * width);
    if (!status && !buffer) status = no_memory(make, err);
    for (size_t first = 0; !status && first < n; first += piece)
        status = write_texts(make, path, texts, first, n - first < piece ? n - first : piece, width,
                             buffer, err);
    free(buffer);
    return status ? status : mark(make, path, "string-array", "0.2.0", err);
}

static shoal_status make_category(const making *make, const char *path, shoal_column *column,
                                  shoal_error *err)
{
    char *categories = join(path, "categories");
    column->values_path = join(path, "codes");
    if (!categories || !column->values_path) {
        free(categories);
        return no_memory(make, err);
    }
    shoal_status status = shoal_writer_group(make->writer, path, err);
    if (!status) status = mark(make, path, "categorical", "0.2.0", err);
    if (!status) status = shoal_writer_attribute_bool(make->writer, path, "ordered", false, err);
    if (!status)
        status = make_texts(make, categories, column->categories, column->n_categories, err);
    if (!status) status = make_rows(make, column->values_path, column->type, err);
    free(categories);
    return status;
}

static const char *nullable_name(shoal_type type)
{
    if (type.code == SHOAL_TEXT) return "nullable-string-array";
    return type.code == SHOAL_BOOL ? "nullable-boolean" : "nullable-integer";
}

static shoal_status make_nullable(const making *make, const char *path, shoal_column *column,
                                  shoal_error *err)
{
    column->values_path = join(path, "values");
    column->mask_path = join(path, "mask");
    if (!column->values_path || !column->mask_path) return no_memory(make, err);
    shoal_status status = shoal_writer_group(make->writer, path, err);
    if (!status) status = mark(make, path, nullable_name(column->type), "0.1.0", err);
    if (!status) status = make_rows(make, column->values_path, column->type, err);
    if (!status) status = make_rows(make, column->mask_path, shoal_type_of(SHOAL_BOOL), err);
    return status;
}

static shoal_status make_column(const making *make, shoal_column *column, shoal_error *err)
{
    char *path = join(make->path, column->name);
    shoal_status status = SHOAL_OK;
    if (!path) return no_memory(make, err);
    if (column->kind == SHOAL_COLUMN_CATEGORY) {
        status = make_category(make, path, column, err);
    } else if (column->kind == SHOAL_COLUMN_NULLABLE) {
        status = make_nullable(make, path, column, err);
    } else {
        status = make_rows(make, path, column->type, err);
        if (!status && column->kind == SHOAL_COLUMN_TIME)
            status = shoal_writer_attribute_text(make->writer, path, "units", column->units, err);
        column->values_path = path;
        return status;
    }
    free(path);
    return status;
}

static shoal_status make_group(const making *make, const shoal_table *table, shoal_error *err)
{
    shoal_writer *writer = make->writer;
    const char **names = calloc(table->n_columns + 1, sizeof *names);
    if (!names) return no_memory(make, err);
    for (size_t k = 0; k < table->n_columns; k++) names[k] = table->column[k].name;
    shoal_status status = shoal_writer_group(writer, make->path, err);
    if (!status) status = mark(make, make->path, "dataframe", "0.2.0", err);
    if (!status) status = shoal_writer_attribute_text(writer, make->path, "_index", "_index", err);
    if (!status)
        status = shoal_writer_attribute_texts(writer, make->path, "column-order", names,
                                              table->n_columns, err);
    free(names);
    return status;
}

shoal_status shoal_table_create(shoal_writer *writer, const char *path, shoal_table *table,
                                const shoal_dataset_spec *storage, shoal_error *err)
{
    making make = {writer, path, storage, table->n_rows};
    shoal_status status = SHOAL_OK;
    if (shoal_writer_exists(writer, path)) {
        if (!storage->replace)
            return shoal_fail(err, SHOAL_USAGE, "%s:%s exists; use -f to overwrite",
                              shoal_writer_path(writer), path);
        status = shoal_writer_remove(writer, path, err);
    }
    if (!status) status = make_group(&make, table, err);
    char *index = join(path, "_index");
    if (!status && !index) status = no_memory(&make, err);
    if (!status) status = make_rows(&make, index, shoal_type_of(SHOAL_INT64), err);
    free(index);
    for (size_t k = 0; !status && k < table->n_columns; k++)
        status = make_column(&make, &table->column[k], err);
    return status;
}

shoal_status shoal_table_write_categories(shoal_writer *writer, const char *path,
                                          const shoal_column *column,
                                          const shoal_dataset_spec *storage, shoal_error *err)
{
    making make = {writer, path, storage, 0};
    char *group = join(path, column->name), *categories = group ? join(group, "categories") : NULL;
    shoal_status status = categories ? SHOAL_OK : no_memory(&make, err);
    if (!status) status = shoal_writer_remove(writer, categories, err);
    if (!status)
        status = make_texts(&make, categories, column->categories, column->n_categories, err);
    free(categories);
    free(group);
    return status;
}

/* Copies rows of narrower codes or shorter texts: sign-extended, or padded with NUL. */
static void widen_rows(const uint8_t *from, shoal_type narrow, uint8_t *to, shoal_type wide,
                       size_t n)
{
    for (size_t k = 0; k < n; k++) {
        const uint8_t *f = from + k * narrow.n_bytes;
        uint8_t *t = to + k * wide.n_bytes;
        bool ones = narrow.code != SHOAL_TEXT && (f[narrow.n_bytes - 1] & 0x80);
        memcpy(t, f, narrow.n_bytes);
        memset(t + narrow.n_bytes, ones ? 0xFF : 0, wide.n_bytes - narrow.n_bytes);
    }
}

static shoal_status widen_all(const making *make, shoal_dataset *old, shoal_type narrow,
                              shoal_type wide, uint8_t *buffer, size_t n_piece, shoal_error *err)
{
    uint8_t *to = buffer + n_piece * narrow.n_bytes;
    shoal_status status = make_rows(make, make->path, wide, err);
    for (uint64_t first = 0; !status && first < make->n_rows; first += n_piece) {
        size_t n = make->n_rows - first < n_piece ? (size_t)(make->n_rows - first) : n_piece;
        shoal_region region = {.rank = 1, .axis = {{(int64_t)first, 1, n}}};
        status = shoal_dataset_read(old, &region, buffer, n * narrow.n_bytes, err);
        if (status) break;
        widen_rows(buffer, narrow, to, wide, n);
        status = shoal_writer_write(make->writer, make->path, &region, to, n * wide.n_bytes, err);
    }
    return status;
}

shoal_status shoal_table_widen(shoal_writer *writer, shoal_file *file, const char *path,
                               shoal_type wide, uint64_t n_rows, const shoal_dataset_spec *storage,
                               shoal_error *err)
{
    making make = {writer, path, storage, n_rows};
    shoal_dataset *old = NULL;
    shoal_dataset_info info;
    shoal_status status = shoal_dataset_open(file, path, &old, err);
    if (!status) status = shoal_dataset_describe(old, &info, err);
    if (!status) status = shoal_writer_remove(writer, path, err);
    if (!status) {
        size_t n_piece = (size_t)storage->chunk[0];
        uint8_t *buffer = malloc(n_piece * ((size_t)info.type.n_bytes + wide.n_bytes));
        status = buffer ? widen_all(&make, old, info.type, wide, buffer, n_piece, err)
                        : no_memory(&make, err);
        free(buffer);
    }
    shoal_dataset_close(old);
    return status;
}
