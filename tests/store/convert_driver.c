/* Converts stored elements as a view says, for tests that compare with libhdf5's conversion.
   A request is: message, member ("" for none), text_bytes, elements, each behind its length (32
   bits); an answer: status and its line or what is not readable, then code, bytes and count of
   the values, rank and shape of the extra axes, and the values. */
#include "chunk/type.h"
#include "store/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNREADABLE = 1000 };

static uint32_t get_word(void)
{
    uint32_t word = 0;
    if (fread(&word, sizeof word, 1, stdin) != 1) exit(0);
    return word;
}

static char *get_bytes(uint32_t *n)
{
    *n = get_word();
    char *bytes = malloc((size_t)*n + 1);
    if (!bytes || fread(bytes, 1, *n, stdin) != *n) exit(1);
    bytes[*n] = '\0';
    return bytes;
}

static void put_word(uint32_t word)
{
    fwrite(&word, sizeof word, 1, stdout);
}

static void put_bytes(const void *bytes, size_t n)
{
    put_word((uint32_t)n);
    fwrite(bytes, 1, n, stdout);
}

static void fail(uint32_t status, const char *line)
{
    put_word(status);
    put_bytes(line, strlen(line));
}

static void convert(const shoal_view *view, const shoal_datatype *type, const char *data, size_t n)
{
    shoal_error err;
    uint64_t n_extra = 1;
    for (int k = 0; k < view->extra_rank; k++) n_extra *= view->extra_shape[k];
    size_t n_elements = n / type->n_bytes, n_bytes = n_elements * n_extra * view->type.n_bytes;
    char *out = malloc(n_bytes + 1);
    shoal_status status = SHOAL_OK;
    if (!out) exit(1);
    if (view->conversion)
        status = shoal_convert(view->conversion, data, out, n_elements, NULL, NULL, &err);
    else
        memcpy(out, data, n_bytes);
    if (status != SHOAL_OK) {
        fail((uint32_t)status, err.message);
    } else {
        if (view->swaps) shoal_swap_bytes(view->type, out, n_elements * n_extra);
        fail(0, view->conversion ? "converted" : view->swaps ? "swapped" : "as it lies");
        put_word((uint32_t)view->type.code);
        put_word(view->type.n_bytes);
        put_word((uint32_t)view->extra_rank);
        for (int k = 0; k < view->extra_rank; k++) put_word((uint32_t)view->extra_shape[k]);
        put_bytes(out, n_bytes);
    }
    free(out);
}

static void answer(const char *message, uint32_t n_message, const char *member, uint32_t text_bytes,
                   const char *data, uint32_t n)
{
    const shoal_metadata meta = {.offset_bytes = 8, .length_bytes = 8};
    shoal_datatype *type = NULL;
    shoal_view view = {.why_not = ""};
    shoal_error err;
    shoal_status status =
        shoal_datatype_parse(&meta, (const uint8_t *)message, n_message, &type, &err);
    if (status == SHOAL_OK)
        status = shoal_view_make(type, *member ? member : NULL, text_bytes, &view, &err);
    if (status != SHOAL_OK)
        fail((uint32_t)status, err.message);
    else if (!view.readable)
        fail(UNREADABLE, view.why_not);
    else
        convert(&view, type, data, n);
    fflush(stdout);
    shoal_view_clear(&view);
    shoal_datatype_free(type);
}

int main(void)
{
    for (;;) {
        uint32_t n_message, n_member, n;
        char *message = get_bytes(&n_message), *member = get_bytes(&n_member);
        uint32_t text_bytes = get_word();
        char *data = get_bytes(&n);
        answer(message, n_message, member, text_bytes, data, n);
        free(message);
        free(member);
        free(data);
    }
}
