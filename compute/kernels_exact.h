/* Template: exact sums over one floating type. Included by kernels_exact.c with
     CODE     the element type
     PART     FLOAT32 or FLOAT64: the type of its parts
     PARTS    2 for complex types, else 1
     SKIP     1: elements that are NaN (in either part) are left out and the others counted
     SQUARES  1: the elements' squares are summed too
     K(x)     the name of x in this instance
   A block is rounded to a grid that its greatest magnitude suggests, by adding and subtracting a
   great number; what is left, to a grid that is 2^51 times finer, and so on. The multiples of each
   grid are 51-bit integers, summed as such; a plain sum of float32 first tries two grids of 22 bits
   in single precision, which most blocks fit. Where something is left below the last grid, the
   block is taken grid by grid until nothing is, and what is not finite element by element. All ways
   are exact, so the way, the lanes and the instruction set make no difference to a result. */
#define V      SHOAL_PASTE(V_, PART)
#define SINGLE (sizeof(V) == 4)
#define SIZE   (PARTS * sizeof(V))
/* Grids that cover most data: the square of a float32 has 48 bits, of a float64 106. */
#define SUMS  (SINGLE ? 1 : 2)
#define TURNS (SQUARES ? (SINGLE ? 2 : 3) : 0)
#define GRIDS (SUMS + TURNS)

static const shoal_exact_form K(form) = {PARTS, SINGLE, SKIP, SQUARES, false};
#define WORDS ((size_t)SHOAL_EXACT_WORDS(PARTS, SINGLE, SKIP, SQUARES))

/* The grids for a block of magnitudes up to `most`. False: none would do. */
static bool K(choose)(double most, grids *g)
{
    int e = exponent_of(most);
    if (e > (SQUARES && !SINGLE ? MOST_ROOT : MOST_EXPONENT)) return false;
    if (SQUARES && !SINGLE && e < -MOST_ROOT + 100) e = -MOST_ROOT + 100; /* nothing underflows */
    place_grids(g->grid, e, SUMS, SHOAL_EXACT_SUM_UNIT(SINGLE));
    place_grids(g->grid + SUMS, 2 * e, TURNS, SHOAL_EXACT_SQUARE_UNIT(SINGLE));
    return true;
}

/* A vector of parts as doubles. With SKIP elements that are NaN are 0, with `masks` parts; the
   others are counted in seen. */
static inline __attribute__((always_inline)) doubles K(load)(const void *x, bool masks, words *seen)
{
    doubles v = SHOAL_PASTE(load_, PART)(x);
    if (!SKIP && !masks) return v;
    words keeps = (words)(v == v);
    if (SKIP && PARTS == 2) keeps &= swapped(keeps);
    *seen -= keeps;
    return (doubles)((words)v & keeps);
}

/* A vector onto every grid, each of which has a sum, `step` apart. What is left is 0, but for
   signs, when nothing was lost. */
static inline __attribute__((always_inline)) words K(split)(doubles v, const great_numbers *g,
                                                            words *to, size_t step)
{
    doubles rest = v;
    for (int k = 0; k < SUMS; k++) rest = on_grid(rest, g->great[k], to + (size_t)k * step);
    if (!SQUARES) return (words)rest;
    doubles high = v * v, low = SINGLE ? all_doubles(0) : rest_of_square(v, high);
    for (int k = SUMS; k < GRIDS; k++) {
        high = on_grid(high, g->great[k], to + (size_t)k * step);
        if (!SINGLE && k > SUMS) low = on_grid(low, g->great[k], to + (size_t)k * step);
    }
    return (words)rest | (words)high | (words)low;
}

/* Adds what n values gave on the grids to a record; those of the squares got two from each value,
   but for the first. */
static void K(keep)(uint64_t *record, size_t part, const grids *g, const uint64_t *sum, size_t step,
                    size_t n)
{
    for (size_t k = 0; k < GRIDS; k++) {
        size_t times = !SINGLE && k > SUMS ? 2 * n : n;
        int64_t value = (int64_t)(sum[k * step] - times * bits_of(g->grid[k].great));
        shoal_exact_state_add(&K(form), record, k < SUMS ? (int)part : -1, value, g->grid[k].unit);
    }
}

/* The same of float32, which is faster and covers fewer values. */
static bool K(singles)(const char *x, size_t n, double most, uint64_t *record)
{
    single_sums s;
    if (!SINGLE || PARTS > 1 || SQUARES || !sum_singles(x, n, most, SKIP, &s)) return false;
    shoal_exact_state_count(&K(form), record, SKIP ? s.n_seen : n);
    for (int k = 0; k < 2; k++) shoal_exact_state_add(&K(form), record, 0, s.whole[k], s.unit[k]);
    return true;
}

