/* Template: which of n keys are in ranges of keys. Included by kernels_order.c with
     C, S              the unsigned and the signed type of a key
     UNSIGNED, SIGNED  vectors of them
   which are undefined at the end. Keys are compared as signed numbers, as instruction sets have no
   others: with the top bit turned, which leaves their order. Several vectors at a time go through
   all ranges while they are in registers. */
#ifndef WITHIN_VECTORS
#define WITHIN_VECTORS 4
#define WITHIN_EACH    _Pragma("GCC unroll 4") for (int l = 0; l < WITHIN_VECTORS; l++)
/* SHOAL_KEYS_MOST keys, and as many more as are looked at together. */
#define WITHIN_MOST(C) (SHOAL_KEYS_MOST + WITHIN_VECTORS * VECTOR * 8 / sizeof(C))
#endif
#define W(x)  SHOAL_PASTE(x, SHOAL_PASTE(_, C))
#define WIDTH (sizeof(SIGNED) / sizeof(C))
#define STEP  (WITHIN_VECTORS * WIDTH)
#define TOP   ((C)1 << (8 * sizeof(C) - 1))

/* The ranges' ends in every lane, and what has been counted in each. */
typedef struct W(lanes) {
    SIGNED low[SHOAL_KEY_RANGES], high[SHOAL_KEY_RANGES], n_below[SHOAL_KEY_RANGES], n_nan;
} W(lanes);

static void W(spread)(const shoal_key_ranges *ranges, W(lanes) * out)
{
    memset(out, 0, sizeof *out);
    for (int j = 0; j < ranges->n; j++) {
        out->low[j] += (S)((C)ranges->low[j] ^ TOP);
        out->high[j] += (S)((C)ranges->high[j] ^ TOP);
    }
}

/* A bit for each of STEP keys that is in a range. */
static inline uint64_t W(look)(const C *key, int n_ranges, W(lanes) * lanes)
{
    SIGNED k[WITHIN_VECTORS], out[WITHIN_VECTORS];
    uint64_t in = 0;
    WITHIN_EACH
    {
        memcpy(&k[l], key + (size_t)l * WIDTH, sizeof k[l]);
        k[l] ^= (S)TOP;
        lanes->n_nan -= k[l] == (S)~TOP;
        out[l] = ~(SIGNED){0};
    }
    for (int j = 0; j < n_ranges; j++) {
        SIGNED low = lanes->low[j], high = lanes->high[j], n = lanes->n_below[j];
        WITHIN_EACH
        {
            SIGNED before = k[l] < low;
            n -= before;
            out[l] &= before | (k[l] > high);
        }
        lanes->n_below[j] = n;
    }
    WITHIN_EACH in |= (uint64_t)W(negative_lanes)(~(UNSIGNED)out[l]) << (size_t)l * WIDTH;
    return in;
}

/* Those keys of STEP that have a bit in `in`, and their ranges: the first that does not end below.
   Neighbours are alike, so vectors without any are common; in others there are no branches. */
static inline size_t W(gather)(const C *key, uint64_t in, int n_ranges, const W(lanes) * lanes,
                               uint64_t *hits, uint16_t *which)
{
    C range[WIDTH];
    size_t n = 0;
    for (size_t from = 0; in; from += WIDTH, in >>= WIDTH) {
        if (!(in & ((UINT64_C(1) << WIDTH) - 1))) continue;
        SIGNED k, at = {0};
        memcpy(&k, key + from, sizeof k);
        k ^= (S)TOP;
        for (int j = 0; j < n_ranges; j++) at -= k > lanes->high[j];
        memcpy(range, &at, sizeof range);
        for (size_t l = 0; l < WIDTH; l++) {
            hits[n] = key[from + l];
            which[n] = (uint16_t)range[l];
            n += in >> l & 1;
        }
    }
    return n;
}

/* As a shoal_within_kernel does, of keys behind which there is room for STEP more; `nan`: the
   greatest is that of NaNs. */
static size_t W(within)(C *key, size_t n, bool nan, const shoal_key_ranges *ranges, uint64_t *hits,
                        uint16_t *which, uint64_t *below)
{
    W(lanes) lanes;
    size_t n_hits = 0, n_nan = 0;
    W(spread)(ranges, &lanes);
    memset(key + n, 0xff, STEP * sizeof(C)); /* below no range */
    for (size_t i = 0; i < n; i += STEP) {
        uint64_t in = W(look)(key + i, ranges->n, &lanes);
        if (n - i < STEP) in &= (UINT64_C(1) << (n - i)) - 1;
        if (in) n_hits += W(gather)(key + i, in, ranges->n, &lanes, hits + n_hits, which + n_hits);
    }
    for (size_t l = 0; l < WIDTH; l++) {
        n_nan += (size_t)lanes.n_nan[l];
        for (int j = 0; j < ranges->n; j++) below[j] += (uint64_t)lanes.n_below[j][l];
    }
    below[ranges->n] += nan ? n - (n_nan - (STEP - n % STEP) % STEP) : n;
    return n_hits;
}

#undef W
#undef WIDTH
#undef STEP
#undef TOP
#undef C
#undef S
#undef UNSIGNED
#undef SIGNED
