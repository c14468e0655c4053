/* Types, elements as text and back, half floats, byte order. */
#include "tests/chunk/cmocka_all.h"

#include "chunk/type.h"
#include "tests/chunk/random.h"

#include <locale.h>
#include <math.h>
#include <string.h>

static void names_round_trip(void **state)
{
    (void)state;
    for (int code = 0; code < SHOAL_N_NUMERIC_TYPES; code++) {
        shoal_type type = shoal_type_of((shoal_type_code)code), back;
        char name[24], descr[24];
        bool big;
        assert_true(shoal_type_parse(shoal_type_name(type, name), &back));
        assert_int_equal(back.code, code);
        assert_int_equal(back.n_bytes, type.n_bytes);
        assert_true(shoal_type_parse(shoal_type_npy(type, descr), &back));
        assert_int_equal(back.code, code);
        descr[0] = '>';
        assert_true(shoal_type_parse_npy(descr, &back, &big));
        assert_int_equal(back.code, code);
        assert_int_equal(big, type.n_bytes > 1);
        assert_int_equal(shoal_type_parse(descr, &back), type.n_bytes == 1);
    }
}

static void types_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        shoal_type_code code;
        uint32_t n_bytes;
    } good[] = {
        {"f4", SHOAL_FLOAT32, 4},
        {"<f4", SHOAL_FLOAT32, 4},
        {"=f8", SHOAL_FLOAT64, 8},
        {"int", SHOAL_INT64, 8},
        {"float", SHOAL_FLOAT64, 8},
        {"complex", SHOAL_COMPLEX128, 16},
        {"?", SHOAL_BOOL, 1},
        {"|b1", SHOAL_BOOL, 1},
        {"b", SHOAL_INT8, 1},
        {"B", SHOAL_UINT8, 1},
        {"e", SHOAL_FLOAT16, 2},
        {"c16", SHOAL_COMPLEX128, 16},
        {"S12", SHOAL_TEXT, 12},
        {"|S1", SHOAL_TEXT, 1},
        {"S2147483647", SHOAL_TEXT, 2147483647},
        {"double", SHOAL_FLOAT64, 8},
        {"uint", SHOAL_UINT64, 8},
        {"half", SHOAL_FLOAT16, 2},
    };
    static const char *const bad[] = {"",
                                      "S",
                                      "S0",
                                      "S-1",
                                      "S012",
                                      "S1x",
                                      "f3",
                                      "f44",
                                      "<",
                                      "flot",
                                      "S2147483648",
                                      "U12",
                                      "V12",
                                      "O",
                                      ">f4",
                                      "float32 ",
                                      "F4",
                                      "int128",
                                      "S99999999999999999999999"};
    shoal_type type;
    for (size_t k = 0; k < sizeof good / sizeof *good; k++) {
        if (!shoal_type_parse(good[k].text, &type)) fail_msg("'%s'", good[k].text);
        assert_int_equal(type.code, good[k].code);
        assert_int_equal(type.n_bytes, good[k].n_bytes);
    }
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        if (shoal_type_parse(bad[k], &type)) fail_msg("'%s' is no type", bad[k]);
    char text[24];
    assert_string_equal(shoal_type_npy(shoal_type_of(SHOAL_BOOL), text), "|b1");
    assert_string_equal(shoal_type_npy(shoal_type_of(SHOAL_UINT8), text), "|u1");
    assert_string_equal(shoal_type_npy(shoal_type_of(SHOAL_FLOAT32), text), "<f4");
    assert_string_equal(shoal_type_npy((shoal_type){SHOAL_TEXT, 12}, text), "|S12");
    assert_string_equal(shoal_type_name((shoal_type){SHOAL_TEXT, 4294967295u}, text),
                        "S4294967295");
    bool big_endian = true;
    assert_string_equal(shoal_type_npy((shoal_type){SHOAL_RECORD, 12}, text), "|V12");
    assert_string_equal(shoal_type_name((shoal_type){SHOAL_RECORD, 3}, text), "V3");
    assert_true(shoal_type_parse_npy("|V12", &type, &big_endian));
    assert_true(type.code == SHOAL_RECORD && type.n_bytes == 12 && !big_endian);
    assert_false(shoal_type_parse_npy("|V0", &type, &big_endian));
}

