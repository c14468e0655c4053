#include "store/hdf5_path.h"

#include "chunk/error.h"
#include "store/hdf5_lock.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HINT_LINKS = 4096, NAMES_SHOWN = 8 };

char *shoal_path_absolute(const char *path)
{
    char *out = malloc(strlen(path) + 2);
    if (!out) return NULL;
    char *to = out;
    *to++ = '/';
    for (; *path; path++)
        if (*path != '/' || to[-1] != '/') *to++ = *path;
    if (to > out + 1 && to[-1] == '/') to--;
    *to = '\0';
    return out;
}

char *shoal_path_join(const char *parent, const char *name)
{
    char *out;
    const char *between = parent[0] == '/' && parent[1] == '\0' ? "" : "/";
    return asprintf(&out, "%s%s%s", parent, between, name) < 0 ? NULL : out;
}

typedef struct link_collector {
    shoal_links *links;
    size_t limit;
    bool no_memory;
} link_collector;

static herr_t collect_link(hid_t group, const char *name, const H5L_info_t *info, void *user)
{
    (void)group;
    link_collector *collector = user;
    shoal_links *links = collector->links;
    if (links->n == collector->limit) return 1;
    if (links->n == links->capacity) {
        size_t wanted = links->capacity < 16 ? 16 : links->capacity * 2;
        shoal_link *grown = realloc(links->link, wanted * sizeof *grown);
        collector->no_memory = !grown;
        if (!grown) return -1;
        links->link = grown;
        links->capacity = wanted;
    }
    char *copy = strdup(name);
    collector->no_memory = !copy;
    if (!copy) return -1;
    links->link[links->n++] = (shoal_link){.name = copy, .is_hard = info->type == H5L_TYPE_HARD};
    return 0;
}

void shoal_links_free(shoal_links *links)
{
    for (size_t k = 0; k < links->n; k++) free(links->link[k].name);
    free(links->link);
    *links = (shoal_links){0};
}

shoal_status shoal_hdf5_links(const shoal_file *file, const char *group, size_t limit,
                              shoal_links *out, shoal_error *err)
{
    shoal_links links = {0};
    link_collector collector = {.links = &links, .limit = limit};
    hsize_t at = 0;
    hid_t id = H5Gopen2(file->hdf5_id, group, H5P_DEFAULT);
    if (id < 0)
        return shoal_hdf5_fail(err, SHOAL_DATA, "%s:%s: cannot be opened", file->path, group);
    shoal_status status = SHOAL_OK;
    if (H5Literate(id, H5_INDEX_NAME, H5_ITER_INC, &at, collect_link, &collector) < 0) {
        status = collector.no_memory
                     ? shoal_fail(err, SHOAL_MEMORY, "%s:%s: out of memory", file->path, group)
                     : shoal_hdf5_fail(err, SHOAL_DATA, "%s:%s: the names in it cannot be read",
                                       file->path, group);
        shoal_links_free(&links);
    }
    H5Gclose(id);
    if (status == SHOAL_OK) *out = links;
    return status;
}

/* "a, b, c, ..." */
static void list_names(const shoal_links *links, char *text, size_t capacity)
{
    size_t n = 0;
    text[0] = '\0';
    for (size_t k = 0; k < links->n && k < NAMES_SHOWN && n < capacity; k++)
        n += (size_t)snprintf(text + n, capacity - n, "%s%s", k ? ", " : "", links->link[k].name);
    if (links->n > NAMES_SHOWN && n < capacity) snprintf(text + n, capacity - n, ", ...");
}

/* Fails with what is near the missing `name` in `group`. */
static shoal_status fail_with_hint(const shoal_file *file, const char *path, const char *group,
                                   const char *name, shoal_error *err)
{
    shoal_links links = {0};
    const char **words = NULL;
    char names[400];
    if (shoal_hdf5_links(file, group, HINT_LINKS, &links, NULL) == SHOAL_OK && links.n > 0)
        words = malloc(links.n * sizeof *words);
    for (size_t k = 0; words && k < links.n; k++) words[k] = links.link[k].name;
    const char *near = words ? shoal_nearest_word(name, words, links.n) : NULL;
    list_names(&links, names, sizeof names);
    const char *slash = strcmp(group, "/") == 0 ? "" : "/";
    if (near)
        shoal_fail(err, SHOAL_USAGE, "%s has no %s: did you mean %s%s%s?", file->path, path, group,
                   slash, near);
    else if (links.n > 0)
        shoal_fail(err, SHOAL_USAGE, "%s has no %s: %s holds %s", file->path, path, group, names);
    else
        shoal_fail(err, SHOAL_USAGE, "%s has no %s: %s is empty", file->path, path, group);
    free(words);
    shoal_links_free(&links);
    return SHOAL_USAGE;
}

static bool is_group(const shoal_file *file, const char *path)
{
    H5O_info_t info;
    return H5Oget_info_by_name2(file->hdf5_id, path, &info, H5O_INFO_BASIC, H5P_DEFAULT) >= 0 &&
           info.type == H5O_TYPE_GROUP;
}

/* Checks one step: prefix is group + "/" + name. */
static shoal_status check_step(const shoal_file *file, const char *path, const char *group,
                               const char *prefix, shoal_error *err)
{
    const char *name = strrchr(prefix, '/') + 1;
    htri_t linked = H5Lexists(file->hdf5_id, prefix, H5P_DEFAULT);
    if (linked < 0) return shoal_hdf5_fail(err, SHOAL_DATA, "%s:%s", file->path, prefix);
    if (!linked) return fail_with_hint(file, path, group, name, err);
    if (H5Oexists_by_name(file->hdf5_id, prefix, H5P_DEFAULT) <= 0)
        return shoal_fail(err, SHOAL_USAGE, "%s:%s: is a link that leads nowhere", file->path,
                          prefix);
    if (strlen(prefix) < strlen(path) && !is_group(file, prefix))
        return shoal_fail(err, SHOAL_USAGE, "%s has no %s: %s is not a group", file->path, path,
                          prefix);
    return SHOAL_OK;
}

shoal_status shoal_hdf5_path_check(const shoal_file *file, const char *path, shoal_error *err)
{
    char *prefix = strdup(path), *group = strdup("/");
    shoal_status status = SHOAL_OK;
    if (!prefix || !group) status = shoal_fail(err, SHOAL_MEMORY, "out of memory");
    for (size_t k = 1; status == SHOAL_OK && path[1] && k <= strlen(path); k++) {
        if (path[k] != '/' && path[k] != '\0') continue;
        prefix[k] = '\0';
        status = check_step(file, path, group, prefix, err);
        free(group);
        group = strdup(prefix);
        if (!group) status = shoal_fail(err, SHOAL_MEMORY, "out of memory");
        prefix[k] = path[k];
    }
    free(prefix);
    free(group);
    return status;
}
