/* Runs the commands on standard input against one writer, for test_writer.py:
       write_dataset FILE create|overwrite|update
   A command is a line of fields separated by tabs; "-" is an absent field, lists have commas.
       dataset PATH TYPE SHAPE CHUNK CODEC FLAGS FILL    flags: r(eplace) c(ontiguous) uMASK; fill
   in hex write PATH START COUNT DATA OFFSET                raw bytes of the file DATA from OFFSET
   on sink PATH DATA                                    every chunk, encoded, from the whole array
       read PATH START COUNT OUT
       extend PATH SHAPE
       group PATH
       text PATH NAME VALUE;  texts PATH NAME VALUE...;  bool PATH NAME 0|1
       numbers PATH NAME TYPE SCALAR COUNT DATA
       scale PATH AXIS SCALE NAME
       exists PATH
       pause                                             says "paused", waits for a line
       commit;  discard
   With "?" before it, a command prints its status and message instead of ending the program. */
#include "chunk/copy.h"
#include "store/writer.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_FIELDS = 64 };

static shoal_writer *writer;

static void stop(const char *what)
{
    fprintf(stderr, "write_dataset: %s\n", what);
    exit(99);
}

static int split(char *line, char separator, char **fields)
{
    int n = 0;
    line[strcspn(line, "\n")] = '\0';
    for (char *at = line; at != NULL && n < MAX_FIELDS; n++) {
        fields[n] = at;
        at = strchr(at, separator);
        if (at != NULL) *at++ = '\0';
    }
    return n;
}

static int read_list(char *text, uint64_t *out)
{
    char *parts[MAX_FIELDS];
    if (strcmp(text, "-") == 0) return 0;
    int n = split(text, ',', parts);
    for (int k = 0; k < n; k++) out[k] = strtoull(parts[k], NULL, 10);
    return n;
}

static shoal_type read_type(const char *text)
{
    shoal_type type;
    if (!shoal_type_parse(text, &type)) stop("no such type");
    return type;
}

/* The bytes of a file from an offset on; a buffer of their exact size, so that a sanitizer sees
   every access beyond it. */
static void *read_data(const char *path, uint64_t offset, size_t n)
{
    FILE *file = fopen(path, "rb");
    void *data = malloc(n == 0 ? 1 : n);
    if (file == NULL || data == NULL || fseek(file, (long)offset, SEEK_SET) != 0 ||
        fread(data, 1, n, file) != n)
        stop("cannot read the data");
    fclose(file);
    return data;
}

static void read_region(char *start, char *count, shoal_region *out)
{
    uint64_t from[MAX_FIELDS], n[MAX_FIELDS];
    out->rank = read_list(start, from);
    if (read_list(count, n) != out->rank) stop("start and count differ in rank");
    for (int k = 0; k < out->rank; k++)
        out->axis[k] = (shoal_range){.start = (int64_t)from[k], .step = 1, .count = n[k]};
}

static size_t region_bytes(const char *path, const shoal_region *region)
{
    shoal_sink *sink;
    uint64_t n;
    shoal_error err;
    if (shoal_writer_sink(writer, path, &sink, &err) != SHOAL_OK) return 0;
    if (!shoal_region_elements(region, &n)) stop("region too large");
    return (size_t)n * shoal_sink_type(sink).n_bytes;
}

static shoal_status do_dataset(char **f, shoal_error *err)
{
    uint8_t fill[4096];
    shoal_dataset_spec spec = {.type = read_type(f[2])};
    spec.rank = read_list(f[3], spec.shape);
    read_list(f[4], spec.chunk);
    if (strcmp(f[5], "-") != 0) spec.codec = f[5];
    spec.replace = strchr(f[6], 'r') != NULL;
    spec.contiguous = strchr(f[6], 'c') != NULL;
    const char *mask = strchr(f[6], 'u');
    if (mask != NULL) spec.unlimited = strtoull(mask + 1, NULL, 10);
    if (strcmp(f[7], "-") != 0) {
        for (size_t k = 0; k < spec.type.n_bytes; k++) {
            unsigned byte;
            if (sscanf(f[7] + 2 * k, "%2x", &byte) != 1) stop("bad fill");
            fill[k] = (uint8_t)byte;
        }
        spec.fill = fill;
    }
    return shoal_writer_dataset(writer, f[1], &spec, err);
}

static shoal_status do_write(char **f, shoal_error *err)
{
    shoal_region region;
    read_region(f[2], f[3], &region);
    size_t n = region_bytes(f[1], &region);
    void *data = read_data(f[4], strtoull(f[5], NULL, 10), n);
    shoal_status status = shoal_writer_write(writer, f[1], &region, data, n, err);
    free(data);
    return status;
}

static shoal_status do_read(char **f, shoal_error *err)
{
    shoal_region region;
    read_region(f[2], f[3], &region);
    size_t n = region_bytes(f[1], &region);
    void *data = malloc(n == 0 ? 1 : n);
    shoal_status status = shoal_writer_read(writer, f[1], &region, data, n, err);
    FILE *file = fopen(f[4], "wb");
    if (file == NULL || fwrite(data, 1, n, file) != n || fclose(file) != 0) stop("cannot write");
    free(data);
    return status;
}

