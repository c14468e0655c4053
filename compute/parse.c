#include "compute/parse.h"

#include "chunk/error.h"
#include "compute/lex.h"

#include <string.h>

#define MAX_DEPTH    200
#define MAX_TEXT     65536
#define MAX_CHILDREN 64

typedef struct parser {
    shoal_lexer lexer;
    shoal_token token; /* the next one, not yet taken */
    shoal_arena *arena;
    int depth;
    shoal_error *err;
} parser;

static shoal_status parse_expression(parser *p, int precedence, shoal_syntax **out);

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

static shoal_status advance(parser *p)
{
    return shoal_lex(&p->lexer, &p->token, p->err);
}

static bool at(const parser *p, const char *operator_text)
{
    return p->token.kind == SHOAL_TOKEN_OPERATOR && strcmp(p->token.text, operator_text) == 0;
}

static shoal_status expect(parser *p, const char *operator_text, const char *where)
{
    if (at(p, operator_text)) return advance(p);
    return shoal_fail_at(p->err, p->token.column, "'%s' is missing %s", operator_text, where);
}

static shoal_syntax *new_node(parser *p, shoal_syntax_kind kind, int column, int n_children)
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

/* Long chains, such as x + x + ... or x[0][0]..., nest in the tree though not in the text. */
static shoal_status measure(parser *p, shoal_syntax *s)
{
    if (!s) return SHOAL_SYSTEM;
    s->height = height_of(s);
    if (s->height <= SHOAL_SYNTAX_HEIGHT) return SHOAL_OK;
    return shoal_fail_at(p->err, s->column,
                         "more than %d operations on one another; put brackets around halves",
                         SHOAL_SYNTAX_HEIGHT);
}

static shoal_syntax *call_node(parser *p, const char *function, int column, shoal_syntax *a,
                               shoal_syntax *b)
{
    shoal_syntax *s = new_node(p, SHOAL_SYNTAX_CALL, column, b ? 2 : 1);
    if (!s) return NULL;
    s->text = function;
    s->is_operator = true;
    s->child[0] = a;
    if (b) s->child[1] = b;
    return s;
}

static shoal_syntax *gather(parser *p, shoal_syntax_kind kind, int column, shoal_syntax **parts,
                            int n)
{
    shoal_syntax *s = new_node(p, kind, column, n);
    if (s && n) memcpy(s->child, parts, sizeof *parts * (size_t)n);
    return s;
}

static shoal_status too_many(parser *p)
{
    return shoal_fail_at(p->err, p->token.column, "more than %d parts here", MAX_CHILDREN);
}

/* After '(' of a call: arguments and keyword arguments up to ')'. */
static shoal_status parse_arguments(parser *p, shoal_syntax **parts, int *n)
{
    bool keywords = false;
    shoal_status status;
    while (!at(p, ")")) {
        if (*n == MAX_CHILDREN) return too_many(p);
        shoal_token before = p->token;
        shoal_lexer saved = p->lexer;
        if (before.kind == SHOAL_TOKEN_NAME) {
            if ((status = advance(p))) return status;
            if (at(p, "=")) {
                shoal_syntax *k = new_node(p, SHOAL_SYNTAX_KEYWORD, before.column, 1);
                if (!k) return SHOAL_SYSTEM;
                k->text = before.text;
                if ((status = advance(p))) return status;
                if ((status = parse_expression(p, 0, &k->child[0]))) return status;
                parts[(*n)++] = k;
                keywords = true;
                goto comma;
            }
            p->lexer = saved;
            p->token = before;
        }
        if (keywords)
            return shoal_fail_at(p->err, p->token.column,
                                 "a positional argument follows a keyword argument");
        if ((status = parse_expression(p, 0, &parts[(*n)++]))) return status;
    comma:
        if (!at(p, ",")) break;
        if ((status = advance(p))) return status;
    }
    return expect(p, ")", "after the arguments");
}

