/* Groups of an axis: which of them each index belongs to, for reductions by labels. */
#ifndef SHOAL_COMPUTE_GROUPS_H
#define SHOAL_COMPUTE_GROUPS_H

#include <shoal/shoal.h>

#define SHOAL_NO_GROUP UINT32_MAX /* of an index whose label is missing */

/* The labels of an axis of groups: its coordinate. */
typedef struct shoal_axis_labels {
    const char *name;
    shoal_type type; /* numbers, bools or text */
    bool varies;     /* text that was of variable length */
    uint64_t n;
    const void *value;
    const struct shoal_time *time; /* what the numbers mean; or NULL */
} shoal_axis_labels;

typedef struct shoal_groups {
    uint64_t n_axis; /* indices of the axis */
    uint64_t n;      /* groups, numbered in the order of their labels */
    uint32_t *of;    /* by index */
    uint64_t *size;  /* by group: its indices */
    uint64_t *last;  /* by group: scratch of shoal_groups_most */
    struct shoal_groups *next;
    const void *labels; /* the node that they are from */
    shoal_axis_labels axis;
    const char *resampled; /* the frequency, of groups of times that resample() makes; or NULL */
    bool has_empty;        /* a group has no indices */
} shoal_groups;

/* Labels as keys: n of n_bytes each, ordered as memcmp orders them. */
typedef struct shoal_group_keys {
    uint64_t n;
    size_t n_bytes;
    const uint8_t *key;
    const bool *missing; /* or NULL */
} shoal_group_keys;

/* Numbers the groups into of[n] (size and last are the caller's); false when memory lacks. */
bool shoal_groups_number(const shoal_group_keys *keys, uint32_t *of, uint64_t *n_groups);

/* The most groups that a part of the axis has: parts of `extent` indices, of which the first is
   `shift` shorter. */
uint64_t shoal_groups_most(const shoal_groups *groups, uint64_t extent, uint64_t shift);

#endif
