/* Scans. A line is taken in blocks of SHOAL_LINE_BLOCK: each is summed from nothing, and what was
   before it is put in front; so parts of a line have the same bits as the whole, whether they go on
   from each other's state or begin at a block of which the carry is known. */
#include "compute/lines.h"

#include "chunk/type.h"
#include "compute/kernel.h"

#include <math.h>
#include <string.h>

#define HALF_AT_ONCE ((uint64_t)1024)

/* What a stretch of elements comes to; which member, the operation and the type say. */
typedef union carry {
    uint64_t whole;
    struct {
        double sum[2], rest[2]; /* rest: what rounding left out of sum; [1]: imaginary */
    } f;
    struct {
        double v[2];
        int64_t exponent; /* v times 2 to this, so that blocks do not overflow on the way */
    } product;
    uint8_t element[8];
} carry;

_Static_assert(sizeof(carry) <= SHOAL_LINE_CARRY, "SHOAL_LINE_CARRY is too small");

/* sum + rest += x, exactly but for the rounding of rest. */
static inline void add(double *sum, double *rest, double x)
{
    double s = *sum + x, b = s - *sum;
    *rest += (*sum - (s - b)) + (x - b);
    *sum = s;
}

/* (sum + rest) + (s + r), rounded. Rests are NaN where a sum is not finite, and then ignored. */
static inline double total(double sum, double rest, double s, double r)
{
    rest += r;
    add(&sum, &rest, s);
    return isfinite(sum) ? sum + rest : sum;
}

/* Elements x[0, n) after `block`, which is what its elements so far come to; before it, `before`.
   out may be NULL. */
typedef void (*scan_step)(const void *x, uint64_t n, void *out, const carry *before, carry *block);

#define STEP(name, T, DECLARE, ADVANCE, VALUE, KEEP)                                            \
    static void name(const void *from, uint64_t n, void *to, const carry *before, carry *block) \
    {                                                                                           \
        const T *x = from;                                                                      \
        T *out = to;                                                                            \
        DECLARE;                                                                                \
        if (out)                                                                                \
            for (uint64_t i = 0; i < n; i++) {                                                  \
                ADVANCE;                                                                        \
                out[i] = (T)(VALUE);                                                            \
            }                                                                                   \
        else                                                                                    \
            for (uint64_t i = 0; i < n; i++) {                                                  \
                ADVANCE;                                                                        \
            }                                                                                   \
        KEEP;                                                                                   \
    }

STEP(sum_whole, uint64_t, uint64_t a = block->whole;
     const uint64_t p = before->whole, a += x[i], p + a, block->whole = a)
STEP(prod_whole, uint64_t, uint64_t a = block->whole;
     const uint64_t p = before->whole, a *= x[i], p *a, block->whole = a)
STEP(sum_float, float, double a = block->f.sum[0];
     const double p = total(before->f.sum[0], before->f.rest[0], 0, 0), a += x[i], p + a,
     block->f.sum[0] = a)
STEP(sum_double, double, double a = block->f.sum[0]; double r = block->f.rest[0];
     const double p = before->f.sum[0];
     const double q = before->f.rest[0], add(&a, &r, x[i]), total(p, q, a, r), block->f.sum[0] = a;
     block->f.rest[0] = r)

/* Complex elements are pairs. */
#define SUM_COMPLEX(name, T)                                                                    \
    static void name(const void *from, uint64_t n, void *to, const carry *before, carry *block) \
    {                                                                                           \
        const T *x = from;                                                                      \
        T *out = to;                                                                            \
        carry b = *block;                                                                       \
        const carry p = *before;                                                                \
        for (uint64_t i = 0; i < 2 * n; i++) {                                                  \
            uint64_t k = i & 1;                                                                 \
            add(&b.f.sum[k], &b.f.rest[k], x[i]);                                               \
            if (out) out[i] = (T)total(p.f.sum[k], p.f.rest[k], b.f.sum[k], b.f.rest[k]);       \
        }                                                                                       \
        *block = b;                                                                             \
    }

SUM_COMPLEX(sum_complex64, float)
SUM_COMPLEX(sum_complex128, double)

#define LARGE 0x1p+400
#define SMALL 0x1p-400

