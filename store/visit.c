/* Walking over the objects of a file. */
#include "chunk/error.h"
#include "store/metadata/links.h"
#include "store/object.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 256 };

static bool parent_is_table(shoal_file *file, const char *path)
{
    shoal_object_kind kind = SHOAL_OTHER;
    shoal_found found;
    const char *slash = strrchr(path, '/');
    char *parent = strndup(path, slash == path ? 1 : (size_t)(slash - path));
    if (parent && path[1] && shoal_object_find(file, parent, &found, NULL) == SHOAL_OK) {
        kind = shoal_found_kind(&found, false);
        shoal_found_release(&found);
    }
    free(parent);
    return kind == SHOAL_TABLE;
}

static shoal_status npy_kind(const shoal_file *file, const char *path, shoal_object_kind *kind,
                             shoal_error *err)
{
    *kind = SHOAL_DATASET;
    if (path[1] == '\0') return SHOAL_OK;
    return shoal_fail(err, SHOAL_USAGE, "%s has no %s: an .npy file is one dataset, /", file->path,
                      path);
}

shoal_status shoal_file_kind(shoal_file *file, const char *path, shoal_object_kind *kind,
                             shoal_error *err)
{
    char *absolute = shoal_path_absolute(path);
    if (!absolute) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_found found;
    shoal_status status;
    if (file->is_npy) {
        status = npy_kind(file, absolute, kind, err);
    } else {
        status = shoal_object_find(file, absolute, &found, err);
        if (status == SHOAL_OK) {
            *kind = shoal_found_kind(&found, parent_is_table(file, absolute));
            shoal_found_release(&found);
        }
    }
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
    const shoal_metadata *meta; /* links to other files are shown, not followed */
    int (*visitor)(void *user, const shoal_object *object);
    int (*damage)(void *user, const char *path,
                  const shoal_error *error); /* NULL: ends the visit */
    void *user;
    address_set seen;
} visit;

/* What is damaged below `path` does not keep the rest from being visited, where that is wanted. */
static shoal_status go_on(const visit *v, const char *path, shoal_status status, shoal_error *error)
{
    if (status != SHOAL_DATA || !v->damage) return status;
    if (v->damage(v->user, path, error) == 0) return SHOAL_OK;
    return shoal_fail(error, SHOAL_CANCELLED, "%s: cancelled", v->file->path);
}

static shoal_status tell(const visit *v, const char *path, shoal_object_kind kind, int depth,
                         shoal_error *err)
{
    shoal_object object = {.path = path, .kind = kind, .depth = depth};
    if (v->visitor(v->user, &object) == 0) return SHOAL_OK;
    return shoal_fail(err, SHOAL_CANCELLED, "%s: cancelled", v->file->path);
}

static shoal_status visit_object(visit *v, const char *path, shoal_found *found, bool in_table,
                                 int depth, shoal_error *err);

static shoal_status visit_link(visit *v, const char *parent, const shoal_link *link, bool in_table,
                               int depth, shoal_error *err)
{
    shoal_found found;
    char *path = shoal_path_join(parent, link->name);
    if (!path) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status;
    if (link->kind == SHOAL_LINK_HARD) {
        status = shoal_object_at(v->file, v->meta, link->address, path, &found, err);
        if (status == SHOAL_OK) status = visit_object(v, path, &found, in_table, depth, err);
        status = go_on(v, path, status, err);
    } else {
        status = tell(v, path, SHOAL_OTHER, depth, err);
    }
    free(path);
    return status;
}

/* The children of a group whose header is no longer needed behind the listing. */
static shoal_status visit_children(visit *v, const char *path, shoal_found *found, bool in_table,
                                   int depth, shoal_error *err)
{
    shoal_links links = {0};
    shoal_status status = SHOAL_OK;
    if (depth == MAX_DEPTH)
        status = shoal_fail(err, SHOAL_DATA, "%s: groups are nested deeper than %d", v->file->path,
                            MAX_DEPTH);
    if (status == SHOAL_OK)
        status = shoal_links_read(v->meta, &found->header, SIZE_MAX, &links, err);
    shoal_found_release(found);
    if (status == SHOAL_DATA && depth < MAX_DEPTH)
        shoal_fail_within(err, status, "%s:%s: the names in it cannot be read", v->file->path,
                          path);
    for (size_t k = 0; status == SHOAL_OK && k < links.n; k++)
        status = visit_link(v, path, &links.link[k], in_table, depth + 1, err);
    shoal_links_free(&links);
    return status;
}

/* Releases *found. */
static shoal_status visit_object(visit *v, const char *path, shoal_found *found, bool in_table,
                                 int depth, shoal_error *err)
{
    shoal_object_kind kind = shoal_found_kind(found, in_table);
    bool is_new = true, has_room = true, is_leaf = kind == SHOAL_DATASET || kind == SHOAL_OTHER;
    if (!is_leaf || found->header.n_links > 1)
        has_room = add_address(&v->seen, found->header.address, &is_new);
    shoal_status status = SHOAL_OK;
    if (!has_room) status = shoal_fail(err, SHOAL_MEMORY, "%s: out of memory", v->file->path);
    if (status == SHOAL_OK && is_new) status = tell(v, path, kind, depth, err);
    if (status == SHOAL_OK && is_new && !is_leaf)
        return visit_children(v, path, found, kind == SHOAL_TABLE, depth, err);
    shoal_found_release(found);
    return status;
}

shoal_status shoal_file_visit_past(shoal_file *file, const char *path,
                                   int (*visitor)(void *user, const shoal_object *object),
                                   int (*damage)(void *user, const char *path,
                                                 const shoal_error *error),
                                   void *user, shoal_error *err)
{
    visit v = {.file = file, .visitor = visitor, .damage = damage, .user = user};
    char *absolute = shoal_path_absolute(path ? path : "/");
    if (!absolute) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_found found;
    shoal_object_kind kind;
    shoal_status status;
    if (file->is_npy) {
        status = npy_kind(file, absolute, &kind, err);
        if (status == SHOAL_OK) status = tell(&v, "/", kind, 0, err);
    } else {
        status = shoal_object_find(file, absolute, &found, err);
        v.meta = found.meta;
        if (status == SHOAL_OK)
            status = visit_object(&v, absolute, &found, parent_is_table(file, absolute), 0, err);
        status = go_on(&v, absolute, status, err);
    }
    free(v.seen.slot);
    free(absolute);
    return status;
}

shoal_status shoal_file_visit(shoal_file *file, const char *path,
                              int (*visitor)(void *user, const shoal_object *object), void *user,
                              shoal_error *err)
{
    return shoal_file_visit_past(file, path, visitor, NULL, user, err);
}
