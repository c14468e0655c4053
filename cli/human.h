/* Numbers for people: thousands marks, units. Results that programs read are never made so. */
#ifndef SHOAL_CLI_HUMAN_H
#define SHOAL_CLI_HUMAN_H

#include <shoal/shoal.h>

enum { SHOAL_CLI_NUMBER = 32, SHOAL_CLI_SHAPE = 33 * 32 };

/* "336,776" */
const char *shoal_cli_count(uint64_t count, char text[SHOAL_CLI_NUMBER]);
/* "512 B", "32.1 MB", "4.29 GB": units of 1000 */
const char *shoal_cli_bytes(double n_bytes, char text[SHOAL_CLI_NUMBER]);
/* "0.42 s", "12 s", "3 min 20 s", "2 h 05 min" */
const char *shoal_cli_duration(double seconds, char text[SHOAL_CLI_NUMBER]);
/* "8,784 x 721 x 1,440"; UINT64_MAX is "unlimited", rank 0 "scalar" */
const char *shoal_cli_shape(int rank, const uint64_t *shape, char text[SHOAL_CLI_SHAPE]);

#endif
