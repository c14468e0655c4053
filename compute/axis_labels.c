#include "compute/axis_labels.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "compute/kernel.h"
#include "compute/plan.h"

#include <string.h>

shoal_status shoal_labels_of(const shoal_node *node, int k, shoal_arena *arena,
                             shoal_axis_labels *out, shoal_error *err)
{
    const shoal_origin *o = &node->origin[k];
    uint64_t n = node->shape[k], n_bytes;
    size_t size = o->labels->type.n_bytes;
    *out = *o->labels;
    if (o->start == 0 && o->step == 1 && n == out->n) return SHOAL_OK;
    uint8_t *to =
        shoal_mul_u64(n + 1, size, &n_bytes) ? shoal_arena_alloc(arena, (size_t)n_bytes) : NULL;
    if (!to) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the labels");
    for (uint64_t i = 0; i < n; i++) {
        uint64_t at = (uint64_t)(o->start + (int64_t)i * o->step);
        if (at < o->labels->n)
            memcpy(to + i * size, (const uint8_t *)o->labels->value + at * size, size);
        else
            memset(to + i * size, 0, size);
    }
    out->n = n;
    out->value = to;
    return SHOAL_OK;
}

static void set_time(shoal_labels *labels, const shoal_time *time)
{
    labels->units = time->units;
    labels->calendar = shoal_calendar_name(time->cf.calendar);
}

static shoal_status own_times(const shoal_plan *plan, size_t k, shoal_labels *out, shoal_error *err)
{
    const shoal_node *node = plan->target[k].node;
    shoal_result result;
    if (!node->time || !node->time->units || node->type.code == SHOAL_BOOL) return SHOAL_OK;
    shoal_status status = shoal_plan_result(plan, k, &result, err);
    if (status) return status;
    *out = (shoal_labels){.name = "time", .type = result.type, .n = 1, .data = result.data};
    for (int j = 0; j < result.rank; j++) out->n *= result.shape[j]; /* of a result: no overflow */
    set_time(out, node->time);
    return SHOAL_OK;
}

shoal_status shoal_plan_labels(shoal_plan *plan, size_t k, int axis, shoal_labels *out,
                               shoal_error *err)
{
    *out = (shoal_labels){0};
    if (k >= (size_t)plan->n_results)
        return shoal_fail(err, SHOAL_USAGE, "there are %d results; there is no number %zu",
                          plan->n_results, k);
    if (axis == -1) return own_times(plan, k, out, err);
    const shoal_node *node = plan->target[k].node;
    if (axis < 0 || axis >= node->rank)
        return shoal_fail(err, SHOAL_USAGE, "the result has %d axes; there is no number %d",
                          node->rank, axis);
    if (!node->origin[axis].labels) return SHOAL_OK;
    shoal_axis_labels labels;
    shoal_status status = shoal_labels_of(node, axis, plan->arena, &labels, err);
    if (status) return status;
    *out = (shoal_labels){
        .name = labels.name, .type = labels.type, .n = labels.n, .data = labels.value};
    if (labels.time) set_time(out, labels.time);
    return SHOAL_OK;
}

/* The instant of an element, INT64_MIN where it is missing, and of whole nanoseconds what is below
   a microsecond. False where it is no real number, or beyond what an instant tells. */
static bool instant_of(const shoal_cf_time *time, shoal_type type, const void *element,
                       int64_t *instant, int *nano)
{
    int64_t whole;
    uint64_t natural;
    double real;
    *nano = 0;
    if (type.code > SHOAL_FLOAT64) return false;
    if (type.code == SHOAL_INT64) {
        memcpy(&whole, element, sizeof whole);
        *instant = whole == INT64_MIN ? INT64_MIN : shoal_cf_time_whole_instant(time, whole);
        if (time->unit_ns == 1) *nano = (int)((whole % 1000 + 1000) % 1000);
    } else if (type.code == SHOAL_UINT64) {
        memcpy(&natural, element, sizeof natural);
        *instant = shoal_cf_time_instant(time, (long double)natural);
    } else {
        shoal_kernel cast = shoal_kernel_cast(type.code, SHOAL_FLOAT64);
        if (cast)
            cast(1, &element, &real);
        else
            memcpy(&real, element, sizeof real);
        *instant = shoal_cf_time_instant(time, (long double)real);
    }
    return *instant != INT64_MAX && *instant != INT64_MIN + 1;
}

size_t shoal_format_label(const shoal_labels *labels, uint64_t k, char *text, size_t capacity)
{
    shoal_cf_time time;
    int64_t instant;
    int nano;
    char date[SHOAL_CF_TIME_TEXT] = "NaT";
    const uint8_t *element = (const uint8_t *)labels->data + k * labels->type.n_bytes;
    if (!labels->units || !shoal_cf_time_parse(labels->units, labels->calendar, &time) ||
        !instant_of(&time, labels->type, element, &instant, &nano))
        return shoal_format_element(labels->type, element, text, capacity);
    if (instant != INT64_MIN) shoal_cf_time_text_ns(time.calendar, instant, nano, date);
    size_t n = strlen(date), fits = n < capacity ? n : capacity ? capacity - 1 : 0;
    if (capacity) {
        memcpy(text, date, fits);
        text[fits] = 0;
    }
    return n;
}
