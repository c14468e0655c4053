#include "store/late_library.h"

#include "chunk/error.h"

#include <dlfcn.h>
#include <string.h>

shoal_status shoal_late_library(const char *library, const char *package,
                                const shoal_late_symbol *symbols, size_t n_symbols, void *table,
                                shoal_error *err)
{
    void *handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
    if (handle == NULL)
        return shoal_fail(err, SHOAL_SYSTEM, "%s cannot be loaded (%s): install the package %s",
                          library, dlerror(), package);
    for (size_t k = 0; k < n_symbols; k++) {
        void *address = dlsym(handle, symbols[k].name);
        if (address == NULL)
            return shoal_fail(err, SHOAL_SYSTEM, "%s has no function %s: its version is wrong",
                              library, symbols[k].name);
        memcpy((char *)table + symbols[k].at, &address, sizeof address);
    }
    return SHOAL_OK;
}
