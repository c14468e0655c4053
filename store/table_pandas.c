#include "store/table_pandas.h"

#include "chunk/error.h"
#include "chunk/type.h"
#include "store/cf_input.h"
#include "store/object.h"
#include "store/pickle.h"
#include "store/table_compound.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BLOCKS = 1 << 16 };

/* The frame being opened. */
typedef struct frame {
    shoal_file *file;
    const char *path;
    uint64_t *limit;
    shoal_table *table;
    size_t capacity;
    shoal_error *err;
} frame;

static shoal_status no_memory(const frame *f)
{
    return shoal_fail(f->err, SHOAL_MEMORY, "%s:%s: no memory for the table's columns",
                      f->file->path, f->path);
}

/* A new column, of one dataset's values; it takes `values_path`. NULL without memory. */
static shoal_column *push(frame *f, const char *name, char *values_path)
{
    shoal_table *table = f->table;
    uint64_t n_bytes =
        sizeof *table->column + strlen(name) + (values_path ? strlen(values_path) : 0);
    if (!values_path || n_bytes > *f->limit) {
        free(values_path);
        return NULL;
    }
    *f->limit -= n_bytes;
    if (table->n_columns == f->capacity) {
        size_t wanted = f->capacity ? 2 * f->capacity : 16;
        shoal_column *grown = realloc(table->column, wanted * sizeof *grown);
        if (!grown) {
            free(values_path);
            return NULL;
        }
        table->column = grown;
        f->capacity = wanted;
    }
    shoal_column *column = &table->column[table->n_columns];
    *column = (shoal_column){.name = strdup(name), .values_path = values_path, .part = -1};
    if (!column->name) {
        free(values_path);
        return NULL;
    }
    table->n_columns++;
    return column;
}

static char *attribute(const frame *f, const char *path, const char *of, const char *what)
{
    char *name = NULL, *text = NULL;
    if (asprintf(&name, "%s%s", of, what) < 0) return NULL;
    (void)shoal_file_attribute_text(f->file, path, name, &text, NULL);
    free(name);
    return text;
}

/* ---- What values mean ---- */

/* "datetime64[ns]", "datetime64": a count of the unit since 1970. */
static bool take_unit(shoal_column *column, const char *type)
{
    static const struct {
        const char *unit, *units;
    } known[] = {{"", "nanoseconds since 1970-01-01"},
                 {"[ns", "nanoseconds since 1970-01-01"},
                 {"[us", "microseconds since 1970-01-01"},
                 {"[ms", "milliseconds since 1970-01-01"},
                 {"[s", "seconds since 1970-01-01"}};
    static const char prefix[] = "datetime64";
    if (strncmp(type, prefix, sizeof prefix - 1) != 0 || column->type.code != SHOAL_INT64)
        return true;
    const char *unit = type + sizeof prefix - 1;
    size_t n = strcspn(unit, ",]"); /* a time zone follows a comma; counts are of UTC */
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (strlen(known[k].unit) == n && strncmp(unit, known[k].unit, n) == 0) {
            column->kind = SHOAL_COLUMN_TIME;
            column->units = strdup(known[k].units);
            return column->units != NULL;
        }
    return true;
}

/* By the elements' type and what an attribute calls it (or NULL). False without memory. */
static bool take_type(shoal_column *column, shoal_type type, const char *called)
{
    column->type = type;
    column->kind = type.code == SHOAL_TEXT ? SHOAL_COLUMN_TEXT : SHOAL_COLUMN_NUMBERS;
    if (!called) return true;
    column->is_bool = strcmp(called, "bool") == 0 && type.code == SHOAL_UINT8;
    if (column->is_bool) column->type = (shoal_type){SHOAL_BOOL, 1};
    return take_unit(column, called);
}

/* What is stored as a dataset; rank -1 when it cannot be opened. */
typedef struct stored {
    int rank;
    uint64_t shape[2];
    shoal_type type;
    bool is_bits;
} stored;

