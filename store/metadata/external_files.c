#include "chunk/error.h"
#include "store/cursor.h"
#include "store/metadata/heap.h"
#include "store/metadata/storage.h"
#include <stdlib.h>

static shoal_status list_fail(shoal_error *err, const char *what)
{
    return shoal_fail(err, SHOAL_DATA, "the message of external files is damaged: %s", what);
}

/* A slot: where the name is in the heap, offset in the file, bytes used of it. */
static shoal_status read_slot(const shoal_metadata *meta, const shoal_local_heap *heap,
                              shoal_cursor *cursor, uint64_t *budget, shoal_external_file *out,
                              shoal_error *err)
{
    uint64_t name = shoal_cursor_uint(cursor, meta->length_bytes);
    out->offset = shoal_cursor_uint(cursor, meta->length_bytes);
    out->n_bytes = shoal_cursor_address(cursor, meta->length_bytes);
    if (!cursor->ok) return list_fail(err, "it is cut off");
    return shoal_local_heap_text(heap, name, budget, &out->name, err);
}

static shoal_status read_slots(const shoal_metadata *meta, const shoal_local_heap *heap,
                               shoal_cursor *cursor, size_t n, shoal_external_files *files,
                               shoal_error *err)
{
    uint64_t budget = shoal_map_size(meta->map);
    files->file = calloc(n ? n : 1, sizeof *files->file);
    if (!files->file) return shoal_fail(err, SHOAL_MEMORY, "no memory for external files");
    for (; files->n < n; files->n++) {
        shoal_status status = read_slot(meta, heap, cursor, &budget, &files->file[files->n], err);
        if (status != SHOAL_OK) return status;
    }
    return SHOAL_OK;
}

/* Version, 3 reserved, slots allocated, slots used, the heap of the names, the slots. */
shoal_status shoal_external_files_read(const shoal_metadata *meta,
                                       const shoal_object_header *header, shoal_external_files *out,
                                       shoal_error *err)
{
    const shoal_message *message = shoal_object_header_find(header, SHOAL_MESSAGE_EXTERNAL_FILES);
    shoal_external_files files = {0};
    shoal_local_heap heap;
    uint64_t address;
    *out = files;
    if (!message) return SHOAL_OK;
    shoal_cursor cursor = shoal_cursor_over(message->bytes, message->n);
    uint64_t version = shoal_cursor_uint(&cursor, 1);
    shoal_cursor_skip(&cursor, 5);
    size_t n = (size_t)shoal_cursor_uint(&cursor, 2);
    uint64_t stored = shoal_cursor_address(&cursor, meta->offset_bytes);
    if (!cursor.ok || version != 1 || !shoal_metadata_offset(meta, stored, &address))
        return list_fail(err, "it is cut off, or its version is not known");
    shoal_status status = shoal_local_heap_open(meta, address, false, &heap, err);
    if (status != SHOAL_OK) return status;
    status = read_slots(meta, &heap, &cursor, n, &files, err);
    shoal_local_heap_close(&heap);
    if (status == SHOAL_OK)
        *out = files;
    else
        shoal_external_files_free(&files);
    return status;
}

void shoal_external_files_free(shoal_external_files *files)
{
    for (size_t k = 0; k < files->n; k++) free(files->file[k].name);
    free(files->file);
    *files = (shoal_external_files){0};
}
