/*
 * shoal: arrays and tables bigger than memory, in plain HDF5 files, computed on every core.
 *
 * Five nouns teach the whole library:
 *
 *   file      an HDF5 (or .npy) file opened for reading through a memory map
 *   dataset   an n-dimensional array in a file, cut into chunks that are compressed one by one
 *   writer    a file being made; it appears under its name at shoal_writer_commit, whole, or never
 *   plan      expressions over datasets, typed and laid out in passes, with the memory they need
 *   run       anything that streams chunks through the workers: a plan, an ingest, an export
 *
 * What every program needs to know
 *   Errors     A function that can fail returns a shoal_status (0 is success) and, where `err` is
 *              not NULL, fills in the caller's shoal_error with one line that names the file, the
 *              dataset and the chunk. Outputs are set on success only. The library never prints,
 *              exits or aborts.
 *   Ownership  What a function hands out through a `**out` parameter is the caller's until the
 *              matching close or free. Strings inside info structs belong to the handle that they
 *              were read from and live as long as it does. Inputs are copied or only borrowed for
 *              the call.
 *   Threads    Different handles may be used from different threads at once. One file or dataset
 *              may be *read* from several threads at once. A writer, and a plan while it is run,
 *              belong to one thread at a time. Runs start their own worker threads and end them
 *              before they return. Callbacks come from one thread at a time, not always the same.
 *              libhdf5, which the library writes with, takes one caller at a time: a program that
 *              calls it too does not do so while another thread is in a writer or in a run.
 *   Memory     A run keeps all of its buffers, indexes included, within
 *              shoal_run_options.memory_limit, or refuses with SHOAL_MEMORY before it starts. The
 *              pages of mapped files are not counted in: the system takes them back when it needs
 *              them, and tools that show the resident size count them all the same.
 *   Maps       A file that shrinks or fails while it is mapped gives SHOAL_SYSTEM, not a signal:
 *              the library installs a handler of SIGBUS at the first open, and passes on to the
 *              handler that was there before every fault that is not its own. Who installs one
 *              later passes on likewise. A file that is changed in place while it is open may be
 *              read as before, as after, or as damaged; one that is replaced (renamed over) stays
 *              readable as it was. 1024 files can be open at a time.
 *   Signals    No other handler is touched. Workers block all signals, so the program's own threads
 *              get them. A handler of SIGINT sets a flag; the progress callback that sees it
 *              returns not 0, and the run ends with SHOAL_CANCELLED.
 *   Fork       Between runs there are no threads, so a child may go on with the files and datasets
 *              that it inherits; writers and plans stay the parent's. A child of a fork while
 *              another thread is in the library only calls exec.
 *   Params     Structs of parameters start from all zeros (`= {0}`): zero means the default. They
 *              may grow at the end in later versions.
 */
#ifndef SHOAL_SHOAL_H
#define SHOAL_SHOAL_H

#include <shoal/kernel.h>
#include <shoal/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is declared here is the whole of what the shared library shows. */
#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

#define SHOAL_VERSION "0.1.0"

/* The version of the library that is linked, for example "0.1.0". */
const char *shoal_version(void);

/* ---- Files, datasets, attributes: reading ------------------------------------------------ */

typedef struct shoal_file shoal_file;
typedef struct shoal_dataset shoal_dataset;

/* Opens an HDF5 file, or an .npy file as one dataset "/". */
shoal_status shoal_file_open(const char *path, shoal_file **out, shoal_error *err);
void shoal_file_close(shoal_file *file); /* after its datasets; NULL is fine */

typedef enum shoal_object_kind {
    SHOAL_GROUP,
    SHOAL_DATASET,
    SHOAL_TABLE,  /* a group in the anndata data-frame layout */
    SHOAL_COLUMN, /* a group inside a table that is one column, such as a categorical */
    SHOAL_OTHER,  /* a named type, a soft or external link that leads nowhere, ... */
} shoal_object_kind;

typedef struct shoal_object {
    const char *path; /* absolute */
    shoal_object_kind kind;
    int depth; /* 0 for the root */
} shoal_object;

/* Visits every object below `path` in name order, each once, parents first, children of one
   object one after another. Stops when the visitor returns not 0, and returns SHOAL_CANCELLED. */
shoal_status shoal_file_visit(shoal_file *file, const char *path,
                              int (*visitor)(void *user, const shoal_object *object), void *user,
                              shoal_error *err);

