#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/dataset_open.h"
#include <pthread.h>
#include <stdlib.h>

enum { MAX_IDLE = 8 };

struct shoal_reader_pool {
    pthread_mutex_t lock;
    shoal_reader *idle[MAX_IDLE];
    int n;
};

struct shoal_reader_pool *shoal_reader_pool_new(void)
{
    struct shoal_reader_pool *pool = calloc(1, sizeof *pool);
    if (pool) pthread_mutex_init(&pool->lock, NULL);
    return pool;
}

void shoal_reader_pool_free(struct shoal_reader_pool *pool)
{
    if (!pool) return;
    for (int k = 0; k < pool->n; k++) shoal_reader_free(pool->idle[k]);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

shoal_status shoal_dataset_take_reader(shoal_dataset *dataset, shoal_reader **out, shoal_error *err)
{
    struct shoal_reader_pool *pool = dataset->readers;
    *out = NULL;
    pthread_mutex_lock(&pool->lock);
    if (pool->n > 0) *out = pool->idle[--pool->n];
    pthread_mutex_unlock(&pool->lock);
    return *out ? SHOAL_OK : shoal_reader_new(dataset, out, err);
}

void shoal_dataset_give_reader(shoal_dataset *dataset, shoal_reader *reader)
{
    struct shoal_reader_pool *pool = dataset->readers;
    pthread_mutex_lock(&pool->lock);
    bool fits = pool->n < MAX_IDLE;
    if (fits) pool->idle[pool->n++] = reader;
    pthread_mutex_unlock(&pool->lock);
    if (!fits) shoal_reader_free(reader);
}

shoal_status shoal_dataset_check_read(const shoal_dataset *dataset, const shoal_region *region,
                                      size_t n_bytes, shoal_error *err)
{
    uint64_t n_elements, wanted;
    if (!dataset->readable)
        return shoal_fail(err, SHOAL_DATA, "%s: %s", dataset->name, dataset->why_not);
    if (region->rank != dataset->grid.rank || !shoal_region_inside(region, dataset->grid.shape))
        return shoal_fail(err, SHOAL_USAGE, "%s: the region does not lie in its shape",
                          dataset->name);
    if (!shoal_region_elements(region, &n_elements) ||
        !shoal_mul_u64(n_elements, dataset->type.n_bytes, &wanted) || wanted != n_bytes)
        return shoal_fail(err, SHOAL_USAGE,
                          "%s: the buffer of %zu bytes is not of the region's size", dataset->name,
                          n_bytes);
    return SHOAL_OK;
}

shoal_status shoal_dataset_read(shoal_dataset *dataset, const shoal_region *region, void *buffer,
                                size_t n_bytes, shoal_error *err)
{
    shoal_reader *reader;
    shoal_status status = shoal_dataset_check_read(dataset, region, n_bytes, err);
    if (!status) status = shoal_dataset_take_reader(dataset, &reader, err);
    if (status != SHOAL_OK) return status;
    status = shoal_reader_region(reader, region, buffer, err);
    shoal_dataset_give_reader(dataset, reader);
    return status;
}
