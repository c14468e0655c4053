#include "compute/stream_source.h"

#include "chunk/error.h"
#include "store/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIPE_BYTES = 1 << 20, POLL_MILLISECONDS = 100 };

static bool is_standard_input(const char *source)
{
    return strcmp(source, "-") == 0;
}

bool shoal_is_stream(const char *source)
{
    struct stat st;
    if (is_standard_input(source)) return true;
    if (stat(source, &st)) return false;
    return S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || S_ISCHR(st.st_mode);
}

static shoal_status fail_errno(const char *name, shoal_error *err)
{
    char text[128];
    int error = errno;
    return shoal_fail(err, SHOAL_SYSTEM, "%s: %s", name, strerror_r(error, text, sizeof text));
}

/* Waits until there is something to read, or the end. */
static shoal_status wait_readable(const shoal_pipe *pipe, shoal_error *err)
{
    struct pollfd p = {.fd = pipe->fd, .events = POLLIN};
    const shoal_byte_stream *s = &pipe->stream;
    for (;;) {
        int n = poll(&p, 1, POLL_MILLISECONDS);
        if (n > 0 || (n < 0 && errno != EINTR)) return SHOAL_OK;
        if (s->idle && s->idle(s->idle_user))
            return shoal_fail(err, SHOAL_CANCELLED, "cancelled; nothing half-written is left");
    }
}

static shoal_status pipe_read(void *context, void *to, size_t n, size_t *got, shoal_error *err)
{
    shoal_pipe *pipe = context;
    for (;;) {
        shoal_status status = wait_readable(pipe, err);
        if (status) return status;
        ssize_t result = read(pipe->fd, to, n);
        if (result < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (result < 0) return fail_errno(pipe->stream.name, err);
        *got = (size_t)result;
        return SHOAL_OK;
    }
}

shoal_status shoal_pipe_open(const char *source, shoal_pipe *out, shoal_error *err)
{
    memset(out, 0, sizeof *out);
    bool standard = is_standard_input(source);
    out->fd = standard ? STDIN_FILENO : open(source, O_RDONLY | O_CLOEXEC);
    out->owns_fd = !standard;
    if (out->fd < 0) return fail_errno(source, err);
    out->stream = (shoal_byte_stream){
        .context = out, .name = standard ? "standard input" : source, .read = pipe_read};
    fcntl(out->fd, F_SETPIPE_SZ, PIPE_BYTES); /* fewer turns; refused where it is no pipe */
    return SHOAL_OK;
}

void shoal_pipe_close(shoal_pipe *pipe)
{
    if (pipe->owns_fd && pipe->fd >= 0) close(pipe->fd);
    pipe->fd = -1;
}

/* ---- Looking ahead ---- */

/* tee copies what is in a pipe to another one without taking it. */
static ssize_t peek_pipe(uint8_t *bytes, size_t n)
{
    int copy[2];
    if (pipe2(copy, O_CLOEXEC)) return -1;
    ssize_t got = tee(STDIN_FILENO, copy[1], n, 0);
    if (got > 0) got = read(copy[0], bytes, (size_t)got);
    close(copy[0]);
    close(copy[1]);
    return got;
}

size_t shoal_stream_peek(const char *source, uint8_t *bytes, size_t n)
{
    struct stat st;
    ssize_t got = 0;
    if (!is_standard_input(source) || fstat(STDIN_FILENO, &st)) return 0;
    if (S_ISREG(st.st_mode))
        got = pread(STDIN_FILENO, bytes, n, lseek(STDIN_FILENO, 0, SEEK_CUR));
    else if (S_ISFIFO(st.st_mode))
        got = peek_pipe(bytes, n);
    return got > 0 ? (size_t)got : 0;
}

/* ---- Spools ---- */

static shoal_status copy_stream(shoal_byte_stream *stream, int fd, uint8_t *buffer,
                                const char *directory, shoal_error *err)
{
    for (;;) {
        size_t got = 0;
        shoal_status status = stream->read(stream->context, buffer, PIPE_BYTES, &got, err);
        if (status || got == 0) return status;
        if (!shoal_temporary_write(fd, buffer, got)) return fail_errno(directory, err);
    }
}

shoal_status shoal_spool_stream(shoal_byte_stream *stream, const void *start, size_t n_start,
                                const char *tmpdir, shoal_spool *out, shoal_error *err)
{
    const char *directory = shoal_temporary_folder(tmpdir);
    out->fd = shoal_temporary_open(directory);
    if (out->fd < 0) return fail_errno(directory, err);
    snprintf(out->path, sizeof out->path, "/proc/self/fd/%d", out->fd);
    uint8_t *buffer = malloc(PIPE_BYTES);
    shoal_status status = buffer ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "out of memory");
    if (!status && !shoal_temporary_write(out->fd, start, n_start))
        status = fail_errno(directory, err);
    if (!status) status = copy_stream(stream, out->fd, buffer, directory, err);
    free(buffer);
    if (status) shoal_spool_close(out);
    return status;
}

void shoal_spool_close(shoal_spool *spool)
{
    if (spool->fd >= 0) close(spool->fd);
    spool->fd = -1;
}
