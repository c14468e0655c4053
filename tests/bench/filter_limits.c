/* Only decoding: every chunk of a dataset through its filters in each thread, to hold shoal's times
   against. Prints one JSON object of seconds, for all chunks and in the mean of the threads; what
   is stored is read into memory before the clock starts.

       filter_limits FILE.h5 DATASET THREADS

   `library` calls the compressor's library alone, straight, where that is one call a chunk (gzip,
   zstd, lz4, szip); `filters` undoes all filters by this project's own code. */
#include "chunk/filter.h"
#include "chunk/shuffle.h"

#include <fcntl.h>
#include <hdf5.h>
#include <libdeflate.h>
#include <lz4.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <szlib.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#define MAX_THREADS 64

typedef struct chunk {
    uint8_t *bytes;
    size_t n;
    unsigned mask;
} chunk;

typedef struct work {
    shoal_pipeline pipeline;
    bool by_library;
    size_t n_chunks, chunk_bytes;
    chunk *chunks;
    atomic_size_t next;
} work;

typedef struct worker {
    work *work;
    double seconds;
    bool failed;
} worker;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int complain(const char *what)
{
    fprintf(stderr, "filter_limits: %s\n", what);
    return 3;
}

/* ---- The libraries, straight ---- */

typedef struct library {
    uint16_t id;
    uint32_t element_bytes; /* of a shuffle in front; 0: none */
    SZ_com_t szip;
    struct libdeflate_decompressor *inflater;
    ZSTD_DCtx *zstd;
} library;

/* False when the pipeline is not one compressor of these, behind a shuffle or not. */
static bool open_library(const shoal_pipeline *pipeline, library *out)
{
    int last = pipeline->n - 1;
    *out = (library){0};
    if (last < 0 || last > 1 || (last == 1 && pipeline->filter[0].id != SHOAL_FILTER_SHUFFLE))
        return false;
    shoal_parameters p = shoal_pipeline_parameters(pipeline, last);
    if (last == 1) out->element_bytes = shoal_pipeline_parameters(pipeline, 0).value[0];
    out->id = pipeline->filter[last].id;
    if (out->id == SHOAL_FILTER_SZIP)
        out->szip = (SZ_com_t){(int)p.value[0], (int)p.value[2], (int)p.value[1], (int)p.value[3]};
    out->inflater = libdeflate_alloc_decompressor();
    out->zstd = ZSTD_createDCtx();
    return out->id == SHOAL_FILTER_DEFLATE || out->id == SHOAL_FILTER_ZSTD ||
           out->id == SHOAL_FILTER_LZ4 || out->id == SHOAL_FILTER_SZIP;
}

static void close_library(library *l)
{
    libdeflate_free_decompressor(l->inflater);
    ZSTD_freeDCtx(l->zstd);
}

static bool call_library(library *l, const chunk *c, uint8_t *out, size_t n)
{
    size_t done = n;
    switch (l->id) {
    case SHOAL_FILTER_DEFLATE:
        return libdeflate_zlib_decompress(l->inflater, c->bytes, c->n, out, n, NULL) == 0;
    case SHOAL_FILTER_ZSTD: return ZSTD_decompressDCtx(l->zstd, out, n, c->bytes, c->n) == n;
    case SHOAL_FILTER_LZ4: /* one block, behind the frame's header of 16 bytes */
        return LZ4_decompress_safe((const char *)c->bytes + 16, (char *)out, (int)c->n - 16,
                                   (int)n) == (int)n;
    default: return SZ_BufftoBuffDecompress(out, &done, c->bytes + 4, c->n - 4, &l->szip) == SZ_OK;
    }
}

/* ---- Threads ---- */

static void decode_all(worker *state, shoal_coder *coder, library *l, uint8_t *raw, uint8_t *room)
{
    work *w = state->work;
    double start = now();
    for (size_t id; !state->failed && (id = atomic_fetch_add(&w->next, 1)) < w->n_chunks;) {
        const chunk *c = &w->chunks[id];
        if (!w->by_library) {
            state->failed = shoal_decode(coder, c->mask, c->bytes, c->n, raw, NULL) != SHOAL_OK;
            continue;
        }
        uint8_t *out = l->element_bytes > 0 ? room : raw;
        state->failed = c->mask != 0 || !call_library(l, c, out, w->chunk_bytes);
        if (l->element_bytes > 0) shoal_unshuffle(room, raw, w->chunk_bytes, l->element_bytes);
    }
    state->seconds = now() - start;
}

