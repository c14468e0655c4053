/* Reading on several threads, and arrays in memory as inputs, by the public header alone. */
#include "chunk/cmocka_all.h"
#include "chunk/random.h"

#include <shoal/shoal.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N0 = 61, N1 = 70, N2 = 45 };

static char path[64];

static int32_t value_at(uint64_t i, uint64_t j, uint64_t k)
{
    return (int32_t)((i * 7919 + j * 104729 + k * 1299709) % 1000003) - 500000;
}

static void write_one(shoal_writer *writer, const char *name, const char *codec,
                      const uint64_t *chunk, const int32_t *all)
{
    shoal_dataset_spec spec = {.type = {SHOAL_INT32, 4}, .rank = 3, .shape = {N0, N1, N2}};
    memcpy(spec.chunk, chunk, 3 * sizeof *chunk);
    spec.codec = codec;
    spec.contiguous = codec == NULL;
    shoal_region region = {.rank = 3, .axis = {{0, 1, N0}, {0, 1, N1}, {0, 1, N2}}};
    assert_int_equal(shoal_writer_dataset(writer, name, &spec, NULL), SHOAL_OK);
    assert_int_equal(
        shoal_writer_write(writer, name, &region, all, sizeof *all * N0 * N1 * N2, NULL), SHOAL_OK);
}

