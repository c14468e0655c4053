/* One element as text and back. Numbers look as Python's repr prints them, with the digits of
   their own width; nothing depends on the locale. */
#include "chunk/digits.h"
#include "chunk/type.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_BYTES = 32 }; /* the longest, "-1.7976931348623157e+308", has 24 */

/* ---- Printing ---- */

typedef struct binary_float {
    bool negative, lower_is_closer;
    uint64_t significand;
    int exponent;
} binary_float;

/* Takes a finite number apart, given its bits and its format's field widths. */
static binary_float take_apart(uint64_t bits, int n_fraction, int n_exponent)
{
    uint64_t fraction = bits & ((UINT64_C(1) << n_fraction) - 1);
    int field = (int)(bits >> n_fraction & ((UINT64_C(1) << n_exponent) - 1));
    int bias = (1 << (n_exponent - 1)) - 1;
    binary_float number = {.negative = bits >> (n_fraction + n_exponent) & 1,
                           .lower_is_closer = fraction == 0 && field > 1,
                           .significand = fraction,
                           .exponent = (field == 0 ? 1 : field) - bias - n_fraction};
    if (field != 0) number.significand |= UINT64_C(1) << n_fraction;
    return number;
}

/* Decimal digits without a closing NUL; how many. Several times faster than snprintf, and what an
   export to text does for every element. */
static size_t print_uint(char *text, uint64_t value)
{
    char digits[20], *first = digits + sizeof digits;
    do *--first = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    size_t n = (size_t)(digits + sizeof digits - first);
    memcpy(text, first, n);
    return n;
}

static size_t print_int(char *text, int64_t value)
{
    if (value >= 0) return print_uint(text, (uint64_t)value);
    *text = '-';
    return 1 + print_uint(text + 1, -(uint64_t)value);
}

static size_t print_word(char *text, const char *word)
{
    size_t n = strlen(word);
    memcpy(text, word, n);
    return n;
}

/* Digits with a point or an exponent, as Python lays them out. */
static size_t lay_out(char *text, shoal_decimal decimal, bool point_zero)
{
    char digits[20], *out = text;
    int n = (int)print_uint(digits, decimal.digits);
    int point = n + decimal.exponent; /* digits before the point */
    if (point > 16 || point < -3) {
        int power = point - 1, size = abs(power);
        *out++ = digits[0];
        if (n > 1) *out++ = '.';
        for (int k = 1; k < n; k++) *out++ = digits[k];
        *out++ = 'e';
        *out++ = power < 0 ? '-' : '+';
        if (size < 10) *out++ = '0';
        return (size_t)(out - text) + print_uint(out, (uint64_t)size);
    }
    if (point <= 0) {
        out += print_word(out, "0.");
        for (int k = point; k < 0; k++) *out++ = '0';
    }
    for (int k = 0; k < n || k < point; k++) {
        if (k == point && k > 0) *out++ = '.';
        *out++ = k < n ? digits[k] : '0';
    }
    if (point >= n && point_zero) out += print_word(out, ".0");
    return (size_t)(out - text);
}

/* point_zero: "1.0" rather than "1", as outside of complex numbers. */
static size_t print_bits(char *text, uint64_t bits, int n_fraction, int n_exponent, bool point_zero)
{
    uint64_t all_ones = ((UINT64_C(1) << n_exponent) - 1) << n_fraction;
    binary_float number = take_apart(bits, n_fraction, n_exponent);
    char *out = text;
    if ((bits & all_ones) == all_ones) {
        bool is_nan = (bits & ((UINT64_C(1) << n_fraction) - 1)) != 0;
        return print_word(text, is_nan ? "nan" : number.negative ? "-inf" : "inf");
    }
    if (number.negative) *out++ = '-';
    shoal_decimal decimal = {0, 0};
    if (number.significand != 0)
        decimal =
            shoal_shortest_decimal(number.significand, number.exponent, number.lower_is_closer);
    return (size_t)(out - text) + lay_out(out, decimal, point_zero);
}

static size_t print_float(char *text, uint32_t n_bytes, const void *element, bool point_zero)
{
    uint16_t half;
    uint32_t single;
    uint64_t bits;
    switch (n_bytes) {
    case 2: memcpy(&half, element, 2); return print_bits(text, half, 10, 5, point_zero);
    case 4: memcpy(&single, element, 4); return print_bits(text, single, 23, 8, point_zero);
    default: memcpy(&bits, element, 8); return print_bits(text, bits, 52, 11, point_zero);
    }
}

