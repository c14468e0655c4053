#include "cli/rows.h"

#include "cli/message.h"

#include <stdlib.h>
#include <string.h>

enum { WIDEST_NAME = 48, WIDEST_CELL = 32, RIGHT_CELL = 3, INDENT = 2 };

size_t shoal_cli_text_width(const char *text)
{
    size_t n = 0;
    for (; *text != 0; text++) n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static char *indented(int indent, const char *text)
{
    size_t before = (size_t)indent * INDENT, n = strlen(text);
    char *copy = malloc(before + n + 1);
    if (copy == NULL) return NULL;
    memset(copy, ' ', before);
    memcpy(copy + before, text, n + 1);
    shoal_cli_clean(copy);
    return copy;
}

void shoal_cli_rows_add(shoal_cli_rows *rows, int indent, const char *const cell[SHOAL_CLI_CELLS])
{
    if (rows->n == SHOAL_CLI_ROWS) shoal_cli_rows_flush(rows);
    char **to = rows->row[rows->n++].cell;
    for (int k = 0; k < SHOAL_CLI_CELLS; k++)
        to[k] = indented(k == 0 ? indent : 0, cell[k] != NULL ? cell[k] : "");
}

void shoal_cli_rows_line(shoal_cli_rows *rows, int indent, const char *text)
{
    if (rows->n == SHOAL_CLI_ROWS) shoal_cli_rows_flush(rows);
    char **to = rows->row[rows->n++].cell;
    to[0] = indented(indent, text);
    for (int k = 1; k < SHOAL_CLI_CELLS; k++) to[k] = NULL;
}

static void measure(const shoal_cli_rows *rows, size_t width[SHOAL_CLI_CELLS])
{
    memset(width, 0, SHOAL_CLI_CELLS * sizeof *width);
    for (size_t r = 0; r < rows->n; r++)
        for (int k = 0; k < SHOAL_CLI_CELLS && rows->row[r].cell[1] != NULL; k++) {
            const char *text = rows->row[r].cell[k];
            size_t n = text != NULL ? shoal_cli_text_width(text) : 0;
            size_t most = k == 0 ? WIDEST_NAME : WIDEST_CELL;
            if (n > most) n = most; /* a longer one sticks out */
            if (n > width[k]) width[k] = n;
        }
}

static void print_row(FILE *out, char *const cell[SHOAL_CLI_CELLS],
                      const size_t width[SHOAL_CLI_CELLS])
{
    int last = SHOAL_CLI_CELLS - 1;
    while (last > 0 && (cell[last] == NULL || cell[last][0] == 0)) last--;
    for (int k = 0; k <= last; k++) {
        const char *text = cell[k] != NULL ? cell[k] : "";
        size_t n = shoal_cli_text_width(text);
        int pad = n < width[k] && cell[1] != NULL ? (int)(width[k] - n) : 0;
        if (k > 0 && width[k] > 0) fputs("  ", out);
        if (k == RIGHT_CELL)
            fprintf(out, "%*s%s", pad, "", text);
        else
            fprintf(out, "%s%*s", text, k == last ? 0 : pad, "");
    }
    fputc('\n', out);
}

void shoal_cli_rows_flush(shoal_cli_rows *rows)
{
    size_t width[SHOAL_CLI_CELLS];
    measure(rows, width);
    for (size_t r = 0; r < rows->n; r++) {
        print_row(rows->out, rows->row[r].cell, width);
        for (int k = 0; k < SHOAL_CLI_CELLS; k++) free(rows->row[r].cell[k]);
    }
    rows->n = 0;
}
