#include "cli/calc_print.h"
#include "cli/functions.h"
#include "cli/human.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/result.h"
#include "cli/storage.h"
#include "cli/verb.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_EXPRESSION = 1 << 20 };

typedef struct calc_values {
    shoal_cli_common common;
    shoal_cli_storage storage;
    const char *output;
    bool raw, no_summaries, exact;
    bool functions;
    shoal_cli_list kernels;
} calc_values;

static const shoal_cli_option calc_option[] = {
    {"output", 'o', SHOAL_CLI_TEXT, offsetof(calc_values, output)},
    {"raw", 0, SHOAL_CLI_FLAG, offsetof(calc_values, raw)},
    {"no-summaries", 0, SHOAL_CLI_FLAG, offsetof(calc_values, no_summaries)},
    {"exact", 0, SHOAL_CLI_FLAG, offsetof(calc_values, exact)},
    {"functions", 0, SHOAL_CLI_FLAG, offsetof(calc_values, functions)},
    {"kernel", 0, SHOAL_CLI_LIST, offsetof(calc_values, kernels)},
    SHOAL_CLI_STORAGE_OPTIONS(calc_values),
};

/* One calculation and what its parameters borrow. */
typedef struct calculation {
    shoal_calc_params params;
    char *expressions; /* read from standard input, or NULL */
    shoal_input *input;
    char **name; /* of the inputs, NULL where not given */
    void *fill;
} calculation;

static void free_calculation(calculation *calc)
{
    for (size_t k = 0; calc->name != NULL && k < calc->params.n_inputs; k++) free(calc->name[k]);
    free(calc->name);
    free(calc->input);
    free(calc->expressions);
    free(calc->fill);
}

static shoal_status read_expressions(calculation *calc, shoal_error *err)
{
    calc->expressions = malloc(LONGEST_EXPRESSION);
    if (calc->expressions == NULL) return shoal_cli_fail(err, SHOAL_SYSTEM, "out of memory");
    size_t n = fread(calc->expressions, 1, LONGEST_EXPRESSION, stdin);
    if (ferror(stdin)) return shoal_cli_fail(err, SHOAL_SYSTEM, "standard input could not be read");
    if (n == LONGEST_EXPRESSION)
        return shoal_cli_fail(err, SHOAL_USAGE,
                              "the expressions on standard input are longer than "
                              "1 MiB");
    calc->expressions[n] = 0;
    if (strlen(calc->expressions) != n)
        return shoal_cli_fail(err, SHOAL_USAGE, "the expressions on standard input have a NUL");
    calc->params.expressions = calc->expressions;
    return SHOAL_OK;
}

/* "name=FILE:/path" or "FILE:/path"; a '=' after a '/' or a ':' belongs to the file's name. */
static shoal_status read_input(const char *text, shoal_input *input, char **name, shoal_error *err)
{
    size_t n = strcspn(text, "=/:[");
    input->source = text;
    if (text[n] != '=') return SHOAL_OK;
    if (!shoal_cli_is_name(text, n))
        return shoal_cli_fail_usage(err, "calc",
                                    "'%.*s' is no name for an operand (a file with "
                                    "'=' in its name is written ./%s)",
                                    (int)n, text, text);
    if (text[n + 1] == 0) return shoal_cli_fail_usage(err, "calc", "'%s' names no file", text);
    *name = strndup(text, n);
    if (*name == NULL) return shoal_cli_fail(err, SHOAL_SYSTEM, "out of memory");
    input->name = *name;
    input->source = text + n + 1;
    return SHOAL_OK;
}

