/* Conversions against bit-by-bit loops, and texts from a heap of the test's own. */
#include "chunk/conversion.h"
#include "cmocka_all.h"
#include "random.h"

#include <stdlib.h>
#include <string.h>

static shoal_conversion *made(size_t stored_bytes, size_t memory_bytes, const shoal_step *step,
                              size_t n)
{
    shoal_conversion *conversion = NULL;
    assert_int_equal(shoal_conversion_new(stored_bytes, memory_bytes, &conversion, NULL), SHOAL_OK);
    for (size_t k = 0; k < n; k++)
        assert_int_equal(shoal_conversion_add(conversion, &step[k], NULL), SHOAL_OK);
    assert_int_equal(shoal_conversion_stored_bytes(conversion), stored_bytes);
    assert_int_equal(shoal_conversion_memory_bytes(conversion), memory_bytes);
    return conversion;
}

static bool bit_of(const uint8_t *from, const shoal_step *step, uint32_t bit)
{
    uint32_t at = bit / 8;
    if (step->order == SHOAL_ORDER_BIG) at = step->from_bytes - 1 - at;
    return from[at] >> (bit % 8) & 1;
}

/* The integer, one bit after the other. */
static void naive_integer(const shoal_step *step, const uint8_t *from, uint8_t *to)
{
    memset(to, 0, step->to_bytes);
    for (uint32_t k = 0; k < 8 * step->to_bytes; k++) {
        bool bit = false;
        if (k < step->precision)
            bit = bit_of(from, step, step->bit_offset + k);
        else if (step->is_signed)
            bit = bit_of(from, step, step->bit_offset + step->precision - 1);
        if (bit) to[k / 8] |= (uint8_t)(1 << (k % 8));
    }
}

static shoal_step random_step(void)
{
    shoal_step step = {.kind = (shoal_step_kind)random_below(3)};
    step.from_bytes = (uint32_t)random_between(1, 8);
    if (step.kind == SHOAL_STEP_SWAP) step.from_bytes = 2u << random_below(3);
    if (step.kind == SHOAL_STEP_COPY) step.from_bytes = (uint32_t)random_between(1, 20);
    step.to_bytes = step.from_bytes;
    if (step.kind == SHOAL_STEP_INTEGER) {
        step.to_bytes = shoal_integer_bytes(step.from_bytes);
        step.order = random_below(2) ? SHOAL_ORDER_BIG : SHOAL_ORDER_LITTLE;
        step.precision = (uint32_t)random_between(1, 8 * step.from_bytes);
        step.bit_offset = (uint32_t)random_below(8 * step.from_bytes - step.precision + 1);
        step.is_signed = random_below(2);
    }
    return step;
}

static void naive_item(const shoal_step *step, const uint8_t *from, uint8_t *to)
{
    if (step->kind == SHOAL_STEP_INTEGER) {
        naive_integer(step, from, to);
        return;
    }
    for (uint32_t k = 0; k < step->from_bytes; k++)
        to[k] = from[step->kind == SHOAL_STEP_SWAP ? step->from_bytes - 1 - k : k];
}

static void naive_loops(const shoal_step *step, int loop, const uint8_t *from, uint8_t *to)
{
    if (loop >= step->n_loops || loop >= SHOAL_STEP_LOOPS) {
        naive_item(step, from, to);
        return;
    }
    for (size_t k = 0; k < step->loop[loop].count; k++)
        naive_loops(step, loop + 1, from + k * step->loop[loop].from_stride,
                    to + k * step->loop[loop].to_stride);
}

/* Loops around the step from the innermost on; now and then with gaps. */
static void add_loops(shoal_step *step, size_t *from_bytes, size_t *to_bytes)
{
    *from_bytes = step->from_bytes;
    *to_bytes = step->to_bytes;
    step->n_loops = (int)random_below(4);
    for (int k = step->n_loops - 1; k >= 0; k--) {
        step->loop[k].count = 1 + random_below(4);
        step->loop[k].from_stride = *from_bytes + (random_below(2) ? random_below(3) : 0);
        step->loop[k].to_stride = *to_bytes + (random_below(3) ? 0 : random_below(3));
        *from_bytes = step->loop[k].count * step->loop[k].from_stride;
        *to_bytes = step->loop[k].count * step->loop[k].to_stride;
    }
}

