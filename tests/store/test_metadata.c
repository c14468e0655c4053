/* The metadata reader against structures built here by the format's description: sound ones are
   read, damaged ones are refused with a line that says what is wrong. */
#include "tests/chunk/cmocka_all.h"

#include "store/lookup3.h"
#include "store/metadata/attribute.h"
#include "store/metadata/btree2.h"
#include "store/metadata/heap.h"
#include "store/metadata/links.h"
#include "store/metadata/storage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_BYTES = 16 << 10, BASE = 512 };

/* A file being built; put functions append at `n`. Addresses in it count from BASE. */
typedef struct image {
    uint8_t bytes[FILE_BYTES];
    size_t n;
    shoal_map *map;
    shoal_metadata meta;
    shoal_error err;
} image;

static void at(image *im, uint64_t address)
{
    im->n = BASE + (size_t)address;
}

static void put(image *im, uint64_t value, int n_bytes)
{
    for (int k = 0; k < n_bytes; k++) im->bytes[im->n++] = k < 8 ? (uint8_t)(value >> (8 * k)) : 0;
}

static void put_text(image *im, const char *text, size_t n)
{
    memcpy(im->bytes + im->n, text, n);
    im->n += n;
}

/* The checksum over what was put from an address on. */
static void put_sum(image *im, uint64_t from)
{
    put(im, shoal_lookup3(im->bytes + BASE + from, im->n - BASE - (size_t)from), 4);
}

static void open_image(image *im)
{
    char path[] = "/tmp/shoal-test-metadata-XXXXXX";
    int fd = mkstemp(path);
    shoal_map_close(im->map);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, im->bytes, FILE_BYTES), FILE_BYTES);
    close(fd);
    assert_int_equal(shoal_map_open(path, &im->map, NULL), SHOAL_OK);
    unlink(path);
    im->meta = (shoal_metadata){.map = im->map, .version = 2, .base = BASE, .offset_bytes = 8};
    im->meta.length_bytes = 8;
    im->meta.shared_table = UINT64_MAX;
}

static int clean(void **state)
{
    image *im = *state;
    shoal_map_close(im->map);
    memset(im, 0, sizeof *im);
    return 0;
}

static void expect(image *im, shoal_status status, const char *what)
{
    assert_int_equal(status, SHOAL_DATA);
    if (!strstr(im->err.message, what)) fail_msg("'%s' lacks '%s'", im->err.message, what);
}

/* ---- Superblocks ------------------------------------------------------------------------- */

static const char signature[] = "\x89HDF\r\n\x1a\n";

static void put_superblock(image *im, int version, int offset_bytes, int length_bytes,
                           uint64_t extension)
{
    at(im, 0);
    put_text(im, signature, 8);
    put(im, (uint64_t)version, 1);
    if (version < 2) put(im, 0, 4);
    put(im, (uint64_t)offset_bytes, 1);
    put(im, (uint64_t)length_bytes, 1);
    put(im, 0, version < 2 ? 9 : 1);
    if (version == 1) put(im, 0, 4);
    put(im, 100, offset_bytes); /* the base: wrong, as where a userblock was put in front */
    put(im, version < 2 ? UINT64_MAX : extension, offset_bytes);
    put(im, 5000, offset_bytes);
    if (version < 2) put(im, UINT64_MAX, offset_bytes);
    if (version < 2) put(im, 0, length_bytes);
    put(im, 96, offset_bytes);
    if (version >= 2) put_sum(im, 0);
}

static void reads_superblocks(void **state)
{
    static const int widths[] = {2, 4, 8};
    image *im = *state;
    for (int k = 0; k < 4 * 9; k++) {
        shoal_metadata meta;
        uint64_t found;
        memset(im->bytes, 0, FILE_BYTES);
        put_superblock(im, k / 9, widths[k % 3], widths[k / 3 % 3], UINT64_MAX);
        open_image(im);
        assert_true(shoal_metadata_find(im->map, &found));
        assert_int_equal(found, BASE);
        assert_int_equal(shoal_metadata_open(im->map, BASE, &meta, &im->err), SHOAL_OK);
        assert_int_equal(meta.version, k / 9);
        assert_int_equal(meta.offset_bytes, widths[k % 3]);
        assert_int_equal(meta.length_bytes, widths[k / 3 % 3]);
        assert_int_equal(meta.base, BASE);
        assert_int_equal(meta.end, 5000 + BASE - 100);
        assert_int_equal(meta.root, BASE + 96);
        assert_int_equal(meta.shared_table, UINT64_MAX);
        assert_int_equal(meta.family_bytes, 0);
    }
}

