#include "compute/user_compile.h"

#include "chunk/error.h"
#include "compute/user_kernel.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_SOURCE ((size_t)16 << 20)
#define MOST_WORDS  16               /* of $CC */
#define LONG_PATH   (PATH_MAX + 256) /* of a file in the cache */

extern char **environ;

void shoal_digest_add(shoal_digest *digest, const void *bytes, size_t n)
{
    const uint8_t *b = bytes;
    for (size_t k = 0; k < n; k++) {
        digest->part[0] = (digest->part[0] ^ b[k]) * UINT64_C(0x100000001b3);
        digest->part[1] = (digest->part[1] ^ b[k]) * UINT64_C(0x9e3779b97f4a7c15);
        digest->part[1] ^= digest->part[1] >> 29;
    }
}

/* ---- What it depends on ---- */

static shoal_status read_source(const char *path, char **out, shoal_error *err)
{
    errno = 0;
    FILE *file = fopen(path, "re");
    char *text = file ? malloc(MOST_SOURCE + 1) : NULL;
    size_t n = text ? fread(text, 1, MOST_SOURCE + 1, file) : 0;
    bool good = text && !ferror(file) && n <= MOST_SOURCE;
    if (!good)
        shoal_fail(err, SHOAL_SYSTEM, "%s: %s", path,
                   n > MOST_SOURCE ? "a source is at most 16 MiB"
                   : errno         ? strerror(errno)
                                   : "cannot be read");
    if (file) fclose(file);
    if (!good) {
        free(text);
        return SHOAL_SYSTEM;
    }
    text[n] = 0;
    *out = text;
    return SHOAL_OK;
}

/* -march=native compiles for this processor, and a home may be shared with others. */
static void add_processor(shoal_digest *digest)
{
    static const char *const about[] = {"vendor", "cpu family", "model", "stepping", "flags"};
    char line[8192];
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file && fgets(line, sizeof line, file) && line[0] != '\n')
        for (size_t k = 0; k < sizeof about / sizeof *about; k++)
            if (strncmp(line, about[k], strlen(about[k])) == 0)
                shoal_digest_add(digest, line, strlen(line));
    if (file) fclose(file);
}

/* Files that it includes by a name in quotes may change without it. */
static bool includes_others(const char *source)
{
    for (const char *at = source; (at = strstr(at, "include")); at++) {
        const char *before = at, *after = at + strlen("include");
        while (before > source && (before[-1] == ' ' || before[-1] == '\t')) before--;
        while (*after == ' ' || *after == '\t') after++;
        if (before > source && before[-1] == '#' && *after != '<') return true;
    }
    return false;
}

/* "black_scholes-0123....so" */
static void name_object(const char *folder, const char *path, const char *source, const char *cc,
                        char out[LONG_PATH])
{
    shoal_digest d = SHOAL_DIGEST;
    const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    int n = (int)strlen(base) - 2;
    shoal_digest_add(&d, source, strlen(source) + 1);
    shoal_digest_add(&d, cc, strlen(cc) + 1);
    shoal_digest_add(&d, shoal_kernel_header, strlen(shoal_kernel_header) + 1);
    add_processor(&d);
    if (includes_others(source)) shoal_digest_add(&d, path, strlen(path));
    snprintf(out, LONG_PATH, "%s/%.*s-%016llx%016llx.so", folder, n > 64 ? 64 : n, base,
             (unsigned long long)d.part[0], (unsigned long long)d.part[1]);
}

/* ---- The compiler ---- */

/* The line of a compiler's messages that says what is wrong, without what is not for people. */
static void first_diagnostic(int fd, char *out, size_t capacity)
{
    char text[16384];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = 0;
    char *line = text, *chosen = NULL;
    while (line && *line && !chosen) {
        char *end = strchr(line, '\n');
        if (end) *end = 0;
        if (strstr(line, "error") || strstr(line, "undefined reference")) chosen = line;
        line = end ? end + 1 : NULL;
    }
    snprintf(out, capacity, "%.*s", (int)capacity - 1, chosen ? chosen : text);
    out[strcspn(out, "\n")] = 0;
}

static shoal_status not_compiled(const char *cc, const char *source, int how, const char *text,
                                 shoal_error *err)
{
    if (text[0])
        return shoal_fail(err, SHOAL_USAGE, "%s: %s does not compile it: %s", source, cc, text);
    return shoal_fail(err, SHOAL_USAGE,
                      "%s: %s does not compile it, and does not say why: %s %d; $CC names the "
                      "compiler",
                      source, cc, WIFSIGNALED(how) ? "ended by signal" : "its exit status is",
                      WIFSIGNALED(how) ? WTERMSIG(how) : WEXITSTATUS(how));
}

