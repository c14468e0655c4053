/* How long texts of variable length are. */
#ifndef SHOAL_STORE_MEASURE_TEXT_H
#define SHOAL_STORE_MEASURE_TEXT_H

#include "store/dataset.h"

/* The longest text of a dataset whose conversion takes texts of variable length: reads all of its
   descriptors, chunk by chunk, and no text. */
shoal_status shoal_measure_text(shoal_dataset *dataset, uint32_t *longest, shoal_error *err);

#endif
