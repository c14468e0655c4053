#include "store/object.h"

#include "chunk/error.h"
#include "store/attribute_value.h"
#include "store/metadata/attribute.h"
#include "store/metadata/links.h"
#include "store/metadata/resolve.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HINT_LINKS = 4096, NAMES_SHOWN = 8 };

/* ---- Paths ---- */

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

char *shoal_path_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash > path ? strndup(path, (size_t)(slash - path)) : strdup("/");
}

/* ---- What a header is of ---- */

bool shoal_found_is_group(const shoal_found *found)
{
    return shoal_is_group(&found->header);
}

bool shoal_found_is_dataset(const shoal_found *found)
{
    return shoal_object_header_find(&found->header, SHOAL_MESSAGE_DATATYPE) &&
           shoal_object_header_find(&found->header, SHOAL_MESSAGE_DATASPACE);
}

shoal_status shoal_found_attribute_text(const shoal_found *found, const char *name, char **out,
                                        shoal_error *err)
{
    shoal_stored_attribute attribute;
    bool there = false;
    *out = NULL;
    shoal_status status =
        shoal_attribute_find(found->meta, &found->header, name, &there, &attribute, err);
    if (status != SHOAL_OK || !there) return status;
    status = shoal_attribute_as_text(found->meta, &attribute, out, err);
    shoal_attribute_clear(&attribute);
    return status == SHOAL_OK ? status : shoal_fail_within(err, status, "attribute %s", name);
}

shoal_object_kind shoal_found_kind(const shoal_found *found, bool in_table)
{
    char *encoding = NULL;
    shoal_object_kind kind = SHOAL_GROUP;
    if (!shoal_found_is_group(found))
        return shoal_found_is_dataset(found) ? SHOAL_DATASET : SHOAL_OTHER;
    if (shoal_found_attribute_text(found, "encoding-type", &encoding, NULL) != SHOAL_OK ||
        !encoding)
        return SHOAL_GROUP;
    if (strcmp(encoding, "dataframe") == 0)
        kind = SHOAL_TABLE;
    else if (in_table &&
             (strcmp(encoding, "categorical") == 0 || strncmp(encoding, "nullable-", 9) == 0))
        kind = SHOAL_COLUMN;
    free(encoding);
    return kind;
}

/* ---- Hints ---- */

/* "a, b, c, ..." */
static void list_names(const shoal_links *links, char *text, size_t capacity)
{
    size_t n = 0;
    text[0] = '\0';
    for (size_t k = 0; k < links->n && k < NAMES_SHOWN && n < capacity; k++)
        n += (size_t)snprintf(text + n, capacity - n, "%s%s", k ? ", " : "", links->link[k].name);
    if (links->n > NAMES_SHOWN && n < capacity) snprintf(text + n, capacity - n, ", ...");
}

/* Fails with what is near the name that the group which was reached has not. */
static shoal_status fail_absent(const shoal_file *file, const char *path, const shoal_resolved *at,
                                shoal_error *err)
{
    shoal_object_header header = {0};
    shoal_links links = {0};
    const char **words = NULL;
    char names[400];
    if (shoal_object_header_read(at->meta, at->address, &header, NULL) == SHOAL_OK &&
        shoal_links_read(at->meta, &header, HINT_LINKS, &links, NULL) == SHOAL_OK && links.n > 0)
        words = malloc(links.n * sizeof *words);
    for (size_t k = 0; words && k < links.n; k++) words[k] = links.link[k].name;
    char *name = strndup(path + at->name_at, at->name_n);
    const char *near = words && name ? shoal_nearest_word(name, words, links.n) : NULL;
    int n = (int)at->used;
    list_names(&links, names, sizeof names);
    if (near)
        shoal_fail(err, SHOAL_USAGE, "%s has no %s: did you mean %.*s/%s?", file->path, path, n,
                   path, near);
    else if (links.n > 0)
        shoal_fail(err, SHOAL_USAGE, "%s has no %s: %.*s holds %s", file->path, path, n ? n : 1,
                   path, names);
    else
        shoal_fail(err, SHOAL_USAGE, "%s has no %s: %.*s is empty", file->path, path, n ? n : 1,
                   path);
    free(name);
    free(words);
    shoal_links_free(&links);
    shoal_object_header_free(&header);
    return SHOAL_USAGE;
}

static shoal_status fail_dangling(const shoal_file *file, const char *path,
                                  const shoal_resolved *at, shoal_error *err)
{
    return shoal_fail(err, SHOAL_USAGE, "%s:%.*s: is a link that leads nowhere%s%s", file->path,
                      (int)(at->name_at + at->name_n), path, at->why[0] ? ": " : "", at->why);
}

/* ---- Finding ---- */

shoal_status shoal_object_at(const shoal_file *file, const shoal_metadata *meta, uint64_t address,
                             const char *path, shoal_found *out, shoal_error *err)
{
    *out = (shoal_found){.meta = meta};
    shoal_status status = shoal_object_header_read(meta, address, &out->header, err);
    if (status == SHOAL_OK) return status;
    return shoal_fail_within(err, status, "%s:%s: damaged", file->path, path);
}

/* Compounds, and arrays of them, have members. */
static bool has_members(const shoal_found *found)
{
    const shoal_message *type = shoal_object_header_find(&found->header, SHOAL_MESSAGE_DATATYPE);
    int class_ = type && type->n > 0 ? type->bytes[0] & 0x0F : -1;
    return shoal_found_is_dataset(found) &&
           (class_ == SHOAL_CLASS_COMPOUND || class_ == SHOAL_CLASS_ARRAY);
}

/* What was reached is no group: only a dataset of compounds may be followed by more of the path. */
static shoal_status check_rest(const shoal_file *file, const char *path, const shoal_resolved *at,
                               shoal_found *out, shoal_error *err)
{
    out->rest = path + at->name_at;
    if (has_members(out)) return SHOAL_OK;
    shoal_found_release(out);
    return shoal_fail(err, SHOAL_USAGE, "%s has no %s: %.*s is not a group", file->path, path,
                      (int)at->used, path);
}

shoal_status shoal_object_find(shoal_file *file, const char *path, shoal_found *out,
                               shoal_error *err)
{
    shoal_resolved at;
    *out = (shoal_found){0};
    pthread_mutex_lock(&file->lock);
    shoal_status status = shoal_resolve(&file->meta, path, &file->linked, &at, err);
    pthread_mutex_unlock(&file->lock);
    if (status != SHOAL_OK) return shoal_fail_within(err, status, "%s:%s", file->path, path);
    if (at.result == SHOAL_RESOLVED_ABSENT) return fail_absent(file, path, &at, err);
    if (at.result == SHOAL_RESOLVED_DANGLING) return fail_dangling(file, path, &at, err);
    status = shoal_object_at(file, at.meta, at.address, path, out, err);
    if (status == SHOAL_OK && at.result == SHOAL_RESOLVED_PART)
        status = check_rest(file, path, &at, out, err);
    return status;
}

void shoal_found_release(shoal_found *found)
{
    shoal_object_header_free(&found->header);
    *found = (shoal_found){0};
}
