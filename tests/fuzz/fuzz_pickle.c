/* Any bytes as a pickled list of names. */
#include "store/file.h"
#include "store/pickle.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char **names = NULL;
    size_t n = 0, n_bytes = 0;
    shoal_error err = {0};
    if (shoal_pickle_names(data, size, &names, &n, &err)) return 0;
    for (size_t k = 0; k < n; k++) n_bytes += strlen(names[k]);
    if (n_bytes > (size_t)16 << 20) abort();
    shoal_texts_free(names, n);
    return 0;
}
