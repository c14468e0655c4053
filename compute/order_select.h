/* Template: selection among keys of type KEY; NAMED(x) is a name's form in this instance. Included
   by order_key.c. Floyd and Rivest's idea (CACM 18, 1975): a pivot from a sorted sample, just past
   the wanted rank, leaves a small part to go on with. */

static void NAMED(sort_few)(KEY *a, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        KEY k = a[i];
        size_t j = i;
        for (; j > 0 && a[j - 1] > k; j--) a[j] = a[j - 1];
        a[j] = k;
    }
}

/* Keys below the pivot come first; returns their number. No branch depends on the data. */
static size_t NAMED(part)(KEY *a, size_t n, KEY pivot)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        KEY k = a[i];
        a[i] = a[m];
        a[m] = k;
        m += k < pivot;
    }
    return m;
}

#define SAMPLE 32

static KEY NAMED(sampled_pivot)(const KEY *a, size_t n, size_t rank)
{
    KEY sample[SAMPLE];
    size_t step = n / SAMPLE, at = (size_t)((double)rank / (double)n * SAMPLE);
    for (size_t k = 0; k < SAMPLE; k++) sample[k] = a[k * step + step / 2];
    NAMED(sort_few)(sample, SAMPLE);
    if (rank < n / 2)
        at += 2;
    else
        at = at > 2 ? at - 2 : 0;
    return sample[at < SAMPLE ? at : SAMPLE - 1];
}

/* Just above the middle of the keys' range; false when all are equal. */
static bool NAMED(middle_pivot)(const KEY *a, size_t n, KEY *pivot)
{
    KEY low = a[0], high = a[0];
    for (size_t k = 1; k < n; k++) {
        low = a[k] < low ? a[k] : low;
        high = a[k] > high ? a[k] : high;
    }
    *pivot = (KEY)(low + (high - low) / 2 + 1);
    return low != high;
}

/* Cuts a range at a pivot into two that are both smaller; false when its keys are all equal. */
static bool NAMED(cut)(KEY *a, size_t n, size_t rank, bool sampled, size_t *m)
{
    KEY pivot;
    if (sampled) {
        pivot = NAMED(sampled_pivot)(a, n, rank);
        *m = NAMED(part)(a, n, pivot);
        if (*m) return true;
        /* it is the least one: its equals are a part of their own */
        if (pivot == (KEY)-1) return false;
        *m = NAMED(part)(a, n, (KEY)(pivot + 1));
        return *m < n;
    }
    if (!NAMED(middle_pivot)(a, n, &pivot)) return false;
    *m = NAMED(part)(a, n, pivot);
    return true;
}

/* The ranks are counted from `offset` before a. Recurses for one half of the ranks at most 64 times
   deep: into the half that has fewer. */
static void NAMED(select_ranks)(KEY *a, size_t n, const uint64_t *ranks, size_t n_ranks,
                                uint64_t offset)
{
    for (int round = 0; n_ranks; round++) {
        if (n <= SAMPLE * 2) {
            NAMED(sort_few)(a, n);
            return;
        }
        size_t m, low = 0, rank = (size_t)(ranks[n_ranks / 2] - offset);
        if (!NAMED(cut)(a, n, rank, round < 16, &m)) return;
        while (low < n_ranks && ranks[low] - offset < m) low++;
        bool left_is_less = low < n_ranks - low;
        if (left_is_less)
            NAMED(select_ranks)(a, m, ranks, low, offset);
        else
            NAMED(select_ranks)(a + m, n - m, ranks + low, n_ranks - low, offset + m);
        if (left_is_less) {
            a += m;
            n -= m;
            ranks += low;
            n_ranks -= low;
            offset += m;
        } else {
            n = m;
            n_ranks = low;
        }
    }
}

void NAMED(shoal_select)(KEY *keys, size_t n, const uint64_t *ranks, size_t n_ranks)
{
    NAMED(select_ranks)(keys, n, ranks, n_ranks, 0);
}
#undef SAMPLE
