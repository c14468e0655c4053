#include "store/hdf5_driver.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* libhdf5 copies this struct from list to list. */
typedef struct access_info {
    shoal_hdf5_target *target;
} access_info;

typedef struct driver_file {
    H5FD_t base; /* libhdf5's part comes first */
    shoal_hdf5_target *target;
    haddr_t end_of_allocation, end_of_file;
    haddr_t flushed; /* up to here writing to the disk was started */
} driver_file;

#define FLUSH_BYTES ((haddr_t)32 << 20)
#define MAX_ADDRESS ((haddr_t)INT64_MAX)

/* The form in which libhdf5's own driver tells it, so that one reader of the stack does for both.
 */
static herr_t failed(driver_file *file, const char *what, hid_t minor)
{
    int error = errno;
    if (file->target->system_error == 0) file->target->system_error = error;
    H5Epush2(H5E_DEFAULT, __FILE__, what, __LINE__, H5E_ERR_CLS, H5E_IO, minor,
             "%s failed, errno = %d", what, error);
    return -1;
}

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t access, haddr_t max_address)
{
    (void)name;
    (void)max_address;
    const access_info *info = H5Pget_driver_info(access);
    struct stat about;
    if (info == NULL || fstat(info->target->fd, &about) != 0) return NULL;
    if (flags & H5F_ACC_TRUNC) {
        if (ftruncate(info->target->fd, 0) != 0) return NULL;
        about.st_size = 0;
    }
    driver_file *file = calloc(1, sizeof *file);
    if (file == NULL) return NULL;
    file->target = info->target;
    file->end_of_file = (haddr_t)about.st_size;
    return &file->base;
}

static herr_t driver_close(H5FD_t *base)
{
    free(base);
    return 0;
}

static herr_t driver_query(const H5FD_t *base, unsigned long *flags)
{
    (void)base;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
    return 0;
}

static haddr_t driver_get_eoa(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return ((const driver_file *)base)->end_of_allocation;
}

static herr_t driver_set_eoa(H5FD_t *base, H5FD_mem_t type, haddr_t address)
{
    (void)type;
    ((driver_file *)base)->end_of_allocation = address;
    return 0;
}

static haddr_t driver_get_eof(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return ((const driver_file *)base)->end_of_file;
}

/* Bytes beyond the end of the file are zeros, as libhdf5 expects of its drivers. */
static herr_t driver_read(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address,
                          size_t n_bytes, void *buffer)
{
    (void)type;
    (void)transfer;
    driver_file *file = (driver_file *)base;
    char *at = buffer;
    while (n_bytes > 0) {
        ssize_t n = pread(file->target->fd, at, n_bytes, (off_t)address);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return failed(file, "read", H5E_READERROR);
        if (n == 0) break;
        at += n;
        address += (haddr_t)n;
        n_bytes -= (size_t)n;
    }
    memset(at, 0, n_bytes);
    return 0;
}

/* Chunks are appended: starting the disk on them early leaves little for the sync at commit, and
   few dirty pages in a cgroup. */
static void start_flush(driver_file *file)
{
    if (file->end_of_file < file->flushed + FLUSH_BYTES) return;
    sync_file_range(file->target->fd, (off64_t)file->flushed,
                    (off64_t)(file->end_of_file - file->flushed), SYNC_FILE_RANGE_WRITE);
    file->flushed = file->end_of_file;
}

static herr_t driver_write(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address,
                           size_t n_bytes, const void *buffer)
{
    (void)type;
    (void)transfer;
    driver_file *file = (driver_file *)base;
    const char *at = buffer;
    if (address + n_bytes > file->end_of_file) file->end_of_file = address + n_bytes;
    while (n_bytes > 0 && !file->target->discarded) {
        ssize_t n = pwrite(file->target->fd, at, n_bytes, (off_t)address);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return failed(file, "write", H5E_WRITEERROR);
        at += n;
        address += (haddr_t)n;
        n_bytes -= (size_t)n;
    }
    start_flush(file);
    return 0;
}

static herr_t driver_truncate(H5FD_t *base, hid_t transfer, hbool_t closing)
{
    (void)transfer;
    (void)closing;
    driver_file *file = (driver_file *)base;
    if (file->end_of_allocation == file->end_of_file) return 0;
    if (!file->target->discarded &&
        ftruncate(file->target->fd, (off_t)file->end_of_allocation) != 0)
        return failed(file, "resize", H5E_WRITEERROR);
    file->end_of_file = file->end_of_allocation;
    return 0;
}

static const H5FD_class_t driver_class = {
    .name = "shoal",
    .maxaddr = MAX_ADDRESS,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(access_info),
    .open = driver_open,
    .close = driver_close,
    .query = driver_query,
    .get_eoa = driver_get_eoa,
    .set_eoa = driver_set_eoa,
    .get_eof = driver_get_eof,
    .read = driver_read,
    .write = driver_write,
    .truncate = driver_truncate,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

hid_t shoal_hdf5_driver_access(shoal_hdf5_target *target)
{
    const access_info info = {target};
    hid_t driver = H5FDregister(&driver_class), access = H5I_INVALID_HID;
    if (driver < 0) return driver;
    target->driver = driver;
    access = H5Pcreate(H5P_FILE_ACCESS);
    if (access >= 0 && H5Pset_driver(access, driver, &info) >= 0) return access;
    if (access >= 0) H5Pclose(access);
    return H5I_INVALID_HID;
}

void shoal_hdf5_driver_release(shoal_hdf5_target *target)
{
    if (target->driver > 0) H5FDunregister(target->driver);
    target->driver = 0;
}
