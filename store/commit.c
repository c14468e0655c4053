#include "store/commit.h"
#include "chunk/error.h"
#include "store/summary.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <time.h>
#include <unistd.h>

enum { MAX_LINKS = 40, NAME_KEPT = 200, MAX_TRIES = 100, PROC_PATH = 40 };

static shoal_status no_memory(shoal_error *err)
{
    return shoal_fail(err, SHOAL_MEMORY, "out of memory");
}

/* "cannot DO PATH: reason"; takes errno. */
static shoal_status refuse(const shoal_commit *commit, const char *what, shoal_error *err)
{
    char text[128];
    int error = errno;
    return shoal_fail(err, SHOAL_SYSTEM, "cannot %s %s: %s", what, commit->path,
                      strerror_r(error, text, sizeof text));
}

static shoal_status refuse_existing(const shoal_commit *commit, shoal_error *err)
{
    if (commit->mode == SHOAL_UPDATE)
        return shoal_fail(err, SHOAL_SYSTEM, "%s was made by someone else meanwhile; left as it is",
                          commit->path);
    return shoal_fail(err, SHOAL_USAGE, "%s exists; use -f to overwrite", commit->path);
}

/* ---- Where ---- */

static size_t directory_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

/* Follows symbolic links by hand, since the last one may lead to a file that is not there yet.
   Malloc'd; NULL when out of memory. */
static char *follow_links(const char *path)
{
    char *at = strdup(path), link[PATH_MAX];
    for (int k = 0; at != NULL && k < MAX_LINKS; k++) {
        ssize_t n = readlink(at, link, sizeof link - 1);
        if (n < 0) break;
        link[n] = '\0';
        char *next = NULL;
        int base = link[0] == '/' ? 0 : (int)directory_length(at);
        if (asprintf(&next, "%.*s%s", base, at, link) < 0) next = NULL;
        free(at);
        at = next;
    }
    return at;
}

static shoal_status open_directory(shoal_commit *commit, const char *target, shoal_error *err)
{
    size_t n = directory_length(target);
    char text[128], *directory = n == 0 ? strdup(".") : strndup(target, n);
    commit->name = strdup(target + n);
    if (directory == NULL || commit->name == NULL) {
        free(directory);
        return no_memory(err);
    }
    shoal_status status = SHOAL_OK;
    commit->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (commit->directory < 0)
        status = shoal_fail(err, SHOAL_SYSTEM, "cannot write %s: directory %s: %s", commit->path,
                            directory, strerror_r(errno, text, sizeof text));
    free(directory);
    return status;
}

static shoal_status find_target(shoal_commit *commit, const char *path, shoal_error *err)
{
    if (*path == '\0') return shoal_fail(err, SHOAL_USAGE, "the output file's name is empty");
    commit->path = strdup(path);
    char *target = follow_links(path);
    if (commit->path == NULL || target == NULL) {
        free(target);
        return no_memory(err);
    }
    shoal_status status = open_directory(commit, target, err);
    free(target);
    if (status == SHOAL_OK && *commit->name == '\0') {
        errno = EISDIR;
        return refuse(commit, "write", err);
    }
    return status;
}

static shoal_status look_at_target(shoal_commit *commit, shoal_error *err)
{
    if (fstatat(commit->directory, commit->name, &commit->before, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return SHOAL_OK;
        return refuse(commit, "write", err);
    }
    commit->existed = true;
    if (S_ISDIR(commit->before.st_mode)) {
        errno = EISDIR;
        return refuse(commit, "write", err);
    }
    if (!S_ISREG(commit->before.st_mode))
        return shoal_fail(err, SHOAL_SYSTEM, "cannot write %s: it is not a regular file",
                          commit->path);
    if (commit->mode == SHOAL_CREATE) return refuse_existing(commit, err);
    /* A rename would get past a file's own protection. */
    if (faccessat(commit->directory, commit->name, W_OK, AT_EACCESS) != 0)
        return refuse(commit, "overwrite", err);
    return SHOAL_OK;
}

/* ---- The temporary ---- */

static void proc_path(int fd, char path[PROC_PATH])
{
    snprintf(path, PROC_PATH, "/proc/self/fd/%d", fd);
}

/* ".NAME.shoal-XXXXXX", malloc'd. */
static char *hidden_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    unsigned char random[6] = {0};
    char tail[sizeof random + 1] = {0}, *hidden = NULL;
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) return NULL;
    for (size_t k = 0; k < sizeof random; k++) tail[k] = letters[random[k] % 32];
    if (asprintf(&hidden, ".%.*s.shoal-%s", NAME_KEPT, name, tail) < 0) return NULL;
    return hidden;
}

