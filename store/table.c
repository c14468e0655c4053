/* Reads tables' descriptions. */
#include "store/table.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "chunk/type.h"
#include "store/csv_value.h"
#include "store/object.h"
#include "store/table_compound.h"
#include "store/table_pandas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The table being opened. */
typedef struct opening {
    shoal_file *file;
    const char *path;
    shoal_table *table;
    uint64_t limit; /* bytes of categories that may still be read */
} opening;

static char *join(const char *group, const char *name)
{
    char *path = NULL;
    size_t n = strlen(group);
    while (n && group[n - 1] == '/') n--;
    return asprintf(&path, "%.*s/%s", (int)n, group, name) < 0 ? NULL : path;
}

static shoal_status no_memory(const opening *open, shoal_error *err)
{
    return shoal_fail(err, SHOAL_MEMORY, "%s:%s: no memory for the table", open->file->path,
                      open->path);
}

/* Opens a dataset of one axis and tells its type (if readable) and length. */
static shoal_status look(const opening *open, const char *path, bool must_read, shoal_dataset **out,
                         shoal_dataset_info *info, shoal_error *err)
{
    shoal_dataset *dataset = NULL;
    shoal_status status = shoal_dataset_open(open->file, path, &dataset, err);
    if (!status) status = shoal_dataset_describe(dataset, info, err);
    if (!status && must_read && !info->readable)
        status = shoal_fail(err, SHOAL_DATA, "%s:%s: %s", open->file->path, path, info->why_not);
    if (!status && info->rank != 1)
        status = shoal_fail(err, SHOAL_DATA, "%s:%s: a table's column has one axis, not %d",
                            open->file->path, path, info->rank);
    if (status)
        shoal_dataset_close(dataset);
    else
        *out = dataset;
    return status;
}

/* The dataset at `path` as a column's values or mask: its type, and the right number of rows. */
static shoal_status look_rows(const opening *open, const char *path, shoal_type *type,
                              shoal_error *err)
{
    shoal_dataset *dataset;
    shoal_dataset_info info = {0};
    shoal_status status = look(open, path, true, &dataset, &info, err);
    if (status) return status;
    *type = info.type;
    if (info.shape[0] != open->table->n_rows)
        status = shoal_fail(err, SHOAL_DATA, "%s:%s has %llu rows, the table has %llu",
                            open->file->path, path, (unsigned long long)info.shape[0],
                            (unsigned long long)open->table->n_rows);
    shoal_dataset_close(dataset);
    return status;
}

/* The most characters that shoal_format_element gives for a number. */
#define NUMBER_CHARACTERS 64

/* One block of memory: pointers, then texts. */
static char **texts_of(const shoal_dataset_info *info, const char *raw, size_t n)
{
    bool is_text = info->type.code == SHOAL_TEXT;
    size_t width = info->type.n_bytes, room = NUMBER_CHARACTERS, n_bytes;
    if (info->type.code >= SHOAL_TEXT) room = is_text ? width + 1 : 2 * width + 3;
    if (!shoal_mul_size(n + 1, sizeof(char *) + room, &n_bytes)) return NULL;
    char **texts = malloc(n_bytes);
    if (!texts) return NULL;
    char *to = (char *)(texts + n + 1);
    for (size_t k = 0; k < n; k++, raw += width) {
        size_t length =
            is_text ? strnlen(raw, width) : shoal_format_element(info->type, raw, to, room);
        if (is_text) memcpy(to, raw, length);
        to[length] = '\0';
        texts[k] = to;
        to += length + 1;
    }
    texts[n] = NULL;
    return texts;
}

static shoal_status read_texts(opening *open, shoal_dataset *dataset,
                               const shoal_dataset_info *info, shoal_column *column,
                               shoal_error *err)
{
    uint64_t n = info->shape[0], n_bytes;
    if (!shoal_mul_u64(n, info->type.n_bytes, &n_bytes) || n_bytes > open->limit)
        return shoal_fail(err, SHOAL_MEMORY, "%s:%s: the categories take %llu bytes; %llu allowed",
                          open->file->path, column->values_path, (unsigned long long)n_bytes,
                          (unsigned long long)open->limit);
    open->limit -= n_bytes;
    char *raw = malloc((size_t)n_bytes + 1);
    if (!raw) return no_memory(open, err);
    shoal_region all;
    shoal_region_all(1, info->shape, &all);
    shoal_status status = shoal_dataset_read(dataset, &all, raw, (size_t)n_bytes, err);
    if (!status) {
        column->categories = texts_of(info, raw, (size_t)n);
        column->n_categories = (size_t)n;
        if (!column->categories) status = no_memory(open, err);
    }
    free(raw);
    return status;
}

