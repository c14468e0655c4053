#include "cli/calc_print.h"

#include "cli/human.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/result.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool shoal_cli_is_name(const char *text, size_t n)
{
    if (n == 0 || isdigit((unsigned char)text[0])) return false;
    for (size_t k = 0; k < n; k++)
        if (!isalnum((unsigned char)text[k]) && text[k] != '_' && (unsigned char)text[k] < 0x80)
            return false;
    return true;
}

/* Is it "name = ...", and so a step towards the results? */
static bool is_named(const char *statement)
{
    size_t n = strcspn(statement, "=");
    if (statement[n] != '=' || statement[n + 1] == '=') return false;
    while (n > 0 && isspace((unsigned char)statement[n - 1])) n--;
    return shoal_cli_is_name(statement, n);
}

/* The end of the statement that starts here: the next ';' or newline outside of quotes and
   brackets. */
static char *statement_end(char *at)
{
    int depth = 0;
    char quote = 0;
    for (; *at != 0; at++) {
        if (quote != 0)
            quote = *at == quote ? 0 : quote;
        else if (*at == '"' || *at == '\'')
            quote = *at;
        else if (strchr("([{", *at) != NULL)
            depth++;
        else if (strchr(")]}", *at) != NULL)
            depth--;
        else if ((*at == ';' || *at == '\n') && depth == 0)
            break;
    }
    return at;
}

/* Labels for results that have no name: the texts of the bare statements, cut out of `text`. NULL
   when they do not match the results one to one. */
static char **statement_labels(char *text, size_t n_results)
{
    char **label = calloc(n_results + 1, sizeof *label);
    size_t n = 0;
    for (char *start = text; label != NULL && start != NULL;) {
        char *end = statement_end(start);
        char *next = *end != 0 ? end + 1 : NULL;
        while (isspace((unsigned char)*start)) start++;
        while (end > start && isspace((unsigned char)end[-1])) end--;
        *end = 0;
        if (end > start && !is_named(start)) {
            shoal_cli_clean(start);
            if (n < n_results) label[n] = start;
            n++;
        }
        start = next;
    }
    if (n == n_results) return label;
    free(label);
    return NULL;
}

shoal_status shoal_cli_calc_results(shoal_plan *plan, const char *expressions, shoal_error *err)
{
    size_t n = shoal_plan_n_results(plan);
    shoal_status status = SHOAL_OK;
    char *text = strdup(expressions);
    char **label = text != NULL ? statement_labels(text, n) : NULL;
    for (size_t k = 0; k < n && status == SHOAL_OK; k++) {
        shoal_cli_result result = {0};
        status = shoal_cli_result_get(plan, k, &result, err);
        if (status != SHOAL_OK || result.result.data == NULL) continue;
        const char *name = result.result.name != NULL ? result.result.name
                           : label != NULL            ? label[k]
                                                      : "_";
        shoal_cli_result_print(&result, n > 1 ? name : NULL);
    }
    free(label);
    free(text);
    return status;
}

static void json_warnings(shoal_plan *plan, shoal_cli_json *json)
{
    char line[256];
    shoal_cli_json_key(json, "warnings");
    shoal_cli_json_open(json, '[');
    for (const char *at = shoal_plan_warnings(plan); *at; at = strchr(at, '\n') + 1) {
        snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
        shoal_cli_json_text(json, line);
    }
    shoal_cli_json_close(json, ']');
}

shoal_status shoal_cli_calc_json(shoal_plan *plan, const char *output, shoal_error *err)
{
    shoal_cli_json json = {.out = stdout};
    shoal_status status = SHOAL_OK;
    shoal_cli_json_open(&json, '{');
    if (output != NULL) {
        shoal_cli_json_key(&json, "output");
        shoal_cli_json_text(&json, output);
    }
    shoal_cli_json_key(&json, "results");
    shoal_cli_json_open(&json, '[');
    for (size_t k = 0; k < shoal_plan_n_results(plan) && status == SHOAL_OK; k++) {
        shoal_cli_result result = {0};
        status = shoal_cli_result_get(plan, k, &result, err);
        if (status == SHOAL_OK) shoal_cli_result_json(&json, &result);
    }
    shoal_cli_json_close(&json, ']');
    json_warnings(plan, &json);
    shoal_cli_json_close(&json, '}');
    putchar('\n');
    return status;
}

void shoal_cli_calc_summary(const shoal_plan *plan, const char *output, double seconds)
{
    char shape[SHOAL_CLI_SHAPE], time[SHOAL_CLI_NUMBER], type[24];
    shoal_error ignored;
    shoal_result result;
    char *clean = shoal_cli_cleaned(output);
    size_t n = shoal_plan_n_results(plan);
    fprintf(stderr, "%s: ", clean != NULL ? clean : "");
    if (n == 1 && shoal_plan_result(plan, 0, &result, &ignored) == SHOAL_OK)
        fprintf(stderr, "%s, %s", shoal_type_name(result.type, type),
                shoal_cli_shape(result.rank, result.shape, shape));
    else
        fprintf(stderr, "%zu results", n);
    fprintf(stderr, ", %s\n", shoal_cli_duration(seconds, time));
    free(clean);
}

void shoal_cli_calc_warnings(shoal_plan *plan)
{
    for (const char *line = shoal_plan_warnings(plan); *line; line = strchr(line, '\n') + 1)
        fprintf(stderr, "shoal: warning: %.*s\n", (int)strcspn(line, "\n"), line);
}
