/* info for people of tables, their columns, and frames of pandas'. */
#include "cli/human.h"
#include "cli/info_lines.h"

#include <stdlib.h>
#include <string.h>

void shoal_cli_info_table(shoal_cli_walk *walk, const shoal_object *object)
{
    char shape[2 * SHOAL_CLI_NUMBER + 32] = "", rows[SHOAL_CLI_NUMBER], columns[SHOAL_CLI_NUMBER];
    shoal_cli_encoding encoding;
    shoal_dataset_info index;
    shoal_cli_encoding_read(walk->file, object->path, &encoding);
    const char *name = encoding.index != NULL ? encoding.index : "_index";
    if (shoal_cli_describe_part(walk->file, object->path, name, &index) && index.rank == 1)
        shoal_cli_add_words(shape, sizeof shape, "%s row%s", shoal_cli_count(index.shape[0], rows),
                            index.shape[0] == 1 ? "" : "s");
    if (encoding.n_columns != UINT64_MAX)
        shoal_cli_add_words(shape, sizeof shape, "%s column%s",
                            shoal_cli_count(encoding.n_columns, columns),
                            encoding.n_columns == 1 ? "" : "s");
    const char *cell[SHOAL_CLI_CELLS] = {shoal_cli_name_of(object), "table", shape, "", ""};
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
        shoal_cli_add_words(words, sizeof words, "%s values",
                            shoal_cli_count(column->n_categories, count));
    if (column->units != NULL) shoal_cli_add_words(words, sizeof words, "%s", column->units);
    if (column->why_not != NULL)
        shoal_cli_add_words(words, sizeof words, "not readable: %s", column->why_not);
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

bool shoal_cli_info_frame(shoal_cli_walk *walk, const shoal_object *object)
{
    char shape[2 * SHOAL_CLI_NUMBER + 32] = "", rows[SHOAL_CLI_NUMBER], columns[SHOAL_CLI_NUMBER];
    column_walk to = {.walk = walk, .depth = object->depth + 1};
    if (walk->n_frames == SHOAL_CLI_FRAMES ||
        shoal_table_visit(walk->file, object->path, count_column, &to, NULL) != SHOAL_OK)
        return false;
    walk->n_frames++;
    shoal_cli_add_words(shape, sizeof shape, "%s row%s", shoal_cli_count(to.n_rows, rows),
                        to.n_rows == 1 ? "" : "s");
    shoal_cli_add_words(shape, sizeof shape, "%s column%s", shoal_cli_count(to.n, columns),
                        to.n == 1 ? "" : "s");
    const char *cell[SHOAL_CLI_CELLS] = {shoal_cli_name_of(object), "table", shape, "", "pandas"};
    shoal_cli_rows_add(&walk->rows, object->depth, cell);
    (void)shoal_table_visit(walk->file, object->path, show_frame_column, &to, NULL);
    return true;
}

void shoal_cli_info_column(shoal_cli_walk *walk, const shoal_object *object)
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
        if (!category) shoal_cli_add_words(words, sizeof words, "with a mask of missing values");
    }
    if (category && shoal_cli_describe_part(walk->file, object->path, "categories", &categories) &&
        categories.rank == 1)
        shoal_cli_add_words(words, sizeof words, "%s values",
                            shoal_cli_count(categories.shape[0], count));
    const char *cell[SHOAL_CLI_CELLS] = {shoal_cli_name_of(object), type, shape, size, words};
    shoal_cli_rows_add(&walk->rows, object->depth, cell);
    shoal_cli_encoding_free(&encoding);
    free(walk->inside);
    walk->inside = walk->detail ? NULL : strdup(object->path);
}
