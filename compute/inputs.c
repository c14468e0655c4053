#include "compute/inputs.h"

#include "chunk/error.h"
#include "chunk/grid.h"

#include <stdlib.h>
#include <string.h>

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static shoal_status out_of_memory(shoal_error *err)
{
    return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the inputs");
}

shoal_status shoal_inputs_add(shoal_inputs *in, const char *name, const shoal_source *source,
                              shoal_error *err)
{
    for (int k = 0; k < in->n_sources; k++)
        if (strcmp(in->sources[k].name, name) == 0)
            return shoal_fail(err, SHOAL_USAGE,
                              "two inputs are named '%s'; name one of them: other=FILE:/path",
                              name);
    shoal_source *more = realloc(in->sources, sizeof *more * ((size_t)in->n_sources + 1));
    if (!more) return out_of_memory(err);
    in->sources = more;
    char *copy = shoal_arena_text(in->arena, name, strlen(name));
    if (!copy) return out_of_memory(err);
    more[in->n_sources] = *source;
    more[in->n_sources++].name = copy;
    return SHOAL_OK;
}

static shoal_status add_source(shoal_inputs *in, const char *name, int input,
                               const shoal_column *column, shoal_error *err)
{
    const shoal_source source = {.input = input, .column = column};
    return shoal_inputs_add(in, name, &source, err);
}

/* A table's columns become sources; their datasets are opened when they are named. */
static shoal_status open_table(shoal_inputs *in, int input, const char *path, uint64_t memory_limit,
                               shoal_error *err)
{
    shoal_status status =
        shoal_table_open(in->files[input], path, memory_limit / 4, &in->tables[input], err);
    if (status) return status;
    const shoal_table *table = in->tables[input];
    for (size_t k = 0; k < table->n_columns && !status; k++)
        status = add_source(in, table->column[k].name, input, &table->column[k], err);
    return status;
}

static shoal_status open_dataset(shoal_inputs *in, int input, const shoal_input *what,
                                 const char *locator, shoal_error *err)
{
    shoal_dataset *dataset = NULL;
    shoal_file *file = NULL;
    shoal_region region;
    uint32_t dropped;
    shoal_status status =
        shoal_locator_open(locator, in->raw, &file, &dataset, &region, &dropped, err);
    if (status) return status;
    in->files[input] = file;
    const char *name = what->name ? what->name : last_part(dataset->path);
    if (!*name) name = "data";
    status = add_source(in, name, input, NULL, err);
    if (status) {
        shoal_dataset_close(dataset);
        return status;
    }
    shoal_source *s = &in->sources[in->n_sources - 1];
    s->dataset = dataset;
    s->region = region;
    s->dropped = dropped;
    return SHOAL_OK;
}

static shoal_status open_array(shoal_inputs *in, int input, const shoal_input *what,
                               shoal_error *err)
{
    if (!what->name || !*what->name)
        return shoal_fail(err, SHOAL_USAGE, "an array in memory needs a name among the inputs");
    shoal_status status = add_source(in, what->name, input, NULL, err);
    if (status) return status;
    shoal_source *s = &in->sources[in->n_sources - 1];
    status = shoal_dataset_open_memory(what->name, what->array, &s->dataset, err);
    if (!status) shoal_region_all(s->dataset->grid.rank, s->dataset->grid.shape, &s->region);
    return status;
}

static int second_dataset(void *user, const shoal_object *object)
{
    int *n = user;
    if (object->kind == SHOAL_DATASET) ++*n;
    return *n > 1;
}

/* Whether an input is a group, whose datasets are known by their names: a path of one, or a file
   of several datasets alone. */
static bool is_group(shoal_file *file, const char *path)
{
    shoal_error ignored = {0};
    shoal_object_kind kind;
    int n = 0;
    if (path) return !shoal_file_kind(file, path, &kind, &ignored) && kind == SHOAL_GROUP;
    return shoal_file_visit(file, "/", second_dataset, &n, &ignored) == SHOAL_CANCELLED && n > 1;
}

static shoal_status keep_group(shoal_inputs *in, int input, const shoal_input *what,
                               const char *path, shoal_error *err)
{
    if (what->name)
        return shoal_fail(err, SHOAL_USAGE,
                          "%s: is a group, whose datasets have their own names; '%s' names a "
                          "dataset: %s=FILE:/path",
                          what->source, what->name, what->name);
    if (!path) path = "/";
    in->groups[input] = shoal_arena_text(in->arena, path, strlen(path));
    return in->groups[input] ? SHOAL_OK : out_of_memory(err);
}

static shoal_status open_input(shoal_inputs *in, int input, const shoal_input *what,
                               uint64_t memory_limit, shoal_error *err)
{
    if (what->array) return open_array(in, input, what, err);
    if (!what->source)
        return shoal_fail(err, SHOAL_USAGE, "input %d has neither a source nor an array", input);
    char *file = NULL, *path = NULL, *slice = NULL;
    shoal_status status = shoal_locator_split(what->source, &file, &path, &slice, err);
    if (status) return status;
    bool is_table = false;
    shoal_error ignored = {0}; /* a file without a path may be no HDF5 file */
    if (!status && !slice) {
        shoal_status opened = shoal_file_open(file, &in->files[input], path ? err : &ignored);
        if (path) status = opened;
    }
    if (!status && path && !slice) status = shoal_table_is(in->files[input], path, &is_table, err);
    bool grouped = !status && !is_table && in->files[input] && is_group(in->files[input], path);
    if (!status && is_table) {
        status = open_table(in, input, path, memory_limit, err);
    } else if (grouped) {
        status = keep_group(in, input, what, path, err);
    } else if (!status) {
        shoal_file_close(in->files[input]);
        in->files[input] = NULL;
        status = open_dataset(in, input, what, what->source, err);
    }
    free(file);
    free(path);
    free(slice);
    return status;
}

