#include "cli/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include <shoal/shoal.h>

/* Atomic, not only volatile: workers read what a handler in another thread has written. */
static atomic_int running, caught, line_drawn;
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "handlers use these");

static void leave(void)
{
    static const char clear[] = "\r\033[K", message[] = "shoal: interrupted\n";
    ssize_t written = 0;
    if (line_drawn) written = write(STDERR_FILENO, clear, sizeof clear - 1);
    written += write(STDERR_FILENO, message, sizeof message - 1);
    (void)written;
    _exit(SHOAL_CANCELLED);
}

static void on_signal(int number)
{
    if (number == SIGALRM || !running || caught) leave();
    caught = 1;
    alarm(1);
}

static void handle(int number)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, old;
    sigemptyset(&action.sa_mask);
    /* nohup and background jobs of scripts start with these ignored; it stays so. */
    if (number != SIGALRM && sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
        return;
    sigaction(number, &action, NULL);
}

void shoal_cli_interrupt_install(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    handle(SIGALRM);
    handle(SIGINT);
    handle(SIGTERM);
    handle(SIGHUP);
}

void shoal_cli_interrupt_begin(void)
{
    running = 1;
}

void shoal_cli_interrupt_end(void)
{
    alarm(0);
    running = 0;
}

bool shoal_cli_interrupted(void)
{
    return caught != 0;
}

void shoal_cli_interrupt_line(bool drawn)
{
    line_drawn = drawn;
}
