/* Slices with parts by name, as text. */
#include "chunk/error.h"
#include "chunk/grid.h"
#include "store/cf_axis.h"
#include "store/cf_select.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void skip_spaces(char **at)
{
    while (isspace((unsigned char)**at)) ++*at;
}

/* A number, a text in quotes, or nothing. */
static shoal_status parse_bound(char **at, shoal_cf_bound *out, shoal_error *err)
{
    skip_spaces(at);
    char quote = **at, *end;
    *out = (shoal_cf_bound){0};
    if (quote == '"' || quote == '\'') {
        end = strchr(*at + 1, quote);
        if (!end)
            return shoal_fail(err, SHOAL_USAGE, "the text is not closed: %c is missing", quote);
        *end = '\0';
        *out = (shoal_cf_bound){.given = true, .text = *at + 1};
        *at = end + 1;
    } else if (quote && quote != ':') {
        out->number = strtold(*at, &end);
        if (end == *at || (*end && *end != ':' && !isspace((unsigned char)*end)))
            return shoal_fail(err, SHOAL_USAGE,
                              "'%s' is no value; write numbers, or dates in quotes", *at);
        out->given = true;
        *at = end;
    }
    skip_spaces(at);
    return SHOAL_OK;
}

static shoal_status parse_want(char *at, shoal_cf_want *out, shoal_error *err)
{
    *out = (shoal_cf_want){0};
    char *end;
    shoal_status status = parse_bound(&at, &out->low, err);
    if (!status && *at == ':') {
        out->is_range = true;
        at++;
        status = parse_bound(&at, &out->high, err);
    }
    if (!status && *at == ':') {
        out->step = strtoll(at + 1, &end, 10);
        bool empty = end == at + 1;
        at = end;
        skip_spaces(&at);
        if (!empty && out->step == 0) return shoal_fail(err, SHOAL_USAGE, "the step is 0");
    }
    if (!status && (*at || (!out->is_range && !out->low.given)))
        status = shoal_fail(err, SHOAL_USAGE, "'%s' is not understood after a value", at);
    return status;
}

shoal_status shoal_cf_want_parse(const char *text, shoal_cf_want *out, char **memory,
                                 shoal_error *err)
{
    *memory = strdup(text);
    if (!*memory) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = parse_want(*memory, out, err);
    if (!status) return status;
    free(*memory);
    *memory = NULL;
    return status;
}

shoal_status shoal_cf_axis_find(const char *name, char *const *names, int rank, int *axis,
                                shoal_error *err)
{
    const char *known[SHOAL_MAX_RANK] = {0};
    char list[512] = "";
    size_t n = 0, length = 0;
    for (int k = 0; k < rank; k++) {
        if (!names[k]) continue;
        if (strcmp(names[k], name) == 0) {
            *axis = k;
            return SHOAL_OK;
        }
        known[n++] = names[k];
        if (length < sizeof list)
            length += (size_t)snprintf(list + length, sizeof list - length, "%s%s",
                                       n > 1 ? ", " : "", names[k]);
    }
    const char *near = shoal_nearest_word(name, known, n);
    if (n == 0)
        return shoal_fail(err, SHOAL_USAGE, "there is no axis '%s': the axes have no names", name);
    return shoal_fail(err, SHOAL_USAGE, "there is no axis '%s'%s%s%s; the axes are %s", name,
                      near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "", list);
}

typedef struct named {
    const shoal_dataset *dataset;
    bool reversed;
    char *names[SHOAL_MAX_RANK];
} named;

/* An axis of the text as one of the dataset, or back. */
static int turn(const named *n, int axis)
{
    return n->reversed ? n->dataset->grid.rank - 1 - axis : axis;
}

static shoal_status find_axis(void *user, const char *name, int *axis, shoal_error *err)
{
    named *n = user;
    const shoal_dataset *d = n->dataset;
    for (int k = 0; k < d->grid.rank; k++) {
        shoal_cf_axis about;
        if (n->names[k]) continue;
        shoal_status status = shoal_cf_axis_read(d, k, &about, err);
        if (status) return status;
        n->names[k] = about.name;
        about.name = NULL;
        shoal_cf_axis_free(&about);
    }
    shoal_status status = shoal_cf_axis_find(name, n->names, d->grid.rank, axis, err);
    if (!status) *axis = turn(n, *axis);
    return status;
}

static shoal_status select_part(void *user, int axis, const char *text, const shoal_range *within,
                                shoal_range *out, bool *drops, shoal_error *err)
{
    const named *n = user;
    shoal_cf_want want;
    char *memory;
    shoal_status status = shoal_cf_want_parse(text, &want, &memory, err);
    if (status) return status;
    status = shoal_cf_select(n->dataset, turn(n, axis), within, &want, out, drops, err);
    free(memory);
    return status;
}

shoal_status shoal_cf_slice(const char *text, const shoal_dataset *dataset, bool reversed,
                            shoal_region *out, uint32_t *dropped, shoal_error *err)
{
    named n = {.dataset = dataset, .reversed = reversed};
    const shoal_slice_names names = {.find = find_axis, .select = select_part, .user = &n};
    uint64_t shape[SHOAL_MAX_RANK];
    int rank = dataset->grid.rank;
    for (int k = 0; k < rank; k++) shape[k] = dataset->grid.shape[turn(&n, k)];
    shoal_region region;
    uint32_t drops = 0;
    shoal_status status = shoal_slice_parse_named(text, rank, shape, &names, &region, &drops, err);
    for (int k = 0; k < SHOAL_MAX_RANK; k++) free(n.names[k]);
    if (status) return status;
    *out = region;
    *dropped = 0;
    for (int k = 0; k < rank; k++) {
        out->axis[turn(&n, k)] = region.axis[k];
        if (drops >> k & 1) *dropped |= UINT32_C(1) << turn(&n, k);
    }
    return SHOAL_OK;
}
