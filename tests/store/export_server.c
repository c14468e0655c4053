/* Exports what standard input asks for, one request after another, for tests of thousands of small
   datasets: a process for each would take most of their time.
   A request is a line "FORMAT LENGTH" and a locator of LENGTH bytes; the answer is a line
   "STATUS N_BYTES N_MESSAGE", the exported bytes and the message. */
#include <shoal/shoal.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct {
    const char *name;
    shoal_format format;
} formats[] = {
    {"raw", SHOAL_FORMAT_RAW},
    {"npy", SHOAL_FORMAT_NPY},
    {"csv", SHOAL_FORMAT_CSV},
};

static shoal_format read_format(const char *name)
{
    for (size_t k = 0; k < sizeof formats / sizeof formats[0]; k++)
        if (strcmp(name, formats[k].name) == 0) return formats[k].format;
    abort();
}

/* Standard output is the memory file `held` while the export runs. */
static shoal_status export_into(int held, const char *locator, shoal_format format,
                                shoal_error *err)
{
    shoal_export_params params = {.source = locator, .output = "-", .format = format};
    shoal_run_options options = {.n_threads = 2, .memory_limit = 256 << 20};
    if (ftruncate(held, 0) != 0 || lseek(held, 0, SEEK_SET) != 0) abort();
    if (dup2(held, STDOUT_FILENO) != STDOUT_FILENO) abort();
    return shoal_export(&params, &options, err);
}

static void answer(FILE *out, int held, shoal_status status, const shoal_error *err)
{
    char block[1 << 16];
    ssize_t n;
    off_t n_bytes = lseek(held, 0, SEEK_END);
    if (n_bytes < 0 || lseek(held, 0, SEEK_SET) != 0) abort();
    const char *message = status != SHOAL_OK ? err->message : "";
    fprintf(out, "%d %lld %zu\n", (int)status, (long long)n_bytes, strlen(message));
    while ((n = read(held, block, sizeof block)) > 0) fwrite(block, 1, (size_t)n, out);
    fputs(message, out);
    fflush(out);
}

int main(void)
{
    char name[16];
    size_t length;
    int held = memfd_create("export", MFD_CLOEXEC);
    FILE *out = fdopen(dup(STDOUT_FILENO), "w");
    if (held < 0 || out == NULL) return 1;
    while (scanf("%15s %zu", name, &length) == 2 && getchar() == '\n') {
        char *locator = calloc(1, length + 1);
        if (locator == NULL || fread(locator, 1, length, stdin) != length) return 1;
        shoal_error err = {0};
        shoal_status status = export_into(held, locator, read_format(name), &err);
        answer(out, held, status, &err);
        free(locator);
    }
    fclose(out);
    close(held);
    return 0;
}
