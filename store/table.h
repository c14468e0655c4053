/* Tables: groups of columns in the layout that anndata writes for data frames, so that
   anndata.io.read_elem(file["table"]) is a pandas DataFrame; FORMAT.md has it byte by byte. And
   compound datasets, as PyTables and others write them, to be read. */
#ifndef SHOAL_STORE_TABLE_H
#define SHOAL_STORE_TABLE_H

#include "store/file.h"
#include "store/writer.h"

typedef enum shoal_column_kind {
    SHOAL_COLUMN_NUMBERS,  /* one dataset: numbers or bool; missing floats are NaN */
    SHOAL_COLUMN_TIME,     /* int64 with `units`; missing is INT64_MIN, as NumPy's NaT */
    SHOAL_COLUMN_CATEGORY, /* group: codes (-1 missing) and categories */
    SHOAL_COLUMN_TEXT,     /* one dataset of fixed text */
    SHOAL_COLUMN_NULLABLE, /* group: values and mask (true: missing); bool, integers or text */
} shoal_column_kind;

typedef struct shoal_column {
    char *name;
    shoal_column_kind kind;
    shoal_type type;   /* of the values, or of the codes */
    char *units;       /* SHOAL_COLUMN_TIME: "seconds since 1970-01-01", else NULL */
    char **categories; /* one block of memory with its texts; NULL unless a category. Sorted
                          bytewise, unless rows were appended later */
    size_t n_categories;
    char *values_path;   /* of the dataset of the values or codes (absolute) */
    char *mask_path;     /* of the mask, or NULL */
    int64_t part;        /* the column's index along axis 1 of the values; -1: they have no such */
    bool is_bool;        /* bytes of 0 and 1 that are bools */
    const char *why_not; /* static: the values are not readable, for this reason; or NULL */
} shoal_column;

typedef struct shoal_table {
    uint64_t n_rows;
    size_t n_columns;
    shoal_column *column;
    bool is_foreign; /* in another program's layout: to be read alone */
} shoal_table;

/* Reads a table's description (categories included, bounded by `limit` bytes). */
shoal_status shoal_table_open(shoal_file *file, const char *path, uint64_t limit, shoal_table **out,
                              shoal_error *err);
void shoal_table_free(shoal_table *table);
void shoal_column_clear(shoal_column *column);
/* Whether the object at `path` is one: a data frame, or a compound dataset of one axis. */
shoal_status shoal_table_is(shoal_file *file, const char *path, bool *is, shoal_error *err);

/* The elements of a dataset of one axis as texts: one block of memory, pointers first. *limit, the
   bytes that may be read, goes down. */
shoal_status shoal_table_texts(shoal_file *file, const char *path, uint64_t *limit, char ***out,
                               size_t *n, shoal_error *err);

/* Opens the values of a column, and says which region of them all its rows are, and which axes of
   that it has not. */
shoal_status shoal_column_open(shoal_file *file, const shoal_column *column, shoal_dataset **out,
                               shoal_region *region, uint32_t *dropped, shoal_error *err);

/* Makes the group, the attributes and the empty datasets of all columns and of the index
   "_index" (0, 1, ...; its values too are the caller's to write). Fills in the paths of `table`.
   `storage` gives codec and, in chunk[0], the rows a chunk. */
shoal_status shoal_table_create(shoal_writer *writer, const char *path, shoal_table *table,
                                const shoal_dataset_spec *storage, shoal_error *err);

/* For appending to the table at `path`. Writes a column's categories anew. */
shoal_status shoal_table_write_categories(shoal_writer *writer, const char *path,
                                          const shoal_column *column,
                                          const shoal_dataset_spec *storage, shoal_error *err);
/* Makes the dataset at `path` (codes or text, of `file`, of which the writer makes a new version)
   anew with wider elements and the same rows. Holds storage->chunk[0] rows in memory. */
shoal_status shoal_table_widen(shoal_writer *writer, shoal_file *file, const char *path,
                               shoal_type wide, uint64_t n_rows, const shoal_dataset_spec *storage,
                               shoal_error *err);

#endif
