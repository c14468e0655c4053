#include "compute/executor.h"

#include "chunk/error.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef enum slot_state { SLOT_FREE, SLOT_BUSY, SLOT_DONE } slot_state;

typedef struct run {
    const shoal_job *job;
    const shoal_run_options *options;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a slot got free, or the run is stopping */
    slot_state *state;      /* of each slot */
    uint64_t n_given;       /* tasks handed out: the next one's number, whose slot is n % n_slots */
    uint64_t n_merged;      /* tasks merged: the number of the one to be merged next */
    bool ended, stopping, merging, asking;
    uint64_t error_task; /* the failed task with the lowest number */
    shoal_error error;
    uint64_t done_bytes;
    double next_report;
} run;

typedef struct worker {
    run *run;
    int number;
} worker;

static double now_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* With the lock held. */
static void stop(run *r, uint64_t task, const shoal_error *error)
{
    if (!r->stopping || task < r->error_task) {
        r->error_task = task;
        r->error = *error;
    }
    r->stopping = true;
    pthread_cond_broadcast(&r->changed);
}

/* With the lock held, by the one who merges: so the callback runs in one thread at a time. */
static void report(run *r)
{
    const shoal_run_options *o = r->options;
    if (!o || !o->progress || r->stopping) return;
    double now = now_seconds();
    if (now < r->next_report) return;
    r->next_report = now + 0.1;
    shoal_progress p = {r->done_bytes, r->job->total_bytes, r->job->phase};
    pthread_mutex_unlock(&r->lock);
    int cancel = o->progress(o->user, &p);
    pthread_mutex_lock(&r->lock);
    if (!cancel) return;
    shoal_error error = {0};
    shoal_fail(&error, SHOAL_CANCELLED, "cancelled; nothing half-written is left");
    stop(r, 0, &error);
}

/* With the lock held: merges every finished task that is next in order, unless another does. */
static void merge_ready(run *r)
{
    if (r->merging) return;
    r->merging = true;
    while (!r->stopping) {
        size_t slot = (size_t)(r->n_merged % (uint64_t)r->job->n_slots);
        if (r->n_merged == r->n_given || r->state[slot] != SLOT_DONE) break;
        pthread_mutex_unlock(&r->lock);
        shoal_error error = {0};
        uint64_t done = 0;
        shoal_status status =
            r->job->merge ? r->job->merge(r->job->context, r->job->slots[slot], &done, &error) : 0;
        pthread_mutex_lock(&r->lock);
        if (status) stop(r, r->n_merged, &error);
        r->state[slot] = SLOT_FREE;
        r->n_merged++;
        r->done_bytes += done;
        pthread_cond_broadcast(&r->changed);
        report(r);
    }
    r->merging = false;
}

/* With the lock held: waits for a turn and a free slot, and asks for a task. False at the end. */
static bool take_task(run *r, uint64_t *task)
{
    for (;;) {
        if (r->stopping || r->ended) return false;
        size_t slot = (size_t)(r->n_given % (uint64_t)r->job->n_slots);
        if (!r->asking && r->state[slot] == SLOT_FREE) break;
        pthread_cond_wait(&r->changed, &r->lock);
    }
    r->asking = true;
    size_t slot = (size_t)(r->n_given % (uint64_t)r->job->n_slots);
    pthread_mutex_unlock(&r->lock);
    shoal_error error = {0};
    shoal_next what = r->job->next(r->job->context, r->job->slots[slot], &error);
    pthread_mutex_lock(&r->lock);
    r->asking = false;
    pthread_cond_broadcast(&r->changed);
    if (what == SHOAL_NEXT_ERROR) stop(r, r->n_given, &error);
    if (what == SHOAL_NEXT_END) r->ended = true;
    if (what != SHOAL_NEXT_TASK || r->stopping) return false;
    r->state[slot] = SLOT_BUSY;
    *task = r->n_given++;
    return true;
}

static void *work_loop(void *argument)
{
    worker *w = argument;
    run *r = w->run;
    uint64_t task;
    pthread_mutex_lock(&r->lock);
    while (take_task(r, &task)) {
        size_t slot = (size_t)(task % (uint64_t)r->job->n_slots);
        pthread_mutex_unlock(&r->lock);
        shoal_error error = {0};
        shoal_status status =
            r->job->work(r->job->context, r->job->workers[w->number], r->job->slots[slot], &error);
        pthread_mutex_lock(&r->lock);
        r->state[slot] = SLOT_DONE;
        if (status) stop(r, task, &error);
        merge_ready(r);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

/* Starts n - 1 threads and works in the calling one too; fewer threads when the system has none
   left. */
static void run_workers(run *r, worker *workers, pthread_t *threads)
{
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGBUS); /* the map's handler must run in the thread that faults */
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int n_started = 0;
    for (int k = 1; k < r->job->n_workers; k++) {
        if (pthread_create(&threads[n_started], NULL, work_loop, &workers[k])) break;
        n_started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    work_loop(&workers[0]);
    for (int k = 0; k < n_started; k++) pthread_join(threads[k], NULL);
}

shoal_status shoal_execute(const shoal_job *job, const shoal_run_options *options, shoal_error *err)
{
    run r = {.job = job, .options = options};
    size_t n_workers = (size_t)job->n_workers;
    worker *workers = calloc(n_workers, sizeof *workers);
    pthread_t *threads = calloc(n_workers, sizeof *threads);
    r.state = calloc((size_t)job->n_slots, sizeof *r.state);
    shoal_status status = SHOAL_OK;
    if (!workers || !threads || !r.state) {
        status = shoal_fail(err, SHOAL_SYSTEM, "out of memory for the workers");
    } else {
        pthread_mutex_init(&r.lock, NULL);
        pthread_cond_init(&r.changed, NULL);
        for (size_t k = 0; k < n_workers; k++) workers[k] = (worker){&r, (int)k};
        run_workers(&r, workers, threads);
        pthread_cond_destroy(&r.changed);
        pthread_mutex_destroy(&r.lock);
        if (r.stopping) {
            status = r.error.status ? r.error.status : SHOAL_SYSTEM;
            if (err) *err = r.error;
        }
    }
    free(r.state);
    free(threads);
    free(workers);
    return status;
}
