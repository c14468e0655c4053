#include "store/cf_select.h"

#include "chunk/error.h"
#include "chunk/grid.h"
#include "store/cf_axis.h"
#include "store/cf_values.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A search along an axis: values are compared as numbers, or as instants. */
typedef struct search {
    const shoal_cf_values *values;
    const char *name; /* of the axis */
    bool by_time;
    long double low, high; /* what is looked for, both inclusive */
    bool ordered;          /* the values must rise, or fall */
    bool falls;
    uint64_t first, last, n_found;
    long double below, above; /* the nearest values beside it; NaN: none */
    long double previous;
    bool any;
} search;

static long double key_of(const search *s, long double value)
{
    if (!s->by_time || isnan(value)) return value;
    return (long double)shoal_cf_time_instant(&s->values->time, value);
}

/* ---- Bounds ---- */

static shoal_status bound_interval(const search *s, const shoal_cf_bound *bound, long double *low,
                                   long double *high, shoal_error *err)
{
    int64_t begin, end;
    const shoal_cf_values *v = s->values;
    if (!bound->text) {
        *low = v->is_narrow ? (long double)(float)bound->number : bound->number;
        *low = *high = key_of(s, *low);
        return SHOAL_OK;
    }
    if (!v->is_time)
        return shoal_fail(err, SHOAL_USAGE,
                          "%s is no time axis: its values are numbers%s%s, written without quotes",
                          s->name, v->units ? " in " : "", v->units ? v->units : "");
    if (!shoal_cf_period(v->time.calendar, bound->text, &begin, &end))
        return shoal_fail(err, SHOAL_USAGE,
                          "'%s' is no date of the axis's calendar (%s); write it as \"2001\", "
                          "\"2001-05\", \"2001-05-03T12:30\"",
                          bound->text, v->calendar ? v->calendar : "standard");
    *low = (long double)begin;
    *high = (long double)(end - 1);
    return SHOAL_OK;
}

/* An end that is left out is the axis's own on that side. */
static shoal_status set_bounds(search *s, const shoal_cf_want *want, shoal_error *err)
{
    long double low[2] = {-HUGE_VALL, -HUGE_VALL}, high[2] = {HUGE_VALL, HUGE_VALL};
    const shoal_cf_bound *bound[2] = {&want->low, &want->high};
    s->by_time = want->low.text || want->high.text;
    for (int k = 0; k < 2; k++) {
        if (!bound[k]->given) continue;
        shoal_status status = bound_interval(s, bound[k], &low[k], &high[k], err);
        if (status) return status;
    }
    s->low = low[0];
    s->high = high[0];
    if (!want->is_range) return SHOAL_OK;
    bool both = want->low.given && want->high.given, rises = !s->falls;
    if (both) {
        s->low = low[0] < low[1] ? low[0] : low[1];
        s->high = high[0] > high[1] ? high[0] : high[1];
    } else {
        s->low = (want->low.given && rises)     ? low[0]
                 : (want->high.given && !rises) ? low[1]
                                                : -HUGE_VALL;
        s->high = (want->high.given && rises)   ? high[1]
                  : (want->low.given && !rises) ? high[0]
                                                : HUGE_VALL;
    }
    return SHOAL_OK;
}

/* ---- The scan ---- */

static shoal_status see(search *s, uint64_t index, long double key, shoal_error *err)
{
    bool disorder = s->any && (s->falls ? key > s->previous : key < s->previous);
    if (s->ordered && (disorder || isnan(key)))
        return shoal_fail(err, SHOAL_USAGE,
                          "the values of axis %s neither rise nor fall; take a range by position",
                          s->name);
    s->previous = key;
    s->any = true;
    if (key >= s->low && key <= s->high) {
        if (s->n_found++ == 0) s->first = index;
        s->last = index;
    } else if (key < s->low && !(key <= s->below)) {
        s->below = key;
    } else if (key > s->high && !(key >= s->above)) {
        s->above = key;
    }
    return SHOAL_OK;
}

static shoal_status scan(search *s, const shoal_range *within, shoal_error *err)
{
    long double *block = malloc(sizeof *block * SHOAL_CF_BLOCK);
    if (!block) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = SHOAL_OK;
    s->below = s->above = NAN;
    for (uint64_t at = 0; at < within->count && !status; at += SHOAL_CF_BLOCK) {
        uint64_t left = within->count - at, n = left < SHOAL_CF_BLOCK ? left : SHOAL_CF_BLOCK;
        shoal_range range = {within->start + (int64_t)at * within->step, within->step, n};
        status = shoal_cf_values_read(s->values, range, block, err);
        for (uint64_t k = 0; k < n && !status; k++)
            status = see(s, at + k, key_of(s, block[k]), err);
    }
    free(block);
    return status;
}

