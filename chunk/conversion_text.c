/* Values of variable length as text: texts, and lists of numbers. */
#include "chunk/conversion_kernel.h"
#include "chunk/error.h"
#include "chunk/type.h"

#include <string.h>

enum { MAX_ITEM_BYTES = 16, MAX_ITEM_TEXT = 80 };

/* What becomes of one number of a list. */
static shoal_step item_of(const shoal_step *step)
{
    shoal_step item = *step;
    item.kind = step->item_kind;
    item.from_bytes = step->item_bytes;
    item.to_bytes = step->item_type.n_bytes;
    return item;
}

bool shoal_step_compile(const shoal_step *step, shoal_step_kernel **out)
{
    *out = NULL;
    if (step->kind == SHOAL_STEP_TEXT) return true;
    if (step->kind != SHOAL_STEP_LIST) {
        *out = shoal_step_kernel_find(step);
        return *out != NULL;
    }
    shoal_step item = item_of(step);
    if (step->item_type.code >= SHOAL_TEXT || item.to_bytes > MAX_ITEM_BYTES ||
        item.from_bytes == 0 || item.kind > SHOAL_STEP_FLOAT)
        return false;
    *out = shoal_step_kernel_find(&item);
    return *out != NULL;
}

/* The stored form of a sequence: its length, and an address that is 0 when there is none. */
static uint32_t stated_length(const uint8_t *descriptor, size_t n_bytes)
{
    bool absent = true;
    for (size_t k = 4; k + 4 < n_bytes && absent; k++) absent = descriptor[k] == 0;
    if (absent) return 0;
    return (uint32_t)descriptor[0] | (uint32_t)descriptor[1] << 8 | (uint32_t)descriptor[2] << 16 |
           (uint32_t)descriptor[3] << 24;
}

/* The most characters of a number. */
static uint32_t widest(shoal_type type)
{
    static const uint8_t integers[] = {[1] = 4, [2] = 6, [4] = 11, [8] = 20};
    switch (shoal_code_kind(type.code)) {
    case SHOAL_KIND_BOOL: return 5;
    case SHOAL_KIND_INT:
    case SHOAL_KIND_UINT: return integers[type.n_bytes];
    case SHOAL_KIND_FLOAT: return type.n_bytes == 8 ? 24 : 16;
    default: return 2 * 24 + 4;
    }
}

void shoal_variable_measure(const shoal_step *step, const uint8_t *from, shoal_stride stride,
                            size_t n, uint32_t *longest)
{
    for (size_t k = 0; k < n; k++) {
        uint64_t length = stated_length(from + k * stride.from, step->from_bytes);
        if (step->kind == SHOAL_STEP_LIST) length = 2 + length * (widest(step->item_type) + 2);
        if (length > UINT32_MAX) length = UINT32_MAX;
        if (length > *longest) *longest = (uint32_t)length;
    }
}

/* The stored values, *count of item_bytes. */
static shoal_status fetch_values(const shoal_variable *v, const shoal_step *step,
                                 const uint8_t *from, uint32_t item_bytes, const uint8_t **bytes,
                                 size_t *count)
{
    size_t n = 0;
    *bytes = NULL;
    *count = stated_length(from, step->from_bytes);
    if (*count == 0) return SHOAL_OK;
    if (!v->fetch) return shoal_fail(v->err, SHOAL_DATA, "values of variable length are absent");
    shoal_status status = v->fetch(v->user, from, bytes, &n, v->err);
    if (status == SHOAL_OK && n / item_bytes < *count)
        return shoal_fail(v->err, SHOAL_DATA, "a value of variable length is cut off in its heap");
    return status;
}

static shoal_status too_long(const shoal_variable *v)
{
    return shoal_fail(v->err, SHOAL_DATA, "a text is longer than those that were measured");
}

/* A text ends at its first NUL, as readers that make C strings of them have it. */
static shoal_status convert_text(const shoal_variable *v, const shoal_step *step,
                                 const uint8_t *from, uint8_t *to)
{
    const uint8_t *bytes;
    size_t length;
    shoal_status status = fetch_values(v, step, from, 1, &bytes, &length);
    if (status != SHOAL_OK) return status;
    if (length > 0) length = strnlen((const char *)bytes, length);
    if (length > step->to_bytes) return too_long(v);
    if (length > 0) memcpy(to, bytes, length);
    memset(to + length, 0, step->to_bytes - length);
    return SHOAL_OK;
}

static shoal_status convert_list(const shoal_variable *v, const shoal_step *step,
                                 const shoal_step *item, const uint8_t *from, uint8_t *to)
{
    const uint8_t *bytes;
    size_t count, at = 0;
    uint8_t number[MAX_ITEM_BYTES];
    char text[MAX_ITEM_TEXT];
    const shoal_stride stride = {0, 0};
    shoal_status status = fetch_values(v, step, from, item->from_bytes, &bytes, &count);
    if (status != SHOAL_OK) return status;
    if (step->to_bytes < 2) return too_long(v);
    to[at++] = '[';
    for (size_t k = 0; k < count; k++) {
        const uint8_t *stored = bytes + k * item->from_bytes;
        if (v->items(item, stored, number, stride, 1) == 0)
            return shoal_float_fail(item, stored, v->err);
        size_t n = shoal_format_element(step->item_type, number, text, sizeof text);
        if (at + n + 3 > step->to_bytes) return too_long(v);
        if (k > 0) {
            to[at++] = ',';
            to[at++] = ' ';
        }
        memcpy(to + at, text, n);
        at += n;
    }
    to[at++] = ']';
    memset(to + at, 0, step->to_bytes - at);
    return SHOAL_OK;
}

shoal_status shoal_variable_convert(const shoal_variable *variable, const shoal_step *step,
                                    const uint8_t *from, uint8_t *to, shoal_stride stride, size_t n)
{
    shoal_step item = item_of(step);
    shoal_status status = SHOAL_OK;
    for (size_t k = 0; status == SHOAL_OK && k < n; k++, from += stride.from, to += stride.to)
        status = step->kind == SHOAL_STEP_TEXT ? convert_text(variable, step, from, to)
                                               : convert_list(variable, step, &item, from, to);
    return status;
}