static void refuses_superblocks(void **state)
{
    image *im = *state;
    shoal_metadata meta;
    put_superblock(im, 3, 8, 8, UINT64_MAX);
    im->bytes[BASE + 20] ^= 4;
    open_image(im);
    expect(im, shoal_metadata_open(im->map, BASE, &meta, &im->err), "checksum");
    put_superblock(im, 0, 8, 3, UINT64_MAX);
    open_image(im);
    expect(im, shoal_metadata_open(im->map, BASE, &meta, &im->err), "lengths of 3");
    put_superblock(im, 4, 8, 8, UINT64_MAX);
    open_image(im);
    expect(im, shoal_metadata_open(im->map, BASE, &meta, &im->err), "version 4");
    put_superblock(im, 2, 8, 8, 8000);
    open_image(im);
    expect(im, shoal_metadata_open(im->map, BASE, &meta, &im->err), "extension");
    expect(im, shoal_metadata_open(im->map, FILE_BYTES - 4, &meta, &im->err), "cut off");
    expect(im, shoal_metadata_open(im->map, 0, &meta, &im->err), "signature");
}

/* ---- Object headers ------------------------------------------------------------------------ */

/* A version-2 header at an address, with room for n_bytes of messages. */
static void begin_header(image *im, uint64_t address, uint64_t n_bytes)
{
    at(im, address);
    put_text(im, "OHDR\2\0", 6);
    put(im, n_bytes, 1);
}

static void put_message(image *im, int type, size_t n, int flags)
{
    put(im, (uint64_t)type, 1);
    put(im, n, 2);
    put(im, (uint64_t)flags, 1);
}

static shoal_status read_header(image *im, uint64_t address)
{
    shoal_object_header header;
    open_image(im);
    shoal_status status = shoal_object_header_read(&im->meta, BASE + address, &header, &im->err);
    if (status == SHOAL_OK) shoal_object_header_free(&header);
    return status;
}

static void put_continuation(image *im, uint64_t address, uint64_t n)
{
    put_message(im, SHOAL_MESSAGE_CONTINUATION, 16, 0);
    put(im, address, 8);
    put(im, n, 8);
}

static void follows_continuations(void **state)
{
    image *im = *state;
    shoal_object_header header;
    begin_header(im, 1000, 20);
    put_continuation(im, 2000, 4 + 4 + 3 + 2 + 4);
    put_sum(im, 1000);
    at(im, 2000);
    put_text(im, "OCHK", 4);
    put_message(im, SHOAL_MESSAGE_LAYOUT, 3, 0);
    put_text(im, "abc", 3);
    put(im, 0, 2); /* a gap */
    put_sum(im, 2000);
    open_image(im);
    assert_int_equal(shoal_object_header_read(&im->meta, BASE + 1000, &header, &im->err), SHOAL_OK);
    assert_int_equal(header.n, 1);
    assert_int_equal(header.n_links, 1);
    const shoal_message *message = shoal_object_header_find(&header, SHOAL_MESSAGE_LAYOUT);
    assert_non_null(message);
    assert_int_equal(message->at, BASE + 2008);
    assert_memory_equal(message->bytes, "abc", 3);
    assert_null(shoal_object_header_find(&header, SHOAL_MESSAGE_FILL));
    shoal_object_header_free(&header);
    im->bytes[BASE + 2009] ^= 1;
    expect(im, read_header(im, 1000), "checksum");
    im->bytes[BASE + 2000] = 'X';
    expect(im, read_header(im, 1000), "signature");
}

