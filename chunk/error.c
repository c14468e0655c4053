#include "chunk/error.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_BYTES sizeof(((shoal_error *)0)->message)

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* The bytes of the well-formed, printable UTF-8 character at `text`; 0 when there is none. */
static size_t character_length(const unsigned char *text)
{
    unsigned char c = text[0];
    if (c < 0x80) return c >= 0x20 && c != 0x7F;
    if (c < 0xC2 || c > 0xF4 || !is_continuation(text[1])) return 0;
    if (c < 0xE0) return c == 0xC2 && text[1] < 0xA0 ? 0 : 2; /* U+0080..9F are controls */
    if (!is_continuation(text[2])) return 0;
    if (c < 0xF0) {
        bool overlong = c == 0xE0 && text[1] < 0xA0, surrogate = c == 0xED && text[1] > 0x9F;
        bool separator = c == 0xE2 && text[1] == 0x80 && (text[2] == 0xA8 || text[2] == 0xA9);
        return overlong || surrogate || separator ? 0 : 3;
    }
    if (!is_continuation(text[3])) return 0;
    if ((c == 0xF0 && text[1] < 0x90) || (c == 0xF4 && text[1] > 0x8F)) return 0;
    return 4;
}

static void make_one_clean_line(char *text)
{
    while (*text != '\0') {
        size_t n = character_length((const unsigned char *)text);
        if (n == 0) *text = '?';
        text += n == 0 ? 1 : n;
    }
}

/* Cutting a text at the buffer's end may have split a character: drop its first part. */
static void drop_split_character(char *text)
{
    size_t n = strlen(text), tail = 0;
    if (n + 1 < MESSAGE_BYTES) return;
    while (tail < 3 && tail < n && is_continuation((unsigned char)text[n - 1 - tail])) tail++;
    if (tail == n) return;
    unsigned char lead = (unsigned char)text[n - 1 - tail];
    size_t whole = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (whole > tail + 1) text[n - 1 - tail] = '\0';
}

static void format_line(char text[MESSAGE_BYTES], const char *format, va_list values)
{
    if (vsnprintf(text, MESSAGE_BYTES, format, values) < 0) text[0] = '\0';
    drop_split_character(text);
    make_one_clean_line(text);
}

shoal_status shoal_fail(shoal_error *err, shoal_status status, const char *format, ...)
{
    if (err == NULL) return status;
    /* By way of a buffer of its own: a value may point into err->message. */
    char text[MESSAGE_BYTES];
    va_list values;
    va_start(values, format);
    format_line(text, format, values);
    va_end(values);
    err->status = status;
    err->column = 0;
    memcpy(err->message, text, MESSAGE_BYTES);
    return status;
}

shoal_status shoal_fail_within(shoal_error *err, shoal_status status, const char *format, ...)
{
    if (err == NULL) return status;
    char text[MESSAGE_BYTES], line[2 * MESSAGE_BYTES + 2];
    va_list values;
    va_start(values, format);
    format_line(text, format, values);
    va_end(values);
    bool alone = err->message[0] == '\0';
    (void)snprintf(line, sizeof line, "%s%s%s", text, alone ? "" : ": ", err->message);
    line[MESSAGE_BYTES - 1] = '\0';
    drop_split_character(line);
    memcpy(err->message, line, MESSAGE_BYTES);
    if (err->status == SHOAL_OK) err->status = status;
    return err->status;
}

#define WORD_LIMIT 64

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Edits (insert, delete, replace, swap of neighbours) from a to b, letter case aside. */
static int edit_distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
    int rows[3][WORD_LIMIT + 1];
    int *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= n_b; j++) above[j] = (int)j;
    for (size_t i = 1; i <= n_a; i++) {
        row[0] = (int)i;
        for (size_t j = 1; j <= n_b; j++) {
            int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            int d = least(above[j - 1] + (x != y), least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                y == tolower((unsigned char)a[i - 2]))
                d = least(d, before[j - 2] + 1);
            row[j] = d;
        }
        int *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[n_b];
}

const char *shoal_nearest_word(const char *word, const char *const *candidates, size_t n)
{
    size_t n_word = strlen(word);
    if (n_word == 0 || n_word > WORD_LIMIT) return NULL;
    const char *nearest = NULL;
    int limit = n_word <= 2 ? 1 : (int)(n_word + 2) / 3, best = limit + 1;
    for (size_t k = 0; k < n; k++) {
        size_t n_candidate = strlen(candidates[k]);
        if (n_candidate == 0 || n_candidate > WORD_LIMIT) continue;
        int d = edit_distance(word, n_word, candidates[k], n_candidate);
        if (d >= (int)n_word || d >= best) continue;
        best = d;
        nearest = candidates[k];
    }
    return nearest;
}
