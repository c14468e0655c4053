#include "compute/block_ring.h"

#include "chunk/error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static size_t block_bytes(const shoal_block_ring *ring)
{
    return ring->block_rows * ring->row_bytes;
}

uint64_t shoal_block_ring_bytes(const shoal_block_ring *ring)
{
    return (uint64_t)ring->n_blocks * block_bytes(ring);
}

shoal_status shoal_block_ring_init(shoal_block_ring *ring, shoal_error *err)
{
    pthread_mutex_init(&ring->lock, NULL);
    pthread_cond_init(&ring->released, NULL);
    for (int k = 0; k < ring->n_blocks; k++) {
        size_t n = block_bytes(ring);
        void *at = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) {
            shoal_block_ring_free(ring);
            return shoal_fail(err, SHOAL_MEMORY, "out of memory");
        }
        madvise(at, n, MADV_HUGEPAGE); /* the first touch of small pages is slow */
        ring->block[k] = at;
    }
    return SHOAL_OK;
}

void shoal_block_ring_free(shoal_block_ring *ring)
{
    for (int k = 0; k < ring->n_blocks; k++)
        if (ring->block[k]) munmap(ring->block[k], block_bytes(ring));
    memset(ring->block, 0, sizeof ring->block);
    pthread_cond_destroy(&ring->released);
    pthread_mutex_destroy(&ring->lock);
}

void shoal_block_ring_put(shoal_block_ring *ring, const void *rows, size_t n_rows)
{
    memcpy(ring->block[0], rows, n_rows * ring->row_bytes);
    ring->filled = n_rows * ring->row_bytes;
    ring->n_rows = n_rows;
}

/* ---- Whose turn a block is ---- */

void shoal_block_ring_hold(shoal_block_ring *ring, uint64_t number)
{
    pthread_mutex_lock(&ring->lock);
    ring->held[number % (uint64_t)ring->n_blocks]++;
    pthread_mutex_unlock(&ring->lock);
}

void shoal_block_ring_release(shoal_block_ring *ring, uint64_t number)
{
    pthread_mutex_lock(&ring->lock);
    if (--ring->held[number % (uint64_t)ring->n_blocks] == 0)
        pthread_cond_broadcast(&ring->released);
    pthread_mutex_unlock(&ring->lock);
}

/* Tasks that hold a block are at work already and need nothing from us, so that this ends. */
static void wait_free(shoal_block_ring *ring, uint64_t number)
{
    pthread_mutex_lock(&ring->lock);
    while (ring->held[number % (uint64_t)ring->n_blocks] > 0)
        pthread_cond_wait(&ring->released, &ring->lock);
    pthread_mutex_unlock(&ring->lock);
}

static bool is_free(shoal_block_ring *ring, uint64_t number, uint64_t oldest)
{
    if (number >= oldest + (uint64_t)ring->n_blocks) return false;
    pthread_mutex_lock(&ring->lock);
    bool is = ring->held[number % (uint64_t)ring->n_blocks] == 0;
    pthread_mutex_unlock(&ring->lock);
    return is;
}

/* ---- Reading ---- */

static shoal_status end_of_stream(shoal_block_ring *ring, shoal_error *err)
{
    ring->ended = true;
    size_t rest = ring->filled % ring->row_bytes;
    if (rest > 0)
        return shoal_fail(err, SHOAL_DATA,
                          "%s: ends within a row: %zu bytes are left over of rows of %zu",
                          ring->stream->name, rest, ring->row_bytes);
    if (ring->n_left > 0 && ring->n_left != UINT64_MAX)
        return shoal_fail(err, SHOAL_DATA, "%s: ends too early: %" PRIu64 " rows are missing",
                          ring->stream->name, ring->n_left);
    return SHOAL_OK;
}

/* Counts what was read; goes on to the next block when this one is complete. */
static void advance(shoal_block_ring *ring, size_t n)
{
    uint64_t before = ring->filled / ring->row_bytes;
    ring->filled += n;
    uint64_t rows = ring->filled / ring->row_bytes - before;
    ring->n_rows += rows;
    if (ring->n_left != UINT64_MAX) ring->n_left -= rows;
    if (ring->filled < block_bytes(ring)) return;
    ring->filled = 0;
    ring->reading++;
}

/* One read into the block that is being filled, which must be free. */
static shoal_status read_some(shoal_block_ring *ring, size_t most, size_t *got, shoal_error *err)
{
    size_t room = block_bytes(ring) - ring->filled;
    size_t in_row = ring->filled % ring->row_bytes;
    *got = 0;
    if (ring->n_left < room / ring->row_bytes + 1) {
        size_t left = (size_t)ring->n_left * ring->row_bytes - in_row;
        if (left < room) room = left;
    }
    if (room > most) room = most;
    if (room == 0) return end_of_stream(ring, err);
    uint8_t *to = ring->block[ring->reading % (uint64_t)ring->n_blocks] + ring->filled;
    shoal_status status = ring->stream->read(ring->stream->context, to, room, got, err);
    if (status) return status;
    if (*got == 0) return end_of_stream(ring, err);
    advance(ring, *got);
    return SHOAL_OK;
}

shoal_status shoal_block_ring_need(shoal_block_ring *ring, uint64_t number, size_t *n_rows,
                                   shoal_error *err)
{
    while (!ring->ended && ring->reading <= number) {
        size_t got;
        wait_free(ring, ring->reading);
        shoal_status status = read_some(ring, SIZE_MAX, &got, err);
        if (status) return status;
    }
    *n_rows = ring->block_rows;
    if (ring->reading == number) *n_rows = ring->filled / ring->row_bytes;
    if (ring->reading < number) *n_rows = 0;
    return SHOAL_OK;
}

shoal_status shoal_block_ring_ahead(shoal_block_ring *ring, uint64_t oldest, size_t n,
                                    shoal_error *err)
{
    while (n > 0 && !ring->ended && is_free(ring, ring->reading, oldest)) {
        size_t got;
        shoal_status status = read_some(ring, n, &got, err);
        if (status) return status;
        n -= got < n ? got : n;
    }
    return SHOAL_OK;
}
