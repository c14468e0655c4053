/* info for programs: one JSON object for each object of the file. */
#include "cli/info.h"

#include <string.h>

static int write_attribute(void *user, const shoal_attribute *attribute)
{
    shoal_cli_json *json = user;
    shoal_cli_json_key(json, attribute->name);
    shoal_cli_json_open(json, '{');
    shoal_cli_json_key(json, "type");
    shoal_cli_json_text(json, attribute->type);
    shoal_cli_json_key(json, "value");
    shoal_cli_json_raw(json, attribute->json);
    shoal_cli_json_close(json, '}');
    return 0;
}

static void write_failure(shoal_cli_walk *walk, const char *key, const shoal_error *err)
{
    shoal_cli_json_key(&walk->json, key);
    shoal_cli_json_text(&walk->json, err->message);
    shoal_cli_walk_failed(walk, err);
}

static void write_attributes(shoal_cli_walk *walk, const char *path)
{
    shoal_error err = {0};
    shoal_cli_json_key(&walk->json, "attributes");
    shoal_cli_json_open(&walk->json, '{');
    shoal_status status =
        shoal_attribute_visit(walk->file, path, write_attribute, &walk->json, &err);
    shoal_cli_json_close(&walk->json, '}');
    if (status != SHOAL_OK) write_failure(walk, "attributes_error", &err);
}

static void write_text(shoal_cli_json *json, const char *key, const char *text)
{
    shoal_cli_json_key(json, key);
    shoal_cli_json_text(json, text);
}

static void write_count(shoal_cli_json *json, const char *key, uint64_t count)
{
    shoal_cli_json_key(json, key);
    if (count == UINT64_MAX)
        shoal_cli_json_raw(json, NULL);
    else
        shoal_cli_json_count(json, count);
}

static void write_dimensions(shoal_cli_json *json, const shoal_dataset_info *info)
{
    shoal_cli_json_key(json, "dimensions");
    shoal_cli_json_open(json, '[');
    for (int k = 0; k < info->rank; k++) shoal_cli_json_text(json, info->dimensions[k]);
    shoal_cli_json_close(json, ']');
}

/* A number as such; a date, or what JSON has no number for, as text. */
static void write_end(shoal_cli_json *json, const char *key, const shoal_axis_info *axis,
                      const char *text)
{
    shoal_cli_json_key(json, key);
    if (text[0] == 0)
        shoal_cli_json_raw(json, NULL);
    else if (axis->is_time || strspn(text, "-0123456789.e+") != strlen(text))
        shoal_cli_json_text(json, text);
    else
        shoal_cli_json_raw(json, text);
}

static void write_axes(shoal_cli_json *json, shoal_dataset *dataset, const shoal_dataset_info *info)
{
    shoal_axis_info axis;
    shoal_cli_json_key(json, "axes");
    shoal_cli_json_open(json, '[');
    for (int k = 0; k < info->rank; k++) {
        if (info->dimensions[k] == NULL || !shoal_cli_describe_axis(dataset, k, &axis)) {
            shoal_cli_json_raw(json, NULL);
            continue;
        }
        shoal_cli_json_open(json, '{');
        write_text(json, "name", axis.name);
        write_text(json, "coordinate", axis.coordinate[0] != 0 ? axis.coordinate : NULL);
        write_text(json, "units", axis.units[0] != 0 ? axis.units : NULL);
        write_end(json, "first", &axis, axis.first);
        write_end(json, "last", &axis, axis.last);
        shoal_cli_json_close(json, '}');
    }
    shoal_cli_json_close(json, ']');
}

static int write_coordinate(void *user, const shoal_coordinate_info *c)
{
    shoal_cli_json *json = user;
    shoal_cli_json_open(json, '{');
    write_text(json, "name", c->name);
    write_text(json, "path", c->path);
    write_text(json, "units", c->units[0] != 0 ? c->units : NULL);
    shoal_cli_json_key(json, "axes");
    shoal_cli_json_open(json, '[');
    for (int k = 0; k < c->rank; k++)
        if (c->axis[k] >= 0) shoal_cli_json_count(json, (uint64_t)c->axis[k]);
    shoal_cli_json_close(json, ']');
    write_text(json, "value", c->rank == 0 ? c->value : NULL);
    shoal_cli_json_close(json, '}');
    return 0;
}