shoal_status shoal_inputs_open(const shoal_input *inputs, size_t n, bool raw, uint64_t memory_limit,
                               shoal_arena *arena, shoal_inputs *out, shoal_error *err)
{
    *out = (shoal_inputs){.arena = arena, .raw = raw, .n_files = (int)n};
    out->files = calloc(n + 1, sizeof *out->files);
    out->tables = calloc(n + 1, sizeof *out->tables);
    out->groups = calloc(n + 1, sizeof *out->groups);
    shoal_status status = out->files && out->tables && out->groups ? SHOAL_OK : out_of_memory(err);
    for (size_t k = 0; k < n && !status; k++)
        status = open_input(out, (int)k, &inputs[k], memory_limit, err);
    if (status) shoal_inputs_close(out);
    return status;
}

void shoal_inputs_close(shoal_inputs *inputs)
{
    for (int k = 0; k < inputs->n_sources; k++) {
        shoal_summary_free(inputs->sources[k].summary);
        shoal_dataset_close(inputs->sources[k].dataset);
    }
    for (int k = 0; k < inputs->n_files; k++) {
        if (inputs->tables) shoal_table_free(inputs->tables[k]);
        if (inputs->files) shoal_file_close(inputs->files[k]);
    }
    free(inputs->sources);
    free(inputs->groups);
    free(inputs->tables);
    free(inputs->files);
    *inputs = (shoal_inputs){0};
}

static shoal_status open_column(shoal_inputs *in, shoal_source *s, shoal_error *err)
{
    if (s->column->kind == SHOAL_COLUMN_NULLABLE)
        return shoal_fail(err, SHOAL_USAGE,
                          "column '%s' has a mask of missing values, which expressions do not read "
                          "yet; ingest it with --type %s=f8",
                          s->name, s->name);
    return shoal_column_open(in->files[s->input], s->column, &s->dataset, &s->region, &s->dropped,
                             err);
}

bool shoal_source_is_whole(const shoal_source *s)
{
    const shoal_grid *grid = &s->dataset->grid;
    for (int k = 0; k < grid->rank; k++)
        if (s->region.axis[k].count != grid->shape[k] || s->region.axis[k].step != 1) return false;
    return !s->dropped;
}

static shoal_status read_matlab(shoal_inputs *in, shoal_source *s, shoal_error *err)
{
    const char *name = s->dataset->name;
    shoal_matlab *info = shoal_arena_alloc(in->arena, sizeof *info);
    if (!info) return out_of_memory(err);
    shoal_status status = shoal_matlab_read(s->dataset, info, err);
    if (status || !info->class_name[0]) return status;
    if (info->type.n_bytes == 0)
        return shoal_fail(err, SHOAL_DATA,
                          "%s: is MATLAB's %s%s, which expressions do not take; --raw takes the "
                          "numbers that are stored",
                          name, info->is_empty ? "empty " : "",
                          strcmp(info->class_name, "char") == 0 ? "text (char)" : info->class_name);
    if (info->is_empty && !shoal_source_is_whole(s))
        return shoal_fail(err, SHOAL_USAGE, "%s: is empty in MATLAB, and takes no slice", name);
    s->reversed = true;
    s->empty = info->is_empty ? info : NULL;
    if (info->type.code == SHOAL_BOOL) s->cf->is_bool = s->cf->decodes = true;
    return SHOAL_OK;
}

/* Columns of tables mean what the table's own layout says. */
static shoal_status read_meaning(shoal_inputs *in, shoal_source *s, shoal_error *err)
{
    bool is_bool = s->column && s->column->is_bool;
    if (in->raw || (s->column && !is_bool) || s->cf || !s->dataset->file) return SHOAL_OK;
    s->cf = shoal_arena_alloc(in->arena, sizeof *s->cf);
    if (!s->cf) return out_of_memory(err);
    if (is_bool) {
        *s->cf = (shoal_cf){.is_bool = true, .decodes = true};
        return SHOAL_OK;
    }
    shoal_status status = shoal_cf_read(s->dataset, s->cf, err);
    return status ? status : read_matlab(in, s, err);
}

int shoal_inputs_find(shoal_inputs *inputs, const char *name, shoal_error *err)
{
    for (int k = 0; k < inputs->n_sources; k++) {
        shoal_source *s = &inputs->sources[k];
        if (strcmp(s->name, name) != 0) continue;
        if (!s->dataset && open_column(inputs, s, err)) return -2;
        if (!s->dataset->readable) {
            shoal_fail(err, SHOAL_DATA, "%s: %s", s->dataset->name, s->dataset->why_not);
            return -2;
        }
        if (read_meaning(inputs, s, err)) return -2;
        return k;
    }
    return -1;
}
