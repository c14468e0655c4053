#include "compute/user_cache.h"

#include "chunk/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_ours(const struct stat *about)
{
    return about->st_uid == geteuid() && (about->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

shoal_status shoal_user_cache_folder(const char *path, shoal_error *err)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST) return SHOAL_OK;
    return shoal_fail(err, SHOAL_SYSTEM,
                      "%s: no folder for compiled kernels can be made there: %s; $XDG_CACHE_HOME "
                      "names another",
                      path, strerror(errno));
}

/* Folders above that are missing too. */
static shoal_status make_all(char *path, shoal_error *err)
{
    for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = 0;
        shoal_status status = shoal_user_cache_folder(path, err);
        *at = '/';
        if (status) return status;
    }
    return shoal_user_cache_folder(path, err);
}

shoal_status shoal_user_cache(char folder[PATH_MAX], shoal_error *err)
{
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int n;
    if (base && base[0] == '/')
        n = snprintf(folder, PATH_MAX, "%s/shoal", base);
    else if (home && home[0] == '/')
        n = snprintf(folder, PATH_MAX, "%s/.cache/shoal", home);
    else
        return shoal_fail(err, SHOAL_SYSTEM,
                          "there is no place for compiled kernels: neither $XDG_CACHE_HOME nor "
                          "$HOME is set");
    if (n >= PATH_MAX - 256)
        return shoal_fail(err, SHOAL_SYSTEM, "the path of the cache of kernels is too long");
    struct stat about;
    shoal_status status = make_all(folder, err);
    if (status) return status;
    if (stat(folder, &about) != 0 || !S_ISDIR(about.st_mode) || !is_ours(&about))
        return shoal_fail(err, SHOAL_SYSTEM,
                          "%s: is no folder of this user's own, so no kernels are kept there",
                          folder);
    return SHOAL_OK;
}

bool shoal_user_cache_has(const char *path)
{
    struct stat about;
    return lstat(path, &about) == 0 && S_ISREG(about.st_mode) && is_ours(&about);
}

shoal_status shoal_user_cache_write(const char *path, const char *text, shoal_error *err)
{
    char temporary[PATH_MAX + 16];
    size_t n = strlen(text);
    if (shoal_user_cache_has(path)) return SHOAL_OK;
    snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    int fd = mkstemp(temporary);
    bool good = fd >= 0 && write(fd, text, n) == (ssize_t)n;
    if (fd >= 0) good &= close(fd) == 0;
    if (good && rename(temporary, path) == 0) return SHOAL_OK;
    shoal_fail(err, SHOAL_SYSTEM, "%s: cannot be written: %s", path, strerror(errno));
    if (fd >= 0) unlink(temporary);
    return SHOAL_SYSTEM;
}
