/* Attributes for people and as JSON: whatever their type is. */
#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/attribute_value.h"
#include "store/sequence.h"
#include "store/value_text.h"
#include "store/view.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_READ = 64 << 20, MAX_LIST_BYTES = 1 << 20, MAX_LISTED = 1000 };

typedef struct printer {
    const shoal_stored_attribute *attribute;
    const shoal_datatype *type; /* of an item: arrays are taken apart */
    bool nested;                /* items stand in brackets, texts in quotes */
    shoal_sequences sequences;
    shoal_status status;
    shoal_error *err;
} printer;

static void put_item(printer *p, shoal_value_writer *w, const shoal_datatype *type,
                     const uint8_t *at, bool nested);

static void put_comma(shoal_value_writer *w, size_t k)
{
    if (k > 0) shoal_value_put_text(w, shoal_value_is_json(w) ? "," : ", ");
}

static void stop(printer *p, shoal_value_writer *w, shoal_status status)
{
    p->status = status;
    shoal_value_stop(w);
}

/* What has no form of its own: its type in brackets, null in JSON. */
static void put_type(shoal_value_writer *w, const shoal_datatype *type)
{
    char text[128];
    if (shoal_value_is_json(w)) {
        shoal_value_put_text(w, "null");
        return;
    }
    shoal_datatype_describe(type, text, sizeof text);
    shoal_value_put_text(w, "(");
    shoal_value_put_text(w, text);
    shoal_value_put_text(w, ")");
}

/* n items of a type, in brackets. */
static void put_list(printer *p, shoal_value_writer *w, const shoal_datatype *type,
                     const uint8_t *at, size_t n)
{
    size_t limit = shoal_value_is_json(w) ? SIZE_MAX : MAX_LISTED, k = 0;
    shoal_value_put_text(w, "[");
    for (; k < n && k < limit && !shoal_value_is_full(w); k++) {
        put_comma(w, k);
        put_item(p, w, type, at + k * type->n_bytes, true);
    }
    shoal_value_put_text(w, k < n ? ", ...]" : "]");
}

static void put_axis(printer *p, shoal_value_writer *w, const shoal_datatype *type, int axis,
                     const uint8_t *at, size_t n_bytes)
{
    size_t n = (size_t)type->shape[axis], inner = n_bytes / n;
    if (axis == type->rank - 1) {
        put_list(p, w, type->base, at, n);
        return;
    }
    shoal_value_put_text(w, "[");
    for (size_t k = 0; k < n && !shoal_value_is_full(w); k++) {
        put_comma(w, k);
        put_axis(p, w, type, axis + 1, at + k * inner, inner);
    }
    shoal_value_put_text(w, "]");
}

static void put_members(printer *p, shoal_value_writer *w, const shoal_datatype *type,
                        const uint8_t *at)
{
    shoal_value_put_text(w, "{");
    for (uint32_t k = 0; k < type->n_members && !shoal_value_is_full(w); k++) {
        const shoal_member *member = &type->member[k];
        put_comma(w, k);
        shoal_value_put_string(w, member->name, strlen(member->name), false);
        shoal_value_put_text(w, shoal_value_is_json(w) ? ":" : ": ");
        put_item(p, w, member->type, at + member->offset, true);
    }
    shoal_value_put_text(w, "}");
}

static void put_fixed_text(shoal_value_writer *w, const shoal_datatype *type, const uint8_t *at,
                           bool nested)
{
    size_t n = strnlen((const char *)at, type->n_bytes);
    while (type->padding == SHOAL_PAD_SPACE && n > 0 && at[n - 1] == ' ') n--;
    shoal_value_put_string(w, (const char *)at, n, nested);
}

static void put_sequence(printer *p, shoal_value_writer *w, const shoal_datatype *type,
                         const uint8_t *at, bool nested)
{
    uint8_t *bytes = NULL;
    size_t n = 0, element = type->is_text ? 1 : type->base->n_bytes;
    shoal_status status = shoal_sequence_read(&p->sequences, at, (uint32_t)element, MAX_LIST_BYTES,
                                              &bytes, &n, p->err);
    if (status != SHOAL_OK) {
        stop(p, w, status);
        return;
    }
    if (type->is_text)
        shoal_value_put_string(w, (const char *)bytes, n, nested);
    else if (n / element < shoal_sequence_parse(p->sequences.meta, at).count)
        put_type(w, type); /* too long to be shown */
    else
        put_list(p, w, type->base, bytes, n / element);
    free(bytes);
}

/* An enumeration's name for a value; NULL when it has none. */
static const char *name_of(const shoal_datatype *type, const uint8_t *at)
{
    for (uint32_t k = 0; k < type->n_members; k++)
        if (memcmp(type->value + (size_t)k * type->n_bytes, at, type->n_bytes) == 0)
            return type->name[k];
    return NULL;
}