/* As the executor does it: each chunk is gathered, padded, encoded and appended in order. */
static shoal_status do_sink(char **f, shoal_error *err)
{
    shoal_sink *sink;
    shoal_coder *coder;
    shoal_status status = shoal_writer_sink(writer, f[1], &sink, err);
    if (status != SHOAL_OK) return status;
    if (!shoal_sink_is_chunked(sink)) stop("not chunked");
    const shoal_grid *grid = shoal_sink_grid(sink);
    const shoal_pipeline *pipeline = shoal_sink_pipeline(sink);
    size_t width = shoal_sink_type(sink).n_bytes, n = (size_t)grid->chunk_elements * width;
    uint64_t elements = 0;
    shoal_region all;
    shoal_region_all(grid->rank, grid->shape, &all);
    shoal_region_elements(&all, &elements);
    uint8_t *data = read_data(f[2], 0, (size_t)elements * width), *chunk = malloc(n);
    uint8_t *encoded = malloc(shoal_encode_bound(pipeline, n));
    status = shoal_coder_new(pipeline, n, true, &coder, err);
    for (uint64_t id = 0; status == SHOAL_OK && id < grid->n_chunks; id++) {
        uint64_t at[SHOAL_MAX_RANK], start[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK];
        int64_t whole[SHOAL_MAX_RANK], inner[SHOAL_MAX_RANK];
        shoal_grid_coordinates(grid, id, at);
        shoal_grid_extent(grid, at, start, count);
        shoal_contiguous_strides(grid->rank, grid->shape, width, whole);
        shoal_contiguous_strides(grid->rank, grid->chunk, width, inner);
        const uint8_t *from = data;
        for (int k = 0; k < grid->rank; k++) from += (int64_t)start[k] * whole[k];
        shoal_fill_elements(chunk, shoal_sink_fill(sink), n / width, width);
        shoal_copy_box(grid->rank, count, from, whole, chunk, inner, width);
        size_t n_encoded;
        uint32_t mask;
        status = shoal_encode(coder, chunk, encoded, &n_encoded, &mask, err);
        if (status == SHOAL_OK)
            status = shoal_sink_write_chunk(sink, id, encoded, n_encoded, mask, err);
    }
    shoal_coder_free(coder);
    free(encoded);
    free(chunk);
    free(data);
    return status;
}

static shoal_status do_numbers(char **f, shoal_error *err)
{
    shoal_type type = read_type(f[3]);
    size_t n = strtoull(f[5], NULL, 10);
    void *data = read_data(f[6], 0, n * type.n_bytes);
    shoal_status status =
        shoal_writer_attribute_numbers(writer, f[1], f[2], type, n, atoi(f[4]) != 0, data, err);
    free(data);
    return status;
}

static shoal_status do_object(char **f, int n, shoal_error *err)
{
    uint64_t shape[MAX_FIELDS];
    const char *texts[MAX_FIELDS];
    for (int k = 3; k < n; k++) texts[k - 3] = f[k];
    if (strcmp(f[0], "extend") == 0) {
        read_list(f[2], shape);
        return shoal_writer_extend(writer, f[1], shape, err);
    }
    if (strcmp(f[0], "group") == 0) return shoal_writer_group(writer, f[1], err);
    if (strcmp(f[0], "text") == 0)
        return shoal_writer_attribute_text(writer, f[1], f[2], f[3], err);
    if (strcmp(f[0], "texts") == 0)
        return shoal_writer_attribute_texts(writer, f[1], f[2], texts, (size_t)n - 3, err);
    if (strcmp(f[0], "bool") == 0)
        return shoal_writer_attribute_bool(writer, f[1], f[2], f[3][0] == '1', err);
    if (strcmp(f[0], "scale") == 0)
        return shoal_writer_dimension(writer, f[1], atoi(f[2]), f[3],
                                      strcmp(f[4], "-") == 0 ? NULL : f[4], err);
    if (strcmp(f[0], "exists") == 0) {
        printf("%d\n", shoal_writer_exists(writer, f[1]));
        return SHOAL_OK;
    }
    stop("no such command");
    return SHOAL_OK;
}

static shoal_status run(char **f, int n, shoal_error *err)
{
    if (strcmp(f[0], "dataset") == 0) return do_dataset(f, err);
    if (strcmp(f[0], "write") == 0) return do_write(f, err);
    if (strcmp(f[0], "sink") == 0) return do_sink(f, err);
    if (strcmp(f[0], "read") == 0) return do_read(f, err);
    if (strcmp(f[0], "numbers") == 0) return do_numbers(f, err);
    if (strcmp(f[0], "pause") == 0) {
        puts("paused");
        fflush(stdout);
        getchar();
        return SHOAL_OK;
    }
    if (strcmp(f[0], "commit") == 0 || strcmp(f[0], "discard") == 0) {
        shoal_writer *ended = writer;
        writer = NULL;
        if (f[0][0] == 'c') return shoal_writer_commit(ended, err);
        shoal_writer_discard(ended);
        return SHOAL_OK;
    }
    return do_object(f, n, err);
}

static shoal_write_mode read_mode(const char *word)
{
    return word[0] == 'c' ? SHOAL_CREATE : word[0] == 'o' ? SHOAL_OVERWRITE : SHOAL_UPDATE;
}

int main(int argc, char **argv)
{
    char *line = NULL, *fields[MAX_FIELDS];
    size_t capacity = 0;
    shoal_error err = {0};
    if (argc != 3) stop("usage: write_dataset FILE create|overwrite|update");
    signal(SIGXFSZ, SIG_IGN);
    shoal_status status = shoal_writer_open(argv[1], read_mode(argv[2]), &writer, &err);
    while (status == SHOAL_OK && getline(&line, &capacity, stdin) > 0) {
        bool asks = line[0] == '?';
        int n = split(line + asks, '\t', fields);
        err.message[0] = '\0';
        status = run(fields, n, &err);
        if (asks) printf("%d %s\n", (int)status, err.message);
        if (asks) status = SHOAL_OK;
    }
    free(line);
    if (status != SHOAL_OK) fprintf(stderr, "%s\n", err.message);
    if (status != SHOAL_OK && err.status != status) stop("the error has another status");
    shoal_writer_discard(writer);
    return (int)status;
}
