#include "store/hdf5_plugin.h"

#include "chunk/error.h"
#include "store/hdf5_library.h"
#include "store/hdf5_load.h"
#include "store/hdf5_lock.h"

#include <H5PLextern.h>
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PLUGINS = 256, MAX_FILES = 4096, MAX_PATH_BYTES = 4096 };

typedef struct loaded {
    shoal_filter_plugin plugin;
    const H5Z_class2_t *class_;
} loaded;

/* Guarded by the HDF5 lock. Entries never move or change once they are made. */
static loaded plugins[MAX_PLUGINS];
static size_t n_plugins;

/* ---- Decoding ---- */

/* The plugin frees or replaces the buffer that it gets. */
static size_t call_plugin(const H5Z_class2_t *class_, shoal_parameters p, size_t n_src,
                          size_t *capacity, void **buffer)
{
    shoal_hdf5_lock();
    size_t n = class_->filter(H5Z_FLAG_REVERSE, p.n, p.value, n_src, capacity, buffer);
    shoal_hdf5_unlock();
    return n;
}

static shoal_status decode(const shoal_filter_plugin *plugin, shoal_parameters parameters,
                           const void *src, size_t n_src, void *dst, size_t capacity, size_t *n_dst,
                           shoal_error *err)
{
    const loaded *found = (const loaded *)plugin;
    size_t room = n_src;
    void *buffer = malloc(n_src + 1);
    if (buffer == NULL)
        return shoal_fail(err, SHOAL_MEMORY, "no memory for a copy of %zu bytes", n_src);
    if (n_src > 0) memcpy(buffer, src, n_src);
    size_t n = call_plugin(found->class_, parameters, n_src, &room, &buffer);
    shoal_status status = SHOAL_OK;
    if (n == 0 || buffer == NULL)
        status =
            shoal_fail(err, SHOAL_DATA, "filter %u: its plugin cannot decode the data", plugin->id);
    else if (n > capacity)
        status = shoal_fail(err, SHOAL_DATA, "filter %u: the data decode to more than %zu bytes",
                            plugin->id, capacity);
    if (status == SHOAL_OK) {
        memcpy(dst, buffer, n);
        *n_dst = n;
    }
    free(buffer);
    return status;
}

/* ---- Finding ---- */

static const loaded *find_loaded(uint16_t id)
{
    for (size_t k = 0; k < n_plugins; k++)
        if (plugins[k].plugin.id == id) return &plugins[k];
    return NULL;
}

/* A void pointer to a function, which C does not convert. */
static void *symbol(void *library, const char *name, void *function, size_t n)
{
    void *found = dlsym(library, name);
    memcpy(function, &found, n);
    return found;
}

/* The filter of a shared object, when it is the wanted one. */
static const H5Z_class2_t *filter_of(void *library, uint16_t id)
{
    H5PL_type_t (*get_type)(void);
    const void *(*get_info)(void);
    if (!symbol(library, "H5PLget_plugin_type", &get_type, sizeof get_type) ||
        !symbol(library, "H5PLget_plugin_info", &get_info, sizeof get_info) ||
        get_type() != H5PL_TYPE_FILTER)
        return NULL;
    const H5Z_class2_t *class_ = get_info();
    bool is_wanted = class_ != NULL && class_->version == H5Z_CLASS_T_VERS &&
                     class_->id == (H5Z_filter_t)id && class_->filter != NULL &&
                     class_->decoder_present;
    return is_wanted ? class_ : NULL;
}

static bool load(const char *path, uint16_t id)
{
    void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
    if (library == NULL) return false;
    const H5Z_class2_t *class_ = filter_of(library, id);
    if (class_ == NULL || n_plugins == MAX_PLUGINS) {
        (void)dlclose(library);
        return false;
    }
    plugins[n_plugins++] = (loaded){{.id = id, .decode = decode}, class_};
    return true;
}

/* By the same names as libhdf5. */
static bool may_be_plugin(const char *name)
{
    return strncmp(name, "lib", 3) == 0 && strstr(name, ".so") != NULL;
}

static bool search_folder(const char *folder, uint16_t id)
{
    char path[MAX_PATH_BYTES];
    struct dirent *entry;
    bool found = false;
    DIR *listing = opendir(folder);
    if (listing == NULL) return false;
    for (int n = 0; !found && n < MAX_FILES && (entry = readdir(listing)) != NULL; n++) {
        if (!may_be_plugin(entry->d_name)) continue;
        int length = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (length > 0 && (size_t)length < sizeof path) found = load(path, id);
    }
    (void)closedir(listing);
    return found;
}

/* Plugins may want functions of libhdf5, which was loaded out of sight of others. */
static void show_hdf5(void)
{
    Dl_info where;
    herr_t (*open_hdf5)(void) = H5open;
    void *address;
    memcpy(&address, &open_hdf5, sizeof address);
    if (dladdr(address, &where) != 0 && where.dli_fname != NULL)
        (void)dlopen(where.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_GLOBAL);
}

/* libhdf5's own list: HDF5_PLUGIN_PATH, or the default that it was built with. */
static const loaded *search(uint16_t id)
{
    unsigned allowed = 0, n_folders = 0;
    char folder[MAX_PATH_BYTES];
    if (H5PLget_loading_state(&allowed) < 0 || (allowed & H5PL_FILTER_PLUGIN) == 0) return NULL;
    if (H5PLsize(&n_folders) < 0) return NULL;
    show_hdf5();
    for (unsigned k = 0; k < n_folders; k++) {
        ssize_t n = H5PLget(k, folder, sizeof folder);
        if (n <= 0 || (size_t)n >= sizeof folder) continue;
        if (search_folder(folder, id)) return find_loaded(id);
    }
    return NULL;
}

static void attach(shoal_pipeline *pipeline, uint16_t *unknown)
{
    while (!shoal_pipeline_decodes(pipeline, unknown)) {
        const loaded *found = find_loaded(*unknown);
        if (found == NULL) found = search(*unknown);
        if (found == NULL) break;
        for (int k = 0; k < pipeline->n; k++)
            if (pipeline->filter[k].id == *unknown) pipeline->filter[k].plugin = &found->plugin;
    }
}

shoal_status shoal_filter_plugins_attach(shoal_pipeline *pipeline, shoal_error *err)
{
    uint16_t unknown;
    shoal_error why;
    if (shoal_pipeline_decodes(pipeline, &unknown)) return SHOAL_OK;
    if (shoal_hdf5_load(&why) != SHOAL_OK)
        return shoal_fail(err, SHOAL_DATA, "filter %u wants a plugin of HDF5: %s", unknown,
                          why.message);
    shoal_hdf5_lock();
    attach(pipeline, &unknown);
    shoal_hdf5_unlock();
    if (shoal_pipeline_decodes(pipeline, &unknown)) return SHOAL_OK;
    return shoal_filter_fail_unknown(unknown, err);
}
