#include "store/csv_infer.h"

#include <string.h>

#define KINDS                                                                                      \
    (SHOAL_SEEN_INTEGER | SHOAL_SEEN_HUGE | SHOAL_SEEN_FLOAT | SHOAL_SEEN_BOOL | SHOAL_SEEN_TIME | \
     SHOAL_SEEN_TEXT)

bool shoal_csv_seen_typed(unsigned seen)
{
    const unsigned kinds = seen & KINDS;
    const unsigned numbers = SHOAL_SEEN_INTEGER | SHOAL_SEEN_HUGE | SHOAL_SEEN_FLOAT;
    if ((seen & SHOAL_SEEN_ZONED) && (seen & SHOAL_SEEN_LOCAL)) return false;
    return (kinds & ~numbers) == 0 || kinds == SHOAL_SEEN_BOOL || kinds == SHOAL_SEEN_TIME;
}

static bool note_integer(shoal_csv_stats *s, const char *p, size_t n)
{
    bool negative;
    uint64_t magnitude;
    shoal_csv_match match = shoal_csv_integer(p, n, &negative, &magnitude);
    if (match == SHOAL_CSV_NO) return false;
    if (match == SHOAL_CSV_BIG || (negative && magnitude > (uint64_t)1 << 63)) {
        s->seen |= SHOAL_SEEN_HUGE;
        return true;
    }
    s->seen |= SHOAL_SEEN_INTEGER;
    int64_t value = (int64_t)(0 - magnitude);
    if (negative && value < s->min_integer) s->min_integer = value;
    if (!negative && magnitude > s->max_integer) s->max_integer = magnitude;
    return true;
}

static bool note_time(shoal_csv_stats *s, const char *p, size_t n)
{
    shoal_csv_time t;
    if (!shoal_csv_time_parse(p, n, &t)) return false;
    s->seen |= SHOAL_SEEN_TIME;
    if (t.unit > SHOAL_CSV_DAYS) s->seen |= t.zoned ? SHOAL_SEEN_ZONED : SHOAL_SEEN_LOCAL;
    if (t.unit > s->unit) s->unit = t.unit;
    int64_t days = t.days < 0 ? -t.days : t.days;
    if (days > s->max_days) s->max_days = days;
    return true;
}

static bool note_float(shoal_csv_stats *s, const char *p, size_t n)
{
    if (shoal_csv_is_float(p, n) != SHOAL_CSV_YES) return false;
    s->seen |= SHOAL_SEEN_FLOAT;
    return true;
}

static bool note_kind(shoal_csv_stats *s, unsigned kind, const char *p, size_t n)
{
    bool value;
    switch (kind) {
    case SHOAL_SEEN_INTEGER: return note_integer(s, p, n);
    case SHOAL_SEEN_FLOAT: return note_float(s, p, n);
    case SHOAL_SEEN_TIME: return note_time(s, p, n);
    case SHOAL_SEEN_BOOL:
        if (!shoal_csv_bool(p, n, &value)) return false;
        s->seen |= SHOAL_SEEN_BOOL;
        return true;
    default: return false;
    }
}

/* False: the value makes the column one of text. */
static bool note_value(const shoal_csv_missing *missing, shoal_csv_stats *s, const char *p,
                       size_t n)
{
    static const uint8_t kinds[] = {SHOAL_SEEN_INTEGER, SHOAL_SEEN_FLOAT, SHOAL_SEEN_TIME,
                                    SHOAL_SEEN_BOOL};
    if (shoal_csv_is_missing(missing, p, n)) {
        s->seen |= SHOAL_SEEN_MISSING;
        return true;
    }
    if (n > s->max_bytes) s->max_bytes = (uint32_t)n;
    for (size_t k = 0; k < sizeof kinds; k++) {
        if (!note_kind(s, kinds[k], p, n)) continue;
        s->hint = kinds[k];
        return shoal_csv_seen_typed(s->seen);
    }
    return false;
}

/* Stops at the first value that makes the column one of text. */
static size_t infer_typed(const shoal_csv_missing *missing, shoal_csv_stats *s,
                          const shoal_csv_scan *rows, size_t column)
{
    const shoal_csv_field *f = rows->fields + column;
    for (size_t row = 0; row < rows->n_rows; row++, f += rows->n_columns) {
        const char *p = rows->text + f->start;
        bool hinted = f->n && s->hint && !missing->n_more && note_kind(s, s->hint, p, f->n);
        if (hinted) {
            if (f->n > s->max_bytes) s->max_bytes = f->n;
            if (s->hint == SHOAL_SEEN_TIME && !shoal_csv_seen_typed(s->seen)) return row;
        } else if (!note_value(missing, s, p, f->n)) {
            return row;
        }
    }
    return rows->n_rows;
}

static void collect(shoal_csv_inference *in, shoal_csv_stats *s, uint32_t column, const char *text,
                    shoal_csv_field f)
{
    bool added;
    const char *p = text + f.start;
    size_t number = shoal_words_add(in->known, column, p, f.n, &added);
    if (number != SHOAL_NO_WORD && !added) return;
    if (number == SHOAL_NO_WORD) {
        shoal_words_clear(in->known);
        shoal_words_add(in->known, column, p, f.n, &added);
    }
    if (in->n_fresh < in->max_fresh)
        in->fresh[in->n_fresh++] = (shoal_csv_fresh){column, f.start, f.n};
    else
        s->uncollected = true;
}

static void infer_text(shoal_csv_inference *in, shoal_csv_stats *s, const shoal_csv_scan *rows,
                       uint32_t column, bool collects)
{
    const shoal_csv_field *f = rows->fields + column;
    for (size_t row = 0; row < rows->n_rows; row++, f += rows->n_columns) {
        if (shoal_csv_is_missing(in->missing, rows->text + f->start, f->n)) {
            s->seen |= SHOAL_SEEN_MISSING;
            continue;
        }
        if (f->n > s->max_bytes) s->max_bytes = f->n;
        if (collects) collect(in, s, column, rows->text, *f);
    }
}

void shoal_csv_infer_rows(shoal_csv_inference *in, const shoal_csv_scan *rows)
{
    for (size_t column = 0; column < in->n_columns; column++) {
        shoal_csv_stats *s = &in->stats[column];
        unsigned how = atomic_load_explicit(&in->collect[column], memory_order_relaxed);
        if (how == SHOAL_COLLECT_ALL) s->seen |= SHOAL_SEEN_TEXT;
        bool before = s->max_bytes != 0;
        if (!(s->seen & SHOAL_SEEN_TEXT)) {
            if (infer_typed(in->missing, s, rows, column) == rows->n_rows) continue;
            s->seen |= SHOAL_SEEN_TEXT;
            if (before) s->uncollected = true;
        }
        infer_text(in, s, rows, (uint32_t)column, how != SHOAL_COLLECT_NEVER && !s->uncollected);
    }
}

void shoal_csv_stats_join(shoal_csv_stats *to, const shoal_csv_stats *from)
{
    bool typed = !(from->seen & SHOAL_SEEN_TEXT) && from->max_bytes;
    to->seen |= from->seen;
    to->uncollected = to->uncollected || from->uncollected || typed;
    if (from->unit > to->unit) to->unit = from->unit;
    if (from->max_bytes > to->max_bytes) to->max_bytes = from->max_bytes;
    if (from->min_integer < to->min_integer) to->min_integer = from->min_integer;
    if (from->max_integer > to->max_integer) to->max_integer = from->max_integer;
    if (from->max_days > to->max_days) to->max_days = from->max_days;
}
