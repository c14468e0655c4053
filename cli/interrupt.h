/* Signals. ^C and SIGTERM end a run through its progress callback, so that nothing half-written is
   left; a second one, or a run that does not come to a callback within a second (it may wait for a
   pipe), ends the process at once: files being made have no name yet, and vanish with it.
   The state is global, because a signal handler can reach nothing else. */
#ifndef SHOAL_CLI_INTERRUPT_H
#define SHOAL_CLI_INTERRUPT_H

#include <stdbool.h>

/* Installs the handlers, and ignores SIGPIPE and SIGXFSZ: writing then fails with a message.
   Gives closed standard streams a place, so that no data file is opened in theirs. */
void shoal_cli_interrupt_install(void);
/* Between these two a first signal is only remembered. */
void shoal_cli_interrupt_begin(void);
void shoal_cli_interrupt_end(void);
bool shoal_cli_interrupted(void);
/* Whether a progress line stands on the terminal, to be cleared by the handler. */
void shoal_cli_interrupt_line(bool drawn);

#endif
