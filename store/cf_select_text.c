/* A text as a coordinate's value: station="DE". */
#include "store/cf_select.h"

#include "chunk/error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 16, LONGEST = 1 << 12 };

typedef struct search {
    shoal_dataset *values;   /* texts; or characters, the second axis being those of a text */
    const char *name, *text; /* of the axis; what is looked for */
    size_t n_text, width;
    uint64_t first, n_found;
    char some[200]; /* of the values, for a message */
} search;

static void remember(search *s, const char *value)
{
    size_t n = strlen(s->some), n_value = strnlen(value, s->width);
    if (n + n_value + 8 > sizeof s->some) return;
    snprintf(s->some + n, sizeof s->some - n, "%s\"%.*s\"", n ? ", " : "", (int)n_value, value);
}

static shoal_status scan(search *s, const shoal_range *within, char *block, shoal_error *err)
{
    shoal_region region = {.rank = s->values->grid.rank};
    uint64_t each = BLOCK_BYTES / s->width;
    region.axis[1] = (shoal_range){0, 1, s->width}; /* of characters */
    for (uint64_t at = 0; at < within->count; at += each) {
        uint64_t n = within->count - at < each ? within->count - at : each;
        region.axis[0] = (shoal_range){within->start + (int64_t)at * within->step, within->step, n};
        shoal_status status =
            shoal_dataset_read(s->values, &region, block, (size_t)n * s->width, err);
        if (status) return status;
        for (uint64_t k = 0; k < n; k++) {
            const char *value = block + (size_t)k * s->width;
            if (at == 0) remember(s, value);
            if (strnlen(value, s->width) != s->n_text || memcmp(value, s->text, s->n_text) != 0)
                continue;
            if (s->n_found++ == 0) s->first = at + k;
        }
    }
    return SHOAL_OK;
}

static shoal_status look(search *s, const shoal_range *within, shoal_error *err)
{
    const shoal_grid *grid = &s->values->grid;
    uint64_t width = grid->rank == 1 ? s->values->type.n_bytes : grid->shape[1];
    if (!s->values->readable)
        return shoal_fail(err, SHOAL_DATA, "%s: %s", s->values->name, s->values->why_not);
    if (width > LONGEST)
        return shoal_fail(err, SHOAL_USAGE, "axis %s has texts of over %d bytes", s->name, LONGEST);
    s->width = (size_t)width;
    char *block = width > 0 ? malloc(BLOCK_BYTES) : NULL;
    if (width > 0 && !block) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = block ? scan(s, within, block, err) : SHOAL_OK;
    free(block);
    return status;
}

shoal_status shoal_cf_select_text(shoal_dataset *values, const char *name,
                                  const shoal_range *within, const shoal_cf_want *want,
                                  shoal_range *out, bool *drops, shoal_error *err)
{
    if (want->is_range || !want->low.text)
        return shoal_fail(err, SHOAL_USAGE,
                          "the values of axis %s are texts: one is taken as %s=\"...\"", name,
                          name);
    search s = {
        .values = values, .name = name, .text = want->low.text, .n_text = strlen(want->low.text)};
    shoal_status status = look(&s, within, err);
    if (status) return status;
    if (s.n_found == 0)
        return shoal_fail(err, SHOAL_USAGE, "axis %s has no value \"%s\"; it has %s", name, s.text,
                          s.some[0] ? s.some : "none");
    if (s.n_found > 1)
        return shoal_fail(err, SHOAL_USAGE, "axis %s has that value %llu times; take positions",
                          name, (unsigned long long)s.n_found);
    *out = (shoal_range){(int64_t)s.first, 1, 1};
    *drops = true;
    return SHOAL_OK;
}
