/* Counts live bytes of the heap, of all libraries of a process that it is preloaded into. */
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#pragma GCC visibility push(default)

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t alignment, size_t n);
void __libc_free(void *p);

static atomic_llong live, peak;

static void add(long long n)
{
    long long now = atomic_fetch_add(&live, n) + n, most = atomic_load(&peak);
    while (now > most && !atomic_compare_exchange_weak(&peak, &most, now)) continue;
}

static void *counted(void *p)
{
    if (p) add((long long)malloc_usable_size(p));
    return p;
}

long long shoal_allocations_begin(void);
long long shoal_allocations_begin(void)
{
    long long now = atomic_load(&live);
    atomic_store(&peak, now);
    return now;
}

long long shoal_allocations_peak(void);
long long shoal_allocations_peak(void)
{
    return atomic_load(&peak);
}

void *malloc(size_t n)
{
    return counted(__libc_malloc(n));
}

void *calloc(size_t n, size_t size)
{
    return counted(__libc_calloc(n, size));
}

void *realloc(void *p, size_t n)
{
    long long before = p ? (long long)malloc_usable_size(p) : 0;
    void *more = __libc_realloc(p, n);
    if (more || n == 0) add((more ? (long long)malloc_usable_size(more) : 0) - before);
    return more;
}

void *memalign(size_t alignment, size_t n)
{
    return counted(__libc_memalign(alignment, n));
}

void *aligned_alloc(size_t alignment, size_t n)
{
    return counted(__libc_memalign(alignment, n));
}

int posix_memalign(void **out, size_t alignment, size_t n)
{
    void *p = counted(__libc_memalign(alignment, n));
    if (!p) return ENOMEM;
    *out = p;
    return 0;
}

void free(void *p)
{
    if (p) add(-(long long)malloc_usable_size(p));
    __libc_free(p);
}
