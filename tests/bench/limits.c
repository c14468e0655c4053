/* What the machine could do at best, to hold shoal's times against. Each mode prints one JSON
   object of seconds. Files are mapped and populated before the clock starts, so that nothing but
   the named work is in a figure.

       limits decode FILE.h5 DATASET THREADS       only decoding every chunk
       limits encode FILE.h5 DATASET THREADS       only compressing them again (lz4, 5, shuffle)
       limits expression FILE.h5 DATASET THREADS   decoding; sin(t/100)*2+t*t; encoding that: each
       limits sum FILE.npy THREADS                 adding up a file's floats, mapped and in memory

   The dataset is float32 in Blosc chunks, as tests/bench/gen.py makes it. Where one thread does
   several kinds of work, each kind is timed for itself, and a figure is the mean over the threads:
   what a perfectly balanced run would take. */
#include <blosc.h>
#include <fcntl.h>
#include <hdf5.h>
#include <pthread.h>
#include <sleef.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_THREADS 64
#define MAX_RANK    8

enum stage { DECODE, COMPUTE, ENCODE, N_STAGES };

typedef struct chunk {
    const char *bytes;
    size_t n_bytes;
} chunk;

typedef struct work {
    bool compute, encode;
    size_t n_chunks, chunk_bytes;
    chunk *chunks;
    atomic_size_t next;
} work;

typedef struct thread_state {
    work *work;
    double seconds[N_STAGES];
    bool failed;
} thread_state;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int complain(const char *what)
{
    fprintf(stderr, "limits: %s\n", what);
    return 3;
}

/* ---- sin(t/100)*2+t*t, as wide as this machine allows -----------------------------------------
 */

#if defined(__AVX512F__)
#define LANES 16
typedef __m512 lanes;
#define SINE Sleef_sinf16_u10
#elif defined(__AVX__)
#define LANES 8
typedef __m256 lanes;
#define SINE  Sleef_sinf8_u10
#else
#define LANES 4
typedef __m128 lanes;
#define SINE  Sleef_sinf4_u10
#endif

/* In place; n is a multiple of LANES, as chunks are. */
static void evaluate(float *values, size_t n)
{
    for (size_t k = 0; k < n; k += LANES) {
        lanes t;
        memcpy(&t, values + k, sizeof t);
        t = SINE(t / 100.0f) * 2.0f + t * t;
        memcpy(values + k, &t, sizeof t);
    }
}

/* ---- Chunks -----------------------------------------------------------------------------------
 */

static const char *map_file(const char *path, size_t *n_bytes, bool populate)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) return NULL;
    *n_bytes = (size_t)status.st_size;
    void *map = mmap(NULL, *n_bytes, PROT_READ, MAP_SHARED | (populate ? MAP_POPULATE : 0), fd, 0);
    close(fd);
    return map == MAP_FAILED ? NULL : map;
}

static bool find_chunk(hid_t dataset, const hsize_t *at, const char *map, size_t n_map, chunk *out)
{
    unsigned mask;
    haddr_t address;
    hsize_t n_bytes;
    if (H5Dget_chunk_info_by_coord(dataset, at, &mask, &address, &n_bytes) < 0) return false;
    if (address == HADDR_UNDEF || mask != 0 || address + n_bytes > n_map) return false;
    *out = (chunk){map + address, (size_t)n_bytes};
    return true;
}

/* The first `rank` extents are the dataset's, the others its chunks'. */
static bool read_layout(hid_t dataset, int *rank, hsize_t *extents)
{
    hid_t space = H5Dget_space(dataset), plist = H5Dget_create_plist(dataset);
    *rank = H5Sget_simple_extent_ndims(space);
    if (*rank < 1 || *rank > MAX_RANK) return false;
    bool fine = H5Sget_simple_extent_dims(space, extents, NULL) == *rank &&
                H5Pget_chunk(plist, *rank, extents + *rank) == *rank;
    H5Pclose(plist);
    H5Sclose(space);
    return fine;
}

static bool find_chunks(hid_t dataset, const char *map, size_t n_map, work *out)
{
    int rank;
    hsize_t extents[2 * MAX_RANK], at[MAX_RANK] = {0};
    if (!read_layout(dataset, &rank, extents)) return false;
    out->n_chunks = 1;
    out->chunk_bytes = sizeof(float);
    for (int k = 0; k < rank; k++) {
        out->n_chunks *= (extents[k] + extents[rank + k] - 1) / extents[rank + k];
        out->chunk_bytes *= extents[rank + k];
    }
    out->chunks = calloc(out->n_chunks, sizeof *out->chunks);
    for (size_t id = 0; out->chunks && id < out->n_chunks; id++) {
        if (!find_chunk(dataset, at, map, n_map, &out->chunks[id])) return false;
        for (int k = rank - 1; k >= 0; k--) {
            at[k] += extents[rank + k];
            if (at[k] < extents[k]) break;
            at[k] = 0;
        }
    }
    return out->chunks != NULL;
}

static void *run_thread(void *argument)
{
    thread_state *state = argument;
    work *w = state->work;
    char *raw = aligned_alloc(64, w->chunk_bytes), *packed = malloc(w->chunk_bytes + 64);
    state->failed = !raw || !packed;
    if (raw) memset(raw, 1, w->chunk_bytes);
    if (packed) memset(packed, 1, w->chunk_bytes + 64);
    for (size_t id; !state->failed && (id = atomic_fetch_add(&w->next, 1)) < w->n_chunks;) {
        double start = now(), end;
        if (blosc_decompress_ctx(w->chunks[id].bytes, raw, w->chunk_bytes, 1) < 0) {
            state->failed = true;
        }
        end = now(), state->seconds[DECODE] += end - start, start = end;
        if (w->compute) evaluate((float *)(void *)raw, w->chunk_bytes / sizeof(float));
        end = now(), state->seconds[COMPUTE] += end - start, start = end;
        if (w->encode && blosc_compress_ctx(5, BLOSC_SHUFFLE, sizeof(float), w->chunk_bytes, raw,
                                            packed, w->chunk_bytes + 16, "lz4", 0, 1) <= 0) {
            state->failed = true;
        }
        state->seconds[ENCODE] += now() - start;
    }
    free(raw);
    free(packed);
    return NULL;
}

