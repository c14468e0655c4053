/* Locators "FILE:/path[slice]" and .npy headers. */
#include "tests/chunk/cmocka_all.h"

#include "store/file.h"
#include "store/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/shoal-test-locator-XXXXXX";

static void same(const char *got, const char *wanted)
{
    if (!wanted)
        assert_null(got);
    else
        assert_string_equal(got, wanted);
}

static void splits(const char *text, const char *file, const char *path, const char *slice)
{
    char *parts[3];
    shoal_error err = {0};
    if (shoal_locator_split(text, &parts[0], &parts[1], &parts[2], &err) != SHOAL_OK)
        fail_msg("%s: %s", text, err.message);
    same(parts[0], file);
    same(parts[1], path);
    same(parts[2], slice);
    for (int k = 0; k < 3; k++) free(parts[k]);
}

static void refuses(const char *text, const char *why)
{
    char *parts[3];
    shoal_error err = {0};
    assert_int_equal(shoal_locator_split(text, &parts[0], &parts[1], &parts[2], &err), SHOAL_USAGE);
    if (!strstr(err.message, why)) fail_msg("'%s' lacks '%s'", err.message, why);
}

static void splits_names_that_are_not_on_disk(void **state)
{
    (void)state;
    splits("a.h5:/x/y[1:2, ::3]", "a.h5", "/x/y", "1:2, ::3");
    splits("a.h5:/x", "a.h5", "/x", NULL);
    splits("a.h5:/", "a.h5", "/", NULL);
    splits("a.h5", "a.h5", NULL, NULL);
    splits("a.h5[3]", "a.h5", NULL, "3");
    splits("dir:x/a.h5:/x:y", "dir:x/a.h5", "/x:y", NULL);
    splits("-", "-", NULL, NULL);
    refuses("", "names no file");
    refuses("[1]", "names no file");
    refuses("a.h5:/x]", "without its '['");
}

static void files_on_disk_win(void **state)
{
    (void)state;
    static const char *const names[] = {"a:b.h5", "c[1].h5", "d[2]", "plain.h5"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        FILE *file = fopen(names[k], "w");
        assert_non_null(file);
        fclose(file);
    }
    splits("a:b.h5", "a:b.h5", NULL, NULL);
    splits("a:b.h5:/x[0]", "a:b.h5", "/x", "0");
    splits("c[1].h5:/x", "c[1].h5", "/x", NULL);
    splits("d[2]", "d[2]", NULL, NULL);
    splits("plain.h5:/x:/y", "plain.h5", "/x:/y", NULL);
    refuses("plain.h5:x[0]", "did you mean plain.h5:/x");
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) unlink(names[k]);
}

static void npy_headers_come_back(void **state)
{
    (void)state;
    uint8_t bytes[SHOAL_NPY_HEADER_MAX];
    uint64_t shape[SHOAL_MAX_RANK], got[SHOAL_MAX_RANK];
    for (int k = 0; k < SHOAL_MAX_RANK; k++) shape[k] = UINT64_MAX - (uint64_t)k;
    for (int rank = 0; rank <= SHOAL_MAX_RANK; rank++) {
        shoal_type type = {SHOAL_FLOAT32, 4}, got_type;
        bool big_endian, fortran;
        int got_rank;
        size_t header_bytes, n = shoal_npy_header_write(type, rank, shape, bytes);
        assert_int_equal(n % 64, 0);
        assert_true(n <= sizeof bytes);
        assert_int_equal(shoal_npy_header_size(bytes, 12), n);
        assert_int_equal(shoal_npy_header_parse(bytes, n, &got_type, &big_endian, &fortran,
                                                &got_rank, got, &header_bytes, NULL),
                         SHOAL_OK);
        assert_int_equal(got_type.code, SHOAL_FLOAT32);
        assert_false(big_endian || fortran);
        assert_int_equal(got_rank, rank);
        assert_int_equal(header_bytes, n);
        assert_memory_equal(got, shape, (size_t)rank * sizeof *shape);
        for (size_t cut = 0; cut < n; cut++) {
            uint8_t *part = malloc(cut ? cut : 1); /* exact, so that an overrun is seen */
            memcpy(part, bytes, cut);
            assert_int_equal(shoal_npy_header_parse(part, cut, &got_type, &big_endian, &fortran,
                                                    &got_rank, got, &header_bytes, NULL),
                             SHOAL_DATA);
            free(part);
        }
    }
}

static shoal_status parse_text(const char *dictionary, shoal_error *err)
{
    uint8_t bytes[512] = SHOAL_NPY_MAGIC "\x01";
    size_t n = strlen(dictionary), header_bytes;
    shoal_type type;
    bool big_endian, fortran;
    int rank;
    uint64_t shape[SHOAL_MAX_RANK];
    bytes[8] = (uint8_t)n;
    bytes[9] = (uint8_t)(n >> 8);
    memcpy(bytes + 10, dictionary, n);
    return shoal_npy_header_parse(bytes, n + 10, &type, &big_endian, &fortran, &rank, shape,
                                  &header_bytes, err);
}

static void npy_headers_are_checked(void **state)
{
    (void)state;
    shoal_error err = {0};
    assert_int_equal(parse_text("{'descr':'<f8','fortran_order':False,'shape':(3,)}", &err), 0);
    assert_int_equal(
        parse_text("{\"shape\": (3L, 4L), 'fortran_order': True, 'descr': '>i2', }\n", &err), 0);
    static const char *const bad[] = {
        "",
        "{",
        "{}",
        "{'descr': '<f8'}",
        "{'descr': '<f8', 'fortran_order': 0, 'shape': ()}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (), 'more': 1}",
        "{'descr': '|O', 'fortran_order': False, 'shape': ()}",
        "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': ()}",
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        if (parse_text(bad[k], &err) != SHOAL_DATA) fail_msg("accepts %s", bad[k]);
}

int main(void)
{
    if (!mkdtemp(folder) || chdir(folder) != 0) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_names_that_are_not_on_disk),
        cmocka_unit_test(files_on_disk_win),
        cmocka_unit_test(npy_headers_come_back),
        cmocka_unit_test(npy_headers_are_checked),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
