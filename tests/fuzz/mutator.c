/* libFuzzer's mutations of whole files, with checksums put right in most of them: a target of bytes
   that are checked gets no further without. Where the checksums are is found once for each
   arrangement of structures, in the seeds. */
#include "tests/fuzz/checksums.h"

#include <stdlib.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

enum { MOST_ARRANGEMENTS = 150, TABLE = 1024 };

static struct {
    uint64_t key;
    checked_runs runs;
} known[TABLE];
static int n_known;

/* Tells arrangements apart: the places of all signatures. */
static uint64_t key_of(const uint8_t *data, size_t size)
{
    size_t at = 0;
    uint64_t key = size + 1;
    while (checksums_next_signature(data, size, &at)) {
        key = (key ^ at) * UINT64_C(0x9e3779b97f4a7c15);
        at++;
    }
    return key | 1;
}

static const checked_runs *runs_of(const uint8_t *data, size_t size)
{
    uint64_t key = key_of(data, size);
    for (size_t k = key % TABLE;; k = (k + 1) % TABLE) {
        if (known[k].key == key) return &known[k].runs;
        if (known[k].key != 0) continue;
        if (n_known == MOST_ARRANGEMENTS) return NULL;
        n_known++;
        known[k].key = key;
        checksums_find(data, size, &known[k].runs);
        return &known[k].runs;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    const checked_runs *runs = runs_of(data, size);
    size_t n = LLVMFuzzerMutate(data, size, seed % 8 == 0 || size == 0 ? max_size : size);
    if (runs != NULL && seed % 4 != 1) checksums_renew(runs, data, n);
    return n;
}
