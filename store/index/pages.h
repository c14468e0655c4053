/* Data blocks that are cut into pages, of fixed and of extensible arrays: n elements and their
   checksum each, one page behind another. Pages never written are marked in a bitmap. */
#ifndef SHOAL_STORE_INDEX_PAGES_H
#define SHOAL_STORE_INDEX_PAGES_H

#include "store/index/linear.h"

typedef struct shoal_index_pages {
    uint64_t address; /* file offset of the first page */
    uint64_t first;   /* the first page's first element's number in the array */
    uint64_t n;       /* elements in all; the last page ends with them */
    uint64_t in_page; /* elements of a page */
    size_t element_bytes;
    const uint8_t *written; /* bitmap, the highest bit first; may not lie in build->block */
    uint64_t first_bit;     /* the first page's */
} shoal_index_pages;

/* Adds the chunks of all pages that were written. */
shoal_status shoal_pages_add(const shoal_index_pages *pages, shoal_linear *linear,
                             shoal_index_build *build, shoal_error *err);

#endif
