/* The parser of datatype messages on messages built here by the format's description, sound ones
   and damaged ones. */
#include "tests/chunk/cmocka_all.h"
#include "tests/chunk/random.h"

#include "store/metadata/datatype.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const shoal_metadata meta = {.offset_bytes = 8, .length_bytes = 8};

typedef struct message {
    uint8_t bytes[4096];
    size_t n;
} message;

static void put(message *m, uint64_t value, int n)
{
    for (int k = 0; k < n; k++) m->bytes[m->n++] = (uint8_t)(value >> (8 * k));
}

static void put_name(message *m, const char *name, bool padded)
{
    size_t n = strlen(name) + 1, wanted = padded ? (n + 7) / 8 * 8 : n;
    memcpy(m->bytes + m->n, name, n);
    memset(m->bytes + m->n + n, 0, wanted - n);
    m->n += wanted;
}

static void put_head(message *m, int version, int class_, uint32_t bits, uint32_t n_bytes)
{
    put(m, (uint64_t)(version << 4 | class_), 1);
    put(m, bits, 3);
    put(m, n_bytes, 4);
}

static void put_integer(message *m, uint32_t n_bytes, bool is_signed, bool big)
{
    put_head(m, 1, 0, (is_signed ? 8 : 0) | (big ? 1 : 0), n_bytes);
    put(m, 0, 2);
    put(m, 8 * n_bytes, 2);
}

static void put_single(message *m)
{
    put_head(m, 1, 1, 2 << 4 | 31 << 8, 4);
    put(m, 0, 2);
    put(m, 32, 2);
    put(m, 23 | 8 << 8 | 0 << 16 | 23u << 24, 4);
    put(m, 127, 4);
}

static shoal_datatype *parsed(const message *m)
{
    shoal_datatype *type = NULL;
    shoal_error err;
    size_t used = 0;
    assert_int_equal(shoal_datatype_parse_part(&meta, m->bytes, m->n, &used, &type, &err),
                     SHOAL_OK);
    assert_int_equal(used, m->n);
    return type;
}

static void check_text(const shoal_datatype *type, const char *expected)
{
    char text[128];
    shoal_datatype_describe(type, text, sizeof text);
    assert_string_equal(text, expected);
}

/* Every shorter message is refused as cut off, without reading beyond it. */
static void check_cuts(const message *m)
{
    for (size_t n = 0; n < m->n; n++) {
        uint8_t *copy = malloc(n ? n : 1);
        memcpy(copy, m->bytes, n);
        shoal_datatype *type = NULL;
        shoal_error err;
        assert_int_equal(shoal_datatype_parse(&meta, copy, n, &type, &err), SHOAL_DATA);
        assert_non_null(strstr(err.message, "cut off"));
        free(copy);
    }
}

static void check_refused(const message *m, const char *why)
{
    shoal_datatype *type = NULL;
    shoal_error err;
    assert_int_equal(shoal_datatype_parse(&meta, m->bytes, m->n, &type, &err), SHOAL_DATA);
    if (!strstr(err.message, why)) fail_msg("'%s' is not in: %s", why, err.message);
    assert_null(type);
}

static void put_sample(message *m, int version)
{
    bool padded = version < 3;
    put_head(m, version, 6, 3, 300);
    put_name(m, "first", padded);
    put(m, 2, padded ? 4 : 2);
    if (version == 1) {
        put(m, 2, 1);
        for (int k = 0; k < 11; k++) put(m, 0, 1);
        for (int k = 0; k < 4; k++) put(m, k < 2 ? 2 + (uint64_t)k : 0, 4);
        put_integer(m, 2, true, true);
    } else {
        put_head(m, version, 10, 0, 12);
        put(m, 2, padded ? 4 : 1);
        put(m, 2, 4);
        put(m, 3, 4);
        if (padded) put(m, 0, 8);
        put_integer(m, 2, true, true);
    }
    put_name(m, "secondly", padded);
    put(m, 288, padded ? 4 : 2);
    if (version == 1)
        for (int k = 0; k < 28; k++) put(m, 0, 1);
    put_single(m);
    put_name(m, "", padded);
    put(m, 298, padded ? 4 : 2);
    if (version == 1)
        for (int k = 0; k < 28; k++) put(m, 0, 1);
    put_head(m, version, 8, 2, 1);
    put_integer(m, 1, false, false);
    put_name(m, "low", padded);
    put_name(m, "high", padded);
    put(m, 3, 1);
    put(m, 200, 1);
}

static void test_compounds(void **state)
{
    (void)state;
    for (int version = 1; version <= 3; version++) {
        message m = {0};
        put_sample(&m, version);
        shoal_datatype *type = parsed(&m);
        check_text(type, "compound of 3 members, 300 bytes");
        const shoal_member *member = type->member;
        assert_string_equal(member[0].name, "first");
        assert_int_equal(member[0].offset, 2);
        check_text(member[0].type, "array (2, 3) of int16 big-endian");
        assert_int_equal(member[0].type->n_bytes, 12);
        assert_string_equal(member[1].name, "secondly");
        check_text(member[1].type, "float32");
        assert_string_equal(member[2].name, "");
        assert_int_equal(member[2].offset, 298);
        check_text(member[2].type, "enumeration over uint8");
        assert_string_equal(member[2].type->name[1], "high");
        assert_int_equal(member[2].type->value[1], 200);
        shoal_datatype_free(type);
        check_cuts(&m);
    }
}

