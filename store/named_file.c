#include "store/named_file.h"

#include "chunk/error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char origin[] = "${ORIGIN}";

typedef struct search {
    const char *name;
    const char *folder; /* of the file that names it: the first folder_n bytes, with a '/' */
    size_t folder_n;
    bool no_memory;
} search;

/* "FOLDER/NAME", or "BEGIN" and the two, when it is there; NULL when not. */
static char *try_path(search *s, const char *begin, size_t begin_n, const char *folder,
                      size_t folder_n)
{
    char *path = NULL;
    const char *slash = folder_n > 0 && folder[folder_n - 1] != '/' ? "/" : "";
    if (asprintf(&path, "%.*s%.*s%s%s", (int)begin_n, begin, (int)folder_n, folder, slash,
                 s->name) < 0) {
        s->no_memory = true;
        return NULL;
    }
    if (access(path, F_OK) == 0) return path;
    free(path);
    return NULL;
}

/* In each folder of a list. */
static char *try_prefixes(search *s, const char *list)
{
    char *found = NULL;
    while (list && *list && !found && !s->no_memory) {
        size_t n = strcspn(list, ":"), skip = sizeof origin - 1;
        if (n >= skip && strncmp(list, origin, skip) == 0)
            found = try_path(s, s->folder, s->folder_n, list + skip, n - skip);
        else if (n > 0)
            found = try_path(s, "", 0, list, n);
        list += n + (list[n] == ':');
    }
    return found;
}

/* Beside the file, where a link to it has led. */
static char *try_real_folder(search *s, const char *from)
{
    char *real = realpath(from, NULL), *found = NULL;
    char *slash = real ? strrchr(real, '/') : NULL;
    if (slash) found = try_path(s, "", 0, real, (size_t)(slash + 1 - real));
    free(real);
    return found;
}

shoal_status shoal_named_file(const char *name, const char *from, const char *prefixes,
                              shoal_lookup lookup, char **out, shoal_error *err)
{
    search s = {.name = name, .folder = from};
    const char *slash = strrchr(from, '/');
    char *found = NULL;
    if (!slash) s.folder = "./";
    s.folder_n = slash ? (size_t)(slash + 1 - from) : 2;
    if (name[0] == '/') {
        found = try_path(&s, "", 0, "", 0);
        s.name = strrchr(name, '/') + 1;
    }
    if (s.name[0] != '\0') {
        if (!found) found = try_prefixes(&s, getenv(prefixes));
        if (!found && lookup == SHOAL_LOOKUP_WORKING_FIRST) found = try_path(&s, "", 0, "", 0);
        if (!found) found = try_path(&s, "", 0, s.folder, s.folder_n);
        if (!found) found = try_path(&s, "", 0, "", 0);
        if (!found) found = try_real_folder(&s, from);
    }
    if (s.no_memory) {
        free(found);
        return shoal_fail(err, SHOAL_MEMORY, "no memory for a path");
    }
    *out = found;
    return SHOAL_OK;
}