/* Does the axis fall? By its first and last value; the scan checks the others. */
static shoal_status find_direction(search *s, const shoal_range *within, shoal_error *err)
{
    long double first, last;
    if (within->count < 2) return SHOAL_OK;
    shoal_range one = {within->start, 1, 1};
    shoal_status status = shoal_cf_values_read(s->values, one, &first, err);
    one.start = within->start + (int64_t)(within->count - 1) * within->step;
    if (!status) status = shoal_cf_values_read(s->values, one, &last, err);
    s->falls = !status && first > last;
    return status;
}

/* ---- What was found ---- */

static void key_text(const search *s, long double key, char text[SHOAL_CF_TIME_TEXT])
{
    if (s->by_time)
        shoal_cf_time_text(s->values->time.calendar, (int64_t)key, text);
    else
        shoal_cf_value_text(s->values, key, text);
}

static shoal_status fail_missing(const search *s, const shoal_cf_want *want, shoal_error *err)
{
    char wanted[SHOAL_CF_TIME_TEXT], below[SHOAL_CF_TIME_TEXT] = "", above[SHOAL_CF_TIME_TEXT] = "";
    if (want->low.text)
        snprintf(wanted, sizeof wanted, "%s", want->low.text);
    else if (s->values->is_time)
        snprintf(wanted, sizeof wanted, "%Lg", want->low.number);
    else
        key_text(s, s->low, wanted);
    if (!isnan(s->below)) key_text(s, s->below, below);
    if (!isnan(s->above)) key_text(s, s->above, above);
    bool dated = s->values->is_time && !want->low.text;
    return shoal_fail(err, SHOAL_USAGE, "axis %s has no value %s; the nearest %s %s%s%s%s", s->name,
                      wanted, *below && *above ? "are" : "is", below,
                      *below && *above ? " and " : "", above,
                      dated ? "; dates are written in quotes" : "");
}

static shoal_status take(const search *s, const shoal_cf_want *want, shoal_range *out, bool *drops,
                         shoal_error *err)
{
    *drops = false;
    if (!want->is_range) {
        if (s->n_found == 0) return fail_missing(s, want, err);
        *drops = !want->low.text;
        if (*drops && s->n_found > 1)
            return shoal_fail(err, SHOAL_USAGE, "axis %s has that value %llu times; take a range",
                              s->name, (unsigned long long)s->n_found);
    }
    int64_t step = want->is_range && want->step ? want->step : 1;
    uint64_t size = step < 0 ? (uint64_t)-step : (uint64_t)step;
    *out = (shoal_range){0, step, 0};
    if (s->n_found == 0) return SHOAL_OK;
    out->start = (int64_t)(step < 0 ? s->last : s->first);
    out->count = (s->last - s->first) / size + 1;
    return SHOAL_OK;
}

static shoal_status select_number(const shoal_dataset *dataset, const shoal_cf_axis *about,
                                  const shoal_range *within, const shoal_cf_want *want,
                                  shoal_range *out, bool *drops, shoal_error *err)
{
    shoal_cf_values values;
    shoal_status status = shoal_cf_values_open(dataset, about->coordinate, &values, err);
    search s = {.values = &values, .name = about->name};
    s.ordered = want->is_range || want->low.text;
    if (!status) status = find_direction(&s, within, err);
    if (!status) status = set_bounds(&s, want, err);
    if (!status) status = scan(&s, within, err);
    if (!status) status = take(&s, want, out, drops, err);
    shoal_cf_values_close(&values);
    return status;
}

static shoal_status select_text(const shoal_dataset *dataset, const shoal_cf_axis *about,
                                const shoal_range *within, const shoal_cf_want *want,
                                shoal_range *out, bool *drops, shoal_error *err)
{
    shoal_dataset *texts;
    const char *path = about->coordinate ? about->coordinate : about->characters;
    shoal_status status = shoal_dataset_open(dataset->file, path, &texts, err);
    if (status) return status;
    status = shoal_cf_select_text(texts, about->name, within, want, out, drops, err);
    shoal_dataset_close(texts);
    return status;
}

shoal_status shoal_cf_select(const shoal_dataset *dataset, int axis, const shoal_range *within,
                             const shoal_cf_want *want, shoal_range *out, bool *drops,
                             shoal_error *err)
{
    shoal_cf_axis about;
    shoal_status status = shoal_cf_axis_read(dataset, axis, &about, err);
    if (!status && !about.coordinate && !about.characters)
        status =
            shoal_fail(err, SHOAL_USAGE, "axis %s has no coordinate values; take it by position",
                       about.name ? about.name : "");
    if (!status)
        status = (about.has_texts ? select_text : select_number)(dataset, &about, within, want, out,
                                                                 drops, err);
    shoal_cf_axis_free(&about);
    return status;
}
