#include "store/value_text.h"

#include "chunk/type.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SHOWN = 1000, MAX_JSON_BYTES = 65536, ELEMENT_BYTES = 96 };

struct shoal_value_writer {
    char *text;
    size_t n, capacity;
    bool failed, json;
};

typedef shoal_value_writer writer;

static void put(writer *w, const char *bytes, size_t n)
{
    if (w->failed) return;
    if (w->n + n + 1 > w->capacity) {
        size_t wanted = (w->n + n + 1) * 2;
        char *grown = realloc(w->text, wanted);
        w->failed = !grown;
        if (!grown) return;
        w->text = grown;
        w->capacity = wanted;
    }
    memcpy(w->text + w->n, bytes, n);
    w->n += n;
    w->text[w->n] = '\0';
}

static void put_text(writer *w, const char *text)
{
    put(w, text, strlen(text));
}

/* The bytes of the UTF-8 character at `text`, or 0 when it is none. */
static size_t character_bytes(const unsigned char *text)
{
    unsigned char c = text[0];
    size_t n = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : 4;
    if (n == 4 && (c < 0xF0 || c > 0xF4)) return 0;
    for (size_t k = 1; k < n; k++)
        if ((text[k] & 0xC0) != 0x80) return 0;
    if (c == 0xE0 && text[1] < 0xA0) return 0;
    if (c == 0xED && text[1] > 0x9F) return 0;
    if (c == 0xF0 && text[1] < 0x90) return 0;
    if (c == 0xF4 && text[1] > 0x8F) return 0;
    return n;
}

/* One character; bytes that are no UTF-8 become U+FFFD. Returns how many bytes it took. */
static size_t put_character(writer *w, const unsigned char *at, bool escapes)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    char escape[8];
    size_t n = character_bytes(at);
    if (n == 0) {
        put_text(w, replacement);
        return 1;
    }
    if (escapes && (*at == '"' || *at == '\\')) {
        put(w, "\\", 1);
    } else if (escapes && (*at < 0x20 || *at == 0x7F)) {
        snprintf(escape, sizeof escape, "\\u%04x", *at);
        put_text(w, escape);
        return 1;
    }
    char character[4];
    memcpy(character, at, n);
    put(w, character, n);
    return n;
}

static void put_string(writer *w, const char *text, bool quoted)
{
    if (quoted) put(w, "\"", 1);
    for (const unsigned char *at = (const unsigned char *)text; *at;)
        at += put_character(w, at, quoted);
    if (quoted) put(w, "\"", 1);
}

static bool is_finite_text(const char *text)
{
    return strstr(text, "nan") == NULL && strstr(text, "inf") == NULL;
}

static void put_json_number(writer *w, shoal_type type, const uint8_t *element)
{
    char text[ELEMENT_BYTES];
    if (shoal_code_kind(type.code) == SHOAL_KIND_COMPLEX) {
        shoal_type half =
            shoal_type_of(type.code == SHOAL_COMPLEX64 ? SHOAL_FLOAT32 : SHOAL_FLOAT64);
        put(w, "[", 1);
        put_json_number(w, half, element);
        put(w, ",", 1);
        put_json_number(w, half, element + half.n_bytes);
        put(w, "]", 1);
        return;
    }
    shoal_format_element(type, element, text, sizeof text);
    if (type.code == SHOAL_BOOL)
        put_text(w, *element ? "true" : "false");
    else
        put_text(w, is_finite_text(text) ? text : "null");
}

/* "0x0a1b"; in quotes in JSON. */
static void put_record(writer *w, shoal_type type, const uint8_t *element)
{
    char byte[8];
    shoal_type one = {SHOAL_RECORD, 1};
    put_text(w, w->json ? "\"0x" : "0x");
    for (uint32_t k = 0; k < type.n_bytes && w->n <= MAX_JSON_BYTES; k++) {
        shoal_format_element(one, element + k, byte, sizeof byte);
        put_text(w, byte + 2);
    }
    if (w->json) put_text(w, "\"");
}

static void put_number(writer *w, shoal_type type, const uint8_t *element)
{
    char text[ELEMENT_BYTES];
    if (type.code == SHOAL_RECORD) {
        put_record(w, type, element);
    } else if (w->json) {
        put_json_number(w, type, element);
    } else {
        shoal_format_element(type, element, text, sizeof text);
        put_text(w, text);
    }
}

static void put_element(writer *w, const shoal_value *value, size_t k)
{
    if (value->values)
        put_number(w, value->type, (const uint8_t *)value->values + k * value->type.n_bytes);
    else if (value->texts)
        put_string(w, value->texts[k], w->json || value->rank > 0);
    else
        value->put(value->user, w, k);
}

/* How many axes begin (or, from the end, close) at element k. */
static int brackets_at(const shoal_value *value, size_t k)
{
    uint64_t run = 1;
    int n = 0;
    for (int axis = value->rank - 1; axis >= 0; axis--) {
        run *= value->shape[axis];
        if (run == 0 || k % run != 0) break;
        n++;
    }
    return n;
}

static bool is_full(const writer *w, const shoal_value *value, size_t k)
{
    bool is_long = w->n > MAX_JSON_BYTES;
    return w->failed || (w->json ? is_long : k == MAX_SHOWN || (value->put && is_long));
}

static void put_value(writer *w, const shoal_value *value)
{
    size_t k = 0;
    if (value->count == 0) put_text(w, "[]");
    for (; k < value->count && !is_full(w, value, k); k++) {
        if (k > 0) put_text(w, w->json ? "," : ", ");
        for (int n = brackets_at(value, k); n > 0; n--) put(w, "[", 1);
        put_element(w, value, k);
        for (int n = brackets_at(value, k + 1); n > 0; n--) put(w, "]", 1);
    }
    if (k == value->count) return;
    put_text(w, ", ...");
    for (int n = value->rank; n > 0; n--) put(w, "]", 1);
}

char *shoal_value_text(const shoal_value *value)
{
    writer w = {0};
    put_value(&w, value);
    put_text(&w, ""); /* an empty text is still a text */
    if (!w.failed) return w.text;
    free(w.text);
    return NULL;
}

char *shoal_value_json(const shoal_value *value)
{
    writer w = {.json = true};
    put_value(&w, value);
    if (!w.failed && w.n > MAX_JSON_BYTES) {
        w.n = 0;
        put_text(&w, "null");
    }
    if (!w.failed) return w.text;
    free(w.text);
    return NULL;
}

/* ---- For functions that put elements ---- */

bool shoal_value_is_json(const shoal_value_writer *w)
{
    return w->json;
}

bool shoal_value_is_full(const shoal_value_writer *w)
{
    return w->failed || w->n > MAX_JSON_BYTES;
}

void shoal_value_stop(shoal_value_writer *w)
{
    w->failed = true;
}

void shoal_value_put_text(shoal_value_writer *w, const char *text)
{
    put_text(w, text);
}

void shoal_value_put_string(shoal_value_writer *w, const char *text, size_t n, bool quoted)
{
    size_t length = strnlen(text, n < MAX_JSON_BYTES + 1 ? n : MAX_JSON_BYTES + 1);
    char *copy = strndup(text, length);
    w->failed = w->failed || !copy;
    if (copy) put_string(w, copy, quoted || w->json);
    free(copy);
}

void shoal_value_put_number(shoal_value_writer *w, shoal_type type, const void *element)
{
    put_number(w, type, element);
}
