#include "store/sequence.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/cursor.h"
#include <stdlib.h>

enum { FEW = 8 }; /* so many are found without the memory of a cache */

shoal_sequences shoal_sequences_begin(const shoal_metadata *meta, uint64_t budget)
{
    return (shoal_sequences){.meta = meta, .budget = budget};
}

void shoal_sequences_end(shoal_sequences *sequences)
{
    shoal_global_heap_free(sequences->heap);
    sequences->heap = NULL;
}

shoal_sequence shoal_sequence_parse(const shoal_metadata *meta, const uint8_t *descriptor)
{
    shoal_cursor in = shoal_cursor_over(descriptor, 8 + (size_t)meta->offset_bytes);
    shoal_sequence s = {.count = (uint32_t)shoal_cursor_uint(&in, 4)};
    s.collection = shoal_cursor_address(&in, meta->offset_bytes);
    s.index = (uint32_t)shoal_cursor_uint(&in, 4);
    if (s.collection == 0) s.count = 0;
    return s;
}

static shoal_status find(shoal_sequences *s, const shoal_sequence *d, uint64_t *at, uint64_t *n,
                         shoal_error *err)
{
    uint64_t collection = 0;
    if (!shoal_metadata_offset(s->meta, d->collection, &collection))
        return shoal_fail(err, SHOAL_DATA, "the address of a value of variable length is damaged");
    if (!s->heap && s->n_read++ >= FEW) {
        shoal_status status = shoal_global_heap_new(s->meta, &s->heap, err);
        if (status != SHOAL_OK) return status;
    }
    return s->heap ? shoal_global_heap_get(s->heap, collection, d->index, at, n, err)
                   : shoal_global_heap_find(s->meta, collection, d->index, at, n, err);
}

shoal_status shoal_sequence_read(shoal_sequences *sequences, const uint8_t *bytes,
                                 uint32_t element_bytes, size_t limit, uint8_t **out, size_t *n,
                                 shoal_error *err)
{
    shoal_sequence d = shoal_sequence_parse(sequences->meta, bytes);
    uint64_t at = 0, n_stored = 0, wanted = (uint64_t)d.count * element_bytes;
    shoal_status status = SHOAL_OK;
    if (d.count > 0) status = find(sequences, &d, &at, &n_stored, err);
    if (status != SHOAL_OK) return status;
    if (wanted > n_stored)
        return shoal_fail(err, SHOAL_DATA, "a value of variable length is cut off in its heap");
    if (wanted > limit) wanted = limit / element_bytes * element_bytes;
    if (wanted > sequences->budget)
        return shoal_fail(err, SHOAL_DATA, "its values of variable length are too long");
    sequences->budget -= wanted;
    uint8_t *read = malloc(wanted + 1);
    if (!read) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    if (wanted > 0) status = shoal_map_pread(sequences->meta->map, at, read, wanted, err);
    if (status != SHOAL_OK) {
        free(read);
        return status;
    }
    read[wanted] = '\0';
    *out = read;
    *n = wanted;
    return SHOAL_OK;
}