/* An attribute's value as text for people ("3.5", "[1, 2]", "hours since 2000-01-01") and as JSON
   ("3.5", "[1,2]", "\"hours ...\""); values longer than 1000 elements are cut in the text and
   given whole in the JSON up to 64 KiB, else as null. */
typedef struct shoal_attribute {
    const char *name, *type, *text, *json;
} shoal_attribute;

/* Visits an object's attributes in name order; the strings live during the call. Stops when the
   visitor returns not 0, and returns SHOAL_CANCELLED. */
shoal_status shoal_attribute_visit(shoal_file *file, const char *path,
                                   int (*visitor)(void *user, const shoal_attribute *attribute),
                                   void *user, shoal_error *err);

/* Opens the dataset at `path`; one that is not readable opens too, to be described. Reads metadata
   and the chunk index. Close it before its file; NULL is fine. */
shoal_status shoal_dataset_open(shoal_file *file, const char *path, shoal_dataset **out,
                                shoal_error *err);
void shoal_dataset_close(shoal_dataset *dataset);

typedef struct shoal_dataset_info {
    bool readable;           /* false: it can be described, but not read or computed on */
    const char *why_not;     /* one line when not readable, else NULL */
    shoal_type type;         /* of the elements as read, when readable */
    const char *stored_type; /* as stored, for people: "float32", "float32 big-endian", "text" */
    int rank;
    uint64_t shape[SHOAL_MAX_RANK];
    uint64_t max_shape[SHOAL_MAX_RANK]; /* UINT64_MAX: unlimited */
    const char *layout; /* "chunked", "contiguous", "compact", "external", "virtual", "npy" */
    uint64_t chunk[SHOAL_MAX_RANK];     /* chunk shape when chunked, else all 0 */
    uint64_t n_chunks, n_chunks_stored; /* of the grid; written ones, UINT64_MAX when not known */
    uint64_t raw_bytes, stored_bytes;   /* elements x size; bytes in the file */
    const char *filters;                /* "shuffle, gzip(4)" or "blosc(lz4, 5, shuffle)" or "" */
    const char *fill;                   /* fill value as text, "" when it is not defined */
    const char *dimensions[SHOAL_MAX_RANK]; /* names from dimension scales, or NULL */
    const char *index; /* "btree1", "single", "implicit", "farray", "earray", "btree2", or "none" */
    /* What netCDF's attributes say (the CF conventions). */
    const char *units;  /* "" when there are none */
    const char *coding; /* what calc applies to stored values: "x * 0.01 + 280, missing -32768" */
    shoal_type decoded; /* the elements' type after that; `type` where nothing is applied */
} shoal_dataset_info;

/* Costs no read of data. The struct's strings live as long as the dataset. */
shoal_status shoal_dataset_describe(shoal_dataset *dataset, shoal_dataset_info *out,
                                    shoal_error *err);

/* An axis's name and coordinate variable, as netCDF's dimension scales have them. Texts are cut
   where they do not fit, and empty where there is nothing to tell. */
typedef struct shoal_axis_info {
    char name[256];
    char coordinate[1024];    /* path of the dataset with a value for each index */
    char units[128];          /* of the coordinate */
    char calendar[32];        /* likewise */
    bool is_time;             /* its values are dates: "hours since 2000-01-01" */
    char first[64], last[64]; /* its ends: numbers, or dates such as 2001-05-03T12:00 */
} shoal_axis_info;

/* Reads the first and the last value of the coordinate. */
shoal_status shoal_dataset_axis(shoal_dataset *dataset, int axis, shoal_axis_info *out,
                                shoal_error *err);

/* A coordinate of a dataset that is no axis's: what netCDF's `coordinates` attributes name, as
   lat(y, x), a scalar height, the names of stations. Texts are cut where they do not fit. */
typedef struct shoal_coordinate_info {
    char name[256];
    char path[1024];
    char units[128];
    shoal_type type; /* as stored */
    int rank;
    uint64_t shape[SHOAL_MAX_RANK];
    int axis[SHOAL_MAX_RANK]; /* which of the dataset's each axis is; -1: one of its own, of text */
    char value[64];           /* of a scalar: a number, a date or a text; else empty */
} shoal_coordinate_info;

/* Calls `visitor` for each; one that returns not 0 ends it with SHOAL_CANCELLED. Coordinates that
   are not there, or have axes that the dataset has not, are left out. */
