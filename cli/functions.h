/* The list of the expressions' functions. */
#ifndef SHOAL_CLI_FUNCTIONS_H
#define SHOAL_CLI_FUNCTIONS_H

#include <shoal/shoal.h>

/* To standard output. */
void shoal_cli_functions(bool json);

#endif
