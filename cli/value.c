#include "cli/value.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool shoal_cli_read_count(const char *text, uint64_t most, uint64_t *out)
{
    uint64_t value = 0;
    if (*text == 0) return false;
    for (; *text != 0; text++) {
        if (*text < '0' || *text > '9') return false;
        if (__builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
            return false;
    }
    *out = value;
    return value <= most;
}

bool shoal_cli_read_size(const char *text, uint64_t *out)
{
    static const char units[] = "KMGTP";
    if (shoal_cli_read_count(text, UINT64_MAX, out)) return true;
    if (*text < '0' || *text > '9' || text[strspn(text, "0123456789.")] == 0) return false;
    char *end;
    double value = strtod(text, &end);
    if (end != text + strspn(text, "0123456789.")) return false;
    const char *unit = strchr(units, *end == 'k' ? 'K' : *end);
    if (*end == 0 || unit == NULL) return false;
    end++;
    if (strcmp(end, "") != 0 && strcmp(end, "B") != 0 && strcmp(end, "iB") != 0) return false;
    value = ldexp(value, 10 * (int)(unit - units + 1));
    if (!(value < 0x1p63)) return false;
    *out = (uint64_t)value;
    return true;
}

bool shoal_cli_read_counts(const char *text, uint64_t least, int *rank,
                           uint64_t out[SHOAL_MAX_RANK])
{
    char piece[24];
    int n = 0;
    for (;;) {
        size_t length = strcspn(text, ",");
        if (length >= sizeof piece || n == SHOAL_MAX_RANK) return false;
        memcpy(piece, text, length);
        piece[length] = 0;
        if (!shoal_cli_read_count(piece, INT64_MAX, &out[n]) || out[n] < least) return false;
        n++;
        if (text[length] == 0) break;
        text += length + 1;
        if (*text == 0) break; /* "10," as NumPy writes shapes of one axis */
    }
    *rank = n;
    return true;
}

/* Rounds to the nearest half, ties to even; false when it would overflow to infinity. */
static bool to_half(double value, uint16_t *out)
{
    uint16_t sign = (uint16_t)(signbit(value) ? 0x8000 : 0);
    double size = fabs(value);
    if (isnan(value))
        *out = (uint16_t)(sign | 0x7e00);
    else if (isinf(value))
        *out = (uint16_t)(sign | 0x7c00);
    else if (size >= 65520.0)
        return false;
    else if (size < 0x1p-14)
        *out = (uint16_t)(sign | (uint16_t)nearbyint(size * 0x1p24));
    else {
        int exponent;
        double fraction = frexp(size, &exponent); /* 0.5 <= fraction < 1 */
        unsigned mantissa = (unsigned)nearbyint(fraction * 0x1p11);
        /* A carry out of the mantissa moves on into the exponent, as it shall. */
        *out = (uint16_t)(sign | (unsigned)(((unsigned)(exponent + 13) << 10) + mantissa));
    }
    return true;
}

static bool store_float(double value, uint32_t n_bytes, void *element)
{
    float single = (float)value;
    uint16_t half = 0;
    if (n_bytes == 8)
        memcpy(element, &value, 8);
    else if (n_bytes == 4)
        memcpy(element, &single, 4);
    else if (!to_half(value, &half))
        return false;
    else
        memcpy(element, &half, 2);
    return n_bytes != 4 || isinf(value) || !isinf(single);
}

static bool read_float(const char *text, uint32_t n_bytes, void *element)
{
    char *end;
    double value = strtod(text, &end);
    return end != text && *end == 0 && store_float(value, n_bytes, element);
}

/* "1", "2j", "1+2j", "(1+2j)" */
static bool read_complex(const char *text, uint32_t n_bytes, void *element)
{
    size_t length = strlen(text);
    bool wrapped = length > 2 && text[0] == '(' && text[length - 1] == ')';
    const char *stop = text + length - (wrapped ? 1 : 0);
    char *end;
    if (wrapped) text++;
    double real = strtod(text, &end), imaginary = 0;
    if (end == text) return false;
    if (end == stop - 1 && *end == 'j') {
        imaginary = real;
        real = 0;
    } else if (end != stop) {
        const char *second = end;
        imaginary = strtod(second, &end);
        if (end == second || end != stop - 1 || *end != 'j') return false;
    }
    return store_float(real, n_bytes / 2, element) &&
           store_float(imaginary, n_bytes / 2, (char *)element + n_bytes / 2);
}

static bool read_signed(const char *text, uint32_t n_bytes, void *element)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    int unused = 64 - 8 * (int)n_bytes;
    if (end == text || *end != 0 || errno != 0) return false;
    if (value > (INT64_MAX >> unused) || value < (INT64_MIN >> unused)) return false;
    memcpy(element, &value, n_bytes); /* little-endian: the low bytes come first */
    return true;
}

static bool read_unsigned(const char *text, uint32_t n_bytes, void *element)
{
    uint64_t value;
    int unused = 64 - 8 * (int)n_bytes;
    if (!shoal_cli_read_count(text, UINT64_MAX >> unused, &value)) return false;
    memcpy(element, &value, n_bytes);
    return true;
}

static bool read_bool(const char *text, void *element)
{
    bool yes = strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;
    bool no = strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0;
    *(char *)element = yes;
    return yes || no;
}

static bool read_text(const char *text, uint32_t n_bytes, void *element)
{
    size_t length = strlen(text);
    if (length > n_bytes) return false;
    memset(element, 0, n_bytes);
    memcpy(element, text, length);
    return true;
}

bool shoal_cli_read_element(const char *text, shoal_type type, void *element)
{
    switch (type.code) {
    case SHOAL_BOOL: return read_bool(text, element);
    case SHOAL_INT8:
    case SHOAL_INT16:
    case SHOAL_INT32:
    case SHOAL_INT64: return read_signed(text, type.n_bytes, element);
    case SHOAL_UINT8:
    case SHOAL_UINT16:
    case SHOAL_UINT32:
    case SHOAL_UINT64: return read_unsigned(text, type.n_bytes, element);
    case SHOAL_FLOAT16:
    case SHOAL_FLOAT32:
    case SHOAL_FLOAT64: return read_float(text, type.n_bytes, element);
    case SHOAL_COMPLEX64:
    case SHOAL_COMPLEX128: return read_complex(text, type.n_bytes, element);
    case SHOAL_TEXT: return read_text(text, type.n_bytes, element);
    case SHOAL_RECORD: return false;
    }
    return false;
}
