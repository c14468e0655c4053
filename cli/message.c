#include "cli/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int shoal_cli_utf8_length(const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;
    int n = byte[0] < 0x80 ? 1 : byte[0] < 0xc2 ? 0 : byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
    if (byte[0] > 0xf4) return 0;
    for (int k = 1; k < n; k++)
        if ((byte[k] & 0xc0) != 0x80) return 0;
    if (byte[0] == 0xe0 && byte[1] < 0xa0) return 0;  /* overlong */
    if (byte[0] == 0xed && byte[1] >= 0xa0) return 0; /* a surrogate */
    if (byte[0] == 0xf0 && byte[1] < 0x90) return 0;  /* overlong */
    if (byte[0] == 0xf4 && byte[1] >= 0x90) return 0; /* past U+10FFFF */
    return n;
}

void shoal_cli_clean(char *text)
{
    while (*text != 0) {
        int n = shoal_cli_utf8_length(text);
        unsigned char first = (unsigned char)text[0];
        bool control = first < 0x20 || first == 0x7f ||
                       (n == 2 && first == 0xc2 && (unsigned char)text[1] < 0xa0);
        for (int k = 0; control && k < n; k++) text[k] = '?';
        if (n == 0) text[0] = '?';
        text += n == 0 ? 1 : n;
    }
}

char *shoal_cli_cleaned(const char *text)
{
    char *copy = strdup(text);
    if (copy != NULL) shoal_cli_clean(copy);
    return copy;
}

static void fill_error(shoal_error *err, shoal_status status, const char *format, va_list values)
{
    err->status = status;
    err->column = 0;
    vsnprintf(err->message, sizeof err->message, format, values);
    shoal_cli_clean(err->message);
}

shoal_status shoal_cli_fail(shoal_error *err, shoal_status status, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fill_error(err, status, format, values);
    va_end(values);
    return status;
}

shoal_status shoal_cli_fail_usage(shoal_error *err, const char *verb, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fill_error(err, SHOAL_USAGE, format, values);
    va_end(values);
    size_t n = strlen(err->message);
    bool asks = n > 0 && err->message[n - 1] == '?';
    snprintf(err->message + n, sizeof err->message - n, "%s see shoal %s%s--help", asks ? "" : ";",
             verb != NULL ? verb : "", verb != NULL ? " " : "");
    return SHOAL_USAGE;
}

enum { LONGEST_WORD = 40 };

/* Levenshtein's distance, with two rows; both words are at most LONGEST_WORD long. */
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(b), row[LONGEST_WORD + 1];
    for (size_t k = 0; k <= n; k++) row[k] = k;
    for (size_t i = 1; a[i - 1] != 0; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t k = 1; k <= n; k++) {
            size_t best = diagonal + (a[i - 1] != b[k - 1]);
            if (row[k] + 1 < best) best = row[k] + 1;
            if (row[k - 1] + 1 < best) best = row[k - 1] + 1;
            diagonal = row[k];
            row[k] = best;
        }
    }
    return row[n];
}

const char *shoal_cli_nearest(const char *word, const char *const *candidates, size_t n)
{
    const char *nearest = NULL;
    size_t length = strlen(word), least = length / 3 + 1;
    if (length == 0 || length > LONGEST_WORD) return NULL;
    for (size_t k = 0; k < n; k++) {
        if (strlen(candidates[k]) > LONGEST_WORD) continue;
        size_t edits = distance(word, candidates[k]);
        if (edits < least || (nearest == NULL && edits == least && edits < length)) {
            least = edits;
            nearest = candidates[k];
        }
    }
    return nearest;
}

void shoal_cli_complain(const shoal_error *err)
{
    char line[sizeof err->message + 64];
    const char *message = err->message[0] != 0 ? err->message : "failed, without a message";
    if (err->column > 0 && strncmp(message, "column ", 7) != 0)
        snprintf(line, sizeof line, "shoal: column %d: %s", err->column, message);
    else
        snprintf(line, sizeof line, "shoal: %s", message);
    shoal_cli_clean(line);
    fprintf(stderr, "%s\n", line);
}

shoal_status shoal_cli_flush(shoal_error *err)
{
    errno = 0;
    bool lost = fflush(stdout) != 0 || ferror(stdout) != 0;
    if (!lost) return SHOAL_OK;
    if (errno == EPIPE || errno == EBADF || errno == 0)
        return shoal_cli_fail(err, SHOAL_SYSTEM, "standard output was closed");
    return shoal_cli_fail(err, SHOAL_SYSTEM, "standard output: %s", strerror(errno));
}
