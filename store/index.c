#include "store/index.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include <inttypes.h>
#include <stdlib.h>

const shoal_index_entry *shoal_index_find(const shoal_index *index, uint64_t chunk_id)
{
    if (index->n == 0) return NULL;
    /* Ids rise without repeats, so entry k has an id of at least k: the id sought is at its own
       place when all are there, and before it when some are missing. */
    uint64_t low = 0, high = chunk_id < index->n ? chunk_id : index->n - 1;
    if (index->entries[high].chunk_id == chunk_id) return &index->entries[high];
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (index->entries[middle].chunk_id < chunk_id)
            low = middle + 1;
        else
            high = middle;
    }
    return index->entries[low].chunk_id == chunk_id ? &index->entries[low] : NULL;
}

void shoal_index_free(shoal_index *index)
{
    free(index->entries);
    *index = (shoal_index){0};
}

shoal_status shoal_index_add(shoal_index *index, uint64_t *capacity, shoal_index_entry entry,
                             const shoal_map *map, shoal_error *err)
{
    if (!shoal_range_fits(entry.offset, entry.n_bytes, shoal_map_size(map)))
        return shoal_fail(err, SHOAL_DATA,
                          "chunk %" PRIu64 " lies outside of the file: byte %" PRIu64 " + %" PRIu32
                          " of %" PRIu64,
                          entry.chunk_id, entry.offset, entry.n_bytes, shoal_map_size(map));
    if (index->n == *capacity) {
        uint64_t wanted = *capacity < 64 ? 64 : *capacity + *capacity / 2;
        size_t n_bytes;
        shoal_index_entry *grown = NULL;
        if (shoal_mul_size(wanted, sizeof *grown, &n_bytes))
            grown = realloc(index->entries, n_bytes);
        if (!grown)
            return shoal_fail(err, SHOAL_MEMORY, "no memory for an index of %" PRIu64 " chunks",
                              wanted);
        index->entries = grown;
        *capacity = wanted;
    }
    index->entries[index->n++] = entry;
    return SHOAL_OK;
}

static int by_chunk_id(const void *a, const void *b)
{
    uint64_t left = ((const shoal_index_entry *)a)->chunk_id;
    uint64_t right = ((const shoal_index_entry *)b)->chunk_id;
    return (left > right) - (left < right);
}

static bool is_sorted(const shoal_index *index)
{
    for (uint64_t k = 1; k < index->n; k++)
        if (index->entries[k - 1].chunk_id > index->entries[k].chunk_id) return false;
    return true;
}

shoal_status shoal_index_finish(shoal_index *index, const shoal_map *map, shoal_error *err)
{
    (void)map;
    if (index->n == 0) {
        shoal_index_free(index);
        return SHOAL_OK;
    }
    shoal_index_entry *exact = realloc(index->entries, (size_t)index->n * sizeof *exact);
    if (exact) index->entries = exact;
    if (!is_sorted(index)) qsort(index->entries, (size_t)index->n, sizeof *exact, by_chunk_id);
    for (uint64_t k = 1; k < index->n; k++)
        if (index->entries[k - 1].chunk_id == index->entries[k].chunk_id)
            return shoal_fail(err, SHOAL_DATA, "the chunk index has chunk %" PRIu64 " twice",
                              index->entries[k].chunk_id);
    return SHOAL_OK;
}
