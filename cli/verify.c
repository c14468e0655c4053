#include "cli/human.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/progress.h"
#include "cli/verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct verify_values {
    shoal_cli_common common;
} verify_values;

typedef struct verifying {
    const shoal_cli_common *common;
    shoal_cli_progress *progress;
    shoal_cli_json json;
    shoal_error first; /* what is wrong with the first file that is not sound */
    size_t n_unsound;
} verifying;

static void print_finding(const verifying *v, const shoal_finding *finding)
{
    const char *what = finding->damaged ? "damaged" : "not checked";
    char *message = shoal_cli_cleaned(finding->message);
    shoal_cli_progress_clear(v->progress);
    printf("%s: %s\n", what, message != NULL ? message : "");
    free(message);
}

static int on_finding(void *user, const shoal_finding *finding)
{
    verifying *v = user;
    shoal_cli_json *json = &v->json;
    if (!v->common->json) {
        if (finding->damaged || !v->common->quiet) print_finding(v, finding);
        return 0;
    }
    shoal_cli_json_open(json, '{');
    shoal_cli_json_key(json, "path");
    shoal_cli_json_text(json, finding->path);
    shoal_cli_json_key(json, "damaged");
    shoal_cli_json_bool(json, finding->damaged);
    shoal_cli_json_key(json, "chunk");
    if (finding->chunk == UINT64_MAX)
        shoal_cli_json_raw(json, NULL);
    else
        shoal_cli_json_count(json, finding->chunk);
    shoal_cli_json_key(json, "message");
    shoal_cli_json_text(json, finding->message);
    shoal_cli_json_close(json, '}');
    return 0;
}

static void write_counts(shoal_cli_json *json, const shoal_verify_result *result)
{
    const struct {
        const char *key;
        uint64_t count;
    } counts[] = {
        {"n_objects", result->n_objects},       {"n_datasets", result->n_datasets},
        {"n_attributes", result->n_attributes}, {"n_chunks", result->n_chunks},
        {"n_damaged", result->n_damaged},       {"n_not_checked", result->n_not_checked},
        {"raw_bytes", result->raw_bytes},
    };
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
        shoal_cli_json_key(json, counts[k].key);
        shoal_cli_json_count(json, counts[k].count);
    }
}

static void print_sound(const char *source, const shoal_verify_result *result)
{
    char datasets[SHOAL_CLI_NUMBER], chunks[SHOAL_CLI_NUMBER], bytes[SHOAL_CLI_NUMBER];
    char unchecked[SHOAL_CLI_NUMBER], *name = shoal_cli_cleaned(source);
    printf("%s: sound: %s %s, %s %s, %s", name != NULL ? name : "",
           shoal_cli_count(result->n_datasets, datasets),
           result->n_datasets == 1 ? "dataset" : "datasets",
           shoal_cli_count(result->n_chunks, chunks), result->n_chunks == 1 ? "chunk" : "chunks",
           shoal_cli_bytes((double)result->raw_bytes, bytes));
    if (result->n_not_checked > 0)
        printf("; %s not checked", shoal_cli_count(result->n_not_checked, unchecked));
    printf("\n");
    free(name);
}

/* The status of one source; what is wrong is in v->first, unless something was before. */
static shoal_status verify_one(verifying *v, const char *source, const shoal_run_options *options)
{
    const shoal_verify_params params = {.source = source, .found = on_finding, .user = v};
    shoal_verify_result result = {0};
    shoal_error err = {0};
    if (v->common->json) {
        shoal_cli_json_open(&v->json, '{');
        shoal_cli_json_key(&v->json, "source");
        shoal_cli_json_text(&v->json, source);
        shoal_cli_json_key(&v->json, "findings");
        shoal_cli_json_open(&v->json, '[');
    }
    shoal_status status = shoal_verify(&params, options, &result, &err);
    if (v->common->json) {
        shoal_cli_json_close(&v->json, ']');
        shoal_cli_json_key(&v->json, "sound");
        shoal_cli_json_bool(&v->json, status == SHOAL_OK);
        write_counts(&v->json, &result);
        if (status != SHOAL_OK) {
            shoal_cli_json_key(&v->json, "error");
            shoal_cli_json_text(&v->json, err.message);
        }
        shoal_cli_json_close(&v->json, '}');
    } else if (status == SHOAL_OK && !v->common->quiet) {
        shoal_cli_progress_clear(v->progress);
        print_sound(source, &result);
    }
    if (status != SHOAL_OK && v->n_unsound++ == 0) v->first = err;
    return status;
}

