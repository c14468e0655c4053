/* What documents and help say of the functions that are composed in C. */
#ifndef SHOAL_COMPUTE_FUNCTION_LIST_H
#define SHOAL_COMPUTE_FUNCTION_LIST_H

typedef struct shoal_composed {
    const char *family, *signature, *doc;
} shoal_composed;

/* Ends with a row of NULLs. */
extern const shoal_composed shoal_composed_functions[];

#endif
