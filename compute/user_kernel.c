/* Users' kernels are checked when they are taken in, so that a run meets none that is wrong. */
#include "compute/user_kernel.h"

#include "chunk/error.h"
#include "chunk/type.h"
#include "compute/call.h"
#include "compute/function_list.h"
#include "compute/pass_user.h"
#include "compute/user_pack.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define LONGEST_NAME 63

static shoal_status wrong(shoal_error *err, const char *origin, const shoal_kernel_spec *spec,
                          const char *what)
{
    return shoal_fail(err, SHOAL_USAGE, "%s: kernel %s: %s", origin, spec->name, what);
}

static bool is_name(const char *text)
{
    size_t n = 0;
    if (!text || isdigit((unsigned char)text[0])) return false;
    while (n <= LONGEST_NAME && (isalnum((unsigned char)text[n]) || text[n] == '_')) n++;
    return n > 0 && n <= LONGEST_NAME && text[n] == 0;
}

/* Is it a function of the language? */
static bool is_taken(const char *name)
{
    const char *other;
    size_t n = strlen(name);
    if (shoal_operation_find(name) >= 0 || shoal_defined_find(name)) return true;
    for (size_t k = 0; (other = shoal_call_name(k)); k++)
        if (strcmp(name, other) == 0) return true;
    for (const shoal_composed *c = shoal_composed_functions; c->signature; c++)
        if (strncmp(c->signature, name, n) == 0 && c->signature[n] == '(') return true;
    return false;
}

/* ---- Types ---- */

static bool read_type(const char *from, const char *to, shoal_type_code *out)
{
    char text[24];
    shoal_type type;
    while (from < to && *from == ' ') from++;
    while (to > from && to[-1] == ' ') to--;
    if (to == from || (size_t)(to - from) >= sizeof text) return false;
    memcpy(text, from, (size_t)(to - from));
    text[to - from] = 0;
    if (!shoal_type_parse(text, &type) || type.code >= SHOAL_TEXT) return false;
    *out = type.code;
    return true;
}

/* Types with ',' between them, up to `end`; the number of them, or -1. */
static int read_types(const char *text, const char *end, shoal_type_code *out, int most)
{
    for (int n = 0; n < most; n++) {
        const char *comma = memchr(text, ',', (size_t)(end - text));
        if (!read_type(text, comma ? comma : end, &out[n])) return -1;
        if (!comma) return n + 1;
        text = comma + 1;
    }
    return -1;
}

static bool read_signature(const char *types, shoal_user_kernel *k)
{
    const char *arrow = types ? strstr(types, "->") : NULL;
    if (!arrow) return false;
    k->n_in = read_types(types, arrow, k->in, SHOAL_KERNEL_MAX_ARGUMENTS);
    k->n_out = read_types(arrow + 2, arrow + strlen(arrow), k->out, SHOAL_KERNEL_MAX_RESULTS);
    return k->n_in > 0 && k->n_out > 0;
}

const char *shoal_user_types_text(const shoal_user_kernel *kernel, char *text, size_t capacity)
{
    size_t n = 0;
    char name[24];
    text[0] = 0;
    for (int k = 0; k < kernel->n_in + kernel->n_out && n < capacity; k++) {
        bool out = k >= kernel->n_in;
        const char *before = k == 0 ? "" : k == kernel->n_in ? " -> " : ", ";
        shoal_type_code code = out ? kernel->out[k - kernel->n_in] : kernel->in[k];
        n += (size_t)snprintf(text + n, capacity - n, "%s%s", before,
                              shoal_type_name(shoal_type_of(code), name));
    }
    return text;
}

/* ---- Names ---- */

static char *keep(shoal_user_kernels *kernels, const char *text, size_t n)
{
    return shoal_arena_text(kernels->arena, text, n);
}

/* "spot, strike", or the default. */
static shoal_status name_arguments(shoal_user_kernels *kernels, const char *origin,
                                   shoal_user_kernel *k, shoal_error *err)
{
    static const char *const names[] = {"x", "y", "z", "u", "v", "w", "s", "t"};
    const char *at = k->spec.arguments;
    for (int a = 0; a < k->n_in; a++) {
        k->argument[a] = names[a];
        if (!k->spec.arguments) continue;
        at += strspn(at, " ");
        size_t n = strcspn(at, ", ");
        char *name = keep(kernels, at, n);
        if (!name) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for kernels");
        k->argument[a] = name;
        at += n;
        at += strspn(at, " ");
        bool ends = a == k->n_in - 1;
        if (!is_name(name) || (ends ? *at != 0 : *at != ','))
            return wrong(err, origin, &k->spec,
                         "`arguments` is a name for each argument of `types`, as in \"x, y\"");
        at += !ends;
    }
    return SHOAL_OK;
}

