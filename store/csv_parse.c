#include "store/csv_parse.h"

#include "chunk/type.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool store_signed(shoal_type_code code, int64_t v, void *to)
{
    int8_t v1 = (int8_t)v;
    int16_t v2 = (int16_t)v;
    int32_t v4 = (int32_t)v;
    switch (code) {
    case SHOAL_INT8: memcpy(to, &v1, 1); return v1 == v;
    case SHOAL_INT16: memcpy(to, &v2, 2); return v2 == v;
    case SHOAL_INT32: memcpy(to, &v4, 4); return v4 == v;
    default: memcpy(to, &v, 8); return true;
    }
}

static bool store_unsigned(shoal_type_code code, uint64_t v, void *to)
{
    uint8_t v1 = (uint8_t)v;
    uint16_t v2 = (uint16_t)v;
    uint32_t v4 = (uint32_t)v;
    switch (code) {
    case SHOAL_UINT8: memcpy(to, &v1, 1); return v1 == v;
    case SHOAL_UINT16: memcpy(to, &v2, 2); return v2 == v;
    case SHOAL_UINT32: memcpy(to, &v4, 4); return v4 == v;
    default: memcpy(to, &v, 8); return true;
    }
}

static bool parse_integer(const shoal_csv_column *c, const char *p, size_t n, void *value)
{
    bool negative;
    uint64_t magnitude;
    if (shoal_csv_integer(p, n, &negative, &magnitude) != SHOAL_CSV_YES) return false;
    if (shoal_code_kind(c->type.code) == SHOAL_KIND_UINT)
        return !(negative && magnitude) && store_unsigned(c->type.code, magnitude, value);
    if (magnitude > (uint64_t)INT64_MAX + negative) return false;
    return store_signed(c->type.code, (int64_t)(negative ? 0 - magnitude : magnitude), value);
}

static bool parse_double(const shoal_csv_column *c, const char *p, size_t n, void *value)
{
    (void)c;
    double v;
    if (shoal_csv_float(p, n, &v) != SHOAL_CSV_YES) return false;
    memcpy(value, &v, 8);
    return true;
}

static bool parse_small_float(const shoal_csv_column *c, const char *p, size_t n, void *value)
{
    double v;
    if (shoal_csv_float(p, n, &v) != SHOAL_CSV_YES) return false;
    float single = (float)v;
    uint16_t half = shoal_double_to_half(v);
    if (c->type.code == SHOAL_FLOAT32)
        memcpy(value, &single, 4);
    else
        memcpy(value, &half, 2);
    return true;
}

static bool parse_bool(const shoal_csv_column *c, const char *p, size_t n, void *value)
{
    (void)c;
    bool v = *p == '1';
    if (!shoal_csv_bool(p, n, &v) && !(n == 1 && (*p == '0' || *p == '1'))) return false;
    *(uint8_t *)value = v;
    return true;
}

static bool parse_time(const shoal_csv_column *c, const char *p, size_t n, void *value)
{
    shoal_csv_time t;
    int64_t count;
    if (!shoal_csv_time_parse(p, n, &t) || !shoal_csv_time_count(&t, c->unit, &count)) return false;
    memcpy(value, &count, 8);
    return true;
}

static bool parse_category(const shoal_csv_column *c, const char *p, size_t n, void *value)
{
    size_t number = shoal_words_find(c->words, c->number, p, n);
    return number != SHOAL_NO_WORD &&
           store_signed(c->type.code, shoal_words_code(c->words, number), value);
}

static bool parse_text(const shoal_csv_column *c, const char *p, size_t n, void *value)
{
    if (n > c->type.n_bytes) return false;
    memcpy(value, p, n);
    memset((char *)value + n, 0, c->type.n_bytes - n);
    return true;
}

/* Complex numbers. */
static bool parse_element(const shoal_csv_column *c, const char *p, size_t n, void *value)
{
    char text[128];
    if (n >= sizeof text) return false;
    memcpy(text, p, n);
    text[n] = '\0';
    return shoal_element_parse(c->type, text, value);
}

