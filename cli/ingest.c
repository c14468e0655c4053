#include "cli/human.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/storage.h"
#include "cli/value.h"
#include "cli/verb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct ingest_values {
    shoal_cli_common common;
    shoal_cli_storage storage;
    const char *output, *format, *dtype, *shape, *delimiter;
    shoal_cli_list type, missing;
    bool append, no_header, no_summaries;
} ingest_values;

static const shoal_cli_option ingest_option[] = {
    {"output", 'o', SHOAL_CLI_TEXT, offsetof(ingest_values, output)},
    {"format", 0, SHOAL_CLI_TEXT, offsetof(ingest_values, format)},
    {"append", 0, SHOAL_CLI_FLAG, offsetof(ingest_values, append)},
    {"dtype", 0, SHOAL_CLI_TEXT, offsetof(ingest_values, dtype)},
    {"shape", 0, SHOAL_CLI_TEXT, offsetof(ingest_values, shape)},
    {"type", 0, SHOAL_CLI_LIST, offsetof(ingest_values, type)},
    {"delimiter", 0, SHOAL_CLI_TEXT, offsetof(ingest_values, delimiter)},
    {"no-header", 0, SHOAL_CLI_FLAG, offsetof(ingest_values, no_header)},
    {"no-summaries", 0, SHOAL_CLI_FLAG, offsetof(ingest_values, no_summaries)},
    {"missing", 0, SHOAL_CLI_LIST, offsetof(ingest_values, missing)},
    {"unlimited", 0, SHOAL_CLI_TEXT, offsetof(ingest_values, storage.unlimited)},
    SHOAL_CLI_STORAGE_OPTIONS(ingest_values),
};

/* What the parameters borrow and this run owns. */
typedef struct ingest_memory {
    char *column_names; /* one text for all, cut by NULs */
    shoal_column_type *column_type;
    void *fill;
} ingest_memory;

static shoal_status read_format(const char *text, shoal_format *out, shoal_error *err)
{
    static const char *const name[] = {"csv", "tsv", "npy", "npz", "raw", "hdf5"};
    static const shoal_format format[] = {SHOAL_FORMAT_CSV, SHOAL_FORMAT_TSV, SHOAL_FORMAT_NPY,
                                          SHOAL_FORMAT_NPZ, SHOAL_FORMAT_RAW, SHOAL_FORMAT_HDF5};
    if (text == NULL) return SHOAL_OK;
    for (size_t k = 0; k < sizeof name / sizeof name[0]; k++)
        if (strcmp(text, name[k]) == 0) {
            *out = format[k];
            return SHOAL_OK;
        }
    return shoal_cli_fail_usage(err, "ingest",
                                "--format is csv, tsv, npy, npz, raw or hdf5, "
                                "not '%s'",
                                text);
}

static shoal_status read_delimiter(const char *text, char *out, shoal_error *err)
{
    if (text == NULL) return SHOAL_OK;
    if (strcmp(text, "\\t") == 0 || strcmp(text, "tab") == 0) text = "\t";
    if (strlen(text) != 1 || strchr("\"\n\r", text[0]) != NULL || (unsigned char)text[0] >= 0x80)
        return shoal_cli_fail_usage(err, "ingest",
                                    "--delimiter needs one character, such as ';' "
                                    "or '\\t', not '%s'",
                                    text);
    *out = text[0];
    return SHOAL_OK;
}

static shoal_status read_array(const ingest_values *values, shoal_ingest_params *params,
                               shoal_error *err)
{
    shoal_dataset_spec *storage = &params->storage;
    if (values->dtype != NULL && !shoal_type_parse(values->dtype, &storage->type))
        return shoal_cli_fail_usage(err, "ingest",
                                    "--dtype %s is no type; f4, float64, int16, u1, "
                                    "bool, c8 and S12 are",
                                    values->dtype);
    if (values->shape != NULL &&
        !shoal_cli_read_counts(values->shape, 0, &storage->rank, storage->shape))
        return shoal_cli_fail_usage(err, "ingest", "--shape needs counts such as 1000,20, not '%s'",
                                    values->shape);
    bool both = values->dtype != NULL && values->shape != NULL;
    if (both && params->format == SHOAL_FORMAT_AUTO) params->format = SHOAL_FORMAT_RAW;
    if (params->format == SHOAL_FORMAT_RAW && !both)
        return shoal_cli_fail_usage(err, "ingest",
                                    "raw bytes need --dtype and --shape, such as "
                                    "--dtype f4 --shape 1000,20");
    return shoal_cli_storage_read(&values->storage, "ingest", storage, err);
}

