/* Users' kernels through the C API: function pointers of the program, what calls are told, what is
   refused, and crashes that come back as errors. */
#include <shoal/shoal.h>

#include "compute/user_guard.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N 100000

static volatile uintptr_t nowhere = 8; /* an address that the compiler does not know */

static int add_user(const shoal_kernel_call *call, size_t n, const void *const *in,
                    void *const *out)
{
    const double *x = in[0];
    double *y = out[0];
    if (call->message_bytes != 256 || (uintptr_t)call->scratch % 64 || call->scratch_bytes < 100)
        return 1;
    memset(call->scratch, 1, 100);
    for (size_t i = 0; i < n; i++) y[i] = x[i] + *(const double *)call->user;
    return 0;
}

static int crash(const shoal_kernel_call *call, size_t n, const void *const *in, void *const *out)
{
    (void)call;
    (void)n;
    (void)in;
    (void)out;
    return *(volatile int *)nowhere;
}

static int init(const shoal_kernel_call *call, void *state)
{
    if ((uintptr_t)state % 16) strcpy(call->message, "a state is not aligned");
    *(double *)state = 0;
    return (uintptr_t)state % 16 != 0;
}

static int step(const shoal_kernel_call *call, void *state, size_t n, const void *x)
{
    (void)call;
    for (size_t i = 0; i < n; i++) *(double *)state += ((const double *)x)[i];
    return 0;
}

static int merge(const shoal_kernel_call *call, void *state, const void *behind)
{
    (void)call;
    *(double *)state += *(const double *)behind;
    return 0;
}

static int finish(const shoal_kernel_call *call, const void *state, uint64_t n, void *result)
{
    *(double *)result = *(const double *)state / (double)n * call->parameters[0];
    return 0;
}

static double amount = 0.5;
static const shoal_kernel_parameter times[] = {{.name = "times", .value = 1}};
static const shoal_kernel_spec specs[] = {
    {.name = "add_user",
     .kind = SHOAL_KERNEL_ELEMENTS,
     .types = "f8 -> f8",
     .user = &amount,
     .scratch_bytes = 100,
     .elements = add_user},
    {.name = "crash", .kind = SHOAL_KERNEL_ELEMENTS, .types = "f8 -> f8", .elements = crash},
    {.name = "average_of",
     .kind = SHOAL_KERNEL_REDUCTION,
     .types = "f8 -> f8",
     .parameters = times,
     .n_parameters = 1,
     .state_bytes = 24,
     .init = init,
     .step = step,
     .merge = merge,
     .finish = finish},
};
#define N_SPECS (sizeof specs / sizeof *specs)

static shoal_plan *make(const char *expressions, int n_threads, shoal_status want, shoal_error *err)
{
    shoal_plan *plan = NULL;
    shoal_calc_params params = {.expressions = expressions, .kernels = specs, .n_kernels = N_SPECS};
    shoal_run_options options = {.n_threads = n_threads};
    shoal_status status = shoal_plan_make(&params, &options, &plan, err);
    assert_int_equal(status, want);
    return plan;
}

static void test_pointers(void **state)
{
    (void)state;
    for (int n_threads = 1; n_threads <= 4; n_threads++) {
        shoal_error err;
        shoal_result r;
        shoal_plan *plan = make("add_user(arange(100000.0)); average_of(arange(100000.0), times=2)",
                                n_threads, SHOAL_OK, &err);
        assert_int_equal(shoal_plan_run(plan, &err), SHOAL_OK);
        assert_int_equal(shoal_plan_result(plan, 0, &r, &err), SHOAL_OK);
        assert_true(r.type.code == SHOAL_FLOAT64 && r.rank == 1 && r.shape[0] == N);
        for (int k = 0; k < N; k++) assert_true(((const double *)r.data)[k] == k + 0.5);
        assert_int_equal(shoal_plan_result(plan, 1, &r, &err), SHOAL_OK);
        assert_true(*(const double *)r.data == N - 1);
        shoal_plan_free(plan);
    }
}

