/* Text -> tokens, one at a time. */
#ifndef SHOAL_COMPUTE_LEX_H
#define SHOAL_COMPUTE_LEX_H

#include "compute/arena.h"

#include <shoal/shoal.h>

typedef enum shoal_token_kind {
    SHOAL_TOKEN_END,
    SHOAL_TOKEN_BREAK, /* ';' or a newline outside of brackets */
    SHOAL_TOKEN_INT,
    SHOAL_TOKEN_FLOAT,
    SHOAL_TOKEN_IMAGINARY,
    SHOAL_TOKEN_STRING,
    SHOAL_TOKEN_NAME,
    SHOAL_TOKEN_OPERATOR, /* `text` is one of + - * / // % ** ( ) [ ] , : . ... = == != < ... */
} shoal_token_kind;

typedef struct shoal_token {
    shoal_token_kind kind;
    int column;
    size_t begin, end; /* in the text */
    const char *text;  /* operator, name, or the string's value */
    double number;
    int64_t integer;
    bool big; /* an integer beyond int64: only `number` holds it */
} shoal_token;

typedef struct shoal_lexer {
    const char *text;
    size_t at;
    int depth; /* of brackets: newlines inside them do not end a statement */
    shoal_arena *arena;
} shoal_lexer;

shoal_status shoal_lex(shoal_lexer *lexer, shoal_token *out, shoal_error *err);

/* Fills err with a message at a column of the expressions' text; returns SHOAL_USAGE. */
shoal_status shoal_fail_at(shoal_error *err, int column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
