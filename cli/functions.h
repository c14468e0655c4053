/* The list of the expressions' functions. */
#ifndef SHOAL_CLI_FUNCTIONS_H
#define SHOAL_CLI_FUNCTIONS_H

#include "cli/options.h"

/* To standard output: the built-in ones, and those of files of kernels. */
shoal_status shoal_cli_functions(bool json, const shoal_cli_list *kernels, shoal_error *err);

#endif
