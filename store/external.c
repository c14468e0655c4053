#include "store/external.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/named_file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The part of the data that one file holds. */
typedef struct segment {
    char *name;     /* as stored */
    char *path;     /* NULL: not there */
    uint64_t first; /* of the data */
    uint64_t n, offset;
    _Atomic int fd; /* -1: not opened yet */
} segment;

struct shoal_external {
    size_t n;
    segment *segment;
};

static void no_files(segment *segments, size_t n)
{
    for (size_t k = 0; k < n; k++) atomic_init(&segments[k].fd, -1);
}

static shoal_status add_segment(shoal_external *external, const shoal_metadata *meta,
                                const shoal_external_file *file, uint64_t *first, shoal_error *err)
{
    segment *part = &external->segment[external->n];
    part->first = *first;
    part->n = file->n_bytes;
    part->offset = file->offset;
    if (!shoal_add_u64(*first, file->n_bytes, first)) {
        *first = UINT64_MAX; /* the last one, without an end */
        part->n = UINT64_MAX - part->first;
    }
    external->n++;
    part->name = strdup(file->name);
    if (!part->name) return shoal_fail(err, SHOAL_MEMORY, "no memory for external files");
    return shoal_named_file(file->name, shoal_map_path(meta->map), "HDF5_EXTFILE_PREFIX",
                            SHOAL_LOOKUP_WORKING_FIRST, &part->path, err);
}

shoal_status shoal_external_open(const shoal_metadata *meta, const shoal_external_files *files,
                                 uint64_t n_bytes, shoal_external **out, shoal_error *err)
{
    uint64_t first = 0;
    shoal_external *external = calloc(1, sizeof *external);
    if (external) external->segment = calloc(files->n ? files->n : 1, sizeof(segment));
    if (!external || !external->segment) {
        free(external);
        return shoal_fail(err, SHOAL_MEMORY, "no memory for external files");
    }
    no_files(external->segment, files->n);
    shoal_status status = SHOAL_OK;
    for (size_t k = 0; status == SHOAL_OK && k < files->n; k++)
        status = add_segment(external, meta, &files->file[k], &first, err);
    if (status == SHOAL_OK && first < n_bytes)
        status = shoal_fail(err, SHOAL_DATA,
                            "damaged: its external files hold %llu bytes where its shape needs "
                            "%llu",
                            (unsigned long long)first, (unsigned long long)n_bytes);
    if (status == SHOAL_OK)
        *out = external;
    else
        shoal_external_free(external);
    return status;
}

void shoal_external_free(shoal_external *external)
{
    if (!external) return;
    for (size_t k = 0; k < external->n; k++) {
        segment *part = &external->segment[k];
        if (part->fd >= 0) close(part->fd);
        free(part->name);
        free(part->path);
    }
    free(external->segment);
    free(external);
}

/* Opens a part's file once; when two threads do at once, one closes its own again. */
static shoal_status open_file(segment *part, int *fd, shoal_error *err)
{
    struct stat about;
    *fd = atomic_load(&part->fd);
    if (*fd >= 0) return SHOAL_OK;
    if (!part->path)
        return shoal_fail(err, SHOAL_SYSTEM, "its external file %s is not there", part->name);
    int opened = open(part->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (opened < 0)
        return shoal_fail(err, SHOAL_SYSTEM, "its external file %s cannot be opened: %s",
                          part->path, strerror(errno));
    if (fstat(opened, &about) != 0 || !S_ISREG(about.st_mode)) {
        close(opened);
        return shoal_fail(err, SHOAL_SYSTEM, "its external file %s is not a regular file",
                          part->path);
    }
    *fd = -1;
    if (atomic_compare_exchange_strong(&part->fd, fd, opened))
        *fd = opened;
    else
        close(opened);
    return SHOAL_OK;
}

static shoal_status read_part(segment *part, uint64_t inside, uint8_t *dst, size_t n,
                              shoal_error *err)
{
    int fd;
    uint64_t at;
    shoal_status status = open_file(part, &fd, err);
    if (status != SHOAL_OK) return status;
    bool fits = shoal_add_u64(part->offset, inside, &at) && at <= INT64_MAX - n;
    while (n > 0 && fits) {
        ssize_t got = pread(fd, dst, n, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return shoal_fail(err, SHOAL_SYSTEM, "its external file %s cannot be read: %s",
                              part->path, strerror(errno));
        if (got == 0) break;
        dst += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    memset(dst, 0, n);
    return SHOAL_OK;
}

shoal_status shoal_external_read(const shoal_external *external, uint64_t offset, void *buffer,
                                 size_t n, shoal_error *err)
{
    uint8_t *dst = buffer;
    for (size_t k = 0; n > 0 && k < external->n; k++) {
        segment *part = &external->segment[k];
        if (offset < part->first || offset - part->first >= part->n) continue;
        uint64_t inside = offset - part->first, left = part->n - inside;
        size_t now = n < left ? n : (size_t)left;
        shoal_status status = read_part(part, inside, dst, now, err);
        if (status != SHOAL_OK) return status;
        dst += now;
        offset += now;
        n -= now;
    }
    if (n > 0) return shoal_fail(err, SHOAL_DATA, "its external files end before its data");
    return SHOAL_OK;
}