static void refuses_headers(void **state)
{
    image *im = *state;
    begin_header(im, 1000, 20);
    put_continuation(im, 1000, 31); /* in itself */
    put_sum(im, 1000);
    expect(im, read_header(im, 1000), "in itself");
    begin_header(im, 1000, 20);
    put_continuation(im, FILE_BYTES - 600, 300);
    put_sum(im, 1000);
    expect(im, read_header(im, 1000), "outside");
    begin_header(im, 1000, 4);
    put_message(im, SHOAL_MESSAGE_FILL, 1, 0);
    put_sum(im, 1000);
    expect(im, read_header(im, 1000), "message is cut off");
    begin_header(im, 1000, 14); /* shared from the very same message */
    put_message(im, SHOAL_MESSAGE_DATATYPE, 10, 2);
    put(im, 0x0203, 2);
    put(im, 1000, 8);
    put_sum(im, 1000);
    expect(im, read_header(im, 1000), "itself shared");
    begin_header(im, 1000, 14); /* in a heap that is not there */
    put_message(im, SHOAL_MESSAGE_DATATYPE, 10, 2);
    put(im, 0x0103, 2);
    put(im, 1000, 8);
    put_sum(im, 1000);
    expect(im, read_header(im, 1000), "shares none");
    begin_header(im, 1000, 4); /* what must be known and is not */
    put_message(im, 0x70, 0, 0x80);
    put_sum(im, 1000);
    expect(im, read_header(im, 1000), "must be");
    expect(im, read_header(im, FILE_BYTES), "outside");
    expect(im, read_header(im, 9000), "there is none");
}

/* ---- Version-2 B-trees ---------------------------------------------------------------------- */

enum { NODE_BYTES = 64, TREE = 1024, RECORD = 11 }; /* 4 records in a leaf, 2 in a node above */

static void put_tree(image *im, int depth, uint64_t root, int root_n, int n)
{
    at(im, TREE);
    put_text(im, "BTHD\0", 5);
    put(im, SHOAL_BTREE2_LINK_NAME, 1);
    put(im, NODE_BYTES, 4);
    put(im, RECORD, 2);
    put(im, (uint64_t)depth, 2);
    put(im, 0x2864, 2);
    put(im, root, 8);
    put(im, (uint64_t)root_n, 2);
    put(im, (uint64_t)n, 8);
    put_sum(im, TREE);
}

static void put_records(image *im, int first, int n, int step)
{
    for (int k = 0; k < n; k++) {
        put(im, (uint64_t)(first + k * step), 4);
        put(im, 0, RECORD - 4);
    }
}

static void put_leaf(image *im, uint64_t address, int first, int n)
{
    at(im, address);
    put_text(im, "BTLF\0\5", 6);
    put_records(im, first, n, 1);
    put_sum(im, address);
}

/* Two records, 3 and 7, between three leaves. */
static void put_inner(image *im, uint64_t address, const uint64_t child[3])
{
    at(im, address);
    put_text(im, "BTIN\0\5", 6);
    put_records(im, 3, 2, 4);
    for (int k = 0; k < 3; k++) {
        put(im, child[k], 8);
        put(im, 3, 1);
    }
    put_sum(im, address);
}

static void put_sound_tree(image *im)
{
    static const uint64_t child[] = {4096, 5120, 6144};
    put_tree(im, 1, 2048, 2, 11);
    put_inner(im, 2048, child);
    for (int k = 0; k < 3; k++) put_leaf(im, child[k], 4 * k, 3);
}

typedef struct visits {
    int n, first, last, wanted_from, wanted_to;
} visits;

static shoal_status visit(void *user, const uint8_t *record, size_t n, shoal_error *err)
{
    (void)err;
    visits *v = user;
    int value = record[0];
    assert_int_equal(n, RECORD);
    if (v->n++ == 0) v->first = value;
    if (v->n > 1) assert_int_equal(value, v->last + 1);
    v->last = value;
    return SHOAL_OK;
}

static int order(void *user, const uint8_t *record, size_t n)
{
    (void)n;
    const visits *v = user;
    return record[0] < v->wanted_from ? -1 : record[0] > v->wanted_to;
}

static shoal_status walk(image *im, visits *v, uint64_t limit)
{
    open_image(im);
    *v = (visits){0};
    return shoal_btree2_walk(&im->meta, BASE + TREE, SHOAL_BTREE2_LINK_NAME, RECORD, visit, v,
                             limit, &im->err);
}

