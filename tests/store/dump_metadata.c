/* Prints what the metadata reader finds in a file, for test_metadata.py:

     dump_metadata FILE           every object that hard links lead to, each once
     dump_metadata --serve        the same for each line of input; "." ends each answer. A line
                                  "FILE<tab>PATH" asks for one path, and gives
                                    resolved RESULT FILE ADDRESS USED NAME

   Lines, with texts and bytes as hexadecimal digits ("-" when empty):
     file VERSION BASE
     object PATH ADDRESS LINKS KIND
     link NAME hard ADDRESS | soft TARGET | external FILE TARGET | other
     attribute NAME SHAPE BYTES
     space SHAPE MAX_SHAPE
     storage CLASS ALLOCATED ADDRESS BYTES INDEX CHUNK ELEMENT_BYTES
     filters ID:VALUE:VALUE... ...
     fill BYTES
     external NAME OFFSET BYTES
     error TEXT
*/
#include "store/metadata/attribute.h"
#include "store/metadata/resolve.h"
#include "store/metadata/storage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OBJECTS = 1 << 21, MAX_LINKS = 1 << 22 };

typedef struct object {
    uint64_t address;
    char *path;
} object;

typedef struct dump {
    shoal_metadata meta;
    object *object; /* in the order of finding */
    size_t n, capacity;
    uint64_t *seen; /* hash table of addresses + 1 */
    size_t n_seen_slots;
    bool failed;
} dump;

static void print_hex(const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    putchar(' ');
    if (n == 0) putchar('-');
    for (size_t k = 0; k < n; k++) printf("%02x", at[k]);
}

static void print_text(const char *text)
{
    print_hex(text, strlen(text));
}

static void print_counts(int rank, const uint64_t *counts)
{
    putchar(' ');
    if (rank == 0) putchar('-');
    for (int k = 0; k < rank; k++) printf("%s%" PRIu64, k ? "," : "", counts[k]);
}

static bool check(dump *d, shoal_status status, const shoal_error *err)
{
    if (status == SHOAL_OK) return true;
    printf("error %s\n", err->message);
    d->failed = true;
    return false;
}

static void mismatch(dump *d, const char *what, const char *name)
{
    printf("error looking up gives another %s than listing: %s\n", what, name);
    d->failed = true;
}

static bool is_new(dump *d, uint64_t address)
{
    size_t slot = (size_t)(address * 0x9E3779B97F4A7C15u >> 20) % d->n_seen_slots;
    for (; d->seen[slot] != 0; slot = (slot + 1) % d->n_seen_slots)
        if (d->seen[slot] == address + 1) return false;
    d->seen[slot] = address + 1;
    return true;
}

static void push(dump *d, uint64_t address, const char *parent, const char *name)
{
    if (d->n == MAX_OBJECTS || !is_new(d, address)) return;
    if (d->n == d->capacity) {
        d->capacity = d->capacity ? 2 * d->capacity : 64;
        d->object = realloc(d->object, d->capacity * sizeof *d->object);
        if (!d->object) exit(3);
    }
    char *path;
    if (asprintf(&path, "%s%s%s", parent, *name ? "/" : "", name) < 0) exit(3);
    d->object[d->n++] = (object){address, path};
}

static void print_link(const dump *d, const shoal_link *link)
{
    printf("link");
    print_text(link->name);
    switch (link->kind) {
    case SHOAL_LINK_HARD: printf(" hard %" PRIu64, link->address - d->meta.base); break;
    case SHOAL_LINK_SOFT:
        printf(" soft");
        print_text(link->target);
        break;
    case SHOAL_LINK_EXTERNAL:
        printf(" external");
        print_text(link->target_file);
        print_text(link->target);
        break;
    default: printf(" other"); break;
    }
    putchar('\n');
}

static void check_link(dump *d, const shoal_object_header *header, const shoal_link *link)
{
    shoal_error err;
    shoal_link other;
    bool found;
    if (!check(d, shoal_link_find(&d->meta, header, link->name, &found, &other, &err), &err))
        return;
    if (!found || other.kind != link->kind || other.address != link->address)
        mismatch(d, "link", link->name);
    if (found) shoal_link_clear(&other);
}

