/* Code of others is called under a guard: a crash in it comes back as a signal's number, and a call
   of exit() as one of its own. */
#ifndef SHOAL_COMPUTE_USER_GUARD_H
#define SHOAL_COMPUTE_USER_GUARD_H

#include <stddef.h>

/* Bytes of a stack for the handler, so that code which has overrun its own can be caught too. */
#define SHOAL_GUARD_STACK ((size_t)64 << 10)

/* What shoal_guard_call returns where exit() was called. */
#define SHOAL_GUARD_EXIT -1

/* Installs the handlers of SIGSEGV, SIGBUS, SIGFPE and SIGILL, and one of exit(), once in a
   process. Faults outside of a guard, those of mapped files, and signals that others send go on to
   the handlers that were there before. */
void shoal_guard_install(void);

/* Runs it; 0, the signal that ended it, or SHOAL_GUARD_EXIT. Guards nest. Where the C library does
   not let one come back from exit() (glibc from 2.41 on), that ends the process as ever. */
int shoal_guard_call(void (*run)(void *context), void *context);

/* Gives this thread a stack for the handler, where it has none, and takes it back: *taken tells
   which. */
void shoal_guard_stack_take(void *stack, int *taken);
void shoal_guard_stack_return(int taken);

/* What such a number means, for people. */
const char *shoal_guard_meaning(int number);

#endif
