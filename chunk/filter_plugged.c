/* Filters that this room does not know, through the plugin that their pipeline brings along. */
#include "chunk/filter_stage.h"

static shoal_status open_stage(shoal_stage *stage, bool encodes, shoal_error *err)
{
    if (!encodes) return SHOAL_OK;
    return shoal_fail(err, SHOAL_USAGE, "filter %u can only be decoded here", stage->plugin->id);
}

/* A plugin wants a copy of its input, and makes its output itself. */
static size_t context_bytes(shoal_parameters p, size_t n_raw, bool encodes)
{
    (void)p, (void)encodes;
    return n_raw > SIZE_MAX / 3 ? SIZE_MAX : 3 * n_raw;
}

static size_t bound(shoal_parameters p, size_t n_raw)
{
    (void)p;
    return n_raw > SIZE_MAX / 4 ? SIZE_MAX : 2 * n_raw + (64 << 10);
}

static shoal_status decode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    return stage->plugin->decode(stage->plugin, stage->parameters, src.data, src.n, dst, capacity,
                                 n_dst, err);
}

const shoal_filter_row shoal_filter_plugged = {
    .name = "plugin",
    .open = open_stage,
    .context_bytes = context_bytes,
    .bound = bound,
    .decode = decode,
};
