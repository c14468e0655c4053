/* shoal: arrays and tables bigger than memory, from the command line. */
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const shoal_cli_verb *const verbs[] = {
    &shoal_cli_info, &shoal_cli_ingest, &shoal_cli_export, &shoal_cli_calc, &shoal_cli_verify,
};
enum { N_VERBS = sizeof verbs / sizeof verbs[0] };

static void print_version(void)
{
    printf("shoal %s\n", shoal_version());
}

static void print_help(void)
{
    fputs(
        "Usage: shoal COMMAND [OPTION]... OPERAND...\n"
        "Arrays and tables bigger than memory: compressed chunks in plain HDF5 files, computed on\n"
        "every core, within a limit of memory that is kept.\n"
        "\n"
        "Commands:\n",
        stdout);
    for (int k = 0; k < N_VERBS; k++) printf("  %-8s %s\n", verbs[k]->name, verbs[k]->summary);
    fputs("\n"
          "'shoal help COMMAND' describes one, with examples. FILE:/path[0:100, ::2] names a part\n"
          "of a dataset. Results go to standard output, messages to standard error.\n"
          "\n",
          stdout);
    fputs(shoal_cli_common_help, stdout);
    fputs("\n"
          "Exit status:\n"
          "  0    done\n"
          "  1    compared and found to differ, or damaged\n"
          "  2    the request makes no sense\n"
          "  3    a file or the system refused\n"
          "  4    the data are corrupt, or of a kind that is not supported\n"
          "  5    would need more memory than allowed\n"
          "  130  interrupted; nothing half-written is left\n"
          "\n"
          "Examples:\n"
          "  $ shoal ingest flights.csv -o flights.h5:/table\n"
          "  $ shoal info flights.h5\n"
          "  $ shoal calc 'nanmean(dep_delay)' flights.h5:/table\n"
          "  $ shoal calc 'mean(t, axis=0)' t=era.nc:/t2m -o mean.h5:/t2m\n"
          "  $ shoal export 'mean.h5:/t2m[0:10]' -o mean.npy\n",
          stdout);
}

static void print_verb_help(const shoal_cli_verb *verb)
{
    printf("%s\n%s\nExamples:\n%s", verb->help, shoal_cli_common_help, verb->examples);
}

static shoal_status run_verb(const shoal_cli_verb *verb, int argc, char **argv, shoal_error *err)
{
    shoal_cli_common *values = calloc(1, verb->values_size);
    if (values == NULL) return shoal_cli_fail(err, SHOAL_SYSTEM, "out of memory");
    shoal_status status = shoal_cli_parse(verb, argc, argv, values, err);
    if (status == SHOAL_OK && values->help)
        print_verb_help(verb);
    else if (status == SHOAL_OK && values->version)
        print_version();
    else if (status == SHOAL_OK)
        status = verb->run(values, err);
    shoal_cli_values_clear(verb, values);
    free(values);
    return status;
}

static shoal_status unknown_verb(const char *word, shoal_error *err)
{
    const char *names[N_VERBS];
    for (int k = 0; k < N_VERBS; k++) names[k] = verbs[k]->name;
    const char *nearest = shoal_cli_nearest(word, names, N_VERBS);
    if (word[0] == '-' && word[1] != 0)
        return shoal_cli_fail_usage(err, NULL, "unknown option '%s'; options follow the command",
                                    word);
    if (nearest == NULL) return shoal_cli_fail_usage(err, NULL, "unknown command '%s'", word);
    return shoal_cli_fail_usage(err, NULL, "unknown command '%s'; did you mean '%s'?", word,
                                nearest);
}

static const shoal_cli_verb *find_verb(const char *word)
{
    for (int k = 0; k < N_VERBS; k++)
        if (strcmp(word, verbs[k]->name) == 0) return verbs[k];
    return NULL;
}

static shoal_status dispatch(int argc, char **argv, shoal_error *err)
{
    if (argc < 2) return shoal_cli_fail_usage(err, NULL, "a command is missing");
    const char *word = argv[1];
    bool helps =
        strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
    const char *name = helps && argc > 2 ? argv[2] : word;
    const shoal_cli_verb *verb = find_verb(name);
    if (helps && argc < 3)
        print_help();
    else if (strcmp(word, "--version") == 0 || strcmp(word, "version") == 0)
        print_version();
    else if (!verb)
        return unknown_verb(name, err);
    else if (helps)
        print_verb_help(verb);
    else
        return run_verb(verb, argc - 1, argv + 1, err);
    return SHOAL_OK;
}

int main(int argc, char **argv)
{
    shoal_error err = {0}, lost = {0};
    shoal_cli_interrupt_install();
    shoal_status status = dispatch(argc, argv, &err);
    if (status != SHOAL_OK) shoal_cli_complain(&err);
    if (shoal_cli_flush(&lost) != SHOAL_OK && status == SHOAL_OK) {
        shoal_cli_complain(&lost);
        status = lost.status;
    }
    /* All is written and closed. libhdf5's own closing at exit, which exit() would run, writes to
       standard error when a file is damaged. */
    _exit((int)status);
}
