/* Stored values -> what they mean (store/cf.h), as element-wise nodes over the leaf: the engine
   sees nothing but casts, comparisons and arithmetic, which it fuses with the rest. */
#ifndef SHOAL_COMPUTE_DECODE_H
#define SHOAL_COMPUTE_DECODE_H

#include "compute/graph.h"
#include "compute/program.h"
#include "store/cf.h"

/* The decoded values of a node that holds stored ones. SHOAL_DATA when the attributes make no
   sense. */
shoal_status shoal_graph_decode(shoal_graph *graph, const shoal_cf *cf, const char *name,
                                shoal_node *stored, shoal_node **out, shoal_error *err);

/* The same as a program of its own, for what is not an expression: elements of the dataset's type
   become elements of `type`. */
typedef struct shoal_decoder shoal_decoder;

shoal_status shoal_decoder_new(const shoal_dataset *dataset, const shoal_cf *cf,
                               shoal_decoder **out, shoal_error *err);
void shoal_decoder_free(shoal_decoder *decoder);
shoal_type shoal_decoder_type(const shoal_decoder *decoder);
/* A worker's own memory for it, of shoal_decoder_bytes. */
size_t shoal_decoder_bytes(const shoal_decoder *decoder);
shoal_status shoal_decoder_machine(const shoal_decoder *decoder, shoal_machine *out,
                                   shoal_error *err);
/* Decodes n elements; allocates nothing. */
void shoal_decoder_run(const shoal_decoder *decoder, shoal_machine *machine, const void *stored,
                       size_t n, void *out);

#endif