/* They are looked for in all of the dataset's group, so only for one that was named. */
static void write_coordinates(shoal_cli_json *json, shoal_dataset *dataset)
{
    shoal_cli_json_key(json, "coordinates");
    shoal_cli_json_open(json, '[');
    (void)shoal_dataset_coordinates(dataset, write_coordinate, json, NULL);
    shoal_cli_json_close(json, ']');
}

/* Of an array of MATLAB's, what it is to calc. */
static void write_matlab(shoal_cli_walk *walk, const char *path, const shoal_dataset_info *info)
{
    shoal_cli_matlab matlab;
    shoal_cli_json *json = &walk->json;
    if (!shoal_cli_matlab_read(walk->file, path, info, &matlab)) return;
    shoal_cli_json_key(json, "matlab");
    shoal_cli_json_open(json, '{');
    write_text(json, "class", matlab.class_name);
    shoal_cli_json_key(json, "empty");
    shoal_cli_json_bool(json, matlab.is_empty);
    shoal_cli_json_key(json, "shape");
    if (matlab.is_empty)
        shoal_cli_json_raw(json, NULL);
    else
        shoal_cli_json_shape(json, matlab.rank, matlab.shape);
    shoal_cli_json_close(json, '}');
}

static void write_type(shoal_cli_json *json, shoal_dataset *dataset, const shoal_dataset_info *info)
{
    char type[24];
    shoal_cli_json_key(json, "readable");
    shoal_cli_json_bool(json, info->readable);
    if (info->readable)
        write_text(json, "type", shoal_type_name(info->type, type));
    else
        write_text(json, "why_not", info->why_not);
    write_text(json, "stored_type", info->stored_type);
    shoal_cli_json_key(json, "shape");
    shoal_cli_json_shape(json, info->rank, info->shape);
    shoal_cli_json_key(json, "max_shape");
    shoal_cli_json_shape(json, info->rank, info->max_shape);
    write_dimensions(json, info);
    write_axes(json, dataset, info);
    write_text(json, "units", info->units != NULL && info->units[0] != 0 ? info->units : NULL);
    write_text(json, "coding", info->coding);
    if (info->readable) write_text(json, "decoded_type", shoal_type_name(info->decoded, type));
}

static void write_storage(shoal_cli_json *json, const shoal_dataset_info *info)
{
    write_text(json, "layout", info->layout);
    shoal_cli_json_key(json, "chunk");
    if (info->layout != NULL && strcmp(info->layout, "chunked") == 0)
        shoal_cli_json_shape(json, info->rank, info->chunk);
    else
        shoal_cli_json_raw(json, NULL);
    write_count(json, "n_chunks", info->n_chunks);
    write_count(json, "n_chunks_stored", info->n_chunks_stored);
    write_text(json, "index", info->index);
    write_text(json, "filters", info->filters);
    write_text(json, "fill", info->fill);
    write_count(json, "raw_bytes", info->raw_bytes);
    write_count(json, "stored_bytes", info->stored_bytes);
}

static void write_values(shoal_cli_json *json, shoal_dataset *dataset,
                         const shoal_dataset_info *info)
{
    shoal_statistics s;
    shoal_cli_json_key(json, "statistics");
    if (!shoal_cli_describe_values(dataset, &s)) {
        shoal_cli_json_raw(json, NULL);
        return;
    }
    shoal_cli_json_open(json, '{');
    write_count(json, "n_chunks", s.n_chunks);
    write_count(json, "n_chunks_known", s.n_chunks_known);
    write_count(json, "n_elements", s.n_elements);
    write_count(json, "n_nan", s.n_nan);
    if (s.has_extremes) {
        shoal_cli_json_key(json, "min");
        shoal_cli_json_element(json, info->type, s.least);
        shoal_cli_json_key(json, "max");
        shoal_cli_json_element(json, info->type, s.greatest);
    }
    if (s.has_sum) {
        shoal_cli_json_key(json, "sum");
        if (strspn(s.sum, "-0123456789.e+") == strlen(s.sum))
            shoal_cli_json_raw(json, s.sum);
        else
            shoal_cli_json_text(json, s.sum);
    }
    shoal_cli_json_close(json, '}');
}

