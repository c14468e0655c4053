/* What the second pass over CSV text takes of memory, before it starts. */
#include "chunk/checked.h"
#include "chunk/type.h"
#include "compute/executor.h"
#include "compute/ingest_csv_parts.h"
#include "compute/summarise.h"

size_t shoal_csv_aligned(uint64_t n)
{
    return ((size_t)n + SHOAL_CSV_ALIGNMENT - 1) / SHOAL_CSV_ALIGNMENT * SHOAL_CSV_ALIGNMENT;
}

/* The types of a column's outputs: its values, and perhaps a mask. */
static int column_types(const shoal_column *column, shoal_type types[2])
{
    types[0] = column->type;
    types[1] = shoal_type_of(SHOAL_BOOL);
    return column->kind == SHOAL_COLUMN_NULLABLE ? 2 : 1;
}

uint64_t shoal_csv_row_bytes(const shoal_table *table)
{
    uint64_t n = sizeof(int64_t);
    for (size_t k = 0; k < table->n_columns; k++) {
        shoal_type types[2];
        int n_types = column_types(&table->column[k], types);
        n += (uint64_t)types[0].n_bytes + (n_types == 2);
    }
    return n;
}

/* Adds one output to the sums, except for its coder when an equal one was counted before. */
static bool add_output(uint64_t chunk_rows, const char *codec, shoal_type type, uint64_t *rows,
                       uint64_t *encoded, uint64_t *coders, uint64_t counted[4])
{
    shoal_pipeline pipeline;
    size_t n_bytes;
    if (!shoal_mul_size(chunk_rows, type.n_bytes, &n_bytes) ||
        shoal_pipeline_parse(codec, type, n_bytes, &pipeline, NULL))
        return false;
    *rows += shoal_csv_aligned(n_bytes);
    *encoded += shoal_encode_bound(&pipeline, n_bytes);
    size_t bit = type.n_bytes % 128 + (type.code == SHOAL_TEXT ? 128 : 0);
    if (type.n_bytes < 128 && counted[bit / 64] >> (bit % 64) & 1) return true;
    counted[bit / 64] |= (uint64_t)1 << (bit % 64);
    *coders += shoal_coder_bytes(&pipeline, n_bytes, true);
    return true;
}

static uint64_t fixed_memory(const shoal_csv_input *in, uint64_t rows_bytes)
{
    return shoal_words_memory(in->sizes.pool_words, in->sizes.pool_bytes) +
           shoal_csv_profile_memory(in->n_columns) + SHOAL_CSV_MARKS * sizeof(shoal_csv_mark) +
           512 * in->n_columns + rows_bytes; /* the head of a table that is appended to */
}

int shoal_csv_load_threads(const shoal_csv_input *in, const shoal_table *table, uint64_t chunk_rows,
                           const char *codec, const shoal_run_options *options, uint64_t *needed)
{
    uint64_t rows = 0, encoded = 0, coders = 0, counted[4] = {0};
    bool fits = add_output(chunk_rows, codec, shoal_type_of(SHOAL_INT64), &rows, &encoded, &coders,
                           counted);
    for (size_t k = 0; fits && k < table->n_columns; k++) {
        shoal_type types[2];
        int n_types = column_types(&table->column[k], types);
        for (int i = 0; fits && i < n_types; i++)
            fits = add_output(chunk_rows, codec, types[i], &rows, &encoded, &coders, counted);
    }
    uint64_t text = in->max_block + SHOAL_CSV_PAD +
                    shoal_csv_batch_rows(in->n_columns) *
                        (in->n_columns * sizeof(shoal_csv_field) + sizeof(uint32_t));
    uint64_t each = rows + coders + text, limit = shoal_option_memory(options);
    int n = shoal_option_threads(options);
    for (; n > 0; n--) {
        *needed = fits ? fixed_memory(in, rows) + (uint64_t)n * each + (uint64_t)(n + 1) * encoded +
                             shoal_summaries_allowed(limit)
                       : UINT64_MAX;
        if (*needed <= limit) break;
    }
    return n;
}