/* Brings a factor to a size that can be multiplied by another; 0, infinities and NaN stay. */
static inline void scale(double v[2], int64_t *exponent)
{
    double a = fabs(v[0]), b = fabs(v[1]), size = a > b ? a : b;
    if ((size <= LARGE && size >= SMALL) || size == 0 || !isfinite(size)) return;
    int e;
    frexp(size, &e);
    v[0] = ldexp(v[0], -e);
    v[1] = ldexp(v[1], -e);
    *exponent += e;
}

/* into *= by; what is 1 so far becomes the other as it is, as infinity times 0 would be NaN. */
static inline void multiply(carry *into, const carry *by, bool is_complex)
{
    double re = into->product.v[0], im = into->product.v[1];
    double a = by->product.v[0], b = by->product.v[1];
    bool one = re == 1 && im == 0;
    into->product.v[0] = one ? a : is_complex ? re * a - im * b : re * a;
    into->product.v[1] = one ? b : is_complex ? re * b + im * a : 0;
    into->product.exponent += by->product.exponent;
    scale(into->product.v, &into->product.exponent);
}

static inline double shifted(double v, int64_t exponent)
{
    if (exponent == 0) return v;
    return ldexp(v, exponent < -4000 ? -4000 : exponent > 4000 ? 4000 : (int)exponent);
}

#define PROD(name, T, is_complex)                                                               \
    static void name(const void *from, uint64_t n, void *to, const carry *before, carry *block) \
    {                                                                                           \
        const T *x = from;                                                                      \
        T *out = to;                                                                            \
        for (uint64_t i = 0; i < n; i++) {                                                      \
            carry f = {.product = {{0}}};                                                       \
            f.product.v[0] = x[is_complex ? 2 * i : i];                                         \
            if (is_complex) f.product.v[1] = x[2 * i + 1];                                      \
            scale(f.product.v, &f.product.exponent);                                            \
            multiply(block, &f, is_complex);                                                    \
            if (!out) continue;                                                                 \
            f = *before;                                                                        \
            multiply(&f, block, is_complex);                                                    \
            out[is_complex ? 2 * i : i] = (T)shifted(f.product.v[0], f.product.exponent);       \
            if (is_complex) out[2 * i + 1] = (T)shifted(f.product.v[1], f.product.exponent);    \
        }                                                                                       \
    }

PROD(prod_float, float, false)
PROD(prod_double, double, false)
PROD(prod_complex64, float, true)
PROD(prod_complex128, double, true)

/* The first NaN stays; integers have none. */
#define EXTREME(name, T, OP)                                                          \
    STEP(name, T, T a; T p; memcpy(&a, block->element, sizeof a);                     \
         memcpy(&p, before->element, sizeof p), a = (x[i] OP a || a != a) ? a : x[i], \
         (a OP p || p != p) ? p : a, memcpy(block->element, &a, sizeof a))
#define FILL(name, T)                                                                        \
    STEP(name, T, T a; T p; memcpy(&a, block->element, sizeof a);                            \
         memcpy(&p, before->element, sizeof p), a = x[i] == x[i] ? x[i] : a, a == a ? a : p, \
         memcpy(block->element, &a, sizeof a))

