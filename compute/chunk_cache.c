#include "compute/chunk_cache.h"

#include "chunk/error.h"

#include <pthread.h>
#include <stdlib.h>

typedef enum entry_state { ENTRY_EMPTY, ENTRY_DECODING, ENTRY_READY } entry_state;

typedef struct entry {
    entry_state state;
    const shoal_dataset *dataset;
    uint64_t chunk_id, used; /* `used`: the clock at the last use */
    int pins;
    uint8_t *bytes;
} entry;

struct shoal_chunk_cache {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int n;
    uint64_t clock;
    entry *entries;
    uint8_t *memory;
};

shoal_status shoal_chunk_cache_new(int n_entries, size_t entry_bytes, shoal_chunk_cache **out,
                                   shoal_error *err)
{
    shoal_chunk_cache *c = calloc(1, sizeof *c);
    size_t padded = (entry_bytes + 63) & ~(size_t)63;
    if (c) {
        pthread_mutex_init(&c->lock, NULL);
        pthread_cond_init(&c->changed, NULL);
        c->n = n_entries;
        c->entries = calloc((size_t)n_entries, sizeof *c->entries);
        c->memory = aligned_alloc(64, padded * (size_t)n_entries);
    }
    if (!c || !c->entries || !c->memory) {
        shoal_chunk_cache_free(c);
        return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the chunk cache");
    }
    for (int k = 0; k < n_entries; k++) c->entries[k].bytes = c->memory + padded * (size_t)k;
    *out = c;
    return SHOAL_OK;
}

void shoal_chunk_cache_free(shoal_chunk_cache *cache)
{
    if (!cache) return;
    pthread_cond_destroy(&cache->changed);
    pthread_mutex_destroy(&cache->lock);
    free(cache->entries);
    free(cache->memory);
    free(cache);
}

/* With the lock held: the chunk's entry, or the one to give up, or NULL when all are pinned. */
static entry *choose(shoal_chunk_cache *c, const shoal_dataset *dataset, uint64_t chunk_id)
{
    entry *oldest = NULL;
    for (int k = 0; k < c->n; k++) {
        entry *e = &c->entries[k];
        if (e->state != ENTRY_EMPTY && e->dataset == dataset && e->chunk_id == chunk_id) return e;
        if (e->pins == 0 && (!oldest || e->used < oldest->used)) oldest = e;
    }
    return oldest;
}

shoal_status shoal_chunk_cache_get(shoal_chunk_cache *cache, const shoal_dataset *dataset,
                                   uint64_t chunk_id, shoal_reader *reader, const uint8_t **out,
                                   shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    pthread_mutex_lock(&cache->lock);
    for (;;) {
        entry *e = choose(cache, dataset, chunk_id);
        bool same =
            e && e->state != ENTRY_EMPTY && e->dataset == dataset && e->chunk_id == chunk_id;
        if (!e || (same && e->state == ENTRY_DECODING)) {
            pthread_cond_wait(&cache->changed, &cache->lock);
            continue;
        }
        e->pins++;
        e->used = ++cache->clock;
        *out = e->bytes;
        if (same) break;
        e->dataset = dataset;
        e->chunk_id = chunk_id;
        e->state = ENTRY_DECODING;
        pthread_mutex_unlock(&cache->lock);
        status = shoal_reader_chunk(reader, chunk_id, e->bytes, err);
        pthread_mutex_lock(&cache->lock);
        e->state = status ? ENTRY_EMPTY : ENTRY_READY;
        if (status) e->pins--;
        pthread_cond_broadcast(&cache->changed);
        break;
    }
    pthread_mutex_unlock(&cache->lock);
    return status;
}

void shoal_chunk_cache_release(shoal_chunk_cache *cache, const uint8_t *chunk)
{
    pthread_mutex_lock(&cache->lock);
    for (int k = 0; k < cache->n; k++)
        if (cache->entries[k].bytes == chunk) cache->entries[k].pins--;
    pthread_cond_broadcast(&cache->changed);
    pthread_mutex_unlock(&cache->lock);
}
