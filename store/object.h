/* Objects of a file, found by their paths: where every look at a file's metadata begins. */
#ifndef SHOAL_STORE_OBJECT_H
#define SHOAL_STORE_OBJECT_H

#include "store/file.h"
#include "store/metadata/object_header.h"

/* "a//b/" and "/a/b" both as "/a/b", malloc'd; NULL without memory. */
char *shoal_path_absolute(const char *path);
/* parent + "/" + name, malloc'd; NULL without memory. */
char *shoal_path_join(const char *parent, const char *name);
/* The path of the group that an absolute path lies in, malloc'd; NULL without memory. */
char *shoal_path_parent(const char *path);

/* An object and its header. */
typedef struct shoal_found {
    const shoal_metadata *meta; /* of the file that holds it: links may lead to another one */
    shoal_object_header header;
    const char *rest; /* of the path, behind a dataset: a member of a compound; NULL: nothing */
} shoal_found;

/* Follows an absolute path, which must outlive *out. SHOAL_USAGE with the nearest name when there
   is nothing, or when the path goes on behind something that is neither group nor dataset. Release
   it with shoal_found_release. */
shoal_status shoal_object_find(shoal_file *file, const char *path, shoal_found *out,
                               shoal_error *err);
/* The object whose header is at a file offset of one of the file's metadata. `path` names it in
   messages. */
shoal_status shoal_object_at(const shoal_file *file, const shoal_metadata *meta, uint64_t address,
                             const char *path, shoal_found *out, shoal_error *err);
void shoal_found_release(shoal_found *found);

bool shoal_found_is_group(const shoal_found *found);
bool shoal_found_is_dataset(const shoal_found *found);

/* in_table: whether the object's parent is a table. */
shoal_object_kind shoal_found_kind(const shoal_found *found, bool in_table);

/* One text of an object's attribute, malloc'd; NULL (and success) when there is none or it is not
   one text. */
shoal_status shoal_found_attribute_text(const shoal_found *found, const char *name, char **out,
                                        shoal_error *err);

#endif
