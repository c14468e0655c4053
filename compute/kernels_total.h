/* Template: sums and products of bool or one integer type, which wrap around in 64 bits as NumPy's
   do, and tell when they have. Included by kernels_count.h, with CODE, T, LOAD, BIAS and K(x).
   A sum has 128 bits: fields are the lower and the upper half. A product has 64; the second field
   is about the same as a double. */

/* Elements plus BIAS are not negative; of 64 bits, they are summed in halves. */
static inline void K(split)(const T *x, size_t i, uint64_t *low, uint64_t *high)
{
    uint64_t u = (uint64_t)LOAD(x[i]) + BIAS;
    *low += sizeof(T) == 8 ? u & UINT32_MAX : u;
    *high += sizeof(T) == 8 ? u >> 32 : 0;
}

static void K(total_run)(void *const *fields, size_t cell, const void *from, size_t n,
                         uint64_t index)
{
    (void)index;
    const T *x = from;
    uint64_t low = 0, high = 0;
    for (size_t i = 0; i < n; i++) K(split)(x, i, &low, &high);
    add_wide(fields, cell, ((wide)high << 32) + low - (wide)n * BIAS);
}

static void K(total_columns)(void *const *fields, size_t cell, const void *from, size_t n,
                             size_t n_rows, size_t row_bytes, uint64_t index)
{
    (void)index;
    for (size_t c = 0; c < n; c += COLUMN_PARTS) {
        size_t m = n - c < COLUMN_PARTS ? n - c : COLUMN_PARTS;
        uint64_t low[COLUMN_PARTS] = {0}, high[COLUMN_PARTS] = {0};
        for (size_t r = 0; r < n_rows; r++) {
            const T *x = (const T *)((const char *)from + r * row_bytes) + c;
            INDEPENDENT for (size_t i = 0; i < m; i++) K(split)(x, i, &low[i], &high[i]);
        }
        for (size_t i = 0; i < m; i++)
            add_wide(fields, cell + c + i, ((wide)high[i] << 32) + low[i] - (wide)n_rows * BIAS);
    }
}

static void K(product_run)(void *const *fields, size_t cell, const void *from, size_t n,
                           uint64_t index)
{
    (void)index;
    const T *x = from;
    uint64_t product = ((uint64_t *)fields[0])[cell];
    double about = ((double *)fields[1])[cell];
    for (size_t i = 0; i < n; i++) {
        product *= (uint64_t)LOAD(x[i]);
        about *= (double)LOAD(x[i]);
    }
    ((uint64_t *)fields[0])[cell] = product;
    ((double *)fields[1])[cell] = about;
}

static void K(product_columns)(void *const *fields, size_t cell, const void *from, size_t n,
                               size_t n_rows, size_t row_bytes, uint64_t index)
{
    (void)index;
    for (size_t c = 0; c < n; c += COLUMN_PARTS) {
        size_t m = n - c < COLUMN_PARTS ? n - c : COLUMN_PARTS;
        uint64_t *product = (uint64_t *)fields[0] + cell + c;
        double *about = (double *)fields[1] + cell + c;
        for (size_t r = 0; r < n_rows; r++) {
            const T *x = (const T *)((const char *)from + r * row_bytes) + c;
            INDEPENDENT for (size_t i = 0; i < m; i++) product[i] *= (uint64_t)LOAD(x[i]);
            INDEPENDENT for (size_t i = 0; i < m; i++) about[i] *= (double)LOAD(x[i]);
        }
    }
}

#if SIGNED
#define FINISH(name) name##_finish_signed
#else
#define FINISH(name) name##_finish_unsigned
#endif
static const shoal_reduction K(total) = {2,          wide_init,   K(total_run), K(total_columns),
                                         wide_merge, FINISH(wide)};
static const shoal_reduction K(product) = {2,
                                           whole_product_init,
                                           K(product_run),
                                           K(product_columns),
                                           whole_product_merge,
                                           FINISH(whole_product)};
#undef FINISH
