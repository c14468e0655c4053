/* The options that say how a dataset is stored: --chunk, --codec, --fill, --unlimited. */
#ifndef SHOAL_CLI_STORAGE_H
#define SHOAL_CLI_STORAGE_H

#include "cli/options.h"

typedef struct shoal_cli_storage {
    const char *chunk, *codec, *fill, *unlimited;
} shoal_cli_storage;

/* Rows of a verb's table of options; `values` is its struct, with a member `storage`. */
#define SHOAL_CLI_STORAGE_OPTIONS(values)                              \
    {"chunk", 0, SHOAL_CLI_TEXT, offsetof(values, storage.chunk)},     \
        {"codec", 0, SHOAL_CLI_TEXT, offsetof(values, storage.codec)}, \
    {                                                                  \
        "fill", 0, SHOAL_CLI_TEXT, offsetof(values, storage.fill)      \
    }

#define SHOAL_CLI_STORAGE_HELP                                                                    \
    "      --chunk=N,N,...  the shape of a chunk, or 'auto' (the default: 1 to 4 MiB)\n"          \
    "      --codec=CODEC    one of these, and +fletcher32 behind it for checksums:\n"             \
    "                       blosc:lz4|zstd|blosclz|lz4hc|zlib[:LEVEL][:shuffle|bitshuffle|\n"     \
    "                         noshuffle]; blosc:lz4:5:shuffle is the default\n"                   \
    "                       gzip[:0-9], zstd[:1-22], bzip2[:1-9], lzf, lz4: with the bytes\n"     \
    "                         shuffled first, unless :noshuffle is behind it; every reader has\n" \
    "                         gzip, h5py has lzf too\n"                                           \
    "                       bitshuffle[:lz4|zstd[:LEVEL]|none]\n"                                 \
    "                       szip[:nn|ec][:PIXELS]: numbers only\n"                                \
    "                       scaleoffset: integers only; scaleoffset:DIGITS rounds floats to so\n" \
    "                         many decimal digits\n"                                              \
    "                       none\n"                                                               \
    "      --fill=VALUE     the value of elements that are never written\n"

/* Fills in chunk, codec and unlimited axes. spec->rank, when not 0, is the rank to match; else it
   becomes the chunk's. --fill waits for the type: see below. */
shoal_status shoal_cli_storage_read(const shoal_cli_storage *text, const char *verb,
                                    shoal_dataset_spec *spec, shoal_error *err);

/* The fill value as an element of `type`, malloc'd into *out; SHOAL_USAGE when it is none. */
shoal_status shoal_cli_fill_read(const shoal_cli_storage *text, const char *verb, shoal_type type,
                                 void **out, shoal_error *err);

#endif
