/* The parser's state, and what makes the nodes of the tree: what the files of the grammar share. */
#ifndef SHOAL_COMPUTE_PARSER_H
#define SHOAL_COMPUTE_PARSER_H

#include "compute/lex.h"
#include "compute/parse.h"

typedef struct shoal_parser {
    shoal_lexer lexer;
    shoal_token token; /* the next one, not yet taken */
    shoal_arena *arena;
    int depth;
    shoal_error *err;
} shoal_parser;

/* ---- parser.c ---- */

/* Takes a token. */
shoal_status shoal_parser_advance(shoal_parser *p);
/* Is the next one this operator? */
bool shoal_parser_at(const shoal_parser *p, const char *operator_text);
/* Takes it; an error says that it is missing. */
shoal_status shoal_parser_expect(shoal_parser *p, const char *operator_text, const char *where);
/* Takes `NAME =`; nothing where something else stands there. */
shoal_status shoal_parser_take_name(shoal_parser *p, shoal_token *name, bool *is_taken);

/* New nodes, of the arena; NULL, with an error, where there is no memory. */
shoal_syntax *shoal_parser_node(shoal_parser *p, shoal_syntax_kind kind, int column,
                                int n_children);
/* An operator's: of one operand where b is NULL. */
shoal_syntax *shoal_parser_call(shoal_parser *p, const char *function, int column, shoal_syntax *a,
                                shoal_syntax *b);
shoal_syntax *shoal_parser_gather(shoal_parser *p, shoal_syntax_kind kind, int column,
                                  shoal_syntax **parts, int n);
/* Refuses a node that is too high. Long chains, such as x + x + ... or x[0][0]..., nest in the tree
   though not in the text. NULL: one that there was no memory for. */
shoal_status shoal_parser_measure(shoal_parser *p, shoal_syntax *s);

/* ---- parse.c ---- */

/* Operators of at least this precedence, from the left; 0: all. */
shoal_status shoal_parse_expression(shoal_parser *p, int precedence, shoal_syntax **out);

/* ---- parse_bracket.c: each at its opening bracket ---- */

/* The arguments of a function; self: the first of them, or NULL. */
shoal_status shoal_parse_call(shoal_parser *p, const char *function, int column, shoal_syntax *self,
                              shoal_syntax **out);
shoal_status shoal_parse_subscript(shoal_parser *p, shoal_syntax *base, shoal_syntax **out);
/* '(' ... ')' or '[' ... ']': a grouping, or a tuple when there is a comma. */
shoal_status shoal_parse_group(shoal_parser *p, const char *close, shoal_syntax **out);

#endif