static shoal_status parse_call(parser *p, const char *function, int column, shoal_syntax *self,
                               shoal_syntax **out)
{
    shoal_syntax *parts[MAX_CHILDREN + 1];
    int n = 0;
    if (self) parts[n++] = self;
    shoal_status status = advance(p);
    if (!status) status = parse_arguments(p, parts, &n);
    if (status) return status;
    *out = gather(p, SHOAL_SYNTAX_CALL, column, parts, n);
    if (!*out) return SHOAL_SYSTEM;
    (*out)->text = function;
    return SHOAL_OK;
}

static bool slice_part_ends(const parser *p)
{
    return at(p, ":") || at(p, ",") || at(p, "]");
}

/* One item of a subscript: an index, start:stop:step, or an ellipsis. */
static shoal_status parse_index_item(parser *p, shoal_syntax **out)
{
    int column = p->token.column;
    shoal_status status;
    if (at(p, "...")) {
        *out = new_node(p, SHOAL_SYNTAX_ELLIPSIS, column, 0);
        return *out ? advance(p) : SHOAL_SYSTEM;
    }
    shoal_syntax *parts[3] = {0};
    if (!slice_part_ends(p) && (status = parse_expression(p, 0, &parts[0]))) return status;
    if (!at(p, ":")) {
        if (!parts[0]) return shoal_fail_at(p->err, column, "an index is missing");
        *out = parts[0];
        return SHOAL_OK;
    }
    for (int k = 1; k < 3 && at(p, ":"); k++) {
        if ((status = advance(p))) return status;
        if (!slice_part_ends(p) && (status = parse_expression(p, 0, &parts[k]))) return status;
    }
    *out = gather(p, SHOAL_SYNTAX_SLICE, column, parts, 3);
    return *out ? SHOAL_OK : SHOAL_SYSTEM;
}

/* NAME=item selects by coordinate value; *is_named is false, and nothing is taken, otherwise. */
static shoal_status parse_named_item(parser *p, bool *is_named, shoal_syntax **out)
{
    shoal_token name = p->token;
    shoal_lexer saved = p->lexer;
    *is_named = false;
    if (name.kind != SHOAL_TOKEN_NAME) return SHOAL_OK;
    shoal_status status = advance(p);
    if (status) return status;
    if (!at(p, "=")) {
        p->lexer = saved;
        p->token = name;
        return SHOAL_OK;
    }
    *is_named = true;
    *out = new_node(p, SHOAL_SYNTAX_KEYWORD, name.column, 1);
    if (!*out) return SHOAL_SYSTEM;
    (*out)->text = name.text;
    status = advance(p);
    return status ? status : parse_index_item(p, &(*out)->child[0]);
}

static shoal_status parse_subscript(parser *p, shoal_syntax *base, shoal_syntax **out)
{
    shoal_syntax *parts[MAX_CHILDREN + 1];
    int n = 1, column = p->token.column;
    parts[0] = base;
    shoal_status status = advance(p);
    while (!status && !at(p, "]")) {
        if (n == MAX_CHILDREN) return too_many(p);
        bool is_named;
        status = parse_named_item(p, &is_named, &parts[n]);
        if (!status && !is_named) status = parse_index_item(p, &parts[n]);
        if (status) return status;
        n++;
        if (!at(p, ",")) break;
        status = advance(p);
    }
    if (!status) status = expect(p, "]", "after the subscript");
    if (status) return status;
    *out = gather(p, SHOAL_SYNTAX_INDEX, column, parts, n);
    return *out ? SHOAL_OK : SHOAL_SYSTEM;
}

