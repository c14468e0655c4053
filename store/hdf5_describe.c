#include "store/dataset_open.h"
#include "store/hdf5_lock.h"
#include <hdf5.h>
#include <hdf5_hl.h>
#include <stdlib.h>
#include <string.h>

/* The last part of an open object's path, malloc'd; NULL when it has none. */
static char *base_name(hid_t id)
{
    ssize_t n = H5Iget_name(id, NULL, 0);
    if (n <= 0) return NULL;
    char *path = malloc((size_t)n + 1);
    if (!path) return NULL;
    if (H5Iget_name(id, path, (size_t)n + 1) < 0) path[0] = '\0';
    const char *slash = strrchr(path, '/');
    char *name = slash && slash[1] ? strdup(slash + 1) : NULL;
    free(path);
    return name;
}

/* The same, from the names that the file has looked up before. */
static char *scale_name(shoal_scale_names *known, hid_t scale)
{
    H5O_info_t info;
    if (H5Oget_info2(scale, &info, H5O_INFO_BASIC) < 0) return base_name(scale);
    for (int k = 0; k < SHOAL_MAX_SCALES && k < known->n; k++)
        if (known->address[k] == info.addr && known->name[k]) return strdup(known->name[k]);
    char *name = base_name(scale);
    int slot = known->n++ % SHOAL_MAX_SCALES;
    free(known->name[slot]);
    known->address[slot] = info.addr;
    known->name[slot] = name;
    return name ? strdup(name) : NULL;
}

typedef struct scale_search {
    shoal_scale_names *known;
    char *name;
} scale_search;

static herr_t take_scale(hid_t dataset, unsigned axis, hid_t scale, void *user)
{
    (void)dataset;
    (void)axis;
    scale_search *search = user;
    search->name = scale_name(search->known, scale);
    return 1; /* the first scale of an axis names it */
}

static char *axis_name(shoal_scale_names *known, hid_t id, unsigned axis)
{
    char label[256] = "";
    scale_search search = {.known = known};
    if (H5DSiterate_scales(id, axis, NULL, take_scale, &search) >= 0 && search.name)
        return search.name;
    if (H5DSget_label(id, axis, label, sizeof label) > 0) return strdup(label);
    return NULL;
}

static void find_dimensions(shoal_dataset *dataset, shoal_description *description)
{
    hid_t id = dataset->hdf5_id;
    if (dataset->grid.rank == 1 && H5DSis_scale(id) > 0) {
        const char *slash = strrchr(dataset->path, '/');
        description->dimensions[0] = strdup(slash ? slash + 1 : dataset->path);
        return;
    }
    if (H5Aexists(id, "DIMENSION_LIST") <= 0 && H5Aexists(id, "DIMENSION_LABELS") <= 0) return;
    for (int k = 0; k < dataset->grid.rank; k++)
        description->dimensions[k] = axis_name(&dataset->file->scales, id, (unsigned)k);
}

/* What only libhdf5 knows of the storage that is left to it. */
static void find_storage(const shoal_dataset *dataset, shoal_dataset_info *info)
{
    hsize_t n_chunks = 0;
    hid_t space;
    info->stored_bytes = H5Dget_storage_size(dataset->hdf5_id);
    info->n_chunks_stored = UINT64_MAX;
    if (info->chunk[0] == 0 || (space = H5Dget_space(dataset->hdf5_id)) < 0) return;
    if (H5Dget_num_chunks(dataset->hdf5_id, space, &n_chunks) >= 0)
        info->n_chunks_stored = n_chunks;
    H5Sclose(space);
}

void shoal_hdf5_describe(shoal_dataset *dataset)
{
    shoal_description *description = shoal_description_of(dataset);
    shoal_hdf5_lock();
    if (!description->complete) {
        find_dimensions(dataset, description);
        if (dataset->layout == SHOAL_LAYOUT_HDF5 || !dataset->readable)
            find_storage(dataset, &description->info);
        description->complete = true;
    }
    shoal_hdf5_unlock();
}