static void write_dataset(shoal_cli_walk *walk, const char *path)
{
    shoal_error err = {0};
    shoal_dataset *dataset = NULL;
    shoal_dataset_info info = {0};
    shoal_status status = shoal_dataset_open(walk->file, path, &dataset, &err);
    if (status == SHOAL_OK) status = shoal_dataset_describe(dataset, &info, &err);
    if (status == SHOAL_OK) {
        write_type(&walk->json, dataset, &info);
        write_matlab(walk, path, &info);
        if (walk->detail) write_coordinates(&walk->json, dataset);
        write_storage(&walk->json, &info);
        if (walk->stats) write_values(&walk->json, dataset, &info);
    } else
        write_failure(walk, "error", &err);
    if (dataset != NULL) shoal_dataset_close(dataset);
}

static void write_table(shoal_cli_walk *walk, const char *path)
{
    shoal_cli_encoding encoding;
    shoal_dataset_info index;
    shoal_cli_encoding_read(walk->file, path, &encoding);
    const char *name = encoding.index != NULL ? encoding.index : "_index";
    bool known = shoal_cli_describe_part(walk->file, path, name, &index) && index.rank == 1;
    write_count(&walk->json, "n_rows", known ? index.shape[0] : UINT64_MAX);
    write_count(&walk->json, "n_columns", encoding.n_columns);
    shoal_cli_encoding_free(&encoding);
}

static int write_column(void *user, const shoal_column_info *column)
{
    shoal_cli_json *json = user;
    char type[24];
    shoal_cli_json_open(json, '{');
    write_text(json, "name", column->name);
    write_text(json, "kind", column->kind);
    write_text(json, "type", shoal_type_name(column->type, type));
    write_text(json, "units", column->units);
    write_text(json, "path", column->path);
    write_text(json, "why_not", column->why_not);
    write_count(json, "n_rows", column->n_rows);
    shoal_cli_json_close(json, '}');
    return 0;
}

static int find_column(void *user, const shoal_column_info *column)
{
    (void)user;
    (void)column;
    return 0;
}

/* Of a group that is a frame of pandas'. */
static void write_frame(shoal_cli_walk *walk, const char *path)
{
    if (walk->n_frames == SHOAL_CLI_FRAMES ||
        shoal_table_visit(walk->file, path, find_column, NULL, NULL) != SHOAL_OK)
        return;
    walk->n_frames++;
    shoal_cli_json_key(&walk->json, "columns");
    shoal_cli_json_open(&walk->json, '[');
    (void)shoal_table_visit(walk->file, path, write_column, &walk->json, NULL);
    shoal_cli_json_close(&walk->json, ']');
}

int shoal_cli_info_json(void *user, const shoal_object *object)
{
    static const char *const kind[] = {[SHOAL_GROUP] = "group",
                                       [SHOAL_DATASET] = "dataset",
                                       [SHOAL_TABLE] = "table",
                                       [SHOAL_COLUMN] = "column",
                                       [SHOAL_OTHER] = "other"};
    shoal_cli_walk *walk = user;
    shoal_cli_json *json = &walk->json;
    shoal_cli_json_open(json, '{');
    write_text(json, "path", object->path);
    write_text(json, "kind", kind[object->kind]);
    if (object->kind == SHOAL_DATASET) write_dataset(walk, object->path);
    if (object->kind == SHOAL_TABLE) write_table(walk, object->path);
    if (object->kind == SHOAL_GROUP) write_frame(walk, object->path);
    if (object->kind != SHOAL_OTHER) write_attributes(walk, object->path);
    shoal_cli_json_close(json, '}');
    return 0;
}
