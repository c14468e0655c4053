#include "store/spill.h"

#include "chunk/error.h"
#include "store/dataset_open.h"
#include "store/temporary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct shoal_spill {
    shoal_dataset *dataset;
    int fd;
    uint64_t size;
    char *folder;
};

static shoal_status fail_errno(const shoal_spill *spill, shoal_error *err)
{
    return shoal_fail(err, SHOAL_SYSTEM, "%s: cannot hold %s: %s; see --tmpdir", spill->folder,
                      spill->dataset->name, strerror(errno));
}

shoal_status shoal_spill_new(const char *name, shoal_type type, int rank, const uint64_t *shape,
                             const uint64_t *chunk, const shoal_pipeline *pipeline,
                             shoal_spill **out, shoal_error *err)
{
    shoal_spill *spill = calloc(1, sizeof *spill);
    shoal_dataset *dataset = shoal_dataset_new(name, NULL);
    shoal_status status = SHOAL_OK;
    if (!spill || !dataset) status = shoal_fail(err, SHOAL_SYSTEM, "out of memory for the plan");
    if (!status) {
        spill->fd = -1;
        spill->dataset = dataset;
        dataset->layout = SHOAL_LAYOUT_CHUNKED;
        dataset->readable = true;
        dataset->type = type;
        dataset->pipeline = *pipeline;
        dataset->grid.rank = rank;
        memcpy(dataset->grid.shape, shape, (size_t)rank * sizeof *shape);
        status = shoal_dataset_finish(dataset, chunk, err);
    }
    if (!status) {
        *out = spill;
        return status;
    }
    shoal_dataset_close(dataset);
    free(spill);
    return status;
}

static void forget(shoal_spill *spill)
{
    shoal_dataset *dataset = spill->dataset;
    if (dataset->owned_map) shoal_map_close(dataset->owned_map);
    dataset->map = dataset->owned_map = NULL;
    shoal_index_free(&dataset->index);
    if (spill->fd >= 0) close(spill->fd);
    free(spill->folder);
    spill->folder = NULL;
    spill->fd = -1;
    spill->size = 0;
}

void shoal_spill_free(shoal_spill *spill)
{
    if (!spill) return;
    forget(spill);
    shoal_dataset_close(spill->dataset);
    free(spill);
}

shoal_dataset *shoal_spill_dataset(const shoal_spill *spill)
{
    return spill->dataset;
}

uint64_t shoal_spill_memory(const shoal_spill *spill)
{
    return spill->dataset->grid.n_chunks * sizeof(shoal_index_entry);
}

shoal_status shoal_spill_begin(shoal_spill *spill, const char *tmpdir, shoal_error *err)
{
    shoal_index *index = &spill->dataset->index;
    forget(spill);
    spill->folder = strdup(shoal_temporary_folder(tmpdir));
    index->entries = calloc((size_t)spill->dataset->grid.n_chunks + 1, sizeof *index->entries);
    if (!spill->folder || !index->entries)
        return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the chunks of %s",
                          spill->dataset->name);
    spill->fd = shoal_temporary_open(spill->folder);
    return spill->fd < 0 ? fail_errno(spill, err) : SHOAL_OK;
}

/* Each chunk has its place in the index from the start, whatever the order in which they come. */
shoal_status shoal_spill_append(shoal_spill *spill, uint64_t chunk_id, const void *bytes,
                                size_t n_bytes, uint32_t mask, shoal_error *err)
{
    shoal_index *index = &spill->dataset->index;
    if (!shoal_temporary_write(spill->fd, bytes, n_bytes)) return fail_errno(spill, err);
    index->entries[chunk_id] = (shoal_index_entry){chunk_id, spill->size, (uint32_t)n_bytes, mask};
    spill->size += n_bytes;
    index->n++;
    return SHOAL_OK;
}

shoal_status shoal_spill_finish(shoal_spill *spill, shoal_error *err)
{
    shoal_dataset *dataset = spill->dataset;
    char path[40];
    if (dataset->index.n != dataset->grid.n_chunks)
        return shoal_fail(err, SHOAL_SYSTEM, "%s: not all of its chunks were written",
                          dataset->name);
    snprintf(path, sizeof path, "/proc/self/fd/%d", spill->fd);
    shoal_status status = shoal_map_open(path, &dataset->owned_map, err);
    dataset->map = dataset->owned_map;
    return status;
}
