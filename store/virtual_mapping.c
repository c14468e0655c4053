#include "store/virtual_mapping.h"

#include "chunk/error.h"
#include "store/lookup3.h"
#include "store/metadata/heap.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHARES_FILE = 1, SHARES_DATASET = 2, SAME_FILE = 4 }; /* flags of version 1 */
enum { LEAST_BYTES = 2 + 2 * 16 };                           /* of a mapping */

#define PARTS_LIMIT ((uint64_t)4 << 20) /* intervals and runs of all selections of a dataset */
#define BLOCK_LIMIT ((uint64_t)64 << 20)

static shoal_status list_fail(shoal_error *err, const char *what)
{
    return shoal_fail(err, SHOAL_DATA, "the list of its sources is damaged: %s", what);
}

/* What is being read. */
typedef struct list_reader {
    int version, length_bytes;
    shoal_cursor cursor;
    uint64_t budget;
    shoal_mappings mappings;
} list_reader;

/* A name: stated, or the number of an earlier mapping that has it. */
static shoal_status read_name(list_reader *reader, bool shared, bool of_file, char **out,
                              shoal_error *err)
{
    shoal_cursor *cursor = &reader->cursor;
    if (shared) {
        uint64_t k = shoal_cursor_uint(cursor, reader->length_bytes);
        if (k >= reader->mappings.n) return list_fail(err, "a name is of no earlier source");
        const shoal_mapping *earlier = &reader->mappings.mapping[k];
        *out = of_file ? earlier->file : earlier->dataset;
        return SHOAL_OK;
    }
    size_t n = strnlen((const char *)cursor->at, cursor->left);
    if (n == cursor->left) return list_fail(err, "a name does not end");
    *out = strndup((const char *)cursor->at, n);
    shoal_cursor_skip(cursor, n + 1);
    return *out ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "no memory for the list of sources");
}

static bool has_number(const char *name)
{
    for (const char *at = name; (at = strchr(at, '%')) != NULL; at += at[1] ? 2 : 1)
        if (at[1] == 'b') return true;
    return false;
}

static shoal_status check_kinds(shoal_mapping *mapping, shoal_error *err)
{
    bool target = mapping->target.unlimited >= 0, source = mapping->source.unlimited >= 0;
    bool numbered = has_number(mapping->file) || has_number(mapping->dataset);
    if (source && !target) return list_fail(err, "a source is unlimited and its target is not");
    mapping->is_series = target && !source;
    if (!mapping->is_series) return SHOAL_OK;
    if (!numbered || mapping->target.axis[mapping->target.unlimited].block == UINT64_MAX)
        return list_fail(err, "a source is limited and its target is not");
    return SHOAL_OK;
}

static shoal_status read_mapping(list_reader *reader, shoal_mapping *out, shoal_error *err)
{
    shoal_cursor *cursor = &reader->cursor;
    uint64_t flags = reader->version > 0 ? shoal_cursor_uint(cursor, 1) : 0;
    if (flags > (SHARES_FILE | SHARES_DATASET | SAME_FILE))
        return list_fail(err, "a source is of no known form");
    out->shares_file = (flags & SHARES_FILE) && !(flags & SAME_FILE);
    out->shares_dataset = flags & SHARES_DATASET;
    shoal_status status = SHOAL_OK;
    if (flags & SAME_FILE) {
        out->file = strdup(".");
        if (!out->file) return shoal_fail(err, SHOAL_MEMORY, "no memory for the list of sources");
    } else {
        status = read_name(reader, out->shares_file, true, &out->file, err);
    }
    if (status == SHOAL_OK)
        status = read_name(reader, out->shares_dataset, false, &out->dataset, err);
    if (status == SHOAL_OK)
        status = shoal_selection_parse(cursor, &reader->budget, &out->source, err);
    if (status == SHOAL_OK)
        status = shoal_selection_parse(cursor, &reader->budget, &out->target, err);
    return status == SHOAL_OK ? check_kinds(out, err) : status;
}

