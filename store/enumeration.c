#include "store/enumeration.h"

#include "chunk/error.h"
#include "store/view.h"

#include <stdlib.h>
#include <string.h>

struct shoal_enumeration {
    uint32_t n;
    char **name;
    int64_t *value;
};

void shoal_enumeration_free(shoal_enumeration *e)
{
    if (e == NULL) return;
    for (uint32_t k = 0; e->name != NULL && k < e->n; k++) free(e->name[k]);
    free(e->name);
    free(e->value);
    free(e);
}

/* A value as it is stored, as the view takes it. */
static shoal_status read_value(const shoal_view *view, const uint8_t *stored, int64_t *out,
                               shoal_error *err)
{
    uint64_t bits = 0; /* little-endian */
    unsigned unused = 64 - 8 * view->type.n_bytes;
    shoal_status status = shoal_view_read(view, stored, 1, &bits, err);
    if (status) return status;
    bool is_signed = view->type.code >= SHOAL_INT8 && view->type.code <= SHOAL_INT64;
    *out = is_signed ? (int64_t)(bits << unused) >> unused : (int64_t)bits;
    return SHOAL_OK;
}

static shoal_status take_names(const shoal_datatype *type, const shoal_view *view,
                               shoal_enumeration *e, shoal_error *err)
{
    e->name = calloc((size_t)type->n_members + 1, sizeof *e->name);
    e->value = calloc((size_t)type->n_members + 1, sizeof *e->value);
    shoal_status status = SHOAL_OK;
    for (; e->name && e->value && e->n < type->n_members && !status; e->n++) {
        e->name[e->n] = strdup(type->name[e->n]);
        if (!e->name[e->n]) break;
        status = read_value(view, type->value + (size_t)e->n * type->n_bytes, &e->value[e->n], err);
    }
    if (status || e->n == type->n_members) return status;
    return shoal_fail(err, SHOAL_MEMORY, "no memory for the names of an enumeration");
}

shoal_status shoal_enumeration_new(const shoal_datatype *type, shoal_enumeration **out,
                                   shoal_error *err)
{
    shoal_view view;
    *out = NULL;
    if (type->class_ != SHOAL_CLASS_ENUM) return SHOAL_OK;
    shoal_status status = shoal_view_make(type, NULL, 0, &view, err);
    if (!status && view.readable && view.type.code != SHOAL_BOOL && view.type.n_bytes <= 8) {
        shoal_enumeration *e = calloc(1, sizeof *e);
        status = e ? take_names(type, &view, e, err)
                   : shoal_fail(err, SHOAL_MEMORY, "no memory for the names of an enumeration");
        if (status)
            shoal_enumeration_free(e);
        else
            *out = e;
    }
    shoal_view_clear(&view);
    return status;
}

shoal_status shoal_enumeration_find(const shoal_enumeration *e, const char *name, int64_t *value,
                                    shoal_error *err)
{
    for (uint32_t k = 0; k < e->n; k++) {
        if (strcmp(e->name[k], name) != 0) continue;
        *value = e->value[k];
        return SHOAL_OK;
    }
    const char *near = shoal_nearest_word(name, (const char *const *)e->name, e->n);
    return shoal_fail(err, SHOAL_USAGE, "no value of the enumeration is named '%s'%s%s%s", name,
                      near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}
