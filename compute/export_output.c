#include "compute/export_output.h"

#include "chunk/error.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static shoal_status fail_errno(const char *name, shoal_error *err)
{
    char text[128];
    int error = errno;
    return shoal_fail(err, SHOAL_SYSTEM, "cannot write %s: %s", name,
                      strerror_r(error, text, sizeof text));
}

/* A pipe or a device has no place to be renamed into. */
static bool is_special(const char *path)
{
    struct stat st;
    if (stat(path, &st)) return false;
    return S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode);
}

shoal_status shoal_export_output_open(const char *path, bool overwrite, shoal_export_output *out,
                                      shoal_error *err)
{
    memset(out, 0, sizeof *out);
    if (!path || !*path) return shoal_fail(err, SHOAL_USAGE, "no output is given");
    bool standard = strcmp(path, "-") == 0;
    out->name = standard ? "standard output" : path;
    out->is_stream = standard || is_special(path);
    if (standard) {
        out->fd = STDOUT_FILENO;
        return SHOAL_OK;
    }
    if (out->is_stream) {
        out->fd = open(path, O_WRONLY | O_CLOEXEC);
        out->owns_fd = true;
        return out->fd < 0 ? fail_errno(path, err) : SHOAL_OK;
    }
    shoal_status status =
        shoal_commit_begin(&out->commit, path, overwrite ? SHOAL_OVERWRITE : SHOAL_CREATE, err);
    out->fd = out->commit.fd;
    return status;
}

static shoal_status write_all(shoal_export_output *output, const uint8_t *bytes, size_t n,
                              shoal_error *err)
{
    while (n > 0) {
        ssize_t done = write(output->fd, bytes, n);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0 && errno == EPIPE)
            return shoal_fail(err, SHOAL_SYSTEM, "%s was closed by its reader", output->name);
        if (done < 0) return fail_errno(output->name, err);
        bytes += done;
        n -= (size_t)done;
    }
    return SHOAL_OK;
}

/* A write to a closed pipe raises SIGPIPE in this thread: it is blocked meanwhile and taken off,
   unless one of someone else's was waiting already. */
static shoal_status write_stream(shoal_export_output *output, const uint8_t *bytes, size_t n,
                                 shoal_error *err)
{
    sigset_t pipe_only, before, waiting;
    struct timespec at_once = {0, 0};
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigpending(&waiting);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    shoal_status status = write_all(output, bytes, n, err);
    if (status && !sigismember(&waiting, SIGPIPE))
        while (sigtimedwait(&pipe_only, NULL, &at_once) < 0 && errno == EINTR) continue;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

shoal_status shoal_export_output_write(shoal_export_output *output, const void *bytes, size_t n,
                                       shoal_error *err)
{
    if (output->is_stream) return write_stream(output, bytes, n, err);
    return write_all(output, bytes, n, err);
}

shoal_status shoal_export_output_close(shoal_export_output *output, shoal_status status,
                                       shoal_error *err)
{
    if (!output->is_stream && status)
        shoal_commit_abort(&output->commit);
    else if (!output->is_stream)
        status = shoal_commit_end(&output->commit, err);
    else if (output->owns_fd && close(output->fd) && !status)
        status = fail_errno(output->name, err);
    return status;
}