static const char *format(shoal_type_code code, const void *element)
{
    static char text[80];
    size_t n = shoal_format_element(shoal_type_of(code), element, text, sizeof text);
    assert_int_equal(n, strlen(text));
    return text;
}

static void elements_look_as_in_python(void **state)
{
    (void)state;
#define IS(code, type, value, text) assert_string_equal(format(code, &(type){value}), text)
    IS(SHOAL_FLOAT64, double, 0.0, "0.0");
    IS(SHOAL_FLOAT64, double, -0.0, "-0.0");
    IS(SHOAL_FLOAT64, double, 1.0, "1.0");
    IS(SHOAL_FLOAT64, double, 0.1, "0.1");
    IS(SHOAL_FLOAT64, double, 1e-4, "0.0001");
    IS(SHOAL_FLOAT64, double, 1e-5, "1e-05");
    IS(SHOAL_FLOAT64, double, 1.5e-5, "1.5e-05");
    IS(SHOAL_FLOAT64, double, 1e15, "1000000000000000.0");
    IS(SHOAL_FLOAT64, double, 1e16, "1e+16");
    IS(SHOAL_FLOAT64, double, 123456.789, "123456.789");
    IS(SHOAL_FLOAT64, double, 1.7976931348623157e308, "1.7976931348623157e+308");
    IS(SHOAL_FLOAT64, double, 5e-324, "5e-324");
    IS(SHOAL_FLOAT64, double, 2.2250738585072014e-308, "2.2250738585072014e-308");
    IS(SHOAL_FLOAT64, double, 9007199254740993.0, "9007199254740992.0");
    IS(SHOAL_FLOAT64, double, NAN, "nan");
    IS(SHOAL_FLOAT64, double, -INFINITY, "-inf");
    IS(SHOAL_FLOAT32, float, 0.1f, "0.1");
    IS(SHOAL_FLOAT32, float, 16777216.0f, "16777216.0");
    IS(SHOAL_FLOAT32, float, 3.4028235e38f, "3.4028235e+38");
    IS(SHOAL_FLOAT32, float, 1e-45f, "1e-45");
    IS(SHOAL_FLOAT16, uint16_t, 0x2E66, "0.1");
    IS(SHOAL_FLOAT16, uint16_t, 0x7BFF, "65500.0");
    IS(SHOAL_FLOAT16, uint16_t, 0xFC00, "-inf");
    IS(SHOAL_FLOAT16, uint16_t, 0x0001, "6e-08");
    IS(SHOAL_BOOL, uint8_t, 1, "True");
    IS(SHOAL_BOOL, uint8_t, 0, "False");
    IS(SHOAL_INT8, int8_t, -128, "-128");
    IS(SHOAL_INT64, int64_t, INT64_MIN, "-9223372036854775808");
    IS(SHOAL_UINT64, uint64_t, UINT64_MAX, "18446744073709551615");
    IS(SHOAL_UINT16, uint16_t, 65535, "65535");
#undef IS
    assert_string_equal(format(SHOAL_COMPLEX128, (double[]){1, 2}), "(1+2j)");
    assert_string_equal(format(SHOAL_COMPLEX128, (double[]){0, 1}), "1j");
    assert_string_equal(format(SHOAL_COMPLEX128, (double[]){-0.0, 1}), "(-0+1j)");
    assert_string_equal(format(SHOAL_COMPLEX64, (float[]){1.5f, -0.1f}), "(1.5-0.1j)");
    assert_string_equal(format(SHOAL_COMPLEX64, (float[]){NAN, INFINITY}), "(nan+infj)");
    assert_string_equal(
        format(SHOAL_COMPLEX128, (double[]){-1.7976931348623157e308, -1.7976931348623157e308}),
        "(-1.7976931348623157e+308-1.7976931348623157e+308j)");
}

static void texts_are_cut_not_overrun(void **state)
{
    (void)state;
    char small[4] = "xxx";
    double value = 0.125;
    assert_int_equal(shoal_format_element(shoal_type_of(SHOAL_FLOAT64), &value, small, 4), 5);
    assert_string_equal(small, "0.1");
    assert_int_equal(shoal_format_element(shoal_type_of(SHOAL_FLOAT64), &value, NULL, 0), 5);
    shoal_type text = {SHOAL_TEXT, 6};
    assert_int_equal(shoal_format_element(text, "ab\0c\0\0", small, 4), 4);
    assert_memory_equal(small, "ab\0\0", 4);
    assert_int_equal(shoal_format_element(text, "\0\0\0\0\0\0", small, 4), 0);
    assert_string_equal(small, "");
}

