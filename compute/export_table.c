#include "compute/export_table.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "chunk/type.h"
#include "compute/csv_text.h"
#include "compute/executor.h"
#include "store/csv_value.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES \
    (UINT64_C(32) << 20) /* a slab's text at most, where memory allows less or more */
enum { SPARE_SLOTS = 2, TIME_BYTES = 40 };

/* A column being written. */
typedef struct field {
    const shoal_column *column;
    shoal_dataset *values, *mask; /* mask may be NULL */
    shoal_region region;          /* of the values, but for its rows */
    shoal_type type;              /* as which they are shown */
    bool is_time;
    shoal_csv_unit unit;
    size_t text_bytes; /* of one value at most, with the delimiter */
} field;

typedef struct table_worker {
    uint8_t **values, **mask; /* of each column: a slab of values */
} table_worker;

typedef struct table_slot {
    uint64_t first, n; /* rows of the region */
    char *text;
    size_t n_text;
} table_slot;

typedef struct table_run {
    shoal_table *table;
    field *fields;
    shoal_region region;
    char delimiter;
    shoal_export_output *output;
    uint64_t slab_rows, next;
    uint64_t value_bytes, text_bytes, reader_bytes; /* a row's, a row's, the largest reader's */
    int n_workers, n_slots;
    table_worker *workers;
    table_slot *slots;
    void **worker_pointers, **slot_pointers;
} table_run;

/* ---- Opening ---- */

static shoal_status check_values(const shoal_dataset *d, uint32_t dropped, uint64_t n_rows,
                                 shoal_error *err)
{
    if (!d->readable) return shoal_fail(err, SHOAL_DATA, "%s: %s", d->name, d->why_not);
    if (d->grid.rank == (dropped ? 2 : 1) && d->grid.shape[0] == n_rows) return SHOAL_OK;
    if (d->grid.rank > 1 && d->grid.shape[0] == n_rows)
        return shoal_fail(err, SHOAL_USAGE,
                          "%s: has an array in each row, which a table as text has no place for: "
                          "export it alone",
                          d->name);
    return shoal_fail(err, SHOAL_DATA, "%s: does not have the table's %" PRIu64 " rows", d->name,
                      n_rows);
}

static size_t longest_category(const shoal_column *column)
{
    size_t longest = 0;
    for (size_t k = 0; k < column->n_categories; k++) {
        size_t n = strlen(column->categories[k]);
        if (n > longest) longest = n;
    }
    return 2 * longest + 3;
}

static shoal_status open_field(table_run *run, shoal_file *file, size_t k, shoal_error *err)
{
    field *f = &run->fields[k];
    uint64_t n_rows = run->table->n_rows;
    f->column = &run->table->column[k];
    uint32_t dropped = 0;
    shoal_status status = shoal_column_open(file, f->column, &f->values, &f->region, &dropped, err);
    if (!status) status = check_values(f->values, dropped, n_rows, err);
    if (!status && f->column->mask_path)
        status = shoal_dataset_open(file, f->column->mask_path, &f->mask, err);
    if (!status && f->mask) status = check_values(f->mask, 0, n_rows, err);
    if (status) return status;
    f->type = f->values->type;
    if (f->column->is_bool && f->type.n_bytes == 1) f->type = (shoal_type){SHOAL_BOOL, 1};
    f->is_time = f->column->kind == SHOAL_COLUMN_TIME && f->column->units &&
                 f->values->type.code == SHOAL_INT64 &&
                 shoal_csv_unit_parse(f->column->units, &f->unit);
    f->text_bytes = f->column->kind == SHOAL_COLUMN_CATEGORY ? longest_category(f->column)
                    : f->is_time                             ? TIME_BYTES + 1
                                                             : shoal_csv_field_bytes(f->type);
    run->text_bytes += f->text_bytes;
    run->value_bytes += f->values->type.n_bytes + (f->mask ? f->mask->type.n_bytes : 0);
    uint64_t reader = shoal_reader_bytes(f->values);
    if (f->mask && shoal_reader_bytes(f->mask) > reader) reader = shoal_reader_bytes(f->mask);
    if (reader > run->reader_bytes) run->reader_bytes = reader;
    return SHOAL_OK;
}

