/* Prints where the own readers find the chunks of datasets in a file's root group, whose names come
   from standard input, a line each: "KIND N", then N lines "ID OFFSET BYTES MASK"; "none 0" where
   nothing was allocated. With -t, only "KIND N SECONDS LAST_OFFSET", the time from the open on. */
#include "store/index/chunk_index.h"
#include "store/metadata/dataspace.h"
#include "store/metadata/datatype.h"
#include "store/metadata/links.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct described {
    shoal_storage storage;
    shoal_dataspace space;
    shoal_pipeline pipeline;
    shoal_datatype *type;
} described;

static shoal_status describe(const shoal_metadata *meta, const char *name,
                             shoal_object_header *header, described *out, shoal_error *err)
{
    shoal_object_header root;
    shoal_link link;
    bool found;
    shoal_status status = shoal_object_header_read(meta, meta->root, &root, err);
    if (status != SHOAL_OK) return status;
    status = shoal_link_find(meta, &root, name, &found, &link, err);
    shoal_object_header_free(&root);
    if (status != SHOAL_OK || !found) return found ? status : SHOAL_USAGE;
    status = shoal_object_header_read(meta, link.address, header, err);
    shoal_link_clear(&link);
    if (status != SHOAL_OK) return status;
    const shoal_message *space = shoal_object_header_find(header, SHOAL_MESSAGE_DATASPACE),
                        *type = shoal_object_header_find(header, SHOAL_MESSAGE_DATATYPE),
                        *layout = shoal_object_header_find(header, SHOAL_MESSAGE_LAYOUT),
                        *pipeline = shoal_object_header_find(header, SHOAL_MESSAGE_PIPELINE);
    if (!space || !type || !layout) return SHOAL_DATA;
    status = shoal_dataspace_parse(meta, space->bytes, space->n, &out->space, err);
    if (status == SHOAL_OK)
        status = shoal_datatype_parse(meta, type->bytes, type->n, &out->type, err);
    if (status == SHOAL_OK) status = shoal_storage_parse(meta, layout, &out->storage, err);
    if (status == SHOAL_OK && pipeline)
        status = shoal_pipeline_message(pipeline, &out->pipeline, err);
    return status;
}

static shoal_status read_index(const shoal_metadata *meta, const char *name, described *d,
                               shoal_index *index, shoal_error *err)
{
    shoal_object_header header = {0};
    shoal_grid grid;
    *index = (shoal_index){0};
    *d = (described){.type = NULL};
    shoal_status status = describe(meta, name, &header, d, err);
    if (status == SHOAL_OK && d->storage.allocated) {
        if (!shoal_grid_init(&grid, d->space.rank, d->space.shape, d->storage.chunk)) exit(98);
        shoal_chunked chunked = {.meta = meta,
                                 .storage = &d->storage,
                                 .grid = &grid,
                                 .max_shape = d->space.max_shape,
                                 .chunk_bytes = grid.chunk_elements * d->type->n_bytes,
                                 .filtered = d->pipeline.n > 0};
        status = shoal_chunk_index_read(&chunked, index, err);
    }
    if (d->type) shoal_datatype_free(d->type);
    shoal_object_header_free(&header);
    return status;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void print_index(const described *d, const shoal_index *index, bool only_time, double start)
{
    const char *kind = d->storage.allocated ? shoal_index_kind_name(d->storage.index) : "none";
    printf("%s %" PRIu64, kind, index->n);
    if (only_time && index->n > 0)
        printf(" %.4f %" PRIu64, now() - start, index->entries[index->n - 1].offset);
    putchar('\n');
    for (uint64_t k = 0; k < index->n && !only_time; k++) {
        const shoal_index_entry *entry = &index->entries[k];
        printf("%" PRIu64 " %" PRIu64 " %" PRIu32 " %" PRIu32 "\n", entry->chunk_id, entry->offset,
               entry->n_bytes, entry->mask);
    }
}

int main(int argc, char **argv)
{
    char name[256];
    uint64_t at;
    shoal_map *map;
    shoal_metadata meta;
    shoal_error err = {0};
    bool only_time = argc == 3 && strcmp(argv[1], "-t") == 0;
    double start = now();
    if (argc < 2) return 2;
    shoal_status status = shoal_map_open(argv[argc - 1], &map, &err);
    if (status == SHOAL_OK && !shoal_metadata_find(map, &at)) return 99;
    if (status == SHOAL_OK) status = shoal_metadata_open(map, at, &meta, &err);
    while (status == SHOAL_OK && fgets(name, sizeof name, stdin)) {
        described d;
        shoal_index index;
        name[strcspn(name, "\n")] = '\0';
        status = read_index(&meta, name, &d, &index, &err);
        if (status == SHOAL_OK) print_index(&d, &index, only_time, start);
        shoal_index_free(&index);
        if (status != SHOAL_OK) fprintf(stderr, "%s: ", name);
    }
    if (status != SHOAL_OK) fprintf(stderr, "%s\n", err.message);
    if (status == SHOAL_OK) shoal_map_close(map);
    return (int)status;
}
