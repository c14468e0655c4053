/* Answers test_against_python.py, a request a line on standard input:
       slice RANK EXTENT... |TEXT       -> "start step count ..." dropped, or the error
       format TYPE HEXBYTES             -> the element's text
       encode CODEC TYPE CHUNK_BYTES HEXBYTES          -> mask HEXBYTES
       decode MASK CHUNK_BYTES N FILTER... HEXBYTES    -> HEXBYTES; FILTER is id:value,value,... */
#include "chunk/error.h"
#include "chunk/filter.h"
#include "chunk/grid.h"
#include "chunk/type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t read_hex(const char *text, uint8_t **out)
{
    size_t n = strlen(text) / 2;
    *out = malloc(n + 1);
    for (size_t k = 0; k < n; k++) {
        unsigned byte = 0;
        sscanf(text + 2 * k, "%2x", &byte);
        (*out)[k] = (uint8_t)byte;
    }
    return n;
}

static void print_hex(const uint8_t *data, size_t n)
{
    for (size_t k = 0; k < n; k++) printf("%02x", data[k]);
    printf("\n");
}

static char *next_word(void)
{
    return strtok(NULL, " ");
}

static uint64_t next_number(void)
{
    return strtoull(next_word(), NULL, 10);
}

static void answer_slice(void)
{
    uint64_t shape[SHOAL_MAX_RANK];
    int rank = (int)next_number();
    for (int k = 0; k < rank; k++) shape[k] = next_number();
    const char *text = strtok(NULL, "") + 1;
    shoal_region region;
    uint32_t dropped;
    shoal_error err;
    if (shoal_slice_parse(text, rank, shape, &region, &dropped, &err) != SHOAL_OK) {
        printf("error: %s\n", err.message);
        return;
    }
    for (int k = 0; k < rank; k++)
        printf("%lld %lld %llu ", (long long)region.axis[k].start, (long long)region.axis[k].step,
               (unsigned long long)region.axis[k].count);
    printf("%u\n", (unsigned)dropped);
}

static void answer_format(void)
{
    shoal_type type;
    uint8_t *element;
    char text[1000];
    if (!shoal_type_parse(next_word(), &type)) exit(1);
    (void)read_hex(next_word(), &element);
    (void)shoal_format_element(type, element, text, sizeof text);
    printf("%s\n", text);
    free(element);
}

static void answer_encode(void)
{
    shoal_pipeline pipeline;
    shoal_coder *coder;
    shoal_type type;
    shoal_error err;
    const char *codec = next_word();
    if (!shoal_type_parse(next_word(), &type)) exit(1);
    size_t chunk_bytes = next_number(), n;
    uint32_t mask;
    uint8_t *raw;
    (void)read_hex(next_word(), &raw);
    if (shoal_pipeline_parse(codec, type, chunk_bytes, &pipeline, &err) != SHOAL_OK ||
        shoal_coder_new(&pipeline, chunk_bytes, true, &coder, &err) != SHOAL_OK)
        exit(1);
    uint8_t *bytes = malloc(shoal_encode_bound(&pipeline, chunk_bytes) + 1);
    if (shoal_encode(coder, raw, bytes, &n, &mask, &err) != SHOAL_OK) exit(1);
    printf("%u ", (unsigned)mask);
    print_hex(bytes, n);
    shoal_coder_free(coder);
    free(bytes);
    free(raw);
}

static void answer_decode(void)
{
    shoal_pipeline pipeline = {.n = 0};
    shoal_coder *coder;
    shoal_error err;
    uint32_t mask = (uint32_t)next_number();
    size_t chunk_bytes = next_number();
    for (uint64_t n = next_number(); n > 0; n--) {
        shoal_filter *filter = &pipeline.filter[pipeline.n++];
        char *text = next_word();
        filter->id = (uint16_t)strtoul(text, &text, 10);
        while (*text != '\0' && text[1] != '\0')
            filter->values[filter->n_values++] = (uint32_t)strtoul(text + 1, &text, 10);
    }
    uint8_t *bytes, *raw = malloc(chunk_bytes + 1);
    size_t n = read_hex(next_word(), &bytes);
    if (shoal_coder_new(&pipeline, chunk_bytes, false, &coder, &err) != SHOAL_OK ||
        shoal_decode(coder, mask, bytes, n, raw, &err) != SHOAL_OK) {
        printf("error: %s\n", err.message);
    } else {
        print_hex(raw, chunk_bytes);
        shoal_coder_free(coder);
    }
    free(raw);
    free(bytes);
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t n;
    while ((n = getline(&line, &capacity, stdin)) > 0) {
        line[n - 1] = '\0';
        const char *verb = strtok(line, " ");
        if (strcmp(verb, "slice") == 0)
            answer_slice();
        else if (strcmp(verb, "format") == 0)
            answer_format();
        else if (strcmp(verb, "encode") == 0)
            answer_encode();
        else if (strcmp(verb, "decode") == 0)
            answer_decode();
        fflush(stdout);
    }
    free(line);
    return 0;
}
