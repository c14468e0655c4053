#include "chunk/error.h"
#include "store/hdf5_kind.h"
#include "store/hdf5_lock.h"
#include "store/hdf5_path.h"
#include "store/hdf5_text.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 256 };

static shoal_object_kind group_kind(hid_t id, bool in_table)
{
    char *encoding = NULL;
    shoal_object_kind kind = SHOAL_GROUP;
    if (shoal_hdf5_attribute_text(id, "encoding-type", &encoding, NULL) != SHOAL_OK || !encoding)
        return SHOAL_GROUP;
    if (strcmp(encoding, "dataframe") == 0)
        kind = SHOAL_TABLE;
    else if (in_table &&
             (strcmp(encoding, "categorical") == 0 || strncmp(encoding, "nullable-", 9) == 0))
        kind = SHOAL_COLUMN;
    free(encoding);
    return kind;
}

shoal_status shoal_hdf5_kind(const shoal_file *file, const char *path, bool in_table,
                             shoal_object_kind *kind, H5O_info_t *info, shoal_error *err)
{
    hid_t id = H5Oopen(file->hdf5_id, path, H5P_DEFAULT);
    if (id < 0) return shoal_hdf5_fail(err, SHOAL_DATA, "%s:%s: damaged", file->path, path);
    if (H5Oget_info2(id, info, H5O_INFO_BASIC) < 0) {
        shoal_hdf5_fail(err, SHOAL_DATA, "%s:%s: damaged", file->path, path);
        H5Oclose(id);
        return SHOAL_DATA;
    }
    if (info->type == H5O_TYPE_GROUP)
        *kind = group_kind(id, in_table);
    else
        *kind = info->type == H5O_TYPE_DATASET ? SHOAL_DATASET : SHOAL_OTHER;
    H5Oclose(id);
    return SHOAL_OK;
}

static bool parent_is_table(const shoal_file *file, const char *path)
{
    shoal_object_kind kind = SHOAL_OTHER;
    H5O_info_t info;
    const char *slash = strrchr(path, '/');
    char *parent = strndup(path, slash == path ? 1 : (size_t)(slash - path));
    if (parent && path[1]) shoal_hdf5_kind(file, parent, false, &kind, &info, NULL);
    free(parent);
    return kind == SHOAL_TABLE;
}

shoal_status shoal_file_kind(shoal_file *file, const char *path, shoal_object_kind *kind,
                             shoal_error *err)
{
    char *absolute = shoal_path_absolute(path);
    if (!absolute) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status;
    if (file->is_npy) {
        status = absolute[1] == '\0'
                     ? SHOAL_OK
                     : shoal_fail(err, SHOAL_USAGE, "%s has no %s: an .npy file is one dataset, /",
                                  file->path, absolute);
        if (status == SHOAL_OK) *kind = SHOAL_DATASET;
        free(absolute);
        return status;
    }
    H5O_info_t info;
    shoal_hdf5_lock();
    status = shoal_hdf5_path_check(file, absolute, err);
    if (status == SHOAL_OK)
        status = shoal_hdf5_kind(file, absolute, parent_is_table(file, absolute), kind, &info, err);
    shoal_hdf5_unlock();
    free(absolute);
    return status;
}

/* ---- Visiting ---- */

/* Addresses of objects that can be met again: a set with open addressing. */
typedef struct address_set {
    uint64_t *slot; /* address + 1; 0 is free */
    size_t n, capacity;
} address_set;

static size_t place_of(const address_set *set, uint64_t key)
{
    size_t k = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (set->capacity - 1);
    while (set->slot[k] != 0 && set->slot[k] != key) k = (k + 1) & (set->capacity - 1);
    return k;
}

static bool grow_set(address_set *set)
{
    address_set grown = {.n = set->n, .capacity = set->capacity ? set->capacity * 2 : 64};
    grown.slot = calloc(grown.capacity, sizeof *grown.slot);
    if (!grown.slot) return false;
    for (size_t k = 0; k < set->capacity; k++)
        if (set->slot[k]) grown.slot[place_of(&grown, set->slot[k])] = set->slot[k];
    free(set->slot);
    *set = grown;
    return true;
}

