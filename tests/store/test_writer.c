/* What test_writer.py cannot see from outside: libhdf5's state, types and filter, and file systems
   without unnamed files. */
#undef _FILE_OFFSET_BITS /* it would make one name of openat and openat64, which both stand below \
                          */
#include "tests/chunk/cmocka_all.h"

#include "store/hdf5_load.h"
#include "store/hdf5_lock.h"
#include "store/hdf5_type.h"
#include "store/writer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char folder[] = "/tmp/shoal-test-writer-XXXXXX";
static bool has_no_unnamed_files;

/* Stands before the C library's, for the writer that is linked into this program. */
int openat(int directory, const char *path, int flags, ...);
int openat64(int directory, const char *path, int flags, ...);

static int open_or_refuse(int directory, const char *path, int flags, mode_t mode)
{
    if (has_no_unnamed_files && (flags & O_TMPFILE) == O_TMPFILE) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return (int)syscall(SYS_openat, directory, path, flags, mode);
}

int openat(int directory, const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = va_arg(args, mode_t);
    va_end(args);
    return open_or_refuse(directory, path, flags, mode);
}

int openat64(int directory, const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = va_arg(args, mode_t);
    va_end(args);
    return open_or_refuse(directory, path, flags, mode);
}

static char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* The names in the test's folder, hidden ones too. */
static int count_files(const char *part)
{
    int n = 0;
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            strstr(entry->d_name, part) != NULL)
            n++;
    closedir(directory);
    return n;
}

static shoal_writer *start(const char *name, shoal_write_mode mode)
{
    shoal_writer *writer = NULL;
    shoal_error err = {0};
    if (shoal_writer_open(path_of(name), mode, &writer, &err) != SHOAL_OK)
        fail_msg("%s", err.message);
    return writer;
}

static void put_numbers(shoal_writer *writer, const char *path, const char *codec)
{
    int32_t numbers[100];
    shoal_error err = {0};
    const shoal_dataset_spec spec = {.type = shoal_type_of(SHOAL_INT32),
                                     .rank = 1,
                                     .shape = {100},
                                     .chunk = {30},
                                     .codec = codec};
    const shoal_region all = {.rank = 1, .axis = {{0, 1, 100}}};
    for (int k = 0; k < 100; k++) numbers[k] = k * k;
    if (shoal_writer_dataset(writer, path, &spec, &err) != SHOAL_OK ||
        shoal_writer_write(writer, path, &all, numbers, sizeof numbers, &err) != SHOAL_OK)
        fail_msg("%s", err.message);
}

static void finish(shoal_writer *writer)
{
    shoal_error err = {0};
    if (shoal_writer_commit(writer, &err) != SHOAL_OK) fail_msg("%s", err.message);
}

