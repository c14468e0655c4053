/* The readers of fixed and extensible arrays, implicit and single chunks, against indexes built
   here, sound ones and damaged ones. */
#include "tests/store/index_image.h"

/* A grid of 10 x 7 chunks of 4 x 3 elements, of 12 x 9 at most. */
enum { RANK = 2, ROWS = 10, COLUMNS = 7, MAX_ROWS = 12, MAX_COLUMNS = 9 };

static const uint64_t shape[RANK] = {39, 20}, chunk[RANK] = {4, 3};
static const uint64_t fixed_max[RANK] = {48, 27}, growing_max[RANK] = {48, UINT64_MAX};

/* Where the parts of the images are, as addresses. */
enum { HEAD = 0, INDEX_BLOCK = 512, BLOCKS = 1024, CHUNKS = 32768 };

/* ---- Elements ---- */

static bool is_set(uint64_t element)
{
    return element % 3 != 0;
}

static uint8_t *put_element(const image *im, uint8_t *at, uint64_t element)
{
    at = image_put(at, is_set(element) ? CHUNKS + element * 100 : UINT64_MAX, 8);
    if (!im->chunked.filtered) return at;
    at = image_put(at, 50 + element, 2);
    return image_put(at, element % 4, 4);
}

static int element_bytes(const image *im)
{
    return im->chunked.filtered ? 14 : 8;
}

static uint8_t *put_elements(const image *im, uint8_t *at, uint64_t first, uint64_t n)
{
    for (uint64_t k = 0; k < n; k++) at = put_element(im, at, first + k);
    return at;
}

/* Signature, version, class. */
static uint8_t *put_start(const image *im, uint8_t *at, const char *signature)
{
    memcpy(at, signature, 4);
    at[4] = 0;
    at[5] = im->chunked.filtered;
    return at + 6;
}

/* ---- Fixed arrays ---- */

enum { PAGE_BITS = 4, PAGE = 16, FIXED = MAX_ROWS * MAX_COLUMNS, MISSING_PAGE = 2 };

static uint8_t *put_pages(image *im, uint8_t *at, uint64_t first, uint64_t n, int page_bits,
                          int64_t missing)
{
    uint64_t in_page = (uint64_t)1 << page_bits;
    for (uint64_t k = 0; k < n; k += in_page) {
        uint64_t count = n - k < in_page ? n - k : in_page;
        uint8_t *start = at;
        at = image_sum(start, put_elements(im, at, first + k, count));
        if ((int64_t)(k / in_page) == missing) memset(start, 0xAA, (size_t)(at - start));
    }
    return at;
}

static void make_fixed(image *im, bool filtered, bool paged)
{
    image_begin(im, SHOAL_INDEX_FIXED_ARRAY, filtered, RANK, shape, fixed_max, chunk);
    uint8_t *head = image_at(im, HEAD), *block = image_at(im, BLOCKS);
    uint8_t *at = put_start(im, head, "FAHD");
    *at++ = (uint8_t)element_bytes(im);
    *at++ = paged ? PAGE_BITS : 10;
    at = image_put(at, FIXED, 8);
    image_sum(head, image_put(at, BLOCKS, 8));
    at = image_put(put_start(im, block, "FADB"), HEAD, 8);
    if (!paged) {
        image_sum(block, put_elements(im, at, 0, FIXED));
        return;
    }
    *at++ = (uint8_t)(0xFE & ~(0x80 >> MISSING_PAGE)); /* 7 pages */
    put_pages(im, image_sum(block, at), 0, FIXED, PAGE_BITS, MISSING_PAGE);
}

/* What the head and the block are summed over, without the sum. */
static void resum_fixed(image *im, size_t block_bytes)
{
    image_sum(image_at(im, HEAD), image_at(im, HEAD + 24));
    image_sum(image_at(im, BLOCKS), image_at(im, BLOCKS) + block_bytes);
}

/* ---- Extensible arrays: the second axis grows, so it is the slowest ---- */

enum {
    IN_INDEX = 2,
    LEAST = 2,
    EA_BITS = 10,
    EA_PAGE_BITS = 3,
    EA_LEVELS = EA_BITS, /* 1 + bits - log2(LEAST) */
    EA_DIRECT = 2,
    EA_BUILT = 6,         /* levels that the image has */
    EA_MISSING_BLOCK = 1, /* of level 3 */
};

