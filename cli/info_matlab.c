/* What info tells of arrays of MATLAB's. */
#include "cli/human.h"
#include "cli/info.h"

#include <stdio.h>
#include <string.h>

static int look(void *user, const shoal_attribute *attribute)
{
    shoal_cli_matlab *matlab = user;
    if (strcmp(attribute->name, "MATLAB_class") == 0 && attribute->json != NULL &&
        attribute->json[0] == '"')
        snprintf(matlab->class_name, sizeof matlab->class_name, "%s", attribute->text);
    if (strcmp(attribute->name, "MATLAB_empty") == 0)
        matlab->is_empty = strcmp(attribute->text, "0") != 0;
    return 0;
}

bool shoal_cli_matlab_read(shoal_file *file, const char *path, const shoal_dataset_info *info,
                           shoal_cli_matlab *out)
{
    shoal_error ignored;
    *out = (shoal_cli_matlab){.rank = info->rank};
    if (shoal_attribute_visit(file, path, look, out, &ignored) != SHOAL_OK) return false;
    for (int k = 0; k < info->rank; k++) out->shape[k] = info->shape[info->rank - 1 - k];
    return out->class_name[0] != 0;
}

const char *shoal_cli_matlab_words(const shoal_cli_matlab *matlab, char *text, size_t capacity)
{
    char shape[SHOAL_CLI_SHAPE];
    snprintf(text, capacity, "MATLAB's %s %s",
             matlab->is_empty ? "empty" : shoal_cli_shape(matlab->rank, matlab->shape, shape),
             matlab->class_name);
    return text;
}
