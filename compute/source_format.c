#include "compute/source_format.h"

#include "chunk/error.h"
#include "compute/stream_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK_BYTES = 512 };

static const struct {
    const char *ending;
    shoal_format format;
} endings[] = {
    {".csv", SHOAL_FORMAT_CSV},   {".tsv", SHOAL_FORMAT_TSV},  {".tab", SHOAL_FORMAT_TSV},
    {".npy", SHOAL_FORMAT_NPY},   {".npz", SHOAL_FORMAT_NPZ},  {".h5", SHOAL_FORMAT_HDF5},
    {".hdf5", SHOAL_FORMAT_HDF5}, {".he5", SHOAL_FORMAT_HDF5}, {".nc4", SHOAL_FORMAT_HDF5},
    {".h5ad", SHOAL_FORMAT_HDF5}, {".raw", SHOAL_FORMAT_RAW},  {".bin", SHOAL_FORMAT_RAW},
};

static shoal_format by_ending(const char *name)
{
    size_t n = strlen(name);
    for (size_t k = 0; k < sizeof endings / sizeof endings[0]; k++) {
        size_t length = strlen(endings[k].ending);
        if (n > length && strcasecmp(name + n - length, endings[k].ending) == 0)
            return endings[k].format;
    }
    return SHOAL_FORMAT_AUTO;
}

static bool starts(const uint8_t *bytes, size_t n, const char *magic, size_t n_magic)
{
    return n >= n_magic && memcmp(bytes, magic, n_magic) == 0;
}

static shoal_status by_bytes(const char *name, const uint8_t *bytes, size_t n, bool raw,
                             shoal_format *format, shoal_error *err)
{
    if (starts(bytes, n, "\x93NUMPY", 6))
        *format = SHOAL_FORMAT_NPY;
    else if (starts(bytes, n, "\x89HDF\r\n\x1a\n", 8))
        *format = SHOAL_FORMAT_HDF5;
    else if (starts(bytes, n, "PK\3\4", 4) || starts(bytes, n, "PK\5\6", 4))
        *format = SHOAL_FORMAT_NPZ;
    else if (raw)
        *format = SHOAL_FORMAT_RAW;
    else if (starts(bytes, n, "\x1f\x8b", 2))
        return shoal_fail(err, SHOAL_DATA,
                          "%s is compressed with gzip; pipe it through zcat, and read '-'", name);
    else if (starts(bytes, n, "CDF", 3))
        return shoal_fail(
            err, SHOAL_DATA,
            "%s is a classic netCDF file, not netCDF-4; convert it with nccopy -k nc4", name);
    else if (memchr(bytes, 0, n))
        return shoal_fail(err, SHOAL_USAGE,
                          "%s is of no format that is known; say which with --format, or give "
                          "--dtype and --shape for raw bytes",
                          name);
    else
        *format = SHOAL_FORMAT_CSV;
    return SHOAL_OK;
}

/* HDF5's signature may come behind a block of the user's own of 512, 1024, ... bytes. */
static bool is_hdf5_behind(int fd)
{
    struct stat st;
    uint8_t bytes[8];
    if (fstat(fd, &st)) return false;
    for (off_t at = 512; at < st.st_size; at *= 2)
        if (pread(fd, bytes, 8, at) == 8 && starts(bytes, 8, "\x89HDF\r\n\x1a\n", 8)) return true;
    return false;
}

static shoal_status by_content(const char *name, bool raw, shoal_format *format, shoal_error *err)
{
    uint8_t bytes[LOOK_BYTES];
    char text[128];
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : pread(fd, bytes, sizeof bytes, 0);
    shoal_status status = SHOAL_OK;
    if (n < 0) {
        int error = errno;
        status =
            shoal_fail(err, SHOAL_SYSTEM, "%s: %s", name, strerror_r(error, text, sizeof text));
    } else if (is_hdf5_behind(fd)) {
        *format = SHOAL_FORMAT_HDF5;
    } else {
        status = by_bytes(name, bytes, (size_t)n, raw, format, err);
    }
    if (fd >= 0) close(fd);
    return status;
}

static shoal_status by_stream(const char *source, bool raw, shoal_format *format, shoal_error *err)
{
    uint8_t bytes[LOOK_BYTES];
    const char *name = strcmp(source, "-") == 0 ? "standard input" : source;
    *format = by_ending(source);
    if (*format == SHOAL_FORMAT_AUTO && raw) *format = SHOAL_FORMAT_RAW;
    if (*format != SHOAL_FORMAT_AUTO) return SHOAL_OK;
    size_t n = shoal_stream_peek(source, bytes, sizeof bytes);
    return by_bytes(name, bytes, n, raw, format, err);
}

shoal_status shoal_source_format(const char *source, bool raw, shoal_format *format,
                                 shoal_error *err)
{
    char *file = NULL, *path = NULL, *slice = NULL;
    if (*format != SHOAL_FORMAT_AUTO) return SHOAL_OK;
    if (shoal_is_stream(source)) return by_stream(source, raw, format, err);
    shoal_status status = shoal_locator_split(source, &file, &path, &slice, err);
    if (status) return status;
    if (path || slice)
        *format = SHOAL_FORMAT_HDF5; /* or an .npy file, which opens as one */
    else
        *format = raw ? SHOAL_FORMAT_AUTO : by_ending(file);
    if (*format == SHOAL_FORMAT_AUTO) status = by_content(file, raw, format, err);
    free(file);
    free(path);
    free(slice);
    return status;
}
