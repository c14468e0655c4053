/* The table of filters. */
#include "chunk/filter.h"

#include "chunk/filter_stage.h"

static const shoal_filter_row *const rows[] = {
    &shoal_filter_blosc,
    &shoal_filter_deflate,
    &shoal_filter_shuffle,
    &shoal_filter_fletcher32,
};

/* Names in The HDF Group's registry, for filters that are only named here. */
static const struct registered {
    uint16_t id;
    const char *name;
} registry[] = {
    {1, "gzip"},           {2, "shuffle"},
    {3, "fletcher32"},     {4, "szip"},
    {5, "nbit"},           {6, "scaleoffset"},
    {257, "hdf4-rle"},     {258, "hdf4-huffman"},
    {305, "lzo"},          {307, "bzip2"},
    {32000, "lzf"},        {32001, "blosc"},
    {32002, "mafisc"},     {32003, "snappy"},
    {32004, "lz4"},        {32005, "apax"},
    {32006, "cbf"},        {32007, "jpeg-xr"},
    {32008, "bitshuffle"}, {32009, "spdp"},
    {32010, "lpc-rice"},   {32011, "ccsds-123"},
    {32012, "jpeg-ls"},    {32013, "zfp"},
    {32014, "fpzip"},      {32015, "zstd"},
    {32016, "b3d"},        {32017, "sz"},
    {32018, "fcidecomp"},  {32019, "jpeg"},
    {32020, "vbz"},        {32021, "fapec"},
    {32022, "bitgroom"},   {32023, "granular-bitround"},
    {32024, "sz3"},        {32025, "delta-rice"},
    {32026, "blosc2"},     {32027, "flac"},
    {32028, "h5z-sperr"},
};

const shoal_filter_row *shoal_filter_row_of(uint16_t id)
{
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        if (rows[k]->id == id) return rows[k];
    return NULL;
}

const char *shoal_filter_name(uint16_t id)
{
    for (size_t k = 0; k < sizeof registry / sizeof *registry; k++)
        if (registry[k].id == id) return registry[k].name;
    return NULL;
}

bool shoal_pipeline_decodes(const shoal_pipeline *pipeline, uint16_t *unknown)
{
    for (int k = 0; k < pipeline->n; k++) {
        if (shoal_filter_row_of(pipeline->filter[k].id) == NULL) {
            *unknown = pipeline->filter[k].id;
            return false;
        }
    }
    return true;
}