/* x.name(...) is name(x, ...); np.name(...) is name(...), and np.pi is pi. */
static shoal_status parse_member(parser *p, shoal_syntax *base, shoal_syntax **out)
{
    shoal_status status = advance(p);
    if (status) return status;
    shoal_token member = p->token;
    if (member.kind != SHOAL_TOKEN_NAME)
        return shoal_fail_at(p->err, member.column, "a name is missing after '.'");
    if ((status = advance(p))) return status;
    bool numpy = base->kind == SHOAL_SYNTAX_NAME &&
                 (strcmp(base->text, "np") == 0 || strcmp(base->text, "numpy") == 0);
    if (at(p, "(")) return parse_call(p, member.text, member.column, numpy ? NULL : base, out);
    if (numpy) {
        *out = new_node(p, SHOAL_SYNTAX_NAME, member.column, 0);
        if (*out) (*out)->text = member.text;
    } else { /* x.real, x.imag, x.T: attributes are calls without arguments */
        *out = call_node(p, member.text, member.column, base, NULL);
        if (*out) (*out)->is_operator = false;
    }
    return *out ? SHOAL_OK : SHOAL_SYSTEM;
}

/* Room for twice as many; lists are as long as the text lets them be. */
static bool widen(parser *p, shoal_syntax ***parts, int n, int *room)
{
    shoal_syntax **more = shoal_arena_alloc(p->arena, sizeof *more * 2 * (size_t)*room);
    if (more) memcpy(more, *parts, sizeof *more * (size_t)n);
    *parts = more;
    *room *= 2;
    return more != NULL;
}

/* '(' ... ')' or '[' ... ']': a grouping, or a tuple when there is a comma. */
static shoal_status parse_group(parser *p, const char *close, shoal_syntax **out)
{
    shoal_syntax *first[MAX_CHILDREN], **parts = first;
    int n = 0, room = MAX_CHILDREN, column = p->token.column;
    bool tuple = *close == ']';
    shoal_status status = advance(p);
    while (!status && !at(p, close)) {
        if (n == room && !widen(p, &parts, n, &room))
            return shoal_fail(p->err, SHOAL_SYSTEM, "out of memory");
        if ((status = parse_expression(p, 0, &parts[n++]))) return status;
        if (!at(p, ",")) break;
        tuple = true;
        status = advance(p);
    }
    if (!status) status = expect(p, close, "to close the bracket");
    if (status) return status;
    *out = tuple || n == 0 ? gather(p, SHOAL_SYNTAX_TUPLE, column, parts, n) : parts[0];
    return *out ? SHOAL_OK : SHOAL_SYSTEM;
}

/* Python's words that do not work on arrays. */
static shoal_status check_word(parser *p, const shoal_token *name)
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

static shoal_status parse_name(parser *p, shoal_syntax **out)
{
    shoal_token name = p->token;
    shoal_status status = check_word(p, &name);
    if (!status) status = advance(p);
    if (status) return status;
    if (at(p, "(")) return parse_call(p, name.text, name.column, NULL, out);
    *out = new_node(p, SHOAL_SYNTAX_NAME, name.column, 0);
    if (*out) (*out)->text = name.text;
    return *out ? SHOAL_OK : SHOAL_SYSTEM;
}

static shoal_status parse_literal(parser *p, shoal_syntax **out)
{
    shoal_token t = p->token;
    shoal_syntax_kind kind = t.kind == SHOAL_TOKEN_INT         ? SHOAL_SYNTAX_INT
                             : t.kind == SHOAL_TOKEN_FLOAT     ? SHOAL_SYNTAX_FLOAT
                             : t.kind == SHOAL_TOKEN_IMAGINARY ? SHOAL_SYNTAX_COMPLEX
                                                               : SHOAL_SYNTAX_STRING;
    if (t.kind == SHOAL_TOKEN_INT && t.big)
        return shoal_fail_at(p->err, t.column,
                             "the integer is beyond int64; write it as a float (1e19)");
    *out = new_node(p, kind, t.column, 0);
    if (!*out) return SHOAL_SYSTEM;
    (*out)->text = t.text;
    (*out)->number = t.number;
    (*out)->integer = t.integer;
    return advance(p);
}

static shoal_status parse_atom(parser *p, shoal_syntax **out)
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
    if (at(p, "(")) return parse_group(p, ")", out);
    if (at(p, "[")) return parse_group(p, "]", out);
    return shoal_fail_at(p->err, p->token.column, "'%s' is not expected here", p->token.text);
}

