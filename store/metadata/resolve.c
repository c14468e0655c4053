#include "store/metadata/resolve.h"

#include "chunk/error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct place {
    const shoal_metadata *meta;
    uint64_t address;
} place;

typedef struct walk {
    shoal_linked_files *files;
    int links_left; /* soft and external links that may still be followed, which ends circles */
} walk;

static shoal_status follow_path(walk *w, place from, const char *path, shoal_resolved *out,
                                shoal_error *err);

static void dangle(shoal_resolved *out, const char *kind, const char *target)
{
    out->result = SHOAL_RESOLVED_DANGLING;
    snprintf(out->why, sizeof out->why, "%s%s", kind, target);
}

/* Follows a link's target, a path, from a place. */
static shoal_status follow_target(walk *w, place from, const char *target, place *to,
                                  shoal_resolved *out, shoal_error *err)
{
    shoal_resolved inner;
    shoal_status status = follow_path(w, from, target, &inner, err);
    if (status != SHOAL_OK) return status;
    *to = (place){inner.meta, inner.address};
    if (inner.result == SHOAL_RESOLVED_WHOLE) return SHOAL_OK;
    dangle(out, "", target);
    if (inner.result == SHOAL_RESOLVED_DANGLING) memcpy(out->why, inner.why, sizeof out->why);
    return SHOAL_OK;
}

static shoal_status follow_external(walk *w, place group, const shoal_link *link, place *to,
                                    shoal_resolved *out, shoal_error *err)
{
    const shoal_metadata *meta =
        w->files ? shoal_linked_file_open(w->files, group.meta, link->target_file) : NULL;
    if (!meta) {
        dangle(out, "the file ", link->target_file);
        return SHOAL_OK;
    }
    return follow_target(w, (place){meta, meta->root}, link->target, to, out, err);
}

static shoal_status follow_link(walk *w, place group, const shoal_link *link, place *to,
                                shoal_resolved *out, shoal_error *err)
{
    if (link->kind == SHOAL_LINK_HARD) {
        *to = (place){group.meta, link->address};
        return SHOAL_OK;
    }
    if (link->kind == SHOAL_LINK_OTHER) {
        dangle(out, "a link of a kind that is not known", "");
        return SHOAL_OK;
    }
    if (w->links_left == 0) {
        dangle(out, "a circle, or too many links, at ", link->target);
        return SHOAL_OK;
    }
    w->links_left--;
    if (link->kind == SHOAL_LINK_EXTERNAL) return follow_external(w, group, link, to, out, err);
    return follow_target(w, group, link->target, to, out, err);
}

/* One name in the object at `at`, which is replaced by what the name leads to. */
static shoal_status step(walk *w, place *at, const char *name, shoal_resolved *out,
                         shoal_error *err)
{
    shoal_object_header header;
    shoal_link link;
    bool found = false;
    shoal_status status = shoal_object_header_read(at->meta, at->address, &header, err);
    if (status != SHOAL_OK) return status;
    if (!shoal_is_group(&header))
        out->result = SHOAL_RESOLVED_PART;
    else
        status = shoal_link_find(at->meta, &header, name, &found, &link, err);
    shoal_object_header_free(&header);
    if (status != SHOAL_OK) return status;
    if (!found) {
        if (out->result != SHOAL_RESOLVED_PART) out->result = SHOAL_RESOLVED_ABSENT;
        return SHOAL_OK;
    }
    place to = *at;
    status = follow_link(w, *at, &link, &to, out, err);
    if (status == SHOAL_OK && out->result == SHOAL_RESOLVED_WHOLE) *at = to;
    shoal_link_clear(&link);
    return status;
}

/* The next name at or behind path[at] that is not "."; false when there is none. */
static bool next_name(const char *path, size_t at, size_t *name_at, size_t *n)
{
    for (;;) {
        at += strspn(path + at, "/");
        *name_at = at;
        *n = strcspn(path + at, "/");
        if (*n == 0) return false;
        if (*n != 1 || path[at] != '.') return true;
        at++;
    }
}

/* Recursion through follow_link is as deep as links may still be followed. */
static shoal_status follow_path(walk *w, place from, const char *path, shoal_resolved *out,
                                shoal_error *err)
{
    place at = from;
    if (path[0] == '/') at.address = at.meta->root;
    *out = (shoal_resolved){.result = SHOAL_RESOLVED_WHOLE, .meta = at.meta};
    shoal_status status = SHOAL_OK;
    while (status == SHOAL_OK && next_name(path, out->used, &out->name_at, &out->name_n)) {
        char *name = strndup(path + out->name_at, out->name_n);
        if (!name) return shoal_fail(err, SHOAL_MEMORY, "no memory for a path");
        status = step(w, &at, name, out, err);
        free(name);
        if (out->result != SHOAL_RESOLVED_WHOLE) break;
        out->used = out->name_at + out->name_n;
    }
    out->meta = at.meta;
    out->address = at.address;
    return status;
}

shoal_status shoal_resolve_from(const shoal_metadata *meta, uint64_t group, const char *path,
                                shoal_linked_files *files, shoal_resolved *out, shoal_error *err)
{
    walk w = {.files = files, .links_left = SHOAL_MAX_LINKS_FOLLOWED};
    if (files) files->first = meta;
    return follow_path(&w, (place){meta, group}, path, out, err);
}

shoal_status shoal_resolve(const shoal_metadata *meta, const char *path, shoal_linked_files *files,
                           shoal_resolved *out, shoal_error *err)
{
    return shoal_resolve_from(meta, meta->root, path, files, out, err);
}
