#include "store/summary.h"

#include "chunk/checked.h"
#include "chunk/type.h"
#include "store/lookup3.h"
#include "store/metadata/object_header.h"
#include "store/metadata/storage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC     "SHOALSUM"
#define STAMP_LOW (((uint64_t)1 << 22) - 1) /* nanoseconds: what a clock's tick hides */
#define GIGA      ((uint64_t)1000000000)

enum { VERSION = 1, FIXED_BYTES = 64, RECORD_BYTES = 64, CHECKSUM_AT = 52 };

bool shoal_summary_takes(shoal_type type)
{
    return type.code < SHOAL_COMPLEX64;
}

/* ---- Stamps ---- */

/* Odd, so that a time that is kept in microseconds or seconds never is one. */
static uint64_t stamp_low(uint64_t stamp)
{
    return (stamp & STAMP_LOW) | 1;
}

bool shoal_stamp_holds(uint64_t stamp, const struct stat *file)
{
    const struct timespec *m = &file->st_mtim, *c = &file->st_ctim;
    uint64_t at = (uint64_t)m->tv_sec * GIGA + (uint64_t)m->tv_nsec;
    if (m->tv_sec == c->tv_sec && m->tv_nsec == c->tv_nsec) return false;
    return stamp != 0 && (at & STAMP_LOW) == stamp_low(stamp);
}

struct timespec shoal_stamp_time(uint64_t stamp, struct timespec now)
{
    uint64_t at = (uint64_t)now.tv_sec * GIGA + (uint64_t)now.tv_nsec;
    uint64_t set = (at & ~STAMP_LOW) | stamp_low(stamp);
    if (set > at) set -= STAMP_LOW + 1;
    return (struct timespec){.tv_sec = (time_t)(set / GIGA), .tv_nsec = (long)(set % GIGA)};
}

/* ---- Comments ---- */

void shoal_summary_comment(const char *word, uint64_t number, char text[40])
{
    snprintf(text, SHOAL_SUMMARY_COMMENT_BYTES, "%s%016llx", word, (unsigned long long)number);
}

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool shoal_summary_comment_read(const char *word, const uint8_t *text, size_t n, uint64_t *number)
{
    size_t skip = strlen(word);
    if (n < skip + 16 || memcmp(text, word, skip) != 0) return false;
    if (n > skip + 16 && text[skip + 16] != 0) return false;
    *number = 0;
    for (size_t k = skip; k < skip + 16; k++) {
        int d = digit(text[k]);
        if (d < 0) return false;
        *number = *number << 4 | (uint64_t)d;
    }
    return true;
}

/* ---- Bytes ---- */

size_t shoal_summary_head_bytes(int rank)
{
    return (FIXED_BYTES + 16 * (size_t)rank + 63) & ~(size_t)63;
}

static void put(uint8_t *at, uint64_t value, int n_bytes)
{
    for (int k = 0; k < n_bytes; k++) at[k] = (uint8_t)(value >> (8 * k));
}

/* The letter that NumPy has for the kind of a type. */
static char type_kind(shoal_type type)
{
    if (type.code == SHOAL_BOOL) return 'b';
    if (type.code <= SHOAL_INT64) return 'i';
    return type.code <= SHOAL_UINT64 ? 'u' : 'f';
}

static void write_head(const shoal_summary_head *head, uint8_t *bytes)
{
    const shoal_grid *grid = head->grid;
    memset(bytes, 0, shoal_summary_head_bytes(grid->rank));
    memcpy(bytes, MAGIC, 8);
    put(bytes + 8, VERSION, 4);
    put(bytes + 12, RECORD_BYTES, 4);
    put(bytes + 16, head->stamp, 8);
    put(bytes + 24, head->address, 8);
    put(bytes + 32, grid->n_chunks, 8);
    put(bytes + 40, (uint64_t)type_kind(head->type), 4);
    put(bytes + 44, head->type.n_bytes, 4);
    put(bytes + 48, (uint64_t)grid->rank, 4);
    for (int k = 0; k < grid->rank; k++) {
        put(bytes + FIXED_BYTES + 8 * k, grid->shape[k], 8);
        put(bytes + FIXED_BYTES + 8 * (grid->rank + k), grid->chunk[k], 8);
    }
}

void shoal_summary_write(const shoal_summary_head *head, uint8_t *bytes, size_t n)
{
    write_head(head, bytes);
    put(bytes + CHECKSUM_AT, shoal_lookup3(bytes, n), 4);
}

bool shoal_summary_check(const shoal_summary_head *head, uint8_t *bytes, size_t n)
{
    uint8_t expected[FIXED_BYTES + 16 * SHOAL_MAX_RANK + 64];
    size_t n_head = shoal_summary_head_bytes(head->grid->rank);
    if (n < n_head || (n - n_head) / RECORD_BYTES != head->grid->n_chunks) return false;
    write_head(head, expected);
    if (memcmp(bytes, expected, CHECKSUM_AT) != 0) return false;
    if (memcmp(bytes + CHECKSUM_AT + 4, expected + CHECKSUM_AT + 4, n_head - CHECKSUM_AT - 4) != 0)
        return false;
    uint8_t stored[4], sum[4];
    memcpy(stored, bytes + CHECKSUM_AT, 4);
    put(bytes + CHECKSUM_AT, 0, 4);
    put(sum, shoal_lookup3(bytes, n), 4);
    return memcmp(sum, stored, 4) == 0;
}

