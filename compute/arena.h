/* Memory that is freed all at once: what parsing and planning make lives as long as its plan. */
#ifndef SHOAL_COMPUTE_ARENA_H
#define SHOAL_COMPUTE_ARENA_H

#include <stddef.h>

typedef struct shoal_arena shoal_arena;

shoal_arena *shoal_arena_new(void); /* NULL when memory is out */
void shoal_arena_free(shoal_arena *arena);

/* Zeroed memory, aligned for any type; NULL when memory is out. */
void *shoal_arena_alloc(shoal_arena *arena, size_t n_bytes);
char *shoal_arena_text(shoal_arena *arena, const char *text, size_t n);
size_t shoal_arena_bytes(const shoal_arena *arena); /* taken so far */

#endif
