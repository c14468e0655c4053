/* NumPy's .npz: a zip archive of .npy members. */
#ifndef SHOAL_STORE_NPZ_H
#define SHOAL_STORE_NPZ_H

#include "store/byte_stream.h"

typedef struct shoal_npz shoal_npz;

/* SHOAL_DATA when it is no zip archive, or holds something that is no .npy member. */
shoal_status shoal_npz_open(const char *path, shoal_npz **out, shoal_error *err);
void shoal_npz_close(shoal_npz *npz);

size_t shoal_npz_count(const shoal_npz *npz);
/* The member's name without ".npy", as NumPy has it; lives as long as the archive. */
const char *shoal_npz_name(const shoal_npz *npz, size_t k);

/* Starts reading a member; the stream lives until the next one is started, or the close. */
shoal_status shoal_npz_member(shoal_npz *npz, size_t k, shoal_byte_stream **out, shoal_error *err);

#endif
