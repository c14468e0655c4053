#include "compute/ingest_csv.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "chunk/type.h"
#include "compute/executor.h"
#include "compute/ingest_csv_parts.h"
#include "compute/ingest_csv_target.h"
#include "compute/output_target.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define MIB              ((uint64_t)1 << 20)
#define CHUNK_ROWS       131072
#define CHUNK_ROWS_SMALL 16384 /* so that a table that starts small can grow */
#define CHUNK_BYTES_AT_ONCE                                               \
    (32 * MIB) /* of all columns' chunks together, as a worker holds them \
                */

#define MAX_COLUMNS 4000 /* their names are one attribute, which HDF5 limits to 64 KiB */

/* One call of shoal_ingest_csv. */
typedef struct ingest {
    const shoal_ingest_params *params;
    const shoal_run_options *options;
    shoal_csv_input input;
    shoal_csv_want *want; /* of each column */
    bool *wanted;
    shoal_table *table; /* that is written */
    shoal_dataset_spec storage;
    char *path;           /* of the table */
    shoal_file *old_file; /* of the table that is appended to */
    shoal_csv_target target;
} ingest;

static shoal_status no_memory(shoal_error *err)
{
    return shoal_fail(err, SHOAL_MEMORY, "no memory for a table's columns");
}

/* ---- The request ---- */

static bool ends_in(const char *text, const char *ending)
{
    size_t n = strlen(text), m = strlen(ending);
    return n >= m && !strcmp(text + n - m, ending);
}

static shoal_status check_params(ingest *it, shoal_error *err)
{
    const shoal_ingest_params *p = it->params;
    if (p->n_sources == 0) return shoal_fail(err, SHOAL_USAGE, "no source is given");
    bool tabs = p->format == SHOAL_FORMAT_TSV ||
                (p->format == SHOAL_FORMAT_AUTO && ends_in(p->sources[0], ".tsv"));
    it->input.delimiter = p->delimiter ? p->delimiter : tabs ? '\t' : ',';
    if (strchr("\"\r\n", it->input.delimiter) || (unsigned char)it->input.delimiter >= 0x80)
        return shoal_fail(err, SHOAL_USAGE,
                          "a delimiter is one ASCII character, and neither a "
                          "quote nor a newline");
    for (size_t k = 0; k < p->n_missing; k++)
        if (!p->missing[k] || !*p->missing[k])
            return shoal_fail(err, SHOAL_USAGE,
                              "an empty field is missing anyway; a text that "
                              "means missing is not empty");
    shoal_csv_missing_init(&it->input.missing, p->missing, p->n_missing);
    if (p->append && p->n_column_types)
        return shoal_fail(err, SHOAL_USAGE,
                          "%s: rows that are appended take the types that the "
                          "columns have; leave the types out",
                          p->output ? p->output : "");
    return SHOAL_OK;
}

/* ---- The sources ---- */

/* Replacing an input by its own table would lose it. */
static shoal_status check_not_output(const ingest *it, const shoal_csv_source *source,
                                     shoal_error *err)
{
    struct stat in, out;
    const char *output = shoal_writer_path(it->target.writer);
    if (fstat(source->fd, &in) || stat(output, &out)) return SHOAL_OK;
    if (in.st_dev != out.st_dev || in.st_ino != out.st_ino) return SHOAL_OK;
    return shoal_fail(err, SHOAL_USAGE,
                      "%s is the input and the output; give the output another "
                      "name",
                      output);
}

/* All sources have the columns of the first. */
static shoal_status check_names(const shoal_csv_input *in, const shoal_csv_source *source,
                                char *const *names, size_t n, shoal_error *err)
{
    if (n != in->n_columns)
        return shoal_fail(err, SHOAL_DATA, "%s has %zu columns, %s has %zu", source->name, n,
                          in->source[0].name, in->n_columns);
    for (size_t k = 0; k < n; k++)
        if (strcmp(names[k], in->names[k]))
            return shoal_fail(err, SHOAL_DATA, "%s: column %zu is '%s', in %s it is '%s'",
                              source->name, k + 1, names[k], in->source[0].name, in->names[k]);
    return SHOAL_OK;
}