/* --type col=f4; the last '=' counts, as names of columns may have some. */
static shoal_status read_column_types(const ingest_values *values, shoal_ingest_params *params,
                                      ingest_memory *memory, shoal_error *err)
{
    size_t n = values->type.n, n_bytes = 1;
    for (size_t k = 0; k < n; k++) n_bytes += strlen(values->type.item[k]) + 1;
    memory->column_type = calloc(n + 1, sizeof *memory->column_type);
    memory->column_names = calloc(n_bytes, 1);
    if (memory->column_type == NULL || memory->column_names == NULL)
        return shoal_cli_fail(err, SHOAL_SYSTEM, "out of memory");
    char *name = memory->column_names;
    for (size_t k = 0; k < n; k++) {
        const char *text = values->type.item[k], *equals = strrchr(text, '=');
        if (equals == NULL || equals == text || equals[1] == 0)
            return shoal_cli_fail_usage(err, "ingest", "--type needs COLUMN=TYPE, not '%s'", text);
        memory->column_type[k] = (shoal_column_type){name, equals + 1};
        name = (char *)mempcpy(name, text, (size_t)(equals - text)) + 1;
    }
    params->column_types = memory->column_type;
    params->n_column_types = n;
    return SHOAL_OK;
}

/* The type of the first source where that is known from its metadata. */
static bool source_type(const char *source, shoal_type *out)
{
    shoal_error ignored;
    char *name = NULL, *path = NULL, *slice = NULL;
    shoal_file *file = NULL;
    shoal_dataset *dataset = NULL;
    shoal_dataset_info info;
    bool known =
        strcmp(source, "-") != 0 &&
        shoal_locator_split(source, &name, &path, &slice, &ignored) == SHOAL_OK &&
        shoal_file_open(name, &file, &ignored) == SHOAL_OK &&
        shoal_dataset_open(file, path != NULL ? path : "/", &dataset, &ignored) == SHOAL_OK &&
        shoal_dataset_describe(dataset, &info, &ignored) == SHOAL_OK && info.readable;
    if (known) *out = info.type;
    if (dataset != NULL) shoal_dataset_close(dataset);
    shoal_file_close(file);
    free(name);
    free(path);
    free(slice);
    return known;
}

static shoal_status read_fill(const ingest_values *values, shoal_ingest_params *params,
                              ingest_memory *memory, shoal_error *err)
{
    shoal_type type = params->storage.type;
    if (values->storage.fill == NULL) return SHOAL_OK;
    if (values->dtype == NULL && !source_type(params->sources[0], &type))
        return shoal_cli_fail_usage(err, "ingest",
                                    "--fill needs --dtype here: the type of '%s' is "
                                    "not known before it is read",
                                    params->sources[0]);
    shoal_status status = shoal_cli_fill_read(&values->storage, "ingest", type, &memory->fill, err);
    params->storage.fill = memory->fill;
    return status;
}

static shoal_status read_params(const ingest_values *values, shoal_ingest_params *params,
                                ingest_memory *memory, shoal_error *err)
{
    const shoal_cli_common *common = &values->common;
    shoal_status status = shoal_cli_need_operands(common, 1, SIZE_MAX, "SOURCE", err);
    if (status != SHOAL_OK) return status;
    if (values->output == NULL || values->output[0] == 0)
        return shoal_cli_fail_usage(err, "ingest", "the output is missing: -o FILE:/path");
    if (values->append && common->force)
        return shoal_cli_fail_usage(err, "ingest", "--append and --force exclude each other");
    *params = (shoal_ingest_params){
        .sources = (const char *const *)common->operand,
        .n_sources = common->n_operands,
        .output = values->output,
        .overwrite = common->force,
        .append = values->append,
        .no_header = values->no_header,
        .no_summaries = values->no_summaries,
        .missing = values->missing.item,
        .n_missing = values->missing.n,
    };
    status = read_format(values->format, &params->format, err);
    if (status == SHOAL_OK) status = read_delimiter(values->delimiter, &params->delimiter, err);
    if (status == SHOAL_OK) status = read_array(values, params, err);
    if (status == SHOAL_OK) status = read_column_types(values, params, memory, err);
    if (status == SHOAL_OK) status = read_fill(values, params, memory, err);
    for (size_t k = 0; status == SHOAL_OK && common->force && k < params->n_sources; k++)
        status = shoal_cli_check_output(params->output, params->sources[k], err);
    return status;
}