static uint64_t level_blocks(int level)
{
    return (uint64_t)1 << level / 2;
}

static uint64_t level_elements(int level)
{
    return (uint64_t)LEAST << (level + 1) / 2;
}

static uint8_t *put_data_block(image *im, uint8_t *block, uint64_t first, uint64_t n)
{
    uint8_t *at = image_put(put_start(im, block, "EADB"), HEAD, 8);
    at = image_put(at, first - IN_INDEX, 2);
    if (n <= 1 << EA_PAGE_BITS) return image_sum(block, put_elements(im, at, first, n));
    return put_pages(im, image_sum(block, at), first, n, EA_PAGE_BITS, 1);
}

static uint64_t address_of(const image *im, const uint8_t *at)
{
    return (uint64_t)(at - im->bytes) - IMAGE_BASE;
}

/* Puts the data blocks of a level at *free and their addresses at `at`; gives what is behind. */
static uint8_t *put_level(image *im, int level, uint8_t *at, uint8_t **free, uint64_t *first)
{
    for (uint64_t k = 0; k < level_blocks(level); k++, *first += level_elements(level)) {
        bool missing = level == 3 && k == EA_MISSING_BLOCK;
        at = image_put(at, missing ? UINT64_MAX : address_of(im, *free), 8);
        if (!missing) *free = put_data_block(im, *free, *first, level_elements(level));
    }
    return at;
}