/* "(1+2j)"; without the real part, and the brackets, when that is +0. */
static size_t print_complex(char *text, uint32_t n_bytes, const uint8_t *element)
{
    static const uint8_t zero[8];
    uint32_t half = n_bytes / 2;
    bool has_real = memcmp(element, zero, half) != 0;
    char imaginary[NUMBER_BYTES], *out = text;
    size_t n = print_float(imaginary, half, element + half, false);
    if (has_real) {
        *out++ = '(';
        out += print_float(out, half, element, false);
        if (imaginary[0] != '-') *out++ = '+';
    }
    memcpy(out, imaginary, n);
    out += n;
    *out++ = 'j';
    if (has_real) *out++ = ')';
    return (size_t)(out - text);
}

static int64_t load_int(uint32_t n_bytes, const void *element)
{
    int8_t a;
    int16_t b;
    int32_t c;
    int64_t d;
    switch (n_bytes) {
    case 1: memcpy(&a, element, 1); return a;
    case 2: memcpy(&b, element, 2); return b;
    case 4: memcpy(&c, element, 4); return c;
    default: memcpy(&d, element, 8); return d;
    }
}

static uint64_t load_uint(uint32_t n_bytes, const void *element)
{
    uint64_t bits = (uint64_t)load_int(n_bytes, element);
    return n_bytes == 8 ? bits : bits & ((UINT64_C(1) << 8 * n_bytes) - 1);
}

/* Copies a text of n bytes, cut to the capacity with its closing NUL; returns n. */
static size_t put(char *text, size_t capacity, const char *from, size_t n)
{
    if (capacity != 0) {
        size_t fits = n < capacity ? n : capacity - 1;
        if (fits != 0) memcpy(text, from, fits);
        text[fits] = '\0';
    }
    return n;
}

/* Records: "0x" and two digits a byte. */
static size_t put_hexadecimal(char *text, size_t capacity, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    size_t length = 2 * n + 2;
    for (size_t k = 0; k < length && k + 1 < capacity; k++) {
        size_t at = k / 2 - 1;
        text[k] = k == 0 ? '0' : k == 1 ? 'x' : digits[k % 2 ? bytes[at] & 15 : bytes[at] >> 4];
    }
    if (capacity != 0) text[length < capacity ? length : capacity - 1] = '\0';
    return length;
}

size_t shoal_format_element(shoal_type type, const void *element, char *text, size_t capacity)
{
    char number[2 * NUMBER_BYTES + 8];
    size_t n = 0;
    uint32_t n_bytes = shoal_code_size(type.code);
    switch (shoal_code_kind(type.code)) {
    case SHOAL_KIND_BOOL:
        n = print_word(number, *(const uint8_t *)element ? "True" : "False");
        break;
    case SHOAL_KIND_INT: n = print_int(number, load_int(n_bytes, element)); break;
    case SHOAL_KIND_UINT: n = print_uint(number, load_uint(n_bytes, element)); break;
    case SHOAL_KIND_FLOAT: n = print_float(number, n_bytes, element, true); break;
    case SHOAL_KIND_COMPLEX: n = print_complex(number, n_bytes, element); break;
    case SHOAL_KIND_TEXT: {
        size_t length = type.n_bytes;
        while (length > 0 && ((const char *)element)[length - 1] == '\0') length--;
        return put(text, capacity, element, length);
    }
    case SHOAL_KIND_RECORD: return put_hexadecimal(text, capacity, element, type.n_bytes);
    }
    return put(text, capacity, number, n);
}

/* ---- Reading ---- */

static const char *skip_spaces(const char *text)
{
    while (isspace((unsigned char)*text)) text++;
    return text;
}

static bool at_end(const char *text)
{
    return *skip_spaces(text) == '\0';
}

/* Reads a number of the width from the start of the text and moves on; false when there is none,
   or when digits were given that are beyond the format's range. */
static bool scan_float(const char **text, uint32_t n_bytes, void *element)
{
    /* For "C" this is a constant of the C library: no allocation. */
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (c_locale == (locale_t)0) return false;
    const char *start = skip_spaces(*text);
    char *end;
    double value = strtod_l(start, &end, c_locale);
    float single = strtof_l(start, &end, c_locale);
    freelocale(c_locale);
    const char *word = start + (*start == '-' || *start == '+');
    bool is_word = isalpha((unsigned char)*word);
    if (end == start) return false;
    uint16_t half = shoal_double_to_half(value);
    bool infinite = n_bytes == 2   ? (half & 0x7FFF) == 0x7C00
                    : n_bytes == 4 ? isinf(single)
                                   : isinf(value);
    if (infinite && !is_word) return false;
    memcpy(element,
           n_bytes == 2   ? (void *)&half
           : n_bytes == 4 ? (void *)&single
                          : (void *)&value,
           n_bytes);
    *text = end;
    return true;
}

