#include "cli/info.h"

#include "cli/human.h"
#include "cli/message.h"
#include "cli/verb.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct info_values {
    shoal_cli_common common;
    bool stats;
} info_values;

static const shoal_cli_option info_option[] = {
    {"stats", 0, SHOAL_CLI_FLAG, offsetof(info_values, stats)},
};

void shoal_cli_encoding_free(shoal_cli_encoding *encoding)
{
    free(encoding->type);
    free(encoding->index);
    *encoding = (shoal_cli_encoding){0};
}

static uint64_t count_texts(const char *text)
{
    json_t *list = text != NULL ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    uint64_t n = json_is_array(list) ? json_array_size(list) : UINT64_MAX;
    if (json_is_string(list)) n = 1;
    json_decref(list);
    return n;
}

static int read_encoding(void *user, const shoal_attribute *attribute)
{
    shoal_cli_encoding *encoding = user;
    if (strcmp(attribute->name, "encoding-type") == 0 && encoding->type == NULL)
        encoding->type = strdup(attribute->text);
    if (strcmp(attribute->name, "_index") == 0 && encoding->index == NULL)
        encoding->index = strdup(attribute->text);
    if (strcmp(attribute->name, "column-order") == 0)
        encoding->n_columns = count_texts(attribute->json);
    return 0;
}

void shoal_cli_encoding_read(shoal_file *file, const char *path, shoal_cli_encoding *out)
{
    shoal_error ignored;
    *out = (shoal_cli_encoding){.n_columns = UINT64_MAX};
    shoal_attribute_visit(file, path, read_encoding, out, &ignored);
}

bool shoal_cli_describe_part(shoal_file *file, const char *parent, const char *name,
                             shoal_dataset_info *out)
{
    shoal_error ignored;
    shoal_dataset *dataset = NULL;
    size_t n = strlen(parent) + strlen(name) + 2;
    char *path = malloc(n);
    if (path == NULL) return false;
    snprintf(path, n, "%s/%s", strcmp(parent, "/") == 0 ? "" : parent, name);
    bool described = shoal_dataset_open(file, path, &dataset, &ignored) == SHOAL_OK &&
                     shoal_dataset_describe(dataset, out, &ignored) == SHOAL_OK;
    if (described) {
        out->why_not = out->stored_type = out->layout = out->filters = out->fill = NULL;
        out->index = out->units = out->coding = NULL;
        memset(out->dimensions, 0, sizeof out->dimensions);
    }
    if (dataset != NULL) shoal_dataset_close(dataset);
    free(path);
    return described;
}

bool shoal_cli_describe_axis(shoal_dataset *dataset, int axis, shoal_axis_info *out)
{
    shoal_error ignored;
    return shoal_dataset_axis(dataset, axis, out, &ignored) == SHOAL_OK && out->name[0] != 0;
}

bool shoal_cli_describe_values(shoal_dataset *dataset, shoal_statistics *out)
{
    shoal_error ignored;
    return shoal_dataset_statistics(dataset, out, &ignored) == SHOAL_OK && out->n_chunks_known > 0;
}

bool shoal_cli_is_coordinate(const shoal_object *object, const shoal_dataset_info *info,
                             const shoal_axis_info *axis)
{
    return info->rank == 1 && strcmp(axis->coordinate, object->path) == 0;
}

void shoal_cli_walk_failed(shoal_cli_walk *walk, const shoal_error *err)
{
    if (walk->n_failed++ == 0) walk->failure = *err;
}

static shoal_status end_walk(shoal_cli_walk *walk, const char *name, shoal_status status,
                             shoal_error *err)
{
    if (status != SHOAL_OK || walk->n_failed == 0) return status;
    if (walk->n_failed == 1) {
        *err = walk->failure;
        return err->status;
    }
    char count[SHOAL_CLI_NUMBER];
    return shoal_cli_fail(err, walk->failure.status,
                          "%s: %s objects could not be described; "
                          "the first: %s",
                          name, shoal_cli_count(walk->n_failed, count), walk->failure.message);
}

static shoal_status print_text(shoal_cli_walk *walk, const char *name, const char *path,
                               uint64_t n_bytes, shoal_error *err)
{
    char size[SHOAL_CLI_NUMBER];
    char *clean = shoal_cli_cleaned(name);
    printf("%s  %s\n", clean != NULL ? clean : "", shoal_cli_bytes((double)n_bytes, size));
    free(clean);
    walk->rows.out = stdout;
    shoal_status status = shoal_file_visit(walk->file, path, shoal_cli_info_text, walk, err);
    shoal_cli_rows_flush(&walk->rows);
    free(walk->inside);
    return status;
}

