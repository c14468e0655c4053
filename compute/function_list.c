/* What functions there are, for help and documents: the operations by families, those that are
   written in the language, and those that are composed in C. */
#include "compute/function_list.h"
#include "compute/call.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The first operation of each family. */
static const struct {
    shoal_op first;
    const char *name;
} families[] = {
    {SHOAL_OP_ADD, "arithmetic"},
    {SHOAL_OP_EXP, "exponential, trigonometric, hyperbolic"},
    {SHOAL_OP_FLOOR, "rounding and parts of floats"},
    {SHOAL_OP_MINIMUM, "choosing"},
    {SHOAL_OP_EQUAL, "comparisons, logic and bits"},
    {SHOAL_OP_REAL, "complex numbers"},
    {SHOAL_OP_SUM, "reductions; each takes axis= and keepdims=, all but the arg forms by="},
};

static const char *family_of(shoal_op op)
{
    const char *name = families[0].name;
    for (size_t k = 0; k < sizeof families / sizeof *families; k++)
        if (op >= families[k].first) name = families[k].name;
    return name;
}

static void add_aliases(shoal_op op, shoal_function *out)
{
    shoal_op of;
    const char *alias;
    for (size_t k = 0; (alias = shoal_operation_alias(k, &of)); k++) {
        size_t n = strlen(out->aliases);
        if (of == op)
            snprintf(out->aliases + n, sizeof out->aliases - n, "%s%s", n ? ", " : "", alias);
    }
}

/* The results' types of arguments of one type, from the rules themselves. */
static void add_types(shoal_op op, shoal_function *out)
{
    static const shoal_type_code types[4] = {SHOAL_BOOL, SHOAL_INT32, SHOAL_FLOAT32,
                                             SHOAL_COMPLEX64};
    out->typed = true;
    for (int k = 0; k < 4; k++) {
        shoal_argument a[3] = {{.type = types[k]}, {.type = types[k]}, {.type = types[k]}};
        shoal_signature s;
        char name[24];
        if (op == SHOAL_OP_WHERE) a[0].type = SHOAL_BOOL;
        if (op == SHOAL_OP_LDEXP) a[1].type = SHOAL_INT32;
        if (shoal_operation_resolve(op, a, &s, NULL)) continue;
        snprintf(out->result[k], sizeof out->result[k], "%s",
                 shoal_type_name(shoal_type_of(s.result), name));
    }
}

/* The calls of the same name that take more are among the composed ones. */
static bool is_composed(const char *name)
{
    const char *other;
    for (size_t k = 0; (other = shoal_call_name(k)); k++)
        if (strcmp(other, name) == 0) return true;
    return false;
}

static void describe_operation(shoal_op op, shoal_function *out)
{
    static const char *const arguments[] = {"", "x", "x, y", "x, y, z"};
    const shoal_operation *o = shoal_operation_of(op);
    const char *call = strstr(o->doc, o->name); /* some docs have the names of the arguments */
    size_t n = strlen(o->name);
    *out = (shoal_function){.family = family_of(op), .doc = o->doc};
    if (call && call[n] == '(' && strchr(call, ')') && o->arity > 1)
        snprintf(out->signature, sizeof out->signature, "%.*s", (int)(strchr(call, ')') + 1 - call),
                 call);
    else
        snprintf(out->signature, sizeof out->signature, "%s(%s)", o->name, arguments[o->arity]);
    add_aliases(op, out);
    add_types(op, out);
}

/* Some are an operation with more arguments. */
static void describe_composed(size_t k, shoal_function *out)
{
    char name[32];
    *out = (shoal_function){.family = shoal_composed_functions[k].family,
                            .doc = shoal_composed_functions[k].doc};
    snprintf(out->signature, sizeof out->signature, "%s", shoal_composed_functions[k].signature);
    snprintf(name, sizeof name, "%.*s", (int)strcspn(out->signature, "("), out->signature);
    int op = shoal_operation_find(name);
    if (op >= 0) add_types((shoal_op)op, out);
}

/* Is a word in a text: "cumsum" in "cumsum(x)", "_min" in "also rolling_sum, _min"? */
static bool has_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at++) {
        bool begins = at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '_');
        if (begins && !isalnum((unsigned char)at[n]) && at[n] != '_') return true;
    }
    return false;
}

static bool is_described(const char *name)
{
    const char *tail = strchr(name, '_');
    for (const shoal_composed *c = shoal_composed_functions; c->signature; c++) {
        size_t family = strcspn(c->signature, "_(") + 1;
        bool relative = tail && strncmp(c->signature, name, family) == 0 && has_word(c->doc, tail);
        if (has_word(c->signature, name) || has_word(c->doc, name) || relative) return true;
    }
    return false;
}

/* The k-th call that has no description. */
static const char *bare_call(size_t k)
{
    const char *name;
    for (size_t j = 0; (name = shoal_call_name(j)); j++)
        if (!is_described(name) && k-- == 0) return name;
    return NULL;
}

bool shoal_function_get(size_t k, shoal_function *out)
{
    size_t n_defined;
    const shoal_defined *defined = shoal_defined_list(&n_defined);
    *out = (shoal_function){0};
    for (int op = 0; op < SHOAL_N_OPS; op++) {
        if (is_composed(shoal_operation_of((shoal_op)op)->name)) continue;
        if (k-- > 0) continue;
        describe_operation((shoal_op)op, out);
        return true;
    }
    if (k < n_defined) {
        *out = (shoal_function){.family = "composed", .doc = defined[k].doc};
        snprintf(out->signature, sizeof out->signature, "%s", defined[k].signature);
        return true;
    }
    k -= n_defined;
    size_t n_composed = 0;
    while (shoal_composed_functions[n_composed].signature) n_composed++;
    if (k < n_composed) {
        describe_composed(k, out);
        return true;
    }
    const char *name = bare_call(k - n_composed);
    if (!name) return false;
    *out = (shoal_function){.family = "others", .doc = ""};
    snprintf(out->signature, sizeof out->signature, "%s(...)", name);
    return true;
}
