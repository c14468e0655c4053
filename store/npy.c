#include "store/npy.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "chunk/type.h"
#include "store/dataset_open.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DESCR_BYTES = 64 };

size_t shoal_npy_header_size(const uint8_t *bytes, size_t n)
{
    if (n < 10 || memcmp(bytes, SHOAL_NPY_MAGIC, 6) != 0) return 0;
    size_t length = (size_t)bytes[8] | (size_t)bytes[9] << 8;
    if (bytes[6] == 1) return 10 + length;
    if (bytes[6] > 3 || n < 12) return 0;
    return 12 + (length | (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24);
}

/* ---- The dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } ---- */

typedef struct scanner {
    const char *at, *end;
} scanner;

typedef struct header {
    char descr[MAX_DESCR_BYTES];
    bool has_descr, has_order, has_shape;
    bool fortran;
    int rank;
    uint64_t *shape;
} header;

static void skip_spaces(scanner *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t')) s->at++;
}

static bool take(scanner *s, const char *word)
{
    skip_spaces(s);
    size_t n = strlen(word);
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0) return false;
    s->at += n;
    return true;
}

static bool take_string(scanner *s, char *out, size_t capacity)
{
    skip_spaces(s);
    if (s->at == s->end || (*s->at != '\'' && *s->at != '"')) return false;
    char quote = *s->at++;
    size_t n = 0;
    while (s->at < s->end && *s->at != quote) {
        if (n + 1 >= capacity) return false;
        out[n++] = *s->at++;
    }
    out[n] = '\0';
    return s->at++ < s->end;
}

static bool take_count(scanner *s, uint64_t *out)
{
    skip_spaces(s);
    const char *begin = s->at;
    uint64_t value = 0;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++)
        if (!shoal_mul_u64(value, 10, &value) ||
            !shoal_add_u64(value, (uint64_t)(*s->at - '0'), &value))
            return false;
    if (s->at == begin) return false;
    take(s, "L"); /* as Python 2 wrote it */
    *out = value;
    return true;
}

static bool take_shape(scanner *s, header *h)
{
    if (!take(s, "(")) return false;
    h->rank = 0;
    while (!take(s, ")")) {
        if (h->rank == SHOAL_MAX_RANK || !take_count(s, &h->shape[h->rank++])) return false;
        if (!take(s, ",")) return take(s, ")");
    }
    return true;
}

static bool take_entry(scanner *s, header *h)
{
    char key[32];
    if (!take_string(s, key, sizeof key) || !take(s, ":")) return false;
    if (strcmp(key, "descr") == 0) {
        skip_spaces(s);
        h->has_descr = take_string(s, h->descr, sizeof h->descr);
        return h->has_descr;
    }
    if (strcmp(key, "fortran_order") == 0) {
        h->fortran = take(s, "True");
        h->has_order = h->fortran || take(s, "False");
        return h->has_order;
    }
    if (strcmp(key, "shape") != 0) return false;
    h->has_shape = take_shape(s, h);
    return h->has_shape;
}

static bool take_dictionary(scanner *s, header *h)
{
    if (!take(s, "{")) return false;
    while (!take(s, "}")) {
        if (!take_entry(s, h)) return false;
        if (!take(s, ",")) {
            if (!take(s, "}")) return false;
            break;
        }
    }
    return h->has_descr && h->has_order && h->has_shape;
}

/* "<U5": text of 4-byte characters, which no type of ours is. */
static bool parse_unicode(const char *descr, shoal_npy_header *out)
{
    char *end = NULL;
    if (!strchr("<>=|", descr[0]) || descr[0] == '\0' || descr[1] != 'U') return false;
    unsigned long n = strtoul(descr + 2, &end, 10);
    if (descr[2] < '0' || descr[2] > '9' || *end != '\0' || n > UINT32_MAX / 4) return false;
    out->n_characters = n ? (uint32_t)n : 1;
    out->type = (shoal_type){SHOAL_TEXT, out->n_characters * 4};
    out->big_endian = descr[0] == '>';
    return n > 0;
}

