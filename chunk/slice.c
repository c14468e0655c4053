/* NumPy's basic slicing as text. */
#include "chunk/error.h"
#include "chunk/grid.h"

#include <ctype.h>
#include <string.h>

typedef struct item {
    enum { ITEM_INDEX, ITEM_SLICE, ITEM_ELLIPSIS, ITEM_NAMED } kind;
    bool has[3]; /* start, stop, step are given */
    int64_t value[3];
    const char *name, *wanted; /* of ITEM_NAMED: where they begin in the text */
    size_t n_name, n_wanted;
} item;

enum { MOST_ITEMS = 2 * SHOAL_MAX_RANK + 1 };

typedef struct scanner {
    const char *text, *at;
    shoal_error *err;
} scanner;

static void skip_spaces(scanner *s)
{
    while (isspace((unsigned char)*s->at)) s->at++;
}

/* An integer, if one is here; numbers beyond 64 bits stop at the largest, which clips the same. */
static bool scan_integer(scanner *s, int64_t *out)
{
    skip_spaces(s);
    const char *at = s->at;
    bool negative = *at == '-';
    if (*at == '-' || *at == '+') at++;
    while (isspace((unsigned char)*at)) at++;
    if (!isdigit((unsigned char)*at)) return false;
    int64_t n = 0;
    for (; isdigit((unsigned char)*at); at++) {
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *at - '0', &n))
            n = INT64_MAX;
    }
    *out = negative ? -n : n;
    s->at = at;
    return true;
}

static bool is_name_part(char c, bool first)
{
    unsigned char u = (unsigned char)c;
    return isalpha(u) || c == '_' || u >= 0x80 ||
           (!first && (isdigit(u) || c == '.' || c == '-' || c == '+' || c == '@'));
}

/* NAME=..., up to the next comma outside of quotes. */
static bool scan_named(scanner *s, item *out)
{
    const char *at = s->at;
    while (is_name_part(*at, at == s->at)) at++;
    size_t n = (size_t)(at - s->at);
    while (isspace((unsigned char)*at)) at++;
    if (n == 0 || *at != '=') return false;
    *out = (item){.kind = ITEM_NAMED, .name = s->at, .n_name = n, .wanted = ++at};
    for (char quote = 0; *at && (quote || *at != ','); at++) {
        if (quote)
            quote = *at == quote ? 0 : quote;
        else if (*at == '"' || *at == '\'')
            quote = *at;
    }
    out->n_wanted = (size_t)(at - out->wanted);
    s->at = at;
    return true;
}

static shoal_status scan_item(scanner *s, item *out)
{
    *out = (item){.kind = ITEM_INDEX};
    skip_spaces(s);
    if (scan_named(s, out)) return SHOAL_OK;
    if (strncmp(s->at, "...", 3) == 0) {
        s->at += 3;
        out->kind = ITEM_ELLIPSIS;
        skip_spaces(s);
        return SHOAL_OK;
    }
    out->has[0] = scan_integer(s, &out->value[0]);
    skip_spaces(s);
    for (int part = 1; part < 3 && *s->at == ':'; part++) {
        out->kind = ITEM_SLICE;
        s->at++;
        out->has[part] = scan_integer(s, &out->value[part]);
        skip_spaces(s);
    }
    if (out->kind == ITEM_INDEX && !out->has[0]) {
        bool new_axis = strncmp(s->at, "None", 4) == 0 || strncmp(s->at, "newaxis", 7) == 0;
        return shoal_fail(s->err, SHOAL_USAGE,
                          new_axis ? "slice [%s]: new axes are not possible here"
                                   : "slice [%s]: an index, start:stop:step or ... is missing "
                                     "between the commas",
                          s->text);
    }
    return SHOAL_OK;
}

/* Splits the text into items: at most one an axis by position, one by name, and an ellipsis. */
static shoal_status scan_items(scanner *s, int rank, item items[MOST_ITEMS], int *n_items)
{
    int n = 0, n_axes = 0, n_named = 0;
    bool ellipsis = false;
    skip_spaces(s);
    while (*s->at != '\0') {
        item next;
        shoal_status status = scan_item(s, &next);
        if (status != SHOAL_OK) return status;
        if (*s->at != ',' && *s->at != '\0')
            return shoal_fail(s->err, SHOAL_USAGE,
                              "slice [%s]: cannot read '%.20s'; write indices and start:stop:step "
                              "separated by commas",
                              s->text, s->at);
        if (next.kind == ITEM_ELLIPSIS && ellipsis)
            return shoal_fail(s->err, SHOAL_USAGE, "slice [%s]: only one '...' is possible",
                              s->text);
        if (next.kind == ITEM_ELLIPSIS)
            ellipsis = true;
        else if (next.kind == ITEM_NAMED)
            n_named++;
        else
            n_axes++;
        if (n_axes > rank || n_named > rank)
            return shoal_fail(s->err, SHOAL_USAGE,
                              "slice [%s]: too many indices: the array has %d %s", s->text, rank,
                              rank == 1 ? "axis" : "axes");
        items[n++] = next;
        if (*s->at == ',') s->at++;
        skip_spaces(s);
    }
    *n_items = n;
    return SHOAL_OK;
}

