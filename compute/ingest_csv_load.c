/* The second pass over CSV text: rows are parsed into columns' chunks, encoded, and written. */
#include "chunk/checked.h"
#include "chunk/error.h"
#include "chunk/type.h"
#include "compute/executor.h"
#include "compute/ingest_csv_parts.h"
#include "compute/summarise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The rows of one chunk, and the encoded chunks of all outputs. */
typedef struct slot {
    uint64_t chunk_id, n_text; /* n_text: bytes of text read, for progress */
    uint8_t *encoded;
    size_t *n_bytes; /* of each output's chunk, one behind the other in `encoded` */
    uint32_t *mask;
    shoal_chunk_summary *summary;
} slot;

/* What a worker reads from: a part of a source, and the batch that was scanned last. */
typedef struct worker {
    shoal_csv_scan scan;
    size_t source;
    uint64_t offset; /* of the text in the source */
    uint64_t n_text;
    bool used_up;  /* more text is to be read before the next scan */
    uint8_t *rows; /* of all outputs, at their `start` */
    shoal_coder **coder;
} worker;

/* Outputs with the same filters and sizes share a coder. */
typedef struct coder_kind {
    shoal_pipeline pipeline;
    size_t chunk_bytes;
} coder_kind;

typedef struct load {
    const shoal_csv_input *input;
    shoal_csv_target *target;
    coder_kind *kind;
    size_t n_kinds, encoded_bytes;
    uint64_t next_chunk, n_chunks;
    int n_workers;
    worker *workers;
    slot *slots;
    void **worker_list, **slot_list;
} load;

/* ---- Reading ---- */

static void go_to_row(const load *l, worker *w, uint64_t row, uint64_t *skip)
{
    const shoal_csv_input *in = l->input;
    size_t low = 0, high = in->n_marks;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (in->mark[middle].row <= row)
            low = middle;
        else
            high = middle;
    }
    w->source = in->mark[low].source;
    w->offset = in->mark[low].offset;
    w->scan.n = w->scan.at = w->scan.n_rows = 0;
    w->n_text = 0;
    w->used_up = true;
    *skip = row - in->mark[low].row;
}

/* Reads on from where the scan stands. */
static shoal_status read_text(const load *l, worker *w, shoal_error *err)
{
    const shoal_csv_input *in = l->input;
    shoal_csv_scan *scan = &w->scan;
    if (scan->n && scan->at == 0)
        return shoal_csv_source_fail_record(&in->source[w->source], w->offset, scan->n, err);
    w->offset += scan->at;
    while (w->offset >= in->source[w->source].size) {
        if (w->source + 1 == in->n_sources)
            return shoal_fail(err, SHOAL_SYSTEM, "%s: changed while it was read",
                              in->source[w->source].name);
        w->offset = in->source[++w->source].first;
    }
    uint64_t left = in->source[w->source].size - w->offset;
    scan->last = left <= in->max_block;
    scan->n = scan->last ? (size_t)left : in->max_block;
    scan->at = 0;
    return shoal_csv_source_read(&in->source[w->source], w->offset, scan->text, scan->n, err);
}

/* Scans the next batch; at least one record. */
static shoal_status read_batch(const load *l, worker *w, size_t max_rows, shoal_error *err)
{
    size_t most = shoal_csv_batch_rows(l->input->n_columns);
    w->scan.max_rows = max_rows < most ? max_rows : most;
    for (;;) {
        shoal_status status = w->used_up ? read_text(l, w, err) : SHOAL_OK;
        if (status) return status;
        size_t before = w->scan.at;
        shoal_csv_stop stop = shoal_csv_scan_rows(&w->scan);
        w->used_up = stop == SHOAL_CSV_END;
        w->n_text += w->scan.at - before;
        if (stop == SHOAL_CSV_WIDE || stop == SHOAL_CSV_OPEN)
            return shoal_csv_source_fail_scan(&l->input->source[w->source], &w->scan, stop,
                                              w->offset, err);
        if (w->scan.n_rows) return SHOAL_OK;
    }
}

/* ---- Parsing ---- */

