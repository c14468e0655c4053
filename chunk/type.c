#include "chunk/type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXT_BYTES 0x7FFFFFFFu

typedef struct type_row {
    const char *name;   /* as NumPy names it */
    const char *short_; /* kind and size, as in a descriptor */
    char letter;        /* NumPy's one-letter code */
    shoal_kind kind;
    uint32_t n_bytes;
} type_row;

static const type_row table[SHOAL_N_NUMERIC_TYPES] = {
    [SHOAL_BOOL] = {"bool", "b1", '?', SHOAL_KIND_BOOL, 1},
    [SHOAL_INT8] = {"int8", "i1", 'b', SHOAL_KIND_INT, 1},
    [SHOAL_INT16] = {"int16", "i2", 'h', SHOAL_KIND_INT, 2},
    [SHOAL_INT32] = {"int32", "i4", 'i', SHOAL_KIND_INT, 4},
    [SHOAL_INT64] = {"int64", "i8", 'l', SHOAL_KIND_INT, 8},
    [SHOAL_UINT8] = {"uint8", "u1", 'B', SHOAL_KIND_UINT, 1},
    [SHOAL_UINT16] = {"uint16", "u2", 'H', SHOAL_KIND_UINT, 2},
    [SHOAL_UINT32] = {"uint32", "u4", 'I', SHOAL_KIND_UINT, 4},
    [SHOAL_UINT64] = {"uint64", "u8", 'L', SHOAL_KIND_UINT, 8},
    [SHOAL_FLOAT16] = {"float16", "f2", 'e', SHOAL_KIND_FLOAT, 2},
    [SHOAL_FLOAT32] = {"float32", "f4", 'f', SHOAL_KIND_FLOAT, 4},
    [SHOAL_FLOAT64] = {"float64", "f8", 'd', SHOAL_KIND_FLOAT, 8},
    [SHOAL_COMPLEX64] = {"complex64", "c8", 'F', SHOAL_KIND_COMPLEX, 8},
    [SHOAL_COMPLEX128] = {"complex128", "c16", 'D', SHOAL_KIND_COMPLEX, 16},
};

/* Other words that NumPy and Python programmers write. */
static const struct alias {
    const char *name;
    shoal_type_code code;
} aliases[] = {
    {"bool_", SHOAL_BOOL},         {"int", SHOAL_INT64},         {"uint", SHOAL_UINT64},
    {"byte", SHOAL_INT8},          {"ubyte", SHOAL_UINT8},       {"short", SHOAL_INT16},
    {"ushort", SHOAL_UINT16},      {"intc", SHOAL_INT32},        {"uintc", SHOAL_UINT32},
    {"long", SHOAL_INT64},         {"ulong", SHOAL_UINT64},      {"longlong", SHOAL_INT64},
    {"ulonglong", SHOAL_UINT64},   {"q", SHOAL_INT64},           {"Q", SHOAL_UINT64},
    {"half", SHOAL_FLOAT16},       {"single", SHOAL_FLOAT32},    {"double", SHOAL_FLOAT64},
    {"float", SHOAL_FLOAT64},      {"csingle", SHOAL_COMPLEX64}, {"cdouble", SHOAL_COMPLEX128},
    {"complex", SHOAL_COMPLEX128},
};

uint32_t shoal_code_size(shoal_type_code code)
{
    return code < SHOAL_TEXT ? table[code].n_bytes : 0;
}

shoal_kind shoal_code_kind(shoal_type_code code)
{
    if (code >= SHOAL_RECORD) return SHOAL_KIND_RECORD;
    return code < SHOAL_TEXT ? table[code].kind : SHOAL_KIND_TEXT;
}

shoal_type shoal_type_of(shoal_type_code code)
{
    return (shoal_type){code, shoal_code_size(code)};
}

