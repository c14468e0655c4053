#include "store/pickle.h"

#include "store/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ITEMS = 1 << 16, MOST_MEMO = 1 << 16 };
#define MOST_BYTES ((size_t)16 << 20) /* of all names: one can be in the list many times */

typedef enum item_kind { ITEM_MARK, ITEM_LIST, ITEM_NAME } item_kind;

/* A name's place in the bytes of all, or the list, of which there is one. */
typedef struct item {
    item_kind kind;
    size_t name;
} item;

typedef struct machine {
    const uint8_t *at, *end;
    char *names; /* each with a NUL behind */
    size_t n_names, room;
    item *items; /* the stack */
    size_t depth, capacity;
    item *memo;
    bool *has_memo;
    size_t n_memo;
    size_t *list; /* names of the list */
    size_t n_list, list_capacity;
    bool has_list, no_memory;
} machine;

/* The array of n elements with room for one more, perhaps elsewhere; NULL: no memory, and it is as
   it was. */
static void *with_room(machine *m, void *array, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity) return array;
    size_t wanted = *capacity ? 2 * *capacity : 64;
    void *grown = realloc(array, wanted * size);
    m->no_memory |= !grown;
    if (grown) *capacity = wanted;
    return grown;
}

/* ---- The stack ---- */

static bool push(machine *m, item_kind kind, size_t name)
{
    if (m->depth == MOST_ITEMS) return false;
    item *items = with_room(m, m->items, m->depth, &m->capacity, sizeof *items);
    if (!items) return false;
    m->items = items;
    m->items[m->depth++] = (item){kind, name};
    return true;
}

static bool append(machine *m, size_t name)
{
    if (m->n_list == MOST_ITEMS) return false;
    size_t *list = with_room(m, m->list, m->n_list, &m->list_capacity, sizeof *list);
    if (!list) return false;
    m->list = list;
    m->list[m->n_list++] = name;
    return true;
}

/* The list, of which there is one. */
static bool push_list(machine *m)
{
    if (m->has_list) return false;
    m->has_list = true;
    return push(m, ITEM_LIST, 0);
}

/* Takes what is above the topmost mark to the list's end, and the mark away. */
static bool append_marked(machine *m)
{
    size_t k = m->depth;
    while (k > 0 && m->items[k - 1].kind == ITEM_NAME) k--;
    if (k == 0 || m->items[k - 1].kind != ITEM_MARK) return false;
    for (size_t j = k; j < m->depth; j++)
        if (!append(m, m->items[j].name)) return false;
    m->depth = k - 1;
    return true;
}

static bool append_one(machine *m)
{
    if (m->depth < 2 || m->items[m->depth - 1].kind != ITEM_NAME ||
        m->items[m->depth - 2].kind != ITEM_LIST)
        return false;
    return append(m, m->items[--m->depth].name);
}

/* ---- The memo ---- */

static bool memo_put(machine *m, size_t k)
{
    if (m->depth == 0 || m->items[m->depth - 1].kind == ITEM_MARK || k >= MOST_MEMO) return false;
    if (!m->memo) {
        m->memo = calloc(MOST_MEMO, sizeof *m->memo);
        m->has_memo = calloc(MOST_MEMO, sizeof *m->has_memo);
        m->no_memory |= !m->memo || !m->has_memo;
        if (m->no_memory) return false;
    }
    m->memo[k] = m->items[m->depth - 1];
    m->has_memo[k] = true;
    if (k >= m->n_memo) m->n_memo = k + 1;
    return true;
}

/* A name again; the list is never within itself. */
static bool memo_get(machine *m, size_t k)
{
    if (k >= m->n_memo || !m->has_memo[k] || m->memo[k].kind != ITEM_NAME) return false;
    return push(m, ITEM_NAME, m->memo[k].name);
}

/* ---- Names ---- */

static bool put_byte(machine *m, unsigned byte)
{
    if (m->n_names == MOST_BYTES) return false;
    char *names = with_room(m, m->names, m->n_names, &m->room, 1);
    if (!names) return false;
    m->names = names;
    m->names[m->n_names++] = (char)(unsigned char)byte;
    return true;
}

