#include "compute/other_words.h"

#include <stddef.h>
#include <string.h>

typedef struct other_word {
    const char *word, *here;
} other_word;

static const other_word names[] = {
    {"NaN", "nan"},
    {"NAN", "nan"},
    {"NA", "nan"},
    {"null", "nan, and isnan(x) to look for it"},
    {"None", "nan, and isnan(x) to look for it"},
    {"Inf", "inf"},
    {"Infinity", "inf"},
    {"true", "True"},
    {"TRUE", "True"},
    {"false", "False"},
    {"FALSE", "False"},
    {NULL, NULL},
};

static const other_word functions[] = {
    {"avg", "mean(x)"},
    {"ln", "log(x)"},
    {"len", "count(x), of the elements that are no NaN"},
    {"isnull", "isnan(x)"},
    {"isna", "isnan(x)"},
    {"notnull", "~isnan(x)"},
    {"notna", "~isnan(x)"},
    {"fillna", "where(isnan(x), 0, x)"},
    {"dropna", "x[~isnan(x)]"},
    {"date", "a date in quotes, \"2001-05-01\""},
    {"datetime", "a date in quotes, \"2001-05-01\""},
    {"sel", "x[lat=40:60, time=\"2001-05\"]"},
    {"isel", "x[0:10]"},
    {"groupby", "mean(x, by=month(time), axis=\"time\")"},
    {"fldmean", "average(x, axis=(\"lat\", \"lon\"), weights=area)"},
    {"zonmean", "nanmean(x, axis=\"lon\")"},
    {"timmean", "nanmean(x, axis=\"time\")"},
    {"timsum", "nansum(x, axis=\"time\")"},
    {"timstd", "nanstd(x, axis=\"time\")"},
    {"timmin", "nanmin(x, axis=\"time\")"},
    {"timmax", "nanmax(x, axis=\"time\")"},
    {"timpctl", "nanpercentile(x, 90, axis=\"time\")"},
    {"ymonmean", "nanmean(x, by=month(time), axis=\"time\")"},
    {"monmean", "nanmean(x, by=resample(time, \"ME\"), axis=\"time\")"},
    {"yearmean", "nanmean(x, by=resample(time, \"YE\"), axis=\"time\")"},
    {"daymean", "nanmean(x, by=resample(time, \"D\"), axis=\"time\")"},
    {NULL, NULL},
};

static const other_word arguments[] = {
    {"dim", "axis=, a number or a name in quotes"},
    {"dims", "axis=, numbers or names in quotes"},
    {"skipna", "nanmean, nansum, ..., which leave NaN out"},
    {"where", "x[condition] in the place of x"},
    {NULL, NULL},
};

static const other_word operators[] = {
    {"&&", "&, with brackets: (a > 1) & (a < 3)"},
    {"||", "|, with brackets: (a < 1) | (a > 3)"},
    {"<>", "!="},
    {"!", "~"},
    {"?", "where(condition, a, b)"},
};

static const char *find(const other_word *words, const char *word)
{
    for (; words->word; words++)
        if (strcmp(word, words->word) == 0) return words->here;
    return NULL;
}

const char *shoal_other_name(const char *word)
{
    return find(names, word);
}

const char *shoal_other_function(const char *word)
{
    return find(functions, word);
}

const char *shoal_other_argument(const char *word)
{
    return find(arguments, word);
}

const char *shoal_other_operator(const char *text, const char **op)
{
    for (size_t k = 0; k < sizeof operators / sizeof *operators; k++) {
        *op = operators[k].word;
        if (strncmp(text, *op, strlen(*op)) == 0) return operators[k].here;
    }
    return NULL;
}
