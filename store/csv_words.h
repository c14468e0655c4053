/* A set of texts, each belonging to a column: what a category's values are collected in and looked
   up in. All memory is taken at the start; lookups change nothing, so that threads may share. */
#ifndef SHOAL_STORE_CSV_WORDS_H
#define SHOAL_STORE_CSV_WORDS_H

#include <shoal/shoal.h>

typedef struct shoal_words shoal_words;

#define SHOAL_NO_WORD SIZE_MAX

/* Room for n_words texts of together n_bytes. */
shoal_status shoal_words_new(size_t n_words, size_t n_bytes, shoal_words **out, shoal_error *err);
void shoal_words_free(shoal_words *words);
size_t shoal_words_memory(size_t n_words, size_t n_bytes);

/* Adds a text unless it is there; its number, or SHOAL_NO_WORD when there is no more room.
   Numbers count up from 0 in the order of adding. */
size_t shoal_words_add(shoal_words *words, uint32_t column, const char *text, size_t n,
                       bool *added);
size_t shoal_words_find(const shoal_words *words, uint32_t column, const char *text, size_t n);
void shoal_words_clear(shoal_words *words);
/* Forgets a column's texts; the other texts get new numbers. */
void shoal_words_drop(shoal_words *words, uint32_t column);

size_t shoal_words_count(const shoal_words *words);
/* The text of a number, not closed by a NUL. */
const char *shoal_words_text(const shoal_words *words, size_t number, size_t *n);
uint32_t shoal_words_column(const shoal_words *words, size_t number);
/* A number that the caller keeps with each text: a category's code. */
void shoal_words_set_code(shoal_words *words, size_t number, int32_t code);
int32_t shoal_words_code(const shoal_words *words, size_t number);

#endif