static void check_random(void)
{
    shoal_step step[4];
    size_t n_steps = 1 + random_below(4), stored = 0, memory = 0, n = random_below(50);
    for (size_t k = 0; k < n_steps; k++) {
        size_t from_bytes, to_bytes;
        step[k] = random_step();
        add_loops(&step[k], &from_bytes, &to_bytes);
        step[k].from = stored + (random_below(2) ? random_below(9) : 0);
        step[k].to = memory;
        stored = step[k].from + from_bytes;
        memory += to_bytes;
    }
    shoal_conversion *conversion = made(stored, memory, step, n_steps);
    uint8_t *src = malloc(n * stored + 1), *got = calloc(n + 1, memory),
            *want = calloc(n + 1, memory);
    for (size_t k = 0; k < n * stored; k++) src[k] = (uint8_t)random_bits();
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n_steps; k++)
            naive_loops(&step[k], 0, src + i * stored + step[k].from,
                        want + i * memory + step[k].to);
    assert_int_equal(shoal_convert(conversion, src, got, n, NULL, NULL, NULL), SHOAL_OK);
    assert_memory_equal(got, want, (n + 1) * memory);
    if (shoal_conversion_is_copy(conversion)) {
        assert_int_equal(stored, memory);
        assert_memory_equal(got, src, n * stored);
    }
    shoal_conversion_free(conversion);
    free(src);
    free(got);
    free(want);
}

static void test_random(void **state)
{
    (void)state;
    for (int k = 0; k < 5000; k++) check_random();
}

/* Members that lie as in memory are no conversion at all, arrays among them. */
static void test_copies_join(void **state)
{
    (void)state;
    shoal_step step[3] = {
        {.kind = SHOAL_STEP_COPY, .from_bytes = 4, .to_bytes = 4},
        {.kind = SHOAL_STEP_COPY, .from = 4, .to = 4, .from_bytes = 2, .to_bytes = 2, .n_loops = 1},
        {.kind = SHOAL_STEP_COPY, .from = 10, .to = 10, .from_bytes = 1, .to_bytes = 1}};
    step[1].loop[0].count = 3;
    step[1].loop[0].from_stride = step[1].loop[0].to_stride = 2;
    shoal_conversion *conversion = made(11, 11, step, 3);
    assert_true(shoal_conversion_is_copy(conversion));
    shoal_conversion_free(conversion);
    conversion = made(12, 11, step, 3);
    assert_false(shoal_conversion_is_copy(conversion));
    shoal_conversion_free(conversion);
}

static void test_refuses(void **state)
{
    (void)state;
    const shoal_step wrong[] = {
        {.kind = SHOAL_STEP_SWAP, .from_bytes = 3, .to_bytes = 3},
        {.kind = SHOAL_STEP_INTEGER, .from_bytes = 9, .to_bytes = 8, .precision = 4},
        {.kind = SHOAL_STEP_INTEGER, .from_bytes = 2, .to_bytes = 2, .precision = 17},
        {.kind = SHOAL_STEP_INTEGER, .from_bytes = 2, .to_bytes = 4, .precision = 16},
        {.kind = SHOAL_STEP_FLOAT, .from_bytes = 4, .to_bytes = 4}};
    shoal_conversion *conversion = made(16, 16, NULL, 0);
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        assert_int_equal(shoal_conversion_add(conversion, &wrong[k], NULL), SHOAL_DATA);
    assert_false(shoal_conversion_is_copy(conversion));
    shoal_conversion_free(conversion);
}

/* ---- Texts ---- */

enum { DESCRIPTOR_BYTES = 16 };

static const char *const texts[] = {"", "one", "three words here", "nul\0behind", "\xC3\xA4"};
static const size_t lengths[] = {0, 3, 16, 10, 2};

static void put_descriptor(uint8_t *at, uint32_t length, uint64_t address, uint32_t index)
{
    memcpy(at, &length, 4);
    memcpy(at + 4, &address, 8);
    memcpy(at + 12, &index, 4);
}

static shoal_status fetch(void *user, const uint8_t *descriptor, const uint8_t **bytes, size_t *n,
                          shoal_error *err)
{
    uint32_t index;
    (void)err;
    ++*(int *)user;
    memcpy(&index, descriptor + 12, 4);
    *bytes = (const uint8_t *)texts[index];
    *n = lengths[index];
    return SHOAL_OK;
}

