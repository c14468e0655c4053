/* Reads files with random changes, each case in a process that may die: a crash, and a case that
   takes longer than it may, is named with its seed and leaves its file behind.

   usage: mutate SEED COUNT FILE...        COUNT cases over the files
          mutate SEED =CASE FILE...        that case alone, in this process, for a debugger; its
   file is written to mutated-SEED-CASE.h5 */
#include "tests/fuzz/checksums.h"
#include "tests/fuzz/read_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLOWER 5
#else
#define SLOWER 1
#endif

enum {
    SECONDS = 5,           /* of processor time for one case ... */
    SECONDS_WAITING = 120, /* ... and of any time, as other processes may want the processor */
    BATCH = 200,           /* cases of one process */
    MOST_FILE = 1 << 20,
};
#define MEMORY ((rlim_t)2 << 30)

typedef struct seed_file {
    const char *name;
    uint8_t *bytes;
    size_t n;
    checked_runs runs;
} seed_file;

typedef struct shared { /* with the child */
    uint64_t at;        /* the case that is being read */
    uint64_t n_good;    /* successful calls */
} shared;

/* ---- Random changes ---- */

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static size_t below(uint64_t *state, size_t n)
{
    return n == 0 ? 0 : (size_t)(next_random(state) % n);
}

/* Anywhere, or in the first bytes of a structure. */
static size_t choose_place(uint64_t *state, const seed_file *file, size_t n)
{
    if (file->runs.n_signatures == 0 || next_random(state) % 4 == 0) return below(state, n);
    size_t start = file->runs.signature[below(state, file->runs.n_signatures)];
    size_t at = start + below(state, (size_t)8 << below(state, 7));
    return at < n ? at : below(state, n);
}

static uint64_t choose_value(uint64_t *state, size_t n)
{
    uint64_t r = next_random(state);
    switch (r % 6) {
    case 0: return 0;
    case 1: return UINT64_MAX;
    case 2: return (uint64_t)1 << (r >> 8) % 64;
    case 3: return ((uint64_t)1 << (r >> 8) % 64) - 1;
    case 4: return (r >> 8) % (n + 1);
    default: return r;
    }
}

static void change(uint64_t *state, const seed_file *file, uint8_t *bytes, size_t *n)
{
    size_t at = choose_place(state, file, *n);
    switch (next_random(state) % 16) {
    case 0: /* another length, seldom */
        if (next_random(state) % 8 == 0) *n = 1 + below(state, *n);
        break;
    case 1:
    case 2: { /* a block from elsewhere */
        size_t from = choose_place(state, file, *n), most = *n - (at > from ? at : from);
        memmove(bytes + at, bytes + from, below(state, most < 64 ? most : 64));
        break;
    }
    case 3:
    case 4:
    case 5:
    case 6: { /* an integer of 1 to 8 bytes */
        uint64_t value = choose_value(state, *n);
        size_t width = (size_t)1 << below(state, 4);
        for (size_t k = 0; k < width && at + k < *n; k++) bytes[at + k] = (uint8_t)(value >> 8 * k);
        break;
    }
    case 7:
    case 8: bytes[at] = (uint8_t)(bytes[at] + 1); break;
    case 9:
    case 10: bytes[at] = (uint8_t)(bytes[at] - 1); break;
    case 11:
    case 12: bytes[at] = (uint8_t)next_random(state); break;
    default: bytes[at] ^= (uint8_t)(1 << below(state, 8));
    }
}

/* The file of a case; *n its length. The bytes are the caller's. */
static uint8_t *make_case(uint64_t seed, uint64_t number, const seed_file *files, size_t n_files,
                          const seed_file **from, size_t *n)
{
    uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) ^ number;
    next_random(&state);
    const seed_file *file = &files[below(&state, n_files)];
    uint8_t *bytes = malloc(file->n);
    if (bytes == NULL) abort();
    memcpy(bytes, file->bytes, *n = file->n);
    size_t n_changes = 1 + below(&state, 8);
    for (size_t k = 0; k < n_changes; k++) change(&state, file, bytes, n);
    if (next_random(&state) % 2 == 0) checksums_renew(&file->runs, bytes, *n);
    *from = file;
    return bytes;
}

/* ---- Running ---- */

static void limit_time(int seconds, int waiting)
{
    struct itimerval timer = {.it_value = {.tv_sec = seconds}};
    setitimer(ITIMER_PROF, &timer, NULL); /* SIGPROF ends the process */
    alarm((unsigned)waiting);
}

static void run_cases(uint64_t seed, uint64_t first, uint64_t end, const seed_file *files,
                      size_t n_files, shared *state)
{
    for (uint64_t number = first; number < end; number++) {
        const seed_file *from;
        size_t n;
        uint8_t *bytes = make_case(seed, number, files, n_files, &from, &n);
        state->at = number;
        limit_time(SECONDS * SLOWER, SECONDS_WAITING);
        state->n_good += read_all_bytes(bytes, n);
        limit_time(0, 0);
        free(bytes);
    }
    state->at = end;
}