static void walks_trees(void **state)
{
    image *im = *state;
    visits v;
    put_sound_tree(im);
    for (uint64_t limit = 0; limit < 13; limit++) {
        assert_int_equal(walk(im, &v, limit), SHOAL_OK);
        assert_int_equal(v.n, limit < 11 ? limit : 11);
        assert_int_equal(v.first, 0);
    }
    for (int from = 0; from < 13; from++) {
        for (int to = from - 1; to < 13; to++) {
            v = (visits){.wanted_from = from, .wanted_to = to};
            assert_int_equal(shoal_btree2_find(&im->meta, BASE + TREE, SHOAL_BTREE2_LINK_NAME,
                                               RECORD, order, visit, &v, &im->err),
                             SHOAL_OK);
            int last = to < 10 ? to : 10;
            assert_int_equal(v.n, last >= from ? last - from + 1 : 0);
            if (v.n > 0) assert_int_equal(v.first, from);
        }
    }
    put_tree(im, 0, UINT64_MAX, 0, 0);
    assert_int_equal(walk(im, &v, 10), SHOAL_OK);
    assert_int_equal(v.n, 0);
}

static void refuses_trees(void **state)
{
    static const uint64_t loop[] = {4096, 2048, 6144}, far[] = {4096, FILE_BYTES, 6144},
                          nowhere[] = {4096, UINT64_MAX, 6144};
    image *im = *state;
    visits v;
    put_sound_tree(im);
    put_inner(im, 2048, loop);
    expect(im, walk(im, &v, 99), "signature");
    put_inner(im, 2048, far);
    expect(im, walk(im, &v, 99), "behind the file's end");
    put_inner(im, 2048, nowhere);
    expect(im, walk(im, &v, 99), "undefined child");
    put_sound_tree(im);
    put_tree(im, 1, 2048, 2, 10);
    expect(im, walk(im, &v, 99), "more records than its header");
    put_tree(im, 1, 2048, 2, 12);
    expect(im, walk(im, &v, 99), "fewer records");
    put_tree(im, 1, 2048, 3, 11);
    expect(im, walk(im, &v, 99), "more records than fit");
    put_tree(im, 9, 2048, 2, 11);
    expect(im, walk(im, &v, 99), "damaged");
    put_tree(im, 900, 2048, 2, 11);
    expect(im, walk(im, &v, 99), "too deep");
    put_tree(im, 1, UINT64_MAX, 2, 11);
    expect(im, walk(im, &v, 99), "no root");
    put_sound_tree(im);
    im->bytes[BASE + 5120 + 6] ^= 1;
    expect(im, walk(im, &v, 99), "checksum");
    shoal_btree2_info info;
    expect(im, shoal_btree2_info_read(&im->meta, BASE + TREE, SHOAL_BTREE2_CHUNK, &info, &im->err),
           "another type");
    expect(im,
           shoal_btree2_walk(&im->meta, BASE + TREE, SHOAL_BTREE2_LINK_NAME, RECORD + 1, visit, &v,
                             9, &im->err),
           "too short");
}

/* ---- Heaps ---------------------------------------------------------------------------------- */

static void put_object(image *im, int index, uint64_t n)
{
    put(im, (uint64_t)index, 2);
    put(im, 1, 6);
    put(im, n, 8);
    im->n += (size_t)(n + 7) / 8 * 8;
}

static void put_collection(image *im, uint64_t n_bytes)
{
    at(im, 4096);
    put_text(im, "GCOL\1\0\0\0", 8);
    put(im, n_bytes, 8);
    put_object(im, 1, 5);
    put_object(im, 7, 0);
    put_object(im, 3, 1000);
    put_object(im, 0, 0);
}

static void finds_global_objects(void **state)
{
    image *im = *state;
    shoal_global_heap *heap;
    uint64_t where, n;
    put_collection(im, 2000);
    open_image(im);
    assert_int_equal(shoal_global_heap_new(&im->meta, &heap, &im->err), SHOAL_OK);
    for (int cached = 0; cached < 3; cached++) {
        for (uint32_t index = 0; index < 9; index++) {
            shoal_status status =
                cached
                    ? shoal_global_heap_get(heap, BASE + 4096, index, &where, &n, &im->err)
                    : shoal_global_heap_find(&im->meta, BASE + 4096, index, &where, &n, &im->err);
            uint64_t at_index[9] = {[1] = 32, [7] = 56, [3] = 72};
            uint64_t bytes[9] = {[1] = 5, [3] = 1000};
            if (at_index[index] == 0) {
                expect(im, status, "has no object");
                continue;
            }
            assert_int_equal(status, SHOAL_OK);
            assert_int_equal(where, BASE + 4096 + at_index[index]);
            assert_int_equal(n, bytes[index]);
        }
    }
    expect(im, shoal_global_heap_get(heap, UINT64_MAX, 1, &where, &n, &im->err), "damaged");
    expect(im, shoal_global_heap_get(heap, BASE + 4000, 1, &where, &n, &im->err), "signature");
    shoal_global_heap_free(heap);
    put_collection(im, 500); /* its last object reaches over the end */
    open_image(im);
    expect(im, shoal_global_heap_find(&im->meta, BASE + 4096, 3, &where, &n, &im->err), "reaches");
    assert_int_equal(shoal_global_heap_find(&im->meta, BASE + 4096, 7, &where, &n, &im->err),
                     SHOAL_OK);
    put_collection(im, FILE_BYTES);
    open_image(im);
    expect(im, shoal_global_heap_find(&im->meta, BASE + 4096, 1, &where, &n, &im->err), "size");
}

