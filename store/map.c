#include "store/map.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/map_parts.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_MAPS 1024

/* One handler serves the process, so these cannot belong to any one map. */
static shoal_map_slot slots[MAX_MAPS];
static atomic_int n_slots_used; /* slots from here on were never taken */
static struct sigaction previous_action;
static uintptr_t page_size = 4096;
static pthread_once_t handler_once = PTHREAD_ONCE_INIT;

static shoal_map_slot *slot_holding(uintptr_t address)
{
    int n = atomic_load_explicit(&n_slots_used, memory_order_acquire);
    for (int k = 0; k < n; k++) {
        uintptr_t begin = atomic_load_explicit(&slots[k].begin, memory_order_acquire);
        size_t n_bytes = atomic_load_explicit(&slots[k].n_bytes, memory_order_acquire);
        bool same = begin == atomic_load_explicit(&slots[k].begin, memory_order_acquire);
        if (begin != 0 && same && address >= begin && address - begin < n_bytes) return &slots[k];
    }
    return NULL;
}

bool shoal_map_holds(const void *address)
{
    return slot_holding((uintptr_t)address) != NULL;
}

static void pass_on(int number, siginfo_t *info, void *context)
{
    if (previous_action.sa_flags & SA_SIGINFO) {
        previous_action.sa_sigaction(number, info, context);
    } else if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN) {
        previous_action.sa_handler(number);
    } else {
        struct sigaction plain = {.sa_handler = SIG_DFL};
        sigaction(SIGBUS, &plain, NULL); /* returning faults again, which then ends the process */
        if (info->si_code <= 0)
            raise(SIGBUS); /* sent by someone: will not happen again by itself */
    }
}

/* Zeros from the faulting page to the end of the map: the map is of no use any more, and one range
   keeps the kernel's list of mappings short. The mark comes first, so that whoever reads zeros
   finds it set. */
static void on_bus_error(int number, siginfo_t *info, void *context)
{
    int saved_errno = errno;
    uintptr_t address = (uintptr_t)info->si_addr;
    shoal_map_slot *slot = info->si_code > 0 ? slot_holding(address) : NULL;
    bool healed = false;
    if (slot) {
        atomic_store(&slot->failed, true);
        uintptr_t page = address & ~(page_size - 1);
        size_t n = atomic_load(&slot->n_bytes) - (size_t)(page - atomic_load(&slot->begin));
        healed = mmap((void *)page, n, PROT_READ,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED;
    }
    errno = saved_errno;
    if (!healed) pass_on(number, info, context);
}

static void install_handler(void)
{
    long size = sysconf(_SC_PAGESIZE);
    if (size > 0) page_size = (uintptr_t)size;
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, NULL, &previous_action);
    sigaction(SIGBUS, &action, NULL);
}

static shoal_map_slot *take_slot(void)
{
    for (int k = 0; k < MAX_MAPS; k++) {
        bool free_slot = false;
        if (!atomic_compare_exchange_strong(&slots[k].taken, &free_slot, true)) continue;
        int used = atomic_load(&n_slots_used);
        while (used <= k && !atomic_compare_exchange_weak(&n_slots_used, &used, k + 1)) continue;
        atomic_store(&slots[k].failed, false);
        return &slots[k];
    }
    return NULL;
}

shoal_status shoal_map_open_regular(const char *path, int *fd, uint64_t *size, shoal_error *err)
{
    /* O_NONBLOCK: opening a pipe must not wait for a writer. */
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0) return shoal_fail(err, SHOAL_SYSTEM, "%s: %s", path, strerror(errno));
    struct stat about;
    if (fstat(*fd, &about) != 0) {
        shoal_fail(err, SHOAL_SYSTEM, "%s: %s", path, strerror(errno));
    } else if (S_ISDIR(about.st_mode)) {
        shoal_fail(err, SHOAL_SYSTEM, "%s: is a directory, not a file", path);
    } else if (!S_ISREG(about.st_mode)) {
        shoal_fail(err, SHOAL_SYSTEM,
                   "%s: is not a regular file, so it cannot be mapped (a pipe can be ingested)",
                   path);
    } else {
        *size = (uint64_t)about.st_size;
        return SHOAL_OK;
    }
    close(*fd);
    return SHOAL_SYSTEM;
}

