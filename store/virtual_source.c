#include "store/virtual_source.h"

#include "chunk/error.h"
#include "store/named_file.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_IDLE = 16, MAX_DEPTH = 8, MAX_NESTED_USES = 100000 };

/* What all datasets behind one virtual dataset share. */
struct shoal_virtual_work {
    _Atomic uint64_t allowed, done; /* uses of nested sources */
};

struct shoal_source {
    char *file_name, *dataset_name; /* as asked for */
    shoal_file *file;
    shoal_dataset *dataset; /* NULL: there is none */
    unsigned n_users;
    shoal_source *next; /* the ones used last are first */
};

struct shoal_sources {
    char *from;
    int depth; /* virtual datasets that led here */
    struct shoal_virtual_work own, *work;
    pthread_mutex_t lock; /* of the list and of the opening */
    shoal_source *first;
};

shoal_dataset *shoal_source_dataset(const shoal_source *source)
{
    return source->dataset;
}

static void close_source(shoal_source *source)
{
    shoal_dataset_close(source->dataset);
    shoal_file_close(source->file);
    free(source->file_name);
    free(source->dataset_name);
    free(source);
}

shoal_status shoal_sources_new(const char *from, const shoal_file *file, shoal_sources **out,
                               shoal_error *err)
{
    shoal_sources *sources = calloc(1, sizeof *sources);
    if (sources) sources->from = strdup(from);
    if (!sources || !sources->from) {
        free(sources);
        return shoal_fail(err, SHOAL_MEMORY, "no memory for the sources of a virtual dataset");
    }
    sources->depth = file->virtual_depth;
    sources->work = file->virtual_work ? file->virtual_work : &sources->own;
    shoal_sources_begin(sources);
    pthread_mutex_init(&sources->lock, NULL);
    *out = sources;
    return SHOAL_OK;
}

void shoal_sources_begin(shoal_sources *sources)
{
    if (sources->depth == 0) atomic_fetch_add(&sources->own.allowed, MAX_NESTED_USES);
}

void shoal_sources_free(shoal_sources *sources)
{
    if (!sources) return;
    while (sources->first) {
        shoal_source *source = sources->first;
        sources->first = source->next;
        close_source(source);
    }
    pthread_mutex_destroy(&sources->lock);
    free(sources->from);
    free(sources);
}

/* Opens the dataset; what is not there is left NULL. */
static shoal_status open_dataset(const shoal_sources *sources, shoal_source *source,
                                 const char *path, shoal_error *err)
{
    shoal_error cause = {0};
    shoal_status status = shoal_file_open(path, &source->file, err);
    if (status != SHOAL_OK) return status;
    source->file->virtual_depth = sources->depth + 1;
    source->file->virtual_work = sources->work;
    status = shoal_dataset_open(source->file, source->dataset_name, &source->dataset, &cause);
    if (status == SHOAL_OK || status == SHOAL_USAGE) return SHOAL_OK;
    if (err) *err = cause;
    return status;
}

static shoal_status open_source(const shoal_sources *sources, shoal_source *source,
                                shoal_error *err)
{
    char *path = NULL;
    if (sources->depth >= MAX_DEPTH)
        return shoal_fail(err, SHOAL_DATA,
                          "%s: more than %d virtual datasets are made of each other", sources->from,
                          MAX_DEPTH);
    if (strcmp(source->file_name, ".") == 0)
        return open_dataset(sources, source, sources->from, err);
    shoal_status status = shoal_named_file(source->file_name, sources->from, "HDF5_VDS_PREFIX",
                                           SHOAL_LOOKUP_BESIDE_FIRST, &path, err);
    if (status == SHOAL_OK && path) status = open_dataset(sources, source, path, err);
    free(path);
    return status;
}

static shoal_status make_source(const shoal_sources *sources, const char *file, const char *dataset,
                                shoal_source **out, shoal_error *err)
{
    shoal_source *source = calloc(1, sizeof *source);
    if (!source) return shoal_fail(err, SHOAL_MEMORY, "no memory for a source");
    source->file_name = strdup(file);
    source->dataset_name = strdup(dataset);
    shoal_status status = SHOAL_OK;
    if (!source->file_name || !source->dataset_name)
        status = shoal_fail(err, SHOAL_MEMORY, "no memory for a source");
    if (status == SHOAL_OK) status = open_source(sources, source, err);
    if (status == SHOAL_OK)
        *out = source;
    else
        close_source(source);
    return status;
}

/* Takes a source out of the list, or NULL. */
static shoal_source *take(shoal_sources *sources, const char *file, const char *dataset)
{
    for (shoal_source **at = &sources->first; *at; at = &(*at)->next) {
        shoal_source *source = *at;
        if (strcmp(source->file_name, file) != 0 || strcmp(source->dataset_name, dataset) != 0)
            continue;
        *at = source->next;
        return source;
    }
    return NULL;
}

/* Closes the ones that nobody used for longest. */
static void drop_idle(shoal_sources *sources)
{
    int n = 0;
    for (shoal_source **at = &sources->first; *at;) {
        shoal_source *source = *at;
        if (source->n_users == 0 && ++n > MAX_IDLE) {
            *at = source->next;
            close_source(source);
        } else {
            at = &source->next;
        }
    }
}

shoal_status shoal_sources_get(shoal_sources *sources, const char *file, const char *dataset,
                               shoal_source **out, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    if (sources->depth > 0 &&
        atomic_fetch_add(&sources->work->done, 1) >= atomic_load(&sources->work->allowed))
        return shoal_fail(err, SHOAL_DATA, "virtual datasets are made of each other too often");
    pthread_mutex_lock(&sources->lock);
    shoal_source *source = take(sources, file, dataset);
    if (!source) status = make_source(sources, file, dataset, &source, err);
    if (status == SHOAL_OK) {
        source->next = sources->first;
        sources->first = source;
        bool there = source->dataset != NULL;
        source->n_users += there;
        *out = there ? source : NULL;
        drop_idle(sources);
    }
    pthread_mutex_unlock(&sources->lock);
    return status;
}

void shoal_sources_give_back(shoal_sources *sources, shoal_source *source)
{
    if (!source) return;
    pthread_mutex_lock(&sources->lock);
    source->n_users--;
    drop_idle(sources);
    pthread_mutex_unlock(&sources->lock);
}