/* Names that calls have for something else. */
static bool is_keyword(const char *name)
{
    static const char *const words[] = {"axis", "keepdims", "by", "mode", "cval"};
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (strcmp(name, words[k]) == 0) return true;
    return false;
}

static bool is_repeated(const shoal_user_kernel *k, uint32_t n_before, const char *name)
{
    for (int a = 0; a < k->n_in; a++)
        if (strcmp(name, k->argument[a]) == 0) return true;
    for (uint32_t p = 0; p < n_before; p++)
        if (strcmp(name, k->spec.parameters[p].name) == 0) return true;
    return false;
}

static shoal_status take_parameters(shoal_user_kernels *kernels, const char *origin,
                                    shoal_user_kernel *k, shoal_error *err)
{
    shoal_kernel_spec *spec = &k->spec;
    if (spec->n_parameters == 0) return SHOAL_OK;
    if (spec->n_parameters > SHOAL_KERNEL_MAX_PARAMETERS)
        return wrong(err, origin, spec, "more than 8 parameters");
    if (!spec->parameters) return wrong(err, origin, spec, "`parameters` is NULL");
    size_t n_bytes = spec->n_parameters * sizeof *spec->parameters;
    shoal_kernel_parameter *copy = shoal_arena_alloc(kernels->arena, n_bytes);
    if (!copy) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for kernels");
    memcpy(copy, spec->parameters, n_bytes);
    spec->parameters = copy;
    for (uint32_t p = 0; p < spec->n_parameters; p++) {
        if (!is_name(copy[p].name) || is_keyword(copy[p].name) || is_repeated(k, p, copy[p].name))
            return wrong(err, origin, spec,
                         "a parameter needs a name of its own: letters, digits and '_'");
        if (copy[p].is_whole && !copy[p].is_needed && copy[p].value != floor(copy[p].value))
            return wrong(err, origin, spec, "a whole parameter's value is not whole");
        copy[p].name = keep(kernels, copy[p].name, strlen(copy[p].name));
        if (!copy[p].name) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for kernels");
    }
    return SHOAL_OK;
}

/* ---- Kinds ---- */

static const char *missing_function(const shoal_kernel_spec *spec)
{
    switch (spec->kind) {
    case SHOAL_KERNEL_ELEMENTS: return spec->elements ? NULL : "`elements` is NULL";
    case SHOAL_KERNEL_REDUCTION:
        return !spec->init     ? "`init` is NULL"
               : !spec->step   ? "`step` is NULL"
               : !spec->merge  ? "`merge` is NULL"
               : !spec->finish ? "`finish` is NULL"
                               : NULL;
    case SHOAL_KERNEL_LINES:
    case SHOAL_KERNEL_LINES_2D:
    case SHOAL_KERNEL_LINES_3D: return spec->line ? NULL : "`line` is NULL";
    case SHOAL_KERNEL_STENCIL:
    case SHOAL_KERNEL_STENCIL_2D:
    case SHOAL_KERNEL_STENCIL_3D: return spec->stencil ? NULL : "`stencil` is NULL";
    default: return "there is no such kind of kernels";
    }
}

static shoal_status check_kind(const char *origin, const shoal_user_kernel *k, shoal_error *err)
{
    const shoal_kernel_spec *spec = &k->spec;
    const char *what = missing_function(spec);
    if (what) return wrong(err, origin, spec, what);
    bool several = spec->kind <= SHOAL_KERNEL_REDUCTION;
    if (k->n_in > 1 && !several)
        return wrong(err, origin, spec, "kernels of lines and stencils have one argument");
    if (k->n_out > 1 && spec->kind != SHOAL_KERNEL_ELEMENTS)
        return wrong(err, origin, spec, "all but element-wise kernels have one result");
    if (spec->kind != SHOAL_KERNEL_REDUCTION) return SHOAL_OK;
    if (spec->state_bytes == 0 || spec->state_bytes > SHOAL_KERNEL_MAX_STATE)
        return shoal_fail(err, SHOAL_USAGE,
                          "%s: kernel %s: a state has 1 byte to 64 MiB, not %zu bytes", origin,
                          spec->name, spec->state_bytes);
    return SHOAL_OK;
}

static bool same_parameters(const shoal_kernel_spec *a, const shoal_kernel_spec *b)
{
    if (a->n_parameters != b->n_parameters) return false;
    for (uint32_t p = 0; p < a->n_parameters; p++)
        if (strcmp(a->parameters[p].name, b->parameters[p].name) != 0) return false;
    return true;
}

/* ---- Taking in ---- */

