#include "cli/result.h"

#include "cli/message.h"
#include "cli/rows.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

uint64_t shoal_cli_result_count(const shoal_result *result)
{
    uint64_t n = 1;
    for (int k = 0; k < result->rank; k++)
        if (result->shape[k] == 0) return 0;
    for (int k = 0; k < result->rank; k++)
        if (__builtin_mul_overflow(n, result->shape[k], &n)) return UINT64_MAX;
    return n;
}

/* One element as a clean text, malloc'd; text in quotes when it stands in an array. */
static char *element_text(shoal_type type, const void *element, bool quoted)
{
    size_t n = shoal_format_element(type, element, NULL, 0);
    char *text = malloc(n + 3);
    if (text == NULL) return NULL;
    quoted = quoted && type.code == SHOAL_TEXT;
    shoal_format_element(type, element, text + quoted, n + 1);
    if (quoted) {
        text[0] = '\'';
        strcat(text, "'");
    }
    shoal_cli_clean(text);
    return text;
}

__extension__ typedef unsigned __int128 wide_bits;
enum { WIDE_TEXT = 48 };

/* high * 2^64 + low in decimal digits, at the end of `text`. */
static char *wide_text(int64_t high, uint64_t low, char text[WIDE_TEXT])
{
    wide_bits bits = (wide_bits)high << 64 | low, rest = high < 0 ? -bits : bits;
    char *at = text + WIDE_TEXT - 1;
    *at = 0;
    do {
        *--at = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest != 0);
    if (high < 0) *--at = '-';
    return at;
}

static const void *element_at(const shoal_result *result, size_t k)
{
    return (const char *)result->data + k * result->type.n_bytes;
}

static char *exact_text(const shoal_cli_result *of, size_t k, char text[WIDE_TEXT])
{
    uint64_t low;
    memcpy(&low, element_at(&of->result, k), sizeof low);
    return wide_text(of->high[k], low, text);
}

/* One label as a clean text, malloc'd. */
static char *label_text(const shoal_labels *labels, uint64_t k)
{
    size_t n = shoal_format_label(labels, k, NULL, 0);
    char *text = malloc(n + 1);
    if (text == NULL) return NULL;
    shoal_format_label(labels, k, text, n + 1);
    shoal_cli_clean(text);
    return text;
}

/* Element k of a result, likewise. */
static char *value_text(const shoal_cli_result *of, size_t k, bool quoted)
{
    char text[WIDE_TEXT];
    if (of->times.name != NULL) return label_text(&of->times, k);
    if (of->high != NULL) return strdup(exact_text(of, k, text));
    return element_text(of->result.type, element_at(&of->result, k), quoted);
}

/* The elements of an array on their way to the lines of the output. */
typedef struct array_print {
    const shoal_result *result;
    char **text;
    size_t width;      /* of the widest */
    size_t line_width; /* of the terminal; SIZE_MAX where lines may be of any length */
    size_t next;
} array_print;

static void print_cell(array_print *print)
{
    const char *text = print->text[print->next++];
    int pad = text != NULL ? (int)(print->width - shoal_cli_text_width(text)) : 0;
    bool left = print->result->type.code == SHOAL_TEXT;
    printf("%*s%s%*s", left ? 0 : pad, "", text != NULL ? text : "", left ? pad : 0, "");
}

static void print_innermost(array_print *print, int depth, uint64_t n)
{
    size_t at = (size_t)depth;
    for (uint64_t k = 0; k < n; k++) {
        if (k > 0 && at + 1 + print->width >= print->line_width) {
            printf("\n%*s", depth, "");
            at = (size_t)depth;
        } else if (k > 0) {
            putchar(' ');
            at++;
        }
        print_cell(print);
        at += print->width;
    }
}