static shoal_status open_source(ingest *it, size_t number, shoal_error *err)
{
    shoal_csv_input *in = &it->input;
    shoal_csv_source *source = &in->source[number];
    char **names = NULL;
    size_t n = 0;
    shoal_status status =
        shoal_csv_source_open(it->params->sources[number], it->options, source, err);
    if (!status) status = check_not_output(it, source, err);
    if (!status)
        status = shoal_csv_source_header(source, in->delimiter, it->params->no_header,
                                         in->sizes.max_record, &names, &n, err);
    if (!status && n > MAX_COLUMNS)
        status = shoal_fail(err, SHOAL_DATA,
                            "%s has %zu columns, and a table's are %d at most; is the delimiter "
                            "'%c' right?",
                            source->name, n, MAX_COLUMNS, in->delimiter);
    if (!status) status = shoal_csv_name_columns(names, n, err);
    if (!status && number == 0) {
        in->names = names;
        in->n_columns = n;
    } else if (!status) {
        status = check_names(in, source, names, n, err);
    }
    if (in->names != names) shoal_csv_names_free(names, n);
    in->n_bytes += source->size;
    return status;
}

static shoal_status open_sources(ingest *it, shoal_error *err)
{
    shoal_csv_input *in = &it->input;
    size_t n = it->params->n_sources;
    in->sizes = shoal_csv_sizes_for(shoal_option_memory(it->options));
    in->source = calloc(n, sizeof *in->source);
    if (!in->source) return no_memory(err);
    shoal_status status = SHOAL_OK;
    while (!status && in->n_sources < n) {
        in->source[in->n_sources].fd = -1;
        status = open_source(it, in->n_sources++, err);
    }
    return status;
}

static void close_input(shoal_csv_input *in)
{
    for (size_t k = 0; k < in->n_sources; k++) shoal_csv_source_close(&in->source[k]);
    free(in->source);
    shoal_csv_names_free(in->names, in->n_columns);
    shoal_csv_profile_clear(&in->profile);
    shoal_words_free(in->words);
    free(in->mark);
}

/* ---- What the columns are to be ---- */

static shoal_status want_one(ingest *it, const shoal_column_type *type, shoal_error *err)
{
    const shoal_csv_input *in = &it->input;
    size_t k = 0;
    while (k < in->n_columns && strcmp(in->names[k], type->column)) k++;
    if (k == in->n_columns) {
        const char *near =
            shoal_nearest_word(type->column, (const char *const *)in->names, in->n_columns);
        return shoal_fail(err, SHOAL_USAGE, "%s has no column '%s'%s%s%s", in->source[0].name,
                          type->column, near ? "; is '" : "", near ? near : "",
                          near ? "' meant?" : "");
    }
    if (!shoal_csv_want_parse(type->type, &it->want[k]))
        return shoal_fail(err, SHOAL_USAGE,
                          "column '%s': '%s' is no type; types are f4, int8, "
                          "bool, S12, ..., text, category, and time[D|s|ms|us|ns]",
                          type->column, type->type);
    it->wanted[k] = true;
    return SHOAL_OK;
}

/* A table that is appended to says what its columns are. */
static shoal_status want_same(ingest *it, shoal_error *err)
{
    const shoal_csv_input *in = &it->input;
    const shoal_table *table = it->table;
    if (table->n_columns != in->n_columns)
        return shoal_fail(err, SHOAL_USAGE, "%s has %zu columns, the table %s:%s has %zu",
                          in->source[0].name, in->n_columns, shoal_writer_path(it->target.writer),
                          it->path, table->n_columns);
    for (size_t k = 0; k < in->n_columns; k++) {
        const shoal_column *column = &table->column[k];
        if (strcmp(column->name, in->names[k]))
            return shoal_fail(err, SHOAL_USAGE, "%s: column %zu is '%s', in the table it is '%s'",
                              in->source[0].name, k + 1, in->names[k], column->name);
        it->want[k].order = SHOAL_ORDER_SAME;
        it->want[k].kind = column->kind;
        it->want[k].type = column->type;
        if (column->units) shoal_csv_unit_parse(column->units, &it->want[k].unit);
    }
    return SHOAL_OK;
}

