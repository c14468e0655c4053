/* libFuzzer target: any bytes as an HDF5 file whose metadata are read by each of the parsers, from
   the root on: superblock, headers, links, attributes, types, layouts, chunk indexes. What is found
   by name must be what is listed. */
#include "store/index/chunk_index.h"
#include "store/metadata/attribute.h"
#include "store/metadata/heap.h"
#include "store/metadata/links.h"
#include "store/metadata/storage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_OBJECTS = 200, MOST_LINKS = 300, MOST_FOUND = 5 };

typedef struct walk {
    shoal_metadata meta;
    size_t n;
    uint64_t object[MOST_OBJECTS]; /* addresses of headers, each once */
} walk;

static void add_object(walk *w, uint64_t address)
{
    for (size_t k = 0; k < w->n; k++)
        if (w->object[k] == address) return;
    if (w->n < MOST_OBJECTS) w->object[w->n++] = address;
}

/* ---- Links ---- */

static void find_link(const walk *w, const shoal_object_header *header, const shoal_link *listed)
{
    shoal_link found = {0};
    bool is_there = false;
    if (shoal_link_find(&w->meta, header, listed->name, &is_there, &found, NULL) != SHOAL_OK ||
        !is_there)
        return; /* the index of names may be damaged where the list is not */
    if (strcmp(found.name, listed->name) != 0) abort();
    shoal_link_clear(&found);
}

static void read_links(walk *w, const shoal_object_header *header)
{
    shoal_links links = {0};
    if (shoal_links_read(&w->meta, header, MOST_LINKS, &links, NULL) != SHOAL_OK) return;
    if (links.n > MOST_LINKS) abort();
    for (size_t k = 0; k < links.n; k++) {
        const shoal_link *link = &links.link[k];
        if (k > 0 && strcmp(links.link[k - 1].name, link->name) > 0) abort();
        if (link->kind == SHOAL_LINK_HARD) add_object(w, link->address);
        if (link->kind == SHOAL_LINK_EXTERNAL && (!link->target || !link->target_file)) abort();
        if (k < MOST_FOUND) find_link(w, header, link);
    }
    shoal_links_free(&links);
}

/* ---- Types and attributes ---- */

static void walk_type(const shoal_datatype *type, int depth)
{
    if (type->n_bytes == 0 || depth > 40) abort();
    for (uint32_t k = 0; k < type->n_members && type->member != NULL; k++) {
        const shoal_member *member = &type->member[k];
        if ((uint64_t)member->offset + member->type->n_bytes > type->n_bytes) abort();
        if (strlen(member->name) > 1 << 24) abort();
        walk_type(member->type, depth + 1);
    }
    if (type->base != NULL) walk_type(type->base, depth + 1);
}

static void use_type(const shoal_datatype *type)
{
    char text[100];
    shoal_type plain;
    bool swaps;
    walk_type(type, 0);
    shoal_datatype_describe(type, text, sizeof text);
    if (memchr(text, 0, sizeof text) == NULL) abort();
    if (shoal_datatype_is_plain(type, &plain, &swaps) && plain.n_bytes > type->n_bytes) abort();
    (void)shoal_datatype_is_complex(type);
}

static void read_attributes(const walk *w, const shoal_object_header *header)
{
    shoal_attributes attributes = {0};
    if (shoal_attributes_read(&w->meta, header, &attributes, NULL) != SHOAL_OK) return;
    for (size_t k = 0; k < attributes.n; k++) {
        const shoal_stored_attribute *attribute = &attributes.attribute[k];
        shoal_stored_attribute found = {0};
        bool is_there = false;
        uint64_t sum = strlen(attribute->name);
        use_type(attribute->type);
        for (size_t i = 0; i < attribute->n_bytes; i++) sum += attribute->bytes[i];
        if (sum == UINT64_MAX) abort(); /* so that every byte was read */
        if (k < MOST_FOUND &&
            shoal_attribute_find(&w->meta, header, attribute->name, &is_there, &found, NULL) ==
                SHOAL_OK &&
            is_there)
            shoal_attribute_clear(&found);
    }
    shoal_attributes_free(&attributes);
}

