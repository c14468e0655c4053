/* Times: their parts, comparisons with dates in quotes, and differences. A time is a number in the
   units of its dataset; instants are microseconds, or nanoseconds where a unit is finer. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"

#include <math.h>
#include <string.h>

static bool is_whole(const shoal_node *n)
{
    return n->type.code < SHOAL_FLOAT16;
}

/* May be missing, and then is INT64_MIN. */
static bool has_nat(const shoal_node *n)
{
    return n->time && n->time->has_nat && n->type.code == SHOAL_INT64;
}

/* op(x, a number) */
static shoal_status with_int(shoal_graph *graph, shoal_op op, shoal_node *x, int64_t number, int at,
                             shoal_node **out, shoal_error *err)
{
    shoal_node *args[2] = {x, NULL};
    shoal_status status = shoal_graph_literal_int(graph, number, &args[1], err);
    return status ? status : shoal_graph_element(graph, op, args, at, out, err);
}

static shoal_status pair(shoal_graph *graph, shoal_op op, shoal_node *a, shoal_node *b, int at,
                         shoal_node **out, shoal_error *err)
{
    shoal_node *args[2] = {a, b};
    return shoal_graph_element(graph, op, args, at, out, err);
}

/* Where the time is missing, for times that can be; NULL for others. */
static shoal_status missing_of(shoal_graph *graph, shoal_node *t, int at, shoal_node **out,
                               shoal_error *err)
{
    *out = NULL;
    if (has_nat(t)) return with_int(graph, SHOAL_OP_EQUAL, t, INT64_MIN, at, out, err);
    if (is_whole(t)) return SHOAL_OK;
    shoal_node *args[1] = {t};
    return shoal_graph_element(graph, SHOAL_OP_ISNAN, args, at, out, err);
}

/* As float64, NaN where it is missing; `missing` NULL: as it is. */
static shoal_status with_nan(shoal_graph *graph, shoal_node *missing, shoal_node *value, int at,
                             shoal_node **out, shoal_error *err)
{
    shoal_node *args[3] = {missing, NULL, NULL};
    *out = value;
    if (!missing) return SHOAL_OK;
    shoal_status status = shoal_graph_literal_float(graph, NAN, &args[1], err);
    if (!status) status = shoal_graph_cast(graph, value, SHOAL_FLOAT64, &args[2], err);
    return status ? status : shoal_graph_element(graph, SHOAL_OP_WHERE, args, at, out, err);
}

shoal_status shoal_call_time_values(shoal_graph *graph, shoal_op op, int column, shoal_node **x,
                                    shoal_error *err)
{
    shoal_node *missing;
    if (!has_nat(*x)) return SHOAL_OK;
    switch (op) {
    case SHOAL_OP_MIN: /* these find INT64_MIN as NumPy does NaT, and keep every bit */
    case SHOAL_OP_MAX:
    case SHOAL_OP_ARGMIN:
    case SHOAL_OP_ARGMAX:
    case SHOAL_OP_ANY:
    case SHOAL_OP_ALL:
    case SHOAL_OP_COUNT_NONZERO: return SHOAL_OK;
    default: break;
    }
    shoal_status status = missing_of(graph, *x, column, &missing, err);
    return status ? status : with_nan(graph, missing, *x, column, x, err);
}

/* ---- Instants ---- */

