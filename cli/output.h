/* What must not be replaced. */
#ifndef SHOAL_CLI_OUTPUT_H
#define SHOAL_CLI_OUTPUT_H

#include <shoal/shoal.h>

/* SHOAL_USAGE when `output` is a whole file and the file of `input` too: replacing it would lose
   what was read. A dataset in that file (FILE:/path) may be replaced by one computed from it. */
shoal_status shoal_cli_check_output(const char *output, const char *input, shoal_error *err);

#endif
