#include "compute/parse.h"

#include "chunk/error.h"
#include "compute/parser.h"

#include <string.h>

#define MAX_DEPTH 200
#define MAX_TEXT  65536

/* Binary operators, NumPy's function and Python's precedence; ** is handled apart. */
static const struct {
    const char *text, *function;
    int precedence;
} binary[] = {
    {"<", "less", 1},           {"<=", "less_equal", 1},  {">", "greater", 1},
    {">=", "greater_equal", 1}, {"==", "equal", 1},       {"!=", "not_equal", 1},
    {"|", "bitwise_or", 2},     {"^", "bitwise_xor", 3},  {"&", "bitwise_and", 4},
    {"<<", "left_shift", 5},    {">>", "right_shift", 5}, {"+", "add", 6},
    {"-", "subtract", 6},       {"*", "multiply", 7},     {"/", "divide", 7},
    {"//", "floor_divide", 7},  {"%", "remainder", 7},    {"@", "matmul", 7},
};
#define COMPARISON 1
#define UNARY      8

/* x.name(...) is name(x, ...); np.name(...) is name(...), and np.pi is pi. */
static shoal_status parse_member(shoal_parser *p, shoal_syntax *base, shoal_syntax **out)
{
    shoal_status status = shoal_parser_advance(p);
    if (status) return status;
    shoal_token member = p->token;
    if (member.kind != SHOAL_TOKEN_NAME)
        return shoal_fail_at(p->err, member.column, "a name is missing after '.'");
    if ((status = shoal_parser_advance(p))) return status;
    bool numpy = base->kind == SHOAL_SYNTAX_NAME &&
                 (strcmp(base->text, "np") == 0 || strcmp(base->text, "numpy") == 0);
    if (shoal_parser_at(p, "("))
        return shoal_parse_call(p, member.text, member.column, numpy ? NULL : base, out);
    if (numpy) {
        *out = shoal_parser_node(p, SHOAL_SYNTAX_NAME, member.column, 0);
        if (*out) (*out)->text = member.text;
    } else { /* x.real, x.imag, x.T: attributes are calls without arguments */
        *out = shoal_parser_call(p, member.text, member.column, base, NULL);
        if (*out) (*out)->is_operator = false;
    }
    return *out ? SHOAL_OK : SHOAL_SYSTEM;
}

/* Python's words that do not work on arrays. */
static shoal_status check_word(shoal_parser *p, const shoal_token *name)
{
    static const struct {
        const char *word, *use;
    } words[] = {{"and", "&"},
                 {"or", "|"},
                 {"not", "~ or logical_not(...)"},
                 {"if", "where(...)"},
                 {"else", "where(...)"},
                 {"in", "| between comparisons"}};
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (strcmp(name->text, words[k].word) == 0)
            return shoal_fail_at(p->err, name->column, "'%s' does not work on arrays; use %s",
                                 name->text, words[k].use);
    return SHOAL_OK;
}

static shoal_status parse_name(shoal_parser *p, shoal_syntax **out)
{
    shoal_token name = p->token;
    shoal_status status = check_word(p, &name);
    if (!status) status = shoal_parser_advance(p);
    if (status) return status;
    if (shoal_parser_at(p, "(")) return shoal_parse_call(p, name.text, name.column, NULL, out);
    *out = shoal_parser_node(p, SHOAL_SYNTAX_NAME, name.column, 0);
    if (*out) (*out)->text = name.text;
    return *out ? SHOAL_OK : SHOAL_SYSTEM;
}