static void reads_local_heaps(void **state)
{
    image *im = *state;
    shoal_local_heap heap;
    at(im, 1000);
    put_text(im, "HEAP\0\0\0\0", 8);
    put(im, 1024, 8);
    put(im, UINT64_MAX, 8);
    put(im, 2000, 8);
    at(im, 2000);
    memset(im->bytes + im->n, 'x', 1024);
    put_text(im, "\0name\0", 6);
    im->bytes[BASE + 2000 + 600] = 0;
    open_image(im);
    for (int hold = 0; hold < 2; hold++) {
        uint64_t budget = 700;
        char *text;
        int result;
        assert_int_equal(shoal_local_heap_open(&im->meta, BASE + 1000, hold, &heap, &im->err), 0);
        assert_int_equal(shoal_local_heap_text(&heap, 1, &budget, &text, &im->err), SHOAL_OK);
        assert_string_equal(text, "name");
        free(text);
        assert_int_equal(shoal_local_heap_text(&heap, 6, &budget, &text, &im->err), SHOAL_OK);
        assert_int_equal(strlen(text), 594);
        assert_int_equal(shoal_local_heap_compare(&heap, 6, text, &result, &im->err), SHOAL_OK);
        assert_int_equal(result, 0);
        text[593] = 'y';
        assert_int_equal(shoal_local_heap_compare(&heap, 6, text, &result, &im->err), SHOAL_OK);
        assert_true(result > 0);
        text[593] = '\0';
        assert_int_equal(shoal_local_heap_compare(&heap, 6, text, &result, &im->err), SHOAL_OK);
        assert_true(result < 0);
        free(text);
        assert_int_equal(budget, 700 - 5 - 595);
        expect(im, shoal_local_heap_text(&heap, 6, &budget, &text, &im->err), "overlap");
        expect(im, shoal_local_heap_text(&heap, 601, &budget, &text, &im->err), "outside");
        expect(im, shoal_local_heap_text(&heap, 1024, &budget, &text, &im->err), "outside");
        expect(im, shoal_local_heap_text(&heap, UINT64_MAX, &budget, &text, &im->err), "outside");
        shoal_local_heap_close(&heap);
    }
}

/* ---- Messages, cut off at every length ---------------------------------------------------------
 */

static void parse_all(image *im, const uint8_t *bytes, size_t n)
{
    shoal_dataspace space;
    shoal_storage storage;
    shoal_pipeline pipeline;
    const uint8_t *fill;
    size_t n_fill;
    shoal_message message = {.bytes = bytes, .n = n};
    shoal_object_header header = {.n = 1, .message = &message};
    shoal_links links;
    shoal_attributes attributes;
    shoal_external_files files;
    (void)shoal_dataspace_parse(&im->meta, bytes, n, &space, &im->err);
    (void)shoal_storage_parse(&im->meta, &message, &storage, &im->err);
    (void)shoal_pipeline_message(&message, &pipeline, &im->err);
    for (message.type = 1; message.type < 0x18; message.type++) {
        (void)shoal_fill_message(&header, &fill, &n_fill, &im->err);
        if (shoal_links_read(&im->meta, &header, 10, &links, &im->err) == SHOAL_OK)
            shoal_links_free(&links);
        if (shoal_attributes_read(&im->meta, &header, &attributes, &im->err) == SHOAL_OK)
            shoal_attributes_free(&attributes);
        if (shoal_external_files_read(&im->meta, &header, &files, &im->err) == SHOAL_OK)
            shoal_external_files_free(&files);
    }
}

