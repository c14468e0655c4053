#include "compute/lex.h"

#include "chunk/error.h"
#include "compute/other_words.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

shoal_status shoal_fail_at(shoal_error *err, int column, const char *format, ...)
{
    char message[900];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    shoal_fail(err, SHOAL_USAGE, "column %d: %s", column, message);
    if (err) err->column = column;
    return SHOAL_USAGE;
}

static bool name_start(int c)
{
    return isalpha(c) || c == '_';
}

static bool name_part(int c)
{
    return isalnum(c) || c == '_';
}

static void skip_space(shoal_lexer *lexer)
{
    const char *t = lexer->text;
    for (;;) {
        char c = t[lexer->at];
        if (c == ' ' || c == '\t' || c == '\r' || (c == '\n' && lexer->depth > 0)) {
            lexer->at++;
        } else if (c == '#') {
            while (t[lexer->at] && t[lexer->at] != '\n') lexer->at++;
        } else {
            return;
        }
    }
}

/* Digits with Python's single underscores between them, copied without those. */
static void take_digits(shoal_lexer *lexer, char *digits, size_t capacity, size_t *n)
{
    const char *t = lexer->text;
    while (isdigit((unsigned char)t[lexer->at]) ||
           (t[lexer->at] == '_' && isdigit((unsigned char)t[lexer->at + 1]))) {
        if (t[lexer->at] != '_' && *n + 1 < capacity) digits[(*n)++] = t[lexer->at];
        lexer->at++;
    }
}

static shoal_status lex_integer(const char *digits, int base, shoal_token *out)
{
    errno = 0;
    char *end;
    long long value = strtoll(digits, &end, base);
    out->kind = SHOAL_TOKEN_INT;
    out->integer = value;
    out->big = errno == ERANGE;
    errno = 0;
    if (out->big && strtoull(digits, NULL, base) == (unsigned long long)1 << 63 && errno == 0)
        out->integer = INT64_MIN; /* what it is with a minus before it */
    out->number = out->big ? strtod(digits, NULL) : (double)value;
    return SHOAL_OK;
}

static shoal_status lex_number(shoal_lexer *lexer, shoal_token *out, shoal_error *err)
{
    const char *t = lexer->text;
    char digits[400];
    size_t n = 0;
    bool real = false;
    if (t[lexer->at] == '0' && (t[lexer->at + 1] == 'x' || t[lexer->at + 1] == 'X')) {
        lexer->at += 2;
        while (isxdigit((unsigned char)t[lexer->at]) && n + 1 < 64) digits[n++] = t[lexer->at++];
        digits[n] = 0;
        if (n == 0) return shoal_fail_at(err, out->column, "a hexadecimal number has no digits");
        return lex_integer(digits, 16, out);
    }
    take_digits(lexer, digits, sizeof digits - 40, &n);
    if (t[lexer->at] == '.') {
        real = true;
        digits[n++] = t[lexer->at++];
        take_digits(lexer, digits, sizeof digits - 20, &n);
    }
    if (t[lexer->at] == 'e' || t[lexer->at] == 'E') {
        size_t sign = t[lexer->at + 1] == '-' || t[lexer->at + 1] == '+';
        if (isdigit((unsigned char)t[lexer->at + 1 + sign])) {
            real = true;
            for (size_t k = 0; k <= sign; k++) digits[n++] = t[lexer->at++];
            take_digits(lexer, digits, sizeof digits, &n);
        }
    }
    digits[n] = 0;
    if (!real && digits[0] == '0' && strspn(digits, "0") < n) /* as Python: it may be meant octal */
        return shoal_fail_at(err, out->column,
                             "a number does not begin with 0 ('%s'); a date is written in quotes: "
                             "\"2001-06-30\"",
                             digits);
    bool imaginary = t[lexer->at] == 'j' || t[lexer->at] == 'J';
    if (imaginary) lexer->at++;
    if (name_part((unsigned char)t[lexer->at]))
        return shoal_fail_at(err, out->column, "'%.*s' is not a number", (int)(n + 1),
                             t + out->begin);
    if (!real && !imaginary) return lex_integer(digits, 10, out);
    out->kind = imaginary ? SHOAL_TOKEN_IMAGINARY : SHOAL_TOKEN_FLOAT;
    out->number = strtod(digits, NULL);
    return SHOAL_OK;
}

static shoal_status lex_string(shoal_lexer *lexer, shoal_token *out, shoal_error *err)
{
    const char *t = lexer->text;
    char quote = t[lexer->at++];
    char *value = shoal_arena_alloc(lexer->arena, strlen(t + lexer->at) + 1);
    if (!value) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    size_t n = 0;
    for (; t[lexer->at] != quote; lexer->at++) {
        if (!t[lexer->at] || t[lexer->at] == '\n')
            return shoal_fail_at(err, out->column, "the text is not closed: %c is missing", quote);
        if (t[lexer->at] == '\\' && (t[lexer->at + 1] == quote || t[lexer->at + 1] == '\\'))
            lexer->at++;
        value[n++] = t[lexer->at];
    }
    lexer->at++;
    out->kind = SHOAL_TOKEN_STRING;
    out->text = value;
    return SHOAL_OK;
}

static shoal_status lex_operator(shoal_lexer *lexer, shoal_token *out, shoal_error *err)
{
    static const char *const operators[] = {
        "...", "**", "//", "==", "!=", "<=", ">=", "<<", ">>", "+", "-", "*", "/", "%", "<",
        ">",   "=",  "&",  "|",  "^",  "~",  "(",  ")",  "[",  "]", ",", ":", ".", "@"};
    const char *at = lexer->text + lexer->at, *other;
    const char *here = strncmp(at, "!=", 2) == 0 ? NULL : shoal_other_operator(at, &other);
    if (here)
        return shoal_fail_at(err, out->column, "'%s' means nothing here; write %s", other, here);
    for (size_t k = 0; k < sizeof operators / sizeof *operators; k++) {
        size_t n = strlen(operators[k]);
        if (strncmp(at, operators[k], n) != 0) continue;
        out->kind = SHOAL_TOKEN_OPERATOR;
        out->text = operators[k];
        if (*at == '(' || *at == '[') lexer->depth++;
        if ((*at == ')' || *at == ']') && lexer->depth > 0) lexer->depth--;
        lexer->at += n;
        return SHOAL_OK;
    }
    return shoal_fail_at(err, out->column, "'%c' means nothing here", *at);
}

shoal_status shoal_lex(shoal_lexer *lexer, shoal_token *out, shoal_error *err)
{
    skip_space(lexer);
    const char *t = lexer->text;
    *out = (shoal_token){.column = (int)lexer->at + 1, .begin = lexer->at};
    unsigned char c = (unsigned char)t[lexer->at];
    shoal_status status = SHOAL_OK;
    if (!c) {
        out->kind = SHOAL_TOKEN_END;
    } else if (c == ';' || c == '\n') {
        out->kind = SHOAL_TOKEN_BREAK;
        lexer->at++;
    } else if (isdigit(c) || (c == '.' && isdigit((unsigned char)t[lexer->at + 1]))) {
        status = lex_number(lexer, out, err);
    } else if (c == '"' || c == '\'') {
        status = lex_string(lexer, out, err);
    } else if (name_start(c)) {
        while (name_part((unsigned char)t[lexer->at])) lexer->at++;
        out->kind = SHOAL_TOKEN_NAME;
        out->text = shoal_arena_text(lexer->arena, t + out->begin, lexer->at - out->begin);
        if (!out->text) status = shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    } else {
        status = lex_operator(lexer, out, err);
    }
    out->end = lexer->at;
    return status;
}
