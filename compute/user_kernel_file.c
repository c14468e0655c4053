/* Files of kernels: shared objects, or C sources that are compiled to one. */
#include "compute/user_kernel.h"

#include "chunk/error.h"
#include "compute/user_guard.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A table is read under the guard: who knows what the symbol is. */
typedef struct reading {
    shoal_user_kernels *kernels;
    const char *path;
    const shoal_kernel_table *table;
    shoal_status status;
    shoal_error *err;
} reading;

static void read_table(void *context)
{
    reading *r = context;
    uint32_t abi = r->table->abi;
    if (abi == 0 || abi > SHOAL_KERNEL_ABI)
        r->status = shoal_fail(r->err, SHOAL_USAGE,
                               "%s: its kernels are of ABI version %u, and this library knows %d",
                               r->path, abi, SHOAL_KERNEL_ABI);
    else if (r->table->n_kernels == 0)
        r->status = shoal_fail(r->err, SHOAL_USAGE, "%s: its table has no kernels", r->path);
    else
        r->status = shoal_user_kernels_add(r->kernels, r->path, r->table->kernels,
                                           r->table->n_kernels, r->err);
}

static shoal_status take_table(shoal_user_kernels *kernels, const char *path, void *file,
                               shoal_error *err)
{
    reading r = {.kernels = kernels, .path = path, .err = err};
    r.table = dlsym(file, "shoal_kernels");
    if (!r.table)
        return shoal_fail(
            err, SHOAL_USAGE,
            "%s: has no symbol shoal_kernels; SHOAL_KERNELS of shoal/kernel.h makes it", path);
    int number = shoal_guard_call(read_table, &r);
    if (number)
        return shoal_fail(err, SHOAL_USAGE, "%s: its table shoal_kernels cannot be read: %s", path,
                          shoal_guard_meaning(number));
    return r.status;
}

