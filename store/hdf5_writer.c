#include "store/hdf5_writer.h"
#include "chunk/error.h"
#include "store/hdf5_load.h"
#include "store/hdf5_lock.h"
#include "store/hdf5_object.h"
#include "store/hdf5_summary.h"
#include <stdlib.h>
#include <string.h>

enum { ALIGNED_FROM = 8 << 20, PAGE_BYTES = 4096 };

/* ---- Open ---- */

/* The B-tree's width is libhdf5's default (k = 32). Wider nodes would have to be chosen here, for
   all datasets: k = 1024 gives each dataset 98 KB of index, and made neither writing a million
   chunks (3.2 us each) nor the file (56 MB of index, 53 at best) any better. */
static hid_t create_file(const char *path, hid_t access, shoal_status *status, shoal_error *err)
{
    /* No times, so that the same input gives the same bytes. */
    hid_t plist = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_obj_track_times(plist, false);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, plist, access);
    if (file < 0) *status = shoal_hdf5_fail(err, SHOAL_SYSTEM, "cannot write %s", path);
    H5Pclose(plist);
    return file;
}

static shoal_status open_file(shoal_writer *writer, shoal_error *err)
{
    const char *path = writer->commit.path;
    bool updates = writer->commit.mode == SHOAL_UPDATE && writer->commit.existed;
    writer->recycles = updates;
    hid_t access = shoal_hdf5_driver_access(writer->target);
    if (access < 0) return shoal_hdf5_fail(err, SHOAL_SYSTEM, "cannot write %s", path);
    /* The earliest formats: every reader knows them, and their chunk index is a version-1 B-tree.
     */
    H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
    /* Large contiguous data are used in place through a map. Chunks stay packed. */
    H5Pset_alignment(access, ALIGNED_FROM, PAGE_BYTES);
    shoal_status status = SHOAL_OK;
    if (!updates) {
        writer->file = create_file(path, access, &status, err);
    } else {
        writer->file = H5Fopen(path, H5F_ACC_RDWR, access);
        if (writer->file < 0)
            status = shoal_hdf5_fail(err, SHOAL_DATA, "%s cannot be opened as an HDF5 file", path);
    }
    H5Pclose(access);
    if (updates && status == SHOAL_OK) shoal_summaries_begin(writer);
    return status;
}

shoal_status shoal_writer_open(const char *path, shoal_write_mode mode, shoal_writer **out,
                               shoal_error *err)
{
    if (shoal_hdf5_load(err) != SHOAL_OK) return SHOAL_SYSTEM;
    shoal_writer *writer = calloc(1, sizeof *writer);
    shoal_hdf5_target *target = calloc(1, sizeof *target);
    if (writer == NULL || target == NULL) {
        free(writer);
        free(target);
        return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    }
    writer->target = target;
    writer->file = H5I_INVALID_HID;
    shoal_status status = shoal_commit_begin(&writer->commit, path, mode, err);
    if (status == SHOAL_OK) {
        target->fd = writer->commit.fd;
        shoal_hdf5_lock();
        status = open_file(writer, err);
        shoal_hdf5_unlock();
    }
    if (status != SHOAL_OK) {
        shoal_writer_discard(writer);
        return status;
    }
    *out = writer;
    return SHOAL_OK;
}

/* ---- Close ---- */

/* With `discarded` set, nothing is written any more, so that even a file whose disk is full closes.
   Should libhdf5 fail to close all the same, it may come back to the file at exit: then the target
   is left to it, harmless. True when all that was ever written came to the file. */
static bool close_file(shoal_writer *writer)
{
    shoal_writer_drop_sinks(writer, "/");
    shoal_writer_free_scratch(writer);
    bool closed = writer->file < 0 || H5Fclose(writer->file) >= 0;
    bool written = closed && writer->target->system_error == 0;
    writer->file = H5I_INVALID_HID;
    if (closed) {
        shoal_hdf5_driver_release(writer->target);
        free(writer->target);
    } else {
        writer->target->discarded = true;
        writer->target->fd = -1;
    }
    writer->target = NULL;
    return written;
}

void shoal_writer_discard(shoal_writer *writer)
{
    if (writer == NULL) return;
    shoal_hdf5_lock();
    writer->target->discarded = true;
    close_file(writer);
    shoal_hdf5_unlock();
    shoal_commit_abort(&writer->commit);
    free(writer);
}

/* Everything to the descriptor. A write that failed earlier counts even where libhdf5 carried on:
   its cache may have dropped what could not be written. */
static shoal_status finish_file(shoal_writer *writer, shoal_error *err)
{
    const char *path = writer->commit.path;
    shoal_status status = shoal_summaries_write(writer, err);
    char text[128];
    if (status == SHOAL_OK && H5Fflush(writer->file, H5F_SCOPE_GLOBAL) < 0)
        status = shoal_hdf5_fail(err, SHOAL_SYSTEM, "cannot write %s", path);
    else if (status == SHOAL_OK && writer->target->system_error != 0)
        status = shoal_fail(err, SHOAL_SYSTEM, "cannot write %s: %s", path,
                            strerror_r(writer->target->system_error, text, sizeof text));
    writer->target->discarded = status != SHOAL_OK;
    if (!close_file(writer) && status == SHOAL_OK)
        status = shoal_hdf5_fail(err, SHOAL_SYSTEM, "cannot write %s", path);
    return status;
}

shoal_status shoal_writer_commit(shoal_writer *writer, shoal_error *err)
{
    shoal_hdf5_lock();
    shoal_status status = finish_file(writer, err);
    shoal_hdf5_unlock();
    if (status == SHOAL_OK)
        status = shoal_commit_end(&writer->commit, err);
    else
        shoal_commit_abort(&writer->commit);
    free(writer);
    return status;
}

/* ---- Objects ---- */

const char *shoal_writer_path(const shoal_writer *writer)
{
    return writer->commit.path;
}

uint64_t shoal_writer_stored_bytes(const shoal_writer *writer)
{
    return writer->stored_bytes;
}

bool shoal_writer_exists(shoal_writer *writer, const char *path)
{
    char *clean = NULL;
    if (shoal_hdf5_object_path(writer->commit.path, path, &clean, NULL) != SHOAL_OK) return false;
    shoal_hdf5_lock();
    bool exists = shoal_hdf5_object_kind(writer->file, clean) != SHOAL_HDF5_NOTHING;
    shoal_hdf5_unlock();
    free(clean);
    return exists;
}

static shoal_status make_group(shoal_writer *writer, const char *path, shoal_error *err)
{
    const char *file = writer->commit.path;
    shoal_hdf5_kind kind = shoal_hdf5_object_kind(writer->file, path);
    if (kind == SHOAL_HDF5_GROUP) return SHOAL_OK;
    if (kind != SHOAL_HDF5_NOTHING)
        return shoal_fail(err, SHOAL_USAGE, "%s:%s exists and is not a group", file, path);
    shoal_status status = shoal_hdf5_object_parents(writer->file, file, path, err);
    return status == SHOAL_OK ? shoal_hdf5_group_make(writer->file, file, path, err) : status;
}

shoal_status shoal_writer_group(shoal_writer *writer, const char *path, shoal_error *err)
{
    char *clean = NULL;
    shoal_status status = shoal_hdf5_object_path(writer->commit.path, path, &clean, err);
    if (status != SHOAL_OK) return status;
    shoal_hdf5_lock();
    status = make_group(writer, clean, err);
    shoal_hdf5_unlock();
    free(clean);
    return status;
}