static void print_axis(array_print *print, int axis)
{
    const shoal_result *result = print->result;
    uint64_t n = result->shape[axis];
    putchar('[');
    if (axis == result->rank - 1)
        print_innermost(print, axis + 1, n);
    else
        for (uint64_t k = 0; k < n; k++) {
            int gap = result->rank - 1 - axis; /* a blank line between planes */
            for (int line = 0; k > 0 && line < gap; line++) putchar('\n');
            if (k > 0) printf("%*s", axis + 1, "");
            print_axis(print, axis + 1);
        }
    putchar(']');
}

static size_t output_width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO)) return SIZE_MAX; /* one row, one line: easy for programs */
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 80;
    return size.ws_col;
}

static void print_array(const shoal_cli_result *of)
{
    const shoal_result *result = &of->result;
    size_t n = (size_t)shoal_cli_result_count(result);
    array_print print = {.result = result, .line_width = output_width()};
    print.text = calloc(n + 1, sizeof *print.text);
    if (print.text == NULL) return;
    for (size_t k = 0; k < n; k++) {
        print.text[k] = value_text(of, k, true);
        size_t width = print.text[k] != NULL ? shoal_cli_text_width(print.text[k]) : 0;
        if (width > print.width) print.width = width;
    }
    if (n == 0)
        fputs("[]", stdout);
    else
        print_axis(&print, 0);
    for (size_t k = 0; k < n; k++) free(print.text[k]);
    free(print.text);
}

/* "month: 1 2 3" */
static void print_labels(const shoal_labels *labels)
{
    char *name = shoal_cli_cleaned(labels->name);
    printf("%s:", name != NULL ? name : "");
    free(name);
    for (uint64_t k = 0; k < labels->n; k++) {
        char *text = label_text(labels, k);
        printf(" %s", text != NULL ? text : "");
        free(text);
    }
    putchar('\n');
}

/* Two columns: the labels on the left, under their name, and the elements. */
static void print_labelled(const shoal_cli_result *of)
{
    const shoal_labels *labels = &of->labels[0];
    size_t n = (size_t)labels->n, wide = 0, width = 0;
    char **text = calloc(2 * n + 1, sizeof *text), *name = shoal_cli_cleaned(labels->name);
    if (text == NULL || name == NULL) n = 0;
    for (size_t k = 0; k < n; k++) {
        text[2 * k] = label_text(labels, k);
        text[2 * k + 1] = value_text(of, k, true);
        size_t left = text[2 * k] != NULL ? shoal_cli_text_width(text[2 * k]) : 0;
        size_t right = text[2 * k + 1] != NULL ? shoal_cli_text_width(text[2 * k + 1]) : 0;
        if (left > wide) wide = left;
        if (right > width) width = right;
    }
    printf("%s", name != NULL ? name : "");
    for (size_t k = 0; k < n; k++) {
        const char *left = text[2 * k] != NULL ? text[2 * k] : "";
        const char *right = text[2 * k + 1] != NULL ? text[2 * k + 1] : "";
        printf("\n%s%*s  %*s%s", left, (int)(wide - shoal_cli_text_width(left)), "",
               (int)(width - shoal_cli_text_width(right)), "", right);
    }
    for (size_t k = 0; k < 2 * n; k++) free(text[k]);
    free(text);
    free(name);
}

shoal_status shoal_cli_result_get(shoal_plan *plan, size_t k, shoal_cli_result *out,
                                  shoal_error *err)
{
    shoal_status status = shoal_plan_result(plan, k, &out->result, err);
    if (status == SHOAL_OK) status = shoal_plan_labels(plan, k, -1, &out->times, err);
    for (int axis = 0; status == SHOAL_OK && axis < out->result.rank; axis++)
        status = shoal_plan_labels(plan, k, axis, &out->labels[axis], err);
    out->high = shoal_plan_result_high(plan, k);
    return status;
}

