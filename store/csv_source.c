#include "store/csv_source.h"

#include "chunk/error.h"
#include "store/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES ((size_t)256 << 10)

static shoal_status fail_errno(const char *name, const char *what, shoal_error *err)
{
    return shoal_fail(err, SHOAL_SYSTEM, "%s: %s: %s", name, what, strerror(errno));
}

/* ---- Opening, and copying what can be read but once ---- */

static bool cancelled(const shoal_run_options *options, uint64_t done)
{
    shoal_progress now = {done, 0, "receiving"};
    return options && options->progress && options->progress(options->user, &now);
}

/* Copies until the end; *size gets the bytes. */
static shoal_status copy_all(const char *name, int from, int to, const char *directory,
                             const shoal_run_options *options, uint64_t *size, shoal_error *err)
{
    char *buffer = malloc(COPY_BYTES);
    shoal_status status = SHOAL_OK;
    if (!buffer) return shoal_fail(err, SHOAL_MEMORY, "%s: no memory for a buffer", name);
    uint64_t told = 0;
    for (*size = 0; !status;) {
        ssize_t n = read(from, buffer, COPY_BYTES);
        if (n == 0) break;
        if (n < 0 && errno == EINTR) n = 0;
        if (n < 0)
            status = fail_errno(name, "cannot be read", err);
        else if (n && !shoal_temporary_write(to, buffer, (size_t)n))
            status = fail_errno(directory, "cannot hold a copy of the input; see --tmpdir", err);
        *size += n > 0 ? (uint64_t)n : 0;
        if (status || (n > 0 && *size - told < (uint64_t)16 << 20)) continue;
        told = *size;
        if (cancelled(options, *size))
            status = shoal_fail(err, SHOAL_CANCELLED, "cancelled; nothing half-written is left");
    }
    free(buffer);
    return status;
}

static shoal_status spool(shoal_csv_source *s, const shoal_run_options *options, shoal_error *err)
{
    const char *directory = shoal_temporary_folder(options ? options->tmpdir : NULL);
    int fd = shoal_temporary_open(directory);
    if (fd < 0) return fail_errno(directory, "no temporary file can be made here", err);
    shoal_status status = copy_all(s->name, s->fd, fd, directory, options, &s->size, err);
    close(s->fd);
    s->fd = fd;
    return status;
}

