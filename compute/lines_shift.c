/* Lines moved along themselves. */
#include "compute/lines.h"

#include "chunk/copy.h"

#include <string.h>

static size_t scratch_bytes(const void *params, uint64_t n)
{
    (void)params;
    (void)n;
    return 0;
}

/* The elements that results [start, end) are, where there are such. */
static void source_of(const shoal_shifting *p, uint64_t n, uint64_t start, uint64_t end,
                      uint64_t *from, uint64_t *to)
{
    uint64_t by = p->by < 0 ? (uint64_t)-p->by : (uint64_t)p->by;
    if (p->by < 0) {
        *from = start < n - (by < n ? by : n) ? start + by : n;
        *to = end < n - (by < n ? by : n) ? end + by : n;
    } else {
        *from = start > by ? start - by : 0;
        *to = end > by ? end - by : 0;
    }
}

static bool reach(const void *params, uint64_t n, uint64_t start, uint64_t count, uint64_t *from,
                  uint64_t *to)
{
    source_of(params, n, start, start + count, from, to);
    return true;
}

static void run_part(const void *params, void *scratch, const shoal_line_part *part)
{
    const shoal_shifting *p = params;
    (void)scratch;
    uint64_t from, to;
    source_of(p, part->n, part->start, part->start + part->count, &from, &to);
    uint64_t m = to - from, fills = part->count - m;
    uint8_t *out = part->out;
    size_t size = (size_t)p->size;
    bool first = p->by > 0; /* what is filled */
    shoal_fill_elements(first ? out : out + m * size, p->fill, (size_t)fills, size);
    memcpy(first ? out + fills * size : out, (const uint8_t *)part->x + (from - part->from) * size,
           (size_t)m * size);
}

const shoal_line_kind shoal_lines_shift = {
    .scratch_bytes = scratch_bytes, .keeps_index = true, .run_part = run_part, .reach = reach};