static shoal_status find_wants(ingest *it, shoal_error *err)
{
    shoal_csv_input *in = &it->input;
    it->want = calloc(in->n_columns, sizeof *it->want);
    it->wanted = calloc(in->n_columns, sizeof *it->wanted);
    if (!it->want || !it->wanted) return no_memory(err);
    shoal_status status = it->params->append ? want_same(it, err) : SHOAL_OK;
    for (size_t k = 0; !status && k < it->params->n_column_types; k++)
        status = want_one(it, &it->params->column_types[k], err);
    for (size_t k = 0; !status && k < in->n_columns; k++) {
        const shoal_csv_want *want = &it->want[k];
        if (want->order == SHOAL_ORDER_NONE) continue;
        bool category = want->order == SHOAL_ORDER_CATEGORY ||
                        (want->order == SHOAL_ORDER_SAME && want->kind == SHOAL_COLUMN_CATEGORY);
        shoal_csv_profile_collect(&in->profile, k,
                                  category ? SHOAL_COLLECT_ALL : SHOAL_COLLECT_NEVER);
    }
    return status;
}

static shoal_status look_at_columns(ingest *it, shoal_error *err)
{
    shoal_csv_input *in = &it->input;
    const shoal_csv_sizes *z = &in->sizes;
    in->mark = calloc(SHOAL_CSV_MARKS, sizeof *in->mark);
    if (!in->mark) return no_memory(err);
    shoal_status status = shoal_words_new(z->pool_words, z->pool_bytes, &in->words, err);
    if (!status) status = shoal_csv_profile_init(&in->profile, in->n_columns, in->words, err);
    if (!status) status = find_wants(it, err);
    return status ? status : shoal_csv_look(in, it->options, err);
}

/* ---- The table ---- */

static shoal_status make_columns(ingest *it, shoal_error *err)
{
    const shoal_csv_input *in = &it->input;
    it->table = calloc(1, sizeof *it->table);
    if (it->table) it->table->column = calloc(in->n_columns, sizeof *it->table->column);
    if (!it->table || !it->table->column) return no_memory(err);
    for (size_t k = 0; k < in->n_columns; k++) {
        it->table->column[k].name = strdup(in->names[k]);
        if (!it->table->column[k].name) return no_memory(err);
        it->table->n_columns++;
    }
    return SHOAL_OK;
}

static shoal_status decide_columns(ingest *it, shoal_error *err)
{
    const shoal_csv_input *in = &it->input;
    shoal_status status = it->params->append ? SHOAL_OK : make_columns(it, err);
    for (size_t k = 0; !status && k < in->n_columns; k++)
        status = shoal_csv_decide(&in->profile, k, &it->want[k], &it->table->column[k], err);
    if (status) shoal_fail_within(err, status, "%s", in->source[0].name);
    return status;
}

/* Rows a chunk from the table and the memory limit, not from the number of threads, so that these
   do not change what is stored. */
static uint64_t choose_chunk_rows(const ingest *it)
{
    shoal_run_options one = {.n_threads = 1, .memory_limit = shoal_option_memory(it->options)};
    uint64_t row_bytes = shoal_csv_row_bytes(it->table), n_rows = it->input.profile.n_rows, needed;
    uint64_t rows = it->storage.chunk[0];
    if (rows) return rows;
    rows = CHUNK_ROWS;
    while (rows > 1 && rows * row_bytes > CHUNK_BYTES_AT_ONCE) rows /= 2;
    while (rows > CHUNK_ROWS_SMALL && rows / 2 >= n_rows) rows /= 2;
    while (rows > 16 &&
           !shoal_csv_load_threads(&it->input, it->table, rows, it->storage.codec, &one, &needed))
        rows /= 2;
    return rows;
}