static shoal_status read_inputs(const shoal_cli_common *common, calculation *calc, shoal_error *err)
{
    size_t n = common->n_operands - 1;
    calc->input = calloc(n + 1, sizeof *calc->input);
    calc->name = calloc(n + 1, sizeof *calc->name);
    if (calc->input == NULL || calc->name == NULL)
        return shoal_cli_fail(err, SHOAL_SYSTEM, "out of memory");
    calc->params.inputs = calc->input;
    calc->params.n_inputs = n;
    for (size_t k = 0; k < n; k++) {
        shoal_status status =
            read_input(common->operand[k + 1], &calc->input[k], &calc->name[k], err);
        if (status == SHOAL_OK && common->force && calc->params.output != NULL)
            status = shoal_cli_check_output(calc->params.output, calc->input[k].source, err);
        if (status != SHOAL_OK) return status;
    }
    return SHOAL_OK;
}

static shoal_status read_params(const calc_values *values, calculation *calc, shoal_error *err)
{
    const shoal_cli_common *common = &values->common;
    shoal_status status = shoal_cli_need_operands(common, 1, SIZE_MAX, "the expression", err);
    if (status != SHOAL_OK) return status;
    calc->params.expressions = common->operand[0];
    calc->params.output = values->output;
    calc->params.overwrite = common->force;
    calc->params.raw = values->raw;
    calc->params.no_summaries = values->no_summaries;
    calc->params.exact = values->exact;
    calc->params.kernel_files = values->kernels.item;
    calc->params.n_kernel_files = values->kernels.n;
    if (values->output != NULL && values->output[0] == 0)
        return shoal_cli_fail_usage(err, "calc", "the output is empty: -o FILE:/path");
    bool stored = values->storage.chunk != NULL || values->storage.codec != NULL ||
                  values->storage.fill != NULL;
    if (stored && values->output == NULL)
        return shoal_cli_fail_usage(err, "calc",
                                    "--chunk, --codec and --fill go with an output: "
                                    "-o FILE:/path");
    status = shoal_cli_storage_read(&values->storage, "calc", &calc->params.storage, err);
    if (status == SHOAL_OK) status = read_inputs(common, calc, err);
    if (status == SHOAL_OK && strcmp(common->operand[0], "-") == 0)
        status = read_expressions(calc, err);
    return status;
}

/* --fill is an element of the results' type, and that is known once there is a plan: so a first
   plan tells the type, and the second has the fill value. */
static shoal_status read_fill(const calc_values *values, const shoal_run_options *options,
                              calculation *calc, shoal_error *err)
{
    shoal_plan *plan = NULL;
    shoal_result result, first;
    if (values->storage.fill == NULL) return SHOAL_OK;
    shoal_status status = shoal_plan_make(&calc->params, options, &plan, err);
    if (status != SHOAL_OK) return status;
    status = shoal_plan_result(plan, 0, &first, err);
    for (size_t k = 1; status == SHOAL_OK && k < shoal_plan_n_results(plan); k++) {
        status = shoal_plan_result(plan, k, &result, err);
        if (status == SHOAL_OK && memcmp(&result.type, &first.type, sizeof first.type) != 0)
            status = shoal_cli_fail_usage(err, "calc", "--fill: the results are of several types");
    }
    if (status == SHOAL_OK)
        status = shoal_cli_fill_read(&values->storage, "calc", first.type, &calc->fill, err);
    calc->params.storage.fill = calc->fill;
    shoal_plan_free(plan);
    return status;
}

static shoal_status check_chunk(const shoal_plan *plan, const calculation *calc, shoal_error *err)
{
    shoal_result result;
    int rank = calc->params.storage.rank;
    for (size_t k = 0; rank != 0 && k < shoal_plan_n_results(plan); k++) {
        shoal_status status = shoal_plan_result(plan, k, &result, err);
        if (status != SHOAL_OK) return status;
        if (result.rank != rank)
            return shoal_cli_fail_usage(err, "calc", "--chunk has %d axes, %s%s has %d", rank,
                                        result.name != NULL ? "the result " : "the result",
                                        result.name != NULL ? result.name : "", result.rank);
    }
    return SHOAL_OK;
}