static shoal_status parse_postfix(parser *p, shoal_syntax **out)
{
    shoal_status status = parse_atom(p, out);
    if (!status) status = measure(p, *out);
    while (!status && (at(p, "[") || at(p, ".") || at(p, "("))) {
        if (at(p, "("))
            return shoal_fail_at(p->err, p->token.column, "only a function's name can be called");
        status = at(p, "[") ? parse_subscript(p, *out, out) : parse_member(p, *out, out);
        if (!status) status = measure(p, *out);
    }
    return status;
}

/* After a minus: 9223372036854775808, which is no int64 without it? */
static bool is_least(const parser *p)
{
    return p->token.kind == SHOAL_TOKEN_INT && p->token.big && p->token.integer == INT64_MIN;
}

static shoal_status parse_least(parser *p, int column, shoal_syntax **out)
{
    *out = new_node(p, SHOAL_SYNTAX_INT, column, 0);
    if (!*out) return SHOAL_SYSTEM;
    (*out)->integer = INT64_MIN;
    (*out)->number = (double)INT64_MIN;
    shoal_status status = advance(p);
    if (status || !at(p, "**")) return status;
    return shoal_fail_at(p->err, p->token.column, "put brackets around the negative number");
}

/* Unary + - ~ bind looser than ** on their right: -a ** 2 is -(a ** 2), and 2 ** -a works. */
static shoal_status parse_unary(parser *p, shoal_syntax **out)
{
    static const char *const functions[][2] = {
        {"-", "negative"}, {"+", "positive"}, {"~", "invert"}};
    int column = p->token.column;
    for (int k = 0; k < 3; k++) {
        if (!at(p, functions[k][0])) continue;
        shoal_status status = advance(p);
        if (!status && k == 0 && is_least(p)) return parse_least(p, column, out);
        if (!status) status = parse_expression(p, UNARY, out);
        if (status) return status;
        *out = call_node(p, functions[k][1], column, *out, NULL);
        return measure(p, *out);
    }
    shoal_status status = parse_postfix(p, out);
    if (status || !at(p, "**")) return status;
    column = p->token.column;
    shoal_syntax *exponent;
    if ((status = advance(p)) || (status = parse_expression(p, UNARY, &exponent))) return status;
    *out = call_node(p, "power", column, *out, exponent);
    return measure(p, *out);
}

static int find_binary(const parser *p)
{
    for (size_t k = 0; k < sizeof binary / sizeof *binary; k++)
        if (at(p, binary[k].text)) return (int)k;
    return -1;
}

/* Operators of at least this precedence, from the left. */
static shoal_status parse_expression(parser *p, int precedence, shoal_syntax **out)
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
        if ((status = advance(p))) break;
        if ((status = parse_expression(p, binary[k].precedence + 1, &right))) break;
        *out = call_node(p, binary[k].function, column, *out, right);
        status = measure(p, *out);
    }
    p->depth--;
    return status;
}

/* [name =] expression */
static shoal_status parse_statement(parser *p, shoal_statement *out)
{
    shoal_status status;
    *out = (shoal_statement){.column = p->token.column};
    if (p->token.kind == SHOAL_TOKEN_NAME) {
        shoal_token name = p->token;
        shoal_lexer saved = p->lexer;
        if ((status = advance(p))) return status;
        if (at(p, "=")) {
            out->name = name.text;
            if ((status = advance(p))) return status;
        } else {
            p->lexer = saved;
            p->token = name;
        }
    }
    size_t begin = p->token.begin;
    if ((status = parse_expression(p, 0, &out->value))) return status;
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
    parser p = {.lexer = {.text = text, .arena = arena}, .arena = arena, .err = err};
    int n = 0;
    shoal_status status = advance(&p);
    while (!status && p.token.kind != SHOAL_TOKEN_END) {
        if (p.token.kind == SHOAL_TOKEN_BREAK) {
            status = advance(&p);
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