static int64_t clip(int64_t value, int64_t size, int64_t low, int64_t high)
{
    if (value < 0) value += size;
    return value < low ? low : value > high ? high : value;
}

/* As Python's slice.indices. */
static void resolve_slice(const item *it, int64_t size, shoal_range *out)
{
    int64_t step = it->has[2] ? it->value[2] : 1;
    int64_t low = step < 0 ? -1 : 0, high = step < 0 ? size - 1 : size;
    int64_t start = step < 0 ? high : low, stop = step < 0 ? low : high;
    if (it->has[0]) start = clip(it->value[0], size, low, high);
    if (it->has[1]) stop = clip(it->value[1], size, low, high);
    uint64_t count = 0;
    if (step > 0 && start < stop) count = (uint64_t)((stop - start - 1) / step + 1);
    if (step < 0 && stop < start) count = (uint64_t)((start - stop - 1) / -step + 1);
    *out = (shoal_range){count == 0 && start < 0 ? 0 : start, step, count};
}

static shoal_status resolve(const scanner *s, const item *it, int axis, uint64_t extent,
                            shoal_range *out, uint32_t *dropped)
{
    int64_t size = extent > INT64_MAX ? INT64_MAX : (int64_t)extent;
    if (it->kind == ITEM_SLICE) {
        if (it->has[2] && it->value[2] == 0)
            return shoal_fail(s->err, SHOAL_USAGE, "slice [%s]: the step of axis %d is 0", s->text,
                              axis);
        resolve_slice(it, size, out);
        return SHOAL_OK;
    }
    int64_t index = it->value[0];
    if (index >= size || index < -size)
        return shoal_fail(s->err, SHOAL_USAGE,
                          "slice [%s]: index %lld is out of range for axis %d of size %lld",
                          s->text, (long long)index, axis, (long long)size);
    *out = (shoal_range){index < 0 ? index + size : index, 1, 1};
    *dropped |= UINT32_C(1) << axis;
    return SHOAL_OK;
}

/* The part of an axis by name, among what the parts by position left of it. */
static shoal_status resolve_named(const scanner *s, const item *it, const shoal_slice_names *names,
                                  shoal_region *region, uint32_t *dropped)
{
    char name[256], wanted[256];
    shoal_range part;
    bool drops = false;
    int axis = 0;
    if (it->n_name >= sizeof name || it->n_wanted >= sizeof wanted)
        return shoal_fail(s->err, SHOAL_USAGE, "slice [%s]: a part is too long", s->text);
    memcpy(name, it->name, it->n_name);
    name[it->n_name] = '\0';
    memcpy(wanted, it->wanted, it->n_wanted);
    wanted[it->n_wanted] = '\0';
    if (!names)
        return shoal_fail(s->err, SHOAL_USAGE, "slice [%s]: the axes have no names here", s->text);
    shoal_status status = names->find(names->user, name, &axis, s->err);
    if (status == SHOAL_OK && *dropped >> axis & 1)
        status = shoal_fail(s->err, SHOAL_USAGE, "axis %s is taken twice", name);
    shoal_range *r = &region->axis[axis];
    if (status == SHOAL_OK)
        status = names->select(names->user, axis, wanted, r, &part, &drops, s->err);
    if (status != SHOAL_OK) return shoal_fail_within(s->err, status, "slice [%s]", s->text);
    *r = (shoal_range){r->start + r->step * part.start, r->step * part.step, part.count};
    if (drops) *dropped |= UINT32_C(1) << axis;
    return SHOAL_OK;
}

shoal_status shoal_slice_parse(const char *text, int rank, const uint64_t *shape, shoal_region *out,
                               uint32_t *dropped, shoal_error *err)
{
    return shoal_slice_parse_named(text, rank, shape, NULL, out, dropped, err);
}

shoal_status shoal_slice_parse_named(const char *text, int rank, const uint64_t *shape,
                                     const shoal_slice_names *names, shoal_region *out,
                                     uint32_t *dropped, shoal_error *err)
{
    scanner s = {text, text, err};
    item items[MOST_ITEMS];
    int n_items = 0, axis = 0, n_positions = 0;
    shoal_status status = scan_items(&s, rank, items, &n_items);
    if (status != SHOAL_OK) return status;
    shoal_region region;
    uint32_t bits = 0;
    shoal_region_all(rank, shape, &region);
    for (int k = 0; k < n_items; k++) n_positions += items[k].kind != ITEM_NAMED;
    for (int k = 0, at = 0; k < n_items; k++) {
        if (items[k].kind == ITEM_NAMED) continue;
        at++;
        if (items[k].kind == ITEM_ELLIPSIS) {
            axis = rank - (n_positions - at);
            continue;
        }
        status = resolve(&s, &items[k], axis, shape[axis], &region.axis[axis], &bits);
        if (status != SHOAL_OK) return status;
        axis++;
    }
    for (int k = 0; k < n_items && status == SHOAL_OK; k++)
        if (items[k].kind == ITEM_NAMED)
            status = resolve_named(&s, &items[k], names, &region, &bits);
    if (status != SHOAL_OK) return status;
    *out = region;
    *dropped = bits;
    return SHOAL_OK;
}
