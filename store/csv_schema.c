#include "store/csv_schema.h"

#include "chunk/error.h"
#include "chunk/type.h"

#include <stdlib.h>
#include <string.h>

#define EXACT_IN_DOUBLE   ((uint64_t)1 << 53)
#define MAX_CATEGORY_TEXT 4096   /* bytes: all categories are stored as long as the longest */
#define NANOSECOND_DAYS   106750 /* from 1970, on both sides, are in 64 bits of nanoseconds */

bool shoal_csv_want_parse(const char *text, shoal_csv_want *out)
{
    char unit[8];
    size_t n = strlen(text);
    *out = (shoal_csv_want){0};
    if (!strcmp(text, "text")) {
        out->order = SHOAL_ORDER_TEXT;
    } else if (!strcmp(text, "category")) {
        out->order = SHOAL_ORDER_CATEGORY;
    } else if (!strncmp(text, "time[", 5) && n > 6 && n < 5 + sizeof unit && text[n - 1] == ']') {
        memcpy(unit, text + 5, n - 6);
        unit[n - 6] = '\0';
        out->order = SHOAL_ORDER_TIME;
        return shoal_csv_unit_parse(unit, &out->unit);
    } else {
        out->order = SHOAL_ORDER_TYPE;
        return shoal_type_parse(text, &out->type);
    }
    return true;
}

/* Integers and times that 64 bits cannot hold together are text, as they are for pandas. */
bool shoal_csv_is_text(const shoal_csv_stats *s, uint64_t n_rows)
{
    if (n_rows == 0 || !shoal_csv_seen_typed(s->seen)) return true;
    if (s->seen & SHOAL_SEEN_FLOAT) return false;
    if (s->seen & SHOAL_SEEN_HUGE) return true;
    if (s->seen & SHOAL_SEEN_INTEGER) return s->max_integer > INT64_MAX && s->min_integer < 0;
    return (s->seen & SHOAL_SEEN_TIME) && s->unit == SHOAL_CSV_NANOSECONDS &&
           s->max_days > NANOSECOND_DAYS;
}

shoal_type shoal_category_code_type(size_t n)
{
    return shoal_type_of(n < INT8_MAX ? SHOAL_INT8 : n < INT16_MAX ? SHOAL_INT16 : SHOAL_INT32);
}

static void decide_integers(const shoal_csv_stats *s, shoal_column *column)
{
    uint64_t low = (uint64_t)0 - (uint64_t)s->min_integer;
    bool exact = s->max_integer <= EXACT_IN_DOUBLE && low <= EXACT_IN_DOUBLE;
    bool missing = s->seen & SHOAL_SEEN_MISSING;
    column->type = shoal_type_of(s->max_integer > INT64_MAX ? SHOAL_UINT64 : SHOAL_INT64);
    if (missing && exact)
        column->type = shoal_type_of(SHOAL_FLOAT64);
    else if (missing)
        column->kind = SHOAL_COLUMN_NULLABLE;
}

static shoal_status set_units(shoal_column *column, shoal_csv_unit unit, shoal_error *err)
{
    column->kind = SHOAL_COLUMN_TIME;
    column->type = shoal_type_of(SHOAL_INT64);
    free(column->units);
    column->units = strdup(shoal_csv_unit_text(unit));
    return column->units ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "no memory for a column");
}

static shoal_status decide_text(const shoal_csv_stats *s, shoal_type at_least, shoal_column *column,
                                shoal_error *err)
{
    if (s->max_bytes > SHOAL_CSV_MAX_TEXT)
        return shoal_fail(err, SHOAL_DATA,
                          "column '%s' has a text of %u bytes, and fixed text holds 1 MiB at most; "
                          "take the column out of the file first",
                          column->name, s->max_bytes);
    column->kind = s->seen & SHOAL_SEEN_MISSING ? SHOAL_COLUMN_NULLABLE : SHOAL_COLUMN_TEXT;
    uint32_t n = s->max_bytes > at_least.n_bytes ? s->max_bytes : at_least.n_bytes;
    column->type = (shoal_type){SHOAL_TEXT, n ? n : 1};
    return SHOAL_OK;
}

typedef struct entry {
    const char *text;
    size_t n, number;
} entry;

static int compare_entries(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int order = memcmp(x->text, y->text, x->n < y->n ? x->n : y->n);
    return order ? order : (x->n > y->n) - (x->n < y->n);
}

/* The column's words that are no categories yet, in bytewise order. Gives the codes of those that
   are. */
static entry *new_entries(const shoal_csv_profile *p, size_t k, const shoal_column *column,
                          size_t *n_new)
{
    size_t n = 0, n_words = shoal_words_count(p->words);
    entry *entries = malloc((p->column_words[k].n + 1) * sizeof *entries);
    if (!entries) return NULL;
    for (size_t w = 0; w < n_words; w++)
        if (shoal_words_column(p->words, w) == k) {
            entry *e = &entries[n++];
            e->number = w;
            e->text = shoal_words_text(p->words, w, &e->n);
            shoal_words_set_code(p->words, w, -1);
        }
    for (size_t c = 0; c < column->n_categories; c++) {
        const char *text = column->categories[c];
        size_t w = shoal_words_find(p->words, (uint32_t)k, text, strlen(text));
        if (w != SHOAL_NO_WORD) shoal_words_set_code(p->words, w, (int32_t)c);
    }
    size_t kept = 0;
    for (size_t e = 0; e < n; e++)
        if (shoal_words_code(p->words, entries[e].number) < 0) entries[kept++] = entries[e];
    qsort(entries, kept, sizeof *entries, compare_entries);
    *n_new = kept;
    return entries;
}

