#include "cli/human.h"
#include "cli/info_lines.h"

#include <stdarg.h>
#include <string.h>

void shoal_cli_add_words(char *text, size_t capacity, const char *format, ...)
{
    size_t n = strlen(text);
    va_list values;
    if (n > 0 && n + 3 < capacity) n += (size_t)(stpcpy(text + n, ", ") - (text + n));
    va_start(values, format);
    vsnprintf(text + n, capacity - n, format, values);
    va_end(values);
}

void shoal_cli_shape_words(const shoal_dataset_info *info, char *text, size_t capacity)
{
    size_t n = 0;
    text[0] = 0;
    if (info->rank == 0) snprintf(text, capacity, "scalar");
    for (int k = 0; k < info->rank && n < capacity; k++) {
        char number[SHOAL_CLI_NUMBER];
        const char *name = info->dimensions[k];
        int more = snprintf(text + n, capacity - n, "%s%s%s%s", k > 0 ? " x " : "",
                            name != NULL ? name : "", name != NULL ? " " : "",
                            shoal_cli_count(info->shape[k], number));
        n += more > 0 ? (size_t)more : 0;
    }
}

const char *shoal_cli_name_of(const shoal_object *object)
{
    const char *slash = strrchr(object->path, '/');
    return object->depth == 0 || slash == NULL ? object->path : slash + 1;
}