shoal_status shoal_dataset_coordinates(shoal_dataset *dataset,
                                       int (*visitor)(void *user,
                                                      const shoal_coordinate_info *coordinate),
                                       void *user, shoal_error *err);

/* A column of a table: anndata's or pandas' data frames, or a member of a compound dataset. */
typedef struct shoal_column_info {
    const char *name;
    const char *kind;    /* "numbers", "time", "category", "text", "nullable" */
    shoal_type type;     /* of the values, or of the codes */
    const char *units;   /* of times, "nanoseconds since 1970-01-01"; else NULL */
    const char *path;    /* of the dataset with the values */
    const char *why_not; /* they cannot be read, for this reason; or NULL */
    size_t n_categories;
    uint64_t n_rows; /* of the table */
} shoal_column_info;

/* Calls `visitor` for each column of the table at `path`; what it gets lives during the call. Stops
   when the visitor returns not 0, and returns SHOAL_CANCELLED. SHOAL_USAGE when there is none. */
shoal_status shoal_table_visit(shoal_file *file, const char *path,
                               int (*visitor)(void *user, const shoal_column_info *column),
                               void *user, shoal_error *err);

/* What the summaries of a dataset's chunks tell without a look at the data: of stored values. */
typedef struct shoal_statistics {
    uint64_t n_chunks, n_chunks_known; /* of the grid; those that the rest is about, 0: none */
    uint64_t n_elements, n_nan;
    bool has_extremes, has_sum;    /* is there a number at all; is the sum of each chunk known */
    uint8_t least[8], greatest[8]; /* an element each; NaN left out */
    char sum[64];                  /* as text: integers exactly, floats rounded once */
} shoal_statistics;
/* Fills it in; nothing known is no error. */
shoal_status shoal_dataset_statistics(shoal_dataset *dataset, shoal_statistics *out,
                                      shoal_error *err);

/* Reads a region into `buffer`, elements in C order, contiguous; `n_bytes` must be exactly the
   region's. Decodes only what the region touches, in the calling thread; may be called from
   several threads at once. */
shoal_status shoal_dataset_read(shoal_dataset *dataset, const shoal_region *region, void *buffer,
                                size_t n_bytes, shoal_error *err);

/* The same on several threads: a run, with progress, cancelling and the memory limit of others.
   Each chunk is decoded once, where its elements are wanted in the order of the file straight into
   `buffer`. The buffer itself is the caller's and not counted. After an error what it holds is not
   defined. `options` may be NULL. */
shoal_status shoal_read(shoal_dataset *dataset, const shoal_region *region, void *buffer,
                        size_t n_bytes, const shoal_run_options *options, shoal_error *err);

/* ---- Writing ----------------------------------------------------------------------------- */

typedef struct shoal_writer shoal_writer;

typedef enum shoal_write_mode {
    SHOAL_CREATE,    /* the file must not exist */
    SHOAL_OVERWRITE, /* an existing file is replaced at commit */
    SHOAL_UPDATE,    /* an existing file gets new objects; a missing one is created */
} shoal_write_mode;

/* Nothing is seen under `path` until the commit. SHOAL_UPDATE works on a copy of the file (a
   reflink where the file system has them), which replaces it at the commit. */
shoal_status shoal_writer_open(const char *path, shoal_write_mode mode, shoal_writer **out,
                               shoal_error *err);
/* Flushes, syncs and renames into place; frees the writer whatever the result. */
shoal_status shoal_writer_commit(shoal_writer *writer, shoal_error *err);
/* Forgets everything written; frees the writer. NULL is fine. */
void shoal_writer_discard(shoal_writer *writer);

/* How a dataset is stored. All zeros: shoal chooses chunks, codec and level.

   Codecs, each with "+fletcher32" behind it or not, for a checksum of each chunk:
     "blosc:lz4[:LEVEL][:shuffle|bitshuffle|noshuffle]", also zstd, blosclz, lz4hc, zlib; 0 to 9
     "gzip[:0-9]", "zstd[:1-22]", "bzip2[:1-9]", "lzf", "lz4": compress the elements' shuffled
         bytes; with ":noshuffle" behind, the bytes as they are
     "bitshuffle[:lz4|zstd[:LEVEL]|none]"
     "szip[:nn|ec][:PIXELS]": integers and floats alone; PIXELS of a block are even, 2 to 32
     "scaleoffset": integers alone; "scaleoffset:DIGITS": float32 and float64 alone, rounded to so
         many decimal digits, which loses the others
     "none"
   What an encoder does not make smaller is stored as it is. */
