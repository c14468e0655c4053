#include "compute/csv_text.h"

#include "chunk/type.h"

#include <string.h>

enum { NUMBER_BYTES = 72 };

size_t shoal_csv_field_bytes(shoal_type type)
{
    if (type.code == SHOAL_TEXT) return 2 * (size_t)type.n_bytes + 3;
    if (type.code == SHOAL_RECORD) return 2 * (size_t)type.n_bytes + 3; /* with a closing NUL */
    switch (shoal_code_kind(type.code)) {
    case SHOAL_KIND_BOOL: return 6;
    case SHOAL_KIND_INT:
    case SHOAL_KIND_UINT: return 21;
    case SHOAL_KIND_FLOAT: return 32;
    default: return NUMBER_BYTES;
    }
}

size_t shoal_csv_quote(const char *text, size_t n, char delimiter, bool quote_empty, char *out)
{
    bool quote = n == 0 && quote_empty;
    for (size_t k = 0; k < n && !quote; k++)
        quote = text[k] == delimiter || text[k] == '"' || text[k] == '\n' || text[k] == '\r';
    if (!quote) {
        memcpy(out, text, n);
        return n;
    }
    size_t at = 0;
    out[at++] = '"';
    for (size_t k = 0; k < n; k++) {
        if (text[k] == '"') out[at++] = '"';
        out[at++] = text[k];
    }
    out[at++] = '"';
    return at;
}

static size_t put_unsigned(uint64_t value, char *out)
{
    char digits[20];
    size_t n = 0;
    do digits[sizeof digits - ++n] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    memcpy(out, digits + sizeof digits - n, n);
    return n;
}

static uint64_t load_unsigned(uint32_t n_bytes, const void *element)
{
    uint64_t value = 0;
    memcpy(&value, element, n_bytes); /* little-endian, as all machines that we run on */
    return value;
}

static size_t put_signed(uint32_t n_bytes, const void *element, char *out)
{
    int shift = 64 - 8 * (int)n_bytes;
    int64_t value = (int64_t)(load_unsigned(n_bytes, element) << shift) >> shift;
    if (value >= 0) return put_unsigned((uint64_t)value, out);
    *out = '-';
    return 1 + put_unsigned(-(uint64_t)value, out + 1);
}

size_t shoal_csv_field(shoal_type type, const void *element, char delimiter, char *out)
{
    char text[NUMBER_BYTES];
    if (type.code == SHOAL_TEXT) {
        size_t n = type.n_bytes;
        while (n > 0 && ((const char *)element)[n - 1] == '\0') n--;
        return shoal_csv_quote(element, n, delimiter, false, out);
    }
    if (type.code == SHOAL_RECORD)
        return shoal_format_element(type, element, out, shoal_csv_field_bytes(type));
    switch (shoal_code_kind(type.code)) {
    case SHOAL_KIND_INT: return put_signed(type.n_bytes, element, out);
    case SHOAL_KIND_UINT: return put_unsigned(load_unsigned(type.n_bytes, element), out);
    default: break;
    }
    size_t n = shoal_format_element(type, element, text, sizeof text);
    memcpy(out, text, n);
    return n;
}
