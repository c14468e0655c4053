#include "compute/limbs.h"

#include <math.h>

void shoal_limbs_add(uint64_t *limb, int n, int64_t value, int shift)
{
    int i = shift >> 6;
    shoal_u128 wide = (shoal_u128)(__int128)value << (shift & 63);
    shoal_u128 sum = (shoal_u128)limb[i] + (uint64_t)wide;
    limb[i] = (uint64_t)sum;
    sum = (sum >> 64) + limb[i + 1] + (uint64_t)(wide >> 64);
    limb[i + 1] = (uint64_t)sum;
    /* The sign goes on through all limbs above, where it meets the carry: 1, 0 or -1. */
    int carry = (int)(sum >> 64) - (value < 0);
    for (i += 2; carry && i < n; i++) {
        uint64_t old = limb[i];
        limb[i] = old + (uint64_t)(int64_t)carry;
        if (carry > 0 ? limb[i] != 0 : old != 0) carry = 0;
    }
}

void shoal_limbs_merge(uint64_t *into, const uint64_t *from, int n)
{
    shoal_u128 sum = 0;
    for (int i = 0; i < n; i++) {
        sum = (sum >> 64) + into[i] + from[i];
        into[i] = (uint64_t)sum;
    }
}

bool shoal_limbs_magnitude(uint64_t *limb, int n)
{
    if (!(limb[n - 1] >> 63)) return false;
    bool carry = true;
    for (int i = 0; i < n; i++) {
        limb[i] = ~limb[i] + carry;
        carry = carry && limb[i] == 0;
    }
    return true;
}

void shoal_limbs_add_product(uint64_t *limb, int n, const uint64_t *a, int m, uint64_t by)
{
    shoal_u128 sum = 0;
    for (int i = 0; i < n; i++) {
        sum = (sum >> 64) + limb[i] + (i < m ? (shoal_u128)a[i] * by : 0);
        limb[i] = (uint64_t)sum;
    }
}

/* limb[at ...] -= a[0 .. m) * by */
static void subtract_product(uint64_t *limb, int n, int at, const uint64_t *a, int m, uint64_t by)
{
    uint64_t high = 0, borrow = 0;
    for (int i = 0; at + i < n && (i < m || high || borrow); i++) {
        shoal_u128 product = (i < m ? (shoal_u128)a[i] * by : 0) + high + borrow;
        uint64_t low = (uint64_t)product;
        high = (uint64_t)(product >> 64);
        borrow = limb[at + i] < low;
        limb[at + i] -= low;
    }
}

void shoal_limbs_subtract_square(uint64_t *limb, int n, const uint64_t *a, int m)
{
    int from = 0;
    while (m > 0 && a[m - 1] == 0) m--;
    while (from < m && a[from] == 0) from++;
    for (int i = from; i < m; i++)
        if (a[i]) subtract_product(limb, n, from + i, a + from, m - from, a[i]);
}

/* ---- Bits of a magnitude; positions below 0 are zeros ---- */

static int top_bit(const uint64_t *limb, int n)
{
    for (int i = n - 1; i >= 0; i--)
        if (limb[i]) return 64 * i + 63 - __builtin_clzll(limb[i]);
    return -1;
}

static uint64_t limb_at(const uint64_t *limb, int n, int i)
{
    return i >= 0 && i < n ? limb[i] : 0;
}

/* Bits [position, position + 64). */
static uint64_t bits_from(const uint64_t *limb, int n, int position)
{
    int i = position >> 6, shift = position & 63; /* both rounded down, as gcc and clang do */
    uint64_t low = limb_at(limb, n, i) >> shift;
    return shift ? low | limb_at(limb, n, i + 1) << (64 - shift) : low;
}

static shoal_u128 wide_bits_from(const uint64_t *limb, int n, int position)
{
    return (shoal_u128)bits_from(limb, n, position + 64) << 64 | bits_from(limb, n, position);
}

