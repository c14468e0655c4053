#include "cli/progress.h"

#include "cli/human.h"
#include "cli/interrupt.h"
#include "cli/message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

double shoal_cli_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static size_t terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 80;
    return size.ws_col;
}

static void track_phase(shoal_cli_progress *line, const shoal_progress *now, double time)
{
    const char *phase = now->phase != NULL ? now->phase : "working";
    bool same = line->phase != NULL && strcmp(line->phase, phase) == 0;
    if (!same || now->done_bytes < line->last_done) {
        line->phase = phase;
        line->phase_start = same || line->phase_start > 0 ? time : line->start;
        line->phase_first = same ? 0 : now->done_bytes;
    }
    line->last_done = now->done_bytes;
}

/* "reading  45%  1.23 GB/s  12 s left" */
static void compose(const shoal_cli_progress *line, const shoal_progress *now, double time,
                    char *text, size_t capacity)
{
    char rate_text[SHOAL_CLI_NUMBER], left_text[SHOAL_CLI_NUMBER];
    double elapsed = time - line->phase_start;
    double rate = elapsed > 0 ? (double)(now->done_bytes - line->phase_first) / elapsed : 0;
    shoal_cli_bytes(rate, rate_text);
    if (now->total_bytes == 0 || now->done_bytes > now->total_bytes) {
        shoal_cli_bytes((double)now->done_bytes, left_text);
        snprintf(text, capacity, "%-9s  %s  %s/s", line->phase, left_text, rate_text);
        return;
    }
    int percent = (int)(100.0 * (double)now->done_bytes / (double)now->total_bytes);
    int n = snprintf(text, capacity, "%-9s  %3d%%  %s/s", line->phase, percent, rate_text);
    if (rate <= 0 || elapsed < 0.5 || n < 0 || (size_t)n >= capacity) return;
    double left = (double)(now->total_bytes - now->done_bytes) / rate;
    if (left < 59)
        snprintf(left_text, sizeof left_text, "%d s", (int)left + 1);
    else
        shoal_cli_duration(left, left_text);
    snprintf(text + n, capacity - (size_t)n, "  %s left", left_text);
}

static int on_progress(void *user, const shoal_progress *now)
{
    shoal_cli_progress *line = user;
    if (shoal_cli_interrupted()) return 1;
    if (!line->shown) return 0;
    char text[160];
    double time = shoal_cli_now();
    track_phase(line, now, time);
    compose(line, now, time, text, sizeof text);
    size_t width = terminal_width() - 1;
    if (width < sizeof text) text[width] = 0;
    line->drawn = true;
    shoal_cli_interrupt_line(true);
    fprintf(stderr, "\r%s\033[K", text);
    fflush(stderr);
    return 0;
}

static shoal_status check_tmpdir(const char *tmpdir, shoal_error *err)
{
    struct stat found;
    if (tmpdir == NULL) return SHOAL_OK;
    if (stat(tmpdir, &found) != 0)
        return shoal_cli_fail(err, SHOAL_SYSTEM, "%s: %s (given by --tmpdir)", tmpdir,
                              strerror(errno));
    if (!S_ISDIR(found.st_mode) || access(tmpdir, W_OK | X_OK) != 0)
        return shoal_cli_fail(err, SHOAL_SYSTEM,
                              "%s: not a directory that can be written to "
                              "(given by --tmpdir)",
                              tmpdir);
    return SHOAL_OK;
}

shoal_status shoal_cli_run_begin(const shoal_cli_common *common, shoal_cli_progress *progress,
                                 shoal_run_options *options, shoal_error *err)
{
    const char *terminal = getenv("TERM");
    bool dumb = terminal != NULL && strcmp(terminal, "dumb") == 0;
    *progress = (shoal_cli_progress){.start = shoal_cli_now()};
    progress->shown = !common->quiet && !dumb && isatty(STDERR_FILENO);
    *options = (shoal_run_options){
        .n_threads = common->n_threads,
        .memory_limit = common->memory,
        .tmpdir = common->tmpdir,
        .progress = on_progress,
        .user = progress,
    };
    shoal_status status = check_tmpdir(common->tmpdir, err);
    if (status == SHOAL_OK) shoal_cli_interrupt_begin();
    return status;
}

void shoal_cli_progress_clear(shoal_cli_progress *progress)
{
    if (!progress->drawn) return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    shoal_cli_interrupt_line(false);
    progress->drawn = false;
}

shoal_status shoal_cli_run_end(shoal_cli_progress *progress, shoal_status status, shoal_error *err)
{
    shoal_cli_interrupt_end();
    shoal_cli_progress_clear(progress);
    /* A read that was broken off by the signal may have failed in another way: ^C is the reason. */
    if (status == SHOAL_CANCELLED || (status == SHOAL_SYSTEM && shoal_cli_interrupted()))
        return shoal_cli_fail(err, SHOAL_CANCELLED, "interrupted");
    return status;
}