static void clear_mapping(shoal_mapping *mapping)
{
    if (!mapping->shares_file) free(mapping->file);
    if (!mapping->shares_dataset) free(mapping->dataset);
    shoal_selection_free(&mapping->source);
    shoal_selection_free(&mapping->target);
}

void shoal_mappings_free(shoal_mappings *mappings)
{
    for (size_t k = 0; k < mappings->n; k++) clear_mapping(&mappings->mapping[k]);
    free(mappings->mapping);
    *mappings = (shoal_mappings){0};
}

/* Version, number of mappings, the mappings, checksum. */
static shoal_status read_list(list_reader *reader, const uint8_t *bytes, size_t n, shoal_error *err)
{
    if (n < 5) return list_fail(err, "it is cut off");
    shoal_cursor sum = shoal_cursor_over(bytes + n - 4, 4);
    if (shoal_cursor_uint(&sum, 4) != shoal_lookup3(bytes, n - 4))
        return list_fail(err, "its checksum does not match");
    reader->cursor = shoal_cursor_over(bytes, n - 4);
    reader->version = (int)shoal_cursor_uint(&reader->cursor, 1);
    uint64_t count = shoal_cursor_uint(&reader->cursor, reader->length_bytes);
    if (reader->version > 1) return list_fail(err, "its version is not known");
    if (!reader->cursor.ok || count > n / LEAST_BYTES) return list_fail(err, "it is cut off");
    reader->mappings.mapping = calloc((size_t)(count ? count : 1), sizeof(shoal_mapping));
    if (!reader->mappings.mapping)
        return shoal_fail(err, SHOAL_MEMORY, "no memory for the list of sources");
    for (uint64_t k = 0; k < count; k++) {
        shoal_mapping mapping = {0};
        shoal_status status = read_mapping(reader, &mapping, err);
        if (status != SHOAL_OK) {
            clear_mapping(&mapping);
            return status;
        }
        reader->mappings.mapping[reader->mappings.n++] = mapping;
    }
    return SHOAL_OK;
}

shoal_status shoal_mappings_read(const shoal_metadata *meta, const shoal_storage *storage,
                                 shoal_mappings *out, shoal_error *err)
{
    list_reader reader = {.length_bytes = meta->length_bytes, .budget = PARTS_LIMIT};
    uint64_t at, n;
    shoal_status status =
        shoal_global_heap_find(meta, storage->address, storage->heap_index, &at, &n, err);
    if (status != SHOAL_OK) return status;
    if (n > BLOCK_LIMIT) return list_fail(err, "it is too long");
    uint8_t *bytes = malloc((size_t)n + 1);
    if (!bytes) return shoal_fail(err, SHOAL_MEMORY, "no memory for the list of sources");
    status = shoal_map_pread(meta->map, at, bytes, (size_t)n, err);
    if (status == SHOAL_OK) status = read_list(&reader, bytes, (size_t)n, err);
    free(bytes);
    if (status == SHOAL_OK)
        *out = reader.mappings;
    else
        shoal_mappings_free(&reader.mappings);
    return status;
}

shoal_status shoal_mapping_name(const char *stored, uint64_t block, char **out, shoal_error *err)
{
    size_t n = 0, capacity = strlen(stored) + 1;
    char number[24];
    size_t digits = (size_t)snprintf(number, sizeof number, "%" PRIu64, block);
    for (const char *at = stored; *at; at++) capacity += *at == '%' ? digits : 0;
    char *name = malloc(capacity);
    if (!name) return shoal_fail(err, SHOAL_MEMORY, "no memory for a name");
    for (const char *at = stored; *at; at++) {
        if (*at != '%') {
            name[n++] = *at;
            continue;
        }
        at++;
        if (*at != 'b' && *at != '%') {
            free(name);
            return list_fail(err, "a name has a '%' that is neither \"%b\" nor \"%%\"");
        }
        if (*at == '%') {
            name[n++] = '%';
            continue;
        }
        memcpy(name + n, number, digits);
        n += digits;
    }
    name[n] = '\0';
    *out = name;
    return SHOAL_OK;
}