/* ---- Datasets ---- */

static void read_index(const walk *w, const shoal_storage *storage, const shoal_dataspace *space,
                       bool filtered)
{
    shoal_grid grid;
    shoal_index index = {0};
    shoal_chunked chunked = {.meta = &w->meta,
                             .storage = storage,
                             .grid = &grid,
                             .max_shape = space->max_shape,
                             .filtered = filtered};
    if (!storage->allocated || space->is_null || storage->chunk_rank != space->rank) return;
    if (!shoal_grid_init(&grid, space->rank, space->shape, storage->chunk)) return;
    chunked.chunk_bytes =
        grid.chunk_elements * (storage->element_bytes ? storage->element_bytes : 1);
    if (shoal_chunk_index_read(&chunked, &index, NULL) != SHOAL_OK) return;
    for (uint64_t k = 0; k < index.n; k++) {
        const shoal_index_entry *entry = &index.entries[k];
        if (entry->chunk_id >= grid.n_chunks) abort();
        if (entry->offset + entry->n_bytes > shoal_map_size(w->meta.map)) abort();
    }
    shoal_index_free(&index);
}

static void read_layout(const walk *w, const shoal_object_header *header,
                        const shoal_message *message, const shoal_dataspace *space, bool filtered)
{
    shoal_storage storage;
    uint64_t at, n;
    (void)header;
    if (shoal_storage_parse(&w->meta, message, &storage, NULL) != SHOAL_OK) return;
    if (storage.class_ == SHOAL_STORED_CHUNKED) read_index(w, &storage, space, filtered);
    if (storage.class_ == SHOAL_STORED_VIRTUAL && storage.allocated &&
        shoal_global_heap_find(&w->meta, storage.address, storage.heap_index, &at, &n, NULL) ==
            SHOAL_OK &&
        at + n > shoal_map_size(w->meta.map))
        abort();
}

static void read_dataset(const walk *w, const shoal_object_header *header)
{
    shoal_dataspace space = {0};
    shoal_datatype *type = NULL;
    shoal_pipeline pipeline = {0};
    shoal_external_files external = {0};
    const uint8_t *fill;
    size_t n_fill;
    const shoal_message *message = shoal_object_header_find(header, SHOAL_MESSAGE_DATASPACE);
    if (message == NULL ||
        shoal_dataspace_parse(&w->meta, message->bytes, message->n, &space, NULL) != SHOAL_OK)
        space.is_null = true;
    message = shoal_object_header_find(header, SHOAL_MESSAGE_DATATYPE);
    if (message != NULL &&
        shoal_datatype_parse(&w->meta, message->bytes, message->n, &type, NULL) == SHOAL_OK)
        use_type(type);
    shoal_datatype_free(type);
    message = shoal_object_header_find(header, SHOAL_MESSAGE_PIPELINE);
    bool filtered = message != NULL && shoal_pipeline_message(message, &pipeline, NULL) == SHOAL_OK;
    (void)shoal_fill_message(header, &fill, &n_fill, NULL);
    if (shoal_external_files_read(&w->meta, header, &external, NULL) == SHOAL_OK)
        shoal_external_files_free(&external);
    message = shoal_object_header_find(header, SHOAL_MESSAGE_LAYOUT);
    if (message != NULL) read_layout(w, header, message, &space, filtered);
}

/* ---- The file ---- */

static void read_objects(walk *w)
{
    add_object(w, w->meta.root);
    for (size_t k = 0; k < w->n; k++) {
        shoal_object_header header;
        if (shoal_object_header_read(&w->meta, w->object[k], &header, NULL) != SHOAL_OK) continue;
        read_links(w, &header);
        read_attributes(w, &header);
        read_dataset(w, &header);
        shoal_object_header_free(&header);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    shoal_map *map;
    uint64_t at;
    static walk w;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (shoal_map_open(path, &map, NULL) != SHOAL_OK) abort();
    close(fd);
    w = (walk){0};
    if (shoal_metadata_find(map, &at) && shoal_metadata_open(map, at, &w.meta, NULL) == SHOAL_OK)
        read_objects(&w);
    shoal_map_close(map);
    return 0;
}