static shoal_status parse_literal(shoal_parser *p, shoal_syntax **out)
{
    shoal_token t = p->token;
    shoal_syntax_kind kind = t.kind == SHOAL_TOKEN_INT         ? SHOAL_SYNTAX_INT
                             : t.kind == SHOAL_TOKEN_FLOAT     ? SHOAL_SYNTAX_FLOAT
                             : t.kind == SHOAL_TOKEN_IMAGINARY ? SHOAL_SYNTAX_COMPLEX
                                                               : SHOAL_SYNTAX_STRING;
    if (t.kind == SHOAL_TOKEN_INT && t.big)
        return shoal_fail_at(p->err, t.column,
                             "the integer is beyond int64; write it as a float (1e19)");
    *out = shoal_parser_node(p, kind, t.column, 0);
    if (!*out) return SHOAL_SYSTEM;
    (*out)->text = t.text;
    (*out)->number = t.number;
    (*out)->integer = t.integer;
    return shoal_parser_advance(p);
}

static shoal_status parse_atom(shoal_parser *p, shoal_syntax **out)
{
    switch (p->token.kind) {
    case SHOAL_TOKEN_INT:
    case SHOAL_TOKEN_FLOAT:
    case SHOAL_TOKEN_IMAGINARY:
    case SHOAL_TOKEN_STRING: return parse_literal(p, out);
    case SHOAL_TOKEN_NAME: return parse_name(p, out);
    case SHOAL_TOKEN_END:
    case SHOAL_TOKEN_BREAK:
        return shoal_fail_at(p->err, p->token.column, "the expression ends too early");
    case SHOAL_TOKEN_OPERATOR: break;
    }
    if (shoal_parser_at(p, "(")) return shoal_parse_group(p, ")", out);
    if (shoal_parser_at(p, "[")) return shoal_parse_group(p, "]", out);
    return shoal_fail_at(p->err, p->token.column, "'%s' is not expected here", p->token.text);
}

static shoal_status parse_postfix(shoal_parser *p, shoal_syntax **out)
{
    shoal_status status = parse_atom(p, out);
    if (!status) status = shoal_parser_measure(p, *out);
    while (!status &&
           (shoal_parser_at(p, "[") || shoal_parser_at(p, ".") || shoal_parser_at(p, "("))) {
        if (shoal_parser_at(p, "("))
            return shoal_fail_at(p->err, p->token.column, "only a function's name can be called");
        status = shoal_parser_at(p, "[") ? shoal_parse_subscript(p, *out, out)
                                         : parse_member(p, *out, out);
        if (!status) status = shoal_parser_measure(p, *out);
    }
    return status;
}

/* After a minus: 9223372036854775808, which is no int64 without it? */
static bool is_least(const shoal_parser *p)
{
    return p->token.kind == SHOAL_TOKEN_INT && p->token.big && p->token.integer == INT64_MIN;
}

static shoal_status parse_least(shoal_parser *p, int column, shoal_syntax **out)
{
    *out = shoal_parser_node(p, SHOAL_SYNTAX_INT, column, 0);
    if (!*out) return SHOAL_SYSTEM;
    (*out)->integer = INT64_MIN;
    (*out)->number = (double)INT64_MIN;
    shoal_status status = shoal_parser_advance(p);
    if (status || !shoal_parser_at(p, "**")) return status;
    return shoal_fail_at(p->err, p->token.column, "put brackets around the negative number");
}

/* Unary + - ~ bind looser than ** on their right: -a ** 2 is -(a ** 2), and 2 ** -a works. */
static shoal_status parse_unary(shoal_parser *p, shoal_syntax **out)
{
    static const char *const functions[][2] = {
        {"-", "negative"}, {"+", "positive"}, {"~", "invert"}};
    int column = p->token.column;
    for (int k = 0; k < 3; k++) {
        if (!shoal_parser_at(p, functions[k][0])) continue;
        shoal_status status = shoal_parser_advance(p);
        if (!status && k == 0 && is_least(p)) return parse_least(p, column, out);
        if (!status) status = shoal_parse_expression(p, UNARY, out);
        if (status) return status;
        *out = shoal_parser_call(p, functions[k][1], column, *out, NULL);
        return shoal_parser_measure(p, *out);
    }
    shoal_status status = parse_postfix(p, out);
    if (status || !shoal_parser_at(p, "**")) return status;
    column = p->token.column;
    shoal_syntax *exponent;
    if ((status = shoal_parser_advance(p)) ||
        (status = shoal_parse_expression(p, UNARY, &exponent)))
        return status;
    *out = shoal_parser_call(p, "power", column, *out, exponent);
    return shoal_parser_measure(p, *out);
}