/* Specs are copied: texts, and the structs themselves. */
static void test_copies(void **state)
{
    (void)state;
    char name[] = "one", types[] = "f8->f8";
    shoal_kernel_spec *spec = calloc(1, sizeof *spec);
    *spec = specs[0];
    spec->name = name;
    spec->types = types;
    shoal_plan *plan = NULL;
    shoal_result r;
    shoal_error err;
    shoal_calc_params params = {.expressions = "one(1.0)", .kernels = spec, .n_kernels = 1};
    assert_int_equal(shoal_plan_make(&params, NULL, &plan, &err), SHOAL_OK);
    memset(name, 'x', 3);
    memset(types, 'x', 3);
    memset(spec, 0xff, sizeof *spec);
    free(spec);
    assert_int_equal(shoal_plan_run(plan, &err), SHOAL_OK);
    assert_int_equal(shoal_plan_result(plan, 0, &r, &err), SHOAL_OK);
    assert_true(*(const double *)r.data == 1.5);
    shoal_plan_free(plan);
}

static void test_refused(void **state)
{
    (void)state;
    shoal_error err;
    shoal_plan *plan = NULL;
    shoal_calc_params params = {.expressions = "1", .n_kernels = 1};
    assert_int_equal(shoal_plan_make(&params, NULL, &plan, &err), SHOAL_USAGE);
    assert_string_equal(err.message, "the program: the kernels are NULL");
    shoal_kernel_spec spec = specs[2];
    params.kernels = &spec;
    spec.merge = NULL;
    assert_int_equal(shoal_plan_make(&params, NULL, &plan, &err), SHOAL_USAGE);
    assert_string_equal(err.message, "the program: kernel average_of: `merge` is NULL");
    assert_int_equal(shoal_plan_make(&params, NULL, &plan, NULL), SHOAL_USAGE);
    const char *file = NULL;
    params = (shoal_calc_params){.expressions = "1", .kernel_files = &file, .n_kernel_files = 1};
    assert_int_equal(shoal_plan_make(&params, NULL, &plan, &err), SHOAL_USAGE);
    assert_null(make("average_of(1j)", 1, SHOAL_USAGE, &err));
    assert_non_null(strstr(err.message, "kernel average_of is for float64 -> float64"));
    assert_int_equal(err.column, 1);
}

static struct sigaction library_action; /* cmocka puts its own in front in each test */

static void use_library_handler(void)
{
    assert_int_equal(sigaction(SIGSEGV, &library_action, NULL), 0);
}

/* A crash is an error, and the process goes on. */
static void test_crash(void **state)
{
    use_library_handler();
    for (int n_threads = 1; n_threads <= 2; n_threads++) {
        shoal_error err;
        shoal_plan *plan = make("crash(arange(100000.0))", n_threads, SHOAL_OK, &err);
        assert_int_equal(shoal_plan_run(plan, &err), SHOAL_DATA);
        assert_non_null(strstr(err.message, "kernel crash crashed in the box (0:"));
        shoal_plan_free(plan);
    }
    test_pointers(state);
}

static void fault(void *context)
{
    *(volatile int *)context = 1;
}

static void nest(void *context)
{
    int *seen = context;
    seen[0] = shoal_guard_call(fault, (void *)nowhere);
    fault(&seen[1]);
    fault((void *)nowhere);
}

static void test_guard(void **state)
{
    (void)state;
    int seen[2] = {0};
    use_library_handler();
    assert_int_equal(shoal_guard_call(fault, &seen[1]), 0);
    assert_int_equal(seen[1], 1);
    seen[1] = 0;
    assert_int_equal(shoal_guard_call(nest, seen), SIGSEGV);
    assert_int_equal(seen[0], SIGSEGV);
    assert_int_equal(seen[1], 1);
}

static sigjmp_buf outside;
static volatile sig_atomic_t n_foreign;

static void on_foreign(int number)
{
    (void)number;
    n_foreign++;
    siglongjmp(outside, 1);
}

/* What is no kernel's fault goes to the handler that was there before the first plan. */
static void test_others(void **state)
{
    (void)state;
    use_library_handler();
    if (sigsetjmp(outside, 1) == 0) fault((void *)nowhere);
    assert_int_equal(n_foreign, 1);
    if (sigsetjmp(outside, 1) == 0) raise(SIGSEGV);
    assert_int_equal(n_foreign, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pointers), cmocka_unit_test(test_copies),
        cmocka_unit_test(test_refused),  cmocka_unit_test(test_crash),
        cmocka_unit_test(test_guard),    cmocka_unit_test(test_others),
    };
    signal(SIGSEGV, on_foreign);
    shoal_guard_install();
    sigaction(SIGSEGV, NULL, &library_action);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
