/* The list of the expressions' functions: `shoal calc --functions`. */
#include "cli/functions.h"

#include "cli/json.h"
#include "cli/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_line(const shoal_function *f)
{
    printf("  %-30s %s", f->signature, f->doc);
    if (f->aliases[0]) printf(" (also %s)", f->aliases);
    putchar('\n');
}

static void print_text(void)
{
    shoal_function f;
    const char *family = "";
    for (size_t k = 0; shoal_function_get(k, &f); k++) {
        if (strcmp(f.family, family) != 0) printf("%s%s:\n", k > 0 ? "\n" : "", f.family);
        family = f.family;
        print_line(&f);
    }
}

static void write_one(shoal_cli_json *json, const shoal_function *f)
{
    static const char *const types[] = {"bool", "int32", "float32", "complex64"};
    shoal_cli_json_open(json, '{');
    shoal_cli_json_key(json, "family");
    shoal_cli_json_text(json, f->family);
    shoal_cli_json_key(json, "signature");
    shoal_cli_json_text(json, f->signature);
    shoal_cli_json_key(json, "doc");
    shoal_cli_json_text(json, f->doc);
    shoal_cli_json_key(json, "aliases");
    shoal_cli_json_text(json, f->aliases);
    for (int t = 0; t < 4 && f->typed; t++) {
        shoal_cli_json_key(json, types[t]);
        shoal_cli_json_text(json, f->result[t]);
    }
    shoal_cli_json_close(json, '}');
}

/* ---- Kernels in files ---- */

static int visit_nothing(void *user, const shoal_function *f)
{
    (void)user;
    (void)f;
    return 0;
}

static int visit_line(void *user, const shoal_function *f)
{
    (void)user;
    print_line(f);
    return 0;
}

static int visit_json(void *user, const shoal_function *f)
{
    write_one(user, f);
    return 0;
}

shoal_status shoal_cli_functions(bool json, const shoal_cli_list *kernels, shoal_error *err)
{
    shoal_cli_json out = {.out = stdout};
    shoal_function f;
    shoal_status status = SHOAL_OK;
    /* what cannot be loaded is said before anything is printed */
    for (size_t k = 0; k < kernels->n && status == SHOAL_OK; k++)
        status = shoal_kernel_file_visit(kernels->item[k], visit_nothing, NULL, err);
    if (status != SHOAL_OK) return status;
    if (json) {
        shoal_cli_json_open(&out, '[');
        for (size_t k = 0; shoal_function_get(k, &f); k++) write_one(&out, &f);
    } else {
        print_text();
    }
    for (size_t k = 0; k < kernels->n && status == SHOAL_OK; k++) {
        char *clean = shoal_cli_cleaned(kernels->item[k]);
        if (!json) printf("\nkernels of %s:\n", clean != NULL ? clean : "");
        status =
            shoal_kernel_file_visit(kernels->item[k], json ? visit_json : visit_line, &out, err);
        free(clean);
    }
    if (json) {
        shoal_cli_json_close(&out, ']');
        putchar('\n');
    }
    return status;
}
