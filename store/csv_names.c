#include "chunk/error.h"
#include "store/csv_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes the place of *name; false when there is no memory. */
static bool rename_to(char **name, const char *format, const char *text, size_t number)
{
    char *made = NULL;
    int n = text ? asprintf(&made, format, text, number) : asprintf(&made, format, number);
    if (n < 0) return false;
    free(*name);
    *name = made;
    return true;
}

static bool clean(char **name, size_t column, bool *unnamed)
{
    *unnamed = **name == '\0';
    for (char *c = *name; *c; c++)
        if (*c == '/') *c = '_';
    if (*unnamed) return rename_to(name, "Unnamed: %zu", NULL, column);
    if (!strcmp(*name, ".") || !strcmp(*name, "..")) memset(*name, '_', strlen(*name));
    if (!strcmp(*name, "_index")) {
        char *longer = strdup("_index_");
        if (!longer) return false;
        free(*name);
        *name = longer;
    }
    return true;
}

/* The set's codes count how often a name was wanted. */
static bool make_unique(shoal_words *set, char **name)
{
    bool added;
    size_t old = shoal_words_find(set, 0, *name, strlen(*name));
    int32_t count = shoal_words_code(set, old);
    char *base = *name, *made = NULL;
    while (count > 0) {
        free(made);
        if (asprintf(&made, "%s.%d", base, count) < 0) return false;
        count++;
        shoal_words_set_code(set, old, count);
        if (shoal_words_find(set, 0, made, strlen(made)) == SHOAL_NO_WORD) break;
    }
    if (made) {
        free(base);
        *name = made;
    }
    size_t number = shoal_words_add(set, 0, *name, strlen(*name), &added);
    if (number == SHOAL_NO_WORD) return false;
    shoal_words_set_code(set, number, 1);
    return true;
}

static bool make_all_unique(shoal_words *set, char **names, const bool *unnamed, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        bool added;
        size_t number = shoal_words_add(set, 0, names[k], strlen(names[k]), &added);
        if (number == SHOAL_NO_WORD) return false;
        shoal_words_set_code(set, number, 0);
    }
    for (int pass = 0; pass < 2; pass++) /* given names have the first choice */
        for (size_t k = 0; k < n; k++)
            if (unnamed[k] == (pass == 1) && !make_unique(set, &names[k])) return false;
    return true;
}

shoal_status shoal_csv_name_columns(char **names, size_t n, shoal_error *err)
{
    shoal_words *set = NULL;
    bool *unnamed = calloc(n + 1, sizeof *unnamed), fine = unnamed != NULL;
    size_t n_bytes = 0;
    for (size_t k = 0; k < n && fine; k++) {
        fine = clean(&names[k], k, &unnamed[k]);
        if (fine) n_bytes += strlen(names[k]);
    }
    if (fine && !shoal_words_new(2 * n, 2 * n_bytes + 24 * n, &set, err))
        fine = make_all_unique(set, names, unnamed, n);
    else
        fine = false;
    shoal_words_free(set);
    free(unnamed);
    return fine ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "no memory for %zu column names", n);
}