static shoal_status open_table(table_run *run, shoal_file *file, const char *path,
                               const char *slice, const shoal_run_options *options,
                               shoal_error *err)
{
    uint32_t dropped;
    shoal_status status =
        shoal_table_open(file, path, shoal_option_memory(options) / 4, &run->table, err);
    if (status) return status;
    run->fields = calloc(run->table->n_columns + 1, sizeof *run->fields);
    if (!run->fields) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_region_all(1, &run->table->n_rows, &run->region);
    if (slice)
        status = shoal_slice_parse(slice, 1, &run->table->n_rows, &run->region, &dropped, err);
    for (size_t k = 0; !status && k < run->table->n_columns; k++)
        status = open_field(run, file, k, err);
    return status;
}

/* ---- Fields ---- */

static int64_t load_code(shoal_type type, const void *at)
{
    uint64_t bits = 0;
    int shift = 64 - 8 * (int)type.n_bytes;
    memcpy(&bits, at, type.n_bytes);
    if (shoal_code_kind(type.code) == SHOAL_KIND_UINT) return (int64_t)bits;
    return (int64_t)(bits << shift) >> shift;
}

static bool is_nan(shoal_type type, const void *at)
{
    if (type.code == SHOAL_FLOAT64) {
        double x;
        memcpy(&x, at, sizeof x);
        return isnan(x);
    }
    if (type.code == SHOAL_FLOAT32) {
        float x;
        memcpy(&x, at, sizeof x);
        return isnan(x);
    }
    if (type.code != SHOAL_FLOAT16) return false;
    uint16_t x;
    memcpy(&x, at, sizeof x);
    return (x & 0x7FFF) > 0x7C00;
}

static size_t put_category(const field *f, const void *at, char delimiter, char *out)
{
    int64_t code = load_code(f->values->type, at);
    if (code < 0 || (uint64_t)code >= f->column->n_categories) return 0;
    const char *text = f->column->categories[code];
    return shoal_csv_quote(text, strlen(text), delimiter, true, out);
}

static size_t put_time(const field *f, const void *at, char *out)
{
    int64_t count;
    char text[TIME_BYTES];
    memcpy(&count, at, sizeof count);
    if (count == INT64_MIN) return 0;
    size_t n = shoal_csv_time_format(count, f->unit, text);
    memcpy(out, text, n);
    return n;
}

static size_t put_field(const field *f, const uint8_t *values, const uint8_t *mask, uint64_t row,
                        char delimiter, char *out)
{
    shoal_type type = f->type;
    const uint8_t *at = values + row * type.n_bytes;
    if (mask && mask[row * f->mask->type.n_bytes]) return 0;
    if (f->column->kind == SHOAL_COLUMN_CATEGORY) return put_category(f, at, delimiter, out);
    if (f->is_time) return put_time(f, at, out);
    if (is_nan(type, at)) return 0;
    return shoal_csv_field(type, at, delimiter, out);
}

/* ---- The run ---- */

static shoal_next next_rows(void *context, void *slot_, shoal_error *err)
{
    table_run *run = context;
    table_slot *slot = slot_;
    (void)err;
    uint64_t left = run->region.axis[0].count - run->next;
    if (left == 0) return SHOAL_NEXT_END;
    slot->first = run->next;
    slot->n = left < run->slab_rows ? left : run->slab_rows;
    run->next += slot->n;
    return SHOAL_NEXT_TASK;
}

/* A reader lives for one slab of one column: kept for all columns, they would take more memory
   than everything else. */
static shoal_status read_column(shoal_dataset *dataset, const shoal_region *rows, uint8_t *to,
                                shoal_error *err)
{
    shoal_reader *reader = NULL;
    shoal_status status = shoal_reader_new(dataset, &reader, err);
    if (!status) status = shoal_reader_region(reader, rows, to, err);
    shoal_reader_free(reader);
    return status;
}