/* *is_new tells whether the address was not there before. False without memory. */
static bool add_address(address_set *set, uint64_t address, bool *is_new)
{
    if (2 * set->n >= set->capacity && !grow_set(set)) return false;
    size_t k = place_of(set, address + 1);
    *is_new = set->slot[k] == 0;
    if (*is_new) set->n++;
    set->slot[k] = address + 1;
    return true;
}

typedef struct visit {
    shoal_file *file;
    int (*visitor)(void *user, const shoal_object *object);
    void *user;
    address_set seen;
} visit;

static shoal_status tell(const visit *v, const char *path, shoal_object_kind kind, int depth,
                         shoal_error *err)
{
    shoal_object object = {.path = path, .kind = kind, .depth = depth};
    if (v->visitor(v->user, &object) == 0) return SHOAL_OK;
    return shoal_fail(err, SHOAL_CANCELLED, "%s: cancelled", v->file->path);
}

/* Finds the object's kind; *known when it was visited before. */
static shoal_status look(visit *v, const char *path, bool in_table, shoal_object_kind *kind,
                         bool *known, shoal_error *err)
{
    H5O_info_t info;
    bool is_new = true, has_room = true;
    shoal_hdf5_lock();
    shoal_status status = shoal_hdf5_kind(v->file, path, in_table, kind, &info, err);
    shoal_hdf5_unlock();
    if (status != SHOAL_OK) return status;
    if (info.type == H5O_TYPE_GROUP || info.rc > 1)
        has_room = add_address(&v->seen, info.addr, &is_new);
    *known = !is_new;
    return has_room ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "%s: out of memory", v->file->path);
}

static shoal_status visit_object(visit *v, const char *path, bool in_table, int depth,
                                 shoal_error *err);

static shoal_status visit_link(visit *v, const char *parent, const shoal_link *link, bool in_table,
                               int depth, shoal_error *err)
{
    char *path = shoal_path_join(parent, link->name);
    if (!path) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = link->is_hard ? visit_object(v, path, in_table, depth, err)
                                        : tell(v, path, SHOAL_OTHER, depth, err);
    free(path);
    return status;
}

/* The lock is not held while the visitor runs: it may well open datasets in other threads. */
static shoal_status visit_object(visit *v, const char *path, bool in_table, int depth,
                                 shoal_error *err)
{
    shoal_object_kind kind;
    bool known;
    shoal_status status = look(v, path, in_table, &kind, &known, err);
    if (status != SHOAL_OK || known) return status;
    status = tell(v, path, kind, depth, err);
    if (status != SHOAL_OK || kind == SHOAL_DATASET || kind == SHOAL_OTHER) return status;
    if (depth == MAX_DEPTH)
        return shoal_fail(err, SHOAL_DATA, "%s: groups are nested deeper than %d", v->file->path,
                          MAX_DEPTH);
    shoal_links links = {0};
    shoal_hdf5_lock();
    status = shoal_hdf5_links(v->file, path, SIZE_MAX, &links, err);
    shoal_hdf5_unlock();
    for (size_t k = 0; status == SHOAL_OK && k < links.n; k++)
        status = visit_link(v, path, &links.link[k], kind == SHOAL_TABLE, depth + 1, err);
    shoal_links_free(&links);
    return status;
}

shoal_status shoal_file_visit(shoal_file *file, const char *path,
                              int (*visitor)(void *user, const shoal_object *object), void *user,
                              shoal_error *err)
{
    visit v = {.file = file, .visitor = visitor, .user = user};
    char *absolute = shoal_path_absolute(path ? path : "/");
    if (!absolute) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_object_kind kind;
    shoal_status status = shoal_file_kind(file, absolute, &kind, err);
    if (status == SHOAL_OK && file->is_npy) {
        status = tell(&v, "/", SHOAL_DATASET, 0, err);
    } else if (status == SHOAL_OK) {
        shoal_hdf5_lock();
        bool in_table = parent_is_table(file, absolute);
        shoal_hdf5_unlock();
        status = visit_object(&v, absolute, in_table, 0, err);
    }
    free(v.seen.slot);
    free(absolute);
    return status;
}
