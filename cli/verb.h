/* A verb of the command line: `shoal info`, `shoal ingest`, ... One file a verb. */
#ifndef SHOAL_CLI_VERB_H
#define SHOAL_CLI_VERB_H

#include "cli/options.h"

struct shoal_cli_verb {
    const char *name;
    const char *summary; /* a few words for `shoal --help` */
    const char *help;    /* usage, description, the verb's own options */
    const char *examples;
    const shoal_cli_option *option;
    size_t n_options;
    size_t values_size; /* of the verb's struct of values, which begins with shoal_cli_common */
    /* Does the work; `values` came from the command line. Results go to standard output; a failure
       is left in `err`, and main says it. */
    shoal_status (*run)(shoal_cli_common *values, shoal_error *err);
};

extern const shoal_cli_verb shoal_cli_info;
extern const shoal_cli_verb shoal_cli_ingest;
extern const shoal_cli_verb shoal_cli_export;
extern const shoal_cli_verb shoal_cli_calc;
extern const shoal_cli_verb shoal_cli_verify;

#endif
