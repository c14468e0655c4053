#include "cli/human.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *shoal_cli_count(uint64_t count, char text[SHOAL_CLI_NUMBER])
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, count);
    char *end = text;
    for (int k = 0; k < n; k++) {
        if (k > 0 && (n - k) % 3 == 0) *end++ = ',';
        *end++ = digits[k];
    }
    *end = 0;
    return text;
}

const char *shoal_cli_bytes(double n_bytes, char text[SHOAL_CLI_NUMBER])
{
    static const char *const unit[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t k = 0;
    while (n_bytes >= 999.5 && k + 1 < sizeof unit / sizeof unit[0]) {
        n_bytes /= 1000;
        k++;
    }
    int decimals = k == 0 || n_bytes >= 99.95 ? 0 : n_bytes >= 9.995 ? 1 : 2;
    snprintf(text, SHOAL_CLI_NUMBER, "%.*f %s", decimals, n_bytes, unit[k]);
    return text;
}

const char *shoal_cli_duration(double seconds, char text[SHOAL_CLI_NUMBER])
{
    if (!(seconds > 0)) seconds = 0;
    if (seconds > 360000) seconds = 360000;
    long whole = (long)(seconds + 0.5);
    if (seconds < 9.95)
        snprintf(text, SHOAL_CLI_NUMBER, "%.*f s", seconds < 0.0995 ? 3 : 1, seconds);
    else if (whole < 60)
        snprintf(text, SHOAL_CLI_NUMBER, "%ld s", whole);
    else if (whole < 3600)
        snprintf(text, SHOAL_CLI_NUMBER, "%ld min %02ld s", whole / 60, whole % 60);
    else
        snprintf(text, SHOAL_CLI_NUMBER, "%ld h %02ld min", whole / 3600, whole % 3600 / 60);
    return text;
}

const char *shoal_cli_shape(int rank, const uint64_t *shape, char text[SHOAL_CLI_SHAPE])
{
    char number[SHOAL_CLI_NUMBER];
    char *end = text;
    if (rank == 0) strcpy(text, "scalar");
    for (int k = 0; k < rank; k++) {
        if (k > 0) end = stpcpy(end, " x ");
        end = stpcpy(end, shape[k] == UINT64_MAX ? "unlimited" : shoal_cli_count(shape[k], number));
    }
    return text;
}
