/* The list of the expressions' functions: `shoal calc --functions`. */
#include "cli/functions.h"

#include "cli/json.h"

#include <stdio.h>
#include <string.h>

static void print_text(void)
{
    shoal_function f;
    const char *family = "";
    for (size_t k = 0; shoal_function_get(k, &f); k++) {
        if (strcmp(f.family, family) != 0) printf("%s%s:\n", k > 0 ? "\n" : "", f.family);
        family = f.family;
        printf("  %-30s %s", f.signature, f.doc);
        if (f.aliases[0]) printf(" (also %s)", f.aliases);
        putchar('\n');
    }
}

static void print_json(void)
{
    static const char *const types[] = {"bool", "int32", "float32", "complex64"};
    shoal_cli_json json = {.out = stdout};
    shoal_function f;
    shoal_cli_json_open(&json, '[');
    for (size_t k = 0; shoal_function_get(k, &f); k++) {
        shoal_cli_json_open(&json, '{');
        shoal_cli_json_key(&json, "family");
        shoal_cli_json_text(&json, f.family);
        shoal_cli_json_key(&json, "signature");
        shoal_cli_json_text(&json, f.signature);
        shoal_cli_json_key(&json, "doc");
        shoal_cli_json_text(&json, f.doc);
        shoal_cli_json_key(&json, "aliases");
        shoal_cli_json_text(&json, f.aliases);
        for (int t = 0; t < 4 && f.typed; t++) {
            shoal_cli_json_key(&json, types[t]);
            shoal_cli_json_text(&json, f.result[t]);
        }
        shoal_cli_json_close(&json, '}');
    }
    shoal_cli_json_close(&json, ']');
    putchar('\n');
}

void shoal_cli_functions(bool json)
{
    if (json)
        print_json();
    else
        print_text();
}
