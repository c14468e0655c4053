/* The reader of version-1 B-trees against trees built here, sound ones and damaged ones. */
#include "tests/store/index_image.h"

enum {
    FILE_BYTES = IMAGE_BYTES,
    BASE = IMAGE_BASE,
    RANK = 2,
    ENTRY_BYTES = 8 + 8 * 3 + 8,
    HEAD_BYTES = 24
};

/* A grid of 10 x 7 chunks of 4 x 3 elements. */
static const uint64_t shape[RANK] = {39, 20}, chunk[RANK] = {4, 3};

static void put(uint8_t *at, uint64_t value, int n)
{
    image_put(at, value, n);
}

static uint8_t *put_node(image *im, uint64_t address, int type, int level, int n_entries)
{
    uint8_t *at = im->bytes + BASE + address;
    memcpy(at, "TREE", 4);
    at[4] = (uint8_t)type;
    at[5] = (uint8_t)level;
    put(at + 6, (uint64_t)n_entries, 2);
    memset(at + 8, 0xFF, 16);
    return at + HEAD_BYTES;
}

static void put_chunk(uint8_t *entry, uint64_t row, uint64_t column, uint32_t n_bytes,
                      uint64_t address)
{
    put(entry, n_bytes, 4);
    put(entry + 4, 5, 4);
    put(entry + 8, row * chunk[0], 8);
    put(entry + 16, column * chunk[1], 8);
    put(entry + 24, 0, 8);
    put(entry + 32, address, 8);
}

static uint64_t chunk_address(uint64_t id)
{
    return 32768 + id * 100;
}

/* A root at 0 with two leaves at 4096 and 8192 of every second chunk of the grid. */
static void make_tree(image *im)
{
    image_begin(im, SHOAL_INDEX_BTREE1, true, RANK, shape, shape, chunk);
    assert_int_equal(im->grid.n_chunks, 70);
    uint8_t *root = put_node(im, 0, 1, 1, 2);
    for (uint64_t leaf = 0; leaf < 2; leaf++) {
        uint8_t *entry = put_node(im, 4096 * (leaf + 1), 1, 0, 17 + (int)leaf);
        put(root + leaf * ENTRY_BYTES + 32, 4096 * (leaf + 1), 8);
        for (uint64_t k = 0; k < 17 + leaf; k++) {
            uint64_t id = 2 * (17 * leaf + k);
            put_chunk(entry + k * ENTRY_BYTES, id / 7, id % 7, 50 + (uint32_t)id,
                      chunk_address(id));
        }
    }
}

static uint8_t *root_entry(image *im, int k)
{
    return im->bytes + BASE + HEAD_BYTES + k * ENTRY_BYTES;
}

static uint8_t *leaf_entry(image *im, int leaf, int k)
{
    return im->bytes + BASE + 4096 * (leaf + 1) + HEAD_BYTES + k * ENTRY_BYTES;
}

static void reads_a_sound_tree(void **state)
{
    image *im = *state;
    make_tree(im);
    assert_int_equal(image_read(im), SHOAL_OK);
    assert_int_equal(im->index.n, 35);
    for (uint64_t id = 0; id < 70; id++) {
        const shoal_index_entry *entry = shoal_index_find(&im->index, id);
        if (id % 2 == 1) {
            assert_null(entry);
            continue;
        }
        assert_non_null(entry);
        assert_int_equal(entry->chunk_id, id);
        assert_int_equal(entry->offset, BASE + chunk_address(id));
        assert_int_equal(entry->n_bytes, 50 + id);
        assert_int_equal(entry->mask, 5);
    }
    assert_null(shoal_index_find(&im->index, 70));
    assert_null(shoal_index_find(&im->index, UINT64_MAX));
    shoal_index_free(&im->index);
}

static void leaves_out_chunks_beyond_the_shape(void **state)
{
    image *im = *state;
    make_tree(im);
    put_chunk(leaf_entry(im, 1, 17), 10, 0, 50, chunk_address(3));
    put_chunk(leaf_entry(im, 1, 16), 2, 7, 50, chunk_address(3));
    assert_int_equal(image_read(im), SHOAL_OK);
    assert_int_equal(im->index.n, 33);
    shoal_index_free(&im->index);
}