/* Digits read back to the same bits, and one digit fewer does not. */
static void check_shortest(double value, bool single)
{
    char text[40], fewer[40];
    float narrow = (float)value;
    (void)shoal_format_element(shoal_type_of(single ? SHOAL_FLOAT32 : SHOAL_FLOAT64),
                               single ? (void *)&narrow : (void *)&value, text, sizeof text);
    bool same = single ? strtof(text, NULL) == narrow : strtod(text, NULL) == value;
    if (!same) fail_msg("%.17g prints as %s", value, text);
    int n_digits = 0;
    bool started = false;
    for (const char *c = text; *c != '\0' && *c != 'e'; c++) {
        if (*c >= '1' && *c <= '9') started = true;
        if (started && *c >= '0' && *c <= '9') n_digits++;
    }
    if (strcmp(text + strlen(text) - 2, ".0") == 0) return; /* may end in zeros */
    if (n_digits < 2) return;
    (void)snprintf(fewer, sizeof fewer, "%.*e", n_digits - 2, single ? (double)narrow : value);
    same = single ? strtof(fewer, NULL) == narrow : strtod(fewer, NULL) == value;
    if (same) fail_msg("%s is shorter than %s", fewer, text);
}

static void digits_are_shortest(void **state)
{
    (void)state;
    for (int round = 0; round < 300000; round++) {
        uint64_t bits = random_bits();
        uint32_t narrow_bits = (uint32_t)random_bits();
        double value;
        float narrow;
        memcpy(&value, &bits, 8);
        memcpy(&narrow, &narrow_bits, 4);
        if (isfinite(value)) check_shortest(value, false);
        if (isfinite(narrow)) check_shortest((double)narrow, true);
        check_shortest((double)(int64_t)random_below(1000000) / 1000, false);
    }
    for (int power = -1074; power < 1024; power++) {
        double value = ldexp(1, power);
        check_shortest(value, false);
        check_shortest(nextafter(value, 0), false);
        check_shortest(nextafter(value, INFINITY), false);
        if (power >= -149 && power < 128) check_shortest(value, true);
    }
}

static void elements_read_back(void **state)
{
    (void)state;
    for (int round = 0; round < 200000; round++) {
        shoal_type type = shoal_type_of((shoal_type_code)random_below(SHOAL_N_NUMERIC_TYPES));
        uint8_t element[16], back[16];
        uint64_t bits[2] = {random_bits(), random_bits()};
        memcpy(element, bits, 16);
        if (type.code == SHOAL_BOOL) element[0] &= 1;
        char text[80], again[80];
        (void)shoal_format_element(type, element, text, sizeof text);
        if (!shoal_element_parse(type, text, back)) fail_msg("'%s' is not read", text);
        (void)shoal_format_element(type, back, again, sizeof again);
        assert_string_equal(again, text);
        if (strstr(text, "nan") == NULL) assert_memory_equal(back, element, type.n_bytes);
    }
}

