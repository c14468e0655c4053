/* The lines that info for people is made of: what info_text.c (the tree), info_detail.c and
   info_table.c share. */
#ifndef SHOAL_CLI_INFO_LINES_H
#define SHOAL_CLI_INFO_LINES_H

#include "cli/info.h"

/* ---- info_words.c ---- */

/* Adds a part to a list that is separated by commas; what is beyond the capacity is cut off. */
void shoal_cli_add_words(char *text, size_t capacity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "time 8,784 x lat 721" */
void shoal_cli_shape_words(const shoal_dataset_info *info, char *text, size_t capacity);
/* The last part of its path; of the object that the walk began at the whole path. */
const char *shoal_cli_name_of(const shoal_object *object);

/* ---- info_detail.c ---- */

/* All that is known of a dataset. */
void shoal_cli_info_detail(shoal_cli_walk *walk, const shoal_object *object, shoal_dataset *dataset,
                           const shoal_dataset_info *info);

/* ---- info_table.c ---- */

void shoal_cli_info_table(shoal_cli_walk *walk, const shoal_object *object);
/* A group that is a frame of pandas': its columns come before what they are stored in. False, and
   nothing is shown, where it is none. */
bool shoal_cli_info_frame(shoal_cli_walk *walk, const shoal_object *object);
/* A column that is a group (codes and categories, values and mask) is one line of the tree. */
void shoal_cli_info_column(shoal_cli_walk *walk, const shoal_object *object);

#endif
