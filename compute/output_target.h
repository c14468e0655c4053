/* Where a run's result goes: the one rule of what -o FILE[:/path], --overwrite and --append mean.
 */
#ifndef SHOAL_COMPUTE_OUTPUT_TARGET_H
#define SHOAL_COMPUTE_OUTPUT_TARGET_H

#include <shoal/shoal.h>

/* Opens the writer for a locator "FILE[:/path]" and gives the object's path in it (malloc'd; the
   default where the locator has none).

   the file is missing          it is created
   FILE alone exists            with overwrite the whole file is replaced, else SHOAL_USAGE
   FILE:/path, no such object   it is added to the file (SHOAL_UPDATE)
   FILE:/path exists            with overwrite that object is replaced (*replace: set it in the
                                spec), else SHOAL_USAGE
   with append                  neither is replaced nor refused: the file is opened with
                                SHOAL_UPDATE, and the caller asks shoal_writer_exists

   `replace` may be NULL where the caller looks at nothing but new objects. */
shoal_status shoal_output_open(const char *locator, const char *default_path, bool overwrite,
                               bool append, shoal_writer **writer, char **path, bool *replace,
                               shoal_error *err);

#endif