typedef struct shoal_dataset_spec {
    shoal_type type;
    int rank; /* 0: a scalar */
    uint64_t shape[SHOAL_MAX_RANK];
    uint64_t chunk[SHOAL_MAX_RANK]; /* all 0: chosen, about 1-4 MiB; see shoal_chunk_choose */
    uint64_t unlimited;             /* bit k set: axis k can grow */
    const char *codec;              /* NULL: the default; see below */
    const void *fill;               /* one element, or NULL for zeros */
    bool replace;                   /* an object of that name is replaced instead of refused */
    bool contiguous;                /* no chunks, no codec */
} shoal_dataset_spec;

/* The default codec's name, as measured: see README. */
const char *shoal_codec_default(void);

/* Chooses a chunk shape: about 1-4 MiB, cut along every axis in proportion, so that reads along
   any axis stay cheap; the last axis keeps runs of at least 512 bytes. */
void shoal_chunk_choose(shoal_type type, int rank, const uint64_t *shape, uint64_t *chunk);

/* Makes the dataset and its parent groups. */
shoal_status shoal_writer_dataset(shoal_writer *writer, const char *path,
                                  const shoal_dataset_spec *spec, shoal_error *err);
shoal_status shoal_writer_group(shoal_writer *writer, const char *path, shoal_error *err);

/* Writes a region (steps 1) of a dataset made by this writer from `buffer`, C order. Chunks that
   the region covers whole are encoded and written at once; others are read, changed and written
   again, so cover chunks where you can. */
shoal_status shoal_writer_write(shoal_writer *writer, const char *path, const shoal_region *region,
                                const void *buffer, size_t n_bytes, shoal_error *err);
/* Grows a dataset along its unlimited axes. */
shoal_status shoal_writer_extend(shoal_writer *writer, const char *path, const uint64_t *shape,
                                 shoal_error *err);

/* Attributes of an object: text, or numbers (rank 0 or 1). An existing one is replaced. */
shoal_status shoal_writer_attribute_text(shoal_writer *writer, const char *path, const char *name,
                                         const char *text, shoal_error *err);
shoal_status shoal_writer_attribute_numbers(shoal_writer *writer, const char *path,
                                            const char *name, shoal_type type, size_t count,
                                            bool scalar, const void *values, shoal_error *err);
/* Makes the one-dimensional dataset `scale` the dimension scale of `axis` of `path`. */
shoal_status shoal_writer_dimension(shoal_writer *writer, const char *path, int axis,
                                    const char *scale, const char *name, shoal_error *err);

/* ---- Ingest and export --------------------------------------------------------------------- */

typedef enum shoal_format {
    SHOAL_FORMAT_AUTO, /* by the name's ending, then by the first bytes */
    SHOAL_FORMAT_CSV,
    SHOAL_FORMAT_TSV,
    SHOAL_FORMAT_NPY,
    SHOAL_FORMAT_NPZ,
    SHOAL_FORMAT_RAW,
    SHOAL_FORMAT_HDF5,
} shoal_format;

typedef struct shoal_column_type {
    const char *column;
    const char *type; /* a type's name, "text", "category", or "time[s|ms|us|ns|D]" */
} shoal_column_type;

typedef struct shoal_ingest_params {
    const char *const *sources; /* "-" is standard input; "FILE:/path[slice]" for HDF5 */
    size_t n_sources;           /* several are appended in order, along axis 0 */
    const char *output;         /* "FILE:/path"; "FILE" alone means "/data" or "/table" */
    shoal_format format;
    bool overwrite;             /* replace the file, or the object in it when a path is given */
    bool append;                /* append to the existing dataset or table */
    shoal_dataset_spec storage; /* type and shape are used for raw sources only */
    /* CSV and TSV */
    char delimiter;                        /* 0: ',' or tab by format */
    bool no_header;                        /* columns are named c0, c1, ... */
    const shoal_column_type *column_types; /* overrides of the inferred types */
    size_t n_column_types;
    const char *const *missing; /* more texts that mean "missing", beside pandas' own list */
    size_t n_missing;
    bool no_summaries; /* no companion with each chunk's count, extremes and sum is written */
} shoal_ingest_params;

