/* Code of others is called under a guard: a crash in it comes back as a signal's number. */
#ifndef SHOAL_COMPUTE_USER_GUARD_H
#define SHOAL_COMPUTE_USER_GUARD_H

#include <stddef.h>

/* Bytes of a stack for the handler, so that code which has overrun its own can be caught too. */
#define SHOAL_GUARD_STACK ((size_t)64 << 10)

/* Installs the handlers of SIGSEGV, SIGBUS, SIGFPE and SIGILL, once in a process. Faults outside of
   a guard, those of mapped files, and signals that others send go on to the handlers that were
   there before. */
void shoal_guard_install(void);

/* Runs it; 0, or the signal that ended it. Guards nest. */
int shoal_guard_call(void (*run)(void *context), void *context);

/* Gives this thread a stack for the handler, where it has none, and takes it back: *taken tells
   which. */
void shoal_guard_stack_take(void *stack, int *taken);
void shoal_guard_stack_return(int taken);

/* What a signal means, for people. */
const char *shoal_guard_meaning(int number);

#endif
