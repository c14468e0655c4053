/* The scanner against a reader that takes one character at a time, on random texts. */
#include "chunk/cmocka_all.h"
#include "chunk/random.h"
#include "store/csv_scan.h"

#include <iconv.h>
#include <string.h>

enum { MAX_TEXT = 400, MAX_ROWS = 500, MAX_COLUMNS = 500, N_RANDOM = 20000 };

/* The records of a text as the reference finds them; fields are joined by '\1'. */
typedef struct records {
    size_t n, end[MAX_ROWS]; /* offsets behind each record */
    size_t n_fields[MAX_ROWS];
    char text[MAX_ROWS][2 * MAX_TEXT];
    bool open; /* ends inside of quotes */
} records;

typedef struct reader {
    records *out;
    char record[2 * MAX_TEXT];
    size_t n, n_fields;
    bool quoted; /* any field of the record */
} reader;

static void end_field(reader *r)
{
    r->record[r->n++] = '\1';
    r->n_fields++;
}

static void end_record(reader *r, size_t end)
{
    records *out = r->out;
    end_field(r);
    bool blank = r->n_fields == 1 && !r->quoted;
    for (size_t k = 0; k + 1 < r->n; k++) blank = blank && strchr(" \t", r->record[k]);
    if (!blank) {
        memcpy(out->text[out->n], r->record, r->n);
        out->text[out->n][r->n] = 0;
        out->n_fields[out->n] = r->n_fields;
        out->end[out->n++] = end;
    }
    r->n = r->n_fields = 0;
    r->quoted = false;
}

/* States: at a field's start, in a plain field, inside of quotes, behind a quote inside. */
static void read_slowly(const char *text, size_t n, records *out)
{
    static reader r;
    enum { START, PLAIN, INSIDE, BEHIND } state = START;
    out->n = 0;
    r = (reader){.out = out};
    for (size_t k = 0; k < n; k++) {
        char c = text[k];
        bool was_behind = state == BEHIND;
        if (state == INSIDE) {
            if (c == '"')
                state = BEHIND;
            else
                r.record[r.n++] = c;
        } else if (was_behind && c == '"') {
            r.record[r.n++] = c;
            state = INSIDE;
        } else if (state == START && c == '"') {
            state = INSIDE;
            r.quoted = true;
        } else if (c == ',') {
            end_field(&r);
            state = START;
        } else if (c == '\n' || c == '\r') {
            end_record(&r, k + 1);
            state = START;
        } else {
            r.record[r.n++] = c;
            state = PLAIN;
        }
    }
    out->open = state == INSIDE;
    if (r.n || r.n_fields || state != START) end_record(&r, n);
}

static size_t random_text(char *text, size_t n_max)
{
    static const char letters[] = ",,\"\"\"\n\r a\t1xyz,\n";
    size_t n = random_below(n_max), n_letters = random_below(2) ? sizeof letters - 1 : 8;
    for (size_t k = 0; k < n; k++) text[k] = letters[random_below(n_letters)];
    memset(text + n, '"', SHOAL_CSV_PAD); /* what is behind must not matter */
    return n;
}

typedef struct scanned {
    shoal_csv_field fields[MAX_ROWS * 4];
    uint32_t row_start[MAX_ROWS];
} scanned;

static scanned room;

static size_t join(const shoal_csv_scan *scan, size_t row, size_t n_fields, char *out)
{
    size_t n = 0;
    for (size_t k = 0; k < n_fields; k++) {
        const shoal_csv_field *f = &scan->fields[row * scan->n_columns + k];
        memcpy(out + n, scan->text + f->start, f->n);
        n += f->n;
        out[n++] = '\1';
    }
    out[n] = 0;
    return n;
}

/* Scans with as many columns as the widest record has, and compares. */
static void compare_scan(const char *text, size_t n, const records *want, size_t max_rows)
{
    static char copy[MAX_TEXT + SHOAL_CSV_PAD], joined[2 * MAX_TEXT];
    size_t widest = 1, row = 0;
    memcpy(copy, text, n + SHOAL_CSV_PAD);
    for (size_t k = 0; k < want->n; k++)
        if (want->n_fields[k] > widest) widest = want->n_fields[k];
    shoal_csv_scan scan = {copy, n, true, ',', widest, 0, NULL, room.row_start, max_rows, 0, 0};
    scan.fields = malloc((max_rows * widest + 1) * sizeof *scan.fields);
    for (shoal_csv_stop stop = SHOAL_CSV_FULL; stop == SHOAL_CSV_FULL;) {
        stop = shoal_csv_scan_rows(&scan);
        assert_int_not_equal(stop, SHOAL_CSV_WIDE);
        assert_true(stop != SHOAL_CSV_OPEN || want->open);
        for (size_t k = 0; k < scan.n_rows; k++, row++) {
            assert_in_range(row, 0, want->n - 1);
            join(&scan, k, want->n_fields[row], joined);
            assert_string_equal(joined, want->text[row]);
            for (size_t c = want->n_fields[row]; c < widest; c++)
                assert_int_equal(scan.fields[k * widest + c].n, 0);
        }
    }
    assert_int_equal(row, want->n - want->open);
    free(scan.fields);
}

