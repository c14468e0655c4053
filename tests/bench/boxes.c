/* Reads many small boxes of a float32 dataset through the public API, from several threads at once,
   and prints the sum of what is not NaN, and the seconds from the open to the first box.

       boxes FILE DATASET POSITIONS EDGE THREADS

   POSITIONS is a text file: one box a line, its first index along each axis. EDGE is the box's
   extent along every axis. */
#include <pthread.h>
#include <shoal/shoal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MAX_THREADS 64

typedef struct job {
    shoal_dataset *dataset;
    int rank;
    int64_t edge;
    const int64_t *positions; /* of this thread's boxes */
    size_t n_boxes, box_elements;
    double sum, first; /* `first`: when the first box was there */
    shoal_status status;
    shoal_error error;
} job;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *read_boxes(void *argument)
{
    job *j = argument;
    float *box = malloc(j->box_elements * sizeof(float));
    if (!box) j->status = SHOAL_MEMORY;
    for (size_t b = 0; j->status == SHOAL_OK && b < j->n_boxes; b++) {
        shoal_region region = {.rank = j->rank};
        for (int k = 0; k < j->rank; k++) {
            region.axis[k] =
                (shoal_range){j->positions[b * (size_t)j->rank + (size_t)k], 1, (uint64_t)j->edge};
        }
        j->status = shoal_dataset_read(j->dataset, &region, box, j->box_elements * sizeof(float),
                                       &j->error);
        if (b == 0) j->first = now();
        for (size_t e = 0; j->status == SHOAL_OK && e < j->box_elements; e++) {
            if (box[e] == box[e]) j->sum += (double)box[e];
        }
    }
    free(box);
    return NULL;
}

static int64_t *read_positions(const char *path, size_t *n)
{
    FILE *file = fopen(path, "r");
    size_t capacity = 0;
    int64_t *numbers = NULL;
    long long number;
    *n = 0;
    while (file && fscanf(file, "%lld", &number) == 1) {
        if (*n == capacity) {
            capacity = capacity ? 2 * capacity : 1024;
            numbers = realloc(numbers, capacity * sizeof *numbers);
            if (!numbers) break;
        }
        numbers[(*n)++] = number;
    }
    if (file) fclose(file);
    return numbers;
}

static int run(shoal_dataset *dataset, const job *model, int n_threads, double start)
{
    pthread_t threads[MAX_THREADS];
    job jobs[MAX_THREADS];
    size_t share = (model->n_boxes + (size_t)n_threads - 1) / (size_t)n_threads, at = 0;
    int n_started = 0;
    for (; n_started < n_threads && at < model->n_boxes; n_started++) {
        job *j = &jobs[n_started];
        *j = *model;
        j->dataset = dataset;
        j->positions += at * (size_t)j->rank;
        j->n_boxes = model->n_boxes - at < share ? model->n_boxes - at : share;
        at += j->n_boxes;
        if (pthread_create(&threads[n_started], NULL, read_boxes, j) != 0) return SHOAL_SYSTEM;
    }
    double sum = 0, first = 0;
    int status = 0;
    for (int k = 0; k < n_started; k++) {
        pthread_join(threads[k], NULL);
        sum += jobs[k].sum;
        if (k == 0) first = jobs[k].first - start;
        if (jobs[k].status != SHOAL_OK) {
            fprintf(stderr, "boxes: %s\n", jobs[k].error.message);
            status = jobs[k].status;
        }
    }
    if (status == 0) printf("{\"sum\": %.17g, \"first\": %.6f}\n", sum, first);
    return status;
}

int main(int n, char **arguments)
{
    double start = now();
    int n_threads = n == 6 ? atoi(arguments[5]) : 0;
    job model = {.edge = n == 6 ? atoll(arguments[4]) : 0, .box_elements = 1};
    if (n_threads < 1 || n_threads > MAX_THREADS || model.edge < 1) {
        fputs("usage: boxes FILE DATASET POSITIONS EDGE THREADS\n", stderr);
        return SHOAL_USAGE;
    }
    size_t n_numbers;
    int64_t *positions = read_positions(arguments[3], &n_numbers);
    shoal_file *file = NULL;
    shoal_dataset *dataset = NULL;
    shoal_dataset_info info;
    shoal_error error = {0};
    shoal_status status = shoal_file_open(arguments[1], &file, &error);
    if (status == SHOAL_OK) status = shoal_dataset_open(file, arguments[2], &dataset, &error);
    if (status == SHOAL_OK) status = shoal_dataset_describe(dataset, &info, &error);
    if (status == SHOAL_OK) {
        model.rank = info.rank;
        model.positions = positions;
        model.n_boxes = n_numbers / (size_t)info.rank;
        for (int k = 0; k < info.rank; k++) model.box_elements *= (size_t)model.edge;
        status = (shoal_status)run(dataset, &model, n_threads, start);
    } else {
        fprintf(stderr, "boxes: %s\n", error.message);
    }
    shoal_dataset_close(dataset);
    shoal_file_close(file);
    free(positions);
    return (int)status;
}