typedef struct shoal_ingest_result {
    uint64_t n_rows, n_columns; /* columns 0 for arrays */
    uint64_t raw_bytes, stored_bytes;
    double seconds;
} shoal_ingest_result;

/* Stores the sources as one dataset, or (CSV and TSV) as one table, in the output's file, which
   appears or changes at the end, whole. `result` may be NULL. */
shoal_status shoal_ingest(const shoal_ingest_params *params, const shoal_run_options *options,
                          shoal_ingest_result *result, shoal_error *err);

typedef struct shoal_export_params {
    const char *source;  /* "FILE:/path[slice]", a dataset or a table */
    const char *output;  /* a file, or "-" for standard output */
    shoal_format format; /* npy, csv, tsv or raw; auto: by the output's ending */
    bool overwrite;
    bool raw; /* values as stored, as in shoal_calc_params; the format raw always takes them so */
} shoal_export_params;

/* Writes a dataset, a part of one, or a table to a file, which appears at the end, whole, or to
   standard output as it comes. */
shoal_status shoal_export(const shoal_export_params *params, const shoal_run_options *options,
                          shoal_error *err);

/* ---- Verifying ----------------------------------------------------------------------------- */

typedef struct shoal_finding {
    const char *path;    /* of the object */
    bool damaged;        /* false: it could not be checked, for its filter or its type */
    uint64_t chunk;      /* its number in the grid, in C order; UINT64_MAX: not about one chunk */
    const char *message; /* one line that names the file, the object and the chunk */
} shoal_finding;

typedef struct shoal_verify_params {
    const char *source; /* "FILE" or "FILE:/path": a dataset, or a group and all below it */
    /* Called from one thread at a time, in the order of the file; the strings live during the call.
       Not 0 cancels. May be NULL. */
    int (*found)(void *user, const shoal_finding *finding);
    void *user;
} shoal_verify_params;

typedef struct shoal_verify_result {
    uint64_t n_objects, n_datasets, n_attributes, n_chunks; /* that were read */
    uint64_t n_damaged, n_not_checked;                      /* findings */
    uint64_t raw_bytes;                                     /* decoded */
} shoal_verify_result;

/* Reads the metadata of every object, every attribute, and every chunk of every dataset. SHOAL_OK
   when all is sound, SHOAL_DIFFERS when something is damaged: `result` (may be NULL) is set for
   both. Values without a filter that checks them (fletcher32, and most codecs) can be wrong
   unnoticed. Virtual and external datasets are opened alone. */
shoal_status shoal_verify(const shoal_verify_params *params, const shoal_run_options *options,
                          shoal_verify_result *result, shoal_error *err);

/* ---- Computing ----------------------------------------------------------------------------- */

typedef struct shoal_plan shoal_plan;

/* Elements in the program's memory. They are only borrowed: they stay as they are until the plan
   that uses them is freed, and are read where they lie, whatever the strides. */
typedef struct shoal_array {
    const void *data; /* the element at index 0, 0, ... */
    shoal_type type;
    int rank;
    uint64_t shape[SHOAL_MAX_RANK];
    const int64_t *strides; /* bytes between neighbours along each axis, of any sign, or 0; NULL: C
                               order. Copied with the struct */
} shoal_array;

typedef struct shoal_input {
    const char *name;   /* in the expressions; NULL: the path's last part, or a table's columns */
    const char *source; /* "FILE:/path[slice]"; unnamed also a group or FILE, for all it has */
    const shoal_array *array; /* not NULL: this instead of a source; wants a name */
} shoal_input;

typedef struct shoal_calc_params {
    const char *expressions; /* statements separated by ';' or newlines */
    const shoal_input *inputs;
    size_t n_inputs;
    const char *output; /* "FILE:/path" of one result, "FILE:/group" of several; NULL: memory */
    bool overwrite;
    shoal_dataset_spec storage; /* chunk, codec, ... of the output; type and shape are computed */
    bool raw; /* values as stored; else scale_factor, add_offset, _FillValue, missing_value and
                 _Unsigned of netCDF variables are applied, as xarray applies them, and
                 MATLAB's matrices have their axes as MATLAB, not in the reverse order of HDF5 */
    bool no_summaries; /* all is computed from the data, not chunks' summaries; none are written */
    /* Functions of one's own (shoal/kernel.h), and files of them: shared objects, and C sources
       (".c"), compiled by $CC or cc and kept under $XDG_CACHE_HOME/shoal or ~/.cache/shoal. Loading
       one runs code of its own. */
    const shoal_kernel_spec *kernels;
    size_t n_kernels;
    const char *const *kernel_files;
    size_t n_kernel_files;
    bool exact; /* sums of integers that are results in memory keep all their digits (see
                   shoal_plan_result_high); what else warns that it wraps around is SHOAL_DATA */
} shoal_calc_params;

