#include "cli/json.h"

#include "cli/message.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void separate(shoal_cli_json *json)
{
    uint64_t bit = UINT64_C(1) << (json->depth & 63);
    if (!json->after_key && (json->started & bit) != 0) fputc(',', json->out);
    json->started |= bit;
    json->after_key = false;
}

void shoal_cli_json_open(shoal_cli_json *json, char bracket)
{
    separate(json);
    fputc(bracket, json->out);
    json->depth++;
    json->started &= ~(UINT64_C(1) << (json->depth & 63));
}

void shoal_cli_json_close(shoal_cli_json *json, char bracket)
{
    json->depth--;
    fputc(bracket, json->out);
}

static int write_escape(FILE *out, unsigned char byte)
{
    if (byte == '"' || byte == '\\') return fprintf(out, "\\%c", byte);
    if (byte == '\n') return fputs("\\n", out);
    if (byte == '\t') return fputs("\\t", out);
    return fprintf(out, "\\u%04x", byte);
}

static void write_quoted(FILE *out, const char *text, size_t n_bytes)
{
    /* A copy of the last bytes with NULs behind: a character cut short is not read past the end. */
    fputc('"', out);
    for (size_t k = 0; k < n_bytes;) {
        char next[5] = {0};
        memcpy(next, text + k, n_bytes - k < 4 ? n_bytes - k : 4);
        unsigned char byte = (unsigned char)next[0];
        int n = shoal_cli_utf8_length(next);
        if (n == 0)
            fputs("\\ufffd", out);
        else if (byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f)
            write_escape(out, byte);
        else
            fwrite(next, 1, (size_t)n, out);
        k += n == 0 ? 1 : (size_t)n;
    }
    fputc('"', out);
}

void shoal_cli_json_key(shoal_cli_json *json, const char *name)
{
    separate(json);
    write_quoted(json->out, name, strlen(name));
    fputc(':', json->out);
    json->after_key = true;
}

void shoal_cli_json_text_n(shoal_cli_json *json, const char *text, size_t n_bytes)
{
    separate(json);
    write_quoted(json->out, text, n_bytes);
}

void shoal_cli_json_text(shoal_cli_json *json, const char *text)
{
    if (text == NULL)
        shoal_cli_json_raw(json, NULL);
    else
        shoal_cli_json_text_n(json, text, strlen(text));
}

void shoal_cli_json_count(shoal_cli_json *json, uint64_t count)
{
    separate(json);
    fprintf(json->out, "%" PRIu64, count);
}

void shoal_cli_json_real(shoal_cli_json *json, double value)
{
    shoal_cli_json_element(json, (shoal_type){SHOAL_FLOAT64, 8}, &value);
}

void shoal_cli_json_raw(shoal_cli_json *json, const char *value)
{
    separate(json);
    fputs(value != NULL ? value : "null", json->out);
}

void shoal_cli_json_bool(shoal_cli_json *json, bool value)
{
    shoal_cli_json_raw(json, value ? "true" : "false");
}

void shoal_cli_json_shape(shoal_cli_json *json, int rank, const uint64_t *shape)
{
    shoal_cli_json_open(json, '[');
    for (int k = 0; k < rank; k++) {
        if (shape[k] == UINT64_MAX)
            shoal_cli_json_raw(json, NULL);
        else
            shoal_cli_json_count(json, shape[k]);
    }
    shoal_cli_json_close(json, ']');
}

static void write_complex(shoal_cli_json *json, shoal_type type, const char *element)
{
    shoal_type part = {type.code == SHOAL_COMPLEX64 ? SHOAL_FLOAT32 : SHOAL_FLOAT64,
                       type.n_bytes / 2};
    shoal_cli_json_open(json, '[');
    shoal_cli_json_element(json, part, element);
    shoal_cli_json_element(json, part, element + part.n_bytes);
    shoal_cli_json_close(json, ']');
}

static void write_number(shoal_cli_json *json, shoal_type type, const void *element)
{
    char text[80];
    size_t n = shoal_format_element(type, element, text, sizeof text);
    if (n >= sizeof text) n = sizeof text - 1;
    if (strchr("ni", text[0] == '-' ? text[1] : text[0]) != NULL) {
        shoal_cli_json_text(json, text); /* nan, inf, -inf */
        return;
    }
    shoal_cli_json_raw(json, text);
    if (n > 0 && text[n - 1] == '.') fputc('0', json->out);
}

static void write_record(shoal_cli_json *json, shoal_type type, const void *element)
{
    size_t n = shoal_format_element(type, element, NULL, 0);
    char *text = malloc(n + 1);
    if (text != NULL) shoal_format_element(type, element, text, n + 1);
    shoal_cli_json_text(json, text != NULL ? text : "");
    free(text);
}

void shoal_cli_json_element(shoal_cli_json *json, shoal_type type, const void *element)
{
    if (type.code == SHOAL_TEXT)
        shoal_cli_json_text_n(json, element, strnlen(element, type.n_bytes));
    else if (type.code == SHOAL_RECORD)
        write_record(json, type, element);
    else if (type.code == SHOAL_BOOL)
        shoal_cli_json_bool(json, *(const char *)element != 0);
    else if (type.code == SHOAL_COMPLEX64 || type.code == SHOAL_COMPLEX128)
        write_complex(json, type, element);
    else
        write_number(json, type, element);
}
