/* Prints the bytes of FILE:/path[slice] to standard output, for tests that compare them.
   --info prints what the dataset is instead; --chunks reads whole chunks one by one and puts them
   together; --visit and --attributes list a file's objects and an object's attributes; --shrink
   cuts the file while it is open; --threads compares reads of many threads. */
#include "chunk/copy.h"
#include "store/file.h"
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int complain(const shoal_error *err)
{
    fprintf(stderr, "%s\n", err->message);
    return (int)err->status;
}

static int print_object(void *user, const shoal_object *object)
{
    static const char *const names[] = {"group", "dataset", "table", "column", "other"};
    (void)user;
    printf("%d %s %s\n", object->depth, names[object->kind], object->path);
    return 0;
}

static int print_attribute(void *user, const shoal_attribute *a)
{
    (void)user;
    printf("%s\t%s\t%s\t%s\n", a->name, a->type, a->text, a->json);
    return 0;
}

static void print_info(const shoal_dataset_info *info)
{
    char name[24];
    printf("readable %d\nwhy %s\n", info->readable, info->why_not ? info->why_not : "");
    printf("type %s\n", info->readable ? shoal_type_name(info->type, name) : "");
    printf("stored %s\nlayout %s\nindex %s\n", info->stored_type, info->layout,
           info->index ? info->index : "");
    printf("filters %s\nfill %s\n", info->filters, info->fill);
    printf("chunks %" PRIu64 " %" PRIu64 "\nbytes %" PRIu64 " %" PRIu64 "\nshape", info->n_chunks,
           info->n_chunks_stored, info->raw_bytes, info->stored_bytes);
    for (int k = 0; k < info->rank; k++) printf(" %" PRIu64, info->shape[k]);
    printf("\nchunk");
    for (int k = 0; k < info->rank; k++) printf(" %" PRIu64, info->chunk[k]);
    printf("\ndimensions");
    for (int k = 0; k < info->rank; k++)
        printf(" %s", info->dimensions[k] ? info->dimensions[k] : "-");
    printf("\n");
}

/* Reads the whole array by its chunks. */
static shoal_status read_chunks(shoal_dataset *dataset, uint8_t *out, shoal_error *err)
{
    const shoal_grid *grid = &dataset->grid;
    size_t n_bytes = dataset->type.n_bytes;
    uint64_t at[SHOAL_MAX_RANK], start[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK];
    int64_t from[SHOAL_MAX_RANK], to[SHOAL_MAX_RANK];
    uint8_t *chunk = malloc(grid->chunk_elements * n_bytes);
    shoal_reader *reader = NULL;
    shoal_status status = shoal_reader_new(dataset, &reader, err);
    shoal_contiguous_strides(grid->rank, grid->chunk, n_bytes, from);
    shoal_contiguous_strides(grid->rank, grid->shape, n_bytes, to);
    for (uint64_t id = 0; status == SHOAL_OK && id < grid->n_chunks; id++) {
        status = shoal_reader_chunk(reader, id, chunk, err);
        uint8_t *dst = out;
        shoal_grid_coordinates(grid, id, at);
        shoal_grid_extent(grid, at, start, count);
        for (int k = 0; k < grid->rank; k++) dst += start[k] * (uint64_t)to[k];
        if (status == SHOAL_OK) shoal_copy_box(grid->rank, count, chunk, from, dst, to, n_bytes);
    }
    shoal_reader_free(reader);
    free(chunk);
    return status;
}

typedef struct opened {
    shoal_file *file;
    shoal_dataset *dataset;
    shoal_region region;
} opened;

static shoal_status open_locator(const char *locator, opened *o, shoal_error *err)
{
    uint32_t dropped;
    *o = (opened){0};
    return shoal_locator_open(locator, true, &o->file, &o->dataset, &o->region, &dropped, err);
}

static void close_locator(opened *o)
{
    shoal_dataset_close(o->dataset);
    shoal_file_close(o->file);
}

static shoal_status read_opened(const opened *o, bool by_chunks, uint8_t **bytes, uint64_t *n,
                                shoal_error *err)
{
    shoal_region_elements(&o->region, n);
    *n *= o->dataset->type.n_bytes;
    *bytes = malloc(*n ? *n : 1);
    return by_chunks && o->dataset->layout != SHOAL_LAYOUT_CONTIGUOUS
               ? read_chunks(o->dataset, *bytes, err)
               : shoal_dataset_read(o->dataset, &o->region, *bytes, *n, err);
}

static shoal_status read_locator(const char *locator, bool by_chunks, uint8_t **bytes, uint64_t *n,
                                 shoal_error *err)
{
    opened o;
    shoal_status status = open_locator(locator, &o, err);
    if (status != SHOAL_OK) return status;
    status = read_opened(&o, by_chunks, bytes, n, err);
    close_locator(&o);
    return status;
}

static int dump(const char *locator, bool by_chunks)
{
    shoal_error err = {0};
    uint64_t n = 0;
    uint8_t *bytes = NULL;
    shoal_status status = read_locator(locator, by_chunks, &bytes, &n, &err);
    if (status == SHOAL_OK) fwrite(bytes, 1, n, stdout);
    free(bytes);
    return status == SHOAL_OK ? 0 : complain(&err);
}

static int describe(const char *locator)
{
    shoal_error err = {0};
    shoal_dataset_info info;
    opened o;
    if (open_locator(locator, &o, &err) != SHOAL_OK) return complain(&err);
    shoal_status status = shoal_dataset_describe(o.dataset, &info, &err);
    if (status == SHOAL_OK) print_info(&info);
    close_locator(&o);
    return status == SHOAL_OK ? 0 : complain(&err);
}