static stored look(const frame *f, const char *path)
{
    stored s = {.rank = -1, .type = {SHOAL_UINT8, 1}};
    shoal_dataset *dataset = NULL;
    shoal_dataset_info info = {0};
    if (shoal_dataset_open(f->file, path, &dataset, NULL) == SHOAL_OK &&
        shoal_dataset_describe(dataset, &info, NULL) == SHOAL_OK && info.rank <= 2 &&
        info.readable) {
        s.rank = info.rank;
        memcpy(s.shape, info.shape, sizeof s.shape);
        s.type = info.type;
        s.is_bits = strncmp(info.stored_type, "bitfield", 8) == 0;
    }
    shoal_dataset_close(dataset);
    return s;
}

/* ---- Tables: members of a compound ---- */

/* Categories are a table of their own; without it the column is its codes. */
static shoal_status take_categories(frame *f, const char *member, shoal_column *column)
{
    char *path = NULL;
    if (asprintf(&path, "%s/meta/%s/meta/table/values", f->path, member) < 0) return no_memory(f);
    shoal_status status = shoal_table_texts(f->file, path, f->limit, &column->categories,
                                            &column->n_categories, f->err);
    free(path);
    if (!status) column->kind = SHOAL_COLUMN_CATEGORY;
    return status;
}

static shoal_status push_member(frame *f, const char *member, const char *name,
                                const char *values_path, const stored *s, int64_t part)
{
    char *table = shoal_path_join(f->path, "table");
    char *called = table ? attribute(f, table, member, "_dtype") : NULL;
    char *kind = table ? attribute(f, table, member, "_kind") : NULL;
    char *meta = table ? attribute(f, table, member, "_meta") : NULL;
    shoal_column *column = table ? push(f, name, strdup(values_path)) : NULL;
    /* an index has its kind alone */
    const char *type = called ? called : kind;
    shoal_status status = column && take_type(column, s->type, type) ? SHOAL_OK : no_memory(f);
    if (column) column->part = part;
    if (!status && s->rank < 0) column->why_not = "its values are of no type that is read";
    if (!status && meta && strcmp(meta, "category") == 0 &&
        shoal_code_kind(s->type.code) == SHOAL_KIND_INT)
        status = take_categories(f, member, column);
    free(meta);
    free(kind);
    free(called);
    free(table);
    return status;
}

/* A member's columns: as many as it has names, or itself where these are not understood. */
static shoal_status push_block(frame *f, const shoal_column *member)
{
    char **names = NULL, *table = shoal_path_join(f->path, "table");
    size_t n = 0;
    char *kind = table ? attribute(f, table, member->name, "_kind") : NULL;
    const stored s = look(f, member->values_path);
    bool known = kind && s.rank >= 1 &&
                 shoal_pickle_names(kind, strlen(kind), &names, &n, NULL) == SHOAL_OK &&
                 n == (s.rank == 2 ? s.shape[1] : 1);
    shoal_status status = table ? SHOAL_OK : no_memory(f);
    if (!status && !known)
        status = push_member(f, member->name, member->name, member->values_path, &s, -1);
    for (size_t k = 0; k < n && known && !status; k++)
        status = push_member(f, member->name, names[k], member->values_path, &s,
                             s.rank == 2 ? (int64_t)k : -1);
    shoal_texts_free(names, n);
    free(kind);
    free(table);
    return status;
}

static shoal_status open_table(frame *f, bool *is)
{
    char *path = shoal_path_join(f->path, "table");
    shoal_table *members = calloc(1, sizeof *members);
    shoal_object_kind kind;
    shoal_status status = path && members ? SHOAL_OK : no_memory(f);
    *is = !status && shoal_file_kind(f->file, path, &kind, NULL) == SHOAL_OK;
    if (*is) status = shoal_table_of_compound(f->file, path, f->table ? members : NULL, is, f->err);
    if (*is && !status && f->table) f->table->n_rows = members->n_rows;
    for (size_t k = 0; *is && !status && f->table && k < members->n_columns; k++)
        status = push_block(f, &members->column[k]);
    shoal_table_free(members);
    free(path);
    return status;
}

/* ---- Fixed: a dataset a block ---- */

static char *block_path(const frame *f, uint64_t k, const char *what)
{
    char *path = NULL;
    return asprintf(&path, "%s/block%llu_%s", f->path, (unsigned long long)k, what) < 0 ? NULL
                                                                                        : path;
}