shoal_status shoal_map_watch(shoal_map *map, void *bytes, shoal_error *err)
{
    map->slot = take_slot();
    if (!map->slot) {
        munmap(bytes, (size_t)map->size);
        return shoal_fail(err, SHOAL_SYSTEM, "%s: %d files are open already", map->path, MAX_MAPS);
    }
    map->bytes = bytes;
    uint64_t whole_pages = (map->size + page_size - 1) & ~(uint64_t)(page_size - 1);
    atomic_store(&map->slot->n_bytes, (size_t)whole_pages);
    atomic_store(&map->slot->begin, (uintptr_t)bytes);
    return SHOAL_OK;
}

static shoal_status map_bytes(shoal_map *map, shoal_error *err)
{
    if (map->size == 0) return SHOAL_OK;
    void *bytes = mmap(NULL, (size_t)map->size, PROT_READ, MAP_SHARED, map->fd, 0);
    if (bytes == MAP_FAILED)
        return shoal_fail(err, SHOAL_SYSTEM, "%s: cannot be mapped: %s", map->path,
                          strerror(errno));
    return shoal_map_watch(map, bytes, err);
}

shoal_status shoal_map_open(const char *path, shoal_map **out, shoal_error *err)
{
    pthread_once(&handler_once, install_handler);
    int fd = -1;
    uint64_t size = 0;
    shoal_status status = shoal_map_open_regular(path, &fd, &size, err);
    if (status != SHOAL_OK) return status;
    shoal_map *map = calloc(1, sizeof *map);
    char *copy = strdup(path);
    if (!map || !copy) {
        free(map);
        free(copy);
        close(fd);
        return shoal_fail(err, SHOAL_MEMORY, "%s: out of memory", path);
    }
    *map = (shoal_map){.path = copy, .fd = fd, .size = size};
    status = map_bytes(map, err);
    if (status != SHOAL_OK)
        shoal_map_close(map);
    else
        *out = map;
    return status;
}

shoal_status shoal_map_borrow(const char *name, const void *bytes, uint64_t n, shoal_map **out,
                              shoal_error *err)
{
    shoal_map *map = calloc(1, sizeof *map);
    char *copy = strdup(name);
    if (!map || !copy) {
        free(map);
        free(copy);
        return shoal_fail(err, SHOAL_MEMORY, "%s: out of memory", name);
    }
    *map = (shoal_map){.path = copy,
                       .fd = -1,
                       .size = n,
                       .bytes = (uint8_t *)(uintptr_t)bytes, /* never written to */
                       .copied = true,
                       .borrowed = true};
    *out = map;
    return SHOAL_OK;
}

static void forget(shoal_map *map)
{
    free(map->member_fd);
    free(map->path);
    free(map);
}

void shoal_map_close(shoal_map *map)
{
    if (!map) return;
    if (map->borrowed) {
        forget(map);
        return;
    }
    if (map->slot) {
        atomic_store(&map->slot->begin, 0);
        atomic_store(&map->slot->n_bytes, 0);
    }
    if (map->bytes) munmap(map->bytes, (size_t)map->size);
    if (map->slot) atomic_store(&map->slot->taken, false);
    for (int k = 0; k < map->n_members; k++) close(map->member_fd[k]);
    if (map->n_members == 0) close(map->fd);
    forget(map);
}

const uint8_t *shoal_map_bytes(const shoal_map *map)
{
    return map->bytes;
}

uint64_t shoal_map_size(const shoal_map *map)
{
    return map->size;
}

const char *shoal_map_path(const shoal_map *map)
{
    return map->path;
}

int shoal_map_fd(const shoal_map *map)
{
    return map->fd;
}

/* The size is asked for too: behind the end, but in the last page, a shrunk file reads as zeros
   without any fault. */