static shoal_status read_rows(table_run *run, table_worker *worker, const table_slot *slot,
                              shoal_error *err)
{
    shoal_region rows = run->region;
    shoal_status status = SHOAL_OK;
    rows.axis[0].start += (int64_t)slot->first * rows.axis[0].step;
    rows.axis[0].count = slot->n;
    for (size_t k = 0; !status && k < run->table->n_columns; k++) {
        shoal_region part = run->fields[k].region;
        part.axis[0] = rows.axis[0];
        status = read_column(run->fields[k].values, &part, worker->values[k], err);
        if (!status && run->fields[k].mask)
            status = read_column(run->fields[k].mask, &rows, worker->mask[k], err);
    }
    return status;
}

static shoal_status work(void *context, void *worker_, void *slot_, shoal_error *err)
{
    table_run *run = context;
    table_worker *worker = worker_;
    table_slot *slot = slot_;
    shoal_status status = read_rows(run, worker, slot, err);
    if (status) return status;
    char *at = slot->text;
    for (uint64_t row = 0; row < slot->n; row++) {
        for (size_t k = 0; k < run->table->n_columns; k++) {
            at += put_field(&run->fields[k], worker->values[k], worker->mask[k], row,
                            run->delimiter, at);
            *at++ = run->delimiter;
        }
        at[-1] = '\n';
    }
    slot->n_text = (size_t)(at - slot->text);
    return SHOAL_OK;
}

static shoal_status merge(void *context, void *slot_, uint64_t *done_bytes, shoal_error *err)
{
    table_run *run = context;
    const table_slot *slot = slot_;
    *done_bytes = slot->n * run->value_bytes;
    return shoal_export_output_write(run->output, slot->text, slot->n_text, err);
}

/* ---- Memory ---- */

static bool allocate_worker(table_run *run, table_worker *worker)
{
    size_t n = run->table->n_columns, rows = (size_t)run->slab_rows;
    worker->values = calloc(n, sizeof *worker->values);
    worker->mask = calloc(n, sizeof *worker->mask);
    bool fine = worker->values && worker->mask;
    for (size_t k = 0; fine && k < n; k++) {
        const field *f = &run->fields[k];
        worker->values[k] = malloc(rows * f->values->type.n_bytes);
        if (f->mask) worker->mask[k] = malloc(rows * f->mask->type.n_bytes);
        fine = worker->values[k] && (worker->mask[k] || !f->mask);
    }
    return fine;
}

static shoal_status allocate(table_run *run, shoal_error *err)
{
    size_t n_workers = (size_t)run->n_workers, n_slots = (size_t)run->n_slots;
    run->workers = calloc(n_workers, sizeof *run->workers);
    run->slots = calloc(n_slots, sizeof *run->slots);
    run->worker_pointers = calloc(n_workers, sizeof *run->worker_pointers);
    run->slot_pointers = calloc(n_slots, sizeof *run->slot_pointers);
    bool fine = run->workers && run->slots && run->worker_pointers && run->slot_pointers;
    for (size_t k = 0; fine && k < n_workers; k++) {
        run->worker_pointers[k] = &run->workers[k];
        fine = allocate_worker(run, &run->workers[k]);
    }
    for (size_t k = 0; fine && k < n_slots; k++) {
        run->slot_pointers[k] = &run->slots[k];
        run->slots[k].text = malloc((size_t)(run->slab_rows * run->text_bytes));
        fine = run->slots[k].text != NULL;
    }
    return fine ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "out of memory for the rows");
}

static void release(table_run *run)
{
    size_t n = run->table ? run->table->n_columns : 0;
    for (int k = 0; run->workers && k < run->n_workers; k++) {
        for (size_t c = 0; run->workers[k].values && c < n; c++) free(run->workers[k].values[c]);
        for (size_t c = 0; run->workers[k].mask && c < n; c++) free(run->workers[k].mask[c]);
        free(run->workers[k].values);
        free(run->workers[k].mask);
    }
    for (int k = 0; run->slots && k < run->n_slots; k++) free(run->slots[k].text);
    for (size_t c = 0; run->fields && c < n; c++) {
        shoal_dataset_close(run->fields[c].values);
        shoal_dataset_close(run->fields[c].mask);
    }
    free(run->workers);
    free(run->slots);
    free(run->worker_pointers);
    free(run->slot_pointers);
    free(run->fields);
    shoal_table_free(run->table);
}