/* What standard output cannot take is refused, if possible before anything is computed. */
static shoal_status check_sizes(const shoal_plan *plan, const calculation *calc, shoal_error *err)
{
    shoal_result result;
    char count[SHOAL_CLI_NUMBER], shape[SHOAL_CLI_SHAPE];
    if (calc->params.output != NULL) return SHOAL_OK;
    for (size_t k = 0; k < shoal_plan_n_results(plan); k++) {
        shoal_error ignored;
        if (shoal_plan_result(plan, k, &result, &ignored) != SHOAL_OK) continue;
        if (shoal_cli_result_count(&result) <= SHOAL_CLI_MOST_ELEMENTS) continue;
        return shoal_cli_fail(err, SHOAL_USAGE,
                              "%s%s is an array of %s; up to %s elements are printed, a larger "
                              "result goes to a file: -o FILE:/path",
                              result.name != NULL ? "result " : "the result",
                              result.name != NULL ? result.name : "",
                              shoal_cli_shape(result.rank, result.shape, shape),
                              shoal_cli_count(SHOAL_CLI_MOST_ELEMENTS, count));
    }
    return SHOAL_OK;
}

static shoal_status run_plan(const shoal_cli_common *common, calculation *calc, shoal_plan *plan,
                             shoal_cli_progress *progress, shoal_error *err)
{
    shoal_status status = check_sizes(plan, calc, err);
    if (status == SHOAL_OK) status = shoal_plan_run(plan, err);
    status = shoal_cli_run_end(progress, status, err);
    if (status == SHOAL_OK) status = check_sizes(plan, calc, err);
    if (status != SHOAL_OK) return status;
    const char *output = calc->params.output;
    if (!common->quiet && !common->json) shoal_cli_calc_warnings(plan);
    if (common->json) return shoal_cli_calc_json(plan, output, err);
    if (output == NULL) return shoal_cli_calc_results(plan, calc->params.expressions, err);
    if (!common->quiet) shoal_cli_calc_summary(plan, output, shoal_cli_now() - progress->start);
    return SHOAL_OK;
}

static shoal_status calculate(const calc_values *values, calculation *calc, shoal_error *err)
{
    const shoal_cli_common *common = &values->common;
    shoal_cli_progress progress;
    shoal_run_options options;
    shoal_plan *plan = NULL;
    shoal_status status = shoal_cli_run_begin(common, &progress, &options, err);
    if (status != SHOAL_OK) return status;
    status = read_fill(values, &options, calc, err);
    if (status == SHOAL_OK) status = shoal_plan_make(&calc->params, &options, &plan, err);
    if (status == SHOAL_OK) status = check_chunk(plan, calc, err);
    if (status != SHOAL_OK || common->dry_run) {
        status = shoal_cli_run_end(&progress, status, err);
        if (status == SHOAL_OK) {
            fputs(shoal_plan_describe(plan, common->json), stdout);
            if (common->json) putchar('\n');
        }
    } else
        status = run_plan(common, calc, plan, &progress, err);
    shoal_plan_free(plan);
    return status;
}

static shoal_status run_calc(shoal_cli_common *common, shoal_error *err)
{
    const calc_values *values = (const void *)common;
    calculation calc = {0};
    if (values->functions) return shoal_cli_functions(common->json, &values->kernels, err);
    shoal_status status = read_params(values, &calc, err);
    if (status == SHOAL_OK) status = calculate(values, &calc, err);
    free_calculation(&calc);
    return status;
}

