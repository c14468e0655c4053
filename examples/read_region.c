/* Reads a region of a dataset into memory, from several threads at once.
       read_region FILE:/path
   prints the mean of the first block of up to 16 x 16 x ... elements of a float32 dataset. */
#include <shoal/shoal.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct job {
    shoal_dataset *dataset;
    shoal_region region;
    size_t n_elements;
    double mean;
    shoal_error error;
} job;

static void *read_part(void *argument)
{
    job *j = argument;
    float *x = malloc(j->n_elements * sizeof *x);
    if (x && !shoal_dataset_read(j->dataset, &j->region, x, j->n_elements * sizeof *x, &j->error)) {
        for (size_t k = 0; k < j->n_elements; k++) j->mean += x[k];
        j->mean /= (double)j->n_elements;
    }
    free(x);
    return NULL;
}

int main(int argc, char **argv)
{
    shoal_error err = {0};
    shoal_file *file = NULL;
    shoal_dataset *dataset = NULL;
    shoal_dataset_info info;
    char *path = NULL, *inside = NULL, *slice = NULL;
    if (argc != 2) return SHOAL_USAGE;
    shoal_status status = shoal_locator_split(argv[1], &path, &inside, &slice, &err);
    if (!status) status = shoal_file_open(path, &file, &err);
    if (!status) status = shoal_dataset_open(file, inside ? inside : "/data", &dataset, &err);
    if (!status) status = shoal_dataset_describe(dataset, &info, &err);
    if (!status && info.type.code == SHOAL_FLOAT32) {
        job jobs[2] = {{.dataset = dataset, .n_elements = 1}};
        jobs[0].region.rank = info.rank;
        for (int k = 0; k < info.rank; k++) {
            uint64_t n = info.shape[k] < 16 ? info.shape[k] : 16;
            jobs[0].region.axis[k] = (shoal_range){0, 1, n};
            jobs[0].n_elements *= n;
        }
        jobs[1] = jobs[0]; /* a dataset may be read from several threads at once */
        pthread_t threads[2];
        for (int k = 0; k < 2; k++) pthread_create(&threads[k], NULL, read_part, &jobs[k]);
        for (int k = 0; k < 2; k++) pthread_join(threads[k], NULL);
        status = jobs[0].error.status;
        err = jobs[0].error;
        if (!status) printf("%.6g %.6g\n", jobs[0].mean, jobs[1].mean);
    }
    if (status) fprintf(stderr, "read_region: %s\n", err.message);
    shoal_dataset_close(dataset);
    shoal_file_close(file);
    free(path);
    free(inside);
    free(slice);
    return (int)status;
}
