/* What info_text.c and info_json.c make of a file's objects. */
#ifndef SHOAL_CLI_INFO_H
#define SHOAL_CLI_INFO_H

#include "cli/json.h"
#include "cli/rows.h"

/* Frames of pandas' of which the columns are listed in one walk. */
#define SHOAL_CLI_FRAMES 100

/* One walk over a file's tree. */
typedef struct shoal_cli_walk {
    shoal_file *file;
    bool detail;         /* a path was given: show what else there is to know */
    bool stats;          /* and what the summaries of chunks tell of the values */
    size_t n_failed;     /* objects that could not be described */
    shoal_error failure; /* of the first of these */
    size_t n_frames;     /* of pandas' whose columns were listed: of the first SHOAL_CLI_FRAMES */
    char *inside;        /* text: the column whose parts are not shown one by one */
    shoal_cli_rows rows; /* text */
    shoal_cli_json json; /* JSON */
} shoal_cli_walk;

/* What the attributes of a table or a column say. */
typedef struct shoal_cli_encoding {
    char *type;         /* "categorical", "nullable-integer", ... malloc'd, or NULL */
    char *index;        /* of a table: the name of its index; malloc'd, or NULL */
    uint64_t n_columns; /* UINT64_MAX: not known */
} shoal_cli_encoding;

void shoal_cli_encoding_read(shoal_file *file, const char *path, shoal_cli_encoding *out);
void shoal_cli_encoding_free(shoal_cli_encoding *encoding);

/* Describes the dataset `name` below `parent`; false when there is none that can be. The texts
   inside `out` are set to NULL: they end with the dataset. */
bool shoal_cli_describe_part(shoal_file *file, const char *parent, const char *name,
                             shoal_dataset_info *out);

/* Describes an axis; false where it has neither name nor coordinate, or cannot be read. */
bool shoal_cli_describe_axis(shoal_dataset *dataset, int axis, shoal_axis_info *out);
/* What MATLAB's attributes say of a dataset of a v7.3 file, which has the axes in reverse order. */
typedef struct shoal_cli_matlab {
    char class_name[64]; /* "double", "logical", ...; empty: it is none of MATLAB's arrays */
    bool is_empty;       /* the dataset holds the shape of an array without elements */
    int rank;
    uint64_t shape[SHOAL_MAX_RANK]; /* as calc and MATLAB have it; not of an empty one */
} shoal_cli_matlab;

/* False when it is no array of MATLAB's. */
bool shoal_cli_matlab_read(shoal_file *file, const char *path, const shoal_dataset_info *info,
                           shoal_cli_matlab *out);
/* "MATLAB's 3 x 4 double" */
const char *shoal_cli_matlab_words(const shoal_cli_matlab *matlab, char *text, size_t capacity);
/* What is known of a dataset's values; false when nothing is. */
bool shoal_cli_describe_values(shoal_dataset *dataset, shoal_statistics *out);
/* Is the coordinate of its only axis the dataset itself? */
bool shoal_cli_is_coordinate(const shoal_object *object, const shoal_dataset_info *info,
                             const shoal_axis_info *axis);

/* Counts an object that could not be described. */
void shoal_cli_walk_failed(shoal_cli_walk *walk, const shoal_error *err);

/* Visitors for shoal_file_visit; `user` is the walk. */
int shoal_cli_info_text(void *user, const shoal_object *object);
int shoal_cli_info_json(void *user, const shoal_object *object);

#endif