static shoal_status insert(shoal_user_kernels *kernels, const char *origin, shoal_user_kernel *k,
                           shoal_error *err)
{
    for (size_t j = 0; j < kernels->n; j++) {
        shoal_user_kernel *first = kernels->kernel[j];
        if (strcmp(first->spec.name, k->spec.name) != 0) continue;
        if (first->spec.kind != k->spec.kind || first->n_in != k->n_in ||
            first->n_out != k->n_out || !same_parameters(&first->spec, &k->spec))
            return wrong(err, origin, &k->spec,
                         "there is another of that name, of another kind or other arguments");
        for (; first; first = first->more) {
            if (memcmp(first->in, k->in, sizeof k->in) == 0)
                return wrong(err, origin, &k->spec, "there is another for the same types");
            if (!first->more) break;
        }
        first->more = k;
        return SHOAL_OK;
    }
    kernels->kernel[kernels->n++] = k;
    return SHOAL_OK;
}

static shoal_status add_one(shoal_user_kernels *kernels, const char *origin,
                            const shoal_kernel_spec *spec, size_t at, shoal_error *err)
{
    if (!is_name(spec->name))
        return shoal_fail(err, SHOAL_USAGE,
                          "%s: kernel number %zu: a name has letters, digits and '_', at most %d",
                          origin, at + 1, LONGEST_NAME);
    if (is_taken(spec->name))
        return wrong(err, origin, spec, "there is a built-in function of that name");
    shoal_type type;
    char full[24];
    if (shoal_type_parse(spec->name, &type))
        return shoal_fail(err, SHOAL_USAGE,
                          "%s: kernel %s: %s(x) is a cast to %s, as NumPy's types are called; it "
                          "needs another name",
                          origin, spec->name, spec->name, shoal_type_name(type, full));
    shoal_user_kernel *k = shoal_arena_alloc(kernels->arena, sizeof *k);
    if (!k) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for kernels");
    k->spec = *spec;
    k->spec.name = keep(kernels, spec->name, strlen(spec->name));
    k->spec.doc = keep(kernels, spec->doc ? spec->doc : "", spec->doc ? strlen(spec->doc) : 0);
    if (!k->spec.name || !k->spec.doc)
        return shoal_fail(err, SHOAL_SYSTEM, "out of memory for kernels");
    if (!read_signature(spec->types, k))
        return wrong(err, origin, spec,
                     "`types` is not like \"float64, int32 -> float64\", with up to 8 of each");
    shoal_status status = name_arguments(kernels, origin, k, err);
    if (!status) status = take_parameters(kernels, origin, k, err);
    if (!status) status = check_kind(origin, k, err);
    if (!status && spec->kind == SHOAL_KERNEL_REDUCTION) shoal_user_reduction_init(k);
    if (!status) shoal_user_pack_init(k);
    return status ? status : insert(kernels, origin, k, err);
}

shoal_status shoal_user_kernels_add(shoal_user_kernels *kernels, const char *origin,
                                    const shoal_kernel_spec *specs, size_t n, shoal_error *err)
{
    if (n == 0) return SHOAL_OK;
    if (!specs) return shoal_fail(err, SHOAL_USAGE, "%s: the kernels are NULL", origin);
    if (n > SHOAL_KERNEL_MAX_KERNELS)
        return shoal_fail(err, SHOAL_USAGE, "%s: has %zu kernels; %d are the most", origin, n,
                          SHOAL_KERNEL_MAX_KERNELS);
    shoal_user_kernel **all =
        shoal_arena_alloc(kernels->arena, sizeof(shoal_user_kernel *) * (kernels->n + n));
    if (!all) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for kernels");
    if (kernels->n) memcpy(all, kernels->kernel, sizeof *all * kernels->n);
    kernels->kernel = all;
    shoal_status status = SHOAL_OK;
    for (size_t k = 0; k < n && !status; k++) status = add_one(kernels, origin, &specs[k], k, err);
    return status;
}

const shoal_user_kernel *shoal_user_kernel_find(const shoal_user_kernels *kernels, const char *name)
{
    for (size_t k = 0; kernels && k < kernels->n; k++)
        if (strcmp(kernels->kernel[k]->spec.name, name) == 0) return kernels->kernel[k];
    return NULL;
}

const shoal_user_use *shoal_user_use_of(shoal_user_kernels *kernels,
                                        const shoal_user_kernel *kernel, const double *parameters)
{
    shoal_user_use *u = kernels->uses;
    size_t n_bytes = kernel->spec.n_parameters * sizeof *parameters;
    for (; u; u = u->next)
        if (u->kernel == kernel && memcmp(u->parameter, parameters, n_bytes) == 0) return u;
    if (!(u = shoal_arena_alloc(kernels->arena, sizeof *u))) return NULL;
    u->kernel = kernel;
    memcpy(u->parameter, parameters, n_bytes);
    u->next = kernels->uses;
    kernels->uses = u;
    return u;
}