static void check_numbers(const char *name, const char *path)
{
    int32_t numbers[100];
    hid_t file = H5Fopen(path_of(name), H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    assert_true(H5Dread(dataset, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers) >= 0);
    for (int k = 0; k < 100; k++) assert_int_equal(numbers[k], k * k);
    H5Dclose(dataset);
    H5Fclose(file);
    assert_int_equal(unlink(path_of(name)), 0);
}

/* ---- Commit ---- */

static void works_without_unnamed_files(void **state)
{
    (void)state;
    shoal_error err = {0};
    has_no_unnamed_files = true;
    shoal_writer *writer = start("a.h5", SHOAL_CREATE);
    assert_int_equal(count_files(".a.h5.shoal-"), 1);
    put_numbers(writer, "/x", NULL);
    finish(writer);
    assert_int_equal(count_files(""), 1);
    assert_int_equal(shoal_writer_open(path_of("a.h5"), SHOAL_CREATE, &writer, &err), SHOAL_USAGE);
    writer = start("a.h5", SHOAL_UPDATE);
    put_numbers(writer, "/y", "gzip");
    shoal_writer_discard(writer);
    assert_int_equal(count_files(""), 1);
    writer = start("a.h5", SHOAL_UPDATE);
    put_numbers(writer, "/y", "gzip");
    finish(writer);
    writer = start("b.h5", SHOAL_CREATE);
    FILE *other = fopen(path_of("b.h5"), "w");
    fclose(other);
    assert_int_equal(shoal_writer_commit(writer, &err), SHOAL_USAGE);
    assert_int_equal(unlink(path_of("b.h5")), 0);
    has_no_unnamed_files = false;
    assert_int_equal(count_files(""), 1);
    check_numbers("a.h5", "/y");
}

static void leaves_nothing_when_discarded(void **state)
{
    (void)state;
    shoal_writer_discard(NULL);
    shoal_writer *writer = start("a.h5", SHOAL_CREATE);
    put_numbers(writer, "/x", NULL);
    assert_true(shoal_writer_stored_bytes(writer) > 0);
    assert_true(shoal_writer_exists(writer, "/x") && shoal_writer_exists(writer, "x"));
    assert_false(shoal_writer_exists(writer, "/x/y") || shoal_writer_exists(writer, "//"));
    assert_int_equal(count_files(""), 0);
    shoal_writer_discard(writer);
    assert_int_equal(count_files(""), 0);
}

static void writers_may_be_many(void **state)
{
    (void)state;
    shoal_writer *writers[20];
    char name[16];
    for (int k = 0; k < 20; k++) {
        snprintf(name, sizeof name, "%d.h5", k);
        writers[k] = start(name, SHOAL_CREATE);
        put_numbers(writers[k], "/x", "none");
    }
    for (int k = 0; k < 20; k++) {
        put_numbers(writers[k], "/y", "blosc:zstd");
        if (k % 2 == 0)
            finish(writers[k]);
        else
            shoal_writer_discard(writers[k]);
    }
    assert_int_equal(count_files(""), 10);
    for (int k = 0; k < 20; k += 2) {
        snprintf(name, sizeof name, "%d.h5", k);
        check_numbers(name, "/y");
    }
}

/* ---- libhdf5's own state ---- */

static herr_t own_printing(hid_t stack, void *user)
{
    (void)stack;
    (void)user;
    return 0;
}

static void gives_error_printing_back(void **state)
{
    (void)state;
    H5E_auto2_t function;
    void *user;
    int mark;
    H5Eset_auto2(H5E_DEFAULT, own_printing, &mark);
    shoal_hdf5_lock();
    shoal_hdf5_lock();
    H5Eget_auto2(H5E_DEFAULT, &function, &user);
    assert_true(function == NULL);
    shoal_hdf5_unlock();
    H5Eget_auto2(H5E_DEFAULT, &function, &user);
    assert_true(function == NULL);
    shoal_hdf5_unlock();
    H5Eget_auto2(H5E_DEFAULT, &function, &user);
    assert_true(function == own_printing && user == &mark);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static void tells_the_innermost_reason(void **state)
{
    (void)state;
    shoal_error err = {0};
    shoal_hdf5_lock();
    assert_true(H5Fopen("/nonexistent/file.h5", H5F_ACC_RDONLY, H5P_DEFAULT) < 0);
    assert_int_equal(shoal_hdf5_fail(&err, SHOAL_DATA, "cannot open %s", "it"), SHOAL_SYSTEM);
    assert_string_equal(err.message, "cannot open it (No such file or directory)");
    hid_t space = H5Screate(H5S_SCALAR);
    assert_int_equal(shoal_hdf5_fail(&err, SHOAL_DATA, "%s", "no reason"), SHOAL_DATA);
    assert_string_equal(err.message, "no reason");
    assert_true(H5Dopen2(space, "x", H5P_DEFAULT) < 0);
    assert_int_equal(shoal_hdf5_fail(&err, SHOAL_DATA, "x"), SHOAL_DATA);
    assert_non_null(strstr(err.message, "x ("));
    H5Sclose(space);
    shoal_hdf5_unlock();
}

/* ---- Types ---- */

static void check_type(hid_t type, const shoal_type *wanted, bool wanted_big, const char *stored)
{
    shoal_type got;
    bool big;
    char text[64], why[256];
    assert_true(type >= 0);
    bool known = shoal_hdf5_type_read(type, &got, &big, text, why);
    H5Tclose(type);
    assert_string_equal(text, stored);
    assert_int_equal(known, wanted != NULL);
    if (wanted == NULL) {
        assert_non_null(strstr(why, stored));
        return;
    }
    assert_true(got.code == wanted->code && got.n_bytes == wanted->n_bytes && big == wanted_big);
}

static void knows_its_own_types(void **state)
{
    (void)state;
    char name[24];
    for (int code = 0; code < SHOAL_N_NUMERIC_TYPES; code++) {
        shoal_type type = shoal_type_of((shoal_type_code)code);
        check_type(shoal_hdf5_type_make(type), &type, false, shoal_type_name(type, name));
    }
    const shoal_type text = {SHOAL_TEXT, 12};
    check_type(shoal_hdf5_type_make(text), &text, false, "text(12)");
}

static hid_t changed(hid_t type, size_t n_bytes, size_t precision)
{
    hid_t copy = H5Tcopy(type);
    if (precision != 0) H5Tset_precision(copy, precision);
    if (n_bytes != 0) H5Tset_size(copy, n_bytes);
    return copy;
}

static hid_t make_pair(const char *first, const char *second, hid_t member)
{
    size_t n = H5Tget_size(member);
    hid_t type = H5Tcreate(H5T_COMPOUND, 2 * n);
    H5Tinsert(type, first, 0, member);
    H5Tinsert(type, second, n, member);
    return type;
}

static void knows_others_types(void **state)
{
    (void)state;
    const shoal_type i4 = shoal_type_of(SHOAL_INT32), u2 = shoal_type_of(SHOAL_UINT16);
    const shoal_type f8 = shoal_type_of(SHOAL_FLOAT64), c16 = shoal_type_of(SHOAL_COMPLEX128);
    const shoal_type i1 = shoal_type_of(SHOAL_INT8), text = {SHOAL_TEXT, 5};
    const shoal_type record = {SHOAL_RECORD, 7};
    check_type(H5Tcopy(H5T_STD_I32BE), &i4, true, "int32 big-endian");
    check_type(H5Tcopy(H5T_STD_U16BE), &u2, true, "uint16 big-endian");
    check_type(H5Tcopy(H5T_STD_I8BE), &i1, false, "int8");
    check_type(H5Tcopy(H5T_IEEE_F64BE), &f8, true, "float64 big-endian");
    check_type(make_pair("r", "i", H5T_IEEE_F64BE), &c16, true, "complex128 big-endian");
    check_type(changed(H5T_C_S1, 5, 0), &text, false, "text(5)");
    hid_t colours = H5Tenum_create(H5T_STD_I32BE);
    const int32_t red = 0x01000000;
    H5Tenum_insert(colours, "red", &red);
    check_type(colours, &i4, true, "enumeration over int32 big-endian");
    check_type(changed(H5T_STD_I32LE, 0, 12), NULL, false, "integer of 12 bits in 4 bytes");
    check_type(changed(H5T_C_S1, H5T_VARIABLE, 0), NULL, false, "text of variable length");
    check_type(make_pair("r", "i", H5T_STD_I32LE), NULL, false, "compound of 2 members, 8 bytes");
    check_type(make_pair("x", "y", H5T_IEEE_F64LE), NULL, false, "compound of 2 members, 16 bytes");
    check_type(H5Tcreate(H5T_OPAQUE, 7), &record, false, "opaque, 7 bytes");
    check_type(H5Tcopy(H5T_STD_REF_OBJ), NULL, false, "reference");
    hid_t padded = changed(H5T_C_S1, 8, 0);
    H5Tset_strpad(padded, H5T_STR_SPACEPAD);
    check_type(padded, NULL, false, "text(8) padded with spaces");
}

/* ---- Blosc inside of libhdf5 ---- */

static void libhdf5_uses_our_blosc(void **state)
{
    (void)state;
    const hsize_t n = 10000, chunk = 1000, at = 0;
    const unsigned asked[7] = {0, 0, 0, 0, 5, 1, 1};
    unsigned values[8] = {0}, flags;
    size_t n_values = 8;
    static int32_t numbers[10000], got[10000];
    for (int k = 0; k < 10000; k++) numbers[k] = k / 3;
    shoal_hdf5_lock();
    hid_t file = H5Fcreate(path_of("blosc.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(1, &n, NULL), plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(plist, 1, &chunk);
    assert_true(H5Pset_filter(plist, 32001, H5Z_FLAG_MANDATORY, 7, asked) >= 0);
    hid_t dataset = H5Dcreate2(file, "x", H5T_STD_I32LE, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers) >= 0);
    H5Pclose(plist);
    plist = H5Dget_create_plist(dataset);
    H5Pget_filter2(plist, 0, &flags, &n_values, values, 0, NULL, NULL);
    assert_int_equal(n_values, 7);
    assert_true(values[0] == 2 && values[2] == 4 && values[3] == 4000 && values[4] == 5);
    assert_true(H5Dget_storage_size(dataset) < sizeof numbers / 2);
    H5Dclose(dataset);
    dataset = H5Dopen2(file, "x", H5P_DEFAULT);
    assert_true(H5Dread(dataset, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, got) >= 0);
    assert_memory_equal(got, numbers, sizeof numbers);
    /* Bytes that are no Blosc buffer fail, whatever they say of their size. */
    for (int k = 0; k < 256; k++) {
        uint8_t noise[64];
        for (size_t i = 0; i < sizeof noise; i++) noise[i] = (uint8_t)(k * 31 + (int)i * k);
        noise[0] = 2;
        assert_true(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, &at, sizeof noise, noise) >= 0);
        H5Dclose(dataset);
        dataset = H5Dopen2(file, "x", H5P_DEFAULT);
        assert_true(H5Dread(dataset, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, got) < 0);
    }
    H5Dclose(dataset);
    H5Pclose(plist);
    H5Sclose(space);
    H5Fclose(file);
    shoal_hdf5_unlock();
    assert_int_equal(unlink(path_of("blosc.h5")), 0);
}

/* ---- Chunks stored with and without their filters, one over the other ---- */

static void filter_masks_follow_their_chunks(void **state)
{
    (void)state;
    const uint64_t chunk_elements = 1000;
    const shoal_region all = {.rank = 1, .axis = {{0, 1, 1000}}};
    const shoal_region part = {.rank = 1, .axis = {{17, 1, 5}}};
    shoal_error err = {0};
    uint8_t bytes[1000], got[1000];
    uint32_t seed = 1;
    for (int codec = 0; codec < 2; codec++) {
        shoal_writer *writer = start("masks.h5", SHOAL_CREATE);
        const shoal_dataset_spec spec = {.type = shoal_type_of(SHOAL_UINT8),
                                         .rank = 1,
                                         .shape = {1000},
                                         .chunk = {chunk_elements},
                                         .codec = codec == 0 ? "gzip" : "blosc:lz4"};
        assert_int_equal(shoal_writer_dataset(writer, "/x", &spec, &err), SHOAL_OK);
        for (int round = 0; round < 200; round++) {
            /* From noise, which is left as it is, to zeros; now and then of nearly raw size. */
            int noisy = round % 3 == 0 ? 1000 : round % 7 == 0 ? 980 + round % 20 : round;
            for (int k = 0; k < 1000; k++) {
                seed = seed * 1664525 + 1013904223;
                bytes[k] = k < noisy ? (uint8_t)(seed >> 24) : 0;
            }
            assert_int_equal(shoal_writer_write(writer, "/x", &all, bytes, 1000, &err), SHOAL_OK);
            memset(bytes + 17, round, 5);
            assert_int_equal(shoal_writer_write(writer, "/x", &part, bytes + 17, 5, &err),
                             SHOAL_OK);
            assert_int_equal(shoal_writer_read(writer, "/x", &all, got, 1000, &err), SHOAL_OK);
            assert_memory_equal(got, bytes, 1000);
        }
        shoal_writer_discard(writer);
    }
}

/* Other writers store chunks that their filters did not make smaller: one may have just the size of
   the chunk as it is. */
static void filter_masks_follow_chunks_of_the_same_size(void **state)
{
    (void)state;
    enum { N = 1000 };
    const shoal_region all = {.rank = 1, .axis = {{0, 1, N}}};
    const shoal_dataset_spec spec = {
        .type = shoal_type_of(SHOAL_UINT8), .rank = 1, .shape = {N}, .chunk = {N}, .codec = "gzip"};
    shoal_error err = {0};
    shoal_sink *sink;
    shoal_coder *coder;
    uint8_t bytes[N], noise[N], encoded[2 * N], got[N];
    size_t n_encoded = 0;
    uint32_t seed = 1, mask;
    for (int k = 0; k < N; k++) noise[k] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
    shoal_writer *writer = start("masks.h5", SHOAL_CREATE);
    assert_int_equal(shoal_writer_dataset(writer, "/x", &spec, &err), SHOAL_OK);
    assert_int_equal(shoal_writer_sink(writer, "/x", &sink, &err), SHOAL_OK);
    shoal_pipeline pipeline = *shoal_sink_pipeline(sink);
    for (int k = 0; k < pipeline.n; k++) pipeline.filter[k].optional = false;
    assert_int_equal(shoal_coder_new(&pipeline, N, true, &coder, &err), SHOAL_OK);
    for (int n_noise = N; n_encoded != N && n_noise > 0; n_noise--) {
        memset(bytes, 0, N);
        memcpy(bytes, noise, (size_t)n_noise);
        assert_int_equal(shoal_encode(coder, bytes, encoded, &n_encoded, &mask, &err), SHOAL_OK);
    }
    assert_int_equal(n_encoded, N);
    shoal_coder_free(coder);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(shoal_sink_write_chunk(sink, 0, encoded, N, 0, &err), SHOAL_OK);
        assert_int_equal(shoal_writer_read(writer, "/x", &all, got, N, &err), SHOAL_OK);
        assert_memory_equal(got, bytes, N);
        assert_int_equal(shoal_writer_write(writer, "/x", &all, noise, N, &err), SHOAL_OK);
        assert_int_equal(shoal_writer_read(writer, "/x", &all, got, N, &err), SHOAL_OK);
        assert_memory_equal(got, noise, N);
    }
    shoal_writer_discard(writer);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL || shoal_hdf5_load(NULL) != SHOAL_OK;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(works_without_unnamed_files),
        cmocka_unit_test(leaves_nothing_when_discarded),
        cmocka_unit_test(writers_may_be_many),
        cmocka_unit_test(gives_error_printing_back),
        cmocka_unit_test(tells_the_innermost_reason),
        cmocka_unit_test(knows_its_own_types),
        cmocka_unit_test(knows_others_types),
        cmocka_unit_test(libhdf5_uses_our_blosc),
        cmocka_unit_test(filter_masks_follow_their_chunks),
        cmocka_unit_test(filter_masks_follow_chunks_of_the_same_size),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