/* "(1+2j)", "1+2j", "2j", "1". */
static bool parse_complex(const char *text, uint32_t n_bytes, uint8_t *element)
{
    uint32_t half = n_bytes / 2;
    uint8_t first[8], second[8] = {0};
    text = skip_spaces(text);
    bool bracket = *text == '(';
    if (bracket) text++;
    if (!scan_float(&text, half, first)) return false;
    bool only_imaginary = *text == 'j' || *text == 'J';
    if (only_imaginary) {
        text++;
    } else if (*text == '+' || *text == '-') {
        if (!scan_float(&text, half, second) || (*text != 'j' && *text != 'J')) return false;
        text++;
    }
    if (bracket) {
        text = skip_spaces(text);
        if (*text++ != ')') return false;
    }
    if (!at_end(text)) return false;
    memcpy(element, only_imaginary ? second : first, half);
    memcpy(element + half, only_imaginary ? first : second, half);
    return true;
}

static bool parse_magnitude(const char *text, uint64_t *out)
{
    uint64_t n = 0;
    if (*text < '0' || *text > '9') return false;
    for (; *text >= '0' && *text <= '9'; text++) {
        if (__builtin_mul_overflow(n, UINT64_C(10), &n) ||
            __builtin_add_overflow(n, (uint64_t)(*text - '0'), &n))
            return false;
    }
    *out = n;
    return at_end(text);
}

/* Whole numbers written like floats, "1e6" or "3.0", as long as they are exact. */
static bool parse_whole_float(const char *text, uint64_t *out)
{
    double value;
    if (!scan_float(&text, 8, &value) || !at_end(text)) return false;
    if (!(value >= 0 && value <= 0x1p53) || value != floor(value)) return false;
    *out = (uint64_t)value;
    return true;
}

static bool parse_integer(const char *text, bool is_signed, uint32_t n_bytes, void *element)
{
    text = skip_spaces(text);
    bool negative = *text == '-';
    if (*text == '-' || *text == '+') text++;
    uint64_t n;
    if (isspace((unsigned char)*text) || *text == '-' || *text == '+') return false;
    if (!parse_magnitude(text, &n) && !parse_whole_float(text, &n)) return false;
    uint64_t most = is_signed  ? (UINT64_C(1) << (8 * n_bytes - 1)) - !negative
                    : negative ? 0
                               : UINT64_MAX >> (64 - 8 * n_bytes);
    if (n > most) return false;
    if (negative) n = -n;
    uint8_t u1 = (uint8_t)n;
    uint16_t u2 = (uint16_t)n;
    uint32_t u4 = (uint32_t)n;
    switch (n_bytes) {
    case 1: memcpy(element, &u1, 1); break;
    case 2: memcpy(element, &u2, 2); break;
    case 4: memcpy(element, &u4, 4); break;
    default: memcpy(element, &n, 8); break;
    }
    return true;
}

static bool parse_bool(const char *text, uint8_t *element)
{
    static const char *const words[] = {"false", "true", "0", "1"};
    text = skip_spaces(text);
    for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
        size_t n = strlen(words[k]), same = 0;
        while (same < n && tolower((unsigned char)text[same]) == words[k][same]) same++;
        if (same < n || !at_end(text + n)) continue;
        *element = k % 2;
        return true;
    }
    return false;
}

static bool parse_text(const char *text, uint32_t n_bytes, char *element)
{
    size_t n = strlen(text);
    if (n > n_bytes) return false;
    memcpy(element, text, n);
    memset(element + n, 0, n_bytes - n);
    return true;
}

static bool parse_record(const char *text, uint32_t n_bytes, uint8_t *element)
{
    if (strncmp(text, "0x", 2) != 0 || strlen(text + 2) != 2 * (size_t)n_bytes) return false;
    for (size_t k = 0; k < 2 * (size_t)n_bytes; k++) {
        char c = text[2 + k];
        if (!isxdigit((unsigned char)c)) return false;
        int digit = c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
        element[k / 2] = (uint8_t)(k % 2 ? element[k / 2] << 4 | digit : digit);
    }
    return true;
}

bool shoal_element_parse(shoal_type type, const char *text, void *element)
{
    uint32_t n_bytes = shoal_code_size(type.code);
    switch (shoal_code_kind(type.code)) {
    case SHOAL_KIND_BOOL: return parse_bool(text, element);
    case SHOAL_KIND_INT: return parse_integer(text, true, n_bytes, element);
    case SHOAL_KIND_UINT: return parse_integer(text, false, n_bytes, element);
    case SHOAL_KIND_FLOAT: return scan_float(&text, n_bytes, element) && at_end(text);
    case SHOAL_KIND_COMPLEX: return parse_complex(text, n_bytes, element);
    case SHOAL_KIND_TEXT: return parse_text(text, type.n_bytes, element);
    case SHOAL_KIND_RECORD: return parse_record(text, type.n_bytes, element);
    }
    return false;
}
