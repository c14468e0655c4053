/* Times in bins of one frequency, as pandas resamples: "6h", "D", "W-SUN", "MS", "QE-DEC", "YS". */
#ifndef SHOAL_COMPUTE_RESAMPLE_H
#define SHOAL_COMPUTE_RESAMPLE_H

#include "compute/call.h"

typedef enum shoal_frequency_unit {
    SHOAL_FREQUENCY_TICKS, /* of a fixed length, from the midnight before the first time on */
    SHOAL_FREQUENCY_WEEKS,
    SHOAL_FREQUENCY_MONTHS,
} shoal_frequency_unit;

typedef struct shoal_frequency {
    shoal_frequency_unit unit;
    int64_t n;      /* microseconds, or weeks, or `months` each */
    int64_t months; /* 1, 3 or 12 */
    int64_t anchor; /* the weekday (from Monday, 0) on which weeks end; the month, modulo `months`
                       and from 0, with which the others begin */
    bool ends;      /* a bin is called after its last day, not after its beginning */
} shoal_frequency;

/* False when it is no frequency. */
bool shoal_frequency_parse(const char *text, shoal_frequency *out);

/* Bins of instants (store/cf_time.h) by number: those of one are equal, others' rise with the
   times. `first` is the least instant that there is. */
int64_t shoal_frequency_bin(const shoal_frequency *f, shoal_calendar calendar, int64_t first,
                            int64_t instant);
/* The instant that a bin is called after. */
int64_t shoal_frequency_label(const shoal_frequency *f, shoal_calendar calendar, int64_t first,
                              int64_t bin);

/* call_resample.c. by=resample(t, "1D"): the bins of an axis of so many indices, those between the
   first and the last time that are empty too. */
shoal_status shoal_call_resample(shoal_graph *graph, const shoal_syntax *call, uint64_t extent,
                                 const shoal_groups **out, shoal_error *err);
/* Anywhere else: an error. */
shoal_status shoal_call_resample_alone(shoal_graph *graph, const shoal_syntax *call,
                                       shoal_node **out, shoal_error *err);

#endif
