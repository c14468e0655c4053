/* Files for temporary data: unnamed, so that they vanish with the process whatever ends it. */
#ifndef SHOAL_STORE_TEMPORARY_H
#define SHOAL_STORE_TEMPORARY_H

#include <stdbool.h>
#include <stddef.h>

/* The folder for them: tmpdir, $TMPDIR or /tmp. */
const char *shoal_temporary_folder(const char *tmpdir);
/* -1 with errno set when none can be made there. */
int shoal_temporary_open(const char *folder);
/* False with errno set. */
bool shoal_temporary_write(int fd, const void *bytes, size_t n);

#endif