static int make_file(void **state)
{
    (void)state;
    shoal_writer *writer;
    const uint64_t small[3] = {3, 5, 7}, whole[3] = {8, N1, N2}, none[3] = {0};
    int32_t *all = malloc(sizeof *all * N0 * N1 * N2);
    assert_non_null(all);
    for (uint64_t i = 0, n = 0; i < N0; i++)
        for (uint64_t j = 0; j < N1; j++)
            for (uint64_t k = 0; k < N2; k++) all[n++] = value_at(i, j, k);
    snprintf(path, sizeof path, "/tmp/shoal_test_read_%d.h5", (int)getpid());
    assert_int_equal(shoal_writer_open(path, SHOAL_OVERWRITE, &writer, NULL), SHOAL_OK);
    write_one(writer, "/small", "gzip:1", small, all);
    write_one(writer, "/whole", "blosc:lz4:5:shuffle", whole, all);
    write_one(writer, "/flat", NULL, none, all);
    assert_int_equal(shoal_writer_commit(writer, NULL), SHOAL_OK);
    free(all);
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

typedef struct opened {
    shoal_file *file;
    shoal_dataset *dataset;
} opened;

static opened open_one(const char *name)
{
    opened o = {0};
    assert_int_equal(shoal_file_open(path, &o.file, NULL), SHOAL_OK);
    assert_int_equal(shoal_dataset_open(o.file, name, &o.dataset, NULL), SHOAL_OK);
    return o;
}

static void close_one(opened o)
{
    shoal_dataset_close(o.dataset);
    shoal_file_close(o.file);
}

static shoal_range random_range(uint64_t extent)
{
    int64_t step = 1 + (int64_t)random_below(4) * (int64_t)random_below(2);
    uint64_t first = random_below(extent);
    uint64_t most = (extent - 1 - first) / (uint64_t)step + 1;
    shoal_range range = {(int64_t)first, step, 1 + random_below(most)};
    if (random_below(3) == 0) { /* the same ones from the end */
        range.start += step * (int64_t)(range.count - 1);
        range.step = -step;
    }
    return range;
}

static void check_region(const shoal_region *r, const int32_t *got)
{
    for (uint64_t i = 0; i < r->axis[0].count; i++)
        for (uint64_t j = 0; j < r->axis[1].count; j++)
            for (uint64_t k = 0; k < r->axis[2].count; k++) {
                uint64_t at[3] = {i, j, k};
                for (int d = 0; d < 3; d++)
                    at[d] = (uint64_t)(r->axis[d].start + (int64_t)at[d] * r->axis[d].step);
                assert_int_equal(*got++, value_at(at[0], at[1], at[2]));
            }
}

static void test_regions(void **state)
{
    (void)state;
    random_start("read");
    int32_t *got = malloc(sizeof *got * N0 * N1 * N2);
    assert_non_null(got);
    static const char *const names[] = {"/small", "/whole", "/flat"};
    for (int d = 0; d < 3; d++) {
        opened o = open_one(names[d]);
        for (int turn = 0; turn < 40; turn++) {
            shoal_region region = {.rank = 3, .axis = {{0, 1, N0}, {0, 1, N1}, {0, 1, N2}}};
            if (turn > 2) {
                region.axis[0] = random_range(N0);
                region.axis[1] = random_range(N1);
                region.axis[2] = random_range(N2);
            }
            size_t n = sizeof *got;
            for (int k = 0; k < 3; k++) n *= region.axis[k].count;
            shoal_run_options options = {.n_threads = 1 + turn % 4};
            memset(got, 0xA5, n);
            shoal_error err = {0};
            assert_int_equal(shoal_read(o.dataset, &region, got, n, &options, &err), SHOAL_OK);
            check_region(&region, got);
        }
        close_one(o);
    }
    free(got);
}

typedef struct watched {
    int n_calls, cancel_at;
    uint64_t last, total;
} watched;

static int watch(void *user, const shoal_progress *now)
{
    watched *w = user;
    assert_string_equal(now->phase, "reading");
    assert_true(now->done_bytes >= w->last && now->done_bytes <= now->total_bytes);
    w->last = now->done_bytes;
    w->total = now->total_bytes;
    return ++w->n_calls == w->cancel_at;
}

static void test_progress_and_limits(void **state)
{
    (void)state;
    size_t n = sizeof(int32_t) * N0 * N1 * N2;
    int32_t *got = malloc(n);
    shoal_error err = {0};
    shoal_region region = {.rank = 3, .axis = {{0, 1, N0}, {0, 1, N1}, {0, 1, N2}}};
    opened o = open_one("/small");
    watched w = {0};
    shoal_run_options options = {.n_threads = 2, .progress = watch, .user = &w};
    assert_int_equal(shoal_read(o.dataset, &region, got, n, &options, &err), SHOAL_OK);
    assert_true(w.n_calls > 0 && w.last > 0 && w.total == n);
    w = (watched){.cancel_at = 1};
    assert_int_equal(shoal_read(o.dataset, &region, got, n, &options, &err), SHOAL_CANCELLED);
    options = (shoal_run_options){.memory_limit = 1000};
    assert_int_equal(shoal_read(o.dataset, &region, got, n, &options, &err), SHOAL_MEMORY);
    assert_non_null(strstr(err.message, "small"));
    assert_int_equal(shoal_read(o.dataset, &region, got, n - 4, NULL, &err), SHOAL_USAGE);
    region.axis[1].count++;
    assert_int_equal(shoal_read(o.dataset, &region, got, n, NULL, &err), SHOAL_USAGE);
    region.axis[1].count = 0;
    assert_int_equal(shoal_read(o.dataset, &region, NULL, 0, NULL, &err), SHOAL_OK);
    close_one(o);
    free(got);
}

/* ---- Arrays in memory ---- */

/* The plan's first result, as a double or an int64. */
static shoal_status calc(const char *expression, const shoal_array *array, const char *source,
                         int64_t *out, shoal_error *err)
{
    shoal_input inputs[2] = {{.name = "x", .array = array}, {.name = "f", .source = source}};
    shoal_calc_params params = {
        .expressions = expression, .inputs = inputs, .n_inputs = source ? 2 : 1};
    shoal_run_options options = {.n_threads = 3};
    shoal_plan *plan = NULL;
    shoal_result result = {0};
    shoal_status status = shoal_plan_make(&params, &options, &plan, err);
    if (!status) status = shoal_plan_run(plan, err);
    if (!status) status = shoal_plan_result(plan, 0, &result, err);
    if (!status) {
        assert_int_equal(result.type.code, SHOAL_INT64);
        memcpy(out, result.data, sizeof *out);
    }
    shoal_plan_free(plan);
    return status;
}

static void expect(const char *expression, const shoal_array *array, int64_t wanted)
{
    int64_t got = 0;
    shoal_error err = {0};
    shoal_status status = calc(expression, array, NULL, &got, &err);
    if (status) print_error("%s: %s\n", expression, err.message);
    assert_int_equal(status, SHOAL_OK);
    assert_int_equal(got, wanted);
}

/* sum of x[i, j] * (i * 3 + j) for x given by its strides */
static int64_t weighted(const int16_t *first, int64_t s0, int64_t s1, uint64_t n0, uint64_t n1)
{
    int64_t sum = 0;
    for (uint64_t i = 0; i < n0; i++)
        for (uint64_t j = 0; j < n1; j++) {
            int16_t x;
            memcpy(&x, (const char *)first + (int64_t)i * s0 + (int64_t)j * s1, sizeof x);
            sum += (int64_t)x * (int64_t)(i * 3 + j);
        }
    return sum;
}

static void test_strides(void **state)
{
    (void)state;
    enum { A = 300, B = 400 };
    random_start("read");
    char *bytes = malloc(sizeof(int16_t) * A * B + 1),
         *before = malloc(sizeof(int16_t) * A * B + 1);
    for (size_t k = 0; k < sizeof(int16_t) * A * B + 1; k++)
        before[k] = bytes[k] = (char)random_below(256);
    const int64_t e = sizeof(int16_t), row = e * B;
    const struct {
        int64_t first, s0, s1;
        uint64_t n0, n1;
    } cases[] = {
        {0, row, e, A, B},                         /* C order */
        {0, e, row, B, A},                         /* transposed */
        {0, e, e * A, A, B},                       /* Fortran order */
        {row * (A - 1) + row - e, -row, -e, A, B}, /* from the end */
        {row * 3 + 6, 2 * row, 3 * e, 100, 120},   /* every second, every third */
        {0, 0, e, 50, B},                          /* a row repeated */
        {row * 2, 0, 0, 40, 30},                   /* one element everywhere */
        {1, row, e, A, B},                         /* not aligned */
        {1, row + 1, e, 200, B - 1},               /* strides that are no whole elements */
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        int64_t strides[2] = {cases[k].s0, cases[k].s1};
        shoal_array x = {.data = bytes + cases[k].first, .type = {SHOAL_INT16, 2}, .rank = 2};
        x.shape[0] = cases[k].n0;
        x.shape[1] = cases[k].n1;
        x.strides = strides;
        int64_t want = weighted(x.data, strides[0], strides[1], x.shape[0], x.shape[1]);
        char text[200];
        snprintf(text, sizeof text, "sum(int64(x) * (arange(%d).reshape(%d, 1) * 3 + arange(%d)))",
                 (int)x.shape[0], (int)x.shape[0], (int)x.shape[1]);
        expect(text, &x, want);
        expect("sum(int64(x[::-1, 1:]) * 0) + count_nonzero(isfinite(x))", &x,
               (int64_t)(x.shape[0] * x.shape[1]));
    }
    assert_memory_equal(bytes, before, sizeof(int16_t) * A * B + 1);
    free(bytes);
    free(before);
}

static void test_beside_files(void **state)
{
    (void)state;
    int32_t x[N1];
    int64_t got = 0, want = 0;
    char source[80];
    shoal_error err = {0};
    for (int j = 0; j < N1; j++) x[j] = j * j - 1000;
    for (uint64_t i = 0; i < N0; i++)
        for (uint64_t j = 0; j < N1; j++)
            for (uint64_t k = 0; k < N2; k++) want += (int64_t)value_at(i, j, k) * x[j];
    shoal_array array = {.data = x, .type = {SHOAL_INT32, 4}, .rank = 1, .shape = {N1}};
    snprintf(source, sizeof source, "%s:/whole", path);
    assert_int_equal(calc("sum(int64(f) * x[:, None])", &array, source, &got, &err), SHOAL_OK);
    assert_int_equal(got, want);
    array.rank = 0;
    expect("int64(x) * 2", &array, -2000);
    array = (shoal_array){.type = {SHOAL_INT32, 4}, .rank = 2, .shape = {0, 5}};
    expect("sum(x)", &array, 0);
}

static void test_refused(void **state)
{
    (void)state;
    int64_t got, strides[2] = {INT64_MAX, 8}, x[4] = {0};
    shoal_error err = {0};
    shoal_array array = {.data = x, .type = {SHOAL_INT64, 8}, .rank = 33, .shape = {4}};
    assert_int_equal(calc("sum(x)", &array, NULL, &got, &err), SHOAL_USAGE);
    array.rank = 1;
    array.type.n_bytes = 4;
    assert_int_equal(calc("sum(x)", &array, NULL, &got, &err), SHOAL_USAGE);
    array = (shoal_array){.type = {SHOAL_INT64, 8}, .rank = 1, .shape = {4}};
    assert_int_equal(calc("sum(x)", &array, NULL, &got, &err), SHOAL_USAGE);
    array = (shoal_array){
        .data = x, .type = {SHOAL_INT64, 8}, .rank = 2, .shape = {9, 4}, .strides = strides};
    assert_int_equal(calc("sum(x)", &array, NULL, &got, &err), SHOAL_USAGE);
    assert_non_null(strstr(err.message, "x: "));
    array =
        (shoal_array){.data = x, .type = {SHOAL_INT64, 8}, .rank = 1, .shape = {UINT64_MAX / 8}};
    assert_int_equal(calc("sum(x)", &array, NULL, &got, &err), SHOAL_USAGE);
    shoal_input input = {.array = &array};
    shoal_calc_params params = {.expressions = "1", .inputs = &input, .n_inputs = 1};
    shoal_plan *plan;
    assert_int_equal(shoal_plan_make(&params, NULL, &plan, &err), SHOAL_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_regions), cmocka_unit_test(test_progress_and_limits),
        cmocka_unit_test(test_strides), cmocka_unit_test(test_beside_files),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
