#include "chunk/copy.h"

#include <string.h>

enum {
    LINE_BYTES = 64,
    LARGEST_TILED = 16, /* elements of more bytes gain nothing from tiles */
    LARGEST_TILE = LINE_BYTES * LINE_BYTES,
};

typedef struct axis {
    uint64_t n;
    int64_t src, dst; /* strides in bytes */
} axis;

/* One run along an axis, any strides. `n_bytes` is a constant wherever this is inlined, so each
   element's copy becomes a load and a store. */
static inline __attribute__((always_inline)) void copy_elements(size_t n, const char *src,
                                                                int64_t src_stride, char *dst,
                                                                int64_t dst_stride, size_t n_bytes)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(dst, src, n_bytes);
        src += src_stride;
        dst += dst_stride;
    }
}

static void copy_run(size_t n, const char *src, int64_t src_stride, char *dst, int64_t dst_stride,
                     size_t n_bytes)
{
    if (src_stride == (int64_t)n_bytes && dst_stride == (int64_t)n_bytes) {
        memcpy(dst, src, n * n_bytes);
        return;
    }
    if (src_stride == 0 && dst_stride == (int64_t)n_bytes) {
        shoal_fill_elements(dst, src, n, n_bytes);
        return;
    }
    switch (n_bytes) {
    case 1: copy_elements(n, src, src_stride, dst, dst_stride, 1); break;
    case 2: copy_elements(n, src, src_stride, dst, dst_stride, 2); break;
    case 4: copy_elements(n, src, src_stride, dst, dst_stride, 4); break;
    case 8: copy_elements(n, src, src_stride, dst, dst_stride, 8); break;
    case 16: copy_elements(n, src, src_stride, dst, dst_stride, 16); break;
    default: copy_elements(n, src, src_stride, dst, dst_stride, n_bytes); break;
    }
}

/* Two axes in square tiles of about a cache line a side: a run along `rows`, where src is dense,
   goes to a tile that stays in the first-level cache, and from there runs along `columns`, where
   dst is dense, go on. So each line of both sides is touched once, whatever their strides. */
static void copy_tiles(axis rows, axis columns, const char *src, char *dst, size_t n_bytes)
{
    char tile[LARGEST_TILE];
    size_t side = n_bytes <= 8 ? LINE_BYTES / n_bytes : 8;
    int64_t pitch = (int64_t)(side * n_bytes), step = (int64_t)n_bytes;
    for (size_t j = 0; j < columns.n; j += side) {
        size_t n_columns = columns.n - j < side ? columns.n - j : side;
        for (size_t i = 0; i < rows.n; i += side) {
            size_t n_rows = rows.n - i < side ? rows.n - i : side;
            const char *from = src + (int64_t)i * rows.src + (int64_t)j * columns.src;
            char *to = dst + (int64_t)i * rows.dst + (int64_t)j * columns.dst;
            for (size_t c = 0; c < n_columns; c++)
                copy_run(n_rows, from + (int64_t)c * columns.src, rows.src,
                         tile + (int64_t)c * pitch, step, n_bytes);
            for (size_t r = 0; r < n_rows; r++)
                copy_run(n_columns, tile + (int64_t)r * step, pitch, to + (int64_t)r * rows.dst,
                         columns.dst, n_bytes);
        }
    }
}

/* Drops axes of one element and joins neighbours that are one run on both sides. Returns how many
   are left, or -1 when there is nothing to copy. */
static int merge_axes(int rank, const uint64_t *counts, const int64_t *src, const int64_t *dst,
                      axis *axes)
{
    int n = 0;
    for (int k = 0; k < rank; k++) {
        if (counts[k] == 0) return -1;
        if (counts[k] == 1) continue;
        int64_t count = (int64_t)counts[k];
        if (n > 0 && axes[n - 1].src == count * src[k] && axes[n - 1].dst == count * dst[k]) {
            axes[n - 1] = (axis){axes[n - 1].n * counts[k], src[k], dst[k]};
        } else {
            axes[n++] = (axis){counts[k], src[k], dst[k]};
        }
    }
    return n;
}

/* A run that is dense on both sides becomes one larger element. Returns how many axes are left. */
static int widen_element(axis *axes, int n, size_t *n_bytes)
{
    for (int k = n - 1; k >= 0; k--) {
        if (axes[k].src != (int64_t)*n_bytes || axes[k].dst != (int64_t)*n_bytes) continue;
        *n_bytes *= axes[k].n;
        memmove(&axes[k], &axes[k + 1], (size_t)(n - 1 - k) * sizeof *axes);
        k = --n;
    }
    return n;
}

static uint64_t distance(int64_t stride)
{
    return stride < 0 ? -(uint64_t)stride : (uint64_t)stride;
}

static void move_to_end(axis *axes, int n, int k)
{
    axis moved = axes[k];
    memmove(&axes[k], &axes[k + 1], (size_t)(n - 1 - k) * sizeof *axes);
    axes[n - 1] = moved;
}

