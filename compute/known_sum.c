#include "compute/known_sum.h"

#include <math.h>

void shoal_known_sum_add(const shoal_chunk_summary *chunk, shoal_exact_sum *sum)
{
    bool none = chunk->n_nan >= chunk->n_elements;
    bool plus = !none && chunk->greatest.f == INFINITY;
    bool minus = !none && chunk->least.f == -INFINITY;
    if (plus) shoal_exact_add(sum, INFINITY);
    if (minus) shoal_exact_add(sum, -INFINITY);
    if (plus || minus) return;
    for (int k = 0; k < 3; k++) shoal_exact_add(sum, chunk->sum.part[k]);
}
