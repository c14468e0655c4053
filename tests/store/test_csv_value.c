/* Values of fields against the C library: strtod, strtoumax, timegm, strftime. */
#include "chunk/cmocka_all.h"
#include "chunk/random.h"
#include "store/csv_value.h"
#include "store/csv_words.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

enum { N_RANDOM = 300000, PAD = 64 };

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static void check_float(const char *text)
{
    char padded[256 + PAD], *end;
    size_t n = strlen(text);
    memset(padded, '7', sizeof padded);
    memcpy(padded, text, n);
    double got = 0, want = strtod(text, &end);
    assert_int_equal(*end, 0);
    shoal_csv_match match = shoal_csv_float(padded, n, &got);
    if (!same_bits(got, want)) print_error("%s: %a, not %a\n", text, got, want);
    assert_true(same_bits(got, want));
    assert_int_equal(match, isinf(want) ? SHOAL_CSV_BIG : SHOAL_CSV_YES);
    assert_int_equal(shoal_csv_is_float(padded, n), match);
}

static void random_decimal(char *text, size_t n_digits, int low, int high)
{
    size_t n = 0, point = random_below(n_digits + 1);
    if (random_below(3) == 0) text[n++] = random_below(2) ? '-' : '+';
    for (size_t k = 0; k < n_digits; k++) {
        if (k == point) text[n++] = '.';
        text[n++] = (char)('0' + random_below(10));
    }
    sprintf(text + n, "%c%d", random_below(2) ? 'e' : 'E', (int)random_between(low, high));
    if (random_below(2)) text[n] = 0;
}

static void test_floats(void **state)
{
    (void)state;
    char text[256];
    for (int k = 0; k < N_RANDOM; k++) {
        random_decimal(text, 1 + random_below(k % 10 ? 20 : 60), k % 3 ? -30 : -340,
                       k % 3 ? 30 : 320);
        check_float(text);
        uint64_t bits = random_bits();
        double value;
        memcpy(&value, &bits, 8);
        if (!isfinite(value)) continue;
        snprintf(text, sizeof text, "%.17g", value);
        check_float(text);
    }
}

/* Next to the middle of two doubles, where the second rounding of long doubles could err. */
static void test_halfway(void **state)
{
    (void)state;
    char text[256];
    for (int k = 0; k < N_RANDOM; k++) {
        uint64_t m = (uint64_t)1 << 53 | random_bits() >> 11;
        int shift = (int)random_below(10);
        uint64_t middle = ((m << 1) + 1) << (shift < 9 ? shift : 9);
        snprintf(text, sizeof text, "%" PRIu64 ".%s", middle + random_below(3) - 1,
                 random_below(2) ? "0" : "5");
        check_float(text);
        snprintf(text, sizeof text, "%.*f", (int)random_below(22), (double)(m >> 30) / 8192);
        check_float(text);
    }
}

static void test_not_floats(void **state)
{
    (void)state;
    static const char *const no[] = {"",    ".",   "-",    "+",   "e5",   ".e5",    "1e",   "1e+",
                                     "1 2", "0x1", "--1",  "1d5", "nan",  "NAN",    " inf", "inf ",
                                     "1_0", "1,5", "1e5.", "+-1", "1e 5", "infinit"};
    static const char *const yes[] = {"inf", "-inf", "+INF", "Infinity", "-iNfInItY",
                                      "1.",  ".5",   " 1 ",  "\t2.5\v",  "+.5e-3"};
    char padded[PAD + 32];
    double value;
    for (size_t k = 0; k < sizeof no / sizeof *no; k++) {
        memset(padded, '1', sizeof padded);
        memcpy(padded, no[k], strlen(no[k]));
        assert_int_equal(shoal_csv_float(padded, strlen(no[k]), &value), SHOAL_CSV_NO);
        assert_int_equal(shoal_csv_is_float(padded, strlen(no[k])), SHOAL_CSV_NO);
    }
    for (size_t k = 0; k < sizeof yes / sizeof *yes; k++) {
        memset(padded, '1', sizeof padded);
        memcpy(padded, yes[k], strlen(yes[k]));
        assert_int_equal(shoal_csv_float(padded, strlen(yes[k]), &value), SHOAL_CSV_YES);
        assert_true(same_bits(value, strtod(yes[k], NULL)));
    }
}

