/* Writes a deterministic float32 field (time, lat, lon) to standard output: seasons, days, a
   travelling wave and noise in steps of 0.01, with NaN over about a fifth of each plane. It
   compresses 2-4 times and is made at more than 1 GB/s, so that a pipe from it is no bottleneck.

       gen_field N_TIME N_LAT N_LON [--npy] [--first T]

   --npy puts an .npy header in front; --first starts at another time step (N_TIME steps are
   written all the same), so that a part can be made again to compare with. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const float two_pi = 6.2831853f;

typedef struct field {
    uint64_t first, n_time, n_lat, n_lon;
    float *lon_part; /* of one time step: what a column adds */
    float *mask;     /* 0, or NaN on land */
    float *plane;
    bool npy;
} field;

static bool write_all(const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t done = write(STDOUT_FILENO, at, n);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return false;
        at += done;
        n -= (size_t)done;
    }
    return true;
}

static bool write_npy_header(const field *f)
{
    char header[128];
    memset(header, ' ', sizeof header);
    memcpy(header, "\x93NUMPY\x01\x00\x76\x00", 10);
    char text[110];
    int n = snprintf(text, sizeof text,
                     "{'descr': '<f4', 'fortran_order': False, 'shape': (%llu, %llu, %llu), }",
                     (unsigned long long)f->n_time, (unsigned long long)f->n_lat,
                     (unsigned long long)f->n_lon);
    memcpy(header + 10, text, (size_t)n);
    header[127] = '\n';
    return write_all(header, sizeof header);
}

static void make_mask(field *f)
{
    for (uint64_t y = 0; y < f->n_lat; y++) {
        for (uint64_t x = 0; x < f->n_lon; x++) {
            float u = two_pi * (float)x / (float)f->n_lon, v = 3.1f * (float)y / (float)f->n_lat;
            float land = cosf(2 * u + 1) * cosf(2 * v) + 0.5f * cosf(3 * u + 4) * cosf(5 * v + 2);
            f->mask[y * f->n_lon + x] = land > 0.5f ? NAN : 0.0f;
        }
    }
}

/* A noise of about 0.4 steps from a hash of the element's number: the same wherever we start. */
static inline float noise(uint32_t k)
{
    k ^= k >> 15;
    k *= 0x2c1b3c6dU;
    k ^= k >> 12;
    return (float)(int32_t)(k & 0xffffU) * (0.008f / 65536.0f) - 0.004f;
}

static void make_row(const field *f, float row_part, float row_scale, uint32_t seed,
                     const float *mask, float *row)
{
    const float *lon_part = f->lon_part;
    for (uint32_t x = 0; x < (uint32_t)f->n_lon; x++) {
        float value = row_part + row_scale * lon_part[x] + noise(seed + x);
        row[x] = rintf(value * 100.0f) / 100.0f + mask[x];
    }
}

static void make_plane(field *f, uint64_t t)
{
    float year = two_pi * (float)(t % 2920) / 2920.0f, day = two_pi * (float)(t % 8) / 8.0f;
    float wave = two_pi * (float)(t % 700) / 700.0f;
    for (uint64_t x = 0; x < f->n_lon; x++) {
        float u = two_pi * (float)x / (float)f->n_lon;
        f->lon_part[x] = cosf(day - u) + 1.5f * cosf(3 * u - wave);
    }
    for (uint64_t y = 0; y < f->n_lat; y++) {
        float v = 3.1415926f * ((float)y / (float)f->n_lat - 0.5f);
        float row_part = 28 * cosf(v) * cosf(v) - 5 + 12 * sinf(v) * sinf(year);
        uint32_t seed = (uint32_t)((t * f->n_lat + y) * f->n_lon) * 2654435761U;
        make_row(f, row_part, cosf(v), seed, f->mask + y * f->n_lon, f->plane + y * f->n_lon);
    }
}

static bool read_count(const char *text, uint64_t *out)
{
    char *end;
    *out = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == 0;
}

static bool read_arguments(int n, char **arguments, field *f)
{
    if (n < 4) return false;
    if (!read_count(arguments[1], &f->n_time) || !read_count(arguments[2], &f->n_lat) ||
        !read_count(arguments[3], &f->n_lon)) {
        return false;
    }
    for (int k = 4; k < n; k++) {
        if (strcmp(arguments[k], "--npy") == 0) {
            f->npy = true;
        } else if (strcmp(arguments[k], "--first") == 0 && k + 1 < n) {
            if (!read_count(arguments[++k], &f->first)) return false;
        } else {
            return false;
        }
    }
    return f->n_lat > 0 && f->n_lat < 65536 && f->n_lon > 0 && f->n_lon < 65536;
}

static bool allocate(field *f)
{
    size_t plane = f->n_lat * f->n_lon;
    f->lon_part = malloc(f->n_lon * sizeof(float));
    f->mask = malloc(plane * sizeof(float));
    f->plane = malloc(plane * sizeof(float));
    return f->lon_part && f->mask && f->plane;
}

int main(int n, char **arguments)
{
    field f = {0};
    if (!read_arguments(n, arguments, &f)) {
        fputs("usage: gen_field N_TIME N_LAT N_LON [--npy] [--first T]\n", stderr);
        return 2;
    }
    if (!allocate(&f)) return 5;
    (void)fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 1 << 20); /* a refusal only costs speed */
    make_mask(&f);
    bool fine = !f.npy || write_npy_header(&f);
    for (uint64_t t = f.first; fine && t < f.first + f.n_time; t++) {
        make_plane(&f, t);
        fine = write_all(f.plane, f.n_lat * f.n_lon * sizeof(float));
    }
    if (!fine) perror("gen_field: standard output");
    free(f.lon_part);
    free(f.mask);
    free(f.plane);
    return fine ? 0 : 3;
}