const shoal_cli_verb shoal_cli_calc = {
    .name = "calc",
    .summary = "compute expressions over datasets and tables",
    .help =
        "Usage: shoal calc [OPTION]... EXPRESSIONS [[NAME=]FILE:/path[slice]]...\n"
        "       shoal calc --functions\n"
        "Compute expressions in NumPy's syntax over datasets and tables of any size. Statements "
        "are\n"
        "separated by ';' and computed together: bare expressions are the results, 'name = ...'\n"
        "are steps, or results where all have names. An operand is known by NAME, else by the "
        "last\n"
        "part of its path; a table's columns by theirs. What is no operand's name is looked for\n"
        "beside the operands: a dataset's coordinates, cut as it is, and its group's datasets; an\n"
        "operand may be a FILE or a group too. '-' reads the expressions from standard\n"
        "input. An expression that begins with '-' goes after '--'.\n"
        "\n"
        "netCDF variables are computed on as xarray decodes them. Slices may go by coordinate "
        "value:\n"
        "t[lat=40:60, time=\"2001-05\", station=\"DE\"], in expressions and in operands; both "
        "ends\nare included.\n"
        "\n"
        "Beside NumPy's functions, index(x, axis) gives the positions along an axis, in x's "
        "shape.\n"
        "Sums, means, variances and standard deviations of floats are correctly rounded from the\n"
        "exact value. Where an axis leaves so many results that this would be slow, --dry-run "
        "says\n"
        "that they are compensated instead.\n"
        "Arrays that index others, and masks, are computed while the plan is made (--dry-run "
        "too).\n"
        "random(size), uniform(low, high, size), normal(loc, scale, size), integers(low, high, "
        "size),\n"
        "choice(a, size) and permutation(x) take seed=, 0 where none is given, and give the same "
        "array\n"
        "each time. All but normal are NumPy's Generator(Philox(seed))'s, as EXPRESSIONS.md "
        "tells.\n"
        "\n"
        "Scalars and arrays of up to 1,000 elements are printed; larger results go to a file.\n"
        "\n"
        "With --json: {\"results\": [{\"name\", \"type\", \"shape\", \"value\"}]}, of times "
        "\"units\" and\n"
        "\"calendar\" too, of groups \"labels\"; missing times are null; other values that JSON "
        "has no\n"
        "number for are \"nan\", \"inf\" and \"-inf\", complex ones [real, imaginary]. With "
        "--dry-run:\n"
        "the plan - passes, bytes read and written, memory.\n"
        "\n"
        "Options:\n"
        "      --exact              print sums of integers that are beyond 64 bits with all "
        "digits;\n"
        "                           where that cannot be (a sum that is computed on or "
        "stored,\n"
        "                           prod, dot, vdot), end with status 4 rather than wrap\n"
        "      --functions          list the functions that expressions can call\n"
        "      --kernel=FILE        functions of your own: a shared object, or a C source (FILE "
        "ends\n"
        "                           in .c), which is compiled when it is new; see "
        "EXPRESSIONS.md.\n"
        "                           Its code is run. May be repeated\n"
        "  -o, --output=FILE:/path  store the result there; several results as "
        "FILE:/path/name,\n"
        "                           and one with a name where the path ends in /\n"
        "      --raw                take netCDF variables as stored: do not apply their scale and\n"
        "                           offset, and do not turn their missing values into "
        "nan;\n"
        "                           and MATLAB's matrices, whose axes are stored in reverse\n"
        "      --no-summaries       compute from the data, without what is known of its chunks, "
        "and\n"
        "                           do not keep it of the result's\n" SHOAL_CLI_STORAGE_HELP,
    .examples =
        "  $ shoal calc 'mean(t)' t=era5.nc:/t2m\n"
        "  $ shoal calc 'lo = min(t); hi = max(t)' t=era5.nc:/t2m\n"
        "  $ shoal calc 'nanmean(t[lat=40:60, time=\"2001\"])' t=era5.nc:/t2m\n"
        "  $ shoal calc 'mean(t2m, by=month(time), axis=\"time\")' era5.nc:/t2m -o clim.nc:/t2m\n"
        "  $ shoal calc 't - mean(t, axis=0)' t=era5.nc:/t2m -o anomaly.h5:/t2m\n"
        "  $ shoal calc 'nanmean(where(carrier == \"AA\", dep_delay, nan))' flights.h5:/table\n"
        "  $ shoal calc -n 'std(t, axis=0)' t=era5.nc:/t2m -m 256M\n"
        "  $ shoal calc --kernel ./cube.c 'mean(cube(t))' t=era5.nc:/t2m\n",
    .option = calc_option,
    .n_options = sizeof calc_option / sizeof calc_option[0],
    .values_size = sizeof(calc_values),
    .run = run_calc,
};
