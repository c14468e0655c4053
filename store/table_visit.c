/* Tables' columns, for programs. */
#include "chunk/error.h"
#include "store/table.h"

enum { MOST_BYTES = 16 << 20 /* of names and categories */ };

static const char *kind_of(const shoal_column *column)
{
    switch (column->kind) {
    case SHOAL_COLUMN_TIME: return "time";
    case SHOAL_COLUMN_CATEGORY: return "category";
    case SHOAL_COLUMN_TEXT: return "text";
    case SHOAL_COLUMN_NULLABLE: return "nullable";
    case SHOAL_COLUMN_NUMBERS: break;
    }
    return "numbers";
}

shoal_status shoal_table_visit(shoal_file *file, const char *path,
                               int (*visitor)(void *user, const shoal_column_info *column),
                               void *user, shoal_error *err)
{
    shoal_table *table = NULL;
    shoal_status status = shoal_table_open(file, path, MOST_BYTES, &table, err);
    if (status) return status;
    for (size_t k = 0; k < table->n_columns && !status; k++) {
        const shoal_column *c = &table->column[k];
        const shoal_column_info info = {.name = c->name,
                                        .kind = kind_of(c),
                                        .type = c->type,
                                        .units = c->units,
                                        .path = c->values_path,
                                        .why_not = c->why_not,
                                        .n_categories = c->n_categories,
                                        .n_rows = table->n_rows};
        if (visitor(user, &info) != 0) status = shoal_fail(err, SHOAL_CANCELLED, "cancelled");
    }
    shoal_table_free(table);
    return status;
}
