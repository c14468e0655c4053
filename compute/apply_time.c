#include "compute/apply.h"

#include <string.h>

#define SECOND INT64_C(1000000)
#define DAY    (86400 * SECOND)

static int64_t part_of_date(shoal_apply_op op, const shoal_cf_date *date)
{
    switch (op) {
    case SHOAL_APPLY_YEAR: return date->year;
    case SHOAL_APPLY_MONTH: return date->month;
    case SHOAL_APPLY_DAY: return date->day;
    case SHOAL_APPLY_DAY_OF_YEAR: return date->day_of_year;
    default: return date->weekday;
    }
}

static int64_t part_of_day(shoal_apply_op op, int64_t rest)
{
    switch (op) {
    case SHOAL_APPLY_HOUR: return rest / (3600 * SECOND);
    case SHOAL_APPLY_MINUTE: return rest / (60 * SECOND) % 60;
    case SHOAL_APPLY_SECOND: return rest / SECOND % 60;
    default: return rest % SECOND;
    }
}

/* Neighbours are often of one day: its date is kept. */
void shoal_apply_time(const shoal_apply *step, size_t n, const void *in, void *out)
{
    bool of_day = step->op >= SHOAL_APPLY_HOUR && step->op <= SHOAL_APPLY_MICROSECOND;
    int64_t last = INT64_MAX, part = 0; /* no instant is of that day */
    for (size_t i = 0; i < n; i++) {
        int64_t instant;
        memcpy(&instant, (const uint8_t *)in + i * sizeof instant, sizeof instant);
        int64_t rest = instant % DAY, day = instant / DAY - (rest < 0);
        if (of_day) {
            part = part_of_day(step->op, rest < 0 ? rest + DAY : rest);
        } else if (day != last) {
            shoal_cf_date date;
            shoal_cf_date_of(step->calendar, day, &date);
            part = part_of_date(step->op, &date);
            last = day;
        }
        memcpy((uint8_t *)out + i * sizeof part, &part, sizeof part);
    }
}