static bool K(block)(const char *x, size_t n, double most, uint64_t *record)
{
    grids g;
    if (K(singles)(x, n, most, record)) return true;
    if (!K(choose)(most, &g)) return false;
    great_numbers great = spread(&g, GRIDS);
    words sum[GRIDS] = {0}, left = {0}, seen = {0};
    size_t j = 0;
    for (; j + VECTOR <= n * PARTS; j += VECTOR)
        left |= K(split)(K(load)(x + j * sizeof(V), false, &seen), &great, sum, 1);
    size_t padded = 0;
    if (j < n * PARTS) {
        V rest[VECTOR] = {0};
        memcpy(rest, x + j * sizeof(V), (n * PARTS - j) * sizeof(V));
        left |= K(split)(K(load)(rest, false, &seen), &great, sum, 1);
        padded = (j + VECTOR - n * PARTS) / PARTS;
    }
    uint64_t lane[GRIDS][VECTOR], count = 0, lost = 0;
    memcpy(lane, sum, sizeof lane);
    for (size_t l = 0; l < VECTOR; l++) lost |= left[l] << 1; /* but for the sign */
    if (lost) return false;
    for (size_t k = 0; k < GRIDS; k++)
        for (size_t l = PARTS; l < VECTOR; l++) lane[k][l % PARTS] += lane[k][l];
    for (size_t l = 0; l < VECTOR; l += PARTS) count += seen[l];
    shoal_exact_state_count(&K(form), record, count - padded);
    for (size_t p = 0; p < PARTS; p++) K(keep)(record, p, &g, lane[0] + p, VECTOR, n + padded);
    return true;
}

/* Is the result one already, which nothing changes any more? */
static bool K(is_nan)(const uint64_t *record)
{
    return !SKIP && PARTS == 1 && *record & SHOAL_EXACT_NAN;
}

/* n elements, `step` bytes apart, whatever they are. */
static __attribute__((noinline)) void K(slowly)(const char *x, size_t n, size_t step,
                                                uint64_t *record)
{
    double part[PARTS][EXACT_BLOCK];
    size_t kept = 0;
    if (K(is_nan)(record)) return;
    for (size_t i = 0; i < n; i++) {
        V v[PARTS];
        memcpy(v, x + i * step, sizeof v);
        if (SKIP && (IS_NAN(v[0]) || IS_NAN(v[PARTS - 1]))) continue;
        if (!SKIP && PARTS == 1 && IS_NAN(v[0])) {
            shoal_exact_state_special(record, 0, (double)v[0]);
            return;
        }
        for (size_t p = 0; p < PARTS; p++) part[p][kept] = (double)v[p];
        kept++;
    }
    shoal_exact_state_count(&K(form), record, kept);
    for (size_t p = 0; p < PARTS; p++) add_slowly(&K(form), record, (int)p, part[p], kept);
}

/* Not inlined: the integer types share these loops. */
static __attribute__((noinline)) void K(run)(void *const *fields, size_t cell, const void *from,
                                             size_t n, uint64_t index)
{
    (void)index;
    uint64_t *record = (uint64_t *)fields[0] + cell * WORDS;
    const char *x = from;
    for (size_t i = 0; i < n; i += EXACT_BLOCK / PARTS, x += EXACT_BLOCK * sizeof(V)) {
        size_t m = n - i < EXACT_BLOCK / PARTS ? n - i : EXACT_BLOCK / PARTS;
        if (K(is_nan)(record)) return;
        if (m < FEWEST_ELEMENTS ||
            !K(block)(x, m, SHOAL_PASTE(greatest_, PART)(x, m * PARTS), record))
            K(slowly)(x, m, SIZE, record);
    }
}

/* ---- Columns: the cells of a tile of rows share the grids ---- */

/* What a tile gave a cell, whose sums are COLUMN_PARTS apart, to its record. */
static void K(keep_cell)(uint64_t *record, const grids *g, const uint64_t *sum,
                         const uint64_t *seen, bool masks, size_t n_rows)
{
    shoal_exact_state_count(&K(form), record, seen[0]);
    for (size_t p = 0; p < PARTS; p++) {
        if (masks && seen[p] < n_rows)
            shoal_exact_state_special(record, (int)p, (double)NAN);
        else
            K(keep)(record, p, g, sum + p, COLUMN_PARTS, n_rows);
    }
}

/* With `masks` columns may have NaNs; else the tile is refused for one, unless these are left out.
 */