static shoal_status plan_chunks(ingest *it, shoal_error *err)
{
    uint64_t needed, limit = shoal_option_memory(it->options);
    if (!it->params->append) it->storage.chunk[0] = choose_chunk_rows(it);
    if (shoal_csv_load_threads(&it->input, it->table, it->storage.chunk[0], it->storage.codec,
                               it->options, &needed))
        return SHOAL_OK;
    return shoal_fail(err, SHOAL_MEMORY,
                      "%s: needs %llu MiB of memory for chunks of %llu rows, and %llu MiB are "
                      "allowed",
                      it->input.source[0].name, (unsigned long long)(needed / MIB + 1),
                      (unsigned long long)it->storage.chunk[0], (unsigned long long)(limit / MIB));
}

/* ---- Appending ---- */

static shoal_status open_old_table(ingest *it, shoal_error *err)
{
    const char *file = shoal_writer_path(it->target.writer);
    if (!shoal_writer_exists(it->target.writer, it->path))
        return shoal_fail(err, SHOAL_USAGE, "%s:%s: there is no table to append to", file,
                          it->path);
    shoal_status status = shoal_file_open(file, &it->old_file, err);
    if (!status)
        status = shoal_table_open(it->old_file, it->path, shoal_option_memory(it->options) / 8,
                                  &it->table, err);
    if (!status && it->table->is_foreign)
        status =
            shoal_fail(err, SHOAL_USAGE,
                       "%s:%s: is a table of another program's: ingest it and the new rows to a "
                       "new one",
                       file, it->path);
    if (!status) it->target.old_rows = it->table->n_rows;
    return status;
}

static shoal_status write_table(ingest *it, shoal_error *err)
{
    shoal_csv_target *t = &it->target;
    t->table = it->table;
    t->wanted = it->wanted;
    shoal_status status;
    if (it->params->append) {
        status = shoal_csv_target_grow(t, it->old_file, it->path, it->want, &it->storage,
                                       it->input.profile.n_rows, err);
    } else {
        it->table->n_rows = it->input.profile.n_rows;
        status = shoal_table_create(t->writer, it->path, it->table, &it->storage, err);
    }
    t->chunk_rows = it->storage.chunk[0];
    if (!status) status = shoal_csv_target_open(t, &it->input, it->path, err);
    t->no_summaries = it->params->no_summaries;
    return status ? status : shoal_csv_load(&it->input, t, it->storage.codec, it->options, err);
}

/* ---- The run ---- */

static shoal_status run(ingest *it, shoal_error *err)
{
    const shoal_ingest_params *p = it->params;
    shoal_status status = check_params(it, err);
    if (status) return status;
    it->storage = p->storage;
    status = shoal_output_open(p->output, "/table", p->overwrite, p->append, &it->target.writer,
                               &it->path, &it->storage.replace, err);
    if (!status && p->append) status = open_old_table(it, err);
    if (!status && p->append)
        status = shoal_csv_target_chunk(it->old_file, it->table, &it->storage, err);
    if (!status) status = open_sources(it, err);
    if (!status) status = look_at_columns(it, err);
    if (!status) status = decide_columns(it, err);
    if (!status) status = plan_chunks(it, err);
    return status ? status : write_table(it, err);
}

static void tell(const ingest *it, double seconds, shoal_ingest_result *result)
{
    *result = (shoal_ingest_result){
        .n_rows = it->input.profile.n_rows,
        .n_columns = it->input.n_columns,
        .raw_bytes = it->input.profile.n_rows * shoal_csv_row_bytes(it->table),
        .stored_bytes = shoal_writer_stored_bytes(it->target.writer),
        .seconds = seconds,
    };
}

static double now_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

shoal_status shoal_ingest_csv(const shoal_ingest_params *params, const shoal_run_options *options,
                              shoal_ingest_result *result, shoal_error *err)
{
    double start = now_seconds();
    ingest it = {.params = params, .options = options};
    shoal_ingest_result told = {0};
    shoal_status status = run(&it, err);
    if (!status) tell(&it, 0, &told);
    shoal_file_close(it.old_file);
    if (!status)
        status = shoal_writer_commit(it.target.writer, err);
    else
        shoal_writer_discard(it.target.writer);
    told.seconds = now_seconds() - start;
    if (!status && result) *result = told;
    shoal_csv_target_clear(&it.target);
    shoal_table_free(it.table);
    close_input(&it.input);
    free(it.want);
    free(it.wanted);
    free(it.path);
    return status;
}
