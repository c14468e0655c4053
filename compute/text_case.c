/* The other case of letters, from Unicode's simple mappings: of those letters alone whose two cases
   take two bytes both. */
#include "compute/apply.h"

/* Letters in a run: lower is upper + by. With `by` 1 the run is of pairs, upper first. */
typedef struct run {
    uint16_t first, last; /* of the upper ones */
    int16_t by;
} run;

static const run runs[] = {
    {0xc0, 0xd6, 32},   {0xd8, 0xde, 32},   {0x100, 0x12e, 1},    {0x132, 0x136, 1},
    {0x139, 0x147, 1},  {0x14a, 0x176, 1},  {0x178, 0x178, -121}, {0x179, 0x17d, 1},
    {0x370, 0x372, 1},  {0x376, 0x376, 1},  {0x37f, 0x37f, 116},  {0x386, 0x386, 38},
    {0x388, 0x38a, 37}, {0x38c, 0x38c, 64}, {0x38e, 0x38f, 63},   {0x391, 0x3a1, 32},
    {0x3a3, 0x3ab, 32}, {0x3cf, 0x3cf, 8},  {0x3d8, 0x3ee, 1},    {0x3f7, 0x3f7, 1},
    {0x3f9, 0x3f9, -7}, {0x3fa, 0x3fa, 1},  {0x3fd, 0x3ff, -130}, {0x400, 0x40f, 80},
    {0x410, 0x42f, 32}, {0x460, 0x480, 1},  {0x48a, 0x4be, 1},    {0x4c0, 0x4c0, 15},
    {0x4c1, 0x4cd, 1},  {0x4d0, 0x52e, 1},  {0x531, 0x556, 48},
};

/* Letters with an upper or a lower case whose own other case is another letter. */
static const uint16_t only_upper[][2] = {{0xb5, 0x39c},  {0x3c2, 0x3a3}, {0x3d0, 0x392},
                                         {0x3d1, 0x398}, {0x3d5, 0x3a6}, {0x3d6, 0x3a0},
                                         {0x3f0, 0x39a}, {0x3f1, 0x3a1}, {0x3f5, 0x395}};
static const uint16_t only_lower[][2] = {{0x3f4, 0x3b8}};

static unsigned other_case(unsigned c, bool upper)
{
    for (size_t k = 0; k < sizeof runs / sizeof *runs; k++) {
        const run *r = &runs[k];
        unsigned from = upper ? (unsigned)(r->first + r->by) : r->first;
        unsigned to = upper ? (unsigned)(r->last + r->by) : r->last;
        if (c < from || c > to || (r->by == 1 && (c - from) % 2)) continue;
        return upper ? c - (unsigned)(int)r->by : c + (unsigned)(int)r->by;
    }
    for (size_t k = 0; upper && k < sizeof only_upper / sizeof *only_upper; k++)
        if (only_upper[k][0] == c) return only_upper[k][1];
    for (size_t k = 0; !upper && k < sizeof only_lower / sizeof *only_lower; k++)
        if (only_lower[k][0] == c) return only_lower[k][1];
    return c;
}

static unsigned char ascii_case(unsigned char c, bool upper)
{
    if (upper) return c >= 'a' && c <= 'z' ? (unsigned char)(c - 32) : c;
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

void shoal_text_case(char *text, size_t n, bool upper)
{
    unsigned char *at = (unsigned char *)text;
    for (size_t k = 0; k < n; k++) {
        if (at[k] < 0x80) {
            at[k] = ascii_case(at[k], upper);
            continue;
        }
        bool two = at[k] >= 0xc3 && at[k] <= 0xd6 && k + 1 < n && (at[k + 1] & 0xc0u) == 0x80u;
        two |= at[k] == 0xc2 && k + 1 < n && at[k + 1] == 0xb5; /* the micro sign */
        if (!two) continue;
        unsigned c = (unsigned)(at[k] & 0x1fu) << 6 | (at[k + 1] & 0x3fu);
        unsigned d = other_case(c, upper);
        if (c == 0xdf && upper) { /* sharp s */
            at[k] = at[k + 1] = 'S';
        } else {
            at[k] = (unsigned char)(0xc0u | d >> 6);
            at[k + 1] = (unsigned char)(0x80u | (d & 0x3fu));
        }
        k++;
    }
}