static void parse_refuses_what_does_not_fit(void **state)
{
    (void)state;
    static const struct {
        shoal_type_code code;
        const char *text;
        bool fits;
    } cases[] = {
        {SHOAL_INT8, "127", true},
        {SHOAL_INT8, "128", false},
        {SHOAL_INT8, "-128", true},
        {SHOAL_INT8, "-129", false},
        {SHOAL_UINT8, "-1", false},
        {SHOAL_UINT8, "-0", true},
        {SHOAL_UINT8, "256", false},
        {SHOAL_UINT64, "18446744073709551615", true},
        {SHOAL_UINT64, "18446744073709551616", false},
        {SHOAL_INT64, "-9223372036854775808", true},
        {SHOAL_INT64, "-9223372036854775809", false},
        {SHOAL_INT32, "1e6", true},
        {SHOAL_INT32, "3.0", true},
        {SHOAL_INT32, "3.5", false},
        {SHOAL_INT16, "1e6", false},
        {SHOAL_INT32, "", false},
        {SHOAL_INT32, "-", false},
        {SHOAL_INT32, "--1", false},
        {SHOAL_INT32, "nan", false},
        {SHOAL_INT32, "1 2", false},
        {SHOAL_INT32, " 12 ", true},
        {SHOAL_INT32, "+12", true},
        {SHOAL_INT32, "12a", false},
        {SHOAL_FLOAT64, "1e400", false},
        {SHOAL_FLOAT64, "inf", true},
        {SHOAL_FLOAT64, "-Infinity", true},
        {SHOAL_FLOAT32, "1e39", false},
        {SHOAL_FLOAT16, "65520", false},
        {SHOAL_FLOAT16, "65519", true},
        {SHOAL_FLOAT64, "x", false},
        {SHOAL_FLOAT64, "1,5", false},
        {SHOAL_BOOL, "TRUE", true},
        {SHOAL_BOOL, "yes", false},
        {SHOAL_BOOL, "2", false},
        {SHOAL_COMPLEX64, "1+2j", true},
        {SHOAL_COMPLEX64, "(1+2j", false},
        {SHOAL_COMPLEX64, "1+2", false},
        {SHOAL_COMPLEX64, "j", false},
        {SHOAL_COMPLEX64, "-2j", true},
        {SHOAL_COMPLEX64, "( 1e5-nanj ) ", true},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        uint8_t element[16];
        bool fits = shoal_element_parse(shoal_type_of(cases[k].code), cases[k].text, element);
        if (fits != cases[k].fits) fail_msg("'%s'", cases[k].text);
    }
    char text[4] = "xxxx";
    assert_true(shoal_element_parse((shoal_type){SHOAL_TEXT, 4}, "ab", text));
    assert_memory_equal(text, "ab\0\0", 4);
    assert_true(shoal_element_parse((shoal_type){SHOAL_TEXT, 4}, "abcd", text));
    assert_false(shoal_element_parse((shoal_type){SHOAL_TEXT, 4}, "abcde", text));
}

static void records_are_hexadecimal(void **state)
{
    (void)state;
    const shoal_type type = {SHOAL_RECORD, 3};
    const uint8_t bytes[3] = {0x0A, 0xFF, 0x10};
    uint8_t back[3];
    char text[12] = "xxxxxxxxxxx";
    assert_int_equal(shoal_format_element(type, bytes, NULL, 0), 8);
    assert_int_equal(shoal_format_element(type, bytes, text, sizeof text), 8);
    assert_string_equal(text, "0x0aff10");
    assert_int_equal(shoal_format_element(type, bytes, text, 6), 8);
    assert_string_equal(text, "0x0af");
    assert_true(shoal_element_parse(type, "0x0aFF10", back));
    assert_memory_equal(back, bytes, 3);
    assert_false(shoal_element_parse(type, "0x0aff1", back));
    assert_false(shoal_element_parse(type, "0x0aff1g", back));
    assert_false(shoal_element_parse(type, "0aff10", back));
}

static void locales_change_nothing(void **state)
{
    (void)state;
    double value = 1.5, back;
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL && setlocale(LC_ALL, "fr_FR.UTF-8") == NULL)
        return; /* this machine has none with a decimal comma */
    assert_string_equal(format(SHOAL_FLOAT64, &value), "1.5");
    assert_true(shoal_element_parse(shoal_type_of(SHOAL_FLOAT64), "2.25", &back));
    assert_true(back == 2.25);
    setlocale(LC_ALL, "C");
}

static double half_by_definition(uint16_t half)
{
    int exponent = half >> 10 & 31, fraction = half & 1023;
    double value = exponent == 0    ? ldexp(fraction, -24)
                   : exponent == 31 ? (fraction ? NAN : INFINITY)
                                    : ldexp(1024 + fraction, exponent - 25);
    return half >> 15 ? -value : value;
}

static void halves_widen_exactly(void **state)
{
    (void)state;
    for (uint32_t half = 0; half < 65536; half++) {
        double wanted = half_by_definition((uint16_t)half);
        double got = (double)shoal_half_to_float((uint16_t)half);
        assert_int_equal(isnan(got) != 0, isnan(wanted) != 0);
        if (isnan(wanted)) {
            uint16_t back = shoal_float_to_half((float)got);
            assert_true((back & 0x7C00) == 0x7C00 && (back & 0x3FF) != 0);
            continue;
        }
        assert_true(got == wanted && !signbit(got) == !signbit(wanted));
        assert_int_equal(shoal_float_to_half((float)got), half);
        assert_int_equal(shoal_double_to_half(got), half);
    }
}

