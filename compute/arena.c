#include "compute/arena.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)16384)

typedef struct block {
    struct block *next;
    size_t used, size;
    _Alignas(16) unsigned char bytes[];
} block;

struct shoal_arena {
    block *last;
    size_t n_bytes;
};

shoal_arena *shoal_arena_new(void)
{
    return calloc(1, sizeof(shoal_arena));
}

void shoal_arena_free(shoal_arena *arena)
{
    if (!arena) return;
    for (block *b = arena->last, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(arena);
}

void *shoal_arena_alloc(shoal_arena *arena, size_t n_bytes)
{
    if (n_bytes > (size_t)1 << 40) return NULL;
    n_bytes = (n_bytes + 15) & ~(size_t)15;
    block *b = arena->last;
    if (!b || b->size - b->used < n_bytes) {
        size_t size = n_bytes > BLOCK_BYTES ? n_bytes : BLOCK_BYTES;
        b = calloc(1, sizeof *b + size);
        if (!b) return NULL;
        b->size = size;
        b->next = arena->last;
        arena->last = b;
        arena->n_bytes += sizeof *b + size;
    }
    void *p = b->bytes + b->used;
    b->used += n_bytes;
    return p;
}

char *shoal_arena_text(shoal_arena *arena, const char *text, size_t n)
{
    char *copy = shoal_arena_alloc(arena, n + 1);
    if (copy) memcpy(copy, text, n);
    return copy;
}

size_t shoal_arena_bytes(const shoal_arena *arena)
{
    return arena->n_bytes;
}