/* x in units of `many` ticks, or of 1 / `few` of one, as ticks; a fraction is rounded. */
static shoal_status scale(shoal_graph *graph, shoal_node *x, int64_t many, int64_t few, int at,
                          shoal_node **out, shoal_error *err)
{
    shoal_node *whole = x, *rest = NULL;
    shoal_status status = SHOAL_OK;
    if (!is_whole(x)) {
        status = shoal_graph_cast(graph, x, SHOAL_FLOAT64, &x, err);
        if (!status && few > 1) status = with_int(graph, SHOAL_OP_DIVIDE, x, few, at, &x, err);
        whole = x;
        if (!status) status = shoal_graph_element(graph, SHOAL_OP_FLOOR, &whole, at, &whole, err);
        if (!status) status = pair(graph, SHOAL_OP_SUBTRACT, x, whole, at, &rest, err);
        if (!status) status = with_int(graph, SHOAL_OP_MULTIPLY, rest, many, at, &rest, err);
        if (!status) status = shoal_graph_element(graph, SHOAL_OP_RINT, &rest, at, &rest, err);
        if (!status) status = shoal_graph_cast(graph, rest, SHOAL_INT64, &rest, err);
        if (!status && few > 1) rest = NULL; /* finer than a tick */
    }
    if (!status) status = shoal_graph_cast(graph, whole, SHOAL_INT64, &whole, err);
    if (!status) status = with_int(graph, SHOAL_OP_MULTIPLY, whole, many, at, out, err);
    if (!status && few > 1 && is_whole(x))
        status = with_int(graph, SHOAL_OP_FLOOR_DIVIDE, *out, few, at, out, err);
    if (!status && rest) status = pair(graph, SHOAL_OP_ADD, *out, rest, at, out, err);
    return status;
}

/* Ticks of tick_ns (1 or 1000) nanoseconds from 1970-01-01. */
static shoal_status instant_of(shoal_graph *graph, shoal_node *t, int64_t tick_ns, int at,
                               shoal_node **out, shoal_error *err)
{
    const shoal_cf_time *cf = &t->time->cf;
    bool coarse = cf->unit_ns >= tick_ns;
    int64_t epoch;
    if (__builtin_mul_overflow(cf->epoch, 1000 / tick_ns, &epoch))
        return shoal_fail_at(err, at, "'%s' is too far from 1970 for nanoseconds", t->time->units);
    shoal_status status = scale(graph, t, coarse ? cf->unit_ns / tick_ns : 1,
                                coarse ? 1 : tick_ns / cf->unit_ns, at, out, err);
    return status ? status : with_int(graph, SHOAL_OP_ADD, *out, epoch, at, out, err);
}

/* ---- Parts ---- */

static const struct part {
    const char *name;
    shoal_apply_op op;
} parts[] = {
    {"year", SHOAL_APPLY_YEAR},
    {"month", SHOAL_APPLY_MONTH},
    {"day", SHOAL_APPLY_DAY},
    {"hour", SHOAL_APPLY_HOUR},
    {"minute", SHOAL_APPLY_MINUTE},
    {"second", SHOAL_APPLY_SECOND},
    {"microsecond", SHOAL_APPLY_MICROSECOND},
    {"dayofyear", SHOAL_APPLY_DAY_OF_YEAR},
    {"weekday", SHOAL_APPLY_WEEKDAY},
    {"dayofweek", SHOAL_APPLY_WEEKDAY},
};

bool shoal_call_is_time_part(const char *name)
{
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        if (strcmp(parts[k].name, name) == 0) return true;
    return false;
}

static shoal_status time_argument(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                  shoal_error *err)
{
    static const char *const parameters[] = {"t", NULL};
    shoal_bound b;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], out, err);
    if (!status) status = shoal_graph_operand(graph, *out, out, err);
    if (status || (*out)->time) return status;
    return shoal_fail_at(err, call->column,
                         "%s() works on times: a column of times, or a dataset with units such as "
                         "\"hours since 2000-01-01\"",
                         call->text);
}

