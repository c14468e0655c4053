/* The one engine. Every run - ingest, export, a computation - is a stream of tasks through it:

       next   serial     says what the next task is; ends the stream
       work   parallel   does the task; touches its worker's scratch and its slot only, allocates
                         nothing, and may run out of order
       merge  serial     takes finished slots in the order in which `next` gave them out

   `next` and `merge` are never called at the same time as themselves, and each sees what its
   earlier calls wrote; they may run at the same time as each other. As merge sees the tasks in
   order, one thread and eight give the same bits. Slots form a ring: a task's slot is not given out
   again until merge has returned for it. An error, or a cancelled run, stops the stream: work under
   way ends, nothing more is merged, and the first error in task order of what was seen is returned.
 */
#ifndef SHOAL_COMPUTE_EXECUTOR_H
#define SHOAL_COMPUTE_EXECUTOR_H

#include <shoal/shoal.h>

typedef enum shoal_next { SHOAL_NEXT_TASK, SHOAL_NEXT_END, SHOAL_NEXT_ERROR } shoal_next;

typedef struct shoal_job {
    void *context;
    const char *phase;    /* for progress; static */
    uint64_t total_bytes; /* raw bytes of the whole job, for progress; 0: unknown */
    /* slot: one of slots[]; on an error fill err and return SHOAL_NEXT_ERROR. */
    shoal_next (*next)(void *context, void *slot, shoal_error *err);
    shoal_status (*work)(void *context, void *worker, void *slot, shoal_error *err);
    /* *done_bytes: raw bytes that this task stands for, added to the progress. May be NULL. */
    shoal_status (*merge)(void *context, void *slot, uint64_t *done_bytes, shoal_error *err);
    int n_workers;  /* threads; 1 runs everything in the calling thread */
    void **workers; /* n_workers scratch pointers, handed to `work` */
    int n_slots;    /* n_workers + 1 at least, so that one slow task does not stop the others */
    void **slots;
} shoal_job;

/* Runs the job to its end. Threads start and end inside; signals are blocked in them. */
shoal_status shoal_execute(const shoal_job *job, const shoal_run_options *options,
                           shoal_error *err);

/* The threads and memory that the options mean on this machine (cpusets and cgroups respected). */
int shoal_option_threads(const shoal_run_options *options);
uint64_t shoal_option_memory(const shoal_run_options *options);
/* What the page cache can grow to, about: a run that reads more drops pages behind it. */
uint64_t shoal_option_page_cache(void);

#endif
