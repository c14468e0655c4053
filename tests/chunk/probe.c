/* Answers test_against_python.py and test_filters_against_h5py.py, a request a line on standard
   input: slice RANK EXTENT... |TEXT       -> "start step count ..." dropped, or the error format
   TYPE HEXBYTES             -> the element's text encode CODEC TYPE CHUNK_BYTES HEXBYTES -> mask
   HEXBYTES recode CHUNK_BYTES N FILTER... HEXBYTES         -> mask HEXBYTES parse CODEC TYPE
   CHUNK_BYTES                    -> N FILTER..., or the error decode MASK CHUNK_BYTES N FILTER...
   HEXBYTES    -> HEXBYTES; FILTER is id:value,value,... */
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
        char digits[3] = {text[2 * k], text[2 * k + 1], '\0'};
        (*out)[k] = (uint8_t)strtoul(digits, NULL, 16);
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

static void encode_with(const shoal_pipeline *pipeline, size_t chunk_bytes)
{
    shoal_coder *coder;
    shoal_error err;
    size_t n;
    uint32_t mask;
    uint8_t *raw;
    (void)read_hex(next_word(), &raw);
    uint8_t *bytes = malloc(shoal_encode_bound(pipeline, chunk_bytes) + 1);
    if (shoal_coder_new(pipeline, chunk_bytes, true, &coder, &err) != SHOAL_OK) {
        printf("error: %s\n", err.message);
    } else if (shoal_encode(coder, raw, bytes, &n, &mask, &err) != SHOAL_OK) {
        printf("error: %s\n", err.message);
        shoal_coder_free(coder);
    } else {
        printf("%u ", (unsigned)mask);
        print_hex(bytes, n);
        shoal_coder_free(coder);
    }
    free(bytes);
    free(raw);
}

static void answer_encode(bool parses_only)
{
    shoal_pipeline pipeline;
    shoal_type type;
    shoal_error err;
    const char *codec = next_word();
    if (!shoal_type_parse(next_word(), &type)) exit(1);
    size_t chunk_bytes = next_number();
    if (shoal_pipeline_parse(codec, type, chunk_bytes, &pipeline, &err) != SHOAL_OK) {
        printf("error: %s\n", err.message);
    } else if (!parses_only) {
        encode_with(&pipeline, chunk_bytes);
    } else {
        printf("%d", pipeline.n);
        for (int k = 0; k < pipeline.n; k++) {
            shoal_parameters p = shoal_pipeline_parameters(&pipeline, k);
            printf(" %u", pipeline.filter[k].id);
            for (uint32_t i = 0; i < p.n; i++) printf("%c%u", i == 0 ? ':' : ',', p.value[i]);
        }
        printf("\n");
    }
}

static shoal_pipeline read_pipeline(void)
{
    shoal_pipeline pipeline = {.n = 0};
    for (uint64_t n = next_number(); n > 0; n--) {
        uint32_t values[SHOAL_MAX_FILTER_VALUES], n_values = 0;
        char *text = next_word();
        uint16_t id = (uint16_t)strtoul(text, &text, 10);
        while (*text != '\0' && text[1] != '\0')
            values[n_values++] = (uint32_t)strtoul(text + 1, &text, 10);
        if (shoal_pipeline_add(&pipeline, id, true, values, n_values, NULL) != SHOAL_OK) exit(1);
    }
    return pipeline;
}

static void answer_recode(void)
{
    size_t chunk_bytes = next_number();
    shoal_pipeline pipeline = read_pipeline();
    encode_with(&pipeline, chunk_bytes);
}

static void answer_decode(void)
{
    shoal_coder *coder;
    shoal_error err;
    uint32_t mask = (uint32_t)next_number();
    size_t chunk_bytes = next_number();
    shoal_pipeline pipeline = read_pipeline();
    uint8_t *bytes, *raw = malloc(chunk_bytes + 1);
    size_t n = read_hex(next_word(), &bytes);
    if (shoal_coder_new(&pipeline, chunk_bytes, false, &coder, &err) != SHOAL_OK) {
        printf("error: %s\n", err.message);
    } else {
        if (shoal_decode(coder, mask, bytes, n, raw, &err) != SHOAL_OK)
            printf("error: %s\n", err.message);
        else
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
            answer_encode(false);
        else if (strcmp(verb, "parse") == 0)
            answer_encode(true);
        else if (strcmp(verb, "recode") == 0)
            answer_recode();
        else if (strcmp(verb, "decode") == 0)
            answer_decode();
        fflush(stdout);
    }
    free(line);
    return 0;
}
