#include "chunk/error.h"
#include "store/cf_select.h"
#include "store/file.h"
#include "store/matlab.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_on_disk(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0;
}

static bool is_prefix_on_disk(const char *text, size_t n)
{
    char *prefix = strndup(text, n);
    bool there = prefix && n > 0 && is_on_disk(prefix);
    free(prefix);
    return there;
}

/* Where the file's name ends in the first n bytes: at the last ":/" behind a name that is on disk,
   else at the last ":/"; n when there is none. */
static size_t file_end(const char *text, size_t n)
{
    size_t last = n;
    if (is_prefix_on_disk(text, n)) return n;
    for (size_t k = n; k-- > 1;) {
        if (text[k] != ':' || k + 1 >= n || text[k + 1] != '/') continue;
        if (last == n) last = k;
        if (is_prefix_on_disk(text, k)) return k;
    }
    return last;
}

/* Where the slice's '[' is; n when the text has no slice. */
static shoal_status find_slice(const char *text, size_t n, size_t *bracket, shoal_error *err)
{
    *bracket = n;
    if (n == 0 || text[n - 1] != ']' || is_on_disk(text)) return SHOAL_OK;
    const char *open = memrchr(text, '[', n);
    if (!open) return shoal_fail(err, SHOAL_USAGE, "%s: has a ']' without its '['", text);
    *bracket = (size_t)(open - text);
    return SHOAL_OK;
}

static char *part(const char *text, size_t begin, size_t end)
{
    return strndup(text + begin, end - begin);
}

shoal_status shoal_locator_split(const char *text, char **file, char **path, char **slice,
                                 shoal_error *err)
{
    size_t n = strlen(text), bracket;
    shoal_status status = find_slice(text, n, &bracket, err);
    if (status != SHOAL_OK) return status;
    size_t end = file_end(text, bracket);
    if (end == 0) return shoal_fail(err, SHOAL_USAGE, "'%s' names no file", text);
    const char *colon = memrchr(text, ':', bracket);
    if (end == bracket && colon && !is_prefix_on_disk(text, bracket) &&
        is_prefix_on_disk(text, (size_t)(colon - text)))
        return shoal_fail(err, SHOAL_USAGE,
                          "%s: a path inside a file starts with '/': did you mean %.*s:/%s?", text,
                          (int)(colon - text), text, colon + 1);
    char *parts[3] = {part(text, 0, end), NULL, NULL};
    if (end < bracket) parts[1] = part(text, end + 1, bracket);
    if (bracket < n) parts[2] = part(text, bracket + 1, n - 1);
    if (!parts[0] || (end < bracket && !parts[1]) || (bracket < n && !parts[2])) {
        for (int k = 0; k < 3; k++) free(parts[k]);
        return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    }
    *file = parts[0];
    *path = parts[1];
    *slice = parts[2];
    return SHOAL_OK;
}

/* ---- Opening what a locator names ---- */

enum { NAMES_SHOWN = 6 };

typedef struct only_dataset {
    char *path[NAMES_SHOWN];
    int n;
} only_dataset;

static int note_dataset(void *user, const shoal_object *object)
{
    only_dataset *found = user;
    if (object->kind != SHOAL_DATASET) return 0;
    if (found->n == NAMES_SHOWN) return 1;
    char *copy = strdup(object->path);
    if (copy) found->path[found->n++] = copy;
    return copy ? 0 : 1;
}

/* The path of the one dataset in a file, malloc'd. */
static shoal_status find_only(shoal_file *file, char **out, shoal_error *err)
{
    only_dataset found = {0};
    shoal_status status = shoal_file_visit(file, "/", note_dataset, &found, err);
    bool more = status == SHOAL_CANCELLED;
    if (status == SHOAL_OK || more) status = SHOAL_OK;
    char names[700] = "";
    size_t n = 0;
    for (int k = 0; k < found.n && n < sizeof names; k++)
        n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", k ? ", " : "", found.path[k]);
    if (status == SHOAL_OK && found.n == 0)
        status = shoal_fail(err, SHOAL_USAGE, "%s: holds no dataset", file->path);
    else if (status == SHOAL_OK && found.n > 1)
        status =
            shoal_fail(err, SHOAL_USAGE, "%s: holds several datasets, name one as %s:%s (%s%s)",
                       file->path, file->path, found.path[0], names, more ? ", ..." : "");
    if (status == SHOAL_OK) {
        *out = found.path[0];
        found.path[0] = NULL;
    }
    for (int k = 0; k < found.n; k++) free(found.path[k]);
    return status;
}

static shoal_status open_parts(const char *file_name, const char *path, const char *slice, bool raw,
                               shoal_file **file, shoal_dataset **dataset, shoal_region *region,
                               uint32_t *dropped, shoal_error *err)
{
    char *only = NULL;
    *file = NULL;
    *dataset = NULL;
    shoal_status status = shoal_file_open(file_name, file, err);
    if (status != SHOAL_OK) return status;
    if (!path) status = find_only(*file, &only, err);
    if (status == SHOAL_OK) status = shoal_dataset_open(*file, path ? path : only, dataset, err);
    free(only);
    if (status == SHOAL_OK) {
        const shoal_grid *grid = &(*dataset)->grid;
        *dropped = 0;
        shoal_region_all(grid->rank, grid->shape, region);
        bool reversed = false;
        if (slice && !raw) status = shoal_matlab_is(*dataset, &reversed, NULL, err);
        if (slice && !status)
            status = shoal_cf_slice(slice, *dataset, reversed, region, dropped, err);
        if (status != SHOAL_OK) shoal_fail_within(err, status, "%s", (*dataset)->name);
    }
    if (status == SHOAL_OK) return SHOAL_OK;
    shoal_dataset_close(*dataset);
    shoal_file_close(*file);
    return status;
}

shoal_status shoal_locator_open(const char *locator, bool raw, shoal_file **file,
                                shoal_dataset **dataset, shoal_region *region, uint32_t *dropped,
                                shoal_error *err)
{
    char *file_name, *path, *slice;
    shoal_file *opened_file;
    shoal_dataset *opened;
    shoal_status status = shoal_locator_split(locator, &file_name, &path, &slice, err);
    if (status != SHOAL_OK) return status;
    status = open_parts(file_name, path, slice, raw, &opened_file, &opened, region, dropped, err);
    if (status == SHOAL_OK) {
        *file = opened_file;
        *dataset = opened;
    }
    free(file_name);
    free(path);
    free(slice);
    return status;
}