/* Slabs of whole chunks or of equal parts of one, so that few chunks are decoded twice. */
static uint64_t fit_rows(const table_run *run, uint64_t most)
{
    uint64_t chunk = run->fields[0].values->grid.chunk[0];
    if (most >= chunk) return most / chunk * chunk;
    return shoal_ceil_div(chunk, shoal_ceil_div(chunk, most));
}

static shoal_status fit(table_run *run, const shoal_run_options *options, shoal_error *err)
{
    uint64_t limit = shoal_option_memory(options), needed = 0, count = run->region.axis[0].count;
    for (int n = shoal_option_threads(options); n > 0; n--) {
        uint64_t workers = (uint64_t)n, readers = workers * run->reader_bytes;
        uint64_t row = workers * run->value_bytes + (workers + SPARE_SLOTS) * run->text_bytes;
        uint64_t most = TEXT_BYTES / run->text_bytes + 1, left = limit * 3 / 4;
        needed = (readers + row) / 3 * 4;
        left = left > readers ? left - readers : 0;
        if (most > left / row) most = left / row;
        if (most == 0 || (n > 1 && most < 1024 && most < count)) continue;
        run->slab_rows = fit_rows(run, most);
        if (run->slab_rows > count) run->slab_rows = shoal_ceil_div(count, workers);
        uint64_t n_tasks = shoal_ceil_div(count, run->slab_rows);
        run->n_workers = workers < n_tasks ? n : (int)n_tasks;
        run->n_slots = run->n_workers + SPARE_SLOTS;
        return allocate(run, err);
    }
    return shoal_fail(err, SHOAL_MEMORY,
                      "the table needs %" PRIu64 " KiB, -m allows %" PRIu64 " KiB",
                      needed / 1024 + 1, limit / 1024);
}

static shoal_status write_header(table_run *run, shoal_error *err)
{
    size_t n = 1, at = 0;
    for (size_t k = 0; k < run->table->n_columns; k++)
        n += 2 * strlen(run->table->column[k].name) + 3;
    char *text = malloc(n);
    if (!text) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    for (size_t k = 0; k < run->table->n_columns; k++) {
        const char *name = run->table->column[k].name;
        at += shoal_csv_quote(name, strlen(name), run->delimiter, true, text + at);
        text[at++] = run->delimiter;
    }
    text[at > 0 ? at - 1 : at++] = '\n';
    shoal_status status = shoal_export_output_write(run->output, text, at, err);
    free(text);
    return status;
}

static shoal_status execute(table_run *run, const shoal_run_options *options, shoal_error *err)
{
    shoal_status status = write_header(run, err);
    if (status || run->table->n_columns == 0 || run->region.axis[0].count == 0) return status;
    status = fit(run, options, err);
    shoal_job job = {
        .context = run,
        .phase = "writing",
        .total_bytes = run->region.axis[0].count * run->value_bytes,
        .next = next_rows,
        .work = work,
        .merge = merge,
        .n_workers = run->n_workers,
        .workers = run->worker_pointers,
        .n_slots = run->n_slots,
        .slots = run->slot_pointers,
    };
    return status ? status : shoal_execute(&job, options, err);
}

shoal_status shoal_export_table(shoal_file *file, const char *path, const char *slice,
                                char delimiter, shoal_export_output *output,
                                const shoal_run_options *options, shoal_error *err)
{
    table_run run = {.delimiter = delimiter, .output = output};
    shoal_status status = open_table(&run, file, path, slice, options, err);
    if (!status) status = execute(&run, options, err);
    release(&run);
    return status;
}