/* A file that cannot be read at all says more than a damaged one. */
static shoal_status worse_of(shoal_status a, shoal_status b)
{
    if (a == SHOAL_OK || (a == SHOAL_DIFFERS && b != SHOAL_OK)) return b;
    return a;
}

static shoal_status verify_all(verifying *v, const shoal_run_options *options, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    for (size_t k = 0; k < v->common->n_operands && status != SHOAL_CANCELLED; k++) {
        shoal_status one = verify_one(v, v->common->operand[k], options);
        status = one == SHOAL_CANCELLED ? one : worse_of(status, one);
    }
    if (v->n_unsound == 0) return SHOAL_OK;
    if (v->n_unsound == 1) return shoal_cli_fail(err, status, "%s", v->first.message);
    return shoal_cli_fail(err, status, "%s; and %zu more", v->first.message, v->n_unsound - 1);
}

static shoal_status dry_run(const shoal_cli_common *common, shoal_error *err)
{
    for (size_t k = 0; k < common->n_operands; k++) {
        char *name = NULL, *path = NULL, *slice = NULL;
        shoal_file *file = NULL;
        shoal_status status = shoal_locator_split(common->operand[k], &name, &path, &slice, err);
        if (status == SHOAL_OK) status = shoal_file_open(name, &file, err);
        shoal_file_close(file);
        free(name);
        free(path);
        free(slice);
        if (status != SHOAL_OK) return status;
        char *source = shoal_cli_cleaned(common->operand[k]);
        printf("would verify %s\n", source != NULL ? source : "");
        free(source);
    }
    return SHOAL_OK;
}

static shoal_status run_verify(shoal_cli_common *common, shoal_error *err)
{
    shoal_cli_progress progress;
    shoal_run_options options;
    verifying v = {.common = common, .progress = &progress, .json = {.out = stdout}};
    shoal_status status = shoal_cli_need_operands(common, 1, SIZE_MAX, "FILE", err);
    if (status != SHOAL_OK) return status;
    if (common->dry_run) return dry_run(common, err);
    status = shoal_cli_run_begin(common, &progress, &options, err);
    if (status != SHOAL_OK) return status;
    if (common->json) shoal_cli_json_open(&v.json, '[');
    status = verify_all(&v, &options, err);
    if (common->json) {
        shoal_cli_json_close(&v.json, ']');
        printf("\n");
    }
    return shoal_cli_run_end(&progress, status, err);
}

const shoal_cli_verb shoal_cli_verify = {
    .name = "verify",
    .summary = "check every object and every chunk of a file",
    .help =
        "Usage: shoal verify [OPTION]... FILE[:/path]...\n"
        "Read the metadata and the attributes of every object, and decode every chunk of every\n"
        "dataset; with a path, of that object and those below it. Each fault is a line that names\n"
        "the dataset and the chunk. What no filter here decodes is listed as not checked.\n"
        "\n"
        "The exit status is 0 when all is sound, 1 when something is damaged, 3 or 4 when a file\n"
        "cannot be read at all. Wrong values are only noticed where a filter checks them, as\n"
        "fletcher32 does and most codecs do.\n",
    .examples = "  $ shoal verify era5.nc\n"
                "  $ shoal verify --json grid.h5:/t\n"
                "  $ shoal verify -q *.h5 || echo damaged\n",
    .option = NULL,
    .n_options = 0,
    .values_size = sizeof(verify_values),
    .run = run_verify,
};
