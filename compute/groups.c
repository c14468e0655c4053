#include "compute/groups.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b, void *context)
{
    const shoal_group_keys *keys = context;
    const uint8_t *x = keys->key + *(const uint64_t *)a * keys->n_bytes;
    const uint8_t *y = keys->key + *(const uint64_t *)b * keys->n_bytes;
    return memcmp(x, y, keys->n_bytes);
}

static bool is_missing(const shoal_group_keys *keys, uint64_t k)
{
    return keys->missing && keys->missing[k];
}

/* Does index k have the label of the one before it? */
static bool continues(const shoal_group_keys *keys, uint64_t k)
{
    if (k == 0 || is_missing(keys, k - 1)) return false;
    const uint8_t *key = keys->key + k * keys->n_bytes;
    return memcmp(key - keys->n_bytes, key, keys->n_bytes) == 0;
}

/* Labels mostly come in runs: only their first ones are sorted. */
bool shoal_groups_number(const shoal_group_keys *keys, uint32_t *of, uint64_t *n_groups)
{
    uint64_t n = 0, groups = 0;
    for (uint64_t k = 0; k < keys->n; k++) n += !is_missing(keys, k) && !continues(keys, k);
    uint64_t *first = malloc((size_t)(n + 1) * sizeof *first);
    if (!first) return false;
    n = 0;
    for (uint64_t k = 0; k < keys->n; k++)
        if (!is_missing(keys, k) && !continues(keys, k)) first[n++] = k;
    qsort_r(first, (size_t)n, sizeof *first, compare, (void *)(uintptr_t)keys);
    for (uint64_t k = 0; k < n; k++) {
        if (k == 0 || compare(&first[k - 1], &first[k], (void *)(uintptr_t)keys) != 0) groups++;
        of[first[k]] = (uint32_t)(groups - 1);
    }
    for (uint64_t k = 0; k < keys->n; k++) {
        if (is_missing(keys, k))
            of[k] = SHOAL_NO_GROUP;
        else if (continues(keys, k))
            of[k] = of[k - 1];
    }
    free(first);
    *n_groups = groups;
    return true;
}

uint64_t shoal_groups_most(const shoal_groups *groups, uint64_t extent, uint64_t shift)
{
    uint64_t most = 0, n = 0, part = 1;
    memset(groups->last, 0, (size_t)groups->n * sizeof *groups->last);
    for (uint64_t k = 0; k < groups->n_axis; k++) {
        if ((k + shift) % extent == 0 && k > 0) {
            part++;
            n = 0;
        }
        uint32_t g = groups->of[k];
        if (g == SHOAL_NO_GROUP || groups->last[g] == part) continue;
        groups->last[g] = part;
        if (++n > most) most = n;
    }
    return most;
}
