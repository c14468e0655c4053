/* Runs single kernels for test_kernels.py: a line of words, then the arguments' bytes, on standard
   input; "ok BYTES" and the result's bytes, or another word, on standard output. Buffers have
   exactly the size that a kernel may touch, so that a sanitizer sees whatever goes beyond. */
#include "compute/kernel.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A buffer whose first byte is `offset` bytes after an aligned one. */
typedef struct buffer {
    char *whole, *data;
} buffer;

static buffer make(size_t n_bytes, size_t offset)
{
    buffer b;
    b.whole = malloc(n_bytes + offset + (n_bytes + offset == 0));
    if (!b.whole) exit(3);
    b.data = b.whole + offset;
    return b;
}

static buffer receive(size_t n_bytes, size_t offset)
{
    buffer b = make(n_bytes, offset);
    if (n_bytes && fread(b.data, 1, n_bytes, stdin) != n_bytes) exit(3);
    return b;
}

static void answer(const void *data, size_t n_bytes)
{
    printf("ok %zu\n", n_bytes);
    if (n_bytes) fwrite(data, 1, n_bytes, stdout);
}

static void resolve(const char *line)
{
    char name[64], type[3][8], real[3][64], whole[3][64];
    int weak[3], n = 0;
    sscanf(line, "%*s %63s %d %7s %d %63s %63s %7s %d %63s %63s %7s %d %63s %63s", name, &n,
           type[0], &weak[0], real[0], whole[0], type[1], &weak[1], real[1], whole[1], type[2],
           &weak[2], real[2], whole[2]);
    shoal_argument arguments[3] = {0};
    for (int k = 0; k < n; k++) {
        arguments[k].type = (shoal_type_code)atoi(type[k]);
        arguments[k].weak = weak[k] != 0;
        arguments[k].literal = strtod(real[k], NULL);
        arguments[k].literal_int = strtoll(whole[k], NULL, 10);
    }
    shoal_signature s = {0};
    shoal_error err = {0};
    int op = shoal_operation_find(name);
    if (op < 0) {
        printf("unknown\n");
    } else if (shoal_operation_resolve((shoal_op)op, arguments, &s, &err)) {
        printf("refused %d %s\n", err.status, err.message);
    } else {
        printf("ok %d %d %d %d %d %d %d\n", s.cast[0], s.cast[1], s.cast[2], s.literal, s.loop,
               s.kernel_result, s.result);
    }
}

static void promote(const char *line)
{
    int a, b;
    sscanf(line, "%*s %d %d", &a, &b);
    shoal_argument x = {(shoal_type_code)a, false, 0, 0}, y = {(shoal_type_code)b, false, 0, 0};
    shoal_type_code t;
    if (shoal_promote(x, y, &t, NULL))
        printf("refused\n");
    else
        printf("ok %d\n", t);
}

static void run_kernel(shoal_kernel kernel, size_t n, int n_in, const size_t *sizes,
                       size_t out_size, size_t offset, bool in_place)
{
    buffer in[3] = {{NULL, NULL}, {NULL, NULL}, {NULL, NULL}};
    const void *data[3] = {NULL, NULL, NULL};
    for (int k = 0; k < n_in; k++) {
        in[k] = receive(n * sizes[k], offset + (size_t)k * (offset != 0));
        data[k] = in[k].data;
    }
    buffer out = make(n * out_size, offset);
    char *to = out.data;
    for (int k = 0; in_place && k < n_in; k++) {
        if (sizes[k] == out_size) to = in[k].data;
    }
    if (kernel) {
        kernel(n, data, to);
        answer(to, n * out_size);
    } else {
        printf("none\n");
    }
    for (int k = 0; k < n_in; k++) free(in[k].whole);
    free(out.whole);
}

static void element(const char *line)
{
    char name[64];
    int loop, n_in, in_place;
    size_t n, sizes[3], out_size, offset;
    sscanf(line, "%*s %63s %d %zu %d %zu %zu %zu %zu %zu %d", name, &loop, &n, &n_in, &sizes[0],
           &sizes[1], &sizes[2], &out_size, &offset, &in_place);
    int op = shoal_operation_find(name);
    shoal_kernel kernel = op < 0 ? NULL : shoal_kernel_element((shoal_op)op, (shoal_type_code)loop);
    run_kernel(kernel, n, n_in, sizes, out_size, offset, in_place);
}

static void cast(const char *line)
{
    int from, to;
    size_t n, size, out_size, offset;
    sscanf(line, "%*s %d %d %zu %zu %zu %zu", &from, &to, &n, &size, &out_size, &offset);
    shoal_kernel kernel = shoal_kernel_cast((shoal_type_code)from, (shoal_type_code)to);
    run_kernel(kernel, n, 1, &size, out_size, offset, size == out_size && offset % 2);
}

