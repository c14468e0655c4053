/* The progress line: on a terminal only, redrawn in place, cleared at the end. */
#ifndef SHOAL_CLI_PROGRESS_H
#define SHOAL_CLI_PROGRESS_H

#include "cli/options.h"

typedef struct shoal_cli_progress {
    bool shown, drawn;
    double start;       /* of the run; seconds of the monotonic clock */
    double phase_start; /* rates are per phase */
    uint64_t phase_first, last_done;
    const char *phase;
} shoal_cli_progress;

/* Seconds of the monotonic clock. */
double shoal_cli_now(void);

/* Starts a run: fills `options` from the command line, with progress and ^C. `progress` must live
   until shoal_cli_run_end. SHOAL_SYSTEM when --tmpdir is no directory. */
shoal_status shoal_cli_run_begin(const shoal_cli_common *common, shoal_cli_progress *progress,
                                 shoal_run_options *options, shoal_error *err);
/* Takes the line away, before something is printed; it is drawn again by itself. */
void shoal_cli_progress_clear(shoal_cli_progress *progress);
/* Ends it: clears the line and gives `err` its last word for an interrupted run. Returns `status`.
 */
shoal_status shoal_cli_run_end(shoal_cli_progress *progress, shoal_status status, shoal_error *err);

#endif
