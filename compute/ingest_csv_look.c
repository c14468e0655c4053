/* The first pass over CSV text: what do the columns hold, and where do records start? */
#include "chunk/error.h"
#include "compute/executor.h"
#include "compute/ingest_csv_parts.h"

#include <stdlib.h>
#include <string.h>

#define MIB ((uint64_t)1 << 20)

/* A block of whole records. */
typedef struct slot {
    char *text;
    size_t n, source;
    uint64_t offset, n_rows;
    bool last; /* in its source */
    shoal_csv_stats *stats;
    shoal_csv_fresh *fresh;
    size_t n_fresh;
} slot;

typedef struct worker {
    shoal_csv_field *fields;
    uint32_t *row_start;
    shoal_words *known;
} worker;

typedef struct look {
    shoal_csv_input *input;
    size_t source; /* where the next block starts */
    uint64_t offset;
    size_t batch_rows, max_fresh, n_blocks;
    int n_workers;
    worker *workers;
    slot *slots;
    void **worker_list, **slot_list;
} look;

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
    return value < low ? low : value > high ? high : value;
}

shoal_csv_sizes shoal_csv_sizes_for(uint64_t limit)
{
    shoal_csv_sizes s = {0};
    s.max_record = (size_t)clamp(limit / 32, MIB / 16, 8 * MIB);
    s.block = (size_t)clamp(s.max_record, 0, MIB / 2);
    s.pool_words = (size_t)clamp(limit / 1024, 1024, 262144);
    s.pool_bytes = (size_t)clamp(limit / 32, MIB / 16, 8 * MIB);
    s.known_words = (size_t)clamp(limit / 4096, 256, 65536);
    s.known_bytes = (size_t)clamp(limit / 128, MIB / 64, 2 * MIB);
    return s;
}

size_t shoal_csv_batch_rows(size_t n_columns)
{
    size_t n = 16384 / n_columns;
    return n ? n : 1;
}

/* ---- Blocks ---- */

/* Reads a block of whole records at the look's position. A record that does not fit into a block
   makes one of its own. */
static shoal_status read_block(const look *k, slot *s, shoal_error *err)
{
    const shoal_csv_input *in = k->input;
    const shoal_csv_source *source = &in->source[k->source];
    uint64_t left = source->size - k->offset;
    size_t have = 0;
    for (size_t room = in->sizes.block;; room *= 2) {
        if (room > in->sizes.max_record) room = in->sizes.max_record;
        s->last = left <= room;
        s->n = s->last ? (size_t)left : room;
        shoal_status status =
            shoal_csv_source_read(source, k->offset + have, s->text + have, s->n - have, err);
        bool is_long = room > in->sizes.block;
        if (status || (s->last && !is_long)) return status;
        have = s->n;
        s->n = is_long ? shoal_csv_first_end(s->text, have, in->delimiter)
                       : shoal_csv_last_end(s->text, have, in->delimiter);
        if (s->last && (s->n == 0 || s->n == have)) {
            s->n = have;
            return SHOAL_OK;
        }
        s->last = false;
        if (s->n) return SHOAL_OK;
        if (room == in->sizes.max_record)
            return shoal_csv_source_fail_record(source, k->offset, room, err);
    }
}

static shoal_next next_block(void *context, void *slot_, shoal_error *err)
{
    look *k = context;
    slot *s = slot_;
    const shoal_csv_input *in = k->input;
    while (k->offset >= in->source[k->source].size) {
        if (++k->source == in->n_sources) return SHOAL_NEXT_END;
        k->offset = in->source[k->source].first;
    }
    if (read_block(k, s, err)) return SHOAL_NEXT_ERROR;
    s->source = k->source;
    s->offset = k->offset;
    k->offset += s->n;
    return SHOAL_NEXT_TASK;
}