shoal_status shoal_call_time(shoal_graph *graph, const shoal_syntax *call, bool *found,
                             shoal_node **out, shoal_error *err)
{
    const struct part *p = NULL;
    bool nat = strcmp(call->text, "isnat") == 0;
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        if (strcmp(parts[k].name, call->text) == 0) p = &parts[k];
    *found = p || nat;
    if (!*found) return SHOAL_OK;
    shoal_node *t, *missing, *instant;
    int at = call->column;
    shoal_status status = time_argument(graph, call, &t, err);
    if (!status) status = missing_of(graph, t, at, &missing, err);
    if (status) return status;
    if (nat && missing) *out = missing;
    if (nat) return missing ? SHOAL_OK : with_int(graph, SHOAL_OP_LESS, t, INT64_MIN, at, out, err);
    status = instant_of(graph, t, 1000, at, &instant, err);
    if (!status)
        status = shoal_graph_apply(
            graph,
            &(const shoal_apply){.op = p->op, .n_bytes = {8}, .calendar = t->time->cf.calendar},
            shoal_type_of(SHOAL_INT64), &instant, 1, at, out, err);
    return status ? status : with_nan(graph, missing, *out, at, out, err);
}

/* ---- Comparisons and differences ---- */

/* A date in the units of t: `whole` units, and whether they are all of it; and as a real number. */
typedef struct literal {
    int64_t whole;
    bool exact;
    double real;
} literal;

static shoal_status read_date(const shoal_time *time, const char *text, int at, literal *out,
                              shoal_error *err)
{
    int64_t begin, end;
    if (!shoal_cf_period(time->cf.calendar, text, &begin, &end))
        return shoal_fail_at(err, at,
                             "'%s' is no date of the calendar (%s); write it as \"2001-05\", "
                             "\"2001-05-03\", \"2001-05-03T12:30\"",
                             text, shoal_calendar_name(time->cf.calendar));
    __int128 ns = ((__int128)begin - time->cf.epoch) * 1000, unit = time->cf.unit_ns;
    __int128 whole = ns / unit - (ns % unit < 0);
    out->exact = ns % unit == 0 && whole > INT64_MIN && whole <= INT64_MAX;
    out->whole = whole > INT64_MAX    ? INT64_MAX
                 : whole <= INT64_MIN ? INT64_MIN + 1
                                      : (int64_t)whole;
    out->real = (double)((long double)ns / (long double)unit);
    return SHOAL_OK;
}

shoal_status shoal_call_date(const shoal_node *t, const char *text, int at, bool *found,
                             shoal_type_code *type, void *out, shoal_error *err)
{
    literal l = {0};
    shoal_status status = read_date(t->time, text, at, &l, err);
    *type = is_whole(t) ? SHOAL_INT64 : SHOAL_FLOAT64;
    *found = !status && (l.exact || !is_whole(t));
    memcpy(out, is_whole(t) ? (const void *)&l.whole : &l.real, 8);
    return status;
}

static shoal_op swapped(shoal_op op)
{
    switch (op) {
    case SHOAL_OP_LESS: return SHOAL_OP_GREATER;
    case SHOAL_OP_LESS_EQUAL: return SHOAL_OP_GREATER_EQUAL;
    case SHOAL_OP_GREATER: return SHOAL_OP_LESS;
    case SHOAL_OP_GREATER_EQUAL: return SHOAL_OP_LESS_EQUAL;
    default: return op;
    }
}

/* Comparisons with what is missing are false, but != is true. */
static shoal_status leave_missing(shoal_graph *graph, shoal_op op, shoal_node *t, int at,
                                  shoal_node **out, shoal_error *err)
{
    shoal_node *missing;
    if (!has_nat(t)) return SHOAL_OK;
    shoal_status status = missing_of(graph, t, at, &missing, err);
    if (!status && op != SHOAL_OP_NOT_EQUAL)
        status = shoal_graph_element(graph, SHOAL_OP_LOGICAL_NOT, &missing, at, &missing, err);
    if (status) return status;
    return pair(graph, op == SHOAL_OP_NOT_EQUAL ? SHOAL_OP_LOGICAL_OR : SHOAL_OP_LOGICAL_AND, *out,
                missing, at, out, err);
}

