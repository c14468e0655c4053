/* info for people of one dataset: all there is to know, a line each. */
#include "cli/human.h"
#include "cli/info_lines.h"

#include <stdarg.h>
#include <string.h>

enum { DETAIL_LABEL = 12 };

static void detail(shoal_cli_walk *walk, int indent, const char *label, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void detail(shoal_cli_walk *walk, int indent, const char *label, const char *format, ...)
{
    char line[2304];
    va_list values;
    int n = snprintf(line, sizeof line, "%-*s", DETAIL_LABEL, label);
    va_start(values, format);
    vsnprintf(line + n, sizeof line - (size_t)n, format, values);
    va_end(values);
    shoal_cli_rows_line(&walk->rows, indent, line);
}

static void detail_chunks(shoal_cli_walk *walk, int indent, const shoal_dataset_info *info)
{
    char shape[SHOAL_CLI_SHAPE], n[SHOAL_CLI_NUMBER], stored[SHOAL_CLI_NUMBER];
    double n_bytes = info->type.n_bytes;
    for (int k = 0; k < info->rank; k++) n_bytes *= (double)info->chunk[k];
    shoal_cli_shape(info->rank, info->chunk, shape);
    if (info->readable)
        detail(walk, indent, "chunk", "%s, %s", shape, shoal_cli_bytes(n_bytes, n));
    else
        detail(walk, indent, "chunk", "%s", shape);
    shoal_cli_count(info->n_chunks, n);
    if (info->n_chunks_stored == UINT64_MAX)
        detail(walk, indent, "chunks", "%s", n);
    else
        detail(walk, indent, "chunks", "%s, of these %s written", n,
               shoal_cli_count(info->n_chunks_stored, stored));
    if (info->index != NULL) detail(walk, indent, "index", "%s", info->index);
    detail(walk, indent, "filters", "%s",
           info->filters != NULL && info->filters[0] != 0 ? info->filters : "none");
}

static void detail_size(shoal_cli_walk *walk, int indent, const shoal_dataset_info *info)
{
    char raw[SHOAL_CLI_NUMBER], stored[SHOAL_CLI_NUMBER];
    shoal_cli_bytes((double)info->raw_bytes, raw);
    shoal_cli_bytes((double)info->stored_bytes, stored);
    if (info->stored_bytes == 0 || info->raw_bytes == 0)
        detail(walk, indent, "size", "%s, stored %s", raw, stored);
    else
        detail(walk, indent, "size", "%s, stored %s, %.3gx", raw, stored,
               (double)info->raw_bytes / (double)info->stored_bytes);
}

static void detail_axes(shoal_cli_walk *walk, int indent, shoal_dataset *dataset,
                        const shoal_dataset_info *info)
{
    shoal_axis_info axis;
    for (int k = 0; k < info->rank; k++) {
        if (info->dimensions[k] == NULL || !shoal_cli_describe_axis(dataset, k, &axis)) continue;
        const char *units = axis.is_time ? axis.calendar : axis.units;
        if (axis.first[0] != 0)
            detail(walk, indent, "axis", "%s, %s .. %s%s%s, in %s", axis.name, axis.first,
                   axis.last, units[0] != 0 ? " " : "", units, axis.coordinate);
        else if (axis.coordinate[0] != 0)
            detail(walk, indent, "axis", "%s, in %s", axis.name, axis.coordinate);
    }
}

typedef struct coordinate_walk {
    shoal_cli_walk *walk;
    const shoal_dataset_info *info;
    int indent;
} coordinate_walk;

/* "lat(y, x) degrees_north, in /lat", "height = 2 m, in /height" */
static int detail_coordinate(void *user, const shoal_coordinate_info *c)
{
    const coordinate_walk *to = user;
    char axes[1024] = "";
    for (int k = 0; k < c->rank; k++)
        if (c->axis[k] >= 0)
            shoal_cli_add_words(axes, sizeof axes, "%s", to->info->dimensions[c->axis[k]]);
    bool scalar = c->rank == 0 && c->value[0] != 0, has_units = c->units[0] != 0;
    bool is_date = has_units && strstr(c->units, " since ") != NULL;
    detail(to->walk, to->indent, "coordinate", "%s%s%s%s%s%s%s%s, in %s", c->name,
           axes[0] != 0 ? "(" : "", axes, axes[0] != 0 ? ")" : "", scalar ? " = " : "", c->value,
           has_units && !(scalar && is_date) ? " " : "", scalar && is_date ? "" : c->units,
           c->path);
    return 0;
}

static void detail_coordinates(shoal_cli_walk *walk, int indent, shoal_dataset *dataset,
                               const shoal_dataset_info *info)
{
    coordinate_walk to = {walk, info, indent};
    (void)shoal_dataset_coordinates(dataset, detail_coordinate, &to, NULL);
}

static void detail_coding(shoal_cli_walk *walk, int indent, const shoal_dataset_info *info)
{
    char type[24];
    if (info->coding != NULL && info->coding[0] != 0)
        detail(walk, indent, "values", "%s, as %s", info->coding,
               shoal_type_name(info->decoded, type));
    if (info->units != NULL && info->units[0] != 0)
        detail(walk, indent, "units", "%s", info->units);
}

static void detail_values(shoal_cli_walk *walk, int indent, shoal_dataset *dataset,
                          const shoal_dataset_info *info)
{
    char n[SHOAL_CLI_NUMBER], of[SHOAL_CLI_NUMBER], nan[SHOAL_CLI_NUMBER], least[64], greatest[64];
    shoal_statistics s;
    if (!shoal_cli_describe_values(dataset, &s)) {
        detail(walk, indent, "known", "nothing of the values");
        return;
    }
    detail(walk, indent, "known", "%s of %s chunks: %s values, %s nan",
           shoal_cli_count(s.n_chunks_known, n), shoal_cli_count(s.n_chunks, of),
           shoal_cli_count(s.n_elements, least), shoal_cli_count(s.n_nan, nan));
    if (s.has_extremes) {
        shoal_format_element(info->type, s.least, least, sizeof least);
        shoal_format_element(info->type, s.greatest, greatest, sizeof greatest);
        detail(walk, indent, "range", "%s .. %s", least, greatest);
    }
    if (s.has_sum) detail(walk, indent, "sum", "%s", s.sum);
}

void shoal_cli_info_detail(shoal_cli_walk *walk, const shoal_object *object, shoal_dataset *dataset,
                           const shoal_dataset_info *info)
{
    char shape[2048], most[SHOAL_CLI_SHAPE], type[24];
    int indent = object->depth + 1;
    shoal_cli_shape_words(info, shape, sizeof shape);
    shoal_cli_shape(info->rank, info->max_shape, most);
    shoal_cli_rows_line(&walk->rows, object->depth, shoal_cli_name_of(object));
    if (info->readable && strcmp(shoal_type_name(info->type, type), info->stored_type) != 0)
        detail(walk, indent, "type", "%s, read as %s", info->stored_type, type);
    else
        detail(walk, indent, "type", "%s", info->stored_type);
    detail(walk, indent, "shape", "%s", shape);
    if (memcmp(info->shape, info->max_shape, (size_t)info->rank * sizeof info->shape[0]) != 0)
        detail(walk, indent, "max shape", "%s", most);
    shoal_cli_matlab matlab;
    if (shoal_cli_matlab_read(walk->file, object->path, info, &matlab))
        detail(walk, indent, "to calc", "%s", shoal_cli_matlab_words(&matlab, shape, sizeof shape));
    detail_axes(walk, indent, dataset, info);
    detail_coordinates(walk, indent, dataset, info);
    detail_coding(walk, indent, info);
    detail(walk, indent, "layout", "%s", info->layout);
    if (strcmp(info->layout, "chunked") == 0) detail_chunks(walk, indent, info);
    detail_size(walk, indent, info);
    if (walk->stats && info->readable) detail_values(walk, indent, dataset, info);
    if (info->fill != NULL && info->fill[0] != 0) detail(walk, indent, "fill", "%s", info->fill);
    if (!info->readable)
        detail(walk, indent, "unreadable", "%s", info->why_not != NULL ? info->why_not : "");
}
