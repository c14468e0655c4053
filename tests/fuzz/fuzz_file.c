/* libFuzzer target: any bytes as a file, everything in it read through the public API. */
#include "tests/fuzz/read_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_all_bytes(data, size);
    return 0;
}
