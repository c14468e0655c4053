/* Choosing a chunk shape. */
#include "chunk/checked.h"

#include <math.h>
#include <shoal/shoal.h>

#define TARGET_BYTES (2.0 * 1024 * 1024)
#define RUN_BYTES    512

enum { MAX_CANDIDATES = 64 };

/* The factor f for which the product of max(1, extent x f) over the axes [0, n) is `target`. */
static double common_factor(int n, const uint64_t *extents, double target)
{
    bool is_one[SHOAL_MAX_RANK] = {false};
    double factor = 1;
    for (bool again = true; again;) {
        double log_product = 0;
        int n_cut = 0;
        again = false;
        for (int k = 0; k < n; k++) {
            if (is_one[k]) continue;
            log_product += log2((double)extents[k]);
            n_cut++;
        }
        if (n_cut == 0) return factor;
        factor = exp2((log2(target) - log_product) / n_cut);
        for (int k = 0; k < n; k++) {
            if (is_one[k] || (double)extents[k] * factor >= 1) continue;
            is_one[k] = again = true;
        }
    }
    return factor;
}

/* Lower is better: the part of the last chunk that hangs over the array's end, and the distance
   from what is wanted, more below than above; odd numbers count a little against. */
static double badness(uint64_t extent, uint64_t candidate, double wanted)
{
    double n = (double)shoal_ceil_div(extent, candidate);
    double waste = n * (double)candidate / (double)extent - 1;
    double odd = candidate % 16 == 0 || candidate == extent ? 0 : 0.01;
    double distance = log2((double)candidate / wanted);
    return waste + (distance < 0 ? -0.05 : 0.04) * distance + odd;
}

static void consider(uint64_t extent, uint64_t candidate, double wanted, double most,
                     uint64_t *best)
{
    if (candidate == 0 || candidate > extent || (double)candidate > most) return;
    if (*best == 0 || badness(extent, candidate, wanted) < badness(extent, *best, wanted))
        *best = candidate;
}

/* A good extent near `wanted`, from `least` to `most`: one that cuts the axis into equal parts, or
   a power of two. */
static uint64_t round_extent(uint64_t extent, double wanted, double least, double most)
{
    if (wanted >= (double)extent) return extent;
    uint64_t best = 0, power = 1;
    while (power <= extent && (double)power < least) power *= 2;
    for (; power <= extent && (double)power <= most; power *= 2)
        consider(extent, power, wanted, most, &best);
    uint64_t low = (uint64_t)ceil((double)extent / most);
    uint64_t high = (uint64_t)((double)extent / least);
    uint64_t step = high > low ? (high - low) / MAX_CANDIDATES + 1 : 1;
    for (uint64_t n_parts = low > 0 ? low : 1; n_parts <= high; n_parts += step)
        consider(extent, shoal_ceil_div(extent, n_parts), wanted, most, &best);
    return best > 0 ? best : (uint64_t)wanted;
}

void shoal_chunk_choose(shoal_type type, int rank, const uint64_t *shape, uint64_t *chunk)
{
    uint64_t extents[SHOAL_MAX_RANK];
    double n_bytes = type.n_bytes > 0 ? type.n_bytes : 1, total = n_bytes;
    int n_long = 0; /* axes that can be cut */
    for (int k = 0; k < rank; k++) {
        chunk[k] = extents[k] = shape[k] > 0 ? shape[k] : 1;
        total *= (double)extents[k];
        if (extents[k] > 1) n_long++;
    }
    if (total <= TARGET_BYTES) return;
    double left = TARGET_BYTES / n_bytes, slack = n_long > 1 ? 1.5 : 1;
    for (int k = rank - 1; k >= 0; k--) {
        double wanted = (double)extents[k] * common_factor(k + 1, extents, left);
        double shortest = k == rank - 1 ? ceil(RUN_BYTES / n_bytes) : 1;
        if (wanted > left) wanted = left;
        if (wanted < shortest) wanted = shortest;
        double least = fmax(floor(wanted / 2), shortest);
        chunk[k] = round_extent(extents[k], wanted, least, wanted * slack);
        left /= (double)chunk[k];
        if (left < 1) left = 1;
    }
}
