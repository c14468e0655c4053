#include "compute/same_meaning.h"

#include "chunk/error.h"
#include "chunk/type.h"
#include "store/cf_axis.h"
#include "store/cf_input.h"
#include "store/element_cast.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A variable of a file, and the part it belongs to. */
typedef struct variable {
    const shoal_part *part;
    const char *path;
} variable;

/* What stands for an attribute that is not there. */
typedef enum default_value { ANYTHING, ONE, ZERO, NOTHING } default_value;

static const struct {
    const char *name;
    default_value absent;
} attributes[] = {
    {"scale_factor", ONE},      {"add_offset", ZERO},    {"_FillValue", NOTHING},
    {"missing_value", NOTHING}, {"_Unsigned", ANYTHING}, {"units", ANYTHING},
    {"calendar", ANYTHING},
};

static double number_of(const shoal_cf_value *value, size_t k)
{
    double out = (double)NAN;
    shoal_type type = shoal_type_of(SHOAL_FLOAT64);
    const void *at = (const char *)value->numbers + k * value->type.n_bytes;
    if (shoal_cast_is_needless(value->type, type))
        memcpy(&out, at, sizeof out);
    else if (shoal_cast_is_possible(value->type, type))
        shoal_cast(value->type, at, type, &out, 1);
    return out;
}

static bool same_number(double a, double b)
{
    return a == b || (a != a && b != b);
}

/* Numbers of different types may be the same. */
static bool same_values(const shoal_cf_value *a, const shoal_cf_value *b)
{
    if (shoal_cf_value_equal(a, b)) return true;
    if (a->is_text || b->is_text || a->n != b->n) return false;
    for (size_t k = 0; k < a->n; k++)
        if (!same_number(number_of(a, k), number_of(b, k))) return false;
    return true;
}

/* `b` comes behind `a`. */
static bool agrees(const shoal_cf_value *a, const shoal_cf_value *b, default_value absent)
{
    const shoal_cf_value *one = a->found ? a : b;
    if (a->found && b->found) return same_values(a, b);
    if (!a->found && !b->found) return true;
    if (absent == ANYTHING) return true;
    if (absent == NOTHING) return a->found; /* nothing of b's is missing */
    return !one->is_text && one->n == 1 && number_of(one, 0) == (absent == ONE);
}

static void show(const shoal_cf_value *value, char *text, size_t capacity)
{
    if (!value->found || value->n == 0)
        (void)snprintf(text, capacity, "none");
    else if (value->is_text)
        (void)snprintf(text, capacity, "'%s'", value->texts[0]);
    else
        (void)snprintf(text, capacity, "%.10g", number_of(value, 0));
}

static shoal_status fail_differs(const variable *a, const variable *b, const char *name,
                                 const shoal_cf_value *first, const shoal_cf_value *value,
                                 shoal_error *err)
{
    char was[80], is[80];
    show(first, was, sizeof was);
    show(value, is, sizeof is);
    return shoal_fail(err, SHOAL_USAGE,
                      "%s: %s of '%s' is %s, and %s in %s: the stored numbers mean different "
                      "things and are not joined; make them alike first, or join what they mean: "
                      "calc 'concatenate([a, b])'",
                      b->part->name, name, b->path, is, was, a->part->name);
}

static shoal_status compare(const variable *a, const variable *b, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    for (size_t k = 0; k < sizeof attributes / sizeof *attributes && !status; k++) {
        const char *name = attributes[k].name;
        shoal_cf_value first = {0}, value = {0};
        status = shoal_cf_value_read(a->part->file, a->path, name, &first, err);
        if (!status) status = shoal_cf_value_read(b->part->file, b->path, name, &value, err);
        if (!status && !agrees(&first, &value, attributes[k].absent))
            status = fail_differs(a, b, name, &first, &value, err);
        shoal_cf_value_free(&first);
        shoal_cf_value_free(&value);
    }
    return status;
}

/* The coordinate of a part's axis 0; its path is NULL where there is none. */
static shoal_status coordinate_of(const shoal_part *part, shoal_cf_axis *out, shoal_error *err)
{
    int axis = 0;
    while (part->dropped >> axis & 1) axis++;
    return shoal_cf_axis_read(part->dataset, axis, out, err);
}

static shoal_status compare_coordinates(const shoal_part *first, const shoal_part *part,
                                        shoal_error *err)
{
    shoal_cf_axis a = {0}, b = {0};
    shoal_status status = coordinate_of(first, &a, err);
    if (!status) status = coordinate_of(part, &b, err);
    if (!status && a.coordinate && b.coordinate && a.name && b.name && !strcmp(a.name, b.name)) {
        const variable x = {first, a.coordinate}, y = {part, b.coordinate};
        status = compare(&x, &y, err);
    }
    shoal_cf_axis_free(&a);
    shoal_cf_axis_free(&b);
    return status;
}

shoal_status shoal_same_meaning(const shoal_part *first, const shoal_part *part, shoal_error *err)
{
    if (!first->file || !part->file || !first->dataset || !part->dataset) return SHOAL_OK;
    const variable a = {first, first->dataset->path}, b = {part, part->dataset->path};
    shoal_status status = compare(&a, &b, err);
    if (status || first->rank == 0 || part->rank == 0) return status;
    return compare_coordinates(first, part, err);
}