/* Parses, types and lays out the expressions; reads metadata only. err->column is in their text. */
shoal_status shoal_plan_make(const shoal_calc_params *params, const shoal_run_options *options,
                             shoal_plan **out, shoal_error *err);
/* What would be done, for people or as JSON; lives as long as the plan. */
const char *shoal_plan_describe(shoal_plan *plan, bool json);
uint64_t shoal_plan_memory(const shoal_plan *plan); /* bytes that the run will allocate at most */
shoal_status shoal_plan_run(shoal_plan *plan, shoal_error *err);
/* After the run, what the caller should know of its results, a line each with a newline behind it;
   else "". Lives as long as the plan. */
const char *shoal_plan_warnings(shoal_plan *plan);
void shoal_plan_free(shoal_plan *plan);

/* A statement's value, after the run; one that went to a file has data NULL. */
typedef struct shoal_result {
    const char *name; /* NULL for a bare expression */
    shoal_type type;
    int rank;
    uint64_t shape[SHOAL_MAX_RANK];
    const void *data; /* C order; lives as long as the plan */
} shoal_result;

/* The results in the statements' order; k counts from 0, SHOAL_USAGE beyond. Type and shape are
   known before the run, the data after it. */
size_t shoal_plan_n_results(const shoal_plan *plan);
shoal_status shoal_plan_result(const shoal_plan *plan, size_t k, shoal_result *out,
                               shoal_error *err);
/* After a run with `exact`, where an element of result k is beyond its 64 bits: what is above them,
   of each element; its value is high * 2^64 plus its bits as uint64. Else NULL. As `data`. */
const int64_t *shoal_plan_result_high(const shoal_plan *plan, size_t k);
/* The labels that groups (by=) made for an axis, known before the run; for axis -1 results that are
   times. name NULL: none. shoal_format_label is shoal_format_element, but writes times as dates. */
typedef struct shoal_labels {
    const char *name, *units, *calendar; /* "month"; of times, "days since 1970-01-01", else NULL */
    shoal_type type;                     /* numbers, bools or text */
    uint64_t n;
    const void *data; /* lives as long as the plan */
} shoal_labels;
shoal_status shoal_plan_labels(shoal_plan *plan, size_t k, int axis, shoal_labels *out,
                               shoal_error *err);
size_t shoal_format_label(const shoal_labels *labels, uint64_t k, char *text, size_t capacity);

/* A function of the expressions, for help and documents. */
typedef struct shoal_function {
    const char *family; /* "arithmetic", "text", ... */
    const char *doc;    /* one line */
    char signature[112];
    char aliases[112];  /* other names, ", " between them; may be empty */
    bool typed;         /* the next are known: the results' types of bool, int32, float32 and */
    char result[4][16]; /* complex64 arguments; empty where those are refused */
} shoal_function;

/* The functions in the documents' order; k counts from 0, false beyond. */
bool shoal_function_get(size_t k, shoal_function *out);

/* Visits the functions of a file of kernels, as shoal_calc_params takes one, checked; the strings
   live during the call of the visitor. Stops when it returns not 0, and returns SHOAL_CANCELLED. */
shoal_status shoal_kernel_file_visit(const char *path,
                                     int (*visitor)(void *user, const shoal_function *function),
                                     void *user, shoal_error *err);

/* One element as text: shortest digits that read back the same, NumPy's words for NaN, inf, bool,
   records in hexadecimal. Returns the length, writes at most `capacity` bytes with the NUL. */
size_t shoal_format_element(shoal_type type, const void *element, char *text, size_t capacity);

/* Splits "FILE:/path[slice]" at the last ":/" (a file named so on disk wins); the parts are
   malloc'd, NULL where absent. */
shoal_status shoal_locator_split(const char *text, char **file, char **path, char **slice,
                                 shoal_error *err);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif
#endif
