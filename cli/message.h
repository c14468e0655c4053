/* Messages of the command line: one clean line each. */
#ifndef SHOAL_CLI_MESSAGE_H
#define SHOAL_CLI_MESSAGE_H

#include <shoal/shoal.h>

/* Fills `err` with a cleaned line and returns `status`. */
shoal_status shoal_cli_fail(shoal_error *err, shoal_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a mistake in the command line: SHOAL_USAGE, and where to read on. `verb` may be
   NULL for the command itself. */
shoal_status shoal_cli_fail_usage(shoal_error *err, const char *verb, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Makes '?' of every control character and every byte that is not UTF-8; in place, the length
   stays. */
void shoal_cli_clean(char *text);

/* A cleaned copy, malloc'd; NULL when out of memory. */
char *shoal_cli_cleaned(const char *text);

/* The bytes of the UTF-8 character at `text`, 1 to 4, or 0 when it is none. */
int shoal_cli_utf8_length(const char *text);

/* The candidate nearest to `word` by edits, or NULL when none is near. */
const char *shoal_cli_nearest(const char *word, const char *const *candidates, size_t n);

/* Prints the one line "shoal: MESSAGE" on standard error. */
void shoal_cli_complain(const shoal_error *err);

/* Flushes standard output; SHOAL_SYSTEM when anything written to it was lost. */
shoal_status shoal_cli_flush(shoal_error *err);

#endif
