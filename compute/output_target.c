#include "compute/output_target.h"

#include "chunk/error.h"
#include "store/file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct target {
    const char *file, *path;
    bool path_given, file_exists, object_exists;
    bool alone; /* the file holds nothing beside the object */
} target;

/* Is `part` the path itself, above it or below it? */
static bool is_on_path(const char *path, const char *part)
{
    size_t n = strlen(part), m = strlen(path);
    if (n == 1) return true; /* the root */
    size_t common = n < m ? n : m;
    if (strncmp(path, part, common) != 0) return false;
    return n == m || (n < m ? path[n] : part[m]) == '/';
}

static int find_other(void *user, const shoal_object *object)
{
    return !is_on_path(user, object->path);
}

static int find_any(void *user, const shoal_attribute *attribute)
{
    (void)user;
    (void)attribute;
    return 1;
}

/* Looks without a writer, as opening one for an update copies the whole file. */
static shoal_status look(target *t, shoal_error *err)
{
    struct stat st;
    t->file_exists = stat(t->file, &st) == 0;
    t->object_exists = false;
    if (!t->file_exists || !t->path_given) return SHOAL_OK;
    shoal_file *file = NULL;
    shoal_status status = shoal_file_open(t->file, &file, err);
    if (status) return status;
    shoal_object_kind kind;
    t->object_exists = shoal_file_kind(file, t->path, &kind, NULL) == SHOAL_OK;
    char *clean = strdup(t->path);
    t->alone = clean && t->object_exists &&
               shoal_file_visit(file, "/", find_other, clean, NULL) == SHOAL_OK &&
               shoal_attribute_visit(file, "/", find_any, NULL, NULL) == SHOAL_OK;
    free(clean);
    shoal_file_close(file);
    return SHOAL_OK;
}

static shoal_status choose_mode(const target *t, bool overwrite, bool append,
                                shoal_write_mode *mode, bool *replace, shoal_error *err)
{
    *replace = false;
    *mode = t->path_given || append ? SHOAL_UPDATE : SHOAL_CREATE;
    if (append || !t->file_exists) return SHOAL_OK;
    if (!t->path_given) {
        *mode = SHOAL_OVERWRITE;
        if (overwrite) return SHOAL_OK;
        return shoal_fail(err, SHOAL_USAGE,
                          "%s exists; use -f to overwrite it, or %s:/NAME to add "
                          "to it",
                          t->file, t->file);
    }
    if (t->object_exists && !overwrite)
        return shoal_fail(err, SHOAL_USAGE, "%s:%s exists; use -f to overwrite it", t->file,
                          t->path);
    /* with nothing else to keep, a new file leaves no hole where the old object was */
    if (t->alone) *mode = SHOAL_OVERWRITE;
    *replace = t->object_exists && !t->alone;
    return SHOAL_OK;
}

/* Checks the parts of the locator and fills in the defaults. */
static shoal_status check_parts(const char *locator, const char *default_path, const char *file,
                                char **path, const char *slice, target *t, shoal_error *err)
{
    if (slice) return shoal_fail(err, SHOAL_USAGE, "%s: an output takes no slice", locator);
    if (!file || !*file)
        return shoal_fail(err, SHOAL_USAGE, "the output '%s' names no file", locator);
    t->path_given = *path && strcmp(*path, "/") != 0;
    if (!t->path_given) {
        free(*path);
        *path = strdup(default_path);
        if (!*path) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    }
    t->file = file;
    t->path = *path;
    return SHOAL_OK;
}

shoal_status shoal_output_open(const char *locator, const char *default_path, bool overwrite,
                               bool append, shoal_writer **writer, char **path, bool *replace,
                               shoal_error *err)
{
    char *file = NULL, *inside = NULL, *slice = NULL;
    target t = {0};
    shoal_write_mode mode = SHOAL_CREATE;
    bool replaced = false;
    if (!locator || !*locator) return shoal_fail(err, SHOAL_USAGE, "no output is given");
    shoal_status status = shoal_locator_split(locator, &file, &inside, &slice, err);
    if (!status) status = check_parts(locator, default_path, file, &inside, slice, &t, err);
    if (!status) status = look(&t, err);
    if (!status) status = choose_mode(&t, overwrite, append, &mode, &replaced, err);
    if (!status) status = shoal_writer_open(file, mode, writer, err);
    if (!status) {
        *path = inside;
        inside = NULL;
        if (replace) *replace = replaced;
    }
    free(file);
    free(inside);
    free(slice);
    return status;
}
