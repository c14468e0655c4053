/* What other tools write, and what it is here: hints for messages. */
#ifndef SHOAL_COMPUTE_OTHER_WORDS_H
#define SHOAL_COMPUTE_OTHER_WORDS_H

/* What to write in the place of a name, a function or an argument of other tools; NULL: it is none
   that is known. */
const char *shoal_other_name(const char *word);
const char *shoal_other_function(const char *word);
const char *shoal_other_argument(const char *word);

/* The same of an operator that `text` begins with, which goes to *op. */
const char *shoal_other_operator(const char *text, const char **op);

#endif
