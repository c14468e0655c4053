/* Template: min or max, and the index of it, over one real element type. Included by
   kernels_reduce.c with
     CODE   the element type
     BEFORE the comparison: < for min, > for max
     WORST  the value that every other one beats (or equals)
     STATE  what a value is kept as in a field: int64_t, uint64_t or double
     SKIP   1: NaNs are left out; 0: a NaN beats everything
     K(x)   the name of x in this instance
   Fields of min: the value (with SKIP, NaN until there is one). Fields of argmin: value, index
   (UINT64_MAX until there is one). Among equal ones the lowest index wins, whatever the order of
   calls. For integers the tests for NaN fold away. */
#define T       SHOAL_PASTE(T_, CODE)
#define V       SHOAL_PASTE(V_, CODE)
#define LOAD    SHOAL_PASTE(LOAD_, CODE)
#define N_LANES (sizeof(V) == 8 ? (size_t)32 : 128 / sizeof(V))

/* True when x must replace m. */
static inline bool K(beats)(V x, V m)
{
    return (x BEFORE m) | (SKIP ? IS_NAN(m) : IS_NAN(x));
}

static V K(best_of)(const T *x, size_t n, V start)
{
    V lane[N_LANES];
    size_t i = 0;
    for (size_t l = 0; l < N_LANES; l++) lane[l] = start;
    for (; i + N_LANES <= n; i += N_LANES) {
        for (size_t l = 0; l < N_LANES; l++) {
            V v = LOAD(x[i + l]);
            lane[l] = K(beats)(v, lane[l]) ? v : lane[l];
        }
    }
    for (size_t l = 0; i + l < n; l++) {
        V v = LOAD(x[i + l]);
        lane[l] = K(beats)(v, lane[l]) ? v : lane[l];
    }
    for (size_t w = N_LANES / 2; w; w /= 2) {
        for (size_t l = 0; l < w; l++)
            lane[l] = K(beats)(lane[l + w], lane[l]) ? lane[l + w] : lane[l];
    }
    return lane[0];
}

static void K(init)(void *const *fields, size_t n_cells)
{
    STATE *best = fields[0];
    for (size_t c = 0; c < n_cells; c++) best[c] = (STATE)(WORST);
}

static void K(run)(void *const *fields, size_t cell, const void *x, size_t n, uint64_t index)
{
    (void)index;
    STATE *best = (STATE *)fields[0] + cell;
    *best = (STATE)K(best_of)(x, n, (V)*best);
}

static void K(columns)(void *const *fields, size_t cell, const void *x, size_t n, size_t n_rows,
                       size_t row_bytes, uint64_t index)
{
    (void)index;
    for (size_t c = 0; c < n; c += COLUMN_PARTS) {
        size_t m = n - c < COLUMN_PARTS ? n - c : COLUMN_PARTS;
        STATE *best = (STATE *)fields[0] + cell + c;
        V now[COLUMN_PARTS];
        for (size_t i = 0; i < m; i++) now[i] = (V)best[i];
        for (size_t r = 0; r < n_rows; r++) {
            const T *row = (const T *)((const char *)x + r * row_bytes) + c;
            for (size_t i = 0; i < m; i++) {
                V v = LOAD(row[i]);
                now[i] = K(beats)(v, now[i]) ? v : now[i];
            }
        }
        for (size_t i = 0; i < m; i++) best[i] = (STATE)now[i];
    }
}

static void K(merge)(void *const *into, size_t t, void *const *from, size_t f, size_t n)
{
    STATE *best = (STATE *)into[0] + t;
    const STATE *other = (const STATE *)from[0] + f;
    for (size_t i = 0; i < n; i++) {
        if (K(beats)((V)other[i], (V)best[i])) best[i] = other[i];
    }
}

static bool K(finish)(void *const *fields, size_t cell, size_t n, const shoal_finish *params,
                      void *out)
{
    V *result = out;
    for (size_t i = 0; i < n; i++) result[i] = (V)((const STATE *)fields[0])[cell + i];
    return params->n_reduced > 0 || n == 0;
}

static const shoal_reduction K(best) = {1, K(init), K(run), K(columns), K(merge), K(finish)};

/* ---- The index ---- */

/* Equal as a result: NaNs are equal to each other. */
static inline bool K(ties)(V x, V m)
{
    return (x == m) | (IS_NAN(x) & IS_NAN(m));
}

/* True when (x, index) must replace (m, at). */
static inline bool K(arg_beats)(V x, uint64_t index, V m, uint64_t at)
{
    bool none = at == UINT64_MAX, nan = IS_NAN(x) & !IS_NAN(m);
    bool better = (x BEFORE m) | (!SKIP & nan) | none;
    return (better | (K(ties)(x, m) & (index < at))) & (!SKIP | !IS_NAN(x));
}

static void K(arg_init)(void *const *fields, size_t n_cells)
{
    memset(fields[0], 0, n_cells * 8);
    memset(fields[1], 0xff, n_cells * 8);
}

static void K(arg_run)(void *const *fields, size_t cell, const void *x, size_t n, uint64_t index)
{
    STATE *best = (STATE *)fields[0] + cell;
    uint64_t *at = (uint64_t *)fields[1] + cell;
    for (size_t i = 0; i < n; i += SUM_BLOCK) {
        const T *block = (const T *)x + i;
        size_t m = n - i < SUM_BLOCK ? n - i : SUM_BLOCK, k = 0;
        V found = K(best_of)(block, m, (V)(WORST));
        if (!K(arg_beats)(found, index + i, (V)*best, *at)) continue;
        while (k < m && !K(ties)((V)LOAD(block[k]), found)) k++;
        if (k == m || !K(arg_beats)(found, index + i + k, (V)*best, *at)) continue;
        *best = (STATE)found;
        *at = index + i + k;
    }
}

static void K(arg_columns)(void *const *fields, size_t cell, const void *x, size_t n, size_t n_rows,
                           size_t row_bytes, uint64_t index)
{
    for (size_t c = 0; c < n; c += VAR_PARTS) {
        size_t m = n - c < VAR_PARTS ? n - c : VAR_PARTS;
        STATE *best = (STATE *)fields[0] + cell + c;
        uint64_t *at = (uint64_t *)fields[1] + cell + c;
        for (size_t r = 0; r < n_rows; r++) {
            const T *row = (const T *)((const char *)x + r * row_bytes) + c;
            for (size_t i = 0; i < m; i++) {
                V v = LOAD(row[i]);
                bool take = K(arg_beats)(v, index + r, (V)best[i], at[i]);
                best[i] = take ? (STATE)v : best[i];
                at[i] = take ? index + r : at[i];
            }
        }
    }
}

static void K(arg_merge)(void *const *into, size_t t, void *const *from, size_t f, size_t n)
{
    STATE *best = (STATE *)into[0] + t;
    uint64_t *at = (uint64_t *)into[1] + t;
    const STATE *other = (const STATE *)from[0] + f;
    const uint64_t *other_at = (const uint64_t *)from[1] + f;
    for (size_t i = 0; i < n; i++) {
        if (other_at[i] == UINT64_MAX) continue;
        if (!K(arg_beats)((V)other[i], other_at[i], (V)best[i], at[i])) continue;
        best[i] = other[i];
        at[i] = other_at[i];
    }
}

static const shoal_reduction K(arg) = {
    2, K(arg_init), K(arg_run), K(arg_columns), K(arg_merge), arg_finish};

#undef T
#undef V
#undef LOAD
#undef N_LANES