const char *shoal_type_name(shoal_type type, char name[24])
{
    if (type.code < SHOAL_TEXT)
        (void)snprintf(name, 24, "%s", table[type.code].name);
    else
        (void)snprintf(name, 24, "%c%u", type.code == SHOAL_TEXT ? 'S' : 'V',
                       (unsigned)type.n_bytes);
    return name;
}

const char *shoal_type_npy(shoal_type type, char descr[24])
{
    if (type.code >= SHOAL_TEXT)
        (void)snprintf(descr, 24, "|%c%u", type.code == SHOAL_TEXT ? 'S' : 'V',
                       (unsigned)type.n_bytes);
    else
        (void)snprintf(descr, 24, "%c%s", type.n_bytes == 1 ? '|' : '<', table[type.code].short_);
    return descr;
}

static bool parse_bytes_type(shoal_type_code code, const char *digits, shoal_type *out)
{
    uint64_t n = 0;
    if (digits[0] < '1' || digits[0] > '9') return false;
    for (; *digits >= '0' && *digits <= '9'; digits++) {
        n = n * 10 + (uint64_t)(*digits - '0');
        if (n > MAX_TEXT_BYTES) return false;
    }
    if (*digits != '\0') return false;
    *out = (shoal_type){code, (uint32_t)n};
    return true;
}

/* A type's word without a sign of byte order. */
static bool parse_word(const char *text, shoal_type *out)
{
    if (text[0] == 'S') return parse_bytes_type(SHOAL_TEXT, text + 1, out);
    for (int code = 0; code < SHOAL_N_NUMERIC_TYPES; code++) {
        const type_row *row = &table[code];
        bool is_letter = text[0] == row->letter && text[1] == '\0';
        if (is_letter || strcmp(text, row->short_) == 0 || strcmp(text, row->name) == 0) {
            *out = shoal_type_of((shoal_type_code)code);
            return true;
        }
    }
    for (size_t k = 0; k < sizeof aliases / sizeof *aliases; k++) {
        if (strcmp(text, aliases[k].name) == 0) {
            *out = shoal_type_of(aliases[k].code);
            return true;
        }
    }
    return false;
}

bool shoal_type_parse_npy(const char *text, shoal_type *out, bool *big_endian)
{
    bool big = text[0] == '>';
    if (text[0] == '<' || text[0] == '>' || text[0] == '=' || text[0] == '|') text++;
    if (text[0] == 'V' ? !parse_bytes_type(SHOAL_RECORD, text + 1, out) : !parse_word(text, out))
        return false;
    *big_endian = big && out->n_bytes > 1 && out->code < SHOAL_TEXT;
    return true;
}

bool shoal_type_parse(const char *text, shoal_type *out)
{
    shoal_type type;
    bool big_endian;
    if (!shoal_type_parse_npy(text, &type, &big_endian) || big_endian || type.code == SHOAL_RECORD)
        return false;
    *out = type;
    return true;
}

static void swap_2(uint8_t *data, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t v;
        memcpy(&v, data + 2 * i, sizeof v);
        v = __builtin_bswap16(v);
        memcpy(data + 2 * i, &v, sizeof v);
    }
}

static void swap_4(uint8_t *data, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t v;
        memcpy(&v, data + 4 * i, sizeof v);
        v = __builtin_bswap32(v);
        memcpy(data + 4 * i, &v, sizeof v);
    }
}

static void swap_8(uint8_t *data, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t v;
        memcpy(&v, data + 8 * i, sizeof v);
        v = __builtin_bswap64(v);
        memcpy(data + 8 * i, &v, sizeof v);
    }
}

void shoal_swap_bytes(shoal_type type, void *data, size_t n_elements)
{
    bool is_complex = shoal_code_kind(type.code) == SHOAL_KIND_COMPLEX;
    size_t n = is_complex ? n_elements * 2 : n_elements;
    switch (shoal_code_size(type.code) / (is_complex ? 2 : 1)) {
    case 2: swap_2(data, n); break;
    case 4: swap_4(data, n); break;
    case 8: swap_8(data, n); break;
    default: break;
    }
}