/* A code point in UTF-8; no NUL, no half of a pair. */
static bool put_point(machine *m, uint32_t c)
{
    if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return false;
    if (c < 0x80) return put_byte(m, c);
    int n = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned lead[] = {0, 0xC0, 0xE0, 0xF0};
    bool fine = put_byte(m, lead[n] | c >> (6 * n));
    while (fine && n-- > 0) fine = put_byte(m, 0x80 | (c >> (6 * n) & 0x3F));
    return fine;
}

static bool put_bytes(machine *m, const uint8_t *from, size_t n)
{
    size_t name = m->n_names;
    bool fine = true;
    for (size_t k = 0; k < n && fine; k++) fine = from[k] != 0 && put_byte(m, from[k]);
    return fine && put_byte(m, 0) && push(m, ITEM_NAME, name);
}

/* "\u00e9" or "\U0001f600" at `at`; *used is what it takes. */
static bool escaped(const uint8_t *at, size_t n, uint32_t *c, size_t *used)
{
    size_t digits = n > 1 && at[1] == 'u' ? 4 : n > 1 && at[1] == 'U' ? 8 : 0;
    *c = 0;
    if (digits == 0 || n < 2 + digits) return false;
    for (size_t k = 0; k < digits; k++) {
        unsigned d = at[2 + k], lower = d | 0x20;
        bool is_digit = d >= '0' && d <= '9', is_letter = lower >= 'a' && lower <= 'f';
        if (!is_digit && !is_letter) return false;
        *c = *c << 4 | (is_digit ? d - '0' : lower - 'a' + 10);
    }
    *used = 2 + digits;
    return true;
}

/* Protocol 0's texts: Latin-1, and the rest as escapes. */
static bool put_escaped(machine *m, const uint8_t *from, size_t n)
{
    size_t name = m->n_names;
    bool fine = true;
    for (size_t k = 0; k < n && fine;) {
        uint32_t c = from[k];
        size_t used = 1;
        if (c == '\\' && k + 1 < n && (from[k + 1] | 0x20) == 'u')
            fine = escaped(from + k, n - k, &c, &used);
        fine = fine && put_point(m, c);
        k += used;
    }
    return fine && put_byte(m, 0) && push(m, ITEM_NAME, name);
}

/* ---- Arguments ---- */

/* Up to the end of the line, without it. */
static bool take_line(machine *m, const uint8_t **line, size_t *n)
{
    const uint8_t *stop = memchr(m->at, '\n', (size_t)(m->end - m->at));
    if (!stop) return false;
    *line = m->at;
    *n = (size_t)(stop - m->at);
    m->at = stop + 1;
    return true;
}

static bool take_number(machine *m, size_t n_bytes, uint64_t *out)
{
    *out = 0;
    if ((size_t)(m->end - m->at) < n_bytes) return false;
    for (size_t k = 0; k < n_bytes; k++) *out |= (uint64_t)m->at[k] << (8 * k);
    m->at += n_bytes;
    return true;
}

/* Bytes after their count. */
static bool take_counted(machine *m, size_t n_bytes)
{
    uint64_t n;
    if (!take_number(m, n_bytes, &n) || n > (uint64_t)(m->end - m->at)) return false;
    m->at += n;
    return put_bytes(m, m->at - n, (size_t)n);
}

/* Digits of a line, with a sign; "L" behind them is Python 2's. */
static bool take_digits(machine *m)
{
    const uint8_t *line;
    size_t n, k = 0;
    if (!take_line(m, &line, &n)) return false;
    if (n > 0 && line[n - 1] == 'L') n--;
    if (n > 0 && line[0] == '-') k = 1;
    if (k == n || n > 20) return false;
    for (; k < n; k++)
        if (line[k] < '0' || line[k] > '9') return false;
    return put_bytes(m, line, n);
}

static bool take_binary(machine *m, size_t n_bytes)
{
    uint64_t bits;
    char text[24];
    if (!take_number(m, n_bytes, &bits)) return false;
    long long value = n_bytes == 4 ? (int32_t)(uint32_t)bits : (long long)bits;
    int n = snprintf(text, sizeof text, "%lld", value);
    return put_bytes(m, (const uint8_t *)text, (size_t)n);
}

/* 'text' or "text", without escapes. */
static bool take_quoted(machine *m)
{
    const uint8_t *line;
    size_t n;
    if (!take_line(m, &line, &n) || n < 2 || line[0] != line[n - 1] ||
        (line[0] != '\'' && line[0] != '"') || memchr(line, '\\', n))
        return false;
    return put_bytes(m, line + 1, n - 2);
}

