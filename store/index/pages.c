#include "store/index/pages.h"

#include "chunk/checked.h"

enum {
    RUN_BYTES = 1 << 20, /* read at once */
    SUM_BYTES = 4,
};

static const char name[] = "a page";

static bool is_written(const shoal_index_pages *pages, uint64_t page)
{
    uint64_t bit = pages->first_bit + page;
    return pages->written[bit / 8] & 0x80u >> bit % 8;
}

static uint64_t elements_of(const shoal_index_pages *pages, uint64_t page)
{
    uint64_t left = pages->n - page * pages->in_page;
    return left < pages->in_page ? left : pages->in_page;
}

/* Adds the chunks of pages [page, end), which were read into build->block. */
static shoal_status add_run(const shoal_index_pages *pages, uint64_t page, uint64_t end,
                            uint64_t address, shoal_linear *linear, shoal_index_build *build,
                            shoal_error *err)
{
    const uint8_t *bytes = build->block;
    shoal_status status = SHOAL_OK;
    shoal_linear_seek(linear, pages->first + page * pages->in_page);
    for (; status == SHOAL_OK && page < end; page++) {
        size_t n = (size_t)elements_of(pages, page);
        size_t n_bytes = n * pages->element_bytes + SUM_BYTES;
        if (!shoal_build_sum_matches(bytes, n_bytes))
            return shoal_build_fail(name, address, "does not match its checksum", err);
        status = shoal_linear_add(linear, build, bytes, n, pages->element_bytes, err);
        bytes += n_bytes;
        address += n_bytes;
    }
    return status;
}

shoal_status shoal_pages_add(const shoal_index_pages *pages, shoal_linear *linear,
                             shoal_index_build *build, shoal_error *err)
{
    uint64_t page_bytes, n_pages = shoal_ceil_div(pages->n, pages->in_page), address, end;
    if (!shoal_mul_u64(pages->in_page, pages->element_bytes, &page_bytes) ||
        !shoal_add_u64(page_bytes, SUM_BYTES, &page_bytes) ||
        !shoal_mul_u64(n_pages, page_bytes, &end) || !shoal_add_u64(pages->address, end, &end))
        return shoal_build_fail(name, pages->address, "lies outside of the file", err);
    shoal_status status = SHOAL_OK;
    for (uint64_t page = 0; status == SHOAL_OK && page < n_pages; page = end) {
        end = page + 1;
        if (!is_written(pages, page)) continue;
        while (end < n_pages && (end - page + 1) * page_bytes <= RUN_BYTES &&
               is_written(pages, end))
            end++;
        uint64_t n_elements = (end - page - 1) * pages->in_page + elements_of(pages, end - 1);
        address = pages->address + page * page_bytes;
        status =
            shoal_build_read(build, name, address,
                             n_elements * pages->element_bytes + (end - page) * SUM_BYTES, err);
        if (status == SHOAL_OK) status = add_run(pages, page, end, address, linear, build, err);
    }
    return status;
}