static void save_case(uint64_t seed, uint64_t number, const seed_file *files, size_t n_files,
                      const char *why)
{
    char name[96];
    const seed_file *from;
    size_t n;
    uint8_t *bytes = make_case(seed, number, files, n_files, &from, &n);
    snprintf(name, sizeof name, "mutated-%llu-%llu.h5", (unsigned long long)seed,
             (unsigned long long)number);
    FILE *file = fopen(name, "wb");
    if (file == NULL || fwrite(bytes, 1, n, file) != n || fclose(file) != 0) abort();
    printf("%s: seed %llu, case %llu of %s; its file is %s\n", why, (unsigned long long)seed,
           (unsigned long long)number, from->name, name);
    fflush(stdout);
    free(bytes);
}

/* What ended the child too early; NULL when nothing did. */
static const char *verdict(int status)
{
    static char text[64];
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return NULL;
    if (WIFEXITED(status)) {
        snprintf(text, sizeof text, "FAILED, exit status %d", WEXITSTATUS(status));
        return text;
    }
    if (WTERMSIG(status) == SIGPROF || WTERMSIG(status) == SIGALRM) return "HUNG";
    snprintf(text, sizeof text, "CRASHED, %s", strsignal(WTERMSIG(status)));
    return text;
}

static void start_child(uint64_t seed, uint64_t first, uint64_t end, const seed_file *files,
                        size_t n_files, shared *state)
{
    struct rlimit memory = {MEMORY, MEMORY}, none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    if (SLOWER == 1) setrlimit(RLIMIT_AS, &memory);
    run_cases(seed, first, end, files, n_files, state);
    fflush(NULL);
    _exit(0);
}

static uint64_t run_all(uint64_t seed, uint64_t count, const seed_file *files, size_t n_files,
                        shared *state)
{
    uint64_t n_failed = 0;
    for (uint64_t first = 0; first < count && n_failed < 20; first = state->at) {
        uint64_t end = first + BATCH < count ? first + BATCH : count;
        int status;
        char path[64];
        state->at = first;
        fflush(stdout);
        pid_t child = fork();
        if (child < 0) abort();
        if (child == 0) start_child(seed, first, end, files, n_files, state);
        if (waitpid(child, &status, 0) != child) abort();
        const char *why = verdict(status);
        if (why == NULL) continue;
        n_failed++;
        memory_file_name((int)child, path);
        unlink(path);
        save_case(seed, state->at, files, n_files, why);
        state->at++;
    }
    return n_failed;
}

static void load(const char *name, seed_file *out)
{
    FILE *file = fopen(name, "rb");
    struct stat found;
    if (file == NULL || fstat(fileno(file), &found) != 0 || !S_ISREG(found.st_mode) ||
        found.st_size == 0 || found.st_size > MOST_FILE) {
        fprintf(stderr, "mutate: %s: no file of 1 byte to 1 MiB\n", name);
        exit(2);
    }
    *out = (seed_file){.name = name, .n = (size_t)found.st_size};
    out->bytes = malloc(out->n);
    if (out->bytes == NULL || fread(out->bytes, 1, out->n, file) != out->n) abort();
    fclose(file);
    checksums_find(out->bytes, out->n, &out->runs);
}

static void run_one(uint64_t seed, uint64_t number, const seed_file *files, size_t n_files)
{
    const seed_file *from;
    size_t n;
    uint8_t *bytes = make_case(seed, number, files, n_files, &from, &n);
    save_case(seed, number, files, n_files, "read");
    printf("%llu calls succeeded\n", (unsigned long long)read_all_bytes(bytes, n));
    free(bytes);
}

int main(int argc, char **argv)
{
    if (argc < 4) return 2;
    uint64_t seed = strtoull(argv[1], NULL, 10), n_failed = 0;
    size_t n_files = (size_t)(argc - 3), n_runs = 0;
    seed_file *files = calloc(n_files, sizeof *files);
    shared *state =
        mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (files == NULL || state == MAP_FAILED) abort();
    for (size_t k = 0; k < n_files; k++) {
        load(argv[3 + k], &files[k]);
        n_runs += files[k].runs.n;
    }
    if (argv[2][0] == '=') {
        run_one(seed, strtoull(argv[2] + 1, NULL, 10), files, n_files);
    } else {
        uint64_t count = strtoull(argv[2], NULL, 10);
        n_failed = run_all(seed, count, files, n_files, state);
        struct rusage usage;
        getrusage(RUSAGE_CHILDREN, &usage);
        printf("seed %llu: %llu cases over %zu files with %zu checksums, %llu calls succeeded, at "
               "most %ld MiB, %llu failed\n",
               (unsigned long long)seed, (unsigned long long)state->at, n_files, n_runs,
               (unsigned long long)state->n_good, usage.ru_maxrss >> 10,
               (unsigned long long)n_failed);
    }
    for (size_t k = 0; k < n_files; k++) {
        free(files[k].bytes);
        checksums_free(&files[k].runs);
    }
    free(files);
    return n_failed > 0;
}
