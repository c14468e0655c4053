/* What stands in brackets: arguments, subscripts, tuples and lists. */
#include "compute/parser.h"

#include "chunk/error.h"

#include <string.h>

#define MAX_CHILDREN 64

static shoal_status too_many(shoal_parser *p)
{
    return shoal_fail_at(p->err, p->token.column, "more than %d parts here", MAX_CHILDREN);
}

static shoal_syntax *keyword_node(shoal_parser *p, const shoal_token *name)
{
    shoal_syntax *s = shoal_parser_node(p, SHOAL_SYNTAX_KEYWORD, name->column, 1);
    if (s) s->text = name->text;
    return s;
}

/* name=value, of which the name was taken. */
static shoal_status parse_keyword(shoal_parser *p, const shoal_token *name, shoal_syntax **out)
{
    *out = keyword_node(p, name);
    return *out ? shoal_parse_expression(p, 0, &(*out)->child[0]) : SHOAL_SYSTEM;
}

/* After '(' of a call: arguments and keyword arguments up to ')'. */
static shoal_status parse_arguments(shoal_parser *p, shoal_syntax **parts, int *n)
{
    bool keywords = false, is_keyword;
    shoal_token name;
    while (!shoal_parser_at(p, ")")) {
        if (*n == MAX_CHILDREN) return too_many(p);
        shoal_status status = shoal_parser_take_name(p, &name, &is_keyword);
        if (status) return status;
        keywords |= is_keyword;
        if (keywords && !is_keyword)
            return shoal_fail_at(p->err, p->token.column,
                                 "a positional argument follows a keyword argument");
        shoal_syntax **part = &parts[(*n)++];
        status = is_keyword ? parse_keyword(p, &name, part) : shoal_parse_expression(p, 0, part);
        if (status) return status;
        if (!shoal_parser_at(p, ",")) break;
        if ((status = shoal_parser_advance(p))) return status;
    }
    return shoal_parser_expect(p, ")", "after the arguments");
}

shoal_status shoal_parse_call(shoal_parser *p, const char *function, int column, shoal_syntax *self,
                              shoal_syntax **out)
{
    shoal_syntax *parts[MAX_CHILDREN + 1];
    int n = 0;
    if (self) parts[n++] = self;
    shoal_status status = shoal_parser_advance(p);
    if (!status) status = parse_arguments(p, parts, &n);
    if (status) return status;
    *out = shoal_parser_gather(p, SHOAL_SYNTAX_CALL, column, parts, n);
    if (!*out) return SHOAL_SYSTEM;
    (*out)->text = function;
    return SHOAL_OK;
}

static bool slice_part_ends(const shoal_parser *p)
{
    return shoal_parser_at(p, ":") || shoal_parser_at(p, ",") || shoal_parser_at(p, "]");
}

/* One item of a subscript: an index, start:stop:step, or an ellipsis. */
static shoal_status parse_index_item(shoal_parser *p, shoal_syntax **out)
{
    int column = p->token.column;
    shoal_status status;
    if (shoal_parser_at(p, "...")) {
        *out = shoal_parser_node(p, SHOAL_SYNTAX_ELLIPSIS, column, 0);
        return *out ? shoal_parser_advance(p) : SHOAL_SYSTEM;
    }
    shoal_syntax *parts[3] = {0};
    if (!slice_part_ends(p) && (status = shoal_parse_expression(p, 0, &parts[0]))) return status;
    if (!shoal_parser_at(p, ":")) {
        if (!parts[0]) return shoal_fail_at(p->err, column, "an index is missing");
        *out = parts[0];
        return SHOAL_OK;
    }
    for (int k = 1; k < 3 && shoal_parser_at(p, ":"); k++) {
        if ((status = shoal_parser_advance(p))) return status;
        if (!slice_part_ends(p) && (status = shoal_parse_expression(p, 0, &parts[k])))
            return status;
    }
    *out = shoal_parser_gather(p, SHOAL_SYNTAX_SLICE, column, parts, 3);
    return *out ? SHOAL_OK : SHOAL_SYSTEM;
}

/* One item, or NAME=item, which selects by coordinate value. */
static shoal_status parse_item(shoal_parser *p, shoal_syntax **out)
{
    shoal_token name;
    bool is_named;
    shoal_status status = shoal_parser_take_name(p, &name, &is_named);
    if (status || !is_named) return status ? status : parse_index_item(p, out);
    *out = keyword_node(p, &name);
    return *out ? parse_index_item(p, &(*out)->child[0]) : SHOAL_SYSTEM;
}

shoal_status shoal_parse_subscript(shoal_parser *p, shoal_syntax *base, shoal_syntax **out)
{
    shoal_syntax *parts[MAX_CHILDREN + 1];
    int n = 1, column = p->token.column;
    parts[0] = base;
    shoal_status status = shoal_parser_advance(p);
    while (!status && !shoal_parser_at(p, "]")) {
        if (n == MAX_CHILDREN) return too_many(p);
        if ((status = parse_item(p, &parts[n++]))) return status;
        if (!shoal_parser_at(p, ",")) break;
        status = shoal_parser_advance(p);
    }
    if (!status) status = shoal_parser_expect(p, "]", "after the subscript");
    if (status) return status;
    *out = shoal_parser_gather(p, SHOAL_SYNTAX_INDEX, column, parts, n);
    return *out ? SHOAL_OK : SHOAL_SYSTEM;
}

/* Room for twice as many; lists are as long as the text lets them be. */
static bool widen(shoal_parser *p, shoal_syntax ***parts, int n, int *room)
{
    shoal_syntax **more = shoal_arena_alloc(p->arena, sizeof *more * 2 * (size_t)*room);
    if (more) memcpy(more, *parts, sizeof *more * (size_t)n);
    *parts = more;
    *room *= 2;
    return more != NULL;
}

shoal_status shoal_parse_group(shoal_parser *p, const char *close, shoal_syntax **out)
{
    shoal_syntax *first[MAX_CHILDREN], **parts = first;
    int n = 0, room = MAX_CHILDREN, column = p->token.column;
    bool tuple = *close == ']';
    shoal_status status = shoal_parser_advance(p);
    while (!status && !shoal_parser_at(p, close)) {
        if (n == room && !widen(p, &parts, n, &room))
            return shoal_fail(p->err, SHOAL_SYSTEM, "out of memory");
        if ((status = shoal_parse_expression(p, 0, &parts[n++]))) return status;
        if (!shoal_parser_at(p, ",")) break;
        tuple = true;
        status = shoal_parser_advance(p);
    }
    if (!status) status = shoal_parser_expect(p, close, "to close the bracket");
    if (status) return status;
    *out =
        tuple || n == 0 ? shoal_parser_gather(p, SHOAL_SYNTAX_TUPLE, column, parts, n) : parts[0];
    return *out ? SHOAL_OK : SHOAL_SYSTEM;
}
