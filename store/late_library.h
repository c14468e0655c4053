/* Shared libraries that are loaded when they are first needed, as some bring dozens of others whose
   loading takes longer than many a command's work: a table of addresses for each. */
#ifndef SHOAL_STORE_LATE_LIBRARY_H
#define SHOAL_STORE_LATE_LIBRARY_H

#include <shoal/shoal.h>
#include <stddef.h>

typedef struct shoal_late_symbol {
    const char *name;
    size_t at; /* its address's place in the table, in bytes */
} shoal_late_symbol;

/* A row of the list of symbols, of a table whose members are called as these are. */
#define SHOAL_LATE_SYMBOL(table, name) \
    {                                  \
#name, offsetof(table, name)   \
    }

/* Fills the table. `library` is the name of the file as the linker knows it, `package` Debian's
   name of what has it. SHOAL_SYSTEM when the library or a symbol is not there. It stays loaded,
   out of sight of others: another version that the program has is not disturbed. */
shoal_status shoal_late_library(const char *library, const char *package,
                                const shoal_late_symbol *symbols, size_t n_symbols, void *table,
                                shoal_error *err);

#endif
