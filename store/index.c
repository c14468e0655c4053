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

/* ---- Sorting ---- */

/* Ids are dense as a rule: so each entry's place is the number of ids below its own, which a bitmap
   of the ids tells, with a running count for each of its words. */
typedef struct id_set {
    uint64_t n_words;
    uint64_t *word, *before; /* `before`: ids in the words before */
} id_set;

static shoal_status twice(uint64_t chunk_id, shoal_error *err)
{
    return shoal_fail(err, SHOAL_DATA, "the chunk index has chunk %" PRIu64 " twice", chunk_id);
}

static uint64_t place_of(const id_set *set, uint64_t id)
{
    uint64_t below = set->word[id / 64] & (((uint64_t)1 << id % 64) - 1);
    return set->before[id / 64] + (uint64_t)__builtin_popcountll(below);
}

/* Fills the set; every entry's place is then known, and no two have the same. */
static shoal_status gather_ids(const shoal_index *index, id_set *set, shoal_error *err)
{
    uint64_t n = 0;
    for (uint64_t k = 0; k < index->n; k++) {
        uint64_t id = index->entries[k].chunk_id, bit = (uint64_t)1 << id % 64;
        if (set->word[id / 64] & bit) return twice(id, err);
        set->word[id / 64] |= bit;
    }
    for (uint64_t k = 0; k < set->n_words; k++) {
        set->before[k] = n;
        n += (uint64_t)__builtin_popcountll(set->word[k]);
    }
    return SHOAL_OK;
}

static void permute(shoal_index *index, const id_set *set)
{
    for (uint64_t k = 0; k < index->n; k++) {
        shoal_index_entry entry = index->entries[k];
        for (uint64_t to; (to = place_of(set, entry.chunk_id)) != k;) {
            shoal_index_entry displaced = index->entries[to];
            index->entries[to] = entry;
            entry = displaced;
        }
        index->entries[k] = entry;
    }
}

static shoal_status sort_dense(shoal_index *index, uint64_t highest, shoal_error *err)
{
    id_set set = {.n_words = highest / 64 + 1};
    set.word = calloc((size_t)set.n_words, 2 * sizeof *set.word);
    if (!set.word) return shoal_fail(err, SHOAL_MEMORY, "no memory to sort the chunk index");
    set.before = set.word + set.n_words;
    shoal_status status = gather_ids(index, &set, err);
    if (status == SHOAL_OK) permute(index, &set);
    free(set.word);
    return status;
}

/* Sorts, in time and memory that are linear where the ids are dense. */
static shoal_status sort(shoal_index *index, shoal_error *err)
{
    uint64_t highest = 0;
    for (uint64_t k = 0; k < index->n; k++)
        if (index->entries[k].chunk_id > highest) highest = index->entries[k].chunk_id;
    if (highest / 64 <= index->n) return sort_dense(index, highest, err);
    qsort(index->entries, (size_t)index->n, sizeof *index->entries, by_chunk_id);
    return SHOAL_OK;
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
    shoal_status status = is_sorted(index) ? SHOAL_OK : sort(index, err);
    if (status != SHOAL_OK) return status;
    for (uint64_t k = 1; k < index->n; k++)
        if (index->entries[k - 1].chunk_id == index->entries[k].chunk_id)
            return twice(index->entries[k].chunk_id, err);
    return SHOAL_OK;
}