#define EXTREMES(T, t)      \
    EXTREME(max_##t, T, <=) \
    EXTREME(min_##t, T, >=)

EXTREMES(uint8_t, uint8)
EXTREMES(int8_t, int8)
EXTREMES(uint16_t, uint16)
EXTREMES(int16_t, int16)
EXTREMES(uint32_t, uint32)
EXTREMES(int32_t, int32)
EXTREMES(uint64_t, uint64)
EXTREMES(int64_t, int64)
EXTREMES(float, float)
EXTREMES(double, double)
FILL(fill_float, float)
FILL(fill_double, double)

static scan_step step_of(shoal_scan_op op, shoal_type_code type)
{
    bool sums = op == SHOAL_SCAN_SUM, max = op == SHOAL_SCAN_MAX;
    if (op == SHOAL_SCAN_FILL) return type == SHOAL_FLOAT64 ? fill_double : fill_float;
    if (op <= SHOAL_SCAN_PROD) switch (type) {
        case SHOAL_INT64:
        case SHOAL_UINT64: return sums ? sum_whole : prod_whole;
        case SHOAL_FLOAT64: return sums ? sum_double : prod_double;
        case SHOAL_COMPLEX64: return sums ? sum_complex64 : prod_complex64;
        case SHOAL_COMPLEX128: return sums ? sum_complex128 : prod_complex128;
        default: return sums ? sum_float : prod_float;
        }
    switch (type) {
    case SHOAL_BOOL:
    case SHOAL_UINT8: return max ? max_uint8 : min_uint8;
    case SHOAL_INT8: return max ? max_int8 : min_int8;
    case SHOAL_UINT16: return max ? max_uint16 : min_uint16;
    case SHOAL_INT16: return max ? max_int16 : min_int16;
    case SHOAL_UINT32: return max ? max_uint32 : min_uint32;
    case SHOAL_INT32: return max ? max_int32 : min_int32;
    case SHOAL_UINT64: return max ? max_uint64 : min_uint64;
    case SHOAL_INT64: return max ? max_int64 : min_int64;
    case SHOAL_FLOAT64: return max ? max_double : min_double;
    default: return max ? max_float : min_float;
    }
}

/* The type that is computed in: half floats are float32. */
static shoal_type_code loop_of(const shoal_scan *p)
{
    return p->type == SHOAL_FLOAT16 ? SHOAL_FLOAT32 : p->type;
}

/* The element that any other one replaces. */
static void least_element(const shoal_scan *p, carry *c)
{
    bool max = p->op == SHOAL_SCAN_MAX;
    shoal_type_code type = loop_of(p);
    shoal_kind kind = shoal_code_kind(type);
    size_t size = shoal_code_size(type);
    double v = p->op == SHOAL_SCAN_FILL ? (double)NAN : max ? -(double)INFINITY : (double)INFINITY;
    float f = (float)v;
    if (kind == SHOAL_KIND_FLOAT) {
        memcpy(c->element, size == 8 ? (const void *)&v : (const void *)&f, size);
    } else if (kind == SHOAL_KIND_INT) {
        memset(c->element, max ? 0 : 0xff, size);
        c->element[size - 1] = max ? 0x80 : 0x7f;
    } else {
        memset(c->element, max ? 0 : 0xff, size);
    }
}

static void carry_start(const void *params, void *to)
{
    const shoal_scan *p = params;
    carry c;
    memset(&c, 0, sizeof c);
    if (p->op > SHOAL_SCAN_PROD)
        least_element(p, &c);
    else if (p->op == SHOAL_SCAN_PROD && shoal_code_kind(p->type) >= SHOAL_KIND_FLOAT)
        c.product.v[0] = 1;
    else if (p->op == SHOAL_SCAN_PROD)
        c.whole = 1;
    memcpy(to, &c, sizeof c);
}

/* A step of half floats, through float32. */
static void step(const shoal_scan *p, const void *x, uint64_t n, void *out, const carry *before,
                 carry *block)
{
    scan_step run = step_of(p->op, p->type);
    if (p->type != SHOAL_FLOAT16) {
        run(x, n, out, before, block);
        return;
    }
    float in[HALF_AT_ONCE], result[HALF_AT_ONCE];
    for (uint64_t i = 0; i < n; i += HALF_AT_ONCE) {
        uint64_t m = n - i < HALF_AT_ONCE ? n - i : HALF_AT_ONCE;
        const void *from[1] = {(const uint16_t *)x + i};
        shoal_kernel_cast(SHOAL_FLOAT16, SHOAL_FLOAT32)((size_t)m, from, in);
        run(in, m, out ? result : NULL, before, block);
        from[0] = result;
        if (out)
            shoal_kernel_cast(SHOAL_FLOAT32, SHOAL_FLOAT16)((size_t)m, from, (uint16_t *)out + i);
    }
}

static void carry_of(const void *params, const void *x, uint64_t n, void *to)
{
    carry none, block;
    carry_start(params, &none);
    carry_start(params, &block);
    step(params, x, n, NULL, &none, &block);
    memcpy(to, &block, sizeof block);
}

static void carry_join(const void *params, void *into, const void *next)
{
    const shoal_scan *p = params;
    carry a, b;
    memcpy(&a, into, sizeof a);
    memcpy(&b, next, sizeof b);
    bool whole = shoal_code_kind(p->type) < SHOAL_KIND_FLOAT;
    if (p->op > SHOAL_SCAN_PROD) {
        carry before = a;
        step_of(p->op, loop_of(p))(b.element, 1, a.element, &before, &b);
    } else if (whole) {
        a.whole = p->op == SHOAL_SCAN_SUM ? a.whole + b.whole : a.whole * b.whole;
    } else if (p->op == SHOAL_SCAN_PROD) {
        multiply(&a, &b, shoal_code_kind(p->type) == SHOAL_KIND_COMPLEX);
    } else {
        for (int k = 0; k < 2; k++) {
            a.f.rest[k] += b.f.rest[k];
            add(&a.f.sum[k], &a.f.rest[k], b.f.sum[k]);
        }
    }
    memcpy(into, &a, sizeof a);
}

static void initial_element(const shoal_scan *p, void *out)
{
    double v[2] = {p->op == SHOAL_SCAN_PROD, 0};
    const void *from[1] = {v};
    shoal_kernel_cast(SHOAL_FLOAT64, p->type == SHOAL_FLOAT64 ? SHOAL_FLOAT32 : p->type)(1, from,
                                                                                         out);
    if (p->type == SHOAL_FLOAT64) memcpy(out, v, sizeof *v);
}

static size_t scratch_bytes(const void *params, uint64_t n)
{
    const shoal_scan *p = params;
    return (size_t)(n < SHOAL_LINE_BLOCK ? n : SHOAL_LINE_BLOCK) * shoal_code_size(p->type);
}

static void run_part(const void *params, void *scratch, const shoal_line_part *part)
{
    const shoal_scan *p = params;
    size_t size = shoal_code_size(p->type);
    uint64_t later = p->initial ? 1 : 0; /* result i is of the elements before i + 1 - later */
    uint8_t *out = part->out;
    uint64_t first = part->start, end = part->start + part->count;
    carry before, block;
    uint8_t *state = part->state;
    memcpy(&before, state, sizeof before);
    memcpy(&block, state + SHOAL_LINE_CARRY, sizeof block);
    if (later && first == 0 && part->count) initial_element(p, out);
    for (uint64_t at = 0, n; at < part->n_in; at += n) {
        uint64_t left = SHOAL_LINE_BLOCK - (part->from + at) % SHOAL_LINE_BLOCK;
        n = part->n_in - at < left ? part->n_in - at : left;
        const uint8_t *x = (const uint8_t *)part->x + at * size;
        uint64_t low = part->from + at + later, high = low + n; /* the results of these */
        if (low >= first && high <= end) {
            step(p, x, n, out + (low - first) * size, &before, &block);
        } else {
            step(p, x, n, scratch, &before, &block);
            uint64_t a = low > first ? low : first, b = high < end ? high : end;
            if (a < b)
                memcpy(out + (a - first) * size, (uint8_t *)scratch + (a - low) * size,
                       (size_t)(b - a) * size);
        }
        if (n < left) break;
        carry_join(p, &before, &block);
        carry_start(p, &block);
    }
    memcpy(state, &before, sizeof before);
    memcpy(state + SHOAL_LINE_CARRY, &block, sizeof block);
}

static bool reach(const void *params, uint64_t n, uint64_t start, uint64_t count, uint64_t *from,
                  uint64_t *to)
{
    const shoal_scan *p = params;
    uint64_t later = p->initial ? 1 : 0;
    (void)n;
    *from = start > later ? start - later : 0;
    *to = start + count > later ? start + count - later : 0;
    return true;
}

const shoal_line_kind shoal_lines_scan = {.scratch_bytes = scratch_bytes,
                                          .keeps_index = true,
                                          .run_part = run_part,
                                          .reach = reach,
                                          .carry_bytes = sizeof(carry),
                                          .carry_start = carry_start,
                                          .carry_of = carry_of,
                                          .carry_join = carry_join};

static void run_back(const void *params, void *scratch, const void *x, uint64_t n, void *out)
{
    const shoal_scan *p = params;
    (void)scratch;
    memcpy(out, x, (size_t)n * shoal_code_size(p->type));
    if (p->type == SHOAL_FLOAT64) {
        double *v = out;
        for (uint64_t i = n; i-- > 1;)
            if (v[i - 1] != v[i - 1]) v[i - 1] = v[i];
    } else if (p->type == SHOAL_FLOAT32) {
        float *v = out;
        for (uint64_t i = n; i-- > 1;)
            if (v[i - 1] != v[i - 1]) v[i - 1] = v[i];
    } else {
        uint16_t *v = out;
        for (uint64_t i = n; i-- > 1;)
            if ((v[i - 1] & 0x7fff) > 0x7c00) v[i - 1] = v[i];
    }
}

static size_t no_scratch(const void *params, uint64_t n)
{
    (void)params;
    (void)n;
    return 0;
}

const shoal_line_kind shoal_lines_fill_back = {
    .scratch_bytes = no_scratch, .run = run_back, .keeps_index = true};