static shoal_status compare_date(shoal_graph *graph, shoal_op op, shoal_node *t, const char *text,
                                 int at, shoal_node **out, shoal_error *err)
{
    literal l = {0};
    shoal_node *real;
    shoal_status status = read_date(t->time, text, at, &l, err);
    if (status) return status;
    if (!is_whole(t)) {
        status = shoal_graph_literal_float(graph, l.real, &real, err);
        if (!status) status = shoal_graph_cast(graph, t, SHOAL_FLOAT64, &t, err);
        return status ? status : pair(graph, op, t, real, at, out, err);
    }
    if (!l.exact) { /* between two units */
        if (op == SHOAL_OP_EQUAL || op == SHOAL_OP_NOT_EQUAL) {
            op = op == SHOAL_OP_EQUAL ? SHOAL_OP_LESS : SHOAL_OP_GREATER_EQUAL;
            return pair(graph, op, t, t, at, out, err);
        }
        bool below = op == SHOAL_OP_LESS || op == SHOAL_OP_LESS_EQUAL;
        op = below ? SHOAL_OP_LESS_EQUAL : SHOAL_OP_GREATER;
    }
    status = with_int(graph, op, t, l.whole, at, out, err);
    return status ? status : leave_missing(graph, op, t, at, out, err);
}

/* t - "2001-01-01", in the units of t. */
static shoal_status subtract_date(shoal_graph *graph, shoal_node *t, const char *text, bool turned,
                                  int at, shoal_node **out, shoal_error *err)
{
    literal l = {0};
    shoal_node *date, *missing;
    shoal_status status = read_date(t->time, text, at, &l, err);
    bool whole = l.exact && is_whole(t);
    if (!status)
        status = whole ? shoal_graph_literal_int(graph, l.whole, &date, err)
                       : shoal_graph_literal_float(graph, l.real, &date, err);
    if (!status) status = missing_of(graph, t, at, &missing, err);
    if (!status)
        status = whole ? shoal_graph_cast(graph, t, SHOAL_INT64, &t, err)
                       : shoal_graph_cast(graph, t, SHOAL_FLOAT64, &t, err);
    if (!status)
        status = pair(graph, SHOAL_OP_SUBTRACT, turned ? date : t, turned ? t : date, at, out, err);
    return status || !whole ? status : with_nan(graph, missing, *out, at, out, err);
}

static bool same_units(const shoal_cf_time *a, const shoal_cf_time *b)
{
    return a->unit_ns == b->unit_ns && a->epoch == b->epoch;
}

/* Two times of different units, as ticks of one size. */
static shoal_status align(shoal_graph *graph, shoal_node **args, int64_t *tick_ns, int at,
                          shoal_error *err)
{
    const shoal_cf_time *a = &args[0]->time->cf, *b = &args[1]->time->cf;
    shoal_node *t[2] = {args[0], args[1]};
    *tick_ns = a->unit_ns < 1000 || b->unit_ns < 1000 ? 1 : 1000;
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < 2 && !status; k++)
        status = instant_of(graph, t[k], *tick_ns, at, &args[k], err);
    return status;
}

static shoal_status compare_times(shoal_graph *graph, shoal_op op, shoal_node *const *times, int at,
                                  shoal_node **out, shoal_error *err)
{
    shoal_node *args[2] = {times[0], times[1]};
    int64_t tick;
    shoal_status status = SHOAL_OK;
    if (!same_units(&args[0]->time->cf, &args[1]->time->cf))
        status = align(graph, args, &tick, at, err);
    if (!status) status = pair(graph, op, args[0], args[1], at, out, err);
    for (int k = 0; k < 2 && !status; k++)
        status = leave_missing(graph, op, times[k], at, out, err);
    return status;
}

