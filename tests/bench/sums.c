/* What exactness costs: the same warm scan of a dataset, decoded chunk after chunk in one thread,
   with a plain sum in vectors and with the exact kernel, in turn. Prints a JSON object: the best
   seconds of decoding alone, of decoding and each sum, and both sums.

       sums FILE DATASET ROUNDS

   The dataset is float32 or float64, and has no NaN. */
#include "chunk/grid.h"
#include "compute/kernel.h"
#include "store/dataset.h"

#include <shoal/shoal.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum side { DECODING, PLAIN, EXACT, N_SIDES };

typedef struct scan {
    shoal_dataset *dataset;
    shoal_reader *reader;
    void *chunk;
    uint64_t state[256];
    void *fields[256];
} scan;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* As fast as vectors go: 64 sums, which the compiler keeps in registers. */
#define PLAIN_SUM(V, name)                                                      \
    static double name(const V *x, size_t n)                                    \
    {                                                                           \
        enum { width = 256 / sizeof(V) };                                       \
        V sums[width] = {0};                                                    \
        double sum = 0;                                                         \
        for (size_t k = 0; k + width <= n; k += width)                          \
            for (int i = 0; i < width; i++) sums[i] += x[k + (size_t)i];        \
        for (size_t k = n / width * width; k < n; k++) sums[k % width] += x[k]; \
        for (int i = 0; i < width; i++) sum += (double)sums[i];                 \
        return sum;                                                             \
    }
PLAIN_SUM(float, plain_single)
PLAIN_SUM(double, plain_double)

/* One scan; the seconds, or below 0 when it failed. */
static double run(scan *s, enum side side, double *sum)
{
    const shoal_reduction *exact = shoal_kernel_exact_reduction(SHOAL_OP_SUM, s->dataset->type.code,
                                                                (shoal_exact_kind){false, false});
    const shoal_grid *grid = &s->dataset->grid;
    bool single = s->dataset->type.code == SHOAL_FLOAT32;
    shoal_finish params = {.n_reduced = 1};
    size_t n = (size_t)grid->chunk_elements;
    double start = now();
    float result;
    *sum = 0;
    exact->init(s->fields, 1);
    for (uint64_t id = 0; id < grid->n_chunks; id++) {
        if (shoal_reader_chunk(s->reader, id, s->chunk, NULL)) return -1;
        if (side == PLAIN) *sum += single ? plain_single(s->chunk, n) : plain_double(s->chunk, n);
        if (side == EXACT) exact->run(s->fields, 0, s->chunk, n, 0);
    }
    double seconds = now() - start;
    if (side == EXACT && single) {
        exact->finish(s->fields, 0, 1, &params, &result);
        *sum = (double)result;
    } else if (side == EXACT) {
        exact->finish(s->fields, 0, 1, &params, sum);
    }
    return seconds;
}

static bool prepare(scan *s, shoal_file *file, const char *name)
{
    if (shoal_dataset_open(file, name, &s->dataset, NULL)) return false;
    shoal_type_code type = s->dataset->type.code;
    if (type != SHOAL_FLOAT32 && type != SHOAL_FLOAT64) return false;
    size_t n_bytes = (size_t)s->dataset->grid.chunk_elements * s->dataset->type.n_bytes;
    s->chunk = aligned_alloc(64, (n_bytes + 63) & ~(size_t)63);
    for (int f = 0; f < 256; f++) s->fields[f] = &s->state[f];
    return s->chunk && shoal_reader_new(s->dataset, &s->reader, NULL) == SHOAL_OK;
}

int main(int argc, char **argv)
{
    scan s = {0};
    shoal_file *file = NULL;
    double best[N_SIDES] = {1e9, 1e9, 1e9}, sum[N_SIDES];
    if (argc != 4 || shoal_file_open(argv[1], &file, NULL) || !prepare(&s, file, argv[2])) {
        fputs("usage: sums FILE DATASET ROUNDS: chunks of float32 or float64\n", stderr);
        return 2;
    }
    for (int round = 0; round < atoi(argv[3]); round++) {
        for (int side = 0; side < N_SIDES; side++) {
            double seconds = run(&s, (enum side)side, &sum[side]);
            if (seconds < 0) return 3;
            if (seconds < best[side]) best[side] = seconds;
        }
    }
    printf("{\"decoding\": %.6f, \"plain\": %.6f, \"exact\": %.6f, \"plain_sum\": %.17g, "
           "\"exact_sum\": %.17g}\n",
           best[DECODING], best[PLAIN], best[EXACT], sum[PLAIN], sum[EXACT]);
    shoal_reader_free(s.reader);
    shoal_dataset_close(s.dataset);
    shoal_file_close(file);
    free(s.chunk);
    return 0;
}
