#include "compute/other_words.h"

#include <stddef.h>
#include <string.h>

typedef struct other_word {
    const char *word, *here;
} other_word;

static const other_word words[] = {
    /* names */
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
    /* functions */
    {"avg", "mean(x)"},
    {"ln", "log(x)"},
    {"len", "count(x), which leaves NaN out"},
    {"isnull", "isnan(x)"},
    {"isna", "isnan(x)"},
    {"notnull", "~isnan(x)"},
    {"notna", "~isnan(x)"},
    {"fillna", "nan_to_num(x, nan=0)"},
    {"dropna", "x[~isnan(x)]"},
    {"date", "a date in quotes, \"2001-05-01\""},
    {"datetime", "a date in quotes, \"2001-05-01\""},
    {"sel", "x[lat=40:60, time=\"2001-05\"]"},
    {"isel", "x[0:10]"},
    {"groupby", "mean(x, by=month(time), axis=\"time\")"},
    {"fldmean", "mean(x, axis=(\"lat\", \"lon\")), or average(x, ..., weights=area)"},
    {"zonmean", "mean(x, axis=\"lon\")"},
    {"timmean", "mean(x, axis=\"time\")"},
    {"timsum", "sum(x, axis=\"time\")"},
    {"timstd", "std(x, axis=\"time\")"},
    {"timmin", "min(x, axis=\"time\")"},
    {"timmax", "max(x, axis=\"time\")"},
    {"timpctl", "percentile(x, 90, axis=\"time\")"},
    {"ymonmean", "mean(x, by=month(time), axis=\"time\")"},
    {"monmean", "mean(x, by=resample(time, \"ME\"), axis=\"time\")"},
    {"yearmean", "mean(x, by=resample(time, \"YE\"), axis=\"time\")"},
    {"daymean", "mean(x, by=resample(time, \"D\"), axis=\"time\")"},
    /* arguments */
    {"dim", "axis=\"time\""},
    {"dims", "axis=\"time\""},
    {"skipna", "nanmean, nansum, ..., which leave NaN out"},
    {"where", "x[condition] in the place of x"},
};

static const other_word operators[] = {
    {"&&", "&, with brackets: (a > 1) & (a < 3)"},
    {"||", "|, with brackets: (a < 1) | (a > 3)"},
    {"<>", "!="},
    {"!", "~"},
    {"?", "where(condition, a, b)"},
};

const char *shoal_other_word(const char *word)
{
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (strcmp(word, words[k].word) == 0) return words[k].here;
    return NULL;
}

const char *shoal_other_operator(const char *text, const char **op)
{
    for (size_t k = 0; k < sizeof operators / sizeof *operators; k++) {
        *op = operators[k].word;
        if (strncmp(text, *op, strlen(*op)) == 0) return operators[k].here;
    }
    return NULL;
}
