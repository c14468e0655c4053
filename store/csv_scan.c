#include "store/csv_scan.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Walks over the bytes that can end something: delimiters, newlines, quotes. */
typedef struct marks {
    const char *text;
    size_t n, base; /* base: of the 64 bytes that the mask stands for */
    uint64_t mask;
    char delimiter;
} marks;

#ifdef __SSE2__
static uint64_t mask_of_64(const char *p, char delimiter)
{
    const __m128i d = _mm_set1_epi8(delimiter), q = _mm_set1_epi8('"');
    const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
    uint64_t mask = 0;
    for (int k = 0; k < 4; k++) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * k));
        __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(v, lf), _mm_cmpeq_epi8(v, cr));
        __m128i other = _mm_or_si128(_mm_cmpeq_epi8(v, d), _mm_cmpeq_epi8(v, q));
        mask |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_or_si128(ends, other)) << (16 * k);
    }
    return mask;
}
#else
static uint64_t mask_of_64(const char *p, char delimiter)
{
    uint64_t mask = 0;
    for (int k = 0; k < 64; k++) {
        bool is = p[k] == delimiter || p[k] == '\n' || p[k] == '\r' || p[k] == '"';
        mask |= (uint64_t)is << k;
    }
    return mask;
}
#endif

static void marks_load(marks *m)
{
    m->mask = mask_of_64(m->text + m->base, m->delimiter);
    if (m->n - m->base < 64) m->mask &= ((uint64_t)1 << (m->n - m->base)) - 1;
}

static void marks_seek(marks *m, size_t at)
{
    m->base = at & ~(size_t)63;
    m->mask = 0;
    if (at >= m->n) return;
    marks_load(m);
    m->mask &= ~(uint64_t)0 << (at & 63);
}

/* The next mark's offset, or n. */
static inline size_t marks_next(marks *m)
{
    while (!m->mask) {
        m->base += 64;
        if (m->base >= m->n) return m->n;
        marks_load(m);
    }
    size_t at = m->base + (size_t)__builtin_ctzll(m->mask);
    m->mask &= m->mask - 1;
    return at;
}

/* The first offset from `at` on where an unquoted field ends, or n. */
static size_t field_end(const char *text, size_t n, size_t at, char delimiter)
{
    while (at < n && text[at] != delimiter && text[at] != '\n' && text[at] != '\r') at++;
    return at;
}

#define NOT_CLOSED SIZE_MAX

/* The field that starts with the quote at `at`: the offset behind its closing quote. */
static size_t closing_quote(const char *text, size_t n, size_t at)
{
    for (at++; at < n; at += 2) {
        const char *quote = memchr(text + at, '"', n - at);
        if (!quote) return NOT_CLOSED;
        at = (size_t)(quote - text);
        if (at + 1 >= n || text[at + 1] != '"') return at + 1;
    }
    return NOT_CLOSED;
}

/* Takes doubled quotes out of [start, end) in place; gives what is left. */
static size_t undouble(char *text, size_t start, size_t end)
{
    size_t to = start;
    for (size_t at = start; at < end;) {
        const char *quote = memchr(text + at, '"', end - at);
        size_t stop = quote ? (size_t)(quote - text) + 1 : end;
        memmove(text + to, text + at, stop - at);
        to += stop - at;
        at = stop + (quote != NULL);
    }
    return to;
}

typedef enum outcome { RECORD, BLANK, OPEN_QUOTE, UNFINISHED } outcome;

/* Reads the quoted field at `start`; *end gets the offset of what ends it, or n. */
static outcome take_quoted(shoal_csv_scan *s, size_t start, shoal_csv_field *field, size_t *end)
{
    size_t close = closing_quote(s->text, s->n, start);
    if (close >= s->n && !s->last) return UNFINISHED;
    if (close == NOT_CLOSED) return OPEN_QUOTE;
    size_t stop = field_end(s->text, s->n, close, s->delimiter);
    if (stop == s->n && !s->last) return UNFINISHED;
    size_t to = undouble(s->text, start + 1, close - 1);
    memmove(s->text + to, s->text + close, stop - close);
    to += stop - close;
    *field = (shoal_csv_field){(uint32_t)(start + 1), (uint32_t)(to - start - 1)};
    *end = stop;
    return RECORD;
}

static bool is_blank(const char *text, shoal_csv_field field)
{
    for (uint32_t k = 0; k < field.n; k++)
        if (text[field.start + k] != ' ' && text[field.start + k] != '\t') return false;
    return true;
}

