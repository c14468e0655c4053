/* The folder where compiled kernels are kept: $XDG_CACHE_HOME/shoal, or ~/.cache/shoal. It is the
   user's own and nobody else may write there, as what is in it is run. */
#ifndef SHOAL_COMPUTE_USER_CACHE_H
#define SHOAL_COMPUTE_USER_CACHE_H

#include <shoal/shoal.h>

#include <limits.h>

/* Makes it where it is missing. */
shoal_status shoal_user_cache(char folder[PATH_MAX], shoal_error *err);
/* Is it a file there that can be trusted? */
bool shoal_user_cache_has(const char *path);
/* Puts text into a file under the folder, whole, where it is not there already. */
shoal_status shoal_user_cache_write(const char *path, const char *text, shoal_error *err);
/* Makes one folder; one that is there is fine. */
shoal_status shoal_user_cache_folder(const char *path, shoal_error *err);

#endif