static void test_texts(void **state)
{
    (void)state;
    uint8_t stored[6 * 20] = {0};
    for (uint32_t k = 0; k < 5; k++)
        put_descriptor(stored + 20 * k + 4, (uint32_t)lengths[k], 4096, k);
    put_descriptor(stored + 100 + 4, 77, 0, 1); /* an address of 0: there is none */
    shoal_step step = {.kind = SHOAL_STEP_TEXT, .from = 4, .from_bytes = DESCRIPTOR_BYTES};
    uint32_t longest = 0;
    shoal_conversion *measuring = made(20, 0, &step, 1);
    shoal_conversion_measure(measuring, stored, 6, &longest);
    assert_int_equal(longest, 16);
    shoal_conversion_measure(measuring, stored, 0, &longest);
    assert_int_equal(longest, 16);
    shoal_conversion_free(measuring);
    step.to_bytes = longest;
    shoal_conversion *conversion = made(20, longest, &step, 1);
    char got[6][16];
    int n_fetched = 0;
    shoal_error err;
    assert_int_equal(shoal_convert(conversion, stored, got, 6, fetch, &n_fetched, &err), SHOAL_OK);
    assert_int_equal(n_fetched, 4);
    const char want[6][16] = {"", "one", "three words here", "nul", "\xC3\xA4", ""};
    assert_memory_equal(got, want, sizeof want);
    put_descriptor(stored + 4, 4, 4096, 1); /* more than the heap has */
    assert_int_equal(shoal_convert(conversion, stored, got, 6, fetch, &n_fetched, &err),
                     SHOAL_DATA);
    assert_non_null(strstr(err.message, "cut off"));
    put_descriptor(stored + 4, 3, 4096, 1);
    assert_int_equal(shoal_convert(conversion, stored, got, 6, NULL, NULL, &err), SHOAL_DATA);
    shoal_conversion_free(conversion);
    step.to_bytes = 5;
    conversion = made(20, 5, &step, 1);
    assert_int_equal(shoal_convert(conversion, stored, got, 6, fetch, &n_fetched, &err),
                     SHOAL_DATA);
    assert_non_null(strstr(err.message, "longer"));
    shoal_conversion_free(conversion);
}

/* ---- Lists ---- */

/* Numbers of 12 bits, big-endian, in 2 bytes: 1, -2, 2047. */
static const uint8_t numbers[6] = {0x00, 0x01, 0x0F, 0xFE, 0x07, 0xFF};

static shoal_status fetch_numbers(void *user, const uint8_t *descriptor, const uint8_t **bytes,
                                  size_t *n, shoal_error *err)
{
    (void)user, (void)descriptor, (void)err;
    *bytes = numbers;
    *n = sizeof numbers;
    return SHOAL_OK;
}

static void test_lists(void **state)
{
    (void)state;
    uint8_t stored[4 * DESCRIPTOR_BYTES] = {0};
    put_descriptor(stored, 3, 4096, 1);
    put_descriptor(stored + 16, 1, 4096, 1);
    put_descriptor(stored + 32, 9, 0, 1);
    put_descriptor(stored + 48, 0, 4096, 1);
    shoal_step step = {.kind = SHOAL_STEP_LIST,
                       .from_bytes = DESCRIPTOR_BYTES,
                       .item_kind = SHOAL_STEP_INTEGER,
                       .item_bytes = 2,
                       .item_type = {SHOAL_INT16, 2},
                       .order = SHOAL_ORDER_BIG,
                       .precision = 12,
                       .is_signed = true};
    uint32_t longest = 0;
    shoal_error err;
    shoal_conversion *conversion = made(DESCRIPTOR_BYTES, 0, &step, 1);
    shoal_conversion_measure(conversion, stored, 4, &longest);
    assert_in_range(longest, strlen("[1, -2, 2047]"), 40);
    shoal_conversion_free(conversion);
    step.to_bytes = longest;
    conversion = made(DESCRIPTOR_BYTES, longest, &step, 1);
    char got[4][40];
    static const char *const want[4] = {"[1, -2, 2047]", "[1]", "[]", "[]"};
    assert_int_equal(shoal_convert(conversion, stored, got, 4, fetch_numbers, NULL, &err),
                     SHOAL_OK);
    for (int k = 0; k < 4; k++) {
        const char *at = (const char *)got + k * longest;
        assert_int_equal(strnlen(at, longest), strlen(want[k]));
        assert_memory_equal(at, want[k], strlen(want[k]));
    }
    put_descriptor(stored, 4, 4096, 1);
    assert_int_equal(shoal_convert(conversion, stored, got, 4, fetch_numbers, NULL, &err),
                     SHOAL_DATA);
    shoal_conversion_free(conversion);
    step.to_bytes = 7;
    put_descriptor(stored, 3, 4096, 1);
    conversion = made(DESCRIPTOR_BYTES, 7, &step, 1);
    assert_int_equal(shoal_convert(conversion, stored, got, 4, fetch_numbers, NULL, &err),
                     SHOAL_DATA);
    shoal_conversion_free(conversion);
    step.item_bytes = 9;
    conversion = made(DESCRIPTOR_BYTES, 7, NULL, 0);
    assert_int_equal(shoal_conversion_add(conversion, &step, NULL), SHOAL_DATA);
    shoal_conversion_free(conversion);
}

int main(void)
{
    random_start("test_conversion");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),  cmocka_unit_test(test_copies_join),
        cmocka_unit_test(test_refuses), cmocka_unit_test(test_texts),
        cmocka_unit_test(test_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