static bool take_memo_line(machine *m, size_t *k)
{
    const uint8_t *line;
    size_t n;
    *k = 0;
    if (!take_line(m, &line, &n) || n == 0 || n > 6) return false;
    for (size_t j = 0; j < n; j++) {
        if (line[j] < '0' || line[j] > '9') return false;
        *k = 10 * *k + (size_t)(line[j] - '0');
    }
    return true;
}

/* ---- Running ---- */

static bool run_memo(machine *m, uint8_t op)
{
    uint64_t k = 0;
    size_t line;
    switch (op) {
    case 'p': return take_memo_line(m, &line) && memo_put(m, line);
    case 'g': return take_memo_line(m, &line) && memo_get(m, line);
    case 'q': return take_number(m, 1, &k) && memo_put(m, k);
    case 'r': return take_number(m, 4, &k) && memo_put(m, k);
    case 'h': return take_number(m, 1, &k) && memo_get(m, k);
    case 'j': return take_number(m, 4, &k) && memo_get(m, k);
    case 0x94: return memo_put(m, m->n_memo);
    default: return false;
    }
}

static bool run_text(machine *m, uint8_t op)
{
    const uint8_t *line;
    size_t n;
    switch (op) {
    case 'V': return take_line(m, &line, &n) && put_escaped(m, line, n);
    case 'S': return take_quoted(m);
    case 'X':
    case 'T': return take_counted(m, 4);
    case 'U':
    case 0x8C: return take_counted(m, 1);
    case 'I':
    case 'L': return take_digits(m);
    case 'K': return take_binary(m, 1);
    case 'M': return take_binary(m, 2);
    case 'J': return take_binary(m, 4);
    default: return run_memo(m, op);
    }
}

/* One instruction; false for what is not known. */
static bool run(machine *m, uint8_t op)
{
    uint64_t ignored;
    switch (op) {
    case 0x80: return take_number(m, 1, &ignored); /* protocol */
    case 0x95: return take_number(m, 8, &ignored); /* frame */
    case '(': return push(m, ITEM_MARK, 0);
    case ']': return push_list(m);
    case 'l': return append_marked(m) && push_list(m);
    case 'a': return append_one(m);
    case 'e': return append_marked(m) && m->depth > 0 && m->items[m->depth - 1].kind == ITEM_LIST;
    default: return run_text(m, op);
    }
}

static shoal_status take_names(const machine *m, char ***out, size_t *n_out, shoal_error *err)
{
    size_t n_bytes = 0;
    char **texts = calloc(m->n_list + 1, sizeof *texts);
    bool fine = texts != NULL;
    for (size_t k = 0; k < m->n_list && fine; k++) {
        const char *name = m->names + m->list[k];
        n_bytes += strlen(name) + 1;
        if (n_bytes > MOST_BYTES) {
            shoal_texts_free(texts, k);
            return shoal_fail(err, SHOAL_DATA, "a pickled list of more than 16 MiB of names");
        }
        texts[k] = strdup(name);
        fine = texts[k] != NULL;
    }
    if (!fine) {
        if (texts) shoal_texts_free(texts, m->n_list);
        return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    }
    *out = texts;
    *n_out = m->n_list;
    return SHOAL_OK;
}

shoal_status shoal_pickle_names(const void *bytes, size_t n, char ***out, size_t *n_out,
                                shoal_error *err)
{
    machine m = {.at = bytes, .end = (const uint8_t *)bytes + n};
    shoal_status status = SHOAL_OK;
    bool stopped = false, fine = true;
    uint8_t op = 0;
    while (fine && !stopped && m.at < m.end) {
        op = *m.at++;
        stopped = op == '.';
        if (!stopped) fine = run(&m, op);
    }
    if (m.no_memory)
        status = shoal_fail(err, SHOAL_MEMORY, "out of memory");
    else if (!fine)
        status = shoal_fail(err, SHOAL_DATA,
                            "a pickle that is more than a list of names (instruction 0x%02x)", op);
    else if (!stopped || m.depth != 1 || m.items[0].kind != ITEM_LIST)
        status = shoal_fail(err, SHOAL_DATA, "a pickle that is no whole list");
    else
        status = take_names(&m, out, n_out, err);
    free(m.names);
    free(m.items);
    free(m.memo);
    free(m.has_memo);
    free(m.list);
    return status;
}