static shoal_status fail_value(const load *l, const worker *w, size_t column, size_t row,
                               shoal_error *err)
{
    const shoal_csv_source *source = &l->input->source[w->source];
    const shoal_csv_field *f = &w->scan.fields[row * w->scan.n_columns + column];
    const char *name = l->target->table->column[column].name;
    uint64_t offset = w->offset + w->scan.row_start[row];
    char why[256], hint[200] = "";
    shoal_csv_explain(&l->target->column[column], w->scan.text + f->start, f->n, why, sizeof why);
    if (l->target->wanted[column])
        snprintf(hint, sizeof hint, "; leave --type %.80s=... out or use text", name);
    return shoal_fail(err, SHOAL_DATA, "%s: line %llu: column '%s': %s%s", source->name,
                      (unsigned long long)shoal_csv_source_line(source, offset), name, why, hint);
}

/* Parses rows [first, first + n) of the batch to the chunk's rows from `to` on. */
static shoal_status parse_batch(const load *l, worker *w, size_t first, size_t n, uint64_t to,
                                shoal_error *err)
{
    const shoal_csv_target *t = l->target;
    for (size_t k = 0; k < l->input->n_columns; k++) {
        const shoal_csv_output *values = &t->output[t->values[k]], *mask = &t->output[t->mask[k]];
        uint8_t *v = w->rows + values->start + to * values->type.n_bytes;
        uint8_t *m = t->mask[k] ? w->rows + mask->start + to : NULL;
        size_t done = shoal_csv_parse_rows(&t->column[k], &w->scan, first, n, v, m);
        if (done < n) return fail_value(l, w, k, first + done, err);
    }
    return SHOAL_OK;
}

/* Parses n rows from `row` on to the chunk's rows from `to` on. */
static shoal_status parse_rows(const load *l, worker *w, uint64_t row, uint64_t n, uint64_t to,
                               shoal_error *err)
{
    uint64_t skip;
    go_to_row(l, w, row, &skip);
    for (uint64_t done = 0; done < n;) {
        uint64_t wanted = skip + (n - done);
        shoal_status status = read_batch(l, w, wanted > SIZE_MAX ? SIZE_MAX : (size_t)wanted, err);
        if (status) return status;
        size_t first = w->scan.n_rows < skip ? w->scan.n_rows : (size_t)skip;
        size_t n_new = w->scan.n_rows - first;
        skip -= first;
        status = parse_batch(l, w, first, n_new, to + done, err);
        if (status) return status;
        done += n_new;
    }
    return SHOAL_OK;
}

/* ---- The job ---- */

static shoal_next next_chunk(void *context, void *slot_, shoal_error *err)
{
    load *l = context;
    (void)err;
    if (l->next_chunk == l->n_chunks) return SHOAL_NEXT_END;
    ((slot *)slot_)->chunk_id = l->next_chunk++;
    return SHOAL_NEXT_TASK;
}

/* Rows of the table's last chunk that were there before. */
static void put_head(const shoal_csv_target *t, worker *w, uint64_t n_rows)
{
    for (size_t k = 0; k < t->n_outputs; k++)
        memcpy(w->rows + t->output[k].start, t->head + t->output[k].start,
               (size_t)n_rows * t->output[k].type.n_bytes);
}

static void put_index(const shoal_csv_target *t, worker *w, uint64_t start, uint64_t n)
{
    int64_t *index = (int64_t *)(void *)(w->rows + t->output[0].start);
    for (uint64_t k = 0; k < n; k++) index[k] = (int64_t)(start + k);
}

static shoal_status encode_chunk(const load *l, worker *w, slot *s, uint64_t n_rows,
                                 shoal_error *err)
{
    const shoal_csv_target *t = l->target;
    uint8_t *to = s->encoded;
    for (size_t k = 0; k < t->n_outputs; k++) {
        const shoal_csv_output *o = &t->output[k];
        uint8_t *rows = w->rows + o->start;
        int64_t stride = o->type.n_bytes;
        if (o->summarises) shoal_summarise(o->type, 1, &n_rows, &stride, rows, &s->summary[k]);
        memset(rows + n_rows * o->type.n_bytes, 0,
               (size_t)(t->chunk_rows - n_rows) * o->type.n_bytes);
        shoal_status status =
            shoal_encode(w->coder[o->coder], rows, to, &s->n_bytes[k], &s->mask[k], err);
        if (status) return status;
        to += s->n_bytes[k];
    }
    return SHOAL_OK;
}

