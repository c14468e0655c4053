#include "compute/parser.h"

#include "chunk/error.h"

#include <string.h>

shoal_status shoal_parser_advance(shoal_parser *p)
{
    return shoal_lex(&p->lexer, &p->token, p->err);
}

bool shoal_parser_at(const shoal_parser *p, const char *operator_text)
{
    return p->token.kind == SHOAL_TOKEN_OPERATOR && strcmp(p->token.text, operator_text) == 0;
}

shoal_status shoal_parser_expect(shoal_parser *p, const char *operator_text, const char *where)
{
    if (shoal_parser_at(p, operator_text)) return shoal_parser_advance(p);
    return shoal_fail_at(p->err, p->token.column, "'%s' is missing %s", operator_text, where);
}

shoal_status shoal_parser_take_name(shoal_parser *p, shoal_token *name, bool *is_taken)
{
    shoal_lexer saved = p->lexer;
    *name = p->token;
    *is_taken = false;
    if (name->kind != SHOAL_TOKEN_NAME) return SHOAL_OK;
    shoal_status status = shoal_parser_advance(p);
    if (status) return status;
    *is_taken = shoal_parser_at(p, "=");
    if (*is_taken) return shoal_parser_advance(p);
    p->lexer = saved;
    p->token = *name;
    return SHOAL_OK;
}

shoal_syntax *shoal_parser_node(shoal_parser *p, shoal_syntax_kind kind, int column, int n_children)
{
    shoal_syntax *s = shoal_arena_alloc(p->arena, sizeof *s);
    if (s) {
        *s = (shoal_syntax){.kind = kind, .column = column, .n_children = n_children};
        s->child = shoal_arena_alloc(p->arena, sizeof *s->child * (size_t)(n_children + 1));
    }
    if (s && s->child) return s;
    shoal_fail(p->err, SHOAL_SYSTEM, "out of memory");
    return NULL;
}

static int height_of(const shoal_syntax *s)
{
    int most = 0;
    if (!s) return 0;
    if (s->height) return s->height;
    for (int k = 0; k < s->n_children; k++) {
        int height = height_of(s->child[k]); /* only keywords, slices and lists are not measured */
        most = height > most ? height : most;
    }
    return most + 1;
}

shoal_status shoal_parser_measure(shoal_parser *p, shoal_syntax *s)
{
    if (!s) return SHOAL_SYSTEM;
    s->height = height_of(s);
    if (s->height <= SHOAL_SYNTAX_HEIGHT) return SHOAL_OK;
    return shoal_fail_at(p->err, s->column,
                         "more than %d operations on one another; put brackets around halves",
                         SHOAL_SYNTAX_HEIGHT);
}

shoal_syntax *shoal_parser_call(shoal_parser *p, const char *function, int column, shoal_syntax *a,
                                shoal_syntax *b)
{
    shoal_syntax *s = shoal_parser_node(p, SHOAL_SYNTAX_CALL, column, b ? 2 : 1);
    if (!s) return NULL;
    s->text = function;
    s->is_operator = true;
    s->child[0] = a;
    if (b) s->child[1] = b;
    return s;
}

shoal_syntax *shoal_parser_gather(shoal_parser *p, shoal_syntax_kind kind, int column,
                                  shoal_syntax **parts, int n)
{
    shoal_syntax *s = shoal_parser_node(p, kind, column, n);
    if (s && n) memcpy(s->child, parts, sizeof *parts * (size_t)n);
    return s;
}