static shoal_status start(const char *const *words, int messages, pid_t *child, shoal_error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, messages, 1);
    posix_spawn_file_actions_adddup2(&actions, messages, 2);
    int failed =
        posix_spawnp(child, words[0], &actions, NULL, (char *const *)(uintptr_t)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (!failed) return SHOAL_OK;
    return shoal_fail(err, SHOAL_SYSTEM, "the compiler %s cannot be started: %s; $CC names another",
                      words[0], strerror(failed));
}

static shoal_status run_compiler(const char *const *words, const char *source, shoal_error *err)
{
    pid_t child, done;
    int how = 0, messages = memfd_create("messages", MFD_CLOEXEC);
    if (messages < 0) return shoal_fail(err, SHOAL_SYSTEM, "%s: %s", source, strerror(errno));
    shoal_status status = start(words, messages, &child, err);
    if (!status) {
        do done = waitpid(child, &how, 0);
        while (done < 0 && errno == EINTR);
        char text[700];
        first_diagnostic(messages, text, sizeof text);
        if (done < 0)
            status = shoal_fail(err, SHOAL_SYSTEM, "%s: %s was not waited for", source, words[0]);
        else if (!WIFEXITED(how) || WEXITSTATUS(how) != 0)
            status = not_compiled(words[0], source, how, text, err);
    }
    close(messages);
    return status;
}

/* $CC may have options behind its name. */
static int split_words(char *text, const char **words, int most)
{
    int n = 0;
    for (char *save, *w = strtok_r(text, " \t", &save); w && n < most;
         w = strtok_r(NULL, " \t", &save))
        words[n++] = w;
    return n;
}

static shoal_status compile(const char *cc, const char *folder, const char *source,
                            const char *object, shoal_error *err)
{
    char include[LONG_PATH + 2], path[PATH_MAX + 2], temporary[LONG_PATH + 16], command[1024];
    const char *words[MOST_WORDS + 16];
    snprintf(command, sizeof command, "%s", cc);
    snprintf(include, sizeof include, "-I%s", folder);
    snprintf(path, sizeof path, "%s%s", source[0] == '-' ? "./" : "", source);
    snprintf(temporary, sizeof temporary, "%s.XXXXXX", object);
    int n = split_words(command, words, MOST_WORDS), fd = mkstemp(temporary);
    if (fd < 0) return shoal_fail(err, SHOAL_SYSTEM, "%s: %s", object, strerror(errno));
    close(fd);
    const char *const more[] = {"-O3", "-march=native", "-shared", "-fPIC", include,
                                "-o",  temporary,       path,      "-lm",   NULL};
    memcpy(words + n, more, sizeof more);
    shoal_status status = run_compiler(words, source, err);
    if (!status && rename(temporary, object) != 0)
        status = shoal_fail(err, SHOAL_SYSTEM, "%s: %s", object, strerror(errno));
    if (status) unlink(temporary);
    return status;
}

/* shoal/kernel.h, as this library has it, in a folder named by what it says. */
static shoal_status place_header(const char *cache, char folder[LONG_PATH], shoal_error *err)
{
    char path[LONG_PATH + 32];
    shoal_digest d = SHOAL_DIGEST;
    shoal_digest_add(&d, shoal_kernel_header, strlen(shoal_kernel_header));
    snprintf(folder, LONG_PATH, "%s/include-%016llx", cache, (unsigned long long)d.part[0]);
    shoal_status status = shoal_user_cache_folder(folder, err);
    snprintf(path, sizeof path, "%s/shoal", folder);
    if (!status) status = shoal_user_cache_folder(path, err);
    snprintf(path, sizeof path, "%s/shoal/kernel.h", folder);
    return status ? status : shoal_user_cache_write(path, shoal_kernel_header, err);
}

shoal_status shoal_user_compile(const char *source, char **out, shoal_error *err)
{
    char cache[PATH_MAX], include[LONG_PATH], object[LONG_PATH];
    char *text = NULL;
    const char *cc = getenv("CC");
    if (!cc || !cc[strspn(cc, " \t")]) cc = "cc";
    if (strlen(source) >= PATH_MAX || strlen(cc) >= 1000)
        return shoal_fail(err, SHOAL_USAGE, "the name of a source, or $CC, is too long");
    shoal_status status = read_source(source, &text, err);
    if (!status) status = shoal_user_cache(cache, err);
    if (status) {
        free(text);
        return status;
    }
    name_object(cache, source, text, cc, object);
    bool kept = !includes_others(text) && shoal_user_cache_has(object);
    free(text);
    if (!kept) status = place_header(cache, include, err);
    if (!kept && !status) status = compile(cc, include, source, object, err);
    if (status) return status;
    *out = strdup(object);
    return *out ? SHOAL_OK : shoal_fail(err, SHOAL_SYSTEM, "out of memory for kernels");
}
