#include "store/csv_words.h"

#include "chunk/error.h"

#include <stdlib.h>
#include <string.h>

typedef struct word {
    uint32_t column, start, n;
    uint32_t hash;
    int32_t code;
} word;

struct shoal_words {
    word *word;
    uint32_t *slot; /* a word's number + 1, or 0; found by open addressing */
    char *text;
    size_t n_words, max_words, n_bytes, max_bytes;
    uint32_t slot_mask;
};

static size_t slots_for(size_t n_words)
{
    size_t n = 16;
    while (n < 2 * n_words) n *= 2;
    return n;
}

size_t shoal_words_memory(size_t n_words, size_t n_bytes)
{
    return sizeof(shoal_words) + n_words * sizeof(word) + slots_for(n_words) * sizeof(uint32_t) +
           n_bytes;
}

shoal_status shoal_words_new(size_t n_words, size_t n_bytes, shoal_words **out, shoal_error *err)
{
    if (n_words >= UINT32_MAX / 4 || n_bytes >= UINT32_MAX)
        return shoal_fail(err, SHOAL_USAGE, "a set of %zu texts is too large", n_words);
    size_t n_slots = slots_for(n_words);
    shoal_words *w = calloc(1, sizeof *w);
    if (w) {
        w->word = malloc((n_words + 1) * sizeof *w->word);
        w->slot = calloc(n_slots, sizeof *w->slot);
        w->text = malloc(n_bytes + 1);
    }
    if (!w || !w->word || !w->slot || !w->text) {
        shoal_words_free(w);
        return shoal_fail(err, SHOAL_MEMORY, "no memory for a set of %zu texts", n_words);
    }
    w->max_words = n_words;
    w->max_bytes = n_bytes;
    w->slot_mask = (uint32_t)(n_slots - 1);
    *out = w;
    return SHOAL_OK;
}

void shoal_words_free(shoal_words *words)
{
    if (!words) return;
    free(words->word);
    free(words->slot);
    free(words->text);
    free(words);
}

static inline uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t load(const char *p, size_t n)
{
    uint64_t v = 0;
    uint32_t a, b;
    if (n >= 8) {
        memcpy(&v, p, 8);
    } else if (n >= 4) {
        memcpy(&a, p, 4);
        memcpy(&b, p + n - 4, 4);
        v = (uint64_t)a << 32 | b;
    } else if (n > 0) {
        v = (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 |
            (unsigned char)p[n - 1];
    }
    return v;
}

static inline uint32_t hash_of(uint32_t column, const char *p, size_t n)
{
    const uint64_t k = 0x9E3779B97F4A7C15u;
    uint64_t h = fold(k ^ column, k + n);
    for (; n > 8; p += 8, n -= 8) h = fold(h ^ load(p, 8), k);
    return (uint32_t)fold(h ^ load(p, n), k);
}

/* The slot that holds the text, or the free one where it would go. */
static inline uint32_t slot_of(const shoal_words *w, uint32_t hash, uint32_t column,
                               const char *text, size_t n)
{
    uint32_t s = hash & w->slot_mask;
    for (; w->slot[s]; s = (s + 1) & w->slot_mask) {
        const word *at = &w->word[w->slot[s] - 1];
        if (at->hash == hash && at->n == n && at->column == column &&
            !memcmp(w->text + at->start, text, n))
            break;
    }
    return s;
}

size_t shoal_words_find(const shoal_words *words, uint32_t column, const char *text, size_t n)
{
    uint32_t s = words->slot[slot_of(words, hash_of(column, text, n), column, text, n)];
    return s ? s - 1 : SHOAL_NO_WORD;
}

size_t shoal_words_add(shoal_words *words, uint32_t column, const char *text, size_t n, bool *added)
{
    uint32_t hash = hash_of(column, text, n);
    uint32_t s = slot_of(words, hash, column, text, n);
    *added = false;
    if (words->slot[s]) return words->slot[s] - 1;
    if (words->n_words >= words->max_words || n > words->max_bytes - words->n_bytes)
        return SHOAL_NO_WORD;
    memcpy(words->text + words->n_bytes, text, n);
    words->word[words->n_words] =
        (word){column, (uint32_t)words->n_bytes, (uint32_t)n, hash, (int32_t)words->n_words};
    words->n_bytes += n;
    words->slot[s] = (uint32_t)++words->n_words;
    *added = true;
    return words->n_words - 1;
}

void shoal_words_clear(shoal_words *words)
{
    memset(words->slot, 0, ((size_t)words->slot_mask + 1) * sizeof *words->slot);
    words->n_words = words->n_bytes = 0;
}

void shoal_words_drop(shoal_words *words, uint32_t column)
{
    size_t n = words->n_words;
    shoal_words_clear(words);
    for (size_t k = 0; k < n; k++) {
        word w = words->word[k];
        if (w.column == column) continue;
        const char *text = words->text + w.start;
        uint32_t s = w.hash & words->slot_mask;
        while (words->slot[s]) s = (s + 1) & words->slot_mask;
        memmove(words->text + words->n_bytes, text, w.n);
        w.start = (uint32_t)words->n_bytes;
        words->word[words->n_words] = w;
        words->n_bytes += w.n;
        words->slot[s] = (uint32_t)++words->n_words;
    }
}

size_t shoal_words_count(const shoal_words *words)
{
    return words->n_words;
}

const char *shoal_words_text(const shoal_words *words, size_t number, size_t *n)
{
    *n = words->word[number].n;
    return words->text + words->word[number].start;
}

uint32_t shoal_words_column(const shoal_words *words, size_t number)
{
    return words->word[number].column;
}

void shoal_words_set_code(shoal_words *words, size_t number, int32_t code)
{
    words->word[number].code = code;
}

int32_t shoal_words_code(const shoal_words *words, size_t number)
{
    return words->word[number].code;
}
