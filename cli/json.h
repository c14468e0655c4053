/* Writes JSON to standard output as it comes: memory stays bounded however much there is. */
#ifndef SHOAL_CLI_JSON_H
#define SHOAL_CLI_JSON_H

#include <shoal/shoal.h>

#include <stdio.h>

/* `= {.out = stdout}` starts one. Commas are its business; matching brackets the caller's. */
typedef struct shoal_cli_json {
    FILE *out;
    int depth;
    uint64_t started; /* bit d: something was written at depth d */
    bool after_key;
} shoal_cli_json;

void shoal_cli_json_open(shoal_cli_json *json, char bracket); /* '{' or '[' */
void shoal_cli_json_close(shoal_cli_json *json, char bracket);
void shoal_cli_json_key(shoal_cli_json *json, const char *name);
/* Bytes that are not UTF-8 become U+FFFD. */
void shoal_cli_json_text(shoal_cli_json *json, const char *text);
void shoal_cli_json_text_n(shoal_cli_json *json, const char *text, size_t n_bytes);
void shoal_cli_json_count(shoal_cli_json *json, uint64_t count);
void shoal_cli_json_real(shoal_cli_json *json, double value);
/* A value that is JSON already; "null" for NULL. */
void shoal_cli_json_raw(shoal_cli_json *json, const char *value);
void shoal_cli_json_bool(shoal_cli_json *json, bool value);
void shoal_cli_json_shape(shoal_cli_json *json, int rank, const uint64_t *shape);
/* One element exactly: NaN and infinities as "nan", "inf", "-inf", complex as [real, imaginary]. */
void shoal_cli_json_element(shoal_cli_json *json, shoal_type type, const void *element);

#endif
