#include "compute/user_pack.h"

#include "chunk/copy.h"
#include "chunk/type.h"

static uint32_t alignment(shoal_type_code code)
{
    uint32_t size = shoal_code_size(code);
    return size > 8 ? 8 : size;
}

/* By falling alignment, so that nothing lies between them. */
void shoal_user_pack_init(shoal_user_kernel *kernel)
{
    uint32_t at = 0, most = 1;
    for (uint32_t align = 8; align; align /= 2)
        for (int k = 0; k < kernel->n_in; k++) {
            if (alignment(kernel->in[k]) != align) continue;
            if (align > most) most = align;
            kernel->place[k] = at;
            at += shoal_code_size(kernel->in[k]);
        }
    kernel->record_bytes = (at + most - 1) / most * most;
}

void shoal_user_pack(const shoal_user_kernel *kernel, size_t n, const void *const *in, void *out)
{
    const uint64_t count = n;
    const int64_t to = kernel->record_bytes;
    for (int k = 0; k < kernel->n_in; k++) {
        size_t size = shoal_code_size(kernel->in[k]);
        const int64_t from = (int64_t)size;
        shoal_copy_box(1, &count, in[k], &from, (uint8_t *)out + kernel->place[k], &to, size);
    }
}

size_t shoal_user_apart_most(const shoal_user_kernel *kernel)
{
    return (SHOAL_APART_BYTES - SHOAL_KERNEL_MAX_ARGUMENTS * (size_t)64) / kernel->record_bytes;
}

void shoal_user_take_apart(const shoal_user_kernel *kernel, size_t n, const void *records,
                           void *memory, const void **out)
{
    const uint64_t count = n;
    const int64_t from = kernel->record_bytes;
    uint8_t *at = memory;
    for (int k = 0; k < kernel->n_in; k++) {
        size_t size = shoal_code_size(kernel->in[k]);
        const int64_t to = (int64_t)size;
        shoal_copy_box(1, &count, (const uint8_t *)records + kernel->place[k], &from, at, &to,
                       size);
        out[k] = at;
        at += (n * size + 63) & ~(size_t)63;
    }
}