static shoal_status push_values(frame *f, const char *path, const char *const *names, size_t n)
{
    const stored s = look(f, path);
    char *called = attribute(f, path, "", "value_type"),
         *atom = attribute(f, path, "", "PSEUDOATOM");
    char *kind = attribute(f, path, "", "kind"); /* of an index */
    const char *type = called ? called : kind ? kind : s.is_bits ? "bool" : NULL;
    shoal_status status = SHOAL_OK;
    for (size_t k = 0; k < n && !status; k++) {
        shoal_column *column = push(f, names[k], strdup(path));
        if (!column || !take_type(column, s.type, type)) {
            status = no_memory(f);
            break;
        }
        if (s.rank == 2 && s.shape[1] == n) column->part = (int64_t)k;
        if (atom)
            column->why_not = "its values are Python objects, pickled, which are not read: write "
                              "the frame with format=\"table\"";
        else if (s.rank < 1 || s.shape[0] != f->table->n_rows || (s.rank == 2 && s.shape[1] != n))
            column->why_not = "its values are not as pandas writes them";
    }
    free(kind);
    free(atom);
    free(called);
    return status;
}

static shoal_status push_fixed_block(frame *f, uint64_t k)
{
    char **names = NULL;
    size_t n = 0;
    char *items = block_path(f, k, "items"), *values = block_path(f, k, "values");
    shoal_status status = items && values ? SHOAL_OK : no_memory(f);
    if (!status) status = shoal_table_texts(f->file, items, f->limit, &names, &n, f->err);
    if (!status) status = push_values(f, values, (const char *const *)names, n);
    free(names);
    free(values);
    free(items);
    return status;
}

/* The rows are the index's; those of an index of several levels the first block's. */
static shoal_status open_rows(frame *f)
{
    char *index = shoal_path_join(f->path, "axis1"), *first = block_path(f, 0, "values");
    shoal_status status = index && first ? SHOAL_OK : no_memory(f);
    if (!status) {
        const stored s = look(f, index), block = look(f, first);
        const char *const name[] = {"index"};
        f->table->n_rows = s.rank == 1 ? s.shape[0] : block.rank == 2 ? block.shape[0] : 0;
        if (s.rank == 1) status = push_values(f, index, name, 1);
    }
    free(first);
    free(index);
    return status;
}

static shoal_status open_fixed(frame *f, bool *is)
{
    shoal_cf_value n;
    uint64_t n_blocks = UINT64_MAX;
    if (shoal_cf_value_read(f->file, f->path, "nblocks", &n, NULL) == SHOAL_OK) {
        if (n.found && !n.is_text && n.n == 1 && n.type.code == SHOAL_INT64)
            memcpy(&n_blocks, n.numbers, sizeof n_blocks);
        shoal_cf_value_free(&n);
    }
    *is = n_blocks <= MOST_BLOCKS;
    if (!*is || !f->table) return SHOAL_OK;
    shoal_status status = open_rows(f);
    for (uint64_t k = 0; k < n_blocks && !status; k++) status = push_fixed_block(f, k);
    return status;
}

/* A column of the index's name goes before it. */
static void drop_hidden_index(shoal_table *table)
{
    if (table->n_columns == 0 || strcmp(table->column[0].name, "index") != 0) return;
    for (size_t k = 1; k < table->n_columns; k++) {
        if (strcmp(table->column[k].name, "index") != 0) continue;
        shoal_column_clear(&table->column[0]);
        table->n_columns--;
        memmove(table->column, table->column + 1, table->n_columns * sizeof *table->column);
        return;
    }
}

shoal_status shoal_table_of_pandas(shoal_file *file, const char *path, uint64_t *limit,
                                   shoal_table *table, bool *is, shoal_error *err)
{
    frame f = {.file = file, .path = path, .limit = limit, .table = table, .err = err};
    shoal_object_kind kind;
    *is = false;
    if (file->is_npy || shoal_file_kind(file, path, &kind, NULL) != SHOAL_OK || kind != SHOAL_GROUP)
        return SHOAL_OK;
    shoal_status status = SHOAL_OK;
    char *type = attribute(&f, path, "", "pandas_type");
    if (type && (strcmp(type, "frame_table") == 0 || strcmp(type, "series_table") == 0))
        status = open_table(&f, is);
    else if (type && strcmp(type, "frame") == 0)
        status = open_fixed(&f, is);
    if (table && !status) drop_hidden_index(table);
    free(type);
    return status;
}
