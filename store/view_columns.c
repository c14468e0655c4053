#include "store/view.h"

#include "chunk/error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAMES = 16 << 20 }; /* bytes of all names */

typedef struct listing {
    shoal_view_columns *out;
    size_t capacity, n_bytes;
    shoal_error *err;
} listing;

static shoal_status list_members(listing *l, const shoal_datatype *type, const char *name,
                                 const char *path);

static char *joined(const char *outer, char by, const char *inner)
{
    char *text = NULL;
    if (!outer) return strdup(inner);
    return asprintf(&text, "%s%c%s", outer, by, inner) < 0 ? NULL : text;
}

static shoal_status push(listing *l, char *name, char *path, const shoal_datatype *type)
{
    if (l->out->n == l->capacity) {
        size_t wanted = l->capacity == 0 ? 16 : 2 * l->capacity;
        shoal_view_column *grown = realloc(l->out->column, wanted * sizeof *grown);
        if (!grown) return shoal_fail(l->err, SHOAL_MEMORY, "out of memory");
        l->out->column = grown;
        l->capacity = wanted;
    }
    l->out->column[l->out->n++] = (shoal_view_column){name, path, type};
    return SHOAL_OK;
}

static shoal_status list_member(listing *l, const shoal_member *member, const char *outer_name,
                                const char *outer_path)
{
    shoal_status status;
    char *name = joined(outer_name, '.', member->name);
    char *path = joined(outer_path, '/', member->name);
    bool nested =
        member->type->class_ == SHOAL_CLASS_COMPOUND && !shoal_datatype_is_complex(member->type);
    if (!name || !path) {
        status = shoal_fail(l->err, SHOAL_MEMORY, "out of memory");
    } else if ((l->n_bytes += 2 * strlen(name) + 2) > MAX_NAMES) {
        status = shoal_fail(l->err, SHOAL_DATA, "the names of its members are too long");
    } else if (nested) {
        status = list_members(l, member->type, name, path);
    } else {
        status = push(l, name, path, member->type);
        if (status == SHOAL_OK) return status; /* the column has them now */
    }
    free(name);
    free(path);
    return status;
}

/* As deep as the parser of types went. */
static shoal_status list_members(listing *l, const shoal_datatype *type, const char *name,
                                 const char *path)
{
    shoal_status status = SHOAL_OK;
    for (uint32_t k = 0; status == SHOAL_OK && k < type->n_members; k++)
        status = list_member(l, &type->member[k], name, path);
    return status;
}

shoal_status shoal_view_columns_list(const shoal_datatype *type, shoal_view_columns *out,
                                     shoal_error *err)
{
    *out = (shoal_view_columns){0};
    if (type->class_ != SHOAL_CLASS_COMPOUND || shoal_datatype_is_complex(type)) return SHOAL_OK;
    listing l = {.out = out, .err = err};
    shoal_status status = list_members(&l, type, NULL, NULL);
    if (status != SHOAL_OK) shoal_view_columns_free(out);
    return status;
}

void shoal_view_columns_free(shoal_view_columns *columns)
{
    for (size_t k = 0; k < columns->n; k++) {
        free(columns->column[k].name);
        free(columns->column[k].member);
    }
    free(columns->column);
    *columns = (shoal_view_columns){0};
}
