#include "store/npz.h"

#include "chunk/error.h"
#include "store/late_library.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

/* What is used of libzip, which brings cryptography along. */
/* clang-format off */
#define ZIP_NAMES(X) \
    X(zip_discard) X(zip_fclose) X(zip_file_strerror) X(zip_fopen_index) X(zip_fread) \
    X(zip_get_name) X(zip_get_num_entries) X(zip_open) X(zip_strerror)
/* clang-format on */

typedef struct zip_table {
#define X(name) __typeof__(name) *name;
    ZIP_NAMES(X)
#undef X
} zip_table;

static const shoal_late_symbol zip_symbols[] = {
#define X(name) SHOAL_LATE_SYMBOL(zip_table, name),
    ZIP_NAMES(X)
#undef X
};

struct shoal_npz {
    zip_table call;
    char *path;
    zip_t *zip;
    size_t n;
    char **name;
    zip_file_t *member; /* being read, or NULL */
    char *member_name;  /* "FILE:name", for messages */
    shoal_byte_stream stream;
};

static shoal_status open_failed(const char *path, int code, shoal_error *err)
{
    char text[128];
    int error = errno;
    if (code == ZIP_ER_OPEN || code == ZIP_ER_READ || code == ZIP_ER_NOENT)
        return shoal_fail(err, SHOAL_SYSTEM, "%s: %s", path, strerror_r(error, text, sizeof text));
    if (code == ZIP_ER_MEMORY) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    return shoal_fail(err, SHOAL_DATA, "%s: not an .npz file: the zip archive is damaged", path);
}

static shoal_status read_names(shoal_npz *npz, shoal_error *err)
{
    zip_int64_t n = npz->call.zip_get_num_entries(npz->zip, 0);
    npz->name = calloc(n > 0 ? (size_t)n : 1, sizeof *npz->name);
    if (!npz->name) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    for (zip_int64_t k = 0; k < n; k++) {
        const char *name = npz->call.zip_get_name(npz->zip, (zip_uint64_t)k, 0);
        size_t length = name ? strlen(name) : 0;
        if (length <= 4 || strcmp(name + length - 4, ".npy") != 0)
            return shoal_fail(err, SHOAL_DATA, "%s: its member '%s' is no .npy array", npz->path,
                              name ? name : "");
        npz->name[k] = strndup(name, length - 4);
        if (!npz->name[k]) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
        npz->n++;
    }
    return SHOAL_OK;
}

shoal_status shoal_npz_open(const char *path, shoal_npz **out, shoal_error *err)
{
    int code = 0;
    shoal_npz *npz = calloc(1, sizeof *npz);
    if (!npz) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    npz->path = strdup(path);
    shoal_status status = npz->path ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "out of memory");
    if (!status)
        status = shoal_late_library(SHOAL_ZIP_LIBRARY, SHOAL_ZIP_PACKAGE, zip_symbols,
                                    sizeof zip_symbols / sizeof *zip_symbols, &npz->call, err);
    if (!status) npz->zip = npz->call.zip_open(path, ZIP_RDONLY, &code);
    if (!status && !npz->zip) status = open_failed(path, code, err);
    if (!status) status = read_names(npz, err);
    if (!status)
        *out = npz;
    else
        shoal_npz_close(npz);
    return status;
}

static void end_member(shoal_npz *npz)
{
    if (npz->member) npz->call.zip_fclose(npz->member);
    free(npz->member_name);
    npz->member = NULL;
    npz->member_name = NULL;
}

void shoal_npz_close(shoal_npz *npz)
{
    if (!npz) return;
    end_member(npz);
    if (npz->zip) npz->call.zip_discard(npz->zip);
    for (size_t k = 0; k < npz->n; k++) free(npz->name[k]);
    free(npz->name);
    free(npz->path);
    free(npz);
}

size_t shoal_npz_count(const shoal_npz *npz)
{
    return npz->n;
}

const char *shoal_npz_name(const shoal_npz *npz, size_t k)
{
    return npz->name[k];
}

static shoal_status member_read(void *context, void *to, size_t n, size_t *got, shoal_error *err)
{
    shoal_npz *npz = context;
    zip_int64_t result = npz->call.zip_fread(npz->member, to, n);
    if (result < 0)
        return shoal_fail(err, SHOAL_DATA, "%s: %s", npz->member_name,
                          npz->call.zip_file_strerror(npz->member));
    *got = (size_t)result;
    return SHOAL_OK;
}

shoal_status shoal_npz_member(shoal_npz *npz, size_t k, shoal_byte_stream **out, shoal_error *err)
{
    end_member(npz);
    if (asprintf(&npz->member_name, "%s:%s", npz->path, npz->name[k]) < 0) {
        npz->member_name = NULL;
        return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    }
    npz->member = npz->call.zip_fopen_index(npz->zip, k, 0);
    if (!npz->member)
        return shoal_fail(err, SHOAL_DATA, "%s: %s", npz->member_name,
                          npz->call.zip_strerror(npz->zip));
    npz->stream =
        (shoal_byte_stream){.context = npz, .name = npz->member_name, .read = member_read};
    *out = &npz->stream;
    return SHOAL_OK;
}
