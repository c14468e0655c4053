/* Options of the command line: tables of them, and the values that getopt_long finds. */
#ifndef SHOAL_CLI_OPTIONS_H
#define SHOAL_CLI_OPTIONS_H

#include <shoal/shoal.h>

typedef enum shoal_cli_kind {
    SHOAL_CLI_FLAG,  /* bool */
    SHOAL_CLI_TEXT,  /* const char *, borrowed from argv */
    SHOAL_CLI_LIST,  /* shoal_cli_list: the option may be repeated */
    SHOAL_CLI_COUNT, /* int, 1 and more */
    SHOAL_CLI_SIZE,  /* uint64_t bytes, such as 512M */
} shoal_cli_kind;

typedef struct shoal_cli_option {
    const char *name; /* long, without the dashes */
    char letter;      /* or 0 */
    shoal_cli_kind kind;
    size_t offset; /* of the value in the verb's struct */
} shoal_cli_option;

typedef struct shoal_cli_list {
    const char **item;
    size_t n;
} shoal_cli_list;

/* What every verb understands; the first member of each verb's struct of values. */
typedef struct shoal_cli_common {
    const char *verb;
    bool help, version, dry_run, json, quiet, force;
    int n_threads;
    uint64_t memory;
    const char *tmpdir;
    char **operand; /* borrowed from argv */
    size_t n_operands;
} shoal_cli_common;

typedef struct shoal_cli_verb shoal_cli_verb;

/* Reads argv[1..] into `values` (zeroed, verb->values_size bytes). Options and operands may be
   mixed; "--" ends the options. SHOAL_USAGE with a hint for what is not understood. */
shoal_status shoal_cli_parse(const shoal_cli_verb *verb, int argc, char **argv,
                             shoal_cli_common *values, shoal_error *err);
/* Frees the lists inside `values`. */
void shoal_cli_values_clear(const shoal_cli_verb *verb, shoal_cli_common *values);

/* Says which operands are missing or too many; `what` names the first, as in "FILE". */
shoal_status shoal_cli_need_operands(const shoal_cli_common *common, size_t least, size_t most,
                                     const char *what, shoal_error *err);

/* The lines of --help about the options of shoal_cli_common. */
extern const char shoal_cli_common_help[];

#endif
