#include "store/hdf5_object.h"
#include "chunk/error.h"
#include "store/hdf5_lock.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The bytes of the UTF-8 character at `text`, 0 when it is none. */
static size_t character_bytes(const unsigned char *text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (text[0] < 0x80) return 1;
    if (text[0] < 0xc0 || text[0] >= 0xf8) return 0;
    size_t n = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    uint32_t code = text[0] & (0x7fu >> n);
    for (size_t k = 1; k < n; k++) {
        if ((text[k] & 0xc0) != 0x80) return 0;
        code = code << 6 | (text[k] & 0x3fu);
    }
    if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return 0;
    return n;
}

static bool is_utf8(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        size_t n = character_bytes(at);
        if (n == 0) return false;
        at += n;
    }
    return true;
}

static bool parts_are_names(const char *path)
{
    const char *part = path + 1;
    while (part != NULL) {
        size_t n = strcspn(part, "/");
        if (n == 0 || (n == 1 && part[0] == '.') || (n == 2 && strncmp(part, "..", 2) == 0))
            return false;
        part = part[n] == '/' ? part + n + 1 : NULL;
    }
    return true;
}

shoal_status shoal_hdf5_object_path(const char *file, const char *path, char **out,
                                    shoal_error *err)
{
    if (path == NULL || *path == '\0')
        return shoal_fail(err, SHOAL_USAGE, "%s: the object's path is empty", file);
    if (!is_utf8(path))
        return shoal_fail(err, SHOAL_USAGE, "%s:%s: the name is not UTF-8", file, path);
    char *whole = NULL;
    if (asprintf(&whole, "%s%s", path[0] == '/' ? "" : "/", path) < 0)
        return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    if (whole[1] != '\0' && !parts_are_names(whole)) {
        free(whole);
        return shoal_fail(err, SHOAL_USAGE,
                          "%s: %s is no path of an object; it must look like /group/name", file,
                          path);
    }
    *out = whole;
    return SHOAL_OK;
}

/* H5Lexists answers for the last part only; the parts before it must be there. */
static bool link_exists(hid_t file_id, const char *path)
{
    char *prefix = strdup(path);
    bool exists = prefix != NULL;
    for (char *at = prefix; exists && at != NULL;) {
        at = strchr(at + 1, '/');
        if (at != NULL) *at = '\0';
        exists = H5Lexists(file_id, prefix, H5P_DEFAULT) > 0;
        if (at != NULL) *at = '/';
    }
    free(prefix);
    return exists;
}

shoal_hdf5_kind shoal_hdf5_object_kind(hid_t file_id, const char *path)
{
    if (path[1] == '\0') return SHOAL_HDF5_GROUP;
    if (!link_exists(file_id, path)) return SHOAL_HDF5_NOTHING;
    H5O_info_t info;
    if (H5Oget_info_by_name2(file_id, path, &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0)
        return SHOAL_HDF5_OTHER;
    if (info.type == H5O_TYPE_GROUP) return SHOAL_HDF5_GROUP;
    return info.type == H5O_TYPE_DATASET ? SHOAL_HDF5_DATASET : SHOAL_HDF5_OTHER;
}

hid_t shoal_hdf5_link_plist(void)
{
    hid_t plist = H5Pcreate(H5P_LINK_CREATE);
    if (plist >= 0) H5Pset_char_encoding(plist, H5T_CSET_UTF8);
    return plist;
}

shoal_status shoal_hdf5_group_make(hid_t file_id, const char *file, const char *path,
                                   shoal_error *err)
{
    hid_t links = shoal_hdf5_link_plist(), plist = H5Pcreate(H5P_GROUP_CREATE);
    /* No times, so that the same input gives the same bytes. */
    H5Pset_obj_track_times(plist, false);
    shoal_status status = SHOAL_OK;
    hid_t group = H5Gcreate2(file_id, path, links, plist, H5P_DEFAULT);
    if (group < 0)
        status = shoal_hdf5_fail(err, SHOAL_SYSTEM, "%s:%s: cannot make the group", file, path);
    else
        H5Gclose(group);
    H5Pclose(plist);
    H5Pclose(links);
    return status;
}

shoal_status shoal_hdf5_object_parents(hid_t file_id, const char *file, const char *path,
                                       shoal_error *err)
{
    char *prefix = strdup(path);
    if (prefix == NULL) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = SHOAL_OK;
    for (char *at = strchr(prefix + 1, '/'); at != NULL && status == SHOAL_OK;) {
        *at = '\0';
        shoal_hdf5_kind kind = shoal_hdf5_object_kind(file_id, prefix);
        if (kind == SHOAL_HDF5_NOTHING)
            status = shoal_hdf5_group_make(file_id, file, prefix, err);
        else if (kind != SHOAL_HDF5_GROUP)
            status = shoal_fail(err, SHOAL_USAGE, "%s:%s cannot be made: %s is not a group", file,
                                path, prefix);
        *at = '/';
        at = strchr(at + 1, '/');
    }
    free(prefix);
    return status;
}