static shoal_status look_at_block(void *context, void *worker_, void *slot_, shoal_error *err)
{
    look *k = context;
    worker *w = worker_;
    slot *s = slot_;
    const shoal_csv_input *in = k->input;
    const shoal_csv_source *source = &in->source[s->source];
    size_t bad = shoal_csv_bad_byte(s->text, s->n);
    if (bad < s->n) return shoal_csv_source_fail_byte(source, s->text[bad], s->offset + bad, err);
    shoal_csv_scan scan = {s->text,       s->n, s->last,   in->delimiter,
                           in->n_columns, 0,    w->fields, w->row_start,
                           k->batch_rows, 0,    0};
    shoal_csv_inference inference = {
        &in->missing, in->n_columns, in->profile.collect, w->known, s->stats, s->fresh, 0,
        k->max_fresh};
    memset(s->stats, 0, in->n_columns * sizeof *s->stats);
    s->n_rows = 0;
    for (shoal_csv_stop stop = SHOAL_CSV_FULL; stop == SHOAL_CSV_FULL;) {
        stop = shoal_csv_scan_rows(&scan);
        if (stop == SHOAL_CSV_WIDE || stop == SHOAL_CSV_OPEN)
            return shoal_csv_source_fail_scan(source, &scan, stop, s->offset, err);
        shoal_csv_infer_rows(&inference, &scan);
        s->n_rows += scan.n_rows;
    }
    s->n_fresh = inference.n_fresh;
    return SHOAL_OK;
}

/* ---- Joining ---- */

static void add_mark(look *k, const slot *s)
{
    shoal_csv_input *in = k->input;
    if (k->n_blocks++ % in->mark_every) return;
    if (in->n_marks == SHOAL_CSV_MARKS) {
        for (size_t m = 0; m < SHOAL_CSV_MARKS / 2; m++) in->mark[m] = in->mark[2 * m];
        in->n_marks = SHOAL_CSV_MARKS / 2;
        in->mark_every *= 2;
    }
    in->mark[in->n_marks++] = (shoal_csv_mark){in->profile.n_rows, s->offset, s->source};
}

static shoal_status join_block(void *context, void *slot_, uint64_t *done_bytes, shoal_error *err)
{
    look *k = context;
    slot *s = slot_;
    shoal_csv_input *in = k->input;
    size_t column = 0;
    if (!in->profile.recounting) add_mark(k, s);
    if (s->n > in->max_block) in->max_block = s->n;
    *done_bytes = s->n;
    const shoal_csv_inference found = {
        .n_columns = in->n_columns, .stats = s->stats, .fresh = s->fresh, .n_fresh = s->n_fresh};
    shoal_status status =
        shoal_csv_profile_join(&in->profile, &found, s->text, s->n_rows, &column, err);
    if (!status) return SHOAL_OK;
    return shoal_fail_within(err, status, "%s: column '%s'", in->source[s->source].name,
                             in->names[column]);
}

/* ---- Memory ---- */

static uint64_t worker_memory(const look *k)
{
    const shoal_csv_sizes *z = &k->input->sizes;
    return k->batch_rows * (k->input->n_columns * sizeof(shoal_csv_field) + sizeof(uint32_t)) +
           shoal_words_memory(z->known_words, z->known_bytes);
}

static uint64_t slot_memory(const look *k)
{
    return k->input->sizes.max_record + SHOAL_CSV_PAD + k->max_fresh * sizeof(shoal_csv_fresh) +
           k->input->n_columns * sizeof(shoal_csv_stats);
}

static uint64_t all_memory(const look *k, int n_workers)
{
    const shoal_csv_sizes *z = &k->input->sizes;
    return (uint64_t)n_workers * worker_memory(k) + (uint64_t)(n_workers + 1) * slot_memory(k) +
           shoal_words_memory(z->pool_words, z->pool_bytes) +
           shoal_csv_profile_memory(k->input->n_columns) +
           SHOAL_CSV_MARKS * sizeof(shoal_csv_mark) + 64 * k->input->n_columns;
}

static bool make_worker(look *k, worker *w)
{
    const shoal_csv_sizes *z = &k->input->sizes;
    w->fields = calloc(k->batch_rows, k->input->n_columns * sizeof *w->fields);
    w->row_start = calloc(k->batch_rows, sizeof *w->row_start);
    return w->fields && w->row_start &&
           !shoal_words_new(z->known_words, z->known_bytes, &w->known, NULL);
}

