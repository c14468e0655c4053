#include "store/csv_profile.h"

#include "chunk/error.h"
#include "store/csv_schema.h"

#include <stdlib.h>

shoal_status shoal_csv_profile_init(shoal_csv_profile *p, size_t n_columns, shoal_words *words,
                                    shoal_error *err)
{
    *p = (shoal_csv_profile){.n_columns = n_columns, .words = words};
    p->stats = calloc(n_columns, sizeof *p->stats);
    p->column_words = calloc(n_columns, sizeof *p->column_words);
    p->collect = calloc(n_columns, sizeof *p->collect);
    p->forced = calloc(n_columns, sizeof *p->forced);
    if (p->stats && p->column_words && p->collect && p->forced) return SHOAL_OK;
    shoal_csv_profile_clear(p);
    return shoal_fail(err, SHOAL_MEMORY, "no memory for %zu columns", n_columns);
}

void shoal_csv_profile_clear(shoal_csv_profile *p)
{
    free(p->stats);
    free(p->column_words);
    free((void *)(uintptr_t)p->collect); /* takes _Atomic off */
    free(p->forced);
    *p = (shoal_csv_profile){0};
}

size_t shoal_csv_profile_memory(size_t n_columns)
{
    return n_columns * (sizeof(shoal_csv_stats) + sizeof(shoal_csv_column_words) + 2);
}

static void set_collect(shoal_csv_profile *p, size_t column, shoal_csv_collect how)
{
    atomic_store_explicit(&p->collect[column], (uint8_t)how, memory_order_relaxed);
}

void shoal_csv_profile_collect(shoal_csv_profile *p, size_t column, shoal_csv_collect how)
{
    p->forced[column] = how == SHOAL_COLLECT_ALL;
    set_collect(p, column, how);
}

static void close_column(shoal_csv_profile *p, size_t column)
{
    p->column_words[column] = (shoal_csv_column_words){.closed = true};
    shoal_words_drop(p->words, (uint32_t)column);
    set_collect(p, column, SHOAL_COLLECT_NEVER);
}

/* Makes room by giving up the column with the most text. False when there is none to give up. */
static bool close_largest(shoal_csv_profile *p)
{
    size_t largest = p->n_columns, most = 0;
    for (size_t k = 0; k < p->n_columns; k++) {
        const shoal_csv_column_words *w = &p->column_words[k];
        size_t cost = w->n_bytes + 16 * w->n;
        if (p->forced[k] || cost <= most) continue;
        most = cost;
        largest = k;
    }
    if (largest == p->n_columns) return false;
    close_column(p, largest);
    return true;
}

static bool collects(const shoal_csv_profile *p, size_t column)
{
    return !p->column_words[column].closed && (p->forced[column] || !p->stats[column].uncollected);
}

static shoal_status join_word(shoal_csv_profile *p, size_t column, const char *text, size_t n,
                              shoal_error *err)
{
    bool added;
    shoal_csv_column_words *w = &p->column_words[column];
    if (!collects(p, column)) return SHOAL_OK;
    while (shoal_words_add(p->words, (uint32_t)column, text, n, &added) == SHOAL_NO_WORD) {
        if (!close_largest(p))
            return shoal_fail(err, SHOAL_DATA, "too many different texts for a category");
        if (w->closed) return SHOAL_OK;
    }
    w->n += added;
    w->n_bytes += added ? n : 0;
    if (!p->forced[column] && (w->n > SHOAL_CATEGORY_WORDS || w->n_bytes > SHOAL_CATEGORY_BYTES))
        close_column(p, column);
    return SHOAL_OK;
}

/* A column whose texts are not all there needs none of them for now. */
static void join_stats(shoal_csv_profile *p, const shoal_csv_inference *block)
{
    for (size_t k = 0; k < p->n_columns; k++) {
        shoal_csv_stats_join(&p->stats[k], &block->stats[k]);
        shoal_csv_column_words *w = &p->column_words[k];
        if (!p->stats[k].uncollected || p->forced[k] || w->n == 0) continue;
        shoal_words_drop(p->words, (uint32_t)k);
        *w = (shoal_csv_column_words){0};
    }
}

shoal_status shoal_csv_profile_join(shoal_csv_profile *p, const shoal_csv_inference *block,
                                    const char *text, uint64_t n_rows, size_t *column,
                                    shoal_error *err)
{
    if (!p->recounting) {
        p->n_rows += n_rows;
        join_stats(p, block);
    }
    for (size_t k = 0; k < block->n_fresh; k++) {
        const shoal_csv_fresh *f = &block->fresh[k];
        *column = f->column;
        shoal_status status = join_word(p, f->column, text + f->start, f->n, err);
        if (status) return status;
    }
    return SHOAL_OK;
}

bool shoal_csv_profile_recount(shoal_csv_profile *p)
{
    bool needed = false;
    if (p->recounting) return false;
    for (size_t k = 0; k < p->n_columns; k++) {
        bool again = p->stats[k].uncollected && !p->forced[k] && !p->column_words[k].closed &&
                     atomic_load(&p->collect[k]) == SHOAL_COLLECT_TEXT &&
                     shoal_csv_is_text(&p->stats[k], p->n_rows);
        set_collect(p, k, again ? SHOAL_COLLECT_ALL : SHOAL_COLLECT_NEVER);
        if (again) p->stats[k].uncollected = false;
        needed = needed || again;
    }
    p->recounting = true;
    return needed;
}
