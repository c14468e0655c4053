/* The expression language's text -> statements of syntax nodes. Python's grammar for the operators,
   calls and subscripts that NumPy expressions use. Knows no names, types or shapes. */
#ifndef SHOAL_COMPUTE_PARSE_H
#define SHOAL_COMPUTE_PARSE_H

#include "compute/arena.h"

#include <shoal/shoal.h>

typedef enum shoal_syntax_kind {
    SHOAL_SYNTAX_INT,     /* integer; `number` when it does not fit int64 */
    SHOAL_SYNTAX_FLOAT,   /* number */
    SHOAL_SYNTAX_COMPLEX, /* an imaginary literal: number is the imaginary part */
    SHOAL_SYNTAX_STRING,  /* text */
    SHOAL_SYNTAX_NAME,    /* text */
    SHOAL_SYNTAX_CALL,    /* text names the function (operators too: "add"); children: arguments */
    SHOAL_SYNTAX_KEYWORD, /* text=child[0]; among a call's children, last, or a subscript's */
    SHOAL_SYNTAX_TUPLE,   /* (a, b) or [a, b]: only as an argument such as axis=(0, 1) */
    SHOAL_SYNTAX_INDEX,   /* child[0] subscripted by child[1...] */
    SHOAL_SYNTAX_SLICE,   /* children: start, stop, step; each may be NULL */
    SHOAL_SYNTAX_ELLIPSIS,
} shoal_syntax_kind;

typedef struct shoal_syntax {
    shoal_syntax_kind kind;
    int column; /* from 1 */
    int height; /* how many are on one another here: SHOAL_SYNTAX_HEIGHT at most */
    const char *text;
    double number;
    int64_t integer;
    bool is_operator; /* a call that was written as an operator */
    int n_children;
    struct shoal_syntax **child;
} shoal_syntax;

typedef struct shoal_statement {
    const char *name; /* NULL: a bare expression */
    int column;
    const char *text; /* the expression as written, for people */
    shoal_syntax *value;
} shoal_statement;

#define SHOAL_MAX_STATEMENTS 256
#define SHOAL_SYNTAX_HEIGHT  1000 /* what walks the tree calls itself no deeper */

/* Parses statements separated by ';' or newlines. SHOAL_USAGE with the column otherwise. */
shoal_status shoal_parse(shoal_arena *arena, const char *text, shoal_statement *statements,
                         int *n_statements, shoal_error *err);

#endif