/* Puts the axis innermost along which dst is densest, and before it, where that is another one,
   the axis along which src is. Returns how many of the last axes are to be copied together. */
static int order_axes(axis *axes, int n, size_t n_bytes)
{
    int by_dst = n - 1, by_src = n - 1;
    for (int k = n - 2; k >= 0; k--)
        if (distance(axes[k].dst) < distance(axes[by_dst].dst)) by_dst = k;
    move_to_end(axes, n, by_dst);
    if (n < 2 || axes[n - 1].src == 0 || n_bytes > LARGEST_TILED) return 1;
    for (int k = n - 2; k >= 0; k--)
        if (axes[k].src != 0 && distance(axes[k].src) < distance(axes[by_src].src)) by_src = k;
    if (by_src == n - 1) return 1;
    move_to_end(axes, n - 1, by_src);
    return 2;
}

void shoal_copy_box(int rank, const uint64_t *counts, const void *src, const int64_t *src_strides,
                    void *dst, const int64_t *dst_strides, size_t n_bytes)
{
    axis axes[SHOAL_MAX_RANK];
    int n = merge_axes(rank, counts, src_strides, dst_strides, axes);
    if (n < 0 || n_bytes == 0) return;
    n = widen_element(axes, n, &n_bytes);
    if (n == 0) {
        memcpy(dst, src, n_bytes);
        return;
    }
    int n_inner = order_axes(axes, n, n_bytes), n_outer = n - n_inner;
    uint64_t at[SHOAL_MAX_RANK] = {0};
    const char *from = src;
    char *to = dst;
    for (;;) {
        if (n_inner == 2)
            copy_tiles(axes[n - 2], axes[n - 1], from, to, n_bytes);
        else
            copy_run(axes[n - 1].n, from, axes[n - 1].src, to, axes[n - 1].dst, n_bytes);
        int k = n_outer - 1;
        for (; k >= 0 && at[k] == axes[k].n - 1; k--) {
            from -= (int64_t)at[k] * axes[k].src;
            to -= (int64_t)at[k] * axes[k].dst;
            at[k] = 0;
        }
        if (k < 0) return;
        at[k]++;
        from += axes[k].src;
        to += axes[k].dst;
    }
}

void shoal_contiguous_strides(int rank, const uint64_t *shape, size_t n_bytes, int64_t *strides)
{
    uint64_t stride = n_bytes;
    for (int k = rank - 1; k >= 0; k--) {
        strides[k] = (int64_t)stride;
        stride *= shape[k];
    }
}

void shoal_gather_run(int rank, const uint64_t *counts, const void *src, const int64_t *strides,
                      uint64_t first, size_t n, void *dst, size_t n_bytes)
{
    axis axes[SHOAL_MAX_RANK + 1];
    int64_t dense[SHOAL_MAX_RANK];
    shoal_contiguous_strides(rank, counts, n_bytes, dense);
    int n_axes = merge_axes(rank, counts, strides, dense, axes);
    if (n_axes < 0 || n == 0) return;
    if (n_axes == 0) axes[n_axes++] = (axis){1, (int64_t)n_bytes, (int64_t)n_bytes};
    uint64_t at[SHOAL_MAX_RANK + 1];
    const char *from = src;
    char *to = dst;
    for (int k = n_axes - 1; k >= 0; k--) {
        at[k] = first % axes[k].n;
        first /= axes[k].n;
        from += (int64_t)at[k] * axes[k].src;
    }
    const axis *inner = &axes[n_axes - 1];
    size_t offset = at[n_axes - 1];
    for (;;) {
        size_t n_run = n < inner->n - offset ? n : inner->n - offset;
        copy_run(n_run, from, inner->src, to, (int64_t)n_bytes, n_bytes);
        n -= n_run;
        if (n == 0) return;
        to += n_run * n_bytes;
        from -= (int64_t)offset * inner->src;
        offset = 0;
        int k = n_axes - 2;
        for (; k >= 0 && at[k] == axes[k].n - 1; k--) {
            from -= (int64_t)at[k] * axes[k].src;
            at[k] = 0;
        }
        if (k < 0) return;
        at[k]++;
        from += axes[k].src;
    }
}

void shoal_fill_elements(void *dst, const void *element, size_t n, size_t n_bytes)
{
    const unsigned char *byte = element;
    char *to = dst;
    if (n == 0 || n_bytes == 0) return;
    if (n_bytes == 1 || memcmp(byte, byte + 1, n_bytes - 1) == 0) {
        memset(dst, byte[0], n * n_bytes);
        return;
    }
    /* Double what is there up to about a page, then repeat that from the cache. */
    size_t total = n * n_bytes, filled = n_bytes;
    memcpy(to, element, n_bytes);
    while (filled < 4096 && filled <= total - filled) {
        memcpy(to + filled, to, filled);
        filled *= 2;
    }
    for (size_t left = total - filled, at = filled; left > 0;) {
        size_t step = left < filled ? left : filled;
        memcpy(to + at, to, step);
        at += step;
        left -= step;
    }
}