void shoal_cli_result_print(const shoal_cli_result *of, const char *label)
{
    const shoal_result *result = &of->result;
    if (label != NULL) printf("%s =%s", label, result->rank > 0 ? "\n" : " ");
    for (int k = 0; k < result->rank && result->rank > 1; k++)
        if (of->labels[k].name != NULL) print_labels(&of->labels[k]);
    if (result->rank == 1 && of->labels[0].name != NULL)
        print_labelled(of);
    else if (result->rank > 0)
        print_array(of);
    else {
        char *text = value_text(of, 0, false);
        fputs(text != NULL ? text : "", stdout);
        free(text);
    }
    putchar('\n');
}

static bool is_missing_time(const shoal_cli_result *of, size_t k)
{
    int64_t value;
    if (of->times.name == NULL || of->result.type.code != SHOAL_INT64) return false;
    memcpy(&value, element_at(&of->result, k), sizeof value);
    return value == INT64_MIN;
}

static void write_axis(shoal_cli_json *json, const shoal_cli_result *of, int axis, size_t *next)
{
    const shoal_result *result = &of->result;
    char text[WIDE_TEXT];
    if (axis == result->rank) {
        if (of->high != NULL)
            shoal_cli_json_raw(json, exact_text(of, *next, text));
        else if (is_missing_time(of, *next))
            shoal_cli_json_raw(json, NULL);
        else
            shoal_cli_json_element(json, result->type, element_at(result, *next));
        ++*next;
        return;
    }
    shoal_cli_json_open(json, '[');
    for (uint64_t k = 0; k < result->shape[axis]; k++) write_axis(json, of, axis + 1, next);
    shoal_cli_json_close(json, ']');
}

/* [{"axis": 0, "name": "month", "values": [1, 2]}]; times as dates. */
static void json_labels(shoal_cli_json *json, const shoal_cli_result *of)
{
    bool any = false;
    for (int k = 0; k < of->result.rank; k++) {
        const shoal_labels *labels = &of->labels[k];
        if (labels->name == NULL || labels->n > SHOAL_CLI_MOST_ELEMENTS) continue;
        if (!any) shoal_cli_json_key(json, "labels");
        if (!any) shoal_cli_json_open(json, '[');
        any = true;
        shoal_cli_json_open(json, '{');
        shoal_cli_json_key(json, "axis");
        shoal_cli_json_count(json, (uint64_t)k);
        shoal_cli_json_key(json, "name");
        shoal_cli_json_text(json, labels->name);
        shoal_cli_json_key(json, "values");
        shoal_cli_json_open(json, '[');
        for (uint64_t i = 0; i < labels->n; i++) {
            const char *value = (const char *)labels->data + i * labels->type.n_bytes;
            char *text = labels->units != NULL ? label_text(labels, i) : NULL;
            if (text != NULL)
                shoal_cli_json_text(json, text);
            else
                shoal_cli_json_element(json, labels->type, value);
            free(text);
        }
        shoal_cli_json_close(json, ']');
        shoal_cli_json_close(json, '}');
    }
    if (any) shoal_cli_json_close(json, ']');
}

void shoal_cli_result_json(shoal_cli_json *json, const shoal_cli_result *of)
{
    const shoal_result *result = &of->result;
    char type[24];
    size_t next = 0;
    shoal_cli_json_open(json, '{');
    shoal_cli_json_key(json, "name");
    shoal_cli_json_text(json, result->name);
    shoal_cli_json_key(json, "type");
    shoal_cli_json_text(json, of->high != NULL ? "int128" : shoal_type_name(result->type, type));
    shoal_cli_json_key(json, "shape");
    shoal_cli_json_shape(json, result->rank, result->shape);
    if (of->times.name != NULL) {
        shoal_cli_json_key(json, "units");
        shoal_cli_json_text(json, of->times.units);
        shoal_cli_json_key(json, "calendar");
        shoal_cli_json_text(json, of->times.calendar);
    }
    json_labels(json, of);
    shoal_cli_json_key(json, "value");
    if (result->data == NULL)
        shoal_cli_json_raw(json, NULL);
    else
        write_axis(json, of, 0, &next);
    shoal_cli_json_close(json, '}');
}
