/* Inside the reader of links: what its three sources share. */
#ifndef SHOAL_STORE_METADATA_LINK_LIST_H
#define SHOAL_STORE_METADATA_LINK_LIST_H

#include "store/metadata/links.h"

/* Links being collected. All texts together are at most `budget` bytes. */
typedef struct shoal_link_list {
    shoal_links links;
    size_t capacity, limit;
    uint64_t budget;
} shoal_link_list;

/* How many bytes of texts a group may have: what the file's size has room for, and more where they
   are compressed. */
uint64_t shoal_link_budget(const shoal_metadata *meta);

/* Takes the link's memory over, also when this fails. Keeps the first `limit` in name order. */
shoal_status shoal_link_list_add(shoal_link_list *list, shoal_link link, shoal_error *err);

/* Takes the link that a link message holds. */
shoal_status shoal_link_parse(const shoal_metadata *meta, const uint8_t *bytes, size_t n,
                              uint64_t *budget, shoal_link *out, shoal_error *err);
/* Whether the link of this message has the name; false too when it is damaged. */
bool shoal_link_is_named(const uint8_t *bytes, size_t n, const char *name);

/* Groups with a symbol table. */
shoal_status shoal_symbol_table_read(const shoal_metadata *meta, const shoal_message *message,
                                     shoal_link_list *list, shoal_error *err);
shoal_status shoal_symbol_table_find(const shoal_metadata *meta, const shoal_message *message,
                                     const char *name, bool *found, shoal_link *out,
                                     shoal_error *err);

/* Groups whose links are in a fractal heap, with an index by name. */
shoal_status shoal_dense_links_read(const shoal_metadata *meta, uint64_t heap, uint64_t tree,
                                    shoal_link_list *list, shoal_error *err);
shoal_status shoal_dense_links_find(const shoal_metadata *meta, uint64_t heap, uint64_t tree,
                                    const char *name, bool *found, shoal_link *out,
                                    shoal_error *err);

#endif
