#include "tests/fuzz/checksums.h"

#include "store/lookup3.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST = 2200, MOST_RUNS = 4000, SIGNATURE_BYTES = 4 };

static const char signatures[][SIGNATURE_BYTES + 1] = {
    "\x89HDF", "OHDR", "OCHK", "FRHP", "FHDB", "FHIB", "BTHD", "BTIN", "BTLF", "EAHD", "EAIB",
    "EASB",    "EADB", "FAHD", "FADB", "SMTB", "SMLI", "TREE", "SNOD", "HEAP", "GCOL",
};

static bool is_signature(const uint8_t *at)
{
    for (size_t k = 0; k < sizeof signatures / sizeof signatures[0]; k++)
        if (memcmp(at, signatures[k], SIGNATURE_BYTES) == 0) return true;
    return false;
}

bool checksums_next_signature(const uint8_t *bytes, size_t n, size_t *at)
{
    static const bool first[256] = {
        [0x89] = true, ['O'] = true, ['F'] = true, ['B'] = true, ['E'] = true,
        ['S'] = true,  ['T'] = true, ['H'] = true, ['G'] = true};
    for (; *at + 16 <= n; (*at)++)
        if (first[bytes[*at]] && is_signature(bytes + *at)) return true;
    return false;
}

static uint32_t stored_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static void store_at(uint8_t *bytes, uint32_t value)
{
    for (int k = 0; k < 4; k++) bytes[k] = (uint8_t)(value >> (8 * k));
}

static void add_run(checked_runs *runs, checked_run run)
{
    if (runs->n < MOST_RUNS) runs->run[runs->n++] = run;
}

/* Direct blocks of a fractal heap have theirs in their head, and count it as zeros. */
static void find_in_block(const uint8_t *bytes, size_t n, size_t start, checked_runs *out)
{
    uint8_t *copy = malloc(n - start);
    if (copy == NULL) abort();
    memcpy(copy, bytes + start, n - start);
    for (size_t size = 512; size <= n - start && size <= 65536; size *= 2)
        for (size_t at = 7; at <= 5 + 8 + 8; at++) {
            uint32_t stored = stored_at(copy + at);
            store_at(copy + at, 0);
            if (shoal_lookup3(copy, size) == stored)
                add_run(out, (checked_run){start, size, start + at});
            store_at(copy + at, stored);
        }
    free(copy);
}

/* Where the length is not known without parsing: all lengths are tried. */
static void find_behind(const uint8_t *bytes, size_t n, size_t start, checked_runs *out)
{
    for (size_t length = 8; length <= LONGEST && start + length + 4 <= n; length++)
        if (shoal_lookup3(bytes + start, length) == stored_at(bytes + start + length)) {
            add_run(out, (checked_run){start, length, start + length});
            return;
        }
}

void checksums_find(const uint8_t *bytes, size_t n, checked_runs *out)
{
    static const char *const unchecked[] = {"TREE", "SNOD", "HEAP", "GCOL"};
    *out = (checked_runs){.run = calloc(MOST_RUNS, sizeof *out->run),
                          .signature = calloc(MOST_RUNS, sizeof *out->signature)};
    if (out->run == NULL || out->signature == NULL) abort();
    for (size_t at = 0; checksums_next_signature(bytes, n, &at) && out->n_signatures < MOST_RUNS;
         at++) {
        out->signature[out->n_signatures++] = at;
        bool has_none = false;
        for (int k = 0; k < 4; k++)
            has_none |= memcmp(bytes + at, unchecked[k], SIGNATURE_BYTES) == 0;
        if (memcmp(bytes + at, "FHDB", SIGNATURE_BYTES) == 0)
            find_in_block(bytes, n, at, out);
        else if (!has_none)
            find_behind(bytes, n, at, out);
    }
}

void checksums_free(checked_runs *runs)
{
    free(runs->run);
    free(runs->signature);
    *runs = (checked_runs){0};
}

void checksums_renew(const checked_runs *runs, uint8_t *bytes, size_t n)
{
    for (size_t k = 0; k < runs->n; k++) {
        const checked_run *run = &runs->run[k];
        if (run->start + run->n > n || run->at + 4 > n) continue;
        if (run->at < run->start + run->n) store_at(bytes + run->at, 0);
        store_at(bytes + run->at, shoal_lookup3(bytes + run->start, run->n));
    }
}