static inline __attribute__((always_inline)) bool K(add_tile)(const char *x, size_t n,
                                                              size_t n_rows, size_t row_bytes,
                                                              double most, bool masks,
                                                              uint64_t *record)
{
    grids g;
    if (!K(choose)(most, &g)) return false;
    great_numbers great = spread(&g, GRIDS);
    words sum[GRIDS * COLUMN_VECTORS], left = {0}, seen[COLUMN_VECTORS];
    size_t whole = n * PARTS / VECTOR, odd = n * PARTS % VECTOR;
    memset(sum, 0, sizeof sum);
    memset(seen, 0, sizeof seen);
    for (size_t r = 0; r < n_rows; r++, x += row_bytes) {
        for (size_t j = 0; j < whole; j++)
            left |= K(split)(K(load)(x + j * VECTOR * sizeof(V), masks, seen + j), &great, sum + j,
                             COLUMN_VECTORS);
        if (odd) {
            V rest[VECTOR] = {0};
            memcpy(rest, x + whole * VECTOR * sizeof(V), odd * sizeof(V));
            left |=
                K(split)(K(load)(rest, masks, seen + whole), &great, sum + whole, COLUMN_VECTORS);
        }
    }
    uint64_t lost = 0;
    for (size_t l = 0; l < VECTOR; l++) lost |= left[l] << 1;
    if (lost) return false;
    for (size_t i = 0; i < n; i++, record += WORDS) K(keep_cell)
    (record, &g, (const uint64_t *)sum + i * PARTS, (const uint64_t *)seen + i * PARTS, masks,
     n_rows);
    return true;
}

static bool K(tile)(const char *x, size_t n, size_t n_rows, size_t row_bytes, double most,
                    bool *masks, uint64_t *record)
{
    if (!*masks && K(add_tile)(x, n, n_rows, row_bytes, most, false, record)) return true;
    if (SKIP) return false;
    *masks = K(add_tile)(x, n, n_rows, row_bytes, most, true, record);
    return *masks;
}

static double K(greatest_of_rows)(const char *x, size_t n, size_t n_rows, size_t row_bytes)
{
    double most = 0;
    if (row_bytes == n * sizeof(V)) return SHOAL_PASTE(greatest_, PART)(x, n * n_rows);
    for (size_t r = 0; r < n_rows; r++) {
        double row = SHOAL_PASTE(greatest_, PART)(x + r * row_bytes, n);
        most = row > most ? row : most;
    }
    return most;
}

static __attribute__((noinline)) void K(columns)(void *const *fields, size_t cell, const void *from,
                                                 size_t n, size_t n_rows, size_t row_bytes,
                                                 uint64_t index)
{
    (void)index;
    bool masks = false; /* as a tile had NaNs: its neighbours tend to have some too */
    for (size_t c = 0; c < n; c += COLUMN_PARTS / PARTS) {
        size_t m = n - c < COLUMN_PARTS / PARTS ? n - c : COLUMN_PARTS / PARTS;
        uint64_t *record = (uint64_t *)fields[0] + (cell + c) * WORDS;
        for (size_t r = 0; r < n_rows; r += COLUMN_ROWS) {
            size_t rows = n_rows - r < COLUMN_ROWS ? n_rows - r : COLUMN_ROWS;
            const char *x = (const char *)from + c * SIZE + r * row_bytes;
            if (rows >= FEWEST_ROWS &&
                K(tile)(x, m, rows, row_bytes, K(greatest_of_rows)(x, m * PARTS, rows, row_bytes),
                        &masks, record))
                continue;
            for (size_t i = 0; i < m; i++)
                K(slowly)(x + i * SIZE, rows, row_bytes, record + i * WORDS);
        }
    }
}

static void K(init)(void *const *fields, size_t n_cells)
{
    memset(fields[0], 0, n_cells * WORDS * 8);
}

static void K(merge)(void *const *into, size_t t, void *const *from, size_t f, size_t n)
{
    shoal_exact_state_merge(&K(form), into, t, from, f, n);
}

#define FINISH(form, name, result)                                                \
    static bool K(result##_finish)(void *const *fields, size_t cell, size_t n,    \
                                   const shoal_finish *params, void *out)         \
    {                                                                             \
        return shoal_exact_finish_##name(&K(form), fields, cell, n, params, out); \
    }                                                                             \
    static const shoal_reduction K(result) = {(int)WORDS, K(init),  K(run),       \
                                              K(columns), K(merge), K(result##_finish)};
FINISH(form, sum, sum)
FINISH(form, mean, mean)
#if SQUARES
FINISH(form, var, var)
FINISH(form, std, std)
#endif
#if SKIP && PARTS == 1
static const shoal_exact_form K(all_form) = {PARTS, SINGLE, SKIP, SQUARES, true};
FINISH(all_form, sum, all_sum)
FINISH(all_form, mean, all_mean)
#if SQUARES
FINISH(all_form, var, all_var)
FINISH(all_form, std, all_std)
#endif
#endif

#undef FINISH
#undef WORDS
#undef SUMS
#undef TURNS
#undef GRIDS
#undef SINGLE
#undef SIZE
#undef V
