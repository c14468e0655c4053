#include "compute/user_guard.h"

#include "store/map.h"

#include <gnu/libc-version.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

enum { N_SIGNALS = 4 };
static const int signals[N_SIGNALS] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};

/* One handler serves the process. */
static struct sigaction previous[N_SIGNALS];
static pthread_once_t once = PTHREAD_ONCE_INIT;
/* Where to go from a fault in this thread; NULL: nowhere. Reading it in the handler must not
   allocate. */
static _Thread_local sigjmp_buf *way_out __attribute__((tls_model("initial-exec")));

static int place_of(int number)
{
    int k = 0;
    while (k < N_SIGNALS - 1 && signals[k] != number) k++;
    return k;
}

static void pass_on(int number, siginfo_t *info, void *context)
{
    const struct sigaction *before = &previous[place_of(number)];
    if (before->sa_flags & SA_SIGINFO) {
        before->sa_sigaction(number, info, context);
    } else if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN) {
        before->sa_handler(number);
    } else {
        struct sigaction plain = {.sa_handler = SIG_DFL};
        sigaction(number, &plain, NULL); /* returning faults again, which then ends the process */
        if (info->si_code <= 0) raise(number); /* sent by someone: will not happen by itself */
    }
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    bool mapped = number == SIGBUS && shoal_map_holds(info->si_addr);
    if (way_out && info->si_code > 0 && !mapped) siglongjmp(*way_out, number);
    pass_on(number, info, context);
}

/* Up to 2.40, exit() holds no lock while it calls a handler, and has taken it off its list: jumping
   out leaves a process as it was, but for the handlers that were registered later, which have run.
   Then it got a lock that stays taken. */
static bool can_leave_exit(void)
{
    char *end;
    const char *version = gnu_get_libc_version();
    unsigned long major = strtoul(version, &end, 10);
    return major == 2 && *end == '.' && strtoul(end + 1, NULL, 10) <= 40;
}

/* A kernel that ends the process would claim success, of work that was not done. */
static void on_exiting(void)
{
    if (!way_out || !can_leave_exit()) return;
    atexit(on_exiting); /* for the next time */
    siglongjmp(*way_out, SHOAL_GUARD_EXIT);
}

static void install(void)
{
    atexit(on_exiting);

    /* not deferred: the way out does not go back through the kernel, which would unblock it */
    struct sigaction action = {.sa_sigaction = on_fault,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    for (int k = 0; k < N_SIGNALS; k++) sigaction(signals[k], &action, &previous[k]);
}

void shoal_guard_install(void)
{
    pthread_once(&once, install);
}

int shoal_guard_call(void (*run)(void *context), void *context)
{
    sigjmp_buf here, *const outer = way_out;
    int number = sigsetjmp(here, 0);
    if (number == 0) {
        way_out = &here;
        run(context);
    }
    way_out = outer;
    return number;
}

void shoal_guard_stack_take(void *stack, int *taken)
{
    stack_t now, own = {.ss_sp = stack, .ss_size = SHOAL_GUARD_STACK};
    *taken =
        sigaltstack(NULL, &now) == 0 && (now.ss_flags & SS_DISABLE) && sigaltstack(&own, NULL) == 0;
}

void shoal_guard_stack_return(int taken)
{
    stack_t none = {.ss_flags = SS_DISABLE};
    if (taken) sigaltstack(&none, NULL);
}

const char *shoal_guard_meaning(int number)
{
    switch (number) {
    case SHOAL_GUARD_EXIT: return "it called exit(), which kernels must not";
    case SIGSEGV: return "SIGSEGV, a wrong address";
    case SIGBUS: return "SIGBUS, a wrong address";
    case SIGFPE: return "SIGFPE, as in an integer divided by 0";
    case SIGILL: return "SIGILL, an instruction that this machine lacks";
    default: return "a signal";
    }
}
