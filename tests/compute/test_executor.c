/* The executor's contract: order of merges, serial callbacks, slots that are not lapped, errors,
   cancelling, any number of threads. */
#include "compute/executor.h"

#include "chunk/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define MOST 64

typedef struct slot {
    uint64_t task, value;
} slot;

typedef struct context {
    uint64_t n_tasks, n_given, n_merged, fail_work, fail_merge, sum;
    atomic_int in_next, in_merge;
    bool wrong;
} context;

static shoal_next next(void *user, void *a_slot, shoal_error *err)
{
    (void)err;
    context *c = user;
    slot *s = a_slot;
    if (atomic_fetch_add(&c->in_next, 1)) c->wrong = true;
    shoal_next what = SHOAL_NEXT_END;
    if (c->n_given < c->n_tasks) {
        s->task = c->n_given++;
        s->value = UINT64_MAX;
        what = SHOAL_NEXT_TASK;
    }
    atomic_fetch_sub(&c->in_next, 1);
    return what;
}

static shoal_status work(void *user, void *worker, void *a_slot, shoal_error *err)
{
    context *c = user;
    slot *s = a_slot;
    uint64_t *state = worker;
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    struct timespec t = {0, (long)(*state >> 48) * 3};
    if ((*state >> 40) % 4 == 0) nanosleep(&t, NULL);
    if (s->task == c->fail_work)
        return shoal_fail(err, SHOAL_DATA, "task %llu", (unsigned long long)s->task);
    s->value = s->task * 3 + 1;
    return SHOAL_OK;
}

static shoal_status merge(void *user, void *a_slot, uint64_t *done, shoal_error *err)
{
    context *c = user;
    slot *s = a_slot;
    if (atomic_fetch_add(&c->in_merge, 1)) c->wrong = true;
    if (s->task != c->n_merged || s->value != s->task * 3 + 1) c->wrong = true;
    c->n_merged++;
    c->sum += s->value;
    *done = 1;
    atomic_fetch_sub(&c->in_merge, 1);
    if (s->task == c->fail_merge) return shoal_fail(err, SHOAL_SYSTEM, "merge");
    return SHOAL_OK;
}

static shoal_status run(context *c, int n_workers, int n_slots, const shoal_run_options *options,
                        shoal_error *err)
{
    uint64_t states[MOST];
    slot slots[MOST + 2];
    void *workers[MOST], *pointers[MOST + 2];
    for (int k = 0; k < n_workers; k++) {
        states[k] = (uint64_t)k * 77 + 5;
        workers[k] = &states[k];
    }
    for (int k = 0; k < n_slots; k++) pointers[k] = &slots[k];
    shoal_job job = {.context = c,
                     .phase = "testing",
                     .next = next,
                     .work = work,
                     .merge = merge,
                     .n_workers = n_workers,
                     .workers = workers,
                     .n_slots = n_slots,
                     .slots = pointers};
    return shoal_execute(&job, options, err);
}

static void merges_in_order(void **state)
{
    (void)state;
    for (int n_workers = 1; n_workers <= 8; n_workers++) {
        for (int extra = 1; extra <= 3; extra++) {
            context c = {.n_tasks = 500, .fail_work = UINT64_MAX, .fail_merge = UINT64_MAX};
            shoal_error err = {0};
            assert_int_equal(run(&c, n_workers, n_workers + extra, NULL, &err), SHOAL_OK);
            assert_false(c.wrong);
            assert_int_equal(c.n_merged, 500);
            assert_int_equal(c.sum, 3 * (499 * 500 / 2) + 500);
        }
    }
}

static void no_tasks(void **state)
{
    (void)state;
    context c = {.n_tasks = 0};
    assert_int_equal(run(&c, 4, 5, NULL, NULL), SHOAL_OK);
    assert_int_equal(c.n_merged, 0);
}

static void an_error_in_work_stops(void **state)
{
    (void)state;
    for (uint64_t at = 0; at < 40; at++) {
        context c = {.n_tasks = 1000, .fail_work = at, .fail_merge = UINT64_MAX};
        shoal_error err = {0};
        assert_int_equal(run(&c, 3, 5, NULL, &err), SHOAL_DATA);
        assert_int_equal(err.status, SHOAL_DATA);
        assert_false(c.wrong);
        assert_true(c.n_merged <= at && c.n_given < 1000);
    }
}

static void an_error_in_merge_stops(void **state)
{
    (void)state;
    for (uint64_t at = 0; at < 40; at++) {
        context c = {.n_tasks = 1000, .fail_work = UINT64_MAX, .fail_merge = at};
        shoal_error err = {0};
        assert_int_equal(run(&c, 4, 6, NULL, &err), SHOAL_SYSTEM);
        assert_int_equal(c.n_merged, at + 1);
    }
}

static int cancel_soon(void *user, const shoal_progress *now)
{
    int *calls = user;
    assert_string_equal(now->phase, "testing");
    return ++*calls >= 2;
}

static void progress_cancels(void **state)
{
    (void)state;
    int calls = 0;
    context c = {.n_tasks = UINT64_MAX - 1, .fail_work = UINT64_MAX, .fail_merge = UINT64_MAX};
    shoal_run_options options = {.progress = cancel_soon, .user = &calls};
    shoal_error err = {0};
    assert_int_equal(run(&c, 2, 4, &options, &err), SHOAL_CANCELLED);
    assert_int_equal(calls, 2);
    assert_false(c.wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merges_in_order),        cmocka_unit_test(no_tasks),
        cmocka_unit_test(an_error_in_work_stops), cmocka_unit_test(an_error_in_merge_stops),
        cmocka_unit_test(progress_cancels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