static uint8_t *put_secondary(image *im, int level, uint8_t *block, uint64_t *first)
{
    uint64_t n_pages = level_elements(level) >> EA_PAGE_BITS;
    bool paged = n_pages > 1;
    size_t map_bytes = paged ? level_blocks(level) * ((n_pages + 7) / 8) : 0;
    uint8_t *behind = block + 4 + 2 + 8 + 2 + map_bytes + 8 * level_blocks(level) + 4;
    uint8_t *at = image_put(put_start(im, block, "EASB"), HEAD, 8);
    at = image_put(at, *first - IN_INDEX, 2);
    memset(at, 0, map_bytes);
    for (uint64_t bit = 0; paged && bit < level_blocks(level) * n_pages; bit++)
        if (bit % n_pages != 1) at[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    at = put_level(im, level, at + map_bytes, &behind, first);
    image_sum(block, at);
    return behind;
}

static void make_growing(image *im, bool filtered)
{
    image_begin(im, SHOAL_INDEX_EXTENSIBLE_ARRAY, filtered, RANK, shape, growing_max, chunk);
    uint8_t *head = image_at(im, HEAD), *block = image_at(im, INDEX_BLOCK);
    uint8_t *free = image_at(im, BLOCKS), *at = put_start(im, head, "EAHD");
    const uint8_t parameters[] = {
        (uint8_t)element_bytes(im), EA_BITS, IN_INDEX, LEAST, 2, EA_PAGE_BITS};
    memcpy(at, parameters, sizeof parameters);
    at += sizeof parameters;
    for (int k = 0; k < 6; k++) at = image_put(at, k == 4 ? 128 : 77, 8);
    image_sum(head, image_put(at, INDEX_BLOCK, 8));
    at = image_put(put_start(im, block, "EAIB"), HEAD, 8);
    at = put_elements(im, at, 0, IN_INDEX);
    uint64_t first = IN_INDEX;
    for (int level = 0; level < EA_DIRECT; level++) at = put_level(im, level, at, &free, &first);
    for (int level = EA_DIRECT; level < EA_LEVELS; level++) {
        at = image_put(at, level < EA_BUILT ? address_of(im, free) : UINT64_MAX, 8);
        if (level < EA_BUILT) free = put_secondary(im, level, free, &first);
    }
    image_sum(block, at);
    assert_true(free < image_at(im, CHUNKS));
}

/* True when the image has the element's block and page. */
static bool growing_has(uint64_t element)
{
    uint64_t first = IN_INDEX;
    if (element < first) return true;
    for (int level = 0; level < EA_BUILT; level++) {
        uint64_t n = level_elements(level), all = level_blocks(level) * n;
        if (element - first >= all) {
            first += all;
            continue;
        }
        uint64_t in_block = (element - first) % n, block = (element - first) / n;
        if (level == 3 && block == EA_MISSING_BLOCK) return false;
        return n <= 1 << EA_PAGE_BITS || in_block >> EA_PAGE_BITS != 1;
    }
    return false;
}

/* ---- Sound ones ---- */

static void expect_chunk(const image *im, uint64_t id, bool there, uint64_t element)
{
    const shoal_index_entry *entry = shoal_index_find(&im->index, id);
    if (!there) {
        assert_null(entry);
        return;
    }
    assert_non_null(entry);
    assert_int_equal(entry->offset, IMAGE_BASE + CHUNKS + element * 100);
    assert_int_equal(entry->n_bytes, im->chunked.filtered ? 50 + element : 4 * 12);
    assert_int_equal(entry->mask, im->chunked.filtered ? element % 4 : 0);
}

static void reads_fixed_arrays(void **state)
{
    image *im = *state;
    for (int variant = 0; variant < 4; variant++) {
        make_fixed(im, variant & 1, variant & 2);
        if (image_read(im) != SHOAL_OK) fail_msg("%s", im->err.message);
        for (uint64_t id = 0; id < ROWS * COLUMNS; id++) {
            uint64_t element = id / COLUMNS * MAX_COLUMNS + id % COLUMNS;
            bool paged_out = (variant & 2) && element / PAGE == MISSING_PAGE;
            expect_chunk(im, id, is_set(element) && !paged_out, element);
        }
        shoal_index_free(&im->index);
    }
}

static void reads_extensible_arrays(void **state)
{
    image *im = *state;
    for (int variant = 0; variant < 2; variant++) {
        make_growing(im, variant & 1);
        if (image_read(im) != SHOAL_OK) fail_msg("%s", im->err.message);
        for (uint64_t id = 0; id < ROWS * COLUMNS; id++) {
            uint64_t element = id % COLUMNS * MAX_ROWS + id / COLUMNS;
            expect_chunk(im, id, is_set(element) && growing_has(element), element);
        }
        for (uint64_t k = 1; k < im->index.n; k++)
            assert_true(im->index.entries[k - 1].chunk_id < im->index.entries[k].chunk_id);
        shoal_index_free(&im->index);
    }
}

static void ends_at_the_highest_element_set(void **state)
{
    image *im = *state;
    make_growing(im, false);
    image_put(image_at(im, HEAD + 12 + 32), 20, 8);
    image_sum(image_at(im, HEAD), image_at(im, HEAD + 12 + 48 + 8));
    assert_int_equal(image_read(im), SHOAL_OK);
    for (uint64_t k = 0; k < im->index.n; k++) {
        uint64_t id = im->index.entries[k].chunk_id, start = id % COLUMNS * MAX_ROWS + id / COLUMNS;
        assert_true(start < 20 + 8); /* its block is read whole */
    }
    shoal_index_free(&im->index);
}

static void reads_implicit_chunks(void **state)
{
    image *im = *state;
    image_begin(im, SHOAL_INDEX_IMPLICIT, false, RANK, shape, fixed_max, chunk);
    assert_int_equal(image_read(im), SHOAL_OK);
    assert_int_equal(im->index.n, ROWS * COLUMNS);
    for (uint64_t id = 0; id < ROWS * COLUMNS; id++) {
        uint64_t element = id / COLUMNS * MAX_COLUMNS + id % COLUMNS;
        assert_int_equal(im->index.entries[id].chunk_id, id);
        assert_int_equal(im->index.entries[id].offset, IMAGE_BASE + element * 48);
        assert_int_equal(im->index.entries[id].n_bytes, 48);
    }
    shoal_index_free(&im->index);
    im->n_bytes = IMAGE_BASE + 48 * (9 * MAX_COLUMNS + 7); /* the last one in the shape */
    assert_int_equal(image_read(im), SHOAL_OK);
    shoal_index_free(&im->index);
    im->n_bytes--;
    image_expect_damage(im, "outside of the file");
    im->chunked.filtered = true;
    image_expect_damage(im, "no filters");
}

static void reads_a_single_chunk(void **state)
{
    image *im = *state;
    image_begin(im, SHOAL_INDEX_SINGLE, true, RANK, chunk, chunk, chunk);
    im->storage.single_n_bytes = 1000;
    im->storage.single_mask = 2;
    assert_int_equal(image_read(im), SHOAL_OK);
    assert_int_equal(im->index.n, 1);
    assert_int_equal(im->index.entries[0].n_bytes, 1000);
    assert_int_equal(im->index.entries[0].mask, 2);
    shoal_index_free(&im->index);
    im->chunked.filtered = false;
    assert_int_equal(image_read(im), SHOAL_OK);
    assert_int_equal(im->index.entries[0].n_bytes, 48);
    shoal_index_free(&im->index);
    im->chunked.filtered = true;
    im->storage.single_n_bytes = (uint64_t)5 << 30;
    image_expect_damage(im, "chunks of 4 GiB and more");
    im->storage.single_n_bytes = IMAGE_BYTES;
    image_expect_damage(im, "outside of the file");
    image_begin(im, SHOAL_INDEX_SINGLE, true, RANK, shape, shape, chunk);
    image_expect_damage(im, "single chunk");
}

static void leaves_edges_unfiltered(void **state)
{
    image *im = *state;
    make_fixed(im, true, false);
    im->storage.edges_not_filtered = true;
    assert_int_equal(image_read(im), SHOAL_OK);
    for (uint64_t k = 0; k < im->index.n; k++) {
        const shoal_index_entry *entry = &im->index.entries[k];
        uint64_t row = entry->chunk_id / COLUMNS, column = entry->chunk_id % COLUMNS;
        uint64_t element = row * MAX_COLUMNS + column;
        bool is_edge = row == ROWS - 1 || column == COLUMNS - 1;
        assert_int_equal(entry->mask, is_edge ? UINT32_MAX : element % 4);
        assert_int_equal(entry->n_bytes, is_edge ? 48 : 50 + element);
    }
    shoal_index_free(&im->index);
}

static void empty_arrays_are_fine(void **state)
{
    image *im = *state;
    make_fixed(im, true, true);
    image_put(image_at(im, HEAD + 16), UINT64_MAX, 8);
    resum_fixed(im, 15);
    assert_int_equal(image_read(im), SHOAL_OK);
    assert_int_equal(im->index.n, 0);
    make_growing(im, true);
    image_put(image_at(im, HEAD + 60), UINT64_MAX, 8);
    image_sum(image_at(im, HEAD), image_at(im, HEAD + 68));
    assert_int_equal(image_read(im), SHOAL_OK);
    assert_int_equal(im->index.n, 0);
}

/* ---- Damaged ones ---- */

/* Each changed byte of the index is seen: everything is under a checksum. */
static void sees_each_changed_byte(void **state)
{
    image *im = *state;
    for (int variant = 0; variant < 6; variant++) {
        int kind = variant / 2;
        for (size_t at = 0; at < CHUNKS; at += 1 + at / 512) {
            if (kind < 2)
                make_fixed(im, variant & 1, kind);
            else
                make_growing(im, variant & 1);
            uint8_t *byte = image_at(im, at);
            if (*byte == 0 || *byte == 0xAA) continue; /* mostly not part of it */
            *byte ^= (uint8_t)(1 << at % 8);
            shoal_status status = image_read(im);
            /* Blocks of no chunk in the shape are not read. */
            if (status == SHOAL_OK && kind < 2) fail_msg("variant %d, byte %zu", variant, at);
            shoal_index_free(&im->index);
        }
    }
}

static void refuses_other_forms(void **state)
{
    image *im = *state;
    make_fixed(im, true, false);
    image_put(image_at(im, HEAD + 8), FIXED - 1, 8);
    resum_fixed(im, 14 + 14 * FIXED);
    image_expect_damage(im, "fewer chunks than the grid");
    make_fixed(im, true, false);
    im->chunked.filtered = false;
    image_expect_damage(im, "not of this dataset's kind");
    for (int bytes = 8; bytes < 30; bytes++) {
        if (bytes >= 13 && bytes <= 20) continue;
        make_fixed(im, true, false);
        *image_at(im, HEAD + 6) = (uint8_t)bytes;
        resum_fixed(im, 14 + 14 * FIXED);
        image_expect_damage(im, "no known form");
    }
    make_fixed(im, false, true);
    *image_at(im, HEAD + 7) = 64;
    resum_fixed(im, 15);
    image_expect_damage(im, "no known form");
    make_fixed(im, false, true);
    image_put(image_at(im, BLOCKS + 6), 8, 8);
    resum_fixed(im, 15);
    image_expect_damage(im, "belongs to another");
    make_fixed(im, false, true);
    im->max_shape[0] = UINT64_MAX;
    image_expect_damage(im, "unlimited");
    im->max_shape[0] = (uint64_t)1 << 40;
    image_expect_damage(im, "fewer chunks");
    im->max_shape[1] = UINT64_MAX - 1;
    image_expect_damage(im, "maximal shape");
}

static void refuses_bad_addresses(void **state)
{
    image *im = *state;
    static const uint64_t bad[] = {IMAGE_BYTES, UINT64_MAX - 1, UINT64_MAX - IMAGE_BASE,
                                   IMAGE_BYTES - IMAGE_BASE - 10};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        make_fixed(im, true, k % 2);
        image_put(image_at(im, HEAD + 16), bad[k], 8);
        resum_fixed(im, k % 2 ? 15 : 14 + 14 * FIXED);
        image_expect_damage(im, "damaged");
        make_fixed(im, true, false);
        image_put(image_at(im, BLOCKS + 14 + 14), bad[k], 8);
        resum_fixed(im, 14 + 14 * FIXED);
        image_expect_damage(im, "chunk");
        make_growing(im, true);
        image_put(image_at(im, HEAD + 60), bad[k], 8);
        image_sum(image_at(im, HEAD), image_at(im, HEAD + 68));
        image_expect_damage(im, "damaged");
    }
}