#define MOST_FIELDS 160

typedef struct state {
    void *fields[MOST_FIELDS];
} state;

static state make_state(const shoal_reduction *r, size_t n_cells)
{
    state s = {{NULL}};
    char *whole = make(n_cells * (size_t)r->n_fields * 8, 0).whole;
    if (r->n_fields > MOST_FIELDS) exit(3);
    for (int f = 0; f < r->n_fields; f++) s.fields[f] = whole + (size_t)f * n_cells * 8;
    r->init(s.fields, n_cells);
    return s;
}

static void free_state(state *s)
{
    free(s->fields[0]);
}

typedef struct reduce_case {
    int by_columns, merge;
    size_t n_rows, n, piece, size;
    uint64_t index;
} reduce_case;

/* Rows are cells: each is run in pieces, in place or merged from states of their own. */
static void reduce_runs(const shoal_reduction *r, const reduce_case *c, const char *x, state *s)
{
    for (size_t row = 0; row < c->n_rows; row++) {
        for (size_t i = 0; i < c->n; i += c->piece) {
            size_t m = c->n - i < c->piece ? c->n - i : c->piece;
            const char *from = x + (row * c->n + i) * c->size;
            if (!c->merge) {
                r->run(s->fields, row, from, m, c->index + i);
                continue;
            }
            state part = make_state(r, 3);
            r->run(part.fields, 1, from, m, c->index + i);
            r->merge(s->fields, row, part.fields, 1, 1);
            free_state(&part);
        }
    }
}

/* Columns are cells: rows come in pieces. */
static void reduce_columns(const shoal_reduction *r, const reduce_case *c, const char *x, state *s)
{
    size_t row_bytes = c->n * c->size;
    for (size_t row = 0; row < c->n_rows; row += c->piece) {
        size_t m = c->n_rows - row < c->piece ? c->n_rows - row : c->piece;
        const char *from = x + row * row_bytes;
        if (!c->merge) {
            r->columns(s->fields, 0, from, c->n, m, row_bytes, c->index + row);
            continue;
        }
        state part = make_state(r, c->n + 2);
        r->columns(part.fields, 1, from, c->n, m, row_bytes, c->index + row);
        r->merge(s->fields, 0, part.fields, 1, c->n);
        free_state(&part);
    }
}

static void reduce(const char *line)
{
    char name[64], ddof[32];
    int loop;
    size_t out_size, offset;
    reduce_case c;
    sscanf(line, "%*s %63s %d %d %zu %zu %zu %d %31s %" SCNu64 " %zu %zu %zu", name, &loop,
           &c.by_columns, &c.n_rows, &c.n, &c.piece, &c.merge, ddof, &c.index, &c.size, &out_size,
           &offset);
    buffer x = receive(c.n_rows * c.n * c.size, offset);
    bool exact = strncmp(name, "exact:", 6) == 0;
    int op = shoal_operation_find(name + (exact ? 6 : 0));
    const shoal_reduction *r = NULL;
    if (op >= 0 && !exact) r = shoal_kernel_reduction((shoal_op)op, (shoal_type_code)loop);
    if (op >= 0 && exact) {
        shoal_exact_kind kind = shoal_kernel_exact_kind((shoal_op)op);
        r = shoal_kernel_exact_reduction((shoal_op)op, (shoal_type_code)loop, kind);
    }
    if (r) {
        size_t n_cells = c.by_columns ? c.n : c.n_rows;
        state s = make_state(r, n_cells);
        (c.by_columns ? reduce_columns : reduce_runs)(r, &c, x.data, &s);
        shoal_finish finish = {.n_reduced = c.by_columns ? c.n_rows : c.n,
                               .ddof = strtod(ddof, NULL)};
        buffer out = make(n_cells * out_size, 0);
        if (r->finish(s.fields, 0, n_cells, &finish, out.data))
            answer(out.data, n_cells * out_size);
        else
            printf("empty\n");
        free(out.whole);
        free_state(&s);
    } else {
        printf("none\n");
    }
    free(x.whole);
}

int main(void)
{
    char line[512];
    printf("%s\n", shoal_kernel_cpu());
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        if (strncmp(line, "resolve ", 8) == 0)
            resolve(line);
        else if (strncmp(line, "promote ", 8) == 0)
            promote(line);
        else if (strncmp(line, "element ", 8) == 0)
            element(line);
        else if (strncmp(line, "cast ", 5) == 0)
            cast(line);
        else if (strncmp(line, "reduce ", 7) == 0)
            reduce(line);
        else
            return 2;
        fflush(stdout);
    }
    return 0;
}