shoal_status shoal_table_texts(shoal_file *file, const char *path, uint64_t *limit, char ***out,
                               size_t *n, shoal_error *err)
{
    opening open = {file, path, NULL, *limit};
    shoal_column column = {.values_path = strdup(path)};
    shoal_dataset *dataset = NULL;
    shoal_dataset_info info = {0};
    shoal_status status = column.values_path ? SHOAL_OK : no_memory(&open, err);
    if (!status) status = look(&open, path, true, &dataset, &info, err);
    if (!status) status = read_texts(&open, dataset, &info, &column, err);
    shoal_dataset_close(dataset);
    free(column.values_path);
    *limit = open.limit;
    *out = column.categories;
    *n = column.n_categories;
    return status;
}

static shoal_status open_category(opening *open, const char *path, shoal_column *column,
                                  shoal_error *err)
{
    shoal_dataset *dataset = NULL;
    shoal_dataset_info info = {0};
    column->kind = SHOAL_COLUMN_CATEGORY;
    column->values_path = join(path, "codes");
    char *categories = join(path, "categories");
    shoal_status status = categories && column->values_path ? SHOAL_OK : no_memory(open, err);
    if (!status) status = look_rows(open, column->values_path, &column->type, err);
    if (!status && shoal_code_kind(column->type.code) != SHOAL_KIND_INT)
        status = shoal_fail(err, SHOAL_DATA, "%s:%s: codes are signed integers", open->file->path,
                            column->values_path);
    if (!status) status = look(open, categories, true, &dataset, &info, err);
    if (!status) status = read_texts(open, dataset, &info, column, err);
    shoal_dataset_close(dataset);
    free(categories);
    return status;
}

static shoal_status open_nullable(opening *open, const char *path, shoal_column *column,
                                  shoal_error *err)
{
    shoal_type mask = {0};
    column->kind = SHOAL_COLUMN_NULLABLE;
    column->values_path = join(path, "values");
    column->mask_path = join(path, "mask");
    if (!column->values_path || !column->mask_path) return no_memory(open, err);
    shoal_status status = look_rows(open, column->values_path, &column->type, err);
    if (!status) status = look_rows(open, column->mask_path, &mask, err);
    if (!status && mask.code != SHOAL_BOOL)
        status = shoal_fail(err, SHOAL_DATA, "%s:%s: a mask is of type bool", open->file->path,
                            column->mask_path);
    return status;
}

static shoal_status open_plain(opening *open, const char *path, shoal_column *column,
                               shoal_error *err)
{
    shoal_csv_unit unit;
    column->values_path = strdup(path);
    if (!column->values_path) return no_memory(open, err);
    shoal_status status = look_rows(open, path, &column->type, err);
    if (status) return status;
    column->kind = column->type.code == SHOAL_TEXT ? SHOAL_COLUMN_TEXT : SHOAL_COLUMN_NUMBERS;
    if (column->type.code != SHOAL_INT64) return SHOAL_OK;
    status = shoal_file_attribute_text(open->file, path, "units", &column->units, err);
    if (status || !column->units) return status;
    if (shoal_csv_unit_parse(column->units, &unit)) {
        column->kind = SHOAL_COLUMN_TIME;
    } else {
        free(column->units);
        column->units = NULL;
    }
    return SHOAL_OK;
}

static shoal_status open_column(opening *open, shoal_column *column, shoal_error *err)
{
    char *path = join(open->path, column->name), *encoding = NULL;
    if (!path) return no_memory(open, err);
    shoal_status status =
        shoal_file_attribute_text(open->file, path, "encoding-type", &encoding, err);
    if (status) goto done;
    if (encoding && !strcmp(encoding, "categorical"))
        status = open_category(open, path, column, err);
    else if (encoding && !strncmp(encoding, "nullable-", 9))
        status = open_nullable(open, path, column, err);
    else
        status = open_plain(open, path, column, err);
done:
    free(encoding);
    free(path);
    return status;
}

/* The table's length is its index's. */
static shoal_status open_index(opening *open, shoal_error *err)
{
    char *name = NULL, *path = NULL;
    shoal_dataset *dataset = NULL;
    shoal_dataset_info info = {0};
    shoal_status status = shoal_file_attribute_text(open->file, open->path, "_index", &name, err);
    if (!status) path = join(open->path, name ? name : "_index");
    if (!status && !path) status = no_memory(open, err);
    if (!status) status = look(open, path, false, &dataset, &info, err);
    open->table->n_rows = info.shape[0];
    shoal_dataset_close(dataset);
    free(name);
    free(path);
    return status;
}