/* ---- Reading ---- */

static bool read_stamp(const shoal_dataset *dataset, uint64_t *stamp)
{
    const shoal_metadata *meta = dataset->meta;
    uint64_t budget = SHOAL_HEADER_LIMIT, at;
    uint8_t *text = NULL;
    size_t n = 0;
    struct stat file;
    if (meta->family_bytes || fstat(shoal_map_fd(meta->map), &file) != 0) return false;
    if (shoal_object_header_message(meta, meta->root, SHOAL_MESSAGE_COMMENT, &budget, &text, &n,
                                    &at, NULL) != SHOAL_OK)
        return false;
    bool holds = shoal_summary_comment_read(SHOAL_STAMP_COMMENT, text, n, stamp) &&
                 shoal_stamp_holds(*stamp, &file);
    free(text);
    return holds;
}

/* The companion's elements: n bytes at a file offset. */
static bool find_bytes(const shoal_dataset *dataset, uint64_t n, uint64_t *offset)
{
    shoal_object_header header;
    shoal_storage storage;
    if (shoal_object_header_read(dataset->meta, dataset->summary_at, &header, NULL) != SHOAL_OK)
        return false;
    const shoal_message *layout = shoal_object_header_find(&header, SHOAL_MESSAGE_LAYOUT);
    bool found = layout && shoal_storage_parse(dataset->meta, layout, &storage, NULL) == SHOAL_OK &&
                 storage.class_ == SHOAL_STORED_CONTIGUOUS && storage.allocated &&
                 storage.n_bytes == n;
    shoal_object_header_free(&header);
    if (found) *offset = storage.address;
    return found;
}

static bool has_grid(const shoal_dataset *d)
{
    bool placed = d->layout == SHOAL_LAYOUT_CHUNKED || d->layout == SHOAL_LAYOUT_CONTIGUOUS;
    return d->summary_at && d->readable && placed && !d->conversion && d->extra_rank == 0 &&
           !d->fortran && shoal_summary_takes(d->type) && d->grid.n_chunks <= SHOAL_SUMMARY_MOST;
}

shoal_summary *shoal_summary_read(const shoal_dataset *dataset)
{
    shoal_summary_head head = {.type = dataset->type, .grid = &dataset->grid};
    uint64_t offset;
    if (!has_grid(dataset) || !read_stamp(dataset, &head.stamp)) return NULL;
    head.address = dataset->header_at - dataset->meta->base;
    size_t n_head = shoal_summary_head_bytes(dataset->grid.rank);
    size_t n = n_head + (size_t)dataset->grid.n_chunks * RECORD_BYTES;
    if (!find_bytes(dataset, n, &offset) ||
        !shoal_range_fits(offset, n, shoal_map_size(dataset->map)))
        return NULL;
    shoal_summary *summary = calloc(1, sizeof *summary);
    uint8_t *bytes = malloc(n);
    bool fine = summary && bytes &&
                shoal_map_pread(dataset->map, offset, bytes, n, NULL) == SHOAL_OK &&
                shoal_summary_check(&head, bytes, n);
    if (!fine) {
        free(summary);
        free(bytes);
        return NULL;
    }
    summary->n = dataset->grid.n_chunks;
    memmove(bytes, bytes + n_head, n - n_head);
    summary->chunk = (shoal_chunk_summary *)(void *)bytes;
    return summary;
}

void shoal_summary_free(shoal_summary *summary)
{
    if (!summary) return;
    free(summary->chunk);
    free(summary);
}

/* The elements of a chunk that are inside the shape. */
static uint64_t elements_inside(const shoal_grid *grid, uint64_t chunk_id)
{
    uint64_t at[SHOAL_MAX_RANK], start[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK], n = 1;
    shoal_grid_coordinates(grid, chunk_id, at);
    shoal_grid_extent(grid, at, start, count);
    for (int k = 0; k < grid->rank; k++) n *= count[k];
    return n;
}

const shoal_chunk_summary *shoal_summary_chunk(const shoal_summary *summary,
                                               const shoal_dataset *dataset, uint64_t chunk_id)
{
    if (!summary || chunk_id >= summary->n) return NULL;
    const shoal_chunk_summary *s = &summary->chunk[chunk_id];
    if (!(s->flags & SHOAL_SUMMARY_KEPT)) return NULL;
    if (s->n_elements != elements_inside(&dataset->grid, chunk_id)) return NULL;
    if (dataset->layout == SHOAL_LAYOUT_CONTIGUOUS) return s;
    const shoal_index_entry *entry = shoal_index_find(&dataset->index, chunk_id);
    return entry && entry->n_bytes == s->n_stored && entry->mask == s->mask ? s : NULL;
}