static void refuses_odd_extensible_arrays(void **state)
{
    static const struct {
        int at;
        uint8_t value;
    } odd[] = {{6, 1},  {7, 64}, {7, 0},    {9, 3},   {9, 0},
               {10, 3}, {10, 0}, {10, 128}, {11, 64}, {11, 0}};
    image *im = *state;
    for (size_t k = 0; k < sizeof odd / sizeof *odd; k++) {
        make_growing(im, true);
        *image_at(im, HEAD + (uint64_t)odd[k].at) = odd[k].value;
        image_sum(image_at(im, HEAD), image_at(im, HEAD + 68));
        image_expect_damage(im, "damaged");
    }
}

/* All data blocks are one and the same: more of them than the file can have. */
static void bounds_repeated_blocks(void **state)
{
    image *im = *state;
    const uint64_t one_row[RANK] = {4, 60000}, most[RANK] = {4, UINT64_MAX};
    make_growing(im, false);
    image_begin(im, SHOAL_INDEX_EXTENSIBLE_ARRAY, false, RANK, one_row, most, chunk);
    uint8_t *head = image_at(im, HEAD), *block = image_at(im, INDEX_BLOCK);
    uint8_t *at = put_start(im, head, "EAHD");
    const uint8_t parameters[] = {8, 32, 0, 128, 128, 20};
    memcpy(at, parameters, sizeof parameters);
    at += sizeof parameters;
    for (int k = 0; k < 6; k++) at = image_put(at, UINT64_MAX, 8);
    image_sum(head, image_put(at, INDEX_BLOCK, 8));
    at = image_put(put_start(im, block, "EAIB"), HEAD, 8);
    for (int k = 0; k < 254 + 12; k++) at = image_put(at, 8192, 8);
    image_sum(block, at);
    uint8_t *data = image_at(im, 8192);
    at = image_put(image_put(put_start(im, data, "EADB"), HEAD, 8), 0, 4);
    memset(at, 0xFF, 128 * 8);
    image_sum(data, at + 128 * 8);
    image_expect_damage(im, "damaged");
}

int main(void)
{
    static image im;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(reads_fixed_arrays, &im),
        cmocka_unit_test_prestate(reads_extensible_arrays, &im),
        cmocka_unit_test_prestate(ends_at_the_highest_element_set, &im),
        cmocka_unit_test_prestate(reads_implicit_chunks, &im),
        cmocka_unit_test_prestate(reads_a_single_chunk, &im),
        cmocka_unit_test_prestate(leaves_edges_unfiltered, &im),
        cmocka_unit_test_prestate(empty_arrays_are_fine, &im),
        cmocka_unit_test_prestate(sees_each_changed_byte, &im),
        cmocka_unit_test_prestate(refuses_other_forms, &im),
        cmocka_unit_test_prestate(refuses_bad_addresses, &im),
        cmocka_unit_test_prestate(refuses_odd_extensible_arrays, &im),
        cmocka_unit_test_prestate(bounds_repeated_blocks, &im),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
