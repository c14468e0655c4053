/* cmocka and what its header needs before it. */
#ifndef SHOAL_TESTS_CHUNK_CMOCKA_ALL_H
#define SHOAL_TESTS_CHUNK_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