/* Through a view of its own. */
static void put_number(printer *p, shoal_value_writer *w, const shoal_datatype *type,
                       const uint8_t *at)
{
    shoal_view view;
    uint8_t element[16];
    shoal_status status = shoal_view_make(type, NULL, 0, &view, p->err);
    if (status != SHOAL_OK) {
        stop(p, w, status);
    } else if (view.readable && view.type.code == SHOAL_RECORD && !view.conversion) {
        shoal_value_put_number(w, view.type, at);
    } else if (!view.readable || view.type.n_bytes > sizeof element) {
        put_type(w, type);
    } else if (shoal_view_read(&view, at, 1, element, NULL) == SHOAL_OK) {
        shoal_value_put_number(w, view.type, element);
    } else {
        put_type(w, type); /* not exact */
    }
    shoal_view_clear(&view);
}

/* As deep as the parser of types went. */
static void put_item(printer *p, shoal_value_writer *w, const shoal_datatype *type,
                     const uint8_t *at, bool nested)
{
    shoal_type plain;
    bool swaps;
    if (p->status != SHOAL_OK) return;
    if (!shoal_datatype_is_plain(type, &plain, &swaps) || type->class_ == SHOAL_CLASS_ENUM) {
        switch (type->class_) {
        case SHOAL_CLASS_TEXT: put_fixed_text(w, type, at, nested); return;
        case SHOAL_CLASS_SEQUENCE: put_sequence(p, w, type, at, nested); return;
        case SHOAL_CLASS_ARRAY: put_axis(p, w, type, 0, at, type->n_bytes); return;
        case SHOAL_CLASS_COMPOUND:
            if (shoal_datatype_is_complex(type)) break;
            put_members(p, w, type, at);
            return;
        case SHOAL_CLASS_ENUM: {
            const char *name = name_of(type, at);
            bool is_bool =
                shoal_datatype_is_plain(type, &plain, &swaps) && plain.code == SHOAL_BOOL;
            if (!name || is_bool) break;
            shoal_value_put_string(w, name, strlen(name), false);
            return;
        }
        default: break;
        }
    }
    put_number(p, w, type, at);
}

static void put_element(void *user, shoal_value_writer *w, size_t k)
{
    printer *p = user;
    put_item(p, w, p->type, p->attribute->bytes + k * p->type->n_bytes, p->nested);
}

/* ---- The whole ---- */

static shoal_status no_memory(shoal_error *err)
{
    return shoal_fail(err, SHOAL_MEMORY, "out of memory");
}

/* The attribute's axes and those of its array type; false when there are too many. */
static bool set_shape(printer *p, shoal_value *value)
{
    const shoal_stored_attribute *a = p->attribute;
    uint64_t count = 0;
    value->rank = a->space.rank;
    memcpy(value->shape, a->space.shape, (size_t)value->rank * sizeof *value->shape);
    for (; p->type->class_ == SHOAL_CLASS_ARRAY; p->type = p->type->base) {
        if (value->rank + p->type->rank > SHOAL_MAX_RANK) return false;
        for (int k = 0; k < p->type->rank; k++) value->shape[value->rank++] = p->type->shape[k];
    }
    if (!shoal_product(value->rank, value->shape, &count) || count > a->n_bytes / p->type->n_bytes)
        return false;
    value->count = count;
    p->nested = value->rank > 0;
    return true;
}

static shoal_status set_type(const shoal_datatype *type, char **out, shoal_error *err)
{
    char text[128];
    shoal_datatype_describe(type, text, sizeof text);
    *out = strdup(text);
    return *out ? SHOAL_OK : no_memory(err);
}

static shoal_status set_word(const char *word, char **text, char **json, shoal_error *err)
{
    if (asprintf(text, "(%s)", word) < 0) *text = NULL;
    *json = strdup("null");
    return *text && *json ? SHOAL_OK : no_memory(err);
}

static shoal_status set_value(printer *p, const shoal_value *value, char **text, char **json)
{
    *text = shoal_value_text(value);
    if (p->status == SHOAL_OK) *json = shoal_value_json(value);
    if (p->status != SHOAL_OK) return p->status;
    return *text && *json ? SHOAL_OK : no_memory(p->err);
}

shoal_status shoal_attribute_show(const shoal_metadata *meta,
                                  const shoal_stored_attribute *attribute, char **type, char **text,
                                  char **json, shoal_error *err)
{
    printer p = {.attribute = attribute,
                 .type = attribute->type,
                 .sequences = shoal_sequences_begin(meta, MAX_READ),
                 .err = err};
    shoal_value value = {.put = put_element, .user = &p};
    char *as_type = NULL, *as_text = NULL, *as_json = NULL;
    shoal_status status = set_type(attribute->type, &as_type, err);
    if (status == SHOAL_OK && attribute->space.is_null)
        status = set_word("empty", &as_text, &as_json, err);
    else if (status == SHOAL_OK && set_shape(&p, &value))
        status = set_value(&p, &value, &as_text, &as_json);
    else if (status == SHOAL_OK)
        status = set_word(as_type, &as_text, &as_json, err);
    shoal_sequences_end(&p.sequences);
    if (status != SHOAL_OK) {
        free(as_type);
        free(as_text);
        free(as_json);
        return status;
    }
    *type = as_type;
    *text = as_text;
    *json = as_json;
    return SHOAL_OK;
}
