#include "store/attribute_value.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/file.h"
#include "store/sequence.h"
#include "store/view.h"
#include <stdlib.h>
#include <string.h>

enum {
    MAX_NUMBERS = 1 << 22,
    MAX_TEXTS = 1 << 20,
    MAX_TEXT_BYTES = 64 << 20, /* of all texts of variable length */
};

static uint64_t count_of(const shoal_stored_attribute *attribute)
{
    uint64_t n = 0;
    if (attribute->space.is_null ||
        !shoal_product(attribute->space.rank, attribute->space.shape, &n))
        return 0;
    uint64_t stored = attribute->n_bytes / attribute->type->n_bytes;
    return n < stored ? n : stored;
}

/* ---- Numbers ---- */

static size_t extra_count(const shoal_view *view)
{
    uint64_t n = 1;
    (void)shoal_product(view->extra_rank, view->extra_shape, &n); /* below 2^32, as views are */
    return n;
}

/* All values in the view's type, malloc'd. */
static shoal_status convert(const shoal_view *view, const shoal_stored_attribute *attribute,
                            void **out, size_t *n, shoal_error *err)
{
    size_t n_bytes, n_elements = count_of(attribute);
    if (!shoal_mul_size(n_elements, extra_count(view), n) || *n > MAX_NUMBERS)
        return shoal_fail(err, SHOAL_DATA, "it is too large");
    n_bytes = *n * view->type.n_bytes;
    void *values = malloc(n_bytes ? n_bytes : 1);
    if (!values) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = shoal_view_read(view, attribute->bytes, n_elements, values, err);
    if (status == SHOAL_OK)
        *out = values;
    else
        free(values);
    return status;
}

static int64_t integer_at(shoal_type type, const void *values, size_t k)
{
    const uint8_t *at = (const uint8_t *)values + k * type.n_bytes;
    int shift = 64 - 8 * (int)type.n_bytes;
    uint64_t bits = 0;
    memcpy(&bits, at, type.n_bytes); /* little-endian, as all machines that we run on */
    return shoal_code_kind(type.code) == SHOAL_KIND_INT ? (int64_t)(bits << shift) >> shift
                                                        : (int64_t)bits;
}

static double float_at(shoal_type type, const void *values, size_t k)
{
    const uint8_t *at = (const uint8_t *)values + k * type.n_bytes;
    uint16_t half;
    float single;
    double value;
    switch (type.code) {
    case SHOAL_FLOAT16: memcpy(&half, at, sizeof half); return (double)shoal_half_to_float(half);
    case SHOAL_FLOAT32: memcpy(&single, at, sizeof single); return (double)single;
    default: memcpy(&value, at, sizeof value); return value;
    }
}

static shoal_status set_numbers(shoal_type type, const void *values, size_t n,
                                shoal_attribute_numbers *out, shoal_error *err)
{
    bool is_float = shoal_code_kind(type.code) == SHOAL_KIND_FLOAT;
    *out = (shoal_attribute_numbers){.n = n, .type = type};
    out->value = calloc(n ? n : 1, sizeof *out->value);
    if (!is_float) out->integer = calloc(n ? n : 1, sizeof *out->integer);
    if (!out->value || (!is_float && !out->integer)) {
        shoal_attribute_numbers_free(out);
        return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    }
    for (size_t k = 0; k < n; k++) {
        if (is_float) {
            out->value[k] = float_at(type, values, k);
            continue;
        }
        out->integer[k] = integer_at(type, values, k);
        out->value[k] =
            type.code == SHOAL_UINT64 ? (double)(uint64_t)out->integer[k] : (double)out->integer[k];
    }
    return SHOAL_OK;
}

shoal_status shoal_attribute_as_numbers(const shoal_stored_attribute *attribute,
                                        shoal_attribute_numbers *out, shoal_error *err)
{
    shoal_view view;
    void *values = NULL;
    size_t n = 0;
    *out = (shoal_attribute_numbers){.n = 0};
    shoal_status status = shoal_view_make(attribute->type, NULL, 0, &view, err);
    bool real = status == SHOAL_OK && view.readable && view.type.code < SHOAL_COMPLEX64;
    if (real && count_of(attribute) > 0) {
        status = convert(&view, attribute, &values, &n, err);
        if (status == SHOAL_OK) status = set_numbers(view.type, values, n, out, err);
        free(values);
    }
    shoal_view_clear(&view);
    return status;
}

void shoal_attribute_numbers_free(shoal_attribute_numbers *numbers)
{
    free(numbers->value);
    free(numbers->integer);
    *numbers = (shoal_attribute_numbers){.n = 0};
}

/* ---- Texts ---- */

static shoal_status fixed_text(const shoal_datatype *type, const uint8_t *at, char **out,
                               shoal_error *err)
{
    size_t n = strnlen((const char *)at, type->n_bytes);
    while (type->padding == SHOAL_PAD_SPACE && n > 0 && at[n - 1] == ' ') n--;
    *out = strndup((const char *)at, n);
    return *out ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "out of memory");
}

static shoal_status read_texts(shoal_sequences *sequences, const shoal_datatype *type,
                               const uint8_t *bytes, size_t n, char **texts, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    for (size_t k = 0; status == SHOAL_OK && k < n; k++) {
        const uint8_t *at = bytes + k * type->n_bytes;
        uint8_t *read = NULL;
        size_t n_read;
        if (type->class_ == SHOAL_CLASS_TEXT) {
            status = fixed_text(type, at, &texts[k], err);
        } else {
            status = shoal_sequence_read(sequences, at, 1, MAX_TEXT_BYTES, &read, &n_read, err);
            texts[k] = (char *)read;
        }
    }
    return status;
}

shoal_status shoal_attribute_as_texts(const shoal_metadata *meta,
                                      const shoal_stored_attribute *attribute, char ***out,
                                      size_t *n, shoal_error *err)
{
    const shoal_datatype *type = attribute->type;
    *out = NULL;
    *n = 0;
    while (type->class_ == SHOAL_CLASS_ARRAY) type = type->base;
    bool variable = type->class_ == SHOAL_CLASS_SEQUENCE && type->is_text;
    if (type->class_ != SHOAL_CLASS_TEXT && !variable) return SHOAL_OK;
    size_t count = count_of(attribute) * (attribute->type->n_bytes / type->n_bytes);
    if (count > MAX_TEXTS) return shoal_fail(err, SHOAL_DATA, "it has too many texts");
    char **texts = calloc(count ? count : 1, sizeof *texts);
    if (!texts) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_sequences sequences = shoal_sequences_begin(meta, MAX_TEXT_BYTES);
    shoal_status status = read_texts(&sequences, type, attribute->bytes, count, texts, err);
    shoal_sequences_end(&sequences);
    if (status != SHOAL_OK) {
        shoal_texts_free(texts, count);
        return status;
    }
    *out = texts;
    *n = count;
    return SHOAL_OK;
}

shoal_status shoal_attribute_as_text(const shoal_metadata *meta,
                                     const shoal_stored_attribute *attribute, char **out,
                                     shoal_error *err)
{
    char **texts = NULL;
    size_t n = 0;
    *out = NULL;
    shoal_status status = shoal_attribute_as_texts(meta, attribute, &texts, &n, err);
    if (status != SHOAL_OK) return status;
    if (n == 1) {
        *out = texts[0];
        texts[0] = NULL;
    }
    shoal_texts_free(texts, n);
    return SHOAL_OK;
}
