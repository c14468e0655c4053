#include "store/table_compound.h"

#include "chunk/error.h"
#include "store/metadata/dataspace.h"
#include "store/object.h"
#include "store/view.h"
#include <stdlib.h>
#include <string.h>

/* The compound being listed. */
typedef struct listing {
    const char *path;
    shoal_datatype *type;
    shoal_dataspace space;
    shoal_view_columns columns;
} listing;

static shoal_status read_messages(listing *l, const shoal_found *found, bool *is, shoal_error *err)
{
    const shoal_message *type = shoal_object_header_find(&found->header, SHOAL_MESSAGE_DATATYPE);
    const shoal_message *space = shoal_object_header_find(&found->header, SHOAL_MESSAGE_DATASPACE);
    *is = false;
    if (!type || !space || found->rest) return SHOAL_OK;
    shoal_status status = shoal_datatype_parse(found->meta, type->bytes, type->n, &l->type, err);
    if (status == SHOAL_OK)
        status = shoal_dataspace_parse(found->meta, space->bytes, space->n, &l->space, err);
    if (status == SHOAL_OK) status = shoal_view_columns_list(l->type, &l->columns, err);
    *is = status == SHOAL_OK && l->columns.n > 0 && l->space.rank == 1 && !l->space.is_null;
    return status;
}

/* A member that cannot be read is a column too: who names it is told why. */
static shoal_status add_column(const listing *l, const shoal_view_column *from, shoal_column *out,
                               shoal_error *err)
{
    shoal_view view;
    out->part = -1;
    shoal_status status = shoal_view_make(l->type, from->member, 0, &view, err);
    out->type = view.readable ? view.type : (shoal_type){SHOAL_UINT8, 1};
    out->kind = out->type.code == SHOAL_TEXT ? SHOAL_COLUMN_TEXT : SHOAL_COLUMN_NUMBERS;
    shoal_view_clear(&view);
    if (status != SHOAL_OK) return status;
    out->name = strdup(from->name);
    out->values_path = shoal_path_join(l->path, from->member);
    return out->name && out->values_path ? SHOAL_OK
                                         : shoal_fail(err, SHOAL_MEMORY, "out of memory");
}

static shoal_status add_columns(const listing *l, shoal_table *table, shoal_error *err)
{
    table->n_rows = l->space.shape[0];
    table->column = calloc(l->columns.n, sizeof *table->column);
    if (!table->column) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    for (size_t k = 0; k < l->columns.n; k++) {
        shoal_column *column = &table->column[table->n_columns++];
        shoal_status status = add_column(l, &l->columns.column[k], column, err);
        if (status != SHOAL_OK) return status;
    }
    return SHOAL_OK;
}

shoal_status shoal_table_of_compound(shoal_file *file, const char *path, shoal_table *table,
                                     bool *is, shoal_error *err)
{
    shoal_found found;
    listing l = {.path = path};
    *is = false;
    if (file->is_npy) return SHOAL_OK;
    shoal_status status = shoal_object_find(file, path, &found, err);
    if (status != SHOAL_OK) return status;
    status = read_messages(&l, &found, is, err);
    if (status == SHOAL_OK && *is && table) status = add_columns(&l, table, err);
    if (status != SHOAL_OK) shoal_fail_within(err, status, "%s:%s", file->path, path);
    shoal_view_columns_free(&l.columns);
    shoal_datatype_free(l.type);
    shoal_found_release(&found);
    return status;
}