/* Cuts the file in half while it is open, then reads. */
static int read_shrinking(const char *locator)
{
    shoal_error err = {0};
    opened o;
    uint64_t n;
    uint8_t *bytes = NULL;
    if (open_locator(locator, &o, &err) != SHOAL_OK) return complain(&err);
    if (truncate(o.file->path, (off_t)(shoal_map_size(o.file->map) / 2)) != 0) return 99;
    shoal_status status = read_opened(&o, false, &bytes, &n, &err);
    free(bytes);
    close_locator(&o);
    return status == SHOAL_OK ? 0 : complain(&err);
}

/* Several threads read random boxes of one dataset and compare them with the whole. */
typedef struct box_reader {
    const opened *o;
    const uint8_t *whole;
    unsigned seed;
    int n_boxes;
    const char *failed;
} box_reader;

static void *read_boxes(void *user)
{
    box_reader *r = user;
    const shoal_grid *grid = &r->o->dataset->grid;
    size_t n_bytes = r->o->dataset->type.n_bytes;
    for (int box = 0; box < r->n_boxes && !r->failed; box++) {
        shoal_region region = {.rank = grid->rank};
        int64_t from[SHOAL_MAX_RANK], to[SHOAL_MAX_RANK];
        uint64_t count[SHOAL_MAX_RANK], n;
        const uint8_t *src = r->whole;
        shoal_contiguous_strides(grid->rank, grid->shape, n_bytes, from);
        for (int k = 0; k < grid->rank; k++) {
            uint64_t start = (uint64_t)rand_r(&r->seed) % grid->shape[k];
            count[k] = 1 + (uint64_t)rand_r(&r->seed) % (grid->shape[k] - start);
            region.axis[k] = (shoal_range){(int64_t)start, 1, count[k]};
            src += start * (uint64_t)from[k];
        }
        shoal_region_elements(&region, &n);
        shoal_contiguous_strides(grid->rank, count, n_bytes, to);
        uint8_t *wanted = malloc(n * n_bytes), *got = malloc(n * n_bytes);
        shoal_copy_box(grid->rank, count, src, from, wanted, to, n_bytes);
        if (shoal_dataset_read(r->o->dataset, &region, got, n * n_bytes, NULL) != SHOAL_OK)
            r->failed = "a read failed";
        else if (memcmp(wanted, got, n * n_bytes) != 0)
            r->failed = "a box differs";
        free(wanted);
        free(got);
    }
    return NULL;
}

static int read_in_threads(const char *locator)
{
    enum { N_THREADS = 4 };
    shoal_error err = {0};
    opened o;
    uint64_t n;
    uint8_t *whole = NULL;
    pthread_t thread[N_THREADS];
    box_reader reader[N_THREADS];
    int status = 0;
    if (open_locator(locator, &o, &err) != SHOAL_OK ||
        read_opened(&o, false, &whole, &n, &err) != SHOAL_OK)
        return complain(&err);
    for (int k = 0; k < N_THREADS; k++) {
        reader[k] = (box_reader){&o, whole, (unsigned)k + 1, 40, NULL};
        if (pthread_create(&thread[k], NULL, read_boxes, &reader[k]) != 0) return 99;
    }
    for (int k = 0; k < N_THREADS; k++) {
        pthread_join(thread[k], NULL);
        if (!reader[k].failed) continue;
        fprintf(stderr, "%s\n", reader[k].failed);
        status = 1;
    }
    free(whole);
    close_locator(&o);
    return status;
}

static int list(const char *locator, bool attributes)
{
    shoal_error err = {0};
    shoal_file *file = NULL;
    char *name, *path, *slice;
    shoal_status status = shoal_locator_split(locator, &name, &path, &slice, &err);
    if (status != SHOAL_OK) return complain(&err);
    status = shoal_file_open(name, &file, &err);
    const char *at = path ? path : "/";
    if (status == SHOAL_OK)
        status = attributes ? shoal_attribute_visit(file, at, print_attribute, NULL, &err)
                            : shoal_file_visit(file, at, print_object, NULL, &err);
    shoal_file_close(file);
    free(name);
    free(path);
    free(slice);
    return status == SHOAL_OK ? 0 : complain(&err);
}

/* Reads locators from standard input, a line each ("!" in front: by chunks), and answers with the
   number of bytes, a newline and the bytes, or with "-STATUS MESSAGE". */
static int serve(void)
{
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        bool by_chunks = line[0] == '!';
        shoal_error err = {0};
        uint64_t n = 0;
        uint8_t *bytes = NULL;
        shoal_status status = read_locator(line + by_chunks, by_chunks, &bytes, &n, &err);
        if (status == SHOAL_OK) {
            printf("%" PRIu64 "\n", n);
            fwrite(bytes, 1, n, stdout);
        } else {
            printf("-%d %s\n", (int)status, err.message);
        }
        fflush(stdout);
        free(bytes);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *mode = argc == 3 ? argv[1] : "", *locator = argv[argc - 1];
    if (argc == 2 && strcmp(argv[1], "--serve") == 0) return serve();
    if (argc == 2) return dump(locator, false);
    if (strcmp(mode, "--chunks") == 0) return dump(locator, true);
    if (strcmp(mode, "--info") == 0) return describe(locator);
    if (strcmp(mode, "--visit") == 0) return list(locator, false);
    if (strcmp(mode, "--attributes") == 0) return list(locator, true);
    if (strcmp(mode, "--shrink") == 0) return read_shrinking(locator);
    if (strcmp(mode, "--threads") == 0) return read_in_threads(locator);
    fprintf(stderr, "usage: dump_dataset [--chunks|--info|--visit|--attributes|--shrink|--threads] "
                    "LOCATOR\n       dump_dataset --serve\n");
    return 2;
}