static void test_others(void **state)
{
    (void)state;
    message m = {0};
    put_head(&m, 1, 5, 8, 7);
    put(&m, 0x6E6F6D6F6C6F63, 8);
    shoal_datatype *type = parsed(&m);
    check_text(type, "opaque, 7 bytes");
    assert_string_equal(type->tag, "colomon");
    shoal_datatype_free(type);
    check_cuts(&m);
    m.n = 0;
    put_head(&m, 1, 9, 1 | 2 << 4 | 1 << 8, 16);
    put_integer(&m, 1, false, false);
    type = parsed(&m);
    check_text(type, "text of variable length");
    assert_true(type->is_text && type->is_utf8 && type->padding == SHOAL_PAD_SPACE);
    shoal_datatype_free(type);
    check_cuts(&m);
    m.n = 0;
    put_head(&m, 3, 9, 0, 16);
    put_single(&m);
    type = parsed(&m);
    check_text(type, "sequence of variable length of float32");
    shoal_datatype_free(type);
    m.n = 0;
    put_head(&m, 1, 7, 1, 12);
    type = parsed(&m);
    check_text(type, "region reference");
    shoal_datatype_free(type);
    m.n = 0;
    put_head(&m, 5, 11, 1, 8);
    put_single(&m);
    type = parsed(&m);
    check_text(type, "complex64");
    shoal_datatype_free(type);
    check_cuts(&m);
}

static void test_refused(void **state)
{
    (void)state;
    message m = {0};
    put_head(&m, 6, 0, 0, 4);
    check_refused(&m, "version");
    m.n = 0;
    put_head(&m, 1, 12, 0, 4);
    check_refused(&m, "class");
    m.n = 0;
    put_head(&m, 1, 3, 0, 0);
    check_refused(&m, "size is 0");
    m.n = 0;
    put_head(&m, 3, 6, 1, 4);
    put_name(&m, "a", false);
    put(&m, 1, 1);
    put_single(&m);
    check_refused(&m, "outside of its compound");
    m.n = 0;
    put_head(&m, 3, 10, 0, 25);
    put(&m, 2, 1);
    put(&m, 2, 4);
    put(&m, 3, 4);
    put_single(&m);
    check_refused(&m, "does not fit its size");
    m.n = 0;
    put_head(&m, 3, 10, 0, 4);
    put(&m, 2, 1);
    put(&m, 0x80000000u, 4);
    put(&m, 0x80000000u, 4);
    put_single(&m);
    check_refused(&m, "impossible");
    m.n = 0;
    put_head(&m, 1, 0, 0, 4);
    put(&m, 20, 2);
    put(&m, 13, 2);
    check_refused(&m, "bits lie outside");
    m.n = 0;
    put_head(&m, 3, 8, 1, 4);
    put_single(&m);
    put_name(&m, "a", false);
    put(&m, 0, 4);
    check_refused(&m, "something else than integers");
    m.n = 0;
    for (int k = 0; k < 40; k++) {
        put_head(&m, 3, 10, 0, 4);
        put(&m, 1, 1);
        put(&m, 1, 4);
    }
    put_single(&m);
    check_refused(&m, "nested too deep");
}

/* The widest compound is read; many of them inside one another are stopped by the budget. */
static void test_budget(void **state)
{
    (void)state;
    enum { N_MEMBERS = 65535, N_BYTES = 16 + N_MEMBERS * 12 };
    uint8_t *bytes = calloc(1, N_BYTES);
    assert_non_null(bytes);
    for (int nested = 0; nested < 2; nested++) {
        message m = {0};
        put_head(&m, 3, 6, N_MEMBERS, 1 << 17);
        memcpy(bytes, m.bytes, m.n);
        size_t at = m.n;
        for (int k = 0; k < (nested ? 30 : N_MEMBERS); k++) {
            m.n = 0;
            put_name(&m, "", false);
            put(&m, 0, 3);
            put_head(&m, 3, nested ? 6 : 7, nested ? N_MEMBERS : 0, 1 << 17);
            memcpy(bytes + at, m.bytes, m.n);
            at += m.n;
        }
        shoal_datatype *type = NULL;
        shoal_error err;
        assert_int_equal(shoal_datatype_parse(&meta, bytes, nested ? N_BYTES : at, &type, &err),
                         nested ? SHOAL_DATA : SHOAL_OK);
        if (nested) assert_non_null(strstr(err.message, "too large"));
        if (!nested) shoal_datatype_free(type);
    }
    free(bytes);
}

/* Changed bytes give a type or a refusal; the sanitizers watch. */
static void test_damaged(void **state)
{
    (void)state;
    for (int round = 0; round < 60000; round++) {
        message m = {0};
        put_sample(&m, 1 + round % 3);
        uint8_t *copy = malloc(m.n);
        memcpy(copy, m.bytes, m.n);
        for (int n = 1 + (int)random_below(4); n > 0; n--)
            copy[random_below(m.n)] = (uint8_t)(random_below(2) ? random_bits() : random_below(12));
        shoal_datatype *type = NULL;
        char text[80];
        if (shoal_datatype_parse(&meta, copy, m.n, &type, NULL) == SHOAL_OK) {
            shoal_datatype_describe(type, text, sizeof text);
            shoal_datatype_free(type);
        }
        free(copy);
    }
}

int main(void)
{
    random_start("test_datatype");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compounds), cmocka_unit_test(test_others),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_budget),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