static void test_integers(void **state)
{
    (void)state;
    char text[64], padded[64 + PAD];
    for (int k = 0; k < N_RANDOM; k++) {
        uint64_t want = random_bits() >> random_below(64), got = 0;
        bool minus = random_below(3) == 0, negative, huge = k % 50 == 0, wrong = k % 50 == 1;
        sprintf(text, "%s%s%0*" PRIu64 "%s%s", random_below(9) ? "" : " ", minus ? "-" : "",
                (int)random_below(24), want, huge ? "00000000000000000000" : "",
                random_below(9) ? "" : " \t");
        size_t n = strlen(text);
        if (wrong) text[random_below(n)] = "/:x. "[random_below(5)];
        memset(padded, '7', sizeof padded);
        memcpy(padded, text, n);
        char *end;
        errno = 0;
        uint64_t library = strtoumax(text + (minus ? strcspn(text, "-") + 1 : 0), &end, 10);
        shoal_csv_match match = shoal_csv_integer(padded, n, &negative, &got);
        if (wrong) continue; /* not to read beyond is all that is asked for */
        assert_int_equal(match, errno == ERANGE ? SHOAL_CSV_BIG : SHOAL_CSV_YES);
        assert_int_equal(negative, minus);
        if (match == SHOAL_CSV_YES) assert_true(got == library);
    }
}

static void test_times(void **state)
{
    (void)state;
    static const int64_t per_second[] = {0, 1, 1000, 1000000, 1000000000};
    char text[64], back[40];
    for (int k = 0; k < N_RANDOM; k++) {
        time_t seconds = (time_t)random_between(-62167219200, 253402300799);
        if (k % 3 == 0) seconds = (time_t)random_between(-9000000000, 9000000000);
        struct tm tm;
        gmtime_r(&seconds, &tm);
        shoal_csv_unit unit = (shoal_csv_unit)random_below(k % 3 ? 4 : 5);
        int64_t fraction =
            unit > SHOAL_CSV_DAYS ? (int64_t)random_below((uint64_t)per_second[unit]) : 0;
        size_t n = strftime(text, sizeof text, unit ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%d", &tm);
        if (tm.tm_year + 1900 < 1000) continue; /* strftime writes fewer digits */
        if (unit > SHOAL_CSV_SECONDS)
            n += (size_t)sprintf(text + n, ".%0*" PRId64, 3 * ((int)unit - 1), fraction);
        shoal_csv_time t;
        int64_t count;
        assert_true(shoal_csv_time_parse(text, n, &t));
        assert_int_equal(t.unit, unit);
        assert_true(shoal_csv_time_count(&t, unit, &count));
        if (unit == SHOAL_CSV_DAYS) {
            tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
            assert_true(count == timegm(&tm) / 86400 && timegm(&tm) % 86400 == 0);
        } else {
            assert_true(count == seconds * per_second[unit] + fraction);
        }
        assert_int_equal(shoal_csv_time_format(count, unit, back), n);
        assert_memory_equal(text, back, n);
    }
}

static void test_time_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } yes[] = {{"1970-01-01", 0},
               {"1970-01-01T00:01", 60},
               {"1970-01-01 00:00:01Z", 1},
               {"1970-01-01T00:00:00+01:30", -5400},
               {"1970-01-01T23:00:00-02:00", 90000},
               {"2000-02-29 00:00", 951782400},
               {"0000-01-01", -62167219200},
               {"1970-01-01T00:00:02.000000000", 2}};
    static const char *const no[] = {"1970-1-01",
                                     "1970-01-32",
                                     "1900-02-29",
                                     "2023-04-31",
                                     "1970-01-01T",
                                     "1970-01-01T24:00",
                                     "1970-01-01T00:60",
                                     "1970-01-01T00:00:60",
                                     "1970-01-01T00:00:",
                                     "1970-01-01T00:00:00.",
                                     "1970-01-01T00:00:00.1234567890",
                                     "1970-01-01T00:00z",
                                     "1970-01-01T00:00+0100",
                                     "1970-00-01",
                                     "1970-13-01",
                                     "1970-01-00",
                                     "+970-01-01",
                                     "1970/01/01",
                                     "1970-01-01x00:00",
                                     "1970-01-01T0:00",
                                     "19700101"};
    shoal_csv_time t;
    int64_t count;
    for (size_t k = 0; k < sizeof yes / sizeof *yes; k++) {
        assert_true(shoal_csv_time_parse(yes[k].text, strlen(yes[k].text), &t));
        assert_true(shoal_csv_time_count(&t, SHOAL_CSV_SECONDS, &count));
        assert_true(count == yes[k].seconds);
    }
    for (size_t k = 0; k < sizeof no / sizeof *no; k++)
        assert_false(shoal_csv_time_parse(no[k], strlen(no[k]), &t));
    assert_true(shoal_csv_time_parse("1970-01-01T00:00:00.5", 21, &t));
    assert_false(shoal_csv_time_count(&t, SHOAL_CSV_SECONDS, &count));
    assert_true(shoal_csv_time_parse("2500-01-01", 10, &t));
    assert_false(shoal_csv_time_count(&t, SHOAL_CSV_NANOSECONDS, &count));
}