static shoal_status check_file(const char *path, shoal_error *err)
{
    struct stat about;
    if (stat(path, &about) != 0)
        return shoal_fail(err, SHOAL_SYSTEM, "%s: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return shoal_fail(err, SHOAL_SYSTEM, "%s: is no file of kernels", path);
    return SHOAL_OK;
}

/* What a shared object does when it is loaded and let go of is code of others too. */
typedef struct loading {
    const char *name;
    void *file;
    const char *why;
} loading;

static void load(void *context)
{
    loading *l = context;
    l->file = dlopen(l->name, RTLD_NOW | RTLD_LOCAL);
    if (!l->file) l->why = dlerror();
}

static void unload(void *context)
{
    dlclose(context);
}

/* dlopen looks for names without '/' elsewhere. */
static shoal_status open_object(const char *path, const char *object, void **file, shoal_error *err)
{
    char *name = malloc(strlen(object) + 3);
    if (!name) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for kernels");
    sprintf(name, "%s%s", strchr(object, '/') ? "" : "./", object);
    loading l = {.name = name};
    int number = shoal_guard_call(load, &l);
    free(name);
    *file = l.file;
    if (number)
        return shoal_fail(err, SHOAL_DATA, "%s: %s while it was loaded: %s", path,
                          number == SHOAL_GUARD_EXIT ? "failed" : "crashed",
                          shoal_guard_meaning(number));
    if (l.file) return SHOAL_OK;
    return shoal_fail(err, SHOAL_SYSTEM, "%s: cannot be loaded: %s", path,
                      l.why ? l.why : "no reason");
}

static shoal_status add_file(shoal_user_kernels *kernels, const char *path, shoal_error *err)
{
    size_t n = path ? strlen(path) : 0;
    if (n == 0) return shoal_fail(err, SHOAL_USAGE, "the name of a file of kernels is empty");
    shoal_status status = check_file(path, err);
    if (status) return status;
    char *object = NULL;
    void *file = NULL;
    bool is_source = n > 2 && strcmp(path + n - 2, ".c") == 0;
    if (is_source) status = shoal_user_compile(path, &object, err);
    if (!status) status = open_object(path, object ? object : path, &file, err);
    free(object);
    if (status) return status;
    kernels->file[kernels->n_files++] = file;
    return take_table(kernels, path, file, err);
}

shoal_status shoal_user_kernels_open(shoal_arena *arena, const shoal_calc_params *params,
                                     shoal_user_kernels **out, shoal_error *err)
{
    *out = NULL;
    if (params->n_kernels == 0 && params->n_kernel_files == 0) return SHOAL_OK;
    shoal_user_kernels *kernels = shoal_arena_alloc(arena, sizeof *kernels);
    if (!kernels) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for kernels");
    kernels->arena = arena;
    kernels->file = shoal_arena_alloc(arena, sizeof(void *) * (params->n_kernel_files + 1));
    if (!kernels->file) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for kernels");
    *out = kernels; /* to be closed in any case */
    shoal_guard_install();
    shoal_status status =
        shoal_user_kernels_add(kernels, "the program", params->kernels, params->n_kernels, err);
    for (size_t k = 0; k < params->n_kernel_files && !status; k++)
        status = add_file(kernels, params->kernel_files[k], err);
    return status;
}

void shoal_user_kernels_close(shoal_user_kernels *kernels)
{
    for (size_t k = 0; kernels && k < kernels->n_files; k++)
        shoal_guard_call(unload, kernels->file[k]);
}

/* ---- For people ---- */

static const char *keywords_of(const shoal_kernel_spec *spec)
{
    switch (spec->kind) {
    case SHOAL_KERNEL_REDUCTION: return ", axis=None, keepdims=False, by=None";
    case SHOAL_KERNEL_LINES: return ", axis=-1";
    case SHOAL_KERNEL_LINES_2D: return ", axis=(-2, -1)";
    case SHOAL_KERNEL_LINES_3D: return ", axis=(-3, -2, -1)";
    case SHOAL_KERNEL_STENCIL: return ", axis=-1, mode=\"reflect\", cval=0";
    case SHOAL_KERNEL_STENCIL_2D: return ", axis=(-2, -1), mode=\"reflect\", cval=0";
    case SHOAL_KERNEL_STENCIL_3D: return ", axis=(-3, -2, -1), mode=\"reflect\", cval=0";
    default: return "";
    }
}

static void describe(const shoal_user_kernel *k, char *doc, size_t capacity, shoal_function *out)
{
    char types[400];
    size_t n = 0, most = sizeof out->signature;
    *out = (shoal_function){.family = "kernels", .doc = doc};
    n += (size_t)snprintf(out->signature, most, "%s(", k->spec.name);
    for (int a = 0; a < k->n_in && n < most; a++)
        n += (size_t)snprintf(out->signature + n, most - n, "%s%s", a ? ", " : "", k->argument[a]);
    for (uint32_t p = 0; p < k->spec.n_parameters && n < most; p++) {
        const shoal_kernel_parameter *one = &k->spec.parameters[p];
        n += (size_t)snprintf(out->signature + n, most - n, ", %s", one->name);
        if (!one->is_needed && n < most)
            n += (size_t)snprintf(out->signature + n, most - n, "=%g", one->value);
    }
    if (n < most) snprintf(out->signature + n, most - n, "%s)", keywords_of(&k->spec));
    n = (size_t)snprintf(doc, capacity, "%s%s", k->spec.doc, k->spec.doc[0] ? "; " : "");
    for (const shoal_user_kernel *one = k; one && n < capacity; one = one->more)
        n += (size_t)snprintf(doc + n, capacity - n, "%s%s",
                              shoal_user_types_text(one, types, sizeof types),
                              one->more ? " or " : "");
}

shoal_status shoal_kernel_file_visit(const char *path,
                                     int (*visitor)(void *user, const shoal_function *function),
                                     void *user, shoal_error *err)
{
    shoal_calc_params params = {.kernel_files = &path, .n_kernel_files = 1};
    shoal_user_kernels *kernels = NULL;
    shoal_arena *arena = shoal_arena_new();
    if (!arena) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for kernels");
    shoal_status status = shoal_user_kernels_open(arena, &params, &kernels, err);
    for (size_t k = 0; !status && k < kernels->n; k++) {
        char doc[2048];
        shoal_function function;
        describe(kernels->kernel[k], doc, sizeof doc, &function);
        if (visitor(user, &function)) status = shoal_fail(err, SHOAL_CANCELLED, "cancelled");
    }
    shoal_user_kernels_close(kernels);
    shoal_arena_free(arena);
    return status;
}
