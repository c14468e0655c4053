#include "tests/fuzz/read_file.h"

#include <shoal/shoal.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MOST_OBJECTS = 2000,
    MOST_BYTES = 1 << 20,  /* of one read */
    MOST_CHUNK = 64 << 20, /* of datasets that are read chunk by chunk without a limit */
    MOST_EXPORT = 8 << 20, /* raw bytes of a dataset that is exported */
    MEMORY_LIMIT = 64 << 20,
    MOST_LOCATOR = 4096,
};

typedef struct reading {
    shoal_file *file;
    const char *path;
    uint64_t n_objects, n_good;
    uint8_t *buffer; /* MOST_BYTES */
} reading;

/* Touches every byte of a text, so that one that is not whole is seen. */
static uint64_t touch(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

static int on_attribute(void *user, const shoal_attribute *attribute)
{
    reading *r = user;
    r->n_good += touch(attribute->name) + touch(attribute->type) + touch(attribute->text) +
                     touch(attribute->json) >
                 0;
    return 0;
}

/* ---- Datasets ---- */

static uint64_t bytes_of(const shoal_dataset_info *info, const uint64_t *extents)
{
    uint64_t n = info->type.n_bytes;
    for (int k = 0; k < info->rank; k++)
        if (__builtin_mul_overflow(n, extents[k], &n)) return UINT64_MAX;
    return n;
}

/* A box that fits the buffer, at the start (0), the end (1) or spread over all (2). */
static bool choose_region(const shoal_dataset_info *info, int where, shoal_region *region)
{
    uint64_t room = MOST_BYTES / 2 / (info->type.n_bytes != 0 ? info->type.n_bytes : 1);
    *region = (shoal_region){.rank = info->rank};
    for (int k = info->rank - 1; k >= 0; k--) {
        uint64_t extent = info->shape[k], count = extent < room ? extent : room;
        if (count == 0) return false;
        if (where == 2 && count > 5) count = 5;
        uint64_t step = where == 2 ? (extent - 1) / count + 1 : 1;
        if (where == 2) count = (extent - 1) / step + 1;
        region->axis[k] = (shoal_range){.start = where == 1 ? (int64_t)(extent - count) : 0,
                                        .step = (int64_t)step,
                                        .count = count};
        room /= count;
        if (room == 0) room = 1;
    }
    return true;
}

static void read_parts(reading *r, shoal_dataset *dataset, const shoal_dataset_info *info)
{
    for (int where = 0; where < 3; where++) {
        shoal_region region;
        shoal_error err = {0};
        uint64_t n = info->type.n_bytes;
        if (!choose_region(info, where, &region)) return;
        for (int k = 0; k < info->rank; k++) n *= region.axis[k].count;
        if (n > MOST_BYTES) continue;
        r->n_good += shoal_dataset_read(dataset, &region, r->buffer, (size_t)n, &err) == SHOAL_OK;
    }
}

static void touch_info(reading *r, const shoal_dataset_info *info)
{
    char name[24], text[128];
    uint64_t n = touch(info->why_not) + touch(info->stored_type) + touch(info->layout) +
                 touch(info->filters) + touch(info->fill) + touch(info->index);
    for (int k = 0; k < info->rank; k++) n += touch(info->dimensions[k]);
    if (info->readable) n += touch(shoal_type_name(info->type, name));
    if (info->readable && info->type.n_bytes < MOST_BYTES)
        n += shoal_format_element(info->type, r->buffer, text, sizeof text);
    r->n_good += n > 0;
}

/* The way of whole runs: plans of memory, workers, several chunks at a time. */
static void export_whole(reading *r, const char *path, shoal_format format)
{
    char locator[MOST_LOCATOR];
    shoal_error err = {0};
    int n = snprintf(locator, sizeof locator, "%s:%s", r->path, path);
    if (n < 0 || (size_t)n >= sizeof locator) return;
    shoal_export_params params = {.source = locator, .output = "/dev/null", .format = format};
    shoal_run_options options = {.n_threads = 1 + (int)(r->n_objects & 1),
                                 .memory_limit = MEMORY_LIMIT};
    r->n_good += shoal_export(&params, &options, &err) == SHOAL_OK;
}

static void read_dataset(reading *r, const char *path)
{
    shoal_dataset *dataset = NULL;
    shoal_dataset_info info = {0};
    shoal_error err = {0};
    if (shoal_dataset_open(r->file, path, &dataset, &err) != SHOAL_OK) return;
    if (shoal_dataset_describe(dataset, &info, &err) == SHOAL_OK) {
        touch_info(r, &info);
        if (info.readable && bytes_of(&info, info.chunk) <= MOST_CHUNK)
            read_parts(r, dataset, &info);
    }
    uint64_t n_bytes = bytes_of(&info, info.shape);
    shoal_dataset_close(dataset);
    if (n_bytes > MOST_EXPORT) return;
    export_whole(r, path, SHOAL_FORMAT_RAW);
    if (n_bytes < MOST_EXPORT / 64) export_whole(r, path, SHOAL_FORMAT_CSV);
}

static int on_object(void *user, const shoal_object *object)
{
    reading *r = user;
    shoal_error err = {0};
    r->n_good += touch(object->path) > 0;
    (void)shoal_attribute_visit(r->file, object->path, on_attribute, r, &err);
    if (object->kind == SHOAL_TABLE) export_whole(r, object->path, SHOAL_FORMAT_CSV);
    if (object->kind == SHOAL_DATASET || object->kind == SHOAL_OTHER) read_dataset(r, object->path);
    return ++r->n_objects >= MOST_OBJECTS;
}

uint64_t read_all(const char *path)
{
    reading r = {.path = path};
    shoal_error err = {0};
    if (shoal_file_open(path, &r.file, &err) != SHOAL_OK) return 0;
    r.buffer = calloc(1, MOST_BYTES);
    if (r.buffer != NULL) (void)shoal_file_visit(r.file, "/", on_object, &r, &err);
    free(r.buffer);
    shoal_file_close(r.file);
    return r.n_good;
}

void memory_file_name(int process, char path[64])
{
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(path, 64, "%s/shoal-fuzz-%d.h5", folder, process);
}

uint64_t read_all_bytes(const uint8_t *bytes, size_t n)
{
    char path[64];
    memory_file_name((int)getpid(), path);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n) abort();
    close(fd);
    uint64_t n_good = read_all(path);
    unlink(path);
    return n_good;
}