static void *run_thread(void *argument)
{
    worker *state = argument;
    work *w = state->work;
    library l;
    shoal_coder *coder = NULL;
    uint8_t *raw = malloc(w->chunk_bytes), *room = malloc(w->chunk_bytes);
    (void)open_library(&w->pipeline, &l);
    state->failed = !raw || !room ||
                    shoal_coder_new(&w->pipeline, w->chunk_bytes, false, &coder, NULL) != SHOAL_OK;
    if (!state->failed) {
        memset(raw, 1, w->chunk_bytes);
        memset(room, 1, w->chunk_bytes);
        decode_all(state, coder, &l, raw, room);
        shoal_coder_free(coder);
    }
    close_library(&l);
    free(raw);
    free(room);
    return NULL;
}

/* Seconds, or below 0. */
static double run(work *w, bool by_library, int n_threads)
{
    pthread_t threads[MAX_THREADS];
    worker states[MAX_THREADS] = {0};
    double seconds = 0;
    bool failed = false;
    w->by_library = by_library;
    atomic_store(&w->next, 0);
    for (int k = 0; k < n_threads; k++) {
        states[k].work = w;
        if (pthread_create(&threads[k], NULL, run_thread, &states[k]) != 0) return -1;
    }
    for (int k = 0; k < n_threads; k++) {
        pthread_join(threads[k], NULL);
        seconds += states[k].seconds / n_threads;
        failed = failed || states[k].failed;
    }
    return failed ? -1 : seconds;
}

/* ---- The chunks ---- */

static bool read_filters(hid_t plist, shoal_pipeline *out)
{
    int n = H5Pget_nfilters(plist);
    for (int k = 0; k < n; k++) {
        unsigned flags, values[256];
        size_t n_values = 256;
        H5Z_filter_t id =
            H5Pget_filter2(plist, (unsigned)k, &flags, &n_values, values, 0, NULL, NULL);
        if (id < 0 ||
            shoal_pipeline_add(out, (uint16_t)id, true, values, n_values, NULL) != SHOAL_OK)
            return false;
    }
    return true;
}

static bool read_chunks(hid_t dataset, int fd, work *out)
{
    hsize_t n_chunks = 0, extents[H5S_MAX_RANK];
    hid_t plist = H5Dget_create_plist(dataset), type = H5Dget_type(dataset);
    hid_t space = H5Dget_space(dataset);
    int rank = H5Pget_chunk(plist, H5S_MAX_RANK, extents);
    if (rank < 1 || !read_filters(plist, &out->pipeline) ||
        H5Dget_num_chunks(dataset, space, &n_chunks) < 0)
        return false;
    out->chunk_bytes = H5Tget_size(type);
    for (int k = 0; k < rank; k++) out->chunk_bytes *= extents[k];
    out->n_chunks = n_chunks;
    out->chunks = calloc(n_chunks + 1, sizeof *out->chunks);
    for (size_t k = 0; out->chunks != NULL && k < n_chunks; k++) {
        haddr_t address;
        hsize_t at[H5S_MAX_RANK], n;
        chunk *c = &out->chunks[k];
        if (H5Dget_chunk_info(dataset, space, k, at, &c->mask, &address, &n) < 0) return false;
        c->n = n;
        c->bytes = malloc(n);
        if (c->bytes == NULL || pread(fd, c->bytes, n, (off_t)address) != (ssize_t)n) return false;
    }
    H5Sclose(space);
    H5Tclose(type);
    H5Pclose(plist);
    return out->chunks != NULL;
}

int main(int argc, char **argv)
{
    work w = {0};
    library l;
    if (argc != 4) return complain("usage: filter_limits FILE.h5 DATASET THREADS");
    int n_threads = atoi(argv[3]), fd = open(argv[1], O_RDONLY);
    if (n_threads < 1 || n_threads > MAX_THREADS) return complain("1 to 64 threads");
    hid_t file = H5Fopen(argv[1], H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t dataset = file < 0 ? -1 : H5Dopen2(file, argv[2], H5P_DEFAULT);
    if (fd < 0 || dataset < 0 || !read_chunks(dataset, fd, &w))
        return complain("the chunks cannot be read");
    bool is_plain = open_library(&w.pipeline, &l);
    close_library(&l);
    double filters = run(&w, false, n_threads);
    double library_alone = is_plain ? run(&w, true, n_threads) : filters;
    if (filters < 0 || library_alone < 0) return complain("a chunk did not decode");
    size_t n_stored = 0;
    for (size_t k = 0; k < w.n_chunks; k++) n_stored += w.chunks[k].n;
    printf("{\"filters\": %.6f, \"library\": %.6f, \"raw_bytes\": %zu, \"stored_bytes\": %zu}\n",
           filters, library_alone, w.n_chunks * w.chunk_bytes, n_stored);
    for (size_t k = 0; k < w.n_chunks; k++) free(w.chunks[k].bytes);
    free(w.chunks);
    H5Dclose(dataset);
    H5Fclose(file);
    close(fd);
    return 0;
}
