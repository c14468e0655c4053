/* Speeds of the kernels, one thread, in G elements/s: bench_kernels [NAME...]. Arguments of
   `run` and of element-wise kernels lie in L2; `columns` reads 64 rows of 16384 elements. */
#include "compute/kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N      16384
#define N_ROWS 64

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool wanted(const char *name, int n_names, char **names)
{
    for (int k = 0; k < n_names; k++) {
        if (strcmp(names[k], name) == 0) return true;
    }
    return n_names == 0;
}

/* Numbers near 1 of a type. */
static void fill(shoal_type_code type, size_t n, void *out)
{
    double *x = malloc(n * sizeof *x);
    if (!x) exit(1);
    for (size_t i = 0; i < n; i++) x[i] = 1.0 + (double)(i * 7919 % 1000) * 0.001;
    const void *in = x;
    shoal_kernel cast = shoal_kernel_cast(SHOAL_FLOAT64, type);
    if (cast)
        cast(n, &in, out);
    else
        memcpy(out, x, n * sizeof *x);
    free(x);
}

static void element(shoal_op op, shoal_type_code type, void *const *data)
{
    const shoal_operation *o = shoal_operation_of(op);
    shoal_kernel kernel = shoal_kernel_element(op, type);
    if (!kernel || o->reduces) return;
    const void *in[3] = {data[0], data[1], data[2]};
    double best = 1e9;
    size_t n = N / 2;
    int repeat = 20;
    for (int r = 0; r < 7; r++) {
        double start = now();
        for (int k = 0; k < repeat; k++) kernel(n, in, data[3]);
        double seconds = now() - start;
        if (seconds < best) best = seconds;
    }
    char name[24];
    printf("%-14s %-10s %7.2f\n", o->name,
           shoal_type_name((shoal_type){type, shoal_code_size(type)}, name),
           (double)n * repeat / best * 1e-9);
}

static void reduction(shoal_op op, shoal_type_code type, const void *data)
{
    const shoal_reduction *r = shoal_kernel_reduction(op, type);
    if (!r) return;
    void *fields[8];
    for (int f = 0; f < r->n_fields; f++) fields[f] = calloc(N, 8);
    size_t row_bytes = N * shoal_code_size(type);
    double run = 1e9, columns = 1e9;
    for (int k = 0; k < 15; k++) {
        r->init(fields, N);
        double start = now();
        for (int i = 0; i < 16; i++) r->run(fields, 0, data, N, 0);
        double seconds = now() - start;
        if (seconds < run) run = seconds;
        start = now();
        r->columns(fields, 0, data, N, N_ROWS, row_bytes, 0);
        seconds = now() - start;
        if (seconds < columns) columns = seconds;
    }
    char name[24];
    printf("%-14s %-10s %7.2f run %7.2f columns\n", shoal_operation_of(op)->name,
           shoal_type_name((shoal_type){type, shoal_code_size(type)}, name), 16.0 * N / run * 1e-9,
           (double)N * N_ROWS / columns * 1e-9);
    for (int f = 0; f < r->n_fields; f++) free(fields[f]);
}

int main(int argc, char **argv)
{
    static const shoal_type_code types[] = {SHOAL_FLOAT32, SHOAL_FLOAT64,   SHOAL_INT32,
                                            SHOAL_UINT8,   SHOAL_COMPLEX64, SHOAL_BOOL};
    printf("kernels for %s, G elements/s\n", shoal_kernel_cpu());
    void *data[4];
    for (int k = 0; k < 4; k++) {
        data[k] = aligned_alloc(64, (size_t)N * N_ROWS * 8);
        if (!data[k]) return 1;
    }
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        for (int k = 0; k < 3; k++) fill(types[t], (size_t)N * N_ROWS, data[k]);
        for (int op = 0; op < SHOAL_N_OPS; op++) {
            if (!wanted(shoal_operation_of((shoal_op)op)->name, argc - 1, argv + 1)) continue;
            element((shoal_op)op, types[t], data);
            reduction((shoal_op)op, types[t], data[0]);
        }
    }
    for (int k = 0; k < 4; k++) free(data[k]);
    return 0;
}