static void test_scan(void **state)
{
    (void)state;
    static char text[MAX_TEXT + SHOAL_CSV_PAD];
    static records want;
    for (int k = 0; k < N_RANDOM; k++) {
        size_t n = random_text(text, k % 2 ? 30 : MAX_TEXT);
        read_slowly(text, n, &want);
        compare_scan(text, n, &want, 1 + random_below(MAX_ROWS));
    }
}

/* A text read in two parts, cut where the first part's last record ends. */
static void test_ends(void **state)
{
    (void)state;
    static char text[MAX_TEXT + SHOAL_CSV_PAD];
    static records want;
    for (int k = 0; k < N_RANDOM / 20; k++) {
        size_t n = random_text(text, 100);
        for (size_t cut = 0; cut <= n; cut++) {
            size_t last = shoal_csv_last_end(text, cut, ',');
            size_t first = shoal_csv_first_end(text, cut, ',');
            read_slowly(text, last, &want);
            assert_true(last <= cut && first <= last && (first != 0) == (last != 0));
            assert_false(want.open);
            assert_true(last == 0 || text[last - 1] == '\n' || text[last - 1] == '\r');
            size_t n_before = want.n;
            read_slowly(text, cut, &want);
            assert_in_range(want.n, n_before, n_before + 1); /* all but an open one are before */
        }
    }
}

/* The field count of the first record, or 0 where it may go on. */
static void test_count(void **state)
{
    (void)state;
    static char text[MAX_TEXT + SHOAL_CSV_PAD];
    static records want;
    for (int k = 0; k < N_RANDOM; k++) {
        size_t n = random_text(text, 30);
        read_slowly(text, n, &want);
        shoal_csv_scan scan = {.text = text, .n = n, .last = true, .delimiter = ','};
        size_t count = shoal_csv_count_fields(&scan);
        if (want.n == 0)
            assert_int_equal(count, 0);
        else if (!want.open || want.n > 1)
            assert_int_equal(count, want.n_fields[0]);
        scan.last = false;
        size_t sure = shoal_csv_count_fields(&scan);
        if (want.n > 1)
            assert_int_equal(sure, want.n_fields[0]);
        else
            assert_true(sure == 0 || sure == count);
    }
}

static void test_wide_and_open(void **state)
{
    (void)state;
    char wide[128] = "a,b\n1,2\n\n3,4,5\n6,7\n", open[128] = "a,b\n1,\"2\n3,4\n";
    shoal_csv_scan scan = {wide, 19, true, ',', 2, 0, room.fields, room.row_start, 10, 0, 0};
    assert_int_equal(shoal_csv_scan_rows(&scan), SHOAL_CSV_WIDE);
    assert_int_equal(scan.n_rows, 2);
    assert_int_equal(scan.at, 9);
    assert_int_equal(scan.n_found, 3);
    shoal_csv_scan other = {open, 13, true, ',', 2, 0, room.fields, room.row_start, 10, 0, 0};
    assert_int_equal(shoal_csv_scan_rows(&other), SHOAL_CSV_OPEN);
    assert_int_equal(other.at, 4);
    other.at = 0;
    other.last = false;
    assert_int_equal(shoal_csv_scan_rows(&other), SHOAL_CSV_END);
    assert_int_equal(other.at, 4);
}

/* iconv says where UTF-8 breaks. */
static void test_bad_byte(void **state)
{
    (void)state;
    static const unsigned char bytes[] = {'a',  'b',  0x80, 0xBF, 0xC2, 0xC1, 0xE0,
                                          0xA0, 0xED, 0x9F, 0xF0, 0x90, 0xF4, 0x8F,
                                          0xEF, 0xBF, 0xF5, 0xE2, 0x82, 0xAC};
    char text[64 + SHOAL_CSV_PAD], wide[512];
    iconv_t converter = iconv_open("UTF-32LE", "UTF-8");
    assert_true(converter != (iconv_t)-1);
    for (int k = 0; k < 10 * N_RANDOM; k++) {
        size_t n = random_below(40), start = random_below(20);
        for (size_t b = 0; b < n; b++)
            text[b] = b < start ? 'x' : (char)bytes[random_below(sizeof bytes)];
        char *in = text, *out = wide;
        size_t in_left = n, out_left = sizeof wide;
        iconv(converter, NULL, NULL, NULL, NULL);
        iconv(converter, &in, &in_left, &out, &out_left);
        assert_int_equal(shoal_csv_bad_byte(text, n), n - in_left);
    }
    iconv_close(converter);
    assert_int_equal(shoal_csv_bad_byte("0123456789\0abc", 14), 10);
}

int main(void)
{
    random_start("test_csv_scan");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan),     cmocka_unit_test(test_ends),
        cmocka_unit_test(test_count),    cmocka_unit_test(test_wide_and_open),
        cmocka_unit_test(test_bad_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