static int run_chunks(work *w, int n_threads)
{
    pthread_t threads[MAX_THREADS];
    thread_state states[MAX_THREADS] = {0};
    double seconds[N_STAGES] = {0};
    bool failed = false;
    for (int k = 0; k < n_threads; k++) {
        states[k].work = w;
        if (pthread_create(&threads[k], NULL, run_thread, &states[k])) return complain("no thread");
    }
    for (int k = 0; k < n_threads; k++) {
        pthread_join(threads[k], NULL);
        for (int s = 0; s < N_STAGES; s++) seconds[s] += states[k].seconds[s] / n_threads;
        failed = failed || states[k].failed;
    }
    if (failed) return complain("a chunk did not decode or encode");
    printf("{\"decode\": %.6f, \"compute\": %.6f, \"encode\": %.6f, \"raw_bytes\": %zu}\n",
           seconds[DECODE], seconds[COMPUTE], seconds[ENCODE], w->n_chunks * w->chunk_bytes);
    return 0;
}

static int run_file(const char *mode, const char *path, const char *name, int n_threads)
{
    work w = {.compute = strcmp(mode, "expression") == 0};
    w.encode = w.compute || strcmp(mode, "encode") == 0;
    size_t n_map;
    const char *map = map_file(path, &n_map, true);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t dataset = file < 0 ? -1 : H5Dopen2(file, name, H5P_DEFAULT);
    if (!map || dataset < 0) return complain("the file or the dataset does not open");
    if (!find_chunks(dataset, map, n_map, &w)) return complain("not a dataset of Blosc chunks");
    H5Dclose(dataset);
    H5Fclose(file);
    int status = run_chunks(&w, n_threads);
    free(w.chunks);
    return status;
}

/* ---- Adding up ---------------------------------------------------------------------------------
 */

typedef struct slice {
    const float *values;
    size_t n;
    double sum;
} slice;

static void *add_up(void *argument)
{
    enum { width = 64 };
    slice *s = argument;
    float sums[width] = {0};
    size_t k = 0;
    for (; k + width <= s->n; k += width) {
        for (int i = 0; i < width; i++) sums[i] += s->values[k + (size_t)i];
    }
    for (; k < s->n; k++) sums[0] += s->values[k];
    for (int i = 0; i < width; i++) s->sum += (double)sums[i];
    return NULL;
}

/* The seconds; *sum keeps the compiler from leaving the work out. */
static double time_sum(const float *values, size_t n, int n_threads, double *sum)
{
    pthread_t threads[MAX_THREADS];
    slice slices[MAX_THREADS];
    size_t share = n / (size_t)n_threads, at = 0;
    double start = now();
    for (int k = 0; k < n_threads; k++) {
        slices[k] = (slice){values + at, k == n_threads - 1 ? n - at : share, 0};
        at += share;
        if (pthread_create(&threads[k], NULL, add_up, &slices[k])) exit(complain("no thread"));
    }
    *sum = 0;
    for (int k = 0; k < n_threads; k++) {
        pthread_join(threads[k], NULL);
        *sum += slices[k].sum;
    }
    return now() - start;
}

static int run_sum(const char *path, int n_threads)
{
    size_t n_bytes;
    const size_t header = 128; /* of every .npy file of a plain array of rank 1 to 4 */
    const char *map = map_file(path, &n_bytes, false);
    if (!map || n_bytes < header) return complain("the file does not open");
    size_t n = (n_bytes - header) / sizeof(float);
    double sum, mapped = time_sum((const float *)(const void *)(map + header), n, n_threads, &sum);
    float *copy =
        aligned_alloc(1 << 21, (n * sizeof(float) + (1 << 21)) & ~((size_t)(1 << 21) - 1));
    if (!copy) return complain("no memory for a copy of the file");
    madvise(copy, n * sizeof(float), MADV_HUGEPAGE);
    memcpy(copy, map + header, n * sizeof(float));
    double memory = 1e9;
    for (int round = 0; round < 3; round++) {
        double seconds = time_sum(copy, n, n_threads, &sum);
        if (seconds < memory) memory = seconds;
    }
    printf("{\"mapped\": %.6f, \"memory\": %.6f, \"raw_bytes\": %zu, \"sum\": \"%g\"}\n", mapped,
           memory, n * sizeof(float), sum);
    free(copy);
    return 0;
}

int main(int n, char **arguments)
{
    int n_threads = n > 1 ? atoi(arguments[n - 1]) : 0;
    bool threads_fine = n_threads >= 1 && n_threads <= MAX_THREADS;
    if (n == 4 && threads_fine && strcmp(arguments[1], "sum") == 0) {
        return run_sum(arguments[2], n_threads);
    }
    bool known = n == 5 && threads_fine &&
                 (strcmp(arguments[1], "decode") == 0 || strcmp(arguments[1], "encode") == 0 ||
                  strcmp(arguments[1], "expression") == 0);
    if (!known) {
        fputs("usage: limits decode|encode|expression FILE.h5 DATASET THREADS\n"
              "       limits sum FILE.npy THREADS\n",
              stderr);
        return 2;
    }
    return run_file(arguments[1], arguments[2], arguments[3], n_threads);
}
