#include "compute/executor.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)

/* The whole of a small text file, cut at capacity - 1 bytes; false when it cannot be read. */
static bool read_text(const char *path, char *text, size_t capacity)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    size_t n = 0;
    while (n < capacity - 1) {
        ssize_t got = read(fd, text + n, capacity - 1 - n);
        if (got <= 0) break;
        n += (size_t)got;
    }
    close(fd);
    text[n] = '\0';
    return n > 0;
}

/* The first number of a file; false when there is none, as in "max 100000". */
static bool read_number(const char *directory, const char *name, uint64_t *out)
{
    char path[1200], text[64], *end;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    if (!read_text(path, text, sizeof text) || text[0] < '0' || text[0] > '9') return false;
    *out = strtoull(text, &end, 10);
    return end != text;
}

/* Does a comma-separated list hold the word? An empty list is version 2's and holds "". */
static bool list_has(const char *list, size_t n, const char *word)
{
    size_t n_word = strlen(word);
    for (const char *p = list, *end = list + n; p <= end;) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        size_t length = (size_t)((comma ? comma : end) - p);
        if (length == n_word && memcmp(p, word, n_word) == 0) return true;
        if (!comma) break;
        p = comma + 1;
    }
    return false;
}

/* The path of this process's cgroup of a controller ("" for version 2): the last part of its line
   "5:cpu,cpuacct:/path" in /proc/self/cgroup. */
static bool cgroup_path(const char *controller, char *out, size_t capacity)
{
    char text[4096];
    if (!read_text("/proc/self/cgroup", text, sizeof text)) return false;
    for (char *line = text, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next) *next++ = '\0';
        char *list = strchr(line, ':');
        char *path = list ? strchr(list + 1, ':') : NULL;
        if (!path || !list_has(list + 1, (size_t)(path - list - 1), controller)) continue;
        return snprintf(out, capacity, "%s", path + 1) < (int)capacity;
    }
    return false;
}

typedef void (*directory_visitor)(const char *directory, void *user);

/* Visits the cgroup's directory and all above it: each may set a limit of its own. Inside of a
   container the path may not exist under the mount: then its root alone is what is seen. */
static void visit_cgroup(const char *controller, const char *mount, directory_visitor visitor,
                         void *user)
{
    char path[1024], directory[1100];
    if (!cgroup_path(controller, path, sizeof path)) return;
    for (;;) {
        size_t n = strlen(path);
        while (n > 0 && path[n - 1] == '/') path[--n] = '\0';
        snprintf(directory, sizeof directory, "%s%s", mount, path);
        visitor(directory, user);
        char *slash = strrchr(path, '/');
        if (!slash) break;
        *slash = '\0';
    }
}

static void visit_both(const char *controller, directory_visitor v1, directory_visitor v2,
                       void *user)
{
    char mount[64];
    snprintf(mount, sizeof mount, "/sys/fs/cgroup/%s", controller);
    visit_cgroup(controller, mount, v1, user);
    visit_cgroup("", "/sys/fs/cgroup", v2, user);
    visit_cgroup("", "/sys/fs/cgroup/unified", v2, user);
}

/* ---- Threads ---- */

static void take_quota(uint64_t quota, uint64_t period, int *n)
{
    if (period == 0) return;
    uint64_t cpus = (quota + period - 1) / period;
    if (cpus < 1) cpus = 1;
    if (cpus < (uint64_t)*n) *n = (int)cpus;
}

static void cpu_v1(const char *directory, void *user)
{
    uint64_t quota, period;
    if (read_number(directory, "cpu.cfs_quota_us", &quota) &&
        read_number(directory, "cpu.cfs_period_us", &period))
        take_quota(quota, period, user);
}

static void cpu_v2(const char *directory, void *user)
{
    char path[1200], text[64];
    unsigned long long quota, period;
    snprintf(path, sizeof path, "%s/cpu.max", directory);
    if (!read_text(path, text, sizeof text)) return;
    if (sscanf(text, "%llu %llu", &quota, &period) == 2) take_quota(quota, period, user);
}

static int affinity_count(void)
{
    int n = 0;
    for (int capacity = 1024; capacity <= 1 << 18; capacity *= 4) {
        cpu_set_t *set = CPU_ALLOC(capacity);
        if (!set) break;
        size_t size = CPU_ALLOC_SIZE(capacity);
        if (sched_getaffinity(0, size, set) == 0) n = CPU_COUNT_S(size, set);
        CPU_FREE(set);
        if (n > 0) return n;
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

int shoal_option_threads(const shoal_run_options *options)
{
    if (options && options->n_threads > 0) return options->n_threads;
    int n = affinity_count();
    visit_both("cpu", cpu_v1, cpu_v2, &n);
    return n;
}

/* ---- Memory ---- */

typedef struct memory {
    uint64_t free;  /* the least of what is free anywhere */
    uint64_t limit; /* the least limit of a cgroup */
} memory;

/* A cgroup's page cache counts as used but gives way, so it is taken off. */
static void take_limit(const char *directory, uint64_t limit, uint64_t used, const char *cache_word,
                       memory *m)
{
    char path[1200], text[8192];
    if (limit < m->limit) m->limit = limit;
    snprintf(path, sizeof path, "%s/memory.stat", directory);
    if (read_text(path, text, sizeof text)) {
        char *at = strstr(text, cache_word);
        uint64_t cache = at ? strtoull(at + strlen(cache_word), NULL, 10) : 0;
        used -= cache < used ? cache : used;
    }
    uint64_t left = used < limit ? limit - used : 0;
    if (left < m->free) m->free = left;
}

static void memory_v1(const char *directory, void *user)
{
    uint64_t limit, used;
    if (read_number(directory, "memory.limit_in_bytes", &limit) &&
        read_number(directory, "memory.usage_in_bytes", &used) && limit < INT64_MAX / 2)
        take_limit(directory, limit, used, "total_inactive_file ", user);
}

static void memory_v2(const char *directory, void *user)
{
    uint64_t limit, used;
    if (read_number(directory, "memory.max", &limit) &&
        read_number(directory, "memory.current", &used))
        take_limit(directory, limit, used, "inactive_file ", user);
}

static uint64_t machine_free(void)
{
    char text[4096];
    if (!read_text("/proc/meminfo", text, sizeof text)) return 1024 * MIB;
    char *at = strstr(text, "MemAvailable:");
    return at ? strtoull(at + strlen("MemAvailable:"), NULL, 10) * 1024 : 1024 * MIB;
}

uint64_t shoal_option_memory(const shoal_run_options *options)
{
    if (options && options->memory_limit > 0) return options->memory_limit;
    memory m = {machine_free(), UINT64_MAX};
    visit_both("memory", memory_v1, memory_v2, &m);
    uint64_t n = m.free / 4;
    if (n < 256 * MIB) n = 256 * MIB;
    if (n > 4096 * MIB) n = 4096 * MIB;
    uint64_t most = m.limit / 5 * 4;
    return n < most ? n : most;
}

uint64_t shoal_option_page_cache(void)
{
    memory m = {machine_free(), UINT64_MAX};
    visit_both("memory", memory_v1, memory_v2, &m);
    return m.free < m.limit ? m.free : m.limit;
}