static int find_binary(const shoal_parser *p)
{
    for (size_t k = 0; k < sizeof binary / sizeof *binary; k++)
        if (shoal_parser_at(p, binary[k].text)) return (int)k;
    return -1;
}

shoal_status shoal_parse_expression(shoal_parser *p, int precedence, shoal_syntax **out)
{
    if (++p->depth > MAX_DEPTH)
        return shoal_fail_at(p->err, p->token.column, "nested more than %d deep", MAX_DEPTH);
    shoal_status status = parse_unary(p, out);
    bool compared = false;
    while (!status && precedence < UNARY) {
        if (p->token.kind == SHOAL_TOKEN_NAME && (status = check_word(p, &p->token))) break;
        int k = find_binary(p);
        if (k < 0 || binary[k].precedence < precedence) break;
        int column = p->token.column;
        if (binary[k].precedence == COMPARISON && compared)
            return shoal_fail_at(
                p->err, column, "chained comparisons do not work on arrays; use (a < b) & (b < c)");
        compared = binary[k].precedence == COMPARISON;
        shoal_syntax *right;
        if ((status = shoal_parser_advance(p))) break;
        if ((status = shoal_parse_expression(p, binary[k].precedence + 1, &right))) break;
        *out = shoal_parser_call(p, binary[k].function, column, *out, right);
        status = shoal_parser_measure(p, *out);
    }
    p->depth--;
    return status;
}

/* [name =] expression */
static shoal_status parse_statement(shoal_parser *p, shoal_statement *out)
{
    shoal_status status;
    shoal_token name;
    bool is_named;
    *out = (shoal_statement){.column = p->token.column};
    if ((status = shoal_parser_take_name(p, &name, &is_named))) return status;
    if (is_named) out->name = name.text;
    size_t begin = p->token.begin;
    if ((status = shoal_parse_expression(p, 0, &out->value))) return status;
    size_t end = p->token.begin;
    while (end > begin && strchr(" \t\r\n", p->lexer.text[end - 1])) end--;
    out->text = shoal_arena_text(p->arena, p->lexer.text + begin, end - begin);
    if (!out->text) return shoal_fail(p->err, SHOAL_SYSTEM, "out of memory");
    if (p->token.kind == SHOAL_TOKEN_BREAK || p->token.kind == SHOAL_TOKEN_END) return SHOAL_OK;
    return shoal_fail_at(p->err, p->token.column, "'%.*s' is not expected here",
                         (int)(p->token.end - p->token.begin), p->lexer.text + p->token.begin);
}

shoal_status shoal_parse(shoal_arena *arena, const char *text, shoal_statement *statements,
                         int *n_statements, shoal_error *err)
{
    if (strlen(text) > MAX_TEXT)
        return shoal_fail_at(err, 1, "the expressions are longer than %d bytes", MAX_TEXT);
    shoal_parser p = {.lexer = {.text = text, .arena = arena}, .arena = arena, .err = err};
    int n = 0;
    shoal_status status = shoal_parser_advance(&p);
    while (!status && p.token.kind != SHOAL_TOKEN_END) {
        if (p.token.kind == SHOAL_TOKEN_BREAK) {
            status = shoal_parser_advance(&p);
            continue;
        }
        if (n == SHOAL_MAX_STATEMENTS)
            return shoal_fail_at(err, p.token.column, "more than %d statements",
                                 SHOAL_MAX_STATEMENTS);
        status = parse_statement(&p, &statements[n++]);
    }
    if (status) return status;
    if (n == 0) return shoal_fail_at(err, 1, "there is no expression");
    *n_statements = n;
    return SHOAL_OK;
}
