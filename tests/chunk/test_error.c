/* Error texts and nearest words. */
#include "tests/chunk/cmocka_all.h"

#include "chunk/error.h"
#include "tests/chunk/random.h"

#include <string.h>

static void fails_fill_the_struct(void **state)
{
    (void)state;
    shoal_error err = {.column = 7};
    assert_int_equal(shoal_fail(NULL, SHOAL_DATA, "%d", 1), SHOAL_DATA);
    assert_int_equal(shoal_fail(&err, SHOAL_USAGE, "axis %d of %s", 3, "T.h5"), SHOAL_USAGE);
    assert_int_equal(err.status, SHOAL_USAGE);
    assert_int_equal(err.column, 0);
    assert_string_equal(err.message, "axis 3 of T.h5");
    assert_int_equal(shoal_fail_within(&err, SHOAL_SYSTEM, "chunk %d", 5), SHOAL_USAGE);
    assert_string_equal(err.message, "chunk 5: axis 3 of T.h5");
    (void)shoal_fail(&err, SHOAL_DATA, "again: %s", err.message);
    assert_string_equal(err.message, "again: chunk 5: axis 3 of T.h5");
    shoal_error blank = {0};
    assert_int_equal(shoal_fail_within(&blank, SHOAL_SYSTEM, "alone"), SHOAL_SYSTEM);
    assert_string_equal(blank.message, "alone");
    assert_int_equal(shoal_fail_within(NULL, SHOAL_SYSTEM, "alone"), SHOAL_SYSTEM);
}

static void messages_are_clean(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *clean;
    } cases[] = {
        {"a\nb\tc\x1b[31m\x7f", "a?b?c?[31m?"},
        {"Gr\xC3\xB6\xC3\x9F"
         "e \xE2\x82\xAC \xF0\x9F\x90\x9F",
         "Gr\xC3\xB6\xC3\x9F"
         "e \xE2\x82\xAC \xF0\x9F\x90\x9F"},
        {"\xFF\xC3", "??"},
        {"\xC0\xAF", "??"},
        {"\xC2\x85", "??"},
        {"\xED\xA0\x80", "???"},
        {"\xE2\x80\xA8", "???"},
        {"\xF4\x90\x80\x80", "????"},
        {"\xE0\x80\x80", "???"},
        {"\xE2\x82", "??"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        shoal_error err;
        shoal_fail(&err, SHOAL_DATA, "%s", cases[k].raw);
        assert_string_equal(err.message, cases[k].clean);
    }
}

static void long_messages_end_between_characters(void **state)
{
    (void)state;
    char raw[3000];
    static const char *const letters[] = {"a", "\xC3\xB6", "\xE2\x82\xAC", "\xF0\x9F\x90\x9F"};
    for (int round = 0; round < 200; round++) {
        raw[0] = '\0';
        size_t n = 0;
        while (n < 2900) n += (size_t)sprintf(raw + n, "%s", letters[random_below(4)]);
        shoal_error err = {0};
        shoal_fail(&err, SHOAL_DATA, "%s", raw);
        size_t length = strlen(err.message);
        assert_true(length >= sizeof err.message - 5 && length < sizeof err.message);
        assert_memory_equal(err.message, raw, length);
        shoal_fail_within(&err, SHOAL_DATA, "%s", "\xE2\x82\xAC");
        assert_memory_equal(err.message + 5, raw, strlen(err.message) - 5);
    }
}

static void nearest_words(void **state)
{
    (void)state;
    static const char *const words[] = {"sum", "mean", "nanmean", "minimum", "sqrt"};
    static const struct {
        const char *word, *nearest;
    } cases[] = {
        {"maen", "mean"},
        {"nanmaen", "nanmean"},
        {"MINIMUM", "minimum"},
        {"sqr", "sqrt"},
        {"sun", "sum"},
        {"completely", NULL},
        {"", NULL},
        {"x", NULL},
        {"nan_mean", "nanmean"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const char *nearest = shoal_nearest_word(cases[k].word, words, 5);
        if (cases[k].nearest == NULL) {
            assert_null(nearest);
        } else {
            assert_non_null(nearest);
            assert_string_equal(nearest, cases[k].nearest);
        }
    }
    char endless[200];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    const char *const huge[] = {endless};
    assert_null(shoal_nearest_word(endless, words, 5));
    assert_null(shoal_nearest_word("aaaa", huge, 1));
}

static void version_is_the_headers(void **state)
{
    (void)state;
    assert_string_equal(shoal_version(), SHOAL_VERSION);
}

int main(void)
{
    random_start("test_error");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fails_fill_the_struct),
        cmocka_unit_test(messages_are_clean),
        cmocka_unit_test(long_messages_end_between_characters),
        cmocka_unit_test(nearest_words),
        cmocka_unit_test(version_is_the_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