shoal_status shoal_npy_header_read(const uint8_t *bytes, size_t n, shoal_npy_header *out,
                                   shoal_error *err)
{
    size_t size = shoal_npy_header_size(bytes, n);
    if (size == 0)
        return shoal_fail(err, SHOAL_DATA, "not an .npy file, or one of an unknown version");
    if (size > n) return shoal_fail(err, SHOAL_DATA, "truncated: it ends inside the .npy header");
    size_t prefix = bytes[6] == 1 ? 10 : 12;
    const char *text = (const char *)bytes;
    scanner s = {text + prefix, text + size};
    header h = {.shape = out->shape};
    if (!take_dictionary(&s, &h)) {
        if (memmem(bytes, size, "'descr': [", 10))
            return shoal_fail(err, SHOAL_DATA, "structured .npy arrays are not supported");
        return shoal_fail(err, SHOAL_DATA, "the .npy header is damaged");
    }
    out->n_characters = 0;
    if (!shoal_type_parse_npy(h.descr, &out->type, &out->big_endian) &&
        !parse_unicode(h.descr, out))
        return shoal_fail(err, SHOAL_DATA, "the .npy type %s is not one that shoal computes on",
                          h.descr);
    out->fortran = h.fortran && h.rank > 1;
    out->rank = h.rank;
    out->n_bytes = size;
    return SHOAL_OK;
}

shoal_status shoal_npy_header_parse(const uint8_t *bytes, size_t n, shoal_type *type,
                                    bool *big_endian, bool *fortran, int *rank, uint64_t *shape,
                                    size_t *header_bytes, shoal_error *err)
{
    shoal_npy_header h;
    shoal_status status = shoal_npy_header_read(bytes, n, &h, err);
    if (status != SHOAL_OK) return status;
    if (h.n_characters)
        return shoal_fail(err, SHOAL_DATA,
                          "an .npy array of unicode is not computed on as it is; "
                          "ingest it first");
    *type = h.type;
    *big_endian = h.big_endian;
    *fortran = h.fortran;
    *rank = h.rank;
    memcpy(shape, h.shape, (size_t)h.rank * sizeof *shape);
    *header_bytes = h.n_bytes;
    return SHOAL_OK;
}

size_t shoal_npy_header_write(shoal_type type, int rank, const uint64_t *shape, uint8_t *bytes)
{
    char descr[24], text[SHOAL_NPY_HEADER_MAX];
    size_t capacity = sizeof text;
    size_t n =
        (size_t)snprintf(text, capacity, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                         shoal_type_npy(type, descr));
    for (int k = 0; k < rank; k++)
        n += (size_t)snprintf(text + n, capacity - n, "%s%" PRIu64, k ? ", " : "", shape[k]);
    n += (size_t)snprintf(text + n, capacity - n, "%s), }", rank == 1 ? "," : "");
    size_t total = (10 + n + 1 + 63) / 64 * 64;
    memset(bytes, ' ', total);
    memcpy(bytes, SHOAL_NPY_MAGIC "\x01", 8); /* with the NUL behind it: version 1.0 */
    bytes[8] = (uint8_t)((total - 10) & 0xFF);
    bytes[9] = (uint8_t)((total - 10) >> 8);
    memcpy(bytes + 10, text, n);
    bytes[total - 1] = '\n';
    return total;
}

/* ---- As datasets ---- */