static shoal_csv_parse_one *parser_of(shoal_column_kind kind, shoal_type type)
{
    if (kind == SHOAL_COLUMN_CATEGORY) return parse_category;
    if (kind == SHOAL_COLUMN_TIME) return parse_time;
    if (type.code == SHOAL_FLOAT64) return parse_double;
    switch (shoal_code_kind(type.code)) {
    case SHOAL_KIND_BOOL: return parse_bool;
    case SHOAL_KIND_INT:
    case SHOAL_KIND_UINT: return parse_integer;
    case SHOAL_KIND_FLOAT: return parse_small_float;
    case SHOAL_KIND_TEXT: return parse_text;
    default: return parse_element;
    }
}

static void init_absent(shoal_csv_column *c)
{
    const int64_t no_time = INT64_MIN;
    const shoal_kind kind = shoal_code_kind(c->type.code);
    c->has_missing = true;
    if (c->kind == SHOAL_COLUMN_CATEGORY)
        memset(c->absent, 0xFF, sizeof c->absent);
    else if (c->kind == SHOAL_COLUMN_TIME)
        memcpy(c->absent, &no_time, 8);
    else if (c->kind == SHOAL_COLUMN_NULLABLE)
        return;
    else if (kind == SHOAL_KIND_FLOAT || kind == SHOAL_KIND_COMPLEX)
        c->has_missing = shoal_element_parse(c->type, "nan", c->absent);
    else
        c->has_missing = false;
}

void shoal_csv_column_init(shoal_csv_column *c, uint32_t number, const shoal_column *stored,
                           const shoal_csv_missing *missing, const shoal_words *words)
{
    *c = (shoal_csv_column){.number = number,
                            .kind = stored->kind,
                            .type = stored->type,
                            .missing = missing,
                            .words = words};
    if (stored->units) shoal_csv_unit_parse(stored->units, &c->unit);
    c->parse = parser_of(c->kind, c->type);
    init_absent(c);
}

static bool put_missing(const shoal_csv_column *c, void *value)
{
    if (c->type.code == SHOAL_TEXT)
        memset(value, 0, c->type.n_bytes);
    else
        memcpy(value, c->absent, c->type.n_bytes);
    return c->has_missing;
}

size_t shoal_csv_parse_rows(const shoal_csv_column *c, const shoal_csv_scan *rows, size_t first,
                            size_t n, void *values, uint8_t *mask)
{
    const shoal_csv_field *f = rows->fields + first * rows->n_columns + c->number;
    uint8_t *to = values;
    for (size_t k = 0; k < n; k++, f += rows->n_columns, to += c->type.n_bytes) {
        const char *p = rows->text + f->start;
        bool missing = shoal_csv_is_missing(c->missing, p, f->n);
        bool fits = missing ? put_missing(c, to) : c->parse(c, p, f->n, to);
        if (!fits) return k;
        if (mask) mask[k] = missing;
    }
    return n;
}

void shoal_csv_explain(const shoal_csv_column *c, const char *p, size_t n, char *text,
                       size_t capacity)
{
    char name[24], what[64];
    size_t shown = n > 40 ? 40 : n;
    while (shown < n && shown && ((unsigned char)p[shown] & 0xC0) == 0x80) shown--;
    const char *dots = shown < n ? "..." : "", *article = "a";
    if (c->kind == SHOAL_COLUMN_TIME) {
        snprintf(what, sizeof what, "time[%s]", shoal_csv_unit_name(c->unit));
    } else if (c->type.code == SHOAL_TEXT) {
        snprintf(what, sizeof what, "text of at most %u bytes", c->type.n_bytes);
    } else if (c->kind == SHOAL_COLUMN_CATEGORY) {
        snprintf(what, sizeof what, "category that was seen before; the file has changed");
    } else {
        snprintf(what, sizeof what, "%s", shoal_type_name(c->type, name));
        article = *what == 'i' ? "an" : "a";
    }
    if (shoal_csv_is_missing(c->missing, p, n))
        snprintf(text, capacity, "a value is missing, and the column (%s) has no mark for it",
                 what);
    else
        snprintf(text, capacity, "'%.*s%s' is not %s %s", (int)shown, p, dots, article, what);
}