static void sorts_entries(void **state)
{
    image *im = *state;
    make_tree(im);
    put(root_entry(im, 0) + 32, 8192, 8);
    put(root_entry(im, 1) + 32, 4096, 8);
    assert_int_equal(image_read(im), SHOAL_OK);
    for (uint64_t k = 0; k < 35; k++) assert_int_equal(im->index.entries[k].chunk_id, 2 * k);
    shoal_index_free(&im->index);
}

static void refuses_damaged_nodes(void **state)
{
    image *im = *state;
    make_tree(im);
    im->bytes[BASE] = 'X';
    image_expect_damage(im, "no signature");
    make_tree(im);
    im->bytes[BASE + 4096 + 4] = 0;
    image_expect_damage(im, "not one of chunks");
    make_tree(im);
    im->bytes[BASE + 4096 + 5] = 1;
    image_expect_damage(im, "wrong level");
    make_tree(im);
    im->bytes[BASE + 5] = 200;
    image_expect_damage(im, "wrong level");
    make_tree(im);
    put(im->bytes + BASE + 6, 65535, 2);
    image_expect_damage(im, "cut off");
    make_tree(im);
    im->n_bytes = BASE + 4096 + 500;
    assert_int_equal(image_read(im), SHOAL_DATA);
}

static void refuses_bad_pointers(void **state)
{
    image *im = *state;
    static const uint64_t bad[] = {FILE_BYTES, UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - BASE,
                                   FILE_BYTES - BASE - 10};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        make_tree(im);
        put(root_entry(im, 1) + 32, bad[k], 8);
        image_expect_damage(im, "damaged");
        make_tree(im);
        put(leaf_entry(im, 0, 3) + 32, bad[k], 8);
        image_expect_damage(im, k == 1 || k == 2 || k == 3 ? "chunk" : "outside of the file");
    }
    make_tree(im);
    put(root_entry(im, 1) + 32, 0, 8); /* the root as its own child */
    image_expect_damage(im, "wrong level");
    make_tree(im);
    put(root_entry(im, 1) + 32, 4096, 8); /* one leaf twice */
    image_expect_damage(im, "twice");
}

static void refuses_bad_keys(void **state)
{
    image *im = *state;
    make_tree(im);
    put(leaf_entry(im, 0, 3) + 8, 5, 8);
    image_expect_damage(im, "not on the grid");
    make_tree(im);
    put(leaf_entry(im, 0, 3) + 24, 1, 8);
    image_expect_damage(im, "not on the grid");
    make_tree(im);
    put(leaf_entry(im, 0, 3), UINT32_MAX, 4);
    image_expect_damage(im, "outside of the file");
}

/* Every node says that it has as many entries as fit, and all children are the same few nodes:
   the work is bounded by the file's size all the same. */
static void bounds_repeated_nodes(void **state)
{
    image *im = *state;
    make_tree(im);
    for (int level = 0; level < 15; level++) {
        uint8_t *entry = put_node(im, 4096 * (uint64_t)level, 1, 14 - level, 90);
        for (int k = 0; k < 90; k++)
            put(entry + k * ENTRY_BYTES + 32, 4096 * (uint64_t)(level + 1), 8);
    }
    image_expect_damage(im, "more entries than the file has room for");
}

static void empty_root_is_fine(void **state)
{
    image *im = *state;
    make_tree(im);
    put_node(im, 0, 1, 0, 0);
    assert_int_equal(image_read(im), SHOAL_OK);
    assert_int_equal(im->index.n, 0);
    assert_null(shoal_index_find(&im->index, 0));
}

int main(void)
{
    static image im;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(reads_a_sound_tree, &im),
        cmocka_unit_test_prestate(leaves_out_chunks_beyond_the_shape, &im),
        cmocka_unit_test_prestate(sorts_entries, &im),
        cmocka_unit_test_prestate(refuses_damaged_nodes, &im),
        cmocka_unit_test_prestate(refuses_bad_pointers, &im),
        cmocka_unit_test_prestate(refuses_bad_keys, &im),
        cmocka_unit_test_prestate(bounds_repeated_nodes, &im),
        cmocka_unit_test_prestate(empty_root_is_fine, &im),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
