/* Datasets of text of variable length, as netCDF's strings are, written and compared whole. */
#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/hdf5_library.h"
#include "store/hdf5_lock.h"
#include "store/hdf5_object.h"
#include "store/hdf5_writer.h"
#include <stdlib.h>
#include <string.h>

/* n texts with a NUL behind each: pointers, then the bytes, one block of memory. */
static char **terminated(const shoal_texts *texts, size_t n)
{
    size_t n_bytes;
    if (!shoal_mul_size(n + 1, sizeof(char *) + texts->width + 1, &n_bytes)) return NULL;
    char **out = malloc(n_bytes);
    if (!out) return NULL;
    char *to = (char *)(out + n + 1);
    for (size_t k = 0; k < n; k++) {
        const char *from = texts->bytes + k * texts->width;
        size_t length = strnlen(from, texts->width);
        memcpy(to, from, length);
        to[length] = '\0';
        out[k] = to;
        to += length + 1;
    }
    return out;
}

static size_t count(const shoal_texts *texts)
{
    uint64_t n = 1;
    return shoal_product(texts->rank, texts->shape, &n) ? (size_t)n : SIZE_MAX / 2;
}

static hid_t make_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0) return type;
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

static hid_t make_space(const shoal_texts *texts)
{
    hsize_t shape[SHOAL_MAX_RANK];
    if (texts->rank == 0) return H5Screate(H5S_SCALAR);
    for (int k = 0; k < texts->rank; k++) shape[k] = texts->shape[k];
    return H5Screate_simple(texts->rank, shape, NULL);
}

static shoal_status make_dataset(shoal_writer *writer, const char *path, const shoal_texts *texts,
                                 shoal_error *err)
{
    const char *file = writer->commit.path;
    hid_t type = make_type(), space = make_space(texts), dataset = H5I_INVALID_HID;
    hid_t links = shoal_hdf5_link_plist(), plist = H5Pcreate(H5P_DATASET_CREATE);
    char **pointers = terminated(texts, count(texts));
    shoal_status status = pointers ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "out of memory");
    H5Pset_obj_track_times(plist, false);
    if (!status) dataset = H5Dcreate2(writer->file, path, type, space, links, plist, H5P_DEFAULT);
    if (!status &&
        (dataset < 0 || H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers) < 0))
        status = shoal_hdf5_fail(err, SHOAL_SYSTEM, "%s:%s cannot be written", file, path);
    free(pointers);
    if (dataset >= 0) H5Dclose(dataset);
    H5Pclose(plist);
    H5Pclose(links);
    H5Sclose(space);
    H5Tclose(type);
    return status;
}

shoal_status shoal_writer_texts(shoal_writer *writer, const char *path, const shoal_texts *texts,
                                shoal_error *err)
{
    char *clean = NULL;
    shoal_status status = shoal_hdf5_object_path(writer->commit.path, path, &clean, err);
    if (status != SHOAL_OK) return status;
    shoal_hdf5_lock();
    status = shoal_hdf5_object_parents(writer->file, writer->commit.path, clean, err);
    if (status == SHOAL_OK) status = make_dataset(writer, clean, texts, err);
    shoal_hdf5_unlock();
    free(clean);
    return status;
}

/* ---- Comparing ---- */

static bool same_shape(hid_t dataset, const shoal_texts *texts)
{
    hsize_t shape[H5S_MAX_RANK];
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    bool same = H5Tis_variable_str(type) > 0 &&
                H5Sget_simple_extent_dims(space, shape, NULL) == texts->rank;
    for (int k = 0; k < texts->rank && same; k++) same = shape[k] == texts->shape[k];
    H5Sclose(space);
    H5Tclose(type);
    return same;
}

/* libhdf5 allocates the texts, and frees them. */
static bool same_texts(hid_t dataset, const shoal_texts *texts)
{
    size_t n = count(texts);
    char **pointers = calloc(n + 1, sizeof *pointers);
    hid_t type = make_type(), space = H5Dget_space(dataset);
    bool same = pointers && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers) >= 0;
    for (size_t k = 0; k < n && same; k++) {
        const char *mine = texts->bytes + k * texts->width, *there = pointers[k];
        size_t length = strnlen(mine, texts->width);
        same = there ? strlen(there) == length && memcmp(mine, there, length) == 0 : length == 0;
    }
    if (pointers) H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers);
    free(pointers);
    H5Sclose(space);
    H5Tclose(type);
    return same;
}

bool shoal_writer_texts_equal(shoal_writer *writer, const char *path, const shoal_texts *texts)
{
    char *clean = NULL;
    bool same = false;
    if (shoal_hdf5_object_path(writer->commit.path, path, &clean, NULL) != SHOAL_OK) return false;
    shoal_hdf5_lock();
    if (shoal_hdf5_object_kind(writer->file, clean) == SHOAL_HDF5_DATASET) {
        hid_t dataset = H5Dopen2(writer->file, clean, H5P_DEFAULT);
        same = dataset >= 0 && same_shape(dataset, texts) && same_texts(dataset, texts);
        if (dataset >= 0) H5Dclose(dataset);
    }
    shoal_hdf5_unlock();
    free(clean);
    return same;
}
