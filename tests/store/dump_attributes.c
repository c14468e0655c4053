/* Prints the attributes of FILE's object at PATH, for test_attributes.py: name, type, text, JSON,
   texts in hexadecimal, numbers as floats, numbers as integers, with tabs between. */
#include "chunk/type.h"
#include "store/attribute_value.h"
#include "store/file.h"
#include "store/metadata/resolve.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const shoal_error *err)
{
    fprintf(stderr, "%s\n", err->message);
    return (int)err->status;
}

static void print_texts(char **texts, size_t n)
{
    printf("\t");
    if (!texts) printf("none");
    for (size_t k = 0; texts && k < n; k++) {
        printf("%sx", k ? "," : "");
        for (const char *at = texts[k]; *at; at++) printf("%02x", (unsigned char)*at);
    }
}

static void print_numbers(const shoal_attribute_numbers *numbers)
{
    printf("\t");
    if (!numbers->value) printf("none");
    for (size_t k = 0; k < numbers->n; k++) printf("%s%a", k ? "," : "", numbers->value[k]);
    printf("\t");
    if (!numbers->integer) printf("none");
    for (size_t k = 0; numbers->integer && k < numbers->n; k++) {
        printf("%s", k ? "," : "");
        if (numbers->type.code == SHOAL_UINT64)
            printf("%" PRIu64, (uint64_t)numbers->integer[k]);
        else
            printf("%" PRId64, numbers->integer[k]);
    }
}

static shoal_status print(const shoal_metadata *meta, const shoal_stored_attribute *a,
                          shoal_error *err)
{
    char *type = NULL, *text = NULL, *json = NULL, *one = NULL, **texts = NULL;
    size_t n = 0;
    shoal_attribute_numbers numbers = {.n = 0};
    shoal_status status = shoal_attribute_show(meta, a, &type, &text, &json, err);
    if (status == SHOAL_OK) status = shoal_attribute_as_texts(meta, a, &texts, &n, err);
    if (status == SHOAL_OK) status = shoal_attribute_as_text(meta, a, &one, err);
    if (status == SHOAL_OK && (one != NULL) != (texts && n == 1)) status = SHOAL_DIFFERS;
    if (status == SHOAL_OK) status = shoal_attribute_as_numbers(a, &numbers, err);
    if (status == SHOAL_OK) {
        printf("%s\t%s\t%s\t%s", a->name, type, text, json);
        print_texts(texts, n);
        print_numbers(&numbers);
        printf("\n");
    }
    shoal_attribute_numbers_free(&numbers);
    shoal_texts_free(texts, n);
    free(one);
    free(type);
    free(text);
    free(json);
    return status;
}

static shoal_status print_all(const shoal_metadata *meta, const char *path, shoal_error *err)
{
    shoal_resolved at;
    shoal_object_header header;
    shoal_attributes all = {0};
    shoal_status status = shoal_resolve(meta, path, NULL, &at, err);
    if (status == SHOAL_OK) status = shoal_object_header_read(meta, at.address, &header, err);
    if (status != SHOAL_OK) return status;
    status = shoal_attributes_read(meta, &header, &all, err);
    for (size_t k = 0; status == SHOAL_OK && k < all.n; k++) {
        status = print(meta, &all.attribute[k], err);
        if (status != SHOAL_OK) fprintf(stderr, "%s: ", all.attribute[k].name);
    }
    shoal_attributes_free(&all);
    shoal_object_header_free(&header);
    return status;
}

int main(int argc, char **argv)
{
    shoal_error err = {.message = ""};
    shoal_map *map = NULL;
    shoal_metadata meta;
    uint64_t at = 0;
    if (argc != 3 || shoal_map_open(argv[1], &map, &err) != SHOAL_OK) return complain(&err);
    shoal_status status = SHOAL_DATA;
    if (shoal_metadata_find(map, &at)) status = shoal_metadata_open(map, at, &meta, &err);
    if (status == SHOAL_OK) status = print_all(&meta, argv[2], &err);
    shoal_map_close(map);
    return status == SHOAL_OK ? 0 : complain(&err);
}