/* Lays the dataset's elements at `offset` of its map; fails with `status` if they are not there. */
static shoal_status lay_out(shoal_dataset *dataset, uint64_t offset, shoal_status status,
                            shoal_error *err)
{
    uint64_t n_bytes, size = shoal_map_size(dataset->map);
    if (!shoal_product(dataset->grid.rank, dataset->grid.shape, &n_bytes) ||
        !shoal_mul_u64(n_bytes, dataset->type.n_bytes, &n_bytes))
        return shoal_fail(err, status, "%s: its shape is beyond what memory can address",
                          dataset->name);
    if (!shoal_range_fits(offset, n_bytes, size))
        return shoal_fail(err, status,
                          "%s: %sit has %" PRIu64 " bytes, the shape asks for %" PRIu64
                          " from byte %" PRIu64 " on",
                          dataset->name, status == SHOAL_DATA ? "truncated: " : "", size, n_bytes,
                          offset);
    dataset->offset = offset;
    dataset->layout = n_bytes ? SHOAL_LAYOUT_CONTIGUOUS : SHOAL_LAYOUT_EMPTY;
    dataset->readable = true;
    return shoal_dataset_finish(dataset, NULL, err);
}

static shoal_status read_header(shoal_dataset *dataset, shoal_error *err)
{
    uint8_t start[12];
    uint64_t size = shoal_map_size(dataset->map);
    size_t n = size < sizeof start ? (size_t)size : sizeof start, header_bytes;
    shoal_status status = shoal_map_pread(dataset->map, 0, start, n, err);
    if (status != SHOAL_OK) return status;
    size_t needed = shoal_npy_header_size(start, n);
    if (needed > SHOAL_NPY_READ_MAX)
        return shoal_fail(err, SHOAL_DATA, "%s: the .npy header is damaged", dataset->name);
    n = needed < size ? needed : (size_t)size;
    uint8_t *bytes = malloc(n + 12);
    if (!bytes) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    status = shoal_map_pread(dataset->map, 0, bytes, n, err);
    if (status == SHOAL_OK)
        status = shoal_npy_header_parse(bytes, n, &dataset->type, &dataset->big_endian,
                                        &dataset->fortran, &dataset->grid.rank, dataset->grid.shape,
                                        &header_bytes, err);
    free(bytes);
    if (status != SHOAL_OK) return shoal_fail_within(err, status, "%s", dataset->name);
    return lay_out(dataset, header_bytes, SHOAL_DATA, err);
}

shoal_status shoal_dataset_attach_npy(shoal_file *file, shoal_map *map, shoal_dataset **out,
                                      shoal_error *err)
{
    shoal_dataset *dataset = shoal_dataset_new(shoal_map_path(map), NULL);
    if (!dataset) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    dataset->file = file;
    dataset->map = map;
    shoal_description_of(dataset)->info.layout = "npy";
    shoal_status status = read_header(dataset, err);
    if (status == SHOAL_OK)
        *out = dataset;
    else
        shoal_dataset_close(dataset);
    return status;
}

shoal_status shoal_dataset_open_npy(const char *path, shoal_dataset **out, shoal_error *err)
{
    shoal_map *map;
    shoal_status status = shoal_map_open(path, &map, err);
    if (status != SHOAL_OK) return status;
    status = shoal_dataset_attach_npy(NULL, map, out, err);
    if (status == SHOAL_OK)
        (*out)->owned_map = map;
    else
        shoal_map_close(map);
    return status;
}

shoal_status shoal_dataset_open_raw(const char *path, uint64_t offset, shoal_type type,
                                    bool big_endian, int rank, const uint64_t *shape,
                                    shoal_dataset **out, shoal_error *err)
{
    shoal_map *map;
    shoal_status status = shoal_map_open(path, &map, err);
    if (status != SHOAL_OK) return status;
    shoal_dataset *dataset = shoal_dataset_new(path, NULL);
    if (!dataset) {
        shoal_map_close(map);
        return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    }
    dataset->map = map;
    dataset->owned_map = map;
    shoal_description_of(dataset)->info.layout = "raw";
    dataset->type = type;
    dataset->big_endian = big_endian;
    dataset->grid.rank = rank;
    memcpy(dataset->grid.shape, shape, (size_t)rank * sizeof *shape);
    status = lay_out(dataset, offset, SHOAL_USAGE, err);
    if (status == SHOAL_OK)
        *out = dataset;
    else
        shoal_dataset_close(dataset);
    return status;
}
