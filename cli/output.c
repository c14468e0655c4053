#include "cli/output.h"

#include "cli/message.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The file of a locator, malloc'd; NULL when it has none, and when `whole` asks for one without a
   path and it has a path. */
static char *file_of(const char *locator, bool whole)
{
    char *file = NULL, *path = NULL, *slice = NULL;
    shoal_error ignored;
    if (strcmp(locator, "-") == 0) return NULL;
    if (shoal_locator_split(locator, &file, &path, &slice, &ignored) != SHOAL_OK) return NULL;
    if (whole && path != NULL) {
        free(file);
        file = NULL;
    }
    free(path);
    free(slice);
    return file;
}

shoal_status shoal_cli_check_output(const char *output, const char *input, shoal_error *err)
{
    struct stat in, out;
    char *to = file_of(output, true), *from = file_of(input, false);
    bool same = to != NULL && from != NULL && stat(to, &out) == 0 && stat(from, &in) == 0 &&
                S_ISREG(out.st_mode) && in.st_dev == out.st_dev && in.st_ino == out.st_ino;
    free(to);
    free(from);
    if (!same) return SHOAL_OK;
    return shoal_cli_fail(err, SHOAL_USAGE,
                          "%s is the input and the output; give the output another name", output);
}