/* Reads the record at s->at into `row`; moves s->at behind it unless it is open. */
static outcome scan_record(shoal_csv_scan *s, marks *m, shoal_csv_field *row)
{
    size_t start = s->at, column = 0, n_columns = s->n_columns;
    bool quoted = false;
    shoal_csv_field field;
    for (;;) {
        size_t p = marks_next(m);
        if (p < s->n && s->text[p] == '"') {
            if (p != start) continue;
            outcome o = take_quoted(s, start, &field, &p);
            if (o != RECORD) return o;
            marks_seek(m, p + 1);
            quoted = true;
        } else {
            if (p >= s->n && !s->last) return UNFINISHED;
            field = (shoal_csv_field){(uint32_t)start, (uint32_t)(p - start)};
        }
        if (column < n_columns) row[column] = field;
        column++;
        start = p + 1;
        if (p >= s->n || s->text[p] != s->delimiter) break;
    }
    s->n_found = column;
    if (column == 1 && !quoted && is_blank(s->text, field)) column = 0;
    s->at = start < s->n ? start : s->n;
    for (size_t k = column; k < n_columns; k++) row[k] = (shoal_csv_field){(uint32_t)start - 1, 0};
    return column ? RECORD : BLANK;
}

static marks marks_at(const shoal_csv_scan *s)
{
    marks m = {.text = s->text, .n = s->n, .delimiter = s->delimiter};
    marks_seek(&m, s->at);
    return m;
}

shoal_csv_stop shoal_csv_scan_rows(shoal_csv_scan *s)
{
    marks m = marks_at(s);
    s->n_rows = 0;
    while (s->n_rows < s->max_rows) {
        if (s->at >= s->n) return SHOAL_CSV_END;
        size_t start = s->at;
        outcome o = scan_record(s, &m, s->fields + s->n_rows * s->n_columns);
        if (o == UNFINISHED) return SHOAL_CSV_END;
        if (o == OPEN_QUOTE) return SHOAL_CSV_OPEN;
        if (o == BLANK) continue;
        if (s->n_found > s->n_columns) {
            s->at = start;
            return SHOAL_CSV_WIDE;
        }
        s->row_start[s->n_rows++] = (uint32_t)start;
    }
    return SHOAL_CSV_FULL;
}

size_t shoal_csv_count_fields(const shoal_csv_scan *scan)
{
    size_t n = scan->n, at = scan->at, count = 0;
    bool something = false;
    while (at <= n) {
        size_t start = at;
        bool quoted = at < n && scan->text[at] == '"';
        if (quoted) at = closing_quote(scan->text, n, at);
        at = field_end(scan->text, n, at, scan->delimiter);
        shoal_csv_field field = {(uint32_t)start, (uint32_t)(at - start)};
        if (quoted || !is_blank(scan->text, field)) something = true;
        count++;
        bool more = at < n && scan->text[at] == scan->delimiter;
        if (!more && at >= n && !scan->last) return 0;
        if (!more && (something || count > 1)) return count;
        if (!more) count = 0;
        at++;
    }
    return 0;
}

/* With quotes in the text only reading it from the start tells what is inside of quotes. */
static size_t read_to_end(const char *text, size_t n, char delimiter, bool first)
{
    marks m = {.text = text, .n = n, .delimiter = delimiter};
    size_t start = 0, end = 0;
    marks_seek(&m, 0);
    for (;;) {
        size_t p = marks_next(&m);
        if (p >= n) return end;
        if (text[p] == '"') {
            if (p != start) continue;
            p = field_end(text, n, closing_quote(text, n, p), delimiter);
            if (p >= n) return end;
            marks_seek(&m, p + 1);
        }
        start = p + 1;
        if (text[p] != delimiter) end = start;
        if (first && end) return end;
    }
}

size_t shoal_csv_first_end(const char *text, size_t n, char delimiter)
{
    return read_to_end(text, n, delimiter, true);
}

size_t shoal_csv_last_end(const char *text, size_t n, char delimiter)
{
    if (n == 0) return 0;
    if (memchr(text, '"', n)) return read_to_end(text, n, delimiter, false);
    const char *line = memrchr(text, '\n', n);
    size_t at = line ? (size_t)(line - text) + 1 : 0;
    const char *end = memrchr(text + at, '\r', n - at);
    return end ? (size_t)(end - text) + 1 : at;
}

/* The length of the UTF-8 sequence at p (n bytes left), 0 when it is not one. */
static size_t sequence(const unsigned char *p, size_t n)
{
    unsigned c = p[0];
    size_t length = c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
    if (c == 0 || length == 0 || length > n) return 0;
    for (size_t k = 1; k < length; k++)
        if ((p[k] & 0xC0) != 0x80) return 0;
    if (c == 0xE0 && p[1] < 0xA0) return 0; /* overlong */
    if (c == 0xED && p[1] > 0x9F) return 0; /* a surrogate */
    if (c == 0xF0 && p[1] < 0x90) return 0;
    if (c == 0xF4 && p[1] > 0x8F) return 0; /* above U+10FFFF */
    return length;
}

size_t shoal_csv_bad_byte(const char *text, size_t n)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    size_t at = 0;
    while (at < n) {
        uint64_t word;
        while (n - at >= 8) {
            memcpy(&word, text + at, 8);
            if ((((word - ones) & ~word) | word) & highs) break;
            at += 8;
        }
        if (at >= n) break;
        size_t length = sequence((const unsigned char *)text + at, n - at);
        if (length == 0) return at;
        at += length;
    }
    return n;
}