static bool any_below(const uint64_t *limb, int position)
{
    if (position <= 0) return false;
    for (int i = 0; i < position >> 6; i++)
        if (limb[i]) return true;
    return (position & 63) && limb[position >> 6] << (64 - (position & 63));
}

shoal_scaled shoal_limbs_leading(const uint64_t *magnitude, int n, int unit)
{
    int top = top_bit(magnitude, n), low = top - 63;
    if (top < 0) return (shoal_scaled){.exponent = unit};
    return (shoal_scaled){.top = bits_from(magnitude, n, low),
                          .more = any_below(magnitude, low),
                          .exponent = unit + low};
}

static int bit_length(shoal_u128 x)
{
    uint64_t high = (uint64_t)(x >> 64), low = (uint64_t)x;
    if (high) return 128 - __builtin_clzll(high);
    return low ? 64 - __builtin_clzll(low) : 0;
}

/* The whole quotient of the magnitude's bits from `low` on, and whether there is more. Exact: what
   lies below `low` is less than 1 and cannot lift the quotient. */
static shoal_u128 divide(const uint64_t *magnitude, int n, int low, shoal_u128 divisor, bool *more)
{
    int top = top_bit(magnitude, n), start = bit_length(divisor) - 1, at = top - start + 1;
    shoal_u128 rest = wide_bits_from(magnitude, n, at), quotient = 0;
    while (at > low) {
        at--;
        rest = rest << 1 | (bits_from(magnitude, n, at) & 1);
        quotient <<= 1;
        if (rest >= divisor) {
            rest -= divisor;
            quotient |= 1;
        }
    }
    *more = rest != 0 || any_below(magnitude, low);
    return quotient;
}

shoal_scaled shoal_limbs_quotient(const uint64_t *magnitude, int n, int unit, shoal_u128 divisor)
{
    int top = top_bit(magnitude, n), low = top - bit_length(divisor) - 62;
    if (top < 0) return (shoal_scaled){.exponent = unit};
    shoal_scaled out = {.exponent = unit + low}; /* 63 or 64 bits */
    out.top = (uint64_t)divide(magnitude, n, low, divisor, &out.more);
    return out;
}

static uint64_t root_of(shoal_u128 x)
{
    uint64_t root = 0;
    for (int bit = 63; bit >= 0; bit--) {
        uint64_t more = root | (uint64_t)1 << bit;
        if ((shoal_u128)more * more <= x) root = more;
    }
    return root;
}

shoal_scaled shoal_limbs_root(const uint64_t *magnitude, int n, int unit, shoal_u128 divisor)
{
    int top = top_bit(magnitude, n), low = top - bit_length(divisor) - 126;
    if (top < 0) return (shoal_scaled){.exponent = unit};
    low += (unit + low) & 1; /* 126 to 128 bits, of an even exponent */
    shoal_scaled out = {.exponent = (unit + low) / 2};
    shoal_u128 square = divide(magnitude, n, low, divisor, &out.more);
    out.top = root_of(square);
    out.more = out.more || (shoal_u128)out.top * out.top != square;
    return out;
}

/* Rounded to n_bits, or to multiples of 2^lowest. */
static double nearest(shoal_scaled x, int n_bits, int lowest)
{
    if (!x.top) return x.negative ? -0.0 : 0.0;
    int last = x.exponent + 64 - __builtin_clzll(x.top) - n_bits;
    if (last < lowest) last = lowest;
    int shift = last - x.exponent; /* above 0, as top has more bits than any float */
    uint64_t kept = shift < 64 ? x.top >> shift : 0;
    bool half = shift <= 64 && x.top >> (shift - 1) & 1;
    bool below = x.more || shift > 64 || x.top & (((uint64_t)1 << (shift - 1)) - 1);
    if (half && (below || kept & 1)) kept++;
    double value = ldexp((double)kept, last);
    return x.negative ? -value : value;
}

double shoal_scaled_double(shoal_scaled x)
{
    return nearest(x, 53, -1074);
}

float shoal_scaled_float(shoal_scaled x)
{
    return (float)nearest(x, 24, -149);
}
