#include "store/dimension.h"

#include "chunk/error.h"
#include "store/cf.h"
#include "store/cursor.h"
#include "store/dataset_open.h"
#include "store/metadata/attribute.h"
#include "store/metadata/heap.h"
#include "store/metadata/links.h"
#include "store/object.h"
#include "store/sequence.h"
#include <stdlib.h>
#include <string.h>

/* ---- From an address to a path ---- */

/* The link to the object at `address` in the group at `group`, as a path; NULL when there is none.
 */
static char *search_group(shoal_file *file, const char *group, uint64_t address)
{
    shoal_found found;
    shoal_links links = {0};
    char *path = NULL;
    if (shoal_object_find(file, group, &found, NULL) != SHOAL_OK) return NULL;
    if (shoal_links_read(found.meta, &found.header, SIZE_MAX, &links, NULL) == SHOAL_OK)
        for (size_t k = 0; k < links.n && !path; k++)
            if (links.link[k].kind == SHOAL_LINK_HARD && links.link[k].address == address)
                path = shoal_path_join(group, links.link[k].name);
    shoal_links_free(&links);
    shoal_found_release(&found);
    return path;
}

typedef struct address_search {
    shoal_file *file;
    uint64_t address;
    char *path;
} address_search;

static int compare_address(void *user, const shoal_object *object)
{
    address_search *search = user;
    shoal_found found;
    if (object->kind != SHOAL_DATASET ||
        shoal_object_find(search->file, object->path, &found, NULL) != SHOAL_OK)
        return 0;
    bool is_it = found.header.address == search->address;
    shoal_found_release(&found);
    if (is_it) search->path = strdup(object->path);
    return is_it;
}

/* Scales mostly lie in the group of the dataset or in one above it; else anywhere in the file. */
static char *path_of(shoal_file *file, const char *near, uint64_t address)
{
    char *path = NULL, *group = strdup(near);
    for (char *slash; group && !path && (slash = strrchr(group, '/')) != NULL;) {
        *slash = '\0';
        path = search_group(file, group[0] ? group : "/", address);
    }
    free(group);
    if (path) return path;
    address_search search = {.file = file, .address = address};
    (void)shoal_file_visit(file, "/", compare_address, &search, NULL);
    return search.path;
}

/* The same, from the paths that the file has looked up before. */
static char *known_path_of(shoal_file *file, const char *near, uint64_t address)
{
    shoal_scale_paths *known = &file->scales;
    char *path = NULL;
    bool found = false;
    pthread_mutex_lock(&file->lock);
    for (int k = 0; k < SHOAL_MAX_SCALES && k < known->n && !found; k++) {
        found = known->address[k] == address;
        if (found && known->path[k]) path = strdup(known->path[k]);
    }
    pthread_mutex_unlock(&file->lock);
    if (found) return path;
    path = path_of(file, near, address);
    pthread_mutex_lock(&file->lock);
    int slot = known->n++ % SHOAL_MAX_SCALES;
    free(known->path[slot]);
    known->address[slot] = address;
    known->path[slot] = path ? strdup(path) : NULL;
    pthread_mutex_unlock(&file->lock);
    return path;
}

/* ---- DIMENSION_LIST: for each axis a list of references ---- */

/* The address that the last reference of a list holds: of several scales netCDF means the last.
   False when the list is empty or damaged. */
static bool last_reference(const shoal_metadata *meta, const uint8_t *descriptor, uint64_t *address)
{
    uint8_t bytes[8];
    uint64_t at, n, collection;
    size_t width = (size_t)meta->offset_bytes;
    shoal_sequence list = shoal_sequence_parse(meta, descriptor);
    if (list.count == 0 || !shoal_metadata_offset(meta, list.collection, &collection) ||
        shoal_global_heap_find(meta, collection, list.index, &at, &n, NULL) != SHOAL_OK ||
        n / width < list.count ||
        shoal_map_pread(meta->map, at + (list.count - 1) * width, bytes, width, NULL) != SHOAL_OK)
        return false;
    shoal_cursor cursor = shoal_cursor_over(bytes, width);
    return shoal_metadata_offset(meta, shoal_cursor_address(&cursor, meta->offset_bytes), address);
}

