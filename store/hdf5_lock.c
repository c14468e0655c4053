#include "store/hdf5_lock.h"
#include "chunk/error.h"
#include "store/hdf5_filters.h"
#include "store/hdf5_library.h"
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All of this is libhdf5's state rather than ours: the lock that guards it, and what to put back.
 */
static pthread_mutex_t hdf5_mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static int hdf5_depth;
static bool hdf5_ready;
static struct {
    unsigned is_v2;
    H5E_auto1_t func1;
    H5E_auto2_t func2;
    void *data;
} user_auto;

/* The setting belongs to the thread in thread-safe builds of libhdf5, so it is done at each lock;
   a program may have chosen either version of the interface for it. */
static void printing_off(void)
{
    if (H5Eauto_is_v2(H5E_DEFAULT, &user_auto.is_v2) < 0) user_auto.is_v2 = 1;
    if (user_auto.is_v2)
        H5Eget_auto2(H5E_DEFAULT, &user_auto.func2, &user_auto.data);
    else
        H5Eget_auto1(&user_auto.func1, &user_auto.data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static void printing_back(void)
{
    if (user_auto.is_v2)
        H5Eset_auto2(H5E_DEFAULT, user_auto.func2, user_auto.data);
    else
        H5Eset_auto1(user_auto.func1, user_auto.data);
}

void shoal_hdf5_lock(void)
{
    pthread_mutex_lock(&hdf5_mutex);
    if (hdf5_depth++ > 0) return;
    printing_off();
    if (hdf5_ready) return;
    shoal_hdf5_filters_register();
    hdf5_ready = true;
}

void shoal_hdf5_unlock(void)
{
    if (--hdf5_depth == 0) printing_back();
    pthread_mutex_unlock(&hdf5_mutex);
}

typedef struct reason {
    char text[256];
    int system_error; /* errno of a failed call of the system, or 0 */
} reason;

/* Entries come from the innermost outwards; the first one with a text is the cause. A failed call
   of the system is told as "..., errno = 28, error message = '...', ...". */
static herr_t reason_take(unsigned n, const H5E_error2_t *entry, void *user)
{
    (void)n;
    reason *out = user;
    if (entry->desc == NULL) return 0;
    const char *number = strstr(entry->desc, "errno = ");
    if (number != NULL && out->system_error == 0)
        out->system_error = (int)strtol(number + strlen("errno = "), NULL, 10);
    if (out->text[0] == '\0')
        snprintf(out->text, sizeof out->text, "%.*s", (int)strcspn(entry->desc, "\n"), entry->desc);
    return 0;
}

shoal_status shoal_hdf5_fail(shoal_error *err, shoal_status status, const char *format, ...)
{
    reason why = {{0}, 0};
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, reason_take, &why);
    if (why.system_error != 0) {
        status = SHOAL_SYSTEM;
        char text[128];
        snprintf(why.text, sizeof why.text, "%s", strerror_r(why.system_error, text, sizeof text));
    }
    char text[sizeof err->message];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (why.text[0] == '\0') return shoal_fail(err, status, "%s", text);
    return shoal_fail(err, status, "%s (%s)", text, why.text);
}