/* One block of memory holds the pointers and, behind them, the texts. */
static char **join_categories(const shoal_column *column, const entry *entries, size_t n_new)
{
    size_t n_old = column->n_categories, n_bytes = (n_old + n_new + 1) * sizeof(char *);
    for (size_t c = 0; c < n_old; c++) n_bytes += strlen(column->categories[c]) + 1;
    for (size_t e = 0; e < n_new; e++) n_bytes += entries[e].n + 1;
    char **all = malloc(n_bytes);
    if (!all) return NULL;
    char *to = (char *)(all + n_old + n_new + 1);
    for (size_t c = 0; c < n_old + n_new; c++) {
        const char *from = c < n_old ? column->categories[c] : entries[c - n_old].text;
        size_t n = c < n_old ? strlen(from) : entries[c - n_old].n;
        all[c] = to;
        memcpy(to, from, n);
        to[n] = '\0';
        to += n + 1;
    }
    all[n_old + n_new] = NULL;
    return all;
}

static shoal_status decide_category(const shoal_csv_profile *p, size_t k, shoal_column *column,
                                    shoal_error *err)
{
    size_t n_new = 0;
    if (p->stats[k].max_bytes > MAX_CATEGORY_TEXT)
        return shoal_fail(err, SHOAL_DATA,
                          "column '%s' has a text of %u bytes, and a category's have %d at most; "
                          "give it the type text",
                          column->name, p->stats[k].max_bytes, MAX_CATEGORY_TEXT);
    entry *entries = new_entries(p, k, column, &n_new);
    char **all = entries ? join_categories(column, entries, n_new) : NULL;
    if (!all) {
        free(entries);
        return shoal_fail(err, SHOAL_MEMORY, "no memory for the categories of '%s'", column->name);
    }
    for (size_t e = 0; e < n_new; e++)
        shoal_words_set_code(p->words, entries[e].number, (int32_t)(column->n_categories + e));
    free(entries);
    free(column->categories);
    column->categories = all;
    column->n_categories += n_new;
    column->kind = SHOAL_COLUMN_CATEGORY;
    shoal_type codes = shoal_category_code_type(column->n_categories);
    if (codes.n_bytes > column->type.n_bytes) column->type = codes; /* never narrower than before */
    return SHOAL_OK;
}

static bool is_category(const shoal_csv_profile *p, size_t k)
{
    const shoal_csv_column_words *w = &p->column_words[k];
    return !w->closed && !p->stats[k].uncollected && w->n && w->n <= p->n_rows / 2 &&
           p->stats[k].max_bytes <= MAX_CATEGORY_TEXT;
}

static shoal_status decide_freely(const shoal_csv_profile *p, size_t k, shoal_column *column,
                                  shoal_error *err)
{
    const shoal_csv_stats *s = &p->stats[k];
    bool missing = s->seen & SHOAL_SEEN_MISSING;
    if (shoal_csv_is_text(s, p->n_rows)) {
        if (is_category(p, k)) return decide_category(p, k, column, err);
        return decide_text(s, (shoal_type){SHOAL_TEXT, 0}, column, err);
    }
    if (s->seen & SHOAL_SEEN_TIME) return set_units(column, s->unit, err);
    column->kind = SHOAL_COLUMN_NUMBERS;
    column->type = shoal_type_of(SHOAL_FLOAT64);
    if (s->seen & SHOAL_SEEN_BOOL) {
        column->type = shoal_type_of(SHOAL_BOOL);
        if (missing) column->kind = SHOAL_COLUMN_NULLABLE;
    } else if ((s->seen & SHOAL_SEEN_INTEGER) && !(s->seen & SHOAL_SEEN_FLOAT)) {
        decide_integers(s, column);
    }
    return SHOAL_OK;
}

static bool has_nan(shoal_type type)
{
    shoal_kind kind = shoal_code_kind(type.code);
    return kind == SHOAL_KIND_FLOAT || kind == SHOAL_KIND_COMPLEX;
}

/* The table's column stays what it is; text may get longer, codes wider. */
static shoal_status decide_same(const shoal_csv_profile *p, size_t k, const shoal_csv_want *want,
                                shoal_column *column, shoal_error *err)
{
    column->kind = want->kind;
    column->type = want->type;
    if (want->kind == SHOAL_COLUMN_CATEGORY) return decide_category(p, k, column, err);
    if (want->type.code != SHOAL_TEXT) return SHOAL_OK;
    shoal_status status = decide_text(&p->stats[k], want->type, column, err);
    column->kind = want->kind;
    return status;
}

shoal_status shoal_csv_decide(const shoal_csv_profile *p, size_t k, const shoal_csv_want *want,
                              shoal_column *column, shoal_error *err)
{
    const shoal_csv_stats *s = &p->stats[k];
    bool missing = s->seen & SHOAL_SEEN_MISSING;
    switch (want->order) {
    case SHOAL_ORDER_TEXT: return decide_text(s, (shoal_type){SHOAL_TEXT, 0}, column, err);
    case SHOAL_ORDER_CATEGORY: return decide_category(p, k, column, err);
    case SHOAL_ORDER_TIME: return set_units(column, want->unit, err);
    case SHOAL_ORDER_SAME: return decide_same(p, k, want, column, err);
    case SHOAL_ORDER_TYPE:
        column->type = want->type;
        column->kind = want->type.code == SHOAL_TEXT ? SHOAL_COLUMN_TEXT : SHOAL_COLUMN_NUMBERS;
        if (missing && !has_nan(want->type)) column->kind = SHOAL_COLUMN_NULLABLE;
        return SHOAL_OK;
    default: return decide_freely(p, k, column, err);
    }
}