static void check_absent(dump *d, const shoal_object_header *header)
{
    static const char *const absent[] = {"", "no such name", "\xff\xff", "a/b"};
    shoal_error err;
    for (size_t k = 0; k < sizeof absent / sizeof *absent; k++) {
        shoal_link link;
        shoal_stored_attribute attribute;
        bool found;
        shoal_status status = shoal_link_find(&d->meta, header, absent[k], &found, &link, &err);
        if (check(d, status, &err) && found) mismatch(d, "link", absent[k]);
        if (status == SHOAL_OK && found) shoal_link_clear(&link);
        if (k == 3) continue; /* attributes may be called so */
        status = shoal_attribute_find(&d->meta, header, absent[k], &found, &attribute, &err);
        if (check(d, status, &err) && found) mismatch(d, "attribute", absent[k]);
        if (status == SHOAL_OK && found) shoal_attribute_clear(&attribute);
    }
}

static void dump_links(dump *d, const shoal_object_header *header, const char *path)
{
    shoal_links links;
    shoal_error err;
    if (!check(d, shoal_links_read(&d->meta, header, MAX_LINKS, &links, &err), &err)) return;
    for (size_t k = 0; k < links.n; k++) {
        print_link(d, &links.link[k]);
        if (k < 4 || k % 97 == 0) check_link(d, header, &links.link[k]);
        if (links.link[k].kind == SHOAL_LINK_HARD)
            push(d, links.link[k].address, path, links.link[k].name);
    }
    shoal_links_free(&links);
}

static void dump_attributes(dump *d, const shoal_object_header *header)
{
    shoal_attributes list;
    shoal_error err;
    if (!check(d, shoal_attributes_read(&d->meta, header, &list, &err), &err)) return;
    for (size_t k = 0; k < list.n; k++) {
        const shoal_stored_attribute *attribute = &list.attribute[k];
        printf("attribute");
        print_text(attribute->name);
        if (attribute->space.is_null)
            printf(" null");
        else
            print_counts(attribute->space.rank, attribute->space.shape);
        print_hex(attribute->bytes, attribute->n_bytes);
        putchar('\n');
        shoal_stored_attribute other;
        bool found;
        shoal_status status =
            shoal_attribute_find(&d->meta, header, attribute->name, &found, &other, &err);
        if (!check(d, status, &err)) continue;
        if (!found || other.n_bytes != attribute->n_bytes ||
            memcmp(other.bytes, attribute->bytes, other.n_bytes) != 0)
            mismatch(d, "attribute", attribute->name);
        if (found) shoal_attribute_clear(&other);
    }
    shoal_attributes_free(&list);
}

static void dump_space(dump *d, const shoal_object_header *header)
{
    const shoal_message *message = shoal_object_header_find(header, SHOAL_MESSAGE_DATASPACE);
    shoal_dataspace space;
    shoal_error err;
    if (!message) return;
    if (!check(d, shoal_dataspace_parse(&d->meta, message->bytes, message->n, &space, &err), &err))
        return;
    printf("space");
    if (space.is_null) printf(" null");
    print_counts(space.rank, space.shape);
    print_counts(space.rank, space.max_shape);
    putchar('\n');
}

static void dump_filters(dump *d, const shoal_object_header *header)
{
    const shoal_message *message = shoal_object_header_find(header, SHOAL_MESSAGE_PIPELINE);
    shoal_pipeline pipeline;
    shoal_error err;
    if (!message || !check(d, shoal_pipeline_message(message, &pipeline, &err), &err)) return;
    printf("filters");
    for (int k = 0; k < pipeline.n; k++) {
        printf(" %d", pipeline.filter[k].id);
        shoal_parameters parameters = shoal_pipeline_parameters(&pipeline, k);
        for (uint32_t v = 0; v < parameters.n; v++) printf(":%" PRIu32, parameters.value[v]);
    }
    putchar('\n');
}

static void dump_external(dump *d, const shoal_object_header *header)
{
    shoal_external_files files;
    shoal_error err;
    if (!check(d, shoal_external_files_read(&d->meta, header, &files, &err), &err)) return;
    for (size_t k = 0; k < files.n; k++) {
        printf("external");
        print_text(files.file[k].name);
        printf(" %" PRIu64 " %" PRIu64 "\n", files.file[k].offset, files.file[k].n_bytes);
    }
    shoal_external_files_free(&files);
}