/* Between two neighbouring halves: below the middle down, above it up, on it to the even one. */
static void halves_round_to_nearest_even(void **state)
{
    (void)state;
    for (uint16_t half = 0; half < 0x7C00; half++) {
        double low = half_by_definition(half);
        double high = half == 0x7BFF ? 65536 : half_by_definition((uint16_t)(half + 1));
        double middle = (low + high) / 2;
        uint16_t up = (uint16_t)(half + 1), even = half & 1 ? up : half;
        assert_int_equal(shoal_double_to_half(middle), even);
        assert_int_equal(shoal_double_to_half(nextafter(middle, 0)), half);
        assert_int_equal(shoal_double_to_half(nextafter(middle, INFINITY)), up);
        assert_int_equal(shoal_double_to_half(-middle), even | 0x8000);
        assert_int_equal(shoal_float_to_half((float)middle), even);
        assert_int_equal(shoal_float_to_half(nextafterf((float)middle, 0)), half);
        assert_int_equal(shoal_float_to_half(nextafterf((float)middle, INFINITY)), up);
    }
    assert_int_equal(shoal_double_to_half(1e300), 0x7C00);
    assert_int_equal(shoal_double_to_half(-1e-300), 0x8000);
    assert_int_equal(shoal_double_to_half(INFINITY), 0x7C00);
    assert_int_equal(shoal_float_to_half(-INFINITY), 0xFC00);
}

#ifdef __FLT16_MAX__
static void halves_agree_with_the_compiler(void **state)
{
    (void)state;
    for (int round = 0; round < 1000000; round++) {
        uint64_t bits = random_bits();
        if (round % 2)
            bits = (bits & UINT64_C(0x800FFFFFFFFFFFFF)) | (random_below(60) + 990) << 52;
        double value;
        memcpy(&value, &bits, 8);
        if (isnan(value)) continue;
        _Float16 wide = (_Float16)value, narrow = (_Float16)(float)value;
        uint16_t wanted;
        memcpy(&wanted, &wide, 2);
        assert_int_equal(shoal_double_to_half(value), wanted);
        memcpy(&wanted, &narrow, 2);
        assert_int_equal(shoal_float_to_half((float)value), wanted);
    }
}
#endif

static void bytes_are_swapped(void **state)
{
    (void)state;
    for (int code = 0; code < SHOAL_N_NUMERIC_TYPES; code++) {
        shoal_type type = shoal_type_of((shoal_type_code)code);
        size_t word = type.n_bytes / (shoal_code_kind(type.code) == SHOAL_KIND_COMPLEX ? 2 : 1);
        uint8_t data[7 * 16 + 1], wanted[sizeof data];
        size_t n = 7 * type.n_bytes;
        for (size_t k = 0; k < sizeof data; k++) data[k] = wanted[k] = (uint8_t)random_bits();
        for (size_t k = 0; k < n; k++)
            wanted[1 + k] = data[1 + k / word * word + word - 1 - k % word];
        shoal_swap_bytes(type, data + 1, 7);
        assert_memory_equal(data, wanted, sizeof data);
    }
    char text[] = "abcd";
    shoal_swap_bytes((shoal_type){SHOAL_TEXT, 4}, text, 1);
    assert_string_equal(text, "abcd");
}

int main(void)
{
    random_start("test_type");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_round_trip),
        cmocka_unit_test(types_are_read),
        cmocka_unit_test(elements_look_as_in_python),
        cmocka_unit_test(texts_are_cut_not_overrun),
        cmocka_unit_test(digits_are_shortest),
        cmocka_unit_test(elements_read_back),
        cmocka_unit_test(parse_refuses_what_does_not_fit),
        cmocka_unit_test(records_are_hexadecimal),
        cmocka_unit_test(locales_change_nothing),
        cmocka_unit_test(halves_widen_exactly),
        cmocka_unit_test(halves_round_to_nearest_even),
#ifdef __FLT16_MAX__
        cmocka_unit_test(halves_agree_with_the_compiler),
#endif
        cmocka_unit_test(bytes_are_swapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
