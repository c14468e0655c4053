/* Lines of cells with aligned columns, printed in blocks so that memory stays bounded. */
#ifndef SHOAL_CLI_ROWS_H
#define SHOAL_CLI_ROWS_H

#include <stddef.h>
#include <stdio.h>

enum { SHOAL_CLI_CELLS = 5, SHOAL_CLI_ROWS = 512 };

typedef struct shoal_cli_rows {
    FILE *out;
    size_t n;
    struct {
        char *cell[SHOAL_CLI_CELLS]; /* cell[0] alone: a line that takes no part in the alignment */
    } row[SHOAL_CLI_ROWS];
} shoal_cli_rows;

/* Adds a row; cells are copied and cleaned, NULL is empty. The fourth is set to the right. */
void shoal_cli_rows_add(shoal_cli_rows *rows, int indent, const char *const cell[SHOAL_CLI_CELLS]);
/* Adds a line that is not aligned; copied and cleaned. */
void shoal_cli_rows_line(shoal_cli_rows *rows, int indent, const char *text);
/* Prints what has gathered. */
void shoal_cli_rows_flush(shoal_cli_rows *rows);

/* Columns that UTF-8 text takes on a terminal, one a character. */
size_t shoal_cli_text_width(const char *text);

#endif
