#include "compute/ingest_csv_target.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "chunk/type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static shoal_status no_memory(shoal_error *err)
{
    return shoal_fail(err, SHOAL_MEMORY, "no memory for a table's columns");
}

/* ---- Growing a table ---- */

static shoal_status check_chunk(shoal_file *file, const char *path, uint64_t *rows,
                                shoal_error *err)
{
    shoal_dataset *dataset = NULL;
    shoal_dataset_info info = {0};
    shoal_status status = shoal_dataset_open(file, path, &dataset, err);
    if (!status) status = shoal_dataset_describe(dataset, &info, err);
    bool grows = !status && info.max_shape[0] == UINT64_MAX && info.chunk[0];
    if (!status && (!grows || (*rows && info.chunk[0] != *rows)))
        status = shoal_fail(err, SHOAL_USAGE,
                            "%s:%s: rows can be appended to tables that shoal "
                            "made; this column %s",
                            file->path, path, grows ? "has chunks of another size" : "cannot grow");
    if (!status) *rows = info.chunk[0];
    shoal_dataset_close(dataset);
    return status;
}

shoal_status shoal_csv_target_chunk(shoal_file *file, const shoal_table *table,
                                    shoal_dataset_spec *storage, shoal_error *err)
{
    uint64_t rows = 0;
    shoal_status status = SHOAL_OK;
    for (size_t k = 0; !status && k < table->n_columns; k++) {
        const shoal_column *column = &table->column[k];
        status = check_chunk(file, column->values_path, &rows, err);
        if (!status && column->mask_path) status = check_chunk(file, column->mask_path, &rows, err);
    }
    storage->chunk[0] = rows;
    return status;
}

static char *index_path(const char *table)
{
    char *path = NULL;
    return asprintf(&path, "%s/_index", strcmp(table, "/") ? table : "") < 0 ? NULL : path;
}

static shoal_status grow_column(shoal_csv_target *t, shoal_file *file, const char *path,
                                const shoal_column *column, const shoal_csv_want *before,
                                const shoal_dataset_spec *storage, shoal_error *err)
{
    uint64_t n_rows = t->table->n_rows;
    shoal_status status = SHOAL_OK;
    if (column->kind == SHOAL_COLUMN_CATEGORY)
        status = shoal_table_write_categories(t->writer, path, column, storage, err);
    if (!status && column->type.n_bytes != before->type.n_bytes)
        status = shoal_table_widen(t->writer, file, column->values_path, column->type, t->old_rows,
                                   storage, err);
    if (!status) status = shoal_writer_extend(t->writer, column->values_path, &n_rows, err);
    if (!status && column->mask_path)
        status = shoal_writer_extend(t->writer, column->mask_path, &n_rows, err);
    return status;
}

shoal_status shoal_csv_target_grow(shoal_csv_target *t, shoal_file *file, const char *path,
                                   const shoal_csv_want *want, const shoal_dataset_spec *storage,
                                   uint64_t n_new, shoal_error *err)
{
    shoal_table *table = t->table;
    if (!shoal_add_u64(t->old_rows, n_new, &table->n_rows))
        return shoal_fail(err, SHOAL_USAGE, "%s: too many rows", path);
    shoal_status status = SHOAL_OK;
    for (size_t k = 0; !status && k < table->n_columns; k++)
        status = grow_column(t, file, path, &table->column[k], &want[k], storage, err);
    char *index = index_path(path);
    if (!status && !index) status = no_memory(err);
    if (!status) status = shoal_writer_extend(t->writer, index, &table->n_rows, err);
    free(index);
    return status;
}

/* ---- Opening its datasets ---- */

static shoal_status add_output(shoal_csv_target *t, const char *path, shoal_type type,
                               shoal_error *err)
{
    shoal_csv_output *o = &t->output[t->n_outputs];
    size_t n_bytes;
    o->path = strdup(path);
    if (!o->path) return no_memory(err);
    t->n_outputs++;
    o->type = type;
    o->start = t->chunk_bytes;
    shoal_status status = shoal_writer_sink(t->writer, path, &o->sink, err);
    if (status) return status;
    shoal_type stored = shoal_sink_type(o->sink);
    if (stored.code != type.code || stored.n_bytes != type.n_bytes ||
        !shoal_sink_is_chunked(o->sink) || shoal_sink_grid(o->sink)->chunk[0] != t->chunk_rows)
        return shoal_fail(err, SHOAL_USAGE,
                          "%s:%s: rows can be appended to tables that shoal made; "
                          "this dataset is stored in another way",
                          shoal_writer_path(t->writer), path);
    if (!shoal_mul_size(t->chunk_rows, type.n_bytes, &n_bytes)) return no_memory(err);
    t->chunk_bytes += shoal_csv_aligned(n_bytes);
    return SHOAL_OK;
}

static shoal_status add_column(shoal_csv_target *t, const shoal_csv_input *input, size_t k,
                               shoal_error *err)
{
    const shoal_column *column = &t->table->column[k];
    shoal_csv_column_init(&t->column[k], (uint32_t)k, column, &input->missing, input->words);
    t->values[k] = t->n_outputs;
    shoal_status status = add_output(t, column->values_path, column->type, err);
    if (status || !column->mask_path) return status;
    t->mask[k] = t->n_outputs;
    return add_output(t, column->mask_path, shoal_type_of(SHOAL_BOOL), err);
}

static shoal_status read_head(shoal_csv_target *t, shoal_error *err)
{
    uint64_t n = t->old_rows % t->chunk_rows;
    shoal_region region = {.rank = 1, .axis = {{(int64_t)(t->old_rows - n), 1, n}}};
    shoal_status status = SHOAL_OK;
    if (n == 0) return SHOAL_OK;
    t->head = malloc(t->chunk_bytes);
    if (!t->head) return no_memory(err);
    for (size_t k = 0; !status && k < t->n_outputs; k++)
        status =
            shoal_writer_read(t->writer, t->output[k].path, &region, t->head + t->output[k].start,
                              (size_t)n * t->output[k].type.n_bytes, err);
    return status;
}

shoal_status shoal_csv_target_open(shoal_csv_target *t, const shoal_csv_input *input,
                                   const char *path, shoal_error *err)
{
    size_t n = t->table->n_columns;
    char *index = index_path(path);
    t->output = calloc(2 * n + 1, sizeof *t->output);
    t->values = calloc(n, sizeof *t->values);
    t->mask = calloc(n, sizeof *t->mask);
    t->column = calloc(n, sizeof *t->column);
    shoal_status status = SHOAL_OK;
    if (!index || !t->output || !t->values || !t->mask || !t->column) status = no_memory(err);
    if (!status) status = add_output(t, index, shoal_type_of(SHOAL_INT64), err);
    for (size_t k = 0; !status && k < n; k++) status = add_column(t, input, k, err);
    free(index);
    return status ? status : read_head(t, err);
}

void shoal_csv_target_clear(shoal_csv_target *t)
{
    for (size_t k = 0; k < t->n_outputs; k++) free(t->output[k].path);
    free(t->output);
    free(t->values);
    free(t->mask);
    free(t->column);
    free(t->head);
}