/* Each of these lies at the very end of a block of its own, so that a sanitizer sees any step too
   far. */
static void survives_any_bytes(void **state)
{
    image *im = *state;
    const char *seed_text = getenv("SHOAL_SEED");
    unsigned seed = seed_text ? (unsigned)strtoul(seed_text, NULL, 10) : (unsigned)getpid();
    printf("seed %u\n", seed);
    srand(seed);
    open_image(im);
    for (int k = 0; k < 20000; k++) {
        size_t n = (size_t)rand() % 80;
        uint8_t *bytes = malloc(n ? n : 1);
        assert_non_null(bytes);
        for (size_t b = 0; b < n; b++) bytes[b] = (uint8_t)(rand() % 3 ? rand() % 6 : rand());
        parse_all(im, bytes, n);
        free(bytes);
    }
}

/* ---- Families -------------------------------------------------------------------------------- */

static void write_member(const char *folder, int number, size_t n, size_t first)
{
    char path[100];
    uint8_t byte;
    snprintf(path, sizeof path, "%s/a1-%03d.h5", folder, number);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (size_t k = 0; k < n; k++) {
        byte = (uint8_t)((first + k) * 31 >> 3);
        assert_int_equal(fwrite(&byte, 1, 1, file), 1);
    }
    fclose(file);
}

static void maps_families(void **state)
{
    image *im = *state;
    static const size_t sizes[] = {8192, 5000, 4096};
    char folder[] = "/tmp/shoal-test-family-XXXXXX", path[100], command[100];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a1-000.h5", folder);
    for (int s = 0; s < 3; s++) {
        size_t member = sizes[s], n = 3 * member + 1234;
        uint8_t piece[6000];
        shoal_map *map;
        for (int k = 0; k < 4; k++)
            write_member(folder, k, k < 3 ? member : 1234, (size_t)k * member);
        assert_int_equal(shoal_map_open_family(path, member, &map, &im->err), SHOAL_OK);
        assert_int_equal(shoal_map_size(map), n);
        shoal_map_drop(map, 0, n, true);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(shoal_map_bytes(map)[k], (uint8_t)(k * 31 >> 3));
        for (size_t from = 0; from + sizeof piece <= n; from += 997) {
            assert_int_equal(shoal_map_pread(map, from, piece, sizeof piece, &im->err), SHOAL_OK);
            assert_memory_equal(piece, shoal_map_bytes(map) + from, sizeof piece);
        }
        expect(im, shoal_map_pread(map, n - 10, piece, 11, &im->err), "behind the file's end");
        assert_int_equal(shoal_map_check(map, &im->err), SHOAL_OK);
        write_member(folder, 2, member - 1, 0);
        assert_int_equal(shoal_map_check(map, &im->err), SHOAL_SYSTEM);
        shoal_map_close(map);
        expect(im, shoal_map_open_family(path, member, &map, &im->err), "too short");
        expect(im, shoal_map_open_family(path, member - 2, &map, &im->err), "larger than");
    }
    shoal_map *map;
    expect(im, shoal_map_open_family("/tmp/a10.h5", 4096, &map, &im->err), "no number 0");
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    static image im;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate_setup_teardown(reads_superblocks, NULL, clean, &im),
        cmocka_unit_test_prestate_setup_teardown(refuses_superblocks, NULL, clean, &im),
        cmocka_unit_test_prestate_setup_teardown(follows_continuations, NULL, clean, &im),
        cmocka_unit_test_prestate_setup_teardown(refuses_headers, NULL, clean, &im),
        cmocka_unit_test_prestate_setup_teardown(walks_trees, NULL, clean, &im),
        cmocka_unit_test_prestate_setup_teardown(refuses_trees, NULL, clean, &im),
        cmocka_unit_test_prestate_setup_teardown(finds_global_objects, NULL, clean, &im),
        cmocka_unit_test_prestate_setup_teardown(reads_local_heaps, NULL, clean, &im),
        cmocka_unit_test_prestate_setup_teardown(survives_any_bytes, NULL, clean, &im),
        cmocka_unit_test_prestate_setup_teardown(maps_families, NULL, clean, &im),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