shoal_status shoal_map_check(const shoal_map *map, shoal_error *err)
{
    struct stat about;
    if (map->borrowed) return SHOAL_OK;
    bool failed = map->slot && atomic_load(&map->slot->failed);
    if (!failed && map->n_members > 0) return shoal_map_check_members(map, err);
    if (!failed && fstat(map->fd, &about) == 0 && (uint64_t)about.st_size >= map->size)
        return SHOAL_OK;
    return shoal_fail(err, SHOAL_SYSTEM, "%s: shrank or could not be read while it was in use",
                      map->path);
}

/* Clips to the map; false when nothing is left. */
static bool clip(const shoal_map *map, uint64_t *offset, uint64_t *n)
{
    if (*offset >= map->size || *n == 0) return false;
    if (*n > map->size - *offset) *n = map->size - *offset;
    return true;
}

void shoal_map_drop(const shoal_map *map, uint64_t offset, uint64_t n, bool cold)
{
    if (map->copied || !clip(map, &offset, &n)) return;
    uint64_t mask = ~(uint64_t)(page_size - 1);
    /* The page at the front goes, the one at the end stays: in a walk through the file it is the
       front page of what comes next. */
    uint64_t begin = offset & mask;
    uint64_t end = offset + n == map->size ? map->size : (offset + n) & mask;
    if (begin >= end) return;
    int saved_errno = errno;
    madvise(map->bytes + begin, (size_t)(end - begin), MADV_DONTNEED);
    if (cold && map->n_members == 0)
        posix_fadvise(map->fd, (off_t)begin, (off_t)(end - begin), POSIX_FADV_DONTNEED);
    errno = saved_errno;
}

/* Linux tells only those who own a file or may write to it; others it tells that all is cached. */
static bool tells_cached(const shoal_map *map)
{
    struct stat about;
    if (map->copied || map->borrowed || map->n_members > 0 || fstat(map->fd, &about) != 0)
        return false;
    return about.st_uid == geteuid() || geteuid() == 0 ||
           faccessat(AT_FDCWD, map->path, W_OK, AT_EACCESS) == 0;
}

bool shoal_map_is_cached(const shoal_map *map, uint64_t offset)
{
    unsigned char resident = 0;
    if (offset >= map->size) return false;
    int saved_errno = errno;
    uint64_t page = offset & ~(uint64_t)(page_size - 1);
    bool is_cached = tells_cached(map) && mincore(map->bytes + page, 1, &resident) == 0;
    errno = saved_errno;
    return is_cached && (resident & 1);
}

static shoal_status pread_whole(const shoal_map *map, int fd, uint64_t offset, uint8_t *to,
                                size_t n, shoal_error *err)
{
    while (n > 0) {
        ssize_t got = pread(fd, to, n, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return shoal_fail(err, SHOAL_SYSTEM, "%s: %s", map->path, strerror(errno));
        if (got == 0)
            return shoal_map_check(map, err) == SHOAL_OK
                       ? shoal_fail(err, SHOAL_SYSTEM, "%s: ends too early", map->path)
                       : SHOAL_SYSTEM;
        to += got;
        n -= (size_t)got;
        offset += (uint64_t)got;
    }
    return SHOAL_OK;
}

shoal_status shoal_map_pread(const shoal_map *map, uint64_t offset, void *buffer, size_t n,
                             shoal_error *err)
{
    if (!shoal_range_fits(offset, n, map->size))
        return shoal_fail(err, SHOAL_DATA,
                          "%s: points to byte %" PRIu64 " + %zu, behind the file's end at %" PRIu64,
                          map->path, offset, n, map->size);
    if (map->n_members == 0) return pread_whole(map, map->fd, offset, buffer, n, err);
    uint8_t *to = buffer;
    while (n > 0) {
        uint64_t inside = offset % map->member_bytes, left = map->member_bytes - inside;
        size_t part = left < n ? (size_t)left : n;
        int fd = map->member_fd[offset / map->member_bytes];
        shoal_status status = pread_whole(map, fd, inside, to, part, err);
        if (status != SHOAL_OK) return status;
        offset += part;
        to += part;
        n -= part;
    }
    return SHOAL_OK;
}