static void dump_storage(dump *d, const shoal_object_header *header)
{
    static const char *const classes[] = {"compact", "contiguous", "chunked", "virtual"};
    const shoal_message *message = shoal_object_header_find(header, SHOAL_MESSAGE_LAYOUT);
    shoal_storage storage;
    shoal_error err;
    const uint8_t *fill;
    size_t n;
    if (!message || !check(d, shoal_storage_parse(&d->meta, message, &storage, &err), &err)) return;
    printf("storage %s %d %" PRIu64 " %" PRIu64 " %d", classes[storage.class_], storage.allocated,
           storage.address, storage.n_bytes, storage.index);
    print_counts(storage.chunk_rank, storage.chunk);
    printf(" %" PRIu64 "\n", storage.element_bytes);
    dump_filters(d, header);
    dump_external(d, header);
    if (!check(d, shoal_fill_message(header, &fill, &n, &err), &err)) return;
    printf("fill");
    print_hex(fill, n);
    putchar('\n');
}

static void dump_object(dump *d, size_t k)
{
    object this = d->object[k];
    shoal_object_header header;
    shoal_error err;
    if (!check(d, shoal_object_header_read(&d->meta, this.address, &header, &err), &err)) return;
    const char *kind = shoal_is_group(&header)                                     ? "group"
                       : shoal_object_header_find(&header, SHOAL_MESSAGE_LAYOUT)   ? "dataset"
                       : shoal_object_header_find(&header, SHOAL_MESSAGE_DATATYPE) ? "type"
                                                                                   : "other";
    printf("object");
    print_text(this.path);
    printf(" %" PRIu64 " %" PRIu64 " %s\n", this.address - d->meta.base, header.n_links, kind);
    dump_space(d, &header);
    dump_storage(d, &header);
    dump_links(d, &header, this.path);
    dump_attributes(d, &header);
    check_absent(d, &header);
    shoal_object_header_free(&header);
}

static void dump_all(dump *d)
{
    d->n_seen_slots = 2 * MAX_OBJECTS;
    d->seen = calloc(d->n_seen_slots, sizeof *d->seen);
    if (!d->seen) exit(3);
    printf("file %d %" PRIu64 "\n", d->meta.version, d->meta.base);
    push(d, d->meta.root, "", "");
    for (size_t k = 0; k < d->n; k++) dump_object(d, k);
    for (size_t k = 0; k < d->n; k++) free(d->object[k].path);
    free(d->object);
    free(d->seen);
}

static bool dump_file(const char *path)
{
    shoal_map *map;
    shoal_error err;
    uint64_t at;
    dump d = {0};
    if (!check(&d, shoal_map_open(path, &map, &err), &err)) return false;
    if (!shoal_metadata_find(map, &at)) {
        printf("error no signature\n");
        d.failed = true;
    } else if (check(&d, shoal_metadata_open(map, at, &d.meta, &err), &err) &&
               check(&d, shoal_metadata_join_family(&map, &d.meta, &err), &err)) {
        if (d.meta.end != UINT64_MAX && d.meta.end > shoal_map_size(map)) puts("error cut off");
        dump_all(&d);
    }
    shoal_map_close(map);
    return !d.failed;
}

static void resolve(const char *path, const char *inside)
{
    static const char *const results[] = {"whole", "part", "absent", "dangling"};
    shoal_map *map;
    shoal_metadata meta;
    shoal_linked_files files = {0};
    shoal_resolved to;
    shoal_error err;
    uint64_t at = 0;
    dump d = {0};
    if (!check(&d, shoal_map_open(path, &map, &err), &err)) return;
    if (shoal_metadata_find(map, &at) &&
        check(&d, shoal_metadata_open(map, at, &meta, &err), &err) &&
        check(&d, shoal_resolve(&meta, inside, &files, &to, &err), &err)) {
        const char *file = strrchr(shoal_map_path(to.meta->map), '/');
        printf("resolved %s %s %" PRIu64 " %zu", results[to.result], file ? file + 1 : "-",
               to.address - to.meta->base, to.used);
        print_hex(inside + to.name_at, to.name_n);
        printf(" %d\n", files.n);
    }
    shoal_linked_files_close(&files);
    shoal_map_close(map);
}

int main(int n, char **words)
{
    char line[4096];
    if (n == 2 && strcmp(words[1], "--serve") != 0) return dump_file(words[1]) ? 0 : 1;
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        char *tab = strchr(line, '\t');
        if (tab) *tab = '\0';
        if (tab)
            resolve(line, tab + 1);
        else
            dump_file(line);
        puts(".");
        fflush(stdout);
    }
    return 0;
}