/* Gives the temporary a hidden name: a new file, or a link to the unnamed one. */
static bool take_hidden_name(shoal_commit *commit)
{
    char unnamed[PROC_PATH];
    proc_path(commit->fd, unnamed);
    for (int k = 0; k < MAX_TRIES; k++) {
        char *name = hidden_name(commit->name);
        if (name == NULL) {
            errno = ENOMEM;
            return false;
        }
        bool taken;
        if (commit->fd >= 0) {
            taken = linkat(AT_FDCWD, unnamed, commit->directory, name, AT_SYMLINK_FOLLOW) == 0;
        } else {
            commit->fd =
                openat(commit->directory, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
            taken = commit->fd >= 0;
        }
        if (taken) {
            commit->temp = name;
            return true;
        }
        free(name);
        if (errno != EEXIST) return false;
    }
    return false;
}

static shoal_status open_temporary(shoal_commit *commit, shoal_error *err)
{
    char link[PROC_PATH];
    struct stat there;
    commit->fd = openat(commit->directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    if (commit->fd >= 0) {
        /* Linking it into place later goes through /proc. */
        proc_path(commit->fd, link);
        if (stat(link, &there) == 0) return SHOAL_OK;
        close(commit->fd);
        commit->fd = -1;
    } else if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT) {
        return refuse(commit, "write", err);
    }
    return take_hidden_name(commit) ? SHOAL_OK : refuse(commit, "write", err);
}

/* ---- What was there ---- */

static bool copy_by_kernel(int from, int to, uint64_t n_bytes)
{
    uint64_t left = n_bytes;
    while (left > 0) {
        size_t part = left < (1u << 30) ? (size_t)left : (1u << 30);
        ssize_t n = copy_file_range(from, NULL, to, NULL, part, 0);
        /* Not between these file systems, or not by this kernel: the older call does any. */
        if (n < 0 && errno != ENOSPC && errno != EDQUOT && errno != EIO)
            n = sendfile(to, from, NULL, part);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        if (n == 0) break; /* it shrank; libhdf5 will say so */
        left -= (uint64_t)n;
    }
    return true;
}

static shoal_status copy_existing(shoal_commit *commit, shoal_error *err)
{
    int from = openat(commit->directory, commit->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (from < 0) return refuse(commit, "read", err);
    shoal_status status = SHOAL_OK;
    if (ioctl(commit->fd, FICLONE, from) != 0 &&
        !copy_by_kernel(from, commit->fd, (uint64_t)commit->before.st_size))
        status = refuse(commit, "copy", err);
    close(from);
    return status;
}

static shoal_status take_over_existing(shoal_commit *commit, shoal_error *err)
{
    const struct stat *before = &commit->before;
    /* Another owner is for the superuser to give; without it the file is simply ours. */
    if (before->st_uid != geteuid() || before->st_gid != getegid())
        if (fchown(commit->fd, before->st_uid, before->st_gid) != 0) errno = 0;
    if (fchmod(commit->fd, before->st_mode & 0777) != 0) return refuse(commit, "write", err);
    return commit->mode == SHOAL_UPDATE ? copy_existing(commit, err) : SHOAL_OK;
}

shoal_status shoal_commit_begin(shoal_commit *commit, const char *path, shoal_write_mode mode,
                                shoal_error *err)
{
    *commit = (shoal_commit){.directory = -1, .fd = -1, .mode = mode};
    shoal_status status = find_target(commit, path, err);
    if (status == SHOAL_OK) status = look_at_target(commit, err);
    if (status == SHOAL_OK) status = open_temporary(commit, err);
    if (status == SHOAL_OK && commit->existed) status = take_over_existing(commit, err);
    if (status != SHOAL_OK) shoal_commit_abort(commit);
    return status;
}

/* ---- Into place ---- */

/* An update of a file that has changed since it was copied would undo that change. */
static shoal_status check_unchanged(const shoal_commit *commit, shoal_error *err)
{
    struct stat now;
    const struct stat *before = &commit->before;
    if (commit->mode != SHOAL_UPDATE || !commit->existed) return SHOAL_OK;
    if (fstatat(commit->directory, commit->name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
        now.st_ino == before->st_ino && now.st_dev == before->st_dev &&
        now.st_size == before->st_size && now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == before->st_mtim.tv_nsec)
        return SHOAL_OK;
    return shoal_fail(err, SHOAL_SYSTEM, "%s was changed by someone else meanwhile; left as it is",
                      commit->path);
}

/* To a name that must be free. errno EEXIST: it is not. */
static bool place_new(shoal_commit *commit)
{
    char unnamed[PROC_PATH];
    int directory = commit->directory;
    if (commit->temp == NULL) {
        proc_path(commit->fd, unnamed);
        return linkat(AT_FDCWD, unnamed, directory, commit->name, AT_SYMLINK_FOLLOW) == 0;
    }
    if (renameat2(directory, commit->temp, directory, commit->name, RENAME_NOREPLACE) == 0) {
        free(commit->temp);
        commit->temp = NULL;
        return true;
    }
    /* File systems that know no such flag. */
    if (errno != EINVAL && errno != ENOSYS) return false;
    struct stat there;
    if (fstatat(directory, commit->name, &there, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return false;
    }
    if (renameat(directory, commit->temp, directory, commit->name) != 0) return false;
    free(commit->temp);
    commit->temp = NULL;
    return true;
}

static bool place_over(shoal_commit *commit)
{
    if (commit->temp == NULL && !take_hidden_name(commit)) return false;
    if (renameat(commit->directory, commit->temp, commit->directory, commit->name) != 0)
        return false;
    free(commit->temp);
    commit->temp = NULL;
    return true;
}

static shoal_status place(shoal_commit *commit, shoal_error *err)
{
    if (!commit->existed) {
        if (place_new(commit)) return SHOAL_OK;
        if (errno != EEXIST) return refuse(commit, "write", err);
        if (commit->mode != SHOAL_OVERWRITE) return refuse_existing(commit, err);
    }
    return place_over(commit) ? SHOAL_OK : refuse(commit, "replace", err);
}

/* Where times cannot be set, the file's summaries do not hold: no harm is done. */
static void set_stamp(const shoal_commit *commit)
{
    struct timespec time[2] = {{.tv_nsec = UTIME_OMIT}, {0}};
    if (commit->stamp == 0 || clock_gettime(CLOCK_REALTIME, &time[1]) != 0) return;
    time[1] = shoal_stamp_time(commit->stamp, time[1]);
    if (futimens(commit->fd, time) != 0) errno = 0;
}

shoal_status shoal_commit_end(shoal_commit *commit, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    set_stamp(commit);
    if (fsync(commit->fd) != 0) status = refuse(commit, "write", err);
    if (status == SHOAL_OK) status = check_unchanged(commit, err);
    if (status == SHOAL_OK) status = place(commit, err);
    if (status == SHOAL_OK && fsync(commit->directory) != 0 && errno != EINVAL)
        status = refuse(commit, "sync the directory of", err);
    shoal_commit_abort(commit);
    return status;
}

void shoal_commit_abort(shoal_commit *commit)
{
    if (commit->temp != NULL) unlinkat(commit->directory, commit->temp, 0);
    if (commit->fd >= 0) close(commit->fd);
    if (commit->directory >= 0) close(commit->directory);
    free(commit->temp);
    free(commit->name);
    free(commit->path);
    *commit = (shoal_commit){.directory = -1, .fd = -1};
}