static shoal_status load_chunk(void *context, void *worker_, void *slot_, shoal_error *err)
{
    const load *l = context;
    const shoal_csv_target *t = l->target;
    worker *w = worker_;
    slot *s = slot_;
    uint64_t n_all = t->old_rows + l->input->profile.n_rows;
    uint64_t start = s->chunk_id * t->chunk_rows; /* in the table */
    uint64_t n = n_all - start < t->chunk_rows ? n_all - start : t->chunk_rows;
    uint64_t n_old = t->old_rows > start ? t->old_rows - start : 0;
    if (n_old) put_head(t, w, n_old);
    shoal_status status = parse_rows(l, w, start + n_old - t->old_rows, n - n_old, n_old, err);
    if (status) return status;
    put_index(t, w, start, n);
    s->n_text = w->n_text;
    return encode_chunk(l, w, s, n, err);
}

static shoal_status write_chunk(void *context, void *slot_, uint64_t *done_bytes, shoal_error *err)
{
    const load *l = context;
    const slot *s = slot_;
    const uint8_t *from = s->encoded;
    for (size_t k = 0; k < l->target->n_outputs; k++) {
        shoal_status status = shoal_sink_write_chunk(l->target->output[k].sink, s->chunk_id, from,
                                                     s->n_bytes[k], s->mask[k], err);
        if (status) return status;
        if (l->target->output[k].summarises)
            shoal_sink_keep(l->target->output[k].sink, s->chunk_id, &s->summary[k], s->n_bytes[k],
                            s->mask[k]);
        from += s->n_bytes[k];
    }
    *done_bytes = s->n_text;
    return SHOAL_OK;
}

/* ---- Workers and slots ---- */

static shoal_status add_kind(load *l, shoal_csv_output *o, shoal_error *err)
{
    const shoal_pipeline *pipeline = shoal_sink_pipeline(o->sink);
    size_t chunk_bytes;
    if (!shoal_mul_size(l->target->chunk_rows, o->type.n_bytes, &chunk_bytes))
        return shoal_fail(err, SHOAL_MEMORY, "%s: its chunks are too large", o->path);
    l->encoded_bytes += shoal_encode_bound(pipeline, chunk_bytes);
    for (o->coder = 0; o->coder < l->n_kinds; o->coder++) {
        const coder_kind *kind = &l->kind[o->coder];
        if (kind->chunk_bytes == chunk_bytes && shoal_pipeline_equal(&kind->pipeline, pipeline))
            return SHOAL_OK;
    }
    l->kind[l->n_kinds++] = (coder_kind){*pipeline, chunk_bytes};
    return SHOAL_OK;
}

static bool make_worker(const load *l, worker *w, shoal_error *err)
{
    const shoal_csv_input *in = l->input;
    size_t n_rows = shoal_csv_batch_rows(in->n_columns);
    w->scan = (shoal_csv_scan){.delimiter = in->delimiter, .n_columns = in->n_columns};
    w->scan.text = calloc(1, in->max_block + SHOAL_CSV_PAD);
    w->scan.fields = calloc(n_rows, in->n_columns * sizeof *w->scan.fields);
    w->scan.row_start = calloc(n_rows, sizeof *w->scan.row_start);
    w->rows = aligned_alloc(SHOAL_CSV_ALIGNMENT, l->target->chunk_bytes);
    w->coder = calloc(l->n_kinds, sizeof *w->coder);
    if (!w->scan.text || !w->scan.fields || !w->scan.row_start || !w->rows || !w->coder)
        return false;
    for (size_t k = 0; k < l->n_kinds; k++)
        if (shoal_coder_new(&l->kind[k].pipeline, l->kind[k].chunk_bytes, true, &w->coder[k], err))
            return false;
    return true;
}

static bool make_slot(const load *l, slot *s)
{
    s->encoded = malloc(l->encoded_bytes);
    s->n_bytes = calloc(l->target->n_outputs, sizeof *s->n_bytes);
    s->mask = calloc(l->target->n_outputs, sizeof *s->mask);
    s->summary = calloc(l->target->n_outputs, sizeof *s->summary);
    return s->encoded && s->n_bytes && s->mask && s->summary;
}