static shoal_status add_source_size(const char *source, double *n_bytes, shoal_error *err)
{
    char *name = NULL, *path = NULL, *slice = NULL;
    struct stat found;
    if (strcmp(source, "-") == 0) return SHOAL_OK;
    shoal_status status = shoal_locator_split(source, &name, &path, &slice, err);
    if (status == SHOAL_OK && (stat(name, &found) != 0 || access(name, R_OK) != 0))
        status = shoal_cli_fail(err, SHOAL_SYSTEM, "%s: %s", name, strerror(errno));
    if (status == SHOAL_OK) *n_bytes += (double)found.st_size;
    free(name);
    free(path);
    free(slice);
    return status;
}

static shoal_status dry_run(const shoal_ingest_params *params, shoal_error *err)
{
    double n_bytes = 0;
    char count[SHOAL_CLI_NUMBER], size[SHOAL_CLI_NUMBER];
    for (size_t k = 0; k < params->n_sources; k++) {
        shoal_status status = add_source_size(params->sources[k], &n_bytes, err);
        if (status != SHOAL_OK) return status;
    }
    char *output = shoal_cli_cleaned(params->output);
    printf("would %s %s source%s, %s, %s %s\n", params->append ? "append" : "ingest",
           shoal_cli_count(params->n_sources, count), params->n_sources == 1 ? "" : "s",
           shoal_cli_bytes(n_bytes, size), params->append ? "to" : "into",
           output != NULL ? output : "");
    free(output);
    return SHOAL_OK;
}

static void print_json(const shoal_ingest_params *params, const shoal_ingest_result *result)
{
    shoal_cli_json json = {.out = stdout};
    shoal_cli_json_open(&json, '{');
    shoal_cli_json_key(&json, "output");
    shoal_cli_json_text(&json, params->output);
    shoal_cli_json_key(&json, "n_rows");
    shoal_cli_json_count(&json, result->n_rows);
    shoal_cli_json_key(&json, "n_columns");
    shoal_cli_json_count(&json, result->n_columns);
    shoal_cli_json_key(&json, "raw_bytes");
    shoal_cli_json_count(&json, result->raw_bytes);
    shoal_cli_json_key(&json, "stored_bytes");
    shoal_cli_json_count(&json, result->stored_bytes);
    shoal_cli_json_key(&json, "seconds");
    shoal_cli_json_real(&json, result->seconds);
    shoal_cli_json_close(&json, '}');
    putchar('\n');
}

/* "flights.h5:/table: 336,776 rows, 19 columns, 32.1 MB -> 5.2 MB (6.2x), 0.4 s" */
static void print_summary(const shoal_ingest_params *params, const shoal_ingest_result *result)
{
    char rows[SHOAL_CLI_NUMBER], columns[SHOAL_CLI_NUMBER], raw[SHOAL_CLI_NUMBER];
    char stored[SHOAL_CLI_NUMBER], seconds[SHOAL_CLI_NUMBER], ratio[32] = "";
    char *output = shoal_cli_cleaned(params->output);
    bool has_path = strstr(params->output, ":/") != NULL;
    const char *path = has_path ? "" : result->n_columns > 0 ? ":/table" : ":/data";
    fprintf(stderr, "%s%s: %s row%s, ", output != NULL ? output : "", path,
            shoal_cli_count(result->n_rows, rows), result->n_rows == 1 ? "" : "s");
    if (result->n_columns > 0)
        fprintf(stderr, "%s column%s, ", shoal_cli_count(result->n_columns, columns),
                result->n_columns == 1 ? "" : "s");
    if (result->stored_bytes > 0)
        snprintf(ratio, sizeof ratio, " (%.3gx)",
                 (double)result->raw_bytes / (double)result->stored_bytes);
    fprintf(stderr, "%s -> %s%s, %s\n", shoal_cli_bytes((double)result->raw_bytes, raw),
            shoal_cli_bytes((double)result->stored_bytes, stored), ratio,
            shoal_cli_duration(result->seconds, seconds));
    free(output);
}

