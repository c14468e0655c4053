/* Everything of a file through the public API, as any program would: for bytes that nobody vouches
   for. Memory and time are bounded, unless the library does not keep its promises. */
#ifndef SHOAL_TESTS_READ_FILE_H
#define SHOAL_TESTS_READ_FILE_H

#include <stddef.h>
#include <stdint.h>

/* Visits all objects of the file, reads their attributes, describes every dataset and reads parts
   and, if it is small, all of it. Returns how many calls succeeded. */
uint64_t read_all(const char *path);

/* The same for a file that consists of these bytes. */
uint64_t read_all_bytes(const uint8_t *bytes, size_t n);

/* Where the process keeps those bytes meanwhile, a file in memory: what one that crashed leaves. */
void memory_file_name(int process, char path[64]);

#endif