static void test_missing(void **state)
{
    (void)state;
    static const char *const more[] = {"-999", "?"};
    static const char *const yes[] = {"", "NA", "nan", "-nan", "#N/A N/A", "None", "-999", "?"};
    static const char *const no[] = {" ", " NA", "na", "NAN", "N", "-99", "-9999", "none", "Nonee"};
    shoal_csv_missing missing;
    shoal_csv_missing_init(&missing, more, 2);
    for (size_t k = 0; k < sizeof yes / sizeof *yes; k++)
        assert_true(shoal_csv_is_missing(&missing, yes[k], strlen(yes[k])));
    for (size_t k = 0; k < sizeof no / sizeof *no; k++)
        assert_false(shoal_csv_is_missing(&missing, no[k], strlen(no[k])));
}

/* Words of two columns against their numbers. */
static void test_words(void **state)
{
    (void)state;
    shoal_words *words;
    char text[32];
    bool added;
    assert_int_equal(shoal_words_new(2000, 1 << 20, &words, NULL), SHOAL_OK);
    for (int round = 0; round < 2; round++) {
        for (uint32_t k = 0; k < 1000; k++)
            for (uint32_t column = 0; column < 2; column++) {
                size_t n = (size_t)sprintf(text, "%0*u", (int)(k % 25), k);
                size_t number = shoal_words_add(words, column, text, n, &added);
                assert_int_equal(number, 2 * k + column);
                assert_int_equal(added, round == 0);
            }
        assert_int_equal(shoal_words_add(words, 2, "x", 1, &added), SHOAL_NO_WORD);
    }
    shoal_words_drop(words, 0);
    assert_int_equal(shoal_words_count(words), 1000);
    for (uint32_t k = 0; k < 1000; k++) {
        size_t n = (size_t)sprintf(text, "%0*u", (int)(k % 25), k), length;
        assert_int_equal(shoal_words_find(words, 0, text, n), SHOAL_NO_WORD);
        assert_int_equal(shoal_words_find(words, 1, text, n), k);
        assert_memory_equal(shoal_words_text(words, k, &length), text, n);
        assert_int_equal(length, n);
    }
    shoal_words_free(words);
}

int main(void)
{
    random_start("test_csv_value");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_floats),     cmocka_unit_test(test_halfway),
        cmocka_unit_test(test_not_floats), cmocka_unit_test(test_integers),
        cmocka_unit_test(test_times),      cmocka_unit_test(test_time_forms),
        cmocka_unit_test(test_missing),    cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
