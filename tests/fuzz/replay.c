/* The main of a fuzz target outside of libFuzzer: runs it over the files that are named, and over
   all files of the folders that are. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int n_replayed;

static void replay_file(const char *name)
{
    FILE *file = fopen(name, "rb");
    struct stat found;
    if (file == NULL || fstat(fileno(file), &found) != 0) abort();
    size_t n = (size_t)found.st_size;
    uint8_t *bytes = malloc(n + 1);
    if (bytes == NULL || fread(bytes, 1, n, file) != n) abort();
    fclose(file);
    printf("%s\n", name);
    fflush(stdout); /* the last line names what crashed */
    (void)LLVMFuzzerTestOneInput(bytes, n);
    n_replayed++;
    free(bytes);
}

static void replay(const char *name)
{
    struct dirent **entries;
    struct stat found;
    if (stat(name, &found) != 0) return;
    if (!S_ISDIR(found.st_mode)) {
        replay_file(name);
        return;
    }
    int n = scandir(name, &entries, NULL, alphasort);
    for (int k = 0; k < n; k++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", name, entries[k]->d_name);
        if (entries[k]->d_name[0] != '.') replay(path);
        free(entries[k]);
    }
    if (n >= 0) free(entries);
}

int main(int argc, char **argv)
{
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int k = 1; k < argc; k++) replay(argv[k]);
    printf("%d inputs replayed\n", n_replayed);
    return 0;
}
