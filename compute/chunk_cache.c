#include "compute/chunk_cache.h"

#include "chunk/copy.h"
#include "chunk/error.h"

#include <pthread.h>
#include <stdlib.h>

#define NONE (-1)

typedef struct entry {
    const shoal_dataset *dataset; /* NULL: empty, and in no chain */
    uint64_t chunk_id;
    bool ready; /* false: being decoded */
    int pins;
    int next;         /* in the chain of its hash */
    int older, newer; /* among those without pins, by their last release */
} entry;

struct shoal_chunk_cache {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int n, oldest, newest;
    entry *entries;
    int *chain; /* n of them */
    size_t entry_bytes;
    uint8_t *memory;
};

/* ---- With the lock held ---- */

static int *chain_of(shoal_chunk_cache *c, const shoal_dataset *dataset, uint64_t chunk_id)
{
    uint64_t hash = (chunk_id ^ (uintptr_t)dataset >> 4) * UINT64_C(0x9e3779b97f4a7c15);
    return &c->chain[(hash >> 32) % (uint64_t)c->n];
}

static int find(shoal_chunk_cache *c, const shoal_dataset *dataset, uint64_t chunk_id)
{
    int k = *chain_of(c, dataset, chunk_id);
    while (k != NONE && (c->entries[k].dataset != dataset || c->entries[k].chunk_id != chunk_id))
        k = c->entries[k].next;
    return k;
}

static void set_chunk(shoal_chunk_cache *c, int k, const shoal_dataset *dataset, uint64_t chunk_id)
{
    entry *e = &c->entries[k];
    if (e->dataset) {
        int *at = chain_of(c, e->dataset, e->chunk_id);
        while (*at != k) at = &c->entries[*at].next;
        *at = e->next;
    }
    e->dataset = dataset;
    e->chunk_id = chunk_id;
    e->ready = false;
    if (!dataset) return;
    int *chain = chain_of(c, dataset, chunk_id);
    e->next = *chain;
    *chain = k;
}

static void pin(shoal_chunk_cache *c, int k)
{
    entry *e = &c->entries[k];
    if (e->pins++ > 0) return;
    *(e->older == NONE ? &c->oldest : &c->entries[e->older].newer) = e->newer;
    *(e->newer == NONE ? &c->newest : &c->entries[e->newer].older) = e->older;
}

static void unpin(shoal_chunk_cache *c, int k)
{
    entry *e = &c->entries[k];
    if (--e->pins > 0) return;
    e->older = c->newest;
    e->newer = NONE;
    *(e->older == NONE ? &c->oldest : &c->entries[e->older].newer) = k;
    c->newest = k;
    pthread_cond_broadcast(&c->changed);
}

/* ---- */

shoal_status shoal_chunk_cache_new(int n_entries, size_t entry_bytes, shoal_chunk_cache **out,
                                   shoal_error *err)
{
    shoal_chunk_cache *c = calloc(1, sizeof *c);
    if (c) {
        pthread_mutex_init(&c->lock, NULL);
        pthread_cond_init(&c->changed, NULL);
        c->n = n_entries;
        c->oldest = c->newest = NONE;
        c->entry_bytes = (entry_bytes + 63) & ~(size_t)63;
        c->entries = calloc((size_t)n_entries, sizeof *c->entries);
        c->chain = calloc((size_t)n_entries, sizeof *c->chain);
        c->memory = aligned_alloc(64, c->entry_bytes * (size_t)n_entries);
    }
    if (!c || !c->entries || !c->chain || !c->memory) {
        shoal_chunk_cache_free(c);
        return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the chunk cache");
    }
    for (int k = 0; k < n_entries; k++) {
        c->chain[k] = NONE;
        c->entries[k].pins = 1;
        unpin(c, k);
    }
    *out = c;
    return SHOAL_OK;
}

void shoal_chunk_cache_free(shoal_chunk_cache *cache)
{
    if (!cache) return;
    pthread_cond_destroy(&cache->changed);
    pthread_mutex_destroy(&cache->lock);
    free(cache->entries);
    free(cache->chain);
    free(cache->memory);
    free(cache);
}

shoal_status shoal_chunk_cache_get(shoal_chunk_cache *cache, const shoal_dataset *dataset,
                                   uint64_t chunk_id, shoal_reader *reader, const uint8_t **out,
                                   shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    pthread_mutex_lock(&cache->lock);
    int k = find(cache, dataset, chunk_id);
    /* wait while another decodes it, or while every entry is pinned */
    while (k == NONE ? cache->oldest == NONE : !cache->entries[k].ready) {
        pthread_cond_wait(&cache->changed, &cache->lock);
        k = find(cache, dataset, chunk_id);
    }
    bool decodes = k == NONE;
    if (decodes) k = cache->oldest;
    pin(cache, k);
    uint8_t *bytes = cache->memory + cache->entry_bytes * (size_t)k;
    if (decodes) {
        set_chunk(cache, k, dataset, chunk_id);
        pthread_mutex_unlock(&cache->lock);
        status = shoal_reader_chunk(reader, chunk_id, bytes, err);
        pthread_mutex_lock(&cache->lock);
        cache->entries[k].ready = !status;
        if (status) {
            set_chunk(cache, k, NULL, 0);
            unpin(cache, k);
        }
        pthread_cond_broadcast(&cache->changed);
    }
    pthread_mutex_unlock(&cache->lock);
    *out = bytes;
    return status;
}

void shoal_chunk_cache_release(shoal_chunk_cache *cache, const uint8_t *chunk)
{
    pthread_mutex_lock(&cache->lock);
    unpin(cache, (int)((size_t)(chunk - cache->memory) / cache->entry_bytes));
    pthread_mutex_unlock(&cache->lock);
}

shoal_status shoal_chunk_cache_read(shoal_chunk_cache *cache, const shoal_dataset *dataset,
                                    shoal_reader *reader, const shoal_region *region, uint8_t *dst,
                                    const int64_t *strides, shoal_error *err)
{
    const shoal_grid *grid = &dataset->grid;
    size_t size = dataset->type.n_bytes;
    uint64_t count[SHOAL_MAX_RANK];
    int64_t from[SHOAL_MAX_RANK], step[SHOAL_MAX_RANK];
    shoal_contiguous_strides(region->rank, grid->chunk, size, from);
    shoal_pieces it;
    shoal_piece piece;
    for (shoal_pieces_begin(&it, grid, region); shoal_pieces_next(&it, &piece);) {
        const uint8_t *chunk;
        shoal_status status =
            shoal_chunk_cache_get(cache, dataset, piece.chunk_id, reader, &chunk, err);
        if (status) return status;
        const uint8_t *src = chunk;
        uint8_t *at = dst;
        for (int b = 0; b < region->rank; b++) {
            src += piece.in_chunk[b].start * from[b];
            at += (int64_t)piece.in_region[b] * strides[b];
            count[b] = piece.in_chunk[b].count;
            step[b] = from[b] * piece.in_chunk[b].step;
        }
        shoal_copy_box(region->rank, count, src, step, at, strides, size);
        shoal_chunk_cache_release(cache, chunk);
    }
    return SHOAL_OK;
}