static shoal_status ingest(const shoal_cli_common *common, const shoal_ingest_params *params,
                           shoal_error *err)
{
    shoal_cli_progress progress;
    shoal_run_options options;
    shoal_ingest_result result = {0};
    shoal_status status = shoal_cli_run_begin(common, &progress, &options, err);
    if (status != SHOAL_OK) return status;
    status = shoal_ingest(params, &options, &result, err);
    status = shoal_cli_run_end(&progress, status, err);
    if (status != SHOAL_OK) return status;
    if (common->json)
        print_json(params, &result);
    else if (!common->quiet)
        print_summary(params, &result);
    return SHOAL_OK;
}

static shoal_status run_ingest(shoal_cli_common *common, shoal_error *err)
{
    const ingest_values *values = (const void *)common;
    shoal_ingest_params params;
    ingest_memory memory = {0};
    shoal_status status = read_params(values, &params, &memory, err);
    if (status == SHOAL_OK && common->dry_run)
        status = dry_run(&params, err);
    else if (status == SHOAL_OK)
        status = ingest(common, &params, err);
    free(memory.column_names);
    free(memory.column_type);
    free(memory.fill);
    return status;
}

const shoal_cli_verb shoal_cli_ingest = {
    .name = "ingest",
    .summary = "store csv, npy, raw bytes or HDF5 as compressed chunks",
    .help =
        "Usage: shoal ingest [OPTION]... SOURCE... -o FILE[:/path]\n"
        "Store sources as compressed chunks in an HDF5 file: csv and tsv as a table, npy, npz, "
        "raw\n"
        "bytes and datasets of HDF5 or netCDF-4 files (FILE:/path[slice]) as an array. Several\n"
        "sources are joined along the first axis, where their numbers mean the same: scale, fill\n"
        "values and units; '-' is standard input. The path is /table or /data when none is given.\n"
        "\n"
        "Options:\n"
        "  -o, --output=FILE[:/path]  where to; the file appears when it is whole\n"
        "      --append         append to the dataset or table that is there\n"
        "      --format=FORMAT  csv, tsv, npy, npz, raw or hdf5; found out by default\n"
        "      --dtype=TYPE     raw bytes: the type of an element, such as f4, int16, S12\n"
        "      --shape=N,N,...  raw bytes: the shape\n" SHOAL_CLI_STORAGE_HELP
        "      --unlimited=AXIS,...  axes that can grow later\n"
        "      --no-summaries   do not keep each chunk's count, extremes and sum\n"
        "\n"
        "Options for csv and tsv:\n"
        "      --type=COLUMN=TYPE  the type of a column, also text, category, time[s] (ms, us,\n"
        "                       ns, D); may be repeated; found out by default\n"
        "      --delimiter=C    what separates the columns, such as ';' or '\\t'\n"
        "      --no-header      the first line is data; columns are named c0, c1, ...\n"
        "      --missing=TEXT   one more text that means a missing value; may be repeated\n",
    .examples = "  $ shoal ingest flights.csv -o flights.h5:/table\n"
                "  $ shoal ingest *.csv --type tailnum=category --missing '-' -o all.h5:/table\n"
                "  $ zcat log.tsv.gz | shoal ingest - --format tsv -o log.h5\n"
                "  $ shoal ingest grid.npy -o grid.h5:/t --chunk 64,128,128 --codec blosc:zstd:5\n"
                "  $ shoal ingest dump.bin --dtype f4 --shape 1000,20 -o dump.h5:/x\n"
                "  $ shoal ingest 'era5.nc:/t2m[0:100]' -o part.h5:/t2m --unlimited 0\n",
    .option = ingest_option,
    .n_options = sizeof ingest_option / sizeof ingest_option[0],
    .values_size = sizeof(ingest_values),
    .run = run_ingest,
};