static shoal_status print_json(shoal_cli_walk *walk, const char *name, const char *path,
                               uint64_t n_bytes, shoal_error *err)
{
    shoal_cli_json *json = &walk->json;
    json->out = stdout;
    shoal_cli_json_open(json, '{');
    shoal_cli_json_key(json, "file");
    shoal_cli_json_text(json, name);
    shoal_cli_json_key(json, "size");
    shoal_cli_json_count(json, n_bytes);
    shoal_cli_json_key(json, "objects");
    shoal_cli_json_open(json, '[');
    shoal_status status = shoal_file_visit(walk->file, path, shoal_cli_info_json, walk, err);
    fputc('\n', stdout);
    shoal_cli_json_close(json, ']');
    if (status != SHOAL_OK) { /* what came before it is whole and valid JSON all the same */
        shoal_cli_json_key(json, "error");
        shoal_cli_json_text(json, err->message);
    }
    shoal_cli_json_close(json, '}');
    fputc('\n', stdout);
    return status;
}

/* A path that does not exist is found out before anything is printed. */
static int stop_at_once(void *user, const shoal_object *object)
{
    (void)object;
    *(bool *)user = true;
    return 1;
}

static shoal_status check_path(shoal_file *file, const char *path, shoal_error *err)
{
    bool found = false;
    shoal_status status = shoal_file_visit(file, path, stop_at_once, &found, err);
    return found ? SHOAL_OK : status;
}

static shoal_status show(const info_values *values, const char *name, const char *path,
                         shoal_error *err)
{
    const shoal_cli_common *common = &values->common;
    shoal_cli_walk *walk = calloc(1, sizeof *walk);
    struct stat found;
    if (walk == NULL) return shoal_cli_fail(err, SHOAL_SYSTEM, "out of memory");
    shoal_status status = shoal_file_open(name, &walk->file, err);
    if (status == SHOAL_OK && stat(name, &found) != 0)
        status = shoal_cli_fail(err, SHOAL_SYSTEM, "%s: %s", name, strerror(errno));
    const char *start = path != NULL ? path : "/";
    if (status == SHOAL_OK) status = check_path(walk->file, start, err);
    if (status == SHOAL_OK) {
        walk->stats = values->stats;
        walk->detail = path != NULL || walk->stats;
        status = (common->json ? print_json : print_text)(walk, name, start,
                                                          (uint64_t)found.st_size, err);
        status = end_walk(walk, name, status, err);
    }
    shoal_file_close(walk->file);
    free(walk);
    return status;
}

static shoal_status run_info(shoal_cli_common *common, shoal_error *err)
{
    char *name = NULL, *path = NULL, *slice = NULL;
    shoal_status status = shoal_cli_need_operands(common, 1, 1, "FILE", err);
    if (status == SHOAL_OK)
        status = shoal_locator_split(common->operand[0], &name, &path, &slice, err);
    if (status != SHOAL_OK) return status;
    if (slice != NULL)
        status =
            shoal_cli_fail_usage(err, common->verb, "%s: info takes no slice", common->operand[0]);
    else
        status = show((const void *)common, name, path, err);
    free(name);
    free(path);
    free(slice);
    return status;
}

const shoal_cli_verb shoal_cli_info = {
    .name = "info",
    .summary = "show what is inside a file",
    .help =
        "Usage: shoal info [OPTION]... FILE[:/path]\n"
        "Show what is inside an HDF5, netCDF-4 or npy file: groups, tables, datasets with type,\n"
        "shape, chunks, filters and ratio, and attributes. Reads no data. With a path: that\n"
        "object and what is below it, in more detail.\n"
        "\n"
        "With --json: {\"file\", \"size\", \"objects\": [{\"path\", \"kind\", ...}]}, with exact "
        "numbers.\n"
        "\n"
        "Options:\n"
        "      --stats  what is kept of the chunks' values: how many are known, NaNs, the extremes "
        "and\n"
        "               the sum; of values as stored, and without a look at the data\n",
    .examples = "  $ shoal info era5.nc\n"
                "  $ shoal info flights.h5:/table\n"
                "  $ shoal info --stats grid.h5:/t\n"
                "  $ shoal info --json era5.nc | jq '.objects[].path'\n",
    .option = info_option,
    .n_options = sizeof info_option / sizeof info_option[0],
    .values_size = sizeof(info_values),
    .run = run_info,
};
