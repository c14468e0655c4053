/* How a file comes to its name: an unnamed temporary in the target's directory, linked or renamed
   into place when it is whole. A kill before that leaves nothing; where the file system has no
   unnamed files, it leaves a hidden `.NAME.shoal-XXXXXX`. Knows nothing of HDF5. */
#ifndef SHOAL_STORE_COMMIT_H
#define SHOAL_STORE_COMMIT_H

#include <shoal/shoal.h>
#include <sys/stat.h>

typedef struct shoal_commit {
    char *path;    /* as given, for messages */
    char *name;    /* in the directory, symbolic links resolved: the links themselves are kept */
    char *temp;    /* the hidden name while there is one, else NULL */
    int directory; /* of the target */
    int fd;        /* of the temporary, for reading and writing */
    shoal_write_mode mode;
    bool existed;       /* a file of that name was there at the beginning */
    struct stat before; /* and this is what it was */
    uint64_t stamp;     /* the time of the file is to show it (store/summary.h); 0: any time */
} shoal_commit;

/* Checks that `path` can be written in that mode and opens the temporary: empty, or for
   SHOAL_UPDATE of an existing file a copy of it. A file that is replaced hands on its mode and,
   where permitted, its owner; a new one gets the umask's. */
shoal_status shoal_commit_begin(shoal_commit *commit, const char *path, shoal_write_mode mode,
                                shoal_error *err);

/* Syncs the temporary and puts it into place; on failure the target is as it was. Ends the commit
   and frees what it holds, whatever the result. */
shoal_status shoal_commit_end(shoal_commit *commit, shoal_error *err);

/* Ends it with nothing left behind. */
void shoal_commit_abort(shoal_commit *commit);

#endif
