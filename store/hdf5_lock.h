/* libhdf5 keeps process-wide state: every call of it is made under this one lock. Its own error
   printing is off while the lock is held, and what it says goes into our error struct. */
#ifndef SHOAL_STORE_HDF5_LOCK_H
#define SHOAL_STORE_HDF5_LOCK_H

#include <shoal/shoal.h>

void shoal_hdf5_lock(void); /* recursive; also registers our filters with libhdf5 once */
void shoal_hdf5_unlock(void);

/* Like shoal_fail, with the innermost reason from libhdf5's error stack in brackets behind it;
   call it with the lock held and before any other call of libhdf5, which would empty the stack. A
   full disk or a failed write in the stack gives SHOAL_SYSTEM. */
shoal_status shoal_hdf5_fail(shoal_error *err, shoal_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