shoal_status shoal_csv_source_open(const char *path, const shoal_run_options *options,
                                   shoal_csv_source *out, shoal_error *err)
{
    struct stat st;
    bool is_input = !strcmp(path, "-");
    *out = (shoal_csv_source){.name = is_input ? "standard input" : path, .fd = -1};
    out->fd = is_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
    if (out->fd < 0) return fail_errno(out->name, "cannot be opened", err);
    if (fstat(out->fd, &st)) return fail_errno(out->name, "cannot be read", err);
    if (S_ISDIR(st.st_mode)) return shoal_fail(err, SHOAL_SYSTEM, "%s: is a directory", out->name);
    if (!S_ISREG(st.st_mode) || (is_input && lseek(out->fd, 0, SEEK_CUR) != 0))
        return spool(out, options, err);
    out->size = (uint64_t)st.st_size;
    if (out->size == 0 && st.st_blocks == 0 && !is_input) return spool(out, options, err);
    posix_fadvise(out->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return SHOAL_OK;
}

void shoal_csv_source_close(shoal_csv_source *source)
{
    if (source->fd >= 0) close(source->fd);
    source->fd = -1;
}

shoal_status shoal_csv_source_read(const shoal_csv_source *s, uint64_t offset, void *buffer,
                                   size_t n, shoal_error *err)
{
    char *to = buffer;
    while (n) {
        ssize_t done = pread(s->fd, to, n, (off_t)offset);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return fail_errno(s->name, "cannot be read", err);
        if (done == 0)
            return shoal_fail(err, SHOAL_SYSTEM, "%s: became shorter while it was read", s->name);
        to += done;
        offset += (uint64_t)done;
        n -= (size_t)done;
    }
    return SHOAL_OK;
}

/* ---- The header ---- */

/* Takes the record's fields as names. The scan is of the header's text. */
static char **copy_names(const shoal_csv_scan *scan, bool no_header)
{
    char **names = calloc(scan->n_columns + 1, sizeof *names);
    for (size_t k = 0; names && k < scan->n_columns; k++) {
        const shoal_csv_field *f = &scan->fields[k];
        if (!no_header)
            names[k] = strndup(scan->text + f->start, f->n);
        else if (asprintf(&names[k], "c%zu", k) < 0)
            names[k] = NULL;
        if (names[k]) continue;
        shoal_csv_names_free(names, k);
        return NULL;
    }
    return names;
}

void shoal_csv_names_free(char **names, size_t n)
{
    for (size_t k = 0; names && k < n; k++) free(names[k]);
    free(names);
}

/* The text holds the whole first record, which has scan->n_columns fields. */
static shoal_status take_header(shoal_csv_source *s, shoal_csv_scan *scan, bool no_header,
                                char ***names, shoal_error *err)
{
    uint32_t row_start;
    uint64_t start = s->first;
    scan->fields = calloc(scan->n_columns, sizeof *scan->fields);
    scan->row_start = &row_start;
    scan->max_rows = 1;
    if (!scan->fields) return shoal_fail(err, SHOAL_MEMORY, "%s: no memory", s->name);
    shoal_csv_stop stop = shoal_csv_scan_rows(scan);
    shoal_status status = SHOAL_OK;
    size_t bad = shoal_csv_bad_byte(scan->text, scan->at);
    if (stop != SHOAL_CSV_FULL)
        status = shoal_csv_source_fail_scan(s, scan, stop, start, err);
    else if (bad < scan->at)
        status = shoal_csv_source_fail_byte(s, scan->text[bad], start + bad, err);
    if (!status) {
        *names = copy_names(scan, no_header);
        if (!*names) status = shoal_fail(err, SHOAL_MEMORY, "%s: no memory", s->name);
        if (!no_header) s->first = start + scan->at;
    }
    free(scan->fields);
    return status;
}

static shoal_status skip_mark(shoal_csv_source *s, shoal_error *err)
{
    char mark[3];
    s->first = 0;
    if (s->size < 3) return SHOAL_OK;
    shoal_status status = shoal_csv_source_read(s, 0, mark, 3, err);
    if (!status && !memcmp(mark, "\xEF\xBB\xBF", 3)) s->first = 3;
    return status;
}

shoal_status shoal_csv_source_header(shoal_csv_source *s, char delimiter, bool no_header,
                                     size_t max_record, char ***names, size_t *n_names,
                                     shoal_error *err)
{
    shoal_status status = skip_mark(s, err);
    size_t room = 16384;
    char *text = NULL;
    while (!status) {
        uint64_t left = s->size - s->first;
        if (room > max_record) room = max_record;
        shoal_csv_scan scan = {.delimiter = delimiter, .last = left <= room};
        scan.n = scan.last ? (size_t)left : room;
        char *more = realloc(text, scan.n + SHOAL_CSV_PAD);
        if (!more) {
            status = shoal_fail(err, SHOAL_MEMORY, "%s: no memory for its header", s->name);
            break;
        }
        scan.text = text = more;
        memset(text + scan.n, 0, SHOAL_CSV_PAD);
        status = shoal_csv_source_read(s, s->first, text, scan.n, err);
        if (status) break;
        scan.n_columns = *n_names = shoal_csv_count_fields(&scan);
        if (*n_names)
            status = take_header(s, &scan, no_header, names, err);
        else if (scan.last)
            status = shoal_fail(err, SHOAL_DATA, "%s: has no columns: it is empty", s->name);
        else if (room == max_record)
            status = shoal_csv_source_fail_record(s, s->first, max_record, err);
        if (*n_names) break;
        room *= 4;
    }
    free(text);
    return status;
}

/* ---- Messages ---- */

uint64_t shoal_csv_source_line(const shoal_csv_source *s, uint64_t offset)
{
    char buffer[16384], last = 0;
    uint64_t line = 1, at = 0;
    while (at < offset) {
        size_t n = offset - at < sizeof buffer ? (size_t)(offset - at) : sizeof buffer;
        if (shoal_csv_source_read(s, at, buffer, n, NULL)) break;
        for (size_t k = 0; k < n; k++) {
            if (buffer[k] == '\r' || (buffer[k] == '\n' && last != '\r')) line++;
            last = buffer[k];
        }
        at += n;
    }
    return line;
}

shoal_status shoal_csv_source_fail_scan(const shoal_csv_source *s, const shoal_csv_scan *scan,
                                        shoal_csv_stop stop, uint64_t start, shoal_error *err)
{
    unsigned long long line = shoal_csv_source_line(s, start + scan->at);
    if (stop == SHOAL_CSV_WIDE)
        return shoal_fail(
            err, SHOAL_DATA, "%s: line %llu has %zu fields, the header has %zu%s", s->name, line,
            scan->n_found, scan->n_columns,
            scan->n_columns == 1 ? "; is another character, such as ';', the delimiter?" : "");
    return shoal_fail(err, SHOAL_DATA,
                      "%s: line %llu: a quote is opened in this record and never closed", s->name,
                      line);
}

shoal_status shoal_csv_source_fail_byte(const shoal_csv_source *s, char byte, uint64_t offset,
                                        shoal_error *err)
{
    unsigned long long line = shoal_csv_source_line(s, offset);
    if (byte == '\0')
        return shoal_fail(err, SHOAL_DATA,
                          "%s: line %llu: a NUL byte, so this is no text (or UTF-16, which "
                          "iconv makes UTF-8 of)",
                          s->name, line);
    return shoal_fail(err, SHOAL_DATA,
                      "%s: line %llu: the byte 0x%02X is not UTF-8; convert the file first, as "
                      "with iconv -f latin1 -t utf-8",
                      s->name, line, (unsigned)(unsigned char)byte);
}

shoal_status shoal_csv_source_fail_record(const shoal_csv_source *s, uint64_t offset,
                                          size_t max_record, shoal_error *err)
{
    return shoal_fail(err, SHOAL_DATA,
                      "%s: line %llu: a record of more than %zu KiB starts here; is a quote not "
                      "closed?",
                      s->name, (unsigned long long)shoal_csv_source_line(s, offset),
                      max_record >> 10);
}