static bool make_slot(look *k, slot *s)
{
    s->text = calloc(1, k->input->sizes.max_record + SHOAL_CSV_PAD);
    s->stats = calloc(k->input->n_columns, sizeof *s->stats);
    s->fresh = malloc(k->max_fresh * sizeof *s->fresh);
    return s->text && s->stats && s->fresh;
}

static void free_all(look *k)
{
    for (int i = 0; k->workers && i < k->n_workers; i++) {
        free(k->workers[i].fields);
        free(k->workers[i].row_start);
        shoal_words_free(k->workers[i].known);
    }
    for (int i = 0; k->slots && i < k->n_workers + 1; i++) {
        free(k->slots[i].text);
        free(k->slots[i].stats);
        free(k->slots[i].fresh);
    }
    free(k->workers);
    free(k->slots);
    free(k->worker_list);
    free(k->slot_list);
}

static shoal_status make_all(look *k, shoal_error *err)
{
    size_t n = (size_t)k->n_workers;
    k->workers = calloc(n, sizeof *k->workers);
    k->worker_list = calloc(n, sizeof *k->worker_list);
    k->slots = calloc(n + 1, sizeof *k->slots);
    k->slot_list = calloc(n + 1, sizeof *k->slot_list);
    bool fine = k->workers && k->worker_list && k->slots && k->slot_list;
    for (size_t i = 0; fine && i < n; i++) {
        k->worker_list[i] = &k->workers[i];
        fine = make_worker(k, &k->workers[i]);
    }
    for (size_t i = 0; fine && i < n + 1; i++) {
        k->slot_list[i] = &k->slots[i];
        fine = make_slot(k, &k->slots[i]);
    }
    return fine ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "no memory for the buffers of a run");
}

static shoal_status plan_memory(look *k, const shoal_run_options *options, shoal_error *err)
{
    uint64_t limit = shoal_option_memory(options);
    k->batch_rows = shoal_csv_batch_rows(k->input->n_columns);
    k->max_fresh = k->input->sizes.block / 2 + 1;
    if (k->max_fresh < k->input->n_columns) k->max_fresh = k->input->n_columns;
    k->n_workers = shoal_option_threads(options);
    while (k->n_workers > 1 && all_memory(k, k->n_workers) > limit) k->n_workers--;
    uint64_t needed = all_memory(k, k->n_workers);
    if (needed <= limit) return make_all(k, err);
    return shoal_fail(err, SHOAL_MEMORY,
                      "%s: needs %llu MiB of memory for %zu columns, and %llu MiB are allowed",
                      k->input->source[0].name, (unsigned long long)(needed / MIB + 1),
                      k->input->n_columns, (unsigned long long)(limit / MIB));
}

/* ---- The pass ---- */

static shoal_status look_once(look *k, const shoal_run_options *options, shoal_error *err)
{
    shoal_job job = {.context = k,
                     .phase = "looking at columns",
                     .total_bytes = k->input->n_bytes,
                     .next = next_block,
                     .work = look_at_block,
                     .merge = join_block,
                     .n_workers = k->n_workers,
                     .workers = k->worker_list,
                     .n_slots = k->n_workers + 1,
                     .slots = k->slot_list};
    k->source = 0;
    k->offset = k->input->source[0].first;
    for (int i = 0; i < k->n_workers; i++) shoal_words_clear(k->workers[i].known);
    return shoal_execute(&job, options, err);
}

shoal_status shoal_csv_look(shoal_csv_input *input, const shoal_run_options *options,
                            shoal_error *err)
{
    look k = {.input = input};
    input->mark_every = 1;
    shoal_status status = plan_memory(&k, options, err);
    if (!status) status = look_once(&k, options, err);
    if (!status && shoal_csv_profile_recount(&input->profile)) status = look_once(&k, options, err);
    free_all(&k);
    return status;
}