static shoal_status make_all(load *l, shoal_error *err)
{
    size_t n = (size_t)l->n_workers;
    shoal_fail(err, SHOAL_MEMORY, "no memory for the buffers of a run");
    l->workers = calloc(n, sizeof *l->workers);
    l->worker_list = calloc(n, sizeof *l->worker_list);
    l->slots = calloc(n + 1, sizeof *l->slots);
    l->slot_list = calloc(n + 1, sizeof *l->slot_list);
    bool fine = l->workers && l->worker_list && l->slots && l->slot_list;
    for (size_t i = 0; fine && i < n; i++) {
        l->worker_list[i] = &l->workers[i];
        fine = make_worker(l, &l->workers[i], err);
    }
    for (size_t i = 0; fine && i < n + 1; i++) {
        l->slot_list[i] = &l->slots[i];
        fine = make_slot(l, &l->slots[i]);
    }
    return fine ? SHOAL_OK : SHOAL_MEMORY;
}

static void free_worker(const load *l, worker *w)
{
    for (size_t k = 0; w->coder && k < l->n_kinds; k++) shoal_coder_free(w->coder[k]);
    free(w->coder);
    free(w->rows);
    free(w->scan.text);
    free(w->scan.fields);
    free(w->scan.row_start);
}

static void free_all(load *l)
{
    for (int i = 0; l->workers && i < l->n_workers; i++) free_worker(l, &l->workers[i]);
    for (int i = 0; l->slots && i < l->n_workers + 1; i++) {
        free(l->slots[i].encoded);
        free(l->slots[i].n_bytes);
        free(l->slots[i].mask);
        free(l->slots[i].summary);
    }
    free(l->workers);
    free(l->slots);
    free(l->worker_list);
    free(l->slot_list);
    free(l->kind);
}

static shoal_status plan_outputs(load *l, shoal_error *err)
{
    shoal_csv_target *t = l->target;
    shoal_status status = SHOAL_OK;
    l->kind = calloc(t->n_outputs, sizeof *l->kind);
    if (!l->kind) return shoal_fail(err, SHOAL_MEMORY, "no memory for the buffers of a run");
    for (size_t k = 0; !status && k < t->n_outputs; k++) status = add_kind(l, &t->output[k], err);
    return status;
}

/* The chunks' summaries, where they take little: as many for each output as there are chunks. */
static void summarise(load *l, uint64_t limit)
{
    shoal_csv_target *t = l->target;
    uint64_t each = l->n_chunks * sizeof(shoal_chunk_summary);
    if (t->no_summaries || each > shoal_summaries_allowed(limit) / t->n_outputs) return;
    for (size_t k = 0; k < t->n_outputs; k++) {
        shoal_sink_summarise(t->output[k].sink, each);
        t->output[k].summarises = shoal_sink_summarises(t->output[k].sink);
    }
}

shoal_status shoal_csv_load(const shoal_csv_input *input, shoal_csv_target *t, const char *codec,
                            const shoal_run_options *options, shoal_error *err)
{
    load l = {.input = input, .target = t};
    uint64_t needed, n_all = t->old_rows + input->profile.n_rows;
    if (input->profile.n_rows == 0) return SHOAL_OK;
    l.next_chunk = t->old_rows / t->chunk_rows;
    l.n_chunks = shoal_ceil_div(n_all, t->chunk_rows);
    l.n_workers = shoal_csv_load_threads(input, t->table, t->chunk_rows, codec, options, &needed);
    if (l.n_workers == 0) l.n_workers = 1; /* the caller has refused what does not fit */
    shoal_status status = plan_outputs(&l, err);
    if (!status) summarise(&l, shoal_option_memory(options));
    if (!status) status = make_all(&l, err);
    shoal_job job = {.context = &l,
                     .phase = "storing rows",
                     .total_bytes = input->n_bytes,
                     .next = next_chunk,
                     .work = load_chunk,
                     .merge = write_chunk,
                     .n_workers = l.n_workers,
                     .workers = l.worker_list,
                     .n_slots = l.n_workers + 1,
                     .slots = l.slot_list};
    if (!status) status = shoal_execute(&job, options, err);
    free_all(&l);
    return status;
}