static shoal_status check_dataframe(const opening *open, shoal_error *err)
{
    char *encoding = NULL;
    shoal_object_kind kind;
    shoal_status status = shoal_file_kind(open->file, open->path, &kind, err);
    if (!status)
        status = shoal_file_attribute_text(open->file, open->path, "encoding-type", &encoding, err);
    if (!status && (!encoding || strcmp(encoding, "dataframe")))
        status = shoal_fail(err, SHOAL_USAGE, "%s:%s is no table", open->file->path, open->path);
    free(encoding);
    return status;
}

static shoal_status open_columns(opening *open, shoal_error *err)
{
    char **names = NULL;
    size_t n = 0;
    shoal_table *table = open->table;
    shoal_status status =
        shoal_file_attribute_texts(open->file, open->path, "column-order", &names, &n, err);
    if (status) return status;
    table->column = calloc(n + 1, sizeof *table->column);
    if (!table->column) status = no_memory(open, err);
    for (size_t k = 0; !status && k < n; k++) {
        shoal_column *column = &table->column[table->n_columns++];
        column->part = -1;
        column->name = strdup(names[k]);
        status = column->name ? open_column(open, column, err) : no_memory(open, err);
    }
    shoal_texts_free(names, n);
    return status;
}

static shoal_status open_dataframe(opening *open, shoal_error *err)
{
    shoal_status status = check_dataframe(open, err);
    if (!status) status = open_index(open, err);
    if (!status) status = open_columns(open, err);
    return status;
}

static shoal_status open_any(opening *open, shoal_error *err)
{
    bool is_compound = false, is_pandas = false;
    char *absolute = shoal_path_absolute(open->path);
    if (!absolute) return no_memory(open, err);
    shoal_status status =
        shoal_table_of_compound(open->file, absolute, open->table, &is_compound, err);
    if (!status && !is_compound)
        status =
            shoal_table_of_pandas(open->file, absolute, &open->limit, open->table, &is_pandas, err);
    free(absolute);
    if (!status && !is_compound && !is_pandas) status = open_dataframe(open, err);
    open->table->is_foreign = is_compound || is_pandas;
    return status;
}

shoal_status shoal_table_open(shoal_file *file, const char *path, uint64_t limit, shoal_table **out,
                              shoal_error *err)
{
    opening open = {file, path, NULL, limit};
    open.table = calloc(1, sizeof *open.table);
    if (!open.table) return no_memory(&open, err);
    shoal_status status = open_any(&open, err);
    if (status)
        shoal_table_free(open.table);
    else
        *out = open.table;
    return status;
}

shoal_status shoal_table_is(shoal_file *file, const char *path, bool *is, shoal_error *err)
{
    shoal_object_kind kind;
    shoal_status status = shoal_file_kind(file, path, &kind, err);
    *is = !status && kind == SHOAL_TABLE;
    if (status || *is) return status;
    char *absolute = shoal_path_absolute(path);
    if (!absolute) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    if (kind == SHOAL_DATASET) status = shoal_table_of_compound(file, absolute, NULL, is, err);
    if (kind == SHOAL_GROUP) status = shoal_table_of_pandas(file, absolute, NULL, NULL, is, err);
    free(absolute);
    return status;
}

shoal_status shoal_column_open(shoal_file *file, const shoal_column *column, shoal_dataset **out,
                               shoal_region *region, uint32_t *dropped, shoal_error *err)
{
    *out = NULL;
    *dropped = 0;
    if (column->why_not)
        return shoal_fail(err, SHOAL_DATA, "%s:%s: column %s: %s", file->path, column->values_path,
                          column->name, column->why_not);
    shoal_status status = shoal_dataset_open(file, column->values_path, out, err);
    if (status) return status;
    const shoal_grid *grid = &(*out)->grid;
    shoal_region_all(grid->rank, grid->shape, region);
    if (column->part < 0 || grid->rank != 2 || (uint64_t)column->part >= grid->shape[1])
        return SHOAL_OK;
    region->axis[1] = (shoal_range){column->part, 1, 1};
    *dropped = 2;
    return SHOAL_OK;
}

void shoal_column_clear(shoal_column *column)
{
    free(column->name);
    free(column->units);
    free(column->categories);
    free(column->values_path);
    free(column->mask_path);
}

void shoal_table_free(shoal_table *table)
{
    if (!table) return;
    for (size_t k = 0; k < table->n_columns; k++) shoal_column_clear(&table->column[k]);
    free(table->column);
    free(table);
}
