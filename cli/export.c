#include "cli/message.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct export_values {
    shoal_cli_common common;
    const char *output, *format;
    bool raw;
} export_values;

static const shoal_cli_option export_option[] = {
    {"output", 'o', SHOAL_CLI_TEXT, offsetof(export_values, output)},
    {"format", 0, SHOAL_CLI_TEXT, offsetof(export_values, format)},
    {"raw", 0, SHOAL_CLI_FLAG, offsetof(export_values, raw)},
};

static shoal_status read_format(const char *text, shoal_format *out, shoal_error *err)
{
    static const char *const name[] = {"npy", "csv", "tsv", "raw"};
    static const shoal_format format[] = {SHOAL_FORMAT_NPY, SHOAL_FORMAT_CSV, SHOAL_FORMAT_TSV,
                                          SHOAL_FORMAT_RAW};
    if (text == NULL) return SHOAL_OK;
    for (size_t k = 0; k < sizeof name / sizeof name[0]; k++)
        if (strcmp(text, name[k]) == 0) {
            *out = format[k];
            return SHOAL_OK;
        }
    return shoal_cli_fail_usage(err, "export", "--format is npy, csv, tsv or raw, not '%s'", text);
}

/* Standard output has no ending that would tell the format. */
static shoal_status check_pipe(const export_values *values, const shoal_export_params *params,
                               shoal_error *err)
{
    if (strcmp(params->output, "-") != 0) return SHOAL_OK;
    if (params->format == SHOAL_FORMAT_AUTO)
        return shoal_cli_fail_usage(err, "export", "-o - needs --format npy, csv, tsv or raw");
    bool binary = params->format == SHOAL_FORMAT_NPY || params->format == SHOAL_FORMAT_RAW;
    if (binary && !values->common.force && isatty(STDOUT_FILENO))
        return shoal_cli_fail_usage(err, "export",
                                    "the terminal is no place for %s; send it into "
                                    "a file or a pipe, or give --force",
                                    values->format);
    return SHOAL_OK;
}

static shoal_status read_params(const export_values *values, shoal_export_params *params,
                                shoal_error *err)
{
    shoal_status status = shoal_cli_need_operands(&values->common, 1, 1, "FILE:/path", err);
    if (status != SHOAL_OK) return status;
    if (values->output == NULL || values->output[0] == 0)
        return shoal_cli_fail_usage(err, "export",
                                    "the output is missing: -o FILE, or -o - for standard output");
    *params = (shoal_export_params){
        .source = values->common.operand[0],
        .output = values->output,
        .overwrite = values->common.force,
        .raw = values->raw,
    };
    status = read_format(values->format, &params->format, err);
    if (status == SHOAL_OK) status = check_pipe(values, params, err);
    if (status == SHOAL_OK && params->overwrite)
        status = shoal_cli_check_output(params->output, params->source, err);
    return status;
}

static shoal_status dry_run(const shoal_export_params *params, shoal_error *err)
{
    char *name = NULL, *path = NULL, *slice = NULL;
    shoal_file *file = NULL;
    shoal_status status = shoal_locator_split(params->source, &name, &path, &slice, err);
    if (status == SHOAL_OK) status = shoal_file_open(name, &file, err);
    if (status == SHOAL_OK) {
        char *source = shoal_cli_cleaned(params->source);
        char *output = shoal_cli_cleaned(params->output);
        printf("would export %s to %s\n", source != NULL ? source : "",
               output != NULL ? output : "");
        free(source);
        free(output);
    }
    shoal_file_close(file);
    free(name);
    free(path);
    free(slice);
    return status;
}

static shoal_status run_export(shoal_cli_common *common, shoal_error *err)
{
    const export_values *values = (const void *)common;
    shoal_export_params params;
    shoal_cli_progress progress;
    shoal_run_options options;
    shoal_status status = read_params(values, &params, err);
    if (status != SHOAL_OK) return status;
    if (common->dry_run) return dry_run(&params, err);
    status = shoal_cli_run_begin(common, &progress, &options, err);
    if (status != SHOAL_OK) return status;
    status = shoal_export(&params, &options, err);
    return shoal_cli_run_end(&progress, status, err);
}

const shoal_cli_verb shoal_cli_export = {
    .name = "export",
    .summary = "write a dataset or a table as npy, csv or raw bytes",
    .help =
        "Usage: shoal export [OPTION]... FILE:/path[slice] -o OUT\n"
        "Write a dataset, a part of it, or a table: npy, csv, tsv, or the raw bytes in C order.\n"
        "\n"
        "Options:\n"
        "  -o, --output=OUT     where to; - is standard output\n"
        "      --format=FORMAT  npy, csv, tsv or raw; by the ending of OUT by default\n"
        "      --raw            values of netCDF variables as stored, without scale, offset and "
        "nan\n"
        "                       for missing ones; the format raw always takes them so\n",
    .examples = "  $ shoal export flights.h5:/table -o flights.csv\n"
                "  $ shoal export 'era5.nc:/t2m[0:100, ::2]' -o part.npy\n"
                "  $ shoal export grid.h5:/t --format raw -o - | sha256sum\n",
    .option = export_option,
    .n_options = sizeof export_option / sizeof export_option[0],
    .values_size = sizeof(export_values),
    .run = run_export,
};