static void follow_list(shoal_file *file, const shoal_found *found, const char *near,
                        const shoal_stored_attribute *list, int rank, char **paths)
{
    const shoal_datatype *type = list->type;
    uint64_t address;
    if (type->class_ != SHOAL_CLASS_SEQUENCE || type->base->class_ != SHOAL_CLASS_REFERENCE ||
        list->space.rank != 1)
        return;
    if (list->space.shape[0] < (uint64_t)rank) rank = (int)list->space.shape[0];
    for (int k = 0; k < rank; k++)
        if (last_reference(found->meta, list->bytes + (size_t)k * type->n_bytes, &address))
            paths[k] = known_path_of(file, near, address);
}

static bool is_scale(const shoal_found *found)
{
    char *class_ = NULL;
    bool is = shoal_found_attribute_text(found, "CLASS", &class_, NULL) == SHOAL_OK && class_ &&
              strcmp(class_, "DIMENSION_SCALE") == 0;
    free(class_);
    return is;
}

shoal_status shoal_dimension_scales(shoal_file *file, const char *path, int rank, char **paths,
                                    shoal_error *err)
{
    shoal_found found;
    shoal_stored_attribute list;
    bool there;
    for (int k = 0; k < rank; k++) paths[k] = NULL;
    shoal_status status = shoal_object_find(file, path, &found, err);
    if (status != SHOAL_OK) return status;
    if (rank == 1 && is_scale(&found)) {
        paths[0] = strdup(path);
    } else if (shoal_attribute_find(found.meta, &found.header, "DIMENSION_LIST", &there, &list,
                                    NULL) == SHOAL_OK &&
               there) {
        follow_list(file, &found, path, &list, rank, paths);
        shoal_attribute_clear(&list);
    }
    shoal_found_release(&found);
    return SHOAL_OK;
}

/* ---- Names ---- */

/* h5py's labels name axes that have no scale. */
static void take_labels(const shoal_dataset *dataset, char **names)
{
    char **labels = NULL;
    size_t n = 0;
    if (shoal_file_attribute_texts(dataset->file, dataset->path, "DIMENSION_LABELS", &labels, &n,
                                   NULL) != SHOAL_OK)
        return;
    for (int k = 0; k < dataset->grid.rank && (size_t)k < n; k++)
        if (!names[k] && labels[k][0]) names[k] = strdup(labels[k]);
    shoal_texts_free(labels, n);
}

void shoal_describe_dimensions(shoal_dataset *dataset)
{
    shoal_description *description = shoal_description_of(dataset);
    char *paths[SHOAL_MAX_RANK] = {NULL}, *names[SHOAL_MAX_RANK] = {NULL};
    int rank = dataset->grid.rank - dataset->extra_rank;
    pthread_mutex_lock(&dataset->file->lock);
    bool complete = description->complete;
    pthread_mutex_unlock(&dataset->file->lock);
    if (complete) return;
    (void)shoal_dimension_scales(dataset->file, dataset->path, rank, paths, NULL);
    for (int k = 0; k < rank; k++) {
        if (paths[k]) names[k] = strdup(shoal_cf_last_part(paths[k]));
        free(paths[k]);
    }
    take_labels(dataset, names);
    shoal_cf_words words;
    shoal_cf_describe(dataset, &words);
    pthread_mutex_lock(&dataset->file->lock);
    for (int k = 0; k < SHOAL_MAX_RANK; k++) {
        if (description->complete)
            free(names[k]);
        else
            description->dimensions[k] = names[k];
    }
    if (!description->complete) description->cf = words;
    description->complete = true;
    pthread_mutex_unlock(&dataset->file->lock);
}