/* The difference of two times, in their units; of different ones, in the finer. */
static shoal_status subtract_times(shoal_graph *graph, shoal_node *const *times, int at,
                                   shoal_node **out, shoal_error *err)
{
    shoal_node *args[2] = {times[0], times[1]}, *missing[2];
    int64_t tick = 0;
    const shoal_cf_time *a = &args[0]->time->cf, *b = &args[1]->time->cf;
    shoal_status status = SHOAL_OK;
    bool same = same_units(a, b);
    for (int k = 0; k < 2 && !status; k++)
        status = missing_of(graph, args[k], at, &missing[k], err);
    if (!status && !same) status = align(graph, args, &tick, at, err);
    if (!status) status = pair(graph, SHOAL_OP_SUBTRACT, args[0], args[1], at, out, err);
    int64_t unit = a->unit_ns < b->unit_ns ? a->unit_ns : b->unit_ns;
    if (!status && !same)
        status = with_int(graph, SHOAL_OP_DIVIDE, *out, unit / tick, at, out, err);
    for (int k = 0; k < 2 && !status; k++)
        if (!same || has_nat(times[k])) status = with_nan(graph, missing[k], *out, at, out, err);
    return status;
}

/* A time plus or minus a number: what is missing stays so. */
static shoal_status shift(shoal_graph *graph, shoal_op op, shoal_node **args, int at,
                          shoal_node **out, shoal_error *err)
{
    shoal_node *t = args[0]->time ? args[0] : args[1], *where[3];
    shoal_status status = missing_of(graph, t, at, &where[0], err);
    if (!status) status = shoal_graph_element(graph, op, args, at, &where[2], err);
    if (status) return status;
    if (!is_whole(where[2])) return with_nan(graph, where[0], where[2], at, out, err);
    status = shoal_graph_literal_int(graph, INT64_MIN, &where[1], err);
    return status ? status : shoal_graph_element(graph, SHOAL_OP_WHERE, where, at, out, err);
}

static bool compares(shoal_op op)
{
    return op >= SHOAL_OP_EQUAL && op <= SHOAL_OP_GREATER_EQUAL;
}

shoal_status shoal_call_time_operation(shoal_graph *graph, const shoal_syntax *call, shoal_op op,
                                       shoal_node **args, const char *const *text, bool *found,
                                       shoal_node **out, shoal_error *err)
{
    int at = call->column;
    const shoal_time *time[2] = {args[0] ? args[0]->time : NULL, args[1] ? args[1]->time : NULL};
    shoal_node *times[2] = {args[0], args[1]};
    *found =
        (compares(op) || op == SHOAL_OP_SUBTRACT || op == SHOAL_OP_ADD) && (time[0] || time[1]);
    if (!*found) return SHOAL_OK;
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < 2 && !status; k++)
        if (times[k]) status = shoal_graph_operand(graph, times[k], &times[k], err);
    if (status) return status;
    if (op == SHOAL_OP_ADD && (text[0] || text[1] || (time[0] && time[1])))
        return shoal_fail_at(err, at, "times are not added; they are subtracted");
    if (time[0] && text[1])
        return compares(op) ? compare_date(graph, op, times[0], text[1], at, out, err)
                            : subtract_date(graph, times[0], text[1], false, at, out, err);
    if (time[1] && text[0])
        return compares(op) ? compare_date(graph, swapped(op), times[1], text[0], at, out, err)
                            : subtract_date(graph, times[1], text[0], true, at, out, err);
    if (time[0] && time[1]) {
        if (time[0]->cf.calendar != time[1]->cf.calendar)
            return shoal_fail_at(err, at, "times of two calendars: %s and %s",
                                 shoal_calendar_name(time[0]->cf.calendar),
                                 shoal_calendar_name(time[1]->cf.calendar));
        return compares(op) ? compare_times(graph, op, times, at, out, err)
                            : subtract_times(graph, times, at, out, err);
    }
    *found = !compares(op) && (has_nat(times[0]) || has_nat(times[1]));
    return *found ? shift(graph, op, times, at, out, err) : SHOAL_OK;
}
