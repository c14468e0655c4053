#include "compute/apply.h"

#include "compute/kernel.h"
#include "compute/user_pack.h"

#include <string.h>

/* Without the padding. */
static size_t length_of(const char *text, size_t n)
{
    while (n > 0 && text[n - 1] == 0) n--;
    return n;
}

static bool has_rest(const char *text, size_t from, size_t n)
{
    for (size_t k = from; k < n; k++)
        if (text[k]) return true;
    return false;
}

/* As if both were padded to one length. */
static int compare(const char *a, size_t n_a, const char *b, size_t n_b)
{
    int order = memcmp(a, b, n_a < n_b ? n_a : n_b);
    if (order) return order;
    if (n_a > n_b) return has_rest(a, n_b, n_a);
    return -has_rest(b, n_a, n_b);
}

static bool holds(shoal_apply_op op, int order)
{
    switch (op) {
    case SHOAL_APPLY_EQUAL: return order == 0;
    case SHOAL_APPLY_NOT_EQUAL: return order != 0;
    case SHOAL_APPLY_LESS: return order < 0;
    case SHOAL_APPLY_LESS_EQUAL: return order <= 0;
    case SHOAL_APPLY_GREATER: return order > 0;
    default: return order >= 0;
    }
}

static void run_compare(const shoal_apply *s, size_t n, const void *const *in, uint8_t *out)
{
    const char *a = in[0], *b = s->literal ? s->literal : in[1];
    size_t n_b = s->literal ? s->n_literal : s->n_bytes[1], step = s->literal ? 0 : n_b;
    for (size_t i = 0; i < n; i++)
        out[i] = holds(s->op, compare(a + i * s->n_bytes[0], s->n_bytes[0], b + i * step, n_b));
}

static void run_search(const shoal_apply *s, size_t n, const char *a, uint8_t *out)
{
    for (size_t i = 0; i < n; i++, a += s->n_bytes[0]) {
        size_t length = length_of(a, s->n_bytes[0]), m = s->n_literal;
        if (m > length)
            out[i] = false;
        else if (s->op == SHOAL_APPLY_CONTAINS)
            out[i] = memmem(a, length, s->literal, m) != NULL;
        else
            out[i] = memcmp(s->op == SHOAL_APPLY_STARTS ? a : a + length - m, s->literal, m) == 0;
    }
}

static void run_length(const shoal_apply *s, size_t n, const char *a, uint8_t *out)
{
    for (size_t i = 0; i < n; i++, a += s->n_bytes[0]) {
        int64_t points = 0;
        size_t length = length_of(a, s->n_bytes[0]);
        for (size_t k = 0; k < length; k++) points += ((unsigned char)a[k] & 0xc0u) != 0x80u;
        memcpy(out + i * sizeof points, &points, sizeof points);
    }
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

static void run_change(const shoal_apply *s, size_t n, const char *a, char *out)
{
    for (size_t i = 0; i < n; i++, a += s->n_bytes[0], out += s->out_bytes) {
        size_t from = 0, to = length_of(a, s->n_bytes[0]);
        if (s->op == SHOAL_APPLY_STRIP) {
            while (from < to && is_space(a[from])) from++;
            while (to > from && is_space(a[to - 1])) to--;
        }
        size_t m = to - from < s->out_bytes ? to - from : s->out_bytes;
        memcpy(out, a + from, m);
        memset(out + m, 0, s->out_bytes - m);
        if (s->op != SHOAL_APPLY_STRIP) shoal_text_case(out, m, s->op == SHOAL_APPLY_UPPER);
    }
}

static void run_lookup(const shoal_apply *s, size_t n, const void *codes, uint8_t *out)
{
    for (size_t i = 0; i < n; i++) {
        int64_t code;
        memcpy(&code, (const uint8_t *)codes + i * sizeof code, sizeof code);
        uint64_t at = code >= 0 && (uint64_t)code < s->n_table ? (uint64_t)code : s->n_table;
        memcpy(out + i * s->out_bytes, s->table + at * s->out_bytes, s->out_bytes);
    }
}

void shoal_apply_run(const shoal_apply *step, size_t n, const void *const *in, void *out)
{
    switch (step->op) {
    case SHOAL_APPLY_EQUAL:
        if (step->literal && step->n_literal == step->n_bytes[0]) {
            shoal_kernel_text_equal(n, in[0], step->n_bytes[0], step->literal, out);
            break;
        }
        run_compare(step, n, in, out);
        break;
    case SHOAL_APPLY_NOT_EQUAL:
    case SHOAL_APPLY_LESS:
    case SHOAL_APPLY_LESS_EQUAL:
    case SHOAL_APPLY_GREATER:
    case SHOAL_APPLY_GREATER_EQUAL: run_compare(step, n, in, out); break;
    case SHOAL_APPLY_STARTS:
    case SHOAL_APPLY_ENDS:
    case SHOAL_APPLY_CONTAINS: run_search(step, n, in[0], out); break;
    case SHOAL_APPLY_AMONG: shoal_apply_among(step, n, in[0], out); break;
    case SHOAL_APPLY_SEARCH:
    case SHOAL_APPLY_MEMBER: shoal_apply_search(step, n, in[0], out); break;
    case SHOAL_APPLY_INTERPOLATE: shoal_apply_interpolate(step, n, in[0], out); break;
    case SHOAL_APPLY_BESSEL: shoal_apply_bessel(n, in[0], out); break;
    case SHOAL_APPLY_LENGTH: run_length(step, n, in[0], out); break;
    case SHOAL_APPLY_UPPER:
    case SHOAL_APPLY_LOWER:
    case SHOAL_APPLY_STRIP: run_change(step, n, in[0], out); break;
    case SHOAL_APPLY_LOOKUP: run_lookup(step, n, in[0], out); break;
    case SHOAL_APPLY_PACK: shoal_user_pack(step->kernel, n, in, out); break;
    default: shoal_apply_time(step, n, in[0], out);
    }
}

static size_t table_bytes(const shoal_apply *s)
{
    switch (s->op) {
    case SHOAL_APPLY_LOOKUP: return (size_t)(s->n_table + 1) * s->out_bytes;
    case SHOAL_APPLY_AMONG: return (size_t)s->n_table * s->n_literal;
    case SHOAL_APPLY_SEARCH:
    case SHOAL_APPLY_MEMBER: return (size_t)s->n_table * sizeof(uint64_t);
    case SHOAL_APPLY_INTERPOLATE: return (size_t)(s->n_table + 1) * 2 * sizeof(double);
    default: return 0;
    }
}

bool shoal_apply_same(const shoal_apply *a, const shoal_apply *b)
{
    if (a->op != b->op || a->n_bytes[0] != b->n_bytes[0] || a->n_bytes[1] != b->n_bytes[1] ||
        a->out_bytes != b->out_bytes || a->n_literal != b->n_literal || a->n_table != b->n_table ||
        !a->literal != !b->literal || a->calendar != b->calendar || a->use != b->use ||
        a->result != b->result || a->kernel != b->kernel || a->code != b->code ||
        a->right != b->right)
        return false;
    if (a->literal && memcmp(a->literal, b->literal, a->n_literal) != 0) return false;
    return a->table == b->table || memcmp(a->table, b->table, table_bytes(a)) == 0;
}
